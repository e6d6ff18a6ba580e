// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what the next VM entry delivers to the guest. There is at most one;
 * an exception that meets another becomes a double fault, and one that meets a
 * double fault ends the guest, as on a processor.
 *
 * Context: the vCPU's lock is held; recover and inject run on its CPU.
 */
#include <xvcpu/event.h>

#include <linux/bits.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>
#include <xvcpu/regs.h>
#include <xvcpu/vmcs.h>

#define CONTRIBUTORY	(BIT(X86_TRAP_DE) | BIT(X86_TRAP_TS) | \
			 BIT(X86_TRAP_NP) | BIT(X86_TRAP_SS) | BIT(X86_TRAP_GP))

static u32 vector_of(u32 info)
{
	return info & INTR_INFO_VECTOR_MASK;
}

static bool is_hard_exception(u32 info)
{
	return (info & INTR_INFO_VALID_MASK) &&
	       (info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_HARD_EXCEPTION;
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

static void set_exception(struct xvcpu_vcpu *vcpu, u8 vector, int error)
{
	if (vector != X86_TRAP_DB && vector != X86_TRAP_DF)
		set_resume_flag(vcpu);
	vcpu->event.info = INTR_INFO_VALID_MASK | INTR_TYPE_HARD_EXCEPTION |
			   vector;
	vcpu->event.error = 0;
	if (error == XVCPU_EVENT_NO_ERROR)
		return;
	vcpu->event.error = error;
	/* In real mode no exception pushes an error code. */
	if (vcpu->regs.cr0 & X86_CR0_PE)
		vcpu->event.info |= INTR_INFO_DELIVER_CODE_MASK;
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

	if (!is_hard_exception(info)) {
		/* What it interrupts comes again by itself. */
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
	event->info = 0;
}
