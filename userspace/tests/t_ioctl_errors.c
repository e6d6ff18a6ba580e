// SPDX-License-Identifier: GPL-2.0
/*
 * Every ioctl of every kind of file descriptor with every wrong argument: the
 * errno, and that the VM works afterwards.
 *
 * The rows are what xvcpu offers; on another device the ioctls that it lacks
 * are left out.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

enum fd_kind { SYS, VM, VCPU, NR_KINDS };

static const char * const kind_names[] = { "system", "VM", "vCPU" };

#define IN	1	/* the kernel reads what the argument points to */
#define OUT	2	/* the kernel writes there */
#define VALUE	0	/* the argument is no pointer */

struct ioctl_case {
	enum fd_kind kind;
	const char *name;
	unsigned long request;
	int dir;
	bool xvcpu;		/* an ioctl of xvcpu's own */
	size_t size;		/* what is touched at least, if a pointer */
	uint32_t head[2];	/* the first words of an argument that works */
	unsigned int also;	/* other kinds that KVM has it on */
};

#define ARG(type)	.size = sizeof(type)

static const struct ioctl_case cases[] = {
	{ SYS, "GET_API_VERSION", KVM_GET_API_VERSION, .dir = VALUE },
	{ SYS, "CREATE_VM", KVM_CREATE_VM, .dir = VALUE },
	{ SYS, "CHECK_EXTENSION", KVM_CHECK_EXTENSION, .dir = VALUE,
	  .also = BIT(VM) },
	{ SYS, "GET_VCPU_MMAP_SIZE", KVM_GET_VCPU_MMAP_SIZE, .dir = VALUE },
	{ SYS, "GET_SUPPORTED_CPUID", KVM_GET_SUPPORTED_CPUID,
	  .dir = IN | OUT, ARG(struct kvm_cpuid2), .head = { 256 } },
	{ SYS, "GET_EMULATED_CPUID", KVM_GET_EMULATED_CPUID,
	  .dir = IN | OUT, ARG(struct kvm_cpuid2), .head = { 256 } },
	{ SYS, "GET_MSR_INDEX_LIST", KVM_GET_MSR_INDEX_LIST, .dir = IN | OUT,
	  ARG(struct kvm_msr_list), .head = { 900 } },
	{ SYS, "GET_MSR_FEATURE_INDEX_LIST", KVM_GET_MSR_FEATURE_INDEX_LIST,
	  .dir = IN | OUT, ARG(struct kvm_msr_list), .head = { 900 } },
	{ SYS, "X86_GET_MCE_CAP_SUPPORTED", KVM_X86_GET_MCE_CAP_SUPPORTED,
	  .dir = OUT, ARG(uint64_t) },
	{ VM, "SET_USER_MEMORY_REGION", KVM_SET_USER_MEMORY_REGION, .dir = IN,
	  ARG(struct kvm_userspace_memory_region) },
	{ VM, "SET_TSS_ADDR", KVM_SET_TSS_ADDR, .dir = VALUE },
	{ VM, "SET_IDENTITY_MAP_ADDR", KVM_SET_IDENTITY_MAP_ADDR, .dir = IN,
	  ARG(uint64_t) },
	{ VM, "ENABLE_CAP", KVM_ENABLE_CAP, .dir = IN,
	  ARG(struct kvm_enable_cap), .also = BIT(VCPU) },
	{ VM, "X86_SET_MSR_FILTER", KVM_X86_SET_MSR_FILTER, .dir = IN,
	  ARG(struct kvm_msr_filter) },
	{ VM, "CREATE_VCPU", KVM_CREATE_VCPU, .dir = VALUE },
	{ VM, "XVCPU_CREATE_VCPU", XVCPU_CREATE_VCPU, .dir = IN,
	  .xvcpu = true, ARG(struct xvcpu_create_vcpu) },
	{ VCPU, "RUN", KVM_RUN, .dir = VALUE },
	{ VCPU, "GET_REGS", KVM_GET_REGS, .dir = OUT, ARG(struct kvm_regs) },
	{ VCPU, "SET_REGS", KVM_SET_REGS, .dir = IN, ARG(struct kvm_regs) },
	{ VCPU, "GET_SREGS", KVM_GET_SREGS, .dir = OUT,
	  ARG(struct kvm_sregs) },
	{ VCPU, "SET_SREGS", KVM_SET_SREGS, .dir = IN, ARG(struct kvm_sregs) },
	{ VCPU, "GET_FPU", KVM_GET_FPU, .dir = OUT, ARG(struct kvm_fpu) },
	{ VCPU, "SET_FPU", KVM_SET_FPU, .dir = IN, ARG(struct kvm_fpu) },
	{ VCPU, "INTERRUPT", KVM_INTERRUPT, .dir = IN,
	  ARG(struct kvm_interrupt) },
	{ VCPU, "NMI", KVM_NMI, .dir = VALUE },
	{ VCPU, "GET_VCPU_EVENTS", KVM_GET_VCPU_EVENTS, .dir = OUT,
	  ARG(struct kvm_vcpu_events) },
	{ VCPU, "SET_VCPU_EVENTS", KVM_SET_VCPU_EVENTS, .dir = IN,
	  ARG(struct kvm_vcpu_events) },
	{ VCPU, "SET_GUEST_DEBUG", KVM_SET_GUEST_DEBUG, .dir = IN,
	  ARG(struct kvm_guest_debug) },
	{ VCPU, "GET_SREGS2", KVM_GET_SREGS2, .dir = OUT,
	  ARG(struct kvm_sregs2) },
	{ VCPU, "SET_SREGS2", KVM_SET_SREGS2, .dir = IN,
	  ARG(struct kvm_sregs2) },
	{ VCPU, "GET_XSAVE", KVM_GET_XSAVE, .dir = OUT,
	  ARG(struct kvm_xsave) },
	{ VCPU, "GET_XSAVE2", KVM_GET_XSAVE2, .dir = OUT,
	  ARG(struct kvm_xsave) },
	{ VCPU, "SET_XSAVE", KVM_SET_XSAVE, .dir = IN, ARG(struct kvm_xsave) },
	{ VCPU, "GET_XCRS", KVM_GET_XCRS, .dir = OUT, ARG(struct kvm_xcrs) },
	{ VCPU, "SET_XCRS", KVM_SET_XCRS, .dir = IN, ARG(struct kvm_xcrs) },
	{ VCPU, "GET_DEBUGREGS", KVM_GET_DEBUGREGS, .dir = OUT,
	  ARG(struct kvm_debugregs) },
	{ VCPU, "SET_DEBUGREGS", KVM_SET_DEBUGREGS, .dir = IN,
	  ARG(struct kvm_debugregs) },
	{ VCPU, "GET_MSRS", KVM_GET_MSRS, .dir = IN | OUT,
	  .size = sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry),
	  .head = { 1 }, .also = BIT(SYS) },
	{ VCPU, "SET_MSRS", KVM_SET_MSRS, .dir = IN,
	  .size = sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry),
	  .head = { 1 } },
	{ VCPU, "SET_TSC_KHZ", KVM_SET_TSC_KHZ, .dir = VALUE,
	  .also = BIT(VM) },
	{ VCPU, "GET_TSC_KHZ", KVM_GET_TSC_KHZ, .dir = VALUE,
	  .also = BIT(VM) },
	{ VCPU, "TRANSLATE", KVM_TRANSLATE, .dir = IN | OUT,
	  ARG(struct kvm_translation) },
	{ VCPU, "X86_SETUP_MCE", KVM_X86_SETUP_MCE, .dir = IN, ARG(uint64_t) },
	{ VCPU, "X86_SET_MCE", KVM_X86_SET_MCE, .dir = IN,
	  ARG(struct kvm_x86_mce) },
	{ VCPU, "GET_CPUID2", KVM_GET_CPUID2, .dir = IN | OUT,
	  ARG(struct kvm_cpuid2), .head = { 256 } },
	{ VCPU, "SET_CPUID2", KVM_SET_CPUID2, .dir = IN,
	  .size = sizeof(struct kvm_cpuid2) + sizeof(struct kvm_cpuid_entry2),
	  .head = { 1 } },
	{ VCPU, "SET_CPUID", KVM_SET_CPUID, .dir = IN,
	  .size = sizeof(struct kvm_cpuid) + sizeof(struct kvm_cpuid_entry),
	  .head = { 1 } },
	{ VCPU, "GET_MP_STATE", KVM_GET_MP_STATE, .dir = OUT,
	  ARG(struct kvm_mp_state) },
	{ VCPU, "SET_MP_STATE", KVM_SET_MP_STATE, .dir = IN,
	  ARG(struct kvm_mp_state) },
	{ VCPU, "GET_TSC_KHZ", KVM_GET_TSC_KHZ, .dir = VALUE,
	  .also = BIT(VM) },
	{ VCPU, "XVCPU_GET_BINDING", XVCPU_GET_BINDING, .dir = OUT,
	  .xvcpu = true, ARG(struct xvcpu_binding_info) },
	{ VCPU, "XVCPU_MIGRATE", XVCPU_MIGRATE, .dir = IN, .xvcpu = true,
	  ARG(struct xvcpu_migrate) },
};

