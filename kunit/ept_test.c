// SPDX-License-Identifier: GPL-2.0
/*
 * Extended page tables: the real code on real tables that no CPU walks.
 *
 * The tests read the tables themselves, entry by entry, and set the accessed and
 * dirty flags that a CPU would set.
 */
#include "../vmx_ept.c"

#include <kunit/test.h>

#define GPA	0x40000000ULL		/* at a boundary of every level */
#define HPA	0x180000000ULL
#define HPA_1G	0x200000000ULL
#define END	(1ULL << XVCPU_EPT_GPA_BITS)

/* Tables below the top one. */
#define ALL_LEVELS	(XVCPU_EPT_LEVELS - 1)

static int flushes;

void xvcpu_invept(struct xvcpu_ept *ept)
{
	flushes++;
}

static struct xvcpu_ept *ept_of(struct kunit *test)
{
	return test->priv;
}

static int ept_test_init(struct kunit *test)
{
	struct vmx_caps *caps = kunit_kzalloc(test, sizeof(*caps), GFP_KERNEL);
	struct xvcpu_ept *ept = kunit_kzalloc(test, sizeof(*ept), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, caps);
	KUNIT_ASSERT_NOT_NULL(test, ept);
	caps->msr[VMX_CAP_EPT_VPID] = VMX_EPT_2MB_PAGE_BIT |
				      VMX_EPT_1GB_PAGE_BIT | VMX_EPT_AD_BIT;
	KUNIT_ASSERT_EQ(test, xvcpu_ept_create(ept, caps), 0);
	/* Whatever the erratum is here, a test that wants it says so. */
	ept->small_code = false;
	flushes = 0;
	test->priv = ept;
	return 0;
}

static void zap_all(struct xvcpu_ept *ept, u64 start, u64 end)
{
	while ((start = xvcpu_ept_zap(ept, start, end)) < end)
		;
}

/* Every test ends with empty tables, and none but the top one left. */
static void ept_test_exit(struct kunit *test)
{
	struct xvcpu_ept *ept = test->priv;
	int level;

	if (!ept)
		return;
	zap_all(ept, 0, END);
	xvcpu_ept_flush(ept);
	KUNIT_EXPECT_EQ(test, ept->tables, 1);
	for (level = 0; level < XVCPU_EPT_LEAF_LEVELS; level++)
		KUNIT_EXPECT_EQ(test, ept->leaves[level], 0);
	KUNIT_EXPECT_EQ(test, used(ept->root), 0);
	xvcpu_ept_destroy(ept);
}

/* The entry that decides about an address, and its level. */
static u64 *entry_at(struct xvcpu_ept *ept, u64 gpa, int *level)
{
	u64 *table = ept->root, *entry;

	for (*level = 3;; --*level) {
		entry = &table[(gpa >> (12 + 9 * *level)) & 511];
		if (!(*entry & 7) || !*level || (*entry & BIT(7)))
			return entry;
		table = phys_to_virt(*entry & GENMASK_ULL(51, 12));
	}
}

static u64 entry_value(struct kunit *test, u64 gpa, int level)
{
	int found;
	u64 *entry = entry_at(ept_of(test), gpa, &found);

	KUNIT_EXPECT_EQ_MSG(test, found, level, "at 0x%llx", gpa);
	return *entry;
}

static void map(struct kunit *test, u64 gpa, u64 hpa, int level, bool writable)
{
	const struct xvcpu_ept_leaf leaf = {
		.gpa = gpa, .hpa = hpa, .level = level, .writable = writable,
	};
	struct xvcpu_ept_pages pages = {};

	KUNIT_ASSERT_EQ(test, xvcpu_ept_fill(&pages, ALL_LEVELS), 0);
	KUNIT_EXPECT_EQ(test, xvcpu_ept_map(ept_of(test), &leaf, &pages), 0);
	xvcpu_ept_drain(&pages);
}

#define RO	(0x5ULL | 6 << 3 | BIT(6))
#define RW	(RO | 2)
#define BIG	BIT(7)
#define A	BIT(8)
#define D	BIT(9)

