// SPDX-License-Identifier: GPL-2.0
/*
 * What is told of the commands as help.
 */
#include "describe.h"

#include <string.h>

#include "command.h"

/* More than that are not shown in a line one by one. */
#define SHOWN_OPTIONS	4

static size_t count_options(const struct command *command)
{
	const struct command_option *option = command->options;
	size_t nr = 0;

	for (; option && option->name; option++)
		nr += !!option->help;
	return nr;
}

static void print_short(const struct command_option *option, FILE *to)
{
	if (option->id < OPTION_LONG)
		fprintf(to, " [-%c", option->id);
	else
		fprintf(to, " [--%s", option->name);
	if (option->argument)
		fprintf(to, " %s", option->argument);
	fputc(']', to);
}

void describe_usage(const struct command *command, FILE *to)
{
	const struct command_option *option = command->options;

	fprintf(to, "xvcpu %s", command->name);
	if (count_options(command) > SHOWN_OPTIONS) {
		fputs(" [OPTION]...", to);
	} else {
		for (; option && option->name; option++) {
			if (option->help)
				print_short(option, to);
		}
	}
	if (command->arguments)
		fprintf(to, " %s", command->arguments);
}

static void print_option(const struct command_option *option, FILE *to)
{
	char text[80];
	int length = 0;

	if (option->id < OPTION_LONG)
		length = snprintf(text, sizeof(text), "-%c, ", option->id);
	snprintf(text + length, sizeof(text) - length, "--%s %s", option->name,
		 option->argument ? option->argument : "");
	fprintf(to, "  %-26s %s\n", text, option->help);
}

void describe_command(const struct command *command, FILE *to)
{
	const struct command_option *option = command->options;

	fputs("usage: ", to);
	describe_usage(command, to);
	fprintf(to, "\n\n%s\n", command->help);
	if (count_options(command))
		fputc('\n', to);
	for (; option && option->name; option++) {
		if (option->help)
			print_option(option, to);
	}
	if (command->details)
		fprintf(to, "\n%s", command->details);
}

static bool is_listed(const struct command *command, const char *group)
{
	return !group || is_verb_of(command, group);
}

static int name_width(const char *group)
{
	const struct command *const *command;
	int width = 0, length;

	for (command = commands; *command; command++) {
		length = strlen((*command)->name);
		if (is_listed(*command, group) && length > width)
			width = length;
	}
	return width;
}

void describe_commands(const char *group, FILE *to)
{
	const struct command *const *command;
	int width = name_width(group);

	if (group)
		fprintf(to, "usage: xvcpu %s VERB [OPTION]... [ARGUMENT]...\n\n",
			group);
	else
		fputs("usage: xvcpu COMMAND [OPTION]... [ARGUMENT]...\n\n", to);
	for (command = commands; *command; command++) {
		if (is_listed(*command, group))
			fprintf(to, "  %-*s  %s\n", width, (*command)->name,
				(*command)->help);
	}
	fprintf(to, "\nexit status: %s\n'xvcpu help %s' explains a command.\n",
		EXIT_STATUS, group ? "COMMAND VERB" : "COMMAND");
}
