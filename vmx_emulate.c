// SPDX-License-Identifier: GPL-2.0
/*
 * Executing one decoded instruction that has a memory operand.
 *
 * The order is always the same: all of the memory is translated and its rights
 * are checked, then it is read, then it is written, and nothing fails after a
 * write but the write itself. A device's memory that is read has side effects: it
 * must not be read in vain.
 *
 * Context: pure functions but for the caller's operations on memory.
 */
#include <xvcpu/emulate.h>

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/swab.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>
#include <xvcpu/alu.h>

#define ARITHMETIC	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | \
			 X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_OF)

static int fault(struct xvcpu_emulation *e, u8 vector)
{
	e->fault = (struct xvcpu_fault) { .vector = vector };
	return XVCPU_EMULATE_FAULT;
}

/* ---- registers ----------------------------------------------------------- */

static u64 size_mask(u8 size)
{
	return size < 8 ? BIT_ULL(8 * size) - 1 : U64_MAX;
}

/* The part of a register as wide as addresses are. */
static u64 address_mask(const struct xvcpu_emulation *e)
{
	return size_mask(e->insn->addr_size);
}

/* Without a REX prefix the byte registers 4 to 7 are AH, CH, DH and BH. */
static bool high_byte(const struct xvcpu_insn *insn, u8 reg, u8 size)
{
	return size == 1 && !insn->rex && reg >= 4;
}

/* The register operand. */
static u64 get_reg(const struct xvcpu_insn *insn, const u64 *gpr)
{
	u8 reg = insn->reg, size = insn->op_size;

	if (high_byte(insn, reg, size))
		return (gpr[reg & 3] >> 8) & 0xff;
	return gpr[reg] & size_mask(size);
}

/* A write of 32 bits clears the upper half, a shorter one leaves the rest. */
static void set_reg(const struct xvcpu_insn *insn, u64 *gpr, u64 value)
{
	u8 reg = insn->reg, size = insn->op_size;
	u64 mask = size_mask(size);

	if (high_byte(insn, reg, size)) {
		gpr[reg & 3] &= ~0xff00ULL;
		gpr[reg & 3] |= (value & 0xff) << 8;
	} else if (size >= 4) {
		gpr[reg] = value & mask;
	} else {
		gpr[reg] = (gpr[reg] & ~mask) | (value & mask);
	}
}

/* A register by its number, never the high byte of another. */
static void set_word_reg(struct xvcpu_emulation *e, u8 reg, u8 size, u64 value)
{
	u64 mask = size_mask(size), keep = size < 4 ? ~mask : 0;

	e->gpr[reg] = (e->gpr[reg] & keep) | (value & mask);
}

static u64 sign_extend(u64 value, u8 size)
{
	return size < 8 ? (u64)((s64)(value << (64 - 8 * size)) >>
				(64 - 8 * size)) : value;
}

/* ---- memory operands ----------------------------------------------------- */

static bool code64(const struct xvcpu_emulation *e)
{
	return e->insn->code_size == 8;
}

static int segment_fault(struct xvcpu_emulation *e, u8 seg)
{
	return fault(e, seg == XVCPU_SS ? X86_TRAP_SS : X86_TRAP_GP);
}

static bool in_segment(const struct xvcpu_emulation *e, u8 seg, u64 offset,
		       u32 len, bool write)
{
	const struct xvcpu_segment *s = &e->seg[seg];

	if (e->protected_mode && !xvcpu_segment_usable(s, write))
		return false;
	return xvcpu_segment_room(s, offset) >= len;
}

/* Translates @len bytes of a segment. */
static int map(struct xvcpu_emulation *e, struct xvcpu_operand *operand, u8 seg,
	       u64 offset, u32 len, bool write)
{
	u64 gva = offset;

	if (!code64(e)) {
		if (!in_segment(e, seg, offset, len, write))
			return segment_fault(e, seg);
		gva = (u32)(e->seg[seg].base + offset);
	} else {
		if (seg >= XVCPU_FS)
			gva += e->seg[seg].base;
		if (!xvcpu_segment_canonical(gva) || !xvcpu_segment_canonical(gva + len - 1))
			return segment_fault(e, seg);
	}
	if (e->insn->aligned && gva % len)
		return fault(e, X86_TRAP_GP);
	return e->ops->map(e, operand, gva, len, write);
}

