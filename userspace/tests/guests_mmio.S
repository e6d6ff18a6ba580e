/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests of one instruction each that accesses a device.
 *
 * A FORM says what userspace is to see of it ("r4w4": a read of 4 bytes, then a
 * write of 4), how the registers are to be set, and the instruction.  RBX is the
 * device's address, R12 that and 512, RSI and RDI are in memory unless
 * the form wants them in the device.
 */
#include "guests.h"
#include "guests_mmio.h"

.macro FORM mode, bits, setup, traffic, insn:vararg
	.pushsection mmio_forms, "aw"
	.quad guest_name_mmio_form_\@, mmio_text_\@, mmio_traffic_\@, \setup
	.popsection
	.pushsection .rodata.guest_names, "a"
	mmio_text_\@: .asciz "\mode: \insn"
	mmio_traffic_\@: .asciz "\traffic"
	.popsection
	GUEST_INSN mmio_form_\@, \mode, \bits, \insn
.endm

.macro REAL traffic, insn:vararg
	FORM MODE_REAL, 16, 0, "\traffic", \insn
.endm
.macro PROT traffic, insn:vararg
	FORM MODE_PROT32, 32, 0, "\traffic", \insn
.endm
.macro LONG traffic, insn:vararg
	FORM MODE_LONG, 64, 0, "\traffic", \insn
.endm

/* The same in 16-bit, 32-bit and 64-bit code: (%bx), (%ebx), (%rbx). */
.macro EACH traffic, insn, operand
	FORM MODE_REAL, 16, 0, "\traffic", \insn\operand\()0x10(%bx)
	FORM MODE_PROT32, 32, 0, "\traffic", \insn\operand\()0x10(%ebx)
	FORM MODE_LONG, 64, 0, "\traffic", \insn\operand\()0x10(%rbx)
.endm

/* MOV */
	EACH "w1", "mov %al, "
	EACH "w1", "mov %ch, "
	EACH "w2", "mov %ax, "
	EACH "w4", "mov %eax, "
	LONG "w8", mov %rax, 8(%rbx)
	LONG "w1", mov %sil, 8(%rbx)
	LONG "w4", mov %r9d, 8(%rbx)
	EACH "w1", "movb $0x5a, "
	EACH "w2", "movw $0x8001, "
	EACH "w4", "movl $0x81234567, "
	LONG "w8", movq $-0x12345678, (%rbx)
	EACH "w2", "mov %ds, "
	PROT "r1", mov (%ebx), %ah
	PROT "r2", mov (%ebx), %dx
	PROT "r4", mov (%ebx), %ecx
	REAL "r1", mov (%bx), %dh
	REAL "r2", mov 2(%bx), %bp
	REAL "r4", mov 0x123(%bx), %ebp
	LONG "r1", mov (%rbx), %ah
	LONG "r1", mov (%rbx), %sil
	LONG "r1", mov 3(%rbx), %r10b
	LONG "r2", mov (%rbx), %r11w
	LONG "r4", mov (%rbx), %edx
	LONG "r8", mov (%rbx), %r15
	LONG "r1", movabs 0x40010, %al
	LONG "r2", movabs 0x40010, %ax
	LONG "r4", movabs 0x40010, %eax
	LONG "r8", movabs 0x40010, %rax
	LONG "w8", movabs %rax, 0x40018
	LONG "w4", addr32 mov %eax, 0x40018
	PROT "r4", mov 0x40014, %eax
	PROT "w1", mov %al, 0x40014
	REAL "w2", mov %ax, 0x3034
	LONG "w4", movnti %edx, 0x20(%rbx)
	LONG "w8", movnti %rdx, 0x20(%rbx)
	PROT "w4", movnti %edx, 0x20(%ebx)

