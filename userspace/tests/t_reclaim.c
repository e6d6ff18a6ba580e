// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory that the kernel takes for other things: pages in swap, pages that
 * have not been used, pages whose hardware is broken.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <unistd.h>

#include "harness_memory.h"

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE	101
#endif

#define PAGES		64
#define SWAP_DEVICE	"/dev/ram0"
#define SWAP_PAGES	4096

/* --- swap --- */

/* What mkswap(8) writes: a version, the last page, and the magic at the end. */
static void make_swap(int fd)
{
	static uint8_t page[PAGE_SIZE] __attribute__((aligned(8)));
	uint32_t *header = (uint32_t *)(page + 1024);

	header[0] = 1;
	header[1] = SWAP_PAGES - 1;
	memcpy(page + PAGE_SIZE - 10, "SWAPSPACE2", 10);
	REQUIRE_EQ(pwrite(fd, page, PAGE_SIZE, 0), PAGE_SIZE);
}

static void swap_off(void)
{
	swapoff(SWAP_DEVICE);
}

/* Each test has a process of its own; a swap device outlives it. */
static void need_swap(void)
{
	int fd = open(SWAP_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		test_skip("there is no " SWAP_DEVICE);
	make_swap(fd);
	REQUIRE_EQ(fsync(fd), 0);
	close(fd);
	if (access("/proc/swaps", R_OK))
		test_skip("the kernel has no swap");
	if (swapon(SWAP_DEVICE, 0))
		REQUIRE_EQ(errno, EBUSY);
	atexit(swap_off);
	memory_set_up(memory_private());
}

static int swapped(int pages)
{
	int i, n = 0;

	for (i = 0; i < pages; i++)
		n += !!(page_entry(mem + i * PAGE_SIZE) & PAGE_SWAPPED);
	return n;
}

/*
 * A page that was touched waits in its CPU's batch, where no reclaim finds it and
 * nothing counts its age.  With all of a test on one CPU, that is the batch which
 * madvise() empties.
 */
static void stay_on_a_cpu(void)
{
	host_run_on(host_cpu(0));
}

/* A page that was in use at the moment stays: until they all have gone. */
static void page_out(int pages)
{
	int i;

	for (i = 0; i < 100 && swapped(pages) < pages; i++)
		REQUIRE_EQ(madvise(mem, pages * PAGE_SIZE, MADV_PAGEOUT), 0);
	REQUIRE_EQ(swapped(pages), pages);
}

static void swapped_out(void)
{
	int i;

	stay_on_a_cpu();
	need_swap();
	for (i = 0; i < PAGES; i++)
		guest_write(GPA + i * PAGE_SIZE, 100 + i);
	page_out(PAGES);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(guest_read(GPA + i * PAGE_SIZE), 100 + i);
	EXPECT_EQ(swapped(PAGES), 0);
	/* Not written since, they need not be written to the disk again. */
	page_out(PAGES);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(*memory_word(i * PAGE_SIZE), 100 + i);
}

/*
 * Read in for a guest that only reads, then written by it: the copy on the disk
 * is outdated, and only the guest's page tables know.
 */
static void written_after_swap(void)
{
	int i, round;

	stay_on_a_cpu();
	need_swap();
	for (i = 0; i < PAGES; i++)
		guest_write(GPA + i * PAGE_SIZE, i);
	for (round = 1; round < 4; round++) {
		page_out(PAGES);
		for (i = 0; i < PAGES; i++)
			EXPECT_EQ(guest_read(GPA + i * PAGE_SIZE),
				  i + (round - 1) * 1000);
		for (i = 0; i < PAGES; i++)
			guest_write(GPA + i * PAGE_SIZE, i + round * 1000);
	}
	page_out(PAGES);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(*memory_word(i * PAGE_SIZE), i + 3000);
}

/* Pages that the kernel has written to swap. */
static unsigned long swap_writes(void)
{
	FILE *file = fopen("/proc/vmstat", "r");
	unsigned long n = 0;
	char line[128];

	REQUIRE(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "pswpout %lu", &n) == 1)
			break;
	fclose(file);
	return n;
}

