// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's registers as userspace reads and writes them: KVM_GET_REGS,
 * KVM_SET_REGS, and the same of SREGS and SREGS2.
 *
 * Context: the vCPU's lock is held, all registers are here.
 */
#include <xvcpu/regs.h>

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <xvcpu/compat.h>
#include <xvcpu/cr.h>
#include <xvcpu/debug.h>
#include <xvcpu/event.h>
#include <xvcpu/intr.h>
#include <xvcpu/msr.h>

/* Flags that exist; the rest read 0, but for the one that reads 1. */
#define X86_EFLAGS_ALL	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | \
			 X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_TF | \
			 X86_EFLAGS_IF | X86_EFLAGS_DF | X86_EFLAGS_OF | \
			 X86_EFLAGS_IOPL | X86_EFLAGS_NT | X86_EFLAGS_RF | \
			 X86_EFLAGS_VM | X86_EFLAGS_AC | X86_EFLAGS_VIF | \
			 X86_EFLAGS_VIP | X86_EFLAGS_ID)

/**
 * xvcpu_regs_get() - KVM_GET_REGS
 * @vcpu: the vCPU, all registers here.
 * @out: what is to be filled.
 */
void xvcpu_regs_get(struct xvcpu_vcpu *vcpu, struct kvm_regs *out)
{
	const u64 *gpr = vcpu->world.gpr;

	out->rax = gpr[XVCPU_RAX];
	out->rbx = gpr[XVCPU_RBX];
	out->rcx = gpr[XVCPU_RCX];
	out->rdx = gpr[XVCPU_RDX];
	out->rsi = gpr[XVCPU_RSI];
	out->rdi = gpr[XVCPU_RDI];
	out->rsp = gpr[XVCPU_RSP];
	out->rbp = gpr[XVCPU_RBP];
	out->r8 = gpr[XVCPU_R8];
	out->r9 = gpr[XVCPU_R9];
	out->r10 = gpr[XVCPU_R10];
	out->r11 = gpr[XVCPU_R11];
	out->r12 = gpr[XVCPU_R12];
	out->r13 = gpr[XVCPU_R13];
	out->r14 = gpr[XVCPU_R14];
	out->r15 = gpr[XVCPU_R15];
	out->rip = vcpu->regs.rip;
	out->rflags = vcpu->regs.rflags;
}

/* The VMCS is told of what has changed only: true if this has. */
static bool take(struct xvcpu_vcpu *vcpu, u64 *reg, u64 value, u32 group)
{
	if (*reg == value)
		return false;
	*reg = value;
	xvcpu_regs_changed(vcpu, group);
	return true;
}

/**
 * xvcpu_regs_settle_shadow() - have interruptibility go together with the flags
 * @vcpu: the vCPU, all registers here; userspace has set either.
 * @shadow: interruptibility as it is to be.
 * @moved: RIP is another, and a trap that was due belonged to the old one.
 */
void xvcpu_regs_settle_shadow(struct xvcpu_vcpu *vcpu, u32 shadow, bool moved)
{
	struct xvcpu_regs *r = &vcpu->regs;
	bool steps = xvcpu_debug_steps(vcpu);
	u64 pending = moved || !steps ? 0 : r->pending_debug;

	if (!(r->rflags & X86_EFLAGS_IF))
		shadow &= ~GUEST_INTR_STATE_STI;
	/* A debugger steps over the instruction that is blocked, too. */
	if (xvcpu_debug_uses(vcpu, KVM_GUESTDBG_SINGLESTEP))
		shadow &= ~XVCPU_SHADOW_BLOCKING;
	else if (steps && (shadow & XVCPU_SHADOW_BLOCKING))
		pending |= DR_STEP;
	take(vcpu, &r->pending_debug, pending, XVCPU_REG_PENDING_DEBUG);
	if (shadow != r->shadow) {
		r->shadow = shadow;
		xvcpu_regs_changed(vcpu, XVCPU_REG_SHADOW);
	}
}

/* An access that userspace was completing belonged to the old place. */
static void drop_completion(struct xvcpu_vcpu *vcpu)
{
	vcpu->pio.active = false;
	vcpu->mmio.active = false;
	vcpu->msr_exit = 0;
	vcpu->hypercall_mask = 0;
}

/**
 * xvcpu_regs_set() - KVM_SET_REGS
 * @vcpu: the vCPU, all registers here.
 * @in: the values.
 *
 * Reserved flags become what they must be. An exception that was to be delivered
 * is dropped: it belonged to the old RIP.
 *
 * Return: 0.
 */
