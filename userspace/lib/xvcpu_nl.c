// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family "xvcpu": requests go out, messages come back and are
 * handed on one by one.
 */
#include "xvcpu_nl_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <netlink/socket.h>
#include <netlink/genl/ctrl.h>

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

int xvcpu_nl_errno(int nl_err)
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
		return xvcpu_nl_errno(err);
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
	struct xvcpu_nl_request *req = arg;
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
	struct xvcpu_nl_request *req = arg;

	(void)msg;
	req->done = true;
	return NL_STOP;
}

/* The end of a dump carries an errno, and a sentence if that is not 0. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *message = nlmsg_hdr(msg);
	struct xvcpu_nl_request *req = arg;
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
	const struct xvcpu_nl_request *req = arg;

	req->parse(nlmsg_hdr(msg), req->arg);
	return NL_OK;
}

static int put_attributes(struct nl_msg *msg, const struct xvcpu_nl_request *req)
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

static int send_request(const struct xvcpu_nl_request *req)
{
	struct nl_msg *msg = nlmsg_alloc();
	int err;

	if (!msg)
		return -ENOMEM;
	err = put_attributes(msg, req);
	if (!err) {
		err = nl_send_auto(req->nl->sock, msg);
		err = err < 0 ? xvcpu_nl_errno(err) : 0;
	}
	nlmsg_free(msg);
	return err;
}

static int receive(struct xvcpu_nl_request *req, struct nl_cb *cb)
{
	int err;

	while (!req->done) {
		err = nl_recvmsgs(req->nl->sock, cb);
		if (err < 0 && !req->done)
			return xvcpu_nl_errno(err);
	}
	return req->err;
}

int xvcpu_nl_perform(struct xvcpu_nl_request *req)
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
