/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The benchmark: what its rows share, and where each row is.
 *
 * A row is a test; it measures by the TSC and says "# row NAME VALUE UNIT" once.
 */
#ifndef XVCPU_BENCH_H
#define XVCPU_BENCH_H

#include <stdint.h>

#include "harness_memory.h"	/* vm and vcpu */

#define ROUNDS	7		/* of which the least counts */

/* --- measure.c --- */

/* How much memory the rows about much of it take. */
extern uint64_t bench_mib;

/* On the first CPU: a VM with one vCPU. */
void bench_set_up(void);
/* The guest, to do what it does so many times. */
void bench_load(const char *guest, uint64_t times);
/* Interrupts of a vector, and NMIs, lead to a handler that does nothing. */
void bench_set_handler(int vector);
/* What one CPU has done; with others at work, or asleep, they are ticks. */
void bench_say(const char *row, uint64_t instructions);
void bench_say_unit(const char *row, uint64_t value, const char *unit);
uint64_t least(uint64_t a, uint64_t b);
/* Of what one does more than another: 0 if it is less. */
uint64_t more_than(uint64_t a, uint64_t b);

/* Run to the HLT, whatever comes before; the ticks it took. */
uint64_t bench_run_to_end(void);
/* One KVM_RUN to the guest's next OUT. */
void bench_run_to_out(void);
/* The next KVM_RUN would only then go on behind it. */
void bench_finish_out(void);

/* --- the rows --- */

/* exits.c */
void row_cpuid(void);
void row_rdmsr(void);
void row_wrmsr(void);
void row_cr_write(void);
void row_hlt(void);
void row_hlt_user(void);
void row_hypercall(void);
void row_pio_out(void);
void row_pio_in(void);
void row_mmio_read(void);
void row_mmio_write(void);

/* events.c */
void row_inject(void);
void row_signal(void);
void row_hostirq(void);
void row_move(void);

/* ioctls.c */
void row_ioctl(void);
void row_immediate_exit(void);
void row_get_regs(void);
void row_set_regs(void);
void row_get_sregs(void);
void row_set_sregs(void);
void row_sync_regs(void);

/* memory.c */
void row_touch(void);
void row_touch_4k(void);
void row_touch_2m(void);

/* lives.c */
void row_vm(void);
void row_vcpu(void);
void row_memory_vm(void);
void row_memory_vcpu(void);

#endif /* XVCPU_BENCH_H */
