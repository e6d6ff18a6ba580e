// SPDX-License-Identifier: GPL-2.0
/*
 * Debug registers and exceptions: the guest's own, and those of a debugger in
 * userspace (KVM_SET_GUEST_DEBUG).
 *
 * Every access to a debug register exits, and so does every #DB: DR6 never is
 * in the CPU, and DR0 to DR3 only while a breakpoint is enabled. While there is
 * a debugger, its single step is RFLAGS.TF of the VMCS, which struct xvcpu_regs
 * does not show, and its breakpoints are in the CPU in place of the guest's.
 *
 * Context: the vCPU's lock is held; handlers of exits run on its CPU, interrupts
 * off.
 */
#include <xvcpu/debug.h>

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>
#include <xvcpu/compat.h>
#include <xvcpu/event.h>
#include <xvcpu/exit.h>
#include <xvcpu/host.h>
#include <xvcpu/regs.h>
#include <xvcpu/vmcs.h>

/* Exit qualification of a debug-register access. */
#define DR_NUMBER(q)		((q) & 7)
#define DR_FROM(q)		((q) & BIT(4))
#define DR_GPR(q)		(((q) >> 8) & 15)

/* DR7: the next access to a debug register is to trap. */
#define DR7_GENERAL_DETECT	0x2000


/* Exit qualification of #DB: the bits of DR6 that it stands for. */
#define DB_BITS			(DR_TRAP_BITS | DR_STEP | BIT(13))

/* Bits of DR6 and DR7 that are not there read 0 or 1 (SDM, "Debug Registers"). */
static u64 fixed_dr6(u64 dr6)
{
	return (dr6 & ~0x1000ULL) | DR6_RESERVED;
}

static u64 fixed_dr7(u64 dr7)
{
	return (dr7 & ~0xd000ULL) | 0x400;
}

/* A VM entry under these conditions wants to see the single step pending. */
static void keep_single_step(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_regs *r = &vcpu->regs;

	xvcpu_regs_need(vcpu, XVCPU_REG_RFLAGS | XVCPU_REG_SHADOW |
			XVCPU_REG_PENDING_DEBUG);
	if (!xvcpu_debug_steps(vcpu) || !(r->shadow & XVCPU_SHADOW_BLOCKING))
		return;
	/* The debugger has the trap: to have it once more would be the last step. */
	if (xvcpu_debug_uses(vcpu, KVM_GUESTDBG_SINGLESTEP)) {
		r->shadow &= ~XVCPU_SHADOW_BLOCKING;
		r->pending_debug &= ~(u64)DR_STEP;
	} else {
		r->pending_debug |= DR_STEP;
	}
	xvcpu_regs_changed(vcpu, XVCPU_REG_SHADOW | XVCPU_REG_PENDING_DEBUG);
}

static int to_debugger(struct xvcpu_vcpu *vcpu, u8 vector, u64 dr6)
{
	struct kvm_debug_exit_arch *debug = &vcpu->run->debug.arch;

	xvcpu_regs_need(vcpu, XVCPU_REG_RIP | XVCPU_REG_SEGMENTS);
	memset(debug, 0, sizeof(*debug));
	debug->exception = vector;
	debug->pc = vcpu->regs.rip;
	if (!xvcpu_regs_64bit_code(vcpu))
		debug->pc += vcpu->regs.seg[XVCPU_CS].base;
	debug->dr6 = dr6;
	debug->dr7 = xvcpu_debug_dr7(vcpu);
	vcpu->run->exit_reason = KVM_EXIT_DEBUG;
	return XVCPU_EXIT_USER;
}

static void to_guest(struct xvcpu_vcpu *vcpu, u64 dr6)
{
	vcpu->regs.dr6 = (vcpu->regs.dr6 & ~(u64)DR_TRAP_BITS) | dr6;
	vcpu->regs.dr7 &= ~(u64)DR7_GENERAL_DETECT;
	xvcpu_regs_changed(vcpu, XVCPU_REG_DR7);
	xvcpu_event_queue_exception(vcpu, X86_TRAP_DB, XVCPU_EVENT_NO_ERROR);
}

