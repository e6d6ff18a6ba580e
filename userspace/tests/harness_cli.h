/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command xvcpu, run as a program.
 */
#ifndef XVCPU_TESTS_HARNESS_CLI_H
#define XVCPU_TESTS_HARNESS_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CLI_OUTPUT	0x40000

/**
 * struct cli - a command that runs, or has run
 * @pid: its process.
 * @json: what prints JSON, or "".
 * @fd: where its standard output comes from.
 * @status: its exit status, once it has ended; 128 and more: a signal.
 * @out: its standard output so far.
 * @length: of @out.
 * @err: its standard error, once it has ended.
 */
struct cli {
	pid_t pid;
	char json[32];
	int fd;
	int err_fd;
	int status;
	char out[CLI_OUTPUT];
	size_t length;
	char err[4096];
};

/* "xvcpu " and these words, which end with NULL, with output to a pipe. */
void cli_start(struct cli *cli, const char *const *words);
/* With all of it on a terminal of this kind. */
void cli_start_terminal(struct cli *cli, const char *term,
			const char *const *words);
/* Read on until this text has come, or fail. */
void cli_read_until(struct cli *cli, const char *text);
/* Read what there is, waiting no longer than this; whether something came. */
bool cli_read_some(struct cli *cli, int milliseconds);
/*
 * Read to the end, and wait for that.  If it is JSON, some of it becomes lines
 * "# json COMMAND: DOCUMENT" of the results, which tests/vm/json checks.
 */
void cli_wait(struct cli *cli);
void cli_kill(struct cli *cli, int signal);

/* All of it, with words that blanks separate. */
void cli_run(struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The line that begins with this word, without blanks before it; or NULL. */
const char *cli_line(const struct cli *cli, const char *word);
/* The number in a column, counted from 0, of that line. */
double cli_number(const struct cli *cli, const char *word, int column);

#endif /* XVCPU_TESTS_HARNESS_CLI_H */
