/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that do one thing over and over: %rbp times, then they halt.
 */
#include "guests.h"

/* What is around it: the loop itself is a row of its own, to be subtracted. */
.macro AGAIN name, insn:vararg
GUEST bench_\name, MODE_LONG, 64
1:	\insn
	dec	%rbp
	jnz	1b
	hlt
GUEST_END bench_\name
.endm

AGAIN nothing, nop
AGAIN out, out %al, $REPORT_PORT
AGAIN in, in $REPORT_PORT, %al
AGAIN mmio_read, mov GUEST_DEVICE, %eax
AGAIN mmio_write, mov %eax, GUEST_DEVICE

GUEST bench_cpuid, MODE_LONG, 64
1:	xor	%eax, %eax
	cpuid
	dec	%rbp
	jnz	1b
	hlt
GUEST_END bench_cpuid

/* IA32_MISC_ENABLE, which both hypervisors emulate. */
GUEST bench_rdmsr, MODE_LONG, 64
	mov	$0x1a0, %ecx
1:	rdmsr
	dec	%rbp
	jnz	1b
	hlt
GUEST_END bench_rdmsr

GUEST bench_wrmsr, MODE_LONG, 64
	mov	$0x1a0, %ecx
	rdmsr
1:	wrmsr
	dec	%rbp
	jnz	1b
	hlt
GUEST_END bench_wrmsr

/* CR4.MCE is no bit that either of them leaves to the guest. */
GUEST bench_cr, MODE_LONG, 64
	mov	%cr4, %rax
1:	xor	$0x40, %rax
	mov	%rax, %cr4
	dec	%rbp
	jnz	1b
	hlt
GUEST_END bench_cr

/* A word of each page of the 2 MiB above GUEST_TOUCH, once. */
GUEST bench_touch, MODE_LONG, 64
1:	mov	%rbx, (%rbx)
	add	$0x1000, %rbx
	dec	%rbp
	jnz	1b
	hlt
GUEST_END bench_touch
