// SPDX-License-Identifier: GPL-2.0
/*
 * Extended state as userspace reads and writes it: the FPU, the XSAVE image, the
 * extended control registers.
 *
 * The guest's image is one page in the standard format. XSAVE writes every
 * component, those in their initial state too, and what userspace sets is made
 * so: the image can be copied out as it is, whatever XSTATE_BV says.
 *
 * Context: the vCPU's lock is held, the vCPU does not run.
 */
#include <xvcpu/xsave.h>

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/fpu/types.h>
#include <asm/fpu/xcr.h>
#include <asm/processor.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/fpu.h>
#include <xvcpu/vcpu.h>

#define MXCSR_RESET	0x1f80
#define MXCSR_RESERVED	0xffff0000U
#define FCW_RESET	0x37f

/* Components to which MXCSR belongs. */
#define XFEATURES_MXCSR	(XFEATURE_MASK_SSE | XFEATURE_MASK_YMM)

static bool has_xsave(void)
{
	return xvcpu_fpu_supported_xcr0();
}

static void set_initial(struct xregs_state *to)
{
	memset(to, 0, PAGE_SIZE);
	to->i387.cwd = FCW_RESET;
	to->i387.mxcsr = MXCSR_RESET;
	/* What KVM_GET_XSAVE says where the CPU writes no header. */
	if (!has_xsave())
		to->header.xfeatures = XFEATURE_MASK_FPSSE;
}

/**
 * xvcpu_xsave_reset() - give a vCPU's image the state after reset
 * @vcpu: the vCPU.
 */
void xvcpu_xsave_reset(struct xvcpu_vcpu *vcpu)
{
	set_initial(vcpu->fpu);
}

/* Part of the legacy region: x87 is what is not SSE's. */
static void copy_x87(struct fxregs_state *to, const struct fxregs_state *from)
{
	memcpy(to, from, offsetof(struct fxregs_state, mxcsr));
	memcpy(to->st_space, from->st_space, sizeof(to->st_space));
}

static void copy_sse(struct fxregs_state *to, const struct fxregs_state *from)
{
	memcpy(to->xmm_space, from->xmm_space, sizeof(to->xmm_space));
}

static void copy_component(struct xregs_state *to,
			   const struct xregs_state *from, int i)
{
	u32 size, offset;

	if (i == XFEATURE_FP) {
		copy_x87(&to->i387, &from->i387);
	} else if (i == XFEATURE_SSE) {
		copy_sse(&to->i387, &from->i387);
	} else {
		xvcpu_cpuid_xsave_component(i, &size, &offset);
		memcpy((void *)to + offset, (const void *)from + offset, size);
	}
}

static bool header_valid(const struct xstate_header *header)
{
	return !(header->xfeatures & ~xvcpu_fpu_supported_xcr0()) &&
	       !header->xcomp_bv &&
	       !memchr_inv(header->reserved, 0, sizeof(header->reserved));
}

/**
 * xvcpu_xsave_set() - KVM_SET_XSAVE
 * @vcpu: the vCPU.
 * @image: one page.
 *
 * A component that is not in XSTATE_BV becomes initial; MXCSR, if neither SSE nor
 * AVX is in it.
 *
 * Return: 0; -EINVAL, and nothing has changed, if the header has a reserved bit,
 * the compacted format or a component that is not offered, or MXCSR a reserved
 * bit.
 */
int xvcpu_xsave_set(struct xvcpu_vcpu *vcpu, const void *image)
{
	const struct xregs_state *from = image;
	struct xregs_state *to = vcpu->fpu;
	unsigned long xfeatures = XFEATURE_MASK_FPSSE;
	int i;

	if (has_xsave()) {
		if (!header_valid(&from->header))
			return -EINVAL;
		xfeatures = from->header.xfeatures;
	}
	if ((xfeatures & XFEATURES_MXCSR) &&
	    (from->i387.mxcsr & MXCSR_RESERVED))
		return -EINVAL;
	set_initial(to);
	for_each_set_bit(i, &xfeatures, BITS_PER_LONG)
		copy_component(to, from, i);
	if (xfeatures & XFEATURES_MXCSR)
		to->i387.mxcsr = from->i387.mxcsr;
	to->header.xfeatures = xfeatures;
	return 0;
}

