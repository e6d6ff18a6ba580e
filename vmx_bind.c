// SPDX-License-Identifier: GPL-2.0
/*
 * Where a vCPU is: its state machine, and the CPU its VMCS is bound to.
 *
 *  UNBOUND --bind--> BOUND --entry--> RUNNING --exit--> EXITED --> HANDLING
 *     ^                | ^                                            |  |
 *     +----unbind------+ +--------------------------------------------+  |
 *     ^                ^                                                 |
 *     +-----revive-----+------------------- TERMINATED <-----------------+
 *
 * A triple fault that is found out after the exit was handled terminates a
 * vCPU that is bound or unbound.
 *
 * Locking: the owner of a binding serialises all calls on it, but for
 * after_clear(), which comes from the CPU where the VMCS was loaded.
 */
#include <xvcpu/bind.h>

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <xvcpu/audit.h>
#include <xvcpu/hw.h>

static const char * const state_names[] = {
	[XVCPU_VCPU_UNBOUND]	= "unbound",
	[XVCPU_VCPU_BOUND]	= "bound",
	[XVCPU_VCPU_RUNNING]	= "running",
	[XVCPU_VCPU_EXITED]	= "exited",
	[XVCPU_VCPU_HANDLING]	= "handling",
	[XVCPU_VCPU_TERMINATED]	= "terminated",
};

/* For each state the states that may follow. */
const u8 xvcpu_bind_successors[] = {
	[XVCPU_VCPU_UNBOUND]	= BIT(XVCPU_VCPU_BOUND) |
				  BIT(XVCPU_VCPU_TERMINATED),
	[XVCPU_VCPU_BOUND]	= BIT(XVCPU_VCPU_UNBOUND) |
				  BIT(XVCPU_VCPU_RUNNING) |
				  BIT(XVCPU_VCPU_TERMINATED),
	[XVCPU_VCPU_RUNNING]	= BIT(XVCPU_VCPU_EXITED),
	[XVCPU_VCPU_EXITED]	= BIT(XVCPU_VCPU_HANDLING),
	[XVCPU_VCPU_HANDLING]	= BIT(XVCPU_VCPU_BOUND) |
				  BIT(XVCPU_VCPU_UNBOUND) |
				  BIT(XVCPU_VCPU_TERMINATED),
	[XVCPU_VCPU_TERMINATED]	= BIT(XVCPU_VCPU_BOUND) |
				  BIT(XVCPU_VCPU_UNBOUND),
};

/**
 * xvcpu_bind_state_name() - the name of a vCPU's state
 * @state: which.
 *
 * Return: the name, for logs.
 */
const char *xvcpu_bind_state_name(enum xvcpu_vcpu_state state)
{
	return state < ARRAY_SIZE(state_names) ? state_names[state] : "?";
}

/**
 * xvcpu_bind_refuse() - a state may not follow
 * @b: the binding.
 * @to: the state.
 *
 * Return: -EINVAL.
 */
int xvcpu_bind_refuse(const struct xvcpu_binding *b, enum xvcpu_vcpu_state to)
{
	pr_err_ratelimited("a vCPU that is %s cannot become %s\n",
			   xvcpu_bind_state_name(b->state),
			   xvcpu_bind_state_name(to));
	return -EINVAL;
}

/*
 * The VMCS was cleared, by us or because its CPU left root. A vCPU that is
 * being handled notices when it wants to go on.
 */
static void after_clear(struct vmx_loaded *loaded)
{
	struct xvcpu_binding *b =
		container_of(loaded, struct xvcpu_binding, loaded);

	b->vmclear++;
	if (b->state == XVCPU_VCPU_BOUND)
		xvcpu_bind_transition(b, XVCPU_VCPU_UNBOUND);
	if (b->unbound)
		b->unbound(b, loaded->cpu);
}

