// SPDX-License-Identifier: GPL-2.0
/*
 * Another owner of VMX: while kvm_intel has a VM, xvcpu does not load, and
 * says who is in its way; afterwards it does.  Needs root, and the modules of
 * both in /lib/modules; xvcpu is unloaded for the time and then loaded again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"

static const char * const kvm_modules[] = { "irqbypass", "kvm", "kvm-intel" };

/* The names that the kernel has for them. */
static const char * const kvm_loaded[] = { "irqbypass", "kvm", "kvm_intel" };

/* What it is built on stays: it is large, and has nothing to do with VMX. */
static void unload_kvm_intel(void)
{
	if (module_refs("kvm_intel") >= 0)
		module_unload("kvm_intel");
}

static void load_xvcpu(void)
{
	if (module_refs("xvcpu") < 0)
		module_load("xvcpu", "");
}

/*
 * Whatever ends the test, it is xvcpu that is loaded for the next one.  What
 * is open still would hold kvm_intel.
 */
static void restore(void)
{
	syscall(SYS_close_range, 3, ~0U, 0);
	unload_kvm_intel();
	load_xvcpu();
}

/* After the last test, and after one that was killed. */
static void restore_all(void)
{
	int i;

	for (i = ARRAY_SIZE(kvm_loaded) - 1; i >= 0; i--)
		if (module_refs(kvm_loaded[i]) >= 0)
			module_unload(kvm_loaded[i]);
	load_xvcpu();
}

static void prepare(void)
{
	if (module_refs("xvcpu") < 0 || access("/lib/modules/xvcpu.ko", R_OK))
		test_skip("the module xvcpu is not loaded, or not there to load again");
	if (module_refs("kvm_intel") >= 0)
		test_skip("kvm_intel is loaded already");
	if (access("/lib/modules/kvm-intel.ko", R_OK))
		test_skip("no /lib/modules/kvm-intel.ko");
	test_timeout(60);
	atexit(restore);
}

/* A kernel before 6.12 enters VMX root operation with the first VM only. */
static int start_kvm(void)
{
	int sys, fd, ret;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kvm_modules); i++) {
		ret = module_load(kvm_modules[i], "");
		EXPECT(ret == 0 || ret == -EEXIST || ret == -ENOENT);
	}
	REQUIRE(module_refs("kvm_intel") >= 0);
	sys = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	REQUIRE(sys >= 0);
	fd = ioctl(sys, KVM_CREATE_VM, 0);
	REQUIRE(fd >= 0);
	close(sys);
	return fd;
}

static void kvm_is_named(void)
{
	int fd, vcpu;

	prepare();
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	fd = start_kvm();
	log_mark();
	EXPECT_EQ(module_load("xvcpu", ""), -EBUSY);
	EXPECT(log_has("xvcpu", "kvm_intel"));
	EXPECT_EQ(module_refs("xvcpu"), -1);
	/* The other goes on. */
	vcpu = ioctl(fd, KVM_CREATE_VCPU, 0);
	EXPECT(vcpu >= 0);
	close(vcpu);
	close(fd);
}

static void loads_when_kvm_is_gone(void)
{
	struct vcpu vcpu;
	struct vm vm;

	prepare();
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	close(start_kvm());
	unload_kvm_intel();
	REQUIRE_EQ(module_refs("kvm_intel"), -1);
	REQUIRE_EQ(module_load("xvcpu", ""), 0);
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/* The other way round: kvm_intel finds VMX taken, and xvcpu goes on. */
static void xvcpu_is_first(void)
{
	struct vcpu vcpu;
	struct vm vm;
	size_t i;
	int sys, ret = 0;

	prepare();
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	for (i = 0; i < ARRAY_SIZE(kvm_modules); i++)
		ret = module_load(kvm_modules[i], "");
	/* From 6.12 on it does not load; before, it makes no VM. */
	if (!ret) {
		sys = open("/dev/kvm", O_RDWR | O_CLOEXEC);
		REQUIRE(sys >= 0);
		EXPECT(ioctl(sys, KVM_CREATE_VM, 0) < 0);
		close(sys);
	}
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	unload_kvm_intel();
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static const struct test tests[] = {
	{ "owner_kvm_is_named", kvm_is_named },
	{ "owner_loads_when_kvm_is_gone", loads_when_kvm_is_gone },
	{ "owner_xvcpu_is_first", xvcpu_is_first },
};

int main(int argc, char **argv)
{
	bool ours = module_refs("xvcpu") >= 0 && module_refs("kvm_intel") < 0;
	int status = test_main(argc, argv, tests, ARRAY_SIZE(tests));

	if (ours)
		restore_all();
	return status;
}
