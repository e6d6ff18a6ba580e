// SPDX-License-Identifier: GPL-2.0
/*
 * A machine of up to eight fake CPUs behind the hardware seam, and a suite that
 * makes sure that it notices every broken rule.
 *
 * Locking: fake->lock is the innermost lock; events are written down without it,
 * and read when nobody writes.  A struct fake_cpu is written by
 * the task that is on that CPU; a test may do so while no other task is.
 */
#include "fake_hw.h"

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <uapi/linux/xvcpu.h>

/* Files of the module that need no machine. */
#include "../vmx_page.c"

struct fake_machine *fake;

static const char * const op_names[FAKE_OP_NR] = {
	[FAKE_CPUID]		= "CPUID",
	[FAKE_TXT]		= "the TXT status",
	[FAKE_RDMSR]		= "RDMSR",
	[FAKE_WRMSR]		= "WRMSR",
	[FAKE_READ_CR0]		= "reading CR0",
	[FAKE_READ_CR4]		= "reading CR4",
	[FAKE_SET_VMXE]		= "setting CR4.VMXE",
	[FAKE_CLEAR_VMXE]	= "clearing CR4.VMXE",
	[FAKE_VMXON]		= "VMXON",
	[FAKE_VMXOFF]		= "VMXOFF",
	[FAKE_VMPTRLD]		= "VMPTRLD",
	[FAKE_VMCLEAR]		= "VMCLEAR",
	[FAKE_VMPTRST]		= "VMPTRST",
	[FAKE_FLUSH_ALL]	= "INVEPT and INVVPID",
	[FAKE_FLUSH_GUEST]	= "INVVPID",
	[FAKE_RUN_ON]		= "a cross-call",
	[FAKE_MARK]		= "a mark",
};

/* A CPU that has everything, every conditional MSR included. */
static const u64 fake_caps[VMX_CAP_NR] = {
	[VMX_CAP_BASIC]		 = 0x00da040000000000 | FAKE_REVISION,
	[VMX_CAP_PINBASED]	 = 0x000000ff00000016,
	[VMX_CAP_PROCBASED]	 = 0xfffbfffe0401e172,
	[VMX_CAP_EXIT]		 = 0xffffffff00036dff,
	[VMX_CAP_ENTRY]		 = 0x0003ffff000011ff,
	[VMX_CAP_MISC]		 = 0x000000007004c1e7,
	[VMX_CAP_CR0_FIXED0]	 = 0x0000000080000021,
	[VMX_CAP_CR0_FIXED1]	 = 0x00000000ffffffff,
	[VMX_CAP_CR4_FIXED0]	 = 0x0000000000002000,
	[VMX_CAP_CR4_FIXED1]	 = 0x00000000003767ff,
	[VMX_CAP_VMCS_ENUM]	 = 0x000000000000002e,
	[VMX_CAP_PROCBASED2]	 = 0x0015fcff00000000,
	[VMX_CAP_EPT_VPID]	 = 0x00000f0106734141,
	[VMX_CAP_TRUE_PINBASED]	 = 0x000000ff00000016,
	[VMX_CAP_TRUE_PROCBASED] = 0xfffbfffe04006172,
	[VMX_CAP_TRUE_EXIT]	 = 0xffffffff00036dfb,
	[VMX_CAP_TRUE_ENTRY]	 = 0x0003ffff000011fb,
	[VMX_CAP_VMFUNC]	 = 0x0000000000000001,
	[VMX_CAP_PROCBASED3]	 = 0x0000000000000010,
	[VMX_CAP_EXIT2]		 = 0x0000000000000008,
};

static __printf(1, 2) void violation(const char *fmt, ...)
{
	unsigned long flags;
	va_list args;

	raw_spin_lock_irqsave(&fake->lock, flags);
	if (!fake->violations++) {
		va_start(args, fmt);
		vsnprintf(fake->violation, sizeof(fake->violation), fmt, args);
		va_end(args);
	}
	raw_spin_unlock_irqrestore(&fake->lock, flags);
}

/* Without a lock: it is what happens most often. */
static void write_down(int cpu, enum fake_op op, u64 arg)
{
	int i;

	if (fake->silent)
		return;
	i = atomic_fetch_inc(&fake->next_event);
	if (i < FAKE_EVENTS)
		fake->events[i] = (struct fake_event){ cpu, op, arg };
	else
		violation("more than %d events", FAKE_EVENTS);
}

/* Whether this call is the one that a test wants to fail. */
static bool is_to_fail(struct fake_cpu *c, enum fake_op op)
{
	return c->fail_in[op] && !--c->fail_in[op];
}

static int fake_this_cpu(void)
{
	int cpu;

	for (cpu = 0; cpu < FAKE_CPUS; cpu++)
		if (READ_ONCE(fake->cpus[cpu].runs) == current)
			return cpu;
	violation("the current CPU's number outside of fake_call()");
	return 0;
}

static struct fake_cpu *here(void)
{
	return &fake->cpus[fake_this_cpu()];
}

/* Every operation but cross-calls begins here. */
static int begin(enum fake_op op, u64 arg)
{
	write_down(fake_this_cpu(), op, arg);
	if (!irqs_disabled())
		violation("%s with interrupts on", op_names[op]);
	return is_to_fail(here(), op) ? -EIO : 0;
}

