/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of a VMCS, as the file "mutate" of the module takes them (t_check.c). */
#ifndef XVCPU_TESTS_CHECK_CHANGES_H
#define XVCPU_TESTS_CHECK_CHANGES_H

#include <stddef.h>
#include <stdint.h>

#include "harness.h"

#define MOST_CHANGES	8

struct changes {
	char text[256];
	size_t length;
	int nr;
};

/* No change yet, of the VMCS of the vCPU with this key. */
void changes_start(struct changes *c, uint32_t key);
/* A field is to be a value ('='), or to have bits flipped ('^'). */
void change(struct changes *c, uint32_t field, char how, uint64_t value);
/* Anything; addresses may lead to two pages. */
void change_something(struct changes *c, uint64_t pages, struct random *random);

#endif /* XVCPU_TESTS_CHECK_CHANGES_H */