static void ept_create_reads_caps(struct kunit *test)
{
	static const struct {
		u64 cap;
		int level;
		bool ad;
	} cases[] = {
		{ 0, 0, false },
		{ VMX_EPT_2MB_PAGE_BIT, 1, false },
		{ VMX_EPT_1GB_PAGE_BIT, 0, false },
		{ VMX_EPT_2MB_PAGE_BIT | VMX_EPT_1GB_PAGE_BIT, 2, false },
		{ VMX_EPT_AD_BIT, 0, true },
	};
	struct xvcpu_ept ept;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vmx_caps caps = {};

		memset(&ept, 0, sizeof(ept));
		caps.msr[VMX_CAP_EPT_VPID] = cases[i].cap;
		KUNIT_ASSERT_EQ(test, xvcpu_ept_create(&ept, &caps), 0);
		KUNIT_EXPECT_EQ(test, ept.max_level, cases[i].level);
		KUNIT_EXPECT_EQ(test, ept.ad, cases[i].ad);
		KUNIT_EXPECT_EQ(test, xvcpu_ept_pointer(&ept) & 0xfff,
				0x1e | cases[i].ad << 6);
		xvcpu_ept_destroy(&ept);
	}
}

static void ept_map_small(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);

	map(test, GPA + 0x5000, HPA, 0, true);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + 0x5fff, 0), HPA | RW);
	map(test, GPA + 0x6000, HPA + 0x1000, 0, false);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + 0x6000, 0),
			(HPA + 0x1000) | RO);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + 0x7000, 0), 0);
	KUNIT_EXPECT_EQ(test, ept->tables, 4);
	KUNIT_EXPECT_EQ(test, ept->leaves[0], 2);
	KUNIT_EXPECT_FALSE(test, ept->stale);
}

static void ept_map_kinds(struct kunit *test)
{
	struct xvcpu_ept_leaf leaf = { .gpa = GPA, .hpa = HPA };
	struct xvcpu_ept_pages pages = {};

	KUNIT_ASSERT_EQ(test, xvcpu_ept_fill(&pages, ALL_LEVELS), 0);
	leaf.uncached = true;
	KUNIT_EXPECT_EQ(test, xvcpu_ept_map(ept_of(test), &leaf, &pages), 0);
	/* Uncached, and the guest's PAT counts. */
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA, 0), HPA | 5);
	leaf = (struct xvcpu_ept_leaf) { .gpa = GPA + 0x1000, .hpa = HPA,
					 .page = true };
	KUNIT_EXPECT_EQ(test, xvcpu_ept_map(ept_of(test), &leaf, &pages), 0);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + 0x1000, 0),
			HPA | RO | BIT_ULL(52));
	xvcpu_ept_drain(&pages);
	/* No such page is there: it must not be looked for. */
	*entry_at(ept_of(test), GPA + 0x1000, &(int){ 0 }) &= ~BIT_ULL(52);
}

/* Without pages nothing changes, and it says so. */
static void ept_map_no_pages(struct kunit *test)
{
	struct xvcpu_ept_leaf leaf = { .gpa = GPA, .hpa = HPA };
	struct xvcpu_ept *ept = ept_of(test);
	struct xvcpu_ept_pages pages = {};

	KUNIT_EXPECT_EQ(test, xvcpu_ept_map(ept, &leaf, &pages), -ENOSPC);
	KUNIT_EXPECT_EQ(test, ept->tables, 1);
	map(test, GPA, HPA, 0, false);
	/* There is a table now. */
	leaf.gpa += PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, xvcpu_ept_map(ept, &leaf, &pages), 0);
	map(test, GPA + SZ_2M, HPA, 1, true);
	leaf.gpa = GPA + SZ_2M;
	KUNIT_EXPECT_EQ(test, xvcpu_ept_map(ept, &leaf, &pages), -ENOSPC);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + SZ_2M, 1),
			HPA | RW | BIG);
}

