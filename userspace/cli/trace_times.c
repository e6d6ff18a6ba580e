// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu trace times: how long exits took to be handled, a histogram a reason.
 */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "out.h"

#define BUCKETS	40
#define KINDS	96
#define WIDTH	50

struct kind {
	const char *name;
	uint64_t count;
	uint64_t total;
	uint64_t min;
	uint64_t max;
	uint64_t bucket[BUCKETS];
};

struct times {
	struct kind kinds[KINDS];
	size_t nr;
};

static struct kind *kind_of(struct times *times, const char *name)
{
	size_t i;

	for (i = 0; i < times->nr; i++)
		if (!strcmp(times->kinds[i].name, name))
			return &times->kinds[i];
	if (times->nr == KINDS)
		return NULL;
	times->kinds[times->nr].name = name;
	times->kinds[times->nr].min = UINT64_MAX;
	return &times->kinds[times->nr++];
}

/* Bucket n has the times from 2^n to 2^(n + 1) - 1, the first one 0, too. */
static int bucket_of(uint64_t ns)
{
	int n = ns ? 63 - __builtin_clzll(ns) : 0;

	return n < BUCKETS ? n : BUCKETS - 1;
}

static void add_one(const struct trace_pair *pair, void *arg)
{
	struct kind *kind;
	uint64_t ns;

	if (!trace_handled(pair, &ns))
		return;
	kind = kind_of(arg, trace_reason(&pair->entry->record));
	if (!kind)
		return;
	kind->count++;
	kind->total += ns;
	kind->min = ns < kind->min ? ns : kind->min;
	kind->max = ns > kind->max ? ns : kind->max;
	kind->bucket[bucket_of(ns)]++;
}

static int by_total(const void *a, const void *b)
{
	const struct kind *x = a, *y = b;

	return x->total < y->total ? 1 : x->total > y->total ? -1 : 0;
}

static void print_bar(const struct kind *kind, int n, uint64_t most)
{
	char bar[WIDTH + 1];
	size_t length = kind->bucket[n] * WIDTH / most;

	if (!length && kind->bucket[n])
		length = 1;
	memset(bar, '#', length);
	bar[length] = 0;
	out_line(OUT_PLAIN, "%14llu ns %9llu |%s", 1ULL << n,
		 (unsigned long long)kind->bucket[n], bar);
}

static void print_kind(const struct kind *kind)
{
	int first = BUCKETS, last = 0, n;
	uint64_t most = 1;

	for (n = 0; n < BUCKETS; n++) {
		if (!kind->bucket[n])
			continue;
		first = n < first ? n : first;
		last = n;
		most = kind->bucket[n] > most ? kind->bucket[n] : most;
	}
	out_line(OUT_GOOD, "%s: %llu exits, %llu ns each (%llu to %llu)",
		 kind->name, (unsigned long long)kind->count,
		 (unsigned long long)(kind->total / kind->count),
		 (unsigned long long)kind->min, (unsigned long long)kind->max);
	for (n = first; n <= last; n++)
		print_bar(kind, n, most);
}

int trace_times(FILE *file, const struct trace_filter *filter)
{
	struct times *times = calloc(1, sizeof(*times));
	int status = REFUSED;
	size_t i;

	if (times && !trace_file_each(file, filter, add_one, times)) {
		qsort(times->kinds, times->nr, sizeof(times->kinds[0]),
		      by_total);
		for (i = 0; i < times->nr; i++)
			print_kind(&times->kinds[i]);
		status = DONE;
	}
	free(times);
	return status;
}
