// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: CPUs.
 *
 * Context: process context, may sleep.
 */
#include <xvcpu/netlink_message.h>

#include <linux/slab.h>
#include <xvcpu/percpu.h>

/* The value of the last check, VMXON, is a physical address. */
static bool may_see_value(const struct msg_writer *w, enum xvcpu_check id)
{
	return id != XVCPU_CHECK_VMXON || w->may_see_addresses;
}

static int put_check_outcome(const struct msg_writer *w, enum xvcpu_check id,
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

static int put_check(const struct msg_writer *w, enum xvcpu_check id,
		     const struct vmx_check *check)
{
	struct nlattr *nest = nla_nest_start(w->skb, XVCPU_A_CPU_CHECK);

	if (!nest || nla_put_u32(w->skb, XVCPU_A_CHECK_ID, id) ||
	    put_check_outcome(w, id, check))
		return -EMSGSIZE;
	nla_nest_end(w->skb, nest);
	return 0;
}

static int put_checks(const struct msg_writer *w,
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
	return msg_put_counters(skb, XVCPU_A_CPU_COUNTERS,
				XVCPU_A_CPU_COUNTER_PAD,
				XVCPU_A_CPU_COUNTER_VMXON, value,
				ARRAY_SIZE(value));
}

static int fill_cpu(const struct msg_writer *w,
		    const struct vmx_cpu_snapshot *snap, bool want_msrs)
{
	struct sk_buff *skb = w->skb;

	if (nla_put_u32(skb, XVCPU_A_CPU_NUMBER, snap->cpu) ||
	    msg_put_flag_if(skb, XVCPU_A_CPU_ONLINE, snap->online) ||
	    nla_put_u32(skb, XVCPU_A_CPU_STATE, snap->state) ||
	    msg_put_u32_if_nonzero(skb, XVCPU_A_CPU_ERROR, abs(snap->error)) ||
	    msg_put_u32_if_nonzero(skb, XVCPU_A_CPU_ORDER, snap->order) ||
	    nla_put_u32(skb, XVCPU_A_CPU_REVISION, snap->revision) ||
	    nla_put_u32(skb, XVCPU_A_CPU_LOADED, snap->nr_loaded) ||
	    put_cpu_counters(skb, &snap->counters) || put_checks(w, snap))
		return -EMSGSIZE;
	return want_msrs ? msg_put_caps(skb, XVCPU_A_CPU_MSR, &snap->caps) : 0;
}

static int reply_cpu(struct sk_buff *request, struct genl_info *info,
		     const struct vmx_cpu_snapshot *snap)
{
	bool want_msrs = info->attrs[XVCPU_A_CPU_WANT_MSRS];
	struct sk_buff *skb;
	struct msg_writer w;
	void *header;

	skb = msg_reply_begin(info, XVCPU_CMD_CPU_GET, &header);
	if (!skb)
		return -ENOMEM;
	w = msg_writer_of(skb, request);
	return msg_reply_end(info, skb, header, fill_cpu(&w, snap, want_msrs));
}

/* Snapshot of the CPU with this number, which may be any that fits an u32. */
static int snapshot_cpu(u32 cpu, struct vmx_cpu_snapshot *snap)
{
	if (cpu >= xvcpu_root->nr_cpus ||
	    xvcpu_percpu_snapshot(xvcpu_root, cpu, snap))
		return -ENOENT;
	return 0;
}

int xvcpu_netlink_cpu_get(struct sk_buff *request, struct genl_info *info)
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

static int dump_one_cpu(struct sk_buff *skb, struct netlink_callback *cb,
			const struct vmx_cpu_snapshot *snap)
{
	void *header = msg_dump_begin(skb, cb, XVCPU_CMD_CPU_GET);
	struct msg_writer w = msg_writer_of(skb, cb->skb);

	if (!header)
		return -EMSGSIZE;
	return msg_dump_end(skb, header,
			fill_cpu(&w, snap, msg_dump_of(cb)->want_msrs));
}

/* Dump the CPUs from where the last buffer ended until this one is full. */
int xvcpu_netlink_cpus_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct msg_dump *dump = msg_dump_of(cb);
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

const struct nla_policy xvcpu_netlink_cpu_policy[] = {
	[XVCPU_A_CPU_NUMBER] = { .type = NLA_U32 },
	[XVCPU_A_CPU_WANT_MSRS] = { .type = NLA_FLAG },
};

/* A dump shows all: an attribute that names one is refused, not ignored. */
int xvcpu_netlink_cpus_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[ARRAY_SIZE(xvcpu_netlink_cpu_policy)];
	int err;

	err = genlmsg_parse(cb->nlh, &xvcpu_netlink_family, attrs,
			    ARRAY_SIZE(attrs) - 1, xvcpu_netlink_cpu_policy,
			    cb->extack);
	if (err)
		return err;
	msg_dump_of(cb)->want_msrs = attrs[XVCPU_A_CPU_WANT_MSRS];
	if (attrs[XVCPU_A_CPU_NUMBER]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[XVCPU_A_CPU_NUMBER],
				    "a dump of CPUs takes no CPU number");
		return -EINVAL;
	}
	return 0;
}
