// SPDX-License-Identifier: GPL-2.0
/*
 * A guest of "xvcpu run": the device, the VM, RAM, the vCPU.
 */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <xvcpu_names.h>

#include "out.h"

#define SLOT_RAM	0

/* Four pages that nothing else uses: above RAM, below any firmware. */
#define HIDDEN_PAGES	0xfeffc000

static int failed(const char *what, int err, const char *remedy)
{
	out_error("%s: %s (%s)%s%s", what, strerror(-err),
		  xvcpu_name_errno(err), *remedy ? ": " : "", remedy);
	return -1;
}

/* --- the image --- */

static int map_image(int fd, const char *path, struct guest *guest)
{
	struct stat st;
	void *image;

	if (fstat(fd, &st))
		return failed(path, -errno, "");
	if (!S_ISREG(st.st_mode) || !st.st_size) {
		out_error("%s: not a file with something in it", path);
		return -1;
	}
	image = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED)
		return failed(path, -errno, "");
	guest->image = image;
	guest->image_size = st.st_size;
	return 0;
}

static int open_image(const char *path, struct guest *guest)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return failed(path, -errno, "");
	err = map_image(fd, path, guest);
	close(fd);
	return err;
}

/* --- the VM --- */

static const char *open_remedy(int err)
{
	switch (err) {
	case -ENOENT:
	case -ENXIO:
	case -ENODEV:
		return "load the module ('modprobe xvcpu' or 'insmod xvcpu.ko')";
	case -EACCES:
	case -EPERM:
		return "run it as root";
	case -EPROTO:
	case -ENOTTY:
		return "this is no device that speaks the KVM API";
	default:
		return "";
	}
}

static const char *vm_remedy(int err)
{
	switch (err) {
	case -EOPNOTSUPP:
		return "this CPU lacks a VMX feature that a VM needs: 'xvcpu cpus --msrs' shows what it has";
	case -EBUSY:
		return "VMX is held by another owner: 'xvcpu doctor' names it";
	default:
		return "see the kernel's log";
	}
}

static const char *vcpu_remedy(int err)
{
	switch (err) {
	case -ENOTTY:
		return "this device cannot pin a vCPU: leave --cpu away, or use " XVCPU_DEVICE;
	case -EINVAL:
		return "there is no such CPU: 'xvcpu cpus' lists them";
	case -ENXIO:
		return "the CPU is offline or not in VMX root operation: 'xvcpu doctor' says why";
	case -EBUSY:
		return "VMX root operation is granted to another CPU: 'xvcpu doctor' names it";
	default:
		return "see the kernel's log";
	}
}

static int create_ram(struct guest *guest, size_t size)
{
	void *ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int err;

	if (ram == MAP_FAILED)
		return failed("cannot allocate the guest's RAM", -errno,
			      "give less with --mem");
	guest->ram = ram;
	guest->ram_size = size;
	err = xvcpu_vm_set_memory(&guest->vm, SLOT_RAM, 0, ram, size);
	if (err)
		return failed("cannot give the guest its RAM", err,
			      "give less with --mem");
	return 0;
}

static int create_vm(struct guest *guest, const char *device)
{
	int err = xvcpu_dev_open(device, &guest->dev);

	if (err)
		return failed(device, err, open_remedy(err));
	err = xvcpu_vm_create(&guest->dev, &guest->vm);
	if (err)
		return failed("cannot create a VM", err, vm_remedy(err));
	err = xvcpu_vm_set_hidden(&guest->vm, HIDDEN_PAGES);
	if (err)
		return failed("cannot set the VM up", err,
			      "see the kernel's log");
	return 0;
}

static int create_vcpu(struct guest *guest, int cpu)
{
	int err = xvcpu_vcpu_create(&guest->vm, 0, cpu, &guest->vcpu);

	if (err)
		return failed("cannot create a vCPU", err, vcpu_remedy(err));
	err = xvcpu_vcpu_set_cpuid(&guest->dev, &guest->vcpu);
	if (err)
		return failed("cannot set the vCPU's CPUID", err,
			      "see the kernel's log");
	return 0;
}

int guest_create(const struct guest_options *options, struct guest *guest)
{
	memset(guest, 0, sizeof(*guest));
	if (open_image(options->path, guest) ||
	    create_vm(guest, options->device) ||
	    create_ram(guest, options->ram_size) ||
	    create_vcpu(guest, options->cpu))
		return -1;
	return guest_load(guest, options->type);
}
