/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts and NMIs that wait until the guest can take them. */
#ifndef _XVCPU_INTR_H
#define _XVCPU_INTR_H

#include <linux/types.h>
#include <xvcpu/vcpu.h>

int xvcpu_intr_queue(struct xvcpu_vcpu *vcpu, u32 vector);
void xvcpu_intr_queue_nmi(struct xvcpu_vcpu *vcpu);
void xvcpu_intr_wait(struct xvcpu_vcpu *vcpu, u8 vector);
void xvcpu_intr_wait_nmis(struct xvcpu_vcpu *vcpu, u8 nmis);
int xvcpu_intr_pending(const struct xvcpu_vcpu *vcpu);
void xvcpu_intr_drop(struct xvcpu_vcpu *vcpu);
bool xvcpu_intr_ready(const struct xvcpu_vcpu *vcpu);
bool xvcpu_intr_wakes(const struct xvcpu_vcpu *vcpu);
void xvcpu_intr_before_entry(struct xvcpu_vcpu *vcpu);
int xvcpu_intr_window(struct xvcpu_vcpu *vcpu);
int xvcpu_intr_nmi_window(struct xvcpu_vcpu *vcpu);
void xvcpu_intr_keep_nmi_blocked(struct xvcpu_vcpu *vcpu);

/**
 * xvcpu_intr_want_window() - whether userspace waits for the interrupt window
 * @vcpu: the vCPU.
 * @wanted: kvm_run.request_interrupt_window.
 */
static inline void xvcpu_intr_want_window(struct xvcpu_vcpu *vcpu,
					  bool wanted)
{
	if (wanted)
		vcpu->waiting.what |= XVCPU_WAIT_USER;
	else
		vcpu->waiting.what &= ~XVCPU_WAIT_USER;
}

#endif /* _XVCPU_INTR_H */
