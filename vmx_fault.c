// SPDX-License-Identifier: GPL-2.0
/*
 * Faults: guest memory that is not mapped, or not for this access.
 *
 * The slot is looked up under vm->mmu_lock; the page comes from the process with
 * no lock held; then it is mapped under vm->mmu_lock, unless the process's memory
 * or the slots have changed meanwhile. What is mapped holds no reference: the MMU
 * notifier takes it back in time.
 *
 * A page that is mapped writable is dirty for the kernel from then on if the CPU
 * keeps no dirty flags; if it does, when it is unmapped. Both happen under
 * vm->mmu_lock with no invalidation under way, that is, while the process, too,
 * has it mapped writable, as the kernel's own page tables hand dirty bits on: a
 * file system that has cleaned the page has unmapped it first.
 */
#include <xvcpu/vm.h>

#include <linux/errno.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <asm/e820/api.h>
#include <xvcpu/compat.h>
#include <xvcpu/dirty.h>
#include <xvcpu/notifier.h>
#include <xvcpu/slot.h>

/* Pages that a fault maps at most, if they are small. */
#define AROUND		XVCPU_STREAM_MAX

/**
 * struct fault - one fault
 * @vm: the VM.
 * @access: XVCPU_EPT_*.
 * @slot: the slot; valid while vm->sequence is @sequence.
 * @flags: its KVM_MEM_*.
 * @hva: the page in the process.
 * @leaf: what is to be mapped.
 * @sequence: vm->sequence from before the process's memory was looked at.
 * @nr: pages that follow each other, from the one that faulted on.
 * @ahead: how many of them are worth waiting for.
 * @page: room for AROUND pages: these, with a reference each.
 */
struct fault {
	struct xvcpu_vm *vm;
	u32 access;
	struct xvcpu_slot *slot;
	u32 flags;
	unsigned long hva;
	struct xvcpu_ept_leaf leaf;
	unsigned long sequence;
	int nr;
	int ahead;
	struct page **page;
};

static bool wants(const struct fault *f, u32 access)
{
	return f->access & access;
}

static struct xvcpu_stream *stream_of(struct xvcpu_vm *vm)
{
	return &vm->stream[task_pid_nr(current) % XVCPU_STREAMS];
}

/*
 * A guest that goes through its memory page by page will want the next ones: as
 * many again as it has come to one after the other.
 */
static int pages_ahead(struct xvcpu_vm *vm, u64 gpa)
{
	struct xvcpu_stream *stream = stream_of(vm);

	if (stream->next != gpa)
		stream->pages = 1;
	else if (stream->pages < AROUND)
		stream->pages *= 2;
	return stream->pages;
}

/*
 * As far as the slot goes, and one table. Where the last page was large the next
 * one will be, of which one of 4 KiB tells all.
 */
static int pages_around(const struct fault *f, u64 gpa)
{
	const struct xvcpu_slot *slot = f->slot;

	if (stream_of(f->vm)->large)
		return 1;
	return min3((u64)AROUND, (slot->gpa + slot->size - gpa) >> PAGE_SHIFT,
		    (SZ_2M - gpa % SZ_2M) >> PAGE_SHIFT);
}

/* Fills in what the slot says. */
static int look_up(struct fault *f, u64 gpa)
{
	struct xvcpu_slot *slot = xvcpu_slot_find(f->vm, gpa);
	u64 offset;

	if (!slot)
		return -ENOENT;
	if (slot->leaving)
		return -EAGAIN;
	if (wants(f, XVCPU_EPT_WRITE) && (slot->flags & KVM_MEM_READONLY))
		return -EROFS;
	offset = gpa - slot->gpa;
	f->slot = slot;
	f->flags = slot->flags;
	f->hva = slot->hva + offset;
	f->sequence = f->vm->sequence;
	f->leaf.gpa = gpa;
	f->leaf.level = f->vm->ept.max_level;
	f->nr = pages_around(f, gpa);
	if (wants(f, XVCPU_EPT_EXEC) && f->vm->ept.small_code)
		f->leaf.level = 0;
	/* The log has pages of 4 KiB, and none that was not written. */
	if (slot->dirty)
		f->leaf.level = 0;
	if (slot->dirty && wants(f, XVCPU_EPT_WRITE))
		f->nr = 1;
	f->ahead = min(f->nr, pages_ahead(f->vm, gpa));
	return 0;
}

/* Another vCPU may have been here: then there is nothing left to do. */
static int begin(struct fault *f, u64 gpa, bool *done)
{
	struct xvcpu_vm *vm = f->vm;
	int err = 0;

	spin_lock(&vm->mmu_lock);
	*done = xvcpu_ept_permits(&vm->ept, gpa, f->access);
	if (!*done)
		err = look_up(f, gpa);
	spin_unlock(&vm->mmu_lock);
	return err;
}

/*
 * What the process has at hand, without waiting; writable if that may be, for a
 * guest that reads a page is likely to write it.
 */