/**
 * xvcpu_emulate_offset() - offset of an instruction's memory operand in its segment
 * @insn: the instruction, not one of strings or of the stack.
 * @gpr: general-purpose registers.
 * @rip: address of the instruction.
 *
 * Return: the offset.
 */
u64 xvcpu_emulate_offset(const struct xvcpu_insn *insn, const u64 *gpr, u64 rip)
{
	u64 offset = insn->disp;

	if (insn->base != XVCPU_INSN_NO_REG)
		offset += gpr[insn->base];
	if (insn->index != XVCPU_INSN_NO_REG)
		offset += gpr[insn->index] << insn->scale;
	if (insn->rip_relative)
		offset += rip + insn->len;
	return offset & size_mask(insn->addr_size);
}

static u64 offset_of_operand(const struct xvcpu_emulation *e)
{
	return xvcpu_emulate_offset(e->insn, e->gpr, e->rip);
}

static int map_operand(struct xvcpu_emulation *e, struct xvcpu_operand *operand,
		       bool write)
{
	return map(e, operand, e->insn->seg, offset_of_operand(e),
		   e->insn->mem_size, write);
}

/* Of at most 8 bytes. */
static int read(struct xvcpu_emulation *e, const struct xvcpu_operand *operand,
		u64 *value)
{
	*value = 0;
	return e->ops->read(e, operand, value);
}

static int write(struct xvcpu_emulation *e, const struct xvcpu_operand *operand,
		 u64 value)
{
	return e->ops->write(e, operand, &value);
}

static int map_and_read(struct xvcpu_emulation *e,
			struct xvcpu_operand *operand, bool for_write,
			u64 *value)
{
	return map_operand(e, operand, for_write) ?: read(e, operand, value);
}

static int map_and_write(struct xvcpu_emulation *e, u64 value)
{
	struct xvcpu_operand operand;

	return map_operand(e, &operand, true) ?: write(e, &operand, value);
}

/* ---- arithmetic ---------------------------------------------------------- */

static void add_and_others(u8 op, struct xvcpu_alu *alu)
{
	switch (op) {
	case XVCPU_OP_ADD:
		XVCPU_ALU_BINARY(alu, "add");
		break;
	case XVCPU_OP_OR:
		XVCPU_ALU_BINARY(alu, "or");
		break;
	case XVCPU_OP_ADC:
		XVCPU_ALU_BINARY(alu, "adc");
		break;
	case XVCPU_OP_SBB:
		XVCPU_ALU_BINARY(alu, "sbb");
		break;
	case XVCPU_OP_AND:
		XVCPU_ALU_BINARY(alu, "and");
		break;
	case XVCPU_OP_SUB:
		XVCPU_ALU_BINARY(alu, "sub");
		break;
	case XVCPU_OP_XOR:
		XVCPU_ALU_BINARY(alu, "xor");
		break;
	case XVCPU_OP_CMP:
		XVCPU_ALU_BINARY(alu, "cmp");
		break;
	}
}

static void shift(u8 op, struct xvcpu_alu *alu)
{
	switch (op) {
	case XVCPU_OP_ROL:
		XVCPU_ALU_SHIFT(alu, "rol");
		break;
	case XVCPU_OP_ROR:
		XVCPU_ALU_SHIFT(alu, "ror");
		break;
	case XVCPU_OP_RCL:
		XVCPU_ALU_SHIFT(alu, "rcl");
		break;
	case XVCPU_OP_RCR:
		XVCPU_ALU_SHIFT(alu, "rcr");
		break;
	case XVCPU_OP_SHL:
	case XVCPU_OP_SAL:
		XVCPU_ALU_SHIFT(alu, "shl");
		break;
	case XVCPU_OP_SHR:
		XVCPU_ALU_SHIFT(alu, "shr");
		break;
	case XVCPU_OP_SAR:
		XVCPU_ALU_SHIFT(alu, "sar");
		break;
	}
}

