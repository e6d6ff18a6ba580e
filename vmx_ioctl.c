// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xvcpu: the three kinds of file descriptors and their ioctls. Every
 * handler checks what it gets, calls down, and copies out.
 *
 * Locking: a vCPU's ioctls hold vcpu->lock. XVCPU_GET_BINDING and XVCPU_MIGRATE
 * do not: they work while the vCPU runs.
 */
#include <xvcpu/ioctl.h>

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/tsc.h>
#include <uapi/linux/xvcpu.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/fpu.h>
#include <xvcpu/msr.h>
#include <xvcpu/regs.h>
#include <xvcpu/run.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vm.h>

/* More MSRs than there are in one KVM_GET_MSRS nobody needs. */
#define MAX_MSRS	256

/* ---- vCPU ---------------------------------------------------------------- */

static int vcpu_get_regs(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct kvm_regs regs;

	xvcpu_regs_pull_anywhere(vcpu);
	xvcpu_regs_get(vcpu, &regs);
	return copy_to_user(argp, &regs, sizeof(regs)) ? -EFAULT : 0;
}

static int vcpu_set_regs(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct kvm_regs regs;

	if (copy_from_user(&regs, argp, sizeof(regs)))
		return -EFAULT;
	xvcpu_regs_pull_anywhere(vcpu);
	xvcpu_vcpu_revive(vcpu);
	return xvcpu_regs_set(vcpu, &regs);
}

static int vcpu_get_sregs(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct kvm_sregs sregs;

	xvcpu_regs_pull_anywhere(vcpu);
	xvcpu_regs_get_special(vcpu, &sregs);
	return copy_to_user(argp, &sregs, sizeof(sregs)) ? -EFAULT : 0;
}

static int vcpu_set_sregs(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct kvm_sregs sregs;
	int err;

	if (copy_from_user(&sregs, argp, sizeof(sregs)))
		return -EFAULT;
	xvcpu_regs_pull_anywhere(vcpu);
	err = xvcpu_regs_set_special(vcpu, &sregs);
	if (err)
		return err;
	vcpu->run->cr8 = vcpu->regs.cr8;
	xvcpu_vcpu_revive(vcpu);
	return 0;
}

static int vcpu_get_fpu(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct kvm_fpu fpu;

	xvcpu_fpu_get(vcpu, &fpu);
	return copy_to_user(argp, &fpu, sizeof(fpu)) ? -EFAULT : 0;
}

static int vcpu_set_fpu(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct kvm_fpu fpu;

	if (copy_from_user(&fpu, argp, sizeof(fpu)))
		return -EFAULT;
	return xvcpu_fpu_set(vcpu, &fpu);
}

/* As many as are known, from the first on; their number is the result. */
static int each_msr(struct xvcpu_vcpu *vcpu, struct kvm_msr_entry *entries,
		    u32 nmsrs, bool set)
{
	struct kvm_msr_entry *e = entries;

	for (; e < entries + nmsrs; e++) {
		int err = set ?
			xvcpu_msr_set(vcpu, e->index, e->data, true) :
			xvcpu_msr_get(vcpu, e->index, &e->data, true);

		if (err)
			break;
	}
	return e - entries;
}

static int vcpu_msrs(struct xvcpu_vcpu *vcpu, void __user *argp, bool set)
{
	struct kvm_msrs __user *user = argp;
	struct kvm_msr_entry *entries;
	struct kvm_msrs head;
	size_t size;
	int done;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	if (head.nmsrs >= MAX_MSRS)
		return -E2BIG;
	size = head.nmsrs * sizeof(*entries);
	entries = memdup_user(user->entries, size);
	if (IS_ERR(entries))
		return PTR_ERR(entries);
	xvcpu_regs_pull_anywhere(vcpu);
	done = each_msr(vcpu, entries, head.nmsrs, set);
	if (!set && copy_to_user(user->entries, entries, size))
		done = -EFAULT;
	kfree(entries);
	return done;
}

static int vcpu_set_cpuid2(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct kvm_cpuid2 __user *user = argp;
	struct kvm_cpuid_entry2 *entries = NULL;
	struct kvm_cpuid2 head;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	if (head.nent > XVCPU_CPUID_MAX)
		return -E2BIG;
	if (head.nent) {
		entries = vmemdup_user(user->entries,
				       head.nent * sizeof(*entries));
		if (IS_ERR(entries))
			return PTR_ERR(entries);
	}
	return xvcpu_cpuid_set(vcpu, entries, head.nent);
}

static int vcpu_get_cpuid2(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct kvm_cpuid2 __user *user = argp;
	struct kvm_cpuid2 head;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	if (head.nent < vcpu->nr_cpuid)
		return -E2BIG;
	if (copy_to_user(user->entries, vcpu->cpuid,
			 vcpu->nr_cpuid * sizeof(*vcpu->cpuid)))
		return -EFAULT;
	head.nent = vcpu->nr_cpuid;
	return copy_to_user(user, &head, sizeof(head)) ? -EFAULT : 0;
}

