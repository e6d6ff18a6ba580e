// SPDX-License-Identifier: GPL-2.0
/*
 * The signals that are blocked while a vCPU runs (KVM_SET_SIGNAL_MASK). One that
 * is blocked by the thread but not by this mask ends KVM_RUN and stays pending.
 *
 * Context: process context; the vCPU's lock is held.
 */
#include <xvcpu/sigmask.h>

#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/uaccess.h>
#include <xvcpu/vcpu.h>

/**
 * xvcpu_sigmask_set() - KVM_SET_SIGNAL_MASK
 * @vcpu: the vCPU.
 * @argp: the argument; NULL means that the thread's own mask holds.
 *
 * Return: 0; -EINVAL for a mask of another size than the kernel's; -EFAULT.
 */
int xvcpu_sigmask_set(struct xvcpu_vcpu *vcpu, void __user *argp)
{
	struct kvm_signal_mask __user *user = argp;
	struct kvm_signal_mask head;
	sigset_t mask;

	if (!user) {
		vcpu->has_sigmask = false;
		return 0;
	}
	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	if (head.len != sizeof(mask))
		return -EINVAL;
	if (copy_from_user(&mask, user->sigset, sizeof(mask)))
		return -EFAULT;
	/* Nobody blocks these. */
	sigdelsetmask(&mask, sigmask(SIGKILL) | sigmask(SIGSTOP));
	vcpu->sigmask = mask;
	vcpu->has_sigmask = true;
	return 0;
}

/**
 * xvcpu_sigmask_enter() - let the vCPU's mask hold
 * @vcpu: the vCPU, about to run; it has one.
 *
 * The thread's own is kept where sigtimedwait() keeps it, so that an ignored
 * signal that the thread blocks is not thrown away meanwhile.
 */
void xvcpu_sigmask_enter(struct xvcpu_vcpu *vcpu)
{
	sigprocmask(SIG_SETMASK, &vcpu->sigmask, &current->real_blocked);
}

/**
 * xvcpu_sigmask_leave() - let the thread's own mask hold again
 * @vcpu: the vCPU, which has run, and has one.
 */
void xvcpu_sigmask_leave(struct xvcpu_vcpu *vcpu)
{
	sigprocmask(SIG_SETMASK, &current->real_blocked, NULL);
	sigemptyset(&current->real_blocked);
}
