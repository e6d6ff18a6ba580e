// SPDX-License-Identifier: GPL-2.0
/*
 * Memory slots: creating, moving, changing and deleting them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <linux/userfaultfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness_memory.h"

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
	{ "a tag in the process's address", 2, 2 * GPA, 0x1000, 1L << 57, 0,
	  -EINVAL },
	{ "unknown flag", 2, 2 * GPA, 0x1000, 0, 1 << 4, -EINVAL },
	{ "more pages than there are numbers", 2, 2 * GPA, 1ULL << 43, 0, 0,
	  -EINVAL },
	{ "another address space", 2 << 16 | 2, 2 * GPA, 0x1000, 0, 0,
	  -EINVAL },
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

	memory_set_up(memory_private());
	*memory_word(0) = 0x1234;
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
	memory_set_up(memory_private());
	*memory_word(8) = 0x4711;
	EXPECT_EQ(guest_read(GPA + 8), 0x4711);
	EXPECT_EQ(vm_set_slot(&vm, SLOT, GPA, 0, mem, 0), 0);
	EXPECT(guest_misses(GPA + 8));
	EXPECT_EQ(*memory_word(8), 0x4711);
	EXPECT_EQ(vm_set_slot(&vm, SLOT, GPA, 0x1000, mem + 0x1000, 0), 0);
	EXPECT_EQ(guest_read(GPA + 8), 0);
	EXPECT(guest_misses(GPA + 0x1000));
}

static void slot_move(void)
{
	memory_set_up(memory_private());
	*memory_word(8) = 0x4711;
	EXPECT_EQ(guest_read(GPA + 8), 0x4711);
	EXPECT_EQ(vm_set_slot(&vm, SLOT, 2 * GPA, SIZE, mem, 0), 0);
	EXPECT_EQ(guest_read(2 * GPA + 8), 0x4711);
	EXPECT(guest_misses(GPA + 8));
}

/* To addresses some of which it has had already. */
static void slot_move_over_itself(void)
{
	memory_set_up(memory_private());
	*memory_word(8) = 0x4711;
	*memory_word(PAGE_SIZE + 8) = 0x4712;
	EXPECT_EQ(guest_read(GPA + PAGE_SIZE + 8), 0x4712);
	EXPECT_EQ(vm_set_slot(&vm, SLOT, GPA + PAGE_SIZE, SIZE, mem, 0), 0);
	EXPECT_EQ(guest_read(GPA + PAGE_SIZE + 8), 0x4711);
	EXPECT_EQ(guest_read(GPA + 2 * PAGE_SIZE + 8), 0x4712);
	EXPECT(guest_misses(GPA + 8));
}

/* There and back, while the guest writes elsewhere: it is not disturbed. */
static void slot_move_while_running(void)
{
	struct runner runner;
	uint8_t *other = memory_private();
	int i;

	memory_set_up(memory_private());
	REQUIRE_EQ(vm_set_slot(&vm, 2, 4 * GPA, SIZE, other, 0), 0);
	guest_write(4 * GPA, 0x77);
	memory_touch_start(&runner, GPA, 4);
	for (i = 0; i < 50; i++) {
		count_wait(&vm, 1);
		REQUIRE_EQ(vm_set_slot(&vm, 2, (3 + i % 2) * GPA, SIZE, other,
				       0), 0);
	}
	memory_touch_end(&runner);
	EXPECT_EQ(*memory_word(3 * PAGE_SIZE), *vm_u64(&vm, COUNT_NOW));
	EXPECT_EQ(guest_read(4 * GPA), 0x77);
	EXPECT(guest_misses(3 * GPA));
}

static void slot_delete_while_running(void)
{
	struct runner runner;
	struct kvm_regs regs;

	memory_set_up(memory_private());
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

	memory_set_up(NULL);
	mem = memory_private();
	for (i = 0; i < MANY; i++) {
		test_context("slot %d", i + 1);
		*memory_word(i * PAGE_SIZE) = 1000 + i;
		REQUIRE_EQ(vm_set_slot(&vm, i + 1, GPA + (i ^ 5) * 0x3000,
				       PAGE_SIZE, mem + i * PAGE_SIZE, 0), 0);
	}
	for (i = 0; i < MANY; i++) {
		test_context("slot %d", i + 1);
		EXPECT_EQ(guest_read(GPA + (i ^ 5) * 0x3000), 1000 + i);
		EXPECT(guest_misses(GPA + (i ^ 5) * 0x3000 + 0x1000));
	}
}

/* All of them have to be found when the memory goes. */
static void slot_many_over_one_page(void)
{
	int i;

	memory_set_up(NULL);
	mem = memory_private();
	for (i = 0; i < MANY; i++)
		REQUIRE_EQ(vm_set_slot(&vm, i + 1, GPA + i * 0x3000, PAGE_SIZE,
				       mem, 0), 0);
	for (i = 0; i < MANY; i++)
		guest_write(GPA + i * 0x3000 + i * 8, 1000 + i);
	for (i = 0; i < MANY; i++)
		EXPECT_EQ(*memory_word(i * 8), 1000 + i);
	REQUIRE_EQ(madvise(mem, PAGE_SIZE, MADV_DONTNEED), 0);
	for (i = 0; i < MANY; i++)
		EXPECT_EQ(guest_read(GPA + i * 0x3000 + i * 8), 0);
}

