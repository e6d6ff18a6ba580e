// SPDX-License-Identifier: GPL-2.0
/*
 * Control registers and MSRs: what the guest writes takes effect and is read
 * back by it and by userspace; what must not be written is #GP, at the right
 * instruction and with the right error code.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define MSR_TSC			0x10
#define MSR_APIC_BASE		0x1b
#define MSR_MTRRCAP		0xfe
#define MSR_SYSENTER_CS		0x174
#define MSR_SYSENTER_ESP	0x175
#define MSR_SYSENTER_EIP	0x176
#define MSR_MISC_ENABLE		0x1a0
#define MSR_PAT			0x277
#define MSR_VMX_BASIC		0x480
#define MSR_EFER		0xc0000080
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_FMASK		0xc0000084
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_KERNEL_GS_BASE	0xc0000102

#define NOT_CANONICAL	0x8000000000000000

static struct vm vm;
static struct vcpu vcpu;

static void set_up(void)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
}

static void expect_gp(int got, const struct exception *exception)
{
	EXPECT_EQ(got, VEC_GP);
	EXPECT_EQ(exception->error, 0);
	EXPECT_EQ(exception->rip, GUEST_CODE);
}

/* --- MOV to and from control registers --- */

static const char * const reg_names[] = {
	"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp",
	"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
};

/* Registers are in the order of struct kvm_regs here. */
static uint64_t *reg_of(struct kvm_regs *regs, int n)
{
	return (uint64_t *)regs + n;
}

static void every_register(const char *cr, uint64_t value)
{
	struct exception exception;
	struct kvm_regs regs;
	char name[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reg_names); i++) {
		snprintf(name, sizeof(name), "cr_%s_%s", cr, reg_names[i]);
		test_context("%s", name);
		vcpu_load(&vcpu, name);
		vcpu_get_regs(&vcpu, &regs);
		*reg_of(&regs, i) = value;
		vcpu_set_regs(&vcpu, &regs);
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		EXPECT_EQ(vcpu_exception(&vcpu, &exception), -1);
		vcpu_get_regs(&vcpu, &regs);
		EXPECT_EQ(*reg_of(&regs, i), value);
	}
}

#define CR0_LONG	(X86_CR0_PE | X86_CR0_ET | X86_CR0_NE | X86_CR0_WP | \
			 X86_CR0_PG)

static void cr0_every_register(void)
{
	struct kvm_sregs sregs;

	set_up();
	every_register("cr0", CR0_LONG | X86_CR0_AM | X86_CR0_TS);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.cr0, CR0_LONG | X86_CR0_AM | X86_CR0_TS);
}

static void cr3_every_register(void)
{
	struct kvm_sregs sregs;

	set_up();
	every_register("cr3", GUEST_PML4 | 0x18);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.cr3, GUEST_PML4 | 0x18);
}

static void cr4_every_register(void)
{
	struct kvm_sregs sregs;
	const uint64_t cr4 = X86_CR4_PAE | X86_CR4_PGE | X86_CR4_OSFXSR |
			     X86_CR4_TSD | X86_CR4_DE;

	set_up();
	every_register("cr4", cr4);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.cr4, cr4);
}

static void cr8_every_register(void)
{
	struct kvm_sregs sregs;

	set_up();
	every_register("cr8", 9);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.cr8, 9);
}

/* --- writes that fault, and writes that do not --- */

struct cr_case {
	const char *what;
	const char *guest;
	uint64_t rax;
	int vector;
};

