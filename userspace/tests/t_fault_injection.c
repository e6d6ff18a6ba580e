// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that the kernel can make fail, failing: each allocation and each
 * copy in each call on the device, one after the other, and in the module's
 * load. The call fails with ENOMEM or EFAULT or does without; the same call
 * works afterwards, and a guest that runs all the time goes on.
 *
 * xvcpu only; needs root and a kernel with fault injection.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/xvcpu_netlink.h>

#include "harness.h"
#include "harness_fault.h"
#include "xvcpu_nl.h"

#define MOST_FAULTS	400
#define SPARE		0x10000000UL	/* where no slot is */

static struct vm vm, fresh;
static struct vcpu vcpu, other;
static uint8_t arg[0x4000] __attribute__((aligned(64)));
static uint8_t *spare;

/* --- a guest that goes on --- */

static uint32_t count;

static void start_guest(void)
{
	struct kvm_regs regs;

	test_need_xvcpu();
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, "count_together");
	*vm_u32(&vm, COUNT_VCPUS) = 1;
	vcpu_get_regs(&vcpu, &regs);
	regs.rbx = 3;
	regs.rbp = 1 << 30;
	vcpu_set_regs(&vcpu, &regs);
	spare = mem_alloc(GUEST_SIZE);
	memset(spare, 1, PAGE_SIZE);
	count = 0;
}

static void expect_guest_goes_on(void)
{
	count += 3;
	EXPECT_EQ(vcpu_report(&vcpu), count);
}

/* --- a call, and each fault in it --- */

struct step {
	const char *name;
	void (*prepare)(void);	/* may be none */
	long (*call)(void);
	void (*undo)(long ret);	/* after a call that succeeded; may be none */
	bool cannot_fail;	/* there is nothing in it that might */
};

static bool is_documented(long ret)
{
	return ret >= 0 || ret == -ENOMEM || ret == -EFAULT || ret == -ENOBUFS;
}

static void undo(const struct step *step, long ret)
{
	if (ret >= 0 && step->undo)
		step->undo(ret);
}

/* Returns whether there was anything to fail. */
static bool one_fault(const struct step *step, unsigned int nth)
{
	bool hit;
	long ret;

	test_context("%s, fault %u", step->name, nth);
	if (step->prepare)
		step->prepare();
	fault_arm(nth);
	ret = step->call();
	hit = fault_disarm();
	if (!hit)
		EXPECT(ret >= 0);
	else if (!is_documented(ret))
		test_failed(false, __FILE__, __LINE__, "%s",
			    strerror(-ret));
	if (ret < 0) {
		ret = step->call();
		if (ret < 0)
			test_failed(true, __FILE__, __LINE__,
				    "the same again: %s", strerror(-ret));
	}
	undo(step, ret);
	expect_guest_goes_on();
	return hit;
}

static unsigned int all_faults(const struct step *step)
{
	unsigned int nth = 1;

	while (one_fault(step, nth) && nth < MOST_FAULTS)
		nth++;
	EXPECT(nth < MOST_FAULTS);
	EXPECT(nth > 1 || step->cannot_fail);
	return nth - 1;
}

static void all_steps(const struct step *steps, size_t n)
{
	unsigned int faults = 0;
	size_t i;

	fault_need();
	start_guest();
	test_timeout(110);
	for (i = 0; i < n; i++)
		faults += all_faults(&steps[i]);
	test_note("%u faults in %zu calls", faults, n);
}

/* --- files --- */

static void close_it(long fd)
{
	close(fd);
}

