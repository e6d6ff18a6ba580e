/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions with a memory operand, decoded. Nothing here is of the kernel
 * alone: the fuzzer compiles it in userspace.
 */
#ifndef _XVCPU_DECODE_H
#define _XVCPU_DECODE_H

#include <linux/types.h>

/* XVCPU_INSN_LONGEST - bytes of the longest instruction */
#define XVCPU_INSN_LONGEST	15

/* XVCPU_INSN_NO_REG - for a base or an index that there is not */
#define XVCPU_INSN_NO_REG	16

/*
 * What an instruction does. The first eight are numbered as in the opcodes 00 to
 * 3F and in groups 1, the shifts as in group 2, the conditions are an operand.
 */
enum xvcpu_op {
	XVCPU_OP_ADD, XVCPU_OP_OR, XVCPU_OP_ADC, XVCPU_OP_SBB,
	XVCPU_OP_AND, XVCPU_OP_SUB, XVCPU_OP_XOR, XVCPU_OP_CMP,
	XVCPU_OP_ROL, XVCPU_OP_ROR, XVCPU_OP_RCL, XVCPU_OP_RCR,
	XVCPU_OP_SHL, XVCPU_OP_SHR, XVCPU_OP_SAL, XVCPU_OP_SAR,
	XVCPU_OP_TEST, XVCPU_OP_NOT, XVCPU_OP_NEG, XVCPU_OP_INC, XVCPU_OP_DEC,
	XVCPU_OP_BT, XVCPU_OP_BTS, XVCPU_OP_BTR, XVCPU_OP_BTC, XVCPU_OP_IMUL,
	XVCPU_OP_MOV, XVCPU_OP_MOVZX, XVCPU_OP_MOVSX, XVCPU_OP_MOVBE,
	XVCPU_OP_MOV_SEG, XVCPU_OP_MOV_XMM, XVCPU_OP_CMOV, XVCPU_OP_SET,
	XVCPU_OP_XCHG, XVCPU_OP_XADD, XVCPU_OP_CMPXCHG, XVCPU_OP_CMPXCHG8B,
	XVCPU_OP_PUSH, XVCPU_OP_POP, XVCPU_OP_CALL, XVCPU_OP_JMP,
	XVCPU_OP_MOVS, XVCPU_OP_CMPS, XVCPU_OP_STOS, XVCPU_OP_LODS,
	XVCPU_OP_SCAS,
	XVCPU_NR_OPS
};

/* What the operands are, the destination first. */
enum xvcpu_form {
	XVCPU_FORM_NONE,
	XVCPU_FORM_MR,		/* memory, register */
	XVCPU_FORM_RM,		/* register, memory */
	XVCPU_FORM_RMI,		/* register, memory and immediate */
	XVCPU_FORM_MI,		/* memory, immediate */
	XVCPU_FORM_MC,		/* memory, CL */
	XVCPU_FORM_M,		/* memory */
	XVCPU_FORM_STRING,	/* what RSI and RDI point to */
};

/**
 * struct xvcpu_insn - an instruction
 * @len: its bytes.
 * @code_size: size of the code: 2, 4 or 8 bytes.
 * @op: what it does, an enum xvcpu_op.
 * @form: its operands, an enum xvcpu_form.
 * @op_size: bytes of a register or immediate operand.
 * @mem_size: bytes of the memory operand.
 * @addr_size: bytes of an address.
 * @reg: the register operand.
 * @rex: there is a REX prefix: the byte registers 4 to 7 are SPL to DIL.
 * @lock: there is a LOCK prefix.
 * @rep: a string instruction's F2 or F3 prefix, or 0.
 * @aligned: the memory operand must be.
 * @seg: segment of the memory operand; of the one at RSI in a string instruction.
 * @base: register, or XVCPU_INSN_NO_REG.
 * @index: register, or XVCPU_INSN_NO_REG.
 * @scale: binary logarithm of what the index is multiplied by.
 * @rip_relative: the address counts from the end of the instruction.
 * @disp: displacement.
 * @imm: immediate operand with its sign, number of a condition.
 */
struct xvcpu_insn {
	u8 len;
	u8 code_size;
	u8 op;
	u8 form;
	u8 op_size;
	u8 mem_size;
	u8 addr_size;
	u8 reg;
	bool rex;
	bool lock;
	u8 rep;
	bool aligned;
	u8 seg;
	u8 base;
	u8 index;
	u8 scale;
	bool rip_relative;
	s64 disp;
	u64 imm;
};

int xvcpu_decode(struct xvcpu_insn *insn, const u8 *bytes, u32 have,
		 u8 code_size);

#endif /* _XVCPU_DECODE_H */
