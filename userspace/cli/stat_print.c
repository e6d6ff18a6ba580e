// SPDX-License-Identifier: GPL-2.0
/*
 * The table, the CSV and the JSON of "xvcpu stat".
 */
#include "stat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xvcpu_names.h>

#include "out.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* --- the table --- */

static const struct out_column columns[] = {
	{ "REASON", 0 }, { "COUNT", 1 }, { "SHARE", 1 },
	{ "MIN/ns", 1 }, { "AVG/ns", 1 }, { "MAX/ns", 1 },
};

static const struct out_column live_columns[] = {
	{ "REASON", 0 }, { "COUNT", 1 }, { "COUNT/s", 1 }, { "SHARE", 1 },
	{ "MIN/ns", 1 }, { "AVG/ns", 1 }, { "MAX/ns", 1 },
};

#define TIMES	3	/* columns, the last ones */

static double share(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * part / whole : 0;
}

static void time_cells(struct out_table *table, const struct reason_sum *reason)
{
	if (reason->total.timed)
		out_cell(table, OUT_PLAIN, "%" PRIu64, reason->total.min_ns);
	else
		out_cell(table, OUT_FAINT, "-");
	if (reason->timed)
		out_cell(table, OUT_PLAIN, "%" PRIu64,
			 reason->ns / reason->timed);
	else
		out_cell(table, OUT_FAINT, "-");
	if (reason->total.timed)
		out_cell(table, OUT_PLAIN, "%" PRIu64, reason->total.max_ns);
	else
		out_cell(table, OUT_FAINT, "-");
}

static void reason_row(struct out_table *table, const struct sample_sum *sum,
		       const struct reason_sum *reason)
{
	out_cell(table, OUT_PLAIN, "%s",
		 xvcpu_name_reason(reason->total.number));
	out_cell(table, OUT_PLAIN, "%" PRIu64, reason->total.count);
	if (sum->seconds)
		out_cell(table, OUT_PLAIN, "%.0f",
			 reason->count / sum->seconds);
	out_cell(table, OUT_PLAIN, "%.1f%%", share(reason->count, sum->count));
	if (sum->timed)
		time_cells(table, reason);
}

/* The most of the interval first, then the most of all. */
static int compare_reasons(const void *left, const void *right)
{
	const struct reason_sum *a = *(const struct reason_sum *const *)left;
	const struct reason_sum *b = *(const struct reason_sum *const *)right;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	if (a->total.count != b->total.count)
		return a->total.count < b->total.count ? 1 : -1;
	return a->total.number < b->total.number ? -1 : 1;
}

static size_t sort_reasons(const struct sample_sum *sum,
			   const struct reason_sum **sorted)
{
	size_t nr = 0, i;

	for (i = 0; i < XVCPU_STATS_REASONS; i++) {
		if (sum->reason[i].total.count)
			sorted[nr++] = &sum->reason[i];
	}
	qsort(sorted, nr, sizeof(*sorted), compare_reasons);
	return nr;
}

char *stat_table(const struct sample_sum *sum)
{
	const struct reason_sum *sorted[XVCPU_STATS_REASONS];
	const struct out_column *head = sum->seconds ? live_columns : columns;
	size_t nr = sum->seconds ? ARRAY_SIZE(live_columns) :
				   ARRAY_SIZE(columns);
	struct out_table *table;
	size_t i;

	table = out_table_new(head, sum->timed ? nr : nr - TIMES);
	nr = sort_reasons(sum, sorted);
	for (i = 0; i < nr; i++)
		reason_row(table, sum, sorted[i]);
	return out_table_text(table);
}

/* --- CSV --- */

static void csv_line(const struct xvcpu_stats_info *stats,
		     const struct xvcpu_reason_info *reason)
{
	printf("%u,%u,%u,%u,%s,%" PRIu64 ",%" PRIu64, stats->vm, stats->key,
	       stats->id, reason->number, xvcpu_name_reason(reason->number),
	       reason->count, reason->timed);
	if (reason->timed)
		printf(",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
		       reason->total_ns, reason->min_ns, reason->max_ns);
	else
		puts(",,,");
}

