// SPDX-License-Identifier: GPL-2.0
/*
 * One guest goes from real mode through protected mode, PAE paging and long
 * mode, and back, several times over, in one KVM_RUN.
 */
#include "harness.h"

#define LOG		GUEST_RESULT
#define ROUNDS		3

#define SIG16		0x3
#define SIG32		0x90400002
#define SIG64		0x90400001

#define CR0_BASE	(X86_CR0_ET | X86_CR0_NE)

struct entry {
	const char *what;
	uint32_t value;
};

static const struct entry log_entries[] = {
	{ "real mode: code size", SIG16 },
	{ "real mode: SMSW", CR0_BASE },
	{ "protected mode: code size", SIG32 },
	{ "protected mode: SMSW after LMSW",
	  CR0_BASE | X86_CR0_PE | X86_CR0_TS },
	{ "protected mode: SMSW after CLTS", CR0_BASE | X86_CR0_PE },
	{ "PAE: the alias", 0x11111111 },
	{ "PAE: CR4", X86_CR4_PAE },
	{ "long mode: EFER before paging", X86_EFER_LME },
	{ "long mode: EFER with paging", X86_EFER_LME | X86_EFER_LMA },
	{ "long mode: compatibility mode's code size", SIG32 },
	{ "long mode: 64-bit code size", SIG64 },
	{ "long mode: memory above 4 GiB", 0x22222222 },
	{ "long mode: CR0", CR0_BASE | X86_CR0_PE | X86_CR0_PG },
	{ "long mode: EFER.SCE",
	  X86_EFER_LME | X86_EFER_LMA | X86_EFER_SCE },
	{ "leaving: code size", SIG32 },
	{ "leaving: EFER without paging", X86_EFER_LME | X86_EFER_SCE },
	{ "leaving: EFER", 0 },
	{ "32-bit paging: the alias", 0x11111111 },
	{ "32-bit paging: CR4", X86_CR4_PSE },
	{ "16-bit protected mode: code size", SIG16 },
	{ "real mode again: code size", SIG16 },
	{ "real mode again: a segment", 0x33333333 },
};

static struct vm vm;
static struct vcpu vcpu;

static void load(uint64_t rounds)
{
	struct kvm_regs regs;

	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	*vm_u32(&vm, GUEST_DATA) = 0x11111111;
	*vm_u32(&vm, GUEST_DATA + 4) = 0x22222222;
	*vm_u32(&vm, GUEST_DATA + 8) = 0x33333333;
	vcpu_load(&vcpu, "switch_modes");
	vcpu_get_regs(&vcpu, &regs);
	regs.rdi = LOG;
	regs.rbp = rounds;
	vcpu_set_regs(&vcpu, &regs);
}

static void check_round(int round)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(log_entries); i++) {
		test_context("round %d, %s", round, log_entries[i].what);
		EXPECT_EQ(*vm_u32(&vm, LOG + (round * ARRAY_SIZE(log_entries) +
					      i) * 4), log_entries[i].value);
	}
}

static void all_modes_in_one_run(void)
{
	struct exception exception;
	struct kvm_regs regs;
	int round;

	load(ROUNDS);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), -1);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rdi, LOG + ROUNDS * ARRAY_SIZE(log_entries) * 4);
	for (round = 0; round < ROUNDS; round++)
		check_round(round);
}

/* What userspace reads afterwards is real mode again. */
static void state_afterwards(void)
{
	struct kvm_sregs sregs;

	load(1);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.cr0, CR0_BASE);
	EXPECT_EQ(sregs.cr4, 0);
	EXPECT_EQ(sregs.efer, 0);
	EXPECT_EQ(sregs.cs.selector, 0);
	EXPECT_EQ(sregs.cs.base, 0);
	EXPECT_EQ(sregs.ds.base, 0);
	EXPECT_EQ(sregs.gdt.base, GUEST_GDT);
	EXPECT_EQ(sregs.gdt.limit, 0x3f);
}

static const struct test tests[] = {
	{ "mode_switch_all_modes_in_one_run", all_modes_in_one_run },
	{ "mode_switch_state_afterwards", state_afterwards },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
