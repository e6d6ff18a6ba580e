// SPDX-License-Identifier: GPL-2.0
/*
 * The log of what a guest has written: a bit a page, for the slots that ask for
 * it.
 *
 * A page of such a slot is mapped writable only when its bit is set. Who takes
 * the bit write-protects the page, and flushes before userspace is told, so that
 * every write is in the memory that userspace then reads, or sets the bit again.
 *
 * Locking: vm->mmu_lock for the bits; vm->lock keeps the slots as they are.
 */
#include <xvcpu/dirty.h>

#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xvcpu/ept.h>
#include <xvcpu/slot.h>
#include <xvcpu/vm.h>

/* Words of the log that are looked at before others may run. */
#define CHUNK	64

/**
 * xvcpu_dirty_alloc() - make a slot's log
 * @vm: the VM.
 * @size: bytes of the slot.
 *
 * Return: the bits, for kvfree(), or NULL.
 */
unsigned long *xvcpu_dirty_alloc(const struct xvcpu_vm *vm, u64 size)
{
	unsigned long pages = size >> PAGE_SHIFT;
	unsigned long *dirty;

	dirty = kvcalloc(BITS_TO_LONGS(pages), sizeof(*dirty),
			 GFP_KERNEL_ACCOUNT);
	if (dirty && (vm->manual_log & KVM_DIRTY_LOG_INITIALLY_SET))
		bitmap_set(dirty, 0, pages);
	return dirty;
}

/**
 * xvcpu_dirty_start() - begin to log what is mapped already
 * @vm: the VM.
 * @slot: the slot, whose log is in place.
 *
 * Context: vm->lock and vm->mmu_lock are held, the latter not all the time.
 */
void xvcpu_dirty_start(struct xvcpu_vm *vm, const struct xvcpu_slot *slot)
{
	u64 gpa = slot->gpa, end = gpa + slot->size;

	if (vm->manual_log & KVM_DIRTY_LOG_INITIALLY_SET)
		return;
	while ((gpa = xvcpu_ept_protect(&vm->ept, gpa, end)) < end)
		cond_resched_lock(&vm->mmu_lock);
	xvcpu_ept_flush(&vm->ept);
}

/**
 * xvcpu_dirty_set() - a page is written
 * @slot: the slot, which may log writes.
 * @gpa: an address in it.
 *
 * Context: vm->mmu_lock is held.
 */
void xvcpu_dirty_set(struct xvcpu_slot *slot, u64 gpa)
{
	if (slot->dirty)
		__set_bit((gpa - slot->gpa) >> PAGE_SHIFT, slot->dirty);
}

/**
 * xvcpu_vm_mark_dirty() - log a write by other means than the guest's own
 * @vm: the VM.
 * @gpa: an address in the page that was written.
 *
 * Context: any but with vm->mmu_lock held; after the write.
 */
void xvcpu_vm_mark_dirty(struct xvcpu_vm *vm, u64 gpa)
{
	struct xvcpu_slot *slot;

	/* Who begins to log now, and does not see this page's bit, sees the write. */
	smp_mb();
	if (!READ_ONCE(vm->nr_logging))
		return;
	spin_lock(&vm->mmu_lock);
	slot = xvcpu_slot_find(vm, gpa);
	if (slot)
		xvcpu_dirty_set(slot, gpa);
	spin_unlock(&vm->mmu_lock);
}

/**
 * xvcpu_dirty_set_manual() - KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2
 * @vm: the VM.
 * @mode: bits of XVCPU_DIRTY_MANUAL.
 *
 * Context: process context.
 * Return: 0, or -EINVAL for a mode that there is not.
 */
int xvcpu_dirty_set_manual(struct xvcpu_vm *vm, u64 mode)
{
	if (mode & ~(u64)XVCPU_DIRTY_MANUAL)
		return -EINVAL;
	if (mode == KVM_DIRTY_LOG_INITIALLY_SET)
		return -EINVAL;
	mutex_lock(&vm->lock);
	vm->manual_log = mode;
	mutex_unlock(&vm->lock);
	return 0;
}

static struct xvcpu_slot *logging_slot(struct xvcpu_vm *vm, u32 id)
{
	struct xvcpu_slot *slot = xa_load(&vm->slots, id);

	return slot && slot->dirty ? slot : NULL;
}

/* Write-protect the pages of one word's bits, a run at a time. */
static void protect(struct xvcpu_vm *vm, u64 gpa, unsigned long bits)
{
	unsigned long first, after;

	while (bits) {
		first = __ffs(bits);
		after = find_next_zero_bit(&bits, BITS_PER_LONG, first);
		xvcpu_ept_protect(&vm->ept, gpa + first * PAGE_SIZE,
				  gpa + after * PAGE_SIZE);
		bits &= ~GENMASK(after - 1, first);
	}
}

