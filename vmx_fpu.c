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
#include <asm/asm.h>
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include <asm/fpu/xcr.h>
#include <xvcpu/counted.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/exit.h>
#include <xvcpu/page.h>
#include <xvcpu/regs.h>
#include <xvcpu/xsave.h>

/* State that a guest can have, if the host has it. */
#define GUEST_XFEATURES	(XFEATURE_MASK_FPSSE | XFEATURE_MASK_YMM | \
			 XFEATURE_MASK_AVX512)

static __always_inline bool has_xsave(void)
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
	vcpu->fpu = xvcpu_page_alloc(1, GFP_KERNEL_ACCOUNT);
	if (!vcpu->fpu)
		return -ENOMEM;
	xvcpu_xsave_reset(vcpu);
	return 0;
}

/**
 * xvcpu_fpu_destroy() - free a vCPU's extended state
 * @vcpu: the vCPU.
 */
void xvcpu_fpu_destroy(struct xvcpu_vcpu *vcpu)
{
	xvcpu_page_free(vcpu->fpu, 1);
}

static void set_xcr0(struct xvcpu_vcpu *vcpu, u64 xcr0)
{
	if (vcpu->loaded_xcr0 == xcr0)
		return;
	counted_xsetbv(XCR_XFEATURE_ENABLED_MASK, xcr0);
	vcpu->loaded_xcr0 = xcr0;
}

/*
 * Until the guest sets CR4.OSXSAVE nothing that XCR0 governs works, and the host's
 * may stay.
 */
static u64 wanted_xcr0(const struct xvcpu_vcpu *vcpu)
{
	return vcpu->regs.cr4 & X86_CR4_OSXSAVE ? vcpu->regs.xcr0 : host_xcr0;
}

/**
 * xvcpu_fpu_follow() - have the XCR0 in the CPU that the guest wants
 * @vcpu: the vCPU, its extended state loaded.
 *
 * To be called when the guest changes XCR0 or CR4.OSXSAVE.
 */
void xvcpu_fpu_follow(struct xvcpu_vcpu *vcpu)
{
	if (has_xsave())
		set_xcr0(vcpu, wanted_xcr0(vcpu));
}

/**
 * xvcpu_fpu_load() - put the guest's extended state in place of the host's
 * @vcpu: the vCPU.
 */
void xvcpu_fpu_load(struct xvcpu_vcpu *vcpu)
{
	kernel_fpu_begin_mask(0);
	restore_image(vcpu->fpu);
	vcpu->loaded_xcr0 = host_xcr0;
	if (has_xsave())
		set_xcr0(vcpu, wanted_xcr0(vcpu));
}

/**
 * xvcpu_fpu_put() - save the guest's extended state and leave the CPU's to the host
 * @vcpu: the vCPU.
 */
void xvcpu_fpu_put(struct xvcpu_vcpu *vcpu)
{
	if (has_xsave())
		set_xcr0(vcpu, host_xcr0);
	save_image(vcpu->fpu);
	kernel_fpu_end();
}

/**
 * xvcpu_fpu_xcr0_valid() - whether XCR0 can have a value
 * @vcpu: the vCPU.
 * @xcr0: the value; that of RESET is always one.
 *
 * Return: true if it can.
 */
bool xvcpu_fpu_xcr0_valid(const struct xvcpu_vcpu *vcpu, u64 xcr0)
{
	u64 supported = (xvcpu_fpu_supported_xcr0() & xvcpu_cpuid_xcr0(vcpu)) |
			XFEATURE_MASK_FP;
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

	if ((u32)vcpu->world.gpr[XVCPU_RCX] || !xvcpu_fpu_xcr0_valid(vcpu, value))
		return xvcpu_exit_gp(vcpu);
	vcpu->regs.xcr0 = value;
	xvcpu_fpu_follow(vcpu);
	return xvcpu_exit_skip(vcpu);
}

/**
 * xvcpu_fpu_xmm() - the XMM registers
 * @vcpu: the vCPU, its extended state not loaded.
 *
 * Return: XMM0 to XMM15, 16 bytes each.
 */
const void *xvcpu_fpu_xmm(struct xvcpu_vcpu *vcpu)
{
	const struct fxregs_state *legacy = vcpu->fpu;

	return legacy->xmm_space;
}

/**
 * xvcpu_fpu_set_xmm() - load an XMM register
 * @vcpu: the vCPU, its extended state not loaded.
 * @reg: which.
 * @value: what with; what lies beyond in YMM and ZMM stays.
 */
void xvcpu_fpu_set_xmm(struct xvcpu_vcpu *vcpu, int reg, const u8 value[16])
{
	struct fxregs_state *legacy = vcpu->fpu;
	struct xregs_state *xsave = vcpu->fpu;

	memcpy((u8 *)legacy->xmm_space + 16 * reg, value, 16);
	if (has_xsave())
		xsave->header.xfeatures |= XFEATURE_MASK_SSE;
}
