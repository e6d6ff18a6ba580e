// SPDX-License-Identifier: GPL-2.0
/*
 * Where a vCPU is: its state machine, and the CPU that its VMCS is bound to,
 * over fake CPUs; at the end with as many threads as there are CPUs.
 */
#include "fake_log.h"

#include "../vmx_bind.c"

#include <kunit/test.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "fake_hw.h"

KUNIT_ARRAY_PARAM(nr_cpus, fake_nr_cpus_list, fake_nr_cpus_desc);

#define NR_STATES	(XVCPU_VCPU_TERMINATED + 1)
#define VPID		3

static struct xvcpu_binding *new_binding(struct kunit *test, int cpu)
{
	struct xvcpu_binding *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	memset(b, 0xff, sizeof(*b));
	KUNIT_ASSERT_EQ(test, xvcpu_bind_create(b, fake->root,
						fake_vmcs_region(test, false),
						VPID, cpu), 0);
	return b;
}

static struct xvcpu_binding *new_floating(struct kunit *test)
{
	return new_binding(test, XVCPU_CPU_NONE);
}

static u64 region_of(const struct xvcpu_binding *b)
{
	return fake_address(b->loaded.vmcs);
}

struct bind_call {
	struct xvcpu_binding *b;
	int ret;
};

static void bind_on_this(void *arg)
{
	struct bind_call *call = arg;

	call->ret = xvcpu_bind_here(call->b);
}

static int bind_on(int cpu, struct xvcpu_binding *b)
{
	struct bind_call call = { b };

	return fake_call(cpu, bind_on_this, &call) ?: call.ret;
}

/* As a run does it: first with interrupts on, then with interrupts off. */
static int prepare_and_bind_on(int cpu, struct xvcpu_binding *b)
{
	return xvcpu_bind_prepare(b, cpu) ?: bind_on(cpu, b);
}

/* To a state, by way of those before it. */
static void go_to(struct kunit *test, struct xvcpu_binding *b,
		  enum xvcpu_vcpu_state to)
{
	static const enum xvcpu_vcpu_state way[] = {
		XVCPU_VCPU_BOUND, XVCPU_VCPU_RUNNING, XVCPU_VCPU_EXITED,
		XVCPU_VCPU_HANDLING, XVCPU_VCPU_TERMINATED,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(way) && b->state != to; i++)
		if (b->state < way[i])
			KUNIT_ASSERT_EQ(test, xvcpu_bind_transition(b, way[i]),
					0);
	KUNIT_ASSERT_EQ(test, b->state, to);
}

/* What one run leaves behind. */
static void enter_and_exit(struct kunit *test, struct xvcpu_binding *b)
{
	go_to(test, b, XVCPU_VCPU_HANDLING);
	b->loaded.launched = true;
	KUNIT_ASSERT_EQ(test, xvcpu_bind_transition(b, XVCPU_VCPU_BOUND), 0);
}

static void unplug(int cpu)
{
	xvcpu_percpu_offline(fake->root, cpu);
	fake_set_online(cpu, false);
}

static void plug(int cpu)
{
	fake_set_online(cpu, true);
	xvcpu_percpu_online(fake->root, cpu);
}

static void expect_unbound(struct kunit *test, const struct xvcpu_binding *b)
{
	KUNIT_EXPECT_EQ(test, b->state, XVCPU_VCPU_UNBOUND);
	KUNIT_EXPECT_EQ(test, b->loaded.cpu, XVCPU_CPU_NONE);
	KUNIT_EXPECT_FALSE(test, b->loaded.launched);
	KUNIT_EXPECT_TRUE(test, list_empty(&b->loaded.link));
}

static void expect_bound(struct kunit *test, const struct xvcpu_binding *b,
			 int cpu)
{
	KUNIT_EXPECT_EQ(test, b->state, XVCPU_VCPU_BOUND);
	KUNIT_EXPECT_EQ(test, b->loaded.cpu, cpu);
	KUNIT_EXPECT_TRUE(test, xvcpu_bind_is_on(b, cpu));
	KUNIT_EXPECT_PTR_EQ(test, fake->cpus[cpu].current_vmcs, b->loaded.vmcs);
}

/* The state machine. Rows: from; columns: to; both in the order of the enum. */
static const char * const transitions[NR_STATES] = {
	/*			   UBREHT */
	[XVCPU_VCPU_UNBOUND]	= ".x...x",
	[XVCPU_VCPU_BOUND]	= "x.x..x",
	[XVCPU_VCPU_RUNNING]	= "...x..",
	[XVCPU_VCPU_EXITED]	= "....x.",
	[XVCPU_VCPU_HANDLING]	= "xx...x",
	[XVCPU_VCPU_TERMINATED]	= "xx....",
};

static void expect_transition(struct kunit *test, int from, int to, bool legal)
{
	struct xvcpu_binding b = { .state = from };

	fake_forget();
	KUNIT_EXPECT_EQ_MSG(test, xvcpu_bind_transition(&b, to),
			    legal ? 0 : -EINVAL, "%s to %s",
			    xvcpu_bind_state_name(from),
			    xvcpu_bind_state_name(to));
	KUNIT_EXPECT_EQ(test, b.state, legal ? to : from);
	KUNIT_EXPECT_EQ(test, fake->nr_lines, !legal);
	if (!legal) {
		KUNIT_EXPECT_EQ(test, fake_said(xvcpu_bind_state_name(from)),
				1);
		KUNIT_EXPECT_EQ(test, fake_said(xvcpu_bind_state_name(to)), 1);
	}
}

static void bind_transition_matrix(struct kunit *test)
{
	int from, to;

	for (from = 0; from < NR_STATES; from++)
		for (to = 0; to < NR_STATES; to++)
			expect_transition(test, from, to,
					  transitions[from][to] == 'x');
}

