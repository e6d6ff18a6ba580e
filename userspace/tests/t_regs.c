// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_GET/SET_REGS, _SREGS, _SREGS2, _DEBUGREGS and _FPU: what is set is read back, the guest sees
 * it, and what the guest changes is seen; before the first run, between runs,
 * from other threads and CPUs, and after a migration.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "harness.h"

#define REGS_OUT	GUEST_RESULT
#define FPU_OUT		(GUEST_RESULT + 0x200)
#define FPU_IN		(GUEST_RESULT + 0x400)

#define RFLAGS_SOME	0x244ed5	/* ID, AC, NT, all that is arithmetic */

static struct vm vm;
static struct vcpu vcpu;

static void set_up(const char *guest)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, guest);
}

/* --- general registers --- */

static const struct kvm_regs pattern = {
	.rax = 0x0101010101010101, .rbx = 0x1212121212121212,
	.rcx = 0x2323232323232323, .rdx = 0x3434343434343434,
	.rsi = 0x4545454545454545, .rdi = 0x5656565656565656,
	.rsp = 0x6767676767676767, .rbp = 0x7878787878787878,
	.r8 = 0x8989898989898989, .r9 = 0x9a9a9a9a9a9a9a9a,
	.r10 = 0xabababababababab, .r11 = 0xbcbcbcbcbcbcbcbc,
	.r12 = 0xcdcdcdcdcdcdcdcd, .r13 = 0xdededededededede,
	.r14 = 0xefefefefefefefef, .r15 = 0xf0f0f0f0f0f0f0f0,
	.rip = GUEST_CODE, .rflags = RFLAGS_SOME | 2,
};

static void expect_regs(const struct kvm_regs *want)
{
	struct kvm_regs got;
	size_t i;

	memset(&got, 0xee, sizeof(got));
	vcpu_get_regs(&vcpu, &got);
	for (i = 0; i < sizeof(got) / 8; i++) {
		test_context("word %zu", i);
		EXPECT_EQ(((uint64_t *)&got)[i], ((uint64_t *)want)[i]);
	}
	test_context("%s", "");
}

/* What regs_all leaves behind. */
static struct kvm_regs pattern_after(void)
{
	struct kvm_regs regs;
	uint64_t *word = (uint64_t *)&regs;
	const struct guest *guest = guest_find("regs_all");
	int i;

	for (i = 0; i < 16; i++)
		word[i] = (0xa0 + i) * 0x0101010101010101ULL;
	regs.rip = GUEST_CODE + (guest->end - guest->start);
	regs.rflags = (RFLAGS_SOME & ~BIT(10)) | 3;
	return regs;
}

static void read_back(void)
{
	struct kvm_regs want = pattern;

	set_up("regs_all");
	vcpu_set_regs(&vcpu, &pattern);
	expect_regs(&pattern);
	/* Bit 1 of RFLAGS is always set. */
	want.rflags = 0;
	vcpu_set_regs(&vcpu, &want);
	want.rflags = 2;
	expect_regs(&want);
}

static void check_guest_saw_pattern(void)
{
	uint64_t *word = (uint64_t *)&pattern;
	int i;

	for (i = 0; i < 16; i++) {
		test_context("word %d", i);
		EXPECT_EQ(*vm_u64(&vm, REGS_OUT + i * 8), word[i]);
	}
	test_context("RFLAGS");
	EXPECT_EQ(*vm_u64(&vm, REGS_OUT + 0x88), pattern.rflags);
	test_context("%s", "");
}

static void guest_sees_and_changes(void)
{
	struct kvm_regs after;

	set_up("regs_all");
	vcpu_set_regs(&vcpu, &pattern);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	check_guest_saw_pattern();
	after = pattern_after();
	expect_regs(&after);
}

/* The same vCPU once more: entered by VMRESUME this time. */
static void set_after_exit(void)
{
	struct kvm_regs after;

	set_up("regs_all");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	memset(vm.mem + REGS_OUT, 0, 0x100);
	vcpu_set_regs(&vcpu, &pattern);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	check_guest_saw_pattern();
	after = pattern_after();
	expect_regs(&after);
}

