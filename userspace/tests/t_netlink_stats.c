// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics of vCPUs: what the guest did is what is counted, by netlink and by
 * KVM_GET_STATS_FD.  xvcpu only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <asm/vmx.h>
#include <linux/capability.h>

#include "harness.h"
#include "xvcpu_nl.h"

#define CPUIDS	37
#define OUTS	5

static struct vm vm;
static struct vcpu vcpu;
static struct xvcpu_nl *nl;
static struct xvcpu_stats_info stats;
static uint32_t key;

static void find_key(const struct xvcpu_vcpu_info *info, void *arg)
{
	(void)arg;
	if (info->tgid == (uint32_t)getpid())
		key = info->key;
}

static void set_timing(bool on)
{
	REQUIRE_EQ(host_write(XVCPU_STATS_PARAMETER, on ? "1" : "0"), 0);
}

/* Whatever ends the test. */
static void timing_off(void)
{
	host_write(XVCPU_STATS_PARAMETER, "0");
}

static void set_up(const char *guest)
{
	test_need_xvcpu();
	atexit(timing_off);
	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, guest);
	REQUIRE_EQ(xvcpu_nl_vcpus(nl, find_key, NULL), 0);
	REQUIRE(key);
}

static void get_stats(void)
{
	REQUIRE_EQ(xvcpu_nl_stats(nl, key, &stats), 0);
	EXPECT_EQ(stats.key, key);
	EXPECT_EQ(stats.id, vcpu.id);
}

static const struct xvcpu_reason_info *reason(uint32_t number)
{
	static const struct xvcpu_reason_info none;
	unsigned int i;

	for (i = 0; i < stats.nr_reasons; i++) {
		if (stats.reason[i].number == number)
			return &stats.reason[i];
	}
	return &none;
}

/* From the start of stats_known to its HLT. */
static void run_known(void)
{
	struct kvm_regs regs;
	int i;

	vcpu_load(&vcpu, "stats_known");
	vcpu_get_regs(&vcpu, &regs);
	regs.r12 = CPUIDS;
	regs.r13 = OUTS;
	vcpu_set_regs(&vcpu, &regs);
	for (i = 0; i < OUTS; i++)
		vcpu_run_until(&vcpu, KVM_EXIT_IO);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static uint64_t sum(const uint64_t *values, int nr)
{
	uint64_t total = 0;

	while (nr--)
		total += values[nr];
	return total;
}

static uint64_t all_exits(void)
{
	uint64_t total = 0;
	unsigned int i;

	for (i = 0; i < stats.nr_reasons; i++)
		total += stats.reason[i].count;
	return total;
}

/* --- counts --- */

static void counts_what_the_guest_did(void)
{
	struct xvcpu_binding_info info;
	unsigned int i;

	set_up("stats_known");
	get_stats();
	EXPECT_EQ(stats.exits, 0);
	EXPECT_EQ(stats.nr_reasons, 0);
	run_known();
	get_stats();
	vcpu_get_binding(&vcpu, &info);
	EXPECT_EQ(reason(EXIT_REASON_CPUID)->count, CPUIDS);
	EXPECT_EQ(reason(EXIT_REASON_IO_INSTRUCTION)->count, OUTS);
	EXPECT_EQ(reason(EXIT_REASON_HLT)->count, 1);
	EXPECT_EQ(all_exits(), stats.exits);
	EXPECT_EQ(stats.exits, info.entries);
	EXPECT_EQ(stats.entries, info.entries);
	EXPECT_EQ(stats.vmptrld, info.vmptrld);
	EXPECT_EQ(stats.vmclear, info.vmclear);
	EXPECT(!stats.timing);
	for (i = 0; i < stats.nr_reasons; i++) {
		test_context("reason %u", stats.reason[i].number);
		EXPECT(stats.reason[i].count);
		EXPECT_EQ(stats.reason[i].timed, 0);
		if (i)
			EXPECT(stats.reason[i].number >
			       stats.reason[i - 1].number);
	}
}

static void counts_go_on(void)
{
	set_up("stats_known");
	run_known();
	run_known();
	get_stats();
	EXPECT_EQ(reason(EXIT_REASON_CPUID)->count, 2 * CPUIDS);
	EXPECT_EQ(reason(EXIT_REASON_HLT)->count, 2);
}

static void counts_migrations(void)
{
	test_need_cpus(2);
	set_up("stats_known");
	REQUIRE_EQ(vcpu_migrate(&vcpu, host_cpu(0)), 0);
	run_known();
	REQUIRE_EQ(vcpu_migrate(&vcpu, host_cpu(1)), 0);
	run_known();
	get_stats();
	EXPECT_EQ(stats.migrations, 1);
	EXPECT_EQ(stats.vmptrld, 2);
}

/* VMREAD and VMWRITE are counted where the kernel checks itself. */
static void counts_vmreads_on_debug_kernels(void)
{
	set_up("stats_known");
	run_known();
	get_stats();
	EXPECT_EQ(stats.has_counts, host_is_debug());
	if (!stats.has_counts)
		return;
	/* The reason of each exit, at least; and the first binding writes. */
	EXPECT(stats.vmreads >= stats.exits);
	EXPECT(stats.vmwrites > 0);
}

/* --- what was injected: once to have the stack mapped, then counted --- */

static void set_interrupts(bool on)
{
	struct kvm_regs regs;

	vcpu_get_regs(&vcpu, &regs);
	regs.rflags = on ? 0x202 : 2;
	vcpu_set_regs(&vcpu, &regs);
}

static void take_nmi(void)
{
	struct kvm_vcpu_events events;

	vcpu_load(&vcpu, "exits_halt_long");
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_NMI, NULL), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	/* Its handler does not return. */
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_VCPU_EVENTS, &events), 0);
	EXPECT_EQ(events.nmi.masked, 1);
	events.nmi.masked = 0;
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_VCPU_EVENTS, &events), 0);
}

