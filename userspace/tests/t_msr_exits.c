// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses of MSRs that userspace hears of: those that are unknown, those with a
 * value that is not taken, and those that a filter denies.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define MSR_UNKNOWN		0x474f4f00
#define MSR_SYSENTER_CS		0x174
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_KERNEL_GS_BASE	0xc0000102

#define NOT_CANONICAL	0x8000000000000000
#define ALL_REASONS	(KVM_MSR_EXIT_REASON_INVAL |	\
			 KVM_MSR_EXIT_REASON_UNKNOWN |	\
			 KVM_MSR_EXIT_REASON_FILTER)

static struct vm vm;
static struct vcpu vcpu;

static long enable(uint64_t reasons)
{
	return vm_enable_cap(&vm, KVM_CAP_X86_USER_SPACE_MSR, reasons);
}

static void set_up(uint64_t reasons)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	if (reasons)
		REQUIRE_EQ(enable(reasons), 0);
}

static void load(const char *guest, uint32_t index, uint64_t value)
{
	struct kvm_regs regs;

	vcpu_load(&vcpu, guest);
	vcpu_get_regs(&vcpu, &regs);
	regs.rcx = index;
	regs.rax = (uint32_t)value;
	regs.rdx = value >> 32;
	vcpu_set_regs(&vcpu, &regs);
}

/* Run to the exit, which must be for this access. */
static void expect_exit(uint32_t exit, uint32_t index, uint32_t reason)
{
	struct kvm_regs regs;

	memset(&vcpu.run->msr, 0xee, sizeof(vcpu.run->msr));
	vcpu_run_until(&vcpu, exit);
	EXPECT_EQ(vcpu.run->msr.index, index);
	EXPECT_EQ(vcpu.run->msr.reason, reason);
	EXPECT_EQ(vcpu.run->msr.error, 0);
	/* The instruction is not done yet. */
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rip, GUEST_CODE);
}

/* Run on to the HLT after the access, or to the exception. */
static int finish(struct kvm_regs *regs)
{
	struct exception exception;
	int got;

	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, regs);
	got = vcpu_exception(&vcpu, &exception);
	if (got >= 0) {
		EXPECT_EQ(exception.rip, GUEST_CODE);
		EXPECT_EQ(exception.error, 0);
	} else {
		EXPECT_EQ(regs->rip, GUEST_CODE + 3);
	}
	return got;
}

static int access_msr(const char *guest, uint32_t index, uint64_t value)
{
	struct kvm_regs regs;

	load(guest, index, value);
	return finish(&regs);
}

/* --- unknown ones, and bad values --- */

static void unknown_read(void)
{
	struct kvm_regs regs;

	set_up(KVM_MSR_EXIT_REASON_UNKNOWN);
	load("msr_read", MSR_UNKNOWN, 0);
	expect_exit(KVM_EXIT_X86_RDMSR, MSR_UNKNOWN,
		    KVM_MSR_EXIT_REASON_UNKNOWN);
	vcpu.run->msr.data = 0x1122334455667788;
	EXPECT_EQ(finish(&regs), -1);
	EXPECT_EQ(regs.rax, 0x55667788);
	EXPECT_EQ(regs.rdx, 0x11223344);
	test_context("refused");
	load("msr_read", MSR_UNKNOWN, 0x99);
	expect_exit(KVM_EXIT_X86_RDMSR, MSR_UNKNOWN,
		    KVM_MSR_EXIT_REASON_UNKNOWN);
	vcpu.run->msr.error = 1;
	EXPECT_EQ(finish(&regs), VEC_GP);
	EXPECT_EQ(regs.rax, 0x99);
}

static void unknown_write(void)
{
	struct kvm_regs regs;

	set_up(KVM_MSR_EXIT_REASON_UNKNOWN);
	load("msr_write", MSR_UNKNOWN, 0x8877665544332211);
	expect_exit(KVM_EXIT_X86_WRMSR, MSR_UNKNOWN,
		    KVM_MSR_EXIT_REASON_UNKNOWN);
	EXPECT_EQ(vcpu.run->msr.data, 0x8877665544332211);
	EXPECT_EQ(finish(&regs), -1);
	EXPECT_EQ(regs.rax, 0x44332211);
	EXPECT_EQ(regs.rdx, 0x88776655);
	test_context("refused");
	load("msr_write", MSR_UNKNOWN, 1);
	expect_exit(KVM_EXIT_X86_WRMSR, MSR_UNKNOWN,
		    KVM_MSR_EXIT_REASON_UNKNOWN);
	vcpu.run->msr.error = 0xff;
	EXPECT_EQ(finish(&regs), VEC_GP);
}

