// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family "xvcpu" as plain structures: requests go out,
 * messages come back, are parsed and handed on one by one.
 */
#include "xvcpu_nl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#define NO_ATTR	0

/**
 * struct xvcpu_nl - a connection
 * @sock: the socket.
 * @family: number of the family.
 * @error: the kernel's sentence on the latest refusal.
 */
struct xvcpu_nl {
	struct nl_sock *sock;
	int family;
	char error[256];
};

typedef void (*parse_fn)(struct nlmsghdr *message, void *arg);

/**
 * struct request - one request and what has come back
 * @nl: the connection.
 * @cmd: an enum xvcpu_cmd.
 * @dump: ask for all objects.
 * @id_attr: attribute that names one object, or NO_ATTR.
 * @id: its value.
 * @flag_attr: attribute that is a flag, or NO_ATTR.
 * @parse: is called with each message.
 * @arg: is handed to it.
 * @done: nothing more will come.
 * @err: negative errno of the kernel, or 0.
 */
struct request {
	struct xvcpu_nl *nl;
	uint8_t cmd;
	bool dump;
	int id_attr;
	uint32_t id;
	int flag_attr;
	parse_fn parse;
	void *arg;
	bool done;
	int err;
};

static int errno_of(int nl_err)
{
	switch (abs(nl_err)) {
	case 0:
		return 0;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
		return -EPROTONOSUPPORT;
	default:
		return -EIO;
	}
}

/* Ask for sentences; a kernel that has none of them is fine too. */
static void want_sentences(struct nl_sock *sock)
{
	int one = 1;

	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &one,
		   sizeof(one));
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK, &one,
		   sizeof(one));
}

static int connect_family(struct xvcpu_nl *nl)
{
	int err;

	nl->sock = nl_socket_alloc();
	if (!nl->sock)
		return -ENOMEM;
	err = genl_connect(nl->sock);
	if (!err)
		err = genl_ctrl_resolve(nl->sock, XVCPU_GENL_NAME);
	if (err < 0) {
		nl_socket_free(nl->sock);
		return errno_of(err);
	}
	nl->family = err;
	want_sentences(nl->sock);
	return 0;
}

int xvcpu_nl_open(struct xvcpu_nl **nl)
{
	int err;

	*nl = calloc(1, sizeof(**nl));
	if (!*nl)
		return -ENOMEM;
	err = connect_family(*nl);
	if (err) {
		free(*nl);
		*nl = NULL;
	}
	return err;
}

void xvcpu_nl_close(struct xvcpu_nl *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->sock);
	free(nl);
}

const char *xvcpu_nl_error(const struct xvcpu_nl *nl)
{
	return nl->error;
}

/*
 * Keep the kernel's sentence: it is an attribute at @offset of the payload of
 * an error or of the end of a dump.
 */
static void keep_sentence(struct xvcpu_nl *nl, const struct nlmsghdr *message,
			  size_t offset)
{
	struct nlattr *attr;

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    (size_t)nlmsg_datalen(message) < offset)
		return;
	attr = nla_find((struct nlattr *)((char *)nlmsg_data(message) + offset),
			nlmsg_datalen(message) - offset, NLMSGERR_ATTR_MSG);
	if (attr)
		nla_strlcpy(nl->error, attr, sizeof(nl->error));
}

