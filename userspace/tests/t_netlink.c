// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family "xvcpu", spoken to without a library.  xvcpu only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/xvcpu_netlink.h>

#include "harness.h"

#define MAX_ATTRS	16
#define MAX_REPLIES	256
#define REPLY_SIZE	0x100000

/* --- the protocol --- */

struct request {
	struct nlmsghdr head;
	struct genlmsghdr genl;
	uint8_t attrs[256];
};

/* The attributes of one message or of one nest, by type; the first of each. */
struct attrs {
	const struct nlattr *attr[MAX_ATTRS];
	const struct nlattr *first;
	size_t len;
};

static int nl_fd;
static uint16_t family;
static uint8_t *received;
static size_t received_len;
static const struct nlmsghdr *replies[MAX_REPLIES];
static int nr_replies;

static const void *attr_data(const struct nlattr *attr)
{
	return (const uint8_t *)attr + NLA_HDRLEN;
}

static size_t attr_len(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

static const struct nlattr *attr_next(const struct nlattr *attr)
{
	return (const void *)((const uint8_t *)attr +
			      NLA_ALIGN(attr->nla_len));
}

static void parse(struct attrs *attrs, const void *data, size_t len)
{
	const struct nlattr *attr = data;
	const uint8_t *end = (const uint8_t *)data + len;

	memset(attrs, 0, sizeof(*attrs));
	attrs->first = attr;
	attrs->len = len;
	for (; (const uint8_t *)attr + NLA_HDRLEN <= end;
	     attr = attr_next(attr)) {
		int type = attr->nla_type & NLA_TYPE_MASK;

		REQUIRE(attr->nla_len >= NLA_HDRLEN);
		REQUIRE((const uint8_t *)attr + attr->nla_len <= end);
		if (type < MAX_ATTRS && !attrs->attr[type])
			attrs->attr[type] = attr;
	}
}

static void parse_reply(struct attrs *attrs, int n)
{
	const struct nlmsghdr *head = replies[n];

	parse(attrs, (const uint8_t *)NLMSG_DATA(head) + GENL_HDRLEN,
	      NLMSG_PAYLOAD(head, GENL_HDRLEN));
}

static void parse_nest(struct attrs *attrs, const struct nlattr *nest)
{
	REQUIRE(nest);
	parse(attrs, attr_data(nest), attr_len(nest));
}

static uint32_t get_u32(const struct attrs *attrs, int type)
{
	uint32_t value;

	REQUIRE(attrs->attr[type]);
	REQUIRE_EQ(attr_len(attrs->attr[type]), sizeof(value));
	memcpy(&value, attr_data(attrs->attr[type]), sizeof(value));
	return value;
}

static uint64_t get_u64(const struct attrs *attrs, int type)
{
	uint64_t value;

	REQUIRE(attrs->attr[type]);
	REQUIRE_EQ(attr_len(attrs->attr[type]), sizeof(value));
	memcpy(&value, attr_data(attrs->attr[type]), sizeof(value));
	return value;
}

/* An attribute that is absent means "none". */
static int get_cpu(const struct attrs *attrs, int type)
{
	return attrs->attr[type] ? (int)get_u32(attrs, type) : -1;
}

static void request_init(struct request *request, int cmd, int flags)
{
	memset(request, 0, sizeof(*request));
	request->head.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	request->head.nlmsg_type = family;
	request->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	request->genl.cmd = cmd;
	request->genl.version = XVCPU_GENL_VERSION;
}

static void request_add(struct request *request, int type, const void *data,
			size_t len)
{
	struct nlattr *attr = (void *)((uint8_t *)request +
				       NLMSG_ALIGN(request->head.nlmsg_len));

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((uint8_t *)attr + NLA_HDRLEN, data, len);
	request->head.nlmsg_len = NLMSG_ALIGN(request->head.nlmsg_len) +
				  NLA_ALIGN(attr->nla_len);
}

static void request_add_u32(struct request *request, int type, uint32_t value)
{
	request_add(request, type, &value, sizeof(value));
}

/* One datagram: 1 to go on, else the result of the request. */
static int take(uint8_t *data, ssize_t len)
{
	struct nlmsghdr *head = (void *)data;

	for (; NLMSG_OK(head, len); head = NLMSG_NEXT(head, len)) {
		if (head->nlmsg_type == NLMSG_ERROR)
			return ((struct nlmsgerr *)NLMSG_DATA(head))->error;
		if (head->nlmsg_type == NLMSG_DONE)
			return *(int *)NLMSG_DATA(head);
		REQUIRE(nr_replies < MAX_REPLIES);
		replies[nr_replies++] = head;
	}
	return 1;
}

/* 0 or the negative errno; the replies are there until the next request. */
static int transact(const struct request *request)
{
	ssize_t len;
	int ret;

	nr_replies = 0;
	received_len = 0;
	REQUIRE_EQ(send(nl_fd, request, request->head.nlmsg_len, 0),
		   request->head.nlmsg_len);
	do {
		len = recv(nl_fd, received + received_len,
			   REPLY_SIZE - received_len, 0);
		REQUIRE(len > 0);
		ret = take(received + received_len, len);
		received_len += NLMSG_ALIGN(len);
	} while (ret == 1);
	return ret;
}

static int ask(int cmd, int flags)
{
	struct request request;

	request_init(&request, cmd, flags);
	return transact(&request);
}

static int ask_u32(int cmd, int type, uint32_t value)
{
	struct request request;

	request_init(&request, cmd, 0);
	request_add_u32(&request, type, value);
	return transact(&request);
}

static void find_family(void)
{
	struct request request;
	struct attrs attrs;

	family = GENL_ID_CTRL;
	request_init(&request, CTRL_CMD_GETFAMILY, 0);
	request_add(&request, CTRL_ATTR_FAMILY_NAME, XVCPU_GENL_NAME,
		    sizeof(XVCPU_GENL_NAME));
	REQUIRE_EQ(transact(&request), 0);
	REQUIRE_EQ(nr_replies, 1);
	parse_reply(&attrs, 0);
	REQUIRE(attrs.attr[CTRL_ATTR_FAMILY_ID]);
	memcpy(&family, attr_data(attrs.attr[CTRL_ATTR_FAMILY_ID]), 2);
	EXPECT_EQ(get_u32(&attrs, CTRL_ATTR_VERSION), XVCPU_GENL_VERSION);
}

static int open_socket(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	REQUIRE(fd >= 0);
	REQUIRE_EQ(bind(fd, (void *)&address, sizeof(address)), 0);
	return fd;
}

static void set_up(void)
{
	test_need_xvcpu();
	received = malloc(REPLY_SIZE);
	REQUIRE(received);
	nl_fd = open_socket();
	find_family();
}

/* --- the module --- */

static uint32_t module_count(int type)
{
	struct attrs attrs;

	REQUIRE_EQ(ask(XVCPU_CMD_MODULE_GET, 0), 0);
	REQUIRE_EQ(nr_replies, 1);
	parse_reply(&attrs, 0);
	return get_u32(&attrs, type);
}

static void module_get(void)
{
	struct attrs attrs, msr;

	set_up();
	REQUIRE_EQ(ask(XVCPU_CMD_MODULE_GET, 0), 0);
	REQUIRE_EQ(nr_replies, 1);
	parse_reply(&attrs, 0);
	EXPECT(attrs.attr[XVCPU_A_MODULE_VERSION]);
	EXPECT(attrs.attr[XVCPU_A_MODULE_KERNEL]);
	EXPECT(get_u32(&attrs, XVCPU_A_MODULE_POLICY) <=
	       XVCPU_POLICY_SHARED);
	if (get_u32(&attrs, XVCPU_A_MODULE_POLICY) == XVCPU_POLICY_ALL)
		EXPECT_EQ(get_u32(&attrs, XVCPU_A_MODULE_ROOT_CPUS),
			  host_cpus());
	EXPECT_EQ(get_u32(&attrs, XVCPU_A_MODULE_BOOT_CPU), 0);
	/* IA32_VMX_BASIC is the first of them. */
	parse_nest(&msr, attrs.attr[XVCPU_A_MODULE_MSR]);
	EXPECT_EQ(get_u32(&msr, XVCPU_A_MSR_INDEX), 0x480);
	EXPECT(get_u64(&msr, XVCPU_A_MSR_VALUE));
}

static void module_counts(void)
{
	struct vcpu vcpu[2];
	uint32_t vms, vcpus, pages;
	struct vm vm;

	set_up();
	vms = module_count(XVCPU_A_MODULE_VMS);
	vcpus = module_count(XVCPU_A_MODULE_VCPUS);
	pages = module_count(XVCPU_A_MODULE_PAGES);
	/* A VMXON region a CPU, at least. */
	EXPECT(pages >= (uint32_t)host_cpus());
	vm_create(&vm);
	vcpu_create(&vcpu[0], &vm, 0);
	vcpu_create(&vcpu[1], &vm, 1);
	EXPECT_EQ(module_count(XVCPU_A_MODULE_VMS), vms + 1);
	EXPECT_EQ(module_count(XVCPU_A_MODULE_VCPUS), vcpus + 2);
	/* Tables; and a VMCS, extended state and struct kvm_run, each. */
	EXPECT(module_count(XVCPU_A_MODULE_PAGES) >= pages + 1 + 2 * 4);
	vcpu_destroy(&vcpu[0]);
	vcpu_destroy(&vcpu[1]);
	vm_destroy(&vm);
	EXPECT_EQ(module_count(XVCPU_A_MODULE_VMS), vms);
	EXPECT_EQ(module_count(XVCPU_A_MODULE_VCPUS), vcpus);
	EXPECT_EQ(module_count(XVCPU_A_MODULE_PAGES), pages);
}

/* --- CPUs --- */

static void check_checks(const struct attrs *cpu)
{
	const struct nlattr *attr = cpu->first;
	struct attrs check;
	unsigned int nr = 0;

	for (; (const uint8_t *)attr < (const uint8_t *)cpu->first + cpu->len;
	     attr = attr_next(attr)) {
		if ((attr->nla_type & NLA_TYPE_MASK) != XVCPU_A_CPU_CHECK)
			continue;
		parse_nest(&check, attr);
		EXPECT_EQ(get_u32(&check, XVCPU_A_CHECK_ID), nr);
		EXPECT(check.attr[XVCPU_A_CHECK_DONE]);
		EXPECT(check.attr[XVCPU_A_CHECK_VALUE]);
		EXPECT_EQ(get_u32(&check, XVCPU_A_CHECK_ERROR), 0);
		nr++;
	}
	EXPECT_EQ(nr, XVCPU_CHECK_NR);
}

static void cpu_dump(void)
{
	struct attrs attrs, counters;
	uint64_t orders = 0;
	int i;

	set_up();
	if (module_count(XVCPU_A_MODULE_POLICY) != XVCPU_POLICY_ALL)
		test_skip("the policy is not \"all\"");
	REQUIRE_EQ(ask(XVCPU_CMD_CPU_GET, NLM_F_DUMP), 0);
	REQUIRE(nr_replies >= host_cpus());
	for (i = 0; i < nr_replies; i++) {
		test_context("CPU %d", i);
		parse_reply(&attrs, i);
		EXPECT_EQ(get_u32(&attrs, XVCPU_A_CPU_NUMBER), i);
		if (!attrs.attr[XVCPU_A_CPU_ONLINE])
			continue;
		EXPECT_EQ(get_u32(&attrs, XVCPU_A_CPU_STATE), XVCPU_CPU_ROOT);
		EXPECT(!attrs.attr[XVCPU_A_CPU_ERROR]);
		EXPECT(!attrs.attr[XVCPU_A_CPU_MSR]);
		orders |= BIT(get_u32(&attrs, XVCPU_A_CPU_ORDER));
		if (!i)
			EXPECT_EQ(get_u32(&attrs, XVCPU_A_CPU_ORDER), 1);
		check_checks(&attrs);
		parse_nest(&counters, attrs.attr[XVCPU_A_CPU_COUNTERS]);
		EXPECT(get_u64(&counters, XVCPU_A_CPU_COUNTER_VMXON) >= 1);
	}
	test_context("the order");
	EXPECT_EQ(__builtin_popcountll(orders), host_cpus());
}

static void cpu_get(void)
{
	struct request request;
	struct attrs attrs;

	set_up();
	REQUIRE_EQ(ask_u32(XVCPU_CMD_CPU_GET, XVCPU_A_CPU_NUMBER, 0), 0);
	REQUIRE_EQ(nr_replies, 1);
	parse_reply(&attrs, 0);
	EXPECT_EQ(get_u32(&attrs, XVCPU_A_CPU_NUMBER), 0);
	EXPECT(!attrs.attr[XVCPU_A_CPU_MSR]);
	request_init(&request, XVCPU_CMD_CPU_GET, 0);
	request_add_u32(&request, XVCPU_A_CPU_NUMBER, 0);
	request_add(&request, XVCPU_A_CPU_WANT_MSRS, NULL, 0);
	REQUIRE_EQ(transact(&request), 0);
	parse_reply(&attrs, 0);
	EXPECT(attrs.attr[XVCPU_A_CPU_MSR]);
}

/* --- vCPUs --- */

/* The reply about a vCPU of this process, by its id: its number, or -1. */
static int find_vcpu(uint32_t tgid, uint32_t id)
{
	struct attrs attrs;
	int i;

	REQUIRE_EQ(ask(XVCPU_CMD_VCPU_GET, NLM_F_DUMP), 0);
	for (i = 0; i < nr_replies; i++) {
		parse_reply(&attrs, i);
		if (get_u32(&attrs, XVCPU_A_VCPU_TGID) == tgid &&
		    get_u32(&attrs, XVCPU_A_VCPU_ID) == id)
			return i;
	}
	return -1;
}

static void compare(struct vcpu *vcpu)
{
	struct xvcpu_binding_info info;
	struct attrs attrs, counters;
	int n;

	test_context("vCPU %d", vcpu->id);
	vcpu_get_binding(vcpu, &info);
	n = find_vcpu(getpid(), vcpu->id);
	REQUIRE(n >= 0);
	parse_reply(&attrs, n);
	EXPECT_EQ(get_cpu(&attrs, XVCPU_A_VCPU_PINNED_CPU), info.pinned_cpu);
	EXPECT_EQ(get_cpu(&attrs, XVCPU_A_VCPU_LOADED_CPU), info.loaded_cpu);
	EXPECT_EQ(get_cpu(&attrs, XVCPU_A_VCPU_LAST_CPU), info.last_cpu);
	EXPECT_EQ(get_u32(&attrs, XVCPU_A_VCPU_STATE), info.state);
	EXPECT_EQ(!!attrs.attr[XVCPU_A_VCPU_LAUNCHED],
		  !!(info.flags & XVCPU_BINDING_LAUNCHED));
	parse_nest(&counters, attrs.attr[XVCPU_A_VCPU_COUNTERS]);
	EXPECT_EQ(get_u64(&counters, XVCPU_A_VCPU_COUNTER_ENTRIES),
		  info.entries);
	EXPECT_EQ(get_u64(&counters, XVCPU_A_VCPU_COUNTER_LAUNCHES),
		  info.launches);
	EXPECT_EQ(get_u64(&counters, XVCPU_A_VCPU_COUNTER_VMPTRLD),
		  info.vmptrld);
	EXPECT_EQ(get_u64(&counters, XVCPU_A_VCPU_COUNTER_VMCLEAR),
		  info.vmclear);
	EXPECT_EQ(get_u64(&counters, XVCPU_A_VCPU_COUNTER_MIGRATIONS),
		  info.migrations);
	EXPECT(get_u64(&counters, XVCPU_A_VCPU_COUNTER_EXITS) >=
	       !!info.entries);
}

static void vcpu_is_as_bound(void)
{
	struct vcpu pinned, floating;
	struct vm vm;

	set_up();
	vm_create(&vm);
	vcpu_create_pinned(&pinned, &vm, 0, host_cpu(host_cpus() - 1));
	vcpu_create(&floating, &vm, 7);
	compare(&pinned);
	compare(&floating);
	vcpu_load(&pinned, "exits_halt_long");
	vcpu_run_until(&pinned, KVM_EXIT_HLT);
	vcpu_load(&floating, "exits_halt_long");
	vcpu_run_until(&floating, KVM_EXIT_HLT);
	compare(&pinned);
	compare(&floating);
	/* It is there as long as its VM is. */
	vcpu_destroy(&floating);
	EXPECT(find_vcpu(getpid(), 7) >= 0);
	vcpu_destroy(&pinned);
	vm_destroy(&vm);
	EXPECT_EQ(find_vcpu(getpid(), 7), -1);
}

static void vcpu_get_by_key(void)
{
	struct attrs attrs;
	struct vcpu vcpu;
	struct vm vm;
	uint32_t key;
	int n;

	set_up();
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 3);
	n = find_vcpu(getpid(), 3);
	REQUIRE(n >= 0);
	parse_reply(&attrs, n);
	key = get_u32(&attrs, XVCPU_A_VCPU_KEY);
	REQUIRE_EQ(ask_u32(XVCPU_CMD_VCPU_GET, XVCPU_A_VCPU_KEY, key), 0);
	REQUIRE_EQ(nr_replies, 1);
	parse_reply(&attrs, 0);
	EXPECT_EQ(get_u32(&attrs, XVCPU_A_VCPU_KEY), key);
	EXPECT_EQ(get_u32(&attrs, XVCPU_A_VCPU_ID), 3);
	vcpu_destroy(&vcpu);
	vm_destroy(&vm);
	EXPECT_EQ(ask_u32(XVCPU_CMD_VCPU_GET, XVCPU_A_VCPU_KEY, key), -ENOENT);
}

