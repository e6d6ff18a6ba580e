/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A control group (version 2) of the test's own, with threads of this process or
 * with other processes in it.
 */
#ifndef XVCPU_TESTS_HARNESS_CGROUP_H
#define XVCPU_TESTS_HARNESS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Makes it, with this controller; skips the test where there is none.  It goes
 * with the test.
 */
void cgroup_create(const char *controller);
void cgroup_add_process(pid_t pid);
/* The calling thread alone; only controllers that know threads. */
void cgroup_add_this_thread(void);
void cgroup_write(const char *file, const char *value);
/* The number behind a word of a file, or the first number if the word is NULL. */
int64_t cgroup_read(const char *file, const char *word);

#endif /* XVCPU_TESTS_HARNESS_CGROUP_H */
