// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's virtual memory: a walk of the guest's own page tables, for
 * instructions whose memory operand the host completes (SDM, "Paging").
 *
 * Accessed and dirty flags are set as by a processor: with one locked operation
 * each, and only if the entry is still what the walk has seen.
 *
 * Context: process context, may sleep; of the vCPU's registers at least
 * XVCPU_REG_EMULATE are here, and all of them unless it executes 64-bit code.
 */
#include <xvcpu/walk.h>

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/srcu.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/pgtable_types.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/event.h>
#include <xvcpu/regs.h>
#include <xvcpu/segment.h>
#include <xvcpu/vm.h>

/* Bits of an entry that are an address, whatever the processor's width. */
#define ADDRESS_BITS		GENMASK_ULL(51, PAGE_SHIFT)

/* Walks that meet an entry which changes under them, before they let it be. */
#define MOST_TRIES		8

/* One paging mode. */
struct paging_mode {
	int levels;
	u32 entry_size;
	u32 index_bits;
	/* Bit 7 means a large page at levels below this one. */
	int large_below;
};

static const struct paging_mode mode_32bit = { 2, 4, 10, 2 };
static const struct paging_mode mode_pae = { 2, 8, 9, 2 };
static const struct paging_mode mode_4level = { 4, 8, 9, 3 };

static const struct paging_mode *paging_mode(const struct xvcpu_vcpu *vcpu)
{
	if (xvcpu_regs_long_mode(vcpu))
		return &mode_4level;
	return vcpu->regs.cr4 & X86_CR4_PAE ? &mode_pae : &mode_32bit;
}

/**
 * struct walk - a walk under way
 * @mode: the paging mode.
 * @gva: the linear address.
 * @access: XVCPU_WALK_* of the access.
 * @level: the level that @entry was read last at; in the end the page's.
 * @address: where the entry of each level is.
 * @entry: the entry of each level.
 * @rights: what all levels together permit.
 * @reserved: bits that are reserved in every entry of 8 bytes.
 */
struct walk {
	const struct paging_mode *mode;
	u64 gva;
	u32 access;
	int level;
	u64 address[XVCPU_WALK_LEVELS];
	u64 entry[XVCPU_WALK_LEVELS];
	u64 rights;
	u64 reserved;
};

/* Bytes that one entry of a level stands for. */
static u64 span(const struct paging_mode *mode, int level)
{
	return 1ULL << (PAGE_SHIFT + mode->index_bits * level);
}

static bool is_large(const struct xvcpu_vcpu *vcpu, const struct walk *w)
{
	if (!w->level || w->level >= w->mode->large_below ||
	    !(w->entry[w->level] & _PAGE_PSE))
		return false;
	return w->mode->entry_size == 8 || (vcpu->regs.cr4 & X86_CR4_PSE);
}

/* ---- reserved bits ------------------------------------------------------- */

/* PSE-36: bits 20:13 of a 4 MiB page's entry are bits 39:32 of its address. */
static u64 reserved_32bit(const struct xvcpu_vcpu *vcpu, bool large)
{
	u32 width = min_t(u32, vcpu->maxphyaddr, 40);

	return large ? GENMASK_ULL(21, width - 19) : 0;
}

/* At all levels. */
static u64 reserved_everywhere(const struct xvcpu_vcpu *vcpu,
			       const struct paging_mode *mode)
{
	u64 bits = ADDRESS_BITS & ~(BIT_ULL(vcpu->maxphyaddr) - 1);

	if (!(vcpu->regs.efer & EFER_NX))
		bits |= _PAGE_NX;
	return mode == &mode_pae ? bits | GENMASK_ULL(62, 52) : bits;
}

static u64 reserved_64bit(const struct walk *w, bool large)
{
	if (large)
		return w->reserved | (span(w->mode, w->level) - BIT_ULL(13));
	/* Where there is no large page its bit is reserved. */
	return w->level == 3 ? w->reserved | _PAGE_PSE : w->reserved;
}

static u64 reserved(const struct xvcpu_vcpu *vcpu, const struct walk *w,
		    bool large)
{
	if (w->mode->entry_size == 4)
		return reserved_32bit(vcpu, large);
	/* The processor decides on pages of 1 GiB, not the guest's CPUID. */
	if (large && w->level == 2 && !boot_cpu_has(X86_FEATURE_GBPAGES))
		return _PAGE_PSE;
	return reserved_64bit(w, large);
}

/* ---- rights -------------------------------------------------------------- */

static bool supervisor_permitted(const struct xvcpu_vcpu *vcpu, u32 access)
{
	if (access & XVCPU_WALK_FETCH)
		return !(vcpu->regs.cr4 & X86_CR4_SMEP);
	if (!(vcpu->regs.cr4 & X86_CR4_SMAP))
		return true;
	return !(access & XVCPU_WALK_IMPLICIT) &&
	       (vcpu->regs.rflags & X86_EFLAGS_AC);
}