static void bind_transition_to_no_state(struct kunit *test)
{
	int from;

	for (from = 0; from < NR_STATES; from++)
		expect_transition(test, from, NR_STATES, false);
}

static void bind_transition_life(struct kunit *test)
{
	static const enum xvcpu_vcpu_state life[] = {
		XVCPU_VCPU_BOUND, XVCPU_VCPU_RUNNING, XVCPU_VCPU_EXITED,
		XVCPU_VCPU_HANDLING, XVCPU_VCPU_BOUND, XVCPU_VCPU_UNBOUND,
		XVCPU_VCPU_BOUND, XVCPU_VCPU_RUNNING, XVCPU_VCPU_EXITED,
		XVCPU_VCPU_HANDLING, XVCPU_VCPU_UNBOUND, XVCPU_VCPU_BOUND,
		XVCPU_VCPU_RUNNING, XVCPU_VCPU_EXITED, XVCPU_VCPU_HANDLING,
		XVCPU_VCPU_TERMINATED, XVCPU_VCPU_BOUND, XVCPU_VCPU_RUNNING,
		XVCPU_VCPU_EXITED, XVCPU_VCPU_HANDLING, XVCPU_VCPU_TERMINATED,
		XVCPU_VCPU_UNBOUND,
	};
	struct xvcpu_binding b = { .state = XVCPU_VCPU_UNBOUND };
	int i;

	for (i = 0; i < ARRAY_SIZE(life); i++)
		KUNIT_EXPECT_EQ_MSG(test, xvcpu_bind_transition(&b, life[i]), 0,
				    "step %d", i);
	KUNIT_EXPECT_EQ(test, fake->nr_lines, 0);
}

static void bind_state_name_each(struct kunit *test)
{
	int i, j;

	for (i = 0; i < NR_STATES; i++) {
		KUNIT_ASSERT_NOT_NULL(test, xvcpu_bind_state_name(i));
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_STRNEQ(test, xvcpu_bind_state_name(i),
					    xvcpu_bind_state_name(j));
	}
	KUNIT_EXPECT_STREQ(test, xvcpu_bind_state_name(NR_STATES), "?");
}

/* xvcpu_bind_create() */

static void bind_create_unbound(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_binding(test, 2);
	expect_unbound(test, b);
	KUNIT_EXPECT_EQ(test, b->pinned, 2);
	KUNIT_EXPECT_EQ(test, b->bound_last, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, b->entered_last, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, b->loaded.vpid, VPID);
	KUNIT_EXPECT_EQ(test, b->vmptrld + b->vmclear + b->launches +
			      b->entries + b->migrations, 0);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
}

static int try_create(int cpu)
{
	struct xvcpu_binding b;

	return xvcpu_bind_create(&b, fake->root, NULL, 0, cpu);
}

static int try_migrate(struct kunit *test, int cpu)
{
	return xvcpu_bind_migrate(new_floating(test), cpu);
}

/* Which CPUs a vCPU may be pinned to, at first and later. */
static void expect_pinnable(struct kunit *test, int cpu, int error)
{
	KUNIT_EXPECT_EQ_MSG(test, try_create(cpu), error, "CPU %d", cpu);
	KUNIT_EXPECT_EQ_MSG(test, try_migrate(test, cpu), error, "CPU %d", cpu);
}

static void bind_create_on_any_cpu(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	int cpu;

	fake_enabled_root(test, nr, XVCPU_POLICY_ALL);
	expect_pinnable(test, XVCPU_CPU_NONE, 0);
	for (cpu = 0; cpu < nr; cpu++)
		expect_pinnable(test, cpu, 0);
	expect_pinnable(test, nr, -EINVAL);
}

static void bind_create_no_such_cpu(struct kunit *test)
{
	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	expect_pinnable(test, -2, -EINVAL);
	expect_pinnable(test, 4, -EINVAL);
	expect_pinnable(test, INT_MAX, -EINVAL);
	expect_pinnable(test, INT_MIN, -EINVAL);
}

static void bind_create_offline_cpu(struct kunit *test)
{
	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	unplug(1);
	expect_pinnable(test, 1, -ENXIO);
	plug(1);
	expect_pinnable(test, 1, 0);
}

static void bind_create_cpu_not_in_root(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 1), 0);
	expect_pinnable(test, 1, -ENXIO);
	expect_pinnable(test, 2, 0);
}

/* Root is granted later, by a run. */
static void bind_create_exclusive(struct kunit *test)
{
	fake_enabled_root(test, 4, XVCPU_POLICY_EXCLUSIVE);
	expect_pinnable(test, 1, 0);
	unplug(1);
	expect_pinnable(test, 1, -ENXIO);
	expect_pinnable(test, 4, -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_VMXON), 0);
}

/* xvcpu_bind_here() */

static void bind_here_first(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_binding(test, 2);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_prepare(b, 2), 0);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_EQ(test, bind_on(2, b), 1);
	expect_bound(test, b, 2);
	KUNIT_EXPECT_EQ(test, fake_find(2, FAKE_VMCLEAR, region_of(b)), 0);
	KUNIT_EXPECT_EQ(test, fake_find(2, FAKE_VMPTRLD, region_of(b)), 1);
	KUNIT_EXPECT_EQ(test, fake_find(2, FAKE_FLUSH_GUEST, VPID), 2);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 3);
	KUNIT_EXPECT_EQ(test, b->bound_last, 2);
	KUNIT_EXPECT_EQ(test, b->vmptrld, 1);
	KUNIT_EXPECT_EQ(test, b->vmclear, 1);
	KUNIT_EXPECT_EQ(test, b->migrations, 0);
}

