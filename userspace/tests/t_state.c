// SPDX-License-Identifier: GPL-2.0
/*
 * Userspace changes a vCPU between two runs: what it sets is what the guest
 * goes on with, and nothing of the old state gets in its way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define MSR_TSC		0x10
#define MSR_APIC_BASE	0x1b
#define MSR_EFER	0xc0000080

#define APIC_ENABLE	BIT(11)
#define APIC_X2APIC	BIT(10)
#define CPUID_1_APIC	BIT(9)		/* of EDX */
#define CPUID_1_XSAVE	BIT(26)		/* of ECX */

#define FLAG_IF		BIT(9)
#define FLAGS_OFF	0x2

static struct vm vm;
static struct vcpu vcpu;

static void set_up(const char *guest)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	if (guest)
		vcpu_load(&vcpu, guest);
}

/* --- a port access under way --- */

#define PORT		0x77
#define OLD_RAX		0x11111111
#define NEW_RAX		0x22222222
#define PORT_DATA	0x33333333
#define MEMORY		0x44444444
#define ELSEWHERE	0x100		/* further on there are only HLTs */

struct pio_case {
	const char *guest;
	int len;		/* of the instruction */
	uint64_t rax;		/* once it is completed */
	uint32_t memory;
};

static const struct pio_case pio_cases[] = {
	{ "state_out", 1, NEW_RAX, MEMORY },
	{ "state_in", 1, PORT_DATA, MEMORY },
	{ "state_ins", 1, NEW_RAX, PORT_DATA },
};

/* Up to the exit, which userspace answers. */
static void start_access(const struct pio_case *c, struct kvm_regs *regs)
{
	test_context("%s", c->guest);
	vcpu_load(&vcpu, c->guest);
	memset(vm.mem + GUEST_CODE + ELSEWHERE, 0xf4, 16);
	*vm_u32(&vm, GUEST_DATA) = MEMORY;
	vcpu_get_regs(&vcpu, regs);
	regs->rax = OLD_RAX;
	regs->rdx = PORT;
	regs->rdi = GUEST_DATA;
	vcpu_set_regs(&vcpu, regs);
	vcpu_run_until(&vcpu, KVM_EXIT_IO);
	EXPECT_EQ(vcpu.run->io.port, PORT);
	if (vcpu.run->io.direction == KVM_EXIT_IO_IN)
		*(uint32_t *)vcpu_io_data(&vcpu) = PORT_DATA;
	vcpu_get_regs(&vcpu, regs);
	EXPECT_EQ(regs->rip, GUEST_CODE);
	regs->rax = NEW_RAX;
}

static void finish_access(uint64_t rip, uint64_t rax, uint64_t rdi,
			  uint32_t memory)
{
	struct kvm_regs regs;

	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rip, rip);
	EXPECT_EQ(regs.rax, rax);
	EXPECT_EQ(regs.rdi, rdi);
	EXPECT_EQ(*vm_u32(&vm, GUEST_DATA), memory);
}

/* KVM carries an INS on in its emulator, wherever RIP is. */
static bool is_dropped(const struct pio_case *c)
{
	return strcmp(c->guest, "state_ins") || test_on_xvcpu();
}

static void pio_dropped_at_other_rip(void)
{
	struct kvm_regs regs;
	size_t i;

	set_up(NULL);
	for (i = 0; i < ARRAY_SIZE(pio_cases); i++) {
		if (!is_dropped(&pio_cases[i]))
			continue;
		start_access(&pio_cases[i], &regs);
		regs.rip = GUEST_CODE + ELSEWHERE;
		vcpu_set_regs(&vcpu, &regs);
		finish_access(regs.rip + 1, NEW_RAX, GUEST_DATA, MEMORY);
	}
}

static void pio_dropped_at_other_cs(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	size_t i;

	set_up(NULL);
	for (i = 0; i < ARRAY_SIZE(pio_cases); i++) {
		if (!is_dropped(&pio_cases[i]))
			continue;
		start_access(&pio_cases[i], &regs);
		vcpu_set_regs(&vcpu, &regs);
		vcpu_get_sregs(&vcpu, &sregs);
		sregs.cs.base = ELSEWHERE;
		vcpu_set_sregs(&vcpu, &sregs);
		finish_access(GUEST_CODE + 1, NEW_RAX, GUEST_DATA, MEMORY);
	}
}