static void test_bit_and_others(u8 op, struct xvcpu_alu *alu)
{
	switch (op) {
	case XVCPU_OP_BT:
		XVCPU_ALU_EACH_WIDE(alu, "bt");
		break;
	case XVCPU_OP_BTS:
		XVCPU_ALU_EACH_WIDE(alu, "bts");
		break;
	case XVCPU_OP_BTR:
		XVCPU_ALU_EACH_WIDE(alu, "btr");
		break;
	case XVCPU_OP_BTC:
		XVCPU_ALU_EACH_WIDE(alu, "btc");
		break;
	case XVCPU_OP_IMUL:
		XVCPU_ALU_EACH_WIDE(alu, "imul");
		break;
	}
}

static void unary_and_test(u8 op, struct xvcpu_alu *alu)
{
	switch (op) {
	case XVCPU_OP_NOT:
		XVCPU_ALU_UNARY(alu, "not");
		break;
	case XVCPU_OP_NEG:
		XVCPU_ALU_UNARY(alu, "neg");
		break;
	case XVCPU_OP_INC:
		XVCPU_ALU_UNARY(alu, "inc");
		break;
	case XVCPU_OP_DEC:
		XVCPU_ALU_UNARY(alu, "dec");
		break;
	case XVCPU_OP_TEST:
		XVCPU_ALU_BINARY(alu, "test");
		break;
	}
}

/* The flags that an operation changes. */
static u64 changed_flags(u8 op, const struct xvcpu_alu *alu)
{
	u8 count = alu->src & (alu->size == 8 ? 63 : 31);

	switch (op) {
	case XVCPU_OP_ROL:
	case XVCPU_OP_ROR:
	case XVCPU_OP_RCL:
	case XVCPU_OP_RCR:
		return count ? X86_EFLAGS_CF | X86_EFLAGS_OF : 0;
	case XVCPU_OP_SHL:
	case XVCPU_OP_SHR:
	case XVCPU_OP_SAL:
	case XVCPU_OP_SAR:
		return count ? ARITHMETIC : 0;
	case XVCPU_OP_BT:
	case XVCPU_OP_BTS:
	case XVCPU_OP_BTR:
	case XVCPU_OP_BTC:
		return X86_EFLAGS_CF;
	case XVCPU_OP_NOT:
		return 0;
	case XVCPU_OP_INC:
	case XVCPU_OP_DEC:
		return ARITHMETIC & ~X86_EFLAGS_CF;
	default:
		return ARITHMETIC;
	}
}

/* Returns the result, sets the flags. */
static u64 compute(struct xvcpu_emulation *e, u8 op, u64 dst, u64 src, u8 size)
{
	struct xvcpu_alu alu = {
		.dst = dst, .src = src, .flags = e->rflags, .size = size,
	};
	u64 changed = changed_flags(op, &alu);

	if (op <= XVCPU_OP_CMP)
		add_and_others(op, &alu);
	else if (op <= XVCPU_OP_SAR)
		shift(op, &alu);
	else if (op <= XVCPU_OP_DEC)
		unary_and_test(op, &alu);
	else
		test_bit_and_others(op, &alu);
	e->rflags = (e->rflags & ~changed) | (alu.flags & changed);
	return alu.dst;
}

/* The operand that is not memory. */
static u64 source(const struct xvcpu_emulation *e)
{
	const struct xvcpu_insn *insn = e->insn;

	switch (insn->form) {
	case XVCPU_FORM_MR:
	case XVCPU_FORM_RM:
		return get_reg(insn, e->gpr);
	case XVCPU_FORM_MC:
		return e->gpr[XVCPU_RCX] & 0xff;
	default:
		return insn->imm;
	}
}

