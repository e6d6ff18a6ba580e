// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics as OpenMetrics text, for the textfile collector of Prometheus's
 * node exporter.
 *
 * All samples of a metric family stand together, so vCPUs are gone through once
 * for each family.
 */
#include "stat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xvcpu_names.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct counter {
	const char *name;
	const char *help;
	uint64_t (*get)(const struct xvcpu_stats_info *stats);
};

static uint64_t get_entries(const struct xvcpu_stats_info *stats)
{
	return stats->entries;
}

static uint64_t get_migrations(const struct xvcpu_stats_info *stats)
{
	return stats->migrations;
}

static uint64_t get_interrupts(const struct xvcpu_stats_info *stats)
{
	return stats->interrupts;
}

static uint64_t get_nmis(const struct xvcpu_stats_info *stats)
{
	return stats->nmis;
}

static uint64_t get_exceptions(const struct xvcpu_stats_info *stats)
{
	return stats->exceptions;
}

static const struct counter counters[] = {
	{ "xvcpu_entries", "VM entries that succeeded.", get_entries },
	{ "xvcpu_migrations", "Bindings to another CPU than the time before.",
	  get_migrations },
	{ "xvcpu_interrupts", "Interrupts that VM entries delivered.",
	  get_interrupts },
	{ "xvcpu_nmis", "NMIs that VM entries delivered.", get_nmis },
	{ "xvcpu_exceptions", "Exceptions that VM entries delivered.",
	  get_exceptions },
};

static void print_counter(const struct sample *sample,
			  const struct counter *counter)
{
	const struct xvcpu_stats_info *stats;
	size_t i;

	printf("# TYPE %s counter\n# HELP %s %s\n", counter->name,
	       counter->name, counter->help);
	for (i = 0; i < sample->nr; i++) {
		stats = &sample->stats[i];
		printf("%s_total{vm=\"%u\",vcpu=\"%u\"} %" PRIu64 "\n",
		       counter->name, stats->vm, stats->key,
		       counter->get(stats));
	}
}

typedef void (*reason_fn)(const struct xvcpu_stats_info *stats,
			  const struct xvcpu_reason_info *reason);

static void print_reasons(const struct sample *sample, reason_fn fn)
{
	const struct xvcpu_stats_info *stats;
	unsigned int j;
	size_t i;

	for (i = 0; i < sample->nr; i++) {
		stats = &sample->stats[i];
		for (j = 0; j < stats->nr_reasons; j++)
			fn(stats, &stats->reason[j]);
	}
}

/*
 * The labels, without the brace that closes them.  Reasons without a name differ,
 * too: labels identify a series.
 */
static void print_name(const char *name, const struct xvcpu_stats_info *stats,
		       const struct xvcpu_reason_info *reason)
{
	const char *label = xvcpu_name_reason(reason->number);

	printf("%s{vm=\"%u\",vcpu=\"%u\",", name, stats->vm, stats->key);
	if (strcmp(label, "unknown"))
		printf("reason=\"%s\"", label);
	else
		printf("reason=\"reason-%u\"", reason->number);
}

static void print_exits(const struct xvcpu_stats_info *stats,
			const struct xvcpu_reason_info *reason)
{
	print_name("xvcpu_exits_total", stats, reason);
	printf("} %" PRIu64 "\n", reason->count);
}

static void print_bucket(const struct xvcpu_stats_info *stats,
			 const struct xvcpu_reason_info *reason, int bucket,
			 uint64_t cumulative)
{
	print_name("xvcpu_exit_time_seconds_bucket", stats, reason);
	if (bucket < XVCPU_STATS_BUCKETS - 1)
		printf(",le=\"%.9f\"} ", (1ULL << bucket) / 1e9);
	else
		printf(",le=\"+Inf\"} ");
	printf("%" PRIu64 "\n", cumulative);
}

/*
 * Bucket n counts what is less than 2^n ns, so less or equal 2^n - 1; the sum and
 * the count are of the buckets, for the vCPU may go on while they are read.
 */
static void print_times(const struct xvcpu_stats_info *stats,
			const struct xvcpu_reason_info *reason)
{
	uint64_t cumulative = 0;
	int i;

	if (!reason->timed)
		return;
	for (i = 0; i < XVCPU_STATS_BUCKETS; i++) {
		cumulative += reason->histogram[i];
		print_bucket(stats, reason, i, cumulative);
	}
	print_name("xvcpu_exit_time_seconds_count", stats, reason);
	printf("} %" PRIu64 "\n", cumulative);
	print_name("xvcpu_exit_time_seconds_sum", stats, reason);
	printf("} %.9f\n", reason->total_ns / 1e9);
}

void stat_openmetrics(const struct sample *sample)
{
	size_t i;

	puts("# TYPE xvcpu_exits counter\n"
	     "# HELP xvcpu_exits VM exits by reason.");
	print_reasons(sample, print_exits);
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		print_counter(sample, &counters[i]);
	puts("# TYPE xvcpu_exit_time_seconds histogram\n"
	     "# UNIT xvcpu_exit_time_seconds seconds\n"
	     "# HELP xvcpu_exit_time_seconds Time from a VM exit to the next VM entry.");
	print_reasons(sample, print_times);
	puts("# EOF");
}
