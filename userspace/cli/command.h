/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands, what they return, and what several of them need.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"

struct xvcpu_nl;

/* Exit status. */
enum {
	DONE = 0,	/* it worked, and the verdict is good */
	USAGE = 1,	/* the command line is wrong */
	REFUSED = 2,	/* the kernel refused, or the verdict is bad */
};

/**
 * struct command_option - an option of a command
 * @id: its letter, or a number from OPTION_LONG on if it has none.
 * @name: its long name.
 * @argument: what its argument is called, "one|two|three" if it is one of these; or
 *	NULL if it takes none.
 * @help: one line, or NULL: then nobody is told of it.
 */
struct command_option {
	int id;
	const char *name;
	const char *argument;
	const char *help;
};

#define OPTION_LONG	256
#define OPTION_JSON	{ 'j', "json", NULL, "print JSON" }

/**
 * struct command - one command
 * @name: as it is typed; "trace record" if it is a verb of a group.
 * @run: does it; argv[0] is the last word of the name; returns the exit status.
 * @help: one line.
 * @options: what it takes, the last one empty; or NULL.
 * @arguments: what follows the options, as it is shown, or NULL; FILE, PROGRAM and
 *	COMMAND in it are completed by the shells.
 * @passes_on: an option after the first argument is not this command's.
 * @details: paragraphs, or NULL.
 *
 * All that is told of commands, and how they are parsed, is made of these.
 */
struct command {
	const char *name;
	int (*run)(const struct command *self, int argc, char **argv);
	const char *help;
	const struct command_option *options;
	const char *arguments;
	bool passes_on;
	const char *details;
};

/** commands - all of them, the last one NULL */
extern const struct command *const commands[];

extern const struct command doctor_command;
extern const struct command cpus_command;
extern const struct command vcpus_command;
extern const struct command vms_command;
extern const struct command list_command;
extern const struct command show_command;
extern const struct command migrate_command;
extern const struct command pin_command;
extern const struct command unpin_command;
extern const struct command stat_command;
extern const struct command monitor_command;
extern const struct command top_command;
extern const struct command explain_command;
extern const struct command run_command;
extern const struct command exec_command;
extern const struct command trace_record_command;
extern const struct command trace_show_command;
extern const struct command trace_times_command;
extern const struct command trace_export_command;
extern const struct command help_command;
extern const struct command version_command;

/**
 * find_command() - the command that these words begin with
 * @argc: length of @argv.
 * @argv: words.
 * @words: is set to how many of them are its name.
 *
 * Return: the command, or NULL.
 */
const struct command *find_command(int argc, char **argv, int *words);

/** is_verb_of() - whether the command is a verb of this group */
bool is_verb_of(const struct command *command, const char *group);

/** is_group() - whether there are verbs of this group */
bool is_group(const char *name);

/** usage_error() - say what is wrong with the command line, and return USAGE */
int usage_error(const struct command *self, const char *format, ...)
	__printf(2, 3);

/**
 * struct list_options - what the commands that list take
 * @json: print JSON.
 * @msrs: with the capability MSRs.
 * @one: only the object with this number or key.
 * @number: that.
 */
struct list_options {
	bool json;
	bool msrs;
	bool one;
	uint32_t number;
};

/**
 * parse_list_options() - read the command line of a command that lists
 * @self: the command; its options are among -j and -m.
 * @argc: length of @argv.
 * @argv: the command's name and what follows it.
 * @options: what is to be filled.
 *
 * The number of one object is taken if the command has arguments.
 *
 * Return: DONE or USAGE, the latter having been said.
 */
int parse_list_options(const struct command *self, int argc, char **argv,
		       struct list_options *options);

/**
 * next_option() - the next option of the command line
 * @self: the command.
 * @argc: length of @argv.
 * @argv: the command's name and what follows it.
 *
 * Return: its id, its argument being in optarg; 0 if there is none left: arguments
 * begin at argv[optind]; negative if there is something wrong, which was said.
 */
int next_option(const struct command *self, int argc, char **argv);

/** parse_u32() - the whole of @string as a number */
bool parse_u32(const char *string, uint32_t *number);

/* What follows returns DONE, or USAGE, which has been said. */

/** take_number() - the whole of an argument as a number */
int take_number(const struct command *self, const char *argument,
		uint32_t *number);

/** take_count() - a number that is not 0 */
int take_count(const struct command *self, const char *argument,
	       uint32_t *count);

/** take_interval() - a time of 0.1 to 3600 seconds */
int take_interval(const struct command *self, const char *argument,
		  double *seconds);

/** connect_module() - connect over netlink; if that fails, say so */
int connect_module(struct xvcpu_nl **nl);

/** say_refusal() - say that the kernel refused a request, and return REFUSED */
int say_refusal(const struct xvcpu_nl *nl, int err);

#endif /* COMMAND_H */