/* An error carries the request that it answers, unless that was cut off. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	const struct nlmsghdr *message =
		(const struct nlmsghdr *)((char *)error - NLMSG_HDRLEN);
	struct request *req = arg;
	size_t offset = sizeof(*error);

	(void)from;
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		offset += NLMSG_ALIGN(error->msg.nlmsg_len) - NLMSG_HDRLEN;
	keep_sentence(req->nl, message, offset);
	req->err = error->error;
	req->done = true;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct request *req = arg;

	(void)msg;
	req->done = true;
	return NL_STOP;
}

/* The end of a dump carries an errno, and a sentence if that is not 0. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *message = nlmsg_hdr(msg);
	struct request *req = arg;
	int err = 0;

	if ((size_t)nlmsg_datalen(message) >= sizeof(err))
		memcpy(&err, nlmsg_data(message), sizeof(err));
	if (err)
		keep_sentence(req->nl, message, NLMSG_ALIGN(sizeof(err)));
	req->err = err;
	req->done = true;
	return NL_STOP;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	const struct request *req = arg;

	req->parse(nlmsg_hdr(msg), req->arg);
	return NL_OK;
}

static int put_attributes(struct nl_msg *msg, const struct request *req)
{
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, req->nl->family, 0,
			 req->dump ? NLM_F_DUMP : 0, req->cmd,
			 XVCPU_GENL_VERSION))
		return -ENOMEM;
	if (req->id_attr && nla_put_u32(msg, req->id_attr, req->id))
		return -ENOMEM;
	if (req->flag_attr && nla_put_flag(msg, req->flag_attr))
		return -ENOMEM;
	return 0;
}

static int send_request(const struct request *req)
{
	struct nl_msg *msg = nlmsg_alloc();
	int err;

	if (!msg)
		return -ENOMEM;
	err = put_attributes(msg, req);
	if (!err) {
		err = nl_send_auto(req->nl->sock, msg);
		err = err < 0 ? errno_of(err) : 0;
	}
	nlmsg_free(msg);
	return err;
}

static int receive(struct request *req, struct nl_cb *cb)
{
	int err;

	while (!req->done) {
		err = nl_recvmsgs(req->nl->sock, cb);
		if (err < 0 && !req->done)
			return errno_of(err);
	}
	return req->err;
}

/* Send a request and wait until it is answered in full. */
static int perform(struct request *req)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err;

	if (!cb)
		return -ENOMEM;
	req->nl->error[0] = '\0';
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, req);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, req);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, req);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, req);
	err = send_request(req);
	if (!err)
		err = receive(req, cb);
	nl_cb_put(cb);
	return err;
}

/* --- from attributes to structures --- */

/* An attribute of a kernel that is younger or older may be of another size. */
static uint32_t get_u32(struct nlattr *attr)
{
	return attr && nla_len(attr) == sizeof(uint32_t) ? nla_get_u32(attr) :
							    0;
}

static uint64_t get_u64(struct nlattr *attr)
{
	return attr && nla_len(attr) == sizeof(uint64_t) ? nla_get_u64(attr) :
							    0;
}

static int get_cpu(struct nlattr *attr)
{
	return attr ? (int)get_u32(attr) : XVCPU_CPU_NONE;
}

static void get_string(char *string, struct nlattr *attr)
{
	string[0] = '\0';
	if (attr)
		nla_strlcpy(string, attr, XVCPU_NL_STRING);
}

static void parse_msr(struct nlattr *nest, struct xvcpu_msrs *msrs)
{
	struct nlattr *tb[XVCPU_A_MSR_MAX + 1];

	if (msrs->nr == XVCPU_NL_MSRS ||
	    nla_parse_nested(tb, XVCPU_A_MSR_MAX, nest, NULL))
		return;
	msrs->msr[msrs->nr].index = get_u32(tb[XVCPU_A_MSR_INDEX]);
	msrs->msr[msrs->nr].value = get_u64(tb[XVCPU_A_MSR_VALUE]);
	msrs->nr++;
}

static void parse_check(struct nlattr *nest, struct xvcpu_cpu_info *cpu)
{
	struct nlattr *tb[XVCPU_A_CHECK_MAX + 1];
	struct xvcpu_check_info *check;
	uint32_t id;

	if (nla_parse_nested(tb, XVCPU_A_CHECK_MAX, nest, NULL))
		return;
	id = get_u32(tb[XVCPU_A_CHECK_ID]);
	if (id >= XVCPU_CHECK_NR)
		return;
	check = &cpu->checks[id];
	check->done = tb[XVCPU_A_CHECK_DONE];
	check->has_value = tb[XVCPU_A_CHECK_VALUE];
	check->value = get_u64(tb[XVCPU_A_CHECK_VALUE]);
	check->error = get_u32(tb[XVCPU_A_CHECK_ERROR]);
}

static void parse_cpu_counters(struct nlattr *nest, struct xvcpu_cpu_info *cpu)
{
	struct nlattr *tb[XVCPU_A_CPU_COUNTER_MAX + 1];

	if (!nest || nla_parse_nested(tb, XVCPU_A_CPU_COUNTER_MAX, nest, NULL))
		return;
	cpu->vmxon = get_u64(tb[XVCPU_A_CPU_COUNTER_VMXON]);
	cpu->vmxoff = get_u64(tb[XVCPU_A_CPU_COUNTER_VMXOFF]);
	cpu->vmptrld = get_u64(tb[XVCPU_A_CPU_COUNTER_VMPTRLD]);
	cpu->vmclear = get_u64(tb[XVCPU_A_CPU_COUNTER_VMCLEAR]);
}

