/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the guests of guests_mmio.S and the test that runs them agree on.
 */
#ifndef XVCPU_TESTS_GUESTS_MMIO_H
#define XVCPU_TESTS_GUESTS_MMIO_H

/* How the registers are to be set, where RSI and RDI are to point. */
#define SETUP_SI_DEV	1
#define SETUP_DI_DEV	2
#define SETUP_DOWN	4
#define SETUP_ZF	8
#define SETUP_XVCPU	16	/* kvm_intel does not emulate it */

#ifndef __ASSEMBLER__

#include <stdint.h>

struct mmio_form {
	const char *guest;
	const char *text;
	const char *traffic;
	uint64_t setup;
};

extern const struct mmio_form __start_mmio_forms[], __stop_mmio_forms[];

#endif /* !__ASSEMBLER__ */

#endif /* XVCPU_TESTS_GUESTS_MMIO_H */
