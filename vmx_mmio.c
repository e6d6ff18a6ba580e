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
 * Context: process context, may sleep; all of the vCPU's registers are here.
 */
#include <xvcpu/mmio.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>
#include <xvcpu/emulate.h>
#include <xvcpu/event.h>
#include <xvcpu/exit.h>
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
	return vcpu->regs.seg[XVCPU_CS].db ? 4 : 2;
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
	memset(run->mmio.data, 0, sizeof(run->mmio.data));
	if (write)
		memcpy(run->mmio.data, f->data, f->len);
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
	memcpy(f->data, data, len);
	return XVCPU_EMULATE_DONE;
}

/* One page's part of an operand. */
static int read_piece(struct xvcpu_vcpu *vcpu, u64 gpa, void *data, u32 len)
{
	int ret = xvcpu_vm_read(vcpu->vm, gpa, data, len);
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
	int ret = xvcpu_vm_write(vcpu->vm, gpa, data, len);
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

/* Walks; a fault becomes the emulation's. */
static int translate(struct xvcpu_emulation *e, u64 gva, u32 access, u64 *gpa)
{
	struct xvcpu_vcpu *vcpu = vcpu_of(e);
	u32 error;
	int err;

	if (e->insn->code_size != 8)
		gva = (u32)gva;
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

	memcpy(vcpu->world.gpr, e->gpr, sizeof(e->gpr));
	if (e->xmm_reg >= 0)
		xvcpu_fpu_set_xmm(vcpu, e->xmm_reg, e->xmm_value);
	r->rip = e->rip;
	r->rflags = e->rflags & ~(u64)X86_EFLAGS_RF;
	if (e->repeat)
		r->rflags |= X86_EFLAGS_RF;
	xvcpu_regs_changed(vcpu, XVCPU_REG_RSP | XVCPU_REG_RFLAGS);
	/* RIP is where it has to be, the rest is as after any instruction. */
	vcpu->exit.insn_len = 0;
	xvcpu_regs_skip_instruction(vcpu);
}

static int execute(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_mmio *mmio = &vcpu->mmio;
	struct access access = { .vcpu = vcpu };
	int ret;

	mmio->used = 0;
	mmio->nr_write = 0;
	mmio->written = 0;
	copy_in(vcpu, &access.e);
	ret = xvcpu_emulate(&access.e);
	switch (ret) {
	case XVCPU_EMULATE_DONE:
		copy_out(vcpu, &access.e);
		return next_write(vcpu);
	case XVCPU_EMULATE_FAULT:
		return queue_fault(vcpu, &access.e.fault);
	case XVCPU_EMULATE_WAIT:
		return to_userspace(vcpu, &mmio->read[mmio->nr_read], false);
	case -EAGAIN:
		return XVCPU_EXIT_RESUME;
	case -EOPNOTSUPP:
		return failed(vcpu);
	default:
		return ret;
	}
}

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
static int fetch_and_decode(struct xvcpu_vcpu *vcpu)
{
	u8 bytes[XVCPU_INSN_LONGEST];
	u32 have = 0;
	int err;

	do {
		err = fetch_more(vcpu, bytes, &have);
		if (err)
			return err;
		err = xvcpu_decode(&vcpu->mmio.insn, bytes, have,
				   code_size(vcpu));
	} while (err == -ENODATA);
	return err;
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
	if (vcpu->event.info)
		return delivery_failed(vcpu);
	vcpu->mmio.nr_read = 0;
	switch (fetch_and_decode(vcpu)) {
	case 0:
		return execute(vcpu);
	case -EFAULT:
		return XVCPU_EXIT_RESUME;
	case -E2BIG:
		return xvcpu_exit_gp(vcpu);
	default:
		return failed(vcpu);
	}
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
	return execute(vcpu);
}
