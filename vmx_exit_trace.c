// SPDX-License-Identifier: GPL-2.0
/*
 * The exit trace: what each VM exit was, and which registers the guest has changed
 * since the VM entry, in a ring that userspace maps.
 *
 * The ring's memory is userspace's as much as the module's: nothing in it is
 * believed but the number of the record that the reader is at, and that only
 * delays the vCPU.
 *
 * Locking: vcpu->exit_trace is read under RCU, and a run with interrupts off is a
 * section of it: the vCPU's thread, which alone writes records, may wait for the
 * guest's memory for ever, and whoever opens, switches or closes a trace does not
 * wait for that. ring->lock serialises switching.
 */
#include <xvcpu/exit_trace.h>

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <asm/vmx.h>
#include <xvcpu/insn.h>
#include <xvcpu/page.h>
#include <xvcpu/regs.h>
#include <xvcpu/run.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vmcs.h>

#define RECORDS_A_PAGE	(PAGE_SIZE / sizeof(struct xvcpu_exit_record))

/* What a record shows that the VMCS holds. */
#define GROUPS		(XVCPU_REG_RIP | XVCPU_REG_RSP | XVCPU_REG_RFLAGS | \
			 XVCPU_REG_CR0 | XVCPU_REG_CR3 | XVCPU_REG_CR4)

static_assert(sizeof(struct xvcpu_exit_record) == 512);
static_assert(XVCPU_EXIT_TRACE_MIN >= RECORDS_A_PAGE);

/*
 * Every CPU is interrupted where it changes: it goes off when no trace has been on
 * for a second, so that who switches one to and fro does not do that to them.
 */
DEFINE_STATIC_KEY_DEFERRED_FALSE(xvcpu_exit_trace_key, HZ);

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
	mutex_destroy(&ring->lock);
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
	mutex_init(&ring->lock);
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

/* Its vCPU may see it while this is under way, or not. */
static void start(struct xvcpu_exit_trace_ring *ring)
{
	/* Its own lock orders it with the same of another trace. */
	static_branch_inc(&xvcpu_exit_trace_key.key);
	/* The entry of the next exit's has not been seen. */
	ring->entered = 0;
	WRITE_ONCE(header_of(ring)->on, true);
	/* Whoever sees it on sees that. */
	smp_store_release(&ring->on, true);
}

static void stop(struct xvcpu_exit_trace_ring *ring)
{
	WRITE_ONCE(ring->on, false);
	WRITE_ONCE(header_of(ring)->on, false);
	static_branch_slow_dec_deferred(&xvcpu_exit_trace_key);
	wake_up_all(&ring->room);
}

static int attach(struct xvcpu_exit_trace_ring *ring)
{
	struct xvcpu_vcpu *vcpu = ring->vcpu;

	if (cmpxchg(&vcpu->exit_trace, NULL, RCU_INITIALIZER(ring)))
		return -EBUSY;
	/* Its next exit is to be one whose entry is seen. */
	xvcpu_run_kick(vcpu);
	return 0;
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
	if (!(how->flags & XVCPU_EXIT_TRACE_OFF))
		start(ring);
	err = attach(ring);
	if (err) {
		if (ring->on)
			stop(ring);
		kref_put(&ring->ref, free_ring);
		return err;
	}
	*created = ring;
	return 0;
}

/**
 * xvcpu_exit_trace_destroy() - end a trace
 * @ring: the trace; nobody has it mapped, and nobody switches it.
 *
 * It does not wait for the vCPU to be anywhere, but for a moment in which it is
 * not in the guest.
 *
 * Context: process context, may sleep.
 */
void xvcpu_exit_trace_destroy(struct xvcpu_exit_trace_ring *ring)
{
	if (ring->on)
		stop(ring);
	RCU_INIT_POINTER(ring->vcpu->exit_trace, NULL);
	/* The vCPU may be in the middle of a record. */
	synchronize_rcu();
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
	mutex_lock(&ring->lock);
	if (on && !ring->on)
		start(ring);
	else if (!on && ring->on)
		stop(ring);
	/* It has written its record, and sees the switch before its next entry. */
	xvcpu_run_kick(ring->vcpu);
	mutex_unlock(&ring->lock);
}

