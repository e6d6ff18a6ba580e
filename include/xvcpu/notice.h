/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens to CPUs, VMs and vCPUs, for those who watch: a queue between where
 * it happens, which may be anywhere, and who sends it on, who may sleep.
 */
#ifndef _XVCPU_NOTICE_H
#define _XVCPU_NOTICE_H

#include <linux/types.h>
#include <uapi/linux/xvcpu_netlink.h>

/**
 * struct xvcpu_notice - something that has happened
 * @kind: what.
 * @cpu: the CPU, or XVCPU_CPU_NONE.
 * @from_cpu: the CPU before, or XVCPU_CPU_NONE.
 * @vm: the VM's id, or 0.
 * @vcpu: the vCPU's key, or 0.
 * @id: the vCPU's id.
 * @tgid: the VM's process, or 0.
 * @why: an errno, a reason or a number, by its kind.
 * @seq: its number.
 * @time: when it happened, nanoseconds of the monotonic clock.
 *
 * The last two are xvcpu_notice_tell()'s.
 */
struct xvcpu_notice {
	enum xvcpu_event_kind kind;
	int cpu;
	int from_cpu;
	u32 vm;
	u32 vcpu;
	u32 id;
	pid_t tgid;
	u64 why;
	u64 seq;
	u64 time;
};

/**
 * struct xvcpu_notice_reader - who sends notices on
 * @wanted: whether anybody listens; any context but NMI.
 * @wake: something is to be taken; interrupts off, a raw spinlock held.
 */
struct xvcpu_notice_reader {
	bool (*wanted)(void);
	void (*wake)(void);
};

void xvcpu_notice_open(const struct xvcpu_notice_reader *reader);
void xvcpu_notice_close(void);
bool xvcpu_notice_wanted(void);
void xvcpu_notice_tell(struct xvcpu_notice *notice);
void xvcpu_notice_cpu(enum xvcpu_event_kind kind, int cpu, int error);
bool xvcpu_notice_take(struct xvcpu_notice *notice);

#endif /* _XVCPU_NOTICE_H */
