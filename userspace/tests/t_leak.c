// SPDX-License-Identifier: GPL-2.0
/*
 * Nothing leaks: the registers that VM entry and VM exit leave alone are the
 * guest's inside and the host's outside, whatever runs in between.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_hold.h"

#define SEED_A	0x15000000
#define SEED_B	0x2a000000

static struct vm vm;
static struct vcpu a, b;

/* --- guests that hold values --- */

static void load_holder(struct vcpu *vcpu, uint64_t seed, uint64_t xcr0,
			uint64_t rounds)
{
	struct kvm_regs regs;

	vcpu_load(vcpu, "leak_holder");
	hold_set_cr4(vcpu, xcr0);
	vcpu_get_regs(vcpu, &regs);
	regs.rbx = seed;
	regs.r8 = xcr0;
	regs.r9 = rounds;
	vcpu_set_regs(vcpu, &regs);
}

/* Run to the next HLT; the guest tells what it has lost. */
static void check_holder(struct vcpu *vcpu)
{
	struct exception exception;
	struct kvm_regs regs;

	vcpu_run_until(vcpu, KVM_EXIT_HLT);
	REQUIRE_EQ(vcpu_exception(vcpu, &exception), -1);
	vcpu_get_regs(vcpu, &regs);
	REQUIRE_EQ(regs.rax, 0);
}

static void set_up_one(void)
{
	vm_create(&vm);
	vcpu_create(&a, &vm, 0);
}

static void set_up_two(void)
{
	uint64_t xcr0;

	set_up_one();
	vcpu_create(&b, &vm, 1);
	xcr0 = hold_xcr0(&vm);
	load_holder(&a, SEED_A, xcr0, 1);
	load_holder(&b, SEED_B, xcr0 & 3, 1);
}

/* The host uses what the guests use. */
static void disturb(void)
{
	double x = 1.25;
	int i;

	for (i = 0; i < 10; i++)
		x = x * 1.0001 + getppid();
	asm volatile("pcmpeqd %%xmm0, %%xmm0\n\t"
		     "pcmpeqd %%xmm7, %%xmm7\n\t"
		     "pcmpeqd %%xmm15, %%xmm15\n\t"
		     : : "x" (x) : "xmm0", "xmm7", "xmm15");
}

/* The guest's checks are checks: what is changed behind its back shows. */
static void guest_notices(void)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} lstar = { .head.nmsrs = 1,
		    .entry = { .index = 0xc0000082, .data = 0x1234 } };
	struct kvm_regs regs;
	struct kvm_fpu fpu;

	set_up_two();
	check_holder(&a);
	REQUIRE_EQ(dev_ioctl(a.fd, KVM_SET_MSRS, &lstar), 1);
	vcpu_run_until(&a, KVM_EXIT_HLT);
	vcpu_get_regs(&a, &regs);
	EXPECT_EQ(regs.rax, 0xc0000082);
	check_holder(&b);
	REQUIRE_EQ(dev_ioctl(b.fd, KVM_GET_FPU, &fpu), 0);
	fpu.xmm[5][0] ^= 1;
	REQUIRE_EQ(dev_ioctl(b.fd, KVM_SET_FPU, &fpu), 0);
	vcpu_run_until(&b, KVM_EXIT_HLT);
	vcpu_get_regs(&b, &regs);
	EXPECT_EQ(regs.rax, 0x105);
}

static void guest_one_vcpu(void)
{
	int i;

	set_up_one();
	load_holder(&a, SEED_A, hold_xcr0(&vm), 1);
	for (i = 0; i < 20; i++) {
		check_holder(&a);
		disturb();
	}
}

static void guest_two_vcpus_by_turns(void)
{
	int i;

	set_up_two();
	host_run_on(host_cpu(0));
	for (i = 0; i < 20; i++) {
		test_context("turn %d", i);
		check_holder(&a);
		disturb();
		check_holder(&b);
	}
}

