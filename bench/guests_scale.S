/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests for what else there is: those that keep other CPUs busy, and one that
 * touches pages far from each other.
 */
#include "guests.h"

/* It says that it is there, and makes CPUID exits until it is told to stop. */
GUEST scale_busy, MODE_LONG, 64
	lock incl COUNT_ARRIVED
1:	xor	%eax, %eax
	cpuid
	cmpl	$0, COUNT_STOP
	je	1b
	hlt
GUEST_END scale_busy

/* %rbp words, the first at %rbx, each %rcx bytes behind the one before. */
GUEST scale_touch, MODE_LONG, 64
1:	mov	%rbx, (%rbx)
	add	%rcx, %rbx
	dec	%rbp
	jnz	1b
	hlt
GUEST_END scale_touch
