// SPDX-License-Identifier: GPL-2.0
/*
 * The exit trace: what each VM exit was, and which registers the guest has changed
 * since the VM entry, in a ring that userspace maps.
 *
 * The ring's memory is userspace's as much as the module's: nothing in it is
 * believed but the number of the record that the reader is at, and that only
 * delays the vCPU.
 *
 * Locking: vcpu->exit_trace and ring->on change under vcpu->bind_lock, from a
 * visitor. The vCPU's thread alone writes records; it holds bind_lock, too.
 */
#include <xvcpu/exit_trace.h>

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <asm/vmx.h>
#include <xvcpu/insn.h>
#include <xvcpu/page.h>
#include <xvcpu/regs.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vmcs.h>

#define RECORDS_A_PAGE	(PAGE_SIZE / sizeof(struct xvcpu_exit_record))

/* What a record shows that the VMCS holds. */
#define GROUPS		(XVCPU_REG_RIP | XVCPU_REG_RSP | XVCPU_REG_RFLAGS | \
			 XVCPU_REG_CR0 | XVCPU_REG_CR3 | XVCPU_REG_CR4)

static_assert(sizeof(struct xvcpu_exit_record) == 512);
static_assert(XVCPU_EXIT_TRACE_MIN >= RECORDS_A_PAGE);

DEFINE_STATIC_KEY_FALSE(xvcpu_exit_trace_key);

static struct xvcpu_exit_trace_header *
header_of(const struct xvcpu_exit_trace_ring *ring)
{
	return ring->pages[0];
}

static unsigned int nr_pages(const struct xvcpu_exit_trace_ring *ring)
{
	return 1 + ring->records / RECORDS_A_PAGE;
}

static struct xvcpu_exit_record *
record_at(const struct xvcpu_exit_trace_ring *ring, u64 number)
{
	u32 place = number & (ring->records - 1);
	struct xvcpu_exit_record *page;

	page = ring->pages[1 + place / RECORDS_A_PAGE];
	return page + place % RECORDS_A_PAGE;
}

/* Written by anybody who has the ring mapped. */
static u64 tail_of(const struct xvcpu_exit_trace_ring *ring)
{
	return READ_ONCE(header_of(ring)->tail);
}

/* --- the ring's life --- */

static void free_pages_of(struct xvcpu_exit_trace_ring *ring)
{
	unsigned int i;

	for (i = 0; i < nr_pages(ring); i++)
		xvcpu_page_free(ring->pages[i], 1);
	kvfree(ring->pages);
}

static int alloc_pages_of(struct xvcpu_exit_trace_ring *ring)
{
	unsigned int i;

	ring->pages = kvcalloc(nr_pages(ring), sizeof(*ring->pages),
			       GFP_KERNEL_ACCOUNT);
	if (!ring->pages)
		return -ENOMEM;
	for (i = 0; i < nr_pages(ring); i++) {
		ring->pages[i] = xvcpu_page_alloc(1, GFP_KERNEL_ACCOUNT);
		if (!ring->pages[i] || fatal_signal_pending(current))
			goto err_pages;
	}
	return 0;

err_pages:
	free_pages_of(ring);
	return -ENOMEM;
}

static void free_ring(struct kref *ref)
{
	struct xvcpu_exit_trace_ring *ring =
		container_of(ref, struct xvcpu_exit_trace_ring, ref);

	free_pages_of(ring);
	kfree(ring);
}

static void fill_header(struct xvcpu_exit_trace_ring *ring)
{
	struct xvcpu_exit_trace_header *header = header_of(ring);

	header->record_size = sizeof(struct xvcpu_exit_record);
	header->records = ring->records;
	header->vcpu = ring->vcpu->key;
}

static struct xvcpu_exit_trace_ring *
new_ring(struct xvcpu_vcpu *vcpu, const struct xvcpu_exit_trace *how)
{
	struct xvcpu_exit_trace_ring *ring;

	ring = kzalloc(sizeof(*ring), GFP_KERNEL_ACCOUNT);
	if (!ring)
		return NULL;
	kref_init(&ring->ref);
	ring->vcpu = vcpu;
	ring->records = how->records;
	ring->block = how->flags & XVCPU_EXIT_TRACE_BLOCK;
	init_waitqueue_head(&ring->readable);
	init_waitqueue_head(&ring->room);
	if (alloc_pages_of(ring)) {
		kfree(ring);
		return NULL;
	}
	fill_header(ring);
	return ring;
}

