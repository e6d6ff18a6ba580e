// SPDX-License-Identifier: GPL-2.0
/*
 * The log of what a guest has written.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "harness_memory.h"

#define PAGES		((int)(SIZE / PAGE_SIZE))
#define WORDS		(PAGES / 64)
#define MANUAL		KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE
#define INITIALLY	KVM_DIRTY_LOG_INITIALLY_SET
/* After the bits of the log, to see that no more than these are written. */
#define GUARD		0x5aa55aa55aa55aa5

static uint64_t bits[WORDS + 1];

static long get_log(uint32_t slot, void *bitmap)
{
	struct kvm_dirty_log log = { .slot = slot, .dirty_bitmap = bitmap };

	return dev_ioctl(vm.fd, KVM_GET_DIRTY_LOG, &log);
}

static void read_log(void)
{
	memset(bits, 0xff, sizeof(bits));
	bits[WORDS] = GUARD;
	REQUIRE_EQ(get_log(SLOT, bits), 0);
	EXPECT_EQ(bits[WORDS], GUARD);
}

static bool is_dirty(uint64_t page)
{
	return bits[page / 64] >> (page % 64) & 1;
}

static int count_dirty(void)
{
	int i, n = 0;

	for (i = 0; i < WORDS; i++)
		n += __builtin_popcountll(bits[i]);
	return n;
}

/* The log has this page and no other. */
static void expect_only(uint64_t page)
{
	read_log();
	EXPECT(is_dirty(page));
	EXPECT_EQ(count_dirty(), 1);
}

static void expect_none(void)
{
	read_log();
	EXPECT_EQ(count_dirty(), 0);
}

static long clear_log(uint32_t slot, uint64_t first, uint32_t n, void *bitmap)
{
	struct kvm_clear_dirty_log log = {
		.slot = slot, .first_page = first, .num_pages = n,
		.dirty_bitmap = bitmap,
	};

	return dev_ioctl(vm.fd, KVM_CLEAR_DIRTY_LOG, &log);
}

static long set_manual(uint64_t mode, uint32_t flags)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
		.flags = flags,
		.args = { mode },
	};

	return dev_ioctl(vm.fd, KVM_ENABLE_CAP, &cap);
}

static void set_up(uint64_t manual, uint32_t flags)
{
	memory_set_up(NULL);
	mem = memory_private();
	if (manual)
		REQUIRE_EQ(set_manual(manual, 0), 0);
	REQUIRE_EQ(memory_set_flags(flags), 0);
}

static void arguments(void)
{
	set_up(0, 0);
	EXPECT_EQ(get_log(SLOT, bits), -ENOENT);
	EXPECT_EQ(clear_log(SLOT, 0, 64, bits), -ENOENT);
	EXPECT_EQ(get_log(7, bits), -ENOENT);
	EXPECT_EQ(clear_log(7, 0, 64, bits), -ENOENT);
	REQUIRE_EQ(memory_set_flags(KVM_MEM_LOG_DIRTY_PAGES), 0);
	EXPECT_EQ(get_log(SLOT, NULL), -EFAULT);
	EXPECT_EQ(get_log(SLOT, bits), 0);
	EXPECT_EQ(get_log(0x7fff, bits), -EINVAL);
	EXPECT_EQ(get_log(2 << 16 | SLOT, bits), -EINVAL);
	EXPECT_EQ(get_log(-1, bits), -EINVAL);
	EXPECT_EQ(clear_log(SLOT, 0, 64, NULL), -EFAULT);
	EXPECT_EQ(clear_log(SLOT, 1, 64, bits), -EINVAL);
	EXPECT_EQ(clear_log(SLOT, 0, 65, bits), -EINVAL);
	EXPECT_EQ(clear_log(SLOT, 0, PAGES + 64, bits), -EINVAL);
	EXPECT_EQ(clear_log(SLOT, PAGES + 64, 0, bits), -EINVAL);
	EXPECT_EQ(clear_log(SLOT, -64ULL, 64, bits), -EINVAL);
	EXPECT_EQ(clear_log(2 << 16 | SLOT, 0, 64, bits), -EINVAL);
	EXPECT_EQ(clear_log(SLOT, 0, PAGES, bits), 0);
	EXPECT_EQ(clear_log(SLOT, PAGES - 64, 64, bits), 0);
}