static void must_be_in_root(enum fake_op op)
{
	if (!here()->in_root)
		violation("%s outside of VMX root operation", op_names[op]);
}

static void must_hold_locks(enum fake_op op)
{
	if (!fake->root)
		return;
	if (!raw_spin_is_locked(&fake->root->entry_lock))
		violation("%s without the entry lock", op_names[op]);
	if (!fake->unlocked && !mutex_is_locked(&fake->root->lock))
		violation("%s without the global mutex", op_names[op]);
}

/* Takes a while, so that another CPU that does the same gets caught. */
static void switch_alone(enum fake_op op)
{
	if (atomic_inc_return(&fake->switching) != 1)
		violation("%s on two CPUs at the same time", op_names[op]);
	if (fake->parallel)
		udelay(5);
	atomic_dec(&fake->switching);
}

static int fake_boot_cpu(void)
{
	return fake->boot_cpu;
}

static bool fake_online(int cpu)
{
	return cpu < FAKE_CPUS && READ_ONCE(fake->cpus[cpu].online);
}

/* It does not look: it knows. */
static void owner_finds_its_own(int cpu)
{
	const struct fake_cpu *c = &fake->cpus[cpu];

	if (c->owners_vmcs && c->owners_vmcs != c->current_vmcs)
		violation("the owner's VMCS on CPU %d is not current any more",
			  cpu);
}

/**
 * fake_call() - be on a CPU, interrupts off, for the length of a function
 * @cpu: which CPU.
 * @fn: the function.
 * @arg: its argument.
 *
 * Return: 0, or -ENXIO if the CPU is offline.
 */
int fake_call(int cpu, void (*fn)(void *arg), void *arg)
{
	struct fake_cpu *c = &fake->cpus[cpu];
	unsigned long flags;
	int err = -ENXIO;

	raw_spin_lock_irqsave(&c->busy, flags);
	if (c->online) {
		WRITE_ONCE(c->runs, current);
		fn(arg);
		owner_finds_its_own(cpu);
		WRITE_ONCE(c->runs, NULL);
		err = 0;
	}
	raw_spin_unlock_irqrestore(&c->busy, flags);
	return err;
}

static int fake_run_on(int cpu, void (*fn)(void *arg), void *arg)
{
	write_down(cpu, FAKE_RUN_ON, 0);
	if (irqs_disabled())
		violation("a cross-call that waits with interrupts off");
	if (is_to_fail(&fake->cpus[cpu], FAKE_RUN_ON))
		return -ENXIO;
	return fake_call(cpu, fn, arg);
}

struct each_call {
	void (*fn)(void *arg);
	void *arg;
};

static void call_one(int cpu, void *arg)
{
	struct each_call *call = arg;

	fake_call(cpu, call->fn, call->arg);
}

static void fake_run_on_each(void (*fn)(void *arg), void *arg)
{
	struct each_call call = { fn, arg };
	int cpu;

	if (irqs_disabled())
		violation("a cross-call that waits with interrupts off");
	if (fake->parallel) {
		if (fake_in_parallel(fake->nr_cpus, call_one, &call))
			violation("no threads for a cross-call");
		return;
	}
	for (cpu = fake->nr_cpus - 1; cpu >= 0; cpu--)
		call_one(cpu, &call);
}

static u32 fake_cpuid_1_ecx(void)
{
	begin(FAKE_CPUID, 0);
	return here()->cpuid_1_ecx;
}

static bool fake_in_txt(void)
{
	begin(FAKE_TXT, 0);
	return fake->txt;
}

static int fake_rdmsr(u32 msr, u64 *value)
{
	struct fake_cpu *c = here();
	u32 cap = msr - MSR_IA32_VMX_BASIC;

	if (begin(FAKE_RDMSR, msr))
		return -EIO;
	if (msr == MSR_IA32_FEAT_CTL) {
		if (c->absent & FAKE_ABSENT_FEATURE_CONTROL)
			return -EIO;
		*value = c->feature_control;
		return 0;
	}
	if (cap >= VMX_CAP_NR || c->absent & BIT_ULL(cap))
		return -EIO;
	*value = c->caps[cap];
	return 0;
}

static int fake_wrmsr(u32 msr, u64 value)
{
	struct fake_cpu *c = here();

	if (begin(FAKE_WRMSR, msr))
		return -EIO;
	if (msr != MSR_IA32_FEAT_CTL || c->feature_control & FEAT_CTL_LOCKED)
		return -EIO;
	c->feature_control = value;
	return 0;
}

static unsigned long fake_read_cr0(void)
{
	begin(FAKE_READ_CR0, 0);
	return here()->cr0;
}

static unsigned long fake_read_cr4(void)
{
	begin(FAKE_READ_CR4, 0);
	return here()->cr4;
}

static void fake_set_vmxe(void)
{
	begin(FAKE_SET_VMXE, 0);
	if (here()->cr4 & X86_CR4_VMXE)
		violation("CR4.VMXE set twice");
	here()->cr4 |= X86_CR4_VMXE;
}

