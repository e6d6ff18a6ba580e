/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's virtual memory, as the guest's own page tables have it. */
#ifndef _XVCPU_WALK_H
#define _XVCPU_WALK_H

#include <linux/bits.h>
#include <linux/types.h>

struct xvcpu_vcpu;

/* Bits of a page fault's error code: what kind of access it is. */
#define XVCPU_WALK_WRITE	BIT(1)
#define XVCPU_WALK_USER		BIT(2)
#define XVCPU_WALK_FETCH	BIT(4)

/*
 * More of it: the processor's own, not the instruction's (as to the GDT); only
 * looking, without a trace in the tables.
 */
#define XVCPU_WALK_IMPLICIT	BIT(16)
#define XVCPU_WALK_PEEK		BIT(17)

/* XVCPU_WALK_LEVELS - a guest's tables have no more */
#define XVCPU_WALK_LEVELS	4

/**
 * struct xvcpu_walk_path - the entries by which a walk has found an address
 * @nr: how many; none without paging.
 * @address: guest physical address of each, the page's first.
 * @entry: what it was, of 8 bytes, when the walk came by.
 */
struct xvcpu_walk_path {
	int nr;
	u64 address[XVCPU_WALK_LEVELS];
	u64 entry[XVCPU_WALK_LEVELS];
};

int xvcpu_walk(struct xvcpu_vcpu *vcpu, u64 gva, u32 access, u64 *gpa,
	       u32 *error);
int xvcpu_walk_read(struct xvcpu_vcpu *vcpu, u64 gva, void *data, u32 len,
		    u32 access);
int xvcpu_walk_write(struct xvcpu_vcpu *vcpu, u64 gva, const void *data,
		     u32 len);
int xvcpu_walk_probe(struct xvcpu_vcpu *vcpu, u64 gva, u32 len);
int xvcpu_walk_path(struct xvcpu_vcpu *vcpu, u64 gva, u64 *gpa,
		    struct xvcpu_walk_path *path);
u32 xvcpu_walk_access(struct xvcpu_vcpu *vcpu, u32 access);

#endif /* _XVCPU_WALK_H */
