/* SPDX-License-Identifier: GPL-2.0 */
/* CPUs forget the translations of a VM. */
#ifndef _XVCPU_INVEPT_H
#define _XVCPU_INVEPT_H

struct xvcpu_ept;

void xvcpu_invept(struct xvcpu_ept *ept);
void xvcpu_invept_this_cpu(struct xvcpu_ept *ept);

#endif /* _XVCPU_INVEPT_H */
