// SPDX-License-Identifier: GPL-2.0
/*
 * VMX instructions that fail, on the real processor: VMXON and VMPTRLD with a
 * wrong revision identifier, VMCLEAR of what is no page, VMLAUNCH and VMRESUME
 * in each other's place; the first, the second and so on, wherever that is.
 *
 * xvcpu only; needs root and a kernel with fault injection.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "harness_fault.h"

#define ATTR		"fail_vmx"
#define MOST		100

#define VMXON		1
#define VMPTRLD		2
#define VMCLEAR		4
#define ENTRY		8

/* Numbers of VM-instruction errors. */
#define LAUNCH_OF_LAUNCHED	4
#define RESUME_OF_CLEAR		5

static struct vm vm;
static struct vcpu vcpus[2];
static uint32_t count[2];
static bool floating;	/* they go where their thread goes */

/* --- which one fails --- */

static void set(const char *file, unsigned long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", value);
	REQUIRE_EQ(fault_set(ATTR, file, text), 0);
}

static void fail_nth(int instructions, unsigned int nth)
{
	set("instructions", instructions);
	set("task-filter", 0);
	set("interval", 1);
	set("space", nth);
	set("times", 1);
	set("probability", 100);
}

static bool has_failed(void)
{
	set("probability", 0);
	return !fault_get(ATTR, "times");
}

static void reload(void)
{
	if (module_refs("xvcpu") < 0)
		module_load("xvcpu", "");
}

static void need_injection(void)
{
	test_need_xvcpu();
	if (fault_get(ATTR, "times") < -1)
		test_skip("the module has no fault injection on this kernel");
	test_timeout(100);
}

static void need_module(void)
{
	need_injection();
	if (access("/lib/modules/xvcpu.ko", R_OK))
		test_skip("no /lib/modules/xvcpu.ko to load again");
	atexit(reload);
}

/* --- two guests --- */

static void make_guests(void)
{
	int i;

	vm_create(&vm);
	if (floating)
		host_run_on(host_cpu(0));
	for (i = 0; i < 2; i++) {
		if (floating)
			vcpu_create(&vcpus[i], &vm, i);
		else
			vcpu_create_pinned(&vcpus[i], &vm, i, host_cpu(0));
		vcpu_load(&vcpus[i], "fail_vmx_count");
		count[i] = 0;
	}
}

static void end_guests(void)
{
	vcpu_destroy(&vcpus[0]);
	vcpu_destroy(&vcpus[1]);
	vm_destroy(&vm);
}

/* Its next report, whatever happened before. */
static long run(int i)
{
	long ret = vcpu_run(&vcpus[i]);
	uint32_t value = 0;

	if (ret)
		return ret;
	REQUIRE_EQ(vcpus[i].run->exit_reason, KVM_EXIT_IO);
	memcpy(&value, vcpu_io_data(&vcpus[i]), sizeof(value));
	EXPECT_EQ(value, ++count[i]);
	return 0;
}

/* Its registers are right, or there is an error. */
static long get_fs_base(int i)
{
	struct kvm_sregs sregs = {};
	long ret = dev_ioctl(vcpus[i].fd, KVM_GET_SREGS, &sregs);

	if (!ret)
		EXPECT_EQ(sregs.fs.base, count[i]);
	return ret;
}

static long migrate(int i, int to)
{
	struct xvcpu_migrate arg = { .cpu = host_cpu(to) };

	if (floating) {
		host_run_on(host_cpu(to));
		return 0;
	}
	return dev_ioctl(vcpus[i].fd, XVCPU_MIGRATE, &arg);
}

static const struct action {
	enum { RUN, READ, MOVE } what;
	int vcpu;
	int to;
} actions[] = {
	{ RUN, 0, 0 }, { RUN, 1, 0 }, { READ, 0, 0 }, { RUN, 0, 0 },
	{ RUN, 1, 0 }, { MOVE, 0, 1 }, { READ, 0, 0 }, { RUN, 0, 0 },
	{ READ, 0, 0 }, { READ, 1, 0 }, { RUN, 1, 0 }, { MOVE, 1, 1 },
	{ RUN, 1, 0 }, { READ, 0, 0 }, { RUN, 0, 0 }, { MOVE, 0, 0 },
	{ RUN, 1, 0 }, { RUN, 0, 0 }, { READ, 1, 0 }, { READ, 0, 0 },
};

static long act(const struct action *a)
{
	switch (a->what) {
	case RUN:
		return run(a->vcpu);
	case READ:
		return get_fs_base(a->vcpu);
	default:
		return migrate(a->vcpu, a->to);
	}
}

/* Returns whether there were so many to fail. */
static bool all_actions(int instructions, unsigned int nth,
			void (*after)(const struct action *a, long ret))
{
	bool hit;
	size_t i;

	make_guests();
	fail_nth(instructions, nth);
	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		test_context("failure %u, action %zu", nth, i);
		after(&actions[i], act(&actions[i]));
	}
	end_guests();
	hit = has_failed();
	/* Whatever it was, it is over. */
	make_guests();
	EXPECT_EQ(run(0), 0);
	EXPECT_EQ(run(1), 0);
	end_guests();
	return hit;
}

static void each_nth(int instructions, unsigned int least,
		     void (*after)(const struct action *a, long ret))
{
	unsigned int nth = 1;

	need_injection();
	test_need_cpus(2);
	while (all_actions(instructions, nth, after) && nth < MOST)
		nth++;
	test_note("%u failures", nth - 1);
	EXPECT(nth - 1 >= least && nth < MOST);
}

