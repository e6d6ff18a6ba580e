// SPDX-License-Identifier: GPL-2.0
/*
 * The rules for the guest's segment registers: SDM, "Checks on Guest Segment
 * Registers". They are for virtual-8086 mode, or for all other modes; in those,
 * what is in a register that is unusable hardly matters, but for CS and TR.
 *
 * Context: pure functions.
 */
#include <xvcpu/check.h>

#include <linux/kernel.h>
#include <asm/processor-flags.h>
#include <xvcpu/segment.h>

#define V(name)		XVCPU_CHECK_VALUE(in, name)
#define F(name)		XVCPU_VMCS_##name

/* Access rights of a data segment in virtual-8086 mode. */
#define V86_RIGHTS	0xf3

/* Types. */
#define TYPE_DATA_RW	3
#define TYPE_DATA_DOWN	7
#define TYPE_CONFORMING	12

#define SELECTOR_TI	BIT(2)
#define RPL(selector)	((selector) & 3)

/* The rows begin with these. */
#define SELECTOR(i)	XVCPU_CHECK_ROW(in, GUEST_ES_SELECTOR, i)
#define BASE(i)		XVCPU_CHECK_ROW(in, GUEST_ES_BASE, i)
#define LIMIT(i)	XVCPU_CHECK_ROW(in, GUEST_ES_LIMIT, i)
#define RIGHTS(i)	XVCPU_CHECK_ROW(in, GUEST_ES_AR_BYTES, i)
#define TYPE(i)		(RIGHTS(i) & VMX_AR_TYPE_MASK)

static bool v86(const struct xvcpu_check_input *in)
{
	return V(GUEST_RFLAGS) & X86_EFLAGS_VM;
}

static bool usable(const struct xvcpu_check_input *in, int i)
{
	return !(RIGHTS(i) & VMX_AR_UNUSABLE_MASK);
}

/* Whether what its access rights say has to make sense. */
static bool counts(const struct xvcpu_check_input *in, int i)
{
	if (i == XVCPU_TR)
		return true;
	if (i == XVCPU_LDTR)
		return usable(in, i);
	return !v86(in) && (i == XVCPU_CS || usable(in, i));
}

static bool is_data(int i)
{
	return i == XVCPU_ES || (i >= XVCPU_DS && i <= XVCPU_GS);
}

static bool selector_ti(const struct xvcpu_check_input *in, int i)
{
	return i >= XVCPU_LDTR && counts(in, i) && (SELECTOR(i) & SELECTOR_TI);
}

static bool ss_rpl(const struct xvcpu_check_input *in, int i)
{
	return !v86(in) && !xvcpu_check_unrestricted(in) &&
	       RPL(SELECTOR(XVCPU_SS)) != RPL(SELECTOR(XVCPU_CS));
}

static bool v86_base(const struct xvcpu_check_input *in, int i)
{
	return v86(in) && BASE(i) != SELECTOR(i) << 4;
}

static bool v86_limit(const struct xvcpu_check_input *in, int i)
{
	return v86(in) && LIMIT(i) != 0xffff;
}

static bool v86_rights(const struct xvcpu_check_input *in, int i)
{
	return v86(in) && RIGHTS(i) != V86_RIGHTS;
}

/* In virtual-8086 mode the bases of FS and GS cannot be wrong any more. */
static bool base(const struct xvcpu_check_input *in, int i)
{
	return i >= XVCPU_FS && (i != XVCPU_LDTR || usable(in, i)) &&
	       !xvcpu_check_canonical(in, BASE(i));
}

static bool base_high(const struct xvcpu_check_input *in, int i)
{
	return counts(in, i) && BASE(i) >> 32;
}

static bool cs_type(const struct xvcpu_check_input *in, int i)
{
	u32 type = TYPE(XVCPU_CS);

	if (v86(in))
		return false;
	if (type == TYPE_DATA_RW)
		return !xvcpu_check_unrestricted(in);
	return !(type & VMX_AR_TYPE_CODE_MASK) || !(type & VMX_AR_TYPE_ACCESSES_MASK);
}

