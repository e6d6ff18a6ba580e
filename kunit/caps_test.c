// SPDX-License-Identifier: GPL-2.0
/*
 * The capability MSRs: which of them are read, and what follows from them.
 *
 * What is expected is written out here, bit by bit, from the SDM and the list
 * of what a vCPU needs; it is not computed from the tables under test.
 */
#include "../vmx_caps.c"

#include <kunit/test.h>

#include "fake_hw.h"

#define CASE_NAME_DESC(type)						\
	static void type##_desc(const struct type *c, char *desc)	\
	{								\
		strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);		\
	}

/* xvcpu_caps_adjust() */

#define CAP(must, may)	((u64)(may) << 32 | (u32)(must))

static const struct adjust_case {
	const char *name;
	u64 cap;
	u32 required;
	u32 optional;
	u32 word;
	u32 missing;
} adjust_cases[] = {
	{ "nothing wanted, nothing forced", CAP(0, ~0), 0, 0, 0, 0 },
	{ "nothing wanted, some forced", CAP(0x16, ~0), 0, 0, 0x16, 0 },
	{ "nothing wanted, all forced", CAP(~0, ~0), 0, 0, ~0, 0 },
	{ "required and allowed", CAP(0, 0x81), 0x81, 0, 0x81, 0 },
	{ "required and forced", CAP(0x81, 0x81), 0x81, 0, 0x81, 0 },
	{ "required beside forced", CAP(0x16, 0x9f), 0x81, 0, 0x97, 0 },
	{ "required, none allowed", CAP(0, 0), 0x81, 0, 0, 0x81 },
	{ "required, some allowed", CAP(0, 0x80), 0x81, 0, 0x80, 0x01 },
	{ "required bit 31", CAP(0, 0x80000000), 0x80000000, 0, 0x80000000, 0 },
	{ "required bit 31 not allowed", CAP(0, 0x7fffffff), 0x80000000, 0, 0,
	  0x80000000 },
	{ "required, all of them", CAP(0, ~0), ~0, 0, ~0, 0 },
	{ "optional and allowed", CAP(0, 0x81), 0, 0x81, 0x81, 0 },
	{ "optional, some allowed", CAP(0, 0x80), 0, 0x81, 0x80, 0 },
	{ "optional, none allowed", CAP(0, 0), 0, ~0, 0, 0 },
	{ "optional beside forced", CAP(0x16, 0x17), 0, 0x81, 0x17, 0 },
	{ "required there, optional not", CAP(0, 0x01), 0x01, 0x80, 0x01, 0 },
	{ "optional there, required not", CAP(0, 0x80), 0x01, 0x80, 0x80, 0x01 },
	{ "required and optional at once", CAP(0, 0x01), 0x01, 0x01, 0x01, 0 },
};

CASE_NAME_DESC(adjust_case)
KUNIT_ARRAY_PARAM(adjust_case, adjust_cases, adjust_case_desc);

static void caps_adjust_gives(struct kunit *test)
{
	const struct adjust_case *c = test->param_value;
	u32 word = 0xdeadbeef, missing = 0xdeadbeef;
	int err;

	err = xvcpu_caps_adjust(c->cap, c->required, c->optional, &word,
				&missing);
	KUNIT_EXPECT_EQ(test, err, c->missing ? -EOPNOTSUPP : 0);
	KUNIT_EXPECT_EQ(test, missing, c->missing);
	KUNIT_EXPECT_EQ(test, word, c->word);
}

/* Every combination of must, may, required and optional, for one bit. */
static void adjust_bit(struct kunit *test, int bit, int combination)
{
	bool must = combination & 1, may = combination & 2;
	bool required = combination & 4, optional = combination & 8;
	bool set = must || (may && (required || optional));
	bool lacks = required && !may;
	u32 word, missing;
	int err;

	err = xvcpu_caps_adjust(CAP((u32)must << bit, (u32)may << bit),
				(u32)required << bit, (u32)optional << bit,
				&word, &missing);
	KUNIT_EXPECT_EQ_MSG(test, err, lacks ? -EOPNOTSUPP : 0,
			    "bit %d, combination %d", bit, combination);
	KUNIT_EXPECT_EQ_MSG(test, missing, (u32)lacks << bit,
			    "bit %d, combination %d", bit, combination);
	KUNIT_EXPECT_EQ_MSG(test, word, (u32)set << bit,
			    "bit %d, combination %d", bit, combination);
}

