// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to guest physical addresses that no memory slot holds, and writes to
 * those that a slot holds for reading only: userspace has what is there.
 *
 * The instruction is decoded and executed here. When it needs to read what
 * userspace has not given yet, it is given up without a trace, userspace is
 * asked, and it is executed anew, with what has been read already: nothing is
 * read twice. Its writes are collected; when it is done, and RIP points after it,
 * they go out one after the other. That is the order in which KVM does it.
 *
 * Most such instructions are of 64-bit code and know no segments: XVCPU_REG_EMULATE
 * is all that they need, and nothing is read that they do not. For what is left,
 * be it a fault, all registers are fetched.
 *
 * Context: process context, may sleep.
 */
#include <xvcpu/mmio.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>
#include <xvcpu/debug.h>
#include <xvcpu/emulate.h>
#include <xvcpu/event.h>
#include <xvcpu/exit.h>
#include <xvcpu/fetch.h>
#include <xvcpu/fpu.h>
#include <xvcpu/regs.h>
#include <xvcpu/vm.h>
#include <xvcpu/walk.h>

/**
 * struct access - an emulation for a vCPU
 * @e: the emulation.
 * @vcpu: the vCPU.
 */
struct access {
	struct xvcpu_emulation e;
	struct xvcpu_vcpu *vcpu;
};

static struct xvcpu_vcpu *vcpu_of(struct xvcpu_emulation *e)
{
	return container_of(e, struct access, e)->vcpu;
}

static u8 code_size(struct xvcpu_vcpu *vcpu)
{
	if (xvcpu_regs_64bit_code(vcpu))
		return 8;
	return vcpu->regs.seg[XVCPU_CS].ar & VMX_AR_DB_MASK ? 4 : 2;
}

/* ---- userspace ----------------------------------------------------------- */

static int to_userspace(struct xvcpu_vcpu *vcpu, const struct xvcpu_fragment *f,
			bool write)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = f->gpa;
	run->mmio.len = f->len;
	run->mmio.is_write = write;
	if (write)
		memcpy(run->mmio.data, f->data, sizeof(f->data));
	else
		memset(run->mmio.data, 0, sizeof(run->mmio.data));
	vcpu->mmio.active = true;
	vcpu->mmio.writing = write;
	return XVCPU_EXIT_USER;
}

static int next_write(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_mmio *mmio = &vcpu->mmio;

	if (mmio->written == mmio->nr_write)
		return XVCPU_EXIT_RESUME;
	return to_userspace(vcpu, &mmio->write[mmio->written++], true);
}

/* ---- fragments ----------------------------------------------------------- */

static bool same_place(const struct xvcpu_fragment *f, u64 gpa, u32 len)
{
	return f->gpa == gpa && f->len == len;
}

/*
 * What has been read serves once, in order. If the guest has changed what the
 * instruction accesses, the rest is of no use.
 */
static int read_fragment(struct xvcpu_mmio *mmio, u64 gpa, void *data, u32 len)
{
	struct xvcpu_fragment *f = &mmio->read[mmio->used];

	if (mmio->used < mmio->nr_read && same_place(f, gpa, len)) {
		memcpy(data, f->data, len);
		mmio->used++;
		return XVCPU_EMULATE_DONE;
	}
	if (mmio->used == XVCPU_MMIO_FRAGMENTS)
		return -EOPNOTSUPP;
	f->gpa = gpa;
	f->len = len;
	mmio->nr_read = mmio->used;
	return XVCPU_EMULATE_WAIT;
}

static int write_fragment(struct xvcpu_mmio *mmio, u64 gpa, const void *data,
			  u32 len)
{
	struct xvcpu_fragment *f = &mmio->write[mmio->nr_write];

	if (mmio->nr_write == XVCPU_MMIO_FRAGMENTS)
		return -EOPNOTSUPP;
	mmio->nr_write++;
	f->gpa = gpa;
	f->len = len;
	memset(f->data, 0, sizeof(f->data));
	memcpy(f->data, data, len);
	return XVCPU_EMULATE_DONE;
}

