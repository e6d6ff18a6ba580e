// SPDX-License-Identifier: GPL-2.0
/*
 * Memory slots: guest physical addresses over process memory.
 *
 * Locking: vm->lock around every change; vm->mmu_lock inside it around what
 * faults and the MMU notifier see of it. A slot that leaves stays in both trees,
 * marked, until nothing of it is mapped: the notifier still has to find it.
 *
 * Who copies to or from a slot's memory may sleep over it, and is in a section of
 * vm->srcu from when it finds the slot until the write is logged. A slot that
 * leaves waits for all these: when the ioctl returns, its memory is the process's
 * alone.
 */
#include <xvcpu/slot.h>

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/uaccess.h>
#include <xvcpu/dirty.h>
#include <xvcpu/ept.h>
#include <xvcpu/vm.h>

static int check_region(const struct kvm_userspace_memory_region *region)
{
	u64 size = region->memory_size;
	u64 end_of_gpa = 1ULL << XVCPU_EPT_GPA_BITS;

	/* The upper half of it would be an address space's. */
	if (region->slot >= XVCPU_MAX_SLOTS)
		return -EINVAL;
	if (region->flags & ~(KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY))
		return -EINVAL;
	if ((size | region->guest_phys_addr | region->userspace_addr) &
	    ~PAGE_MASK)
		return -EINVAL;
	if (size >> PAGE_SHIFT > INT_MAX)
		return -EINVAL;
	if (region->guest_phys_addr > end_of_gpa ||
	    size > end_of_gpa - region->guest_phys_addr)
		return -EINVAL;
	/* Nor a tag in it: the MMU notifier's addresses have none. */
	if (region->userspace_addr != untagged_addr(region->userspace_addr))
		return -EINVAL;
	if (!access_ok((void __user *)(unsigned long)region->userspace_addr,
		       size))
		return -EINVAL;
	return 0;
}

static struct xvcpu_slot *slot_in_gpa(struct interval_tree_node *node)
{
	return node ? container_of(node, struct xvcpu_slot, in_gpa) : NULL;
}

static struct xvcpu_slot *slot_in_hva(struct interval_tree_node *node)
{
	return node ? container_of(node, struct xvcpu_slot, in_hva) : NULL;
}

/**
 * xvcpu_slot_find() - the slot that holds an address
 * @vm: the VM.
 * @gpa: guest physical address.
 *
 * Context: vm->mmu_lock or vm->lock is held.
 * Return: the slot, or NULL.
 */
struct xvcpu_slot *xvcpu_slot_find(struct xvcpu_vm *vm, u64 gpa)
{
	return slot_in_gpa(interval_tree_iter_first(&vm->by_gpa, gpa, gpa));
}

/**
 * xvcpu_slot_first_hva() - the first slot with memory in a range
 * @vm: the VM.
 * @start: first address in the process.
 * @end: address after the last.
 *
 * Context: vm->mmu_lock or vm->lock is held.
 * Return: the slot, or NULL.
 */
struct xvcpu_slot *xvcpu_slot_first_hva(struct xvcpu_vm *vm,
					unsigned long start, unsigned long end)
{
	return slot_in_hva(interval_tree_iter_first(&vm->by_hva, start,
						    end - 1));
}

/**
 * xvcpu_slot_next_hva() - the next slot with memory in a range
 * @slot: the one before.
 * @start: first address in the process.
 * @end: address after the last.
 *
 * Context: as xvcpu_slot_first_hva().
 * Return: the slot, or NULL.
 */
struct xvcpu_slot *xvcpu_slot_next_hva(struct xvcpu_slot *slot,
				       unsigned long start, unsigned long end)
{
	return slot_in_hva(interval_tree_iter_next(&slot->in_hva, start,
						   end - 1));
}

static bool overlaps_another(struct xvcpu_vm *vm,
			     const struct kvm_userspace_memory_region *region)
{
	u64 gpa = region->guest_phys_addr, last = gpa + region->memory_size - 1;
	struct interval_tree_node *node;

	node = interval_tree_iter_first(&vm->by_gpa, gpa, last);
	if (node && slot_in_gpa(node)->id == region->slot)
		node = interval_tree_iter_next(node, gpa, last);
	return node;
}

static void free_slot(struct xvcpu_slot *slot)
{
	kvfree(slot->dirty);
	kfree_rcu(slot, rcu);
}

