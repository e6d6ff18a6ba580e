// SPDX-License-Identifier: GPL-2.0
/*
 * Where vCPUs run: pinned and floating, followed over CPUs, migrated between
 * runs and in the middle of one.  xvcpu only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <string.h>

#include "harness.h"

#define SOME	20000		/* counts that show that a guest goes on */

static struct vm vm;
static struct vcpu vcpu;
static struct xvcpu_binding_info info;

static void set_up(void)
{
	test_need_xvcpu();
	vm_create(&vm);
}

static void set_up_pinned(const char *guest, int cpu)
{
	set_up();
	vcpu_create_pinned(&vcpu, &vm, 0, cpu);
	vcpu_load(&vcpu, guest);
}

static int last_cpu(void)
{
	return host_cpu(host_cpus() - 1);
}

static long migrate(int cpu)
{
	return vcpu_migrate(&vcpu, cpu);
}

static void get_binding(void)
{
	memset(&info, 0xff, sizeof(info));
	vcpu_get_binding(&vcpu, &info);
}

/* --- creation --- */

static void new_is_unbound(void)
{
	size_t i;

	set_up_pinned("exits_halt_long", host_cpu(0));
	get_binding();
	EXPECT_EQ(info.pinned_cpu, host_cpu(0));
	EXPECT_EQ(info.loaded_cpu, XVCPU_CPU_NONE);
	EXPECT_EQ(info.last_cpu, XVCPU_CPU_NONE);
	EXPECT_EQ(info.state, XVCPU_VCPU_UNBOUND);
	EXPECT_EQ(info.flags, 0);
	EXPECT_EQ(info.padding, 0);
	EXPECT_EQ(info.vmptrld, 0);
	EXPECT_EQ(info.vmclear, 0);
	EXPECT_EQ(info.launches, 0);
	EXPECT_EQ(info.entries, 0);
	EXPECT_EQ(info.migrations, 0);
	for (i = 0; i < ARRAY_SIZE(info.reserved); i++)
		EXPECT_EQ(info.reserved[i], 0);
}

