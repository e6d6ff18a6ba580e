// SPDX-License-Identifier: GPL-2.0
/*
 * Debug exceptions and alignment checks in the guest: they come where and as
 * often as on a processor; and a guest to which they cannot be delivered does
 * not keep the CPU.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "harness.h"

#define VEC_AC		17

#define FLAG_TF		BIT(8)
#define FLAG_RF		BIT(16)
#define FLAG_AC		BIT(18)
#define FLAGS_ON	0x202

#define DR6_RESET	0xffff0ff0
#define DR6_BD		BIT(13)
#define DR6_BS		BIT(14)
#define DR6_CAUSES	0xe00f
#define DR7_RESET	0x400
#define DR7_GD		BIT(13)

/* User mode: two more descriptors. */
#define SEL_USER_CODE	0x40
#define SEL_USER_DATA	0x48
#define GDT_LIMIT	0x4f
#define DESC_USER_CODE64 0x0020fb0000000000
#define DESC_USER_CODE32 0x00cffb000000ffff
#define DESC_USER_DATA	0x00cff3000000ffff
#define PTE_USER	4

/* Where the handler of #DB is, and what it has seen; as in guests_debug.S. */
#define HANDLER		0x18000
#define LOG_COUNT	(GUEST_RESULT + 0x00)
#define LOG		(GUEST_RESULT + 0x20)

struct db_log {
	uint64_t rip;
	uint64_t dr6;
};

static struct vm vm;
static struct vcpu vcpu;

static void set_up(void)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
}

/* --- the handler of #DB --- */

static void set_gate(int vector, int ist)
{
	*vm_u64(&vm, GUEST_IDT + vector * 16) =
		(HANDLER & 0xffff) | SEL_CODE64 << 16 | (uint64_t)ist << 32 |
		0x8e0000000000 | (uint64_t)(HANDLER >> 16) << 48;
}

static void load(const char *name)
{
	const struct guest *handler = guest_find("debug_handler");

	test_context("%s", name);
	vcpu_load(&vcpu, name);
	memcpy(vm.mem + HANDLER, handler->start, handler->end - handler->start);
	set_gate(VEC_DB, 0);
	memset(vm.mem + GUEST_RESULT, 0, PAGE_SIZE);
}

static uint32_t log_count(void)
{
	return *vm_u32(&vm, LOG_COUNT);
}

static const struct db_log *log_entry(int n)
{
	return (const struct db_log *)(vm.mem + LOG) + n;
}

static void expect_log(int n, uint64_t rip, uint64_t causes)
{
	EXPECT_EQ(log_entry(n)->rip, rip);
	EXPECT_EQ(log_entry(n)->dr6 & DR6_CAUSES, causes);
}

static void run_to_halt(void)
{
	int i;

	for (i = 0; i < 10; i++) {
		REQUIRE_EQ(vcpu_run(&vcpu), 0);
		if (vcpu.run->exit_reason != KVM_EXIT_IO)
			break;
	}
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
}

/* Runs to the guest's own HLT; RAX, RBX and the flags are given. */
static void run_with(struct kvm_regs *regs, uint64_t rax, uint64_t rbx,
		     uint64_t flags)
{
	struct exception exception;

	vcpu_get_regs(&vcpu, regs);
	regs->rax = rax;
	regs->rbx = rbx;
	regs->rflags = flags;
	vcpu_set_regs(&vcpu, regs);
	run_to_halt();
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), -1);
	vcpu_get_regs(&vcpu, regs);
}

/* --- user mode --- */

static void allow_user_pages(void)
{
	*vm_u64(&vm, GUEST_PML4) |= PTE_USER;
	*vm_u64(&vm, GUEST_PDPT) |= PTE_USER;
	*vm_u64(&vm, GUEST_PD) |= PTE_USER;
}

static void fill_user_tables(bool long_mode)
{
	*vm_u64(&vm, GUEST_GDT + SEL_USER_CODE) =
		long_mode ? DESC_USER_CODE64 : DESC_USER_CODE32;
	*vm_u64(&vm, GUEST_GDT + SEL_USER_DATA) = DESC_USER_DATA;
	/* The kernel's stack. */
	memset(vm.mem + GUEST_TSS, 0, 0x68);
	*vm_u32(&vm, GUEST_TSS + 4) = GUEST_STACK;
	if (!long_mode)
		*vm_u32(&vm, GUEST_TSS + 8) = SEL_DATA32;
}

