// SPDX-License-Identifier: GPL-2.0
/*
 * Policy shared: another owner has brought the CPUs into VMX root operation, and
 * has VMCSs of its own there. The real code of vmx_shared.c and vmx_percpu.c over
 * fake CPUs; the fake machine fails a case if the owner's VMCS is not current
 * where it has to be, or if VMX root operation or CR4 is touched.
 */
#include "fake_log.h"

#include "../vmx_shared.c"

#include <kunit/test.h>
#include <linux/prandom.h>
#include <uapi/linux/xvcpu.h>

#include "fake_hw.h"

KUNIT_ARRAY_PARAM(nr_cpus, fake_nr_cpus_list, fake_nr_cpus_desc);

static struct vmx_root *shared_root(struct kunit *test, int nr_cpus)
{
	struct vmx_root *root = fake_root(test, nr_cpus, XVCPU_POLICY_SHARED);
	int cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++)
		fake_owner_enter(cpu);
	return root;
}

static struct vmx_root *enabled_root(struct kunit *test, int nr_cpus)
{
	struct vmx_root *root = shared_root(test, nr_cpus);

	KUNIT_ASSERT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	fake_forget();
	return root;
}

static struct vmx_loaded *new_vmcs(struct kunit *test)
{
	struct vmx_loaded *v = kunit_kzalloc(test, sizeof(*v), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, v);
	v->vmcs = fake_vmcs_region(test, true);
	v->cpu = XVCPU_CPU_NONE;
	INIT_LIST_HEAD(&v->link);
	return v;
}

static int count_root_changes(void)
{
	return fake_count(FAKE_ANY_CPU, FAKE_VMXON) +
		fake_count(FAKE_ANY_CPU, FAKE_VMXOFF) +
		fake_count(FAKE_ANY_CPU, FAKE_SET_VMXE) +
		fake_count(FAKE_ANY_CPU, FAKE_CLEAR_VMXE);
}

/* What a run does. */
struct run_call {
	struct vmx_loaded *loaded;
	int windows;
	int ret;
	void *inside;
};

static void run_here(void *arg)
{
	struct run_call *call = arg;

	xvcpu_shared_begin(fake->root);
	call->ret = xvcpu_percpu_load(fake->root, call->loaded);
	call->inside = fake->cpus[fake_hw.this_cpu()].current_vmcs;
	xvcpu_shared_end(fake->root);
}

/* Return: what xvcpu_percpu_load() did, if the VMCS was current then. */
static int run_on(int cpu, struct vmx_loaded *loaded)
{
	struct run_call call = { loaded };
	int err = fake_call(cpu, run_here, &call);

	if (err || call.ret < 0)
		return err ?: call.ret;
	return call.inside == loaded->vmcs ? call.ret : -EFAULT;
}

static void clear_here(void *arg)
{
	xvcpu_percpu_clear(fake->root, arg);
}

static void clear_on(int cpu, struct vmx_loaded *loaded)
{
	fake_call(cpu, clear_here, loaded);
}

static void *seen_current;

static void see_current(struct vmx_loaded *loaded)
{
	seen_current = fake->cpus[fake_hw.this_cpu()].current_vmcs;
}

static void with_here(void *arg)
{
	xvcpu_percpu_with(fake->root, arg, see_current);
}

static void with_on(int cpu, struct vmx_loaded *loaded)
{
	seen_current = NULL;
	fake_call(cpu, with_here, loaded);
}

static void expect_current(struct kunit *test, int cpu, void *region)
{
	KUNIT_EXPECT_PTR_EQ(test, fake->cpus[cpu].current_vmcs, region);
	KUNIT_EXPECT_PTR_EQ(test, fake->root->cpus[cpu]->owners_vmcs,
			    (void *)NULL);
	KUNIT_EXPECT_EQ(test, fake->root->cpus[cpu]->borrowed, 0);
}

/* In and out */

static void shared_enable_all_touches_nothing(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = shared_root(test, nr);
	int cpu;

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	for (cpu = 0; cpu < nr; cpu++) {
		KUNIT_EXPECT_TRUE(test, xvcpu_percpu_is_enabled(root, cpu));
		KUNIT_EXPECT_EQ(test, root->cpus[cpu]->revision, FAKE_REVISION);
		KUNIT_EXPECT_EQ(test, root->cpus[cpu]->counters.vmxon, 0);
	}
	xvcpu_percpu_disable_all(root);
	for (cpu = 0; cpu < nr; cpu++) {
		KUNIT_EXPECT_FALSE(test, xvcpu_percpu_is_enabled(root, cpu));
		KUNIT_EXPECT_TRUE(test, fake->cpus[cpu].in_root);
		KUNIT_EXPECT_EQ(test, root->cpus[cpu]->counters.vmxoff, 0);
	}
	KUNIT_EXPECT_EQ(test, count_root_changes(), 0);
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_WRMSR), 0);
}

