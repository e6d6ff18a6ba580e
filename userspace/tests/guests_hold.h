/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For guests that fill registers from a seed, and make sure that they hold.
 *
 * %rbx: the seed.  %rax, %rcx, %rdx, %r10: free for the macros.  A check that
 * fails goes on at label 9 with its code in %r11d.
 *
 * And the page of such a guest's own, at its %rsp.
 */
#ifndef XVCPU_TESTS_GUESTS_HOLD_H
#define XVCPU_TESTS_GUESTS_HOLD_H

#include "guests.h"

/* Where the pages are, one a vCPU, and where in its page %rsp is. */
#define HOLD_PAGES	0x100000
#define HOLD_RSP	0x800

/* At %rsp; what is below is the stack. */
#define HOLD_STOP	0x00	/* u32: halt after this round */
#define HOLD_BROKEN	0x04	/* u32: the first check that failed, or 0 */
#define HOLD_ROUNDS	0x08	/* u64: rounds of checks that held */
#define HOLD_SPIN	0x10	/* u32: what is left of HOLD_SPINS */
#define HOLD_SPINS	0x14	/* u32: how long all registers wait for a check */
#define HOLD_LEFT	0x18	/* u32: rounds to the next HLT */
#define HOLD_PER_EXIT	0x1c	/* u32: rounds from one HLT to the next */
#define HOLD_SEED	0x20	/* u64 */
#define HOLD_XCR0	0x28	/* u64: or 0 if there is no XSAVE */
#define HOLD_HAS_AUX	0x30	/* u32: there is IA32_TSC_AUX */
#define HOLD_DR6	0x38	/* u64 */
#define HOLD_MXCSR	0x40	/* u32 */
#define HOLD_GPRS	0x80	/* 15 u64: all but %rsp */
#define HOLD_MEMORY	0x100	/* HOLD_WORDS u64 */
#define HOLD_WORDS	32

/* Codes of checks; those of MSRs are their numbers. */
#define HOLD_CODE_CR2		0xc2
#define HOLD_CODE_XCR0		0xc0
#define HOLD_CODE_DR		0xd0
#define HOLD_CODE_XMM		0x100
#define HOLD_CODE_YMM		0x200
#define HOLD_CODE_MXCSR		0x300
#define HOLD_CODE_X87		0x301
#define HOLD_CODE_GPR		0x400
#define HOLD_CODE_MEMORY	0x500

#ifdef __ASSEMBLER__

#define XCR0_AVX	4

/* Of these MSRs, MSR number n holds the seed plus 16 * n. */
.macro FOR_EACH_MSR do
	\do	0x174, 0x10		/* SYSENTER_CS */
	\do	0x175, 0x20		/* SYSENTER_ESP */
	\do	0x176, 0x30		/* SYSENTER_EIP */
	\do	0xc0000081, 0x40	/* STAR */
	\do	0xc0000082, 0x50	/* LSTAR */
	\do	0xc0000083, 0x60	/* CSTAR */
	\do	0xc0000084, 0x70	/* FMASK */
	\do	0xc0000100, 0x80	/* FS_BASE */
	\do	0xc0000101, 0x90	/* GS_BASE */
	\do	0xc0000102, 0xa0	/* KERNEL_GS_BASE */
.endm

.macro SET_MSR msr, offset
	mov	$\msr, %ecx
	lea	\offset(%rbx), %eax
	xor	%edx, %edx
	wrmsr
.endm

.macro CHECK code
	mov	$\code, %r11d
	cmp	%r10, %rax
	jne	9f
.endm

.macro CHECK_MSR msr, offset
	mov	$\msr, %ecx
	rdmsr
	shl	$32, %rdx
	or	%rdx, %rax
	lea	\offset(%rbx), %r10d
	CHECK	\msr
.endm

.macro SET_DR n
	lea	0x100 * \n(%rbx), %rax
	mov	%rax, %dr\n
.endm

.macro CHECK_DR n
	mov	%dr\n, %rax
	lea	0x100 * \n(%rbx), %r10
	CHECK	HOLD_CODE_DR + \n