static void caps_adjust_each_bit_alone(struct kunit *test)
{
	int bit, combination;

	for (bit = 0; bit < 32; bit++)
		for (combination = 0; combination < 16; combination++)
			adjust_bit(test, bit, combination);
}

/* xvcpu_caps_read() */

struct read_args {
	struct vmx_caps caps;
	int err;
};

static void read_here(void *arg)
{
	struct read_args *args = arg;

	args->err = xvcpu_caps_read(&fake_hw, &args->caps);
}

static int read_caps(struct vmx_caps *caps)
{
	struct read_args args;

	memset(&args, 0xff, sizeof(args));
	fake_call(0, read_here, &args);
	*caps = args.caps;
	return args.err;
}

static void caps_read_all(struct kunit *test)
{
	struct vmx_caps caps;
	int i;

	KUNIT_ASSERT_EQ(test, read_caps(&caps), 0);
	for (i = 0; i < VMX_CAP_NR; i++) {
		KUNIT_EXPECT_EQ_MSG(test, caps.msr[i], fake->cpus[0].caps[i],
				    "%s", xvcpu_caps_name(i));
		KUNIT_EXPECT_GE(test, fake_find(0, FAKE_RDMSR, 0x480 + i), 0);
	}
	KUNIT_EXPECT_EQ(test, fake_nr_events(), VMX_CAP_NR);
}

/* Without the bit that tells of them, MSRs do not exist: reading them faults. */
static const struct absent_case {
	const char *name;
	enum vmx_cap teller;
	u64 bits;
	u64 absent;
} absent_cases[] = {
	{ "secondary controls", VMX_CAP_PROCBASED, BIT_ULL(63),
	  BIT_ULL(VMX_CAP_PROCBASED2) | BIT_ULL(VMX_CAP_EPT_VPID) |
	  BIT_ULL(VMX_CAP_VMFUNC) },
	{ "EPT and VPID", VMX_CAP_PROCBASED2, BIT_ULL(33) | BIT_ULL(37),
	  BIT_ULL(VMX_CAP_EPT_VPID) },
	{ "EPT alone", VMX_CAP_PROCBASED2, BIT_ULL(33), 0 },
	{ "VPID alone", VMX_CAP_PROCBASED2, BIT_ULL(37), 0 },
	{ "TRUE controls", VMX_CAP_BASIC, BIT_ULL(55),
	  BIT_ULL(VMX_CAP_TRUE_PINBASED) | BIT_ULL(VMX_CAP_TRUE_PROCBASED) |
	  BIT_ULL(VMX_CAP_TRUE_EXIT) | BIT_ULL(VMX_CAP_TRUE_ENTRY) },
	{ "VM functions", VMX_CAP_PROCBASED2, BIT_ULL(45),
	  BIT_ULL(VMX_CAP_VMFUNC) },
	{ "tertiary controls", VMX_CAP_PROCBASED, BIT_ULL(49),
	  BIT_ULL(VMX_CAP_PROCBASED3) },
	{ "secondary VM-exit controls", VMX_CAP_EXIT, BIT_ULL(63),
	  BIT_ULL(VMX_CAP_EXIT2) },
};

CASE_NAME_DESC(absent_case)
KUNIT_ARRAY_PARAM(absent_case, absent_cases, absent_case_desc);

static void caps_read_without(struct kunit *test)
{
	const struct absent_case *c = test->param_value;
	struct fake_cpu *cpu = &fake->cpus[0];
	struct vmx_caps caps;
	bool absent;
	int i;

	cpu->caps[c->teller] &= ~c->bits;
	cpu->absent = c->absent;
	KUNIT_ASSERT_EQ(test, read_caps(&caps), 0);
	for (i = 0; i < VMX_CAP_NR; i++) {
		absent = c->absent & BIT_ULL(i);
		KUNIT_EXPECT_EQ_MSG(test, caps.msr[i],
				    absent ? 0 : cpu->caps[i],
				    "%s", xvcpu_caps_name(i));
		KUNIT_EXPECT_EQ_MSG(test, absent,
				    fake_find(0, FAKE_RDMSR, 0x480 + i) < 0,
				    "%s", xvcpu_caps_name(i));
	}
}