static bool only_compares(u8 op)
{
	return op == XVCPU_OP_CMP || op == XVCPU_OP_TEST || op == XVCPU_OP_BT;
}

static int compute_to_reg(struct xvcpu_emulation *e)
{
	const struct xvcpu_insn *insn = e->insn;
	struct xvcpu_operand operand;
	u64 value, reg = source(e);
	int err = map_and_read(e, &operand, false, &value);

	if (err)
		return err;
	value = compute(e, insn->op, reg, value, insn->op_size);
	if (!only_compares(insn->op))
		set_reg(insn, e->gpr, value);
	return 0;
}

static int compute_to(struct xvcpu_emulation *e,
		      const struct xvcpu_operand *operand, u64 src)
{
	const struct xvcpu_insn *insn = e->insn;
	u64 value;
	int err = read(e, operand, &value);

	if (err)
		return err;
	value = compute(e, insn->op, value, src, insn->op_size);
	return only_compares(insn->op) ? 0 : write(e, operand, value);
}

static int exec_compute(struct xvcpu_emulation *e)
{
	struct xvcpu_operand operand;
	int err;

	if (e->insn->form == XVCPU_FORM_RM)
		return compute_to_reg(e);
	err = map_operand(e, &operand, !only_compares(e->insn->op));
	return err ?: compute_to(e, &operand, source(e));
}

static int exec_imul(struct xvcpu_emulation *e)
{
	const struct xvcpu_insn *insn = e->insn;
	struct xvcpu_operand operand;
	u64 value;
	int err;

	if (insn->form == XVCPU_FORM_RM)
		return compute_to_reg(e);
	err = map_and_read(e, &operand, false, &value);
	if (err)
		return err;
	value = compute(e, insn->op, value, insn->imm, insn->op_size);
	set_reg(insn, e->gpr, value);
	return 0;
}

/* A bit's number in a register has a sign, and reaches beyond the operand. */
static int exec_bit(struct xvcpu_emulation *e)
{
	const struct xvcpu_insn *insn = e->insn;
	u8 bits = 8 * insn->op_size;
	struct xvcpu_operand operand;
	u64 offset = offset_of_operand(e);
	s64 number = source(e);
	int err;

	if (insn->form == XVCPU_FORM_MR) {
		number = sign_extend(number, insn->op_size);
		offset += (number >> (ilog2(bits))) * insn->op_size;
		offset &= address_mask(e);
	}
	err = map(e, &operand, insn->seg, offset, insn->mem_size,
		  insn->op != XVCPU_OP_BT);
	return err ?: compute_to(e, &operand, number & (bits - 1));
}

/* ---- moves --------------------------------------------------------------- */

static int load(struct xvcpu_emulation *e, u64 *value)
{
	struct xvcpu_operand operand;

	return map_and_read(e, &operand, false, value);
}

static int load_to_reg(struct xvcpu_emulation *e, u64 value)
{
	set_reg(e->insn, e->gpr, value);
	return 0;
}

static int exec_mov(struct xvcpu_emulation *e)
{
	u64 value;

	if (e->insn->form != XVCPU_FORM_RM)
		return map_and_write(e, source(e));
	return load(e, &value) ?: load_to_reg(e, value);
}

static int exec_movzx(struct xvcpu_emulation *e)
{
	u64 value;

	return load(e, &value) ?: load_to_reg(e, value);
}

static int exec_movsx(struct xvcpu_emulation *e)
{
	u64 value;
	int err = load(e, &value);

	return err ?: load_to_reg(e, sign_extend(value, e->insn->mem_size));
}

static u64 swap_bytes(u64 value, u8 size)
{
	return swab64(value) >> (64 - 8 * size);
}

static int exec_movbe(struct xvcpu_emulation *e)
{
	u8 size = e->insn->op_size;
	u64 value;
	int err;

	if (e->insn->form == XVCPU_FORM_MR)
		return map_and_write(e, swap_bytes(source(e), size));
	err = load(e, &value);
	return err ?: load_to_reg(e, swap_bytes(value, size));
}

