// SPDX-License-Identifier: GPL-2.0
/*
 * Memory slots, and the process's memory behind them: the guest sees at any
 * time what the process would see at that address, whatever the process does
 * to its address space.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define SLOT		1
#define GPA		0x1000000	/* of the slot under test */
#define SIZE		0x200000

static struct vm vm;
static struct vcpu vcpu;
static uint8_t *mem;		/* behind the slot under test */

static void *map(size_t size, int prot, int flags, int fd)
{
	void *addr = mmap(NULL, size, prot, flags, fd, 0);

	REQUIRE(addr != MAP_FAILED);
	return addr;
}

static void set_up(void *behind)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	mem = behind;
	if (behind)
		REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, SIZE, mem, 0), 0);
}

static void *private_memory(void)
{
	return map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		   -1);
}

static volatile uint64_t *word(uint64_t offset)
{
	return (volatile uint64_t *)(mem + offset);
}

/* --- accesses by the guest --- */

static int guest_access(const char *guest, uint64_t gpa, uint64_t rax)
{
	struct kvm_regs regs;

	vcpu_load(&vcpu, guest);
	vcpu_get_regs(&vcpu, &regs);
	regs.rax = rax;
	regs.rbx = gpa;
	vcpu_set_regs(&vcpu, &regs);
	return vcpu_run(&vcpu);
}

static uint64_t guest_read(uint64_t gpa)
{
	struct kvm_regs regs;

	REQUIRE_EQ(guest_access("memory_read", gpa, 0x5555), 0);
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	return regs.rax;
}

static void guest_write(uint64_t gpa, uint64_t value)
{
	REQUIRE_EQ(guest_access("memory_write", gpa, value), 0);
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
}

/* No slot: the access is one for userspace, decoded or not. */
static bool exit_is_no_slot(void)
{
	return vcpu.run->exit_reason == KVM_EXIT_MMIO ||
	       vcpu.run->exit_reason == KVM_EXIT_INTERNAL_ERROR;
}

static bool guest_misses(uint64_t gpa)
{
	bool missed;

	REQUIRE_EQ(guest_access("memory_read", gpa, 0), 0);
	missed = exit_is_no_slot();
	/* A read that was decoded waits for its data: let it end. */
	if (vcpu.run->exit_reason == KVM_EXIT_MMIO)
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	return missed;
}

/* --- the ioctl --- */

struct slot_case {
	const char *what;
	uint32_t slot;
	uint64_t gpa;
	uint64_t size;
	long offset;		/* from the memory behind the slot */
	uint32_t flags;
	long ret;
};

/* The slot under test exists; other slots are to be created or not. */
static const struct slot_case slot_cases[] = {
	{ "size not a page", 2, 2 * GPA, 0x1800, 0, 0, -EINVAL },
	{ "size of one byte", 2, 2 * GPA, 1, 0, 0, -EINVAL },
	{ "address not a page", 2, 2 * GPA + 0x10, 0x1000, 0, 0, -EINVAL },
	{ "process's address not a page", 2, 2 * GPA, 0x1000, 8, 0, -EINVAL },
	{ "wraps around", 2, -0x1000ULL, 0x2000, 0, 0, -EINVAL },
	{ "ends beyond the process", 2, 2 * GPA, 1ULL << 47, 0, 0, -EINVAL },
	{ "huge", 2, 0, 1ULL << 60, 0, 0, -EINVAL },
	{ "huge, negative", 2, 0, 1ULL << 63, 0, 0, -EINVAL },
	{ "the kernel's memory", 2, 2 * GPA, 0x1000, 1L << 62, 0, -EINVAL },
	{ "unknown flag", 2, 2 * GPA, 0x1000, 0, 1 << 4, -EINVAL },
	{ "last flag", 2, 2 * GPA, 0x1000, 0, 1U << 31, -EINVAL },
	{ "slot -1", -1U, 2 * GPA, 0x1000, 0, 0, -EINVAL },
	{ "slot 2^31", 1U << 31, 2 * GPA, 0x1000, 0, 0, -EINVAL },
	{ "the same again", SLOT, GPA, SIZE, 0, 0, 0 },
	{ "grow", SLOT, GPA, SIZE + 0x1000, 0, 0, -EINVAL },
	{ "shrink", SLOT, GPA, SIZE - 0x1000, 0, 0, -EINVAL },
	{ "other memory", SLOT, GPA, SIZE, -0x1000, 0, -EINVAL },
	{ "overlaps the whole", 2, GPA, SIZE, 0, 0, -EEXIST },
	{ "overlaps the first page", 2, GPA - 0x1000, 0x2000, 0, 0, -EEXIST },
	{ "overlaps the last page", 2, GPA + SIZE - 0x1000, 0x2000, 0, 0,
	  -EEXIST },
	{ "inside", 2, GPA + 0x1000, 0x1000, 0, 0, -EEXIST },
	{ "around", 2, GPA - 0x1000, SIZE + 0x2000, 0, 0, -EEXIST },
	{ "move over another", SLOT, GUEST_SIZE - 0x1000, SIZE, 0, 0,
	  -EEXIST },
	{ "delete what is not", 2, GPA, 0, 0, 0, -EINVAL },
	{ "right before", 2, GPA - 0x1000, 0x1000, 0, 0, 0 },
	{ "right behind", 3, GPA + SIZE, 0x1000, 0, 0, 0 },
	{ "delete", 2, 0, 0, 0, 0, 0 },
	{ "delete twice", 2, 0, 0, 0, 0, -EINVAL },
	{ "create again, of another size", 2, GPA - 0x4000, 0x4000, 0, 0, 0 },
};

