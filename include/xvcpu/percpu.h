/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One CPU's VMX state: VMX root operation, the VMCSs loaded there, hotplug,
 * sleep and reboot.
 */
#ifndef _XVCPU_PERCPU_H
#define _XVCPU_PERCPU_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <uapi/linux/xvcpu_netlink.h>
#include <xvcpu/caps.h>

struct vmx_hw;

/**
 * struct vmx_loaded - a VMCS, and where it is loaded
 * @vmcs: virtual address of the VMCS region.
 * @cpu: the CPU on which it is loaded (VMPTRLD since its last VMCLEAR), or
 *	XVCPU_CPU_NONE.
 * @launched: whether it has been launched since its last VMCLEAR.
 * @broken: a VMCLEAR of it has failed: it is neither loaded nor freed again.
 * @vpid: the VPID of its guest, 0 if none.
 * @link: in struct vmx_cpu.loaded of @cpu.
 * @before_clear: called on @cpu, interrupts off, the VMCS current, before it is
 *	cleared: the last chance to read it cheaply. It is not if VMPTRLD fails.
 * @after_clear: called when it has been cleared.
 *
 * Written on @cpu only, interrupts off; while unloaded, by the CPU that loads
 * it.
 */
struct vmx_loaded {
	void *vmcs;
	int cpu;
	bool launched;
	bool broken;
	u16 vpid;
	struct list_head link;
	void (*before_clear)(struct vmx_loaded *loaded);
	void (*after_clear)(struct vmx_loaded *loaded);
};

/**
 * struct vmx_check - the outcome of one check of one CPU
 * @value: what was looked at: a CPUID word, an MSR, a control register.
 * @error: 0 if the check passed, else the errno that it stands for.
 * @done: whether the check was reached.
 */
struct vmx_check {
	u64 value;
	int error;
	bool done;
};

/**
 * struct vmx_cpu_counters - what happened on one CPU since the module's load
 * @vmxon: times the CPU entered VMX root operation.
 * @vmxoff: times it left.
 * @vmptrld: VMCSs made current.
 * @vmclear: VMCSs cleared.
 */
struct vmx_cpu_counters {
	u64 vmxon;
	u64 vmxoff;
	u64 vmptrld;
	u64 vmclear;
};

/**
 * struct vmx_cpu - one CPU's VMX state
 * @cpu: the CPU's number.
 * @state: off, enabling, root or failed.
 * @error: why it failed, 0 otherwise.
 * @order: the how-manyeth CPU to enter root it was; 0 if not in root.
 * @revision: VMCS revision identifier.
 * @vmxon: the VMXON region, one page, allocated for as long as the CPU is known.
 * @caps: the CPU's own capability MSRs.
 * @checks: the outcome of every check of the latest attempt.
 * @loaded: the VMCSs loaded on this CPU.
 * @nr_loaded: length of @loaded.
 * @last_guest: the VMCS that was bound here last, or NULL if it was cleared.
 * @current_vmcs: the one that is current, or NULL.
 * @owners_vmcs: under policy shared, while our VMCSs are in use, the one of
 *	VMX's owner that was current before, or NULL.
 * @borrowed: under policy shared, whether our VMCSs are in use, and how deeply
 *	nested.
 * @plugged: whether the CPU may enter root: it is online and not on its way out.
 * @refused: the errno with which it was last told that it cannot enter, or 0.
 * @refused_at: how many grants there had been then.
 * @counters: what happened here.
 *
 * Written by the CPU itself only, interrupts off; @plugged, @refused and
 * @refused_at by whoever holds the machine's lock, too.  Others read snapshots.
 */
struct vmx_cpu {
	int cpu;
	enum xvcpu_cpu_state state;
	int error;
	u32 order;
	u32 revision;
	void *vmxon;
	struct vmx_caps caps;
	struct vmx_check checks[XVCPU_CHECK_NR];
	struct list_head loaded;
	u32 nr_loaded;
	struct vmx_loaded *current_vmcs;
	void *owners_vmcs;
	u32 borrowed;
	const struct vmx_loaded *last_guest;
	bool plugged;
	int refused;
	u32 refused_at;
	struct vmx_cpu_counters counters;
};

