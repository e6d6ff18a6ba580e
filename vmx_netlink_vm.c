// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: VMs.
 *
 * Context: process context, may sleep.
 */
#include <xvcpu/netlink_message.h>

#include <xvcpu/vm_list.h>

/* What the guest's accesses make of its memory. */
static int put_mappings(struct sk_buff *skb,
			const struct xvcpu_vm_snapshot *snap)
{
	const u64 value[] = {
		snap->leaves[0],
		snap->leaves[1],
		snap->leaves[2],
		snap->tables,
		snap->flushes,
	};

	BUILD_BUG_ON(XVCPU_A_VM_PAGES_4K + ARRAY_SIZE(value) - 1 !=
		     XVCPU_A_VM_MAX);
	return msg_put_u64s(skb, XVCPU_A_VM_PAD, XVCPU_A_VM_PAGES_4K, value,
			    ARRAY_SIZE(value));
}

static int fill_vm(const struct msg_writer *w,
		   const struct xvcpu_vm_snapshot *snap)
{
	struct sk_buff *skb = w->skb;

	if (nla_put_u32(skb, XVCPU_A_VM_ID, snap->id) ||
	    nla_put_u32(skb, XVCPU_A_VM_TGID, snap->tgid) ||
	    nla_put_string(skb, XVCPU_A_VM_NAME, snap->name) ||
	    nla_put_u32(skb, XVCPU_A_VM_VCPUS, snap->vcpus) ||
	    nla_put_u32(skb, XVCPU_A_VM_SLOTS, snap->slots) ||
	    nla_put_u64_64bit(skb, XVCPU_A_VM_SLOT_BYTES, snap->slot_bytes,
			      XVCPU_A_VM_PAD))
		return -EMSGSIZE;
	return w->may_see_stats ? put_mappings(skb, snap) : 0;
}

static int reply_vm(struct sk_buff *request, struct genl_info *info,
		    const struct xvcpu_vm_snapshot *snap)
{
	struct sk_buff *skb;
	struct msg_writer w;
	void *header;

	skb = msg_reply_begin(info, XVCPU_CMD_VM_GET, &header);
	if (!skb)
		return -ENOMEM;
	w = msg_writer_of(skb, request);
	return msg_reply_end(info, skb, header, fill_vm(&w, snap));
}

int xvcpu_netlink_vm_get(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *id = info->attrs[XVCPU_A_VM_ID];
	struct xvcpu_vm_snapshot snap = {};

	if (GENL_REQ_ATTR_CHECK(info, XVCPU_A_VM_ID)) {
		GENL_SET_ERR_MSG(info, "name a VM by id, or dump them all");
		return -EINVAL;
	}
	if (xvcpu_vm_list_next(nla_get_u32(id), &snap) ||
	    snap.id != nla_get_u32(id)) {
		NL_SET_ERR_MSG_ATTR(info->extack, id,
				    "no such VM: dump them to see which there are");
		return -ENOENT;
	}
	return reply_vm(request, info, &snap);
}

static int dump_one_vm(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct xvcpu_vm_snapshot *snap)
{
	void *header = msg_dump_begin(skb, cb, XVCPU_CMD_VM_GET);
	struct msg_writer w = msg_writer_of(skb, cb->skb);

	if (!header)
		return -EMSGSIZE;
	return msg_dump_end(skb, header, fill_vm(&w, snap));
}

/* Dump the VMs from where the last buffer ended until this one is full. */
int xvcpu_netlink_vms_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct xvcpu_vm_snapshot snap = {};
	struct msg_dump *dump = msg_dump_of(cb);
	int err = 0;

	while (dump->next <= U32_MAX && !xvcpu_vm_list_next(dump->next, &snap)) {
		err = dump_one_vm(skb, cb, &snap);
		if (err)
			break;
		dump->next = (u64)snap.id + 1;
	}
	return skb->len ?: err;
}

const struct nla_policy xvcpu_netlink_vm_policy[] = {
	[XVCPU_A_VM_ID] = { .type = NLA_U32 },
};

int xvcpu_netlink_vms_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[ARRAY_SIZE(xvcpu_netlink_vm_policy)];
	int err;

	err = genlmsg_parse(cb->nlh, &xvcpu_netlink_family, attrs,
			    ARRAY_SIZE(attrs) - 1, xvcpu_netlink_vm_policy,
			    cb->extack);
	if (err)
		return err;
	if (attrs[XVCPU_A_VM_ID]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[XVCPU_A_VM_ID],
				    "a dump of VMs takes no id");
		return -EINVAL;
	}
	return 0;
}
