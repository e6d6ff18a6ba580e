/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arithmetic with its flags, done by the processor's own instructions.
 */
#ifndef _XVCPU_ALU_H
#define _XVCPU_ALU_H

#include <linux/types.h>

/**
 * struct xvcpu_alu - one operation
 * @dst: first operand, and the result.
 * @src: second operand.
 * @flags: CF before, all arithmetic flags afterwards.
 * @size: bytes of an operand.
 */
struct xvcpu_alu {
	u64 dst;
	u64 src;
	u64 flags;
	u8 size;
};

/*
 * The flags go through the stack, of which the kernel's code leaves nothing
 * below the pointer. CF alone is an operand of some instructions.
 */
#define XVCPU_ALU_RUN(alu, insn, type, constraint)			\
	do {								\
		type dst = (alu)->dst, src = (alu)->src;		\
		unsigned long flags = (alu)->flags;			\
									\
		asm volatile("bt $0, %k[flags]\n\t"			\
			     insn "\n\t"				\
			     "pushf\n\t"				\
			     "pop %q[flags]"				\
			     : [dst] "+q" (dst), [flags] "+r" (flags)	\
			     : [src] constraint (src) : "cc");		\
		(alu)->dst = dst;					\
		(alu)->flags = flags;					\
	} while (0)

#define XVCPU_ALU_EACH_SIZE(alu, name, operands, constraint)		\
	do {								\
		switch ((alu)->size) {					\
		case 1:							\
			XVCPU_ALU_RUN(alu, name "b " operands, u8, constraint); \
			break;						\
		case 2:							\
			XVCPU_ALU_RUN(alu, name "w " operands, u16, constraint); \
			break;						\
		case 4:							\
			XVCPU_ALU_RUN(alu, name "l " operands, u32, constraint); \
			break;						\
		default:						\
			XVCPU_ALU_RUN(alu, name "q " operands, u64, constraint); \
		}							\
	} while (0)

/* There is no byte form. */
#define XVCPU_ALU_EACH_WIDE(alu, name)					\
	do {								\
		switch ((alu)->size) {					\
		case 2:							\
			XVCPU_ALU_RUN(alu, name "w %[src], %[dst]", u16, "r"); \
			break;						\
		case 4:							\
			XVCPU_ALU_RUN(alu, name "l %[src], %[dst]", u32, "r"); \
			break;						\
		default:						\
			XVCPU_ALU_RUN(alu, name "q %[src], %[dst]", u64, "r"); \
		}							\
	} while (0)

#define XVCPU_ALU_BINARY(alu, name)					\
	XVCPU_ALU_EACH_SIZE(alu, name, "%[src], %[dst]", "q")
#define XVCPU_ALU_UNARY(alu, name)					\
	XVCPU_ALU_EACH_SIZE(alu, name, "%[dst]", "q")
#define XVCPU_ALU_SHIFT(alu, name)					\
	XVCPU_ALU_EACH_SIZE(alu, name, "%b[src], %[dst]", "c")

#endif /* _XVCPU_ALU_H */