static bool is_valid(const struct xvcpu_exit_trace *how)
{
	return is_power_of_2(how->records) &&
	       how->records >= XVCPU_EXIT_TRACE_MIN &&
	       how->records <= XVCPU_EXIT_TRACE_MAX &&
	       !(how->flags & ~(XVCPU_EXIT_TRACE_BLOCK | XVCPU_EXIT_TRACE_OFF));
}

static int attach(struct xvcpu_exit_trace_ring *ring)
{
	struct xvcpu_vcpu *vcpu = ring->vcpu;
	int err = 0;

	xvcpu_vcpu_visit_begin(vcpu);
	if (vcpu->exit_trace)
		err = -EBUSY;
	else
		vcpu->exit_trace = ring;
	xvcpu_vcpu_visit_end(vcpu);
	return err;
}

/**
 * xvcpu_exit_trace_create() - begin to trace a vCPU
 * @vcpu: the vCPU; it may be running.
 * @how: what the ring is to be like.
 * @created: where the ring goes.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for what @how says; -EBUSY if there is one; -ENOMEM.
 */
int xvcpu_exit_trace_create(struct xvcpu_vcpu *vcpu,
			    const struct xvcpu_exit_trace *how,
			    struct xvcpu_exit_trace_ring **created)
{
	struct xvcpu_exit_trace_ring *ring;
	int err;

	if (!is_valid(how))
		return -EINVAL;
	ring = new_ring(vcpu, how);
	if (!ring)
		return -ENOMEM;
	err = attach(ring);
	if (err) {
		kref_put(&ring->ref, free_ring);
		return err;
	}
	if (!(how->flags & XVCPU_EXIT_TRACE_OFF))
		xvcpu_exit_trace_switch(ring, true);
	*created = ring;
	return 0;
}

/**
 * xvcpu_exit_trace_destroy() - end a trace
 * @ring: the trace; nobody has it mapped.
 *
 * Context: process context, may sleep.
 */
void xvcpu_exit_trace_destroy(struct xvcpu_exit_trace_ring *ring)
{
	struct xvcpu_vcpu *vcpu = ring->vcpu;

	xvcpu_exit_trace_switch(ring, false);
	xvcpu_vcpu_visit_begin(vcpu);
	vcpu->exit_trace = NULL;
	xvcpu_vcpu_visit_end(vcpu);
	kref_put(&ring->ref, free_ring);
}

/**
 * xvcpu_exit_trace_switch() - record the exits from now on, or do not
 * @ring: the trace; its vCPU may be running.
 * @on: record them.
 *
 * Context: process context, may sleep.
 */
void xvcpu_exit_trace_switch(struct xvcpu_exit_trace_ring *ring, bool on)
{
	bool was;

	xvcpu_vcpu_visit_begin(ring->vcpu);
	was = ring->on;
	WRITE_ONCE(ring->on, on);
	WRITE_ONCE(header_of(ring)->on, on);
	/* The entry of the next exit's has not been seen. */
	ring->entered = 0;
	/* Its own lock orders it with the same of another trace. */
	if (on && !was)
		static_branch_inc(&xvcpu_exit_trace_key);
	else if (!on && was)
		static_branch_dec(&xvcpu_exit_trace_key);
	xvcpu_vcpu_visit_end(ring->vcpu);
	wake_up_all(&ring->room);
}

/**
 * xvcpu_exit_trace_page() - a page of a trace, to be mapped
 * @ring: the trace.
 * @nr: its number; the header is number 0.
 *
 * Return: the page, or NULL if there are not as many.
 */
void *xvcpu_exit_trace_page(struct xvcpu_exit_trace_ring *ring,
			    unsigned long nr)
{
	return nr < nr_pages(ring) ? ring->pages[nr] : NULL;
}

