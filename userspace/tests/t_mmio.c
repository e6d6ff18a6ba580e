// SPDX-License-Identifier: GPL-2.0
/*
 * MMIO: each form of an instruction runs twice, with memory where the device is,
 * by the processor, and without, by emulation.  All registers, all flags and all
 * memory have to be the same, and the device must have seen what the form says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests_mmio.h"
#include "harness.h"

/* The device: two pages, with memory before and after them. */
#define DEV		0x40000
#define DEV_SIZE	0x2000
#define MEM_SRC		0x3e100
#define MEM_DST		0x3e200
#define WINDOW		0x3c000		/* what is compared */
#define WINDOW_SIZE	0x8000

#define RFLAGS_CF	BIT(0)
#define RFLAGS_ZF	BIT(6)
#define RFLAGS_TF	BIT(8)
#define RFLAGS_DF	BIT(10)

static struct vm vm;
static struct vcpu vcpu;
static uint8_t *device;
static char traffic[64];
static bool on_xvcpu;

/* Memory but for the device's pages. */
static void set_up(void)
{
	vm_create_empty(&vm);
	vm.size = GUEST_SIZE;
	vm.mem = mem_alloc(vm.size);
	device = vm.mem + DEV;
	REQUIRE_EQ(vm_set_slot(&vm, 0, 0, DEV, vm.mem, 0), 0);
	REQUIRE_EQ(vm_set_slot(&vm, 1, DEV + DEV_SIZE,
			       GUEST_SIZE - DEV - DEV_SIZE,
			       vm.mem + DEV + DEV_SIZE, 0), 0);
	vcpu_create(&vcpu, &vm, 0);
}

static void device_is_memory(bool memory)
{
	REQUIRE_EQ(vm_set_slot(&vm, 2, DEV, memory ? DEV_SIZE : 0, device, 0),
		   0);
}

/* For each form anew: byte by byte it takes half of the test's time. */
static void fill_window(void)
{
	static uint8_t filled[WINDOW_SIZE];
	static bool done;
	int i;

	for (i = 0; !done && i < WINDOW_SIZE; i++)
		filled[i] = i * 7 + (i >> 8) + 3;
	done = true;
	memcpy(vm.mem + WINDOW, filled, WINDOW_SIZE);
	/* What CMPXCHG expects, and what CMPS finds different. */
	*vm_u64(&vm, DEV + 0x400) = 0x1122334455667788;
}

/* Real mode's addresses count from the segments' base. */
static uint64_t address(uint64_t gpa, int mode)
{
	return mode == MODE_REAL ? gpa - (DEV - 0x3000) : gpa;
}

static void set_regs(uint64_t setup, int mode)
{
	struct kvm_regs regs;

	vcpu_get_regs(&vcpu, &regs);
	regs.rax = 0x1122334455667788;
	regs.rbx = address(DEV, mode);
	regs.rcx = 3;
	regs.rdx = 0x345;
	regs.rbp = 0x0f1e2d3c4b5a6978;
	regs.rsi = address(setup & SETUP_SI_DEV ? DEV + 0x40 : MEM_SRC,
			   mode);
	regs.rdi = address(setup & SETUP_DI_DEV ? DEV + 0x80 : MEM_DST,
			   mode);
	regs.r8 = regs.r9 = regs.r10 = regs.r11 = 0x8877665544332211;
	regs.r12 = DEV + 0x200;
	regs.r13 = 8;
	regs.r14 = -0x77;
	regs.r15 = -1;
	regs.rsp = 0x7000;
	regs.rflags |= RFLAGS_CF;
	if (setup & SETUP_DOWN)
		regs.rflags |= RFLAGS_DF;
	if (setup & SETUP_ZF)
		regs.rflags |= RFLAGS_ZF;
	vcpu_set_regs(&vcpu, &regs);
}

