// SPDX-License-Identifier: GPL-2.0
/*
 * The VMX capability MSRs as data, and what follows from them: which control
 * bits a CPU allows, whether its control registers are fit for VMX, whether it
 * can run a VM.
 *
 * Everything but xvcpu_caps_read() is a pure function.
 */
#include <xvcpu/caps.h>

#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/vmx.h>
#include <xvcpu/compat.h>
#include <xvcpu/hw.h>

static const char * const cap_names[VMX_CAP_NR] = {
	[VMX_CAP_BASIC]		= "IA32_VMX_BASIC",
	[VMX_CAP_PINBASED]	= "IA32_VMX_PINBASED_CTLS",
	[VMX_CAP_PROCBASED]	= "IA32_VMX_PROCBASED_CTLS",
	[VMX_CAP_EXIT]		= "IA32_VMX_EXIT_CTLS",
	[VMX_CAP_ENTRY]		= "IA32_VMX_ENTRY_CTLS",
	[VMX_CAP_MISC]		= "IA32_VMX_MISC",
	[VMX_CAP_CR0_FIXED0]	= "IA32_VMX_CR0_FIXED0",
	[VMX_CAP_CR0_FIXED1]	= "IA32_VMX_CR0_FIXED1",
	[VMX_CAP_CR4_FIXED0]	= "IA32_VMX_CR4_FIXED0",
	[VMX_CAP_CR4_FIXED1]	= "IA32_VMX_CR4_FIXED1",
	[VMX_CAP_VMCS_ENUM]	= "IA32_VMX_VMCS_ENUM",
	[VMX_CAP_PROCBASED2]	= "IA32_VMX_PROCBASED_CTLS2",
	[VMX_CAP_EPT_VPID]	= "IA32_VMX_EPT_VPID_CAP",
	[VMX_CAP_TRUE_PINBASED]	= "IA32_VMX_TRUE_PINBASED_CTLS",
	[VMX_CAP_TRUE_PROCBASED] = "IA32_VMX_TRUE_PROCBASED_CTLS",
	[VMX_CAP_TRUE_EXIT]	= "IA32_VMX_TRUE_EXIT_CTLS",
	[VMX_CAP_TRUE_ENTRY]	= "IA32_VMX_TRUE_ENTRY_CTLS",
	[VMX_CAP_VMFUNC]	= "IA32_VMX_VMFUNC",
	[VMX_CAP_PROCBASED3]	= "IA32_VMX_PROCBASED_CTLS3",
	[VMX_CAP_EXIT2]		= "IA32_VMX_EXIT_CTLS2",
};

/* The control words: required bits, and bits used where the CPU has them. */
static const struct {
	const char *name;
	enum vmx_cap cap;
	size_t word;
	u32 required;
	u32 optional;
} control_words[] = {
	{
		.name = "pin-based controls",
		.cap = VMX_CAP_TRUE_PINBASED,
		.word = offsetof(struct vmx_controls, pin),
		.required = PIN_BASED_EXT_INTR_MASK | PIN_BASED_NMI_EXITING |
			    PIN_BASED_VIRTUAL_NMIS,
		.optional = PIN_BASED_VMX_PREEMPTION_TIMER,
	}, {
		.name = "processor-based controls",
		.cap = VMX_CAP_TRUE_PROCBASED,
		.word = offsetof(struct vmx_controls, proc),
		.required = CPU_BASED_HLT_EXITING |
			    CPU_BASED_MOV_DR_EXITING |
			    CPU_BASED_CR8_LOAD_EXITING |
			    CPU_BASED_CR8_STORE_EXITING |
			    CPU_BASED_USE_IO_BITMAPS |
			    CPU_BASED_USE_MSR_BITMAPS |
			    CPU_BASED_USE_TSC_OFFSETTING |
			    CPU_BASED_RDPMC_EXITING |
			    CPU_BASED_MWAIT_EXITING |
			    CPU_BASED_MONITOR_EXITING |
			    CPU_BASED_ACTIVATE_SECONDARY_CONTROLS,
	}, {
		.name = "secondary processor-based controls",
		.cap = VMX_CAP_PROCBASED2,
		.word = offsetof(struct vmx_controls, proc2),
		.required = SECONDARY_EXEC_ENABLE_EPT |
			    SECONDARY_EXEC_UNRESTRICTED_GUEST |
			    SECONDARY_EXEC_WBINVD_EXITING,
		.optional = SECONDARY_EXEC_ENABLE_VPID |
			    SECONDARY_EXEC_ENABLE_RDTSCP |
			    SECONDARY_EXEC_ENABLE_INVPCID |
			    SECONDARY_EXEC_ENCLS_EXITING |
			    SECONDARY_EXEC_ENABLE_XSAVES,
	}, {
		.name = "VM-exit controls",
		.cap = VMX_CAP_TRUE_EXIT,
		.word = offsetof(struct vmx_controls, exit),
		.required = VM_EXIT_HOST_ADDR_SPACE_SIZE |
			    VM_EXIT_SAVE_DEBUG_CONTROLS |
			    VM_EXIT_SAVE_IA32_PAT | VM_EXIT_LOAD_IA32_PAT |
			    VM_EXIT_SAVE_IA32_EFER | VM_EXIT_LOAD_IA32_EFER,
	}, {
		.name = "VM-entry controls",
		.cap = VMX_CAP_TRUE_ENTRY,
		.word = offsetof(struct vmx_controls, entry),
		.required = VM_ENTRY_LOAD_DEBUG_CONTROLS |
			    VM_ENTRY_LOAD_IA32_PAT | VM_ENTRY_LOAD_IA32_EFER,
	},
};

