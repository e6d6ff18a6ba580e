/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's fault injection: allocations and copies from and to user memory
 * that fail.  Kernels without it skip the test.
 */
#ifndef XVCPU_TESTS_HARNESS_FAULT_H
#define XVCPU_TESTS_HARNESS_FAULT_H

#include <stdbool.h>

/* Skips the test where the kernel cannot; sets it up where it can. */
void fault_need(void);

/* The nth thing that may fail in this thread fails, of those from now on. */
void fault_arm(unsigned int nth);
/* None any more. Returns whether it has failed. */
bool fault_disarm(void);

/* Only what a function of the kernel calls, directly or not; all again if NULL. */
void fault_only_in(const char *function);

/* In this process that many of 100 fail, at random; 0: none any more. */
void fault_percent(int percent);

/* A file of a fault_attr in debugfs: 0 or the negative errno. */
int fault_set(const char *attr, const char *file, const char *value);
long fault_get(const char *attr, const char *file);

#endif /* XVCPU_TESTS_HARNESS_FAULT_H */
