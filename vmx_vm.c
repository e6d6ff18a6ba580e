// SPDX-License-Identifier: GPL-2.0
/*
 * One VM: its memory slots over process memory, kept true by an MMU notifier.
 *
 * Locking: vm->lock serialises changes of slots and the creation of vCPUs.
 * vm->mmu_lock, a spinlock inside it, protects the slots, the EPT and the
 * notifier's counts. Nothing sleeps under mmu_lock: a fault looks up its slot,
 * lets go, gets the page, and maps it only if vm->sequence is still the same.
 */
#include <xvcpu/vm.h>

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/msr.h>
#include <xvcpu/caps.h>
#include <xvcpu/msr_filter.h>
#include <xvcpu/percpu.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vcpu_list.h>

static atomic_t nr_vms = ATOMIC_INIT(0);
static atomic_t last_id = ATOMIC_INIT(0);

u32 xvcpu_vm_count(void)
{
	return atomic_read(&nr_vms);
}

/**
 * xvcpu_vm_supported() - whether this machine's CPUs can run a VM
 *
 * Return: 0, or -EOPNOTSUPP after a sentence in the log.
 */
int xvcpu_vm_supported(void)
{
	const char *lacks;

	if (xvcpu_caps_vm_supported(&xvcpu_root->boot_caps, &lacks))
		return 0;
	pr_err_ratelimited("no VM can be created: the CPU lacks %s\n", lacks);
	return -EOPNOTSUPP;
}

static bool overlap(u64 a, u64 a_end, u64 b, u64 b_end)
{
	return a < b_end && b < a_end;
}

/* Unmap what process addresses from @start to @end back. */
static bool zap_hva_range(struct xvcpu_vm *vm, unsigned long start,
			  unsigned long end)
{
	bool zapped = false;
	unsigned long from, to;
	u32 i;

	lockdep_assert_held(&vm->mmu_lock);
	for (i = 0; i < vm->nr_slots; i++) {
		const struct xvcpu_slot *slot = &vm->slots[i];

		from = max(start, slot->hva);
		to = min(end, slot->hva + slot->size);
		if (from < to)
			zapped |= xvcpu_ept_zap(&vm->ept,
						slot->gpa + (from - slot->hva),
						slot->gpa + (to - slot->hva));
	}
	return zapped;
}

/*
 * Before the lock is let go: who comes next finds nothing to zap, and must be
 * able to rely on there being nothing left to flush either.
 */
static void flush_if(struct xvcpu_vm *vm, bool zapped)
{
	lockdep_assert_held(&vm->mmu_lock);
	if (zapped)
		xvcpu_ept_flush(&vm->ept);
}

static int invalidate_start(struct mmu_notifier *notifier,
			    const struct mmu_notifier_range *range)
{
	struct xvcpu_vm *vm = container_of(notifier, struct xvcpu_vm, notifier);
	bool zapped;

	spin_lock(&vm->mmu_lock);
	vm->invalidations++;
	zapped = zap_hva_range(vm, range->start, range->end);
	flush_if(vm, zapped);
	spin_unlock(&vm->mmu_lock);
	return 0;
}

static void invalidate_end(struct mmu_notifier *notifier,
			   const struct mmu_notifier_range *range)
{
	struct xvcpu_vm *vm = container_of(notifier, struct xvcpu_vm, notifier);

	spin_lock(&vm->mmu_lock);
	vm->invalidations--;
	vm->sequence++;
	spin_unlock(&vm->mmu_lock);
}

/* The process's memory is going away for good. */
static void release(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	struct xvcpu_vm *vm = container_of(notifier, struct xvcpu_vm, notifier);
	bool zapped;

	spin_lock(&vm->mmu_lock);
	vm->sequence++;
	zapped = zap_hva_range(vm, 0, ULONG_MAX);
	flush_if(vm, zapped);
	spin_unlock(&vm->mmu_lock);
}

static const struct mmu_notifier_ops notifier_ops = {
	.invalidate_range_start = invalidate_start,
	.invalidate_range_end = invalidate_end,
	.release = release,
};

/**
 * xvcpu_vm_create() - make a VM without memory and vCPUs
 *
 * Context: process context of the process that the VM will belong to.
 * Return: the VM with one reference, or ERR_PTR of -EOPNOTSUPP, -ENOMEM, -EINTR.
 */
struct xvcpu_vm *xvcpu_vm_create(void)
{
	struct xvcpu_vm *vm;
	int err = xvcpu_vm_supported();

