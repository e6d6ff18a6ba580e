// SPDX-License-Identifier: GPL-2.0
/*
 * MSRs that userspace keeps for a guest: what QEMU sends in one batch, memory
 * types, machine checks, the TSCs of several vCPUs, and what can be offered.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define MSR_TSC			0x10
#define MSR_KVM_WALL_CLOCK	0x11
#define MSR_KVM_SYSTEM_TIME	0x12
#define MSR_TSC_ADJUST		0x3b
#define MSR_UCODE_REV		0x8b
#define MSR_MTRRCAP		0xfe
#define MSR_SYSENTER_CS		0x174
#define MSR_SYSENTER_ESP	0x175
#define MSR_SYSENTER_EIP	0x176
#define MSR_MCG_CAP		0x179
#define MSR_MCG_STATUS		0x17a
#define MSR_MCG_CTL		0x17b
#define MSR_MISC_ENABLE		0x1a0
#define MSR_MTRR_BASE(n)	(0x200 + 2 * (n))
#define MSR_MTRR_MASK(n)	(0x201 + 2 * (n))
#define MSR_MTRR_64K		0x250
#define MSR_MTRR_16K		0x258
#define MSR_MTRR_4K		0x268
#define MSR_PAT			0x277
#define MSR_MTRR_DEF_TYPE	0x2ff
#define MSR_MC_CTL(n)		(0x400 + 4 * (n))
#define MSR_MC_STATUS(n)	(0x401 + 4 * (n))
#define MSR_MC_ADDR(n)		(0x402 + 4 * (n))
#define MSR_MC_MISC(n)		(0x403 + 4 * (n))
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_FMASK		0xc0000084
#define MSR_FS_BASE		0xc0000100
#define MSR_KERNEL_GS_BASE	0xc0000102
#define MSR_TSC_AUX		0xc0000103

#define MCG_CTL_P	BIT(8)
#define MCG_SER_P	BIT(24)
#define MCG_MCIP	BIT(2)
#define MCI_VALID	BIT(63)
#define MCI_OVER	BIT(62)
#define MCI_UC		BIT(61)
#define QEMU_BANKS	10

#define X86_CR4_MCE	BIT(6)
#define VEC_MC		18

static struct vm vm;
static struct vcpu vcpu;

static void set_up(void)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
}

static int guest_msr(const char *guest, uint32_t index, uint64_t value,
		     uint64_t *result)
{
	struct kvm_regs regs = {
		.rcx = index, .rax = (uint32_t)value, .rdx = value >> 32,
	};
	struct exception exception;
	int got = vcpu_exec(&vcpu, guest, &regs, &exception);

	*result = regs.rax | regs.rdx << 32;
	return got;
}

/* --- one batch --- */

static struct {
	struct kvm_msrs head;
	struct kvm_msr_entry entries[255];
} batch;

static void add(uint32_t index, uint64_t value)
{
	struct kvm_msr_entry *entry = &batch.entries[batch.head.nmsrs++];

	entry->index = index;
	entry->data = value;
}

/* What QEMU 7.2 writes after a reset, with its values; it asserts them all. */
static void fill_batch(void)
{
	int i;

	add(MSR_SYSENTER_CS, 0);
	add(MSR_SYSENTER_ESP, 0);
	add(MSR_SYSENTER_EIP, 0);
	add(MSR_PAT, 0x0007040600070406);
	add(MSR_STAR, 0);
	add(MSR_TSC_AUX, 0);
	add(MSR_TSC_ADJUST, 0);
	add(MSR_MISC_ENABLE, 1);
	add(MSR_UCODE_REV, 0x100000000);
	add(MSR_CSTAR, 0);
	add(MSR_KERNEL_GS_BASE, 0);
	add(MSR_FMASK, 0);
	add(MSR_LSTAR, 0);
	add(MSR_TSC, 0);
	add(MSR_KVM_SYSTEM_TIME, 0);
	add(MSR_KVM_WALL_CLOCK, 0);
	add(MSR_MTRR_DEF_TYPE, 0);
	add(MSR_MTRR_64K, 0);
	for (i = 0; i < 2; i++)
		add(MSR_MTRR_16K + i, 0);
	for (i = 0; i < 8; i++)
		add(MSR_MTRR_4K + i, 0);
	for (i = 0; i < 8; i++) {
		add(MSR_MTRR_BASE(i), 0);
		add(MSR_MTRR_MASK(i), 0);
	}
	add(MSR_MCG_STATUS, 0);
	add(MSR_MCG_CTL, -1ULL);
	for (i = 0; i < 4 * QEMU_BANKS; i++)
		add(MSR_MC_CTL(0) + i, i % 4 ? 0 : -1ULL);
}

