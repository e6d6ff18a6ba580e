// SPDX-License-Identifier: GPL-2.0
/*
 * Large pages: the process's transparent and reserved huge pages as a guest's
 * memory, whole, and taken apart in every way.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_memory.h"

#define LARGE		0x200000UL
#define PAGES		((int)(LARGE / PAGE_SIZE))
/* Two large pages behind the slot. */
#define SLOT_SIZE	(2 * LARGE)

/* Whether the kernel has used large pages for an address, or how much. */
static unsigned long huge_kib(const void *addr)
{
	unsigned long start, end, kib = 0;
	FILE *file = fopen("/proc/self/smaps", "r");
	bool here = false;
	char line[256];

	REQUIRE(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = start <= (uintptr_t)addr &&
			       (uintptr_t)addr < end;
		if (here && sscanf(line, "AnonHugePages: %lu", &kib) == 1)
			break;
	}
	fclose(file);
	return kib;
}

/* Twice what is needed, for the part of it that is aligned. */
static void *aligned(size_t size, int flags)
{
	uint8_t *addr = memory_map(size + LARGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | flags, -1);

	return (void *)(((uintptr_t)addr + LARGE - 1) & -LARGE);
}

/*
 * Memory in large pages that the process has filled. Where the kernel finds
 * little memory at its start it uses none by itself.
 */
static void *huge_memory(void)
{
	uint64_t *addr = aligned(SLOT_SIZE, 0);
	size_t i;

	host_write("/sys/kernel/mm/transparent_hugepage/enabled", "madvise");

	if (madvise(addr, SLOT_SIZE, MADV_HUGEPAGE))
		test_skip("the kernel has no transparent huge pages");
	for (i = 0; i < SLOT_SIZE / 8; i += PAGE_SIZE / 8)
		addr[i] = i;
	if (huge_kib(addr) != SLOT_SIZE / 1024)
		test_skip("the kernel has no two huge pages free");
	return addr;
}

static int64_t large_pages(void)
{
	int64_t n = stat_read(vm.fd, "pages_2m");

	if (n < 0)
		test_skip("no counter of large pages");
	return n;
}

static void need_large_pages(void)
{
	memory_set_up(NULL);
	mem = huge_memory();
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, SLOT_SIZE, mem, 0), 0);
	guest_write(GPA + 8, 1);
	if (!large_pages())
		test_skip("the CPU has no large pages in EPT");
}

/* The guest writes the second word of each page; the first is as it was. */
static void touch(uint64_t gpa, int pages)
{
	struct runner runner;

	memory_touch_start(&runner, gpa + 8, pages);
	count_wait(&vm, 1);
	memory_touch_end(&runner);
}

static void expect_first_words(uint64_t gpa)
{
	uint64_t offset;

	for (offset = 0; offset < SLOT_SIZE; offset += 37 * PAGE_SIZE)
		EXPECT_EQ(guest_read(gpa + offset), offset / 8);
}

static void whole(void)
{
	int64_t small;

	need_large_pages();
	small = stat_read(vm.fd, "pages_4k");
	touch(GPA, 2 * PAGES);
	expect_first_words(GPA);
	EXPECT_EQ(large_pages(), 2);
	/* Only the guest's own first megabytes are in small pages. */
	EXPECT(stat_read(vm.fd, "pages_4k") - small < 100);
}

/* The guest is the first to touch it. */
static void first_touch(void)
{
	need_large_pages();
	mem = aligned(SLOT_SIZE, 0);
	REQUIRE_EQ(madvise(mem, SLOT_SIZE, MADV_HUGEPAGE), 0);
	REQUIRE_EQ(vm_set_slot(&vm, 2, 4 * GPA, SLOT_SIZE, mem, 0), 0);
	touch(4 * GPA, PAGES);
	if (huge_kib(mem) < LARGE / 1024)
		test_skip("the kernel has no huge page free");
	EXPECT_EQ(large_pages(), 2);
	EXPECT(*memory_word(8));
	EXPECT(*memory_word(LARGE - PAGE_SIZE + 8));
}

