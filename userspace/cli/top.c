// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu top: the vCPUs that do the most.
 */
#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xvcpu_names.h>
#include <xvcpu_nl.h>

#include "out.h"
#include "sample.h"
#include "screen.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct top_options {
	double seconds;
	uint32_t times;
};

/**
 * struct moment - the vCPUs at one moment
 * @time_ns: when.
 * @vcpus: by ascending key.
 * @nr: how many.
 * @failed: there was no memory for more.
 */
struct moment {
	uint64_t time_ns;
	struct xvcpu_vcpu_info *vcpus;
	size_t nr;
	bool failed;
};

/**
 * struct row - a vCPU and what it did in the interval
 * @vcpu: the vCPU.
 * @entries: VM entries a second.
 * @exits: VM exits a second.
 * @migrations: in the interval.
 */
struct row {
	const struct xvcpu_vcpu_info *vcpu;
	double entries;
	double exits;
	uint64_t migrations;
};

static int take_option(const struct command *self, int option,
		       struct top_options *options)
{
	switch (option) {
	case '1':
		options->times = 1;
		return DONE;
	case 'i':
		return take_interval(self, optarg, &options->seconds);
	default:
		return take_count(self, optarg, &options->times);
	}
}

static int parse(const struct command *self, int argc, char **argv,
		 struct top_options *options)
{
	int option, status;

	while ((option = next_option(self, argc, argv)) > 0) {
		status = take_option(self, option, options);
		if (status)
			return status;
	}
	if (option < 0)
		return USAGE;
	if (optind < argc)
		return usage_error(self, "'%s' is one argument too many",
				   argv[optind]);
	return DONE;
}

/* --- moments --- */

static void add(const struct xvcpu_vcpu_info *vcpu, void *arg)
{
	struct moment *moment = arg;
	struct xvcpu_vcpu_info *more;

	more = reallocarray(moment->vcpus, moment->nr + 1, sizeof(*more));
	if (!more) {
		moment->failed = true;
		return;
	}
	moment->vcpus = more;
	moment->vcpus[moment->nr++] = *vcpu;
}

static int read_moment(struct xvcpu_nl *nl, struct moment *moment)
{
	int err;

	memset(moment, 0, sizeof(*moment));
	err = xvcpu_nl_vcpus(nl, add, moment);
	moment->time_ns = now_ns();
	if (!err && moment->failed)
		err = -ENOMEM;
	if (err)
		free(moment->vcpus);
	return err;
}

static int compare_key(const void *key, const void *vcpu)
{
	uint32_t a = *(const uint32_t *)key;
	uint32_t b = ((const struct xvcpu_vcpu_info *)vcpu)->key;

	return a < b ? -1 : a > b;
}

static const struct xvcpu_vcpu_info *find(const struct moment *moment,
					  uint32_t key)
{
	static const struct xvcpu_vcpu_info none;
	const struct xvcpu_vcpu_info *vcpu = NULL;

	if (moment->nr)
		vcpu = bsearch(&key, moment->vcpus, moment->nr,
			       sizeof(*moment->vcpus), compare_key);
	return vcpu ? vcpu : &none;
}

/* --- rows --- */

static int compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	if (a->exits != b->exits)
		return a->exits < b->exits ? 1 : -1;
	return a->vcpu->key < b->vcpu->key ? -1 : 1;
}

/* All since it was created, of a vCPU that was not there before. */
static struct row make_row(const struct xvcpu_vcpu_info *vcpu,
			   const struct xvcpu_vcpu_info *before, double seconds)
{
	return (struct row){
		.vcpu = vcpu,
		.entries = (vcpu->entries - before->entries) / seconds,
		.exits = (vcpu->exits - before->exits) / seconds,
		.migrations = vcpu->migrations - before->migrations,
	};
}

static const struct out_column columns[] = {
	{ "KEY", 1 }, { "VM", 1 }, { "PROCESS", 0 }, { "CPU", 1 },
	{ "STATE", 0 }, { "ENTRIES/s", 1 }, { "EXITS/s", 1 },
	{ "MIGRATIONS", 1 },
};

static void print_row(struct xvcpu_nl *nl, struct out_table *table,
		      const struct row *row)
{
	const struct xvcpu_vcpu_info *vcpu = row->vcpu;
	struct xvcpu_vm_info vm;

	out_cell(table, OUT_PLAIN, "%u", vcpu->key);
	out_cell(table, OUT_PLAIN, "%u", vcpu->vm);
	out_cell(table, OUT_PLAIN, "%s",
		 xvcpu_nl_vm(nl, vcpu->vm, &vm) ? "-" : vm.name);
	out_cell_cpu(table, vcpu->loaded_cpu);
	out_cell(table, OUT_PLAIN, "%s", xvcpu_name_vcpu_state(vcpu->state));
	out_cell(table, OUT_PLAIN, "%.0f", row->entries);
	out_cell(table, OUT_PLAIN, "%.0f", row->exits);
	out_cell(table, OUT_PLAIN, "%" PRIu64, row->migrations);
}

static int show(struct xvcpu_nl *nl, const struct moment *now,
		const struct moment *before)
{
	struct row *rows = calloc(now->nr + 1, sizeof(*rows));
	double seconds = (now->time_ns - before->time_ns) / 1e9;
	struct out_table *table;
	char *text;
	size_t i;

	if (!rows)
		return -ENOMEM;
	for (i = 0; i < now->nr; i++)
		rows[i] = make_row(&now->vcpus[i],
				   find(before, now->vcpus[i].key), seconds);
	qsort(rows, now->nr, sizeof(*rows), compare_rows);
	table = out_table_new(columns, ARRAY_SIZE(columns));
	for (i = 0; i < now->nr; i++)
		print_row(nl, table, &rows[i]);
	text = out_table_text(table);
	screen_show(text);
	free(text);
	free(rows);
	return 0;
}

static int watch(struct xvcpu_nl *nl, const struct top_options *options)
{
	struct moment before, now;
	uint32_t left = options->times;
	int err;

	err = read_moment(nl, &before);
	if (err)
		return err;
	while (screen_wait(options->seconds)) {
		err = read_moment(nl, &now);
		if (err)
			break;
		err = show(nl, &now, &before);
		free(before.vcpus);
		before = now;
		if (err || (left && !--left))
			break;
	}
	free(before.vcpus);
	return err;
}

static int top_run(const struct command *self, int argc, char **argv)
{
	struct top_options options = { .seconds = 1 };
	struct xvcpu_nl *nl;
	int status, err;

	status = parse(self, argc, argv, &options);
	if (status)
		return status;
	if (connect_module(&nl))
		return REFUSED;
	if (!isatty(STDOUT_FILENO) && !options.times)
		options.times = 1;
	screen_open(isatty(STDOUT_FILENO) && options.times != 1);
	err = watch(nl, &options);
	screen_close();
	status = err ? say_refusal(nl, err) : DONE;
	xvcpu_nl_close(nl);
	return status;
}

const struct command top_command = {
	.name = "top",
	.run = top_run,
	.help = "watch the vCPUs, those with the most VM exits first",
	.options = (const struct command_option[]) {
		{ '1', "once", NULL,
		  "one table over one interval, and the end" },
		{ 'i', "interval", "SECONDS",
		  "a table again and again; each second if not given" },
		{ 'n', "count", "COUNT", "end after so many tables" },
		{},
	},
	.details =
		"On a terminal it is a full screen: q ends it.  Elsewhere it is one\n"
		"table, unless -n asks for more.\n",
};
