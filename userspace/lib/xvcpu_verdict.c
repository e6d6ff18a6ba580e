// SPDX-License-Identifier: GPL-2.0
/*
 * What a failed check of a CPU means, in a sentence: the cause and the remedy.
 */
#include "xvcpu_verdict.h"

#include <stdio.h>
#include <string.h>
#include <xvcpu_names.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define FEATURE_CONTROL_LOCKED	(1U << 0)
#define FEATURE_CONTROL_SMX	(1U << 1)
#define FEATURE_CONTROL_VMX	(1U << 2)
#define MSR_CR0_FIXED0		0x486
#define MSR_CR4_FIXED0		0x488

/* --- who holds VMX --- */

bool xvcpu_owner_holds(const struct xvcpu_owner *owner)
{
	return *owner->module && (owner->at_load || owner->users);
}

static const char *why_held(const struct xvcpu_owner *owner)
{
	return owner->at_load ? "as long as it is loaded" :
				"as long as it has a VM";
}

static const char *other_way(const struct xvcpu_owner *owner)
{
	return strcmp(owner->module, "kvm_intel") ? "" :
	       ", or share it with 'insmod xvcpu.ko policy=shared'";
}

void xvcpu_verdict_owner(const struct xvcpu_owner *owner, char *text,
			 size_t size)
{
	if (!*owner->module)
		snprintf(text, size,
			 "another owner, not one known here, holds VMX: look for a hypervisor in lsmod and unload it");
	else if (owner->builtin && owner->at_load)
		snprintf(text, size,
			 "%s, part of this kernel, holds VMX %s: boot with kvm.enable_virt_at_load=0%s",
			 owner->module, why_held(owner), other_way(owner));
	else if (owner->builtin)
		snprintf(text, size,
			 "%s, part of this kernel, holds VMX %s: end its guests%s",
			 owner->module, why_held(owner), other_way(owner));
	else
		snprintf(text, size,
			 "%s (used by %u) holds VMX %s: end its guests and unload it with 'modprobe -r %s'%s",
			 owner->module, owner->users, why_held(owner),
			 owner->module, other_way(owner));
}

/* --- CR0 and CR4 --- */

/**
 * struct bit_name - a bit of a control register
 * @bit: its number.
 * @name: its name.
 */
struct bit_name {
	unsigned int bit;
	const char *name;
};

static const struct bit_name cr0_bits[] = {
	{ 0, "PE" }, { 1, "MP" }, { 2, "EM" }, { 3, "TS" }, { 4, "ET" },
	{ 5, "NE" }, { 16, "WP" }, { 18, "AM" }, { 29, "NW" }, { 30, "CD" },
	{ 31, "PG" },
};

static const struct bit_name cr4_bits[] = {
	{ 0, "VME" }, { 1, "PVI" }, { 2, "TSD" }, { 3, "DE" }, { 4, "PSE" },
	{ 5, "PAE" }, { 6, "MCE" }, { 7, "PGE" }, { 8, "PCE" },
	{ 9, "OSFXSR" }, { 10, "OSXMMEXCPT" }, { 11, "UMIP" },
	{ 12, "LA57" }, { 13, "VMXE" }, { 14, "SMXE" }, { 16, "FSGSBASE" },
	{ 17, "PCIDE" }, { 18, "OSXSAVE" }, { 20, "SMEP" }, { 21, "SMAP" },
	{ 22, "PKE" }, { 23, "CET" }, { 24, "PKS" }, { 25, "UINTR" },
	{ 28, "LAM_SUP" },
};

/**
 * struct control_register - CR0 or CR4
 * @name: its name.
 * @bits: its bits.
 * @nr: length of @bits.
 * @fixed0: number of its MSR FIXED0; FIXED1 is the next.
 */
struct control_register {
	const char *name;
	const struct bit_name *bits;
	size_t nr;
	uint32_t fixed0;
};

static const struct control_register cr0 = {
	"CR0", cr0_bits, ARRAY_SIZE(cr0_bits), MSR_CR0_FIXED0,
};

static const struct control_register cr4 = {
	"CR4", cr4_bits, ARRAY_SIZE(cr4_bits), MSR_CR4_FIXED0,
};

static bool find_msr(const struct xvcpu_msrs *msrs, uint32_t index,
		     uint64_t *value)
{
	unsigned int i;

	for (i = 0; i < msrs->nr; i++) {
		*value = msrs->msr[i].value;
		if (msrs->msr[i].index == index)
			return true;
	}
	return false;
}

static const char *name_bit(const struct control_register *cr, unsigned int bit)
{
	size_t i;

	for (i = 0; i < cr->nr; i++) {
		if (cr->bits[i].bit == bit)
			return cr->bits[i].name;
	}
	return "reserved";
}

/* " NAME (bit N)" for each bit of @bits, as many as there is room for. */
static void name_bits(const struct control_register *cr, uint64_t bits,
		      const char *prefix, char *text, size_t size)
{
	size_t used = strlen(text);
	unsigned int bit;

	for (bit = 0; bit < 64 && used < size; bit++) {
		if (!(bits >> bit & 1))
			continue;
		used += snprintf(text + used, size - used, "%s %s (bit %u)",
				 prefix, name_bit(cr, bit), bit);
	}
}