static void fake_clear_vmxe(void)
{
	begin(FAKE_CLEAR_VMXE, 0);
	if (here()->in_root)
		violation("CR4.VMXE cleared in VMX root operation");
	if (here()->foreign)
		violation("CR4.VMXE of another owner cleared");
	here()->cr4 &= ~(u64)X86_CR4_VMXE;
}

static bool is_vmxon_region(const void *region)
{
	int cpu;

	for (cpu = 0; cpu < FAKE_CPUS; cpu++)
		if (fake->cpus[cpu].in_root && fake->cpus[cpu].vmxon == region)
			return true;
	return false;
}

/* SDM, "Enabling and Entering VMX Operation" and "VMXON". */
static const char *vmxon_breaks(const struct fake_cpu *c, const u32 *region)
{
	u64 need = FEAT_CTL_LOCKED | (fake->txt ?
			FEAT_CTL_VMX_ENABLED_INSIDE_SMX :
			FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX);

	if (c->in_root)
		return "VMXON in VMX root operation";
	if (!(c->cr4 & X86_CR4_VMXE))
		return "VMXON without CR4.VMXE";
	if ((c->feature_control & need) != need)
		return "VMXON that IA32_FEATURE_CONTROL forbids";
	if (~c->cr0 & c->caps[VMX_CAP_CR0_FIXED0] ||
	    ~c->cr4 & c->caps[VMX_CAP_CR4_FIXED0])
		return "VMXON without a bit that must be 1 in CR0 or CR4";
	if (!IS_ALIGNED((unsigned long)region, PAGE_SIZE))
		return "VMXON with a region that is not aligned";
	if (region[0] != (u32)(c->caps[VMX_CAP_BASIC] & GENMASK(30, 0)))
		return "VMXON with a wrong revision identifier";
	if (memchr_inv(region + 1, 0, PAGE_SIZE - sizeof(*region)))
		return "VMXON with a region that is not zeroed";
	if (is_vmxon_region(region))
		return "VMXON with another CPU's region";
	return NULL;
}

static int fake_vmxon(void *region)
{
	struct fake_cpu *c = here();
	const char *broken;

	if (begin(FAKE_VMXON, fake_address(region)))
		return -EIO;
	must_hold_locks(FAKE_VMXON);
	switch_alone(FAKE_VMXON);
	broken = vmxon_breaks(c, region);
	if (broken) {
		violation("%s", broken);
		return -EIO;
	}
	c->in_root = true;
	c->vmxon = region;
	c->current_vmcs = NULL;
	return 0;
}

/* The VMCS at an address; unknown ones are made known. Called with the lock. */
static struct fake_vmcs *lookup(void *region)
{
	int i;

	for (i = 0; i < fake->nr_vmcs; i++)
		if (fake->vmcs[i].region == region)
			return &fake->vmcs[i];
	if (WARN_ON_ONCE(i == FAKE_VMCSS))
		return &fake->vmcs[0];
	fake->vmcs[i] = (struct fake_vmcs){ region, XVCPU_CPU_NONE };
	fake->nr_vmcs++;
	return &fake->vmcs[i];
}

/* No VMCS is active on a CPU any more. Return: how many were. */
static int forget_active(int cpu)
{
	unsigned long flags;
	int i, active = 0;

	raw_spin_lock_irqsave(&fake->lock, flags);
	for (i = 0; i < fake->nr_vmcs; i++) {
		if (fake->vmcs[i].cpu != cpu)
			continue;
		fake->vmcs[i].cpu = XVCPU_CPU_NONE;
		active++;
	}
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	return active;
}

/* A failure means that somebody took the CPU out of root behind our back. */
static int fake_vmxoff(void)
{
	struct fake_cpu *c = here();
	int err = begin(FAKE_VMXOFF, 0);

	must_be_in_root(FAKE_VMXOFF);
	must_hold_locks(FAKE_VMXOFF);
	switch_alone(FAKE_VMXOFF);
	if (c->foreign)
		violation("VMXOFF of another owner's VMX root operation");
	if (forget_active(fake_this_cpu()))
		violation("VMXOFF while a VMCS is active");
	c->in_root = false;
	c->vmxon = NULL;
	c->current_vmcs = NULL;
	return err;
}

/* As an NMI may have come at any moment, the CPU need not be in root, nor a lock held. */
static int fake_vmxoff_crashed(void)
{
	struct fake_cpu *c = here();

	if (begin(FAKE_VMXOFF, 0) || !c->in_root)
		return -EIO;
	if (forget_active(fake_this_cpu()))
		violation("VMXOFF while a VMCS is active");
	c->in_root = false;
	c->vmxon = NULL;
	c->current_vmcs = NULL;
	return 0;
}

/* SDM, "VMPTRLD" and "Software Use of the VMCS". Called with the lock. */
static const char *vmptrld_breaks(const struct fake_cpu *c,
				  const struct fake_vmcs *v)
{
	u32 revision = *(u32 *)v->region;

	if (!c->in_root)
		return "VMPTRLD outside of VMX root operation";
	if (!IS_ALIGNED((unsigned long)v->region, PAGE_SIZE))
		return "VMPTRLD of a region that is not aligned";
	if (is_vmxon_region(v->region))
		return "VMPTRLD of a VMXON region";
	if (revision != (u32)(c->caps[VMX_CAP_BASIC] & GENMASK(30, 0)))
		return "VMPTRLD with a wrong revision identifier";
	if (!v->cleared)
		return "VMPTRLD of a VMCS that was never cleared";
	if (v->cpu != XVCPU_CPU_NONE && v->cpu != fake_this_cpu())
		return "VMPTRLD of a VMCS that is active on another CPU";
	return NULL;
}

