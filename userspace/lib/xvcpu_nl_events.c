// SPDX-License-Identifier: GPL-2.0
/*
 * Events: a socket of their own, on which nothing is asked.
 */
#define _GNU_SOURCE
#include "xvcpu_nl_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netlink/errno.h>
#include <netlink/socket.h>
#include <netlink/genl/ctrl.h>

/* Some thousand events, and one datagram. */
#define SOCKET_BUFFER	0x200000
#define DATAGRAM	8192

/**
 * struct xvcpu_nl_events - a subscription
 * @sock: the socket.
 * @family: number of the family.
 * @seq: number of the latest event, 0 if there was none.
 * @lost: how many were lost.
 */
struct xvcpu_nl_events {
	struct nl_sock *sock;
	int family;
	uint64_t seq;
	uint64_t lost;
};

/* More than the default: who may listen may have it. */
static void enlarge_buffer(struct nl_sock *sock)
{
	int size = SOCKET_BUFFER;

	setsockopt(nl_socket_get_fd(sock), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		   sizeof(size));
}

static int join(struct xvcpu_nl_events *events)
{
	int err = genl_connect(events->sock);
	int group;

	if (err)
		return xvcpu_nl_errno(err);
	events->family = genl_ctrl_resolve(events->sock, XVCPU_GENL_NAME);
	if (events->family < 0)
		return xvcpu_nl_errno(events->family);
	group = genl_ctrl_resolve_grp(events->sock, XVCPU_GENL_NAME,
				      XVCPU_MCGRP_EVENTS);
	if (group < 0)
		return xvcpu_nl_errno(group);
	enlarge_buffer(events->sock);
	err = nl_socket_add_membership(events->sock, group);
	return err ? xvcpu_nl_errno(err) : 0;
}

int xvcpu_nl_events_open(struct xvcpu_nl_events **events)
{
	struct xvcpu_nl_events *new = calloc(1, sizeof(*new));
	int err = -ENOMEM;

	*events = NULL;
	if (!new)
		return -ENOMEM;
	new->sock = nl_socket_alloc();
	if (new->sock)
		err = join(new);
	if (err)
		xvcpu_nl_events_close(new);
	else
		*events = new;
	return err;
}

void xvcpu_nl_events_close(struct xvcpu_nl_events *events)
{
	if (!events)
		return;
	nl_socket_free(events->sock);
	free(events);
}

int xvcpu_nl_events_fd(const struct xvcpu_nl_events *events)
{
	return nl_socket_get_fd(events->sock);
}

uint64_t xvcpu_nl_events_lost(const struct xvcpu_nl_events *events)
{
	return events->lost;
}

/* Of the numbers that were passed over, whoever lost them. */
static uint64_t count_lost(struct xvcpu_nl_events *events, uint32_t kind,
			   uint64_t seq)
{
	uint64_t lost = 0;

	if (events->seq && seq > events->seq)
		lost = seq - events->seq - (kind != XVCPU_EVENT_LOST);
	events->seq = seq;
	events->lost += lost;
	return lost;
}

static int parse_event(struct xvcpu_nl_events *events, struct nlmsghdr *message,
		       struct xvcpu_event_info *event)
{
	struct nlattr *tb[XVCPU_A_EVENT_MAX + 1];

	if (genlmsg_parse(message, 0, tb, XVCPU_A_EVENT_MAX, NULL) ||
	    !tb[XVCPU_A_EVENT_KIND])
		return -EINVAL;
	event->kind = get_u32(tb[XVCPU_A_EVENT_KIND]);
	event->seq = get_u64(tb[XVCPU_A_EVENT_SEQ]);
	event->time_ns = get_u64(tb[XVCPU_A_EVENT_TIME_NS]);
	event->cpu = get_cpu(tb[XVCPU_A_EVENT_CPU]);
	event->from_cpu = get_cpu(tb[XVCPU_A_EVENT_FROM_CPU]);
	event->vm = get_u32(tb[XVCPU_A_EVENT_VM]);
	event->vcpu = get_u32(tb[XVCPU_A_EVENT_VCPU]);
	event->id = get_u32(tb[XVCPU_A_EVENT_ID]);
	event->tgid = get_u32(tb[XVCPU_A_EVENT_TGID]);
	event->error = get_u32(tb[XVCPU_A_EVENT_ERROR]);
	event->reason = get_u64(tb[XVCPU_A_EVENT_REASON]);
	event->lost = count_lost(events, event->kind, event->seq);
	return 0;
}

/* One datagram; the number of events in it. */
static int hand_on(struct xvcpu_nl_events *events, void *data, int len,
		   xvcpu_event_fn fn, void *arg)
{
	struct nlmsghdr *message = data;
	struct xvcpu_event_info event;
	int nr = 0;

	for (; nlmsg_ok(message, len); message = nlmsg_next(message, &len)) {
		if (message->nlmsg_type != events->family ||
		    parse_event(events, message, &event))
			continue;
		fn(&event, arg);
		nr++;
	}
	return nr;
}

int xvcpu_nl_events_read(struct xvcpu_nl_events *events, xvcpu_event_fn fn,
			 void *arg)
{
	int fd = xvcpu_nl_events_fd(events);
	char data[DATAGRAM] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t len;
	int nr = 0;

	for (;;) {
		len = recv(fd, data, sizeof(data), MSG_DONTWAIT);
		if (len >= 0)
			nr += hand_on(events, data, len, fn, arg);
		else if (errno == EAGAIN)
			return nr;
		else if (errno != EINTR && errno != ENOBUFS)
			return -EIO;
	}
}