static void slot_arguments(void)
{
	long max;
	size_t i;

	set_up(private_memory());
	*word(0) = 0x1234;
	for (i = 0; i < ARRAY_SIZE(slot_cases); i++) {
		const struct slot_case *c = &slot_cases[i];

		test_context("%s", c->what);
		EXPECT_EQ(vm_set_slot(&vm, c->slot, c->gpa, c->size,
				      (void *)((long)mem + c->offset),
				      c->flags), c->ret);
		EXPECT_EQ(guest_read(GPA), 0x1234);
	}
	test_context("the first slot number that is too large");
	max = dev_ioctl(vm.fd, KVM_CHECK_EXTENSION,
			(void *)(long)KVM_CAP_NR_MEMSLOTS);
	EXPECT(max >= 32);
	EXPECT_EQ(vm_set_slot(&vm, max, 3 * GPA, 0x1000, mem, 0), -EINVAL);
	EXPECT_EQ(vm_set_slot(&vm, max - 1, 3 * GPA, 0x1000, mem, 0), 0);
	EXPECT_EQ(guest_read(3 * GPA), 0x1234);
}

static void slot_delete(void)
{
	set_up(private_memory());
	*word(8) = 0x4711;
	EXPECT_EQ(guest_read(GPA + 8), 0x4711);
	EXPECT_EQ(vm_set_slot(&vm, SLOT, GPA, 0, mem, 0), 0);
	EXPECT(guest_misses(GPA + 8));
	EXPECT_EQ(*word(8), 0x4711);
	EXPECT_EQ(vm_set_slot(&vm, SLOT, GPA, 0x1000, mem + 0x1000, 0), 0);
	EXPECT_EQ(guest_read(GPA + 8), 0);
	EXPECT(guest_misses(GPA + 0x1000));
}

static void slot_move(void)
{
	set_up(private_memory());
	*word(8) = 0x4711;
	EXPECT_EQ(guest_read(GPA + 8), 0x4711);
	EXPECT_EQ(vm_set_slot(&vm, SLOT, 2 * GPA, SIZE, mem, 0), 0);
	EXPECT_EQ(guest_read(2 * GPA + 8), 0x4711);
	EXPECT(guest_misses(GPA + 8));
}

static void slot_delete_while_running(void)
{
	struct runner runner;
	struct kvm_regs regs;

	set_up(private_memory());
	vcpu_load(&vcpu, "memory_read_loop");
	vcpu_get_regs(&vcpu, &regs);
	regs.rbx = GPA;
	vcpu_set_regs(&vcpu, &regs);
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1000);
	EXPECT_EQ(vm_set_slot(&vm, SLOT, GPA, 0, mem, 0), 0);
	EXPECT_EQ(runner_wait(&runner), 0);
	EXPECT(exit_is_no_slot());
}

#define MANY	30

static void slot_many(void)
{
	int i;

	set_up(NULL);
	mem = private_memory();
	for (i = 0; i < MANY; i++) {
		test_context("slot %d", i + 1);
		*word(i * PAGE_SIZE) = 1000 + i;
		REQUIRE_EQ(vm_set_slot(&vm, i + 1, GPA + (i ^ 5) * 0x3000,
				       PAGE_SIZE, mem + i * PAGE_SIZE, 0), 0);
	}
	for (i = 0; i < MANY; i++) {
		test_context("slot %d", i + 1);
		EXPECT_EQ(guest_read(GPA + (i ^ 5) * 0x3000), 1000 + i);
		EXPECT(guest_misses(GPA + (i ^ 5) * 0x3000 + 0x1000));
	}
}

