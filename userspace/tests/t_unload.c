// SPDX-License-Identifier: GPL-2.0
/*
 * The module stays as long as anything of it is in use, and goes and comes
 * back otherwise.  xvcpu only; needs root, and the module in /lib/modules.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xvcpu_exit_trace.h>
#include <xvcpu_nl.h>

#include "harness.h"

static struct vm vm;
static struct vcpu vcpu;

/* Whatever ends the test, the module is there for the next one. */
static void reload(void)
{
	if (module_refs("xvcpu") < 0)
		module_load("xvcpu", module_params());
}

static void prepare(void)
{
	if (module_refs("xvcpu") < 0)
		test_skip("the module xvcpu is not loaded");
	test_need_xvcpu();
	if (access("/lib/modules/xvcpu.ko", R_OK))
		test_skip("no /lib/modules/xvcpu.ko to load again");
	test_timeout(30);
	module_params();
	atexit(reload);
}

static void run_guest(void)
{
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static void check_works(void)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	run_guest();
}

static void expect_busy(const char *what)
{
	test_context("%s", what);
	EXPECT_EQ(module_unload("xvcpu"), -EAGAIN);
	EXPECT(module_refs("xvcpu") > 0);
}

/* Each kind of descriptor holds it, and so does a mapping. */
static void refused_while_in_use(void)
{
	prepare();
	check_works();
	expect_busy("all are open");
	run_guest();
	close(vm.sys);
	expect_busy("VM and vCPU are open");
	run_guest();
	close(vm.fd);
	expect_busy("a vCPU is open");
	run_guest();
	close(vcpu.fd);
	expect_busy("struct kvm_run is mapped");
	munmap(vcpu.run, vcpu.run_size);
	test_context("nothing is left");
	EXPECT_EQ(module_refs("xvcpu"), 0);
}

static void refused_while_device_is_open(void)
{
	int fd;

	prepare();
	fd = dev_open();
	expect_busy("the device is open");
	close(fd);
	EXPECT_EQ(module_refs("xvcpu"), 0);
}

static void refused_while_guest_runs(void)
{
	struct runner runner;

	prepare();
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, "count_checked");
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1000);
	expect_busy("a guest runs");
	count_wait(&vm, 1000);
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
}

static void unloads_and_loads_again(void)
{
	int i;

	prepare();
	for (i = 0; i < 3; i++) {
		test_context("time %d", i);
		check_works();
		vcpu_destroy(&vcpu);
		vm_destroy(&vm);
		REQUIRE_EQ(module_unload("xvcpu"), 0);
		EXPECT_EQ(module_refs("xvcpu"), -1);
		EXPECT(access(test_device, F_OK));
		REQUIRE_EQ(module_load("xvcpu", module_params()), 0);
	}
	EXPECT_EQ(module_load("xvcpu", module_params()), -EEXIST);
	check_works();
}

/* A trace that has just been on has work left for later. */
static void unloads_after_trace(void)
{
	struct xvcpu_trace trace;

	prepare();
	check_works();
	REQUIRE_EQ(xvcpu_trace_open(&trace, vcpu.fd, XVCPU_EXIT_TRACE_MIN, 0),
		   0);
	vcpu_destroy(&vcpu);
	vm_destroy(&vm);
	expect_busy("a trace is open");
	xvcpu_trace_close(&trace);
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	REQUIRE_EQ(module_load("xvcpu", module_params()), 0);
	check_works();
}

/* --- at any point --- */

#define USERS		2

static bool ending;

static bool is_ending(void)
{
	return __atomic_load_n(&ending, __ATOMIC_ACQUIRE);
}

/* There is the device or there is none; with one, all that follows works. */
static bool use_once(void)
{
	struct vcpu v;
	struct vm m;
	int fd;

	fd = open(test_device, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	vm_create(&m);
	vcpu_create(&v, &m, 0);
	vcpu_load(&v, "exits_halt_long");
	vcpu_run_until(&v, KVM_EXIT_HLT);
	vcpu_destroy(&v);
	vm_destroy(&m);
	close(fd);
	return true;
}

/* Between two lives there is more time than one takes: else somebody always is there. */
static void *use_often(void *arg)
{
	uint64_t *lives = arg, start, end;

	while (!is_ending()) {
		start = host_ns();
		*lives += use_once();
		end = host_ns();
		while (host_ns() - end < 4 * (end - start))
			sched_yield();
	}
	return NULL;
}

static void ignore_cpu(const struct xvcpu_cpu_info *cpu, void *arg)
{
	(void)cpu;
	++*(uint64_t *)arg;
}

/* The other door; it may close while somebody is in it. */
static void *look_often(void *arg)
{
	struct xvcpu_nl *nl;

	while (!is_ending()) {
		if (!xvcpu_nl_open(&nl)) {
			xvcpu_nl_cpus(nl, true, ignore_cpu, arg);
			xvcpu_nl_close(nl);
		}
		sched_yield();
	}
	return NULL;
}

static void unload_under_load(void)
{
	const uint64_t wanted = test_amount(4, 2, 20);
	uint64_t unloaded = 0, refused = 0, seen = 0, lives[USERS] = {};
	pthread_t users[USERS], watcher;
	int i, ret;

	prepare();
	test_timeout(90);
	for (i = 0; i < USERS; i++)
		REQUIRE_EQ(pthread_create(&users[i], NULL, use_often,
					  &lives[i]), 0);
	REQUIRE_EQ(pthread_create(&watcher, NULL, look_often, &seen), 0);
	while (unloaded < wanted || !refused) {
		ret = module_unload("xvcpu");
		if (ret) {
			REQUIRE_EQ(ret, -EAGAIN);
			refused++;
			sched_yield();
			continue;
		}
		unloaded++;
		REQUIRE_EQ(module_load("xvcpu", module_params()), 0);
	}
	__atomic_store_n(&ending, true, __ATOMIC_RELEASE);
	for (i = 0; i < USERS; i++)
		pthread_join(users[i], NULL);
	pthread_join(watcher, NULL);
	module_expect_empty();
	test_note("unloaded %llu times, refused %llu times; %llu VMs, %llu CPUs looked at meanwhile",
		  (unsigned long long)unloaded, (unsigned long long)refused,
		  (unsigned long long)(lives[0] + lives[1]),
		  (unsigned long long)seen);
}

static const struct test tests[] = {
	{ "unload_refused_while_in_use", refused_while_in_use },
	{ "unload_refused_while_device_is_open",
	  refused_while_device_is_open },
	{ "unload_refused_while_guest_runs", refused_while_guest_runs },
	{ "unload_unloads_and_loads_again", unloads_and_loads_again },
	{ "unload_after_trace", unloads_after_trace },
	{ "unload_under_load", unload_under_load },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
