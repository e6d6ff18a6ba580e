// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a command that goes on until it is ended.
 *
 * The signals are blocked but while it waits, so that none is missed in between.
 */
#define _GNU_SOURCE
#include "ending.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t asked;
static sigset_t while_waiting;

static void ask(int signal)
{
	(void)signal;
	asked = 1;
}

void ending_prepare(void)
{
	struct sigaction action = { .sa_handler = ask };
	sigset_t these;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&these);
	sigaddset(&these, SIGINT);
	sigaddset(&these, SIGTERM);
	sigprocmask(SIG_BLOCK, &these, &while_waiting);
	sigdelset(&while_waiting, SIGINT);
	sigdelset(&while_waiting, SIGTERM);
}

bool ending_wait(int fd, int milliseconds)
{
	struct timespec time = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000L,
	};
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	if (ppoll(fds, 2, milliseconds < 0 ? NULL : &time, &while_waiting) < 0)
		return errno == EINTR && !asked;
	return !asked && !(fds[1].revents & (POLLERR | POLLNVAL));
}

/* What could not be written for any other reason is an error, said at the end. */
bool ending_flush(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	if (errno == EPIPE && freopen("/dev/null", "w", stdout))
		clearerr(stdout);
	return false;
}
