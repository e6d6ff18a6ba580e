/* SPDX-License-Identifier: GPL-2.0 */
/* Events: what the next VM entry delivers to the guest. */
#ifndef _XVCPU_EVENT_H
#define _XVCPU_EVENT_H

#include <linux/types.h>

struct xvcpu_vcpu;

/* XVCPU_EVENT_NO_ERROR - for an exception that has no error code */
#define XVCPU_EVENT_NO_ERROR	(-1)

void xvcpu_event_queue_exception(struct xvcpu_vcpu *vcpu, u8 vector,
				 int error);
void xvcpu_event_queue_pf(struct xvcpu_vcpu *vcpu, u64 address, u32 error);
void xvcpu_event_recover(struct xvcpu_vcpu *vcpu);
void xvcpu_event_inject(struct xvcpu_vcpu *vcpu);

#endif /* _XVCPU_EVENT_H */
