// SPDX-License-Identifier: GPL-2.0
/*
 * What is told of the commands to bash, so that it can complete them.
 */
#include "describe.h"

#include <string.h>

#include "command.h"

static void print_first_words(FILE *to)
{
	const struct command *const *command;
	const char *name, *before = "";
	int length, length_before = -1;

	for (command = commands; *command; command++) {
		name = (*command)->name;
		length = strcspn(name, " ");
		if (length != length_before || strncmp(name, before, length))
			fprintf(to, " %.*s", length, name);
		before = name;
		length_before = length;
	}
}

static void print_verbs(const char *name, FILE *to)
{
	const struct command *const *command;
	int length = strcspn(name, " ");

	for (command = commands; *command; command++) {
		if (!strncmp((*command)->name, name, length) &&
		    (*command)->name[length] == ' ')
			fprintf(to, " %s", (*command)->name + length + 1);
	}
}

static void print_groups(FILE *to)
{
	const struct command *const *command;

	for (command = commands; *command; command++) {
		const char *name = (*command)->name;
		const char *blank = strchr(name, ' ');

		if (!blank || (command > commands &&
			       !strncmp(command[-1]->name, name, blank - name + 1)))
			continue;
		fprintf(to, "\t2,%.*s) words='", (int)(blank - name), name);
		print_verbs(name, to);
		fputs("' ;;\n", to);
	}
}

/* What can stand where the argument with this name does. */
static void print_argument(const char *name, FILE *to)
{
	const char *c;

	if (strstr(name, "COMMAND")) {
		fputs("words+='", to);
		print_first_words(to);
		fputs("'", to);
	} else if (strstr(name, "PROGRAM")) {
		fputs("kind=-c", to);
	} else if (strstr(name, "FILE") || strstr(name, "PATH")) {
		fputs("kind=-f", to);
	} else if (strchr(name, '|') && !strpbrk(name, " []")) {
		fputs("words='", to);
		for (c = name; *c; c++)
			fputc(*c == '|' ? ' ' : *c, to);
		fputs("'", to);
	} else {
		fputc(':', to);
	}
}

static void print_option_arguments(const struct command_option *option,
				   FILE *to)
{
	for (; option && option->name; option++) {
		if (!option->argument)
			continue;
		fputs("\t\t", to);
		if (option->id < OPTION_LONG)
			fprintf(to, "-%c|", option->id);
		fprintf(to, "--%s) ", option->name);
		print_argument(option->argument, to);
		fputs(" ;;\n", to);
	}
}

static void print_options(const struct command_option *option, FILE *to)
{
	fputs("words='--help", to);
	for (; option && option->name; option++) {
		if (!option->help)
			continue;
		if (option->id < OPTION_LONG)
			fprintf(to, " -%c", option->id);
		fprintf(to, " --%s", option->name);
	}
	fputc('\'', to);
}

static void print_command(const struct command *command, FILE *to)
{
	fprintf(to, "\t*,'%s')\n", command->name);
	fputs("\t\tcase $prev in\n", to);
	print_option_arguments(command->options, to);
	fputs("\t\t*) ", to);
	print_options(command->options, to);
	if (command->arguments) {
		fputs("; ", to);
		print_argument(command->arguments, to);
	}
	fputs(" ;;\n\t\tesac\n\t\t;;\n", to);
}

void describe_bash(FILE *to)
{
	const struct command *const *command;

	fputs("# bash completion for xvcpu; made by 'xvcpu help --bash'\n"
	      "_xvcpu()\n"
	      "{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tlocal words= kind= name=${COMP_WORDS[1]}\n"
	      "\tcase \" ", to);
	for (command = commands; *command; command++) {
		if (strchr((*command)->name, ' '))
			fprintf(to, "%s ", (*command)->name);
	}
	fputs("\" in\n"
	      "\t*\" $name ${COMP_WORDS[2]-} \"*)\n"
	      "\t\t[ \"$COMP_CWORD\" -le 2 ] || name+=\" ${COMP_WORDS[2]}\" ;;\n"
	      "\tesac\n"
	      "\tCOMPREPLY=()\n"
	      "\tcase $COMP_CWORD,$name in\n"
	      "\t1,*) words='", to);
	print_first_words(to);
	fputs("' ;;\n", to);
	print_groups(to);
	for (command = commands; *command; command++)
		print_command(*command, to);
	fputs("\tesac\n"
	      "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	      "\t[ -z \"$kind\" ] || COMPREPLY+=($(compgen $kind -- \"$cur\"))\n"
	      "}\n"
	      "complete -F _xvcpu xvcpu\n", to);
}
