/* SPDX-License-Identifier: GPL-2.0 */
/* What CPUID tells the guest. */
#ifndef _XVCPU_CPUID_H
#define _XVCPU_CPUID_H

#include <linux/kvm.h>
#include <linux/types.h>

struct xvcpu_vcpu;

/* XVCPU_CPUID_MAX - more entries than this nobody needs */
#define XVCPU_CPUID_MAX		256

/* What the guest's CPUID says of one feature; see vmx_cpuid.c. */
enum xvcpu_feature {
	XVCPU_NEEDS_NOTHING,
	XVCPU_HAS_XSAVE,
	XVCPU_HAS_PCID,
	XVCPU_HAS_FSGSBASE,
	XVCPU_HAS_SMEP,
	XVCPU_HAS_SMAP,
	XVCPU_HAS_UMIP,
	XVCPU_HAS_NX,
	XVCPU_HAS_LM,
	XVCPU_HAS_SYSCALL,
	XVCPU_HAS_RDTSCP,
	XVCPU_HAS_RDPID,
	XVCPU_HAS_TSC_ADJUST,
	XVCPU_HAS_MTRR,
	XVCPU_HAS_MCA,
	XVCPU_HAS_PAT,
	XVCPU_HAS_PDCM,
	XVCPU_HAS_XSAVES,
};

int xvcpu_cpuid_supported(struct kvm_cpuid_entry2 *entries, u32 *nent);
int xvcpu_cpuid_set(struct xvcpu_vcpu *vcpu, struct kvm_cpuid_entry2 *entries,
		    u32 nent);
bool xvcpu_cpuid_has(const struct xvcpu_vcpu *vcpu, enum xvcpu_feature feature);
void xvcpu_cpuid_create(struct xvcpu_vcpu *vcpu);
u64 xvcpu_cpuid_xcr0(const struct xvcpu_vcpu *vcpu);
void xvcpu_cpuid_xsave_component(int i, u32 *size, u32 *offset);
u32 xvcpu_cpuid_xsave_size(u64 xcr0, bool compacted);
int xvcpu_cpuid_exit(struct xvcpu_vcpu *vcpu);

#endif /* _XVCPU_CPUID_H */
