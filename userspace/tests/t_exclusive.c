// SPDX-License-Identifier: GPL-2.0
/*
 * Policy exclusive: at most one CPU is in VMX root operation at any time, the
 * first that binds a vCPU, until nothing is bound there any more.  xvcpu only;
 * needs root, and the module in /lib/modules.
 *
 * The module stays loaded with that policy from one test to the next, and each
 * finds it with no CPU in root: the end of a test's process gives root back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xvcpu_nl.h>

#include "harness.h"

#define SOME		1000		/* counts that show that a guest goes on */
#define MAX_CPUS	64

/* Each vCPU in a VM of its own, for they run different guests. */
static struct vm vms[2];
static struct vcpu vcpus[2];
static struct xvcpu_nl *nl;

/* --- who is in root --- */

struct seen {
	int in_root;		/* how many CPUs */
	int cpu;		/* the last of them */
};

static void look_at_cpu(const struct xvcpu_cpu_info *cpu, void *arg)
{
	struct seen *seen = arg;

	EXPECT_EQ(cpu->error, 0);
	if (cpu->state != XVCPU_CPU_ROOT) {
		EXPECT_EQ(cpu->state, XVCPU_CPU_OFF);
		EXPECT_EQ(cpu->loaded, 0);
		EXPECT_EQ(cpu->vmxon, cpu->vmxoff);
		return;
	}
	EXPECT_EQ(cpu->vmxon, cpu->vmxoff + 1);
	seen->in_root++;
	seen->cpu = cpu->number;
}

/* This CPU is in root and no other, or none is. */
static void expect_root(int cpu)
{
	struct seen seen = { .cpu = XVCPU_CPU_NONE };
	struct xvcpu_module_info module;

	REQUIRE_EQ(xvcpu_nl_cpus(nl, false, look_at_cpu, &seen), 0);
	EXPECT_EQ(seen.in_root, cpu != XVCPU_CPU_NONE);
	EXPECT_EQ(seen.cpu, cpu);
	REQUIRE_EQ(xvcpu_nl_module(nl, &module), 0);
	EXPECT_EQ(module.policy, XVCPU_POLICY_EXCLUSIVE);
	EXPECT_EQ(module.root_cpus, cpu != XVCPU_CPU_NONE);
	EXPECT_EQ(module.granted_cpu, cpu);
}

/*
 * The log has a line for each CPU that enters and for each that leaves, written
 * before anything else may enter: so it says what no snapshot can.  Returns how
 * many have entered.
 */
static int check_log(void)
{
	char record[LOG_RECORD], *line;
	int cpu, in_root = 0, entered = 0;

	while (log_next(record, sizeof(record))) {
		line = strstr(record, "xvcpu: CPU ");
		if (!line || sscanf(line, "xvcpu: CPU %d ", &cpu) != 1)
			continue;
		if (strstr(line, "in VMX root operation (")) {
			in_root++;
			entered++;
		}
		if (strstr(line, "out of VMX root operation"))
			in_root--;
		EXPECT(in_root == 0 || in_root == 1);
	}
	return entered;
}

static void set_up(void)
{
	module_need_file();
	if (!module_policy_is("exclusive"))
		module_load_exclusive();
	test_need_xvcpu();
	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	log_mark();
	expect_root(XVCPU_CPU_NONE);
	vm_create(&vms[0]);
	vm_create(&vms[1]);
}

static void create_pinned(int i, int cpu)
{
	vcpu_create_pinned(&vcpus[i], &vms[i], 0, cpu);
}

/* Two vCPUs, pinned to the first CPU and to another. */
static void set_up_two(void)
{
	test_need_cpus(2);
	set_up();
	create_pinned(0, host_cpu(0));
	create_pinned(1, host_cpu(1));
}

static long migrate(int i, int cpu)
{
	return vcpu_migrate(&vcpus[i], cpu);
}

static void expect_runs(int i, int cpu)
{
	vcpu_load(&vcpus[i], "exits_halt_long");
	vcpu_run_until(&vcpus[i], KVM_EXIT_HLT);
	expect_root(cpu);
}

/* Refused, and nothing has changed. */
static void expect_refused(int i, int holder)
{
	struct xvcpu_binding_info info;

	EXPECT_EQ(vcpu_run(&vcpus[i]), -EBUSY);
	vcpu_get_binding(&vcpus[i], &info);
	EXPECT_EQ(info.loaded_cpu, XVCPU_CPU_NONE);
	EXPECT_EQ(info.state, XVCPU_VCPU_UNBOUND);
	expect_root(holder);
}

/* A guest that goes on until it is told to stop. */
static void start(int i, struct runner *runner, int cpu)
{
	vcpu_load(&vcpus[i], "count_checked");
	runner_start(runner, &vcpus[i], cpu);
	count_wait(&vms[i], SOME);
}

