// SPDX-License-Identifier: GPL-2.0
/*
 * Decoding: what instructions come out as, what is refused, and that no byte is
 * looked at that is not there. tests/fuzz compares with a disassembler as well;
 * here what is expected is written out.
 */
#include "../vmx_decode.c"

#include <kunit/test.h>
#include <linux/string.h>

#define NO_REG	XVCPU_INSN_NO_REG

#define BYTES(s)	.bytes = (const u8 *)(s), .n = sizeof(s) - 1

static const struct decode_case {
	const char *name;
	u8 code_size;
	const u8 *bytes;
	u8 n;
	struct xvcpu_insn want;	/* but for len and code_size */
} decode_cases[] = {
	{ "mov %eax, (%rbx)", 8, BYTES("\x89\x03"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_MR, .op_size = 4,
	    .mem_size = 4, .addr_size = 8, .reg = XVCPU_RAX,
	    .seg = XVCPU_DS, .base = XVCPU_RBX, .index = NO_REG } },
	{ "mov 8(%r12,%r13,4), %r9", 8, BYTES("\x4f\x8b\x4c\xac\x08"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_RM, .op_size = 8,
	    .mem_size = 8, .addr_size = 8, .reg = XVCPU_R9, .rex = true,
	    .seg = XVCPU_DS, .base = XVCPU_R12, .index = XVCPU_R13,
	    .scale = 2, .disp = 8 } },
	{ "movb $0x80, -1(%rbp)", 8, BYTES("\xc6\x45\xff\x80"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_MI, .op_size = 1,
	    .mem_size = 1, .addr_size = 8, .seg = XVCPU_SS,
	    .base = XVCPU_RBP, .index = NO_REG, .disp = -1, .imm = -128 } },
	{ "movq $-2, 0x10(%rip)", 8,
	  BYTES("\x48\xc7\x05\x10\x00\x00\x00\xfe\xff\xff\xff"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_MI, .op_size = 8,
	    .mem_size = 8, .addr_size = 8, .rex = true, .seg = XVCPU_DS,
	    .base = NO_REG, .index = NO_REG, .rip_relative = true,
	    .disp = 0x10, .imm = -2 } },
	{ "the same bytes without RIP in 32-bit code", 4,
	  BYTES("\xc7\x05\x10\x00\x00\x80\xfe\xff\xff\xff"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_MI, .op_size = 4,
	    .mem_size = 4, .addr_size = 4, .seg = XVCPU_DS, .base = NO_REG,
	    .index = NO_REG, .disp = (s32)0x80000010, .imm = -2 } },
	{ "movabs 0x8877665544332211, %al", 8,
	  BYTES("\xa0\x11\x22\x33\x44\x55\x66\x77\x88"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_RM, .op_size = 1,
	    .mem_size = 1, .addr_size = 8, .seg = XVCPU_DS, .base = NO_REG,
	    .index = NO_REG, .disp = 0x8877665544332211 } },
	{ "mov %eax, %fs:0xffff0000 in 32-bit code", 4,
	  BYTES("\x64\xa3\x00\x00\xff\xff"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_MR, .op_size = 4,
	    .mem_size = 4, .addr_size = 4, .seg = XVCPU_FS, .base = NO_REG,
	    .index = NO_REG, .disp = 0xffff0000 } },
	{ "mov %ax, 0x10(%bp,%si) in 16-bit code", 2, BYTES("\x89\x42\x10"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_MR, .op_size = 2,
	    .mem_size = 2, .addr_size = 2, .seg = XVCPU_SS,
	    .base = XVCPU_RBP, .index = XVCPU_RSI, .disp = 0x10 } },
	{ "mov %eax, (0x8000) in 16-bit code", 2,
	  BYTES("\x66\x89\x06\x00\x80"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_MR, .op_size = 4,
	    .mem_size = 4, .addr_size = 2, .seg = XVCPU_DS, .base = NO_REG,
	    .index = NO_REG, .disp = (s16)0x8000 } },
	{ "addr32 in 64-bit code", 8, BYTES("\x67\x8b\x03"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_RM, .op_size = 4,
	    .mem_size = 4, .addr_size = 4, .seg = XVCPU_DS,
	    .base = XVCPU_RBX, .index = NO_REG } },
	{ "ES in 64-bit code does not count", 8, BYTES("\x26\x8b\x03"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_RM, .op_size = 4,
	    .mem_size = 4, .addr_size = 8, .seg = XVCPU_DS,
	    .base = XVCPU_RBX, .index = NO_REG } },
	{ "REX before a prefix does not count", 8, BYTES("\x48\x66\x8b\x03"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_RM, .op_size = 2,
	    .mem_size = 2, .addr_size = 8, .seg = XVCPU_DS,
	    .base = XVCPU_RBX, .index = NO_REG } },
	{ "REX.W goes before 66", 8, BYTES("\x66\x48\x8b\x03"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_RM, .op_size = 8,
	    .mem_size = 8, .addr_size = 8, .rex = true, .seg = XVCPU_DS,
	    .base = XVCPU_RBX, .index = NO_REG } },
	{ "lock xadd %ecx, (%rsp)", 8, BYTES("\xf0\x0f\xc1\x0c\x24"),
	  { .op = XVCPU_OP_XADD, .form = XVCPU_FORM_MR, .op_size = 4,
	    .mem_size = 4, .addr_size = 8, .reg = XVCPU_RCX, .lock = true,
	    .seg = XVCPU_SS, .base = XVCPU_RSP, .index = NO_REG } },
	{ "addl $-3, (%rbx)", 8, BYTES("\x83\x03\xfd"),
	  { .op = XVCPU_OP_ADD, .form = XVCPU_FORM_MI, .op_size = 4,
	    .mem_size = 4, .addr_size = 8, .seg = XVCPU_DS,
	    .base = XVCPU_RBX, .index = NO_REG, .imm = -3 } },
	{ "cmp (%rbx), %cx", 8, BYTES("\x66\x3b\x0b"),
	  { .op = XVCPU_OP_CMP, .form = XVCPU_FORM_RM, .op_size = 2,
	    .mem_size = 2, .addr_size = 8, .reg = XVCPU_RCX,
	    .seg = XVCPU_DS, .base = XVCPU_RBX, .index = NO_REG } },
	{ "sarl (%rbx)", 8, BYTES("\xd1\x3b"),
	  { .op = XVCPU_OP_SAR, .form = XVCPU_FORM_MI, .op_size = 4,
	    .mem_size = 4, .addr_size = 8, .reg = 7, .seg = XVCPU_DS,
	    .base = XVCPU_RBX, .index = NO_REG, .imm = 1 } },
	{ "testw $0x8001, (%rbx)", 8, BYTES("\x66\xf7\x03\x01\x80"),
	  { .op = XVCPU_OP_TEST, .form = XVCPU_FORM_MI, .op_size = 2,
	    .mem_size = 2, .addr_size = 8, .seg = XVCPU_DS,
	    .base = XVCPU_RBX, .index = NO_REG, .imm = (s16)0x8001 } },
	{ "movzwq (%rbx), %rax", 8, BYTES("\x48\x0f\xb7\x03"),
	  { .op = XVCPU_OP_MOVZX, .form = XVCPU_FORM_RM, .op_size = 8,
	    .mem_size = 2, .addr_size = 8, .rex = true, .seg = XVCPU_DS,
	    .base = XVCPU_RBX, .index = NO_REG } },
	{ "movnti in 16-bit code is of 32 bits", 2, BYTES("\x0f\xc3\x07"),
	  { .op = XVCPU_OP_MOV, .form = XVCPU_FORM_MR, .op_size = 4,
	    .mem_size = 4, .addr_size = 2, .seg = XVCPU_DS,
	    .base = XVCPU_RBX, .index = NO_REG } },
	{ "lock cmpxchg16b (%rbx)", 8, BYTES("\xf0\x48\x0f\xc7\x0b"),
	  { .op = XVCPU_OP_CMPXCHG8B, .form = XVCPU_FORM_M, .op_size = 8,
	    .mem_size = 16, .addr_size = 8, .reg = 1, .rex = true,
	    .lock = true, .seg = XVCPU_DS, .base = XVCPU_RBX,
	    .index = NO_REG } },
	{ "push (%rbx) is of 64 bits", 8, BYTES("\xff\x33"),
	  { .op = XVCPU_OP_PUSH, .form = XVCPU_FORM_M, .op_size = 8,
	    .mem_size = 8, .addr_size = 8, .reg = 6, .seg = XVCPU_DS,
	    .base = XVCPU_RBX, .index = NO_REG } },
	{ "jmp with 66 is of 64 bits", 8, BYTES("\x66\xff\x23"),
	  { .op = XVCPU_OP_JMP, .form = XVCPU_FORM_M, .op_size = 8,
	    .mem_size = 8, .addr_size = 8, .reg = 4, .seg = XVCPU_DS,
	    .base = XVCPU_RBX, .index = NO_REG } },
	{ "rep movsl %gs:(%rsi), (%rdi)", 8, BYTES("\x65\xf3\xa5"),
	  { .op = XVCPU_OP_MOVS, .form = XVCPU_FORM_STRING, .op_size = 4,
	    .mem_size = 4, .addr_size = 8, .rep = 0xf3, .seg = XVCPU_GS,
	    .base = NO_REG, .index = NO_REG } },
	{ "cmovle (%rbx), %eax", 8, BYTES("\x0f\x4e\x03"),
	  { .op = XVCPU_OP_CMOV, .form = XVCPU_FORM_RM, .op_size = 4,
	    .mem_size = 4, .addr_size = 8, .seg = XVCPU_DS,
	    .base = XVCPU_RBX, .index = NO_REG, .imm = 14 } },
	{ "movdqa %xmm9, (%rbx)", 8, BYTES("\x66\x44\x0f\x7f\x0b"),
	  { .op = XVCPU_OP_MOV_XMM, .form = XVCPU_FORM_MR, .op_size = 16,
	    .mem_size = 16, .addr_size = 8, .reg = 9, .rex = true,
	    .aligned = true, .seg = XVCPU_DS, .base = XVCPU_RBX,
	    .index = NO_REG } },
};

