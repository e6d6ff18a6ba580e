// SPDX-License-Identifier: GPL-2.0
/*
 * The rules for the host-state area of a VMCS: SDM, "Checks on Host Control
 * Registers, MSRs, and SSP", "Checks on Host Segment and Descriptor-Table
 * Registers", "Checks Related to Address-Space Size". A processor that finds one
 * broken ends VMLAUNCH or VMRESUME with error 8.
 *
 * The host is in IA-32e mode: this module builds for no other.
 *
 * Context: pure functions.
 */
#include <xvcpu/check.h>

#include <linux/kernel.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <xvcpu/compat.h>

#define V(name)		XVCPU_CHECK_VALUE(in, name)
#define F(name)		XVCPU_VMCS_##name
#define EXIT(bit)	(V(VM_EXIT_CONTROLS) & VM_EXIT_##bit)

/* TI and RPL of a selector. */
#define SELECTOR_FLAGS	7

/* CD and NW are neither checked nor loaded. */
static bool cr0(const struct xvcpu_check_input *in, int i)
{
	return xvcpu_caps_cr_violation(V(HOST_CR0),
				       in->caps->msr[VMX_CAP_CR0_FIXED0],
				       in->caps->msr[VMX_CAP_CR0_FIXED1]) &
	       ~(X86_CR0_CD | X86_CR0_NW);
}

static bool cr4(const struct xvcpu_check_input *in, int i)
{
	return xvcpu_caps_cr_violation(V(HOST_CR4),
				       in->caps->msr[VMX_CAP_CR4_FIXED0],
				       in->caps->msr[VMX_CAP_CR4_FIXED1]);
}

static bool cr3(const struct xvcpu_check_input *in, int i)
{
	return xvcpu_check_beyond_cr3(in, V(HOST_CR3));
}

static bool sysenter(const struct xvcpu_check_input *in, int i)
{
	return !xvcpu_check_canonical(in,
			XVCPU_CHECK_ROW(in, HOST_IA32_SYSENTER_ESP, i));
}

static bool perf_global(const struct xvcpu_check_input *in, int i)
{
	return EXIT(LOAD_IA32_PERF_GLOBAL_CTRL) &&
	       (V(HOST_IA32_PERF_GLOBAL_CTRL) & ~in->perf_global);
}

static bool pat(const struct xvcpu_check_input *in, int i)
{
	return EXIT(LOAD_IA32_PAT) && !xvcpu_check_pat(V(HOST_IA32_PAT));
}

static bool efer(const struct xvcpu_check_input *in, int i)
{
	return EXIT(LOAD_IA32_EFER) && (V(HOST_IA32_EFER) & ~in->efer);
}

static bool efer_mode(const struct xvcpu_check_input *in, int i)
{
	u64 mode = EXIT(HOST_ADDR_SPACE_SIZE) ? EFER_LMA | EFER_LME : 0;

	return EXIT(LOAD_IA32_EFER) &&
	       (V(HOST_IA32_EFER) & (EFER_LMA | EFER_LME)) != mode;
}

static bool selector(const struct xvcpu_check_input *in, int i)
{
	return XVCPU_CHECK_ROW(in, HOST_ES_SELECTOR, i) & SELECTOR_FLAGS;
}

static bool cs_null(const struct xvcpu_check_input *in, int i)
{
	return !V(HOST_CS_SELECTOR);
}

static bool tr_null(const struct xvcpu_check_input *in, int i)
{
	return !V(HOST_TR_SELECTOR);
}

static bool ss_null(const struct xvcpu_check_input *in, int i)
{
	return !EXIT(HOST_ADDR_SPACE_SIZE) && !V(HOST_SS_SELECTOR);
}

static bool base(const struct xvcpu_check_input *in, int i)
{
	return !xvcpu_check_canonical(in, XVCPU_CHECK_ROW(in, HOST_FS_BASE, i));
}

