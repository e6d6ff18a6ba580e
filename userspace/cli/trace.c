// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu trace: record, show, times, export.
 */
#include "trace.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <xvcpu_names.h>

#include "command.h"
#include "out.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define DEFAULT_PATH	"xvcpu.trace"
#define DEFAULT_RING	4096

/* --- xvcpu trace record --- */

static const struct option record_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "count", required_argument, NULL, 'n' },
	{ "seconds", required_argument, NULL, 's' },
	{ "ring", required_argument, NULL, 'r' },
	{ "block", no_argument, NULL, 'b' },
	{},
};

static int number(const struct command *self, const char *argument,
		  uint32_t *value)
{
	if (parse_u32(argument, value))
		return DONE;
	return usage_error(self, "'%s' is not a number", argument);
}

static int ring_size(const struct command *self, uint32_t records)
{
	if (records >= XVCPU_EXIT_TRACE_MIN &&
	    records <= XVCPU_EXIT_TRACE_MAX && !(records & (records - 1)))
		return DONE;
	return usage_error(self, "a ring has a power of 2 records, %d to %d",
			   XVCPU_EXIT_TRACE_MIN, XVCPU_EXIT_TRACE_MAX);
}

static int record_option(const struct command *self, int letter, char **argv,
			 struct trace_options *options)
{
	switch (letter) {
	case 'o':
		options->path = optarg;
		return DONE;
	case 'n':
		return number(self, optarg, &options->count);
	case 's':
		return number(self, optarg, &options->seconds);
	case 'r':
		return number(self, optarg, &options->ring) ?:
		       ring_size(self, options->ring);
	case 'b':
		options->block = true;
		return DONE;
	default:
		return bad_option(self, letter, argv);
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
		if (number(self, argv[optind + i], &options->keys[i]))
			return USAGE;
	return DONE;
}

static int record_run(const struct command *self, int argc, char **argv)
{
	struct trace_options options = {
		.path = DEFAULT_PATH,
		.ring = DEFAULT_RING,
	};
	int letter, status = DONE;

	while ((letter = getopt_long(argc, argv, ":o:n:s:r:b", record_options,
				     NULL)) >= 0) {
		status = record_option(self, letter, argv, &options);
		if (status)
			return status;
	}
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

static const struct option look_options[] = {
	{ "vcpu", required_argument, NULL, 'v' },
	{ "reason", required_argument, NULL, 'r' },
	{ "rip", required_argument, NULL, 'a' },
	{ "port", required_argument, NULL, 'p' },
	{ "json", no_argument, NULL, 'j' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "svg", no_argument, NULL, 'S' },
	{},
};

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

static int look_option(const struct command *self, int letter, char **argv,
		       struct look *look)
{
	switch (letter) {
	case 'v':
		look->filter.by_vcpu = true;
		return number(self, optarg, &look->filter.vcpu);
	case 'r':
		return reason_filter(self, optarg, &look->filter);
	case 'a':
		return rip_filter(self, optarg, &look->filter);
	case 'p':
		look->filter.by_port = true;
		return number(self, optarg, &look->filter.port);
	case 'j':
		look->view.json = true;
		return DONE;
	case 'q':
		look->view.no_registers = true;
		return DONE;
	case 'S':
		look->svg = true;
		return DONE;
	default:
		return bad_option(self, letter, argv);
	}
}

static int look_at(const struct command *self, int argc, char **argv,
		   const char *letters, struct look *look, FILE **file)
{
	int letter, status;

	while ((letter = getopt_long(argc, argv, letters, look_options,
				     NULL)) >= 0) {
		status = look_option(self, letter, argv, look);
		if (status)
			return status;
	}
	if (argc - optind > 1)
		return usage_error(self, "one file at a time");
	*file = trace_file_open(optind < argc ? argv[optind] : DEFAULT_PATH);
	return *file ? DONE : REFUSED;
}

static int show_run(const struct command *self, int argc, char **argv)
{
	struct look look = {};
	FILE *file;
	int status = look_at(self, argc, argv, ":v:r:a:p:jq", &look, &file);

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
	int status = look_at(self, argc, argv, ":v:r:a:p:", &look, &file);

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
	int status = look_at(self, argc, argv, ":v:r:a:p:S", &look, &file);

	if (status)
		return status;
	status = look.svg ? trace_svg(file, &look.filter) :
			    trace_chrome(file, &look.filter);
	fclose(file);
	return status;
}

static const struct {
	const char *name;
	int (*run)(const struct command *self, int argc, char **argv);
} verbs[] = {
	{ "record", record_run },
	{ "show", show_run },
	{ "times", times_run },
	{ "export", export_run },
};

int trace_run(const struct command *self, int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		return usage_error(self, "record, show, times or export?");
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, argv[1]))
			return verbs[i].run(self, argc - 1, argv + 1);
	return usage_error(self, "there is no '%s'", argv[1]);
}
