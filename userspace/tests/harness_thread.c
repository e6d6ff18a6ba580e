// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU run by a thread of its own, and the guest that counts meanwhile.
 */
#include <sched.h>

#include "harness.h"

static void *run_once(void *arg)
{
	struct runner *runner = arg;

	if (runner->cpu >= 0)
		host_run_on(runner->cpu);
	runner->ret = vcpu_run(runner->vcpu);
	return NULL;
}

void runner_start(struct runner *runner, struct vcpu *vcpu, int cpu)
{
	runner->vcpu = vcpu;
	runner->cpu = cpu;
	REQUIRE_EQ(pthread_create(&runner->thread, NULL, run_once, runner), 0);
}

int runner_wait(struct runner *runner)
{
	pthread_join(runner->thread, NULL);
	return runner->ret;
}

static uint64_t count_now(struct vm *vm)
{
	return __atomic_load_n(vm_u64(vm, COUNT_NOW), __ATOMIC_ACQUIRE);
}

void count_wait(struct vm *vm, uint64_t more)
{
	uint64_t start = count_now(vm);

	while (count_now(vm) < start + more)
		sched_yield();
}

void count_stop(struct vm *vm)
{
	__atomic_store_n(vm_u32(vm, COUNT_STOP), 1, __ATOMIC_RELEASE);
}

/* After the exit by which the guest reports its count. */
void count_check(struct vcpu *vcpu)
{
	struct kvm_regs regs;

	EXPECT_EQ(vcpu->run->exit_reason, KVM_EXIT_IO);
	vcpu_get_regs(vcpu, &regs);
	EXPECT(regs.rax);
	EXPECT_EQ(regs.rax, count_now(vcpu->vm));
	EXPECT_EQ(regs.rbx, count_now(vcpu->vm));
}
