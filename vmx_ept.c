// SPDX-License-Identifier: GPL-2.0
/*
 * Extended page tables: from guest physical to host physical addresses, in
 * pages of 4 KiB, 2 MiB and 1 GiB.
 *
 * A table goes with the last entry that was in it, so that there are never more
 * of them than what is mapped needs. What was taken out of the tables may still
 * be in use by CPUs: that is noted in ept->stale, and ends with a flush. Who
 * takes something back flushes before it lets others rely on it; whoever comes
 * in between and finds nothing there flushes, too, because it finds the note.
 *
 * A mapping that lies partly in a range that is zapped or write-protected is
 * taken as a whole; the rest comes back with the next fault.
 *
 * Locking: the caller's; see struct xvcpu_ept. CPUs set accessed and dirty flags
 * meanwhile, so entries that are present change by atomic operations only.
 */
#include <xvcpu/ept.h>

#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/swap.h>
#include <asm/cpufeature.h>
#include <asm/mtrr.h>
#include <asm/vmx.h>
#include <xvcpu/caps.h>
#include <xvcpu/invept.h>
#include <xvcpu/page.h>

#define ENTRIES		512
#define TOP		(XVCPU_EPT_LEVELS - 1)
#define ADDRESS_MASK	GENMASK_ULL(51, 12)

/* An entry of level 1 or 2 maps memory, and is not a table's. */
#define LARGE		BIT_ULL(7)
/* Ignored by the CPU: the memory has a struct page. */
#define HAS_PAGE	BIT_ULL(52)

/* Tables that wait for a flush, before new ones are linked. */
#define MOST_UNLINKED	256

/* Mappings that are looked at before the caller may let others run. */
#define BUDGET		4096

static unsigned int index_of(u64 gpa, int level)
{
	return gpa / xvcpu_ept_size(level) % ENTRIES;
}

static bool present(u64 entry)
{
	return entry & VMX_EPT_RWX_MASK;
}

static bool is_leaf(u64 entry, int level)
{
	return !level || (entry & LARGE);
}

static u64 *table_of(u64 entry)
{
	return phys_to_virt(entry & ADDRESS_MASK);
}

static void set_bits(u64 *entry, u64 bits)
{
	atomic64_or(bits, (atomic64_t *)entry);
}

static void clear_bits(u64 *entry, u64 bits)
{
	atomic64_andnot(bits, (atomic64_t *)entry);
}

/* Entries that are present in the table of which @entry is one. */
static unsigned long used(const u64 *entry)
{
	return page_private(virt_to_page(entry));
}

static void add_used(u64 *entry, long n)
{
	struct page *page = virt_to_page(entry);

	set_page_private(page, page_private(page) + n);
}

/*
 * The erratum: code on a large page that becomes a small one may raise a machine
 * check, and a guest can make it happen.
 */
static bool need_small_code(void)
{
	return boot_cpu_has_bug(X86_BUG_ITLB_MULTIHIT) &&
	       !cpu_mitigations_off();
}

static int largest_level(const struct vmx_caps *caps)
{
	if (!vmx_caps_ept(caps, VMX_EPT_2MB_PAGE_BIT))
		return 0;
	return vmx_caps_ept(caps, VMX_EPT_1GB_PAGE_BIT) ? 2 : 1;
}

/**
 * xvcpu_ept_create() - make empty tables
 * @ept: what is to be filled; zeroed.
 * @caps: what the CPU can do.
 *
 * Return: 0 or -ENOMEM.
 */
int xvcpu_ept_create(struct xvcpu_ept *ept, const struct vmx_caps *caps)
{
	if (!zalloc_cpumask_var(&ept->cpus, GFP_KERNEL_ACCOUNT))
		return -ENOMEM;
	ept->root = xvcpu_page_alloc(1, GFP_KERNEL_ACCOUNT);
	if (!ept->root) {
		free_cpumask_var(ept->cpus);
		return -ENOMEM;
	}
	ept->tables = 1;
	ept->max_level = largest_level(caps);
	ept->ad = vmx_caps_ept(caps, VMX_EPT_AD_BIT);
	ept->ad_pointer = ept->ad;
	ept->small_code = need_small_code();
	return 0;
}

