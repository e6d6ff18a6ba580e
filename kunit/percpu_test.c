// SPDX-License-Identifier: GPL-2.0
/*
 * One CPU's VMX state: the real state machines of vmx_percpu.c over 1, 4 and 8
 * fake CPUs, with every failure injected.
 *
 * The fake machine fails a case by itself when a rule of the architecture or of
 * the locking is broken, or when a CPU is not left as it was found.
 */
#include "fake_log.h"

#include "../vmx_percpu.c"

#include <kunit/test.h>
#include <linux/string.h>

#include "fake_hw.h"

KUNIT_ARRAY_PARAM(nr_cpus, fake_nr_cpus_list, fake_nr_cpus_desc);

/* How often an operation was executed that changes a CPU. */
static int count_changes(int cpu)
{
	return fake_count(cpu, FAKE_WRMSR) + fake_count(cpu, FAKE_SET_VMXE) +
		fake_count(cpu, FAKE_CLEAR_VMXE) + fake_count(cpu, FAKE_VMXON) +
		fake_count(cpu, FAKE_VMXOFF) + fake_count(cpu, FAKE_VMPTRLD) +
		fake_count(cpu, FAKE_VMCLEAR);
}

static int count_in_root(void)
{
	int cpu, count = 0;

	for (cpu = 0; cpu < FAKE_CPUS; cpu++)
		count += fake->cpus[cpu].in_root;
	return count;
}

static void expect_state(struct kunit *test, int cpu,
			 enum xvcpu_cpu_state state)
{
	const struct vmx_cpu *c = fake->root->cpus[cpu];
	bool in_root = state == XVCPU_CPU_ROOT;

	KUNIT_EXPECT_EQ_MSG(test, c->state, state, "CPU %d", cpu);
	KUNIT_EXPECT_EQ_MSG(test, !!c->order, in_root, "CPU %d", cpu);
	KUNIT_EXPECT_EQ_MSG(test, !!c->error, state == XVCPU_CPU_FAILED,
			    "CPU %d", cpu);
	KUNIT_EXPECT_EQ_MSG(test, xvcpu_percpu_is_enabled(fake->root, cpu),
			    in_root, "CPU %d", cpu);
	KUNIT_EXPECT_EQ_MSG(test, fake->cpus[cpu].in_root, in_root, "CPU %d",
			    cpu);
	if (!in_root)
		KUNIT_EXPECT_TRUE_MSG(test, fake_is_out_of_root(cpu), "CPU %d",
				      cpu);
}

static void expect_states(struct kunit *test, enum xvcpu_cpu_state state)
{
	int cpu;

	for (cpu = 0; cpu < fake->nr_cpus; cpu++)
		expect_state(test, cpu, state);
}

/* What has to be called on a CPU. */

static void leave_on_this(void *arg)
{
	xvcpu_percpu_leave(fake->root);
}

static void reenter_on_this(void *arg)
{
	xvcpu_percpu_reenter(fake->root);
}

/* Sleep: nobody else is there, the global mutex is not taken. */
static void leave_on(int cpu)
{
	fake->unlocked = true;
	fake_call(cpu, leave_on_this, NULL);
	fake->unlocked = false;
}

static void reenter_on(int cpu)
{
	fake->unlocked = true;
	fake_call(cpu, reenter_on_this, NULL);
	fake->unlocked = false;
}

/* A CPU goes offline, and comes back, in the order of the kernel's hotplug. */
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

/* A VMCS, and what its callbacks saw. */
struct test_vmcs {
	struct vmx_loaded loaded;
	int before;
	int before_cpu;
	void *before_current;
	int after;
	bool after_still_ours;
};

static void note_before(struct vmx_loaded *loaded)
{
	struct test_vmcs *v = container_of(loaded, struct test_vmcs, loaded);

	v->before++;
	v->before_cpu = fake_hw.this_cpu();
	v->before_current = fake->cpus[v->before_cpu].current_vmcs;
	fake_mark(fake_address(loaded->vmcs));
}

/* All is done but that another CPU may load it. */
static void note_after(struct vmx_loaded *loaded)
{
	struct test_vmcs *v = container_of(loaded, struct test_vmcs, loaded);

	v->after++;
	v->after_still_ours = loaded->cpu == fake_hw.this_cpu() &&
		list_empty(&loaded->link) && !loaded->launched;
}

static struct test_vmcs *new_vmcs(struct kunit *test)
{
	struct test_vmcs *v = kunit_kzalloc(test, sizeof(*v), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, v);
	v->loaded.vmcs = fake_vmcs_region(test, true);
	v->loaded.cpu = XVCPU_CPU_NONE;
	v->loaded.after_clear = note_after;
	v->before_cpu = XVCPU_CPU_NONE;
	INIT_LIST_HEAD(&v->loaded.link);
	return v;
}

/* Likewise, with something to be read before it is cleared. */
static struct test_vmcs *new_read_vmcs(struct kunit *test)
{
	struct test_vmcs *v = new_vmcs(test);

	v->loaded.before_clear = note_before;
	return v;
}

static u64 region_of(const struct test_vmcs *v)
{
	return fake_address(v->loaded.vmcs);
}

struct load_call {
	struct vmx_loaded *loaded;
	int ret;
};

static void load_on_this(void *arg)
{
	struct load_call *call = arg;

	call->ret = xvcpu_percpu_load(fake->root, call->loaded);
}

static int load_on(int cpu, struct test_vmcs *v)
{
	struct load_call call = { &v->loaded };

	return fake_call(cpu, load_on_this, &call) ?: call.ret;
}

static void clear_on_this(void *arg)
{
	xvcpu_percpu_clear(fake->root, arg);
}

static void clear_on(int cpu, struct test_vmcs *v)
{
	fake_call(cpu, clear_on_this, &v->loaded);
}

static void with_on_this(void *arg)
{
	xvcpu_percpu_with(fake->root, arg, note_before);
}

static void with_on(int cpu, struct test_vmcs *v)
{
	fake_call(cpu, with_on_this, &v->loaded);
}

static void expect_loaded(struct kunit *test, const struct test_vmcs *v,
			  int cpu)
{
	KUNIT_EXPECT_EQ(test, v->loaded.cpu, cpu);
	KUNIT_EXPECT_EQ(test, list_empty(&v->loaded.link),
			cpu == XVCPU_CPU_NONE);
}

static void expect_current(struct kunit *test, int cpu,
			   const struct test_vmcs *v)
{
	const struct vmx_cpu *c = fake->root->cpus[cpu];

	KUNIT_EXPECT_PTR_EQ(test, (const void *)c->current_vmcs,
			    v ? (const void *)&v->loaded : NULL);
	KUNIT_EXPECT_PTR_EQ(test, fake->cpus[cpu].current_vmcs,
			    v ? v->loaded.vmcs : NULL);
}

/* xvcpu_percpu_create(): one state a CPU, nothing in common */

static void percpu_create_all_off(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = fake_root(test, nr, XVCPU_POLICY_ALL);
	int cpu;

	expect_states(test, XVCPU_CPU_OFF);
	for (cpu = 0; cpu < nr; cpu++) {
		KUNIT_EXPECT_EQ(test, root->cpus[cpu]->cpu, cpu);
		KUNIT_EXPECT_EQ(test, root->cpus[cpu]->nr_loaded, 0);
		KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(root->cpus[cpu]->vmxon));
	}
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
}

static void percpu_create_states_apart(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = fake_root(test, nr, XVCPU_POLICY_ALL);
	int a, b;

	for (a = 0; a < nr; a++)
		for (b = 0; b < a; b++) {
			KUNIT_EXPECT_PTR_NE(test, root->cpus[a], root->cpus[b]);
			KUNIT_EXPECT_PTR_NE(test, root->cpus[a]->vmxon,
					    root->cpus[b]->vmxon);
		}
}

static void percpu_cpu_out_of_range(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	KUNIT_EXPECT_NULL(test, xvcpu_percpu_cpu(root, -1));
	KUNIT_EXPECT_NULL(test, xvcpu_percpu_cpu(root, 4));
	KUNIT_EXPECT_PTR_EQ(test, xvcpu_percpu_cpu(root, 3), root->cpus[3]);
	KUNIT_EXPECT_FALSE(test, xvcpu_percpu_is_enabled(root, -1));
	KUNIT_EXPECT_FALSE(test, xvcpu_percpu_is_enabled(root, 4));
}

/* States of different CPUs never influence each other. */

struct picture {
	struct vmx_cpu state;
	struct fake_cpu cpu;
};

static void take_pictures(struct picture *pictures)
{
	int cpu;

	for (cpu = 0; cpu < fake->nr_cpus; cpu++) {
		memcpy(&pictures[cpu].state, fake->root->cpus[cpu],
		       sizeof(struct vmx_cpu));
		memcpy(&pictures[cpu].cpu, &fake->cpus[cpu],
		       sizeof(struct fake_cpu));
	}
	fake_forget();
}

static struct picture *new_pictures(struct kunit *test)
{
	struct picture *pictures = kunit_kcalloc(test, FAKE_CPUS,
						 sizeof(*pictures), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pictures);
	return pictures;
}

static void expect_unchanged(struct kunit *test, const struct picture *pictures,
			     int cpu)
{
	KUNIT_EXPECT_EQ_MSG(test, memcmp(&pictures[cpu].state,
					 fake->root->cpus[cpu],
					 sizeof(struct vmx_cpu)), 0,
			    "state of CPU %d", cpu);
	KUNIT_EXPECT_EQ_MSG(test, memcmp(&pictures[cpu].cpu, &fake->cpus[cpu],
					 offsetof(struct fake_cpu, busy)), 0,
			    "CPU %d", cpu);
	KUNIT_EXPECT_NULL(test, fake_last(cpu));
}

static void percpu_states_independent(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct picture *pictures = new_pictures(test);

	take_pictures(pictures);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 1), 0);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 3), 0);
	expect_state(test, 1, XVCPU_CPU_OFF);
	expect_state(test, 3, XVCPU_CPU_OFF);
	expect_unchanged(test, pictures, 0);
	expect_unchanged(test, pictures, 2);

	take_pictures(pictures);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 3), 0);
	expect_state(test, 3, XVCPU_CPU_ROOT);
	expect_unchanged(test, pictures, 0);
	expect_unchanged(test, pictures, 1);
	expect_unchanged(test, pictures, 2);
}

static void expect_only_changed(struct kunit *test,
				const struct picture *pictures, int changed)
{
	int cpu;

	for (cpu = 0; cpu < fake->nr_cpus; cpu++)
		if (cpu != changed)
			expect_unchanged(test, pictures, cpu);
}

static void percpu_each_alone(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = fake_enabled_root(test, nr, XVCPU_POLICY_ALL);
	struct picture *pictures = new_pictures(test);
	int cpu;

	for (cpu = 0; cpu < nr; cpu++) {
		take_pictures(pictures);
		KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, cpu), 0);
		expect_state(test, cpu, XVCPU_CPU_OFF);
		expect_only_changed(test, pictures, cpu);

		take_pictures(pictures);
		KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, cpu), 0);
		expect_state(test, cpu, XVCPU_CPU_ROOT);
		expect_only_changed(test, pictures, cpu);
	}
}

/*
 * The checks: how a CPU is spoiled, and what comes of it.  @last is the last
 * thing that may be done on that CPU: nothing after the check that failed.
 */