/* It says how many there have to be, and links none of too few. */
static void ept_map_needs_pages(struct kunit *test)
{
	static const struct {
		u64 gpa;
		int level;
		int need;
	} cases[] = {
		{ GPA, 0, 3 },
		{ GPA + PAGE_SIZE, 0, 0 },
		{ GPA + SZ_2M, 0, 1 },
		{ GPA + SZ_1G, 0, 2 },
		{ GPA + 2ULL * SZ_1G, 1, 1 },
		{ GPA + 2ULL * SZ_1G, 0, 1 },
		{ 1ULL << 39, 1, 2 },
		{ 2ULL << 39, 2, 1 },
		{ 2ULL << 39, 0, 2 },
	};
	struct xvcpu_ept *ept = ept_of(test);
	unsigned long tables = 1;
	int i, nr;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct xvcpu_ept_leaf leaf = {
			.gpa = cases[i].gpa, .hpa = HPA_1G,
			.level = cases[i].level,
		};
		struct xvcpu_ept_pages pages = {};

		for (nr = 0; nr < cases[i].need; nr++) {
			KUNIT_ASSERT_EQ(test, xvcpu_ept_fill(&pages, nr), 0);
			KUNIT_EXPECT_EQ(test, xvcpu_ept_map(ept, &leaf, &pages),
					-ENOSPC);
			KUNIT_EXPECT_EQ(test, pages.need, cases[i].need);
			KUNIT_EXPECT_EQ(test, pages.nr, nr);
			KUNIT_EXPECT_EQ(test, ept->tables, tables);
		}
		KUNIT_ASSERT_EQ(test, xvcpu_ept_fill(&pages, nr), 0);
		KUNIT_EXPECT_EQ(test, xvcpu_ept_map(ept, &leaf, &pages), 0);
		KUNIT_EXPECT_EQ(test, pages.nr, 0);
		tables += nr;
		KUNIT_EXPECT_EQ(test, ept->tables, tables);
	}
}

static void ept_map_large(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);

	/* Addresses inside of the page: the entry has its beginning. */
	map(test, GPA + 0x5000, HPA + 0x5000, 1, true);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + 0x1ff000, 1),
			HPA | RW | BIG);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + SZ_2M, 1), 0);
	map(test, GPA + SZ_1G + SZ_2M, HPA_1G + SZ_2M, 2, false);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + SZ_1G, 2),
			HPA_1G | RO | BIG);
	KUNIT_EXPECT_EQ(test, ept->tables, 3);
	KUNIT_EXPECT_EQ(test, ept->leaves[1], 1);
	KUNIT_EXPECT_EQ(test, ept->leaves[2], 1);
}

/* What one vCPU may do already, the fault of another does not take away. */
static void ept_map_again(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);
	u64 *entry;
	int level;

	map(test, GPA, HPA, 0, false);
	map(test, GPA, HPA, 0, true);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA, 0), HPA | RW);
	entry = entry_at(ept, GPA, &level);
	*entry |= A | D;
	map(test, GPA, HPA, 0, false);
	KUNIT_EXPECT_EQ(test, *entry, HPA | RW | A | D);
	KUNIT_EXPECT_EQ(test, ept->leaves[0], 1);
	KUNIT_EXPECT_FALSE(test, ept->stale);
	/* Another page there: CPUs must not know the old one any more. */
	map(test, GPA, HPA + SZ_2M, 0, false);
	KUNIT_EXPECT_EQ(test, *entry, (HPA + SZ_2M) | RO);
	KUNIT_EXPECT_EQ(test, flushes, 1);
	KUNIT_EXPECT_EQ(test, ept->leaves[0], 1);
}

/* A table that is there keeps large pages away until it is empty. */
static void ept_map_large_over_small(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);

	map(test, GPA + 0x1000, HPA + 0x1000, 0, false);
	map(test, GPA + 0x5000, HPA + 0x5000, 1, true);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + 0x5000, 0),
			(HPA + 0x5000) | RW);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + 0x1000, 0),
			(HPA + 0x1000) | RO);
	zap_all(ept, GPA, GPA + SZ_2M);
	map(test, GPA + 0x5000, HPA + 0x5000, 1, true);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA, 1), HPA | RW | BIG);
}