static void *run_on_last_cpu(void *arg)
{
	(void)arg;
	host_run_on(host_cpu(host_cpus() - 1));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	return NULL;
}

static void set_by_other_thread(void)
{
	struct kvm_regs after;
	pthread_t thread;
	int i;

	set_up("regs_all");
	host_run_on(host_cpu(0));
	for (i = 0; i < 3; i++) {
		vcpu_set_regs(&vcpu, &pattern);
		REQUIRE(!pthread_create(&thread, NULL, run_on_last_cpu, NULL));
		pthread_join(thread, NULL);
		check_guest_saw_pattern();
		after = pattern_after();
		expect_regs(&after);
	}
}

/* An ioctl on a running vCPU waits until KVM_RUN has ended. */
static void *get_regs_thread(void *arg)
{
	vcpu_get_regs(&vcpu, arg);
	return NULL;
}

static void get_waits_for_run(void)
{
	struct runner runner;
	struct kvm_regs regs;
	pthread_t thread;

	set_up("count_checked");
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1);
	REQUIRE(!pthread_create(&thread, NULL, get_regs_thread, &regs));
	count_wait(&vm, 20000);
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	pthread_join(thread, NULL);
	EXPECT_EQ(regs.rax, *vm_u64(&vm, COUNT_NOW));
	count_check(&vcpu);
}

static void kept_by_migration(void)
{
	struct xvcpu_migrate migrate = { .cpu = host_cpu(host_cpus() - 1) };
	struct kvm_sregs before, sregs;
	struct kvm_regs after;

	test_need_xvcpu();
	test_need_cpus(2);
	vm_create(&vm);
	vcpu_create_pinned(&vcpu, &vm, 0, host_cpu(0));
	vcpu_load(&vcpu, "regs_all");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_set_regs(&vcpu, &pattern);
	vcpu_get_sregs(&vcpu, &before);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, XVCPU_MIGRATE, &migrate), 0);
	expect_regs(&pattern);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT(!memcmp(&before, &sregs, sizeof(sregs)));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	check_guest_saw_pattern();
	after = pattern_after();
	expect_regs(&after);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT(!memcmp(&before, &sregs, sizeof(sregs)));
}

/* --- segments and control registers --- */

static void sregs_read_back(void)
{
	struct kvm_sregs want, got;
	int mode;

	set_up("regs_all");
	for (mode = MODE_REAL; mode <= MODE_LONG; mode++) {
		test_context("mode %d", mode);
		vcpu_set_mode(&vcpu, mode);
		vcpu_get_sregs(&vcpu, &want);
		want.fs.base = 0x123000;
		want.gs.base = 0x456000;
		want.cr2 = 0xfedcba9876543210;
		want.cr8 = 5;
		vcpu_set_sregs(&vcpu, &want);
		memset(&got, 0xee, sizeof(got));
		vcpu_get_sregs(&vcpu, &got);
		EXPECT(!memcmp(&want.cs, &got.cs, 8 * sizeof(want.cs)));
		EXPECT_EQ(got.gdt.base, want.gdt.base);
		EXPECT_EQ(got.gdt.limit, want.gdt.limit);
		EXPECT_EQ(got.idt.base, want.idt.base);
		EXPECT_EQ(got.idt.limit, want.idt.limit);
		EXPECT_EQ(got.cr0, want.cr0);
		EXPECT_EQ(got.cr2, want.cr2);
		EXPECT_EQ(got.cr3, want.cr3);
		EXPECT_EQ(got.cr4, want.cr4);
		EXPECT_EQ(got.cr8, want.cr8);
		EXPECT_EQ(got.efer, want.efer);
		EXPECT_EQ(got.apic_base, want.apic_base);
		EXPECT(!memcmp(want.interrupt_bitmap, got.interrupt_bitmap,
			       sizeof(want.interrupt_bitmap)));
	}
}

struct sregs_case {
	const char *what;
	int mode;
	uint64_t cr0_set, cr0_clear;
	uint64_t cr4_set, cr4_clear;
	uint64_t efer_set, efer_clear;
	uint64_t cr3_set;
	int cs_l;
};