static void take_interrupt(void)
{
	struct kvm_interrupt irq = { .irq = 31 };

	vcpu_load(&vcpu, "exits_halt_long");
	set_interrupts(true);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_INTERRUPT, &irq), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	set_interrupts(false);
}

static void take_exception(void)
{
	struct exception exception;

	vcpu_load(&vcpu, "exits_insn_vmxon");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_UD);
}

static void counts_injected(void)
{
	struct xvcpu_stats_info before;

	set_up("exits_halt_long");
	take_nmi();
	take_interrupt();
	take_exception();
	get_stats();
	before = stats;
	EXPECT(before.nmis >= 1);
	EXPECT(before.interrupts >= 1);
	EXPECT(before.exceptions >= 1);
	take_nmi();
	get_stats();
	EXPECT_EQ(stats.nmis, before.nmis + 1);
	EXPECT_EQ(stats.interrupts, before.interrupts);
	EXPECT_EQ(stats.exceptions, before.exceptions);
	take_interrupt();
	take_exception();
	get_stats();
	EXPECT_EQ(stats.nmis, before.nmis + 1);
	EXPECT_EQ(stats.interrupts, before.interrupts + 1);
	EXPECT_EQ(stats.exceptions, before.exceptions + 1);
}

/* --- times --- */

static int bucket_of(uint64_t ns)
{
	int n = ns ? 64 - __builtin_clzll(ns) : 0;

	return n < XVCPU_STATS_BUCKETS ? n : XVCPU_STATS_BUCKETS - 1;
}

static void check_times(const struct xvcpu_reason_info *r)
{
	test_context("reason %u", r->number);
	EXPECT_EQ(sum(r->histogram, XVCPU_STATS_BUCKETS), r->timed);
	EXPECT(r->min_ns <= r->max_ns);
	EXPECT(r->total_ns >= r->min_ns * r->timed);
	EXPECT(r->total_ns <= r->max_ns * r->timed);
	EXPECT(r->histogram[bucket_of(r->min_ns)]);
	EXPECT(r->histogram[bucket_of(r->max_ns)]);
}

