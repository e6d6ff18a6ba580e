// SPDX-License-Identifier: GPL-2.0
/*
 * Emulation over a fake memory: results and flags, which memory is asked for and
 * in which order, and that what is not done leaves no trace. What is expected is
 * written out, from the SDM.
 */
#include "../vmx_segment.c"
#include "../vmx_emulate.c"

#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/string.h>

#define BYTES(s)	.bytes = (const u8 *)(s), .n = sizeof(s) - 1

#define C	X86_EFLAGS_CF
#define P	X86_EFLAGS_PF
#define A	X86_EFLAGS_AF
#define Z	X86_EFLAGS_ZF
#define S	X86_EFLAGS_SF
#define O	X86_EFLAGS_OF

/* Where RBX points. */
#define OPERAND		0x1000

#define NOWHERE		(~0ULL)

/**
 * struct fake - an emulation with its memory
 * @e: the emulation.
 * @insn: its instruction.
 * @seg: its segments.
 * @mem: linear and physical addresses from 0.
 * @fault_page: page that faults when it is mapped.
 * @wait_page: page that cannot be read yet.
 * @reads: operands read.
 * @writes: operands written.
 */
struct fake {
	struct xvcpu_emulation e;
	struct xvcpu_insn insn;
	struct xvcpu_segment seg[XVCPU_NR_SEGS];
	u8 mem[0x4000];
	u64 fault_page;
	u64 wait_page;
	int reads;
	int writes;
};

static struct fake *fake_of(struct xvcpu_emulation *e)
{
	return container_of(e, struct fake, e);
}

static bool touches(u64 gva, u32 len, u64 page)
{
	return gva < page + PAGE_SIZE && gva + len > page;
}

static int fake_map(struct xvcpu_emulation *e, struct xvcpu_operand *operand,
		    u64 gva, u32 len, bool write)
{
	struct fake *f = fake_of(e);

	if (gva + len > sizeof(f->mem) || touches(gva, len, f->fault_page)) {
		e->fault = (struct xvcpu_fault) {
			.vector = X86_TRAP_PF, .error = write ? 2 : 0,
			.address = gva,
		};
		return XVCPU_EMULATE_FAULT;
	}
	*operand = (struct xvcpu_operand) { .gpa = { gva }, .len = { len } };
	return 0;
}

static int fake_read(struct xvcpu_emulation *e,
		     const struct xvcpu_operand *operand, void *data)
{
	struct fake *f = fake_of(e);

	if (touches(operand->gpa[0], operand->len[0], f->wait_page))
		return XVCPU_EMULATE_WAIT;
	memcpy(data, f->mem + operand->gpa[0], operand->len[0]);
	f->reads++;
	return 0;
}

static int fake_write(struct xvcpu_emulation *e,
		      const struct xvcpu_operand *operand, const void *data)
{
	struct fake *f = fake_of(e);

	memcpy(f->mem + operand->gpa[0], data, operand->len[0]);
	f->writes++;
	return 0;
}

static const struct xvcpu_emulate_ops fake_ops = {
	.map = fake_map, .read = fake_read, .write = fake_write,
};

#define DATA	(VMX_AR_P_MASK | VMX_AR_S_MASK | 3)
#define CODE	(VMX_AR_P_MASK | VMX_AR_S_MASK | 11)

/* Flat segments. */
static void set_segments(struct fake *f, u8 code_size)
{
	int i;

	for (i = 0; i < XVCPU_NR_SEGS; i++)
		f->seg[i] = (struct xvcpu_segment) {
			.limit = 0xffffffff,
			.ar = (i == XVCPU_CS ? CODE : DATA) |
			      (code_size == 2 ? 0 : VMX_AR_DB_MASK),
		};
}

static struct fake *fake_new(struct kunit *test, u8 code_size, const u8 *bytes,
			     u32 n)
{
	struct fake *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_ASSERT_EQ(test, xvcpu_decode(&f->insn, bytes, n, code_size), 0);
	set_segments(f, code_size);
	f->e.ops = &fake_ops;
	f->e.insn = &f->insn;
	f->e.seg = f->seg;
	f->e.protected_mode = true;
	f->e.rip = 0x100;
	f->e.rflags = X86_EFLAGS_FIXED;
	f->e.gpr[XVCPU_RBX] = OPERAND;
	f->e.gpr[XVCPU_RSP] = 0x3000;
	f->fault_page = NOWHERE;
	f->wait_page = NOWHERE;
	return f;
}

