// SPDX-License-Identifier: GPL-2.0
/*
 * The run loop.
 *
 * The outer loop may sleep: it looks after signals, visitors, the CPU to run on,
 * and exits whose handling sleeps. The inner one has preemption off and the
 * guest's state loaded, and stays for as long as exits are handled at once.
 * Interrupts are off in it but for the moment after an external interrupt, which
 * leaves the guest: whoever wants the loop to end is looked for before each entry.
 *
 * Locking: vcpu->lock and, but while visitors are waited for, vcpu->bind_lock.
 */
#include <xvcpu/run.h>

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/task_work.h>
#include <linux/vtime.h>
#include <asm/mce.h>
#include <asm/nospec-branch.h>
#include <asm/special_insns.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>
#include <xvcpu/audit.h>
#include <xvcpu/compat.h>
#include <xvcpu/counted.h>
#include <xvcpu/cr.h>
#include <xvcpu/event.h>
#include <xvcpu/exit.h>
#include <xvcpu/exit_trace.h>
#include <xvcpu/fpu.h>
#include <xvcpu/host.h>
#include <xvcpu/hw.h>
#include <xvcpu/inject.h>
#include <xvcpu/insn.h>
#include <xvcpu/intr.h>
#include <xvcpu/invept.h>
#include <xvcpu/mitigate.h>
#include <xvcpu/msr.h>
#include <xvcpu/mutate.h>
#include <xvcpu/regs.h>
#include <xvcpu/shared.h>
#include <xvcpu/vm.h>
#include <xvcpu/vmcs.h>

#define CREATE_TRACE_POINTS
#include <xvcpu/trace.h>

static_assert(offsetof(struct xvcpu_world, gpr[XVCPU_RBP]) == 0x28);
static_assert(offsetof(struct xvcpu_world, gpr[XVCPU_R15]) == 0x78);
static_assert(offsetof(struct xvcpu_world, host_rsp) == 0x80);
static_assert(offsetof(struct xvcpu_world, spec_ctrl) == 0x88);

/*
 * A machine check in the guest is one in the process to which its memory
 * belongs. The kernel may want to end it: that is work for the thread's way to
 * user mode.
 */
static void machine_check(void)
{
	struct pt_regs regs = { .cs = 3, .flags = X86_EFLAGS_IF };

	do_machine_check(&regs);
}

/*
 * An NMI or machine check that caused the exit is the host's, and NMIs are
 * blocked until somebody has returned from one: the host's handler does.
 */
static void hand_to_host(void)
{
	u32 info = vmcs_read32(VM_EXIT_INTR_INFO);
	u32 type = info & INTR_INFO_INTR_TYPE_MASK;

	if (type == INTR_TYPE_NMI_INTR)
		asm volatile("int $2");
	else if (type == INTR_TYPE_HARD_EXCEPTION &&
		 (info & INTR_INFO_VECTOR_MASK) == X86_TRAP_MC)
		machine_check();
}

static noinline void drop_translations(struct xvcpu_vcpu *vcpu)
{
	/* Without a VPID every VM entry drops them. */
	if (vcpu->binding.loaded.vpid)
		invvpid(VMX_VPID_EXTENT_SINGLE_CONTEXT,
			vcpu->binding.loaded.vpid, 0);
	vcpu->flush_tlb = false;
}

/* The commonest by far: an instruction was skipped. */
static void push_rip_alone(struct xvcpu_vcpu *vcpu)
{
	xvcpu_regs_push_rip(vcpu);
	vcpu->regs.dirty = 0;
}

/*
 * Anything but the thread that keeps the vCPU from going straight back into the
 * guest: one look for all of it.
 */
static __always_inline bool has_business(const struct xvcpu_vcpu *vcpu)
{
	u32 elsewhere = vcpu->binding.loaded.cpu ^ vcpu->running_on;

	return unlikely(atomic_read(&vcpu->visitors) | vcpu->waiting.what |
			vcpu->event.info | vcpu->triple_fault |
			vcpu->flush_tlb | elsewhere);
}

