// SPDX-License-Identifier: GPL-2.0
/*
 * The process's memory behind the slots: the guest sees at any time what the
 * process would see at that address, whatever the process does to its address
 * space.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_memory.h"

/* --- the process's memory --- */

static void both_ways(uint64_t offset)
{
	*memory_word(offset) = 0x1111;
	EXPECT_EQ(guest_read(GPA + offset), 0x1111);
	guest_write(GPA + offset, 0x2222);
	EXPECT_EQ(*memory_word(offset), 0x2222);
	*memory_word(offset) = 0x3333;
	EXPECT_EQ(guest_read(GPA + offset), 0x3333);
}

static void shared_both_ways(void)
{
	memory_set_up(memory_private());
	both_ways(0);
	both_ways(SIZE - 8);
	both_ways(0x12340);
}

/* Read before it was ever written: a page of zeroes that is nobody's yet. */
static void fresh_page(void)
{
	memory_set_up(memory_private());
	EXPECT_EQ(guest_read(GPA), 0);
	*memory_word(0) = 0x1111;
	EXPECT_EQ(guest_read(GPA), 0x1111);
	EXPECT_EQ(guest_read(GPA + 0x1000), 0);
	guest_write(GPA + 0x1000, 0x2222);
	EXPECT_EQ(*memory_word(0x1000), 0x2222);
	guest_write(GPA + 0x2000, 0x3333);
	EXPECT_EQ(*memory_word(0x2000), 0x3333);
}

static void unmapped(void)
{
	void *addr;

	memory_set_up(memory_private());
	both_ways(0);
	REQUIRE_EQ(munmap(mem, PAGE_SIZE), 0);
	EXPECT_EQ(guest_access("memory_read", GPA, 0), -EFAULT);
	EXPECT_EQ(guest_access("memory_write", GPA, 0), -EFAULT);
	/* It fails as often as it is tried, and goes on once there is memory. */
	EXPECT_EQ(vcpu_run(&vcpu), -EFAULT);
	addr = mmap(mem, PAGE_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	REQUIRE(addr == mem);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(guest_read(GPA), 0);
	both_ways(0);
	both_ways(0x1000);
}

/* A run that ends where the guest has no memory tells of its flags, too. */
static void unmapped_tells_flags(void)
{
	memory_set_up(memory_private());
	REQUIRE_EQ(munmap(mem, PAGE_SIZE), 0);
	EXPECT_EQ(guest_access("memory_read_after_sti", GPA, 0), 0);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu.run->if_flag, 0);
	EXPECT_EQ(vcpu.run->ready_for_interrupt_injection, 0);
	EXPECT_EQ(vcpu_run(&vcpu), -EFAULT);
	EXPECT_EQ(vcpu.run->if_flag, 1);
	EXPECT_EQ(vcpu.run->ready_for_interrupt_injection, 1);
}

static void never_mapped(void)
{
	void *nothing;

	memory_set_up(NULL);
	nothing = memory_private();
	REQUIRE_EQ(munmap(nothing, SIZE), 0);
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, SIZE, nothing, 0), 0);
	EXPECT_EQ(guest_access("memory_read", GPA, 0), -EFAULT);
	EXPECT_EQ(vm_set_slot(&vm, SLOT, GPA, 0, nothing, 0), 0);
	EXPECT(guest_misses(GPA));
}

static void dropped(void)
{
	memory_set_up(memory_private());
	memset(mem, 0xaa, SIZE);
	EXPECT_EQ(guest_read(GPA + 0x5000), 0xaaaaaaaaaaaaaaaa);
	guest_write(GPA + 0x5008, 1);
	REQUIRE_EQ(madvise(mem + 0x5000, PAGE_SIZE, MADV_DONTNEED), 0);
	EXPECT_EQ(guest_read(GPA + 0x5000), 0);
	EXPECT_EQ(guest_read(GPA + 0x5008), 0);
	EXPECT_EQ(guest_read(GPA + 0x4ff8), 0xaaaaaaaaaaaaaaaa);
	EXPECT_EQ(guest_read(GPA + 0x6000), 0xaaaaaaaaaaaaaaaa);
	both_ways(0x5000);
}

