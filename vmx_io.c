// SPDX-License-Identifier: GPL-2.0
/*
 * Port I/O: IN, OUT, INS, OUTS, with and without REP. Userspace has the ports.
 *
 * As with KVM, an access ends when userspace calls KVM_RUN again: until then RIP
 * points to the instruction.
 */
#include <xvcpu/io.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>
#include <xvcpu/event.h>
#include <xvcpu/exit.h>
#include <xvcpu/regs.h>
#include <xvcpu/segment.h>
#include <xvcpu/vmcs.h>
#include <xvcpu/walk.h>

/* Exit qualification for I/O instructions. */
#define IO_SIZE(q)	(((q) & 7) + 1)
#define IO_IN(q)	((q) & BIT(3))
#define IO_STRING(q)	((q) & BIT(4))
#define IO_REP(q)	((q) & BIT(5))
#define IO_PORT(q)	(((q) >> 16) & 0xffff)

/* VM-exit instruction information for INS and OUTS: 16, 32 or 64 bits. */
#define IO_ADDRESS_SIZE(info)	(((info) >> 7) & 7)
#define IO_SEGMENT(info)	(((info) >> 15) & 7)

static void *io_data(struct xvcpu_vcpu *vcpu)
{
	return (void *)vcpu->run + PAGE_SIZE;
}

static void decode(struct xvcpu_vcpu *vcpu)
{
	u64 q = vcpu->exit.qualification;
	struct xvcpu_pio *pio = &vcpu->pio;

	pio->string = IO_STRING(q);
	pio->in = IO_IN(q);
	pio->rep = IO_REP(q);
	pio->size = IO_SIZE(q);
	pio->port = IO_PORT(q);
	pio->count = 1;
}

static int to_userspace(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_pio *pio = &vcpu->pio;
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_IO;
	run->io.direction = pio->in ? KVM_EXIT_IO_IN : KVM_EXIT_IO_OUT;
	run->io.size = pio->size;
	run->io.port = pio->port;
	run->io.count = pio->count;
	run->io.data_offset = PAGE_SIZE;
	pio->active = true;
	return XVCPU_EXIT_USER;
}

/**
 * xvcpu_io_access() - handle an exit for an I/O instruction
 * @vcpu: the vCPU.
 *
 * Context: on the vCPU's CPU, interrupts off.
 * Return: as a handler of exits.
 */
int xvcpu_io_access(struct xvcpu_vcpu *vcpu)
{
	vcpu->exit.qualification = vmcs_readl(EXIT_QUALIFICATION);
	vcpu->exit.insn_len = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	decode(vcpu);
	if (vcpu->pio.string) {
		vcpu->exit.insn_info = vmcs_read32(VMX_INSTRUCTION_INFO);
		vcpu->exit.gva = vmcs_readl(GUEST_LINEAR_ADDRESS);
		return xvcpu_exit_may_sleep(vcpu);
	}
	xvcpu_regs_need_to_skip(vcpu);
	if (!vcpu->pio.in)
		memcpy(io_data(vcpu), &vcpu->world.gpr[XVCPU_RAX],
		       vcpu->pio.size);
	return to_userspace(vcpu);
}

static u64 address_mask(u32 info)
{
	switch (IO_ADDRESS_SIZE(info)) {
	case 0:
		return U16_MAX;
	case 1:
		return U32_MAX;
	default:
		return U64_MAX;
	}
}

/* A part of a register as wide as addresses are; 32 bits clear the upper half. */
static void advance(struct xvcpu_vcpu *vcpu, int gpr, s64 delta)
{
	u64 mask = vcpu->pio.addr_mask;
	u64 old = vcpu->world.gpr[gpr];
	u64 keep = mask == U16_MAX ? old & ~mask : 0;

	vcpu->world.gpr[gpr] = keep | ((old + delta) & mask);
}

static u64 repetitions(struct xvcpu_vcpu *vcpu)
{
	return vcpu->pio.rep ?
		vcpu->world.gpr[XVCPU_RCX] & vcpu->pio.addr_mask : 1;
}

/* INS writes to ES, OUTS reads from DS or what a prefix says. */
static int operand_segment(struct xvcpu_vcpu *vcpu)
{
	return vcpu->pio.in ? XVCPU_ES : IO_SEGMENT(vcpu->exit.insn_info);
}

