// SPDX-License-Identifier: GPL-2.0
/*
 * What a VM exit leads to: a constant table from exit reason to handler.
 *
 * Handlers run on the vCPU's CPU, interrupts off, the guest's state loaded. One
 * that has to sleep reads the registers that it needs and returns XVCPU_EXIT_SLOW;
 * then the host's state is restored, and xvcpu_exit_slow() goes on.
 */
#include <xvcpu/exit.h>

#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <asm/cpu.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>
#include <xvcpu/compat.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/cr.h>
#include <xvcpu/debug.h>
#include <xvcpu/event.h>
#include <xvcpu/explain.h>
#include <xvcpu/fpu.h>
#include <xvcpu/host.h>
#include <xvcpu/hypercall.h>
#include <xvcpu/intr.h>
#include <xvcpu/io.h>
#include <xvcpu/mmio.h>
#include <xvcpu/msr.h>
#include <xvcpu/regs.h>
#include <xvcpu/vm.h>
#include <xvcpu/vmcs.h>
#include <xvcpu/walk.h>

#define LONGEST_INSTRUCTION	15


/* EPT violation: no instruction of the guest's has made it, but the processor. */
#define EPT_ASYNCHRONOUS(q)	((q) & BIT(16))

static u32 basic_reason(const struct xvcpu_vcpu *vcpu)
{
	return vcpu->exit.reason & 0xffff;
}

/**
 * xvcpu_exit_skip() - the instruction is done, the guest goes on after it
 * @vcpu: the vCPU.
 *
 * Return: XVCPU_EXIT_RESUME.
 */
int xvcpu_exit_skip(struct xvcpu_vcpu *vcpu)
{
	xvcpu_regs_skip_instruction(vcpu);
	return XVCPU_EXIT_RESUME;
}

/**
 * xvcpu_exit_gp() - the instruction is to fault with #GP(0)
 * @vcpu: the vCPU.
 *
 * Return: XVCPU_EXIT_RESUME.
 */
int xvcpu_exit_gp(struct xvcpu_vcpu *vcpu)
{
	xvcpu_event_queue_exception(vcpu, X86_TRAP_GP, 0);
	return XVCPU_EXIT_RESUME;
}

/**
 * xvcpu_exit_undefined() - the instruction is to fault with #UD
 * @vcpu: the vCPU.
 *
 * Return: XVCPU_EXIT_RESUME.
 */
int xvcpu_exit_undefined(struct xvcpu_vcpu *vcpu)
{
	xvcpu_event_queue_exception(vcpu, X86_TRAP_UD, XVCPU_EVENT_NO_ERROR);
	return XVCPU_EXIT_RESUME;
}

static noinline int skip_slowly(struct xvcpu_vcpu *vcpu)
{
	vcpu->exit.insn_len = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	return xvcpu_exit_skip(vcpu);
}

/**
 * xvcpu_exit_skip_insn() - the instruction that has just caused the exit is done
 * @vcpu: the vCPU; the instruction's length is in its VMCS.
 *
 * As xvcpu_exit_skip(), straight on as long as nothing is unusual.
 *
 * Context: on the vCPU's CPU, interrupts off.
 * Return: XVCPU_EXIT_RESUME.
 */
int xvcpu_exit_skip_insn(struct xvcpu_vcpu *vcpu)
{
	unsigned long len, rip, rflags, shadow;
	struct xvcpu_regs *r = &vcpu->regs;

	if (unlikely(r->here & XVCPU_REG_SKIP) || unlikely(vcpu->debug.control))
		return skip_slowly(vcpu);
	vmread_or_goto(len, VM_EXIT_INSTRUCTION_LEN, slowly);
	vmread_or_goto(rip, GUEST_RIP, slowly);
	vmread_or_goto(rflags, GUEST_RFLAGS, slowly);
	vmread_or_goto(shadow, GUEST_INTERRUPTIBILITY_INFO, slowly);
	if (unlikely(!xvcpu_regs_skip_is_plain(rip, len, rflags)))
		goto slowly;
	if (unlikely(shadow & XVCPU_SHADOW_BLOCKING)) {
		shadow &= ~XVCPU_SHADOW_BLOCKING;
		r->dirty |= XVCPU_REG_SHADOW;
	}
	r->rip = rip + len;
	r->rflags = rflags;
	r->shadow = shadow;
	r->here |= XVCPU_REG_SKIP;
	r->dirty |= XVCPU_REG_RIP;
	return XVCPU_EXIT_RESUME;
slowly:
	return skip_slowly(vcpu);
}

