/* SPDX-License-Identifier: GPL-2.0 */
/* Which MSRs userspace denies a VM's guest, and which it wants to hear of. */
#ifndef _XVCPU_MSR_FILTER_H
#define _XVCPU_MSR_FILTER_H

#include <linux/kvm.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <xvcpu/vm.h>

/* What KVM_CAP_X86_USER_SPACE_MSR can ask for. */
#define XVCPU_MSR_REASONS	(KVM_MSR_EXIT_REASON_INVAL | \
				 KVM_MSR_EXIT_REASON_UNKNOWN | \
				 KVM_MSR_EXIT_REASON_FILTER)

bool xvcpu_msr_filter_look_up(struct xvcpu_vm *vm, u32 index, u32 access);
int xvcpu_msr_filter_set(struct xvcpu_vm *vm, const struct kvm_msr_filter *in);
void xvcpu_msr_filter_destroy(struct xvcpu_vm *vm);

/**
 * xvcpu_msr_filter_allows() - whether a guest may access an MSR
 * @vm: the VM.
 * @index: the MSR.
 * @access: KVM_MSR_FILTER_READ or KVM_MSR_FILTER_WRITE.
 *
 * Context: any.
 * Return: true if it may: most often there is no filter.
 */
static inline bool xvcpu_msr_filter_allows(struct xvcpu_vm *vm, u32 index,
					   u32 access)
{
	return likely(!rcu_access_pointer(vm->msr_filter)) ||
	       xvcpu_msr_filter_look_up(vm, index, access);
}

#endif /* _XVCPU_MSR_FILTER_H */