static long open_device(void)
{
	int fd = open(test_device, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static long create_vm(void)
{
	return dev_ioctl(vm.sys, KVM_CREATE_VM, NULL);
}

static long vm_stats_fd(void)
{
	return dev_ioctl(vm.fd, KVM_GET_STATS_FD, NULL);
}

static long vcpu_stats_fd(void)
{
	return dev_ioctl(vcpu.fd, KVM_GET_STATS_FD, NULL);
}

static int stats;

static void open_vm_stats(void)
{
	stats = vm_stats_fd();
}

static void open_vcpu_stats(void)
{
	stats = vcpu_stats_fd();
}

static long read_stats(void)
{
	ssize_t len = pread(stats, arg, 1000, 0);

	return len < 0 ? -errno : len;
}

static void close_stats(long ret)
{
	(void)ret;
	close(stats);
}

/* Ids are taken for as long as the VM is there. */
static long next_id = 1;

static void take_next_id(void)
{
	next_id++;
}

static long create_vcpu(void)
{
	return dev_ioctl(vm.fd, KVM_CREATE_VCPU, (void *)next_id);
}

static long create_pinned(void)
{
	struct xvcpu_create_vcpu create = { .id = next_id };

	return dev_ioctl(vm.fd, XVCPU_CREATE_VCPU, &create);
}

static void *mapped;

static long map_run(void)
{
	mapped = mmap(NULL, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_POPULATE, vcpu.fd, 0);
	return mapped == MAP_FAILED ? -errno : 0;
}

static void unmap_run(long ret)
{
	(void)ret;
	munmap(mapped, 2 * PAGE_SIZE);
}

static void files(void)
{
	static const struct step steps[] = {
		{ "open", NULL, open_device, close_it, false },
		{ "CREATE_VM", NULL, create_vm, close_it, false },
		{ "CREATE_VCPU", take_next_id, create_vcpu, close_it, false },
		{ "XVCPU_CREATE_VCPU", take_next_id, create_pinned, close_it, false },
		{ "GET_STATS_FD of a VM", NULL, vm_stats_fd, close_it, false },
		{ "GET_STATS_FD of a vCPU", NULL, vcpu_stats_fd, close_it, false },
		{ "read of a VM's statistics", open_vm_stats, read_stats,
		  close_stats, false },
		{ "read of a vCPU's statistics", open_vcpu_stats, read_stats,
		  close_stats, false },
		{ "mmap", NULL, map_run, unmap_run, false },
	};

	all_steps(steps, ARRAY_SIZE(steps));
}

/* --- memory --- */

static void no_slot(void)
{
	vm_set_slot(&vm, 1, 0, 0, NULL, 0);
}

static void a_slot(void)
{
	no_slot();
	REQUIRE_EQ(vm_set_slot(&vm, 1, SPARE, GUEST_SIZE, spare, 0), 0);
}

static void a_logged_slot(void)
{
	no_slot();
	REQUIRE_EQ(vm_set_slot(&vm, 1, SPARE, GUEST_SIZE, spare,
			       KVM_MEM_LOG_DIRTY_PAGES), 0);
}

static long add_slot(void)
{
	return vm_set_slot(&vm, 1, SPARE, GUEST_SIZE, spare, 0);
}

static long add_logged_slot(void)
{
	return vm_set_slot(&vm, 1, SPARE, GUEST_SIZE, spare,
			   KVM_MEM_LOG_DIRTY_PAGES);
}

static long move_slot(void)
{
	return vm_set_slot(&vm, 1, 2 * SPARE, GUEST_SIZE, spare, 0);
}

static long delete_slot(void)
{
	return vm_set_slot(&vm, 1, 0, 0, NULL, 0);
}

static long get_log(void)
{
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = arg };

	return dev_ioctl(vm.fd, KVM_GET_DIRTY_LOG, &log);
}

static long clear_log(void)
{
	struct kvm_clear_dirty_log log = {
		.slot = 1, .num_pages = 64, .dirty_bitmap = arg,
	};

	return dev_ioctl(vm.fd, KVM_CLEAR_DIRTY_LOG, &log);
}

static void slots(void)
{
	static const struct step steps[] = {
		{ "a new slot", no_slot, add_slot, NULL, false },
		{ "a new slot with a log", no_slot, add_logged_slot, NULL, false },
		{ "a slot gets a log", a_slot, add_logged_slot, NULL, false },
		{ "a slot moves", a_slot, move_slot, NULL, false },
		{ "a slot goes", a_slot, delete_slot, NULL, false },
		{ "GET_DIRTY_LOG", a_logged_slot, get_log, NULL, false },
		{ "CLEAR_DIRTY_LOG", a_logged_slot, clear_log, NULL, false },
	};

	all_steps(steps, ARRAY_SIZE(steps));
}

/* --- the other ioctls --- */

static const struct request {
	const char *name;
	int *fd;
	unsigned long get;	/* what gives a good argument, or 0 */
	unsigned long request;
	uint32_t head[4];
	bool cannot_fail;
} requests[] = {
	{ "GET_SUPPORTED_CPUID", &vm.sys, 0, KVM_GET_SUPPORTED_CPUID, { 256 },
	  false },
	{ "GET_EMULATED_CPUID", &vm.sys, 0, KVM_GET_EMULATED_CPUID, { 256 },
	  false },
	{ "GET_MSR_INDEX_LIST", &vm.sys, 0, KVM_GET_MSR_INDEX_LIST, { 400 },
	  false },
	{ "GET_MSR_FEATURE_INDEX_LIST", &vm.sys, 0,
	  KVM_GET_MSR_FEATURE_INDEX_LIST, { 400 }, false },
	{ "GET_MSRS of features", &vm.sys, 0, KVM_GET_MSRS, { 1, 0, 0x480 },
	  false },
	{ "ENABLE_CAP", &vm.fd, 0, KVM_ENABLE_CAP,
	  { KVM_CAP_X86_USER_SPACE_MSR }, false },
	{ "X86_SET_MSR_FILTER", &vm.fd, 0, KVM_X86_SET_MSR_FILTER, { 0 },
	  false },
	{ "GET_REGS", &vcpu.fd, 0, KVM_GET_REGS, { 0 }, false },
	{ "SET_REGS", &vcpu.fd, KVM_GET_REGS, KVM_SET_REGS, { 0 }, false },
	{ "GET_SREGS", &vcpu.fd, 0, KVM_GET_SREGS, { 0 }, false },
	{ "SET_SREGS", &vcpu.fd, KVM_GET_SREGS, KVM_SET_SREGS, { 0 }, false },
	{ "SET_SREGS2", &vcpu.fd, KVM_GET_SREGS2, KVM_SET_SREGS2, { 0 },
	  false },
	{ "SET_FPU", &vcpu.fd, KVM_GET_FPU, KVM_SET_FPU, { 0 }, false },
	{ "GET_XSAVE", &vcpu.fd, 0, KVM_GET_XSAVE, { 0 }, false },
	{ "SET_XSAVE", &vcpu.fd, KVM_GET_XSAVE, KVM_SET_XSAVE, { 0 }, false },
	{ "SET_XCRS", &vcpu.fd, KVM_GET_XCRS, KVM_SET_XCRS, { 0 }, false },
	{ "SET_DEBUGREGS", &vcpu.fd, KVM_GET_DEBUGREGS, KVM_SET_DEBUGREGS,
	  { 0 }, false },
	{ "SET_MP_STATE", &vcpu.fd, KVM_GET_MP_STATE, KVM_SET_MP_STATE, { 0 },
	  false },
	{ "SET_VCPU_EVENTS", &vcpu.fd, KVM_GET_VCPU_EVENTS,
	  KVM_SET_VCPU_EVENTS, { 0 }, false },
	{ "SET_GUEST_DEBUG", &vcpu.fd, 0, KVM_SET_GUEST_DEBUG, { 0 }, false },
	{ "GET_MSRS", &vcpu.fd, 0, KVM_GET_MSRS, { 1, 0, 0x277 }, false },
	{ "SET_MSRS", &vcpu.fd, KVM_GET_MSRS, KVM_SET_MSRS, { 1, 0, 0x277 },
	  false },
	{ "TRANSLATE", &vcpu.fd, 0, KVM_TRANSLATE, { GUEST_CODE }, false },
	{ "SET_SIGNAL_MASK", &vcpu.fd, 0, KVM_SET_SIGNAL_MASK, { 8 }, false },
	{ "X86_SETUP_MCE", &vcpu.fd, KVM_X86_GET_MCE_CAP_SUPPORTED,
	  KVM_X86_SETUP_MCE, { 0 }, false },
	{ "GET_CPUID2", &vcpu.fd, 0, KVM_GET_CPUID2, { 256 }, false },
	{ "SET_CPUID2", &vcpu.fd, KVM_GET_CPUID2, KVM_SET_CPUID2, { 256 },
	  false },
	{ "XVCPU_GET_BINDING", &vcpu.fd, 0, XVCPU_GET_BINDING, { 0 }, false },
	{ "XVCPU_MIGRATE", &vcpu.fd, 0, XVCPU_MIGRATE, { -1U }, false },
	/* A single word is copied by get_user(), where no fault is injected. */
	{ "INTERRUPT", &other.fd, 0, KVM_INTERRUPT, { 32 }, true },
	{ "GET_TSC_KHZ", &vcpu.fd, 0, KVM_GET_TSC_KHZ, { 0 }, true },
	{ "NMI", &other.fd, 0, KVM_NMI, { 0 }, true },
};

static const struct request *request;

/* A vCPU of its own for what the guest would notice. */
static void make_other(void)
{
	vcpu_create(&other, &vm, 3000);
}

static void fill_argument(void)
{
	long ret = 0;

	memset(arg, 0, sizeof(arg));
	memcpy(arg, request->head, sizeof(request->head));
	if (request->get == KVM_X86_GET_MCE_CAP_SUPPORTED)
		ret = dev_ioctl(vm.sys, request->get, arg);
	else if (request->get)
		ret = dev_ioctl(*request->fd, request->get, arg);
	REQUIRE(ret >= 0);
	if (request->request == KVM_X86_SETUP_MCE)
		arg[0] = 8;	/* banks */
}

static long call_request(void)
{
	return dev_ioctl(*request->fd, request->request, arg);
}

/* An interrupt that waits keeps the next one out. */
static void drop_interrupt(long ret)
{
	struct kvm_vcpu_events events = {
		.flags = KVM_VCPUEVENT_VALID_NMI_PENDING,
	};

	(void)ret;
	if (request->fd == &other.fd)
		REQUIRE_EQ(dev_ioctl(other.fd, KVM_SET_VCPU_EVENTS, &events),
			   0);
}

static void ioctls(void)
{
	unsigned int faults = 0;
	struct step step = {
		.prepare = fill_argument,
		.call = call_request,
		.undo = drop_interrupt,
	};
	size_t i;

	fault_need();
	start_guest();
	make_other();
	test_timeout(110);
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		request = &requests[i];
		step.name = request->name;
		step.cannot_fail = request->cannot_fail;
		faults += all_faults(&step);
	}
	test_note("%u faults in %zu ioctls", faults, ARRAY_SIZE(requests));
}