static void set_sregs(int mode)
{
	struct kvm_sregs sregs;

	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr4 |= X86_CR4_OSFXSR;
	if (mode == MODE_REAL) {
		sregs.ds.base = DEV - 0x3000;
		sregs.ds.selector = sregs.ds.base >> 4;
		sregs.es = sregs.ds;
	} else {
		sregs.fs.base = 0x100;
		sregs.gs.base = 0x200;
	}
	vcpu_set_sregs(&vcpu, &sregs);
}

static void set_xmm(void)
{
	struct kvm_fpu fpu = { 0 };
	size_t i;

	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_FPU, &fpu), 0);
	for (i = 0; i < sizeof(fpu.xmm); i++)
		((uint8_t *)fpu.xmm)[i] = 0xff - i;
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_FPU, &fpu), 0);
}

static void load(const char *guest, uint64_t setup)
{
	int mode = guest_find(guest)->mode;

	fill_window();
	vcpu_load(&vcpu, guest);
	set_sregs(mode);
	set_regs(setup, mode);
	set_xmm();
	traffic[0] = 0;
}

static void note_traffic(void)
{
	size_t n = strlen(traffic);

	snprintf(traffic + n, sizeof(traffic) - n, "%c%u",
		 vcpu.run->mmio.is_write ? 'w' : 'r', vcpu.run->mmio.len);
}

static void serve_device(void)
{
	struct kvm_run *run = vcpu.run;
	uint64_t offset = run->mmio.phys_addr - DEV;

	REQUIRE(run->mmio.len >= 1 && run->mmio.len <= 8);
	REQUIRE(offset + run->mmio.len <= DEV_SIZE);
	note_traffic();
	if (run->mmio.is_write)
		memcpy(device + offset, run->mmio.data, run->mmio.len);
	else
		memcpy(run->mmio.data, device + offset, run->mmio.len);
}

/* As userspace that ends a thread does, and begins it again. */
static int run_interrupted(void)
{
	int ret;

	vcpu.run->immediate_exit = 1;
	ret = vcpu_run(&vcpu);
	vcpu.run->immediate_exit = 0;
	if (ret)
		EXPECT_EQ(ret, -EINTR);
	return ret;
}

static bool interrupting;

static void run_on(void)
{
	if (!interrupting || run_interrupted())
		REQUIRE_EQ(vcpu_run(&vcpu), 0);
}

/* To the HLT; false if it cannot be emulated. */
static bool run_to_halt(void)
{
	for (;;) {
		run_on();
		switch (vcpu.run->exit_reason) {
		case KVM_EXIT_MMIO:
			serve_device();
			break;
		case KVM_EXIT_HLT:
			return true;
		default:
			test_note("%s: exit %s", traffic,
				  exit_name(vcpu.run->exit_reason));
			return false;
		}
	}
}

/* --- forms --- */

struct outcome {
	struct kvm_regs regs;
	struct kvm_fpu fpu;
	int vector;
	uint8_t memory[WINDOW_SIZE];
};

static bool run_form(const struct mmio_form *form, struct outcome *out)
{
	struct exception exception;

	load(form->guest, form->setup);
	if (!run_to_halt())
		return false;
	vcpu_get_regs(&vcpu, &out->regs);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_FPU, &out->fpu), 0);
	out->vector = vcpu_exception(&vcpu, &exception);
	memcpy(out->memory, vm.mem + WINDOW, WINDOW_SIZE);
	return true;
}

static void compare_registers(const struct kvm_regs *got,
			      const struct kvm_regs *want)
{
	EXPECT_EQ(got->rax, want->rax);
	EXPECT_EQ(got->rbx, want->rbx);
	EXPECT_EQ(got->rcx, want->rcx);
	EXPECT_EQ(got->rdx, want->rdx);
	EXPECT_EQ(got->rsi, want->rsi);
	EXPECT_EQ(got->rdi, want->rdi);
	EXPECT_EQ(got->rbp, want->rbp);
	EXPECT_EQ(got->rsp, want->rsp);
	EXPECT_EQ(got->rip, want->rip);
	EXPECT_EQ(got->rflags, want->rflags);
	EXPECT(!memcmp(&got->r8, &want->r8, 8 * sizeof(got->r8)));
}