/* The guest that is loaded begins at CPL 3. */
static void enter_user(bool long_mode)
{
	struct kvm_sregs sregs;

	allow_user_pages();
	fill_user_tables(long_mode);
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.gdt.limit = GDT_LIMIT;
	sregs.cs.selector = SEL_USER_CODE | 3;
	sregs.cs.dpl = 3;
	sregs.ss.selector = SEL_USER_DATA | 3;
	sregs.ss.dpl = 3;
	sregs.cr0 |= X86_CR0_AM;
	vcpu_set_sregs(&vcpu, &sregs);
}

/* --- MOV to and from debug registers --- */

static void expect_fault(int vector)
{
	struct exception exception;

	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), vector);
	EXPECT_EQ(exception.error, 0);
	EXPECT_EQ(exception.rip, GUEST_CODE);
}

static void access_faults(const char *access, int n, bool user, int vector)
{
	char name[32];

	snprintf(name, sizeof(name), "debug_%s_dr%d", access, n);
	load(name);
	if (user)
		enter_user(true);
	expect_fault(vector);
}

static void mov_dr_user_faults(void)
{
	static const int numbers[] = { 0, 1, 2, 3, 6, 7 };
	size_t i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		access_faults("write", numbers[i], true, VEC_GP);
		access_faults("read", numbers[i], true, VEC_GP);
	}
}

struct dr_case {
	const char *guest;
	uint64_t write;
	uint64_t read;
};

/* Without CR4.DE, DR4 and DR5 are DR6 and DR7. */
static const struct dr_case dr_cases[] = {
	{ "debug_write_dr0", 0x123456789abc, 0x123456789abc },
	{ "debug_write_dr1", 0xffff800000000001, 0xffff800000000001 },
	{ "debug_write_dr2", 2, 2 },
	{ "debug_write_dr3", 3, 3 },
	{ "debug_write_dr4", 0, DR6_RESET },
	{ "debug_write_dr5", 0, DR7_RESET },
	{ "debug_write_dr6", 0, DR6_RESET },
	{ "debug_write_dr6", 0xe00f, DR6_RESET | 0xe00f },
	{ "debug_write_dr6", 0x1000, DR6_RESET },
	{ "debug_write_dr7", 0, DR7_RESET },
	{ "debug_write_dr7", 0xffff0000, 0xffff0000 | DR7_RESET },
	{ "debug_write_dr7", 0xd000, DR7_RESET },
};

static void mov_dr_kernel_reads_back(void)
{
	struct kvm_regs regs;
	size_t i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(dr_cases); i++) {
		load(dr_cases[i].guest);
		run_with(&regs, dr_cases[i].write, 0, FLAGS_ON);
		EXPECT_EQ(regs.rbx, dr_cases[i].read);
	}
	EXPECT_EQ(log_count(), 0);
}

static void mov_dr_upper_half_faults(void)
{
	static const char * const guests[] = {
		"debug_write_dr6", "debug_write_dr7",
	};
	struct kvm_regs regs;
	size_t i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(guests); i++) {
		load(guests[i]);
		vcpu_get_regs(&vcpu, &regs);
		regs.rax = BIT(32);
		vcpu_set_regs(&vcpu, &regs);
		expect_fault(VEC_GP);
	}
}

static void mov_dr_general_detect(void)
{
	struct kvm_regs regs;

	set_up();
	load("debug_general_detect");
	run_with(&regs, 0, 0, FLAGS_ON);
	EXPECT_EQ(log_count(), 1);
	expect_log(0, regs.rdi, DR6_BD);
	EXPECT_EQ(regs.rbx, regs.rdi);
	EXPECT_EQ(regs.rcx & DR7_GD, 0);
}

static void mov_dr4_with_de_undefined(void)
{
	static const char * const accesses[] = { "write", "read" };
	struct kvm_sregs sregs;
	char name[32];
	int i;

	set_up();
	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "debug_%s_dr%d", accesses[i & 1],
			 4 + i / 2);
		load(name);
		vcpu_get_sregs(&vcpu, &sregs);
		sregs.cr4 |= X86_CR4_DE;
		vcpu_set_sregs(&vcpu, &sregs);
		expect_fault(VEC_UD);
	}
}