static const struct sregs_case bad_sregs[] = {
	{ .what = "CR0.PG without PE", .mode = MODE_REAL,
	  .cr0_set = X86_CR0_PG },
	{ .what = "CR0.NW without CD", .mode = MODE_LONG,
	  .cr0_set = X86_CR0_NW },
	{ .what = "CR0 bit 32", .mode = MODE_LONG, .cr0_set = BIT(32) },
	{ .what = "CR4.VMXE", .mode = MODE_LONG, .cr4_set = X86_CR4_VMXE },
	{ .what = "CR4 bit 31", .mode = MODE_LONG, .cr4_set = BIT(31) },
	{ .what = "CR4 bit 63", .mode = MODE_LONG, .cr4_set = BIT(63) },
	{ .what = "long mode without CR4.PAE", .mode = MODE_LONG,
	  .cr4_clear = X86_CR4_PAE },
	{ .what = "long mode without EFER.LMA", .mode = MODE_LONG,
	  .efer_clear = X86_EFER_LMA },
	{ .what = "EFER.LMA without paging", .mode = MODE_LONG,
	  .cr0_clear = X86_CR0_PG },
	{ .what = "EFER.LMA without LME", .mode = MODE_PROT32,
	  .efer_set = X86_EFER_LMA },
	{ .what = "CS.L outside of long mode", .mode = MODE_PROT32,
	  .cs_l = 1 },
	{ .what = "CR3 wider than addresses are", .mode = MODE_LONG,
	  .cr3_set = BIT(60) },
};

/* A call that fails changes nothing. */
/* As the processor has them: accessed, and unusable if not present. */
static const struct segment_case {
	struct kvm_segment set;
	uint8_t type, ldt_type, present, unusable;
} segment_cases[] = {
	{ { .type = 0, .unusable = 1 }, 1, 0, 0, 1 },
	{ { .type = 3, .s = 1 }, 3, 3, 0, 1 },
	{ { .type = 2, .s = 1, .present = 1 }, 3, 2, 1, 0 },
	{ { .type = 2, .s = 1, .present = 1, .unusable = 1, .dpl = 3 },
	  3, 2, 0, 1 },
	{ { .type = 0, .s = 1, .present = 1, .avl = 1 }, 1, 0, 1, 0 },
};

static void expect_segment(const struct kvm_segment *got,
			   const struct segment_case *c, uint8_t type)
{
	struct kvm_segment want = c->set;

	want.type = type;
	want.present = c->present;
	want.unusable = c->unusable;
	EXPECT_EQ(memcmp(got, &want, sizeof(want)), 0);
}

static void sregs_segments(void)
{
	struct kvm_sregs sregs;
	size_t i;

	set_up("regs_all");
	for (i = 0; i < ARRAY_SIZE(segment_cases); i++) {
		test_context("case %zu", i);
		vcpu_get_sregs(&vcpu, &sregs);
		sregs.fs = segment_cases[i].set;
		sregs.ldt = segment_cases[i].set;
		vcpu_set_sregs(&vcpu, &sregs);
		vcpu_get_sregs(&vcpu, &sregs);
		expect_segment(&sregs.fs, &segment_cases[i],
			       segment_cases[i].type);
		expect_segment(&sregs.ldt, &segment_cases[i],
			       segment_cases[i].ldt_type);
	}
}

static void sregs_invalid(void)
{
	struct kvm_sregs before, sregs;
	size_t i;

	set_up("regs_all");
	for (i = 0; i < ARRAY_SIZE(bad_sregs); i++) {
		const struct sregs_case *c = &bad_sregs[i];

		test_context("%s", c->what);
		vcpu_set_mode(&vcpu, c->mode);
		vcpu_get_sregs(&vcpu, &before);
		sregs = before;
		sregs.cr0 = (sregs.cr0 | c->cr0_set) & ~c->cr0_clear;
		sregs.cr3 |= c->cr3_set;
		sregs.cr4 = (sregs.cr4 | c->cr4_set) & ~c->cr4_clear;
		sregs.efer = (sregs.efer | c->efer_set) & ~c->efer_clear;
		sregs.cs.l |= c->cs_l;
		EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_SREGS, &sregs), -EINVAL);
		vcpu_get_sregs(&vcpu, &sregs);
		EXPECT(!memcmp(&before, &sregs, sizeof(sregs)));
	}
	test_context("afterwards");
	vcpu_load(&vcpu, "regs_all");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/* --- KVM_GET/SET_SREGS2 --- */

