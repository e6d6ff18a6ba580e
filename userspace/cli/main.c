// SPDX-License-Identifier: GPL-2.0
/*
 * The command xvcpu: which commands there are, and which one is meant.
 */
#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "describe.h"
#include "out.h"

const struct command *const commands[] = {
	&doctor_command,
	&cpus_command,
	&vcpus_command,
	&vms_command,
	&list_command,
	&show_command,
	&migrate_command,
	&pin_command,
	&unpin_command,
	&stat_command,
	&monitor_command,
	&top_command,
	&explain_command,
	&run_command,
	&exec_command,
	&trace_record_command,
	&trace_show_command,
	&trace_times_command,
	&trace_export_command,
	&help_command,
	&version_command,
	NULL,
};

/* How many of the words are the command's name: 1, 2, or 0 if it is another one. */
static int match_name(const struct command *command, int argc, char **argv)
{
	const char *blank = strchr(command->name, ' ');

	if (argc < 1)
		return 0;
	if (!blank)
		return !strcmp(command->name, argv[0]);
	if (argc < 2 || !is_verb_of(command, argv[0]))
		return 0;
	return strcmp(blank + 1, argv[1]) ? 0 : 2;
}

const struct command *find_command(int argc, char **argv, int *words)
{
	const struct command *const *command;

	for (command = commands; *command; command++) {
		*words = match_name(*command, argc, argv);
		if (*words)
			return *command;
	}
	return NULL;
}

bool is_verb_of(const struct command *command, const char *group)
{
	size_t length = strlen(group);

	return length && !strncmp(command->name, group, length) &&
	       command->name[length] == ' ';
}

bool is_group(const char *name)
{
	const struct command *const *command;

	for (command = commands; *command; command++) {
		if (is_verb_of(*command, name))
			return true;
	}
	return false;
}

int usage_error(const struct command *self, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "xvcpu %s: ", self->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nusage: ", stderr);
	describe_usage(self, stderr);
	fputc('\n', stderr);
	return USAGE;
}

static bool asks_for_help(int argc, char **argv)
{
	return argc > 0 &&
	       (!strcmp(argv[0], "-h") || !strcmp(argv[0], "--help"));
}

/* A group without one of its verbs, or what is no command at all. */
static int no_command(int argc, char **argv)
{
	if (!is_group(argv[0])) {
		out_error("there is no command '%s'", argv[0]);
		describe_commands(NULL, stderr);
		return USAGE;
	}
	if (asks_for_help(argc - 1, argv + 1)) {
		describe_commands(argv[0], stdout);
		return DONE;
	}
	if (argc > 1)
		out_error("there is no command '%s %s'", argv[0], argv[1]);
	describe_commands(argv[0], stderr);
	return USAGE;
}

static int run_words(int argc, char **argv)
{
	const struct command *command;
	int words;

	command = find_command(argc, argv, &words);
	if (!command)
		return no_command(argc, argv);
	if (asks_for_help(argc - words, argv + words)) {
		describe_command(command, stdout);
		return DONE;
	}
	words--;
	return command->run(command, argc - words, argv + words);
}

int main(int argc, char **argv)
{
	int status = DONE;

	if (argc < 2) {
		describe_commands(NULL, stderr);
		return USAGE;
	}
	if (asks_for_help(argc - 1, argv + 1))
		describe_commands(NULL, stdout);
	else if (!strcmp(argv[1], "--version"))
		status = version_command.run(&version_command, 1, argv);
	else
		status = run_words(argc - 1, argv + 1);
	return out_finish() ? REFUSED : status;
}