/* How many pages of 4 KiB a write in a slot of them maps. */
static int64_t small_pages_by(uint64_t gpa)
{
	int64_t before = stat_read(vm.fd, "pages_4k");

	guest_write(gpa, gpa);
	return stat_read(vm.fd, "pages_4k") - before;
}

/*
 * One thread's faults on both kinds: a small page brings those around it, but for
 * the first one after a large page.
 */
static void beside_small(void)
{
	const uint64_t small = 4 * GPA;
	uint8_t *filled;

	test_need_xvcpu();
	need_large_pages();
	filled = aligned(SLOT_SIZE, 0);
	REQUIRE_EQ(madvise(filled, SLOT_SIZE, MADV_NOHUGEPAGE), 0);
	memset(filled, 1, SLOT_SIZE);
	REQUIRE_EQ(vm_set_slot(&vm, 2, small, SLOT_SIZE, filled, 0), 0);
	EXPECT_EQ(small_pages_by(small), 1);
	EXPECT_EQ(small_pages_by(small + PAGE_SIZE), 16);
	EXPECT_EQ(small_pages_by(small + 16 * PAGE_SIZE), 0);
	EXPECT_EQ(small_pages_by(GPA + LARGE + 8), 0);
	EXPECT_EQ(large_pages(), 2);
	EXPECT_EQ(small_pages_by(small + LARGE), 1);
	EXPECT_EQ(small_pages_by(small + LARGE / 2), 16);
	EXPECT_EQ(large_pages(), 2);
	expect_first_words(GPA);
	EXPECT_EQ(*(uint64_t *)(filled + LARGE / 2), small + LARGE / 2);
	EXPECT_EQ(filled[LARGE / 2 + PAGE_SIZE], 1);
}

/* A page that is read only: of zeroes, which all share. */
static void zeroes(void)
{
	need_large_pages();
	mem = aligned(SLOT_SIZE, 0);
	REQUIRE_EQ(madvise(mem, SLOT_SIZE, MADV_HUGEPAGE), 0);
	REQUIRE_EQ(vm_set_slot(&vm, 2, 4 * GPA, SLOT_SIZE, mem, 0), 0);
	EXPECT_EQ(guest_read(4 * GPA + 0x5000), 0);
	guest_write(4 * GPA + 0x5000, 7);
	guest_write(4 * GPA + 0x6000, 8);
	EXPECT_EQ(*memory_word(0x5000), 7);
	EXPECT_EQ(*memory_word(0x6000), 8);
	EXPECT_EQ(*memory_word(0x7000), 0);
	*memory_word(0x7000) = 9;
	EXPECT_EQ(guest_read(4 * GPA + 0x7000), 9);
}

/* A slot that does not lie as the process's pages do, or ends within one. */
static void misaligned(void)
{
	int64_t before;

	need_large_pages();
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, 0, mem, 0), 0);
	before = large_pages();
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA + PAGE_SIZE, SLOT_SIZE, mem, 0),
		   0);
	touch(GPA + PAGE_SIZE, 2 * PAGES);
	expect_first_words(GPA + PAGE_SIZE);
	EXPECT_EQ(large_pages(), before);
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, 0, mem, 0), 0);
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA + LARGE / 2, LARGE,
			       mem + LARGE / 2, 0), 0);
	touch(GPA + LARGE / 2, PAGES);
	EXPECT_EQ(guest_read(GPA + LARGE), LARGE / 8);
	EXPECT_EQ(large_pages(), before);
	EXPECT(guest_misses(GPA + LARGE / 2 - 8));
	EXPECT(guest_misses(GPA + LARGE + LARGE / 2));
}