static int terminated(struct xvcpu_vcpu *vcpu, u32 exit_reason)
{
	vcpu->run->exit_reason = exit_reason;
	vcpu->terminated = true;
	return XVCPU_EXIT_USER;
}

static int gp(struct xvcpu_vcpu *vcpu)
{
	return xvcpu_exit_gp(vcpu);
}

/**
 * xvcpu_exit_may_sleep() - go on with an exit where it may sleep
 * @vcpu: the vCPU.
 *
 * Context: on the vCPU's CPU, interrupts off.
 * Return: XVCPU_EXIT_SLOW; all registers are here.
 */
int xvcpu_exit_may_sleep(struct xvcpu_vcpu *vcpu)
{
	xvcpu_regs_need(vcpu, XVCPU_REG_ALL);
	return XVCPU_EXIT_SLOW;
}

/* It stays pending in the APIC until interrupts are on: now. */
static int external_interrupt(struct xvcpu_vcpu *vcpu)
{
	xvcpu_host_take_interrupts(vcpu);
	return XVCPU_EXIT_RESUME;
}

/*
 * An #AC that the guest has not asked for is the host's: it detects split locks,
 * and may want to warn and slow down who makes them.
 */
static int alignment_check(struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_regs *r = &vcpu->regs;

	xvcpu_regs_need(vcpu, XVCPU_REG_CR0 | XVCPU_REG_RFLAGS);
	if (boot_cpu_has(X86_FEATURE_SPLIT_LOCK_DETECT) &&
	    !((r->cr0 & X86_CR0_AM) && (r->rflags & X86_EFLAGS_AC) &&
	      xvcpu_regs_cpl(vcpu) == 3))
		return xvcpu_exit_may_sleep(vcpu);
	xvcpu_event_queue_exception(vcpu, X86_TRAP_AC, 0);
	return XVCPU_EXIT_RESUME;
}

static int split_lock(struct xvcpu_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	if (handle_guest_split_lock(vcpu->regs.rip))
		return XVCPU_EXIT_RESUME;
	run->exit_reason = KVM_EXIT_EXCEPTION;
	run->ex.exception = X86_TRAP_AC;
	run->ex.error_code = 0;
	return XVCPU_EXIT_USER;
}

/* NMI and #MC are the host's: xvcpu_run() has handed them on already. */
static int exception(struct xvcpu_vcpu *vcpu)
{
	u32 info = vmcs_read32(VM_EXIT_INTR_INFO);

	if ((info & INTR_INFO_UNBLOCK_NMI) && !vcpu->event.info)
		xvcpu_intr_keep_nmi_blocked(vcpu);
	if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR)
		return XVCPU_EXIT_RESUME;
	switch (info & INTR_INFO_VECTOR_MASK) {
	case X86_TRAP_MC:
		return XVCPU_EXIT_RESUME;
	case X86_TRAP_DB:
		return xvcpu_debug_exception(vcpu, info);
	case X86_TRAP_BP:
		return xvcpu_debug_breakpoint(vcpu);
	default:
		return alignment_check(vcpu);
	}
}

static int triple_fault(struct xvcpu_vcpu *vcpu)
{
	return terminated(vcpu, KVM_EXIT_SHUTDOWN);
}

static int hlt(struct xvcpu_vcpu *vcpu)
{
	xvcpu_exit_skip_insn(vcpu);
	if (xvcpu_intr_wakes(vcpu))
		return XVCPU_EXIT_RESUME;
	vcpu->run->exit_reason = KVM_EXIT_HLT;
	return XVCPU_EXIT_USER;
}

/*
 * What is memory needs no registers, but for a failure. What is none will have an
 * instruction to be executed.
 */
