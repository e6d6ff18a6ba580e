/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that goes through the host's sleep.
 */
#include "guests.h"

/*
 * Count and read the TSC until told to stop, with the words of the vCPU's own
 * page at %rdi; then report why: 1 as told, 2 the TSC went back or leapt, 3 a count was
 * lost or made twice, 4 a register changed.
 */
GUEST suspend_watch, MODE_LONG, 64
	mov	$0x1122334455667788, %r8
	movq	%r8, %xmm0
	not	%r8
	movq	%r8, %xmm15
	not	%r8
	mov	%r8, %r15
	xor	%ebx, %ebx
1:	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, %rcx
	sub	SUSPEND_TSC(%rdi), %rcx
	shr	$SUSPEND_LEAP, %rcx
	jnz	4f
	mov	%rax, SUSPEND_TSC(%rdi)
	cmp	%rbx, SUSPEND_COUNT(%rdi)
	jne	5f
	inc	%rbx
	incq	SUSPEND_COUNT(%rdi)
	cmp	%r8, %r15
	jne	6f
	movq	%xmm0, %rcx
	cmp	%r8, %rcx
	jne	6f
	movq	%xmm15, %rcx
	not	%rcx
	cmp	%r8, %rcx
	jne	6f
	cmpl	$0, SUSPEND_STOP(%rdi)
	je	1b
	mov	$1, %eax
	jmp	7f
4:	mov	$2, %eax
	jmp	7f
5:	mov	$3, %eax
	jmp	7f
6:	mov	$4, %eax
7:	mov	$REPORT_PORT, %edx
	out	%eax, %dx
	hlt
GUEST_END suspend_watch