/**
 * xvcpu_debug_exception() - handle an exit for #DB
 * @vcpu: the vCPU.
 * @info: VM-exit interruption information.
 *
 * Return: as a handler of exits.
 */
int xvcpu_debug_exception(struct xvcpu_vcpu *vcpu, u32 info)
{
	u64 dr6 = vmcs_readl(EXIT_QUALIFICATION) & DB_BITS;

	/* INT1 traps after the instruction; its exit comes before. */
	if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_PRIV_SW_EXCEPTION) {
		vcpu->exit.insn_len = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
		xvcpu_regs_step_over(vcpu);
	} else {
		keep_single_step(vcpu);
	}
	if (xvcpu_debug_uses(vcpu, KVM_GUESTDBG_SINGLESTEP |
			     KVM_GUESTDBG_USE_HW_BP))
		return to_debugger(vcpu, X86_TRAP_DB, dr6 | DR6_RESERVED);
	to_guest(vcpu, dr6);
	return XVCPU_EXIT_RESUME;
}

/**
 * xvcpu_debug_breakpoint() - handle an exit for #BP
 * @vcpu: the vCPU; only with a debugger that sets breakpoints in its code do
 *	these exit. RIP is that of the INT3.
 *
 * Return: as a handler of exits.
 */
int xvcpu_debug_breakpoint(struct xvcpu_vcpu *vcpu)
{
	return to_debugger(vcpu, X86_TRAP_BP, 0);
}

static u64 read_dr(struct xvcpu_vcpu *vcpu, int number)
{
	if (number < 4)
		return vcpu->regs.dr[number];
	return number & 1 ? vcpu->regs.dr7 : vcpu->regs.dr6;
}

/* DR6 and DR7 have no upper half. */
static int write_dr(struct xvcpu_vcpu *vcpu, int number, u64 value)
{
	if (number < 4) {
		vcpu->regs.dr[number] = value;
	} else if (value >> 32) {
		return -EINVAL;
	} else if (number & 1) {
		vcpu->regs.dr7 = fixed_dr7(value);
		xvcpu_regs_changed(vcpu, XVCPU_REG_DR7);
	} else {
		vcpu->regs.dr6 = fixed_dr6(value);
	}
	xvcpu_host_load_debug(vcpu);
	return 0;
}

static int skip(struct xvcpu_vcpu *vcpu)
{
	vcpu->exit.insn_len = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	return xvcpu_exit_skip(vcpu);
}

static int access(struct xvcpu_vcpu *vcpu, u64 q)
{
	int number = DR_NUMBER(q);
	u64 value;

	if (DR_FROM(q)) {
		xvcpu_regs_set_gpr(vcpu, DR_GPR(q), read_dr(vcpu, number));
		return skip(vcpu);
	}
	value = xvcpu_regs_gpr(vcpu, DR_GPR(q));
	if (!xvcpu_regs_64bit_code(vcpu))
		value = (u32)value;
	if (write_dr(vcpu, number, value))
		return xvcpu_exit_gp(vcpu);
	return skip(vcpu);
}

/**
 * xvcpu_debug_access() - handle an exit for a debug-register access
 * @vcpu: the vCPU.
 *
 * Return: as a handler of exits.
 */
int xvcpu_debug_access(struct xvcpu_vcpu *vcpu)
{
	u64 q = vmcs_readl(EXIT_QUALIFICATION);

	xvcpu_regs_need(vcpu, XVCPU_REG_CR4 | XVCPU_REG_DR7);
	if ((DR_NUMBER(q) & ~1) == 4 && (vcpu->regs.cr4 & X86_CR4_DE))
		return xvcpu_exit_undefined(vcpu);
	/* The exit comes before the processor looks at the privilege level. */
	if ((vcpu->regs.cr0 & X86_CR0_PE) && xvcpu_regs_cpl(vcpu))
		return xvcpu_exit_gp(vcpu);
	if (vcpu->regs.dr7 & DR7_GENERAL_DETECT) {
		to_guest(vcpu, (vcpu->regs.dr6 & DR_TRAP_BITS) | BIT(13));
		return XVCPU_EXIT_RESUME;
	}
	return access(vcpu, q);
}

