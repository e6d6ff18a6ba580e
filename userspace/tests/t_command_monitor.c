// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu monitor, as a program: it tells a VM's life, and it ends when it is to.
 * xvcpu only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <json-c/json.h>

#include "harness.h"
#include "harness_cli.h"
#include "xvcpu_nl.h"

static struct vm vm;
static struct vcpu vcpu;
static struct xvcpu_vcpu_info info;
static struct cli cli;

static void find_key(const struct xvcpu_vcpu_info *found, void *arg)
{
	(void)arg;
	if (found->tgid == (uint32_t)getpid())
		info = *found;
}

/* It listens when it tells of a VM. */
static void start(const char *option)
{
	const char *const words[] = { "monitor", option, NULL };
	struct vm first;

	test_need_xvcpu();
	cli_start(&cli, words);
	do {
		vm_create_empty(&first);
		vm_destroy(&first);
	} while (!cli_read_some(&cli, 20));
}

/* From its VM's beginning to its end, which has been told on return. */
static void live(const char *end)
{
	char text[80];
	struct xvcpu_nl *nl;

	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	vm_create(&vm);
	vcpu_create_pinned(&vcpu, &vm, 3, host_cpu(0));
	vcpu_load(&vcpu, "exits_halt_long");
	REQUIRE_EQ(xvcpu_nl_vcpus(nl, find_key, NULL), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_destroy(&vcpu);
	vm_destroy(&vm);
	snprintf(text, sizeof(text), end, info.vm);
	cli_read_until(&cli, text);
}

static void stop(int signal)
{
	cli_kill(&cli, signal);
	cli_wait(&cli);
	EXPECT_EQ(cli.status, 0);
	if (cli.err[0])
		test_failed(false, __FILE__, __LINE__, "it said: %s", cli.err);
}

/* The lines in which this stands have to be these, in this order. */
static void expect_lines(const char *mark, const char *const *want, int nr)
{
	char *rest = cli.out, *line;
	int n = 0;

	while ((line = strsep(&rest, "\n"))) {
		if (!strstr(line, mark))
			continue;
		test_context("line %d, '%s'", n, line);
		REQUIRE(n < nr);
		EXPECT(strstr(line, want[n]));
		n++;
	}
	EXPECT_EQ(n, nr);
}

static void life_in_order(void)
{
	char want[6][80], mark[20];
	const char *lines[6];
	int cpu, i;

	start(NULL);
	cpu = host_cpu(0);
	live("vm-destroyed vm %u ");
	stop(SIGTERM);
	snprintf(want[0], 80, "vm-created vm %u pid %d", info.vm, getpid());
	snprintf(want[1], 80, "vcpu-created vcpu %u vm %u id 3 pid %d cpu %d",
		 info.key, info.vm, getpid(), cpu);
	snprintf(want[2], 80, "vcpu-bound vcpu %u vm %u id 3 pid %d cpu %d",
		 info.key, info.vm, getpid(), cpu);
	snprintf(want[3], 80, "vcpu-unbound vcpu %u vm %u id 3 pid %d from %d",
		 info.key, info.vm, getpid(), cpu);
	snprintf(want[4], 80, "vcpu-destroyed vcpu %u vm %u", info.key,
		 info.vm);
	snprintf(want[5], 80, "vm-destroyed vm %u pid %d", info.vm, getpid());
	for (i = 0; i < 6; i++)
		lines[i] = want[i];
	snprintf(mark, sizeof(mark), " vm %u ", info.vm);
	expect_lines(mark, lines, 6);
}

static void times_rise(void)
{
	double before = 0, time;
	char *rest = cli.out, *line, *end;
	int n = 0;

	start("-t");
	live("vm-destroyed vm %u ");
	stop(SIGINT);
	while ((line = strsep(&rest, "\n")) && *line) {
		test_context("line '%s'", line);
		time = strtod(line, &end);
		EXPECT(end > line && *end == ' ');
		EXPECT(time >= before);
		before = time;
		n++;
	}
	EXPECT(n >= 6);
	EXPECT(before * 1e9 <= host_ns());
}

/* The last object of all that are about this VM. */
static bool told_the_end(void)
{
	char *copy = strdup(cli.out), *rest = copy, *line, vm_id[20];
	bool told = false;

	snprintf(vm_id, sizeof(vm_id), "\"vm\":%u,", info.vm);
	while ((line = strsep(&rest, "\n")))
		told |= strstr(line, vm_id) && strstr(line, "\"vm-destroyed\"");
	free(copy);
	return told;
}

static void json_objects(void)
{
	static const char *const kinds[] = {
		"vm-created", "vcpu-created", "vcpu-bound", "vcpu-unbound",
		"vcpu-destroyed", "vm-destroyed",
	};
	json_object *object, *value;
	char *rest = cli.out, *line;
	size_t n = 0;

	start("-j");
	live("\"vm\":%u,\"pid\"");
	while (!told_the_end())
		REQUIRE(cli_read_some(&cli, 5000));
	stop(SIGTERM);
	while ((line = strsep(&rest, "\n")) && *line) {
		test_context("line '%s'", line);
		object = json_tokener_parse(line);
		REQUIRE(object);
		REQUIRE(json_object_object_get_ex(object, "vm", &value));
		if (json_object_get_int64(value) != info.vm)
			continue;
		REQUIRE(n < ARRAY_SIZE(kinds));
		REQUIRE(json_object_object_get_ex(object, "event", &value));
		EXPECT(!strcmp(json_object_get_string(value), kinds[n]));
		REQUIRE(json_object_object_get_ex(object, "lost", &value));
		EXPECT_EQ(json_object_get_int64(value), 0);
		n++;
	}
	EXPECT_EQ(n, ARRAY_SIZE(kinds));
}

/* --- the end --- */

static void ends_after_a_count(void)
{
	int lines = 0;
	char *at;

	start("-n3");
	live("vm-");
	cli_wait(&cli);
	EXPECT_EQ(cli.status, 0);
	for (at = cli.out; *at; at++)
		lines += *at == '\n';
	EXPECT_EQ(lines, 3);
}

static void ends_when_nobody_reads(void)
{
	start(NULL);
	close(cli.fd);
	cli.fd = -1;
	cli_wait(&cli);
	EXPECT_EQ(cli.status, 0);
	EXPECT_EQ(cli.err[0], '\0');
}

static void refuses_who_may_not(void)
{
	test_need_xvcpu();
	REQUIRE_EQ(setuid(65534), 0);
	cli_run(&cli, "monitor");
	EXPECT_EQ(cli.status, 2);
	EXPECT(strstr(cli.err, "CAP_NET_ADMIN"));
}

static void refuses_wrong_usage(void)
{
	cli_run(&cli, "monitor -n x");
	EXPECT_EQ(cli.status, 1);
	EXPECT(strstr(cli.err, "no count"));
	cli_run(&cli, "monitor 3");
	EXPECT_EQ(cli.status, 1);
	EXPECT(strstr(cli.err, "too many"));
}

static const struct test tests[] = {
	{ "monitor_life_in_order", life_in_order },
	{ "monitor_times_rise", times_rise },
	{ "monitor_json_objects", json_objects },
	{ "monitor_ends_after_a_count", ends_after_a_count },
	{ "monitor_ends_when_nobody_reads", ends_when_nobody_reads },
	{ "monitor_refuses_who_may_not", refuses_who_may_not },
	{ "monitor_refuses_wrong_usage", refuses_wrong_usage },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
