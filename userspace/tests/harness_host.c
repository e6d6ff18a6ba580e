// SPDX-License-Identifier: GPL-2.0
/*
 * The host: its CPUs, its modules, its kernel's log.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define MODULE_DIR	"/lib/modules"

/* --- settings --- */

int host_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* --- CPUs --- */

int host_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

static int open_online(int cpu, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online",
		 cpu);
	return open(path, flags | O_CLOEXEC);
}

/* A CPU that cannot be taken offline has no such file. */
static bool is_online(int cpu)
{
	char path[64], state = '0';
	int fd;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d", cpu);
	if (access(path, F_OK))
		return false;
	fd = open_online(cpu, O_RDONLY);
	if (fd < 0)
		return true;
	if (read(fd, &state, 1) != 1)
		state = '0';
	close(fd);
	return state == '1';
}

int host_cpu(int n)
{
	int cpu;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (is_online(cpu) && !n--)
			return cpu;
	test_failed(true, __FILE__, __LINE__, "too few CPUs are online");
	return -1;
}

void host_run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	REQUIRE_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

void host_run_anywhere(void)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	REQUIRE_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

void host_thread_run_on(pthread_t thread, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	REQUIRE_EQ(pthread_setaffinity_np(thread, sizeof(set), &set), 0);
}

uint64_t host_ticks(void)
{
	return __builtin_ia32_rdtsc();
}

uint64_t host_ns(void)
{
	struct timespec now;

	REQUIRE_EQ(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

bool host_is_debug(void)
{
	struct utsname name;

	return !uname(&name) && strstr(name.release, "debug");
}

int host_set_online(int cpu, bool online)
{
	int fd = open_online(cpu, O_WRONLY), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, online ? "1" : "0", 1) != 1)
		ret = -errno;
	close(fd);
	return ret;
}

/* --- modules --- */

int module_load(const char *name, const char *params)
{
	char path[128];
	int fd, ret;

	snprintf(path, sizeof(path), MODULE_DIR "/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return ret;
}

int module_unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

int module_refs(const char *name)
{
	FILE *file = fopen("/proc/modules", "re");
	int refs, found = -1;
	char line[64];

	if (!file)
		return -1;
	while (fscanf(file, "%63s %*u %d %*[^\n]", line, &refs) == 2)
		if (!strcmp(line, name))
			found = refs;
	fclose(file);
	return found;
}

/* --- the kernel's log --- */

static int log_fd = -1;

void log_mark(void)
{
	if (log_fd >= 0)
		close(log_fd);
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	REQUIRE(log_fd >= 0);
	lseek(log_fd, 0, SEEK_END);
}

/* One read gives one record. */
bool log_next(char *record, size_t size)
{
	ssize_t len;

	do
		len = read(log_fd, record, size - 1);
	while (len < 0 && errno == EPIPE);	/* the oldest were overwritten */
	record[len > 0 ? len : 0] = 0;
	return len > 0;
}

bool log_has(const char *first, const char *second)
{
	char record[LOG_RECORD];
	bool found = false;

	while (log_next(record, sizeof(record)))
		if (strstr(record, first) && strstr(record, second))
			found = true;
	return found;
}
