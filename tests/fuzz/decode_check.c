// SPDX-License-Identifier: GPL-2.0
/*
 * The decoder against another one, the disassembler Zydis: whatever the decoder
 * accepts, both must see alike, and whatever Zydis knows to be one of the
 * decoder's instructions with a memory operand, the decoder must accept.
 */
#include "decode_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <Zydis/Zydis.h>
#include <xvcpu/decode.h>
#include <xvcpu/entry.h>
#include <xvcpu/segment.h>

#include <linux/kernel.h>

unsigned long decode_accepted;

/* One instruction as both see it. */
struct pair {
	const u8 *bytes;
	u32 size;
	u8 code_size;
	int err;
	struct xvcpu_insn insn;
	bool known;
	ZydisDecodedInstruction z;
	ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
};

static const struct {
	ZydisMnemonic mnemonic;
	u8 op;
} names[] = {
	{ ZYDIS_MNEMONIC_ADD, XVCPU_OP_ADD },
	{ ZYDIS_MNEMONIC_OR, XVCPU_OP_OR },
	{ ZYDIS_MNEMONIC_ADC, XVCPU_OP_ADC },
	{ ZYDIS_MNEMONIC_SBB, XVCPU_OP_SBB },
	{ ZYDIS_MNEMONIC_AND, XVCPU_OP_AND },
	{ ZYDIS_MNEMONIC_SUB, XVCPU_OP_SUB },
	{ ZYDIS_MNEMONIC_XOR, XVCPU_OP_XOR },
	{ ZYDIS_MNEMONIC_CMP, XVCPU_OP_CMP },
	{ ZYDIS_MNEMONIC_ROL, XVCPU_OP_ROL },
	{ ZYDIS_MNEMONIC_ROR, XVCPU_OP_ROR },
	{ ZYDIS_MNEMONIC_RCL, XVCPU_OP_RCL },
	{ ZYDIS_MNEMONIC_RCR, XVCPU_OP_RCR },
	{ ZYDIS_MNEMONIC_SHL, XVCPU_OP_SHL },
	{ ZYDIS_MNEMONIC_SHL, XVCPU_OP_SAL },
	{ ZYDIS_MNEMONIC_SHR, XVCPU_OP_SHR },
	{ ZYDIS_MNEMONIC_SAR, XVCPU_OP_SAR },
	{ ZYDIS_MNEMONIC_TEST, XVCPU_OP_TEST },
	{ ZYDIS_MNEMONIC_NOT, XVCPU_OP_NOT },
	{ ZYDIS_MNEMONIC_NEG, XVCPU_OP_NEG },
	{ ZYDIS_MNEMONIC_INC, XVCPU_OP_INC },
	{ ZYDIS_MNEMONIC_DEC, XVCPU_OP_DEC },
	{ ZYDIS_MNEMONIC_BT, XVCPU_OP_BT },
	{ ZYDIS_MNEMONIC_BTS, XVCPU_OP_BTS },
	{ ZYDIS_MNEMONIC_BTR, XVCPU_OP_BTR },
	{ ZYDIS_MNEMONIC_BTC, XVCPU_OP_BTC },
	{ ZYDIS_MNEMONIC_IMUL, XVCPU_OP_IMUL },
	{ ZYDIS_MNEMONIC_MOV, XVCPU_OP_MOV },
	{ ZYDIS_MNEMONIC_MOV, XVCPU_OP_MOV_SEG },
	{ ZYDIS_MNEMONIC_MOVNTI, XVCPU_OP_MOV },
	{ ZYDIS_MNEMONIC_MOVZX, XVCPU_OP_MOVZX },
	{ ZYDIS_MNEMONIC_MOVSX, XVCPU_OP_MOVSX },
	{ ZYDIS_MNEMONIC_MOVSXD, XVCPU_OP_MOVSX },
	{ ZYDIS_MNEMONIC_MOVBE, XVCPU_OP_MOVBE },
	{ ZYDIS_MNEMONIC_XCHG, XVCPU_OP_XCHG },
	{ ZYDIS_MNEMONIC_XADD, XVCPU_OP_XADD },
	{ ZYDIS_MNEMONIC_CMPXCHG, XVCPU_OP_CMPXCHG },
	{ ZYDIS_MNEMONIC_CMPXCHG8B, XVCPU_OP_CMPXCHG8B },
	{ ZYDIS_MNEMONIC_CMPXCHG16B, XVCPU_OP_CMPXCHG8B },
	{ ZYDIS_MNEMONIC_PUSH, XVCPU_OP_PUSH },
	{ ZYDIS_MNEMONIC_POP, XVCPU_OP_POP },
	{ ZYDIS_MNEMONIC_CALL, XVCPU_OP_CALL },
	{ ZYDIS_MNEMONIC_JMP, XVCPU_OP_JMP },
	{ ZYDIS_MNEMONIC_MOVSB, XVCPU_OP_MOVS },
	{ ZYDIS_MNEMONIC_MOVSW, XVCPU_OP_MOVS },
	{ ZYDIS_MNEMONIC_MOVSD, XVCPU_OP_MOVS },
	{ ZYDIS_MNEMONIC_MOVSQ, XVCPU_OP_MOVS },
	{ ZYDIS_MNEMONIC_CMPSB, XVCPU_OP_CMPS },
	{ ZYDIS_MNEMONIC_CMPSW, XVCPU_OP_CMPS },
	{ ZYDIS_MNEMONIC_CMPSD, XVCPU_OP_CMPS },
	{ ZYDIS_MNEMONIC_CMPSQ, XVCPU_OP_CMPS },
	{ ZYDIS_MNEMONIC_STOSB, XVCPU_OP_STOS },
	{ ZYDIS_MNEMONIC_STOSW, XVCPU_OP_STOS },
	{ ZYDIS_MNEMONIC_STOSD, XVCPU_OP_STOS },
	{ ZYDIS_MNEMONIC_STOSQ, XVCPU_OP_STOS },
	{ ZYDIS_MNEMONIC_LODSB, XVCPU_OP_LODS },
	{ ZYDIS_MNEMONIC_LODSW, XVCPU_OP_LODS },
	{ ZYDIS_MNEMONIC_LODSD, XVCPU_OP_LODS },
	{ ZYDIS_MNEMONIC_LODSQ, XVCPU_OP_LODS },
	{ ZYDIS_MNEMONIC_SCASB, XVCPU_OP_SCAS },
	{ ZYDIS_MNEMONIC_SCASW, XVCPU_OP_SCAS },
	{ ZYDIS_MNEMONIC_SCASD, XVCPU_OP_SCAS },
	{ ZYDIS_MNEMONIC_SCASQ, XVCPU_OP_SCAS },
	{ ZYDIS_MNEMONIC_MOVUPS, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_MOVUPD, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_MOVAPS, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_MOVAPD, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_MOVSS, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_MOVSD, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_MOVNTPS, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_MOVNTPD, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_MOVNTDQ, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_MOVNTDQA, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_MOVDQA, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_MOVDQU, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_MOVD, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_MOVQ, XVCPU_OP_MOV_XMM },
	{ ZYDIS_MNEMONIC_LDDQU, XVCPU_OP_MOV_XMM },
};