static const struct check_case {
	const char *name;
	enum xvcpu_check check;
	size_t reg;
	u64 clear;
	u64 set;
	int error;
	u64 value;
	enum fake_op last;
	u64 last_arg;
} check_cases[] = {
#define REG(field)	offsetof(struct fake_cpu, field)
	{ "no VMX in CPUID", XVCPU_CHECK_CPUID, REG(cpuid_1_ecx),
	  .clear = BIT(5), .error = -EOPNOTSUPP, .value = FAKE_ECX & ~BIT(5),
	  .last = FAKE_CPUID },
	{ "FRED in use", XVCPU_CHECK_FRED, REG(cr4),
	  .set = BIT_ULL(32), .error = -EOPNOTSUPP,
	  .value = FAKE_CR4 | BIT_ULL(32), .last = FAKE_READ_CR4 },
	{ "VMX in use", XVCPU_CHECK_OWNER, REG(cr4),
	  .set = X86_CR4_VMXE, .error = -EBUSY,
	  .value = FAKE_CR4 | X86_CR4_VMXE, .last = FAKE_READ_CR4 },
	{ "locked off by firmware", XVCPU_CHECK_FEATURE_CONTROL,
	  REG(feature_control), .clear = FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX,
	  .error = -EACCES, .value = FEAT_CTL_LOCKED,
	  .last = FAKE_RDMSR, .last_arg = MSR_IA32_FEAT_CTL },
	{ "no IA32_FEATURE_CONTROL", XVCPU_CHECK_FEATURE_CONTROL, REG(absent),
	  .set = FAKE_ABSENT_FEATURE_CONTROL, .error = -EIO, .value = 0,
	  .last = FAKE_RDMSR, .last_arg = MSR_IA32_FEAT_CTL },
	{ "a capability MSR faults", XVCPU_CHECK_CR0, REG(absent),
	  .set = BIT_ULL(VMX_CAP_MISC), .error = -EIO, .value = 0,
	  .last = FAKE_RDMSR, .last_arg = MSR_IA32_VMX_MISC },
	{ "CR0 lacks a bit", XVCPU_CHECK_CR0, REG(cr0),
	  .clear = X86_CR0_NE, .error = -EIO, .value = FAKE_CR0 & ~X86_CR0_NE,
	  .last = FAKE_READ_CR0 },
	{ "CR0 has a bit too many", XVCPU_CHECK_CR0,
	  REG(caps[VMX_CAP_CR0_FIXED1]), .clear = X86_CR0_WP, .error = -EIO,
	  .value = FAKE_CR0, .last = FAKE_READ_CR0 },
	{ "CR4 lacks a bit", XVCPU_CHECK_CR4, REG(caps[VMX_CAP_CR4_FIXED0]),
	  .set = X86_CR4_PKE, .error = -EIO, .value = FAKE_CR4 | X86_CR4_VMXE,
	  .last = FAKE_READ_CR4 },
	{ "CR4 has a bit too many", XVCPU_CHECK_CR4, REG(cr4),
	  .set = X86_CR4_PKE, .error = -EIO,
	  .value = FAKE_CR4 | X86_CR4_VMXE | X86_CR4_PKE,
	  .last = FAKE_READ_CR4 },
	{ "CR4.VMXE may not be set", XVCPU_CHECK_CR4,
	  REG(caps[VMX_CAP_CR4_FIXED1]), .clear = X86_CR4_VMXE, .error = -EIO,
	  .value = FAKE_CR4 | X86_CR4_VMXE, .last = FAKE_READ_CR4 },
	{ "regions larger than a page", XVCPU_CHECK_REGION_SIZE,
	  REG(caps[VMX_CAP_BASIC]), .set = BIT_ULL(44), .error = -EIO,
	  .value = 0x1400, .last = FAKE_READ_CR4 },
	{ "regions of no size", XVCPU_CHECK_REGION_SIZE,
	  REG(caps[VMX_CAP_BASIC]), .clear = GENMASK_ULL(44, 32), .error = -EIO,
	  .value = 0, .last = FAKE_READ_CR4 },
	{ "regions uncacheable", XVCPU_CHECK_MEMORY_TYPE,
	  REG(caps[VMX_CAP_BASIC]), .clear = GENMASK_ULL(53, 50), .error = -EIO,
	  .value = 0, .last = FAKE_READ_CR4 },
	{ "regions write-through", XVCPU_CHECK_MEMORY_TYPE,
	  REG(caps[VMX_CAP_BASIC]), .clear = BIT_ULL(51), .error = -EIO,
	  .value = 4, .last = FAKE_READ_CR4 },
	{ "addresses of 32 bits", XVCPU_CHECK_ADDRESS_WIDTH,
	  REG(caps[VMX_CAP_BASIC]), .set = BIT_ULL(48), .error = -EIO,
	  .value = 32, .last = FAKE_READ_CR4 },
	{ "no information of INS and OUTS", XVCPU_CHECK_IO_INFO,
	  REG(caps[VMX_CAP_BASIC]), .clear = BIT_ULL(54), .error = -EIO,
	  .value = 0, .last = FAKE_READ_CR4 },
	{ "no TRUE controls", XVCPU_CHECK_TRUE_CONTROLS,
	  REG(caps[VMX_CAP_BASIC]), .clear = BIT_ULL(55), .error = -EIO,
	  .value = 0, .last = FAKE_READ_CR4 },
};

static void check_case_desc(const struct check_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(check_case, check_cases, check_case_desc);

static void spoil(int cpu, const struct check_case *c)
{
	u64 *reg = (void *)&fake->cpus[cpu] + c->reg;

	*reg = (*reg & ~c->clear) | c->set;
	fake->cpus[cpu].foreign = fake->cpus[cpu].cr4 & X86_CR4_VMXE;
}

/* Everything before the check was made, nothing after it. */
static void expect_checks(struct kunit *test, int cpu, enum xvcpu_check check,
			  int error, u64 value)
{
	const struct vmx_cpu *c = fake->root->cpus[cpu];
	int i;

	expect_state(test, cpu, XVCPU_CPU_FAILED);
	KUNIT_EXPECT_EQ(test, c->error, error);
	for (i = 0; i < XVCPU_CHECK_NR; i++) {
		KUNIT_EXPECT_EQ_MSG(test, c->checks[i].done, i <= check, "%s",
				    xvcpu_percpu_check_name(i));
		KUNIT_EXPECT_EQ_MSG(test, c->checks[i].error,
				    i == check ? error : 0, "%s",
				    xvcpu_percpu_check_name(i));
	}
	KUNIT_EXPECT_EQ(test, c->checks[check].value, value);
}

static void expect_failed(struct kunit *test, int cpu,
			  const struct check_case *c, u64 cr4)
{
	const struct fake_event *last = fake_last(cpu);

	expect_checks(test, cpu, c->check, c->error, c->value);
	KUNIT_EXPECT_EQ(test, fake->cpus[cpu].cr4, cr4);
	KUNIT_EXPECT_EQ(test, count_changes(cpu), 0);
	KUNIT_ASSERT_NOT_NULL(test, last);
	KUNIT_EXPECT_EQ(test, last->op, c->last);
	KUNIT_EXPECT_EQ(test, last->arg, c->last_arg);
}

static void expect_said_once(struct kunit *test, int cpu)
{
	char name[16];

	snprintf(name, sizeof(name), "CPU %d", cpu);
	KUNIT_EXPECT_EQ(test, fake_said(name), 1);
}

static void percpu_enable_all_check_fails_on_boot_cpu(struct kunit *test)
{
	const struct check_case *c = test->param_value;
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);
	u64 cr4;
	int cpu;

	fake->boot_cpu = 2;
	spoil(2, c);
	cr4 = fake->cpus[2].cr4;
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), c->error);
	expect_failed(test, 2, c, cr4);
	expect_said_once(test, 2);
	KUNIT_EXPECT_EQ(test, fake->nr_lines, 1);
	for (cpu = 0; cpu < 4; cpu++) {
		if (cpu == 2)
			continue;
		expect_state(test, cpu, XVCPU_CPU_OFF);
		KUNIT_EXPECT_NULL(test, fake_last(cpu));
	}
}

static void percpu_enable_all_check_fails_on_other_cpu(struct kunit *test)
{
	const struct check_case *c = test->param_value;
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);
	u64 cr4;
	int cpu;

	spoil(3, c);
	cr4 = fake->cpus[3].cr4;
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), c->error);
	expect_failed(test, 3, c, cr4);
	for (cpu = 0; cpu < 3; cpu++)
		expect_state(test, cpu, XVCPU_CPU_OFF);
}

/* On one CPU of a machine that is enabled, the others in root. */
static void percpu_enable_check_fails(struct kunit *test)
{
	const struct check_case *c = test->param_value;
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct picture *pictures = new_pictures(test);
	u64 cr4;

	KUNIT_ASSERT_EQ(test, xvcpu_percpu_disable(root, 1), 0);
	spoil(1, c);
	cr4 = fake->cpus[1].cr4;
	take_pictures(pictures);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 1), c->error);
	expect_failed(test, 1, c, cr4);
	expect_said_once(test, 1);
	expect_only_changed(test, pictures, 1);
}

static void percpu_check_name_each(struct kunit *test)
{
	int i, j;

	for (i = 0; i < XVCPU_CHECK_NR; i++) {
		KUNIT_ASSERT_NOT_NULL(test, xvcpu_percpu_check_name(i));
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_STRNEQ(test, xvcpu_percpu_check_name(i),
					    xvcpu_percpu_check_name(j));
	}
	KUNIT_EXPECT_STREQ(test, xvcpu_percpu_check_name(XVCPU_CHECK_NR), "?");
}

static void percpu_enable_owner_named(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	fake_take_vmx(0);
	fake->owner = "kvm_intel";
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -EBUSY);
	KUNIT_EXPECT_EQ(test, fake_said("VMX is in use on CPU 0: unload kvm_intel"),
			1);
	KUNIT_EXPECT_EQ(test, fake->nr_lines, 1);
}

static void percpu_enable_owner_unknown(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	fake_take_vmx(2);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -EBUSY);
	KUNIT_EXPECT_EQ(test, fake_said("VMX is in use on CPU 2 by another"),
			1);
	KUNIT_EXPECT_EQ(test, fake_said("(null)"), 0);
}

/* IA32_FEATURE_CONTROL: as found, what comes of it, as left. */

#define LOCKED	FEAT_CTL_LOCKED
#define INSIDE	FEAT_CTL_VMX_ENABLED_INSIDE_SMX
#define OUTSIDE	FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX
#define LMCE	FEAT_CTL_LMCE_ENABLED

static const struct feature_case {
	const char *name;
	bool txt;
	u64 found;
	int error;
	u64 left;
} feature_cases[] = {
	{ "unlocked, empty", false, 0, 0, LOCKED | OUTSIDE },
	{ "unlocked, set", false, OUTSIDE, 0, LOCKED | OUTSIDE },
	{ "unlocked, others set", false, INSIDE | LMCE, 0,
	  LOCKED | INSIDE | OUTSIDE | LMCE },
	{ "locked, set", false, LOCKED | OUTSIDE, 0, LOCKED | OUTSIDE },
	{ "locked, both set", false, LOCKED | INSIDE | OUTSIDE, 0,
	  LOCKED | INSIDE | OUTSIDE },
	{ "locked, empty", false, LOCKED, -EACCES, LOCKED },
	{ "locked, inside SMX only", false, LOCKED | INSIDE, -EACCES,
	  LOCKED | INSIDE },
	{ "TXT, unlocked, empty", true, 0, 0, LOCKED | INSIDE },
	{ "TXT, unlocked, outside SMX only", true, OUTSIDE, 0,
	  LOCKED | INSIDE | OUTSIDE },
	{ "TXT, locked, set", true, LOCKED | INSIDE, 0, LOCKED | INSIDE },
	{ "TXT, locked, empty", true, LOCKED, -EACCES, LOCKED },
	{ "TXT, locked, outside SMX only", true, LOCKED | OUTSIDE, -EACCES,
	  LOCKED | OUTSIDE },
};