static void qemu_batch(void)
{
	uint64_t cap = MCG_CTL_P | MCG_SER_P | QEMU_BANKS;

	set_up();
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_X86_SETUP_MCE, &cap), 0);
	fill_batch();
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_MSRS, &batch), batch.head.nmsrs);
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_GET_MSRS, &batch), batch.head.nmsrs);
}

/* Everything that is listed can be saved and restored, one by one. */
static void listed_are_restored(void)
{
	struct kvm_msr_list *list;
	uint64_t value;
	uint32_t i;

	test_need_xvcpu();	/* kvm_intel lists what CPUID must permit */
	set_up();
	list = calloc(1, sizeof(*list) + 256 * sizeof(list->indices[0]));
	REQUIRE(list);
	list->nmsrs = 256;
	REQUIRE_EQ(dev_ioctl(vm.sys, KVM_GET_MSR_INDEX_LIST, list), 0);
	for (i = 0; i < list->nmsrs; i++) {
		test_context("0x%x", list->indices[i]);
		value = vcpu_get_msr(&vcpu, list->indices[i]);
		EXPECT_EQ(vcpu_set_msr(&vcpu, list->indices[i], value), 1);
		if (list->indices[i] != MSR_TSC)
			EXPECT_EQ(vcpu_get_msr(&vcpu, list->indices[i]), value);
	}
}

/* --- memory types --- */

struct mtrr_case {
	const char *what;
	uint32_t index;
	uint64_t good[2];
	uint64_t bad[3];
};

static const struct mtrr_case mtrr_cases[] = {
	{ "DEF_TYPE", MSR_MTRR_DEF_TYPE, { 0xc06, 0x801 },
	  { 0x802, 0x1c06, BIT(63) | 6 } },
	{ "64K", MSR_MTRR_64K, { 0x0606060606060606, 0x0001040506010405 },
	  { 0x0206060606060606, 7, 0x0300 } },
	{ "16K, last", MSR_MTRR_16K + 1, { 0x0606060606060606, 0 },
	  { 0x0606060606060603, 2, 0xff } },
	{ "4K, last", MSR_MTRR_4K + 7, { 0x0505050505050505, 0x0101010101010101 },
	  { 0x0806060606060606, 2, 0xff } },
	{ "base, first", MSR_MTRR_BASE(0), { 0xc0000000, 0xfffff006 },
	  { 0xc0000002, 0xc0000100, BIT(60) } },
	{ "base, last", MSR_MTRR_BASE(7), { 0x100000001, 6 },
	  { 0xc0000007, 0xc0000800, BIT(63) } },
	{ "mask, first", MSR_MTRR_MASK(0), { 0xf0000800, 0xf0000000 },
	  { 0xf0000801, 0xf0000400, BIT(60) | 0x800 } },
	{ "mask, last", MSR_MTRR_MASK(7), { 0x800, 0xffff000 },
	  { 0xc00, 1, BIT(63) } },
};