static const struct cr_case cr_cases[] = {
	{ "CR0 bit 32", "cr_write_cr0", CR0_LONG | BIT(32), VEC_GP },
	{ "CR0 bit 63", "cr_write_cr0", CR0_LONG | BIT(63), VEC_GP },
	{ "CR0.PG without PE", "cr_write_cr0", CR0_LONG & ~X86_CR0_PE,
	  VEC_GP },
	{ "CR0.NW without CD", "cr_write_cr0", CR0_LONG | X86_CR0_NW,
	  VEC_GP },
	{ "CR0.PG off in 64-bit mode", "cr_write_cr0",
	  CR0_LONG & ~X86_CR0_PG, VEC_GP },
	{ "CR0.CD and NW", "cr_write_cr0",
	  CR0_LONG | X86_CR0_CD | X86_CR0_NW, -1 },
	{ "CR0.CD", "cr_write_cr0", CR0_LONG | X86_CR0_CD, -1 },
	{ "CR0.NE off", "cr_write_cr0", CR0_LONG & ~X86_CR0_NE, -1 },
	{ "CR0.WP off", "cr_write_cr0", CR0_LONG & ~X86_CR0_WP, -1 },
	{ "CR0 in protected mode: PG without PE", "cr_prot_write_cr0",
	  X86_CR0_PG, VEC_GP },
	{ "CR0 in protected mode: NW", "cr_prot_write_cr0",
	  X86_CR0_PE | X86_CR0_NW, VEC_GP },
	{ "CR3 bit 60", "cr_write_cr3", GUEST_PML4 | BIT(60), VEC_GP },
	{ "CR3 bits 3 and 4", "cr_write_cr3", GUEST_PML4 | 0x18, -1 },
	{ "CR4.PAE off in long mode", "cr_write_cr4", 0, VEC_GP },
	{ "CR4.VMXE", "cr_write_cr4", X86_CR4_PAE | X86_CR4_VMXE, VEC_GP },
	{ "CR4.SMXE", "cr_write_cr4", X86_CR4_PAE | BIT(14), VEC_GP },
	{ "CR4 bit 15", "cr_write_cr4", X86_CR4_PAE | BIT(15), VEC_GP },
	{ "CR4 bit 31", "cr_write_cr4", X86_CR4_PAE | BIT(31), VEC_GP },
	{ "CR4 bit 63", "cr_write_cr4", X86_CR4_PAE | BIT(63), VEC_GP },
	{ "CR4.PGE", "cr_write_cr4", X86_CR4_PAE | X86_CR4_PGE, -1 },
	{ "CR4 in protected mode: bit 31", "cr_prot_write_cr4", BIT(31),
	  VEC_GP },
	{ "CR4 in protected mode: PSE and PAE", "cr_prot_write_cr4",
	  X86_CR4_PSE | X86_CR4_PAE, -1 },
	{ "CR8 = 15", "cr_write_cr8", 15, -1 },
	{ "CR8 = 16", "cr_write_cr8", 16, VEC_GP },
};

static void cr_write_faults(void)
{
	struct exception exception;
	struct kvm_sregs before, after;
	struct kvm_regs regs;
	size_t i;
	int got;

	set_up();
	for (i = 0; i < ARRAY_SIZE(cr_cases); i++) {
		const struct cr_case *c = &cr_cases[i];

		test_context("%s", c->what);
		vcpu_load(&vcpu, c->guest);
		vcpu_get_sregs(&vcpu, &before);
		memset(&regs, 0, sizeof(regs));
		regs.rax = c->rax;
		got = vcpu_exec(&vcpu, c->guest, &regs, &exception);
		if (c->vector < 0) {
			EXPECT_EQ(got, -1);
			continue;
		}
		expect_gp(got, &exception);
		vcpu_get_sregs(&vcpu, &after);
		EXPECT_EQ(after.cr0, before.cr0);
		EXPECT_EQ(after.cr3, before.cr3);
		EXPECT_EQ(after.cr4, before.cr4);
		EXPECT_EQ(after.cr8, before.cr8);
	}
}

/* KVM looks at the lowest 8 bits. */
static void cr8_reserved_bits(void)
{
	struct exception exception;
	struct kvm_regs regs = { .rax = BIT(32) };

	test_need_xvcpu();
	set_up();
	expect_gp(vcpu_exec(&vcpu, "cr_write_cr8", &regs, &exception),
		  &exception);
}

/*
 * Userspace has the interrupt controller: it is told when the threshold falls,
 * for something may be let through now.
 */
