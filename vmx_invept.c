// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs forget the translations of a VM.
 *
 * Locking: none of its own.
 */
#include <xvcpu/invept.h>

#include <linux/cpumask.h>
#include <linux/smp.h>
#include <asm/vmx.h>
#include <xvcpu/caps.h>
#include <xvcpu/ept.h>
#include <xvcpu/insn.h>
#include <xvcpu/percpu.h>

/**
 * xvcpu_invept_this_cpu() - drop this CPU's translations of the tables
 * @ept: the tables.
 *
 * Nothing happens if the CPU is not in VMX root operation: leaving it has done it.
 *
 * Context: interrupts off.
 */
void xvcpu_invept_this_cpu(struct xvcpu_ept *ept)
{
	if (!xvcpu_percpu_is_enabled(xvcpu_root, smp_processor_id()))
		return;
	if (vmx_caps_ept(&xvcpu_root->boot_caps, VMX_EPT_EXTENT_CONTEXT_BIT) &&
	    !invept(VMX_EPT_EXTENT_CONTEXT, xvcpu_ept_pointer(ept)))
		return;
	invept(VMX_EPT_EXTENT_GLOBAL, 0);
}

static void invept_call(void *arg)
{
	xvcpu_invept_this_cpu(arg);
}

/**
 * xvcpu_invept() - drop the translations of the tables on all CPUs
 * @ept: the tables.
 *
 * A guest that is running leaves for the cross-call, and finds its translations
 * gone when it comes back.
 *
 * Context: interrupts on; waits for cross-calls, and does not sleep.
 */
void xvcpu_invept(struct xvcpu_ept *ept)
{
	/* What was taken back is seen by whoever enters @cpus after this. */
	smp_mb();
	on_each_cpu_mask(ept->cpus, invept_call, ept, true);
}
