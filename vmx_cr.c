// SPDX-License-Identifier: GPL-2.0
/*
 * Control registers: what may be in them, and what a change brings (SDM,
 * "Control Registers").
 *
 * Context: the vCPU's lock is held. A change that makes the processor read the
 * page-directory-pointer entries has to wait until it may sleep.
 */
#include <xvcpu/cr.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/event.h>
#include <xvcpu/exit.h>
#include <xvcpu/regs.h>
#include <xvcpu/vm.h>
#include <xvcpu/vmcs.h>

/* Fields of the exit qualification of a control-register access. */
#define CR_NUMBER(q)		((q) & 15)
#define CR_ACCESS_TYPE(q)	(((q) >> 4) & 3)
#define CR_GPR(q)		(((q) >> 8) & 15)
#define CR_LMSW_DATA(q)		(((q) >> 16) & 0xffff)

enum { CR_MOV_TO, CR_MOV_FROM, CR_CLTS, CR_LMSW };

#define LMSW_BITS	(X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)

/* Changes after which no translation may be used that was made before. */
#define CR0_FLUSHING	(X86_CR0_PG | X86_CR0_WP | X86_CR0_PE)
#define CR4_FLUSHING	(X86_CR4_PSE | X86_CR4_PAE | X86_CR4_PGE | \
			 X86_CR4_PCIDE | X86_CR4_SMEP | X86_CR4_SMAP)

/* Changes after which PAE paging reads its pointers anew. */
#define CR0_PDPTR	(X86_CR0_PG | X86_CR0_CD | X86_CR0_NW)
#define CR4_PDPTR	(X86_CR4_PSE | X86_CR4_PAE | X86_CR4_PGE | X86_CR4_SMEP)

static u64 look_up_cr4_bits(const struct xvcpu_vcpu *vcpu)
{
	static const struct {
		enum xvcpu_feature feature;
		u64 bit;
	} optional[] = {
		{ XVCPU_HAS_XSAVE, X86_CR4_OSXSAVE },
		{ XVCPU_HAS_PCID, X86_CR4_PCIDE },
		{ XVCPU_HAS_FSGSBASE, X86_CR4_FSGSBASE },
		{ XVCPU_HAS_SMEP, X86_CR4_SMEP },
		{ XVCPU_HAS_SMAP, X86_CR4_SMAP },
		{ XVCPU_HAS_UMIP, X86_CR4_UMIP },
	};
	u64 bits = X86_CR4_VME | X86_CR4_PVI | X86_CR4_TSD | X86_CR4_DE |
		   X86_CR4_PSE | X86_CR4_PAE | X86_CR4_MCE | X86_CR4_PGE |
		   X86_CR4_PCE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT;
	int i;

	for (i = 0; i < ARRAY_SIZE(optional); i++)
		if (xvcpu_cpuid_has(vcpu, optional[i].feature))
			bits |= optional[i].bit;
	/* What the processor itself does not let through stays out. */
	return bits & vcpu->binding.root->boot_caps.msr[VMX_CAP_CR4_FIXED1];
}

static u64 cr4_bits(struct xvcpu_vcpu *vcpu)
{
	if (unlikely(!vcpu->cr4_bits))
		vcpu->cr4_bits = look_up_cr4_bits(vcpu);
	return vcpu->cr4_bits;
}

/**
 * xvcpu_cr_efer_bits() - the bits of EFER that the guest may set
 * @vcpu: the vCPU.
 *
 * Return: the bits.
 */
u64 xvcpu_cr_efer_bits(struct xvcpu_vcpu *vcpu)
{
	u64 bits = 0;

	if (xvcpu_cpuid_has(vcpu, XVCPU_HAS_SYSCALL))
		bits |= EFER_SCE;
	if (xvcpu_cpuid_has(vcpu, XVCPU_HAS_LM))
		bits |= EFER_LME | EFER_LMA;
	if (xvcpu_cpuid_has(vcpu, XVCPU_HAS_NX))
		bits |= EFER_NX;
	return bits;
}

static bool cr0_valid(u64 cr0)
{
	if (cr0 >> 32)
		return false;
	if ((cr0 & X86_CR0_NW) && !(cr0 & X86_CR0_CD))
		return false;
	return !(cr0 & X86_CR0_PG) || (cr0 & X86_CR0_PE);
}

