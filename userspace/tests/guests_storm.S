/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that fills all its registers and some memory, and checks everything
 * again and again, whatever happens to its vCPU meanwhile.
 *
 * %rsp: in the vCPU's own page, see guests_hold.h.
 */
#include "guests_hold.inc"

.macro FOR_EACH_GPR do
	\do	rax, 0
	\do	rbx, 1
	\do	rcx, 2
	\do	rdx, 3
	\do	rsi, 4
	\do	rdi, 5
	\do	rbp, 6
	\do	r8, 7
	\do	r9, 8
	\do	r10, 9
	\do	r11, 10
	\do	r12, 11
	\do	r13, 12
	\do	r14, 13
	\do	r15, 14
.endm

.macro LOAD_GPR reg, n
	mov	HOLD_GPRS + 8 * \n(%rsp), %\reg
.endm

/* No register is free to say which one it was. */
.macro CHECK_GPR reg, n
	movl	$HOLD_CODE_GPR + \n, HOLD_BROKEN(%rsp)
	cmp	%\reg, HOLD_GPRS + 8 * \n(%rsp)
	jne	8f
.endm

GUEST storm_holder, MODE_LONG, 64
	mov	HOLD_SEED(%rsp), %rbx
	mov	HOLD_XCR0(%rsp), %r8
	HOLD_FILL
	mov	%r14, HOLD_DR6(%rsp)
	mov	%r15d, HOLD_MXCSR(%rsp)
	cmpl	$0, HOLD_HAS_AUX(%rsp)
	je	1f
	SET_MSR	0xc0000103, 0xb0
1:	mov	%rbx, %rax
	xor	%ecx, %ecx
2:	mov	%rax, HOLD_MEMORY(%rsp, %rcx, 8)
	inc	%rax
	inc	%ecx
	cmp	$HOLD_WORDS, %ecx
	jb	2b

	/* All general-purpose registers, for a while. */
3:	mov	HOLD_SPINS(%rsp), %eax
	mov	%eax, HOLD_SPIN(%rsp)
	FOR_EACH_GPR LOAD_GPR
4:	decl	HOLD_SPIN(%rsp)
	jnz	4b
	FOR_EACH_GPR CHECK_GPR
	movl	$0, HOLD_BROKEN(%rsp)

	mov	HOLD_SEED(%rsp), %rbx
	mov	HOLD_XCR0(%rsp), %r8
	mov	HOLD_DR6(%rsp), %r14
	mov	HOLD_MXCSR(%rsp), %r15d
	HOLD_CHECK
	cmpl	$0, HOLD_HAS_AUX(%rsp)
	je	5f
	CHECK_MSR 0xc0000103, 0xb0

	/* Memory: each round leaves another value. */
5:	mov	HOLD_ROUNDS(%rsp), %r10
	add	%rbx, %r10
	xor	%ecx, %ecx
6:	mov	HOLD_MEMORY(%rsp, %rcx, 8), %rax
	CHECK	HOLD_CODE_MEMORY
	inc	%r10
	mov	%r10, HOLD_MEMORY(%rsp, %rcx, 8)
	inc	%ecx
	cmp	$HOLD_WORDS, %ecx
	jb	6b
	incq	HOLD_ROUNDS(%rsp)
	cmpl	$0, HOLD_STOP(%rsp)
	jne	7f
	decl	HOLD_LEFT(%rsp)
	jnz	3b
7:	mov	HOLD_PER_EXIT(%rsp), %eax
	mov	%eax, HOLD_LEFT(%rsp)
	hlt
	jmp	3b
9:	mov	%r11d, HOLD_BROKEN(%rsp)
8:	hlt
	jmp	8b
GUEST_END storm_holder
