// SPDX-License-Identifier: GPL-2.0
/*
 * Port I/O: IN, OUT, INS and OUTS of every width in 16, 32 and 64-bit code,
 * the data both ways, and the registers afterwards.
 *
 * A string instruction may come out as any number of exits with any count
 * each; what is compared is the sequence of elements.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define IMM_PORT	0x42
#define DX_PORT		0xfedc
#define RDX_OF_PORT	(0x1234567800000000 | 0x00120000 | DX_PORT)
#define RFLAGS_DF	BIT(10)

/* Strings lie in this window, by real mode's segments or directly. */
#define WINDOW		GUEST_DATA
#define WINDOW_SIZE	0x10000
#define MAX_ELEMENTS	256

static const char * const mode_names[] = { "real", "prot", "long" };
static const uint64_t index_masks[] = { 0xffff, 0xffffffff, -1ULL };
static const int sizes[] = { 1, 2, 4 };

static struct vm vm;
static struct vcpu vcpu;

static void set_up(void)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
}

/* --- IN and OUT --- */

static void load_single(const char *mode, const char *op, int size,
			const char *form, uint64_t rax)
{
	struct kvm_regs regs;
	char name[64];

	snprintf(name, sizeof(name), "io_%s_%s%d_%s", mode, op, size * 8, form);
	test_context("%s", name);
	vcpu_load(&vcpu, name);
	vcpu_get_regs(&vcpu, &regs);
	regs.rax = rax;
	regs.rdx = RDX_OF_PORT;
	vcpu_set_regs(&vcpu, &regs);
}

static void expect_io(int direction, int size, int port)
{
	struct kvm_run *run = vcpu.run;

	vcpu_run_until(&vcpu, KVM_EXIT_IO);
	EXPECT_EQ(run->io.direction, direction);
	EXPECT_EQ(run->io.size, size);
	EXPECT_EQ(run->io.port, port);
	EXPECT_EQ(run->io.count, 1);
}

static void expect_halt(uint64_t rax)
{
	struct exception exception;
	struct kvm_regs regs;

	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), -1);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rax, rax);
	EXPECT_EQ(regs.rdx, RDX_OF_PORT);
}

static void out_one(const char *mode, int size, bool imm)
{
	uint64_t rax = 0x1122334455667788, want = 0;

	load_single(mode, "out", size, imm ? "imm" : "dx", rax);
	expect_io(KVM_EXIT_IO_OUT, size, imm ? IMM_PORT : DX_PORT);
	memcpy(&want, &rax, size);
	EXPECT(!memcmp(vcpu_io_data(&vcpu), &want, size));
	expect_halt(rax);
}

static void in_one(const char *mode, int size, bool imm)
{
	uint64_t rax = 0x1122334455667788;
	const uint32_t data = 0xcafef00d;

	load_single(mode, "in", size, imm ? "imm" : "dx", rax);
	expect_io(KVM_EXIT_IO_IN, size, imm ? IMM_PORT : DX_PORT);
	memcpy(vcpu_io_data(&vcpu), &data, size);
	if (size == 4)
		rax = data;	/* 32-bit results are extended with zeroes */
	else
		memcpy(&rax, &data, size);
	expect_halt(rax);
}

static void each_single(void (*one)(const char *mode, int size, bool imm))
{
	size_t m, s;

	set_up();
	for (m = 0; m < ARRAY_SIZE(mode_names); m++) {
		for (s = 0; s < ARRAY_SIZE(sizes); s++) {
			one(mode_names[m], sizes[s], true);
			one(mode_names[m], sizes[s], false);
		}
	}
}

static void out_every_form(void)
{
	each_single(out_one);
}

static void in_every_form(void)
{
	each_single(in_one);
}

/* immediate_exit ends KVM_RUN only after the IN of the exit before is done. */
static void in_completed_by_immediate_exit(void)
{
	struct kvm_regs before, after;

	set_up();
	load_single("long", "in", 4, "dx", -1ULL);
	vcpu_get_regs(&vcpu, &before);
	expect_io(KVM_EXIT_IO_IN, 4, DX_PORT);
	*(uint32_t *)vcpu_io_data(&vcpu) = 0x12345678;
	vcpu.run->immediate_exit = 1;
	EXPECT_EQ(vcpu_run(&vcpu), -EINTR);
	vcpu.run->immediate_exit = 0;
	vcpu_get_regs(&vcpu, &after);
	EXPECT_EQ(after.rax, 0x12345678);
	EXPECT_EQ(after.rip, before.rip + 1);
	expect_halt(0x12345678);
}

