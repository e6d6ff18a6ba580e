// SPDX-License-Identifier: GPL-2.0
/*
 * vCPUs whose guests check all their registers and some memory all the time.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness_hold.h"

#define CPUID_1_XSAVE		BIT(26)		/* ECX */
#define CPUID_EXT_RDTSCP	BIT(27)		/* EDX of 0x80000001 */
#define NR_GPRS			15
#define SPINS			500

static uint64_t *quad(const struct holder *h, int offset)
{
	return (uint64_t *)(h->page + offset);
}

uint64_t hold_xcr0(struct vm *vm)
{
	struct kvm_cpuid2 *cpuid = cpuid_supported(vm->sys);
	struct kvm_cpuid_entry2 *entry = cpuid_find(cpuid, 0xd, 0);
	uint64_t xcr0 = 0;

	if (cpuid_find(cpuid, 1, 0)->ecx & CPUID_1_XSAVE && entry)
		xcr0 = entry->eax & 7;
	free(cpuid);
	return xcr0;
}

static bool has_tsc_aux(struct vm *vm)
{
	struct kvm_cpuid2 *cpuid = cpuid_supported(vm->sys);
	struct kvm_cpuid_entry2 *entry = cpuid_find(cpuid, 0x80000001, 0);
	bool has = entry && entry->edx & CPUID_EXT_RDTSCP;

	free(cpuid);
	return has;
}

void hold_set_cr4(struct vcpu *vcpu, uint64_t xcr0)
{
	struct kvm_sregs sregs;

	vcpu_get_sregs(vcpu, &sregs);
	sregs.cr4 |= X86_CR4_OSFXSR;
	if (xcr0)
		sregs.cr4 |= X86_CR4_OSXSAVE;
	vcpu_set_sregs(vcpu, &sregs);
}

/* Another one for each vCPU, in all of its bytes; below 2 GiB. */
static uint64_t seed_of(int id)
{
	return 0x15000000 + ((id & 63) << 24) + id * 0x1000;
}

static void fill_page(struct holder *h, uint64_t seed, uint32_t rounds)
{
	int i;

	*hold_word(h, HOLD_SPINS) = SPINS;
	*hold_word(h, HOLD_PER_EXIT) = rounds;
	*hold_word(h, HOLD_LEFT) = rounds;
	*quad(h, HOLD_SEED) = seed;
	*quad(h, HOLD_XCR0) = hold_xcr0(h->vcpu.vm);
	*hold_word(h, HOLD_HAS_AUX) = has_tsc_aux(h->vcpu.vm);
	for (i = 0; i < NR_GPRS; i++)
		*quad(h, HOLD_GPRS + i * 8) = (seed << 32 | seed) + i;
}

void hold_create(struct holder *h, struct vm *vm, int id, int cpu,
		 uint32_t rounds)
{
	uint64_t gpa = HOLD_PAGES + id * PAGE_SIZE + HOLD_RSP;
	struct kvm_regs regs;

	REQUIRE(id < (int)HOLD_MAX);
	if (cpu == XVCPU_CPU_NONE)
		vcpu_create(&h->vcpu, vm, id);
	else
		vcpu_create_pinned(&h->vcpu, vm, id, cpu);
	h->page = vm->mem + gpa;
	fill_page(h, seed_of(id), rounds);
	vcpu_load(&h->vcpu, "storm_holder");
	hold_set_cr4(&h->vcpu, *quad(h, HOLD_XCR0));
	vcpu_get_regs(&h->vcpu, &regs);
	regs.rsp = gpa;
	vcpu_set_regs(&h->vcpu, &regs);
}

void hold_destroy(struct holder *h)
{
	vcpu_destroy(&h->vcpu);
}

static const char *name_of(uint32_t code, char *name, size_t size)
{
	if (code == HOLD_CODE_CR2)
		snprintf(name, size, "CR2");
	else if (code == HOLD_CODE_XCR0)
		snprintf(name, size, "XCR0");
	else if (code == HOLD_CODE_MXCSR)
		snprintf(name, size, "MXCSR");
	else if (code == HOLD_CODE_X87)
		snprintf(name, size, "ST(0)");
	else if (code == HOLD_CODE_MEMORY)
		snprintf(name, size, "memory");
	else if (code - HOLD_CODE_DR < 8)
		snprintf(name, size, "DR%d", code - HOLD_CODE_DR);
	else if (code - HOLD_CODE_XMM < 16)
		snprintf(name, size, "XMM%d", code - HOLD_CODE_XMM);
	else if (code - HOLD_CODE_YMM < 16)
		snprintf(name, size, "YMM%d", code - HOLD_CODE_YMM);
	else if (code - HOLD_CODE_GPR < NR_GPRS)
		snprintf(name, size, "general-purpose register %d",
			 code - HOLD_CODE_GPR);
	else
		snprintf(name, size, "MSR 0x%x", code);
	return name;
}

/* After a HLT: an exception ends in one, too, and so does what did not hold. */
static void check(struct holder *h, uint64_t rounds)
{
	uint32_t broken = *hold_word(h, HOLD_BROKEN);
	struct exception exception;
	char name[64];

	if (broken)
		test_failed(true, __FILE__, __LINE__,
			    "vCPU %d: %s has not held in round %llu",
			    h->vcpu.id, name_of(broken, name, sizeof(name)),
			    (unsigned long long)hold_rounds(h));
	if (hold_rounds(h) != rounds)
		return;
	vcpu_exception(&h->vcpu, &exception);
	test_failed(true, __FILE__, __LINE__,
		    "vCPU %d: exception %d at 0x%llx, error code 0x%x",
		    h->vcpu.id, exception.vector,
		    (unsigned long long)exception.rip, exception.error);
}

int hold_run(struct holder *h)
{
	uint64_t rounds = hold_rounds(h);
	int ret = vcpu_run(&h->vcpu);

	if (ret)
		return ret;
	if (h->vcpu.run->exit_reason != KVM_EXIT_HLT)
		test_failed(true, __FILE__, __LINE__, "vCPU %d: exit %s",
			    h->vcpu.id, exit_name(h->vcpu.run->exit_reason));
	check(h, rounds);
	return 0;
}

uint64_t hold_rounds(const struct holder *h)
{
	return __atomic_load_n(quad(h, HOLD_ROUNDS), __ATOMIC_ACQUIRE);
}

void hold_stop(struct holder *h)
{
	__atomic_store_n(hold_word(h, HOLD_STOP), 1, __ATOMIC_RELEASE);
}

void hold_go_on(struct holder *h)
{
	__atomic_store_n(hold_word(h, HOLD_STOP), 0, __ATOMIC_RELEASE);
}

void hold_wait(const struct holder *h, uint64_t rounds)
{
	uint64_t start = hold_rounds(h);

	while (hold_rounds(h) < start + rounds)
		sched_yield();
}