/* What failed once works when it is tried again, or when the guest has run. */
static void goes_on(const struct action *a, long ret)
{
	if (!ret)
		return;
	EXPECT_EQ(ret, -EIO);
	EXPECT_EQ(run(a->vcpu), 0);
	EXPECT_EQ(get_fs_base(a->vcpu), 0);
}

static void vmptrld(void)
{
	each_nth(VMPTRLD, 10, goes_on);
}

/* Loaded nowhere, it can be looked at, and goes on. */
static void can_be_read(const struct action *a, long ret)
{
	if (ret)
		EXPECT_EQ(get_fs_base(a->vcpu), 0);
	goes_on(a, ret);
}

static void vmptrld_floating(void)
{
	floating = true;
	each_nth(VMPTRLD, 10, can_be_read);
}

/* The vCPU that could not be cleared is of no use; the other is. */
static void error_or_right(const struct action *a, long ret)
{
	(void)a;
	if (ret)
		EXPECT_EQ(ret, -EIO);
}

static void vmclear(void)
{
	each_nth(VMCLEAR, 5, error_or_right);
}

static void vmclear_floating(void)
{
	floating = true;
	each_nth(VMCLEAR, 5, error_or_right);
}

/* --- VM entries --- */

static void entry(void)
{
	struct kvm_regs regs;
	unsigned int nth;
	uint64_t reason;

	need_injection();
	for (nth = 1; nth <= 4; nth++) {
		test_context("entry %u", nth);
		make_guests();
		fail_nth(ENTRY, nth);
		while (!vcpu_run(&vcpus[0]) &&
		       vcpus[0].run->exit_reason == KVM_EXIT_IO &&
		       ++count[0] < MOST)
			;
		EXPECT(has_failed());
		EXPECT_EQ(vcpus[0].run->exit_reason, KVM_EXIT_FAIL_ENTRY);
		reason = vcpus[0].run->fail_entry.hardware_entry_failure_reason;
		EXPECT(reason == LAUNCH_OF_LAUNCHED ||
		       reason == RESUME_OF_CLEAR);
		EXPECT_EQ(vcpu_run(&vcpus[0]), -EINVAL);
		EXPECT_EQ(run(1), 0);
		vcpu_get_regs(&vcpus[0], &regs);
		vcpu_set_regs(&vcpus[0], &regs);
		EXPECT_EQ(run(0), 0);
		EXPECT_EQ(get_fs_base(0), 0);
		end_guests();
	}
}

/* --- VMXON --- */

static void expect_guests_run(void)
{
	make_guests();
	EXPECT_EQ(run(0), 0);
	EXPECT_EQ(run(1), 0);
	end_guests();
}

/* Whichever CPU it is, none stays in VMX root operation. */
static void load(void)
{
	char params[32];
	int nth;

	need_module();
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	for (nth = 1; nth <= host_cpus(); nth++) {
		test_context("CPU %d of %d", nth, host_cpus());
		snprintf(params, sizeof(params), "fail_vmxon=%d", nth);
		EXPECT_EQ(module_load("xvcpu", params), -EIO);
		EXPECT_EQ(module_refs("xvcpu"), -1);
		EXPECT(access(test_device, F_OK));
	}
	REQUIRE_EQ(module_load("xvcpu", ""), 0);
	expect_guests_run();
}

static void exclusive(void)
{
	need_module();
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	REQUIRE_EQ(module_load("xvcpu", "policy=exclusive"), 0);
	make_guests();
	fail_nth(VMXON, 1);
	EXPECT_EQ(run(0), -EIO);
	EXPECT(has_failed());
	EXPECT_EQ(run(1), 0);
	EXPECT_EQ(run(0), 0);
	end_guests();
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	REQUIRE_EQ(module_load("xvcpu", ""), 0);
}

static int other_cpu;

static void online_again(void)
{
	host_set_online(other_cpu, true);
}

/* The CPU comes online, and takes no vCPU. */
static void hotplug(void)
{
	struct xvcpu_create_vcpu create = { .id = 5 };
	long fd;

	need_injection();
	test_need_cpus(2);
	other_cpu = host_cpu(1);
	create.cpu = other_cpu;
	if (host_set_online(other_cpu, false))
		test_skip("CPU %d cannot be taken offline", other_cpu);
	atexit(online_again);
	make_guests();
	fail_nth(VMXON, 1);
	REQUIRE_EQ(host_set_online(other_cpu, true), 0);
	EXPECT(has_failed());
	EXPECT_EQ(dev_ioctl(vm.fd, XVCPU_CREATE_VCPU, &create), -ENXIO);
	EXPECT_EQ(migrate(0, 1), -ENXIO);
	EXPECT_EQ(run(0), 0);
	REQUIRE_EQ(host_set_online(other_cpu, false), 0);
	REQUIRE_EQ(host_set_online(other_cpu, true), 0);
	fd = dev_ioctl(vm.fd, XVCPU_CREATE_VCPU, &create);
	EXPECT(fd >= 0);
	EXPECT_EQ(migrate(0, 1), 0);
	EXPECT_EQ(run(0), 0);
	close(fd);
	end_guests();
}

static const struct test tests[] = {
	{ "fail_vmx_vmptrld", vmptrld },
	{ "fail_vmx_vmclear", vmclear },
	{ "fail_vmx_vmptrld_floating", vmptrld_floating },
	{ "fail_vmx_vmclear_floating", vmclear_floating },
	{ "fail_vmx_entry", entry },
	{ "fail_vmx_vmxon_load", load },
	{ "fail_vmx_vmxon_exclusive", exclusive },
	{ "fail_vmx_vmxon_hotplug", hotplug },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
