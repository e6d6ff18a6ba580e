// SPDX-License-Identifier: GPL-2.0
/*
 * What the rows share: a guest to be run, its handler, and how a row is said.
 */
#include <errno.h>
#include <string.h>

#include "bench.h"

/* In the harness' memory, above all that a guest of it has. */
#define TOUCH	0x200000
/* A guest of its own. */
#define HANDLER	(GUEST_DATA + 0x1000)
#define VEC_NMI	2

uint64_t bench_mib = 64;

void bench_set_up(void)
{
	host_run_on(host_cpu(0));
	test_timeout(120);
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
}

void bench_load(const char *guest, uint64_t times)
{
	struct kvm_regs regs;

	vcpu_load(&vcpu, guest);
	vcpu_get_regs(&vcpu, &regs);
	regs.rbp = times;
	regs.rbx = TOUCH;
	regs.rcx = PAGE_SIZE;
	vcpu_set_regs(&vcpu, &regs);
}

static void set_gate(int vector)
{
	*vm_u64(&vm, GUEST_IDT + vector * 16) =
		(HANDLER & 0xffff) | (uint64_t)SEL_CODE64 << 16 |
		0x8e0000000000 | (uint64_t)(HANDLER & 0xffff0000) << 32;
	*vm_u64(&vm, GUEST_IDT + vector * 16 + 8) = 0;
}

void bench_set_handler(int vector)
{
	const struct guest *handler = guest_find("bench_handler");

	memcpy(vm.mem + HANDLER, handler->start, handler->end - handler->start);
	set_gate(vector);
	set_gate(VEC_NMI);
}

void bench_say_unit(const char *row, uint64_t value, const char *unit)
{
	test_note("row %s %llu %s", row, (unsigned long long)value, unit);
}

void bench_say(const char *row, uint64_t instructions)
{
	bench_say_unit(row, instructions, "instructions");
}

uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t more_than(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* What userspace is asked for on the way there. */
static bool is_request(uint32_t reason)
{
	return reason == KVM_EXIT_IO || reason == KVM_EXIT_MMIO;
}

uint64_t bench_run_to_end(void)
{
	uint64_t start = host_ticks();

	do {
		REQUIRE_EQ(vcpu_run(&vcpu), 0);
	} while (is_request(vcpu.run->exit_reason));
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	return host_ticks() - start;
}

void bench_run_to_out(void)
{
	REQUIRE_EQ(vcpu_run(&vcpu), 0);
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_IO);
}

void bench_finish_out(void)
{
	vcpu.run->immediate_exit = 1;
	REQUIRE_EQ(vcpu_run(&vcpu), -EINTR);
	vcpu.run->immediate_exit = 0;
}
