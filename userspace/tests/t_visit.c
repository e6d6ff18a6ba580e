// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU whose guest waits for memory that does not come: whoever wants something
 * of it gets it, or can be killed. xvcpu only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xvcpu_exit_trace.h>

#include "harness_memory.h"

#define RECORDS		XVCPU_EXIT_TRACE_MIN
#define STACK		0x10000

static struct runner runner;
static int faults;

/* The vCPU's thread waits for the slot's first page. */
static void set_up(void)
{
	struct uffd_msg msg;
	struct kvm_regs regs;

	test_need_xvcpu();
	memory_set_up(memory_private());
	faults = memory_userfaultfd();
	vcpu_load(&vcpu, "memory_read");
	vcpu_get_regs(&vcpu, &regs);
	regs.rbx = GPA;
	vcpu_set_regs(&vcpu, &regs);
	runner_start(&runner, &vcpu, -1);
	REQUIRE_EQ(read(faults, &msg, sizeof(msg)), sizeof(msg));
	REQUIRE_EQ(msg.event, UFFD_EVENT_PAGEFAULT);
}

static void memory_comes(void)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (uintptr_t)mem, .len = PAGE_SIZE },
	};

	REQUIRE_EQ(dev_ioctl(faults, UFFDIO_ZEROPAGE, &zero), 0);
	EXPECT_EQ(runner_wait(&runner), 0);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
}

/* --- what does not wait --- */

static void trace_does_not_wait(void)
{
	struct xvcpu_exit_record record;
	struct xvcpu_trace trace;

	set_up();
	REQUIRE_EQ(xvcpu_trace_open(&trace, vcpu.fd, RECORDS, 0), 0);
	EXPECT_EQ(xvcpu_trace_switch(&trace, false), 0);
	EXPECT_EQ(xvcpu_trace_switch(&trace, true), 0);
	xvcpu_trace_close(&trace);
	REQUIRE_EQ(xvcpu_trace_open(&trace, vcpu.fd, RECORDS, 0), 0);
	EXPECT(!xvcpu_trace_next(&trace, &record));
	memory_comes();
	EXPECT(xvcpu_trace_next(&trace, &record));
}

/* Its file is closed, whoever does it, and the ring's memory is free again. */
static void trace_is_freed(void)
{
	struct xvcpu_trace trace;
	uint32_t pages;
	int status;
	pid_t pid;

	set_up();
	pages = module_pages();
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		_exit(xvcpu_trace_open(&trace, vcpu.fd, RECORDS,
				       XVCPU_EXIT_TRACE_BLOCK) ? 1 : 0);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	EXPECT_EQ(module_pages(), pages);
	memory_comes();
}

/* What PAE paging needs is in that memory; nobody has asked for it afterwards. */
static void signal_does_not_wait(void)
{
	struct kvm_sregs sregs;
	struct uffd_msg msg;

	test_need_xvcpu();
	memory_set_up(memory_private());
	faults = memory_userfaultfd();
	vcpu_load(&vcpu, "cr_pae_write_cr3");
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr3 = GPA;
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_let_signal_through(&vcpu);
	REQUIRE_EQ(raise(SIGUSR1), 0);
	EXPECT_EQ(vcpu_run(&vcpu), -EINTR);
	REQUIRE_EQ(fcntl(faults, F_SETFL, O_NONBLOCK), 0);
	EXPECT_EQ(read(faults, &msg, sizeof(msg)), -1);
	EXPECT_EQ(errno, EAGAIN);
}

/* --- what waits, and can be killed --- */

static char state_of(pid_t pid)
{
	char path[64], line[512] = "";
	const char *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	REQUIRE(file);
	REQUIRE(fgets(line, sizeof(line), file));
	fclose(file);
	end = strrchr(line, ')');
	REQUIRE(end);
	return end[2];
}

/* It sleeps where signals that do not kill are not seen. */
static void expect_killable(int (*want)(void *))
{
	/* Of a process with this one's memory, in which the VM is its own. */
	char *stack = memory_map(STACK, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1);
	pid_t pid = clone(want, stack + STACK, CLONE_VM | CLONE_FILES | SIGCHLD,
			  NULL);
	int status;

	REQUIRE(pid >= 0);
	while (state_of(pid) != 'D' && state_of(pid) != 'Z')
		sched_yield();
	REQUIRE_EQ(kill(pid, SIGKILL), 0);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static int get_entry_failure(void *unused)
{
	struct xvcpu_entry_failure failure;

	(void)unused;
	ioctl(vcpu.fd, XVCPU_GET_ENTRY_FAILURE, &failure);
	return 0;
}

static void entry_failure_can_be_killed(void)
{
	struct xvcpu_entry_failure failure;

	set_up();
	expect_killable(get_entry_failure);
	memory_comes();
	EXPECT_EQ(dev_ioctl(vcpu.fd, XVCPU_GET_ENTRY_FAILURE, &failure),
		  -ENOENT);
}

static int migrate(void *unused)
{
	struct xvcpu_migrate to = { .cpu = host_cpu(0) };

	(void)unused;
	ioctl(vcpu.fd, XVCPU_MIGRATE, &to);
	return 0;
}

static void migration_can_be_killed(void)
{
	struct xvcpu_binding_info info;

	set_up();
	expect_killable(migrate);
	memory_comes();
	vcpu_get_binding(&vcpu, &info);
	EXPECT_EQ(info.pinned_cpu, XVCPU_CPU_NONE);
}

static int deny_all_msrs(void *unused)
{
	static uint8_t allowed[1];
	struct kvm_msr_filter filter = {
		.flags = KVM_MSR_FILTER_DEFAULT_DENY,
		.ranges[0] = { .flags = KVM_MSR_FILTER_READ, .nmsrs = 1,
			       .bitmap = allowed },
	};

	(void)unused;
	ioctl(vm.fd, KVM_X86_SET_MSR_FILTER, &filter);
	return 0;
}

static void msr_filter_can_be_killed(void)
{
	set_up();
	expect_killable(deny_all_msrs);
	memory_comes();
}

static const struct test tests[] = {
	{ "visit_trace_does_not_wait", trace_does_not_wait },
	{ "visit_signal_does_not_wait", signal_does_not_wait },
	{ "visit_trace_is_freed", trace_is_freed },
	{ "visit_entry_failure_can_be_killed", entry_failure_can_be_killed },
	{ "visit_migration_can_be_killed", migration_can_be_killed },
	{ "visit_msr_filter_can_be_killed", msr_filter_can_be_killed },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