/* That part of it that is done on the way into the guest. */
static __always_inline void do_business(struct xvcpu_vcpu *vcpu)
{
	if (vcpu->waiting.what)
		xvcpu_intr_before_entry(vcpu);
	if (vcpu->event.info)
		xvcpu_event_inject(vcpu);
	if (vcpu->flush_tlb)
		drop_translations(vcpu);
}

static __always_inline void before_entry(struct xvcpu_vcpu *vcpu, bool business)
{
	if (unlikely(business))
		do_business(vcpu);
	if (likely(vcpu->regs.dirty == XVCPU_REG_RIP))
		push_rip_alone(vcpu);
	else if (vcpu->regs.dirty)
		xvcpu_regs_push(vcpu);
	if (native_read_cr2() != vcpu->regs.cr2)
		counted_write_cr2(vcpu->regs.cr2);
	if (static_branch_unlikely(&xvcpu_mitigate_l1tf) && vcpu->flush_l1d) {
		xvcpu_mitigate_flush_l1d();
		vcpu->flush_l1d = false;
	}
	/* A device's memory may be the guest's; the world switch's VERW is not for it. */
	if (xvcpu_host_clears_for_mmio())
		x86_clear_cpu_buffers();
}

/* Before the entry, so that it shows while the guest runs. */
static void count_entry(struct xvcpu_binding *b)
{
	b->entries++;
	if (unlikely(!b->loaded.launched))
		b->launches++;
	b->entered_last = b->loaded.cpu;
}

/* A VM entry that failed has loaded and saved nothing of the guest's. */
static int entry_failed(struct xvcpu_vcpu *vcpu, u64 reason)
{
	struct xvcpu_binding *b = &vcpu->binding;

	b->entries--;
	b->launches -= !b->loaded.launched;
	xvcpu_bind_transition(b, XVCPU_VCPU_HANDLING);
	trace_xvcpu_entry_failed(vcpu->key, reason);
	if (xvcpu_exit_trace_is_on())
		xvcpu_exit_trace_failed(vcpu, reason);
	xvcpu_vcpu_tell(vcpu, XVCPU_EVENT_VCPU_ENTRY_FAILED, b->loaded.cpu,
			XVCPU_CPU_NONE, reason);
	return xvcpu_exit_failed_entry(vcpu, reason);
}

/* Fields that nobody may want are read only for those who watch. */
static noinline void trace_exit(struct xvcpu_vcpu *vcpu)
{
	trace_xvcpu_exit(vcpu->key, vcpu->exit.reason,
			 vmcs_readl(EXIT_QUALIFICATION), vmcs_readl(GUEST_RIP));
}

/* What comes back from a VM entry that a test has changed; the guest stays put. */
static noinline int enter_mutated(struct xvcpu_vcpu *vcpu)
{
	struct vmx_loaded *loaded = &vcpu->binding.loaded;
	unsigned long failed;
	u32 reason;

	if (xvcpu_mutate_begin(vcpu)) {
		failed = counted_entry(&vcpu->world, loaded->launched);
		reason = failed ? 0 : vmcs_read32(VM_EXIT_REASON);
		if (reason == EXIT_REASON_EXCEPTION_NMI && !failed)
			hand_to_host();
		if (!failed && !(reason & VMX_EXIT_REASONS_FAILED_VMENTRY))
			loaded->launched = true;
		xvcpu_mutate_end(vcpu, failed);
	}
	vcpu->run->exit_reason = KVM_EXIT_INTR;
	return -EINTR;
}