#define fake_insn(test, code_size, s)					\
	fake_new(test, code_size, (const u8 *)(s), sizeof(s) - 1)

static u64 memory(const struct fake *f, u64 address)
{
	u64 value;

	memcpy(&value, f->mem + address, sizeof(value));
	return value;
}

static void set_memory(struct fake *f, u64 address, u64 value)
{
	memcpy(f->mem + address, &value, sizeof(value));
}

/*
 * One operand at (%rbx), a register operand in RAX; RCX is 3, RDX 0. Undefined
 * flags are not compared.
 */
static const struct compute_case {
	const char *name;
	const u8 *bytes;
	u8 n;
	u64 mem;
	u64 rax;
	u64 flags;
	u64 want_mem;
	u64 want_rax;
	u64 want_flags;
	u64 undefined;
} compute_cases[] = {
	{ "addl, overflow", BYTES("\x01\x03"), 0x7fffffff, 1, C | Z,
	  0x80000000, 1, O | S | A | P, 0 },
	{ "addb, carry", BYTES("\x00\x03"), 0xff, 1, 0, 0x00, 1,
	  C | Z | A | P, 0 },
	{ "addq to register", BYTES("\x48\x03\x03"), -1ULL, 2, 0, -1ULL, 1,
	  C | A, 0 },
	{ "addl to register clears the upper half", BYTES("\x03\x03"), 1,
	  0x1234567800000001, 0, 1, 2, 0, 0 },
	{ "addw leaves the rest", BYTES("\x66\x03\x03"), 1,
	  0x12345678000affff, 0, 1, 0x12345678000a0000, C | Z | A | P, 0 },
	{ "adcl with carry", BYTES("\x11\x03"), 0xffffffff, 0, C, 0, 0,
	  C | Z | A | P, 0 },
	{ "adcl without", BYTES("\x11\x03"), 0xfffffffe, 0, 0, 0xfffffffe, 0,
	  S, 0 },
	{ "subl, borrow", BYTES("\x29\x03"), 0, 1, 0, 0xffffffff, 1,
	  C | S | A | P, 0 },
	{ "sbbl, overflow", BYTES("\x19\x03"), 0x80000000, 0, C, 0x7fffffff,
	  0, O | A | P, 0 },
	{ "andl, zero", BYTES("\x21\x03"), 0xf0, 0x0f, C | O, 0, 0x0f, Z | P,
	  A },
	{ "orl, sign", BYTES("\x09\x03"), 0x80000000, 1, C, 0x80000001, 1, S,
	  A },
	{ "xorq", BYTES("\x48\x31\x03"), -1ULL, 1, 0, -2ULL, 1, S, A },
	{ "cmpl, equal", BYTES("\x39\x03"), 5, 5, C, 5, 5, Z | P, 0 },
	{ "cmpl to register, below", BYTES("\x3b\x03"), 5, 4, 0, 5, 4,
	  C | S | A | P, 0 },
	{ "cmpl immediate, above", BYTES("\x83\x3b\x01"), 5, 0, C, 5, 0, 0,
	  0 },
	{ "testl", BYTES("\x85\x03"), 0x80000001, 0x80000000, C | O,
	  0x80000001, 0x80000000, S | P, A },
	{ "incl leaves CF", BYTES("\xff\x03"), 0x7fffffff, 0, C, 0x80000000,
	  0, C | O | S | A | P, 0 },
	{ "decl leaves CF", BYTES("\xff\x0b"), 0, 0, Z, 0xffffffff, 0,
	  S | A | P, 0 },
	{ "notl leaves all flags", BYTES("\xf7\x13"), 0x0f, 0, C | Z | S | O,
	  0xfffffff0, 0, C | Z | S | O, 0 },
	{ "negl", BYTES("\xf7\x1b"), 1, 0, 0, 0xffffffff, 0, C | S | A | P,
	  0 },
	{ "negl of 0", BYTES("\xf7\x1b"), 0, 0, C, 0, 0, Z | P, 0 },
	{ "shll", BYTES("\xd1\x23"), 0x80000001, 0, 0, 2, 0, C | O, A },
	{ "shrl", BYTES("\xd1\x2b"), 0x80000001, 0, 0, 0x40000000, 0,
	  C | O | P, A },
	{ "sarl", BYTES("\xd1\x3b"), 0x80000001, 0, 0, 0xc0000000, 0,
	  C | S | P, A },
	{ "sal, the alias of shl", BYTES("\xd1\x33"), 1, 0, 0, 2, 0, 0, A },
	{ "roll leaves other flags", BYTES("\xd1\x03"), 0x80000000, 0, Z | S,
	  1, 0, C | O | Z | S, 0 },
	{ "rorl", BYTES("\xd1\x0b"), 1, 0, 0, 0x80000000, 0, C | O, 0 },
	{ "rcll with carry", BYTES("\xd1\x13"), 0, 0, C, 1, 0, 0, 0 },
	{ "rcrl with carry", BYTES("\xd1\x1b"), 2, 0, C, 0x80000001, 0, O,
	  0 },
	{ "shll by CL", BYTES("\xd3\x23"), 1, 0, 0, 8, 0, 0, A | O },
	{ "shll by 32 is by 0", BYTES("\xc1\x23\x20"), 1, 0, C | Z | O, 1, 0,
	  C | Z | O, 0 },
	{ "roll by 0 leaves CF", BYTES("\xc1\x03\x00"), 1, 0, C, 1, 0, C, 0 },
	{ "shlq by 33", BYTES("\x48\xc1\x23\x21"), 1, 0, 0, 1ULL << 33, 0, P,
	  A | O },
	{ "btl, set", BYTES("\x0f\xa3\x03"), 8, 3, Z, 8, 3, C | Z,
	  O | S | A | P },
	{ "btsl beyond the operand", BYTES("\x0f\xab\x03"), 0, 35, C,
	  8ULL << 32, 35, 0, O | S | A | P },
	{ "btrq", BYTES("\x48\x0f\xb3\x03"), 1ULL << 63, 63, 0, 0, 63, C,
	  O | S | A | P },
	{ "btcl immediate wraps", BYTES("\x0f\xba\x3b\x21"), 0, 0, C, 2, 0, 0,
	  O | S | A | P },
	{ "imull, overflow", BYTES("\x0f\xaf\x03"), 0x10000, 0x10000, 0,
	  0x10000, 0, C | O, S | Z | A | P },
	{ "imull by immediate", BYTES("\x6b\x03\xfe"), 3, 9, C | O, 3,
	  0xfffffffa, 0, S | Z | A | P },
	{ "xaddl", BYTES("\x0f\xc1\x03"), 5, 3, C, 8, 5, 0, 0 },
	{ "xchgl", BYTES("\x87\x03"), 5, 0xffffffff00000003, C, 3, 5, C, 0 },
	{ "cmpxchgl, equal", BYTES("\x0f\xb1\x0b"), 7, 7, 0, 3, 7, Z | P, 0 },
	{ "cmpxchgl, not equal", BYTES("\x0f\xb1\x0b"), 8,
	  0xffffffff00000007, 0, 8, 8, C | S | A | P, 0 },
	{ "cmpxchg8b, equal", BYTES("\x0f\xc7\x0b"), 7, 7, C,
	  3ULL << 32 | OPERAND, 7, C | Z, 0 },
	{ "cmpxchg8b, not equal", BYTES("\x0f\xc7\x0b"), 8, 7, C | Z, 8, 8, C,
	  0 },
	{ "movb to AH", BYTES("\x8a\x23"), 0x5a, 0x1122334455667788, C, 0x5a,
	  0x1122334455665a88, C, 0 },
	{ "movw", BYTES("\x66\x8b\x03"), 0x1234, 0x1122334455667788, 0,
	  0x1234, 0x1122334455661234, 0, 0 },
	{ "movl", BYTES("\x8b\x03"), 0x1234, -1ULL, 0, 0x1234, 0x1234, 0, 0 },
	{ "movb from AH", BYTES("\x88\x23"), 0xffff, 0x1234, 0, 0xff12,
	  0x1234, 0, 0 },
	{ "movzbl", BYTES("\x0f\xb6\x03"), 0x188, -1ULL, 0, 0x188, 0x88, 0,
	  0 },
	{ "movsbq", BYTES("\x48\x0f\xbe\x03"), 0x188, 0, 0, 0x188,
	  0xffffffffffffff88, 0, 0 },
	{ "movsbw", BYTES("\x66\x0f\xbe\x03"), 0x188, 0, 0, 0x188, 0xff88, 0,
	  0 },
	{ "movslq", BYTES("\x48\x63\x03"), 0x80000000, 0, 0, 0x80000000,
	  0xffffffff80000000, 0, 0 },
	{ "movbel", BYTES("\x0f\x38\xf0\x03"), 0x11223344, -1ULL, 0,
	  0x11223344, 0x44332211, 0, 0 },
	{ "movbew store", BYTES("\x66\x0f\x38\xf1\x03"), 0, 0x1122, 0, 0x2211,
	  0x1122, 0, 0 },
	{ "cmovz, no, clears the upper half", BYTES("\x0f\x44\x03"), 5,
	  0x1111111100000001, 0, 5, 1, 0, 0 },
	{ "cmovz, yes", BYTES("\x0f\x44\x03"), 5, 1, Z, 5, 5, Z, 0 },
	{ "setc", BYTES("\x0f\x92\x03"), 0xff, 0, C, 1, 0, C, 0 },
	{ "setnc", BYTES("\x0f\x93\x03"), 0xff, 0, C, 0, 0, C, 0 },
	{ "setl", BYTES("\x0f\x9c\x03"), 0, 0, O, 1, 0, O, 0 },
	{ "setg", BYTES("\x0f\x9f\x03"), 0, 0, S | O, 1, 0, S | O, 0 },
	{ "setbe", BYTES("\x0f\x96\x03"), 0, 0, Z, 1, 0, Z, 0 },
};

