/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The branch history of a guest is overwritten, for kernels that have code for it
 * and keep it for KVM.
 *
 * The sequence is Intel's ("Branch History Injection and Intra-mode Branch Target
 * Injection", software BHB-clearing sequence): it takes as many branches as the
 * history is long. The returns lie in the upper halves of their cache lines (ITS).
 *
 * Clobbers RAX and RCX.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/nospec-branch.h>
#include <asm/unwind_hints.h>

#define ROUNDS		5
#define JUMPS		5

SYM_FUNC_START(xvcpu_clear_bhb)
	ANNOTATE_NOENDBR
	push	%rbp
	mov	%rsp, %rbp
	mov	$ROUNDS, %ecx
	ANNOTATE_INTRA_FUNCTION_CALL
	call	.Lround
	jmp	.Lcleared

	.balign	64, 0xcc
	.skip	32 - 5, 0xcc
	ANNOTATE_INTRA_FUNCTION_CALL
.Lround:
	call	.Ljumps
	RET

	.balign	64, 0xcc
	.skip	32 - 18, 0xcc
.Ljumps:
	mov	$JUMPS, %eax
.Ljump:
	jmp	.Lover
	nop
.Lover:
	sub	$1, %eax
	jnz	.Ljump
	sub	$1, %ecx
	jnz	.Lround
	RET

.Lcleared:
	lfence
	pop	%rbp
	RET
SYM_FUNC_END(xvcpu_clear_bhb)
STACK_FRAME_NON_STANDARD(xvcpu_clear_bhb)
