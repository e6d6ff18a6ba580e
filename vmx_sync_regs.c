// SPDX-License-Identifier: GPL-2.0
/*
 * Registers that KVM_RUN takes from struct kvm_run and leaves there
 * (KVM_CAP_SYNC_REGS), each group as its own ioctl would.
 *
 * Userspace may write to struct kvm_run meanwhile: what is set was copied first.
 *
 * Context: process context, may sleep; the vCPU's lock is held.
 */
#include <xvcpu/sync_regs.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <asm/msr-index.h>
#include <xvcpu/event.h>
#include <xvcpu/ioctl.h>
#include <xvcpu/regs.h>

static int set_regs(struct xvcpu_vcpu *vcpu, const struct kvm_sync_regs *from)
{
	struct kvm_regs regs = from->regs;

	barrier();
	return xvcpu_ioctl_set_regs(vcpu, &regs);
}

static void get_regs(struct xvcpu_vcpu *vcpu, struct kvm_sync_regs *to)
{
	xvcpu_regs_get(vcpu, &to->regs);
}

static int set_sregs(struct xvcpu_vcpu *vcpu, const struct kvm_sync_regs *from)
{
	struct kvm_sregs sregs = from->sregs;
	int err = 0;

	barrier();
	/* With PAE paging, and after a shutdown, more is set than was said. */
	if (!(sregs.efer & EFER_LMA) ||
	    vcpu->binding.state == XVCPU_VCPU_TERMINATED)
		err = xvcpu_regs_pull_anywhere(vcpu, XVCPU_REG_ALL);
	if (err)
		return err;
	return xvcpu_ioctl_set_sregs(vcpu, &sregs);
}

static void get_sregs(struct xvcpu_vcpu *vcpu, struct kvm_sync_regs *to)
{
	xvcpu_regs_get_special(vcpu, &to->sregs);
}

static int set_events(struct xvcpu_vcpu *vcpu, const struct kvm_sync_regs *from)
{
	struct kvm_vcpu_events events = from->events;

	barrier();
	return xvcpu_event_set_state(vcpu, &events);
}

static void get_events(struct xvcpu_vcpu *vcpu, struct kvm_sync_regs *to)
{
	xvcpu_event_get_state(vcpu, &to->events);
}

/* In this order: to set general registers drops an exception that waits. */
static const struct group {
	u32 bit;
	u32 regs;	/* groups of struct xvcpu_regs that both look at */
	int (*set)(struct xvcpu_vcpu *vcpu, const struct kvm_sync_regs *from);
	void (*get)(struct xvcpu_vcpu *vcpu, struct kvm_sync_regs *to);
} groups[] = {
	{ KVM_SYNC_X86_REGS, XVCPU_REG_GENERAL, set_regs, get_regs },
	{ KVM_SYNC_X86_SREGS, XVCPU_REG_SPECIAL, set_sregs, get_sregs },
	{ KVM_SYNC_X86_EVENTS, XVCPU_REG_GENERAL | XVCPU_REG_CR0,
	  set_events, get_events },
};

/**
 * xvcpu_sync_regs_supported() - KVM_CAP_SYNC_REGS
 *
 * Return: the groups there are, KVM_SYNC_X86_*.
 */
u32 xvcpu_sync_regs_supported(void)
{
	u32 bits = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		bits |= groups[i].bit;
	return bits;
}

static u32 regs_of(u64 bits)
{
	u32 regs = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (bits & groups[i].bit)
			regs |= groups[i].regs;
	return regs;
}

static int set_dirty(struct xvcpu_vcpu *vcpu, u64 dirty)
{
	struct kvm_run *run = vcpu->run;
	int i, err;

	err = xvcpu_regs_pull_anywhere(vcpu, regs_of(dirty));
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		if (!(dirty & groups[i].bit))
			continue;
		err = groups[i].set(vcpu, &run->s.regs);
		if (err)
			return err;
		run->kvm_dirty_regs &= ~(u64)groups[i].bit;
	}
	return 0;
}

/**
 * xvcpu_sync_regs_in() - take the registers that userspace has changed
 * @vcpu: the vCPU, about to run.
 *
 * Return: 0; -EINVAL for an unknown group, or what setting a group gives: those
 * before it are set then, and no longer marked as changed.
 */
int xvcpu_sync_regs_in(struct xvcpu_vcpu *vcpu)
{
	u64 dirty = READ_ONCE(vcpu->run->kvm_dirty_regs);
	u64 valid = READ_ONCE(vcpu->run->kvm_valid_regs);
	int err;

	if ((dirty | valid) & ~(u64)xvcpu_sync_regs_supported())
		return -EINVAL;
	err = dirty ? set_dirty(vcpu, dirty) : 0;
	/* Read in the run, they need not be fetched after it. */
	if (!err)
		vcpu->for_user = XVCPU_REG_FOR_USER | regs_of(valid);
	return err;
}

/**
 * xvcpu_sync_regs_out() - leave the registers that userspace wants to see
 * @vcpu: the vCPU, which has run.
 *
 * Return: 0, or -EIO if VMPTRLD failed.
 */
int xvcpu_sync_regs_out(struct xvcpu_vcpu *vcpu)
{
	u64 valid = READ_ONCE(vcpu->run->kvm_valid_regs);
	int i, err;

	vcpu->for_user = XVCPU_REG_FOR_USER;
	err = xvcpu_regs_pull_anywhere(vcpu, regs_of(valid));
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (valid & groups[i].bit)
			groups[i].get(vcpu, &vcpu->run->s.regs);
	return 0;
}