static int exec_mov_seg(struct xvcpu_emulation *e)
{
	return map_and_write(e, e->seg[e->insn->reg].selector);
}

/* The rest of a register that is loaded becomes 0. */
static int exec_mov_xmm(struct xvcpu_emulation *e)
{
	const struct xvcpu_insn *insn = e->insn;
	bool store = insn->form == XVCPU_FORM_MR;
	struct xvcpu_operand operand;
	int err;

	if (!e->xmm)
		return -EOPNOTSUPP;
	err = map_operand(e, &operand, store);
	if (err)
		return err;
	if (store)
		return e->ops->write(e, &operand, e->xmm[insn->reg]);
	memset(e->xmm_value, 0, sizeof(e->xmm_value));
	e->xmm_reg = insn->reg;
	return e->ops->read(e, &operand, e->xmm_value);
}

/* The conditions come in pairs, the second one of each the contrary. */
static bool condition(const struct xvcpu_emulation *e)
{
	u64 f = e->rflags;
	bool less = !(f & X86_EFLAGS_SF) != !(f & X86_EFLAGS_OF);
	const bool holds[] = {
		f & X86_EFLAGS_OF, f & X86_EFLAGS_CF, f & X86_EFLAGS_ZF,
		f & (X86_EFLAGS_CF | X86_EFLAGS_ZF), f & X86_EFLAGS_SF,
		f & X86_EFLAGS_PF, less, less || (f & X86_EFLAGS_ZF),
	};

	return holds[(e->insn->imm >> 1) & 7] != (e->insn->imm & 1);
}

static int exec_set(struct xvcpu_emulation *e)
{
	return map_and_write(e, condition(e));
}

/* Memory is read, and the register written, whatever the condition. */
static int exec_cmov(struct xvcpu_emulation *e)
{
	u64 value, old = source(e);
	int err = load(e, &value);

	return err ?: load_to_reg(e, condition(e) ? value : old);
}

/* ---- exchanges ----------------------------------------------------------- */

static int exec_xchg(struct xvcpu_emulation *e)
{
	struct xvcpu_operand operand;
	u64 value, reg = source(e);
	int err = map_and_read(e, &operand, true, &value);

	if (err)
		return err;
	load_to_reg(e, value);
	return write(e, &operand, reg);
}

static int exec_xadd(struct xvcpu_emulation *e)
{
	struct xvcpu_operand operand;
	u64 value, sum;
	int err = map_and_read(e, &operand, true, &value);

	if (err)
		return err;
	sum = compute(e, XVCPU_OP_ADD, value, source(e), e->insn->op_size);
	load_to_reg(e, value);
	return write(e, &operand, sum);
}

/* Memory is written in any case: if they differ, with what it was. */
static int exec_cmpxchg(struct xvcpu_emulation *e)
{
	u8 size = e->insn->op_size;
	struct xvcpu_operand operand;
	u64 value, new = source(e);
	int err = map_and_read(e, &operand, true, &value);

	if (err)
		return err;
	compute(e, XVCPU_OP_CMP, e->gpr[XVCPU_RAX], value, size);
	if (!(e->rflags & X86_EFLAGS_ZF)) {
		set_word_reg(e, XVCPU_RAX, size, value);
		new = value;
	}
	return write(e, &operand, new);
}

/* EDX:EAX and ECX:EBX, or the whole registers: two halves of @size bytes. */
static void get_pair(const struct xvcpu_emulation *e, u8 high, u8 low, u8 *pair)
{
	u8 size = e->insn->op_size;

	memcpy(pair, &e->gpr[low], size);
	memcpy(pair + size, &e->gpr[high], size);
}

static void set_pair(struct xvcpu_emulation *e, u8 high, u8 low, const u8 *pair)
{
	u8 size = e->insn->op_size;

	e->gpr[low] = 0;
	e->gpr[high] = 0;
	memcpy(&e->gpr[low], pair, size);
	memcpy(&e->gpr[high], pair + size, size);
}

