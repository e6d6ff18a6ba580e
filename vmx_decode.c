// SPDX-License-Identifier: GPL-2.0
/*
 * Decoding the instructions with a memory operand that vmx_emulate.c executes
 * (SDM volume 2, "Instruction Format" and "Opcode Map"). What is in none of the
 * tables, and what has no memory operand, is refused.
 *
 * Context: pure functions; they compile in userspace as well.
 */
#include <xvcpu/decode.h>

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <xvcpu/entry.h>
#include <xvcpu/segment.h>

#define REX_W	8
#define REX_R	4
#define REX_X	2
#define REX_B	1

/* Properties of an opcode. */
enum {
	BYTE	= 1 << 0,	/* byte operands, else 16, 32 or 64 bits */
	MODRM	= 1 << 1,	/* has a ModRM byte */
	IMM8	= 1 << 2,	/* has an immediate byte, with its sign */
	IMM	= 1 << 3,	/* has an immediate of up to 32 bits */
	MEM8	= 1 << 4,	/* the memory operand is a byte */
	MEM16	= 1 << 5,	/* it is a word */
	MEM32	= 1 << 6,	/* it is a doubleword, if operands are not words */
	LOCK	= 1 << 7,	/* may have a LOCK prefix */
	STACK	= 1 << 8,	/* of 64 bits by default in 64-bit code */
	NEAR	= 1 << 9,	/* of 64 bits always in 64-bit code */
	LONG	= 1 << 10,	/* exists in 64-bit code only */
	PLAIN	= 1 << 11,	/* is another instruction with 66, F2 or F3 */
	MAYBE66	= 1 << 12,	/* is another instruction with F2 or F3 */
	MOFFS	= 1 << 13,	/* the address is an immediate, and RAX the register */
	COND	= 1 << 14,	/* the opcode has a condition */
	DOUBLE	= 1 << 15,	/* the memory operand is twice as wide */
	WIDE	= 1 << 16,	/* never of 16 bits */
	SHORT	= 1 << 17,	/* does not exist in 64-bit code */
};

/*
 * One opcode: with a group, bits 5:3 of ModRM choose the row of the group that
 * says the rest.
 */
struct row {
	u8 op;
	u8 form;
	u32 flags;
	u8 group;
};

enum { NO_GROUP, GROUP1, GROUP1A, GROUP2, GROUP3, GROUP4, GROUP5, GROUP8,
	GROUP9, GROUP11, NR_GROUPS };

static const struct row groups[NR_GROUPS][8] = {
	[GROUP1] = {
		{ XVCPU_OP_ADD, XVCPU_FORM_MI, LOCK },
		{ XVCPU_OP_OR, XVCPU_FORM_MI, LOCK },
		{ XVCPU_OP_ADC, XVCPU_FORM_MI, LOCK },
		{ XVCPU_OP_SBB, XVCPU_FORM_MI, LOCK },
		{ XVCPU_OP_AND, XVCPU_FORM_MI, LOCK },
		{ XVCPU_OP_SUB, XVCPU_FORM_MI, LOCK },
		{ XVCPU_OP_XOR, XVCPU_FORM_MI, LOCK },
		{ XVCPU_OP_CMP, XVCPU_FORM_MI, 0 },
	},
	[GROUP1A] = {
		{ XVCPU_OP_POP, XVCPU_FORM_M, STACK },
	},
	[GROUP2] = {
		{ XVCPU_OP_ROL, XVCPU_FORM_MC, 0 },
		{ XVCPU_OP_ROR, XVCPU_FORM_MC, 0 },
		{ XVCPU_OP_RCL, XVCPU_FORM_MC, 0 },
		{ XVCPU_OP_RCR, XVCPU_FORM_MC, 0 },
		{ XVCPU_OP_SHL, XVCPU_FORM_MC, 0 },
		{ XVCPU_OP_SHR, XVCPU_FORM_MC, 0 },
		{ XVCPU_OP_SAL, XVCPU_FORM_MC, 0 },
		{ XVCPU_OP_SAR, XVCPU_FORM_MC, 0 },
	},
	[GROUP3] = {
		{ XVCPU_OP_TEST, XVCPU_FORM_MI, IMM },
		{ XVCPU_OP_TEST, XVCPU_FORM_MI, IMM },
		{ XVCPU_OP_NOT, XVCPU_FORM_M, LOCK },
		{ XVCPU_OP_NEG, XVCPU_FORM_M, LOCK },
	},
	[GROUP4] = {
		{ XVCPU_OP_INC, XVCPU_FORM_M, LOCK },
		{ XVCPU_OP_DEC, XVCPU_FORM_M, LOCK },
	},
	[GROUP5] = {
		{ XVCPU_OP_INC, XVCPU_FORM_M, LOCK },
		{ XVCPU_OP_DEC, XVCPU_FORM_M, LOCK },
		{ XVCPU_OP_CALL, XVCPU_FORM_M, NEAR },
		{ },
		{ XVCPU_OP_JMP, XVCPU_FORM_M, NEAR },
		{ },
		{ XVCPU_OP_PUSH, XVCPU_FORM_M, STACK },
	},
	[GROUP8] = {
		[4] = { XVCPU_OP_BT, XVCPU_FORM_MI, 0 },
		{ XVCPU_OP_BTS, XVCPU_FORM_MI, LOCK },
		{ XVCPU_OP_BTR, XVCPU_FORM_MI, LOCK },
		{ XVCPU_OP_BTC, XVCPU_FORM_MI, LOCK },
	},
	[GROUP9] = {
		[1] = { XVCPU_OP_CMPXCHG8B, XVCPU_FORM_M, LOCK },
	},
	[GROUP11] = {
		{ XVCPU_OP_MOV, XVCPU_FORM_MI, 0 },
	},
};

