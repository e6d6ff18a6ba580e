// SPDX-License-Identifier: GPL-2.0
/*
 * Segment registers, as the VMCS has them and as userspace does, and what of them
 * a memory operand may touch (SDM, "Limit Checking" and "Type Checking"). In 64-bit
 * code they have neither limits nor types.
 *
 * Context: pure functions.
 */
#include <xvcpu/segment.h>

#include <linux/limits.h>
#include <asm/vmx.h>

/* Types; of a data segment VMX_AR_TYPE_WRITEABLE_MASK is another bit than it says. */
#define SEG_EXPAND_DOWN		4
#define SEG_WRITABLE		2

/**
 * xvcpu_segment_from_user() - a segment register as the VMCS wants it
 * @seg: what is to be filled.
 * @user: the segment register as KVM_SET_SREGS has it.
 * @i: which register.
 */
void xvcpu_segment_from_user(struct xvcpu_segment *seg,
			     const struct kvm_segment *user, enum xvcpu_seg i)
{
	/* The DPL of SS is the CPL even when it is unusable. */
	u32 ar = (user->type & 15) | (user->s & 1) << 4 |
		 (user->dpl & 3) << VMX_AR_DPL_SHIFT |
		 (user->present & 1) << 7 | (user->avl & 1) << 12 |
		 (user->l & 1) << 13 | (user->db & 1) << 14 |
		 (user->g & 1) << 15;

	if (user->unusable || !user->present)
		ar |= VMX_AR_UNUSABLE_MASK;
	/* Set in the cache of a descriptor that has such a bit, or one for busy. */
	if (i != XVCPU_LDTR)
		ar |= VMX_AR_TYPE_ACCESSES_MASK;
	seg->base = user->base;
	seg->limit = user->limit;
	seg->ar = ar;
	seg->selector = user->selector;
}

/**
 * xvcpu_segment_to_user() - a segment register as KVM_GET_SREGS has it
 * @seg: the segment register.
 * @user: what is to be filled.
 */
void xvcpu_segment_to_user(const struct xvcpu_segment *seg,
			   struct kvm_segment *user)
{
	u32 ar = seg->ar;

	*user = (struct kvm_segment) {
		.base = seg->base,
		.limit = seg->limit,
		.selector = seg->selector,
		.type = ar & VMX_AR_TYPE_MASK,
		.s = !!(ar & VMX_AR_S_MASK),
		.dpl = VMX_AR_DPL(ar),
		/* The processor loads P of an unusable segment as it pleases. */
		.present = (ar & (VMX_AR_P_MASK | VMX_AR_UNUSABLE_MASK)) ==
			   VMX_AR_P_MASK,
		.avl = (ar >> 12) & 1,
		.l = !!(ar & VMX_AR_L_MASK),
		.db = !!(ar & VMX_AR_DB_MASK),
		.g = !!(ar & VMX_AR_G_MASK),
		.unusable = !!(ar & VMX_AR_UNUSABLE_MASK),
	};
}

/**
 * xvcpu_segment_usable() - whether protected mode lets data be there
 * @seg: the segment.
 * @write: the data is written, not read.
 *
 * Return: true if it does.
 */
bool xvcpu_segment_usable(const struct xvcpu_segment *seg, bool write)
{
	bool code = seg->ar & VMX_AR_TYPE_CODE_MASK;

	if ((seg->ar & VMX_AR_UNUSABLE_MASK) || !(seg->ar & VMX_AR_P_MASK) ||
	    !(seg->ar & VMX_AR_S_MASK))
		return false;
	if (write)
		return !code && (seg->ar & SEG_WRITABLE);
	return !code || (seg->ar & VMX_AR_TYPE_READABLE_MASK);
}

/**
 * xvcpu_segment_room() - how many bytes there are from an offset upwards
 * @seg: the segment.
 * @offset: the offset.
 *
 * Return: the bytes, 0 if the offset is outside.
 */
u64 xvcpu_segment_room(const struct xvcpu_segment *seg, u64 offset)
{
	u64 first = 0, last = seg->limit;

	if (!(seg->ar & VMX_AR_TYPE_CODE_MASK) && (seg->ar & SEG_EXPAND_DOWN)) {
		first = last + 1;
		last = seg->ar & VMX_AR_DB_MASK ? U32_MAX : U16_MAX;
	}
	return offset >= first && offset <= last ? last - offset + 1 : 0;
}