/* --- INT1, single steps --- */

static void int1_once_after_instruction(void)
{
	struct kvm_regs regs;

	set_up();
	load("debug_int1");
	run_with(&regs, 0, 0, FLAGS_ON);
	EXPECT_EQ(log_count(), 1);
	expect_log(0, GUEST_CODE + 1, 0);
	EXPECT_EQ(regs.rip, GUEST_CODE + 2);
}

struct step_case {
	const char *guest;
	uint32_t steps;
	uint32_t rips[8];	/* from where the steps begin */
};

/* There is no trap after MOV SS. */
static const struct step_case step_cases[] = {
	{ "debug_step_plain", 4, { 1, 3, 8, 9 } },
	{ "debug_step_cpuid", 3, { 1, 3, 4 } },
	{ "debug_step_cr", 5, { 3, 6, 9, 12, 13 } },
	{ "debug_step_out", 3, { 1, 3, 4 } },
	{ "debug_step_sti", 4, { 1, 2, 3, 4 } },
	{ "debug_step_sti_cpuid", 4, { 1, 2, 4, 5 } },
	{ "debug_step_mov_ss", 3, { 1, 4, 5 } },
	{ "debug_step_mov_ss_cpuid", 3, { 1, 5, 6 } },
};

#define ATTEMPTS	5

/*
 * Bochs 2.7 traps before the first instruction when the VM is entered with TF.
 * The code and the handler have their pages (prepare_steps()), so that only an
 * interrupt of the host's is followed by such an entry: that is tried again.
 */
static void run_steps(const struct step_case *c, struct kvm_regs *regs)
{
	int i;

	for (i = 0; i < ATTEMPTS; i++) {
		load(c->guest);
		run_with(regs, 0, 0, FLAGS_ON);
		if (log_count() == c->steps)
			break;
	}
}

static void check_steps(const struct step_case *c)
{
	struct kvm_regs regs;
	uint32_t i;

	run_steps(c, &regs);
	EXPECT_EQ(log_count(), c->steps);
	for (i = 0; i < c->steps; i++)
		expect_log(i, regs.rdi + c->rips[i], DR6_BS);
	EXPECT_EQ(regs.rip, regs.rdi + c->rips[c->steps - 1] + 1);
}

static void prepare_steps(void)
{
	struct kvm_regs regs;

	set_up();
	load("debug_int1");
	run_with(&regs, 0, 0, FLAGS_ON);
	EXPECT_EQ(log_count(), 1);
}

static void check_steps_from(size_t first, size_t end)
{
	size_t i;

	prepare_steps();
	for (i = first; i < end; i++)
		check_steps(&step_cases[i]);
}

static void step_over_plain(void)
{
	check_steps_from(0, 1);
}

static void step_over_exits(void)
{
	check_steps_from(1, 4);
}

static void step_over_sti(void)
{
	check_steps_from(4, 6);
}

static void step_over_mov_ss(void)
{
	check_steps_from(6, 8);
}

/* TF comes to a vCPU that left the guest under the blocking; KVM fails. */
static void step_set_under_blocking(void)
{
	static const char * const guests[] = {
		"debug_blocked_sti", "debug_blocked_mov_ss",
	};
	struct kvm_regs regs;
	size_t i;

	test_need_xvcpu();
	set_up();
	for (i = 0; i < ARRAY_SIZE(guests); i++) {
		load(guests[i]);
		memcpy(vm.mem + GUEST_CODE + 0x100, "\x90\x90\xf4", 3);
		vcpu_report(&vcpu);
		vcpu_set_entry(&vcpu, GUEST_CODE + 0x100);
		run_with(&regs, 0, 0, FLAGS_ON | FLAG_TF);
		EXPECT(log_count() > 0);
		EXPECT_EQ(log_entry(log_count() - 1)->rip, GUEST_CODE + 0x102);
		EXPECT_EQ(regs.rip, GUEST_CODE + 0x103);
	}
}

/* --- breakpoints --- */

struct data_case {
	const char *what;
	uint64_t dr7;
	uint32_t hits;
};

static const struct data_case data_cases[] = {
	{ "off", 0xd0000, 0 },
	{ "write", 0xd0001, 1 },
	{ "write, globally", 0xd0002, 1 },
	{ "access", 0xf0001, 2 },
};

