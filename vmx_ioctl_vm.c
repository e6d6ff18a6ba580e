// SPDX-License-Identifier: GPL-2.0
/*
 * A VM's file descriptor and its ioctls.
 *
 * Locking: vm->lock around the creation of vCPUs.
 */
#include <xvcpu/ioctl.h>

#include <linux/anon_inodes.h>
#include <linux/compat.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <uapi/linux/xvcpu.h>
#include <xvcpu/dirty.h>
#include <xvcpu/msr_filter.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vm.h>

static int vm_set_memory(struct xvcpu_vm *vm, void __user *argp)
{
	struct kvm_userspace_memory_region region;

	if (copy_from_user(&region, argp, sizeof(region)))
		return -EFAULT;
	return xvcpu_vm_set_memory(vm, &region);
}

/* A pointer of a 32-bit process leaves the upper half as it was. */
static void __user *bitmap_of(u64 word)
{
	return in_compat_syscall() ? compat_ptr(word) :
				     (void __user *)(unsigned long)word;
}

static int vm_get_dirty_log(struct xvcpu_vm *vm, void __user *argp)
{
	struct kvm_dirty_log log;

	if (copy_from_user(&log, argp, sizeof(log)))
		return -EFAULT;
	log.dirty_bitmap = bitmap_of(log.padding2);
	return xvcpu_dirty_get(vm, &log);
}

static int vm_clear_dirty_log(struct xvcpu_vm *vm, void __user *argp)
{
	struct kvm_clear_dirty_log log;

	if (copy_from_user(&log, argp, sizeof(log)))
		return -EFAULT;
	log.dirty_bitmap = bitmap_of(log.padding2);
	return xvcpu_dirty_clear(vm, &log);
}


static int create_vcpu_locked(struct xvcpu_vm *vm, u32 id, int cpu)
{
	struct xvcpu_vcpu *vcpu;
	int fd;

	lockdep_assert_held(&vm->lock);
	if (xa_load(&vm->vcpus, id))
		return -EEXIST;
	vcpu = xvcpu_vcpu_create(vm, id, cpu);
	if (IS_ERR(vcpu))
		return PTR_ERR(vcpu);
	fd = xa_err(xa_store(&vm->vcpus, id, vcpu, GFP_KERNEL_ACCOUNT));
	if (fd)
		goto err_destroy;
	fd = xvcpu_ioctl_vcpu_fd(vcpu);
	if (fd < 0)
		goto err_erase;
	return fd;

err_erase:
	xa_erase(&vm->vcpus, id);
err_destroy:
	xvcpu_vcpu_destroy(vcpu);
	return fd;
}

static int vm_create_vcpu(struct xvcpu_vm *vm, unsigned long id, int cpu)
{
	int fd;

	if (id >= XVCPU_MAX_VCPUS)
		return -EINVAL;
	mutex_lock(&vm->lock);
	fd = create_vcpu_locked(vm, id, cpu);
	mutex_unlock(&vm->lock);
	return fd;
}

static int vm_create_pinned_vcpu(struct xvcpu_vm *vm, void __user *argp)
{
	struct xvcpu_create_vcpu create;

	if (copy_from_user(&create, argp, sizeof(create)))
		return -EFAULT;
	if (create.flags || create.padding || create.cpu < XVCPU_CPU_NONE)
		return -EINVAL;
	return vm_create_vcpu(vm, create.id, create.cpu);
}

/* With unrestricted guests real mode needs no TSS in the guest's memory. */
static int vm_set_tss_addr(unsigned long addr)
{
	return addr > U32_MAX - 3 * PAGE_SIZE ? -EINVAL : 0;
}

/* Nor an identity map of its own; it has to come before the vCPUs. */
static int vm_set_identity_map_addr(struct xvcpu_vm *vm, void __user *argp)
{
	u64 addr;

	if (copy_from_user(&addr, argp, sizeof(addr)))
		return -EFAULT;
	return xa_empty(&vm->vcpus) ? 0 : -EINVAL;
}

/* The interrupt controllers are userspace's: there is nothing to route to. */
static int vm_set_gsi_routing(void __user *argp)
{
	struct kvm_irq_routing routing;

	return copy_from_user(&routing, argp, sizeof(routing)) ? -EFAULT :
								 -EINVAL;
}

