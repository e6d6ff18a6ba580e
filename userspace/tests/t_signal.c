// SPDX-License-Identifier: GPL-2.0
/*
 * Signals and immediate_exit end KVM_RUN, and lose nothing; a process killed
 * in the middle of a guest leaves nothing behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static struct vm vm;
static struct vcpu vcpu;
static volatile sig_atomic_t signals;

static void on_signal(int signal)
{
	(void)signal;
	signals++;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &action, NULL);
}

static void set_up(const char *guest)
{
	catch_signals();
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, guest);
}

static uint64_t guest_count(void)
{
	return __atomic_load_n(vm_u64(&vm, COUNT_NOW), __ATOMIC_ACQUIRE);
}

/* --- immediate_exit --- */

static void immediate_exit(void)
{
	set_up("count_checked");
	vcpu.run->immediate_exit = 1;
	EXPECT_EQ(vcpu_run(&vcpu), -EINTR);
	EXPECT_EQ(vcpu_run(&vcpu), -EINTR);
	EXPECT_EQ(guest_count(), 0);
	vcpu.run->immediate_exit = 0;
	count_stop(&vm);
	vcpu_run_until(&vcpu, KVM_EXIT_IO);
	count_check(&vcpu);
}

static void pending_before_run(void)
{
	sigset_t set, old;

	set_up("count_checked");
	count_stop(&vm);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	raise(SIGUSR1);
	/* Blocked: it does not count. */
	vcpu_run_until(&vcpu, KVM_EXIT_IO);
	EXPECT_EQ(signals, 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
	EXPECT_EQ(signals, 1);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/* --- signals --- */

static void ends_endless_guest(void)
{
	struct runner runner;
	uint64_t count;

	set_up("count_checked");
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1000);
	REQUIRE_EQ(pthread_kill(runner.thread, SIGUSR1), 0);
	EXPECT_EQ(runner_wait(&runner), -EINTR);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_INTR);
	EXPECT_EQ(signals, 1);
	/* It has stopped, and goes on where it was. */
	count = guest_count();
	EXPECT_EQ(guest_count(), count);
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1000);
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
}

#define MANY	20

static void many_lose_nothing(void)
{
	struct runner runner;
	int i;

	set_up("count_checked");
	for (i = 0; i < MANY; i++) {
		runner_start(&runner, &vcpu, -1);
		count_wait(&vm, 10);
		REQUIRE_EQ(pthread_kill(runner.thread, SIGUSR1), 0);
		EXPECT_EQ(runner_wait(&runner), -EINTR);
		EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_INTR);
	}
	EXPECT_EQ(signals, MANY);
	count_stop(&vm);
	vcpu_run_until(&vcpu, KVM_EXIT_IO);
	count_check(&vcpu);
}

/*
 * A timer of the process itself, with nobody else to help.  Again and again, for a
 * signal may come before KVM_RUN does.
 */
static void timer_ends_endless_guest(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerval timer = {
		.it_value = { .tv_usec = 20000 },
		.it_interval = { .tv_usec = 20000 },
	};

	set_up("exits_endless");
	sigaction(SIGVTALRM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	REQUIRE_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
	EXPECT_EQ(vcpu_run(&vcpu), -EINTR);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_INTR);
	EXPECT(signals >= 1);
}

/* --- work that the kernel has for the thread on its way to user mode --- */

/* The kernel looks at timers of the thread's own time there, and sends their signals. */
static void processor_timer_ends_endless_guest(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerval timer = { .it_value = { .tv_usec = 20000 } };

	set_up("exits_endless");
	sigaction(SIGPROF, &action, NULL);
	REQUIRE_EQ(setitimer(ITIMER_PROF, &timer, NULL), 0);
	EXPECT_EQ(vcpu_run(&vcpu), -EINTR);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_INTR);
	EXPECT_EQ(signals, 1);
}

static volatile uint64_t count_at_signal;

static void on_alarm(int signal)
{
	(void)signal;
	if (!signals++)
		count_at_signal = guest_count();
}

static void preempt_often(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		usleep(100);
}

/*
 * A preemption is no reason to begin KVM_RUN anew: a signal that came meanwhile
 * would not end it, but the next one a second later.  (One that comes before the
 * guest has begun to run may be too early to end it.)
 *
 * Task work is a reason still: the kernel has some for a thread every 100 ms at
 * most, and one signal in 20,000 comes just then.  With a preemption every 150 us
 * it was one in 30.
 */