static struct xvcpu_slot *
new_slot(const struct xvcpu_vm *vm,
	 const struct kvm_userspace_memory_region *region)
{
	u64 gpa = region->guest_phys_addr, size = region->memory_size;
	struct xvcpu_slot *slot;

	slot = kzalloc(sizeof(*slot), GFP_KERNEL_ACCOUNT);
	if (!slot)
		return NULL;
	slot->id = region->slot;
	slot->flags = region->flags;
	slot->gpa = gpa;
	slot->size = size;
	slot->hva = region->userspace_addr;
	slot->in_gpa.start = gpa;
	slot->in_gpa.last = gpa + size - 1;
	slot->in_hva.start = slot->hva;
	slot->in_hva.last = slot->hva + size - 1;
	if (!(slot->flags & KVM_MEM_LOG_DIRTY_PAGES))
		return slot;
	slot->dirty = xvcpu_dirty_alloc(vm, size);
	if (slot->dirty)
		return slot;
	kfree(slot);
	return NULL;
}

static void insert(struct xvcpu_vm *vm, struct xvcpu_slot *slot)
{
	interval_tree_insert(&slot->in_gpa, &vm->by_gpa);
	interval_tree_insert(&slot->in_hva, &vm->by_hva);
	vm->nr_logging += !!slot->dirty;
	vm->nr_slots++;
	vm->slot_bytes += slot->size;
}

static void unmap(struct xvcpu_vm *vm, const struct xvcpu_slot *slot)
{
	u64 gpa = slot->gpa, end = gpa + slot->size;

	while ((gpa = xvcpu_ept_zap(&vm->ept, gpa, end)) < end)
		cond_resched_lock(&vm->mmu_lock);
	xvcpu_ept_flush(&vm->ept);
}

/*
 * A guest that wants it meanwhile tries again until it is gone. Copies find none
 * any more; those that have found it are waited for.
 */
static void leave(struct xvcpu_vm *vm, struct xvcpu_slot *slot)
{
	spin_lock(&vm->mmu_lock);
	slot->leaving = true;
	vm->sequence++;
	WRITE_ONCE(vm->slot_changes, vm->slot_changes + 1);
	if (rcu_access_pointer(vm->recent) == slot)
		RCU_INIT_POINTER(vm->recent, NULL);
	unmap(vm, slot);
	spin_unlock(&vm->mmu_lock);
	synchronize_srcu_expedited(&vm->srcu);
}

static void remove(struct xvcpu_vm *vm, struct xvcpu_slot *slot)
{
	interval_tree_remove(&slot->in_gpa, &vm->by_gpa);
	interval_tree_remove(&slot->in_hva, &vm->by_hva);
	vm->nr_logging -= !!slot->dirty;
	vm->nr_slots--;
	vm->slot_bytes -= slot->size;
}

static void replace(struct xvcpu_vm *vm, struct xvcpu_slot *old,
		    struct xvcpu_slot *new)
{
	if (old)
		leave(vm, old);
	spin_lock(&vm->mmu_lock);
	WRITE_ONCE(vm->slot_changes, vm->slot_changes + 1);
	if (old)
		remove(vm, old);
	/* What has been written, and not been told of, moves as well. */
	if (old && new && old->dirty && new->dirty)
		swap(old->dirty, new->dirty);
	if (new)
		insert(vm, new);
	spin_unlock(&vm->mmu_lock);
}

/* @old is the one to move, or NULL. */
static int create_or_move(struct xvcpu_vm *vm, struct xvcpu_slot *old,
			  const struct kvm_userspace_memory_region *region)
{
	struct xvcpu_slot *slot;
	int err;

	if (overlaps_another(vm, region))
		return -EEXIST;
	slot = new_slot(vm, region);
	if (!slot)
		return -ENOMEM;
	err = xa_err(xa_store(&vm->slots, slot->id, slot, GFP_KERNEL_ACCOUNT));
	if (err) {
		free_slot(slot);
		return err;
	}
	replace(vm, old, slot);
	if (old)
		free_slot(old);
	return 0;
}

static int delete(struct xvcpu_vm *vm, struct xvcpu_slot *slot)
{
	xa_erase(&vm->slots, slot->id);
	replace(vm, slot, NULL);
	free_slot(slot);
	return 0;
}

/* Whether writes are logged is the only flag that can change. */
static int change_flags(struct xvcpu_vm *vm, struct xvcpu_slot *slot, u32 flags)
{
	unsigned long *dirty = NULL, *old = slot->dirty;

	if (flags & KVM_MEM_LOG_DIRTY_PAGES) {
		dirty = xvcpu_dirty_alloc(vm, slot->size);
		if (!dirty)
			return -ENOMEM;
	}
	spin_lock(&vm->mmu_lock);
	slot->flags = flags;
	slot->dirty = dirty;
	vm->nr_logging += !!dirty - !!old;
	/* Faults that knew the old flags map nothing any more. */
	vm->sequence++;
	/* What was in pages of 4 KiB for the log may come back in large ones. */
	if (dirty)
		xvcpu_dirty_start(vm, slot);
	else
		unmap(vm, slot);
	spin_unlock(&vm->mmu_lock);
	kvfree(old);
	return 0;
}

