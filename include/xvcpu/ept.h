/* SPDX-License-Identifier: GPL-2.0 */
/* Extended page tables: from guest physical to host physical addresses. */
#ifndef _XVCPU_EPT_H
#define _XVCPU_EPT_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/mm_types.h>
#include <linux/types.h>
#include <asm/io.h>
#include <asm/vmx.h>

struct vmx_caps;

/* Levels of the tables. */
#define XVCPU_EPT_LEVELS	4

/* Levels that can map memory: 0 pages of 4 KiB, 1 of 2 MiB, 2 of 1 GiB. */
#define XVCPU_EPT_LEAF_LEVELS	3

/* XVCPU_EPT_GPA_BITS - width of a guest physical address */
#define XVCPU_EPT_GPA_BITS	48

/**
 * struct xvcpu_ept - one VM's tables
 * @root: the top table.
 * @max_level: the largest level that the CPU can map memory at.
 * @ad: the CPU keeps accessed and dirty flags in the tables, and they count.
 * @ad_pointer: the EPT pointer asks for them: while a mapping relies on them.
 * @small_code: large pages must not be executable.
 * @stale: CPUs may have translations that the tables no longer have.
 * @unlinked: tables that are to be freed after the next flush.
 * @nr_unlinked: how many these are.
 * @leaves: mappings there are, by level.
 * @tables: tables there are.
 * @flushes: that there have been.
 * @cpus: CPUs that may have translations of these tables.
 *
 * The caller serialises everything that reads or changes the tables.
 */
struct xvcpu_ept {
	u64 *root;
	int max_level;
	bool ad;
	bool ad_pointer;
	bool small_code;
	bool stale;
	struct page *unlinked;
	unsigned int nr_unlinked;
	unsigned long leaves[XVCPU_EPT_LEAF_LEVELS];
	unsigned long tables;
	unsigned long flushes;
	cpumask_var_t cpus;
};

/**
 * struct xvcpu_ept_pages - pages for tables, allocated where it may sleep
 * @page: the pages, zeroed.
 * @nr: how many are left.
 * @need: how many a mapping would have taken that could not be made.
 */
struct xvcpu_ept_pages {
	void *page[XVCPU_EPT_LEVELS - 1];
	int nr;
	int need;
};

/**
 * struct xvcpu_ept_leaf - a mapping to be made
 * @gpa: guest physical address of a page of 4 KiB.
 * @hpa: its host physical address.
 * @level: how large the mapping may be: both addresses lie at the same place of
 * a page of that level, all of which is one page of the process.
 * @writable: whether the guest may write.
 * @page: it is memory that has a struct page.
 * @uncached: it is not memory.
 */
struct xvcpu_ept_leaf {
	u64 gpa;
	u64 hpa;
	int level;
	bool writable;
	bool page;
	bool uncached;
};

/* Kinds of access, as the guest makes them; none of these is a read. */
#define XVCPU_EPT_WRITE		BIT(0)
#define XVCPU_EPT_EXEC		BIT(1)

/**
 * xvcpu_ept_size() - size of a page of a level
 * @level: the level.
 *
 * Return: bytes.
 */
static inline u64 xvcpu_ept_size(int level)
{
	return 1ULL << (12 + 9 * level);
}

/**
 * xvcpu_ept_pointer() - the EPT pointer of the tables
 * @ept: the tables.
 *
 * Return: the value of the VMCS field: 4 levels, write-back.
 */
static inline u64 xvcpu_ept_pointer(const struct xvcpu_ept *ept)
{
	return virt_to_phys(ept->root) | VMX_EPTP_PWL_4 | VMX_EPTP_MT_WB |
	       (READ_ONCE(ept->ad_pointer) ? VMX_EPTP_AD_ENABLE_BIT : 0);
}

int xvcpu_ept_create(struct xvcpu_ept *ept, const struct vmx_caps *caps);
void xvcpu_ept_destroy(struct xvcpu_ept *ept);
int xvcpu_ept_fill(struct xvcpu_ept_pages *pages, int nr);
void xvcpu_ept_drain(struct xvcpu_ept_pages *pages);
bool xvcpu_ept_permits(struct xvcpu_ept *ept, u64 gpa, u32 access);
int xvcpu_ept_map(struct xvcpu_ept *ept, const struct xvcpu_ept_leaf *leaf,
		  struct xvcpu_ept_pages *pages);
void xvcpu_ept_map_next(struct xvcpu_ept *ept,
			const struct xvcpu_ept_leaf *leaf, const u64 *hpa,
			int nr);
u64 xvcpu_ept_zap(struct xvcpu_ept *ept, u64 start, u64 end);
u64 xvcpu_ept_protect(struct xvcpu_ept *ept, u64 start, u64 end);
bool xvcpu_ept_young(struct xvcpu_ept *ept, u64 start, u64 end, bool clear);
void xvcpu_ept_flush(struct xvcpu_ept *ept);

#endif /* _XVCPU_EPT_H */