static void ept_split_2m(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);
	int i, level;

	map(test, GPA, HPA, 1, false);
	*entry_at(ept, GPA, &level) |= A;
	map(test, GPA + 0x5000, HPA + 0x5000, 0, true);
	for (i = 0; i < 512; i++)
		KUNIT_EXPECT_EQ(test, entry_value(test, GPA + i * 0x1000, 0),
				(HPA + i * 0x1000) | (i == 5 ? RW : RO) | A);
	KUNIT_EXPECT_EQ(test, ept->leaves[0], 512);
	KUNIT_EXPECT_EQ(test, ept->leaves[1], 0);
	KUNIT_EXPECT_EQ(test, ept->tables, 4);
	KUNIT_EXPECT_TRUE(test, ept->stale);
}

/* Down to a page of 4 KiB: on the way there are pages of 2 MiB. */
static void ept_split_1g(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);

	map(test, GPA, HPA_1G, 2, true);
	map(test, GPA + 0x5000, HPA_1G + 0x5000, 0, true);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + 0x6000, 0),
			(HPA_1G + 0x6000) | RW);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + SZ_2M, 1),
			(HPA_1G + SZ_2M) | RW | BIG);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + SZ_1G - 1, 1),
			(HPA_1G + SZ_1G - SZ_2M) | RW | BIG);
	KUNIT_EXPECT_EQ(test, ept->leaves[0], 512);
	KUNIT_EXPECT_EQ(test, ept->leaves[1], 511);
	KUNIT_EXPECT_EQ(test, ept->leaves[2], 0);
}

static void ept_small_code(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);

	ept->small_code = true;
	map(test, GPA, HPA, 1, true);
	map(test, GPA + SZ_1G, HPA_1G, 2, true);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA, 1), HPA | (RW & ~4) | BIG);
	KUNIT_EXPECT_FALSE(test, xvcpu_ept_permits(ept, GPA, XVCPU_EPT_EXEC));
	KUNIT_EXPECT_TRUE(test, xvcpu_ept_permits(ept, GPA, XVCPU_EPT_WRITE));
	map(test, GPA + 0x5000, HPA + 0x5000, 0, false);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + 0x5000, 0),
			(HPA + 0x5000) | RW);
	KUNIT_EXPECT_TRUE(test, xvcpu_ept_permits(ept, GPA + 0x6000,
						  XVCPU_EPT_EXEC));
	/* The pages of 2 MiB of what was one of 1 GiB are large still. */
	map(test, GPA + SZ_1G, HPA_1G, 0, true);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + SZ_1G + SZ_2M, 1),
			(HPA_1G + SZ_2M) | (RW & ~4) | BIG);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + SZ_1G, 0), HPA_1G | RW);
}

/* As far as the table goes; what is there adds up. */
static void ept_map_next(struct kunit *test)
{
	struct xvcpu_ept_leaf leaf = { .gpa = GPA + 508 * 0x1000, .hpa = HPA };
	static const u64 next[] = { HPA_1G, HPA_1G + 0x7000, HPA, HPA };
	struct xvcpu_ept *ept = ept_of(test);

	map(test, leaf.gpa, HPA, 0, false);
	map(test, leaf.gpa + 0x1000, HPA_1G, 0, true);
	map(test, leaf.gpa + 0x4000, HPA, 1, false);
	xvcpu_ept_map_next(ept, &leaf, next, 4);
	KUNIT_EXPECT_EQ(test, entry_value(test, leaf.gpa + 0x1000, 0),
			HPA_1G | RW);
	KUNIT_EXPECT_EQ(test, entry_value(test, leaf.gpa + 0x2000, 0),
			(HPA_1G + 0x7000) | RO);
	KUNIT_EXPECT_EQ(test, entry_value(test, leaf.gpa + 0x3000, 0),
			HPA | RO);
	KUNIT_EXPECT_EQ(test, entry_value(test, leaf.gpa + 0x4000, 1),
			HPA | RO | BIG);
	KUNIT_EXPECT_EQ(test, ept->leaves[0], 4);
}

