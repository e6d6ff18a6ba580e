// SPDX-License-Identifier: GPL-2.0
/*
 * Policy shared: guests of kvm_intel and of xvcpu on the same CPU, in one VMX
 * root operation.  Each checks its own state all the time.  Needs root, and the
 * modules of both in /lib/modules; xvcpu is loaded anew with that policy, and
 * afterwards with the one that it had.
 *
 * Two threads of real-time priority run a guest each, on one CPU.  A third one
 * above them raises and lowers the first one's priority by a timer: whichever
 * guest is in the CPU is preempted by the other.  XVCPU_TEST_PREEMPTIONS says how
 * often.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define SEED_KVM	0x15000000
#define SEED_XVCPU	0x2a000000
#define PERIOD_NS	200000
#define SOME		1000

static const char * const kvm_modules[] = { "irqbypass", "kvm", "kvm-intel" };

/* --- the modules --- */

static bool was_shared;		/* before this program */
static bool had_kvm;

static void load_kvm(void)
{
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(kvm_modules); i++) {
		ret = module_load(kvm_modules[i], "");
		EXPECT(ret == 0 || ret == -EEXIST || ret == -ENOENT);
	}
	REQUIRE(module_refs("kvm_intel") >= 0);
}

static void unload_kvm(void)
{
	if (module_refs("kvm_intel") >= 0)
		module_unload("kvm_intel");
	if (module_refs("kvm") >= 0)
		module_unload("kvm");
	if (module_refs("irqbypass") >= 0)
		module_unload("irqbypass");
}

/* For the next program; runs when all processes of the tests have ended. */
static void restore(void)
{
	if (was_shared)
		return;
	if (module_policy_is("shared") || module_refs("xvcpu") < 0) {
		module_unload("xvcpu");
		if (!had_kvm)
			unload_kvm();
		module_load("xvcpu", "");
	}
}

static void prepare(void)
{
	test_need_xvcpu();
	if (access("/lib/modules/kvm-intel.ko", R_OK) ||
	    access("/lib/modules/xvcpu.ko", R_OK))
		test_skip("no modules in /lib/modules to load");
	test_timeout(test_soaking() ? 7200 : 220);
	if (module_policy_is("shared"))
		return;
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	load_kvm();
	REQUIRE_EQ(module_load("xvcpu", "policy=shared"), 0);
}

/* --- a guest of each --- */

struct side {
	const char *name;
	const char *device;
	uint64_t seed;
	struct vm vm;
	struct vcpu vcpu;
	pthread_t thread;
	int turns;		/* HLTs that the thread has seen */
	long preempted;		/* of the thread */
};

static struct side kvm = { .name = "kvm_intel", .device = "/dev/kvm",
			   .seed = SEED_KVM };
static struct side xvcpu = { .name = "xvcpu", .seed = SEED_XVCPU };
static volatile bool stop;

static void create(struct side *side)
{
	const char *device = test_device;

	if (side->device)
		test_device = side->device;
	vm_create(&side->vm);
	vcpu_create(&side->vcpu, &side->vm, 0);
	test_device = device;
}

static void load_holder(struct side *side, uint64_t rounds)
{
	struct vcpu *vcpu = &side->vcpu;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	vcpu_load(vcpu, "leak_holder");
	vcpu_get_sregs(vcpu, &sregs);
	sregs.cr4 |= X86_CR4_OSFXSR;
	sregs.efer |= X86_EFER_SCE;
	vcpu_set_sregs(vcpu, &sregs);
	vcpu_get_regs(vcpu, &regs);
	regs.rbx = side->seed;
	regs.r8 = 0;
	regs.r9 = rounds;
	vcpu_set_regs(vcpu, &regs);
}

/* Run to the next HLT; the guest tells what it has lost. */
static void check_holder(struct side *side)
{
	struct exception exception;
	struct kvm_regs regs;

	vcpu_run_until(&side->vcpu, KVM_EXIT_HLT);
	REQUIRE_EQ(vcpu_exception(&side->vcpu, &exception), -1);
	vcpu_get_regs(&side->vcpu, &regs);
	if (regs.rax)
		test_context("the guest of %s", side->name);
	REQUIRE_EQ(regs.rax, 0);
}

