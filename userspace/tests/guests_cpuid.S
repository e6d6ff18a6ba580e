/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that ask CPUID.
 */
#include "guests.h"

#define CR4_OSXSAVE	0x40000

GUEST_INSN cpuid_long, MODE_LONG, 64, cpuid
GUEST_INSN cpuid_prot, MODE_PROT32, 32, cpuid
GUEST_INSN cpuid_real, MODE_REAL, 16, cpuid

/* The register of a leaf, reported. */
.macro REPORT_CPUID leaf, reg
	mov	$\leaf, %eax
	xor	%ecx, %ecx
	cpuid
	mov	%\reg, %eax
	mov	$REPORT_PORT, %edx
	out	%eax, %dx
.endm

.macro SET_XCR0 value
	mov	$\value, %eax
	xor	%edx, %edx
	xor	%ecx, %ecx
	xsetbv
.endm

/* OSXSAVE as CR4 changes, the size of the XSAVE area as XCR0 does. */
GUEST cpuid_xsave, MODE_LONG, 64
	REPORT_CPUID 1, ecx
	mov	%cr4, %rax
	or	$CR4_OSXSAVE, %rax
	mov	%rax, %cr4
	REPORT_CPUID 1, ecx
	SET_XCR0 1
	REPORT_CPUID 0xd, ebx
	SET_XCR0 3
	REPORT_CPUID 0xd, ebx
	SET_XCR0 7
	REPORT_CPUID 0xd, ebx
	mov	%cr4, %rax
	and	$~CR4_OSXSAVE, %rax
	mov	%rax, %cr4
	REPORT_CPUID 1, ecx
	hlt
GUEST_END cpuid_xsave