static void verdict_cr(const struct control_register *cr, uint64_t value,
		       const struct xvcpu_msrs *msrs, char *text, size_t size)
{
	uint64_t fixed0, fixed1;
	char bits[120] = "";

	if (find_msr(msrs, cr->fixed0, &fixed0) &&
	    find_msr(msrs, cr->fixed0 + 1, &fixed1)) {
		name_bits(cr, fixed0 & ~value, " lacks", bits, sizeof(bits));
		name_bits(cr, value & ~fixed1, " has", bits, sizeof(bits));
	}
	snprintf(text, size,
		 "%s is not as VMX demands%s%s: another program has changed it; restart the machine",
		 cr->name, *bits ? ", it" : "", bits);
}

/* --- the others --- */

static void verdict_cpuid(const char *hypervisor, char *text, size_t size)
{
	if (*hypervisor)
		snprintf(text, size,
			 "the hypervisor above (%s) shows no VMX: switch nested virtualization on there",
			 hypervisor);
	else
		snprintf(text, size,
			 "the CPU has no VMX, or the firmware hides it: look for virtualization (VT-x) in its setup, or use another machine");
}

/* One of the bits is needed: which, depends on a measured launch by tboot. */
static const char *feature_control(const struct xvcpu_check_info *check)
{
	uint64_t allowed = check->value &
			   (FEATURE_CONTROL_SMX | FEATURE_CONTROL_VMX);

	if (check->has_value && !(check->value & FEATURE_CONTROL_LOCKED))
		return "nobody has switched VMX on, and it could not be done now: enable virtualization (VT-x) in the firmware's setup or, in a virtual machine, in the hypervisor above";
	if (check->has_value && allowed == FEATURE_CONTROL_SMX)
		return "the firmware permits VMX after a measured launch (TXT) only: in its setup switch TXT off, or VT-x on outside of it; or boot with tboot";
	if (check->has_value && allowed == FEATURE_CONTROL_VMX)
		return "the firmware permits VMX outside of a measured launch (TXT) only, and this is one: switch TXT on in its setup, or boot without tboot";
	return "the firmware locked VMX off: enable virtualization (VT-x) in its setup and switch the machine off and on";
}

static void verdict_same_caps(const struct xvcpu_check_info *check, char *text,
			      size_t size)
{
	char which[48] = "the capabilities are";

	if (check->has_value)
		snprintf(which, sizeof(which), "%s (0x%x) is",
			 xvcpu_name_vmx_msr(check->value),
			 (unsigned int)check->value);
	snprintf(text, size,
		 "%s not as on the boot CPU: bring the microcode of all CPUs to one version, or take this CPU offline",
		 which);
}

static const char *const wrong[XVCPU_CHECK_NR] = {
	[XVCPU_CHECK_FRED] =
		"FRED is on, which xvcpu does not support: boot the kernel with fred=off",
	[XVCPU_CHECK_OWNER] =
		"nobody holds VMX here, which policy shared needs: see the kernel's log for why kvm_intel left",
	[XVCPU_CHECK_REGION_SIZE] =
		"VMX regions are larger than a page: this processor is not supported",
	[XVCPU_CHECK_MEMORY_TYPE] =
		"VMX regions would not be write-back memory: this processor is not supported",
	[XVCPU_CHECK_ADDRESS_WIDTH] =
		"VMX regions must lie below 4 GiB: this processor is not supported",
	[XVCPU_CHECK_IO_INFO] =
		"exits for INS and OUTS carry no information: this processor is not supported",
	[XVCPU_CHECK_TRUE_CONTROLS] =
		"the TRUE capability MSRs are missing: this processor is not supported",
	[XVCPU_CHECK_VMXON] =
		"VMXON failed though every check passed: look for another hypervisor, and see the kernel's log",
};

void xvcpu_verdict_check(enum xvcpu_check id,
			 const struct xvcpu_check_info *check,
			 const struct xvcpu_msrs *msrs, const char *hypervisor,
			 char *text, size_t size)
{
	switch (id) {
	case XVCPU_CHECK_CPUID:
		verdict_cpuid(hypervisor, text, size);
		break;
	case XVCPU_CHECK_FEATURE_CONTROL:
		snprintf(text, size, "%s", feature_control(check));
		break;
	case XVCPU_CHECK_CR0:
		verdict_cr(&cr0, check->value, msrs, text, size);
		break;
	case XVCPU_CHECK_CR4:
		verdict_cr(&cr4, check->value, msrs, text, size);
		break;
	case XVCPU_CHECK_SAME_CAPS:
		verdict_same_caps(check, text, size);
		break;
	default:
		snprintf(text, size, "%s", id < XVCPU_CHECK_NR && wrong[id] ?
			 wrong[id] : "it failed: see the kernel's log");
	}
}
