// SPDX-License-Identifier: GPL-2.0
/*
 * MMIO: each form of an instruction runs twice, with memory where the device is,
 * by the processor, and without, by emulation.  All registers, all flags and all
 * memory have to be the same, and the device must have seen what the form says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "harness.h"

/* The device: two pages, with memory before and after them. */
#define DEV		0x40000
#define DEV_SIZE	0x2000
#define MEM_SRC		0x3e100
#define MEM_DST		0x3e200
#define WINDOW		0x3c000		/* what is compared */
#define WINDOW_SIZE	0x8000

#define SETUP_SI_DEV	1
#define SETUP_DI_DEV	2
#define SETUP_DOWN	4
#define SETUP_ZF	8

#define RFLAGS_CF	BIT(0)
#define RFLAGS_ZF	BIT(6)
#define RFLAGS_TF	BIT(8)
#define RFLAGS_DF	BIT(10)
#define RFLAGS_RF	BIT(16)

/* Of guests_mmio.S. */
struct mmio_form {
	const char *guest;
	const char *text;
	const char *traffic;
	uint64_t setup;
};

extern const struct mmio_form __start_mmio_forms[], __stop_mmio_forms[];

static struct vm vm;
static struct vcpu vcpu;
static uint8_t *device;
static char traffic[64];

/* Memory but for the device's pages. */
static void set_up(void)
{
	vm_create_empty(&vm);
	vm.size = GUEST_SIZE;
	vm.mem = mem_alloc(vm.size);
	device = vm.mem + DEV;
	REQUIRE_EQ(vm_set_slot(&vm, 0, 0, DEV, vm.mem, 0), 0);
	REQUIRE_EQ(vm_set_slot(&vm, 1, DEV + DEV_SIZE,
			       GUEST_SIZE - DEV - DEV_SIZE,
			       vm.mem + DEV + DEV_SIZE, 0), 0);
	vcpu_create(&vcpu, &vm, 0);
}

static void device_is_memory(bool memory)
{
	REQUIRE_EQ(vm_set_slot(&vm, 2, DEV, memory ? DEV_SIZE : 0, device, 0),
		   0);
}

static void fill_window(void)
{
	int i;

	for (i = 0; i < WINDOW_SIZE; i++)
		vm.mem[WINDOW + i] = i * 7 + (i >> 8) + 3;
	/* What CMPXCHG expects, and what CMPS finds different. */
	*vm_u64(&vm, DEV + 0x400) = 0x1122334455667788;
}

/* Real mode's addresses count from the segments' base. */
static uint64_t address(uint64_t gpa, int mode)
{
	return mode == MODE_REAL ? gpa - (DEV - 0x3000) : gpa;
}

static void set_regs(const struct mmio_form *form, int mode)
{
	struct kvm_regs regs;

	vcpu_get_regs(&vcpu, &regs);
	regs.rax = 0x1122334455667788;
	regs.rbx = address(DEV, mode);
	regs.rcx = 3;
	regs.rdx = 0x345;
	regs.rbp = 0x0f1e2d3c4b5a6978;
	regs.rsi = address(form->setup & SETUP_SI_DEV ? DEV + 0x40 : MEM_SRC,
			   mode);
	regs.rdi = address(form->setup & SETUP_DI_DEV ? DEV + 0x80 : MEM_DST,
			   mode);
	regs.r8 = regs.r9 = regs.r10 = regs.r11 = 0x8877665544332211;
	regs.r12 = DEV + 0x200;
	regs.r13 = 8;
	regs.r14 = -0x77;
	regs.r15 = -1;
	regs.rsp = 0x7000;
	regs.rflags |= RFLAGS_CF;
	if (form->setup & SETUP_DOWN)
		regs.rflags |= RFLAGS_DF;
	if (form->setup & SETUP_ZF)
		regs.rflags |= RFLAGS_ZF;
	vcpu_set_regs(&vcpu, &regs);
}

static void set_sregs(int mode)
{
	struct kvm_sregs sregs;

	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr4 |= X86_CR4_OSFXSR;
	if (mode == MODE_REAL) {
		sregs.ds.base = DEV - 0x3000;
		sregs.ds.selector = sregs.ds.base >> 4;
		sregs.es = sregs.ds;
	} else {
		sregs.fs.base = 0x100;
		sregs.gs.base = 0x200;
	}
	vcpu_set_sregs(&vcpu, &sregs);
}

static void set_xmm(void)
{
	struct kvm_fpu fpu = { 0 };
	size_t i;

	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_FPU, &fpu), 0);
	for (i = 0; i < sizeof(fpu.xmm); i++)
		((uint8_t *)fpu.xmm)[i] = 0xff - i;
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_FPU, &fpu), 0);
}

