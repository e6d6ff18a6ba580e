/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the module builds for, and nothing else.
 */
#ifndef _XVCPU_COMPAT_H
#define _XVCPU_COMPAT_H

#include <linux/cpu.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/version.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>
/* Does not stand alone before 6.2. */
#include <asm/debugreg.h>
#include <asm/nospec-branch.h>
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

/* How a guest's memory is got from the process: signals end the wait. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define XVCPU_FOLL_GUEST						\
	(FOLL_HWPOISON | FOLL_INTERRUPTIBLE | FOLL_HONOR_NUMA_FAULT)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define XVCPU_FOLL_GUEST	(FOLL_HWPOISON | FOLL_INTERRUPTIBLE)
#else
#define XVCPU_FOLL_GUEST	FOLL_HWPOISON
#endif

/* What a mapping without pages maps to; mmap_lock is held. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
static inline int xvcpu_follow_pfn(struct vm_area_struct *vma,
				   unsigned long address, unsigned long *pfn,
				   bool *writable)
{
	struct follow_pfnmap_args args = { .vma = vma, .address = address };
	int err = follow_pfnmap_start(&args);

	if (err)
		return err;
	*pfn = args.pfn;
	*writable = args.writable;
	follow_pfnmap_end(&args);
	return 0;
}
#else
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define xvcpu_follow_pte(vma, address, ptep, lock)			\
	follow_pte(vma, address, ptep, lock)
#else
#define xvcpu_follow_pte(vma, address, ptep, lock)			\
	follow_pte((vma)->vm_mm, address, ptep, lock)
#endif

static inline int xvcpu_follow_pfn(struct vm_area_struct *vma,
				   unsigned long address, unsigned long *pfn,
				   bool *writable)
{
	spinlock_t *lock;
	pte_t *ptep;
	int err = xvcpu_follow_pte(vma, address, &ptep, &lock);

	if (err)
		return err;
	*pfn = pte_pfn(READ_ONCE(*ptep));
	*writable = pte_write(READ_ONCE(*ptep));
	pte_unmap_unlock(ptep, lock);
	return 0;
}
#endif

/*
 * Whoever runs in user mode after a guest is not to use its branch predictions:
 * the kernel sees to it on the way there.
 */
static inline void xvcpu_host_ibpb_before_user(void)
{
#ifdef X86_FEATURE_IBPB_EXIT_TO_USER
	if (boot_cpu_has(X86_FEATURE_IBPB_EXIT_TO_USER))
		this_cpu_write(x86_ibpb_exit_to_user, true);
#endif
}

#endif /* _XVCPU_COMPAT_H */