static void write_protected(void)
{
	memory_set_up(memory_private());
	both_ways(0);
	REQUIRE_EQ(mprotect(mem, PAGE_SIZE, PROT_READ), 0);
	EXPECT_EQ(guest_read(GPA), 0x3333);
	EXPECT_EQ(guest_access("memory_write", GPA, 0x4444), -EFAULT);
	EXPECT_EQ(*memory_word(0), 0x3333);
	REQUIRE_EQ(mprotect(mem, PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(*memory_word(0), 0x4444);
	REQUIRE_EQ(mprotect(mem, PAGE_SIZE, PROT_NONE), 0);
	EXPECT_EQ(guest_access("memory_read", GPA, 0), -EFAULT);
	REQUIRE_EQ(mprotect(mem, PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
	both_ways(0);
}

static void replaced(void)
{
	void *addr;

	memory_set_up(memory_private());
	both_ways(0);
	addr = mmap(mem, PAGE_SIZE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	REQUIRE(addr == mem);
	EXPECT_EQ(guest_read(GPA), 0);
	both_ways(0);
}

static void moved_away(void)
{
	uint8_t *away;

	memory_set_up(memory_private());
	both_ways(0);
	away = mremap(mem, PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
		      memory_private());
	REQUIRE(away != MAP_FAILED);
	EXPECT_EQ(guest_access("memory_write", GPA, 0x4444), -EFAULT);
	EXPECT_EQ(*(uint64_t *)away, 0x3333);
	/* And back again. */
	REQUIRE(mremap(away, PAGE_SIZE, PAGE_SIZE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, mem) == mem);
	EXPECT_EQ(guest_read(GPA), 0x3333);
	both_ways(0);
}

/* --- fork --- */

/* A child that waits, then tells whether its copies are still the old ones. */
static pid_t fork_reader(int pipe_fd[2], uint64_t old)
{
	char go;
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid)
		return pid;
	close(pipe_fd[1]);
	if (read(pipe_fd[0], &go, 1) < 0)
		_exit(2);
	_exit(*memory_word(0) != old || *memory_word(0x1000) != old);
}

static void copied_on_write(void)
{
	int pipe_fd[2], status;
	pid_t pid;

	memory_set_up(memory_private());
	*memory_word(0) = 0x1111;
	*memory_word(0x1000) = 0x1111;
	EXPECT_EQ(guest_read(GPA), 0x1111);
	guest_write(GPA + 0x1000, 0x1111);
	REQUIRE_EQ(pipe(pipe_fd), 0);
	pid = fork_reader(pipe_fd, 0x1111);
	/* The process writes one, the guest the other: both get a copy. */
	*memory_word(0) = 0x2222;
	EXPECT_EQ(guest_read(GPA), 0x2222);
	guest_write(GPA + 0x1000, 0x3333);
	EXPECT_EQ(*memory_word(0x1000), 0x3333);
	guest_write(GPA, 0x4444);
	EXPECT_EQ(*memory_word(0), 0x4444);
	close(pipe_fd[1]);
	waitpid(pid, &status, 0);
	EXPECT_EQ(status, 0);
}

/* --- files --- */

static int new_file(void)
{
	char name[] = "/tmp/xvcpu-test-XXXXXX";
	int fd;

	fd = mkstemp(name);
	if (fd < 0) {
		strcpy(name, "/xvcpu-test-XXXXXX");
		fd = mkstemp(name);
	}
	REQUIRE(fd >= 0);
	unlink(name);
	REQUIRE_EQ(ftruncate(fd, SIZE), 0);
	return fd;
}

static uint64_t file_word(int fd, off_t offset)
{
	uint64_t value = 0;

	REQUIRE_EQ(pread(fd, &value, 8, offset), 8);
	return value;
}

static void file_shared(void)
{
	uint64_t value = 0x5678;
	int fd = new_file();

	memory_set_up(memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd));
	both_ways(0x3000);
	EXPECT_EQ(file_word(fd, 0x3000), 0x3333);
	guest_write(GPA + 0x4000, 0x4444);
	EXPECT_EQ(file_word(fd, 0x4000), 0x4444);
	REQUIRE_EQ(pwrite(fd, &value, 8, 0x3000), 8);
	EXPECT_EQ(guest_read(GPA + 0x3000), 0x5678);
	EXPECT_EQ(msync(mem, SIZE, MS_SYNC), 0);
	guest_write(GPA + 0x3000, 0x6789);
	EXPECT_EQ(file_word(fd, 0x3000), 0x6789);
}

static void file_private(void)
{
	uint64_t value = 0x5678;
	int fd = new_file();

	memory_set_up(memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd));
	REQUIRE_EQ(pwrite(fd, &value, 8, 0), 8);
	EXPECT_EQ(guest_read(GPA), 0x5678);
	guest_write(GPA, 0x1111);
	EXPECT_EQ(*memory_word(0), 0x1111);
	EXPECT_EQ(file_word(fd, 0), 0x5678);
}

static void file_read_only(void)
{
	uint64_t value = 0x5678;
	int fd = new_file();

	REQUIRE_EQ(pwrite(fd, &value, 8, 0), 8);
	memory_set_up(memory_map(SIZE, PROT_READ, MAP_SHARED, fd));
	EXPECT_EQ(guest_read(GPA), 0x5678);
	EXPECT_EQ(guest_access("memory_write", GPA, 1), -EFAULT);
	EXPECT_EQ(file_word(fd, 0), 0x5678);
}

static void file_truncated(void)
{
	int fd = new_file();

	memory_set_up(memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd));
	both_ways(0x3000);
	REQUIRE_EQ(ftruncate(fd, 0x1000), 0);
	EXPECT_EQ(guest_access("memory_read", GPA + 0x3000, 0), -EFAULT);
	EXPECT_EQ(guest_read(GPA), 0);
	REQUIRE_EQ(ftruncate(fd, SIZE), 0);
	EXPECT_EQ(guest_read(GPA + 0x3000), 0);
	both_ways(0x3000);
}

static void file_other_process(void)
{
	int status, fd = memfd_create("guest", MFD_CLOEXEC);
	uint64_t value = 0xabcd;
	pid_t pid;

	REQUIRE(fd >= 0);
	REQUIRE_EQ(ftruncate(fd, SIZE), 0);
	memory_set_up(memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd));
	EXPECT_EQ(guest_read(GPA), 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		*memory_word(0) = value;
		_exit(0);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(guest_read(GPA), value);
}

/* --- reclaim, sharing, moving --- */

static long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long value = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

/* Pages that may be thrown away until they are written again. */
static void freed_lazily(void)
{
	memory_set_up(memory_private());
	memset(mem, 0x11, 4 * PAGE_SIZE);
	EXPECT_EQ(guest_read(GPA), 0x1111111111111111);
	REQUIRE_EQ(madvise(mem, 4 * PAGE_SIZE, MADV_FREE), 0);
	guest_write(GPA + 8, 0x2222);
	REQUIRE_EQ(madvise(mem, 4 * PAGE_SIZE, MADV_PAGEOUT), 0);
	EXPECT_EQ(*memory_word(8), 0x2222);
	EXPECT_EQ(guest_read(GPA + 8), 0x2222);
	both_ways(PAGE_SIZE);
}

static void paged_out(void)
{
	int i;

	memory_set_up(memory_private());
	for (i = 0; i < 16; i++)
		guest_write(GPA + i * PAGE_SIZE, 100 + i);
	for (i = 0; i < 3; i++) {
		REQUIRE_EQ(madvise(mem, SIZE, MADV_COLD), 0);
		REQUIRE_EQ(madvise(mem, SIZE, MADV_PAGEOUT), 0);
	}
	for (i = 0; i < 16; i++) {
		EXPECT_EQ(guest_read(GPA + i * PAGE_SIZE), 100 + i);
		EXPECT_EQ(*memory_word(i * PAGE_SIZE), 100 + i);
	}
	both_ways(0);
}

/* Pages of the same content become one, and part when one is written. */
static void merged(void)
{
	int i;

	memory_set_up(memory_private());
	memset(mem, 0x11, 8 * PAGE_SIZE);
	if (madvise(mem, SIZE, MADV_MERGEABLE))
		test_skip("the kernel merges no pages");
	for (i = 0; i < 8; i++)
		guest_write(GPA + i * PAGE_SIZE + 8, 0x33);
	host_write("/sys/kernel/mm/ksm/sleep_millisecs", "1");
	host_write("/sys/kernel/mm/ksm/pages_to_scan", "2000");
	REQUIRE_EQ(host_write("/sys/kernel/mm/ksm/run", "1"), 0);
	while (read_number("/sys/kernel/mm/ksm/pages_sharing") < 7)
		sched_yield();
	for (i = 0; i < 8; i++)
		EXPECT_EQ(guest_read(GPA + i * PAGE_SIZE + 8), 0x33);
	guest_write(GPA + 8, 0x44);
	*memory_word(PAGE_SIZE + 8) = 0x55;
	EXPECT_EQ(*memory_word(8), 0x44);
	EXPECT_EQ(guest_read(GPA + PAGE_SIZE + 8), 0x55);
	for (i = 2; i < 8; i++) {
		EXPECT_EQ(*memory_word(i * PAGE_SIZE + 8), 0x33);
		EXPECT_EQ(guest_read(GPA + i * PAGE_SIZE + 8), 0x33);
	}
	REQUIRE_EQ(host_write("/sys/kernel/mm/ksm/run", "2"), 0);
}

static uint64_t frame_of(const void *addr)
{
	return page_entry(addr) & PAGE_FRAME;
}

/*
 * The kernel moves pages together under a guest that writes to them. To have it
 * move some, every other page of a larger piece is given back.
 */
static void compacted(void)
{
	uint64_t before[64], total;
	struct runner runner;
	int i, moved = 0;
	uint8_t *around;

	/* A debug kernel takes its time. */
	test_timeout(60);
	around = memory_map(8 * SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memset(around, 1, 8 * SIZE);
	for (i = 0; i < 8 * (int)(SIZE / PAGE_SIZE); i += 2)
		REQUIRE_EQ(madvise(around + i * PAGE_SIZE, PAGE_SIZE,
				   MADV_DONTNEED), 0);
	memory_set_up(memory_private());
	memory_touch_start(&runner, GPA, ARRAY_SIZE(before));
	count_wait(&vm, 2);
	for (i = 0; i < (int)ARRAY_SIZE(before); i++)
		before[i] = frame_of(mem + i * PAGE_SIZE);
	for (i = 0; i < 3; i++) {
		if (host_write("/proc/sys/vm/compact_memory", "1"))
			test_skip("the kernel compacts no memory");
		count_wait(&vm, 2);
	}
	memory_touch_end(&runner);
	total = *vm_u64(&vm, COUNT_NOW);
	for (i = 0; i < (int)ARRAY_SIZE(before); i++) {
		moved += frame_of(mem + i * PAGE_SIZE) != before[i];
		EXPECT_EQ(*memory_word(i * PAGE_SIZE), total);
	}
	test_note("%d of 64 pages moved", moved);
}

/* --- memory whose pages come from elsewhere, or that has none --- */

/* The first address of a mapping of that name, or 0. */
static uintptr_t mapping_named(const char *name)
{
	FILE *file = fopen("/proc/self/maps", "r");
	uintptr_t start = 0;
	char line[256];

	REQUIRE(file);
	while (fgets(line, sizeof(line), file)) {
		if (!strstr(line, name))
			continue;
		start = strtoul(line, NULL, 16);
		break;
	}
	fclose(file);
	return start;
}

/* The vDSO's data: memory that is mapped by page frame. */
static void no_pages(void)
{
	uintptr_t vvar = mapping_named("[vvar");

	if (!vvar)
		test_skip("there is no vvar mapping");
	memory_set_up(NULL);
	mem = (uint8_t *)vvar;
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, PAGE_SIZE, mem, 0), 0);
	/* The clock's mode does not change; its sequence and time do. */
	EXPECT_EQ(guest_read(GPA) >> 32, *memory_word(0) >> 32);
	EXPECT_EQ(guest_read(GPA + 0xff8), *memory_word(0xff8));
	/* KVM says that it is nobody's memory to write to. */
	EXPECT(guest_access("memory_write", GPA, 1) == -EFAULT ||
	       exit_is_no_slot());
}