static void breakpoint_on_data(void)
{
	struct kvm_regs regs;
	size_t i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(data_cases); i++) {
		load("debug_break_data");
		test_context("%s", data_cases[i].what);
		run_with(&regs, GUEST_DATA, data_cases[i].dr7, FLAGS_ON);
		EXPECT_EQ(log_count(), data_cases[i].hits);
		if (data_cases[i].hits)
			expect_log(data_cases[i].hits - 1, regs.rdi, BIT(0));
	}
}

/* A fault, before the instruction, which is let pass by RF then. */
static void breakpoint_on_code(void)
{
	static const char * const guests[] = {
		"debug_break_plain", "debug_break_cpuid", "debug_break_out",
	};
	struct kvm_regs regs;
	size_t i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(guests); i++) {
		load(guests[i]);
		run_with(&regs, 0, BIT(4), FLAGS_ON);
		EXPECT_EQ(log_count(), 1);
		expect_log(0, regs.rdi, BIT(2));
	}
}

/* --- RF in the flags that a fault pushes --- */

struct fault_case {
	const char *guest;
	int vector;
	uint64_t rax;
};

static const struct fault_case fault_cases[] = {
	{ "debug_fault_ud2", VEC_UD, 0 },
	{ "debug_fault_rdmsr", VEC_GP, 0 },
	{ "debug_fault_cr0", VEC_GP, BIT(63) },
	{ "debug_fault_cr4", VEC_GP, BIT(63) },
	{ "debug_fault_dr7", VEC_GP, BIT(63) },
	{ "debug_fault_vmxon", VEC_UD, 0 },
};

static uint64_t pushed_flags(int vector)
{
	struct kvm_regs regs;

	vcpu_get_regs(&vcpu, &regs);
	return *vm_u64(&vm, regs.rsp + (vector == VEC_UD ? 16 : 24));
}

static void faults_set_rf(void)
{
	struct kvm_regs regs;
	size_t i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(fault_cases); i++) {
		const struct fault_case *c = &fault_cases[i];

		load(c->guest);
		vcpu_get_regs(&vcpu, &regs);
		regs.rax = c->rax;
		regs.rcx = 0xffffffff;
		vcpu_set_regs(&vcpu, &regs);
		expect_fault(c->vector);
		EXPECT_EQ(pushed_flags(c->vector), FLAGS_ON | FLAG_RF);
	}
}

/* --- alignment checks --- */

static void set_rsp_and_flags(uint64_t rsp, uint64_t flags)
{
	struct kvm_regs regs;

	vcpu_get_regs(&vcpu, &regs);
	regs.rsp = rsp;
	regs.rflags = flags;
	vcpu_set_regs(&vcpu, &regs);
}

static void alignment_check_user(void)
{
	set_up();
	load("debug_misaligned_long");
	enter_user(true);
	set_rsp_and_flags(GUEST_STACK - 0x800, FLAGS_ON | FLAG_AC);
	expect_fault(VEC_AC);
	EXPECT_EQ(pushed_flags(VEC_AC), FLAGS_ON | FLAG_AC | FLAG_RF);
}

/* --- events that can never be delivered --- */

static volatile sig_atomic_t signals;

static void on_signal(int signal)
{
	(void)signal;
	signals++;
}

static void expect_interrupted(void)
{
	int ret = vcpu_run(&vcpu);

	if (ret != -EINTR)
		test_note("exit %s after %u #DB",
			  exit_name(vcpu.run->exit_reason), log_count());
	REQUIRE_EQ(ret, -EINTR);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_INTR);
}

/*
 * The timer is the process's own: nobody else is there to help.  Again and again,
 * for a signal may come before KVM_RUN does.
 */
static void set_timer(int usec)
{
	struct itimerval timer = {
		.it_value = { .tv_usec = usec },
		.it_interval = { .tv_usec = usec },
	};

	REQUIRE_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void start_timer(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGALRM, &action, NULL);
	set_timer(20000);
}

static void stop_timer(void)
{
	set_timer(0);
}

static void expect_endless(void)
{
	int i;

	signals = 0;
	start_timer();
	for (i = 1; i <= 3; i++) {
		expect_interrupted();
		EXPECT(signals >= i);
	}
	stop_timer();
}