static void cr8_lowered(void)
{
	struct kvm_regs regs;

	set_up();
	vcpu_load(&vcpu, "cr_write_cr8");
	vcpu_get_regs(&vcpu, &regs);
	regs.rax = 5;
	vcpu_set_regs(&vcpu, &regs);
	vcpu.run->cr8 = 9;
	vcpu_run_until(&vcpu, KVM_EXIT_SET_TPR);
	EXPECT_EQ(vcpu.run->cr8, 5);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu.run->cr8, 5);
}

/* ET is fixed to 1, reserved bits of the lower half to 0: no fault. */
static void cr0_ignored_bits(void)
{
	struct exception exception;
	struct kvm_regs regs = { .rax = (CR0_LONG | BIT(6) | BIT(17)) &
					~X86_CR0_ET };
	struct kvm_sregs sregs;

	set_up();
	EXPECT_EQ(vcpu_exec(&vcpu, "cr_cr0_rax", &regs, &exception), -1);
	EXPECT_EQ(regs.rax, CR0_LONG);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.cr0, CR0_LONG);
}

static void cr3_switches_tables(void)
{
	struct exception exception;
	struct kvm_regs regs = { .rax = 0x28000 };

	set_up();
	/* Other tables that map the alias one to one: to the last MiB. */
	*vm_u64(&vm, 0x28000) = 0x29003;
	*vm_u64(&vm, 0x29000) = 0x2a003;
	*vm_u64(&vm, 0x2a000) = 0x83;
	*vm_u64(&vm, 0x2a000 + (GUEST_ALIAS >> 21) * 8) = 0x200083;
	*vm_u32(&vm, GUEST_DATA) = 0x1111;
	*vm_u32(&vm, 0x200000 + GUEST_DATA) = 0x2222;
	EXPECT_EQ(vcpu_exec(&vcpu, "cr_switch_tables", &regs, &exception), -1);
	EXPECT_EQ(regs.rbx, 0x1111);
	EXPECT_EQ(regs.rcx, 0x2222);
}

/* A PDPT with reserved bits does not load: #GP, and CR3 stays. */
static void cr3_bad_pdpt(void)
{
	struct exception exception;
	struct kvm_sregs sregs;
	struct kvm_regs regs = { .rax = 0x28000 };

	set_up();
	*vm_u64(&vm, 0x28000) = GUEST_PD | 0x1e7;
	expect_gp(vcpu_exec(&vcpu, "cr_pae_write_cr3", &regs, &exception),
		  &exception);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.cr3, GUEST_PAE_PDPT);
	*vm_u64(&vm, 0x28000) = GUEST_PD | 1;
	regs.rax = 0x28000;
	EXPECT_EQ(vcpu_exec(&vcpu, "cr_pae_write_cr3", &regs, &exception), -1);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.cr3, 0x28000);
}

/* --- CLTS, LMSW, SMSW --- */

static void load_with_cr0(const char *guest, uint64_t cr0, uint64_t rax)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	test_context("%s", guest);
	vcpu_load(&vcpu, guest);
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr0 = cr0;
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_get_regs(&vcpu, &regs);
	regs.rax = rax;
	regs.rbx = 0;
	vcpu_set_regs(&vcpu, &regs);
}

static uint64_t run_to_cr0(void)
{
	struct exception exception;
	struct kvm_sregs sregs;

	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), -1);
	vcpu_get_sregs(&vcpu, &sregs);
	return sregs.cr0;
}

static void clts(void)
{
	set_up();
	load_with_cr0("cr_clts", CR0_LONG | X86_CR0_TS, 0);
	EXPECT_EQ(run_to_cr0(), CR0_LONG);
	load_with_cr0("cr_clts", CR0_LONG, 0);
	EXPECT_EQ(run_to_cr0(), CR0_LONG);
}

