/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The end of a kernel that has crashed: out of VMX root operation, so that the
 * next one can start.
 */
#ifndef _XVCPU_EMERGENCY_H
#define _XVCPU_EMERGENCY_H

int xvcpu_emergency_init(void);
void xvcpu_emergency_exit(void);

#endif /* _XVCPU_EMERGENCY_H */
