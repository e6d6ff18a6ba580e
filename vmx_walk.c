// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's virtual memory: a walk of the guest's own page tables, for
 * instructions whose memory operand the host completes.
 *
 * Context: process context, may sleep; all of the vCPU's registers are here.
 */
#include <xvcpu/walk.h>

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <asm/pgtable_types.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/event.h>
#include <xvcpu/regs.h>
#include <xvcpu/vm.h>

/* One paging mode (SDM, "Paging"). */
struct paging_mode {
	int levels;
	u32 entry_size;
	u32 index_bits;
	/* Bit 7 means a large page at levels below this one. */
	int large_below;
	bool nx;
};

static const struct paging_mode mode_32bit = { 2, 4, 10, 2, false };
static const struct paging_mode mode_pae = { 2, 8, 9, 2, true };
static const struct paging_mode mode_4level = { 4, 8, 9, 3, true };

static const struct paging_mode *paging_mode(const struct xvcpu_vcpu *vcpu)
{
	if (xvcpu_regs_long_mode(vcpu))
		return &mode_4level;
	return vcpu->regs.cr4 & X86_CR4_PAE ? &mode_pae : &mode_32bit;
}

static bool canonical(u64 gva)
{
	return (u64)((s64)(gva << 16) >> 16) == gva;
}

/* PSE-36: bits 20:13 of a 4 MiB page's entry are bits 39:32 of its address. */
static u64 large_page_base(const struct paging_mode *mode, u64 entry, u64 size)
{
	u64 base = entry & PHYSICAL_PAGE_MASK & ~(size - 1);

	if (mode->entry_size == 4)
		base |= ((entry >> 13) & 0xff) << 32;
	return base;
}

static bool is_large(const struct xvcpu_vcpu *vcpu,
		     const struct paging_mode *mode, u64 entry, int level)
{
	if (!level || level >= mode->large_below || !(entry & _PAGE_PSE))
		return false;
	return mode->entry_size == 8 || (vcpu->regs.cr4 & X86_CR4_PSE);
}

/* Whether @rights, what all levels together permit, cover the access. */
static bool permitted(const struct xvcpu_vcpu *vcpu, u64 rights, bool nx,
		      u32 access)
{
	bool user_page = rights & _PAGE_USER;
	bool user = access & XVCPU_WALK_USER;

	if (user && !user_page)
		return false;
	if (!user && user_page) {
		if ((access & XVCPU_WALK_FETCH) &&
		    (vcpu->regs.cr4 & X86_CR4_SMEP))
			return false;
		if (!(access & XVCPU_WALK_FETCH) &&
		    (vcpu->regs.cr4 & X86_CR4_SMAP) &&
		    !(vcpu->regs.rflags & X86_EFLAGS_AC))
			return false;
	}
	if ((access & XVCPU_WALK_WRITE) && !(rights & _PAGE_RW))
		return !user && !(vcpu->regs.cr0 & X86_CR0_WP);
	if ((access & XVCPU_WALK_FETCH) && nx)
		return !(vcpu->regs.efer & EFER_NX);
	return true;
}

static u64 first_table(const struct xvcpu_vcpu *vcpu,
		       const struct paging_mode *mode, u64 gva)
{
	if (mode == &mode_pae)
		return vcpu->regs.pdptr[(gva >> 30) & 3];
	return vcpu->regs.cr3 | _PAGE_PRESENT;
}

/* Goes down the tables; fills @gpa, or @error as a page fault would. */
static int walk_tables(struct xvcpu_vcpu *vcpu, const struct paging_mode *mode,
		       u64 gva, u32 access, u64 *gpa, u32 *error)
{
	u64 rights = _PAGE_RW | _PAGE_USER, entry = first_table(vcpu, mode, gva);
	u64 size, index, address;
	bool nx = false;
	int level, err;

	for (level = mode->levels - 1; level >= 0; level--) {
		size = 1ULL << (PAGE_SHIFT + mode->index_bits * level);
		index = (gva / size) & (BIT(mode->index_bits) - 1);
		if (!(entry & _PAGE_PRESENT))
			return -EFAULT;
		address = (entry & PHYSICAL_PAGE_MASK) +
			  index * mode->entry_size;
		entry = 0;
		err = xvcpu_vm_read(vcpu->vm, address, &entry,
				    mode->entry_size);
		if (err)
			return err == -EFAULT ? -EIO : err;
		if (!(entry & _PAGE_PRESENT))
			return -EFAULT;
		rights &= entry;
		nx |= mode->nx && (entry & _PAGE_NX);
		if (is_large(vcpu, mode, entry, level))
			break;
	}
	*error |= X86_PF_PROT;
	if (!permitted(vcpu, rights, nx, access))
		return -EFAULT;
	if (level <= 0)
		*gpa = (entry & PHYSICAL_PAGE_MASK) | (gva & ~PAGE_MASK);
	else
		*gpa = large_page_base(mode, entry, size) | (gva & (size - 1));
	return 0;
}

