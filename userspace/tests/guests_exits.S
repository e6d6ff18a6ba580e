/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that leave the guest in every way there is.
 */
#include "guests.h"

/* Each halt has to be passed by the next run. */
.macro HALTS name, mode, bits
GUEST \name, \mode, \bits
	mov	$1, %al
	hlt
	mov	$2, %al
	hlt
	.byte	0xeb, 0xfe	/* not to be reached */
GUEST_END \name
.endm

HALTS exits_halt_real, MODE_REAL, 16
HALTS exits_halt_prot, MODE_PROT32, 32
HALTS exits_halt_long, MODE_LONG, 64

/* With an empty IDT: #UD becomes #GP, #DF and shutdown. */
GUEST exits_shutdown, MODE_LONG, 64
	lidt	1f(%rip)
	ud2
1:	.word	0
	.quad	0
GUEST_END exits_shutdown

GUEST exits_hypercall, MODE_LONG, 64
	mov	$REPORT_PORT, %edx
	mov	$42, %eax
	mov	$0x1111111111111111, %rdi
	mov	$0x2222222222222222, %rsi
	mov	$0x3333333333333333, %rdx
	mov	$0x4444444444444444, %rcx
	mov	$0x5555555555555555, %r8
	mov	$0x6666666666666666, %r9
	vmcall
	hlt
GUEST_END exits_hypercall

GUEST_INSN exits_vmcall_long, MODE_LONG, 64, vmcall
GUEST_INSN exits_vmcall_prot, MODE_PROT32, 32, vmcall

/* In user code, which may use the port. */
GUEST exits_hypercall_user, MODE_PROT32, 32
	mov	$REPORT_PORT, %edx
	vmcall
	out	%eax, %dx
GUEST_END exits_hypercall_user

GUEST exits_endless, MODE_LONG, 64
1:	inc	%rax
	jmp	1b
GUEST_END exits_endless

/* An access at %rbx, of %eax. */
GUEST_INSN exits_write8, MODE_LONG, 64, mov %al, (%rbx)
GUEST_INSN exits_write32, MODE_LONG, 64, mov %eax, 0x10(%rbx)
GUEST_INSN exits_write64, MODE_LONG, 64, mov %rax, (%rbx)
GUEST_INSN exits_read8, MODE_LONG, 64, mov (%rbx), %al
GUEST_INSN exits_read32, MODE_LONG, 64, mov 0x10(%rbx), %eax
GUEST_INSN exits_read64, MODE_LONG, 64, mov (%rbx), %rax
GUEST_INSN exits_fetch, MODE_LONG, 64, jmp *%rbx

/* Instructions that exit, or might. */
GUEST_INSN exits_insn_cpuid, MODE_LONG, 64, cpuid
GUEST_INSN exits_insn_rdtsc, MODE_LONG, 64, rdtsc
GUEST_INSN exits_insn_pause, MODE_LONG, 64, pause
GUEST_INSN exits_insn_wbinvd, MODE_LONG, 64, wbinvd
GUEST_INSN exits_insn_invd, MODE_LONG, 64, invd
GUEST_INSN exits_insn_invlpg, MODE_LONG, 64, invlpg (%rax)

GUEST exits_insn_cli_sti, MODE_LONG, 64
	sti
	cli
	hlt
GUEST_END exits_insn_cli_sti
GUEST_INSN exits_insn_sgdt, MODE_LONG, 64, sgdt GUEST_RESULT

GUEST exits_insn_mov_dr, MODE_LONG, 64
	mov	%dr7, %rax
	mov	%rax, %dr7
	hlt
GUEST_END exits_insn_mov_dr
GUEST_INSN exits_insn_vmxon, MODE_LONG, 64, vmxon GUEST_RESULT
GUEST_INSN exits_insn_vmxoff, MODE_LONG, 64, vmxoff
GUEST_INSN exits_insn_vmlaunch, MODE_LONG, 64, vmlaunch
GUEST_INSN exits_insn_vmresume, MODE_LONG, 64, vmresume
GUEST_INSN exits_insn_vmread, MODE_LONG, 64, vmread %rax, %rcx
GUEST_INSN exits_insn_vmwrite, MODE_LONG, 64, vmwrite %rax, %rcx
GUEST_INSN exits_insn_vmptrld, MODE_LONG, 64, vmptrld GUEST_RESULT
GUEST_INSN exits_insn_vmptrst, MODE_LONG, 64, vmptrst GUEST_RESULT
GUEST_INSN exits_insn_vmclear, MODE_LONG, 64, vmclear GUEST_RESULT
GUEST_INSN exits_insn_vmfunc, MODE_LONG, 64, vmfunc
GUEST_INSN exits_insn_invept, MODE_LONG, 64, invept GUEST_RESULT, %rax
GUEST_INSN exits_insn_invvpid, MODE_LONG, 64, invvpid GUEST_RESULT, %rax
GUEST_INSN exits_insn_getsec, MODE_LONG, 64, getsec
GUEST_INSN exits_insn_rsm, MODE_LONG, 64, rsm
GUEST_INSN exits_insn_monitor, MODE_LONG, 64, monitor
GUEST_INSN exits_insn_mwait, MODE_LONG, 64, mwait
GUEST_INSN exits_insn_rdpmc, MODE_LONG, 64, rdpmc

/* Events, delivered on the stack that the test gives. */
GUEST_INSN exits_event_int, MODE_LONG, 64, int $0x1f
GUEST_INSN exits_event_int3, MODE_LONG, 64, int3
GUEST_INSN exits_event_ud, MODE_LONG, 64, ud2
GUEST_INSN exits_event_gp, MODE_LONG, 64, int $0xff
GUEST_INSN exits_event_pf, MODE_LONG, 64, movl $0, GUEST_HOLE
GUEST_INSN exits_event_real_int, MODE_REAL, 16, int $0x1f
GUEST_INSN exits_event_prot_int, MODE_PROT32, 32, int $0x1f
