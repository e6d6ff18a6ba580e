// SPDX-License-Identifier: GPL-2.0
/*
 * Random changes of a VMCS: single bits, values at the limit of what is allowed,
 * and fields that have to go together.
 */
#include "check_changes.h"

#include <inttypes.h>
#include <stdio.h>

static uint64_t scratch;
static struct random *numbers;

static uint32_t below(uint32_t limit)
{
	return random_below(numbers, limit);
}

static uint64_t random64(void)
{
	return (uint64_t)random_below(numbers, ~0U) << 32 |
	       random_below(numbers, ~0U);
}

void changes_start(struct changes *c, uint32_t key)
{
	c->length = snprintf(c->text, sizeof(c->text), "%u", key);
	c->nr = 0;
}

void change(struct changes *c, uint32_t field, char how, uint64_t value)
{
	if (c->nr++ < MOST_CHANGES)
		c->length += snprintf(c->text + c->length,
				      sizeof(c->text) - c->length,
				      " %x%c%" PRIx64, field, how, value);
}

enum kind { FLAGS, ADDRESS, SMALL, SELECTOR, BASE, LIMIT, RIGHTS, TYPES };

/* The encodings of SDM, appendix "Field Encoding in VMCS"; rows of the same kind. */
static const struct {
	uint32_t first;
	int row;
	int bits;
	enum kind kind;
	int weight;
} fields[] = {
	{ 0x4000, 2, 32, FLAGS, 8 },	/* pin-based, processor-based controls */
	{ 0x401e, 1, 32, FLAGS, 5 },	/* secondary ones */
	{ 0x400c, 1, 32, FLAGS, 4 },	/* VM-exit controls */
	{ 0x4012, 1, 32, FLAGS, 4 },	/* VM-entry controls */
	{ 0x400a, 1, 32, SMALL, 1 },	/* CR3-target count */
	{ 0x401c, 1, 32, SMALL, 1 },	/* TPR threshold */
	{ 0x0000, 1, 16, SMALL, 1 },	/* VPID */
	{ 0x2000, 3, 64, ADDRESS, 4 },	/* I/O and MSR bitmaps */
	{ 0x200e, 1, 64, ADDRESS, 1 },	/* PML */
	{ 0x2012, 3, 64, ADDRESS, 2 },	/* virtual APIC, APIC access, posted */
	{ 0x201a, 1, 64, FLAGS, 2 },	/* EPT */
	{ 0x2024, 4, 64, ADDRESS, 2 },	/* EPTP list, VMREAD, VMWRITE, #VE */
	{ 0x0800, 8, 16, SELECTOR, 4 },	/* guest's selectors */
	{ 0x0c00, 7, 16, FLAGS, 3 },	/* host's selectors */
	{ 0x2800, 1, 64, ADDRESS, 2 },	/* VMCS link pointer */
	{ 0x2802, 1, 64, FLAGS, 1 },	/* DEBUGCTL */
	{ 0x2804, 1, 64, TYPES, 2 },	/* PAT */
	{ 0x2806, 1, 64, FLAGS, 3 },	/* EFER */
	{ 0x280a, 4, 64, FLAGS, 2 },	/* PDPTEs */
	{ 0x2c00, 1, 64, TYPES, 1 },	/* host's PAT */
	{ 0x2c02, 1, 64, FLAGS, 1 },	/* host's EFER */
	{ 0x4800, 8, 32, LIMIT, 6 },	/* limits */
	{ 0x4810, 2, 32, LIMIT, 1 },	/* of GDTR and IDTR */
	{ 0x4814, 8, 32, RIGHTS, 14 },	/* access rights */
	{ 0x4824, 1, 32, FLAGS, 3 },	/* interruptibility */
	{ 0x4826, 1, 32, SMALL, 2 },	/* activity */
	{ 0x6800, 1, 64, FLAGS, 4 },	/* CR0 */
	{ 0x6802, 1, 64, FLAGS, 2 },	/* CR3 */
	{ 0x6804, 1, 64, FLAGS, 4 },	/* CR4 */
	{ 0x6806, 8, 64, BASE, 8 },	/* bases */
	{ 0x6816, 2, 64, BASE, 2 },	/* of GDTR and IDTR */
	{ 0x681a, 1, 64, FLAGS, 1 },	/* DR7 */
	{ 0x681e, 1, 64, BASE, 2 },	/* RIP */
	{ 0x6820, 1, 64, FLAGS, 4 },	/* RFLAGS */
	{ 0x6822, 1, 64, FLAGS, 2 },	/* pending debug exceptions */
	{ 0x6824, 2, 64, BASE, 2 },	/* SYSENTER */
	{ 0x6c00, 1, 64, FLAGS, 1 },	/* host's CR0 */
	{ 0x6c02, 1, 64, FLAGS, 1 },	/* host's CR3 */
	{ 0x6c04, 1, 64, FLAGS, 1 },	/* host's CR4 */
	{ 0x6c06, 5, 64, BASE, 2 },	/* host's bases */
	{ 0x6c10, 2, 64, BASE, 1 },	/* host's SYSENTER */
	{ 0x6c16, 1, 64, BASE, 1 },	/* host's RIP */
};

static void change_flags(struct changes *c, uint32_t field, int bits)
{
	uint64_t mask = BIT(below(bits));

	if (!below(4))
		mask |= BIT(below(bits));
	if (!below(16))
		mask = random64();
	change(c, field, '^', mask);
}