/**
 * xvcpu_cr_consistent() - whether KVM_SET_SREGS's registers go together
 * @vcpu: the vCPU.
 * @in: the registers.
 *
 * Return: true if they do.
 */
bool xvcpu_cr_consistent(struct xvcpu_vcpu *vcpu, const struct kvm_sregs *in)
{
	const u64 known_efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NX;
	bool long_mode = (in->efer & EFER_LME) && (in->cr0 & X86_CR0_PG);

	if (!cr0_valid(in->cr0) || (in->cr4 & ~cr4_bits(vcpu)) ||
	    (in->efer & ~known_efer))
		return false;
	if (!long_mode)
		return !(in->efer & EFER_LMA) && !in->cs.l &&
		       !(in->cr4 & X86_CR4_PCIDE);
	return (in->cr4 & X86_CR4_PAE) && (in->efer & EFER_LMA) &&
	       !(in->cr3 >> vcpu->maxphyaddr) &&
	       !(in->cs.l && in->cs.db);
}

/* The low 12 bits but P, PWT, PCD and AVL are reserved, and those too high. */
static bool pdptr_valid(const struct xvcpu_vcpu *vcpu, u64 pdptr)
{
	if (!(pdptr & 1))
		return true;
	return !(pdptr & 0x1e6) && !(pdptr >> vcpu->maxphyaddr);
}

/**
 * xvcpu_cr_pdptrs_valid() - whether there can be such page-directory-pointer entries
 * @vcpu: the vCPU.
 * @pdptrs: four of them.
 *
 * Return: true if a processor would load them.
 */
bool xvcpu_cr_pdptrs_valid(const struct xvcpu_vcpu *vcpu, const u64 *pdptrs)
{
	int i;

	for (i = 0; i < 4; i++)
		if (!pdptr_valid(vcpu, pdptrs[i]))
			return false;
	return true;
}

/**
 * xvcpu_cr_load_pdptrs() - read the page-directory-pointer entries
 * @vcpu: the vCPU, with PAE paging; all registers here.
 *
 * Context: process context, may sleep.
 * Return: 0, or -EINVAL if the processor would fault; the old ones stay then.
 */
int xvcpu_cr_load_pdptrs(struct xvcpu_vcpu *vcpu)
{
	u64 pdptr[4];
	int err;

	err = xvcpu_vm_read(vcpu->vm, vcpu->regs.cr3 & 0xffffffe0, pdptr,
			    sizeof(pdptr));
	if (err || !xvcpu_cr_pdptrs_valid(vcpu, pdptr))
		return -EINVAL;
	memcpy(vcpu->regs.pdptr, pdptr, sizeof(pdptr));
	xvcpu_regs_changed(vcpu, XVCPU_REG_PDPTR);
	return 0;
}

/* What a change wants to become; made first, so that a fault changes nothing. */
struct change {
	u64 cr0;
	u64 cr4;
	u64 efer;
	bool flush;
	bool pdptrs;
};

static bool pae_paging(const struct change *to)
{
	return (to->cr0 & X86_CR0_PG) && (to->cr4 & X86_CR4_PAE) &&
	       !(to->efer & EFER_LMA);
}

/* SDM, "IA-32e Mode" of "Initializing": LMA follows LME and PG. */
static bool switch_paging(struct xvcpu_vcpu *vcpu, struct change *to)
{
	bool code64 = xvcpu_regs_64bit_code(vcpu);

	if (!(to->cr0 & X86_CR0_PG)) {
		if (code64 || (to->cr4 & X86_CR4_PCIDE))
			return false;
		to->efer &= ~EFER_LMA;
		return true;
	}
	if (!(to->efer & EFER_LME))
		return true;
	/* A 64-bit code segment has no meaning yet, and must not get one. */
	xvcpu_regs_need(vcpu, XVCPU_REG_MODE);
	if (!(to->cr4 & X86_CR4_PAE) ||
	    (vcpu->regs.seg[XVCPU_CS].ar & VMX_AR_L_MASK))
		return false;
	to->efer |= EFER_LMA;
	return true;
}

