/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest for VMX instructions that fail: it counts in a register, in its FS
 * base, which it writes without a VM exit, and to the port.
 */
#include "guests.h"

GUEST fail_vmx_count, MODE_LONG, 64
	xor	%ebx, %ebx
1:	inc	%ebx
	mov	$0xc0000100, %ecx	/* IA32_FS_BASE */
	mov	%ebx, %eax
	xor	%edx, %edx
	wrmsr
	mov	$REPORT_PORT, %edx
	out	%eax, %dx
	jmp	1b
GUEST_END fail_vmx_count