static __always_inline int enter_once(struct xvcpu_vcpu *vcpu, bool business)
{
	struct xvcpu_binding *b = &vcpu->binding;
	unsigned long failed;

	if (xvcpu_mutate_wants(vcpu))
		return enter_mutated(vcpu);
	/* Not later: it is not to undo what flushes caches and buffers. */
	trace_xvcpu_entry(vcpu->key, !b->loaded.launched);
	if (xvcpu_exit_trace_is_on())
		xvcpu_exit_trace_entry(vcpu);
	xvcpu_stats_entry(&vcpu->stats);
	before_entry(vcpu, business);
	if (xvcpu_bind_transition(b, XVCPU_VCPU_RUNNING))
		return -EINVAL;
	count_entry(b);
	xvcpu_audit_current(b->root, &b->loaded);
	/* The wrong one of VMLAUNCH and VMRESUME fails. */
	failed = counted_entry(&vcpu->world, b->loaded.launched ^
			       xvcpu_inject(XVCPU_INJECT_ENTRY));
	vcpu->regs.cr2 = native_read_cr2();
	xvcpu_bind_step(b, XVCPU_VCPU_EXITED);
	if (unlikely(failed))
		return entry_failed(vcpu, vmcs_read32(VM_INSTRUCTION_ERROR));

	vcpu->exit.reason = vmcs_read32(VM_EXIT_REASON);
	if (unlikely(vcpu->exit.reason & VMX_EXIT_REASONS_FAILED_VMENTRY)) {
		if ((u16)vcpu->exit.reason == EXIT_REASON_MCE_DURING_VMENTRY)
			machine_check();
		return entry_failed(vcpu, vcpu->exit.reason);
	}
	if (vcpu->exit.reason == EXIT_REASON_EXCEPTION_NMI)
		hand_to_host();
	vcpu->regs.here = XVCPU_REG_SOFTWARE;
	xvcpu_stats_exit(&vcpu->stats, vcpu->exit.reason);
	if (trace_xvcpu_exit_enabled())
		trace_exit(vcpu);
	if (xvcpu_exit_trace_is_on())
		xvcpu_exit_trace_exit(vcpu);
	b->loaded.launched = true;
	xvcpu_bind_step(b, XVCPU_VCPU_HANDLING);
	return xvcpu_exit_handle(vcpu);
}

/*
 * The kernel has work for the thread on its way to user mode. Not for every
 * preemption: a restartable sequence is told of it in good time at the end of the
 * run. It has to wait until the guest has been entered once, so that the run gets
 * on. And it has to wait for the end of the run if another thread does: that one
 * is not to see the middle of it.
 */
static noinline bool has_kernel_work(const struct xvcpu_vcpu *vcpu)
{
	return test_thread_flag(TIF_NOTIFY_RESUME) &&
	       (task_work_pending(current) || xvcpu_host_over_memory_high()) &&
	       vcpu->binding.entries != vcpu->entries_before &&
	       !atomic_read(&vcpu->waiters);
}

/* One look at the thread's flags: closer ones only if one is set. */
static bool thread_has_work(void)
{
	unsigned long work = _TIF_NEED_RESCHED | _TIF_SIGPENDING |
			     _TIF_NOTIFY_SIGNAL | _TIF_NOTIFY_RESUME;

	return unlikely(read_thread_flags() & work);
}

static bool thread_must_leave(const struct xvcpu_vcpu *vcpu)
{
	return thread_has_work() &&
	       (need_resched() || signal_pending(current) ||
		has_kernel_work(vcpu));
}

/* That part of the business that the inner loop does not do. */
static __always_inline bool business_is_elsewhere(struct xvcpu_vcpu *vcpu)
{
	/*
	 * An event whose delivery faults comes again before the processor looks
	 * for interrupts: they have to be let in.
	 */
	if (vcpu->event.info)
		xvcpu_host_take_interrupts(vcpu);
	return atomic_read(&vcpu->visitors) || vcpu->triple_fault ||
	       !xvcpu_bind_is_on(&vcpu->binding, vcpu->running_on);
}

/* Somebody wants something that the inner loop does not do. */
static __always_inline bool must_leave(struct xvcpu_vcpu *vcpu, bool business)
{
	return (unlikely(business) && business_is_elsewhere(vcpu)) ||
	       thread_must_leave(vcpu) ||
	       (xvcpu_exit_trace_is_on() && xvcpu_exit_trace_wants(vcpu)) ||
	       xvcpu_stats_lacks_memory(&vcpu->stats);
}

static void terminate(struct xvcpu_vcpu *vcpu)
{
	xvcpu_bind_transition(&vcpu->binding, XVCPU_VCPU_TERMINATED);
	xvcpu_vcpu_tell(vcpu, XVCPU_EVENT_VCPU_TERMINATED, XVCPU_CPU_NONE,
			XVCPU_CPU_NONE, 0);
}