/*
 * Whether no slot holds a page. That of the last access is known, unless slots have
 * changed since: who changes them while the guest looks there has no order to ask for.
 */
static bool is_device(const struct xvcpu_vcpu *vcpu, u64 gpa)
{
	const struct xvcpu_mmio *mmio = &vcpu->mmio;

	return mmio->device == (gpa | ~PAGE_MASK) &&
	       mmio->slot_changes == READ_ONCE(vcpu->vm->slot_changes);
}

/* One page's part of an operand. */
static int read_piece(struct xvcpu_vcpu *vcpu, u64 gpa, void *data, u32 len)
{
	int ret = is_device(vcpu, gpa) ? -ENOENT :
		  xvcpu_vm_read(vcpu->vm, gpa, data, len);
	u32 n;

	if (ret != -ENOENT)
		return ret;
	for (; len; len -= n, gpa += n, data += n) {
		n = min_t(u32, len, sizeof(vcpu->mmio.read[0].data));
		ret = read_fragment(&vcpu->mmio, gpa, data, n);
		if (ret)
			return ret;
	}
	return XVCPU_EMULATE_DONE;
}

static int write_piece(struct xvcpu_vcpu *vcpu, u64 gpa, const void *data,
		       u32 len)
{
	int ret = is_device(vcpu, gpa) ? -ENOENT :
		  xvcpu_vm_write(vcpu->vm, gpa, data, len);
	u32 n;

	if (ret != -ENOENT && ret != -EROFS)
		return ret;
	for (; len; len -= n, gpa += n, data += n) {
		n = min_t(u32, len, sizeof(vcpu->mmio.write[0].data));
		ret = write_fragment(&vcpu->mmio, gpa, data, n);
		if (ret)
			return ret;
	}
	return XVCPU_EMULATE_DONE;
}

/* ---- the emulation's memory ---------------------------------------------- */

static int mmio_read(struct xvcpu_emulation *e,
		     const struct xvcpu_operand *operand, void *data)
{
	struct xvcpu_vcpu *vcpu = vcpu_of(e);
	int ret = read_piece(vcpu, operand->gpa[0], data, operand->len[0]);

	if (ret || !operand->len[1])
		return ret;
	return read_piece(vcpu, operand->gpa[1], data + operand->len[0],
			  operand->len[1]);
}

static int mmio_write(struct xvcpu_emulation *e,
		      const struct xvcpu_operand *operand, const void *data)
{
	struct xvcpu_vcpu *vcpu = vcpu_of(e);
	int ret = write_piece(vcpu, operand->gpa[0], data, operand->len[0]);

	if (ret || !operand->len[1])
		return ret;
	return write_piece(vcpu, operand->gpa[1], data + operand->len[0],
			   operand->len[1]);
}

/* What the processor has translated, and has checked the rights to, is done. */
static bool is_translated(const struct xvcpu_vcpu *vcpu, u64 gva, u32 access)
{
	const u64 known = EPT_VIOLATION_GVA_IS_VALID |
			  EPT_VIOLATION_GVA_TRANSLATED;
	const struct xvcpu_exit *exit = &vcpu->exit;

	if (exit->reason != EXIT_REASON_EPT_VIOLATION ||
	    (exit->qualification & known) != known ||
	    (exit->qualification & EPT_VIOLATION_ACC_INSTR))
		return false;
	if ((access & XVCPU_WALK_WRITE) &&
	    !(exit->qualification & EPT_VIOLATION_ACC_WRITE))
		return false;
	return (gva & PAGE_MASK) == (exit->gva & PAGE_MASK);
}