static const struct row one_byte[256] = {
	[0x63] = { XVCPU_OP_MOVSX, XVCPU_FORM_RM, MODRM | MEM32 | LONG },
	[0x69] = { XVCPU_OP_IMUL, XVCPU_FORM_RMI, MODRM | IMM },
	[0x6b] = { XVCPU_OP_IMUL, XVCPU_FORM_RMI, MODRM | IMM8 },
	[0x80] = { .flags = MODRM | BYTE | IMM8, .group = GROUP1 },
	[0x81] = { .flags = MODRM | IMM, .group = GROUP1 },
	[0x82] = { .flags = MODRM | BYTE | IMM8 | SHORT, .group = GROUP1 },
	[0x83] = { .flags = MODRM | IMM8, .group = GROUP1 },
	[0x84] = { XVCPU_OP_TEST, XVCPU_FORM_MR, MODRM | BYTE },
	[0x85] = { XVCPU_OP_TEST, XVCPU_FORM_MR, MODRM },
	[0x86] = { XVCPU_OP_XCHG, XVCPU_FORM_MR, MODRM | BYTE | LOCK },
	[0x87] = { XVCPU_OP_XCHG, XVCPU_FORM_MR, MODRM | LOCK },
	[0x88] = { XVCPU_OP_MOV, XVCPU_FORM_MR, MODRM | BYTE },
	[0x89] = { XVCPU_OP_MOV, XVCPU_FORM_MR, MODRM },
	[0x8a] = { XVCPU_OP_MOV, XVCPU_FORM_RM, MODRM | BYTE },
	[0x8b] = { XVCPU_OP_MOV, XVCPU_FORM_RM, MODRM },
	[0x8c] = { XVCPU_OP_MOV_SEG, XVCPU_FORM_MR, MODRM | MEM16 },
	[0x8f] = { .flags = MODRM, .group = GROUP1A },
	[0xa0] = { XVCPU_OP_MOV, XVCPU_FORM_RM, MOFFS | BYTE },
	[0xa1] = { XVCPU_OP_MOV, XVCPU_FORM_RM, MOFFS },
	[0xa2] = { XVCPU_OP_MOV, XVCPU_FORM_MR, MOFFS | BYTE },
	[0xa3] = { XVCPU_OP_MOV, XVCPU_FORM_MR, MOFFS },
	[0xa4] = { XVCPU_OP_MOVS, XVCPU_FORM_STRING, BYTE },
	[0xa5] = { XVCPU_OP_MOVS, XVCPU_FORM_STRING, 0 },
	[0xa6] = { XVCPU_OP_CMPS, XVCPU_FORM_STRING, BYTE },
	[0xa7] = { XVCPU_OP_CMPS, XVCPU_FORM_STRING, 0 },
	[0xaa] = { XVCPU_OP_STOS, XVCPU_FORM_STRING, BYTE },
	[0xab] = { XVCPU_OP_STOS, XVCPU_FORM_STRING, 0 },
	[0xac] = { XVCPU_OP_LODS, XVCPU_FORM_STRING, BYTE },
	[0xad] = { XVCPU_OP_LODS, XVCPU_FORM_STRING, 0 },
	[0xae] = { XVCPU_OP_SCAS, XVCPU_FORM_STRING, BYTE },
	[0xaf] = { XVCPU_OP_SCAS, XVCPU_FORM_STRING, 0 },
	[0xc0] = { .flags = MODRM | BYTE | IMM8, .group = GROUP2 },
	[0xc1] = { .flags = MODRM | IMM8, .group = GROUP2 },
	[0xc6] = { .flags = MODRM | BYTE | IMM8, .group = GROUP11 },
	[0xc7] = { .flags = MODRM | IMM, .group = GROUP11 },
	/* By one: as if there were an immediate. */
	[0xd0] = { XVCPU_OP_ROL, XVCPU_FORM_MI, MODRM | BYTE, GROUP2 },
	[0xd1] = { XVCPU_OP_ROL, XVCPU_FORM_MI, MODRM, GROUP2 },
	[0xd2] = { .flags = MODRM | BYTE, .group = GROUP2 },
	[0xd3] = { .flags = MODRM, .group = GROUP2 },
	[0xf6] = { .flags = MODRM | BYTE, .group = GROUP3 },
	[0xf7] = { .flags = MODRM, .group = GROUP3 },
	[0xfe] = { .flags = MODRM | BYTE, .group = GROUP4 },
	[0xff] = { .flags = MODRM, .group = GROUP5 },
};

