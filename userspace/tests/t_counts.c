// SPDX-License-Identifier: GPL-2.0
/*
 * What an exit costs in instructions that are slow on a real CPU, as a module
 * counts them that is built for a kernel that checks itself.  xvcpu only.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "xvcpu_nl.h"

/* As few as will not often be interrupted; the best of so many runs that were not. */
#define FEW	2
#define MORE	10
#define RUNS	5
#define TRIES	200

#define MSR_TSC_AUX	0xc0000103

static struct vm vm;
static struct vcpu vcpu;
static struct xvcpu_nl *nl;
static uint32_t key;

static void find_key(const struct xvcpu_vcpu_info *info, void *arg)
{
	(void)arg;
	if (info->tgid == (uint32_t)getpid())
		key = info->key;
}

static void get_stats(struct xvcpu_stats_info *stats)
{
	REQUIRE_EQ(xvcpu_nl_stats(nl, key, stats), 0);
}

static void set_up(void)
{
	static struct xvcpu_stats_info stats;

	test_need_xvcpu();
	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	host_run_on(host_cpu(0));
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	REQUIRE_EQ(xvcpu_nl_vcpus(nl, find_key, NULL), 0);
	REQUIRE(key);
	get_stats(&stats);
	if (!stats.has_counts)
		test_skip("instructions are counted where the kernel has CONFIG_PROVE_LOCKING only");
}

/* --- counting --- */

enum { VMREAD, VMWRITE, WRMSR, CR_WRITE, XCR_WRITE, VMPTRLD, KINDS };

struct counts {
	uint64_t exits;
	int64_t nr[KINDS];
};

static struct counts counts_now(void)
{
	static struct xvcpu_stats_info stats;

	get_stats(&stats);
	return (struct counts) {
		.exits = stats.exits,
		.nr[VMREAD] = stats.vmreads,
		.nr[VMWRITE] = stats.vmwrites,
		.nr[WRMSR] = stats.wrmsrs,
		.nr[CR_WRITE] = stats.cr_writes,
		.nr[XCR_WRITE] = stats.xcr_writes,
		.nr[VMPTRLD] = stats.vmptrlds,
	};
}

static struct counts since(struct counts before)
{
	struct counts now = counts_now();
	int i;

	now.exits -= before.exits;
	for (i = 0; i < KINDS; i++)
		now.nr[i] -= before.nr[i];
	return now;
}

static bool has_reported(void)
{
	return vcpu.run->exit_reason == KVM_EXIT_IO &&
	       vcpu.run->io.port == REPORT_PORT;
}

static struct counts run_once(const char *guest, unsigned int times)
{
	struct counts before = counts_now();
	struct kvm_regs regs;

	vcpu_load(&vcpu, guest);
	vcpu_get_regs(&vcpu, &regs);
	regs.r12 = times;
	vcpu_set_regs(&vcpu, &regs);
	do
		REQUIRE_EQ(vcpu_run(&vcpu), 0);
	while (!has_reported());
	return since(before);
}

static void keep_least(struct counts *least, const struct counts *counts)
{
	int i;

	for (i = 0; i < KINDS; i++) {
		if (counts->nr[i] < least->nr[i])
			least->nr[i] = counts->nr[i];
	}
}

/*
 * Of runs without an exit that is the host's: as many as the guest makes, it and
 * @others. Page faults of this process's leave another CR2, which some runs write.
 */
static struct counts run(const char *guest, unsigned int times,
			 unsigned int others)
{
	struct counts counts, least;
	int tries, runs = 0;

	for (tries = 0; tries < TRIES && runs < RUNS; tries++) {
		counts = run_once(guest, times);
		if (counts.exits != times + others)
			continue;
		if (!runs++)
			least = counts;
		keep_least(&least, &counts);
	}
	REQUIRE_EQ(runs, RUNS);
	return least;
}

/* Of MORE - FEW exits. */
static struct counts measure(const char *guest, unsigned int others)
{
	struct counts few, more;
	int i;

