// SPDX-License-Identifier: GPL-2.0
/*
 * Marks between which an emulator that can notes each instruction, of each CPU
 * (tests/vm/account). To any other machine they are a CPUID leaf that it has not.
 */
#include "account.h"

#include <cpuid.h>

#include "harness.h"

#define MARK_BEGIN	0x58560001
#define MARK_END	0x58560000

static void mark(unsigned int leaf)
{
	unsigned int eax, ebx, ecx, edx;

	__cpuid(leaf, eax, ebx, ecx, edx);
}

/**
 * account_begin() - what follows is accounted for
 */
void account_begin(void)
{
	mark(MARK_BEGIN);
}

/**
 * account_end() - no longer
 * @row: which row it was, or "without_" and a row: that is not a part of the row.
 * @times: how often that was done.
 */
void account_end(const char *row, int times)
{
	mark(MARK_END);
	test_note("account %s %d", row, times);
}