/* Walks; a fault becomes the emulation's. */
static int translate(struct xvcpu_emulation *e, u64 gva, u32 access, u64 *gpa)
{
	struct xvcpu_vcpu *vcpu = vcpu_of(e);
	u32 error;
	int err;

	if (e->insn->code_size != 8)
		gva = (u32)gva;
	if (is_translated(vcpu, gva, access)) {
		*gpa = (vcpu->exit.gpa & PAGE_MASK) | offset_in_page(gva);
		return 0;
	}
	err = xvcpu_walk(vcpu, gva, xvcpu_walk_access(vcpu, access), gpa,
			 &error);
	switch (err) {
	case -EFAULT:
		e->fault = (struct xvcpu_fault) {
			.vector = X86_TRAP_PF, .error = error, .address = gva,
		};
		return XVCPU_EMULATE_FAULT;
	default:
		/* As for any memory that the process should have. */
		return err == -EIO ? -EFAULT : err;
	}
}

/*
 * A LOCK prefix promises more than is kept here, for the sake of devices; but for
 * memory the guest's own access has to do it, unless it never will: the processor
 * could not set flags in the guest's tables.
 */
static bool on_faulting_page(const struct xvcpu_vcpu *vcpu,
			     const struct xvcpu_operand *operand)
{
	u64 page = vcpu->exit.gpa & PAGE_MASK;

	if (!(vcpu->exit.qualification & EPT_VIOLATION_GVA_TRANSLATED))
		return true;
	return (operand->gpa[0] & PAGE_MASK) == page ||
	       (operand->len[1] && operand->gpa[1] == page);
}

static bool atomic(const struct xvcpu_insn *insn)
{
	return insn->lock || insn->op == XVCPU_OP_XCHG;
}

static int mmio_map(struct xvcpu_emulation *e, struct xvcpu_operand *operand,
		    u64 gva, u32 len, bool write)
{
	u32 access = write ? XVCPU_WALK_WRITE : 0;
	u32 first = min_t(u32, len, PAGE_SIZE - offset_in_page(gva));
	int ret = translate(e, gva, access, &operand->gpa[0]);

	operand->len[0] = first;
	operand->len[1] = len - first;
	if (!ret && operand->len[1])
		ret = translate(e, gva + first, access, &operand->gpa[1]);
	if (!ret && write && atomic(e->insn) &&
	    !on_faulting_page(vcpu_of(e), operand))
		return -EAGAIN;
	return ret;
}

static const struct xvcpu_emulate_ops mmio_ops = {
	.map = mmio_map,
	.read = mmio_read,
	.write = mmio_write,
};

/* ---- the instruction ----------------------------------------------------- */

/* KVM does the same: userspace has to know of the kernel's code alone. */
static int failed(struct xvcpu_vcpu *vcpu)
{
	if (!(vcpu->regs.cr0 & X86_CR0_PE) || !xvcpu_regs_cpl(vcpu))
		return xvcpu_exit_no_emulation(vcpu);
	xvcpu_event_queue_exception(vcpu, X86_TRAP_UD, XVCPU_EVENT_NO_ERROR);
	return XVCPU_EXIT_RESUME;
}

static int queue_fault(struct xvcpu_vcpu *vcpu, const struct xvcpu_fault *fault)
{
	if (fault->vector == X86_TRAP_PF)
		xvcpu_event_queue_pf(vcpu, fault->address, fault->error);
	else
		xvcpu_event_queue_exception(vcpu, fault->vector, fault->error);
	return XVCPU_EXIT_RESUME;
}

static void copy_in(struct xvcpu_vcpu *vcpu, struct xvcpu_emulation *e)
{
	e->ops = &mmio_ops;
	e->insn = &vcpu->mmio.insn;
	e->seg = vcpu->regs.seg;
	e->xmm = xvcpu_fpu_xmm(vcpu);
	e->protected_mode = vcpu->regs.cr0 & X86_CR0_PE;
	memcpy(e->gpr, vcpu->world.gpr, sizeof(e->gpr));
	e->rip = vcpu->regs.rip;
	e->rflags = vcpu->regs.rflags;
}

