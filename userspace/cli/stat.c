// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu stat: VM exits by reason.
 */
#define _GNU_SOURCE
#include "stat.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "out.h"
#include "screen.h"

enum { CSV = OPTION_LONG, OPENMETRICS };

enum form {
	FORM_DEFAULT,
	FORM_ONCE,
	FORM_LIVE,
	FORM_CSV,
	FORM_JSON,
	FORM_OPENMETRICS,
};

/**
 * struct stat_options - the command line
 * @form: what is printed.
 * @seconds: the interval.
 * @times: how many tables, 0 for no end.
 * @key: the vCPU, or NULL for all.
 * @number: what @key points to.
 */
struct stat_options {
	enum form form;
	double seconds;
	uint32_t times;
	const uint32_t *key;
	uint32_t number;
};

static int take_form(const struct command *self, struct stat_options *options,
		     enum form form)
{
	if (options->form != FORM_DEFAULT && options->form != form)
		return usage_error(self, "only one form at a time");
	options->form = form;
	return DONE;
}

static int take_option(const struct command *self, int option,
		       struct stat_options *options)
{
	switch (option) {
	case '1':
		return take_form(self, options, FORM_ONCE);
	case CSV:
		return take_form(self, options, FORM_CSV);
	case 'j':
		return take_form(self, options, FORM_JSON);
	case OPENMETRICS:
		return take_form(self, options, FORM_OPENMETRICS);
	case 'i':
		return take_interval(self, optarg, &options->seconds) ?:
		       take_form(self, options, FORM_LIVE);
	default:
		return take_count(self, optarg, &options->times) ?:
		       take_form(self, options, FORM_LIVE);
	}
}

static int parse(const struct command *self, int argc, char **argv,
		 struct stat_options *options)
{
	int option, status;

	while ((option = next_option(self, argc, argv)) > 0) {
		status = take_option(self, option, options);
		if (status)
			return status;
	}
	if (option < 0)
		return USAGE;
	if (argc - optind > 1)
		return usage_error(self, "'%s' is one argument too many",
				   argv[argc - 1]);
	if (optind == argc)
		return DONE;
	options->key = &options->number;
	return take_number(self, argv[optind], &options->number);
}

/* --- once --- */

/* With a line for whoever misses the times. */
static char *table_text(const struct sample_sum *sum)
{
	char *table = stat_table(sum), *text;

	if (sum->timed || sum->timing)
		return table;
	if (asprintf(&text,
		     "%s(no times: switch them on with 'echo Y > %s')\n",
		     table, XVCPU_STATS_PARAMETER) < 0)
		return table;
	free(table);
	return text;
}

static void print_once(const struct sample *sample)
{
	struct sample_sum sum;
	char *text;

	sample_sum(sample, NULL, &sum);
	text = table_text(&sum);
	fputs(text, stdout);
	free(text);
}

static int once(struct xvcpu_nl *nl, const struct stat_options *options)
{
	struct sample sample;
	int err;

	err = sample_read(nl, options->key, &sample);
	if (err)
		return say_refusal(nl, err);
	if (options->form == FORM_CSV)
		stat_csv(&sample);
	else if (options->form == FORM_JSON)
		stat_json(&sample);
	else if (options->form == FORM_OPENMETRICS)
		stat_openmetrics(&sample);
	else
		print_once(&sample);
	sample_free(&sample);
	return DONE;
}

/* --- again and again --- */

static void show(const struct sample *sample, const struct sample *before)
{
	struct sample_sum sum;
	char *text;

	sample_sum(sample, before, &sum);
	text = table_text(&sum);
	screen_show(text);
	free(text);
}

static int live(struct xvcpu_nl *nl, const struct stat_options *options)
{
	struct sample before, sample;
	uint32_t left = options->times;
	int err;

	err = sample_read(nl, options->key, &before);
	if (err)
		return err;
	while (screen_wait(options->seconds)) {
		err = sample_read(nl, options->key, &sample);
		if (err)
			break;
		show(&sample, &before);
		sample_free(&before);
		before = sample;
		if (left && !--left)
			break;
	}
	sample_free(&before);
	return err;
}

static int live_on_screen(struct xvcpu_nl *nl,
			  const struct stat_options *options)
{
	int err;

	screen_open(isatty(STDOUT_FILENO));
	err = live(nl, options);
	screen_close();
	return err ? say_refusal(nl, err) : DONE;
}

static int stat_run(const struct command *self, int argc, char **argv)
{
	struct stat_options options = { .seconds = 1 };
	struct xvcpu_nl *nl;
	int status;

	status = parse(self, argc, argv, &options);
	if (status)
		return status;
	if (connect_module(&nl))
		return REFUSED;
	if (options.form == FORM_DEFAULT && isatty(STDOUT_FILENO))
		options.form = FORM_LIVE;
	status = options.form == FORM_LIVE ? live_on_screen(nl, &options) :
					     once(nl, &options);
	xvcpu_nl_close(nl);
	return status;
}

const struct command stat_command = {
	.name = "stat",
	.run = stat_run,
	.help = "count VM exits by reason, once or again and again",
	.options = (const struct command_option[]) {
		{ '1', "once", NULL, "one table, and the end" },
		{ CSV, "csv", NULL, "a line for each vCPU and reason" },
		OPTION_JSON,
		{ OPENMETRICS, "openmetrics", NULL, "for Prometheus" },
		{ 'i', "interval", "SECONDS",
		  "a table again and again; each second if not given" },
		{ 'n', "count", "COUNT", "end after so many tables" },
		{},
	},
	.arguments = "[KEY]",
	.details =
		"KEY is a vCPU's, as 'xvcpu vcpus' lists them; without it all are\n"
		"added up.  On a terminal it is a full screen, sorted by what\n"
		"happened since the last time: q ends it.  Elsewhere it is one table,\n"
		"unless -i or -n asks for more.  AVG is the interval's, MIN and MAX\n"
		"are since the vCPU was created.  Times are there if the module's\n"
		"parameter stats is set: echo Y > " XVCPU_STATS_PARAMETER "\n",
};