static void manual_arguments(void)
{
	long caps;

	set_up(0, 0);
	caps = dev_ioctl(vm.fd, KVM_CHECK_EXTENSION,
			 (void *)(long)KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2);
	EXPECT_EQ(caps, MANUAL | INITIALLY);
	EXPECT_EQ(dev_ioctl(vm.fd, KVM_CHECK_EXTENSION,
			    (void *)(long)KVM_CAP_ENABLE_CAP_VM), 1);
	EXPECT_EQ(set_manual(4, 0), -EINVAL);
	EXPECT_EQ(set_manual(INITIALLY, 0), -EINVAL);
	EXPECT_EQ(set_manual(MANUAL, 1), -EINVAL);
	EXPECT_EQ(set_manual(1ULL << 63, 0), -EINVAL);
	EXPECT_EQ(set_manual(MANUAL, 0), 0);
	EXPECT_EQ(set_manual(MANUAL | INITIALLY, 0), 0);
	EXPECT_EQ(set_manual(0, 0), 0);
}

/* Pages that are mapped writable when the log begins, and pages that are not. */
static void writes(void)
{
	set_up(0, 0);
	guest_write(GPA, 1);
	guest_write(GPA + 3 * PAGE_SIZE, 1);
	REQUIRE_EQ(memory_set_flags(KVM_MEM_LOG_DIRTY_PAGES), 0);
	expect_none();
	EXPECT_EQ(guest_read(GPA), 1);
	EXPECT_EQ(guest_read(GPA + 8 * PAGE_SIZE), 0);
	expect_none();
	guest_write(GPA + 3 * PAGE_SIZE, 2);
	expect_only(3);
	expect_none();
	guest_write(GPA + 3 * PAGE_SIZE, 3);
	expect_only(3);
	guest_write(GPA + 8 * PAGE_SIZE + 0xff8, 3);
	expect_only(8);
	guest_write(GPA + SIZE - 8, 3);
	expect_only(PAGES - 1);
	EXPECT_EQ(*memory_word(3 * PAGE_SIZE), 3);
	EXPECT_EQ(*memory_word(SIZE - 8), 3);
}

/*
 * Read first, while the log is on: that may not make it writable unseen. KVM
 * counts what the guest could have written; that is its right.
 */
static void write_after_read(void)
{
	int i;

	set_up(0, KVM_MEM_LOG_DIRTY_PAGES);
	memset(mem, 0x11, SIZE);
	for (i = 0; i < 20; i++)
		EXPECT_EQ(guest_read(GPA + i * PAGE_SIZE), 0x1111111111111111);
	read_log();
	if (test_on_xvcpu())
		EXPECT_EQ(count_dirty(), 0);
	for (i = 0; i < 20; i += 2)
		guest_write(GPA + i * PAGE_SIZE, i);
	read_log();
	EXPECT_EQ(bits[0], 0x55555);
	EXPECT_EQ(count_dirty(), 10);
}

static void write_over_boundary(void)
{
	set_up(0, KVM_MEM_LOG_DIRTY_PAGES);
	guest_write(GPA + 0x4ffc, 0x1122334455667788);
	read_log();
	EXPECT_EQ(bits[0], 0x30);
	EXPECT_EQ(count_dirty(), 2);
}

static void every_page(void)
{
	struct runner runner;
	int i;

	set_up(0, KVM_MEM_LOG_DIRTY_PAGES);
	for (i = 0; i < 2; i++) {
		memory_touch_start(&runner, GPA, PAGES);
		count_wait(&vm, 1);
		memory_touch_end(&runner);
		read_log();
		EXPECT_EQ(count_dirty(), PAGES);
	}
	expect_none();
}

static void host_writes(void)
{
	set_up(0, KVM_MEM_LOG_DIRTY_PAGES);
	EXPECT_EQ(guest_read(GPA), 0);
	*memory_word(0) = 1;
	expect_none();
}

/* A write by whoever completes the instruction. */
static void input_string(void)
{
	struct kvm_regs regs;

	set_up(0, KVM_MEM_LOG_DIRTY_PAGES);
	vcpu_load(&vcpu, "io_long_ins32");
	vcpu_get_regs(&vcpu, &regs);
	regs.rdi = GPA + 5 * PAGE_SIZE;
	regs.rdx = REPORT_PORT;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_IO);
	*(uint32_t *)vcpu_io_data(&vcpu) = 0x12345678;
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(*memory_word(5 * PAGE_SIZE), 0x12345678);
	expect_only(5);
}

