// SPDX-License-Identifier: GPL-2.0
/*
 * What has to hold of every VMCS, whatever has happened before.
 *
 * Locking: none. What other CPUs hold is only compared, so it may change
 * meanwhile; but never to a VMCS that is loaded here, or is loaded nowhere.
 */
#include <xvcpu/audit.h>

#include <linux/compiler.h>
#include <linux/list.h>
#include <uapi/linux/xvcpu.h>
#include <xvcpu/hw.h>
#include <xvcpu/percpu.h>

/* The number of CPUs that think a VMCS is current, or was their latest guest. */
static int claims(const struct vmx_root *root, const struct vmx_loaded *loaded)
{
	const struct vmx_cpu *c;
	int cpu, nr = 0;

	for (cpu = 0; cpu < root->nr_cpus; cpu++) {
		c = root->cpus[cpu];
		nr += READ_ONCE(c->current_vmcs) == loaded ||
		      READ_ONCE(c->last_guest) == loaded;
	}
	return nr;
}

/**
 * xvcpu_audit_broken_current() - what is wrong with the VMCS that is current here
 * @root: the machine.
 * @loaded: the VMCS.
 *
 * Context: interrupts off.
 * Return: a sentence, or NULL if all is right.
 */
const char *xvcpu_audit_broken_current(const struct vmx_root *root,
				       const struct vmx_loaded *loaded)
{
	int cpu = root->hw->this_cpu();

	if (READ_ONCE(loaded->cpu) != cpu)
		return "the current VMCS is not loaded here";
	if (root->cpus[cpu]->current_vmcs != loaded)
		return "another VMCS should be current here";
	if (!root->hw->is_current(loaded->vmcs))
		return "the processor has another current VMCS";
	if (claims(root, loaded) != 1)
		return "a VMCS is current on two CPUs";
	return NULL;
}

/**
 * xvcpu_audit_broken_gone() - what is left of a VMCS that was cleared for good
 * @root: the machine.
 * @loaded: the VMCS.
 *
 * Context: any.
 * Return: a sentence, or NULL if nothing is left.
 */
const char *xvcpu_audit_broken_gone(const struct vmx_root *root,
				    const struct vmx_loaded *loaded)
{
	if (READ_ONCE(loaded->cpu) != XVCPU_CPU_NONE ||
	    !list_empty(&loaded->link))
		return "a VMCS is loaded still, though its vCPU is gone";
	if (claims(root, loaded))
		return "a CPU remembers a VMCS whose vCPU is gone";
	return NULL;
}