static void vcpu_while_running(void)
{
	struct runner runner;
	struct attrs attrs;
	struct vcpu vcpu;
	struct vm vm;
	uint32_t state;
	int n;

	test_need_cpus(2);	/* one that looks, one that runs */
	set_up();
	vm_create(&vm);
	vcpu_create_pinned(&vcpu, &vm, 0, host_cpu(host_cpus() - 1));
	vcpu_load(&vcpu, "count_checked");
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1000);
	do {
		n = find_vcpu(getpid(), 0);
		REQUIRE(n >= 0);
		parse_reply(&attrs, n);
		state = get_u32(&attrs, XVCPU_A_VCPU_STATE);
	} while (state != XVCPU_VCPU_RUNNING);
	EXPECT_EQ(get_cpu(&attrs, XVCPU_A_VCPU_LAST_CPU),
		  host_cpu(host_cpus() - 1));
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
}

#define MANY	60

/* More than fit one datagram: each is there once, by ascending key. */
static void vcpu_many(void)
{
	bool seen[MANY] = { false };
	struct attrs attrs;
	struct vcpu vcpu;
	uint32_t key, last = 0, id;
	struct vm vm;
	int i;

	set_up();
	vm_create(&vm);
	for (i = 0; i < MANY; i++)
		vcpu_create(&vcpu, &vm, i);
	REQUIRE_EQ(ask(XVCPU_CMD_VCPU_GET, NLM_F_DUMP), 0);
	for (i = 0; i < nr_replies; i++) {
		parse_reply(&attrs, i);
		key = get_u32(&attrs, XVCPU_A_VCPU_KEY);
		if (i)
			EXPECT(key > last);
		last = key;
		if (get_u32(&attrs, XVCPU_A_VCPU_TGID) != (uint32_t)getpid())
			continue;
		id = get_u32(&attrs, XVCPU_A_VCPU_ID);
		REQUIRE(id < MANY);
		EXPECT(!seen[id]);
		seen[id] = true;
	}
	for (i = 0; i < MANY; i++)
		EXPECT(seen[i]);
}

