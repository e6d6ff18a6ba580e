// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu trace: record, show, times, export.
 */
#include "trace.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xvcpu_names.h>

#include "command.h"
#include "out.h"

#define DEFAULT_PATH	"xvcpu.trace"
#define DEFAULT_RING	4096

/* --- xvcpu trace record --- */

static int ring_size(const struct command *self, uint32_t records)
{
	if (records >= XVCPU_EXIT_TRACE_MIN &&
	    records <= XVCPU_EXIT_TRACE_MAX && !(records & (records - 1)))
		return DONE;
	return usage_error(self, "a ring has a power of 2 records, %d to %d",
			   XVCPU_EXIT_TRACE_MIN, XVCPU_EXIT_TRACE_MAX);
}

static int record_option(const struct command *self, int option,
			 struct trace_options *options)
{
	switch (option) {
	case 'o':
		options->path = optarg;
		return DONE;
	case 'n':
		return take_number(self, optarg, &options->count);
	case 's':
		return take_number(self, optarg, &options->seconds);
	case 'r':
		return take_number(self, optarg, &options->ring) ?:
		       ring_size(self, options->ring);
	default:
		options->block = true;
		return DONE;
	}
}

static int record_keys(const struct command *self, int argc, char **argv,
		       struct trace_options *options)
{
	int i;

	options->nr_keys = argc - optind;
	options->keys = calloc(options->nr_keys + 1, sizeof(*options->keys));
	if (!options->keys)
		return REFUSED;
	for (i = 0; i < argc - optind; i++)
		if (take_number(self, argv[optind + i], &options->keys[i]))
			return USAGE;
	return DONE;
}

static int record_run(const struct command *self, int argc, char **argv)
{
	struct trace_options options = {
		.path = DEFAULT_PATH,
		.ring = DEFAULT_RING,
	};
	int option, status;

	while ((option = next_option(self, argc, argv)) > 0) {
		status = record_option(self, option, &options);
		if (status)
			return status;
	}
	if (option < 0)
		return USAGE;
	status = record_keys(self, argc, argv, &options);
	if (!status)
		status = trace_record(&options);
	free(options.keys);
	return status;
}

/* --- what looks at a file --- */

struct look {
	struct trace_filter filter;
	struct trace_view view;
	bool svg;
};

enum { SVG = OPTION_LONG };

static int reason_filter(const struct command *self, const char *argument,
			 struct trace_filter *filter)
{
	uint32_t reason;

	filter->by_reason = true;
	if (parse_u32(argument, &filter->reason))
		return DONE;
	for (reason = 0; reason < 0x100; reason++) {
		if (strcasecmp(xvcpu_name_reason(reason), argument))
			continue;
		filter->reason = reason;
		return DONE;
	}
	return usage_error(self, "there is no exit reason '%s': its number will do, too",
			   argument);
}

/* What is left of the text after an address; the text itself if there is none. */
static const char *address(const char *text, uint64_t *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return text;
	*value = strtoull(text, &end, 0);
	return end;
}

/* ADDRESS, or FIRST-LAST. */
static int rip_filter(const struct command *self, const char *argument,
		      struct trace_filter *filter)
{
	const char *end = address(argument, &filter->rip);

	filter->by_rip = true;
	filter->rip_end = filter->rip;
	if (end != argument && !*end)
		return DONE;
	if (*end == '-' && end != argument && end[1] &&
	    !*address(end + 1, &filter->rip_end))
		return DONE;
	return usage_error(self, "'%s' is not an address, nor two with '-' between",
			   argument);
}

static int look_option(const struct command *self, int option,
		       struct look *look)
{
	switch (option) {
	case 'v':
		look->filter.by_vcpu = true;
		return take_number(self, optarg, &look->filter.vcpu);
	case 'r':
		return reason_filter(self, optarg, &look->filter);
	case 'a':
		return rip_filter(self, optarg, &look->filter);
	case 'p':
		look->filter.by_port = true;
		return take_number(self, optarg, &look->filter.port);
	case 'j':
		look->view.json = true;
		return DONE;
	case 'q':
		look->view.no_registers = true;
		return DONE;
	default:
		look->svg = true;
		return DONE;
	}
}

