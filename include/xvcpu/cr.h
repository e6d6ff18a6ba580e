/* SPDX-License-Identifier: GPL-2.0 */
/* Control registers: what may be in them, and what a change brings. */
#ifndef _XVCPU_CR_H
#define _XVCPU_CR_H

#include <linux/kvm.h>
#include <linux/types.h>

struct xvcpu_vcpu;

int xvcpu_cr_access(struct xvcpu_vcpu *vcpu);
int xvcpu_cr_access_slow(struct xvcpu_vcpu *vcpu);
bool xvcpu_cr_consistent(struct xvcpu_vcpu *vcpu, const struct kvm_sregs *in);
bool xvcpu_cr_pdptrs_valid(const struct xvcpu_vcpu *vcpu, const u64 *pdptrs);
u64 xvcpu_cr_efer_bits(struct xvcpu_vcpu *vcpu);
int xvcpu_cr_load_pdptrs(struct xvcpu_vcpu *vcpu);

#endif /* _XVCPU_CR_H */
