// SPDX-License-Identifier: GPL-2.0
/*
 * What it takes to have a hypervisor, and to be rid of it.
 *
 * usage: bench_load MODULE[,PARAMETERS[,LATE]]...
 *	MODULE: in the order in which they are loaded, and from which they go back
 *	PARAMETERS: with which it is loaded
 *	LATE: with which no CPU enters VMX root operation by that
 *
 * Rows as those of bench: insmod and rmmod are all that is between no module and
 * the last one; init what the modules' own functions have of insmod, as the kernel's
 * tracepoints around them say; vmx_on what these do less with LATE.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "bench.h"

#define LOADS	3		/* of which the least counts */
#define MODULES	4
/* Its own, which nobody else traces to. */
#define TRACE	"/sys/kernel/tracing/instances/bench_load"

/**
 * struct module - a module to be loaded
 * @name: it.
 * @params: with which.
 * @late: with which no CPU enters VMX root operation.
 */
struct module {
	const char *name;
	const char *params;
	const char *late;
};

static struct module modules[MODULES];
static int nr;

static void parse(char *word)
{
	struct module *module = &modules[nr++];
	const char *params, *late;

	module->name = strsep(&word, ",");
	params = strsep(&word, ",");
	late = strsep(&word, ",");
	module->params = params ?: "";
	module->late = late ?: module->params;
}

/* --- how long the modules' own functions take --- */

static void trace_start(void)
{
	mkdir(TRACE, 0755);
	REQUIRE_EQ(host_write(TRACE "/trace_clock", "x86-tsc"), 0);
	REQUIRE_EQ(host_write(TRACE "/events/initcall/enable", "1"), 0);
}

static void trace_clear(void)
{
	int fd = open(TRACE "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	REQUIRE(fd >= 0);
	close(fd);
}

static void trace_stop(void)
{
	REQUIRE_EQ(host_write(TRACE "/events/initcall/enable", "0"), 0);
	REQUIRE_EQ(rmdir(TRACE), 0);
}

/* Of a line "... TICKS: EVENT: ..."; 0 if it is another event's. */
static uint64_t ticks_of(const char *line, const char *event)
{
	const char *at = strstr(line, event);

	while (at && at > line && at[-1] != ' ')
		at--;
	return at ? strtoull(at, NULL, 10) : 0;
}

static uint64_t init_ticks(void)
{
	FILE *file = fopen(TRACE "/trace", "re");
	uint64_t sum = 0;
	char line[256];

	REQUIRE(file);
	while (fgets(line, sizeof(line), file)) {
		sum -= ticks_of(line, ": initcall_start:");
		sum += ticks_of(line, ": initcall_finish:");
	}
	fclose(file);
	REQUIRE(sum);
	return sum;
}

/* --- loading --- */

static uint64_t load(bool late)
{
	uint64_t start = host_ticks();
	int i;

	for (i = 0; i < nr; i++)
		REQUIRE_EQ(module_load(modules[i].name,
				       late ? modules[i].late : modules[i].params), 0);
	return host_ticks() - start;
}

/* A module's name in the kernel has no dash. */
static void unload_module(const char *module)
{
	char name[64];
	char *c;

	snprintf(name, sizeof(name), "%s", module);
	for (c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	REQUIRE_EQ(module_unload(name), 0);
}

static uint64_t unload(void)
{
	uint64_t start = host_ticks();
	int i;

	for (i = nr; i-- > 0;)
		unload_module(modules[i].name);
	return host_ticks() - start;
}

/**
 * struct costs - in ticks, the least of the rounds
 * @load: all of loading the modules.
 * @init: their own functions in it.
 * @unload: all of unloading them.
 */
struct costs {
	uint64_t load;
	uint64_t init;
	uint64_t unload;
};

static void measure_round(struct costs *costs, bool late)
{
	trace_clear();
	costs->load = least(costs->load, load(late));
	costs->init = least(costs->init, init_ticks());
	costs->unload = least(costs->unload, unload());
}

static void account_round(void)
{
	account_begin();
	load(false);
	account_end("insmod", 1);
	account_begin();
	unload();
	account_end("rmmod", 1);
}

static void load_and_unload(void)
{
	struct costs now = { UINT64_MAX, UINT64_MAX, UINT64_MAX }, late = now;
	int round;

	test_timeout(120);
	host_run_on(host_cpu(0));
	trace_start();
	for (round = 0; round < LOADS; round++) {
		measure_round(&now, false);
		measure_round(&late, true);
	}
	trace_stop();
	account_round();
	bench_say_unit("insmod", now.load, "ticks");
	bench_say_unit("rmmod", now.unload, "ticks");
	bench_say_unit("init", now.init, "ticks");
	bench_say_unit("vmx_on", more_than(now.init, late.init), "ticks");
}

static const struct test tests[] = {
	{ "bench_load", load_and_unload },
};

int main(int argc, char **argv)
{
	if (argc < 2 || argc > MODULES + 1)
		return 2;
	for (argv++; *argv; argv++)
		parse(*argv);
	return test_main(1, argv, tests, ARRAY_SIZE(tests));
}