static void ept_permits(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);
	u32 both = XVCPU_EPT_WRITE | XVCPU_EPT_EXEC;

	KUNIT_EXPECT_FALSE(test, xvcpu_ept_permits(ept, GPA, 0));
	map(test, GPA, HPA, 0, false);
	KUNIT_EXPECT_TRUE(test, xvcpu_ept_permits(ept, GPA, 0));
	KUNIT_EXPECT_TRUE(test, xvcpu_ept_permits(ept, GPA, XVCPU_EPT_EXEC));
	KUNIT_EXPECT_FALSE(test, xvcpu_ept_permits(ept, GPA, XVCPU_EPT_WRITE));
	KUNIT_EXPECT_FALSE(test, xvcpu_ept_permits(ept, GPA + 0x1000, 0));
	map(test, GPA, HPA, 0, true);
	KUNIT_EXPECT_TRUE(test, xvcpu_ept_permits(ept, GPA, both));
	map(test, GPA + SZ_1G, HPA, 1, true);
	KUNIT_EXPECT_TRUE(test, xvcpu_ept_permits(ept, GPA + SZ_1G + 0x1000,
						  both));
	/* Beyond what four levels translate nothing is like anything below. */
	KUNIT_EXPECT_FALSE(test, xvcpu_ept_permits(ept, END + GPA, 0));
	KUNIT_EXPECT_FALSE(test, xvcpu_ept_permits(ept, BIT_ULL(51) + GPA, 0));
}

static void ept_zap_range(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);
	int i;

	for (i = 0; i < 8; i++)
		map(test, GPA + i * 0x1000, HPA + i * 0x1000, 0, true);
	KUNIT_EXPECT_EQ(test, xvcpu_ept_zap(ept, GPA + 0x2000, GPA + 0x5000),
			GPA + 0x5000);
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, !entry_value(test, GPA + i * 0x1000, 0),
				i >= 2 && i < 5);
	KUNIT_EXPECT_EQ(test, ept->leaves[0], 5);
	KUNIT_EXPECT_TRUE(test, ept->stale);
	xvcpu_ept_flush(ept);
	KUNIT_EXPECT_EQ(test, flushes, 1);
	KUNIT_EXPECT_FALSE(test, ept->stale);
	/* Where there is nothing, nothing is to be flushed. */
	zap_all(ept, GPA + 0x2000, GPA + 0x5000);
	zap_all(ept, GPA + SZ_1G, END);
	xvcpu_ept_flush(ept);
	KUNIT_EXPECT_EQ(test, flushes, 1);
}

/* Tables go with their last entry, but not before the flush. */
static void ept_zap_frees_tables(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);

	map(test, GPA, HPA, 0, true);
	map(test, GPA + SZ_2M, HPA, 0, true);
	KUNIT_EXPECT_EQ(test, ept->tables, 5);
	zap_all(ept, GPA, GPA + 0x1000);
	KUNIT_EXPECT_EQ(test, ept->tables, 4);
	KUNIT_EXPECT_NOT_NULL(test, ept->unlinked);
	xvcpu_ept_flush(ept);
	KUNIT_EXPECT_NULL(test, ept->unlinked);
	zap_all(ept, 0, END);
	KUNIT_EXPECT_EQ(test, ept->tables, 1);
	/* And again. */
	map(test, GPA, HPA, 0, true);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA, 0), HPA | RW);
}

/* A large page of which a part has to go goes as a whole. */
static void ept_zap_large_part(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);

	map(test, GPA, HPA, 1, true);
	map(test, GPA + SZ_2M, HPA + SZ_2M, 1, true);
	zap_all(ept, GPA + 0x5000, GPA + 0x6000);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA, 1), 0);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + SZ_2M, 1),
			(HPA + SZ_2M) | RW | BIG);
	KUNIT_EXPECT_EQ(test, ept->leaves[1], 1);
}

