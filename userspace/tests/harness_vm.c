// SPDX-License-Identifier: GPL-2.0
/*
 * VMs and vCPUs for the tests, through the ioctls alone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

#define CPUID_ENTRIES	256

long dev_ioctl(int fd, unsigned long request, const void *arg)
{
	long ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

int dev_open(void)
{
	int fd = open(test_device, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		test_failed(true, __FILE__, __LINE__, "cannot open %s: %s",
			    test_device, strerror(errno));
	return fd;
}

void *mem_alloc(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	REQUIRE(mem != MAP_FAILED);
	return mem;
}

/* The ioctl is known on xvcpu alone, whatever the device's path is. */
bool test_on_xvcpu(void)
{
	struct vm vm;
	long ret;

	vm_create_empty(&vm);
	ret = dev_ioctl(vm.fd, XVCPU_CREATE_VCPU, NULL);
	vm_destroy(&vm);
	return ret != -ENOTTY;
}

/* --- VM --- */

long vm_set_slot(struct vm *vm, uint32_t slot, uint64_t gpa, uint64_t size,
		 void *host, uint32_t flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)host,
	};

	return dev_ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
}

void vm_create_empty(struct vm *vm)
{
	memset(vm, 0, sizeof(*vm));
	vm->sys = dev_open();
	vm->fd = dev_ioctl(vm->sys, KVM_CREATE_VM, NULL);
	if (vm->fd < 0)
		test_failed(true, __FILE__, __LINE__, "KVM_CREATE_VM: %s",
			    strerror(-vm->fd));
	/* kvm_intel wants it where the CPU has no unrestricted guest. */
	REQUIRE_EQ(dev_ioctl(vm->fd, KVM_SET_TSS_ADDR, (void *)0xfffbd000), 0);
}

void vm_create(struct vm *vm)
{
	vm_create_empty(vm);
	vm->size = GUEST_SIZE;
	vm->mem = mem_alloc(vm->size);
	REQUIRE_EQ(vm_set_slot(vm, 0, 0, vm->size, vm->mem, 0), 0);
}

void vm_destroy(struct vm *vm)
{
	close(vm->fd);
	close(vm->sys);
	if (vm->mem)
		munmap(vm->mem, vm->size);
}

/* --- vCPU --- */

struct kvm_cpuid2 *cpuid_supported(int sys)
{
	struct kvm_cpuid2 *cpuid;

	cpuid = calloc(1, sizeof(*cpuid) +
		       CPUID_ENTRIES * sizeof(cpuid->entries[0]));
	REQUIRE(cpuid);
	cpuid->nent = CPUID_ENTRIES;
	REQUIRE_EQ(dev_ioctl(sys, KVM_GET_SUPPORTED_CPUID, cpuid), 0);
	return cpuid;
}

struct kvm_cpuid_entry2 *cpuid_find(struct kvm_cpuid2 *cpuid, uint32_t function,
				    uint32_t index)
{
	struct kvm_cpuid_entry2 *entry;
	uint32_t i;

	for (i = 0; i < cpuid->nent; i++) {
		entry = &cpuid->entries[i];
		if (entry->function != function)
			continue;
		if (!(entry->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) ||
		    entry->index == index)
			return entry;
	}
	return NULL;
}

static void vcpu_init(struct vcpu *vcpu, struct vm *vm, int id, long fd)
{
	struct kvm_cpuid2 *cpuid;

	if (fd < 0)
		test_failed(true, __FILE__, __LINE__, "creating vCPU %d: %s",
			    id, strerror(-fd));
	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->fd = fd;
	vcpu->run_size = dev_ioctl(vm->sys, KVM_GET_VCPU_MMAP_SIZE, NULL);
	vcpu->run = mmap(NULL, vcpu->run_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, vcpu->fd, 0);
	REQUIRE(vcpu->run != MAP_FAILED);
	/* kvm_intel offers nested VMX: there is none for these guests. */
	cpuid = cpuid_supported(vm->sys);
	cpuid_find(cpuid, 1, 0)->ecx &= ~BIT(5);
	REQUIRE_EQ(dev_ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid), 0);
	free(cpuid);
}

void vcpu_create(struct vcpu *vcpu, struct vm *vm, int id)
{
	vcpu_init(vcpu, vm, id,
		  dev_ioctl(vm->fd, KVM_CREATE_VCPU, (void *)(long)id));
}

void vcpu_create_pinned(struct vcpu *vcpu, struct vm *vm, int id, int cpu)
{
	struct xvcpu_create_vcpu create = { .id = id, .cpu = cpu };

	vcpu_init(vcpu, vm, id,
		  dev_ioctl(vm->fd, XVCPU_CREATE_VCPU, &create));
}

void vcpu_destroy(struct vcpu *vcpu)
{
	munmap(vcpu->run, vcpu->run_size);
	close(vcpu->fd);
}

void vcpu_get_regs(struct vcpu *vcpu, struct kvm_regs *regs)
{
	REQUIRE_EQ(dev_ioctl(vcpu->fd, KVM_GET_REGS, regs), 0);
}

void vcpu_set_regs(struct vcpu *vcpu, const struct kvm_regs *regs)
{
	REQUIRE_EQ(dev_ioctl(vcpu->fd, KVM_SET_REGS, regs), 0);
}

void vcpu_get_sregs(struct vcpu *vcpu, struct kvm_sregs *sregs)
{
	REQUIRE_EQ(dev_ioctl(vcpu->fd, KVM_GET_SREGS, sregs), 0);
}