static int fake_vmptrld(void *region)
{
	struct fake_cpu *c = here();
	const char *broken;
	struct fake_vmcs *v;
	unsigned long flags;

	if (begin(FAKE_VMPTRLD, fake_address(region)))
		return -EIO;
	raw_spin_lock_irqsave(&fake->lock, flags);
	v = lookup(region);
	broken = vmptrld_breaks(c, v);
	if (!broken)
		v->cpu = fake_this_cpu();
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	if (broken) {
		violation("%s", broken);
		return -EIO;
	}
	c->current_vmcs = region;
	return 0;
}

static const char *vmclear_breaks(const struct fake_cpu *c,
				  const struct fake_vmcs *v)
{
	if (!c->in_root)
		return "VMCLEAR outside of VMX root operation";
	if (is_vmxon_region(v->region))
		return "VMCLEAR of a VMXON region";
	if (v->cpu != XVCPU_CPU_NONE && v->cpu != fake_this_cpu())
		return "VMCLEAR of a VMCS that is active on another CPU";
	return NULL;
}

/* A VMCS whose VMCLEAR is told to fail counts as lost, not as active. */
static int fake_vmclear(void *region)
{
	struct fake_cpu *c = here();
	int err = begin(FAKE_VMCLEAR, fake_address(region));
	const char *broken;
	struct fake_vmcs *v;
	unsigned long flags;

	raw_spin_lock_irqsave(&fake->lock, flags);
	v = lookup(region);
	broken = vmclear_breaks(c, v);
	v->cpu = XVCPU_CPU_NONE;
	v->cleared |= !err;
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	if (broken)
		violation("%s", broken);
	if (c->current_vmcs == region)
		c->current_vmcs = NULL;
	return broken ? -EIO : err;
}

static void *fake_vmptrst(void)
{
	begin(FAKE_VMPTRST, 0);
	must_be_in_root(FAKE_VMPTRST);
	return here()->current_vmcs;
}

/* What a debug kernel looks at besides is not written down. */
static bool fake_is_current(void *region)
{
	return here()->current_vmcs == region;
}

static void fake_flush_all(const struct vmx_caps *caps)
{
	begin(FAKE_FLUSH_ALL, 0);
	must_be_in_root(FAKE_FLUSH_ALL);
	if (memcmp(caps->msr, here()->caps, sizeof(caps->msr)))
		violation("flushing by another CPU's capabilities");
}

static void fake_flush_guest(u16 vpid)
{
	begin(FAKE_FLUSH_GUEST, vpid);
	must_be_in_root(FAKE_FLUSH_GUEST);
	if (!vpid)
		violation("INVVPID of VPID 0");
}

/* Not written down: it depends on what was there before. */
static void fake_separate_guests(void)
{
	here()->separations++;
}

static const char *fake_owner(void)
{
	return fake->owner;
}

const struct vmx_hw fake_hw = {
	.this_cpu = fake_this_cpu,
	.boot_cpu = fake_boot_cpu,
	.online = fake_online,
	.run_on = fake_run_on,
	.run_on_each = fake_run_on_each,
	.cpuid_1_ecx = fake_cpuid_1_ecx,
	.in_txt = fake_in_txt,
	.read_msr = fake_rdmsr,
	.write_msr = fake_wrmsr,
	.read_cr0 = fake_read_cr0,
	.read_cr4 = fake_read_cr4,
	.set_vmxe = fake_set_vmxe,
	.clear_vmxe = fake_clear_vmxe,
	.vmxon = fake_vmxon,
	.vmxoff = fake_vmxoff,
	.vmxoff_crashed = fake_vmxoff_crashed,
	.vmptrld = fake_vmptrld,
	.vmclear = fake_vmclear,
	.vmptrst = fake_vmptrst,
	.is_current = fake_is_current,
	.flush_all = fake_flush_all,
	.flush_guest = fake_flush_guest,
	.separate_guests = fake_separate_guests,
	.owner = fake_owner,
};

/* Threads that run beside one another. */
struct fake_thread {
	int i;
	void (*fn)(int i, void *arg);
	void *arg;
	struct task_struct *task;
	struct completion done;
};

/* Stays until it is reaped: it must be gone before the module is. */
static int thread_main(void *data)
{
	struct fake_thread *t = data;

	t->fn(t->i, t->arg);
	complete(&t->done);
	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/**
 * fake_in_parallel() - call a function in several threads at the same time
 * @nr: how many, at most FAKE_CPUS.
 * @fn: the function; it gets the thread's number and @arg.
 * @arg: see @fn.
 *
 * Return: 0 when all have returned, or the errno why a thread could not be made;
 * those before it have run then.
 */
int fake_in_parallel(int nr, void (*fn)(int i, void *arg), void *arg)
{
	struct fake_thread *threads = kcalloc(nr, sizeof(*threads), GFP_KERNEL);
	struct fake_thread *t;
	int err = 0;
	int i;

	if (!threads)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		t = &threads[i];
		*t = (struct fake_thread){ .i = i, .fn = fn, .arg = arg };
		init_completion(&t->done);
		t->task = kthread_run(thread_main, t, "xvcpu-fake/%d", i);
		if (IS_ERR(t->task)) {
			err = PTR_ERR(t->task);
			break;
		}
	}
	while (i--) {
		wait_for_completion(&threads[i].done);
		kthread_stop(threads[i].task);
	}
	kfree(threads);
	return err;
}