static int vcpu_get_mp_state(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };

	return copy_to_user(argp, &state, sizeof(state)) ? -EFAULT : 0;
}

/* Without an interrupt controller in the kernel there is one state only. */
static int vcpu_set_mp_state(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct kvm_mp_state state;

	if (copy_from_user(&state, argp, sizeof(state)))
		return -EFAULT;
	return state.mp_state == KVM_MP_STATE_RUNNABLE ? 0 : -EINVAL;
}

static int vcpu_get_binding(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct xvcpu_binding_info info;

	xvcpu_bind_info(&vcpu->binding, &info);
	return copy_to_user(argp, &info, sizeof(info)) ? -EFAULT : 0;
}

static int vcpu_migrate(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct xvcpu_migrate migrate;

	if (copy_from_user(&migrate, argp, sizeof(migrate)))
		return -EFAULT;
	if (migrate.flags || migrate.cpu < XVCPU_CPU_NONE)
		return -EINVAL;
	return xvcpu_vcpu_migrate(vcpu, migrate.cpu);
}

/* Ioctls that hold vcpu->lock. */
static long vcpu_ioctl_locked(struct xvcpu_vcpu *vcpu, unsigned int cmd,
			      unsigned long arg)
{
	void __user *argp = (void __user *)arg;

	switch (cmd) {
	case KVM_RUN:
		return arg ? -EINVAL : xvcpu_run(vcpu);
	case KVM_GET_REGS:
		return vcpu_get_regs(vcpu, argp);
	case KVM_SET_REGS:
		return vcpu_set_regs(vcpu, argp);
	case KVM_GET_SREGS:
		return vcpu_get_sregs(vcpu, argp);
	case KVM_SET_SREGS:
		return vcpu_set_sregs(vcpu, argp);
	case KVM_GET_FPU:
		return vcpu_get_fpu(vcpu, argp);
	case KVM_SET_FPU:
		return vcpu_set_fpu(vcpu, argp);
	case KVM_GET_MSRS:
		return vcpu_msrs(vcpu, argp, false);
	case KVM_SET_MSRS:
		return vcpu_msrs(vcpu, argp, true);
	case KVM_GET_CPUID2:
		return vcpu_get_cpuid2(vcpu, argp);
	case KVM_SET_CPUID2:
		return vcpu_set_cpuid2(vcpu, argp);
	case KVM_GET_MP_STATE:
		return vcpu_get_mp_state(vcpu, argp);
	case KVM_SET_MP_STATE:
		return vcpu_set_mp_state(vcpu, argp);
	case KVM_GET_TSC_KHZ:
		return tsc_khz;
	default:
		return -ENOTTY;
	}
}

static long vcpu_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct xvcpu_vcpu *vcpu = file->private_data;
	long ret;

	switch (cmd) {
	case XVCPU_GET_BINDING:
		return vcpu_get_binding(vcpu, (void __user *)arg);
	case XVCPU_MIGRATE:
		return vcpu_migrate(vcpu, (void __user *)arg);
	}
	if (current->mm != vcpu->vm->mm)
		return -EIO;
	if (mutex_lock_killable(&vcpu->lock))
		return -EINTR;
	ret = vcpu_ioctl_locked(vcpu, cmd, arg);
	mutex_unlock(&vcpu->lock);
	return ret;
}

static vm_fault_t vcpu_fault(struct vm_fault *vmf)
{
	struct xvcpu_vcpu *vcpu = vmf->vma->vm_file->private_data;

	if (vmf->pgoff > 1)
		return VM_FAULT_SIGBUS;
	vmf->page = virt_to_page((void *)vcpu->run + vmf->pgoff * PAGE_SIZE);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct vcpu_vm_ops = {
	.fault = vcpu_fault,
};

static int vcpu_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &vcpu_vm_ops;
	return 0;
}

static int vcpu_release(struct inode *inode, struct file *file)
{
	struct xvcpu_vcpu *vcpu = file->private_data;

	xvcpu_vm_put(vcpu->vm);
	return 0;
}

static const struct file_operations vcpu_fops = {
	.owner = THIS_MODULE,
	.release = vcpu_release,
	.unlocked_ioctl = vcpu_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = vcpu_mmap,
	.llseek = noop_llseek,
};

/* ---- VM ------------------------------------------------------------------ */

static const struct {
	unsigned int cap;
	int value;
} capabilities[] = {
	{ KVM_CAP_USER_MEMORY, 1 },
	{ KVM_CAP_DESTROY_MEMORY_REGION_WORKS, 1 },
	{ KVM_CAP_JOIN_MEMORY_REGIONS_WORKS, 1 },
	{ KVM_CAP_SYNC_MMU, 1 },
	{ KVM_CAP_NR_MEMSLOTS, XVCPU_MAX_SLOTS },
	{ KVM_CAP_MAX_VCPUS, XVCPU_MAX_VCPUS },
	{ KVM_CAP_MAX_VCPU_ID, XVCPU_MAX_VCPUS },
	{ KVM_CAP_EXT_CPUID, 1 },
	{ KVM_CAP_SET_TSS_ADDR, 1 },
	{ KVM_CAP_SET_IDENTITY_MAP_ADDR, 1 },
	{ KVM_CAP_MP_STATE, 1 },
	{ KVM_CAP_IMMEDIATE_EXIT, 1 },
	{ KVM_CAP_INTERNAL_ERROR_DATA, 1 },
	{ KVM_CAP_GET_TSC_KHZ, 1 },
	{ KVM_CAP_CHECK_EXTENSION_VM, 1 },
};

