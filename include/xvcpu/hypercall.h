/* SPDX-License-Identifier: GPL-2.0 */
/* VMCALL. */
#ifndef _XVCPU_HYPERCALL_H
#define _XVCPU_HYPERCALL_H

struct xvcpu_vcpu;

int xvcpu_hypercall(struct xvcpu_vcpu *vcpu);
void xvcpu_hypercall_complete(struct xvcpu_vcpu *vcpu);

#endif /* _XVCPU_HYPERCALL_H */
