// SPDX-License-Identifier: GPL-2.0
/*
 * What a hypervisor costs: the KVM API only, on whatever device is named.
 *
 * usage: bench [DEVICE [MIB]]
 *	DEVICE: /dev/xvcpu if none is named
 *	MIB: the memory that touch_4k and touch_2m take
 *
 * Values are ticks of the TSC; in the emulated machine these are instructions.  A
 * row is the least of several rounds, so that what the host does meanwhile is
 * not in it.
 */
#include <stdlib.h>

#include "bench.h"

static const struct test tests[] = {
	{ "bench_ioctl", row_ioctl },
	{ "bench_cpuid", row_cpuid },
	{ "bench_rdmsr", row_rdmsr },
	{ "bench_wrmsr", row_wrmsr },
	{ "bench_cr_write", row_cr_write },
	{ "bench_hlt", row_hlt },
	{ "bench_hlt_user", row_hlt_user },
	{ "bench_hypercall", row_hypercall },
	{ "bench_pio_out", row_pio_out },
	{ "bench_pio_in", row_pio_in },
	{ "bench_mmio_read", row_mmio_read },
	{ "bench_mmio_write", row_mmio_write },
	{ "bench_inject", row_inject },
	{ "bench_signal", row_signal },
	{ "bench_hostirq", row_hostirq },
	{ "bench_move", row_move },
	{ "bench_immediate_exit", row_immediate_exit },
	{ "bench_get_regs", row_get_regs },
	{ "bench_set_regs", row_set_regs },
	{ "bench_get_sregs", row_get_sregs },
	{ "bench_set_sregs", row_set_sregs },
	{ "bench_sync_regs", row_sync_regs },
	{ "bench_touch", row_touch },
	{ "bench_touch_4k", row_touch_4k },
	{ "bench_touch_2m", row_touch_2m },
	{ "bench_vm", row_vm },
	{ "bench_vcpu", row_vcpu },
	{ "bench_memory_vm", row_memory_vm },
	{ "bench_memory_vcpu", row_memory_vcpu },
};

int main(int argc, char **argv)
{
	if (argc > 2)
		bench_mib = strtoul(argv[2], NULL, 0);
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