static bool address_space(const struct xvcpu_check_input *in, int i)
{
	return !EXIT(HOST_ADDR_SPACE_SIZE);
}

static bool pae(const struct xvcpu_check_input *in, int i)
{
	return EXIT(HOST_ADDR_SPACE_SIZE) && !(V(HOST_CR4) & X86_CR4_PAE);
}

static bool pcide(const struct xvcpu_check_input *in, int i)
{
	return !EXIT(HOST_ADDR_SPACE_SIZE) && (V(HOST_CR4) & X86_CR4_PCIDE);
}

static bool rip(const struct xvcpu_check_input *in, int i)
{
	return EXIT(HOST_ADDR_SPACE_SIZE) ?
	       !xvcpu_check_canonical(in, V(HOST_RIP)) : V(HOST_RIP) >> 32;
}

static const struct xvcpu_check_rule rules[] = {
	{ XVCPU_RULE_HOST_CR0, cr0, .fields = { F(HOST_CR0) } },
	{ XVCPU_RULE_HOST_CR4, cr4, .fields = { F(HOST_CR4) } },
	{ XVCPU_RULE_HOST_CR3, cr3, .fields = { F(HOST_CR3) } },
	{ XVCPU_RULE_HOST_SYSENTER, sysenter, 2, 1,
	  { F(HOST_IA32_SYSENTER_ESP) } },
	{ XVCPU_RULE_HOST_PERF_GLOBAL, perf_global,
	  .fields = { F(HOST_IA32_PERF_GLOBAL_CTRL), F(VM_EXIT_CONTROLS) } },
	{ XVCPU_RULE_HOST_PAT, pat,
	  .fields = { F(HOST_IA32_PAT), F(VM_EXIT_CONTROLS) } },
	{ XVCPU_RULE_HOST_EFER, efer,
	  .fields = { F(HOST_IA32_EFER), F(VM_EXIT_CONTROLS) } },
	{ XVCPU_RULE_HOST_EFER_MODE, efer_mode,
	  .fields = { F(HOST_IA32_EFER), F(VM_EXIT_CONTROLS) } },
	{ XVCPU_RULE_HOST_SELECTOR, selector, 7, 1, { F(HOST_ES_SELECTOR) } },
	{ XVCPU_RULE_HOST_SELECTOR_NULL, cs_null,
	  .fields = { F(HOST_CS_SELECTOR) } },
	{ XVCPU_RULE_HOST_SELECTOR_NULL, tr_null,
	  .fields = { F(HOST_TR_SELECTOR) } },
	{ XVCPU_RULE_HOST_SS_NULL, ss_null,
	  .fields = { F(HOST_SS_SELECTOR), F(VM_EXIT_CONTROLS) } },
	/* FS, GS, TR, GDTR, IDTR. */
	{ XVCPU_RULE_HOST_BASE, base, 5, 1, { F(HOST_FS_BASE) } },
	{ XVCPU_RULE_HOST_ADDRESS_SPACE, address_space,
	  .fields = { F(VM_EXIT_CONTROLS), F(VM_ENTRY_CONTROLS) } },
	{ XVCPU_RULE_HOST_PAE, pae,
	  .fields = { F(HOST_CR4), F(VM_EXIT_CONTROLS) } },
	{ XVCPU_RULE_HOST_PCIDE, pcide,
	  .fields = { F(HOST_CR4), F(VM_EXIT_CONTROLS) } },
	{ XVCPU_RULE_HOST_RIP, rip,
	  .fields = { F(HOST_RIP), F(VM_EXIT_CONTROLS) } },
};

/**
 * xvcpu_check_host() - check the host-state area
 * @in: the VMCS.
 * @found: the rules that are broken are added to it.
 */
void xvcpu_check_host(const struct xvcpu_check_input *in,
		      struct xvcpu_check_found *found)
{
	xvcpu_check_rules(in, rules, ARRAY_SIZE(rules), found);
}
