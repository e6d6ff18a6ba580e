// SPDX-License-Identifier: GPL-2.0
/*
 * What a vCPU counts: VM exits by reason, and how long they took.
 *
 * The time of an exit goes from there to the next VM entry, or to the end of
 * KVM_RUN. It is measured while the parameter "stats" is set; otherwise nothing is
 * left of it but a jump that is not taken. Memory comes with the first exit for
 * a reason, from the outer loop, which the inner loop leaves for that.
 *
 * Locking: none. The thread in KVM_RUN writes, the holder of vcpu->lock; others
 * read under RCU, or while the vCPU cannot go.
 */
#include <xvcpu/stats.h>

#include <linux/atomic.h>
#include <linux/clocksource.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <asm/msr.h>
#include <asm/tsc.h>

DEFINE_STATIC_KEY_FALSE(xvcpu_stats_timing);

/* How often timing was begun: what was under way when it ended is not taken up. */
static u32 epoch;

/* From ticks of the TSC to nanoseconds. */
static u32 ns_mult;
static u32 ns_shift;

static int set_timing(const char *value, const struct kernel_param *param)
{
	bool on;
	int err = kstrtobool(value, &on);

	if (err)
		return err;
	if (on == xvcpu_stats_is_timing())
		return 0;
	if (on) {
		WRITE_ONCE(epoch, epoch + 1);
		static_branch_enable(&xvcpu_stats_timing);
	} else {
		static_branch_disable(&xvcpu_stats_timing);
	}
	return 0;
}

static int get_timing(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%c\n", xvcpu_stats_is_timing() ? 'Y' : 'N');
}

static const struct kernel_param_ops timing_ops = {
	.set = set_timing,
	.get = get_timing,
};

/* The kernel serialises its changes. */
module_param_cb(stats, &timing_ops, NULL, 0644);
MODULE_PARM_DESC(stats, "measure how long VM exits take (default: no); can be changed at any time");

/**
 * xvcpu_stats_init() - look at what does not change while the kernel runs
 *
 * Context: process context, before any vCPU runs.
 */
void xvcpu_stats_init(void)
{
	/* 0 where the kernel could not tell: then there are no times, either. */
	clocks_calc_mult_shift(&ns_mult, &ns_shift, tsc_khz ?: 1,
			       NSEC_PER_MSEC, 1);
}

/**
 * xvcpu_stats_create() - begin to count
 * @stats: all 0.
 */
void xvcpu_stats_create(struct xvcpu_stats *stats)
{
	stats->timed = XVCPU_STATS_NONE;
}

/**
 * xvcpu_stats_destroy() - free what was needed for times
 * @stats: nobody writes it any more; who reads it does so under RCU.
 */
void xvcpu_stats_destroy(struct xvcpu_stats *stats)
{
	struct xvcpu_timing *timing = stats->timing;
	int i;

	if (!timing)
		return;
	for (i = 0; i < XVCPU_STATS_REASONS; i++) {
		if (timing->reason[i])
			kfree_rcu(timing->reason[i], rcu);
	}
	kfree_rcu(timing, rcu);
}

/* Another CPU's TSC may be behind, and sleep may have set it back. */
static u64 ns_since(u64 since)
{
	s64 ticks = rdtsc() - since;

	return ticks < 0 ? 0 : mul_u64_u32_shr(ticks, ns_mult, ns_shift);
}

/**
 * xvcpu_stats_begin_time() - a VM exit has happened
 * @stats: of the vCPU.
 * @reason: where it is counted.
 *
 * Context: any.
 */
void xvcpu_stats_begin_time(struct xvcpu_stats *stats, u32 reason)
{
	stats->timed = reason;
	stats->epoch = READ_ONCE(epoch);
	stats->since = rdtsc();
}

/**
 * xvcpu_stats_end_time() - it has been handled
 * @stats: of the vCPU; nothing happens unless a time was begun and has memory.
 *
 * Context: any.
 */
void xvcpu_stats_end_time(struct xvcpu_stats *stats)
{
	struct xvcpu_timing *timing = stats->timing;
	int reason = stats->timed;

	stats->timed = XVCPU_STATS_NONE;
	if (reason == XVCPU_STATS_NONE || stats->epoch != READ_ONCE(epoch))
		return;
	if (timing && timing->reason[reason])
		xvcpu_times_add(&timing->reason[reason]->times,
				ns_since(stats->since));
}

static int allocate(struct xvcpu_stats *stats)
{
	struct xvcpu_reason_times *times;
	struct xvcpu_timing *timing;

	if (!stats->timing) {
		timing = kzalloc(sizeof(*timing), GFP_KERNEL_ACCOUNT);
		if (!timing)
			return -ENOMEM;
		/* Whole: pairs with the acquire in xvcpu_stats_copy(). */
		smp_store_release(&stats->timing, timing);
	}
	times = kzalloc(sizeof(*times), GFP_KERNEL_ACCOUNT);
	if (!times)
		return -ENOMEM;
	times->times.min = U64_MAX;
	/* Whole: pairs with the acquire in copy_times(). */
	smp_store_release(&stats->timing->reason[stats->timed], times);
	return 0;
}

/**
 * xvcpu_stats_allocate() - get memory for the exit that is being timed
 * @stats: of the vCPU; if there is no memory, that exit has no time.
 *
 * Context: process context, may sleep.
 */
void xvcpu_stats_allocate(struct xvcpu_stats *stats)
{
	if (xvcpu_stats_lacks_memory(stats) && allocate(stats))
		stats->timed = XVCPU_STATS_NONE;
}

/**
 * xvcpu_stats_exits() - how many VM exits there were
 * @stats: of the vCPU, which may be running.
 *
 * Return: the number.
 */
u64 xvcpu_stats_exits(const struct xvcpu_stats *stats)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < XVCPU_STATS_REASONS; i++)
		sum += READ_ONCE(stats->exits[i]);
	return sum;
}

static void copy_times(const struct xvcpu_timing *timing, int reason,
		       struct xvcpu_times *to)
{
	const struct xvcpu_reason_times *from = NULL;

	if (timing) {
		/* Pairs with the release in allocate(). */
		from = smp_load_acquire(&timing->reason[reason]);
	}
	if (from)
		*to = from->times;
	else
		memset(to, 0, sizeof(*to));
}

/**
 * xvcpu_stats_copy() - read what a vCPU counts
 * @stats: of the vCPU, which may be running.
 * @copy: what is to be filled.
 *
 * Context: RCU, unless the vCPU cannot go.
 */
void xvcpu_stats_copy(const struct xvcpu_stats *stats,
		      struct xvcpu_stats_copy *copy)
{
	/* Pairs with the release in allocate(). */
	const struct xvcpu_timing *timing = smp_load_acquire(&stats->timing);
	int i;

	copy->interrupts = READ_ONCE(stats->interrupts);
	copy->nmis = READ_ONCE(stats->nmis);
	copy->exceptions = READ_ONCE(stats->exceptions);
	for (i = 0; i < XVCPU_COUNTED_NR; i++)
		copy->counts.nr[i] = READ_ONCE(stats->counts.nr[i]);
	for (i = 0; i < XVCPU_STATS_REASONS; i++) {
		copy_times(timing, i, &copy->times[i]);
		/* Later, so that there are no more times than exits. */
		copy->exits[i] = READ_ONCE(stats->exits[i]);
	}
}