static void bind_here_again(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_binding(test, 2);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	enter_and_exit(test, b);
	fake_forget();
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 0);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_bound(test, b, 2);
	KUNIT_EXPECT_TRUE(test, b->loaded.launched);
	KUNIT_EXPECT_EQ(test, b->vmptrld, 1);
}

/* Another vCPU was bound here in between: VMPTRLD, but nothing is lost. */
static void bind_here_after_another(struct kunit *test)
{
	struct xvcpu_binding *a, *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	a = new_floating(test);
	b = new_floating(test);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, a), 1);
	enter_and_exit(test, a);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	fake_forget();
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, a), 0);
	KUNIT_EXPECT_EQ(test, fake_count(2, FAKE_VMPTRLD), 1);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 1);
	expect_bound(test, a, 2);
	KUNIT_EXPECT_TRUE(test, a->loaded.launched);
	KUNIT_EXPECT_EQ(test, b->state, XVCPU_VCPU_BOUND);
	KUNIT_EXPECT_EQ(test, b->loaded.cpu, 2);
}

/* However often it is bound, unbound and moved, the first use is one. */
static void bind_here_clears_once(struct kunit *test)
{
	struct xvcpu_binding *b;
	int i;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_floating(test);
	for (i = 0; i < 8; i++) {
		KUNIT_EXPECT_EQ(test, prepare_and_bind_on(i / 2, b), 1);
		KUNIT_EXPECT_EQ(test, xvcpu_bind_unbind(b), 0);
	}
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_VMCLEAR), 1 + 8);
	KUNIT_EXPECT_EQ(test, b->vmclear, 1 + 8);
	KUNIT_EXPECT_EQ(test, b->vmptrld, 8);
	KUNIT_EXPECT_EQ(test, b->migrations, 3);
}

static void bind_here_pinned_elsewhere(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_binding(test, 2);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_prepare(b, 1), -EXDEV);
	KUNIT_EXPECT_EQ(test, bind_on(1, b), -EXDEV);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_unbound(test, b);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	fake_forget();
	KUNIT_EXPECT_EQ(test, xvcpu_bind_prepare(b, 1), -EXDEV);
	KUNIT_EXPECT_EQ(test, bind_on(1, b), -EXDEV);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_bound(test, b, 2);
}

/* Without preparation: the thread was moved in between. */
static void bind_here_loaded_elsewhere(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_floating(test);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	fake_forget();
	KUNIT_EXPECT_EQ(test, bind_on(1, b), -EXDEV);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_bound(test, b, 2);
	KUNIT_EXPECT_EQ(test, b->migrations, 0);
}

static void bind_here_not_in_root(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct xvcpu_binding *b = new_binding(test, 2);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 2), 0);
	fake_forget();
	KUNIT_EXPECT_EQ(test, xvcpu_bind_prepare(b, 2), -ENXIO);
	KUNIT_EXPECT_EQ(test, bind_on(2, b), -ENXIO);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_unbound(test, b);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 2), 0);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
}

static void bind_here_first_vmclear_fails(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_binding(test, 2);
	fake_fail(2, FAKE_VMCLEAR, 1);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), -EIO);
	expect_unbound(test, b);
	KUNIT_EXPECT_EQ(test, fake_count(2, FAKE_VMPTRLD), 0);
	KUNIT_EXPECT_EQ(test, b->vmclear, 0);
	KUNIT_EXPECT_EQ(test, b->vmptrld, 0);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	KUNIT_EXPECT_EQ(test, b->vmclear, 1);
}

static void bind_here_vmptrld_fails(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_binding(test, 2);
	fake_fail(2, FAKE_VMPTRLD, 1);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), -EIO);
	expect_unbound(test, b);
	KUNIT_EXPECT_EQ(test, b->vmptrld, 0);
	KUNIT_EXPECT_EQ(test, b->bound_last, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	KUNIT_EXPECT_EQ(test, fake_count(2, FAKE_VMCLEAR), 1);
}

static void bind_here_again_vmptrld_fails(struct kunit *test)
{
	struct xvcpu_binding *a, *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	a = new_floating(test);
	b = new_floating(test);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, a), 1);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	fake_fail(2, FAKE_VMPTRLD, 1);
	KUNIT_EXPECT_EQ(test, bind_on(2, a), -EIO);
	KUNIT_EXPECT_EQ(test, a->state, XVCPU_VCPU_BOUND);
	KUNIT_EXPECT_EQ(test, bind_on(2, a), 0);
	expect_bound(test, a, 2);
}

/* Pinned and floating vCPUs side by side, each CPU with its own. */
static void bind_here_each_cpu(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct xvcpu_binding *b[FAKE_CPUS];
	int cpu;

	fake_enabled_root(test, nr, XVCPU_POLICY_ALL);
	for (cpu = 0; cpu < nr; cpu++) {
		b[cpu] = new_binding(test, cpu % 2 ? XVCPU_CPU_NONE : cpu);
		KUNIT_EXPECT_EQ(test, prepare_and_bind_on(cpu, b[cpu]), 1);
	}
	for (cpu = 0; cpu < nr; cpu++) {
		expect_bound(test, b[cpu], cpu);
		KUNIT_EXPECT_EQ(test, fake->root->cpus[cpu]->nr_loaded, 1);
		KUNIT_EXPECT_EQ(test, fake_count(cpu, FAKE_VMPTRLD), 1);
		KUNIT_EXPECT_EQ(test, fake_count(cpu, FAKE_VMCLEAR), 1);
	}
}

/* A floating vCPU follows its thread. */