	if (err)
		return ERR_PTR(err);
	vm = kvzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	if (!vm)
		return ERR_PTR(-ENOMEM);
	kref_init(&vm->ref);
	mutex_init(&vm->lock);
	spin_lock_init(&vm->mmu_lock);
	xa_init(&vm->vcpus);
	vm->mm = current->mm;
	vm->tgid = task_tgid_nr(current);
	vm->tsc_offset = -rdtsc();
	vm->id = atomic_inc_return(&last_id);
	err = xvcpu_ept_create(&vm->ept);
	if (err)
		goto err_free;
	vm->notifier.ops = &notifier_ops;
	/* This also keeps vm->mm from being freed. */
	err = mmu_notifier_register(&vm->notifier, vm->mm);
	if (err)
		goto err_ept;
	atomic_inc(&nr_vms);
	return vm;

err_ept:
	xvcpu_ept_destroy(&vm->ept);
err_free:
	kvfree(vm);
	return ERR_PTR(err);
}

static void vm_destroy(struct kref *ref)
{
	struct xvcpu_vm *vm = container_of(ref, struct xvcpu_vm, ref);
	struct xvcpu_vcpu *vcpu;
	unsigned long id;

	xa_for_each(&vm->vcpus, id, vcpu)
		xvcpu_vcpu_destroy(vcpu);
	xa_destroy(&vm->vcpus);
	xvcpu_msr_filter_destroy(vm);
	mmu_notifier_unregister(&vm->notifier, vm->mm);
	xvcpu_ept_destroy(&vm->ept);
	mutex_destroy(&vm->lock);
	kvfree(vm);
	atomic_dec(&nr_vms);
}

/**
 * xvcpu_vm_get() - take a reference
 * @vm: the VM.
 */
void xvcpu_vm_get(struct xvcpu_vm *vm)
{
	kref_get(&vm->ref);
}

/**
 * xvcpu_vm_put() - give a reference back; the last one ends the VM
 * @vm: the VM.
 *
 * Context: process context, may sleep.
 */
void xvcpu_vm_put(struct xvcpu_vm *vm)
{
	kref_put(&vm->ref, vm_destroy);
}

static int check_region(const struct kvm_userspace_memory_region *region)
{
	u64 size = region->memory_size;
	u64 end_of_gpa = 1ULL << XVCPU_EPT_GPA_BITS;

	if (region->slot >= XVCPU_MAX_SLOTS || region->flags)
		return -EINVAL;
	if ((size | region->guest_phys_addr | region->userspace_addr) &
	    ~PAGE_MASK)
		return -EINVAL;
	if (region->guest_phys_addr > end_of_gpa ||
	    size > end_of_gpa - region->guest_phys_addr)
		return -EINVAL;
	if (!access_ok((void __user *)(unsigned long)region->userspace_addr,
		       size))
		return -EINVAL;
	return 0;
}

static int slot_by_id(const struct xvcpu_vm *vm, u32 id)
{
	u32 i;

	for (i = 0; i < vm->nr_slots; i++)
		if (vm->slots[i].id == id)
			return i;
	return -1;
}

static bool overlaps_another(const struct xvcpu_vm *vm,
			     const struct kvm_userspace_memory_region *region)
{
	u64 gpa = region->guest_phys_addr;
	u32 i;

	for (i = 0; i < vm->nr_slots; i++)
		if (vm->slots[i].id != region->slot &&
		    overlap(gpa, gpa + region->memory_size, vm->slots[i].gpa,
			    vm->slots[i].gpa + vm->slots[i].size))
			return true;
	return false;
}

static bool remove_slot(struct xvcpu_vm *vm, int i)
{
	u64 gpa = vm->slots[i].gpa;
	u64 end = gpa + vm->slots[i].size;

	vm->nr_slots--;
	memmove(&vm->slots[i], &vm->slots[i + 1],
		(vm->nr_slots - i) * sizeof(vm->slots[0]));
	return xvcpu_ept_zap(&vm->ept, gpa, end);
}

static void insert_slot(struct xvcpu_vm *vm,
			const struct kvm_userspace_memory_region *region)
{
	u32 i = 0;

	while (i < vm->nr_slots && vm->slots[i].gpa < region->guest_phys_addr)
		i++;
	memmove(&vm->slots[i + 1], &vm->slots[i],
		(vm->nr_slots - i) * sizeof(vm->slots[0]));
	vm->nr_slots++;
	vm->slots[i] = (struct xvcpu_slot) {
		.id = region->slot,
		.flags = region->flags,
		.gpa = region->guest_phys_addr,
		.size = region->memory_size,
		.hva = region->userspace_addr,
	};
}

/* A slot keeps its size, and while it has one it keeps its process memory. */
static int check_change(const struct xvcpu_slot *slot,
			const struct kvm_userspace_memory_region *region)
{
	if (region->memory_size != slot->size ||
	    region->userspace_addr != slot->hva)
		return -EINVAL;
	return 0;
}

