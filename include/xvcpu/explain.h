/* SPDX-License-Identifier: GPL-2.0 */
/* Why a VM entry has failed: the latest of each vCPU. */
#ifndef _XVCPU_EXPLAIN_H
#define _XVCPU_EXPLAIN_H

#include <linux/types.h>
#include <xvcpu/check.h>

struct xvcpu_vcpu;

/**
 * struct xvcpu_explain - the latest VM entry that failed
 * @sequence: how many have failed, this one included; 0 if none has.
 * @entries: how many had succeeded.
 * @reason: exit reason, or number of the VM-instruction error.
 * @qualification: exit qualification.
 * @cpu: the CPU.
 * @found: the rules that were broken.
 */
struct xvcpu_explain {
	u64 sequence;
	u64 entries;
	u64 reason;
	u64 qualification;
	int cpu;
	struct xvcpu_check_found found;
};

bool xvcpu_explain_field(u32 field, u64 *value);
void xvcpu_explain_read(const struct xvcpu_vcpu *vcpu,
			struct xvcpu_check_input *in);
void xvcpu_explain_failure(struct xvcpu_vcpu *vcpu, u64 reason);
int xvcpu_explain_get(const struct xvcpu_vcpu *vcpu,
		      struct xvcpu_entry_failure *out);

#endif /* _XVCPU_EXPLAIN_H */