static void bind_prepare_clears_on_holder(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_floating(test);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(0, b), 1);
	enter_and_exit(test, b);
	fake_forget();
	KUNIT_EXPECT_EQ(test, xvcpu_bind_prepare(b, 3), 0);
	expect_unbound(test, b);
	KUNIT_EXPECT_EQ(test, fake_count(0, FAKE_VMCLEAR), 1);
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_VMCLEAR), 1);
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_VMPTRLD), 0);
	KUNIT_EXPECT_EQ(test, bind_on(3, b), 1);
	expect_bound(test, b, 3);
	KUNIT_EXPECT_FALSE(test, b->loaded.launched);
	KUNIT_EXPECT_EQ(test, b->bound_last, 3);
	KUNIT_EXPECT_EQ(test, b->migrations, 1);
}

static void bind_prepare_on_holder(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_floating(test);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(0, b), 1);
	enter_and_exit(test, b);
	fake_forget();
	KUNIT_EXPECT_EQ(test, xvcpu_bind_prepare(b, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_TRUE(test, b->loaded.launched);
}

static void bind_prepare_no_such_cpu(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_floating(test);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_prepare(b, 4), -ENXIO);
	unplug(3);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_prepare(b, 3), -ENXIO);
	expect_unbound(test, b);
}

/* launched falls with every VMCLEAR, and with nothing else. */

static void bind_launched_unbind(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_binding(test, 2);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	enter_and_exit(test, b);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_unbind(b), 0);
	expect_unbound(test, b);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	KUNIT_EXPECT_FALSE(test, b->loaded.launched);
	KUNIT_EXPECT_EQ(test, b->migrations, 0);
}

static void bind_launched_cpu_leaves(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct xvcpu_binding *b = new_binding(test, 2);

	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	enter_and_exit(test, b);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 2), 0);
	expect_unbound(test, b);
	KUNIT_EXPECT_EQ(test, b->vmclear, 2);
}

/* xvcpu_bind_unbind() */

static void bind_unbind_on_holder(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct xvcpu_binding *b;
	int cpu;

	fake_enabled_root(test, nr, XVCPU_POLICY_ALL);
	b = new_floating(test);
	for (cpu = 0; cpu < nr; cpu++) {
		KUNIT_EXPECT_EQ(test, prepare_and_bind_on(cpu, b), 1);
		fake_forget();
		KUNIT_EXPECT_EQ(test, xvcpu_bind_unbind(b), 0);
		KUNIT_EXPECT_EQ(test, fake_find(cpu, FAKE_VMCLEAR,
						region_of(b)), 1);
		KUNIT_EXPECT_EQ(test, fake_nr_events(), 2);
		expect_unbound(test, b);
	}
}

static void bind_unbind_not_bound(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_floating(test);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_unbind(b), -EINVAL);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_unbind(b), 0);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_unbind(b), -EINVAL);
	KUNIT_EXPECT_EQ(test, b->vmclear, 2);
}

/* xvcpu_bind_migrate() */

static void bind_migrate_clears_on_old_cpu(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_binding(test, 0);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(0, b), 1);
	enter_and_exit(test, b);
	fake_forget();
	KUNIT_EXPECT_EQ(test, xvcpu_bind_migrate(b, 3), 0);
	expect_unbound(test, b);
	KUNIT_EXPECT_EQ(test, b->pinned, 3);
	KUNIT_EXPECT_EQ(test, fake_find(0, FAKE_VMCLEAR, region_of(b)), 1);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 2);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(0, b), -EXDEV);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(3, b), 1);
	expect_bound(test, b, 3);
	KUNIT_EXPECT_EQ(test, b->migrations, 1);
	KUNIT_EXPECT_EQ(test, b->vmptrld, 2);
	KUNIT_EXPECT_EQ(test, b->vmclear, 2);
}

static void bind_migrate_same_cpu(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_floating(test);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	enter_and_exit(test, b);
	fake_forget();
	KUNIT_EXPECT_EQ(test, xvcpu_bind_migrate(b, 2), 0);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_bound(test, b, 2);
	KUNIT_EXPECT_TRUE(test, b->loaded.launched);
	KUNIT_EXPECT_EQ(test, b->pinned, 2);
}

static void bind_migrate_unbound(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_binding(test, 0);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_migrate(b, 1), 0);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_EQ(test, b->pinned, 1);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(1, b), 1);
	KUNIT_EXPECT_EQ(test, b->migrations, 0);
}

static void bind_migrate_to_floating(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_binding(test, 0);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(0, b), 1);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_migrate(b, XVCPU_CPU_NONE), 0);
	expect_bound(test, b, 0);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	expect_bound(test, b, 2);
}

static void bind_migrate_refused(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_binding(test, 0);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(0, b), 1);
	unplug(3);
	fake_forget();
	KUNIT_EXPECT_EQ(test, xvcpu_bind_migrate(b, 3), -ENXIO);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_migrate(b, 4), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_EQ(test, b->pinned, 0);
	expect_bound(test, b, 0);
}

/* xvcpu_bind_destroy() */

static const enum xvcpu_vcpu_state all_states[] = {
	XVCPU_VCPU_UNBOUND, XVCPU_VCPU_BOUND, XVCPU_VCPU_RUNNING,
	XVCPU_VCPU_EXITED, XVCPU_VCPU_HANDLING, XVCPU_VCPU_TERMINATED,
};

