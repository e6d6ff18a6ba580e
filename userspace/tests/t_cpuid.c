// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID: what is offered, what userspace sets, what the guest sees, and what
 * follows the guest's own state.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define ECX1_VMX	BIT(5)
#define ECX1_XSAVE	BIT(26)
#define ECX1_OSXSAVE	BIT(27)
#define ECX1_HYPERVISOR	BIT(31)

static struct vm vm;
static struct vcpu vcpu;

/* No CPUID is set: each test sets its own. */
static void set_up(void)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
}

static struct kvm_regs guest_cpuid(const char *guest, uint32_t function,
				   uint32_t index)
{
	struct kvm_regs regs = { .rax = function, .rcx = index };
	struct exception exception;

	EXPECT_EQ(vcpu_exec(&vcpu, guest, &regs, &exception), -1);
	return regs;
}

static void expect_entry(const struct kvm_regs *regs,
			 const struct kvm_cpuid_entry2 *entry)
{
	EXPECT_EQ(regs->rax, entry->eax);
	EXPECT_EQ(regs->rbx, entry->ebx);
	EXPECT_EQ(regs->rcx, entry->ecx);
	EXPECT_EQ(regs->rdx, entry->edx);
}

/* --- in user mode --- */

#define MSR_PLATFORM_INFO	0xce
#define MSR_MISC_FEATURES	0x140
#define PLATFORM_CPUID_FAULT	BIT(31)

/* Protected mode without paging: whatever the guest does, it may. */
static void load_user_mode(void)
{
	struct kvm_sregs sregs;
	struct kvm_segment *seg;

	vcpu_load(&vcpu, "cpuid_prot");
	vcpu_get_sregs(&vcpu, &sregs);
	for (seg = &sregs.cs; seg <= &sregs.ss; seg++) {
		seg->dpl = 3;
		seg->selector |= 3;
	}
	vcpu_set_sregs(&vcpu, &sregs);
	/* The stack of the handler. */
	*vm_u32(&vm, GUEST_TSS + 4) = GUEST_STACK;
	*vm_u32(&vm, GUEST_TSS + 8) = SEL_DATA32;
}

/* HLT faults in user mode too, after the CPUID. */
static uint64_t faults_at(void)
{
	struct exception exception;

	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_GP);
	return exception.rip;
}

static void faults_in_user_mode(void)
{
	struct kvm_regs regs = { 0 };
	struct exception exception;

	set_up();
	load_user_mode();
	EXPECT_EQ(faults_at(), GUEST_CODE + 2);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_MISC_FEATURES, 2), 0);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_MISC_FEATURES, 1), 1);
	load_user_mode();
	EXPECT_EQ(faults_at(), GUEST_CODE);
	test_context("not in the kernel");
	EXPECT_EQ(vcpu_exec(&vcpu, "cpuid_prot", &regs, &exception), -1);
	test_context("a platform that cannot do it");
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_PLATFORM_INFO, 0), 0);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_MISC_FEATURES, 0), 1);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_PLATFORM_INFO, 0), 1);
	EXPECT_EQ(vcpu_set_msr(&vcpu, MSR_MISC_FEATURES, 1), 0);
}

/* --- what is offered --- */

static void supported_core_leaves(void)
{
	struct kvm_cpuid2 *cpuid;

	set_up();
	cpuid = cpuid_supported(vm.sys);
	REQUIRE(cpuid_find(cpuid, 0, 0));
	EXPECT(cpuid_find(cpuid, 0, 0)->eax >= 1);
	REQUIRE(cpuid_find(cpuid, 1, 0));
	REQUIRE(cpuid_find(cpuid, 0x80000000, 0));
	REQUIRE(cpuid_find(cpuid, 0x80000001, 0));
	EXPECT(cpuid_find(cpuid, 0x80000001, 0)->edx & BIT(29));
	EXPECT(!(cpuid_find(cpuid, 1, 0)->ecx & ECX1_OSXSAVE));
}

