// SPDX-License-Identifier: GPL-2.0
/*
 * What xvcpu doctor says of a check that has failed: each cause that the
 * emulated machine has not, from values made up. Needs no device.
 */
#include <string.h>
#include <xvcpu_verdict.h>

#include "harness.h"

#define REMEDY_SIZE	320

static struct xvcpu_msrs msrs;
static char text[REMEDY_SIZE];

static const char *say(enum xvcpu_check id, uint64_t value)
{
	struct xvcpu_check_info check = {
		.done = true, .has_value = true, .value = value, .error = 1,
	};

	xvcpu_verdict_check(id, &check, &msrs, "", text, sizeof(text));
	return text;
}

static void add_msr(uint32_t index, uint64_t value)
{
	msrs.msr[msrs.nr].index = index;
	msrs.msr[msrs.nr++].value = value;
}

static const char *say_owner(const char *module, bool builtin, bool at_load)
{
	struct xvcpu_owner owner = {
		.users = 3, .builtin = builtin, .at_load = at_load,
	};

	strcpy(owner.module, module);
	xvcpu_verdict_owner(&owner, text, sizeof(text));
	return text;
}

/* --- the tests --- */

static void check_each_has_a_remedy(void)
{
	int id;

	for (id = 0; id < XVCPU_CHECK_NR; id++) {
		test_context("check %d", id);
		EXPECT(strstr(say(id, 0), ": "));
		EXPECT(strlen(text) < sizeof(text) - 1);
	}
	EXPECT(strstr(say(XVCPU_CHECK_NR, 0), "kernel's log"));
}

static void cpuid_below_a_hypervisor_names_it(void)
{
	struct xvcpu_check_info check = { .done = true, .error = 1 };

	xvcpu_verdict_check(XVCPU_CHECK_CPUID, &check, &msrs, "KVMKVMKVM", text,
			    sizeof(text));
	EXPECT(strstr(text, "KVMKVMKVM"));
	EXPECT(strstr(text, "nested virtualization"));
	EXPECT(!strstr(say(XVCPU_CHECK_CPUID, 0), "nested"));
}

static void feature_control_locked_tells_txt_from_off(void)
{
	EXPECT(strstr(say(XVCPU_CHECK_FEATURE_CONTROL, 1), "locked VMX off"));
	EXPECT(strstr(say(XVCPU_CHECK_FEATURE_CONTROL, 3), "boot with tboot"));
	EXPECT(strstr(say(XVCPU_CHECK_FEATURE_CONTROL, 5), "without tboot"));
	EXPECT(strstr(say(XVCPU_CHECK_FEATURE_CONTROL, 0), "nobody"));
}

static void cr_wrong_names_the_bits(void)
{
	add_msr(0x486, 0x80000021);
	add_msr(0x487, 0xffffffff);
	add_msr(0x488, 0x2000);
	add_msr(0x489, 0x3727ff);
	say(XVCPU_CHECK_CR0, 0x80000001);
	EXPECT(strstr(text, "CR0 is not as VMX demands, it lacks NE (bit 5):"));
	say(XVCPU_CHECK_CR4, 0x8000000003000000);
	EXPECT(strstr(text, "lacks VMXE (bit 13)"));
	EXPECT(strstr(text, "has CET (bit 23)") == NULL);
	EXPECT(strstr(text, "has PKS (bit 24) has UINTR (bit 25) has reserved (bit 63):"));
}

static void cr_all_wrong_is_cut(void)
{
	add_msr(0x486, 0);
	add_msr(0x487, 0);
	say(XVCPU_CHECK_CR0, ~0ULL);
	EXPECT(strstr(text, "it has PE (bit 0)"));
	EXPECT(strstr(text, "restart the machine"));
}

static void same_caps_differing_names_the_msr(void)
{
	say(XVCPU_CHECK_SAME_CAPS, 0x48b);
	EXPECT(strstr(text, "PROCBASED_CTLS2 (0x48b)"));
	EXPECT(strstr(text, "microcode"));
}

static void owner_at_load_says_how_long(void)
{
	say_owner("kvm_intel", false, true);
	EXPECT(strstr(text, "used by 3"));
	EXPECT(strstr(text, "as long as it is loaded"));
	EXPECT(strstr(text, "modprobe -r kvm_intel"));
	EXPECT(strstr(text, "policy=shared"));
	EXPECT(strstr(say_owner("kvm_intel", false, false), "has a VM"));
}

static void owner_in_the_kernel_is_not_to_unload(void)
{
	say_owner("kvm_intel", true, true);
	EXPECT(!strstr(text, "modprobe"));
	EXPECT(strstr(text, "kvm.enable_virt_at_load=0"));
	EXPECT(!strstr(say_owner("kvm_intel", true, false), "enable_virt"));
}

static void owner_unknown_or_not_kvm_is_not_shared(void)
{
	EXPECT(strstr(say_owner("", false, false), "lsmod"));
	EXPECT(!strstr(say_owner("vboxdrv", false, true), "policy=shared"));
}

static void owner_idle_holds_nothing(void)
{
	struct xvcpu_owner owner = { .module = "kvm_intel" };

	EXPECT(!xvcpu_owner_holds(&owner));
	owner.at_load = true;
	EXPECT(xvcpu_owner_holds(&owner));
	owner = (struct xvcpu_owner){ .module = "kvm_intel", .users = 1 };
	EXPECT(xvcpu_owner_holds(&owner));
	owner = (struct xvcpu_owner){ .at_load = true, .users = 1 };
	EXPECT(!xvcpu_owner_holds(&owner));
}

static const struct test tests[] = {
	{ "check_each_has_a_remedy", check_each_has_a_remedy },
	{ "cpuid_below_a_hypervisor_names_it",
	  cpuid_below_a_hypervisor_names_it },
	{ "feature_control_locked_tells_txt_from_off",
	  feature_control_locked_tells_txt_from_off },
	{ "cr_wrong_names_the_bits", cr_wrong_names_the_bits },
	{ "cr_all_wrong_is_cut", cr_all_wrong_is_cut },
	{ "same_caps_differing_names_the_msr",
	  same_caps_differing_names_the_msr },
	{ "owner_at_load_says_how_long", owner_at_load_says_how_long },
	{ "owner_in_the_kernel_is_not_to_unload",
	  owner_in_the_kernel_is_not_to_unload },
	{ "owner_unknown_or_not_kvm_is_not_shared",
	  owner_unknown_or_not_kvm_is_not_shared },
	{ "owner_idle_holds_nothing", owner_idle_holds_nothing },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