static uint64_t any_address(void)
{
	switch (below(6)) {
	case 0:
		return scratch;
	case 1:
		return scratch + PAGE_SIZE;
	case 2:
		return scratch + BIT(below(12));
	case 3:
		return BIT(below(64));
	case 4:
		return ~0ULL;
	default:
		return scratch | BIT(36 + below(28));
	}
}

static uint64_t any_base(void)
{
	static const uint64_t bases[] = {
		0, 0xffff0, 0x80000000, 0x100000000, 0x00007fffffffffff,
		0x0000800000000000, 0xffff800000000000, 0xffff7fffffffffff,
		0x8000000000000000, 0xffffffffffffffff, 0x0001000000000000,
	};

	return below(4) ? bases[below(ARRAY_SIZE(bases))] : random64();
}

static uint32_t any_limit(void)
{
	static const uint32_t limits[] = {
		0, 0xfff, 0xffff, 0x10000, 0xfffff, 0x100000, 0xffffffff,
		0xfffff000, 0xfffffffe, 0x100fff,
	};

	return limits[below(ARRAY_SIZE(limits))];
}

static uint32_t any_rights(void)
{
	static const uint32_t rights[] = {
		0x93, 0x9b, 0xf3, 0xfb, 0xc093, 0xc09b, 0xa09b, 0xa0fb, 0xc0f3,
		0x10000, 0x10093, 0x82, 0x83, 0x8b, 0x89, 0x97, 0x91, 0x99,
		0xc09f, 0xe09b, 0x1b, 0x8093,
	};

	return rights[below(ARRAY_SIZE(rights))];
}

static uint64_t any_types(void)
{
	return 0x0007040600070406ULL ^ (uint64_t)below(10) << 8 * below(8);
}

static void change_field(struct changes *c, uint32_t field, int bits,
			 enum kind kind)
{
	switch (kind) {
	case FLAGS:
		change_flags(c, field, bits);
		break;
	case ADDRESS:
		change(c, field, '=', any_address());
		break;
	case SMALL:
		change(c, field, '=', below(8) ? below(8) : BIT(below(bits)));
		break;
	case SELECTOR:
		change(c, field, '=', below(2) ? below(0x40) : below(0x10000));
		break;
	case BASE:
		change(c, field, '=', any_base());
		break;
	case LIMIT:
		change(c, field, '=', any_limit());
		break;
	case RIGHTS:
		if (below(2))
			change(c, field, '=', any_rights());
		else
			change_flags(c, field, below(4) ? 17 : bits);
		break;
	case TYPES:
		change(c, field, '=', any_types());
		break;
	}
}

static void change_any_field(struct changes *c)
{
	int total = 0, at;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		total += fields[i].weight;
	at = below(total);
	for (i = 0; at >= fields[i].weight; i++)
		at -= fields[i].weight;
	change_field(c, fields[i].first + 2 * below(fields[i].row),
		     fields[i].bits, fields[i].kind);
}

/* An event, and what it has to go together with. */
static void change_event(struct changes *c)
{
	static const uint8_t vectors[] = {
		0, 1, 2, 3, 4, 6, 8, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21,
		30, 31, 32, 0x80, 0xff,
	};
	static const uint32_t codes[] = { 0, 2, 0xffff, 0x10000, 0x80000000 };
	static const uint32_t lengths[] = { 0, 1, 2, 15, 16, 255 };
	uint32_t info = 0x80000000 | below(8) << 8 | below(2) << 11 |
			vectors[below(ARRAY_SIZE(vectors))];

	if (!below(8))
		info |= BIT(12 + below(19));
	change(c, 0x4016, '=', info);
	change(c, 0x4018, '=', codes[below(ARRAY_SIZE(codes))]);
	change(c, 0x401a, '=', lengths[below(ARRAY_SIZE(lengths))]);
	if (below(2))
		change(c, 0x4824, '=', below(16));
	if (below(2))
		change(c, 0x6820, '^', BIT(below(2) ? 9 : 8));
	if (!below(3))
		change(c, 0x4826, '=', below(4));
	if (!below(3))
		change(c, 0x6822, '^', BIT(14));
}

/* Lists of MSRs: within what the module has for it, or where none can be. */
static void change_lists(struct changes *c)
{
	switch (below(4)) {
	case 0:
		change(c, 0x2006, '=', any_address());
		change(c, 0x400e, '=', 1 + below(8));
		break;
	case 1:
		change(c, 0x2008, '=', BIT(40) - 16 * below(4));
		change(c, 0x4010, '=', 1 + below(8));
		break;
	default:
		change(c, 0x200a, '=', scratch + 16 * below(10));
		change(c, 0x4014, '=', 1 + below(4));
		break;
	}
}

/* Virtual-8086 mode, or its flag alone. */
static void change_v86(struct changes *c)
{
	change(c, 0x6820, '^', BIT(17));
	while (below(3))
		change_any_field(c);
}

void change_something(struct changes *c, uint64_t pages, struct random *random)
{
	uint32_t how;

	scratch = pages;
	numbers = random;
	how = below(20);
	if (how < 5)
		change_event(c);
	else if (how == 5)
		change_lists(c);
	else if (how == 6)
		change_v86(c);
	else
		change_any_field(c);
	if (!below(3))
		change_any_field(c);
}
