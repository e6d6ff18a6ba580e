// SPDX-License-Identifier: GPL-2.0
/*
 * What comes from outside the guest: interrupts for it, and what takes the CPU
 * away from it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "account.h"
#include "bench.h"

#define TIMES		(ROUNDS * 10)
/* Long enough for a CPU to be in the guest again, or out of it. */
#define APART		20000

static void pass_time(uint64_t ticks)
{
	uint64_t start = host_ticks();

	while (host_ticks() - start < ticks)
		__builtin_ia32_pause();
}

/* --- interrupts for the guest --- */

#define VEC_INTERRUPT	0x30

static void inject_and_run(bool inject)
{
	struct kvm_interrupt irq = { .irq = VEC_INTERRUPT };

	if (inject)
		REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_INTERRUPT, &irq), 0);
	bench_run_to_out();
}

static uint64_t next_out(const char *row, bool inject)
{
	uint64_t ticks = UINT64_MAX, start;
	int i;

	bench_load("bench_out", TIMES + 2);
	bench_set_handler(VEC_INTERRUPT);
	bench_run_to_out();
	for (i = 0; i < TIMES; i++) {
		start = host_ticks();
		inject_and_run(inject);
		ticks = least(ticks, host_ticks() - start);
	}
	account_begin();
	inject_and_run(inject);
	account_end(row, 1);
	bench_finish_out();
	return ticks;
}

void row_inject(void)
{
	uint64_t without;

	bench_set_up();
	without = next_out("without_inject", false);
	bench_say("inject", more_than(next_out("inject", true), without));
}

/* --- a signal from another CPU --- */

static struct {
	pid_t thread;
	int round;		/* that the vCPU's thread is in */
	uint64_t sent;		/* when the signal was, in this round */
} sender;

static uint64_t *guest_is_in(void)
{
	return vm_u64(&vm, GUEST_RESULT);
}

static void *send_signals(void *arg)
{
	int i;

	(void)arg;
	host_run_on(host_cpu(1));
	for (i = 0; i < TIMES; i++) {
		while (__atomic_load_n(&sender.round, __ATOMIC_ACQUIRE) != i ||
		       !__atomic_load_n(guest_is_in(), __ATOMIC_ACQUIRE))
			__builtin_ia32_pause();
		pass_time(APART);
		if (i == TIMES - 1)
			account_begin();
		sender.sent = host_ticks();
		syscall(SYS_tgkill, getpid(), sender.thread, SIGUSR1);
	}
	return NULL;
}

void row_signal(void)
{
	uint64_t ticks = UINT64_MAX;
	pthread_t thread;
	sigset_t set;
	int i;

	test_need_cpus(2);
	bench_set_up();
	bench_load("bench_spin", 1);
	/* No handler of it runs: it is taken after KVM_RUN. */
	vcpu_let_signal_through(&vcpu);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sender.thread = syscall(SYS_gettid);
	sender.round = -1;
	REQUIRE_EQ(pthread_create(&thread, NULL, send_signals, NULL), 0);
	for (i = 0; i < TIMES; i++) {
		*guest_is_in() = 0;
		__atomic_store_n(&sender.round, i, __ATOMIC_RELEASE);
		REQUIRE_EQ(vcpu_run(&vcpu), -EINTR);
		ticks = least(ticks, host_ticks() - sender.sent);
		if (i == TIMES - 1)
			account_end("signal", 1);
		REQUIRE_EQ(sigwaitinfo(&set, NULL), SIGUSR1);
	}
	pthread_join(thread, NULL);
	bench_say_unit("signal", ticks, "ticks");
}

/* --- the host's interrupts --- */

/* As the guest bench_jumps does. */
#define JUMP		100
#define JUMPS		101

static bool enough;

/* An interrupt for each CPU where a thread of this process runs: of the shortest kind. */
static void *send_interrupts(void *arg)
{
	(void)arg;
	host_run_on(host_cpu(1));
	while (!__atomic_load_n(&enough, __ATOMIC_ACQUIRE)) {
		pass_time(APART);
		syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return *(const uint64_t *)a < *(const uint64_t *)b ? -1 : 1;
}

/* Neither those that something else came into, nor those that were something else. */
static uint64_t median(uint64_t *jumps)
{
	qsort(jumps, JUMPS, sizeof(*jumps), compare);
	return jumps[JUMPS / 2];
}

static uint64_t jumps_outside(void)
{
	uint64_t jumps[JUMPS], before = host_ticks(), now;
	int n = 0;

	while (n < JUMPS) {
		now = host_ticks();
		if (now - before > JUMP)
			jumps[n++] = now - before;
		before = now;
	}
	return median(jumps);
}

static uint64_t jumps_in_guest(void)
{
	bench_load("bench_jumps", JUMPS);
	account_begin();
	bench_run_to_end();
	account_end("hostirq", JUMPS);
	return median(vm_u64(&vm, GUEST_DATA));
}

void row_hostirq(void)
{
	uint64_t outside;
	pthread_t thread;

	test_need_cpus(2);
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
		test_skip("no membarrier()");
	bench_set_up();
	REQUIRE_EQ(pthread_create(&thread, NULL, send_interrupts, NULL), 0);
	outside = jumps_outside();
	bench_say("hostirq", more_than(jumps_in_guest(), outside));
	__atomic_store_n(&enough, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
}

/* --- another CPU --- */

/* To one CPU and back to this one. */
static uint64_t there_and_back(int here, int there, bool run)
{
	uint64_t start = host_ticks();

	host_run_on(there);
	if (run)
		bench_run_to_out();
	host_run_on(here);
	if (run)
		bench_run_to_out();
	return host_ticks() - start;
}

void row_move(void)
{
	uint64_t without = UINT64_MAX, with = UINT64_MAX;
	int here, there, i;

	test_need_cpus(2);
	here = host_cpu(0);
	there = host_cpu(1);
	bench_set_up();
	bench_load("bench_out", 2 * TIMES + 4);
	for (i = 0; i < TIMES; i++) {
		without = least(without, there_and_back(here, there, false));
		with = least(with, there_and_back(here, there, true));
	}
	account_begin();
	there_and_back(here, there, false);
	account_end("without_move", 2);
	account_begin();
	there_and_back(here, there, true);
	account_end("move", 2);
	bench_say_unit("move", more_than(with, without) / 2, "ticks");
}
