/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's time-stamp counter. */
#ifndef _XVCPU_TSC_H
#define _XVCPU_TSC_H

#include <linux/types.h>

struct xvcpu_vcpu;
struct xvcpu_vm;

/* XVCPU_TSC_SAME_RATE - the multiplier that means the host's rate */
#define XVCPU_TSC_SAME_RATE	(1ULL << 48)

bool xvcpu_tsc_can_scale(void);
void xvcpu_tsc_init_vm(struct xvcpu_vm *vm);
void xvcpu_tsc_reset(struct xvcpu_vcpu *vcpu);
void xvcpu_tsc_push(struct xvcpu_vcpu *vcpu);
int xvcpu_tsc_set_khz(struct xvcpu_vcpu *vcpu, unsigned long khz);
u64 xvcpu_tsc_get(struct xvcpu_vcpu *vcpu);
int xvcpu_tsc_set(struct xvcpu_vcpu *vcpu, u64 value, bool host);
u64 xvcpu_tsc_get_adjust(struct xvcpu_vcpu *vcpu);
int xvcpu_tsc_set_adjust(struct xvcpu_vcpu *vcpu, u64 value, bool host);

#endif /* _XVCPU_TSC_H */
