/* SPDX-License-Identifier: GPL-2.0 */
/* Fetching the guest's 64-bit code. */
#ifndef _XVCPU_FETCH_H
#define _XVCPU_FETCH_H

#include <linux/types.h>
#include <xvcpu/walk.h>

struct xvcpu_vcpu;

/**
 * struct xvcpu_fetch - where a page of code was found last
 * @page: its linear address.
 * @cr3: CR3 then.
 * @mode: what else the walk's end depended on.
 * @slot_changes: how many changes of the VM's slots there had been.
 * @hva: the page in the process, or 0: nothing is remembered.
 * @nr: how many entries of the guest's tables led there.
 * @entry_hva: where they are in the process.
 * @entry: what they were.
 */
struct xvcpu_fetch {
	u64 page;
	u64 cr3;
	u64 mode;
	unsigned long slot_changes;
	unsigned long hva;
	int nr;
	unsigned long entry_hva[XVCPU_WALK_LEVELS];
	u64 entry[XVCPU_WALK_LEVELS];
};

int xvcpu_fetch(struct xvcpu_vcpu *vcpu, u64 gva, u64 bytes[2]);

#endif /* _XVCPU_FETCH_H */
