/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine of up to eight fake CPUs behind the hardware seam.
 *
 * It keeps the registers that the cold paths look at, writes down everything
 * that is asked of it and said of it in order, fails when it is told to, and knows the rules
 * of the architecture: what breaks one of them is a violation, which fails the
 * test case that is running, whatever that looks at.
 *
 * There is one machine, that of the running test case.  A task "is on" a CPU
 * between fake_call()'s entry and return: with interrupts really off, and
 * excluding every other task from that CPU.  So several tasks may drive the
 * machine at the same time, as several CPUs would.
 */
#ifndef _XVCPU_KUNIT_FAKE_HW_H
#define _XVCPU_KUNIT_FAKE_HW_H

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <xvcpu/caps.h>
#include <xvcpu/hw.h>
#include <xvcpu/percpu.h>

#define FAKE_CPUS	8
#define FAKE_VMCSS	16
#define FAKE_EVENTS	2048
#define FAKE_LINES	128
#define FAKE_LINE	128

#define FAKE_ANY_CPU	(-1)
#define FAKE_ANY_ARG	(~0ULL)

/* In struct fake_cpu.absent, after one bit for each enum vmx_cap. */
#define FAKE_ABSENT_FEATURE_CONTROL	BIT_ULL(VMX_CAP_NR)

/* Registers after fake_root(). */
#define FAKE_REVISION	0x12
#define FAKE_ECX	0x77fafbff
#define FAKE_CR0	0x80050033
#define FAKE_CR4	0x3606e0

enum fake_op {
	FAKE_CPUID,
	FAKE_TXT,
	FAKE_RDMSR,		/* argument: the MSR */
	FAKE_WRMSR,		/* likewise */
	FAKE_READ_CR0,
	FAKE_READ_CR4,
	FAKE_SET_VMXE,
	FAKE_CLEAR_VMXE,
	FAKE_VMXON,		/* argument: address of the region */
	FAKE_VMXOFF,
	FAKE_VMPTRLD,		/* argument: address of the region */
	FAKE_VMCLEAR,		/* likewise */
	FAKE_VMPTRST,
	FAKE_FLUSH_ALL,
	FAKE_FLUSH_GUEST,	/* argument: the VPID */
	FAKE_RUN_ON,		/* of the CPU that is called */
	FAKE_MARK,		/* written by a test; argument: its own */
	FAKE_OP_NR
};

/**
 * struct fake_event - something that was asked of the machine
 * @cpu: the CPU that executed it.
 * @op: what.
 * @arg: see enum fake_op.
 */
struct fake_event {
	int cpu;
	enum fake_op op;
	u64 arg;
};

/**
 * struct fake_vmcs - a VMCS that the machine has heard of
 * @region: its address.
 * @cpu: the CPU on which it is active, or XVCPU_CPU_NONE.
 * @cleared: whether it has ever been cleared; before, it may not be loaded.
 */
struct fake_vmcs {
	void *region;
	int cpu;
	bool cleared;
};

/**
 * struct fake_cpu - one CPU
 * @cpuid_1_ecx: ECX of CPUID leaf 1.
 * @cr0: CR0.
 * @cr4: CR4.
 * @feature_control: IA32_FEATURE_CONTROL.
 * @caps: the capability MSRs.
 * @absent: the MSRs that fault: one bit for each enum vmx_cap, and
 *	FAKE_ABSENT_FEATURE_CONTROL.
 * @online: whether the kernel runs on it.
 * @foreign: CR4.VMXE is somebody else's, and VMX root operation if it is in it.
 * @in_root: whether it is in VMX root operation.
 * @vmxon: the VMXON region.
 * @current_vmcs: the current VMCS, or NULL.
 * @owners_vmcs: what the other owner takes for the current VMCS, or NULL: it has
 *	to be, whenever interrupts are on.
 * @separations: how often a guest was kept from the one before it.
 * @fail_in: for each operation which call from now on fails, 0 for none.
 * @busy: held while a task is on the CPU.
 * @runs: that task.
 */
struct fake_cpu {
	u64 cpuid_1_ecx;
	u64 cr0;
	u64 cr4;
	u64 feature_control;
	u64 caps[VMX_CAP_NR];
	u64 absent;
	bool online;
	bool foreign;

