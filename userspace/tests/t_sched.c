// SPDX-License-Identifier: GPL-2.0
/*
 * The host's scheduler and vCPUs: preempted, of two classes, in a cpuset that
 * shrinks, under a limit of CPU time; and how long a migration takes.  xvcpu
 * only; needs root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness_cgroup.h"
#include "harness_hold.h"

#define ROUNDS	3		/* that show that a guest goes on */

static struct vm vm;
static struct holder holder, other;
static struct xvcpu_binding_info info;

static void set_up(int cpus)
{
	test_need_xvcpu();
	test_need_cpus(cpus);
	test_timeout(60);
	/* The test looks on from the first CPU; what it looks at is elsewhere. */
	host_run_on(host_cpu(0));
	vm_create(&vm);
}

static void get_binding(struct holder *h)
{
	vcpu_get_binding(&h->vcpu, &info);
}

/* --- a thread that runs a holder --- */

struct seat {
	struct holder *holder;
	pthread_t thread;
	int cpu;		/* its affinity, or -1 for any */
	int policy;		/* SCHED_* */
	bool grouped;		/* it joins the test's control group */
	pid_t tid;
	int ret;
	sem_t ready;
};

static void set_policy(int policy)
{
	struct sched_param param = { .sched_priority = policy != SCHED_OTHER };

	REQUIRE_EQ(sched_setscheduler(0, policy, &param), 0);
}

static void *sit(void *arg)
{
	struct seat *seat = arg;

	seat->tid = gettid();
	if (seat->cpu < 0)
		host_run_anywhere();
	else
		host_run_on(seat->cpu);
	if (seat->grouped)
		cgroup_add_this_thread();
	set_policy(seat->policy);
	sem_post(&seat->ready);
	seat->ret = hold_run(seat->holder);
	return NULL;
}

static void seat_start(struct seat *seat)
{
	hold_go_on(seat->holder);
	REQUIRE_EQ(sem_init(&seat->ready, 0, 0), 0);
	REQUIRE_EQ(pthread_create(&seat->thread, NULL, sit, seat), 0);
	sem_wait(&seat->ready);
}

static int seat_wait(struct seat *seat)
{
	pthread_join(seat->thread, NULL);
	return seat->ret;
}

static int seat_stop(struct seat *seat)
{
	hold_stop(seat->holder);
	return seat_wait(seat);
}

/* --- preemption --- */

static uint64_t preemptions(pid_t tid)
{
	unsigned long long value = 0;
	char path[64], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	file = fopen(path, "re");
	REQUIRE(file);
	while (fgets(line, sizeof(line), file))
		sscanf(line, "nonvoluntary_ctxt_switches: %llu", &value);
	fclose(file);
	return value;
}

/* Takes the CPU whenever it is told to, with a higher priority. */
struct intruder {
	pthread_t thread;
	int cpu;
	sem_t come, gone;
	bool end;
};

static void *intrude(void *arg)
{
	struct intruder *in = arg;

	host_run_on(in->cpu);
	set_policy(SCHED_FIFO);
	sem_post(&in->gone);
	for (;;) {
		sem_wait(&in->come);
		if (in->end)
			return NULL;
		sem_post(&in->gone);
	}
}

static void intruder_start(struct intruder *in, int cpu)
{
	in->cpu = cpu;
	in->end = false;
	REQUIRE_EQ(sem_init(&in->come, 0, 0), 0);
	REQUIRE_EQ(sem_init(&in->gone, 0, 0), 0);
	REQUIRE_EQ(pthread_create(&in->thread, NULL, intrude, in), 0);
	sem_wait(&in->gone);
}

static void intruder_come(struct intruder *in)
{
	sem_post(&in->come);
	sem_wait(&in->gone);
}

static void intruder_stop(struct intruder *in)
{
	in->end = true;
	sem_post(&in->come);
	pthread_join(in->thread, NULL);
}