/* addresses */
	LONG "r4", mov 8(%rbx,%r13,4), %eax
	LONG "r4", mov 0x100(,%rbx,1), %eax
	LONG "r4", mov 0x40010(,%r13,8), %eax
	LONG "r4", mov 0x40020, %eax
	LONG "r4", mov (%r12), %eax
	LONG "r4", mov (%r12,%r13,8), %eax
	LONG "r4", mov 0x38020(%rip), %eax
	LONG "r4", addr32 mov 4(%ebx), %eax
	LONG "r4", addr32 mov 4(%ebx,%ecx,2), %eax
	LONG "r4", mov %fs:(%rbx), %eax
	LONG "r4", mov %gs:0x20(%rbx), %eax
	LONG "r4", mov %es:(%rbx), %eax
	PROT "r4", mov 4(%ebx,%ecx,2), %eax
	PROT "r4", mov %fs:4(%ebx), %eax
	PROT "r4", mov %ss:4(%ebx), %eax
	PROT "r4", mov %cs:4(%ebx), %eax
	FORM MODE_REAL, 16, SETUP_DI_DEV, "r4", mov 2(%di), %eax
	FORM MODE_REAL, 16, SETUP_SI_DEV, "r4", mov -2(%si), %eax
	REAL "r4", mov %es:4(%bx), %eax
	REAL "r4", addr32 mov %es:4(%ebx,%ecx,4), %eax

/* MOVZX, MOVSX, MOVBE */
	LONG "r1", movzbw (%rbx), %ax
	LONG "r1", movzbl 0x3f(%rbx), %eax
	LONG "r1", movzbq (%rbx), %rax
	LONG "r2", movzwl (%rbx), %eax
	LONG "r2", movzwq (%rbx), %r8
	LONG "r1", movsbw 0x3f(%rbx), %ax
	LONG "r1", movsbl 0x3f(%rbx), %eax
	LONG "r1", movsbq 0x3f(%rbx), %rax
	LONG "r2", movswl 0x3f(%rbx), %eax
	LONG "r2", movswq 0x3f(%rbx), %r14
	LONG "r4", movslq 0x3f(%rbx), %rax
	PROT "r1", movzbl (%ebx), %eax
	PROT "r2", movswl 0x3f(%ebx), %eax
	REAL "r1", movzbw (%bx), %ax
	LONG "r2", movbe (%rbx), %ax
	LONG "r4", movbe (%rbx), %eax
	LONG "r8", movbe (%rbx), %rax
	LONG "w2", movbe %ax, (%rbx)
	LONG "w4", movbe %eax, (%rbx)
	LONG "w8", movbe %rax, (%rbx)

/* arithmetic, each operation in all its forms */
.macro ARITH op
	EACH "r1w1", "\op %al, "
	EACH "r2w2", "\op %ax, "
	EACH "r4w4", "\op %eax, "
	LONG "r8w8", \op %rax, 0x28(%rbx)
	LONG "r1", \op (%rbx), %ch
	LONG "r2", \op (%rbx), %cx
	LONG "r4", \op (%rbx), %ecx
	LONG "r8", \op 8(%rbx), %rcx
	LONG "r1w1", \op\()b $0x81, (%rbx)
	LONG "r2w2", \op\()w $0x8123, (%rbx)
	LONG "r2w2", \op\()w $-3, (%rbx)
	LONG "r4w4", \op\()l $0x81234567, (%rbx)
	LONG "r4w4", \op\()l $-3, (%rbx)
	LONG "r8w8", \op\()q $-0x12345678, (%rbx)
	LONG "r8w8", \op\()q $5, (%rbx)
	LONG "r4w4", lock \op %eax, (%rbx)
	PROT "r4w4", lock \op\()l $0x1000, (%ebx)