/* PE, MP, EM and TS only, and PE only upwards. */
static void lmsw(void)
{
	set_up();
	load_with_cr0("cr_lmsw", CR0_LONG, 0xffff);
	EXPECT_EQ(run_to_cr0(), CR0_LONG | 0xf);
	load_with_cr0("cr_lmsw", CR0_LONG | X86_CR0_MP | X86_CR0_TS, 0);
	EXPECT_EQ(run_to_cr0(), CR0_LONG);
	load_with_cr0("cr_real_lmsw", X86_CR0_ET | X86_CR0_NE, 3);
	EXPECT_EQ(run_to_cr0(),
		  X86_CR0_ET | X86_CR0_NE | X86_CR0_PE | X86_CR0_MP);
}

static void lmsw_memory(void)
{
	set_up();
	*vm_u32(&vm, GUEST_RESULT) = 0xa;
	load_with_cr0("cr_lmsw_memory", CR0_LONG, 0);
	EXPECT_EQ(run_to_cr0(), CR0_LONG | X86_CR0_MP | X86_CR0_TS);
	load_with_cr0("cr_lmsw_stack", CR0_LONG, 2);
	EXPECT_EQ(run_to_cr0(), CR0_LONG | X86_CR0_MP);
}

static void smsw(void)
{
	struct kvm_regs regs;

	set_up();
	load_with_cr0("cr_smsw", CR0_LONG | X86_CR0_TS, -1);
	run_to_cr0();
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rax, CR0_LONG | X86_CR0_TS);
	*vm_u32(&vm, GUEST_RESULT) = 0x77777777;
	load_with_cr0("cr_smsw_memory", CR0_LONG | X86_CR0_TS, 0);
	run_to_cr0();
	EXPECT_EQ(*vm_u32(&vm, GUEST_RESULT), 0x77770039);
}

static void task_switched_faults(void)
{
	struct exception exception;

	set_up();
	load_with_cr0("cr_fpu", CR0_LONG | X86_CR0_TS, 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_NM);
	load_with_cr0("cr_fpu", CR0_LONG | X86_CR0_EM, 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_NM);
	load_with_cr0("cr_fpu", CR0_LONG, 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), -1);
}

/* --- XSETBV --- */

static uint64_t supported_xcr0(void)
{
	struct kvm_cpuid2 *cpuid = cpuid_supported(vm.sys);
	struct kvm_cpuid_entry2 *entry = cpuid_find(cpuid, 0xd, 0);

	if (!(cpuid_find(cpuid, 1, 0)->ecx & BIT(26)) || !entry)
		test_skip("no XSAVE");
	return entry->eax | (uint64_t)entry->edx << 32;
}

static int do_xsetbv(const char *guest, uint64_t cr4, uint32_t index,
		     uint64_t value, struct kvm_regs *out)
{
	struct exception exception;
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	int got;

	vcpu_load(&vcpu, guest);
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr4 |= cr4;
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_get_regs(&vcpu, &regs);
	regs.rcx = index;
	regs.rax = (uint32_t)value;
	regs.rdx = value >> 32;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	got = vcpu_exception(&vcpu, &exception);
	if (got >= 0) {
		EXPECT_EQ(exception.rip, GUEST_CODE);
		EXPECT_EQ(exception.error, 0);
	}
	vcpu_get_regs(&vcpu, out);
	return got;
}

static void xsetbv_faults(void)
{
	struct kvm_regs regs;
	uint64_t all;

	set_up();
	all = supported_xcr0();
	test_context("without CR4.OSXSAVE");
	EXPECT_EQ(do_xsetbv("cr_xsetbv", 0, 0, 1, &regs), VEC_UD);
	test_context("without x87");
	EXPECT_EQ(do_xsetbv("cr_xsetbv", X86_CR4_OSXSAVE, 0, 0, &regs),
		  VEC_GP);
	EXPECT_EQ(do_xsetbv("cr_xsetbv", X86_CR4_OSXSAVE, 0, 2, &regs),
		  VEC_GP);
	test_context("AVX without SSE");
	EXPECT_EQ(do_xsetbv("cr_xsetbv", X86_CR4_OSXSAVE, 0, 5, &regs),
		  VEC_GP);
	test_context("not there");
	EXPECT_EQ(do_xsetbv("cr_xsetbv", X86_CR4_OSXSAVE, 0, all | BIT(62),
			    &regs), VEC_GP);
	EXPECT_EQ(do_xsetbv("cr_xsetbv", X86_CR4_OSXSAVE, 0, all | BIT(63),
			    &regs), VEC_GP);
	test_context("XCR1");
	EXPECT_EQ(do_xsetbv("cr_xsetbv", X86_CR4_OSXSAVE, 1, 1, &regs),
		  VEC_GP);
	test_context("and it is as after RESET still");
	EXPECT_EQ(do_xsetbv("xcr0_read", X86_CR4_OSXSAVE, 0, 1, &regs), -1);
	EXPECT_EQ(regs.rax, 1);
}

