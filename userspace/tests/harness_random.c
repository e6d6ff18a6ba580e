// SPDX-License-Identifier: GPL-2.0
/*
 * Random numbers that can be had again.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "harness.h"

/* Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators". */
static uint64_t next(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void random_start(struct random *random)
{
	const char *wanted = getenv("XVCPU_TEST_SEED");

	random->state = wanted ? strtoull(wanted, NULL, 0) :
				 host_ticks() & 0xffffffff;
	test_note("XVCPU_TEST_SEED=%" PRIu64, random->state);
}

/* For another thread, which is to have numbers of its own. */
void random_fork(struct random *random, const struct random *from, int n)
{
	random->state = from->state + n;
	random->state = next(random);
}

uint32_t random_below(struct random *random, uint32_t limit)
{
	return (next(random) >> 32) % limit;
}
