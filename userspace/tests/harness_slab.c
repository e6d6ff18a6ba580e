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

static int open_shrinker(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		test_skip("no %s", path);
	return fd;
}

/*
 * The kernel copies what is written to an object of its size, and so begins a
 * slab of that kind: not of one that matters.
 */
static void shrink_all(const int *shrinkers, int nr)
{
	static char text[PAGE_SIZE] = "1";
	int i;

	for (i = 0; i < nr; i++)
		REQUIRE_EQ(write(shrinkers[i], text, sizeof(text)), sizeof(text));
}

static FILE *open_list(void)
{
	FILE *file = fopen("/proc/slabinfo", "re");

	if (!file)
		test_skip("no /proc/slabinfo");
	return file;
}

static void slabs_read(struct slabs *slabs, FILE *file)
{
	char line[256], name[48];
	long long objects;

	slabs->nr = 0;
	while (slabs->nr < SLAB_MAX && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%47s %lld", name, &objects) != 2 ||
		    !is_of_interest(name))
			continue;
		strcpy(slabs->slab[slabs->nr].name, name);
		slabs->slab[slabs->nr++].objects = objects;
	}
	fclose(file);
	REQUIRE(slabs->nr > 5);
}

/*
 * On one CPU, so that no other one has begun a slab for it.  Nothing is opened or
 * closed between the shrinking and the counting: that would begin one, too.
 */
void slabs_count(struct slabs *slabs)
{
	int shrinkers[SLAB_MAX], i;
	FILE *file;

	host_run_on(host_cpu(0));
	slabs_read(slabs, open_list());
	for (i = 0; i < slabs->nr; i++)
		shrinkers[i] = open_shrinker(slabs->slab[i].name);
	file = open_list();
	shrink_all(shrinkers, slabs->nr);
	slabs_read(slabs, file);
	for (i = 0; i < slabs->nr; i++)
		close(shrinkers[i]);
	host_run_anywhere();
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

int slabs_grown(const struct slabs *before, int64_t more)
{
	bool good[SLAB_MAX] = {};
	int i;

	for (i = 0; i < TRIES; i++) {
		if (!settle(before, more, good, false))
			return 0;
		usleep(TRY_US);
	}
	return settle(before, more, good, true);
}
