/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMX instructions, one inline each, under their names in the SDM ("VMX
 * Instruction Reference").
 *
 * Each reports failure: CF is VMfailInvalid, ZF is VMfailValid with a number in
 * the VM-instruction error field.  A fault, which happens only if somebody took
 * the CPU out of VMX root operation behind our back, reads as failure too: the
 * exception table leads there, never to an oops.
 */
#ifndef _XVCPU_INSN_H
#define _XVCPU_INSN_H

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <asm/asm.h>
#include <asm/vmx.h>

/*
 * The body of an inline: execute one VMX instruction and return 0, or -EIO when
 * it fails or faults.
 */
#define VMX_INSN_RETURN(insn, ...)					\
	do {								\
		asm goto("1: " insn "\n\t"				\
			 "jbe %l[failed]\n"				\
			 _ASM_EXTABLE(1b, %l[failed])			\
			 : : __VA_ARGS__ : "cc", "memory" : failed);	\
		return 0;						\
failed:									\
		return -EIO;						\
	} while (0)

static inline int vmxon(u64 pa)
{
	VMX_INSN_RETURN("vmxon %0", "m" (pa));
}

static inline int vmclear(u64 pa)
{
	VMX_INSN_RETURN("vmclear %0", "m" (pa));
}

static inline int vmptrld(u64 pa)
{
	VMX_INSN_RETURN("vmptrld %0", "m" (pa));
}

/* Where the current VMCS is; all ones if there is none. */
static inline int vmptrst(u64 *pa)
{
	VMX_INSN_RETURN("vmptrst %0", "m" (*pa));
}

static inline int vmxoff(void)
{
	VMX_INSN_RETURN("vmxoff", "i" (0));
}

struct invept_desc {
	u64 eptp;
	u64 reserved;
};

struct invvpid_desc {
	u64 vpid;
	u64 gva;
};

static inline int invept(unsigned long type, u64 eptp)
{
	struct invept_desc desc = { .eptp = eptp };

	VMX_INSN_RETURN("invept %0, %1", "m" (desc), "r" (type));
}

static inline int invvpid(unsigned long type, u16 vpid, u64 gva)
{
	struct invvpid_desc desc = { .vpid = vpid, .gva = gva };

	VMX_INSN_RETURN("invvpid %0, %1", "m" (desc), "r" (type));
}

#endif /* _XVCPU_INSN_H */
