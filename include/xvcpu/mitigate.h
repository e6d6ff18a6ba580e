/* SPDX-License-Identifier: GPL-2.0 */
/* What keeps the host's secrets from a guest that speculates. */
#ifndef _XVCPU_MITIGATE_H
#define _XVCPU_MITIGATE_H

#include <linux/jump_label.h>

struct xvcpu_vcpu;

DECLARE_STATIC_KEY_FALSE(xvcpu_mitigate_l1tf);

void xvcpu_mitigate_init(void);
void xvcpu_mitigate_load(struct xvcpu_vcpu *vcpu);
void xvcpu_mitigate_put(void);
void xvcpu_mitigate_flush_l1d(void);

#endif /* _XVCPU_MITIGATE_H */
