// SPDX-License-Identifier: GPL-2.0
/*
 * Whose VMX root operation it is: our own, or with policy shared that of
 * kvm_intel, which is held in place for as long as this module is loaded.
 *
 * It is held as every program holds it, by a VM: an older kernel enters VMX root
 * operation with its first VM and leaves with the last one, and the module
 * cannot be unloaded while a VM's file is open. This VM has neither memory nor
 * vCPUs, and no process has it in its table.
 *
 * Context: process context of whoever loads or unloads the module.
 */
#include <xvcpu/owner.h>

#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <xvcpu/compat.h>

#define OWNERS_DEVICE	"/dev/kvm"

/* The VM, or NULL. */
static struct file *held;

/* The ioctl puts the VM in the process's table; from there it is taken at once. */
static struct file *create_vm(struct file *device)
{
	struct file *vm;
	long fd;

	if (!device->f_op->unlocked_ioctl)
		return ERR_PTR(-ENODEV);
	fd = device->f_op->unlocked_ioctl(device, KVM_CREATE_VM, 0);
	if (fd < 0)
		return ERR_PTR(fd);
	vm = fget(fd);
	close_fd(fd);
	return vm ?: ERR_PTR(-EBADF);
}

static struct file *hold(void)
{
	struct file *device = filp_open(OWNERS_DEVICE, O_RDWR, 0);
	struct file *vm;

	if (IS_ERR(device)) {
		pr_err("policy=shared needs kvm_intel, and " OWNERS_DEVICE " cannot be opened (%ld): load it first\n",
		       PTR_ERR(device));
		return ERR_PTR(-ENODEV);
	}
	vm = create_vm(device);
	fput(device);
	if (IS_ERR(vm))
		pr_err("policy=shared needs a VM on " OWNERS_DEVICE ", which cannot be made (%ld)\n",
		       PTR_ERR(vm));
	return vm;
}

/**
 * xvcpu_owner_init() - see whether a policy can be had, and hold VMX's owner
 * @policy: root policy.
 *
 * Return: 0; -EOPNOTSUPP if this kernel lets nobody but kvm_intel enter VMX root
 * operation and the policy is not shared; with policy shared -ENODEV if there is
 * no owner, or the errno with which it refused.
 */
int xvcpu_owner_init(enum xvcpu_policy policy)
{
	if (policy != XVCPU_POLICY_SHARED) {
		if (XVCPU_HOST_LETS_ENTER)
			return 0;
		pr_err("this kernel lets only kvm_intel enter VMX root operation: load kvm_intel, then xvcpu with policy=shared (%d)\n",
		       -EOPNOTSUPP);
		return -EOPNOTSUPP;
	}
	held = hold();
	if (IS_ERR(held))
		return PTR_ERR(held);
	pr_info("VMX is shared with %s, which stays loaded meanwhile\n",
		module_name(held->f_op->owner));
	return 0;
}

/** xvcpu_owner_exit() - VMX's owner is free to leave VMX root operation */
void xvcpu_owner_exit(void)
{
	if (!IS_ERR_OR_NULL(held))
		fput(held);
	held = NULL;
}