#define PDPT_OTHER	0x28000

static void get_sregs2(struct kvm_sregs2 *sregs)
{
	memset(sregs, 0xee, sizeof(*sregs));
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_SREGS2, sregs), 0);
}

static void sregs2_is_sregs(void)
{
	struct kvm_sregs2 want, got;
	struct kvm_sregs sregs;
	int mode;

	set_up("regs_all");
	for (mode = MODE_REAL; mode <= MODE_LONG; mode++) {
		test_context("mode %d", mode);
		vcpu_set_mode(&vcpu, mode);
		vcpu_get_sregs(&vcpu, &sregs);
		get_sregs2(&want);
		EXPECT(!memcmp(&sregs, &want,
			       offsetof(struct kvm_sregs2, flags)));
		EXPECT_EQ(want.flags, mode == MODE_PAE);
		want.fs.base = 0x123000;
		want.cr2 = 0x456000;
		REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_SREGS2, &want), 0);
		get_sregs2(&got);
		EXPECT(!memcmp(&want, &got, sizeof(got)));
	}
}

/* With the flag the entries are the given ones, whatever is in memory. */
static void sregs2_pdptrs(void)
{
	struct kvm_sregs2 sregs;

	set_up("cr_pae_write_cr3");
	get_sregs2(&sregs);
	EXPECT_EQ(sregs.flags, KVM_SREGS2_FLAGS_PDPTRS_VALID);
	EXPECT_EQ(sregs.pdptrs[0], GUEST_PD | 1);
	*vm_u64(&vm, GUEST_PAE_PDPT) = 0;
	sregs.pdptrs[3] = GUEST_PD | 1;
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_SREGS2, &sregs), 0);
	/* The guest's first fetch needs entry 0. */
	memcpy(vm.mem + GUEST_CODE, "\xf4", 1);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_sregs2(&sregs);
	EXPECT_EQ(sregs.pdptrs[0], GUEST_PD | 1);
	EXPECT_EQ(sregs.pdptrs[3], GUEST_PD | 1);
	/* Without it they are read from memory. */
	*vm_u64(&vm, PDPT_OTHER) = GUEST_PD | 1;
	sregs.flags = 0;
	sregs.cr3 = PDPT_OTHER;
	memset(sregs.pdptrs, 0, sizeof(sregs.pdptrs));
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_SREGS2, &sregs), 0);
	get_sregs2(&sregs);
	EXPECT_EQ(sregs.flags, KVM_SREGS2_FLAGS_PDPTRS_VALID);
	EXPECT_EQ(sregs.pdptrs[0], GUEST_PD | 1);
	EXPECT_EQ(sregs.pdptrs[3], 0);
	vcpu_set_entry(&vcpu, GUEST_CODE);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static void sregs2_invalid(void)
{
	struct kvm_sregs2 before, sregs, after;
	int mode;

	set_up("regs_all");
	for (mode = MODE_REAL; mode <= MODE_LONG; mode++) {
		vcpu_set_mode(&vcpu, mode);
		get_sregs2(&before);
		test_context("mode %d, unknown flag", mode);
		sregs = before;
		sregs.flags |= 2;
		sregs.cr2 = 0x1111;
		EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_SREGS2, &sregs), -EINVAL);
		sregs.flags = before.flags | BIT(63);
		EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_SREGS2, &sregs), -EINVAL);
		test_context("mode %d, CR0 bit 32", mode);
		sregs.flags = before.flags;
		sregs.cr0 |= BIT(32);
		EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_SREGS2, &sregs), -EINVAL);
		test_context("mode %d, entries without PAE paging", mode);
		sregs = before;
		sregs.cr2 = 0x1111;
		sregs.flags = KVM_SREGS2_FLAGS_PDPTRS_VALID;
		if (mode != MODE_PAE)
			EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_SREGS2, &sregs),
				  -EINVAL);
		/* KVM lets the VM entry fail. */
		test_context("mode %d, entry with a reserved bit", mode);
		sregs.pdptrs[2] = GUEST_PD | 3;
		if (test_on_xvcpu())
			EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_SREGS2, &sregs),
				  -EINVAL);
		get_sregs2(&after);
		EXPECT(!memcmp(&before, &after, sizeof(after)));
	}
}

