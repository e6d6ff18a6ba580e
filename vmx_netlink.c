// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: the module, CPUs and vCPUs for those who watch.
 *
 * One of the two doors: it validates, calls down for a snapshot and copies
 * that into a message.  Nothing is changed from here.  The protocol is
 * described in uapi/linux/xvcpu_netlink.h.
 *
 * Context: all of it runs in process context, and may sleep.
 *
 * Locking: none of its own.  The snapshots of xvcpu_percpu_snapshot() and
 * xvcpu_vcpu_list_next() are consistent each by itself.  The family is
 * registered after everything that it shows has been set up, and unregistered
 * before that is torn down; unregistering waits for the requests under way, and
 * a dump that is not finished holds a reference to the module.
 */
#include <xvcpu/netlink.h>

#include <linux/capability.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <net/genetlink.h>

#include <xvcpu/caps.h>
#include <xvcpu/page.h>
#include <xvcpu/percpu.h>
#include <xvcpu/vcpu_list.h>
#include <uapi/linux/xvcpu.h>
#include <uapi/linux/xvcpu_netlink.h>

static struct genl_family family;

/* The part of a message that does not depend on its kind. */
struct writer {
	struct sk_buff *skb;
	bool may_see_addresses;
};

static struct writer writer_of(struct sk_buff *reply,
			       const struct sk_buff *request)
{
	return (struct writer) {
		.skb = reply,
		.may_see_addresses = netlink_capable(request, CAP_SYS_ADMIN),
	};
}

static int put_flag_if(struct sk_buff *skb, int attr, bool condition)
{
	return condition ? nla_put_flag(skb, attr) : 0;
}

/* A CPU's number, or no attribute where there is none (a negative one). */
static int put_cpu_if_any(struct sk_buff *skb, int attr, int cpu)
{
	return cpu >= 0 ? nla_put_u32(skb, attr, cpu) : 0;
}

static int put_u32_if_nonzero(struct sk_buff *skb, int attr, u32 value)
{
	return value ? nla_put_u32(skb, attr, value) : 0;
}