void vcpu_set_sregs(struct vcpu *vcpu, const struct kvm_sregs *sregs)
{
	REQUIRE_EQ(dev_ioctl(vcpu->fd, KVM_SET_SREGS, sregs), 0);
}

uint64_t vcpu_get_msr(struct vcpu *vcpu, uint32_t index)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} arg = { .head.nmsrs = 1, .entry.index = index };

	REQUIRE_EQ(dev_ioctl(vcpu->fd, KVM_GET_MSRS, &arg), 1);
	return arg.entry.data;
}

long vcpu_set_msr(struct vcpu *vcpu, uint32_t index, uint64_t value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} arg = { .head.nmsrs = 1, .entry = { .index = index, .data = value } };

	return dev_ioctl(vcpu->fd, KVM_SET_MSRS, &arg);
}

void vcpu_get_binding(struct vcpu *vcpu, struct xvcpu_binding_info *info)
{
	REQUIRE_EQ(dev_ioctl(vcpu->fd, XVCPU_GET_BINDING, info), 0);
}

long vcpu_migrate(struct vcpu *vcpu, int cpu)
{
	struct xvcpu_migrate arg = { .cpu = cpu };

	return dev_ioctl(vcpu->fd, XVCPU_MIGRATE, &arg);
}

/* --- running --- */

static const char * const exit_names[] = {
	[KVM_EXIT_UNKNOWN] = "UNKNOWN",
	[KVM_EXIT_IO] = "IO",
	[KVM_EXIT_HYPERCALL] = "HYPERCALL",
	[KVM_EXIT_DEBUG] = "DEBUG",
	[KVM_EXIT_HLT] = "HLT",
	[KVM_EXIT_MMIO] = "MMIO",
	[KVM_EXIT_IRQ_WINDOW_OPEN] = "IRQ_WINDOW_OPEN",
	[KVM_EXIT_SHUTDOWN] = "SHUTDOWN",
	[KVM_EXIT_SET_TPR] = "SET_TPR",
	[KVM_EXIT_FAIL_ENTRY] = "FAIL_ENTRY",
	[KVM_EXIT_INTR] = "INTR",
	[KVM_EXIT_INTERNAL_ERROR] = "INTERNAL_ERROR",
};

const char *exit_name(uint32_t reason)
{
	static char number[16];

	if (reason < ARRAY_SIZE(exit_names) && exit_names[reason])
		return exit_names[reason];
	snprintf(number, sizeof(number), "%u", reason);
	return number;
}

int vcpu_run(struct vcpu *vcpu)
{
	return dev_ioctl(vcpu->fd, KVM_RUN, NULL);
}

/* What a surprising exit is about, for whoever reads the failure. */
static void note_exit(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	struct kvm_regs regs;

	vcpu_get_regs(vcpu, &regs);
	test_note("vCPU %d: exit %s at rip 0x%llx rsp 0x%llx rax 0x%llx",
		  vcpu->id, exit_name(run->exit_reason), regs.rip, regs.rsp,
		  regs.rax);
	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		test_note("port 0x%x %s, %u x %u bytes, first 0x%x",
			  run->io.port, run->io.direction ? "OUT" : "IN",
			  run->io.count, run->io.size,
			  *(uint32_t *)vcpu_io_data(vcpu));
		break;
	case KVM_EXIT_MMIO:
		test_note("at 0x%llx, %u bytes, %s", run->mmio.phys_addr,
			  run->mmio.len, run->mmio.is_write ? "write" : "read");
		break;
	case KVM_EXIT_FAIL_ENTRY:
		test_note("hardware reason 0x%llx",
			  run->fail_entry.hardware_entry_failure_reason);
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		test_note("suberror %u, data 0x%llx 0x%llx 0x%llx 0x%llx",
			  run->internal.suberror, run->internal.data[0],
			  run->internal.data[1], run->internal.data[2],
			  run->internal.data[3]);
		break;
	}
}

void vcpu_run_until(struct vcpu *vcpu, uint32_t exit_reason)
{
	int ret = vcpu_run(vcpu);

	if (ret)
		test_failed(true, __FILE__, __LINE__, "KVM_RUN: %s",
			    strerror(-ret));
	if (vcpu->run->exit_reason == exit_reason)
		return;
	note_exit(vcpu);
	test_failed(true, __FILE__, __LINE__, "exit %s was expected",
		    exit_name(exit_reason));
}

void *vcpu_io_data(struct vcpu *vcpu)
{
	return (uint8_t *)vcpu->run + vcpu->run->io.data_offset;
}

uint32_t vcpu_report(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	uint32_t value = 0;

	vcpu_run_until(vcpu, KVM_EXIT_IO);
	if (run->io.port != REPORT_PORT ||
	    run->io.direction != KVM_EXIT_IO_OUT || run->io.count != 1) {
		note_exit(vcpu);
		test_failed(true, __FILE__, __LINE__,
			    "a report by the guest was expected");
	}
	memcpy(&value, vcpu_io_data(vcpu), run->io.size);
	return value;
}

void vcpu_let_signal_through(const struct vcpu *vcpu)
{
	struct {
		struct kvm_signal_mask head;
		uint8_t set[8];
	} none = { .head.len = 8 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	REQUIRE_EQ(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	REQUIRE_EQ(dev_ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, &none), 0);
}

long vm_enable_cap(const struct vm *vm, uint32_t cap, uint64_t arg)
{
	struct kvm_enable_cap enable = { .cap = cap, .args[0] = arg };

	return dev_ioctl(vm->fd, KVM_ENABLE_CAP, &enable);
}
