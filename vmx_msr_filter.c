// SPDX-License-Identifier: GPL-2.0
/*
 * Which MSRs userspace denies a VM's guest (KVM_X86_SET_MSR_FILTER).
 *
 * MSRs that the guest accesses without a VM exit are denied as well: then the
 * VM's vCPUs use the bitmap in which every MSR exits.
 *
 * Locking: RCU for those who ask, vm->lock for a change.
 */
#include <xvcpu/msr_filter.h>

#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vm.h>
#include <xvcpu/vmcs.h>

/**
 * struct msr_range - MSRs, and for each whether it is allowed
 * @access: KVM_MSR_FILTER_*: what kinds of access the range is about.
 * @base: the first MSR.
 * @nr: how many.
 * @allowed: a bit each.
 */
struct msr_range {
	u32 access;
	u32 base;
	u32 nr;
	unsigned long *allowed;
};

struct xvcpu_msr_filter {
	bool default_deny;
	int nr_ranges;
	struct msr_range ranges[KVM_MSR_FILTER_MAX_RANGES];
};

/* The first range that knows the MSR decides. */
static bool allows(const struct xvcpu_msr_filter *filter, u32 index, u32 access)
{
	const struct msr_range *r = filter->ranges;

	for (; r < filter->ranges + filter->nr_ranges; r++)
		if (index >= r->base && index - r->base < r->nr &&
		    (r->access & access))
			return test_bit(index - r->base, r->allowed);
	return !filter->default_deny;
}

/**
 * xvcpu_msr_filter_look_up() - whether a VM's filter lets its guest access an MSR
 * @vm: the VM.
 * @index: the MSR.
 * @access: KVM_MSR_FILTER_READ or KVM_MSR_FILTER_WRITE.
 *
 * Context: any.
 * Return: true if it may.
 */
bool xvcpu_msr_filter_look_up(struct xvcpu_vm *vm, u32 index, u32 access)
{
	const struct xvcpu_msr_filter *filter;
	bool allowed = true;

	rcu_read_lock();
	filter = rcu_dereference(vm->msr_filter);
	if (filter)
		allowed = allows(filter, index, access);
	rcu_read_unlock();
	return allowed;
}

static void destroy(struct xvcpu_msr_filter *filter)
{
	int i;

	if (!filter)
		return;
	for (i = 0; i < filter->nr_ranges; i++)
		kfree(filter->ranges[i].allowed);
	kfree(filter);
}

static int add_msrs(struct xvcpu_msr_filter *filter,
		     const struct kvm_msr_filter_range *in)
{
	size_t size = BITS_TO_LONGS((u64)in->nmsrs) * sizeof(long);
	unsigned long *allowed;

	if (!in->nmsrs)
		return 0;
	if (!in->flags ||
	    (in->flags & ~(KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE)) ||
	    size > KVM_MSR_FILTER_MAX_BITMAP_SIZE)
		return -EINVAL;
	allowed = memdup_user((const void __user *)in->bitmap, size);
	if (IS_ERR(allowed))
		return PTR_ERR(allowed);
	filter->ranges[filter->nr_ranges++] = (struct msr_range) {
		.access = in->flags, .base = in->base, .nr = in->nmsrs,
		.allowed = allowed,
	};
	return 0;
}

static struct xvcpu_msr_filter *create(const struct kvm_msr_filter *in)
{
	struct xvcpu_msr_filter *filter;
	int i, err = 0;

	filter = kzalloc(sizeof(*filter), GFP_KERNEL_ACCOUNT);
	if (!filter)
		return ERR_PTR(-ENOMEM);
	filter->default_deny = in->flags & KVM_MSR_FILTER_DEFAULT_DENY;
	for (i = 0; i < KVM_MSR_FILTER_MAX_RANGES && !err; i++)
		err = add_msrs(filter, &in->ranges[i]);
	/* To deny everything is no filter. */
	if (!err && filter->default_deny && !filter->nr_ranges)
		err = -EINVAL;
	if (!err)
		return filter;
	destroy(filter);
	return ERR_PTR(err);
}

/* Whether the guest is denied an MSR that it would access without an exit. */
static bool denies_guests_own(const struct xvcpu_msr_filter *filter)
{
	const u32 *msrs;
	int i, nr = xvcpu_vmcs_guests_own_msrs(&msrs);

	for (i = 0; i < nr; i++)
		if (!allows(filter, msrs[i], KVM_MSR_FILTER_READ) ||
		    !allows(filter, msrs[i], KVM_MSR_FILTER_WRITE))
			return true;
	return false;
}

static int intercept_all(struct xvcpu_vm *vm, bool all)
{
	struct xvcpu_vcpu *vcpu;
	unsigned long id;
	int err = 0;

	if (vm->intercept_msrs == all)
		return 0;
	WRITE_ONCE(vm->intercept_msrs, all);
	xa_for_each(&vm->vcpus, id, vcpu)
		err = err ?: xvcpu_vcpu_visit(vcpu);
	return err;
}

/**
 * xvcpu_msr_filter_set() - KVM_X86_SET_MSR_FILTER
 * @vm: the VM.
 * @in: the filter, which takes the place of the one before.
 *
 * After success no vCPU goes by the one before.
 *
 * Context: process context, may sleep; vm->lock is held.
 * Return: 0; -EINVAL for an unknown flag, a range too long, or if there is nothing
 * but denial; -EFAULT; -ENOMEM; -EINTR if the thread is being killed: then the
 * filter is the new one, and a vCPU may still be in the guest by the old one.
 */
int xvcpu_msr_filter_set(struct xvcpu_vm *vm, const struct kvm_msr_filter *in)
{
	struct xvcpu_msr_filter *filter, *old;
	int err;

	lockdep_assert_held(&vm->lock);
	if (in->flags & ~KVM_MSR_FILTER_DEFAULT_DENY)
		return -EINVAL;
	filter = create(in);
	if (IS_ERR(filter))
		return PTR_ERR(filter);
	old = rcu_replace_pointer(vm->msr_filter, filter,
				  lockdep_is_held(&vm->lock));
	err = intercept_all(vm, denies_guests_own(filter));
	synchronize_rcu();
	destroy(old);
	return err;
}

/**
 * xvcpu_msr_filter_destroy() - free a VM's filter
 * @vm: the VM, which nobody uses any more.
 */
void xvcpu_msr_filter_destroy(struct xvcpu_vm *vm)
{
	destroy(rcu_dereference_protected(vm->msr_filter, true));
}