/* kvm_intel offers nested VMX and leaves the hypervisor bit to userspace. */
static void supported_is_a_hypervisor(void)
{
	struct kvm_cpuid2 *cpuid;
	struct kvm_cpuid_entry2 *entry;

	test_need_xvcpu();
	set_up();
	cpuid = cpuid_supported(vm.sys);
	entry = cpuid_find(cpuid, 1, 0);
	EXPECT(!(entry->ecx & ECX1_VMX));
	EXPECT(entry->ecx & ECX1_HYPERVISOR);
	entry = cpuid_find(cpuid, 0x40000000, 0);
	REQUIRE(entry);
	EXPECT(entry->eax >= 0x40000000);
	EXPECT(!memcmp(&entry->ebx, "Xvcp", 4));
	EXPECT(!memcmp(&entry->ecx, "uXvc", 4));
	EXPECT(!memcmp(&entry->edx, "pu\0\0", 4));
}

/* Nothing of the CPU that happens to be asked, its APIC id above all. */
static void supported_is_the_same_everywhere(void)
{
	struct kvm_cpuid2 *first, *other;
	int i;

	test_need_xvcpu();
	test_need_cpus(2);
	set_up();
	host_run_on(host_cpu(0));
	first = cpuid_supported(vm.sys);
	for (i = 1; i < host_cpus(); i++) {
		test_context("CPU %d", host_cpu(i));
		host_run_on(host_cpu(i));
		other = cpuid_supported(vm.sys);
		REQUIRE_EQ(other->nent, first->nent);
		EXPECT(!memcmp(first, other, sizeof(*first) +
			       first->nent * sizeof(first->entries[0])));
		free(other);
	}
}

static void supported_sizes(void)
{
	struct kvm_cpuid2 *cpuid;
	uint32_t nent;

	set_up();
	cpuid = cpuid_supported(vm.sys);
	nent = cpuid->nent;
	EXPECT(nent > 0);
	EXPECT(nent < 256);
	cpuid->nent = 0;
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_GET_SUPPORTED_CPUID, cpuid), -E2BIG);
	cpuid->nent = nent - 1;
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_GET_SUPPORTED_CPUID, cpuid), -E2BIG);
	cpuid->nent = nent;
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_GET_SUPPORTED_CPUID, cpuid), 0);
	EXPECT_EQ(cpuid->nent, nent);
	/* More room than there can be entries is no mistake. */
	cpuid->nent = 0xffffffff;
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_GET_SUPPORTED_CPUID, cpuid), 0);
	EXPECT_EQ(cpuid->nent, nent);
}

/* --- what is set --- */

#define INDEXED	KVM_CPUID_FLAG_SIGNIFCANT_INDEX

static const struct kvm_cpuid_entry2 entries[] = {
	{ .function = 0, .eax = 0x16, .ebx = 0x756e6547, .ecx = 0x6c65746e,
	  .edx = 0x49656e69 },
	{ .function = 1, .eax = 0x306d4, .ebx = 0x07010800, .ecx = 0x80000000,
	  .edx = 0x178bfbff },
	{ .function = 4, .index = 0, .flags = INDEXED, .eax = 0x121,
	  .ebx = 0x1c0003f, .ecx = 0x3f, .edx = 0 },
	{ .function = 4, .index = 1, .flags = INDEXED, .eax = 0x122,
	  .ebx = 0x1c0003e, .ecx = 0x3e, .edx = 1 },
	{ .function = 0xb, .index = 0, .flags = INDEXED, .eax = 1, .ebx = 2,
	  .ecx = 0x100, .edx = 7 },
	{ .function = 0xb, .index = 1, .flags = INDEXED, .eax = 4, .ebx = 8,
	  .ecx = 0x201, .edx = 7 },
	{ .function = 0x16, .eax = 1600, .ebx = 1601, .ecx = 1602,
	  .edx = 1603 },
	{ .function = 0x40000000, .eax = 0x40000001, .ebx = 0x74736554,
	  .ecx = 0x20666f20, .edx = 0x69757063 },
	{ .function = 0x40000001, .eax = 0x11, .ebx = 0x22, .ecx = 0x33,
	  .edx = 0x44 },
	{ .function = 0x80000000, .eax = 0x80000008 },
	{ .function = 0x80000001, .edx = 0x2c100800, .ecx = 0x121 },
	{ .function = 0x80000002, .eax = 0x74736554, .ebx = 0x55504320,
	  .ecx = 0x12345678, .edx = 0x9abcdef0 },
	{ .function = 0x80000008, .eax = 0x3028 },
};