/**
 * xvcpu_exit_trace_flush() - no work of any trace is left behind
 *
 * Context: process context, may sleep; there is no trace, nor will there be.
 */
void xvcpu_exit_trace_flush(void)
{
	static_key_deferred_flush(&xvcpu_exit_trace_key);
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

/* Whether records are written; it may be switched at any time. */
static bool is_on(const struct xvcpu_exit_trace_ring *ring)
{
	/* Pairs with start(). */
	return smp_load_acquire(&ring->on);
}

/* The trace, if it is on and has seen the entry. */
static struct xvcpu_exit_trace_ring *active(const struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_exit_trace_ring *ring;

	ring = rcu_dereference_sched(vcpu->exit_trace);
	return ring && is_on(ring) && ring->entered ? ring : NULL;
}

/**
 * xvcpu_exit_trace_entry() - a vCPU is about to enter the guest
 * @vcpu: the vCPU, bound to this CPU.
 *
 * Context: interrupts off, in KVM_RUN.
 */
void xvcpu_exit_trace_entry(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_exit_trace_ring *ring;

	ring = rcu_dereference_sched(vcpu->exit_trace);
	if (!ring || !is_on(ring))
		return;
	read_regs(vcpu, ring->reg);
	ring->entered = ktime_get_mono_fast_ns();
}

/**
 * xvcpu_exit_trace_exit() - it has left the guest
 * @vcpu: the vCPU, bound to this CPU; vcpu->exit.reason is the exit reason.
 *
 * Context: interrupts off, in KVM_RUN.
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
 * Context: interrupts off, in KVM_RUN.
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
 * Context: process context, in KVM_RUN.
 * Return: whether it has to.
 */
bool xvcpu_exit_trace_full(const struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_exit_trace_ring *ring;
	bool full;

	rcu_read_lock();
	ring = rcu_dereference(vcpu->exit_trace);
	full = ring && is_full(ring);
	rcu_read_unlock();
	return full;
}

/**
 * xvcpu_exit_trace_wants() - a vCPU has to leave the inner loop for its trace
 * @vcpu: the vCPU.
 *
 * It is asked before each VM entry, so that a reader who is about to sleep is
 * seen at the next one.
 *
 * Context: interrupts off, in KVM_RUN.
 * Return: true if there is no room, or a reader sleeps and has not been told of the
 * latest record. Who has been told may take long to get up: the guest goes on.
 */
bool xvcpu_exit_trace_wants(const struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_exit_trace_ring *ring;

	ring = rcu_dereference_sched(vcpu->exit_trace);
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
 * Context: process context, in KVM_RUN.
 */
void xvcpu_exit_trace_wake(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_exit_trace_ring *ring;

	rcu_read_lock();
	ring = rcu_dereference(vcpu->exit_trace);
	if (ring) {
		ring->told = ring->head;
		if (wq_has_sleeper(&ring->readable))
			wake_up_interruptible(&ring->readable);
	}
	rcu_read_unlock();
}

/* The trace with a reference, or NULL. */
static struct xvcpu_exit_trace_ring *get_ring(const struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_exit_trace_ring *ring;

	rcu_read_lock();
	ring = rcu_dereference(vcpu->exit_trace);
	if (ring)
		kref_get(&ring->ref);
	rcu_read_unlock();
	return ring;
}

/**
 * xvcpu_exit_trace_wait() - wait until there may be room, or a signal
 * @vcpu: the vCPU.
 *
 * Context: process context; drops vcpu->bind_lock meanwhile.
 */
void xvcpu_exit_trace_wait(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_exit_trace_ring *ring = get_ring(vcpu);

	if (!ring)
		return;
	mutex_unlock(&vcpu->bind_lock);
	wake_up_interruptible(&ring->readable);
	/* Whoever writes the tail need not say so: then it looks now and again. */
	wait_event_interruptible_timeout(ring->room, !is_full(ring), HZ / 10);
	mutex_lock(&vcpu->bind_lock);
	kref_put(&ring->ref, free_ring);
}