/* Two slots that meet in the guest, but not in the process. */
static void slot_access_over_boundary(void)
{
	set_up(NULL);
	mem = private_memory();
	REQUIRE_EQ(vm_set_slot(&vm, 1, GPA, 0x1000, mem + 0x8000, 0), 0);
	REQUIRE_EQ(vm_set_slot(&vm, 2, GPA + 0x1000, 0x1000, mem, 0), 0);
	guest_write(GPA + 0xffc, 0x1122334455667788);
	EXPECT_EQ(*(uint32_t *)(mem + 0x8ffc), 0x55667788);
	EXPECT_EQ(*(uint32_t *)mem, 0x11223344);
	EXPECT_EQ(guest_read(GPA + 0xffc), 0x1122334455667788);
}

/* Beyond 4 GiB, through the hole in the guest's map. */
static void slot_above_4g(void)
{
	struct kvm_regs regs;

	set_up(NULL);
	mem = private_memory();
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, 0x140000000, SIZE, mem, 0), 0);
	*word(0x3000) = 0x77;
	vcpu_load(&vcpu, "memory_read");
	*vm_u64(&vm, GUEST_PD + (GUEST_HOLE >> 21) * 8) = 0x140000083;
	vcpu_get_regs(&vcpu, &regs);
	regs.rbx = GUEST_HOLE + 0x3000;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rax, 0x77);
}

/* Only where the capability says that there are such slots. */
static void slot_read_only(void)
{
	set_up(NULL);
	if (dev_ioctl(vm.fd, KVM_CHECK_EXTENSION,
		      (void *)(long)KVM_CAP_READONLY_MEM) <= 0)
		test_skip("no KVM_CAP_READONLY_MEM");
	mem = private_memory();
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, SIZE, mem, KVM_MEM_READONLY), 0);
	*word(8) = 0x99;
	EXPECT_EQ(guest_read(GPA + 8), 0x99);
	REQUIRE_EQ(guest_access("memory_write", GPA + 8, 1), 0);
	EXPECT(exit_is_no_slot());
	EXPECT_EQ(*word(8), 0x99);
}

/* --- the process's memory --- */

static void both_ways(uint64_t offset)
{
	*word(offset) = 0x1111;
	EXPECT_EQ(guest_read(GPA + offset), 0x1111);
	guest_write(GPA + offset, 0x2222);
	EXPECT_EQ(*word(offset), 0x2222);
	*word(offset) = 0x3333;
	EXPECT_EQ(guest_read(GPA + offset), 0x3333);
}

static void shared_both_ways(void)
{
	set_up(private_memory());
	both_ways(0);
	both_ways(SIZE - 8);
	both_ways(0x12340);
}

/* Read before it was ever written: a page of zeroes that is nobody's yet. */
static void fresh_page(void)
{
	set_up(private_memory());
	EXPECT_EQ(guest_read(GPA), 0);
	*word(0) = 0x1111;
	EXPECT_EQ(guest_read(GPA), 0x1111);
	EXPECT_EQ(guest_read(GPA + 0x1000), 0);
	guest_write(GPA + 0x1000, 0x2222);
	EXPECT_EQ(*word(0x1000), 0x2222);
	guest_write(GPA + 0x2000, 0x3333);
	EXPECT_EQ(*word(0x2000), 0x3333);
}

static void unmapped(void)
{
	void *addr;

	set_up(private_memory());
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

static void never_mapped(void)
{
	void *nothing;

	set_up(NULL);
	nothing = private_memory();
	REQUIRE_EQ(munmap(nothing, SIZE), 0);
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, SIZE, nothing, 0), 0);
	EXPECT_EQ(guest_access("memory_read", GPA, 0), -EFAULT);
	EXPECT_EQ(vm_set_slot(&vm, SLOT, GPA, 0, nothing, 0), 0);
	EXPECT(guest_misses(GPA));
}

