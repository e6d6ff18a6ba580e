/* SPDX-License-Identifier: GPL-2.0 */
/* What a run changes of the host besides the FPU, saved and restored. */
#ifndef _XVCPU_HOST_H
#define _XVCPU_HOST_H

struct xvcpu_vcpu;

void xvcpu_host_save(struct xvcpu_vcpu *vcpu);
void xvcpu_host_restore(struct xvcpu_vcpu *vcpu);
void xvcpu_host_bound(struct xvcpu_vcpu *vcpu);
void xvcpu_host_take_interrupts(struct xvcpu_vcpu *vcpu);
void xvcpu_host_before_entry(struct xvcpu_vcpu *vcpu);
void xvcpu_host_change_syscall(struct xvcpu_vcpu *vcpu);
void xvcpu_host_load_debug(struct xvcpu_vcpu *vcpu);

#endif /* _XVCPU_HOST_H */
