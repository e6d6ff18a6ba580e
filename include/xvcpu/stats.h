/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a vCPU counts: its VM exits by reason, always, and how long they took,
 * while the module's parameter "stats" is set.
 *
 * Written by the thread in KVM_RUN only. Others read one word after the other.
 */
#ifndef _XVCPU_STATS_H
#define _XVCPU_STATS_H

#include <linux/bitops.h>
#include <linux/jump_label.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include <uapi/linux/xvcpu_netlink.h>
#include <xvcpu/counts.h>

/* XVCPU_STATS_NONE - no exit is being timed */
#define XVCPU_STATS_NONE	(-1)

DECLARE_STATIC_KEY_FALSE(xvcpu_stats_timing);

/**
 * struct xvcpu_times - how long VM exits for one reason took
 * @total: all together, in nanoseconds, and so on.
 * @min: the least; U64_MAX if there were none.
 * @max: the most.
 * @bucket: how many took how long: see xvcpu_times_bucket().
 */
struct xvcpu_times {
	u64 total;
	u64 min;
	u64 max;
	u64 bucket[XVCPU_STATS_BUCKETS];
};

/**
 * struct xvcpu_timing - what a vCPU needs for times; read under RCU
 * @rcu: frees it when nobody reads it.
 * @reason: for each reason, or NULL as long as no exit for it was timed.
 */
struct xvcpu_timing {
	struct rcu_head rcu;
	struct xvcpu_reason_times {
		struct rcu_head rcu;
		struct xvcpu_times times;
	} *reason[XVCPU_STATS_REASONS];
};

/**
 * struct xvcpu_stats - what a vCPU counts
 * @exits: VM exits by basic exit reason.
 * @interrupts: interrupts that VM entries delivered.
 * @nmis: NMIs, likewise.
 * @exceptions: exceptions, likewise.
 * @counts: instructions of its runs, if they are counted at all.
 * @timing: how long exits took; NULL as long as none was timed.
 * @timed: the reason of the exit that is being timed, or XVCPU_STATS_NONE.
 * @since: the TSC when it began.
 * @epoch: of xvcpu_stats_epoch, then.
 */
struct xvcpu_stats {
	u64 exits[XVCPU_STATS_REASONS];
	u64 interrupts;
	u64 nmis;
	u64 exceptions;
	struct xvcpu_counts counts;
	struct xvcpu_timing *timing;
	int timed;
	u64 since;
	u32 epoch;
};

/**
 * struct xvcpu_stats_copy - what others may see of it
 * @exits: as in struct xvcpu_stats, and so on.
 * @interrupts: interrupts.
 * @nmis: NMIs.
 * @exceptions: exceptions.
 * @counts: instructions.
 * @times: for each reason; its buckets are all 0 if no exit was timed.
 */
struct xvcpu_stats_copy {
	u64 exits[XVCPU_STATS_REASONS];
	u64 interrupts;
	u64 nmis;
	u64 exceptions;
	struct xvcpu_counts counts;
	struct xvcpu_times times[XVCPU_STATS_REASONS];
};

/**
 * xvcpu_times_bucket() - where a time is counted
 * @ns: nanoseconds.
 *
 * Return: 0 for less than 1, n for 2^(n-1) to less than 2^n; the last one for all
 * that is more.
 */
static inline u32 xvcpu_times_bucket(u64 ns)
{
	return min_t(u32, fls64(ns), XVCPU_STATS_BUCKETS - 1);
}

/**
 * xvcpu_times_add() - count a time
 * @times: where.
 * @ns: nanoseconds.
 */
static inline void xvcpu_times_add(struct xvcpu_times *times, u64 ns)
{
	times->total += ns;
	if (ns < times->min)
		times->min = ns;
	if (ns > times->max)
		times->max = ns;
	times->bucket[xvcpu_times_bucket(ns)]++;
}

/**
 * xvcpu_times_count() - how many times there are
 * @times: where.
 *
 * Return: the sum of the buckets.
 */
static inline u64 xvcpu_times_count(const struct xvcpu_times *times)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < XVCPU_STATS_BUCKETS; i++)
		sum += times->bucket[i];
	return sum;
}

/**
 * xvcpu_stats_reason() - where an exit is counted
 * @reason: exit reason, with its flags.
 *
 * Return: the basic exit reason, or the last one for all that is higher.
 */
static inline u32 xvcpu_stats_reason(u32 reason)
{
	return min_t(u32, reason & 0xffff, XVCPU_STATS_REASONS - 1);
}

void xvcpu_stats_init(void);
void xvcpu_stats_create(struct xvcpu_stats *stats);
void xvcpu_stats_destroy(struct xvcpu_stats *stats);
void xvcpu_stats_copy(const struct xvcpu_stats *stats,
		      struct xvcpu_stats_copy *copy);
u64 xvcpu_stats_exits(const struct xvcpu_stats *stats);
void xvcpu_stats_begin_time(struct xvcpu_stats *stats, u32 reason);
void xvcpu_stats_end_time(struct xvcpu_stats *stats);
void xvcpu_stats_allocate(struct xvcpu_stats *stats);

/**
 * xvcpu_stats_is_timing() - whether the times of exits are measured now
 *
 * Return: true if so.
 */
static inline bool xvcpu_stats_is_timing(void)
{
	return static_branch_unlikely(&xvcpu_stats_timing);
}

/* A VM exit has happened; interrupts off. */
static inline void xvcpu_stats_exit(struct xvcpu_stats *stats, u32 reason)
{
	reason = xvcpu_stats_reason(reason);
	stats->exits[reason]++;
	if (static_branch_unlikely(&xvcpu_stats_timing))
		xvcpu_stats_begin_time(stats, reason);
}

/* The exit before has been handled: a VM entry follows. */
static inline void xvcpu_stats_entry(struct xvcpu_stats *stats)
{
	if (static_branch_unlikely(&xvcpu_stats_timing))
		xvcpu_stats_end_time(stats);
}

/* The exit has nowhere to go: xvcpu_stats_allocate() is wanted, where it may sleep. */
static inline bool xvcpu_stats_lacks_memory(const struct xvcpu_stats *stats)
{
	return static_branch_unlikely(&xvcpu_stats_timing) &&
	       stats->timed != XVCPU_STATS_NONE &&
	       (!stats->timing || !stats->timing->reason[stats->timed]);
}

#endif /* _XVCPU_STATS_H */
