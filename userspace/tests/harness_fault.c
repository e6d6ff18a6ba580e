// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's fault injection, by /proc/thread-self/fail-nth and debugfs.
 *
 * fail-nth counts down with whatever may fail in the thread, the reading of the
 * file itself included.
 */
#define _GNU_SOURCE
#include "harness_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

static const char * const attrs[] = {
	"failslab", "fail_page_alloc", "fail_usercopy",
};

static int nth_fd = -1;

int fault_set(const char *attr, const char *file, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", attr, file);
	return host_write(path, value);
}

long fault_get(const char *attr, const char *file)
{
	char path[128], value[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", attr, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (read(fd, value, sizeof(value) - 1) < 0)
		value[0] = 0;
	close(fd);
	return atol(value);
}

static void set_all(const char *file, const char *value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attrs); i++)
		REQUIRE_EQ(fault_set(attrs[i], file, value), 0);
}

/* What fails is to fail silently: the console is looked at for complaints. */
void fault_need(void)
{
	size_t i;

	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		test_skip("the kernel has no fault injection");
	for (i = 0; i < ARRAY_SIZE(attrs); i++)
		if (fault_get(attrs[i], "probability") < 0)
			test_skip("there is no %s in debugfs", attrs[i]);
	set_all("probability", "0");
	set_all("verbose", "0");
	set_all("task-filter", "Y");
	set_all("interval", "1");
	set_all("space", "0");
	set_all("times", "-1");
	fault_only_in(NULL);
	REQUIRE_EQ(fault_set("failslab", "ignore-gfp-wait", "N"), 0);
	REQUIRE_EQ(fault_set("fail_page_alloc", "ignore-gfp-wait", "N"), 0);
	REQUIRE_EQ(fault_set("fail_page_alloc", "ignore-gfp-highmem", "N"), 0);
	REQUIRE_EQ(fault_set("fail_page_alloc", "min-order", "0"), 0);
	/* Of the module's own; fail-nth would count them, too. */
	fault_set("fail_vmx", "instructions", "0");
}

void fault_arm(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	REQUIRE_EQ(pwrite(nth_fd, text, len, 0), len);
}

/* The last one may hit the reading of how many are left. */
bool fault_disarm(void)
{
	char text[16] = "1";
	ssize_t len = pread(nth_fd, text, sizeof(text) - 1, 0);

	if (len > 0)
		text[len] = 0;
	if (pwrite(nth_fd, "0", 1, 0) != 1)
		REQUIRE_EQ(pwrite(nth_fd, "0", 1, 0), 1);
	return !atoi(text);
}

/* From its first byte to that of the function that follows it. */
static void find_function(const char *name, unsigned long *from,
			  unsigned long *to)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	unsigned long address;
	char symbol[256];

	REQUIRE(file);
	*from = *to = 0;
	while (fscanf(file, "%lx %*c %255s%*[^\n]", &address, symbol) == 2)
		if (!*from && !strcmp(symbol, name))
			*from = address;
	rewind(file);
	while (fscanf(file, "%lx %*c %255s%*[^\n]", &address, symbol) == 2)
		if (*from && address > *from && (!*to || address < *to))
			*to = address;
	fclose(file);
	if (!*from || !*to)
		test_skip("the kernel does not say where %s() is", name);
}

void fault_only_in(const char *function)
{
	unsigned long from = 0, to = ~0UL;
	char text[32];

	if (function)
		find_function(function, &from, &to);
	snprintf(text, sizeof(text), "0x%lx", from);
	set_all("require-start", text);
	snprintf(text, sizeof(text), "0x%lx", to);
	set_all("require-end", text);
}

/* Once the first of them can fail, the writing of the others can. */
void fault_percent(int percent)
{
	char text[8];
	size_t i;
	int tries;

	snprintf(text, sizeof(text), "%d", percent);
	if (percent)
		REQUIRE_EQ(host_write("/proc/self/make-it-fail", "1"), 0);
	for (i = 0; i < ARRAY_SIZE(attrs); i++)
		for (tries = 0; fault_set(attrs[i], "probability", text);
		     tries++)
			REQUIRE(tries < 1000);
}