static struct vm vm;
static struct vcpu vcpu;
static int fds[NR_KINDS];
static bool on_xvcpu;

static void set_up(void)
{
	on_xvcpu = test_on_xvcpu();
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	fds[SYS] = vm.sys;
	fds[VM] = vm.fd;
	fds[VCPU] = vcpu.fd;
}

static void check_works(void)
{
	test_context("afterwards");
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	test_context("%s", "");
}

/* Is the row to be tried on this device? */
static bool offered(const struct ioctl_case *c)
{
	test_context("%s", c->name);
	return on_xvcpu || !c->xvcpu;
}

/* KVM has -EINVAL for what the system and the vCPU descriptor do not know. */
static void expect_unknown(enum fd_kind kind, long ret)
{
	if (!on_xvcpu && kind != VM && ret == -EINVAL)
		return;
	EXPECT_EQ(ret, -ENOTTY);
}

/* --- the request --- */

static void wrong_fd(void)
{
	const struct ioctl_case *c;
	enum fd_kind kind;

	set_up();
	for (c = cases; c < cases + ARRAY_SIZE(cases); c++) {
		if (!offered(c))
			continue;
		for (kind = SYS; kind < NR_KINDS; kind++) {
			if (kind == c->kind || c->also & BIT(kind))
				continue;
			test_context("%s on a %s descriptor", c->name,
				     kind_names[kind]);
			expect_unknown(kind,
				       dev_ioctl(fds[kind], c->request, NULL));
		}
	}
	check_works();
}