static void mtrr_read_back(void)
{
	uint64_t result;
	size_t i, n;

	set_up();
	for (i = 0; i < ARRAY_SIZE(mtrr_cases); i++) {
		const struct mtrr_case *c = &mtrr_cases[i];

		for (n = 0; n < 2; n++) {
			test_context("%s, value %zu", c->what, n);
			EXPECT_EQ(vcpu_set_msr(&vcpu, c->index, c->good[n]), 1);
			EXPECT_EQ(vcpu_get_msr(&vcpu, c->index), c->good[n]);
			EXPECT_EQ(guest_msr("msr_read", c->index, 0, &result),
				  -1);
			EXPECT_EQ(result, c->good[n]);
			EXPECT_EQ(guest_msr("msr_write_read", c->index,
					    c->good[!n], &result), -1);
			EXPECT_EQ(result, c->good[!n]);
			EXPECT_EQ(vcpu_get_msr(&vcpu, c->index), c->good[!n]);
		}
	}
	test_context("MTRRcap");
	EXPECT_EQ(guest_msr("msr_read", MSR_MTRRCAP, 0, &result), -1);
	EXPECT_EQ(result, 0x508);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_MTRRCAP, 0x509), 0);
}

static void mtrr_invalid(void)
{
	uint64_t result;
	size_t i, n;

	set_up();
	for (i = 0; i < ARRAY_SIZE(mtrr_cases); i++) {
		const struct mtrr_case *c = &mtrr_cases[i];

		REQUIRE_EQ(vcpu_set_msr(&vcpu, c->index, c->good[0]), 1);
		for (n = 0; n < 3; n++) {
			test_context("%s = 0x%llx", c->what,
				     (unsigned long long)c->bad[n]);
			EXPECT_EQ(vcpu_set_msr(&vcpu, c->index, c->bad[n]), 0);
			EXPECT_EQ(guest_msr("msr_write", c->index, c->bad[n],
					    &result), VEC_GP);
			EXPECT_EQ(vcpu_get_msr(&vcpu, c->index), c->good[0]);
		}
	}
	test_context("ninth range");
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_MTRR_BASE(8), 0), 0);
	EXPECT_EQ(guest_msr("msr_read", MSR_MTRR_BASE(8), 0, &result), VEC_GP);
}

/* --- what a guest has follows its CPUID --- */

struct feature_case {
	const char *what;
	uint32_t leaf, index;
	int reg;		/* 0 is EAX */
	uint32_t bit;
	uint32_t msr;
};

static const struct feature_case feature_cases[] = {
	{ "MTRR", 1, 0, 3, BIT(12), MSR_MTRR_DEF_TYPE },
	{ "MTRR", 1, 0, 3, BIT(12), MSR_MTRRCAP },
	{ "MCA", 1, 0, 3, BIT(14), MSR_MCG_CAP },
	{ "MCA", 1, 0, 3, BIT(14), MSR_MC_STATUS(0) },
	{ "TSC_ADJUST", 7, 0, 1, BIT(1), MSR_TSC_ADJUST },
	{ "PAT", 1, 0, 3, BIT(16), MSR_PAT },
};

/* KVM lets guests have most MSRs whatever their CPUID says. */
static void follow_cpuid(void)
{
	struct kvm_cpuid_entry2 *entry;
	struct kvm_cpuid2 *cpuid;
	uint64_t result;
	size_t i;

	test_need_xvcpu();
	for (i = 0; i < ARRAY_SIZE(feature_cases); i++) {
		const struct feature_case *c = &feature_cases[i];

		set_up();
		cpuid = cpuid_supported(vm.sys);
		entry = cpuid_find(cpuid, c->leaf, c->index);
		if (!entry || !((&entry->eax)[c->reg] & c->bit))
			continue;
		test_context("%s, MSR 0x%x", c->what, c->msr);
		(&entry->eax)[c->reg] &= ~c->bit;
		REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), 0);
		EXPECT_EQ(guest_msr("msr_read", c->msr, 0, &result), VEC_GP);
		EXPECT_EQ(guest_msr("msr_write", c->msr, 0, &result), VEC_GP);
		/* Userspace has it all the same. */
		vcpu_get_msr(&vcpu, c->msr);
		vcpu_destroy(&vcpu);
		vm_destroy(&vm);
	}
}