static int set_memory(struct xvcpu_vm *vm,
		      const struct kvm_userspace_memory_region *region)
{
	int i = slot_by_id(vm, region->slot);
	bool zapped = false;
	int err;

	if (i < 0 && !region->memory_size)
		return -EINVAL;
	if (i >= 0 && region->memory_size) {
		err = check_change(&vm->slots[i], region);
		if (err)
			return err;
	}
	if (region->memory_size && overlaps_another(vm, region))
		return -EEXIST;

	spin_lock(&vm->mmu_lock);
	vm->sequence++;
	if (i >= 0)
		zapped = remove_slot(vm, i);
	if (region->memory_size)
		insert_slot(vm, region);
	flush_if(vm, zapped);
	spin_unlock(&vm->mmu_lock);
	return 0;
}

/**
 * xvcpu_vm_set_memory() - KVM_SET_USER_MEMORY_REGION: make, move or delete a slot
 * @vm: the VM.
 * @region: the slot; a size of 0 deletes it.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for a bad number, flag, alignment, address, size or change;
 * -EEXIST if it overlaps another slot.
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

/* The slot that holds an address: a binary search. */
static const struct xvcpu_slot *slot_of(const struct xvcpu_vm *vm, u64 gpa)
{
	u32 low = 0, high = vm->nr_slots, mid;

	lockdep_assert_held(&vm->mmu_lock);
	while (low < high) {
		mid = (low + high) / 2;
		if (gpa >= vm->slots[mid].gpa + vm->slots[mid].size)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < vm->nr_slots && gpa >= vm->slots[low].gpa)
		return &vm->slots[low];
	return NULL;
}

/*
 * Process address of a guest physical one; @left is how many bytes of the slot
 * there are from there on.
 */
static int hva_of(struct xvcpu_vm *vm, u64 gpa, unsigned long *hva, u64 *left,
		  unsigned long *sequence)
{
	const struct xvcpu_slot *slot;
	int err = -ENOENT;

	spin_lock(&vm->mmu_lock);
	slot = slot_of(vm, gpa);
	if (slot) {
		*hva = slot->hva + (gpa - slot->gpa);
		*left = slot->size - (gpa - slot->gpa);
		err = 0;
	}
	*sequence = vm->sequence;
	spin_unlock(&vm->mmu_lock);
	return err;
}

static int map_page(struct xvcpu_vm *vm, u64 gpa, struct page *page,
		    bool write, unsigned long sequence)
{
	struct xvcpu_ept_pages pages = { .nr = 0 };
	int err = xvcpu_ept_fill(&pages);

	if (err)
		goto drain;
	spin_lock(&vm->mmu_lock);
	if (vm->invalidations || vm->sequence != sequence)
		err = -EAGAIN;
	else
		xvcpu_ept_map(&vm->ept, gpa, page_to_phys(page), write, &pages);
	spin_unlock(&vm->mmu_lock);
drain:
	xvcpu_ept_drain(&pages);
	return err;
}

/**
 * xvcpu_vm_fault() - make a guest physical page present
 * @vm: the VM, of the calling process.
 * @gpa: the address.
 * @write: whether the guest wants to write.
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOENT if no slot holds the address; -EAGAIN if the process's
 * memory changed meanwhile: the guest is to try again; -EFAULT if the process
 * has no such memory; -ENOMEM; -EINTR.
 */
int xvcpu_vm_fault(struct xvcpu_vm *vm, u64 gpa, bool write)
{
	unsigned long hva, sequence;
	struct page *page;
	u64 left;
	long ret;
	int err;

	gpa &= PAGE_MASK;
	err = hva_of(vm, gpa, &hva, &left, &sequence);
	if (err)
		return err;
	ret = get_user_pages_unlocked(hva, 1, &page, write ? FOLL_WRITE : 0);
	if (ret != 1)
		return ret < 0 ? ret : -EFAULT;
	if (write)
		set_page_dirty_lock(page);
	err = map_page(vm, gpa, page, write, sequence);
	put_page(page);
	return err;
}

/* Copies @len bytes in pieces that lie in one slot each. */
static int copy(struct xvcpu_vm *vm, u64 gpa, void *data, u32 len, bool write)
{
	unsigned long hva, sequence, left;
	u64 in_slot;
	u32 piece;
	int err;

	for (; len; len -= piece, gpa += piece, data += piece) {
		err = hva_of(vm, gpa, &hva, &in_slot, &sequence);
		if (err)
			return err;
		piece = min_t(u64, len, in_slot);
		if (write)
			left = copy_to_user((void __user *)hva, data, piece);
		else
			left = copy_from_user(data, (void __user *)hva, piece);
		if (left)
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
	return copy(vm, gpa, data, len, false);
}

/**
 * xvcpu_vm_write() - write guest physical memory
 * @vm: the VM, of the calling process.
 * @gpa: the address.
 * @data: where from.
 * @len: how many bytes.
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOENT if no slot holds it; -EFAULT.
 */
int xvcpu_vm_write(struct xvcpu_vm *vm, u64 gpa, const void *data, u32 len)
{
	return copy(vm, gpa, (void *)data, len, true);
}
