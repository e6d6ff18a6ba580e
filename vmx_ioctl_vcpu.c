// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's file descriptor and its ioctls. Every one checks what it gets, calls
 * down, and copies out.
 *
 * Locking: vcpu->lock around all but what works while the vCPU runs.
 */
#include <xvcpu/ioctl.h>

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/linux/xvcpu.h>
#include <xvcpu/debug.h>
#include <xvcpu/event.h>
#include <xvcpu/explain.h>
#include <xvcpu/fpu.h>
#include <xvcpu/intr.h>
#include <xvcpu/mce.h>
#include <xvcpu/regs.h>
#include <xvcpu/run.h>
#include <xvcpu/sigmask.h>
#include <xvcpu/sync_regs.h>
#include <xvcpu/tsc.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vm.h>
#include <xvcpu/walk.h>
#include <xvcpu/xsave.h>

/* Without an interrupt controller in the kernel there is one state only. */
static void get_mp_state(struct kvm_mp_state *state)
{
	state->mp_state = KVM_MP_STATE_RUNNABLE;
}

static int set_mp_state(const struct kvm_mp_state *state)
{
	return state->mp_state == KVM_MP_STATE_RUNNABLE ? 0 : -EINVAL;
}

/* What an ioctl reads or writes; zeroed, so that nothing else gets out. */
struct arg {
	void __user *user;
	union {
		struct kvm_sregs sregs;
		struct kvm_sregs2 sregs2;
		struct kvm_fpu fpu;
		struct kvm_xcrs xcrs;
		struct kvm_debugregs debugregs;
		struct kvm_translation translation;
		struct kvm_x86_mce mce;
		u64 mcg_cap;
		struct kvm_mp_state mp_state;
		struct kvm_vcpu_events events;
		struct kvm_guest_debug debug;
		struct xvcpu_binding_info binding;
		struct xvcpu_migrate migrate;
		struct xvcpu_exit_trace exit_trace;
	};
};

/* Of a size that the compiler knows: there is nothing to be checked then. */
#define copy_in(arg, member)						\
	(copy_from_user(&(arg)->member, (arg)->user,			\
			sizeof((arg)->member)) ? -EFAULT : 0)

#define copy_out(arg, member)						\
	(copy_to_user((arg)->user, &(arg)->member,			\
		      sizeof((arg)->member)) ? -EFAULT : 0)

/**
 * xvcpu_ioctl_set_regs() - KVM_SET_REGS
 * @vcpu: the vCPU, all registers here.
 * @regs: the values.
 *
 * Return: 0.
 */
int xvcpu_ioctl_set_regs(struct xvcpu_vcpu *vcpu, const struct kvm_regs *regs)
{
	xvcpu_vcpu_revive(vcpu);
	return xvcpu_regs_set(vcpu, regs);
}

/* The special registers were set, or not: @err is passed on. */
static int special_set(struct xvcpu_vcpu *vcpu, int err)
{
	if (err)
		return err;
	vcpu->run->cr8 = vcpu->regs.cr8;
	xvcpu_vcpu_revive(vcpu);
	return 0;
}

/**
 * xvcpu_ioctl_set_sregs() - KVM_SET_SREGS
 * @vcpu: the vCPU, all registers here.
 * @sregs: the values.
 *
 * Return: 0, or -EINVAL if they do not go together; nothing has changed then.
 */
int xvcpu_ioctl_set_sregs(struct xvcpu_vcpu *vcpu,
			  const struct kvm_sregs *sregs)
{
	return special_set(vcpu, xvcpu_regs_set_special(vcpu, sregs));
}

static int set_sregs2(struct xvcpu_vcpu *vcpu, const struct kvm_sregs2 *sregs)
{
	return special_set(vcpu, xvcpu_regs_set_special2(vcpu, sregs));
}

static int get_xsave(struct xvcpu_vcpu *vcpu, void __user *user)
{
	BUILD_BUG_ON(sizeof(struct kvm_xsave) != PAGE_SIZE);
	return copy_to_user(user, vcpu->fpu, PAGE_SIZE) ? -EFAULT : 0;
}

static int set_xsave(struct xvcpu_vcpu *vcpu, void __user *user)
{
	void *image = memdup_user(user, sizeof(struct kvm_xsave));
	int err;

	if (IS_ERR(image))
		return PTR_ERR(image);
	err = xvcpu_xsave_set(vcpu, image);
	kfree(image);
	return err;
}