/*
 * Another vCPU was here, in another mode, before the access is completed: what
 * completes it is the vCPU's own.
 */
static void completed_after_another_vcpu(void)
{
	struct vcpu other;
	struct kvm_regs regs;

	set_up();
	vcpu_create(&other, &vm, 1);
	load_single("long", "out", 1, "dx", 0);
	vcpu_get_regs(&vcpu, &regs);
	regs.rip += GUEST_HIGH;
	vcpu_set_regs(&vcpu, &regs);
	expect_io(KVM_EXIT_IO_OUT, 1, DX_PORT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rip, GUEST_HIGH + GUEST_CODE);
	vcpu_set_mode(&other, MODE_REAL);
	vm.mem[GUEST_CODE + PAGE_SIZE] = 0xf4;
	vcpu_set_entry(&other, GUEST_CODE + PAGE_SIZE);
	vcpu_run_until(&other, KVM_EXIT_HLT);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rip, GUEST_HIGH + GUEST_CODE + 2);
}

/* --- INS and OUTS --- */

struct string_case {
	const char *what;
	uint64_t start;		/* in the window */
	unsigned int count;
	bool backward;
};

static const struct string_case rep_cases[] = {
	{ "none", 0x100, 0, false },
	{ "one", 0x100, 1, false },
	{ "many", 0x100, 5, false },
	{ "many backward", 0x100, 5, true },
	{ "over a page's end", 0x1fc0, 70, false },
	{ "over a page's start, backward", 0x2040, 70, true },
	{ "elements over a page's end", 0x1ffd, 3, false },
	{ "elements over a page's start, backward", 0x2003, 3, true },
};

static const struct string_case single_cases[] = {
	{ "single", 0x100, 1, false },
	{ "single backward", 0x100, 1, true },
	{ "single over a page's end", 0x1fff, 1, false },
};

struct string_run {
	const struct string_case *c;
	const char *guest;
	bool in;
	bool rep;
	int size;
	uint64_t base;		/* what the index register holds for offset 0 */
	uint64_t index_high;	/* beyond the address size: not used */
	uint64_t index_mask;	/* of the address size */
	unsigned int elements;	/* seen */
	uint8_t data[MAX_ELEMENTS * 4];
};

static void fill_window(void)
{
	int i;

	for (i = 0; i < WINDOW_SIZE; i++)
		vm.mem[WINDOW + i] = i * 7 + (i >> 8);
}

/* The guest is loaded: set the registers of the string instruction. */
static void set_string_regs(const struct string_run *r)
{
	struct kvm_regs regs;

	vcpu_get_regs(&vcpu, &regs);
	regs.rsi = 0x5151;
	regs.rdi = 0x6161;
	*(r->in ? &regs.rdi : &regs.rsi) =
		r->index_high | (r->base + r->c->start);
	regs.rcx = r->rep ? r->c->count : 0x7171;
	regs.rdx = RDX_OF_PORT;
	if (r->c->backward)
		regs.rflags |= RFLAGS_DF;
	vcpu_set_regs(&vcpu, &regs);
}

static void transfer(struct string_run *r)
{
	struct kvm_run *run = vcpu.run;
	size_t len = run->io.count * r->size;
	uint8_t *data = r->data + r->elements * r->size;

	EXPECT_EQ(run->io.direction,
		  r->in ? KVM_EXIT_IO_IN : KVM_EXIT_IO_OUT);
	EXPECT_EQ(run->io.size, r->size);
	EXPECT_EQ(run->io.port, DX_PORT);
	REQUIRE(run->io.count > 0);
	REQUIRE(run->io.data_offset + len <= vcpu.run_size);
	REQUIRE(r->elements + run->io.count <= MAX_ELEMENTS);
	if (r->in)
		memcpy(vcpu_io_data(&vcpu), data, len);
	else
		memcpy(data, vcpu_io_data(&vcpu), len);
	r->elements += run->io.count;
}

static void run_string(struct string_run *r)
{
	size_t i;

	for (i = 0; r->in && i < sizeof(r->data); i++)
		r->data[i] = 0x80 + i * 3;
	for (;;) {
		REQUIRE_EQ(vcpu_run(&vcpu), 0);
		if (vcpu.run->exit_reason != KVM_EXIT_IO)
			break;
		transfer(r);
	}
}