static void compute_desc(const struct compute_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(compute_case, compute_cases, compute_desc);

static void emulate_computes(struct kunit *test)
{
	const struct compute_case *c = test->param_value;
	struct fake *f = fake_new(test, 8, c->bytes, c->n);
	u64 flags;

	set_memory(f, OPERAND, c->mem);
	f->e.gpr[XVCPU_RAX] = c->rax;
	f->e.gpr[XVCPU_RCX] = 3;
	f->e.rflags |= c->flags;
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	flags = f->e.rflags & ~(u64)X86_EFLAGS_FIXED & ~c->undefined;
	KUNIT_EXPECT_EQ(test, memory(f, OPERAND), c->want_mem);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RAX], c->want_rax);
	KUNIT_EXPECT_EQ(test, flags, c->want_flags);
	KUNIT_EXPECT_EQ(test, f->e.rip, 0x100 + c->n);
	KUNIT_EXPECT_LE(test, f->reads, 1);
	KUNIT_EXPECT_LE(test, f->writes, 1);
	KUNIT_EXPECT_FALSE(test, f->e.repeat);
}

/* What can't be read yet leaves nothing changed but in the emulation. */
static void emulate_waits(struct kunit *test)
{
	const struct compute_case *c = test->param_value;
	struct fake *f = fake_new(test, 8, c->bytes, c->n);
	int ret;

	set_memory(f, OPERAND, c->mem);
	f->wait_page = OPERAND;
	ret = xvcpu_emulate(&f->e);
	if (f->writes) {
		/* It reads nothing. */
		KUNIT_EXPECT_EQ(test, ret, XVCPU_EMULATE_DONE);
		return;
	}
	KUNIT_EXPECT_EQ(test, ret, XVCPU_EMULATE_WAIT);
	KUNIT_EXPECT_EQ(test, memory(f, OPERAND), c->mem);
	KUNIT_EXPECT_EQ(test, f->e.rip, 0x100);
}