/* --- KVM_RUN --- */

static const char *guest;
static uint64_t guest_rbx;

/* Nothing of it is mapped, and its memory was never touched. */
static void new_guest(void)
{
	struct kvm_regs regs;

	vm_create(&fresh);
	vcpu_create(&other, &fresh, 0);
	vcpu_load(&other, guest);
	vcpu_get_regs(&other, &regs);
	regs.rbx = guest_rbx;
	regs.rcx = 16;
	regs.rsi = GUEST_DATA;
	vcpu_set_regs(&other, &regs);
}

/*
 * An instruction that cannot be read to be emulated is an internal error, which
 * the next run knows nothing of.
 */
static long run_to(uint32_t exit_reason)
{
	long ret = vcpu_run(&other);

	if (ret || other.run->exit_reason == exit_reason)
		return ret;
	return other.run->exit_reason == KVM_EXIT_INTERNAL_ERROR ? -EFAULT :
								   -EDOM;
}

static long run_to_halt(void)
{
	return run_to(KVM_EXIT_HLT);
}

static long run_to_mmio(void)
{
	return run_to(KVM_EXIT_MMIO);
}

static long run_to_io(void)
{
	return run_to(KVM_EXIT_IO);
}

static void end_guest(long ret)
{
	(void)ret;
	vcpu_destroy(&other);
	vm_destroy(&fresh);
}