/* A capability is reported only when it works. */
static int check_extension(unsigned long cap)
{
	int i;

	if (cap == KVM_CAP_NR_VCPUS)
		return num_online_cpus();
	for (i = 0; i < ARRAY_SIZE(capabilities); i++)
		if (capabilities[i].cap == cap)
			return capabilities[i].value;
	return 0;
}

static int vm_set_memory(struct xvcpu_vm *vm, void __user *argp)
{
	struct kvm_userspace_memory_region region;

	if (copy_from_user(&region, argp, sizeof(region)))
		return -EFAULT;
	return xvcpu_vm_set_memory(vm, &region);
}

static int vcpu_fd(struct xvcpu_vcpu *vcpu)
{
	int fd;

	xvcpu_vm_get(vcpu->vm);
	fd = anon_inode_getfd("xvcpu-vcpu", &vcpu_fops, vcpu,
			      O_RDWR | O_CLOEXEC);
	if (fd < 0)
		xvcpu_vm_put(vcpu->vm);
	return fd;
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
	fd = vcpu_fd(vcpu);
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

static long vm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct xvcpu_vm *vm = file->private_data;
	void __user *argp = (void __user *)arg;

	if (current->mm != vm->mm)
		return -EIO;
	switch (cmd) {
	case KVM_CHECK_EXTENSION:
		return check_extension(arg);
	case KVM_SET_USER_MEMORY_REGION:
		return vm_set_memory(vm, argp);
	case KVM_SET_TSS_ADDR:
		return vm_set_tss_addr(arg);
	case KVM_SET_IDENTITY_MAP_ADDR:
		return vm_set_identity_map_addr(vm, argp);
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

static const struct file_operations vm_fops = {
	.owner = THIS_MODULE,
	.release = vm_release,
	.unlocked_ioctl = vm_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

/* ---- system -------------------------------------------------------------- */

static int system_create_vm(unsigned long type)
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

static int copy_cpuid(struct kvm_cpuid2 __user *user,
		      struct kvm_cpuid_entry2 *entries, u32 max)
{
	u32 nent = max;
	int err = xvcpu_cpuid_supported(entries, &nent);

	if (err)
		return err;
	if (copy_to_user(user->entries, entries, nent * sizeof(*entries)))
		return -EFAULT;
	return put_user(nent, &user->nent);
}

static int system_supported_cpuid(void __user *argp)
{
	struct kvm_cpuid2 __user *user = argp;
	struct kvm_cpuid_entry2 *entries;
	struct kvm_cpuid2 head;
	int err;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	head.nent = min_t(u32, head.nent, XVCPU_CPUID_MAX);
	if (!head.nent)
		return -E2BIG;
	entries = kvcalloc(head.nent, sizeof(*entries), GFP_KERNEL_ACCOUNT);
	if (!entries)
		return -ENOMEM;
	err = copy_cpuid(user, entries, head.nent);
	kvfree(entries);
	return err;
}

static int system_msr_index_list(void __user *argp)
{
	struct kvm_msr_list __user *user = argp;
	const u32 *indices;
	u32 nr = xvcpu_msr_list(&indices), room;

	if (get_user(room, &user->nmsrs) || put_user(nr, &user->nmsrs))
		return -EFAULT;
	if (room < nr)
		return -E2BIG;
	if (copy_to_user(user->indices, indices, nr * sizeof(*indices)))
		return -EFAULT;
	return 0;
}

static long system_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case KVM_GET_API_VERSION:
		return arg ? -EINVAL : KVM_API_VERSION;
	case KVM_CREATE_VM:
		return system_create_vm(arg);
	case KVM_CHECK_EXTENSION:
		return check_extension(arg);
	case KVM_GET_VCPU_MMAP_SIZE:
		return arg ? -EINVAL : 2 * PAGE_SIZE;
	case KVM_GET_SUPPORTED_CPUID:
		return system_supported_cpuid((void __user *)arg);
	case KVM_GET_MSR_INDEX_LIST:
		return system_msr_index_list((void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations system_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = system_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xvcpu",
	.fops = &system_fops,
	.mode = 0600,
};

/**
 * xvcpu_ioctl_init() - make /dev/xvcpu
 *
 * Return: 0, or the errno of misc_register().
 */
int xvcpu_ioctl_init(void)
{
	return misc_register(&device);
}

/** xvcpu_ioctl_exit() - remove /dev/xvcpu */
void xvcpu_ioctl_exit(void)
{
	misc_deregister(&device);
}