static unsigned long read_class(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned long class = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%lx", &class) != 1)
		class = 0;
	fclose(file);
	return class;
}

/*
 * A device's memory, as a program has it that gives the device to a guest: of a
 * display, the only one that may be written without harm.
 */
static void *map_display(void)
{
	void *addr = MAP_FAILED;
	glob_t found;
	size_t i;
	int fd;

	if (glob("/sys/bus/pci/devices/*/resource0", 0, NULL, &found))
		test_skip("there is no PCI device with memory");
	for (i = 0; i < found.gl_pathc && addr == MAP_FAILED; i++) {
		char path[128];

		snprintf(path, sizeof(path), "%.*s/class",
			 (int)(strrchr(found.gl_pathv[i], '/') -
			       found.gl_pathv[i]), found.gl_pathv[i]);
		if (read_class(path) >> 16 != 3)
			continue;
		fd = open(found.gl_pathv[i], O_RDWR);
		if (fd >= 0)
			addr = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE,
				    MAP_SHARED, fd, 0);
	}
	if (addr == MAP_FAILED)
		test_skip("there is no display with memory");
	return addr;
}

static void device_memory(void)
{
	uint64_t saved;

	memory_set_up(NULL);
	mem = map_display();
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, PAGE_SIZE, mem, 0), 0);
	saved = *memory_word(8);
	both_ways(8);
	*memory_word(8) = saved;
}