/* Counters in a nest of their own: attribute @first + i is value[i]. */
static int put_counters(struct sk_buff *skb, int attr, int pad, int first,
			const u64 *value, int nr)
{
	struct nlattr *nest = nla_nest_start(skb, attr);
	int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < nr; i++) {
		if (nla_put_u64_64bit(skb, first + i, value[i], pad))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_msr(struct sk_buff *skb, int attr, u32 index, u64 value)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest || nla_put_u32(skb, XVCPU_A_MSR_INDEX, index) ||
	    nla_put_u64_64bit(skb, XVCPU_A_MSR_VALUE, value, XVCPU_A_MSR_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* The capability MSRs that exist, one nested attribute each. */
static int put_caps(struct sk_buff *skb, int attr, const struct vmx_caps *caps)
{
	int i;

	for (i = 0; i < VMX_CAP_NR; i++) {
		if (caps->msr[i] && put_msr(skb, attr, MSR_IA32_VMX_BASIC + i,
					    caps->msr[i]))
			return -EMSGSIZE;
	}
	return 0;
}

/* The module. */

static const char *module_version(void)
{
	return THIS_MODULE->version ?: "";
}

static u32 root_cpus(const struct vmx_root *root)
{
	u32 nr = 0;
	int cpu;

	for (cpu = 0; cpu < root->nr_cpus; cpu++)
		nr += xvcpu_percpu_is_enabled(root, cpu);
	return nr;
}

static int granted_cpu(const struct vmx_root *root)
{
	if (root->policy != XVCPU_POLICY_EXCLUSIVE)
		return XVCPU_CPU_NONE;
	return READ_ONCE(root->grant);
}

static int fill_module(struct sk_buff *skb, struct vmx_root *root,
		       const struct vmx_cpu_snapshot *boot)
{
	if (nla_put_string(skb, XVCPU_A_MODULE_VERSION, module_version()) ||
	    nla_put_string(skb, XVCPU_A_MODULE_KERNEL,
			   init_utsname()->release) ||
	    nla_put_u32(skb, XVCPU_A_MODULE_POLICY, root->policy) ||
	    nla_put_u32(skb, XVCPU_A_MODULE_BOOT_CPU, root->boot_cpu) ||
	    nla_put_u32(skb, XVCPU_A_MODULE_ROOT_CPUS, root_cpus(root)) ||
	    put_cpu_if_any(skb, XVCPU_A_MODULE_GRANTED_CPU,
			   granted_cpu(root)) ||
	    nla_put_u32(skb, XVCPU_A_MODULE_VMS, xvcpu_vm_count()) ||
	    nla_put_u32(skb, XVCPU_A_MODULE_VCPUS, xvcpu_vcpu_list_count()) ||
	    nla_put_u32(skb, XVCPU_A_MODULE_PAGES, xvcpu_page_count()))
		return -EMSGSIZE;
	return put_caps(skb, XVCPU_A_MODULE_MSR, &boot->caps);
}

/* One CPU. */

/* The value of the last check, VMXON, is a physical address. */
static bool may_see_value(const struct writer *w, enum xvcpu_check id)
{
	return id != XVCPU_CHECK_VMXON || w->may_see_addresses;
}

static int put_check_outcome(const struct writer *w, enum xvcpu_check id,
			     const struct vmx_check *check)
{
	if (!check->done)
		return 0;
	if (nla_put_flag(w->skb, XVCPU_A_CHECK_DONE) ||
	    nla_put_u32(w->skb, XVCPU_A_CHECK_ERROR, abs(check->error)))
		return -EMSGSIZE;
	if (!may_see_value(w, id))
		return 0;
	return nla_put_u64_64bit(w->skb, XVCPU_A_CHECK_VALUE, check->value,
				 XVCPU_A_CHECK_PAD);
}

static int put_check(const struct writer *w, enum xvcpu_check id,
		     const struct vmx_check *check)
{
	struct nlattr *nest = nla_nest_start(w->skb, XVCPU_A_CPU_CHECK);

	if (!nest || nla_put_u32(w->skb, XVCPU_A_CHECK_ID, id) ||
	    put_check_outcome(w, id, check))
		return -EMSGSIZE;
	nla_nest_end(w->skb, nest);
	return 0;
}

static int put_checks(const struct writer *w,
		      const struct vmx_cpu_snapshot *snap)
{
	int id;

	for (id = 0; id < XVCPU_CHECK_NR; id++) {
		if (put_check(w, id, &snap->checks[id]))
			return -EMSGSIZE;
	}
	return 0;
}

static int put_cpu_counters(struct sk_buff *skb,
			    const struct vmx_cpu_counters *counters)
{
	const u64 value[] = {
		counters->vmxon,
		counters->vmxoff,
		counters->vmptrld,
		counters->vmclear,
	};

	BUILD_BUG_ON(XVCPU_A_CPU_COUNTER_VMXON + ARRAY_SIZE(value) - 1 !=
		     XVCPU_A_CPU_COUNTER_MAX);
	return put_counters(skb, XVCPU_A_CPU_COUNTERS, XVCPU_A_CPU_COUNTER_PAD,
			    XVCPU_A_CPU_COUNTER_VMXON, value,
			    ARRAY_SIZE(value));
}

static int fill_cpu(const struct writer *w, const struct vmx_cpu_snapshot *snap,
		    bool want_msrs)
{
	struct sk_buff *skb = w->skb;

	if (nla_put_u32(skb, XVCPU_A_CPU_NUMBER, snap->cpu) ||
	    put_flag_if(skb, XVCPU_A_CPU_ONLINE, snap->online) ||
	    nla_put_u32(skb, XVCPU_A_CPU_STATE, snap->state) ||
	    put_u32_if_nonzero(skb, XVCPU_A_CPU_ERROR, abs(snap->error)) ||
	    put_u32_if_nonzero(skb, XVCPU_A_CPU_ORDER, snap->order) ||
	    nla_put_u32(skb, XVCPU_A_CPU_REVISION, snap->revision) ||
	    nla_put_u32(skb, XVCPU_A_CPU_LOADED, snap->nr_loaded) ||
	    put_cpu_counters(skb, &snap->counters) || put_checks(w, snap))
		return -EMSGSIZE;
	return want_msrs ? put_caps(skb, XVCPU_A_CPU_MSR, &snap->caps) : 0;
}

/* One vCPU. */

static int put_vcpu_counters(struct sk_buff *skb,
			     const struct xvcpu_vcpu_snapshot *snap)
{
	const u64 value[] = {
		snap->binding.entries,
		snap->exits,
		snap->binding.launches,
		snap->binding.vmptrld,
		snap->binding.vmclear,
		snap->binding.migrations,
	};

	BUILD_BUG_ON(XVCPU_A_VCPU_COUNTER_ENTRIES + ARRAY_SIZE(value) - 1 !=
		     XVCPU_A_VCPU_COUNTER_MAX);
	return put_counters(skb, XVCPU_A_VCPU_COUNTERS,
			    XVCPU_A_VCPU_COUNTER_PAD,
			    XVCPU_A_VCPU_COUNTER_ENTRIES, value,
			    ARRAY_SIZE(value));
}

static int fill_vcpu(struct sk_buff *skb,
		     const struct xvcpu_vcpu_snapshot *snap)
{
	const struct xvcpu_binding_info *binding = &snap->binding;

	if (nla_put_u32(skb, XVCPU_A_VCPU_KEY, snap->key) ||
	    nla_put_u32(skb, XVCPU_A_VCPU_VM, snap->vm) ||
	    nla_put_u32(skb, XVCPU_A_VCPU_ID, snap->id) ||
	    nla_put_u32(skb, XVCPU_A_VCPU_TGID, snap->tgid) ||
	    put_cpu_if_any(skb, XVCPU_A_VCPU_PINNED_CPU, binding->pinned_cpu) ||
	    put_cpu_if_any(skb, XVCPU_A_VCPU_LOADED_CPU, binding->loaded_cpu) ||
	    put_cpu_if_any(skb, XVCPU_A_VCPU_LAST_CPU, binding->last_cpu) ||
	    nla_put_u32(skb, XVCPU_A_VCPU_STATE, binding->state) ||
	    put_flag_if(skb, XVCPU_A_VCPU_LAUNCHED,
			binding->flags & XVCPU_BINDING_LAUNCHED))
		return -EMSGSIZE;
	return put_vcpu_counters(skb, snap);
}

/* do: one request, one message. */

/*
 * Begin a reply to @info; NULL if there is no memory.  *header is what
 * genlmsg_end() wants.
 */
static struct sk_buff *reply_begin(struct genl_info *info, u8 cmd,
				   void **header)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*header = genlmsg_put_reply(skb, info, &family, 0, cmd);
	if (*header)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

/* Send the reply, or drop it if filling it went wrong. */
static int reply_end(struct genl_info *info, struct sk_buff *skb, void *header,
		     int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static int reply_module(struct genl_info *info,
			const struct vmx_cpu_snapshot *boot)
{
	struct sk_buff *skb;
	void *header;

	skb = reply_begin(info, XVCPU_CMD_MODULE_GET, &header);
	if (!skb)
		return -ENOMEM;
	return reply_end(info, skb, header, fill_module(skb, xvcpu_root, boot));
}

static int module_get(struct sk_buff *request, struct genl_info *info)
{
	struct vmx_cpu_snapshot *boot;
	int err;

	boot = kzalloc(sizeof(*boot), GFP_KERNEL);
	if (!boot)
		return -ENOMEM;
	err = xvcpu_percpu_snapshot(xvcpu_root, xvcpu_root->boot_cpu, boot);
	if (!err)
		err = reply_module(info, boot);
	kfree(boot);
	return err;
}

static int reply_cpu(struct sk_buff *request, struct genl_info *info,
		     const struct vmx_cpu_snapshot *snap)
{
	bool want_msrs = info->attrs[XVCPU_A_CPU_WANT_MSRS];
	struct sk_buff *skb;
	struct writer w;
	void *header;

	skb = reply_begin(info, XVCPU_CMD_CPU_GET, &header);
	if (!skb)
		return -ENOMEM;
	w = writer_of(skb, request);
	return reply_end(info, skb, header, fill_cpu(&w, snap, want_msrs));
}

/* Snapshot of the CPU with this number, which may be any that fits an u32. */
static int snapshot_cpu(u32 cpu, struct vmx_cpu_snapshot *snap)
{
	if (cpu >= xvcpu_root->nr_cpus ||
	    xvcpu_percpu_snapshot(xvcpu_root, cpu, snap))
		return -ENOENT;
	return 0;
}

static int cpu_get(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *number = info->attrs[XVCPU_A_CPU_NUMBER];
	struct vmx_cpu_snapshot *snap;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, XVCPU_A_CPU_NUMBER)) {
		GENL_SET_ERR_MSG(info, "name a CPU by number, or dump them all");
		return -EINVAL;
	}
	snap = kzalloc(sizeof(*snap), GFP_KERNEL);
	if (!snap)
		return -ENOMEM;
	err = snapshot_cpu(nla_get_u32(number), snap);
	if (err)
		NL_SET_ERR_MSG_ATTR(info->extack, number,
				    "no such CPU: dump them to see which there are");
	else
		err = reply_cpu(request, info, snap);
	kfree(snap);
	return err;
}

static int reply_vcpu(struct genl_info *info,
		      const struct xvcpu_vcpu_snapshot *snap)
{
	struct sk_buff *skb;
	void *header;

	skb = reply_begin(info, XVCPU_CMD_VCPU_GET, &header);
	if (!skb)
		return -ENOMEM;
	return reply_end(info, skb, header, fill_vcpu(skb, snap));
}

static int vcpu_get(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *key = info->attrs[XVCPU_A_VCPU_KEY];
	struct xvcpu_vcpu_snapshot snap = {};

	if (GENL_REQ_ATTR_CHECK(info, XVCPU_A_VCPU_KEY)) {
		GENL_SET_ERR_MSG(info, "name a vCPU by key, or dump them all");
		return -EINVAL;
	}
	if (xvcpu_vcpu_list_next(nla_get_u32(key), &snap) ||
	    snap.key != nla_get_u32(key)) {
		NL_SET_ERR_MSG_ATTR(info->extack, key,
				    "no such vCPU: dump them to see which there are");
		return -ENOENT;
	}
	return reply_vcpu(info, &snap);
}

/*
 * dump: one message an object, in as many buffers as it takes.  The state
 * between two buffers is a struct dump in the callback's scratch area, which
 * is zero when a dump starts.
 */

/**
 * struct dump - where a dump is
 * @next: the number or key from which it goes on.
 * @want_msrs: with the capability MSRs.
 */
struct dump {
	u64 next;
	bool want_msrs;
};

static struct dump *dump_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump) > sizeof(cb->ctx));
	return (struct dump *)cb->ctx;
}