static void compare_memory(const uint8_t *got, const uint8_t *want)
{
	int i = 0;

	if (!memcmp(got, want, WINDOW_SIZE))
		return;
	while (got[i] == want[i])
		i++;
	test_note("the first difference is at 0x%x", WINDOW + i);
	EXPECT_EQ(got[i], want[i]);
}

static void check_form(const struct mmio_form *form)
{
	static struct outcome got, want;

	test_context("%s", form->text);
	device_is_memory(true);
	REQUIRE(run_form(form, &want));
	EXPECT_EQ(want.vector, -1);
	device_is_memory(false);
	if (!run_form(form, &got)) {
		EXPECT(false);
		return;
	}
	EXPECT_EQ(got.vector, -1);
	compare_registers(&got.regs, &want.regs);
	compare_memory(got.memory, want.memory);
	/* In Bochs 2.7, kvm_intel loses the first load of an XMM register. */
	if (on_xvcpu)
		EXPECT(!memcmp(got.fpu.xmm, want.fpu.xmm,
			       sizeof(got.fpu.xmm)));
	if (strcmp(traffic, form->traffic))
		test_note("%s: seen %s", form->text, traffic);
	EXPECT(!strcmp(traffic, form->traffic));
}

/* CPUID with a bit of leaf 1's ECX or of leaf 7's EBX. */
static bool cpu_has(uint32_t leaf, int bit)
{
	struct kvm_cpuid2 *cpuid = cpuid_supported(vm.sys);
	struct kvm_cpuid_entry2 *entry = cpuid_find(cpuid, leaf, 0);
	uint32_t bits = !entry ? 0 : leaf == 1 ? entry->ecx : entry->ebx;

	free(cpuid);
	return bits & BIT(bit);
}

/* An instruction that the processor lacks can't be compared. */
static bool exists(const struct mmio_form *form, bool movbe)
{
	return (movbe || !strstr(form->text, "movbe")) &&
	       (on_xvcpu || !(form->setup & SETUP_XVCPU));
}

static void forms_of(uint64_t mode)
{
	const struct mmio_form *form;
	bool movbe;

	test_timeout(60);
	on_xvcpu = test_on_xvcpu();
	set_up();
	movbe = cpu_has(1, 22);
	for (form = __start_mmio_forms; form < __stop_mmio_forms; form++)
		if (guest_find(form->guest)->mode == mode &&
		    exists(form, movbe))
			check_form(form);
}

static void forms_real(void)
{
	forms_of(MODE_REAL);
}

static void forms_prot(void)
{
	forms_of(MODE_PROT32);
}

static void forms_long(void)
{
	forms_of(MODE_LONG);
}

/* KVM_RUN interrupted after each exit: nothing happens twice or is lost. */
static void forms_interrupted(void)
{
	interrupting = true;
	forms_of(MODE_LONG);
}

/* --- the guest's paging --- */

/* An address of the guest's with a page table of its own, at MEM_DST. */
#define DST		(GUEST_ALIAS + (MEM_DST & 0xfff))
#define TABLES		GUEST_PML4
#define TABLES_SIZE	0x6000

#define P		BIT(0)
#define W		BIT(1)
#define U		BIT(2)
#define A		BIT(5)
#define D		BIT(6)
#define PS		BIT(7)
#define NX		BIT(63)

#define X86_CR4_SMEP	BIT(20)
#define X86_CR4_SMAP	BIT(21)
#define RFLAGS_AC	BIT(18)

#define IN_PAGED32	BIT(MODE_PAGED32)
#define IN_PAE		BIT(MODE_PAE)
#define IN_LONG		BIT(MODE_LONG)
#define IN_64BIT	(IN_PAE | IN_LONG)
#define IN_ALL		(IN_PAGED32 | IN_64BIT)

struct walk_case {
	const char *name;
	uint64_t modes;
	uint64_t table;		/* flags of the entry for the page table */
	uint64_t page;		/* flags of the page's entry */
	uint64_t cr0_clear;
	uint64_t cr4_set;
	uint64_t efer_set;
	uint64_t rflags_set;
	bool user;
};