static void ept_zap_in_steps(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);
	u64 gpa = GPA, end = GPA + 16 * SZ_2M, last = 0;
	int i, steps = 0;

	for (i = 0; i < 16 * 512; i++)
		map(test, GPA + i * 0x1000ULL, HPA + i * 0x1000ULL, 0, true);
	KUNIT_EXPECT_EQ(test, ept->leaves[0], 16 * 512);
	while (gpa < end && steps < 100) {
		gpa = xvcpu_ept_zap(ept, gpa, end);
		KUNIT_EXPECT_GT(test, gpa, last);
		last = gpa;
		steps++;
	}
	KUNIT_EXPECT_EQ(test, gpa, end);
	KUNIT_EXPECT_GE(test, steps, 2);
	KUNIT_EXPECT_EQ(test, ept->leaves[0], 0);
	KUNIT_EXPECT_EQ(test, ept->tables, 1);
}

static void ept_protect_range(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);
	int i;

	for (i = 0; i < 4; i++)
		map(test, GPA + i * 0x1000, HPA + i * 0x1000, 0, i != 2);
	*entry_at(ept, GPA + 0x1000, &i) |= A | D;
	KUNIT_EXPECT_EQ(test, xvcpu_ept_protect(ept, GPA + 0x1000,
						GPA + 0x3000), GPA + 0x3000);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA, 0), HPA | RW);
	/* That it was written is still known. */
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + 0x1000, 0),
			(HPA + 0x1000) | RO | A | D);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + 0x3000, 0),
			(HPA + 0x3000) | RW);
	KUNIT_EXPECT_EQ(test, ept->leaves[0], 4);
	xvcpu_ept_flush(ept);
	KUNIT_EXPECT_EQ(test, flushes, 1);
	/* What is protected already needs no flush. */
	xvcpu_ept_protect(ept, GPA + 0x1000, GPA + 0x3000);
	xvcpu_ept_flush(ept);
	KUNIT_EXPECT_EQ(test, flushes, 1);
}

static void ept_protect_large(struct kunit *test)
{
	map(test, GPA, HPA, 1, true);
	xvcpu_ept_protect(ept_of(test), GPA + 0x5000, GPA + 0x6000);
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA, 1), HPA | RO | BIG);
}

static void ept_young_flags(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);
	int level;

	map(test, GPA, HPA, 0, true);
	map(test, GPA + SZ_2M, HPA, 1, true);
	KUNIT_EXPECT_FALSE(test, xvcpu_ept_young(ept, 0, END, false));
	*entry_at(ept, GPA + SZ_2M, &level) |= A | D;
	KUNIT_EXPECT_FALSE(test, xvcpu_ept_young(ept, GPA, GPA + SZ_2M, false));
	KUNIT_EXPECT_TRUE(test, xvcpu_ept_young(ept, 0, END, false));
	KUNIT_EXPECT_TRUE(test, xvcpu_ept_young(ept, GPA + SZ_2M + 0x7000,
						GPA + SZ_2M + 0x7001, true));
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA + SZ_2M, 1),
			HPA | RW | BIG | D);
	KUNIT_EXPECT_FALSE(test, xvcpu_ept_young(ept, 0, END, true));
	KUNIT_EXPECT_FALSE(test, ept->stale);
}

/* Without the flags the mapping is taken: its return tells of an access. */
static void ept_young_no_flags(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);

	ept->ad = false;
	map(test, GPA, HPA, 0, true);
	KUNIT_EXPECT_TRUE(test, xvcpu_ept_young(ept, 0, END, false));
	KUNIT_EXPECT_EQ(test, entry_value(test, GPA, 0), HPA | RW);
	KUNIT_EXPECT_TRUE(test, xvcpu_ept_young(ept, 0, END, true));
	KUNIT_EXPECT_FALSE(test, xvcpu_ept_young(ept, 0, END, true));
	KUNIT_EXPECT_EQ(test, ept->leaves[0], 0);
	KUNIT_EXPECT_TRUE(test, ept->stale);
	KUNIT_EXPECT_EQ(test, flushes, 0);
}