static void dropped(void)
{
	set_up(private_memory());
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
	set_up(private_memory());
	both_ways(0);
	REQUIRE_EQ(mprotect(mem, PAGE_SIZE, PROT_READ), 0);
	EXPECT_EQ(guest_read(GPA), 0x3333);
	EXPECT_EQ(guest_access("memory_write", GPA, 0x4444), -EFAULT);
	EXPECT_EQ(*word(0), 0x3333);
	REQUIRE_EQ(mprotect(mem, PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(*word(0), 0x4444);
	REQUIRE_EQ(mprotect(mem, PAGE_SIZE, PROT_NONE), 0);
	EXPECT_EQ(guest_access("memory_read", GPA, 0), -EFAULT);
	REQUIRE_EQ(mprotect(mem, PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
	both_ways(0);
}

static void replaced(void)
{
	void *addr;

	set_up(private_memory());
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

	set_up(private_memory());
	both_ways(0);
	away = mremap(mem, PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
		      private_memory());
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
	_exit(*word(0) != old || *word(0x1000) != old);
}

static void copied_on_write(void)
{
	int pipe_fd[2], status;
	pid_t pid;

	set_up(private_memory());
	*word(0) = 0x1111;
	*word(0x1000) = 0x1111;
	EXPECT_EQ(guest_read(GPA), 0x1111);
	guest_write(GPA + 0x1000, 0x1111);
	REQUIRE_EQ(pipe(pipe_fd), 0);
	pid = fork_reader(pipe_fd, 0x1111);
	/* The process writes one, the guest the other: both get a copy. */
	*word(0) = 0x2222;
	EXPECT_EQ(guest_read(GPA), 0x2222);
	guest_write(GPA + 0x1000, 0x3333);
	EXPECT_EQ(*word(0x1000), 0x3333);
	guest_write(GPA, 0x4444);
	EXPECT_EQ(*word(0), 0x4444);
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

	set_up(map(SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd));
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

	set_up(map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd));
	REQUIRE_EQ(pwrite(fd, &value, 8, 0), 8);
	EXPECT_EQ(guest_read(GPA), 0x5678);
	guest_write(GPA, 0x1111);
	EXPECT_EQ(*word(0), 0x1111);
	EXPECT_EQ(file_word(fd, 0), 0x5678);
}

static void file_read_only(void)
{
	uint64_t value = 0x5678;
	int fd = new_file();

	REQUIRE_EQ(pwrite(fd, &value, 8, 0), 8);
	set_up(map(SIZE, PROT_READ, MAP_SHARED, fd));
	EXPECT_EQ(guest_read(GPA), 0x5678);
	EXPECT_EQ(guest_access("memory_write", GPA, 1), -EFAULT);
	EXPECT_EQ(file_word(fd, 0), 0x5678);
}

static void file_truncated(void)
{
	int fd = new_file();

	set_up(map(SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd));
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
	set_up(map(SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd));
	EXPECT_EQ(guest_read(GPA), 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		*word(0) = value;
		_exit(0);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(guest_read(GPA), value);
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
	struct kvm_regs regs;
	int i, status;
	pid_t pid;

	set_up(private_memory());
	vcpu_load(&vcpu, "memory_touch_loop");
	vcpu_get_regs(&vcpu, &regs);
	regs.rbx = GPA;
	regs.rsi = PAGES;
	vcpu_set_regs(&vcpu, &regs);
	runner_start(&runner, &vcpu, -1);
	for (i = 0; i < 12; i++) {
		count_wait(&vm, 10);
		EXPECT_EQ(madvise(mem, 2 * PAGE_SIZE, MADV_DONTNEED), 0);
		EXPECT(mmap(mem + 2 * PAGE_SIZE, PAGE_SIZE,
			    PROT_READ | PROT_WRITE,
			    MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
		       MAP_FAILED);
		__atomic_fetch_add(word(3 * PAGE_SIZE), 1, __ATOMIC_SEQ_CST);
		pid = fork();
		REQUIRE(pid >= 0);
		if (!pid)
			_exit(0);
		waitpid(pid, &status, 0);
	}
	count_wait(&vm, 10);
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	/* Nothing but the guest, and 12 additions, wrote the fourth page. */
	EXPECT_EQ(*word(3 * PAGE_SIZE), *vm_u64(&vm, COUNT_NOW) + 12);
	EXPECT_EQ(*word(4 * PAGE_SIZE), *vm_u64(&vm, COUNT_NOW));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(guest_read(GPA + i * PAGE_SIZE),
			  *word(i * PAGE_SIZE));
}

static const struct test tests[] = {
	{ "memory_slot_arguments", slot_arguments },
	{ "memory_slot_delete", slot_delete },
	{ "memory_slot_move", slot_move },
	{ "memory_slot_delete_while_running", slot_delete_while_running },
	{ "memory_slot_many", slot_many },
	{ "memory_slot_access_over_boundary", slot_access_over_boundary },
	{ "memory_slot_above_4g", slot_above_4g },
	{ "memory_slot_read_only", slot_read_only },
	{ "memory_shared_both_ways", shared_both_ways },
	{ "memory_fresh_page", fresh_page },
	{ "memory_unmapped", unmapped },
	{ "memory_never_mapped", never_mapped },
	{ "memory_dropped", dropped },
	{ "memory_write_protected", write_protected },
	{ "memory_replaced", replaced },
	{ "memory_moved_away", moved_away },
	{ "memory_copied_on_write", copied_on_write },
	{ "memory_file_shared", file_shared },
	{ "memory_file_private", file_private },
	{ "memory_file_read_only", file_read_only },
	{ "memory_file_truncated", file_truncated },
	{ "memory_file_other_process", file_other_process },
	{ "memory_unsettled", unsettled },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
