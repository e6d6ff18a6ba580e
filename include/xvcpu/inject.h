/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMX instructions that fail because a test wants them to, on kernels that are
 * built for fault injection; elsewhere nothing is left of it.
 */
#ifndef _XVCPU_INJECT_H
#define _XVCPU_INJECT_H

#include <linux/kconfig.h>
#include <linux/types.h>

/**
 * enum xvcpu_inject - the instructions that can be made to fail
 * @XVCPU_INJECT_VMXON: VMXON.
 * @XVCPU_INJECT_VMPTRLD: VMPTRLD.
 * @XVCPU_INJECT_VMCLEAR: VMCLEAR.
 * @XVCPU_INJECT_ENTRY: VMLAUNCH and VMRESUME.
 * @XVCPU_INJECT_NR: how many there are.
 *
 * A bit each in /sys/kernel/debug/fail_vmx/instructions.
 */
enum xvcpu_inject {
	XVCPU_INJECT_VMXON,
	XVCPU_INJECT_VMPTRLD,
	XVCPU_INJECT_VMCLEAR,
	XVCPU_INJECT_ENTRY,
	XVCPU_INJECT_NR
};

#if IS_ENABLED(CONFIG_FAULT_INJECTION_DEBUG_FS)
void xvcpu_inject_init(void);
void xvcpu_inject_exit(void);
bool xvcpu_inject(enum xvcpu_inject instruction);
#else
static inline void xvcpu_inject_init(void)
{
}

static inline void xvcpu_inject_exit(void)
{
}

static inline bool xvcpu_inject(enum xvcpu_inject instruction)
{
	return false;
}
#endif

#endif /* _XVCPU_INJECT_H */
