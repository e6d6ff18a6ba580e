// SPDX-License-Identifier: GPL-2.0
/*
 * Extended state: x87, SSE, AVX and XCR0 are the guest's inside and the host's
 * outside.
 *
 * Between load and put the CPU's extended state is the guest's; the kernel knows
 * it as a section between kernel_fpu_begin() and kernel_fpu_end(), saves the
 * user's state before and keeps its own hands off.
 *
 * Context: load and put with preemption off.
 */
#include <xvcpu/fpu.h>

#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/asm.h>
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include <asm/fpu/xcr.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/exit.h>
#include <xvcpu/regs.h>

/* State that a guest can have, if the host has it. */
#define GUEST_XFEATURES	(XFEATURE_MASK_FPSSE | XFEATURE_MASK_YMM | \
			 XFEATURE_MASK_AVX512)

#define MXCSR_RESET	0x1f80
#define FCW_RESET	0x37f

static bool has_xsave(void)
{
	return static_cpu_has(X86_FEATURE_XSAVE);
}

/* The kernel's XCR0, the same on all CPUs at all times but inside a run. */
static u64 host_xcr0 __ro_after_init;

/**
 * xvcpu_fpu_init() - look at what does not change while the kernel runs
 */
void __init xvcpu_fpu_init(void)
{
	if (has_xsave())
		host_xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
}

/**
 * xvcpu_fpu_supported_xcr0() - bits that a guest may set in XCR0
 *
 * Return: the bits, 0 if the host does not use XSAVE.
 */
u64 xvcpu_fpu_supported_xcr0(void)
{
	return host_xcr0 & GUEST_XFEATURES;
}

/*
 * XRSTOR and FXRSTOR fault on an image that is not as they want it. What comes
 * from userspace is made fit before it gets here; should one fault all the same,
 * the state of the guest is what it was.
 */
static void restore_image(const void *image)
{
	u64 mask = xvcpu_fpu_supported_xcr0();

	if (has_xsave())
		asm volatile("1: xrstor64 %0\n2:\n" _ASM_EXTABLE(1b, 2b)
			     : : "m" (*(const char (*)[PAGE_SIZE])image),
			       "a" ((u32)mask), "d" ((u32)(mask >> 32))
			     : "memory");
	else
		asm volatile("1: fxrstor64 %0\n2:\n" _ASM_EXTABLE(1b, 2b)
			     : : "m" (*(const char (*)[512])image) : "memory");
}

static void save_image(void *image)
{
	u64 mask = xvcpu_fpu_supported_xcr0();

	if (has_xsave())
		asm volatile("xsave64 %0"
			     : "+m" (*(char (*)[PAGE_SIZE])image)
			     : "a" ((u32)mask), "d" ((u32)(mask >> 32))
			     : "memory");
	else
		asm volatile("fxsave64 %0"
			     : "+m" (*(char (*)[512])image) : : "memory");
}

/**
 * xvcpu_fpu_create() - give a vCPU its extended state, as after reset
 * @vcpu: the vCPU.
 *
 * Return: 0 or -ENOMEM.
 */
int xvcpu_fpu_create(struct xvcpu_vcpu *vcpu)
{
	struct fxregs_state *legacy;

	vcpu->fpu = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vcpu->fpu)
		return -ENOMEM;
	legacy = vcpu->fpu;
	legacy->cwd = FCW_RESET;
	legacy->mxcsr = MXCSR_RESET;
	return 0;
}

/**
 * xvcpu_fpu_destroy() - free a vCPU's extended state
 * @vcpu: the vCPU.
 */
void xvcpu_fpu_destroy(struct xvcpu_vcpu *vcpu)
{
	free_page((unsigned long)vcpu->fpu);
}

static void switch_xcr0(u64 from, u64 to)
{
	if (from != to)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, to);
}

/**
 * xvcpu_fpu_load() - put the guest's extended state in place of the host's
 * @vcpu: the vCPU.
 */
void xvcpu_fpu_load(struct xvcpu_vcpu *vcpu)
{
	kernel_fpu_begin_mask(0);
	restore_image(vcpu->fpu);
	if (has_xsave())
		switch_xcr0(host_xcr0, vcpu->regs.xcr0);
}

/**
 * xvcpu_fpu_put() - save the guest's extended state and leave the CPU's to the host
 * @vcpu: the vCPU.
 */
void xvcpu_fpu_put(struct xvcpu_vcpu *vcpu)
{
	if (has_xsave())
		switch_xcr0(vcpu->regs.xcr0, host_xcr0);
	save_image(vcpu->fpu);
	kernel_fpu_end();
}

static bool xcr0_valid(const struct xvcpu_vcpu *vcpu, u64 xcr0)
{
	u64 supported = xvcpu_fpu_supported_xcr0() & xvcpu_cpuid_xcr0(vcpu);
	u64 avx512 = xcr0 & XFEATURE_MASK_AVX512;

	if (!(xcr0 & XFEATURE_MASK_FP) || (xcr0 & ~supported))
		return false;
	if ((xcr0 & XFEATURE_MASK_YMM) && !(xcr0 & XFEATURE_MASK_SSE))
		return false;
	return !avx512 || (avx512 == XFEATURE_MASK_AVX512 &&
			   (xcr0 & XFEATURE_MASK_YMM));
}

/**
 * xvcpu_fpu_xsetbv() - handle an exit for XSETBV
 * @vcpu: the vCPU.
 *
 * Context: on the vCPU's CPU, the guest's extended state loaded.
 * Return: as a handler of exits.
 */
int xvcpu_fpu_xsetbv(struct xvcpu_vcpu *vcpu)
{
	u64 value = xvcpu_regs_edx_eax(vcpu);

	if ((u32)vcpu->world.gpr[XVCPU_RCX] || !xcr0_valid(vcpu, value))
		return xvcpu_exit_gp(vcpu);
	switch_xcr0(vcpu->regs.xcr0, value);
	vcpu->regs.xcr0 = value;
	return xvcpu_exit_skip(vcpu);
}

/**
 * xvcpu_fpu_get() - KVM_GET_FPU
 * @vcpu: the vCPU, not running.
 * @out: what is to be filled; its tag word has one bit a register, as FXSAVE's.
 */
void xvcpu_fpu_get(struct xvcpu_vcpu *vcpu, struct kvm_fpu *out)
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
 * xvcpu_fpu_set() - KVM_SET_FPU
 * @vcpu: the vCPU, not running.
 * @in: the values.
 *
 * Return: 0, or -EINVAL for an MXCSR with reserved bits.
 */
int xvcpu_fpu_set(struct xvcpu_vcpu *vcpu, const struct kvm_fpu *in)
{
	struct fxregs_state *legacy = vcpu->fpu;
	struct xregs_state *xsave = vcpu->fpu;

	if (in->mxcsr & ~0xffffU)
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
	if (has_xsave())
		xsave->header.xfeatures |= XFEATURE_MASK_FPSSE;
	return 0;
}