static void shared_enable_all_without_owner(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_SHARED);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -ENODEV);
	KUNIT_EXPECT_EQ(test, count_root_changes(), 0);
	KUNIT_EXPECT_FALSE(test, root->active);
}

/* One that does not share what the others do. */
static void shared_enable_all_owner_not_everywhere(struct kunit *test)
{
	struct vmx_root *root = shared_root(test, 4);
	int cpu;

	fake_owner_leave(2);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -ENODEV);
	for (cpu = 0; cpu < 4; cpu++)
		KUNIT_EXPECT_FALSE(test, xvcpu_percpu_is_enabled(root, cpu));
	KUNIT_EXPECT_EQ(test, count_root_changes(), 0);
}

/* The current VMCS */

static void shared_owners_current_again(struct kunit *test)
{
	struct vmx_loaded *v;
	void *owners;

	enabled_root(test, 4);
	owners = fake_vmcs_region(test, true);
	v = new_vmcs(test);
	fake_owner_load(1, owners);
	KUNIT_EXPECT_EQ(test, run_on(1, v), 1);
	expect_current(test, 1, owners);
	KUNIT_EXPECT_EQ(test, run_on(1, v), 0);
	expect_current(test, 1, owners);
	KUNIT_EXPECT_EQ(test, v->cpu, 1);
	KUNIT_EXPECT_EQ(test, fake_count(1, FAKE_VMCLEAR), 0);
}

/* One VMPTRLD is enough for as long as nobody comes in between. */
static void shared_owner_has_none(struct kunit *test)
{
	struct vmx_loaded *v;

	enabled_root(test, 4);
	v = new_vmcs(test);
	KUNIT_EXPECT_EQ(test, run_on(1, v), 1);
	expect_current(test, 1, v->vmcs);
	KUNIT_EXPECT_EQ(test, run_on(1, v), 0);
	expect_current(test, 1, v->vmcs);
	KUNIT_EXPECT_EQ(test, fake_count(1, FAKE_VMPTRLD), 1);
}

static void shared_owner_comes_between(struct kunit *test)
{
	struct vmx_loaded *v, *w;
	void *owners;

	enabled_root(test, 4);
	v = new_vmcs(test);
	w = new_vmcs(test);
	owners = fake_vmcs_region(test, true);
	KUNIT_EXPECT_EQ(test, run_on(1, v), 1);
	fake_owner_load(1, owners);
	KUNIT_EXPECT_EQ(test, run_on(1, v), 0);
	KUNIT_EXPECT_EQ(test, run_on(1, w), 1);
	with_on(1, v);
	KUNIT_EXPECT_PTR_EQ(test, seen_current, v->vmcs);
	expect_current(test, 1, owners);
	clear_on(1, v);
	expect_current(test, 1, owners);
	KUNIT_EXPECT_EQ(test, run_on(1, w), 0);
}

/* It must not become current again: another CPU may load it from now on. */
static void shared_cleared_while_current(struct kunit *test)
{
	struct vmx_loaded *v;

	enabled_root(test, 4);
	v = new_vmcs(test);
	KUNIT_EXPECT_EQ(test, run_on(1, v), 1);
	clear_on(1, v);
	expect_current(test, 1, NULL);
	KUNIT_EXPECT_EQ(test, run_on(2, v), 1);
}

/* Nor must the owner's, which went elsewhere while interrupts were on. */
static void shared_owner_moves_its_own(struct kunit *test)
{
	struct vmx_loaded *v;
	void *owners;

	enabled_root(test, 4);
	v = new_vmcs(test);
	owners = fake_vmcs_region(test, true);
	fake_owner_load(1, owners);
	KUNIT_EXPECT_EQ(test, run_on(1, v), 1);
	fake_owner_clear(1, owners);
	fake_owner_load(2, owners);
	KUNIT_EXPECT_EQ(test, run_on(1, v), 0);
	expect_current(test, 1, v->vmcs);
	expect_current(test, 2, owners);
}

static void nest_here(void *arg)
{
	struct run_call *call = arg;

	xvcpu_shared_begin(fake->root);
	call->ret = xvcpu_percpu_load(fake->root, call->loaded);
	with_here(call->loaded);
	call->inside = fake->cpus[fake_hw.this_cpu()].current_vmcs;
	xvcpu_shared_end(fake->root);
}

