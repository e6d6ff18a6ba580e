/* SPDX-License-Identifier: GPL-2.0 */
/* Extended state as userspace reads and writes it. */
#ifndef _XVCPU_XSAVE_H
#define _XVCPU_XSAVE_H

#include <linux/kvm.h>

struct xvcpu_vcpu;

void xvcpu_xsave_reset(struct xvcpu_vcpu *vcpu);
int xvcpu_xsave_set(struct xvcpu_vcpu *vcpu, const void *image);
void xvcpu_xsave_get_fpu(struct xvcpu_vcpu *vcpu, struct kvm_fpu *out);
int xvcpu_xsave_set_fpu(struct xvcpu_vcpu *vcpu, const struct kvm_fpu *in);
void xvcpu_xsave_get_xcrs(struct xvcpu_vcpu *vcpu, struct kvm_xcrs *out);
int xvcpu_xsave_set_xcrs(struct xvcpu_vcpu *vcpu, const struct kvm_xcrs *in);

#endif /* _XVCPU_XSAVE_H */