static bool permitted(const struct xvcpu_vcpu *vcpu, const struct walk *w)
{
	bool user = w->access & XVCPU_WALK_USER;

	if (user && !(w->rights & _PAGE_USER))
		return false;
	if (!user && (w->rights & _PAGE_USER) &&
	    !supervisor_permitted(vcpu, w->access))
		return false;
	if ((w->access & XVCPU_WALK_WRITE) && !(w->rights & _PAGE_RW))
		return !user && !(vcpu->regs.cr0 & X86_CR0_WP);
	return !(w->access & XVCPU_WALK_FETCH) || !(w->rights & _PAGE_NX);
}

/* ---- the walk ------------------------------------------------------------ */

static u64 first_table(const struct xvcpu_vcpu *vcpu, const struct walk *w)
{
	if (w->mode == &mode_pae)
		return vcpu->regs.pdptr[(w->gva >> 30) & 3];
	return vcpu->regs.cr3 | _PAGE_PRESENT;
}

/* A table outside of memory has nothing present in it: KVM has it so. */
static int read_entry(struct xvcpu_vcpu *vcpu, struct walk *w, u64 table)
{
	const struct paging_mode *mode = w->mode;
	u64 index = (w->gva >> (PAGE_SHIFT + mode->index_bits * w->level)) &
		    (BIT(mode->index_bits) - 1);
	u64 address = (table & ADDRESS_BITS) + index * mode->entry_size;
	int err;

	w->address[w->level] = address;
	err = xvcpu_vm_read_entry(vcpu->vm, address, &w->entry[w->level],
				  mode->entry_size);
	if (err == -EFAULT)
		return -EIO;
	return err || !(w->entry[w->level] & _PAGE_PRESENT) ? -EFAULT : 0;
}

/* Goes down the tables; on -EFAULT @error has become a page fault's. */
static int descend(struct xvcpu_vcpu *vcpu, struct walk *w, u32 *error)
{
	u64 entry = first_table(vcpu, w), nx = 0;
	bool large;
	int err;

	if (!(entry & _PAGE_PRESENT))
		return -EFAULT;
	w->rights = _PAGE_RW | _PAGE_USER;
	for (w->level = w->mode->levels - 1; ; w->level--) {
		err = read_entry(vcpu, w, entry);
		if (err)
			return err;
		entry = w->entry[w->level];
		large = is_large(vcpu, w);
		if (entry & reserved(vcpu, w, large)) {
			*error |= X86_PF_PROT | X86_PF_RSVD;
			return -EFAULT;
		}
		w->rights &= entry;
		nx |= entry & _PAGE_NX;
		if (!w->level || large)
			break;
	}
	w->rights |= nx;
	*error |= X86_PF_PROT;
	return permitted(vcpu, w) ? 0 : -EFAULT;
}

/* Sets bits of an entry; -EAGAIN if it has changed. */
static int set_bits(struct xvcpu_vcpu *vcpu, struct walk *w, int level, u64 bits)
{
	u64 entry = w->entry[level];
	int err;

	if ((entry & bits) == bits)
		return 0;
	err = xvcpu_vm_update_entry(vcpu->vm, w->address[level], entry,
				    entry | bits, w->mode->entry_size);
	switch (err) {
	case -EROFS:
		/* Tables that cannot be written are used as they are. */
		return 0;
	case -ENOENT:
		/* The slot has gone: the next try sees that. */
		return -EAGAIN;
	case -EFAULT:
		return -EIO;
	default:
		return err;
	}
}

static int mark(struct xvcpu_vcpu *vcpu, struct walk *w)
{
	u64 bits = _PAGE_ACCESSED;
	int level, err;

	for (level = w->mode->levels - 1; level >= w->level; level--) {
		if (level == w->level && (w->access & XVCPU_WALK_WRITE))
			bits |= _PAGE_DIRTY;
		err = set_bits(vcpu, w, level, bits);
		if (err)
			return err;
	}
	return 0;
}

static u64 result(const struct walk *w)
{
	u64 entry = w->entry[w->level], size = span(w->mode, w->level);
	u64 base = entry & ADDRESS_BITS & ~(size - 1);

	if (w->level && w->mode->entry_size == 4)
		base |= ((entry >> 13) & 0xff) << 32;
	return base | (w->gva & (size - 1));
}

/* A guest that keeps changing an entry has only itself to blame for its flags. */
static int walk_tables(struct xvcpu_vcpu *vcpu, struct walk *w, u64 *gpa,
		       u32 *error)
{
	u32 access = *error;
	int err, tries = 0;

	do {
		*error = access;
		err = descend(vcpu, w, error);
		if (err)
			return err;
		if (!(w->access & XVCPU_WALK_PEEK))
			err = mark(vcpu, w);
	} while (err == -EAGAIN && ++tries < MOST_TRIES);
	if (err && err != -EAGAIN)
		return err;
	*gpa = result(w);
	return 0;
}