#define MAY_BE_LOST(times)	(1 + (times) / 2000)

static void preemption_loses_none(void)
{
	struct itimerval timer = { .it_interval = { .tv_sec = 1 } };
	struct sigaction action = { .sa_handler = on_alarm };
	uint64_t times = test_amount(200, 60, 20000), i, before, lost = 0;
	pid_t pid;

	set_up("count_checked");
	sigaction(SIGALRM, &action, NULL);
	host_run_on(host_cpu(0));
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		preempt_often();
	for (i = 0; i < times; i++) {
		signals = 0;
		before = guest_count();
		timer.it_value.tv_usec = 2000 + 7 * i % 4000;
		REQUIRE_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
		EXPECT_EQ(vcpu_run(&vcpu), -EINTR);
		lost += signals != 1 && count_at_signal != before;
	}
	test_note("%llu of %llu signals lost", (unsigned long long)lost,
		  (unsigned long long)times);
	EXPECT(lost <= MAY_BE_LOST(times));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* --- KVM_SET_SIGNAL_MASK --- */

static long set_mask(const sigset_t *mask, uint32_t len)
{
	struct {
		struct kvm_signal_mask head;
		uint8_t bytes[16];
	} arg = { .head.len = len };

	/* The kernel's set is shorter than the library's. */
	memcpy(arg.head.sigset, mask, 8);
	return dev_ioctl(vcpu.fd, KVM_SET_SIGNAL_MASK, &arg);
}

/* The signal is blocked outside, and ends the run all the same. */
static void mask_lets_signal_through(void)
{
	sigset_t blocked, empty, now;

	set_up("count_checked");
	sigemptyset(&empty);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	REQUIRE_EQ(set_mask(&empty, 8), 0);
	raise(SIGUSR1);
	EXPECT_EQ(vcpu_run(&vcpu), -EINTR);
	test_context("it is pending still, and the thread's mask is as it was");
	EXPECT_EQ(signals, 0);
	sigpending(&now);
	EXPECT(sigismember(&now, SIGUSR1));
	sigprocmask(SIG_BLOCK, NULL, &now);
	EXPECT(sigismember(&now, SIGUSR1));
	EXPECT(!sigismember(&now, SIGUSR2));
	EXPECT_EQ(vcpu_run(&vcpu), -EINTR);
	test_context("without the mask");
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_SIGNAL_MASK, NULL), 0);
	count_stop(&vm);
	vcpu_run_until(&vcpu, KVM_EXIT_IO);
	EXPECT_EQ(signals, 0);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	EXPECT_EQ(signals, 1);
	count_check(&vcpu);
}

static void mask_ends_endless_guest(void)
{
	struct runner runner;
	sigset_t blocked, empty;

	set_up("count_checked");
	sigemptyset(&empty);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	/* The thread inherits it. */
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	REQUIRE_EQ(set_mask(&empty, 8), 0);
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1000);
	REQUIRE_EQ(pthread_kill(runner.thread, SIGUSR1), 0);
	EXPECT_EQ(runner_wait(&runner), -EINTR);
	EXPECT_EQ(signals, 0);
}

/* And the other way round: the signal waits until the run is over. */
static void mask_keeps_signal_off(void)
{
	sigset_t mask;

	set_up("count_checked");
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	REQUIRE_EQ(set_mask(&mask, 8), 0);
	count_stop(&vm);
	vcpu_run_until(&vcpu, KVM_EXIT_IO);
	raise(SIGUSR1);
	EXPECT_EQ(signals, 1);
	count_check(&vcpu);
}

/* What ends everybody cannot be blocked. */
static void mask_does_not_stop_kill(void)
{
	sigset_t all;
	int status;
	pid_t pid;

	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		set_up("exits_endless");
		sigfillset(&all);
		set_mask(&all, 8);
		/* Whoever waits for this knows that the mask is set. */
		raise(SIGSTOP);
		vcpu_run(&vcpu);
		_exit(0);
	}
	waitpid(pid, &status, WUNTRACED);
	REQUIRE(WIFSTOPPED(status));
	kill(pid, SIGCONT);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	EXPECT(WIFSIGNALED(status));
}

