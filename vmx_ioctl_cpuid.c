// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls on CPUID: what a guest can be offered, and what a vCPU is to tell.
 *
 * Locking: vcpu->lock is held for those on a vCPU.
 */
#include <xvcpu/ioctl.h>

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/vcpu.h>

static int copy_supported(struct kvm_cpuid2 __user *user,
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

/**
 * xvcpu_ioctl_supported_cpuid() - KVM_GET_SUPPORTED_CPUID
 * @argp: the argument.
 *
 * Return: 0; -E2BIG if there are more entries than fit; -EFAULT, -ENOMEM.
 */
int xvcpu_ioctl_supported_cpuid(void __user *argp)
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
	err = copy_supported(user, entries, head.nent);
	kvfree(entries);
	return err;
}

/**
 * xvcpu_ioctl_emulated_cpuid() - KVM_GET_EMULATED_CPUID
 * @argp: the argument.
 *
 * No instruction is emulated that the CPU lacks: the list is empty.
 *
 * Return: 0 or -EFAULT.
 */
int xvcpu_ioctl_emulated_cpuid(void __user *argp)
{
	struct kvm_cpuid2 __user *user = argp;
	struct kvm_cpuid2 head;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	return put_user(0, &user->nent);
}

/* How many entries the argument has, and that many from @user. */
static void *copy_entries(const void __user *user, u32 nent, size_t size)
{
	if (nent > XVCPU_CPUID_MAX)
		return ERR_PTR(-E2BIG);
	return nent ? vmemdup_user(user, nent * size) : NULL;
}

/**
 * xvcpu_ioctl_set_cpuid2() - KVM_SET_CPUID2
 * @vcpu: the vCPU.
 * @argp: the argument.
 *
 * Return: as xvcpu_cpuid_set(); -E2BIG, -EFAULT, -ENOMEM.
 */
int xvcpu_ioctl_set_cpuid2(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct kvm_cpuid2 __user *user = argp;
	struct kvm_cpuid_entry2 *entries;
	struct kvm_cpuid2 head;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	entries = copy_entries(user->entries, head.nent, sizeof(*entries));
	if (IS_ERR(entries))
		return PTR_ERR(entries);
	return xvcpu_cpuid_set(vcpu, entries, head.nent);
}

/* Entries without subleaves, in the form of those that have them. */
static struct kvm_cpuid_entry2 *convert(const struct kvm_cpuid_entry *from,
					u32 nent)
{
	struct kvm_cpuid_entry2 *to;
	u32 i;

	to = kvcalloc(nent, sizeof(*to), GFP_KERNEL_ACCOUNT);
	for (i = 0; to && i < nent; i++) {
		to[i].function = from[i].function;
		to[i].eax = from[i].eax;
		to[i].ebx = from[i].ebx;
		to[i].ecx = from[i].ecx;
		to[i].edx = from[i].edx;
	}
	return to;
}

/**
 * xvcpu_ioctl_set_cpuid() - KVM_SET_CPUID
 * @vcpu: the vCPU.
 * @argp: the argument.
 *
 * Return: as xvcpu_cpuid_set(); -E2BIG, -EFAULT, -ENOMEM.
 */
int xvcpu_ioctl_set_cpuid(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct kvm_cpuid __user *user = argp;
	struct kvm_cpuid_entry2 *entries;
	struct kvm_cpuid_entry *old;
	struct kvm_cpuid head;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	old = copy_entries(user->entries, head.nent, sizeof(*old));
	if (IS_ERR(old))
		return PTR_ERR(old);
	if (!old)
		return xvcpu_cpuid_set(vcpu, NULL, 0);
	entries = convert(old, head.nent);
	kvfree(old);
	if (!entries)
		return -ENOMEM;
	return xvcpu_cpuid_set(vcpu, entries, head.nent);
}

/**
 * xvcpu_ioctl_get_cpuid2() - KVM_GET_CPUID2
 * @vcpu: the vCPU.
 * @argp: the argument.
 *
 * Return: 0; -E2BIG if there are more entries than fit; -EFAULT.
 */
int xvcpu_ioctl_get_cpuid2(struct xvcpu_vcpu *vcpu, void __user *argp)
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