/*
 * Older kernels keep what was used since they last looked: the second look comes
 * before the guest has been everywhere again.
 */
static void page_out_twice(int pages)
{
	REQUIRE_EQ(madvise(mem, pages * PAGE_SIZE, MADV_PAGEOUT), 0);
	REQUIRE_EQ(madvise(mem, pages * PAGE_SIZE, MADV_PAGEOUT), 0);
}

/*
 * Under a guest that adds to each of them all the time: on a CPU of its own, then
 * on this one, where it does not come in between.
 */
static void swapped_while_running(void)
{
	struct runner runner;
	unsigned long before;
	int i;

	need_swap();
	test_timeout(60);
	before = swap_writes();
	memory_touch_start(&runner, GPA, PAGES);
	for (i = 0; i < 20; i++) {
		if (i == 10) {
			stay_on_a_cpu();
			host_thread_run_on(runner.thread, host_cpu(0));
		}
		count_wait(&vm, 2);
		page_out_twice(PAGES);
	}
	count_wait(&vm, 2);
	memory_touch_end(&runner);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(*memory_word(i * PAGE_SIZE), *vm_u64(&vm, COUNT_NOW));
	EXPECT(swap_writes() - before > PAGES);
	test_note("%lu pages were written to swap", swap_writes() - before);
}

static void swap_device_leaves(void)
{
	int i;

	stay_on_a_cpu();
	need_swap();
	for (i = 0; i < PAGES; i++)
		guest_write(GPA + i * PAGE_SIZE, 100 + i);
	page_out(PAGES);
	REQUIRE_EQ(swapoff(SWAP_DEVICE), 0);
	EXPECT_EQ(swapped(PAGES), 0);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(guest_read(GPA + i * PAGE_SIZE), 100 + i);
}

/* --- age --- */