static bool can(struct xvcpu_vcpu *vcpu, u64 gva, u32 access, u64 *gpa)
{
	u32 error;

	return !xvcpu_walk(vcpu, gva, access | XVCPU_WALK_PEEK, gpa, &error);
}

/* Whoever may access it: a supervisor may not have to be able to. */
static void translate(struct xvcpu_vcpu *vcpu, struct kvm_translation *t)
{
	u64 gva = t->linear_address, gpa = ~0ULL, unused;

	t->usermode = can(vcpu, gva, XVCPU_WALK_USER, &gpa);
	t->valid = t->usermode || can(vcpu, gva, 0, &gpa);
	t->writeable = can(vcpu, gva, XVCPU_WALK_WRITE, &unused) ||
		       can(vcpu, gva, XVCPU_WALK_WRITE | XVCPU_WALK_USER,
			   &unused);
	t->physical_address = t->valid ? gpa : ~0ULL;
	memset(t->pad, 0, sizeof(t->pad));
}

static noinline int lock_slowly(struct xvcpu_vcpu *vcpu)
{
	int err;

	atomic_inc(&vcpu->waiters);
	err = mutex_lock_killable(&vcpu->lock);
	atomic_dec(&vcpu->waiters);
	return err;
}

static int lock(struct xvcpu_vcpu *vcpu)
{
	if (current->mm != vcpu->vm->mm)
		return -EIO;
	return likely(mutex_trylock(&vcpu->lock)) ? 0 : lock_slowly(vcpu);
}

static int get_regs(struct xvcpu_vcpu *vcpu, void __user *user)
{
	struct kvm_regs regs;
	int err = lock(vcpu);

	if (err)
		return err;
	err = xvcpu_regs_pull_anywhere(vcpu, XVCPU_REG_ALL);
	if (!err)
		xvcpu_regs_get(vcpu, &regs);
	mutex_unlock(&vcpu->lock);
	if (err)
		return err;
	return copy_to_user(user, &regs, sizeof(regs)) ? -EFAULT : 0;
}

/*
 * It waits, whatever the registers are: they stay where they are. Inlined, it would
 * lengthen the way of all others.
 */
static noinline int interrupt(struct xvcpu_vcpu *vcpu,
			      const struct kvm_interrupt __user *user)
{
	u32 vector;
	int err;

	if (get_user(vector, &user->irq))
		return -EFAULT;
	err = lock(vcpu);
	if (err)
		return err;
	err = xvcpu_intr_queue(vcpu, vector);
	mutex_unlock(&vcpu->lock);
	return err;
}

static int set_regs(struct xvcpu_vcpu *vcpu, const void __user *user)
{
	struct kvm_regs regs;
	int err;

	if (copy_from_user(&regs, user, sizeof(regs)))
		return -EFAULT;
	err = lock(vcpu);
	if (err)
		return err;
	err = xvcpu_regs_pull_anywhere(vcpu, XVCPU_REG_ALL) ?:
	      xvcpu_ioctl_set_regs(vcpu, &regs);
	mutex_unlock(&vcpu->lock);
	return err;
}

static int get_entry_failure(struct xvcpu_vcpu *vcpu, void __user *user)
{
	struct xvcpu_entry_failure failure;
	int err = xvcpu_vcpu_visit_begin(vcpu);

	if (err)
		return err;
	err = xvcpu_explain_get(vcpu, &failure);
	xvcpu_vcpu_visit_end(vcpu);
	if (err)
		return err;
	return copy_to_user(user, &failure, sizeof(failure)) ? -EFAULT : 0;
}

static int migrate(struct xvcpu_vcpu *vcpu, const struct xvcpu_migrate *to)
{
	if (to->flags || to->cpu < XVCPU_CPU_NONE)
		return -EINVAL;
	return xvcpu_vcpu_migrate(vcpu, to->cpu);
}