.endm

.macro SET_XMM n
	lea	\n(%rbx), %rax
	movq	%rax, %xmm\n
	punpcklqdq %xmm\n, %xmm\n
.endm

.macro CHECK_XMM n
	lea	\n(%rbx), %r10
	movq	%xmm\n, %rax
	CHECK	HOLD_CODE_XMM + \n
.endm

/* The upper half of a YMM register gets the lower one's value. */
.macro SET_YMM n
	vinsertf128 $1, %xmm\n, %ymm\n, %ymm\n
.endm

/* By way of the stack: the XMM registers are all in use. */
.macro CHECK_YMM n
	lea	\n(%rbx), %r10
	vextractf128 $1, %ymm\n, -0x20(%rsp)
	mov	-0x20(%rsp), %rax
	CHECK	HOLD_CODE_YMM + \n
.endm

.macro FOR_16 do
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\do	\n
	.endr
.endm

/*
 * Fill everything that VM entry and VM exit do not switch by themselves.  %r8:
 * XCR0, or 0.  On return %r14 and %r15 are what DR6 and MXCSR hold.
 */
.macro HOLD_FILL
	mov	%r8, %rax
	test	%eax, %eax
	jz	.Lhold1_\@
	xor	%edx, %edx
	xor	%ecx, %ecx
	xsetbv
.Lhold1_\@:	FOR_EACH_MSR SET_MSR
	.irp	n, 0, 1, 2, 3
	SET_DR	\n
	.endr
	/* Breakpoints on writes, where nobody writes. */
	mov	$0x11110455, %eax
	mov	%rax, %dr7
	/* The four lowest bits of DR6 from the seed's highest byte. */
	mov	%ebx, %eax
	shr	$24, %eax
	and	$0xf, %eax
	or	$0xffff0ff0, %eax
	mov	%rax, %dr6
	mov	%eax, %r14d
	lea	0x777(%rbx), %rax
	mov	%rax, %cr2
	FOR_16	SET_XMM
	test	$XCR0_AVX, %r8d
	jz	.Lhold2_\@
	FOR_16	SET_YMM
.Lhold2_\@:	/* MXCSR: its flags from the seed as well. */
	mov	%ebx, %eax
	shr	$24, %eax
	and	$0x3f, %eax
	or	$0x1f80, %eax
	mov	%eax, %r15d
	push	%rax
	ldmxcsr	(%rsp)
	fninit
	mov	%rbx, (%rsp)
	fildll	(%rsp)
	pop	%rax
.endm

/* One round of checks.  %r8, %r14, %r15 as above; %r11 and %r12 are lost. */
.macro HOLD_CHECK
	FOR_EACH_MSR CHECK_MSR
	.irp	n, 0, 1, 2, 3
	CHECK_DR \n
	.endr
	mov	$0x11110455, %r10d
	mov	%dr7, %rax
	CHECK	HOLD_CODE_DR + 7
	mov	%r14, %r10
	mov	%dr6, %rax
	CHECK	HOLD_CODE_DR + 6
	lea	0x777(%rbx), %r10
	mov	%cr2, %rax
	CHECK	HOLD_CODE_CR2
	FOR_16	CHECK_XMM
	test	$XCR0_AVX, %r8d
	jz	.Lhold5_\@
	FOR_16	CHECK_YMM
.Lhold5_\@:	test	%r8, %r8
	jz	.Lhold6_\@
	xor	%ecx, %ecx
	xgetbv
	mov	%r8, %r10
	CHECK	HOLD_CODE_XCR0
.Lhold6_\@:	push	%rax
	stmxcsr	(%rsp)
	mov	(%rsp), %eax
	fistpll	(%rsp)
	mov	(%rsp), %r12
	fildll	(%rsp)
	pop	%rcx
	mov	%r15, %r10
	CHECK	HOLD_CODE_MXCSR
	mov	%r12, %rax
	mov	%rbx, %r10
	CHECK	HOLD_CODE_X87
.endm

#endif /* __ASSEMBLER__ */

#endif /* XVCPU_TESTS_GUESTS_HOLD_H */
