// SPDX-License-Identifier: GPL-2.0
/*
 * Two owners of one CPU's VMX root operation: the current-VMCS pointer.
 *
 * The other one, kvm_intel, remembers which of its VMCSs is current on a CPU and
 * executes VMPTRLD only for another. So whatever was current has to be current
 * again before interrupts are on: an interrupt, or the thread that runs next,
 * may be the owner's. It may clear that VMCS in an interrupt, too, and load it
 * elsewhere; so what is put back must have been read with interrupts off ever
 * since.
 *
 * Nor does the owner know that another guest ran between two entries of one of
 * its own: barriers between the two are made here.
 *
 * Locking: a CPU's state is written by that CPU only, interrupts off.
 */
#include <xvcpu/shared.h>

#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <xvcpu/hw.h>

/*
 * If our own VMCS is still current, nothing of the owner's was when it was made
 * so. It need not become current again, and must not after a VMCLEAR.
 */
static void remember_owners(struct vmx_root *root, struct vmx_cpu *c)
{
	void *now = root->hw->vmptrst();

	if (c->current_vmcs && c->current_vmcs->vmcs == now)
		return;
	c->current_vmcs = NULL;
	c->owners_vmcs = now;
	/* The owner's guest may have run here: ours is to be kept from it. */
	c->last_guest = NULL;
}

static void restore_owners(struct vmx_root *root, struct vmx_cpu *c)
{
	if (!c->owners_vmcs)
		return;
	if (c->last_guest)
		root->hw->separate_guests();
	c->current_vmcs = NULL;
	if (root->hw->vmptrld(c->owners_vmcs))
		pr_err_ratelimited("CPU %d: VMPTRLD of the owner's VMCS failed\n",
				   c->cpu);
	c->owners_vmcs = NULL;
}

/**
 * xvcpu_shared_borrow() - VMCSs of ours are going to be used on this CPU
 * @root: the machine, its policy shared.
 *
 * Context: interrupts off until xvcpu_shared_give_back(). Nothing happens on a
 * CPU that is not in VMX root operation, as far as we know.
 */
void xvcpu_shared_borrow(struct vmx_root *root)
{
	struct vmx_cpu *c = root->cpus[root->hw->this_cpu()];

	lockdep_assert_irqs_disabled();
	if (!c->borrowed++ && c->state == XVCPU_CPU_ROOT)
		remember_owners(root, c);
}

/**
 * xvcpu_shared_give_back() - the owner's VMCS becomes current again
 * @root: the machine, its policy shared.
 *
 * If there was none, one of ours may stay current: the owner knows that it has
 * to make its own so.
 *
 * Context: interrupts off since xvcpu_shared_borrow().
 */
void xvcpu_shared_give_back(struct vmx_root *root)
{
	struct vmx_cpu *c = root->cpus[root->hw->this_cpu()];

	lockdep_assert_irqs_disabled();
	if (!--c->borrowed)
		restore_owners(root, c);
}