static void *dump_begin(struct sk_buff *skb, struct netlink_callback *cb,
			u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &family, NLM_F_MULTI, cmd);
}

/* Keep the message, or take it back where it does not fit any more. */
static int dump_end(struct sk_buff *skb, void *header, int err)
{
	if (err)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return err;
}

static int dump_one_cpu(struct sk_buff *skb, struct netlink_callback *cb,
			const struct vmx_cpu_snapshot *snap)
{
	void *header = dump_begin(skb, cb, XVCPU_CMD_CPU_GET);
	struct writer w = writer_of(skb, cb->skb);

	if (!header)
		return -EMSGSIZE;
	return dump_end(skb, header,
			fill_cpu(&w, snap, dump_of(cb)->want_msrs));
}

/* Dump the CPUs from where the last buffer ended until this one is full. */
static int cpus_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *dump = dump_of(cb);
	struct vmx_cpu_snapshot *snap;
	int err = 0;

	snap = kzalloc(sizeof(*snap), GFP_KERNEL);
	if (!snap)
		return -ENOMEM;
	for (; dump->next < xvcpu_root->nr_cpus; dump->next++) {
		if (snapshot_cpu(dump->next, snap))
			continue;
		err = dump_one_cpu(skb, cb, snap);
		if (err)
			break;
	}
	kfree(snap);
	return skb->len ?: err;
}