/* A CPU is there, or is not there any more. */
void fake_set_online(int cpu, bool online)
{
	struct fake_cpu *c = &fake->cpus[cpu];
	unsigned long flags;

	raw_spin_lock_irqsave(&c->busy, flags);
	if (!online && c->in_root)
		violation("CPU %d goes offline in VMX root operation", cpu);
	WRITE_ONCE(c->online, online);
	raw_spin_unlock_irqrestore(&c->busy, flags);
}

/* Somebody else holds VMX on a CPU. */
void fake_take_vmx(int cpu)
{
	fake->cpus[cpu].cr4 |= X86_CR4_VMXE;
	fake->cpus[cpu].foreign = true;
}

/*
 * Another owner of VMX root operation, in the order of the kernel's: a CPU enters
 * before we hear that it is online, and leaves after we heard that it goes.
 */
void fake_owner_enter(int cpu)
{
	fake_take_vmx(cpu);
	fake->cpus[cpu].in_root = true;
}

void fake_owner_leave(int cpu)
{
	struct fake_cpu *c = &fake->cpus[cpu];

	if (c->owners_vmcs)
		fake_owner_clear(cpu, c->owners_vmcs);
	if (forget_active(cpu))
		violation("the owner leaves while a VMCS is active");
	c->in_root = false;
	c->foreign = false;
	c->current_vmcs = NULL;
	c->cr4 &= ~(u64)X86_CR4_VMXE;
}

static void owner_load_here(void *region)
{
	struct fake_cpu *c = here();

	if (c->owners_vmcs != region)
		fake_vmptrld(region);
	c->owners_vmcs = region;
}

/* The owner runs a guest, or wants to; VMPTRLD only if it thinks that it has to. */
void fake_owner_load(int cpu, void *region)
{
	fake_call(cpu, owner_load_here, region);
}

static void owner_clear_here(void *region)
{
	struct fake_cpu *c = here();

	fake_vmclear(region);
	if (c->owners_vmcs == region)
		c->owners_vmcs = NULL;
}

void fake_owner_clear(int cpu, void *region)
{
	fake_call(cpu, owner_clear_here, region);
}

/* The @nth call from now on of an operation on a CPU is to fail; 1 is the next. */
void fake_fail(int cpu, enum fake_op op, u32 nth)
{
	fake->cpus[cpu].fail_in[op] = nth;
}

/* A line of the test's own in the log; on a CPU. */
void fake_mark(u64 arg)
{
	begin(FAKE_MARK, arg);
}

/* The log begins anew. */
void fake_forget(void)
{
	atomic_set(&fake->next_event, 0);
	fake->nr_lines = 0;
}

/* A line for the kernel's log. */
void fake_say(const char *fmt, ...)
{
	unsigned long flags;
	va_list args;

	raw_spin_lock_irqsave(&fake->lock, flags);
	if (fake->nr_lines < FAKE_LINES) {
		va_start(args, fmt);
		vsnprintf(fake->lines[fake->nr_lines++], FAKE_LINE, fmt, args);
		va_end(args);
	}
	raw_spin_unlock_irqrestore(&fake->lock, flags);
}

/* How many lines were said in which @part occurs. */
int fake_said(const char *part)
{
	int i, count = 0;

	for (i = 0; i < fake->nr_lines; i++)
		count += !!strstr(fake->lines[i], part);
	return count;
}

static bool is_event(const struct fake_event *e, int cpu, enum fake_op op,
		     u64 arg)
{
	return (cpu == FAKE_ANY_CPU || e->cpu == cpu) && e->op == op &&
		(arg == FAKE_ANY_ARG || e->arg == arg);
}

/* Where in the log something happened first, or -1. */
int fake_find(int cpu, enum fake_op op, u64 arg)
{
	int i;

	for (i = 0; i < fake_nr_events(); i++)
		if (is_event(&fake->events[i], cpu, op, arg))
			return i;
	return -1;
}

/* Where in the log something happened last, or -1. */
int fake_find_last(int cpu, enum fake_op op, u64 arg)
{
	int i;

	for (i = fake_nr_events() - 1; i >= 0; i--)
		if (is_event(&fake->events[i], cpu, op, arg))
			break;
	return i;
}

/* How often something happened. */
int fake_count(int cpu, enum fake_op op)
{
	int i, count = 0;

	for (i = 0; i < fake_nr_events(); i++)
		count += is_event(&fake->events[i], cpu, op, FAKE_ANY_ARG);
	return count;
}

