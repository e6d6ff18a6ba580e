// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_SET_GUEST_DEBUG: single steps, breakpoints in the code and in the debug
 * registers, as a debugger in userspace uses them.
 */
#include <errno.h>
#include <string.h>

#include "harness.h"

#define VEC_INTERRUPT	0x30
#define RFLAGS_TF	BIT(8)
#define DR6_FIXED	0xffff0ff0
#define DR6_STEP	BIT(14)
#define DR7_LOCAL_0	BIT(0)
#define DR7_WRITE_4	(0xdULL << 16)	/* of breakpoint 0: writes, 4 bytes */

static struct vm vm;
static struct vcpu vcpu;

static long set_debug(uint32_t control, uint64_t dr0, uint64_t dr7)
{
	struct kvm_guest_debug debug = {
		.control = control,
		.arch.debugreg = { [0] = dr0, [7] = dr7 },
	};

	return dev_ioctl(vcpu.fd, KVM_SET_GUEST_DEBUG, &debug);
}

static void debug(uint32_t control, uint64_t dr0, uint64_t dr7)
{
	REQUIRE_EQ(set_debug(control | KVM_GUESTDBG_ENABLE, dr0, dr7), 0);
}

static void set_up(const char *guest)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, guest);
}

static void expect_debug(int vector, uint64_t pc)
{
	vcpu_run_until(&vcpu, KVM_EXIT_DEBUG);
	EXPECT_EQ(vcpu.run->debug.arch.exception, vector);
	EXPECT_EQ(vcpu.run->debug.arch.pc, pc);
}

static void finish(void)
{
	struct exception exception;

	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), -1);
}

/* --- single steps --- */

/* mov $1, %al; out %al, $0xe0; nop; hlt */
static const uint8_t code_out[] = { 0xb0, 0x01, 0xe6, 0xe0, 0x90, 0xf4 };
/* mov PAGE, %ss; out %al, $0xe0; hlt */
static const uint8_t code_mov_ss[] = { 0x8e, 0x14, 0x25, 0, 0, 1, 0, 0xe6, 0xe0,
				       0xf4 };
#define PAGE		0x10000
#define DR7_ACCESS_4	(0xfULL << 16)

static void run_to_io(struct vcpu *v)
{
	do {
		REQUIRE_EQ(vcpu_run(v), 0);
	} while (v->run->exit_reason == KVM_EXIT_DEBUG);
	REQUIRE_EQ(v->run->exit_reason, KVM_EXIT_IO);
}

/* Where another vCPU's breakpoint was met last: it is none of this one's. */
static void step_completed_elsewhere(void)
{
	struct kvm_debugregs dr = {
		.db[0] = PAGE, .dr6 = DR6_FIXED,
		.dr7 = DR7_LOCAL_0 | DR7_ACCESS_4 | BIT(10),
	};
	struct vcpu other;

	test_need_cpus(2);
	host_run_on(host_cpu(0));
	set_up("debug_step_plain");
	memcpy(vm.mem + GUEST_CODE, code_out, sizeof(code_out));
	debug(KVM_GUESTDBG_SINGLESTEP, 0, 0);
	run_to_io(&vcpu);
	host_run_on(host_cpu(1));
	vcpu_create(&other, &vm, 1);
	vcpu_load(&other, "debug_step_plain");
	memcpy(vm.mem + GUEST_CODE, code_mov_ss, sizeof(code_mov_ss));
	*vm_u64(&vm, PAGE) = 0;
	REQUIRE_EQ(dev_ioctl(other.fd, KVM_SET_DEBUGREGS, &dr), 0);
	run_to_io(&other);
	memcpy(vm.mem + GUEST_CODE, code_out, sizeof(code_out));
	expect_debug(1, GUEST_CODE + 4);
	EXPECT_EQ(vcpu.run->debug.arch.dr6, DR6_FIXED | DR6_STEP);
}

/*
 * In Bochs 2.7 an interrupt of the host's that comes between a VM entry and the
 * guest's first instruction leaves a single step behind: a #DB with RIP where it
 * was, with kvm_intel too.
 */
#define STRAY_STEPS	8

static uint64_t pc;

static void run_one_step(void)
{
	int i;

	for (i = 0; i < STRAY_STEPS; i++) {
		REQUIRE_EQ(vcpu_run(&vcpu), 0);
		if (vcpu.run->exit_reason != KVM_EXIT_DEBUG ||
		    vcpu.run->debug.arch.pc != pc)
			return;
	}
}

static void expect_step(int len)
{
	run_one_step();
	pc += len;
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_DEBUG);
	EXPECT_EQ(vcpu.run->debug.arch.exception, VEC_DB);
	EXPECT_EQ(vcpu.run->debug.arch.pc, pc);
	EXPECT_EQ(vcpu.run->debug.arch.dr6, DR6_FIXED | DR6_STEP);
}

static void expect_first_step(int len)
{
	pc = GUEST_CODE;
	expect_step(len);
}

/* The OUT takes a KVM_RUN more, in which it is completed. */
static void step_through(const char *guest, int mov_len, int xor_len)
{
	struct kvm_regs regs;

	test_context("%s", guest);
	vcpu_load(&vcpu, guest);
	debug(KVM_GUESTDBG_SINGLESTEP, 0, 0);
	expect_first_step(mov_len);
	expect_step(xor_len);
	expect_step(2);
	run_one_step();
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_IO);
	expect_step(2);
	expect_step(1);
	expect_step(xor_len == 3 ? 2 : 1);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT(!(regs.rflags & RFLAGS_TF));
	debug(0, 0, 0);
	finish();
}

