// SPDX-License-Identifier: GPL-2.0
/*
 * Shows one vCPU pinned to each online CPU, all of them running at once.
 *
 * The guests wait for each other in guest memory before they count: unless all
 * of them are in the guest at the same time, none goes on.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"

#define MAX_CPUS	16
#define STEPS		10
#define STEP		10000

struct pinned {
	struct vcpu vcpu;
	pthread_t thread;
	int cpu;
	uint32_t reported;
	bool only_there;
	bool counted;
};

static struct vm vm;
static struct pinned pinned[MAX_CPUS];
static pthread_barrier_t barrier;

static void create(struct pinned *p, int id)
{
	struct kvm_regs regs;

	p->cpu = host_cpu(id);
	p->only_there = true;
	p->counted = true;
	vcpu_create_pinned(&p->vcpu, &vm, id, p->cpu);
	vcpu_load(&p->vcpu, "count_together");
	vcpu_get_regs(&p->vcpu, &regs);
	regs.rbx = STEP;
	regs.rbp = STEPS;
	vcpu_set_regs(&p->vcpu, &regs);
}

static void check_cpu(struct pinned *p)
{
	struct xvcpu_binding_info info;

	vcpu_get_binding(&p->vcpu, &info);
	if (info.pinned_cpu != p->cpu || info.last_cpu != p->cpu ||
	    info.migrations)
		p->only_there = false;
}

static void *run(void *arg)
{
	struct pinned *p = arg;
	int step;

	pthread_barrier_wait(&barrier);
	for (step = 1; step <= STEPS; step++) {
		p->reported = vcpu_report(&p->vcpu);
		if (p->reported != (uint32_t)step * STEP)
			p->counted = false;
		check_cpu(p);
	}
	vcpu_run_until(&p->vcpu, KVM_EXIT_HLT);
	check_cpu(p);
	return NULL;
}

static bool print(struct pinned *p)
{
	struct xvcpu_binding_info info;

	vcpu_get_binding(&p->vcpu, &info);
	printf("vCPU %d pinned to CPU %d: guest reports %" PRIu32 ", ran on CPU %d %s (%llu entries, %llu VMLAUNCH, %llu VMPTRLD)\n",
	       p->vcpu.id, info.pinned_cpu, p->reported, info.last_cpu,
	       p->only_there ? "only" : "AND OTHERS", info.entries,
	       info.launches, info.vmptrld);
	return p->only_there && p->counted;
}

int main(int argc, char **argv)
{
	int n = host_cpus() < MAX_CPUS ? host_cpus() : MAX_CPUS;
	bool ok = true;
	int i;

	alarm(60);
	if (argc > 1)
		test_device = argv[1];
	vm_create(&vm);
	*vm_u32(&vm, COUNT_VCPUS) = n;
	pthread_barrier_init(&barrier, NULL, n);
	for (i = 0; i < n; i++)
		create(&pinned[i], i);
	for (i = 0; i < n; i++)
		REQUIRE(!pthread_create(&pinned[i].thread, NULL, run,
					&pinned[i]));
	for (i = 0; i < n; i++)
		pthread_join(pinned[i].thread, NULL);
	for (i = 0; i < n; i++)
		ok &= print(&pinned[i]);
	if (ok)
		printf("%d vCPUs were in the guest at the same time, each on its own CPU\n",
		       n);
	else
		printf("a vCPU ran where it should not, or miscounted\n");
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