/* It comes back to where its VMCS is loaded still. */
static void preempted(int cpu_of_vcpu)
{
	uint64_t times = test_amount(200, 40, 1000), i;
	struct intruder intruder;
	struct seat seat = { .holder = &holder, .cpu = host_cpu(1) };

	hold_create(&holder, &vm, 0, cpu_of_vcpu, 0);
	seat_start(&seat);
	hold_wait(&holder, ROUNDS);
	intruder_start(&intruder, host_cpu(1));
	for (i = 0; i < times; i++) {
		intruder_come(&intruder);
		if (i % 8 == 0)
			hold_wait(&holder, 1);
	}
	i = preemptions(seat.tid);
	intruder_stop(&intruder);
	EXPECT_EQ(seat_stop(&seat), 0);
	test_note("preempted %" PRIu64 " times", i);
	/* Two wake-ups in a row may cost one preemption. */
	EXPECT(i >= times / 2);
	get_binding(&holder);
	EXPECT_EQ(info.vmclear, 1);
	EXPECT_EQ(info.vmptrld, 1);
	EXPECT_EQ(info.launches, 1);
	EXPECT_EQ(info.migrations, 0);
}

static void preempted_pinned_stays_bound(void)
{
	set_up(2);
	preempted(host_cpu(1));
}

static void preempted_floating_stays_bound(void)
{
	set_up(2);
	preempted(XVCPU_CPU_NONE);
}

static void *hog(void *arg)
{
	host_run_on(*(int *)arg);
	set_policy(SCHED_FIFO);
	while (!__atomic_load_n((int *)arg + 1, __ATOMIC_ACQUIRE))
		;
	return NULL;
}

/* Chased off one CPU after the other, it is unbound once each time. */
static void chased_floating_one_unbind(void)
{
	uint64_t times = test_amount(2, 1, 10), i;
	struct seat seat = { .holder = &holder, .cpu = -1 };
	cpu_set_t two;

	set_up(3);
	hold_create(&holder, &vm, 0, XVCPU_CPU_NONE, 0);
	seat_start(&seat);
	CPU_ZERO(&two);
	CPU_SET(host_cpu(1), &two);
	CPU_SET(host_cpu(2), &two);
	REQUIRE_EQ(pthread_setaffinity_np(seat.thread, sizeof(two), &two), 0);
	for (i = 0; i < times; i++) {
		int chase[2] = {};
		pthread_t thread;

		hold_wait(&holder, ROUNDS);
		get_binding(&holder);
		chase[0] = info.last_cpu;
		REQUIRE_EQ(pthread_create(&thread, NULL, hog, chase), 0);
		do {
			get_binding(&holder);
			sched_yield();
		} while (info.last_cpu == chase[0]);
		__atomic_store_n(&chase[1], 1, __ATOMIC_RELEASE);
		pthread_join(thread, NULL);
	}
	EXPECT_EQ(seat_stop(&seat), 0);
	get_binding(&holder);
	test_note("bound %llu times to another CPU", info.migrations);
	EXPECT(info.migrations >= times);
	EXPECT_EQ(info.vmptrld, info.migrations + 1);
	EXPECT_EQ(info.vmclear, info.migrations + 1);
}

/* --- two scheduling classes on one CPU --- */

/*
 * The one with a real-time priority has the CPU but for what the kernel keeps
 * for the others, and leaves it when it is told to.
 */
static void fifo_before_other(void)
{
	struct seat fifo = { .holder = &holder, .policy = SCHED_FIFO };
	struct seat normal = { .holder = &other, .policy = SCHED_OTHER };
	uint64_t before[2], did[2];

	set_up(2);
	fifo.cpu = host_cpu(1);
	normal.cpu = host_cpu(1);
	hold_create(&holder, &vm, 0, host_cpu(1), 0);
	hold_create(&other, &vm, 1, host_cpu(1), 0);
	seat_start(&normal);
	hold_wait(&other, ROUNDS);
	seat_start(&fifo);
	before[0] = hold_rounds(&holder);
	before[1] = hold_rounds(&other);
	hold_wait(&holder, test_amount(500, 100, 1500));
	did[0] = hold_rounds(&holder) - before[0];
	did[1] = hold_rounds(&other) - before[1];
	test_note("rounds: SCHED_FIFO %" PRIu64 ", SCHED_OTHER %" PRIu64,
		  did[0], did[1]);
	EXPECT(did[0] > 2 * did[1]);
	EXPECT_EQ(seat_stop(&fifo), 0);
	hold_wait(&other, ROUNDS);
	/* It is preempted as often as the other one comes. */
	seat_start(&fifo);
	hold_wait(&holder, ROUNDS);
	EXPECT_EQ(vcpu_migrate(&holder.vcpu, host_cpu(0)), 0);
	EXPECT_EQ(seat_wait(&fifo), -EXDEV);
	hold_wait(&other, ROUNDS);
	EXPECT_EQ(seat_stop(&normal), 0);
	get_binding(&other);
	EXPECT_EQ(info.vmptrld, 1);
	EXPECT_EQ(info.vmclear, 1);
}