/* Memory and data against what the elements should have been. */
static void check_elements(const struct string_run *r)
{
	uint8_t *model = malloc(WINDOW_SIZE);
	int step = r->c->backward ? -r->size : r->size;
	unsigned int i;
	uint64_t at;

	REQUIRE(model);
	EXPECT_EQ(r->elements, r->c->count);
	for (i = 0; i < WINDOW_SIZE; i++)
		model[i] = i * 7 + (i >> 8);
	for (i = 0; i < r->c->count; i++) {
		at = r->c->start + (int)i * step;
		if (r->in)
			memcpy(model + at, r->data + i * r->size, r->size);
		else
			EXPECT(!memcmp(model + at, r->data + i * r->size,
				       r->size));
	}
	EXPECT(!memcmp(model, vm.mem + WINDOW, WINDOW_SIZE));
	free(model);
}

static void check_string_regs(const struct string_run *r)
{
	int step = r->c->backward ? -r->size : r->size;
	uint64_t end = (r->base + r->c->start + (int)r->c->count * step) &
		       r->index_mask;
	struct exception exception;
	struct kvm_regs regs;

	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), -1);
	vcpu_get_regs(&vcpu, &regs);
	/* A 32-bit index is extended with zeroes, a 16-bit one leaves the rest. */
	if (r->index_mask == 0xffff)
		end |= r->index_high;
	EXPECT_EQ(regs.rsi, r->in ? 0x5151 : end);
	EXPECT_EQ(regs.rdi, r->in ? end : 0x6161);
	EXPECT_EQ(regs.rcx, r->rep ? 0 : 0x7171);
	EXPECT_EQ(regs.rdx, RDX_OF_PORT);
}

static void do_string(struct string_run *r)
{
	test_context("%s, %s", r->guest, r->c->what);
	fill_window();
	set_string_regs(r);
	run_string(r);
	check_elements(r);
	check_string_regs(r);
}

/* Real mode reaches the window by its segments. */
static void real_window(void)
{
	struct kvm_sregs sregs;

	vcpu_get_sregs(&vcpu, &sregs);
	sregs.ds.base = sregs.es.base = WINDOW;
	sregs.ds.selector = sregs.es.selector = WINDOW >> 4;
	vcpu_set_sregs(&vcpu, &sregs);
}

static void string_one(int mode, bool in, bool rep, int size,
		       const struct string_case *c)
{
	char name[64];
	struct string_run r = {
		.c = c, .guest = name, .in = in, .rep = rep, .size = size,
		.base = mode ? WINDOW : 0,
		.index_mask = index_masks[mode],
	};

	snprintf(name, sizeof(name), "io_%s_%s%s%d", mode_names[mode],
		 rep ? "rep_" : "", in ? "ins" : "outs", size * 8);
	vcpu_load(&vcpu, name);
	if (!mode)
		real_window();
	do_string(&r);
}

static void string_mode(int mode, bool in)
{
	size_t s, i;

	set_up();
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (i = 0; i < ARRAY_SIZE(rep_cases); i++)
			string_one(mode, in, true, sizes[s], &rep_cases[i]);
		for (i = 0; i < ARRAY_SIZE(single_cases); i++)
			string_one(mode, in, false, sizes[s], &single_cases[i]);
	}
}

static void outs_real(void)
{
	string_mode(0, false);
}

static void outs_prot(void)
{
	string_mode(1, false);
}

static void outs_long(void)
{
	string_mode(2, false);
}

static void ins_real(void)
{
	string_mode(0, true);
}

static void ins_prot(void)
{
	string_mode(1, true);
}

static void ins_long(void)
{
	string_mode(2, true);
}

/* --- prefixes --- */

static const struct string_case prefix_case = {
	.what = "prefix", .start = 0x1ff0, .count = 20,
};

static void prefix_one(const char *guest, bool in, uint64_t base,
		       uint64_t high, uint64_t mask, int size)
{
	struct string_run r = {
		.c = &prefix_case, .guest = guest, .in = in, .rep = true,
		.size = size, .base = base, .index_high = high,
		.index_mask = mask,
	};

	do_string(&r);
}

static void strings_address_size(void)
{
	set_up();
	vcpu_load(&vcpu, "io_addr32_outs16");
	prefix_one("io_addr32_outs16", false, WINDOW, 0x77ULL << 32,
		   0xffffffff, 2);
	vcpu_load(&vcpu, "io_addr32_ins16");
	prefix_one("io_addr32_ins16", true, WINDOW, 0x77ULL << 32,
		   0xffffffff, 2);
	vcpu_load(&vcpu, "io_addr16_outs16");
	real_window();
	prefix_one("io_addr16_outs16", false, 0, 0x770000, 0xffff, 2);
	vcpu_load(&vcpu, "io_addr16_ins16");
	real_window();
	prefix_one("io_addr16_ins16", true, 0, 0x770000, 0xffff, 2);
	vcpu_load(&vcpu, "io_real_addr32_outs32");
	real_window();
	prefix_one("io_real_addr32_outs32", false, 0, 0, 0xffffffff, 4);
}

