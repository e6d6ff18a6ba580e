/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that fills every register which VM entry and VM exit do not switch
 * by themselves, and then checks them again and again.
 *
 * %rbx: the seed, another one for each guest.  %r8: XCR0, or 0 if there is no
 * XSAVE.  %r9: rounds of checks before each HLT.  %rax at a HLT is 0, or the
 * code of the first register that was not what it should be.
 */
#include "guests.h"

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
	CHECK	0xd0 + \n
.endm

.macro SET_XMM n
	lea	\n(%rbx), %rax
	movq	%rax, %xmm\n
	punpcklqdq %xmm\n, %xmm\n
.endm

.macro CHECK_XMM n
	lea	\n(%rbx), %r10
	movq	%xmm\n, %rax
	CHECK	0x100 + \n
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
	CHECK	0x200 + \n
.endm

.macro FOR_16 do
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\do	\n
	.endr
.endm

GUEST leak_holder, MODE_LONG, 64
	mov	%r8, %rax
	test	%eax, %eax
	jz	1f
	xor	%edx, %edx
	xor	%ecx, %ecx
	xsetbv
1:	FOR_EACH_MSR SET_MSR
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
	jz	2f
	FOR_16	SET_YMM
2:	/* MXCSR: its flags from the seed as well. */
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

3:	mov	%r9, %r13
4:	FOR_EACH_MSR CHECK_MSR
	.irp	n, 0, 1, 2, 3
	CHECK_DR \n
	.endr
	mov	$0x11110455, %r10d
	mov	%dr7, %rax
	CHECK	0xd7
	mov	%r14, %r10
	mov	%dr6, %rax
	CHECK	0xd6
	lea	0x777(%rbx), %r10
	mov	%cr2, %rax
	CHECK	0xc2
	FOR_16	CHECK_XMM
	test	$XCR0_AVX, %r8d
	jz	5f
	FOR_16	CHECK_YMM
5:	test	%r8, %r8
	jz	6f
	xor	%ecx, %ecx
	xgetbv
	mov	%r8, %r10
	CHECK	0xc0
6:	push	%rax
	stmxcsr	(%rsp)
	mov	(%rsp), %eax
	fistpll	(%rsp)
	mov	(%rsp), %r12
	fildll	(%rsp)
	pop	%rcx
	mov	%r15, %r10
	CHECK	0x300
	mov	%r12, %rax
	mov	%rbx, %r10
	CHECK	0x301
	dec	%r13
	jnz	4b
	xor	%eax, %eax
	hlt
	jmp	3b
9:	mov	%r11, %rax
	hlt
	jmp	9b
GUEST_END leak_holder

/* What a new vCPU holds, for the test to look at. */
GUEST leak_fresh, MODE_LONG, 64
	fxsave64 GUEST_RESULT
	mov	%dr0, %rax
	mov	%dr1, %rbx
	mov	%dr2, %rcx
	mov	%dr3, %rdx
	mov	%dr6, %rsi
	mov	%dr7, %rdi
	mov	%cr2, %rbp
	hlt
GUEST_END leak_fresh

/* A breakpoint of the guest's own, on its own instruction: #DB. */
GUEST leak_breakpoint, MODE_LONG, 64
	mov	$AT(leak_breakpoint, 1f), %eax
	mov	%rax, %dr0
	mov	$0x401, %eax
	mov	%rax, %dr7
	nop
1:	nop
	hlt
GUEST_END leak_breakpoint