static void run_one(const char *name, long (*call)(void), uint64_t rbx)
{
	struct step step = {
		.name = name, .prepare = new_guest, .call = call,
		.undo = end_guest,
	};

	guest = name;
	guest_rbx = rbx;
	test_note("%u faults in the run of %s", all_faults(&step), name);
}

static void runs(void)
{
	fault_need();
	start_guest();
	test_timeout(110);
	run_one("exits_halt_long", run_to_halt, 0);
	run_one("exits_halt_real", run_to_halt, 0);
	run_one("exits_write64", run_to_halt, GUEST_DATA);
	run_one("exits_write32", run_to_mmio, GUEST_SIZE + PAGE_SIZE);
	run_one("io_long_rep_outs8", run_to_io, 0);
}

static void timing_off(void)
{
	host_write(XVCPU_STATS_PARAMETER, "0");
}

/* An exit for whose time there is no memory has none; the guest goes on. */
static void runs_timed(void)
{
	fault_need();
	test_need_xvcpu();
	start_guest();
	test_timeout(110);
	atexit(timing_off);
	REQUIRE_EQ(host_write(XVCPU_STATS_PARAMETER, "1"), 0);
	run_one("exits_halt_long", run_to_halt, 0);
	run_one("exits_insn_cpuid", run_to_halt, 0);
}

