// SPDX-License-Identifier: GPL-2.0
/*
 * Moving a vCPU's registers between struct xvcpu_regs and its VMCS.
 *
 * A VM exit leaves the registers in the VMCS. They are read group by group when
 * somebody asks, and all of them before the VMCS is cleared: while a vCPU is
 * unbound, struct xvcpu_regs alone has its state. Only to a CPU that loads it at
 * once the VMCS takes them along. Changes are written back, group by group, before
 * the next VM entry.
 *
 * Locking: vcpu->lock. Whoever holds it without being the run loop begins with
 * xvcpu_regs_pull_anywhere(); from then on nothing else writes vcpu->regs.
 */
#include <xvcpu/regs.h>

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/msr.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>
#include <xvcpu/compat.h>
#include <xvcpu/debug.h>
#include <xvcpu/hw.h>
#include <xvcpu/tsc.h>
#include <xvcpu/vm.h>
#include <xvcpu/vmcs.h>

/* The segment register at @i of a row of fields of the same kind. */
#define SEG_FIELD(first, i)	((first) + 2 * (i))

/* Reset values: SDM, "IA-32 and Intel 64 Processor States Following Power-up". */
#define RESET_RDX		0x600
#define RESET_DATA		(VMX_AR_P_MASK | VMX_AR_S_MASK | 3)
#define RESET_CODE		(VMX_AR_P_MASK | VMX_AR_S_MASK | 11)
#define RESET_LDT		(VMX_AR_P_MASK | 2)
#define RESET_TSS		(VMX_AR_P_MASK | VMX_AR_TYPE_BUSY_32_TSS)
#define RESET_PAT		0x0007040600070406ULL
#define RESET_MISC_ENABLE	(MSR_IA32_MISC_ENABLE_FAST_STRING | \
				 MSR_IA32_MISC_ENABLE_BTS_UNAVAIL | \
				 MSR_IA32_MISC_ENABLE_PEBS_UNAVAIL)
/* The lower half is reserved; any revision will do. */
#define RESET_MICROCODE		BIT_ULL(32)

/* A segment register but for its access rights. */
static __always_inline void pull_segment(struct xvcpu_segment *seg, int i)
{
	seg->selector = vmread(SEG_FIELD(GUEST_ES_SELECTOR, i));
	seg->limit = vmread(SEG_FIELD(GUEST_ES_LIMIT, i));
	seg->base = vmread(SEG_FIELD(GUEST_ES_BASE, i));
}

static void push_segment(const struct xvcpu_segment *seg, int i)
{
	vmwrite(SEG_FIELD(GUEST_ES_SELECTOR, i), seg->selector);
	vmwrite(SEG_FIELD(GUEST_ES_LIMIT, i), seg->limit);
	vmwrite(SEG_FIELD(GUEST_ES_BASE, i), seg->base);
	vmwrite(SEG_FIELD(GUEST_ES_AR_BYTES, i), seg->ar);
}

static __always_inline void pull_rip(struct xvcpu_vcpu *vcpu)
{
	vcpu->regs.rip = vmcs_readl(GUEST_RIP);
}

static __always_inline void pull_rsp(struct xvcpu_vcpu *vcpu)
{
	vcpu->world.gpr[XVCPU_RSP] = vmcs_readl(GUEST_RSP);
}

static void push_rsp(struct xvcpu_vcpu *vcpu)
{
	vmcs_writel(GUEST_RSP, vcpu->world.gpr[XVCPU_RSP]);
}

/* The trap flag of a debugger in userspace is none of the guest's. */
static u64 debugger_flags(const struct xvcpu_vcpu *vcpu)
{
	return xvcpu_debug_uses(vcpu, KVM_GUESTDBG_SINGLESTEP) ?
		X86_EFLAGS_TF : 0;
}

