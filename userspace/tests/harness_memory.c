// SPDX-License-Identifier: GPL-2.0
/*
 * One VM with one vCPU and a slot under test, and guests that access it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <linux/userfaultfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness_memory.h"

struct vm vm;
struct vcpu vcpu;
uint8_t *mem;

void *memory_map(size_t size, int prot, int flags, int fd)
{
	void *addr = mmap(NULL, size, prot, flags, fd, 0);

	REQUIRE(addr != MAP_FAILED);
	return addr;
}

void memory_set_up(void *behind)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	mem = behind;
	if (behind)
		REQUIRE_EQ(vm_set_slot(&vm, SLOT, GPA, SIZE, mem, 0), 0);
}

void *memory_private(void)
{
	return memory_map(SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

volatile uint64_t *memory_word(uint64_t offset)
{
	return (volatile uint64_t *)(mem + offset);
}

/* --- accesses by the guest --- */

int guest_access(const char *guest, uint64_t gpa, uint64_t rax)
{
	struct kvm_regs regs;

	vcpu_load(&vcpu, guest);
	vcpu_get_regs(&vcpu, &regs);
	regs.rax = rax;
	regs.rbx = gpa;
	vcpu_set_regs(&vcpu, &regs);
	return vcpu_run(&vcpu);
}

uint64_t guest_read(uint64_t gpa)
{
	struct kvm_regs regs;

	REQUIRE_EQ(guest_access("memory_read", gpa, 0x5555), 0);
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	return regs.rax;
}

void guest_write(uint64_t gpa, uint64_t value)
{
	REQUIRE_EQ(guest_access("memory_write", gpa, value), 0);
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
}

bool exit_is_no_slot(void)
{
	return vcpu.run->exit_reason == KVM_EXIT_MMIO ||
	       vcpu.run->exit_reason == KVM_EXIT_INTERNAL_ERROR;
}

bool guest_misses(uint64_t gpa)
{
	bool missed;

	REQUIRE_EQ(guest_access("memory_read", gpa, 0), 0);
	missed = exit_is_no_slot();
	/* A read that was decoded waits for its data: let it end. */
	if (vcpu.run->exit_reason == KVM_EXIT_MMIO)
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	return missed;
}

long memory_set_flags(uint32_t flags)
{
	return vm_set_slot(&vm, SLOT, GPA, SIZE, mem, flags);
}

int memory_userfaultfd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)mem, .len = SIZE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC);

	if (fd < 0)
		test_skip("the kernel has no userfaultfd");
	REQUIRE_EQ(dev_ioctl(fd, UFFDIO_API, &api), 0);
	REQUIRE_EQ(dev_ioctl(fd, UFFDIO_REGISTER, &reg), 0);
	return fd;
}

/* --- while the guest runs --- */

void memory_touch_start(struct runner *runner, uint64_t gpa, uint32_t pages)
{
	struct kvm_regs regs;

	vcpu_load(&vcpu, "memory_touch_loop");
	*vm_u64(&vm, COUNT_NOW) = 0;
	*vm_u32(&vm, COUNT_STOP) = 0;
	vcpu_get_regs(&vcpu, &regs);
	regs.rbx = gpa;
	regs.rsi = pages;
	vcpu_set_regs(&vcpu, &regs);
	runner_start(runner, &vcpu, -1);
}

void memory_touch_end(struct runner *runner)
{
	count_stop(&vm);
	EXPECT_EQ(runner_wait(runner), 0);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
}

/* --- the process's pages --- */

uint64_t page_entry(const void *addr)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, 8, (uintptr_t)addr / PAGE_SIZE * 8) != 8)
		entry = 0;
	close(fd);
	return entry;
}

/* --- counters --- */

int64_t stat_read(int fd, const char *name)
{
	struct kvm_stats_header header;
	struct kvm_stats_desc *desc;
	int64_t value = -1;
	size_t size;
	uint32_t i;

	fd = dev_ioctl(fd, KVM_GET_STATS_FD, NULL);
	REQUIRE(fd >= 0);
	REQUIRE_EQ(pread(fd, &header, sizeof(header), 0), sizeof(header));
	size = sizeof(*desc) + header.name_size;
	desc = malloc(size);
	REQUIRE(desc);
	for (i = 0; i < header.num_desc && value < 0; i++) {
		REQUIRE_EQ(pread(fd, desc, size, header.desc_offset + i * size),
			   size);
		if (strcmp(desc->name, name))
			continue;
		REQUIRE_EQ(pread(fd, &value, 8,
				 header.data_offset + desc->offset), 8);
	}
	free(desc);
	close(fd);
	return value;
}