static void feature_case_desc(const struct feature_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(feature_case, feature_cases, feature_case_desc);

static void percpu_check_feature_control(struct kunit *test)
{
	const struct feature_case *c = test->param_value;
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);
	const struct vmx_check *check =
		&root->cpus[3]->checks[XVCPU_CHECK_FEATURE_CONTROL];
	int cpu;

	fake->txt = c->txt;
	for (cpu = 0; cpu < 3; cpu++)
		fake->cpus[cpu].feature_control = LOCKED | INSIDE | OUTSIDE;
	fake->cpus[3].feature_control = c->found;
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), c->error);
	KUNIT_EXPECT_EQ(test, fake->cpus[3].feature_control, c->left);
	KUNIT_EXPECT_EQ(test, fake_count(3, FAKE_WRMSR), !(c->found & LOCKED));
	KUNIT_EXPECT_EQ(test, fake_count(0, FAKE_WRMSR), 0);
	KUNIT_EXPECT_EQ(test, check->error, c->error);
	KUNIT_EXPECT_EQ(test, check->value, c->left);
}

static void percpu_check_feature_control_write_fails(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	fake->cpus[1].feature_control = 0;
	fake_fail(1, FAKE_WRMSR, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -EIO);
	expect_checks(test, 1, XVCPU_CHECK_FEATURE_CONTROL, -EIO, 0);
	KUNIT_EXPECT_EQ(test, fake_count(1, FAKE_SET_VMXE), 0);
}

/* Any capability that is not the boot CPU's, on any CPU. */

static void expect_difference_found(struct kunit *test, int cpu, int cap)
{
	fake_forget();
	fake->cpus[cpu].caps[cap] |= BIT_ULL(30);
	fake->cpus[cpu].caps[cap] ^= BIT_ULL(31);
	KUNIT_EXPECT_EQ_MSG(test, xvcpu_percpu_enable_all(fake->root), -EIO,
			    "%s", xvcpu_caps_name(cap));
	expect_checks(test, cpu, XVCPU_CHECK_SAME_CAPS, -EIO, 0x480 + cap);
	KUNIT_EXPECT_EQ(test, count_changes(cpu), 0);
	KUNIT_EXPECT_EQ(test, count_in_root(), 0);
	fake_repair(cpu);
}

/* In these, such a difference would fail an earlier check. */
static bool differs_unnoticed_before(int cap)
{
	return cap != VMX_CAP_CR0_FIXED0 && cap != VMX_CAP_CR0_FIXED1 &&
		cap != VMX_CAP_CR4_FIXED0;
}

static void percpu_check_same_caps_differ(struct kunit *test)
{
	int cap;

	fake_root(test, 4, XVCPU_POLICY_ALL);
	fake->boot_cpu = 1;
	for (cap = 0; cap < VMX_CAP_NR; cap++)
		if (differs_unnoticed_before(cap)) {
			expect_difference_found(test, 0, cap);
			expect_difference_found(test, 3, cap);
		}
}

/* Not equal to each other but to the boot CPU's they have to be. */
static void percpu_check_same_caps_all_but_boot(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	fake->cpus[0].caps[VMX_CAP_CR0_FIXED0] |= X86_CR0_WP;
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -EIO);
	expect_state(test, 0, XVCPU_CPU_OFF);
	expect_checks(test, 1, XVCPU_CHECK_SAME_CAPS, -EIO,
		      MSR_IA32_VMX_CR0_FIXED0);
	KUNIT_EXPECT_EQ(test, count_in_root(), 0);
}

/* VMXON */

static const struct revision_case {
	const char *name;
	u32 basic;
	u32 revision;
} revision_cases[] = {
	{ "0", 0, 0 },
	{ "1", 1, 1 },
	{ "all bits", 0x7fffffff, 0x7fffffff },
	{ "bit 31 of IA32_VMX_BASIC set", 0x80000012, 0x12 },
};

static void revision_case_desc(const struct revision_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(revision_case, revision_cases, revision_case_desc);

/* The machine itself looks at the region; here, that it was used up before. */
static void percpu_vmxon_revision(struct kunit *test)
{
	const struct revision_case *c = test->param_value;
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);
	int cpu;

	for (cpu = 0; cpu < 4; cpu++) {
		fake->cpus[cpu].caps[VMX_CAP_BASIC] &= ~0xffffffffULL;
		fake->cpus[cpu].caps[VMX_CAP_BASIC] |= c->basic;
		memset(root->cpus[cpu]->vmxon, 0xff, PAGE_SIZE);
	}
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	for (cpu = 0; cpu < 4; cpu++) {
		KUNIT_EXPECT_EQ(test, *(u32 *)root->cpus[cpu]->vmxon,
				c->revision);
		KUNIT_EXPECT_EQ(test, root->cpus[cpu]->revision, c->revision);
	}
}

static void percpu_vmxon_order(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 1, XVCPU_POLICY_ALL);
	int cr4, set, vmxon, flush;

	KUNIT_ASSERT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	cr4 = fake_find_last(0, FAKE_READ_CR4, 0);
	set = fake_find(0, FAKE_SET_VMXE, 0);
	vmxon = fake_find(0, FAKE_VMXON, fake_address(root->cpus[0]->vmxon));
	flush = fake_find(0, FAKE_FLUSH_ALL, 0);
	KUNIT_EXPECT_LT(test, cr4, set);
	KUNIT_EXPECT_EQ(test, vmxon, set + 1);
	KUNIT_EXPECT_EQ(test, flush, vmxon + 1);
	KUNIT_EXPECT_EQ(test, fake_count(0, FAKE_SET_VMXE), 1);
	KUNIT_EXPECT_EQ(test, fake_count(0, FAKE_VMXON), 1);
	KUNIT_EXPECT_EQ(test, root->cpus[0]->checks[XVCPU_CHECK_VMXON].value,
			virt_to_phys(root->cpus[0]->vmxon));
}

static void percpu_vmxon_fails(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	fake->boot_cpu = 3;
	fake_fail(3, FAKE_VMXON, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -EIO);
	expect_checks(test, 3, XVCPU_CHECK_VMXON, -EIO, 0);
	KUNIT_EXPECT_EQ(test, fake->cpus[3].cr4, FAKE_CR4);
	KUNIT_EXPECT_EQ(test, fake_last(3)->op, FAKE_CLEAR_VMXE);
	KUNIT_EXPECT_EQ(test, fake_count(3, FAKE_FLUSH_ALL), 0);
	KUNIT_EXPECT_EQ(test, root->cpus[3]->counters.vmxon, 0);
	KUNIT_EXPECT_EQ(test, fake_said("CPU 3: VMXON failed"), 1);
}

/* xvcpu_percpu_enable_all() under policy all */

static void percpu_enable_all_in_root(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = fake_root(test, nr, XVCPU_POLICY_ALL);
	struct vmx_cpu *c;
	int cpu, i;

	KUNIT_ASSERT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	KUNIT_EXPECT_TRUE(test, root->active);
	expect_states(test, XVCPU_CPU_ROOT);
	for (cpu = 0; cpu < nr; cpu++) {
		c = root->cpus[cpu];
		KUNIT_EXPECT_EQ(test, c->counters.vmxon, 1);
		KUNIT_EXPECT_EQ(test, c->counters.vmxoff, 0);
		KUNIT_EXPECT_TRUE(test, fake->cpus[cpu].vmxon == c->vmxon);
		KUNIT_EXPECT_EQ(test, memcmp(c->caps.msr, fake->cpus[cpu].caps,
					     sizeof(c->caps.msr)), 0);
		for (i = 0; i < XVCPU_CHECK_NR; i++)
			KUNIT_EXPECT_TRUE(test, c->checks[i].done && !c->checks[i].error);
	}
}

/* The boot CPU is in root before anything at all happens on another. */
static void expect_boot_cpu_first(struct kunit *test, int nr, int boot)
{
	struct vmx_root *root = fake_root(test, nr, XVCPU_POLICY_ALL);
	int cpu, vmxon;

	fake->boot_cpu = boot;
	KUNIT_ASSERT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	KUNIT_EXPECT_EQ(test, root->boot_cpu, boot);
	KUNIT_EXPECT_EQ(test, root->cpus[boot]->order, 1);
	vmxon = fake_find(boot, FAKE_VMXON, FAKE_ANY_ARG);
	for (cpu = 0; cpu < nr; cpu++)
		if (cpu != boot)
			KUNIT_EXPECT_LT(test, vmxon,
					fake_find(cpu, FAKE_CPUID, 0));
}

static void percpu_enable_all_boot_cpu_first(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	int boot;

	for (boot = 0; boot < nr; boot++)
		expect_boot_cpu_first(test, nr, boot);
}

/* The how-manyeth CPU each was: as in the log, and said in that order. */
static void percpu_enable_all_order(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = fake_root(test, nr, XVCPU_POLICY_ALL);
	char line[64];
	int i, cpu, order = 0;

	fake->boot_cpu = nr / 2;
	KUNIT_ASSERT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	KUNIT_ASSERT_EQ(test, fake->nr_lines, nr);
	for (i = 0; i < fake_nr_events(); i++) {
		if (fake->events[i].op != FAKE_VMXON)
			continue;
		cpu = fake->events[i].cpu;
		KUNIT_EXPECT_EQ(test, root->cpus[cpu]->order, order + 1);
		snprintf(line, sizeof(line),
			 "CPU %d in VMX root operation (number %d to enter",
			 cpu, order + 1);
		KUNIT_EXPECT_NOT_NULL(test, strstr(fake->lines[order], line));
		order++;
	}
	KUNIT_EXPECT_EQ(test, order, nr);
}

/* All CPUs are called at once: one at a time executes VMXON or VMXOFF. */
static void percpu_enable_all_at_once(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = fake_root(test, nr, XVCPU_POLICY_ALL);
	u32 orders = 0;
	int i, cpu;

	fake->parallel = true;
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_EQ(test, xvcpu_percpu_enable_all(root), 0);
		expect_states(test, XVCPU_CPU_ROOT);
		KUNIT_EXPECT_EQ(test, root->cpus[0]->order, 1);
		for (cpu = 0, orders = 0; cpu < nr; cpu++)
			orders |= BIT(root->cpus[cpu]->order);
		KUNIT_EXPECT_EQ(test, orders, GENMASK(nr, 1));
		xvcpu_percpu_disable_all(root);
		expect_states(test, XVCPU_CPU_OFF);
	}
}

static void percpu_enable_all_at_once_rolls_back(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = fake_root(test, nr, XVCPU_POLICY_ALL);

	fake->parallel = true;
	fake_fail(nr / 2, FAKE_VMXON, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -EIO);
	KUNIT_EXPECT_EQ(test, count_in_root(), 0);
}

