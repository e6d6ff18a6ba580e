// SPDX-License-Identifier: GPL-2.0
/*
 * Fetching the guest's 64-bit code.
 *
 * A device is accessed by the same few instructions over and over. Where one page
 * of code is, is remembered, with the entries of the guest's tables by which it was
 * found. If they are all what they were, so is the walk's end, and no rights need be
 * looked at again; if not, a walk says what is true now. The guest's TLB has no part
 * in it: nothing is believed that is not in memory.
 *
 * Context: process context, may sleep; XVCPU_REG_EMULATE is here.
 */
#include <xvcpu/fetch.h>

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/srcu.h>
#include <linux/uaccess.h>
#include <xvcpu/regs.h>
#include <xvcpu/vm.h>
#include <xvcpu/walk.h>

/* All that a walk for a fetch depends on but the tables. */
static u64 mode_of(struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_regs *r = &vcpu->regs;

	return (r->cr0 & X86_CR0_PG) | (r->efer & EFER_NX) |
	       (r->cr4 & (X86_CR4_SMEP | X86_CR4_PAE)) |
	       (u64)xvcpu_regs_cpl(vcpu) << 56 | (u64)vcpu->maxphyaddr << 48;
}

static bool is_remembered(struct xvcpu_vcpu *vcpu, u64 gva)
{
	const struct xvcpu_fetch *f = &vcpu->fetch;

	return f->hva && f->page == (gva & PAGE_MASK) &&
	       f->cr3 == vcpu->regs.cr3 && f->mode == mode_of(vcpu) &&
	       f->slot_changes == READ_ONCE(vcpu->vm->slot_changes);
}

static const u64 __user *code_at(const struct xvcpu_fetch *f, u64 gva)
{
	return (const u64 __user *)(f->hva + offset_in_page(gva));
}

/*
 * In a section of vm->srcu: no slot goes as long as their number of changes stays.
 * All addresses are of slots, which lie where a process may have memory.
 */
static bool read_again(const struct xvcpu_fetch *f, u64 gva, u64 bytes[2])
{
	const u64 *entry = f->entry, *end = entry + f->nr;
	const unsigned long *at = f->entry_hva;
	const u64 __user *code = code_at(f, gva);
	u64 now;

	if (!user_read_access_begin(code, 2 * sizeof(*code)))
		return false;
	for (; entry < end; entry++, at++) {
		unsafe_get_user(now, (const u64 __user *)*at, failed);
		if (now != *entry)
			goto failed;
	}
	unsafe_get_user(bytes[0], code, failed);
	unsafe_get_user(bytes[1], code + 1, failed);
	user_read_access_end();
	return true;
failed:
	user_read_access_end();
	return false;
}

static int remember(struct xvcpu_vcpu *vcpu, u64 gva, u64 gpa,
		    const struct xvcpu_walk_path *path)
{
	struct xvcpu_fetch *f = &vcpu->fetch;
	unsigned long hva;
	int err, i;

	f->slot_changes = READ_ONCE(vcpu->vm->slot_changes);
	for (i = 0; i < path->nr; i++) {
		err = xvcpu_vm_hva(vcpu->vm, path->address[i], &f->entry_hva[i]);
		if (err)
			return err;
		f->entry[i] = path->entry[i];
	}
	err = xvcpu_vm_hva(vcpu->vm, gpa & PAGE_MASK, &hva);
	if (err)
		return err;
	f->nr = path->nr;
	f->page = gva & PAGE_MASK;
	f->cr3 = vcpu->regs.cr3;
	f->mode = mode_of(vcpu);
	f->hva = hva;
	return 0;
}

static int read(const struct xvcpu_fetch *f, u64 gva, u64 bytes[2])
{
	const u64 __user *code = code_at(f, gva);

	return get_user(bytes[0], code) ?: get_user(bytes[1], code + 1);
}

static noinline int walk_and_read(struct xvcpu_vcpu *vcpu, u64 gva, u64 bytes[2])
{
	struct xvcpu_walk_path path;
	u64 gpa;
	int err;

	vcpu->fetch.hva = 0;
	err = xvcpu_walk_path(vcpu, gva, &gpa, &path);
	if (err)
		return err;
	err = remember(vcpu, gva, gpa, &path) ?: read(&vcpu->fetch, gva, bytes);
	return err == -EFAULT ? -EIO : err;
}

/**
 * xvcpu_fetch() - read 16 bytes of the guest's 64-bit code
 * @vcpu: the vCPU, executing 64-bit code.
 * @gva: the linear address; they are all in one page.
 * @bytes: where to.
 *
 * Return: 0; -EFAULT if the guest has an exception to take, which is queued;
 * -ENOENT if there is no memory; -EIO if the process has none there.
 */
int xvcpu_fetch(struct xvcpu_vcpu *vcpu, u64 gva, u64 bytes[2])
{
	struct srcu_struct *srcu = &vcpu->vm->srcu;
	int idx = srcu_read_lock(srcu);
	int err = 0;

	if (!is_remembered(vcpu, gva) || !read_again(&vcpu->fetch, gva, bytes))
		err = walk_and_read(vcpu, gva, bytes);
	srcu_read_unlock(srcu, idx);
	return err;
}