static void state_desc(const enum xvcpu_vcpu_state *state, char *desc)
{
	strscpy(desc, xvcpu_bind_state_name(*state), KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(state, all_states, state_desc);

static void must_not_be_called(struct vmx_loaded *loaded)
{
	fake_mark(0);
}

static void bind_destroy_in_state(struct kunit *test)
{
	enum xvcpu_vcpu_state state =
		*(const enum xvcpu_vcpu_state *)test->param_value;
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct xvcpu_binding *b = new_floating(test);
	bool loaded = state != XVCPU_VCPU_UNBOUND;

	b->loaded.before_clear = must_not_be_called;
	if (loaded) {
		KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
		go_to(test, b, state);
	}
	fake_forget();
	xvcpu_bind_destroy(b);
	KUNIT_EXPECT_EQ(test, b->loaded.cpu, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, fake_count(2, FAKE_VMCLEAR), loaded);
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_VMCLEAR), loaded);
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_MARK), 0);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->nr_loaded, 0);
	KUNIT_EXPECT_EQ(test, fake->nr_lines, 0);

	/* Once when it is closed, once when its VM goes. */
	xvcpu_bind_destroy(b);
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_VMCLEAR), loaded);
}

/* Only its own VMCS. */
static void bind_destroy_leaves_others(struct kunit *test)
{
	struct xvcpu_binding *a, *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	a = new_floating(test);
	b = new_floating(test);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, a), 1);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	enter_and_exit(test, b);
	xvcpu_bind_destroy(a);
	expect_bound(test, b, 2);
	KUNIT_EXPECT_TRUE(test, b->loaded.launched);
}

/* What the CPU does to a vCPU that is bound to it */

static void bind_offline_unbinds(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_binding(test, 2);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	enter_and_exit(test, b);
	unplug(2);
	expect_unbound(test, b);
	KUNIT_EXPECT_EQ(test, b->vmclear, 2);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_prepare(b, 2), -ENXIO);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_unbind(b), -EINVAL);

	/* It runs again when the CPU is back, or elsewhere. */
	plug(2);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	expect_bound(test, b, 2);
	unplug(2);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_migrate(b, 0), 0);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(0, b), 1);
	KUNIT_EXPECT_EQ(test, b->migrations, 1);
}

/* Only a vCPU that is bound becomes unbound by itself; others notice later. */
static void bind_offline_in_state(struct kunit *test)
{
	enum xvcpu_vcpu_state state =
		*(const enum xvcpu_vcpu_state *)test->param_value;
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_floating(test);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	if (state != XVCPU_VCPU_UNBOUND)
		go_to(test, b, state);
	else
		KUNIT_EXPECT_EQ(test, xvcpu_bind_unbind(b), 0);
	unplug(2);
	KUNIT_EXPECT_EQ(test, b->loaded.cpu, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, b->state, state == XVCPU_VCPU_BOUND ?
					XVCPU_VCPU_UNBOUND : state);
	KUNIT_EXPECT_EQ(test, fake->nr_lines, 1);
}

/* While its exit is being handled the vCPU is moved, and goes on elsewhere. */
static void bind_here_while_handling(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_floating(test);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	go_to(test, b, XVCPU_VCPU_HANDLING);
	b->loaded.launched = true;
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(1, b), 1);
	KUNIT_EXPECT_EQ(test, b->state, XVCPU_VCPU_HANDLING);
	KUNIT_EXPECT_FALSE(test, b->loaded.launched);
	KUNIT_EXPECT_EQ(test, b->loaded.cpu, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_transition(b, XVCPU_VCPU_BOUND), 0);
	expect_bound(test, b, 1);
}

/* A vCPU that was ended stays so until it is revived, loaded or not. */
static void bind_terminated_revive(struct kunit *test)
{
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_floating(test);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	go_to(test, b, XVCPU_VCPU_TERMINATED);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_transition(b, XVCPU_VCPU_RUNNING),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_transition(b, XVCPU_VCPU_BOUND), 0);
	expect_bound(test, b, 2);

	go_to(test, b, XVCPU_VCPU_TERMINATED);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_unbind(b), 0);
	KUNIT_EXPECT_EQ(test, b->state, XVCPU_VCPU_TERMINATED);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_transition(b, XVCPU_VCPU_UNBOUND), 0);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(1, b), 1);
	expect_bound(test, b, 1);
}

/* Policy exclusive: root follows the vCPU that is bound. */

static void bind_exclusive_hand_over(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = fake_enabled_root(test, nr,
						  XVCPU_POLICY_EXCLUSIVE);
	struct xvcpu_binding *b = new_floating(test);
	int cpu;

	for (cpu = 0; cpu < nr; cpu++) {
		KUNIT_EXPECT_EQ(test, prepare_and_bind_on(cpu, b), 1);
		expect_bound(test, b, cpu);
		KUNIT_EXPECT_EQ(test, root->grant, cpu);
		KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_VMXON),
				cpu + 1);
		KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_VMXOFF),
				cpu);
	}
	KUNIT_EXPECT_EQ(test, xvcpu_bind_unbind(b), 0);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_VMXOFF), nr);
}

static void bind_exclusive_two(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	struct xvcpu_binding *a = new_floating(test);
	struct xvcpu_binding *b = new_binding(test, 3);

	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(1, a), 1);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(3, b), -EBUSY);
	KUNIT_EXPECT_EQ(test, bind_on(3, b), -ENXIO);
	expect_unbound(test, b);
	xvcpu_bind_destroy(a);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(3, b), 1);
	expect_bound(test, b, 3);
}

/* Both on the same CPU: root is given back with the last of them. */
static void bind_exclusive_two_on_one_cpu(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	struct xvcpu_binding *a = new_floating(test);
	struct xvcpu_binding *b = new_floating(test);

	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(1, a), 1);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(1, b), 1);
	xvcpu_bind_destroy(a);
	KUNIT_EXPECT_EQ(test, root->grant, 1);
	expect_bound(test, b, 1);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	KUNIT_EXPECT_EQ(test, root->grant, 2);
}

