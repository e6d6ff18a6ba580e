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

static bool parse_seconds(const char *string, double *seconds)
{
	char *end;

	if (*string < '0' || *string > '9')
		return false;
	*seconds = strtod(string, &end);
	return !*end && *seconds >= 0.1 && *seconds <= 3600;
}

int take_number(const struct command *self, const char *argument,
		uint32_t *number)
{
	if (parse_u32(argument, number))
		return DONE;
	return usage_error(self, "'%s' is not a number", argument);
}

int take_count(const struct command *self, const char *argument,
	       uint32_t *count)
{
	if (parse_u32(argument, count) && *count)
		return DONE;
	return usage_error(self, "'%s' is no count", argument);
}

int take_interval(const struct command *self, const char *argument,
		  double *seconds)
{
	if (parse_seconds(argument, seconds))
		return DONE;
	return usage_error(self, "'%s' is no interval: 0.1 to 3600 seconds",
			   argument);
}

int parse_list_options(const struct command *self, int argc, char **argv,
		       struct list_options *options)
{
	int option;

	memset(options, 0, sizeof(*options));
	while ((option = next_option(self, argc, argv)) > 0) {
		options->json |= option == 'j';
		options->msrs |= option == 'm';
	}
	if (option < 0)
		return USAGE;
	if (argc - optind > !!self->arguments)
		return usage_error(self, "'%s' is one argument too many",
				   argv[argc - 1]);
	options->one = optind < argc;
	return options->one ? take_number(self, argv[optind], &options->number) :
			      DONE;
}

int connect_module(struct xvcpu_nl **nl)
{
	int err = xvcpu_nl_open(nl);

	if (err == -ENOENT)
		out_error("the module is not loaded: load it with 'modprobe xvcpu' or 'insmod xvcpu.ko'");
	else if (err)
		out_error("cannot ask the module over netlink: %s: is generic netlink in this kernel, and allowed here?",
			  strerror(-err));
	return err;
}

int say_refusal(const struct xvcpu_nl *nl, int err)
{
	const char *sentence = xvcpu_nl_error(nl);

	/* Older kernels do not pass on what the module says of a dump. */
	if (!*sentence && err == -EPERM)
		sentence = "this takes CAP_PERFMON (statistics) or CAP_NET_ADMIN (events): be root";
	out_error("the kernel refused: %s (%s)",
		  *sentence ? sentence : strerror(-err),
		  xvcpu_name_errno(err));
	return REFUSED;
}
