// SPDX-License-Identifier: GPL-2.0
/*
 * What is told of the commands as a page of the manual, for man(7).
 */
#include "describe.h"

#include "command.h"

/* Whatever it says, it is text. */
static void print_text(const char *text, FILE *to)
{
	bool begins = true;

	for (; *text; text++) {
		if (begins && (*text == '.' || *text == '\''))
			fputs("\\&", to);
		begins = *text == '\n';
		if (*text == '\\')
			fputs("\\e", to);
		else if (*text == '-')
			fputs("\\-", to);
		else
			fputc(*text, to);
	}
}

/* An empty line separates paragraphs; each line ends, the last one too. */
static void print_paragraphs(const char *text, FILE *to)
{
	const char *line = text;
	char copy[200];

	fputs(".PP\n", to);
	while (*line) {
		int length = 0;

		while (line[length] && line[length] != '\n' &&
		       length < (int)sizeof(copy) - 1)
			length++;
		snprintf(copy, sizeof(copy), "%.*s", length, line);
		if (length)
			print_text(copy, to);
		else
			fputs(".PP", to);
		fputc('\n', to);
		line += length + (line[length] == '\n');
	}
}

static void print_option(const struct command_option *option, FILE *to)
{
	fputs(".TP\n", to);
	if (option->id < OPTION_LONG)
		fprintf(to, "\\fB\\-%c\\fR, ", option->id);
	fputs("\\fB\\-\\-", to);
	print_text(option->name, to);
	fputs("\\fR", to);
	if (option->argument) {
		fputs(" \\fI", to);
		print_text(option->argument, to);
		fputs("\\fR", to);
	}
	fputc('\n', to);
	print_text(option->help, to);
	fputc('\n', to);
}

/* The usage goes through print_text(), for which it has to be a string. */
static void print_usage(const struct command *command, FILE *to)
{
	char text[512] = "";
	FILE *string = fmemopen(text, sizeof(text) - 1, "w");

	if (!string)
		return;
	describe_usage(command, string);
	fclose(string);
	fputs(".SS ", to);
	print_text(text, to);
	fputc('\n', to);
}

static void print_command(const struct command *command, FILE *to)
{
	const struct command_option *option = command->options;

	print_usage(command, to);
	print_text(command->help, to);
	fputs(".\n", to);
	for (; option && option->name; option++) {
		if (option->help)
			print_option(option, to);
	}
	if (command->details)
		print_paragraphs(command->details, to);
}

void describe_man(FILE *to)
{
	const struct command *const *command;

	fputs(".TH XVCPU 1 \"\" \"xvcpu " XVCPU_VERSION "\"\n"
	      ".SH NAME\n"
	      "xvcpu \\- look at, run and move vCPUs that are bound to CPUs\n"
	      ".SH SYNOPSIS\n"
	      ".B xvcpu\n"
	      ".I COMMAND\n"
	      "[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
	      ".SH DESCRIPTION\n"
	      "The command of the module xvcpu, which owns Intel VMX on every\n"
	      "CPU: /dev/xvcpu, and the generic netlink family xvcpu.\n"
	      ".SH COMMANDS\n", to);
	for (command = commands; *command; command++)
		print_command(*command, to);
	fputs(".SH EXIT STATUS\n"
	      EXIT_STATUS ".\n"
	      ".SH ENVIRONMENT\n"
	      ".TP\n"
	      ".B NO_COLOR\n"
	      "If it is set to anything, nothing is coloured.\n", to);
}
