/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that show the registers they were given, and change them all.
 */
#include "guests.h"

/* The order of struct kvm_regs. */
#define REGS_OUT	GUEST_RESULT
#define FPU_OUT		(GUEST_RESULT + 0x200)
#define FPU_IN		(GUEST_RESULT + 0x400)

GUEST regs_all, MODE_LONG, 64
	mov	%rax, REGS_OUT + 0x00
	mov	%rbx, REGS_OUT + 0x08
	mov	%rcx, REGS_OUT + 0x10
	mov	%rdx, REGS_OUT + 0x18
	mov	%rsi, REGS_OUT + 0x20
	mov	%rdi, REGS_OUT + 0x28
	mov	%rsp, REGS_OUT + 0x30
	mov	%rbp, REGS_OUT + 0x38
	mov	%r8, REGS_OUT + 0x40
	mov	%r9, REGS_OUT + 0x48
	mov	%r10, REGS_OUT + 0x50
	mov	%r11, REGS_OUT + 0x58
	mov	%r12, REGS_OUT + 0x60
	mov	%r13, REGS_OUT + 0x68
	mov	%r14, REGS_OUT + 0x70
	mov	%r15, REGS_OUT + 0x78
	mov	$GUEST_STACK, %esp
	pushf
	pop	REGS_OUT + 0x88
	mov	$0xa0a0a0a0a0a0a0a0, %rax
	mov	$0xa1a1a1a1a1a1a1a1, %rbx
	mov	$0xa2a2a2a2a2a2a2a2, %rcx
	mov	$0xa3a3a3a3a3a3a3a3, %rdx
	mov	$0xa4a4a4a4a4a4a4a4, %rsi
	mov	$0xa5a5a5a5a5a5a5a5, %rdi
	mov	$0xa6a6a6a6a6a6a6a6, %rsp
	mov	$0xa7a7a7a7a7a7a7a7, %rbp
	mov	$0xa8a8a8a8a8a8a8a8, %r8
	mov	$0xa9a9a9a9a9a9a9a9, %r9
	mov	$0xaaaaaaaaaaaaaaaa, %r10
	mov	$0xabababababababab, %r11
	mov	$0xacacacacacacacac, %r12
	mov	$0xadadadadadadadad, %r13
	mov	$0xaeaeaeaeaeaeaeae, %r14
	mov	$0xafafafafafafafaf, %r15
	cld
	stc
	hlt
GUEST_END regs_all

/* Give out what x87 and SSE hold, take in what the test left. */
GUEST regs_fpu, MODE_LONG, 64
	fxsave64 FPU_OUT
	fxrstor64 FPU_IN
	hlt
	fxsave64 FPU_OUT
	hlt
GUEST_END regs_fpu

/* Show the debug registers; then touch what DR3 may point to. */
GUEST regs_read_debug, MODE_LONG, 64
	mov	%dr0, %r8
	mov	%dr1, %r9
	mov	%dr2, %r10
	mov	%dr3, %r11
	mov	%dr6, %r12
	mov	%dr7, %r13
	mov	%eax, GUEST_DATA
	nop
	hlt
GUEST_END regs_read_debug
