/* SPDX-License-Identifier: GPL-2.0 */
/* Guests whose exits are known in number. */
#include "guests.h"

#define CR4_MCE		0x40
#define MISC_ENABLE	0x1a0
#define OTHER_PORT	0xe1

/* %r12 times CPUID, %r13 times OUT, one HLT. */
GUEST stats_known, MODE_LONG, 64
1:	xor	%eax, %eax
	xor	%ecx, %ecx
	cpuid
	dec	%r12
	jnz	1b
2:	out	%al, $REPORT_PORT
	dec	%r13
	jnz	2b
	hlt
GUEST_END stats_known

/* What is between "1:" and this %r12 times; then a report, which leaves, too. */
.macro COUNTED_END name
	dec	%r12
	jnz	1b
	out	%al, $REPORT_PORT
GUEST_END counted_\name
.endm

GUEST counted_cpuid, MODE_LONG, 64
1:	xor	%eax, %eax
	cpuid
COUNTED_END cpuid

GUEST counted_rdmsr, MODE_LONG, 64
	mov	$MISC_ENABLE, %ecx
1:	rdmsr
COUNTED_END rdmsr

GUEST counted_wrmsr, MODE_LONG, 64
	mov	$MISC_ENABLE, %ecx
	rdmsr
1:	wrmsr
COUNTED_END wrmsr

GUEST counted_cr_write, MODE_LONG, 64
	mov	%cr4, %rax
1:	xor	$CR4_MCE, %rax
	mov	%rax, %cr4
COUNTED_END cr_write

GUEST counted_out, MODE_LONG, 64
1:	out	%al, $OTHER_PORT
COUNTED_END out

GUEST counted_hlt, MODE_LONG, 64
1:	hlt
COUNTED_END hlt

GUEST counted_mmio, MODE_LONG, 64
1:	mov	%al, GUEST_DEVICE
COUNTED_END mmio
