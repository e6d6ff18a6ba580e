/* SPDX-License-Identifier: GPL-2.0 */
/* The run loop. */
#ifndef _XVCPU_RUN_H
#define _XVCPU_RUN_H

struct xvcpu_vcpu;

int xvcpu_run(struct xvcpu_vcpu *vcpu);
void xvcpu_run_kick(struct xvcpu_vcpu *vcpu);

#endif /* _XVCPU_RUN_H */