/* The instruction, or an iteration, is done: after an iteration with RF. */
static void copy_out(struct xvcpu_vcpu *vcpu, const struct xvcpu_emulation *e)
{
	struct xvcpu_regs *r = &vcpu->regs;

	u64 rflags = e->rflags & ~(u64)X86_EFLAGS_RF;

	if (e->repeat)
		rflags |= X86_EFLAGS_RF;
	if (rflags != r->rflags)
		xvcpu_regs_changed(vcpu, XVCPU_REG_RFLAGS);
	if (e->gpr[XVCPU_RSP] != vcpu->world.gpr[XVCPU_RSP])
		xvcpu_regs_changed(vcpu, XVCPU_REG_RSP);
	memcpy(vcpu->world.gpr, e->gpr, sizeof(e->gpr));
	if (e->xmm_reg >= 0)
		xvcpu_fpu_set_xmm(vcpu, e->xmm_reg, e->xmm_value);
	r->rip = e->rip;
	r->rflags = rflags;
	/* RIP is where it has to be, the rest is as after any instruction. */
	vcpu->exit.insn_len = 0;
	xvcpu_regs_skip_instruction(vcpu);
}

/* Whether XVCPU_REG_EMULATE is enough, unless it faults. */
static bool is_plain(const struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_insn *insn = &vcpu->mmio.insn;

	return insn->code_size == 8 && insn->form != XVCPU_FORM_STRING &&
	       insn->op != XVCPU_OP_MOV_SEG && insn->seg < XVCPU_FS &&
	       !xvcpu_debug_steps(vcpu);
}

static int fault_or_failure(struct xvcpu_vcpu *vcpu, int ret,
			    const struct xvcpu_fault *fault)
{
	int err = xvcpu_regs_pull_anywhere(vcpu, XVCPU_REG_ALL);

	if (err)
		return err;
	return ret == XVCPU_EMULATE_FAULT ? queue_fault(vcpu, fault) :
					    failed(vcpu);
}

static int execute(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_mmio *mmio = &vcpu->mmio;
	struct access access;
	int ret;

	if (!is_plain(vcpu)) {
		ret = xvcpu_regs_pull_anywhere(vcpu, XVCPU_REG_ALL);
		if (ret)
			return ret;
	}
	access.vcpu = vcpu;
	mmio->used = 0;
	mmio->nr_write = 0;
	mmio->written = 0;
	copy_in(vcpu, &access.e);
	ret = xvcpu_emulate(&access.e);
	switch (ret) {
	case XVCPU_EMULATE_DONE:
		copy_out(vcpu, &access.e);
		return next_write(vcpu);
	case XVCPU_EMULATE_WAIT:
		return to_userspace(vcpu, &mmio->read[mmio->nr_read], false);
	case -EAGAIN:
		return XVCPU_EXIT_RESUME;
	case XVCPU_EMULATE_FAULT:
	case -EOPNOTSUPP:
		return fault_or_failure(vcpu, ret, &access.e.fault);
	default:
		return ret;
	}
}

/* ---- loads and stores ---------------------------------------------------- */

/*
 * Whether the operand is what the exit has told the address of: all of it in a
 * device's page, and nothing to be translated.
 */
static bool is_exits_operand(const struct xvcpu_vcpu *vcpu, u32 access)
{
	const struct xvcpu_insn *insn = &vcpu->mmio.insn;
	u64 gva = vcpu->exit.gva;

	return is_plain(vcpu) && is_device(vcpu, vcpu->exit.gpa) &&
	       is_translated(vcpu, gva, access) &&
	       offset_in_page(gva) + insn->mem_size <= PAGE_SIZE &&
	       gva == xvcpu_emulate_offset(insn, vcpu->world.gpr,
					   vcpu->regs.rip);
}

static void instruction_done(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_regs *r = &vcpu->regs;

	if (r->rflags & X86_EFLAGS_RF) {
		r->rflags &= ~(u64)X86_EFLAGS_RF;
		xvcpu_regs_changed(vcpu, XVCPU_REG_RFLAGS);
	}
	vcpu->exit.insn_len = vcpu->mmio.insn.len;
	xvcpu_regs_skip_instruction(vcpu);
}