static void times_every_exit(void)
{
	unsigned int i;

	set_up("stats_known");
	set_timing(true);
	run_known();
	get_stats();
	EXPECT(stats.timing);
	EXPECT_EQ(reason(EXIT_REASON_CPUID)->timed, CPUIDS);
	EXPECT_EQ(reason(EXIT_REASON_IO_INSTRUCTION)->timed, OUTS);
	EXPECT_EQ(reason(EXIT_REASON_HLT)->timed, 1);
	for (i = 0; i < stats.nr_reasons; i++) {
		EXPECT_EQ(stats.reason[i].timed, stats.reason[i].count);
		EXPECT(stats.reason[i].total_ns > 0);
		check_times(&stats.reason[i]);
	}
}

static void times_stop_with_the_parameter(void)
{
	struct xvcpu_reason_info before;

	set_up("stats_known");
	set_timing(true);
	run_known();
	set_timing(false);
	get_stats();
	EXPECT(!stats.timing);
	before = *reason(EXIT_REASON_CPUID);
	run_known();
	get_stats();
	EXPECT_EQ(reason(EXIT_REASON_CPUID)->count, before.count + CPUIDS);
	EXPECT_EQ(reason(EXIT_REASON_CPUID)->timed, before.timed);
	EXPECT_EQ(reason(EXIT_REASON_CPUID)->total_ns, before.total_ns);
	/* And go on with it. */
	set_timing(true);
	run_known();
	get_stats();
	EXPECT_EQ(reason(EXIT_REASON_CPUID)->timed, 2 * CPUIDS);
	check_times(reason(EXIT_REASON_CPUID));
}

#define PAUSE_NS	20000000ULL

/* What userspace does between two runs is no exit's time. */
static void times_without_userspace(void)
{
	uint64_t start;
	int i;

	set_up("stats_known");
	set_timing(true);
	for (i = 0; i < 10; i++) {
		vcpu_load(&vcpu, "exits_halt_long");
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		for (start = host_ns(); host_ns() - start < PAUSE_NS;)
			;
	}
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_stats();
	EXPECT_EQ(reason(EXIT_REASON_HLT)->timed, 11);
	EXPECT(reason(EXIT_REASON_HLT)->total_ns < 10 * PAUSE_NS);
}

static uint64_t all_timed(void)
{
	uint64_t total = 0;
	unsigned int i;

	for (i = 0; i < stats.nr_reasons; i++)
		total += stats.reason[i].timed;
	return total;
}

/* The guest only counts: what exits there are come from outside. */
static void times_while_running(void)
{
	struct runner runner;
	uint64_t exits, timed;
	unsigned int i;

	test_need_cpus(2);
	set_up("count_checked");
	REQUIRE_EQ(vcpu_migrate(&vcpu, host_cpu(host_cpus() - 1)), 0);
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1000);
	set_timing(true);
	do
		get_stats();
	while (all_timed() < 5);
	set_timing(false);
	/* The one under way may have been counted in between. */
	get_stats();
	exits = stats.exits;
	do
		get_stats();
	while (stats.exits < exits + 2);
	timed = all_timed();
	exits = stats.exits;
	do
		get_stats();
	while (stats.exits < exits + 5);
	EXPECT_EQ(all_timed(), timed);
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
	get_stats();
	for (i = 0; i < stats.nr_reasons; i++)
		if (stats.reason[i].timed)
			check_times(&stats.reason[i]);
}

static void parameter_takes_a_boolean(void)
{
	set_up("stats_known");
	EXPECT_EQ(host_write(XVCPU_STATS_PARAMETER, "perhaps"), -EINVAL);
	EXPECT_EQ(host_write(XVCPU_STATS_PARAMETER, "Y"), 0);
	EXPECT_EQ(host_write(XVCPU_STATS_PARAMETER, "Y"), 0);
	get_stats();
	EXPECT(stats.timing);
	EXPECT_EQ(host_write(XVCPU_STATS_PARAMETER, "N"), 0);
	EXPECT_EQ(host_write(XVCPU_STATS_PARAMETER, "N"), 0);
	get_stats();
	EXPECT(!stats.timing);
}