static void decode_desc(const struct decode_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(decode_case, decode_cases, decode_desc);

static void expect_insn(struct kunit *test, const struct xvcpu_insn *got,
			const struct xvcpu_insn *want)
{
	KUNIT_EXPECT_EQ(test, got->op, want->op);
	KUNIT_EXPECT_EQ(test, got->form, want->form);
	KUNIT_EXPECT_EQ(test, got->op_size, want->op_size);
	KUNIT_EXPECT_EQ(test, got->mem_size, want->mem_size);
	KUNIT_EXPECT_EQ(test, got->addr_size, want->addr_size);
	KUNIT_EXPECT_EQ(test, got->reg, want->reg);
	KUNIT_EXPECT_EQ(test, got->rex, want->rex);
	KUNIT_EXPECT_EQ(test, got->lock, want->lock);
	KUNIT_EXPECT_EQ(test, got->rep, want->rep);
	KUNIT_EXPECT_EQ(test, got->aligned, want->aligned);
	KUNIT_EXPECT_EQ(test, got->seg, want->seg);
	KUNIT_EXPECT_EQ(test, got->base, want->base);
	KUNIT_EXPECT_EQ(test, got->index, want->index);
	KUNIT_EXPECT_EQ(test, got->scale, want->scale);
	KUNIT_EXPECT_EQ(test, got->rip_relative, want->rip_relative);
	KUNIT_EXPECT_EQ(test, got->disp, want->disp);
	KUNIT_EXPECT_EQ(test, got->imm, want->imm);
}

static void decode_gives(struct kunit *test)
{
	const struct decode_case *c = test->param_value;
	struct xvcpu_insn insn;
	int err = xvcpu_decode(&insn, c->bytes, c->n, c->code_size);

	KUNIT_ASSERT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, insn.len, c->n);
	KUNIT_EXPECT_EQ(test, insn.code_size, c->code_size);
	expect_insn(test, &insn, &c->want);
}

