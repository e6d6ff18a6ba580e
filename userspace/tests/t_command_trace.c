// SPDX-License-Identifier: GPL-2.0
/*
 * "xvcpu trace": recorded by one process, while another's guest runs.
 * xvcpu only.
 */
#define _GNU_SOURCE
#include <json-c/json.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xvcpu_nl.h>

#include "harness.h"
#include "harness_cli.h"

#define FILE_NAME	"/tmp/t_command_trace"
#define TIMES		40

static struct vm vm;
static struct vcpu vcpu;
static struct cli cli;
static uint32_t key;
static uint64_t exits;

static void keep_key(const struct xvcpu_vcpu_info *info, void *arg)
{
	(void)arg;
	key = info->key;
	exits = info->exits;
}

static void look(void)
{
	struct xvcpu_nl *nl;

	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	REQUIRE_EQ(xvcpu_nl_vcpus(nl, keep_key, NULL), 0);
	xvcpu_nl_close(nl);
}

/* Some exits more, from now on, of the only vCPU that there is. */
static void wait_for_exits(uint64_t more)
{
	uint64_t before;

	look();
	before = exits;
	do {
		sched_yield();
		look();
	} while (exits < before + more);
}

static void forget(void)
{
	unlink(FILE_NAME);
}

static void set_up(const char *guest, uint64_t times)
{
	struct kvm_regs regs;

	test_need_xvcpu();
	test_timeout(60);
	atexit(forget);
	module_expect_empty();
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, guest);
	vcpu_get_regs(&vcpu, &regs);
	regs.rbp = times;
	vcpu_set_regs(&vcpu, &regs);
	look();
}

/* A second process has to be let: by default the kernel asks no more of root. */
static void record(const char *options, int status)
{
	cli_run(&cli, "trace record -o " FILE_NAME " %s %u", options, key);
	EXPECT_EQ(cli.status, status);
}

/* The exits of a guest that ends, by a recorder that began before it. */
static void record_all(const char *guest, uint64_t times)
{
	struct runner runner;
	char number[16];
	const char *const words[] = {
		"trace", "record", "-b", "-s", "30", "-o", FILE_NAME, number,
		NULL,
	};

	set_up(guest, times);
	snprintf(number, sizeof(number), "%u", key);
	cli_start(&cli, words);
	/* It has made the file when all traces are open. */
	while (access(FILE_NAME, F_OK))
		sched_yield();
	runner_start(&runner, &vcpu, -1);
	EXPECT_EQ(runner_wait(&runner), 0);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	cli_kill(&cli, SIGTERM);
	cli_wait(&cli);
	EXPECT_EQ(cli.status, 0);
	EXPECT(strstr(cli.err, " 0 lost"));
}

static int lines_with(const char *text)
{
	const char *at = cli.out;
	int n = 0;

	while ((at = strstr(at, text))) {
		n++;
		at += strlen(text);
	}
	return n;
}

static void show_says_what_the_guest_did(void)
{
	record_all("trace_cpuid", TIMES);
	cli_run(&cli, "trace show " FILE_NAME);
	EXPECT_EQ(cli.status, 0);
	EXPECT_EQ(lines_with(" cpuid"), TIMES);
	EXPECT_EQ(lines_with(" hlt"), 1);
	EXPECT(strstr(cli.out, "r8     0x26 -> 0x27"));
	cli_run(&cli, "trace show -q --reason HLT " FILE_NAME);
	EXPECT_EQ(lines_with("\n"), 1);
	EXPECT_EQ(lines_with("->"), 0);
	cli_run(&cli, "trace show -q --reason 10 --vcpu %u " FILE_NAME, key);
	EXPECT_EQ(lines_with("\n"), TIMES);
	cli_run(&cli, "trace show -q --vcpu %u " FILE_NAME, key + 1);
	EXPECT_EQ(cli.length, 0);
	cli_run(&cli, "trace show -q --rip 0-0x7fff " FILE_NAME);
	EXPECT_EQ(cli.length, 0);
	cli_run(&cli, "trace show -q --rip 0x%x-0x%x " FILE_NAME, GUEST_CODE,
		GUEST_CODE + 0x100);
	EXPECT(lines_with("\n") > TIMES);
}

static json_object *member(json_object *object, const char *name)
{
	json_object *value = NULL;

	if (!json_object_object_get_ex(object, name, &value))
		test_failed(true, __FILE__, __LINE__, "no %s", name);
	return value;
}