static int exec_cmpxchg8b(struct xvcpu_emulation *e)
{
	u8 old[XVCPU_EMULATE_MAX], wanted[XVCPU_EMULATE_MAX];
	struct xvcpu_operand operand;
	int err = map_operand(e, &operand, true);

	err = err ?: e->ops->read(e, &operand, old);
	if (err)
		return err;
	get_pair(e, XVCPU_RDX, XVCPU_RAX, wanted);
	e->rflags &= ~(u64)X86_EFLAGS_ZF;
	if (!memcmp(old, wanted, e->insn->mem_size)) {
		e->rflags |= X86_EFLAGS_ZF;
		get_pair(e, XVCPU_RCX, XVCPU_RBX, old);
	} else {
		set_pair(e, XVCPU_RDX, XVCPU_RAX, old);
	}
	return e->ops->write(e, &operand, old);
}

/* ---- the stack and jumps ------------------------------------------------- */

static u8 stack_size(const struct xvcpu_emulation *e)
{
	return code64(e) ? 8 : e->seg[XVCPU_SS].ar & VMX_AR_DB_MASK ? 4 : 2;
}

/* The stack's next word downwards; RSP is left to the caller. */
static int map_push(struct xvcpu_emulation *e, struct xvcpu_operand *operand,
		    u64 *rsp)
{
	u8 size = e->insn->op_size;

	*rsp = (e->gpr[XVCPU_RSP] - size) & size_mask(stack_size(e));
	return map(e, operand, XVCPU_SS, *rsp, size, true);
}

static int push(struct xvcpu_emulation *e, const struct xvcpu_operand *operand,
		u64 rsp, u64 value)
{
	set_word_reg(e, XVCPU_RSP, stack_size(e), rsp);
	return write(e, operand, value);
}

static int exec_push(struct xvcpu_emulation *e)
{
	struct xvcpu_operand from, to;
	u64 value, rsp;
	int err = map_operand(e, &from, false);

	err = err ?: map_push(e, &to, &rsp);
	err = err ?: read(e, &from, &value);
	return err ?: push(e, &to, rsp, value);
}

/* An address with RSP counts from RSP after the pop. */
static int exec_pop(struct xvcpu_emulation *e)
{
	u8 size = e->insn->op_size, width = stack_size(e);
	u64 value, rsp = e->gpr[XVCPU_RSP];
	struct xvcpu_operand from, to;
	int err = map(e, &from, XVCPU_SS, rsp & size_mask(width), size, false);

	if (err)
		return err;
	set_word_reg(e, XVCPU_RSP, width, rsp + size);
	err = map_operand(e, &to, true);
	err = err ?: read(e, &from, &value);
	return err ?: write(e, &to, value);
}

/* Where the code segment, or the canonical addresses, end, so does the code. */
static int jump(struct xvcpu_emulation *e, u64 target)
{
	if (code64(e) ? !xvcpu_segment_canonical(target) :
			target > e->seg[XVCPU_CS].limit)
		return fault(e, X86_TRAP_GP);
	e->rip = target;
	return 0;
}

static int exec_jmp(struct xvcpu_emulation *e)
{
	u64 target;

	return load(e, &target) ?: jump(e, target);
}

static int exec_call(struct xvcpu_emulation *e)
{
	struct xvcpu_operand from, to;
	u64 target, rsp, next = e->rip + e->insn->len;
	int err = map_operand(e, &from, false);

	err = err ?: map_push(e, &to, &rsp);
	err = err ?: read(e, &from, &target);
	err = err ?: jump(e, target);
	return err ?: push(e, &to, rsp, next);
}

/* ---- string instructions ------------------------------------------------- */

static int map_source(struct xvcpu_emulation *e, struct xvcpu_operand *operand)
{
	return map(e, operand, e->insn->seg,
		   e->gpr[XVCPU_RSI] & address_mask(e), e->insn->mem_size,
		   false);
}