/* With each byte less it asks for more, and with more it is the same. */
static void decode_with_other_lengths(struct kunit *test)
{
	const struct decode_case *c = test->param_value;
	u8 bytes[XVCPU_INSN_LONGEST];
	struct xvcpu_insn insn;
	u32 n;

	memset(bytes, 0xcc, sizeof(bytes));
	memcpy(bytes, c->bytes, c->n);
	for (n = 0; n < c->n; n++)
		KUNIT_EXPECT_EQ_MSG(test, xvcpu_decode(&insn, bytes, n,
						       c->code_size),
				    -ENODATA, "%u bytes", n);
	KUNIT_EXPECT_EQ(test, xvcpu_decode(&insn, bytes, sizeof(bytes),
					   c->code_size), 0);
	KUNIT_EXPECT_EQ(test, insn.len, c->n);
}

static const struct refuse_case {
	const char *name;
	u8 code_size;
	const u8 *bytes;
	u8 n;
} refuse_cases[] = {
	{ "no memory operand", 8, BYTES("\x89\xc3") },
	{ "lea", 8, BYTES("\x8d\x03") },
	{ "lock mov", 8, BYTES("\xf0\x89\x03") },
	{ "lock cmp", 8, BYTES("\xf0\x39\x03") },
	{ "lock add from memory", 8, BYTES("\xf0\x03\x03") },
	{ "lock bt", 8, BYTES("\xf0\x0f\xa3\x03") },
	{ "lock movs", 8, BYTES("\xf0\xa5") },
	{ "82 in 64-bit code", 8, BYTES("\x82\x03\x01") },
	{ "arpl, which is movsxd in 64-bit code", 4, BYTES("\x63\x03") },
	{ "mov to a segment register", 8, BYTES("\x8e\x03") },
	{ "mov from segment register 6", 8, BYTES("\x8c\x33") },
	{ "far jmp", 8, BYTES("\xff\x2b") },
	{ "far call", 8, BYTES("\xff\x1b") },
	{ "mul", 8, BYTES("\xf7\x23") },
	{ "xop", 8, BYTES("\x8f\x4b") },
	{ "vex", 8, BYTES("\xc5\xf8\x28\x03") },
	{ "les", 4, BYTES("\xc4\x03") },
	{ "evex", 8, BYTES("\x62\xf1\x7c\x48\x28\x03") },
	{ "x87", 8, BYTES("\xdd\x03") },
	{ "mmx", 8, BYTES("\x0f\x6f\x03") },
	{ "crc32, which is movbe without F2", 8, BYTES("\xf2\x0f\x38\xf1\x03") },
	{ "movnti with 66", 8, BYTES("\x66\x0f\xc3\x03") },
	{ "movaps with F3", 8, BYTES("\xf3\x0f\x28\x03") },
	{ "0f 3a", 8, BYTES("\x0f\x3a\x0f\x03\x00") },
	{ "0f 0b", 8, BYTES("\x0f\x0b") },
};

