/* SPDX-License-Identifier: GPL-2.0 */
/* Segments: what of them a memory operand may touch. */
#ifndef _XVCPU_SEGMENT_H
#define _XVCPU_SEGMENT_H

#include <linux/kvm.h>
#include <linux/types.h>
#include <asm/page.h>

/* The segment registers in the order of their VMCS fields. */
enum xvcpu_seg {
	XVCPU_ES, XVCPU_CS, XVCPU_SS, XVCPU_DS, XVCPU_FS, XVCPU_GS,
	XVCPU_LDTR, XVCPU_TR,
	XVCPU_NR_SEGS
};

bool xvcpu_segment_usable(const struct kvm_segment *seg, bool write);
u64 xvcpu_segment_room(const struct kvm_segment *seg, u64 offset);

/* Whether 64-bit code can use a linear address: bits 63:47 are all the same. */
static inline bool xvcpu_segment_canonical(u64 address)
{
	return __is_canonical_address(address, 48);
}

#endif /* _XVCPU_SEGMENT_H */