/* --- KVM_GET_STATS_FD --- */

static int stats_fd;
static struct kvm_stats_header header;

/* Values of a counter; how many. */
static int read_counter(const char *name, uint32_t type, uint64_t *values)
{
	size_t size = sizeof(struct kvm_stats_desc) + header.name_size, bytes;
	struct kvm_stats_desc *desc = malloc(size);
	uint32_t i;
	int nr = 0;

	REQUIRE(desc);
	test_context("counter %s", name);
	for (i = 0; i < header.num_desc; i++) {
		REQUIRE_EQ(pread(stats_fd, desc, size,
				 header.desc_offset + i * size), size);
		if (strcmp(desc->name, name))
			continue;
		nr = desc->size;
		bytes = nr * sizeof(*values);
		EXPECT_EQ(desc->flags & KVM_STATS_TYPE_MASK, type);
		REQUIRE_EQ(pread(stats_fd, values, bytes,
				 header.data_offset + desc->offset), bytes);
	}
	free(desc);
	return nr;
}

static uint64_t read_count(const char *name)
{
	uint64_t value[128];

	REQUIRE_EQ(read_counter(name, KVM_STATS_TYPE_CUMULATIVE, value), 1);
	return value[0];
}

static void open_stats_fd(void)
{
	stats_fd = dev_ioctl(vcpu.fd, KVM_GET_STATS_FD, NULL);
	REQUIRE(stats_fd >= 0);
	REQUIRE_EQ(pread(stats_fd, &header, sizeof(header), 0), sizeof(header));
}

static void fd_says_the_same_counts(void)
{
	uint64_t values[128];
	unsigned int i;

	set_up("stats_known");
	run_known();
	take_nmi();
	take_exception();
	open_stats_fd();
	get_stats();
	EXPECT_EQ(read_count("exits"), stats.exits);
	EXPECT_EQ(read_count("io_exits"), OUTS);
	EXPECT_EQ(read_count("halt_exits"), reason(EXIT_REASON_HLT)->count);
	EXPECT_EQ(read_count("irq_exits"),
		  reason(EXIT_REASON_EXTERNAL_INTERRUPT)->count);
	EXPECT_EQ(read_count("hypercalls"), 0);
	EXPECT_EQ(read_count("nmi_injections"), stats.nmis);
	EXPECT_EQ(read_count("irq_injections"), 0);
	EXPECT_EQ(read_count("exception_injections"), stats.exceptions);
	REQUIRE_EQ(read_counter("exit_reasons", KVM_STATS_TYPE_LINEAR_HIST,
				values), XVCPU_STATS_REASONS);
	EXPECT_EQ(sum(values, XVCPU_STATS_REASONS), stats.exits);
	for (i = 0; i < stats.nr_reasons; i++)
		EXPECT_EQ(values[stats.reason[i].number],
			  stats.reason[i].count);
}

static void fd_says_the_same_times(void)
{
	uint64_t values[128], total = 0, histogram[XVCPU_STATS_BUCKETS] = { 0 };
	unsigned int i;
	int n;

	set_up("stats_known");
	set_timing(true);
	run_known();
	set_timing(false);
	open_stats_fd();
	get_stats();
	for (i = 0; i < stats.nr_reasons; i++) {
		total += stats.reason[i].total_ns;
		for (n = 0; n < XVCPU_STATS_BUCKETS; n++)
			histogram[n] += stats.reason[i].histogram[n];
	}
	EXPECT_EQ(read_count("exit_time_ns"), total);
	REQUIRE_EQ(read_counter("exit_time_hist", KVM_STATS_TYPE_LOG_HIST,
				values), XVCPU_STATS_BUCKETS);
	EXPECT_EQ(memcmp(values, histogram, sizeof(histogram)), 0);
	EXPECT_EQ(sum(values, XVCPU_STATS_BUCKETS), stats.exits);
}

/* --- many vCPUs --- */

struct seen {
	uint32_t last;
	unsigned int ours;
	unsigned int exits;
};

