// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what the next VM entry delivers to the guest. There is at most one;
 * an exception that meets another becomes a double fault, and one that meets a
 * double fault ends the guest, as on a processor. An interrupt or NMI that meets
 * an exception waits until after it (vmx_intr.c).
 *
 * Context: the vCPU's lock is held; recover and inject run on its CPU.
 */
#include <xvcpu/event.h>

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>
#include <xvcpu/intr.h>
#include <xvcpu/regs.h>
#include <xvcpu/vmcs.h>

#define CONTRIBUTORY	(BIT(X86_TRAP_DE) | BIT(X86_TRAP_TS) | \
			 BIT(X86_TRAP_NP) | BIT(X86_TRAP_SS) | BIT(X86_TRAP_GP))

static u32 vector_of(u32 info)
{
	return info & INTR_INFO_VECTOR_MASK;
}

/* SDM, "Conditions for Generating a Double Fault". */
static bool makes_double_fault(u8 first, u8 second)
{
	bool second_contributory = CONTRIBUTORY & BIT(second);

	if (CONTRIBUTORY & BIT(first))
		return second_contributory;
	return first == X86_TRAP_PF &&
	       (second_contributory || second == X86_TRAP_PF);
}

/* The instruction is tried again after a fault: not its breakpoint. */
static void set_resume_flag(struct xvcpu_vcpu *vcpu)
{
	xvcpu_regs_need(vcpu, XVCPU_REG_RFLAGS);
	vcpu->regs.rflags |= X86_EFLAGS_RF;
	xvcpu_regs_changed(vcpu, XVCPU_REG_RFLAGS);
}

/**
 * xvcpu_event_set() - the next VM entry is to deliver an event
 * @vcpu: the vCPU.
 * @type: INTR_TYPE_*.
 * @vector: its vector.
 */
void xvcpu_event_set(struct xvcpu_vcpu *vcpu, u32 type, u8 vector)
{
	vcpu->event.info = INTR_INFO_VALID_MASK | type | vector;
	vcpu->event.error = 0;
	vcpu->event.fresh = false;
}

/* In real mode no exception pushes an error code. */
static void set_error(struct xvcpu_vcpu *vcpu, u32 error)
{
	vcpu->event.error = error;
	if (vcpu->regs.cr0 & X86_CR0_PE)
		vcpu->event.info |= INTR_INFO_DELIVER_CODE_MASK;
}

static void set_exception(struct xvcpu_vcpu *vcpu, u8 vector, int error)
{
	if (vector != X86_TRAP_DB && vector != X86_TRAP_DF)
		set_resume_flag(vcpu);
	xvcpu_event_set(vcpu, INTR_TYPE_HARD_EXCEPTION, vector);
	vcpu->event.fresh = true;
	if (error != XVCPU_EVENT_NO_ERROR)
		set_error(vcpu, error);
}

/*
 * An interrupt or NMI whose delivery gives way to an exception waits again. A
 * software interrupt comes again by itself.
 */
static void put_back(struct xvcpu_vcpu *vcpu)
{
	if (xvcpu_event_is(vcpu, INTR_TYPE_EXT_INTR))
		xvcpu_intr_wait(vcpu, vector_of(vcpu->event.info));
	else if (xvcpu_event_is(vcpu, INTR_TYPE_NMI_INTR))
		xvcpu_intr_wait_nmis(vcpu, min(vcpu->waiting.nmis + 1, 2));
}

/**
 * xvcpu_event_queue_exception() - the guest is to take an exception
 * @vcpu: the vCPU.
 * @vector: which.
 * @error: error code, or XVCPU_EVENT_NO_ERROR.
 */
void xvcpu_event_queue_exception(struct xvcpu_vcpu *vcpu, u8 vector, int error)
{
	u32 info = vcpu->event.info;

	if (!xvcpu_event_is(vcpu, INTR_TYPE_HARD_EXCEPTION)) {
		put_back(vcpu);
		set_exception(vcpu, vector, error);
	} else if (vector_of(info) == X86_TRAP_DF) {
		vcpu->event.info = 0;
		vcpu->triple_fault = true;
	} else if (makes_double_fault(vector_of(info), vector)) {
		set_exception(vcpu, X86_TRAP_DF, 0);
	} else {
		set_exception(vcpu, vector, error);
	}
}

/**
 * xvcpu_event_queue_pf() - the guest is to take a page fault
 * @vcpu: the vCPU.
 * @address: what CR2 is to be.
 * @error: error code.
 */
void xvcpu_event_queue_pf(struct xvcpu_vcpu *vcpu, u64 address, u32 error)
{
	vcpu->regs.cr2 = address;
	xvcpu_event_queue_exception(vcpu, X86_TRAP_PF, error);
}