/* After 0F; but for the conditions, and for what moves XMM registers. */
static const struct row two_byte[256] = {
	[0xa3] = { XVCPU_OP_BT, XVCPU_FORM_MR, MODRM },
	[0xab] = { XVCPU_OP_BTS, XVCPU_FORM_MR, MODRM | LOCK },
	[0xaf] = { XVCPU_OP_IMUL, XVCPU_FORM_RM, MODRM },
	[0xb0] = { XVCPU_OP_CMPXCHG, XVCPU_FORM_MR, MODRM | BYTE | LOCK },
	[0xb1] = { XVCPU_OP_CMPXCHG, XVCPU_FORM_MR, MODRM | LOCK },
	[0xb3] = { XVCPU_OP_BTR, XVCPU_FORM_MR, MODRM | LOCK },
	[0xb6] = { XVCPU_OP_MOVZX, XVCPU_FORM_RM, MODRM | MEM8 },
	[0xb7] = { XVCPU_OP_MOVZX, XVCPU_FORM_RM, MODRM | MEM16 },
	[0xba] = { .flags = MODRM | IMM8, .group = GROUP8 },
	[0xbb] = { XVCPU_OP_BTC, XVCPU_FORM_MR, MODRM | LOCK },
	[0xbe] = { XVCPU_OP_MOVSX, XVCPU_FORM_RM, MODRM | MEM8 },
	[0xbf] = { XVCPU_OP_MOVSX, XVCPU_FORM_RM, MODRM | MEM16 },
	[0xc0] = { XVCPU_OP_XADD, XVCPU_FORM_MR, MODRM | BYTE | LOCK },
	[0xc1] = { XVCPU_OP_XADD, XVCPU_FORM_MR, MODRM | LOCK },
	[0xc3] = { XVCPU_OP_MOV, XVCPU_FORM_MR, MODRM | PLAIN | WIDE },
	[0xc7] = { .flags = MODRM | WIDE | DOUBLE, .group = GROUP9 },
};