static void shared_nested(struct kunit *test)
{
	struct run_call call = {};
	void *owners;

	enabled_root(test, 1);
	call.loaded = new_vmcs(test);
	owners = fake_vmcs_region(test, true);
	fake_owner_load(0, owners);
	KUNIT_EXPECT_EQ(test, fake_call(0, nest_here, &call), 0);
	KUNIT_EXPECT_EQ(test, call.ret, 1);
	KUNIT_EXPECT_PTR_EQ(test, call.inside, call.loaded->vmcs);
	KUNIT_EXPECT_EQ(test, fake_count(0, FAKE_VMPTRST), 1);
	expect_current(test, 0, owners);
}

/* VMX instructions would fault there. */
static void shared_not_in_root(struct kunit *test)
{
	struct vmx_loaded *v;

	shared_root(test, 4);
	v = new_vmcs(test);
	fake_owner_leave(1);
	KUNIT_EXPECT_EQ(test, run_on(1, v), -ENXIO);
	KUNIT_EXPECT_EQ(test, fake_count(1, FAKE_VMPTRST), 0);
}

static void lose_here(void *arg)
{
	run_here(arg);
	/* What the fake machine would complain about. */
	fake->cpus[0].owners_vmcs = NULL;
}

static void shared_restore_fails(struct kunit *test)
{
	struct run_call call = {};
	void *owners;

	enabled_root(test, 1);
	call.loaded = new_vmcs(test);
	owners = fake_vmcs_region(test, true);
	fake_owner_load(0, owners);
	fake_fail(0, FAKE_VMPTRLD, 2);
	KUNIT_EXPECT_EQ(test, fake_call(0, lose_here, &call), 0);
	KUNIT_EXPECT_EQ(test, call.ret, 1);
	KUNIT_EXPECT_EQ(test, fake_said("owner's VMCS failed"), 1);
	KUNIT_EXPECT_EQ(test, fake->root->cpus[0]->borrowed, 0);
	/* Ours is found to be current, whatever was to be. */
	KUNIT_EXPECT_EQ(test, run_on(0, call.loaded), 0);
}

/* Neither hypervisor knows when the other's guest has run. */
static void shared_separates_guests(struct kunit *test)
{
	struct vmx_loaded *v;
	void *owners;

	enabled_root(test, 1);
	v = new_vmcs(test);
	owners = fake_vmcs_region(test, true);
	fake_owner_load(0, owners);
	KUNIT_EXPECT_EQ(test, run_on(0, v), 1);
	KUNIT_EXPECT_EQ(test, fake->cpus[0].separations, 2);
	with_on(0, v);
	KUNIT_EXPECT_EQ(test, fake->cpus[0].separations, 2);
	KUNIT_EXPECT_EQ(test, run_on(0, v), 0);
	KUNIT_EXPECT_EQ(test, fake->cpus[0].separations, 4);
	fake_owner_clear(0, owners);
	KUNIT_EXPECT_EQ(test, run_on(0, v), 0);
	/* The owner has to load what comes next, and knows what that takes. */
	KUNIT_EXPECT_EQ(test, fake->cpus[0].separations, 5);
	KUNIT_EXPECT_EQ(test, run_on(0, v), 0);
	KUNIT_EXPECT_EQ(test, fake->cpus[0].separations, 5);
}

/* Hotplug and sleep */

static void shared_offline_online(struct kunit *test)
{
	struct vmx_root *root = enabled_root(test, 4);
	struct vmx_loaded *v = new_vmcs(test);
	void *owners = fake_vmcs_region(test, true);

	fake_owner_load(3, owners);
	KUNIT_EXPECT_EQ(test, run_on(3, v), 1);
	xvcpu_percpu_offline(root, 3);
	KUNIT_EXPECT_EQ(test, v->cpu, XVCPU_CPU_NONE);
	expect_current(test, 3, owners);
	KUNIT_EXPECT_EQ(test, run_on(3, v), -ENXIO);
	fake_owner_leave(3);
	fake_set_online(3, false);

	fake_set_online(3, true);
	fake_owner_enter(3);
	xvcpu_percpu_online(root, 3);
	KUNIT_EXPECT_EQ(test, run_on(3, v), 1);
	KUNIT_EXPECT_EQ(test, count_root_changes(), 0);
}

static void shared_online_without_owner(struct kunit *test)
{
	struct vmx_root *root = enabled_root(test, 4);

	xvcpu_percpu_offline(root, 3);
	fake_owner_leave(3);
	fake_set_online(3, false);
	fake_set_online(3, true);
	xvcpu_percpu_online(root, 3);
	KUNIT_EXPECT_FALSE(test, xvcpu_percpu_is_enabled(root, 3));
	KUNIT_EXPECT_EQ(test, root->cpus[3]->error, -ENODEV);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 3), -ENXIO);
	KUNIT_EXPECT_EQ(test, count_root_changes(), 0);
}

