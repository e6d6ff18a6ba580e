/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xvcpu, or any device that speaks the KVM API: devices, VMs, vCPUs.
 *
 * Prints nothing.  Unless it says otherwise, a function returns 0 or a negative
 * errno: that of the ioctl, as <linux/xvcpu.h> and KVM document it.  On
 * /dev/kvm everything works but what only xvcpu has, which returns -ENOTTY for
 * a VM and -EINVAL for a vCPU.
 *
 * The structures may be read by all; the library keeps nothing elsewhere.
 */
#ifndef XVCPU_DEV_H
#define XVCPU_DEV_H

#include <stddef.h>
#include <stdint.h>
#include <linux/kvm.h>
#include <linux/xvcpu.h>

#define XVCPU_DEVICE	"/dev/xvcpu"

/**
 * struct xvcpu_dev - an open device
 * @fd: its file descriptor.
 * @run_size: how many bytes of a vCPU can be mapped: struct kvm_run and more.
 */
struct xvcpu_dev {
	int fd;
	size_t run_size;
};

/**
 * struct xvcpu_vm - a VM
 * @fd: its file descriptor.
 * @dev: the device that it was created on, which must stay open.
 */
struct xvcpu_vm {
	int fd;
	const struct xvcpu_dev *dev;
};

/**
 * struct xvcpu_vcpu - a vCPU
 * @fd: its file descriptor.
 * @run: what it shares with the kernel.
 * @run_size: length of @run in bytes.
 */
struct xvcpu_vcpu {
	int fd;
	struct kvm_run *run;
	size_t run_size;
};

/**
 * xvcpu_dev_open() - open a device
 * @path: where it is, XVCPU_DEVICE for example.
 * @dev: what is to be filled.
 *
 * Return: 0; -EPROTO if what is there does not speak the KVM API, version 12;
 * else the error of open() or ioctl().
 */
int xvcpu_dev_open(const char *path, struct xvcpu_dev *dev);

/** xvcpu_dev_close() - close it; its VMs live on */
void xvcpu_dev_close(struct xvcpu_dev *dev);

/**
 * xvcpu_dev_check() - ask for a capability
 * @dev: the device.
 * @capability: a KVM_CAP_*.
 *
 * Return: 0 if the device lacks it, else what KVM documents, 1 mostly; a
 * negative errno.
 */
int xvcpu_dev_check(const struct xvcpu_dev *dev, int capability);

/** xvcpu_vm_create() - create a VM without memory and vCPUs */
int xvcpu_vm_create(const struct xvcpu_dev *dev, struct xvcpu_vm *vm);

/** xvcpu_vm_destroy() - let go of a VM, which lives as long as its vCPUs do */
void xvcpu_vm_destroy(struct xvcpu_vm *vm);

/**
 * xvcpu_vm_set_memory() - give memory of this process to the guest
 * @vm: the VM.
 * @slot: number of the memory slot, which is created or replaced.
 * @gpa: where the guest sees it; a multiple of the page size.
 * @memory: where this process sees it; a multiple of the page size.
 * @size: bytes, a multiple of the page size; 0 removes the slot.
 *
 * Return: 0 or a negative errno.
 */
int xvcpu_vm_set_memory(const struct xvcpu_vm *vm, uint32_t slot, uint64_t gpa,
			void *memory, size_t size);

/**
 * xvcpu_vm_set_hidden() - say where KVM may hide the pages that it needs
 * @vm: the VM.
 * @gpa: four pages below 4 GiB that the guest has no use for.
 *
 * Without unrestricted guest KVM needs a page table and a TSS in the guest's
 * memory.  Does nothing where the device has no use for them.
 *
 * Return: 0 or a negative errno.
 */
int xvcpu_vm_set_hidden(const struct xvcpu_vm *vm, uint32_t gpa);

/**
 * xvcpu_vcpu_create() - create a vCPU and map what it shares with the kernel
 * @vm: the VM.
 * @id: its id in the VM.
 * @cpu: the CPU to pin it to, or XVCPU_CPU_NONE for a floating one.
 * @vcpu: what is to be filled.
 *
 * Return: 0 or a negative errno.
 */
int xvcpu_vcpu_create(const struct xvcpu_vm *vm, uint32_t id, int cpu,
		      struct xvcpu_vcpu *vcpu);

/** xvcpu_vcpu_destroy() - unmap and close a vCPU */
void xvcpu_vcpu_destroy(struct xvcpu_vcpu *vcpu);

/**
 * xvcpu_vcpu_set_cpuid() - give the vCPU every CPUID feature that is supported
 * @dev: the device.
 * @vcpu: the vCPU.
 *
 * Return: 0 or a negative errno.
 */
int xvcpu_vcpu_set_cpuid(const struct xvcpu_dev *dev,
			 const struct xvcpu_vcpu *vcpu);

/**
 * xvcpu_vcpu_run() - run the guest until it needs something of this process
 * @vcpu: the vCPU.
 *
 * Return: 0 and the reason in run->exit_reason; -EINTR if a signal came or
 * run->immediate_exit was set; other errors of KVM_RUN.
 */
int xvcpu_vcpu_run(const struct xvcpu_vcpu *vcpu);

int xvcpu_vcpu_get_regs(const struct xvcpu_vcpu *vcpu, struct kvm_regs *regs);
int xvcpu_vcpu_set_regs(const struct xvcpu_vcpu *vcpu,
			const struct kvm_regs *regs);
int xvcpu_vcpu_get_sregs(const struct xvcpu_vcpu *vcpu,
			 struct kvm_sregs *sregs);
int xvcpu_vcpu_set_sregs(const struct xvcpu_vcpu *vcpu,
			 const struct kvm_sregs *sregs);

/** xvcpu_vcpu_get_binding() - where the vCPU is, and how it came there */
int xvcpu_vcpu_get_binding(const struct xvcpu_vcpu *vcpu,
			   struct xvcpu_binding_info *binding);

/**
 * xvcpu_vcpu_migrate() - pin the vCPU to another CPU from now on
 * @vcpu: the vCPU.
 * @cpu: number of the CPU, or XVCPU_CPU_NONE to make it floating.
 *
 * Return: 0 or a negative errno.
 */
int xvcpu_vcpu_migrate(const struct xvcpu_vcpu *vcpu, int cpu);

/**
 * xvcpu_vcpu_get_failure() - why the vCPU's latest failed VM entry failed
 * @vcpu: the vCPU.
 * @failure: what is to be filled.
 *
 * Return: 0; -ENOENT if none has failed; a negative errno.
 */
int xvcpu_vcpu_get_failure(const struct xvcpu_vcpu *vcpu,
			   struct xvcpu_entry_failure *failure);

#endif /* XVCPU_DEV_H */