/* Nobody flushes for that: the tables it leaves behind are not to pile up. */
static void ept_young_unlinked(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);
	int i;

	ept->ad = false;
	for (i = 0; i < 3 * MOST_UNLINKED; i++) {
		map(test, GPA, HPA, 0, true);
		KUNIT_EXPECT_TRUE(test, xvcpu_ept_young(ept, 0, END, true));
		KUNIT_EXPECT_LT(test, ept->nr_unlinked, MOST_UNLINKED + 4);
	}
	KUNIT_EXPECT_GE(test, flushes, 2);
	KUNIT_EXPECT_EQ(test, ept->tables, 1);
}

/* What the CPU noted is the page's when it is unmapped, or split. */
static void ept_flags_reach_page(struct kunit *test)
{
	struct xvcpu_ept *ept = ept_of(test);
	struct page *page = alloc_page(GFP_KERNEL);
	struct xvcpu_ept_leaf leaf = { .gpa = GPA, .writable = true,
				       .page = true };
	struct xvcpu_ept_pages pages = {};
	int level;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, xvcpu_ept_fill(&pages, ALL_LEVELS), 0);
	leaf.hpa = page_to_phys(page);
	KUNIT_EXPECT_EQ(test, xvcpu_ept_map(ept, &leaf, &pages), 0);
	*entry_at(ept, GPA, &level) |= A;
	zap_all(ept, 0, END);
	KUNIT_EXPECT_FALSE(test, PageDirty(page));
	KUNIT_EXPECT_TRUE(test, folio_test_referenced(page_folio(page)));
	xvcpu_ept_drain(&pages);
	KUNIT_ASSERT_EQ(test, xvcpu_ept_fill(&pages, ALL_LEVELS), 0);
	KUNIT_EXPECT_EQ(test, xvcpu_ept_map(ept, &leaf, &pages), 0);
	*entry_at(ept, GPA, &level) |= A | D;
	zap_all(ept, 0, END);
	KUNIT_EXPECT_TRUE(test, PageDirty(page));
	xvcpu_ept_drain(&pages);
	ClearPageDirty(page);
	folio_clear_referenced(page_folio(page));
	__free_page(page);
}

static void ept_destroy_flushes(struct kunit *test)
{
	struct vmx_caps caps = {};
	struct xvcpu_ept ept = {};

	KUNIT_ASSERT_EQ(test, xvcpu_ept_create(&ept, &caps), 0);
	xvcpu_ept_destroy(&ept);
	KUNIT_EXPECT_EQ(test, flushes, 1);
}

static struct kunit_case ept_cases[] = {
	KUNIT_CASE(ept_create_reads_caps),
	KUNIT_CASE(ept_map_small),
	KUNIT_CASE(ept_map_kinds),
	KUNIT_CASE(ept_map_no_pages),
	KUNIT_CASE(ept_map_needs_pages),
	KUNIT_CASE(ept_map_large),
	KUNIT_CASE(ept_map_again),
	KUNIT_CASE(ept_map_large_over_small),
	KUNIT_CASE(ept_split_2m),
	KUNIT_CASE(ept_split_1g),
	KUNIT_CASE(ept_small_code),
	KUNIT_CASE(ept_map_next),
	KUNIT_CASE(ept_permits),
	KUNIT_CASE(ept_zap_range),
	KUNIT_CASE(ept_zap_frees_tables),
	KUNIT_CASE(ept_zap_large_part),
	KUNIT_CASE(ept_zap_in_steps),
	KUNIT_CASE(ept_protect_range),
	KUNIT_CASE(ept_protect_large),
	KUNIT_CASE(ept_young_flags),
	KUNIT_CASE(ept_young_no_flags),
	KUNIT_CASE(ept_young_unlinked),
	KUNIT_CASE(ept_flags_reach_page),
	KUNIT_CASE(ept_destroy_flushes),
	{}
};

static struct kunit_suite ept_suite = {
	.name = "xvcpu-ept",
	.init = ept_test_init,
	.exit = ept_test_exit,
	.test_cases = ept_cases,
};

kunit_test_suite(ept_suite);
