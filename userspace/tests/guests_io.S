/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests of one I/O instruction each.  The test sets the registers.
 */
#include "guests.h"

#define IMM_PORT	0x42

.macro IO_INSNS mode_name, mode, bits
GUEST_INSN io_\mode_name\()_out8_imm, \mode, \bits, out %al, $IMM_PORT
GUEST_INSN io_\mode_name\()_out16_imm, \mode, \bits, out %ax, $IMM_PORT
GUEST_INSN io_\mode_name\()_out32_imm, \mode, \bits, out %eax, $IMM_PORT
GUEST_INSN io_\mode_name\()_out8_dx, \mode, \bits, out %al, %dx
GUEST_INSN io_\mode_name\()_out16_dx, \mode, \bits, out %ax, %dx
GUEST_INSN io_\mode_name\()_out32_dx, \mode, \bits, out %eax, %dx
GUEST_INSN io_\mode_name\()_in8_imm, \mode, \bits, in $IMM_PORT, %al
GUEST_INSN io_\mode_name\()_in16_imm, \mode, \bits, in $IMM_PORT, %ax
GUEST_INSN io_\mode_name\()_in32_imm, \mode, \bits, in $IMM_PORT, %eax
GUEST_INSN io_\mode_name\()_in8_dx, \mode, \bits, in %dx, %al
GUEST_INSN io_\mode_name\()_in16_dx, \mode, \bits, in %dx, %ax
GUEST_INSN io_\mode_name\()_in32_dx, \mode, \bits, in %dx, %eax
GUEST_INSN io_\mode_name\()_outs8, \mode, \bits, outsb
GUEST_INSN io_\mode_name\()_outs16, \mode, \bits, outsw
GUEST_INSN io_\mode_name\()_outs32, \mode, \bits, outsl
GUEST_INSN io_\mode_name\()_ins8, \mode, \bits, insb
GUEST_INSN io_\mode_name\()_ins16, \mode, \bits, insw
GUEST_INSN io_\mode_name\()_ins32, \mode, \bits, insl
GUEST_INSN io_\mode_name\()_rep_outs8, \mode, \bits, rep outsb
GUEST_INSN io_\mode_name\()_rep_outs16, \mode, \bits, rep outsw
GUEST_INSN io_\mode_name\()_rep_outs32, \mode, \bits, rep outsl
GUEST_INSN io_\mode_name\()_rep_ins8, \mode, \bits, rep insb
GUEST_INSN io_\mode_name\()_rep_ins16, \mode, \bits, rep insw
GUEST_INSN io_\mode_name\()_rep_ins32, \mode, \bits, rep insl
.endm

IO_INSNS real, MODE_REAL, 16
IO_INSNS prot, MODE_PROT32, 32
IO_INSNS long, MODE_LONG, 64

GUEST_INSN io_addr32_outs16, MODE_LONG, 64, addr32 rep outsw
GUEST_INSN io_addr32_ins16, MODE_LONG, 64, addr32 rep insw
GUEST_INSN io_addr16_outs16, MODE_PROT32, 32, addr16 rep outsw
GUEST_INSN io_addr16_ins16, MODE_PROT32, 32, addr16 rep insw
GUEST_INSN io_real_addr32_outs32, MODE_REAL, 16, addr32 rep outsl

GUEST_INSN io_prot_fs_outs16, MODE_PROT32, 32, rep outsw %fs:(%esi), %dx
GUEST_INSN io_prot_ss_outs16, MODE_PROT32, 32, rep outsw %ss:(%esi), %dx
GUEST_INSN io_long_gs_outs16, MODE_LONG, 64, rep outsw %gs:(%rsi), %dx
GUEST_INSN io_long_cs_outs16, MODE_LONG, 64, rep outsw %cs:(%rsi), %dx
