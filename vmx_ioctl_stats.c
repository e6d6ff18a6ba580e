// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_GET_STATS_FD: counters of a VM or a vCPU, to read from a file descriptor.
 *
 * What is read is a header, the object's name, a description of each counter,
 * and the counters; the header says where each of these begins.
 *
 * Locking: vm->mmu_lock around a VM's counters.
 */
#include <xvcpu/ioctl.h>

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vm.h>

#define NAME_SIZE	48
#define MAX_COUNTERS	8

/* struct kvm_stats_desc, which has no room for a name in all kernels. */
struct desc {
	u32 flags;
	s16 exponent;
	u16 size;
	u32 offset;
	u32 bucket_size;
	char name[NAME_SIZE];
};

static_assert(offsetof(struct desc, name) ==
	      offsetof(struct kvm_stats_desc, name));

struct image {
	struct kvm_stats_header header;
	char id[NAME_SIZE];
	struct desc desc[MAX_COUNTERS];
	u64 data[MAX_COUNTERS];
};

struct counter {
	const char *name;
	u32 type;
};

static const struct counter vm_counters[] = {
	{ "pages_4k", KVM_STATS_TYPE_INSTANT },
	{ "pages_2m", KVM_STATS_TYPE_INSTANT },
	{ "pages_1g", KVM_STATS_TYPE_INSTANT },
	{ "remote_tlb_flush", KVM_STATS_TYPE_CUMULATIVE },
	{ "ept_tables", KVM_STATS_TYPE_INSTANT },
};

static const struct counter vcpu_counters[] = {
	{ "exits", KVM_STATS_TYPE_CUMULATIVE },
};

static_assert(ARRAY_SIZE(vm_counters) <= MAX_COUNTERS);
static_assert(ARRAY_SIZE(vcpu_counters) <= MAX_COUNTERS);

static struct image *new_image(const struct counter *counters, u32 n)
{
	struct image *image = kzalloc(sizeof(*image), GFP_KERNEL);
	u32 i;

	if (!image)
		return NULL;
	image->header.name_size = NAME_SIZE;
	image->header.num_desc = n;
	image->header.id_offset = offsetof(struct image, id);
	image->header.desc_offset = offsetof(struct image, desc);
	image->header.data_offset = offsetof(struct image, data);
	for (i = 0; i < n; i++) {
		image->desc[i].flags = counters[i].type;
		image->desc[i].size = 1;
		image->desc[i].offset = i * sizeof(u64);
		strscpy(image->desc[i].name, counters[i].name, NAME_SIZE);
	}
	return image;
}

static ssize_t read_image(struct image *image, char __user *user, size_t size,
			  loff_t *offset)
{
	ssize_t ret = simple_read_from_buffer(user, size, offset, image,
					      sizeof(*image));

	kfree(image);
	return ret;
}

static ssize_t vm_stats_read(struct file *file, char __user *user, size_t size,
			     loff_t *offset)
{
	struct image *image = new_image(vm_counters, ARRAY_SIZE(vm_counters));
	struct xvcpu_vm *vm = file->private_data;

	if (!image)
		return -ENOMEM;
	snprintf(image->id, NAME_SIZE, "xvcpu-vm-%u", vm->id);
	spin_lock(&vm->mmu_lock);
	image->data[0] = vm->ept.leaves[0];
	image->data[1] = vm->ept.leaves[1];
	image->data[2] = vm->ept.leaves[2];
	image->data[3] = vm->ept.flushes;
	image->data[4] = vm->ept.tables;
	spin_unlock(&vm->mmu_lock);
	return read_image(image, user, size, offset);
}

static ssize_t vcpu_stats_read(struct file *file, char __user *user,
			       size_t size, loff_t *offset)
{
	struct image *image = new_image(vcpu_counters, ARRAY_SIZE(vcpu_counters));
	struct xvcpu_vcpu *vcpu = file->private_data;

	if (!image)
		return -ENOMEM;
	snprintf(image->id, NAME_SIZE, "xvcpu-vm-%u-vcpu-%u", vcpu->vm->id,
		 vcpu->id);
	image->data[0] = xvcpu_stats_exits(&vcpu->stats);
	return read_image(image, user, size, offset);
}

static int vm_stats_release(struct inode *inode, struct file *file)
{
	xvcpu_vm_put(file->private_data);
	return 0;
}

static int vcpu_stats_release(struct inode *inode, struct file *file)
{
	struct xvcpu_vcpu *vcpu = file->private_data;

	xvcpu_vm_put(vcpu->vm);
	return 0;
}

static const struct file_operations vm_stats_fops = {
	.owner = THIS_MODULE,
	.read = vm_stats_read,
	.release = vm_stats_release,
	.llseek = noop_llseek,
};

static const struct file_operations vcpu_stats_fops = {
	.owner = THIS_MODULE,
	.read = vcpu_stats_read,
	.release = vcpu_stats_release,
	.llseek = noop_llseek,
};

/* A file descriptor that is read only, and holds the VM. */
static int stats_fd(const char *name, const struct file_operations *fops,
		    void *data, struct xvcpu_vm *vm)
{
	struct file *file;
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0)
		return fd;
	file = anon_inode_getfile(name, fops, data, O_RDONLY);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	file->f_mode |= FMODE_PREAD;
	xvcpu_vm_get(vm);
	fd_install(fd, file);
	return fd;
}

/**
 * xvcpu_ioctl_vm_stats_fd() - KVM_GET_STATS_FD of a VM
 * @vm: the VM; the descriptor holds it.
 *
 * Context: process context, may sleep.
 * Return: the descriptor, or the errno for which there is none.
 */
int xvcpu_ioctl_vm_stats_fd(struct xvcpu_vm *vm)
{
	return stats_fd("xvcpu-vm-stats", &vm_stats_fops, vm, vm);
}

/**
 * xvcpu_ioctl_vcpu_stats_fd() - KVM_GET_STATS_FD of a vCPU
 * @vcpu: the vCPU; the descriptor holds its VM.
 *
 * Context: process context, may sleep.
 * Return: the descriptor, or the errno for which there is none.
 */
int xvcpu_ioctl_vcpu_stats_fd(struct xvcpu_vcpu *vcpu)
{
	return stats_fd("xvcpu-vcpu-stats", &vcpu_stats_fops, vcpu, vcpu->vm);
}
