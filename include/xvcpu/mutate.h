/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VM entries with fields of the VMCS changed because a test wants to know whether
 * the processor takes them, on kernels that are built for fault injection;
 * elsewhere nothing is left of it.
 */
#ifndef _XVCPU_MUTATE_H
#define _XVCPU_MUTATE_H

#include <linux/kconfig.h>
#include <linux/types.h>

struct xvcpu_vcpu;

#if IS_ENABLED(CONFIG_FAULT_INJECTION_DEBUG_FS)
int xvcpu_mutate_init(void);
void xvcpu_mutate_exit(void);
bool xvcpu_mutate_wants(const struct xvcpu_vcpu *vcpu);
bool xvcpu_mutate_begin(struct xvcpu_vcpu *vcpu);
void xvcpu_mutate_end(struct xvcpu_vcpu *vcpu, bool failed);
#else
static inline int xvcpu_mutate_init(void)
{
	return 0;
}

static inline void xvcpu_mutate_exit(void)
{
}

static inline bool xvcpu_mutate_wants(const struct xvcpu_vcpu *vcpu)
{
	return false;
}

static inline bool xvcpu_mutate_begin(struct xvcpu_vcpu *vcpu)
{
	return false;
}

static inline void xvcpu_mutate_end(struct xvcpu_vcpu *vcpu, bool failed)
{
}
#endif

#endif /* _XVCPU_MUTATE_H */