/* The only part of a large page that is a slot's must not show the rest. */
static void slot_split(void)
{
	need_large_pages();
	guest_write(GPA + 8, 3);
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, 0, mem, 0), 0);
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, 0x5000, mem, 0), 0);
	REQUIRE_EQ(vm_set_slot(&vm, 2, GPA + 0x6000, SLOT_SIZE - 0x6000,
			       mem + 0x6000, 0), 0);
	EXPECT_EQ(guest_read(GPA + 8), 3);
	EXPECT(guest_misses(GPA + 0x5000));
	EXPECT_EQ(guest_read(GPA + 0x6000), 0x6000 / 8);
	EXPECT_EQ(guest_read(GPA + LARGE), LARGE / 8);
}

static void protected_part(void)
{
	need_large_pages();
	touch(GPA, 2 * PAGES);
	REQUIRE_EQ(mprotect(mem + 0x5000, PAGE_SIZE, PROT_READ), 0);
	EXPECT_EQ(guest_access("memory_write", GPA + 0x5000, 1), -EFAULT);
	EXPECT_EQ(guest_read(GPA + 0x5000), 0x5000 / 8);
	guest_write(GPA + 0x4000, 7);
	guest_write(GPA + 0x6000, 8);
	EXPECT_EQ(*memory_word(0x4000), 7);
	EXPECT_EQ(*memory_word(0x6000), 8);
	EXPECT_EQ(large_pages(), 1);
	REQUIRE_EQ(mprotect(mem + 0x5000, PAGE_SIZE, PROT_READ | PROT_WRITE),
		   0);
	guest_write(GPA + 0x5000, 9);
	EXPECT_EQ(*memory_word(0x5000), 9);
}

static void unmapped_part(void)
{
	need_large_pages();
	touch(GPA, 2 * PAGES);
	REQUIRE_EQ(munmap(mem + 0x5000, PAGE_SIZE), 0);
	EXPECT_EQ(guest_access("memory_read", GPA + 0x5000, 0), -EFAULT);
	EXPECT_EQ(guest_read(GPA + 0x4000), 0x4000 / 8);
	EXPECT_EQ(guest_read(GPA + 0x6000), 0x6000 / 8);
	EXPECT_EQ(guest_read(GPA + LARGE - PAGE_SIZE), (LARGE - PAGE_SIZE) / 8);
	EXPECT_EQ(large_pages(), 1);
}

static void dropped_part(void)
{
	need_large_pages();
	touch(GPA, 2 * PAGES);
	REQUIRE_EQ(madvise(mem + 0x5000, 2 * PAGE_SIZE, MADV_DONTNEED), 0);
	EXPECT_EQ(guest_read(GPA + 0x5008), 0);
	EXPECT_EQ(guest_read(GPA + 0x6000), 0);
	EXPECT_EQ(guest_read(GPA + 0x7000), 0x7000 / 8);
	EXPECT_EQ(guest_read(GPA + 0x4000), 0x4000 / 8);
	guest_write(GPA + 0x5000, 5);
	EXPECT_EQ(*memory_word(0x5000), 5);
}

/* Dropped as a whole, and huge again: so may it be for the guest. */
static void dropped_whole(void)
{
	need_large_pages();
	touch(GPA, 2 * PAGES);
	REQUIRE_EQ(madvise(mem, LARGE, MADV_DONTNEED), 0);
	EXPECT_EQ(guest_read(GPA + LARGE), LARGE / 8);
	guest_write(GPA + 0x5000, 5);
	EXPECT_EQ(*memory_word(0x5000), 5);
	if (huge_kib(mem) != SLOT_SIZE / 1024)
		test_skip("the kernel has no huge page free");
	EXPECT_EQ(large_pages(), 2);
}

