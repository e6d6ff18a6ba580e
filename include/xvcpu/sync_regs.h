/* SPDX-License-Identifier: GPL-2.0 */
/* Registers that KVM_RUN takes from struct kvm_run and leaves there. */
#ifndef _XVCPU_SYNC_REGS_H
#define _XVCPU_SYNC_REGS_H

#include <linux/types.h>

struct xvcpu_vcpu;

u32 xvcpu_sync_regs_supported(void);
int xvcpu_sync_regs_in(struct xvcpu_vcpu *vcpu);
int xvcpu_sync_regs_out(struct xvcpu_vcpu *vcpu);

#endif /* _XVCPU_SYNC_REGS_H */