/* Fills @to; false if the guest is to have #GP. */
static bool change_cr0(struct xvcpu_vcpu *vcpu, u64 cr0, struct change *to)
{
	u64 changed;

	cr0 |= X86_CR0_ET;
	if (!cr0_valid(cr0))
		return false;
	/* Reserved bits are not stored. */
	cr0 &= 0xe005003f;
	changed = cr0 ^ vcpu->regs.cr0;
	to->cr0 = cr0;
	if (changed & CR0_PDPTR) {
		xvcpu_regs_need(vcpu, XVCPU_REG_CR4);
		to->cr4 = vcpu->regs.cr4;
	}
	if ((changed & X86_CR0_PG) && !switch_paging(vcpu, to))
		return false;
	to->flush = changed & CR0_FLUSHING;
	to->pdptrs = (changed & CR0_PDPTR) && pae_paging(to);
	return true;
}

static bool change_cr4(struct xvcpu_vcpu *vcpu, u64 cr4, struct change *to)
{
	u64 changed = cr4 ^ vcpu->regs.cr4;

	if (cr4 & ~cr4_bits(vcpu))
		return false;
	if ((to->efer & EFER_LMA) && !(cr4 & X86_CR4_PAE))
		return false;
	if (changed & cr4 & X86_CR4_PCIDE) {
		xvcpu_regs_need(vcpu, XVCPU_REG_CR3);
		if (!(to->efer & EFER_LMA) || (vcpu->regs.cr3 & 0xfff))
			return false;
	}
	to->cr4 = cr4;
	if (changed & CR4_PDPTR) {
		xvcpu_regs_need(vcpu, XVCPU_REG_CR0);
		to->cr0 = vcpu->regs.cr0;
	}
	to->flush = changed & CR4_FLUSHING;
	to->pdptrs = (changed & CR4_PDPTR) && pae_paging(to);
	return true;
}

/* The processor wants a busy 64-bit TSS in long mode. */
static void fix_tr(struct xvcpu_vcpu *vcpu)
{
	u32 *ar = &vcpu->regs.seg[XVCPU_TR].ar;

	xvcpu_regs_need(vcpu, XVCPU_REG_SEGMENTS);
	if ((*ar & VMX_AR_TYPE_MASK) == VMX_AR_TYPE_BUSY_64_TSS)
		return;
	*ar = (*ar & ~VMX_AR_TYPE_MASK) | VMX_AR_TYPE_BUSY_64_TSS;
	xvcpu_regs_segment_changed(vcpu, XVCPU_TR);
}

static void commit(struct xvcpu_vcpu *vcpu, const struct change *to)
{
	struct xvcpu_regs *r = &vcpu->regs;

	if ((to->efer & ~r->efer) & EFER_LMA)
		fix_tr(vcpu);
	if (to->cr0 != r->cr0) {
		r->cr0 = to->cr0;
		xvcpu_regs_changed(vcpu, XVCPU_REG_CR0);
	}
	if (to->cr4 != r->cr4) {
		r->cr4 = to->cr4;
		xvcpu_regs_changed(vcpu, XVCPU_REG_CR4);
	}
	if (to->efer != r->efer) {
		r->efer = to->efer;
		xvcpu_regs_changed(vcpu, XVCPU_REG_EFER);
	}
	vcpu->flush_tlb |= to->flush;
}

static int wait_for_sleep(struct xvcpu_vcpu *vcpu)
{
	vcpu->exit.insn_len = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	return xvcpu_exit_may_sleep(vcpu);
}

/* CR0 or CR4 is here, whichever it is; the other one is fetched if it matters. */
static int write_cr(struct xvcpu_vcpu *vcpu, int number, u64 value,
		    bool may_sleep)
{
	struct change to = {
		.cr0 = vcpu->regs.cr0,
		.cr4 = vcpu->regs.cr4,
		.efer = vcpu->regs.efer,
	};
	bool valid = number ? change_cr4(vcpu, value, &to) :
			      change_cr0(vcpu, value, &to);

	if (!valid)
		return xvcpu_exit_gp(vcpu);
	if (to.pdptrs) {
		if (!may_sleep)
			return wait_for_sleep(vcpu);
		if (xvcpu_cr_load_pdptrs(vcpu))
			return xvcpu_exit_gp(vcpu);
	}
	commit(vcpu, &to);
	return may_sleep ? xvcpu_exit_skip(vcpu) : xvcpu_exit_skip_insn(vcpu);
}

