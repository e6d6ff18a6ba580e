// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzer's arguments: structures that work, with some fields flipped or
 * not; noise; and pointers that end early or lead nowhere.
 *
 * What could exhaust the machine rather than the module is taken back: signals
 * that nobody could end a run by, a dirty log of a terabyte.
 */
#include "fuzz.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "harness.h"

#define RESERVED	0x400000UL
#define LONGEST_LOG	0x4000000ULL

struct fuzz_memory fuzz_memory;

/* --- the state at first, by the request that reads it --- */

static struct state {
	unsigned long get;
	unsigned long set;
	uint8_t *bytes;
} states[] = {
	{ .get = KVM_GET_REGS, .set = KVM_SET_REGS },
	{ .get = KVM_GET_SREGS, .set = KVM_SET_SREGS },
	{ .get = KVM_GET_SREGS2, .set = KVM_SET_SREGS2 },
	{ .get = KVM_GET_FPU, .set = KVM_SET_FPU },
	{ .get = KVM_GET_XSAVE, .set = KVM_SET_XSAVE },
	{ .get = KVM_GET_XCRS, .set = KVM_SET_XCRS },
	{ .get = KVM_GET_DEBUGREGS, .set = KVM_SET_DEBUGREGS },
	{ .get = KVM_GET_MP_STATE, .set = KVM_SET_MP_STATE },
	{ .get = KVM_GET_VCPU_EVENTS, .set = KVM_SET_VCPU_EVENTS },
};

static struct kvm_cpuid2 *cpuid;

void fuzz_argument_capture(int sys, int vcpu)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		states[i].bytes = calloc(1, _IOC_SIZE(states[i].get));
		REQUIRE(states[i].bytes);
		dev_ioctl(vcpu, states[i].get, states[i].bytes);
	}
	cpuid = cpuid_supported(sys);
}

static void fill_state(const struct fuzz_request *r, uint8_t *arg)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		if (states[i].set == r->request)
			memcpy(arg, states[i].bytes, _IOC_SIZE(r->request));
	if (r->request == KVM_SET_CPUID2)
		memcpy(arg, cpuid, sizeof(*cpuid) +
		       cpuid->nent * sizeof(cpuid->entries[0]));
}

/* --- a thread's pages --- */

/* In the middle of addresses that nothing else will be given. */
void fuzz_thread_map(struct fuzz_thread *t)
{
	uint8_t *all = mmap(NULL, RESERVED, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			    MAP_32BIT, -1, 0);

	REQUIRE(all != MAP_FAILED);
	t->closed = all + RESERVED / 4;
	t->arena = all + RESERVED / 2;
	t->read_only = all + RESERVED / 4 * 3;
	REQUIRE_EQ(mprotect(t->arena, FUZZ_ARENA_SIZE, PROT_READ | PROT_WRITE),
		   0);
	REQUIRE_EQ(mprotect(t->read_only, PAGE_SIZE, PROT_READ), 0);
}

/* --- arguments --- */

static void flip(struct fuzz_thread *t, uint8_t *arg, size_t size)
{
	static const size_t widths[] = { 1, 2, 4, 4, 8, 8 };
	size_t width = widths[fuzz_random_below(&t->random,
						ARRAY_SIZE(widths))];
	uint64_t value = fuzz_random_value(&t->random);

	if (size < width)
		return;
	memcpy(arg + fuzz_random_below(&t->random, size / width) * width,
	       &value, width);
}

static void keep_harmless(const struct fuzz_request *r, uint8_t *arg)
{
	struct kvm_userspace_memory_region region;
	uint64_t mask;

	if (r->request == KVM_SET_USER_MEMORY_REGION) {
		memcpy(&region, arg, sizeof(region));
		if (region.memory_size > LONGEST_LOG)
			region.flags &= ~KVM_MEM_LOG_DIRTY_PAGES;
		memcpy(arg, &region, sizeof(region));
	}
	if (r->request == KVM_SET_SIGNAL_MASK) {
		memcpy(&mask, arg + sizeof(struct kvm_signal_mask), 8);
		mask &= ~(BIT(SIGUSR1 - 1) | BIT(SIGSEGV - 1) |
			  BIT(SIGBUS - 1));
		memcpy(arg + sizeof(struct kvm_signal_mask), &mask, 8);
	}
}

static uint8_t *structure(struct fuzz_thread *t, const struct fuzz_request *r)
{
	uint8_t made[0x4000];
	uint32_t flips = fuzz_random_below(&t->random, 6);
	size_t size;
	uint8_t *arg;

	memset(made, 0, sizeof(made));
	size = r->fill(t, r, made);
	fill_state(r, made);
	if (fuzz_random_percent(&t->random, 10))
		fuzz_random_bytes(&t->random, made, size);
	else if (flips < 4)
		for (; flips; flips--)
			flip(t, made, size);
	keep_harmless(r, made);
	/* Mostly at the beginning; some end with the page, or do not fit. */
	switch (fuzz_random_below(&t->random, 8)) {
	case 0:
		size = fuzz_random_below(&t->random, size + 1);
		arg = t->arena + FUZZ_ARENA_SIZE - size;
		break;
	case 1:
		arg = t->arena + FUZZ_ARENA_SIZE - size;
		break;
	default:
		arg = t->arena;
	}
	memcpy(arg, made, size);
	return arg;
}

/* Not where guests write what would get round keep_harmless(). */
static bool may_be_anywhere(const struct fuzz_request *r)
{
	return r->request != KVM_SET_USER_MEMORY_REGION &&
	       r->request != KVM_SET_SIGNAL_MASK;
}

static unsigned long bad_pointer(struct fuzz_thread *t,
				 const struct fuzz_request *r)
{
	uint64_t offset = fuzz_random_below(&t->random, PAGE_SIZE);

	switch (fuzz_random_below(&t->random, 8)) {
	case 0:
		return 0;
	case 1:
		return (uintptr_t)t->read_only + offset;
	case 2:
		return (uintptr_t)t->closed + offset;
	case 3:
		return may_be_anywhere(r) ?
		       (uintptr_t)fuzz_memory.at + offset : offset;
	case 4:
		return (uintptr_t)t->arena + FUZZ_ARENA_SIZE;
	case 5:
		return 0xffffffff81000000 + offset;
	case 6:
		return 0x8000000000000000 | offset;
	default:
		return -offset;
	}
}

unsigned long fuzz_argument_make(struct fuzz_thread *t,
				 const struct fuzz_request *r)
{
	if (!r->fill)
		return fuzz_random_percent(&t->random, 70) ?
		       fuzz_random_below(&t->random,
					 r->request == KVM_RUN ? 1 : 16) :
		       fuzz_random_value(&t->random);
	if (fuzz_random_percent(&t->random, 8))
		return bad_pointer(t, r);
	return (uintptr_t)structure(t, r);
}