/* What a CPU did last, cross-calls aside; NULL if it did nothing. */
const struct fake_event *fake_last(int cpu)
{
	const struct fake_event *e;
	int i;

	for (i = fake_nr_events() - 1; i >= 0; i--) {
		e = &fake->events[i];
		if (e->cpu == cpu && e->op != FAKE_RUN_ON)
			return e;
	}
	return NULL;
}

/* Whether a CPU is as it would be without the module. */
bool fake_is_out_of_root(int cpu)
{
	const struct fake_cpu *c = &fake->cpus[cpu];

	return (!c->in_root || c->foreign) && !(c->cr4 & X86_CR4_VMXE) == !c->foreign;
}

/* A CPU that is not in root gets its registers back, and nothing fails there. */
void fake_repair(int cpu)
{
	struct fake_cpu *c = &fake->cpus[cpu];

	c->cpuid_1_ecx = FAKE_ECX;
	c->cr0 = FAKE_CR0;
	c->cr4 = FAKE_CR4;
	c->feature_control = FEAT_CTL_LOCKED | FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX;
	memcpy(c->caps, fake_caps, sizeof(c->caps));
	c->absent = 0;
	c->foreign = false;
	c->owners_vmcs = NULL;
	memset(c->fail_in, 0, sizeof(c->fail_in));
}

static void machine_reset(int nr_cpus)
{
	int cpu;

	memset(fake, 0, sizeof(*fake));
	raw_spin_lock_init(&fake->lock);
	fake->nr_cpus = nr_cpus;
	for (cpu = 0; cpu < FAKE_CPUS; cpu++) {
		raw_spin_lock_init(&fake->cpus[cpu].busy);
		fake_repair(cpu);
		fake->cpus[cpu].online = cpu < nr_cpus;
	}
}

/* Every case, however it ended, leaves the machine as it was found. */
static void machine_check(struct kunit *test)
{
	int cpu;

	for (cpu = 0; cpu < FAKE_CPUS; cpu++)
		KUNIT_EXPECT_TRUE_MSG(test, fake_is_out_of_root(cpu),
				      "CPU %d is in root, or CR4 not as found",
				      cpu);
	KUNIT_EXPECT_EQ_MSG(test, fake->violations, 0, "%s", fake->violation);
}

static void root_destroy(struct kunit *test)
{
	if (!fake->root)
		return;
	xvcpu_percpu_disable_all(fake->root);
	xvcpu_percpu_destroy(fake->root);
	fake->root = NULL;
	machine_check(test);
}

int fake_init(struct kunit *test)
{
	fake = kvzalloc(sizeof(*fake), GFP_KERNEL);
	if (!fake)
		return -ENOMEM;
	machine_reset(FAKE_CPUS);
	return 0;
}

void fake_exit(struct kunit *test)
{
	root_destroy(test);
	machine_check(test);
	kvfree(fake);
	fake = NULL;
}

/**
 * fake_root() - a new machine, and what drives it; all its CPUs are off
 * @test: the test case.
 * @nr_cpus: number of its CPUs, all online.
 * @policy: root policy.
 *
 * A former machine of the same case is ended first.
 *
 * Return: what drives it; the case ends if there is no memory.
 */
struct vmx_root *fake_root(struct kunit *test, int nr_cpus,
			   enum xvcpu_policy policy)
{
	struct vmx_root *root;

	root_destroy(test);
	machine_reset(nr_cpus);
	root = xvcpu_percpu_create(&fake_hw, nr_cpus, policy);
	KUNIT_ASSERT_FALSE(test, IS_ERR(root));
	fake->root = root;
	return root;
}

/* Likewise, enabled, the log empty. */
struct vmx_root *fake_enabled_root(struct kunit *test, int nr_cpus,
				   enum xvcpu_policy policy)
{
	struct vmx_root *root = fake_root(test, nr_cpus, policy);

	KUNIT_ASSERT_EQ(test, xvcpu_percpu_enable_all(root), 0);
	fake_forget();
	return root;
}

/**
 * fake_vmcs_region() - memory for a VMCS, with its revision identifier
 * @test: the test case, which frees it at its end.
 * @cleared: whether it is to count as cleared already.
 *
 * Return: the region; the case ends if there is no memory.
 */
void *fake_vmcs_region(struct kunit *test, bool cleared)
{
	u32 *region = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	unsigned long flags;

	KUNIT_ASSERT_NOT_NULL(test, region);
	region[0] = FAKE_REVISION;
	raw_spin_lock_irqsave(&fake->lock, flags);
	lookup(region)->cleared = cleared;
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	return region;
}

const int fake_nr_cpus_list[FAKE_NR_CPUS_LIST] = { 1, 4, 8 };

void fake_nr_cpus_desc(const int *nr_cpus, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%d CPUs", *nr_cpus);
}

/*
 * The suite: steps the last of which the SDM forbids, and what the machine has
 * to say of it.  Regions by number.
 */
enum {
	REGION_VMXON_0,
	REGION_VMXON_1,
	REGION_VMCS,
	REGION_REVISION,
	REGION_BIT_31,
	REGION_DIRTY,
	REGION_NR
};

struct step {
	int cpu;
	enum fake_op op;
	int region;
};

/* What is done before: the CPUs are in root, the VMCS is active on CPU 0. */
#define ROOT_0		BIT(0)
#define ROOT_1		BIT(1)
#define ACTIVE_0	BIT(2)

