// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs go offline and come back at random under a load of vCPUs: those pinned to
 * one that is away are told so, the others go on, and with the CPU they resume.
 * xvcpu only.
 *
 * The first online CPU stays.  XVCPU_TEST_SEED has the same CPUs go and come in
 * the same order.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <xvcpu_nl.h>

#include "harness_hold.h"

#define MAX_CPUS	8
#define PINNED		2	/* vCPUs a CPU */
#define FLOATING	3
#define COMMUTERS	4	/* a CPU, in a test of their own */
#define MAX_RIDERS	(MAX_CPUS * COMMUTERS + FLOATING)
#define ROUNDS		2	/* that show that a guest goes on */

struct rider {
	struct holder holder;
	pthread_t thread;
	int cpu;		/* pinned to it, or none */
	uint64_t refused;	/* times KVM_RUN has told that it is away */
};

static struct vm vm;
static struct rider riders[MAX_RIDERS];
static int nr_riders;
static int cpus[MAX_CPUS], nr_cpus;
static struct random rnd;

/* Written with the lock held; the condition: one of them has changed. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool online[CPU_SETSIZE];
static bool ending;

/* Whatever ends the test, all are online for the next one. */
static void revive(void)
{
	int i;

	for (i = 1; i < nr_cpus; i++)
		host_set_online(cpus[i], true);
}

static void set_up(void)
{
	int i, ret;

	test_need_xvcpu();
	test_need_cpus(2);
	test_timeout(120);
	nr_cpus = host_cpus() < MAX_CPUS ? host_cpus() : MAX_CPUS;
	for (i = 0; i < nr_cpus; i++) {
		cpus[i] = host_cpu(i);
		online[cpus[i]] = true;
	}
	atexit(revive);
	ret = host_set_online(cpus[1], false);
	if (ret)
		test_skip("CPU %d cannot be taken offline (%d)", cpus[1], ret);
	REQUIRE_EQ(host_set_online(cpus[1], true), 0);
	random_start(&rnd);
}

/* --- the load --- */

/* Wait for its CPU, or the end: whether to go on. */
static bool wait_for_cpu(struct rider *r)
{
	bool go_on;

	pthread_mutex_lock(&lock);
	r->refused++;
	pthread_cond_broadcast(&changed);
	while (!online[r->cpu] && !ending)
		pthread_cond_wait(&changed, &lock);
	go_on = !ending;
	pthread_mutex_unlock(&lock);
	return go_on;
}

static bool is_ending(void)
{
	bool end;

	pthread_mutex_lock(&lock);
	end = ending;
	pthread_mutex_unlock(&lock);
	return end;
}

static void *ride(void *arg)
{
	struct rider *r = arg;
	int ret;

	while (!is_ending()) {
		ret = hold_run(&r->holder);
		if (!ret)
			continue;
		/* A floating one has a CPU to run on at all times. */
		REQUIRE(r->cpu != XVCPU_CPU_NONE);
		REQUIRE_EQ(ret, -ENXIO);
		if (!wait_for_cpu(r))
			break;
	}
	return NULL;
}

static void add_rider(int cpu)
{
	struct rider *r = &riders[nr_riders];

	r->cpu = cpu;
	/* One in three stays in the guest for as long as it is let. */
	hold_create(&r->holder, &vm, nr_riders, cpu, nr_riders % 3 ? 3 : 0);
	nr_riders++;
}

static void start_load(void)
{
	int i, j;

	vm_create(&vm);
	for (i = 0; i < nr_cpus; i++)
		for (j = 0; j < PINNED; j++)
			add_rider(cpus[i]);
	for (j = 0; j < FLOATING; j++)
		add_rider(XVCPU_CPU_NONE);
	for (i = 0; i < nr_riders; i++)
		REQUIRE_EQ(pthread_create(&riders[i].thread, NULL, ride,
					  &riders[i]), 0);
}

