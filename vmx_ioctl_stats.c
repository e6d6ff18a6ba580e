// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_GET_STATS_FD: counters of a VM or a vCPU, to read from a file descriptor.
 *
 * What is read is a header, the object's name, a description of each counter,
 * and the counters; the header says where each of these begins.
 *
 * Locking: vm->mmu_lock around a VM's counters. A vCPU's are read while it counts.
 */
#include <xvcpu/ioctl.h>

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <asm/vmx.h>
#include <xvcpu/stats.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vm.h>

#define NAME_SIZE	48

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

/* What is always there; the descriptions and the data follow. */
struct front {
	struct kvm_stats_header header;
	char id[NAME_SIZE];
	struct desc desc[];
};

/**
 * struct image - what is read
 * @front: its beginning.
 * @data: the counters.
 * @size: bytes of it all.
 */
struct image {
	struct front *front;
	u64 *data;
	size_t size;
};

/* Values of one counter, and what they are. */
struct counter {
	const char *name;
	u32 flags;
	s16 exponent;
	u16 size;
	u32 bucket_size;
};

#define CUMULATIVE(name)	{ name, KVM_STATS_TYPE_CUMULATIVE, 0, 1, 0 }
#define INSTANT(name)		{ name, KVM_STATS_TYPE_INSTANT, 0, 1, 0 }
#define NANOSECONDS		(KVM_STATS_UNIT_SECONDS | KVM_STATS_BASE_POW10)

static const struct counter vm_counters[] = {
	INSTANT("pages_4k"),
	INSTANT("pages_2m"),
	INSTANT("pages_1g"),
	CUMULATIVE("remote_tlb_flush"),
	INSTANT("ept_tables"),
};

/* What KVM has, too, has its names. */
static const struct counter vcpu_counters[] = {
	CUMULATIVE("exits"),
	CUMULATIVE("irq_exits"),
	CUMULATIVE("irq_window_exits"),
	CUMULATIVE("nmi_window_exits"),
	CUMULATIVE("halt_exits"),
	CUMULATIVE("io_exits"),
	CUMULATIVE("hypercalls"),
	CUMULATIVE("irq_injections"),
	CUMULATIVE("nmi_injections"),
	CUMULATIVE("exception_injections"),
	{ "exit_time_ns", KVM_STATS_TYPE_CUMULATIVE | NANOSECONDS, -9, 1, 0 },
	{ "exit_time_hist", KVM_STATS_TYPE_LOG_HIST | NANOSECONDS, -9,
	  XVCPU_STATS_BUCKETS, 0 },
	{ "exit_reasons", KVM_STATS_TYPE_LINEAR_HIST, 0, XVCPU_STATS_REASONS,
	  1 },
};

/* Exits for one reason that have a name of their own, in the table's order. */
static const u32 named_reasons[] = {
	EXIT_REASON_EXTERNAL_INTERRUPT,
	EXIT_REASON_INTERRUPT_WINDOW,
	EXIT_REASON_NMI_WINDOW,
	EXIT_REASON_HLT,
	EXIT_REASON_IO_INSTRUCTION,
	EXIT_REASON_VMCALL,
};

static void describe(struct desc *desc, const struct counter *counter,
		     u32 offset)
{
	desc->flags = counter->flags;
	desc->exponent = counter->exponent;
	desc->size = counter->size;
	desc->offset = offset;
	desc->bucket_size = counter->bucket_size;
	strscpy(desc->name, counter->name, NAME_SIZE);
}

static int new_image(struct image *image, const struct counter *counters, u32 n)
{
	u32 i, words = 0, data_offset = struct_size(image->front, desc, n);
	struct front *front;

	for (i = 0; i < n; i++)
		words += counters[i].size;
	image->size = data_offset + words * sizeof(u64);
	front = kvzalloc(image->size, GFP_KERNEL_ACCOUNT);
	if (!front)
		return -ENOMEM;
	image->front = front;
	image->data = (void *)front + data_offset;
	front->header.name_size = NAME_SIZE;
	front->header.num_desc = n;
	front->header.id_offset = offsetof(struct front, id);
	front->header.desc_offset = offsetof(struct front, desc);
	front->header.data_offset = data_offset;
	for (i = 0, words = 0; i < n; words += counters[i++].size)
		describe(&front->desc[i], &counters[i], words * sizeof(u64));
	return 0;
}

static ssize_t read_image(struct image *image, char __user *user, size_t size,
			  loff_t *offset)
{
	ssize_t ret = simple_read_from_buffer(user, size, offset, image->front,
					      image->size);

	kvfree(image->front);
	return ret;
}

static ssize_t vm_stats_read(struct file *file, char __user *user, size_t size,
			     loff_t *offset)
{
	struct xvcpu_vm *vm = file->private_data;
	struct image image;
	int err = new_image(&image, vm_counters, ARRAY_SIZE(vm_counters));

	if (err)
		return err;
	snprintf(image.front->id, NAME_SIZE, "xvcpu-vm-%u", vm->id);
	spin_lock(&vm->mmu_lock);
	image.data[0] = vm->ept.leaves[0];
	image.data[1] = vm->ept.leaves[1];
	image.data[2] = vm->ept.leaves[2];
	image.data[3] = vm->ept.flushes;
	image.data[4] = vm->ept.tables;
	spin_unlock(&vm->mmu_lock);
	return read_image(&image, user, size, offset);
}

/* One value after the other. */
static u64 *fill_counts(u64 *data, const struct xvcpu_stats_copy *stats)
{
	int i;

	*data = 0;
	for (i = 0; i < XVCPU_STATS_REASONS; i++)
		*data += stats->exits[i];
	data++;
	for (i = 0; i < ARRAY_SIZE(named_reasons); i++)
		*data++ = stats->exits[named_reasons[i]];
	*data++ = stats->interrupts;
	*data++ = stats->nmis;
	*data++ = stats->exceptions;
	return data;
}

/* The times of all reasons together. */
static u64 *fill_times(u64 *data, const struct xvcpu_stats_copy *stats)
{
	const struct xvcpu_times *times = stats->times;
	u64 *histogram = data + 1;
	int i, n;

	for (i = 0; i < XVCPU_STATS_REASONS; i++, times++) {
		*data += times->total;
		for (n = 0; n < XVCPU_STATS_BUCKETS; n++)
			histogram[n] += times->bucket[n];
	}
	return histogram + XVCPU_STATS_BUCKETS;
}

static int fill_vcpu(u64 *data, const struct xvcpu_stats *stats)
{
	struct xvcpu_stats_copy *copy = kvzalloc(sizeof(*copy),
						 GFP_KERNEL_ACCOUNT);

	if (!copy)
		return -ENOMEM;
	xvcpu_stats_copy(stats, copy);
	data = fill_counts(data, copy);
	data = fill_times(data, copy);
	memcpy(data, copy->exits, sizeof(copy->exits));
	kvfree(copy);
	return 0;
}

static ssize_t vcpu_stats_read(struct file *file, char __user *user,
			       size_t size, loff_t *offset)
{
	struct xvcpu_vcpu *vcpu = file->private_data;
	struct image image;
	int err = new_image(&image, vcpu_counters, ARRAY_SIZE(vcpu_counters));

	if (err)
		return err;
	snprintf(image.front->id, NAME_SIZE, "xvcpu-vm-%u-vcpu-%u",
		 vcpu->vm->id, vcpu->id);
	err = fill_vcpu(image.data, &vcpu->stats);
	if (!err)
		return read_image(&image, user, size, offset);
	kvfree(image.front);
	return err;
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
