// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts and NMIs that wait until the guest can take them, and the windows
 * through which it says that it can.
 *
 * Userspace has the interrupt controllers: it hands over one interrupt at a
 * time (KVM_INTERRUPT), and any NMI (KVM_NMI). What the guest cannot take at
 * once waits; interrupt-window and NMI-window exiting tell when it can (SDM,
 * "Interrupt-Window Exiting and Virtual-Interrupt Delivery"). None is lost.
 *
 * Context: the vCPU's lock is held; functions named *_before_entry() and the
 * handlers of exits run on its CPU, interrupts off.
 */
#include <xvcpu/intr.h>

#include <linux/errno.h>
#include <linux/minmax.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>
#include <xvcpu/compat.h>
#include <xvcpu/debug.h>
#include <xvcpu/event.h>
#include <xvcpu/exit.h>
#include <xvcpu/regs.h>
#include <xvcpu/vmcs.h>

#define WINDOWS		(CPU_BASED_INTR_WINDOW_EXITING | \
			 CPU_BASED_NMI_WINDOW_EXITING)

/* Pending debug exceptions: a single step, or an enabled breakpoint. */
#define PENDING_TRAP	(DR_STEP | BIT(12))

#define BLOCKS_INTR	(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)
#define BLOCKS_NMI	(BLOCKS_INTR | GUEST_INTR_STATE_NMI)

/**
 * xvcpu_intr_wait() - have an interrupt wait for the guest
 * @vcpu: the vCPU.
 * @vector: the interrupt's; it takes the place of one that waits already.
 */
void xvcpu_intr_wait(struct xvcpu_vcpu *vcpu, u8 vector)
{
	vcpu->waiting.vector = vector;
	vcpu->waiting.what |= XVCPU_WAIT_IRQ;
}

/**
 * xvcpu_intr_wait_nmis() - say how many NMIs wait for the guest
 * @vcpu: the vCPU.
 * @nmis: how many.
 */
void xvcpu_intr_wait_nmis(struct xvcpu_vcpu *vcpu, u8 nmis)
{
	vcpu->waiting.nmis = nmis;
	if (nmis)
		vcpu->waiting.what |= XVCPU_WAIT_NMI;
	else
		vcpu->waiting.what &= ~XVCPU_WAIT_NMI;
}

/**
 * xvcpu_intr_pending() - the interrupt that the guest has still to take
 * @vcpu: the vCPU.
 *
 * Return: its vector, whether it waits or was cut short in its delivery; or -1.
 */
int xvcpu_intr_pending(const struct xvcpu_vcpu *vcpu)
{
	if (xvcpu_event_is(vcpu, INTR_TYPE_EXT_INTR))
		return vcpu->event.info & INTR_INFO_VECTOR_MASK;
	if (vcpu->waiting.what & XVCPU_WAIT_IRQ)
		return vcpu->waiting.vector;
	return -1;
}

/**
 * xvcpu_intr_drop() - forget the interrupt that waits
 * @vcpu: the vCPU.
 */
void xvcpu_intr_drop(struct xvcpu_vcpu *vcpu)
{
	vcpu->waiting.what &= ~XVCPU_WAIT_IRQ;
}

/**
 * xvcpu_intr_queue() - KVM_INTERRUPT: the guest is to take an interrupt
 * @vcpu: the vCPU.
 * @vector: the interrupt's.
 *
 * Return: 0; -EINVAL if there is no such vector; -EEXIST if the guest has not
 * taken the one before.
 */
int xvcpu_intr_queue(struct xvcpu_vcpu *vcpu, u32 vector)
{
	if (vector > U8_MAX)
		return -EINVAL;
	if (xvcpu_intr_pending(vcpu) >= 0)
		return -EEXIST;
	xvcpu_intr_wait(vcpu, vector);
	return 0;
}

/**
 * xvcpu_intr_queue_nmi() - KVM_NMI: the guest is to take an NMI
 * @vcpu: the vCPU, all registers here.
 *
 * A processor remembers one NMI while it handles another: no more wait.
 */
void xvcpu_intr_queue_nmi(struct xvcpu_vcpu *vcpu)
{
	bool handling = (vcpu->regs.shadow & GUEST_INTR_STATE_NMI) ||
			xvcpu_event_is(vcpu, INTR_TYPE_NMI_INTR);

	xvcpu_intr_wait_nmis(vcpu, min(vcpu->waiting.nmis + 1,
				       handling ? 1 : 2));
}

/* Its flags and interruptibility are here. */
static bool can_take_interrupt(const struct xvcpu_vcpu *vcpu)
{
	return (vcpu->regs.rflags & X86_EFLAGS_IF) &&
	       !(vcpu->regs.shadow & BLOCKS_INTR);
}

/**
 * xvcpu_intr_ready() - whether the guest would take an interrupt now
 * @vcpu: the vCPU, its flags and interruptibility here.
 *
 * Return: what kvm_run.ready_for_interrupt_injection says.
 */
bool xvcpu_intr_ready(const struct xvcpu_vcpu *vcpu)
{
	return can_take_interrupt(vcpu) && !vcpu->event.info &&
	       !(vcpu->waiting.what & XVCPU_WAIT_IRQ);
}

/**
 * xvcpu_intr_wakes() - whether something that waits ends a HLT
 * @vcpu: the vCPU, its flags and interruptibility here.
 *
 * Return: true if so.
 */
