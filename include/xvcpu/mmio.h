/* SPDX-License-Identifier: GPL-2.0 */
/* Accesses to guest physical addresses that no memory slot holds. */
#ifndef _XVCPU_MMIO_H
#define _XVCPU_MMIO_H

#include <linux/types.h>
#include <xvcpu/decode.h>

struct xvcpu_vcpu;

/*
 * An operand of 16 bytes over two pages has three fragments; two operands of 8
 * bytes have four.
 */
#define XVCPU_MMIO_FRAGMENTS	4

/**
 * struct xvcpu_fragment - what userspace is asked for at once
 * @gpa: guest physical address.
 * @data: the bytes.
 * @len: how many, 1 to 8, of one page.
 */
struct xvcpu_fragment {
	u64 gpa;
	u8 data[8];
	u8 len;
};

/**
 * struct xvcpu_mmio - an access that userspace is completing
 * @active: it is under way.
 * @writing: the instruction is done, and its writes go out; else it waits for a
 *	read.
 * @loading: the instruction does nothing but load what is being read.
 * @nr_read: fragments that have been read.
 * @used: how many of them the emulation under way has used.
 * @nr_write: fragments to be written.
 * @written: how many of them have gone out.
 * @insn: the instruction.
 * @decoded: it is that of @bytes, in 64-bit code.
 * @bytes: two times 8 bytes of code.
 * @fetched: those at RIP, when they were looked at last.
 * @device: the last address of a page that no slot holds, or 0.
 * @slot_changes: how many changes of slots there had been then.
 * @read: what has been read; the one at @nr_read is being read.
 * @write: what is to be written.
 */
struct xvcpu_mmio {
	bool active;
	bool writing;
	bool loading;
	u8 nr_read;
	u8 used;
	u8 nr_write;
	u8 written;
	struct xvcpu_insn insn;
	bool decoded;
	u64 bytes[2];
	u64 fetched[2];
	u64 device;
	unsigned long slot_changes;
	struct xvcpu_fragment read[XVCPU_MMIO_FRAGMENTS];
	struct xvcpu_fragment write[XVCPU_MMIO_FRAGMENTS];
};

bool xvcpu_mmio_is_device(const struct xvcpu_vcpu *vcpu);
void xvcpu_mmio_found_none(struct xvcpu_vcpu *vcpu, unsigned long slot_changes);
int xvcpu_mmio_access(struct xvcpu_vcpu *vcpu);
int xvcpu_mmio_complete(struct xvcpu_vcpu *vcpu);

#endif /* _XVCPU_MMIO_H */