static void bad_value(void)
{
	struct kvm_regs regs;

	set_up(KVM_MSR_EXIT_REASON_INVAL);
	load("msr_write", MSR_LSTAR, NOT_CANONICAL);
	expect_exit(KVM_EXIT_X86_WRMSR, MSR_LSTAR, KVM_MSR_EXIT_REASON_INVAL);
	EXPECT_EQ(vcpu.run->msr.data, NOT_CANONICAL);
	EXPECT_EQ(finish(&regs), -1);
	test_context("a good one does not exit");
	EXPECT_EQ(access_msr("msr_write", MSR_LSTAR, 0x1000), -1);
}

/* Each reason is asked for by itself, and can be called off. */
static void not_asked_for(void)
{
	set_up(0);
	test_context("nothing");
	EXPECT_EQ(access_msr("msr_read", MSR_UNKNOWN, 0), VEC_GP);
	EXPECT_EQ(access_msr("msr_write", MSR_LSTAR, NOT_CANONICAL), VEC_GP);
	test_context("unknown ones");
	REQUIRE_EQ(enable(KVM_MSR_EXIT_REASON_UNKNOWN), 0);
	EXPECT_EQ(access_msr("msr_write", MSR_LSTAR, NOT_CANONICAL), VEC_GP);
	test_context("bad values");
	REQUIRE_EQ(enable(KVM_MSR_EXIT_REASON_INVAL), 0);
	EXPECT_EQ(access_msr("msr_read", MSR_UNKNOWN, 0), VEC_GP);
	test_context("nothing again");
	REQUIRE_EQ(enable(0), 0);
	EXPECT_EQ(access_msr("msr_read", MSR_UNKNOWN, 0), VEC_GP);
}

/* Userspace goes elsewhere: KVM completes the access all the same. */
static void dropped_at_other_rip(void)
{
	struct kvm_regs regs;

	test_need_xvcpu();
	set_up(KVM_MSR_EXIT_REASON_UNKNOWN);
	load("msr_read", MSR_UNKNOWN, 0);
	expect_exit(KVM_EXIT_X86_RDMSR, MSR_UNKNOWN,
		    KVM_MSR_EXIT_REASON_UNKNOWN);
	vcpu.run->msr.data = 0x1234;
	vcpu_get_regs(&vcpu, &regs);
	regs.rip = GUEST_CODE + 0x100;
	regs.rax = 0x77;
	vm.mem[GUEST_CODE + 0x100] = 0xf4;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rax, 0x77);
	EXPECT_EQ(regs.rip, GUEST_CODE + 0x101);
}

/* --- the filter --- */

static uint64_t no_bits[32], all_bits[32] = { [0 ... 31] = -1ULL };

static long set_filter(uint32_t flags, const struct kvm_msr_filter_range *ranges,
		       size_t n)
{
	struct kvm_msr_filter filter = { .flags = flags };

	memcpy(filter.ranges, ranges, n * sizeof(*ranges));
	return dev_ioctl(vm.fd, KVM_X86_SET_MSR_FILTER, &filter);
}

static long deny(uint32_t index, uint32_t access)
{
	struct kvm_msr_filter_range range = {
		.flags = access, .base = index, .nmsrs = 1,
		.bitmap = (void *)no_bits,
	};

	return set_filter(0, &range, 1);
}

static long deny_nothing(void)
{
	return set_filter(0, NULL, 0);
}

#define READ	KVM_MSR_FILTER_READ
#define WRITE	KVM_MSR_FILTER_WRITE

static void filter_denies(void)
{
	struct kvm_regs regs;

	set_up(0);
	test_context("reads");
	REQUIRE_EQ(deny(MSR_LSTAR, READ), 0);
	EXPECT_EQ(access_msr("msr_read", MSR_LSTAR, 0), VEC_GP);
	EXPECT_EQ(access_msr("msr_write", MSR_LSTAR, 0x1000), -1);
	EXPECT_EQ(access_msr("msr_read", MSR_CSTAR, 0), -1);
	test_context("writes");
	REQUIRE_EQ(deny(MSR_LSTAR, WRITE), 0);
	EXPECT_EQ(access_msr("msr_read", MSR_LSTAR, 0), -1);
	EXPECT_EQ(access_msr("msr_write", MSR_LSTAR, 0x2000), VEC_GP);
	test_context("with an exit");
	REQUIRE_EQ(enable(KVM_MSR_EXIT_REASON_FILTER), 0);
	load("msr_write", MSR_LSTAR, 0x3000);
	expect_exit(KVM_EXIT_X86_WRMSR, MSR_LSTAR, KVM_MSR_EXIT_REASON_FILTER);
	EXPECT_EQ(vcpu.run->msr.data, 0x3000);
	EXPECT_EQ(finish(&regs), -1);
	/* Userspace has taken it, and not set it. */
	load("msr_read", MSR_LSTAR, 0);
	EXPECT_EQ(finish(&regs), -1);
	EXPECT_EQ(regs.rax, 0x1000);
	test_context("nothing");
	REQUIRE_EQ(deny_nothing(), 0);
	EXPECT_EQ(access_msr("msr_write", MSR_LSTAR, 0x4000), -1);
}