/*
 * Thousands: their dump goes through a buffer of 8 KiB, while others come and go,
 * and shows each that was there throughout exactly once.
 */
#define THOUSANDS	4096
#define OF_ONE_VM	1024
#define SMALL_BUFFER	8192

/* What a vCPU costs; half of the memory is left alone. */
#define VCPU_BYTES	(28 << 10)

static int thousands(void)
{
	uint64_t bytes = sysconf(_SC_AVPHYS_PAGES) * PAGE_SIZE / 2;
	int nr = test_amount(THOUSANDS, 1024, THOUSANDS);

	return bytes / VCPU_BYTES < (uint64_t)nr ? (int)(bytes / VCPU_BYTES) : nr;
}

/* It is there as long as its VM is: a descriptor is not needed for that. */
static void add_vcpu(struct vm *vm, int id)
{
	int fd = ioctl(vm->fd, KVM_CREATE_VCPU, id);

	REQUIRE(fd >= 0);
	close(fd);
}

struct count {
	uint32_t first;
	uint32_t last;
	int nr;
	int old;		/* up to @last_old */
	uint32_t last_old;
	size_t longest;
};

/* One datagram of a dump: true to go on. */
static bool count_datagram(struct count *count, size_t len)
{
	struct nlmsghdr *head = (void *)received;
	struct attrs attrs;
	uint32_t key;

	if (len > count->longest)
		count->longest = len;
	for (; NLMSG_OK(head, len); head = NLMSG_NEXT(head, len)) {
		REQUIRE(head->nlmsg_type != NLMSG_ERROR);
		if (head->nlmsg_type == NLMSG_DONE)
			return false;
		parse(&attrs, (uint8_t *)NLMSG_DATA(head) + GENL_HDRLEN,
		      NLMSG_PAYLOAD(head, GENL_HDRLEN));
		key = get_u32(&attrs, XVCPU_A_VCPU_KEY);
		EXPECT(key > count->last);
		count->last = key;
		count->nr++;
		count->old += key >= count->first && key <= count->last_old;
	}
	return true;
}

