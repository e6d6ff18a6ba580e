// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints, by tracefs: what a vCPU does, in the order in which it does it.
 * xvcpu only.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "harness.h"

#define TRACEFS		"/sys/kernel/tracing"
#define EVENTS		TRACEFS "/events/xvcpu"
#define CLOCK		TRACEFS "/trace_clock"

static struct vm vm;
static struct vcpu vcpu;

static void switch_off(void)
{
	host_write(EVENTS "/enable", "0");
	host_write(CLOCK, "local");
}

/* Opening it so empties it. */
static void forget(void)
{
	int fd = open(TRACEFS "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	REQUIRE(fd >= 0);
	close(fd);
}

/* Each test begins with nothing recorded, and events off. */
static void set_up(const char *guest)
{
	test_need_xvcpu();
	if (access(TRACEFS "/trace", F_OK) &&
	    mount("tracefs", TRACEFS, "tracefs", 0, NULL))
		test_skip("the kernel has no tracefs");
	if (access(EVENTS, F_OK))
		test_skip("the kernel has no tracepoints");
	switch_off();
	atexit(switch_off);
	/* The CPUs' clocks may differ after sleep: this has the order, and no time. */
	REQUIRE_EQ(host_write(CLOCK, "counter"), 0);
	forget();
	vm_create(&vm);
	vcpu_create_pinned(&vcpu, &vm, 0, host_cpu(0));
	vcpu_load(&vcpu, guest);
}

static void enable(const char *event)
{
	char path[128];

	snprintf(path, sizeof(path), EVENTS "/%s/enable", event);
	REQUIRE_EQ(host_write(path, "1"), 0);
}

/* What comes after "event: " in the lines of that event, one after the other. */
static size_t recorded(const char *event, char lines[][128], size_t max)
{
	FILE *file = fopen(TRACEFS "/trace", "re");
	char line[256], start[64];
	const char *found;
	size_t n = 0;

	REQUIRE(file);
	snprintf(start, sizeof(start), ": %s: ", event);
	while (fgets(line, sizeof(line), file)) {
		found = strstr(line, start);
		if (found && n < max)
			snprintf(lines[n++], 128, "%s", found + strlen(start));
	}
	fclose(file);
	return n;
}

static bool says(const char *line, const char *what)
{
	if (strstr(line, what))
		return true;
	test_note("%s", line);
	return false;
}

static void exit_says_why_and_where(void)
{
	static char lines[4096][128];
	char rip[32];
	struct kvm_regs regs;
	size_t n;

	set_up("exits_halt_long");
	enable("xvcpu_exit");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	n = recorded("xvcpu_exit", lines, 4096);
	REQUIRE(n >= 1);
	vcpu_get_regs(&vcpu, &regs);
	/* HLT has a length of one byte. */
	snprintf(rip, sizeof(rip), "rip=0x%llx\n", regs.rip - 1);
	EXPECT(says(lines[n - 1], "reason=HLT "));
	EXPECT(says(lines[n - 1], "qualification=0x0 "));
	EXPECT(says(lines[n - 1], rip));
}

static void entry_says_which_instruction(void)
{
	struct xvcpu_binding_info info;
	static char lines[4096][128];
	size_t n;

	set_up("exits_halt_long");
	enable("xvcpu_entry");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	n = recorded("xvcpu_entry", lines, 4096);
	vcpu_get_binding(&vcpu, &info);
	EXPECT_EQ(n, info.entries);
	REQUIRE(n >= 1);
	EXPECT(says(lines[0], " VMLAUNCH"));
	if (n > 1)
		EXPECT(says(lines[n - 1], " VMRESUME"));
}

static void bind_says_from_where(void)
{
	char lines[8][128], from[32];

	test_need_cpus(2);
	set_up("exits_halt_long");
	enable("xvcpu_bind");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_load(&vcpu, "exits_halt_long");
	REQUIRE_EQ(vcpu_migrate(&vcpu, host_cpu(1)), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	REQUIRE_EQ(recorded("xvcpu_bind", lines, 8), 2);
	snprintf(from, sizeof(from), "from=%d\n", host_cpu(0));
	EXPECT(says(lines[0], "from=-1\n"));
	EXPECT(says(lines[1], from));
}

static void failed_entry_says_the_reason(void)
{
	char lines[8][128];
	struct kvm_sregs sregs;

	set_up("exits_halt_long");
	enable("xvcpu_entry_failed");
	enable("xvcpu_exit");
	vcpu_get_sregs(&vcpu, &sregs);
	/* A task register that is not busy, which no VM entry takes. */
	sregs.tr.type = 1;
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_run_until(&vcpu, KVM_EXIT_FAIL_ENTRY);
	REQUIRE_EQ(recorded("xvcpu_entry_failed", lines, 8), 1);
	EXPECT(says(lines[0], "reason=0x80000021\n"));
	EXPECT_EQ(recorded("xvcpu_exit", lines, 8), 0);
}

static void off_records_nothing(void)
{
	char lines[1][128];

	set_up("exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(recorded("xvcpu_exit", lines, 1), 0);
	EXPECT_EQ(recorded("xvcpu_entry", lines, 1), 0);
	EXPECT_EQ(recorded("xvcpu_bind", lines, 1), 0);
}

static const struct test tests[] = {
	{ "trace_exit_says_why_and_where", exit_says_why_and_where },
	{ "trace_entry_says_which_instruction", entry_says_which_instruction },
	{ "trace_bind_says_from_where", bind_says_from_where },
	{ "trace_failed_entry_says_the_reason", failed_entry_says_the_reason },
	{ "trace_off_records_nothing", off_records_nothing },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