static void xsetbv_works(void)
{
	static const uint64_t values[] = { 1, 3, 7, 3, 7, 1 };
	struct kvm_regs regs;
	uint64_t all, value;
	size_t i;

	set_up();
	all = supported_xcr0();
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		value = values[i] & all;
		test_context("value %llu", (unsigned long long)value);
		EXPECT_EQ(do_xsetbv("xcr0_read", X86_CR4_OSXSAVE, 0, value,
				    &regs), -1);
		EXPECT_EQ(regs.rax, value);
		EXPECT_EQ(regs.rdx, 0);
	}
}

/* --- MSRs --- */

struct msr_case {
	const char *name;
	uint32_t index;
	uint64_t good[2];	/* two values, each read back as written */
	uint64_t bad;		/* #GP, unless 0 */
};

#define EFER_LONG	(X86_EFER_LME | X86_EFER_LMA)

static const struct msr_case msr_cases[] = {
	{ "EFER", MSR_EFER, { EFER_LONG | X86_EFER_SCE, EFER_LONG },
	  EFER_LONG | BIT(1) },
	{ "EFER, LME", MSR_EFER, { EFER_LONG, EFER_LONG }, X86_EFER_LMA },
	{ "PAT", MSR_PAT, { 0x0007040600070406, 0x0606060606060606 },
	  0x0207040600070406 },
	{ "SYSENTER_CS", MSR_SYSENTER_CS, { 0x10, 0xfff8 }, 0 },
	{ "SYSENTER_ESP", MSR_SYSENTER_ESP,
	  { 0x123456789abc, 0xffff800000001000 }, NOT_CANONICAL },
	{ "SYSENTER_EIP", MSR_SYSENTER_EIP,
	  { 0x123456789abc, 0xffff800000001000 }, NOT_CANONICAL },
	{ "STAR", MSR_STAR, { 0x1122334455667788, 0x0023001000000000 }, 0 },
	{ "LSTAR", MSR_LSTAR, { 0x123456789abc, 0xffff800000001000 },
	  NOT_CANONICAL },
	{ "CSTAR", MSR_CSTAR, { 0x123456789abc, 0xffff800000002000 },
	  NOT_CANONICAL },
	{ "FMASK", MSR_FMASK, { 0x47700, 0x200 }, 0 },
	{ "FS_BASE", MSR_FS_BASE, { 0x7f0000001000, 0xffff888000000000 },
	  NOT_CANONICAL },
	{ "GS_BASE", MSR_GS_BASE, { 0x7f0000002000, 0xffff888000000000 },
	  NOT_CANONICAL },
	{ "KERNEL_GS_BASE", MSR_KERNEL_GS_BASE,
	  { 0x7f0000003000, 0xffff888000000000 }, NOT_CANONICAL },
};

static int exec_msr(const char *guest, uint32_t index, uint64_t value,
		    struct exception *exception, uint64_t *result)
{
	struct kvm_regs regs = {
		.rcx = index, .rax = (uint32_t)value, .rdx = value >> 32,
	};
	int got = vcpu_exec(&vcpu, guest, &regs, exception);

	*result = regs.rax | regs.rdx << 32;
	return got;
}