/* HANDLING ends: the guest is resumable, or ended, or its VMCS was cleared. */
static void settle(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_binding *b = &vcpu->binding;

	if (unlikely(b->state != XVCPU_VCPU_HANDLING))
		return;
	if (unlikely(vcpu->terminated))
		terminate(vcpu);
	else if (unlikely(b->loaded.cpu == XVCPU_CPU_NONE))
		xvcpu_bind_transition(b, XVCPU_VCPU_UNBOUND);
	else
		xvcpu_bind_step(b, XVCPU_VCPU_BOUND);
}

static int inner_loop(struct xvcpu_vcpu *vcpu)
{
	bool business;
	int action;

	xvcpu_host_before_entry(vcpu);
	do {
		business = has_business(vcpu);
		if (must_leave(vcpu, business))
			return XVCPU_EXIT_RESUME;
		action = enter_once(vcpu, business);
		settle(vcpu);
	} while (action == XVCPU_EXIT_RESUME);
	return action;
}

static noinline void first_binding(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_vmcs_setup setup = {
		.ctl = vcpu->ctl,
		.eptp = xvcpu_ept_pointer(&vcpu->vm->ept),
		.vpid = vcpu->binding.loaded.vpid,
		.cr0_mask = ~XVCPU_CR0_GUEST_OWNED,
		.cr4_mask = ~XVCPU_CR4_GUEST_OWNED,
	};

	xvcpu_vmcs_setup(&setup);
	vcpu->eptp = setup.eptp;
	vcpu->setup_done = true;
}

static noinline int bind_anew(struct xvcpu_vcpu *vcpu)
{
	int from = vcpu->binding.bound_last;
	int ret;

	if (vcpu->binding.prepared != smp_processor_id())
		return -EXDEV;
	ret = xvcpu_bind_here(&vcpu->binding);
	if (ret <= 0)
		return ret;
	trace_xvcpu_bind(vcpu->key, from);
	xvcpu_vcpu_tell(vcpu, XVCPU_EVENT_VCPU_BOUND, smp_processor_id(), from,
			0);
	if (!vcpu->setup_done)
		first_binding(vcpu);
	xvcpu_host_bound(vcpu);
	/* The machine may have slept: then no VMCS has stayed loaded. */
	xvcpu_regs_changed(vcpu, XVCPU_REG_TSC_OFFSET);
	cpumask_set_cpu(smp_processor_id(), vcpu->vm->ept.cpus);
	/* The owner of VMX may have had tables where these are now. */
	if (xvcpu_is_shared(vcpu->binding.root))
		xvcpu_invept_this_cpu(&vcpu->vm->ept);
	return 0;
}

/* As most often, it was the last one here, and nobody came in between. */
static int bind_here(struct xvcpu_vcpu *vcpu)
{
	if (likely(xvcpu_bind_is_current(&vcpu->binding, smp_processor_id())))
		return 0;
	return bind_anew(vcpu);
}

static noinline void follow_eptp(struct xvcpu_vcpu *vcpu)
{
	vcpu->eptp = xvcpu_ept_pointer(&vcpu->vm->ept);
	vmcs_write64(EPT_POINTER, vcpu->eptp);
}

/* What has been decided for all vCPUs of the VM since this one ran. */
static void follow_vm(struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_vm *vm = vcpu->vm;

	if (unlikely(vcpu->intercept_msrs != READ_ONCE(vm->intercept_msrs)))
		xvcpu_msr_follow_filter(vcpu);
	/* It changes once at most: see xvcpu_vm_forgo_flags(). */
	if (unlikely(!READ_ONCE(vm->ept.ad_pointer)) &&
	    (vcpu->eptp & VMX_EPTP_AD_ENABLE_BIT))
		follow_eptp(vcpu);
}

/* While the VMCS is current. If it was cleared, all of them are here. */
static noinline void pull_for_user(struct xvcpu_vcpu *vcpu)
{
	if (xvcpu_bind_is_on(&vcpu->binding, vcpu->running_on))
		xvcpu_regs_need(vcpu, vcpu->for_user);
}