static int check_cpu(struct vmx_root *root, int cpu)
{
	if (cpu == XVCPU_CPU_NONE)
		return 0;
	if (!xvcpu_percpu_cpu(root, cpu))
		return -EINVAL;
	if (!root->hw->online(cpu))
		return -ENXIO;
	if (root->policy != XVCPU_POLICY_EXCLUSIVE &&
	    !xvcpu_percpu_is_enabled(root, cpu))
		return -ENXIO;
	return 0;
}

static void clear_new_vmcs(void *arg)
{
	struct xvcpu_binding *b = arg;

	if (!b->root->hw->vmclear(b->loaded.vmcs))
		b->vmclear++;
}

/*
 * SDM, "Initializing a VMCS": VMCLEAR comes before the first VMPTRLD. It has to
 * execute in VMX root operation, which is why it waits for the first binding.
 */
static int clear_before_first_use(struct xvcpu_binding *b)
{
	if (b->vmclear)
		return 0;
	clear_new_vmcs(b);
	return b->vmclear ? 0 : -EIO;
}

/**
 * xvcpu_bind_create() - make a binding, loaded nowhere
 * @b: the binding.
 * @root: the machine.
 * @vmcs: the VMCS region, its revision identifier set.
 * @vpid: the guest's VPID, or 0.
 * @cpu: the CPU to pin it to, or XVCPU_CPU_NONE.
 *
 * Context: process context.
 * Return: 0; -EINVAL if there is no such CPU; -ENXIO if it is offline or not in
 * VMX root operation.
 */
int xvcpu_bind_create(struct xvcpu_binding *b, struct vmx_root *root,
		      void *vmcs, u16 vpid, int cpu)
{
	int err = check_cpu(root, cpu);

	if (err)
		return err;
	memset(b, 0, sizeof(*b));
	b->root = root;
	b->state = XVCPU_VCPU_UNBOUND;
	b->pinned = cpu;
	b->prepared = XVCPU_CPU_NONE;
	b->bound_last = XVCPU_CPU_NONE;
	b->entered_last = XVCPU_CPU_NONE;
	b->loaded.vmcs = vmcs;
	b->loaded.vpid = vpid;
	b->loaded.cpu = XVCPU_CPU_NONE;
	b->loaded.after_clear = after_clear;
	INIT_LIST_HEAD(&b->loaded.link);
	return 0;
}

/**
 * xvcpu_bind_destroy() - clear the VMCS on the CPU that holds it, for good
 * @b: the binding.
 *
 * Context: process context, may sleep.
 */
void xvcpu_bind_destroy(struct xvcpu_binding *b)
{
	b->loaded.before_clear = NULL;
	xvcpu_percpu_put(b->root,
			 xvcpu_percpu_clear_anywhere(b->root, &b->loaded));
	xvcpu_percpu_put(b->root, b->prepared);
	xvcpu_audit_gone(b->root, &b->loaded);
}

/*
 * The registers stay in the VMCS: the next thing to happen to it is that it is
 * loaded. Under policy exclusive that may have to wait for long.
 */
static void leave_for(struct xvcpu_binding *b, int cpu)
{
	if (b->root->policy != XVCPU_POLICY_EXCLUSIVE &&
	    xvcpu_percpu_is_enabled(b->root, cpu))
		xvcpu_percpu_move(b->root, &b->loaded);
	else
		xvcpu_bind_unbind(b);
}

/**
 * xvcpu_bind_prepare() - make a CPU ready for xvcpu_bind_here()
 * @b: the binding.
 * @cpu: the CPU that is going to bind it.
 *
 * Clears the VMCS on the CPU that holds it, if that is another, and makes sure
 * that @cpu is in VMX root operation.
 *
 * Context: process context, may sleep.
 * Return: 0; -EXDEV if it is pinned to another CPU; errors of
 * xvcpu_percpu_get().
 */
