// SPDX-License-Identifier: GPL-2.0
/*
 * Segments: what of them a memory operand may touch (SDM, "Limit Checking" and
 * "Type Checking"). In 64-bit code they have neither limits nor types.
 *
 * Context: pure functions.
 */
#include <xvcpu/segment.h>

#include <linux/limits.h>
#include <asm/page.h>

/* Types of code and data segments. */
#define SEG_CODE		8
#define SEG_EXPAND_DOWN		4
#define SEG_WRITABLE		2
#define SEG_READABLE		2

/**
 * xvcpu_segment_usable() - whether protected mode lets data be there
 * @seg: the segment.
 * @write: the data is written, not read.
 *
 * Return: true if it does.
 */
bool xvcpu_segment_usable(const struct kvm_segment *seg, bool write)
{
	bool code = seg->type & SEG_CODE;

	if (seg->unusable || !seg->present || !seg->s)
		return false;
	if (write)
		return !code && (seg->type & SEG_WRITABLE);
	return !code || (seg->type & SEG_READABLE);
}

/**
 * xvcpu_segment_room() - how many bytes there are from an offset upwards
 * @seg: the segment.
 * @offset: the offset.
 *
 * Return: the bytes, 0 if the offset is outside.
 */
u64 xvcpu_segment_room(const struct kvm_segment *seg, u64 offset)
{
	u64 first = 0, last = seg->limit;

	if (!(seg->type & SEG_CODE) && (seg->type & SEG_EXPAND_DOWN)) {
		first = last + 1;
		last = seg->db ? U32_MAX : U16_MAX;
	}
	return offset >= first && offset <= last ? last - offset + 1 : 0;
}

/**
 * xvcpu_segment_canonical() - whether 64-bit code can use a linear address
 * @address: the address.
 *
 * Return: true if its bits 63:47 are all the same.
 */
bool xvcpu_segment_canonical(u64 address)
{
	return __is_canonical_address(address, 48);
}