/* In the order of their numbers in opcodes. */
static const ZydisMnemonic cmov[] = {
	ZYDIS_MNEMONIC_CMOVO, ZYDIS_MNEMONIC_CMOVNO, ZYDIS_MNEMONIC_CMOVB,
	ZYDIS_MNEMONIC_CMOVNB, ZYDIS_MNEMONIC_CMOVZ, ZYDIS_MNEMONIC_CMOVNZ,
	ZYDIS_MNEMONIC_CMOVBE, ZYDIS_MNEMONIC_CMOVNBE, ZYDIS_MNEMONIC_CMOVS,
	ZYDIS_MNEMONIC_CMOVNS, ZYDIS_MNEMONIC_CMOVP, ZYDIS_MNEMONIC_CMOVNP,
	ZYDIS_MNEMONIC_CMOVL, ZYDIS_MNEMONIC_CMOVNL, ZYDIS_MNEMONIC_CMOVLE,
	ZYDIS_MNEMONIC_CMOVNLE,
};

static const ZydisMnemonic setcc[] = {
	ZYDIS_MNEMONIC_SETO, ZYDIS_MNEMONIC_SETNO, ZYDIS_MNEMONIC_SETB,
	ZYDIS_MNEMONIC_SETNB, ZYDIS_MNEMONIC_SETZ, ZYDIS_MNEMONIC_SETNZ,
	ZYDIS_MNEMONIC_SETBE, ZYDIS_MNEMONIC_SETNBE, ZYDIS_MNEMONIC_SETS,
	ZYDIS_MNEMONIC_SETNS, ZYDIS_MNEMONIC_SETP, ZYDIS_MNEMONIC_SETNP,
	ZYDIS_MNEMONIC_SETL, ZYDIS_MNEMONIC_SETNL, ZYDIS_MNEMONIC_SETLE,
	ZYDIS_MNEMONIC_SETNLE,
};