/* --- netlink --- */

static uint16_t family;
static int nl_fd = -1;
static struct {
	struct nlmsghdr head;
	struct genlmsghdr genl;
	uint8_t attrs[64];
} message;

static void ask(int type, int cmd, int flags)
{
	memset(&message, 0, sizeof(message));
	message.head.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	message.head.nlmsg_type = type;
	message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	message.genl.cmd = cmd;
	message.genl.version = 1;
}

static void add(int type, const void *data, size_t len)
{
	struct nlattr attr = { .nla_type = type, .nla_len = NLA_HDRLEN + len };
	uint8_t *to = (uint8_t *)&message + message.head.nlmsg_len;

	memcpy(to, &attr, sizeof(attr));
	memcpy(to + NLA_HDRLEN, data, len);
	message.head.nlmsg_len += NLA_ALIGN(attr.nla_len);
}

static void new_socket(void)
{
	if (nl_fd >= 0)
		close(nl_fd);
	nl_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	REQUIRE(nl_fd >= 0);
}

static void find_family(void)
{
	ssize_t len;

	new_socket();
	ask(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	add(CTRL_ATTR_FAMILY_NAME, XVCPU_GENL_NAME, sizeof(XVCPU_GENL_NAME));
	REQUIRE(send(nl_fd, &message, message.head.nlmsg_len, 0) > 0);
	len = recv(nl_fd, arg, sizeof(arg), 0);
	REQUIRE(len > 0);
	/* CTRL_ATTR_FAMILY_NAME, then CTRL_ATTR_FAMILY_ID. */
	memcpy(&family, arg + NLMSG_LENGTH(GENL_HDRLEN) + NLA_HDRLEN +
	       NLA_ALIGN(sizeof(XVCPU_GENL_NAME)) + NLA_HDRLEN, 2);
	REQUIRE(family >= GENL_ID_CTRL);
}

/* 1: the end; 0: go on; or the negative errno. */
static long take(const struct nlmsghdr *head)
{
	if (head->nlmsg_type == NLMSG_ERROR)
		return ((struct nlmsgerr *)NLMSG_DATA(head))->error ?: 1;
	if (head->nlmsg_type == NLMSG_DONE)
		return *(int *)NLMSG_DATA(head) < 0 ?
		       *(int *)NLMSG_DATA(head) : 1;
	return 0;
}

/* What was lost for want of memory is not waited for. */
static long exchange(void)
{
	struct nlmsghdr *head;
	ssize_t len;
	long ret = 0;

	if (send(nl_fd, &message, message.head.nlmsg_len, 0) < 0)
		return -errno;
	while (!ret) {
		len = recv(nl_fd, arg, sizeof(arg), MSG_DONTWAIT);
		if (len < 0)
			return errno == EAGAIN ? -ENOBUFS : -errno;
		for (head = (void *)arg; NLMSG_OK(head, len) && !ret;
		     head = NLMSG_NEXT(head, len))
			ret = take(head);
	}
	return ret;
}

/* After a dump that has failed the kernel thinks it is under way still. */
static long send_and_receive(void)
{
	static bool failed;
	long ret;

	if (failed)
		new_socket();
	ret = exchange();
	failed = ret < 0;
	return ret;
}

static void ask_module(void)
{
	new_socket();
	ask(family, XVCPU_CMD_MODULE_GET, 0);
}

static void ask_cpu(void)
{
	uint32_t cpu = 0;

	new_socket();
	ask(family, XVCPU_CMD_CPU_GET, 0);
	add(XVCPU_A_CPU_NUMBER, &cpu, sizeof(cpu));
}

static void ask_cpus(void)
{
	new_socket();
	ask(family, XVCPU_CMD_CPU_GET, NLM_F_DUMP);
	add(XVCPU_A_CPU_WANT_MSRS, NULL, 0);
}

static void ask_vcpus(void)
{
	new_socket();
	ask(family, XVCPU_CMD_VCPU_GET, NLM_F_DUMP);
}

static void first_key(const struct xvcpu_vcpu_info *info, void *key)
{
	*(uint32_t *)key = info->key;
}

static uint32_t key;

static void ask_vcpu(void)
{
	new_socket();
	ask(family, XVCPU_CMD_VCPU_GET, 0);
	add(XVCPU_A_VCPU_KEY, &key, sizeof(key));
}

static void ask_vms(void)
{
	new_socket();
	ask(family, XVCPU_CMD_VM_GET, NLM_F_DUMP);
}

static void ask_stats(void)
{
	new_socket();
	ask(family, XVCPU_CMD_STATS_GET, 0);
	add(XVCPU_A_STATS_KEY, &key, sizeof(key));
}

static void ask_all_stats(void)
{
	new_socket();
	ask(family, XVCPU_CMD_STATS_GET, NLM_F_DUMP);
}

static void netlink(void)
{
	static const struct step steps[] = {
		{ "the module", ask_module, send_and_receive, NULL, false },
		{ "a CPU", ask_cpu, send_and_receive, NULL, false },
		{ "all CPUs", ask_cpus, send_and_receive, NULL, false },
		{ "a vCPU", ask_vcpu, send_and_receive, NULL, false },
		{ "all vCPUs", ask_vcpus, send_and_receive, NULL, false },
		{ "all VMs", ask_vms, send_and_receive, NULL, false },
		{ "statistics", ask_stats, send_and_receive, NULL, false },
		{ "all statistics", ask_all_stats, send_and_receive, NULL,
		  false },
	};
	struct xvcpu_nl *nl;
	struct vcpu named;

	fault_need();
	find_family();
	vm_create(&fresh);
	vcpu_create(&named, &fresh, 0);
	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	REQUIRE_EQ(xvcpu_nl_vcpus(nl, first_key, &key), 0);
	xvcpu_nl_close(nl);
	all_steps(steps, ARRAY_SIZE(steps));
}

/* --- whole lives, with faults at random --- */

#define LIVES	40

static void expect_known(const char *what, long ret)
{
	if (!is_documented(ret) && ret != -EBADF)
		test_failed(false, __FILE__, __LINE__, "%s: %s", what,
			    strerror(-ret));
}

static long some_slot(int fd, uint32_t slot, uint32_t flags)
{
	struct vm some = { .fd = fd };

	return vm_set_slot(&some, slot, slot * SPARE, GUEST_SIZE, spare, flags);
}

static void one_life(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	long vm_fd, vcpu_fd, ret;

	vm_fd = dev_ioctl(vm.sys, KVM_CREATE_VM, NULL);
	expect_known("KVM_CREATE_VM", vm_fd);
	expect_known("slot 0", some_slot(vm_fd, 0, 0));
	expect_known("slot 1", some_slot(vm_fd, 1, KVM_MEM_LOG_DIRTY_PAGES));
	vcpu_fd = dev_ioctl(vm_fd, KVM_CREATE_VCPU, NULL);
	expect_known("KVM_CREATE_VCPU", vcpu_fd);
	expect_known("KVM_GET_SREGS", dev_ioctl(vcpu_fd, KVM_GET_SREGS,
						&sregs));
	expect_known("KVM_GET_REGS", dev_ioctl(vcpu_fd, KVM_GET_REGS, &regs));
	ret = dev_ioctl(vcpu_fd, KVM_RUN, NULL);
	expect_known("KVM_RUN", ret);
	expect_known("slot 1", some_slot(vm_fd, 1, 0));
	expect_known("a log", dev_ioctl(vcpu_fd, XVCPU_GET_BINDING, arg));
	if (vcpu_fd >= 0)
		close(vcpu_fd);
	if (vm_fd >= 0)
		close(vm_fd);
}

/* Real mode at the reset vector, where there is no memory: an MMIO exit. */
static void lives(void)
{
	struct xvcpu_module_info *info = calloc(1, sizeof(*info));
	struct xvcpu_nl *nl;
	int i;

	fault_need();
	start_guest();
	test_timeout(60);
	for (i = 0; i < LIVES; i++) {
		test_context("life %d", i);
		fault_percent(1 + i % 8);
		one_life();
		fault_percent(0);
		expect_guest_goes_on();
	}
	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	REQUIRE_EQ(xvcpu_nl_module(nl, info), 0);
	EXPECT_EQ(info->vms, 1);
	EXPECT_EQ(info->vcpus, 1);
	xvcpu_nl_close(nl);
}

/* --- the module's load --- */

static void reload(void)
{
	if (module_refs("xvcpu") < 0)
		module_load("xvcpu", "");
}

static void load(const char *params)
{
	/* A load takes long: each fault in the long form only. */
	unsigned int step = test_soaking() ? 1 : 10;
	unsigned int nth, loads = 0;
	bool hit = true;
	int ret;

	for (nth = 1; hit && nth < MOST_FAULTS; nth += step, loads++) {
		test_context("%s, fault %u", params, nth);
		fault_arm(nth);
		ret = module_load("xvcpu", params);
		hit = fault_disarm();
		if (hit && ret) {
			/* EIO: VMXON, which can be made to fail as well. */
			EXPECT(ret == -ENOMEM || ret == -EIO);
			EXPECT_EQ(module_refs("xvcpu"), -1);
			EXPECT(access(test_device, F_OK));
			continue;
		}
		REQUIRE_EQ(ret, 0);
		REQUIRE_EQ(module_unload("xvcpu"), 0);
	}
	EXPECT(!hit);
	EXPECT(loads > 5);
	test_note("%u faults in the load, %s", loads - 1, params);
}

/* What the kernel does itself to load a module is not meant. */
static void loads(void)
{
	if (module_refs("xvcpu") < 0)
		test_skip("the module xvcpu is not loaded");
	if (access("/lib/modules/xvcpu.ko", R_OK))
		test_skip("no /lib/modules/xvcpu.ko to load again");
	fault_need();
	test_timeout(110);
	atexit(reload);
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	fault_only_in("do_init_module");
	load("policy=all");
	fault_only_in(NULL);
	REQUIRE_EQ(module_load("xvcpu", ""), 0);
	start_guest();
	expect_guest_goes_on();
}

static const struct test tests[] = {
	{ "fault_injection_files", files },
	{ "fault_injection_slots", slots },
	{ "fault_injection_ioctls", ioctls },
	{ "fault_injection_runs", runs },
	{ "fault_injection_runs_timed", runs_timed },
	{ "fault_injection_netlink", netlink },
	{ "fault_injection_lives", lives },
	{ "fault_injection_module_load", loads },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