static void leave_on_this(void *arg)
{
	xvcpu_percpu_leave(fake->root);
}

static void reenter_on_this(void *arg)
{
	xvcpu_percpu_reenter(fake->root);
}

static void shared_leave_reenter(struct kunit *test)
{
	struct vmx_loaded *v;

	enabled_root(test, 1);
	v = new_vmcs(test);
	KUNIT_EXPECT_EQ(test, run_on(0, v), 1);
	fake_call(0, leave_on_this, NULL);
	KUNIT_EXPECT_EQ(test, v->cpu, XVCPU_CPU_NONE);
	fake_owner_leave(0);
	fake_owner_enter(0);
	fake_call(0, reenter_on_this, NULL);
	KUNIT_EXPECT_EQ(test, run_on(0, v), 1);
	KUNIT_EXPECT_EQ(test, count_root_changes(), 0);
}

/* Anything in any order: the fake machine knows what is wrong. */

#define STORM_CPUS	4
#define STORM_VMCSS	4
#define STORM_STEPS	20000

struct storm {
	struct rnd_state rnd;
	struct vmx_loaded *ours[STORM_VMCSS];
	void *owners[STORM_VMCSS];
	int owners_cpu[STORM_VMCSS];
	int runs;
};

static void storm_owner(struct storm *s, int cpu, int i, bool load)
{
	if (s->owners_cpu[i] != XVCPU_CPU_NONE &&
	    (!load || s->owners_cpu[i] != cpu)) {
		fake_owner_clear(s->owners_cpu[i], s->owners[i]);
		s->owners_cpu[i] = XVCPU_CPU_NONE;
	}
	if (!load)
		return;
	fake_owner_load(cpu, s->owners[i]);
	s->owners_cpu[i] = cpu;
}

static int storm_step(struct storm *s)
{
	u32 x = prandom_u32_state(&s->rnd);
	int cpu = x % STORM_CPUS, i = (x >> 8) % STORM_VMCSS;
	struct vmx_loaded *v = s->ours[i];

	switch ((x >> 16) % 5) {
	case 0:
		storm_owner(s, cpu, i, true);
		return 0;
	case 1:
		storm_owner(s, cpu, i, false);
		return 0;
	case 2:
		if (v->cpu != XVCPU_CPU_NONE)
			with_on(v->cpu, v);
		return 0;
	case 3:
		xvcpu_percpu_clear_anywhere(fake->root, v);
		return 0;
	default:
		if (v->cpu != XVCPU_CPU_NONE && v->cpu != cpu)
			xvcpu_percpu_clear_anywhere(fake->root, v);
		s->runs++;
		return run_on(cpu, v);
	}
}

static void shared_storm(struct kunit *test)
{
	struct storm *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	enabled_root(test, STORM_CPUS);
	prandom_seed_state(&s->rnd, 1);
	for (i = 0; i < STORM_VMCSS; i++) {
		s->ours[i] = new_vmcs(test);
		s->owners[i] = fake_vmcs_region(test, true);
		s->owners_cpu[i] = XVCPU_CPU_NONE;
	}
	fake->silent = true;
	for (i = 0; i < STORM_STEPS; i++)
		KUNIT_ASSERT_GE_MSG(test, storm_step(s), 0, "step %d", i);
	KUNIT_EXPECT_GT(test, s->runs, STORM_STEPS / 10);
}

static struct kunit_case shared_cases[] = {
	KUNIT_CASE_PARAM(shared_enable_all_touches_nothing, nr_cpus_gen_params),
	KUNIT_CASE(shared_enable_all_without_owner),
	KUNIT_CASE(shared_enable_all_owner_not_everywhere),
	KUNIT_CASE(shared_owners_current_again),
	KUNIT_CASE(shared_owner_has_none),
	KUNIT_CASE(shared_owner_comes_between),
	KUNIT_CASE(shared_cleared_while_current),
	KUNIT_CASE(shared_owner_moves_its_own),
	KUNIT_CASE(shared_nested),
	KUNIT_CASE(shared_not_in_root),
	KUNIT_CASE(shared_restore_fails),
	KUNIT_CASE(shared_separates_guests),
	KUNIT_CASE(shared_offline_online),
	KUNIT_CASE(shared_online_without_owner),
	KUNIT_CASE(shared_leave_reenter),
	KUNIT_CASE(shared_storm),
	{}
};

static struct kunit_suite shared_suite = {
	.name = "xvcpu-shared",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = shared_cases,
};

kunit_test_suite(shared_suite);
