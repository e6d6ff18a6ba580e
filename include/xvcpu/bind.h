/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a vCPU is: its state machine, and the CPU its VMCS is bound to.
 */
#ifndef _XVCPU_BIND_H
#define _XVCPU_BIND_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <uapi/linux/xvcpu.h>
#include <xvcpu/percpu.h>

/**
 * struct xvcpu_binding - a vCPU's binding
 * @loaded: the VMCS and where it is loaded.
 * @root: the machine.
 * @state: where the vCPU is in its life.
 * @pinned: the CPU it is pinned to, or XVCPU_CPU_NONE.
 * @prepared: the CPU that was made ready for it last, or XVCPU_CPU_NONE: under
 *	policy exclusive root may be granted there on its behalf.
 * @bound_last: the CPU it was bound to last, or XVCPU_CPU_NONE.
 * @entered_last: the CPU of its latest VM entry, or XVCPU_CPU_NONE.
 * @vmptrld: how often it was bound.
 * @vmclear: how often its VMCS was cleared.
 * @launches: VM entries with VMLAUNCH that succeeded.
 * @entries: all VM entries that succeeded.
 * @migrations: how often it was bound to another CPU than the time before.
 * @unbound: called on the CPU whose VMCLEAR it was, interrupts off, when the VMCS
 *	has been cleared; or NULL.
 *
 * Written under the owner's lock, but for what happens with the VMCS on the CPU
 * where it is loaded.
 */
struct xvcpu_binding {
	struct vmx_loaded loaded;
	struct vmx_root *root;
	enum xvcpu_vcpu_state state;
	int pinned;
	int prepared;
	int bound_last;
	int entered_last;
	u64 vmptrld;
	u64 vmclear;
	u64 launches;
	u64 entries;
	u64 migrations;
	void (*unbound)(const struct xvcpu_binding *b, int cpu);
};

int xvcpu_bind_create(struct xvcpu_binding *b, struct vmx_root *root,
		      void *vmcs, u16 vpid, int cpu);
void xvcpu_bind_destroy(struct xvcpu_binding *b);
int xvcpu_bind_refuse(const struct xvcpu_binding *b, enum xvcpu_vcpu_state to);
int xvcpu_bind_prepare(struct xvcpu_binding *b, int cpu);
int xvcpu_bind_here(struct xvcpu_binding *b);
int xvcpu_bind_unbind(struct xvcpu_binding *b);
int xvcpu_bind_migrate(struct xvcpu_binding *b, int cpu);
void xvcpu_bind_info(const struct xvcpu_binding *b,
		     struct xvcpu_binding_info *info);
const char *xvcpu_bind_state_name(enum xvcpu_vcpu_state state);

extern const u8 xvcpu_bind_successors[];

/**
 * xvcpu_bind_transition() - take a vCPU from one state to the next
 * @b: the binding.
 * @to: the state that is to follow.
 *
 * Context: any.
 * Return: 0, or -EINVAL if @to may not follow; the state stays then.
 */
static inline int xvcpu_bind_transition(struct xvcpu_binding *b,
					enum xvcpu_vcpu_state to)
{
	if (unlikely(!(xvcpu_bind_successors[b->state] & BIT(to))))
		return xvcpu_bind_refuse(b, to);
	WRITE_ONCE(b->state, to);
	return 0;
}

/*
 * A step of the run loop, which has the vCPU in hand: it has to be a valid one.
 * Kernels that check themselves look.
 */
static __always_inline void xvcpu_bind_step(struct xvcpu_binding *b,
					    enum xvcpu_vcpu_state to)
{
	if (IS_ENABLED(CONFIG_PROVE_LOCKING))
		xvcpu_bind_transition(b, to);
	else
		WRITE_ONCE(b->state, to);
}

/* Whether the VMCS is loaded on a CPU; @cpu is this one, interrupts off. */
static inline bool xvcpu_bind_is_on(const struct xvcpu_binding *b, int cpu)
{
	return b->loaded.cpu == cpu;
}

static inline bool xvcpu_bind_may_be_on(const struct xvcpu_binding *b, int cpu)
{
	return b->pinned == XVCPU_CPU_NONE || b->pinned == cpu;
}

/*
 * Whether a vCPU is current on this CPU, and was the last one to be so: nothing
 * need be done for it to run here once more. Interrupts are off. Under policy
 * shared no VMCS of ours stays current.
 */
static inline bool xvcpu_bind_is_current(const struct xvcpu_binding *b, int cpu)
{
	const struct vmx_cpu *c;

	if (!xvcpu_bind_is_on(b, cpu) || !xvcpu_bind_may_be_on(b, cpu))
		return false;
	c = b->root->cpus[cpu];
	return c->current_vmcs == &b->loaded && c->last_guest == &b->loaded &&
	       c->state == XVCPU_CPU_ROOT &&
	       b->root->policy != XVCPU_POLICY_SHARED;
}

#endif /* _XVCPU_BIND_H */