static void refuse_desc(const struct refuse_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(refuse_case, refuse_cases, refuse_desc);

static void decode_refuses(struct kunit *test)
{
	const struct refuse_case *c = test->param_value;
	struct xvcpu_insn insn;

	KUNIT_EXPECT_EQ(test, xvcpu_decode(&insn, c->bytes, c->n,
					   c->code_size), -EOPNOTSUPP);
}

/* 15 bytes are an instruction, 16 are a fault, of whatever it may be. */
static void decode_too_long(struct kunit *test)
{
	u8 bytes[17];
	struct xvcpu_insn insn;

	memset(bytes, 0x2e, sizeof(bytes));
	memcpy(bytes + 13, "\x89\x03", 2);
	KUNIT_EXPECT_EQ(test, xvcpu_decode(&insn, bytes, 15, 8), 0);
	KUNIT_EXPECT_EQ(test, insn.len, 15);
	bytes[13] = 0x2e;
	memcpy(bytes + 14, "\x89\x03", 2);
	KUNIT_EXPECT_EQ(test, xvcpu_decode(&insn, bytes, 15, 8), -E2BIG);
	KUNIT_EXPECT_EQ(test, xvcpu_decode(&insn, bytes, 16, 8), -E2BIG);
	bytes[14] = 0x2e;
	KUNIT_EXPECT_EQ(test, xvcpu_decode(&insn, bytes, 15, 8), -E2BIG);
}

static struct kunit_case decode_tests[] = {
	KUNIT_CASE_PARAM(decode_gives, decode_case_gen_params),
	KUNIT_CASE_PARAM(decode_with_other_lengths, decode_case_gen_params),
	KUNIT_CASE_PARAM(decode_refuses, refuse_case_gen_params),
	KUNIT_CASE(decode_too_long),
	{}
};

static struct kunit_suite decode_suite = {
	.name = "xvcpu-decode",
	.test_cases = decode_tests,
};

kunit_test_suite(decode_suite);