static void percpu_enable_all_without_offline_cpus(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 8, XVCPU_POLICY_ALL);
	int cpu;

	fake_set_online(0, false);
	fake_set_online(5, false);
	fake->boot_cpu = 1;
	spoil(5, &check_cases[0]);
	KUNIT_ASSERT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	for (cpu = 0; cpu < 8; cpu++)
		expect_state(test, cpu, cpu % 5 ? XVCPU_CPU_ROOT :
						  XVCPU_CPU_OFF);
	KUNIT_EXPECT_NULL(test, fake_last(0));
	KUNIT_EXPECT_NULL(test, fake_last(5));
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 5), -ENXIO);
	KUNIT_EXPECT_EQ(test, fake_count(5, FAKE_RUN_ON), 0);
}

/*
 * Rollback: whichever CPU fails, at whichever step.  Each time on the machine
 * that has failed before, repaired.
 */

static void expect_rolled_back(struct kunit *test, int failing, int error,
			       const char *step)
{
	struct vmx_root *root = fake->root;
	u64 found[FAKE_CPUS];
	int cpu;

	for (cpu = 0; cpu < fake->nr_cpus; cpu++)
		found[cpu] = fake->cpus[cpu].cr4;
	fake_forget();
	KUNIT_EXPECT_EQ_MSG(test, xvcpu_percpu_enable_all(root), error,
			    "CPU %d of %d: %s", failing, fake->nr_cpus, step);
	KUNIT_EXPECT_FALSE(test, root->active);
	for (cpu = 0; cpu < fake->nr_cpus; cpu++) {
		expect_state(test, cpu, cpu == failing ? XVCPU_CPU_FAILED :
							 XVCPU_CPU_OFF);
		KUNIT_EXPECT_EQ(test, fake->cpus[cpu].cr4, found[cpu]);
		KUNIT_EXPECT_EQ(test, root->cpus[cpu]->counters.vmxon,
				root->cpus[cpu]->counters.vmxoff);
	}
	fake_repair(failing);
}

static void percpu_enable_all_rolls_back(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	const struct check_case *c;
	int cpu, i;

	fake_root(test, nr, XVCPU_POLICY_ALL);
	for (cpu = 0; cpu < nr; cpu++)
		for (i = 0; i < ARRAY_SIZE(check_cases); i++) {
			c = &check_cases[i];
			spoil(cpu, c);
			expect_rolled_back(test, cpu, c->error, c->name);
		}
}

static void percpu_enable_all_rolls_back_vmxon(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	int cpu;

	fake_root(test, nr, XVCPU_POLICY_ALL);
	for (cpu = 0; cpu < nr; cpu++) {
		fake_fail(cpu, FAKE_VMXON, 1);
		expect_rolled_back(test, cpu, -EIO, "VMXON");
	}
}

/* Any RDMSR: of IA32_FEATURE_CONTROL, and of every capability. */
static void percpu_enable_all_rolls_back_rdmsr(struct kunit *test)
{
	int nth;

	fake_root(test, 4, XVCPU_POLICY_ALL);
	for (nth = 1; nth <= 1 + VMX_CAP_NR; nth++) {
		fake_fail(2, FAKE_RDMSR, nth);
		expect_rolled_back(test, 2, -EIO, "RDMSR");
	}
}

/* Who rolls back says of each CPU that had entered that it has left. */
static void percpu_enable_all_rolls_back_aloud(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	fake_fail(1, FAKE_VMXON, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -EIO);
	KUNIT_EXPECT_EQ(test, fake_said("CPU 1: VMXON failed"), 1);
	KUNIT_EXPECT_EQ(test, fake_said("in VMX root operation"), 0);
	KUNIT_EXPECT_EQ(test, fake_said("out of VMX root operation"), 3);
	KUNIT_EXPECT_EQ(test, fake->nr_lines, 4);
}

static void percpu_enable_all_two_fail(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	fake->cpus[3].cpuid_1_ecx = 0;
	fake->cpus[2].feature_control = LOCKED;
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -EACCES);
	expect_state(test, 2, XVCPU_CPU_FAILED);
	expect_state(test, 3, XVCPU_CPU_FAILED);
	KUNIT_EXPECT_EQ(test, count_in_root(), 0);
}

static void percpu_enable_all_boot_cpu_unreachable(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	fake_fail(0, FAKE_RUN_ON, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -ENXIO);
	KUNIT_EXPECT_FALSE(test, root->active);
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_CPUID), 0);
	expect_states(test, XVCPU_CPU_OFF);
}

static void percpu_enable_all_after_failure(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	fake_fail(3, FAKE_VMXON, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -EIO);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 1), -ENXIO);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	expect_states(test, XVCPU_CPU_ROOT);
	KUNIT_EXPECT_EQ(test, root->cpus[0]->order, 1);
}

/* What a CPU failed at before it went offline is not held against it. */
static void percpu_enable_all_after_failure_offline(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	fake_fail(3, FAKE_VMXON, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -EIO);
	unplug(3);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	expect_state(test, 3, XVCPU_CPU_OFF);
	expect_state(test, 2, XVCPU_CPU_ROOT);
}

/* Twice, not at all, on the wrong CPU */

static void percpu_enable_all_twice(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct picture *pictures = new_pictures(test);

	take_pictures(pictures);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -EBUSY);
	expect_only_changed(test, pictures, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
}

static void percpu_disable_all_twice(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = fake_enabled_root(test, nr, XVCPU_POLICY_ALL);

	xvcpu_percpu_disable_all(root);
	expect_states(test, XVCPU_CPU_OFF);
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_VMXOFF), nr);
	KUNIT_EXPECT_EQ(test, fake_said("out of VMX root operation"), nr);
	fake_forget();
	xvcpu_percpu_disable_all(root);
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_VMXOFF), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_lines, 0);
}

/* A line only for those that leave now. */
static void percpu_disable_all_some_off(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 1), 0);
	unplug(2);
	fake_forget();
	xvcpu_percpu_disable_all(root);
	expect_states(test, XVCPU_CPU_OFF);
	KUNIT_EXPECT_EQ(test, fake->nr_lines, 2);
	KUNIT_EXPECT_EQ(test, fake_said("CPU 0 out of VMX root"), 1);
	KUNIT_EXPECT_EQ(test, fake_said("CPU 3 out of VMX root"), 1);
}

static void percpu_disable_all_not_enabled(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	xvcpu_percpu_disable_all(root);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_states(test, XVCPU_CPU_OFF);
}

static void percpu_enable_all_again(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	xvcpu_percpu_disable_all(root);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	expect_states(test, XVCPU_CPU_ROOT);
	KUNIT_EXPECT_EQ(test, root->cpus[0]->order, 1);
	KUNIT_EXPECT_EQ(test, root->cpus[3]->counters.vmxon, 2);
}

static void percpu_enable_already(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct picture *pictures = new_pictures(test);
	int cpu;

	take_pictures(pictures);
	for (cpu = 0; cpu < 4; cpu++)
		KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, cpu), -EBUSY);
	expect_only_changed(test, pictures, XVCPU_CPU_NONE);
}

static void percpu_enable_no_such_cpu(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, -1), -ENXIO);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 4), -ENXIO);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, -1), -ENXIO);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 4), -ENXIO);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
}

static void percpu_enable_not_active(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 0), -ENXIO);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
}

static void percpu_enable_offline(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	unplug(2);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 2), -ENXIO);
	expect_state(test, 2, XVCPU_CPU_OFF);
}

static void percpu_enable_unreachable(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 2), 0);
	fake_fail(2, FAKE_RUN_ON, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 2), -ENXIO);
	expect_state(test, 2, XVCPU_CPU_OFF);
}

static void percpu_disable_not_enabled(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 1), 0);
	fake_forget();
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_EQ(test, root->cpus[1]->counters.vmxoff, 1);
}

static void percpu_disable_never_enabled(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
}

static void percpu_disable_unreachable(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	fake_fail(2, FAKE_RUN_ON, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 2), -ENXIO);
	expect_state(test, 2, XVCPU_CPU_ROOT);
}

static void percpu_disable_order(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 2), 0);
	KUNIT_EXPECT_LT(test, fake_find(2, FAKE_VMXOFF, 0),
			fake_find(2, FAKE_CLEAR_VMXE, 0));
	KUNIT_EXPECT_EQ(test, fake->cpus[2].cr4, FAKE_CR4);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->checks[XVCPU_CHECK_VMXON].value,
			0);
	KUNIT_EXPECT_EQ(test, fake_said("CPU 2 out of VMX root operation"), 1);
}

/* Somebody took the CPU out of root behind our back. */
static void percpu_disable_vmxoff_fails(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	fake_fail(2, FAKE_VMXOFF, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 2), 0);
	expect_state(test, 2, XVCPU_CPU_OFF);
	KUNIT_EXPECT_EQ(test, fake_said("VMXOFF failed"), 1);
}

/* Policy exclusive */

static void percpu_exclusive_checks_all_enters_none(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = fake_root(test, nr, XVCPU_POLICY_EXCLUSIVE);
	const struct vmx_check *checks;
	int cpu;

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	expect_states(test, XVCPU_CPU_OFF);
	for (cpu = 0; cpu < nr; cpu++) {
		checks = root->cpus[cpu]->checks;
		KUNIT_EXPECT_TRUE(test, checks[XVCPU_CHECK_SAME_CAPS].done);
		KUNIT_EXPECT_FALSE(test, checks[XVCPU_CHECK_VMXON].done);
		KUNIT_EXPECT_EQ(test, count_changes(cpu), 0);
		KUNIT_EXPECT_EQ(test, fake_count(cpu, FAKE_CPUID),
				cpu == root->boot_cpu ? 2 : 1);
	}
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
}

static void percpu_exclusive_check_fails(struct kunit *test)
{
	const struct check_case *c = test->param_value;
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_EXCLUSIVE);
	u64 cr4;

	spoil(2, c);
	cr4 = fake->cpus[2].cr4;
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), c->error);
	expect_failed(test, 2, c, cr4);
	KUNIT_EXPECT_FALSE(test, root->active);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 0), -ENXIO);
}

static void percpu_exclusive_second_refused(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	int cpu;

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 2), 0);
	KUNIT_EXPECT_EQ(test, root->grant, 2);
	expect_state(test, 2, XVCPU_CPU_ROOT);
	fake_forget();
	for (cpu = 0; cpu < 4; cpu++)
		KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, cpu), -EBUSY);
	KUNIT_EXPECT_EQ(test, fake_said("granted to CPU 2"), 3);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), -EBUSY);
	KUNIT_EXPECT_EQ(test, fake_said("CPU 1: VMX root operation is granted to CPU 2"),
			2);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 2), 0);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 1), 0);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 2), -EBUSY);
	KUNIT_EXPECT_EQ(test, count_in_root(), 1);
}

static void percpu_exclusive_get_put(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = fake_enabled_root(test, nr,
						  XVCPU_POLICY_EXCLUSIVE);
	int cpu;

	for (cpu = 0; cpu < nr; cpu++) {
		KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, cpu), 0);
		KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, cpu), 0);
		expect_state(test, cpu, XVCPU_CPU_ROOT);
		KUNIT_EXPECT_EQ(test, count_in_root(), 1);
		xvcpu_percpu_put(root, cpu);
		expect_state(test, cpu, XVCPU_CPU_OFF);
		KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	}
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_VMXON), nr);
}

static void percpu_exclusive_put_while_loaded(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	struct test_vmcs *a = new_vmcs(test), *b = new_vmcs(test);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), 0);
	KUNIT_EXPECT_EQ(test, load_on(1, a), 1);
	KUNIT_EXPECT_EQ(test, load_on(1, b), 1);
	xvcpu_percpu_put(root, 1);
	expect_state(test, 1, XVCPU_CPU_ROOT);
	clear_on(1, a);
	xvcpu_percpu_put(root, 1);
	expect_state(test, 1, XVCPU_CPU_ROOT);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 0), -EBUSY);
	clear_on(1, b);
	expect_state(test, 1, XVCPU_CPU_ROOT);
	xvcpu_percpu_put(root, 1);
	expect_state(test, 1, XVCPU_CPU_OFF);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 0), 0);
}

