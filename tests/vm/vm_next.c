// SPDX-License-Identifier: GPL-2.0
/*
 * vm_next: what the emulated machine does to end its kernel, without the tools that a
 * distribution has for it.
 *
 * usage: vm_next load|crash KERNEL INITRD COMMAND-LINE
 *		have a bzImage ready for "go", or for when this kernel crashes
 *	vm_next go
 *		start it, at once
 *
 * A kernel is loaded by kexec_load(2): its sibling kexec_file_load(2) digests all memory that the
 * kernel will use, twice, which takes the emulated machine a minute. So the boot loader's part is
 * here: Documentation/arch/x86/boot.rst and zero-page.rst of Linux.
 */
#include <asm/bootparam.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE		4096UL
#define MIB		0x100000UL
#define ENTRY_64	0x200	/* from the start of the kernel's 64-bit part */
#define LOW_END		0x90000	/* RAM that every PC has */

#define E820_RAM	1
#define E820_RESERVED	2
#define E820_ACPI	3
#define E820_NVS	4

static int failed(const char *what)
{
	fprintf(stderr, "vm_next: %s: %s\n", what, strerror(errno));
	return 1;
}

static void die(const char *what)
{
	exit(failed(what));
}

/* --- loading a kernel --- */

struct file {
	const uint8_t *data;
	size_t size;
};

static struct file map_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct file file;
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat))
		die(path);
	file.size = stat.st_size;
	file.data = mmap(NULL, file.size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file.data == MAP_FAILED)
		die(path);
	close(fd);
	return file;
}

/* Where it all goes. A crash kernel has the memory that was reserved for it, and no other. */
struct place {
	uint64_t kernel;
	uint64_t params;	/* and the command line, in the page that follows; then the jump */
	uint64_t initrd;
	uint64_t end;		/* of a crash kernel's memory */
};

static struct place normal_place(void)
{
	return (struct place){ 16 * MIB, 0x80000, 256 * MIB, 0 };
}

static struct place crash_place(void)
{
	FILE *iomem = fopen("/proc/iomem", "r");
	uint64_t start = 0, end = 0;
	char line[128];

	while (iomem && fgets(line, sizeof(line), iomem))
		if (strstr(line, "Crash kernel") &&
		    sscanf(line, " %lx-%lx", &start, &end) == 2)
			break;
	if (!end) {
		errno = ENOMEM;
		die("no memory is reserved for a crash kernel");
	}
	fclose(iomem);
	return (struct place){ start, start + 64 * MIB, start + 65 * MIB, end + 1 };
}

static void add_range(struct boot_params *params, uint64_t start, uint64_t end, uint32_t type)
{
	struct boot_e820_entry *entry = &params->e820_table[params->e820_entries];

	if (params->e820_entries == E820_MAX_ENTRIES_ZEROPAGE)
		return;
	*entry = (struct boot_e820_entry){ .addr = start, .size = end - start, .type = type };
	params->e820_entries++;
}

/* By the name in /proc/iomem; 0 if it is none of the firmware's. */
static uint32_t e820_type(const char *name)
{
	if (!strcmp(name, "System RAM"))
		return E820_RAM;
	if (!strcmp(name, "ACPI Tables"))
		return E820_ACPI;
	if (!strcmp(name, "ACPI Non-volatile Storage"))
		return E820_NVS;
	return strcmp(name, "Reserved") ? 0 : E820_RESERVED;
}

/* What the firmware said, but for RAM that a crash kernel must not touch. */
static void fill_map(struct boot_params *params, const struct place *place)
{
	FILE *iomem = fopen("/proc/iomem", "r");
	char line[128], name[64];
	uint64_t start, end;
	uint32_t type;

	if (!iomem)
		die("/proc/iomem");
	if (place->end) {
		add_range(params, 0, LOW_END, E820_RAM);
		add_range(params, place->kernel, place->end, E820_RAM);
	}
	while (fgets(line, sizeof(line), iomem)) {
		/* What is indented lies inside of the one above. */
		if (line[0] == ' ' ||
		    sscanf(line, "%lx-%lx : %63[^\n]", &start, &end, name) != 3)
			continue;
		type = e820_type(name);
		if (type && (type != E820_RAM || !place->end))
			add_range(params, start, end + 1, type);
	}
	fclose(iomem);
}

static void fill_params(struct boot_params *params, const struct file *kernel,
			const struct file *initrd, const struct place *place)
{
	size_t header = 0x202 + kernel->data[0x201] - 0x1f1;

	if (header > sizeof(params->hdr))
		header = sizeof(params->hdr);
	memcpy(&params->hdr, kernel->data + 0x1f1, header);
	params->hdr.type_of_loader = 0xff;
	params->hdr.cmd_line_ptr = place->params + PAGE;
	params->hdr.ramdisk_image = place->initrd;
	params->hdr.ramdisk_size = initrd->size;
	fill_map(params, place);
}

/* mov $params, %rsi; mov $entry, %rax; jmp *%rax */
static void fill_jump(uint8_t *jump, uint64_t params, uint64_t entry)
{
	memcpy(jump, "\x48\xbe", 2);
	memcpy(jump + 2, &params, 8);
	memcpy(jump + 10, "\x48\xb8", 2);
	memcpy(jump + 12, &entry, 8);
	memcpy(jump + 20, "\xff\xe0", 2);
}

static struct kexec_segment segment(const void *data, size_t size, uint64_t place, size_t room)
{
	room = (room + PAGE - 1) & ~(PAGE - 1);
	return (struct kexec_segment){ data, size, (void *)place, room };
}

static int load(const char *kernel_path, const char *initrd_path, const char *cmdline, bool crash)
{
	static uint8_t pages[3 * PAGE] __attribute__((aligned(PAGE)));
	struct boot_params *params = (struct boot_params *)pages;
	struct file kernel = map_file(kernel_path), initrd = map_file(initrd_path);
	struct place place = crash ? crash_place() : normal_place();
	size_t setup = (kernel.data[0x1f1] + 1) * 512;
	struct kexec_segment segments[3];

	if (strlen(cmdline) >= PAGE) {
		errno = E2BIG;
		return failed("the command line");
	}
	fill_params(params, &kernel, &initrd, &place);
	strcpy((char *)pages + PAGE, cmdline);
	fill_jump(pages + 2 * PAGE, place.params, place.kernel + ENTRY_64);
	segments[0] = segment(kernel.data + setup, kernel.size - setup, place.kernel,
			      params->hdr.init_size);
	segments[1] = segment(pages, sizeof(pages), place.params, sizeof(pages));
	segments[2] = segment(initrd.data, initrd.size, place.initrd, initrd.size);
	if (syscall(SYS_kexec_load, place.params + 2 * PAGE, 3L, segments,
		    KEXEC_ARCH_DEFAULT | (crash ? KEXEC_ON_CRASH : 0)))
		return failed("kexec_load");
	return 0;
}

/* --- the end --- */

static int go(void)
{
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		LINUX_REBOOT_CMD_KEXEC, NULL);
	return failed("reboot");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "load") && argc == 5)
		return load(argv[2], argv[3], argv[4], false);
	if (!strcmp(what, "crash") && argc == 5)
		return load(argv[2], argv[3], argv[4], true);
	if (!strcmp(what, "go") && argc == 2)
		return go();
	fprintf(stderr, "usage: see the source\n");
	return 2;
}
