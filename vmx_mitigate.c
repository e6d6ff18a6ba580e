// SPDX-License-Identifier: GPL-2.0
/*
 * What keeps the host's secrets from a guest that speculates, besides what the
 * world switch does (vmx_entry.S), as the host's kernel has chosen it:
 *
 *  - the first level of the data cache is flushed before a VM entry after which
 *    the guest could find there what the host has left (L1TF): after everything
 *    but an exit that was handled at once;
 *  - IA32_SPEC_CTRL is the host's: the guest is not offered one of its own;
 *  - what the guest has taught the branch predictors is not for the process that
 *    runs it either (VMSCAPE): the kernel is told, for the way to user mode;
 *  - a branch-prediction barrier stands between two guests on one CPU: that is
 *    where a VMCS becomes current (vmx_percpu.c).
 *
 * Context: load and flush with interrupts off.
 */
#include <xvcpu/mitigate.h>

#include <linux/init.h>
#include <linux/printk.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <xvcpu/compat.h>
#include <xvcpu/counted.h>
#include <xvcpu/vcpu.h>

DEFINE_STATIC_KEY_FALSE(xvcpu_mitigate_l1tf);

/**
 * xvcpu_mitigate_init() - look at what the host's kernel has chosen
 */
void __init xvcpu_mitigate_init(void)
{
	/* The kernel inverts PTEs where the CPU needs it and nobody forbids it. */
	if (!boot_cpu_has(X86_FEATURE_L1TF_PTEINV))
		return;
	if (boot_cpu_has(X86_FEATURE_FLUSH_L1D))
		static_branch_enable(&xvcpu_mitigate_l1tf);
	else
		pr_warn("the CPU is open to L1TF and cannot flush its cache: update its microcode\n");
}

/**
 * xvcpu_mitigate_load() - what a run has to know of the host
 * @vcpu: the vCPU.
 */
void xvcpu_mitigate_load(struct xvcpu_vcpu *vcpu)
{
	u64 value;

	vcpu->flush_l1d = true;
	if (!boot_cpu_has(X86_FEATURE_KERNEL_IBRS))
		return;
	rdmsrl(MSR_IA32_SPEC_CTRL, value);
	vcpu->world.spec_ctrl = value;
}

/**
 * xvcpu_mitigate_put() - the guest has run: what the host is to know of it
 */
void xvcpu_mitigate_put(void)
{
	xvcpu_host_ibpb_before_user();
}

/**
 * xvcpu_mitigate_flush_l1d() - flush the first level of the data cache
 */
void xvcpu_mitigate_flush_l1d(void)
{
	counted_wrmsrl(MSR_IA32_FLUSH_CMD, L1D_FLUSH);
}
