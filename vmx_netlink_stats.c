// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: statistics of vCPUs.
 *
 * They tell of a guest what perf would tell of a process, and need its privilege.
 *
 * Context: process context, may sleep.
 */
#include <xvcpu/netlink_message.h>

#include <linux/mm.h>
#include <linux/slab.h>
#include <xvcpu/counts.h>
#include <xvcpu/stats.h>
#include <xvcpu/vcpu_list.h>

/* All that one message is made of; too large for the stack. */
struct picture {
	struct xvcpu_vcpu_snapshot snap;
	struct xvcpu_stats_copy stats;
};

/* The buckets up to the last that is not 0. */
static int put_histogram(struct sk_buff *skb, const struct xvcpu_times *times)
{
	int n = XVCPU_STATS_BUCKETS;

	while (n && !times->bucket[n - 1])
		n--;
	return nla_put(skb, XVCPU_A_REASON_HISTOGRAM, n * sizeof(u64),
		       times->bucket);
}

static int put_times(struct sk_buff *skb, const struct xvcpu_times *times)
{
	const u64 value[] = {
		xvcpu_times_count(times),
		times->total,
		times->min,
		times->max,
	};

	BUILD_BUG_ON(XVCPU_A_REASON_TIMED + ARRAY_SIZE(value) !=
		     XVCPU_A_REASON_HISTOGRAM);
	if (!value[0])
		return 0;
	if (msg_put_u64s(skb, XVCPU_A_REASON_PAD, XVCPU_A_REASON_TIMED, value,
			 ARRAY_SIZE(value)))
		return -EMSGSIZE;
	return put_histogram(skb, times);
}

static int put_reason(struct sk_buff *skb, u32 number, u64 count,
		      const struct xvcpu_times *times)
{
	struct nlattr *nest = nla_nest_start(skb, XVCPU_A_STATS_REASON);

	if (!nest || nla_put_u32(skb, XVCPU_A_REASON_NUMBER, number) ||
	    nla_put_u64_64bit(skb, XVCPU_A_REASON_COUNT, count,
			      XVCPU_A_REASON_PAD) ||
	    put_times(skb, times))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_reasons(struct sk_buff *skb,
		       const struct xvcpu_stats_copy *stats)
{
	int i;

	for (i = 0; i < XVCPU_STATS_REASONS; i++) {
		if (stats->exits[i] &&
		    put_reason(skb, i, stats->exits[i], &stats->times[i]))
			return -EMSGSIZE;
	}
	return 0;
}

static int put_stats_counters(struct sk_buff *skb,
			      const struct picture *picture)
{
	const struct xvcpu_binding_info *binding = &picture->snap.binding;
	const struct xvcpu_stats_copy *stats = &picture->stats;
	const u64 *counted = stats->counts.nr;
	const u64 value[] = {
		binding->entries,
		picture->snap.exits,
		binding->migrations,
		stats->interrupts,
		stats->nmis,
		stats->exceptions,
		binding->vmptrld,
		binding->vmclear,
		counted[XVCPU_COUNTED_VMREAD],
		counted[XVCPU_COUNTED_VMWRITE],
		counted[XVCPU_COUNTED_WRMSR],
		counted[XVCPU_COUNTED_CR_WRITE],
		counted[XVCPU_COUNTED_XCR_WRITE],
		counted[XVCPU_COUNTED_VMPTRLD],
	};
	int nr = ARRAY_SIZE(value);

	BUILD_BUG_ON(XVCPU_A_STATS_COUNTER_ENTRIES + ARRAY_SIZE(value) - 1 !=
		     XVCPU_A_STATS_COUNTER_MAX);
	if (!XVCPU_COUNTS)
		nr -= XVCPU_COUNTED_NR;
	return msg_put_counters(skb, XVCPU_A_STATS_COUNTERS,
				XVCPU_A_STATS_COUNTER_PAD,
				XVCPU_A_STATS_COUNTER_ENTRIES, value, nr);
}

static int fill_stats(struct sk_buff *skb, const struct picture *picture)
{
	const struct xvcpu_vcpu_snapshot *snap = &picture->snap;

	if (nla_put_u32(skb, XVCPU_A_STATS_KEY, snap->key) ||
	    nla_put_u32(skb, XVCPU_A_STATS_VM, snap->vm) ||
	    nla_put_u32(skb, XVCPU_A_STATS_ID, snap->id) ||
	    msg_put_flag_if(skb, XVCPU_A_STATS_TIMING,
			    xvcpu_stats_is_timing()) ||
	    put_stats_counters(skb, picture))
		return -EMSGSIZE;
	return put_reasons(skb, &picture->stats);
}

static int check_privilege(const struct sk_buff *request,
			   struct netlink_ext_ack *extack)
{
	if (msg_may_see_stats(request))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "statistics need CAP_PERFMON: of a vCPU of one's own read KVM_GET_STATS_FD");
	return -EPERM;
}