/*
 * vCPUs of another VM, before, between and after the datagrams. The kernel fills
 * the largest buffer that a socket has ever had: this one has small ones.
 */
static void dump_amid_changes(struct count *count)
{
	struct request request;
	struct vm other;
	int fd = open_socket(), i = 0;
	ssize_t len;

	vm_create_empty(&other);
	request_init(&request, XVCPU_CMD_VCPU_GET, NLM_F_DUMP);
	REQUIRE_EQ(send(fd, &request, request.head.nlmsg_len, 0),
		   request.head.nlmsg_len);
	do {
		add_vcpu(&other, i++);
		if (i % 8 == 0) {
			vm_destroy(&other);
			vm_create_empty(&other);
			i = 0;
		}
		len = recv(fd, received, SMALL_BUFFER, MSG_TRUNC);
		REQUIRE(len > 0);
		REQUIRE(len <= SMALL_BUFFER);
	} while (count_datagram(count, len));
	vm_destroy(&other);
	close(fd);
}

static uint32_t last_key(void)
{
	struct attrs attrs;
	struct vm vm;
	uint32_t key;
	int n;

	vm_create_empty(&vm);
	add_vcpu(&vm, 4000);
	n = find_vcpu(getpid(), 4000);
	REQUIRE(n >= 0);
	parse_reply(&attrs, n);
	key = get_u32(&attrs, XVCPU_A_VCPU_KEY);
	vm_destroy(&vm);
	return key;
}

