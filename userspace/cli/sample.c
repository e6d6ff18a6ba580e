// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics of vCPUs at one moment, and what happened between two moments.
 */
#define _GNU_SOURCE
#include "sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* --- reading --- */

struct reader {
	struct sample *sample;
	bool failed;
};

static void add(const struct xvcpu_stats_info *stats, void *arg)
{
	struct reader *reader = arg;
	struct sample *sample = reader->sample;
	struct xvcpu_stats_info *more;

	more = reallocarray(sample->stats, sample->nr + 1, sizeof(*more));
	if (!more) {
		reader->failed = true;
		return;
	}
	sample->stats = more;
	sample->stats[sample->nr++] = *stats;
}

static int read_one(struct xvcpu_nl *nl, uint32_t key, struct reader *reader)
{
	struct xvcpu_stats_info stats;
	int err = xvcpu_nl_stats(nl, key, &stats);

	if (!err)
		add(&stats, reader);
	return err;
}

int sample_read(struct xvcpu_nl *nl, const uint32_t *key, struct sample *sample)
{
	struct reader reader = { .sample = sample };
	int err;

	memset(sample, 0, sizeof(*sample));
	err = key ? read_one(nl, *key, &reader) :
		    xvcpu_nl_stats_all(nl, add, &reader);
	sample->time_ns = now_ns();
	if (!err && reader.failed)
		err = -ENOMEM;
	if (err)
		sample_free(sample);
	return err;
}

void sample_free(struct sample *sample)
{
	free(sample->stats);
	memset(sample, 0, sizeof(*sample));
}

/* --- finding --- */

static int compare_key(const void *key, const void *stats)
{
	uint32_t a = *(const uint32_t *)key;
	uint32_t b = ((const struct xvcpu_stats_info *)stats)->key;

	return a < b ? -1 : a > b;
}

const struct xvcpu_stats_info *sample_find(const struct sample *sample,
					   uint32_t key)
{
	if (!sample || !sample->nr)
		return NULL;
	return bsearch(&key, sample->stats, sample->nr, sizeof(*sample->stats),
		       compare_key);
}

const struct xvcpu_reason_info *reason_of(const struct xvcpu_stats_info *stats,
					  uint32_t number)
{
	static const struct xvcpu_reason_info none;
	unsigned int i;

	for (i = 0; stats && i < stats->nr_reasons; i++) {
		if (stats->reason[i].number == number)
			return &stats->reason[i];
	}
	return &none;
}

/* --- adding up --- */

static void add_total(struct xvcpu_reason_info *total,
		      const struct xvcpu_reason_info *more)
{
	int i;

	if (more->timed && (!total->timed || more->min_ns < total->min_ns))
		total->min_ns = more->min_ns;
	if (more->max_ns > total->max_ns)
		total->max_ns = more->max_ns;
	total->number = more->number;
	total->count += more->count;
	total->timed += more->timed;
	total->total_ns += more->total_ns;
	for (i = 0; i < XVCPU_STATS_BUCKETS; i++)
		total->histogram[i] += more->histogram[i];
}

static void add_vcpu(struct sample_sum *sum,
		     const struct xvcpu_stats_info *stats,
		     const struct xvcpu_stats_info *before)
{
	const struct xvcpu_reason_info *now, *then;
	struct reason_sum *reason;
	unsigned int i;

	for (i = 0; i < stats->nr_reasons; i++) {
		now = &stats->reason[i];
		if (now->number >= XVCPU_STATS_REASONS)
			continue;
		then = reason_of(before, now->number);
		reason = &sum->reason[now->number];
		add_total(&reason->total, now);
		reason->count += now->count - then->count;
		reason->timed += now->timed - then->timed;
		reason->ns += now->total_ns - then->total_ns;
		sum->count += now->count - then->count;
		sum->timed += now->timed;
	}
	sum->timing |= stats->timing;
}

void sample_sum(const struct sample *sample, const struct sample *before,
		struct sample_sum *sum)
{
	size_t i;

	memset(sum, 0, sizeof(*sum));
	if (before)
		sum->seconds = (sample->time_ns - before->time_ns) / 1e9;
	for (i = 0; i < sample->nr; i++)
		add_vcpu(sum, &sample->stats[i],
			 sample_find(before, sample->stats[i].key));
}