static void parse_vcpu_counters(struct nlattr *nest,
				struct xvcpu_vcpu_info *vcpu)
{
	struct nlattr *tb[XVCPU_A_VCPU_COUNTER_MAX + 1];

	if (!nest || nla_parse_nested(tb, XVCPU_A_VCPU_COUNTER_MAX, nest, NULL))
		return;
	vcpu->entries = get_u64(tb[XVCPU_A_VCPU_COUNTER_ENTRIES]);
	vcpu->exits = get_u64(tb[XVCPU_A_VCPU_COUNTER_EXITS]);
	vcpu->launches = get_u64(tb[XVCPU_A_VCPU_COUNTER_LAUNCHES]);
	vcpu->vmptrld = get_u64(tb[XVCPU_A_VCPU_COUNTER_VMPTRLD]);
	vcpu->vmclear = get_u64(tb[XVCPU_A_VCPU_COUNTER_VMCLEAR]);
	vcpu->migrations = get_u64(tb[XVCPU_A_VCPU_COUNTER_MIGRATIONS]);
}

/* Attributes that occur many times are walked to, not looked up. */
#define for_each_attr(attr, message, rem) \
	nla_for_each_attr(attr, genlmsg_attrdata(nlmsg_data(message), 0), \
			  genlmsg_attrlen(nlmsg_data(message), 0), rem)

static void parse_module(struct nlmsghdr *message, void *arg)
{
	struct nlattr *tb[XVCPU_A_MODULE_MAX + 1], *attr;
	struct xvcpu_module_info *module = arg;
	int rem;

	memset(module, 0, sizeof(*module));
	if (genlmsg_parse(message, 0, tb, XVCPU_A_MODULE_MAX, NULL))
		return;
	get_string(module->version, tb[XVCPU_A_MODULE_VERSION]);
	get_string(module->kernel, tb[XVCPU_A_MODULE_KERNEL]);
	module->policy = get_u32(tb[XVCPU_A_MODULE_POLICY]);
	module->boot_cpu = get_u32(tb[XVCPU_A_MODULE_BOOT_CPU]);
	module->root_cpus = get_u32(tb[XVCPU_A_MODULE_ROOT_CPUS]);
	module->granted_cpu = get_cpu(tb[XVCPU_A_MODULE_GRANTED_CPU]);
	module->vms = get_u32(tb[XVCPU_A_MODULE_VMS]);
	module->vcpus = get_u32(tb[XVCPU_A_MODULE_VCPUS]);
	module->pages = get_u32(tb[XVCPU_A_MODULE_PAGES]);
	for_each_attr(attr, message, rem) {
		if (nla_type(attr) == XVCPU_A_MODULE_MSR)
			parse_msr(attr, &module->msrs);
	}
}

static void parse_cpu(struct nlmsghdr *message, struct xvcpu_cpu_info *cpu)
{
	struct nlattr *tb[XVCPU_A_CPU_MAX + 1], *attr;
	int rem;

	memset(cpu, 0, sizeof(*cpu));
	if (genlmsg_parse(message, 0, tb, XVCPU_A_CPU_MAX, NULL))
		return;
	cpu->number = get_u32(tb[XVCPU_A_CPU_NUMBER]);
	cpu->online = tb[XVCPU_A_CPU_ONLINE];
	cpu->state = get_u32(tb[XVCPU_A_CPU_STATE]);
	cpu->error = get_u32(tb[XVCPU_A_CPU_ERROR]);
	cpu->order = get_u32(tb[XVCPU_A_CPU_ORDER]);
	cpu->revision = get_u32(tb[XVCPU_A_CPU_REVISION]);
	cpu->loaded = get_u32(tb[XVCPU_A_CPU_LOADED]);
	parse_cpu_counters(tb[XVCPU_A_CPU_COUNTERS], cpu);
	for_each_attr(attr, message, rem) {
		if (nla_type(attr) == XVCPU_A_CPU_CHECK)
			parse_check(attr, cpu);
		else if (nla_type(attr) == XVCPU_A_CPU_MSR)
			parse_msr(attr, &cpu->msrs);
	}
}

