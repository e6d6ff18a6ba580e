// SPDX-License-Identifier: GPL-2.0
/*
 * What userspace asks for: from the call to its return.
 */
#include <errno.h>

#include "account.h"
#include "bench.h"

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
	bench_say(row, ticks);
}

void row_ioctl(void)
{
	bench_set_up();
	ioctl_row("ioctl", vm.sys, KVM_GET_API_VERSION, NULL,
		  KVM_API_VERSION);
}

void row_immediate_exit(void)
{
	bench_set_up();
	bench_load("bench_nothing", 1);
	vcpu.run->immediate_exit = 1;
	ioctl_row("immediate_exit", vcpu.fd, KVM_RUN, NULL, -EINTR);
}

void row_get_regs(void)
{
	struct kvm_regs regs;

	bench_set_up();
	ioctl_row("get_regs", vcpu.fd, KVM_GET_REGS, &regs, 0);
}

void row_set_regs(void)
{
	struct kvm_regs regs;

	bench_set_up();
	vcpu_get_regs(&vcpu, &regs);
	ioctl_row("set_regs", vcpu.fd, KVM_SET_REGS, &regs, 0);
}

void row_get_sregs(void)
{
	struct kvm_sregs sregs;

	bench_set_up();
	ioctl_row("get_sregs", vcpu.fd, KVM_GET_SREGS, &sregs, 0);
}

void row_set_sregs(void)
{
	struct kvm_sregs sregs;

	bench_set_up();
	vcpu_get_sregs(&vcpu, &sregs);
	ioctl_row("set_sregs", vcpu.fd, KVM_SET_SREGS, &sregs, 0);
}

/*
 * One KVM_RUN that takes all registers of both groups and leaves them, to an OUT:
 * the same as two that set, a KVM_RUN and two that get.
 */
void row_sync_regs(void)
{
	const uint64_t both = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
	uint64_t ticks = UINT64_MAX, start;
	int i;

	bench_set_up();
	bench_load("bench_out", ROUNDS * 20);
	vcpu.run->kvm_valid_regs = both;
	bench_run_to_out();
	for (i = 0; i < ROUNDS * 10; i++) {
		vcpu.run->kvm_dirty_regs = both;
		start = host_ticks();
		bench_run_to_out();
		ticks = least(ticks, host_ticks() - start);
		REQUIRE_EQ(vcpu.run->kvm_dirty_regs, 0);
	}
	vcpu.run->kvm_dirty_regs = both;
	account_begin();
	bench_run_to_out();
	account_end("sync_regs", 1);
	bench_say("sync_regs", ticks);
}