/* Read through a page table in the first of two pages, @gpa in the guest. */
static int read_through(uint64_t *table, uint64_t gpa)
{
	struct kvm_regs regs;

	table[0] = (gpa + PAGE_SIZE) | 3;
	table[PAGE_SIZE / 8] = 0x77;
	vcpu_load(&vcpu, "memory_read");
	*vm_u64(&vm, GUEST_PD + (GUEST_HOLE >> 21) * 8) = gpa | 3;
	vcpu_get_regs(&vcpu, &regs);
	regs.rbx = GUEST_HOLE;
	vcpu_set_regs(&vcpu, &regs);
	return vcpu_run(&vcpu);
}

/* Bochs 2.7, where its processor keeps no flags in EPT: a read-only slot shows. */
static bool walk_writes_anywhere(void)
{
	uint64_t *table = memory_private();

	REQUIRE_EQ(vm_set_slot(&vm, 2, 3 * GPA, SIZE, table, KVM_MEM_READONLY),
		   0);
	read_through(table, 3 * GPA);
	return table[0] & 0x20;
}

/* The processor writes, too: accessed flags in the guest's own tables. */
static void accessed_flags(void)
{
	set_up(0, KVM_MEM_LOG_DIRTY_PAGES);
	EXPECT_EQ(read_through((uint64_t *)(mem + 5 * PAGE_SIZE),
			       GPA + 5 * PAGE_SIZE), 0);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	EXPECT_EQ(*memory_word(5 * PAGE_SIZE), (GPA + 6 * PAGE_SIZE) | 0x23);
	read_log();
	if (!is_dirty(5) && walk_writes_anywhere())
		test_skip("this processor's page walks write where EPT forbids");
	EXPECT(is_dirty(5));
	EXPECT_EQ(bits[0] & ~(1ULL << 6), 1 << 5);
}

static void stop(void)
{
	set_up(0, KVM_MEM_LOG_DIRTY_PAGES);
	guest_write(GPA, 1);
	REQUIRE_EQ(memory_set_flags(0), 0);
	EXPECT_EQ(get_log(SLOT, bits), -ENOENT);
	guest_write(GPA, 2);
	guest_write(GPA + PAGE_SIZE, 2);
	EXPECT_EQ(*memory_word(PAGE_SIZE), 2);
	REQUIRE_EQ(memory_set_flags(KVM_MEM_LOG_DIRTY_PAGES), 0);
	expect_none();
	guest_write(GPA, 3);
	expect_only(0);
}

static void move(void)
{
	set_up(0, KVM_MEM_LOG_DIRTY_PAGES);
	guest_write(GPA, 1);
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, 2 * GPA, SIZE, mem,
			       KVM_MEM_LOG_DIRTY_PAGES), 0);
	/* The log goes with the memory. */
	expect_only(0);
	guest_write(2 * GPA + PAGE_SIZE, 1);
	expect_only(1);
}

/* Pages that do not fill the last word. */
static void odd_size(void)
{
	memory_set_up(NULL);
	mem = memory_private();
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, 70 * PAGE_SIZE, mem,
			       KVM_MEM_LOG_DIRTY_PAGES), 0);
	guest_write(GPA + 69 * PAGE_SIZE, 1);
	bits[2] = GUARD;
	REQUIRE_EQ(get_log(SLOT, bits), 0);
	EXPECT_EQ(bits[0], 0);
	EXPECT_EQ(bits[1], 1 << 5);
	EXPECT_EQ(bits[2], GUARD);
	EXPECT_EQ(clear_log(SLOT, 64, 6, bits), 0);
	EXPECT_EQ(clear_log(SLOT, 64, 5, bits), -EINVAL);
	EXPECT_EQ(clear_log(SLOT, 64, 7, bits), -EINVAL);
}

static void read_only_slot(void)
{
	memory_set_up(NULL);
	mem = memory_private();
	REQUIRE_EQ(memory_set_flags(KVM_MEM_READONLY |
				    KVM_MEM_LOG_DIRTY_PAGES), 0);
	EXPECT_EQ(guest_read(GPA), 0);
	expect_none();
}

static void manual_clear(void)
{
	uint64_t wanted[2] = { 1 << 3, 0 };

	set_up(MANUAL, KVM_MEM_LOG_DIRTY_PAGES);
	guest_write(GPA + 3 * PAGE_SIZE, 1);
	guest_write(GPA + 4 * PAGE_SIZE, 1);
	guest_write(GPA + 70 * PAGE_SIZE, 1);
	read_log();
	EXPECT_EQ(count_dirty(), 3);
	/* It has not been cleared, and whoever says so clears what he says. */
	EXPECT_EQ(clear_log(SLOT, 0, 128, wanted), 0);
	read_log();
	EXPECT_EQ(bits[0], 1 << 4);
	EXPECT_EQ(bits[1], 1 << 6);
	guest_write(GPA + 3 * PAGE_SIZE, 2);
	read_log();
	EXPECT_EQ(bits[0], 3 << 3);
	memset(wanted, 0xff, sizeof(wanted));
	EXPECT_EQ(clear_log(SLOT, 64, 64, wanted), 0);
	read_log();
	EXPECT_EQ(bits[0], 3 << 3);
	EXPECT_EQ(bits[1], 0);
	guest_write(GPA + 70 * PAGE_SIZE, 2);
	read_log();
	EXPECT_EQ(bits[1], 1 << 6);
}