static void guest_over_cpus(void)
{
	int i;

	test_need_cpus(2);
	set_up_two();
	for (i = 0; i < 10; i++) {
		test_context("turn %d", i);
		host_run_on(host_cpu(i % host_cpus()));
		check_holder(&a);
		host_run_on(host_cpu((i + 1) % host_cpus()));
		check_holder(&b);
	}
}

static void guest_over_migrations(void)
{
	struct xvcpu_migrate migrate = { 0 };
	int i;

	test_need_xvcpu();
	test_need_cpus(2);
	vm_create(&vm);
	vcpu_create_pinned(&a, &vm, 0, host_cpu(0));
	load_holder(&a, SEED_A, hold_xcr0(&vm), 1);
	for (i = 0; i < 10; i++) {
		test_context("turn %d", i);
		check_holder(&a);
		migrate.cpu = host_cpu((i + 1) % host_cpus());
		REQUIRE_EQ(dev_ioctl(a.fd, XVCPU_MIGRATE, &migrate), 0);
	}
}

static void *run_long(void *arg)
{
	int i;

	host_run_on(host_cpu(0));
	for (i = 0; i < 4; i++)
		check_holder(arg);
	return NULL;
}

/* In the guest when the host's timer makes it the other's turn. */
static void guest_preempted(void)
{
	pthread_t thread;
	uint64_t xcr0;

	set_up_one();
	vcpu_create(&b, &vm, 1);
	xcr0 = hold_xcr0(&vm);
	load_holder(&a, SEED_A, xcr0, 1500);
	load_holder(&b, SEED_B, xcr0 & 3, 1500);
	REQUIRE(!pthread_create(&thread, NULL, run_long, &b));
	run_long(&a);
	pthread_join(thread, NULL);
}

static void run_in_process(uint64_t seed)
{
	set_up_one();
	load_holder(&a, seed, hold_xcr0(&vm), 1500);
	run_long(&a);
	exit(0);
}

static void guest_two_processes(void)
{
	int status, i;
	pid_t pid[2];

	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		REQUIRE(pid[i] >= 0);
		if (!pid[i])
			run_in_process(i ? SEED_A : SEED_B);
	}
	for (i = 0; i < 2; i++) {
		waitpid(pid[i], &status, 0);
		EXPECT_EQ(status, 0);
	}
}

/* A new vCPU holds what RESET leaves, not what the host had. */
static void guest_starts_clean(void)
{
	static const uint8_t zero[256];
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	set_up_one();
	vcpu_load(&a, "leak_fresh");
	vcpu_get_sregs(&a, &sregs);
	sregs.cr4 |= X86_CR4_OSFXSR;
	vcpu_set_sregs(&a, &sregs);
	disturb();
	vcpu_run_until(&a, KVM_EXIT_HLT);
	EXPECT(!memcmp(vm.mem + GUEST_RESULT + 32, zero, 128));
	EXPECT(!memcmp(vm.mem + GUEST_RESULT + 160, zero, 256));
	EXPECT_EQ(*vm_u32(&vm, GUEST_RESULT + 24), 0x1f80);
	vcpu_get_regs(&a, &regs);
	EXPECT_EQ(regs.rax, 0);
	EXPECT_EQ(regs.rbx, 0);
	EXPECT_EQ(regs.rcx, 0);
	EXPECT_EQ(regs.rdx, 0);
	EXPECT_EQ(regs.rsi, 0xffff0ff0);
	EXPECT_EQ(regs.rdi, 0x400);
	EXPECT_EQ(regs.rbp, 0);
	EXPECT_EQ(regs.r8 | regs.r9 | regs.r10 | regs.r11 | regs.r12 |
		  regs.r13 | regs.r14 | regs.r15, 0);
}

static void guest_breakpoint(void)
{
	struct exception exception;
	struct kvm_regs regs;

	set_up_one();
	vcpu_load(&a, "leak_breakpoint");
	vcpu_run_until(&a, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&a, &exception), VEC_DB);
	vcpu_get_regs(&a, &regs);
	EXPECT_EQ(exception.rip,
		  GUEST_CODE + guest_find("leak_breakpoint")->end -
		  guest_find("leak_breakpoint")->start - 2);
}

