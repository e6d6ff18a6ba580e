// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs that go offline under their vCPUs and come back.  xvcpu only.
 *
 * It is the last CPU that goes: the first often cannot.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "harness.h"

#define SOME	20000

static struct vm vm;
static struct vcpu vcpu;
static struct xvcpu_binding_info info;
static int victim = -1;

/* Whatever ends the test, the CPU is online for the next one. */
static void revive(void)
{
	if (victim >= 0)
		host_set_online(victim, true);
}

static void pick_victim(void)
{
	test_need_xvcpu();
	test_need_cpus(2);
	test_timeout(30);
	victim = host_cpu(host_cpus() - 1);
	atexit(revive);
}

static void set_up(const char *guest, int cpu)
{
	vm_create(&vm);
	if (cpu == XVCPU_CPU_NONE)
		vcpu_create(&vcpu, &vm, 0);
	else
		vcpu_create_pinned(&vcpu, &vm, 0, cpu);
	vcpu_load(&vcpu, guest);
}

static void go_offline(void)
{
	int ret = host_set_online(victim, false);

	if (ret)
		test_skip("CPU %d cannot be taken offline (%d)", victim, ret);
}

static void go_online(void)
{
	REQUIRE_EQ(host_set_online(victim, true), 0);
}

static void get_binding(void)
{
	vcpu_get_binding(&vcpu, &info);
}

static long migrate(int cpu)
{
	return vcpu_migrate(&vcpu, cpu);
}

static void check_unbound(void)
{
	get_binding();
	EXPECT_EQ(info.pinned_cpu, victim);
	EXPECT_EQ(info.loaded_cpu, XVCPU_CPU_NONE);
	EXPECT_EQ(info.state, XVCPU_VCPU_UNBOUND);
	EXPECT_EQ(info.flags, 0);
}

/* The guest is in an endless loop on the CPU that goes. */
static void pinned_running(void)
{
	struct runner runner;
	int i;

	pick_victim();
	set_up("count_checked", victim);
	for (i = 0; i < 3; i++) {
		test_context("time %d", i);
		runner_start(&runner, &vcpu, -1);
		count_wait(&vm, SOME);
		go_offline();
		EXPECT_EQ(runner_wait(&runner), -ENXIO);
		check_unbound();
		EXPECT_EQ(vcpu_run(&vcpu), -ENXIO);
		go_online();
	}
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, SOME);
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
	get_binding();
	EXPECT_EQ(info.last_cpu, victim);
	EXPECT_EQ(info.launches, 4);
	EXPECT_EQ(info.migrations, 0);
}

static void pinned_stopped(void)
{
	uint64_t vmclear;

	pick_victim();
	set_up("exits_halt_long", victim);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_binding();
	vmclear = info.vmclear;
	EXPECT_EQ(info.loaded_cpu, victim);
	go_offline();
	check_unbound();
	EXPECT_EQ(info.vmclear, vmclear + 1);
	EXPECT_EQ(vcpu_run(&vcpu), -ENXIO);
	go_online();
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_binding();
	EXPECT_EQ(info.last_cpu, victim);
	EXPECT_EQ(info.launches, 2);
}

/* Every other ioctl works on a vCPU whose CPU is away. */
static void pinned_stopped_is_readable(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	pick_victim();
	set_up("exits_halt_long", victim);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	go_offline();
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rip, GUEST_CODE + 3);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.efer, X86_EFER_LME | X86_EFER_LMA);
	vcpu_load(&vcpu, "exits_halt_long");
	go_online();
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rip, GUEST_CODE + 3);
}

static void migrate_away_from_offline(void)
{
	struct runner runner;

	pick_victim();
	set_up("count_checked", victim);
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, SOME);
	go_offline();
	EXPECT_EQ(runner_wait(&runner), -ENXIO);
	EXPECT_EQ(migrate(host_cpu(0)), 0);
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, SOME);
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
	get_binding();
	EXPECT_EQ(info.last_cpu, host_cpu(0));
	EXPECT_EQ(info.migrations, 1);
}

static void offline_is_refused(void)
{
	struct xvcpu_create_vcpu create = { .id = 1 };

	pick_victim();
	set_up("exits_halt_long", host_cpu(0));
	go_offline();
	create.cpu = victim;
	EXPECT_EQ(dev_ioctl(vm.fd, XVCPU_CREATE_VCPU, &create), -ENXIO);
	EXPECT_EQ(migrate(victim), -ENXIO);
	get_binding();
	EXPECT_EQ(info.pinned_cpu, host_cpu(0));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	go_online();
	EXPECT_EQ(migrate(victim), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_binding();
	EXPECT_EQ(info.last_cpu, victim);
}

/* Starts on the CPU that goes, is then free to go elsewhere. */
static void floating_goes_on(void)
{
	struct runner runner;
	cpu_set_t all;

	pick_victim();
	set_up("count_checked", XVCPU_CPU_NONE);
	runner_start(&runner, &vcpu, victim);
	count_wait(&vm, SOME);
	get_binding();
	EXPECT_EQ(info.last_cpu, victim);
	CPU_ZERO(&all);
	CPU_SET(victim, &all);
	CPU_SET(host_cpu(0), &all);
	REQUIRE(!pthread_setaffinity_np(runner.thread, sizeof(all), &all));
	go_offline();
	count_wait(&vm, SOME);
	get_binding();
	EXPECT_EQ(info.last_cpu, host_cpu(0));
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
}

static void floating_stopped(void)
{
	pick_victim();
	set_up("exits_halt_long", XVCPU_CPU_NONE);
	host_run_on(victim);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	host_run_anywhere();
	go_offline();
	get_binding();
	EXPECT_EQ(info.loaded_cpu, XVCPU_CPU_NONE);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_binding();
	EXPECT_EQ(info.migrations, 1);
}

/* Destroyed while its CPU is away. */
static void destroyed_while_offline(void)
{
	pick_victim();
	set_up("exits_halt_long", victim);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	go_offline();
	vcpu_destroy(&vcpu);
	vm_destroy(&vm);
	go_online();
	set_up("exits_halt_long", victim);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static const struct test tests[] = {
	{ "hotplug_pinned_running", pinned_running },
	{ "hotplug_pinned_stopped", pinned_stopped },
	{ "hotplug_pinned_stopped_is_readable", pinned_stopped_is_readable },
	{ "hotplug_migrate_away_from_offline", migrate_away_from_offline },
	{ "hotplug_offline_is_refused", offline_is_refused },
	{ "hotplug_floating_goes_on", floating_goes_on },
	{ "hotplug_floating_stopped", floating_stopped },
	{ "hotplug_destroyed_while_offline", destroyed_while_offline },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
