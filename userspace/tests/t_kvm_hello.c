// SPDX-License-Identifier: GPL-2.0
/*
 * The smallest program for the KVM API: one page of guest memory, one vCPU in
 * real mode, a loop of OUT instructions, HLT.
 *
 * Nothing here knows of xvcpu.  The only difference between running on
 * /dev/kvm and on /dev/xvcpu is the path given as the first argument.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kvm.h>

#define GUEST_ADDR	0x1000
#define GUEST_PORT	0xe9

/*
 *	    mov  $message, %si
 *	    mov  $0xe9, %dx
 *	1:  lodsb
 *	    test %al, %al
 *	    jz   2f
 *	    out  %al, (%dx)
 *	    jmp  1b
 *	2:  hlt
 */
static const char guest[] =
	"\xbe\x0f\x10"
	"\xba\xe9\x00"
	"\xac"
	"\x84\xc0"
	"\x74\x03"
	"\xee"
	"\xeb\xf8"
	"\xf4"
	"Hello from the guest";

static int create_vcpu(const char *device, struct kvm_run **run)
{
	int sys, vm, vcpu, size;
	void *page;

	sys = open(device, O_RDWR | O_CLOEXEC);
	if (sys < 0)
		err(1, "%s", device);
	if (ioctl(sys, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		errx(1, "%s does not speak version 12 of the KVM API", device);
	vm = ioctl(sys, KVM_CREATE_VM, 0);
	if (vm < 0)
		err(1, "KVM_CREATE_VM");

	/* One page of this process is the guest's physical page at 0x1000. */
	page = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		err(1, "mmap of the guest's memory");
	memcpy(page, guest, sizeof(guest));
	struct kvm_userspace_memory_region slot = {
		.guest_phys_addr = GUEST_ADDR,
		.memory_size = 0x1000,
		.userspace_addr = (unsigned long)page,
	};
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot))
		err(1, "KVM_SET_USER_MEMORY_REGION");

	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0)
		err(1, "KVM_CREATE_VCPU");
	size = ioctl(sys, KVM_GET_VCPU_MMAP_SIZE, 0);
	*run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (*run == MAP_FAILED)
		err(1, "mmap of struct kvm_run");
	return vcpu;
}

/* A vCPU starts at the reset vector: point it at the guest's code instead. */
static void set_entry(int vcpu)
{
	struct kvm_regs regs = { .rip = GUEST_ADDR, .rflags = 2 };
	struct kvm_sregs sregs;

	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		err(1, "KVM_GET_SREGS");
	sregs.cs.selector = 0;
	sregs.cs.base = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs))
		err(1, "KVM_SET_SREGS");
	if (ioctl(vcpu, KVM_SET_REGS, &regs))
		err(1, "KVM_SET_REGS");
}

/* Run until HLT; what the guest writes to its port goes to text. */
static void run_guest(int vcpu, struct kvm_run *run, char *text, size_t size)
{
	size_t n = 0;

	for (;;) {
		if (ioctl(vcpu, KVM_RUN, 0))
			err(1, "KVM_RUN");
		if (run->exit_reason == KVM_EXIT_HLT)
			break;
		if (run->exit_reason != KVM_EXIT_IO ||
		    run->io.direction != KVM_EXIT_IO_OUT ||
		    run->io.port != GUEST_PORT)
			errx(1, "unexpected exit, reason %u", run->exit_reason);
		if (n + 1 < size)
			text[n++] = *((char *)run + run->io.data_offset);
	}
	text[n] = 0;
}

int main(int argc, char **argv)
{
	struct kvm_run *run;
	char text[64];
	int vcpu, ok;

	alarm(20);
	vcpu = create_vcpu(argc > 1 ? argv[1] : "/dev/xvcpu", &run);
	set_entry(vcpu);
	run_guest(vcpu, run, text, sizeof(text));

	ok = !strcmp(text, "Hello from the guest");
	printf("1..1\n");
	printf("# %s\n", text);
	printf("%s 1 kvm_hello_guest_prints\n", ok ? "ok" : "not ok");
	return !ok;
}