/* --- the host --- */

/* KVM_RUN with the SSE, x87 and AVX registers under control. */
struct host_fpu {
	uint8_t image[512] __attribute__((aligned(64)));
	uint8_t ymm[16][32];
};

static bool host_has_avx(void)
{
	return __builtin_cpu_supports("avx");
}

#define YMM_MOVES(op)							\
	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7)			\
	op(8) op(9) op(10) op(11) op(12) op(13) op(14) op(15)
#define YMM_LOAD(n)	"vmovups " #n "*32(%[in]), %%ymm" #n "\n\t"
#define YMM_STORE(n)	"vmovups %%ymm" #n ", " #n "*32(%[out])\n\t"
#define ALL_XMM								\
	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",	\
	"xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

static long run_with_sse(int fd, const struct host_fpu *in,
			 struct host_fpu *out)
{
	register long zero asm("rdx") = 0;
	long ret = SYS_ioctl;

	asm volatile("fxrstor64 (%[in])\n\t"
		     "syscall\n\t"
		     "fxsave64 (%[out])\n\t"
		     "fninit\n\t"
		     : "+a" (ret)
		     : "D" ((long)fd), "S" (KVM_RUN), "r" (zero),
		       [in] "r" (in->image), [out] "r" (out->image)
		     : "rcx", "r11", "memory", ALL_XMM);
	return ret;
}

static long run_with_avx(int fd, const struct host_fpu *in,
			 struct host_fpu *out)
{
	register long zero asm("rdx") = 0;
	long ret = SYS_ioctl;

	asm volatile(YMM_MOVES(YMM_LOAD)
		     "syscall\n\t"
		     YMM_MOVES(YMM_STORE)
		     "vzeroupper\n\t"
		     : "+a" (ret)
		     : "D" ((long)fd), "S" (KVM_RUN), "r" (zero),
		       [in] "r" (in->ymm), [out] "r" (out->ymm)
		     : "rcx", "r11", "memory", ALL_XMM);
	return ret;
}

static void host_fpu_pattern(struct host_fpu *fpu)
{
	size_t i;

	memset(fpu, 0, sizeof(*fpu));
	fpu->image[0] = 0x7f;			/* FCW */
	fpu->image[1] = 0x02;
	fpu->image[4] = 0xff;			/* all x87 registers in use */
	fpu->image[24] = 0x91;			/* MXCSR */
	fpu->image[25] = 0x1f;
	for (i = 0; i < 128; i++)
		if (i % 16 < 10)
			fpu->image[32 + i] = i + 1;
	for (i = 0; i < 256; i++)
		fpu->image[160 + i] = 0xff - i;
	for (i = 0; i < sizeof(fpu->ymm); i++)
		fpu->ymm[i / 32][i % 32] = i * 5 + 1;
}

static void host_x87_and_sse(void)
{
	struct host_fpu in, out;
	int i;

	set_up_two();
	host_fpu_pattern(&in);
	for (i = 0; i < 6; i++) {
		memset(&out, 0, sizeof(out));
		REQUIRE_EQ(run_with_sse(i % 2 ? a.fd : b.fd, &in, &out), 0);
		EXPECT_EQ(out.image[0] | out.image[1] << 8, 0x27f);
		EXPECT_EQ(out.image[4], 0xff);
		EXPECT_EQ(out.image[24] | out.image[25] << 8, 0x1f91);
		EXPECT(!memcmp(in.image + 32, out.image + 32, 128));
		EXPECT(!memcmp(in.image + 160, out.image + 160, 256));
	}
	check_holder(&a);
	check_holder(&b);
}

static void host_avx(void)
{
	struct host_fpu in, out;
	int i;

	if (!host_has_avx())
		test_skip("the CPU has no AVX");
	set_up_two();
	host_fpu_pattern(&in);
	for (i = 0; i < 6; i++) {
		memset(&out, 0, sizeof(out));
		REQUIRE_EQ(run_with_avx(i % 2 ? a.fd : b.fd, &in, &out), 0);
		EXPECT(!memcmp(in.ymm, out.ymm, sizeof(in.ymm)));
	}
	check_holder(&a);
	check_holder(&b);
}

