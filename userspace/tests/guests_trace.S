/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests whose exits are recorded.
 */
#include "guests.h"

/* One exit of each kind, with a register changed on the way to each. */
GUEST trace_kinds, MODE_LONG, 64
	mov	$0x1122334455667788, %r9
	xor	%eax, %eax
	cpuid
	mov	$REPORT_PORT, %edx
	mov	$0x77, %eax
	out	%eax, %dx
	mov	$0x1a0, %ecx		/* IA32_MISC_ENABLE */
	rdmsr
	mov	GUEST_DEVICE, %r10
	mov	$0x15, %r15d
	hlt
GUEST_END trace_kinds

/* %rbp times CPUID, which the module handles; %r8 counts. */
GUEST trace_cpuid, MODE_LONG, 64
	xor	%r8d, %r8d
1:	inc	%r8
	xor	%eax, %eax
	cpuid
	cmp	%rbp, %r8
	jb	1b
	hlt
GUEST_END trace_cpuid
