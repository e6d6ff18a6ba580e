/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs that come and go, sleep and reboot, for the machine the module runs on.
 */
#ifndef _XVCPU_POWER_H
#define _XVCPU_POWER_H

#include <uapi/linux/xvcpu_netlink.h>

int xvcpu_power_init(enum xvcpu_policy policy);
void xvcpu_power_exit(void);

#endif /* _XVCPU_POWER_H */