/**
 * xvcpu_exit_trace_has_records() - there are records that were not read
 * @ring: the trace.
 *
 * A vCPU that waits for room looks again.
 *
 * Context: any that may take a spinlock.
 * Return: whether there are.
 */
bool xvcpu_exit_trace_has_records(struct xvcpu_exit_trace_ring *ring)
{
	wake_up_all(&ring->room);
	return READ_ONCE(ring->head) != tail_of(ring);
}

/* --- records --- */

static void read_regs(struct xvcpu_vcpu *vcpu, u64 *reg)
{
	struct xvcpu_regs *r = &vcpu->regs;

	xvcpu_regs_need(vcpu, GROUPS);
	memcpy(reg, vcpu->world.gpr, sizeof(vcpu->world.gpr));
	reg[XVCPU_EXIT_REG_RIP] = r->rip;
	reg[XVCPU_EXIT_REG_RFLAGS] = r->rflags;
	reg[XVCPU_EXIT_REG_CR0] = r->cr0;
	reg[XVCPU_EXIT_REG_CR3] = r->cr3;
	reg[XVCPU_EXIT_REG_CR4] = r->cr4;
}

static void put_regs(struct xvcpu_exit_trace_ring *ring,
		     struct xvcpu_exit_record *record)
{
	u64 reg[XVCPU_EXIT_REG_NR];
	int i;

	read_regs(ring->vcpu, reg);
	record->changed = 0;
	for (i = 0; i < XVCPU_EXIT_REG_NR; i++) {
		record->reg[i].old = ring->reg[i];
		record->reg[i].new = reg[i];
		if (ring->reg[i] != reg[i])
			record->changed |= BIT(i);
	}
}

static void put_what(struct xvcpu_vcpu *vcpu, struct xvcpu_exit_record *record)
{
	u64 qualification = vmcs_readl(EXIT_QUALIFICATION);

	record->qualification = qualification;
	record->interrupt = vmcs_read32(VM_EXIT_INTR_INFO);
	switch ((u16)vcpu->exit.reason) {
	case EXIT_REASON_IO_INSTRUCTION:
		record->operand = qualification >> 16;
		record->flags |= XVCPU_EXIT_RECORD_OPERAND;
		break;
	case EXIT_REASON_MSR_READ:
	case EXIT_REASON_MSR_WRITE:
		record->operand = vcpu->world.gpr[XVCPU_RCX];
		record->flags |= XVCPU_EXIT_RECORD_OPERAND;
		break;
	case EXIT_REASON_EPT_VIOLATION:
	case EXIT_REASON_EPT_MISCONFIG:
		record->gpa = vmcs_read64(GUEST_PHYSICAL_ADDRESS);
		record->flags |= XVCPU_EXIT_RECORD_GPA;
		break;
	}
}

static struct xvcpu_exit_record *begin(struct xvcpu_exit_trace_ring *ring)
{
	struct xvcpu_exit_record *record = record_at(ring, ring->head);

	WRITE_ONCE(record->sequence, 0);
	/* Whoever sees what follows sees that. */
	smp_wmb();
	record->entered = ring->entered;
	record->time = ktime_get_mono_fast_ns();
	record->cpu = raw_smp_processor_id();
	record->qualification = 0;
	record->gpa = 0;
	record->operand = 0;
	record->flags = 0;
	record->interrupt = 0;
	return record;
}

static void end(struct xvcpu_exit_trace_ring *ring,
		struct xvcpu_exit_record *record)
{
	put_regs(ring, record);
	WRITE_ONCE(ring->head, ring->head + 1);
	/* Whoever sees this sees the record, too, and whoever sees that sees this. */
	smp_store_release(&record->sequence, ring->head);
	/* As above. */
	smp_store_release(&header_of(ring)->head, ring->head);
}

/* The trace, if it is on and has seen the entry. */
static struct xvcpu_exit_trace_ring *active(const struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_exit_trace_ring *ring = vcpu->exit_trace;

	return ring && ring->on && ring->entered ? ring : NULL;
}

/**
 * xvcpu_exit_trace_entry() - a vCPU is about to enter the guest
 * @vcpu: the vCPU, bound to this CPU.
 *
 * Context: interrupts off, vcpu->bind_lock is held.
 */
