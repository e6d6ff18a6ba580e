// SPDX-License-Identifier: GPL-2.0
/*
 * Guests in real mode, 16-bit and 32-bit protected mode, with 32-bit and PAE
 * paging, and in long mode.  Each reports what only that mode can produce.
 */
#include <string.h>

#include "harness.h"

#define SIG16	0x3
#define SIG32	0x90400002
#define SIG64	0x90400001

#define CR0_BASE	(X86_CR0_ET | X86_CR0_NE)
#define CR0_PAGED	(CR0_BASE | X86_CR0_PE | X86_CR0_WP | X86_CR0_PG)

#define PF_PRESENT	BIT(0)
#define PF_WRITE	BIT(1)

struct mode_case {
	const char *guest;
	uint32_t reports[10];		/* up to the first 0 that is not EFER */
	int nr_reports;
	struct exception end;		/* rip is not compared */
	uint64_t cr2;
};

static void run_case(const struct mode_case *c)
{
	struct exception exception;
	struct kvm_sregs sregs;
	struct vcpu vcpu;
	struct vm vm;
	int i;

	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, c->guest);
	for (i = 0; i < c->nr_reports; i++) {
		test_context("report %d", i);
		EXPECT_EQ(vcpu_report(&vcpu), c->reports[i]);
	}
	test_context("at the end");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), c->end.vector);
	EXPECT_EQ(exception.error, c->end.error);
	vcpu_get_sregs(&vcpu, &sregs);
	if (c->end.vector == VEC_PF)
		EXPECT_EQ(sregs.cr2, c->cr2);
	EXPECT_EQ(*vm_u32(&vm, GUEST_DATA + 0x10) & 0xffff,
		  strcmp(c->guest, "modes_real") ? 0x5678 : 0x1234);
}

static void real_entry(void)
{
	static const struct mode_case c = {
		.guest = "modes_real",
		.reports = { SIG16, CR0_BASE, 0, 0, GUEST_CODE >> 4 },
		.nr_reports = 5,
		.end = { .vector = VEC_GP },
	};

	run_case(&c);
}

/* Nothing is set: a new vCPU is in the state after RESET. */
static void real_reset_vector(void)
{
	const struct guest *reset = guest_find("modes_reset");
	const struct guest *real = guest_find("modes_real");
	struct vcpu vcpu;
	struct vm vm;
	uint8_t *rom;

	vm_create(&vm);
	memcpy(vm.mem + GUEST_CODE, real->start, real->end - real->start);
	rom = mem_alloc(PAGE_SIZE);
	memcpy(rom + 0xff0, reset->start, reset->end - reset->start);
	REQUIRE_EQ(vm_set_slot(&vm, 1, 0xfffff000, PAGE_SIZE, rom, 0), 0);
	vcpu_create(&vcpu, &vm, 0);
	EXPECT_EQ(vcpu_report(&vcpu), 0xf000);
	EXPECT_EQ(vcpu_report(&vcpu), SIG16);
	EXPECT_EQ(vcpu_report(&vcpu), X86_CR0_CD | X86_CR0_NW | X86_CR0_ET);
	EXPECT_EQ(vcpu_report(&vcpu), 0);
	EXPECT_EQ(vcpu_report(&vcpu), 0);
	EXPECT_EQ(vcpu_report(&vcpu), GUEST_CODE >> 4);
}

static void prot16_entry(void)
{
	static const struct mode_case c = {
		.guest = "modes_prot16",
		.reports = {
			SIG16, CR0_BASE | X86_CR0_PE, 0, 0, SIG32, SIG16,
		},
		.nr_reports = 6,
		.end = { .vector = VEC_GP },
	};

	run_case(&c);
}

static void prot32_entry(void)
{
	static const struct mode_case c = {
		.guest = "modes_prot32",
		.reports = {
			SIG32, CR0_BASE | X86_CR0_PE, 0, 0, SIG32, GUEST_STACK,
		},
		.nr_reports = 6,
		.end = { .vector = VEC_GP },
	};

	run_case(&c);
}

static void paged32_entry(void)
{
	static const struct mode_case c = {
		.guest = "modes_paged32",
		.reports = { SIG32, CR0_PAGED, X86_CR4_PSE, 0, 0x12345678 },
		.nr_reports = 5,
		.end = { .vector = VEC_PF, .error = PF_WRITE },
		.cr2 = GUEST_HOLE,
	};

	run_case(&c);
}

static void pae_entry(void)
{
	static const struct mode_case c = {
		.guest = "modes_pae",
		.reports = { SIG32, CR0_PAGED, X86_CR4_PAE, 0, 0x12345678 },
		.nr_reports = 5,
		.end = { .vector = VEC_PF, .error = PF_WRITE },
		.cr2 = GUEST_HOLE,
	};

	run_case(&c);
}

static void long_entry(void)
{
	static const struct mode_case c = {
		.guest = "modes_long",
		.reports = {
			SIG64, CR0_PAGED, X86_CR4_PAE,
			X86_EFER_LME | X86_EFER_LMA, 0x12345678, 0x55667788,
			0x11223344, SIG32, SIG64,
		},
		.nr_reports = 9,
		.end = { .vector = VEC_PF, .error = PF_WRITE },
		.cr2 = GUEST_HIGH + GUEST_HOLE,
	};

	run_case(&c);
}

static void long_small_pages(void)
{
	static const uint32_t reports[] = {
		0x22224433, 0x11111111, 0x33330000, 0x22224433,
	};
	struct exception exception;
	struct vcpu vcpu;
	struct vm vm;
	size_t i;

	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, "modes_small_pages");
	for (i = 0; i < ARRAY_SIZE(reports); i++)
		EXPECT_EQ(vcpu_report(&vcpu), reports[i]);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_PF);
	EXPECT_EQ(exception.error, PF_WRITE | PF_PRESENT);
}

static const struct test tests[] = {
	{ "modes_real_entry", real_entry },
	{ "modes_real_reset_vector", real_reset_vector },
	{ "modes_prot16_entry", prot16_entry },
	{ "modes_prot32_entry", prot32_entry },
	{ "modes_paged32_entry", paged32_entry },
	{ "modes_pae_entry", pae_entry },
	{ "modes_long_entry", long_entry },
	{ "modes_long_small_pages", long_small_pages },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