void stat_csv(const struct sample *sample)
{
	const struct xvcpu_stats_info *stats;
	unsigned int j;
	size_t i;

	puts("vm,vcpu,id,number,reason,count,timed,total_ns,min_ns,max_ns");
	for (i = 0; i < sample->nr; i++) {
		stats = &sample->stats[i];
		for (j = 0; j < stats->nr_reasons; j++)
			csv_line(stats, &stats->reason[j]);
	}
}

/* --- JSON --- */

/* Up to the last bucket that is not empty. */
static json_object *histogram_to_json(const struct xvcpu_reason_info *reason)
{
	json_object *array = json_object_new_array();
	int nr = XVCPU_STATS_BUCKETS, i;

	while (nr && !reason->histogram[nr - 1])
		nr--;
	for (i = 0; i < nr; i++)
		json_object_array_add(array, json_object_new_uint64(
						     reason->histogram[i]));
	return array;
}

static json_object *reason_to_json(const struct xvcpu_reason_info *reason)
{
	json_object *object = json_object_new_object();

	out_json_u64(object, "number", reason->number);
	out_json_string(object, "name", xvcpu_name_reason(reason->number));
	out_json_u64(object, "count", reason->count);
	out_json_u64(object, "timed", reason->timed);
	if (!reason->timed)
		return object;
	out_json_u64(object, "total_ns", reason->total_ns);
	out_json_u64(object, "min_ns", reason->min_ns);
	out_json_u64(object, "max_ns", reason->max_ns);
	json_object_object_add(object, "histogram", histogram_to_json(reason));
	return object;
}

static void counters_to_json(json_object *object,
			     const struct xvcpu_stats_info *stats)
{
	out_json_u64(object, "entries", stats->entries);
	out_json_u64(object, "exits", stats->exits);
	out_json_u64(object, "migrations", stats->migrations);
	out_json_u64(object, "interrupts", stats->interrupts);
	out_json_u64(object, "nmis", stats->nmis);
	out_json_u64(object, "exceptions", stats->exceptions);
	out_json_u64(object, "vmptrld", stats->vmptrld);
	out_json_u64(object, "vmclear", stats->vmclear);
	if (!stats->has_counts)
		return;
	out_json_u64(object, "vmreads", stats->vmreads);
	out_json_u64(object, "vmwrites", stats->vmwrites);
	out_json_u64(object, "wrmsrs", stats->wrmsrs);
	out_json_u64(object, "cr_writes", stats->cr_writes);
	out_json_u64(object, "xcr_writes", stats->xcr_writes);
	out_json_u64(object, "vmptrlds", stats->vmptrlds);
}

static json_object *vcpu_to_json(const struct xvcpu_stats_info *stats)
{
	json_object *object = json_object_new_object();
	json_object *reasons = json_object_new_array();
	unsigned int i;

	out_json_u64(object, "key", stats->key);
	out_json_u64(object, "vm", stats->vm);
	out_json_u64(object, "id", stats->id);
	out_json_bool(object, "timing", stats->timing);
	counters_to_json(object, stats);
	for (i = 0; i < stats->nr_reasons; i++)
		json_object_array_add(reasons,
				      reason_to_json(&stats->reason[i]));
	json_object_object_add(object, "reasons", reasons);
	return object;
}

void stat_json(const struct sample *sample)
{
	json_object *document = out_json_new();
	json_object *vcpus = json_object_new_array();
	size_t i;

	for (i = 0; i < sample->nr; i++)
		json_object_array_add(vcpus, vcpu_to_json(&sample->stats[i]));
	json_object_object_add(document, "vcpus", vcpus);
	out_json_print(document);
}