static const ZydisRegister segments[] = {
	ZYDIS_REGISTER_ES, ZYDIS_REGISTER_CS, ZYDIS_REGISTER_SS,
	ZYDIS_REGISTER_DS, ZYDIS_REGISTER_FS, ZYDIS_REGISTER_GS,
};

static bool disagree(const struct pair *p, const char *over, long long mine,
		     long long other)
{
	u32 i;

	fprintf(stderr, "%d-bit code, %s, %s: 0x%llx here, 0x%llx there:",
		8 * p->code_size, p->known ?
		ZydisMnemonicGetString(p->z.mnemonic) : "unknown", over,
		mine, other);
	for (i = 0; i < p->size && i < XVCPU_INSN_LONGEST; i++)
		fprintf(stderr, " %02x", p->bytes[i]);
	fprintf(stderr, "\n");
	return false;
}

static bool same(const struct pair *p, const char *over, long long mine,
		 long long other)
{
	return mine == other || disagree(p, over, mine, other);
}

static bool conditional(const struct pair *p, u8 op, const ZydisMnemonic *list)
{
	return p->insn.op == op && p->insn.imm < 16 &&
	       list[p->insn.imm] == p->z.mnemonic;
}

static bool same_op(const struct pair *p)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].mnemonic == p->z.mnemonic &&
		    names[i].op == p->insn.op)
			return true;
	return conditional(p, XVCPU_OP_CMOV, cmov) ||
	       conditional(p, XVCPU_OP_SET, setcc) ||
	       disagree(p, "operation", p->insn.op, p->z.mnemonic);
}