static void device_memory_logged(void)
{
	uint64_t saved, bits = 0;
	struct kvm_dirty_log log = { .slot = SLOT, .dirty_bitmap = &bits };

	memory_set_up(NULL);
	mem = map_display();
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, PAGE_SIZE, mem,
			       KVM_MEM_LOG_DIRTY_PAGES), 0);
	saved = *memory_word(8);
	EXPECT_EQ(guest_read(GPA + 8), saved);
	REQUIRE_EQ(dev_ioctl(vm.fd, KVM_GET_DIRTY_LOG, &log), 0);
	EXPECT_EQ(bits, 0);
	both_ways(8);
	REQUIRE_EQ(dev_ioctl(vm.fd, KVM_GET_DIRTY_LOG, &log), 0);
	EXPECT_EQ(bits, 1);
	*memory_word(8) = saved;
}

struct handler {
	int fd;
	int served;
};

/* Serves the faults of a range that nobody has filled yet. */
static void *serve_faults(void *arg)
{
	static uint8_t page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
	struct handler *handler = arg;
	struct uffdio_copy copy;
	struct uffd_msg msg;

	while (read(handler->fd, &msg, sizeof(msg)) == sizeof(msg)) {
		if (msg.event != UFFD_EVENT_PAGEFAULT)
			continue;
		handler->served++;
		memset(page, handler->served, sizeof(page));
		copy = (struct uffdio_copy) {
			.dst = msg.arg.pagefault.address & -PAGE_SIZE,
			.src = (uintptr_t)page,
			.len = PAGE_SIZE,
		};
		if (ioctl(handler->fd, UFFDIO_COPY, &copy))
			break;
	}
	return NULL;
}