static bool is_known(unsigned long request)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (cases[i].request == request)
			return true;
	return false;
}

static void unknown_request(void)
{
	static const unsigned long requests[] = {
		0, ~0UL, _IO(KVMIO, 0xff), _IO(XVCPU_IO, 0), _IO('x', 1),
		_IOW(XVCPU_IO, 0x7f, int), _IO(XVCPU_IO, 1),
		_IO(XVCPU_IO, 2), _IO(XVCPU_IO, 3),
	};
	enum fd_kind kind;
	size_t i;

	set_up();
	for (kind = SYS; kind < NR_KINDS; kind++) {
		for (i = 0; i < ARRAY_SIZE(requests); i++) {
			test_context("request 0x%lx on a %s descriptor",
				     requests[i], kind_names[kind]);
			expect_unknown(kind, dev_ioctl(fds[kind], requests[i],
						       NULL));
		}
	}
	check_works();
}

/* The size and the direction are part of a request. */
static void wrong_size(void)
{
	static const int offsets[] = { -8, -4, 4, 8, 0x100 };
	const struct ioctl_case *c;
	unsigned long request;
	long size;
	size_t i;

	set_up();
	for (c = cases; c < cases + ARRAY_SIZE(cases); c++) {
		if (!offered(c))
			continue;
		for (i = 0; i < ARRAY_SIZE(offsets); i++) {
			size = _IOC_SIZE(c->request) + offsets[i];
			request = _IOC(_IOC_DIR(c->request),
				       _IOC_TYPE(c->request),
				       _IOC_NR(c->request), size);
			if (size < 0 || is_known(request))
				continue;
			test_context("%s with size %ld", c->name, size);
			expect_unknown(c->kind, dev_ioctl(fds[c->kind],
							  request, NULL));
		}
		request = c->request ^ _IOC(_IOC_READ | _IOC_WRITE, 0, 0, 0);
		test_context("%s with the other direction", c->name);
		if (!is_known(request))
			expect_unknown(c->kind, dev_ioctl(fds[c->kind],
							  request, NULL));
	}
	check_works();
}