#define CASE(n, m, t, p)	.name = (n), .modes = (m), .table = (t), .page = (p)

static const struct walk_case walk_cases[] = {
	{ CASE("plain", IN_ALL, P | W, P | W) },
	{ CASE("accessed", IN_ALL, P | W | A, P | W | A) },
	{ CASE("dirty", IN_ALL, P | W | A, P | W | A | D) },
	{ CASE("no page", IN_ALL, P | W, W) },
	{ CASE("no table", IN_ALL, W, P | W) },
	{ CASE("read-only page", IN_ALL, P | W, P) },
	{ CASE("read-only table", IN_ALL, P, P | W) },
	{ CASE("read-only page without WP", IN_ALL, P | W, P),
	  .cr0_clear = X86_CR0_WP },
	{ CASE("large", IN_ALL, P | W | PS, 0), .cr4_set = X86_CR4_PSE },
	{ CASE("large, reserved bit 13", IN_64BIT, P | W | PS | BIT(13), 0) },
	{ CASE("large, reserved bit 20", IN_64BIT, P | W | PS | BIT(20), 0) },
	{ CASE("large, reserved bit 21", IN_PAGED32, P | W | PS | BIT(21), 0),
	  .cr4_set = X86_CR4_PSE },
	{ CASE("NX without EFER.NX", IN_64BIT, P | W, P | W | NX) },
	{ CASE("NX without EFER.NX in table", IN_64BIT, P | W | NX, P | W) },
	{ CASE("NX", IN_64BIT, P | W, P | W | NX), .efer_set = X86_EFER_NX },
	{ CASE("reserved bit 51", IN_64BIT, P | W, P | W | BIT(51)) },
	{ CASE("reserved bit 51 in table", IN_64BIT, P | W | BIT(51), P | W) },
	{ CASE("bit 52", IN_64BIT, P | W, P | W | BIT(52)) },
	{ CASE("user page", IN_ALL, P | W | U, P | W | U) },
	{ CASE("user page with SMAP", IN_LONG, P | W | U, P | W | U),
	  .cr4_set = X86_CR4_SMAP },
	{ CASE("user page with SMAP and AC", IN_LONG, P | W | U, P | W | U),
	  .cr4_set = X86_CR4_SMAP, .rflags_set = RFLAGS_AC },
	{ CASE("supervisor page with SMAP", IN_LONG, P | W, P | W | U),
	  .cr4_set = X86_CR4_SMAP },
	{ CASE("user page with SMEP", IN_LONG, P | W | U, P | W | U),
	  .cr4_set = X86_CR4_SMEP },
	{ CASE("user", IN_ALL, P | W | U, P | W | U), .user = true },
	{ CASE("user, supervisor page", IN_ALL, P | W | U, P | W), .user = true },
	{ CASE("user, supervisor table", IN_ALL, P | W, P | W | U), .user = true },
	{ CASE("user, read-only", IN_ALL, P | W | U, P | U), .user = true },
	{ CASE("user, read-only without WP", IN_ALL, P | W | U, P | U),
	  .cr0_clear = X86_CR0_WP, .user = true },
	{ CASE("user, no page", IN_ALL, P | W | U, U), .user = true },
	{ CASE("user, reserved bit", IN_64BIT, P | W | U, P | W | U | BIT(51)),
	  .user = true },
};

static void set_table_entry(uint64_t table, int index, int size, uint64_t entry)
{
	memcpy(vm.mem + table + index * size, &entry, size);
}

/* Everything else is for user mode too, if that is where the guest is. */
static void open_to_user(int mode)
{
	int i;

	for (i = 0; i < 1024; i++)
		*vm_u32(&vm, GUEST_PD32 + i * 4) |= U;
	for (i = 0; i < 512; i++)
		*vm_u64(&vm, GUEST_PD + i * 8) |= U;
	*vm_u64(&vm, GUEST_PML4) |= U;
	*vm_u64(&vm, GUEST_PDPT) |= U;
	/* The stack of privilege level 0. */
	if (mode == MODE_LONG) {
		*vm_u64(&vm, GUEST_TSS + 4) = GUEST_STACK;
	} else {
		*vm_u32(&vm, GUEST_TSS + 4) = GUEST_STACK;
		*vm_u32(&vm, GUEST_TSS + 8) = SEL_DATA32;
	}
}

