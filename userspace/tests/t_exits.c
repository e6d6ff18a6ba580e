// SPDX-License-Identifier: GPL-2.0
/*
 * Every way out of a guest: what KVM_RUN returns, and that the guest goes on
 * afterwards where it should.
 */
#include <errno.h>
#include <linux/kvm_para.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"

#define NOWHERE		0x2000000	/* mapped by the guest, in no slot */
#define BAD_GUEST_STATE	0x80000021

static struct vm vm;
static struct vcpu vcpu;

static void set_up(const char *guest)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	if (guest)
		vcpu_load(&vcpu, guest);
}

static uint64_t guest_rip(void)
{
	struct kvm_regs regs;

	vcpu_get_regs(&vcpu, &regs);
	return regs.rip;
}

static uint64_t guest_rax(void)
{
	struct kvm_regs regs;

	vcpu_get_regs(&vcpu, &regs);
	return regs.rax;
}

/* --- HLT, shutdown --- */

static void halt_goes_on(void)
{
	static const char * const guests[] = {
		"exits_halt_real", "exits_halt_prot", "exits_halt_long",
	};
	size_t i;

	set_up(NULL);
	for (i = 0; i < ARRAY_SIZE(guests); i++) {
		test_context("%s", guests[i]);
		vcpu_load(&vcpu, guests[i]);
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		EXPECT_EQ(guest_rip(), GUEST_CODE + 3);
		EXPECT_EQ(guest_rax() & 0xff, 1);
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		EXPECT_EQ(guest_rip(), GUEST_CODE + 6);
		EXPECT_EQ(guest_rax() & 0xff, 2);
	}
}

static void shutdown_then_new_state(void)
{
	set_up("exits_shutdown");
	vcpu_run_until(&vcpu, KVM_EXIT_SHUTDOWN);
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(guest_rax() & 0xff, 1);
}

/* --- hypercalls --- */

#define FLAGS_IOPL	0x3000

static void enable_hypercall_exit(void)
{
	REQUIRE_EQ(vm_enable_cap(&vm, XVCPU_CAP_HYPERCALL_EXIT, 1), 0);
}

static uint64_t hypercall(const char *guest, uint64_t nr)
{
	struct kvm_regs regs;

	vcpu_load(&vcpu, guest);
	vcpu_get_regs(&vcpu, &regs);
	regs.rax = nr;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	return guest_rax();
}

static void hypercall_answers(void)
{
	static const uint64_t unknown[] = { 0, 2, 3, 4, 6, 7, 8, 12, 13, 42 };
	size_t i;

	set_up(NULL);
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		EXPECT_EQ(hypercall("exits_vmcall_long", unknown[i]),
			  (uint64_t)-KVM_ENOSYS);
	EXPECT_EQ(hypercall("exits_vmcall_long", KVM_HC_VAPIC_POLL_IRQ), 0);
	EXPECT_EQ(hypercall("exits_vmcall_long", KVM_HC_KICK_CPU), 0);
	EXPECT_EQ(hypercall("exits_vmcall_long", KVM_HC_SCHED_YIELD), 0);
	EXPECT_EQ(hypercall("exits_vmcall_long", KVM_HC_SEND_IPI),
		  (uint64_t)-KVM_EOPNOTSUPP);
	EXPECT_EQ(hypercall("exits_vmcall_long",
			    KVM_HC_VAPIC_POLL_IRQ | 1ULL << 32),
		  (uint64_t)-KVM_ENOSYS);
	EXPECT_EQ(hypercall("exits_vmcall_prot", 42), (uint32_t)-KVM_ENOSYS);
	EXPECT_EQ(hypercall("exits_vmcall_prot",
			    KVM_HC_VAPIC_POLL_IRQ | 1ULL << 32), 0);
}

/* The guest's kernel has not asked for it. */
static void hypercall_user(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	uint32_t value;
	int exits;

	set_up(NULL);
	for (exits = 0; exits <= test_on_xvcpu(); exits++) {
		test_context("exits %d", exits);
		if (exits)
			enable_hypercall_exit();
		vcpu_load(&vcpu, "exits_hypercall_user");
		vcpu_get_sregs(&vcpu, &sregs);
		sregs.cs.selector |= 3;
		sregs.cs.dpl = 3;
		sregs.ss.selector |= 3;
		sregs.ss.dpl = 3;
		vcpu_set_sregs(&vcpu, &sregs);
		vcpu_get_regs(&vcpu, &regs);
		regs.rflags |= FLAGS_IOPL;
		regs.rax = KVM_HC_VAPIC_POLL_IRQ;
		vcpu_set_regs(&vcpu, &regs);
		vcpu_run_until(&vcpu, KVM_EXIT_IO);
		memcpy(&value, vcpu_io_data(&vcpu), sizeof(value));
		EXPECT_EQ(value, (uint32_t)-KVM_EPERM);
	}
}