	bool in_root;
	void *vmxon;
	void *current_vmcs;
	void *owners_vmcs;
	u32 separations;

	u32 fail_in[FAKE_OP_NR];
	raw_spinlock_t busy;
	struct task_struct *runs;
};

/**
 * struct fake_machine - the machine of the running test case
 * @cpus: its CPUs.
 * @nr_cpus: how many.
 * @boot_cpu: the one that is to enter VMX root operation first.
 * @txt: whether it was launched measured.
 * @owner: who may hold VMX, or NULL.
 * @parallel: CPUs that are called all together execute the call at once, else
 *	one after the other, the highest number first.
 * @unlocked: VMXON and VMXOFF may happen outside of the global mutex: sleep.
 * @silent: nothing is written down, too much happens.
 * @root: what drives it.
 * @switching: how many CPUs are inside VMXON or VMXOFF.
 * @events: what was asked of it since fake_forget().
 * @next_event: how much.
 * @lock: protects what follows.
 * @vmcs: the VMCSs it has heard of.
 * @nr_vmcs: how many.
 * @lines: what the code under test said since fake_forget(); more is dropped.
 * @nr_lines: how much.
 * @violations: how many rules were broken.
 * @violation: the first of them, as a sentence.
 */
struct fake_machine {
	struct fake_cpu cpus[FAKE_CPUS];
	int nr_cpus;
	int boot_cpu;
	bool txt;
	const char *owner;
	bool parallel;
	bool unlocked;
	bool silent;
	struct vmx_root *root;
	atomic_t switching;
	struct fake_event events[FAKE_EVENTS];
	atomic_t next_event;

	raw_spinlock_t lock;
	struct fake_vmcs vmcs[FAKE_VMCSS];
	int nr_vmcs;
	char lines[FAKE_LINES][FAKE_LINE];
	int nr_lines;
	int violations;
	char violation[FAKE_LINE];
};

extern struct fake_machine *fake;
extern const struct vmx_hw fake_hw;

/* init and exit of a suite. */
int fake_init(struct kunit *test);
void fake_exit(struct kunit *test);

/* A new machine, all CPUs online; the second one has been enabled, too. */
struct vmx_root *fake_root(struct kunit *test, int nr_cpus,
			   enum xvcpu_policy policy);
struct vmx_root *fake_enabled_root(struct kunit *test, int nr_cpus,
				   enum xvcpu_policy policy);
void *fake_vmcs_region(struct kunit *test, bool cleared);

int fake_call(int cpu, void (*fn)(void *arg), void *arg);
int fake_in_parallel(int nr, void (*fn)(int i, void *arg), void *arg);
void fake_set_online(int cpu, bool online);
void fake_take_vmx(int cpu);
void fake_owner_enter(int cpu);
void fake_owner_leave(int cpu);
void fake_owner_load(int cpu, void *region);
void fake_owner_clear(int cpu, void *region);
void fake_repair(int cpu);
void fake_fail(int cpu, enum fake_op op, u32 nth);
void fake_mark(u64 arg);

void fake_forget(void);
int fake_find(int cpu, enum fake_op op, u64 arg);
int fake_find_last(int cpu, enum fake_op op, u64 arg);
int fake_count(int cpu, enum fake_op op);
const struct fake_event *fake_last(int cpu);
bool fake_is_out_of_root(int cpu);
__printf(1, 2) void fake_say(const char *fmt, ...);
int fake_said(const char *part);

static inline int fake_nr_events(void)
{
	return atomic_read(&fake->next_event);
}

static inline u64 fake_address(const void *region)
{
	return (uintptr_t)region;
}

/* For KUNIT_ARRAY_PARAM(): machines of 1, 4 and 8 CPUs. */
#define FAKE_NR_CPUS_LIST	3
extern const int fake_nr_cpus_list[FAKE_NR_CPUS_LIST];
void fake_nr_cpus_desc(const int *nr_cpus, char *desc);

static inline int fake_nr_cpus(const struct kunit *test)
{
	return *(const int *)test->param_value;
}

#endif /* _XVCPU_KUNIT_FAKE_HW_H */