static void caps_read_fault(struct kunit *test)
{
	struct vmx_caps caps;
	int i;

	for (i = 0; i < VMX_CAP_NR; i++) {
		fake_forget();
		fake->cpus[0].absent = BIT_ULL(i);
		KUNIT_EXPECT_EQ_MSG(test, read_caps(&caps), -EIO, "%s",
				    xvcpu_caps_name(i));
		KUNIT_EXPECT_EQ_MSG(test, fake_nr_events(), i + 1,
				    "read on after %s", xvcpu_caps_name(i));
	}
}

/* xvcpu_caps_first_difference() and xvcpu_caps_name() */

static void full_caps(struct vmx_caps *caps)
{
	memcpy(caps->msr, fake->cpus[0].caps, sizeof(caps->msr));
}

static void caps_first_difference_none(struct kunit *test)
{
	struct vmx_caps a, b;

	full_caps(&a);
	full_caps(&b);
	KUNIT_EXPECT_EQ(test, xvcpu_caps_first_difference(&a, &b), -1);
	KUNIT_EXPECT_EQ(test, xvcpu_caps_first_difference(&a, &a), -1);
}

static void caps_first_difference_each(struct kunit *test)
{
	struct vmx_caps a, b;
	int i, bit;

	full_caps(&a);
	full_caps(&b);
	for (i = VMX_CAP_NR - 1; i >= 0; i--) {
		bit = (i * 13) % 64;
		b.msr[i] ^= BIT_ULL(bit);
		KUNIT_EXPECT_EQ(test, xvcpu_caps_first_difference(&a, &b), i);
		KUNIT_EXPECT_EQ(test, xvcpu_caps_first_difference(&b, &a), i);
	}
}

static void caps_name_each(struct kunit *test)
{
	int i, j;

	for (i = 0; i < VMX_CAP_NR; i++) {
		KUNIT_ASSERT_NOT_NULL(test, xvcpu_caps_name(i));
		KUNIT_EXPECT_EQ(test, strncmp(xvcpu_caps_name(i), "IA32_VMX_",
					      9), 0);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_STRNEQ(test, xvcpu_caps_name(i),
					    xvcpu_caps_name(j));
	}
	KUNIT_EXPECT_STREQ(test, xvcpu_caps_name(VMX_CAP_NR), "?");
}

/* xvcpu_caps_cr_violation() */

static const struct cr_case {
	const char *name;
	unsigned long value;
	u64 fixed0;
	u64 fixed1;
	unsigned long violation;
} cr_cases[] = {
	{ "free", 0x1234, 0, ~0ULL, 0 },
	{ "CR0 as Linux has it", 0x80050033, 0x80000021, 0xffffffff, 0 },
	{ "CR0 without NE", 0x80050013, 0x80000021, 0xffffffff, 0x20 },
	{ "CR0 without PG and PE", 0x00050032, 0x80000021, 0xffffffff,
	  0x80000001 },
	{ "CR0 above 32 bits", 0x180050033, 0x80000021, 0xffffffff,
	  0x100000000 },
	{ "CR4 without VMXE", 0x6e0, 0x2000, 0x3767ff, 0x2000 },
	{ "CR4 with VMXE", 0x26e0, 0x2000, 0x3767ff, 0 },
	{ "CR4 with a bit that is not allowed", 0x4026e0, 0x2000, 0x3767ff,
	  0x400000 },
	{ "CR4 wrong in both ways", 0x4006e0, 0x2000, 0x3767ff, 0x402000 },
	{ "bit 63 demanded", 0, BIT_ULL(63), ~0ULL, BIT_ULL(63) },
	{ "bit 63 forbidden", BIT_ULL(63), 0, ~BIT_ULL(63), BIT_ULL(63) },
	{ "all fixed, all right", 0xff, 0xff, 0xff, 0 },
	{ "all fixed, all wrong", 0xff00, 0xff, 0xff, 0xffff },
};

CASE_NAME_DESC(cr_case)
KUNIT_ARRAY_PARAM(cr_case, cr_cases, cr_case_desc);

static void caps_cr_violation_finds(struct kunit *test)
{
	const struct cr_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, xvcpu_caps_cr_violation(c->value, c->fixed0,
						      c->fixed1),
			c->violation);
}

/* xvcpu_caps_controls() */

