/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world switch: from the host's registers to the guest's and back.
 *
 * A VM exit looks to the host like a return from VMRESUME or VMLAUNCH to
 * xvcpu_entry_exit, with the stack pointer of the VMCS's HOST_RSP field and the
 * guest's general-purpose registers still loaded.
 *
 * What keeps either side's secrets from the other's speculation is here as the
 * host's kernel has chosen it: nothing of the host's in the CPU's buffers at the
 * entry (VERW); none of the guest's predictions for the returns and branches
 * after the exit (RSB, branch history, IBRS); no register of the guest's left.
 */
#include <linux/linkage.h>
#include <asm/alternative.h>
#include <asm/asm.h>
#include <asm/cpufeatures.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include <asm/segment.h>
#include <asm/unwind_hints.h>
#include <xvcpu/compat.h>

/* Offsets in struct xvcpu_world. */
#define WORLD_RAX	0x00
#define WORLD_RCX	0x08
#define WORLD_RDX	0x10
#define WORLD_RBX	0x18
#define WORLD_RBP	0x28
#define WORLD_RSI	0x30
#define WORLD_RDI	0x38
#define WORLD_R8	0x40
#define WORLD_R9	0x48
#define WORLD_R10	0x50
#define WORLD_R11	0x58
#define WORLD_R12	0x60
#define WORLD_R13	0x68
#define WORLD_R14	0x70
#define WORLD_R15	0x78
#define WORLD_HOST_RSP	0x80
#define WORLD_SPEC_CTRL	0x88

/* Encoding of the VMCS field HOST_RSP. */
#define FIELD_HOST_RSP	0x6c14

.section .rodata, "a"
	.balign	8
/* What VERW wants: the selector of a writable data segment. */
.Lverw_selector:
	.word	__KERNEL_DS

.section .text, "ax"

/* unsigned long xvcpu_entry(struct xvcpu_world *world, bool launched) */
SYM_FUNC_START(xvcpu_entry)
	push	%rbp
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%rbx
	push	%rdi

	/* The same caller at the same stack depth: nearly always no VMWRITE. */
	cmp	%rsp, WORLD_HOST_RSP(%rdi)
	je	.Lhost_rsp_right
	mov	$FIELD_HOST_RSP, %eax
.Lvmwrite:
	vmwrite	%rsp, %rax
	jbe	.Lfailed
	mov	%rsp, WORLD_HOST_RSP(%rdi)
.Lhost_rsp_right:
	UNWIND_HINT_SAVE

	/* MOV leaves the flags alone, VERW leaves CF: it decides at the very end. */
	bt	$0, %esi

	mov	WORLD_RAX(%rdi), %rax
	mov	WORLD_RCX(%rdi), %rcx
	mov	WORLD_RDX(%rdi), %rdx
	mov	WORLD_RBX(%rdi), %rbx
	mov	WORLD_RBP(%rdi), %rbp
	mov	WORLD_RSI(%rdi), %rsi
	mov	WORLD_R8(%rdi), %r8
	mov	WORLD_R9(%rdi), %r9
	mov	WORLD_R10(%rdi), %r10
	mov	WORLD_R11(%rdi), %r11
	mov	WORLD_R12(%rdi), %r12
	mov	WORLD_R13(%rdi), %r13
	mov	WORLD_R14(%rdi), %r14
	mov	WORLD_R15(%rdi), %r15
	mov	WORLD_RDI(%rdi), %rdi

	/* Nothing may load the host's data from here on. */
	ALTERNATIVE "jmp .Lbuffers_clear", "", X86_FEATURE_CLEAR_CPU_BUF
	verw	.Lverw_selector(%rip)
.Lbuffers_clear:
	jnc	.Lvmlaunch
.Lvmresume:
	vmresume
	jmp	.Lfailed
.Lvmlaunch:
	vmlaunch
	jmp	.Lfailed

	_ASM_EXTABLE(.Lvmwrite, .Lfailed)
	_ASM_EXTABLE(.Lvmresume, .Lfailed)
	_ASM_EXTABLE(.Lvmlaunch, .Lfailed)

SYM_INNER_LABEL(xvcpu_entry_exit, SYM_L_GLOBAL)
	UNWIND_HINT_RESTORE
	ENDBR
	push	%rax
	mov	8(%rsp), %rax
	pop	WORLD_RAX(%rax)
	mov	%rcx, WORLD_RCX(%rax)
	mov	%rdx, WORLD_RDX(%rax)
	mov	%rbx, WORLD_RBX(%rax)
	mov	%rbp, WORLD_RBP(%rax)
	mov	%rsi, WORLD_RSI(%rax)
	mov	%rdi, WORLD_RDI(%rax)
	mov	%r8,  WORLD_R8(%rax)
	mov	%r9,  WORLD_R9(%rax)
	mov	%r10, WORLD_R10(%rax)
	mov	%r11, WORLD_R11(%rax)
	mov	%r12, WORLD_R12(%rax)
	mov	%r13, WORLD_R13(%rax)
	mov	%r14, WORLD_R14(%rax)
	mov	%r15, WORLD_R15(%rax)
	xor	%ebx, %ebx

	/* Before the first return and the first indirect branch. */
.Lhost:
	FILL_RETURN_BUFFER %rcx, RSB_CLEAR_LOOPS, X86_FEATURE_RSB_VMEXIT, X86_FEATURE_RSB_VMEXIT_LITE
	mov	(%rsp), %rdi
	/* It is what it was, but IBRS takes effect anew only when it is written. */
	ALTERNATIVE "jmp .Librs_done", "", X86_FEATURE_KERNEL_IBRS
	mov	WORLD_SPEC_CTRL(%rdi), %eax
	mov	$MSR_IA32_SPEC_CTRL, %ecx
	xor	%edx, %edx
	wrmsr
.Librs_done:
	XVCPU_CLEAR_BRANCH_HISTORY
	mov	%ebx, %eax

	/* Nothing of the guest is left to speculate on; @world is dropped. */
	pop	%rdi
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%rbx
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	pop	%rbp
	RET

.Lfailed:
	mov	$1, %ebx
	jmp	.Lhost
SYM_FUNC_END(xvcpu_entry)