static void percpu_exclusive_put_others(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);

	xvcpu_percpu_put(root, 0);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), 0);
	xvcpu_percpu_put(root, 0);
	xvcpu_percpu_put(root, XVCPU_CPU_NONE);
	xvcpu_percpu_put(root, 4);
	expect_state(test, 1, XVCPU_CPU_ROOT);
	KUNIT_EXPECT_EQ(test, root->grant, 1);
}

static void percpu_exclusive_get_fails(struct kunit *test)
{
	const struct check_case *c = test->param_value;
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);

	spoil(1, c);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), c->error);
	expect_state(test, 1, XVCPU_CPU_FAILED);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 2), 0);
}

static void percpu_exclusive_get_vmxon_fails(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);

	fake_fail(1, FAKE_VMXON, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), -EIO);
	expect_checks(test, 1, XVCPU_CHECK_VMXON, -EIO, 0);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), 0);
}

static void percpu_exclusive_get_no_such_cpu(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, -1), -ENXIO);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 4), -ENXIO);
	unplug(3);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 3), -ENXIO);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
}

static void percpu_exclusive_disable_all(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	struct test_vmcs *v = new_vmcs(test);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), 0);
	KUNIT_EXPECT_EQ(test, load_on(1, v), 1);
	xvcpu_percpu_disable_all(root);
	expect_states(test, XVCPU_CPU_OFF);
	expect_loaded(test, v, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), -ENXIO);
}

static void percpu_get_all(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 2), 0);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 3), 0);
	xvcpu_percpu_put(root, 2);
	expect_states(test, XVCPU_CPU_ROOT);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 2), 0);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 2), -ENXIO);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 4), -ENXIO);
}

/* Hotplug */

static void percpu_online_enters(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);
	struct picture *pictures = new_pictures(test);

	fake_set_online(3, false);
	KUNIT_ASSERT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	expect_state(test, 3, XVCPU_CPU_OFF);
	take_pictures(pictures);
	plug(3);
	expect_state(test, 3, XVCPU_CPU_ROOT);
	KUNIT_EXPECT_EQ(test, root->cpus[3]->order, 4);
	expect_only_changed(test, pictures, 3);
	expect_said_once(test, 3);
}

static void percpu_offline_leaves(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = fake_enabled_root(test, nr, XVCPU_POLICY_ALL);
	struct picture *pictures = new_pictures(test);
	int cpu;

	for (cpu = 0; cpu < nr; cpu++) {
		take_pictures(pictures);
		unplug(cpu);
		expect_state(test, cpu, XVCPU_CPU_OFF);
		KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, cpu), -ENXIO);
		expect_only_changed(test, pictures, cpu);
		plug(cpu);
		expect_state(test, cpu, XVCPU_CPU_ROOT);
		expect_only_changed(test, pictures, cpu);
	}
}

/* It has left, the kernel still runs on it: it may not enter again. */
static void percpu_offline_on_its_way_out(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_vmcs(test);

	xvcpu_percpu_offline(root, 2);
	fake_forget();
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 2), -ENXIO);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 2), -ENXIO);
	KUNIT_EXPECT_EQ(test, load_on(2, v), -ENXIO);
	reenter_on(2);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_state(test, 2, XVCPU_CPU_OFF);
}

static void percpu_offline_on_its_way_out_exclusive(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);

	xvcpu_percpu_offline(root, 2);
	fake_forget();
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 2), -ENXIO);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
}

static void percpu_offline_clears_loaded(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v[3];
	int i;

	for (i = 0; i < 3; i++) {
		v[i] = new_read_vmcs(test);
		KUNIT_EXPECT_EQ(test, load_on(2, v[i]), 1);
		v[i]->loaded.launched = true;
	}
	unplug(2);
	for (i = 0; i < 3; i++) {
		expect_loaded(test, v[i], XVCPU_CPU_NONE);
		KUNIT_EXPECT_EQ(test, v[i]->before, 1);
		KUNIT_EXPECT_EQ(test, v[i]->before_cpu, 2);
		KUNIT_EXPECT_PTR_EQ(test, v[i]->before_current,
				    v[i]->loaded.vmcs);
		KUNIT_EXPECT_EQ(test, v[i]->after, 1);
		KUNIT_EXPECT_TRUE(test, v[i]->after_still_ours);
		KUNIT_EXPECT_LT(test, fake_find(2, FAKE_VMCLEAR,
						region_of(v[i])),
				fake_find(2, FAKE_VMXOFF, 0));
	}
	KUNIT_EXPECT_EQ(test, root->cpus[2]->nr_loaded, 0);
	KUNIT_EXPECT_EQ(test, fake_count(FAKE_ANY_CPU, FAKE_VMCLEAR), 3);
}

static void percpu_online_check_fails(struct kunit *test)
{
	const struct check_case *c = test->param_value;
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct picture *pictures = new_pictures(test);
	u64 cr4;

	unplug(1);
	spoil(1, c);
	cr4 = fake->cpus[1].cr4;
	take_pictures(pictures);
	plug(1);
	expect_failed(test, 1, c, cr4);
	expect_said_once(test, 1);
	expect_only_changed(test, pictures, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), -ENXIO);
	KUNIT_EXPECT_EQ(test, load_on(1, new_vmcs(test)), -ENXIO);
}

static void percpu_online_other_caps(struct kunit *test)
{
	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	unplug(1);
	fake->cpus[1].caps[VMX_CAP_EPT_VPID] ^= BIT_ULL(21);
	plug(1);
	expect_checks(test, 1, XVCPU_CHECK_SAME_CAPS, -EIO,
		      MSR_IA32_VMX_EPT_VPID_CAP);
}

static void percpu_online_after_failure(struct kunit *test)
{
	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	unplug(1);
	fake_fail(1, FAKE_VMXON, 1);
	plug(1);
	expect_checks(test, 1, XVCPU_CHECK_VMXON, -EIO, 0);
	unplug(1);
	plug(1);
	expect_state(test, 1, XVCPU_CPU_ROOT);
}

static void percpu_enable_after_online_failed(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	unplug(1);
	fake_fail(1, FAKE_VMXON, 1);
	plug(1);
	expect_state(test, 1, XVCPU_CPU_FAILED);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 1), 0);
	expect_state(test, 1, XVCPU_CPU_ROOT);
}

static void percpu_online_not_active(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	fake_set_online(3, false);
	plug(3);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_state(test, 3, XVCPU_CPU_OFF);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	expect_state(test, 3, XVCPU_CPU_ROOT);
	xvcpu_percpu_disable_all(root);
	unplug(3);
	plug(3);
	expect_state(test, 3, XVCPU_CPU_OFF);
}

static void percpu_online_exclusive(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);

	unplug(3);
	fake_forget();
	plug(3);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_state(test, 3, XVCPU_CPU_OFF);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 3), 0);
}

static void percpu_offline_exclusive_holder(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);
	struct test_vmcs *v = new_vmcs(test);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 3), 0);
	KUNIT_EXPECT_EQ(test, load_on(3, v), 1);
	unplug(3);
	expect_state(test, 3, XVCPU_CPU_OFF);
	expect_loaded(test, v, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 1), 0);
}

/* The boot CPU may go and come back; its capabilities remain the measure. */
static void percpu_offline_boot_cpu(struct kunit *test)
{
	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	unplug(0);
	expect_state(test, 0, XVCPU_CPU_OFF);
	unplug(1);
	plug(1);
	expect_state(test, 1, XVCPU_CPU_ROOT);
	plug(0);
	expect_state(test, 0, XVCPU_CPU_ROOT);
}

/* Loading and clearing */

static void percpu_load_first(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_vmcs(test);

	KUNIT_EXPECT_EQ(test, load_on(2, v), 1);
	expect_loaded(test, v, 2);
	expect_current(test, 2, v);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->nr_loaded, 1);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->counters.vmptrld, 1);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 1);
	KUNIT_EXPECT_EQ(test, fake_find(2, FAKE_VMPTRLD, region_of(v)), 0);
}

/* What the guest left in this CPU's TLB when it was here before is old. */
static void percpu_load_flushes_guest(struct kunit *test)
{
	struct test_vmcs *v;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	v = new_vmcs(test);
	v->loaded.vpid = 7;
	KUNIT_EXPECT_EQ(test, load_on(2, v), 1);
	KUNIT_EXPECT_EQ(test, fake_find(2, FAKE_FLUSH_GUEST, 7), 1);
	KUNIT_EXPECT_EQ(test, load_on(2, v), 0);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 2);
	clear_on(2, v);
	KUNIT_EXPECT_EQ(test, load_on(2, v), 1);
	KUNIT_EXPECT_EQ(test, fake_count(2, FAKE_FLUSH_GUEST), 2);
}

/* Not between two entries of one guest, nor when somebody looks at another. */
static void percpu_load_separates_guests(struct kunit *test)
{
	struct test_vmcs *a, *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	a = new_vmcs(test);
	b = new_vmcs(test);
	KUNIT_EXPECT_EQ(test, load_on(2, a), 1);
	KUNIT_EXPECT_EQ(test, fake->cpus[2].separations, 1);
	KUNIT_EXPECT_EQ(test, load_on(2, a), 0);
	KUNIT_EXPECT_EQ(test, fake->cpus[2].separations, 1);
	KUNIT_EXPECT_EQ(test, load_on(2, b), 1);
	KUNIT_EXPECT_EQ(test, fake->cpus[2].separations, 2);
	KUNIT_EXPECT_EQ(test, load_on(2, a), 0);
	KUNIT_EXPECT_EQ(test, fake->cpus[2].separations, 3);
	clear_on(2, b);
	KUNIT_EXPECT_EQ(test, load_on(2, a), 0);
	KUNIT_EXPECT_EQ(test, fake->cpus[2].separations, 3);
	/* What comes instead may have its address. */
	clear_on(2, a);
	KUNIT_EXPECT_EQ(test, load_on(2, a), 1);
	KUNIT_EXPECT_EQ(test, fake->cpus[2].separations, 4);
	KUNIT_EXPECT_EQ(test, fake->cpus[1].separations, 0);
}

static void percpu_load_current(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_vmcs(test);

	KUNIT_EXPECT_EQ(test, load_on(2, v), 1);
	fake_forget();
	KUNIT_EXPECT_EQ(test, load_on(2, v), 0);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->nr_loaded, 1);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->counters.vmptrld, 1);
}

static void percpu_load_not_current(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *a = new_vmcs(test), *b = new_vmcs(test);

	KUNIT_EXPECT_EQ(test, load_on(2, a), 1);
	KUNIT_EXPECT_EQ(test, load_on(2, b), 1);
	expect_current(test, 2, b);
	fake_forget();
	KUNIT_EXPECT_EQ(test, load_on(2, a), 0);
	expect_current(test, 2, a);
	expect_loaded(test, b, 2);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 1);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->nr_loaded, 2);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->counters.vmptrld, 3);
}

static void percpu_load_loaded_elsewhere(struct kunit *test)
{
	struct test_vmcs *v;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	v = new_vmcs(test);
	KUNIT_EXPECT_EQ(test, load_on(2, v), 1);
	fake_forget();
	KUNIT_EXPECT_EQ(test, load_on(1, v), -EXDEV);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_loaded(test, v, 2);
	expect_current(test, 2, v);
	expect_current(test, 1, NULL);
}

