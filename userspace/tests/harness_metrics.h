/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A checker of OpenMetrics text, for what xvcpu prints: counters and histograms.
 */
#ifndef XVCPU_TESTS_HARNESS_METRICS_H
#define XVCPU_TESTS_HARNESS_METRICS_H

#include <stdint.h>

/*
 * Fails the test where the text is not as the specification wants it.  Returns
 * how many samples there are.
 */
int metrics_check(const char *text);

/* The value of the sample with this name and labels, all of "name{...}"; or -1. */
double metrics_value(const char *text, const char *sample);

#endif /* XVCPU_TESTS_HARNESS_METRICS_H */