static void vcpu_thousands(void)
{
	struct vm vm[THOUSANDS / OF_ONE_VM];
	struct count count = { 0 };
	int nr, i;

	test_timeout(60);
	set_up();
	nr = thousands();
	if (nr < THOUSANDS)
		test_note("memory for %d vCPUs", nr);
	/* Keys are given in order. */
	count.first = last_key() + 1;
	for (i = 0; i < nr; i++) {
		if (i % OF_ONE_VM == 0)
			vm_create_empty(&vm[i / OF_ONE_VM]);
		add_vcpu(&vm[i / OF_ONE_VM], i % OF_ONE_VM);
	}
	count.last_old = count.first + nr - 1;
	dump_amid_changes(&count);
	EXPECT_EQ(count.old, nr);
	EXPECT(count.nr >= nr);
	test_note("%d vCPUs in datagrams of %zu bytes at most", count.nr,
		  count.longest);
	for (i = 0; i < nr; i += OF_ONE_VM)
		vm_destroy(&vm[i / OF_ONE_VM]);
	count = (struct count){ 0 };
	dump_amid_changes(&count);
	EXPECT_EQ(count.old, 0);
}

/* --- VMs --- */

/* The reply about the VM of this process that has so many slots, or -1. */
static int find_vm(uint32_t slots)
{
	struct attrs attrs;
	int i;

	REQUIRE_EQ(ask(XVCPU_CMD_VM_GET, NLM_F_DUMP), 0);
	for (i = 0; i < nr_replies; i++) {
		parse_reply(&attrs, i);
		if (get_u32(&attrs, XVCPU_A_VM_TGID) == (uint32_t)getpid() &&
		    get_u32(&attrs, XVCPU_A_VM_SLOTS) == slots)
			return i;
	}
	return -1;
}

static void get_vm(struct attrs *attrs, uint32_t slots)
{
	int n = find_vm(slots);

	REQUIRE(n >= 0);
	parse_reply(attrs, n);
}

