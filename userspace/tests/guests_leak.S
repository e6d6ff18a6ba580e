/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that fills every register which VM entry and VM exit do not switch
 * by themselves, and then checks them again and again.
 *
 * %rbx: the seed, another one for each guest.  %r8: XCR0, or 0 if there is no
 * XSAVE.  %r9: rounds of checks before each HLT.  %rax at a HLT is 0, or the
 * code of the first register that was not what it should be.
 */
#include "guests_hold.inc"

GUEST leak_holder, MODE_LONG, 64
	HOLD_FILL
3:	mov	%r9, %r13
4:	HOLD_CHECK
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