/**
 * xvcpu_caps_name() - the SDM's name of a capability MSR
 * @cap: which.
 *
 * Return: the name, for logs and tables.
 */
const char *xvcpu_caps_name(enum vmx_cap cap)
{
	return cap < VMX_CAP_NR ? cap_names[cap] : "?";
}

static u32 allowed1(const struct vmx_caps *caps, enum vmx_cap cap)
{
	return caps->msr[cap] >> 32;
}

/*
 * Whether the CPU has an MSR, by what has been read of those before it (SDM,
 * appendix "VMX Capability Reporting Facility").
 */
static bool cap_exists(const struct vmx_caps *caps, enum vmx_cap cap)
{
	switch (cap) {
	case VMX_CAP_PROCBASED2:
		return allowed1(caps, VMX_CAP_PROCBASED) &
			CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
	case VMX_CAP_EPT_VPID:
		return allowed1(caps, VMX_CAP_PROCBASED2) &
			(SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID);
	case VMX_CAP_TRUE_PINBASED ... VMX_CAP_TRUE_ENTRY:
		return vmx_caps_true_controls(caps);
	case VMX_CAP_VMFUNC:
		return allowed1(caps, VMX_CAP_PROCBASED2) &
			SECONDARY_EXEC_ENABLE_VMFUNC;
	case VMX_CAP_PROCBASED3:
		return allowed1(caps, VMX_CAP_PROCBASED) &
			CPU_BASED_ACTIVATE_TERTIARY_CONTROLS;
	case VMX_CAP_EXIT2:
		return allowed1(caps, VMX_CAP_EXIT) & BIT(31);
	default:
		return true;
	}
}

/**
 * xvcpu_caps_read() - read every VMX capability MSR of this CPU
 * @hw: the machine.
 * @caps: what is to be filled; MSRs that the CPU lacks read 0.
 *
 * Context: on the CPU in question, which must have VMX.
 * Return: 0, or -EIO if an MSR that must exist faults.
 */
int xvcpu_caps_read(const struct vmx_hw *hw, struct vmx_caps *caps)
{
	enum vmx_cap cap;
	int err;

	memset(caps, 0, sizeof(*caps));
	for (cap = 0; cap < VMX_CAP_NR; cap++) {
		if (!cap_exists(caps, cap))
			continue;
		err = hw->read_msr(MSR_IA32_VMX_BASIC + cap, &caps->msr[cap]);
		if (err)
			return err;
	}
	return 0;
}

/**
 * xvcpu_caps_first_difference() - compare two CPUs' capabilities
 * @a: one CPU's.
 * @b: the other's.
 *
 * Return: the first enum vmx_cap that differs, or -1 if none does.
 */
