/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that count, for tests of where a vCPU runs.
 *
 * The words at GUEST_RESULT: the number of vCPUs that have arrived, how many
 * there are, the count, and whether to stop.
 */
#include "guests.h"

/*
 * Wait in the guest until every vCPU is in the guest, then count to %rbx in
 * %rbp steps, and report each.
 */
GUEST count_together, MODE_LONG, 64
	mov	$REPORT_PORT, %edx
	lock incl COUNT_ARRIVED
1:	pause
	mov	COUNT_ARRIVED, %eax
	cmp	COUNT_VCPUS, %eax
	jb	1b
	xor	%eax, %eax
2:	mov	%rbx, %rcx
3:	inc	%eax
	dec	%rcx
	jnz	3b
	out	%eax, %dx
	dec	%rbp
	jnz	2b
	hlt
GUEST_END count_together

/*
 * Count in a register and in memory until told to stop.  Were a step lost or
 * made twice, or a register lost, the two would differ: 0 is reported then.
 */
GUEST count_checked, MODE_LONG, 64
	mov	$REPORT_PORT, %edx
1:	cmp	%rbx, COUNT_NOW
	jne	2f
	inc	%rbx
	incq	COUNT_NOW
	cmpl	$0, COUNT_STOP
	je	1b
	mov	%ebx, %eax
	out	%eax, %dx
	hlt
2:	xor	%eax, %eax
	out	%eax, %dx
	hlt
GUEST_END count_checked