/* Each line is an object by itself. */
static void show_json(void)
{
	char *line, *rest = cli.out;
	json_object *object;
	uint64_t last = 0;
	int n = 0;

	record_all("trace_cpuid", TIMES);
	cli_run(&cli, "trace show -j --reason cpuid " FILE_NAME);
	for (line = strtok_r(rest, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		object = json_tokener_parse(line);
		REQUIRE(object);
		EXPECT_EQ(json_object_get_int64(member(object, "vcpu")), key);
		EXPECT_EQ(strcmp(json_object_get_string(member(object, "reason")),
				 "cpuid"), 0);
		EXPECT((uint64_t)json_object_get_int64(
				member(object, "sequence")) > last);
		last = json_object_get_int64(member(object, "sequence"));
		member(member(object, "changed"), "rip");
		json_object_put(object);
		n++;
	}
	EXPECT_EQ(n, TIMES);
}

/* A track for the vCPU and one for each CPU that it was on, and the same times. */
static void export_chrome(void)
{
	json_object *all, *events, *event;
	int guest = 0, on_cpu = 0, cpuid = 0, names = 0;
	const char *name;
	size_t i;

	record_all("trace_cpuid", TIMES);
	cli_run(&cli, "trace export " FILE_NAME);
	EXPECT_EQ(cli.status, 0);
	all = json_tokener_parse(cli.out);
	REQUIRE(all);
	events = member(all, "traceEvents");
	for (i = 0; i < json_object_array_length(events); i++) {
		event = json_object_array_get_idx(events, i);
		name = json_object_get_string(member(event, "name"));
		guest += !strcmp(name, "guest");
		cpuid += !strcmp(name, "cpuid");
		on_cpu += !strncmp(name, "vCPU ", 5);
		names += !strcmp(name, "thread_name");
		if (!strcmp(json_object_get_string(member(event, "ph")), "X"))
			EXPECT(json_object_get_double(member(event, "dur")) >= 0);
	}
	EXPECT_EQ(cpuid, TIMES);
	EXPECT(guest > TIMES);
	EXPECT_EQ(on_cpu, guest);
	EXPECT(names >= 2);
	json_object_put(all);
}

static void export_svg(void)
{
	record_all("trace_cpuid", TIMES);
	cli_run(&cli, "trace export --svg " FILE_NAME);
	EXPECT_EQ(cli.status, 0);
	EXPECT_EQ(strncmp(cli.out, "<svg xmlns=", 11), 0);
	EXPECT_EQ(strcmp(cli.out + cli.length - 7, "</svg>\n"), 0);
	EXPECT(lines_with("<rect ") > 2 * TIMES);
	EXPECT_EQ(lines_with("<rect "), lines_with("</rect>"));
}

static void times_count_all(void)
{
	record_all("trace_cpuid", TIMES);
	cli_run(&cli, "trace times --reason cpuid " FILE_NAME);
	EXPECT_EQ(cli.status, 0);
	EXPECT_EQ(strncmp(cli.out, "cpuid: 40 exits, ", 17), 0);
	EXPECT(lines_with(" ns ") >= 2);
	EXPECT(lines_with("#") > 0);
}

static void record_ends_by_count(void)
{
	struct runner runner;

	set_up("trace_cpuid", -1ULL);
	runner_start(&runner, &vcpu, -1);
	record("-n 25", 0);
	EXPECT(strstr(cli.err, ": 25 exits recorded"));
	cli_run(&cli, "trace show -q " FILE_NAME);
	EXPECT_EQ(lines_with("\n"), 25);
	/* It has left the guest as it was. */
	record("-n 5", 0);
}

/* The process is killed while it is recorded: the record is whole. */
static void record_ends_with_the_process(void)
{
	static const char *const words[] = {
		"trace", "record", "-o", FILE_NAME, NULL,
	};
	pid_t pid;

	test_need_xvcpu();
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		set_up("trace_cpuid", -1ULL);
		vcpu_run(&vcpu);
		_exit(0);
	}
	wait_for_exits(1);
	cli_start(&cli, words);
	while (access(FILE_NAME, F_OK))
		sched_yield();
	wait_for_exits(20);
	REQUIRE_EQ(kill(pid, SIGKILL), 0);
	cli_wait(&cli);
	EXPECT_EQ(cli.status, 0);
	cli_run(&cli, "trace times " FILE_NAME);
	EXPECT_EQ(cli.status, 0);
	EXPECT(strstr(cli.out, "cpuid: "));
	module_expect_empty();
}

static void expect_refused(int status, const char *text)
{
	EXPECT_EQ(cli.status, status);
	if (!strstr(cli.err, text))
		test_failed(false, __FILE__, __LINE__, "'%s' does not say '%s'",
			    cli.err, text);
}

static void errors_have_a_remedy(void)
{
	set_up("trace_cpuid", 1);
	cli_run(&cli, "trace record %u", key + 1);
	expect_refused(2, "'xvcpu vcpus' lists");
	cli_run(&cli, "trace record -r 9 %u", key);
	expect_refused(1, "power of 2");
	cli_run(&cli, "trace record -o /nowhere/file %u", key);
	expect_refused(2, "choose a file that can be written");
	cli_run(&cli, "trace show /nowhere/file");
	expect_refused(2, "No such file");
	cli_run(&cli, "trace show /bin/xvcpu");
	expect_refused(2, "record it with 'xvcpu trace record'");
	cli_run(&cli, "trace show -r nothing");
	expect_refused(1, "there is no exit reason 'nothing'");
	cli_run(&cli, "trace show --rip 1-");
	expect_refused(1, "is not an address");
	cli_run(&cli, "trace");
	expect_refused(1, "usage: xvcpu trace VERB");
	cli_run(&cli, "trace burn");
	expect_refused(1, "there is no command 'trace burn'");
}

static const struct test tests[] = {
	{ "trace_show_says_what_the_guest_did", show_says_what_the_guest_did },
	{ "trace_show_json", show_json },
	{ "trace_export_chrome", export_chrome },
	{ "trace_export_svg", export_svg },
	{ "trace_times_count_all", times_count_all },
	{ "trace_record_ends_by_count", record_ends_by_count },
	{ "trace_record_ends_with_the_process", record_ends_with_the_process },
	{ "trace_errors_have_a_remedy", errors_have_a_remedy },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