static void vm_is_as_made(void)
{
	struct attrs attrs;
	struct vcpu vcpu;
	struct vm vm;
	void *more;

	set_up();
	REQUIRE_EQ(prctl(PR_SET_NAME, "maker"), 0);
	vm_create(&vm);
	get_vm(&attrs, 1);
	EXPECT_EQ(strcmp(attr_data(attrs.attr[XVCPU_A_VM_NAME]), "maker"), 0);
	EXPECT_EQ(get_u32(&attrs, XVCPU_A_VM_VCPUS), 0);
	EXPECT_EQ(get_u64(&attrs, XVCPU_A_VM_SLOT_BYTES), vm.size);
	EXPECT_EQ(get_u64(&attrs, XVCPU_A_VM_PAGES_4K), 0);
	vcpu_create(&vcpu, &vm, 0);
	more = mem_alloc(3 * PAGE_SIZE);
	REQUIRE_EQ(vm_set_slot(&vm, 7, 0x40000000, 3 * PAGE_SIZE, more, 0), 0);
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_vm(&attrs, 2);
	EXPECT_EQ(get_u32(&attrs, XVCPU_A_VM_VCPUS), 1);
	EXPECT_EQ(get_u64(&attrs, XVCPU_A_VM_SLOT_BYTES),
		  vm.size + 3 * PAGE_SIZE);
	EXPECT(get_u64(&attrs, XVCPU_A_VM_PAGES_4K) +
	       get_u64(&attrs, XVCPU_A_VM_PAGES_2M) > 0);
	EXPECT(get_u64(&attrs, XVCPU_A_VM_TABLES) > 1);
	REQUIRE_EQ(vm_set_slot(&vm, 7, 0x50000000, 3 * PAGE_SIZE, more, 0), 0);
	get_vm(&attrs, 2);
	EXPECT_EQ(get_u64(&attrs, XVCPU_A_VM_SLOT_BYTES),
		  vm.size + 3 * PAGE_SIZE);
	REQUIRE_EQ(vm_set_slot(&vm, 7, 0, 0, NULL, 0), 0);
	get_vm(&attrs, 1);
	EXPECT_EQ(get_u64(&attrs, XVCPU_A_VM_SLOT_BYTES), vm.size);
}

static void vm_get_by_id(void)
{
	struct attrs attrs;
	struct vm vm;
	uint32_t id;

	set_up();
	vm_create(&vm);
	get_vm(&attrs, 1);
	id = get_u32(&attrs, XVCPU_A_VM_ID);
	REQUIRE_EQ(ask_u32(XVCPU_CMD_VM_GET, XVCPU_A_VM_ID, id), 0);
	REQUIRE_EQ(nr_replies, 1);
	parse_reply(&attrs, 0);
	EXPECT_EQ(get_u32(&attrs, XVCPU_A_VM_ID), id);
	vm_destroy(&vm);
	EXPECT_EQ(ask_u32(XVCPU_CMD_VM_GET, XVCPU_A_VM_ID, id), -ENOENT);
	EXPECT_EQ(find_vm(1), -1);
}

static void hold_vcpu(int report)
{
	struct vcpu vcpu;
	struct vm vm;

	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, "exits_endless");
	if (write(report, "x", 1) == 1)
		vcpu_run(&vcpu);
	_exit(1);
}

