/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/xvcpu. */
#ifndef _XVCPU_IOCTL_H
#define _XVCPU_IOCTL_H

int xvcpu_ioctl_init(void);
void xvcpu_ioctl_exit(void);

#endif /* _XVCPU_IOCTL_H */