static void load_form(const struct mmio_form *form)
{
	int mode = guest_find(form->guest)->mode;

	fill_window();
	vcpu_load(&vcpu, form->guest);
	set_sregs(mode);
	set_regs(form, mode);
	set_xmm();
	traffic[0] = 0;
}

static void note_traffic(void)
{
	size_t n = strlen(traffic);

	snprintf(traffic + n, sizeof(traffic) - n, "%c%u",
		 vcpu.run->mmio.is_write ? 'w' : 'r', vcpu.run->mmio.len);
}

static void serve_device(void)
{
	struct kvm_run *run = vcpu.run;
	uint64_t offset = run->mmio.phys_addr - DEV;

	REQUIRE(run->mmio.len >= 1 && run->mmio.len <= 8);
	REQUIRE(offset + run->mmio.len <= DEV_SIZE);
	note_traffic();
	if (run->mmio.is_write)
		memcpy(device + offset, run->mmio.data, run->mmio.len);
	else
		memcpy(run->mmio.data, device + offset, run->mmio.len);
}

/* To the HLT; false if it cannot be emulated. */
static bool run_to_halt(void)
{
	for (;;) {
		REQUIRE_EQ(vcpu_run(&vcpu), 0);
		switch (vcpu.run->exit_reason) {
		case KVM_EXIT_MMIO:
			serve_device();
			break;
		case KVM_EXIT_HLT:
			return true;
		default:
			test_note("%s: exit %s", traffic,
				  exit_name(vcpu.run->exit_reason));
			return false;
		}
	}
}

/* --- forms --- */

struct outcome {
	struct kvm_regs regs;
	struct kvm_fpu fpu;
	int vector;
	uint8_t memory[WINDOW_SIZE];
};

static bool run_form(const struct mmio_form *form, struct outcome *out)
{
	struct exception exception;

	load_form(form);
	if (!run_to_halt())
		return false;
	vcpu_get_regs(&vcpu, &out->regs);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_FPU, &out->fpu), 0);
	out->vector = vcpu_exception(&vcpu, &exception);
	memcpy(out->memory, vm.mem + WINDOW, WINDOW_SIZE);
	return true;
}

static void compare_registers(const struct kvm_regs *got,
			      const struct kvm_regs *want)
{
	EXPECT_EQ(got->rax, want->rax);
	EXPECT_EQ(got->rbx, want->rbx);
	EXPECT_EQ(got->rcx, want->rcx);
	EXPECT_EQ(got->rdx, want->rdx);
	EXPECT_EQ(got->rsi, want->rsi);
	EXPECT_EQ(got->rdi, want->rdi);
	EXPECT_EQ(got->rbp, want->rbp);
	EXPECT_EQ(got->rsp, want->rsp);
	EXPECT_EQ(got->rip, want->rip);
	EXPECT_EQ(got->rflags, want->rflags);
	EXPECT(!memcmp(&got->r8, &want->r8, 8 * sizeof(got->r8)));
}

static void compare_memory(const uint8_t *got, const uint8_t *want)
{
	int i;

	for (i = 0; i < WINDOW_SIZE && got[i] == want[i]; i++)
		;
	if (i == WINDOW_SIZE)
		return;
	test_note("the first difference is at 0x%x", WINDOW + i);
	EXPECT_EQ(got[i], want[i]);
}

static void check_form(const struct mmio_form *form)
{
	static struct outcome got, want;

	test_context("%s", form->text);
	device_is_memory(true);
	REQUIRE(run_form(form, &want));
	EXPECT_EQ(want.vector, -1);
	device_is_memory(false);
	if (!run_form(form, &got)) {
		EXPECT(false);
		return;
	}
	EXPECT_EQ(got.vector, -1);
	compare_registers(&got.regs, &want.regs);
	compare_memory(got.memory, want.memory);
	EXPECT(!memcmp(got.fpu.xmm, want.fpu.xmm, sizeof(got.fpu.xmm)));
	if (strcmp(traffic, form->traffic))
		test_note("%s: seen %s", form->text, traffic);
	EXPECT(!strcmp(traffic, form->traffic));
}

static void forms_of(uint64_t mode)
{
	const struct mmio_form *form;

	test_timeout(60);
	set_up();
	for (form = __start_mmio_forms; form < __stop_mmio_forms; form++)
		if (guest_find(form->guest)->mode == mode)
			check_form(form);
}

static void forms_real(void)
{
	forms_of(MODE_REAL);
}

static void forms_prot(void)
{
	forms_of(MODE_PROT32);
}

static void forms_long(void)
{
	forms_of(MODE_LONG);
}

static const struct test tests[] = {
	{ "mmio_forms_real", forms_real },
	{ "mmio_forms_prot", forms_prot },
	{ "mmio_forms_long", forms_long },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