int xvcpu_caps_first_difference(const struct vmx_caps *a,
				const struct vmx_caps *b)
{
	int i;

	for (i = 0; i < VMX_CAP_NR; i++)
		if (a->msr[i] != b->msr[i])
			return i;
	return -1;
}

/**
 * xvcpu_caps_adjust() - make a control word that a CPU accepts
 * @cap: the capability MSR: low half allowed-0 settings (a 1 there must be 1),
 *	high half allowed-1 settings (a 0 there must be 0).
 * @required: bits that have to be 1.
 * @optional: bits that are to be 1 if the CPU allows it.
 * @word: the result.
 * @missing: on failure the required bits that the CPU does not allow.
 *
 * The algorithm of the SDM, "VM-Execution Controls" of the appendix "VMX
 * Capability Reporting Facility".
 *
 * Return: 0, or -EOPNOTSUPP.
 */
int xvcpu_caps_adjust(u64 cap, u32 required, u32 optional, u32 *word,
		      u32 *missing)
{
	u32 must = cap, may = cap >> 32;

	*missing = required & ~may;
	*word = ((required | optional) & may) | must;
	return *missing ? -EOPNOTSUPP : 0;
}

/**
 * xvcpu_caps_controls() - the control words of a vCPU on a CPU
 * @caps: the CPU's capabilities.
 * @ctl: the result.
 * @missing: on failure the first word with bits that the CPU lacks.
 *
 * Return: 0, or -EOPNOTSUPP.
 */
int xvcpu_caps_controls(const struct vmx_caps *caps, struct vmx_controls *ctl,
			struct vmx_missing *missing)
{
	int i, err;

	missing->word = NULL;
	missing->bits = 0;
	for (i = 0; i < ARRAY_SIZE(control_words); i++) {
		u32 *word = (void *)ctl + control_words[i].word;

		err = xvcpu_caps_adjust(caps->msr[control_words[i].cap],
					control_words[i].required,
					control_words[i].optional, word,
					&missing->bits);
		if (err) {
			missing->word = control_words[i].name;
			return err;
		}
	}
	return 0;
}

/**
 * xvcpu_caps_cr_violation() - check a control register against its FIXED MSRs
 * @value: CR0 or CR4.
 * @fixed0: bits that must be 1.
 * @fixed1: bits that may be 1.
 *
 * Return: the bits of @value that are not as VMX demands, 0 if all are.
 */
unsigned long xvcpu_caps_cr_violation(unsigned long value, u64 fixed0,
				      u64 fixed1)
{
	return (~value & fixed0) | (value & ~fixed1);
}

/**
 * xvcpu_caps_vm_supported() - whether a CPU can run this module's VMs
 * @caps: the CPU's capabilities.
 * @lacks: if it can't, what it lacks, for a sentence.
 *
 * A VM needs EPT with 4-level tables in write-back memory, and unrestricted
 * guest; INVEPT keeps EPT true, and its global type is what a CPU begins with.
 *
 * Return: true if it can.
 */
bool xvcpu_caps_vm_supported(const struct vmx_caps *caps, const char **lacks)
{
	u64 ept = caps->msr[VMX_CAP_EPT_VPID];
	struct vmx_controls ctl;
	struct vmx_missing missing;

	*lacks = NULL;
	if (!vmx_caps_has_proc2(caps, SECONDARY_EXEC_ENABLE_EPT))
		*lacks = "EPT";
	else if (!vmx_caps_has_proc2(caps, SECONDARY_EXEC_UNRESTRICTED_GUEST))
		*lacks = "unrestricted guest";
	else if (!(ept & VMX_EPT_PAGE_WALK_4_BIT) || !(ept & VMX_EPTP_WB_BIT))
		*lacks = "EPT with 4-level write-back tables";
	else if (!(ept & VMX_EPT_INVEPT_BIT) ||
		 !(ept & VMX_EPT_EXTENT_GLOBAL_BIT))
		*lacks = "INVEPT";
	else if (xvcpu_caps_controls(caps, &ctl, &missing))
		*lacks = missing.word;
	return !*lacks;
}
