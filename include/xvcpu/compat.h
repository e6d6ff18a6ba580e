/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the module builds for, and nothing else.
 */
#ifndef _XVCPU_COMPAT_H
#define _XVCPU_COMPAT_H

#ifdef __ASSEMBLER__

#include <linux/version.h>
#include <asm/alternative.h>
#include <asm/cpufeatures.h>
#include <asm/nospec-branch.h>

/* After a VM exit; where the kernel's own code for it is KVM's alone, ours. */
.macro XVCPU_CLEAR_BRANCH_HISTORY
#ifdef X86_FEATURE_CLEAR_BHB_VMEXIT
	ALTERNATIVE "", "call xvcpu_clear_bhb", X86_FEATURE_CLEAR_BHB_VMEXIT
#else
	CLEAR_BRANCH_HISTORY_VMEXIT
#endif
.endm

#else /* !__ASSEMBLER__ */

#include <linux/cpu.h>
#include <linux/hw_breakpoint.h>
#include <linux/kvm.h>
#include <linux/kvm_types.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/perf_event.h>
#include <linux/pgtable.h>
#include <linux/skbuff.h>
#include <linux/syscore_ops.h>
#include <linux/version.h>
#include <net/genetlink.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/tlbflush.h>
/* Does not stand alone before 6.2. */
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/e820/api.h>
#include <asm/nospec-branch.h>
#include <asm/vmx.h>

/* Their place since 6.16. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#include <asm/cpuid/api.h>
#endif

/* Their names before 6.16. */
#ifndef rdmsrl
#define rdmsrl(msr, value)	rdmsrq(msr, value)
#define wrmsrl(msr, value)	wrmsrq(msr, value)
#define rdmsrl_safe(msr, value)	rdmsrq_safe(msr, value)
#define wrmsrl_safe(msr, value)	wrmsrq_safe(msr, value)
#endif

/* Its name before 6.8. */
#ifndef SECONDARY_EXEC_ENABLE_XSAVES
#define SECONDARY_EXEC_ENABLE_XSAVES	SECONDARY_EXEC_XSAVES
#endif

/* Unknown before 6.10: the VMCS field for #VE, and its control. */
#ifndef SECONDARY_EXEC_EPT_VIOLATION_VE
#define SECONDARY_EXEC_EPT_VIOLATION_VE	BIT(18)
enum { VE_INFORMATION_ADDRESS = 0x202a };
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

/*
 * CR4.VMXE has to be in the kernel's own copy of CR4. Kernels that have exports for
 * KVM alone let nobody else change that (7.2 does).
 */
#ifdef EXPORT_SYMBOL_FOR_KVM
#define XVCPU_HOST_LETS_ENTER	false

static inline void xvcpu_host_set_vmxe(bool on)
{
}

static inline void xvcpu_host_handle_pt(bool vmx)
{
}

/* The host's breakpoints, if any is in use. */
static inline void xvcpu_host_save_breakpoints(unsigned long *dr)
{
	if (!hw_breakpoint_active())
		return;
	get_debugreg(dr[0], 0);
	get_debugreg(dr[1], 1);
	get_debugreg(dr[2], 2);
	get_debugreg(dr[3], 3);
}

static inline void xvcpu_host_restore_breakpoints(const unsigned long *dr)
{
	set_debugreg(dr[0], 0);
	set_debugreg(dr[1], 1);
	set_debugreg(dr[2], 2);
	set_debugreg(dr[3], 3);
	set_debugreg(DR6_RESERVED, 6);
	set_debugreg(this_cpu_read(cpu_dr7), 7);
}

/* It cannot be asked: memory that mem= hides is mapped uncached. */
static inline bool xvcpu_host_is_hidden_ram(unsigned long pfn)
{
	return false;
}
#else
#define XVCPU_HOST_LETS_ENTER	true

static inline void xvcpu_host_handle_pt(bool vmx)
{
	intel_pt_handle_vmx(vmx);
}

/* The kernel has a copy of them. */
static inline void xvcpu_host_save_breakpoints(unsigned long *dr)
{
}

static inline void xvcpu_host_restore_breakpoints(const unsigned long *dr)
{
	hw_breakpoint_restore();
}

static inline bool xvcpu_host_is_hidden_ram(unsigned long pfn)
{
	return e820__mapped_raw_any(PFN_PHYS(pfn), PFN_PHYS(pfn + 1) - 1,
				    E820_TYPE_RAM);
}

static inline void xvcpu_host_set_vmxe(bool on)
{
	if (on)
		cr4_set_bits_irqsoff(X86_CR4_VMXE);
	else
		cr4_clear_bits_irqsoff(X86_CR4_VMXE);
}
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

/* Whether it clears buffers before a guest only if that can reach a device. */
static inline bool xvcpu_host_clears_for_mmio(void)
{
#ifdef X86_FEATURE_CLEAR_CPU_BUF_VM_MMIO
	return cpu_feature_enabled(X86_FEATURE_CLEAR_CPU_BUF_VM_MMIO);
#else
	return static_branch_unlikely(&mmio_stale_data_clear);
#endif
}

/* Linear-address masking, which kernels before 6.2 do not know. */
static inline bool xvcpu_host_has_lam(void)
{
#ifdef X86_FEATURE_LAM
	return boot_cpu_has(X86_FEATURE_LAM);
#else
	return false;
#endif
}

/* What an MMU notifier says of a page's age: int, or bool. */
#define xvcpu_young_t							\
	typeof(((struct mmu_notifier_ops *)NULL)->test_young(NULL, NULL, 0))

/* Sleep and wake-up of the last CPU that runs. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define XVCPU_SYSCORE_ARG	void *data
#define XVCPU_SYSCORE(name, sleep, wake)				\
	static const struct syscore_ops name##_ops = {			\
		.suspend = sleep,					\
		.resume = wake,						\
	};								\
	static struct syscore name = { .ops = &name##_ops }
#define xvcpu_register_syscore(syscore)		register_syscore(syscore)
#define xvcpu_unregister_syscore(syscore)	unregister_syscore(syscore)
#else
#define XVCPU_SYSCORE_ARG	void
#define XVCPU_SYSCORE(name, sleep, wake)				\
	static struct syscore_ops name = {				\
		.suspend = sleep,					\
		.resume = wake,						\
	}
#define xvcpu_register_syscore(ops)	register_syscore_ops(ops)
#define xvcpu_unregister_syscore(ops)	unregister_syscore_ops(ops)
#endif

/*
 * To those listeners of the initial network namespace that @deaf, which says 1,
 * does not leave out. Before 6.8 it is not asked.
 */
static inline int xvcpu_multicast(const struct genl_family *family,
				  struct sk_buff *skb, unsigned int group,
				  int (*deaf)(struct sock *, struct sk_buff *,
					      void *))
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	return genlmsg_multicast_netns_filtered(family, &init_net, skb, 0,
						group, GFP_KERNEL, deaf, NULL);
#else
	return genlmsg_multicast(family, skb, 0, group, GFP_KERNEL);
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

/* The thread has to be slowed down on its way to user mode, for it has too much memory. */
static inline bool xvcpu_host_over_memory_high(void)
{
#ifdef CONFIG_MEMCG
	return READ_ONCE(current->memcg_nr_pages_over_high);
#else
	return false;
#endif
}

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

#endif /* !__ASSEMBLER__ */

#endif /* _XVCPU_COMPAT_H */