static const struct word_case {
	const char *name;
	enum vmx_cap cap;
	size_t word;
	u32 required;
	u32 optional;
} word_cases[] = {
	{
		.name = "pin-based controls",
		.cap = VMX_CAP_TRUE_PINBASED,
		.word = offsetof(struct vmx_controls, pin),
		/* external interrupts, NMIs, virtual NMIs */
		.required = BIT(0) | BIT(3) | BIT(5),
		/* preemption timer */
		.optional = BIT(6),
	}, {
		.name = "processor-based controls",
		.cap = VMX_CAP_TRUE_PROCBASED,
		.word = offsetof(struct vmx_controls, proc),
		/*
		 * TSC offset, HLT, MWAIT, RDPMC, CR8 load and store, MOV DR,
		 * I/O bitmaps, MSR bitmaps, MONITOR, secondary controls
		 */
		.required = BIT(3) | BIT(7) | BIT(10) | BIT(11) | BIT(19) |
			    BIT(20) | BIT(23) | BIT(25) | BIT(28) | BIT(29) |
			    BIT(31),
	}, {
		.name = "secondary processor-based controls",
		.cap = VMX_CAP_PROCBASED2,
		.word = offsetof(struct vmx_controls, proc2),
		/* EPT, WBINVD, unrestricted guest */
		.required = BIT(1) | BIT(6) | BIT(7),
		/* RDTSCP, VPID, INVPCID, ENCLS exiting, XSAVES */
		.optional = BIT(3) | BIT(5) | BIT(12) | BIT(15) | BIT(20),
	}, {
		.name = "VM-exit controls",
		.cap = VMX_CAP_TRUE_EXIT,
		.word = offsetof(struct vmx_controls, exit),
		/*
		 * save debug controls, 64-bit host, save and load PAT, save and
		 * load EFER
		 */
		.required = BIT(2) | BIT(9) | BIT(18) | BIT(19) | BIT(20) |
			    BIT(21),
	}, {
		.name = "VM-entry controls",
		.cap = VMX_CAP_TRUE_ENTRY,
		.word = offsetof(struct vmx_controls, entry),
		/* load debug controls, PAT, EFER */
		.required = BIT(2) | BIT(14) | BIT(15),
	},
};

CASE_NAME_DESC(word_case)
KUNIT_ARRAY_PARAM(word_case, word_cases, word_case_desc);

static u32 word_of(const struct vmx_controls *ctl, const struct word_case *c)
{
	return *(const u32 *)((const u8 *)ctl + c->word);
}

/* No forced bits, so that nothing but what is asked for can appear. */
static void unforced_caps(struct vmx_caps *caps)
{
	int i;

	full_caps(caps);
	for (i = 0; i < ARRAY_SIZE(word_cases); i++)
		caps->msr[word_cases[i].cap] &= ~0xffffffffULL;
}

static void caps_controls_full(struct kunit *test)
{
	const struct word_case *c = test->param_value;
	struct vmx_missing missing;
	struct vmx_controls ctl;
	struct vmx_caps caps;

	unforced_caps(&caps);
	KUNIT_EXPECT_EQ(test, xvcpu_caps_controls(&caps, &ctl, &missing), 0);
	KUNIT_EXPECT_NULL(test, missing.word);
	KUNIT_EXPECT_EQ(test, missing.bits, 0);
	KUNIT_EXPECT_EQ(test, word_of(&ctl, c), c->required | c->optional);
}

static void caps_controls_forced(struct kunit *test)
{
	const struct word_case *c = test->param_value;
	struct vmx_missing missing;
	struct vmx_controls ctl;
	struct vmx_caps caps;

	unforced_caps(&caps);
	caps.msr[c->cap] |= BIT_ULL(4) | BIT_ULL(36);
	KUNIT_EXPECT_EQ(test, xvcpu_caps_controls(&caps, &ctl, &missing), 0);
	KUNIT_EXPECT_EQ(test, word_of(&ctl, c),
			c->required | c->optional | BIT(4));
}