static const struct row cmov = { XVCPU_OP_CMOV, XVCPU_FORM_RM, MODRM | COND };
static const struct row setcc = { XVCPU_OP_SET, XVCPU_FORM_M,
				  MODRM | COND | BYTE };

static const struct row movbe_load = { XVCPU_OP_MOVBE, XVCPU_FORM_RM,
				       MODRM | MAYBE66 };
static const struct row movbe_store = { XVCPU_OP_MOVBE, XVCPU_FORM_MR,
					MODRM | MAYBE66 };

/*
 * What moves an XMM register: its prefix is a part of the opcode. A size of 0 is
 * 4 or, with REX.W, 8.
 */
struct xmm_row {
	u8 map;
	u8 opcode;
	u8 prefix;
	u8 form;
	u8 size;
	bool aligned;
};

static const struct xmm_row xmm_rows[] = {
	{ 0x0f, 0x10, 0x00, XVCPU_FORM_RM, 16, false },
	{ 0x0f, 0x10, 0x66, XVCPU_FORM_RM, 16, false },
	{ 0x0f, 0x10, 0xf3, XVCPU_FORM_RM, 4, false },
	{ 0x0f, 0x10, 0xf2, XVCPU_FORM_RM, 8, false },
	{ 0x0f, 0x11, 0x00, XVCPU_FORM_MR, 16, false },
	{ 0x0f, 0x11, 0x66, XVCPU_FORM_MR, 16, false },
	{ 0x0f, 0x11, 0xf3, XVCPU_FORM_MR, 4, false },
	{ 0x0f, 0x11, 0xf2, XVCPU_FORM_MR, 8, false },
	{ 0x0f, 0x28, 0x00, XVCPU_FORM_RM, 16, true },
	{ 0x0f, 0x28, 0x66, XVCPU_FORM_RM, 16, true },
	{ 0x0f, 0x29, 0x00, XVCPU_FORM_MR, 16, true },
	{ 0x0f, 0x29, 0x66, XVCPU_FORM_MR, 16, true },
	{ 0x0f, 0x2b, 0x00, XVCPU_FORM_MR, 16, true },
	{ 0x0f, 0x2b, 0x66, XVCPU_FORM_MR, 16, true },
	{ 0x0f, 0x6e, 0x66, XVCPU_FORM_RM, 0, false },
	{ 0x0f, 0x6f, 0x66, XVCPU_FORM_RM, 16, true },
	{ 0x0f, 0x6f, 0xf3, XVCPU_FORM_RM, 16, false },
	{ 0x0f, 0x7e, 0x66, XVCPU_FORM_MR, 0, false },
	{ 0x0f, 0x7e, 0xf3, XVCPU_FORM_RM, 8, false },
	{ 0x0f, 0x7f, 0x66, XVCPU_FORM_MR, 16, true },
	{ 0x0f, 0x7f, 0xf3, XVCPU_FORM_MR, 16, false },
	{ 0x0f, 0xd6, 0x66, XVCPU_FORM_MR, 8, false },
	{ 0x0f, 0xe7, 0x66, XVCPU_FORM_MR, 16, true },
	{ 0x0f, 0xf0, 0xf2, XVCPU_FORM_RM, 16, false },
	{ 0x38, 0x2a, 0x66, XVCPU_FORM_RM, 16, true },
};

/* Addresses of 16 bits. */
static const struct {
	u8 base;
	u8 index;
} rm16[8] = {
	{ XVCPU_RBX, XVCPU_RSI }, { XVCPU_RBX, XVCPU_RDI },
	{ XVCPU_RBP, XVCPU_RSI }, { XVCPU_RBP, XVCPU_RDI },
	{ XVCPU_RSI, XVCPU_INSN_NO_REG }, { XVCPU_RDI, XVCPU_INSN_NO_REG },
	{ XVCPU_RBP, XVCPU_INSN_NO_REG }, { XVCPU_RBX, XVCPU_INSN_NO_REG },
};

/*
 * The state between two bytes: what the prefixes were, and where the opcode was
 * found: 0 for one byte, 0x0f, or 0x38 for 0F 38.
 */