static void free_table(u64 *table, int level)
{
	int i;

	for (i = 0; level > 0 && i < ENTRIES; i++)
		if (present(table[i]) && !is_leaf(table[i], level))
			free_table(table_of(table[i]), level - 1);
	xvcpu_page_free(table, 1);
}

static void free_unlinked(struct xvcpu_ept *ept)
{
	struct page *page;

	while ((page = ept->unlinked)) {
		ept->unlinked = (struct page *)page_private(page);
		xvcpu_page_free(page_address(page), 1);
	}
	ept->nr_unlinked = 0;
}

/**
 * xvcpu_ept_destroy() - free the tables and forget their translations
 * @ept: the tables, which no vCPU uses any more, and which map nothing.
 *
 * Context: process context; waits for cross-calls.
 */
void xvcpu_ept_destroy(struct xvcpu_ept *ept)
{
	/* The next tables may be given the same address. */
	xvcpu_invept(ept);
	free_unlinked(ept);
	free_table(ept->root, TOP);
	free_cpumask_var(ept->cpus);
}

/**
 * xvcpu_ept_fill() - have pages for tables
 * @pages: what is to be filled up.
 * @nr: to how many; XVCPU_EPT_LEVELS - 1 are enough to map any one page.
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int xvcpu_ept_fill(struct xvcpu_ept_pages *pages, int nr)
{
	void *page;

	while (pages->nr < nr) {
		page = xvcpu_page_alloc(1, GFP_KERNEL_ACCOUNT);
		if (!page)
			return -ENOMEM;
		pages->page[pages->nr++] = page;
	}
	return 0;
}

/**
 * xvcpu_ept_drain() - free pages that were not needed
 * @pages: the pages.
 */
void xvcpu_ept_drain(struct xvcpu_ept_pages *pages)
{
	while (pages->nr)
		xvcpu_page_free(pages->page[--pages->nr], 1);
}

/* The entry that decides about an address: a mapping, or one not present. */
static u64 *lookup(const struct xvcpu_ept *ept, u64 gpa)
{
	u64 *table = ept->root, *entry;
	int level;

	for (level = TOP;; level--, table = table_of(*entry)) {
		entry = &table[index_of(gpa, level)];
		if (!present(*entry) || is_leaf(*entry, level))
			return entry;
	}
}

/**
 * xvcpu_ept_permits() - whether the tables let the guest do this
 * @ept: the tables.
 * @gpa: guest physical address.
 * @access: XVCPU_EPT_*.
 *
 * Context: the tables are locked.
 * Return: whether they do.
 */
bool xvcpu_ept_permits(struct xvcpu_ept *ept, u64 gpa, u32 access)
{
	u64 need = VMX_EPT_READABLE_MASK;

	/* Four levels have no place for it: it must not be taken for another. */
	if (gpa >> XVCPU_EPT_GPA_BITS)
		return false;
	if (access & XVCPU_EPT_WRITE)
		need |= VMX_EPT_WRITABLE_MASK;
	if (access & XVCPU_EPT_EXEC)
		need |= VMX_EPT_EXECUTABLE_MASK;
	return (*lookup(ept, gpa) & need) == need;
}

/*
 * What the CPU noted in an entry of the page is the page's from now on. Where the
 * flags do not count some CPUs may still set them, and they are no less true.
 */
