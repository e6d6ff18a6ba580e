/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that take interrupts and NMIs and count them.  The handlers are a guest
 * of their own, which the test puts behind GUEST_DATA.
 */
#include "guests.h"

/* As in t_events.c. */
#define INTERRUPTS	(GUEST_RESULT + 0x00)
#define NMIS		(GUEST_RESULT + 0x08)
#define SOFTWARE	(GUEST_RESULT + 0x10)
#define LOOPS		(GUEST_RESULT + 0x18)
#define STOP		(GUEST_RESULT + 0x20)
#define SAVED_RIP	(GUEST_RESULT + 0x28)
#define NMI_PORT	0xe1

/* Each handler is 64 bytes long, and runs at any address. */
GUEST events_handlers, MODE_LONG, 64
	incq	INTERRUPTS
	push	%rax
	mov	8(%rsp), %rax
	mov	%rax, SAVED_RIP
	pop	%rax
	iretq
	.balign	64
	incq	NMIS
	push	%rax
	mov	8(%rsp), %rax
	mov	%rax, SAVED_RIP
	pop	%rax
	iretq
	.balign	64
	incq	SOFTWARE
	iretq
	.balign	64
	/* An NMI whose handler asks userspace for something. */
	incq	NMIS
	out	%al, $NMI_PORT
	iretq
	.balign	64
GUEST_END events_handlers

/* Takes an interrupt between two instructions only, in every turn. */
GUEST events_window, MODE_LONG, 64
	cli
1:	incq	LOOPS
	sti
	nop
	cli
	cmpl	$0, STOP
	je	1b
	hlt
GUEST_END events_window

/* Interrupts itself in every turn, too. */
GUEST events_open, MODE_LONG, 64
	sti
1:	incq	LOOPS
	int	$0x31
	cmpl	$0, STOP
	je	1b
	hlt
GUEST_END events_open

/* Blocked by STI, after an exit, for one instruction. */
GUEST events_sti, MODE_LONG, 64
	cli
	xor	%ebx, %ebx
	out	%al, $REPORT_PORT
	sti
	inc	%ebx
	inc	%ebx
	hlt
GUEST_END events_sti

/* Blocked by MOV SS. */
GUEST events_mov_ss, MODE_LONG, 64
	cli
	xor	%ebx, %ebx
	mov	%ss, %ecx
	out	%al, $REPORT_PORT
	sti
	mov	%ecx, %ss
	inc	%ebx
	inc	%ebx
	hlt
GUEST_END events_mov_ss

/* The instruction that is blocked is executed by the hypervisor. */
GUEST events_sti_cpuid, MODE_LONG, 64
	cli
	out	%al, $REPORT_PORT
	sti
	cpuid
	nop
	nop
	hlt
GUEST_END events_sti_cpuid

GUEST events_mov_ss_cpuid, MODE_LONG, 64
	cli
	mov	%ss, %esi
	out	%al, $REPORT_PORT
	sti
	mov	%esi, %ss
	cpuid
	nop
	nop
	hlt
GUEST_END events_mov_ss_cpuid

GUEST events_flags, MODE_LONG, 64
	cli
	out	%al, $REPORT_PORT
	sti
	nop
	out	%al, $REPORT_PORT
	cli
	out	%al, $REPORT_PORT
	hlt
GUEST_END events_flags

GUEST events_halt, MODE_LONG, 64
	sti
	hlt
	incq	LOOPS
	hlt
	incq	LOOPS
	hlt
GUEST_END events_halt