static const uint32_t guests_own[] = {
	MSR_SYSENTER_CS, MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE,
};

/* MSRs that the guest accesses without a VM exit, if it may. */
static void filter_denies_guests_own(void)
{
	struct kvm_regs regs;
	size_t i;

	set_up(KVM_MSR_EXIT_REASON_FILTER);
	for (i = 0; i < ARRAY_SIZE(guests_own); i++) {
		test_context("0x%x", guests_own[i]);
		EXPECT_EQ(access_msr("msr_write", guests_own[i], 0), -1);
		REQUIRE_EQ(deny(guests_own[i], READ | WRITE), 0);
		load("msr_read", guests_own[i], 0);
		expect_exit(KVM_EXIT_X86_RDMSR, guests_own[i],
			    KVM_MSR_EXIT_REASON_FILTER);
		vcpu.run->msr.data = 0x5678;
		EXPECT_EQ(finish(&regs), -1);
		EXPECT_EQ(regs.rax, 0x5678);
		load("msr_write", guests_own[i], 0x10);
		expect_exit(KVM_EXIT_X86_WRMSR, guests_own[i],
			    KVM_MSR_EXIT_REASON_FILTER);
		vcpu.run->msr.error = 1;
		EXPECT_EQ(finish(&regs), VEC_GP);
		REQUIRE_EQ(deny_nothing(), 0);
		EXPECT_EQ(access_msr("msr_read", guests_own[i], 0), -1);
	}
}

/* While one of them is denied the others work as ever. */
static void filter_leaves_others(void)
{
	struct kvm_regs regs;

	set_up(0);
	REQUIRE_EQ(deny(MSR_GS_BASE, READ), 0);
	load("msr_write_read", MSR_KERNEL_GS_BASE, 0x123456789000);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rax | regs.rdx << 32, 0x123456789000);
	/* Written and read by the guest, and kept between runs. */
	load("msr_read", MSR_KERNEL_GS_BASE, 0);
	EXPECT_EQ(finish(&regs), -1);
	EXPECT_EQ(regs.rax | regs.rdx << 32, 0x123456789000);
	load("msr_write_read", MSR_FS_BASE, 0x7000);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rax, 0x7000);
	EXPECT_EQ(access_msr("msr_read", MSR_GS_BASE, 0), VEC_GP);
}

/* A vCPU in the guest follows at once. */
static void filter_set_while_running(void)
{
	struct exception exception;
	struct runner runner;
	uint64_t before;

	set_up(0);
	load("msr_read_for_ever", MSR_FS_BASE, 0);
	runner_start(&runner, &vcpu, -1);
	do
		before = __atomic_load_n(vm_u64(&vm, GUEST_RESULT),
					 __ATOMIC_ACQUIRE);
	while (before < 1000);
	REQUIRE_EQ(deny(MSR_FS_BASE, READ), 0);
	EXPECT_EQ(runner_wait(&runner), 0);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_GP);
}

static void filter_ranges(void)
{
	uint64_t star_and_cstar = BIT(0) | BIT(2);
	const struct kvm_msr_filter_range ranges[] = {
		{ .flags = READ, .base = MSR_STAR, .nmsrs = 3,
		  .bitmap = (void *)&star_and_cstar },
		/* Of two ranges the first decides. */
		{ .flags = READ, .base = MSR_STAR, .nmsrs = 3,
		  .bitmap = (void *)no_bits },
		{ .flags = WRITE, .base = MSR_STAR, .nmsrs = 64,
		  .bitmap = (void *)all_bits },
		{ .nmsrs = 0, .flags = READ, .bitmap = NULL },
	};

	set_up(0);
	REQUIRE_EQ(set_filter(KVM_MSR_FILTER_DEFAULT_DENY, ranges,
			      ARRAY_SIZE(ranges)), 0);
	EXPECT_EQ(access_msr("msr_read", MSR_STAR, 0), -1);
	EXPECT_EQ(access_msr("msr_read", MSR_LSTAR, 0), VEC_GP);
	EXPECT_EQ(access_msr("msr_read", MSR_CSTAR, 0), -1);
	EXPECT_EQ(access_msr("msr_write", MSR_LSTAR, 0x1000), -1);
	EXPECT_EQ(access_msr("msr_read", MSR_CSTAR + 1, 0), VEC_GP);
	EXPECT_EQ(access_msr("msr_write", MSR_CSTAR + 1, 0), -1);
	test_context("whatever is in no range");
	EXPECT_EQ(access_msr("msr_read", MSR_SYSENTER_CS, 0), VEC_GP);
	EXPECT_EQ(access_msr("msr_read", MSR_FS_BASE, 0), VEC_GP);
}