.endm
	ARITH add
	ARITH or
	ARITH adc
	ARITH sbb
	ARITH and
	ARITH sub
	ARITH xor
	EACH "r1", "cmp %al, "
	EACH "r2", "cmp %ax, "
	EACH "r4", "cmp %eax, "
	LONG "r8", cmp %rax, (%rbx)
	LONG "r8", cmp (%rbx), %rax
	LONG "r1", cmp (%rbx), %ah
	LONG "r1", cmpb $3, (%rbx)
	LONG "r4", cmpl $0x03030303, (%rbx)
	LONG "r8", cmpq $-1, (%rbx)
	EACH "r1", "test %al, "
	EACH "r4", "test %eax, "
	LONG "r8", test %rax, (%rbx)
	LONG "r1", testb $0x80, (%rbx)
	LONG "r2", testw $0x8000, (%rbx)
	LONG "r4", testl $0x80000000, (%rbx)
	LONG "r8", testq $-0x80000000, (%rbx)
.macro UNARY op
	EACH "r1w1", "\op\()b "
	EACH "r2w2", "\op\()w "
	EACH "r4w4", "\op\()l "
	LONG "r8w8", \op\()q (%rbx)
	LONG "r4w4", lock \op\()l (%rbx)
.endm
	UNARY not
	UNARY neg
	UNARY inc
	UNARY dec
.macro SHIFT op
	EACH "r1w1", "\op\()b $3, "
	EACH "r2w2", "\op\()w "
	EACH "r4w4", "\op\()l %cl, "
	LONG "r8w8", \op\()q $63, (%rbx)
	LONG "r1w1", \op\()b %cl, (%rbx)
	LONG "r4w4", \op\()l (%rbx)
.endm
	SHIFT rol
	SHIFT ror
	SHIFT rcl
	SHIFT rcr
	SHIFT shl
	SHIFT shr
	SHIFT sar
	LONG "r4", imul (%rbx), %ecx
	LONG "r8", imul (%rbx), %rcx
	LONG "r2", imul $-7, (%rbx), %cx
	LONG "r4", imul $0x12345, (%rbx), %ecx
	LONG "r8", imul $0x12345, (%rbx), %rcx

/* bits: R13 is 8, RCX 3, RDX beyond the operand, R14 before it */
	LONG "r4", bt %ecx, (%rbx)
	LONG "r8", bt %rdx, (%rbx)
	LONG "r4", bt %r14d, 0x100(%rbx)
	LONG "r8w8", bts %rdx, (%rbx)
	LONG "r4w4", lock btr %ecx, (%rbx)
	LONG "r2w2", btc %r14w, 0x100(%rbx)
	LONG "r4", btl $37, (%rbx)
	LONG "r4w4", btsl $37, (%rbx)
	LONG "r8w8", lock btrq $37, (%rbx)
	LONG "r2w2", btcw $15, (%rbx)

/* exchanges: the device holds at 0x400 what RAX does */
	EACH "r1w1", "xchg %cl, "
	EACH "r2w2", "xchg %cx, "
	EACH "r4w4", "xchg %ecx, "
	LONG "r8w8", xchg %rcx, (%rbx)
	LONG "r1w1", xadd %cl, (%rbx)
	LONG "r4w4", lock xadd %ecx, (%rbx)
	LONG "r8w8", lock xadd %rcx, (%rbx)
	LONG "r1w1", lock cmpxchg %cl, (%rbx)
	LONG "r4w4", lock cmpxchg %ecx, (%rbx)
	LONG "r8w8", lock cmpxchg %rcx, (%rbx)
	LONG "r4w4", lock cmpxchg %ecx, 0x400(%rbx)
	LONG "r8w8", lock cmpxchg %rcx, 0x400(%rbx)
	LONG "r8w8", lock cmpxchg8b (%rbx)
	PROT "r8w8", cmpxchg8b (%ebx)

/* the stack */
	LONG "r8", push (%rbx)
	LONG "r2", pushw (%rbx)
	LONG "w8", pop (%rbx)
	LONG "w2", popw (%rbx)
	PROT "r4", push (%ebx)
	PROT "w4", pop (%ebx)
	REAL "r2", push (%bx)
	REAL "w2", pop (%bx)

