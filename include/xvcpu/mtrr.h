/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's memory-type range registers. */
#ifndef _XVCPU_MTRR_H
#define _XVCPU_MTRR_H

#include <linux/types.h>

struct xvcpu_vcpu;

#define XVCPU_MTRR_NR_FIXED	11
#define XVCPU_MTRR_NR_VAR	8

/**
 * struct xvcpu_mtrr - values that are kept, and mean nothing
 * @def_type: IA32_MTRR_DEF_TYPE.
 * @fixed: the fixed ranges, 64K, 16K, 4K.
 * @var: base and mask of each variable range.
 */
struct xvcpu_mtrr {
	u64 def_type;
	u64 fixed[XVCPU_MTRR_NR_FIXED];
	u64 var[2 * XVCPU_MTRR_NR_VAR];
};

int xvcpu_mtrr_get(struct xvcpu_vcpu *vcpu, u32 index, u64 *value, bool host);
int xvcpu_mtrr_set(struct xvcpu_vcpu *vcpu, u32 index, u64 value, bool host);

#endif /* _XVCPU_MTRR_H */
