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
#include <xvcpu/fpu.h>
#include <xvcpu/regs.h>
#include <xvcpu/vm.h>
#include <xvcpu/vmcs.h>

/* Fields of the exit qualification of a control-register access. */
#define CR_ACCESS(q)		((q) & 0x3f)
#define CR_GPR(q)		(((q) >> 8) & 15)
#define CR_LMSW_DATA(q)		(((q) >> 16) & 0xffff)

/* Values of CR_ACCESS: the access, and with MOV which register. */
#define MOV_TO_CR(number)	(number)
#define MOV_FROM_CR(number)	(1 << 4 | (number))
#define CLTS			(2 << 4)
#define LMSW			(3 << 4)

#define LMSW_BITS	(X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)

/* Changes after which no translation may be used that was made before. */
#define CR0_FLUSHING	(X86_CR0_PG | X86_CR0_WP | X86_CR0_PE)
#define CR4_FLUSHING	(X86_CR4_PSE | X86_CR4_PAE | X86_CR4_PGE | \
			 X86_CR4_PCIDE | X86_CR4_SMEP | X86_CR4_SMAP)

/* Changes after which PAE paging reads its pointers anew. */
#define CR0_PDPTR	(X86_CR0_PG | X86_CR0_CD | X86_CR0_NW)
#define CR4_PDPTR	(X86_CR4_PSE | X86_CR4_PAE | X86_CR4_PGE | X86_CR4_SMEP)

/* change_translation() looks at all others, too, that are not free to change. */
static_assert(!((CR4_PDPTR | X86_CR4_PCIDE) & ~CR4_FLUSHING));

static noinline u64 look_up_cr4_bits(const struct xvcpu_vcpu *vcpu)
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

