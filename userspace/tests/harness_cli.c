// SPDX-License-Identifier: GPL-2.0
/*
 * The command xvcpu, run as a program.
 */
#define _GNU_SOURCE
#include "harness_cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <json-c/json.h>

#include "harness.h"

#define MAX_WORDS	32
#define PATIENCE	8000
#define JSON_MAX	16

static void execute(const char *const *words)
{
	const char *argv[MAX_WORDS] = { "xvcpu" };
	int n;

	for (n = 0; words[n] && n + 2 < MAX_WORDS; n++)
		argv[n + 1] = words[n];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	execvp("xvcpu", (char **)argv);
	dprintf(STDERR_FILENO, "no command xvcpu: %s\n", strerror(errno));
	_exit(127);
}

static bool is_json(const char *const *words)
{
	for (; *words; words++) {
		if (!strcmp(*words, "-j") || !strcmp(*words, "--json"))
			return true;
	}
	return false;
}

static void prepare(struct cli *cli, const char *const *words)
{
	memset(cli, 0, sizeof(*cli));
	if (is_json(words))
		snprintf(cli->json, sizeof(cli->json), "%s%s%s", words[0],
			 strcmp(words[0], "trace") ? "" : " ",
			 strcmp(words[0], "trace") ? "" : words[1]);
	cli->err_fd = memfd_create("err", MFD_CLOEXEC);
	REQUIRE(cli->err_fd >= 0);
}

void cli_start(struct cli *cli, const char *const *words)
{
	int fds[2];

	prepare(cli, words);
	REQUIRE_EQ(pipe2(fds, O_CLOEXEC), 0);
	cli->pid = fork();
	REQUIRE(cli->pid >= 0);
	if (!cli->pid) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(cli->err_fd, STDERR_FILENO);
		execute(words);
	}
	close(fds[1]);
	cli->fd = fds[0];
}

static int open_terminal(char *name, size_t size)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		test_skip("this kernel has no pseudo-terminals");
	REQUIRE_EQ(grantpt(fd), 0);
	REQUIRE_EQ(unlockpt(fd), 0);
	REQUIRE_EQ(ptsname_r(fd, name, size), 0);
	return fd;
}

void cli_start_terminal(struct cli *cli, const char *term,
			const char *const *words)
{
	char name[64];
	int fd;

	prepare(cli, words);
	cli->fd = open_terminal(name, sizeof(name));
	cli->pid = fork();
	REQUIRE(cli->pid >= 0);
	if (cli->pid)
		return;
	setsid();
	fd = open(name, O_RDWR);
	if (fd < 0)
		_exit(127);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(cli->err_fd, STDERR_FILENO);
	setenv("TERM", term, 1);
	setenv("LINES", "24", 1);
	setenv("COLUMNS", "80", 1);
	execute(words);
}

/* A terminal whose other side has gone gives an error instead of the end. */
static bool take(struct cli *cli)
{
	ssize_t length;

	REQUIRE(cli->length + 1 < sizeof(cli->out));
	length = read(cli->fd, cli->out + cli->length,
		      sizeof(cli->out) - 1 - cli->length);
	if (length <= 0)
		return false;
	cli->length += length;
	cli->out[cli->length] = '\0';
	return true;
}

bool cli_read_some(struct cli *cli, int milliseconds)
{
	struct pollfd fd = { .fd = cli->fd, .events = POLLIN };

	return poll(&fd, 1, milliseconds) > 0 && take(cli);
}

void cli_read_until(struct cli *cli, const char *text)
{
	while (!memmem(cli->out, cli->length, text, strlen(text))) {
		if (!cli_read_some(cli, PATIENCE))
			test_failed(true, __FILE__, __LINE__,
				    "no '%s' in: %s", text, cli->out);
	}
}

void cli_kill(struct cli *cli, int signal)
{
	REQUIRE_EQ(kill(cli->pid, signal), 0);
}

static void print_json(const struct cli *cli)
{
	json_tokener *tokener = json_tokener_new();
	const char *text = cli->out;
	json_object *document;
	int nr = 0;

	while (nr++ < JSON_MAX &&
	       (document = json_tokener_parse_ex(tokener, text, -1))) {
		printf("# json %s: %s\n", cli->json,
		       json_object_to_json_string_ext(document,
						      JSON_C_TO_STRING_PLAIN));
		json_object_put(document);
		text += json_tokener_get_parse_end(tokener);
	}
	json_tokener_free(tokener);
}

void cli_wait(struct cli *cli)
{
	int status;

	while (cli->fd >= 0 && take(cli))
		;
	REQUIRE_EQ(waitpid(cli->pid, &status, 0), cli->pid);
	cli->status = WIFEXITED(status) ? WEXITSTATUS(status) :
					  128 + WTERMSIG(status);
	REQUIRE(pread(cli->err_fd, cli->err, sizeof(cli->err) - 1, 0) >= 0);
	close(cli->err_fd);
	if (cli->fd >= 0)
		close(cli->fd);
	if (*cli->json)
		print_json(cli);
}

void cli_run(struct cli *cli, const char *format, ...)
{
	const char *words[MAX_WORDS] = { NULL };
	char text[512], *rest = text;
	va_list args;
	int n = 0;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	while (n < MAX_WORDS - 1 && (words[n] = strtok_r(rest, " ", &rest)))
		n++;
	cli_start(cli, words);
	cli_wait(cli);
}

/* --- what it printed --- */

const char *cli_line(const struct cli *cli, const char *word)
{
	const char *line = cli->out, *begin;
	size_t length = strlen(word);

	while (*line) {
		begin = line + strspn(line, " ");
		if (!strncmp(begin, word, length) &&
		    strchr("\n ,", begin[length]))
			return begin;
		line += strcspn(line, "\n");
		line += !!*line;
	}
	return NULL;
}

double cli_number(const struct cli *cli, const char *word, int column)
{
	const char *at = cli_line(cli, word);

	if (!at)
		test_failed(true, __FILE__, __LINE__, "no line '%s' in: %s",
			    word, cli->out);
	while (column--) {
		at += strcspn(at, "\n ");
		at += strspn(at, " ");
	}
	return strtod(at, NULL);
}
