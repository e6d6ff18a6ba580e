// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to CPUs, VMs and vCPUs, for those who watch.
 *
 * Whoever makes it happen may have interrupts off, or be in a cross-call: it puts
 * a notice in a ring of fixed size. The reader takes it out where it may sleep.
 * If the ring is full the notice is lost, and counted, and the reader told so in
 * its place. While nobody listens nothing is put there.
 *
 * Locking: one raw spinlock around the ring, inside all others of the module.
 * One ring, and not one a CPU, so that notices keep their order.
 */
#include <xvcpu/notice.h>

#include <linux/compiler.h>
#include <linux/ktime.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <uapi/linux/xvcpu.h>

/**
 * struct slot - one place of the ring
 * @notice: what is there.
 * @lost: how many were lost right before it.
 */
struct slot {
	struct xvcpu_notice notice;
	u32 lost;
};

/**
 * struct queue - the ring
 * @lock: protects all of it.
 * @reader: who takes notices, or NULL; read without the lock, too.
 * @seq: number of the latest notice.
 * @first: how many have been taken.
 * @last: how many have been put there.
 * @lost: how many were lost since the latest that was put there.
 * @slot: the places.
 */
struct queue {
	raw_spinlock_t lock;
	const struct xvcpu_notice_reader *reader;
	u64 seq;
	u32 first;
	u32 last;
	u32 lost;
	struct slot slot[XVCPU_EVENT_QUEUE];
};

static struct queue queue = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(queue.lock),
};

static struct slot *slot_of(u32 n)
{
	BUILD_BUG_ON_NOT_POWER_OF_2(XVCPU_EVENT_QUEUE);
	return &queue.slot[n % XVCPU_EVENT_QUEUE];
}

/**
 * xvcpu_notice_open() - notices are taken from now on
 * @reader: by whom.
 *
 * Context: any but NMI.
 */
void xvcpu_notice_open(const struct xvcpu_notice_reader *reader)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&queue.lock, flags);
	queue.first = queue.last;
	queue.lost = 0;
	WRITE_ONCE(queue.reader, reader);
	raw_spin_unlock_irqrestore(&queue.lock, flags);
}

/**
 * xvcpu_notice_close() - the reader is not woken any more
 *
 * What has been told may still be taken. wanted() may be running on other CPUs.
 *
 * Context: any but NMI.
 */
void xvcpu_notice_close(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&queue.lock, flags);
	WRITE_ONCE(queue.reader, NULL);
	raw_spin_unlock_irqrestore(&queue.lock, flags);
}

/**
 * xvcpu_notice_wanted() - whether anybody listens
 *
 * Context: any but NMI.
 * Return: true if so.
 */
bool xvcpu_notice_wanted(void)
{
	const struct xvcpu_notice_reader *reader = READ_ONCE(queue.reader);

	return reader && reader->wanted();
}

static void put(const struct xvcpu_notice *notice)
{
	struct slot *slot;

	if (queue.last - queue.first == XVCPU_EVENT_QUEUE) {
		queue.lost++;
		return;
	}
	slot = slot_of(queue.last++);
	slot->notice = *notice;
	slot->lost = queue.lost;
	queue.lost = 0;
}

/**
 * xvcpu_notice_tell() - something has happened
 * @notice: what; it is given its number and its time.
 *
 * Context: any but NMI.
 */
void xvcpu_notice_tell(struct xvcpu_notice *notice)
{
	unsigned long flags;

	if (!xvcpu_notice_wanted())
		return;
	raw_spin_lock_irqsave(&queue.lock, flags);
	if (queue.reader) {
		notice->seq = ++queue.seq;
		/* It may be the last moment before sleep. */
		notice->time = ktime_get_mono_fast_ns();
		put(notice);
		queue.reader->wake();
	}
	raw_spin_unlock_irqrestore(&queue.lock, flags);
}

/**
 * xvcpu_notice_cpu() - something has happened to a CPU
 * @kind: what.
 * @cpu: the CPU.
 * @error: negative errno, or 0.
 *
 * Context: any but NMI.
 */
void xvcpu_notice_cpu(enum xvcpu_event_kind kind, int cpu, int error)
{
	struct xvcpu_notice notice = {
		.kind = kind,
		.cpu = cpu,
		.from_cpu = XVCPU_CPU_NONE,
		.why = -error,
	};

	xvcpu_notice_tell(&notice);
}

static void fill_lost(struct xvcpu_notice *notice, u32 lost, u64 seq)
{
	*notice = (struct xvcpu_notice) {
		.kind = XVCPU_EVENT_LOST,
		.cpu = XVCPU_CPU_NONE,
		.from_cpu = XVCPU_CPU_NONE,
		.why = lost,
		.seq = seq,
		.time = ktime_get_mono_fast_ns(),
	};
}

static bool take_locked(struct xvcpu_notice *notice)
{
	struct slot *slot;

	if (queue.first == queue.last) {
		fill_lost(notice, queue.lost, queue.seq);
		queue.lost = 0;
		return notice->why;
	}
	slot = slot_of(queue.first);
	if (slot->lost) {
		fill_lost(notice, slot->lost, slot->notice.seq - 1);
		slot->lost = 0;
		return true;
	}
	*notice = slot->notice;
	queue.first++;
	return true;
}

/**
 * xvcpu_notice_take() - take the oldest notice out
 * @notice: what is to be filled: a notice, or, in their place, how many were lost.
 *
 * Context: any but NMI.
 * Return: whether there was any.
 */
bool xvcpu_notice_take(struct xvcpu_notice *notice)
{
	unsigned long flags;
	bool taken;

	raw_spin_lock_irqsave(&queue.lock, flags);
	taken = take_locked(notice);
	raw_spin_unlock_irqrestore(&queue.lock, flags);
	return taken;
}
