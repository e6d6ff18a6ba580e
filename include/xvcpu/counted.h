/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions that are counted where the kernel checks itself: whatever a run
 * writes to the CPU's registers it writes by these. VMREAD and VMWRITE are in
 * vmcs.h.
 */
#ifndef _XVCPU_COUNTED_H
#define _XVCPU_COUNTED_H

#include <linux/types.h>
#include <asm/cpufeature.h>
#include <asm/fpu/xcr.h>
#include <asm/msr.h>
#include <asm/special_insns.h>
#include <xvcpu/compat.h>
#include <xvcpu/counts.h>
#include <xvcpu/entry.h>

static __always_inline void counted_wrmsrl(u32 msr, u64 value)
{
	xvcpu_count(XVCPU_COUNTED_WRMSR);
	wrmsrl(msr, value);
}

static __always_inline void counted_write_cr2(unsigned long value)
{
	xvcpu_count(XVCPU_COUNTED_CR_WRITE);
	native_write_cr2(value);
}

static __always_inline void counted_xsetbv(u32 xcr, u64 value)
{
	xvcpu_count(XVCPU_COUNTED_XCR_WRITE);
	xsetbv(xcr, value);
}

/* xvcpu_entry(), with what it writes itself. */
static __always_inline unsigned long counted_entry(struct xvcpu_world *world,
						   bool launched)
{
	u64 host_rsp = world->host_rsp;
	unsigned long failed = xvcpu_entry(world, launched);

	if (XVCPU_COUNTS && world->host_rsp != host_rsp)
		xvcpu_count(XVCPU_COUNTED_VMWRITE);
	if (XVCPU_COUNTS && boot_cpu_has(X86_FEATURE_KERNEL_IBRS))
		xvcpu_count(XVCPU_COUNTED_WRMSR);
	return failed;
}

#endif /* _XVCPU_COUNTED_H */
