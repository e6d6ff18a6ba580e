// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu stat and xvcpu top, as programs: each form says what the guest did.
 * xvcpu only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <asm/vmx.h>
#include <json-c/json.h>

#include "harness.h"
#include "harness_cli.h"
#include "harness_metrics.h"
#include "xvcpu_names.h"
#include "xvcpu_nl.h"

#define CPUIDS	37
#define OUTS	5

static struct vm vm;
static struct vcpu vcpu;
static struct xvcpu_nl *nl;
static struct xvcpu_vcpu_info info;
static struct xvcpu_stats_info stats;
static struct cli cli;

static void find_key(const struct xvcpu_vcpu_info *found, void *arg)
{
	(void)arg;
	if (found->tgid == (uint32_t)getpid())
		info = *found;
}

static void set_timing(bool on)
{
	REQUIRE_EQ(host_write(XVCPU_STATS_PARAMETER, on ? "1" : "0"), 0);
}

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
	REQUIRE(info.key);
}

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

static void expect_done(void)
{
	if (cli.status)
		test_failed(true, __FILE__, __LINE__, "status %d: %s",
			    cli.status, cli.err);
}

static void expect_error(int status, const char *sentence)
{
	EXPECT_EQ(cli.status, status);
	if (!strstr(cli.err, sentence))
		test_failed(false, __FILE__, __LINE__, "no '%s' in: %s",
			    sentence, cli.err);
}

static bool says(const char *text)
{
	return strstr(cli.out, text);
}

static int count_text(const char *text)
{
	const char *at = cli.out;
	int n = 0;

	while ((at = strstr(at, text))) {
		at++;
		n++;
	}
	return n;
}

/* --- the table --- */

static void once_counts(void)
{
	set_up("stats_known");
	run_known();
	cli_run(&cli, "stat -1 %u", info.key);
	expect_done();
	EXPECT_EQ(cli_number(&cli, "cpuid", 1), CPUIDS);
	EXPECT_EQ(cli_number(&cli, "io", 1), OUTS);
	EXPECT_EQ(cli_number(&cli, "hlt", 1), 1);
	EXPECT(cli_number(&cli, "cpuid", 2) > cli_number(&cli, "io", 2));
	EXPECT(cli_line(&cli, "REASON"));
	EXPECT(!says("AVG"));
	/* What to do about it. */
	EXPECT(says("echo Y > " XVCPU_STATS_PARAMETER));
}

static void once_is_what_a_pipe_gets(void)
{
	set_up("stats_known");
	run_known();
	cli_run(&cli, "stat %u", info.key);
	expect_done();
	EXPECT_EQ(cli_number(&cli, "cpuid", 1), CPUIDS);
	EXPECT_EQ(count_text("REASON"), 1);
}

static void once_with_times(void)
{
	set_up("stats_known");
	set_timing(true);
	run_known();
	cli_run(&cli, "stat --once %u", info.key);
	expect_done();
	REQUIRE_EQ(xvcpu_nl_stats(nl, info.key, &stats), 0);
	EXPECT(says("MIN/ns"));
	EXPECT(!says("echo Y"));
	EXPECT(cli_number(&cli, "cpuid", 3) > 0);
	EXPECT(cli_number(&cli, "cpuid", 4) >= cli_number(&cli, "cpuid", 3));
	EXPECT(cli_number(&cli, "cpuid", 5) >= cli_number(&cli, "cpuid", 4));
}

static void once_adds_vcpus_up(void)
{
	double cpuids;

	set_up("stats_known");
	run_known();
	cli_run(&cli, "stat -1");
	expect_done();
	cpuids = cli_number(&cli, "cpuid", 1);
	EXPECT(cpuids >= CPUIDS);
	vcpu_create(&vcpu, &vm, 1);
	run_known();
	cli_run(&cli, "stat -1");
	expect_done();
	EXPECT_EQ(cli_number(&cli, "cpuid", 1), cpuids + CPUIDS);
}

/* --- CSV --- */

