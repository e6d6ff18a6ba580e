// SPDX-License-Identifier: GPL-2.0
/*
 * A storm of migrations: many more vCPUs than CPUs, each moved again and again
 * by the threads of the others, in the guest and between two runs, while every
 * guest makes sure that it is the same as before.  xvcpu only.
 *
 * Pinned vCPUs are moved by XVCPU_MIGRATE, floating ones by an affinity of their
 * thread, and by the scheduler.  XVCPU_TEST_MOVES says how many moves there are.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <xvcpu_nl.h>

#include "harness_hold.h"

#define VMS		4
#define VCPUS		64
#define MAX_CPUS	64
/* Every so manyeth vCPU stays in the guest for longer. */
#define LONG_STAYS	4
#define LONG_ROUNDS	4
/*
 * And a pinned one until the storm is over, with hardly an exit, so that it
 * will be found in the guest however slow the host's kernel is.
 */
#define SITTER		1
#define SITTER_SPINS	100000

struct rider {
	struct holder holder;
	pthread_t thread;
	int cpu;		/* pinned to it in the beginning, or none */
	struct random random;
	uint64_t pinned_moves;
	uint64_t floating_moves;
	uint64_t mid_run;	/* moves that found the vCPU in the guest */
};

static struct vm vms[VMS];
static struct rider riders[VCPUS];
static int nr_riders;
static int cpus[MAX_CPUS], nr_cpus;
static uint64_t moves_left;
static pthread_barrier_t together;

static void look_at_cpus(void)
{
	nr_cpus = host_cpus() < MAX_CPUS ? host_cpus() : MAX_CPUS;
	for (int i = 0; i < nr_cpus; i++)
		cpus[i] = host_cpu(i);
}

static uint64_t moves_wanted(void)
{
	const char *wanted = getenv("XVCPU_TEST_MOVES");

	return wanted ? strtoull(wanted, NULL, 0) :
			test_amount(1500, 150, 100000);
}

static void create_rider(int i, struct random *random)
{
	struct rider *r = &riders[i];

	r->cpu = i & 1 ? cpus[i / 2 % nr_cpus] : XVCPU_CPU_NONE;
	random_fork(&r->random, random, i);
	hold_create(&r->holder, &vms[i % VMS], i / VMS, r->cpu,
		    i / 2 % LONG_STAYS ? 1 : LONG_ROUNDS);
}

static void set_up(int n)
{
	struct random random;
	int i;

	test_need_xvcpu();
	test_need_cpus(2);
	test_timeout(120);
	look_at_cpus();
	random_start(&random);
	module_expect_empty();
	for (i = 0; i < VMS; i++)
		vm_create(&vms[i]);
	nr_riders = n;
	for (i = 0; i < n; i++)
		create_rider(i, &random);
}

/* --- the storm --- */