static int ept_violation(struct xvcpu_vcpu *vcpu)
{
	vcpu->exit.qualification = vmcs_readl(EXIT_QUALIFICATION);
	vcpu->exit.gpa = vmcs_read64(GUEST_PHYSICAL_ADDRESS);
	vcpu->exit.gva = vmcs_readl(GUEST_LINEAR_ADDRESS);
	if ((vcpu->exit.qualification & INTR_INFO_UNBLOCK_NMI) &&
	    !vcpu->event.info)
		xvcpu_intr_keep_nmi_blocked(vcpu);
	if (!xvcpu_vm_is_memory(vcpu->vm, vcpu->exit.gpa))
		xvcpu_regs_need(vcpu, XVCPU_REG_EMULATE);
	return XVCPU_EXIT_SLOW;
}

static int xsetbv_exit(struct xvcpu_vcpu *vcpu)
{
	vcpu->exit.insn_len = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	return xvcpu_fpu_xsetbv(vcpu);
}

/* The net under interrupts that do not leave the guest: they are let in here. */
static int preemption_timer(struct xvcpu_vcpu *vcpu)
{
	xvcpu_host_take_interrupts(vcpu);
	return XVCPU_EXIT_RESUME;
}

static int (* const handlers[])(struct xvcpu_vcpu *vcpu) = {
	[EXIT_REASON_EXCEPTION_NMI]		= exception,
	[EXIT_REASON_TRIPLE_FAULT]		= triple_fault,
	[EXIT_REASON_INTERRUPT_WINDOW]		= xvcpu_intr_window,
	[EXIT_REASON_NMI_WINDOW]		= xvcpu_intr_nmi_window,
	[EXIT_REASON_TASK_SWITCH]		= xvcpu_exit_may_sleep,
	[EXIT_REASON_INVD]			= xvcpu_exit_skip_insn,
	[EXIT_REASON_RDPMC]			= gp,
	[EXIT_REASON_VMCLEAR]			= xvcpu_exit_undefined,
	[EXIT_REASON_VMLAUNCH]			= xvcpu_exit_undefined,
	[EXIT_REASON_VMPTRLD]			= xvcpu_exit_undefined,
	[EXIT_REASON_VMPTRST]			= xvcpu_exit_undefined,
	[EXIT_REASON_VMREAD]			= xvcpu_exit_undefined,
	[EXIT_REASON_VMRESUME]			= xvcpu_exit_undefined,
	[EXIT_REASON_VMWRITE]			= xvcpu_exit_undefined,
	[EXIT_REASON_VMOFF]			= xvcpu_exit_undefined,
	[EXIT_REASON_VMON]			= xvcpu_exit_undefined,
	[EXIT_REASON_DR_ACCESS]			= xvcpu_debug_access,
	[EXIT_REASON_MWAIT_INSTRUCTION]		= xvcpu_exit_undefined,
	[EXIT_REASON_MONITOR_INSTRUCTION]	= xvcpu_exit_undefined,
	[EXIT_REASON_EPT_VIOLATION]		= ept_violation,
	[EXIT_REASON_EPT_MISCONFIG]		= ept_violation,
	[EXIT_REASON_INVEPT]			= xvcpu_exit_undefined,
	[EXIT_REASON_PREEMPTION_TIMER]		= preemption_timer,
	[EXIT_REASON_INVVPID]			= xvcpu_exit_undefined,
	[EXIT_REASON_WBINVD]			= xvcpu_exit_skip_insn,
	[EXIT_REASON_XSETBV]			= xsetbv_exit,
	[EXIT_REASON_ENCLS]			= xvcpu_exit_undefined,
};

/* Exits that can cut the delivery of an event short; no other does. */
static bool cuts_delivery_short(u32 reason)
{
	return reason == EXIT_REASON_EXCEPTION_NMI ||
	       reason == EXIT_REASON_TASK_SWITCH ||
	       reason == EXIT_REASON_EPT_VIOLATION ||
	       reason == EXIT_REASON_EPT_MISCONFIG;
}

static int unknown(struct xvcpu_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	run->internal.suberror = KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON;
	run->internal.ndata = 2;
	run->internal.data[0] = vcpu->exit.reason;
	run->internal.data[1] = vcpu->binding.entered_last;
	return XVCPU_EXIT_USER;
}

static noinline int through_table(struct xvcpu_vcpu *vcpu, u32 reason)
{
	if (cuts_delivery_short(reason))
		xvcpu_event_recover(vcpu);
	if (reason >= ARRAY_SIZE(handlers))
		return unknown(vcpu);
	reason = array_index_nospec(reason, ARRAY_SIZE(handlers));
	return handlers[reason] ? handlers[reason](vcpu) : unknown(vcpu);
}