static void step_through_modes(void)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	step_through("debugger_steps_real", 3, 2);
	step_through("debugger_steps_prot", 4, 3);
	step_through("debugger_steps_long", 4, 3);
}

static void step_over_sti(void)
{
	set_up("debugger_sti");
	debug(KVM_GUESTDBG_SINGLESTEP, 0, 0);
	expect_first_step(1);
	expect_step(1);
	expect_step(1);
}

/* The trap is due when the interrupt comes, and is not lost for it. */
static void step_before_interrupt(void)
{
	struct kvm_interrupt irq = { .irq = VEC_INTERRUPT };

	set_up("debugger_sti");
	vcpu_report(&vcpu);
	debug(KVM_GUESTDBG_SINGLESTEP, 0, 0);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_INTERRUPT, &irq), 0);
	pc = GUEST_CODE + 3;
	expect_step(2);
}

/* --- breakpoints in the code --- */

static void breakpoint_in_code(void)
{
	struct exception exception;

	set_up("debugger_int3");
	debug(KVM_GUESTDBG_USE_SW_BP, 0, 0);
	expect_debug(VEC_BP, GUEST_CODE + 1);
	expect_debug(VEC_BP, GUEST_CODE + 1);

	/* It was the guest's own. */
	debug(KVM_GUESTDBG_USE_SW_BP | KVM_GUESTDBG_INJECT_BP, 0, 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_BP);
	EXPECT_EQ(exception.rip, GUEST_CODE + 2);
}

static void breakpoint_without_debugger(void)
{
	struct exception exception;

	set_up("debugger_int3");
	debug(KVM_GUESTDBG_USE_SW_BP, 0, 0);
	REQUIRE_EQ(set_debug(0, 0, 0), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_BP);
}

/* --- breakpoints in debug registers --- */

static void breakpoint_on_execution(void)
{
	set_up("debugger_int3");
	*(vm.mem + GUEST_CODE + 1) = 0x90;
	debug(KVM_GUESTDBG_USE_HW_BP, GUEST_CODE + 1, DR7_LOCAL_0);
	expect_debug(VEC_DB, GUEST_CODE + 1);
	EXPECT_EQ(vcpu.run->debug.arch.dr6, DR6_FIXED | 1);
	debug(0, 0, 0);
	finish();
}

/* The guest has its own debug registers all the time, and no #DB of theirs. */
static void breakpoint_on_write(void)
{
	struct kvm_regs regs;

	set_up("debugger_watched");
	debug(KVM_GUESTDBG_USE_HW_BP, GUEST_RESULT, DR7_LOCAL_0 | DR7_WRITE_4);
	vcpu_run_until(&vcpu, KVM_EXIT_DEBUG);
	EXPECT_EQ(vcpu.run->debug.arch.exception, VEC_DB);
	EXPECT_EQ(vcpu.run->debug.arch.dr6, DR6_FIXED | 1);
	EXPECT_EQ(*vm_u32(&vm, GUEST_RESULT), 1);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rbx, GUEST_DATA);
	EXPECT_EQ(regs.rdx, 0x10403);
	vcpu_run_until(&vcpu, KVM_EXIT_DEBUG);
	EXPECT_EQ(*vm_u32(&vm, GUEST_RESULT), 2);
	debug(0, 0, 0);
	finish();
}

/* --- injections, refusals --- */

static void exception_injected(void)
{
	struct exception exception;

	set_up("debugger_int3");
	debug(KVM_GUESTDBG_INJECT_DB, 0, 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_DB);
	EXPECT_EQ(exception.rip, GUEST_CODE);
}

/* KVM takes what userspace hands over for already on its way. */
static void interrupt_blocked_by_debugger(void)
{
	struct kvm_interrupt irq = { .irq = VEC_INTERRUPT };

	test_need_xvcpu();
	set_up("debugger_steps_long");
	debug(KVM_GUESTDBG_SINGLESTEP | KVM_GUESTDBG_BLOCKIRQ, 0, 0);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_INTERRUPT, &irq), 0);
	expect_first_step(4);
	expect_step(3);
	expect_step(2);
}

static void debug_refused(void)
{
	test_need_xvcpu();
	set_up("debugger_int3");
	EXPECT_EQ(set_debug(0x80000000, 0, 0), -EINVAL);
	EXPECT_EQ(set_debug(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP, 0,
			    BIT(32)), -EINVAL);
	debug(KVM_GUESTDBG_INJECT_DB, 0, 0);
	EXPECT_EQ(set_debug(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_INJECT_DB, 0, 0),
		  -EBUSY);
}

/* As QEMU has them, which fills them in for hardware breakpoints only. */
static void debug_registers_unused(void)
{
	set_up("debugger_steps_long");
	debug(KVM_GUESTDBG_SINGLESTEP, ~0ULL, ~0ULL);
	expect_first_step(4);
	EXPECT_EQ(set_debug(0, ~0ULL, ~0ULL), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_IO);
	finish();
}

static const struct test tests[] = {
	{ "step_through_modes", step_through_modes },
	{ "step_completed_elsewhere", step_completed_elsewhere },
	{ "step_over_sti", step_over_sti },
	{ "step_before_interrupt", step_before_interrupt },
	{ "breakpoint_in_code", breakpoint_in_code },
	{ "breakpoint_without_debugger", breakpoint_without_debugger },
	{ "breakpoint_on_execution", breakpoint_on_execution },
	{ "breakpoint_on_write", breakpoint_on_write },
	{ "exception_injected", exception_injected },
	{ "interrupt_blocked_by_debugger", interrupt_blocked_by_debugger },
	{ "debug_refused", debug_refused },
	{ "debug_registers_unused", debug_registers_unused },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