/* Another thread of the process has the memory that the guest waits for. */
static void served_by_process(void)
{
	struct handler handler = { 0 };
	pthread_t thread;
	int i;

	memory_set_up(memory_private());
	handler.fd = memory_userfaultfd();
	REQUIRE_EQ(pthread_create(&thread, NULL, serve_faults, &handler), 0);
	EXPECT_EQ(guest_read(GPA + 0x5000), 0x0101010101010101);
	guest_write(GPA + 0x7008, 0x77);
	EXPECT_EQ(*memory_word(0x7000), 0x0202020202020202);
	EXPECT_EQ(*memory_word(0x7008), 0x77);
	EXPECT_EQ(handler.served, 2);
	/* One that nobody asked for has not been asked for. */
	EXPECT_EQ(guest_read(GPA + 0x6000), 0x0303030303030303);
	REQUIRE_EQ(madvise(mem + 0x5000, PAGE_SIZE, MADV_DONTNEED), 0);
	EXPECT_EQ(guest_read(GPA + 0x5000), 0x0404040404040404);
	/* Not even if it is easy to guess. */
	for (i = 0; i < 10; i++)
		guest_write(GPA + 0x10008 + i * PAGE_SIZE, i);
	EXPECT_EQ(handler.served, 14);
	EXPECT_EQ(guest_read(GPA + 0x1a000), 0x0f0f0f0f0f0f0f0f);
}