/* One bit after the other is not allowed: required ones matter, others not. */
static void controls_without_bit(struct kunit *test, const struct word_case *c,
				 int bit)
{
	bool required = c->required & BIT(bit);
	struct vmx_missing missing;
	struct vmx_controls ctl;
	struct vmx_caps caps;
	int err;

	unforced_caps(&caps);
	caps.msr[c->cap] &= ~BIT_ULL(32 + bit);
	err = xvcpu_caps_controls(&caps, &ctl, &missing);
	KUNIT_EXPECT_EQ_MSG(test, err, required ? -EOPNOTSUPP : 0, "bit %d",
			    bit);
	KUNIT_EXPECT_EQ_MSG(test, missing.bits, required ? BIT(bit) : 0,
			    "bit %d", bit);
	if (required)
		KUNIT_EXPECT_STREQ(test, missing.word, c->name);
	else
		KUNIT_EXPECT_EQ_MSG(test, word_of(&ctl, c),
				    (c->required | c->optional) & ~BIT(bit),
				    "bit %d", bit);
}

static void caps_controls_without_bit(struct kunit *test)
{
	int bit;

	for (bit = 0; bit < 32; bit++)
		controls_without_bit(test, test->param_value, bit);
}

/* The first word that lacks something is named, with all that it lacks. */
static void caps_controls_without_several(struct kunit *test)
{
	const struct word_case *c = test->param_value;
	struct vmx_missing missing;
	struct vmx_controls ctl;
	struct vmx_caps caps;
	int i;

	unforced_caps(&caps);
	for (i = c - word_cases; i < ARRAY_SIZE(word_cases); i++)
		caps.msr[word_cases[i].cap] = 0;
	KUNIT_EXPECT_EQ(test, xvcpu_caps_controls(&caps, &ctl, &missing),
			-EOPNOTSUPP);
	KUNIT_EXPECT_STREQ(test, missing.word, c->name);
	KUNIT_EXPECT_EQ(test, missing.bits, c->required);
}

/* The words follow the TRUE MSRs, which force less than the old ones. */
static void caps_controls_true(struct kunit *test)
{
	struct vmx_missing missing;
	struct vmx_controls ctl;
	struct vmx_caps caps;
	int i;

	full_caps(&caps);
	for (i = VMX_CAP_PINBASED; i <= VMX_CAP_ENTRY; i++)
		caps.msr[i] = 0;
	KUNIT_EXPECT_EQ(test, xvcpu_caps_controls(&caps, &ctl, &missing), 0);
}

/* xvcpu_caps_vm_supported() */

static const struct lack_case {
	const char *name;
	enum vmx_cap cap;
	u64 bits;
	const char *lacks;
} lack_cases[] = {
	{ "nothing", VMX_CAP_BASIC, 0, NULL },
	{ "VPID", VMX_CAP_PROCBASED2, BIT_ULL(37), NULL },
	{ "EPT accessed and dirty bits", VMX_CAP_EPT_VPID, BIT_ULL(21), NULL },
	{ "large EPT pages", VMX_CAP_EPT_VPID, BIT_ULL(16) | BIT_ULL(17),
	  NULL },
	{ "INVVPID", VMX_CAP_EPT_VPID, BIT_ULL(32), NULL },
	{ "single-context INVEPT", VMX_CAP_EPT_VPID, BIT_ULL(25), NULL },
	{ "global INVEPT", VMX_CAP_EPT_VPID, BIT_ULL(26), "INVEPT" },
	{ "every type of INVEPT", VMX_CAP_EPT_VPID, BIT_ULL(25) | BIT_ULL(26),
	  "INVEPT" },
	{ "INVEPT", VMX_CAP_EPT_VPID, BIT_ULL(20), "INVEPT" },
	{ "4-level EPT", VMX_CAP_EPT_VPID, BIT_ULL(6),
	  "EPT with 4-level write-back tables" },
	{ "write-back EPT", VMX_CAP_EPT_VPID, BIT_ULL(14),
	  "EPT with 4-level write-back tables" },
	{ "EPT", VMX_CAP_PROCBASED2, BIT_ULL(33), "EPT" },
	{ "unrestricted guest", VMX_CAP_PROCBASED2, BIT_ULL(39),
	  "unrestricted guest" },
	{ "EPT and unrestricted guest", VMX_CAP_PROCBASED2,
	  BIT_ULL(33) | BIT_ULL(39), "EPT" },
	{ "WBINVD exiting", VMX_CAP_PROCBASED2, BIT_ULL(38),
	  "secondary processor-based controls" },
	{ "NMI exiting", VMX_CAP_TRUE_PINBASED, BIT_ULL(35),
	  "pin-based controls" },
	{ "MSR bitmaps", VMX_CAP_TRUE_PROCBASED, BIT_ULL(60),
	  "processor-based controls" },
	{ "saving EFER", VMX_CAP_TRUE_EXIT, BIT_ULL(52), "VM-exit controls" },
	{ "loading PAT", VMX_CAP_TRUE_ENTRY, BIT_ULL(46), "VM-entry controls" },
};

