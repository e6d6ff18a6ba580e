// SPDX-License-Identifier: GPL-2.0
/*
 * What is told of the commands to zsh, so that it can complete them.
 */
#include "describe.h"

#include <string.h>

#include "command.h"

/* Between single quotes, where _arguments takes some characters for its own. */
static void print_text(const char *text, FILE *to)
{
	for (; *text; text++) {
		if (strchr("[]:\\", *text))
			fputc('\\', to);
		if (*text == '\'')
			fputs("'\\''", to);
		else
			fputc(*text, to);
	}
}

static void print_action(const char *name, FILE *to)
{
	const char *c;

	if (strstr(name, "FILE") || strstr(name, "PATH")) {
		fputs("_files", to);
	} else if (strstr(name, "PROGRAM")) {
		fputs("_command_names", to);
	} else if (strchr(name, '|') && !strpbrk(name, " []")) {
		fputc('(', to);
		for (c = name; *c; c++)
			fputc(*c == '|' ? ' ' : *c, to);
		fputc(')', to);
	}
}

static void print_option(const struct command_option *option, FILE *to)
{
	if (option->id < OPTION_LONG)
		fprintf(to, " \\\n\t\t\t'(-%c --%s)'{-%c,--%s}'[", option->id,
			option->name, option->id, option->name);
	else
		fprintf(to, " \\\n\t\t\t'--%s[", option->name);
	print_text(option->help, to);
	fputc(']', to);
	if (option->argument) {
		fputc(':', to);
		print_text(option->argument, to);
		fputc(':', to);
		print_action(option->argument, to);
	}
	fputc('\'', to);
}

static void print_command(const struct command *command, FILE *to)
{
	const struct command_option *option = command->options;

	fprintf(to, "\t'%s'%s)\n", command->name,
		strchr(command->name, ' ') ? "" : "\\ *");
	fprintf(to, "\t\tshift %d words; (( CURRENT -= %d ))\n",
		strchr(command->name, ' ') ? 2 : 1,
		strchr(command->name, ' ') ? 2 : 1);
	fputs("\t\t_arguments '(-h --help)'{-h,--help}'[explain it]'", to);
	for (; option && option->name; option++) {
		if (option->help)
			print_option(option, to);
	}
	if (command->arguments) {
		fputs(" \\\n\t\t\t'*:", to);
		print_text(command->arguments, to);
		fputc(':', to);
		print_action(command->arguments, to);
		fputc('\'', to);
	}
	fputs("\n\t\t;;\n", to);
}

static void print_word(const char *word, int length, const char *help, FILE *to)
{
	fprintf(to, "\t\t'%.*s:", length, word);
	print_text(help, to);
	fputs("'\n", to);
}

/* The first word of each name; of a group, the help of its first verb. */
static void print_first_words(FILE *to)
{
	const struct command *const *command;

	for (command = commands; *command; command++) {
		const char *name = (*command)->name;
		int length = strcspn(name, " ");

		if (command > commands &&
		    !strncmp(command[-1]->name, name, length + 1))
			continue;
		print_word(name, length,
			   name[length] ? "(a group of commands)" :
					  (*command)->help, to);
	}
}

static void print_verbs(FILE *to)
{
	const struct command *const *command;

	for (command = commands; *command; command++) {
		const char *name = (*command)->name;
		int length = strcspn(name, " ");

		if (name[length])
			fprintf(to, "\t\t[[ $words[2] != %.*s ]] || verbs+=(%s)\n",
				length, name, name + length + 1);
	}
}

void describe_zsh(FILE *to)
{
	const struct command *const *command;

	fputs("#compdef xvcpu\n"
	      "# made by 'xvcpu help --zsh'\n"
	      "_xvcpu() {\n"
	      "\tlocal -a all verbs\n"
	      "\tall=(\n", to);
	print_first_words(to);
	fputs("\t)\n"
	      "\tif (( CURRENT == 2 )); then\n"
	      "\t\t_describe command all\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tif (( CURRENT == 3 )); then\n", to);
	print_verbs(to);
	fputs("\t\tif (( $#verbs )); then\n"
	      "\t\t\tcompadd -a verbs\n"
	      "\t\t\treturn\n"
	      "\t\tfi\n"
	      "\tfi\n"
	      "\tcase \"$words[2] $words[3]\" in\n", to);
	for (command = commands; *command; command++)
		print_command(*command, to);
	fputs("\tesac\n"
	      "}\n"
	      "_xvcpu \"$@\"\n", to);
}