static int vm_enable_cap(struct xvcpu_vm *vm, void __user *argp)
{
	struct kvm_enable_cap cap;

	if (copy_from_user(&cap, argp, sizeof(cap)))
		return -EFAULT;
	if (cap.flags)
		return -EINVAL;
	switch (cap.cap) {
	case KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2:
		return xvcpu_dirty_set_manual(vm, cap.args[0]);
	case KVM_CAP_X86_USER_SPACE_MSR:
		if (cap.args[0] & ~(u64)XVCPU_MSR_REASONS)
			return -EINVAL;
		WRITE_ONCE(vm->user_msr_reasons, cap.args[0]);
		return 0;
	case XVCPU_CAP_HYPERCALL_EXIT:
		if (cap.args[0] > 1)
			return -EINVAL;
		WRITE_ONCE(vm->hypercall_exit, cap.args[0]);
		return 0;
	default:
		return -EINVAL;
	}
}

static int vm_set_msr_filter(struct xvcpu_vm *vm, void __user *argp)
{
	struct kvm_msr_filter filter;
	int err;

	if (copy_from_user(&filter, argp, sizeof(filter)))
		return -EFAULT;
	mutex_lock(&vm->lock);
	err = xvcpu_msr_filter_set(vm, &filter);
	mutex_unlock(&vm->lock);
	return err;
}

static long vm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct xvcpu_vm *vm = file->private_data;
	void __user *argp = (void __user *)arg;

	if (current->mm != vm->mm)
		return -EIO;
	switch (cmd) {
	case KVM_CHECK_EXTENSION:
		return xvcpu_ioctl_check_extension(arg);
	case KVM_SET_USER_MEMORY_REGION:
		return vm_set_memory(vm, argp);
	case KVM_GET_DIRTY_LOG:
		return vm_get_dirty_log(vm, argp);
	case KVM_CLEAR_DIRTY_LOG:
		return vm_clear_dirty_log(vm, argp);
	case KVM_GET_STATS_FD:
		return xvcpu_ioctl_vm_stats_fd(vm);
	case KVM_SET_TSS_ADDR:
		return vm_set_tss_addr(arg);
	case KVM_SET_IDENTITY_MAP_ADDR:
		return vm_set_identity_map_addr(vm, argp);
	case KVM_SET_GSI_ROUTING:
		return vm_set_gsi_routing(argp);
	case KVM_ENABLE_CAP:
		return vm_enable_cap(vm, argp);
	case KVM_X86_SET_MSR_FILTER:
		return vm_set_msr_filter(vm, argp);
	case KVM_CREATE_VCPU:
		return vm_create_vcpu(vm, arg, XVCPU_CPU_NONE);
	case XVCPU_CREATE_VCPU:
		return vm_create_pinned_vcpu(vm, argp);
	default:
		return -ENOTTY;
	}
}

static int vm_release(struct inode *inode, struct file *file)
{
	xvcpu_vm_put(file->private_data);
	return 0;
}

static void vm_show_fdinfo(struct seq_file *seq, struct file *file)
{
	const struct xvcpu_vm *vm = file->private_data;

	seq_printf(seq, "xvcpu-vm:\t%u\n", vm->id);
}

static const struct file_operations vm_fops = {
	.owner = THIS_MODULE,
	.show_fdinfo = vm_show_fdinfo,
	.release = vm_release,
	.unlocked_ioctl = vm_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

/**
 * xvcpu_ioctl_create_vm() - KVM_CREATE_VM
 * @type: must be 0.
 *
 * Context: process context of the process that the VM will belong to.
 * Return: the VM's file descriptor; -EINVAL for an unknown type; the errno of
 * xvcpu_vm_create(), or that for which there is no file descriptor.
 */
int xvcpu_ioctl_create_vm(unsigned long type)
{
	struct xvcpu_vm *vm;
	int fd;

	if (type)
		return -EINVAL;
	vm = xvcpu_vm_create();
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	fd = anon_inode_getfd("xvcpu-vm", &vm_fops, vm, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		xvcpu_vm_put(vm);
	return fd;
}