static int map_destination(struct xvcpu_emulation *e,
			   struct xvcpu_operand *operand, bool write)
{
	return map(e, operand, XVCPU_ES, e->gpr[XVCPU_RDI] & address_mask(e),
		   e->insn->mem_size, write);
}

static void advance(struct xvcpu_emulation *e, u8 reg)
{
	s64 step = e->insn->mem_size;

	if (e->rflags & X86_EFLAGS_DF)
		step = -step;
	set_word_reg(e, reg, e->insn->addr_size, e->gpr[reg] + step);
}

static int movs(struct xvcpu_emulation *e)
{
	struct xvcpu_operand from, to;
	u64 value;
	int err = map_source(e, &from);

	err = err ?: map_destination(e, &to, true);
	err = err ?: read(e, &from, &value);
	if (err)
		return err;
	advance(e, XVCPU_RSI);
	advance(e, XVCPU_RDI);
	return write(e, &to, value);
}

static int cmps(struct xvcpu_emulation *e)
{
	struct xvcpu_operand first, second;
	u64 a, b;
	int err = map_source(e, &first);

	err = err ?: map_destination(e, &second, false);
	err = err ?: read(e, &first, &a);
	err = err ?: read(e, &second, &b);
	if (err)
		return err;
	compute(e, XVCPU_OP_CMP, a, b, e->insn->op_size);
	advance(e, XVCPU_RSI);
	advance(e, XVCPU_RDI);
	return 0;
}

static int stos(struct xvcpu_emulation *e)
{
	struct xvcpu_operand to;
	int err = map_destination(e, &to, true);

	if (err)
		return err;
	advance(e, XVCPU_RDI);
	return write(e, &to, e->gpr[XVCPU_RAX]);
}

static int lods(struct xvcpu_emulation *e)
{
	struct xvcpu_operand from;
	u64 value;
	int err = map_source(e, &from);

	err = err ?: read(e, &from, &value);
	if (err)
		return err;
	set_word_reg(e, XVCPU_RAX, e->insn->op_size, value);
	advance(e, XVCPU_RSI);
	return 0;
}

static int scas(struct xvcpu_emulation *e)
{
	struct xvcpu_operand to;
	u64 value;
	int err = map_destination(e, &to, false);

	err = err ?: read(e, &to, &value);
	if (err)
		return err;
	compute(e, XVCPU_OP_CMP, e->gpr[XVCPU_RAX], value, e->insn->op_size);
	advance(e, XVCPU_RDI);
	return 0;
}

static int iteration(struct xvcpu_emulation *e)
{
	switch (e->insn->op) {
	case XVCPU_OP_MOVS:
		return movs(e);
	case XVCPU_OP_CMPS:
		return cmps(e);
	case XVCPU_OP_STOS:
		return stos(e);
	case XVCPU_OP_LODS:
		return lods(e);
	default:
		return scas(e);
	}
}

/* CMPS and SCAS go on as long as ZF is what the prefix says. */
static bool goes_on(const struct xvcpu_emulation *e)
{
	const struct xvcpu_insn *insn = e->insn;
	bool zf = e->rflags & X86_EFLAGS_ZF;

	if (insn->op != XVCPU_OP_CMPS && insn->op != XVCPU_OP_SCAS)
		return true;
	return zf == (insn->rep == 0xf3);
}

/* One iteration. */
static int exec_string(struct xvcpu_emulation *e)
{
	u64 mask = address_mask(e);
	int err;

	if (!e->insn->rep)
		return iteration(e);
	if (!(e->gpr[XVCPU_RCX] & mask))
		return 0;
	err = iteration(e);
	if (err)
		return err;
	set_word_reg(e, XVCPU_RCX, e->insn->addr_size, e->gpr[XVCPU_RCX] - 1);
	e->repeat = (e->gpr[XVCPU_RCX] & mask) && goes_on(e);
	return 0;
}

