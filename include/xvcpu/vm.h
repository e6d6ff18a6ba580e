/* SPDX-License-Identifier: GPL-2.0 */
/* One VM: its memory slots and its vCPUs. */
#ifndef _XVCPU_VM_H
#define _XVCPU_VM_H

#include <linux/kref.h>
#include <linux/kvm.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include <xvcpu/ept.h>

struct xvcpu_msr_filter;
struct xvcpu_vcpu;

#define XVCPU_MAX_VCPUS		4096
#define XVCPU_MAX_SLOTS		512
/* What KVM says; without interrupt controllers in the kernel none can be set. */
#define XVCPU_MAX_IRQ_ROUTES	4096

/**
 * struct xvcpu_slot - a memory slot: guest physical addresses over process memory
 * @id: the slot's number.
 * @flags: KVM_MEM_*.
 * @gpa: first guest physical address.
 * @size: in bytes, not 0.
 * @hva: address in the process.
 */
struct xvcpu_slot {
	u32 id;
	u32 flags;
	u64 gpa;
	u64 size;
	unsigned long hva;
};

/**
 * struct xvcpu_vm - one VM
 * @ref: held by its fd and by its vCPUs'.
 * @lock: serialises the VM's ioctls.
 * @mm: the process it belongs to.
 * @tgid: that process's id, for those who watch.
 * @id: unique in the module.
 * @tsc_offset: that all vCPUs begin with: the TSC was 0 at the VM's creation.
 * @user_msr_reasons: KVM_MSR_EXIT_REASON_*: for which accesses of MSRs that fail
 *	userspace wants an exit.
 * @intercept_msrs: every access of an MSR leaves the guest.
 * @msr_filter: which MSRs are denied, or NULL; protected by RCU and @lock.
 * @vcpus: by id.
 * @mmu_lock: protects @slots, @nr_slots, @ept and @invalidations.
 * @slots: sorted by @gpa.
 * @nr_slots: length of @slots.
 * @ept: the tables.
 * @invalidations: invalidations of process memory under way.
 * @sequence: goes up with every invalidation and every change of slots.
 * @notifier: tells of process memory that changes.
 */
struct xvcpu_vm {
	struct kref ref;
	struct mutex lock;
	struct mm_struct *mm;
	pid_t tgid;
	u32 id;
	u64 tsc_offset;
	u32 user_msr_reasons;
	bool intercept_msrs;
	struct xvcpu_msr_filter __rcu *msr_filter;
	struct xarray vcpus;

	spinlock_t mmu_lock;
	struct xvcpu_slot slots[XVCPU_MAX_SLOTS];
	u32 nr_slots;
	struct xvcpu_ept ept;
	int invalidations;
	unsigned long sequence;
	struct mmu_notifier notifier;
};

int xvcpu_vm_supported(void);
struct xvcpu_vm *xvcpu_vm_create(void);
void xvcpu_vm_get(struct xvcpu_vm *vm);
void xvcpu_vm_put(struct xvcpu_vm *vm);
int xvcpu_vm_set_memory(struct xvcpu_vm *vm,
			const struct kvm_userspace_memory_region *region);
int xvcpu_vm_fault(struct xvcpu_vm *vm, u64 gpa, bool write);
int xvcpu_vm_read(struct xvcpu_vm *vm, u64 gpa, void *data, u32 len);
int xvcpu_vm_write(struct xvcpu_vm *vm, u64 gpa, const void *data, u32 len);

#endif /* _XVCPU_VM_H */
