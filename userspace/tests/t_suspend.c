// SPDX-License-Identifier: GPL-2.0
/*
 * The host sleeps, and its guests go on afterwards: their state whole, their
 * TSC not set back.  Needs root, and a kernel that can suspend to RAM; the
 * shorter ways there (/sys/power/pm_test) need CONFIG_PM_DEBUG.
 *
 * Suspend to RAM must wake up by itself: it does in the emulated machine, which
 * is known by its /script; elsewhere it is skipped, unless XVCPU_TEST_SUSPEND is
 * set, by somebody who has set an alarm.
 *
 * XVCPU_TEST_SUSPENDS=n makes tests sleep n times, XVCPU_TEST_SOAK 50 times.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define SOME		2000	/* counts that show that a guest goes on */
#define MAX_CPUS	8
#define MSR_TSC		0x10
#define MSR_LSTAR	0xc0000082
#define STATE		"/sys/power/state"
#define PM_TEST		"/sys/power/pm_test"
#define PM_TEST_DELAY	"/sys/module/suspend/parameters/pm_test_delay"

/* A vCPU and the thread that runs it, over sleep, which ends KVM_RUN. */
struct watched {
	struct vcpu vcpu;
	pthread_t thread;
	int ret;
	int interrupted;
	struct kvm_sregs sregs;
	uint64_t tsc;
};

static struct vm vm;
static struct watched watched[MAX_CPUS + 1];
static int nr_watched;

/* --- the host's sleep --- */

/* Whether a word is offered in a file, in brackets or not. */
static bool offers(const char *path, const char *word)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char words[256] = "", *w, *rest = words;
	ssize_t len;

	if (fd < 0)
		return false;
	len = read(fd, words, sizeof(words) - 1);
	close(fd);
	words[len > 0 ? len : 0] = 0;
	while ((w = strsep(&rest, " []\n")))
		if (!strcmp(w, word))
			return true;
	return false;
}

static void no_pm_test(void)
{
	host_write(PM_TEST, "none");
}

static int cycles(void)
{
	const char *n = getenv("XVCPU_TEST_SUSPENDS");

	if (n && atoi(n) > 0)
		return atoi(n);
	return test_amount(1, 1, 5);
}

/* How far the host is to go before it comes back; "none" is all the way. */
static void set_level(const char *level)
{
	bool all_the_way = !strcmp(level, "none");

	test_timeout(test_soaking() ? 7200 : 120);
	if (!offers(STATE, "mem"))
		test_skip("the host cannot suspend to RAM");
	if (!all_the_way && !offers(PM_TEST, level))
		test_skip("no %s in " PM_TEST, level);
	if (all_the_way && access("/script", F_OK) &&
	    !getenv("XVCPU_TEST_SUSPEND"))
		test_skip("nothing would wake this machine up: see the source");
	atexit(no_pm_test);
	if (!access(PM_TEST, F_OK)) {
		REQUIRE_EQ(host_write(PM_TEST, level), 0);
		/* Seconds that it would stay there. */
		host_write(PM_TEST_DELAY, "0");
	}
}

static void suspend(void)
{
	REQUIRE_EQ(host_write(STATE, "mem"), 0);
}

/* --- the guests --- */

static uint64_t word(const struct watched *w, int offset)
{
	uint64_t gpa = SUSPEND_PAGE(w->vcpu.id) + offset;

	return __atomic_load_n(vm_u64(w->vcpu.vm, gpa), __ATOMIC_ACQUIRE);
}

/* Freezing the thread ends KVM_RUN, as a signal does, unless it is restarted. */
static void *run_over_sleep(void *arg)
{
	struct watched *w = arg;

	for (;;) {
		w->ret = vcpu_run(&w->vcpu);
		if (w->ret != -EINTR)
			return NULL;
		w->interrupted++;
	}
}

/* On a CPU, or XVCPU_CPU_NONE. */
static struct watched *watch(int cpu)
{
	struct watched *w = &watched[nr_watched];
	struct kvm_regs regs;

