// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite for vmx_notice.c: the order of notices, what is lost and where.
 */
#include "../vmx_notice.c"

#include <kunit/test.h>

static bool somebody_listens;
static int woken;

static bool test_wanted(void)
{
	return somebody_listens;
}

static void test_wake(void)
{
	woken++;
}

static const struct xvcpu_notice_reader test_reader = {
	.wanted = test_wanted,
	.wake = test_wake,
};

static int open_queue(struct kunit *test)
{
	somebody_listens = true;
	woken = 0;
	xvcpu_notice_open(&test_reader);
	return 0;
}

static void close_queue(struct kunit *test)
{
	struct xvcpu_notice notice;

	xvcpu_notice_close();
	while (xvcpu_notice_take(&notice))
		;
}

static void tell_many(int first, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		xvcpu_notice_cpu(XVCPU_EVENT_CPU_ENTERED, first + i, 0);
}

/* Take so many that lie next to each other. */
static void expect_many(struct kunit *test, int first, int nr)
{
	struct xvcpu_notice notice;
	int i;

	for (i = 0; i < nr; i++) {
		KUNIT_ASSERT_TRUE(test, xvcpu_notice_take(&notice));
		KUNIT_ASSERT_EQ(test, notice.kind,
				(enum xvcpu_event_kind)XVCPU_EVENT_CPU_ENTERED);
		KUNIT_ASSERT_EQ(test, notice.cpu, first + i);
	}
}

static void expect_lost(struct kunit *test, u64 nr, u64 seq)
{
	struct xvcpu_notice notice;

	KUNIT_ASSERT_TRUE(test, xvcpu_notice_take(&notice));
	KUNIT_EXPECT_EQ(test, notice.kind, (enum xvcpu_event_kind)XVCPU_EVENT_LOST);
	KUNIT_EXPECT_EQ(test, notice.why, nr);
	KUNIT_EXPECT_EQ(test, notice.seq, seq);
	KUNIT_EXPECT_EQ(test, notice.cpu, XVCPU_CPU_NONE);
}

static void expect_none(struct kunit *test)
{
	struct xvcpu_notice notice;

	KUNIT_EXPECT_FALSE(test, xvcpu_notice_take(&notice));
}

static void tell_in_order(struct kunit *test)
{
	tell_many(0, 3);
	expect_many(test, 0, 2);
	tell_many(3, 2);
	expect_many(test, 2, 3);
	expect_none(test);
	KUNIT_EXPECT_EQ(test, woken, 5);
}

static void tell_numbers_and_times(struct kunit *test)
{
	struct xvcpu_notice first, second;

	xvcpu_notice_cpu(XVCPU_EVENT_CPU_REFUSED, 3, -EIO);
	xvcpu_notice_cpu(XVCPU_EVENT_CPU_LEFT, 4, 0);
	KUNIT_ASSERT_TRUE(test, xvcpu_notice_take(&first));
	KUNIT_ASSERT_TRUE(test, xvcpu_notice_take(&second));
	KUNIT_EXPECT_EQ(test, first.why, (u64)EIO);
	KUNIT_EXPECT_EQ(test, first.from_cpu, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, first.vm, 0U);
	KUNIT_EXPECT_EQ(test, first.vcpu, 0U);
	KUNIT_EXPECT_EQ(test, second.seq, first.seq + 1);
	KUNIT_EXPECT_GE(test, second.time, first.time);
}

static void tell_nobody_listens(struct kunit *test)
{
	u64 seq = queue.seq;

	somebody_listens = false;
	tell_many(0, 3);
	somebody_listens = true;
	expect_none(test);
	KUNIT_EXPECT_EQ(test, woken, 0);
	KUNIT_EXPECT_EQ(test, queue.seq, seq);
}

static void tell_closed(struct kunit *test)
{
	tell_many(0, 1);
	xvcpu_notice_close();
	tell_many(1, 1);
	KUNIT_EXPECT_FALSE(test, xvcpu_notice_wanted());
	/* What was told before is still there. */
	expect_many(test, 0, 1);
	expect_none(test);
}

static void tell_full_at_the_end(struct kunit *test)
{
	u64 seq = queue.seq;

	tell_many(0, XVCPU_EVENT_QUEUE + 3);
	expect_many(test, 0, XVCPU_EVENT_QUEUE);
	expect_lost(test, 3, seq + XVCPU_EVENT_QUEUE + 3);
	expect_none(test);
	tell_many(0, 1);
	expect_many(test, 0, 1);
	expect_none(test);
}

/* What is lost is told of in its place, not when it was noticed. */
static void tell_full_in_between(struct kunit *test)
{
	u64 seq = queue.seq;

	tell_many(0, XVCPU_EVENT_QUEUE + 2);
	expect_many(test, 0, 1);
	tell_many(5000, 2);
	expect_many(test, 1, XVCPU_EVENT_QUEUE - 1);
	expect_lost(test, 2, seq + XVCPU_EVENT_QUEUE + 2);
	expect_many(test, 5000, 1);
	expect_lost(test, 1, seq + XVCPU_EVENT_QUEUE + 4);
	expect_none(test);
}

static void open_forgets(struct kunit *test)
{
	tell_many(0, XVCPU_EVENT_QUEUE + 2);
	xvcpu_notice_close();
	xvcpu_notice_open(&test_reader);
	expect_none(test);
}

static void ring_wraps(struct kunit *test)
{
	int i;

	queue.first = queue.last = U32_MAX - 2;
	for (i = 0; i < 6; i++) {
		tell_many(i, 1);
		expect_many(test, i, 1);
	}
	queue.first = queue.last = U32_MAX - 2;
	tell_many(0, XVCPU_EVENT_QUEUE);
	expect_many(test, 0, XVCPU_EVENT_QUEUE);
	expect_none(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(tell_in_order),
	KUNIT_CASE(tell_numbers_and_times),
	KUNIT_CASE(tell_nobody_listens),
	KUNIT_CASE(tell_closed),
	KUNIT_CASE(tell_full_at_the_end),
	KUNIT_CASE(tell_full_in_between),
	KUNIT_CASE(open_forgets),
	KUNIT_CASE(ring_wraps),
	{}
};

static struct kunit_suite suite = {
	.name = "xvcpu_notice",
	.init = open_queue,
	.exit = close_queue,
	.test_cases = cases,
};

kunit_test_suite(suite);