static void new_floating_has_no_cpu(void)
{
	set_up();
	vcpu_create(&vcpu, &vm, 0);
	get_binding();
	EXPECT_EQ(info.pinned_cpu, XVCPU_CPU_NONE);
	vcpu_create_pinned(&vcpu, &vm, 1, XVCPU_CPU_NONE);
	get_binding();
	EXPECT_EQ(info.pinned_cpu, XVCPU_CPU_NONE);
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

struct create_case {
	const char *what;
	struct xvcpu_create_vcpu arg;
	int ret;
};

static const struct create_case create_cases[] = {
	{ "CPU -2", { .id = 1, .cpu = -2 }, -EINVAL },
	{ "CPU INT_MIN", { .id = 1, .cpu = INT_MIN }, -EINVAL },
	{ "CPU INT_MAX", { .id = 1, .cpu = INT_MAX }, -EINVAL },
	{ "CPU 100000", { .id = 1, .cpu = 100000 }, -EINVAL },
	{ "flag 0", { .id = 1, .flags = 1 }, -EINVAL },
	{ "flag 31", { .id = 1, .flags = 1U << 31 }, -EINVAL },
	{ "padding", { .id = 1, .padding = 1 }, -EINVAL },
	{ "id taken", { .id = 0 }, -EEXIST },
	{ "id taken, floating", { .id = 0, .cpu = -1 }, -EEXIST },
	{ "id too large", { .id = UINT_MAX }, -EINVAL },
};

static void create_bad_argument(void)
{
	size_t i;

	set_up_pinned("exits_halt_long", host_cpu(0));
	for (i = 0; i < ARRAY_SIZE(create_cases); i++) {
		test_context("%s", create_cases[i].what);
		EXPECT_EQ(dev_ioctl(vm.fd, XVCPU_CREATE_VCPU,
				    &create_cases[i].arg), create_cases[i].ret);
	}
	test_context("afterwards");
	EXPECT_EQ(dev_ioctl(vm.fd, XVCPU_CREATE_VCPU, NULL), -EFAULT);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	/* None of the failures has used up its id. */
	vcpu_create_pinned(&vcpu, &vm, 1, host_cpu(0));
}

/* --- pinned --- */

static void pinned_runs_there(void)
{
	cpu_set_t before, after;
	int i;

	set_up();
	for (i = 0; i < host_cpus(); i++) {
		test_context("CPU %d", host_cpu(i));
		vcpu_create_pinned(&vcpu, &vm, i, host_cpu(i));
		vcpu_load(&vcpu, "exits_halt_long");
		/* Start elsewhere, but allow all. */
		host_run_on(host_cpu((i + 1) % host_cpus()));
		host_run_anywhere();
		sched_getaffinity(0, sizeof(before), &before);
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		sched_getaffinity(0, sizeof(after), &after);
		EXPECT(CPU_EQUAL(&before, &after));
		get_binding();
		EXPECT_EQ(info.pinned_cpu, host_cpu(i));
		EXPECT_EQ(info.loaded_cpu, host_cpu(i));
		EXPECT_EQ(info.last_cpu, host_cpu(i));
		EXPECT_EQ(info.state, XVCPU_VCPU_BOUND);
		EXPECT_EQ(info.flags, XVCPU_BINDING_LAUNCHED);
		EXPECT_EQ(info.vmptrld, 1);
		EXPECT_EQ(info.vmclear, 1);
		EXPECT_EQ(info.launches, 1);
		EXPECT(info.entries >= 1);
		EXPECT_EQ(info.migrations, 0);
	}
}

static void pinned_second_run_resumes(void)
{
	uint64_t entries;

	set_up_pinned("exits_halt_long", last_cpu());
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_binding();
	entries = info.entries;
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_binding();
	EXPECT(info.entries > entries);
	EXPECT_EQ(info.launches, 1);
	EXPECT_EQ(info.vmptrld, 1);
	EXPECT_EQ(info.vmclear, 1);
}

static void pinned_affinity_forbids(void)
{
	cpu_set_t set;

	test_need_cpus(2);
	set_up_pinned("exits_halt_long", host_cpu(0));
	host_run_on(last_cpu());
	EXPECT_EQ(vcpu_run(&vcpu), -EXDEV);
	sched_getaffinity(0, sizeof(set), &set);
	EXPECT_EQ(CPU_COUNT(&set), 1);
	EXPECT(CPU_ISSET(last_cpu(), &set));
	get_binding();
	EXPECT_EQ(info.entries, 0);
	EXPECT_EQ(info.last_cpu, XVCPU_CPU_NONE);
	host_run_anywhere();
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	host_run_on(last_cpu());
	EXPECT_EQ(vcpu_run(&vcpu), -EXDEV);
	host_run_on(host_cpu(0));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static void wait_running(void)
{
	do {
		get_binding();
		sched_yield();
	} while (info.state != XVCPU_VCPU_RUNNING);
}

/* The binding can be read while the guest runs: reading does not wait. */
static void pinned_state_while_running(void)
{
	struct runner runner;

	test_need_cpus(2);	/* one that looks, one that runs */
	set_up_pinned("count_checked", last_cpu());
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1);
	wait_running();
	EXPECT_EQ(info.loaded_cpu, last_cpu());
	EXPECT_EQ(info.last_cpu, last_cpu());
	EXPECT_EQ(info.launches, 1);
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
	get_binding();
	EXPECT_EQ(info.state, XVCPU_VCPU_BOUND);
}

static void pinned_shutdown_is_terminated(void)
{
	set_up_pinned("exits_shutdown", host_cpu(0));
	vcpu_run_until(&vcpu, KVM_EXIT_SHUTDOWN);
	get_binding();
	EXPECT_EQ(info.state, XVCPU_VCPU_TERMINATED);
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_binding();
	EXPECT_EQ(info.state, XVCPU_VCPU_BOUND);
}

/* --- many on one CPU --- */

#define MANY	12

static struct vcpu many[MANY];

static void many_load(int i, int cpu)
{
	struct kvm_regs regs;

	if (cpu == XVCPU_CPU_NONE)
		vcpu_create(&many[i], &vm, i);
	else
		vcpu_create_pinned(&many[i], &vm, i, cpu);
	vcpu_load(&many[i], "count_together");
	vcpu_get_regs(&many[i], &regs);
	regs.rbx = 100 + i;
	regs.rbp = 20;
	vcpu_set_regs(&many[i], &regs);
}

static void many_by_turns(int cpu)
{
	uint32_t step;
	int i;

	set_up();
	host_run_on(host_cpu(0));
	for (i = 0; i < MANY; i++)
		many_load(i, cpu);
	for (step = 1; step <= 20; step++) {
		for (i = 0; i < MANY; i++) {
			test_context("vCPU %d, step %u", i, step);
			EXPECT_EQ(vcpu_report(&many[i]), step * (100 + i));
		}
	}
	for (i = 0; i < MANY; i++) {
		test_context("vCPU %d", i);
		vcpu_get_binding(&many[i], &info);
		EXPECT_EQ(info.last_cpu, host_cpu(0));
		EXPECT_EQ(info.launches, 1);
		EXPECT_EQ(info.vmclear, 1);
		EXPECT_EQ(info.migrations, 0);
	}
}

static void many_pinned_by_turns(void)
{
	many_by_turns(host_cpu(0));
}

static void many_floating_by_turns(void)
{
	many_by_turns(XVCPU_CPU_NONE);
}

static void *many_run(void *arg)
{
	struct vcpu *v = arg;
	uint32_t step;

	for (step = 1; step <= 20; step++)
		EXPECT_EQ(vcpu_report(v), step * (100 + v->id));
	vcpu_run_until(v, KVM_EXIT_HLT);
	return NULL;
}

static void many_pinned_by_threads(void)
{
	pthread_t threads[MANY];
	int i;

	set_up();
	for (i = 0; i < MANY; i++)
		many_load(i, last_cpu());
	for (i = 0; i < MANY; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, many_run, &many[i]));
	for (i = 0; i < MANY; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < MANY; i++) {
		vcpu_get_binding(&many[i], &info);
		EXPECT_EQ(info.last_cpu, last_cpu());
		EXPECT_EQ(info.migrations, 0);
	}
}