static void paravirtual_clock_is_off(void)
{
	static const uint32_t clocks[] = {
		MSR_KVM_WALL_CLOCK, MSR_KVM_SYSTEM_TIME, 0x4b564d00, 0x4b564d01,
	};
	uint64_t result;
	size_t i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(clocks); i++) {
		test_context("0x%x", clocks[i]);
		EXPECT_EQ(vcpu_set_msr(&vcpu, clocks[i], 0), 1);
		EXPECT_EQ(vcpu_get_msr(&vcpu, clocks[i]), 0);
		if (!test_on_xvcpu())
			continue;	/* KVM has a clock */
		EXPECT_EQ(vcpu_set_msr(&vcpu, clocks[i], GUEST_DATA | 1), 0);
		EXPECT_EQ(guest_msr("msr_write", clocks[i], GUEST_DATA | 1,
				    &result), VEC_GP);
	}
}

static void microcode_revision(void)
{
	uint64_t result;

	set_up();
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_UCODE_REV, 0x1234500000000), 1);
	EXPECT_EQ(guest_msr("msr_write_read", MSR_UCODE_REV, 0, &result), -1);
	EXPECT_EQ(result, 0x1234500000000);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_UCODE_REV), 0x1234500000000);
}

static void misc_enable(void)
{
	uint64_t value, result;

	set_up();
	value = vcpu_get_msr(&vcpu, MSR_MISC_ENABLE);
	/* There is neither BTS nor PEBS. */
	EXPECT_EQ(value & 0x1800, 0x1800);
	EXPECT_EQ(guest_msr("msr_write_read", MSR_MISC_ENABLE, value ^ BIT(0),
			    &result), -1);
	EXPECT_EQ(result, value ^ BIT(0));
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_MISC_ENABLE, 1), 1);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MISC_ENABLE), 1);
}

/* --- machine checks --- */

static long setup_mce(uint64_t cap)
{
	return dev_ioctl(vcpu.fd, KVM_X86_SETUP_MCE, &cap);
}

static void mce_setup(void)
{
	uint64_t supported = 0, result;
	long banks;

	set_up();
	banks = dev_ioctl(vm.sys, KVM_CHECK_EXTENSION,
			  (void *)(long)KVM_CAP_MCE);
	EXPECT(banks >= QEMU_BANKS);
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_X86_GET_MCE_CAP_SUPPORTED, &supported),
		  0);
	EXPECT_EQ(supported & (MCG_CTL_P | MCG_SER_P), MCG_CTL_P | MCG_SER_P);
	EXPECT_EQ(setup_mce(0), -EINVAL);
	EXPECT_EQ(setup_mce(MCG_CTL_P), -EINVAL);
	EXPECT_EQ(setup_mce(banks + 1), -EINVAL);
	EXPECT_EQ(setup_mce(BIT(63) | 1), -EINVAL);
	EXPECT_EQ(setup_mce(BIT(9) | 1), -EINVAL);
	EXPECT_EQ(setup_mce(MCG_CTL_P | 2), 0);
	EXPECT_EQ(guest_msr("msr_read", MSR_MCG_CAP, 0, &result), -1);
	EXPECT_EQ(result, MCG_CTL_P | 2);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MCG_CTL), -1LL);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MC_CTL(1)), -1LL);
	test_context("there is no third bank");
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_MC_CTL(2), 0), 0);
	EXPECT_EQ(guest_msr("msr_read", MSR_MC_CTL(2), 0, &result), VEC_GP);
	test_context("guest writes");
	EXPECT_EQ(guest_msr("msr_write", MSR_MCG_CAP, 2, &result), VEC_GP);
	EXPECT_EQ(guest_msr("msr_write", MSR_MC_STATUS(1), 1, &result),
		  VEC_GP);
	EXPECT_EQ(guest_msr("msr_write_read", MSR_MC_CTL(1), 0, &result), -1);
	EXPECT_EQ(result, 0);
}