static void pass_flags_on(u64 entry)
{
	struct page *page;

	if (!(entry & HAS_PAGE))
		return;
	page = pfn_to_page((entry & ADDRESS_MASK) >> PAGE_SHIFT);
	/* The page of zeroes is nobody's. */
	if (PageReserved(page))
		return;
	if (entry & VMX_EPT_DIRTY_BIT)
		set_page_dirty(page);
	if (entry & VMX_EPT_ACCESS_BIT)
		mark_page_accessed(page);
}

static void take_back(struct xvcpu_ept *ept, u64 *entry, int level)
{
	pass_flags_on(xchg(entry, 0));
	add_used(entry, -1);
	ept->leaves[level]--;
	ept->stale = true;
}

static void link_table(struct xvcpu_ept *ept, u64 *entry, u64 *table)
{
	WRITE_ONCE(*entry, virt_to_phys(table) | VMX_EPT_RWX_MASK);
	ept->tables++;
}

/* The last entry is gone, the table goes, too. CPUs may still walk through it. */
static void unlink_table(struct xvcpu_ept *ept, u64 *entry)
{
	struct page *page = virt_to_page(table_of(*entry));

	WRITE_ONCE(*entry, 0);
	add_used(entry, -1);
	set_page_private(page, (unsigned long)ept->unlinked);
	ept->unlinked = page;
	ept->nr_unlinked++;
	ept->tables--;
	ept->stale = true;
}

/*
 * The same memory in the next smaller pages. Nothing changes for the guest, but
 * that small pages may always be executed.
 */
static void split(struct xvcpu_ept *ept, u64 *entry, int level, u64 *table)
{
	u64 small = READ_ONCE(*entry);
	int i;

	if (level == 1)
		small = (small & ~LARGE) | VMX_EPT_EXECUTABLE_MASK;
	/* Whatever of it was used: it cannot be told. */
	for (i = 0; i < ENTRIES; i++)
		table[i] = small + i * xvcpu_ept_size(level - 1);
	add_used(table, ENTRIES);
	small = xchg(entry, virt_to_phys(table) | VMX_EPT_RWX_MASK);
	/* Flags that came in between are in no small entry. */
	pass_flags_on(small);
	ept->tables++;
	ept->leaves[level]--;
	ept->leaves[level - 1] += ENTRIES;
	ept->stale = true;
}

static u64 leaf_entry(const struct xvcpu_ept *ept,
		      const struct xvcpu_ept_leaf *leaf, int level)
{
	u64 entry = leaf->hpa & ADDRESS_MASK & ~(xvcpu_ept_size(level) - 1);

	entry |= VMX_EPT_READABLE_MASK;
	if (leaf->writable)
		entry |= VMX_EPT_WRITABLE_MASK;
	if (!level || !ept->small_code)
		entry |= VMX_EPT_EXECUTABLE_MASK;
	if (level)
		entry |= LARGE;
	if (leaf->page)
		entry |= HAS_PAGE;
	/*
	 * Memory is write-back whatever the guest's PAT says: the host has one
	 * type for it only. What is not memory the guest may combine writes to.
	 */
	if (leaf->uncached)
		return entry | MTRR_TYPE_UNCACHABLE << VMX_EPT_MT_EPTE_SHIFT;
	return entry | VMX_EPT_IPAT_BIT |
	       MTRR_TYPE_WRBACK << VMX_EPT_MT_EPTE_SHIFT;
}

static void add_leaves(struct xvcpu_ept *ept, u64 *entry, int level, int n)
{
	add_used(entry, n);
	ept->leaves[level] += n;
}

/*
 * Two vCPUs may have faulted: what each of them may do, both may. Returns how many
 * mappings there are that were not: 0 or 1, which the caller counts.
 */
static int set_leaf(struct xvcpu_ept *ept, u64 *entry, int level, u64 new)
{
	u64 old = READ_ONCE(*entry);

	if (present(old)) {
		if (!((old ^ new) & ADDRESS_MASK)) {
			if (new & ~old & VMX_EPT_RWX_MASK)
				set_bits(entry, new & VMX_EPT_RWX_MASK);
			return 0;
		}
		take_back(ept, entry, level);
		xvcpu_ept_flush(ept);
	}
	WRITE_ONCE(*entry, new);
	return 1;
}