static int dump_one_vcpu(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct xvcpu_vcpu_snapshot *snap)
{
	void *header = dump_begin(skb, cb, XVCPU_CMD_VCPU_GET);

	if (!header)
		return -EMSGSIZE;
	return dump_end(skb, header, fill_vcpu(skb, snap));
}

/* Dump the vCPUs from where the last buffer ended until this one is full. */
static int vcpus_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct xvcpu_vcpu_snapshot snap = {};
	struct dump *dump = dump_of(cb);
	int err = 0;

	while (dump->next <= U32_MAX &&
	       !xvcpu_vcpu_list_next(dump->next, &snap)) {
		err = dump_one_vcpu(skb, cb, &snap);
		if (err)
			break;
		dump->next = (u64)snap.key + 1;
	}
	return skb->len ?: err;
}

static const struct nla_policy cpu_policy[] = {
	[XVCPU_A_CPU_NUMBER] = { .type = NLA_U32 },
	[XVCPU_A_CPU_WANT_MSRS] = { .type = NLA_FLAG },
};

static const struct nla_policy vcpu_policy[] = {
	[XVCPU_A_VCPU_KEY] = { .type = NLA_U32 },
};

/* A dump shows all: an attribute that names one is refused, not ignored. */
static int cpus_dump_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[ARRAY_SIZE(cpu_policy)];
	int err;

	err = genlmsg_parse(cb->nlh, &family, attrs, ARRAY_SIZE(cpu_policy) - 1,
			    cpu_policy, cb->extack);
	if (err)
		return err;
	dump_of(cb)->want_msrs = attrs[XVCPU_A_CPU_WANT_MSRS];
	if (attrs[XVCPU_A_CPU_NUMBER]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[XVCPU_A_CPU_NUMBER],
				    "a dump of CPUs takes no CPU number");
		return -EINVAL;
	}
	return 0;
}

