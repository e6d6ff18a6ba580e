// SPDX-License-Identifier: GPL-2.0
/*
 * The first VM that there is, with which a hypervisor may enter VMX root operation,
 * and its end, with which it may leave.
 *
 * usage: bench_first DEVICE
 *
 * Rows as those of bench, which has them for one VM among others.
 */
#include <unistd.h>

#include "bench.h"

static void first(void)
{
	uint64_t create = UINT64_MAX, destroy = UINT64_MAX, start;
	int i, sys, made;

	test_timeout(120);
	host_run_on(host_cpu(0));
	sys = dev_open();
	for (i = 0; i < ROUNDS; i++) {
		start = host_ticks();
		made = dev_ioctl(sys, KVM_CREATE_VM, NULL);
		create = least(create, host_ticks() - start);
		REQUIRE(made >= 0);
		start = host_ticks();
		close(made);
		destroy = least(destroy, host_ticks() - start);
	}
	bench_say_unit("first_vm", create, "ticks");
	bench_say_unit("last_vm", destroy, "ticks");
}

static const struct test tests[] = {
	{ "bench_first", first },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
