/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside the library: requests to the family "xvcpu", and attributes of its
 * messages.
 */
#ifndef XVCPU_NL_REQUEST_H
#define XVCPU_NL_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/genl/genl.h>

#include "xvcpu_nl.h"

#define NO_ATTR	0

typedef void (*parse_fn)(struct nlmsghdr *message, void *arg);

/**
 * struct xvcpu_nl_request - one request and what has come back
 * @nl: the connection.
 * @cmd: an enum xvcpu_cmd.
 * @dump: ask for all objects.
 * @id_attr: attribute that names one object, or NO_ATTR.
 * @id: its value.
 * @flag_attr: attribute that is a flag, or NO_ATTR.
 * @parse: is called with each message.
 * @arg: is handed to it.
 * @done: nothing more will come.
 * @err: negative errno of the kernel, or 0.
 */
struct xvcpu_nl_request {
	struct xvcpu_nl *nl;
	uint8_t cmd;
	bool dump;
	int id_attr;
	uint32_t id;
	int flag_attr;
	parse_fn parse;
	void *arg;
	bool done;
	int err;
};

/* Send a request and wait until it is answered in full. */
int xvcpu_nl_perform(struct xvcpu_nl_request *req);

/* The errno that an error of libnl's stands for. */
int xvcpu_nl_errno(int nl_err);

/* An attribute of a kernel that is younger or older may be of another size. */
static inline uint32_t get_u32(struct nlattr *attr)
{
	return attr && nla_len(attr) == sizeof(uint32_t) ? nla_get_u32(attr) :
							    0;
}

static inline uint64_t get_u64(struct nlattr *attr)
{
	return attr && nla_len(attr) == sizeof(uint64_t) ? nla_get_u64(attr) :
							    0;
}

static inline int get_cpu(struct nlattr *attr)
{
	return attr ? (int)get_u32(attr) : XVCPU_CPU_NONE;
}

static inline void get_string(char *string, struct nlattr *attr)
{
	string[0] = '\0';
	if (attr)
		nla_strlcpy(string, attr, XVCPU_NL_STRING);
}

/* Attributes that occur many times are walked to, not looked up. */
#define for_each_attr(attr, message, rem) \
	nla_for_each_attr(attr, genlmsg_attrdata(nlmsg_data(message), 0), \
			  genlmsg_attrlen(nlmsg_data(message), 0), rem)

#endif /* XVCPU_NL_REQUEST_H */
