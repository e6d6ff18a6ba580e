/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic netlink family: the module, CPUs and vCPUs for those who watch.
 */
#ifndef _XVCPU_NETLINK_H
#define _XVCPU_NETLINK_H

int xvcpu_netlink_init(void);
void xvcpu_netlink_exit(void);

#endif /* _XVCPU_NETLINK_H */
