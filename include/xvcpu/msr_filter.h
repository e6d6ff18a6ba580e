/* SPDX-License-Identifier: GPL-2.0 */
/* Which MSRs userspace denies a VM's guest, and which it wants to hear of. */
#ifndef _XVCPU_MSR_FILTER_H
#define _XVCPU_MSR_FILTER_H

#include <linux/kvm.h>
#include <linux/types.h>

struct xvcpu_msr_filter;
struct xvcpu_vm;

/* What KVM_CAP_X86_USER_SPACE_MSR can ask for. */
#define XVCPU_MSR_REASONS	(KVM_MSR_EXIT_REASON_INVAL | \
				 KVM_MSR_EXIT_REASON_UNKNOWN | \
				 KVM_MSR_EXIT_REASON_FILTER)

bool xvcpu_msr_filter_allows(struct xvcpu_vm *vm, u32 index, u32 access);
int xvcpu_msr_filter_set(struct xvcpu_vm *vm, const struct kvm_msr_filter *in);
void xvcpu_msr_filter_destroy(struct xvcpu_vm *vm);

#endif /* _XVCPU_MSR_FILTER_H */
