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

/* No hypercall that anybody has. */
GUEST bench_vmcall, MODE_LONG, 64
1:	mov	$1000, %eax
	vmcall
	dec	%rbp
	jnz	1b
	hlt
GUEST_END bench_vmcall

/* What follows the OUT is measured, with an NMI that comes behind it. */
.macro AFTER_OUT name, insn:vararg
GUEST bench_out_\name, MODE_LONG, 64
1:	out	%al, $REPORT_PORT
	\insn
	dec	%rbp
	jnz	1b
	hlt
GUEST_END bench_out_\name
.endm

AFTER_OUT nop, nop
AFTER_OUT hlt, hlt

/* For interrupts and NMIs; it runs at any address. */
GUEST bench_handler, MODE_LONG, 64
	iretq
GUEST_END bench_handler

/* Never out of the guest by itself; says that it is there. */
GUEST bench_spin, MODE_LONG, 64
1:	movq	$1, GUEST_RESULT
	jmp	1b
GUEST_END bench_spin

/* The first %rbp leaps of the TSC, to the words at GUEST_DATA. */
GUEST bench_jumps, MODE_LONG, 64
	mov	$GUEST_DATA, %edi
	rdtsc
	mov	%eax, %ebx
1:	rdtsc
	mov	%eax, %ecx
	sub	%ebx, %ecx
	mov	%eax, %ebx
	cmp	$100, %ecx
	jbe	1b
	mov	%rcx, (%rdi)
	add	$8, %rdi
	dec	%rbp
	jnz	1b
	hlt
GUEST_END bench_jumps

/* The first word of each page from %rbx on, once; %rcx is a page's size. */
GUEST bench_touch, MODE_LONG, 64
1:	mov	%rbx, (%rbx)
	add	%rcx, %rbx
	dec	%rbp
	jnz	1b
	hlt
GUEST_END bench_touch