static int load_and_loop(struct xvcpu_vcpu *vcpu)
{
	int action;

	vcpu->refused = 0;
	WRITE_ONCE(vcpu->running_on, smp_processor_id());
	/* Who becomes a visitor after this sees where to knock. */
	smp_mb();
	/* The user's extended state is saved first, with the host's IA32_XSS. */
	xvcpu_fpu_load(vcpu);
	xvcpu_host_save(vcpu);
	xvcpu_mitigate_load(vcpu);
	follow_vm(vcpu);
	vtime_account_guest_enter();
	action = inner_loop(vcpu);
	vtime_account_guest_exit();
	xvcpu_mitigate_put();
	/* An exit that goes on where it may sleep seldom leads there. */
	if ((~vcpu->regs.here & vcpu->for_user) && action != XVCPU_EXIT_SLOW)
		pull_for_user(vcpu);
	xvcpu_host_restore(vcpu);
	xvcpu_fpu_put(vcpu);
	WRITE_ONCE(vcpu->running_on, XVCPU_CPU_NONE);
	return action;
}

/* As load_and_loop(), but for two errors if the CPU is not prepared. */
static int bind_and_loop(struct xvcpu_vcpu *vcpu)
{
	int action;

	xvcpu_shared_begin(vcpu->binding.root);
	action = bind_here(vcpu);
	if (!action)
		action = load_and_loop(vcpu);
	xvcpu_shared_end(vcpu->binding.root);
	return action;
}

/*
 * Interrupts are off but for moments in which a cross-call may read another
 * vCPU's VMCS: that counts here, too.
 */
static int run_bound(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_counts before;
	int action;

	preempt_disable();
	local_irq_disable();
	before = xvcpu_counts_here();
	action = bind_and_loop(vcpu);
	xvcpu_counts_add_since(&vcpu->stats.counts, &before);
	local_irq_enable();
	preempt_enable();
	return action;
}

static bool is_unprepared(int err)
{
	return err == -EXDEV || err == -ENXIO;
}

/*
 * Moves the calling thread to a CPU. Its affinity is what it was afterwards,
 * unless somebody else changed it meanwhile.
 */
static int move_thread(int cpu)
{
	cpumask_var_t saved;
	int err;

	if (!cpumask_test_cpu(cpu, current->cpus_ptr))
		return -EXDEV;
	if (!alloc_cpumask_var(&saved, GFP_KERNEL))
		return -ENOMEM;
	cpumask_copy(saved, current->cpus_ptr);
	err = set_cpus_allowed_ptr(current, cpumask_of(cpu));
	if (!err && cpumask_equal(current->cpus_ptr, cpumask_of(cpu)))
		set_cpus_allowed_ptr(current, saved);
	free_cpumask_var(saved);
	return err ? -EXDEV : 0;
}

static int go_to_cpu(struct xvcpu_vcpu *vcpu)
{
	int pinned = vcpu->binding.pinned;
	int err = -ENXIO;

	if (pinned == XVCPU_CPU_NONE || pinned == raw_smp_processor_id())
		return 0;
	/*
	 * If the CPU went while the thread may run nowhere else, the kernel would
	 * let it run anywhere, and that for good.
	 */
	cpus_read_lock();
	if (cpu_active(pinned))
		err = move_thread(pinned);
	cpus_read_unlock();
	return err;
}

/* A floating vCPU's thread that is on a CPU on its way out will soon be off it. */
static bool cpu_is_leaving(struct xvcpu_vcpu *vcpu)
{
	return vcpu->binding.pinned == XVCPU_CPU_NONE &&
	       !cpu_active(raw_smp_processor_id());
}

static int prepare(struct xvcpu_vcpu *vcpu)
{
	int err = go_to_cpu(vcpu);

	if (err)
		return err;
	err = xvcpu_bind_prepare(&vcpu->binding, raw_smp_processor_id());
	if (err == -ENXIO && cpu_is_leaving(vcpu)) {
		schedule_timeout_killable(1);
		return -EAGAIN;
	}
	/* Moved in between, by the scheduler. */
	return err == -EXDEV ? -EAGAIN : err;
}

/*
 * Userspace may try again as often as it likes: this is said once, until the vCPU
 * has run again, or is refused for another reason.
 */