static int (* const exec[XVCPU_NR_OPS])(struct xvcpu_emulation *e) = {
	[XVCPU_OP_ADD ... XVCPU_OP_DEC]	= exec_compute,
	[XVCPU_OP_BT ... XVCPU_OP_BTC]	= exec_bit,
	[XVCPU_OP_IMUL]			= exec_imul,
	[XVCPU_OP_MOV]			= exec_mov,
	[XVCPU_OP_MOVZX]		= exec_movzx,
	[XVCPU_OP_MOVSX]		= exec_movsx,
	[XVCPU_OP_MOVBE]		= exec_movbe,
	[XVCPU_OP_MOV_SEG]		= exec_mov_seg,
	[XVCPU_OP_MOV_XMM]		= exec_mov_xmm,
	[XVCPU_OP_CMOV]			= exec_cmov,
	[XVCPU_OP_SET]			= exec_set,
	[XVCPU_OP_XCHG]			= exec_xchg,
	[XVCPU_OP_XADD]			= exec_xadd,
	[XVCPU_OP_CMPXCHG]		= exec_cmpxchg,
	[XVCPU_OP_CMPXCHG8B]		= exec_cmpxchg8b,
	[XVCPU_OP_PUSH]			= exec_push,
	[XVCPU_OP_POP]			= exec_pop,
	[XVCPU_OP_CALL]			= exec_call,
	[XVCPU_OP_JMP]			= exec_jmp,
	[XVCPU_OP_MOVS ... XVCPU_OP_SCAS] = exec_string,
};

static bool jumps(const struct xvcpu_insn *insn)
{
	return insn->op == XVCPU_OP_CALL || insn->op == XVCPU_OP_JMP;
}

/* MOV and MOVZX, which do nothing but load or store. */
static bool is_mov(const struct xvcpu_insn *insn)
{
	return (insn->op == XVCPU_OP_MOV || insn->op == XVCPU_OP_MOVZX) &&
	       !insn->lock;
}

/**
 * xvcpu_emulate_is_load() - whether an instruction only loads a register
 * @insn: the instruction.
 *
 * Return: true if it does: xvcpu_emulate_load() is all that it is.
 */
bool xvcpu_emulate_is_load(const struct xvcpu_insn *insn)
{
	return is_mov(insn) && insn->form == XVCPU_FORM_RM;
}

/**
 * xvcpu_emulate_is_store() - whether an instruction only stores a value
 * @insn: the instruction.
 *
 * Return: true if it does: xvcpu_emulate_stored() is all that it is.
 */
bool xvcpu_emulate_is_store(const struct xvcpu_insn *insn)
{
	return is_mov(insn) && (insn->form == XVCPU_FORM_MR ||
				insn->form == XVCPU_FORM_MI);
}

/**
 * xvcpu_emulate_load() - load what has been read
 * @insn: the instruction, a load.
 * @gpr: general-purpose registers.
 * @value: the memory operand, zero-extended.
 */
void xvcpu_emulate_load(const struct xvcpu_insn *insn, u64 *gpr, u64 value)
{
	set_reg(insn, gpr, value);
}

/**
 * xvcpu_emulate_stored() - what is stored
 * @insn: the instruction, a store.
 * @gpr: general-purpose registers.
 *
 * Return: the value; the memory operand says how many bytes of it.
 */
u64 xvcpu_emulate_stored(const struct xvcpu_insn *insn, const u64 *gpr)
{
	return insn->form == XVCPU_FORM_MI ? insn->imm : get_reg(insn, gpr);
}

/**
 * xvcpu_emulate() - execute an instruction, of a repeated one an iteration
 * @e: the instruction and the registers; the caller drops what has changed here
 *	unless it is done.
 *
 * Context: as the operations on memory need it.
 * Return: an enum xvcpu_emulate_result; -EOPNOTSUPP for an XMM register that is
 * not there; whatever else an operation on memory returned.
 */
int xvcpu_emulate(struct xvcpu_emulation *e)
{
	int ret;

	e->repeat = false;
	e->xmm_reg = -1;
	ret = exec[e->insn->op](e);
	if (!ret && !e->repeat && !jumps(e->insn))
		e->rip += e->insn->len;
	return ret;
}
