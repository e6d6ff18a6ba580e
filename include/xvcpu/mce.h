/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's machine-check architecture. */
#ifndef _XVCPU_MCE_H
#define _XVCPU_MCE_H

#include <linux/kvm.h>
#include <linux/types.h>

struct xvcpu_vcpu;

#define XVCPU_MCE_MAX_BANKS	32

/* The registers of a bank, in the order of their MSRs. */
enum { XVCPU_MCI_CTL, XVCPU_MCI_STATUS, XVCPU_MCI_ADDR, XVCPU_MCI_MISC };

/**
 * struct xvcpu_mce - machine-check registers
 * @cap: IA32_MCG_CAP; its low byte says how many banks there are.
 * @status: IA32_MCG_STATUS.
 * @ctl: IA32_MCG_CTL, if @cap has it.
 * @bank: the banks' registers.
 */
struct xvcpu_mce {
	u64 cap;
	u64 status;
	u64 ctl;
	u64 bank[XVCPU_MCE_MAX_BANKS][4];
};

u64 xvcpu_mce_supported(void);
void xvcpu_mce_reset(struct xvcpu_vcpu *vcpu);
int xvcpu_mce_setup(struct xvcpu_vcpu *vcpu, u64 cap);
int xvcpu_mce_inject(struct xvcpu_vcpu *vcpu, const struct kvm_x86_mce *error);
int xvcpu_mce_get(struct xvcpu_vcpu *vcpu, u32 index, u64 *value, bool host);
int xvcpu_mce_set(struct xvcpu_vcpu *vcpu, u32 index, u64 value, bool host);

#endif /* _XVCPU_MCE_H */