static void copied_on_write(void)
{
	int status, pipe_fd[2];
	pid_t pid;
	char go;

	need_large_pages();
	touch(GPA, 2 * PAGES);
	*memory_word(0x5000) = 1;
	*memory_word(0x6000) = 1;
	REQUIRE_EQ(pipe(pipe_fd), 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		close(pipe_fd[1]);
		_exit(read(pipe_fd[0], &go, 1) < 0 ||
		      *memory_word(0x5000) != 1 || *memory_word(0x6000) != 1);
	}
	guest_write(GPA + 0x5000, 2);
	*memory_word(0x6000) = 3;
	EXPECT_EQ(*memory_word(0x5000), 2);
	EXPECT_EQ(guest_read(GPA + 0x6000), 3);
	EXPECT_EQ(guest_read(GPA + 0x7000), 0x7000 / 8);
	close(pipe_fd[1]);
	waitpid(pid, &status, 0);
	EXPECT_EQ(status, 0);
}

static uint64_t bits[SLOT_SIZE / PAGE_SIZE / 64];

static int read_log(void)
{
	struct kvm_dirty_log log = { .slot = SLOT, .dirty_bitmap = bits };
	size_t i;
	int n = 0;

	REQUIRE_EQ(dev_ioctl(vm.fd, KVM_GET_DIRTY_LOG, &log), 0);
	for (i = 0; i < ARRAY_SIZE(bits); i++)
		n += __builtin_popcountll(bits[i]);
	return n;
}

/* The log has pages of 4 KiB even where the guest had large ones. */
static void dirty_log(void)
{
	need_large_pages();
	touch(GPA, 2 * PAGES);
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, SLOT_SIZE, mem,
			       KVM_MEM_LOG_DIRTY_PAGES), 0);
	EXPECT_EQ(read_log(), 0);
	guest_write(GPA + 0x5000, 5);
	EXPECT_EQ(read_log(), 1);
	EXPECT_EQ(bits[0], 1 << 5);
	guest_write(GPA + LARGE + 0x3000, 5);
	guest_write(GPA + 0x6000, 5);
	EXPECT_EQ(read_log(), 2);
	EXPECT_EQ(bits[0], 1 << 6);
	EXPECT_EQ(bits[LARGE / PAGE_SIZE / 64], 1 << 3);
	touch(GPA, 2 * PAGES);
	EXPECT_EQ(read_log(), 2 * PAGES);
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, SLOT_SIZE, mem, 0), 0);
	touch(GPA, 2 * PAGES);
	EXPECT_EQ(large_pages(), 2);
	EXPECT_EQ(*memory_word(0x5000), 5);
	EXPECT_EQ(*memory_word(LARGE + 0x3000), 5);
}

static void log_initially_set(void)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
		.args = { KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE |
			  KVM_DIRTY_LOG_INITIALLY_SET },
	};
	struct kvm_clear_dirty_log clear = {
		.slot = SLOT, .num_pages = 64, .dirty_bitmap = bits,
	};

	need_large_pages();
	touch(GPA, 2 * PAGES);
	REQUIRE_EQ(dev_ioctl(vm.fd, KVM_ENABLE_CAP, &cap), 0);
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, SLOT_SIZE, mem,
			       KVM_MEM_LOG_DIRTY_PAGES), 0);
	EXPECT_EQ(read_log(), 2 * PAGES);
	guest_write(GPA + 0x5000, 5);
	REQUIRE_EQ(dev_ioctl(vm.fd, KVM_CLEAR_DIRTY_LOG, &clear), 0);
	EXPECT_EQ(read_log(), 2 * PAGES - 64);
	guest_write(GPA + 0x5000, 6);
	guest_write(GPA + 100 * PAGE_SIZE, 6);
	EXPECT_EQ(read_log(), 2 * PAGES - 63);
	EXPECT_EQ(bits[0], 1 << 5);
}

