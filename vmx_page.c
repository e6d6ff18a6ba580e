// SPDX-License-Identifier: GPL-2.0
/*
 * The pages that the module holds: VMXON and VMCS regions, bitmaps, EPT tables,
 * extended state, struct kvm_run. They are counted, so that whoever watches sees
 * what a VM costs, and that nothing is left when it has gone.
 *
 * Locking: none; the count is atomic.
 */
#include <xvcpu/page.h>

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/mm.h>

static atomic_t nr_pages = ATOMIC_INIT(0);

/**
 * xvcpu_page_alloc() - allocate pages, zeroed and side by side
 * @nr: how many.
 * @gfp: how.
 *
 * Context: what @gfp allows.
 * Return: the first one, or NULL.
 */
void *xvcpu_page_alloc(unsigned int nr, gfp_t gfp)
{
	void *pages = alloc_pages_exact(nr * PAGE_SIZE, gfp | __GFP_ZERO);

	if (pages)
		atomic_add(nr, &nr_pages);
	return pages;
}

/**
 * xvcpu_page_free() - give pages back
 * @pages: what xvcpu_page_alloc() returned, or NULL.
 * @nr: how many.
 *
 * Context: any but NMIs.
 */
void xvcpu_page_free(void *pages, unsigned int nr)
{
	if (!pages)
		return;
	atomic_sub(nr, &nr_pages);
	free_pages_exact(pages, nr * PAGE_SIZE);
}

/**
 * xvcpu_page_count() - how many pages the module holds
 *
 * Return: the number.
 */
u32 xvcpu_page_count(void)
{
	return atomic_read(&nr_pages);
}
