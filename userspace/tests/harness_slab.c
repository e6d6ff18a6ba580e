// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's objects, by /proc/slabinfo.
 *
 * Each CPU keeps some free ones that count as used: a cache that is shrunk
 * before it is looked at has none.
 */
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

static void shrink(const char *name)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", name);
	file = fopen(path, "we");
	if (!file)
		test_skip("no %s", path);
	fputs("1", file);
	fclose(file);
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
	REQUIRE(slabs->nr > 5);
}

/* Returns how many have grown, and says so if it is the last try. */
static int grown(const struct slabs *before, const struct slabs *now,
		 int64_t more, bool say)
{
	int64_t growth;
	int i, nr = 0;

	for (i = 0; i < before->nr && i < now->nr; i++) {
		growth = now->slab[i].objects - before->slab[i].objects;
		if (growth < more)
			continue;
		nr++;
		if (say)
			test_note("%s: %lld objects more",
				  now->slab[i].name, (long long)growth);
	}
	return nr;
}

void slabs_expect_less(const struct slabs *before, int64_t more)
{
	struct slabs now;
	int i;

	for (i = 0; i < TRIES; i++) {
		slabs_count(&now);
		REQUIRE_EQ(now.nr, before->nr);
		if (!grown(before, &now, more, false))
			return;
		usleep(TRY_US);
	}
	EXPECT_EQ(grown(before, &now, more, true), 0);
}