/**
 * xvcpu_ept_map() - map memory
 * @ept: the tables.
 * @leaf: what, and how large at most.
 * @pages: from xvcpu_ept_fill(), or none.
 *
 * Where there is a table already the mapping is no larger than its entries; a
 * larger mapping that is there is split.
 *
 * Context: the tables are locked.
 * Return: 0; -ENOSPC if it takes more pages, pages->need: nothing has changed.
 */
int xvcpu_ept_map(struct xvcpu_ept *ept, const struct xvcpu_ept_leaf *leaf,
		  struct xvcpu_ept_pages *pages)
{
	u64 *table = ept->root;
	int level, added;
	u64 *entry;

	for (level = TOP;; level--, table = table_of(*entry)) {
		entry = &table[index_of(leaf->gpa, level)];
		if (present(*entry) && !is_leaf(*entry, level))
			continue;
		if (level <= leaf->level)
			break;
		/* Below what is not there is no table. */
		pages->need = level - leaf->level;
		if (pages->nr < pages->need)
			return -ENOSPC;
		if (ept->nr_unlinked >= MOST_UNLINKED)
			xvcpu_ept_flush(ept);
		if (present(*entry)) {
			split(ept, entry, level, pages->page[--pages->nr]);
		} else {
			link_table(ept, entry, pages->page[--pages->nr]);
			add_used(entry, 1);
		}
	}
	added = set_leaf(ept, entry, level, leaf_entry(ept, leaf, level));
	add_leaves(ept, entry, level, added);
	return 0;
}

/**
 * xvcpu_ept_map_next() - map the pages that follow one of 4 KiB
 * @ept: the tables.
 * @leaf: what has been mapped, as a page of 4 KiB.
 * @hpa: the host physical addresses of those that follow it.
 * @nr: how many these are.
 *
 * They are mapped as @leaf is, as far as its table goes.
 *
 * Context: the tables are locked.
 */
void xvcpu_ept_map_next(struct xvcpu_ept *ept,
			const struct xvcpu_ept_leaf *leaf, const u64 *hpa,
			int nr)
{
	u64 as = leaf_entry(ept, leaf, 0) & ~ADDRESS_MASK;
	u64 *entry = lookup(ept, leaf->gpa);
	int i, added = 0, room = ENTRIES - 1 - index_of(leaf->gpa, 0);

	nr = min(nr, room);
	for (i = 0; i < nr; i++)
		added += set_leaf(ept, entry + 1 + i, 0, as | hpa[i]);
	add_leaves(ept, entry, 0, added);
}

enum purpose { ZAP, PROTECT, TEST_YOUNG, CLEAR_YOUNG };

/**
 * struct visit - a pass over the mappings of a range
 * @ept: the tables.
 * @purpose: what is done to each.
 * @budget: of mappings and tables.
 * @young: one of them has been accessed.
 */
struct visit {
	struct xvcpu_ept *ept;
	enum purpose purpose;
	int budget;
	bool young;
};

static void protect(struct visit *v, u64 *entry)
{
	if (!(READ_ONCE(*entry) & VMX_EPT_WRITABLE_MASK))
		return;
	clear_bits(entry, VMX_EPT_WRITABLE_MASK);
	v->ept->stale = true;
}

/*
 * Without accessed flags whoever asks for the next access takes the mapping; no
 * CPU has to know at once. With them, too, a CPU may be late to set it again.
 */
static void clear_young(struct visit *v, u64 *entry, int level)
{
	if (!v->ept->ad) {
		take_back(v->ept, entry, level);
		v->young = true;
	} else if (READ_ONCE(*entry) & VMX_EPT_ACCESS_BIT) {
		clear_bits(entry, VMX_EPT_ACCESS_BIT);
		v->young = true;
	}
}

