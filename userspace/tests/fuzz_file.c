// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzer's file descriptors.
 *
 * A thread takes one out of the table and uses it without the lock: another may
 * have closed it by then, and the number may stand for something else.
 */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

static struct fuzz_file files[FUZZ_FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void fuzz_file_init(void)
{
	size_t i;

	for (i = 0; i < FUZZ_FILES; i++)
		files[i] = (struct fuzz_file) { .fd = -1 };
}

static struct kvm_run *map_run(int fd, enum fuzz_kind kind)
{
	void *run;

	if (kind != FUZZ_VCPU)
		return NULL;
	run = mmap(NULL, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   0);
	return run == MAP_FAILED ? NULL : run;
}

void fuzz_file_add(int fd, enum fuzz_kind kind, bool core)
{
	struct fuzz_file file = { fd, kind, map_run(fd, kind), core };
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < FUZZ_FILES && files[i].fd >= 0; i++)
		;
	if (i < FUZZ_FILES)
		files[i] = file;
	pthread_mutex_unlock(&lock);
	if (i < FUZZ_FILES)
		return;
	if (file.run)
		munmap(file.run, 2 * PAGE_SIZE);
	close(fd);
}

/* The next one, from a random place on, that is of this kind. */
static int find(uint64_t choice, enum fuzz_kind kind)
{
	size_t i, at;

	for (i = 0; i < FUZZ_FILES; i++) {
		at = (choice + i) % FUZZ_FILES;
		if (files[at].fd >= 0 &&
		    (kind == FUZZ_NR_KINDS || files[at].kind == kind))
			return at;
	}
	return -1;
}

struct fuzz_file fuzz_file_pick(uint64_t choice, enum fuzz_kind kind)
{
	struct fuzz_file file = { .fd = -1 };
	int at;

	pthread_mutex_lock(&lock);
	at = find(choice, kind);
	if (at < 0)
		at = find(choice, FUZZ_NR_KINDS);
	if (at >= 0)
		file = files[at];
	pthread_mutex_unlock(&lock);
	return file;
}

struct fuzz_file fuzz_file_any(uint64_t choice)
{
	return fuzz_file_pick(choice, FUZZ_NR_KINDS);
}

/* The mapping of struct kvm_run stays: others may be writing there. */
void fuzz_file_close(uint64_t choice)
{
	int at, fd = -1;

	pthread_mutex_lock(&lock);
	at = find(choice, FUZZ_NR_KINDS);
	if (at >= 0 && !files[at].core) {
		fd = files[at].fd;
		files[at].fd = -1;
	}
	pthread_mutex_unlock(&lock);
	if (fd >= 0)
		close(fd);
}
