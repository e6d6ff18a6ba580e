// SPDX-License-Identifier: GPL-2.0
/*
 * The file descriptor of an exit trace: it is mapped, polled, switched on and off.
 *
 * Locking: none of its own.
 */
#include <xvcpu/ioctl.h>

#include <linux/anon_inodes.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <uapi/linux/xvcpu.h>
#include <xvcpu/exit_trace.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vm.h>

static vm_fault_t trace_fault(struct vm_fault *vmf)
{
	void *page = xvcpu_exit_trace_page(vmf->vma->vm_file->private_data,
					   vmf->pgoff);

	if (!page)
		return VM_FAULT_SIGBUS;
	vmf->page = virt_to_page(page);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct trace_vm_ops = {
	.fault = trace_fault,
};

static int trace_mmap(struct file *file, struct vm_area_struct *vma)
{
	/* A private copy would show nothing new. */
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vma->vm_ops = &trace_vm_ops;
	return 0;
}

static __poll_t trace_poll(struct file *file, poll_table *wait)
{
	struct xvcpu_exit_trace_ring *ring = file->private_data;

	poll_wait(file, &ring->readable, wait);
	return xvcpu_exit_trace_has_records(ring) ? EPOLLIN | EPOLLRDNORM : 0;
}

static long trace_ioctl(struct file *file, unsigned int cmd,
			unsigned long value)
{
	if (cmd != XVCPU_SET_EXIT_TRACE)
		return -ENOTTY;
	if (value > 1)
		return -EINVAL;
	xvcpu_exit_trace_switch(file->private_data, value);
	return 0;
}

static int trace_release(struct inode *inode, struct file *file)
{
	struct xvcpu_exit_trace_ring *ring = file->private_data;
	struct xvcpu_vm *vm = ring->vcpu->vm;

	xvcpu_exit_trace_destroy(ring);
	xvcpu_vm_put(vm);
	return 0;
}

static const struct file_operations trace_fops = {
	.owner = THIS_MODULE,
	.release = trace_release,
	.unlocked_ioctl = trace_ioctl,
	.compat_ioctl = trace_ioctl,
	.mmap = trace_mmap,
	.poll = trace_poll,
	.llseek = noop_llseek,
};

/**
 * xvcpu_ioctl_open_exit_trace() - XVCPU_OPEN_EXIT_TRACE
 * @vcpu: the vCPU; the descriptor holds its VM.
 * @how: what the trace is to be like.
 *
 * Context: process context, may sleep.
 * Return: the descriptor, or the errno for which there is none.
 */
int xvcpu_ioctl_open_exit_trace(struct xvcpu_vcpu *vcpu,
				const struct xvcpu_exit_trace *how)
{
	struct xvcpu_exit_trace_ring *ring;
	int ret = xvcpu_exit_trace_create(vcpu, how, &ring);

	if (ret)
		return ret;
	xvcpu_vm_get(vcpu->vm);
	ret = anon_inode_getfd("xvcpu-exit-trace", &trace_fops, ring,
			       O_RDWR | O_CLOEXEC);
	if (ret < 0) {
		xvcpu_exit_trace_destroy(ring);
		xvcpu_vm_put(vcpu->vm);
	}
	return ret;
}
