/* SPDX-License-Identifier: GPL-2.0 */
/* One VM: its memory slots and its vCPUs. */
#ifndef _XVCPU_VM_H
#define _XVCPU_VM_H

#include <linux/kref.h>
#include <linux/kvm.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include <xvcpu/ept.h>

struct xvcpu_msr_filter;
struct xvcpu_vcpu;

#define XVCPU_MAX_VCPUS		4096
/* As many as KVM has: it keeps three for itself. */
#define XVCPU_MAX_SLOTS		32764
/* What KVM says; without interrupt controllers in the kernel none can be set. */
#define XVCPU_MAX_IRQ_ROUTES	4096

/* Threads whose faults are told apart, and pages that one fault maps at most. */
#define XVCPU_STREAMS		16
#define XVCPU_STREAM_MAX	16

/**
 * struct xvcpu_stream - faults of one thread that may follow each other
 * @next: guest physical address behind what the last one mapped.
 * @pages: how many pages the last one was to map.
 * @large: the last one mapped a large page.
 */
struct xvcpu_stream {
	u64 next;
	int pages;
	bool large;
};

/**
 * struct xvcpu_vm - one VM
 * @ref: held by its fd and by its vCPUs'.
 * @lock: serialises the VM's ioctls.
 * @mm: the process it belongs to.
 * @tgid: that process's id, for those who watch.
 * @name: that process's name when it made the VM, likewise.
 * @id: unique in the module, key in the list of all VMs.
 * @nr_vcpus: how many vCPUs there are; written under @lock.
 * @tsc_lock: protects the next two.
 * @tsc_offset: of the TSC that the vCPUs share, unless one is set apart.
 * @tsc_ratio: multiplier of that TSC.
 * @user_msr_reasons: KVM_MSR_EXIT_REASON_*: for which accesses of MSRs that fail
 *	userspace wants an exit.
 * @hypercall_exit: XVCPU_CAP_HYPERCALL_EXIT is enabled.
 * @intercept_msrs: every access of an MSR leaves the guest.
 * @msr_filter: which MSRs are denied, or NULL; protected by RCU and @lock.
 * @vcpus: by id.
 * @slots: the memory slots by number; @lock protects it.
 * @manual_log: KVM_DIRTY_LOG_* as enabled by KVM_ENABLE_CAP; @lock protects it.
 * @nr_logging: slots that log writes; changed under @mmu_lock.
 * @srcu: held by who copies to or from a slot's memory, and by the notifier.
 * @mmu_lock: protects all that follows, and what is in the slots.
 * @recent: the slot that a copy has found last, or NULL; written under @mmu_lock.
 * @slot_changes: goes up when a slot comes, and when one begins to leave and has
 *	left; a section of @srcu that finds it unchanged has all slots to its end.
 * @nr_slots: how many slots there are.
 * @slot_bytes: how large they are together.
 * @by_gpa: the slots by their guest physical addresses.
 * @by_hva: the slots by their addresses in the process.
 * @ept: the tables.
 * @stream: by the thread's id.
 * @invalidations: invalidations of process memory under way.
 * @invalid_start: first address of all these together.
 * @invalid_end: address after the last.
 * @sequence: goes up with every invalidation of a slot's memory and every change
 * of a slot.
 * @notifier: tells of process memory that changes.
 * @rcu: frees it when nobody reads the list.
 */
struct xvcpu_vm {
	struct kref ref;
	struct mutex lock;
	struct mm_struct *mm;
	pid_t tgid;
	char name[TASK_COMM_LEN];
	u32 id;
	u32 nr_vcpus;
	spinlock_t tsc_lock;
	u64 tsc_offset;
	u64 tsc_ratio;
	u32 user_msr_reasons;
	bool hypercall_exit;
	bool intercept_msrs;
	struct xvcpu_msr_filter __rcu *msr_filter;
	struct xarray vcpus;

	struct xarray slots;
	u64 manual_log;
	u32 nr_logging;
	struct srcu_struct srcu;

	spinlock_t mmu_lock;
	struct xvcpu_slot __rcu *recent;
	unsigned long slot_changes;
	u32 nr_slots;
	u64 slot_bytes;
	struct rb_root_cached by_gpa;
	struct rb_root_cached by_hva;
	struct xvcpu_ept ept;
	struct xvcpu_stream stream[XVCPU_STREAMS];
	int invalidations;
	unsigned long invalid_start;
	unsigned long invalid_end;
	unsigned long sequence;
	struct mmu_notifier notifier;
	struct rcu_head rcu;
};

int xvcpu_vm_supported(void);
struct xvcpu_vm *xvcpu_vm_create(void);
void xvcpu_vm_get(struct xvcpu_vm *vm);
void xvcpu_vm_put(struct xvcpu_vm *vm);

/* vmx_slot.c */
int xvcpu_vm_set_memory(struct xvcpu_vm *vm,
			const struct kvm_userspace_memory_region *region);
bool xvcpu_vm_is_memory(struct xvcpu_vm *vm, u64 gpa);
int xvcpu_vm_hva(struct xvcpu_vm *vm, u64 gpa, unsigned long *hva);
int xvcpu_vm_read(struct xvcpu_vm *vm, u64 gpa, void *data, u32 len);
int xvcpu_vm_write(struct xvcpu_vm *vm, u64 gpa, const void *data, u32 len);
int xvcpu_vm_read_entry(struct xvcpu_vm *vm, u64 gpa, u64 *entry, u32 size);
int xvcpu_vm_update_entry(struct xvcpu_vm *vm, u64 gpa, u64 old, u64 new,
			  u32 size);

/* vmx_dirty.c */
void xvcpu_vm_mark_dirty(struct xvcpu_vm *vm, u64 gpa);

/* vmx_fault.c */
void xvcpu_vm_forgo_flags(struct xvcpu_vm *vm);
int xvcpu_vm_fault(struct xvcpu_vm *vm, u64 gpa, u32 access);

#endif /* _XVCPU_VM_H */