static int get_at_hand(struct fault *f)
{
	bool write = wants(f, XVCPU_EPT_WRITE);
	int nr = 0;

	if (write || !f->flags)
		nr = get_user_pages_fast_only(f->hva, f->nr, FOLL_WRITE,
					      f->page);
	f->leaf.writable = nr > 0;
	if (nr <= 0 && !write)
		nr = get_user_pages_fast_only(f->hva, f->nr, 0, f->page);
	return nr;
}

/*
 * One page, if need be from a disk or from whoever handles the process's faults;
 * and those ahead if they can be had without waiting for either.
 */
static int get_slowly(struct fault *f)
{
	unsigned int flags = wants(f, XVCPU_EPT_WRITE) ? FOLL_WRITE : 0;
	int nr, more = 0;

	f->leaf.writable = flags;
	nr = get_user_pages_unlocked(f->hva, 1, f->page,
				     XVCPU_FOLL_GUEST | flags);
	if (nr == 1 && f->ahead > 1)
		more = get_user_pages_unlocked(f->hva + PAGE_SIZE, f->ahead - 1,
					       f->page + 1,
					       FOLL_NOWAIT | flags);
	return nr + max(more, 0);
}

/*
 * Write-back is for memory alone. The kernel's own list of it lacks what mem= has
 * taken from it, which may be a guest's all the same.
 */
static bool is_memory(unsigned long pfn)
{
	if (page_is_ram(pfn))
		return true;
	return !pfn_valid(pfn) && xvcpu_host_is_hidden_ram(pfn);
}

static int follow(struct fault *f, struct vm_area_struct *vma)
{
	bool write = wants(f, XVCPU_EPT_WRITE), writable, unlocked = false;
	unsigned long pfn;
	int err;

	err = xvcpu_follow_pfn(vma, f->hva, &pfn, &writable);
	if (err || (write && !writable)) {
		err = fixup_user_fault(f->vm->mm, f->hva,
				       write ? FAULT_FLAG_WRITE : 0, &unlocked);
		/* The mapping may be another one by now. */
		return err ? err : -EAGAIN;
	}
	f->leaf.hpa = PFN_PHYS(pfn);
	f->leaf.level = 0;
	/* The log has no page that was not written. */
	f->leaf.writable = writable && (write || !f->flags);
	f->leaf.uncached = !is_memory(pfn);
	f->nr = 0;
	return 0;
}

/* A device's memory, or other memory whose pages are not to be had. */
static int get_pfn(struct fault *f)
{
	struct mm_struct *mm = f->vm->mm;
	struct vm_area_struct *vma;
	int err = -EFAULT;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	vma = vma_lookup(mm, f->hva);
	if (vma && (vma->vm_flags & (VM_IO | VM_PFNMAP)))
		err = follow(f, vma);
	mmap_read_unlock(mm);
	return err;
}

/* The page has gone bad: the thread hears of it as if it had read it itself. */
static int poisoned(const struct fault *f)
{
	send_sig_mceerr(BUS_MCEERR_AR, (void __user *)f->hva, PAGE_SHIFT,
			current);
	return -EAGAIN;
}

/* Fills in what the process has there. */
static int get_memory(struct fault *f)
{
	int nr = get_at_hand(f);

	if (nr <= 0)
		nr = get_slowly(f);
	if (nr == -EHWPOISON)
		return poisoned(f);
	if (nr == -EFAULT)
		return get_pfn(f);
	if (nr <= 0)
		return nr ? nr : -EFAULT;
	f->nr = nr;
	f->leaf.page = true;
	f->leaf.hpa = page_to_phys(f->page[0]);
	return 0;
}

/*
 * How large the page is that the process's own page tables map there. Pages of
 * 4 KiB may lie side by side by chance and part again one by one; a large entry
 * is one page until the MMU notifier has been told about all of it.
 *
 * Context: interrupts off, which keeps the tables from being freed.
 */
static int process_level(struct mm_struct *mm, unsigned long hva)
{
	pgd_t pgd = READ_ONCE(*pgd_offset(mm, hva));
	p4d_t p4d;
	pud_t pud;
	pmd_t pmd;

	if (pgd_none(pgd))
		return 0;
	p4d = READ_ONCE(*p4d_offset(&pgd, hva));
	if (!p4d_present(p4d))
		return 0;
	pud = READ_ONCE(*pud_offset(&p4d, hva));
	if (!pud_present(pud))
		return 0;
	if (pud_leaf(pud))
		return 2;
	pmd = READ_ONCE(*pmd_offset(&pud, hva));
	return pmd_present(pmd) && pmd_leaf(pmd);
}

/* How large a page of the guest's may be around this one. */
static int guest_level(const struct fault *f)
{
	const struct xvcpu_slot *slot = f->slot;
	u64 gpa = f->leaf.gpa, size;
	int level;

	for (level = f->leaf.level; level; level--) {
		size = xvcpu_ept_size(level);
		if (!((f->hva ^ gpa) & (size - 1)) &&
		    (gpa & ~(size - 1)) >= slot->gpa &&
		    (gpa | (size - 1)) < slot->gpa + slot->size)
			break;
	}
	return level;
}

