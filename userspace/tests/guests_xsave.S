/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that show the extended state they were given, and take other state.
 */
#include "guests.h"

/* Each has a page; XSAVE wants 64 bytes of alignment. */
#define XSAVE_OUT	GUEST_DATA
#define XSAVE_IN	(GUEST_DATA + 0x1000)

GUEST xsave_swap, MODE_LONG, 64
	mov	$7, %eax
	xor	%edx, %edx
	xsave64	XSAVE_OUT
	xrstor64 XSAVE_IN
	hlt
	mov	$7, %eax
	xor	%edx, %edx
	xsave64	XSAVE_OUT
	hlt
GUEST_END xsave_swap

GUEST xsave_xgetbv, MODE_LONG, 64
	xor	%ecx, %ecx
	xgetbv
	hlt
GUEST_END xsave_xgetbv

/* CR4.OSXSAVE is set before XCR0 is read. */
GUEST xsave_osxsave, MODE_LONG, 64
	mov	%cr4, %rax
	bts	$18, %rax
	mov	%rax, %cr4
	xor	%ecx, %ecx
	xgetbv
	hlt
GUEST_END xsave_osxsave