int xvcpu_regs_set(struct xvcpu_vcpu *vcpu, const struct kvm_regs *in)
{
	struct xvcpu_regs *r = &vcpu->regs;
	bool moved = in->rip != r->rip;
	u64 *gpr = vcpu->world.gpr;

	gpr[XVCPU_RAX] = in->rax;
	gpr[XVCPU_RBX] = in->rbx;
	gpr[XVCPU_RCX] = in->rcx;
	gpr[XVCPU_RDX] = in->rdx;
	gpr[XVCPU_RSI] = in->rsi;
	gpr[XVCPU_RDI] = in->rdi;
	gpr[XVCPU_RBP] = in->rbp;
	gpr[XVCPU_R8] = in->r8;
	gpr[XVCPU_R9] = in->r9;
	gpr[XVCPU_R10] = in->r10;
	gpr[XVCPU_R11] = in->r11;
	gpr[XVCPU_R12] = in->r12;
	gpr[XVCPU_R13] = in->r13;
	gpr[XVCPU_R14] = in->r14;
	gpr[XVCPU_R15] = in->r15;
	if (moved)
		drop_completion(vcpu);
	take(vcpu, &gpr[XVCPU_RSP], in->rsp, XVCPU_REG_RSP);
	take(vcpu, &r->rip, in->rip, XVCPU_REG_RIP);
	take(vcpu, &r->rflags,
	     (in->rflags & X86_EFLAGS_ALL) | X86_EFLAGS_FIXED,
	     XVCPU_REG_RFLAGS);
	xvcpu_event_drop_fresh(vcpu);
	vcpu->triple_fault = false;
	xvcpu_regs_settle_shadow(vcpu, r->shadow, moved);
	return 0;
}

/* Where struct kvm_sregs has each segment register. */
static const u16 sregs_offset[XVCPU_NR_SEGS] = {
	[XVCPU_ES] = offsetof(struct kvm_sregs, es),
	[XVCPU_CS] = offsetof(struct kvm_sregs, cs),
	[XVCPU_SS] = offsetof(struct kvm_sregs, ss),
	[XVCPU_DS] = offsetof(struct kvm_sregs, ds),
	[XVCPU_FS] = offsetof(struct kvm_sregs, fs),
	[XVCPU_GS] = offsetof(struct kvm_sregs, gs),
	[XVCPU_LDTR] = offsetof(struct kvm_sregs, ldt),
	[XVCPU_TR] = offsetof(struct kvm_sregs, tr),
};

static void get_interrupt(const struct xvcpu_vcpu *vcpu, u64 *bitmap)
{
	int vector = xvcpu_intr_pending(vcpu);

	if (vector >= 0)
		bitmap[vector / 64] |= BIT_ULL(vector % 64);
}

/* One interrupt at most, as with KVM the first; none leaves what there is. */
static void set_interrupt(struct xvcpu_vcpu *vcpu, const u64 *bitmap)
{
	int i;

	for (i = 0; i < KVM_NR_INTERRUPTS / 64; i++) {
		if (!bitmap[i])
			continue;
		/* If it is the one whose delivery was cut short, it is that. */
		if (xvcpu_event_is(vcpu, INTR_TYPE_EXT_INTR))
			vcpu->event.info = 0;
		xvcpu_intr_wait(vcpu, i * 64 + __ffs64(bitmap[i]));
		return;
	}
}

/**
 * xvcpu_regs_get_special() - KVM_GET_SREGS
 * @vcpu: the vCPU, all registers here.
 * @out: what is to be filled.
 */
void xvcpu_regs_get_special(struct xvcpu_vcpu *vcpu, struct kvm_sregs *out)
{
	const struct xvcpu_regs *r = &vcpu->regs;
	int i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < XVCPU_NR_SEGS; i++)
		xvcpu_segment_to_user(&r->seg[i],
				      (void *)out + sregs_offset[i]);
	out->gdt = r->gdt;
	out->idt = r->idt;
	out->cr0 = r->cr0;
	out->cr2 = r->cr2;
	out->cr3 = r->cr3;
	out->cr4 = r->cr4;
	out->cr8 = r->cr8;
	out->efer = r->efer;
	out->apic_base = r->apic_base;
	get_interrupt(vcpu, out->interrupt_bitmap);
}

static void take_segments(struct xvcpu_vcpu *vcpu, const struct kvm_sregs *in)
{
	struct xvcpu_segment seg;
	int i;

	for (i = 0; i < XVCPU_NR_SEGS; i++) {
		xvcpu_segment_from_user(&seg,
					(const void *)in + sregs_offset[i], i);
		if (xvcpu_segment_same(&seg, &vcpu->regs.seg[i]))
			continue;
		vcpu->regs.seg[i] = seg;
		xvcpu_regs_segment_changed(vcpu, i);
	}
}

static void take_table(struct xvcpu_vcpu *vcpu, struct kvm_dtable *table,
		       const struct kvm_dtable *in)
{
	if (table->base == in->base && table->limit == in->limit)
		return;
	*table = *in;
	xvcpu_regs_changed(vcpu, XVCPU_REG_TABLES);
}