static void say_refused(struct xvcpu_vcpu *vcpu, int err)
{
	int cpu = vcpu->binding.pinned;

	if (vcpu->refused == err)
		return;
	if (cpu == XVCPU_CPU_NONE)
		cpu = raw_smp_processor_id();
	vcpu->refused = err;
	xvcpu_vcpu_tell(vcpu, XVCPU_EVENT_VCPU_REFUSED, cpu, XVCPU_CPU_NONE,
			-err);
	if (err == -EXDEV)
		pr_err_ratelimited("vCPU %u of process %d is pinned to CPU %d, where its thread may not run: widen the thread's affinity or cpuset, or migrate the vCPU (%d)\n",
				   vcpu->id, vcpu->tgid, cpu, err);
	else if (err == -ENXIO)
		pr_err_ratelimited("vCPU %u of process %d cannot run: CPU %d is offline, or not in VMX root operation: bring it online, or migrate the vCPU (%d)\n",
				   vcpu->id, vcpu->tgid, cpu, err);
}

/* The scheduler may move the thread in between: then this comes again. */
static noinline int get_ready(struct xvcpu_vcpu *vcpu)
{
	int err = prepare(vcpu);

	if (!err || err == -EAGAIN)
		return XVCPU_EXIT_RESUME;
	say_refused(vcpu, err);
	return err;
}

static noinline void let_visitors_in(struct xvcpu_vcpu *vcpu)
{
	mutex_unlock(&vcpu->bind_lock);
	wait_event_killable(vcpu->visited, !atomic_read(&vcpu->visitors));
	mutex_lock(&vcpu->bind_lock);
}

static int interrupted(struct xvcpu_vcpu *vcpu)
{
	vcpu->run->exit_reason = KVM_EXIT_INTR;
	return -EINTR;
}

/* What the thread has to do: XVCPU_EXIT_RESUME if it can wait. */
static noinline int do_thread_work(struct xvcpu_vcpu *vcpu)
{
	if (signal_pending(current))
		return interrupted(vcpu);
	if (!has_kernel_work(vcpu))
		return XVCPU_EXIT_RESUME;
	vcpu->run->exit_reason = KVM_EXIT_INTR;
	return -ERESTARTNOHAND;
}

static int shut_down(struct xvcpu_vcpu *vcpu)
{
	vcpu->triple_fault = false;
	vcpu->run->exit_reason = KVM_EXIT_SHUTDOWN;
	terminate(vcpu);
	return XVCPU_EXIT_USER;
}

/* What made the inner loop end, or may have come up since: XVCPU_EXIT_RESUME if done. */
static int attend(struct xvcpu_vcpu *vcpu)
{
	int action;

	if (xvcpu_stats_is_timing())
		xvcpu_stats_allocate(&vcpu->stats);
	if (atomic_read(&vcpu->visitors))
		let_visitors_in(vcpu);
	if (thread_has_work()) {
		action = do_thread_work(vcpu);
		if (action != XVCPU_EXIT_RESUME)
			return action;
	}
	if (vcpu->triple_fault)
		return shut_down(vcpu);
	if (xvcpu_exit_trace_is_on() && xvcpu_exit_trace_full(vcpu))
		xvcpu_exit_trace_wait(vcpu);
	return XVCPU_EXIT_RESUME;
}

/* After a run that is not for userspace, or none: XVCPU_EXIT_RESUME for another. */
static noinline int between_runs(struct xvcpu_vcpu *vcpu, int action)
{
	if (is_unprepared(action)) {
		/* Before anything is moved, or refused. */
		action = attend(vcpu);
		return action == XVCPU_EXIT_RESUME ? get_ready(vcpu) : action;
	}
	if (action == XVCPU_EXIT_SLOW)
		action = xvcpu_exit_slow(vcpu);
	cond_resched();
	return action == XVCPU_EXIT_RESUME ? attend(vcpu) : action;
}

/* Guest memory may have to be waited for: whoever wants something comes first. */
static noinline int load_pdptrs(struct xvcpu_vcpu *vcpu)
{
	int action = attend(vcpu);

	if (action != XVCPU_EXIT_RESUME)
		return action;
	/* As with KVM, the old ones stay if they can't be read. */
	xvcpu_cr_load_pdptrs(vcpu);
	vcpu->load_pdptrs = false;
	return XVCPU_EXIT_RESUME;
}