/* --- floating --- */

/* Each move of the thread costs one VMCLEAR and one VMLAUNCH, no more. */
static void floating_follows_thread(void)
{
	int moves, cpu = host_cpu(0), n = host_cpus();

	test_need_cpus(2);
	set_up();
	vcpu_create(&vcpu, &vm, 0);
	host_run_on(cpu);
	vcpu_load(&vcpu, "count_together");
	vcpu_set_regs(&vcpu, &(struct kvm_regs) {
		.rip = GUEST_CODE, .rflags = 2, .rbx = 10, .rbp = 100 });
	for (moves = 0; moves < 2 * n; moves++) {
		test_context("move %d", moves);
		cpu = host_cpu(moves % n);
		host_run_on(cpu);
		EXPECT_EQ(vcpu_report(&vcpu), 10 * (moves + 1));
		get_binding();
		EXPECT_EQ(info.pinned_cpu, XVCPU_CPU_NONE);
		EXPECT_EQ(info.last_cpu, cpu);
		EXPECT_EQ(info.loaded_cpu, cpu);
		EXPECT_EQ(info.vmptrld, moves + 1);
		EXPECT_EQ(info.vmclear, moves + 1);
		EXPECT_EQ(info.launches, moves + 1);
		EXPECT_EQ(info.migrations, moves);
	}
}

/* The thread is moved by another while its guest runs. */
static void floating_follows_in_mid_run(void)
{
	struct runner runner;
	int i;

	test_need_cpus(2);
	set_up();
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, "count_checked");
	runner_start(&runner, &vcpu, host_cpu(0));
	count_wait(&vm, SOME);
	for (i = 1; i <= 6; i++) {
		host_thread_run_on(runner.thread, host_cpu(i % host_cpus()));
		do {
			get_binding();
			sched_yield();
		} while (info.last_cpu != host_cpu(i % host_cpus()));
		count_wait(&vm, SOME);
	}
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
	get_binding();
	EXPECT_EQ(info.launches, 7);
	EXPECT_EQ(info.vmclear, 7);
	EXPECT_EQ(info.migrations, 6);
}