/* A fault comes before any access. */
static void emulate_faults(struct kunit *test)
{
	const struct compute_case *c = test->param_value;
	struct fake *f = fake_new(test, 8, c->bytes, c->n);

	f->fault_page = OPERAND;
	KUNIT_EXPECT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_FAULT);
	KUNIT_EXPECT_EQ(test, f->e.fault.vector, X86_TRAP_PF);
	KUNIT_EXPECT_EQ(test, f->e.fault.address & PAGE_MASK, OPERAND);
	KUNIT_EXPECT_EQ(test, f->reads + f->writes, 0);
	KUNIT_EXPECT_EQ(test, f->e.rip, 0x100);
}

/* btl with a negative number looks before the operand. */
static void emulate_bit_before_operand(struct kunit *test)
{
	struct fake *f = fake_insn(test, 8, "\x0f\xa3\x03");

	f->e.gpr[XVCPU_RAX] = -1ULL;
	set_memory(f, OPERAND - 8, 1ULL << 63);
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_TRUE(test, f->e.rflags & C);
}

/* ---- string instructions ------------------------------------------------- */

static struct fake *fake_string(struct kunit *test, const char *bytes, u32 n)
{
	struct fake *f = fake_new(test, 8, (const u8 *)bytes, n);

	f->e.gpr[XVCPU_RSI] = 0x1000;
	f->e.gpr[XVCPU_RDI] = 0x2000;
	f->e.gpr[XVCPU_RCX] = 2;
	set_memory(f, 0x1000, 0x2222222211111111);
	return f;
}