static void note_preemptions(struct side *side)
{
	struct rusage usage;

	REQUIRE_EQ(getrusage(RUSAGE_THREAD, &usage), 0);
	side->preempted = usage.ru_nivcsw;
}

static void *hold(void *arg)
{
	struct side *side = arg;

	while (!stop) {
		check_holder(side);
		side->turns++;
	}
	note_preemptions(side);
	return NULL;
}

static void *count(void *arg)
{
	struct side *side = arg;

	REQUIRE_EQ(vcpu_run(&side->vcpu), 0);
	note_preemptions(side);
	return NULL;
}

/* --- preemption --- */

static void set_priority(pthread_t thread, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	REQUIRE_EQ(pthread_setschedparam(thread, SCHED_FIFO, &param), 0);
}

static long preemptions(void)
{
	const char *words = getenv("XVCPU_TEST_PREEMPTIONS");

	if (words)
		return strtol(words, NULL, 0);
	return test_amount(SOME, SOME / 5, 100000);
}

static void start(struct side *side, void *(*fn)(void *arg), int priority)
{
	REQUIRE_EQ(pthread_create(&side->thread, NULL, fn, side), 0);
	set_priority(side->thread, priority);
}

/* Each turn ends with the other's guest in the CPU. */
static void preempt_by_turns(long turns)
{
	/* A debug kernel would spend all of a period on the way into a guest. */
	struct timespec period = {
		.tv_nsec = host_is_debug() ? 8 * PERIOD_NS : PERIOD_NS,
	};
	long i;

	for (i = 0; i < turns; i++) {
		nanosleep(&period, NULL);
		set_priority(kvm.thread, i & 1 ? 1 : 3);
	}
}

/* Threads inherit the CPU, and this one goes before them. */
static void run_both(void *(*fn)(void *arg), long turns)
{
	host_run_on(host_cpu(0));
	set_priority(pthread_self(), 10);
	start(&kvm, fn, 1);
	start(&xvcpu, fn, 2);
	preempt_by_turns(turns);
}

static void wait_for_both(long turns)
{
	set_priority(kvm.thread, 2);
	pthread_join(kvm.thread, NULL);
	pthread_join(xvcpu.thread, NULL);
	test_note("%ld turns: the guest of kvm_intel was preempted %ld times, that of xvcpu %ld times",
		  turns, kvm.preempted, xvcpu.preempted);
	/* Now and then a turn finds that its thread has just waited for something. */
	EXPECT(kvm.preempted >= turns / 2 - turns / 20 - 1);
	EXPECT(xvcpu.preempted >= turns / 2 - turns / 20 - 1);
}

static void registers_survive(void)
{
	long turns = preemptions();

	prepare();
	create(&kvm);
	create(&xvcpu);
	load_holder(&kvm, 20);
	load_holder(&xvcpu, 20);
	run_both(hold, turns);
	stop = true;
	wait_for_both(turns);
	test_note("checks: %d and %d", 20 * kvm.turns, 20 * xvcpu.turns);
	EXPECT(kvm.turns > 0);
	EXPECT(xvcpu.turns > 0);
}

static void load_counters(void)
{
	create(&kvm);
	create(&xvcpu);
	vcpu_load(&kvm.vcpu, "count_checked");
	vcpu_load(&xvcpu.vcpu, "count_checked");
}

static void stop_counters(void)
{
	count_stop(&kvm.vm);
	count_stop(&xvcpu.vm);
}

static void memory_survives(void)
{
	long turns = preemptions();

	prepare();
	load_counters();
	run_both(count, turns);
	stop_counters();
	wait_for_both(turns);
	count_check(&kvm.vcpu);
	count_check(&xvcpu.vcpu);
}

/* --- what the host does meanwhile --- */

static void start_counters(void)
{
	load_counters();
	REQUIRE_EQ(pthread_create(&kvm.thread, NULL, count, &kvm), 0);
	REQUIRE_EQ(pthread_create(&xvcpu.thread, NULL, count, &xvcpu), 0);
}

static void both_go_on(void)
{
	count_wait(&kvm.vm, SOME);
	count_wait(&xvcpu.vm, SOME);
}