/* --- migration --- */

static void check_moved(const struct xvcpu_binding_info *before, int cpu)
{
	get_binding();
	EXPECT_EQ(info.pinned_cpu, cpu);
	EXPECT_EQ(info.last_cpu, cpu);
	EXPECT_EQ(info.loaded_cpu, cpu);
	EXPECT_EQ(info.vmptrld, before->vmptrld + 1);
	EXPECT_EQ(info.vmclear, before->vmclear + 1);
	EXPECT_EQ(info.launches, before->launches + 1);
	EXPECT_EQ(info.migrations, before->migrations + 1);
}

static void migrate_between_runs(void)
{
	struct xvcpu_binding_info before;

	test_need_cpus(2);
	set_up_pinned("exits_halt_long", host_cpu(0));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_binding();
	before = info;
	EXPECT_EQ(migrate(last_cpu()), 0);
	/* Cleared before the ioctl returns, bound only by the next run. */
	get_binding();
	EXPECT_EQ(info.pinned_cpu, last_cpu());
	EXPECT_EQ(info.loaded_cpu, XVCPU_CPU_NONE);
	EXPECT_EQ(info.last_cpu, host_cpu(0));
	EXPECT_EQ(info.state, XVCPU_VCPU_UNBOUND);
	EXPECT_EQ(info.flags, 0);
	EXPECT_EQ(info.vmclear, before.vmclear + 1);
	EXPECT_EQ(info.vmptrld, before.vmptrld);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	check_moved(&before, last_cpu());
}

static void migrate_before_first_run(void)
{
	test_need_cpus(2);
	set_up_pinned("exits_halt_long", host_cpu(0));
	EXPECT_EQ(migrate(last_cpu()), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_binding();
	EXPECT_EQ(info.last_cpu, last_cpu());
	EXPECT_EQ(info.vmclear, 1);
	EXPECT_EQ(info.launches, 1);
	EXPECT_EQ(info.migrations, 0);
}

static void migrate_in_mid_run(void)
{
	struct xvcpu_binding_info before;
	struct runner runner;

	test_need_cpus(2);
	set_up_pinned("count_checked", host_cpu(0));
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, SOME);
	get_binding();
	before = info;
	EXPECT_EQ(before.last_cpu, host_cpu(0));
	EXPECT_EQ(migrate(last_cpu()), 0);
	count_wait(&vm, SOME);
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
	check_moved(&before, last_cpu());
}

/* Its own thread may not follow: KVM_RUN ends, and nothing is lost. */
static void migrate_in_mid_run_where_forbidden(void)
{
	struct runner runner;

	test_need_cpus(2);
	set_up_pinned("count_checked", host_cpu(0));
	runner_start(&runner, &vcpu, host_cpu(0));
	count_wait(&vm, SOME);
	EXPECT_EQ(migrate(last_cpu()), 0);
	EXPECT_EQ(runner_wait(&runner), -EXDEV);
	runner_start(&runner, &vcpu, last_cpu());
	count_wait(&vm, SOME);
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
}

static void migrate_many_times(void)
{
	struct xvcpu_binding_info before;
	struct runner runner;
	int i;

	test_need_cpus(2);
	set_up_pinned("count_checked", host_cpu(0));
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1);
	get_binding();
	before = info;
	for (i = 1; i <= 30; i++) {
		EXPECT_EQ(migrate(host_cpu(i % host_cpus())), 0);
		count_wait(&vm, 1);
	}
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
	get_binding();
	EXPECT_EQ(info.last_cpu, host_cpu(30 % host_cpus()));
	EXPECT_EQ(info.launches, before.launches + 30);
	EXPECT_EQ(info.vmclear, before.vmclear + 30);
}

