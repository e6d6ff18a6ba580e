/* SPDX-License-Identifier: GPL-2.0 */
/* The log of what a guest has written. */
#ifndef _XVCPU_DIRTY_H
#define _XVCPU_DIRTY_H

#include <linux/kvm.h>
#include <linux/types.h>

struct xvcpu_slot;
struct xvcpu_vm;

/* What KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 can be enabled with. */
#define XVCPU_DIRTY_MANUAL						\
	(KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE | KVM_DIRTY_LOG_INITIALLY_SET)

unsigned long *xvcpu_dirty_alloc(const struct xvcpu_vm *vm, u64 size);
void xvcpu_dirty_start(struct xvcpu_vm *vm, const struct xvcpu_slot *slot);
void xvcpu_dirty_set(struct xvcpu_slot *slot, u64 gpa);
int xvcpu_dirty_set_manual(struct xvcpu_vm *vm, u64 mode);
int xvcpu_dirty_get(struct xvcpu_vm *vm, const struct kvm_dirty_log *log);
int xvcpu_dirty_clear(struct xvcpu_vm *vm,
		      const struct kvm_clear_dirty_log *log);

#endif /* _XVCPU_DIRTY_H */
