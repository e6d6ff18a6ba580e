/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts of the instructions that make an exit slow on a real CPU.
 *
 * They are kept on kernels that check themselves, on each CPU: elsewhere to count
 * them would cost as much as they do.
 */
#ifndef _XVCPU_COUNTS_H
#define _XVCPU_COUNTS_H

#include <linux/kconfig.h>
#include <linux/percpu.h>
#include <linux/types.h>

/* XVCPU_COUNTS - whether there are counts at all */
#define XVCPU_COUNTS	IS_ENABLED(CONFIG_PROVE_LOCKING)

/**
 * enum xvcpu_counted - what is counted
 * @XVCPU_COUNTED_VMREAD: VMREAD.
 * @XVCPU_COUNTED_VMWRITE: VMWRITE.
 * @XVCPU_COUNTED_WRMSR: WRMSR.
 * @XVCPU_COUNTED_CR_WRITE: MOV to a control register.
 * @XVCPU_COUNTED_XCR_WRITE: XSETBV.
 * @XVCPU_COUNTED_VMPTRLD: VMPTRLD.
 * @XVCPU_COUNTED_NR: how many kinds there are.
 */
enum xvcpu_counted {
	XVCPU_COUNTED_VMREAD,
	XVCPU_COUNTED_VMWRITE,
	XVCPU_COUNTED_WRMSR,
	XVCPU_COUNTED_CR_WRITE,
	XVCPU_COUNTED_XCR_WRITE,
	XVCPU_COUNTED_VMPTRLD,
	XVCPU_COUNTED_NR
};

/**
 * struct xvcpu_counts - how many there were
 * @nr: by enum xvcpu_counted.
 */
struct xvcpu_counts {
	u64 nr[XVCPU_COUNTED_NR];
};

DECLARE_PER_CPU(struct xvcpu_counts, xvcpu_counts);

/* One more on this CPU. */
static __always_inline void xvcpu_count(enum xvcpu_counted what)
{
	if (XVCPU_COUNTS)
		this_cpu_inc(xvcpu_counts.nr[what]);
}

/**
 * xvcpu_counts_here() - how many there were on this CPU
 *
 * Context: preemption off.
 * Return: the counts; 0 where there are none.
 */
static inline struct xvcpu_counts xvcpu_counts_here(void)
{
	struct xvcpu_counts none = {};

	return XVCPU_COUNTS ? *this_cpu_ptr(&xvcpu_counts) : none;
}

/**
 * xvcpu_counts_add_since() - add what was counted on this CPU since
 * @sum: where to.
 * @since: of xvcpu_counts_here(), then.
 *
 * Context: preemption off since then.
 */
static inline void xvcpu_counts_add_since(struct xvcpu_counts *sum,
					  const struct xvcpu_counts *since)
{
	struct xvcpu_counts now = xvcpu_counts_here();
	int i;

	for (i = 0; XVCPU_COUNTS && i < XVCPU_COUNTED_NR; i++)
		sum->nr[i] += now.nr[i] - since->nr[i];
}

#endif /* _XVCPU_COUNTS_H */