CASE_NAME_DESC(lack_case)
KUNIT_ARRAY_PARAM(lack_case, lack_cases, lack_case_desc);

static void caps_vm_supported_without(struct kunit *test)
{
	const struct lack_case *c = test->param_value;
	const char *lacks = "not written";
	struct vmx_caps caps;

	full_caps(&caps);
	caps.msr[c->cap] &= ~c->bits;
	KUNIT_EXPECT_EQ(test, xvcpu_caps_vm_supported(&caps, &lacks),
			!c->lacks);
	if (c->lacks)
		KUNIT_EXPECT_STREQ(test, lacks, c->lacks);
	else
		KUNIT_EXPECT_NULL(test, lacks);
}

/* The fields of IA32_VMX_BASIC */

static const struct basic_case {
	const char *name;
	u64 basic;
	u32 revision;
	u32 size;
	u32 type;
	bool narrow;
	bool io_info;
	bool true_controls;
} basic_cases[] = {
	{ "a CPU of today", 0x00da040000000012, 0x12, 0x400, 6, false, true,
	  true },
	{ "zero", 0, 0, 0, 0, false, false, false },
	{ "all ones", ~0ULL, 0x7fffffff, 0x1fff, 15, true, true, true },
	{ "bit 31 is not the revision's", BIT_ULL(31), 0, 0, 0, false, false,
	  false },
	{ "a page", BIT_ULL(44), 0, 0x1000, 0, false, false, false },
	{ "uncacheable, 32 bits", BIT_ULL(48), 0, 0, 0, true, false, false },
	{ "INS and OUTS", BIT_ULL(54), 0, 0, 0, false, true, false },
	{ "TRUE controls", BIT_ULL(55), 0, 0, 0, false, false, true },
};

CASE_NAME_DESC(basic_case)
KUNIT_ARRAY_PARAM(basic_case, basic_cases, basic_case_desc);

static void caps_basic_fields(struct kunit *test)
{
	const struct basic_case *c = test->param_value;
	struct vmx_caps caps = { .msr[VMX_CAP_BASIC] = c->basic };

	KUNIT_EXPECT_EQ(test, vmx_caps_revision(&caps), c->revision);
	KUNIT_EXPECT_EQ(test, vmx_caps_region_size(&caps), c->size);
	KUNIT_EXPECT_EQ(test, vmx_caps_memory_type(&caps), c->type);
	KUNIT_EXPECT_EQ(test, vmx_caps_32bit_addresses(&caps), c->narrow);
	KUNIT_EXPECT_EQ(test, vmx_caps_io_info(&caps), c->io_info);
	KUNIT_EXPECT_EQ(test, vmx_caps_true_controls(&caps), c->true_controls);
}

static struct kunit_case caps_cases[] = {
	KUNIT_CASE_PARAM(caps_adjust_gives, adjust_case_gen_params),
	KUNIT_CASE(caps_adjust_each_bit_alone),
	KUNIT_CASE(caps_read_all),
	KUNIT_CASE_PARAM(caps_read_without, absent_case_gen_params),
	KUNIT_CASE(caps_read_fault),
	KUNIT_CASE(caps_first_difference_none),
	KUNIT_CASE(caps_first_difference_each),
	KUNIT_CASE(caps_name_each),
	KUNIT_CASE_PARAM(caps_cr_violation_finds, cr_case_gen_params),
	KUNIT_CASE_PARAM(caps_controls_full, word_case_gen_params),
	KUNIT_CASE_PARAM(caps_controls_forced, word_case_gen_params),
	KUNIT_CASE_PARAM(caps_controls_without_bit, word_case_gen_params),
	KUNIT_CASE_PARAM(caps_controls_without_several, word_case_gen_params),
	KUNIT_CASE(caps_controls_true),
	KUNIT_CASE_PARAM(caps_vm_supported_without, lack_case_gen_params),
	KUNIT_CASE_PARAM(caps_basic_fields, basic_case_gen_params),
	{}
};

static struct kunit_suite caps_suite = {
	.name = "xvcpu-caps",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = caps_cases,
};

kunit_test_suite(caps_suite);