static void pio_completed_at_same_rip(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	size_t i;

	set_up(NULL);
	for (i = 0; i < ARRAY_SIZE(pio_cases); i++) {
		const struct pio_case *c = &pio_cases[i];
		bool ins = !strcmp(c->guest, "state_ins");

		start_access(c, &regs);
		vcpu_set_regs(&vcpu, &regs);
		vcpu_get_sregs(&vcpu, &sregs);
		vcpu_set_sregs(&vcpu, &sregs);
		finish_access(GUEST_CODE + c->len + 1, c->rax,
			      GUEST_DATA + (ins ? 4 : 0), c->memory);
	}
}

/* --- other page tables --- */

#define OTHER_PML4	0x28000
#define OTHER_DATA	0x200000
#define PTE_GLOBAL	0x100

/* The alias is seen at the third MiB, all else one to one. */
static void fill_other_tables(void)
{
	*vm_u64(&vm, OTHER_PML4) = 0x29003;
	*vm_u64(&vm, 0x29000) = 0x2a003;
	*vm_u64(&vm, 0x2a000) = 0x83;
	*vm_u64(&vm, 0x2a000 + (GUEST_ALIAS >> 21) * 8) = OTHER_DATA | 0x83;
	*vm_u32(&vm, GUEST_DATA) = 0x1111;
	*vm_u32(&vm, OTHER_DATA + GUEST_DATA) = 0x2222;
}

static uint64_t load_through(uint64_t cr3)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr3 = cr3;
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	return regs.rbx;
}

static void cr3_set_shows_new_tables(void)
{
	int i;

	set_up("state_load");
	fill_other_tables();
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(load_through(GUEST_PML4), 0x1111);
		EXPECT_EQ(load_through(OTHER_PML4), 0x2222);
	}
}

/* MOV CR3 would leave a global page's translation. */
static void cr3_set_drops_global_pages(void)
{
	struct kvm_sregs sregs;

	set_up("state_load");
	fill_other_tables();
	*vm_u64(&vm, GUEST_PD + (GUEST_ALIAS >> 21) * 8) |= PTE_GLOBAL;
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr4 |= X86_CR4_PGE;
	vcpu_set_sregs(&vcpu, &sregs);
	EXPECT_EQ(load_through(GUEST_PML4), 0x1111);
	EXPECT_EQ(load_through(OTHER_PML4), 0x2222);
}

/* --- interrupts blocked for an instruction, then off altogether --- */

/* KVM skips the OUT, and the blocking with it, but at another RIP fails. */
static void blocking_gone_with_if(void)
{
	static const uint64_t rips[] = { 0, GUEST_CODE + ELSEWHERE };
	const size_t n = test_on_xvcpu() ? ARRAY_SIZE(rips) : 1;
	struct kvm_regs regs;
	size_t i;

	set_up(NULL);
	for (i = 0; i < n; i++) {
		test_context("%s rip", rips[i] ? "another" : "the same");
		vcpu_load(&vcpu, "state_sti_out");
		vm.mem[GUEST_CODE + ELSEWHERE] = 0xf4;
		vcpu_report(&vcpu);
		vcpu_get_regs(&vcpu, &regs);
		EXPECT(regs.rflags & FLAG_IF);
		regs.rflags = FLAGS_OFF;
		if (rips[i])
			regs.rip = rips[i];
		vcpu_set_regs(&vcpu, &regs);
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		vcpu_get_regs(&vcpu, &regs);
		EXPECT_EQ(regs.rip, rips[i] ? rips[i] + 1 : GUEST_CODE + 5);
		EXPECT_EQ(regs.rflags & FLAG_IF, 0);
	}
}

/* --- shutdown --- */

static void put_reset_code(void)
{
	const struct guest *guest = guest_find("state_reset");
	uint8_t *mem = mem_alloc(PAGE_SIZE);

	memcpy(mem + 0xff0, guest->start, guest->end - guest->start);
	REQUIRE_EQ(vm_set_slot(&vm, 1, 0xfffff000, PAGE_SIZE, mem, 0), 0);
}