static int reply_stats(struct genl_info *info, const struct picture *picture)
{
	struct sk_buff *skb;
	void *header;

	skb = msg_reply_begin_size(info, XVCPU_CMD_STATS_GET, &header,
				   XVCPU_STATS_MESSAGE);
	if (!skb)
		return -ENOMEM;
	return msg_reply_end(info, skb, header, fill_stats(skb, picture));
}

static int get_by_key(struct genl_info *info, struct nlattr *key,
		      struct picture *picture)
{
	if (xvcpu_vcpu_list_next_stats(nla_get_u32(key), &picture->snap,
				       &picture->stats) ||
	    picture->snap.key != nla_get_u32(key)) {
		NL_SET_ERR_MSG_ATTR(info->extack, key,
				    "no such vCPU: dump them to see which there are");
		return -ENOENT;
	}
	return reply_stats(info, picture);
}

int xvcpu_netlink_stats_get(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *key = info->attrs[XVCPU_A_STATS_KEY];
	struct picture *picture;
	int err = check_privilege(request, info->extack);

	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, XVCPU_A_STATS_KEY)) {
		GENL_SET_ERR_MSG(info, "name a vCPU by key, or dump them all");
		return -EINVAL;
	}
	picture = kvzalloc(sizeof(*picture), GFP_KERNEL_ACCOUNT);
	if (!picture)
		return -ENOMEM;
	err = get_by_key(info, key, picture);
	kvfree(picture);
	return err;
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct picture *picture)
{
	void *header = msg_dump_begin(skb, cb, XVCPU_CMD_STATS_GET);

	if (!header)
		return -EMSGSIZE;
	return msg_dump_end(skb, header, fill_stats(skb, picture));
}

/* Dump the vCPUs from where the last buffer ended until this one is full. */
int xvcpu_netlink_stats_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct msg_dump *dump = msg_dump_of(cb);
	struct picture *picture;
	int err = 0;

	picture = kvzalloc(sizeof(*picture), GFP_KERNEL_ACCOUNT);
	if (!picture)
		return -ENOMEM;
	while (dump->next <= U32_MAX &&
	       !xvcpu_vcpu_list_next_stats(dump->next, &picture->snap,
					   &picture->stats)) {
		err = dump_one(skb, cb, picture);
		if (err)
			break;
		dump->next = (u64)picture->snap.key + 1;
	}
	kvfree(picture);
	return skb->len ?: err;
}

const struct nla_policy xvcpu_netlink_stats_policy[] = {
	[XVCPU_A_STATS_KEY] = { .type = NLA_U32 },
};

/* One reason with all that it may have. */
#define REASON_SIZE	(NLA_HDRLEN + nla_total_size(sizeof(u32)) +	\
			 5 * nla_total_size_64bit(sizeof(u64)) +	\
			 nla_total_size(XVCPU_STATS_BUCKETS * sizeof(u64)))

int xvcpu_netlink_stats_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[ARRAY_SIZE(xvcpu_netlink_stats_policy)];
	int err = check_privilege(cb->skb, cb->extack);

	BUILD_BUG_ON(XVCPU_STATS_REASONS * REASON_SIZE >
		     XVCPU_STATS_MESSAGE - 1024);
	if (err)
		return err;
	err = genlmsg_parse(cb->nlh, &xvcpu_netlink_family, attrs,
			    ARRAY_SIZE(attrs) - 1, xvcpu_netlink_stats_policy,
			    cb->extack);
	if (err)
		return err;
	if (attrs[XVCPU_A_STATS_KEY]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[XVCPU_A_STATS_KEY],
				    "a dump of statistics takes no key");
		return -EINVAL;
	}
	/* A vCPU must fit, whatever its guest does. */
	cb->min_dump_alloc = XVCPU_STATS_MESSAGE;
	return 0;
}