static void percpu_load_not_in_root(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_vmcs(test);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 2), 0);
	fake_forget();
	KUNIT_EXPECT_EQ(test, load_on(2, v), -ENXIO);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_loaded(test, v, XVCPU_CPU_NONE);
}

static void percpu_load_vmptrld_fails(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *a = new_vmcs(test), *b = new_vmcs(test);

	b->loaded.vpid = 1;
	KUNIT_EXPECT_EQ(test, load_on(2, a), 1);
	fake_fail(2, FAKE_VMPTRLD, 1);
	KUNIT_EXPECT_EQ(test, load_on(2, b), -EIO);
	expect_loaded(test, b, XVCPU_CPU_NONE);
	expect_current(test, 2, a);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->nr_loaded, 1);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->counters.vmptrld, 1);
	KUNIT_EXPECT_EQ(test, fake_count(2, FAKE_FLUSH_GUEST), 0);
	KUNIT_EXPECT_EQ(test, load_on(2, b), 1);
}

static void percpu_load_again_vmptrld_fails(struct kunit *test)
{
	struct test_vmcs *a, *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	a = new_vmcs(test);
	b = new_vmcs(test);
	KUNIT_EXPECT_EQ(test, load_on(2, a), 1);
	KUNIT_EXPECT_EQ(test, load_on(2, b), 1);
	fake_fail(2, FAKE_VMPTRLD, 1);
	KUNIT_EXPECT_EQ(test, load_on(2, a), -EIO);
	expect_loaded(test, a, 2);
	KUNIT_EXPECT_EQ(test, load_on(2, b), 0);
	expect_current(test, 2, b);
	KUNIT_EXPECT_EQ(test, load_on(2, a), 0);
	expect_current(test, 2, a);
}

static void percpu_clear_current(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_read_vmcs(test);

	KUNIT_EXPECT_EQ(test, load_on(2, v), 1);
	v->loaded.launched = true;
	fake_forget();
	clear_on(2, v);
	expect_loaded(test, v, XVCPU_CPU_NONE);
	expect_current(test, 2, NULL);
	KUNIT_EXPECT_FALSE(test, v->loaded.launched);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->nr_loaded, 0);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->counters.vmclear, 1);
	KUNIT_EXPECT_EQ(test, v->before, 1);
	KUNIT_EXPECT_EQ(test, v->after, 1);
	KUNIT_EXPECT_TRUE(test, v->after_still_ours);
	KUNIT_EXPECT_EQ(test, fake_find(2, FAKE_MARK, region_of(v)), 0);
	KUNIT_EXPECT_EQ(test, fake_find(2, FAKE_VMCLEAR, region_of(v)), 1);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 2);
}

static void percpu_clear_other_stays_current(struct kunit *test)
{
	struct test_vmcs *a, *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	a = new_vmcs(test);
	b = new_vmcs(test);
	KUNIT_EXPECT_EQ(test, load_on(2, a), 1);
	KUNIT_EXPECT_EQ(test, load_on(2, b), 1);
	fake_forget();
	clear_on(2, a);
	expect_loaded(test, a, XVCPU_CPU_NONE);
	expect_loaded(test, b, 2);
	expect_current(test, 2, b);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 1);
}

/* The callback needs its VMCS current; then the other one is current again. */
static void percpu_clear_other_with_callback(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *a = new_read_vmcs(test), *b = new_vmcs(test);

	KUNIT_EXPECT_EQ(test, load_on(2, a), 1);
	KUNIT_EXPECT_EQ(test, load_on(2, b), 1);
	b->loaded.launched = true;
	fake_forget();
	clear_on(2, a);
	KUNIT_EXPECT_EQ(test, a->before, 1);
	KUNIT_EXPECT_PTR_EQ(test, a->before_current, a->loaded.vmcs);
	expect_loaded(test, a, XVCPU_CPU_NONE);
	expect_current(test, 2, b);
	KUNIT_EXPECT_TRUE(test, b->loaded.launched);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->nr_loaded, 1);
	KUNIT_EXPECT_EQ(test, fake_count(2, FAKE_VMPTRLD), 2);
}

/* No reading of another guest's VMCS. */
static void percpu_clear_callback_vmptrld_fails(struct kunit *test)
{
	struct test_vmcs *a, *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	a = new_read_vmcs(test);
	b = new_vmcs(test);
	KUNIT_EXPECT_EQ(test, load_on(2, a), 1);
	KUNIT_EXPECT_EQ(test, load_on(2, b), 1);
	fake_fail(2, FAKE_VMPTRLD, 1);
	clear_on(2, a);
	KUNIT_EXPECT_EQ(test, a->before, 0);
	KUNIT_EXPECT_EQ(test, a->after, 1);
	expect_loaded(test, a, XVCPU_CPU_NONE);
	expect_current(test, 2, b);
}

static void percpu_clear_vmclear_fails(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_vmcs(test);

	KUNIT_EXPECT_EQ(test, load_on(2, v), 1);
	fake_fail(2, FAKE_VMCLEAR, 1);
	clear_on(2, v);
	expect_loaded(test, v, XVCPU_CPU_NONE);
	expect_current(test, 2, NULL);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->nr_loaded, 0);
	KUNIT_EXPECT_EQ(test, v->after, 1);
	KUNIT_EXPECT_EQ(test, fake_said("CPU 2: VMCLEAR failed"), 1);
	/* It may be active there still: nobody loads it again. */
	KUNIT_EXPECT_TRUE(test, v->loaded.broken);
	KUNIT_EXPECT_EQ(test, load_on(2, v), -EIO);
	KUNIT_EXPECT_EQ(test, load_on(1, v), -EIO);
	KUNIT_EXPECT_EQ(test, load_on(2, new_vmcs(test)), 1);
}

static void percpu_clear_not_here(struct kunit *test)
{
	struct test_vmcs *v;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	v = new_read_vmcs(test);
	clear_on(2, v);
	KUNIT_EXPECT_EQ(test, load_on(2, v), 1);
	fake_forget();
	clear_on(1, v);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_EQ(test, v->before + v->after, 0);
	expect_loaded(test, v, 2);
}

static void percpu_clear_anywhere_on_holder(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_read_vmcs(test);
	int cpu;

	for (cpu = 0; cpu < 4; cpu++) {
		KUNIT_EXPECT_EQ(test, load_on(cpu, v), 1);
		fake_forget();
		KUNIT_EXPECT_EQ(test, xvcpu_percpu_clear_anywhere(root,
								  &v->loaded),
				cpu);
		expect_loaded(test, v, XVCPU_CPU_NONE);
		KUNIT_EXPECT_EQ(test, v->before_cpu, cpu);
		KUNIT_EXPECT_EQ(test, fake_find(cpu, FAKE_RUN_ON, 0), 0);
		KUNIT_EXPECT_EQ(test, fake_find(cpu, FAKE_VMCLEAR,
						region_of(v)), 2);
		KUNIT_EXPECT_EQ(test, fake_nr_events(), 3);
	}
}

static void percpu_clear_anywhere_not_loaded(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_read_vmcs(test);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_clear_anywhere(root, &v->loaded),
			XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_EQ(test, v->before + v->after, 0);
}

static void percpu_move_keeps(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_read_vmcs(test);

	KUNIT_EXPECT_EQ(test, load_on(1, v), 1);
	fake_forget();
	xvcpu_percpu_move(root, &v->loaded);
	expect_loaded(test, v, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, v->before, 0);
	KUNIT_EXPECT_EQ(test, v->after, 1);
	KUNIT_EXPECT_GE(test, fake_find(1, FAKE_VMCLEAR, region_of(v)), 0);
	KUNIT_EXPECT_EQ(test, load_on(2, v), 1);
}

static void percpu_move_not_loaded(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_read_vmcs(test);

	xvcpu_percpu_move(root, &v->loaded);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_EQ(test, v->before + v->after, 0);
}

/* It stays where it is, as far as it is anywhere, and is read there. */
static void percpu_move_vmclear_fails(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_read_vmcs(test);

	KUNIT_EXPECT_EQ(test, load_on(1, v), 1);
	fake_fail(1, FAKE_VMCLEAR, 1);
	xvcpu_percpu_move(root, &v->loaded);
	KUNIT_EXPECT_EQ(test, v->before, 1);
	KUNIT_EXPECT_EQ(test, v->before_cpu, 1);
	KUNIT_EXPECT_TRUE(test, v->loaded.broken);
	KUNIT_EXPECT_EQ(test, load_on(2, v), -EIO);
}

static void save_on_this(void *arg)
{
	xvcpu_percpu_save(fake->root, arg);
}

static void percpu_save_after_move(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_read_vmcs(test);

	KUNIT_EXPECT_EQ(test, load_on(1, v), 1);
	xvcpu_percpu_move(root, &v->loaded);
	fake_call(2, save_on_this, &v->loaded);
	KUNIT_EXPECT_EQ(test, v->before, 1);
	KUNIT_EXPECT_EQ(test, v->before_cpu, 2);
	expect_loaded(test, v, XVCPU_CPU_NONE);
	expect_current(test, 2, NULL);
}

static void percpu_save_not_in_root(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_read_vmcs(test);

	KUNIT_EXPECT_EQ(test, load_on(1, v), 1);
	xvcpu_percpu_move(root, &v->loaded);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 2), 0);
	fake_call(2, save_on_this, &v->loaded);
	KUNIT_EXPECT_EQ(test, v->before, 0);
	expect_loaded(test, v, XVCPU_CPU_NONE);
}

static void percpu_with_current(struct kunit *test)
{
	struct test_vmcs *v;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	v = new_vmcs(test);
	KUNIT_EXPECT_EQ(test, load_on(2, v), 1);
	fake_forget();
	with_on(2, v);
	KUNIT_EXPECT_EQ(test, v->before, 1);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 1);
	expect_current(test, 2, v);
}

static void percpu_with_not_current(struct kunit *test)
{
	struct test_vmcs *a, *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	a = new_vmcs(test);
	b = new_vmcs(test);
	KUNIT_EXPECT_EQ(test, load_on(2, a), 1);
	KUNIT_EXPECT_EQ(test, load_on(2, b), 1);
	with_on(2, a);
	KUNIT_EXPECT_EQ(test, a->before, 1);
	KUNIT_EXPECT_PTR_EQ(test, a->before_current, a->loaded.vmcs);
	expect_current(test, 2, b);
	expect_loaded(test, a, 2);
}

static void percpu_with_vmptrld_fails(struct kunit *test)
{
	struct test_vmcs *a, *b;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	a = new_vmcs(test);
	b = new_vmcs(test);
	KUNIT_EXPECT_EQ(test, load_on(2, a), 1);
	KUNIT_EXPECT_EQ(test, load_on(2, b), 1);
	fake_fail(2, FAKE_VMPTRLD, 1);
	with_on(2, a);
	KUNIT_EXPECT_EQ(test, a->before, 0);
	expect_current(test, 2, b);
}

/* Who was interrupted finds its VMCS unloaded, not another's current. */
static void percpu_with_restore_vmptrld_fails(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *a = new_vmcs(test), *b = new_read_vmcs(test);

	KUNIT_EXPECT_EQ(test, load_on(2, a), 1);
	KUNIT_EXPECT_EQ(test, load_on(2, b), 1);
	fake_fail(2, FAKE_VMPTRLD, 2);
	with_on(2, a);
	KUNIT_EXPECT_EQ(test, a->before, 1);
	expect_loaded(test, a, 2);
	expect_loaded(test, b, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, b->before, 0);
	KUNIT_EXPECT_EQ(test, b->after, 1);
	KUNIT_EXPECT_EQ(test, root->cpus[2]->nr_loaded, 1);
	KUNIT_EXPECT_EQ(test, load_on(1, b), 1);
}