/* --- pointers --- */

/* Two pages, of which the second is not mapped. */
static uint8_t *page_before_hole(void)
{
	uint8_t *page = mmap(NULL, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(page != MAP_FAILED);
	REQUIRE_EQ(munmap(page + PAGE_SIZE, PAGE_SIZE), 0);
	return page;
}

static void expect_fault(const struct ioctl_case *c, const char *what,
			 const void *arg)
{
	test_context("%s, %s", c->name, what);
	EXPECT_EQ(dev_ioctl(fds[c->kind], c->request, arg), -EFAULT);
}

static void bad_pointer(void)
{
	const struct ioctl_case *c;
	uint8_t *page, *closed, *end;
	struct vm empty;
	size_t whole;

	set_up();
	vm_create_empty(&empty);
	fds[VM] = empty.fd;	/* some are for a VM without vCPUs */
	page = page_before_hole();
	closed = mmap(NULL, PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	REQUIRE(closed != MAP_FAILED);
	for (c = cases; c < cases + ARRAY_SIZE(cases); c++) {
		if (!offered(c) || c->dir == VALUE)
			continue;
		expect_fault(c, "NULL", NULL);
		expect_fault(c, "unmapped", page + PAGE_SIZE);
		expect_fault(c, "PROT_NONE", closed);
		expect_fault(c, "kernel", (void *)0xffffffff81000000);
		expect_fault(c, "end of user space", (void *)0x7ffffffffff8);
		expect_fault(c, "not canonical", (void *)0x8000000000000000);
		expect_fault(c, "-1", (void *)-1L);
		whole = c->size > 8 ? 8 : c->size / 2;
		end = page + PAGE_SIZE - whole;
		memcpy(end, c->head, whole);
		expect_fault(c, "cut off by a hole", end);
	}
	check_works();
}

static void read_only_pointer(void)
{
	const struct ioctl_case *c;
	uint8_t *page;

	set_up();
	for (c = cases; c < cases + ARRAY_SIZE(cases); c++) {
		if (!offered(c) || !(c->dir & OUT))
			continue;
		/* KVM looks at all the entries, which are not there, first. */
		if (!on_xvcpu && c->request == KVM_GET_EMULATED_CPUID)
			continue;
		page = page_before_hole();
		memcpy(page, c->head, sizeof(c->head));
		*(uint32_t *)(page + 8) = 0x10;	/* an MSR, where one is read */
		REQUIRE_EQ(mprotect(page, PAGE_SIZE, PROT_READ), 0);
		expect_fault(c, "read-only", page);
	}
	check_works();
}

/* --- values --- */

struct value_case {
	enum fd_kind kind;
	const char *name;
	unsigned long request;
	unsigned long arg;
	long ret;
};

static const struct value_case values[] = {
	{ SYS, "GET_API_VERSION", KVM_GET_API_VERSION, 1, -EINVAL },
	{ SYS, "GET_VCPU_MMAP_SIZE", KVM_GET_VCPU_MMAP_SIZE, 1, -EINVAL },
	{ SYS, "CREATE_VM", KVM_CREATE_VM, 0x1234, -EINVAL },
	{ SYS, "CREATE_VM", KVM_CREATE_VM, -1UL, -EINVAL },
	{ SYS, "CHECK_EXTENSION", KVM_CHECK_EXTENSION, 0xffff, 0 },
	{ SYS, "CHECK_EXTENSION", KVM_CHECK_EXTENSION, -1UL, 0 },
	{ VM, "CHECK_EXTENSION", KVM_CHECK_EXTENSION, 0xffff, 0 },
	{ VM, "CREATE_VCPU, id taken", KVM_CREATE_VCPU, 0, -EEXIST },
	{ VM, "CREATE_VCPU, id too large", KVM_CREATE_VCPU, 0x7fffffff,
	  -EINVAL },
	{ VM, "CREATE_VCPU, id -1", KVM_CREATE_VCPU, 0xffffffff, -EINVAL },
	{ VM, "SET_TSS_ADDR", KVM_SET_TSS_ADDR, 0xfffff000, -EINVAL },
	{ VCPU, "RUN", KVM_RUN, 1, -EINVAL },
	{ VCPU, "RUN", KVM_RUN, -1UL, -EINVAL },
};

static void bad_value(void)
{
	size_t i;
	long id;

	set_up();
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		const struct value_case *c = &values[i];

		test_context("%s(0x%lx)", c->name, c->arg);
		EXPECT_EQ(dev_ioctl(fds[c->kind], c->request, (void *)c->arg),
			  c->ret);
	}
	id = dev_ioctl(vm.fd, KVM_CHECK_EXTENSION,
		       (void *)(long)KVM_CAP_MAX_VCPU_ID);
	test_context("the first id that is too large");
	EXPECT(id > 0);
	EXPECT_EQ(dev_ioctl(vm.fd, KVM_CREATE_VCPU, (void *)id), -EINVAL);
	check_works();
}

/* KVM_SET_IDENTITY_MAP_ADDR is for VMs that have no vCPU yet. */
static void wrong_state(void)
{
	uint64_t address = 0xfffbc000;

	vm_create(&vm);
	EXPECT_EQ(dev_ioctl(vm.fd, KVM_SET_IDENTITY_MAP_ADDR, &address), 0);
	vcpu_create(&vcpu, &vm, 0);
	EXPECT_EQ(dev_ioctl(vm.fd, KVM_SET_IDENTITY_MAP_ADDR, &address),
		  -EINVAL);
	check_works();
}

static void mp_state_values(void)
{
	static const uint32_t bad[] = {
		KVM_MP_STATE_UNINITIALIZED, KVM_MP_STATE_INIT_RECEIVED,
		KVM_MP_STATE_SIPI_RECEIVED, 100, 0xffffffff,
	};
	struct kvm_mp_state state = { .mp_state = 100 };
	size_t i;

	set_up();
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_GET_MP_STATE, &state), 0);
	EXPECT_EQ(state.mp_state, KVM_MP_STATE_RUNNABLE);
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_MP_STATE, &state), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		test_context("state %u", bad[i]);
		state.mp_state = bad[i];
		EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_MP_STATE, &state),
			  -EINVAL);
	}
	check_works();
}

