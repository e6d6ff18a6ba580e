/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vCPUs whose guests check all their registers and some memory all the time;
 * see guests_storm.S.
 */
#ifndef XVCPU_TESTS_HARNESS_HOLD_H
#define XVCPU_TESTS_HARNESS_HOLD_H

#include "guests_hold.h"
#include "harness.h"

#define HOLD_MAX	((GUEST_SIZE - HOLD_PAGES) / PAGE_SIZE)	/* in one VM */

struct holder {
	struct vcpu vcpu;
	uint8_t *page;		/* at the guest's %rsp */
};

/*
 * The vCPU, pinned if there is a CPU, ready to run; it halts after so many
 * rounds, or never if that is 0.  No other one of the VM may be running.
 */
void hold_create(struct holder *h, struct vm *vm, int id, int cpu,
		 uint32_t rounds);
void hold_destroy(struct holder *h);

/* KVM_RUN to the HLT, after which all must have held; or its negative errno. */
int hold_run(struct holder *h);
uint64_t hold_rounds(const struct holder *h);
/* Whatever the number of rounds, the next one is the last before a HLT. */
void hold_stop(struct holder *h);
void hold_go_on(struct holder *h);
/* Wait for this many rounds more. */
void hold_wait(const struct holder *h, uint64_t rounds);

/* A word of the page: one of the HOLD_*. */
static inline volatile uint32_t *hold_word(const struct holder *h, int offset)
{
	return (volatile uint32_t *)(h->page + offset);
}

/* XCR0 that a guest may have, or 0 if there is no XSAVE. */
uint64_t hold_xcr0(struct vm *vm);
/* CR4 as the guests want it. */
void hold_set_cr4(struct vcpu *vcpu, uint64_t xcr0);

#endif /* XVCPU_TESTS_HARNESS_HOLD_H */