static void see(const struct xvcpu_stats_info *info, void *arg)
{
	struct seen *seen = arg;

	EXPECT(info->key > seen->last);
	seen->last = info->key;
	seen->ours += info->vm == stats.vm;
	seen->exits += !!info->exits;
}

/* More than fit a datagram. */
static void all_of_many(void)
{
	struct vcpu more[60];
	struct seen seen = { 0 };
	size_t i;

	set_up("stats_known");
	run_known();
	get_stats();
	for (i = 0; i < ARRAY_SIZE(more); i++)
		vcpu_create(&more[i], &vm, i + 1);
	REQUIRE_EQ(xvcpu_nl_stats_all(nl, see, &seen), 0);
	EXPECT_EQ(seen.ours, ARRAY_SIZE(more) + 1);
	EXPECT(seen.exits >= 1);
}

/* --- who may --- */

static void unknown_key(void)
{
	set_up("stats_known");
	EXPECT_EQ(xvcpu_nl_stats(nl, 0x7fffffff, &stats), -ENOENT);
	EXPECT(strstr(xvcpu_nl_error(nl), "no such vCPU"));
}

static void drop_root(uint64_t caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = caps, .permitted = caps },
		{ .effective = caps >> 32, .permitted = caps >> 32 },
	};

	REQUIRE_EQ(prctl(PR_SET_KEEPCAPS, 1), 0);
	REQUIRE_EQ(setuid(65534), 0);
	REQUIRE_EQ(syscall(SYS_capset, &head, data), 0);
}

static void ignore(const struct xvcpu_stats_info *info, void *arg)
{
	(void)info;
	++*(int *)arg;
}

static void unprivileged(void)
{
	uint64_t values[128];
	int nr = 0;

	set_up("stats_known");
	run_known();
	drop_root(0);
	EXPECT_EQ(xvcpu_nl_stats(nl, key, &stats), -EPERM);
	EXPECT(strstr(xvcpu_nl_error(nl), "CAP_PERFMON"));
	EXPECT_EQ(xvcpu_nl_stats_all(nl, ignore, &nr), -EPERM);
	EXPECT_EQ(nr, 0);
	EXPECT(host_write(XVCPU_STATS_PARAMETER, "1") < 0);
	/* Of a vCPU of one's own everybody may know. */
	open_stats_fd();
	EXPECT_EQ(read_counter("exits", KVM_STATS_TYPE_CUMULATIVE, values), 1);
	EXPECT(values[0] >= CPUIDS + OUTS + 1);
}

static void with_perfmon(void)
{
	int nr = 0;

	set_up("stats_known");
	run_known();
	drop_root(BIT(CAP_PERFMON));
	/* The socket, too, has to be of somebody who may. */
	get_stats();
	EXPECT_EQ(reason(EXIT_REASON_CPUID)->count, CPUIDS);
	EXPECT_EQ(xvcpu_nl_stats_all(nl, ignore, &nr), 0);
	EXPECT(nr >= 1);
}

static const struct test tests[] = {
	{ "stats_counts_what_the_guest_did", counts_what_the_guest_did },
	{ "stats_counts_go_on", counts_go_on },
	{ "stats_counts_migrations", counts_migrations },
	{ "stats_counts_vmreads_on_debug_kernels",
	  counts_vmreads_on_debug_kernels },
	{ "stats_counts_injected", counts_injected },
	{ "stats_times_every_exit", times_every_exit },
	{ "stats_times_stop_with_the_parameter",
	  times_stop_with_the_parameter },
	{ "stats_times_without_userspace", times_without_userspace },
	{ "stats_times_while_running", times_while_running },
	{ "stats_parameter_takes_a_boolean", parameter_takes_a_boolean },
	{ "stats_fd_says_the_same_counts", fd_says_the_same_counts },
	{ "stats_fd_says_the_same_times", fd_says_the_same_times },
	{ "stats_all_of_many", all_of_many },
	{ "stats_unknown_key", unknown_key },
	{ "stats_unprivileged", unprivileged },
	{ "stats_with_perfmon", with_perfmon },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
