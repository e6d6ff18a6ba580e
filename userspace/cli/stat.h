/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The forms in which "xvcpu stat" prints.
 */
#ifndef STAT_H
#define STAT_H

#include "sample.h"

/**
 * stat_table() - exits by reason
 * @sum: the exits.
 *
 * With an interval: exits a second, the most frequent first; and only the mean
 * time is the interval's.
 *
 * Return: the text, the caller's to free.
 */
char *stat_table(const struct sample_sum *sum);

/** stat_csv() - a heading, and a line for each vCPU and reason */
void stat_csv(const struct sample *sample);

/** stat_json() - all there is */
void stat_json(const struct sample *sample);

/** stat_openmetrics() - for Prometheus: OpenMetrics text */
void stat_openmetrics(const struct sample *sample);

#endif /* STAT_H */
