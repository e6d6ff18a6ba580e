/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that access control registers and MSRs: mostly one instruction, the
 * test sets the registers.
 */
#include "guests.h"

/* MOV to a control register from each kind of register, and back into it. */
.macro CR_RW name, cr, reg
GUEST cr_\name\()_\reg, MODE_LONG, 64
	mov	%\reg, %\cr
	xor	%\reg, %\reg
	mov	%\cr, %\reg
	hlt
GUEST_END cr_\name\()_\reg
.endm

.irp reg, rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
CR_RW cr0, cr0, \reg
CR_RW cr3, cr3, \reg
CR_RW cr4, cr4, \reg
CR_RW cr8, cr8, \reg
.endr

GUEST_INSN cr_write_cr0, MODE_LONG, 64, mov %rax, %cr0
GUEST_INSN cr_write_cr3, MODE_LONG, 64, mov %rax, %cr3
GUEST_INSN cr_write_cr4, MODE_LONG, 64, mov %rax, %cr4
GUEST_INSN cr_write_cr8, MODE_LONG, 64, mov %rax, %cr8
GUEST_INSN cr_read_cr0, MODE_LONG, 64, mov %cr0, %rax
GUEST_INSN cr_prot_write_cr0, MODE_PROT32, 32, mov %eax, %cr0
GUEST_INSN cr_prot_write_cr4, MODE_PROT32, 32, mov %eax, %cr4
GUEST_INSN cr_pae_write_cr3, MODE_PAE, 32, mov %eax, %cr3
GUEST_INSN cr_clts, MODE_LONG, 64, clts
GUEST_INSN cr_lmsw, MODE_LONG, 64, lmsw %ax
GUEST_INSN cr_lmsw_memory, MODE_LONG, 64, lmsw GUEST_RESULT

GUEST cr_lmsw_stack, MODE_LONG, 64
	push	%rax
	lmsw	(%rsp)
	pop	%rcx
	hlt
GUEST_END cr_lmsw_stack
GUEST_INSN cr_smsw, MODE_LONG, 64, smsw %rax
GUEST_INSN cr_smsw_memory, MODE_LONG, 64, smsw GUEST_RESULT
GUEST_INSN cr_fpu, MODE_LONG, 64, fnop
GUEST_INSN cr_real_lmsw, MODE_REAL, 16, lmsw %ax

/* The new page tables show at once. */
GUEST cr_switch_tables, MODE_LONG, 64
	mov	GUEST_ALIAS + GUEST_DATA, %ebx
	mov	%rax, %cr3
	mov	GUEST_ALIAS + GUEST_DATA, %ecx
	hlt
GUEST_END cr_switch_tables

GUEST_INSN cr_xsetbv, MODE_LONG, 64, xsetbv
GUEST xcr0_read, MODE_LONG, 64
	xsetbv
	xor	%eax, %eax
	xor	%edx, %edx
	xgetbv
	hlt
GUEST_END xcr0_read

GUEST_INSN msr_read, MODE_LONG, 64, rdmsr
GUEST_INSN msr_write, MODE_LONG, 64, wrmsr

GUEST msr_write_read, MODE_LONG, 64
	wrmsr
	rdmsr
	hlt
GUEST_END msr_write_read

/* Until the MSR cannot be read any more. */
GUEST msr_read_for_ever, MODE_LONG, 64
1:	rdmsr
	incq	GUEST_RESULT
	jmp	1b
GUEST_END msr_read_for_ever

/* The TSC is set and read by both instructions. */
GUEST msr_tsc, MODE_LONG, 64
	wrmsr
	rdtsc
	shl	$32, %rdx
	or	%rax, %rdx
	mov	%rdx, %rbx
	rdmsr
	hlt
GUEST_END msr_tsc

/* The MSRs are the processor's, not just numbers that are kept. */
#define MSR_STAR	0xc0000081
#define MSR_LSTAR	0xc0000082
#define MSR_FMASK	0xc0000084
#define MSR_EFER	0xc0000080

.macro WRITE_MSR msr, low, high=0
	mov	$\msr, %ecx
	mov	$\low, %eax
	mov	$\high, %edx
	wrmsr
.endm

GUEST msr_syscall, MODE_LONG, 64
	WRITE_MSR MSR_EFER, 0x501
	WRITE_MSR MSR_STAR, 0, SEL_CODE64
	WRITE_MSR MSR_LSTAR, AT(msr_syscall, 2f)
	WRITE_MSR MSR_FMASK, 0x1
	stc
	hlt			/* an exit between, and the carry flag set */
	stc
	syscall
1:	hlt			/* not to be reached */
2:	setc	%al
	hlt
GUEST_END msr_syscall

GUEST msr_sysenter, MODE_LONG, 64
	WRITE_MSR 0x174, SEL_CODE32
	WRITE_MSR 0x175, (GUEST_STACK - 0x100)
	WRITE_MSR 0x176, AT(msr_sysenter, 2f)
	hlt
	sysenter
	hlt
2:	mov	%rsp, %rax
	hlt
GUEST_END msr_sysenter

GUEST msr_swapgs, MODE_LONG, 64
	mov	%gs:0, %eax
	hlt
	swapgs
	mov	%gs:0, %eax
	hlt
	mov	%fs:0, %eax
	hlt
GUEST_END msr_swapgs