/* Written by the guest: read back by the guest and by userspace. */
static void msr_written_by_guest(void)
{
	struct exception exception;
	uint64_t result;
	size_t i, n;

	set_up();
	for (i = 0; i < ARRAY_SIZE(msr_cases); i++) {
		const struct msr_case *c = &msr_cases[i];

		for (n = 0; n < 2; n++) {
			test_context("%s, value %zu", c->name, n);
			EXPECT_EQ(exec_msr("msr_write_read", c->index,
					   c->good[n], &exception, &result),
				  -1);
			EXPECT_EQ(result, c->good[n]);
			EXPECT_EQ(vcpu_get_msr(&vcpu, c->index), c->good[n]);
		}
		if (!c->bad)
			continue;
		test_context("%s, bad value", c->name);
		expect_gp(exec_msr("msr_write", c->index, c->bad, &exception,
				   &result), &exception);
		/* The harness sets up its mode anew: not EFER and the bases. */
		if (c->index != MSR_EFER && c->index != MSR_FS_BASE &&
		    c->index != MSR_GS_BASE)
			EXPECT_EQ(vcpu_get_msr(&vcpu, c->index), c->good[1]);
	}
}

/* Written by userspace: read back by userspace and the guest. */
static void msr_written_by_userspace(void)
{
	struct exception exception;
	uint64_t result;
	size_t i, n;

	set_up();
	for (i = 0; i < ARRAY_SIZE(msr_cases); i++) {
		const struct msr_case *c = &msr_cases[i];

		if (c->index == MSR_EFER || c->index == MSR_FS_BASE ||
		    c->index == MSR_GS_BASE)
			continue;
		for (n = 0; n < 2; n++) {
			test_context("%s, value %zu", c->name, n);
			EXPECT_EQ(vcpu_set_msr(&vcpu, c->index, c->good[n]), 1);
			EXPECT_EQ(vcpu_get_msr(&vcpu, c->index), c->good[n]);
			EXPECT_EQ(exec_msr("msr_read", c->index, 0, &exception,
					   &result), -1);
			EXPECT_EQ(result, c->good[n]);
		}
	}
}

/* The segments' bases are the same registers as the MSRs. */
static void msr_bases_are_sregs(void)
{
	struct kvm_sregs sregs;

	set_up();
	vcpu_load(&vcpu, "msr_read");
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_FS_BASE, 0x123000), 1);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_GS_BASE, 0x456000), 1);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.fs.base, 0x123000);
	EXPECT_EQ(sregs.gs.base, 0x456000);
	sregs.fs.base = 0x789000;
	vcpu_set_sregs(&vcpu, &sregs);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_FS_BASE), 0x789000);
}

static void msr_read_only(void)
{
	struct exception exception;
	uint64_t result, again;

	set_up();
	test_context("MTRRcap");
	EXPECT_EQ(exec_msr("msr_read", MSR_MTRRCAP, 0, &exception, &result),
		  -1);
	expect_gp(exec_msr("msr_write", MSR_MTRRCAP, result, &exception,
			   &again), &exception);
	test_context("APIC_BASE");
	EXPECT_EQ(exec_msr("msr_read", MSR_APIC_BASE, 0, &exception, &result),
		  -1);
	EXPECT_EQ(result & 0xfffff000, 0xfee00000);
	EXPECT(result & BIT(8));	/* the boot processor */
	expect_gp(exec_msr("msr_write", MSR_APIC_BASE, result | 0xff,
			   &exception, &again), &exception);
	test_context("MISC_ENABLE");
	EXPECT_EQ(exec_msr("msr_read", MSR_MISC_ENABLE, 0, &exception,
			   &result), -1);
	EXPECT_EQ(exec_msr("msr_write_read", MSR_MISC_ENABLE, result,
			   &exception, &again), -1);
	EXPECT_EQ(again, result);
}

