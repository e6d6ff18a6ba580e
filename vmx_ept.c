// SPDX-License-Identifier: GPL-2.0
/*
 * Extended page tables: from guest physical to host physical addresses, in
 * pages of 4 KiB.
 *
 * A table that was allocated stays until its VM ends; only the pages it maps
 * come and go.
 *
 * Locking: the caller's; see struct xvcpu_ept. xvcpu_ept_flush() needs none.
 */
#include <xvcpu/ept.h>

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <asm/mtrr.h>
#include <asm/vmx.h>
#include <xvcpu/caps.h>
#include <xvcpu/insn.h>
#include <xvcpu/percpu.h>

#define ENTRIES		512
#define ADDRESS_MASK	GENMASK_ULL(51, 12)

/* Bits of an address that a level's index takes; level 0 maps pages. */
static unsigned int level_shift(int level)
{
	return PAGE_SHIFT + 9 * level;
}

static unsigned int index_of(u64 gpa, int level)
{
	return (gpa >> level_shift(level)) % ENTRIES;
}

static bool present(u64 entry)
{
	return entry & VMX_EPT_RWX_MASK;
}

static u64 *table_of(u64 entry)
{
	return phys_to_virt(entry & ADDRESS_MASK);
}

/**
 * xvcpu_ept_create() - make empty tables
 * @ept: what is to be filled.
 *
 * Return: 0 or -ENOMEM.
 */
int xvcpu_ept_create(struct xvcpu_ept *ept)
{
	if (!zalloc_cpumask_var(&ept->cpus, GFP_KERNEL))
		return -ENOMEM;
	ept->root = (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!ept->root) {
		free_cpumask_var(ept->cpus);
		return -ENOMEM;
	}
	return 0;
}

static void free_table(u64 *table, int level)
{
	int i;

	for (i = 0; level > 0 && i < ENTRIES; i++)
		if (present(table[i]))
			free_table(table_of(table[i]), level - 1);
	free_page((unsigned long)table);
}

/**
 * xvcpu_ept_destroy() - free the tables and forget their translations
 * @ept: the tables, which no vCPU uses any more.
 *
 * Context: process context; waits for cross-calls.
 */
void xvcpu_ept_destroy(struct xvcpu_ept *ept)
{
	/* The next tables may be given the same address. */
	xvcpu_ept_flush(ept);
	free_table(ept->root, XVCPU_EPT_LEVELS - 1);
	free_cpumask_var(ept->cpus);
}

/**
 * xvcpu_ept_pointer() - the EPT pointer of the tables
 * @ept: the tables.
 *
 * Return: the value of the VMCS field: 4 levels, write-back.
 */
u64 xvcpu_ept_pointer(const struct xvcpu_ept *ept)
{
	return virt_to_phys(ept->root) | VMX_EPTP_PWL_4 | VMX_EPTP_MT_WB;
}

/**
 * xvcpu_ept_fill() - have enough pages to map any one page
 * @pages: what is to be filled up.
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int xvcpu_ept_fill(struct xvcpu_ept_pages *pages)
{
	void *page;

	while (pages->nr < XVCPU_EPT_LEVELS - 1) {
		page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
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
		free_page((unsigned long)pages->page[--pages->nr]);
}

/**
 * xvcpu_ept_map() - map one page
 * @ept: the tables.
 * @gpa: guest physical address.
 * @hpa: host physical address.
 * @writable: whether the guest may write.
 * @pages: from xvcpu_ept_fill().
 *
 * A page that was mapped there to another address must have been zapped and
 * flushed before.
 *
 * Context: the tables are locked.
 */
void xvcpu_ept_map(struct xvcpu_ept *ept, u64 gpa, u64 hpa, bool writable,
		   struct xvcpu_ept_pages *pages)
{
	u64 *table = ept->root;
	u64 *entry;
	int level;

	for (level = XVCPU_EPT_LEVELS - 1; level > 0; level--) {
		entry = &table[index_of(gpa, level)];
		if (!present(*entry))
			WRITE_ONCE(*entry,
				   virt_to_phys(pages->page[--pages->nr]) |
				   VMX_EPT_RWX_MASK);
		table = table_of(*entry);
	}
	/*
	 * Write-back whatever the guest's PAT says: host memory has one type
	 * only.
	 */
	WRITE_ONCE(table[index_of(gpa, 0)],
		   (hpa & ADDRESS_MASK) | VMX_EPT_READABLE_MASK |
		   VMX_EPT_EXECUTABLE_MASK | VMX_EPT_IPAT_BIT |
		   (MTRR_TYPE_WRBACK << VMX_EPT_MT_EPTE_SHIFT) |
		   (writable ? VMX_EPT_WRITABLE_MASK : 0));
}

static bool zap_table(u64 *table, int level, u64 start, u64 end)
{
	u64 size = 1ULL << level_shift(level);
	bool zapped = false;
	u64 gpa, next;
	u64 *entry;

	for (gpa = start; gpa < end; gpa = next) {
		next = min(end, (gpa & ~(size - 1)) + size);
		entry = &table[index_of(gpa, level)];
		if (!present(*entry))
			continue;
		if (level) {
			zapped |= zap_table(table_of(*entry), level - 1, gpa,
					    next);
		} else {
			WRITE_ONCE(*entry, 0);
			zapped = true;
		}
	}
	return zapped;
}

/**
 * xvcpu_ept_zap() - unmap a range
 * @ept: the tables.
 * @start: first guest physical address.
 * @end: address after the last.
 *
 * Context: the tables are locked.
 * Return: whether anything was mapped, so that a flush is due.
 */
bool xvcpu_ept_zap(struct xvcpu_ept *ept, u64 start, u64 end)
{
	return zap_table(ept->root, XVCPU_EPT_LEVELS - 1, start, end);
}

/* Cross-call: drop this CPU's translations, unless leaving root has done it. */
static void flush_call(void *arg)
{
	struct xvcpu_ept *ept = arg;

	if (!xvcpu_percpu_is_enabled(xvcpu_root, smp_processor_id()))
		return;
	if (vmx_caps_ept(&xvcpu_root->boot_caps, VMX_EPT_EXTENT_CONTEXT_BIT))
		invept(VMX_EPT_EXTENT_CONTEXT, xvcpu_ept_pointer(ept));
	else
		invept(VMX_EPT_EXTENT_GLOBAL, 0);
}

/**
 * xvcpu_ept_flush() - drop the translations of the tables on all CPUs
 * @ept: the tables.
 *
 * A guest that is running leaves for the cross-call, and finds its translations
 * gone when it comes back.
 *
 * Context: interrupts on; waits for cross-calls.
 */
void xvcpu_ept_flush(struct xvcpu_ept *ept)
{
	/* What was zapped is seen by whoever enters @cpus after this. */
	smp_mb();
	on_each_cpu_mask(ept->cpus, flush_call, ept, true);
}
