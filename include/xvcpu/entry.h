/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world switch.
 */
#ifndef _XVCPU_ENTRY_H
#define _XVCPU_ENTRY_H

#include <linux/linkage.h>
#include <linux/types.h>

/* Numbers of the general-purpose registers, as instructions encode them. */
enum xvcpu_gpr {
	XVCPU_RAX, XVCPU_RCX, XVCPU_RDX, XVCPU_RBX,
	XVCPU_RSP, XVCPU_RBP, XVCPU_RSI, XVCPU_RDI,
	XVCPU_R8, XVCPU_R9, XVCPU_R10, XVCPU_R11,
	XVCPU_R12, XVCPU_R13, XVCPU_R14, XVCPU_R15,
	XVCPU_NR_GPRS
};

/**
 * struct xvcpu_world - what the world switch itself loads and stores
 * @gpr: the guest's general-purpose registers; RSP is the VMCS's.
 * @host_rsp: what the VMCS's HOST_RSP field holds.
 * @spec_ctrl: IA32_SPEC_CTRL of the host, which the guest has, too.
 *
 * vmx_entry.S knows this layout; vmx_run.c checks that it is right.
 */
struct xvcpu_world {
	u64 gpr[XVCPU_NR_GPRS];
	u64 host_rsp;
	u32 spec_ctrl;
};

/**
 * xvcpu_entry() - enter the guest of the current VMCS, return at its VM exit
 * @world: the guest's registers.
 * @launched: VMRESUME if true, VMLAUNCH if not.
 *
 * All general-purpose registers but those the C calling convention gives a
 * meaning are zero on return.
 *
 * Context: interrupts off, the vCPU bound to this CPU, the guest's state loaded.
 * Return: 0 after a VM exit, 1 if the VM entry instruction itself failed.
 */
asmlinkage unsigned long xvcpu_entry(struct xvcpu_world *world, bool launched);

/* Where a VM exit arrives; for the VMCS's HOST_RIP field only. */
extern const char xvcpu_entry_exit[];

#endif /* _XVCPU_ENTRY_H */
