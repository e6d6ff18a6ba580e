// SPDX-License-Identifier: GPL-2.0
/*
 * vm_next: what the emulated machine does to end its kernel, without the tools that a
 * distribution has for it.
 *
 * usage: vm_next load|crash KERNEL INITRD COMMAND-LINE
 *		have a bzImage ready for "go", or for when this kernel crashes
 *	vm_next go
 *		start it, at once
 */
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failed(const char *what)
{
	perror(what);
	return 1;
}

static int load(const char *kernel, const char *initrd, const char *cmdline, unsigned long flags)
{
	int kernel_fd = open(kernel, O_RDONLY | O_CLOEXEC);
	int initrd_fd = open(initrd, O_RDONLY | O_CLOEXEC);

	if (kernel_fd < 0)
		return failed(kernel);
	if (initrd_fd < 0)
		return failed(initrd);
	if (syscall(SYS_kexec_file_load, kernel_fd, initrd_fd, strlen(cmdline) + 1, cmdline, flags))
		return failed("kexec_file_load");
	return 0;
}

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
		return load(argv[2], argv[3], argv[4], 0);
	if (!strcmp(what, "crash") && argc == 5)
		return load(argv[2], argv[3], argv[4], KEXEC_FILE_ON_CRASH);
	if (!strcmp(what, "go") && argc == 2)
		return go();
	fprintf(stderr, "usage: see the source\n");
	return 2;
}
