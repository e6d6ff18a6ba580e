/* SPDX-License-Identifier: GPL-2.0 */
/* Extended state: x87, SSE, AVX and XCR0. */
#ifndef _XVCPU_FPU_H
#define _XVCPU_FPU_H

#include <linux/types.h>

struct xvcpu_vcpu;

void xvcpu_fpu_init(void);
int xvcpu_fpu_create(struct xvcpu_vcpu *vcpu);
void xvcpu_fpu_destroy(struct xvcpu_vcpu *vcpu);
void xvcpu_fpu_load(struct xvcpu_vcpu *vcpu);
void xvcpu_fpu_put(struct xvcpu_vcpu *vcpu);
void xvcpu_fpu_follow(struct xvcpu_vcpu *vcpu);
const void *xvcpu_fpu_xmm(struct xvcpu_vcpu *vcpu);
void xvcpu_fpu_set_xmm(struct xvcpu_vcpu *vcpu, int reg, const u8 value[16]);
u64 xvcpu_fpu_supported_xcr0(void);
bool xvcpu_fpu_xcr0_valid(const struct xvcpu_vcpu *vcpu, u64 xcr0);
int xvcpu_fpu_xsetbv(struct xvcpu_vcpu *vcpu);

#endif /* _XVCPU_FPU_H */
