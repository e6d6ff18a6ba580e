// SPDX-License-Identifier: GPL-2.0
/*
 * What it takes to have a hypervisor, and to be rid of it.
 *
 * usage: bench_load MODULE...
 *	MODULE: in the order in which they are loaded, and from which they go back
 *
 * Rows as those of bench: all that is between no module and the last one.
 */
#include <stdio.h>
#include <string.h>

#include "harness.h"

#define ROUNDS	3

static int fail(const char *module, int err)
{
	fprintf(stderr, "bench_load: %s: %s\n", module, strerror(-err));
	return 1;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* A module's name in the kernel has no dash. */
static int unload(const char *module)
{
	char name[64];
	char *c;

	snprintf(name, sizeof(name), "%s", module);
	for (c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	return module_unload(name);
}

int main(int argc, char **argv)
{
	uint64_t in = UINT64_MAX, out = UINT64_MAX, start;
	int round, i, err;

	host_run_on(host_cpu(0));
	for (round = 0; round < ROUNDS; round++) {
		start = host_ticks();
		for (i = 1; i < argc; i++) {
			err = module_load(argv[i], "");
			if (err)
				return fail(argv[i], err);
		}
		in = least(in, host_ticks() - start);
		start = host_ticks();
		for (i = argc - 1; i > 0; i--) {
			err = unload(argv[i]);
			if (err)
				return fail(argv[i], err);
		}
		out = least(out, host_ticks() - start);
	}
	printf("# row insmod %llu ticks\n", (unsigned long long)in);
	printf("# row rmmod %llu ticks\n", (unsigned long long)out);
	return 0;
}
