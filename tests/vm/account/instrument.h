// SPDX-License-Identifier: GPL-2.0
/*
 * What Bochs tells of each instruction: that it is about to be executed.
 */
#undef BX_INSTRUMENTATION
#define BX_INSTRUMENTATION 0
#include "instrument/stubs/instrument.h"
#undef BX_INSTRUMENTATION
#define BX_INSTRUMENTATION 1

class bxInstruction_c;

void account_instruction(unsigned int cpu, const bxInstruction_c *insn);

#undef BX_INSTR_BEFORE_EXECUTION
#define BX_INSTR_BEFORE_EXECUTION(cpu, insn)	account_instruction(cpu, insn)
