/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose VMX root operation it is, before any CPU is looked at.
 */
#ifndef _XVCPU_OWNER_H
#define _XVCPU_OWNER_H

#include <uapi/linux/xvcpu_netlink.h>

int xvcpu_owner_init(enum xvcpu_policy policy);
void xvcpu_owner_exit(void);

#endif /* _XVCPU_OWNER_H */
