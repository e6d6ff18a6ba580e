/* SPDX-License-Identifier: GPL-2.0 */
/* Registers that KVM_RUN takes from struct kvm_run and leaves there. */
#ifndef _XVCPU_SYNC_REGS_H
#define _XVCPU_SYNC_REGS_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <xvcpu/vcpu.h>

u32 xvcpu_sync_regs_supported(void);
int xvcpu_sync_regs_in(struct xvcpu_vcpu *vcpu);
int xvcpu_sync_regs_out(struct xvcpu_vcpu *vcpu);

/* Whether userspace wants any: anything but 0 is for xvcpu_sync_regs_in() to check. */
static inline bool xvcpu_sync_regs_wanted(const struct xvcpu_vcpu *vcpu)
{
	return unlikely(READ_ONCE(vcpu->run->kvm_dirty_regs) |
			READ_ONCE(vcpu->run->kvm_valid_regs));
}

#endif /* _XVCPU_SYNC_REGS_H */
