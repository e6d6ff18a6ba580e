/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's TSC as guests are to see it: one that does not go back over sleep.
 */
#ifndef _XVCPU_CLOCK_H
#define _XVCPU_CLOCK_H

#include <linux/compiler.h>
#include <linux/types.h>

/**
 * struct xvcpu_clock - what the TSC lost while the machine slept
 * @slept_at: what it was when the machine fell asleep last.
 * @lost: what has to be added to it now.
 *
 * Written while the machine has but one CPU and no task runs.
 */
struct xvcpu_clock {
	u64 slept_at;
	u64 lost;
};

extern struct xvcpu_clock xvcpu_clock;

void xvcpu_clock_sleep(struct xvcpu_clock *clock, u64 tsc);
void xvcpu_clock_wake(struct xvcpu_clock *clock, u64 tsc);

/* To be added to the TSC. */
static inline u64 xvcpu_clock_lost(void)
{
	return READ_ONCE(xvcpu_clock.lost);
}

#endif /* _XVCPU_CLOCK_H */