static void visit_leaf(struct visit *v, u64 *entry, int level)
{
	switch (v->purpose) {
	case ZAP:
		take_back(v->ept, entry, level);
		break;
	case PROTECT:
		protect(v, entry);
		break;
	case TEST_YOUNG:
		v->young |= !v->ept->ad ||
			    (READ_ONCE(*entry) & VMX_EPT_ACCESS_BIT);
		break;
	case CLEAR_YOUNG:
		clear_young(v, entry, level);
		break;
	}
}

/* As far as the budget goes; returns how far that was. */
static u64 visit_table(struct visit *v, u64 *table, int level, u64 start,
		       u64 end)
{
	u64 size = xvcpu_ept_size(level), gpa, next;
	u64 *entry;

	for (gpa = start; gpa < end && v->budget > 0; gpa = next) {
		next = min(end, (gpa & ~(size - 1)) + size);
		entry = &table[index_of(gpa, level)];
		if (!present(*entry))
			continue;
		v->budget--;
		if (is_leaf(*entry, level)) {
			visit_leaf(v, entry, level);
			continue;
		}
		next = visit_table(v, table_of(*entry), level - 1, gpa, next);
		if (!used(table_of(*entry)))
			unlink_table(v->ept, entry);
	}
	return gpa;
}

static u64 visit_range(struct visit *v, u64 start, u64 end)
{
	return visit_table(v, v->ept->root, TOP, start, end);
}

/**
 * xvcpu_ept_zap() - unmap a range, or the beginning of it
 * @ept: the tables.
 * @start: first guest physical address.
 * @end: address after the last.
 *
 * Context: the tables are locked; a flush is due before anybody relies on it.
 * Return: the address it got to, for the next call; @end when all is done.
 */
u64 xvcpu_ept_zap(struct xvcpu_ept *ept, u64 start, u64 end)
{
	struct visit v = { .ept = ept, .purpose = ZAP, .budget = BUDGET };

	return visit_range(&v, start, end);
}

/**
 * xvcpu_ept_protect() - write-protect a range, or the beginning of it
 * @ept: the tables.
 * @start: first guest physical address.
 * @end: address after the last.
 *
 * Context: the tables are locked; a flush is due before anybody relies on it.
 * Return: the address it got to, for the next call; @end when all is done.
 */
u64 xvcpu_ept_protect(struct xvcpu_ept *ept, u64 start, u64 end)
{
	struct visit v = { .ept = ept, .purpose = PROTECT, .budget = BUDGET };

	return visit_range(&v, start, end);
}

/**
 * xvcpu_ept_young() - whether the guest has accessed a range
 * @ept: the tables.
 * @start: first guest physical address.
 * @end: address after the last.
 * @clear: begin anew: the next time it tells of accesses after this.
 *
 * No flush is due: a CPU that knows a translation may use it for a while before
 * its accesses show.
 *
 * Context: the tables are locked.
 * Return: whether it has; without accessed flags, whether it may have.
 */
bool xvcpu_ept_young(struct xvcpu_ept *ept, u64 start, u64 end, bool clear)
{
	struct visit v = {
		.ept = ept,
		.purpose = clear ? CLEAR_YOUNG : TEST_YOUNG,
	};

	while (start < end && (clear || !v.young)) {
		v.budget = BUDGET;
		start = visit_range(&v, start, end);
	}
	return v.young;
}

/**
 * xvcpu_ept_flush() - make all CPUs see the tables as they are
 * @ept: the tables.
 *
 * Context: the tables are locked, interrupts are on; waits for cross-calls.
 */
void xvcpu_ept_flush(struct xvcpu_ept *ept)
{
	if (!ept->stale)
		return;
	ept->stale = false;
	ept->flushes++;
	xvcpu_invept(ept);
	free_unlinked(ept);
}