static __always_inline void pull_rflags(struct xvcpu_vcpu *vcpu)
{
	u64 rflags = vmcs_readl(GUEST_RFLAGS);

	if (unlikely(vcpu->debug.control))
		rflags &= ~debugger_flags(vcpu);
	vcpu->regs.rflags = rflags;
}

static void push_rflags(struct xvcpu_vcpu *vcpu)
{
	vmcs_writel(GUEST_RFLAGS, vcpu->regs.rflags | debugger_flags(vcpu));
}

static void pull_segs(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_segment *seg = vcpu->regs.seg;
	int i;

#pragma GCC unroll 8
	for (i = 0; i < XVCPU_NR_SEGS; i++) {
		pull_segment(&seg[i], i);
		if (i != XVCPU_CS && i != XVCPU_SS)
			seg[i].ar = vmread(SEG_FIELD(GUEST_ES_AR_BYTES, i));
	}
}

static void push_segs(struct xvcpu_vcpu *vcpu)
{
	unsigned long left = vcpu->regs.seg_dirty;
	int i;

	for_each_set_bit(i, &left, XVCPU_NR_SEGS)
		push_segment(&vcpu->regs.seg[i], i);
	vcpu->regs.seg_dirty = 0;
}

static void pull_tables(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_regs *r = &vcpu->regs;

	r->gdt.base = vmcs_readl(GUEST_GDTR_BASE);
	r->gdt.limit = vmcs_read32(GUEST_GDTR_LIMIT);
	r->idt.base = vmcs_readl(GUEST_IDTR_BASE);
	r->idt.limit = vmcs_read32(GUEST_IDTR_LIMIT);
}

static void push_tables(struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_regs *r = &vcpu->regs;

	vmcs_writel(GUEST_GDTR_BASE, r->gdt.base);
	vmcs_write32(GUEST_GDTR_LIMIT, r->gdt.limit);
	vmcs_writel(GUEST_IDTR_BASE, r->idt.base);
	vmcs_write32(GUEST_IDTR_LIMIT, r->idt.limit);
}

static __always_inline void pull_cr0(struct xvcpu_vcpu *vcpu)
{
	vcpu->regs.cr0 = xvcpu_regs_merge(vcpu->regs.cr0, vmcs_readl(GUEST_CR0),
				  XVCPU_CR0_GUEST_OWNED);
}

/* CD and NW are not the guest's to decide: its memory is write-back. */
static void push_cr0(struct xvcpu_vcpu *vcpu)
{
	u64 fixed = vcpu->binding.root->boot_caps.msr[VMX_CAP_CR0_FIXED0] &
		    ~(u64)(X86_CR0_PE | X86_CR0_PG);

	vmcs_writel(GUEST_CR0,
		    (vcpu->regs.cr0 & ~(u64)(X86_CR0_CD | X86_CR0_NW)) | fixed);
	vmcs_writel(CR0_READ_SHADOW, vcpu->regs.cr0);
}

static __always_inline void pull_cr3(struct xvcpu_vcpu *vcpu)
{
	vcpu->regs.cr3 = vmcs_readl(GUEST_CR3);
}

static void push_cr3(struct xvcpu_vcpu *vcpu)
{
	vmcs_writel(GUEST_CR3, vcpu->regs.cr3);
}

static void pull_pdptr(struct xvcpu_vcpu *vcpu)
{
	int i;

	for (i = 0; i < 4; i++)
		vcpu->regs.pdptr[i] = vmread(GUEST_PDPTR0 + 2 * i);
}

static void push_pdptr(struct xvcpu_vcpu *vcpu)
{
	int i;

	for (i = 0; i < 4; i++)
		vmwrite(GUEST_PDPTR0 + 2 * i, vcpu->regs.pdptr[i]);
}

/* The "IA-32e mode guest" control has to agree with EFER.LMA. */
static void push_efer(struct xvcpu_vcpu *vcpu)
{
	u32 entry = vcpu->ctl.entry & ~VM_ENTRY_IA32E_MODE;

	if (xvcpu_regs_long_mode(vcpu))
		entry |= VM_ENTRY_IA32E_MODE;
	vmcs_write32(VM_ENTRY_CONTROLS, entry);
	vmcs_write64(GUEST_IA32_EFER, vcpu->regs.efer);
}

