// SPDX-License-Identifier: GPL-2.0
/*
 * Exits: from a guest's instruction that leaves the guest to the next one.
 */
#include <string.h>

#include "account.h"
#include "bench.h"

#define TIMES	200

/* --- the same instruction over and over --- */

/* The same guest with one and with many, so that what is around cancels out. */
static uint64_t measure(const char *row, const char *guest)
{
	uint64_t one = UINT64_MAX, many = UINT64_MAX;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		bench_load(guest, 1);
		one = least(one, bench_run_to_end());
		bench_load(guest, TIMES + 1);
		many = least(many, bench_run_to_end());
	}
	bench_load(guest, TIMES);
	account_begin();
	bench_run_to_end();
	account_end(row, TIMES);
	return (many - one) / TIMES;
}

static void guest_row(const char *row, const char *guest)
{
	uint64_t loop;

	bench_set_up();
	loop = measure("without_guest", "bench_nothing");
	bench_say(row, measure(row, guest) - loop);
}

void row_cpuid(void)
{
	guest_row("cpuid", "bench_cpuid");
}

void row_pio_out(void)
{
	guest_row("pio_out", "bench_out");
}

void row_pio_in(void)
{
	guest_row("pio_in", "bench_in");
}

void row_rdmsr(void)
{
	guest_row("rdmsr", "bench_rdmsr");
}

void row_wrmsr(void)
{
	guest_row("wrmsr", "bench_wrmsr");
}

void row_cr_write(void)
{
	guest_row("cr_write", "bench_cr");
}

void row_mmio_read(void)
{
	guest_row("mmio_read", "bench_mmio_read");
}

void row_mmio_write(void)
{
	guest_row("mmio_write", "bench_mmio_write");
}

/* One that nobody has: the kernel says so. */
void row_hypercall(void)
{
	guest_row("hypercall", "bench_vmcall");
}

/* --- HLT while an NMI waits --- */

/* As STI leaves it: the NMI waits for the end of the next instruction. */
static void set_events(bool nmi)
{
	struct kvm_vcpu_events events = {
		.flags = KVM_VCPUEVENT_VALID_SHADOW |
			 KVM_VCPUEVENT_VALID_NMI_PENDING,
		.interrupt.shadow = KVM_X86_SHADOW_INT_STI,
		.nmi.pending = nmi,
	};

	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_VCPU_EVENTS, &events), 0);
}

/* From the instruction behind an OUT to the next OUT. */
static void run_past_halt(void)
{
	do {
		REQUIRE_EQ(vcpu_run(&vcpu), 0);
	} while (vcpu.run->exit_reason == KVM_EXIT_HLT);
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_IO);
}

static uint64_t next_out(const char *row, const char *guest, bool nmi)
{
	uint64_t ticks = UINT64_MAX, start;
	int i;

	bench_load(guest, ROUNDS * 10 + 1);
	bench_set_handler(VEC_GP);
	bench_run_to_out();
	for (i = 1; i < ROUNDS * 10; i++) {
		/* Before STI's shadow is set: the OUT's end would end it. */
		bench_finish_out();
		set_events(nmi);
		start = host_ticks();
		run_past_halt();
		ticks = least(ticks, host_ticks() - start);
	}
	bench_finish_out();
	set_events(nmi);
	account_begin();
	run_past_halt();
	account_end(row, 1);
	bench_finish_out();
	return ticks;
}

static void hlt_row(const char *row, const char *without)
{
	uint64_t nothing = next_out(without, "bench_out_nop", false);

	bench_say(row, more_than(next_out(row, "bench_out_hlt", true), nothing));
}

/* Handled in the kernel: where that takes an APIC in the kernel, with one. */
void row_hlt(void)
{
	host_run_on(host_cpu(0));
	test_timeout(120);
	vm_create(&vm);
	if (dev_ioctl(vm.fd, KVM_CHECK_EXTENSION, (void *)KVM_CAP_IRQCHIP) > 0)
		REQUIRE_EQ(dev_ioctl(vm.fd, KVM_CREATE_IRQCHIP, NULL), 0);
	vcpu_create(&vcpu, &vm, 0);
	hlt_row("hlt", "without_hlt");
}

/* The interrupt controller is userspace's. */
void row_hlt_user(void)
{
	bench_set_up();
	hlt_row("hlt_user", "without_hlt_user");
}