bool xvcpu_intr_wakes(const struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_regs *r = &vcpu->regs;
	u32 what = vcpu->waiting.what;

	if (xvcpu_debug_uses(vcpu, KVM_GUESTDBG_BLOCKIRQ))
		return false;
	return ((what & XVCPU_WAIT_NMI) && !(r->shadow & GUEST_INTR_STATE_NMI)) ||
	       ((what & XVCPU_WAIT_IRQ) && (r->rflags & X86_EFLAGS_IF));
}

/* The trap after the instruction before, which no processor puts off. */
static bool trap_comes_first(const struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_regs *r = &vcpu->regs;

	return (r->here & XVCPU_REG_PENDING_DEBUG ? r->pending_debug :
		vmcs_readl(GUEST_PENDING_DBG_EXCEPTIONS)) & PENDING_TRAP;
}

/* Flags and interruptibility are here. */
static void deliver(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_waiting *waiting = &vcpu->waiting;
	bool nmi = (waiting->what & XVCPU_WAIT_NMI) &&
		   !(vcpu->regs.shadow & BLOCKS_NMI);
	bool irq = (waiting->what & XVCPU_WAIT_IRQ) && can_take_interrupt(vcpu);

	if ((!nmi && !irq) || trap_comes_first(vcpu))
		return;
	if (nmi) {
		xvcpu_intr_wait_nmis(vcpu, waiting->nmis - 1);
		xvcpu_event_set(vcpu, INTR_TYPE_NMI_INTR, X86_TRAP_NMI);
	} else {
		xvcpu_intr_drop(vcpu);
		xvcpu_event_set(vcpu, INTR_TYPE_EXT_INTR, waiting->vector);
	}
}

/*
 * The blocking by STI ends with the next instruction, and not every processor
 * has it hold back the NMI window: the interrupt window serves for it.
 */
static u32 wanted_windows(const struct xvcpu_vcpu *vcpu)
{
	u32 what = vcpu->waiting.what, windows = 0;

	if (what & (XVCPU_WAIT_IRQ | XVCPU_WAIT_USER))
		windows = CPU_BASED_INTR_WINDOW_EXITING;
	if (what & XVCPU_WAIT_NMI)
		windows |= vcpu->regs.shadow & GUEST_INTR_STATE_STI ?
			   CPU_BASED_INTR_WINDOW_EXITING :
			   CPU_BASED_NMI_WINDOW_EXITING;
	return windows;
}

static void set_windows(struct xvcpu_vcpu *vcpu, u32 windows)
{
	vcpu->ctl.proc = (vcpu->ctl.proc & ~WINDOWS) | windows;
	vmcs_write32(CPU_BASED_VM_EXEC_CONTROL, vcpu->ctl.proc);
	if (windows)
		vcpu->waiting.what |= XVCPU_WAIT_WINDOW;
	else
		vcpu->waiting.what &= ~XVCPU_WAIT_WINDOW;
}

/**
 * xvcpu_intr_before_entry() - deliver what waits, or have the guest say when
 * @vcpu: the vCPU; something waits, or a window is open.
 *
 * Context: on the vCPU's CPU, right before VM entry.
 */
void xvcpu_intr_before_entry(struct xvcpu_vcpu *vcpu)
{
	u32 windows = 0;

	if (likely(!xvcpu_debug_uses(vcpu, KVM_GUESTDBG_BLOCKIRQ))) {
		xvcpu_regs_need(vcpu, XVCPU_REG_RFLAGS | XVCPU_REG_SHADOW);
		if (!vcpu->event.info)
			deliver(vcpu);
		windows = wanted_windows(vcpu);
	}
	if (windows != (vcpu->ctl.proc & WINDOWS))
		set_windows(vcpu, windows);
}

/**
 * xvcpu_intr_window() - handle an exit for the interrupt window
 * @vcpu: the vCPU.
 *
 * Context: on the vCPU's CPU, interrupts off.
 * Return: as a handler of exits.
 */
int xvcpu_intr_window(struct xvcpu_vcpu *vcpu)
{
	u32 what = vcpu->waiting.what;

	if ((what & XVCPU_WAIT_IRQ) || !(what & XVCPU_WAIT_USER))
		return XVCPU_EXIT_RESUME;
	vcpu->run->exit_reason = KVM_EXIT_IRQ_WINDOW_OPEN;
	return XVCPU_EXIT_USER;
}

/**
 * xvcpu_intr_nmi_window() - handle an exit for the NMI window
 * @vcpu: the vCPU.
 *
 * Return: XVCPU_EXIT_RESUME; the next entry delivers the NMI.
 */
int xvcpu_intr_nmi_window(struct xvcpu_vcpu *vcpu)
{
	return XVCPU_EXIT_RESUME;
}

/**
 * xvcpu_intr_keep_nmi_blocked() - an IRET that unblocked NMIs is to come again
 * @vcpu: the vCPU.
 *
 * SDM, "Resuming Guest Software after Handling an Exception".
 *
 * Context: on the vCPU's CPU, interrupts off; the exit cut no delivery short.
 */
void xvcpu_intr_keep_nmi_blocked(struct xvcpu_vcpu *vcpu)
{
	xvcpu_regs_need(vcpu, XVCPU_REG_SHADOW);
	vcpu->regs.shadow |= GUEST_INTR_STATE_NMI;
	xvcpu_regs_changed(vcpu, XVCPU_REG_SHADOW);
}