/* Every ioctl whose argument's beginning is all that it needs. */
static void expect_answers(void)
{
	static uint8_t arg[0x4000] __attribute__((aligned(16)));
	const struct ioctl_case *c;

	for (c = cases; c < cases + ARRAY_SIZE(cases); c++) {
		if (c->kind != VCPU || !(c->dir & OUT))
			continue;
		test_context("%s", c->name);
		memset(arg, 0, sizeof(arg));
		memcpy(arg, c->head, sizeof(c->head));
		*(uint32_t *)(arg + 8) = 0x10;	/* an MSR, where one is read */
		EXPECT(dev_ioctl(vcpu.fd, c->request, arg) >= 0);
	}
	test_context("%s", "");
}

/* KVM would run it again; xvcpu has it wait for a state to run in. */
static void terminated(void)
{
	struct kvm_sregs sregs;

	test_need_xvcpu();
	set_up();
	vcpu_load(&vcpu, "exits_shutdown");
	vcpu_run_until(&vcpu, KVM_EXIT_SHUTDOWN);
	EXPECT_EQ(vcpu_run(&vcpu), -EINVAL);
	expect_answers();
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr0 &= ~X86_CR0_PE;	/* paging without protection */
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_SREGS, &sregs), -EINVAL);
	EXPECT_EQ(vcpu_run(&vcpu), -EINVAL);
	check_works();
}

static void *read_regs(void *regs)
{
	vcpu_get_regs(&vcpu, regs);
	return NULL;
}

/* An ioctl on a vCPU that runs waits until KVM_RUN has returned. */
static void waits_while_running(void)
{
	struct runner runner;
	struct kvm_regs regs;
	pthread_t reader;

	set_up();
	vcpu_load(&vcpu, "count_checked");
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1000);
	REQUIRE_EQ(pthread_create(&reader, NULL, read_regs, &regs), 0);
	count_wait(&vm, 1000);
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	pthread_join(reader, NULL);
	count_check(&vcpu);
	EXPECT_EQ(regs.rbx, *vm_u64(&vm, COUNT_NOW));
	check_works();
}