/*
 * Memory that the guest goes through may be had before it asks, but no more than
 * it has come to already; memory here and there may not.
 */
static void pages_ahead(void)
{
	int i;

	memory_set_up(memory_private());
	for (i = 0; i < 20; i++)
		guest_write(GPA + i * PAGE_SIZE, 100 + i);
	for (i = 0; i < 20; i++)
		EXPECT_EQ(*memory_word(i * PAGE_SIZE), 100 + i);
	for (i = 40; i < 100; i++)
		EXPECT(!frame_of(mem + i * PAGE_SIZE));
	for (i = 200; i < 300; i += 10) {
		guest_write(GPA + i * PAGE_SIZE, i);
		EXPECT(frame_of(mem + i * PAGE_SIZE));
		EXPECT(!frame_of(mem + (i + 1) * PAGE_SIZE));
	}
}

/* --- while the guest runs --- */

#define PAGES	8

/*
 * Take its pages away again and again, in every way that leaves memory there.
 * The guest never notices, and in the end both see the same.
 */
static void unsettled(void)
{
	struct runner runner;
	int i, status;
	pid_t pid;

	memory_set_up(memory_private());
	memory_touch_start(&runner, GPA, PAGES);
	for (i = 0; i < 12; i++) {
		count_wait(&vm, 10);
		EXPECT_EQ(madvise(mem, 2 * PAGE_SIZE, MADV_DONTNEED), 0);
		EXPECT(mmap(mem + 2 * PAGE_SIZE, PAGE_SIZE,
			    PROT_READ | PROT_WRITE,
			    MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
		       MAP_FAILED);
		__atomic_fetch_add(memory_word(3 * PAGE_SIZE), 1,
				   __ATOMIC_SEQ_CST);
		pid = fork();
		REQUIRE(pid >= 0);
		if (!pid)
			_exit(0);
		waitpid(pid, &status, 0);
	}
	count_wait(&vm, 10);
	memory_touch_end(&runner);
	/* Nothing but the guest, and 12 additions, wrote the fourth page. */
	EXPECT_EQ(*memory_word(3 * PAGE_SIZE), *vm_u64(&vm, COUNT_NOW) + 12);
	EXPECT_EQ(*memory_word(4 * PAGE_SIZE), *vm_u64(&vm, COUNT_NOW));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(guest_read(GPA + i * PAGE_SIZE),
			  *memory_word(i * PAGE_SIZE));
}

static const struct test tests[] = {
	{ "mmu_shared_both_ways", shared_both_ways },
	{ "mmu_fresh_page", fresh_page },
	{ "mmu_unmapped", unmapped },
	{ "mmu_unmapped_tells_flags", unmapped_tells_flags },
	{ "mmu_never_mapped", never_mapped },
	{ "mmu_dropped", dropped },
	{ "mmu_write_protected", write_protected },
	{ "mmu_replaced", replaced },
	{ "mmu_moved_away", moved_away },
	{ "mmu_copied_on_write", copied_on_write },
	{ "mmu_file_shared", file_shared },
	{ "mmu_file_private", file_private },
	{ "mmu_file_read_only", file_read_only },
	{ "mmu_file_truncated", file_truncated },
	{ "mmu_file_other_process", file_other_process },
	{ "mmu_freed_lazily", freed_lazily },
	{ "mmu_paged_out", paged_out },
	{ "mmu_merged", merged },
	{ "mmu_compacted", compacted },
	{ "mmu_no_pages", no_pages },
	{ "mmu_device_memory", device_memory },
	{ "mmu_device_memory_logged", device_memory_logged },
	{ "mmu_served_by_process", served_by_process },
	{ "mmu_pages_ahead", pages_ahead },
	{ "mmu_unsettled", unsettled },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
