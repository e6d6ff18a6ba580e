// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzer's netlink messages: requests of the family "xvcpu" with random
 * commands, flags, attributes and lengths, right ones among them. Now and then
 * somebody begins or ceases to listen to events, or has exits timed.
 */
#define _GNU_SOURCE
#include "fuzz.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/xvcpu_netlink.h>

#include "harness.h"
#include "xvcpu_nl.h"

struct message {
	struct nlmsghdr head;
	struct genlmsghdr genl;
	uint8_t attrs[512];
};

static uint16_t family;
static uint32_t group;

/* --- finding the family --- */

/* The first attribute of a type, or NULL. */
static const struct nlattr *find(const uint8_t *attrs, const uint8_t *end,
				 int type)
{
	const struct nlattr *attr;

	for (; attrs + NLA_HDRLEN <= end; attrs += NLA_ALIGN(attr->nla_len)) {
		attr = (const void *)attrs;
		if (attr->nla_len < NLA_HDRLEN)
			break;
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
	}
	return NULL;
}

static const struct nlattr *find_in(const struct nlattr *nest, int type)
{
	const uint8_t *data = (const uint8_t *)nest;

	REQUIRE(nest);
	return find(data + NLA_HDRLEN, data + nest->nla_len, type);
}

static void find_ids(const uint8_t *attrs, const uint8_t *end)
{
	const struct nlattr *id = find(attrs, end, CTRL_ATTR_FAMILY_ID);

	REQUIRE(id);
	memcpy(&family, id + 1, sizeof(family));
	/* The groups are numbered from 1 on in the nest. */
	id = find_in(find_in(find(attrs, end, CTRL_ATTR_MCAST_GROUPS), 1),
		     CTRL_ATTR_MCAST_GRP_ID);
	REQUIRE(id);
	memcpy(&group, id + 1, sizeof(group));
}