static const struct rule {
	const char *violation;
	u32 before;
	struct step steps[2];
	int nr_steps;
	u64 feature_control;
	bool unlocked;
} rules[] = {
	{ "VMXON without CR4.VMXE", 0,
	  { { 0, FAKE_VMXON, REGION_VMXON_0 } }, 1 },
	{ "VMXON that IA32_FEATURE_CONTROL forbids", 0,
	  { { 0, FAKE_SET_VMXE }, { 0, FAKE_VMXON, REGION_VMXON_0 } }, 2,
	  .feature_control = FEAT_CTL_LOCKED },
	{ "VMXON in VMX root operation", ROOT_0,
	  { { 0, FAKE_VMXON, REGION_VMXON_1 } }, 1 },
	{ "VMXON with a wrong revision identifier", 0,
	  { { 0, FAKE_SET_VMXE }, { 0, FAKE_VMXON, REGION_REVISION } }, 2 },
	{ "VMXON with a wrong revision identifier", 0,
	  { { 0, FAKE_SET_VMXE }, { 0, FAKE_VMXON, REGION_BIT_31 } }, 2 },
	{ "VMXON with a region that is not zeroed", 0,
	  { { 0, FAKE_SET_VMXE }, { 0, FAKE_VMXON, REGION_DIRTY } }, 2 },
	{ "VMXON with another CPU's region", ROOT_0,
	  { { 1, FAKE_SET_VMXE }, { 1, FAKE_VMXON, REGION_VMXON_0 } }, 2 },
	{ "VMXON without the entry lock", 0,
	  { { 0, FAKE_SET_VMXE }, { 0, FAKE_VMXON, REGION_VMXON_0 } }, 2,
	  .unlocked = true },
	{ "VMXOFF outside of VMX root operation", 0,
	  { { 0, FAKE_VMXOFF } }, 1 },
	{ "VMXOFF while a VMCS is active", ROOT_0 | ACTIVE_0,
	  { { 0, FAKE_VMXOFF } }, 1 },
	{ "CR4.VMXE set twice", 0,
	  { { 0, FAKE_SET_VMXE }, { 0, FAKE_SET_VMXE } }, 2 },
	{ "CR4.VMXE cleared in VMX root operation", ROOT_0,
	  { { 0, FAKE_CLEAR_VMXE } }, 1 },
	{ "VMPTRLD outside of VMX root operation", 0,
	  { { 0, FAKE_VMPTRLD, REGION_VMCS } }, 1 },
	{ "VMPTRLD of a VMXON region", ROOT_0,
	  { { 0, FAKE_VMPTRLD, REGION_VMXON_0 } }, 1 },
	{ "VMPTRLD with a wrong revision identifier", ROOT_0,
	  { { 0, FAKE_VMCLEAR, REGION_REVISION },
	    { 0, FAKE_VMPTRLD, REGION_REVISION } }, 2 },
	{ "VMPTRLD of a VMCS that was never cleared", ROOT_0,
	  { { 0, FAKE_VMPTRLD, REGION_VMCS } }, 1 },
	{ "VMPTRLD of a VMCS that is active on another CPU",
	  ROOT_0 | ROOT_1 | ACTIVE_0,
	  { { 1, FAKE_VMPTRLD, REGION_VMCS } }, 1 },
	{ "VMCLEAR outside of VMX root operation", 0,
	  { { 0, FAKE_VMCLEAR, REGION_VMCS } }, 1 },
	{ "VMCLEAR of a VMXON region", ROOT_0,
	  { { 0, FAKE_VMCLEAR, REGION_VMXON_0 } }, 1 },
	{ "VMCLEAR of a VMCS that is active on another CPU",
	  ROOT_0 | ROOT_1 | ACTIVE_0,
	  { { 1, FAKE_VMCLEAR, REGION_VMCS } }, 1 },
	{ "INVEPT and INVVPID outside of VMX root operation", 0,
	  { { 0, FAKE_FLUSH_ALL } }, 1 },
	{ "VMPTRST outside of VMX root operation", 0,
	  { { 0, FAKE_VMPTRST } }, 1 },
	{ "INVVPID outside of VMX root operation", 0,
	  { { 0, FAKE_FLUSH_GUEST, 1 } }, 1 },
};

