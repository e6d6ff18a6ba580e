/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that a debugger in userspace looks at.
 */
#include "guests.h"

/* Instructions that exit, and one that does not, in each mode. */
.macro DEBUGGER_STEPS name, mode, bits
GUEST \name, \mode, \bits
	mov	$1, %bx
	xor	%ax, %ax
	cpuid
	out	%al, $REPORT_PORT
	pushf
	pop	%dx
	hlt
GUEST_END \name
.endm

DEBUGGER_STEPS debugger_steps_real, MODE_REAL, 16
DEBUGGER_STEPS debugger_steps_prot, MODE_PROT32, 32
DEBUGGER_STEPS debugger_steps_long, MODE_LONG, 64

GUEST debugger_int3, MODE_LONG, 64
	nop
	int3
	hlt
GUEST_END debugger_int3

/* Sets a breakpoint of its own, which a debugger's takes the place of. */
GUEST debugger_watched, MODE_LONG, 64
	mov	$GUEST_DATA, %ecx
	mov	%rcx, %dr0
	mov	$0x10403, %eax
	mov	%rax, %dr7
	mov	%dr0, %rbx
	mov	%dr7, %rdx
	movl	$1, GUEST_RESULT
	movl	$2, GUEST_RESULT
	hlt
GUEST_END debugger_watched

/* Interrupts are held off for one instruction after STI. */
GUEST debugger_sti, MODE_LONG, 64
	cli
	sti
	nop
	out	%al, $REPORT_PORT
	nop
	hlt
GUEST_END debugger_sti