static int look_at(const struct command *self, int argc, char **argv,
		   struct look *look, FILE **file)
{
	int option, status;

	while ((option = next_option(self, argc, argv)) > 0) {
		status = look_option(self, option, look);
		if (status)
			return status;
	}
	if (option < 0)
		return USAGE;
	if (argc - optind > 1)
		return usage_error(self, "one file at a time");
	*file = trace_file_open(optind < argc ? argv[optind] : DEFAULT_PATH);
	return *file ? DONE : REFUSED;
}

static int show_run(const struct command *self, int argc, char **argv)
{
	struct look look = {};
	FILE *file;
	int status = look_at(self, argc, argv, &look, &file);

	if (status)
		return status;
	status = trace_show(file, &look.filter, &look.view);
	fclose(file);
	return status;
}

static int times_run(const struct command *self, int argc, char **argv)
{
	struct look look = {};
	FILE *file;
	int status = look_at(self, argc, argv, &look, &file);

	if (status)
		return status;
	status = trace_times(file, &look.filter);
	fclose(file);
	return status;
}

static int export_run(const struct command *self, int argc, char **argv)
{
	struct look look = {};
	FILE *file;
	int status = look_at(self, argc, argv, &look, &file);

	if (status)
		return status;
	status = look.svg ? trace_svg(file, &look.filter) :
			    trace_chrome(file, &look.filter);
	fclose(file);
	return status;
}

/* --- the commands --- */

#define LOOK_OPTIONS							\
	{ 'v', "vcpu", "KEY", "only this vCPU" },			\
	{ 'r', "reason", "REASON",					\
	  "only this exit reason: CPUID, or 10" },			\
	{ 'a', "rip", "RIP[-RIP]",					\
	  "only exits at this address, or between the two" },		\
	{ 'p', "port", "PORT", "only this port" }

const struct command trace_record_command = {
	.name = "trace record",
	.run = record_run,
	.help = "record what guests do, exit by exit, in a file",
	.options = (const struct command_option[]) {
		{ 'o', "output", "FILE",
		  DEFAULT_PATH " if not given; - for standard output" },
		{ 'n', "count", "COUNT", "end after so many exits" },
		{ 's', "seconds", "SECONDS", "end then" },
		{ 'r', "ring", "RECORDS",
		  "that a vCPU's ring holds; 4096 if not given" },
		{ 'b', "block", NULL,
		  "have a vCPU wait rather than lose records" },
		{},
	},
	.arguments = "[KEY]...",
	.details =
		"The exits of these vCPUs, or of all, until they have ended, or an\n"
		"interrupt from the keyboard.\n",
};

const struct command trace_show_command = {
	.name = "trace show",
	.run = show_run,
	.help = "print a recording, a line an exit",
	.options = (const struct command_option[]) {
		{ 'j', "json", NULL, "a JSON object a line" },
		{ 'q', "quiet", NULL, "without the registers" },
		LOOK_OPTIONS,
		{},
	},
	.arguments = "[FILE]",
	.details =
		"A line is the time, the vCPU, its CPU and RIP, the reason, how long\n"
		"it took until the guest went on; then the registers that the guest\n"
		"has changed.\n",
};

const struct command trace_times_command = {
	.name = "trace times",
	.run = times_run,
	.help = "of a recording, a histogram a reason: how long exits took",
	.options = (const struct command_option[]) { LOOK_OPTIONS, {} },
	.arguments = "[FILE]",
};

const struct command trace_export_command = {
	.name = "trace export",
	.run = export_run,
	.help = "turn a recording into a form for Perfetto or chrome://tracing",
	.options = (const struct command_option[]) {
		{ SVG, "svg", NULL, "a picture instead" },
		LOOK_OPTIONS,
		{},
	},
	.arguments = "[FILE]",
	.details = "There is a track a vCPU, and one a CPU.\n",
};