/* The first that the instruction names; those of a string are hidden. */
static const ZydisDecodedOperand *memory_of(const struct pair *p)
{
	bool string = p->z.meta.category == ZYDIS_CATEGORY_STRINGOP;
	int i, n = string ? p->z.operand_count : p->z.operand_count_visible;

	for (i = 0; i < n; i++)
		if (p->operand[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
			return &p->operand[i];
	return NULL;
}

static const ZydisDecodedOperand *explicit_of(const struct pair *p,
					      ZydisOperandType type)
{
	int i;

	for (i = 0; i < p->z.operand_count_visible; i++)
		if (p->operand[i].type == type)
			return &p->operand[i];
	return NULL;
}

/* Zydis numbers SPL to DIL after AH to BH. */
static long long reg_number(ZydisRegister reg)
{
	int id = ZydisRegisterGetId(reg);

	if (reg == ZYDIS_REGISTER_NONE || reg == ZYDIS_REGISTER_RIP ||
	    reg == ZYDIS_REGISTER_EIP)
		return XVCPU_INSN_NO_REG;
	return ZydisRegisterGetClass(reg) == ZYDIS_REGCLASS_GPR8 && id >= 8 ?
		id - 4 : id;
}

/*
 * REX.B does not count where SIB names no base (SDM, "Special Encodings"); with
 * addresses of 32 bits Zydis 4.0 takes it for R13, without a displacement.
 */
static bool r13_mistaken(const struct pair *p, const ZydisDecodedOperand *op)
{
	return op->mem.base == ZYDIS_REGISTER_R13D && !p->z.raw.modrm.mod &&
	       p->z.raw.sib.base == 5 && p->insn.base == XVCPU_INSN_NO_REG;
}

static u64 address_mask(const struct pair *p)
{
	return p->insn.addr_size == 8 ? ~0ULL :
	       (1ULL << 8 * p->insn.addr_size) - 1;
}

/* Where 3E is a hint for branches as well, Zydis does not see the segment. */
static bool same_segment(const struct pair *p, const ZydisDecodedOperand *op)
{
	return (p->z.attributes & ZYDIS_ATTRIB_HAS_NOTRACK) ||
	       same(p, "segment", segments[p->insn.seg], op->mem.segment);
}

/* MOVSXD of a word reads a word (SDM); Zydis takes it for a doubleword. */
static bool same_size(const struct pair *p, const ZydisDecodedOperand *op)
{
	return (p->z.mnemonic == ZYDIS_MNEMONIC_MOVSXD &&
		p->insn.op_size == 2 && p->insn.mem_size == 2) ||
	       same(p, "memory size", p->insn.mem_size * 8, op->size);
}

static bool same_address(const struct pair *p, const ZydisDecodedOperand *op)
{
	const struct xvcpu_insn *insn = &p->insn;
	u64 mask = address_mask(p);
	ZydisRegister base = op->mem.base;

	return same_segment(p, op) &&
	       (r13_mistaken(p, op) ||
		same(p, "base", insn->base, reg_number(base))) &&
	       same(p, "index", insn->index, reg_number(op->mem.index)) &&
	       same(p, "scale", op->mem.scale ? 1 << insn->scale : 0,
		    op->mem.scale) &&
	       same(p, "rip-relative", insn->rip_relative,
		    base == ZYDIS_REGISTER_RIP || base == ZYDIS_REGISTER_EIP) &&
	       (r13_mistaken(p, op) ||
		same(p, "displacement", insn->disp & mask,
		     op->mem.disp.value & mask));
}

/* Which of the string instruction's operands is at RSI. */
static bool same_string(const struct pair *p)
{
	bool rep = p->z.attributes & (ZYDIS_ATTRIB_HAS_REP |
				      ZYDIS_ATTRIB_HAS_REPE |
				      ZYDIS_ATTRIB_HAS_REPNE);
	int i;

	for (i = 0; i < p->z.operand_count; i++) {
		const ZydisDecodedOperand *op = &p->operand[i];

		if (op->type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    ZydisRegisterGetId(op->mem.base) == XVCPU_RSI &&
		    !same(p, "source segment", segments[p->insn.seg],
			  op->mem.segment))
			return false;
	}
	return !rep || same(p, "rep", p->insn.rep,
			    p->z.attributes & ZYDIS_ATTRIB_HAS_REPNE ?
			    0xf2 : p->insn.rep == 0xf2 ? 0xf2 : 0xf3);
}

static bool same_memory(const struct pair *p)
{
	const ZydisDecodedOperand *op = memory_of(p);

	if (!op)
		return disagree(p, "memory", 1, 0);
	if (!same_size(p, op) ||
	    !same(p, "address size", p->insn.addr_size * 8,
		  p->z.address_width))
		return false;
	return p->insn.form == XVCPU_FORM_STRING ? same_string(p) :
						   same_address(p, op);
}

/* A register's number, in which Zydis keeps the high bytes apart. */
static bool same_register(const struct pair *p)
{
	const ZydisDecodedOperand *op =
		explicit_of(p, ZYDIS_OPERAND_TYPE_REGISTER);
	const struct xvcpu_insn *insn = &p->insn;
	bool high;

	if (insn->form != XVCPU_FORM_MR && insn->form != XVCPU_FORM_RM &&
	    insn->form != XVCPU_FORM_RMI)
		return true;
	if (!op)
		return disagree(p, "register", 1, 0);
	if (insn->op == XVCPU_OP_MOV_SEG)
		return same(p, "register", segments[insn->reg], op->reg.value);
	high = op->reg.value >= ZYDIS_REGISTER_AH &&
	       op->reg.value <= ZYDIS_REGISTER_BH;
	return same(p, "register", insn->reg, reg_number(op->reg.value)) &&
	       same(p, "high byte", !insn->rex && insn->reg >= 4 &&
		    insn->reg < 8 && insn->op_size == 1, high) &&
	       (insn->op == XVCPU_OP_MOV_XMM ||
		same(p, "register size", insn->op_size * 8, op->size));
}

static u64 operand_mask(const struct pair *p)
{
	return p->insn.op_size >= 8 ? ~0ULL : (1ULL << 8 * p->insn.op_size) - 1;
}

static bool same_immediate(const struct pair *p)
{
	const ZydisDecodedOperand *op =
		explicit_of(p, ZYDIS_OPERAND_TYPE_IMMEDIATE);
	const struct xvcpu_insn *insn = &p->insn;
	u64 mask = operand_mask(p);

	if (insn->form != XVCPU_FORM_MI && insn->form != XVCPU_FORM_RMI)
		return true;
	if (!op)
		return same(p, "immediate", insn->imm, 1);
	/* A count and a bit's number are bytes without a sign. */
	if (!op->imm.is_signed)
		mask = op->size < 64 ? (1ULL << op->size) - 1 : ~0ULL;
	return same(p, "immediate", insn->imm & mask, op->imm.value.u & mask);
}

static bool same_insn(const struct pair *p)
{
	bool lock = p->z.attributes & ZYDIS_ATTRIB_HAS_LOCK;

	decode_accepted++;
	return same(p, "length", p->insn.len, p->z.length) && same_op(p) &&
	       same(p, "lock", p->insn.lock, lock) && same_memory(p) &&
	       same_register(p) && same_immediate(p);
}

/* What only looks like one of the decoder's instructions. */
static bool another(const struct pair *p)
{
	const ZydisDecodedOperand *to = &p->operand[0];

	if (p->z.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY ||
	    p->z.meta.isa_set == ZYDIS_ISA_SET_PENTIUMMMX ||
	    p->z.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
		return true;
	/* The decoder does not guess what REX.R does to a segment register. */
	if (p->operand[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	    ZydisRegisterGetClass(p->operand[1].reg.value) ==
	    ZYDIS_REGCLASS_SEGMENT && p->z.raw.rex.R)
		return true;
	/* CMPSD of SSE. */
	if (p->z.mnemonic == ZYDIS_MNEMONIC_CMPSD &&
	    p->z.meta.category != ZYDIS_CATEGORY_STRINGOP)
		return true;
	/* MOV to a segment register, MOVQ of MMX, IMUL of RDX:RAX. */
	return (to->type == ZYDIS_OPERAND_TYPE_REGISTER &&
		ZydisRegisterGetClass(to->reg.value) ==
		ZYDIS_REGCLASS_SEGMENT) ||
	       (p->z.mnemonic == ZYDIS_MNEMONIC_IMUL &&
		p->z.operand_count_visible == 1) ||
	       (to->type == ZYDIS_OPERAND_TYPE_REGISTER &&
		ZydisRegisterGetClass(to->reg.value) == ZYDIS_REGCLASS_MMX) ||
	       (p->operand[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		ZydisRegisterGetClass(p->operand[1].reg.value) ==
		ZYDIS_REGCLASS_MMX);
}

static bool in_list(const struct pair *p, const ZydisMnemonic *list)
{
	int i;

	for (i = 0; i < 16; i++)
		if (list[i] == p->z.mnemonic)
			return true;
	return false;
}

static bool must_be_accepted(const struct pair *p)
{
	u32 i;

	if (!p->known || !memory_of(p) || another(p))
		return false;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].mnemonic == p->z.mnemonic)
			return true;
	return in_list(p, cmov) || in_list(p, setcc);
}

/*
 * With fewer bytes than the instruction has it must ask for more, and never look
 * at those that there are not.
 */
static bool asks_for_more(const struct pair *p)
{
	struct xvcpu_insn insn;
	u8 *exact;
	int err;
	u32 n;

	for (n = 0; n <= p->insn.len; n++) {
		exact = malloc(n ?: 1);
		memcpy(exact, p->bytes, n);
		err = xvcpu_decode(&insn, exact, n, p->code_size);
		free(exact);
		if (!same(p, "error with fewer bytes", err,
			  n < p->insn.len ? -ENODATA : 0))
			return false;
	}
	return !memcmp(&insn, &p->insn, sizeof(insn)) ||
	       disagree(p, "result with as many bytes", 1, 0);
}

static void disassemble(struct pair *p)
{
	ZydisDecoder decoder;

	if (p->code_size == 8)
		ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
				 ZYDIS_STACK_WIDTH_64);
	else if (p->code_size == 4)
		ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LEGACY_32,
				 ZYDIS_STACK_WIDTH_32);
	else
		ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LEGACY_16,
				 ZYDIS_STACK_WIDTH_16);
	p->known = ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, p->bytes,
						       p->size, &p->z,
						       p->operand));
}

bool decode_check(const u8 *bytes, u32 size, u8 code_size)
{
	static struct pair p;

	p = (struct pair) {
		.bytes = bytes, .size = size, .code_size = code_size,
	};
	p.err = xvcpu_decode(&p.insn, bytes, size, code_size);
	disassemble(&p);
	if (p.err)
		return !must_be_accepted(&p) ||
		       disagree(&p, "refused", p.err, 0);
	if (!p.known)
		return disagree(&p, "accepted", p.insn.op, 0);
	return same_insn(&p) && asks_for_more(&p);
}