static void end_load(void)
{
	int i;

	pthread_mutex_lock(&lock);
	ending = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	for (i = 0; i < nr_riders; i++)
		hold_stop(&riders[i].holder);
	for (i = 0; i < nr_riders; i++)
		pthread_join(riders[i].thread, NULL);
}

/* --- the storm --- */

/* Every vCPU that has a CPU to run on runs. */
static void expect_rest_goes_on(void)
{
	uint64_t before[MAX_RIDERS];
	int i;

	for (i = 0; i < nr_riders; i++)
		before[i] = hold_rounds(&riders[i].holder);
	for (i = 0; i < nr_riders; i++) {
		if (riders[i].cpu != XVCPU_CPU_NONE && !online[riders[i].cpu])
			continue;
		while (hold_rounds(&riders[i].holder) < before[i] + ROUNDS)
			sched_yield();
	}
}

static void expect_told(struct rider *r, uint64_t refused)
{
	struct xvcpu_binding_info info;

	pthread_mutex_lock(&lock);
	while (r->refused == refused)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	vcpu_get_binding(&r->holder.vcpu, &info);
	EXPECT_EQ(info.loaded_cpu, XVCPU_CPU_NONE);
	EXPECT_EQ(info.state, XVCPU_VCPU_UNBOUND);
	EXPECT_EQ(info.pinned_cpu, r->cpu);
	EXPECT_EQ(info.migrations, 0);
}

static void go_offline(int cpu)
{
	uint64_t refused[MAX_RIDERS];
	int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < nr_riders; i++)
		refused[i] = riders[i].refused;
	online[cpu] = false;
	pthread_mutex_unlock(&lock);
	REQUIRE_EQ(host_set_online(cpu, false), 0);
	for (i = 0; i < nr_riders; i++)
		if (riders[i].cpu == cpu)
			expect_told(&riders[i], refused[i]);
}