static int commas(const char *line)
{
	int n = 0;

	for (; *line && *line != '\n'; line++)
		n += *line == ',';
	return n;
}

static void csv_has_all_columns(void)
{
	static const char head[] =
		"vm,vcpu,id,number,reason,count,timed,total_ns,min_ns,max_ns\n";
	const char *line = cli.out;
	char want[80];
	unsigned int lines = 0;

	set_up("stats_known");
	run_known();
	cli_run(&cli, "stat --csv %u", info.key);
	expect_done();
	REQUIRE_EQ(xvcpu_nl_stats(nl, info.key, &stats), 0);
	EXPECT(!strncmp(line, head, strlen(head)));
	for (; *line; line = strchr(line, '\n') + 1, lines++)
		EXPECT_EQ(commas(line), 9);
	EXPECT_EQ(lines, stats.nr_reasons + 1);
	snprintf(want, sizeof(want), "\n%u,%u,0,10,cpuid,%d,0,,,\n", info.vm,
		 info.key, CPUIDS);
	EXPECT(says(want));
}

static void csv_with_times(void)
{
	const struct xvcpu_reason_info *reason;
	char want[120];
	unsigned int i;

	set_up("stats_known");
	set_timing(true);
	run_known();
	set_timing(false);
	cli_run(&cli, "stat --csv %u", info.key);
	expect_done();
	REQUIRE_EQ(xvcpu_nl_stats(nl, info.key, &stats), 0);
	for (i = 0; i < stats.nr_reasons; i++) {
		reason = &stats.reason[i];
		snprintf(want, sizeof(want), ",%u,%s,%llu,%llu,%llu,%llu,%llu\n",
			 reason->number, xvcpu_name_reason(reason->number),
			 (long long)reason->count, (long long)reason->timed,
			 (long long)reason->total_ns,
			 (long long)reason->min_ns, (long long)reason->max_ns);
		test_context("%s", want);
		EXPECT(says(want));
	}
}

/* --- JSON --- */

static json_object *member(json_object *object, const char *name)
{
	json_object *value = NULL;

	test_context("JSON member %s", name);
	REQUIRE(json_object_object_get_ex(object, name, &value));
	return value;
}

static int64_t number(json_object *object, const char *name)
{
	return json_object_get_int64(member(object, name));
}

static void json_says_all(void)
{
	json_object *document, *one, *reasons, *reason;
	size_t i;

	set_up("stats_known");
	set_timing(true);
	run_known();
	cli_run(&cli, "stat -j %u", info.key);
	expect_done();
	REQUIRE_EQ(xvcpu_nl_stats(nl, info.key, &stats), 0);
	document = json_tokener_parse(cli.out);
	REQUIRE(document);
	EXPECT_EQ(number(document, "schema"), 1);
	REQUIRE_EQ(json_object_array_length(member(document, "vcpus")), 1);
	one = json_object_array_get_idx(member(document, "vcpus"), 0);
	EXPECT_EQ(number(one, "key"), info.key);
	EXPECT_EQ(number(one, "vm"), info.vm);
	EXPECT_EQ(number(one, "exits"), stats.exits);
	EXPECT_EQ(number(one, "entries"), stats.entries);
	reasons = member(one, "reasons");
	REQUIRE_EQ(json_object_array_length(reasons), stats.nr_reasons);
	for (i = 0; i < stats.nr_reasons; i++) {
		reason = json_object_array_get_idx(reasons, i);
		EXPECT_EQ(number(reason, "number"), stats.reason[i].number);
		EXPECT_EQ(number(reason, "count"), stats.reason[i].count);
		EXPECT_EQ(number(reason, "total_ns"), stats.reason[i].total_ns);
		EXPECT(json_object_array_length(member(reason, "histogram")) > 0);
	}
}

/* --- OpenMetrics --- */

static double exits_metric(const char *reason)
{
	char name[120];

	snprintf(name, sizeof(name),
		 "xvcpu_exits_total{vm=\"%u\",vcpu=\"%u\",reason=\"%s\"}",
		 info.vm, info.key, reason);
	return metrics_value(cli.out, name);
}