/* A bit for each page frame: set if nobody has used it since it was set. */
static int open_idle(void)
{
	int fd = open("/sys/kernel/mm/page_idle/bitmap", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		test_skip("the kernel does not track idle pages");
	return fd;
}

static bool is_idle(int fd, uint64_t frame)
{
	uint64_t bits = 0;

	REQUIRE_EQ(pread(fd, &bits, 8, frame / 64 * 8), 8);
	return bits & BIT(frame % 64);
}

static void set_idle(int fd, uint64_t frame)
{
	uint64_t bits = BIT(frame % 64);

	REQUIRE_EQ(pwrite(fd, &bits, 8, frame / 64 * 8), 8);
}

/*
 * What the CPU has cached of EPT may bear the flag for a while. A page that goes
 * away has it look again.
 */
static void flush(void)
{
	REQUIRE_EQ(madvise(mem + (PAGES + 1) * PAGE_SIZE, PAGE_SIZE,
			   MADV_DONTNEED), 0);
	guest_write(GPA + (PAGES + 1) * PAGE_SIZE, 1);
}

/* So far from the other that none is mapped with it. */
#define UNUSED		(40 * PAGE_SIZE)

static void aged(void)
{
	uint64_t used, unused;
	int fd = open_idle();

	stay_on_a_cpu();
	memory_set_up(memory_private());
	guest_write(GPA, 1);
	guest_write(GPA + UNUSED, 1);
	flush();
	REQUIRE_EQ(madvise(mem + (PAGES + 1) * PAGE_SIZE, PAGE_SIZE, MADV_COLD), 0);
	used = page_entry(mem) & PAGE_FRAME;
	unused = page_entry(mem + UNUSED) & PAGE_FRAME;
	REQUIRE(used && unused);
	set_idle(fd, used);
	set_idle(fd, unused);
	REQUIRE(is_idle(fd, used));
	REQUIRE(is_idle(fd, unused));
	flush();
	EXPECT_EQ(guest_read(GPA), 1);
	EXPECT(!is_idle(fd, used));
	EXPECT(is_idle(fd, unused));
	close(fd);
}

/* --- broken memory --- */

static volatile sig_atomic_t bus_code;
static void *volatile bus_addr;

static void on_bus(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	bus_code = info->si_code;
	bus_addr = info->si_addr;
}

static void break_page(uint64_t offset)
{
	struct sigaction action = {
		.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO,
	};

	REQUIRE_EQ(sigaction(SIGBUS, &action, NULL), 0);
	if (madvise(mem + offset, PAGE_SIZE, MADV_HWPOISON)) {
		REQUIRE_EQ(errno, EINVAL);
		test_skip("the kernel does not survive memory errors");
	}
	bus_code = 0;
	bus_addr = NULL;
}

static void expect_bus(uint64_t offset)
{
	EXPECT_EQ(bus_code, BUS_MCEERR_AR);
	EXPECT(bus_addr == mem + offset);
	bus_code = 0;
}

/* The thread that has the guest access it gets the signal, as if it had itself. */
static void broken(void)
{
	memory_set_up(memory_private());
	guest_write(GPA + 0x3000, 0x1111);
	guest_write(GPA + 0x4000, 0x2222);
	break_page(0x3000);
	EXPECT_EQ(guest_read(GPA + 0x4000), 0x2222);
	EXPECT_EQ(bus_code, 0);
	EXPECT_EQ(guest_access("memory_read", GPA + 0x3000, 0), -EINTR);
	expect_bus(0x3000);
	EXPECT_EQ(guest_access("memory_write", GPA + 0x3000, 0), -EINTR);
	expect_bus(0x3000);
	/* Other memory in its place, as QEMU has it after a reset. */
	REQUIRE(mmap(mem + 0x3000, PAGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
		MAP_FAILED);
	EXPECT_EQ(guest_read(GPA + 0x3000), 0);
	guest_write(GPA + 0x3000, 0x3333);
	EXPECT_EQ(*memory_word(0x3000), 0x3333);
	EXPECT_EQ(bus_code, 0);
}

/* A page that a fault has in hand at the moment cannot be moved: again, then. */
static void take_out_of_use(void *addr)
{
	int i;

	for (i = 0; i < 1000; i++) {
		if (!madvise(addr, PAGE_SIZE, MADV_SOFT_OFFLINE))
			return;
		if (errno == EINVAL)
			test_skip("the kernel takes no page out of use");
		REQUIRE(errno == EBUSY || errno == EAGAIN);
	}
	REQUIRE(false);
}

/* About to break: the kernel moves what is there, under a guest that writes it. */
static void moved_while_running(void)
{
	uint64_t before[8];
	struct runner runner;
	int i;

	memory_set_up(memory_private());
	memory_touch_start(&runner, GPA, ARRAY_SIZE(before));
	count_wait(&vm, 2);
	for (i = 0; i < (int)ARRAY_SIZE(before); i++) {
		before[i] = page_entry(mem + i * PAGE_SIZE) & PAGE_FRAME;
		take_out_of_use(mem + i * PAGE_SIZE);
	}
	count_wait(&vm, 2);
	memory_touch_end(&runner);
	for (i = 0; i < (int)ARRAY_SIZE(before); i++) {
		EXPECT((page_entry(mem + i * PAGE_SIZE) & PAGE_FRAME) !=
		       before[i]);
		EXPECT_EQ(*memory_word(i * PAGE_SIZE), *vm_u64(&vm, COUNT_NOW));
	}
}

static const struct test tests[] = {
	{ "reclaim_swapped_out", swapped_out },
	{ "reclaim_written_after_swap", written_after_swap },
	{ "reclaim_swapped_while_running", swapped_while_running },
	{ "reclaim_swap_device_leaves", swap_device_leaves },
	{ "reclaim_aged", aged },
	{ "reclaim_broken", broken },
	{ "reclaim_moved_while_running", moved_while_running },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