/* The filter is about the guest, not about userspace. */
static void filter_is_not_for_userspace(void)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} arg = { .head.nmsrs = 1,
		  .entry = { .index = MSR_LSTAR, .data = 0x1234 } };

	set_up(0);
	REQUIRE_EQ(deny(MSR_LSTAR, READ | WRITE), 0);
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_MSRS, &arg), 1);
	arg.entry.data = 0;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_GET_MSRS, &arg), 1);
	EXPECT_EQ(arg.entry.data, 0x1234);
}

/* --- arguments --- */

static void filter_invalid(void)
{
	struct kvm_msr_filter_range range = {
		.flags = READ, .base = MSR_LSTAR, .nmsrs = 1,
		.bitmap = (void *)no_bits,
	};

	set_up(0);
	test_context("flags of the filter");
	EXPECT_EQ(set_filter(2, &range, 1), -EINVAL);
	EXPECT_EQ(set_filter(-1U, &range, 1), -EINVAL);
	test_context("flags of a range");
	range.flags = 4;
	EXPECT_EQ(set_filter(0, &range, 1), -EINVAL);
	range.flags = 0;
	EXPECT_EQ(set_filter(0, &range, 1), -EINVAL);
	range.flags = READ;
	test_context("size of a range");
	range.nmsrs = 8 * KVM_MSR_FILTER_MAX_BITMAP_SIZE + 1;
	EXPECT_EQ(set_filter(0, &range, 1), -EINVAL);
	range.nmsrs = -1U;
	EXPECT_EQ(set_filter(0, &range, 1), -EINVAL);
	test_context("denial of everything");
	EXPECT_EQ(set_filter(KVM_MSR_FILTER_DEFAULT_DENY, NULL, 0), -EINVAL);
	test_context("no bitmap");
	range.nmsrs = 1;
	range.bitmap = NULL;
	EXPECT_EQ(set_filter(0, &range, 1), -EFAULT);
	test_context("nothing has changed");
	EXPECT_EQ(access_msr("msr_read", MSR_LSTAR, 0), -1);
}

static void enable_cap_invalid(void)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_X86_USER_SPACE_MSR, .args[0] = ALL_REASONS,
	};

	set_up(0);
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_CHECK_EXTENSION,
			    (void *)(long)KVM_CAP_X86_USER_SPACE_MSR), 1);
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_CHECK_EXTENSION,
			    (void *)(long)KVM_CAP_X86_MSR_FILTER), 1);
	EXPECT_EQ(dev_ioctl(vm.fd, KVM_ENABLE_CAP, &cap), 0);
	EXPECT_EQ(enable(ALL_REASONS + 1), -EINVAL);
	EXPECT_EQ(enable(BIT(32)), -EINVAL);
	EXPECT_EQ(enable(BIT(63)), -EINVAL);
	cap.flags = 1;
	EXPECT_EQ(dev_ioctl(vm.fd, KVM_ENABLE_CAP, &cap), -EINVAL);
	cap.flags = 0;
	cap.cap = 0xffff;
	EXPECT_EQ(dev_ioctl(vm.fd, KVM_ENABLE_CAP, &cap), -EINVAL);
	cap.cap = KVM_CAP_USER_MEMORY;
	EXPECT_EQ(dev_ioctl(vm.fd, KVM_ENABLE_CAP, &cap), -EINVAL);
}

static const struct test tests[] = {
	{ "msr_exits_unknown_read", unknown_read },
	{ "msr_exits_unknown_write", unknown_write },
	{ "msr_exits_bad_value", bad_value },
	{ "msr_exits_not_asked_for", not_asked_for },
	{ "msr_exits_dropped_at_other_rip", dropped_at_other_rip },
	{ "msr_exits_filter_denies", filter_denies },
	{ "msr_exits_filter_denies_guests_own", filter_denies_guests_own },
	{ "msr_exits_filter_leaves_others", filter_leaves_others },
	{ "msr_exits_filter_set_while_running", filter_set_while_running },
	{ "msr_exits_filter_ranges", filter_ranges },
	{ "msr_exits_filter_is_not_for_userspace",
	  filter_is_not_for_userspace },
	{ "msr_exits_filter_invalid", filter_invalid },
	{ "msr_exits_enable_cap_invalid", enable_cap_invalid },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
