// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: vCPUs.
 *
 * Context: process context, may sleep.
 */
#include <xvcpu/netlink_message.h>

#include <uapi/linux/xvcpu.h>
#include <xvcpu/vcpu_list.h>

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
	return msg_put_counters(skb, XVCPU_A_VCPU_COUNTERS,
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
	    msg_put_cpu_if_any(skb, XVCPU_A_VCPU_PINNED_CPU,
			       binding->pinned_cpu) ||
	    msg_put_cpu_if_any(skb, XVCPU_A_VCPU_LOADED_CPU,
			       binding->loaded_cpu) ||
	    msg_put_cpu_if_any(skb, XVCPU_A_VCPU_LAST_CPU, binding->last_cpu) ||
	    nla_put_u32(skb, XVCPU_A_VCPU_STATE, binding->state) ||
	    msg_put_flag_if(skb, XVCPU_A_VCPU_LAUNCHED,
			binding->flags & XVCPU_BINDING_LAUNCHED))
		return -EMSGSIZE;
	return put_vcpu_counters(skb, snap);
}

static int reply_vcpu(struct genl_info *info,
		      const struct xvcpu_vcpu_snapshot *snap)
{
	struct sk_buff *skb;
	void *header;

	skb = msg_reply_begin(info, XVCPU_CMD_VCPU_GET, &header);
	if (!skb)
		return -ENOMEM;
	return msg_reply_end(info, skb, header, fill_vcpu(skb, snap));
}

int xvcpu_netlink_vcpu_get(struct sk_buff *request, struct genl_info *info)
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

static int dump_one_vcpu(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct xvcpu_vcpu_snapshot *snap)
{
	void *header = msg_dump_begin(skb, cb, XVCPU_CMD_VCPU_GET);

	if (!header)
		return -EMSGSIZE;
	return msg_dump_end(skb, header, fill_vcpu(skb, snap));
}

/* Dump the vCPUs from where the last buffer ended until this one is full. */
int xvcpu_netlink_vcpus_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct xvcpu_vcpu_snapshot snap = {};
	struct msg_dump *dump = msg_dump_of(cb);
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

const struct nla_policy xvcpu_netlink_vcpu_policy[] = {
	[XVCPU_A_VCPU_KEY] = { .type = NLA_U32 },
};

int xvcpu_netlink_vcpus_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[ARRAY_SIZE(xvcpu_netlink_vcpu_policy)];
	int err;

	err = genlmsg_parse(cb->nlh, &xvcpu_netlink_family, attrs,
			    ARRAY_SIZE(attrs) - 1, xvcpu_netlink_vcpu_policy,
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