static void shutdown_then_reset(void)
{
	static const char * const guests[] = {
		"state_shutdown_ud", "state_shutdown_rdmsr",
	};
	struct kvm_sregs reset_sregs;
	struct kvm_regs reset, regs;
	size_t i;

	set_up(NULL);
	put_reset_code();
	vcpu_get_regs(&vcpu, &reset);
	vcpu_get_sregs(&vcpu, &reset_sregs);
	for (i = 0; i < ARRAY_SIZE(guests); i++) {
		test_context("%s", guests[i]);
		vcpu_load(&vcpu, guests[i]);
		vcpu_get_regs(&vcpu, &regs);
		regs.rcx = 0xffffffff;
		vcpu_set_regs(&vcpu, &regs);
		vcpu_run_until(&vcpu, KVM_EXIT_SHUTDOWN);
		vcpu_set_sregs(&vcpu, &reset_sregs);
		vcpu_set_regs(&vcpu, &reset);
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		vcpu_get_regs(&vcpu, &regs);
		EXPECT_EQ(regs.rip, 0xfff2);
	}
}

/* --- hypercalls --- */

struct hypercall_case {
	const char *guest;
	uint64_t mask;
	bool long_mode;
};

static const struct hypercall_case hypercall_cases[] = {
	{ "state_hypercall_prot", 0xffffffff, false },
	{ "state_hypercall_compat", 0xffffffff, false },
	{ "state_hypercall_long", UINT64_MAX, true },
};

#define HIGH	0xa5a5a5a500000000

static void set_hypercall_regs(void)
{
	struct kvm_regs regs;

	vcpu_get_regs(&vcpu, &regs);
	regs.rax = HIGH | 42;
	regs.rdi = HIGH | 1;
	regs.rsi = HIGH | 2;
	regs.rdx = HIGH | 3;
	regs.rcx = HIGH | 4;
	vcpu_set_regs(&vcpu, &regs);
}

/* KVM has none that userspace answers. */
static void enable_hypercall_exit(void)
{
	test_need_xvcpu();
	REQUIRE_EQ(vm_enable_cap(&vm, XVCPU_CAP_HYPERCALL_EXIT, 1), 0);
}

static void hypercall_as_wide_as_the_code(void)
{
	const uint64_t result = 0xfedcba9876543210;
	struct kvm_regs regs;
	uint64_t n;
	size_t i;

	set_up(NULL);
	enable_hypercall_exit();
	for (i = 0; i < ARRAY_SIZE(hypercall_cases); i++) {
		const struct hypercall_case *c = &hypercall_cases[i];

		test_context("%s", c->guest);
		vcpu_load(&vcpu, c->guest);
		set_hypercall_regs();
		vcpu_run_until(&vcpu, KVM_EXIT_HYPERCALL);
		EXPECT_EQ(vcpu.run->hypercall.nr, (HIGH | 42) & c->mask);
		for (n = 0; n < 4; n++)
			EXPECT_EQ(vcpu.run->hypercall.args[n],
				  (HIGH | (n + 1)) & c->mask);
		EXPECT_EQ(vcpu.run->hypercall.longmode, c->long_mode);
		vcpu.run->hypercall.ret = result;
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		vcpu_get_regs(&vcpu, &regs);
		EXPECT_EQ(regs.rax, result & c->mask);
	}
}

/* A result belongs to the place of the call. */
static void hypercall_dropped_at_other_rip(void)
{
	struct kvm_regs regs;

	set_up("state_hypercall_long");
	enable_hypercall_exit();
	vcpu_run_until(&vcpu, KVM_EXIT_HYPERCALL);
	vm.mem[GUEST_CODE + ELSEWHERE] = 0xf4;
	vcpu.run->hypercall.ret = PORT_DATA;
	vcpu_get_regs(&vcpu, &regs);
	regs.rip = GUEST_CODE + ELSEWHERE;
	regs.rax = NEW_RAX;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rip, GUEST_CODE + ELSEWHERE + 1);
	EXPECT_EQ(regs.rax, NEW_RAX);
}

/* --- the TSCs of one VM --- */

#define READS	100

static uint64_t guest_tsc(struct vcpu *from)
{
	struct kvm_regs regs;

	vcpu_run_until(from, KVM_EXIT_HLT);
	vcpu_get_regs(from, &regs);
	return (uint32_t)regs.rax | regs.rdx << 32;
}

static uint64_t ioctl_tsc(struct vcpu *from)
{
	return vcpu_get_msr(from, MSR_TSC);
}

