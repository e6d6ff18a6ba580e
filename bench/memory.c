// SPDX-License-Identifier: GPL-2.0
/*
 * Memory: a guest touches, for the first time, what the process has already.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "account.h"
#include "bench.h"

#define MIB		0x100000UL
#define LARGE		(2 * MIB)

/* --- a little of it --- */

#define PAGES		256
#define TOUCH		0x200000	/* of the harness' memory */

void row_touch(void)
{
	uint64_t ticks = UINT64_MAX;
	int i;

	for (i = 0; i < 3; i++) {
		bench_set_up();
		memset(vm.mem + TOUCH, 1, PAGES * PAGE_SIZE);
		bench_load("bench_touch", PAGES);
		ticks = least(ticks, bench_run_to_end());
		vcpu_destroy(&vcpu);
		vm_destroy(&vm);
	}
	bench_say("touch", ticks / PAGES);
}

/* --- much of it --- */

#define BIG		(1024 * MIB)	/* where it is to the guest */

/* The guest's addresses from BIG on are those of its memory, a gigabyte of them. */
static void map_gigabyte(void)
{
	uint64_t i;

	for (i = 0; i < 512; i++)
		*vm_u64(&vm, GUEST_PT + i * 8) = (BIG + i * LARGE) | PTE_LARGE;
	*vm_u64(&vm, GUEST_PDPT + (BIG >> 30) * 8) = GUEST_PT | 3;
}

static uint64_t huge_kib(const void *addr)
{
	unsigned long start, end, kib = 0;
	FILE *file = fopen("/proc/self/smaps", "re");
	bool here = false;
	char line[256];

	REQUIRE(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = start <= (uintptr_t)addr && (uintptr_t)addr < end;
		if (here && sscanf(line, "AnonHugePages: %lu", &kib) == 1)
			break;
	}
	fclose(file);
	return kib;
}

/* Filled by the process, in pages of 4 KiB or of 2 MiB only. */
static uint8_t *fill(uint64_t size, bool huge)
{
	uint8_t *mem = mmap(NULL, size + LARGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint64_t i;

	REQUIRE(mem != MAP_FAILED);
	mem = (uint8_t *)(((uintptr_t)mem + LARGE - 1) & -LARGE);
	/* Where the kernel finds little memory at its start it uses none by itself. */
	host_write("/sys/kernel/mm/transparent_hugepage/enabled", "madvise");
	if (madvise(mem, size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) && huge)
		test_skip("the kernel has no transparent huge pages");
	for (i = 0; i < size; i += PAGE_SIZE)
		mem[i] = 1;
	if (huge && huge_kib(mem) != size / 1024)
		test_skip("the kernel has not so many huge pages free");
	return mem;
}

static void touch_row(const char *row, bool huge)
{
	uint64_t size = bench_mib * MIB, page = huge ? LARGE : PAGE_SIZE;
	struct kvm_regs regs;
	uint64_t ticks;

	bench_set_up();
	REQUIRE(size <= BIG);
	REQUIRE_EQ(vm_set_slot(&vm, 1, BIG, size, fill(size, huge), 0), 0);
	bench_load("bench_touch", size / page);
	map_gigabyte();
	vcpu_get_regs(&vcpu, &regs);
	regs.rbx = BIG;
	regs.rcx = page;
	vcpu_set_regs(&vcpu, &regs);
	account_begin();
	ticks = bench_run_to_end();
	account_end(row, size / page);
	bench_say(row, ticks / (size / page));
}

void row_touch_4k(void)
{
	touch_row("touch_4k", false);
}

void row_touch_2m(void)
{
	touch_row("touch_2m", true);
}
