// SPDX-License-Identifier: GPL-2.0
/*
 * The host's TSC as guests are to see it. Sleep may set the TSC back to 0, or to
 * anything; what it lost is added from then on, so that no guest sees it go back.
 * How long the machine slept is not known here: for guests the TSC stood still
 * then. If the TSC went on, so it did for guests.
 *
 * Locking: none. Only sleep_callback() and wake_callback() of vmx_power.c write,
 * on the one CPU that is left, interrupts off.
 */
#include <xvcpu/clock.h>

struct xvcpu_clock xvcpu_clock;

/**
 * xvcpu_clock_sleep() - the machine falls asleep
 * @clock: the clock.
 * @tsc: the TSC.
 */
void xvcpu_clock_sleep(struct xvcpu_clock *clock, u64 tsc)
{
	clock->slept_at = tsc;
}

/**
 * xvcpu_clock_wake() - the machine wakes up
 * @clock: the clock, told when the machine fell asleep.
 * @tsc: the TSC; the kernel has restored IA32_TSC_ADJUST.
 */
void xvcpu_clock_wake(struct xvcpu_clock *clock, u64 tsc)
{
	if (tsc < clock->slept_at)
		WRITE_ONCE(clock->lost, clock->lost + clock->slept_at - tsc);
}
