// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: events, to the multicast group of that name.
 *
 * They are told where they happen, which may be anywhere (vmx_notice.c); one
 * worker sends them from here, in order.
 *
 * Context: the worker may sleep; wanted() and wake() are called from anywhere.
 */
#include <xvcpu/netlink_message.h>

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <xvcpu/compat.h>
#include <xvcpu/notice.h>

/* The group is the first of the family's. */
#define GROUP	0

static struct workqueue_struct *queue;

/* What the notice's @why is. */
static int put_why(struct sk_buff *skb, const struct xvcpu_notice *notice)
{
	switch (notice->kind) {
	case XVCPU_EVENT_LOST:
		return nla_put_u32(skb, XVCPU_A_EVENT_COUNT, notice->why);
	case XVCPU_EVENT_CPU_REFUSED:
	case XVCPU_EVENT_VCPU_REFUSED:
		return nla_put_u32(skb, XVCPU_A_EVENT_ERROR, notice->why);
	case XVCPU_EVENT_VCPU_ENTRY_FAILED:
		return nla_put_u64_64bit(skb, XVCPU_A_EVENT_REASON, notice->why,
					 XVCPU_A_EVENT_PAD);
	default:
		return 0;
	}
}

static int put_vcpu(struct sk_buff *skb, const struct xvcpu_notice *notice)
{
	if (!notice->vcpu)
		return 0;
	if (nla_put_u32(skb, XVCPU_A_EVENT_VCPU, notice->vcpu))
		return -EMSGSIZE;
	return nla_put_u32(skb, XVCPU_A_EVENT_ID, notice->id);
}

static int fill_event(struct sk_buff *skb, const struct xvcpu_notice *notice)
{
	if (nla_put_u32(skb, XVCPU_A_EVENT_KIND, notice->kind) ||
	    nla_put_u64_64bit(skb, XVCPU_A_EVENT_SEQ, notice->seq,
			      XVCPU_A_EVENT_PAD) ||
	    nla_put_u64_64bit(skb, XVCPU_A_EVENT_TIME_NS, notice->time,
			      XVCPU_A_EVENT_PAD) ||
	    msg_put_cpu_if_any(skb, XVCPU_A_EVENT_CPU, notice->cpu) ||
	    msg_put_cpu_if_any(skb, XVCPU_A_EVENT_FROM_CPU, notice->from_cpu) ||
	    msg_put_u32_if_nonzero(skb, XVCPU_A_EVENT_VM, notice->vm) ||
	    put_vcpu(skb, notice) ||
	    msg_put_u32_if_nonzero(skb, XVCPU_A_EVENT_TGID, notice->tgid))
		return -EMSGSIZE;
	return put_why(skb, notice);
}

/*
 * The core asks for the privilege where a socket joins a group of a family: not if
 * the number was nobody's yet, which it lets anybody join.
 */
static int is_deaf(struct sock *sk, struct sk_buff *skb, void *unused)
{
	const struct socket *socket = sk->sk_socket;

	return !socket || !socket->file ||
	       !file_ns_capable(socket->file, &init_user_ns, CAP_NET_ADMIN);
}

/* Without memory it is lost; the next one's number tells of it. */
static void send(const struct xvcpu_notice *notice)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &xvcpu_netlink_family, 0,
			     XVCPU_CMD_EVENT);
	if (!header || fill_event(skb, notice)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	xvcpu_multicast(&xvcpu_netlink_family, skb, GROUP, is_deaf);
}

static void send_all(struct work_struct *work)
{
	struct xvcpu_notice notice;

	while (xvcpu_notice_take(&notice)) {
		send(&notice);
		cond_resched();
	}
}

static DECLARE_WORK(work, send_all);

/* So says whoever has joined, even in another network namespace. */
static bool wanted(void)
{
	return genl_has_listeners(&xvcpu_netlink_family, &init_net, GROUP);
}

static void wake(void)
{
	queue_work(queue, &work);
}

static const struct xvcpu_notice_reader reader = {
	.wanted = wanted,
	.wake = wake,
};

/**
 * xvcpu_netlink_event_init() - events are sent from now on
 *
 * Context: process context, may sleep; the family is registered.
 * Return: 0 or -ENOMEM.
 */
int __init xvcpu_netlink_event_init(void)
{
	/* Not on the CPU where it happens: a vCPU may have that for itself. */
	queue = alloc_workqueue("xvcpu", WQ_UNBOUND, 1);
	if (!queue)
		return -ENOMEM;
	xvcpu_notice_open(&reader);
	return 0;
}

/**
 * xvcpu_netlink_event_exit() - send what there is, and no more
 *
 * Context: process context, may sleep; the family is registered.
 */
void xvcpu_netlink_event_exit(void)
{
	xvcpu_notice_close();
	destroy_workqueue(queue);
}
