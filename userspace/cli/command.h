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
 * struct command - one command
 * @name: as it is typed.
 * @run: does it; argv[0] is the name; returns the exit status.
 * @help: one line.
 * @usage: what can follow the name.
 * @details: the options, a line each, or NULL.
 */
struct command {
	const char *name;
	int (*run)(const struct command *self, int argc, char **argv);
	const char *help;
	const char *usage;
	const char *details;
};

int doctor_run(const struct command *self, int argc, char **argv);
int cpus_run(const struct command *self, int argc, char **argv);
int vcpus_run(const struct command *self, int argc, char **argv);
int stat_run(const struct command *self, int argc, char **argv);
int monitor_run(const struct command *self, int argc, char **argv);
int top_run(const struct command *self, int argc, char **argv);
int explain_run(const struct command *self, int argc, char **argv);
int run_run(const struct command *self, int argc, char **argv);
int exec_run(const struct command *self, int argc, char **argv);
int trace_run(const struct command *self, int argc, char **argv);
int version_run(const struct command *self, int argc, char **argv);

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
 * @self: the command.
 * @argc: length of @argv.
 * @argv: the command's name and what follows it.
 * @letters: the options that it takes: "j", "jm".
 * @takes_number: whether it takes the number of one object.
 * @options: what is to be filled.
 *
 * Return: DONE or USAGE, the latter having been said.
 */
int parse_list_options(const struct command *self, int argc, char **argv,
		       const char *letters, bool takes_number,
		       struct list_options *options);

/**
 * bad_option() - say what getopt_long() complained of
 * @self: the command.
 * @result: what it returned: '?' or ':'.
 * @argv: what it was given.
 *
 * Return: USAGE.
 */
int bad_option(const struct command *self, int result, char **argv);

/** parse_u32() - the whole of @string as a number */
bool parse_u32(const char *string, uint32_t *number);

/** parse_seconds() - the whole of @string as a time of 0.1 to 3600 seconds */
bool parse_seconds(const char *string, double *seconds);

/** connect_module() - connect over netlink; if that fails, say so */
int connect_module(struct xvcpu_nl **nl);

/** say_refusal() - say that the kernel refused a request, and return REFUSED */
int say_refusal(const struct xvcpu_nl *nl, int err);

#endif /* COMMAND_H */