struct decoder {
	struct xvcpu_insn *insn;
	const u8 *bytes;
	u32 have;
	u32 pos;
	bool prefix66;
	bool prefix67;
	u8 rex;
	u8 rep;
	u8 seg;
	u8 map;
	u8 opcode;
	u8 modrm;
};

/* The next @n bytes, as a number with a sign. */
static int next(struct decoder *d, u32 n, s64 *value)
{
	u64 bits = 0;
	u32 i;

	if (d->pos + n > XVCPU_INSN_LONGEST)
		return -E2BIG;
	if (d->pos + n > d->have)
		return -ENODATA;
	for (i = 0; i < n; i++)
		bits |= (u64)d->bytes[d->pos++] << 8 * i;
	*value = (s64)(bits << (64 - 8 * n)) >> (64 - 8 * n);
	return 0;
}

static int next_byte(struct decoder *d, u8 *byte)
{
	s64 value = 0;
	int err = next(d, 1, &value);

	*byte = value;
	return err;
}

/* In 64-bit code only FS and GS can be chosen. */
static void segment_prefix(struct decoder *d, u8 seg)
{
	if (d->insn->code_size != 8 || seg >= XVCPU_FS)
		d->seg = seg;
}

/* Takes up a legacy prefix; false if the byte is none. */
static bool legacy_prefix(struct decoder *d, u8 byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		segment_prefix(d, (byte >> 3) & 3);
		break;
	case 0x64:
	case 0x65:
		segment_prefix(d, byte & 7);
		break;
	case 0x66:
		d->prefix66 = true;
		break;
	case 0x67:
		d->prefix67 = true;
		break;
	case 0xf0:
		d->insn->lock = true;
		break;
	case 0xf2:
	case 0xf3:
		d->rep = byte;
		break;
	default:
		return false;
	}
	return true;
}

/* A REX prefix counts only right before the opcode, which is left in @byte. */
static int prefixes(struct decoder *d, u8 *byte)
{
	int err;

	for (;;) {
		err = next_byte(d, byte);
		if (err)
			return err;
		if (legacy_prefix(d, *byte))
			d->rex = 0;
		else if (d->insn->code_size == 8 && (*byte & 0xf0) == 0x40)
			d->rex = *byte;
		else
			return 0;
	}
}

static int opcode(struct decoder *d)
{
	int err = prefixes(d, &d->opcode);

	if (err || d->opcode != 0x0f)
		return err;
	d->map = 0x0f;
	err = next_byte(d, &d->opcode);
	if (err || d->opcode != 0x38)
		return err;
	d->map = 0x38;
	return next_byte(d, &d->opcode);
}

/* 00 to 3F: eight operations, each in the same four forms with memory. */
static struct row alu_row(u8 opcode)
{
	struct row row = { .op = opcode >> 3, .flags = MODRM };

	if ((opcode & 7) > 3)
		return (struct row) { };
	row.form = opcode & 2 ? XVCPU_FORM_RM : XVCPU_FORM_MR;
	if (!(opcode & 1))
		row.flags |= BYTE;
	if (row.form == XVCPU_FORM_MR && row.op != XVCPU_OP_CMP)
		row.flags |= LOCK;
	return row;
}

static struct row find_row(const struct decoder *d)
{
	u8 opcode = d->opcode;

	if (d->map == 0x38)
		return opcode == 0xf0 ? movbe_load :
		       opcode == 0xf1 ? movbe_store : (struct row) { };
	if (d->map == 0x0f)
		return (opcode & 0xf0) == 0x40 ? cmov :
		       (opcode & 0xf0) == 0x90 ? setcc : two_byte[opcode];
	return opcode < 0x40 ? alu_row(opcode) : one_byte[opcode];
}

static u8 mandatory_prefix(const struct decoder *d)
{
	return d->rep ?: d->prefix66 ? 0x66 : 0;
}

static const struct xmm_row *find_xmm_row(const struct decoder *d)
{
	const struct xmm_row *row = xmm_rows;

	for (; row < xmm_rows + ARRAY_SIZE(xmm_rows); row++)
		if (row->map == d->map && row->opcode == d->opcode &&
		    row->prefix == mandatory_prefix(d))
			return row;
	return NULL;
}

