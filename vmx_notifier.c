// SPDX-License-Identifier: GPL-2.0
/*
 * The MMU notifier: process memory that the kernel moves, splits, protects or
 * takes back is unmapped from the guest before.
 *
 * From the beginning of an invalidation to its end nothing of its range is
 * mapped, and a fault that looked at the process's memory before that end looks
 * again: xvcpu_notifier_retry(). Therefore, whatever is mapped is mapped in the
 * process, too, with no fewer rights, and needs no reference.
 *
 * Context: the kernel calls these with its own locks held, and some of them where
 * nothing may sleep; interrupts are on.
 */
#include <xvcpu/notifier.h>

#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mmu_notifier.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <asm/processor.h>
#include <xvcpu/compat.h>
#include <xvcpu/ept.h>
#include <xvcpu/slot.h>
#include <xvcpu/vm.h>

static struct xvcpu_vm *vm_of(struct mmu_notifier *notifier)
{
	return container_of(notifier, struct xvcpu_vm, notifier);
}

/* The part of a slot that lies in a range, as guest physical addresses. */
static void part_of(const struct xvcpu_slot *slot, unsigned long start,
		    unsigned long end, u64 *gpa, u64 *gpa_end)
{
	*gpa = slot->gpa + (max(start, slot->hva) - slot->hva);
	*gpa_end = slot->gpa + min_t(u64, end - slot->hva, slot->size);
}

/*
 * Others may have the lock, and the CPU if this may sleep or the kernel is
 * preemptible. Returns false if @slot may be gone then: one that does not leave
 * yet stays for as long as the caller's section of vm->srcu.
 */
static bool let_others_in(struct xvcpu_vm *vm, const struct xvcpu_slot *slot,
			  bool may_sleep)
{
	bool stays = !slot->leaving;

	if (!need_resched())
		return true;
	if (may_sleep)
		return !cond_resched_lock(&vm->mmu_lock) || stays;
	spin_unlock(&vm->mmu_lock);
	cpu_relax();
	spin_lock(&vm->mmu_lock);
	return stays;
}

/* Returns false if the slot may be gone. */
static bool zap_slot(struct xvcpu_vm *vm, const struct xvcpu_slot *slot,
		     unsigned long start, unsigned long end, bool may_sleep)
{
	u64 gpa, gpa_end;

	part_of(slot, start, end, &gpa, &gpa_end);
	while (gpa < gpa_end) {
		gpa = xvcpu_ept_zap(&vm->ept, gpa, gpa_end);
		if (!let_others_in(vm, slot, may_sleep))
			return false;
	}
	return true;
}

/* Returns false if it lost its place, so that it has to be called again. */
static bool zap_once(struct xvcpu_vm *vm, unsigned long start,
		     unsigned long end, bool may_sleep)
{
	struct xvcpu_slot *slot;

	xvcpu_slot_for_each_hva(slot, vm, start, end)
		if (!zap_slot(vm, slot, start, end, may_sleep))
			return false;
	return true;
}

/*
 * The flush comes before the lock is let go: who comes next finds nothing to
 * zap, and must be able to rely on there being nothing left to flush either.
 */
static void zap(struct xvcpu_vm *vm, unsigned long start, unsigned long end,
		bool may_sleep)
{
	int idx = srcu_read_lock(&vm->srcu);

	while (!zap_once(vm, start, end, may_sleep))
		;
	xvcpu_ept_flush(&vm->ept);
	srcu_read_unlock(&vm->srcu, idx);
}

static int invalidate_start(struct mmu_notifier *notifier,
			    const struct mmu_notifier_range *range)
{
	struct xvcpu_vm *vm = vm_of(notifier);

	spin_lock(&vm->mmu_lock);
	if (!vm->invalidations++) {
		vm->invalid_start = range->start;
		vm->invalid_end = range->end;
	} else {
		vm->invalid_start = min(vm->invalid_start, range->start);
		vm->invalid_end = max(vm->invalid_end, range->end);
	}
	zap(vm, range->start, range->end, mmu_notifier_range_blockable(range));
	spin_unlock(&vm->mmu_lock);
	return 0;
}

static void invalidate_end(struct mmu_notifier *notifier,
			   const struct mmu_notifier_range *range)
{
	struct xvcpu_vm *vm = vm_of(notifier);

	spin_lock(&vm->mmu_lock);
	vm->invalidations--;
	/* A slot that has left has said so itself. */
	if (xvcpu_slot_first_hva(vm, range->start, range->end))
		vm->sequence++;
	spin_unlock(&vm->mmu_lock);
}

/* The process's memory is going away for good. */
static void release(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	struct xvcpu_vm *vm = vm_of(notifier);

	spin_lock(&vm->mmu_lock);
	vm->sequence++;
	zap(vm, 0, ULONG_MAX, true);
	spin_unlock(&vm->mmu_lock);
}

static bool young(struct xvcpu_vm *vm, unsigned long start, unsigned long end,
		 bool clear)
{
	struct xvcpu_slot *slot;
	bool young = false;
	u64 gpa, gpa_end;

	spin_lock(&vm->mmu_lock);
	xvcpu_slot_for_each_hva(slot, vm, start, end) {
		part_of(slot, start, end, &gpa, &gpa_end);
		young |= xvcpu_ept_young(&vm->ept, gpa, gpa_end, clear);
	}
	spin_unlock(&vm->mmu_lock);
	return young;
}

static xvcpu_young_t clear_young(struct mmu_notifier *notifier,
				 struct mm_struct *mm, unsigned long start,
				 unsigned long end)
{
	return young(vm_of(notifier), start, end, true);
}

static xvcpu_young_t test_young(struct mmu_notifier *notifier,
				struct mm_struct *mm, unsigned long address)
{
	return young(vm_of(notifier), address, address + 1, false);
}

const struct mmu_notifier_ops xvcpu_notifier_ops = {
	.invalidate_range_start = invalidate_start,
	.invalidate_range_end = invalidate_end,
	/* As the kernel's own, which does not flush for it either. */
	.clear_flush_young = clear_young,
	.clear_young = clear_young,
	.test_young = test_young,
	.release = release,
};

/**
 * xvcpu_notifier_retry() - whether what was seen of process memory is outdated
 * @vm: the VM.
 * @start: first address in the process.
 * @end: address after the last.
 * @sequence: vm->sequence from before it was seen.
 *
 * Context: vm->mmu_lock is held.
 * Return: whether it has to be looked at again.
 */
bool xvcpu_notifier_retry(const struct xvcpu_vm *vm, unsigned long start,
			  unsigned long end, unsigned long sequence)
{
	if (vm->sequence != sequence)
		return true;
	return vm->invalidations && start < vm->invalid_end &&
	       end > vm->invalid_start;
}