static void initially_set(void)
{
	set_up(MANUAL | INITIALLY, 0);
	guest_write(GPA, 1);
	REQUIRE_EQ(memory_set_flags(KVM_MEM_LOG_DIRTY_PAGES), 0);
	read_log();
	EXPECT_EQ(count_dirty(), PAGES);
	EXPECT_EQ(clear_log(SLOT, 0, PAGES, bits), 0);
	expect_none();
	guest_write(GPA, 2);
	expect_only(0);
	guest_write(GPA + 7 * PAGE_SIZE, 2);
	read_log();
	EXPECT_EQ(bits[0], 0x81);
}

/* --- while the guest runs --- */

#define BUSY	8

static uint8_t copy[BUSY * PAGE_SIZE];

/* What a migration does: copy what is dirty, and say so before the copy. */
static int copy_dirty(bool manual)
{
	int i, n = 0;

	read_log();
	for (i = 0; i < BUSY; i++) {
		if (!is_dirty(i))
			continue;
		if (manual && !n)
			REQUIRE_EQ(clear_log(SLOT, 0, 64, bits), 0);
		memcpy(copy + i * PAGE_SIZE, mem + i * PAGE_SIZE, PAGE_SIZE);
		n++;
	}
	return n;
}

static void migrate(bool manual)
{
	struct runner runner;
	int i;

	memory_touch_start(&runner, GPA, BUSY);
	for (i = 0; i < 30; i++) {
		count_wait(&vm, 3);
		EXPECT(copy_dirty(manual));
	}
	memory_touch_end(&runner);
	copy_dirty(manual);
	EXPECT_EQ(memcmp(copy, mem, sizeof(copy)), 0);
	EXPECT_EQ(*(uint64_t *)copy, *vm_u64(&vm, COUNT_NOW));
	EXPECT_EQ(copy_dirty(manual), 0);
}

static void running(void)
{
	set_up(0, KVM_MEM_LOG_DIRTY_PAGES);
	migrate(false);
}

static void running_manual(void)
{
	set_up(MANUAL, KVM_MEM_LOG_DIRTY_PAGES);
	migrate(true);
}

/* The log goes on and off under a guest that writes all the time. */
static void toggled(void)
{
	struct runner runner;
	int i;

	set_up(0, 0);
	memory_touch_start(&runner, GPA, BUSY);
	for (i = 0; i < 20; i++) {
		count_wait(&vm, 2);
		REQUIRE_EQ(memory_set_flags(KVM_MEM_LOG_DIRTY_PAGES), 0);
		count_wait(&vm, 2);
		read_log();
		EXPECT_EQ(count_dirty(), BUSY);
		REQUIRE_EQ(memory_set_flags(0), 0);
	}
	memory_touch_end(&runner);
	for (i = 0; i < BUSY; i++)
		EXPECT_EQ(*memory_word(i * PAGE_SIZE), *vm_u64(&vm, COUNT_NOW));
}

static const struct test tests[] = {
	{ "dirty_log_arguments", arguments },
	{ "dirty_log_manual_arguments", manual_arguments },
	{ "dirty_log_writes", writes },
	{ "dirty_log_write_after_read", write_after_read },
	{ "dirty_log_write_over_boundary", write_over_boundary },
	{ "dirty_log_every_page", every_page },
	{ "dirty_log_host_writes", host_writes },
	{ "dirty_log_input_string", input_string },
	{ "dirty_log_accessed_flags", accessed_flags },
	{ "dirty_log_stop", stop },
	{ "dirty_log_move", move },
	{ "dirty_log_odd_size", odd_size },
	{ "dirty_log_read_only_slot", read_only_slot },
	{ "dirty_log_manual_clear", manual_clear },
	{ "dirty_log_initially_set", initially_set },
	{ "dirty_log_running", running },
	{ "dirty_log_running_manual", running_manual },
	{ "dirty_log_toggled", toggled },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