/* Ioctls that read or write a vCPU's state: all its registers are here. */
static long state_ioctl(struct xvcpu_vcpu *vcpu, unsigned int cmd,
			struct arg *arg)
{
	switch (cmd) {
	case KVM_GET_SREGS:
		xvcpu_regs_get_special(vcpu, &arg->sregs);
		return copy_out(arg, sregs);
	case KVM_SET_SREGS:
		return copy_in(arg, sregs) ?: xvcpu_ioctl_set_sregs(vcpu, &arg->sregs);
	case KVM_GET_SREGS2:
		xvcpu_regs_get_special2(vcpu, &arg->sregs2);
		return copy_out(arg, sregs2);
	case KVM_SET_SREGS2:
		return copy_in(arg, sregs2) ?: set_sregs2(vcpu, &arg->sregs2);
	case KVM_GET_FPU:
		xvcpu_xsave_get_fpu(vcpu, &arg->fpu);
		return copy_out(arg, fpu);
	case KVM_SET_FPU:
		return copy_in(arg, fpu) ?: xvcpu_xsave_set_fpu(vcpu, &arg->fpu);
	case KVM_GET_XSAVE:
	case KVM_GET_XSAVE2:
		return get_xsave(vcpu, arg->user);
	case KVM_SET_XSAVE:
		return set_xsave(vcpu, arg->user);
	case KVM_GET_XCRS:
		xvcpu_xsave_get_xcrs(vcpu, &arg->xcrs);
		return copy_out(arg, xcrs);
	case KVM_SET_XCRS:
		return copy_in(arg, xcrs) ?: xvcpu_xsave_set_xcrs(vcpu, &arg->xcrs);
	case KVM_GET_DEBUGREGS:
		xvcpu_debug_get_regs(vcpu, &arg->debugregs);
		return copy_out(arg, debugregs);
	case KVM_SET_DEBUGREGS:
		return copy_in(arg, debugregs) ?: xvcpu_debug_set_regs(vcpu, &arg->debugregs);
	case KVM_GET_MP_STATE:
		get_mp_state(&arg->mp_state);
		return copy_out(arg, mp_state);
	case KVM_SET_MP_STATE:
		return copy_in(arg, mp_state) ?: set_mp_state(&arg->mp_state);
	case KVM_NMI:
		xvcpu_intr_queue_nmi(vcpu);
		return 0;
	case KVM_GET_VCPU_EVENTS:
		xvcpu_event_get_state(vcpu, &arg->events);
		return copy_out(arg, events);
	case KVM_SET_VCPU_EVENTS:
		return copy_in(arg, events) ?:
		       xvcpu_event_set_state(vcpu, &arg->events);
	case KVM_SET_GUEST_DEBUG:
		return copy_in(arg, debug) ?: xvcpu_debug_set(vcpu, &arg->debug);
	case KVM_GET_MSRS:
		return xvcpu_ioctl_msrs(vcpu, arg->user, false);
	case KVM_SET_MSRS:
		return xvcpu_ioctl_msrs(vcpu, arg->user, true);
	case KVM_TRANSLATE:
		if (copy_in(arg, translation))
			return -EFAULT;
		translate(vcpu, &arg->translation);
		return copy_out(arg, translation);
	case KVM_SET_SIGNAL_MASK:
		return xvcpu_sigmask_set(vcpu, arg->user);
	case KVM_X86_SETUP_MCE:
		return copy_in(arg, mcg_cap) ?: xvcpu_mce_setup(vcpu, arg->mcg_cap);
	case KVM_X86_SET_MCE:
		return copy_in(arg, mce) ?: xvcpu_mce_inject(vcpu, &arg->mce);
	case KVM_GET_CPUID2:
		return xvcpu_ioctl_get_cpuid2(vcpu, arg->user);
	case KVM_SET_CPUID2:
		return xvcpu_ioctl_set_cpuid2(vcpu, arg->user);
	case KVM_SET_CPUID:
		return xvcpu_ioctl_set_cpuid(vcpu, arg->user);
	case KVM_GET_TSC_KHZ:
		return vcpu->regs.tsc_khz;
	default:
		return -ENOTTY;
	}
}

/* Ioctls that work while the vCPU runs. */
static long unlocked_ioctl(struct xvcpu_vcpu *vcpu, unsigned int cmd,
			   void __user *user)
{
	struct arg arg = { .user = user };

	switch (cmd) {
	case XVCPU_GET_BINDING:
		xvcpu_bind_info(&vcpu->binding, &arg.binding);
		return copy_out(&arg, binding);
	case KVM_GET_STATS_FD:
		return xvcpu_ioctl_vcpu_stats_fd(vcpu);
	case XVCPU_MIGRATE:
		return copy_in(&arg, migrate) ?: migrate(vcpu, &arg.migrate);
	case XVCPU_GET_ENTRY_FAILURE:
		return get_entry_failure(vcpu, user);
	case XVCPU_OPEN_EXIT_TRACE:
		return copy_in(&arg, exit_trace) ?:
		       xvcpu_ioctl_open_exit_trace(vcpu, &arg.exit_trace);
	default:
		return -ENOTTY;
	}
}

