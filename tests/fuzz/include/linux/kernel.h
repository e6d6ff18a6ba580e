/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_LINUX_KERNEL_H
#define FUZZ_LINUX_KERNEL_H

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#endif /* FUZZ_LINUX_KERNEL_H */