/* Code in a large page, which the processor may have to have in small ones. */
static void executed(void)
{
	const struct guest *guest = guest_find("memory_read");
	struct kvm_regs regs;
	int i;

	need_large_pages();
	touch(GPA, 2 * PAGES);
	for (i = 0; i < 3; i++) {
		uint64_t code = 0x7000 + i * 0x41000;

		memcpy(mem + code, guest->start, guest->end - guest->start);
		vcpu_load(&vcpu, "memory_read");
		vcpu_set_entry(&vcpu, GPA + code);
		vcpu_get_regs(&vcpu, &regs);
		regs.rbx = GPA + LARGE;
		vcpu_set_regs(&vcpu, &regs);
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		vcpu_get_regs(&vcpu, &regs);
		EXPECT_EQ(regs.rax, LARGE / 8);
	}
	touch(GPA, 2 * PAGES);
	EXPECT_EQ(guest_read(GPA + 0x5000), 0x5000 / 8);
	test_note("%lld pages of 2 MiB and %lld of 4 KiB",
		  (long long)large_pages(),
		  (long long)stat_read(vm.fd, "pages_4k"));
}

static void reserved(void)
{
	uint64_t offset;

	if (host_write("/proc/sys/vm/nr_hugepages", "4"))
		test_skip("the kernel has no reserved huge pages");
	memory_set_up(NULL);
	mem = mmap(NULL, SLOT_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (mem == MAP_FAILED)
		test_skip("the kernel has no two huge pages free");
	for (offset = 0; offset < SLOT_SIZE; offset += PAGE_SIZE)
		*memory_word(offset) = offset / 8;
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, SLOT_SIZE, mem, 0), 0);
	touch(GPA, 2 * PAGES);
	expect_first_words(GPA);
	if (large_pages())
		EXPECT_EQ(large_pages(), 2);
	REQUIRE_EQ(madvise(mem, LARGE, MADV_DONTNEED), 0);
	EXPECT_EQ(guest_read(GPA + 0x5000), 0);
	EXPECT_EQ(guest_read(GPA + LARGE), LARGE / 8);
	EXPECT_EQ(munmap(mem + LARGE, LARGE), 0);
	EXPECT_EQ(guest_access("memory_read", GPA + LARGE, 0), -EFAULT);
	guest_write(GPA + 0x6000, 6);
	EXPECT_EQ(*memory_word(0x6000), 6);
	REQUIRE_EQ(munmap(mem, LARGE), 0);
	host_write("/proc/sys/vm/nr_hugepages", "0");
}

/* --- a page of 1 GiB --- */

#define GIANT		(1UL << 30)
#define GIANT_GPA	GIANT
#define GIANT_POOL	"/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"

#ifndef MAP_HUGE_1GB
#define MAP_HUGE_1GB	(30 << 26)
#endif

static void *giant_memory(void)
{
	void *addr;

	if (host_write(GIANT_POOL, "1"))
		test_skip("the kernel has no pages of 1 GiB");
	addr = mmap(NULL, GIANT, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		    MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_1GB, -1, 0);
	if (addr == MAP_FAILED)
		test_skip("the machine has no page of 1 GiB free");
	return addr;
}

static void giant(void)
{
	uint64_t offset, bits[GIANT / PAGE_SIZE / 64] = { 0 };
	struct kvm_dirty_log log = { .slot = 2, .dirty_bitmap = bits };

	memory_set_up(NULL);
	mem = giant_memory();
	REQUIRE_EQ(vm_set_slot(&vm, 2, GIANT_GPA, GIANT, mem, 0), 0);
	*vm_u64(&vm, GUEST_PDPT + (GIANT_GPA >> 30) * 8) = GIANT_GPA | PTE_LARGE;
	*memory_word(GIANT - 8) = 0x1111;
	EXPECT_EQ(guest_read(GIANT_GPA + GIANT - 8), 0x1111);
	for (offset = 0; offset < GIANT; offset += GIANT / 16) {
		guest_write(GIANT_GPA + offset, offset + 1);
		EXPECT_EQ(*memory_word(offset), offset + 1);
	}
	if (!stat_read(vm.fd, "pages_1g"))
		test_skip("the CPU has no pages of 1 GiB in EPT");
	EXPECT_EQ(stat_read(vm.fd, "pages_1g"), 1);
	EXPECT_EQ(large_pages(), 0);

	/* A log has it in small pages, and only those that were written. */
	REQUIRE_EQ(vm_set_slot(&vm, 2, GIANT_GPA, GIANT, mem,
			       KVM_MEM_LOG_DIRTY_PAGES), 0);
	guest_write(GIANT_GPA + 65 * PAGE_SIZE, 2);
	EXPECT_EQ(guest_read(GIANT_GPA + GIANT - 8), 0x1111);
	REQUIRE_EQ(dev_ioctl(vm.fd, KVM_GET_DIRTY_LOG, &log), 0);
	EXPECT_EQ(bits[0], 0);
	EXPECT_EQ(bits[1], 2);
	EXPECT_EQ(stat_read(vm.fd, "pages_1g"), 0);

	REQUIRE_EQ(munmap(mem, GIANT), 0);
	EXPECT_EQ(guest_access("memory_read", GIANT_GPA, 0), -EFAULT);
	host_write(GIANT_POOL, "0");
}

