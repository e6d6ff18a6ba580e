// SPDX-License-Identifier: GPL-2.0
/*
 * Results: runs the tests of a program one by one, each in a process of its
 * own, and prints TAP.
 *
 * The test's process says how it went by its exit status; what it prints
 * itself is diagnosis.  A test that neither ends nor can be killed is a VM
 * that hangs in the kernel: the program bails out, for nothing after it could
 * be trusted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define TIMEOUT		10
#define TIMEOUT_MAX	120
#define TIMEOUT_SOAK	7200

const char *test_device = "/dev/xvcpu";

static char context[256];
static bool failed;

/* --- in the test's process --- */

void test_context(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
}

void test_note(const char *fmt, ...)
{
	va_list args;
	char line[512];

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	printf("# %s\n", line);
}

/* The reason goes to the parent, which prints it behind "# SKIP". */
static int skip_pipe = -1;

void test_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vdprintf(skip_pipe, fmt, args);
	va_end(args);
	exit(TEST_SKIPPED);
}

void test_failed(bool fatal, const char *file, int line, const char *fmt, ...)
{
	va_list args;
	char what[512];

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	printf("# %s:%d: %s%s%s\n", file, line, context, *context ? ": " : "",
	       what);
	failed = true;
	if (fatal)
		exit(EXIT_FAILURE);
}

void test_compare(bool fatal, const char *file, int line, const char *what,
		  long long got, long long want)
{
	if (got != want)
		test_failed(fatal, file, line, "%s is %lld (0x%llx), not %lld (0x%llx)",
			    what, got, got, want, want);
}

bool test_soaking(void)
{
	return getenv("XVCPU_TEST_SOAK");
}

uint64_t test_amount(uint64_t usual, uint64_t debug, uint64_t soak)
{
	if (test_soaking())
		return soak;
	return host_is_debug() ? debug : usual;
}

static unsigned int timeout_max(void)
{
	return test_soaking() ? TIMEOUT_SOAK : TIMEOUT_MAX;
}

void test_timeout(unsigned int seconds)
{
	if (test_soaking() || seconds > timeout_max())
		seconds = timeout_max();
	alarm(seconds);
}

void test_need_xvcpu(void)
{
	if (!test_on_xvcpu())
		test_skip("%s is not xvcpu", test_device);
}

void test_need_cpus(int n)
{
	if (host_cpus() < n)
		test_skip("needs %d CPUs online, there are %d", n, host_cpus());
}

static void run_child(const struct test *test)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGALRM, SIG_DFL);
	test_timeout(TIMEOUT);
	test->fn();
	exit(failed ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* --- in the program's own process --- */

static void on_alarm(int signal)
{
	(void)signal;	/* only interrupts waitpid() */
}

/* The child's own alarm ends it; this is for one that does not end by it. */
static int wait_child(pid_t pid)
{
	int status;

	alarm(timeout_max() + 5);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR) {
			status = -1;
			break;
		}
		kill(pid, SIGKILL);
		alarm(5);
		if (waitpid(pid, &status, 0) < 0) {
			printf("Bail out! the test cannot be killed\n");
			exit(EXIT_FAILURE);
		}
		break;
	}
	alarm(0);
	return status;
}

static const char *failure(int status)
{
	static char text[64];

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return "did not end in time";
	if (WIFSIGNALED(status)) {
		snprintf(text, sizeof(text), "ended by signal %d",
			 WTERMSIG(status));
		return text;
	}
	return NULL;
}

/* Returns whether the test passed or was skipped. */
static bool run_test(const struct test *test, size_t number)
{
	char reason[256] = "";
	int reason_pipe[2];
	ssize_t len;
	int status;
	pid_t pid;

	if (pipe2(reason_pipe, O_CLOEXEC)) {
		perror("pipe2");
		exit(EXIT_FAILURE);
	}
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(EXIT_FAILURE);
	}
	if (!pid) {
		skip_pipe = reason_pipe[1];
		run_child(test);
	}
	close(reason_pipe[1]);
	status = wait_child(pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == TEST_SKIPPED) {
		len = read(reason_pipe[0], reason, sizeof(reason) - 1);
		reason[len > 0 ? len : 0] = 0;
		printf("ok %zu %s # SKIP %s\n", number, test->name, reason);
		close(reason_pipe[0]);
		return true;
	}
	close(reason_pipe[0]);
	if (failure(status))
		printf("# %s: %s\n", test->name, failure(status));
	printf("%s %zu %s\n", status ? "not ok" : "ok", number, test->name);
	return !status;
}

int test_main(int argc, char **argv, const struct test *tests, size_t n)
{
	struct sigaction action = { .sa_handler = on_alarm };
	bool all = true;
	size_t i;

	if (argc > 1)
		test_device = argv[1];
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGALRM, &action, NULL);
	printf("TAP version 13\n1..%zu\n", n);
	for (i = 0; i < n; i++)
		all &= run_test(&tests[i], i + 1);
	return all ? EXIT_SUCCESS : EXIT_FAILURE;
}