static bool ss_type(const struct xvcpu_check_input *in, int i)
{
	return counts(in, XVCPU_SS) && TYPE(XVCPU_SS) != TYPE_DATA_RW &&
	       TYPE(XVCPU_SS) != TYPE_DATA_DOWN;
}

static bool data_type(const struct xvcpu_check_input *in, int i)
{
	u32 type = TYPE(i);

	return is_data(i) && counts(in, i) &&
	       (!(type & VMX_AR_TYPE_ACCESSES_MASK) ||
		((type & VMX_AR_TYPE_CODE_MASK) && !(type & VMX_AR_TYPE_READABLE_MASK)));
}

static bool segment_s(const struct xvcpu_check_input *in, int i)
{
	bool system = i >= XVCPU_LDTR;

	return counts(in, i) && !(RIGHTS(i) & VMX_AR_S_MASK) != system;
}

/* Of a segment that is not conforming, or of one that is. */
static bool code_dpl(u32 type, u32 dpl, u32 ss_dpl)
{
	switch (type) {
	case 9:
	case 11:
		return dpl != ss_dpl;
	case 13:
	case 15:
		return dpl > ss_dpl;
	default:
		return false;
	}
}

static bool cs_dpl(const struct xvcpu_check_input *in, int i)
{
	u32 dpl = VMX_AR_DPL(RIGHTS(XVCPU_CS));

	if (v86(in))
		return false;
	if (TYPE(XVCPU_CS) == TYPE_DATA_RW)
		return dpl;
	return code_dpl(TYPE(XVCPU_CS), dpl, VMX_AR_DPL(RIGHTS(XVCPU_SS)));
}

/* Even if SS is unusable: its DPL is the CPL. */
static bool ss_dpl(const struct xvcpu_check_input *in, int i)
{
	u32 dpl = VMX_AR_DPL(RIGHTS(XVCPU_SS));

	if (v86(in))
		return false;
	if (!xvcpu_check_unrestricted(in) && dpl != RPL(SELECTOR(XVCPU_SS)))
		return true;
	return dpl && (TYPE(XVCPU_CS) == TYPE_DATA_RW ||
		       !(V(GUEST_CR0) & X86_CR0_PE));
}

/* Conforming code segments are at every level. */
static bool data_dpl(const struct xvcpu_check_input *in, int i)
{
	return is_data(i) && counts(in, i) && !xvcpu_check_unrestricted(in) &&
	       TYPE(i) < TYPE_CONFORMING && VMX_AR_DPL(RIGHTS(i)) < RPL(SELECTOR(i));
}

static bool segment_present(const struct xvcpu_check_input *in, int i)
{
	return counts(in, i) && !(RIGHTS(i) & VMX_AR_P_MASK);
}

static bool segment_reserved(const struct xvcpu_check_input *in, int i)
{
	return counts(in, i) && (RIGHTS(i) & VMX_AR_RESERVD_MASK);
}

static bool cs_size(const struct xvcpu_check_input *in, int i)
{
	u32 both = VMX_AR_L_MASK | VMX_AR_DB_MASK;

	return !v86(in) && xvcpu_check_ia32e(in) &&
	       (RIGHTS(XVCPU_CS) & both) == both;
}

static bool segment_limit(const struct xvcpu_check_input *in, int i)
{
	if (!counts(in, i))
		return false;
	return RIGHTS(i) & VMX_AR_G_MASK ? (LIMIT(i) & 0xfff) != 0xfff : LIMIT(i) >> 20;
}

static bool tr_type(const struct xvcpu_check_input *in, int i)
{
	return TYPE(XVCPU_TR) != VMX_AR_TYPE_BUSY_64_TSS &&
	       (xvcpu_check_ia32e(in) || TYPE(XVCPU_TR) != VMX_AR_TYPE_BUSY_16_TSS);
}

static bool ldtr_type(const struct xvcpu_check_input *in, int i)
{
	return usable(in, XVCPU_LDTR) && TYPE(XVCPU_LDTR) != VMX_AR_TYPE_LDT;
}

static bool tr_unusable(const struct xvcpu_check_input *in, int i)
{
	return !usable(in, XVCPU_TR);
}

#define ALL	XVCPU_NR_SEGS
#define USERS	(XVCPU_GS + 1)
#define LOW	(XVCPU_DS + 1)

