// SPDX-License-Identifier: GPL-2.0
/*
 * What several commands need: their options, the connection, a refusal.
 */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <xvcpu_names.h>
#include <xvcpu_nl.h>

#include "out.h"

bool parse_u32(const char *string, uint32_t *number)
{
	unsigned long value;
	char *end;

	if (*string < '0' || *string > '9')
		return false;
	errno = 0;
	value = strtoul(string, &end, 0);
	*number = value;
	return !errno && !*end && value <= UINT32_MAX;
}

bool parse_seconds(const char *string, double *seconds)
{
	char *end;

	if (*string < '0' || *string > '9')
		return false;
	*seconds = strtod(string, &end);
	return !*end && *seconds >= 0.1 && *seconds <= 3600;
}

static int parse_number(const struct command *self, const char *argument,
			struct list_options *options)
{
	options->one = true;
	if (parse_u32(argument, &options->number))
		return DONE;
	return usage_error(self, "'%s' is not a number", argument);
}

/* getopt() leaves the letter of a short option; a long one is in argv. */
int bad_option(const struct command *self, int result, char **argv)
{
	const char *what = result == ':' ? "it lacks an argument" :
					   "there is no such option";

	if (optopt > ' ' && optopt < 127)
		return usage_error(self, "-%c: %s", optopt, what);
	return usage_error(self, "%s: %s", argv[optind - 1], what);
}

int parse_list_options(const struct command *self, int argc, char **argv,
		       const char *letters, bool takes_number,
		       struct list_options *options)
{
	static const struct option names[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "msrs", no_argument, NULL, 'm' },
		{},
	};
	int letter;

	memset(options, 0, sizeof(*options));
	opterr = 0;
	while ((letter = getopt_long(argc, argv, "jm", names, NULL)) != -1) {
		if (letter == '?')
			return bad_option(self, letter, argv);
		if (!strchr(letters, letter))
			return usage_error(self, "it takes no -%c", letter);
		options->json |= letter == 'j';
		options->msrs |= letter == 'm';
	}
	if (argc - optind > takes_number)
		return usage_error(self, "'%s' is one argument too many",
				   argv[argc - 1]);
	if (optind < argc)
		return parse_number(self, argv[optind], options);
	return DONE;
}

int connect_module(struct xvcpu_nl **nl)
{
	int err = xvcpu_nl_open(nl);

	if (err == -ENOENT)
		out_error("the module is not loaded: load it with 'modprobe xvcpu' or 'insmod xvcpu.ko'");
	else if (err)
		out_error("cannot ask the module over netlink: %s",
			  strerror(-err));
	return err;
}

int say_refusal(const struct xvcpu_nl *nl, int err)
{
	const char *sentence = xvcpu_nl_error(nl);

	out_error("the kernel refused: %s (%s)",
		  *sentence ? sentence : strerror(-err),
		  xvcpu_name_errno(err));
	return REFUSED;
}