static void rule_desc(const struct rule *rule, char *desc)
{
	strscpy(desc, rule->violation, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(rule, rules, rule_desc);

static void *regions[REGION_NR];
static struct vmx_caps step_caps;

static void step_here(void *arg)
{
	const struct step *step = arg;
	void *region = regions[step->region];

	switch (step->op) {
	case FAKE_SET_VMXE:
		return fake_set_vmxe();
	case FAKE_CLEAR_VMXE:
		return fake_clear_vmxe();
	case FAKE_VMXON:
		return (void)fake_vmxon(region);
	case FAKE_VMXOFF:
		return (void)fake_vmxoff();
	case FAKE_VMPTRLD:
		return (void)fake_vmptrld(region);
	case FAKE_VMCLEAR:
		return (void)fake_vmclear(region);
	case FAKE_VMPTRST:
		return (void)fake_vmptrst();
	case FAKE_FLUSH_ALL:
		return fake_flush_all(&step_caps);
	case FAKE_FLUSH_GUEST:
		return fake_flush_guest(step->region);
	default:
		return violation("no such step");
	}
}

static void make_regions(struct kunit *test)
{
	int i;

	for (i = 0; i < REGION_NR; i++)
		regions[i] = fake_vmcs_region(test, false);
	*(u32 *)regions[REGION_REVISION] = FAKE_REVISION + 1;
	*(u32 *)regions[REGION_BIT_31] |= BIT(31);
	((u8 *)regions[REGION_DIRTY])[PAGE_SIZE - 1] = 1;
	memcpy(step_caps.msr, fake_caps, sizeof(fake_caps));
}

/* Every step but the last has to keep the rules. */
static void take_steps(struct kunit *test, const struct step *steps, int nr)
{
	int i;

	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_EQ_MSG(test, fake->violations, 0, "%s",
				    fake->violation);
		fake_call(steps[i].cpu, step_here, (void *)&steps[i]);
	}
}

static void take_steps_before(struct kunit *test, u32 before)
{
	static const struct step root_0[] = {
		{ 0, FAKE_SET_VMXE }, { 0, FAKE_VMXON, REGION_VMXON_0 },
	};
	static const struct step root_1[] = {
		{ 1, FAKE_SET_VMXE }, { 1, FAKE_VMXON, REGION_VMXON_1 },
	};
	static const struct step active_0[] = {
		{ 0, FAKE_VMCLEAR, REGION_VMCS },
		{ 0, FAKE_VMPTRLD, REGION_VMCS },
	};

	make_regions(test);
	if (before & ROOT_0)
		take_steps(test, root_0, ARRAY_SIZE(root_0));
	if (before & ROOT_1)
		take_steps(test, root_1, ARRAY_SIZE(root_1));
	if (before & ACTIVE_0)
		take_steps(test, active_0, ARRAY_SIZE(active_0));
}

static void fake_rule_broken(struct kunit *test)
{
	const struct rule *rule = test->param_value;

	if (rule->unlocked)
		fake_root(test, 1, XVCPU_POLICY_ALL);
	if (rule->feature_control)
		fake->cpus[0].feature_control = rule->feature_control;
	take_steps_before(test, rule->before);
	take_steps(test, rule->steps, rule->nr_steps);
	KUNIT_EXPECT_GE(test, fake->violations, 1);
	KUNIT_EXPECT_STREQ(test, fake->violation, rule->violation);
	if (fake->root)
		xvcpu_percpu_destroy(fake->root);
	machine_reset(FAKE_CPUS);
}

static void fake_rule_kept(struct kunit *test)
{
	static const struct step steps[] = {
		{ 0, FAKE_VMCLEAR, REGION_VMCS },
		{ 1, FAKE_VMPTRLD, REGION_VMCS },
		{ 1, FAKE_FLUSH_GUEST, 1 },
		{ 1, FAKE_FLUSH_ALL },
		{ 1, FAKE_VMCLEAR, REGION_VMCS },
		{ 1, FAKE_VMXOFF }, { 0, FAKE_VMXOFF },
		{ 0, FAKE_CLEAR_VMXE }, { 1, FAKE_CLEAR_VMXE },
	};

	take_steps_before(test, ROOT_0 | ROOT_1 | ACTIVE_0);
	take_steps(test, steps, ARRAY_SIZE(steps));
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 6 + ARRAY_SIZE(steps));
}

/* What is the owner's, and what became of it. */
static void fake_owner_disturbed(struct kunit *test)
{
	static const struct step load = { 0, FAKE_VMPTRLD, REGION_VMCS };
	static const struct step off = { 0, FAKE_VMXOFF };
	void *owners = fake_vmcs_region(test, true);

	make_regions(test);
	regions[REGION_VMCS] = fake_vmcs_region(test, true);
	fake_owner_enter(0);
	fake_owner_load(0, owners);
	KUNIT_EXPECT_EQ(test, fake->violations, 0);
	fake_call(0, step_here, (void *)&load);
	KUNIT_EXPECT_STREQ(test, fake->violation,
			   "the owner's VMCS on CPU 0 is not current any more");
	fake->violations = 0;
	fake_call(0, step_here, (void *)&off);
	KUNIT_EXPECT_STREQ(test, fake->violation,
			   "VMXOFF of another owner's VMX root operation");
	machine_reset(FAKE_CPUS);
}

static void fake_call_offline(struct kunit *test)
{
	fake_set_online(3, false);
	KUNIT_EXPECT_EQ(test, fake_call(3, step_here, NULL), -ENXIO);
	KUNIT_EXPECT_EQ(test, fake_nr_events(), 0);
}

static struct kunit_case fake_cases[] = {
	KUNIT_CASE_PARAM(fake_rule_broken, rule_gen_params),
	KUNIT_CASE(fake_rule_kept),
	KUNIT_CASE(fake_owner_disturbed),
	KUNIT_CASE(fake_call_offline),
	{}
};

static struct kunit_suite fake_suite = {
	.name = "xvcpu-fake",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = fake_cases,
};

kunit_test_suite(fake_suite);

MODULE_DESCRIPTION("KUnit suites of xvcpu");
MODULE_LICENSE("GPL");