static int best_level(const struct fault *f)
{
	int level = guest_level(f);
	unsigned long flags, start;

	if (!level)
		return 0;
	local_irq_save(flags);
	level = min(level, process_level(f->vm->mm, f->hva));
	local_irq_restore(flags);
	start = f->hva & ~(xvcpu_ept_size(level) - 1);
	if (xvcpu_notifier_retry(f->vm, start, start + xvcpu_ept_size(level),
				 f->sequence))
		return 0;
	return level;
}

/* The guest may write from now on, and the CPU may not tell that it has. */
static void mark_dirty(struct fault *f, int nr)
{
	int i;

	for (i = 0; f->leaf.page && !f->vm->ept.ad && i < nr; i++)
		set_page_dirty(f->page[i]);
	/* A page that is logged comes alone. */
	xvcpu_dirty_set(f->slot, f->leaf.gpa);
}

static int map_pages(struct fault *f, struct xvcpu_ept_pages *pages)
{
	struct xvcpu_ept_leaf *leaf = &f->leaf;
	struct xvcpu_vm *vm = f->vm;
	int err, i, nr = max(f->nr, 1);
	struct xvcpu_stream *stream = stream_of(vm);
	u64 hpa[AROUND];

	leaf->level = best_level(f);
	err = xvcpu_ept_map(&vm->ept, leaf, pages);
	if (err)
		return err;
	if (leaf->level)
		nr = 1;
	for (i = 1; i < nr; i++)
		hpa[i] = page_to_phys(f->page[i]);
	if (nr > 1)
		xvcpu_ept_map_next(&vm->ept, leaf, hpa + 1, nr - 1);
	if (leaf->writable)
		mark_dirty(f, nr);
	stream->large = leaf->level;
	stream->next = (leaf->gpa | (xvcpu_ept_size(leaf->level) - 1)) + 1 +
		       (nr - 1) * PAGE_SIZE;
	return 0;
}

static int map_if_current(struct fault *f, struct xvcpu_ept_pages *pages)
{
	unsigned long end = f->hva + max(f->nr, 1) * PAGE_SIZE;
	struct xvcpu_vm *vm = f->vm;
	int err = -EAGAIN;

	spin_lock(&vm->mmu_lock);
	if (!xvcpu_notifier_retry(vm, f->hva, end, f->sequence))
		err = map_pages(f, pages);
	spin_unlock(&vm->mmu_lock);
	return err;
}

/*
 * Most faults need no new table: they are not allocated in advance. A table that
 * goes meanwhile makes it one more.
 */
static int map(struct fault *f)
{
	struct xvcpu_ept_pages pages = {};
	int err;

	do {
		err = xvcpu_ept_fill(&pages, pages.need) ?:
			map_if_current(f, &pages);
	} while (err == -ENOSPC);
	xvcpu_ept_drain(&pages);
	return err;
}

/**
 * xvcpu_vm_forgo_flags() - do without accessed and dirty flags from now on
 * @vm: the VM.
 *
 * With them every walk of the guest's page tables is a write to these tables for
 * EPT, which those in a read-only slot do not bear. vCPUs that still have the
 * EPT pointer of before may go on with it.
 *
 * Context: process context, may sleep.
 */
void xvcpu_vm_forgo_flags(struct xvcpu_vm *vm)
{
	u64 gpa = 0, end = 1ULL << XVCPU_EPT_GPA_BITS;
	struct xvcpu_ept *ept = &vm->ept;

	spin_lock(&vm->mmu_lock);
	/* What is mapped writable from now on is dirty at once. */
	ept->ad = false;
	while (ept->ad_pointer && (gpa = xvcpu_ept_zap(ept, gpa, end)) < end)
		cond_resched_lock(&vm->mmu_lock);
	xvcpu_ept_flush(ept);
	/* Nothing that is mapped needs them any more to be known as dirty. */
	WRITE_ONCE(ept->ad_pointer, false);
	spin_unlock(&vm->mmu_lock);
}

/**
 * xvcpu_vm_fault() - make a guest physical page present
 * @vm: the VM, of the calling process.
 * @gpa: the address.
 * @access: what the guest wants to do: XVCPU_EPT_WRITE, XVCPU_EPT_EXEC, both, or
 * 0 for a read.
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOENT if no slot holds the address; -EROFS for a write to a slot
 * that is read-only; -EAGAIN if the process's memory changed meanwhile, or is
 * bad and a SIGBUS is on its way: the guest is to try again; -EFAULT if the
 * process has no such memory; -ENOMEM; -EINTR.
 */
int xvcpu_vm_fault(struct xvcpu_vm *vm, u64 gpa, u32 access)
{
	struct page *page[AROUND];
	struct fault f = { .vm = vm, .access = access, .page = page };
	bool done;
	int err;

	err = begin(&f, gpa & PAGE_MASK, &done);
	if (err || done)
		return err;
	err = get_memory(&f);
	if (err)
		return err;
	err = map(&f);
	while (f.leaf.page && f.nr)
		put_page(f.page[--f.nr]);
	return err;
}
