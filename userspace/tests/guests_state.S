/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests whose registers userspace changes between their exits.
 */
#include "guests.h"

/* One access, and what follows it. */
GUEST_INSN state_out, MODE_PROT32, 32, out %al, %dx
GUEST_INSN state_in, MODE_PROT32, 32, in %dx, %eax
GUEST_INSN state_ins, MODE_PROT32, 32, insl

/* What the address says, each time anew. */
GUEST state_load, MODE_LONG, 64
1:	mov	GUEST_ALIAS + GUEST_DATA, %ebx
	hlt
	jmp	1b
GUEST_END state_load

/* An exit with interrupts blocked for one more instruction. */
GUEST state_sti_out, MODE_LONG, 64
	cli
	sti
	out	%al, $REPORT_PORT
	hlt
GUEST_END state_sti_out

/* 16 bytes at 0xfffffff0. */
GUEST_INSN state_reset, MODE_REAL, 16, nop

/* With an empty IDT: a fault of the processor, and one that an exit made. */
.macro SHUTS_DOWN name, insn:vararg
GUEST state_shutdown_\name, MODE_LONG, 64
	lidt	1f(%rip)
	\insn
1:	.word	0
	.quad	0
GUEST_END state_shutdown_\name
.endm

SHUTS_DOWN ud, ud2
SHUTS_DOWN rdmsr, rdmsr

GUEST_INSN state_hypercall_prot, MODE_PROT32, 32, vmcall
GUEST_INSN state_hypercall_long, MODE_LONG, 64, vmcall

GUEST state_hypercall_compat, MODE_LONG, 64
	ljmpl	*1f(%rip)
	.balign 8
1:	.long	AT(state_hypercall_compat, 2f)
	.word	SEL_CODE32
	.code32
2:	vmcall
	hlt
GUEST_END state_hypercall_compat

GUEST state_tsc, MODE_LONG, 64
1:	rdtsc
	hlt
	jmp	1b
GUEST_END state_tsc

GUEST_INSN state_cpuid, MODE_LONG, 64, cpuid

GUEST state_apic_base, MODE_LONG, 64
	wrmsr
	mov	$1, %eax
	cpuid
	hlt
GUEST_END state_apic_base

GUEST_INSN state_xsetbv, MODE_LONG, 64, xsetbv

GUEST_INSN state_real, MODE_REAL, 16, nop

GUEST state_if, MODE_LONG, 64
	sti
	nop
	out	%al, $REPORT_PORT
	cli
	out	%al, $REPORT_PORT
	sti
	hlt
	cli
	hlt
GUEST_END state_if