static uint64_t host_xcr0(void)
{
	uint32_t low, high;

	asm volatile("xgetbv" : "=a" (low), "=d" (high) : "c" (0));
	return low | (uint64_t)high << 32;
}

static void host_keeps_xcr0(void)
{
	unsigned int eax, ebx, ecx, edx;
	uint64_t before;

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & BIT(27)))
		test_skip("no XSAVE");
	set_up_one();
	before = host_xcr0();
	load_holder(&a, SEED_A, 1, 1);
	check_holder(&a);
	EXPECT_EQ(host_xcr0(), before);
}

static uint16_t get_ds(void)
{
	uint16_t sel;

	asm volatile("mov %%ds, %0" : "=r" (sel));
	return sel;
}

static uint16_t get_es(void)
{
	uint16_t sel;

	asm volatile("mov %%es, %0" : "=r" (sel));
	return sel;
}

static uint16_t get_gs(void)
{
	uint16_t sel;

	asm volatile("mov %%gs, %0" : "=r" (sel));
	return sel;
}

static uint16_t get_fs(void)
{
	uint16_t sel;

	asm volatile("mov %%fs, %0" : "=r" (sel));
	return sel;
}

/* The bases are those of MSRs that the guest has set to its own. */
static void host_segment_bases(void)
{
	unsigned long fs, gs, fs_after;

	set_up_two();
	REQUIRE_EQ(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs), 0);
	REQUIRE_EQ(syscall(SYS_arch_prctl, ARCH_SET_GS, 0x123456789000), 0);
	check_holder(&a);
	check_holder(&b);
	REQUIRE_EQ(syscall(SYS_arch_prctl, ARCH_GET_GS, &gs), 0);
	EXPECT_EQ(gs, 0x123456789000);
	REQUIRE_EQ(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs_after), 0);
	EXPECT_EQ(fs_after, fs);
}

/* Selectors that a process seldom has: they have to be put back, too. */
static void host_segment_selectors(void)
{
	uint16_t fs = get_fs();

	set_up_two();
	asm volatile("mov %0, %%ds\n\tmov %0, %%es" : : "r" (0x2b));
	check_holder(&a);
	EXPECT_EQ(get_ds(), 0x2b);
	EXPECT_EQ(get_es(), 0x2b);
	check_holder(&b);
	EXPECT_EQ(get_ds(), 0x2b);
	EXPECT_EQ(get_es(), 0x2b);
	EXPECT_EQ(get_fs(), fs);
	asm volatile("mov %0, %%ds\n\tmov %0, %%es" : : "r" (0));
	check_holder(&a);
	EXPECT_EQ(get_ds(), 0);
	EXPECT_EQ(get_es(), 0);
}

/* An LDT of the process's own, and GS in it: VM exit leaves LDTR null. */
static void host_ldt(void)
{
	static uint32_t word = 0xfeedbeef;
	struct user_desc desc = {
		.entry_number = 3, .base_addr = 0, .limit = 0xfffff,
		.seg_32bit = 1, .limit_in_pages = 1, .useable = 1,
	};
	uint32_t seen;

	if ((uintptr_t)&word >= 1UL << 32)
		test_skip("not linked below 4 GiB");
	desc.base_addr = (uintptr_t)&word;
	if (syscall(SYS_modify_ldt, 1, &desc, sizeof(desc)))
		test_skip("no modify_ldt");
	set_up_two();
	asm volatile("mov %0, %%gs" : : "r" (3 * 8 | 7));
	check_holder(&a);
	check_holder(&b);
	EXPECT_EQ(get_gs(), 3 * 8 | 7);
	asm volatile("mov %%gs:0, %0" : "=r" (seen));
	EXPECT_EQ(seen, 0xfeedbeef);
	/* Loading it anew reads the descriptor from the LDT. */
	asm volatile("mov %0, %%gs" : : "r" (3 * 8 | 7));
	asm volatile("mov %%gs:0, %0" : "=r" (seen));
	EXPECT_EQ(seen, 0xfeedbeef);
}