static void set_tables(const struct walk_case *c, int mode)
{
	bool narrow = mode == MODE_PAGED32;
	uint64_t table = c->table & PS ? 0 : GUEST_PT;
	int size = narrow ? 4 : 8;

	if (c->user)
		open_to_user(mode);
	set_table_entry(narrow ? GUEST_PD32 : GUEST_PD,
			GUEST_ALIAS >> (narrow ? 22 : 21), size,
			table | c->table);
	set_table_entry(GUEST_PT, 0, size, (MEM_DST & ~0xfffUL) | c->page);
}

static void enter_user(struct kvm_sregs *sregs)
{
	struct kvm_segment *data[] = {
		&sregs->ds, &sregs->es, &sregs->fs, &sregs->gs, &sregs->ss,
	};
	size_t i;

	sregs->cs.dpl = 3;
	sregs->cs.selector |= 3;
	for (i = 0; i < ARRAY_SIZE(data); i++) {
		data[i]->dpl = 3;
		data[i]->selector |= 3;
	}
}

static void load_walk(const struct walk_case *c, const char *guest)
{
	int mode = guest_find(guest)->mode;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	load(guest, SETUP_SI_DEV);
	memset(vm.mem + GUEST_PT, 0, PAGE_SIZE);
	set_tables(c, mode);
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr0 &= ~c->cr0_clear;
	sregs.cr4 |= c->cr4_set;
	sregs.efer |= c->efer_set;
	if (c->user)
		enter_user(&sregs);
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_get_regs(&vcpu, &regs);
	regs.rdi = c->table & PS ? GUEST_ALIAS + MEM_DST : DST;
	regs.rflags |= c->rflags_set;
	vcpu_set_regs(&vcpu, &regs);
}

struct walk_outcome {
	struct exception exception;
	struct kvm_regs regs;
	uint64_t cr2;
	uint8_t tables[TABLES_SIZE];
	uint8_t memory[WINDOW_SIZE];
};

static void run_walk(const struct walk_case *c, const char *guest,
		     struct walk_outcome *out)
{
	struct kvm_sregs sregs;

	load_walk(c, guest);
	REQUIRE(run_to_halt());
	vcpu_exception(&vcpu, &out->exception);
	vcpu_get_regs(&vcpu, &out->regs);
	vcpu_get_sregs(&vcpu, &sregs);
	out->cr2 = sregs.cr2;
	memcpy(out->tables, vm.mem + TABLES, TABLES_SIZE);
	memcpy(out->memory, vm.mem + WINDOW, WINDOW_SIZE);
}

static void compare_tables(const uint8_t *got, const uint8_t *want)
{
	int i = 0;

	if (!memcmp(got, want, TABLES_SIZE))
		return;
	while (got[i] == want[i])
		i++;
	test_note("the tables differ first at 0x%x", TABLES + i);
	EXPECT_EQ(got[i], want[i]);
}

static void check_walk(const struct walk_case *c, const char *guest)
{
	static struct walk_outcome got, want;

	test_context("%s: %s", guest, c->name);
	device_is_memory(true);
	run_walk(c, guest, &want);
	device_is_memory(false);
	run_walk(c, guest, &got);
	EXPECT_EQ(got.exception.vector, want.exception.vector);
	EXPECT_EQ(got.exception.error, want.exception.error);
	EXPECT_EQ(got.exception.rip, want.exception.rip);
	EXPECT_EQ(got.cr2, want.cr2);
	compare_registers(&got.regs, &want.regs);
	compare_memory(got.memory, want.memory);
	/* Where the processor has faulted it may have set some flags already. */
	if (want.exception.vector != VEC_PF)
		compare_tables(got.tables, want.tables);
}

