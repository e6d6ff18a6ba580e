/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that are debugged by themselves, and those whose exceptions never get
 * delivered.
 */
#include "guests.h"

/* What the handler of #DB has seen; as in t_debug.c. */
#define LOG_COUNT	(GUEST_RESULT + 0x00)
#define LOG		(GUEST_RESULT + 0x20)
#define LOG_MAX		64

#define HLT		0xf4
#define FLAG_TF		0x100
#define FLAG_RF		0x10000

/*
 * The handler of #DB, for any address: it logs RIP and DR6, 16 bytes for each
 * time, and halts when it comes too often.  It sets RF after a breakpoint, as
 * kernels do: Bochs 2.7 forgets it when an exit intercepts the #DB.  Single
 * steps end before a HLT, so that none is left for the next guest.
 */
GUEST debug_handler, MODE_LONG, 64
	push	%rax
	push	%rbx
	mov	LOG_COUNT, %ebx
	cmp	$LOG_MAX, %ebx
	je	1f
	shl	$4, %ebx
	mov	0x10(%rsp), %rax
	mov	%rax, LOG(%rbx)
	mov	%dr6, %rax
	mov	%rax, LOG + 0x08(%rbx)
	incl	LOG_COUNT
	test	$0xf, %al
	jz	2f
	orl	$FLAG_RF, 0x20(%rsp)
2:	mov	0x10(%rsp), %rax
	cmpb	$HLT, (%rax)
	jne	3f
	andl	$~FLAG_TF, 0x20(%rsp)
3:	xor	%eax, %eax
	mov	%rax, %dr6
	pop	%rbx
	pop	%rax
	iretq
1:	hlt
GUEST_END debug_handler

/* --- MOV to and from debug registers --- */

.macro DR_ACCESS n
GUEST debug_write_dr\n, MODE_LONG, 64
	mov	%rax, %dr\n
	mov	%dr\n, %rbx
	hlt
GUEST_END debug_write_dr\n
GUEST_INSN debug_read_dr\n, MODE_LONG, 64, mov %dr\n, %rbx
.endm

.irp n, 0, 1, 2, 3, 4, 5, 6, 7
DR_ACCESS \n
.endr

/* The access after the one that sets GD. */
GUEST debug_general_detect, MODE_LONG, 64
	mov	$AT(debug_general_detect, 1f), %edi
	mov	%rdi, %dr0
	mov	$0x2000, %eax
	mov	%rax, %dr7
1:	mov	%dr0, %rbx
	mov	%dr7, %rcx
	hlt
GUEST_END debug_general_detect

/* --- INT1, single steps --- */

GUEST_INSN debug_int1, MODE_LONG, 64, .byte 0xf1

/* TF takes effect after the first instruction behind POPF: there is RDI. */
.macro SINGLE_STEP name
	mov	$AT(\name, 1f), %edi
	pushf
	orl	$0x100, (%rsp)
	popf
1:
.endm

GUEST debug_step_plain, MODE_LONG, 64
	SINGLE_STEP debug_step_plain
	nop
	inc	%eax
	mov	$1, %ebx
	nop
	hlt
GUEST_END debug_step_plain

GUEST debug_step_cpuid, MODE_LONG, 64
	SINGLE_STEP debug_step_cpuid
	nop
	cpuid
	nop
	hlt
GUEST_END debug_step_cpuid

GUEST debug_step_cr, MODE_LONG, 64
	SINGLE_STEP debug_step_cr
	mov	%cr0, %rax
	mov	%rax, %cr0
	mov	%cr3, %rax
	mov	%rax, %cr3
	nop
	hlt
GUEST_END debug_step_cr

GUEST debug_step_out, MODE_LONG, 64
	SINGLE_STEP debug_step_out
	nop
	out	%al, $REPORT_PORT
	nop
	hlt
GUEST_END debug_step_out

GUEST debug_step_sti, MODE_LONG, 64
	cli
	SINGLE_STEP debug_step_sti
	nop
	sti
	nop
	nop
	hlt
GUEST_END debug_step_sti

GUEST debug_step_sti_cpuid, MODE_LONG, 64
	cli
	SINGLE_STEP debug_step_sti_cpuid
	nop
	sti
	cpuid
	nop
	hlt
GUEST_END debug_step_sti_cpuid

GUEST debug_step_mov_ss, MODE_LONG, 64
	mov	%ss, %ecx
	SINGLE_STEP debug_step_mov_ss
	nop
	mov	%ecx, %ss
	nop
	nop
	hlt
GUEST_END debug_step_mov_ss

GUEST debug_step_mov_ss_cpuid, MODE_LONG, 64
	mov	%ss, %ecx
	SINGLE_STEP debug_step_mov_ss_cpuid
	nop
	mov	%ecx, %ss
	cpuid
	nop
	hlt
GUEST_END debug_step_mov_ss_cpuid

/* Exits with interrupts blocked, and by MOV SS single steps as well. */
GUEST debug_blocked_sti, MODE_LONG, 64
	cli
	sti
	out	%al, $REPORT_PORT
	hlt
GUEST_END debug_blocked_sti

GUEST debug_blocked_mov_ss, MODE_LONG, 64
	mov	%ss, %ax
	mov	%ax, %ss
	out	%al, $REPORT_PORT
	hlt
GUEST_END debug_blocked_mov_ss

/* --- breakpoints: the test sets the address and DR7 --- */

GUEST debug_break_data, MODE_LONG, 64
	mov	%rax, %dr0
	mov	%rbx, %dr7
	mov	$AT(debug_break_data, 1f), %edi
	mov	GUEST_DATA, %ecx
	movl	$1, GUEST_DATA
1:	nop
	hlt
GUEST_END debug_break_data

.macro BREAK_CODE name, insn:vararg
GUEST debug_break_\name, MODE_LONG, 64
	mov	$AT(debug_break_\name, 1f), %edi
	mov	%rdi, %dr2
	mov	%rbx, %dr7
	xor	%eax, %eax
	nop
1:	\insn
	hlt
GUEST_END debug_break_\name
.endm

/* No code is executed: the handler is never got into. */
GUEST debug_break_handler, MODE_LONG, 64
	mov	%rax, %dr2
	mov	%rbx, %dr7
	.byte	0xf1
	hlt
GUEST_END debug_break_handler

BREAK_CODE plain, nop
BREAK_CODE cpuid, cpuid
BREAK_CODE out, out %al, $REPORT_PORT

/* --- faults, by an exit and by the processor --- */

GUEST_INSN debug_fault_rdmsr, MODE_LONG, 64, rdmsr
GUEST_INSN debug_fault_cr0, MODE_LONG, 64, mov %rax, %cr0
GUEST_INSN debug_fault_cr4, MODE_LONG, 64, mov %rax, %cr4
GUEST_INSN debug_fault_dr7, MODE_LONG, 64, mov %rax, %dr7
GUEST_INSN debug_fault_vmxon, MODE_LONG, 64, vmxon GUEST_RESULT
GUEST_INSN debug_fault_ud2, MODE_LONG, 64, ud2

GUEST_INSN debug_misaligned_long, MODE_LONG, 64, mov GUEST_DATA + 1, %eax
GUEST_INSN debug_misaligned_prot, MODE_PROT32, 32, mov GUEST_DATA + 1, %eax