/* In 64-bit code segments have no limits and no types. */
static u64 operand_room(struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_segment *seg =
		&vcpu->regs.seg[operand_segment(vcpu)];
	u64 index = vcpu->world.gpr[vcpu->pio.in ? XVCPU_RDI : XVCPU_RSI];
	u64 room = vcpu->pio.addr_mask - (index & vcpu->pio.addr_mask);

	/* How far the index goes before it wraps, and at least one transfer. */
	room = max_t(u64, room, vcpu->pio.size);
	if (xvcpu_regs_64bit_code(vcpu))
		return room;
	if ((vcpu->regs.cr0 & X86_CR0_PE) &&
	    !xvcpu_segment_usable(seg, vcpu->pio.in))
		return 0;
	return min(room,
		   xvcpu_segment_room(seg, index & vcpu->pio.addr_mask));
}

/*
 * Upwards as many as fit into the page of data, the guest's page and the
 * segment; 0 if the segment has no room for one.
 */
static u32 batch(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_pio *pio = &vcpu->pio;
	u64 in_page = (PAGE_SIZE - offset_in_page(pio->gva)) / pio->size;
	u64 room = operand_room(vcpu);

	if (room < pio->size)
		return 0;
	if (pio->down || !in_page)
		return 1;
	return min3(repetitions(vcpu), in_page, room / pio->size);
}

static int segment_fault(struct xvcpu_vcpu *vcpu)
{
	bool stack = operand_segment(vcpu) == XVCPU_SS;

	xvcpu_event_queue_exception(vcpu, stack ? X86_TRAP_SS : X86_TRAP_GP, 0);
	return XVCPU_EXIT_RESUME;
}

/* For INS the memory must be there before userspace reads the port. */
static int fetch_or_probe(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_pio *pio = &vcpu->pio;
	u32 bytes = pio->count * pio->size;

	if (pio->in)
		return xvcpu_walk_probe(vcpu, pio->gva, bytes);
	return xvcpu_walk_read(vcpu, pio->gva, io_data(vcpu), bytes, 0);
}

/**
 * xvcpu_io_access_slow() - handle an exit for INS or OUTS
 * @vcpu: the vCPU; all registers here.
 *
 * Context: process context, may sleep.
 * Return: as a handler of exits.
 */
int xvcpu_io_access_slow(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_pio *pio = &vcpu->pio;
	int err;

	pio->addr_mask = address_mask(vcpu->exit.insn_info);
	pio->down = vcpu->regs.rflags & X86_EFLAGS_DF;
	pio->gva = vcpu->exit.gva;
	if (!repetitions(vcpu))
		return xvcpu_exit_skip(vcpu);
	pio->count = batch(vcpu);
	if (!pio->count)
		return segment_fault(vcpu);
	err = fetch_or_probe(vcpu);
	if (err == -EFAULT)
		return XVCPU_EXIT_RESUME;
	if (err)
		return xvcpu_exit_no_emulation(vcpu);
	return to_userspace(vcpu);
}

static void complete_in(struct xvcpu_vcpu *vcpu)
{
	u64 *rax = &vcpu->world.gpr[XVCPU_RAX];

	if (vcpu->pio.size == 4)
		*rax = 0;
	memcpy(rax, io_data(vcpu), vcpu->pio.size);
}

/* Not the last batch: the instruction stays, and exits again. */
static void complete_string(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_pio *pio = &vcpu->pio;
	s64 bytes = (s64)pio->count * pio->size;

	/*
	 * The guest may have a fault to take. What cannot be written for other
	 * reasons is lost: the device has given it, and would give more.
	 */
	if (pio->in && xvcpu_walk_write(vcpu, pio->gva, io_data(vcpu),
					bytes) == -EFAULT)
		return;
	advance(vcpu, pio->in ? XVCPU_RDI : XVCPU_RSI,
		pio->down ? -bytes : bytes);
	if (pio->rep) {
		advance(vcpu, XVCPU_RCX, -(s64)pio->count);
		if (repetitions(vcpu))
			return;
	}
	xvcpu_exit_skip(vcpu);
}

/**
 * xvcpu_io_complete() - userspace has done its part of an access
 * @vcpu: the vCPU; an access is under way.
 *
 * Context: process context, may sleep.
 */
void xvcpu_io_complete(struct xvcpu_vcpu *vcpu)
{
	vcpu->pio.active = false;
	if (vcpu->pio.string) {
		complete_string(vcpu);
		return;
	}
	if (vcpu->pio.in)
		complete_in(vcpu);
	xvcpu_exit_skip(vcpu);
}
