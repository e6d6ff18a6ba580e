// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite for include/xvcpu/stats.h: where a time or a reason is counted.
 */
#include <xvcpu/stats.h>

#include <kunit/test.h>
#include <linux/bits.h>

static void bucket_limits(struct kunit *test)
{
	int n;

	KUNIT_EXPECT_EQ(test, xvcpu_times_bucket(0), 0U);
	KUNIT_EXPECT_EQ(test, xvcpu_times_bucket(1), 1U);
	for (n = 1; n < XVCPU_STATS_BUCKETS - 1; n++) {
		KUNIT_EXPECT_EQ(test, xvcpu_times_bucket(BIT_ULL(n - 1)),
				(u32)n);
		KUNIT_EXPECT_EQ(test, xvcpu_times_bucket(BIT_ULL(n) - 1),
				(u32)n);
	}
}

static void bucket_last_takes_all(struct kunit *test)
{
	const u32 last = XVCPU_STATS_BUCKETS - 1;

	KUNIT_EXPECT_EQ(test, xvcpu_times_bucket(BIT_ULL(last - 1)), last);
	KUNIT_EXPECT_EQ(test, xvcpu_times_bucket(BIT_ULL(last + 5)), last);
	KUNIT_EXPECT_EQ(test, xvcpu_times_bucket(U64_MAX), last);
}

static void add_sums_and_extremes(struct kunit *test)
{
	static const u64 ns[] = { 700, 3, 900, 0, 5 };
	struct xvcpu_times times = { .min = U64_MAX };
	int i;

	KUNIT_EXPECT_EQ(test, xvcpu_times_count(&times), 0ULL);
	for (i = 0; i < ARRAY_SIZE(ns); i++)
		xvcpu_times_add(&times, ns[i]);
	KUNIT_EXPECT_EQ(test, times.total, 1608ULL);
	KUNIT_EXPECT_EQ(test, times.min, 0ULL);
	KUNIT_EXPECT_EQ(test, times.max, 900ULL);
	KUNIT_EXPECT_EQ(test, xvcpu_times_count(&times), 5ULL);
	KUNIT_EXPECT_EQ(test, times.bucket[0], 1ULL);
	KUNIT_EXPECT_EQ(test, times.bucket[2], 1ULL);
	KUNIT_EXPECT_EQ(test, times.bucket[3], 1ULL);
	KUNIT_EXPECT_EQ(test, times.bucket[10], 2ULL);
}

static void add_one(struct kunit *test)
{
	struct xvcpu_times times = { .min = U64_MAX };

	xvcpu_times_add(&times, 42);
	KUNIT_EXPECT_EQ(test, times.min, 42ULL);
	KUNIT_EXPECT_EQ(test, times.max, 42ULL);
	KUNIT_EXPECT_EQ(test, times.total, 42ULL);
}

static void reason_of_any_word(struct kunit *test)
{
	const u32 last = XVCPU_STATS_REASONS - 1;

	KUNIT_EXPECT_EQ(test, xvcpu_stats_reason(0), 0U);
	KUNIT_EXPECT_EQ(test, xvcpu_stats_reason(10), 10U);
	KUNIT_EXPECT_EQ(test, xvcpu_stats_reason(last), last);
	KUNIT_EXPECT_EQ(test, xvcpu_stats_reason(last + 1), last);
	KUNIT_EXPECT_EQ(test, xvcpu_stats_reason(0xffff), last);
	/* The flags of the upper half are no reason. */
	KUNIT_EXPECT_EQ(test, xvcpu_stats_reason(0x8000000a), 10U);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(bucket_limits),
	KUNIT_CASE(bucket_last_takes_all),
	KUNIT_CASE(add_sums_and_extremes),
	KUNIT_CASE(add_one),
	KUNIT_CASE(reason_of_any_word),
	{}
};

static struct kunit_suite suite = {
	.name = "xvcpu_stats",
	.test_cases = cases,
};

kunit_test_suite(suite);
