/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's objects of the kinds that the module uses, counted.
 */
#ifndef XVCPU_TESTS_HARNESS_SLAB_H
#define XVCPU_TESTS_HARNESS_SLAB_H

#include <stdint.h>

#define SLAB_MAX	128

struct slabs {
	int nr;
	struct {
		char name[48];
		int64_t objects;
	} slab[SLAB_MAX];
};

/* Skips the test where the kernel does not tell. */
void slabs_count(struct slabs *slabs);
/*
 * How many of them have got this many objects more than before; what is freed
 * late is waited for.
 */
int slabs_grown(const struct slabs *before, int64_t more);

#endif /* XVCPU_TESTS_HARNESS_SLAB_H */
