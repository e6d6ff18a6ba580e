/* SPDX-License-Identifier: GPL-2.0 */
/* All VMs, for those who watch: ordered by an id that is used once. */
#ifndef _XVCPU_VM_LIST_H
#define _XVCPU_VM_LIST_H

#include <linux/sched.h>
#include <linux/types.h>
#include <xvcpu/ept.h>

/**
 * struct xvcpu_vm_snapshot - what others may see of a VM
 * @id: its id, unique in the module.
 * @tgid: thread group id of the process that created it.
 * @name: name of that process at that time.
 * @vcpus: how many vCPUs it has.
 * @slots: how many memory slots it has.
 * @slot_bytes: their size.
 * @leaves: mappings by level.
 * @tables: EPT tables.
 * @flushes: flushes that there have been.
 */
struct xvcpu_vm_snapshot {
	u32 id;
	pid_t tgid;
	char name[TASK_COMM_LEN];
	u32 vcpus;
	u32 slots;
	u64 slot_bytes;
	u64 leaves[XVCPU_EPT_LEAF_LEVELS];
	u64 tables;
	u64 flushes;
};

/**
 * xvcpu_vm_list_next() - read the first VM whose id is @id or more
 * @id: where to begin.
 * @snap: what is to be filled.
 *
 * Context: process context; takes RCU. Two numbers may be from different moments.
 * Return: 0, or -ENOENT if there is none.
 */
int xvcpu_vm_list_next(u32 id, struct xvcpu_vm_snapshot *snap);

/** xvcpu_vm_count() - number of VMs */
u32 xvcpu_vm_count(void);

#endif /* _XVCPU_VM_LIST_H */