/* conditions */
	LONG "w1", setc (%rbx)
	LONG "w1", setz (%rbx)
	LONG "w1", setle (%rbx)
	LONG "r4", cmovc (%rbx), %eax
	LONG "r4", cmovz (%rbx), %eax
	LONG "r8", cmovnz (%rbx), %rax

/* string instructions; RCX is 3 */
.macro STRING mode, bits, op, suffix, n
	FORM \mode, \bits, SETUP_DI_DEV, "w\n", stos\suffix
	FORM \mode, \bits, SETUP_DI_DEV, "w\n\()w\n\()w\n", rep stos\suffix
	FORM \mode, \bits, SETUP_DI_DEV + SETUP_DOWN, "w\n\()w\n\()w\n", rep stos\suffix
	FORM \mode, \bits, SETUP_SI_DEV, "r\n", lods\suffix
	FORM \mode, \bits, SETUP_SI_DEV, "r\n\()r\n\()r\n", rep lods\suffix
	FORM \mode, \bits, SETUP_SI_DEV, "r\n", movs\suffix
	FORM \mode, \bits, SETUP_DI_DEV, "w\n", movs\suffix
	FORM \mode, \bits, SETUP_SI_DEV + SETUP_DI_DEV, "r\n\()w\n", movs\suffix
	FORM \mode, \bits, SETUP_SI_DEV, "r\n\()r\n\()r\n", rep movs\suffix
	FORM \mode, \bits, SETUP_DI_DEV, "w\n\()w\n\()w\n", rep movs\suffix
	FORM \mode, \bits, SETUP_SI_DEV + SETUP_DI_DEV, "r\n\()w\n\()r\n\()w\n\()r\n\()w\n", rep movs\suffix
	FORM \mode, \bits, SETUP_SI_DEV + SETUP_DI_DEV + SETUP_DOWN, "r\n\()w\n\()r\n\()w\n\()r\n\()w\n", rep movs\suffix
	FORM \mode, \bits, SETUP_SI_DEV, "r\n", cmps\suffix
	FORM \mode, \bits, SETUP_DI_DEV, "r\n", cmps\suffix
	FORM \mode, \bits, SETUP_SI_DEV + SETUP_DI_DEV, "r\n\()r\n", cmps\suffix
	FORM \mode, \bits, SETUP_SI_DEV + SETUP_ZF, "r\n\()r\n\()r\n", repne cmps\suffix
	FORM \mode, \bits, SETUP_SI_DEV, "r\n", repe cmps\suffix
	FORM \mode, \bits, SETUP_DI_DEV, "r\n", scas\suffix
	FORM \mode, \bits, SETUP_DI_DEV, "r\n\()r\n\()r\n", repne scas\suffix
	FORM \mode, \bits, SETUP_DI_DEV, "r\n", repe scas\suffix
.endm
	STRING MODE_REAL, 16, , b, 1
	STRING MODE_REAL, 16, , w, 2
	STRING MODE_REAL, 16, , l, 4
	STRING MODE_PROT32, 32, , b, 1
	STRING MODE_PROT32, 32, , w, 2
	STRING MODE_PROT32, 32, , l, 4
	STRING MODE_LONG, 64, , b, 1
	STRING MODE_LONG, 64, , w, 2
	STRING MODE_LONG, 64, , l, 4
	STRING MODE_LONG, 64, , q, 8
	FORM MODE_LONG, 64, SETUP_SI_DEV, "r4r4r4", addr32 rep movsl
	FORM MODE_LONG, 64, SETUP_SI_DEV, "r4r4r4", rep movsl %fs:(%rsi), %es:(%rdi)
	FORM MODE_PROT32, 32, SETUP_DI_DEV, "w1", stosb