/* Two slots that meet in the guest, but not in the process. */
static void slot_access_over_boundary(void)
{
	memory_set_up(NULL);
	mem = memory_private();
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

	memory_set_up(NULL);
	mem = memory_private();
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, 0x140000000, SIZE, mem, 0), 0);
	*memory_word(0x3000) = 0x77;
	vcpu_load(&vcpu, "memory_read");
	*vm_u64(&vm, GUEST_PD + (GUEST_HOLE >> 21) * 8) = 0x140000083;
	vcpu_get_regs(&vcpu, &regs);
	regs.rbx = GUEST_HOLE + 0x3000;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rax, 0x77);
}

/* --- while something is copied into a slot --- */

#define BYTE		0x5a
#define LONG_ENOUGH	200	/* ms in which a slot would have left */

/* A thread that moves or deletes the slot under test, and then says so. */
struct leaver {
	pthread_t thread;
	uint64_t size;
	uint32_t flags;
	long ret;
	int told[2];
};

static void *leave(void *arg)
{
	struct leaver *leaver = arg;

	leaver->ret = vm_set_slot(&vm, SLOT, 2 * GPA, leaver->size, mem,
				  leaver->flags);
	if (write(leaver->told[1], "", 1) != 1)
		leaver->ret = -EIO;
	return NULL;
}

/*
 * An INS is on its way to the slot's first page, which is not there any more: it
 * was when the guest began.
 */
static int copy_begin(struct runner *runner)
{
	struct uffd_msg msg;
	struct kvm_regs regs;
	int fd;

	vcpu_load(&vcpu, "io_long_ins8");
	vcpu_get_regs(&vcpu, &regs);
	regs.rdx = 0x99;
	regs.rdi = GPA;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_IO);
	*(uint8_t *)vcpu_io_data(&vcpu) = BYTE;
	REQUIRE_EQ(madvise(mem, PAGE_SIZE, MADV_DONTNEED), 0);
	fd = memory_userfaultfd();
	runner_start(runner, &vcpu, -1);
	REQUIRE_EQ(read(fd, &msg, sizeof(msg)), sizeof(msg));
	REQUIRE_EQ(msg.event, UFFD_EVENT_PAGEFAULT);
	return fd;
}

static void copy_end(struct runner *runner, int fd)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (uintptr_t)mem, .len = PAGE_SIZE },
	};

	REQUIRE_EQ(dev_ioctl(fd, UFFDIO_ZEROPAGE, &zero), 0);
	EXPECT_EQ(runner_wait(runner), 0);
}

/* When the ioctl returns, the memory is the process's again. */
static void leaves_after_copy(struct leaver *leaver)
{
	struct pollfd told;
	struct runner runner;
	int fd = copy_begin(&runner);

	REQUIRE_EQ(pipe(leaver->told), 0);
	told = (struct pollfd) { .fd = leaver->told[0], .events = POLLIN };
	REQUIRE_EQ(pthread_create(&leaver->thread, NULL, leave, leaver), 0);
	EXPECT_EQ(poll(&told, 1, LONG_ENOUGH), 0);
	copy_end(&runner, fd);
	REQUIRE_EQ(pthread_join(leaver->thread, NULL), 0);
	EXPECT_EQ(leaver->ret, 0);
	EXPECT_EQ(*mem, BYTE);
	close(fd);
}

static void delete_while_copied_to(void)
{
	struct leaver leaver = { .size = 0 };

	memory_set_up(memory_private());
	leaves_after_copy(&leaver);
	EXPECT(guest_misses(GPA));
}

/* The log that moves with it knows of the copy. */
static void move_while_copied_to(void)
{
	struct leaver leaver = {
		.size = SIZE, .flags = KVM_MEM_LOG_DIRTY_PAGES,
	};
	uint64_t bits[SIZE / PAGE_SIZE / 64] = { 0 };
	struct kvm_dirty_log log = { .slot = SLOT, .dirty_bitmap = bits };

	memory_set_up(NULL);
	mem = memory_private();
	REQUIRE_EQ(memory_set_flags(KVM_MEM_LOG_DIRTY_PAGES), 0);
	leaves_after_copy(&leaver);
	EXPECT_EQ(dev_ioctl(vm.fd, KVM_GET_DIRTY_LOG, &log), 0);
	EXPECT_EQ(bits[0], 1);
	EXPECT_EQ(guest_read(2 * GPA), BYTE);
}

/* --- read-only slots --- */

