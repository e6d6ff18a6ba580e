// SPDX-License-Identifier: GPL-2.0
/*
 * Lives of VMs and vCPUs: how long they take to make, how much memory they take.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "account.h"
#include "bench.h"

/* --- time --- */

static uint64_t create_and_close(int fd, unsigned long request, int arg)
{
	uint64_t start = host_ticks();
	int made = dev_ioctl(fd, request, (void *)(uintptr_t)arg);

	REQUIRE(made >= 0);
	close(made);
	return host_ticks() - start;
}

void row_vm(void)
{
	uint64_t ticks = UINT64_MAX;
	int i, sys;

	host_run_on(host_cpu(0));
	sys = dev_open();
	for (i = 0; i < ROUNDS * 3; i++)
		ticks = least(ticks, create_and_close(sys, KVM_CREATE_VM, 0));
	account_begin();
	create_and_close(sys, KVM_CREATE_VM, 0);
	account_end("vm", 1);
	bench_say_unit("vm", ticks, "ticks");
}

/* They stay until their VM goes: creating one is all that can be measured alone. */
void row_vcpu(void)
{
	uint64_t ticks = UINT64_MAX;
	int i;

	bench_set_up();
	for (i = 1; i < ROUNDS * 3; i++)
		ticks = least(ticks,
			      create_and_close(vm.fd, KVM_CREATE_VCPU, i));
	account_begin();
	create_and_close(vm.fd, KVM_CREATE_VCPU, i);
	account_end("vcpu", 1);
	bench_say("vcpu", ticks);
}

/* --- memory --- */

/*
 * Batches, of which the least and the most do not count: something else may take
 * memory, or give it back late.  The first ones empty what the kernel has in stock for whoever comes
 * next, and bring with them what is there once.
 */
#define FIRST	64
#define BATCH	16
#define BATCHES	10

static uint64_t sum_lines(const char *path, const char *format)
{
	FILE *file = fopen(path, "re");
	unsigned long long n;
	uint64_t sum = 0;
	char line[256];

	REQUIRE(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, format, &n) == 1)
			sum += n;
	fclose(file);
	return sum;
}

/* All free pages, those that the CPUs have set aside for themselves, too. */
static int64_t free_bytes(void)
{
	REQUIRE_EQ(host_write("/proc/sys/vm/stat_refresh", "1"), 0);
	return (sum_lines("/proc/vmstat", "nr_free_pages %llu") +
		sum_lines("/proc/zoneinfo", " count: %llu")) * PAGE_SIZE;
}

static int compare(const void *a, const void *b)
{
	return *(const int64_t *)a < *(const int64_t *)b ? -1 : 1;
}

static void memory_row(const char *row, void (*make)(int n))
{
	int64_t taken[BATCHES], before, sum = 0;
	int i, n = 0;

	host_run_on(host_cpu(0));
	test_timeout(120);
	vm_create(&vm);
	while (n < FIRST)
		make(n++);
	for (i = 0; i < BATCHES; i++) {
		before = free_bytes();
		do
			make(n++);
		while (n % BATCH);
		taken[i] = before - free_bytes();
	}
	qsort(taken, BATCHES, sizeof(taken[0]), compare);
	for (i = 1; i < BATCHES - 1; i++)
		sum += taken[i];
	REQUIRE(sum > 0);
	bench_say_unit(row, sum / ((BATCHES - 2) * BATCH), "bytes");
}

static void make_vm(int n)
{
	(void)n;
	REQUIRE(dev_ioctl(vm.sys, KVM_CREATE_VM, NULL) >= 0);
}

void row_memory_vm(void)
{
	memory_row("memory_vm", make_vm);
}

/* It has run to its HLT. */
static void make_vcpu(int n)
{
	struct kvm_regs regs;

	vcpu_create(&vcpu, &vm, n);
	vcpu_load(&vcpu, "bench_nothing");
	vcpu_get_regs(&vcpu, &regs);
	regs.rbp = 1;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

void row_memory_vcpu(void)
{
	memory_row("memory_vcpu", make_vcpu);
}
