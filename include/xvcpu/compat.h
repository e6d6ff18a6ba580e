/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the module builds for, and nothing else.
 */
#ifndef _XVCPU_COMPAT_H
#define _XVCPU_COMPAT_H

#include <linux/version.h>

#endif /* _XVCPU_COMPAT_H */