static void openmetrics_without_times(void)
{
	set_up("stats_known");
	run_known();
	cli_run(&cli, "stat --openmetrics %u", info.key);
	expect_done();
	REQUIRE_EQ(xvcpu_nl_stats(nl, info.key, &stats), 0);
	/* Five counters of the vCPU besides. */
	EXPECT_EQ(metrics_check(cli.out), stats.nr_reasons + 5);
	EXPECT_EQ(exits_metric("cpuid"), CPUIDS);
	EXPECT_EQ(exits_metric("io"), OUTS);
}

static void openmetrics_with_times(void)
{
	char name[120];

	set_up("stats_known");
	set_timing(true);
	run_known();
	set_timing(false);
	cli_run(&cli, "stat --openmetrics");
	expect_done();
	EXPECT(metrics_check(cli.out) >= 5 + XVCPU_STATS_BUCKETS);
	EXPECT_EQ(exits_metric("cpuid"), CPUIDS);
	snprintf(name, sizeof(name),
		 "xvcpu_exit_time_seconds_count{vm=\"%u\",vcpu=\"%u\",reason=\"cpuid\"}",
		 info.vm, info.key);
	EXPECT_EQ(metrics_value(cli.out, name), CPUIDS);
}

static void openmetrics_of_nothing(void)
{
	test_need_xvcpu();
	cli_run(&cli, "stat --openmetrics");
	expect_done();
	metrics_check(cli.out);
}

/* --- live --- */

static void live_on_a_pipe(void)
{
	set_up("stats_known");
	run_known();
	cli_run(&cli, "stat -i 0.1 -n 3 %u", info.key);
	expect_done();
	EXPECT_EQ(count_text("REASON"), 3);
	EXPECT(says("COUNT/s"));
	/* Nothing happens between. */
	EXPECT_EQ(cli_number(&cli, "cpuid", 1), CPUIDS);
	EXPECT_EQ(cli_number(&cli, "cpuid", 2), 0);
}

static void live_shows_rates(void)
{
	const char *const words[] = { "stat", "-i", "0.1", "-n", "1000", NULL };

	set_up("stats_known");
	run_known();
	cli_start(&cli, words);
	cli_read_until(&cli, "REASON");
	cli.length = 0;
	do
		run_known();
	while (!cli_read_some(&cli, 0) || cli_number(&cli, "cpuid", 2) <= 0);
	cli_kill(&cli, SIGTERM);
	cli_wait(&cli);
	expect_done();
}

static void live_on_an_unknown_terminal(void)
{
	const char *const words[] = { "stat", "-n", "2", "-i", "0.1", NULL };

	set_up("stats_known");
	run_known();
	cli_start_terminal(&cli, "no-such-terminal", words);
	cli_wait(&cli);
	expect_done();
	EXPECT(strstr(cli.err, "'no-such-terminal' is not known here"));
	EXPECT_EQ(count_text("REASON"), 2);
}

static void live_on_the_full_screen(void)
{
	const char *const words[] = { "stat", "-i", "0.1", NULL };

	set_up("stats_known");
	run_known();
	if (access("/lib/terminfo/v/vt100", F_OK))
		test_skip("nothing is known of vt100 here");
	cli_start_terminal(&cli, "vt100", words);
	cli_read_until(&cli, "REASON");
	cli_read_until(&cli, "cpuid");
	REQUIRE_EQ(write(cli.fd, "q", 1), 1);
	cli_wait(&cli);
	expect_done();
	EXPECT_EQ(cli.err[0], '\0');
	/* It begins by clearing the screen. */
	EXPECT(says("\033[H"));
}

/* --- top --- */

