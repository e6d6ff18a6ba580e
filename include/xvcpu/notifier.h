/* SPDX-License-Identifier: GPL-2.0 */
/* The MMU notifier: process memory that changes. */
#ifndef _XVCPU_NOTIFIER_H
#define _XVCPU_NOTIFIER_H

#include <linux/types.h>

struct mmu_notifier_ops;
struct xvcpu_vm;

extern const struct mmu_notifier_ops xvcpu_notifier_ops;

bool xvcpu_notifier_retry(const struct xvcpu_vm *vm, unsigned long start,
			  unsigned long end, unsigned long sequence);

#endif /* _XVCPU_NOTIFIER_H */