static bool is_software(u32 info)
{
	u32 type = info & INTR_INFO_INTR_TYPE_MASK;

	return type == INTR_TYPE_SOFT_INTR || type == INTR_TYPE_SOFT_EXCEPTION ||
	       type == INTR_TYPE_PRIV_SW_EXCEPTION;
}

/**
 * xvcpu_event_recover() - take up an event whose delivery a VM exit cut short
 * @vcpu: the vCPU.
 *
 * SDM, "Information for VM Exits That Occur During Event Delivery".
 *
 * Context: on the vCPU's CPU, right after an exit that can do this.
 */
void xvcpu_event_recover(struct xvcpu_vcpu *vcpu)
{
	u32 info = vmcs_read32(IDT_VECTORING_INFO_FIELD);

	if (!(info & VECTORING_INFO_VALID_MASK))
		return;
	info &= ~BIT(12);
	/* No VM entry takes an error code for real mode. */
	if (!(vcpu->regs.cr0 & X86_CR0_PE))
		info &= ~INTR_INFO_DELIVER_CODE_MASK;
	vcpu->event.info = info;
	vcpu->event.fresh = false;
	if (info & INTR_INFO_DELIVER_CODE_MASK)
		vcpu->event.error = vmcs_read32(IDT_VECTORING_ERROR_CODE);
	if (is_software(info))
		vcpu->event.insn_len = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR) {
		xvcpu_regs_need(vcpu, XVCPU_REG_SHADOW);
		vcpu->regs.shadow &= ~GUEST_INTR_STATE_NMI;
		xvcpu_regs_changed(vcpu, XVCPU_REG_SHADOW);
	}
}

static void count(struct xvcpu_stats *stats, u32 info)
{
	switch (info & INTR_INFO_INTR_TYPE_MASK) {
	case INTR_TYPE_EXT_INTR:
	case INTR_TYPE_SOFT_INTR:
		stats->interrupts++;
		break;
	case INTR_TYPE_NMI_INTR:
		stats->nmis++;
		break;
	default:
		stats->exceptions++;
		break;
	}
}

/**
 * xvcpu_event_inject() - hand the event to the VM entry
 * @vcpu: the vCPU; it has an event.
 *
 * Context: on the vCPU's CPU, right before VM entry.
 */
void xvcpu_event_inject(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_event *event = &vcpu->event;

	if (event->info & INTR_INFO_DELIVER_CODE_MASK)
		vmcs_write32(VM_ENTRY_EXCEPTION_ERROR_CODE, event->error);
	if (is_software(event->info))
		vmcs_write32(VM_ENTRY_INSTRUCTION_LEN, event->insn_len);
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, event->info);
	count(&vcpu->stats, event->info);
	event->info = 0;
}

/**
 * xvcpu_event_drop_fresh() - forget an exception: RIP will be another
 * @vcpu: the vCPU.
 */
void xvcpu_event_drop_fresh(struct xvcpu_vcpu *vcpu)
{
	if (vcpu->event.fresh)
		vcpu->event.info = 0;
}

static bool is_exception(const struct xvcpu_vcpu *vcpu)
{
	return xvcpu_event_is(vcpu, INTR_TYPE_HARD_EXCEPTION) ||
	       xvcpu_event_is(vcpu, INTR_TYPE_SOFT_EXCEPTION) ||
	       xvcpu_event_is(vcpu, INTR_TYPE_PRIV_SW_EXCEPTION);
}

static u8 get_blocking(const struct xvcpu_vcpu *vcpu)
{
	u32 shadow = vcpu->regs.shadow;

	return (shadow & GUEST_INTR_STATE_STI ? KVM_X86_SHADOW_INT_STI : 0) |
	       (shadow & GUEST_INTR_STATE_MOV_SS ? KVM_X86_SHADOW_INT_MOV_SS : 0);
}

/**
 * xvcpu_event_get_state() - KVM_GET_VCPU_EVENTS
 * @vcpu: the vCPU, all registers here.
 * @out: what is to be filled.
 */
void xvcpu_event_get_state(const struct xvcpu_vcpu *vcpu,
			   struct kvm_vcpu_events *out)
{
	const struct xvcpu_event *event = &vcpu->event;
	int vector = xvcpu_intr_pending(vcpu);

