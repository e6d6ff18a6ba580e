// SPDX-License-Identifier: GPL-2.0
/*
 * Which instructions were executed between two marks.
 *
 * A mark is a CPUID with 0x58560001 (begin) or 0x58560000 (end) in EAX, executed
 * outside of VMX non-root operation: no processor has such a leaf, and none minds.
 * At the end the file that ACCOUNT_LOG names gets a line "window", one "at ADDRESS
 * COUNT" for each instruction that the CPU of the first mark has executed, and one
 * "op NAME COUNT" for each kind of instruction. What it did in VMX non-root
 * operation is in no line but "guest COUNT".
 */
#include <cstdio>
#include <cstdlib>
#include <map>
#include <unordered_map>

#include "bochs.h"
#include "cpu/cpu.h"
#include "cpu/decoder/ia_opcodes.h"

#define MARK_BEGIN	0x58560001
#define MARK_END	0x58560000

static int watched = -1; /* a CPU's number, or -1 */
static std::unordered_map<bx_address, Bit64u> at;
static std::map<unsigned, Bit64u> kinds;
static Bit64u in_guest;

static void print()
{
	const char *name = getenv("ACCOUNT_LOG");
	FILE *log = name ? fopen(name, "a") : NULL;

	if (!log) {
		fprintf(stderr, "the file of ACCOUNT_LOG can't be written\n");
		abort();
	}
	fprintf(log, "window\nguest %llu\n", (unsigned long long)in_guest);
	for (const auto &here : at)
		fprintf(log, "at %llx %llu\n", (unsigned long long)here.first,
			(unsigned long long)here.second);
	for (const auto &kind : kinds)
		fprintf(log, "op %s %llu\n", get_bx_opcode_name(kind.first),
			(unsigned long long)kind.second);
	fclose(log);
}

static void begin(unsigned cpu)
{
	at.clear();
	kinds.clear();
	in_guest = 0;
	watched = cpu;
}

static void end()
{
	if (watched >= 0)
		print();
	watched = -1;
}

static void note(unsigned cpu, const bxInstruction_c *insn)
{
	if (BX_CPU(cpu)->in_vmx_guest) {
		in_guest++;
		return;
	}
	at[BX_CPU(cpu)->prev_rip]++;
	kinds[insn->getIaOpcode()]++;
}

void account_instruction(unsigned int cpu, const bxInstruction_c *insn)
{
	if (watched == (int)cpu)
		note(cpu, insn);
	if (insn->getIaOpcode() != BX_IA_CPUID || BX_CPU(cpu)->in_vmx_guest)
		return;
	switch (BX_CPU(cpu)->gen_reg[BX_32BIT_REG_EAX].dword.erx) {
	case MARK_BEGIN:
		begin(cpu);
		break;
	case MARK_END:
		end();
	}
}
