/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that access memory at %rbx.
 */
#include "guests.h"

GUEST_INSN memory_read, MODE_LONG, 64, mov (%rbx), %rax
GUEST_INSN memory_write, MODE_LONG, 64, mov %rax, (%rbx)

/* Read once interrupts are on, after a HLT with them off. */
GUEST memory_read_after_sti, MODE_LONG, 64
	cli
	hlt
	sti
	nop
	mov	(%rbx), %rax
	hlt
GUEST_END memory_read_after_sti

/* Read for ever; COUNT_NOW tells that it does. */
GUEST memory_read_loop, MODE_LONG, 64
1:	mov	(%rbx), %rax
	incq	COUNT_NOW
	jmp	1b
GUEST_END memory_read_loop

/* Add one to the first word of each of %rsi pages, again and again. */
GUEST memory_touch_loop, MODE_LONG, 64
	mov	$REPORT_PORT, %edx
1:	mov	%rbx, %rdi
	mov	%esi, %ecx
2:	lock incq (%rdi)
	add	$0x1000, %rdi
	dec	%ecx
	jnz	2b
	incq	COUNT_NOW
	cmpl	$0, COUNT_STOP
	je	1b
	hlt
GUEST_END memory_touch_loop
