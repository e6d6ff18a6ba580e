// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzer's random numbers: splitmix64, which any seed is good for.
 */
#include "fuzz.h"

#include <string.h>

#include "harness.h"

uint64_t fuzz_random_next(struct fuzz_random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void fuzz_random_init(struct fuzz_random *random, uint64_t seed, uint32_t round,
		      uint32_t thread, uint32_t call)
{
	random->state = seed;
	random->state = fuzz_random_next(random) ^ round;
	random->state = fuzz_random_next(random) ^
			((uint64_t)thread << 32 | call);
	fuzz_random_next(random);
}

uint32_t fuzz_random_below(struct fuzz_random *random, uint32_t limit)
{
	return (fuzz_random_next(random) >> 32) * limit >> 32;
}

bool fuzz_random_percent(struct fuzz_random *random, uint32_t percent)
{
	return fuzz_random_below(random, 100) < percent;
}

uint64_t fuzz_random_value(struct fuzz_random *random)
{
	static const uint64_t odd[] = {
		0, 1, 2, 3, 7, 8, 0x10, 0x20, 0x7f, 0x80, 0xff, 0x100, 0xfff,
		0x1000, 0x7fff, 0xffff, 0x10000, 0x3fffff, 0x400000,
		0x7fffffff, 0x80000000, 0xfee00000, 0xfffff000, 0xffffffff,
		0x100000000, 0x7ffffffff000, 0x7fffffffffff, 0x800000000000,
		0xfffffffffffff, 0xffff800000000000, 0x7fffffffffffffff,
		0x8000000000000000, 0xfffffffffffff000, ~0ULL,
	};

	switch (fuzz_random_below(random, 4)) {
	case 0:
		return odd[fuzz_random_below(random, ARRAY_SIZE(odd))];
	case 1:
		return BIT(fuzz_random_below(random, 64));
	case 2:
		return fuzz_random_below(random, 64);
	default:
		return fuzz_random_next(random) >>
		       fuzz_random_below(random, 64);
	}
}

void fuzz_random_bytes(struct fuzz_random *random, void *bytes, size_t size)
{
	uint8_t *to = bytes;
	uint64_t word;
	size_t n;

	for (; size; size -= n, to += n) {
		word = fuzz_random_next(random);
		n = size < sizeof(word) ? size : sizeof(word);
		memcpy(to, &word, n);
	}
}