static bool cr4_valid(struct xvcpu_vcpu *vcpu, u64 cr4)
{
	if (likely(!(cr4 & ~vcpu->cr4_bits)))
		return true;
	vcpu->cr4_bits = look_up_cr4_bits(vcpu);
	return !(cr4 & ~vcpu->cr4_bits);
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

	if (!cr0_valid(in->cr0) || !cr4_valid(vcpu, in->cr4) ||
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

/* SDM, "IA-32e Mode" of "Initializing": LMA follows LME and PG. */
static bool switch_paging(struct xvcpu_vcpu *vcpu, u64 cr0, u64 *efer)
{
	u64 cr4 = vcpu->regs.cr4;

	if (!(cr0 & X86_CR0_PG)) {
		if (xvcpu_regs_64bit_code(vcpu) || (cr4 & X86_CR4_PCIDE))
			return false;
		*efer &= ~EFER_LMA;
		return true;
	}
	if (!(*efer & EFER_LME))
		return true;
	/* A 64-bit code segment has no meaning yet, and must not get one. */
	xvcpu_regs_need(vcpu, XVCPU_REG_MODE);
	if (!(cr4 & X86_CR4_PAE) ||
	    (vcpu->regs.seg[XVCPU_CS].ar & VMX_AR_L_MASK))
		return false;
	*efer |= EFER_LMA;
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

static void change_efer(struct xvcpu_vcpu *vcpu, u64 efer)
{
	if ((efer & ~vcpu->regs.efer) & EFER_LMA)
		fix_tr(vcpu);
	vcpu->regs.efer = efer;
	xvcpu_regs_changed(vcpu, XVCPU_REG_EFER);
}

static int load_pdptrs(struct xvcpu_vcpu *vcpu, bool may_sleep)
{
	return may_sleep ? xvcpu_cr_load_pdptrs(vcpu) : -EAGAIN;
}

/*
 * These return 0; -EINVAL if the guest is to have #GP, or -EAGAIN if it can be
 * done where it may sleep: then nothing has changed.
 */
static int set_cr0(struct xvcpu_vcpu *vcpu, u64 cr0, bool may_sleep)
{
	struct xvcpu_regs *r = &vcpu->regs;
	u64 changed, efer = r->efer;
	int err = 0;

	cr0 |= X86_CR0_ET;
	if (!cr0_valid(cr0))
		return -EINVAL;
	/* Reserved bits are not stored. */
	cr0 &= 0xe005003f;
	changed = cr0 ^ r->cr0;
	if (changed & CR0_PDPTR)
		xvcpu_regs_need(vcpu, XVCPU_REG_CR4);
	if ((changed & X86_CR0_PG) && !switch_paging(vcpu, cr0, &efer))
		return -EINVAL;
	if ((changed & CR0_PDPTR) && xvcpu_regs_mean_pae_paging(cr0, r->cr4, efer))
		err = load_pdptrs(vcpu, may_sleep);
	if (err)
		return err;
	if (efer != r->efer)
		change_efer(vcpu, efer);
	r->cr0 = cr0;
	xvcpu_regs_changed(vcpu, XVCPU_REG_CR0);
	if (changed & CR0_FLUSHING)
		vcpu->flush_tlb = true;
	return 0;
}

/* What CR4 says of translation changes; set_cr4() does the rest. */
static noinline int change_translation(struct xvcpu_vcpu *vcpu, u64 cr4,
				       u64 changed, bool may_sleep)
{
	const struct xvcpu_regs *r = &vcpu->regs;
	int err = 0;

	if ((r->efer & EFER_LMA) && !(cr4 & X86_CR4_PAE))
		return -EINVAL;
	if (changed & cr4 & X86_CR4_PCIDE) {
		xvcpu_regs_need(vcpu, XVCPU_REG_CR3);
		if (!(r->efer & EFER_LMA) || (r->cr3 & 0xfff))
			return -EINVAL;
	}
	if (changed & CR4_PDPTR) {
		xvcpu_regs_need(vcpu, XVCPU_REG_CR0);
		if (xvcpu_regs_mean_pae_paging(r->cr0, cr4, r->efer))
			err = load_pdptrs(vcpu, may_sleep);
	}
	if (!err)
		vcpu->flush_tlb = true;
	return err;
}

static int set_cr4(struct xvcpu_vcpu *vcpu, u64 cr4, bool may_sleep)
{
	u64 changed = cr4 ^ vcpu->regs.cr4;
	int err = 0;

	if (!cr4_valid(vcpu, cr4))
		return -EINVAL;
	if (unlikely(changed & CR4_FLUSHING))
		err = change_translation(vcpu, cr4, changed, may_sleep);
	if (err)
		return err;
	vcpu->regs.cr4 = cr4;
	if (may_sleep) {
		xvcpu_regs_changed(vcpu, XVCPU_REG_CR4);
		return 0;
	}
	/* The VMCS is current, and the guest's extended state loaded. */
	xvcpu_regs_push_cr4(vcpu);
	if (unlikely(changed & X86_CR4_OSXSAVE))
		xvcpu_fpu_follow(vcpu);
	return 0;
}

static noinline int failed(struct xvcpu_vcpu *vcpu, int err)
{
	if (err != -EAGAIN)
		return xvcpu_exit_gp(vcpu);
	vcpu->exit.insn_len = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	return xvcpu_exit_may_sleep(vcpu);
}

static int done(struct xvcpu_vcpu *vcpu, int err, bool may_sleep)
{
	if (unlikely(err))
		return failed(vcpu, err);
	return may_sleep ? xvcpu_exit_skip(vcpu) : xvcpu_exit_skip_insn(vcpu);
}

/* Only 64-bit code has an operand of 64 bits. */
static noinline u64 wide_operand(struct xvcpu_vcpu *vcpu, u64 value)
{
	return xvcpu_regs_64bit_code(vcpu) ? value : (u32)value;
}

static __always_inline u64 source_operand(struct xvcpu_vcpu *vcpu)
{
	u64 value = xvcpu_regs_gpr(vcpu, CR_GPR(vcpu->exit.qualification));

	return likely(!(value >> 32)) ? value : wide_operand(vcpu, value);
}

static noinline int mov_to_cr0(struct xvcpu_vcpu *vcpu, bool may_sleep)
{
	xvcpu_regs_need(vcpu, XVCPU_REG_CR0);
	return done(vcpu, set_cr0(vcpu, source_operand(vcpu), may_sleep),
		    may_sleep);
}

static noinline int mov_to_cr4(struct xvcpu_vcpu *vcpu, bool may_sleep)
{
	if (likely(!(vcpu->regs.here & XVCPU_REG_CR4)))
		xvcpu_regs_pull_cr4(vcpu);
	return done(vcpu, set_cr4(vcpu, source_operand(vcpu), may_sleep),
		    may_sleep);
}

/* Userspace has the task-priority register: it hears of every lower value. */
static noinline int mov_to_cr8(struct xvcpu_vcpu *vcpu)
{
	u64 value = source_operand(vcpu);
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

static noinline int mov_from_cr8(struct xvcpu_vcpu *vcpu)
{
	xvcpu_regs_set_gpr(vcpu, CR_GPR(vcpu->exit.qualification),
			   vcpu->regs.cr8);
	return xvcpu_exit_skip_insn(vcpu);
}

static noinline int clts(struct xvcpu_vcpu *vcpu, bool may_sleep)
{
	xvcpu_regs_need(vcpu, XVCPU_REG_CR0);
	return done(vcpu, set_cr0(vcpu, vcpu->regs.cr0 & ~X86_CR0_TS, may_sleep),
		    may_sleep);
}

/* LMSW can set PE but not clear it. */
static noinline int lmsw(struct xvcpu_vcpu *vcpu, bool may_sleep)
{
	u64 data = CR_LMSW_DATA(vcpu->exit.qualification);
	u64 cr0;

	xvcpu_regs_need(vcpu, XVCPU_REG_CR0);
	cr0 = vcpu->regs.cr0;
	cr0 = (cr0 & ~(u64)(LMSW_BITS & ~X86_CR0_PE)) | (data & LMSW_BITS);
	return done(vcpu, set_cr0(vcpu, cr0, may_sleep), may_sleep);
}

/* MOV from CR0 and CR4 reads the shadow, MOV from and to CR3 the register: no exit. */
static __always_inline int access(struct xvcpu_vcpu *vcpu, bool may_sleep)
{
	switch (CR_ACCESS(vcpu->exit.qualification)) {
	case MOV_TO_CR(0):
		return mov_to_cr0(vcpu, may_sleep);
	case MOV_TO_CR(4):
		return mov_to_cr4(vcpu, may_sleep);
	case MOV_TO_CR(8):
		return mov_to_cr8(vcpu);
	case MOV_FROM_CR(8):
		return mov_from_cr8(vcpu);
	case CLTS:
		return clts(vcpu, may_sleep);
	case LMSW:
		return lmsw(vcpu, may_sleep);
	default:
		return -EIO;
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