/* No guest of these has VMX, and nobody has the others. */
static void msr_unknown(void)
{
	static const uint32_t unknown[] = {
		MSR_VMX_BASIC, 0x1fff, 0x2000, 0x12345678, 0x40000fff,
		0xbfffffff, 0xc0001fff, 0xc0002000, 0xdeadbeef, 0xffffffff,
	};
	struct exception exception;
	uint64_t result;
	size_t i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		test_context("read of 0x%x", unknown[i]);
		expect_gp(exec_msr("msr_read", unknown[i], 0, &exception,
				   &result), &exception);
		test_context("write of 0x%x", unknown[i]);
		expect_gp(exec_msr("msr_write", unknown[i], 0, &exception,
				   &result), &exception);
		test_context("ioctls on 0x%x", unknown[i]);
		if (unknown[i] != MSR_VMX_BASIC)
			EXPECT_EQ(vcpu_set_msr(&vcpu, unknown[i], 1), 0);
	}
}

static void msr_tsc(void)
{
	const uint64_t value = 0x0123456700000000;
	struct exception exception;
	struct kvm_regs regs = {
		.rcx = MSR_TSC, .rax = (uint32_t)value, .rdx = value >> 32,
	};
	uint64_t tsc;

	set_up();
	EXPECT_EQ(vcpu_exec(&vcpu, "msr_tsc", &regs, &exception), -1);
	EXPECT(regs.rbx >= value);
	EXPECT(regs.rbx < value + BIT(36));
	tsc = regs.rax | regs.rdx << 32;
	EXPECT(tsc >= regs.rbx);
	EXPECT(tsc < value + BIT(36));
	EXPECT(vcpu_get_msr(&vcpu, MSR_TSC) >= tsc);
	EXPECT(vcpu_get_msr(&vcpu, MSR_TSC) < value + BIT(36));
}

/* --- the ioctls' own rules --- */

static void msr_ioctl_stops_at_unknown(void)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry[4];
	} arg = { .head.nmsrs = 4, .entry = {
		{ .index = MSR_LSTAR, .data = 0x1000 },
		{ .index = MSR_CSTAR, .data = 0x2000 },
		{ .index = 0xdeadbeef, .data = 0x3000 },
		{ .index = MSR_STAR, .data = 0x4000 },
	} };

	set_up();
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_MSRS, &arg), 2);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_LSTAR), 0x1000);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_CSTAR), 0x2000);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_STAR), 0);
	arg.entry[0].data = arg.entry[1].data = 0;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_GET_MSRS, &arg), 2);
	EXPECT_EQ(arg.entry[0].data, 0x1000);
	EXPECT_EQ(arg.entry[1].data, 0x2000);
	arg.head.nmsrs = 0;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_GET_MSRS, &arg), 0);
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_MSRS, &arg), 0);
	arg.head.nmsrs = 0xffffffff;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_GET_MSRS, &arg), -E2BIG);
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_MSRS, &arg), -E2BIG);
}

static void msr_ioctl_bad_values(void)
{
	static const uint32_t canonical[] = {
		MSR_LSTAR, MSR_CSTAR, MSR_KERNEL_GS_BASE,
	};
	size_t i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(canonical); i++) {
		test_context("0x%x", canonical[i]);
		EXPECT_EQ(vcpu_set_msr(&vcpu, canonical[i], NOT_CANONICAL), 0);
		EXPECT_EQ(vcpu_get_msr(&vcpu, canonical[i]), 0);
	}
	test_context("PAT");
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_PAT, 0x02), 0);
	test_context("EFER");
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_EFER, BIT(1)), 0);
}

static void msr_index_list(void)
{
	struct kvm_msr_list *list;
	uint32_t nmsrs, i;

	set_up();
	list = calloc(1, sizeof(*list) + 1000 * sizeof(list->indices[0]));
	REQUIRE(list);
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_GET_MSR_INDEX_LIST, list), -E2BIG);
	nmsrs = list->nmsrs;
	EXPECT(nmsrs > 0);
	list->nmsrs = nmsrs - 1;
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_GET_MSR_INDEX_LIST, list), -E2BIG);
	EXPECT_EQ(list->nmsrs, nmsrs);
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_GET_MSR_INDEX_LIST, list), 0);
	EXPECT_EQ(list->nmsrs, nmsrs);
	/* Each can be read; kvm_intel lists some that CPUID must permit. */
	for (i = 0; i < nmsrs && test_on_xvcpu(); i++) {
		test_context("0x%x", list->indices[i]);
		vcpu_get_msr(&vcpu, list->indices[i]);
	}
	test_context("is STAR there");
	for (i = 0; i < nmsrs; i++)
		if (list->indices[i] == MSR_STAR)
			break;
	EXPECT(i < nmsrs);
}

