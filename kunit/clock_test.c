// SPDX-License-Identifier: GPL-2.0
/*
 * The host's TSC over sleep, over machines on which it goes on, stands still or
 * begins anew.
 */
#include "../vmx_clock.c"

#include <kunit/test.h>
#include <linux/limits.h>

/* What a guest reads whose offset is 0. */
static u64 seen(const struct xvcpu_clock *clock, u64 tsc)
{
	return tsc + clock->lost;
}

static void clock_wake_tsc_went_on(struct kunit *test)
{
	struct xvcpu_clock clock = {};

	xvcpu_clock_sleep(&clock, 1000);
	xvcpu_clock_wake(&clock, 5000);
	KUNIT_EXPECT_EQ(test, seen(&clock, 5000), 5000ULL);
}

static void clock_wake_tsc_stood_still(struct kunit *test)
{
	struct xvcpu_clock clock = {};

	xvcpu_clock_sleep(&clock, 1000);
	xvcpu_clock_wake(&clock, 1000);
	KUNIT_EXPECT_EQ(test, seen(&clock, 1000), 1000ULL);
}

static void clock_wake_tsc_began_anew(struct kunit *test)
{
	struct xvcpu_clock clock = {};

	xvcpu_clock_sleep(&clock, 1000);
	xvcpu_clock_wake(&clock, 3);
	KUNIT_EXPECT_EQ(test, seen(&clock, 3), 1000ULL);
	KUNIT_EXPECT_EQ(test, seen(&clock, 13), 1010ULL);
}

/* Each sleep loses something; what the ones before lost stays. */
static void clock_wake_again_and_again(struct kunit *test)
{
	struct xvcpu_clock clock = {};
	u64 last = 0;
	int i;

	for (i = 0; i < 100; i++) {
		last = seen(&clock, 1000 + i);
		xvcpu_clock_sleep(&clock, 1000 + i);
		/* Every third time it goes on. */
		xvcpu_clock_wake(&clock, i % 3 ? i : 2000);
		KUNIT_EXPECT_EQ_MSG(test, seen(&clock, i % 3 ? i : 2000),
				    i % 3 ? last : last + 1000 - i, "time %d",
				    i);
	}
	KUNIT_EXPECT_EQ(test, clock.lost, 66 * 1000ULL);
}

static void clock_wake_largest_tsc(struct kunit *test)
{
	struct xvcpu_clock clock = {};

	xvcpu_clock_sleep(&clock, U64_MAX);
	xvcpu_clock_wake(&clock, 0);
	KUNIT_EXPECT_EQ(test, seen(&clock, 0), U64_MAX);
}

static struct kunit_case clock_cases[] = {
	KUNIT_CASE(clock_wake_tsc_went_on),
	KUNIT_CASE(clock_wake_tsc_stood_still),
	KUNIT_CASE(clock_wake_tsc_began_anew),
	KUNIT_CASE(clock_wake_again_and_again),
	KUNIT_CASE(clock_wake_largest_tsc),
	{}
};

static struct kunit_suite clock_suite = {
	.name = "xvcpu-clock",
	.test_cases = clock_cases,
};

kunit_test_suite(clock_suite);