/* Userspace has the task-priority register: it hears of every lower value. */
static int write_cr8(struct xvcpu_vcpu *vcpu, u64 value)
{
	u64 old = vcpu->regs.cr8;

	if (value & ~15ULL)
		return xvcpu_exit_gp(vcpu);
	vcpu->regs.cr8 = value;
	xvcpu_exit_skip_insn(vcpu);
	if (value >= old)
		return XVCPU_EXIT_RESUME;
	vcpu->run->exit_reason = KVM_EXIT_SET_TPR;
	return XVCPU_EXIT_USER;
}

static u64 source_operand(struct xvcpu_vcpu *vcpu)
{
	u64 value = xvcpu_regs_gpr(vcpu, CR_GPR(vcpu->exit.qualification));

	return !(value >> 32) || xvcpu_regs_64bit_code(vcpu) ? value :
							       (u32)value;
}

static int mov_to_cr(struct xvcpu_vcpu *vcpu, int number, bool may_sleep)
{
	switch (number) {
	case 0:
		xvcpu_regs_need(vcpu, XVCPU_REG_CR0);
		return write_cr(vcpu, 0, source_operand(vcpu), may_sleep);
	case 4:
		xvcpu_regs_need(vcpu, XVCPU_REG_CR4);
		return write_cr(vcpu, 4, source_operand(vcpu), may_sleep);
	case 8:
		return write_cr8(vcpu, source_operand(vcpu));
	default:
		return -EIO;
	}
}

/* MOV from CR0 and CR4 reads the shadow, from CR3 the register: no exit. */
static int mov_from_cr(struct xvcpu_vcpu *vcpu, int number)
{
	if (number != 8)
		return -EIO;
	xvcpu_regs_set_gpr(vcpu, CR_GPR(vcpu->exit.qualification),
			   vcpu->regs.cr8);
	return xvcpu_exit_skip_insn(vcpu);
}

/* LMSW can set PE but not clear it. */
static int lmsw(struct xvcpu_vcpu *vcpu, bool may_sleep)
{
	u64 data = CR_LMSW_DATA(vcpu->exit.qualification);
	u64 cr0;

	xvcpu_regs_need(vcpu, XVCPU_REG_CR0);
	cr0 = vcpu->regs.cr0;
	cr0 = (cr0 & ~(u64)(LMSW_BITS & ~X86_CR0_PE)) | (data & LMSW_BITS);
	return write_cr(vcpu, 0, cr0, may_sleep);
}

static int access(struct xvcpu_vcpu *vcpu, bool may_sleep)
{
	u64 q = vcpu->exit.qualification;

	switch (CR_ACCESS_TYPE(q)) {
	case CR_MOV_TO:
		return mov_to_cr(vcpu, CR_NUMBER(q), may_sleep);
	case CR_MOV_FROM:
		return mov_from_cr(vcpu, CR_NUMBER(q));
	case CR_CLTS:
		xvcpu_regs_need(vcpu, XVCPU_REG_CR0);
		return write_cr(vcpu, 0, vcpu->regs.cr0 & ~X86_CR0_TS,
				may_sleep);
	default:
		return lmsw(vcpu, may_sleep);
	}
}

/**
 * xvcpu_cr_access() - handle an exit for a control-register access
 * @vcpu: the vCPU.
 *
 * Context: on the vCPU's CPU, interrupts off.
 * Return: as a handler of exits.
 */
int xvcpu_cr_access(struct xvcpu_vcpu *vcpu)
{
	vcpu->exit.qualification = vmcs_readl(EXIT_QUALIFICATION);
	return access(vcpu, false);
}

/**
 * xvcpu_cr_access_slow() - the same where it may sleep
 * @vcpu: the vCPU; all registers here.
 *
 * Return: as a handler of exits.
 */
int xvcpu_cr_access_slow(struct xvcpu_vcpu *vcpu)
{
	return access(vcpu, true);
}
