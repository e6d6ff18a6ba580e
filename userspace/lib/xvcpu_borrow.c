// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU of another process, by pidfd_getfd().
 */
#define _GNU_SOURCE
#include "xvcpu_borrow.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <unistd.h>

/* What the descriptor itself says: it is no vCPU of ours, or which one it is. */
static bool is_vcpu(uint32_t tgid, int fd, uint32_t key)
{
	char path[64], line[128];
	unsigned int found;
	bool is = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/fdinfo/%d", tgid, fd);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!is && fgets(line, sizeof(line), file))
		is = sscanf(line, "xvcpu-vcpu: %u", &found) == 1 &&
		     found == key;
	fclose(file);
	return is;
}

/* The number that the vCPU's descriptor has there. */
static int find(uint32_t tgid, uint32_t key)
{
	struct dirent *entry;
	char path[64];
	int fd = -ENOENT;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%u/fd", tgid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? -ESRCH : -errno;
	while (fd < 0 && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' &&
		    is_vcpu(tgid, atoi(entry->d_name), key))
			fd = atoi(entry->d_name);
	closedir(dir);
	return fd;
}

/* Between the look and the copy the number may have become another file's. */
int xvcpu_borrow_vcpu(uint32_t tgid, uint32_t key)
{
	int process = pidfd_open(tgid, 0), fd, err;

	if (process < 0)
		return -errno;
	fd = find(tgid, key);
	if (fd >= 0) {
		fd = pidfd_getfd(process, fd, 0);
		err = -errno;
		if (fd < 0)
			fd = err;
		else if (!is_vcpu(getpid(), fd, key)) {
			close(fd);
			fd = -ENOENT;
		}
	}
	close(process);
	return fd;
}