/* Those of the bits @wanted in a word that are set, which then they are not. */
static unsigned long take(struct xvcpu_vm *vm, struct xvcpu_slot *slot,
			  unsigned long word, unsigned long wanted)
{
	unsigned long bits = slot->dirty[word] & wanted;

	if (!bits)
		return 0;
	slot->dirty[word] &= ~bits;
	protect(vm, slot->gpa + word * BITS_PER_LONG * PAGE_SIZE, bits);
	return bits;
}

static void flush(struct xvcpu_vm *vm)
{
	spin_lock(&vm->mmu_lock);
	xvcpu_ept_flush(&vm->ept);
	spin_unlock(&vm->mmu_lock);
}

static int get_and_clear(struct xvcpu_vm *vm, struct xvcpu_slot *slot,
			 unsigned long __user *user, unsigned long words)
{
	unsigned long chunk[CHUNK], word, n, i;

	for (word = 0; word < words; word += n) {
		n = min_t(unsigned long, words - word, CHUNK);
		spin_lock(&vm->mmu_lock);
		for (i = 0; i < n; i++)
			chunk[i] = take(vm, slot, word + i, ~0UL);
		spin_unlock(&vm->mmu_lock);
		if (copy_to_user(user + word, chunk, n * sizeof(*chunk)))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

static int get(struct xvcpu_vm *vm, const struct kvm_dirty_log *log)
{
	struct xvcpu_slot *slot = logging_slot(vm, log->slot);
	unsigned long words;
	int err;

	if (!slot)
		return -ENOENT;
	words = BITS_TO_LONGS(slot->size >> PAGE_SHIFT);
	if (vm->manual_log)
		return copy_to_user(log->dirty_bitmap, slot->dirty,
				    words * sizeof(long)) ? -EFAULT : 0;
	err = get_and_clear(vm, slot, log->dirty_bitmap, words);
	flush(vm);
	return err;
}

/**
 * xvcpu_dirty_get() - KVM_GET_DIRTY_LOG
 * @vm: the VM.
 * @log: which slot, and where to.
 *
 * Unless clearing is manual, the log begins anew.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for a bad slot number; -ENOENT if there is no such slot or
 * it logs nothing; -EFAULT.
 */
int xvcpu_dirty_get(struct xvcpu_vm *vm, const struct kvm_dirty_log *log)
{
	int err;

	if (log->slot >= XVCPU_MAX_SLOTS)
		return -EINVAL;
	mutex_lock(&vm->lock);
	err = get(vm, log);
	mutex_unlock(&vm->lock);
	return err;
}

static int clear_wanted(struct xvcpu_vm *vm, struct xvcpu_slot *slot,
			const unsigned long __user *user, unsigned long first,
			unsigned long words)
{
	unsigned long chunk[CHUNK], word, n, i;

	for (word = 0; word < words; word += n) {
		n = min_t(unsigned long, words - word, CHUNK);
		if (copy_from_user(chunk, user + word, n * sizeof(*chunk)))
			return -EFAULT;
		spin_lock(&vm->mmu_lock);
		for (i = 0; i < n; i++)
			take(vm, slot, first + word + i, chunk[i]);
		spin_unlock(&vm->mmu_lock);
		cond_resched();
	}
	return 0;
}

static int clear(struct xvcpu_vm *vm, const struct kvm_clear_dirty_log *log)
{
	struct xvcpu_slot *slot = logging_slot(vm, log->slot);
	u64 first = log->first_page, pages;
	int err;

	if (!slot)
		return -ENOENT;
	pages = slot->size >> PAGE_SHIFT;
	if (first > pages || log->num_pages > pages - first)
		return -EINVAL;
	if (log->num_pages % BITS_PER_LONG && log->num_pages < pages - first)
		return -EINVAL;
	err = clear_wanted(vm, slot, log->dirty_bitmap, first / BITS_PER_LONG,
			   BITS_TO_LONGS(log->num_pages));
	flush(vm);
	return err;
}

/**
 * xvcpu_dirty_clear() - KVM_CLEAR_DIRTY_LOG: log anew for some pages
 * @vm: the VM.
 * @log: which slot, and a bit for each of the pages.
 *
 * The first page's number is a multiple of 64; so is the number of pages, unless
 * they are the slot's last.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for a bad slot number or range; -ENOENT if there is no such
 * slot or it logs nothing; -EFAULT.
 */
int xvcpu_dirty_clear(struct xvcpu_vm *vm,
		      const struct kvm_clear_dirty_log *log)
{
	int err;

	if (log->slot >= XVCPU_MAX_SLOTS || log->first_page % BITS_PER_LONG)
		return -EINVAL;
	mutex_lock(&vm->lock);
	err = clear(vm, log);
	mutex_unlock(&vm->lock);
	return err;
}