/* Whether the prefixes leave the instruction what the row says. */
static bool prefixes_fit(const struct decoder *d, const struct row *row)
{
	if (d->insn->lock && !(row->flags & LOCK))
		return false;
	if ((row->flags & LONG) && d->insn->code_size != 8)
		return false;
	if ((row->flags & SHORT) && d->insn->code_size == 8)
		return false;
	if ((row->flags & (PLAIN | MAYBE66)) && d->rep)
		return false;
	return !(row->flags & PLAIN) || !d->prefix66;
}

static u8 address_size(const struct decoder *d)
{
	u8 code_size = d->insn->code_size;

	if (!d->prefix67)
		return code_size;
	return code_size == 4 ? 2 : 4;
}

static u8 operand_size(const struct decoder *d, u32 flags)
{
	u8 code_size = d->insn->code_size;

	if (flags & BYTE)
		return 1;
	if (code_size == 8 && ((d->rex & REX_W) || (flags & NEAR)))
		return 8;
	if (code_size == 8 && (flags & STACK))
		return d->prefix66 ? 2 : 8;
	return (code_size == 2) != d->prefix66 && !(flags & WIDE) ? 2 : 4;
}

static u8 memory_size(const struct xvcpu_insn *insn, u32 flags)
{
	if (flags & MEM8)
		return 1;
	if (flags & MEM16)
		return 2;
	if (flags & MEM32)
		return insn->op_size == 2 ? 2 : 4;
	return flags & DOUBLE ? insn->op_size * 2 : insn->op_size;
}

static int displacement(struct decoder *d, u32 size)
{
	return size ? next(d, size, &d->insn->disp) : 0;
}

static int address16(struct decoder *d)
{
	struct xvcpu_insn *insn = d->insn;
	u8 mod = d->modrm >> 6, rm = d->modrm & 7;

	if (!mod && rm == 6)
		return displacement(d, 2);
	insn->base = rm16[rm].base;
	insn->index = rm16[rm].index;
	return displacement(d, mod);
}

/* @base is what ModRM or SIB name; without its REX bit 5 may mean none. */
static int base_and_displacement(struct decoder *d, u8 base)
{
	u8 mod = d->modrm >> 6;

	if (!mod && base == 5)
		return displacement(d, 4);
	d->insn->base = base | (d->rex & REX_B ? 8 : 0);
	return displacement(d, mod == 2 ? 4 : mod);
}

static int sib(struct decoder *d)
{
	struct xvcpu_insn *insn = d->insn;
	u8 byte, index;
	int err = next_byte(d, &byte);

	if (err)
		return err;
	index = ((byte >> 3) & 7) | (d->rex & REX_X ? 8 : 0);
	if (index != XVCPU_RSP) {
		insn->index = index;
		insn->scale = byte >> 6;
	}
	return base_and_displacement(d, byte & 7);
}

static int address32(struct decoder *d)
{
	u8 rm = d->modrm & 7;

	if (rm == 4)
		return sib(d);
	d->insn->rip_relative = d->insn->code_size == 8 && rm == 5 &&
				d->modrm < 0x40;
	return base_and_displacement(d, rm);
}

/* The stack's segment goes with the registers that point into it. */
static u8 segment(const struct decoder *d)
{
	if (d->seg != XVCPU_NR_SEGS)
		return d->seg;
	return d->insn->base == XVCPU_RSP || d->insn->base == XVCPU_RBP ?
		XVCPU_SS : XVCPU_DS;
}

static int memory(struct decoder *d)
{
	int err;

	if (d->modrm >= 0xc0)
		return -EOPNOTSUPP;
	err = d->insn->addr_size == 2 ? address16(d) : address32(d);
	d->insn->seg = segment(d);
	return err;
}

static int modrm(struct decoder *d)
{
	int err = next_byte(d, &d->modrm);

	d->insn->reg = ((d->modrm >> 3) & 7) | (d->rex & REX_R ? 8 : 0);
	return err;
}