/**
 * xvcpu_xsave_get_fpu() - KVM_GET_FPU
 * @vcpu: the vCPU.
 * @out: what is to be filled; its tag word has one bit a register, as FXSAVE's.
 */
void xvcpu_xsave_get_fpu(struct xvcpu_vcpu *vcpu, struct kvm_fpu *out)
{
	const struct fxregs_state *legacy = vcpu->fpu;

	memset(out, 0, sizeof(*out));
	memcpy(out->fpr, legacy->st_space, sizeof(out->fpr));
	out->fcw = legacy->cwd;
	out->fsw = legacy->swd;
	out->ftwx = legacy->twd;
	out->last_opcode = legacy->fop;
	out->last_ip = legacy->rip;
	out->last_dp = legacy->rdp;
	memcpy(out->xmm, legacy->xmm_space, sizeof(out->xmm));
	out->mxcsr = legacy->mxcsr;
}

/**
 * xvcpu_xsave_set_fpu() - KVM_SET_FPU
 * @vcpu: the vCPU.
 * @in: the values.
 *
 * Return: 0, or -EINVAL for an MXCSR with reserved bits.
 */
int xvcpu_xsave_set_fpu(struct xvcpu_vcpu *vcpu, const struct kvm_fpu *in)
{
	struct xregs_state *xsave = vcpu->fpu;
	struct fxregs_state *legacy = &xsave->i387;

	if (in->mxcsr & MXCSR_RESERVED)
		return -EINVAL;
	memcpy(legacy->st_space, in->fpr, sizeof(in->fpr));
	legacy->cwd = in->fcw;
	legacy->swd = in->fsw;
	legacy->twd = in->ftwx;
	legacy->fop = in->last_opcode;
	legacy->rip = in->last_ip;
	legacy->rdp = in->last_dp;
	memcpy(legacy->xmm_space, in->xmm, sizeof(in->xmm));
	legacy->mxcsr = in->mxcsr;
	xsave->header.xfeatures |= XFEATURE_MASK_FPSSE;
	return 0;
}

/**
 * xvcpu_xsave_get_xcrs() - KVM_GET_XCRS
 * @vcpu: the vCPU.
 * @out: what is to be filled: there is XCR0, or none.
 */
void xvcpu_xsave_get_xcrs(struct xvcpu_vcpu *vcpu, struct kvm_xcrs *out)
{
	memset(out, 0, sizeof(*out));
	if (!has_xsave())
		return;
	out->nr_xcrs = 1;
	out->xcrs[0].xcr = XCR_XFEATURE_ENABLED_MASK;
	out->xcrs[0].value = vcpu->regs.xcr0;
}

/**
 * xvcpu_xsave_set_xcrs() - KVM_SET_XCRS
 * @vcpu: the vCPU.
 * @in: the values.
 *
 * Return: 0; -EINVAL, and nothing has changed, for a flag, for another register
 * than XCR0, or if XCR0 does not take the value.
 */
int xvcpu_xsave_set_xcrs(struct xvcpu_vcpu *vcpu, const struct kvm_xcrs *in)
{
	u64 xcr0 = vcpu->regs.xcr0;
	u32 i;

	if (!has_xsave() || in->flags || in->nr_xcrs > KVM_MAX_XCRS)
		return -EINVAL;
	for (i = 0; i < in->nr_xcrs; i++) {
		if (in->xcrs[i].xcr != XCR_XFEATURE_ENABLED_MASK)
			return -EINVAL;
		xcr0 = in->xcrs[i].value;
	}
	if (!xvcpu_fpu_xcr0_valid(vcpu, xcr0))
		return -EINVAL;
	vcpu->regs.xcr0 = xcr0;
	return 0;
}
