/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Moving a vCPU's registers between struct xvcpu_regs and its VMCS.
 */
#ifndef _XVCPU_REGS_H
#define _XVCPU_REGS_H

#include <asm/processor-flags.h>
#include <asm/msr-index.h>
#include <asm/vmx.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vmcs.h>

/*
 * Bits of CR0 and CR4 that the guest changes without a VM exit. None of them
 * means anything to the host.
 */
#define XVCPU_CR0_GUEST_OWNED	((u64)(X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | \
				       X86_CR0_WP | X86_CR0_AM))
#define XVCPU_CR4_GUEST_OWNED	((u64)(X86_CR4_VME | X86_CR4_PVI | \
				       X86_CR4_TSD | X86_CR4_DE | X86_CR4_PGE | \
				       X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT))

/* The blocking that ends with the next instruction. */
#define XVCPU_SHADOW_BLOCKING	((u32)(GUEST_INTR_STATE_STI | \
				       GUEST_INTR_STATE_MOV_SS))

void xvcpu_regs_reset(struct xvcpu_vcpu *vcpu);
void xvcpu_regs_pull(struct xvcpu_vcpu *vcpu, u32 groups);
void xvcpu_regs_push(struct xvcpu_vcpu *vcpu);
int xvcpu_regs_pull_anywhere(struct xvcpu_vcpu *vcpu, u32 groups);
void xvcpu_regs_before_clear(struct vmx_loaded *loaded);
void xvcpu_regs_get(struct xvcpu_vcpu *vcpu, struct kvm_regs *out);
int xvcpu_regs_set(struct xvcpu_vcpu *vcpu, const struct kvm_regs *in);
void xvcpu_regs_get_special(struct xvcpu_vcpu *vcpu, struct kvm_sregs *out);
int xvcpu_regs_set_special(struct xvcpu_vcpu *vcpu, const struct kvm_sregs *in);
void xvcpu_regs_settle_shadow(struct xvcpu_vcpu *vcpu, u32 shadow, bool moved);
void xvcpu_regs_get_special2(struct xvcpu_vcpu *vcpu, struct kvm_sregs2 *out);
int xvcpu_regs_set_special2(struct xvcpu_vcpu *vcpu,
			    const struct kvm_sregs2 *in);
void xvcpu_regs_pull_to_skip(struct xvcpu_vcpu *vcpu);
void xvcpu_regs_step_over(struct xvcpu_vcpu *vcpu);
void xvcpu_regs_skip_instruction(struct xvcpu_vcpu *vcpu);

/*
 * Make groups readable in vcpu->regs. Context: the vCPU is bound to this CPU
 * and interrupts or preemption are off, or everything is here already.
 */
static inline void xvcpu_regs_need(struct xvcpu_vcpu *vcpu, u32 groups)
{
	if (unlikely(groups & ~vcpu->regs.here))
		xvcpu_regs_pull(vcpu, groups & ~vcpu->regs.here);
}

/*
 * Whether skipping an instruction is no more than moving RIP, and ending the
 * blocking by STI and MOV SS; no debugger steps.
 */
static inline bool xvcpu_regs_skip_is_plain(u64 rip, u64 len, u64 rflags)
{
	return !(rflags & X86_EFLAGS_TF) && !((rip ^ (rip + len)) >> 32);
}

/*
 * Say that groups in vcpu->regs were changed. @here is not written unless it has
 * to be: the CPU that holds the VMCS may be completing it at this moment.
 */
static inline void xvcpu_regs_changed(struct xvcpu_vcpu *vcpu, u32 groups)
{
	if (groups & ~vcpu->regs.here)
		vcpu->regs.here |= groups;
	vcpu->regs.dirty |= groups;
	if (groups & XVCPU_REG_SEGS)
		vcpu->regs.seg_dirty = GENMASK(XVCPU_NR_SEGS - 1, 0);
}

/* Of the segment registers, which are all here, one was changed. */
static inline void xvcpu_regs_segment_changed(struct xvcpu_vcpu *vcpu, int i)
{
	vcpu->regs.dirty |= XVCPU_REG_SEGS;
	vcpu->regs.seg_dirty |= BIT(i);
}

static inline void xvcpu_regs_push_rip(struct xvcpu_vcpu *vcpu)
{
	vmcs_writel(GUEST_RIP, vcpu->regs.rip);
}

/* A control register: the guest's own bits are the processor's. */
static inline u64 xvcpu_regs_merge(u64 mine, u64 hardware, u64 guest_owned)
{
	return (mine & ~guest_owned) | (hardware & guest_owned);
}

