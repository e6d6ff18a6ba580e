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

/* What the exit under way says of its access is true until that is completed. */
static u64 qualification(const struct xvcpu_vcpu *vcpu)
{
	return vcpu->exit.qualification;
}

static void *io_data(struct xvcpu_vcpu *vcpu)
{
	return (void *)vcpu->run + PAGE_SIZE;
}

static int to_userspace(struct xvcpu_vcpu *vcpu, u64 q, u32 count)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_IO;
	run->io.direction = IO_IN(q) ? KVM_EXIT_IO_IN : KVM_EXIT_IO_OUT;
	run->io.size = IO_SIZE(q);
	run->io.port = IO_PORT(q);
	run->io.count = count;
	run->io.data_offset = PAGE_SIZE;
	vcpu->pio.active = true;
	return XVCPU_EXIT_USER;
}

static noinline int string_access(struct xvcpu_vcpu *vcpu)
{
	vcpu->exit.insn_len = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	vcpu->exit.insn_info = vmcs_read32(VMX_INSTRUCTION_INFO);
	vcpu->exit.gva = vmcs_readl(GUEST_LINEAR_ADDRESS);
	return xvcpu_exit_may_sleep(vcpu);
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
	u64 q = vmcs_readl(EXIT_QUALIFICATION);

	vcpu->exit.qualification = q;
	if (unlikely(IO_STRING(q)))
		return string_access(vcpu);
	xvcpu_regs_pull_to_skip(vcpu);
	/* All of EAX, of which as much counts as the access is wide. */
	if (!IO_IN(q))
		*(u32 *)io_data(vcpu) = vcpu->world.gpr[XVCPU_RAX];
	return to_userspace(vcpu, q, 1);
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
	return IO_REP(qualification(vcpu)) ?
		vcpu->world.gpr[XVCPU_RCX] & vcpu->pio.addr_mask : 1;
}

/* INS writes to ES, OUTS reads from DS or what a prefix says. */
static int operand_segment(struct xvcpu_vcpu *vcpu)
{
	return IO_IN(qualification(vcpu)) ? XVCPU_ES :
					    IO_SEGMENT(vcpu->exit.insn_info);
}

/* In 64-bit code segments have no limits and no types. */
static u64 operand_room(struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_segment *seg =
		&vcpu->regs.seg[operand_segment(vcpu)];
	u64 q = qualification(vcpu);
	u64 index = vcpu->world.gpr[IO_IN(q) ? XVCPU_RDI : XVCPU_RSI];
	u64 room = vcpu->pio.addr_mask - (index & vcpu->pio.addr_mask);

	/* How far the index goes before it wraps, and at least one transfer. */
	room = max_t(u64, room, IO_SIZE(q));
	if (xvcpu_regs_64bit_code(vcpu))
		return room;
	if ((vcpu->regs.cr0 & X86_CR0_PE) &&
	    !xvcpu_segment_usable(seg, IO_IN(q)))
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
	u32 size = IO_SIZE(qualification(vcpu));
	u64 in_page = (PAGE_SIZE - offset_in_page(pio->gva)) / size;
	u64 room = operand_room(vcpu);

	if (room < size)
		return 0;
	if (pio->down || !in_page)
		return 1;
	return min3(repetitions(vcpu), in_page, room / size);
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
	u64 q = qualification(vcpu);
	u32 bytes = pio->count * IO_SIZE(q);

	if (IO_IN(q))
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
	return to_userspace(vcpu, qualification(vcpu), pio->count);
}

/* 32 bits clear the upper half. */
static void complete_in(struct xvcpu_vcpu *vcpu, u32 size)
{
	u64 mask = size == 4 ? U64_MAX : BIT_ULL(8 * size) - 1;
	u64 *rax = &vcpu->world.gpr[XVCPU_RAX];

	*rax = (*rax & ~mask) | (READ_ONCE(*(u32 *)io_data(vcpu)) & mask);
}

/* Not the last batch: the instruction stays, and exits again. */
static noinline int complete_string(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_pio *pio = &vcpu->pio;
	u64 q = qualification(vcpu);
	s64 bytes = (s64)pio->count * IO_SIZE(q);

	/*
	 * The guest may have a fault to take. What cannot be written for other
	 * reasons is lost: the device has given it, and would give more.
	 */
	if (IO_IN(q) && xvcpu_walk_write(vcpu, pio->gva, io_data(vcpu),
					 bytes) == -EFAULT)
		return XVCPU_EXIT_RESUME;
	advance(vcpu, IO_IN(q) ? XVCPU_RDI : XVCPU_RSI,
		pio->down ? -bytes : bytes);
	if (IO_REP(q)) {
		advance(vcpu, XVCPU_RCX, -(s64)pio->count);
		if (repetitions(vcpu))
			return XVCPU_EXIT_RESUME;
	}
	return xvcpu_exit_skip(vcpu);
}

/**
 * xvcpu_io_complete() - userspace has done its part of an access
 * @vcpu: the vCPU; an access is under way.
 *
 * Context: process context, may sleep.
 * Return: XVCPU_EXIT_RESUME.
 */
int xvcpu_io_complete(struct xvcpu_vcpu *vcpu)
{
	u64 q = qualification(vcpu);

	vcpu->pio.active = false;
	if (unlikely(IO_STRING(q)))
		return complete_string(vcpu);
	if (IO_IN(q))
		complete_in(vcpu, IO_SIZE(q));
	return xvcpu_exit_skip(vcpu);
}