static void go_online(int cpu)
{
	REQUIRE_EQ(host_set_online(cpu, true), 0);
	pthread_mutex_lock(&lock);
	online[cpu] = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void toggle(int cpu)
{
	test_context("CPU %d goes %s", cpu, online[cpu] ? "offline" : "online");
	if (online[cpu])
		go_offline(cpu);
	else
		go_online(cpu);
	expect_rest_goes_on();
}

static void all_online(void)
{
	int i;

	for (i = 1; i < nr_cpus; i++)
		if (!online[cpus[i]])
			toggle(cpus[i]);
	test_context("all are online");
	expect_rest_goes_on();
}

static void note_riders(uint64_t toggles)
{
	uint64_t refused = 0, rounds = 0, bindings = 0;
	struct xvcpu_binding_info info;
	int i;

	for (i = 0; i < nr_riders; i++) {
		vcpu_get_binding(&riders[i].holder.vcpu, &info);
		refused += riders[i].refused;
		rounds += hold_rounds(&riders[i].holder);
		bindings += info.vmptrld;
	}
	test_note("%llu times a CPU went or came; %d vCPUs on %d CPUs: refused %llu times, bound %llu times, %llu rounds of checks",
		  (unsigned long long)toggles, nr_riders, nr_cpus,
		  (unsigned long long)refused, (unsigned long long)bindings,
		  (unsigned long long)rounds);
}

static void pinned_told_rest_goes_on(void)
{
	uint64_t toggles = test_amount(6, 4, 40), i;

	set_up();
	module_expect_empty();
	start_load();
	expect_rest_goes_on();
	for (i = 0; i < toggles; i++)
		toggle(cpus[1 + random_below(&rnd, nr_cpus - 1)]);
	all_online();
	end_load();
	note_riders(toggles);
	for (i = 0; i < (uint64_t)nr_riders; i++)
		hold_destroy(&riders[i].holder);
	vm_destroy(&vm);
	module_expect_empty();
}

/* --- threads that KVM_RUN moves to a CPU that goes --- */

#define LONG_STAY	100000

/*
 * To and fro between the first CPU and its own, where KVM_RUN moves the thread
 * each time, to wait there for the others' long stays.  Whenever the CPU goes,
 * the thread may run where it might before.
 */
static void *commute(void *arg)
{
	struct rider *r = arg;
	cpu_set_t two, now;
	int ret;

	CPU_ZERO(&two);
	CPU_SET(cpus[0], &two);
	CPU_SET(r->cpu, &two);
	REQUIRE_EQ(sched_setaffinity(0, sizeof(two), &two), 0);
	while (!is_ending()) {
		*hold_word(&r->holder, HOLD_SPINS) = LONG_STAY;
		ret = vcpu_migrate(&r->holder.vcpu, r->cpu);
		if (!ret)
			ret = hold_run(&r->holder);
		REQUIRE(!ret || ret == -ENXIO);
		r->refused += !!ret;
		*hold_word(&r->holder, HOLD_SPINS) = 1;
		REQUIRE_EQ(vcpu_migrate(&r->holder.vcpu, cpus[0]), 0);
		REQUIRE_EQ(hold_run(&r->holder), 0);
		/* What the kernel tells has no CPU that is on its way out. */
		REQUIRE_EQ(sched_getaffinity(0, sizeof(now), &now), 0);
		CPU_OR(&now, &now, &two);
		if (!CPU_EQUAL(&now, &two))
			test_failed(true, __FILE__, __LINE__,
				    "the thread of CPU %d may run on %d CPUs",
				    r->cpu, CPU_COUNT(&now));
	}
	return NULL;
}

static void affinity_is_kept(void)
{
	uint64_t toggles = test_amount(5, 3, 40), i;
	int cpu;

	test_need_cpus(3);
	set_up();
	vm_create(&vm);
	for (; nr_riders < COMMUTERS * (nr_cpus - 1); nr_riders++) {
		riders[nr_riders].cpu = cpus[1 + nr_riders / COMMUTERS];
		hold_create(&riders[nr_riders].holder, &vm, nr_riders, cpus[0],
			    1);
	}
	for (i = 0; i < (uint64_t)nr_riders; i++)
		REQUIRE_EQ(pthread_create(&riders[i].thread, NULL, commute,
					  &riders[i]), 0);
	for (i = 0; i < toggles; i++) {
		cpu = cpus[1 + random_below(&rnd, nr_cpus - 1)];
		REQUIRE_EQ(host_set_online(cpu, !online[cpu]), 0);
		online[cpu] = !online[cpu];
		hold_wait(&riders[0].holder, 1);
	}
	end_load();
	note_riders(toggles);
}

/* --- policy exclusive: the one CPU that is in root goes --- */

static void expect_root(int cpu)
{
	struct xvcpu_module_info module;
	struct xvcpu_nl *nl;

	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	REQUIRE_EQ(xvcpu_nl_module(nl, &module), 0);
	xvcpu_nl_close(nl);
	EXPECT_EQ(module.granted_cpu, cpu);
	EXPECT_EQ(module.root_cpus, cpu != XVCPU_CPU_NONE);
}

static void *run_once(void *arg)
{
	struct rider *r = arg;

	EXPECT_EQ(hold_run(&r->holder), r->cpu == XVCPU_CPU_NONE ? 0 : -ENXIO);
	return NULL;
}

static void start_rider(struct rider *r)
{
	REQUIRE_EQ(pthread_create(&r->thread, NULL, run_once, r), 0);
	hold_wait(&r->holder, 1);
}

/* It leaves the CPU that it is bound to, and stays what it is. */
static void unbind(struct rider *r)
{
	struct xvcpu_binding_info info;

	vcpu_get_binding(&r->holder.vcpu, &info);
	REQUIRE_EQ(vcpu_migrate(&r->holder.vcpu,
				cpus[info.loaded_cpu == cpus[0]]), 0);
	REQUIRE_EQ(vcpu_migrate(&r->holder.vcpu, r->cpu), 0);
}

/* The guest is in mid-run on the CPU that goes; root is free for another CPU. */
static void lose_pinned(struct rider *r)
{
	start_rider(r);
	expect_root(r->cpu);
	REQUIRE_EQ(host_set_online(r->cpu, false), 0);
	pthread_join(r->thread, NULL);
	expect_root(XVCPU_CPU_NONE);
	EXPECT_EQ(vcpu_run(&r->holder.vcpu), -ENXIO);
}

/* A floating one takes root along to where its thread goes. */
static void lose_floating(struct rider *r, int cpu)
{
	struct xvcpu_binding_info info;
	cpu_set_t set;

	hold_go_on(&r->holder);
	start_rider(r);
	host_thread_run_on(r->thread, cpu);
	do {
		vcpu_get_binding(&r->holder.vcpu, &info);
		sched_yield();
	} while (info.last_cpu != cpu);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	CPU_SET(cpus[0], &set);
	REQUIRE_EQ(pthread_setaffinity_np(r->thread, sizeof(set), &set), 0);
	REQUIRE_EQ(host_set_online(cpu, false), 0);
	hold_wait(&r->holder, ROUNDS);
	expect_root(cpus[0]);
	hold_stop(&r->holder);
	pthread_join(r->thread, NULL);
}

static void lose_root(int victim, bool pinned)
{
	struct rider *stays = &riders[0], *floats = &riders[nr_cpus];

	test_context("CPU %d, %s", cpus[victim], pinned ? "pinned" : "floating");
	if (pinned)
		lose_pinned(&riders[victim]);
	else
		lose_floating(floats, cpus[victim]);
	EXPECT_EQ(hold_run(&stays->holder), 0);
	expect_root(cpus[0]);
	REQUIRE_EQ(host_set_online(cpus[victim], true), 0);
	/* It is back, and one of those that are not in root. */
	EXPECT_EQ(vcpu_run(&riders[victim].holder.vcpu), -EBUSY);
	unbind(stays);
	if (!pinned)
		unbind(floats);
	expect_root(XVCPU_CPU_NONE);
}

static void exclusive_loses_its_only_cpu(void)
{
	uint64_t losses = test_amount(2, 2, 20), i;
	int cpu;

	module_need_file();
	module_load_exclusive();
	set_up();
	vm_create(&vm);
	for (cpu = 0; cpu <= nr_cpus; cpu++) {
		riders[cpu].cpu = cpu < nr_cpus ? cpus[cpu] : XVCPU_CPU_NONE;
		hold_create(&riders[cpu].holder, &vm, cpu, riders[cpu].cpu,
			    cpu ? 0 : 1);
	}
	nr_riders = cpu;
	expect_root(XVCPU_CPU_NONE);
	for (i = 0; i < losses; i++)
		lose_root(1 + random_below(&rnd, nr_cpus - 1), i & 1);
	/* All that were lost resume. */
	for (cpu = 1; cpu < nr_cpus; cpu++) {
		test_context("CPU %d in the end", cpus[cpu]);
		hold_stop(&riders[cpu].holder);
		EXPECT_EQ(hold_run(&riders[cpu].holder), 0);
		expect_root(cpus[cpu]);
		unbind(&riders[cpu]);
		expect_root(XVCPU_CPU_NONE);
	}
	note_riders(2 * losses);
}

static const struct test tests[] = {
	{ "hotplug_storm_affinity_is_kept", affinity_is_kept },
	{ "hotplug_storm_pinned_told_rest_goes_on", pinned_told_rest_goes_on },
	{ "hotplug_storm_exclusive_loses_its_only_cpu",
	  exclusive_loses_its_only_cpu },
};

int main(int argc, char **argv)
{
	return module_test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