static void push_pat(struct xvcpu_vcpu *vcpu)
{
	vmcs_write64(GUEST_IA32_PAT, vcpu->regs.pat);
}

static void pull_sysenter(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_regs *r = &vcpu->regs;

	r->sysenter_cs = vmcs_read32(GUEST_SYSENTER_CS);
	r->sysenter_esp = vmcs_readl(GUEST_SYSENTER_ESP);
	r->sysenter_eip = vmcs_readl(GUEST_SYSENTER_EIP);
}

static void push_sysenter(struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_regs *r = &vcpu->regs;

	vmcs_write32(GUEST_SYSENTER_CS, r->sysenter_cs);
	vmcs_writel(GUEST_SYSENTER_ESP, r->sysenter_esp);
	vmcs_writel(GUEST_SYSENTER_EIP, r->sysenter_eip);
}

static void push_dr7(struct xvcpu_vcpu *vcpu)
{
	vmcs_writel(GUEST_DR7, xvcpu_debug_dr7(vcpu));
	vmcs_write64(GUEST_IA32_DEBUGCTL, 0);
}

static __always_inline void pull_shadow(struct xvcpu_vcpu *vcpu)
{
	vcpu->regs.shadow = vmcs_read32(GUEST_INTERRUPTIBILITY_INFO);
}

static void push_shadow(struct xvcpu_vcpu *vcpu)
{
	vmcs_write32(GUEST_INTERRUPTIBILITY_INFO, vcpu->regs.shadow);
}

static void pull_pending_debug(struct xvcpu_vcpu *vcpu)
{
	vcpu->regs.pending_debug = vmcs_readl(GUEST_PENDING_DBG_EXCEPTIONS);
}

/* HLT exits: no other state is ever wanted. */
static void push_pending_debug(struct xvcpu_vcpu *vcpu)
{
	vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, vcpu->regs.pending_debug);
	vmcs_write32(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
}

/*
 * #MC is the host's. #DB and #AC would, without an exit, let a guest keep the
 * CPU in an endless delivery.
 */
static void push_exceptions(struct xvcpu_vcpu *vcpu)
{
	u32 bitmap = BIT(X86_TRAP_DB) | BIT(X86_TRAP_AC) | BIT(X86_TRAP_MC);

	if (xvcpu_debug_uses(vcpu, KVM_GUESTDBG_USE_SW_BP))
		bitmap |= BIT(X86_TRAP_BP);
	vmcs_write32(EXCEPTION_BITMAP, bitmap);
}

/*
 * Groups that are always the same are a constant: nothing is left of the tests.
 * Software's groups need no reading.
 */
static __always_inline void pull_groups(struct xvcpu_vcpu *vcpu, u32 groups)
{
	if (groups & XVCPU_REG_RIP)
		pull_rip(vcpu);
	if (groups & XVCPU_REG_RFLAGS)
		pull_rflags(vcpu);
	if (groups & XVCPU_REG_SHADOW)
		pull_shadow(vcpu);
	if (groups & XVCPU_REG_RSP)
		pull_rsp(vcpu);
	if (groups & XVCPU_REG_CR0)
		pull_cr0(vcpu);
	if (groups & XVCPU_REG_CR3)
		pull_cr3(vcpu);
	if (groups & XVCPU_REG_CR4)
		xvcpu_regs_pull_cr4(vcpu);
	if (groups & XVCPU_REG_MODE)
		xvcpu_regs_pull_mode(vcpu);
	if (!(groups & ~XVCPU_REG_EMULATE))
		return;
	if (groups & XVCPU_REG_PENDING_DEBUG)
		pull_pending_debug(vcpu);
	if (groups & XVCPU_REG_SEGS)
		pull_segs(vcpu);
	if (groups & XVCPU_REG_TABLES)
		pull_tables(vcpu);
	if (groups & XVCPU_REG_PDPTR)
		pull_pdptr(vcpu);
	if (groups & XVCPU_REG_SYSENTER)
		pull_sysenter(vcpu);
}

