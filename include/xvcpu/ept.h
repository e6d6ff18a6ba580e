/* SPDX-License-Identifier: GPL-2.0 */
/* Extended page tables: from guest physical to host physical addresses. */
#ifndef _XVCPU_EPT_H
#define _XVCPU_EPT_H

#include <linux/cpumask.h>
#include <linux/types.h>

/* Levels of the tables, and pages that mapping one page may take. */
#define XVCPU_EPT_LEVELS	4

/* XVCPU_EPT_GPA_BITS - width of a guest physical address */
#define XVCPU_EPT_GPA_BITS	48

/**
 * struct xvcpu_ept - one VM's tables
 * @root: the top table.
 * @cpus: CPUs that may have translations of these tables.
 *
 * The caller serialises everything that changes the tables.
 */
struct xvcpu_ept {
	u64 *root;
	cpumask_var_t cpus;
};

/**
 * struct xvcpu_ept_pages - pages for tables, allocated where it may sleep
 * @page: the pages, zeroed.
 * @nr: how many are left.
 */
struct xvcpu_ept_pages {
	void *page[XVCPU_EPT_LEVELS - 1];
	int nr;
};

int xvcpu_ept_create(struct xvcpu_ept *ept);
void xvcpu_ept_destroy(struct xvcpu_ept *ept);
u64 xvcpu_ept_pointer(const struct xvcpu_ept *ept);
int xvcpu_ept_fill(struct xvcpu_ept_pages *pages);
void xvcpu_ept_drain(struct xvcpu_ept_pages *pages);
void xvcpu_ept_map(struct xvcpu_ept *ept, u64 gpa, u64 hpa, bool writable,
		   struct xvcpu_ept_pages *pages);
bool xvcpu_ept_zap(struct xvcpu_ept *ept, u64 start, u64 end);
void xvcpu_ept_flush(struct xvcpu_ept *ept);

#endif /* _XVCPU_EPT_H */