/* As with KVM, translations stay if the paging is what it was. */
static void take_paging(struct xvcpu_vcpu *vcpu, const struct kvm_sregs *in)
{
	struct xvcpu_regs *r = &vcpu->regs;
	bool other = take(vcpu, &r->cr0, in->cr0 | X86_CR0_ET, XVCPU_REG_CR0);

	other |= take(vcpu, &r->cr3, in->cr3, XVCPU_REG_CR3);
	other |= take(vcpu, &r->cr4, in->cr4, XVCPU_REG_CR4);
	other |= take(vcpu, &r->efer, in->efer, XVCPU_REG_EFER);
	/* The page-directory-pointer entries may be others, wherever they are. */
	vcpu->load_pdptrs = xvcpu_regs_pae_paging(vcpu);
	if (other || vcpu->load_pdptrs)
		vcpu->flush_tlb = true;
}

/**
 * xvcpu_regs_set_special() - KVM_SET_SREGS
 * @vcpu: the vCPU, all registers here.
 * @in: the values.
 *
 * Return: 0, or -EINVAL if the control registers, EFER and CS do not go
 * together; nothing has changed then.
 */
int xvcpu_regs_set_special(struct xvcpu_vcpu *vcpu, const struct kvm_sregs *in)
{
	struct xvcpu_regs *r = &vcpu->regs;

	if (!xvcpu_cr_consistent(vcpu, in) ||
	    !xvcpu_msr_apic_base_valid(vcpu, in->apic_base))
		return -EINVAL;
	if (in->cs.base != r->seg[XVCPU_CS].base)
		drop_completion(vcpu);
	take_segments(vcpu, in);
	take_table(vcpu, &r->gdt, &in->gdt);
	take_table(vcpu, &r->idt, &in->idt);
	take_paging(vcpu, in);
	r->cr2 = in->cr2;
	r->cr8 = in->cr8 & 15;
	r->apic_base = in->apic_base;
	set_interrupt(vcpu, in->interrupt_bitmap);
	return 0;
}

/* But for their last part the two are the same. */
#define SREGS_COMMON	offsetof(struct kvm_sregs2, flags)

static_assert(offsetof(struct kvm_sregs, apic_base) ==
	      offsetof(struct kvm_sregs2, apic_base));
static_assert(offsetof(struct kvm_sregs, interrupt_bitmap) == SREGS_COMMON);

/**
 * xvcpu_regs_get_special2() - KVM_GET_SREGS2
 * @vcpu: the vCPU, all registers here.
 * @out: what is to be filled.
 *
 * Context: process context, may sleep.
 */
void xvcpu_regs_get_special2(struct xvcpu_vcpu *vcpu, struct kvm_sregs2 *out)
{
	struct kvm_sregs sregs;

	xvcpu_regs_get_special(vcpu, &sregs);
	memset(out, 0, sizeof(*out));
	memcpy(out, &sregs, SREGS_COMMON);
	if (!xvcpu_regs_pae_paging(vcpu))
		return;
	if (vcpu->load_pdptrs)
		vcpu->load_pdptrs = xvcpu_cr_load_pdptrs(vcpu);
	if (vcpu->load_pdptrs)
		return;
	out->flags = KVM_SREGS2_FLAGS_PDPTRS_VALID;
	memcpy(out->pdptrs, vcpu->regs.pdptr, sizeof(out->pdptrs));
}

/**
 * xvcpu_regs_set_special2() - KVM_SET_SREGS2
 * @vcpu: the vCPU, all registers here.
 * @in: the values; without the flag for them the page-directory-pointer entries
 *	are read from memory, as with KVM_SET_SREGS.
 *
 * Return: 0; -EINVAL, and nothing has changed, as xvcpu_regs_set_special(), for
 * an unknown flag, or for entries that are not valid or mean nothing.
 */
int xvcpu_regs_set_special2(struct xvcpu_vcpu *vcpu,
			    const struct kvm_sregs2 *in)
{
	bool pdptrs = in->flags & KVM_SREGS2_FLAGS_PDPTRS_VALID;
	struct kvm_sregs sregs = {};
	int err;

	if (in->flags & ~(u64)KVM_SREGS2_FLAGS_PDPTRS_VALID)
		return -EINVAL;
	if (pdptrs && (!xvcpu_regs_mean_pae_paging(in->cr0, in->cr4, in->efer) ||
		       !xvcpu_cr_pdptrs_valid(vcpu, in->pdptrs)))
		return -EINVAL;
	memcpy(&sregs, in, SREGS_COMMON);
	err = xvcpu_regs_set_special(vcpu, &sregs);
	if (err || !pdptrs)
		return err;
	memcpy(vcpu->regs.pdptr, in->pdptrs, sizeof(in->pdptrs));
	vcpu->load_pdptrs = false;
	xvcpu_regs_changed(vcpu, XVCPU_REG_PDPTR);
	return 0;
}