/**
 * xvcpu_exit_handle() - handle a VM exit
 * @vcpu: the vCPU; the exit's reason has been read.
 *
 * Context: on the vCPU's CPU, interrupts off.
 * Return: an enum xvcpu_exit_action, or a negative errno.
 */
int xvcpu_exit_handle(struct xvcpu_vcpu *vcpu)
{
	u32 reason = basic_reason(vcpu);

	/* Where indirect calls are expensive, the commonest are not to pay for them. */
	switch (reason) {
	case EXIT_REASON_CPUID:
		return xvcpu_cpuid_exit(vcpu);
	case EXIT_REASON_MSR_READ:
		return xvcpu_msr_read_exit(vcpu);
	case EXIT_REASON_MSR_WRITE:
		return xvcpu_msr_write_exit(vcpu);
	case EXIT_REASON_IO_INSTRUCTION:
		return xvcpu_io_access(vcpu);
	case EXIT_REASON_CR_ACCESS:
		return xvcpu_cr_access(vcpu);
	case EXIT_REASON_HLT:
		return hlt(vcpu);
	case EXIT_REASON_VMCALL:
		return xvcpu_hypercall(vcpu);
	case EXIT_REASON_EXTERNAL_INTERRUPT:
		return external_interrupt(vcpu);
	default:
		return through_table(vcpu, reason);
	}
}

/* As many bytes as can be read; a fault on the way is not the guest's. */
static u32 fetch(struct xvcpu_vcpu *vcpu, u8 *bytes)
{
	u64 rip = vcpu->regs.seg[XVCPU_CS].base + vcpu->regs.rip, gpa;
	u32 access = xvcpu_walk_access(vcpu, XVCPU_WALK_FETCH |
				       XVCPU_WALK_PEEK);
	u32 error, n;

	if (xvcpu_regs_64bit_code(vcpu))
		rip = vcpu->regs.rip;
	for (n = 0; n < LONGEST_INSTRUCTION; n++)
		if (xvcpu_walk(vcpu, rip + n, access, &gpa, &error) ||
		    xvcpu_vm_read(vcpu->vm, gpa, &bytes[n], 1))
			break;
	return n;
}

/**
 * xvcpu_exit_no_emulation() - userspace is to hear that an emulation can't be done
 * @vcpu: the vCPU.
 *
 * KVM_EXIT_INTERNAL_ERROR with the instruction's bytes; after them, in data[3]
 * to data[5], exit reason, exit qualification and guest physical address.
 *
 * Context: process context, may sleep.
 * Return: XVCPU_EXIT_USER, or -EIO if the registers can't be read.
 */
int xvcpu_exit_no_emulation(struct xvcpu_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	u8 bytes[LONGEST_INSTRUCTION];
	int err = xvcpu_regs_pull_anywhere(vcpu, XVCPU_REG_ALL);
	u32 n;

	if (err)
		return err;
	n = fetch(vcpu, bytes);
	memset(&run->internal, 0, sizeof(run->internal));
	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	run->emulation_failure.suberror = KVM_INTERNAL_ERROR_EMULATION;
	run->emulation_failure.ndata = 6;
	if (n) {
		run->emulation_failure.flags =
			KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES;
		run->emulation_failure.insn_size = n;
		memset(run->emulation_failure.insn_bytes, 0x90,
		       sizeof(run->emulation_failure.insn_bytes));
		memcpy(run->emulation_failure.insn_bytes, bytes, n);
	}
	run->internal.data[3] = vcpu->exit.reason;
	run->internal.data[4] = vcpu->exit.qualification;
	run->internal.data[5] = vcpu->exit.gpa;
	return XVCPU_EXIT_USER;
}

/* What the guest was about to do, as XVCPU_EPT_*. */
static u32 ept_access(u64 qualification)
{
	u32 access = 0;

	if (qualification & EPT_VIOLATION_ACC_WRITE)
		access |= XVCPU_EPT_WRITE;
	if (qualification & EPT_VIOLATION_ACC_INSTR)
		access |= XVCPU_EPT_EXEC;
	return access;
}

/*
 * EPT took a walk of the guest's tables for a write, because it keeps accessed
 * and dirty flags. The tables are in a read-only slot: without the flags a walk
 * is a read.
 */