static int run_masked(struct xvcpu_vcpu *vcpu)
{
	int ret;

	if (likely(!vcpu->has_sigmask))
		return xvcpu_run(vcpu);
	xvcpu_sigmask_enter(vcpu);
	ret = xvcpu_run(vcpu);
	xvcpu_sigmask_leave(vcpu);
	return ret;
}

static int run_synced(struct xvcpu_vcpu *vcpu)
{
	int ret;

	if (!xvcpu_sync_regs_wanted(vcpu))
		return run_masked(vcpu);
	ret = xvcpu_sync_regs_in(vcpu);
	if (ret)
		return ret;
	ret = run_masked(vcpu);
	return xvcpu_sync_regs_out(vcpu) ?: ret;
}

static int run(struct xvcpu_vcpu *vcpu)
{
	int ret = run_synced(vcpu);

	/*
	 * To user mode and here again without the program's notice: the way of
	 * a signal that nobody handles. If one comes that somebody handles, it
	 * ends the run.
	 */
	if (unlikely(ret == -ERESTARTNOHAND))
		set_thread_flag(TIF_SIGPENDING);
	return ret;
}

static long run_ioctl(struct xvcpu_vcpu *vcpu, unsigned long value)
{
	long ret = lock(vcpu);

	if (ret)
		return ret;
	ret = value ? -EINVAL : run(vcpu);
	mutex_unlock(&vcpu->lock);
	return ret;
}

static long locked_ioctl(struct xvcpu_vcpu *vcpu, unsigned int cmd,
			 unsigned long value)
{
	struct arg arg = { .user = (void __user *)value };
	long ret = lock(vcpu);

	if (ret)
		return ret;
	ret = xvcpu_regs_pull_anywhere(vcpu, XVCPU_REG_ALL);
	if (ret)
		goto out;
	if (cmd == KVM_SET_TSC_KHZ)
		ret = xvcpu_tsc_set_khz(vcpu, value);
	else
		ret = state_ioctl(vcpu, cmd, &arg);
out:
	mutex_unlock(&vcpu->lock);
	return ret;
}

static long vcpu_ioctl(struct file *file, unsigned int cmd, unsigned long value)
{
	struct xvcpu_vcpu *vcpu = file->private_data;

	if (likely(cmd == KVM_RUN))
		return run_ioctl(vcpu, value);
	switch (cmd) {
	case KVM_GET_REGS:
		return get_regs(vcpu, (void __user *)value);
	case KVM_SET_REGS:
		return set_regs(vcpu, (void __user *)value);
	case KVM_INTERRUPT:
		return interrupt(vcpu, (void __user *)value);
	case XVCPU_GET_BINDING:
	case XVCPU_MIGRATE:
	case XVCPU_GET_ENTRY_FAILURE:
	case XVCPU_OPEN_EXIT_TRACE:
	case KVM_GET_STATS_FD:
		return unlocked_ioctl(vcpu, cmd, (void __user *)value);
	default:
		return locked_ioctl(vcpu, cmd, value);
	}
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
	struct xvcpu_vm *vm = vcpu->vm;

	xvcpu_vcpu_retire(vcpu);
	xvcpu_vm_put(vm);
	return 0;
}

static void vcpu_show_fdinfo(struct seq_file *seq, struct file *file)
{
	const struct xvcpu_vcpu *vcpu = file->private_data;

	seq_printf(seq, "xvcpu-vm:\t%u\nxvcpu-vcpu:\t%u\n", vcpu->vm_id,
		   vcpu->key);
}

static const struct file_operations vcpu_fops = {
	.owner = THIS_MODULE,
	.show_fdinfo = vcpu_show_fdinfo,
	.release = vcpu_release,
	.unlocked_ioctl = vcpu_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = vcpu_mmap,
	.llseek = noop_llseek,
};

/**
 * xvcpu_ioctl_vcpu_fd() - a new file descriptor for a vCPU
 * @vcpu: the vCPU; the descriptor holds its VM.
 *
 * Context: process context, may sleep.
 * Return: the descriptor, or the errno for which there is none.
 */
int xvcpu_ioctl_vcpu_fd(struct xvcpu_vcpu *vcpu)
{
	int fd;

	xvcpu_vm_get(vcpu->vm);
	fd = anon_inode_getfd("xvcpu-vcpu", &vcpu_fops, vcpu,
			      O_RDWR | O_CLOEXEC);
	if (fd < 0)
		xvcpu_vm_put(vcpu->vm);
	return fd;
}