/* A page fault's error code tells of a fetch only if fetches have rights. */
static u32 error_code(const struct xvcpu_vcpu *vcpu, u32 access)
{
	bool nx = (vcpu->regs.cr4 & X86_CR4_PAE) &&
		  (vcpu->regs.efer & EFER_NX);

	access &= XVCPU_WALK_WRITE | XVCPU_WALK_USER | XVCPU_WALK_FETCH;
	return nx || (vcpu->regs.cr4 & X86_CR4_SMEP) ?
		access : access & ~XVCPU_WALK_FETCH;
}

/* With an identity mapping, if paging is off, @w->level is that of no table. */
static int walk(struct xvcpu_vcpu *vcpu, struct walk *w, u64 gva, u32 access,
		u64 *gpa, u32 *error)
{
	int err, idx;

	*error = error_code(vcpu, access);
	w->mode = paging_mode(vcpu);
	w->level = w->mode->levels;
	if (!xvcpu_regs_long_mode(vcpu))
		gva = (u32)gva;
	else if (!xvcpu_segment_canonical(gva))
		return -ERANGE;
	if (!(vcpu->regs.cr0 & X86_CR0_PG)) {
		*gpa = gva;
		return 0;
	}
	w->gva = gva;
	w->access = access;
	w->reserved = reserved_everywhere(vcpu, w->mode);
	idx = srcu_read_lock(&vcpu->vm->srcu);
	err = walk_tables(vcpu, w, gpa, error);
	srcu_read_unlock(&vcpu->vm->srcu, idx);
	return err;
}

/**
 * xvcpu_walk() - guest physical address of a linear one
 * @vcpu: the vCPU.
 * @gva: the linear address.
 * @access: XVCPU_WALK_* of the access; unless XVCPU_WALK_PEEK is among them, the
 *	accessed and dirty flags are set.
 * @gpa: the result.
 * @error: on -EFAULT the error code of the page fault.
 *
 * Return: 0; -EFAULT if the guest is to have a page fault; -ERANGE if the
 * address is not canonical; -EIO if the process has no memory for a table.
 */
int xvcpu_walk(struct xvcpu_vcpu *vcpu, u64 gva, u32 access, u64 *gpa,
	       u32 *error)
{
	struct walk w;

	return walk(vcpu, &w, gva, access, gpa, error);
}

/**
 * xvcpu_walk_access() - the access bits of what the guest's code does
 * @vcpu: the vCPU.
 * @access: XVCPU_WALK_* but for XVCPU_WALK_USER.
 *
 * Return: @access, with XVCPU_WALK_USER if the guest is in user mode.
 */
u32 xvcpu_walk_access(struct xvcpu_vcpu *vcpu, u32 access)
{
	return xvcpu_regs_cpl(vcpu) == 3 && (vcpu->regs.cr0 & X86_CR0_PE) ?
		access | XVCPU_WALK_USER : access;
}

/* A walk has ended in an exception, if not in worse. */
static int queue_fault(struct xvcpu_vcpu *vcpu, u64 gva, int err, u32 error)
{
	if (xvcpu_regs_pull_anywhere(vcpu, XVCPU_REG_ALL))
		return -EIO;
	if (err == -EFAULT)
		xvcpu_event_queue_pf(vcpu, gva, error);
	else if (err == -ERANGE)
		xvcpu_event_queue_exception(vcpu, X86_TRAP_GP, 0);
	return err == -ERANGE ? -EFAULT : err;
}

/* Walks, and queues the exception that the walk ends in. */
static int walk_or_fault(struct xvcpu_vcpu *vcpu, u64 gva, u32 access,
			 u64 *gpa)
{
	u32 error;
	int err;

	/* Only 64-bit code has linear addresses of more than 32 bits. */
	if (!xvcpu_regs_64bit_code(vcpu))
		gva = (u32)gva;
	err = xvcpu_walk(vcpu, gva, access, gpa, &error);
	return likely(!err) ? 0 : queue_fault(vcpu, gva, err, error);
}

/**
 * xvcpu_walk_path() - guest physical address of 64-bit code, and the way there
 * @vcpu: the vCPU.
 * @gva: the linear address.
 * @gpa: the result.
 * @path: the entries of the guest's tables by which it was found.
 *
 * Return: as xvcpu_walk_read().
 */
int xvcpu_walk_path(struct xvcpu_vcpu *vcpu, u64 gva, u64 *gpa,
		    struct xvcpu_walk_path *path)
{
	u32 access = xvcpu_walk_access(vcpu, XVCPU_WALK_FETCH);
	struct walk w;
	u32 error;
	int err = walk(vcpu, &w, gva, access, gpa, &error);

	if (err)
		return queue_fault(vcpu, gva, err, error);
	path->nr = w.mode->levels - w.level;
	memcpy(path->address, &w.address[w.level], path->nr * sizeof(u64));
	memcpy(path->entry, &w.entry[w.level], path->nr * sizeof(u64));
	return 0;
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
	u32 access = xvcpu_walk_access(vcpu, XVCPU_WALK_WRITE |
				       XVCPU_WALK_PEEK);
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