	/* The first maps the guest's memory. */
	run_once(guest, FEW);
	few = run(guest, FEW, others);
	more = run(guest, MORE, others);
	for (i = 0; i < KINDS; i++)
		more.nr[i] -= few.nr[i];
	return more;
}

static double per_exit(int64_t nr)
{
	return (double)nr / (MORE - FEW);
}

static void say(const char *what, const struct counts *counts)
{
	const int64_t *nr = counts->nr;

	test_note("%-8s %5.1f VMREAD %4.1f VMWRITE %4.1f WRMSR %4.1f CR %4.1f XCR %4.1f VMPTRLD",
		  what, per_exit(nr[VMREAD]), per_exit(nr[VMWRITE]),
		  per_exit(nr[WRMSR]), per_exit(nr[CR_WRITE]),
		  per_exit(nr[XCR_WRITE]), per_exit(nr[VMPTRLD]));
}

/* --- exits --- */

/* The kernel wants IA32_SPEC_CTRL written after each. */
static bool kernel_has_ibrs(void)
{
	FILE *file = fopen("/sys/devices/system/cpu/vulnerabilities/spectre_v2",
			   "r");
	char line[256] = "";

	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = 0;
	fclose(file);
	return !strncmp(line, "Mitigation: IBRS", 16);
}

struct row {
	const char *name;
	const char *guest;
	unsigned int others;	/* exits besides, for the report at least */
};

static void expect_at_once(const struct row *row)
{
	struct counts counts = measure(row->guest, row->others);
	int64_t *nr = counts.nr, times = MORE - FEW;

	test_context("%s", row->name);
	say(row->name, &counts);
	EXPECT_EQ(nr[WRMSR], kernel_has_ibrs() ? times : 0);
	EXPECT_EQ(nr[CR_WRITE], 0);
	EXPECT_EQ(nr[XCR_WRITE], 0);
	EXPECT_EQ(nr[VMPTRLD], 0);
}

static void cpuid(void)
{
	struct counts counts;

	set_up();
	counts = measure("counted_cpuid", 1);
	EXPECT(counts.nr[VMREAD] <= 5 * (MORE - FEW));
	EXPECT(counts.nr[VMWRITE] <= 1 * (MORE - FEW));
	/* There are some: the reason, and RIP. */
	EXPECT(counts.nr[VMREAD] >= MORE - FEW);
	EXPECT(counts.nr[VMWRITE] >= MORE - FEW);
}

/* The guest goes on, and nothing of the CPU has been exchanged. */
static void at_once(void)
{
	static const struct row rows[] = {
		{ "cpuid", "counted_cpuid", 1 },
		{ "rdmsr", "counted_rdmsr", 1 },
		{ "wrmsr", "counted_wrmsr", 2 },
		{ "cr_write", "counted_cr_write", 1 },
	};
	unsigned int i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		expect_at_once(&rows[i]);
}

/*
 * A KVM_RUN each: the registers of the CPU that are the guest's go and come, by
 * WRMSR at most IA32_KERNEL_GS_BASE, and what the guest has another value in.
 */
static void by_userspace(void)
{
	static const struct row rows[] = {
		{ "out", "counted_out", 1 },
		{ "hlt", "counted_hlt", 1 },
		{ "mmio", "counted_mmio", 1 },
	};
	struct counts counts, aux;
	unsigned int i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		test_context("%s", rows[i].name);
		REQUIRE_EQ(vcpu_set_msr(&vcpu, MSR_TSC_AUX, host_cpu(0)), 1);
		counts = measure(rows[i].guest, rows[i].others);
		say(rows[i].name, &counts);
		EXPECT(counts.nr[WRMSR] <= 2 * (MORE - FEW));
		REQUIRE_EQ(vcpu_set_msr(&vcpu, MSR_TSC_AUX, 0x12345), 1);
		aux = measure(rows[i].guest, rows[i].others);
		EXPECT_EQ(aux.nr[WRMSR] - counts.nr[WRMSR], 2 * (MORE - FEW));
	}
}

static const struct test tests[] = {
	{ "counts_cpuid", cpuid },
	{ "counts_handled_at_once", at_once },
	{ "counts_handled_by_userspace", by_userspace },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