/* Read in turn they never go back; so they are as far apart as two reads. */
static void expect_one_clock(struct vcpu *other,
			     uint64_t (*read)(struct vcpu *from))
{
	uint64_t last = 0, now;
	int i;

	for (i = 0; i < READS; i++) {
		now = read(i & 1 ? other : &vcpu);
		if (now < last)
			test_note("read %d: 0x%llx after 0x%llx", i,
				  (unsigned long long)now,
				  (unsigned long long)last);
		REQUIRE(now >= last);
		last = now;
	}
}

/* The second one comes when the first has long been counting. */
static void tsc_same_in_all_vcpus(void)
{
	struct vcpu other;
	uint64_t start, end;
	int i;

	host_run_on(host_cpu(0));
	set_up("state_tsc");
	start = ioctl_tsc(&vcpu);
	for (i = 0; i < READS; i++)
		end = ioctl_tsc(&vcpu);
	EXPECT(end > start);
	vcpu_create(&other, &vm, 1);
	vcpu_load(&other, "state_tsc");
	test_context("by KVM_GET_MSRS");
	expect_one_clock(&other, ioctl_tsc);
	test_context("by RDTSC");
	expect_one_clock(&other, guest_tsc);
}

/* --- CPUID.1:EDX.APIC --- */

static void expect_apic(const char *guest, uint64_t apic_base, uint64_t want)
{
	struct exception exception;
	struct kvm_regs regs = {
		.rax = 1, .rcx = MSR_APIC_BASE,
	};

	if (!strcmp(guest, "state_apic_base"))
		regs.rax = apic_base;
	EXPECT_EQ(vcpu_exec(&vcpu, guest, &regs, &exception), -1);
	EXPECT_EQ(regs.rdx & CPUID_1_APIC, want);
}

static void apic_bit_follows_msr(void)
{
	uint64_t base;

	set_up(NULL);
	base = vcpu_get_msr(&vcpu, MSR_APIC_BASE);
	EXPECT(base & APIC_ENABLE);
	expect_apic("state_cpuid", 0, CPUID_1_APIC);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_APIC_BASE, base & ~APIC_ENABLE), 1);
	expect_apic("state_cpuid", 0, 0);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_APIC_BASE, base), 1);
	expect_apic("state_cpuid", 0, CPUID_1_APIC);
	test_context("written by the guest");
	expect_apic("state_apic_base", base & ~APIC_ENABLE, 0);
	expect_apic("state_apic_base", base, CPUID_1_APIC);
}

static void apic_bit_follows_sregs(void)
{
	struct kvm_sregs sregs;

	set_up(NULL);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT(sregs.apic_base & APIC_ENABLE);
	sregs.apic_base &= ~APIC_ENABLE;
	vcpu_set_sregs(&vcpu, &sregs);
	expect_apic("state_cpuid", 0, 0);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_APIC_BASE), sregs.apic_base);
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.apic_base |= APIC_ENABLE;
	vcpu_set_sregs(&vcpu, &sregs);
	expect_apic("state_cpuid", 0, CPUID_1_APIC);
}

/* --- the extended state that the guest's CPUID has --- */

static void limit_xcr0(uint32_t mask)
{
	struct kvm_cpuid2 *cpuid = cpuid_supported(vm.sys);
	struct kvm_cpuid_entry2 *leaf = cpuid_find(cpuid, 0xd, 0);

	if (!(cpuid_find(cpuid, 1, 0)->ecx & CPUID_1_XSAVE) || !leaf)
		test_skip("no XSAVE");
	if ((leaf->eax & 7) != 7)
		test_skip("no AVX, and so nothing to withhold");
	leaf->eax &= mask;
	leaf->edx = 0;
	cpuid_find(cpuid, 1, 0)->ecx &= ~BIT(5);	/* VMX */
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), 0);
	free(cpuid);
}

static int exec_xsetbv(uint64_t value)
{
	struct exception exception;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	vcpu_load(&vcpu, "state_xsetbv");
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr4 |= X86_CR4_OSXSAVE;
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_get_regs(&vcpu, &regs);
	regs.rax = (uint32_t)value;
	regs.rdx = value >> 32;
	regs.rcx = 0;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	return vcpu_exception(&vcpu, &exception);
}

struct xcr0_case {
	uint32_t offered;
	uint64_t value;
	int vector;
};

static const struct xcr0_case xcr0_cases[] = {
	{ 0x7, 0x7, -1 },
	{ 0x7, 0x3, -1 },
	{ 0x3, 0x7, VEC_GP },
	{ 0x3, 0x3, -1 },
	{ 0x3, 0x1, -1 },
	{ 0x1, 0x3, VEC_GP },
	{ 0x1, 0x7, VEC_GP },
	{ 0x1, 0x1, -1 },
};

