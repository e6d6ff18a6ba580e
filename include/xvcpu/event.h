/* SPDX-License-Identifier: GPL-2.0 */
/* Events: what the next VM entry delivers to the guest. */
#ifndef _XVCPU_EVENT_H
#define _XVCPU_EVENT_H

#include <linux/kvm.h>
#include <linux/types.h>
#include <asm/vmx.h>
#include <xvcpu/vcpu.h>

/* XVCPU_EVENT_NO_ERROR - for an exception that has no error code */
#define XVCPU_EVENT_NO_ERROR	(-1)

void xvcpu_event_queue_exception(struct xvcpu_vcpu *vcpu, u8 vector,
				 int error);
void xvcpu_event_queue_pf(struct xvcpu_vcpu *vcpu, u64 address, u32 error);
void xvcpu_event_recover(struct xvcpu_vcpu *vcpu);
void xvcpu_event_inject(struct xvcpu_vcpu *vcpu);
void xvcpu_event_set(struct xvcpu_vcpu *vcpu, u32 type, u8 vector);
void xvcpu_event_drop_fresh(struct xvcpu_vcpu *vcpu);
void xvcpu_event_get_state(const struct xvcpu_vcpu *vcpu,
			   struct kvm_vcpu_events *out);
int xvcpu_event_set_state(struct xvcpu_vcpu *vcpu,
			  const struct kvm_vcpu_events *in);

/* Whether the next VM entry delivers an event of this INTR_TYPE_*. */
static inline bool xvcpu_event_is(const struct xvcpu_vcpu *vcpu, u32 type)
{
	return (vcpu->event.info & INTR_INFO_VALID_MASK) &&
	       (vcpu->event.info & INTR_INFO_INTR_TYPE_MASK) == type;
}

#endif /* _XVCPU_EVENT_H */