/* --- KVM_TRANSLATE --- */

static struct kvm_translation translate(uint64_t address)
{
	struct kvm_translation t;

	memset(&t, 0xee, sizeof(t));
	t.linear_address = address;
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_TRANSLATE, &t), 0);
	return t;
}

/* KVM calls everything writable and nothing the user's. */
static void expect_translation(uint64_t address, uint64_t gpa, int writeable,
			       int usermode)
{
	struct kvm_translation t = translate(address);

	test_context("0x%llx", (unsigned long long)address);
	EXPECT_EQ(t.valid, 1);
	EXPECT_EQ(t.physical_address, gpa);
	if (!test_on_xvcpu())
		return;
	EXPECT_EQ(t.writeable, writeable);
	EXPECT_EQ(t.usermode, usermode);
}

static void expect_no_translation(uint64_t address)
{
	test_context("0x%llx", (unsigned long long)address);
	EXPECT_EQ(translate(address).valid, 0);
}

static void translate_follows_tables(void)
{
	struct kvm_sregs sregs;

	set_up("regs_all");
	expect_translation(0x1234, 0x1234, 1, 0);
	expect_translation(GUEST_ALIAS + 0x4567, 0x4567, 1, 0);
	expect_translation(GUEST_HIGH + 0x89ab, 0x89ab, 1, 0);
	expect_no_translation(GUEST_HOLE);
	expect_no_translation(BIT(40));
	/* A page for the user, read-only; CR0.WP is set. */
	*vm_u64(&vm, GUEST_PML4) |= 4;
	*vm_u64(&vm, GUEST_PDPT) |= 4;
	*vm_u64(&vm, GUEST_PD + (GUEST_ALIAS >> 21) * 8) = 0x85;
	expect_translation(GUEST_ALIAS + 0x42, 0x42, 0, 1);
	/* The tables are only looked at; KVM marks them as accessed. */
	if (test_on_xvcpu())
		EXPECT_EQ(*vm_u64(&vm, GUEST_PD + (GUEST_ALIAS >> 21) * 8),
			  0x85);
	vcpu_set_mode(&vcpu, MODE_PROT32);
	expect_translation(GUEST_ALIAS, GUEST_ALIAS, 1, 1);
	test_context("a table that is nowhere");
	vcpu_set_mode(&vcpu, MODE_LONG);
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr3 = GUEST_SIZE * 2;
	vcpu_set_sregs(&vcpu, &sregs);
	expect_no_translation(0x1000);
	vcpu_set_mode(&vcpu, MODE_LONG);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/* --- debug registers --- */

#define DR6_ONES	0xffff0ff0
#define DR7_ONES	0x400

static void get_debugregs(struct kvm_debugregs *regs)
{
	memset(regs, 0xee, sizeof(*regs));
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_DEBUGREGS, regs), 0);
}

static void debugregs_read_back(void)
{
	struct kvm_debugregs want = {
		.db = { 0x1000, 0x2000, 0xffff800000003000, 0x4000 },
		.dr6 = DR6_ONES | 0xe00f, .dr7 = DR7_ONES | 0xffff23ff,
	};
	struct kvm_debugregs got;

	set_up("regs_all");
	test_context("after RESET");
	get_debugregs(&got);
	EXPECT_EQ(got.db[0], 0);
	EXPECT_EQ(got.dr6, DR6_ONES);
	EXPECT_EQ(got.dr7, DR7_ONES);
	EXPECT_EQ(got.flags, 0);
	test_context("%s", "");
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_DEBUGREGS, &want), 0);
	get_debugregs(&got);
	EXPECT(!memcmp(&got, &want, sizeof(want)));
	want.dr7 = DR7_ONES;
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_DEBUGREGS, &want), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_debugregs(&got);
	EXPECT(!memcmp(&got, &want, sizeof(want)));
}

