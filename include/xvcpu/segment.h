/* SPDX-License-Identifier: GPL-2.0 */
/* Segments: what of them a memory operand may touch. */
#ifndef _XVCPU_SEGMENT_H
#define _XVCPU_SEGMENT_H

#include <linux/kvm.h>
#include <linux/types.h>

/* The segment registers in the order of their VMCS fields. */
enum xvcpu_seg {
	XVCPU_ES, XVCPU_CS, XVCPU_SS, XVCPU_DS, XVCPU_FS, XVCPU_GS,
	XVCPU_LDTR, XVCPU_TR,
	XVCPU_NR_SEGS
};

bool xvcpu_segment_usable(const struct kvm_segment *seg, bool write);
u64 xvcpu_segment_room(const struct kvm_segment *seg, u64 offset);
bool xvcpu_segment_canonical(u64 address);

#endif /* _XVCPU_SEGMENT_H */