static const struct xvcpu_check_rule rules[] = {
	{ XVCPU_RULE_GUEST_SELECTOR_TI, selector_ti, ALL, 1,
	  { F(GUEST_ES_SELECTOR) } },
	{ XVCPU_RULE_GUEST_SS_RPL, ss_rpl,
	  .fields = { F(GUEST_SS_SELECTOR), F(GUEST_CS_SELECTOR),
		      F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_GUEST_V86_BASE, v86_base, USERS, 2,
	  { F(GUEST_ES_BASE), F(GUEST_ES_SELECTOR), F(GUEST_RFLAGS) } },
	{ XVCPU_RULE_GUEST_V86_LIMIT, v86_limit, USERS, 1,
	  { F(GUEST_ES_LIMIT), F(GUEST_RFLAGS) } },
	{ XVCPU_RULE_GUEST_V86_RIGHTS, v86_rights, USERS, 1,
	  { F(GUEST_ES_AR_BYTES), F(GUEST_RFLAGS) } },
	{ XVCPU_RULE_GUEST_BASE, base, ALL, 1, { F(GUEST_ES_BASE) } },
	{ XVCPU_RULE_GUEST_BASE_HIGH, base_high, LOW, 2,
	  { F(GUEST_ES_BASE), F(GUEST_ES_AR_BYTES) } },
	{ XVCPU_RULE_GUEST_CS_TYPE, cs_type,
	  .fields = { F(GUEST_CS_AR_BYTES), F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_GUEST_SS_TYPE, ss_type,
	  .fields = { F(GUEST_SS_AR_BYTES) } },
	{ XVCPU_RULE_GUEST_DATA_TYPE, data_type, USERS, 1,
	  { F(GUEST_ES_AR_BYTES) } },
	{ XVCPU_RULE_GUEST_SEGMENT_S, segment_s, ALL, 1,
	  { F(GUEST_ES_AR_BYTES) } },
	{ XVCPU_RULE_GUEST_CS_DPL, cs_dpl,
	  .fields = { F(GUEST_CS_AR_BYTES), F(GUEST_SS_AR_BYTES) } },
	{ XVCPU_RULE_GUEST_SS_DPL, ss_dpl,
	  .fields = { F(GUEST_SS_AR_BYTES), F(GUEST_SS_SELECTOR),
		      F(GUEST_CS_AR_BYTES), F(GUEST_CR0) } },
	{ XVCPU_RULE_GUEST_DATA_DPL, data_dpl, USERS, 2,
	  { F(GUEST_ES_AR_BYTES), F(GUEST_ES_SELECTOR),
	    F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_GUEST_SEGMENT_PRESENT, segment_present, ALL, 1,
	  { F(GUEST_ES_AR_BYTES) } },
	{ XVCPU_RULE_GUEST_SEGMENT_RESERVED, segment_reserved, ALL, 1,
	  { F(GUEST_ES_AR_BYTES) } },
	{ XVCPU_RULE_GUEST_CS_SIZE, cs_size,
	  .fields = { F(GUEST_CS_AR_BYTES), F(VM_ENTRY_CONTROLS) } },
	{ XVCPU_RULE_GUEST_SEGMENT_LIMIT, segment_limit, ALL, 2,
	  { F(GUEST_ES_LIMIT), F(GUEST_ES_AR_BYTES) } },
	{ XVCPU_RULE_GUEST_TR_TYPE, tr_type,
	  .fields = { F(GUEST_TR_AR_BYTES), F(VM_ENTRY_CONTROLS) } },
	{ XVCPU_RULE_GUEST_LDTR_TYPE, ldtr_type,
	  .fields = { F(GUEST_LDTR_AR_BYTES) } },
	{ XVCPU_RULE_GUEST_TR_UNUSABLE, tr_unusable,
	  .fields = { F(GUEST_TR_AR_BYTES) } },
};

/**
 * xvcpu_check_segments() - check the guest's segment registers
 * @in: the VMCS.
 * @found: the rules that are broken are added to it.
 */
void xvcpu_check_segments(const struct xvcpu_check_input *in,
			  struct xvcpu_check_found *found)
{
	xvcpu_check_rules(in, rules, ARRAY_SIZE(rules), found);
}
