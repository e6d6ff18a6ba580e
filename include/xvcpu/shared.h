/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policy shared: another owner, kvm_intel, has brought the CPUs into VMX root
 * operation, and runs guests of its own there.
 */
#ifndef _XVCPU_SHARED_H
#define _XVCPU_SHARED_H

#include <linux/types.h>
#include <xvcpu/percpu.h>

void xvcpu_shared_borrow(struct vmx_root *root);
void xvcpu_shared_give_back(struct vmx_root *root);

static inline bool xvcpu_is_shared(const struct vmx_root *root)
{
	return root->policy == XVCPU_POLICY_SHARED;
}

/* Around every use of a VMCS of ours, interrupts off. It may be nested. */
static inline void xvcpu_shared_begin(struct vmx_root *root)
{
	if (xvcpu_is_shared(root))
		xvcpu_shared_borrow(root);
}

static inline void xvcpu_shared_end(struct vmx_root *root)
{
	if (xvcpu_is_shared(root))
		xvcpu_shared_give_back(root);
}

#endif /* _XVCPU_SHARED_H */
