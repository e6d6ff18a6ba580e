/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All vCPUs of all VMs, for those who watch: ordered by a key that is never
 * reused while a dump is under way.
 */
#ifndef _XVCPU_VCPU_LIST_H
#define _XVCPU_VCPU_LIST_H

#include <linux/types.h>
#include <uapi/linux/xvcpu.h>
#include <xvcpu/stats.h>

/**
 * struct xvcpu_vcpu_snapshot - what others may see of a vCPU
 * @key: its key in the list of all vCPUs, unique in the module.
 * @vm: the VM's id, unique in the module.
 * @id: the vCPU's id in its VM.
 * @tgid: thread group id of the process that created the VM.
 * @binding: where it is and how it came there.
 * @exits: VM exits since it was created.
 */
struct xvcpu_vcpu_snapshot {
	u32 key;
	u32 vm;
	u32 id;
	pid_t tgid;
	struct xvcpu_binding_info binding;
	u64 exits;
};

/**
 * xvcpu_vcpu_list_next() - read the first vCPU whose key is @key or more
 * @key: where to begin.
 * @snap: what is to be filled.
 *
 * Context: process context; takes no lock but RCU.
 * Return: 0, or -ENOENT if there is none.
 */
int xvcpu_vcpu_list_next(u32 key, struct xvcpu_vcpu_snapshot *snap);

/**
 * xvcpu_vcpu_list_next_stats() - likewise, with all that it counts
 * @key: where to begin.
 * @snap: what is to be filled.
 * @stats: what is to be filled, too.
 *
 * Context: process context; takes no lock but RCU.
 * Return: 0, or -ENOENT if there is none.
 */
int xvcpu_vcpu_list_next_stats(u32 key, struct xvcpu_vcpu_snapshot *snap,
			       struct xvcpu_stats_copy *stats);

/** xvcpu_vcpu_list_count() - number of vCPUs of all VMs */
u32 xvcpu_vcpu_list_count(void);

#endif /* _XVCPU_VCPU_LIST_H */
