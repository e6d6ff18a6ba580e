// SPDX-License-Identifier: GPL-2.0
/*
 * The options of a command, read by getopt_long() as its table says.
 */
#include "command.h"

#include <getopt.h>
#include <string.h>

/* More options than a command has. */
#define OPTIONS_MAX	32

/**
 * struct getopt_tables - a command's options as getopt_long() wants them
 * @letters: those with letters.
 * @names: all.
 */
struct getopt_tables {
	char letters[2 + 2 * OPTIONS_MAX + 1];
	struct option names[OPTIONS_MAX + 1];
};

static void add_option(struct getopt_tables *tables, size_t nr,
		       const struct command_option *option)
{
	size_t length = strlen(tables->letters);

	tables->names[nr].name = option->name;
	tables->names[nr].has_arg = option->argument ? required_argument :
						       no_argument;
	tables->names[nr].val = option->id;
	if (option->id >= OPTION_LONG)
		return;
	tables->letters[length++] = option->id;
	if (option->argument)
		tables->letters[length] = ':';
}

static void make_tables(const struct command *self,
			struct getopt_tables *tables)
{
	const struct command_option *option = self->options;
	size_t nr;

	memset(tables, 0, sizeof(*tables));
	strcpy(tables->letters, self->passes_on ? "+:" : ":");
	for (nr = 0; option && option->name && nr < OPTIONS_MAX; nr++)
		add_option(tables, nr, option++);
}

/* getopt() leaves the letter of a short option; a long one is in argv. */
static int bad_option(const struct command *self, int result, char **argv)
{
	const char *what = result == ':' ? "it lacks an argument" :
					   "there is no such option";

	if (optopt > ' ' && optopt < 127)
		usage_error(self, "-%c: %s", optopt, what);
	else
		usage_error(self, "%s: %s", argv[optind - 1], what);
	return -1;
}

int next_option(const struct command *self, int argc, char **argv)
{
	struct getopt_tables tables;
	int result;

	make_tables(self, &tables);
	opterr = 0;
	result = getopt_long(argc, argv, tables.letters, tables.names, NULL);
	if (result == '?' || result == ':')
		return bad_option(self, result, argv);
	return result == -1 ? 0 : result;
}