static void stop(int i, struct runner *runner)
{
	count_wait(&vms[i], SOME);
	count_stop(&vms[i]);
	EXPECT_EQ(runner_wait(runner), 0);
	count_check(&vcpus[i]);
}

/* --- load --- */

/* All CPUs are checked, though none enters. */
static void look_at_checks(const struct xvcpu_cpu_info *cpu, void *arg)
{
	int *online = arg, i;

	*online += cpu->online;
	EXPECT_EQ(cpu->state, XVCPU_CPU_OFF);
	EXPECT_EQ(cpu->vmxon, 0);
	EXPECT_EQ(cpu->order, 0);
	for (i = 0; cpu->online && i < XVCPU_CHECK_NR; i++) {
		test_context("CPU %u, check %d", cpu->number, i);
		EXPECT_EQ(cpu->checks[i].done, i != XVCPU_CHECK_VMXON);
		EXPECT_EQ(cpu->checks[i].error, 0);
	}
}

static void load_enters_none(void)
{
	int online = 0;

	module_need_file();
	module_load_exclusive();
	set_up();
	REQUIRE_EQ(xvcpu_nl_cpus(nl, false, look_at_checks, &online), 0);
	EXPECT_EQ(online, host_cpus());
}

static void load_bad_policy(void)
{
	static const char * const bad[] = {
		"policy=", "policy=ALL", "policy=exclusively",
	};
	size_t i;

	module_need_file();
	module_params();
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		test_context("%s", bad[i]);
		log_mark();
		EXPECT_EQ(module_load("xvcpu", bad[i]), -EINVAL);
		EXPECT(log_has("xvcpu: policy must be", "exclusive"));
		EXPECT_EQ(module_refs("xvcpu"), -1);
	}
	test_context("a policy without a value");
	EXPECT_EQ(module_load("xvcpu", "policy"), -EINVAL);
	test_context("afterwards");
	REQUIRE_EQ(module_load("xvcpu", module_params()), 0);
	set_up();
}

/* --- the grant --- */

/* It is the first VM entry that wants root, not a VM or a vCPU. */
static void first_is_granted(void)
{
	int cpu;

	set_up();
	cpu = host_cpu(host_cpus() - 1);
	create_pinned(0, cpu);
	expect_root(XVCPU_CPU_NONE);
	expect_runs(0, cpu);
	expect_runs(0, cpu);
	/* Any number of vCPUs, as long as it is there. */
	create_pinned(1, cpu);
	expect_runs(1, cpu);
	expect_runs(0, cpu);
	EXPECT_EQ(module_unload("xvcpu"), -EAGAIN);
	EXPECT_EQ(check_log(), 1);
}

static void second_is_refused(void)
{
	set_up_two();
	expect_runs(0, host_cpu(0));
	expect_refused(1, host_cpu(0));
	expect_refused(1, host_cpu(0));
	expect_runs(0, host_cpu(0));
	vcpu_destroy(&vcpus[0]);
	expect_root(XVCPU_CPU_NONE);
	expect_runs(1, host_cpu(1));
	EXPECT_EQ(check_log(), 2);
}

/* Who was to leave KVM_RUN does, and is not told of anything else. */
static void signal_before_refusal(void)
{
	set_up_two();
	expect_runs(0, host_cpu(0));
	vcpu_let_signal_through(&vcpus[1]);
	REQUIRE_EQ(raise(SIGUSR1), 0);
	EXPECT_EQ(vcpu_run(&vcpus[1]), -EINTR);
	EXPECT_EQ(check_log(), 1);
}

/* Only so often in a time, which begins with the load of the module. */
static void refusal_is_logged(void)
{
	char granted[64];

	module_need_file();
	module_load_exclusive();
	set_up_two();
	expect_runs(0, host_cpu(0));
	expect_refused(1, host_cpu(0));
	snprintf(granted, sizeof(granted), "granted to CPU %d: destroy or migrate",
		 host_cpu(0));
	EXPECT(log_has("xvcpu: CPU ", granted));
}

static void refused_while_guest_runs(void)
{
	struct runner runner;

	set_up_two();
	start(0, &runner, -1);
	expect_refused(1, host_cpu(0));
	stop(0, &runner);
	expect_refused(1, host_cpu(0));
}

static void released_with_last_vcpu(void)
{
	set_up_two();
	EXPECT_EQ(migrate(1, host_cpu(0)), 0);
	expect_runs(0, host_cpu(0));
	expect_runs(1, host_cpu(0));
	EXPECT_EQ(migrate(1, host_cpu(1)), 0);
	expect_root(host_cpu(0));
	expect_refused(1, host_cpu(0));
	vcpu_destroy(&vcpus[0]);
	expect_root(XVCPU_CPU_NONE);
	expect_runs(1, host_cpu(1));
}