static void walk_of(uint64_t mode, const char *suffix)
{
	uint64_t lacks = 0;
	char guest[64];
	size_t i;

	test_timeout(60);
	set_up();
	lacks |= cpu_has(7, 7) ? 0 : X86_CR4_SMEP;
	lacks |= cpu_has(7, 20) ? 0 : X86_CR4_SMAP;
	for (i = 0; i < ARRAY_SIZE(walk_cases); i++) {
		if (!(walk_cases[i].modes & BIT(mode)) ||
		    (walk_cases[i].cr4_set & lacks))
			continue;
		snprintf(guest, sizeof(guest), "mmio_store_%s", suffix);
		check_walk(&walk_cases[i], guest);
		snprintf(guest, sizeof(guest), "mmio_load_%s", suffix);
		check_walk(&walk_cases[i], guest);
	}
}

static void walk_paged32(void)
{
	walk_of(MODE_PAGED32, "paged32");
}

static void walk_pae(void)
{
	walk_of(MODE_PAE, "pae");
}

static void walk_long(void)
{
	walk_of(MODE_LONG, "long");
}

/* --- the state between exits --- */

static void device_set_up(void)
{
	set_up();
	on_xvcpu = test_on_xvcpu();
}

static uint64_t rip(void)
{
	struct kvm_regs regs;

	vcpu_get_regs(&vcpu, &regs);
	return regs.rip;
}

static void expect_access(bool write, uint64_t gpa, uint32_t len)
{
	vcpu_run_until(&vcpu, KVM_EXIT_MMIO);
	EXPECT_EQ(vcpu.run->mmio.is_write, write);
	EXPECT_EQ(vcpu.run->mmio.phys_addr, gpa);
	EXPECT_EQ(vcpu.run->mmio.len, len);
}

/* A read is done with the next KVM_RUN, a write when it is seen. */
static void rip_at_exits(void)
{
	device_set_up();
	load("mmio_read", 0);
	expect_access(false, DEV, 4);
	EXPECT_EQ(rip(), GUEST_CODE);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	load("mmio_write", 0);
	expect_access(true, DEV, 4);
	EXPECT_EQ(rip(), GUEST_CODE + 2);
	EXPECT(!memcmp(vcpu.run->mmio.data, "\x88\x77\x66\x55", 4));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	load("mmio_write_two", 0);
	expect_access(true, DEV + 0xffc, 4);
	EXPECT_EQ(rip(), GUEST_CODE + 7);
	expect_access(true, DEV + 0x1000, 4);
	EXPECT(!memcmp(vcpu.run->mmio.data, "\x44\x33\x22\x11", 4));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/* The read belonged to another place. */
static void read_dropped_by_set_regs(void)
{
	struct kvm_regs regs;

	test_need_xvcpu();
	device_set_up();
	load("mmio_read", 0);
	expect_access(false, DEV, 4);
	memset(vcpu.run->mmio.data, 0xee, 8);
	vcpu_get_regs(&vcpu, &regs);
	regs.rip += 2;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rax, 0x1122334455667788);
}

/* Of a read-modify-write, userspace may set registers that are the same. */
/* Loads from the device to a register, which is to become what the device has. */
static void expect_load(bool to_rcx)
{
	struct kvm_regs regs;

	expect_access(false, DEV, 4);
	memset(vcpu.run->mmio.data, 0xee, 8);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(to_rcx ? regs.rcx : regs.rax, 0xeeeeeeee);
	EXPECT(to_rcx || regs.rcx == 3);
}

/* What was decoded before is of no use when the code is another. */
static void code_changed(void)
{
	device_set_up();
	load("mmio_read", 0);
	expect_load(false);
	load("mmio_read", 0);
	/* ModRM: to ECX, not EAX. */
	vm.mem[GUEST_CODE + 1] = 0x0b;
	expect_load(true);
	load("mmio_read", 0);
	expect_load(false);
}

#define TABLE		0x60000		/* of pages of 4 KiB */
#define OTHER_CODE	0x61000
#define PRESENT		3		/* and writable */