/*
 * A slot keeps its size, its process memory, and whether the guest may write to
 * it.
 */
static int change(struct xvcpu_vm *vm, struct xvcpu_slot *slot,
		  const struct kvm_userspace_memory_region *region)
{
	u32 changed = region->flags ^ slot->flags;

	if (region->memory_size != slot->size ||
	    region->userspace_addr != slot->hva || changed & KVM_MEM_READONLY)
		return -EINVAL;
	if (region->guest_phys_addr != slot->gpa)
		return create_or_move(vm, slot, region);
	return changed ? change_flags(vm, slot, region->flags) : 0;
}

static int set_memory(struct xvcpu_vm *vm,
		      const struct kvm_userspace_memory_region *region)
{
	struct xvcpu_slot *slot = xa_load(&vm->slots, region->slot);

	if (!region->memory_size)
		return slot ? delete(vm, slot) : -EINVAL;
	if (slot)
		return change(vm, slot, region);
	return create_or_move(vm, NULL, region);
}

/**
 * xvcpu_vm_set_memory() - KVM_SET_USER_MEMORY_REGION: make, change or delete a slot
 * @vm: the VM.
 * @region: the slot; a size of 0 deletes it.
 *
 * What it allocates is charged to the process: one structure a slot, and a bit a
 * page of those that log writes.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for a bad number, flag, alignment, address, size or change;
 * -EEXIST if it overlaps another slot; -ENOMEM.
 */
int xvcpu_vm_set_memory(struct xvcpu_vm *vm,
			const struct kvm_userspace_memory_region *region)
{
	int err = check_region(region);

	if (err)
		return err;
	mutex_lock(&vm->lock);
	err = set_memory(vm, region);
	mutex_unlock(&vm->lock);
	return err;
}

/**
 * xvcpu_slot_free_all() - free the slots of a VM that ends
 * @vm: the VM, whose tables are gone.
 */
void xvcpu_slot_free_all(struct xvcpu_vm *vm)
{
	struct xvcpu_slot *slot;
	unsigned long id;

	xa_for_each(&vm->slots, id, slot)
		free_slot(slot);
	xa_destroy(&vm->slots);
}

static bool holds(const struct xvcpu_slot *slot, u64 gpa)
{
	return slot && gpa - slot->gpa < slot->size;
}

/* The next one to look will find it at once. None that leaves becomes the recent one. */
static noinline struct xvcpu_slot *look_up(struct xvcpu_vm *vm, u64 gpa)
{
	struct xvcpu_slot *slot;

	spin_lock(&vm->mmu_lock);
	slot = xvcpu_slot_find(vm, gpa);
	if (slot && slot->leaving)
		slot = NULL;
	if (slot)
		rcu_assign_pointer(vm->recent, slot);
	spin_unlock(&vm->mmu_lock);
	return slot;
}

/* Of the slot nothing changes that copies read, nor whether it is read-only. */
static __always_inline const struct xvcpu_slot *find_slot(struct xvcpu_vm *vm,
							  u64 gpa)
{
	const struct xvcpu_slot *slot = srcu_dereference(vm->recent, &vm->srcu);

	return likely(holds(slot, gpa)) ? slot : look_up(vm, gpa);
}

/*
 * Process address of a guest physical one, good until the section of vm->srcu
 * ends; @left is how many bytes of the slot there are from there on.
 */
static int hva_of(struct xvcpu_vm *vm, u64 gpa, bool write, unsigned long *hva,
		  u64 *left)
{
	const struct xvcpu_slot *slot = find_slot(vm, gpa);

	if (!slot)
		return -ENOENT;
	if (write && (READ_ONCE(slot->flags) & KVM_MEM_READONLY))
		return -EROFS;
	*hva = slot->hva + (gpa - slot->gpa);
	*left = slot->size - (gpa - slot->gpa);
	return 0;
}

/**
 * xvcpu_vm_is_memory() - whether an address is one of memory, at a glance
 * @vm: the VM.
 * @gpa: guest physical address.
 *
 * Context: any, in a section of RCU.
 * Return: true if the slot that was in use last holds it; false if not: another may.
 */
bool xvcpu_vm_is_memory(struct xvcpu_vm *vm, u64 gpa)
{
	return holds(rcu_dereference_check(vm->recent, irqs_disabled()), gpa);
}

/**
 * xvcpu_vm_hva() - process address of a guest physical one, for reading
 * @vm: the VM, of the calling process.
 * @gpa: the address.
 * @hva: the result, good until the section of vm->srcu ends, and in any later one
 *	as long as vm->slot_changes is what it was before this call.
 *
 * Context: in a section of vm->srcu.
 * Return: 0, or -ENOENT if no slot holds it.
 */
