/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages of the generic netlink family, and what each kind of object has to do
 * with them: between vmx_netlink.c, which has the family, and vmx_netlink_*.c.
 */
#ifndef _XVCPU_NETLINK_MESSAGE_H
#define _XVCPU_NETLINK_MESSAGE_H

#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/types.h>
#include <net/genetlink.h>
#include <asm/msr-index.h>
#include <uapi/linux/xvcpu_netlink.h>
#include <xvcpu/caps.h>

extern struct genl_family xvcpu_netlink_family;

extern const struct nla_policy xvcpu_netlink_cpu_policy[XVCPU_A_CPU_WANT_MSRS + 1];
extern const struct nla_policy xvcpu_netlink_vcpu_policy[XVCPU_A_VCPU_KEY + 1];
extern const struct nla_policy xvcpu_netlink_vm_policy[XVCPU_A_VM_ID + 1];
extern const struct nla_policy xvcpu_netlink_stats_policy[XVCPU_A_STATS_KEY + 1];

/* do: one request, one message. */
int xvcpu_netlink_module_get(struct sk_buff *request, struct genl_info *info);
int xvcpu_netlink_cpu_get(struct sk_buff *request, struct genl_info *info);
int xvcpu_netlink_vcpu_get(struct sk_buff *request, struct genl_info *info);
int xvcpu_netlink_vm_get(struct sk_buff *request, struct genl_info *info);
int xvcpu_netlink_stats_get(struct sk_buff *request, struct genl_info *info);

/* dump: one message an object, in as many buffers as it takes. */
int xvcpu_netlink_cpus_start(struct netlink_callback *cb);
int xvcpu_netlink_cpus_dump(struct sk_buff *skb, struct netlink_callback *cb);
int xvcpu_netlink_vcpus_start(struct netlink_callback *cb);
int xvcpu_netlink_vcpus_dump(struct sk_buff *skb, struct netlink_callback *cb);
int xvcpu_netlink_vms_start(struct netlink_callback *cb);
int xvcpu_netlink_vms_dump(struct sk_buff *skb, struct netlink_callback *cb);
int xvcpu_netlink_stats_start(struct netlink_callback *cb);
int xvcpu_netlink_stats_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* vmx_netlink_event.c: the multicast group that is the family's first. */
int xvcpu_netlink_event_init(void);
void xvcpu_netlink_event_exit(void);

/* What perf would tell of a process: of a guest, likewise, with its privilege. */
static inline bool msg_may_see_stats(const struct sk_buff *request)
{
	return netlink_capable(request, CAP_PERFMON) ||
	       netlink_capable(request, CAP_SYS_ADMIN);
}

/* The part of a message that does not depend on its kind. */
struct msg_writer {
	struct sk_buff *skb;
	bool may_see_addresses;
	bool may_see_stats;
};

static inline struct msg_writer msg_writer_of(struct sk_buff *reply,
					      const struct sk_buff *request)
{
	return (struct msg_writer) {
		.skb = reply,
		.may_see_addresses = netlink_capable(request, CAP_SYS_ADMIN),
		.may_see_stats = msg_may_see_stats(request),
	};
}

static inline int msg_put_flag_if(struct sk_buff *skb, int attr, bool condition)
{
	return condition ? nla_put_flag(skb, attr) : 0;
}

/* A CPU's number, or no attribute where there is none (a negative one). */
static inline int msg_put_cpu_if_any(struct sk_buff *skb, int attr, int cpu)
{
	return cpu >= 0 ? nla_put_u32(skb, attr, cpu) : 0;
}

static inline int msg_put_u32_if_nonzero(struct sk_buff *skb, int attr,
					 u32 value)
{
	return value ? nla_put_u32(skb, attr, value) : 0;
}

/* Attribute @first + i is value[i]. */
static inline int msg_put_u64s(struct sk_buff *skb, int pad, int first,
			       const u64 *value, int nr)
{
	int i;

	for (i = 0; i < nr; i++) {
		if (nla_put_u64_64bit(skb, first + i, value[i], pad))
			return -EMSGSIZE;
	}
	return 0;
}

/* Likewise, in a nest of their own. */
static inline int msg_put_counters(struct sk_buff *skb, int attr, int pad,
				   int first, const u64 *value, int nr)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest || msg_put_u64s(skb, pad, first, value, nr))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static inline int msg_put_msr(struct sk_buff *skb, int attr, u32 index,
			      u64 value)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest || nla_put_u32(skb, XVCPU_A_MSR_INDEX, index) ||
	    nla_put_u64_64bit(skb, XVCPU_A_MSR_VALUE, value, XVCPU_A_MSR_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* The capability MSRs that exist, one nested attribute each. */
static inline int msg_put_caps(struct sk_buff *skb, int attr,
			       const struct vmx_caps *caps)
{
	int i;

	for (i = 0; i < VMX_CAP_NR; i++) {
		if (caps->msr[i] &&
		    msg_put_msr(skb, attr, MSR_IA32_VMX_BASIC + i,
				caps->msr[i]))
			return -EMSGSIZE;
	}
	return 0;
}

/*
 * Begin a reply of at most @size bytes to @info; NULL if there is no memory.
 * *header is what genlmsg_end() wants.
 */
static inline struct sk_buff *msg_reply_begin_size(struct genl_info *info,
						   u8 cmd, void **header,
						   size_t size)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);

	if (!skb)
		return NULL;
	*header = genlmsg_put_reply(skb, info, &xvcpu_netlink_family, 0, cmd);
	if (*header)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static inline struct sk_buff *msg_reply_begin(struct genl_info *info, u8 cmd,
					      void **header)
{
	return msg_reply_begin_size(info, cmd, header, GENLMSG_DEFAULT_SIZE);
}

/* Send the reply, or drop it if filling it went wrong. */
static inline int msg_reply_end(struct genl_info *info, struct sk_buff *skb,
				void *header, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/**
 * struct msg_dump - where a dump is
 * @next: the number, key or id from which it goes on.
 * @want_msrs: with the capability MSRs.
 *
 * The state between two buffers, in the callback's scratch area, which is zero
 * when a dump starts.
 */
struct msg_dump {
	u64 next;
	bool want_msrs;
};

static inline struct msg_dump *msg_dump_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct msg_dump) > sizeof(cb->ctx));
	return (struct msg_dump *)cb->ctx;
}

static inline void *msg_dump_begin(struct sk_buff *skb,
				   struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &xvcpu_netlink_family, NLM_F_MULTI, cmd);
}

/* Keep the message, or take it back where it does not fit any more. */
static inline int msg_dump_end(struct sk_buff *skb, void *header, int err)
{
	if (err)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return err;
}

#endif /* _XVCPU_NETLINK_MESSAGE_H */
