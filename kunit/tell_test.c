// SPDX-License-Identifier: GPL-2.0
/*
 * What vmx_percpu.c and vmx_bind.c tell of CPUs and bindings, over fake CPUs.
 */
#include <xvcpu/notice.h>

#include <kunit/test.h>
#include <linux/errno.h>
#include <xvcpu/bind.h>

#include "fake_hw.h"

static bool tell_wanted(void)
{
	return true;
}

static void tell_wake(void)
{
}

static const struct xvcpu_notice_reader tell_reader = {
	.wanted = tell_wanted,
	.wake = tell_wake,
};

static int tell_init(struct kunit *test)
{
	xvcpu_notice_open(&tell_reader);
	return fake_init(test);
}

static void tell_exit(struct kunit *test)
{
	struct xvcpu_notice notice;

	xvcpu_notice_close();
	while (xvcpu_notice_take(&notice))
		;
	fake_exit(test);
}

static void expect_told(struct kunit *test, enum xvcpu_event_kind kind, int cpu,
			int error)
{
	struct xvcpu_notice notice;

	KUNIT_ASSERT_TRUE(test, xvcpu_notice_take(&notice));
	KUNIT_EXPECT_EQ(test, notice.kind, kind);
	KUNIT_EXPECT_EQ(test, notice.cpu, cpu);
	KUNIT_EXPECT_EQ(test, notice.from_cpu, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, notice.why, (u64)-error);
}

static void expect_no_more(struct kunit *test)
{
	struct xvcpu_notice notice;

	KUNIT_EXPECT_FALSE(test, xvcpu_notice_take(&notice));
}

static void drop_all(void)
{
	struct xvcpu_notice notice;

	while (xvcpu_notice_take(&notice))
		;
}

/* The boot CPU first; the fake machine then calls the highest number first. */
static void tell_enable_and_disable(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	int cpu;

	expect_told(test, XVCPU_EVENT_CPU_ENTERED, root->boot_cpu, 0);
	for (cpu = 3; cpu >= 0; cpu--)
		if (cpu != root->boot_cpu)
			expect_told(test, XVCPU_EVENT_CPU_ENTERED, cpu, 0);
	expect_no_more(test);
	xvcpu_percpu_disable_all(root);
	for (cpu = 0; cpu < 4; cpu++)
		expect_told(test, XVCPU_EVENT_CPU_LEFT, cpu, 0);
	expect_no_more(test);
}

/* One that fails: the others have entered, and leave. */
static void tell_enable_vmxon_fails(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);
	struct xvcpu_notice notice;
	int entered = 0, left = 0, refused = 0;

	fake_fail(2, FAKE_VMXON, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -EIO);
	while (xvcpu_notice_take(&notice)) {
		entered += notice.kind == XVCPU_EVENT_CPU_ENTERED;
		left += notice.kind == XVCPU_EVENT_CPU_LEFT;
		if (notice.kind != XVCPU_EVENT_CPU_REFUSED)
			continue;
		KUNIT_EXPECT_EQ(test, notice.cpu, 2);
		KUNIT_EXPECT_EQ(test, notice.why, (u64)EIO);
		refused++;
	}
	KUNIT_EXPECT_EQ(test, entered, 3);
	KUNIT_EXPECT_EQ(test, left, 3);
	KUNIT_EXPECT_EQ(test, refused, 1);
}

static void tell_hotplug(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	drop_all();
	xvcpu_percpu_offline(root, 2);
	fake_set_online(2, false);
	expect_told(test, XVCPU_EVENT_CPU_LEFT, 2, 0);
	expect_no_more(test);
	fake_set_online(2, true);
	fake_take_vmx(2);
	xvcpu_percpu_online(root, 2);
	expect_told(test, XVCPU_EVENT_CPU_REFUSED, 2, -EBUSY);
	expect_no_more(test);
	fake_repair(2);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 2), 0);
	expect_told(test, XVCPU_EVENT_CPU_ENTERED, 2, 0);
	expect_no_more(test);
}

