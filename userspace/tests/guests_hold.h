/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that hold all their state: the page of such a guest's own, at its %rsp,
 * and the codes of its checks.
 */
#ifndef XVCPU_TESTS_GUESTS_HOLD_H
#define XVCPU_TESTS_GUESTS_HOLD_H

#include "guests.h"

/* Where the pages are, one a vCPU, and where in its page %rsp is. */
#define HOLD_PAGES	0x100000
#define HOLD_RSP	0x800

/* At %rsp; what is below is the stack. */
#define HOLD_STOP	0x00	/* u32: halt after this round */
#define HOLD_BROKEN	0x04	/* u32: the first check that failed, or 0 */
#define HOLD_ROUNDS	0x08	/* u64: rounds of checks that held */
#define HOLD_SPIN	0x10	/* u32: what is left of HOLD_SPINS */
#define HOLD_SPINS	0x14	/* u32: how long all registers wait for a check */
#define HOLD_LEFT	0x18	/* u32: rounds to the next HLT */
#define HOLD_PER_EXIT	0x1c	/* u32: rounds from one HLT to the next */
#define HOLD_SEED	0x20	/* u64 */
#define HOLD_XCR0	0x28	/* u64: or 0 if there is no XSAVE */
#define HOLD_HAS_AUX	0x30	/* u32: there is IA32_TSC_AUX */
#define HOLD_DR6	0x38	/* u64 */
#define HOLD_MXCSR	0x40	/* u32 */
#define HOLD_GPRS	0x80	/* 15 u64: all but %rsp */
#define HOLD_MEMORY	0x100	/* HOLD_WORDS u64 */
#define HOLD_WORDS	32

/* Codes of checks; those of MSRs are their numbers. */
#define HOLD_CODE_CR2		0xc2
#define HOLD_CODE_XCR0		0xc0
#define HOLD_CODE_DR		0xd0
#define HOLD_CODE_XMM		0x100
#define HOLD_CODE_YMM		0x200
#define HOLD_CODE_MXCSR		0x300
#define HOLD_CODE_X87		0x301
#define HOLD_CODE_GPR		0x400
#define HOLD_CODE_MEMORY	0x500

#endif /* XVCPU_TESTS_GUESTS_HOLD_H */