static struct kvm_cpuid2 *own_cpuid(void)
{
	struct kvm_cpuid2 *cpuid;

	cpuid = calloc(1, sizeof(*cpuid) + sizeof(entries));
	REQUIRE(cpuid);
	cpuid->nent = ARRAY_SIZE(entries);
	memcpy(cpuid->entries, entries, sizeof(entries));
	return cpuid;
}

static void set_up_own(void)
{
	set_up();
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, own_cpuid()), 0);
}

/* Leaf 1 shows OSXSAVE and the APIC as the vCPU's state has them. */
static void guest_sees_what_is_set(void)
{
	static const char * const guests[] = {
		"cpuid_long", "cpuid_prot", "cpuid_real",
	};
	struct kvm_regs regs;
	size_t i, g;

	set_up_own();
	for (g = 0; g < ARRAY_SIZE(guests); g++) {
		for (i = 0; i < ARRAY_SIZE(entries); i++) {
			test_context("%s, leaf 0x%x, %u", guests[g],
				     entries[i].function, entries[i].index);
			regs = guest_cpuid(guests[g], entries[i].function,
					   entries[i].index);
			expect_entry(&regs, &entries[i]);
		}
	}
}

/* The upper halves of RAX and RCX do not count and do not stay. */
static void guest_upper_halves(void)
{
	struct kvm_regs regs = {
		.rax = 0xffffffff00000004, .rcx = 0xffffffff00000001,
		.rbx = -1ULL, .rdx = -1ULL,
	};
	struct exception exception;

	set_up_own();
	EXPECT_EQ(vcpu_exec(&vcpu, "cpuid_long", &regs, &exception), -1);
	expect_entry(&regs, &entries[3]);
}

/* On Intel's, a leaf beyond the last reads as the last basic one does. */
static void guest_out_of_range(void)
{
	static const struct kvm_cpuid_entry2 zero;
	struct kvm_regs regs;

	set_up_own();
	test_context("basic");
	regs = guest_cpuid("cpuid_long", 0x17, 0);
	expect_entry(&regs, &entries[6]);
	test_context("extended");
	regs = guest_cpuid("cpuid_long", 0x80000009, 0);
	expect_entry(&regs, &entries[6]);
	test_context("a hole");
	regs = guest_cpuid("cpuid_long", 0xa, 0);
	expect_entry(&regs, &zero);
	test_context("a subleaf of leaf 4 that is not there");
	regs = guest_cpuid("cpuid_long", 4, 9);
	expect_entry(&regs, &zero);
	/* Every subleaf of leaf 0xb has the APIC id, and its own number. */
	test_context("a subleaf of leaf 0xb that is not there");
	regs = guest_cpuid("cpuid_long", 0xb, 5);
	EXPECT_EQ(regs.rax, 0);
	EXPECT_EQ(regs.rbx, 0);
	EXPECT_EQ(regs.rcx, 5);
	EXPECT_EQ(regs.rdx, 7);
}