static void emulate_rep_movs_one_at_a_time(struct kunit *test)
{
	struct fake *f = fake_string(test, "\xf3\xa5", 2);

	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_TRUE(test, f->e.repeat);
	KUNIT_EXPECT_EQ(test, f->e.rip, 0x100);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RCX], 1);
	KUNIT_EXPECT_EQ(test, memory(f, 0x2000), 0x11111111);
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_FALSE(test, f->e.repeat);
	KUNIT_EXPECT_EQ(test, f->e.rip, 0x102);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RCX], 0);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RSI], 0x1008);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RDI], 0x2008);
	KUNIT_EXPECT_EQ(test, memory(f, 0x2000), 0x2222222211111111);
}

static void emulate_rep_zero_times(struct kunit *test)
{
	struct fake *f = fake_string(test, "\xf3\xa5", 2);

	f->e.gpr[XVCPU_RCX] = 0;
	f->fault_page = 0x1000;
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_EQ(test, f->e.rip, 0x102);
	KUNIT_EXPECT_EQ(test, f->reads + f->writes, 0);
}

static void emulate_string_downwards(struct kunit *test)
{
	struct fake *f = fake_string(test, "\x66\xa5", 2);

	f->e.rflags |= X86_EFLAGS_DF;
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RSI], 0xffe);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RDI], 0x1ffe);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RCX], 2);
}

/* An address of 32 bits in 64-bit code: what is above goes away. */
static void emulate_string_addr32(struct kunit *test)
{
	struct fake *f = fake_string(test, "\x67\xf3\xaa", 3);

	f->e.gpr[XVCPU_RDI] |= 7ULL << 32;
	f->e.gpr[XVCPU_RCX] |= 7ULL << 32;
	f->e.gpr[XVCPU_RAX] = 0x5a;
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_EQ(test, memory(f, 0x2000), 0x5a);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RDI], 0x2001);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RCX], 1);
}

/* A device must not be read if what it gives can't be stored. */
static void emulate_movs_destination_first(struct kunit *test)
{
	struct fake *f = fake_string(test, "\xa5", 1);

	f->fault_page = 0x2000;
	KUNIT_EXPECT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_FAULT);
	KUNIT_EXPECT_EQ(test, f->e.fault.address, 0x2000);
	KUNIT_EXPECT_EQ(test, f->e.fault.error, 2);
	KUNIT_EXPECT_EQ(test, f->reads, 0);
}

static void emulate_repe_ends(struct kunit *test)
{
	struct fake *f = fake_string(test, "\xf3\xa6", 2);

	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_FALSE(test, f->e.repeat);
	KUNIT_EXPECT_EQ(test, f->e.rip, 0x102);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RCX], 1);
	f = fake_string(test, "\xf2\xa6", 2);
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_TRUE(test, f->e.repeat);
}

/* ---- the stack and jumps ------------------------------------------------- */

static void emulate_push(struct kunit *test)
{
	struct fake *f = fake_insn(test, 8, "\xff\x33");

	set_memory(f, OPERAND, 0x1122334455667788);
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RSP], 0x2ff8);
	KUNIT_EXPECT_EQ(test, memory(f, 0x2ff8), 0x1122334455667788);
}

/* In 16-bit code, and over the stack's end. */
static void emulate_push_wraps(struct kunit *test)
{
	struct fake *f = fake_insn(test, 2, "\xff\x37");

	f->e.gpr[XVCPU_RSP] = 0xabcd0000;
	f->seg[XVCPU_SS].base = 0xffff2000;	/* 0xfffe becomes 0x1ffe */
	set_memory(f, OPERAND, 0x1234);
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RSP], 0xabcdfffe);
	KUNIT_EXPECT_EQ(test, memory(f, 0x1ffe), 0x1234);
}