/* MOV from and to CR3, then the access: the processor looks for the code anew. */
static void put_code(uint64_t gpa, uint8_t modrm)
{
	const uint8_t code[] = { 0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8,
				 0x8b, modrm, 0xf4 };

	memcpy(vm.mem + gpa, code, sizeof(code));
}

static void load_in_small_pages(uint64_t code)
{
	int i;

	load("mmio_read", 0);
	put_code(GUEST_CODE, 0x03);
	put_code(OTHER_CODE, 0x0b);
	for (i = 0; i < 512; i++)
		*vm_u64(&vm, TABLE + i * 8) = (uint64_t)i << 12 | PRESENT;
	*vm_u64(&vm, TABLE + (GUEST_CODE >> 12) * 8) = code | PRESENT;
	*vm_u64(&vm, GUEST_PD) = TABLE | PRESENT;
}

/* Nor is where the code was, when the guest's tables lead elsewhere. */
static void code_elsewhere(void)
{
	device_set_up();
	load_in_small_pages(GUEST_CODE);
	expect_load(false);
	load_in_small_pages(GUEST_CODE);
	expect_load(false);
	load_in_small_pages(OTHER_CODE);
	expect_load(true);
	load_in_small_pages(GUEST_CODE);
	expect_load(false);
}

/* And a page is a device's only as long as no slot holds it. */
static void device_becomes_memory(void)
{
	struct kvm_regs regs;

	device_set_up();
	load("mmio_read", 0);
	expect_load(false);
	*vm_u64(&vm, DEV) = 0x7777777755555555;
	device_is_memory(true);
	load("mmio_read", 0);
	*vm_u64(&vm, DEV) = 0x7777777755555555;
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rax, 0x55555555);
	device_is_memory(false);
	load("mmio_read", 0);
	expect_load(false);
}

static void read_kept_by_same_regs(void)
{
	struct kvm_regs regs;

	device_set_up();
	load("mmio_add", 0);
	expect_access(false, DEV, 4);
	memset(vcpu.run->mmio.data, 0x11, 8);
	vcpu_get_regs(&vcpu, &regs);
	vcpu_set_regs(&vcpu, &regs);
	expect_access(true, DEV, 4);
	EXPECT(!memcmp(vcpu.run->mmio.data, "\x99\x88\x77\x66", 4));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/* --- single steps --- */

static void run_with_flags(const char *guest, uint64_t setup, uint64_t flags)
{
	struct kvm_regs regs;

	load(guest, setup);
	vcpu_get_regs(&vcpu, &regs);
	regs.rflags |= flags;
	vcpu_set_regs(&vcpu, &regs);
	REQUIRE(run_to_halt());
}

/*
 * Bochs 2.7 takes an exit for an EPT violation for the end of the instruction, so
 * all memory is touched before.  It also makes kvm_intel trap too early.
 */
static void step_one(const char *guest, uint64_t setup)
{
	struct exception got, want;

	test_context("%s", guest);
	device_is_memory(true);
	run_with_flags(guest, setup, 0);
	run_with_flags(guest, setup, RFLAGS_TF);
	vcpu_exception(&vcpu, &want);
	device_is_memory(false);
	run_with_flags(guest, setup, RFLAGS_TF);
	vcpu_exception(&vcpu, &got);
	EXPECT_EQ(want.vector, VEC_DB);
	EXPECT_EQ(got.vector, want.vector);
	EXPECT_EQ(got.rip, want.rip);
}

/* The trap comes after the instruction, or after an iteration of it. */
static void single_step(void)
{
	test_need_xvcpu();
	device_set_up();
	step_one("mmio_read", 0);
	step_one("mmio_write", 0);
	step_one("mmio_add", 0);
	step_one("mmio_write_two", 0);
	step_one("mmio_rep_lods", SETUP_SI_DEV);
	step_one("mmio_rep_movs", SETUP_SI_DEV | SETUP_DI_DEV);
}

/* --- what cannot be done --- */

static void expect_emulation_error(const char *guest)
{
	struct kvm_run *run = vcpu.run;
	const struct guest *g = guest_find(guest);

	vcpu_run_until(&vcpu, KVM_EXIT_INTERNAL_ERROR);
	EXPECT_EQ(run->internal.suberror, KVM_INTERNAL_ERROR_EMULATION);
	EXPECT_EQ(rip(), GUEST_CODE);
	EXPECT(run->emulation_failure.flags &
	       KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES);
	EXPECT(!memcmp(run->emulation_failure.insn_bytes, g->start,
		       g->end - g->start));
}

static void unknown_in_kernel_mode(void)
{
	device_set_up();
	load("mmio_unknown", 0);
	expect_emulation_error("mmio_unknown");
}

/* A program in user mode can't end the guest. */
static void unknown_in_user_mode(void)
{
	struct exception exception;
	struct kvm_sregs sregs;

	device_set_up();
	load("mmio_unknown", 0);
	open_to_user(MODE_LONG);
	vcpu_get_sregs(&vcpu, &sregs);
	enter_user(&sregs);
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_UD);
	EXPECT_EQ(exception.rip, GUEST_CODE);
}

