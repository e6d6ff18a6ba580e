// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics of vCPUs as plain structures.
 */
#include "xvcpu_nl_request.h"

#include <string.h>

/* What is not sent of it is 0. */
static void parse_histogram(struct nlattr *attr, uint64_t *histogram)
{
	size_t size = XVCPU_STATS_BUCKETS * sizeof(*histogram);

	if (!attr)
		return;
	if ((size_t)nla_len(attr) < size)
		size = nla_len(attr);
	memcpy(histogram, nla_data(attr), size);
}

static void parse_reason(struct nlattr *nest, struct xvcpu_stats_info *stats)
{
	struct nlattr *tb[XVCPU_A_REASON_MAX + 1];
	struct xvcpu_reason_info *reason;

	if (stats->nr_reasons == XVCPU_STATS_REASONS ||
	    nla_parse_nested(tb, XVCPU_A_REASON_MAX, nest, NULL))
		return;
	reason = &stats->reason[stats->nr_reasons++];
	reason->number = get_u32(tb[XVCPU_A_REASON_NUMBER]);
	reason->count = get_u64(tb[XVCPU_A_REASON_COUNT]);
	reason->timed = get_u64(tb[XVCPU_A_REASON_TIMED]);
	reason->total_ns = get_u64(tb[XVCPU_A_REASON_TOTAL_NS]);
	reason->min_ns = get_u64(tb[XVCPU_A_REASON_MIN_NS]);
	reason->max_ns = get_u64(tb[XVCPU_A_REASON_MAX_NS]);
	parse_histogram(tb[XVCPU_A_REASON_HISTOGRAM], reason->histogram);
}

static void parse_counters(struct nlattr *nest, struct xvcpu_stats_info *stats)
{
	struct nlattr *tb[XVCPU_A_STATS_COUNTER_MAX + 1];

	if (!nest || nla_parse_nested(tb, XVCPU_A_STATS_COUNTER_MAX, nest, NULL))
		return;
	stats->entries = get_u64(tb[XVCPU_A_STATS_COUNTER_ENTRIES]);
	stats->exits = get_u64(tb[XVCPU_A_STATS_COUNTER_EXITS]);
	stats->migrations = get_u64(tb[XVCPU_A_STATS_COUNTER_MIGRATIONS]);
	stats->interrupts = get_u64(tb[XVCPU_A_STATS_COUNTER_INTERRUPTS]);
	stats->nmis = get_u64(tb[XVCPU_A_STATS_COUNTER_NMIS]);
	stats->exceptions = get_u64(tb[XVCPU_A_STATS_COUNTER_EXCEPTIONS]);
	stats->vmptrld = get_u64(tb[XVCPU_A_STATS_COUNTER_VMPTRLD]);
	stats->vmclear = get_u64(tb[XVCPU_A_STATS_COUNTER_VMCLEAR]);
	stats->has_counts = tb[XVCPU_A_STATS_COUNTER_VMREAD];
	stats->vmreads = get_u64(tb[XVCPU_A_STATS_COUNTER_VMREAD]);
	stats->vmwrites = get_u64(tb[XVCPU_A_STATS_COUNTER_VMWRITE]);
	stats->wrmsrs = get_u64(tb[XVCPU_A_STATS_COUNTER_WRMSR]);
	stats->cr_writes = get_u64(tb[XVCPU_A_STATS_COUNTER_CR_WRITE]);
	stats->xcr_writes = get_u64(tb[XVCPU_A_STATS_COUNTER_XCR_WRITE]);
	stats->vmptrlds = get_u64(tb[XVCPU_A_STATS_COUNTER_RUN_VMPTRLD]);
}

static void parse_stats(struct nlmsghdr *message,
			struct xvcpu_stats_info *stats)
{
	struct nlattr *tb[XVCPU_A_STATS_MAX + 1], *attr;
	int rem;

	memset(stats, 0, sizeof(*stats));
	if (genlmsg_parse(message, 0, tb, XVCPU_A_STATS_MAX, NULL))
		return;
	stats->key = get_u32(tb[XVCPU_A_STATS_KEY]);
	stats->vm = get_u32(tb[XVCPU_A_STATS_VM]);
	stats->id = get_u32(tb[XVCPU_A_STATS_ID]);
	stats->timing = tb[XVCPU_A_STATS_TIMING];
	parse_counters(tb[XVCPU_A_STATS_COUNTERS], stats);
	for_each_attr(attr, message, rem) {
		if (nla_type(attr) == XVCPU_A_STATS_REASON)
			parse_reason(attr, stats);
	}
}

static void keep_stats(struct nlmsghdr *message, void *arg)
{
	parse_stats(message, arg);
}

struct stats_sink {
	xvcpu_stats_fn fn;
	void *arg;
};

static void hand_on_stats(struct nlmsghdr *message, void *arg)
{
	const struct stats_sink *sink = arg;
	struct xvcpu_stats_info stats;

	parse_stats(message, &stats);
	sink->fn(&stats, sink->arg);
}

int xvcpu_nl_stats(struct xvcpu_nl *nl, uint32_t key,
		   struct xvcpu_stats_info *stats)
{
	struct xvcpu_nl_request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_STATS_GET,
		.id_attr = XVCPU_A_STATS_KEY,
		.id = key,
		.parse = keep_stats,
		.arg = stats,
	};

	return xvcpu_nl_perform(&req);
}

int xvcpu_nl_stats_all(struct xvcpu_nl *nl, xvcpu_stats_fn fn, void *arg)
{
	struct stats_sink sink = { fn, arg };
	struct xvcpu_nl_request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_STATS_GET,
		.dump = true,
		.parse = hand_on_stats,
		.arg = &sink,
	};

	return xvcpu_nl_perform(&req);
}