/* --- the host's breakpoints --- */

static volatile uint32_t watched;

static int watch(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_W,
		.bp_addr = (uintptr_t)&watched,
		.bp_len = HW_BREAKPOINT_LEN_4,
		.exclude_kernel = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static void host_breakpoint(void)
{
	uint64_t count;
	int fd, i;

	fd = watch();
	if (fd < 0)
		test_skip("no breakpoints by perf: %s", strerror(errno));
	set_up_two();
	for (i = 1; i <= 5; i++) {
		check_holder(i % 2 ? &a : &b);
		watched = i;
		REQUIRE_EQ(read(fd, &count, sizeof(count)), sizeof(count));
		EXPECT_EQ(count, i);
	}
	check_holder(&a);
	check_holder(&b);
	close(fd);
}

/* A breakpoint of the guest does not outlive it either. */
static void host_without_breakpoint(void)
{
	set_up_one();
	vcpu_load(&a, "leak_breakpoint");
	vcpu_run_until(&a, KVM_EXIT_HLT);
	/* At the guest's address there is nothing; just go on for a while. */
	disturb();
	disturb();
	vcpu_run_until(&a, KVM_EXIT_HLT);
}

/* --- the host's MSRs, where the kernel lets them be read --- */

static int host_msr_fd(int cpu)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/cpu/%d/msr", cpu);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void host_msrs(void)
{
	static const uint32_t msrs[] = {
		0x174, 0x175, 0x176, 0x277, 0xc0000080, 0xc0000081,
		0xc0000082, 0xc0000083, 0xc0000084,
	};
	uint64_t before[ARRAY_SIZE(msrs)], after;
	int fd = host_msr_fd(host_cpu(0));
	size_t i;

	if (fd < 0)
		test_skip("no /dev/cpu/*/msr");
	set_up_two();
	host_run_on(host_cpu(0));
	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		REQUIRE_EQ(pread(fd, &before[i], 8, msrs[i]), 8);
	check_holder(&a);
	check_holder(&b);
	for (i = 0; i < ARRAY_SIZE(msrs); i++) {
		test_context("MSR 0x%x", msrs[i]);
		REQUIRE_EQ(pread(fd, &after, 8, msrs[i]), 8);
		EXPECT_EQ(after, before[i]);
	}
}

/* The simplest of all: system calls enter the kernel by LSTAR. */
static void host_system_calls(void)
{
	int i;

	set_up_two();
	for (i = 0; i < 5; i++) {
		check_holder(&a);
		EXPECT_EQ(syscall(SYS_getpid), getpid());
		check_holder(&b);
		EXPECT_EQ(syscall(SYS_getppid), getppid());
	}
}

static const struct test tests[] = {
	{ "leak_guest_notices", guest_notices },
	{ "leak_guest_one_vcpu", guest_one_vcpu },
	{ "leak_guest_two_vcpus_by_turns", guest_two_vcpus_by_turns },
	{ "leak_guest_over_cpus", guest_over_cpus },
	{ "leak_guest_over_migrations", guest_over_migrations },
	{ "leak_guest_preempted", guest_preempted },
	{ "leak_guest_two_processes", guest_two_processes },
	{ "leak_guest_starts_clean", guest_starts_clean },
	{ "leak_guest_breakpoint", guest_breakpoint },
	{ "leak_host_x87_and_sse", host_x87_and_sse },
	{ "leak_host_avx", host_avx },
	{ "leak_host_keeps_xcr0", host_keeps_xcr0 },
	{ "leak_host_segment_bases", host_segment_bases },
	{ "leak_host_segment_selectors", host_segment_selectors },
	{ "leak_host_ldt", host_ldt },
	{ "leak_host_breakpoint", host_breakpoint },
	{ "leak_host_without_breakpoint", host_without_breakpoint },
	{ "leak_host_msrs", host_msrs },
	{ "leak_host_system_calls", host_system_calls },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