/* XMM registers */
	LONG "w8w8", movaps %xmm1, (%rbx)
	LONG "w8w8", movups %xmm2, 1(%rbx)
	LONG "w8w8", movdqa %xmm9, (%rbx)
	LONG "w8w8", movdqu %xmm3, 3(%rbx)
	LONG "w8w8", movntdq %xmm3, 16(%rbx)
	LONG "w8w8", movntps %xmm3, 16(%rbx)
	LONG "r8r8", movaps (%rbx), %xmm1
	LONG "r8r8", movups 1(%rbx), %xmm2
	LONG "r8r8", movdqa (%rbx), %xmm12
	LONG "r8r8", movdqu 3(%rbx), %xmm3
	FORM MODE_LONG, 64, SETUP_XVCPU, "r8", movq 3(%rbx), %xmm3
	FORM MODE_LONG, 64, SETUP_XVCPU, "w8", movq %xmm3, 3(%rbx)
	FORM MODE_LONG, 64, SETUP_XVCPU, "r4", movd 3(%rbx), %xmm3
	FORM MODE_LONG, 64, SETUP_XVCPU, "w4", movd %xmm3, 3(%rbx)
	FORM MODE_LONG, 64, SETUP_XVCPU, "r4", movss 3(%rbx), %xmm3
	FORM MODE_LONG, 64, SETUP_XVCPU, "w8", movsd %xmm3, 3(%rbx)
	PROT "w8w8", movaps %xmm1, (%ebx)
	PROT "r8r8", movdqu 3(%ebx), %xmm3

/* across pages: the device has two, with memory on both sides */
	LONG "w1", mov %eax, -3(%rbx)
	LONG "w3w1", mov %eax, 0xffd(%rbx)
	LONG "w3", mov %eax, 0x1ffd(%rbx)
	LONG "r1", mov -7(%rbx), %rax
	LONG "r7r1", mov 0xff9(%rbx), %rax
	LONG "r7", mov 0x1ff9(%rbx), %rax
	LONG "r2r6w2w6", add %rax, 0xffe(%rbx)
	LONG "r6w6", add %rax, -2(%rbx)
	LONG "r6w6", add %rax, 0x1ffa(%rbx)
	LONG "r8r1r7", movdqu 0xff7(%rbx), %xmm3
	LONG "w8w7w1", movdqu %xmm3, 0xff1(%rbx)
	LONG "w8w1", movdqu %xmm3, -7(%rbx)
	LONG "r3r5w3w5", lock xadd %rax, 0xffd(%rbx)
	PROT "r1r3w1w3", sub %eax, 0xfff(%ebx)
	REAL "r1r1", mov 0xfff(%bx), %ax

/* Other tests: a device on the one side, a page of its own on the other. */
GUEST_INSN mmio_store_paged32, MODE_PAGED32, 32, movsl
GUEST_INSN mmio_store_pae, MODE_PAE, 32, movsl
GUEST_INSN mmio_store_long, MODE_LONG, 64, movsl
GUEST_INSN mmio_load_paged32, MODE_PAGED32, 32, cmpsl
GUEST_INSN mmio_load_pae, MODE_PAE, 32, cmpsl
GUEST_INSN mmio_load_long, MODE_LONG, 64, cmpsl

GUEST_INSN mmio_read, MODE_LONG, 64, mov (%rbx), %eax
GUEST_INSN mmio_write, MODE_LONG, 64, mov %eax, (%rbx)
GUEST_INSN mmio_add, MODE_LONG, 64, add %eax, (%rbx)
GUEST_INSN mmio_write_two, MODE_LONG, 64, mov %rax, 0xffc(%rbx)
GUEST_INSN mmio_rep_lods, MODE_LONG, 64, rep lodsl
GUEST_INSN mmio_rep_movs, MODE_LONG, 64, rep movsl
GUEST_INSN mmio_unknown, MODE_LONG, 64, fldl (%rbx)
GUEST_INSN mmio_fetch, MODE_LONG, 64, jmp *%rbx

/* The device has been seen before the interrupt table in it is needed. */
GUEST mmio_deliver, MODE_LONG, 64
	mov	(%rbx), %eax
	ud2
GUEST_END mmio_deliver