/* The vCPU did enter the guest again and again. */
static void expect_many_entries(void)
{
	struct xvcpu_binding_info info;

	if (!test_on_xvcpu())
		return;
	vcpu_get_binding(&vcpu, &info);
	EXPECT(info.entries > 20);
}

static void expect_usable(void)
{
	struct kvm_regs regs;

	load("debug_write_dr7");
	run_with(&regs, 0, 0, FLAGS_ON);
	EXPECT_EQ(regs.rip, GUEST_CODE + 7);
}

#define MISALIGNED_STACK	(GUEST_STACK - 0x7fe)

/*
 * A handler in user mode, and thus its stack: only code of 32 bits can.  KVM
 * gives up, with KVM_EXIT_INTERNAL_ERROR.
 */
static void set_user_gate(void)
{
	*vm_u64(&vm, GUEST_IDT + VEC_AC * 8) =
		GUEST_CODE | (SEL_USER_CODE | 3) << 16 | 0x8e0000000000;
}

static void endless_alignment_check(void)
{
	test_need_xvcpu();
	set_up();
	load("debug_misaligned_prot");
	enter_user(false);
	set_user_gate();
	set_rsp_and_flags(MISALIGNED_STACK, FLAGS_ON | FLAG_AC);
	expect_endless();
	expect_many_entries();
	expect_usable();
}

/* A handler whose stack begins anew each time (IST). */
static void load_endless(const char *guest, uint64_t rax, uint64_t rbx)
{
	struct kvm_regs regs;

	load(guest);
	set_gate(VEC_DB, 1);
	memset(vm.mem + GUEST_TSS, 0, 0x68);
	*vm_u64(&vm, GUEST_TSS + 0x24) = GUEST_DATA + 8;
	vcpu_get_regs(&vcpu, &regs);
	regs.rax = rax;
	regs.rbx = rbx;
	vcpu_set_regs(&vcpu, &regs);
}

static void expect_undelivered(void)
{
	expect_endless();
	expect_many_entries();
	EXPECT_EQ(log_count(), 0);
	expect_usable();
}

static void need_hits_by_delivery(void)
{
	int ret;

	load_endless("debug_break_data", GUEST_DATA, 0xd0001);
	start_timer();
	ret = vcpu_run(&vcpu);
	stop_timer();
	if (!ret && vcpu.run->exit_reason == KVM_EXIT_HLT && log_count() == 1)
		test_skip("a delivery hits no breakpoint (as in Bochs)");
}

static void endless_breakpoint_on_stack(void)
{
	set_up();
	need_hits_by_delivery();
	load_endless("debug_break_data", GUEST_DATA, 0xd0001);
	expect_undelivered();
}

static void endless_breakpoint_on_handler(void)
{
	set_up();
	load_endless("debug_break_handler", HANDLER, BIT(4));
	expect_undelivered();
}

static const struct test tests[] = {
	{ "debug_mov_dr_user_faults", mov_dr_user_faults },
	{ "debug_mov_dr_kernel_reads_back", mov_dr_kernel_reads_back },
	{ "debug_mov_dr_upper_half_faults", mov_dr_upper_half_faults },
	{ "debug_mov_dr_general_detect", mov_dr_general_detect },
	{ "debug_mov_dr4_with_de_undefined", mov_dr4_with_de_undefined },
	{ "debug_int1_once_after_instruction", int1_once_after_instruction },
	{ "debug_step_over_plain", step_over_plain },
	{ "debug_step_over_exits", step_over_exits },
	{ "debug_step_over_sti", step_over_sti },
	{ "debug_step_over_mov_ss", step_over_mov_ss },
	{ "debug_step_set_under_blocking", step_set_under_blocking },
	{ "debug_breakpoint_on_data", breakpoint_on_data },
	{ "debug_breakpoint_on_code", breakpoint_on_code },
	{ "debug_faults_set_rf", faults_set_rf },
	{ "debug_alignment_check_user", alignment_check_user },
	{ "debug_endless_alignment_check", endless_alignment_check },
	{ "debug_endless_breakpoint_on_stack", endless_breakpoint_on_stack },
	{ "debug_endless_breakpoint_on_handler",
	  endless_breakpoint_on_handler },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