/**
 * struct vmx_root - VMX root operation on all CPUs of a machine
 * @hw: the hardware seam: the machine itself, or KUnit's fake CPUs.
 * @lock: the global mutex: every enable and disable of any CPU is under it.
 * @entry_lock: one CPU at a time executes VMXON or VMXOFF.
 * @policy: which CPUs are in root, and when.
 * @boot_cpu: the CPU that enters first.
 * @grant: under policy exclusive the CPU that root is granted to, or -1.
 * @nr_grants: how many times it was granted.
 * @active: whether enabling is wanted at all: set by enable, unset by disable.
 * @nr_cpus: length of @cpus.
 * @order: how many CPUs have entered root.
 * @boot_caps: the boot CPU's capabilities, which all others must share.
 * @cpus: one state a CPU.
 */
struct vmx_root {
	const struct vmx_hw *hw;
	struct mutex lock;
	raw_spinlock_t entry_lock;
	enum xvcpu_policy policy;
	int boot_cpu;
	int grant;
	u32 nr_grants;
	bool active;
	int nr_cpus;
	u32 order;
	struct vmx_caps boot_caps;
	struct vmx_cpu **cpus;
};

/**
 * struct vmx_cpu_snapshot - what others may see of a CPU's state
 * @cpu: the CPU's number.
 * @online: whether the kernel runs on it.
 * @state: off, enabling, root or failed.
 * @error: negative errno of the failure, or 0.
 * @order: the how-manyeth CPU to enter root it was; 0 if not in root.
 * @revision: VMCS revision identifier.
 * @nr_loaded: number of VMCSs loaded on it.
 * @caps: its capability MSRs.
 * @checks: the outcome of every check.
 * @counters: what happened there.
 */
struct vmx_cpu_snapshot {
	int cpu;
	bool online;
	enum xvcpu_cpu_state state;
	int error;
	u32 order;
	u32 revision;
	u32 nr_loaded;
	struct vmx_caps caps;
	struct vmx_check checks[XVCPU_CHECK_NR];
	struct vmx_cpu_counters counters;
};

/* One set of CPUs, over any seam; this is what KUnit drives. */
struct vmx_root *xvcpu_percpu_create(const struct vmx_hw *hw, int nr_cpus,
				     enum xvcpu_policy policy);
void xvcpu_percpu_destroy(struct vmx_root *root);
int xvcpu_percpu_enable_all(struct vmx_root *root);
void xvcpu_percpu_disable_all(struct vmx_root *root);
int xvcpu_percpu_enable(struct vmx_root *root, int cpu);
int xvcpu_percpu_disable(struct vmx_root *root, int cpu);
int xvcpu_percpu_load(struct vmx_root *root, struct vmx_loaded *loaded);
void xvcpu_percpu_clear(struct vmx_root *root, struct vmx_loaded *loaded);
int xvcpu_percpu_clear_anywhere(struct vmx_root *root,
				struct vmx_loaded *loaded);
void xvcpu_percpu_move(struct vmx_root *root, struct vmx_loaded *loaded);
void xvcpu_percpu_save(struct vmx_root *root, struct vmx_loaded *loaded);
void xvcpu_percpu_with(struct vmx_root *root, struct vmx_loaded *loaded,
		       void (*fn)(struct vmx_loaded *loaded));
void xvcpu_percpu_leave(struct vmx_root *root);
void xvcpu_percpu_reenter(struct vmx_root *root);
void xvcpu_percpu_abandon(struct vmx_root *root);
int xvcpu_percpu_get(struct vmx_root *root, int cpu);
void xvcpu_percpu_put(struct vmx_root *root, int cpu);
void xvcpu_percpu_online(struct vmx_root *root, int cpu);
void xvcpu_percpu_offline(struct vmx_root *root, int cpu);
bool xvcpu_percpu_is_enabled(const struct vmx_root *root, int cpu);
int xvcpu_percpu_snapshot(struct vmx_root *root, int cpu,
			  struct vmx_cpu_snapshot *snap);
const char *xvcpu_percpu_check_name(enum xvcpu_check check);

static inline struct vmx_cpu *xvcpu_percpu_cpu(const struct vmx_root *root,
					       int cpu)
{
	return cpu >= 0 && cpu < root->nr_cpus ? root->cpus[cpu] : NULL;
}

/* The machine the module runs on; NULL before init and after exit. */
extern struct vmx_root *xvcpu_root;

#endif /* _XVCPU_PERCPU_H */
