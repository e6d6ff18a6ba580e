// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xvcpu: the device and the ioctls of its own file descriptor.
 *
 * Locking: none of its own.
 */
#include <xvcpu/ioctl.h>

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <uapi/linux/xvcpu.h>
#include <xvcpu/debug.h>
#include <xvcpu/dirty.h>
#include <xvcpu/fpu.h>
#include <xvcpu/mce.h>
#include <xvcpu/sync_regs.h>
#include <xvcpu/tsc.h>
#include <xvcpu/vm.h>

static const struct {
	unsigned int cap;
	int value;
} capabilities[] = {
	{ KVM_CAP_USER_MEMORY, 1 },
	{ KVM_CAP_DESTROY_MEMORY_REGION_WORKS, 1 },
	{ KVM_CAP_JOIN_MEMORY_REGIONS_WORKS, 1 },
	{ KVM_CAP_SYNC_MMU, 1 },
	{ KVM_CAP_NR_MEMSLOTS, XVCPU_MAX_SLOTS },
	{ KVM_CAP_READONLY_MEM, 1 },
	{ KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, XVCPU_DIRTY_MANUAL },
	{ KVM_CAP_ENABLE_CAP_VM, 1 },
	{ KVM_CAP_BINARY_STATS_FD, 1 },
	{ KVM_CAP_MAX_VCPUS, XVCPU_MAX_VCPUS },
	{ KVM_CAP_MAX_VCPU_ID, XVCPU_MAX_VCPUS },
	{ KVM_CAP_EXT_CPUID, 1 },
	{ KVM_CAP_EXT_EMUL_CPUID, 1 },
	{ KVM_CAP_SET_TSS_ADDR, 1 },
	{ KVM_CAP_SET_IDENTITY_MAP_ADDR, 1 },
	{ KVM_CAP_MP_STATE, 1 },
	/* What there is without interrupt controllers in the kernel: -EINVAL. */
	{ KVM_CAP_IRQ_ROUTING, XVCPU_MAX_IRQ_ROUTES },
	{ KVM_CAP_USER_NMI, 1 },
	{ KVM_CAP_VCPU_EVENTS, 1 },
	{ KVM_CAP_INTR_SHADOW, 1 },
	{ KVM_CAP_SET_GUEST_DEBUG, 1 },
	{ KVM_CAP_SET_GUEST_DEBUG2, XVCPU_DEBUG_CONTROLS },
	{ KVM_CAP_IMMEDIATE_EXIT, 1 },
	{ KVM_CAP_XSAVE, 1 },
	{ KVM_CAP_XSAVE2, sizeof(struct kvm_xsave) },
	{ KVM_CAP_DEBUGREGS, 1 },
	{ KVM_CAP_SREGS2, 1 },
	{ KVM_CAP_GET_MSR_FEATURES, 1 },
	{ KVM_CAP_ENABLE_CAP_VM, 1 },
	{ KVM_CAP_X86_USER_SPACE_MSR, 1 },
	{ KVM_CAP_X86_MSR_FILTER, 1 },
	{ KVM_CAP_MCE, XVCPU_MCE_MAX_BANKS },
	{ KVM_CAP_INTERNAL_ERROR_DATA, 1 },
	{ KVM_CAP_GET_TSC_KHZ, 1 },
	{ KVM_CAP_CHECK_EXTENSION_VM, 1 },
	{ XVCPU_CAP_HYPERCALL_EXIT, 1 },
};

/**
 * xvcpu_ioctl_check_extension() - KVM_CHECK_EXTENSION
 * @cap: the capability, a KVM_CAP_*.
 *
 * A capability is reported only when it works.
 *
 * Return: what it is worth; 0 if there is no such capability.
 */
int xvcpu_ioctl_check_extension(unsigned long cap)
{
	int i;

	if (cap == KVM_CAP_NR_VCPUS)
		return num_online_cpus();
	if (cap == KVM_CAP_SYNC_REGS)
		return xvcpu_sync_regs_supported();
	if (cap == KVM_CAP_TSC_CONTROL)
		return xvcpu_tsc_can_scale();
	if (cap == KVM_CAP_XCRS)
		return !!xvcpu_fpu_supported_xcr0();
	for (i = 0; i < ARRAY_SIZE(capabilities); i++)
		if (capabilities[i].cap == cap)
			return capabilities[i].value;
	return 0;
}

static int system_mce_cap(void __user *argp)
{
	return put_user(xvcpu_mce_supported(), (u64 __user *)argp);
}

static long system_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *argp = (void __user *)arg;

	switch (cmd) {
	case KVM_GET_API_VERSION:
		return arg ? -EINVAL : KVM_API_VERSION;
	case KVM_CREATE_VM:
		return xvcpu_ioctl_create_vm(arg);
	case KVM_CHECK_EXTENSION:
		return xvcpu_ioctl_check_extension(arg);
	case KVM_GET_VCPU_MMAP_SIZE:
		return arg ? -EINVAL : 2 * PAGE_SIZE;
	case KVM_GET_SUPPORTED_CPUID:
		return xvcpu_ioctl_supported_cpuid(argp);
	case KVM_GET_EMULATED_CPUID:
		return xvcpu_ioctl_emulated_cpuid(argp);
	case KVM_GET_MSR_INDEX_LIST:
		return xvcpu_ioctl_msr_list(argp, false);
	case KVM_GET_MSR_FEATURE_INDEX_LIST:
		return xvcpu_ioctl_msr_list(argp, true);
	case KVM_GET_MSRS:
		return xvcpu_ioctl_msrs(NULL, argp, false);
	case KVM_X86_GET_MCE_CAP_SUPPORTED:
		return system_mce_cap(argp);
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