static int vcpus_dump_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[ARRAY_SIZE(vcpu_policy)];
	int err;

	err = genlmsg_parse(cb->nlh, &family, attrs,
			    ARRAY_SIZE(vcpu_policy) - 1, vcpu_policy,
			    cb->extack);
	if (err)
		return err;
	if (attrs[XVCPU_A_VCPU_KEY]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[XVCPU_A_VCPU_KEY],
				    "a dump of vCPUs takes no key");
		return -EINVAL;
	}
	return 0;
}

/* A command without a policy takes no attributes. */
static const struct genl_ops ops[] = {
	{
		.cmd = XVCPU_CMD_MODULE_GET,
		.doit = module_get,
	},
	{
		.cmd = XVCPU_CMD_CPU_GET,
		.policy = cpu_policy,
		.maxattr = ARRAY_SIZE(cpu_policy) - 1,
		.doit = cpu_get,
		.start = cpus_dump_start,
		.dumpit = cpus_dump,
	},
	{
		.cmd = XVCPU_CMD_VCPU_GET,
		.policy = vcpu_policy,
		.maxattr = ARRAY_SIZE(vcpu_policy) - 1,
		.doit = vcpu_get,
		.start = vcpus_dump_start,
		.dumpit = vcpus_dump,
	},
};

/* No alias for autoloading: to look must not put the CPUs into VMX root. */
static struct genl_family family __ro_after_init = {
	.name = XVCPU_GENL_NAME,
	.version = XVCPU_GENL_VERSION,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
};

/**
 * xvcpu_netlink_init() - register the generic netlink family
 *
 * Call it when everything that the family shows has been set up.
 *
 * Context: process context, may sleep.
 * Return: 0, or a negative errno of genl_register_family(): -EEXIST if the
 * family's name is taken, -ENOMEM.
 */
int __init xvcpu_netlink_init(void)
{
	return genl_register_family(&family);
}

/**
 * xvcpu_netlink_exit() - unregister it, and wait for the requests under way
 *
 * Context: process context, may sleep.
 */
void xvcpu_netlink_exit(void)
{
	genl_unregister_family(&family);
}
