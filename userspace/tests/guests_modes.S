/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that prove the mode they run in.
 *
 * SIGNATURE is one sequence of bytes that reports another value in code of
 * each size: 16-bit code runs "mov $1, %ax; inc %ax; nop; inc %ax; nop",
 * 32-bit code "mov $0x90400001, %eax; inc %eax; nop", and in 64-bit code the
 * last two bytes are a nop with a prefix.
 */
#include "guests.h"

#define MSR_EFER	0xc0000080

.macro SIGNATURE
	.byte 0xb8, 0x01, 0x00, 0x40, 0x90, 0x40, 0x90, 0xef
.endm

/* CR0, CR4 and EFER; the moves from CRs name a register of the code's size. */
.macro REPORT_CONTROL acc
	mov	%cr0, \acc
	out	%eax, %dx
	mov	%cr4, \acc
	out	%eax, %dx
	mov	$MSR_EFER, %ecx
	mov	%edx, %ebx
	rdmsr
	mov	%ebx, %edx
	out	%eax, %dx
.endm

GUEST modes_real, MODE_REAL, 16
	mov	$REPORT_PORT, %dx
	SIGNATURE
	REPORT_CONTROL %eax
	mov	$(GUEST_DATA >> 4), %ax
	mov	%ax, %ds
	movw	$0x1234, 0x10
	ljmp	$(GUEST_CODE >> 4), $(1f - guest_modes_real)
1:	mov	%cs, %ax
	out	%ax, %dx
	/* A word across the segment's limit: #GP by the IVT's vector 13. */
	movw	$0x1234, 0xffff
	ud2
GUEST_END modes_real

/* 16 bytes at 0xfffffff0. */
GUEST modes_reset, MODE_REAL, 16
	mov	$REPORT_PORT, %dx
	mov	%cs, %ax
	out	%ax, %dx
	ljmp	$0, $GUEST_CODE
GUEST_END modes_reset

GUEST modes_prot16, MODE_PROT16, 16
	mov	$REPORT_PORT, %dx
	SIGNATURE
	REPORT_CONTROL %eax
	mov	$SEL_DATA32, %ax
	mov	%ax, %ds
	mov	$GUEST_DATA + 0x10, %ebx
	movl	$0x12345678, (%ebx)
	/* To 32-bit code and back, with this stack of 16-bit width. */
	ljmpl	$SEL_CODE32, $AT(modes_prot16, 1f)
	.code32
1:	SIGNATURE
	ljmp	$SEL_CODE16, $AT(modes_prot16, 2f)
	.code16
2:	SIGNATURE
	/* A word across the limit of a 64 KiB segment: #GP(0). */
	mov	$SEL_DATA16, %ax
	mov	%ax, %ds
	movw	$0x1234, 0xffff
	ud2
GUEST_END modes_prot16

GUEST modes_prot32, MODE_PROT32, 32
	mov	$REPORT_PORT, %edx
	SIGNATURE
	REPORT_CONTROL %eax
	movl	$0x12345678, GUEST_DATA + 0x10
	lcall	$SEL_CODE32, $AT(modes_prot32, 1f)
	mov	%esp, %eax
	out	%eax, %dx
	/* A null selector may be loaded but not used: #GP(0). */
	xor	%eax, %eax
	mov	%eax, %ds
	movl	$0, GUEST_DATA
	ud2
1:	SIGNATURE
	lret
GUEST_END modes_prot32

/* The same twice: with 4 MiB pages, and with the 2 MiB pages of PAE. */
.macro PAGED name, mode
GUEST \name, \mode, 32
	mov	$REPORT_PORT, %edx
	SIGNATURE
	REPORT_CONTROL %eax
	movl	$0x12345678, GUEST_ALIAS + GUEST_DATA + 0x10
	mov	GUEST_DATA + 0x10, %eax
	out	%eax, %dx
	/* A hole in the map: #PF. */
	movl	$0, GUEST_HOLE
	ud2
GUEST_END \name
.endm

PAGED modes_paged32, MODE_PAGED32
PAGED modes_pae, MODE_PAE

GUEST modes_long, MODE_LONG, 64
	mov	$REPORT_PORT, %edx
	SIGNATURE
	REPORT_CONTROL %rax
	mov	$GUEST_HIGH + GUEST_DATA + 0x10, %rbx
	movl	$0x12345678, (%rbx)
	mov	GUEST_DATA + 0x10, %eax
	out	%eax, %dx
	/* All of a 64-bit register, by halves. */
	mov	$0x1122334455667788, %r15
	mov	%r15, %rax
	out	%eax, %dx
	shr	$32, %rax
	out	%eax, %dx
	/* Compatibility mode and back. */
	ljmpl	*1f(%rip)
	.balign 8
1:	.long	AT(modes_long, 2f)
	.word	SEL_CODE32
	.code32
2:	SIGNATURE
	ljmp	$SEL_CODE64, $AT(modes_long, 3f)
	.code64
3:	SIGNATURE
	/* A hole in the map: #PF. */
	mov	$GUEST_HIGH + GUEST_HOLE, %rbx
	movl	$0, (%rbx)
	ud2
GUEST_END modes_long

/* Through a table of 4 KiB pages that the guest fills itself, in the hole. */
GUEST modes_small_pages, MODE_LONG, 64
	mov	$REPORT_PORT, %edx
	movl	$(GUEST_PT | 3), GUEST_PD + (GUEST_HOLE >> 21) * 8
	movl	$((GUEST_DATA + 0x1000) | 3), GUEST_PT + 0
	movl	$(GUEST_DATA | 3), GUEST_PT + 8
	movl	$(GUEST_DATA | 1), GUEST_PT + 16
	movl	$0x11111111, GUEST_HOLE
	movl	$0x22222222, GUEST_HOLE + 0x1000
	/* Over the boundary of two pages that are not neighbours. */
	movl	$0x44333333, GUEST_HOLE + 0xffe
	mov	GUEST_DATA, %eax
	out	%eax, %dx
	mov	GUEST_DATA + 0x1000, %eax
	out	%eax, %dx
	mov	GUEST_DATA + 0x1ffc, %eax
	out	%eax, %dx
	/* Read-only, with CR0.WP: #PF with error code 3. */
	mov	GUEST_HOLE + 0x2000, %eax
	out	%eax, %dx
	movl	$0, GUEST_HOLE + 0x2000
	ud2
GUEST_END modes_small_pages