int xvcpu_bind_prepare(struct xvcpu_binding *b, int cpu)
{
	int holder = READ_ONCE(b->loaded.cpu);
	int err;

	if (!xvcpu_bind_may_be_on(b, cpu))
		return -EXDEV;
	if (holder != XVCPU_CPU_NONE && holder != cpu)
		leave_for(b, cpu);
	/* The thread may have been moved before it could bind there. */
	if (b->prepared != cpu)
		xvcpu_percpu_put(b->root, b->prepared);
	err = xvcpu_percpu_get(b->root, cpu);
	b->prepared = err ? XVCPU_CPU_NONE : cpu;
	return err;
}

/**
 * xvcpu_bind_here() - bind a vCPU to this CPU (VMPTRLD)
 * @b: the binding.
 *
 * Context: interrupts off; under policy shared after xvcpu_shared_begin().
 * Return: 1 if it was not bound here before, so that the host state of its VMCS
 * has to be written; 0 if it was; -EXDEV if it is pinned to or loaded on
 * another CPU; -ENXIO if this CPU is not in VMX root operation; -EIO if VMPTRLD
 * failed.
 */
int xvcpu_bind_here(struct xvcpu_binding *b)
{
	int cpu = b->root->hw->this_cpu();
	int ret;

	if (!xvcpu_bind_may_be_on(b, cpu))
		return -EXDEV;
	if (!xvcpu_percpu_is_enabled(b->root, cpu))
		return -ENXIO;
	ret = clear_before_first_use(b) ?:
		xvcpu_percpu_load(b->root, &b->loaded);
	if (ret <= 0)
		return ret;
	b->vmptrld++;
	if (b->bound_last != XVCPU_CPU_NONE && b->bound_last != cpu)
		b->migrations++;
	b->bound_last = cpu;
	if (b->state == XVCPU_VCPU_UNBOUND)
		xvcpu_bind_transition(b, XVCPU_VCPU_BOUND);
	return ret;
}

/**
 * xvcpu_bind_unbind() - unbind a vCPU from the CPU that holds it (VMCLEAR)
 * @b: the binding.
 *
 * Context: process context, may sleep.
 * Return: 0, or -EINVAL if it is not bound.
 */
int xvcpu_bind_unbind(struct xvcpu_binding *b)
{
	int cpu = xvcpu_percpu_clear_anywhere(b->root, &b->loaded);

	if (cpu == XVCPU_CPU_NONE)
		return -EINVAL;
	xvcpu_percpu_put(b->root, cpu);
	return 0;
}

/**
 * xvcpu_bind_migrate() - pin a vCPU to another CPU
 * @b: the binding.
 * @cpu: the CPU, or XVCPU_CPU_NONE to make it floating.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if there is no such CPU; -ENXIO if it is offline or not in
 * VMX root operation.
 */
int xvcpu_bind_migrate(struct xvcpu_binding *b, int cpu)
{
	int holder = READ_ONCE(b->loaded.cpu);
	int err = check_cpu(b->root, cpu);

	if (err)
		return err;
	if (cpu != XVCPU_CPU_NONE && holder != XVCPU_CPU_NONE && holder != cpu)
		xvcpu_bind_unbind(b);
	WRITE_ONCE(b->pinned, cpu);
	return 0;
}

/**
 * xvcpu_bind_info() - where a vCPU is, and how it came there
 * @b: the binding.
 * @info: what is to be filled.
 *
 * Context: any; a snapshot if the vCPU is running.
 */
void xvcpu_bind_info(const struct xvcpu_binding *b,
		     struct xvcpu_binding_info *info)
{
	memset(info, 0, sizeof(*info));
	info->pinned_cpu = READ_ONCE(b->pinned);
	info->loaded_cpu = READ_ONCE(b->loaded.cpu);
	info->last_cpu = READ_ONCE(b->entered_last);
	info->state = READ_ONCE(b->state);
	info->flags = READ_ONCE(b->loaded.launched) ? XVCPU_BINDING_LAUNCHED : 0;
	info->vmptrld = READ_ONCE(b->vmptrld);
	info->vmclear = READ_ONCE(b->vmclear);
	info->launches = READ_ONCE(b->launches);
	info->entries = READ_ONCE(b->entries);
	info->migrations = READ_ONCE(b->migrations);
}