int fuzz_netlink_family(void)
{
	struct message m = {
		.head.nlmsg_type = GENL_ID_CTRL,
		.head.nlmsg_flags = NLM_F_REQUEST,
		.genl = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct nlattr attr = {
		.nla_len = NLA_HDRLEN + sizeof(XVCPU_GENL_NAME),
		.nla_type = CTRL_ATTR_FAMILY_NAME,
	};
	uint8_t answer[4096];
	ssize_t len;

	REQUIRE(fd >= 0);
	memcpy(m.attrs, &attr, sizeof(attr));
	memcpy(m.attrs + NLA_HDRLEN, XVCPU_GENL_NAME, sizeof(XVCPU_GENL_NAME));
	m.head.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(attr.nla_len);
	REQUIRE(send(fd, &m, m.head.nlmsg_len, 0) >= 0);
	len = recv(fd, answer, sizeof(answer), 0);
	close(fd);
	REQUIRE(len > (ssize_t)NLMSG_LENGTH(GENL_HDRLEN));
	find_ids(answer + NLMSG_LENGTH(GENL_HDRLEN), answer + len);
	return family;
}

/* --- messages --- */

static size_t add_attr(struct fuzz_random *random, uint8_t *to)
{
	struct nlattr attr = {
		.nla_type = fuzz_random_below(random, 6),
		.nla_len = NLA_HDRLEN + fuzz_random_below(random, 3) * 4,
	};
	uint64_t value = fuzz_random_percent(random, 70) ?
			 fuzz_random_below(random, 6) :
			 fuzz_random_value(random);
	size_t len = NLA_ALIGN(attr.nla_len);

	if (fuzz_random_percent(random, 10))
		attr.nla_type = fuzz_random_next(random);
	if (fuzz_random_percent(random, 10))
		attr.nla_len = fuzz_random_next(random);
	memcpy(to, &attr, sizeof(attr));
	memcpy(to + NLA_HDRLEN, &value, sizeof(value));
	return len;
}

static size_t make(struct fuzz_random *random, struct message *m)
{
	static const uint16_t flags[] = {
		0, NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP | NLM_F_ACK, NLM_F_ROOT,
	};
	uint32_t n = fuzz_random_below(random, 4);
	size_t len = 0;

	memset(m, 0, sizeof(*m));
	m->head.nlmsg_type = family;
	m->head.nlmsg_flags = NLM_F_REQUEST |
		flags[fuzz_random_below(random, ARRAY_SIZE(flags))];
	m->head.nlmsg_seq = fuzz_random_next(random);
	m->genl.cmd = fuzz_random_below(random, XVCPU_CMD_MAX + 2);
	m->genl.version = fuzz_random_percent(random, 5) ? 77 :
							   XVCPU_GENL_VERSION;
	if (fuzz_random_percent(random, 3))
		m->head.nlmsg_flags = fuzz_random_next(random);
	if (fuzz_random_percent(random, 2))
		fuzz_random_bytes(random, &m->genl, sizeof(m->genl));
	while (n--)
		len += add_attr(random, m->attrs + len);
	if (fuzz_random_percent(random, 5)) {
		len = fuzz_random_below(random, sizeof(m->attrs));
		fuzz_random_bytes(random, m->attrs, len);
	}
	m->head.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + len;
	len = m->head.nlmsg_len;
	if (fuzz_random_percent(random, 5))
		m->head.nlmsg_len = fuzz_random_value(random);
	return fuzz_random_percent(random, 3) ?
	       fuzz_random_below(random, len + 1) : len;
}

/* What a message is answered with, if it is an error. */
static bool error_is_documented(int error)
{
	switch (-error) {
	case 0:
	case EINVAL:		/* attributes */
	case ERANGE:		/* their lengths */
	case ENOENT:		/* no such CPU or vCPU */
	case EOPNOTSUPP:	/* no such command */
	case EBUSY:		/* a dump is under way */
	case EMSGSIZE:
	case ENOBUFS:
	case ENOMEM:
	case EPERM:
		return true;
	}
	return false;
}

static long take_answers(int fd)
{
	uint8_t answer[8192];
	const struct nlmsghdr *head = (const void *)answer;
	struct nlmsgerr error;
	ssize_t len;

	while ((len = recv(fd, answer, sizeof(answer), MSG_DONTWAIT)) > 0) {
		if (len < (ssize_t)NLMSG_LENGTH(sizeof(error)) ||
		    head->nlmsg_type != NLMSG_ERROR)
			continue;
		memcpy(&error, NLMSG_DATA(head), sizeof(error));
		if (!error_is_documented(error.error))
			return error.error;
	}
	return 0;
}

enum { JOIN, LEAVE, TIMING_ON, TIMING_OFF, NOTHING_ELSE = 64 };

static void something_else(int fd, uint32_t what)
{
	switch (what) {
	case JOIN:
		setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			   sizeof(group));
		break;
	case LEAVE:
		setsockopt(fd, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group,
			   sizeof(group));
		break;
	case TIMING_ON:
		host_write(XVCPU_STATS_PARAMETER, "1");
		break;
	case TIMING_OFF:
		host_write(XVCPU_STATS_PARAMETER, "0");
		break;
	}
}

/* 0, or an error that is none of those that a message may be answered with. */
long fuzz_call_netlink(struct fuzz_thread *t)
{
	struct message m;
	size_t len = make(&t->random, &m);
	uint32_t what = fuzz_random_below(&t->random, NOTHING_ELSE);

	if (t->dry)
		return 0;
	something_else(t->netlink, what);
	/* Of nothing at all the kernel says ENODATA. */
	if (send(t->netlink, &m, len, MSG_DONTWAIT) < 0 && errno != EINVAL &&
	    errno != EAGAIN && errno != EINTR && errno != ENOBUFS &&
	    errno != ENODATA)
		return -errno;
	return take_answers(t->netlink);
}