int xvcpu_vm_hva(struct xvcpu_vm *vm, u64 gpa, unsigned long *hva)
{
	u64 left;

	return hva_of(vm, gpa, false, hva, &left);
}

static int read_memory(struct xvcpu_vm *vm, u64 gpa, void *data, u32 len)
{
	unsigned long hva;
	u64 in_slot;
	u32 piece;
	int err;

	for (; len; len -= piece, gpa += piece, data += piece) {
		err = hva_of(vm, gpa, false, &hva, &in_slot);
		if (err)
			return err;
		piece = min_t(u64, len, in_slot);
		if (copy_from_user(data, (void __user *)hva, piece))
			return -EFAULT;
	}
	return 0;
}

/**
 * xvcpu_vm_read() - read guest physical memory
 * @vm: the VM, of the calling process.
 * @gpa: the address.
 * @data: where to.
 * @len: how many bytes.
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOENT if no slot holds it; -EFAULT.
 */
int xvcpu_vm_read(struct xvcpu_vm *vm, u64 gpa, void *data, u32 len)
{
	int idx = srcu_read_lock(&vm->srcu);
	int err = read_memory(vm, gpa, data, len);

	srcu_read_unlock(&vm->srcu, idx);
	return err;
}

static int write_memory(struct xvcpu_vm *vm, u64 gpa, const void *data,
			u32 len)
{
	unsigned long hva;
	u64 in_slot;
	u32 piece;
	int err;

	for (; len; len -= piece, gpa += piece, data += piece) {
		err = hva_of(vm, gpa, true, &hva, &in_slot);
		if (err)
			return err;
		piece = min_t(u64, in_slot,
			      min_t(u32, len, PAGE_SIZE - offset_in_page(gpa)));
		if (copy_to_user((void __user *)hva, data, piece))
			return -EFAULT;
		xvcpu_vm_mark_dirty(vm, gpa);
	}
	return 0;
}

/**
 * xvcpu_vm_write() - write guest physical memory
 * @vm: the VM, of the calling process.
 * @gpa: the address.
 * @data: where from.
 * @len: how many bytes.
 *
 * The write is logged as the guest's own are.
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOENT if no slot holds it; -EROFS if the slot is read-only;
 * -EFAULT. Pages before the one it failed at are written.
 */
int xvcpu_vm_write(struct xvcpu_vm *vm, u64 gpa, const void *data, u32 len)
{
	int idx = srcu_read_lock(&vm->srcu);
	int err = write_memory(vm, gpa, data, len);

	srcu_read_unlock(&vm->srcu, idx);
	return err;
}

/**
 * xvcpu_vm_read_entry() - read an entry of a page table, at once
 * @vm: the VM, of the calling process.
 * @gpa: the entry's address, in one page.
 * @entry: the result.
 * @size: 4 or 8 bytes.
 *
 * Context: process context, may sleep; in a section of vm->srcu.
 * Return: 0; -ENOENT if no slot holds it; -EFAULT.
 */
int xvcpu_vm_read_entry(struct xvcpu_vm *vm, u64 gpa, u64 *entry, u32 size)
{
	const struct xvcpu_slot *slot = find_slot(vm, gpa);
	unsigned long hva;
	u32 half;
	int err;

	if (!slot)
		return -ENOENT;
	hva = slot->hva + (gpa - slot->gpa);
	if (size == 8)
		return get_user(*entry, (u64 __user *)hva);
	err = get_user(half, (u32 __user *)hva);
	*entry = half;
	return err;
}

/**
 * xvcpu_vm_update_entry() - change an entry of a page table, at once
 * @vm: the VM, of the calling process.
 * @gpa: the entry's address, aligned.
 * @old: what it must be.
 * @new: what it becomes.
 * @size: 4 or 8 bytes.
 *
 * Context: process context, may sleep; in a section of vm->srcu.
 * Return: 0; -EAGAIN if it is not @old; -ENOENT if no slot holds it; -EROFS if
 * one holds it for reading only; -EFAULT.
 */
int xvcpu_vm_update_entry(struct xvcpu_vm *vm, u64 gpa, u64 old, u64 new,
			  u32 size)
{
	unsigned long hva;
	u32 old_half = old;
	u64 left;
	int err = hva_of(vm, gpa, true, &hva, &left);

	if (err)
		return err;
	if (size == 8)
		err = __try_cmpxchg_user((u64 __user *)hva, &old, new, fault8);
	else
		err = __try_cmpxchg_user((u32 __user *)hva, &old_half, (u32)new,
					 fault4);
	if (!err)
		xvcpu_vm_mark_dirty(vm, gpa);
	return err > 0 ? -EAGAIN : err;
}
