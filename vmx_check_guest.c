// SPDX-License-Identifier: GPL-2.0
/*
 * The rules for the guest-state area of a VMCS but for the segment registers:
 * SDM, "Checks on Guest Control Registers, Debug Registers, and MSRs", "Checks on
 * Guest Descriptor-Table Registers", "Checks on Guest RIP, RFLAGS, and SSP",
 * "Checks on Guest Non-Register State", "Checks on Guest Page-Directory-Pointer-
 * Table Entries". A processor that finds one broken has left the host for a
 * moment: the entry ends like a VM exit, with reason 33.
 *
 * Context: pure functions.
 */
#include <xvcpu/check.h>

#include <linux/kernel.h>
#include <asm/msr-index.h>
#include <asm/page.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include <xvcpu/compat.h>
#include <xvcpu/segment.h>

#define V(name)		XVCPU_CHECK_VALUE(in, name)
#define F(name)		XVCPU_VMCS_##name
#define ENTRY(bit)	(V(VM_ENTRY_CONTROLS) & VM_ENTRY_##bit)

/* IA32_DEBUGCTL: LBR, BTF, BLD, then TR to FREEZE_WHILE_SMM and RTM. */
#define DEBUGCTL_EXISTS	(GENMASK_ULL(2, 0) | GENMASK_ULL(15, 6))

/* Flags that do not exist, and that which reads 1. */
#define RFLAGS_RESERVED	(GENMASK_ULL(63, 22) | BIT(15) | BIT(5) | BIT(3))

/* Pending debug exceptions. */
#define PENDING_BLD	BIT(11)
#define PENDING_ENABLED	BIT(12)
#define PENDING_STEP	BIT(14)
#define PENDING_RTM	BIT(16)
#define PENDING_EXIST	(GENMASK(3, 0) | PENDING_BLD | PENDING_ENABLED | \
			 PENDING_STEP | PENDING_RTM)

#define BLOCKING_SHADOW	(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)
#define BLOCKING_EXIST	GENMASK(4, 0)

#define BNDCFGS_RESERVED	GENMASK_ULL(11, 2)

/* The shadow bit of a VMCS's revision identifier; no link pointer at all. */
#define REVISION_SHADOW	BIT(31)
#define NO_LINK		(~0ULL)

#define PDPTE_PRESENT	BIT_ULL(0)
#define PDPTE_RESERVED	(GENMASK_ULL(2, 1) | GENMASK_ULL(8, 5))

/* --- control registers, debug registers, MSRs --- */

/* CD and NW are neither checked nor loaded. */
static bool cr0(const struct xvcpu_check_input *in, int i)
{
	u64 ignored = X86_CR0_CD | X86_CR0_NW;

	if (xvcpu_check_unrestricted(in))
		ignored |= X86_CR0_PE | X86_CR0_PG;
	return xvcpu_caps_cr_violation(V(GUEST_CR0),
				       in->caps->msr[VMX_CAP_CR0_FIXED0],
				       in->caps->msr[VMX_CAP_CR0_FIXED1]) &
	       ~ignored;
}

static bool paging(const struct xvcpu_check_input *in, int i)
{
	return (V(GUEST_CR0) & X86_CR0_PG) && !(V(GUEST_CR0) & X86_CR0_PE);
}

static bool cr4(const struct xvcpu_check_input *in, int i)
{
	return xvcpu_caps_cr_violation(V(GUEST_CR4),
				       in->caps->msr[VMX_CAP_CR4_FIXED0],
				       in->caps->msr[VMX_CAP_CR4_FIXED1]);
}

static bool cet(const struct xvcpu_check_input *in, int i)
{
	return (V(GUEST_CR4) & X86_CR4_CET) && !(V(GUEST_CR0) & X86_CR0_WP);
}

static bool debugctl(const struct xvcpu_check_input *in, int i)
{
	return ENTRY(LOAD_DEBUG_CONTROLS) &&
	       (V(GUEST_IA32_DEBUGCTL) & ~DEBUGCTL_EXISTS);
}