/* The address of MOV's A0 to A3 has no sign. */
static int moffs(struct decoder *d)
{
	struct xvcpu_insn *insn = d->insn;
	int err = displacement(d, insn->addr_size);

	insn->reg = XVCPU_RAX;
	if (insn->addr_size < 8)
		insn->disp &= BIT_ULL(8 * insn->addr_size) - 1;
	return err;
}

static int immediate(struct decoder *d, u32 flags)
{
	u8 size = 0;
	s64 value;
	int err;

	if (flags & IMM)
		size = min_t(u8, d->insn->op_size, 4);
	else if (flags & IMM8)
		size = 1;
	if (!size)
		return 0;
	err = next(d, size, &value);
	d->insn->imm = value;
	return err;
}

/* What the group says goes before what the opcode says, but for D0 and D1. */
static void enter_group(struct decoder *d, struct row *row)
{
	const struct row *in = &groups[row->group][(d->modrm >> 3) & 7];

	row->op = in->op;
	row->flags |= in->flags;
	if (row->form)
		d->insn->imm = 1;
	else if (row->group == GROUP2 && (row->flags & IMM8))
		row->form = XVCPU_FORM_MI;
	else
		row->form = in->form;
}

/* The segment registers of MOV: six of them. */
static bool operand_exists(const struct xvcpu_insn *insn)
{
	return insn->op != XVCPU_OP_MOV_SEG || insn->reg <= XVCPU_GS;
}

static int operands(struct decoder *d, const struct row *row)
{
	struct xvcpu_insn *insn = d->insn;
	int err;

	insn->op = row->op;
	insn->form = row->form;
	insn->op_size = operand_size(d, row->flags);
	insn->mem_size = memory_size(insn, row->flags);
	insn->seg = segment(d);
	if (row->flags & COND)
		insn->imm = d->opcode & 15;
	if (row->form == XVCPU_FORM_STRING)
		insn->rep = d->rep;
	if (!operand_exists(insn))
		return -EOPNOTSUPP;
	err = row->flags & MODRM ? memory(d) :
	      row->flags & MOFFS ? moffs(d) : 0;
	return err ?: immediate(d, row->flags);
}

static int decode_xmm(struct decoder *d, const struct xmm_row *row)
{
	struct xvcpu_insn *insn = d->insn;
	int err = modrm(d);

	if (err)
		return err;
	if (insn->lock)
		return -EOPNOTSUPP;
	insn->op = XVCPU_OP_MOV_XMM;
	insn->form = row->form;
	insn->mem_size = row->size ?: d->rex & REX_W ? 8 : 4;
	insn->op_size = insn->mem_size;
	insn->aligned = row->aligned;
	return memory(d);
}

static int decode(struct decoder *d)
{
	const struct xmm_row *xmm;
	struct row row;
	int err = opcode(d);

	if (err)
		return err;
	d->insn->rex = d->rex;
	d->insn->addr_size = address_size(d);
	xmm = find_xmm_row(d);
	if (xmm)
		return decode_xmm(d, xmm);
	row = find_row(d);
	if (row.flags & MODRM) {
		err = modrm(d);
		if (err)
			return err;
	}
	if (row.group)
		enter_group(d, &row);
	if (row.form == XVCPU_FORM_NONE || !prefixes_fit(d, &row))
		return -EOPNOTSUPP;
	return operands(d, &row);
}

/**
 * xvcpu_decode() - decode an instruction
 * @insn: the result.
 * @bytes: the instruction.
 * @have: how many bytes there are.
 * @code_size: size of the code: 2, 4 or 8 bytes.
 *
 * Return: 0; -ENODATA if there must be more bytes; -E2BIG if it is longer than
 * an instruction can be; -EOPNOTSUPP if it is none of those known here.
 */
int xvcpu_decode(struct xvcpu_insn *insn, const u8 *bytes, u32 have,
		 u8 code_size)
{
	struct decoder d = {
		.insn = insn, .bytes = bytes, .have = have,
		.seg = XVCPU_NR_SEGS,
	};
	int err;

	memset(insn, 0, sizeof(*insn));
	insn->code_size = code_size;
	insn->base = XVCPU_INSN_NO_REG;
	insn->index = XVCPU_INSN_NO_REG;
	err = decode(&d);
	insn->len = d.pos;
	return err;
}