/* pop 8(%rsp): the address counts from RSP after the pop. */
static void emulate_pop_to_stack(struct kunit *test)
{
	struct fake *f = fake_insn(test, 8, "\x8f\x44\x24\x08");

	set_memory(f, 0x3000, 0x1234);
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_EQ(test, f->e.gpr[XVCPU_RSP], 0x3008);
	KUNIT_EXPECT_EQ(test, memory(f, 0x3010), 0x1234);
}

static void emulate_call(struct kunit *test)
{
	struct fake *f = fake_insn(test, 8, "\xff\x13");

	set_memory(f, OPERAND, 0x123456789);
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_EQ(test, f->e.rip, 0x123456789);
	KUNIT_EXPECT_EQ(test, memory(f, 0x2ff8), 0x102);
}

static void emulate_jmp_not_canonical(struct kunit *test)
{
	struct fake *f = fake_insn(test, 8, "\xff\x23");

	set_memory(f, OPERAND, 1ULL << 47);
	KUNIT_EXPECT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_FAULT);
	KUNIT_EXPECT_EQ(test, f->e.fault.vector, X86_TRAP_GP);
}

static void emulate_jmp_beyond_limit(struct kunit *test)
{
	struct fake *f = fake_insn(test, 4, "\xff\x23");

	f->seg[XVCPU_CS].limit = 0xffff;
	set_memory(f, OPERAND, 0x10000);
	KUNIT_EXPECT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_FAULT);
	KUNIT_EXPECT_EQ(test, f->e.fault.vector, X86_TRAP_GP);
	set_memory(f, OPERAND, 0xffff);
	KUNIT_EXPECT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_EQ(test, f->e.rip, 0xffff);
}

/* ---- segments ------------------------------------------------------------ */

#define READ_ONLY	(VMX_AR_P_MASK | VMX_AR_S_MASK | 1)
#define EXPAND_DOWN	(VMX_AR_P_MASK | VMX_AR_S_MASK | VMX_AR_DB_MASK | 7)

/* mov %eax, (%ebx), in a data segment that is not as it should be. */
static const struct segment_case {
	const char *name;
	struct xvcpu_segment seg;
	bool real;
	bool done;
} segment_cases[] = {
	{ "flat", { .limit = 0xffffffff, .ar = DATA }, .done = true },
	{ "to the limit", { .limit = 0x1003, .ar = DATA }, .done = true },
	{ "over the limit", { .limit = 0x1002, .ar = DATA } },
	{ "read-only", { .limit = 0xffffffff, .ar = READ_ONLY } },
	{ "code", { .limit = 0xffffffff, .ar = CODE } },
	{ "unusable", { .limit = 0xffffffff,
	  .ar = DATA | VMX_AR_UNUSABLE_MASK } },
	{ "not present", { .limit = 0xffffffff, .ar = DATA & ~VMX_AR_P_MASK } },
	{ "code, in real mode", { .limit = 0xffff, .ar = CODE }, .real = true,
	  .done = true },
	{ "expand-down, above", { .limit = 0xfff, .ar = EXPAND_DOWN },
	  .done = true },
	{ "expand-down, below", { .limit = 0x1000, .ar = EXPAND_DOWN } },
};

