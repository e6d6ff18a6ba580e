// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU whose guest waits for memory that does not come: whoever wants something
 * of it gets it. xvcpu only.
 */
#define _GNU_SOURCE
#include <linux/userfaultfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xvcpu_exit_trace.h>

#include "harness_memory.h"

#define RECORDS		XVCPU_EXIT_TRACE_MIN

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

static const struct test tests[] = {
	{ "visit_trace_does_not_wait", trace_does_not_wait },
	{ "visit_trace_is_freed", trace_is_freed },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