/* The guest has them: it reads them, and its breakpoint is hit. */
static void debugregs_are_the_guests(void)
{
	struct kvm_debugregs debug = {
		.db = { 0x1000, 0x2000, 0x3000, GUEST_DATA },
		.dr6 = DR6_ONES, .dr7 = DR7_ONES,
	};
	struct exception exception;
	struct kvm_regs regs;

	set_up("regs_read_debug");
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_DEBUGREGS, &debug), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.r8, 0x1000);
	EXPECT_EQ(regs.r9, 0x2000);
	EXPECT_EQ(regs.r10, 0x3000);
	EXPECT_EQ(regs.r11, GUEST_DATA);
	EXPECT_EQ(regs.r12, DR6_ONES);
	EXPECT_EQ(regs.r13, DR7_ONES);
	test_context("a breakpoint on data");
	debug.dr7 = DR7_ONES | 0xf00000c0;	/* G3, L3, writes and reads, 4 bytes */
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_DEBUGREGS, &debug), 0);
	vcpu_set_entry(&vcpu, GUEST_CODE);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_DB);
	get_debugregs(&debug);
	EXPECT_EQ(debug.dr6 & 0xf, 8);
}

static void debugregs_invalid(void)
{
	static const struct {
		const char *what;
		size_t offset;
		uint64_t value;
	} bad[] = {
		{ "flags", offsetof(struct kvm_debugregs, flags), 1 },
		{ "flags", offsetof(struct kvm_debugregs, flags), BIT(63) },
		{ "DR6", offsetof(struct kvm_debugregs, dr6), BIT(32) },
		{ "DR6", offsetof(struct kvm_debugregs, dr6), -1ULL },
		{ "DR7", offsetof(struct kvm_debugregs, dr7), BIT(32) },
		{ "DR7", offsetof(struct kvm_debugregs, dr7), BIT(63) },
	};
	struct kvm_debugregs before, debug, after;
	size_t i;

	set_up("regs_all");
	get_debugregs(&before);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		test_context("%s 0x%llx", bad[i].what,
			     (unsigned long long)bad[i].value);
		debug = before;
		debug.db[0] = 0x1111;
		memcpy((uint8_t *)&debug + bad[i].offset, &bad[i].value, 8);
		EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_DEBUGREGS, &debug),
			  -EINVAL);
		get_debugregs(&after);
		EXPECT(!memcmp(&before, &after, sizeof(after)));
	}
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/* --- FPU --- */

static void fill_fpu(struct kvm_fpu *fpu, int seed)
{
	size_t i;

	memset(fpu, 0, sizeof(*fpu));
	/* Bytes 10 to 15 of an x87 register do not exist. */
	for (i = 0; i < 8 * 16; i++)
		fpu->fpr[i / 16][i % 16] = i % 16 < 10 ? seed + i : 0;
	for (i = 0; i < 16 * 16; i++)
		fpu->xmm[i / 16][i % 16] = seed + i * 3;
	fpu->fcw = 0x27f;
	fpu->ftwx = 0xff;
	fpu->mxcsr = 0x1f80 | (seed & 0x3f);
}

/* MXCSR is not compared: KVM leaves it out of these two ioctls. */
static void expect_fpu(const struct kvm_fpu *want)
{
	struct kvm_fpu got;

	memset(&got, 0xee, sizeof(got));
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_FPU, &got), 0);
	EXPECT(!memcmp(got.fpr, want->fpr, sizeof(got.fpr)));
	EXPECT_EQ(got.fcw, want->fcw);
	EXPECT_EQ(got.fsw, want->fsw);
	EXPECT_EQ(got.ftwx, want->ftwx);
	EXPECT(!memcmp(got.xmm, want->xmm, sizeof(got.xmm)));
}

/* The image of FXSAVE in guest memory, as struct kvm_fpu. */
static void put_image(uint64_t gpa, const struct kvm_fpu *fpu)
{
	uint8_t *image = vm.mem + gpa;

	memset(image, 0, 512);
	memcpy(image, &fpu->fcw, 2);
	memcpy(image + 2, &fpu->fsw, 2);
	image[4] = fpu->ftwx;
	memcpy(image + 24, &fpu->mxcsr, 4);
	memcpy(image + 32, fpu->fpr, sizeof(fpu->fpr));
	memcpy(image + 160, fpu->xmm, sizeof(fpu->xmm));
}

