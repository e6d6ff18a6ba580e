// SPDX-License-Identifier: GPL-2.0
/*
 * Shows a vCPU moved from the first online CPU to the last while its guest
 * counts: VMCLEAR on the old CPU, VMLAUNCH on the new one, the count unbroken.
 */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"

#define COUNT_SOME	100000

static struct vm vm;
static struct vcpu vcpu;

static uint64_t guest_count(void)
{
	return __atomic_load_n(vm_u64(&vm, COUNT_NOW), __ATOMIC_ACQUIRE);
}

/* Returns what the guest reports by its one exit: KVM_RUN is called once. */
static void *run(void *arg)
{
	*(uint32_t *)arg = vcpu_report(&vcpu);
	return NULL;
}

static void wait_count(uint64_t count)
{
	while (guest_count() < count)
		sched_yield();
}

static void print(const char *when, const struct xvcpu_binding_info *info)
{
	printf("%s: last entered on CPU %d; VMPTRLD %llu, VMCLEAR %llu, VMLAUNCH %llu, all entries %llu\n",
	       when, info->last_cpu, info->vmptrld, info->vmclear,
	       info->launches, info->entries);
}

static bool check(const struct xvcpu_binding_info *before,
		  const struct xvcpu_binding_info *after, int from, int to)
{
	return before->pinned_cpu == from && before->last_cpu == from &&
	       after->pinned_cpu == to && after->last_cpu == to &&
	       after->vmptrld == before->vmptrld + 1 &&
	       after->vmclear == before->vmclear + 1 &&
	       after->launches == before->launches + 1 &&
	       after->migrations == before->migrations + 1;
}

int main(int argc, char **argv)
{
	int from = host_cpu(0), to = host_cpu(host_cpus() - 1);
	struct xvcpu_migrate migrate = { .cpu = to };
	struct xvcpu_binding_info before, after;
	pthread_t thread;
	uint32_t reported = 0;
	uint64_t count;
	bool ok;

	alarm(60);
	if (argc > 1)
		test_device = argv[1];
	if (from == to) {
		printf("one CPU only: there is nowhere to move to\n");
		return TEST_SKIPPED;
	}
	vm_create(&vm);
	vcpu_create_pinned(&vcpu, &vm, 0, from);
	vcpu_load(&vcpu, "count_checked");
	REQUIRE(!pthread_create(&thread, NULL, run, &reported));

	wait_count(COUNT_SOME);
	vcpu_get_binding(&vcpu, &before);
	print("before", &before);
	count = guest_count();
	printf("guest has counted to %" PRIu64 " on CPU %d; moving it to CPU %d while it runs\n",
	       count, from, to);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, XVCPU_MIGRATE, &migrate), 0);
	wait_count(guest_count() + COUNT_SOME);
	vcpu_get_binding(&vcpu, &after);
	print("after", &after);

	__atomic_store_n(vm_u32(&vm, COUNT_STOP), 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	ok = check(&before, &after, from, to) && reported == guest_count() &&
	     reported > count;
	printf("guest reports %" PRIu32 " at its end: %s\n", reported,
	       ok ? "unbroken, in one KVM_RUN" : "NOT AS IT SHOULD BE");
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