/* To execute it would only lead to asking for the same. */
static int begin_load(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_fragment *f = &vcpu->mmio.read[0];

	vcpu->mmio.loading = true;
	f->gpa = vcpu->exit.gpa;
	f->len = vcpu->mmio.insn.mem_size;
	return to_userspace(vcpu, f, false);
}

static u64 operand_of(const struct xvcpu_insn *insn, u64 value)
{
	return insn->mem_size < sizeof(value) ?
		value & (BIT_ULL(8 * insn->mem_size) - 1) : value;
}

static int end_load(struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_insn *insn = &vcpu->mmio.insn;
	u64 value;

	memcpy(&value, vcpu->mmio.read[0].data, sizeof(value));
	xvcpu_emulate_load(insn, vcpu->world.gpr, operand_of(insn, value));
	if (insn->reg == XVCPU_RSP)
		xvcpu_regs_changed(vcpu, XVCPU_REG_RSP);
	instruction_done(vcpu);
	return XVCPU_EXIT_RESUME;
}

static int store(struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_insn *insn = &vcpu->mmio.insn;
	struct xvcpu_fragment *f = &vcpu->mmio.write[0];
	u64 value = operand_of(insn, xvcpu_emulate_stored(insn, vcpu->world.gpr));

	f->gpa = vcpu->exit.gpa;
	f->len = insn->mem_size;
	memcpy(f->data, &value, sizeof(value));
	vcpu->mmio.nr_write = 1;
	vcpu->mmio.written = 1;
	instruction_done(vcpu);
	return to_userspace(vcpu, f, true);
}

static int begin(struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_insn *insn = &vcpu->mmio.insn;

	if (xvcpu_emulate_is_load(insn) && is_exits_operand(vcpu, 0))
		return begin_load(vcpu);
	if (xvcpu_emulate_is_store(insn) &&
	    is_exits_operand(vcpu, XVCPU_WALK_WRITE))
		return store(vcpu);
	return execute(vcpu);
}

/* ---- code ---------------------------------------------------------------- */

/* Adds the bytes up to the page's end to the @have that there are. */
static int fetch_more(struct xvcpu_vcpu *vcpu, u8 *bytes, u32 *have)
{
	u64 gva = vcpu->regs.rip + *have;
	u32 n;
	int err;

	if (code_size(vcpu) != 8)
		gva = (u32)(gva + vcpu->regs.seg[XVCPU_CS].base);
	n = min_t(u32, XVCPU_INSN_LONGEST - *have,
		  PAGE_SIZE - offset_in_page(gva));
	err = xvcpu_walk_read(vcpu, gva, bytes + *have, n, XVCPU_WALK_FETCH);
	if (!err)
		*have += n;
	return err;
}

/* The second page is looked at only if the instruction reaches into it. */
static noinline int fetch_and_decode_slowly(struct xvcpu_vcpu *vcpu)
{
	u8 bytes[XVCPU_INSN_LONGEST];
	u32 have = 0;
	int err;

	vcpu->mmio.decoded = false;
	do {
		err = fetch_more(vcpu, bytes, &have);
		if (err)
			return err;
		err = xvcpu_decode(&vcpu->mmio.insn, bytes, have,
				   code_size(vcpu));
	} while (err == -ENODATA);
	return err;
}

static noinline int decode_anew(struct xvcpu_mmio *mmio)
{
	int err = xvcpu_decode(&mmio->insn, (const u8 *)mmio->fetched,
			       XVCPU_INSN_LONGEST, 8);

	memcpy(mmio->bytes, mmio->fetched, sizeof(mmio->bytes));
	mmio->decoded = !err;
	return err;
}

/*
 * In 64-bit code as many bytes as an instruction can have, if one page has them.
 * Most often they are those of the access before, and have been decoded.
 */
