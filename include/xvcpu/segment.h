/* SPDX-License-Identifier: GPL-2.0 */
/* Segment registers, and what of a segment a memory operand may touch. */
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

/**
 * struct xvcpu_segment - a segment register as the VMCS has it
 * @base: base address.
 * @limit: limit in bytes.
 * @ar: access rights, VMX_AR_*.
 * @selector: selector.
 */
struct xvcpu_segment {
	u64 base;
	u32 limit;
	u32 ar;
	u16 selector;
};

static inline bool xvcpu_segment_same(const struct xvcpu_segment *a,
				      const struct xvcpu_segment *b)
{
	return a->base == b->base && a->limit == b->limit && a->ar == b->ar &&
	       a->selector == b->selector;
}

void xvcpu_segment_from_user(struct xvcpu_segment *seg,
			     const struct kvm_segment *user, enum xvcpu_seg i);
void xvcpu_segment_to_user(const struct xvcpu_segment *seg,
			   struct kvm_segment *user);
bool xvcpu_segment_usable(const struct xvcpu_segment *seg, bool write);
u64 xvcpu_segment_room(const struct xvcpu_segment *seg, u64 offset);

/**
 * xvcpu_segment_canonical() - whether 64-bit code can use a linear address
 * @address: the address.
 *
 * Return: true if its bits 63:47 are all the same.
 */
static inline bool xvcpu_segment_canonical(u64 address)
{
	return (u64)((s64)(address << 16) >> 16) == address;
}

#endif /* _XVCPU_SEGMENT_H */