static bool take_move(void)
{
	uint64_t left = __atomic_load_n(&moves_left, __ATOMIC_RELAXED);

	while (left)
		if (__atomic_compare_exchange_n(&moves_left, &left, left - 1,
						false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

/* Now and then it may go where the scheduler wants. */
static void move_floating(struct rider *self, struct rider *other)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (random_below(&self->random, 4))
		CPU_SET(cpus[random_below(&self->random, nr_cpus)], &set);
	else
		memset(&set, 0xff, sizeof(set));
	REQUIRE_EQ(pthread_setaffinity_np(other->thread, sizeof(set), &set),
		   0);
	self->floating_moves++;
}

static void move_pinned(struct rider *self, struct rider *other)
{
	struct xvcpu_binding_info info;
	int cpu;

	vcpu_get_binding(&other->holder.vcpu, &info);
	self->mid_run += info.state == XVCPU_VCPU_RUNNING;
	do
		cpu = cpus[random_below(&self->random, nr_cpus)];
	while (cpu == info.pinned_cpu);
	REQUIRE_EQ(vcpu_migrate(&other->holder.vcpu, cpu), 0);
	self->pinned_moves++;
}

static struct rider *pick_another(struct rider *self)
{
	struct rider *other;

	do
		other = &riders[random_below(&self->random, nr_riders)];
	while (other == self);
	return other;
}

/* One that is pinned, and in the guest, if there is one. */
static struct rider *pick_running(struct rider *self)
{
	int first = random_below(&self->random, nr_riders), i;
	struct xvcpu_binding_info info;
	struct rider *other;

	for (i = 0; i < nr_riders; i++) {
		other = &riders[(first + i) % nr_riders];
		if (other == self || other->cpu == XVCPU_CPU_NONE)
			continue;
		vcpu_get_binding(&other->holder.vcpu, &info);
		if (info.state == XVCPU_VCPU_RUNNING)
			return other;
	}
	return pick_another(self);
}

static void move_another(struct rider *self)
{
	struct rider *other;

	other = random_below(&self->random, 2) ? pick_running(self) :
						 pick_another(self);
	if (other->cpu == XVCPU_CPU_NONE)
		move_floating(self, other);
	else
		move_pinned(self, other);
}

static void *ride(void *arg)
{
	struct rider *self = arg;

	/* Every thread has its number by then. */
	pthread_barrier_wait(&together);
	/* Once also if the others have made all moves by now. */
	REQUIRE_EQ(hold_run(&self->holder), 0);
	while (take_move()) {
		REQUIRE_EQ(hold_run(&self->holder), 0);
		move_another(self);
		sched_yield();
	}
	hold_stop(&riders[SITTER].holder);
	/* None ends while another may still move it. */
	pthread_barrier_wait(&together);
	return NULL;
}

static void sit(struct holder *h)
{
	*hold_word(h, HOLD_PER_EXIT) = 0;
	*hold_word(h, HOLD_LEFT) = 0;
	*hold_word(h, HOLD_SPINS) = SITTER_SPINS;
}

static void run_storm(uint64_t moves)
{
	int i;

	sit(&riders[SITTER].holder);
	moves_left = moves;
	REQUIRE_EQ(pthread_barrier_init(&together, NULL, nr_riders + 1), 0);
	for (i = 0; i < nr_riders; i++)
		REQUIRE_EQ(pthread_create(&riders[i].thread, NULL, ride,
					  &riders[i]), 0);
	pthread_barrier_wait(&together);
	pthread_barrier_wait(&together);
	for (i = 0; i < nr_riders; i++)
		pthread_join(riders[i].thread, NULL);
}

/* --- what has become of it --- */

struct sums {
	uint64_t vmclear;
	uint64_t loaded;
};

static void add_cpu(const struct xvcpu_cpu_info *cpu, void *arg)
{
	struct sums *sums = arg;

	sums->vmclear += cpu->vmclear;
	sums->loaded += cpu->loaded;
}

static struct sums sum_cpus(void)
{
	struct sums sums = {};
	struct xvcpu_nl *nl;

	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	REQUIRE_EQ(xvcpu_nl_cpus(nl, false, add_cpu, &sums), 0);
	xvcpu_nl_close(nl);
	return sums;
}

/* Each binding was followed by one VMCLEAR, but for the last one. */
static void check_rider(struct rider *r, struct xvcpu_binding_info *info)
{
	int bound;

	test_context("vCPU %d of VM %d", r->holder.vcpu.id,
		     (int)(r - riders) % VMS);
	vcpu_get_binding(&r->holder.vcpu, info);
	bound = info->loaded_cpu != XVCPU_CPU_NONE;
	EXPECT_EQ(info->state, bound ? XVCPU_VCPU_BOUND : XVCPU_VCPU_UNBOUND);
	EXPECT_EQ(info->vmclear, info->vmptrld + !bound);
	EXPECT(info->launches <= info->vmptrld);
	EXPECT(info->migrations < info->vmptrld);
	EXPECT(info->entries >= info->launches);
	if (r->cpu != XVCPU_CPU_NONE && bound)
		EXPECT_EQ(info->loaded_cpu, info->pinned_cpu);
}

/* It goes on wherever it is, and on each CPU in turn. */
static void go_round(struct rider *r)
{
	struct xvcpu_binding_info info;
	int i;

	for (i = 0; i < nr_cpus; i++) {
		if (r->cpu == XVCPU_CPU_NONE)
			host_run_on(cpus[i]);
		else
			REQUIRE_EQ(vcpu_migrate(&r->holder.vcpu, cpus[i]), 0);
		REQUIRE_EQ(hold_run(&r->holder), 0);
		vcpu_get_binding(&r->holder.vcpu, &info);
		EXPECT_EQ(info.last_cpu, cpus[i]);
	}
	host_run_anywhere();
}

static uint64_t check_riders(void)
{
	uint64_t bindings = 0, migrations = 0, rounds = 0, exits = 0;
	struct xvcpu_binding_info info;
	int i;

	for (i = 0; i < nr_riders; i++) {
		check_rider(&riders[i], &info);
		go_round(&riders[i]);
		check_rider(&riders[i], &info);
		bindings += info.vmptrld;
		migrations += info.migrations;
		rounds += hold_rounds(&riders[i].holder);
		exits += info.entries;
	}
	test_context("%s", "");
	test_note("%d vCPUs on %d CPUs: bound %llu times, %llu of them to another CPU; %llu VM entries, %llu rounds of checks",
		  nr_riders, nr_cpus, (unsigned long long)bindings,
		  (unsigned long long)migrations, (unsigned long long)exits,
		  (unsigned long long)rounds);
	return bindings;
}

static uint64_t note_moves(void)
{
	uint64_t pinned = 0, floating = 0, mid_run = 0;
	int i;

	for (i = 0; i < nr_riders; i++) {
		pinned += riders[i].pinned_moves;
		floating += riders[i].floating_moves;
		mid_run += riders[i].mid_run;
	}
	test_note("%llu moves: %llu by XVCPU_MIGRATE, of which %llu found the vCPU in the guest, %llu by affinity",
		  (unsigned long long)(pinned + floating),
		  (unsigned long long)pinned, (unsigned long long)mid_run,
		  (unsigned long long)floating);
	EXPECT(pinned && floating && mid_run);
	return pinned + floating;
}

static void destroy_all(void)
{
	int i;

	for (i = 0; i < nr_riders; i++)
		hold_destroy(&riders[i].holder);
	for (i = 0; i < VMS; i++)
		vm_destroy(&vms[i]);
}

static void many_vcpus_hold(void)
{
	uint64_t moves = moves_wanted(), bindings;
	struct sums before, after;

	set_up(test_amount(VCPUS, VCPUS / 4, VCPUS));
	before = sum_cpus();
	run_storm(moves);
	EXPECT_EQ(note_moves(), moves);
	bindings = check_riders();
	destroy_all();
	/* What was bound was cleared, on whatever CPU it was, and once. */
	after = sum_cpus();
	EXPECT_EQ(after.vmclear - before.vmclear, bindings);
	EXPECT_EQ(after.loaded, 0);
	module_expect_empty();
}

static uint32_t broken(const struct rider *r)
{
	return *hold_word(&r->holder, HOLD_BROKEN);
}

static void expect_notices(struct rider *r, uint32_t code)
{
	EXPECT_EQ(vcpu_run(&r->holder.vcpu), 0);
	EXPECT_EQ(broken(r), code);
}

/* Not the register, but what it has to be, while the guest waits. */
static void break_gpr(struct rider *r, int n)
{
	struct holder *h = &r->holder;
	struct runner runner;

	*hold_word(h, HOLD_SPINS) = 0;		/* of 32 bits: long */
	runner_start(&runner, &h->vcpu, -1);
	while (!*hold_word(h, HOLD_SPIN))
		sched_yield();
	*hold_word(h, HOLD_GPRS + 8 * n) ^= 1;
	/* The guest may just be writing it, too. */
	while (broken(r) != HOLD_CODE_GPR + (uint32_t)n) {
		*hold_word(h, HOLD_SPIN) = 1;
		sched_yield();
	}
	EXPECT_EQ(runner_wait(&runner), 0);
	EXPECT_EQ(h->vcpu.run->exit_reason, KVM_EXIT_HLT);
	EXPECT_EQ(broken(r), HOLD_CODE_GPR + (uint32_t)n);
}

/* The checks are checks: what is changed behind a guest's back shows. */
static void guest_notices(void)
{
	struct kvm_fpu fpu;
	struct vcpu *vcpu;
	int i;

	set_up(4);
	for (i = 0; i < nr_riders; i++) {
		EXPECT_EQ(hold_run(&riders[i].holder), 0);
		EXPECT_EQ(broken(&riders[i]), 0);
	}
	vcpu = &riders[0].holder.vcpu;
	EXPECT_EQ(vcpu_set_msr(vcpu, 0xc0000102, 0x1234), 1);
	expect_notices(&riders[0], 0xc0000102);
	vcpu = &riders[1].holder.vcpu;
	REQUIRE_EQ(dev_ioctl(vcpu->fd, KVM_GET_FPU, &fpu), 0);
	fpu.xmm[9][0] ^= 1;
	REQUIRE_EQ(dev_ioctl(vcpu->fd, KVM_SET_FPU, &fpu), 0);
	expect_notices(&riders[1], HOLD_CODE_XMM + 9);
	*hold_word(&riders[2].holder, HOLD_MEMORY + 8) ^= 1;
	expect_notices(&riders[2], HOLD_CODE_MEMORY);
	break_gpr(&riders[3], 11);
}

static const struct test tests[] = {
	{ "storm_guest_notices", guest_notices },
	{ "storm_many_vcpus_hold", many_vcpus_hold },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