/* XVCPU_REG_MODE is here then. Context: the VMCS is current on this CPU. */
static inline void xvcpu_regs_pull_mode(struct xvcpu_vcpu *vcpu)
{
	vcpu->regs.seg[XVCPU_CS].ar = vmcs_read32(GUEST_CS_AR_BYTES);
	vcpu->regs.seg[XVCPU_SS].ar = vmcs_read32(GUEST_SS_AR_BYTES);
	vcpu->regs.here |= XVCPU_REG_MODE;
}

/* CR4 is here then. Context: the VMCS is current on this CPU. */
static inline void xvcpu_regs_pull_cr4(struct xvcpu_vcpu *vcpu)
{
	vcpu->regs.cr4 = xvcpu_regs_merge(vcpu->regs.cr4,
					  vmcs_readl(GUEST_CR4),
					  XVCPU_CR4_GUEST_OWNED);
	vcpu->regs.here |= XVCPU_REG_CR4;
}

/*
 * The VMCS has what is here then: instead of xvcpu_regs_changed(), where it is
 * current. MCE stays on: without it a machine check in the guest would stop the CPU.
 */
static inline void xvcpu_regs_push_cr4(struct xvcpu_vcpu *vcpu)
{
	u64 fixed = vcpu->binding.root->boot_caps.msr[VMX_CAP_CR4_FIXED0];

	vmcs_writel(GUEST_CR4, vcpu->regs.cr4 | fixed | X86_CR4_MCE);
	vmcs_writel(CR4_READ_SHADOW, vcpu->regs.cr4);
}

static inline bool xvcpu_regs_long_mode(const struct xvcpu_vcpu *vcpu)
{
	return vcpu->regs.efer & EFER_LMA;
}

/**
 * xvcpu_regs_64bit_code() - whether the guest executes 64-bit code
 * @vcpu: the vCPU.
 *
 * Context: as for xvcpu_regs_need().
 * Return: true if it does.
 */
static inline bool xvcpu_regs_64bit_code(struct xvcpu_vcpu *vcpu)
{
	if (!xvcpu_regs_long_mode(vcpu))
		return false;
	xvcpu_regs_need(vcpu, XVCPU_REG_MODE);
	return vcpu->regs.seg[XVCPU_CS].ar & VMX_AR_L_MASK;
}

/**
 * xvcpu_regs_cpl() - the privilege level of the guest's code
 * @vcpu: the vCPU.
 *
 * Context: as for xvcpu_regs_need().
 * Return: 0 to 3.
 */
static inline int xvcpu_regs_cpl(struct xvcpu_vcpu *vcpu)
{
	xvcpu_regs_need(vcpu, XVCPU_REG_MODE);
	return VMX_AR_DPL(vcpu->regs.seg[XVCPU_SS].ar);
}

static inline u64 xvcpu_regs_gpr(struct xvcpu_vcpu *vcpu, int gpr)
{
	if (gpr == XVCPU_RSP)
		xvcpu_regs_need(vcpu, XVCPU_REG_RSP);
	return vcpu->world.gpr[gpr];
}

static inline void xvcpu_regs_set_gpr(struct xvcpu_vcpu *vcpu, int gpr,
				      u64 value)
{
	vcpu->world.gpr[gpr] = value;
	if (gpr == XVCPU_RSP)
		xvcpu_regs_changed(vcpu, XVCPU_REG_RSP);
}

/* EDX:EAX, as RDMSR, WRMSR and XSETBV take and give a value. */
static inline u64 xvcpu_regs_edx_eax(const struct xvcpu_vcpu *vcpu)
{
	return (u32)vcpu->world.gpr[XVCPU_RAX] |
		vcpu->world.gpr[XVCPU_RDX] << 32;
}

static inline void xvcpu_regs_set_edx_eax(struct xvcpu_vcpu *vcpu, u64 value)
{
	vcpu->world.gpr[XVCPU_RAX] = (u32)value;
	vcpu->world.gpr[XVCPU_RDX] = value >> 32;
}

/* Whether control registers mean PAE paging: its entries are registers of their own. */
static inline bool xvcpu_regs_mean_pae_paging(u64 cr0, u64 cr4, u64 efer)
{
	return (cr0 & X86_CR0_PG) && (cr4 & X86_CR4_PAE) && !(efer & EFER_LMA);
}

static inline bool xvcpu_regs_pae_paging(const struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_regs *r = &vcpu->regs;

	return xvcpu_regs_mean_pae_paging(r->cr0, r->cr4, r->efer);
}

#endif /* _XVCPU_REGS_H */
