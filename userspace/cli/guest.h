/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest of "xvcpu run": a VM with RAM, one vCPU, and an image to start.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stddef.h>
#include <stdint.h>
#include <xvcpu_dev.h>

/* What an image is. */
enum guest_type {
	GUEST_GUESS,
	GUEST_FLAT,
	GUEST_ELF,
	GUEST_FIRMWARE,
};

/* RAM has at least and at most this size. */
#define GUEST_MEM_MIN	(1UL << 20)
#define GUEST_MEM_MAX	(3UL << 30)

/**
 * struct guest_options - what guest_create() is to make
 * @device: path of the device.
 * @cpu: the CPU to pin the vCPU to, or XVCPU_CPU_NONE.
 * @ram_size: bytes of RAM, a multiple of the page size.
 * @type: what the image is, or GUEST_GUESS.
 * @path: the image's file.
 */
struct guest_options {
	const char *device;
	int cpu;
	size_t ram_size;
	enum guest_type type;
	const char *path;
};

/**
 * struct guest - a guest
 * @dev: the device.
 * @vm: the VM.
 * @vcpu: its vCPU.
 * @image: contents of the file.
 * @image_size: its length.
 * @ram: RAM at guest physical address 0.
 * @ram_size: its size.
 * @rom: a copy of the firmware, which ends at 4 GiB; or NULL.
 */
struct guest {
	struct xvcpu_dev dev;
	struct xvcpu_vm vm;
	struct xvcpu_vcpu vcpu;
	const uint8_t *image;
	size_t image_size;
	uint8_t *ram;
	size_t ram_size;
	uint8_t *rom;
};

/**
 * guest_create() - make a guest that is ready to run
 * @options: what it is to be made of.
 * @guest: what is to be filled.
 *
 * What goes wrong is said, with the remedy.  What was made before that is left
 * to the end of the process.
 *
 * Return: 0, or -1 if it went wrong.
 */
int guest_create(const struct guest_options *options, struct guest *guest);

/** guest_load() - put the image into memory and set the registers; as above */
int guest_load(struct guest *guest, enum guest_type type);

#endif /* GUEST_H */