/**
 * xvcpu_debug_get_regs() - KVM_GET_DEBUGREGS
 * @vcpu: the vCPU, all registers here.
 * @out: what is to be filled.
 */
void xvcpu_debug_get_regs(const struct xvcpu_vcpu *vcpu,
			  struct kvm_debugregs *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->db, vcpu->regs.dr, sizeof(out->db));
	out->dr6 = vcpu->regs.dr6;
	out->dr7 = vcpu->regs.dr7;
}

/**
 * xvcpu_debug_set_regs() - KVM_SET_DEBUGREGS
 * @vcpu: the vCPU, all registers here.
 * @in: the values.
 *
 * Return: 0; -EINVAL, and nothing has changed, for a flag or for an upper half
 * of DR6 or DR7.
 */
int xvcpu_debug_set_regs(struct xvcpu_vcpu *vcpu,
			 const struct kvm_debugregs *in)
{
	if (in->flags || in->dr6 >> 32 || in->dr7 >> 32)
		return -EINVAL;
	memcpy(vcpu->regs.dr, in->db, sizeof(in->db));
	vcpu->regs.dr6 = fixed_dr6(in->dr6);
	vcpu->regs.dr7 = fixed_dr7(in->dr7);
	xvcpu_regs_changed(vcpu, XVCPU_REG_DR7);
	return 0;
}

static void inject(struct xvcpu_vcpu *vcpu, u32 control)
{
	if (control & KVM_GUESTDBG_INJECT_DB) {
		xvcpu_event_queue_exception(vcpu, X86_TRAP_DB,
					    XVCPU_EVENT_NO_ERROR);
	} else if (control & KVM_GUESTDBG_INJECT_BP) {
		xvcpu_event_set(vcpu, INTR_TYPE_SOFT_EXCEPTION, X86_TRAP_BP);
		vcpu->event.insn_len = 1;
	}
}

/**
 * xvcpu_debug_set() - KVM_SET_GUEST_DEBUG: have userspace debug the guest
 * @vcpu: the vCPU, all registers here.
 * @in: what for: single steps, breakpoints in the code (INT3), hardware
 *	breakpoints; and an exception to inject.
 *
 * Return: 0; -EINVAL for an unknown control, or for a DR7 with an upper half where
 * there are hardware breakpoints; -EBUSY if an exception is to be injected and
 * another waits.
 */
int xvcpu_debug_set(struct xvcpu_vcpu *vcpu, const struct kvm_guest_debug *in)
{
	const u32 injections = KVM_GUESTDBG_INJECT_DB | KVM_GUESTDBG_INJECT_BP;
	struct xvcpu_debug *debug = &vcpu->debug;

	/* Without breakpoints nobody has filled in the debug registers. */
	if ((in->control & ~XVCPU_DEBUG_CONTROLS) ||
	    ((in->control & KVM_GUESTDBG_USE_HW_BP) &&
	     in->arch.debugreg[7] >> 32))
		return -EINVAL;
	if ((in->control & injections) && vcpu->event.info)
		return -EBUSY;
	inject(vcpu, in->control);
	debug->control = in->control & KVM_GUESTDBG_ENABLE ?
			 in->control & ~injections : 0;
	memcpy(debug->dr, in->arch.debugreg, sizeof(debug->dr));
	debug->dr7 = fixed_dr7(in->arch.debugreg[7]);
	xvcpu_regs_settle_shadow(vcpu, vcpu->regs.shadow, false);
	xvcpu_regs_changed(vcpu, XVCPU_REG_RFLAGS | XVCPU_REG_DR7 |
			   XVCPU_REG_EXCEPTIONS);
	return 0;
}