static bool walk_taken_for_write(const struct xvcpu_vcpu *vcpu)
{
	u64 mask = EPT_VIOLATION_GVA_IS_VALID | EPT_VIOLATION_GVA_TRANSLATED;

	return (vcpu->exit.qualification & mask) ==
		EPT_VIOLATION_GVA_IS_VALID &&
	       (vcpu->eptp & VMX_EPTP_AD_ENABLE_BIT);
}

static int no_memory(struct xvcpu_vcpu *vcpu)
{
	if (EPT_ASYNCHRONOUS(vcpu->exit.qualification))
		return xvcpu_exit_no_emulation(vcpu);
	return xvcpu_mmio_access(vcpu);
}

static int read_only(struct xvcpu_vcpu *vcpu)
{
	if (!walk_taken_for_write(vcpu))
		return no_memory(vcpu);
	xvcpu_vm_forgo_flags(vcpu->vm);
	return XVCPU_EXIT_RESUME;
}

static int ept_violation_slow(struct xvcpu_vcpu *vcpu)
{
	unsigned long slot_changes = READ_ONCE(vcpu->vm->slot_changes);
	int err;

	if (xvcpu_mmio_is_device(vcpu))
		return no_memory(vcpu);
	err = xvcpu_vm_fault(vcpu->vm, vcpu->exit.gpa,
			     ept_access(vcpu->exit.qualification));
	switch (err) {
	case 0:
	case -EAGAIN:
	case -EINTR:
		return XVCPU_EXIT_RESUME;
	case -ENOENT:
		xvcpu_mmio_found_none(vcpu, slot_changes);
		return no_memory(vcpu);
	case -EROFS:
		return read_only(vcpu);
	default:
		return err;
	}
}

/**
 * xvcpu_exit_slow() - go on with a VM exit whose handler has to sleep
 * @vcpu: the vCPU.
 *
 * Context: process context, may sleep.
 * Return: XVCPU_EXIT_USER, XVCPU_EXIT_RESUME or a negative errno.
 */
int xvcpu_exit_slow(struct xvcpu_vcpu *vcpu)
{
	switch (basic_reason(vcpu)) {
	case EXIT_REASON_EXCEPTION_NMI:
		return split_lock(vcpu);
	case EXIT_REASON_EPT_VIOLATION:
		return ept_violation_slow(vcpu);
	case EXIT_REASON_IO_INSTRUCTION:
		return xvcpu_io_access_slow(vcpu);
	case EXIT_REASON_CR_ACCESS:
		return xvcpu_cr_access_slow(vcpu);
	default:
		return xvcpu_exit_no_emulation(vcpu);
	}
}

/**
 * xvcpu_exit_complete() - userspace has done its part, KVM_RUN is called again
 * @vcpu: the vCPU.
 *
 * Context: process context, may sleep.
 * Return: as xvcpu_exit_slow(): the instruction may need userspace once more.
 */
int xvcpu_exit_complete(struct xvcpu_vcpu *vcpu)
{
	/* There is one at most. */
	if (vcpu->pio.active)
		return xvcpu_io_complete(vcpu);
	if (vcpu->mmio.active)
		return xvcpu_mmio_complete(vcpu);
	if (vcpu->msr_exit)
		xvcpu_msr_complete(vcpu);
	xvcpu_hypercall_complete(vcpu);
	return XVCPU_EXIT_RESUME;
}

/**
 * xvcpu_exit_failed_entry() - a VM entry has failed
 * @vcpu: the vCPU.
 * @reason: exit reason, or number of the VM-instruction error.
 *
 * Return: XVCPU_EXIT_USER.
 */
int xvcpu_exit_failed_entry(struct xvcpu_vcpu *vcpu, u64 reason)
{
	u32 info = vmcs_read32(VM_ENTRY_INTR_INFO_FIELD);

	xvcpu_explain_failure(vcpu, reason);
	/* It has not been delivered: it is there still when the guest runs again. */
	if (info & INTR_INFO_VALID_MASK)
		vcpu->event.info = info;
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, 0);
	vcpu->run->fail_entry.hardware_entry_failure_reason = reason;
	vcpu->run->fail_entry.cpu = raw_smp_processor_id();
	return terminated(vcpu, KVM_EXIT_FAIL_ENTRY);
}