static void fetch_from_device(void)
{
	device_set_up();
	load("mmio_fetch", 0);
	vcpu_run_until(&vcpu, KVM_EXIT_INTERNAL_ERROR);
	EXPECT_EQ(vcpu.run->internal.suberror, KVM_INTERNAL_ERROR_EMULATION);
	EXPECT_EQ(rip(), DEV);
}

static void delivery_through_device(void)
{
	struct kvm_sregs sregs;

	device_set_up();
	load("mmio_deliver", 0);
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.idt.base = DEV;
	vcpu_set_sregs(&vcpu, &sregs);
	expect_access(false, DEV, 4);
	vcpu_run_until(&vcpu, KVM_EXIT_INTERNAL_ERROR);
	EXPECT_EQ(vcpu.run->internal.suberror, KVM_INTERNAL_ERROR_DELIVERY_EV);
	EXPECT_EQ(vcpu.run->internal.data[0] & 0x800007ff, 0x80000300 | VEC_UD);
}

/* --- memory for reading only --- */

static void read_only_slot(void)
{
	device_set_up();
	if (dev_ioctl(vm.sys, KVM_CHECK_EXTENSION,
		      (void *)KVM_CAP_READONLY_MEM) <= 0)
		test_skip("there are no slots for reading only");
	REQUIRE_EQ(vm_set_slot(&vm, 2, DEV, DEV_SIZE, device,
			       KVM_MEM_READONLY), 0);
	load("mmio_read", 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	load("mmio_add", 0);
	*vm_u32(&vm, DEV) = 0x11111111;
	expect_access(true, DEV, 4);
	EXPECT(!memcmp(vcpu.run->mmio.data, "\x99\x88\x77\x66", 4));
	EXPECT_EQ(*vm_u32(&vm, DEV), 0x11111111);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static const struct test tests[] = {
	{ "mmio_forms_real", forms_real },
	{ "mmio_forms_prot", forms_prot },
	{ "mmio_forms_long", forms_long },
	{ "mmio_forms_interrupted", forms_interrupted },
	{ "mmio_walk_paged32", walk_paged32 },
	{ "mmio_walk_pae", walk_pae },
	{ "mmio_walk_long", walk_long },
	{ "mmio_rip_at_exits", rip_at_exits },
	{ "mmio_read_dropped_by_set_regs", read_dropped_by_set_regs },
	{ "mmio_read_kept_by_same_regs", read_kept_by_same_regs },
	{ "mmio_code_changed", code_changed },
	{ "mmio_code_elsewhere", code_elsewhere },
	{ "mmio_device_becomes_memory", device_becomes_memory },
	{ "mmio_single_step", single_step },
	{ "mmio_unknown_in_kernel_mode", unknown_in_kernel_mode },
	{ "mmio_unknown_in_user_mode", unknown_in_user_mode },
	{ "mmio_fetch_from_device", fetch_from_device },
	{ "mmio_delivery_through_device", delivery_through_device },
	{ "mmio_read_only_slot", read_only_slot },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