/* Those that are unloaded on the way, too: each once. */
static void percpu_disable_each_vmptrld_fails(struct kunit *test)
{
	struct vmx_root *root;
	struct test_vmcs *v[4];
	int nth, i;

	for (nth = 1; nth <= 8; nth++) {
		root = fake_enabled_root(test, 1, XVCPU_POLICY_ALL);
		for (i = 0; i < 4; i++) {
			v[i] = new_read_vmcs(test);
			KUNIT_EXPECT_EQ(test, load_on(0, v[i]), 1);
		}
		fake_fail(0, FAKE_VMPTRLD, nth);
		KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 0), 0);
		for (i = 0; i < 4; i++) {
			expect_loaded(test, v[i], XVCPU_CPU_NONE);
			KUNIT_EXPECT_EQ(test, v[i]->after, 1);
		}
		KUNIT_EXPECT_EQ(test, root->cpus[0]->nr_loaded, 0);
		KUNIT_EXPECT_TRUE(test, fake_is_out_of_root(0));
	}
}

/* Clearing in any order, any of them current. */
static void percpu_disable_clears_loaded(struct kunit *test)
{
	struct vmx_root *root;
	struct test_vmcs *v[4];
	int current_one, i;

	for (current_one = 0; current_one < 4; current_one++) {
		root = fake_enabled_root(test, 1, XVCPU_POLICY_ALL);
		for (i = 0; i < 4; i++) {
			v[i] = i % 2 ? new_vmcs(test) : new_read_vmcs(test);
			KUNIT_EXPECT_EQ(test, load_on(0, v[i]), 1);
		}
		KUNIT_EXPECT_GE(test, load_on(0, v[current_one]), 0);
		KUNIT_EXPECT_EQ(test, root->cpus[0]->nr_loaded, 4);
		KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 0), 0);
		for (i = 0; i < 4; i++) {
			expect_loaded(test, v[i], XVCPU_CPU_NONE);
			KUNIT_EXPECT_EQ(test, v[i]->after, 1);
			KUNIT_EXPECT_EQ(test, v[i]->before, !(i % 2));
		}
		KUNIT_EXPECT_EQ(test, root->cpus[0]->counters.vmclear, 4);
		KUNIT_EXPECT_PTR_EQ(test, root->cpus[0]->current_vmcs, NULL);
	}
}

/* Sleep, and reboot, which is sleep without an end */

static void percpu_leave_reenter(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_read_vmcs(test);
	int cpu;

	/* The kernel takes the others offline first. */
	for (cpu = 1; cpu < 4; cpu++)
		unplug(cpu);
	KUNIT_EXPECT_EQ(test, load_on(0, v), 1);
	leave_on(0);
	expect_states(test, XVCPU_CPU_OFF);
	expect_loaded(test, v, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, v->before, 1);
	KUNIT_EXPECT_EQ(test, v->after, 1);

	/* Firmware has forgotten what was set. */
	fake->cpus[0].feature_control = 0;
	reenter_on(0);
	expect_state(test, 0, XVCPU_CPU_ROOT);
	KUNIT_EXPECT_EQ(test, fake->cpus[0].feature_control, LOCKED | OUTSIDE);
	KUNIT_EXPECT_EQ(test, load_on(0, v), 1);
	for (cpu = 1; cpu < 4; cpu++)
		plug(cpu);
	expect_states(test, XVCPU_CPU_ROOT);
	KUNIT_EXPECT_EQ(test, root->cpus[0]->counters.vmxon, 2);
}

static void percpu_leave_twice(struct kunit *test)
{
	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	leave_on(2);
	fake_forget();
	leave_on(2);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_state(test, 2, XVCPU_CPU_OFF);
}

static void percpu_leave_everyone(struct kunit *test)
{
	int nr = fake_nr_cpus(test);
	struct vmx_root *root = fake_enabled_root(test, nr, XVCPU_POLICY_ALL);
	struct test_vmcs *v = new_vmcs(test);

	KUNIT_EXPECT_EQ(test, load_on(nr - 1, v), 1);
	fake->unlocked = true;
	fake->parallel = true;
	fake_hw.run_on_each(leave_on_this, NULL);
	expect_states(test, XVCPU_CPU_OFF);
	expect_loaded(test, v, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_disable(root, 0), -EINVAL);
}

static void percpu_reenter_not_active(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);

	leave_on(0);
	reenter_on(0);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	xvcpu_percpu_disable_all(root);
	fake_forget();
	reenter_on(0);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
}

static void percpu_reenter_already(struct kunit *test)
{
	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	reenter_on(0);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	expect_state(test, 0, XVCPU_CPU_ROOT);
}

static void percpu_reenter_check_fails(struct kunit *test)
{
	const struct check_case *c = test->param_value;
	u64 cr4;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	leave_on(0);
	spoil(0, c);
	cr4 = fake->cpus[0].cr4;
	fake_forget();
	reenter_on(0);
	expect_failed(test, 0, c, cr4);
	expect_said_once(test, 0);
	KUNIT_EXPECT_EQ(test, load_on(0, new_vmcs(test)), -ENXIO);
	expect_state(test, 1, XVCPU_CPU_ROOT);
}

static void percpu_reenter_exclusive_holder(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 0), 0);
	leave_on(0);
	expect_state(test, 0, XVCPU_CPU_OFF);
	reenter_on(0);
	expect_state(test, 0, XVCPU_CPU_ROOT);
	KUNIT_EXPECT_EQ(test, root->grant, 0);
	xvcpu_percpu_put(root, 0);
	expect_state(test, 0, XVCPU_CPU_OFF);
}

static void percpu_reenter_exclusive_other(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);

	leave_on(0);
	reenter_on(0);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 2), 0);
	fake_forget();
	reenter_on(0);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
	KUNIT_EXPECT_EQ(test, count_in_root(), 1);
}

/* Root that was not entered again is there for others. */
static void percpu_reenter_exclusive_fails(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4,
						  XVCPU_POLICY_EXCLUSIVE);

	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 0), 0);
	leave_on(0);
	fake_fail(0, FAKE_VMXON, 1);
	reenter_on(0);
	expect_state(test, 0, XVCPU_CPU_FAILED);
	KUNIT_EXPECT_EQ(test, root->grant, XVCPU_CPU_NONE);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_get(root, 2), 0);
}

/* xvcpu_percpu_abandon(): the kernel has crashed */

static void abandon_on_this(void *arg)
{
	xvcpu_percpu_abandon(fake->root);
}

static void abandon_on(int cpu)
{
	fake_call(cpu, abandon_on_this, NULL);
}

static void percpu_abandon_clears_loaded(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct test_vmcs *v[3] = {
		new_read_vmcs(test), new_read_vmcs(test), new_vmcs(test),
	};
	int i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, load_on(2, v[i]), 1);
	fake_forget();
	abandon_on(2);
	KUNIT_EXPECT_EQ(test, fake_count(2, FAKE_VMCLEAR), 3);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_GE(test, fake_find(2, FAKE_VMCLEAR,
						fake_address(v[i]->loaded.vmcs)),
				0);
		/* No more than must be: it may be an NMI. */
		KUNIT_EXPECT_EQ(test, v[i]->before, 0);
		KUNIT_EXPECT_EQ(test, v[i]->after, 0);
	}
	KUNIT_EXPECT_EQ(test, fake_count(2, FAKE_VMPTRLD), 0);
	KUNIT_EXPECT_EQ(test, fake_last(2)->op, FAKE_CLEAR_VMXE);
	KUNIT_EXPECT_TRUE(test, fake_is_out_of_root(2));
	KUNIT_EXPECT_FALSE(test, xvcpu_percpu_is_enabled(root, 2));
	/* Of the others each is called for itself. */
	expect_state(test, 1, XVCPU_CPU_ROOT);
}

/* It does not enter again, and no guest runs there, whatever goes on meanwhile. */
static void percpu_abandon_for_good(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	abandon_on(2);
	fake_forget();
	abandon_on(2);
	KUNIT_EXPECT_EQ(test, count_changes(2), 0);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable(root, 2), -ENXIO);
	KUNIT_EXPECT_EQ(test, load_on(2, new_vmcs(test)), -ENXIO);
	reenter_on(2);
	KUNIT_EXPECT_EQ(test, count_changes(2), 0);
	KUNIT_EXPECT_TRUE(test, fake_is_out_of_root(2));
}

static void percpu_abandon_not_in_root(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_EXCLUSIVE);

	abandon_on(0);
	KUNIT_EXPECT_EQ(test, count_changes(0), 0);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	fake_forget();
	abandon_on(1);
	KUNIT_EXPECT_EQ(test, count_changes(1), 0);
}

static void set_vmxe_here(void *arg)
{
	fake->root->cpus[0]->state = XVCPU_CPU_ENABLING;
	fake_hw.set_vmxe();
}

static void vmxoff_here(void *arg)
{
	fake_hw.vmxoff_crashed();
}

/* The NMI came before VMXON, CR4.VMXE being set. */
static void percpu_abandon_before_vmxon(struct kunit *test)
{
	fake_root(test, 4, XVCPU_POLICY_ALL);
	fake_call(0, set_vmxe_here, NULL);
	abandon_on(0);
	KUNIT_EXPECT_TRUE(test, fake_is_out_of_root(0));
	KUNIT_EXPECT_EQ(test, fake_count(0, FAKE_VMCLEAR), 0);
}

/* The NMI came between VMXOFF and the clearing of CR4.VMXE. */
static void percpu_abandon_after_vmxoff(struct kunit *test)
{
	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	fake_call(3, vmxoff_here, NULL);
	abandon_on(3);
	KUNIT_EXPECT_TRUE(test, fake_is_out_of_root(3));
}

/* Whatever fails, CR4.VMXE is the next kernel's ruin. */
static void percpu_abandon_vmclear_fails(struct kunit *test)
{
	struct test_vmcs *v;

	fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	v = new_vmcs(test);
	KUNIT_EXPECT_EQ(test, load_on(1, v), 1);
	fake_fail(1, FAKE_VMCLEAR, 1);
	abandon_on(1);
	KUNIT_EXPECT_TRUE(test, fake_is_out_of_root(1));
}

/* Those who hold the locks do not go on: nobody may wait for them. */
static void percpu_abandon_needs_no_lock(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);

	mutex_lock(&root->lock);
	raw_spin_lock(&root->entry_lock);
	abandon_on(0);
	raw_spin_unlock(&root->entry_lock);
	mutex_unlock(&root->lock);
	KUNIT_EXPECT_TRUE(test, fake_is_out_of_root(0));
}

/* xvcpu_percpu_snapshot() */

