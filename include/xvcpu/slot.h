/* SPDX-License-Identifier: GPL-2.0 */
/* Memory slots: guest physical addresses over process memory. */
#ifndef _XVCPU_SLOT_H
#define _XVCPU_SLOT_H

#include <linux/interval_tree.h>
#include <linux/types.h>

struct xvcpu_vm;

/**
 * struct xvcpu_slot - a memory slot
 * @in_gpa: in vm->by_gpa.
 * @in_hva: in vm->by_hva.
 * @id: the slot's number.
 * @flags: KVM_MEM_*.
 * @gpa: first guest physical address.
 * @size: in bytes, not 0.
 * @hva: address in the process.
 * @leaving: it is being deleted or moved: nothing may be mapped any more.
 * @dirty: a bit a page that was written, or NULL if writes are not logged.
 * @rcu: frees it when nobody looks at it as the recent one.
 *
 * It changes under both vm->lock and vm->mmu_lock; either keeps it as it is.
 */
struct xvcpu_slot {
	struct interval_tree_node in_gpa;
	struct interval_tree_node in_hva;
	u32 id;
	u32 flags;
	u64 gpa;
	u64 size;
	unsigned long hva;
	bool leaving;
	unsigned long *dirty;
	struct rcu_head rcu;
};

/* Slots of which some memory lies from @start to @end in the process. */
#define xvcpu_slot_for_each_hva(slot, vm, start, end)			\
	for (slot = xvcpu_slot_first_hva(vm, start, end); slot;		\
	     slot = xvcpu_slot_next_hva(slot, start, end))

struct xvcpu_slot *xvcpu_slot_find(struct xvcpu_vm *vm, u64 gpa);
struct xvcpu_slot *xvcpu_slot_first_hva(struct xvcpu_vm *vm,
					unsigned long start, unsigned long end);
struct xvcpu_slot *xvcpu_slot_next_hva(struct xvcpu_slot *slot,
				       unsigned long start, unsigned long end);
void xvcpu_slot_free_all(struct xvcpu_vm *vm);

#endif /* _XVCPU_SLOT_H */