	if (cpu == XVCPU_CPU_NONE)
		vcpu_create(&w->vcpu, &vm, nr_watched);
	else
		vcpu_create_pinned(&w->vcpu, &vm, nr_watched, cpu);
	nr_watched++;
	vcpu_load(&w->vcpu, "suspend_watch");
	vcpu_get_sregs(&w->vcpu, &w->sregs);
	w->sregs.cr4 |= X86_CR4_OSFXSR;
	vcpu_set_sregs(&w->vcpu, &w->sregs);
	vcpu_get_regs(&w->vcpu, &regs);
	regs.rdi = SUSPEND_PAGE(w->vcpu.id);
	vcpu_set_regs(&w->vcpu, &regs);
	EXPECT_EQ(vcpu_set_msr(&w->vcpu, MSR_LSTAR, 0x1000 + w->vcpu.id), 1);
	return w;
}

/* One on every CPU, and on xvcpu, where there are such, one that floats. */
static void watch_all(void)
{
	int n, cpus = host_cpus();

	vm_create(&vm);
	for (n = 0; n < cpus && n < MAX_CPUS; n++)
		watch(test_on_xvcpu() ? host_cpu(n) : XVCPU_CPU_NONE);
	if (test_on_xvcpu())
		watch(XVCPU_CPU_NONE);
}

static void start_all(void)
{
	int i;

	for (i = 0; i < nr_watched; i++)
		REQUIRE_EQ(pthread_create(&watched[i].thread, NULL,
					  run_over_sleep, &watched[i]), 0);
}

/* A guest that has found something wrong counts no more. */
static void wait_all(void)
{
	int i;

	for (i = 0; i < nr_watched; i++) {
		struct watched *w = &watched[i];
		uint64_t start = word(w, SUSPEND_COUNT);

		while (word(w, SUSPEND_COUNT) < start + SOME &&
		       w->vcpu.run->exit_reason != KVM_EXIT_IO)
			sched_yield();
	}
}

static void check_state(struct watched *w)
{
	struct xvcpu_binding_info info;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	vcpu_get_regs(&w->vcpu, &regs);
	EXPECT_EQ(regs.rbx, word(w, SUSPEND_COUNT));
	EXPECT_EQ(regs.r8, 0x1122334455667788);
	vcpu_get_sregs(&w->vcpu, &sregs);
	EXPECT(!memcmp(&sregs, &w->sregs, sizeof(sregs)));
	EXPECT_EQ(vcpu_get_msr(&w->vcpu, MSR_LSTAR), 0x1000 + w->vcpu.id);
	if (!test_on_xvcpu())
		return;
	vcpu_get_binding(&w->vcpu, &info);
	if (info.pinned_cpu != XVCPU_CPU_NONE)
		EXPECT_EQ(info.last_cpu, info.pinned_cpu);
}

static void stop_all(void)
{
	int i;

	for (i = 0; i < nr_watched; i++)
		__atomic_store_n(vm_u32(&vm, SUSPEND_PAGE(i) + SUSPEND_STOP), 1,
				 __ATOMIC_RELEASE);
	for (i = 0; i < nr_watched; i++) {
		test_context("vCPU %d", i);
		pthread_join(watched[i].thread, NULL);
		EXPECT_EQ(watched[i].ret, 0);
		REQUIRE_EQ(watched[i].vcpu.run->exit_reason, KVM_EXIT_IO);
		/* 2: the TSC went back or leapt, 3: a count was lost, 4: a register. */
		EXPECT_EQ(*(uint32_t *)vcpu_io_data(&watched[i].vcpu), 1);
		check_state(&watched[i]);
	}
}

static bool is_later(uint64_t tsc, uint64_t before)
{
	return tsc != before && !((tsc - before) >> SUSPEND_LEAP);
}

/* The vCPUs of a VM have one TSC: read one after the other it goes up. */
static void check_tscs(void)
{
	uint64_t last = 0;
	int i;

	for (i = 0; i < nr_watched; i++) {
		uint64_t tsc = vcpu_get_msr(&watched[i].vcpu, MSR_TSC);

		test_context("vCPU %d", i);
		EXPECT(is_later(tsc, last));
		EXPECT(is_later(tsc, word(&watched[i], SUSPEND_TSC)));
		EXPECT(is_later(tsc, watched[i].tsc));
		watched[i].tsc = tsc;
		last = tsc;
	}
}

/* The vCPUs whose CPU leaves VMX root operation. */
enum { NONE, NOT_FIRST, ALL };