static void percpu_snapshot_in_root(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct vmx_cpu_snapshot *snap = kunit_kzalloc(test, sizeof(*snap),
						      GFP_KERNEL);
	const struct vmx_cpu *c = root->cpus[2];

	KUNIT_ASSERT_NOT_NULL(test, snap);
	memset(snap, 0xff, sizeof(*snap));
	KUNIT_EXPECT_EQ(test, load_on(2, new_vmcs(test)), 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_snapshot(root, 2, snap), 0);
	KUNIT_EXPECT_EQ(test, snap->cpu, 2);
	KUNIT_EXPECT_TRUE(test, snap->online);
	KUNIT_EXPECT_EQ(test, snap->state, XVCPU_CPU_ROOT);
	KUNIT_EXPECT_EQ(test, snap->error, 0);
	KUNIT_EXPECT_EQ(test, snap->order, c->order);
	KUNIT_EXPECT_EQ(test, snap->revision, FAKE_REVISION);
	KUNIT_EXPECT_EQ(test, snap->nr_loaded, 1);
	KUNIT_EXPECT_EQ(test, memcmp(&snap->caps, &c->caps, sizeof(snap->caps)),
			0);
	KUNIT_EXPECT_EQ(test, memcmp(snap->checks, c->checks,
				     sizeof(snap->checks)), 0);
	KUNIT_EXPECT_EQ(test, snap->counters.vmxon, 1);
	KUNIT_EXPECT_EQ(test, snap->counters.vmxoff, 0);
	KUNIT_EXPECT_EQ(test, snap->counters.vmptrld, 1);
	KUNIT_EXPECT_EQ(test, snap->counters.vmclear, 0);
}

static void percpu_snapshot_failed(struct kunit *test)
{
	struct vmx_root *root = fake_root(test, 4, XVCPU_POLICY_ALL);
	struct vmx_cpu_snapshot *snap = kunit_kzalloc(test, sizeof(*snap),
						      GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, snap);
	fake->cpus[3].feature_control = LOCKED;
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_enable_all(root), -EACCES);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_snapshot(root, 3, snap), 0);
	KUNIT_EXPECT_EQ(test, snap->state, XVCPU_CPU_FAILED);
	KUNIT_EXPECT_EQ(test, snap->error, -EACCES);
	KUNIT_EXPECT_EQ(test, snap->order, 0);
	KUNIT_EXPECT_EQ(test, snap->checks[XVCPU_CHECK_FEATURE_CONTROL].error,
			-EACCES);
	KUNIT_EXPECT_FALSE(test, snap->checks[XVCPU_CHECK_CR0].done);
}

static void percpu_snapshot_offline(struct kunit *test)
{
	struct vmx_root *root = fake_enabled_root(test, 4, XVCPU_POLICY_ALL);
	struct vmx_cpu_snapshot *snap = kunit_kzalloc(test, sizeof(*snap),
						      GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, snap);
	unplug(1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_snapshot(root, 1, snap), 0);
	KUNIT_EXPECT_FALSE(test, snap->online);
	KUNIT_EXPECT_EQ(test, snap->state, XVCPU_CPU_OFF);
	KUNIT_EXPECT_EQ(test, snap->counters.vmxoff, 1);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_snapshot(root, -1, snap), -ENOENT);
	KUNIT_EXPECT_EQ(test, xvcpu_percpu_snapshot(root, 4, snap), -ENOENT);
}

static struct kunit_case percpu_cases[] = {
	KUNIT_CASE_PARAM(percpu_create_all_off, nr_cpus_gen_params),
	KUNIT_CASE_PARAM(percpu_create_states_apart, nr_cpus_gen_params),
	KUNIT_CASE(percpu_cpu_out_of_range),
	KUNIT_CASE(percpu_states_independent),
	KUNIT_CASE_PARAM(percpu_each_alone, nr_cpus_gen_params),
	KUNIT_CASE_PARAM(percpu_enable_all_check_fails_on_boot_cpu,
			 check_case_gen_params),
	KUNIT_CASE_PARAM(percpu_enable_all_check_fails_on_other_cpu,
			 check_case_gen_params),
	KUNIT_CASE_PARAM(percpu_enable_check_fails, check_case_gen_params),
	KUNIT_CASE(percpu_check_name_each),
	KUNIT_CASE(percpu_enable_owner_named),
	KUNIT_CASE(percpu_enable_owner_unknown),
	KUNIT_CASE_PARAM(percpu_check_feature_control, feature_case_gen_params),
	KUNIT_CASE(percpu_check_feature_control_write_fails),
	KUNIT_CASE(percpu_check_same_caps_differ),
	KUNIT_CASE(percpu_check_same_caps_all_but_boot),
	KUNIT_CASE_PARAM(percpu_vmxon_revision, revision_case_gen_params),
	KUNIT_CASE(percpu_vmxon_order),
	KUNIT_CASE(percpu_vmxon_fails),
	KUNIT_CASE_PARAM(percpu_enable_all_in_root, nr_cpus_gen_params),
	KUNIT_CASE_PARAM(percpu_enable_all_boot_cpu_first, nr_cpus_gen_params),
	KUNIT_CASE_PARAM(percpu_enable_all_order, nr_cpus_gen_params),
	KUNIT_CASE_PARAM(percpu_enable_all_at_once, nr_cpus_gen_params),
	KUNIT_CASE_PARAM(percpu_enable_all_at_once_rolls_back,
			 nr_cpus_gen_params),
	KUNIT_CASE(percpu_enable_all_without_offline_cpus),
	KUNIT_CASE_PARAM(percpu_enable_all_rolls_back, nr_cpus_gen_params),
	KUNIT_CASE_PARAM(percpu_enable_all_rolls_back_vmxon,
			 nr_cpus_gen_params),
	KUNIT_CASE(percpu_enable_all_rolls_back_rdmsr),
	KUNIT_CASE(percpu_enable_all_rolls_back_aloud),
	KUNIT_CASE(percpu_enable_all_two_fail),
	KUNIT_CASE(percpu_enable_all_boot_cpu_unreachable),
	KUNIT_CASE(percpu_enable_all_after_failure),
	KUNIT_CASE(percpu_enable_all_after_failure_offline),
	KUNIT_CASE(percpu_enable_all_twice),
	KUNIT_CASE_PARAM(percpu_disable_all_twice, nr_cpus_gen_params),
	KUNIT_CASE(percpu_disable_all_some_off),
	KUNIT_CASE(percpu_disable_all_not_enabled),
	KUNIT_CASE(percpu_enable_all_again),
	KUNIT_CASE(percpu_enable_already),
	KUNIT_CASE(percpu_enable_no_such_cpu),
	KUNIT_CASE(percpu_enable_not_active),
	KUNIT_CASE(percpu_enable_offline),
	KUNIT_CASE(percpu_enable_unreachable),
	KUNIT_CASE(percpu_disable_not_enabled),
	KUNIT_CASE(percpu_disable_never_enabled),
	KUNIT_CASE(percpu_disable_unreachable),
	KUNIT_CASE(percpu_disable_order),
	KUNIT_CASE(percpu_disable_vmxoff_fails),
	KUNIT_CASE_PARAM(percpu_exclusive_checks_all_enters_none,
			 nr_cpus_gen_params),
	KUNIT_CASE_PARAM(percpu_exclusive_check_fails, check_case_gen_params),
	KUNIT_CASE(percpu_exclusive_second_refused),
	KUNIT_CASE_PARAM(percpu_exclusive_get_put, nr_cpus_gen_params),
	KUNIT_CASE(percpu_exclusive_put_while_loaded),
	KUNIT_CASE(percpu_exclusive_put_others),
	KUNIT_CASE_PARAM(percpu_exclusive_get_fails, check_case_gen_params),
	KUNIT_CASE(percpu_exclusive_get_vmxon_fails),
	KUNIT_CASE(percpu_exclusive_get_no_such_cpu),
	KUNIT_CASE(percpu_exclusive_disable_all),
	KUNIT_CASE(percpu_get_all),
	KUNIT_CASE(percpu_online_enters),
	KUNIT_CASE_PARAM(percpu_offline_leaves, nr_cpus_gen_params),
	KUNIT_CASE(percpu_offline_on_its_way_out),
	KUNIT_CASE(percpu_offline_on_its_way_out_exclusive),
	KUNIT_CASE(percpu_offline_clears_loaded),
	KUNIT_CASE_PARAM(percpu_online_check_fails, check_case_gen_params),
	KUNIT_CASE(percpu_online_other_caps),
	KUNIT_CASE(percpu_online_after_failure),
	KUNIT_CASE(percpu_enable_after_online_failed),
	KUNIT_CASE(percpu_online_not_active),
	KUNIT_CASE(percpu_online_exclusive),
	KUNIT_CASE(percpu_offline_exclusive_holder),
	KUNIT_CASE(percpu_offline_boot_cpu),
	KUNIT_CASE(percpu_load_first),
	KUNIT_CASE(percpu_load_flushes_guest),
	KUNIT_CASE(percpu_load_separates_guests),
	KUNIT_CASE(percpu_load_current),
	KUNIT_CASE(percpu_load_not_current),
	KUNIT_CASE(percpu_load_loaded_elsewhere),
	KUNIT_CASE(percpu_load_not_in_root),
	KUNIT_CASE(percpu_load_vmptrld_fails),
	KUNIT_CASE(percpu_load_again_vmptrld_fails),
	KUNIT_CASE(percpu_clear_current),
	KUNIT_CASE(percpu_clear_other_stays_current),
	KUNIT_CASE(percpu_clear_other_with_callback),
	KUNIT_CASE(percpu_clear_callback_vmptrld_fails),
	KUNIT_CASE(percpu_clear_vmclear_fails),
	KUNIT_CASE(percpu_clear_not_here),
	KUNIT_CASE(percpu_clear_anywhere_on_holder),
	KUNIT_CASE(percpu_clear_anywhere_not_loaded),
	KUNIT_CASE(percpu_move_keeps),
	KUNIT_CASE(percpu_move_not_loaded),
	KUNIT_CASE(percpu_move_vmclear_fails),
	KUNIT_CASE(percpu_save_after_move),
	KUNIT_CASE(percpu_save_not_in_root),
	KUNIT_CASE(percpu_with_current),
	KUNIT_CASE(percpu_with_not_current),
	KUNIT_CASE(percpu_with_vmptrld_fails),
	KUNIT_CASE(percpu_with_restore_vmptrld_fails),
	KUNIT_CASE(percpu_disable_each_vmptrld_fails),
	KUNIT_CASE(percpu_disable_clears_loaded),
	KUNIT_CASE(percpu_leave_reenter),
	KUNIT_CASE(percpu_leave_twice),
	KUNIT_CASE_PARAM(percpu_leave_everyone, nr_cpus_gen_params),
	KUNIT_CASE(percpu_reenter_not_active),
	KUNIT_CASE(percpu_reenter_already),
	KUNIT_CASE_PARAM(percpu_reenter_check_fails, check_case_gen_params),
	KUNIT_CASE(percpu_reenter_exclusive_holder),
	KUNIT_CASE(percpu_reenter_exclusive_other),
	KUNIT_CASE(percpu_reenter_exclusive_fails),
	KUNIT_CASE(percpu_abandon_clears_loaded),
	KUNIT_CASE(percpu_abandon_for_good),
	KUNIT_CASE(percpu_abandon_not_in_root),
	KUNIT_CASE(percpu_abandon_before_vmxon),
	KUNIT_CASE(percpu_abandon_after_vmxoff),
	KUNIT_CASE(percpu_abandon_vmclear_fails),
	KUNIT_CASE(percpu_abandon_needs_no_lock),
	KUNIT_CASE(percpu_snapshot_in_root),
	KUNIT_CASE(percpu_snapshot_failed),
	KUNIT_CASE(percpu_snapshot_offline),
	{}
};

static struct kunit_suite percpu_suite = {
	.name = "xvcpu-percpu",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = percpu_cases,
};

kunit_test_suite(percpu_suite);