static void expect_image(uint64_t gpa, const struct kvm_fpu *fpu)
{
	uint8_t *image = vm.mem + gpa;

	EXPECT(!memcmp(image, &fpu->fcw, 2));
	EXPECT(!memcmp(image + 2, &fpu->fsw, 2));
	EXPECT_EQ(image[4], fpu->ftwx);
	EXPECT(!memcmp(image + 32, fpu->fpr, sizeof(fpu->fpr)));
	EXPECT(!memcmp(image + 160, fpu->xmm, sizeof(fpu->xmm)));
}

static void set_up_fpu(void)
{
	struct kvm_sregs sregs;

	set_up("regs_fpu");
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr4 |= X86_CR4_OSFXSR;
	vcpu_set_sregs(&vcpu, &sregs);
}

static void fpu_read_back(void)
{
	struct kvm_fpu fpu;

	set_up_fpu();
	fill_fpu(&fpu, 0x11);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_FPU, &fpu), 0);
	expect_fpu(&fpu);
}

static void check_guest_fpu(void)
{
	struct kvm_fpu fpu, other;

	fill_fpu(&fpu, 0x21);
	fill_fpu(&other, 0x32);
	vcpu_set_entry(&vcpu, GUEST_CODE);
	put_image(FPU_IN, &other);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_FPU, &fpu), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	expect_image(FPU_OUT, &fpu);
	expect_fpu(&other);
	fill_fpu(&fpu, 0x05);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_FPU, &fpu), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	expect_image(FPU_OUT, &fpu);
	expect_fpu(&fpu);
}

static void fpu_guest_sees_and_changes(void)
{
	struct kvm_fpu fpu;

	set_up_fpu();
	fill_fpu(&fpu, 0);
	put_image(FPU_IN, &fpu);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	check_guest_fpu();
}

/*
 * KVM loses what is set before the first run: the header of its XSAVE area
 * still calls those components initial.
 */
static void fpu_set_before_first_run(void)
{
	test_need_xvcpu();
	set_up_fpu();
	check_guest_fpu();
}

/*
 * MXCSR with a reserved bit would fault when loaded.  KVM takes it and warns
 * in the kernel's log when it happens; xvcpu may refuse it or clear the bit.
 */
static void fpu_bad_mxcsr(void)
{
	struct kvm_fpu fpu;
	long ret;

	test_need_xvcpu();
	set_up_fpu();
	fill_fpu(&fpu, 0);
	put_image(FPU_IN, &fpu);
	fpu.mxcsr = 0xffffffff;
	ret = dev_ioctl(vcpu.fd, KVM_SET_FPU, &fpu);
	EXPECT(ret == -EINVAL || ret == 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static const struct test tests[] = {
	{ "regs_read_back", read_back },
	{ "regs_guest_sees_and_changes", guest_sees_and_changes },
	{ "regs_set_after_exit", set_after_exit },
	{ "regs_set_by_other_thread", set_by_other_thread },
	{ "regs_get_waits_for_run", get_waits_for_run },
	{ "regs_kept_by_migration", kept_by_migration },
	{ "regs_sregs_read_back", sregs_read_back },
	{ "regs_sregs_segments", sregs_segments },
	{ "regs_sregs_invalid", sregs_invalid },
	{ "regs_sregs2_is_sregs", sregs2_is_sregs },
	{ "regs_sregs2_pdptrs", sregs2_pdptrs },
	{ "regs_sregs2_invalid", sregs2_invalid },
	{ "regs_translate_follows_tables", translate_follows_tables },
	{ "regs_debugregs_read_back", debugregs_read_back },
	{ "regs_debugregs_are_the_guests", debugregs_are_the_guests },
	{ "regs_debugregs_invalid", debugregs_invalid },
	{ "regs_fpu_read_back", fpu_read_back },
	{ "regs_fpu_guest_sees_and_changes", fpu_guest_sees_and_changes },
	{ "regs_fpu_set_before_first_run", fpu_set_before_first_run },
	{ "regs_fpu_bad_mxcsr", fpu_bad_mxcsr },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