static long inject(uint8_t bank, uint64_t status, uint64_t addr)
{
	struct kvm_x86_mce mce = {
		.status = status, .addr = addr, .misc = 0x8c,
		.mcg_status = MCG_MCIP | 1, .bank = bank,
	};

	return dev_ioctl(vcpu.fd, KVM_X86_SET_MCE, &mce);
}

static void set_up_mce(void)
{
	struct kvm_sregs sregs;

	set_up();
	REQUIRE_EQ(setup_mce(MCG_CTL_P | MCG_SER_P | QEMU_BANKS), 0);
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr4 |= X86_CR4_MCE;
	vcpu_set_sregs(&vcpu, &sregs);
}

static void mce_corrected_is_logged(void)
{
	struct exception exception;

	set_up_mce();
	EXPECT_EQ(inject(3, MCI_VALID | 0x11, 0x1000), 0);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MC_STATUS(3)), MCI_VALID | 0x11);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MC_ADDR(3)), 0x1000);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MC_MISC(3)), 0x8c);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MC_STATUS(2)), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), -1);
	test_context("a second one");
	EXPECT_EQ(inject(3, MCI_VALID | 0x22, 0x2000), 0);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MC_STATUS(3)), MCI_VALID | MCI_OVER | 0x22);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MC_ADDR(3)), 0x2000);
}

static void mce_uncorrected_is_taken(void)
{
	struct exception exception;

	set_up_mce();
	EXPECT_EQ(inject(1, MCI_VALID | MCI_UC | 0x33, 0x3000), 0);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MCG_STATUS), MCG_MCIP | 1);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MC_STATUS(1)), MCI_VALID | MCI_UC | 0x33);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_MC);
	EXPECT_EQ(exception.rip, GUEST_CODE);
	test_context("a corrected one over it");
	EXPECT_EQ(inject(1, MCI_VALID | 0x44, 0x4000), 0);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MC_STATUS(1)),
		  MCI_VALID | MCI_OVER | MCI_UC | 0x33);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MC_ADDR(1)), 0x3000);
	test_context("a second one before the first is handled");
	EXPECT_EQ(inject(2, MCI_VALID | MCI_UC | 0x55, 0x5000), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_SHUTDOWN);
}

static void mce_without_handler_is_shutdown(void)
{
	set_up();
	REQUIRE_EQ(setup_mce(MCG_CTL_P | 1), 0);
	vcpu_load(&vcpu, "exits_halt_long");
	EXPECT_EQ(inject(0, MCI_VALID | MCI_UC, 0), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_SHUTDOWN);
}

static void mce_disabled_is_ignored(void)
{
	struct exception exception;

	set_up_mce();
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_MC_CTL(1), 0), 1);
	EXPECT_EQ(inject(1, MCI_VALID | MCI_UC, 0), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), -1);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MC_STATUS(1)), 0);
}

static void mce_invalid(void)
{
	set_up_mce();
	EXPECT_EQ(inject(QEMU_BANKS, MCI_VALID, 0), -EINVAL);
	EXPECT_EQ(inject(255, MCI_VALID, 0), -EINVAL);
	EXPECT_EQ(inject(0, MCI_UC, 0), -EINVAL);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_MC_STATUS(0)), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/* --- what can be offered --- */

static void features(void)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entries[2];
	} arg = { .head.nmsrs = 2, .entries = {
		{ .index = MSR_UCODE_REV, .data = -1ULL },
		{ .index = 0xdeadbeef },
	} };
	struct kvm_msr_list *list;
	uint32_t i, nmsrs;
	bool found = false;

	set_up();
	list = calloc(1, sizeof(*list) + 256 * sizeof(list->indices[0]));
	REQUIRE(list);
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_GET_MSR_FEATURE_INDEX_LIST, list),
		  -E2BIG);
	nmsrs = list->nmsrs;
	REQUIRE(nmsrs > 0 && nmsrs < 256);
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_GET_MSR_FEATURE_INDEX_LIST, list), 0);
	EXPECT_EQ(list->nmsrs, nmsrs);
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_GET_MSRS, &arg), 1);
	EXPECT(arg.entries[0].data != -1ULL);
	arg.head.nmsrs = 1;
	for (i = 0; i < nmsrs; i++) {
		test_context("0x%x", list->indices[i]);
		arg.entries[0].index = list->indices[i];
		EXPECT_EQ(dev_ioctl(vm.sys, KVM_GET_MSRS, &arg), 1);
		found |= list->indices[i] == MSR_UCODE_REV;
	}
	EXPECT(found);
	test_context("an MSR that is state alone");
	arg.entries[0].index = MSR_FS_BASE;
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_GET_MSRS, &arg), 0);
}