static void core_capabilities(void)
{
	static const struct {
		const char *name;
		long cap;
		long min;
	} caps[] = {
		{ "USER_MEMORY", KVM_CAP_USER_MEMORY, 1 },
		{ "DESTROY_MEMORY_REGION_WORKS",
		  KVM_CAP_DESTROY_MEMORY_REGION_WORKS, 1 },
		{ "SET_TSS_ADDR", KVM_CAP_SET_TSS_ADDR, 1 },
		{ "EXT_CPUID", KVM_CAP_EXT_CPUID, 1 },
		{ "NR_VCPUS", KVM_CAP_NR_VCPUS, 1 },
		{ "MAX_VCPUS", KVM_CAP_MAX_VCPUS, 4 },
		{ "MAX_VCPU_ID", KVM_CAP_MAX_VCPU_ID, 4 },
		{ "NR_MEMSLOTS", KVM_CAP_NR_MEMSLOTS, 32 },
		{ "IMMEDIATE_EXIT", KVM_CAP_IMMEDIATE_EXIT, 1 },
		{ "SYNC_MMU", KVM_CAP_SYNC_MMU, 1 },
	};
	size_t i;

	set_up();
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_GET_API_VERSION, NULL), 12);
	for (i = 0; i < ARRAY_SIZE(caps); i++) {
		test_context("%s", caps[i].name);
		EXPECT(dev_ioctl(vm.sys, KVM_CHECK_EXTENSION,
				 (void *)caps[i].cap) >= caps[i].min);
	}
	EXPECT(dev_ioctl(vm.sys, KVM_GET_VCPU_MMAP_SIZE, NULL) >=
	       (long)(2 * PAGE_SIZE));
}

/* --- mmap and the other system calls --- */

static bool touch_is_sigbus(uint8_t *page)
{
	int status;
	pid_t pid;

	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		signal(SIGBUS, SIG_DFL);
		*(volatile uint8_t *)page;
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;
}

/* Beyond struct kvm_run: refused at once, or when it is touched. */
static void mmap_beyond_run(void)
{
	void *page;

	set_up();
	page = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_SHARED, vcpu.fd,
		    vcpu.run_size);
	if (page == MAP_FAILED)
		EXPECT_EQ(errno, EINVAL);
	else
		EXPECT(touch_is_sigbus(page));
	page = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_SHARED, vcpu.fd, 1L << 40);
	if (page == MAP_FAILED)
		EXPECT_EQ(errno, EINVAL);
	else
		EXPECT(touch_is_sigbus(page));
	check_works();
}

static void mmap_twice(void)
{
	struct kvm_run *again;

	set_up();
	again = mmap(NULL, vcpu.run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		     vcpu.fd, 0);
	REQUIRE(again != MAP_FAILED);
	check_works();
	EXPECT_EQ(again->exit_reason, KVM_EXIT_HLT);
	munmap(again, vcpu.run_size);
	check_works();
}

static void no_other_system_call(void)
{
	char byte = 0;
	int kind;

	set_up();
	for (kind = SYS; kind < NR_KINDS; kind++) {
		test_context("%s", kind_names[kind]);
		EXPECT_EQ(read(fds[kind], &byte, 1), -1);
		EXPECT_EQ(errno, EINVAL);
		EXPECT_EQ(write(fds[kind], &byte, 1), -1);
		EXPECT_EQ(errno, EINVAL);
		if (kind == VCPU)
			continue;
		EXPECT(mmap(NULL, PAGE_SIZE, PROT_READ, MAP_SHARED, fds[kind],
			    0) == MAP_FAILED);
		EXPECT_EQ(errno, ENODEV);
	}
	check_works();
}

