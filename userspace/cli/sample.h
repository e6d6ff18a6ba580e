/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics of vCPUs at one moment, and what happened between two moments.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xvcpu_nl.h>

/**
 * struct sample - statistics at one moment
 * @time_ns: when, by CLOCK_MONOTONIC.
 * @stats: a vCPU each, by ascending key.
 * @nr: how many.
 */
struct sample {
	uint64_t time_ns;
	struct xvcpu_stats_info *stats;
	size_t nr;
};

/**
 * struct reason_sum - VM exits for one reason, of several vCPUs
 * @total: since they were created.
 * @count: in an interval, or since they were created if there is none.
 * @timed: how many of these have a time.
 * @ns: the sum of these times.
 */
struct reason_sum {
	struct xvcpu_reason_info total;
	uint64_t count;
	uint64_t timed;
	uint64_t ns;
};

/**
 * struct sample_sum - the sum of a sample
 * @seconds: the interval, 0 if there is none.
 * @timing: times of exits are measured.
 * @count: exits for all reasons, as &struct reason_sum.count.
 * @timed: how many of all exits ever have a time.
 * @reason: by number.
 */
struct sample_sum {
	double seconds;
	bool timing;
	uint64_t count;
	uint64_t timed;
	struct reason_sum reason[XVCPU_STATS_REASONS];
};

/**
 * sample_read() - ask for statistics
 * @nl: the connection.
 * @key: of which vCPU, or NULL for all.
 * @sample: what is filled.
 *
 * Return: 0, or the error of the request, and then there is nothing to free.
 */
int sample_read(struct xvcpu_nl *nl, const uint32_t *key,
		struct sample *sample);

/** sample_free() - free what sample_read() filled, or zeroes */
void sample_free(struct sample *sample);

/** sample_find() - one vCPU's statistics in a sample, or NULL */
const struct xvcpu_stats_info *sample_find(const struct sample *sample,
					   uint32_t key);

/**
 * sample_sum() - add up what happened to the vCPUs of a sample
 * @sample: the sample.
 * @before: an earlier one, where the interval begins, or NULL.
 * @sum: what is filled.
 */
void sample_sum(const struct sample *sample, const struct sample *before,
		struct sample_sum *sum);

/** reason_of() - VM exits of a vCPU for a reason; 0 everywhere if none */
const struct xvcpu_reason_info *reason_of(const struct xvcpu_stats_info *stats,
					  uint32_t number);

/** now_ns() - CLOCK_MONOTONIC */
uint64_t now_ns(void);

#endif /* SAMPLE_H */