static void end_counters(void)
{
	stop_counters();
	pthread_join(kvm.thread, NULL);
	pthread_join(xvcpu.thread, NULL);
	count_check(&kvm.vcpu);
	count_check(&xvcpu.vcpu);
}

static void move(pthread_t thread, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	REQUIRE_EQ(pthread_setaffinity_np(thread, sizeof(set), &set), 0);
}

/* VMCLEAR by cross-call of both, into the other's runs. */
static void over_cpus(void)
{
	int i;

	test_need_cpus(2);
	prepare();
	start_counters();
	for (i = 0; i < 100; i++) {
		move(kvm.thread, host_cpu(i & 1));
		move(xvcpu.thread, host_cpu((i >> 1) & 1));
		if (i % 10 == 0)
			both_go_on();
	}
	end_counters();
}

static void over_hotplug(void)
{
	int victim, i;

	test_need_cpus(2);
	prepare();
	victim = host_cpu(host_cpus() - 1);
	start_counters();
	for (i = 0; i < 4; i++) {
		test_context("time %d", i);
		move(kvm.thread, victim);
		move(xvcpu.thread, victim);
		both_go_on();
		REQUIRE_EQ(host_set_online(victim, false), 0);
		both_go_on();
		REQUIRE_EQ(host_set_online(victim, true), 0);
	}
	end_counters();
}

/* Sleep ends KVM_RUN as a signal would. */
static void over_sleep(void)
{
	int fd, i;

	prepare();
	fd = open("/sys/power/state", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		test_skip("this kernel cannot sleep");
	create(&kvm);
	create(&xvcpu);
	load_holder(&kvm, 20);
	load_holder(&xvcpu, 20);
	for (i = 0; i < 2; i++) {
		test_context("time %d", i);
		check_holder(&kvm);
		check_holder(&xvcpu);
		REQUIRE_EQ(write(fd, "mem", 3), 3);
		check_holder(&xvcpu);
		check_holder(&kvm);
	}
	close(fd);
}

/* --- in the right order only --- */

static void owner_stays(void)
{
	prepare();
	EXPECT(module_refs("kvm_intel") > 0);
	EXPECT_EQ(module_unload("kvm_intel"), -EAGAIN);
	create(&xvcpu);
	vcpu_load(&xvcpu.vcpu, "exits_halt_long");
	vcpu_run_until(&xvcpu.vcpu, KVM_EXIT_HLT);
}

/* xvcpu goes, and the other's guest goes on. */
static void xvcpu_leaves(void)
{
	prepare();
	create(&kvm);
	load_holder(&kvm, 20);
	check_holder(&kvm);
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	check_holder(&kvm);
	REQUIRE_EQ(module_load("xvcpu", "policy=shared"), 0);
	check_holder(&kvm);
	create(&xvcpu);
	load_holder(&xvcpu, 20);
	check_holder(&xvcpu);
}

static void needs_an_owner(void)
{
	prepare();
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	if (module_unload("kvm_intel")) {
		module_load("xvcpu", "policy=shared");
		test_skip("somebody else uses kvm_intel");
	}
	log_mark();
	EXPECT_EQ(module_load("xvcpu", "policy=shared"), -ENODEV);
	EXPECT(log_has("xvcpu", "load it first"));
	load_kvm();
	REQUIRE_EQ(module_load("xvcpu", "policy=shared"), 0);
}

static const struct test tests[] = {
	{ "shared_registers_survive", registers_survive },
	{ "shared_memory_survives", memory_survives },
	{ "shared_over_cpus", over_cpus },
	{ "shared_over_hotplug", over_hotplug },
	{ "shared_over_sleep", over_sleep },
	{ "shared_owner_stays", owner_stays },
	{ "shared_xvcpu_leaves", xvcpu_leaves },
	{ "shared_needs_an_owner", needs_an_owner },
};

int main(int argc, char **argv)
{
	int status;

	was_shared = module_policy_is("shared");
	had_kvm = module_refs("kvm_intel") >= 0;
	status = test_main(argc, argv, tests, ARRAY_SIZE(tests));
	restore();
	return status;
}
