// SPDX-License-Identifier: GPL-2.0
/*
 * Which instructions were executed between two marks.
 *
 * A mark is a CPUID with 0x58560001 (begin) or 0x58560000 (end) in EAX, executed
 * outside of VMX non-root operation: no processor has such a leaf, and none minds.
 * At the end the file that ACCOUNT_LOG names gets a line "window", and for each CPU
 * a line "cpu", that of the last mark first, one "at ADDRESS COUNT" for each
 * instruction that it has executed, and one "op NAME COUNT" for each kind of
 * instruction. What it did in VMX non-root operation is in no line but "guest
 * COUNT".
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

struct account {
	std::unordered_map<bx_address, Bit64u> at;
	std::map<unsigned, Bit64u> kinds;
	Bit64u in_guest;
};

static bool between_marks;
static std::map<unsigned, account> accounts; /* by CPU */

static void print_cpu(FILE *log, const account &cpu)
{
	fprintf(log, "cpu\nguest %llu\n", (unsigned long long)cpu.in_guest);
	for (const auto &here : cpu.at)
		fprintf(log, "at %llx %llu\n", (unsigned long long)here.first,
			(unsigned long long)here.second);
	for (const auto &kind : cpu.kinds)
		fprintf(log, "op %s %llu\n", get_bx_opcode_name(kind.first),
			(unsigned long long)kind.second);
}

static void print(unsigned last)
{
	const char *name = getenv("ACCOUNT_LOG");
	FILE *log = name ? fopen(name, "a") : NULL;

	if (!log) {
		fprintf(stderr, "the file of ACCOUNT_LOG can't be written\n");
		abort();
	}
	fprintf(log, "window\n");
	print_cpu(log, accounts[last]);
	for (const auto &cpu : accounts)
		if (cpu.first != last)
			print_cpu(log, cpu.second);
	fclose(log);
}

static void begin()
{
	accounts.clear();
	between_marks = true;
}

static void end(unsigned cpu)
{
	if (between_marks)
		print(cpu);
	between_marks = false;
}

static void note(unsigned cpu, const bxInstruction_c *insn)
{
	account &here = accounts[cpu];

	if (BX_CPU(cpu)->in_vmx_guest) {
		here.in_guest++;
		return;
	}
	here.at[BX_CPU(cpu)->prev_rip]++;
	here.kinds[insn->getIaOpcode()]++;
}

void account_instruction(unsigned int cpu, const bxInstruction_c *insn)
{
	if (between_marks)
		note(cpu, insn);
	if (insn->getIaOpcode() != BX_IA_CPUID || BX_CPU(cpu)->in_vmx_guest)
		return;
	switch (BX_CPU(cpu)->gen_reg[BX_32BIT_REG_EAX].dword.erx) {
	case MARK_BEGIN:
		begin();
		break;
	case MARK_END:
		end(cpu);
	}
}
