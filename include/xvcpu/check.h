/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The checks that a processor makes of a VMCS before it enters a guest, as pure
 * functions: SDM, chapter "VM Entries".
 */
#ifndef _XVCPU_CHECK_H
#define _XVCPU_CHECK_H

#include <linux/bits.h>
#include <linux/types.h>
#include <asm/vmx.h>
#include <uapi/linux/xvcpu.h>
#include <xvcpu/caps.h>

/* One value of struct xvcpu_check_input each; 0 is none. */
enum xvcpu_check_field {
	XVCPU_VMCS_NONE,
#define FIELD(name)	XVCPU_VMCS_##name,
#include <xvcpu/check_fields.h>
#undef FIELD
	XVCPU_VMCS_NR
};

/* Of more entries of the VM-entry MSR-load list the first are looked at. */
#define XVCPU_CHECK_MSRS	8

/**
 * struct xvcpu_check_msr - an entry of an MSR list in memory
 * @index: the MSR, and 32 reserved bits.
 * @value: its value.
 */
struct xvcpu_check_msr {
	u64 index;
	u64 value;
};

/**
 * struct xvcpu_check_input - a VMCS, and the processor that is to enter it
 * @value: the fields, 0 where the processor lacks one.
 * @caps: the processor's capability MSRs.
 * @vmcs: physical address of the VMCS.
 * @physical_bits: width of physical addresses.
 * @linear_bits: width of linear addresses.
 * @efer: the bits that IA32_EFER has.
 * @perf_global: the bits that IA32_PERF_GLOBAL_CTRL has.
 * @rtm: transactions can be debugged.
 * @bus_lock: bus locks raise debug exceptions.
 * @sgx: there are enclaves.
 * @lam: CR3 has the two bits for linear-address masking.
 * @link_known: @link_revision was read.
 * @link_revision: the first 4 bytes of what the VMCS link pointer points to.
 * @tpr_known: @tpr was read.
 * @tpr: the virtual TPR, a byte of the virtual-APIC page.
 * @nr_msrs: how many entries of the VM-entry MSR-load list were read.
 * @msrs: they.
 */
struct xvcpu_check_input {
	u64 value[XVCPU_VMCS_NR];
	const struct vmx_caps *caps;
	u64 vmcs;
	u8 physical_bits;
	u8 linear_bits;
	u64 efer;
	u64 perf_global;
	bool rtm;
	bool bus_lock;
	bool sgx;
	bool lam;
	bool link_known;
	u32 link_revision;
	bool tpr_known;
	u8 tpr;
	u32 nr_msrs;
	struct xvcpu_check_msr msrs[XVCPU_CHECK_MSRS];
};

/**
 * struct xvcpu_check_rule - a rule, for one field or for each of a row of them
 * @id: its number.
 * @broken: whether it is broken; @i counts in the row.
 * @row: how many there are in the row, 0 for no row.
 * @nr_rows: so many of @fields are the first of a row.
 * @fields: what the rule is about; the rows come first.
 */
struct xvcpu_check_rule {
	u16 id;
	bool (*broken)(const struct xvcpu_check_input *in, int i);
	u8 row;
	u8 nr_rows;
	u8 fields[XVCPU_FAILURE_FIELDS];
};

/**
 * struct xvcpu_check_found - the rules that were found broken
 * @nr: how many.
 * @rules: the first of them.
 */
struct xvcpu_check_found {
	u32 nr;
	struct xvcpu_failure_rule rules[XVCPU_FAILURE_RULES];
};

extern const u16 xvcpu_check_encodings[XVCPU_VMCS_NR];

void xvcpu_check_rules(const struct xvcpu_check_input *in,
		       const struct xvcpu_check_rule *rules, size_t nr,
		       struct xvcpu_check_found *found);
void xvcpu_check_controls(const struct xvcpu_check_input *in,
			  struct xvcpu_check_found *found);
void xvcpu_check_host(const struct xvcpu_check_input *in,
		      struct xvcpu_check_found *found);
void xvcpu_check_guest(const struct xvcpu_check_input *in,
		       struct xvcpu_check_found *found);
void xvcpu_check_segments(const struct xvcpu_check_input *in,
			  struct xvcpu_check_found *found);
void xvcpu_check_msrs(const struct xvcpu_check_input *in,
		      struct xvcpu_check_found *found);
void xvcpu_check_msr_refused(const struct xvcpu_check_input *in, u32 entry,
			     struct xvcpu_check_found *found);
void xvcpu_check_all(const struct xvcpu_check_input *in,
		     struct xvcpu_check_found *found);

/* A field's value, by the field's name. */
#define XVCPU_CHECK_VALUE(in, name)	((in)->value[XVCPU_VMCS_##name])

/* The value of the field at @i of a row. */
#define XVCPU_CHECK_ROW(in, first, i)	((in)->value[XVCPU_VMCS_##first + (i)])

u32 xvcpu_check_proc2(const struct xvcpu_check_input *in);
bool xvcpu_check_canonical(const struct xvcpu_check_input *in, u64 address);
bool xvcpu_check_pat(u64 pat);

static inline bool xvcpu_check_beyond(const struct xvcpu_check_input *in,
				      u64 address)
{
	return address >> in->physical_bits;
}

/* Two bits of CR3 are for linear-address masking, where there is that. */
static inline bool xvcpu_check_beyond_cr3(const struct xvcpu_check_input *in,
					  u64 cr3)
{
	return xvcpu_check_beyond(in, in->lam ? cr3 & ~GENMASK_ULL(62, 61) :
						cr3);
}

static inline bool xvcpu_check_ia32e(const struct xvcpu_check_input *in)
{
	return XVCPU_CHECK_VALUE(in, VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE;
}

static inline bool xvcpu_check_unrestricted(const struct xvcpu_check_input *in)
{
	return xvcpu_check_proc2(in) & SECONDARY_EXEC_UNRESTRICTED_GUEST;
}

#endif /* _XVCPU_CHECK_H */