/* --- the TSCs of several vCPUs --- */

/* The other's is read between two readings of the one. */
static void expect_same_tsc(struct vcpu *other)
{
	uint64_t before = vcpu_get_msr(&vcpu, MSR_TSC), between, after;

	between = vcpu_get_msr(other, MSR_TSC);
	after = vcpu_get_msr(&vcpu, MSR_TSC);
	EXPECT(before <= between);
	EXPECT(between <= after);
}

static void tsc_set_together(void)
{
	struct vcpu other;
	uint64_t now;

	set_up();
	vcpu_create(&other, &vm, 1);
	test_context("as created");
	expect_same_tsc(&other);
	test_context("both 0, as after reset");
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_TSC, 0), 1);
	EXPECT_EQ(vcpu_set_msr(&other, MSR_TSC, 0), 1);
	expect_same_tsc(&other);
	test_context("both what they were when the VM was saved");
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_TSC, 0x1234567890000), 1);
	EXPECT_EQ(vcpu_set_msr(&other, MSR_TSC, 0x1234567880000), 1);
	expect_same_tsc(&other);
	EXPECT(vcpu_get_msr(&vcpu, MSR_TSC) >= 0x1234567890000);
	test_context("far apart");
	now = vcpu_get_msr(&vcpu, MSR_TSC);
	EXPECT_EQ(vcpu_set_msr(&other, MSR_TSC, now + BIT(40)), 1);
	EXPECT(vcpu_get_msr(&other, MSR_TSC) >= now + BIT(40));
	EXPECT(vcpu_get_msr(&vcpu, MSR_TSC) < now + BIT(40));
}

/* --- its rate --- */

static uint64_t host_tsc(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high));
	return low | (uint64_t)high << 32;
}

static long set_khz(uint64_t khz)
{
	return dev_ioctl(vcpu.fd, KVM_SET_TSC_KHZ, (void *)khz);
}

static long get_khz(void)
{
	return dev_ioctl(vcpu.fd, KVM_GET_TSC_KHZ, NULL);
}

static bool can_scale(void)
{
	return dev_ioctl(vm.sys, KVM_CHECK_EXTENSION,
			 (void *)(long)KVM_CAP_TSC_CONTROL) > 0;
}

static void tsc_rate_of_the_host(void)
{
	long khz;

	set_up();
	khz = get_khz();
	REQUIRE(khz > 0);
	EXPECT_EQ(set_khz(khz), 0);
	EXPECT_EQ(get_khz(), khz);
	test_context("nearly");
	EXPECT_EQ(set_khz(khz + khz / 10000), 0);
	EXPECT_EQ(get_khz(), khz + khz / 10000);
	test_context("0 means it");
	EXPECT_EQ(set_khz(0), 0);
	EXPECT_EQ(get_khz(), khz);
	test_context("too high");
	/* KVM lets a TSC that cannot be scaled catch up now and then. */
	if (test_on_xvcpu() || can_scale()) {
		EXPECT_EQ(set_khz(0x80000000), -EINVAL);
		EXPECT_EQ(set_khz(0xffffffff), -EINVAL);
		EXPECT_EQ(get_khz(), khz);
	}
	if (can_scale())
		return;
	test_context("a CPU that cannot scale");
	EXPECT_EQ(set_khz(khz / 2), -EINVAL);
	if (test_on_xvcpu())
		EXPECT_EQ(set_khz(khz * 2), -EINVAL);
}

