/* SPDX-License-Identifier: GPL-2.0 */
/* The signals that are blocked while a vCPU runs. */
#ifndef _XVCPU_SIGMASK_H
#define _XVCPU_SIGMASK_H

#include <linux/compiler_types.h>

struct xvcpu_vcpu;

int xvcpu_sigmask_set(struct xvcpu_vcpu *vcpu, void __user *argp);
void xvcpu_sigmask_enter(struct xvcpu_vcpu *vcpu);
void xvcpu_sigmask_leave(struct xvcpu_vcpu *vcpu);

#endif /* _XVCPU_SIGMASK_H */