	memset(out, 0, sizeof(*out));
	if (is_exception(vcpu)) {
		out->exception.injected = 1;
		out->exception.nr = vector_of(event->info);
		out->exception.error_code = event->error;
		out->exception.has_error_code =
			!!(event->info & INTR_INFO_DELIVER_CODE_MASK);
	}
	if (xvcpu_event_is(vcpu, INTR_TYPE_SOFT_INTR)) {
		vector = vector_of(event->info);
		out->interrupt.soft = 1;
	}
	out->interrupt.injected = vector >= 0;
	out->interrupt.nr = vector >= 0 ? vector : 0;
	out->interrupt.shadow = get_blocking(vcpu);
	out->nmi.injected = xvcpu_event_is(vcpu, INTR_TYPE_NMI_INTR);
	out->nmi.pending = vcpu->waiting.nmis;
	out->nmi.masked = !!(vcpu->regs.shadow & GUEST_INTR_STATE_NMI);
	out->flags = KVM_VCPUEVENT_VALID_NMI_PENDING |
		     KVM_VCPUEVENT_VALID_SHADOW;
}

#define SETTABLE	(KVM_VCPUEVENT_VALID_NMI_PENDING | \
			 KVM_VCPUEVENT_VALID_SIPI_VECTOR | \
			 KVM_VCPUEVENT_VALID_SHADOW)

static bool state_valid(const struct kvm_vcpu_events *in)
{
	if (in->flags & ~SETTABLE)
		return false;
	return !in->exception.injected ||
	       (in->exception.nr < 32 && in->exception.nr != X86_TRAP_NMI);
}

/*
 * What INT3 and INTO raise is a software exception, and the length of the
 * instruction that raised a software event is known only if it is still the
 * event from before.
 */
static void set_software(struct xvcpu_vcpu *vcpu, u32 type, u8 vector, u32 len)
{
	u32 info = vcpu->event.info;

	xvcpu_event_set(vcpu, type, vector);
	if ((info & ~INTR_INFO_DELIVER_CODE_MASK) != vcpu->event.info)
		vcpu->event.insn_len = len;
}

static void set_event(struct xvcpu_vcpu *vcpu, const struct kvm_vcpu_events *in)
{
	u8 nr = in->exception.nr;

	if (in->exception.injected && (nr == X86_TRAP_BP || nr == X86_TRAP_OF)) {
		set_software(vcpu, INTR_TYPE_SOFT_EXCEPTION, nr, 1);
	} else if (in->exception.injected) {
		xvcpu_event_set(vcpu, INTR_TYPE_HARD_EXCEPTION, nr);
		if (in->exception.has_error_code)
			set_error(vcpu, in->exception.error_code);
	} else if (in->interrupt.injected && in->interrupt.soft) {
		set_software(vcpu, INTR_TYPE_SOFT_INTR, in->interrupt.nr, 2);
	} else {
		vcpu->event.info = 0;
	}
}

static void set_blocking(struct xvcpu_vcpu *vcpu,
			 const struct kvm_vcpu_events *in)
{
	u32 shadow = vcpu->regs.shadow & ~GUEST_INTR_STATE_NMI;

	if (in->nmi.masked)
		shadow |= GUEST_INTR_STATE_NMI;
	if (in->flags & KVM_VCPUEVENT_VALID_SHADOW) {
		shadow &= ~(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS);
		if (in->interrupt.shadow & KVM_X86_SHADOW_INT_MOV_SS)
			shadow |= GUEST_INTR_STATE_MOV_SS;
		else if (in->interrupt.shadow & KVM_X86_SHADOW_INT_STI)
			shadow |= GUEST_INTR_STATE_STI;
	}
	xvcpu_regs_settle_shadow(vcpu, shadow, false);
}

static void set_waiting(struct xvcpu_vcpu *vcpu,
			const struct kvm_vcpu_events *in)
{
	u8 nmis = in->flags & KVM_VCPUEVENT_VALID_NMI_PENDING ?
		  in->nmi.pending : vcpu->waiting.nmis;

	xvcpu_intr_wait_nmis(vcpu, min(nmis + !!in->nmi.injected, 2));
	/* Behind a software interrupt none was to be seen. */
	if (in->interrupt.injected && in->interrupt.soft)
		return;
	xvcpu_intr_drop(vcpu);
	if (in->interrupt.injected)
		xvcpu_intr_wait(vcpu, in->interrupt.nr);
}

/**
 * xvcpu_event_set_state() - KVM_SET_VCPU_EVENTS
 * @vcpu: the vCPU, all registers here.
 * @in: the values.
 *
 * An interrupt or NMI that was cut short in its delivery is delivered when the
 * guest can take it.
 *
 * Return: 0, or -EINVAL for an unknown flag or a vector that is no exception's.
 */
int xvcpu_event_set_state(struct xvcpu_vcpu *vcpu,
			  const struct kvm_vcpu_events *in)
{
	if (!state_valid(in))
		return -EINVAL;
	set_event(vcpu, in);
	set_blocking(vcpu, in);
	set_waiting(vcpu, in);
	return 0;
}
