// SPDX-License-Identifier: GPL-2.0
/*
 * How long a program takes until it says something.
 *
 * usage: bench_until ROW TEXT PROGRAM [ARGUMENT...]
 *	TEXT: what the line begins with; the program is killed then
 *
 * The program is kept on one CPU, and a row as those of bench says the ticks from
 * its start to that line.  All it prints comes out behind "> ", too.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static pid_t start(char **argv, int *output)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		return -1;
	pid = fork();
	if (pid)
		close(ends[1]);
	*output = ends[0];
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

/* Whether it came. */
static bool wait_for(const char *text, int output)
{
	FILE *file = fdopen(output, "r");
	char line[1024];

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, text, strlen(text)))
			return true;
		printf("> %s", line);
	}
	return false;
}

int main(int argc, char **argv)
{
	uint64_t ticks;
	int output;
	bool came;
	pid_t pid;

	if (argc < 4)
		return 2;
	host_run_on(host_cpu(0));
	ticks = host_ticks();
	pid = start(argv + 3, &output);
	if (pid < 0)
		return 1;
	came = wait_for(argv[2], output);
	ticks = host_ticks() - ticks;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (came)
		printf("# row %s %llu ticks\n", argv[1], (unsigned long long)ticks);
	return !came;
}