static bool ia32e_paging(const struct xvcpu_check_input *in, int i)
{
	return xvcpu_check_ia32e(in) && (!(V(GUEST_CR0) & X86_CR0_PG) ||
					 !(V(GUEST_CR4) & X86_CR4_PAE));
}

static bool pcide(const struct xvcpu_check_input *in, int i)
{
	return !xvcpu_check_ia32e(in) && (V(GUEST_CR4) & X86_CR4_PCIDE);
}

static bool cr3(const struct xvcpu_check_input *in, int i)
{
	return xvcpu_check_beyond_cr3(in, V(GUEST_CR3));
}

static bool dr7(const struct xvcpu_check_input *in, int i)
{
	return ENTRY(LOAD_DEBUG_CONTROLS) && V(GUEST_DR7) >> 32;
}

static bool sysenter(const struct xvcpu_check_input *in, int i)
{
	return !xvcpu_check_canonical(in,
				      XVCPU_CHECK_ROW(in, GUEST_SYSENTER_ESP, i));
}

static bool perf_global(const struct xvcpu_check_input *in, int i)
{
	return ENTRY(LOAD_IA32_PERF_GLOBAL_CTRL) &&
	       (V(GUEST_IA32_PERF_GLOBAL_CTRL) & ~in->perf_global);
}

static bool pat(const struct xvcpu_check_input *in, int i)
{
	return ENTRY(LOAD_IA32_PAT) && !xvcpu_check_pat(V(GUEST_IA32_PAT));
}

static bool efer(const struct xvcpu_check_input *in, int i)
{
	return ENTRY(LOAD_IA32_EFER) && (V(GUEST_IA32_EFER) & ~in->efer);
}

static bool efer_lma(const struct xvcpu_check_input *in, int i)
{
	return ENTRY(LOAD_IA32_EFER) &&
	       !(V(GUEST_IA32_EFER) & EFER_LMA) == xvcpu_check_ia32e(in);
}

static bool efer_lme(const struct xvcpu_check_input *in, int i)
{
	return ENTRY(LOAD_IA32_EFER) && (V(GUEST_CR0) & X86_CR0_PG) &&
	       !(V(GUEST_IA32_EFER) & EFER_LMA) !=
	       !(V(GUEST_IA32_EFER) & EFER_LME);
}

static bool bndcfgs(const struct xvcpu_check_input *in, int i)
{
	return ENTRY(LOAD_BNDCFGS) &&
	       ((V(GUEST_BNDCFGS) & BNDCFGS_RESERVED) ||
		!xvcpu_check_canonical(in, V(GUEST_BNDCFGS) & PAGE_MASK));
}

/* --- descriptor tables, RIP, RFLAGS --- */

static bool table_base(const struct xvcpu_check_input *in, int i)
{
	return !xvcpu_check_canonical(in,
				      XVCPU_CHECK_ROW(in, GUEST_GDTR_BASE, i));
}

static bool table_limit(const struct xvcpu_check_input *in, int i)
{
	return XVCPU_CHECK_ROW(in, GUEST_GDTR_LIMIT, i) >> 16;
}

static bool code64(const struct xvcpu_check_input *in)
{
	return xvcpu_check_ia32e(in) && (V(GUEST_CS_AR_BYTES) & BIT(13));
}

static bool rip(const struct xvcpu_check_input *in, int i)
{
	return !code64(in) && V(GUEST_RIP) >> 32;
}

/* It need not be canonical: the highest bit of the width is free. */
static bool rip_width(const struct xvcpu_check_input *in, int i)
{
	u64 above = (u64)((s64)V(GUEST_RIP) >> in->linear_bits);

	return code64(in) && above && above != ~0ULL;
}

static bool rflags(const struct xvcpu_check_input *in, int i)
{
	return (V(GUEST_RFLAGS) & RFLAGS_RESERVED) ||
	       !(V(GUEST_RFLAGS) & X86_EFLAGS_FIXED);
}

static bool rflags_vm(const struct xvcpu_check_input *in, int i)
{
	return (V(GUEST_RFLAGS) & X86_EFLAGS_VM) &&
	       (xvcpu_check_ia32e(in) || !(V(GUEST_CR0) & X86_CR0_PE));
}

