// SPDX-License-Identifier: GPL-2.0
/*
 * The exit trace: its records, its ring, and a vCPU that waits for room in it.
 * xvcpu only.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xvcpu_exit_trace.h>

#include "harness.h"

#define EXIT_CPUID		10
#define EXIT_HLT		12
#define EXIT_IO			30
#define EXIT_MSR_READ		31
#define EXIT_EPT_VIOLATION	48
#define BAD_GUEST_STATE		0x80000021U

#define RAX			0
#define RDX			2
#define R8			8
#define R9			9
#define R15			15

#define SMALL			XVCPU_EXIT_TRACE_MIN
#define LARGE			1024
#define TIMES			100

static struct vm vm;
static struct vcpu vcpu;
static struct xvcpu_trace trace;

static void set_up(const char *guest)
{
	test_need_xvcpu();
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, guest);
}

static void open_trace(uint32_t records, uint32_t flags)
{
	REQUIRE_EQ(xvcpu_trace_open(&trace, vcpu.fd, records, flags), 0);
}

static void set_times(uint64_t times)
{
	struct kvm_regs regs;

	vcpu_get_regs(&vcpu, &regs);
	regs.rbp = times;
	vcpu_set_regs(&vcpu, &regs);
}

static uint64_t head(void)
{
	return __atomic_load_n(&trace.header->head, __ATOMIC_ACQUIRE);
}

/* The next record of an exit with this reason. */
static void find(uint32_t reason, struct xvcpu_exit_record *record)
{
	do
		REQUIRE(xvcpu_trace_next(&trace, record));
	while (record->reason != reason);
}

static uint64_t count(uint32_t reason)
{
	struct xvcpu_exit_record record;
	uint64_t n = 0;

	while (xvcpu_trace_next(&trace, &record))
		n += record.reason == reason;
	return n;
}

/* --- records --- */

static void expect_reg(const struct xvcpu_exit_record *record, int reg,
		       uint64_t old, uint64_t new)
{
	EXPECT_EQ(record->reg[reg].old, old);
	EXPECT_EQ(record->reg[reg].new, new);
	EXPECT_EQ(!!(record->changed & BIT(reg)), old != new);
}

static void expect_moved(const struct xvcpu_exit_record *record)
{
	EXPECT(record->changed & BIT(XVCPU_EXIT_REG_RIP));
	EXPECT(record->reg[XVCPU_EXIT_REG_RIP].new >
	       record->reg[XVCPU_EXIT_REG_RIP].old);
	EXPECT(!(record->changed & BIT(XVCPU_EXIT_REG_CR3)));
	EXPECT_EQ(record->reg[XVCPU_EXIT_REG_CR3].new, GUEST_PML4);
}

static void expect_order(const struct xvcpu_exit_record *before,
			 const struct xvcpu_exit_record *record)
{
	EXPECT(record->sequence > before->sequence);
	EXPECT(before->time >= before->entered);
	EXPECT(record->entered >= before->time);
	EXPECT(record->cpu >= 0 && record->cpu < host_cpu(host_cpus() - 1) + 1);
}