static noinline void pull_any(struct xvcpu_vcpu *vcpu, u32 groups)
{
	pull_groups(vcpu, groups);
}

/**
 * xvcpu_regs_pull() - read groups of registers from the VMCS
 * @vcpu: the vCPU.
 * @wanted: the groups.
 *
 * Context: the VMCS is current on this CPU, preemption or interrupts are off.
 */
void xvcpu_regs_pull(struct xvcpu_vcpu *vcpu, u32 wanted)
{
	lockdep_assert_preemption_disabled();
	if (wanted == XVCPU_REG_SKIP)
		pull_groups(vcpu, XVCPU_REG_SKIP);
	else if (wanted == XVCPU_REG_MODE)
		pull_groups(vcpu, XVCPU_REG_MODE);
	else if (wanted == XVCPU_REG_EMULATE)
		pull_groups(vcpu, XVCPU_REG_EMULATE);
	else
		pull_any(vcpu, wanted);
	vcpu->regs.here |= wanted;
}

#define PUSHED_FIRST	(XVCPU_REG_RIP | XVCPU_REG_SHADOW)

static noinline void push_others(struct xvcpu_vcpu *vcpu, u32 groups)
{
	if (groups & XVCPU_REG_RSP)
		push_rsp(vcpu);
	if (groups & XVCPU_REG_RFLAGS)
		push_rflags(vcpu);
	if (groups & XVCPU_REG_PENDING_DEBUG)
		push_pending_debug(vcpu);
	if (groups & XVCPU_REG_CR0)
		push_cr0(vcpu);
	if (groups & XVCPU_REG_CR3)
		push_cr3(vcpu);
	if (groups & XVCPU_REG_CR4)
		xvcpu_regs_push_cr4(vcpu);
	if (groups & XVCPU_REG_TSC_OFFSET)
		xvcpu_tsc_push(vcpu);
	if (groups & XVCPU_REG_SEGS)
		push_segs(vcpu);
	if (groups & XVCPU_REG_TABLES)
		push_tables(vcpu);
	if (groups & XVCPU_REG_PDPTR)
		push_pdptr(vcpu);
	if (groups & XVCPU_REG_EFER)
		push_efer(vcpu);
	if (groups & XVCPU_REG_PAT)
		push_pat(vcpu);
	if (groups & XVCPU_REG_SYSENTER)
		push_sysenter(vcpu);
	if (groups & XVCPU_REG_DR7)
		push_dr7(vcpu);
	if (groups & XVCPU_REG_EXCEPTIONS)
		push_exceptions(vcpu);
}

/**
 * xvcpu_regs_push() - write the groups that were changed to the VMCS
 * @vcpu: the vCPU.
 *
 * Context: the VMCS is current on this CPU, interrupts are off.
 */
void xvcpu_regs_push(struct xvcpu_vcpu *vcpu)
{
	u32 groups = vcpu->regs.dirty;

	/* The commonest, for an instruction that was executed in the kernel. */
	if (groups & XVCPU_REG_RIP)
		xvcpu_regs_push_rip(vcpu);
	if (groups & XVCPU_REG_SHADOW)
		push_shadow(vcpu);
	if (groups & ~PUSHED_FIRST)
		push_others(vcpu, groups);
	vcpu->regs.dirty = 0;
}

/**
 * xvcpu_regs_before_clear() - save all registers before the VMCS is cleared
 * @loaded: the VMCS, current on this CPU.
 *
 * Context: on the CPU that holds the VMCS, interrupts off.
 */