/* What the process writes to struct kvm_run is only ever an answer. */
static void run_page_is_garbage(void)
{
	set_up();
	vcpu_load(&vcpu, "io_long_in32_dx");
	vcpu_run_until(&vcpu, KVM_EXIT_IO);
	memset(&vcpu.run->io, 0xff, sizeof(vcpu.run->io));
	vcpu.run->exit_reason = 0xffffffff;
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_load(&vcpu, "io_long_rep_ins32");
	vcpu_set_regs(&vcpu, &(struct kvm_regs) {
		.rip = GUEST_CODE, .rflags = 2, .rcx = 20, .rdi = GUEST_DATA });
	do {
		REQUIRE_EQ(vcpu_run(&vcpu), 0);
		if (vcpu.run->exit_reason == KVM_EXIT_HLT)
			break;
		memset(&vcpu.run->io, 0xff, sizeof(vcpu.run->io));
	} while (vcpu.run->exit_reason == KVM_EXIT_IO);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	memset(vcpu.run, 0xff, offsetof(struct kvm_run, io));
	vcpu.run->cr8 = 0;	/* a bad one is -EINVAL */
	EXPECT_EQ(vcpu_run(&vcpu), -EINTR);
	memset(vcpu.run, 0, offsetof(struct kvm_run, io));
	check_works();
}

/* --- lifetimes --- */

static void outlives_other_fds(void)
{
	set_up();
	close(vm.sys);
	close(vm.fd);
	/* The vCPU holds the VM, and the VM the module. */
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static void run_page_outlives_fd(void)
{
	set_up();
	check_works();
	close(vcpu.fd);
	close(vm.fd);
	close(vm.sys);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	munmap(vcpu.run, vcpu.run_size);
}

/* The VM belongs to the memory of the process that made it. */
static int other_process(void)
{
	struct kvm_regs regs;

	if (dev_ioctl(vcpu.fd, KVM_RUN, NULL) != -EIO)
		return 1;
	if (dev_ioctl(vcpu.fd, KVM_GET_REGS, &regs) != -EIO)
		return 2;
	if (dev_ioctl(vm.fd, KVM_CREATE_VCPU, (void *)1) != -EIO)
		return 3;
	if (vm_set_slot(&vm, 1, 0x1000000, PAGE_SIZE, vm.mem, 0) != -EIO)
		return 4;
	return 0;
}

static void other_process_is_refused(void)
{
	int status;
	pid_t pid;

	set_up();
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		_exit(other_process());
	waitpid(pid, &status, 0);
	EXPECT(WIFEXITED(status));
	EXPECT_EQ(WEXITSTATUS(status), 0);
	check_works();
}

/* Many VMs and vCPUs in a row, and all at once: nothing is used up. */
static void create_many(void)
{
	int i;

	for (i = 0; i < 20; i++) {
		test_context("VM %d", i);
		vm_create(&vm);
		vcpu_create(&vcpu, &vm, 0);
		vcpu_load(&vcpu, "exits_halt_long");
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		if (i % 2)
			continue;	/* left to the end of the process */
		vcpu_destroy(&vcpu);
		vm_destroy(&vm);
	}
}

static const struct test tests[] = {
	{ "ioctl_errors_wrong_fd", wrong_fd },
	{ "ioctl_errors_unknown_request", unknown_request },
	{ "ioctl_errors_wrong_size", wrong_size },
	{ "ioctl_errors_bad_pointer", bad_pointer },
	{ "ioctl_errors_read_only_pointer", read_only_pointer },
	{ "ioctl_errors_bad_value", bad_value },
	{ "ioctl_errors_wrong_state", wrong_state },
	{ "ioctl_errors_mp_state_values", mp_state_values },
	{ "ioctl_errors_terminated", terminated },
	{ "ioctl_errors_waits_while_running", waits_while_running },
	{ "ioctl_errors_core_capabilities", core_capabilities },
	{ "ioctl_errors_mmap_beyond_run", mmap_beyond_run },
	{ "ioctl_errors_mmap_twice", mmap_twice },
	{ "ioctl_errors_no_other_system_call", no_other_system_call },
	{ "ioctl_errors_run_page_is_garbage", run_page_is_garbage },
	{ "ioctl_errors_outlives_other_fds", outlives_other_fds },
	{ "ioctl_errors_run_page_outlives_fd", run_page_outlives_fd },
	{ "ioctl_errors_other_process_is_refused", other_process_is_refused },
	{ "ioctl_errors_create_many", create_many },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