static void run_and_wait(int report)
{
	vm_create(&vms[0]);
	create_pinned(0, host_cpu(0));
	vcpu_load(&vcpus[0], "exits_endless");
	if (write(report, "x", 1) == 1)
		vcpu_run(&vcpus[0]);
	_exit(1);
}

static bool is_granted(int cpu)
{
	struct xvcpu_module_info module;

	REQUIRE_EQ(xvcpu_nl_module(nl, &module), 0);
	return module.granted_cpu == cpu;
}

static void released_by_kill(void)
{
	int report[2], status;
	char byte;
	pid_t pid;

	test_need_cpus(2);
	set_up();
	create_pinned(1, host_cpu(1));
	REQUIRE_EQ(pipe(report), 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		run_and_wait(report[1]);
	REQUIRE_EQ(read(report[0], &byte, 1), 1);
	while (!is_granted(host_cpu(0)))
		sched_yield();
	expect_refused(1, host_cpu(0));
	kill(pid, SIGKILL);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	EXPECT(WIFSIGNALED(status));
	expect_root(XVCPU_CPU_NONE);
	expect_runs(1, host_cpu(1));
}

/* --- migration --- */

static void migrated_between_runs(void)
{
	set_up_two();
	expect_runs(0, host_cpu(0));
	EXPECT_EQ(migrate(0, host_cpu(1)), 0);
	expect_root(XVCPU_CPU_NONE);
	expect_runs(1, host_cpu(1));
	expect_runs(0, host_cpu(1));
	/* It goes, the other stays and keeps root there. */
	EXPECT_EQ(migrate(0, host_cpu(0)), 0);
	expect_refused(0, host_cpu(1));
	EXPECT_EQ(migrate(1, host_cpu(0)), 0);
	expect_runs(0, host_cpu(0));
	expect_runs(1, host_cpu(0));
}

static void migrated_in_mid_run(void)
{
	struct runner runner;
	int i, cpu;

	set_up_two();
	start(0, &runner, -1);
	for (i = 1; i <= 6; i++) {
		cpu = host_cpu(i % host_cpus());
		test_context("to CPU %d", cpu);
		EXPECT_EQ(migrate(0, cpu), 0);
		while (!is_granted(cpu))
			sched_yield();
		count_wait(&vms[0], SOME);
		expect_root(cpu);
	}
	stop(0, &runner);
	EXPECT_EQ(check_log(), 7);
}

/* --- floating vCPUs --- */

static void set_up_floating(void)
{
	test_need_cpus(2);
	set_up();
	vcpu_create(&vcpus[0], &vms[0], 0);
	vcpu_create(&vcpus[1], &vms[1], 0);
}

static void floating_takes_root_along(void)
{
	int i, cpu;

	set_up_floating();
	for (i = 0; i < 2 * host_cpus(); i++) {
		cpu = host_cpu(i % host_cpus());
		host_run_on(cpu);
		expect_runs(0, cpu);
	}
	EXPECT_EQ(check_log(), 2 * host_cpus());
}

static void floating_takes_root_along_in_mid_run(void)
{
	struct runner runner;
	int i, cpu;

	set_up_floating();
	start(0, &runner, host_cpu(0));
	for (i = 1; i <= 6; i++) {
		cpu = host_cpu(i % host_cpus());
		host_thread_run_on(runner.thread, cpu);
		while (!is_granted(cpu))
			sched_yield();
		count_wait(&vms[0], SOME);
		expect_root(cpu);
	}
	stop(0, &runner);
	EXPECT_EQ(check_log(), 7);
}

/* What has left the CPU that holds root comes back to it, or waits. */
static void floating_is_refused_elsewhere(void)
{
	set_up_floating();
	host_run_on(host_cpu(0));
	expect_runs(0, host_cpu(0));
	expect_runs(1, host_cpu(0));
	host_run_on(host_cpu(1));
	expect_refused(1, host_cpu(0));
	host_run_on(host_cpu(0));
	expect_runs(1, host_cpu(0));
	host_run_on(host_cpu(1));
	expect_refused(1, host_cpu(0));
	/* The other one is alone there, and takes root along. */
	expect_runs(0, host_cpu(1));
	expect_runs(1, host_cpu(1));
}

/* --- CPUs that go and come --- */

static int victim = XVCPU_CPU_NONE;

/* Whatever ends the test, the CPU is online for the next one. */
static void revive(void)
{
	host_set_online(victim, true);
}

static void go_offline(void)
{
	int ret = host_set_online(victim, false);

	if (ret)
		test_skip("CPU %d cannot be taken offline (%d)", victim, ret);
}

static void set_up_victim(void)
{
	test_need_cpus(2);
	set_up();
	victim = host_cpu(host_cpus() - 1);
	create_pinned(0, host_cpu(0));
	create_pinned(1, victim);
	atexit(revive);
}

static void granted_cpu_goes_offline(void)
{
	set_up_victim();
	expect_runs(1, victim);
	expect_refused(0, victim);
	go_offline();
	expect_root(XVCPU_CPU_NONE);
	EXPECT_EQ(vcpu_run(&vcpus[1]), -ENXIO);
	expect_runs(0, host_cpu(0));
	/* It comes back, and is one of those that are not in root. */
	REQUIRE_EQ(host_set_online(victim, true), 0);
	expect_refused(1, host_cpu(0));
	vcpu_destroy(&vcpus[0]);
	expect_runs(1, victim);
}

static void granted_cpu_goes_offline_while_guest_runs(void)
{
	struct runner runner;

	set_up_victim();
	start(1, &runner, -1);
	expect_refused(0, victim);
	go_offline();
	EXPECT_EQ(runner_wait(&runner), -ENXIO);
	expect_root(XVCPU_CPU_NONE);
	expect_runs(0, host_cpu(0));
	REQUIRE_EQ(host_set_online(victim, true), 0);
	EXPECT_EQ(migrate(1, host_cpu(0)), 0);
	runner_start(&runner, &vcpus[1], -1);
	stop(1, &runner);
}

/* --- many at once --- */

#define ROUNDS	12

struct contender {
	struct vcpu vcpu;
	pthread_t thread;
	int first;		/* CPU to begin with */
	int runs;
};

/* Each time elsewhere; whoever is first wins, the others are told so. */
static void *contend(void *arg)
{
	const struct kvm_regs entry = { .rip = GUEST_CODE, .rflags = 2 };
	struct contender *c = arg;
	int i, ret;

	for (i = 0; i < ROUNDS; i++) {
		EXPECT_EQ(vcpu_migrate(&c->vcpu,
				       host_cpu((c->first + i) % host_cpus())),
			  0);
		vcpu_set_regs(&c->vcpu, &entry);
		ret = vcpu_run(&c->vcpu);
		EXPECT(ret == 0 || ret == -EBUSY);
		c->runs += !ret;
	}
	vcpu_destroy(&c->vcpu);
	return NULL;
}

static void one_at_a_time(void)
{
	static struct contender contenders[MAX_CPUS];
	int i, n, runs = 0;

	test_need_cpus(2);
	set_up();
	n = host_cpus() < MAX_CPUS ? host_cpus() : MAX_CPUS;
	for (i = 0; i < n; i++) {
		contenders[i].first = i;
		vcpu_create(&contenders[i].vcpu, &vms[0], i);
		vcpu_load(&contenders[i].vcpu, "exits_halt_long");
	}
	for (i = 0; i < n; i++)
		REQUIRE_EQ(pthread_create(&contenders[i].thread, NULL, contend,
					  &contenders[i]), 0);
	for (i = 0; i < n; i++) {
		pthread_join(contenders[i].thread, NULL);
		runs += contenders[i].runs;
	}
	test_note("%d of %d attempts ran", runs, n * ROUNDS);
	EXPECT(runs > 0);
	expect_root(XVCPU_CPU_NONE);
	EXPECT(check_log() > 0);
}

static const struct test tests[] = {
	{ "exclusive_load_enters_none", load_enters_none },
	{ "exclusive_load_bad_policy", load_bad_policy },
	{ "exclusive_first_is_granted", first_is_granted },
	{ "exclusive_second_is_refused", second_is_refused },
	{ "exclusive_signal_before_refusal", signal_before_refusal },
	{ "exclusive_refusal_is_logged", refusal_is_logged },
	{ "exclusive_refused_while_guest_runs", refused_while_guest_runs },
	{ "exclusive_released_with_last_vcpu", released_with_last_vcpu },
	{ "exclusive_released_by_kill", released_by_kill },
	{ "exclusive_migrated_between_runs", migrated_between_runs },
	{ "exclusive_migrated_in_mid_run", migrated_in_mid_run },
	{ "exclusive_floating_takes_root_along", floating_takes_root_along },
	{ "exclusive_floating_takes_root_along_in_mid_run",
	  floating_takes_root_along_in_mid_run },
	{ "exclusive_floating_is_refused_elsewhere",
	  floating_is_refused_elsewhere },
	{ "exclusive_granted_cpu_goes_offline", granted_cpu_goes_offline },
	{ "exclusive_granted_cpu_goes_offline_while_guest_runs",
	  granted_cpu_goes_offline_while_guest_runs },
	{ "exclusive_one_at_a_time", one_at_a_time },
};

int main(int argc, char **argv)
{
	return module_test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