static void hypercall_cap_bad_argument(void)
{
	test_need_xvcpu();
	set_up(NULL);
	EXPECT_EQ(vm_enable_cap(&vm, XVCPU_CAP_HYPERCALL_EXIT, 2), -EINVAL);
	EXPECT_EQ(dev_ioctl(vm.fd, KVM_CHECK_EXTENSION,
			    (void *)XVCPU_CAP_HYPERCALL_EXIT), 1);
}

static void hypercall_arguments_and_result(void)
{
	static const uint64_t args[] = {
		0x1111111111111111, 0x2222222222222222, 0x3333333333333333,
		0x4444444444444444, 0x5555555555555555, 0x6666666666666666,
	};
	size_t i;

	test_need_xvcpu();
	set_up("exits_hypercall");
	enable_hypercall_exit();
	vcpu_run_until(&vcpu, KVM_EXIT_HYPERCALL);
	EXPECT_EQ(vcpu.run->hypercall.nr, 42);
	for (i = 0; i < ARRAY_SIZE(args); i++)
		EXPECT_EQ(vcpu.run->hypercall.args[i], args[i]);
	vcpu.run->hypercall.ret = 0xfedcba9876543210;
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(guest_rax(), 0xfedcba9876543210);
}

/* --- memory in no slot --- */

struct access_case {
	const char *guest;
	bool write;
	int len;
	uint64_t gpa;
};

static const struct access_case access_cases[] = {
	{ "exits_write8", true, 1, NOWHERE },
	{ "exits_write32", true, 4, NOWHERE + 0x10 },
	{ "exits_write64", true, 8, NOWHERE },
	{ "exits_read8", false, 1, NOWHERE },
	{ "exits_read32", false, 4, NOWHERE + 0x10 },
	{ "exits_read64", false, 8, NOWHERE },
};

static void set_access_regs(void)
{
	struct kvm_regs regs;

	vcpu_get_regs(&vcpu, &regs);
	regs.rax = 0x1122334455667788;
	regs.rbx = NOWHERE;
	vcpu_set_regs(&vcpu, &regs);
}

static void check_mmio(const struct access_case *c)
{
	static const uint64_t data = 0x8899aabbccddeeff;
	const uint64_t rax = 0x1122334455667788;
	uint64_t want = rax;

	EXPECT_EQ(vcpu.run->mmio.phys_addr, c->gpa);
	EXPECT_EQ(vcpu.run->mmio.len, c->len);
	EXPECT_EQ(vcpu.run->mmio.is_write, c->write);
	if (c->write) {
		EXPECT(!memcmp(vcpu.run->mmio.data, &rax, c->len));
	} else {
		memcpy(vcpu.run->mmio.data, &data, c->len);
		if (c->len == 4)
			want = 0;
		memcpy(&want, &data, c->len);
	}
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(guest_rax(), want);
}

/* Nothing decoded it: userspace gets the bytes, and RIP is at them. */
static void check_emulation_error(const struct guest *guest)
{
	struct kvm_run *run = vcpu.run;

	EXPECT_EQ(run->internal.suberror, KVM_INTERNAL_ERROR_EMULATION);
	REQUIRE(run->internal.ndata >= 3);
	EXPECT(run->emulation_failure.flags &
	       KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES);
	EXPECT(run->emulation_failure.insn_size > 0);
	EXPECT(run->emulation_failure.insn_size <= 15);
	EXPECT(!memcmp(run->emulation_failure.insn_bytes, guest->start,
		       guest->end - guest->start - 1));
	EXPECT_EQ(guest_rip(), GUEST_CODE);
}

/* xvcpu may decode an access (KVM_EXIT_MMIO, as KVM does) or give the bytes. */
static void no_slot_access(void)
{
	size_t i;

	set_up(NULL);
	for (i = 0; i < ARRAY_SIZE(access_cases); i++) {
		const struct access_case *c = &access_cases[i];

		test_context("%s", c->guest);
		vcpu_load(&vcpu, c->guest);
		set_access_regs();
		REQUIRE_EQ(vcpu_run(&vcpu), 0);
		if (vcpu.run->exit_reason == KVM_EXIT_MMIO)
			check_mmio(c);
		else if (vcpu.run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
			check_emulation_error(guest_find(c->guest));
		else
			EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_MMIO);
	}
}

