// SPDX-License-Identifier: GPL-2.0
/*
 * vm_spin: guests in an endless loop on a device that speaks the KVM API: one pinned to each CPU
 * and, the last, one that floats and has interrupts off; with "floating" only that one. Says
 * "running" when all of them run; then does nothing until killed, or until the machine ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/xvcpu.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define CODE		0x1000
#define COUNT		0x800
#define RFLAGS_IF	0x200

/* incl COUNT; jmp: in real mode */
static const uint8_t code[] = { 0x66, 0xff, 0x06, 0x00, 0x08, 0xeb, 0xf9 };

struct guest {
	int vcpu;
	volatile uint32_t *count;
};

static void fail(const char *what)
{
	fprintf(stderr, "vm_spin: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long must(long ret, const char *what)
{
	if (ret < 0)
		fail(what);
	return ret;
}

static int create_vcpu(int vm, int cpu)
{
	struct xvcpu_create_vcpu create = { .cpu = cpu };

	return cpu < 0 ? ioctl(vm, KVM_CREATE_VCPU, 0) : ioctl(vm, XVCPU_CREATE_VCPU, &create);
}

static void start_at_code(int vcpu, uint64_t rflags)
{
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 | rflags };
	struct kvm_sregs sregs;

	must(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	must(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	must(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

static void create(struct guest *guest, int fd, int cpu)
{
	struct kvm_userspace_memory_region region = { .memory_size = 0x2000 };
	int vm = must(ioctl(fd, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	uint8_t *mem = mmap(NULL, region.memory_size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		fail("mmap");
	memcpy(mem + CODE, code, sizeof(code));
	guest->count = (uint32_t *)(mem + COUNT);
	region.userspace_addr = (uintptr_t)mem;
	must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
	guest->vcpu = must(create_vcpu(vm, cpu), "KVM_CREATE_VCPU");
	start_at_code(guest->vcpu, cpu < 0 ? 0 : RFLAGS_IF);
}

/* Until the CPU has left VMX root operation, which ends it with ENXIO. */
static void *run(void *arg)
{
	struct guest *guest = arg;

	while (!ioctl(guest->vcpu, KVM_RUN, 0) || errno == EINTR)
		;
	return NULL;
}

int main(int argc, char **argv)
{
	const char *device = argc > 1 ? argv[1] : "/dev/xvcpu";
	int fd = must(open(device, O_RDWR | O_CLOEXEC), device);
	int cpus = argc > 2 ? 0 : sysconf(_SC_NPROCESSORS_ONLN), i;
	struct guest *guests = calloc(cpus + 1, sizeof(*guests));
	pthread_t thread;

	for (i = 0; i <= cpus; i++) {
		create(&guests[i], fd, i < cpus ? i : -1);
		if (pthread_create(&thread, NULL, run, &guests[i]))
			fail("pthread_create");
	}
	for (i = 0; i <= cpus; i++)
		while (*guests[i].count < 1000)
			sched_yield();
	puts("running");
	fflush(stdout);
	for (;;)
		pause();
}