/* --- MSRs at work --- */

static void msr_syscall(void)
{
	struct kvm_regs regs;

	set_up();
	vcpu_load(&vcpu, "msr_syscall");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_FMASK), 1);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rip, vcpu_get_msr(&vcpu, MSR_LSTAR) + 4);
	EXPECT_EQ(regs.rcx, vcpu_get_msr(&vcpu, MSR_LSTAR) - 1);
	EXPECT(regs.r11 & 1);
	EXPECT_EQ(regs.rax & 0xff, 0);	/* FMASK has cleared the carry flag */
}

static void msr_sysenter(void)
{
	struct kvm_regs regs;

	set_up();
	vcpu_load(&vcpu, "msr_sysenter");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rip, vcpu_get_msr(&vcpu, MSR_SYSENTER_EIP) + 4);
	EXPECT_EQ(regs.rax, GUEST_STACK - 0x100);
}

static void msr_swapgs(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	set_up();
	*vm_u32(&vm, GUEST_DATA) = 0x11;
	*vm_u32(&vm, GUEST_DATA + 0x100) = 0x22;
	*vm_u32(&vm, GUEST_DATA + 0x200) = 0x33;
	vcpu_load(&vcpu, "msr_swapgs");
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_GS_BASE, GUEST_DATA), 1);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_KERNEL_GS_BASE, GUEST_DATA + 0x100), 1);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_FS_BASE, GUEST_DATA + 0x200), 1);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rax, 0x11);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rax, 0x22);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.gs.base, GUEST_DATA + 0x100);
	EXPECT_EQ(vcpu_get_msr(&vcpu, MSR_KERNEL_GS_BASE), GUEST_DATA);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rax, 0x33);
}

static const struct test tests[] = {
	{ "cr_msr_cr0_every_register", cr0_every_register },
	{ "cr_msr_cr3_every_register", cr3_every_register },
	{ "cr_msr_cr4_every_register", cr4_every_register },
	{ "cr_msr_cr8_every_register", cr8_every_register },
	{ "cr_msr_cr_write_faults", cr_write_faults },
	{ "cr_msr_cr8_reserved_bits", cr8_reserved_bits },
	{ "cr_msr_cr8_lowered", cr8_lowered },
	{ "cr_msr_cr0_ignored_bits", cr0_ignored_bits },
	{ "cr_msr_cr3_switches_tables", cr3_switches_tables },
	{ "cr_msr_cr3_bad_pdpt", cr3_bad_pdpt },
	{ "cr_msr_clts", clts },
	{ "cr_msr_lmsw", lmsw },
	{ "cr_msr_lmsw_memory", lmsw_memory },
	{ "cr_msr_smsw", smsw },
	{ "cr_msr_task_switched_faults", task_switched_faults },
	{ "cr_msr_xsetbv_faults", xsetbv_faults },
	{ "cr_msr_xsetbv_works", xsetbv_works },
	{ "cr_msr_written_by_guest", msr_written_by_guest },
	{ "cr_msr_written_by_userspace", msr_written_by_userspace },
	{ "cr_msr_bases_are_sregs", msr_bases_are_sregs },
	{ "cr_msr_read_only", msr_read_only },
	{ "cr_msr_unknown", msr_unknown },
	{ "cr_msr_tsc", msr_tsc },
	{ "cr_msr_ioctl_stops_at_unknown", msr_ioctl_stops_at_unknown },
	{ "cr_msr_ioctl_bad_values", msr_ioctl_bad_values },
	{ "cr_msr_index_list", msr_index_list },
	{ "cr_msr_syscall", msr_syscall },
	{ "cr_msr_sysenter", msr_sysenter },
	{ "cr_msr_swapgs", msr_swapgs },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
