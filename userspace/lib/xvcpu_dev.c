// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xvcpu, or any device that speaks the KVM API: one wrapper an ioctl.
 */
#include "xvcpu_dev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

/* The result of an ioctl, or a negative errno. */
static int call(int fd, unsigned long request, unsigned long argument)
{
	int ret = ioctl(fd, request, argument);

	return ret < 0 ? -errno : ret;
}

static int call_ptr(int fd, unsigned long request, const void *argument)
{
	return call(fd, request, (unsigned long)argument);
}

static int probe(struct xvcpu_dev *dev)
{
	int version = call(dev->fd, KVM_GET_API_VERSION, 0);
	int size;

	if (version != KVM_API_VERSION)
		return -EPROTO;
	size = call(dev->fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < 0)
		return size;
	if ((size_t)size < sizeof(struct kvm_run))
		return -EPROTO;
	dev->run_size = size;
	return 0;
}

int xvcpu_dev_open(const char *path, struct xvcpu_dev *dev)
{
	int err;

	dev->fd = open(path, O_RDWR | O_CLOEXEC);
	if (dev->fd < 0)
		return -errno;
	err = probe(dev);
	if (err)
		xvcpu_dev_close(dev);
	return err;
}

void xvcpu_dev_close(struct xvcpu_dev *dev)
{
	close(dev->fd);
	dev->fd = -1;
}

int xvcpu_dev_check(const struct xvcpu_dev *dev, int capability)
{
	return call(dev->fd, KVM_CHECK_EXTENSION, capability);
}

int xvcpu_vm_create(const struct xvcpu_dev *dev, struct xvcpu_vm *vm)
{
	int fd = call(dev->fd, KVM_CREATE_VM, 0);

	if (fd < 0)
		return fd;
	vm->fd = fd;
	vm->dev = dev;
	return 0;
}

void xvcpu_vm_destroy(struct xvcpu_vm *vm)
{
	close(vm->fd);
	vm->fd = -1;
}

int xvcpu_vm_set_memory(const struct xvcpu_vm *vm, uint32_t slot, uint64_t gpa,
			void *memory, size_t size)
{
	const struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)memory,
	};

	return call_ptr(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
}

/* The page table comes first, the three pages of the TSS after it. */
int xvcpu_vm_set_hidden(const struct xvcpu_vm *vm, uint32_t gpa)
{
	uint64_t identity = gpa;
	int err;

	if (xvcpu_dev_check(vm->dev, KVM_CAP_SET_IDENTITY_MAP_ADDR) > 0) {
		err = call_ptr(vm->fd, KVM_SET_IDENTITY_MAP_ADDR, &identity);
		if (err)
			return err;
	}
	if (xvcpu_dev_check(vm->dev, KVM_CAP_SET_TSS_ADDR) > 0)
		return call(vm->fd, KVM_SET_TSS_ADDR, gpa + 0x1000);
	return 0;
}

static int create_vcpu(const struct xvcpu_vm *vm, uint32_t id, int cpu)
{
	const struct xvcpu_create_vcpu create = { .id = id, .cpu = cpu };

	if (cpu == XVCPU_CPU_NONE)
		return call(vm->fd, KVM_CREATE_VCPU, id);
	return call_ptr(vm->fd, XVCPU_CREATE_VCPU, &create);
}

int xvcpu_vcpu_create(const struct xvcpu_vm *vm, uint32_t id, int cpu,
		      struct xvcpu_vcpu *vcpu)
{
	int fd = create_vcpu(vm, id, cpu);
	int err;

	if (fd < 0)
		return fd;
	vcpu->fd = fd;
	vcpu->run_size = vm->dev->run_size;
	vcpu->run = mmap(NULL, vcpu->run_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, 0);
	if (vcpu->run != MAP_FAILED)
		return 0;
	err = -errno;
	close(fd);
	return err;
}

void xvcpu_vcpu_destroy(struct xvcpu_vcpu *vcpu)
{
	munmap(vcpu->run, vcpu->run_size);
	close(vcpu->fd);
	vcpu->run = NULL;
	vcpu->fd = -1;
}

/* What the device supports, in *cpuid, which is the caller's to free. */
static int supported_cpuid(const struct xvcpu_dev *dev,
			   struct kvm_cpuid2 **cpuid)
{
	unsigned int nent;
	int err = -E2BIG;

	for (nent = 128; err == -E2BIG && nent <= 4096; nent *= 2) {
		*cpuid = calloc(1, sizeof(**cpuid) +
				   nent * sizeof((*cpuid)->entries[0]));
		if (!*cpuid)
			return -ENOMEM;
		(*cpuid)->nent = nent;
		err = call_ptr(dev->fd, KVM_GET_SUPPORTED_CPUID, *cpuid);
		if (err)
			free(*cpuid);
	}
	return err;
}

int xvcpu_vcpu_set_cpuid(const struct xvcpu_dev *dev,
			 const struct xvcpu_vcpu *vcpu)
{
	struct kvm_cpuid2 *cpuid;
	int err;

	err = supported_cpuid(dev, &cpuid);
	if (err)
		return err;
	err = call_ptr(vcpu->fd, KVM_SET_CPUID2, cpuid);
	free(cpuid);
	return err;
}

int xvcpu_vcpu_run(const struct xvcpu_vcpu *vcpu)
{
	return call(vcpu->fd, KVM_RUN, 0);
}

int xvcpu_vcpu_get_regs(const struct xvcpu_vcpu *vcpu, struct kvm_regs *regs)
{
	return call_ptr(vcpu->fd, KVM_GET_REGS, regs);
}

int xvcpu_vcpu_set_regs(const struct xvcpu_vcpu *vcpu,
			const struct kvm_regs *regs)
{
	return call_ptr(vcpu->fd, KVM_SET_REGS, regs);
}

int xvcpu_vcpu_get_sregs(const struct xvcpu_vcpu *vcpu, struct kvm_sregs *sregs)
{
	return call_ptr(vcpu->fd, KVM_GET_SREGS, sregs);
}

int xvcpu_vcpu_set_sregs(const struct xvcpu_vcpu *vcpu,
			 const struct kvm_sregs *sregs)
{
	return call_ptr(vcpu->fd, KVM_SET_SREGS, sregs);
}

int xvcpu_vcpu_get_binding(const struct xvcpu_vcpu *vcpu,
			   struct xvcpu_binding_info *binding)
{
	return call_ptr(vcpu->fd, XVCPU_GET_BINDING, binding);
}

int xvcpu_vcpu_get_failure(const struct xvcpu_vcpu *vcpu,
			   struct xvcpu_entry_failure *failure)
{
	return call_ptr(vcpu->fd, XVCPU_GET_ENTRY_FAILURE, failure);
}

int xvcpu_vcpu_migrate(const struct xvcpu_vcpu *vcpu, int cpu)
{
	const struct xvcpu_migrate migrate = { .cpu = cpu };

	return call_ptr(vcpu->fd, XVCPU_MIGRATE, &migrate);
}