/* --- cpusets --- */

static void set_cpus(int from, int to)
{
	char cpus[32];

	snprintf(cpus, sizeof(cpus), "%d-%d", host_cpu(from), host_cpu(to));
	cgroup_write("cpuset.cpus", cpus);
}

static int count_said(const char *first, const char *second)
{
	char record[LOG_RECORD];
	int n = 0;

	while (log_next(record, sizeof(record)))
		n += strstr(record, first) && strstr(record, second);
	return n;
}

static void cpuset_shrinks_under_pinned(void)
{
	struct seat seat = { .holder = &holder, .cpu = -1, .grouped = true };
	int last, i;

	set_up(3);
	last = host_cpu(host_cpus() - 1);
	cgroup_create("cpuset");
	set_cpus(0, host_cpus() - 1);
	hold_create(&holder, &vm, 0, last, 0);
	log_mark();
	seat_start(&seat);
	hold_wait(&holder, ROUNDS);
	set_cpus(0, host_cpus() - 2);
	EXPECT_EQ(seat_wait(&seat), -EXDEV);
	get_binding(&holder);
	EXPECT_EQ(info.last_cpu, last);
	EXPECT_EQ(info.pinned_cpu, last);
	for (i = 0; i < 3; i++) {
		seat_start(&seat);
		EXPECT_EQ(seat_wait(&seat), -EXDEV);
	}
	EXPECT_EQ(count_said("xvcpu: vCPU 0 of process", "cpuset"), 1);
	/* What it has lost it can be given back, and nothing else is lost. */
	set_cpus(0, host_cpus() - 1);
	seat_start(&seat);
	hold_wait(&holder, ROUNDS);
	EXPECT_EQ(seat_stop(&seat), 0);
	get_binding(&holder);
	EXPECT_EQ(info.launches, 1);
	EXPECT_EQ(info.migrations, 0);
	/* Once more, and it is said once more. */
	set_cpus(0, host_cpus() - 2);
	seat_start(&seat);
	EXPECT_EQ(seat_wait(&seat), -EXDEV);
	EXPECT_EQ(count_said("xvcpu: vCPU 0 of process", "cpuset"), 1);
	EXPECT_EQ(vcpu_migrate(&holder.vcpu, host_cpu(1)), 0);
	seat_start(&seat);
	hold_wait(&holder, ROUNDS);
	EXPECT_EQ(seat_stop(&seat), 0);
}

static void cpuset_shrinks_under_floating(void)
{
	struct seat seat = { .holder = &holder, .cpu = -1, .grouped = true };
	uint64_t moves = test_amount(10, 4, 40), i;
	int cpu = 0;

	set_up(3);
	cgroup_create("cpuset");
	set_cpus(1, host_cpus() - 1);
	hold_create(&holder, &vm, 0, XVCPU_CPU_NONE, 0);
	seat_start(&seat);
	for (i = 0; i < moves; i++) {
		hold_wait(&holder, ROUNDS);
		cpu = 1 + i % (host_cpus() - 1);
		set_cpus(cpu, cpu);
		do {
			get_binding(&holder);
			sched_yield();
		} while (info.last_cpu != host_cpu(cpu));
	}
	hold_wait(&holder, ROUNDS);
	EXPECT_EQ(seat_stop(&seat), 0);
	get_binding(&holder);
	EXPECT_EQ(info.last_cpu, host_cpu(cpu));
	EXPECT(info.migrations >= moves - 1);
	EXPECT_EQ(info.vmptrld, info.migrations + 1);
	EXPECT_EQ(info.vmclear, info.vmptrld);
}

/* --- a limit of CPU time --- */

#define PERIOD		20000	/* us */
#define QUOTA		4000

/*
 * It runs a fifth of the time and is thrown off its CPU every time; it stays
 * bound, and whoever wants it moved waits for a period or two.
 */