static void read_only(void)
{
	memory_set_up(NULL);
	REQUIRE(dev_ioctl(vm.fd, KVM_CHECK_EXTENSION,
			  (void *)(long)KVM_CAP_READONLY_MEM) > 0);
	mem = memory_private();
	REQUIRE_EQ(memory_set_flags(KVM_MEM_READONLY), 0);
	*memory_word(8) = 0x99;
	EXPECT_EQ(guest_read(GPA + 8), 0x99);
	REQUIRE_EQ(guest_access("memory_write", GPA + 8, 1), 0);
	EXPECT(exit_is_no_slot());
	EXPECT_EQ(*memory_word(8), 0x99);
	/* The process may write what the guest may not. */
	*memory_word(8) = 0x98;
	EXPECT_EQ(guest_read(GPA + 8), 0x98);
}

/* Memory that the process cannot write itself is good enough to read. */
static void read_only_memory(void)
{
	memory_set_up(NULL);
	mem = memory_private();
	*memory_word(8) = 0x99;
	REQUIRE_EQ(mprotect(mem, SIZE, PROT_READ), 0);
	REQUIRE_EQ(memory_set_flags(KVM_MEM_READONLY), 0);
	EXPECT_EQ(guest_read(GPA + 8), 0x99);
	EXPECT_EQ(guest_read(GPA + PAGE_SIZE), 0);
	REQUIRE_EQ(guest_access("memory_write", GPA + 8, 1), 0);
	EXPECT(exit_is_no_slot());
	EXPECT_EQ(*memory_word(8), 0x99);
}

/* The same memory, once to write and once to read. */
static void read_only_alias(void)
{
	memory_set_up(memory_private());
	REQUIRE_EQ(vm_set_slot(&vm, 2, 2 * GPA, SIZE, mem, KVM_MEM_READONLY),
		   0);
	guest_write(GPA + 8, 0x77);
	EXPECT_EQ(guest_read(2 * GPA + 8), 0x77);
	REQUIRE_EQ(guest_access("memory_write", 2 * GPA + 8, 1), 0);
	EXPECT(exit_is_no_slot());
	guest_write(GPA + 8, 0x78);
	EXPECT_EQ(guest_read(2 * GPA + 8), 0x78);
}

static void read_only_change(void)
{
	memory_set_up(memory_private());
	EXPECT_EQ(memory_set_flags(KVM_MEM_READONLY), -EINVAL);
	EXPECT_EQ(vm_set_slot(&vm, SLOT, 2 * GPA, SIZE, mem, KVM_MEM_READONLY),
		  -EINVAL);
	guest_write(GPA, 1);
	/* Once it has gone, it may come back as anything. */
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, 0, mem, 0), 0);
	REQUIRE_EQ(memory_set_flags(KVM_MEM_READONLY), 0);
	EXPECT_EQ(guest_read(GPA), 1);
	REQUIRE_EQ(guest_access("memory_write", GPA, 2), 0);
	EXPECT(exit_is_no_slot());
	EXPECT_EQ(memory_set_flags(0), -EINVAL);
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, 2 * GPA, SIZE, mem,
			       KVM_MEM_READONLY), 0);
	EXPECT_EQ(guest_read(2 * GPA), 1);
}

/*
 * Page tables in memory that the guest may not write to. That they have been
 * accessed is in them already: the processor has nothing to write.
 */
static void read_only_tables(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	memory_set_up(NULL);
	mem = memory_private();
	vcpu_load(&vcpu, "memory_read");
	*memory_word(0) = GUEST_PDPT | 0x23;
	*memory_word(0x1008) = 0x4711;
	REQUIRE_EQ(memory_set_flags(KVM_MEM_READONLY), 0);
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr3 = GPA;
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_get_regs(&vcpu, &regs);
	regs.rbx = GPA + 0x1008;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rax, 0x4711);
	EXPECT_EQ(*memory_word(0), GUEST_PDPT | 0x23);
	/* A write of its own is userspace's as ever. */
	REQUIRE_EQ(guest_access("memory_write", GPA + 0x1008, 1), 0);
	EXPECT(exit_is_no_slot());
	EXPECT_EQ(*memory_word(0x1008), 0x4711);
}

static const struct test tests[] = {
	{ "memory_slot_arguments", slot_arguments },
	{ "memory_slot_delete", slot_delete },
	{ "memory_slot_move", slot_move },
	{ "memory_slot_delete_while_running", slot_delete_while_running },
	{ "memory_slot_many", slot_many },
	{ "memory_slot_many_over_one_page", slot_many_over_one_page },
	{ "memory_slot_access_over_boundary", slot_access_over_boundary },
	{ "memory_slot_above_4g", slot_above_4g },
	{ "memory_slot_move_over_itself", slot_move_over_itself },
	{ "memory_slot_move_while_running", slot_move_while_running },
	{ "memory_delete_while_copied_to", delete_while_copied_to },
	{ "memory_move_while_copied_to", move_while_copied_to },
	{ "memory_read_only", read_only },
	{ "memory_read_only_memory", read_only_memory },
	{ "memory_read_only_alias", read_only_alias },
	{ "memory_read_only_change", read_only_change },
	{ "memory_read_only_tables", read_only_tables },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