static void top_shows_a_vcpu_that_runs(void)
{
	struct runner runner;
	char key[16], name[20];

	test_need_cpus(2);
	set_up("count_checked");
	snprintf(key, sizeof(key), "%u", info.key);
	runner_start(&runner, &vcpu, host_cpu(1));
	count_wait(&vm, 1000);
	cli_run(&cli, "top -1 -i 0.5");
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
	expect_done();
	EXPECT_EQ(count_text("PROCESS"), 1);
	EXPECT_EQ(cli_number(&cli, key, 1), info.vm);
	prctl(PR_GET_NAME, name);
	EXPECT(strstr(cli_line(&cli, key), name));
	EXPECT_EQ(cli_number(&cli, key, 3), host_cpu(1));
	/* The host's timer interrupts it, at least. */
	EXPECT(cli_number(&cli, key, 6) > 0);
	EXPECT_EQ(cli_number(&cli, key, 7), 0);
}

static void top_again_and_again(void)
{
	char key[16];

	set_up("stats_known");
	snprintf(key, sizeof(key), "%u", info.key);
	cli_run(&cli, "top -i 0.1 -n 2");
	expect_done();
	EXPECT_EQ(count_text("PROCESS"), 2);
	EXPECT_EQ(cli_number(&cli, key, 6), 0);
	EXPECT(strstr(cli_line(&cli, key), "unbound"));
}

/* --- what is wrong --- */

static void refuses_an_unknown_key(void)
{
	test_need_xvcpu();
	cli_run(&cli, "stat -1 123456789");
	expect_error(2, "no such vCPU");
	cli_run(&cli, "stat -n 1 123456789");
	expect_error(2, "no such vCPU");
}

static void refuses_wrong_usage(void)
{
	static const char *const wrong[][2] = {
		{ "stat --csv -j", "one form" },
		{ "stat -1 -i 2", "one form" },
		{ "stat -i 0", "no interval" },
		{ "stat -i 1e9", "no interval" },
		{ "stat -i nan", "no interval" },
		{ "stat -n 0", "no count" },
		{ "stat -n", "lacks an argument" },
		{ "stat --no", "no such option" },
		{ "stat 1 2", "too many" },
		{ "stat x", "not a number" },
		{ "top 1", "too many" },
		{ "top -i x", "no interval" },
		{ "top -n -1", "no count" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		test_context("%s", wrong[i][0]);
		cli_run(&cli, "%s", wrong[i][0]);
		expect_error(1, wrong[i][1]);
		EXPECT(strstr(cli.err, "usage: "));
	}
}

static void refuses_who_may_not(void)
{
	set_up("stats_known");
	REQUIRE_EQ(setuid(65534), 0);
	cli_run(&cli, "stat -1");
	expect_error(2, "CAP_PERFMON");
}

static const struct test tests[] = {
	{ "stat_once_counts", once_counts },
	{ "stat_once_is_what_a_pipe_gets", once_is_what_a_pipe_gets },
	{ "stat_once_with_times", once_with_times },
	{ "stat_once_adds_vcpus_up", once_adds_vcpus_up },
	{ "stat_csv_has_all_columns", csv_has_all_columns },
	{ "stat_csv_with_times", csv_with_times },
	{ "stat_json_says_all", json_says_all },
	{ "stat_openmetrics_without_times", openmetrics_without_times },
	{ "stat_openmetrics_with_times", openmetrics_with_times },
	{ "stat_openmetrics_of_nothing", openmetrics_of_nothing },
	{ "stat_live_on_a_pipe", live_on_a_pipe },
	{ "stat_live_shows_rates", live_shows_rates },
	{ "stat_live_on_an_unknown_terminal", live_on_an_unknown_terminal },
	{ "stat_live_on_the_full_screen", live_on_the_full_screen },
	{ "top_shows_a_vcpu_that_runs", top_shows_a_vcpu_that_runs },
	{ "top_again_and_again", top_again_and_again },
	{ "stat_refuses_an_unknown_key", refuses_an_unknown_key },
	{ "stat_refuses_wrong_usage", refuses_wrong_usage },
	{ "stat_refuses_who_may_not", refuses_who_may_not },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