static int fetch_and_decode(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_mmio *mmio = &vcpu->mmio;
	int err;

	if (!xvcpu_regs_64bit_code(vcpu) ||
	    offset_in_page(vcpu->regs.rip) > PAGE_SIZE - sizeof(mmio->fetched))
		return fetch_and_decode_slowly(vcpu);
	err = xvcpu_fetch(vcpu, vcpu->regs.rip, mmio->fetched);
	if (err)
		return err;
	if (likely(mmio->decoded && mmio->fetched[0] == mmio->bytes[0] &&
		   mmio->fetched[1] == mmio->bytes[1]))
		return 0;
	return decode_anew(mmio);
}

static int delivery_failed(struct xvcpu_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	run->internal.suberror = KVM_INTERNAL_ERROR_DELIVERY_EV;
	run->internal.ndata = 5;
	run->internal.data[0] = vcpu->event.info;
	run->internal.data[1] = vcpu->exit.reason;
	run->internal.data[2] = vcpu->exit.qualification;
	run->internal.data[3] = vcpu->exit.gpa;
	run->internal.data[4] = vcpu->binding.entered_last;
	return XVCPU_EXIT_USER;
}

/* An exit that was taken for one for memory has read no registers at all. */
static bool has_enough(const struct xvcpu_vcpu *vcpu)
{
	return !(~vcpu->regs.here & XVCPU_REG_EMULATE);
}

/**
 * xvcpu_mmio_is_device() - whether an exit is known to be for no memory
 * @vcpu: the vCPU, after an exit for an EPT violation.
 *
 * Return: true if the access before found none in the same page, and no slot has
 * come since.
 */
bool xvcpu_mmio_is_device(const struct xvcpu_vcpu *vcpu)
{
	return is_device(vcpu, vcpu->exit.gpa);
}

/**
 * xvcpu_mmio_found_none() - remember that no slot holds the page of an exit
 * @vcpu: the vCPU, after an exit for an EPT violation.
 * @slot_changes: the VM's, from before it was looked for.
 */
void xvcpu_mmio_found_none(struct xvcpu_vcpu *vcpu, unsigned long slot_changes)
{
	vcpu->mmio.device = vcpu->exit.gpa | ~PAGE_MASK;
	vcpu->mmio.slot_changes = slot_changes;
}

/**
 * xvcpu_mmio_access() - handle an exit for an access that no memory serves
 * @vcpu: the vCPU.
 *
 * An event whose delivery needs such an access can't be delivered.
 *
 * Return: as a handler of exits.
 */
int xvcpu_mmio_access(struct xvcpu_vcpu *vcpu)
{
	int err = 0;

	if (vcpu->event.info)
		return delivery_failed(vcpu);
	vcpu->mmio.nr_read = 0;
	vcpu->mmio.loading = false;
	if (!has_enough(vcpu) || !xvcpu_regs_64bit_code(vcpu))
		err = xvcpu_regs_pull_anywhere(vcpu, XVCPU_REG_ALL);
	err = err ?: fetch_and_decode(vcpu);
	if (likely(!err))
		return begin(vcpu);
	if (err == -EFAULT)
		return XVCPU_EXIT_RESUME;
	if (xvcpu_regs_pull_anywhere(vcpu, XVCPU_REG_ALL))
		return -EIO;
	return err == -E2BIG ? xvcpu_exit_gp(vcpu) : failed(vcpu);
}

/**
 * xvcpu_mmio_complete() - userspace has done its part of an access
 * @vcpu: the vCPU; an access is under way.
 *
 * Return: as a handler of exits.
 */
int xvcpu_mmio_complete(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_mmio *mmio = &vcpu->mmio;

	mmio->active = false;
	if (mmio->writing)
		return next_write(vcpu);
	/* Userspace has changed the mode: what was decoded is void. */
	if (mmio->insn.code_size != code_size(vcpu))
		return XVCPU_EXIT_RESUME;
	memcpy(mmio->read[mmio->nr_read].data, vcpu->run->mmio.data,
	       sizeof(vcpu->run->mmio.data));
	mmio->nr_read++;
	/* A debugger that steps since then wants to know of it. */
	return mmio->loading && !xvcpu_debug_steps(vcpu) ? end_load(vcpu) :
							    execute(vcpu);
}
