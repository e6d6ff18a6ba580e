/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Executing one decoded instruction, over registers that the caller copies in and
 * out and memory that the caller reads and writes.
 */
#ifndef _XVCPU_EMULATE_H
#define _XVCPU_EMULATE_H

#include <linux/types.h>
#include <xvcpu/decode.h>
#include <xvcpu/entry.h>
#include <xvcpu/segment.h>

struct xvcpu_emulation;

/*
 * What an operation or an emulation returns: a negative errno, or
 * XVCPU_EMULATE_DONE;
 * XVCPU_EMULATE_FAULT: the guest is to have the exception in @fault;
 * XVCPU_EMULATE_WAIT: memory is not readable yet, the emulation has to begin
 * anew when it is.
 */
enum xvcpu_emulate_result {
	XVCPU_EMULATE_DONE,
	XVCPU_EMULATE_FAULT,
	XVCPU_EMULATE_WAIT,
};

/* The longest memory operand. */
#define XVCPU_EMULATE_MAX	16

/**
 * struct xvcpu_operand - memory that an instruction has a right to
 * @gpa: guest physical address of each piece.
 * @len: bytes of each piece; the second one is 0 but for a page crossing.
 */
struct xvcpu_operand {
	u64 gpa[2];
	u8 len[2];
};

/**
 * struct xvcpu_emulate_ops - the memory
 * @map: translate an operand and check the rights to it.
 * @read: read an operand that is mapped.
 * @write: write one; an emulation writes when nothing else can fail.
 *
 * Each returns as an emulation does.
 */
struct xvcpu_emulate_ops {
	int (*map)(struct xvcpu_emulation *e, struct xvcpu_operand *operand,
		   u64 gva, u32 len, bool write);
	int (*read)(struct xvcpu_emulation *e,
		    const struct xvcpu_operand *operand, void *data);
	int (*write)(struct xvcpu_emulation *e,
		     const struct xvcpu_operand *operand, const void *data);
};

/**
 * struct xvcpu_fault - an exception
 * @vector: which.
 * @error: its error code.
 * @address: address of a page fault.
 */
struct xvcpu_fault {
	u8 vector;
	u32 error;
	u64 address;
};

/**
 * struct xvcpu_emulation - an instruction under way
 * @ops: the memory.
 * @insn: the instruction.
 * @seg: the segment registers, from ES to GS.
 * @xmm: registers XMM0 to XMM15, or NULL.
 * @protected_mode: segments are checked.
 * @gpr: general-purpose registers, changed by the instruction.
 * @rip: address of the instruction; afterwards where execution goes on.
 * @rflags: flags, changed by the instruction.
 * @xmm_reg: the XMM register to be loaded, or -1.
 * @xmm_value: what with.
 * @repeat: iterations of a repeated string instruction are left.
 * @fault: the exception, with XVCPU_EMULATE_FAULT.
 *
 * But for memory, what an emulation changes is here: one that is not done can be
 * thrown away.
 */
struct xvcpu_emulation {
	const struct xvcpu_emulate_ops *ops;
	const struct xvcpu_insn *insn;
	const struct xvcpu_segment *seg;
	const u8 (*xmm)[XVCPU_EMULATE_MAX];
	bool protected_mode;
	u64 gpr[XVCPU_NR_GPRS];
	u64 rip;
	u64 rflags;
	int xmm_reg;
	u8 xmm_value[XVCPU_EMULATE_MAX];
	bool repeat;
	struct xvcpu_fault fault;
};

int xvcpu_emulate(struct xvcpu_emulation *e);
u64 xvcpu_emulate_offset(const struct xvcpu_insn *insn, const u64 *gpr, u64 rip);
bool xvcpu_emulate_is_load(const struct xvcpu_insn *insn);
bool xvcpu_emulate_is_store(const struct xvcpu_insn *insn);
void xvcpu_emulate_load(const struct xvcpu_insn *insn, u64 *gpr, u64 value);
u64 xvcpu_emulate_stored(const struct xvcpu_insn *insn, const u64 *gpr);

#endif /* _XVCPU_EMULATE_H */
