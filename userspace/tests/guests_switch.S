/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that goes through all modes and back, several times.
 *
 * It logs to memory at %edi, in words of 32 bits, and leaves the guest only at
 * its end.  %ebp: how many rounds.
 */
#include "guests.h"

#define MSR_EFER	0xc0000080
#define EFER_LME	0x100
#define CR0_PE		0x1
#define CR0_TS		0x8
#define CR0_PG		0x80000000
#define CR4_PAE		0x20
#define CR4_PSE		0x10

/* See guests_modes.S: another value in code of each size. */
.macro SIGNATURE
	xor	%eax, %eax
	.byte	0xb8, 0x01, 0x00, 0x40, 0x90, 0x40, 0x90
.endm

.macro LOG
	mov	%eax, (%edi)
	add	$4, %edi
.endm

.macro SET_EFER set, clear
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$\set, %eax
	and	$~\clear, %eax
	wrmsr
.endm

.macro LOG_EFER
	mov	$MSR_EFER, %ecx
	rdmsr
	LOG
.endm

.macro CHANGE_CR cr, set, clear
	mov	%\cr, %eax
	or	$\set, %eax
	and	$~\clear, %eax
	mov	%eax, %\cr
.endm

.macro LOAD_DATA sel
	mov	$\sel, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
.endm

GUEST switch_modes, MODE_REAL, 16
	/* Real mode. */
1:	SIGNATURE
	LOG
	smsw	%eax
	LOG
	lgdtl	AT(switch_modes, 10f)
	mov	$(CR0_PE | CR0_TS), %ax
	lmsw	%ax
	ljmpl	$SEL_CODE32, $AT(switch_modes, 2f)
	.code32

	/* 32-bit protected mode. */
2:	LOAD_DATA SEL_DATA32
	SIGNATURE
	LOG
	smsw	%eax
	LOG
	clts
	smsw	%eax
	LOG

	/* PAE paging. */
	CHANGE_CR cr4, CR4_PAE, 0
	mov	$GUEST_PAE_PDPT, %eax
	mov	%eax, %cr3
	CHANGE_CR cr0, CR0_PG, 0
	mov	GUEST_ALIAS + GUEST_DATA, %eax
	LOG
	mov	%cr4, %eax
	LOG

	/* Long mode: compatibility first, then 64-bit. */
	CHANGE_CR cr0, 0, CR0_PG
	mov	$GUEST_PML4, %eax
	mov	%eax, %cr3
	SET_EFER EFER_LME, 0
	LOG_EFER
	CHANGE_CR cr0, CR0_PG, 0
	LOG_EFER
	SIGNATURE
	LOG
	ljmp	$SEL_CODE64, $AT(switch_modes, 3f)
	.code64
3:	SIGNATURE
	LOG
	mov	$GUEST_HIGH + GUEST_DATA + 4, %rbx
	mov	(%rbx), %eax
	LOG
	mov	%cr0, %rax
	LOG
	/* An EFER of its own, a CR3 of its own. */
	SET_EFER 1, 0
	mov	%cr3, %rax
	mov	%rax, %cr3
	LOG_EFER
	ljmpl	*11f(%rip)
	.code32

	/* Out of long mode: LMA falls with paging, LME stays till cleared. */
4:	SIGNATURE
	LOG
	CHANGE_CR cr0, 0, CR0_PG
	LOG_EFER
	SET_EFER 0, (EFER_LME | 1)
	LOG_EFER

	/* 32-bit paging. */
	CHANGE_CR cr4, CR4_PSE, CR4_PAE
	mov	$GUEST_PD32, %eax
	mov	%eax, %cr3
	CHANGE_CR cr0, CR0_PG, 0
	mov	GUEST_ALIAS + GUEST_DATA, %eax
	LOG
	mov	%cr4, %eax
	LOG
	CHANGE_CR cr0, 0, CR0_PG
	CHANGE_CR cr4, 0, CR4_PSE

	/* 16-bit protected mode, real mode. */
	ljmp	$SEL_CODE16, $AT(switch_modes, 5f)
	.code16
5:	LOAD_DATA SEL_DATA16
	SIGNATURE
	LOG
	CHANGE_CR cr0, 0, CR0_PE
	ljmp	$0, $AT(switch_modes, 6f)
6:	LOAD_DATA 0
	SIGNATURE
	LOG
	/* A segment by real mode's rule. */
	mov	$(GUEST_DATA >> 4), %ax
	mov	%ax, %ds
	mov	%ds:8, %eax
	mov	$0, %bx
	mov	%bx, %ds
	LOG
	dec	%ebp
	jnz	1b
	hlt
	.balign 8
10:	.word	0x3f
	.long	GUEST_GDT
	.balign 8
11:	.long	AT(switch_modes, 4b)
	.word	SEL_CODE32
GUEST_END switch_modes