static void set_read_back(void)
{
	struct kvm_cpuid2 *cpuid;
	size_t i;

	set_up_own();
	cpuid = calloc(1, sizeof(*cpuid) + 256 * sizeof(cpuid->entries[0]));
	REQUIRE(cpuid);
	cpuid->nent = 256;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_GET_CPUID2, cpuid), 0);
	REQUIRE_EQ(cpuid->nent, ARRAY_SIZE(entries));
	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		test_context("entry %zu", i);
		EXPECT_EQ(cpuid->entries[i].function, entries[i].function);
		EXPECT_EQ(cpuid->entries[i].index, entries[i].index);
		EXPECT_EQ(cpuid->entries[i].eax, entries[i].eax);
		EXPECT_EQ(cpuid->entries[i].edx, entries[i].edx);
	}
	test_context("%s", "");
	cpuid->nent = ARRAY_SIZE(entries) - 1;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_GET_CPUID2, cpuid), -E2BIG);
	cpuid->nent = 0;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_GET_CPUID2, cpuid), -E2BIG);
}

static void set_sizes(void)
{
	struct kvm_cpuid2 *cpuid;
	struct kvm_regs regs;

	set_up();
	cpuid = calloc(1, sizeof(*cpuid) + 300 * sizeof(cpuid->entries[0]));
	REQUIRE(cpuid);
	memcpy(cpuid->entries, entries, sizeof(entries));
	cpuid->nent = 257;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), -E2BIG);
	cpuid->nent = 0xffffffff;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), -E2BIG);
	cpuid->nent = 256;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), 0);
	cpuid->nent = 0;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), 0);
	regs = guest_cpuid("cpuid_long", 1, 0);
	EXPECT_EQ(regs.rax, 0);
	EXPECT_EQ(regs.rdx, 0);
}

/* Once a vCPU has run, only what it has already is taken. */
static void set_after_run(void)
{
	struct kvm_cpuid2 *cpuid = own_cpuid();
	struct kvm_regs regs;

	set_up_own();
	guest_cpuid("cpuid_long", 0, 0);
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), 0);
	cpuid->entries[8].eax = 0x55;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), -EINVAL);
	cpuid->entries[8].eax = entries[8].eax;
	cpuid->nent--;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), -EINVAL);
	cpuid->nent = 0;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), -EINVAL);
	regs = guest_cpuid("cpuid_long", 0x40000001, 0);
	EXPECT_EQ(regs.rax, 0x11);
}

static void set_invalid(void)
{
	struct kvm_cpuid2 *cpuid = own_cpuid();
	struct kvm_cpuid_entry2 *last;

	set_up();
	last = &cpuid->entries[cpuid->nent - 1];
	REQUIRE_EQ(last->function, 0x80000008);
	last->eax = 0x2028;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), -EINVAL);
	last->eax = 0xff28;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), -EINVAL);
	last->eax = 0x3928;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), 0);
	last->eax = 0x28;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), 0);
}

/* The older ioctl, which knows no subleaves. */
static void set_without_subleaves(void)
{
	struct kvm_cpuid *cpuid;
	struct kvm_regs regs;
	size_t i;

	set_up();
	cpuid = calloc(1, sizeof(*cpuid) +
		       ARRAY_SIZE(entries) * sizeof(cpuid->entries[0]));
	REQUIRE(cpuid);
	cpuid->nent = ARRAY_SIZE(entries);
	for (i = 0; i < ARRAY_SIZE(entries); i++)
		cpuid->entries[i] = (struct kvm_cpuid_entry) {
			.function = entries[i].function, .eax = entries[i].eax,
			.ebx = entries[i].ebx, .ecx = entries[i].ecx,
			.edx = entries[i].edx, .padding = 0xeeeeeeee };
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID, cpuid), 0);
	regs = guest_cpuid("cpuid_long", 0x40000001, 0);
	EXPECT_EQ(regs.rax, 0x11);
	EXPECT_EQ(regs.rbx, 0x22);
	EXPECT_EQ(regs.rcx, 0x33);
	EXPECT_EQ(regs.rdx, 0x44);
	/* Whatever the subleaf. */
	regs = guest_cpuid("cpuid_long", 0x16, 7);
	EXPECT_EQ(regs.rax, 1600);
	cpuid->nent = 257;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID, cpuid), -E2BIG);
	cpuid->nent = 1;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID, cpuid), -EINVAL);
}