/* There are no instruction bytes to be had. */
static void no_slot_fetch(void)
{
	set_up("exits_fetch");
	set_access_regs();
	vcpu_run_until(&vcpu, KVM_EXIT_INTERNAL_ERROR);
	EXPECT_EQ(vcpu.run->internal.suberror, KVM_INTERNAL_ERROR_EMULATION);
	EXPECT_EQ(guest_rip(), NOWHERE);
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/*
 * A slot that appears after the exit serves the access when it is retried.
 * KVM has a #UD pending by then, which setting the registers takes back.
 */
static void no_slot_then_slot(void)
{
	struct kvm_regs regs;
	void *mem = mem_alloc(PAGE_SIZE);

	set_up("exits_fetch");
	set_access_regs();
	vcpu_run_until(&vcpu, KVM_EXIT_INTERNAL_ERROR);
	memset(mem, 0xf4, PAGE_SIZE);
	REQUIRE_EQ(vm_set_slot(&vm, 1, NOWHERE, PAGE_SIZE, mem, 0), 0);
	vcpu_get_regs(&vcpu, &regs);
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(guest_rip(), NOWHERE + 1);
}

/* --- guest state that no VM entry accepts --- */

static void bad_cs_both_sizes(struct kvm_sregs *sregs)
{
	sregs->cs.l = 1;
	sregs->cs.db = 1;
}

static void bad_cs_type(struct kvm_sregs *sregs)
{
	sregs->cs.type = 2;
	sregs->cs.s = 0;
}

static void bad_cs_absent(struct kvm_sregs *sregs)
{
	sregs->cs.present = 0;
}

static void bad_tr_unusable(struct kvm_sregs *sregs)
{
	sregs->tr.unusable = 1;
}

static void bad_tr_type(struct kvm_sregs *sregs)
{
	sregs->tr.type = 1;
}

static void bad_ds_limit(struct kvm_sregs *sregs)
{
	sregs->ds.g = 0;
	sregs->ds.limit = 0xffffffff;
}

static void bad_gs_base(struct kvm_sregs *sregs)
{
	sregs->gs.base = 0x8000000000000000;
}

static void bad_gdt_base(struct kvm_sregs *sregs)
{
	sregs->gdt.base = 0x8000000000000000;
}

static void bad_ldt_type(struct kvm_sregs *sregs)
{
	sregs->ldt.unusable = 0;
	sregs->ldt.type = 5;
	sregs->ldt.present = 1;
}

struct bad_case {
	const char *name;
	void (*spoil)(struct kvm_sregs *sregs);
};

static const struct bad_case bad_cases[] = {
	{ "CS.L and CS.D", bad_cs_both_sizes },
	{ "CS of a data type", bad_cs_type },
	{ "CS not present", bad_cs_absent },
	{ "TR unusable", bad_tr_unusable },
	{ "TR a 16-bit TSS that is not busy", bad_tr_type },
	{ "DS limit without granularity", bad_ds_limit },
	{ "GS base not canonical", bad_gs_base },
	{ "GDT base not canonical", bad_gdt_base },
	{ "LDT of the wrong type", bad_ldt_type },
};

/* Either the ioctl refuses it, or the entry fails and says so. */
static void bad_state_is_refused(void)
{
	struct kvm_sregs sregs;
	size_t i;
	long ret;

	set_up("exits_halt_long");
	for (i = 0; i < ARRAY_SIZE(bad_cases); i++) {
		test_context("%s", bad_cases[i].name);
		vcpu_load(&vcpu, "exits_halt_long");
		vcpu_get_sregs(&vcpu, &sregs);
		bad_cases[i].spoil(&sregs);
		ret = dev_ioctl(vcpu.fd, KVM_SET_SREGS, &sregs);
		EXPECT(ret == 0 || ret == -EINVAL);
		if (!ret) {
			vcpu_run_until(&vcpu, KVM_EXIT_FAIL_ENTRY);
			EXPECT_EQ(vcpu.run->fail_entry.hardware_entry_failure_reason,
				  BAD_GUEST_STATE);
			EXPECT(vcpu.run->fail_entry.cpu < 4096);
			EXPECT_EQ(guest_rip(), GUEST_CODE);
		}
		vcpu_load(&vcpu, "exits_halt_long");
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		EXPECT_EQ(guest_rax() & 0xff, 1);
	}
}

/* --- single instructions --- */

#define DONE	-1	/* no exception */
#define NO_ALT	-2

struct insn_case {
	const char *name;
	int vector;
	int alternative;
};

/*
 * No VMX in the guest: its instructions are #UD.  MONITOR, MWAIT and RDPMC
 * depend on what CPUID offers and on the kernel's version.
 */
static const struct insn_case insn_cases[] = {
	{ "cpuid", DONE, NO_ALT },
	{ "rdtsc", DONE, NO_ALT },
	{ "pause", DONE, NO_ALT },
	{ "wbinvd", DONE, NO_ALT },
	{ "invd", DONE, NO_ALT },
	{ "invlpg", DONE, NO_ALT },
	{ "cli_sti", DONE, NO_ALT },
	{ "sgdt", DONE, NO_ALT },
	{ "mov_dr", DONE, NO_ALT },
	{ "vmxon", VEC_UD, NO_ALT },
	{ "vmxoff", VEC_UD, NO_ALT },
	{ "vmlaunch", VEC_UD, NO_ALT },
	{ "vmresume", VEC_UD, NO_ALT },
	{ "vmread", VEC_UD, NO_ALT },
	{ "vmwrite", VEC_UD, NO_ALT },
	{ "vmptrld", VEC_UD, NO_ALT },
	{ "vmptrst", VEC_UD, NO_ALT },
	{ "vmclear", VEC_UD, NO_ALT },
	{ "vmfunc", VEC_UD, NO_ALT },
	{ "invept", VEC_UD, NO_ALT },
	{ "invvpid", VEC_UD, NO_ALT },
	{ "getsec", VEC_UD, NO_ALT },
	{ "rsm", VEC_UD, NO_ALT },
	{ "monitor", VEC_UD, DONE },
	{ "mwait", VEC_UD, DONE },
	{ "rdpmc", VEC_GP, DONE },
};

static void insn_each(void)
{
	struct exception exception;
	char name[64];
	size_t i;
	int got;

	set_up(NULL);
	for (i = 0; i < ARRAY_SIZE(insn_cases); i++) {
		const struct insn_case *c = &insn_cases[i];

		snprintf(name, sizeof(name), "exits_insn_%s", c->name);
		test_context("%s", name);
		vcpu_load(&vcpu, name);
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		got = vcpu_exception(&vcpu, &exception);
		if (got != c->alternative)
			EXPECT_EQ(got, c->vector);
		if (got != DONE)
			EXPECT_EQ(exception.rip, GUEST_CODE);
	}
}

/* --- events whose delivery meets an EPT violation --- */

#define FRESH_STACK	0x300000	/* a page that nobody has touched */
#define FRESH_REAL	0x7000

struct event_case {
	const char *guest;
	uint64_t stack;
	struct exception want;	/* rip from the guest's start */
};

static const struct event_case event_cases[] = {
	{ "exits_event_int", FRESH_STACK + 0x1000, { 0x1f, 0, 2 } },
	{ "exits_event_int3", FRESH_STACK + 0x3000, { VEC_BP, 0, 1 } },
	{ "exits_event_ud", FRESH_STACK + 0x5000, { VEC_UD, 0, 0 } },
	{ "exits_event_gp", FRESH_STACK + 0x7000,
	  { VEC_GP, 0xff * 8 + 2, 0 } },
	{ "exits_event_pf", FRESH_STACK + 0x9000, { VEC_PF, 2, 0 } },
	{ "exits_event_prot_int", FRESH_STACK + 0xb000, { 0x1f, 0, 2 } },
	{ "exits_event_real_int", FRESH_REAL, { 0x1f, 0, 2 } },
};

static void event_is_delivered_again(void)
{
	struct exception exception;
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	size_t i;

	set_up(NULL);
	for (i = 0; i < ARRAY_SIZE(event_cases); i++) {
		const struct event_case *c = &event_cases[i];

		test_context("%s", c->guest);
		vcpu_load(&vcpu, c->guest);
		vcpu_get_regs(&vcpu, &regs);
		regs.rsp = c->stack;
		vcpu_set_regs(&vcpu, &regs);
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		EXPECT_EQ(vcpu_exception(&vcpu, &exception), c->want.vector);
		EXPECT_EQ(exception.error, c->want.error);
		EXPECT_EQ(exception.rip, GUEST_CODE + c->want.rip);
		vcpu_get_sregs(&vcpu, &sregs);
		if (c->want.vector == VEC_PF)
			EXPECT_EQ(sregs.cr2, GUEST_HOLE);
	}
}

static const struct test tests[] = {
	{ "exits_halt_goes_on", halt_goes_on },
	{ "exits_shutdown_then_new_state", shutdown_then_new_state },
	{ "exits_hypercall_answers", hypercall_answers },
	{ "exits_hypercall_user", hypercall_user },
	{ "exits_hypercall_cap_bad_argument", hypercall_cap_bad_argument },
	{ "exits_hypercall_arguments_and_result",
	  hypercall_arguments_and_result },
	{ "exits_no_slot_access", no_slot_access },
	{ "exits_no_slot_fetch", no_slot_fetch },
	{ "exits_no_slot_then_slot", no_slot_then_slot },
	{ "exits_bad_state_is_refused", bad_state_is_refused },
	{ "exits_insn_each", insn_each },
	{ "exits_event_is_delivered_again", event_is_delivered_again },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