static void segment_desc(const struct segment_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(segment_case, segment_cases, segment_desc);

static void emulate_checks_segment(struct kunit *test)
{
	const struct segment_case *c = test->param_value;
	struct fake *f = fake_insn(test, 4, "\x89\x03");
	int ret;

	f->seg[XVCPU_DS] = c->seg;
	f->e.protected_mode = !c->real;
	ret = xvcpu_emulate(&f->e);
	KUNIT_EXPECT_EQ(test, ret, c->done ? XVCPU_EMULATE_DONE :
					     XVCPU_EMULATE_FAULT);
	KUNIT_EXPECT_EQ(test, f->writes, c->done);
	if (!c->done)
		KUNIT_EXPECT_EQ(test, f->e.fault.vector, X86_TRAP_GP);
}

/* As the VMCS has it, as userspace sets it, and as userspace gets it back. */
static const struct user_segment_case {
	const char *name;
	u32 ar;
	struct kvm_segment set;
	struct kvm_segment got;
	enum xvcpu_seg i;
} user_segment_cases[] = {
	{ "data", 0x93, { .type = 3, .s = 1, .present = 1 },
	  { .type = 3, .s = 1, .present = 1 } },
	{ "data not accessed", 0x93, { .type = 2, .s = 1, .present = 1 },
	  { .type = 3, .s = 1, .present = 1 } },
	{ "64-bit code", 0xa09b, { .type = 11, .s = 1, .present = 1, .l = 1,
	  .g = 1 }, { .type = 11, .s = 1, .present = 1, .l = 1, .g = 1 } },
	{ "user stack", 0xc0f3, { .type = 3, .s = 1, .present = 1, .dpl = 3,
	  .db = 1, .g = 1 }, { .type = 3, .s = 1, .present = 1, .dpl = 3,
	  .db = 1, .g = 1 } },
	{ "available", 0x1093, { .type = 3, .s = 1, .present = 1, .avl = 1 },
	  { .type = 3, .s = 1, .present = 1, .avl = 1 } },
	{ "read-only", 0x91, { .type = 0, .s = 1, .present = 1 },
	  { .type = 1, .s = 1, .present = 1 } },
	{ "TSS", 0x8b, { .type = 11, .present = 1 },
	  { .type = 11, .present = 1 } },
	{ "LDT", 0x82, { .type = 2, .present = 1 },
	  { .type = 2, .present = 1 }, XVCPU_LDTR },
	{ "unusable, with the CPL", 0x10073, { .type = 2, .s = 1, .dpl = 3,
	  .unusable = 1 }, { .type = 3, .s = 1, .dpl = 3, .unusable = 1 } },
	{ "unusable and present", 0x10093, { .type = 2, .s = 1, .present = 1,
	  .unusable = 1 }, { .type = 3, .s = 1, .unusable = 1 } },
	{ "not present", 0x10013, { .type = 2, .s = 1 },
	  { .type = 3, .s = 1, .unusable = 1 } },
	{ "too wide", 0x1f0fb, { .type = 0xfb, .s = 0xff, .present = 0xff,
	  .dpl = 0xff, .avl = 0xff, .l = 0xff, .db = 0xff, .g = 0xff,
	  .unusable = 0xff }, { .type = 11, .s = 1, .dpl = 3, .avl = 1,
	  .l = 1, .db = 1, .g = 1, .unusable = 1 } },
};

static void user_segment_desc(const struct user_segment_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(user_segment_case, user_segment_cases, user_segment_desc);

static void segment_from_and_to_user(struct kunit *test)
{
	const struct user_segment_case *c = test->param_value;
	struct kvm_segment set = c->set, expected = c->got, got;
	struct xvcpu_segment seg;

	set.base = 0x123456789abcdef0;
	set.limit = 0xfedcba98;
	set.selector = 0x5678;
	expected.base = set.base;
	expected.limit = set.limit;
	expected.selector = set.selector;
	memset(&got, 0xff, sizeof(got));
	xvcpu_segment_from_user(&seg, &set, c->i);
	KUNIT_EXPECT_EQ(test, seg.base, set.base);
	KUNIT_EXPECT_EQ(test, seg.limit, set.limit);
	KUNIT_EXPECT_EQ(test, seg.selector, set.selector);
	KUNIT_EXPECT_EQ(test, seg.ar, c->ar);
	xvcpu_segment_to_user(&seg, &got);
	KUNIT_EXPECT_EQ(test, memcmp(&got, &expected, sizeof(got)), 0);
}

/* The stack segment has a fault of its own: 4(%ebp). */
static void emulate_checks_stack_segment(struct kunit *test)
{
	struct fake *f = fake_insn(test, 4, "\x89\x45\x04");

	f->seg[XVCPU_SS].limit = 6;
	KUNIT_EXPECT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_FAULT);
	KUNIT_EXPECT_EQ(test, f->e.fault.vector, X86_TRAP_SS);
}

/* Only FS and GS have a base in 64-bit code, and no limit. */
static void emulate_segments_64bit(struct kunit *test)
{
	struct fake *f = fake_insn(test, 8, "\x64\x89\x03");

	f->seg[XVCPU_FS] = (struct xvcpu_segment) { .base = 0x800 };
	f->e.gpr[XVCPU_RAX] = 5;
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_EQ(test, memory(f, 0x1800), 5);
	f = fake_insn(test, 8, "\x89\x03");
	f->seg[XVCPU_DS] = (struct xvcpu_segment) { .base = 0x800 };
	f->e.gpr[XVCPU_RAX] = 5;
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_EQ(test, memory(f, 0x1000), 5);
}

static void emulate_not_canonical(struct kunit *test)
{
	struct fake *f = fake_insn(test, 8, "\x89\x03");

	f->e.gpr[XVCPU_RBX] = (1ULL << 47) - 2;
	KUNIT_EXPECT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_FAULT);
	KUNIT_EXPECT_EQ(test, f->e.fault.vector, X86_TRAP_GP);
	f = fake_insn(test, 8, "\x89\x45\x00");
	f->e.gpr[XVCPU_RBP] = 1ULL << 47;
	KUNIT_EXPECT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_FAULT);
	KUNIT_EXPECT_EQ(test, f->e.fault.vector, X86_TRAP_SS);
}

