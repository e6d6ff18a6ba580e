// SPDX-License-Identifier: GPL-2.0
/*
 * What the debug build checks of VMCSs: each thing that may be wrong is noticed,
 * and nothing else is.
 */
#include "../vmx_audit.c"

#include <kunit/test.h>

#include "fake_hw.h"

#define NR_CPUS_HERE	4
#define HERE		1
#define ELSEWHERE	2

/* The VMCS under test is loaded on CPU HERE, and current there. */
static struct vmx_loaded *loaded;

static void load_call(void *arg)
{
	xvcpu_percpu_load(fake->root, arg);
}

static struct vmx_loaded *new_loaded(struct kunit *test)
{
	struct vmx_loaded *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, l);
	l->vmcs = fake_vmcs_region(test, true);
	l->cpu = XVCPU_CPU_NONE;
	INIT_LIST_HEAD(&l->link);
	return l;
}

static void set_up(struct kunit *test)
{
	fake_enabled_root(test, NR_CPUS_HERE, XVCPU_POLICY_ALL);
	loaded = new_loaded(test);
	fake_call(HERE, load_call, loaded);
}

static void clear(void)
{
	xvcpu_percpu_clear_anywhere(fake->root, loaded);
}

static const char *found;

static void look_call(void *arg)
{
	found = xvcpu_audit_broken_current(fake->root, loaded);
}

static const char *look_on(int cpu)
{
	found = "it was not called";
	fake_call(cpu, look_call, NULL);
	return found;
}

static void audit_current_right(struct kunit *test)
{
	set_up(test);
	KUNIT_EXPECT_NULL(test, look_on(HERE));
	clear();
}

static void audit_current_on_other_cpu(struct kunit *test)
{
	set_up(test);
	KUNIT_EXPECT_STREQ(test, look_on(ELSEWHERE),
			   "the current VMCS is not loaded here");
	clear();
	KUNIT_EXPECT_STREQ(test, look_on(HERE),
			   "the current VMCS is not loaded here");
}

static void audit_current_not_current(struct kunit *test)
{
	struct vmx_loaded *other;

	set_up(test);
	other = new_loaded(test);
	fake_call(HERE, load_call, other);
	KUNIT_EXPECT_STREQ(test, look_on(HERE),
			   "another VMCS should be current here");
	clear();
	xvcpu_percpu_clear_anywhere(fake->root, other);
}

/* Somebody has executed VMPTRLD behind our back. */
static void audit_current_processor_differs(struct kunit *test)
{
	void *ours;

	set_up(test);
	ours = fake->cpus[HERE].current_vmcs;
	fake->cpus[HERE].current_vmcs = NULL;
	KUNIT_EXPECT_STREQ(test, look_on(HERE),
			   "the processor has another current VMCS");
	fake->cpus[HERE].current_vmcs = ours;
	KUNIT_EXPECT_NULL(test, look_on(HERE));
	clear();
}

static void audit_current_on_two_cpus(struct kunit *test)
{
	set_up(test);
	fake->root->cpus[ELSEWHERE]->current_vmcs = loaded;
	KUNIT_EXPECT_STREQ(test, look_on(HERE),
			   "a VMCS is current on two CPUs");
	fake->root->cpus[ELSEWHERE]->current_vmcs = NULL;
	KUNIT_EXPECT_NULL(test, look_on(HERE));
	clear();
}

static void audit_gone_right(struct kunit *test)
{
	set_up(test);
	clear();
	KUNIT_EXPECT_NULL(test, xvcpu_audit_broken_gone(fake->root, loaded));
}

static void audit_gone_still_loaded(struct kunit *test)
{
	set_up(test);
	KUNIT_EXPECT_STREQ(test, xvcpu_audit_broken_gone(fake->root, loaded),
			   "a VMCS is loaded still, though its vCPU is gone");
	clear();
}

static void audit_gone_still_listed(struct kunit *test)
{
	set_up(test);
	clear();
	list_add(&loaded->link, &fake->root->cpus[HERE]->loaded);
	KUNIT_EXPECT_STREQ(test, xvcpu_audit_broken_gone(fake->root, loaded),
			   "a VMCS is loaded still, though its vCPU is gone");
	list_del_init(&loaded->link);
}

static void audit_gone_remembered(struct kunit *test)
{
	set_up(test);
	clear();
	fake->root->cpus[ELSEWHERE]->last_guest = loaded;
	KUNIT_EXPECT_STREQ(test, xvcpu_audit_broken_gone(fake->root, loaded),
			   "a CPU remembers a VMCS whose vCPU is gone");
	fake->root->cpus[ELSEWHERE]->last_guest = NULL;
}

static struct kunit_case audit_cases[] = {
	KUNIT_CASE(audit_current_right),
	KUNIT_CASE(audit_current_on_other_cpu),
	KUNIT_CASE(audit_current_not_current),
	KUNIT_CASE(audit_current_processor_differs),
	KUNIT_CASE(audit_current_on_two_cpus),
	KUNIT_CASE(audit_gone_right),
	KUNIT_CASE(audit_gone_still_loaded),
	KUNIT_CASE(audit_gone_still_listed),
	KUNIT_CASE(audit_gone_remembered),
	{}
};

static struct kunit_suite audit_suite = {
	.name = "xvcpu-audit",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = audit_cases,
};

kunit_test_suite(audit_suite);
