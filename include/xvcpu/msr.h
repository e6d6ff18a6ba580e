/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's model-specific registers. */
#ifndef _XVCPU_MSR_H
#define _XVCPU_MSR_H

#include <linux/types.h>

struct xvcpu_vcpu;

/* XVCPU_MSR_MAX_LISTED - no list of MSRs is longer */
#define XVCPU_MSR_MAX_LISTED	64

int xvcpu_msr_get(struct xvcpu_vcpu *vcpu, u32 index, u64 *value);
int xvcpu_msr_set(struct xvcpu_vcpu *vcpu, u32 index, u64 value);
bool xvcpu_msr_apic_base_valid(const struct xvcpu_vcpu *vcpu, u64 value);
u32 xvcpu_msr_list(u32 *indices);
u32 xvcpu_msr_list_features(u32 *indices);
int xvcpu_msr_get_feature(u32 index, u64 *value);
int xvcpu_msr_read_exit(struct xvcpu_vcpu *vcpu);
int xvcpu_msr_write_exit(struct xvcpu_vcpu *vcpu);
void xvcpu_msr_complete(struct xvcpu_vcpu *vcpu);
void xvcpu_msr_follow_filter(struct xvcpu_vcpu *vcpu);

#endif /* _XVCPU_MSR_H */