/* ---- XMM registers ------------------------------------------------------- */

static void emulate_xmm(struct kunit *test)
{
	static const u8 xmm[16][16] = { [1] = { 1, 2, 3 } };
	struct fake *f = fake_insn(test, 8, "\x0f\x29\x0b");

	KUNIT_EXPECT_EQ(test, xvcpu_emulate(&f->e), -EOPNOTSUPP);
	f->e.xmm = xmm;
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_EQ(test, memory(f, OPERAND), 0x030201);
	KUNIT_EXPECT_EQ(test, f->e.xmm_reg, -1);
	/* The load of 4 bytes clears the rest. */
	f = fake_insn(test, 8, "\xf3\x0f\x10\x0b");
	f->e.xmm = xmm;
	set_memory(f, OPERAND, -1ULL);
	memset(f->e.xmm_value, 0xee, sizeof(f->e.xmm_value));
	KUNIT_ASSERT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_DONE);
	KUNIT_EXPECT_EQ(test, f->e.xmm_reg, 1);
	KUNIT_EXPECT_EQ(test, f->e.xmm_value[3], 0xff);
	KUNIT_EXPECT_EQ(test, f->e.xmm_value[4], 0);
	KUNIT_EXPECT_EQ(test, f->e.xmm_value[15], 0);
}

static void emulate_xmm_unaligned(struct kunit *test)
{
	static const u8 xmm[16][16];
	struct fake *f = fake_insn(test, 8, "\x0f\x29\x4b\x08");

	f->e.xmm = xmm;
	KUNIT_EXPECT_EQ(test, xvcpu_emulate(&f->e), XVCPU_EMULATE_FAULT);
	KUNIT_EXPECT_EQ(test, f->e.fault.vector, X86_TRAP_GP);
	KUNIT_EXPECT_EQ(test, f->writes, 0);
}

static struct kunit_case emulate_tests[] = {
	KUNIT_CASE_PARAM(emulate_computes, compute_case_gen_params),
	KUNIT_CASE_PARAM(emulate_waits, compute_case_gen_params),
	KUNIT_CASE_PARAM(emulate_faults, compute_case_gen_params),
	KUNIT_CASE(emulate_bit_before_operand),
	KUNIT_CASE(emulate_rep_movs_one_at_a_time),
	KUNIT_CASE(emulate_rep_zero_times),
	KUNIT_CASE(emulate_string_downwards),
	KUNIT_CASE(emulate_string_addr32),
	KUNIT_CASE(emulate_movs_destination_first),
	KUNIT_CASE(emulate_repe_ends),
	KUNIT_CASE(emulate_push),
	KUNIT_CASE(emulate_push_wraps),
	KUNIT_CASE(emulate_pop_to_stack),
	KUNIT_CASE(emulate_call),
	KUNIT_CASE(emulate_jmp_not_canonical),
	KUNIT_CASE(emulate_jmp_beyond_limit),
	KUNIT_CASE_PARAM(emulate_checks_segment, segment_case_gen_params),
	KUNIT_CASE_PARAM(segment_from_and_to_user,
			 user_segment_case_gen_params),
	KUNIT_CASE(emulate_checks_stack_segment),
	KUNIT_CASE(emulate_segments_64bit),
	KUNIT_CASE(emulate_not_canonical),
	KUNIT_CASE(emulate_xmm),
	KUNIT_CASE(emulate_xmm_unaligned),
	{}
};

static struct kunit_suite emulate_suite = {
	.name = "xvcpu-emulate",
	.test_cases = emulate_tests,
};

kunit_test_suite(emulate_suite);
