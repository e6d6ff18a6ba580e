/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exit trace: a ring of records that userspace maps.
 */
#ifndef _XVCPU_EXIT_TRACE_H
#define _XVCPU_EXIT_TRACE_H

#include <linux/jump_label_ratelimit.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <uapi/linux/xvcpu.h>

struct xvcpu_vcpu;

/**
 * struct xvcpu_exit_trace_ring - one vCPU's exit trace
 * @ref: held by the trace's file, and by a vCPU that waits for room.
 * @vcpu: the vCPU; the file holds its VM.
 * @pages: the header, then the records.
 * @records: how many records: a power of 2.
 * @block: the vCPU waits where records would be lost.
 * @lock: serialises switching.
 * @on: exits are recorded; changed under @lock, or where nobody can switch it.
 * @head: number of the next record; what the header says may be anybody's.
 * @told: @head when readers were last woken.
 * @entered: time of the VM entry; belongs to the vCPU's thread while @on.
 * @reg: registers at that moment, by enum xvcpu_exit_reg.
 * @readable: woken when there are records.
 * @room: woken when there may be room for them.
 */
struct xvcpu_exit_trace_ring {
	struct kref ref;
	struct xvcpu_vcpu *vcpu;
	void **pages;
	u32 records;
	bool block;
	struct mutex lock;
	bool on;
	u64 head;
	u64 told;
	u64 entered;
	u64 reg[XVCPU_EXIT_REG_NR];
	wait_queue_head_t readable;
	wait_queue_head_t room;
};

/* Some vCPU's exits are recorded, or were a second ago. */
extern struct static_key_false_deferred xvcpu_exit_trace_key;

int xvcpu_exit_trace_create(struct xvcpu_vcpu *vcpu,
			    const struct xvcpu_exit_trace *how,
			    struct xvcpu_exit_trace_ring **created);
void xvcpu_exit_trace_destroy(struct xvcpu_exit_trace_ring *ring);
void xvcpu_exit_trace_switch(struct xvcpu_exit_trace_ring *ring, bool on);
void xvcpu_exit_trace_flush(void);
void *xvcpu_exit_trace_page(struct xvcpu_exit_trace_ring *ring,
			    unsigned long nr);
bool xvcpu_exit_trace_has_records(struct xvcpu_exit_trace_ring *ring);

void xvcpu_exit_trace_entry(struct xvcpu_vcpu *vcpu);
void xvcpu_exit_trace_exit(struct xvcpu_vcpu *vcpu);
void xvcpu_exit_trace_failed(struct xvcpu_vcpu *vcpu, u32 reason);
bool xvcpu_exit_trace_full(const struct xvcpu_vcpu *vcpu);
bool xvcpu_exit_trace_wants(const struct xvcpu_vcpu *vcpu);
void xvcpu_exit_trace_wake(struct xvcpu_vcpu *vcpu);
void xvcpu_exit_trace_wait(struct xvcpu_vcpu *vcpu);

static inline bool xvcpu_exit_trace_is_on(void)
{
	return static_branch_unlikely(&xvcpu_exit_trace_key.key);
}

#endif /* _XVCPU_EXIT_TRACE_H */
