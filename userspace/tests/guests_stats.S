/* SPDX-License-Identifier: GPL-2.0 */
/* Guests whose exits are known in number. */
#include "guests.h"

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