static void parse_vcpu(struct nlmsghdr *message, struct xvcpu_vcpu_info *vcpu)
{
	struct nlattr *tb[XVCPU_A_VCPU_MAX + 1];

	memset(vcpu, 0, sizeof(*vcpu));
	if (genlmsg_parse(message, 0, tb, XVCPU_A_VCPU_MAX, NULL))
		return;
	vcpu->key = get_u32(tb[XVCPU_A_VCPU_KEY]);
	vcpu->vm = get_u32(tb[XVCPU_A_VCPU_VM]);
	vcpu->id = get_u32(tb[XVCPU_A_VCPU_ID]);
	vcpu->tgid = get_u32(tb[XVCPU_A_VCPU_TGID]);
	vcpu->pinned_cpu = get_cpu(tb[XVCPU_A_VCPU_PINNED_CPU]);
	vcpu->loaded_cpu = get_cpu(tb[XVCPU_A_VCPU_LOADED_CPU]);
	vcpu->last_cpu = get_cpu(tb[XVCPU_A_VCPU_LAST_CPU]);
	vcpu->state = get_u32(tb[XVCPU_A_VCPU_STATE]);
	vcpu->launched = tb[XVCPU_A_VCPU_LAUNCHED];
	parse_vcpu_counters(tb[XVCPU_A_VCPU_COUNTERS], vcpu);
}

/* --- one message kept, or each handed on --- */

static void keep_cpu(struct nlmsghdr *message, void *arg)
{
	parse_cpu(message, arg);
}

static void keep_vcpu(struct nlmsghdr *message, void *arg)
{
	parse_vcpu(message, arg);
}

struct cpu_sink {
	xvcpu_cpu_fn fn;
	void *arg;
};

static void hand_on_cpu(struct nlmsghdr *message, void *arg)
{
	const struct cpu_sink *sink = arg;
	struct xvcpu_cpu_info cpu;

	parse_cpu(message, &cpu);
	sink->fn(&cpu, sink->arg);
}

struct vcpu_sink {
	xvcpu_vcpu_fn fn;
	void *arg;
};

static void hand_on_vcpu(struct nlmsghdr *message, void *arg)
{
	const struct vcpu_sink *sink = arg;
	struct xvcpu_vcpu_info vcpu;

	parse_vcpu(message, &vcpu);
	sink->fn(&vcpu, sink->arg);
}

int xvcpu_nl_module(struct xvcpu_nl *nl, struct xvcpu_module_info *module)
{
	struct request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_MODULE_GET,
		.parse = parse_module,
		.arg = module,
	};

	return perform(&req);
}

int xvcpu_nl_cpu(struct xvcpu_nl *nl, uint32_t number, bool want_msrs,
		 struct xvcpu_cpu_info *cpu)
{
	struct request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_CPU_GET,
		.id_attr = XVCPU_A_CPU_NUMBER,
		.id = number,
		.flag_attr = want_msrs ? XVCPU_A_CPU_WANT_MSRS : NO_ATTR,
		.parse = keep_cpu,
		.arg = cpu,
	};

	return perform(&req);
}

int xvcpu_nl_cpus(struct xvcpu_nl *nl, bool want_msrs, xvcpu_cpu_fn fn,
		  void *arg)
{
	struct cpu_sink sink = { fn, arg };
	struct request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_CPU_GET,
		.dump = true,
		.flag_attr = want_msrs ? XVCPU_A_CPU_WANT_MSRS : NO_ATTR,
		.parse = hand_on_cpu,
		.arg = &sink,
	};

	return perform(&req);
}

int xvcpu_nl_vcpu(struct xvcpu_nl *nl, uint32_t key,
		  struct xvcpu_vcpu_info *vcpu)
{
	struct request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_VCPU_GET,
		.id_attr = XVCPU_A_VCPU_KEY,
		.id = key,
		.parse = keep_vcpu,
		.arg = vcpu,
	};

	return perform(&req);
}

int xvcpu_nl_vcpus(struct xvcpu_nl *nl, xvcpu_vcpu_fn fn, void *arg)
{
	struct vcpu_sink sink = { fn, arg };
	struct request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_VCPU_GET,
		.dump = true,
		.parse = hand_on_vcpu,
		.arg = &sink,
	};

	return perform(&req);
}
