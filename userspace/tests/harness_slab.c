// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's objects, by /proc/slabinfo.
 *
 * Each CPU keeps some free ones that count as used: a cache that is shrunk
 * before it is looked at has none.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "harness_slab.h"

/* Objects are freed after a grace period, and some only seconds later. */
#define TRIES		150
#define TRY_US		100000

/* What a VM, a vCPU, and the process around them are made of. */
static const char * const kinds[] = {
	"kmalloc-", "mm_struct", "vm_area_struct", "filp", "files_cache",
	"task_struct", "signal_cache", "sighand_cache", "radix_tree_node",
	"anon_vma", "cred_jar", "pid",
};

static bool is_of_interest(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strncmp(name, kinds[i], strlen(kinds[i])))
			return true;
	return false;
}

/*
 * The kernel copies what is written to an object of its size, and so begins a
 * slab of that kind: not of one that matters.
 */
static void shrink(const char *name)
{
	static char text[PAGE_SIZE] = "1";
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		test_skip("no %s", path);
	REQUIRE_EQ(write(fd, text, sizeof(text)), sizeof(text));
	close(fd);
}

static FILE *open_list(void)
{
	FILE *file = fopen("/proc/slabinfo", "re");

	if (!file)
		test_skip("no /proc/slabinfo");
	return file;
}

static void shrink_all(void)
{
	char line[256], name[48];
	FILE *file = open_list();

	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%47s", name) == 1 && is_of_interest(name))
			shrink(name);
	fclose(file);
}

void slabs_count(struct slabs *slabs)
{
	char line[256], name[48];
	long long objects;
	FILE *file;

	/* On one CPU, so that no other one has begun a slab for it. */
	host_run_on(host_cpu(0));
	shrink_all();
	file = open_list();
	slabs->nr = 0;
	while (fgets(line, sizeof(line), file) && slabs->nr < SLAB_MAX) {
		if (sscanf(line, "%47s %lld", name, &objects) != 2 ||
		    !is_of_interest(name))
			continue;
		strcpy(slabs->slab[slabs->nr].name, name);
		slabs->slab[slabs->nr++].objects = objects;
	}
	fclose(file);
	host_run_anywhere();
	REQUIRE(slabs->nr > 5);
}

/* Each has to be below the limit once: what it has not lost, it can show. */
static int settle(const struct slabs *before, int64_t more, bool *good,
		  bool say)
{
	struct slabs now;
	int64_t growth;
	int i, nr = 0;

	slabs_count(&now);
	REQUIRE_EQ(now.nr, before->nr);
	for (i = 0; i < now.nr; i++) {
		growth = now.slab[i].objects - before->slab[i].objects;
		good[i] |= growth < more;
		nr += !good[i];
		if (say && !good[i])
			test_note("%s: %lld objects more", now.slab[i].name,
				  (long long)growth);
	}
	return nr;
}

void slabs_expect_less(const struct slabs *before, int64_t more)
{
	bool good[SLAB_MAX] = {};
	int i;

	for (i = 0; i < TRIES; i++) {
		if (!settle(before, more, good, false))
			return;
		usleep(TRY_US);
	}
	EXPECT_EQ(settle(before, more, good, true), 0);
}
