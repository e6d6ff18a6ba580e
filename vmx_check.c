// SPDX-License-Identifier: GPL-2.0
/*
 * The checks of a VM entry: how a table of rules is gone through, what several
 * of them need, and the list of MSRs to load, which is looked at entry by entry.
 *
 * They are what the processor does by itself, over again, to name the rule that
 * was broken. Rules of one kind are all gone through, where the processor stops
 * at the first. Features that this module has no names for are not checked:
 * control-flow enforcement, processor trace, protection keys, user interrupts.
 *
 * Context: pure functions.
 */
#include <xvcpu/check.h>

#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/msr-index.h>
#include <xvcpu/compat.h>

/* PAT memory types that exist: UC, WC, WT, WP, WB, UC-. */
#define PAT_TYPES	(BIT(0) | BIT(1) | BIT(4) | BIT(5) | BIT(6) | BIT(7))

/* IA32_SMM_MONITOR_CTL and IA32_SMBASE are for SMM, 0x800 to 0x8ff for x2APIC. */
#define X2APIC_RANGE	0x8

/* Where struct xvcpu_check_input has a field, and the SDM. */
const u16 xvcpu_check_encodings[XVCPU_VMCS_NR] = {
	0,
#define FIELD(name)	name,
#include <xvcpu/check_fields.h>
#undef FIELD
};

/**
 * xvcpu_check_proc2() - the secondary processor-based controls that are in force
 * @in: the VMCS.
 *
 * Return: they, none if they are not activated.
 */
u32 xvcpu_check_proc2(const struct xvcpu_check_input *in)
{
	if (!(XVCPU_CHECK_VALUE(in, CPU_BASED_VM_EXEC_CONTROL) &
	      CPU_BASED_ACTIVATE_SECONDARY_CONTROLS))
		return 0;
	return XVCPU_CHECK_VALUE(in, SECONDARY_VM_EXEC_CONTROL);
}

/**
 * xvcpu_check_canonical() - whether an address is canonical
 * @in: the processor.
 * @address: the address.
 *
 * Return: true if it is.
 */
bool xvcpu_check_canonical(const struct xvcpu_check_input *in, u64 address)
{
	u8 shift = 64 - in->linear_bits;

	return (u64)((s64)(address << shift) >> shift) == address;
}

/**
 * xvcpu_check_pat() - whether the memory types of a PAT exist
 * @pat: IA32_PAT.
 *
 * Return: true if all do.
 */
bool xvcpu_check_pat(u64 pat)
{
	int i;

	for (i = 0; i < 8; i++, pat >>= 8)
		if ((u8)pat > 7 || !(PAT_TYPES & BIT((u8)pat)))
			return false;
	return true;
}

static struct xvcpu_failure_rule *add(struct xvcpu_check_found *found, u32 id)
{
	struct xvcpu_failure_rule *rule = NULL;

	if (found->nr < XVCPU_FAILURE_RULES) {
		rule = &found->rules[found->nr];
		memset(rule, 0, sizeof(*rule));
		rule->rule = id;
	}
	found->nr++;
	return rule;
}

static void add_field(struct xvcpu_failure_rule *rule, u32 encoding, u64 value)
{
	struct xvcpu_failure_field *field = &rule->fields[rule->nr_fields++];

	field->encoding = encoding;
	field->value = value;
}

static void add_broken(const struct xvcpu_check_input *in,
		       const struct xvcpu_check_rule *r, int i,
		       struct xvcpu_check_found *found)
{
	struct xvcpu_failure_rule *rule = add(found, r->id);
	int f, n;

	for (n = 0; rule && n < XVCPU_FAILURE_FIELDS && r->fields[n]; n++) {
		f = r->fields[n] + (n < r->nr_rows ? i : 0);
		add_field(rule, xvcpu_check_encodings[f], in->value[f]);
	}
}

/**
 * xvcpu_check_rules() - go through a table of rules
 * @in: the VMCS.
 * @rules: the rules.
 * @nr: how many.
 * @found: those that are broken are added to it.
 */
void xvcpu_check_rules(const struct xvcpu_check_input *in,
		       const struct xvcpu_check_rule *rules, size_t nr,
		       struct xvcpu_check_found *found)
{
	const struct xvcpu_check_rule *r;
	int i;

	for (r = rules; r < rules + nr; r++)
		for (i = 0; i < max_t(int, r->row, 1); i++)
			if (r->broken(in, i))
				add_broken(in, r, i, found);
}

/* SDM, "Loading MSRs"; what WRMSR would do with the value is not known here. */
static u32 broken_msr(const struct xvcpu_check_msr *msr)
{
	u32 index = msr->index;

	if (msr->index >> 32)
		return XVCPU_RULE_MSR_RESERVED;
	if (index == MSR_FS_BASE || index == MSR_GS_BASE)
		return XVCPU_RULE_MSR_BASE;
	if (index >> 8 == X2APIC_RANGE)
		return XVCPU_RULE_MSR_X2APIC;
	if (index == MSR_IA32_SMM_MONITOR_CTL || index == MSR_IA32_SMBASE)
		return XVCPU_RULE_MSR_SMM;
	return 0;
}

/**
 * xvcpu_check_msr_refused() - an entry of the MSR-load list was refused
 * @in: the VMCS.
 * @entry: which, counted from 1: the exit qualification.
 * @found: the rule is added to it.
 */
void xvcpu_check_msr_refused(const struct xvcpu_check_input *in, u32 entry,
			     struct xvcpu_check_found *found)
{
	const struct xvcpu_check_msr *msr;
	struct xvcpu_failure_rule *rule;
	u32 id;

	if (!entry || entry > in->nr_msrs)
		return;
	msr = &in->msrs[entry - 1];
	id = broken_msr(msr);
	rule = add(found, id ? id : XVCPU_RULE_MSR_VALUE);
	if (!rule)
		return;
	add_field(rule, XVCPU_FAILURE_MSR_INDEX, msr->index);
	add_field(rule, XVCPU_FAILURE_MSR_VALUE, msr->value);
	add_field(rule, XVCPU_FAILURE_MSR_ENTRY, entry);
}

/**
 * xvcpu_check_msrs() - check the VM-entry MSR-load list
 * @in: the VMCS.
 * @found: the first entry that cannot be loaded is added to it.
 */
void xvcpu_check_msrs(const struct xvcpu_check_input *in,
		      struct xvcpu_check_found *found)
{
	u32 i;

	for (i = 0; i < in->nr_msrs; i++) {
		if (!broken_msr(&in->msrs[i]))
			continue;
		xvcpu_check_msr_refused(in, i + 1, found);
		return;
	}
}

/**
 * xvcpu_check_all() - check all of a VMCS
 * @in: the VMCS.
 * @found: the rules that are broken are added to it, in the processor's order.
 */
void xvcpu_check_all(const struct xvcpu_check_input *in,
		     struct xvcpu_check_found *found)
{
	xvcpu_check_controls(in, found);
	xvcpu_check_host(in, found);
	xvcpu_check_guest(in, found);
	xvcpu_check_msrs(in, found);
}