/* What the kernel emulates that the CPU may lack: nothing, on xvcpu. */
static void emulated(void)
{
	struct kvm_cpuid2 *cpuid;
	uint32_t i;

	set_up();
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_CHECK_EXTENSION,
			    (void *)(long)KVM_CAP_EXT_EMUL_CPUID), 1);
	cpuid = calloc(1, sizeof(*cpuid) + 256 * sizeof(cpuid->entries[0]));
	REQUIRE(cpuid);
	cpuid->nent = 256;
	REQUIRE_EQ(dev_ioctl(vm.sys, KVM_GET_EMULATED_CPUID, cpuid), 0);
	EXPECT(cpuid->nent < 256);
	for (i = 0; test_on_xvcpu() && i < cpuid->nent; i++)
		EXPECT_EQ(cpuid->entries[i].eax | cpuid->entries[i].ebx |
			  cpuid->entries[i].ecx | cpuid->entries[i].edx, 0);
}

/* --- what follows the guest --- */

static void follows_cr4_and_xcr0(void)
{
	struct kvm_cpuid_entry2 *entry;
	struct kvm_cpuid2 *cpuid;

	set_up();
	cpuid = cpuid_supported(vm.sys);
	if (!(cpuid_find(cpuid, 1, 0)->ecx & ECX1_XSAVE))
		test_skip("no XSAVE");
	entry = cpuid_find(cpuid, 0xd, 0);
	REQUIRE(entry);
	if ((entry->eax & 7) != 7)
		test_skip("no AVX");
	vcpu_load(&vcpu, "cpuid_xsave");
	test_context("OSXSAVE clear");
	EXPECT(!(vcpu_report(&vcpu) & ECX1_OSXSAVE));
	test_context("OSXSAVE set");
	EXPECT(vcpu_report(&vcpu) & ECX1_OSXSAVE);
	test_context("x87");
	EXPECT_EQ(vcpu_report(&vcpu), 512 + 64);
	test_context("x87, SSE");
	EXPECT_EQ(vcpu_report(&vcpu), 512 + 64);
	test_context("x87, SSE, AVX");
	EXPECT_EQ(vcpu_report(&vcpu), 512 + 64 + 256);
	test_context("OSXSAVE clear again");
	EXPECT(!(vcpu_report(&vcpu) & ECX1_OSXSAVE));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/* Userspace changes CR4 as well. */
static void follows_set_sregs(void)
{
	struct kvm_cpuid2 *cpuid;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	set_up();
	cpuid = cpuid_supported(vm.sys);
	if (!(cpuid_find(cpuid, 1, 0)->ecx & ECX1_XSAVE))
		test_skip("no XSAVE");
	vcpu_load(&vcpu, "cpuid_long");
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr4 |= X86_CR4_OSXSAVE;
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_get_regs(&vcpu, &regs);
	regs.rax = 1;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT(regs.rcx & ECX1_OSXSAVE);
}

static const struct test tests[] = {
	{ "cpuid_faults_in_user_mode", faults_in_user_mode },
	{ "cpuid_supported_core_leaves", supported_core_leaves },
	{ "cpuid_supported_is_a_hypervisor", supported_is_a_hypervisor },
	{ "cpuid_supported_is_the_same_everywhere",
	  supported_is_the_same_everywhere },
	{ "cpuid_supported_sizes", supported_sizes },
	{ "cpuid_guest_sees_what_is_set", guest_sees_what_is_set },
	{ "cpuid_guest_upper_halves", guest_upper_halves },
	{ "cpuid_guest_out_of_range", guest_out_of_range },
	{ "cpuid_set_read_back", set_read_back },
	{ "cpuid_set_sizes", set_sizes },
	{ "cpuid_set_after_run", set_after_run },
	{ "cpuid_set_invalid", set_invalid },
	{ "cpuid_set_without_subleaves", set_without_subleaves },
	{ "cpuid_emulated", emulated },
	{ "cpuid_follows_cr4_and_xcr0", follows_cr4_and_xcr0 },
	{ "cpuid_follows_set_sregs", follows_set_sregs },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