static bool injects(const struct xvcpu_check_input *in, u32 type)
{
	return (V(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VALID_MASK) &&
	       (V(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_INTR_TYPE_MASK) == type;
}

static bool rflags_if(const struct xvcpu_check_input *in, int i)
{
	return injects(in, INTR_TYPE_EXT_INTR) &&
	       !(V(GUEST_RFLAGS) & X86_EFLAGS_IF);
}

/* --- non-register state --- */

static bool activity(const struct xvcpu_check_input *in, int i)
{
	u64 misc = in->caps->msr[VMX_CAP_MISC];
	u64 state = V(GUEST_ACTIVITY_STATE);

	return state > GUEST_ACTIVITY_WAIT_SIPI ||
	       (state != GUEST_ACTIVITY_ACTIVE &&
		!(misc & (VMX_MISC_ACTIVITY_HLT << (state - 1))));
}

static bool activity_hlt(const struct xvcpu_check_input *in, int i)
{
	return V(GUEST_ACTIVITY_STATE) == GUEST_ACTIVITY_HLT &&
	       ((V(GUEST_SS_AR_BYTES) >> 5) & 3);
}

static bool activity_blocking(const struct xvcpu_check_input *in, int i)
{
	return V(GUEST_ACTIVITY_STATE) != GUEST_ACTIVITY_ACTIVE &&
	       (V(GUEST_INTERRUPTIBILITY_INFO) & BLOCKING_SHADOW);
}

/* What wakes a CPU that has halted. */
static bool taken_by_hlt(const struct xvcpu_check_input *in, u32 vector)
{
	if (injects(in, INTR_TYPE_HARD_EXCEPTION))
		return vector == X86_TRAP_DB || vector == X86_TRAP_MC;
	return injects(in, INTR_TYPE_EXT_INTR) ||
	       injects(in, INTR_TYPE_NMI_INTR) ||
	       (injects(in, INTR_TYPE_OTHER_EVENT) && !vector);
}

static bool activity_event(const struct xvcpu_check_input *in, int i)
{
	u32 info = V(VM_ENTRY_INTR_INFO_FIELD);
	u32 vector = info & INTR_INFO_VECTOR_MASK;

	if (!(info & INTR_INFO_VALID_MASK))
		return false;
	switch (V(GUEST_ACTIVITY_STATE)) {
	case GUEST_ACTIVITY_HLT:
		return !taken_by_hlt(in, vector);
	case GUEST_ACTIVITY_SHUTDOWN:
		return !injects(in, INTR_TYPE_NMI_INTR) &&
		       !(injects(in, INTR_TYPE_HARD_EXCEPTION) &&
			 vector == X86_TRAP_MC);
	case GUEST_ACTIVITY_WAIT_SIPI:
		return true;
	default:
		return false;
	}
}

static bool blocking_reserved(const struct xvcpu_check_input *in, int i)
{
	return V(GUEST_INTERRUPTIBILITY_INFO) & ~(u64)BLOCKING_EXIST;
}

static bool blocking_both(const struct xvcpu_check_input *in, int i)
{
	return (V(GUEST_INTERRUPTIBILITY_INFO) & BLOCKING_SHADOW) ==
	       BLOCKING_SHADOW;
}

static bool blocking_sti(const struct xvcpu_check_input *in, int i)
{
	return (V(GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_STI) &&
	       !(V(GUEST_RFLAGS) & X86_EFLAGS_IF);
}

static bool blocking_interrupt(const struct xvcpu_check_input *in, int i)
{
	return injects(in, INTR_TYPE_EXT_INTR) &&
	       (V(GUEST_INTERRUPTIBILITY_INFO) & BLOCKING_SHADOW);
}

static bool blocking_nmi(const struct xvcpu_check_input *in, int i)
{
	return injects(in, INTR_TYPE_NMI_INTR) &&
	       (V(GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_MOV_SS);
}

static bool blocking_sti_nmi(const struct xvcpu_check_input *in, int i)
{
	return injects(in, INTR_TYPE_NMI_INTR) &&
	       (V(GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_STI);
}

static bool blocking_smi(const struct xvcpu_check_input *in, int i)
{
	return V(GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_SMI;
}

static bool blocking_virtual_nmi(const struct xvcpu_check_input *in, int i)
{
	return injects(in, INTR_TYPE_NMI_INTR) &&
	       (V(PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_VIRTUAL_NMIS) &&
	       (V(GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_NMI);
}

static bool blocking_enclave(const struct xvcpu_check_input *in, int i)
{
	u64 blocking = V(GUEST_INTERRUPTIBILITY_INFO);

	return (blocking & GUEST_INTR_STATE_ENCLAVE_INTR) &&
	       (!in->sgx || (blocking & GUEST_INTR_STATE_MOV_SS));
}

static bool pending_reserved(const struct xvcpu_check_input *in, int i)
{
	u64 exist = PENDING_EXIST;

	if (!in->bus_lock)
		exist &= ~PENDING_BLD;
	return V(GUEST_PENDING_DBG_EXCEPTIONS) & ~exist;
}

/* Where an instruction is being waited for, its trap is there already. */
static bool pending_step(const struct xvcpu_check_input *in, int i)
{
	bool steps = (V(GUEST_RFLAGS) & X86_EFLAGS_TF) &&
		     !(V(GUEST_IA32_DEBUGCTL) & DEBUGCTLMSR_BTF);
	bool pending = V(GUEST_PENDING_DBG_EXCEPTIONS) & PENDING_STEP;

	if (!(V(GUEST_INTERRUPTIBILITY_INFO) & BLOCKING_SHADOW) &&
	    V(GUEST_ACTIVITY_STATE) != GUEST_ACTIVITY_HLT)
		return false;
	return steps != pending;
}

static bool pending_rtm(const struct xvcpu_check_input *in, int i)
{
	u64 pending = V(GUEST_PENDING_DBG_EXCEPTIONS);

	return (pending & PENDING_RTM) &&
	       (!in->rtm || pending != (PENDING_RTM | PENDING_ENABLED) ||
		(V(GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_MOV_SS));
}

static bool link_address(const struct xvcpu_check_input *in, int i)
{
	u64 link = V(VMCS_LINK_POINTER);

	return link != NO_LINK && ((link & ~PAGE_MASK) ||
				   xvcpu_check_beyond(in, link));
}

static bool link_revision(const struct xvcpu_check_input *in, int i)
{
	u32 revision = vmx_caps_revision(in->caps);

	if (xvcpu_check_proc2(in) & SECONDARY_EXEC_SHADOW_VMCS)
		revision |= REVISION_SHADOW;
	return V(VMCS_LINK_POINTER) != NO_LINK && in->link_known &&
	       in->link_revision != revision;
}

static bool link_current(const struct xvcpu_check_input *in, int i)
{
	return V(VMCS_LINK_POINTER) == in->vmcs;
}

/* --- page-directory-pointer entries --- */

static bool pae_paging(const struct xvcpu_check_input *in)
{
	return (V(GUEST_CR0) & X86_CR0_PG) && (V(GUEST_CR4) & X86_CR4_PAE) &&
	       !xvcpu_check_ia32e(in);
}

/* Without EPT they are in memory, where nobody looks here. */
static bool pdpte(const struct xvcpu_check_input *in, int i)
{
	u64 entry = XVCPU_CHECK_ROW(in, GUEST_PDPTR0, i);

	return pae_paging(in) &&
	       (xvcpu_check_proc2(in) & SECONDARY_EXEC_ENABLE_EPT) &&
	       (entry & PDPTE_PRESENT) &&
	       ((entry & PDPTE_RESERVED) || xvcpu_check_beyond(in, entry));
}

/* First what many of the others follow from: virtual-8086 mode. */
static const struct xvcpu_check_rule registers[] = {
	{ XVCPU_RULE_GUEST_RFLAGS, rflags, .fields = { F(GUEST_RFLAGS) } },
	{ XVCPU_RULE_GUEST_RFLAGS_VM, rflags_vm,
	  .fields = { F(GUEST_RFLAGS), F(VM_ENTRY_CONTROLS), F(GUEST_CR0) } },
	{ XVCPU_RULE_GUEST_CR0, cr0,
	  .fields = { F(GUEST_CR0), F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_GUEST_PAGING, paging, .fields = { F(GUEST_CR0) } },
	{ XVCPU_RULE_GUEST_CR4, cr4, .fields = { F(GUEST_CR4) } },
	{ XVCPU_RULE_GUEST_CET, cet,
	  .fields = { F(GUEST_CR4), F(GUEST_CR0) } },
	{ XVCPU_RULE_GUEST_DEBUGCTL, debugctl,
	  .fields = { F(GUEST_IA32_DEBUGCTL), F(VM_ENTRY_CONTROLS) } },
	{ XVCPU_RULE_GUEST_IA32E_PAGING, ia32e_paging,
	  .fields = { F(GUEST_CR0), F(GUEST_CR4), F(VM_ENTRY_CONTROLS) } },
	{ XVCPU_RULE_GUEST_PCIDE, pcide,
	  .fields = { F(GUEST_CR4), F(VM_ENTRY_CONTROLS) } },
	{ XVCPU_RULE_GUEST_CR3, cr3, .fields = { F(GUEST_CR3) } },
	{ XVCPU_RULE_GUEST_DR7, dr7,
	  .fields = { F(GUEST_DR7), F(VM_ENTRY_CONTROLS) } },
	{ XVCPU_RULE_GUEST_SYSENTER, sysenter, 2, 1,
	  { F(GUEST_SYSENTER_ESP) } },
	{ XVCPU_RULE_GUEST_PERF_GLOBAL, perf_global,
	  .fields = { F(GUEST_IA32_PERF_GLOBAL_CTRL), F(VM_ENTRY_CONTROLS) } },
	{ XVCPU_RULE_GUEST_PAT, pat,
	  .fields = { F(GUEST_IA32_PAT), F(VM_ENTRY_CONTROLS) } },
	{ XVCPU_RULE_GUEST_EFER, efer,
	  .fields = { F(GUEST_IA32_EFER), F(VM_ENTRY_CONTROLS) } },
	{ XVCPU_RULE_GUEST_EFER_LMA, efer_lma,
	  .fields = { F(GUEST_IA32_EFER), F(VM_ENTRY_CONTROLS) } },
	{ XVCPU_RULE_GUEST_EFER_LME, efer_lme,
	  .fields = { F(GUEST_IA32_EFER), F(GUEST_CR0) } },
	{ XVCPU_RULE_GUEST_BNDCFGS, bndcfgs,
	  .fields = { F(GUEST_BNDCFGS), F(VM_ENTRY_CONTROLS) } },
};

static const struct xvcpu_check_rule others[] = {
	{ XVCPU_RULE_GUEST_TABLE_BASE, table_base, 2, 1,
	  { F(GUEST_GDTR_BASE) } },
	{ XVCPU_RULE_GUEST_TABLE_LIMIT, table_limit, 2, 1,
	  { F(GUEST_GDTR_LIMIT) } },
	{ XVCPU_RULE_GUEST_RIP, rip,
	  .fields = { F(GUEST_RIP), F(VM_ENTRY_CONTROLS),
		      F(GUEST_CS_AR_BYTES) } },
	{ XVCPU_RULE_GUEST_RIP_WIDTH, rip_width, .fields = { F(GUEST_RIP) } },
	{ XVCPU_RULE_GUEST_RFLAGS_IF, rflags_if,
	  .fields = { F(GUEST_RFLAGS), F(VM_ENTRY_INTR_INFO_FIELD) } },
	{ XVCPU_RULE_GUEST_ACTIVITY, activity,
	  .fields = { F(GUEST_ACTIVITY_STATE) } },
	{ XVCPU_RULE_GUEST_ACTIVITY_HLT, activity_hlt,
	  .fields = { F(GUEST_ACTIVITY_STATE), F(GUEST_SS_AR_BYTES) } },
	{ XVCPU_RULE_GUEST_ACTIVITY_BLOCKING, activity_blocking,
	  .fields = { F(GUEST_ACTIVITY_STATE),
		      F(GUEST_INTERRUPTIBILITY_INFO) } },
	{ XVCPU_RULE_GUEST_ACTIVITY_EVENT, activity_event,
	  .fields = { F(GUEST_ACTIVITY_STATE), F(VM_ENTRY_INTR_INFO_FIELD) } },
	{ XVCPU_RULE_GUEST_BLOCKING_RESERVED, blocking_reserved,
	  .fields = { F(GUEST_INTERRUPTIBILITY_INFO) } },
	{ XVCPU_RULE_GUEST_BLOCKING_BOTH, blocking_both,
	  .fields = { F(GUEST_INTERRUPTIBILITY_INFO) } },
	{ XVCPU_RULE_GUEST_BLOCKING_STI, blocking_sti,
	  .fields = { F(GUEST_INTERRUPTIBILITY_INFO), F(GUEST_RFLAGS) } },
	{ XVCPU_RULE_GUEST_BLOCKING_INTERRUPT, blocking_interrupt,
	  .fields = { F(GUEST_INTERRUPTIBILITY_INFO),
		      F(VM_ENTRY_INTR_INFO_FIELD) } },
	{ XVCPU_RULE_GUEST_BLOCKING_NMI, blocking_nmi,
	  .fields = { F(GUEST_INTERRUPTIBILITY_INFO),
		      F(VM_ENTRY_INTR_INFO_FIELD) } },
	{ XVCPU_RULE_GUEST_BLOCKING_STI_NMI, blocking_sti_nmi,
	  .fields = { F(GUEST_INTERRUPTIBILITY_INFO),
		      F(VM_ENTRY_INTR_INFO_FIELD) } },
	{ XVCPU_RULE_GUEST_BLOCKING_SMI, blocking_smi,
	  .fields = { F(GUEST_INTERRUPTIBILITY_INFO) } },
	{ XVCPU_RULE_GUEST_BLOCKING_VIRTUAL_NMI, blocking_virtual_nmi,
	  .fields = { F(GUEST_INTERRUPTIBILITY_INFO),
		      F(VM_ENTRY_INTR_INFO_FIELD),
		      F(PIN_BASED_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_GUEST_BLOCKING_ENCLAVE, blocking_enclave,
	  .fields = { F(GUEST_INTERRUPTIBILITY_INFO) } },
	{ XVCPU_RULE_GUEST_PENDING_RESERVED, pending_reserved,
	  .fields = { F(GUEST_PENDING_DBG_EXCEPTIONS) } },
	{ XVCPU_RULE_GUEST_PENDING_STEP, pending_step,
	  .fields = { F(GUEST_PENDING_DBG_EXCEPTIONS), F(GUEST_RFLAGS),
		      F(GUEST_INTERRUPTIBILITY_INFO),
		      F(GUEST_ACTIVITY_STATE) } },
	{ XVCPU_RULE_GUEST_PENDING_RTM, pending_rtm,
	  .fields = { F(GUEST_PENDING_DBG_EXCEPTIONS),
		      F(GUEST_INTERRUPTIBILITY_INFO) } },
	{ XVCPU_RULE_GUEST_LINK_ADDRESS, link_address,
	  .fields = { F(VMCS_LINK_POINTER) } },
	{ XVCPU_RULE_GUEST_LINK_REVISION, link_revision,
	  .fields = { F(VMCS_LINK_POINTER), F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_GUEST_LINK_CURRENT, link_current,
	  .fields = { F(VMCS_LINK_POINTER) } },
	{ XVCPU_RULE_GUEST_PDPTE, pdpte, 4, 1, { F(GUEST_PDPTR0) } },
};

/**
 * xvcpu_check_guest() - check the guest-state area
 * @in: the VMCS.
 * @found: the rules that are broken are added to it.
 */
void xvcpu_check_guest(const struct xvcpu_check_input *in,
		       struct xvcpu_check_found *found)
{
	xvcpu_check_rules(in, registers, ARRAY_SIZE(registers), found);
	xvcpu_check_segments(in, found);
	xvcpu_check_rules(in, others, ARRAY_SIZE(others), found);
}