static void tell_exclusive(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);

	/* All are checked, none enters. */
	expect_no_more(test);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), 0);
	expect_told(test, XVCPU_EVENT_CPU_ENTERED, 1, 0);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), 0);
	expect_no_more(test);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 3), -EBUSY);
	expect_told(test, XVCPU_EVENT_CPU_REFUSED, 3, -EBUSY);
	xvcpu_percpu_put(root, 1);
	expect_told(test, XVCPU_EVENT_CPU_LEFT, 1, 0);
	expect_no_more(test);
}

/* Who tries again and again is told of no more than once a grant. */
static void tell_exclusive_refused_again(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	int i;

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), 0);
	drop_all();
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 3), -EBUSY);
	expect_told(test, XVCPU_EVENT_CPU_REFUSED, 3, -EBUSY);
	expect_no_more(test);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 2), -EBUSY);
	expect_told(test, XVCPU_EVENT_CPU_REFUSED, 2, -EBUSY);
	xvcpu_percpu_put(root, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), 0);
	drop_all();
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 3), -EBUSY);
	expect_told(test, XVCPU_EVENT_CPU_REFUSED, 3, -EBUSY);
	expect_no_more(test);
}

/* Nor is a CPU that fails; one that was away is another. */
static void tell_exclusive_fails_again(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	int i;

	fake_take_vmx(2);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 2), -EBUSY);
	expect_told(test, XVCPU_EVENT_CPU_REFUSED, 2, -EBUSY);
	expect_no_more(test);
	xvcpu_percpu_offline(root, 2);
	xvcpu_percpu_online(root, 2);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 2), -EBUSY);
	expect_told(test, XVCPU_EVENT_CPU_REFUSED, 2, -EBUSY);
	fake_repair(2);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 2), 0);
	expect_told(test, XVCPU_EVENT_CPU_ENTERED, 2, 0);
	expect_no_more(test);
}

/* A binding that remembers where it was unbound. */
struct watched {
	struct xvcpu_binding b;
	int unbound;
	int from;
};

static void note_unbound(const struct xvcpu_binding *b, int cpu)
{
	struct watched *w = container_of(b, struct watched, b);

	w->unbound++;
	w->from = cpu;
}

static struct watched *new_watched(struct kunit *test)
{
	struct watched *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	KUNIT_ASSERT_EQ(test, xvcpu_bind_create(&w->b, fake->root,
						fake_vmcs_region(test, false),
						0, XVCPU_CPU_NONE), 0);
	w->b.unbound = note_unbound;
	return w;
}

static void bind_this(void *arg)
{
	xvcpu_bind_here(arg);
}

static void expect_unbound(struct kunit *test, const struct watched *w,
			   int times, int from)
{
	KUNIT_EXPECT_EQ(test, w->unbound, times);
	KUNIT_EXPECT_EQ(test, w->from, from);
}

static void tell_unbound(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct watched *w = new_watched(test);

	/* Not the first VMCLEAR, which unbinds nothing. */
	fake_call(1, bind_this, &w->b);
	expect_unbound(test, w, 0, 0);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_migrate(&w->b, 2), 0);
	expect_unbound(test, w, 1, 1);
	fake_call(2, bind_this, &w->b);
	xvcpu_percpu_offline(root, 2);
	expect_unbound(test, w, 2, 2);
	xvcpu_percpu_online(root, 2);
	fake_call(2, bind_this, &w->b);
	xvcpu_bind_destroy(&w->b);
	expect_unbound(test, w, 3, 2);
	xvcpu_bind_destroy(&w->b);
	expect_unbound(test, w, 3, 2);
}

static struct kunit_case tell_cases[] = {
	KUNIT_CASE(tell_enable_and_disable),
	KUNIT_CASE(tell_enable_vmxon_fails),
	KUNIT_CASE(tell_hotplug),
	KUNIT_CASE(tell_exclusive),
	KUNIT_CASE(tell_exclusive_refused_again),
	KUNIT_CASE(tell_exclusive_fails_again),
	KUNIT_CASE(tell_unbound),
	{}
};

static struct kunit_suite tell_suite = {
	.name = "xvcpu_tell",
	.init = tell_init,
	.exit = tell_exit,
	.test_cases = tell_cases,
};

kunit_test_suite(tell_suite);
