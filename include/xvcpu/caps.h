/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMX capability MSRs as data, and what follows from them: pure functions.
 */
#ifndef _XVCPU_CAPS_H
#define _XVCPU_CAPS_H

#include <linux/bits.h>
#include <linux/types.h>
#include <asm/msr-index.h>

struct vmx_hw;

/* The capability MSRs are contiguous: entry i is MSR 0x480 + i. */
enum vmx_cap {
	VMX_CAP_BASIC,
	VMX_CAP_PINBASED,
	VMX_CAP_PROCBASED,
	VMX_CAP_EXIT,
	VMX_CAP_ENTRY,
	VMX_CAP_MISC,
	VMX_CAP_CR0_FIXED0,
	VMX_CAP_CR0_FIXED1,
	VMX_CAP_CR4_FIXED0,
	VMX_CAP_CR4_FIXED1,
	VMX_CAP_VMCS_ENUM,
	VMX_CAP_PROCBASED2,
	VMX_CAP_EPT_VPID,
	VMX_CAP_TRUE_PINBASED,
	VMX_CAP_TRUE_PROCBASED,
	VMX_CAP_TRUE_EXIT,
	VMX_CAP_TRUE_ENTRY,
	VMX_CAP_VMFUNC,
	VMX_CAP_PROCBASED3,
	VMX_CAP_EXIT2,
	VMX_CAP_NR
};

/**
 * struct vmx_caps - every VMX capability MSR of one CPU
 * @msr: the values, indexed by enum vmx_cap; 0 where the CPU lacks the MSR.
 */
struct vmx_caps {
	u64 msr[VMX_CAP_NR];
};

/**
 * struct vmx_controls - the VM-execution, VM-exit and VM-entry control words
 * @pin: pin-based VM-execution controls.
 * @proc: primary processor-based VM-execution controls.
 * @proc2: secondary processor-based VM-execution controls.
 * @exit: primary VM-exit controls.
 * @entry: VM-entry controls.
 */
struct vmx_controls {
	u32 pin;
	u32 proc;
	u32 proc2;
	u32 exit;
	u32 entry;
};

/**
 * struct vmx_missing - the first required control that a CPU lacks
 * @word: name of the control word, or NULL if nothing is missing.
 * @bits: the required bits that the CPU does not allow to be 1.
 */
struct vmx_missing {
	const char *word;
	u32 bits;
};

/* Fields of IA32_VMX_BASIC (SDM, "Basic VMX Information"). */
static inline u32 vmx_caps_revision(const struct vmx_caps *caps)
{
	return caps->msr[VMX_CAP_BASIC] & GENMASK(30, 0);
}

static inline u32 vmx_caps_region_size(const struct vmx_caps *caps)
{
	return (caps->msr[VMX_CAP_BASIC] >> 32) & GENMASK(12, 0);
}

static inline u32 vmx_caps_memory_type(const struct vmx_caps *caps)
{
	return (caps->msr[VMX_CAP_BASIC] >> 50) & GENMASK(3, 0);
}

static inline bool vmx_caps_32bit_addresses(const struct vmx_caps *caps)
{
	return caps->msr[VMX_CAP_BASIC] & BIT_ULL(48);
}

static inline bool vmx_caps_io_info(const struct vmx_caps *caps)
{
	return caps->msr[VMX_CAP_BASIC] & BIT_ULL(54);
}

static inline bool vmx_caps_true_controls(const struct vmx_caps *caps)
{
	return caps->msr[VMX_CAP_BASIC] & BIT_ULL(55);
}

static inline bool vmx_caps_has_proc2(const struct vmx_caps *caps, u32 bit)
{
	return (caps->msr[VMX_CAP_PROCBASED2] >> 32) & bit;
}

/* @bit is a VMX_EPT_*_BIT of <asm/vmx.h>. */
static inline bool vmx_caps_ept(const struct vmx_caps *caps, u64 bit)
{
	return caps->msr[VMX_CAP_EPT_VPID] & bit;
}

/* @bit is a VMX_VPID_*_BIT of <asm/vmx.h>, which counts from bit 32. */
static inline bool vmx_caps_vpid(const struct vmx_caps *caps, u64 bit)
{
	return (caps->msr[VMX_CAP_EPT_VPID] >> 32) & bit;
}

int xvcpu_caps_read(const struct vmx_hw *hw, struct vmx_caps *caps);
int xvcpu_caps_first_difference(const struct vmx_caps *a,
				const struct vmx_caps *b);
const char *xvcpu_caps_name(enum vmx_cap cap);
int xvcpu_caps_adjust(u64 cap, u32 required, u32 optional, u32 *word,
		      u32 *missing);
int xvcpu_caps_controls(const struct vmx_caps *caps, struct vmx_controls *ctl,
			struct vmx_missing *missing);
unsigned long xvcpu_caps_cr_violation(unsigned long value, u64 fixed0,
				      u64 fixed1);
bool xvcpu_caps_vm_supported(const struct vmx_caps *caps, const char **lacks);

#endif /* _XVCPU_CAPS_H */
