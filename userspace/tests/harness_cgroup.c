// SPDX-License-Identifier: GPL-2.0
/*
 * A control group of the test's own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "harness_cgroup.h"

#define ROOT	"/sys/fs/cgroup"
#define GROUP	ROOT "/xvcpu-test"

static pid_t owner;

/* The test's process goes to the root, and what it has started is gone. */
static void cgroup_remove(void)
{
	char pid[16];

	if (getpid() != owner)
		return;
	snprintf(pid, sizeof(pid), "%d", owner);
	host_write(ROOT "/cgroup.procs", pid);
	rmdir(GROUP);
}

static bool has_controller(const char *controller)
{
	char text[256] = "", *word, *rest = text;
	int fd = open(ROOT "/cgroup.controllers", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	while ((word = strsep(&rest, "\n ")))
		if (!strcmp(word, controller))
			return true;
	return false;
}

void cgroup_create(const char *controller)
{
	char enable[32];

	if (access(ROOT "/cgroup.controllers", F_OK))
		mount("cgroup", ROOT, "cgroup2", 0, NULL);
	if (!has_controller(controller))
		test_skip("no controller %s of cgroup version 2", controller);
	snprintf(enable, sizeof(enable), "+%s", controller);
	REQUIRE_EQ(host_write(ROOT "/cgroup.subtree_control", enable), 0);
	/* One that a test before was killed in may be there still. */
	REQUIRE(!mkdir(GROUP, 0700) || errno == EEXIST);
	owner = getpid();
	atexit(cgroup_remove);
}

void cgroup_write(const char *file, const char *value)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), GROUP "/%s", file);
	ret = host_write(path, value);
	if (ret)
		test_failed(true, __FILE__, __LINE__, "%s to %s: %s", value,
			    path, strerror(-ret));
}

void cgroup_add_process(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	cgroup_write("cgroup.procs", text);
}

void cgroup_add_this_thread(void)
{
	char text[16];

	/* Threads of one process may be in groups apart if these say so. */
	cgroup_write("cgroup.type", "threaded");
	snprintf(text, sizeof(text), "%d", gettid());
	cgroup_write("cgroup.threads", text);
}

int64_t cgroup_read(const char *file, const char *word)
{
	char path[128], name[64];
	long long value = -1, found = -1;
	FILE *stream;

	snprintf(path, sizeof(path), GROUP "/%s", file);
	stream = fopen(path, "re");
	REQUIRE(stream);
	if (!word && fscanf(stream, "%lld", &value) == 1)
		found = value;
	while (word && fscanf(stream, "%63s %lld", name, &value) == 2)
		if (!strcmp(name, word))
			found = value;
	fclose(stream);
	return found;
}