/* Made huge and taken apart again and again under a guest that writes. */
static void unsettled(void)
{
	struct runner runner;
	int i;

	need_large_pages();
	memset(mem, 0, SLOT_SIZE);
	memory_touch_start(&runner, GPA, PAGES);
	for (i = 0; i < 10; i++) {
		uint8_t *page = mem + (i * 17 % PAGES) * PAGE_SIZE;

		count_wait(&vm, 1);
		/* Splits it; the page is as it was. */
		EXPECT_EQ(mprotect(page, PAGE_SIZE, PROT_READ | PROT_WRITE |
				   PROT_EXEC), 0);
		EXPECT_EQ(mprotect(page, PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
		count_wait(&vm, 1);
		/* MADV_COLLAPSE; where there is none it stays split. */
		madvise(mem, LARGE, 25);
	}
	memory_touch_end(&runner);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(*memory_word(i * PAGE_SIZE), *vm_u64(&vm, COUNT_NOW));
}

/* Whatever was mapped, nothing is once the slots have gone. */
static void nothing_left(void)
{
	int64_t tables;

	need_large_pages();
	tables = stat_read(vm.fd, "ept_tables");
	if (tables < 0)
		test_skip("no counter of tables");
	touch(GPA, 2 * PAGES);
	REQUIRE_EQ(mprotect(mem + 0x5000, PAGE_SIZE, PROT_READ), 0);
	EXPECT_EQ(guest_read(GPA + 0x6000), 0x6000 / 8);
	EXPECT(stat_read(vm.fd, "pages_4k") > 0);
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, 0, mem, 0), 0);
	REQUIRE_EQ(vm_set_slot(&vm, 0, 0, 0, vm.mem, 0), 0);
	EXPECT_EQ(stat_read(vm.fd, "pages_4k"), 0);
	EXPECT_EQ(large_pages(), 0);
	EXPECT_EQ(stat_read(vm.fd, "ept_tables"), 1);
}

static const struct test tests[] = {
	{ "large_pages_whole", whole },
	{ "large_pages_first_touch", first_touch },
	{ "large_pages_beside_small", beside_small },
	{ "large_pages_zeroes", zeroes },
	{ "large_pages_misaligned", misaligned },
	{ "large_pages_slot_split", slot_split },
	{ "large_pages_protected_part", protected_part },
	{ "large_pages_unmapped_part", unmapped_part },
	{ "large_pages_dropped_part", dropped_part },
	{ "large_pages_dropped_whole", dropped_whole },
	{ "large_pages_copied_on_write", copied_on_write },
	{ "large_pages_dirty_log", dirty_log },
	{ "large_pages_log_initially_set", log_initially_set },
	{ "large_pages_executed", executed },
	{ "large_pages_reserved", reserved },
	{ "large_pages_giant", giant },
	{ "large_pages_unsettled", unsettled },
	{ "large_pages_nothing_left", nothing_left },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