void xvcpu_regs_before_clear(struct vmx_loaded *loaded)
{
	struct xvcpu_vcpu *vcpu =
		container_of(loaded, struct xvcpu_vcpu, binding.loaded);

	xvcpu_regs_need(vcpu, XVCPU_REG_ALL);
}

static void pull_call(void *arg)
{
	struct xvcpu_vcpu *vcpu = arg;

	if (vcpu->binding.loaded.cpu == raw_smp_processor_id())
		xvcpu_percpu_with(vcpu->binding.root, &vcpu->binding.loaded,
				  xvcpu_regs_before_clear);
}

/* Cleared on its way to another CPU, where it could not be loaded. */
static void pull_unloaded(struct xvcpu_vcpu *vcpu)
{
	local_irq_disable();
	xvcpu_percpu_save(vcpu->binding.root, &vcpu->binding.loaded);
	local_irq_enable();
}

/**
 * xvcpu_regs_pull_anywhere() - make registers readable in vcpu->regs
 * @vcpu: the vCPU, not running.
 * @groups: those that have to be; others may be, too.
 *
 * Context: process context; may wait for a cross-call. vcpu->lock is held.
 * Return: 0; -EIO if some are in the VMCS alone, for VMPTRLD has failed, or the
 * CPU has left VMX root operation in the moment of a move: the next run finds them
 * there.
 */
int xvcpu_regs_pull_anywhere(struct xvcpu_vcpu *vcpu, u32 groups)
{
	int cpu;

	lockdep_assert_held(&vcpu->lock);
	if (!(~vcpu->regs.here & groups))
		return 0;
	/* Who clears it, now or in between, reads everything first. */
	cpu = smp_load_acquire(&vcpu->binding.loaded.cpu);
	if (cpu != XVCPU_CPU_NONE)
		vcpu->binding.root->hw->run_on(cpu, pull_call, vcpu);
	else
		pull_unloaded(vcpu);
	return ~vcpu->regs.here & groups ? -EIO : 0;
}

static void reset_segments(struct xvcpu_regs *r)
{
	int i;

	for (i = 0; i < XVCPU_NR_SEGS; i++)
		r->seg[i] = (struct xvcpu_segment) {
			.limit = 0xffff, .ar = RESET_DATA,
		};
	r->seg[XVCPU_CS].ar = RESET_CODE;
	r->seg[XVCPU_CS].selector = 0xf000;
	r->seg[XVCPU_CS].base = 0xffff0000;
	r->seg[XVCPU_LDTR].ar = RESET_LDT;
	r->seg[XVCPU_TR].ar = RESET_TSS;
}

/**
 * xvcpu_regs_reset() - the state of a CPU after power-up
 * @vcpu: the vCPU.
 */
void xvcpu_regs_reset(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_regs *r = &vcpu->regs;

	memset(&vcpu->world.gpr, 0, sizeof(vcpu->world.gpr));
	memset(r, 0, sizeof(*r));
	vcpu->world.gpr[XVCPU_RDX] = RESET_RDX;
	r->rip = 0xfff0;
	r->rflags = X86_EFLAGS_FIXED;
	reset_segments(r);
	r->gdt.limit = 0xffff;
	r->idt.limit = 0xffff;
	r->cr0 = X86_CR0_CD | X86_CR0_NW | X86_CR0_ET;
	r->pat = RESET_PAT;
	r->dr6 = 0xffff0ff0;
	r->dr7 = 0x400;
	r->xcr0 = 1;
	r->misc_enable = RESET_MISC_ENABLE;
	r->platform_info = MSR_PLATFORM_INFO_CPUID_FAULT;
	r->microcode = RESET_MICROCODE;
	r->apic_base = 0xfee00000 | MSR_IA32_APICBASE_ENABLE |
		       (vcpu->id ? 0 : MSR_IA32_APICBASE_BSP);
	xvcpu_tsc_reset(vcpu);
	r->here = XVCPU_REG_ALL;
	xvcpu_regs_changed(vcpu, XVCPU_REG_ALL);
}