static void bind_exclusive_two_on_one_cpu_move(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	struct xvcpu_binding *a = new_floating(test);
	struct xvcpu_binding *b = new_floating(test);

	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(1, a), 1);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(1, b), 1);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, a), -EBUSY);
	expect_unbound(test, a);
	expect_bound(test, b, 1);
	KUNIT_EXPECT_EQ(test, root->grant, 1);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(1, a), 1);
}

static void bind_exclusive_migrate(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	struct xvcpu_binding *b = new_binding(test, 1);

	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(1, b), 1);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_migrate(b, 2), 0);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	KUNIT_EXPECT_EQ(test, root->grant, 2);
}

/* The thread is moved between preparation and binding, and begins again. */
static void bind_exclusive_moved_in_between(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	struct xvcpu_binding *b = new_floating(test);

	KUNIT_EXPECT_EQ(test, xvcpu_bind_prepare(b, 1), 0);
	KUNIT_EXPECT_EQ(test, bind_on(2, b), -ENXIO);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
	KUNIT_EXPECT_EQ(test, root->grant, 2);
	expect_bound(test, b, 2);
}

/* Root that was granted, but never used, goes with the vCPU. */
static void bind_exclusive_destroy_prepared(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	struct xvcpu_binding *a = new_floating(test);
	struct xvcpu_binding *b = new_floating(test);

	KUNIT_EXPECT_EQ(test, xvcpu_bind_prepare(a, 1), 0);
	fake_fail(1, FAKE_VMPTRLD, 1);
	KUNIT_EXPECT_EQ(test, bind_on(1, a), -EIO);
	xvcpu_bind_destroy(a);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
}

static void sleep_on_this(void *arg)
{
	xvcpu_percpu_leave(fake->root);
	xvcpu_percpu_reenter(fake->root);
}

/* Sleep unbinds the vCPU, but root stays granted; it goes with the vCPU. */
static void bind_exclusive_destroy_after_sleep(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	struct xvcpu_binding *a = new_floating(test);
	struct xvcpu_binding *b = new_floating(test);

	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(0, a), 1);
	fake->unlocked = true;
	fake_call(0, sleep_on_this, NULL);
	fake->unlocked = false;
	expect_unbound(test, a);
	KUNIT_EXPECT_EQ(test, root->grant, 0);
	xvcpu_bind_destroy(a);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(2, b), 1);
}

static void bind_exclusive_offline(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	struct xvcpu_binding *b = new_floating(test);

	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(3, b), 1);
	unplug(3);
	expect_unbound(test, b);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(0, b), 1);
	KUNIT_EXPECT_EQ(test, root->grant, 0);
}

/* xvcpu_bind_info() */

static void bind_info_unbound(struct kunit *test)
{
	struct xvcpu_binding_info info, zero = {};
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_floating(test);
	memset(&info, 0xff, sizeof(info));
	xvcpu_bind_info(b, &info);
	zero.pinned_cpu = XVCPU_CPU_NONE;
	zero.loaded_cpu = XVCPU_CPU_NONE;
	zero.last_cpu = XVCPU_CPU_NONE;
	KUNIT_EXPECT_EQ(test, memcmp(&info, &zero, sizeof(info)), 0);
}

static void bind_info_bound(struct kunit *test)
{
	struct xvcpu_binding_info info;
	struct xvcpu_binding *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	b = new_binding(test, 1);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(1, b), 1);
	enter_and_exit(test, b);
	KUNIT_EXPECT_EQ(test, xvcpu_bind_migrate(b, 3), 0);
	KUNIT_EXPECT_EQ(test, prepare_and_bind_on(3, b), 1);
	enter_and_exit(test, b);
	b->entered_last = 3;
	b->launches = 2;
	b->entries = 70;
	memset(&info, 0xff, sizeof(info));
	xvcpu_bind_info(b, &info);
	KUNIT_EXPECT_EQ(test, info.pinned_cpu, 3);
	KUNIT_EXPECT_EQ(test, info.loaded_cpu, 3);
	KUNIT_EXPECT_EQ(test, info.last_cpu, 3);
	KUNIT_EXPECT_EQ(test, info.state, XVCPU_VCPU_BOUND);
	KUNIT_EXPECT_EQ(test, info.flags, XVCPU_BINDING_LAUNCHED);
	KUNIT_EXPECT_EQ(test, info.padding, 0);
	KUNIT_EXPECT_EQ(test, info.vmptrld, 2);
	KUNIT_EXPECT_EQ(test, info.vmclear, 2);
	KUNIT_EXPECT_EQ(test, info.launches, 2);
	KUNIT_EXPECT_EQ(test, info.entries, 70);
	KUNIT_EXPECT_EQ(test, info.migrations, 1);
	KUNIT_EXPECT_NULL(test, memchr_inv(info.reserved, 0,
					   sizeof(info.reserved)));
}

/*
 * A life with everything in it, in which the nth VMXON, VMPTRLD or VMCLEAR of a
 * CPU fails: no rule is broken, nothing is left loaded, and the machine works
 * afterwards.
 */
struct failing {
	enum fake_op op;
	enum xvcpu_policy policy;
	const char *name;
};

static const struct failing failing[] = {
	{ FAKE_VMXON, XVCPU_POLICY_ALL, "VMXON, all" },
	{ FAKE_VMPTRLD, XVCPU_POLICY_ALL, "VMPTRLD, all" },
	{ FAKE_VMCLEAR, XVCPU_POLICY_ALL, "VMCLEAR, all" },
	{ FAKE_VMXON, XVCPU_POLICY_EXCLUSIVE, "VMXON, exclusive" },
	{ FAKE_VMPTRLD, XVCPU_POLICY_EXCLUSIVE, "VMPTRLD, exclusive" },
	{ FAKE_VMCLEAR, XVCPU_POLICY_EXCLUSIVE, "VMCLEAR, exclusive" },
};