static void vcpu_of_killed_process(void)
{
	int report[2], status;
	char byte;
	pid_t pid;

	set_up();
	REQUIRE_EQ(pipe(report), 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		hold_vcpu(report[1]);
	REQUIRE_EQ(read(report[0], &byte, 1), 1);
	EXPECT(find_vcpu(pid, 0) >= 0);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	EXPECT_EQ(find_vcpu(pid, 0), -1);
}

/* --- bad requests --- */

static void bad_command(void)
{
	set_up();
	EXPECT_EQ(ask(XVCPU_CMD_UNSPEC, 0), -EOPNOTSUPP);
	EXPECT_EQ(ask(XVCPU_CMD_MAX + 1, 0), -EOPNOTSUPP);
	EXPECT_EQ(ask(0xff, 0), -EOPNOTSUPP);
	EXPECT_EQ(ask(XVCPU_CMD_MODULE_GET, NLM_F_DUMP), -EOPNOTSUPP);
	EXPECT_EQ(ask(XVCPU_CMD_EVENT, 0), -EOPNOTSUPP);
	EXPECT_EQ(ask(XVCPU_CMD_EVENT, NLM_F_DUMP), -EOPNOTSUPP);
}

struct attr_case {
	const char *what;
	int cmd;
	int flags;
	int type;		/* 0: none */
	size_t len;
	uint32_t value;
	int ret;
};

static const struct attr_case attr_cases[] = {
	{ "CPU: no number", XVCPU_CMD_CPU_GET, 0, 0, 0, 0, -EINVAL },
	{ "CPU: no such", XVCPU_CMD_CPU_GET, 0, XVCPU_A_CPU_NUMBER, 4,
	  100000, -ENOENT },
	{ "CPU: -1", XVCPU_CMD_CPU_GET, 0, XVCPU_A_CPU_NUMBER, 4, -1U,
	  -ENOENT },
	{ "CPU: number too short", XVCPU_CMD_CPU_GET, 0, XVCPU_A_CPU_NUMBER,
	  2, 0, -EINVAL },
	{ "CPU: an attribute of replies", XVCPU_CMD_CPU_GET, 0,
	  XVCPU_A_CPU_STATE, 4, 0, -EINVAL },
	{ "CPU: an unknown attribute", XVCPU_CMD_CPU_GET, 0, 200, 4, 0,
	  -EINVAL },
	{ "CPU dump: a number", XVCPU_CMD_CPU_GET, NLM_F_DUMP,
	  XVCPU_A_CPU_NUMBER, 4, 0, -EINVAL },
	{ "CPU dump: a flag with content", XVCPU_CMD_CPU_GET, NLM_F_DUMP,
	  XVCPU_A_CPU_WANT_MSRS, 4, 0, -ERANGE },
	{ "vCPU: no key", XVCPU_CMD_VCPU_GET, 0, 0, 0, 0, -EINVAL },
	{ "vCPU: no such", XVCPU_CMD_VCPU_GET, 0, XVCPU_A_VCPU_KEY, 4,
	  0x7fffffff, -ENOENT },
	{ "vCPU: key too short", XVCPU_CMD_VCPU_GET, 0, XVCPU_A_VCPU_KEY, 1,
	  0, -EINVAL },
	{ "vCPU: another attribute", XVCPU_CMD_VCPU_GET, 0, XVCPU_A_VCPU_VM,
	  4, 0, -EINVAL },
	{ "vCPU dump: a key", XVCPU_CMD_VCPU_GET, NLM_F_DUMP,
	  XVCPU_A_VCPU_KEY, 4, 0, -EINVAL },
	{ "VM: no id", XVCPU_CMD_VM_GET, 0, 0, 0, 0, -EINVAL },
	{ "VM: no such", XVCPU_CMD_VM_GET, 0, XVCPU_A_VM_ID, 4, -1U, -ENOENT },
	{ "VM: id too short", XVCPU_CMD_VM_GET, 0, XVCPU_A_VM_ID, 1, 0,
	  -EINVAL },
	{ "VM: another attribute", XVCPU_CMD_VM_GET, 0, XVCPU_A_VM_TGID, 4, 0,
	  -EINVAL },
	{ "VM dump: an id", XVCPU_CMD_VM_GET, NLM_F_DUMP, XVCPU_A_VM_ID, 4, 0,
	  -EINVAL },
	{ "statistics: no key", XVCPU_CMD_STATS_GET, 0, 0, 0, 0, -EINVAL },
	{ "statistics: no such", XVCPU_CMD_STATS_GET, 0, XVCPU_A_STATS_KEY, 4,
	  0x7fffffff, -ENOENT },
	{ "statistics: key too short", XVCPU_CMD_STATS_GET, 0,
	  XVCPU_A_STATS_KEY, 1, 0, -EINVAL },
	{ "statistics: another attribute", XVCPU_CMD_STATS_GET, 0,
	  XVCPU_A_STATS_REASON, 4, 0, -EINVAL },
	{ "statistics dump: a key", XVCPU_CMD_STATS_GET, NLM_F_DUMP,
	  XVCPU_A_STATS_KEY, 4, 0, -EINVAL },
	{ "module: an attribute", XVCPU_CMD_MODULE_GET, 0,
	  XVCPU_A_MODULE_POLICY, 4, 0, -EINVAL },
};

static void bad_attribute(void)
{
	struct request request;
	size_t i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(attr_cases); i++) {
		const struct attr_case *c = &attr_cases[i];

		test_context("%s", c->what);
		request_init(&request, c->cmd, c->flags);
		if (c->type)
			request_add(&request, c->type, &c->value, c->len);
		EXPECT_EQ(transact(&request), c->ret);
		EXPECT_EQ(nr_replies, 0);
	}
	test_context("afterwards");
	EXPECT_EQ(ask(XVCPU_CMD_MODULE_GET, 0), 0);
}

