/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a debug kernel checks of VMCSs and CPUs: that none is current on two CPUs,
 * that the processor's idea of the current one is ours, that none outlives its
 * vCPU on any CPU. Nothing that userspace or a guest does can break it; a kernel
 * without CONFIG_PROVE_LOCKING has nothing of it.
 */
#ifndef _XVCPU_AUDIT_H
#define _XVCPU_AUDIT_H

#include <linux/bug.h>
#include <linux/kconfig.h>

struct vmx_loaded;
struct vmx_root;

const char *xvcpu_audit_broken_current(const struct vmx_root *root,
				       const struct vmx_loaded *loaded);
const char *xvcpu_audit_broken_gone(const struct vmx_root *root,
				    const struct vmx_loaded *loaded);

static inline void xvcpu_audit_say(const char *broken)
{
	WARN_ONCE(broken, "xvcpu: %s\n", broken);
}

/* @loaded is current here: interrupts off. */
static inline void xvcpu_audit_current(const struct vmx_root *root,
				       const struct vmx_loaded *loaded)
{
	if (IS_ENABLED(CONFIG_PROVE_LOCKING))
		xvcpu_audit_say(xvcpu_audit_broken_current(root, loaded));
}

/* @loaded is loaded nowhere, and nobody may load it. */
static inline void xvcpu_audit_gone(const struct vmx_root *root,
				    const struct vmx_loaded *loaded)
{
	if (IS_ENABLED(CONFIG_PROVE_LOCKING))
		xvcpu_audit_say(xvcpu_audit_broken_gone(root, loaded));
}

#endif /* _XVCPU_AUDIT_H */
