/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One VMCS: typed access to its fields, its set-up, its host state.
 */
#ifndef _XVCPU_VMCS_H
#define _XVCPU_VMCS_H

#include <linux/build_bug.h>
#include <linux/types.h>
#include <asm/asm.h>
#include <asm/vmx.h>
#include <xvcpu/caps.h>
#include <xvcpu/counts.h>

/*
 * Bits 14:13 of a field's encoding are its width, bit 0 selects the high half
 * of a 64-bit field (SDM, "Field Encoding in VMCS"). An access of another
 * width does not compile.
 */
#define VMCS_WIDTH_16		0
#define VMCS_WIDTH_64		1
#define VMCS_WIDTH_32		2
#define VMCS_WIDTH_NATURAL	3

#define VMCS_CHECK_WIDTH(field, width)					\
	do {								\
		BUILD_BUG_ON_MSG(__builtin_constant_p(field) &&		\
				 (((field) >> 13) & 3) != (width),	\
				 "VMCS field of another width");	\
		BUILD_BUG_ON_MSG(__builtin_constant_p(field) &&		\
				 ((field) & 1), "high half of a VMCS field"); \
	} while (0)

int xvcpu_vmcs_guests_own_msrs(const u32 **msrs);
void xvcpu_vmcs_intercept_msrs(bool all);
void xvcpu_vmcs_read_failed(unsigned long field);
void xvcpu_vmcs_write_failed(unsigned long field, unsigned long value);

/* VMREAD of any width into an unsigned long; goes to a label if it fails. */
#define vmread_or_goto(value, field, label)				\
	do {								\
		xvcpu_count(XVCPU_COUNTED_VMREAD);			\
		asm volatile goto("1: vmread %[from], %[to]\n\t"	\
				  "jbe %l[" #label "]\n"		\
				  _ASM_EXTABLE(1b, %l[label])		\
				  : [to] "=r" (value)			\
				  : [from] "r" ((unsigned long)(field))	\
				  : "cc" : label);			\
		/* gcc < 12.4 lets later code slip in without this. */	\
		asm volatile("");					\
	} while (0)

/* VMREAD of any width; 0 and a line in the log if it fails. */
static __always_inline unsigned long vmread(unsigned long field)
{
	unsigned long value;

	vmread_or_goto(value, field, failed);
	return value;
failed:
	xvcpu_vmcs_read_failed(field);
	return 0;
}

/* VMWRITE of any width; a line in the log if it fails. */
static __always_inline void vmwrite(unsigned long field, unsigned long value)
{
	xvcpu_count(XVCPU_COUNTED_VMWRITE);
	asm goto("1: vmwrite %[value], %[field]\n\t"
		 "jbe %l[failed]\n"
		 _ASM_EXTABLE(1b, %l[failed])
		 : : [field] "r" (field), [value] "rm" (value)
		 : "cc", "memory" : failed);
	return;
failed:
	xvcpu_vmcs_write_failed(field, value);
}

static __always_inline u16 vmcs_read16(unsigned long field)
{
	VMCS_CHECK_WIDTH(field, VMCS_WIDTH_16);
	return vmread(field);
}

static __always_inline u32 vmcs_read32(unsigned long field)
{
	VMCS_CHECK_WIDTH(field, VMCS_WIDTH_32);
	return vmread(field);
}

static __always_inline u64 vmcs_read64(unsigned long field)
{
	VMCS_CHECK_WIDTH(field, VMCS_WIDTH_64);
	return vmread(field);
}

static __always_inline unsigned long vmcs_readl(unsigned long field)
{
	VMCS_CHECK_WIDTH(field, VMCS_WIDTH_NATURAL);
	return vmread(field);
}

static __always_inline void vmcs_write16(unsigned long field, u16 value)
{
	VMCS_CHECK_WIDTH(field, VMCS_WIDTH_16);
	vmwrite(field, value);
}

static __always_inline void vmcs_write32(unsigned long field, u32 value)
{
	VMCS_CHECK_WIDTH(field, VMCS_WIDTH_32);
	vmwrite(field, value);
}

static __always_inline void vmcs_write64(unsigned long field, u64 value)
{
	VMCS_CHECK_WIDTH(field, VMCS_WIDTH_64);
	vmwrite(field, value);
}

static __always_inline void vmcs_writel(unsigned long field,
					unsigned long value)
{
	VMCS_CHECK_WIDTH(field, VMCS_WIDTH_NATURAL);
	vmwrite(field, value);
}

/**
 * struct xvcpu_vmcs_setup - what a new VMCS is made from
 * @ctl: the control words.
 * @eptp: the EPT pointer.
 * @vpid: the VPID, or 0.
 * @cr0_mask: bits of CR0 that the guest does not change without a VM exit.
 * @cr4_mask: bits of CR4, likewise.
 */
struct xvcpu_vmcs_setup {
	struct vmx_controls ctl;
	u64 eptp;
	u16 vpid;
	u64 cr0_mask;
	u64 cr4_mask;
};

int xvcpu_vmcs_init(void);
void xvcpu_vmcs_exit(void);
void *xvcpu_vmcs_create(u32 revision);
void xvcpu_vmcs_destroy(void *vmcs);
void xvcpu_vmcs_setup(const struct xvcpu_vmcs_setup *setup);
void xvcpu_vmcs_write_host(void);

#endif /* _XVCPU_VMCS_H */