static void xsetbv_limited_by_cpuid(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(xcr0_cases); i++) {
		const struct xcr0_case *c = &xcr0_cases[i];

		test_context("0x%llx of 0x%x", (unsigned long long)c->value,
			     c->offered);
		/* KVM takes no other CPUID after the first run. */
		set_up(NULL);
		limit_xcr0(c->offered);
		EXPECT_EQ(exec_xsetbv(c->value), c->vector);
		vcpu_destroy(&vcpu);
		vm_destroy(&vm);
	}
}

/* --- EFER by KVM_SET_MSRS --- */

/* Who resets a vCPU may write the MSRs first. */
static void efer_cleared_before_sregs(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	set_up("state_load");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_EFER, 0), 1);
	vcpu_load(&vcpu, "state_real");
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.efer, 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rip, GUEST_CODE + 2);
}

/* --- IA32_APIC_BASE in KVM_SET_SREGS --- */

static const uint64_t bad_apic_bases[] = {
	0xfee00000 | APIC_ENABLE | BIT(0),
	0xfee00000 | APIC_ENABLE | BIT(7),
	0xfee00000 | APIC_ENABLE | BIT(9),
	0xfee00000 | APIC_X2APIC,
	0xfee00000 | APIC_ENABLE | BIT(52),
	0xfee00000 | APIC_ENABLE | BIT(63),
};

static void apic_base_reserved_bits_refused(void)
{
	struct kvm_sregs before, sregs;
	size_t i;

	set_up("state_load");
	vcpu_get_sregs(&vcpu, &before);
	for (i = 0; i < ARRAY_SIZE(bad_apic_bases); i++) {
		test_context("0x%llx", (unsigned long long)bad_apic_bases[i]);
		sregs = before;
		sregs.apic_base = bad_apic_bases[i];
		EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_SREGS, &sregs), -EINVAL);
		vcpu_get_sregs(&vcpu, &sregs);
		EXPECT_EQ(sregs.apic_base, before.apic_base);
	}
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/* --- struct kvm_run --- */

struct if_case {
	uint32_t exit_reason;
	int if_flag;
};

static const struct if_case if_cases[] = {
	{ KVM_EXIT_IO, 1 },
	{ KVM_EXIT_IO, 0 },
	{ KVM_EXIT_HLT, 1 },
	{ KVM_EXIT_HLT, 0 },
};

static void if_flag_after_exits(void)
{
	size_t i;

	set_up("state_if");
	for (i = 0; i < ARRAY_SIZE(if_cases); i++) {
		test_context("exit %zu", i);
		vcpu_run_until(&vcpu, if_cases[i].exit_reason);
		EXPECT_EQ(vcpu.run->if_flag, if_cases[i].if_flag);
	}
}

static const struct test tests[] = {
	{ "state_pio_dropped_at_other_rip", pio_dropped_at_other_rip },
	{ "state_pio_dropped_at_other_cs", pio_dropped_at_other_cs },
	{ "state_pio_completed_at_same_rip", pio_completed_at_same_rip },
	{ "state_cr3_set_shows_new_tables", cr3_set_shows_new_tables },
	{ "state_cr3_set_drops_global_pages", cr3_set_drops_global_pages },
	{ "state_blocking_gone_with_if", blocking_gone_with_if },
	{ "state_shutdown_then_reset", shutdown_then_reset },
	{ "state_hypercall_as_wide_as_the_code",
	  hypercall_as_wide_as_the_code },
	{ "state_hypercall_dropped_at_other_rip",
	  hypercall_dropped_at_other_rip },
	{ "state_tsc_same_in_all_vcpus", tsc_same_in_all_vcpus },
	{ "state_apic_bit_follows_msr", apic_bit_follows_msr },
	{ "state_apic_bit_follows_sregs", apic_bit_follows_sregs },
	{ "state_xsetbv_limited_by_cpuid", xsetbv_limited_by_cpuid },
	{ "state_efer_cleared_before_sregs", efer_cleared_before_sregs },
	{ "state_apic_base_reserved_bits_refused",
	  apic_base_reserved_bits_refused },
	{ "state_if_flag_after_exits", if_flag_after_exits },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