/* A trap flag that was set before a skipped instruction traps after it. */
static void trap_after_instruction(struct xvcpu_vcpu *vcpu)
{
	xvcpu_regs_need(vcpu, XVCPU_REG_PENDING_DEBUG);
	vcpu->regs.pending_debug |= DR_STEP;
	xvcpu_regs_changed(vcpu, XVCPU_REG_PENDING_DEBUG);
}

/* RIP after the instruction; interruptibility is here. */
static void advance(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_regs *r = &vcpu->regs;
	u64 next = r->rip + vcpu->exit.insn_len;

	/* Only 64-bit code lies above 4 GiB. */
	if (unlikely((r->rip ^ next) >> 32) && !xvcpu_regs_64bit_code(vcpu))
		next = (u32)next;
	r->rip = next;
	xvcpu_regs_changed(vcpu, XVCPU_REG_RIP);
	if (unlikely(r->shadow & XVCPU_SHADOW_BLOCKING)) {
		r->shadow &= ~XVCPU_SHADOW_BLOCKING;
		xvcpu_regs_changed(vcpu, XVCPU_REG_SHADOW);
	}
}

/**
 * xvcpu_regs_step_over() - let RIP point after the instruction of the exit
 * @vcpu: the vCPU; the instruction's length is in vcpu->exit.
 *
 * Ends the blocking by STI and MOV SS, as an instruction does.
 *
 * Context: as for xvcpu_regs_need().
 */
void xvcpu_regs_step_over(struct xvcpu_vcpu *vcpu)
{
	xvcpu_regs_need(vcpu, XVCPU_REG_RIP | XVCPU_REG_SHADOW);
	advance(vcpu);
}

static noinline void skip_slowly(struct xvcpu_vcpu *vcpu)
{
	xvcpu_regs_need(vcpu, XVCPU_REG_SKIP);
	advance(vcpu);
	if (unlikely(xvcpu_debug_steps(vcpu)))
		trap_after_instruction(vcpu);
}

/**
 * xvcpu_regs_skip_instruction() - the instruction that caused the exit is done
 * @vcpu: the vCPU; the instruction's length is in vcpu->exit.
 *
 * Context: as for xvcpu_regs_need().
 */
void xvcpu_regs_skip_instruction(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_regs *r = &vcpu->regs;

	if (unlikely(~r->here & XVCPU_REG_SKIP) ||
	    unlikely(vcpu->debug.control) ||
	    unlikely(r->shadow & XVCPU_SHADOW_BLOCKING) ||
	    unlikely(!xvcpu_regs_skip_is_plain(r->rip, vcpu->exit.insn_len,
					       r->rflags))) {
		skip_slowly(vcpu);
		return;
	}
	r->rip += vcpu->exit.insn_len;
	r->dirty |= XVCPU_REG_RIP;
}

/**
 * xvcpu_regs_pull_to_skip() - read what it takes to skip an instruction later
 * @vcpu: the vCPU, after an exit that userspace completes.
 *
 * xvcpu_regs_skip_instruction() has it here then, wherever the VMCS is.
 *
 * Context: as for xvcpu_regs_pull().
 */
void xvcpu_regs_pull_to_skip(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_regs *r = &vcpu->regs;

	vcpu->exit.insn_len = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	if (likely(!(r->here & XVCPU_REG_SKIP))) {
		pull_groups(vcpu, XVCPU_REG_SKIP);
		r->here |= XVCPU_REG_SKIP;
	} else {
		xvcpu_regs_need(vcpu, XVCPU_REG_SKIP);
	}
	if (unlikely((r->rip ^ (r->rip + vcpu->exit.insn_len)) >> 32))
		xvcpu_regs_need(vcpu, XVCPU_REG_MODE);
	if (unlikely(xvcpu_debug_steps(vcpu)))
		xvcpu_regs_need(vcpu, XVCPU_REG_PENDING_DEBUG);
}