/* A VMCS that was cleared is launched anew; else the host did not sleep. */
static void check_launches(int who, int times)
{
	struct xvcpu_binding_info info;
	int i;

	if (!test_on_xvcpu())
		return;
	for (i = 0; i < nr_watched; i++) {
		vcpu_get_binding(&watched[i].vcpu, &info);
		if (info.pinned_cpu == XVCPU_CPU_NONE)
			continue;
		test_context("vCPU %d", i);
		EXPECT_EQ(info.launches,
			  who == ALL || (who == NOT_FIRST && i) ? times + 1 : 1);
	}
}

static void sleep_while_running(const char *level, int who)
{
	int i, n = cycles(), interrupted = 0;

	set_level(level);
	watch_all();
	start_all();
	for (i = 0; i < n; i++) {
		wait_all();
		suspend();
	}
	wait_all();
	stop_all();
	check_tscs();
	check_launches(who, n);
	for (i = 0; i < nr_watched; i++)
		interrupted += watched[i].interrupted;
	test_note("%d times with %d vCPUs, KVM_RUN interrupted %d times", n,
		  nr_watched, interrupted);
}

static void freezer(void)
{
	sleep_while_running("freezer", NONE);
}

static void devices(void)
{
	sleep_while_running("devices", NONE);
}

static void platform(void)
{
	sleep_while_running("platform", NONE);
}

static void processors(void)
{
	sleep_while_running("processors", NOT_FIRST);
}

static void core(void)
{
	sleep_while_running("core", ALL);
}

static void to_ram(void)
{
	sleep_while_running("none", ALL);
}

/* What sleep cleared and nobody has run since is readable, and goes on. */
static void to_ram_stopped(void)
{
	int i, n = cycles();

	set_level("none");
	watch_all();
	start_all();
	wait_all();
	stop_all();
	check_tscs();
	for (i = 0; i < n; i++) {
		suspend();
		check_tscs();
	}
	for (i = 0; i < nr_watched; i++) {
		check_state(&watched[i]);
		vcpu_run_until(&watched[i].vcpu, KVM_EXIT_HLT);
	}
	check_tscs();
}

/* The TSC of a VM that is made after the sleep begins at 0, as any other's. */
static void to_ram_new_vm(void)
{
	struct vcpu vcpu;
	struct vm other;
	uint64_t tsc;

	set_level("none");
	watch_all();
	suspend();
	vm_create(&other);
	vcpu_create(&vcpu, &other, 0);
	tsc = vcpu_get_msr(&vcpu, MSR_TSC);
	EXPECT(tsc < 1ULL << 32);
	EXPECT(vcpu_get_msr(&watched[0].vcpu, MSR_TSC) > tsc);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_TSC, 1ULL << 40), 1);
	EXPECT(vcpu_get_msr(&vcpu, MSR_TSC) - (1ULL << 40) < 1ULL << 32);
	suspend();
	EXPECT(vcpu_get_msr(&vcpu, MSR_TSC) - (1ULL << 40) < 1ULL << 32);
	EXPECT(vcpu_get_msr(&watched[0].vcpu, MSR_TSC) < 1ULL << 40);
}

/* The guest's rate is not the host's. */
static void to_ram_scaled_tsc(void)
{
	long khz;
	int i;

	set_level("none");
	watch_all();
	if (dev_ioctl(vm.sys, KVM_CHECK_EXTENSION,
		      (void *)KVM_CAP_TSC_CONTROL) <= 0)
		test_skip("the CPU cannot scale a guest's TSC");
	khz = dev_ioctl(watched[0].vcpu.fd, KVM_GET_TSC_KHZ, NULL);
	REQUIRE(khz > 0);
	for (i = 0; i < nr_watched; i++)
		REQUIRE_EQ(dev_ioctl(watched[i].vcpu.fd, KVM_SET_TSC_KHZ,
				     (void *)(khz * 3)), 0);
	start_all();
	wait_all();
	suspend();
	wait_all();
	stop_all();
	for (i = 0; i < nr_watched; i++)
		EXPECT(is_later(vcpu_get_msr(&watched[i].vcpu, MSR_TSC),
				word(&watched[i], SUSPEND_TSC)));
}

static const struct test tests[] = {
	{ "suspend_freezer", freezer },
	{ "suspend_devices", devices },
	{ "suspend_platform", platform },
	{ "suspend_processors", processors },
	{ "suspend_core", core },
	{ "suspend_to_ram", to_ram },
	{ "suspend_to_ram_stopped", to_ram_stopped },
	{ "suspend_to_ram_new_vm", to_ram_new_vm },
	{ "suspend_to_ram_scaled_tsc", to_ram_scaled_tsc },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