static void migrate_to_same_cpu(void)
{
	struct xvcpu_binding_info before;

	set_up_pinned("exits_halt_long", host_cpu(0));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_binding();
	before = info;
	EXPECT_EQ(migrate(host_cpu(0)), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_binding();
	EXPECT_EQ(info.vmclear, before.vmclear);
	EXPECT_EQ(info.launches, before.launches);
	EXPECT_EQ(info.migrations, before.migrations);
}

static void migrate_bad_argument(void)
{
	struct xvcpu_binding_info before;
	struct xvcpu_migrate arg = { .cpu = host_cpu(0), .flags = 1 };

	set_up_pinned("exits_halt_long", host_cpu(0));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_binding();
	before = info;
	EXPECT_EQ(dev_ioctl(vcpu.fd, XVCPU_MIGRATE, &arg), -EINVAL);
	EXPECT_EQ(dev_ioctl(vcpu.fd, XVCPU_MIGRATE, NULL), -EFAULT);
	EXPECT_EQ(migrate(-2), -EINVAL);
	EXPECT_EQ(migrate(INT_MIN), -EINVAL);
	EXPECT_EQ(migrate(INT_MAX), -EINVAL);
	EXPECT_EQ(migrate(100000), -EINVAL);
	get_binding();
	EXPECT(!memcmp(&before, &info, sizeof(info)));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static void migrate_to_floating_and_back(void)
{
	test_need_cpus(2);
	set_up_pinned("count_together", host_cpu(0));
	vcpu_set_regs(&vcpu, &(struct kvm_regs) {
		.rip = GUEST_CODE, .rflags = 2, .rbx = 10, .rbp = 100 });
	EXPECT_EQ(vcpu_report(&vcpu), 10);
	EXPECT_EQ(migrate(XVCPU_CPU_NONE), 0);
	get_binding();
	EXPECT_EQ(info.pinned_cpu, XVCPU_CPU_NONE);
	host_run_on(last_cpu());
	EXPECT_EQ(vcpu_report(&vcpu), 20);
	get_binding();
	EXPECT_EQ(info.last_cpu, last_cpu());
	EXPECT_EQ(migrate(host_cpu(0)), 0);
	EXPECT_EQ(vcpu_run(&vcpu), -EXDEV);
	host_run_anywhere();
	EXPECT_EQ(vcpu_report(&vcpu), 30);
	get_binding();
	EXPECT_EQ(info.pinned_cpu, host_cpu(0));
	EXPECT_EQ(info.last_cpu, host_cpu(0));
}

static const struct test tests[] = {
	{ "binding_new_is_unbound", new_is_unbound },
	{ "binding_new_floating_has_no_cpu", new_floating_has_no_cpu },
	{ "binding_create_bad_argument", create_bad_argument },
	{ "binding_pinned_runs_there", pinned_runs_there },
	{ "binding_pinned_second_run_resumes", pinned_second_run_resumes },
	{ "binding_pinned_affinity_forbids", pinned_affinity_forbids },
	{ "binding_pinned_state_while_running", pinned_state_while_running },
	{ "binding_pinned_shutdown_is_terminated",
	  pinned_shutdown_is_terminated },
	{ "binding_many_pinned_by_turns", many_pinned_by_turns },
	{ "binding_many_floating_by_turns", many_floating_by_turns },
	{ "binding_many_pinned_by_threads", many_pinned_by_threads },
	{ "binding_floating_follows_thread", floating_follows_thread },
	{ "binding_floating_follows_in_mid_run", floating_follows_in_mid_run },
	{ "binding_migrate_between_runs", migrate_between_runs },
	{ "binding_migrate_before_first_run", migrate_before_first_run },
	{ "binding_migrate_in_mid_run", migrate_in_mid_run },
	{ "binding_migrate_in_mid_run_where_forbidden",
	  migrate_in_mid_run_where_forbidden },
	{ "binding_migrate_many_times", migrate_many_times },
	{ "binding_migrate_to_same_cpu", migrate_to_same_cpu },
	{ "binding_migrate_bad_argument", migrate_bad_argument },
	{ "binding_migrate_to_floating_and_back",
	  migrate_to_floating_and_back },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