static void run_kinds(void)
{
	vcpu_run_until(&vcpu, KVM_EXIT_IO);
	vcpu_run_until(&vcpu, KVM_EXIT_MMIO);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static void records_exits(void)
{
	struct xvcpu_exit_record cpuid, io, msr, mmio, hlt;

	set_up("trace_kinds");
	open_trace(LARGE, 0);
	run_kinds();
	find(EXIT_CPUID, &cpuid);
	expect_reg(&cpuid, R9, 0, 0x1122334455667788);
	EXPECT_EQ(cpuid.flags, 0);
	find(EXIT_IO, &io);
	expect_moved(&io);
	EXPECT_EQ(io.flags, XVCPU_EXIT_RECORD_OPERAND);
	EXPECT_EQ(io.operand, REPORT_PORT);
	EXPECT_EQ(io.qualification >> 16, REPORT_PORT);
	EXPECT_EQ(io.reg[RAX].new, 0x77);
	EXPECT_EQ(io.reg[RDX].new, REPORT_PORT);
	expect_reg(&io, R9, 0x1122334455667788, 0x1122334455667788);
	find(EXIT_MSR_READ, &msr);
	EXPECT_EQ(msr.flags, XVCPU_EXIT_RECORD_OPERAND);
	EXPECT_EQ(msr.operand, 0x1a0);
	do
		find(EXIT_EPT_VIOLATION, &mmio);
	while (mmio.gpa != GUEST_DEVICE);
	EXPECT_EQ(mmio.flags, XVCPU_EXIT_RECORD_GPA);
	find(EXIT_HLT, &hlt);
	expect_reg(&hlt, R15, 0, 0x15);
	expect_order(&cpuid, &io);
	expect_order(&msr, &hlt);
	EXPECT(!xvcpu_trace_next(&trace, &hlt));
	EXPECT_EQ(trace.lost, 0);
}

static void failed_entry_recorded(void)
{
	struct xvcpu_exit_record record;
	struct kvm_sregs sregs;

	set_up("exits_halt_long");
	open_trace(SMALL, 0);
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.tr.type = 1;
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_run_until(&vcpu, KVM_EXIT_FAIL_ENTRY);
	REQUIRE(xvcpu_trace_next(&trace, &record));
	EXPECT_EQ(record.reason, BAD_GUEST_STATE);
	EXPECT_EQ(record.flags, XVCPU_EXIT_RECORD_FAILED);
	EXPECT_EQ(record.changed, 0);
	EXPECT_EQ(record.reg[XVCPU_EXIT_REG_RIP].new, GUEST_CODE);
	EXPECT(!xvcpu_trace_next(&trace, &record));
}

/* As many as the guest has had, whoever else counts. */
static void as_many_as_exits(void)
{
	struct xvcpu_binding_info info;

	set_up("trace_cpuid");
	set_times(TIMES);
	open_trace(LARGE, 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_binding(&vcpu, &info);
	EXPECT_EQ(head(), info.entries);
	EXPECT_EQ(count(EXIT_CPUID), TIMES);
	EXPECT_EQ(trace.lost, 0);
}

/* --- on and off --- */

static void off_records_nothing(void)
{
	set_up("trace_cpuid");
	set_times(TIMES);
	open_trace(LARGE, XVCPU_EXIT_TRACE_OFF);
	EXPECT_EQ(trace.header->on, 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(head(), 0);
	vcpu_load(&vcpu, "trace_cpuid");
	set_times(TIMES);
	EXPECT_EQ(xvcpu_trace_switch(&trace, true), 0);
	EXPECT_EQ(trace.header->on, 1);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(count(EXIT_CPUID), TIMES);
}

/* Switched while the guest runs: what is off stays as it is. */
static void switched_while_running(void)
{
	struct xvcpu_exit_record record;
	struct runner runner;
	uint64_t before;
	int i;

	set_up("trace_cpuid");
	set_times(-1ULL);
	open_trace(SMALL, XVCPU_EXIT_TRACE_OFF);
	runner_start(&runner, &vcpu, -1);
	for (i = 0; i < 10; i++) {
		before = head();
		REQUIRE_EQ(xvcpu_trace_switch(&trace, true), 0);
		while (head() < before + 2 * SMALL)
			sched_yield();
		REQUIRE_EQ(xvcpu_trace_switch(&trace, false), 0);
		before = head();
		REQUIRE_EQ(vcpu_migrate(&vcpu, host_cpu(i % host_cpus())), 0);
		EXPECT_EQ(head(), before);
		/* What has stayed is whole, and in order. */
		while (xvcpu_trace_next(&trace, &record))
			EXPECT_EQ(record.sequence, trace.header->tail);
		EXPECT_EQ(trace.header->tail, before);
	}
	EXPECT(trace.lost >= 10 * SMALL);
	test_note("%llu records, %llu of them overwritten",
		  (unsigned long long)head(), (unsigned long long)trace.lost);
}

/* Of all CPUs: how often one has asked them to do something. */
static uint64_t calls_of_cpus(void)
{
	char line[4096], *at;
	uint64_t sum = 0;
	FILE *file;
	int cpu;

	file = fopen("/proc/interrupts", "r");
	REQUIRE(file);
	do
		REQUIRE(fgets(line, sizeof(line), file));
	while (!strstr(line, "CAL:"));
	fclose(file);
	at = strchr(line, ':') + 1;
	for (cpu = 0; cpu < host_cpus(); cpu++)
		sum += strtoull(at, &at, 10);
	return sum;
}

/* Who switches it all the time is nobody's trouble but their own. */
static void switched_often_leaves_others_alone(void)
{
	uint64_t before, calls;
	int i;

	test_need_cpus(2);
	set_up("trace_cpuid");
	open_trace(SMALL, XVCPU_EXIT_TRACE_OFF);
	before = calls_of_cpus();
	for (i = 0; i < TIMES; i++) {
		REQUIRE_EQ(xvcpu_trace_switch(&trace, true), 0);
		REQUIRE_EQ(xvcpu_trace_switch(&trace, false), 0);
	}
	calls = calls_of_cpus() - before;
	test_note("%llu calls of CPUs", (unsigned long long)calls);
	EXPECT(calls < TIMES);
}

/* --- the ring --- */

static void overwritten_keeps_the_latest(void)
{
	struct xvcpu_exit_record record;
	uint64_t n, last = 0;

	set_up("trace_cpuid");
	set_times(TIMES);
	open_trace(SMALL, 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	n = head();
	EXPECT(n > TIMES);
	while (xvcpu_trace_next(&trace, &record)) {
		EXPECT_EQ(record.sequence, last ? last + 1 : n - SMALL + 1);
		last = record.sequence;
	}
	EXPECT_EQ(last, n);
	EXPECT_EQ(record.reason, EXIT_HLT);
	EXPECT_EQ(trace.lost, n - SMALL);
}

static bool wait_readable(int timeout)
{
	struct pollfd fd = { .fd = trace.fd, .events = POLLIN };

	REQUIRE(poll(&fd, 1, timeout) >= 0);
	return fd.revents & POLLIN;
}

/* A reader that sleeps gets all, and the guest waits for it. */
static void blocked_loses_nothing(void)
{
	struct xvcpu_exit_record record;
	uint64_t expected = 1, cpuids = 0;
	struct runner runner;

	set_up("trace_cpuid");
	set_times(TIMES);
	open_trace(SMALL, XVCPU_EXIT_TRACE_BLOCK);
	runner_start(&runner, &vcpu, -1);
	do {
		REQUIRE(wait_readable(-1));
		while (xvcpu_trace_next(&trace, &record)) {
			EXPECT_EQ(record.sequence, expected++);
			cpuids += record.reason == EXIT_CPUID;
			if (record.reason == EXIT_CPUID)
				EXPECT_EQ(record.reg[R8].new, cpuids);
		}
	} while (record.reason != EXIT_HLT);
	EXPECT_EQ(runner_wait(&runner), 0);
	EXPECT_EQ(cpuids, TIMES);
	EXPECT_EQ(trace.lost, 0);
	EXPECT(!wait_readable(0));
}

/* Of this process's other thread. */
static char state_of_other(void)
{
	char path[64], line[512] = "";
	struct dirent *entry;
	FILE *file = NULL;
	DIR *dir;

	dir = opendir("/proc/self/task");
	REQUIRE(dir);
	while (!file && (entry = readdir(dir))) {
		if (atoi(entry->d_name) <= 0 || atoi(entry->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%.16s/stat",
			 entry->d_name);
		file = fopen(path, "r");
	}
	closedir(dir);
	/* It may have ended. */
	if (!file)
		return 'X';
	if (!fgets(line, sizeof(line), file) || !strrchr(line, ')'))
		line[0] = '\0';
	fclose(file);
	return line[0] ? strrchr(line, ')')[2] : 'X';
}

static void wait_asleep(void)
{
	while (state_of_other() == 'R')
		sched_yield();
}

/* Edge-triggered, epoll does not say that there is room: the guest goes on, slowly. */
static void blocked_goes_on_without_poll(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	struct xvcpu_exit_record record;
	uint64_t expected = 1;
	struct runner runner;
	int fd;

	set_up("trace_cpuid");
	set_times(3 * SMALL);
	open_trace(SMALL, XVCPU_EXIT_TRACE_BLOCK);
	fd = epoll_create1(EPOLL_CLOEXEC);
	REQUIRE(fd >= 0);
	REQUIRE_EQ(epoll_ctl(fd, EPOLL_CTL_ADD, trace.fd, &event), 0);
	runner_start(&runner, &vcpu, -1);
	while (head() < SMALL)
		sched_yield();
	do {
		/* It has told of all that there is; and it has looked for room. */
		wait_asleep();
		REQUIRE_EQ(epoll_wait(fd, &event, 1, -1), 1);
		wait_asleep();
		while (xvcpu_trace_next(&trace, &record))
			EXPECT_EQ(record.sequence, expected++);
	} while (expected == 1 || record.reason != EXIT_HLT);
	EXPECT_EQ(runner_wait(&runner), 0);
	EXPECT_EQ(trace.lost, 0);
}

/* Though nothing takes the guest from its CPU, and it needs no userspace. */
static void sleeping_reader_is_woken(void)
{
	struct sched_param param = { .sched_priority = 1 };
	struct xvcpu_exit_record record;
	struct runner runner;
	int i;

	test_need_cpus(2);
	set_up("trace_cpuid");
	set_times(-1ULL);
	open_trace(LARGE, 0);
	host_run_on(host_cpu(1));
	runner_start(&runner, &vcpu, host_cpu(0));
	REQUIRE_EQ(pthread_setschedparam(runner.thread, SCHED_FIFO, &param), 0);
	for (i = 0; i < 50; i++) {
		REQUIRE(wait_readable(-1));
		while (xvcpu_trace_next(&trace, &record))
			;
	}
	test_note("%llu records, %llu lost", (unsigned long long)head(),
		  (unsigned long long)trace.lost);
	EXPECT_EQ(trace.lost, 0);
}

static void start_blocked(struct runner *runner)
{
	set_up("trace_cpuid");
	set_times(TIMES);
	open_trace(SMALL, XVCPU_EXIT_TRACE_BLOCK);
	runner_start(runner, &vcpu, -1);
	while (head() < SMALL)
		sched_yield();
}

/* Visitors come in nevertheless, and the guest does not go on. */
static void blocked_can_be_moved(void)
{
	struct xvcpu_binding_info before, after;
	struct runner runner;
	int i;

	start_blocked(&runner);
	vcpu_get_binding(&vcpu, &before);
	for (i = 0; i < 8; i++)
		EXPECT_EQ(vcpu_migrate(&vcpu, host_cpu(i % host_cpus())), 0);
	vcpu_get_binding(&vcpu, &after);
	EXPECT_EQ(after.entries, before.entries);
	EXPECT_EQ(head(), SMALL);
	EXPECT_EQ(xvcpu_trace_switch(&trace, false), 0);
	EXPECT_EQ(runner_wait(&runner), 0);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	EXPECT_EQ(head(), SMALL);
}

static void blocked_goes_on_when_closed(void)
{
	struct runner runner;

	start_blocked(&runner);
	xvcpu_trace_close(&trace);
	EXPECT_EQ(runner_wait(&runner), 0);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	open_trace(SMALL, 0);
}

static void nothing(int signal)
{
	(void)signal;
}

static void blocked_ends_by_signal(void)
{
	struct sigaction action = { .sa_handler = nothing };
	struct runner runner;

	REQUIRE_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	start_blocked(&runner);
	REQUIRE_EQ(pthread_kill(runner.thread, SIGUSR1), 0);
	EXPECT_EQ(runner_wait(&runner), -EINTR);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_INTR);
	/* It is as it was: it goes on where there is room. */
	EXPECT_EQ(head(), SMALL);
	EXPECT_EQ(count(EXIT_HLT), 0);
	EXPECT_EQ(xvcpu_trace_switch(&trace, false), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/* Whatever the reader writes, the module's memory is its own. */
static void header_is_not_believed(void)
{
	struct runner runner;

	start_blocked(&runner);
	__atomic_store_n(&trace.header->tail, head() + 5, __ATOMIC_RELEASE);
	wait_readable(0);
	EXPECT_EQ(vcpu_migrate(&vcpu, host_cpu(0)), 0);
	EXPECT_EQ(head(), SMALL);
	memset(trace.header, 0xff, PAGE_SIZE);
	trace.header->tail = SMALL;
	wait_readable(0);
	while (head() != 2 * SMALL)
		sched_yield();
	memset((void *)trace.records, 0xff, sizeof(*trace.records) * SMALL);
	EXPECT_EQ(xvcpu_trace_switch(&trace, false), 0);
	EXPECT_EQ(runner_wait(&runner), 0);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	trace.header->records = SMALL;
}

/* --- who, and what not --- */

static void try_open(uint32_t records, uint32_t flags, int err)
{
	test_context("%u records, flags 0x%x", records, flags);
	EXPECT_EQ(xvcpu_trace_open(&trace, vcpu.fd, records, flags), err);
}

static void bad_arguments(void)
{
	struct xvcpu_trace other;
	void *ring;

	set_up("trace_cpuid");
	try_open(0, 0, -EINVAL);
	try_open(SMALL / 2, 0, -EINVAL);
	try_open(SMALL + 1, 0, -EINVAL);
	try_open(XVCPU_EXIT_TRACE_MAX * 2, 0, -EINVAL);
	try_open(1U << 31, 0, -EINVAL);
	try_open(SMALL, 4, -EINVAL);
	EXPECT_EQ(dev_ioctl(vcpu.fd, XVCPU_OPEN_EXIT_TRACE, (void *)1), -EFAULT);
	try_open(XVCPU_EXIT_TRACE_MAX, 0, 0);
	test_context("%s", "open");
	EXPECT_EQ(xvcpu_trace_open(&other, vcpu.fd, SMALL, 0), -EBUSY);
	EXPECT_EQ(dev_ioctl(trace.fd, XVCPU_SET_EXIT_TRACE, (void *)2), -EINVAL);
	EXPECT_EQ(dev_ioctl(trace.fd, XVCPU_GET_BINDING, NULL), -ENOTTY);
	ring = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_PRIVATE, trace.fd, 0);
	EXPECT(ring == MAP_FAILED && errno == EINVAL);
	xvcpu_trace_close(&trace);
	try_open(SMALL, 0, 0);
}

/* Behind the last record there is nothing. */
static void end_of_ring(void)
{
	int status;
	pid_t pid;

	set_up("trace_cpuid");
	open_trace(SMALL, 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		volatile char *ring = mmap(NULL, 3 * PAGE_SIZE, PROT_READ,
					   MAP_SHARED, trace.fd, 0);

		_exit(ring == MAP_FAILED ? 1 : ring[2 * PAGE_SIZE]);
	}
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
}

/* Another process traces the vCPU, and dies. */
static void other_process(void)
{
	uint32_t pages;
	int status;
	pid_t pid;

	set_up("trace_cpuid");
	set_times(TIMES);
	pages = module_pages();
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		open_trace(LARGE, 0);
		_exit(trace.header->on == 1 &&
		      module_pages() == pages + 1 + LARGE / 8 ? 0 : 1);
	}
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	EXPECT_EQ(module_pages(), pages);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/* The trace outlives the vCPU's descriptor, and holds the VM. */
static void outlives_the_vcpu(void)
{
	struct xvcpu_exit_record record;

	set_up("trace_cpuid");
	set_times(3);
	open_trace(LARGE, 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_destroy(&vcpu);
	vm_destroy(&vm);
	find(EXIT_CPUID, &record);
	EXPECT_EQ(record.reg[R8].new, 1);
	EXPECT_EQ(xvcpu_trace_switch(&trace, false), 0);
	EXPECT_EQ(xvcpu_trace_switch(&trace, true), 0);
	xvcpu_trace_close(&trace);
	module_expect_empty();
}

static const struct test tests[] = {
	{ "exit_trace_records_exits", records_exits },
	{ "exit_trace_failed_entry_recorded", failed_entry_recorded },
	{ "exit_trace_as_many_as_exits", as_many_as_exits },
	{ "exit_trace_off_records_nothing", off_records_nothing },
	{ "exit_trace_switched_while_running", switched_while_running },
	{ "exit_trace_switched_often_leaves_others_alone",
	  switched_often_leaves_others_alone },
	{ "exit_trace_overwritten_keeps_the_latest",
	  overwritten_keeps_the_latest },
	{ "exit_trace_blocked_loses_nothing", blocked_loses_nothing },
	{ "exit_trace_blocked_goes_on_without_poll",
	  blocked_goes_on_without_poll },
	{ "exit_trace_sleeping_reader_is_woken", sleeping_reader_is_woken },
	{ "exit_trace_blocked_can_be_moved", blocked_can_be_moved },
	{ "exit_trace_blocked_goes_on_when_closed",
	  blocked_goes_on_when_closed },
	{ "exit_trace_blocked_ends_by_signal", blocked_ends_by_signal },
	{ "exit_trace_header_is_not_believed", header_is_not_believed },
	{ "exit_trace_bad_arguments", bad_arguments },
	{ "exit_trace_end_of_ring", end_of_ring },
	{ "exit_trace_other_process", other_process },
	{ "exit_trace_outlives_the_vcpu", outlives_the_vcpu },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