/* The attribute of an error's extended ACK, after the error itself, or NULL. */
static const struct nlattr *ack_attr(int type)
{
	const struct nlmsghdr *head = (const void *)received;
	struct attrs attrs;

	REQUIRE_EQ(head->nlmsg_type, NLMSG_ERROR);
	REQUIRE(head->nlmsg_flags & NLM_F_CAPPED);
	if (!(head->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	parse(&attrs, (const uint8_t *)NLMSG_DATA(head) +
	      sizeof(struct nlmsgerr),
	      NLMSG_PAYLOAD(head, sizeof(struct nlmsgerr)));
	return attrs.attr[type];
}

/* Linux 6.1 does not tell why it refuses a dump. */
static bool tells_of_dumps(void)
{
	struct utsname name;
	long major, minor;
	char *end;

	REQUIRE_EQ(uname(&name), 0);
	major = strtol(name.release, &end, 10);
	REQUIRE_EQ(*end, '.');
	minor = strtol(end + 1, NULL, 10);
	return major > 6 || (major == 6 && minor >= 12);
}

/* It names the cause, and points at the attribute if there is one to blame. */
static void errors_say_why(void)
{
	const struct nlattr *attr;
	struct request request;
	uint32_t offset;
	int one = 1;
	size_t i;

	set_up();
	REQUIRE_EQ(setsockopt(nl_fd, SOL_NETLINK, NETLINK_EXT_ACK, &one,
			      sizeof(one)), 0);
	REQUIRE_EQ(setsockopt(nl_fd, SOL_NETLINK, NETLINK_CAP_ACK, &one,
			      sizeof(one)), 0);
	for (i = 0; i < ARRAY_SIZE(attr_cases); i++) {
		const struct attr_case *c = &attr_cases[i];

		test_context("%s", c->what);
		request_init(&request, c->cmd, c->flags);
		if (c->type)
			request_add(&request, c->type, &c->value, c->len);
		EXPECT_EQ(transact(&request), c->ret);
		if ((c->flags & NLM_F_DUMP) && !tells_of_dumps())
			continue;
		if (!c->type) {
			EXPECT(ack_attr(NLMSGERR_ATTR_MSG));
			continue;
		}
		attr = ack_attr(NLMSGERR_ATTR_OFFS);
		REQUIRE(attr);
		memcpy(&offset, attr_data(attr), sizeof(offset));
		EXPECT_EQ(offset, NLMSG_LENGTH(GENL_HDRLEN));
		EXPECT(ack_attr(NLMSGERR_ATTR_MSG));
	}
}

/* What a guest does with its memory is not for everybody, as statistics are not. */
static void vm_unprivileged(void)
{
	struct attrs attrs;
	struct vcpu vcpu;
	struct vm vm;
	int attr;

	set_up();
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	REQUIRE_EQ(setuid(65534), 0);
	get_vm(&attrs, 1);
	EXPECT_EQ(get_u64(&attrs, XVCPU_A_VM_SLOT_BYTES), vm.size);
	for (attr = XVCPU_A_VM_PAGES_4K; attr <= XVCPU_A_VM_MAX; attr++)
		EXPECT(!attrs.attr[attr]);
	REQUIRE_EQ(ask_u32(XVCPU_CMD_VM_GET, XVCPU_A_VM_ID,
			   get_u32(&attrs, XVCPU_A_VM_ID)), 0);
	parse_reply(&attrs, 0);
	EXPECT(!attrs.attr[XVCPU_A_VM_TABLES]);
}

/* Everybody may read, but for the kernel's addresses and statistics. */
static void unprivileged(void)
{
	const struct nlattr *attr;
	struct attrs attrs, check;

	set_up();
	REQUIRE_EQ(setuid(65534), 0);
	REQUIRE_EQ(ask_u32(XVCPU_CMD_CPU_GET, XVCPU_A_CPU_NUMBER, 0), 0);
	parse_reply(&attrs, 0);
	attr = attrs.first;
	for (; (const uint8_t *)attr < (const uint8_t *)attrs.first +
	       attrs.len; attr = attr_next(attr)) {
		if ((attr->nla_type & NLA_TYPE_MASK) != XVCPU_A_CPU_CHECK)
			continue;
		parse_nest(&check, attr);
		test_context("check %u", get_u32(&check, XVCPU_A_CHECK_ID));
		EXPECT_EQ(!check.attr[XVCPU_A_CHECK_VALUE],
			  get_u32(&check, XVCPU_A_CHECK_ID) ==
			  XVCPU_CHECK_VMXON);
	}
	EXPECT_EQ(ask(XVCPU_CMD_VCPU_GET, NLM_F_DUMP), 0);
	EXPECT_EQ(ask(XVCPU_CMD_VM_GET, NLM_F_DUMP), 0);
	EXPECT_EQ(ask(XVCPU_CMD_STATS_GET, NLM_F_DUMP), -EPERM);
	EXPECT_EQ(ask_u32(XVCPU_CMD_STATS_GET, XVCPU_A_STATS_KEY, 1), -EPERM);
}

static const struct test tests[] = {
	{ "netlink_module_get", module_get },
	{ "netlink_module_counts", module_counts },
	{ "netlink_cpu_dump", cpu_dump },
	{ "netlink_cpu_get", cpu_get },
	{ "netlink_vcpu_is_as_bound", vcpu_is_as_bound },
	{ "netlink_vcpu_get_by_key", vcpu_get_by_key },
	{ "netlink_vcpu_while_running", vcpu_while_running },
	{ "netlink_vcpu_many", vcpu_many },
	{ "netlink_vcpu_thousands", vcpu_thousands },
	{ "netlink_vm_is_as_made", vm_is_as_made },
	{ "netlink_vm_get_by_id", vm_get_by_id },
	{ "netlink_vcpu_of_killed_process", vcpu_of_killed_process },
	{ "netlink_bad_command", bad_command },
	{ "netlink_bad_attribute", bad_attribute },
	{ "netlink_errors_say_why", errors_say_why },
	{ "netlink_vm_unprivileged", vm_unprivileged },
	{ "netlink_unprivileged", unprivileged },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