static void failing_desc(const struct failing *f, char *desc)
{
	strscpy(desc, f->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(failing, failing, failing_desc);

static void read_nothing(struct vmx_loaded *loaded)
{
}

static void read_on_this(void *arg)
{
	struct xvcpu_binding *b = arg;

	if (b->loaded.cpu == fake_hw.this_cpu())
		xvcpu_percpu_with(b->root, &b->loaded, read_nothing);
}

static void try_run(struct kunit *test, struct xvcpu_binding *b, int cpu)
{
	int ret = prepare_and_bind_on(cpu, b);

	KUNIT_EXPECT_TRUE_MSG(test, ret >= 0 || ret == -EIO || ret == -ENXIO ||
			      ret == -EBUSY, "CPU %d: %d", cpu, ret);
	if (ret < 0)
		return;
	KUNIT_EXPECT_PTR_EQ(test, fake->cpus[cpu].current_vmcs, b->loaded.vmcs);
	KUNIT_EXPECT_TRUE(test, !ret || !b->loaded.launched);
	enter_and_exit(test, b);
}

static void one_life(struct kunit *test)
{
	struct xvcpu_binding *a = new_floating(test), *b = new_floating(test);

	a->loaded.before_clear = read_nothing;
	b->loaded.before_clear = read_nothing;
	try_run(test, a, 1);
	try_run(test, b, 1);
	try_run(test, a, 1);
	fake_call(1, read_on_this, b);
	try_run(test, a, 2);
	xvcpu_bind_migrate(b, 2);
	try_run(test, b, 2);
	fake_call(2, read_on_this, a);
	unplug(2);
	plug(2);
	try_run(test, a, 2);
	xvcpu_bind_unbind(a);
	try_run(test, b, 2);
	try_run(test, a, 1);
	xvcpu_bind_destroy(a);
	xvcpu_bind_destroy(b);
	KUNIT_EXPECT_EQ(test, a->loaded.cpu, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, b->loaded.cpu, XVCPU_CPU_NONE);
}

static void expect_machine_works(struct kunit *test, struct vmx_root *root)
{
	struct xvcpu_binding *b;
	int cpu;

	for (cpu = 0; cpu < 4; cpu++)
		memset(fake->cpus[cpu].fail_in, 0, sizeof(fake->cpus[cpu].fail_in));
	for (cpu = 0; cpu < 4; cpu++)
		KUNIT_EXPECT_EQ(test, root->cpus[cpu]->nr_loaded, 0);
	xvcpu_percpu_disable_all(root);
	for (cpu = 0; cpu < 4; cpu++)
		KUNIT_EXPECT_TRUE(test, fake_is_out_of_root(cpu));
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	b = new_floating(test);
	for (cpu = 0; cpu < 4; cpu++)
		KUNIT_EXPECT_EQ(test, prepare_and_bind_on(cpu, b), 1);
	xvcpu_bind_destroy(b);
}

/* Returns whether the CPU was asked so often. */
static bool life_with_failure(struct kunit *test, int cpu, u32 nth)
{
	const struct failing *f = test->param_value;
	struct vmx_root *root = fake_root(test, 4, f->policy);
	int err;

	fake_fail(cpu, f->op, nth);
	err = xvcpu_percpu_enable_all(root);
	if (!err)
		one_life(test);
	else
		KUNIT_EXPECT_EQ(test, err, -EIO);
	err = !fake->cpus[cpu].fail_in[f->op];
	expect_machine_works(test, root);
	return err;
}

static void bind_life_each_failure(struct kunit *test)
{
	int cpu, lives = 0;
	u32 nth;

	for (cpu = 0; cpu < 4; cpu++)
		for (nth = 1; life_with_failure(test, cpu, nth); nth++)
			lives++;
	KUNIT_EXPECT_GE(test, lives, 3);
}

/*
 * The storm: one thread a vCPU, each of which wanders from CPU to CPU, while
 * another thread takes CPUs offline and brings them back.
 */
#define STORM_ROUNDS	200

struct storm {
	struct xvcpu_binding *b[FAKE_CPUS];
	int bound[FAKE_CPUS];
	int surprises[FAKE_CPUS];
	int nr_vcpus;
};

/* On the CPU, interrupts off: one entry and exit, if it is bound. */
static void storm_run_here(void *arg)
{
	struct bind_call *call = arg;
	struct xvcpu_binding *b = call->b;

	call->ret = xvcpu_bind_here(b);
	if (call->ret < 0)
		return;
	if (fake->cpus[fake_hw.this_cpu()].current_vmcs != b->loaded.vmcs ||
	    (call->ret && b->loaded.launched) ||
	    xvcpu_bind_transition(b, XVCPU_VCPU_RUNNING) ||
	    xvcpu_bind_transition(b, XVCPU_VCPU_EXITED) ||
	    xvcpu_bind_transition(b, XVCPU_VCPU_HANDLING) ||
	    xvcpu_bind_transition(b, XVCPU_VCPU_BOUND))
		call->ret = -EINVAL;
	b->loaded.launched = true;
}

static void storm_vcpu(struct storm *storm, int i)
{
	struct bind_call call = { storm->b[i] };
	int round, cpu, err;

	for (round = 0; round < STORM_ROUNDS; round++) {
		cpu = (round * (2 * i + 1) / 3) % fake->nr_cpus;
		err = xvcpu_bind_prepare(call.b, cpu) ?:
			fake_call(cpu, storm_run_here, &call) ?: call.ret;
		if (err >= 0)
			storm->bound[i]++;
		else if (err != -ENXIO && err != -EBUSY)
			storm->surprises[i]++;
		if (round % 7 == i)
			xvcpu_bind_unbind(call.b);
		if (round % 5 == i)
			xvcpu_bind_migrate(call.b, XVCPU_CPU_NONE);
		cond_resched();
	}
	xvcpu_bind_destroy(call.b);
}

static void storm_hotplug(void)
{
	int round, cpu;

	for (round = 0; round < STORM_ROUNDS / 4; round++) {
		cpu = round % fake->nr_cpus;
		unplug(cpu);
		cond_resched();
		plug(cpu);
		cond_resched();
	}
}

static void storm_thread(int i, void *arg)
{
	struct storm *storm = arg;

	if (i < storm->nr_vcpus)
		storm_vcpu(storm, i);
	else
		storm_hotplug();
}

static void storm(struct kunit *test, enum xvcpu_policy policy)
{
	struct vmx_root *root = fake_enabled_root(test, 4, policy);
	struct storm *storm = kunit_kzalloc(test, sizeof(*storm), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, storm);
	fake->silent = true;
	storm->nr_vcpus = 5;
	for (i = 0; i < storm->nr_vcpus; i++)
		storm->b[i] = new_floating(test);
	KUNIT_ASSERT_EQ(test, fake_in_parallel(storm->nr_vcpus + 1,
					       storm_thread, storm), 0);
	for (i = 0; i < storm->nr_vcpus; i++) {
		KUNIT_EXPECT_EQ(test, storm->surprises[i], 0);
		KUNIT_EXPECT_GT(test, storm->bound[i], 0);
		expect_unbound(test, storm->b[i]);
		KUNIT_EXPECT_EQ(test, storm->b[i]->vmclear,
				storm->b[i]->vmptrld + 1);
	}
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, root->cpus[i]->nr_loaded, 0);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
}

static void bind_storm_all(struct kunit *test)
{
	storm(test, XVCPU_POLICY_ALL);
}

static void bind_storm_exclusive(struct kunit *test)
{
	storm(test, XVCPU_POLICY_EXCLUSIVE);
}

static struct kunit_case bind_cases[] = {
	KUNIT_CASE(bind_transition_matrix),
	KUNIT_CASE(bind_transition_to_no_state),
	KUNIT_CASE(bind_transition_life),
	KUNIT_CASE(bind_state_name_each),
	KUNIT_CASE(bind_create_unbound),
	KUNIT_CASE_PARAM(bind_create_on_any_cpu, nr_cpus_gen_params),
	KUNIT_CASE(bind_create_no_such_cpu),
	KUNIT_CASE(bind_create_offline_cpu),
	KUNIT_CASE(bind_create_cpu_not_in_root),
	KUNIT_CASE(bind_create_exclusive),
	KUNIT_CASE(bind_here_first),
	KUNIT_CASE(bind_here_again),
	KUNIT_CASE(bind_here_after_another),
	KUNIT_CASE(bind_here_clears_once),
	KUNIT_CASE(bind_here_pinned_elsewhere),
	KUNIT_CASE(bind_here_loaded_elsewhere),
	KUNIT_CASE(bind_here_not_in_root),
	KUNIT_CASE(bind_here_first_vmclear_fails),
	KUNIT_CASE(bind_here_vmptrld_fails),
	KUNIT_CASE(bind_here_again_vmptrld_fails),
	KUNIT_CASE_PARAM(bind_here_each_cpu, nr_cpus_gen_params),
	KUNIT_CASE(bind_prepare_clears_on_holder),
	KUNIT_CASE(bind_prepare_on_holder),
	KUNIT_CASE(bind_prepare_no_such_cpu),
	KUNIT_CASE(bind_launched_unbind),
	KUNIT_CASE(bind_launched_cpu_leaves),
	KUNIT_CASE_PARAM(bind_unbind_on_holder, nr_cpus_gen_params),
	KUNIT_CASE(bind_unbind_not_bound),
	KUNIT_CASE(bind_migrate_clears_on_old_cpu),
	KUNIT_CASE(bind_migrate_same_cpu),
	KUNIT_CASE(bind_migrate_unbound),
	KUNIT_CASE(bind_migrate_to_floating),
	KUNIT_CASE(bind_migrate_refused),
	KUNIT_CASE_PARAM(bind_destroy_in_state, state_gen_params),
	KUNIT_CASE(bind_destroy_leaves_others),
	KUNIT_CASE(bind_offline_unbinds),
	KUNIT_CASE_PARAM(bind_offline_in_state, state_gen_params),
	KUNIT_CASE(bind_here_while_handling),
	KUNIT_CASE(bind_terminated_revive),
	KUNIT_CASE_PARAM(bind_exclusive_hand_over, nr_cpus_gen_params),
	KUNIT_CASE(bind_exclusive_two),
	KUNIT_CASE(bind_exclusive_two_on_one_cpu),
	KUNIT_CASE(bind_exclusive_two_on_one_cpu_move),
	KUNIT_CASE(bind_exclusive_migrate),
	KUNIT_CASE(bind_exclusive_moved_in_between),
	KUNIT_CASE(bind_exclusive_destroy_prepared),
	KUNIT_CASE(bind_exclusive_destroy_after_sleep),
	KUNIT_CASE(bind_exclusive_offline),
	KUNIT_CASE(bind_info_unbound),
	KUNIT_CASE(bind_info_bound),
	KUNIT_CASE_PARAM(bind_life_each_failure, failing_gen_params),
	KUNIT_CASE(bind_storm_all),
	KUNIT_CASE(bind_storm_exclusive),
	{}
};

static struct kunit_suite bind_suite = {
	.name = "xvcpu-bind",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = bind_cases,
};

kunit_test_suite(bind_suite);