static void bandwidth_limit(void)
{
	struct seat seat = { .holder = &holder, .grouped = true };
	int64_t periods = test_amount(8, 3, 20);
	char text[32];
	uint64_t start, took;

	set_up(3);
	seat.cpu = host_cpu(1);
	cgroup_create("cpu");
	snprintf(text, sizeof(text), "%d %d", QUOTA, PERIOD);
	cgroup_write("cpu.max", text);
	hold_create(&holder, &vm, 0, host_cpu(1), 0);
	seat_start(&seat);
	while (cgroup_read("cpu.stat", "nr_throttled") < periods)
		sched_yield();
	hold_wait(&holder, ROUNDS);
	get_binding(&holder);
	EXPECT_EQ(info.vmclear, 1);
	EXPECT_EQ(info.launches, 1);
	host_thread_run_on(seat.thread, host_cpu(2));
	start = host_ticks();
	EXPECT_EQ(seat_wait(&seat), -EXDEV);
	took = host_ticks() - start;
	EXPECT_EQ(vcpu_migrate(&holder.vcpu, host_cpu(2)), 0);
	seat.cpu = host_cpu(2);
	seat_start(&seat);
	hold_wait(&holder, ROUNDS);
	EXPECT_EQ(seat_stop(&seat), 0);
	test_note("throttled %" PRId64 " times; off its CPU after %" PRIu64 " ticks",
		  cgroup_read("cpu.stat", "nr_throttled"), took);
	get_binding(&holder);
	EXPECT_EQ(info.vmclear, 2);
	EXPECT_EQ(info.migrations, 1);
}

/* --- how long XVCPU_MIGRATE takes --- */

struct series {
	uint64_t min, max, sum;
};

static void series_add(struct series *s, uint64_t value)
{
	if (!s->sum || value < s->min)
		s->min = value;
	if (value > s->max)
		s->max = value;
	s->sum += value;
}

static void series_note(const struct series *s, const char *what, uint64_t n)
{
	test_note("%s: %" PRIu64 " to %" PRIu64 " ticks, %" PRIu64 " on average",
		  what, s->min, s->max, s->sum / n);
}

/* Generous: a few ticks of the scheduler's, which come every 10 ms. */
#define BOUND_MS	200

static void migrate_running_bounded(void)
{
	uint64_t times = test_amount(100, 20, 500), i, start;
	struct seat seat = { .holder = &holder, .cpu = -1 };
	struct series returned = {}, entered = {};
	long khz;
	int cpu;

	set_up(3);
	hold_create(&holder, &vm, 0, host_cpu(1), 0);
	khz = dev_ioctl(holder.vcpu.fd, KVM_GET_TSC_KHZ, NULL);
	REQUIRE(khz > 0);
	seat_start(&seat);
	for (i = 0; i < times; i++) {
		cpu = host_cpu(i & 1 ? 1 : 2);
		hold_wait(&holder, 1);
		do
			get_binding(&holder);
		while (info.state != XVCPU_VCPU_RUNNING);
		start = host_ticks();
		EXPECT_EQ(vcpu_migrate(&holder.vcpu, cpu), 0);
		series_add(&returned, host_ticks() - start);
		do
			get_binding(&holder);
		while (info.last_cpu != cpu);
		series_add(&entered, host_ticks() - start);
	}
	EXPECT_EQ(seat_stop(&seat), 0);
	series_note(&returned, "XVCPU_MIGRATE of a running vCPU returned after",
		    times);
	series_note(&entered, "the guest was entered on the other CPU after",
		    times);
	EXPECT(entered.max < (uint64_t)khz * BOUND_MS);
	get_binding(&holder);
	EXPECT_EQ(info.migrations, times);
	EXPECT_EQ(info.vmclear, times + 1);
	EXPECT_EQ(info.launches, times + 1);
}

static const struct test tests[] = {
	{ "sched_preempted_pinned_stays_bound", preempted_pinned_stays_bound },
	{ "sched_preempted_floating_stays_bound",
	  preempted_floating_stays_bound },
	{ "sched_chased_floating_one_unbind", chased_floating_one_unbind },
	{ "sched_fifo_before_other", fifo_before_other },
	{ "sched_cpuset_shrinks_under_pinned", cpuset_shrinks_under_pinned },
	{ "sched_cpuset_shrinks_under_floating",
	  cpuset_shrinks_under_floating },
	{ "sched_bandwidth_limit", bandwidth_limit },
	{ "sched_migrate_running_bounded", migrate_running_bounded },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