/*
 * Whoever wants something is looked for before each VM entry, and no sooner: most
 * often there is nobody.
 */
static int outer_loop_once(struct xvcpu_vcpu *vcpu)
{
	int action;

	if (unlikely(vcpu->load_pdptrs)) {
		action = load_pdptrs(vcpu);
		if (action != XVCPU_EXIT_RESUME)
			return action;
	}
	action = run_bound(vcpu);
	if (xvcpu_exit_trace_is_on())
		xvcpu_exit_trace_wake(vcpu);
	return likely(action == XVCPU_EXIT_USER) ? action :
						   between_runs(vcpu, action);
}

/* What struct kvm_run says after every exit, whatever the reason. */
static void fill_run(struct xvcpu_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	bool known = likely(!(~vcpu->regs.here & XVCPU_REG_FOR_USER)) ||
		     !xvcpu_regs_pull_anywhere(vcpu, XVCPU_REG_FOR_USER);

	run->cr8 = vcpu->regs.cr8;
	run->apic_base = vcpu->regs.apic_base;
	run->if_flag = known && (vcpu->regs.rflags & X86_EFLAGS_IF);
	run->ready_for_interrupt_injection = known && xvcpu_intr_ready(vcpu);
	run->flags = 0;
}

static int run_locked(struct xvcpu_vcpu *vcpu)
{
	int action = xvcpu_exit_complete(vcpu);

	if (action != XVCPU_EXIT_RESUME)
		return action;
	if (READ_ONCE(vcpu->run->xvcpu_immediate_exit))
		return interrupted(vcpu);
	do
		action = outer_loop_once(vcpu);
	while (action == XVCPU_EXIT_RESUME);
	/* The time of the exit that ends it. */
	if (xvcpu_stats_is_timing()) {
		xvcpu_stats_allocate(&vcpu->stats);
		xvcpu_stats_entry(&vcpu->stats);
	}
	return action;
}

/**
 * xvcpu_run() - KVM_RUN: run the guest until userspace is wanted
 * @vcpu: the vCPU.
 *
 * Context: process context of the VM's process, may sleep; vcpu->lock is held.
 * Return: 0: struct kvm_run says why; -EINTR after a signal or immediate_exit;
 * -ERESTARTNOHAND if the kernel has work for the thread on its way to user mode:
 * it becomes -EINTR if a signal's handler runs there, and else is not seen;
 * -EXDEV if the thread may not run on the vCPU's CPU; -ENXIO if that CPU is
 * offline or not in VMX root operation; -EBUSY if root is granted to another
 * CPU; -EFAULT if a slot has no memory; -EINVAL if the vCPU is terminated and
 * no state has been set since; -EIO if VMPTRLD failed.
 */
int xvcpu_run(struct xvcpu_vcpu *vcpu)
{
	int ret;

	lockdep_assert_held(&vcpu->lock);
	if (vcpu->binding.state == XVCPU_VCPU_TERMINATED)
		return -EINVAL;
	vcpu->terminated = false;
	vcpu->entries_before = vcpu->binding.entries;
	vcpu->regs.cr8 = vcpu->run->cr8 & 15;
	xvcpu_intr_want_window(vcpu,
			       READ_ONCE(vcpu->run->request_interrupt_window));
	mutex_lock(&vcpu->bind_lock);
	ret = run_locked(vcpu);
	fill_run(vcpu);
	mutex_unlock(&vcpu->bind_lock);
	return ret;
}

static void knock(void *arg)
{
}

/**
 * xvcpu_run_kick() - make a vCPU that is in the guest leave it
 * @vcpu: the vCPU.
 *
 * Context: process context; may wait for a cross-call.
 */
void xvcpu_run_kick(struct xvcpu_vcpu *vcpu)
{
	int cpu;

	/* Pairs with the barrier in load_and_loop(). */
	smp_mb();
	cpu = READ_ONCE(vcpu->running_on);
	if (cpu != XVCPU_CPU_NONE)
		xvcpu_hw.run_on(cpu, knock, NULL);
}