/**
 * xvcpu_walk() - guest physical address of a linear one
 * @vcpu: the vCPU.
 * @gva: the linear address.
 * @access: XVCPU_WALK_* of the access.
 * @gpa: the result.
 * @error: on -EFAULT the error code of the page fault.
 *
 * Return: 0; -EFAULT if the guest is to have a page fault; -ERANGE if the
 * address is not canonical; -ENOENT if a table lies outside of every slot.
 */
int xvcpu_walk(struct xvcpu_vcpu *vcpu, u64 gva, u32 access, u64 *gpa,
	       u32 *error)
{
	const struct paging_mode *mode;

	*error = access;
	if (!xvcpu_regs_long_mode(vcpu))
		gva = (u32)gva;
	else if (!canonical(gva))
		return -ERANGE;
	if (!(vcpu->regs.cr0 & X86_CR0_PG)) {
		*gpa = gva;
		return 0;
	}
	mode = paging_mode(vcpu);
	if (!(vcpu->regs.efer & EFER_NX) && !(vcpu->regs.cr4 & X86_CR4_SMEP))
		*error &= ~XVCPU_WALK_FETCH;
	return walk_tables(vcpu, mode, gva, access, gpa, error);
}

/**
 * xvcpu_walk_access() - the access bits of what the guest's code does
 * @vcpu: the vCPU.
 * @access: XVCPU_WALK_WRITE, XVCPU_WALK_FETCH or 0.
 *
 * Return: @access, with XVCPU_WALK_USER if the guest is in user mode.
 */
u32 xvcpu_walk_access(struct xvcpu_vcpu *vcpu, u32 access)
{
	return vcpu->regs.seg[XVCPU_SS].dpl == 3 &&
	       (vcpu->regs.cr0 & X86_CR0_PE) ? access | XVCPU_WALK_USER : access;
}

/* Walks, and queues the exception that the walk ends in. */
static int walk_or_fault(struct xvcpu_vcpu *vcpu, u64 gva, u32 access,
			 u64 *gpa)
{
	u32 error;
	int err = xvcpu_walk(vcpu, gva, access, gpa, &error);

	if (err == -EFAULT)
		xvcpu_event_queue_pf(vcpu, gva, error);
	else if (err == -ERANGE)
		xvcpu_event_queue_exception(vcpu, X86_TRAP_GP, 0);
	return err == -ERANGE ? -EFAULT : err;
}

/**
 * xvcpu_walk_read() - read the guest's virtual memory
 * @vcpu: the vCPU.
 * @gva: the linear address.
 * @data: where to.
 * @len: how many bytes.
 * @access: XVCPU_WALK_FETCH or 0.
 *
 * Return: 0; -EFAULT if the guest has an exception to take, which is queued;
 * -ENOENT if there is no memory; -EIO if the process has none there.
 */
int xvcpu_walk_read(struct xvcpu_vcpu *vcpu, u64 gva, void *data, u32 len,
		    u32 access)
{
	u32 piece;
	u64 gpa;
	int err;

	access = xvcpu_walk_access(vcpu, access);
	for (; len; len -= piece, gva += piece, data += piece) {
		piece = min_t(u32, len, PAGE_SIZE - offset_in_page(gva));
		err = walk_or_fault(vcpu, gva, access, &gpa);
		if (err)
			return err;
		err = xvcpu_vm_read(vcpu->vm, gpa, data, piece);
		if (err)
			return err == -EFAULT ? -EIO : err;
	}
	return 0;
}

/**
 * xvcpu_walk_write() - write the guest's virtual memory
 * @vcpu: the vCPU.
 * @gva: the linear address.
 * @data: where from.
 * @len: how many bytes.
 *
 * Return: as xvcpu_walk_read().
 */
int xvcpu_walk_write(struct xvcpu_vcpu *vcpu, u64 gva, const void *data,
		     u32 len)
{
	u32 access = xvcpu_walk_access(vcpu, XVCPU_WALK_WRITE);
	u32 piece;
	u64 gpa;
	int err;

	for (; len; len -= piece, gva += piece, data += piece) {
		piece = min_t(u32, len, PAGE_SIZE - offset_in_page(gva));
		err = walk_or_fault(vcpu, gva, access, &gpa);
		if (err)
			return err;
		err = xvcpu_vm_write(vcpu->vm, gpa, data, piece);
		if (err)
			return err == -EFAULT ? -EIO : err;
	}
	return 0;
}

/**
 * xvcpu_walk_probe() - whether the guest's virtual memory can be written
 * @vcpu: the vCPU.
 * @gva: the linear address.
 * @len: how many bytes.
 *
 * Return: as xvcpu_walk_read(); nothing is changed.
 */
int xvcpu_walk_probe(struct xvcpu_vcpu *vcpu, u64 gva, u32 len)
{
	u32 access = xvcpu_walk_access(vcpu, XVCPU_WALK_WRITE);
	u32 piece;
	u64 gpa;
	u8 byte;
	int err;

	for (; len; len -= piece, gva += piece) {
		piece = min_t(u32, len, PAGE_SIZE - offset_in_page(gva));
		err = walk_or_fault(vcpu, gva, access, &gpa);
		if (err)
			return err;
		err = xvcpu_vm_read(vcpu->vm, gpa, &byte, 1);
		if (err)
			return err == -EFAULT ? -EIO : err;
	}
	return 0;
}
