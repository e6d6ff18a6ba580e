// SPDX-License-Identifier: GPL-2.0
/*
 * vm_hold: create a VM with a vCPU on a device that speaks the KVM API, say so and keep it until
 * killed. Makes kvm_intel hold VMX on every kernel, whenever that one enters VMX.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *device = argc > 1 ? argv[1] : "/dev/kvm";
	int fd = open(device, O_RDWR | O_CLOEXEC);
	int vm = fd < 0 ? -1 : ioctl(fd, KVM_CREATE_VM, 0);
	int vcpu = vm < 0 ? -1 : ioctl(vm, KVM_CREATE_VCPU, 0);

	if (vcpu < 0) {
		fprintf(stderr, "%s: %s\n", device, strerror(errno));
		return 1;
	}
	puts("held");
	fflush(stdout);
	for (;;)
		pause();
}