static void mask_invalid(void)
{
	static const uint32_t lengths[] = { 0, 1, 4, 7, 9, 16, 128, -1U };
	sigset_t mask;
	size_t i;

	set_up("count_checked");
	sigemptyset(&mask);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		test_context("length %u", lengths[i]);
		EXPECT_EQ(set_mask(&mask, lengths[i]), -EINVAL);
	}
	test_context("%s", "");
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_SIGNAL_MASK, (void *)8), -EFAULT);
}

/*
 * A guest that has interrupts disabled, and no reason of its own to exit.  Not
 * on kvm_intel, which would never come back in Bochs (see
 * vcpu_set_entry()).
 */
static void ends_guest_with_interrupts_off(void)
{
	struct runner runner;
	struct kvm_regs regs;

	test_need_xvcpu();
	set_up("count_checked");
	vcpu_get_regs(&vcpu, &regs);
	regs.rflags = 2;
	vcpu_set_regs(&vcpu, &regs);
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1000);
	REQUIRE_EQ(pthread_kill(runner.thread, SIGUSR1), 0);
	EXPECT_EQ(runner_wait(&runner), -EINTR);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_INTR);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT(!(regs.rflags & BIT(9)));
}

/* --- SIGKILL --- */

/* Says so when the guest goes on, and is in it until it is killed. */
static void die_in_mid_guest(int report, int cpu)
{
	struct runner runner;

	vm_create(&vm);
	if (cpu == XVCPU_CPU_NONE)
		vcpu_create(&vcpu, &vm, 0);
	else
		vcpu_create_pinned(&vcpu, &vm, 0, cpu);
	vcpu_load(&vcpu, "count_checked");
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1000);
	if (write(report, "x", 1) == 1)
		runner_wait(&runner);
	_exit(1);
}

static void kill_in_mid_guest(int cpu)
{
	int report[2], status;
	char byte;
	pid_t pid;

	REQUIRE_EQ(pipe(report), 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		die_in_mid_guest(report[1], cpu);
	close(report[1]);
	REQUIRE_EQ(read(report[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	EXPECT(WIFSIGNALED(status));
	EXPECT_EQ(WTERMSIG(status), SIGKILL);
	close(report[0]);
}

static void killed_leaves_nothing(void)
{
	const char *module = test_on_xvcpu() ? "xvcpu" : "kvm_intel";
	int before = module_refs(module), i;

	for (i = 0; i < 4; i++)
		kill_in_mid_guest(XVCPU_CPU_NONE);
	EXPECT_EQ(module_refs(module), before);
	set_up("exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static void killed_while_pinned_leaves_nothing(void)
{
	int i;

	test_need_xvcpu();
	for (i = 0; i < host_cpus(); i++) {
		test_context("CPU %d", host_cpu(i));
		kill_in_mid_guest(host_cpu(i));
		module_expect_empty();
	}
	vm_create(&vm);
	vcpu_create_pinned(&vcpu, &vm, 0, host_cpu(0));
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static const struct test tests[] = {
	{ "signal_immediate_exit", immediate_exit },
	{ "signal_pending_before_run", pending_before_run },
	{ "signal_ends_endless_guest", ends_endless_guest },
	{ "signal_many_lose_nothing", many_lose_nothing },
	{ "signal_timer_ends_endless_guest", timer_ends_endless_guest },
	{ "signal_processor_timer_ends_endless_guest",
	  processor_timer_ends_endless_guest },
	{ "signal_preemption_loses_none", preemption_loses_none },
	{ "signal_mask_lets_signal_through", mask_lets_signal_through },
	{ "signal_mask_ends_endless_guest", mask_ends_endless_guest },
	{ "signal_mask_keeps_signal_off", mask_keeps_signal_off },
	{ "signal_mask_does_not_stop_kill", mask_does_not_stop_kill },
	{ "signal_mask_invalid", mask_invalid },
	{ "signal_ends_guest_with_interrupts_off",
	  ends_guest_with_interrupts_off },
	{ "signal_killed_leaves_nothing", killed_leaves_nothing },
	{ "signal_killed_while_pinned_leaves_nothing",
	  killed_while_pinned_leaves_nothing },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