/* The segment of OUTS can be overridden; DS points elsewhere meanwhile. */
static void segment_one(const char *guest, size_t offset, uint64_t base)
{
	struct kvm_sregs sregs;
	struct kvm_segment *seg = (void *)((char *)&sregs + offset);

	vcpu_load(&vcpu, guest);
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.ds.base = 0x5000;
	seg->base = base;
	vcpu_set_sregs(&vcpu, &sregs);
	prefix_one(guest, false, WINDOW - base, 0, -1, 2);
}

static void outs_segment_override(void)
{
	set_up();
	segment_one("io_prot_fs_outs16", offsetof(struct kvm_sregs, fs),
		    WINDOW);
	segment_one("io_prot_ss_outs16", offsetof(struct kvm_sregs, ss), 0);
	segment_one("io_long_gs_outs16", offsetof(struct kvm_sregs, gs),
		    WINDOW - 0x1000);
	/* The base of CS is not used in 64-bit code. */
	segment_one("io_long_cs_outs16", offsetof(struct kvm_sregs, cs), 0);
}

/* --- faults of the memory operand --- */

static void fault_one(const char *guest, bool in, uint64_t index,
		      unsigned int good, int vector)
{
	struct exception exception;
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct string_run r = { .guest = guest, .in = in, .size = 2 };
	const struct string_case c = { .start = index, .count = good + 3 };
	uint64_t done;

	test_context("%s", guest);
	r.c = &c;
	r.rep = true;
	set_string_regs(&r);
	run_string(&r);
	EXPECT_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), vector);
	EXPECT_EQ(exception.rip, GUEST_CODE);
	vcpu_get_regs(&vcpu, &regs);
	/*
	 * The registers say how far it got.  kvm_intel moves a block of INS
	 * all or nothing: there they may be as before.
	 */
	done = good + 3 - regs.rcx;
	EXPECT(done == good || (in && !done));
	EXPECT_EQ(in ? regs.rdi : regs.rsi, index + done * 2);
	if (vector != VEC_PF)
		return;
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(exception.error, in ? 2 : 0);
	EXPECT_EQ(sregs.cr2, index + good * 2);
}

/* The hole comes after 4 good elements. */
static void strings_page_fault(void)
{
	set_up();
	vcpu_load(&vcpu, "io_long_rep_outs16");
	/* Linear addresses before the hole lead to the last page of memory. */
	*vm_u64(&vm, GUEST_PD + ((GUEST_HOLE >> 21) - 1) * 8) = 0x200083;
	fault_one("io_long_rep_outs16", false, GUEST_HOLE - 8, 4, VEC_PF);
	vcpu_load(&vcpu, "io_long_rep_ins16");
	*vm_u64(&vm, GUEST_PD + ((GUEST_HOLE >> 21) - 1) * 8) = 0x200083;
	fault_one("io_long_rep_ins16", true, GUEST_HOLE - 8, 4, VEC_PF);
}

static void strings_segment_limit(void)
{
	set_up();
	vcpu_load(&vcpu, "io_real_rep_outs16");
	real_window();
	fault_one("io_real_rep_outs16", false, 0xfff7, 4, VEC_GP);
	vcpu_load(&vcpu, "io_real_rep_ins16");
	real_window();
	fault_one("io_real_rep_ins16", true, 0xfff7, 4, VEC_GP);
}

static const struct test tests[] = {
	{ "io_out_every_form", out_every_form },
	{ "io_in_every_form", in_every_form },
	{ "io_in_completed_by_immediate_exit", in_completed_by_immediate_exit },
	{ "io_completed_after_another_vcpu", completed_after_another_vcpu },
	{ "io_outs_real", outs_real },
	{ "io_outs_prot", outs_prot },
	{ "io_outs_long", outs_long },
	{ "io_ins_real", ins_real },
	{ "io_ins_prot", ins_prot },
	{ "io_ins_long", ins_long },
	{ "io_strings_address_size", strings_address_size },
	{ "io_outs_segment_override", outs_segment_override },
	{ "io_strings_page_fault", strings_page_fault },
	{ "io_strings_segment_limit", strings_segment_limit },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
