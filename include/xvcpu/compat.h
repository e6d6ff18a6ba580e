/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the module builds for, and nothing else.
 */
#ifndef _XVCPU_COMPAT_H
#define _XVCPU_COMPAT_H

#include <linux/cpu.h>
#include <linux/kvm.h>
#include <linux/version.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>
/* Does not stand alone before 6.2. */
#include <asm/debugreg.h>
#include <asm/vmx.h>

/* Its name before 6.8. */
#ifndef SECONDARY_EXEC_ENABLE_XSAVES
#define SECONDARY_EXEC_ENABLE_XSAVES	SECONDARY_EXEC_XSAVES
#endif

/* Where a hypercall's exit says that it came from 64-bit code. */
#ifdef KVM_EXIT_HYPERCALL_LONG_MODE
#define xvcpu_hypercall_long	flags
#else
#define xvcpu_hypercall_long	longmode
#endif

/* The kernel's own view of struct kvm_run hides it from careless readers. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define xvcpu_immediate_exit	immediate_exit__unsafe
#else
#define xvcpu_immediate_exit	immediate_exit
#endif

/* Whether the host's kernel wants barriers between what does not trust each other. */
static inline bool xvcpu_host_uses_ibpb(void)
{
#ifdef X86_FEATURE_USE_IBPB
	return boot_cpu_has(X86_FEATURE_USE_IBPB);
#else
	return boot_cpu_has(X86_FEATURE_IBPB) && !cpu_mitigations_off();
#endif
}

#endif /* _XVCPU_COMPAT_H */
