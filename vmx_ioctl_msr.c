// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls on MSRs: a vCPU's, and on /dev/xvcpu those that say what a guest
 * can be offered.
 *
 * Locking: vcpu->lock is held for those on a vCPU.
 */
#include <xvcpu/ioctl.h>

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xvcpu/msr.h>

/* More MSRs than there are in one KVM_GET_MSRS nobody needs. */
#define MAX_MSRS	256

/* Without a vCPU it is about what there can be. */
static int access_one(struct xvcpu_vcpu *vcpu, struct kvm_msr_entry *e,
		      bool set)
{
	if (!vcpu)
		return xvcpu_msr_get_feature(e->index, &e->data);
	if (set)
		return xvcpu_msr_set(vcpu, e->index, e->data);
	return xvcpu_msr_get(vcpu, e->index, &e->data);
}

/* As many as are known, from the first on; their number is the result. */
static int access_each(struct xvcpu_vcpu *vcpu, struct kvm_msr_entry *entries,
		       u32 nmsrs, bool set)
{
	struct kvm_msr_entry *e = entries;

	while (e < entries + nmsrs && !access_one(vcpu, e, set))
		e++;
	return e - entries;
}

/**
 * xvcpu_ioctl_msrs() - KVM_GET_MSRS, KVM_SET_MSRS
 * @vcpu: the vCPU, all registers here; or NULL for what a guest can be offered.
 * @argp: the argument.
 * @set: whether to set, not get.
 *
 * Return: how many MSRs were accessed, up to the first that is not known or does
 * not take its value; -E2BIG, -EFAULT, -ENOMEM.
 */
int xvcpu_ioctl_msrs(struct xvcpu_vcpu *vcpu, void __user *argp, bool set)
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
	done = access_each(vcpu, entries, head.nmsrs, set);
	if (!set && copy_to_user(user->entries, entries, size))
		done = -EFAULT;
	kfree(entries);
	return done;
}

/**
 * xvcpu_ioctl_msr_list() - KVM_GET_MSR_INDEX_LIST, _MSR_FEATURE_INDEX_LIST
 * @argp: the argument.
 * @features: whether the list is of those that say what can be offered.
 *
 * Return: 0; -E2BIG with the number of MSRs if it is too small; -EFAULT.
 */
int xvcpu_ioctl_msr_list(void __user *argp, bool features)
{
	struct kvm_msr_list __user *user = argp;
	u32 indices[XVCPU_MSR_MAX_LISTED];
	u32 nr = features ? xvcpu_msr_list_features(indices) :
			    xvcpu_msr_list(indices);
	u32 room;

	if (get_user(room, &user->nmsrs) || put_user(nr, &user->nmsrs))
		return -EFAULT;
	if (room < nr)
		return -E2BIG;
	if (copy_to_user(user->indices, indices, nr * sizeof(*indices)))
		return -EFAULT;
	return 0;
}