/* How far the guest's TSC goes in a time of the host's. */
static void expect_rate(double rate)
{
	uint64_t start = host_tsc(), first = vcpu_get_msr(&vcpu, MSR_TSC), end, last;

	while (host_tsc() - start < 10000000)
		;
	end = host_tsc();
	last = vcpu_get_msr(&vcpu, MSR_TSC);
	EXPECT((last - first) > (end - start) * rate * 0.95);
	EXPECT((last - first) < (end - start) * rate * 1.05);
}

static void tsc_scaled(void)
{
	static const double rates[] = { 2, 0.5, 1.25, 3.7, 1 };
	struct exception exception;
	uint64_t before, after;
	struct kvm_regs regs;
	long khz;
	size_t i;

	set_up();
	if (!can_scale())
		test_skip("the CPU does not scale the TSC");
	khz = get_khz();
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		test_context("rate %zu", i);
		before = vcpu_get_msr(&vcpu, MSR_TSC);
		EXPECT_EQ(set_khz(khz * rates[i]), 0);
		EXPECT_EQ(get_khz(), (long)(khz * rates[i]));
		after = vcpu_get_msr(&vcpu, MSR_TSC);
		/* KVM's makes a leap. */
		if (test_on_xvcpu())
			EXPECT(after - before < (uint64_t)khz * 1000);
		expect_rate(rates[i]);
		/* RDTSC, which does not exit, and RDMSR are the same clock. */
		before = 0x123400000000;
		regs = (struct kvm_regs) {
			.rcx = MSR_TSC, .rax = (uint32_t)before,
			.rdx = before >> 32 };
		EXPECT_EQ(vcpu_exec(&vcpu, "msr_tsc", &regs, &exception), -1);
		after = regs.rax | regs.rdx << 32;
		EXPECT(regs.rbx >= before);
		EXPECT(after >= regs.rbx);
		EXPECT(after - before < 100000000);
		EXPECT(vcpu_get_msr(&vcpu, MSR_TSC) >= after);
	}
}

static void tsc_scaled_together(void)
{
	struct vcpu other;
	long khz;

	set_up();
	if (!can_scale())
		test_skip("the CPU does not scale the TSC");
	vcpu_create(&other, &vm, 1);
	khz = get_khz() * 3 / 2;
	EXPECT_EQ(set_khz(khz), 0);
	EXPECT_EQ(dev_ioctl(other.fd, KVM_SET_TSC_KHZ, (void *)khz), 0);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_TSC, 0), 1);
	EXPECT_EQ(vcpu_set_msr(&other, MSR_TSC, 0), 1);
	expect_same_tsc(&other);
	expect_rate(1.5);
}

static const struct test tests[] = {
	{ "msrs_qemu_batch", qemu_batch },
	{ "msrs_listed_are_restored", listed_are_restored },
	{ "msrs_mtrr_read_back", mtrr_read_back },
	{ "msrs_mtrr_invalid", mtrr_invalid },
	{ "msrs_follow_cpuid", follow_cpuid },
	{ "msrs_paravirtual_clock_is_off", paravirtual_clock_is_off },
	{ "msrs_microcode_revision", microcode_revision },
	{ "msrs_misc_enable", misc_enable },
	{ "msrs_mce_setup", mce_setup },
	{ "msrs_mce_corrected_is_logged", mce_corrected_is_logged },
	{ "msrs_mce_uncorrected_is_taken", mce_uncorrected_is_taken },
	{ "msrs_mce_without_handler_is_shutdown",
	  mce_without_handler_is_shutdown },
	{ "msrs_mce_disabled_is_ignored", mce_disabled_is_ignored },
	{ "msrs_mce_invalid", mce_invalid },
	{ "msrs_features", features },
	{ "msrs_tsc_set_together", tsc_set_together },
	{ "msrs_tsc_rate_of_the_host", tsc_rate_of_the_host },
	{ "msrs_tsc_scaled", tsc_scaled },
	{ "msrs_tsc_scaled_together", tsc_scaled_together },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
