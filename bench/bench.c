// SPDX-License-Identifier: GPL-2.0
/*
 * What a hypervisor costs: the KVM API only, on whatever device is named.
 *
 * Each row is a test of its own and says "# row NAME VALUE UNIT".  Values are ticks
 * of the TSC; in the emulated machine these are instructions.  A row is the least
 * of several rounds, so that what the host does meanwhile is not in it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "harness.h"

#define ROUNDS		7
#define TIMES		200
/* In the harness' memory, above all that a guest of it has. */
#define TOUCH		0x200000
#define TOUCH_PAGES	256

static struct vm vm;
static struct vcpu vcpu;

static void set_up(void)
{
	host_run_on(host_cpu(0));
	test_timeout(120);
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
}

static void load(const char *guest, uint64_t times)
{
	struct kvm_regs regs;

	vcpu_load(&vcpu, guest);
	vcpu_get_regs(&vcpu, &regs);
	regs.rbp = times;
	regs.rbx = TOUCH;
	vcpu_set_regs(&vcpu, &regs);
}

static void say(const char *row, uint64_t ticks)
{
	test_note("row %s %llu instructions", row, (unsigned long long)ticks);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* --- what the guest does --- */

/* Run to the HLT, however often userspace is asked for what comes before. */
static uint64_t run_to_end(void)
{
	uint64_t start = host_ticks();

	do {
		REQUIRE_EQ(vcpu_run(&vcpu), 0);
	} while (vcpu.run->exit_reason == KVM_EXIT_IO ||
		 vcpu.run->exit_reason == KVM_EXIT_MMIO);
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	return host_ticks() - start;
}

/* The same guest with one and with many, so that what is around cancels out. */
static uint64_t measure(const char *guest)
{
	uint64_t one = UINT64_MAX, many = UINT64_MAX;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		load(guest, 1);
		one = least(one, run_to_end());
		load(guest, TIMES + 1);
		many = least(many, run_to_end());
	}
	load(guest, TIMES);
	account_begin();
	run_to_end();
	account_end(guest, TIMES);
	return (many - one) / TIMES;
}

static void guest_row(const char *row, const char *guest)
{
	uint64_t loop;

	set_up();
	loop = measure("bench_nothing");
	say(row, measure(guest) - loop);
}

static void cpuid(void)
{
	guest_row("cpuid", "bench_cpuid");
}

static void pio_out(void)
{
	guest_row("pio_out", "bench_out");
}

static void pio_in(void)
{
	guest_row("pio_in", "bench_in");
}

static void rdmsr(void)
{
	guest_row("rdmsr", "bench_rdmsr");
}

static void wrmsr(void)
{
	guest_row("wrmsr", "bench_wrmsr");
}

static void cr_write(void)
{
	guest_row("cr_write", "bench_cr");
}

static void mmio_read(void)
{
	guest_row("mmio_read", "bench_mmio_read");
}

static void mmio_write(void)
{
	guest_row("mmio_write", "bench_mmio_write");
}

/* Memory that the process has, and that the guest has not touched yet. */
static void touch(void)
{
	uint64_t ticks = UINT64_MAX;
	int i;

	for (i = 0; i < 3; i++) {
		set_up();
		memset(vm.mem + TOUCH, 1, TOUCH_PAGES * PAGE_SIZE);
		load("bench_touch", TOUCH_PAGES);
		ticks = least(ticks, run_to_end());
		vcpu_destroy(&vcpu);
		vm_destroy(&vm);
	}
	say("touch", ticks / TOUCH_PAGES);
}

/* --- what userspace asks for --- */

static void ioctl_row(const char *row, int fd, unsigned long request,
		      const void *arg, long result)
{
	uint64_t ticks = UINT64_MAX, start;
	int i;

	for (i = 0; i < ROUNDS * 10; i++) {
		start = host_ticks();
		REQUIRE_EQ(dev_ioctl(fd, request, arg), result);
		ticks = least(ticks, host_ticks() - start);
	}
	account_begin();
	dev_ioctl(fd, request, arg);
	account_end(row, 1);
	say(row, ticks);
}

static void empty_ioctl(void)
{
	set_up();
	ioctl_row("ioctl", vm.sys, KVM_GET_API_VERSION, NULL,
		  KVM_API_VERSION);
}

static void immediate_exit(void)
{
	set_up();
	load("bench_nothing", 1);
	vcpu.run->immediate_exit = 1;
	ioctl_row("immediate_exit", vcpu.fd, KVM_RUN, NULL, -EINTR);
}

static void get_regs(void)
{
	struct kvm_regs regs;

	set_up();
	ioctl_row("get_regs", vcpu.fd, KVM_GET_REGS, &regs, 0);
}

static void set_regs(void)
{
	struct kvm_regs regs;

	set_up();
	vcpu_get_regs(&vcpu, &regs);
	ioctl_row("set_regs", vcpu.fd, KVM_SET_REGS, &regs, 0);
}

static void get_sregs(void)
{
	struct kvm_sregs sregs;

	set_up();
	ioctl_row("get_sregs", vcpu.fd, KVM_GET_SREGS, &sregs, 0);
}

static void set_sregs(void)
{
	struct kvm_sregs sregs;

	set_up();
	vcpu_get_sregs(&vcpu, &sregs);
	ioctl_row("set_sregs", vcpu.fd, KVM_SET_SREGS, &sregs, 0);
}

/* --- lives --- */

static void vm_life(void)
{
	uint64_t ticks = UINT64_MAX, start;
	int i, sys, fd;

	host_run_on(host_cpu(0));
	sys = dev_open();
	for (i = 0; i < ROUNDS * 3; i++) {
		start = host_ticks();
		fd = dev_ioctl(sys, KVM_CREATE_VM, NULL);
		REQUIRE(fd >= 0);
		close(fd);
		ticks = least(ticks, host_ticks() - start);
	}
	say("vm", ticks);
}

/* They stay until their VM goes: creating one is all that can be measured alone. */
static void vcpu_life(void)
{
	uint64_t ticks = UINT64_MAX, start;
	int i, fd;

	set_up();
	for (i = 1; i < ROUNDS * 3; i++) {
		start = host_ticks();
		fd = dev_ioctl(vm.fd, KVM_CREATE_VCPU, (void *)(uintptr_t)i);
		REQUIRE(fd >= 0);
		close(fd);
		ticks = least(ticks, host_ticks() - start);
	}
	say("vcpu", ticks);
}

static const struct test tests[] = {
	{ "bench_ioctl", empty_ioctl },
	{ "bench_cpuid", cpuid },
	{ "bench_rdmsr", rdmsr },
	{ "bench_wrmsr", wrmsr },
	{ "bench_cr_write", cr_write },
	{ "bench_pio_out", pio_out },
	{ "bench_pio_in", pio_in },
	{ "bench_mmio_read", mmio_read },
	{ "bench_mmio_write", mmio_write },
	{ "bench_touch", touch },
	{ "bench_immediate_exit", immediate_exit },
	{ "bench_get_regs", get_regs },
	{ "bench_set_regs", set_regs },
	{ "bench_get_sregs", get_sregs },
	{ "bench_set_sregs", set_sregs },
	{ "bench_vm", vm_life },
	{ "bench_vcpu", vcpu_life },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