void xvcpu_exit_trace_entry(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_exit_trace_ring *ring = vcpu->exit_trace;

	if (!ring || !ring->on)
		return;
	read_regs(vcpu, ring->reg);
	ring->entered = ktime_get_mono_fast_ns();
}

/**
 * xvcpu_exit_trace_exit() - it has left the guest
 * @vcpu: the vCPU, bound to this CPU; vcpu->exit.reason is the exit reason.
 *
 * Context: interrupts off, vcpu->bind_lock is held.
 */
void xvcpu_exit_trace_exit(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_exit_trace_ring *ring = active(vcpu);
	struct xvcpu_exit_record *record;

	if (!ring)
		return;
	record = begin(ring);
	record->reason = vcpu->exit.reason;
	put_what(vcpu, record);
	end(ring, record);
}

/**
 * xvcpu_exit_trace_failed() - it has not entered the guest
 * @vcpu: the vCPU, bound to this CPU.
 * @reason: exit reason, or VM-instruction error.
 *
 * Context: interrupts off, vcpu->bind_lock is held.
 */
void xvcpu_exit_trace_failed(struct xvcpu_vcpu *vcpu, u32 reason)
{
	struct xvcpu_exit_trace_ring *ring = active(vcpu);
	struct xvcpu_exit_record *record;

	if (!ring)
		return;
	record = begin(ring);
	record->reason = reason;
	record->flags |= XVCPU_EXIT_RECORD_FAILED;
	if (reason & VMX_EXIT_REASONS_FAILED_VMENTRY)
		record->qualification = vmcs_readl(EXIT_QUALIFICATION);
	end(ring, record);
}

/* --- room --- */

static bool is_full(const struct xvcpu_exit_trace_ring *ring)
{
	return READ_ONCE(ring->on) && ring->block &&
	       ring->head - tail_of(ring) >= ring->records;
}

/**
 * xvcpu_exit_trace_full() - a vCPU has to wait for room in its trace
 * @vcpu: the vCPU.
 *
 * Context: vcpu->bind_lock is held.
 * Return: whether it has to.
 */
bool xvcpu_exit_trace_full(const struct xvcpu_vcpu *vcpu)
{
	return vcpu->exit_trace && is_full(vcpu->exit_trace);
}

/**
 * xvcpu_exit_trace_wants() - a vCPU has to leave the inner loop for its trace
 * @vcpu: the vCPU.
 *
 * It is asked before each VM entry, so that a reader who is about to sleep is
 * seen at the next one.
 *
 * Context: vcpu->bind_lock is held; interrupts may be off.
 * Return: true if there is no room, or a reader sleeps and has not been told of the
 * latest record. Who has been told may take long to get up: the guest goes on.
 */
bool xvcpu_exit_trace_wants(const struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_exit_trace_ring *ring = vcpu->exit_trace;

	if (!ring)
		return false;
	/* xvcpu_exit_trace_wake() has the barrier. */
	return is_full(ring) || (waitqueue_active(&ring->readable) &&
				 ring->head != ring->told);
}

/**
 * xvcpu_exit_trace_wake() - tell the reader of new records
 * @vcpu: the vCPU, which has left the guest.
 *
 * Context: process context; vcpu->bind_lock is held.
 */
void xvcpu_exit_trace_wake(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_exit_trace_ring *ring = vcpu->exit_trace;

	if (!ring)
		return;
	ring->told = ring->head;
	if (wq_has_sleeper(&ring->readable))
		wake_up_interruptible(&ring->readable);
}

/**
 * xvcpu_exit_trace_wait() - wait until there is room, or a signal
 * @vcpu: the vCPU.
 *
 * Context: process context; drops vcpu->bind_lock meanwhile.
 */
void xvcpu_exit_trace_wait(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_exit_trace_ring *ring = vcpu->exit_trace;

	kref_get(&ring->ref);
	mutex_unlock(&vcpu->bind_lock);
	wake_up_interruptible(&ring->readable);
	wait_event_interruptible(ring->room, !is_full(ring));
	mutex_lock(&vcpu->bind_lock);
	kref_put(&ring->ref, free_ring);
}
