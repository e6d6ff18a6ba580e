// SPDX-License-Identifier: GPL-2.0
/*
 * What a run changes of the host besides the FPU, saved before and restored
 * after: segment selectors, descriptor-table limits, SYSCALL MSRs, debug
 * registers.
 *
 * A VM exit loads what the VMCS says and no more: FS and GS with the selectors
 * it can hold, GDTR with the largest limit, a TSS without an I/O bitmap, no LDT,
 * DR7 and IA32_DEBUGCTL with their defaults (SDM, "Loading Host State").
 *
 * Context: preemption off; functions that say so, interrupts off.
 */
#include <xvcpu/host.h>

#include <linux/hw_breakpoint.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/fsgsbase.h>
#include <asm/hw_breakpoint.h>
#include <asm/mmu_context.h>
#include <asm/msr.h>
#include <asm/segment.h>
#include <asm/special_insns.h>
#include <xvcpu/compat.h>
#include <xvcpu/counted.h>
#include <xvcpu/debug.h>
#include <xvcpu/regs.h>
#include <xvcpu/shared.h>
#include <xvcpu/vmcs.h>

/* L0 to G3. */
#define DR7_ENABLE_MASK	0xff

static void save_segments(struct xvcpu_host *host)
{
	savesegment(ds, host->ds);
	savesegment(es, host->es);
	savesegment(fs, host->fs);
	savesegment(gs, host->gs);
	store_ldt(host->ldt);
}

/* The VMCS has it, and we have what the VMCS has. */
static void save_fs_base(struct xvcpu_host *host)
{
	u64 base = x86_fsbase_read_cpu();

	if (base == host->fs_base)
		return;
	host->fs_base = base;
	vmcs_writel(HOST_FS_BASE, base);
}

/*
 * As the kernel does it in its own switch of threads: nothing may trap in between,
 * but what comes with a stack of its own, and looks for the kernel's GS base.
 */
static noinstr u64 exchange_by_swapgs(u64 to)
{
	u64 from;

	native_swapgs();
	from = rdgsbase();
	wrgsbase(to);
	native_swapgs();
	return from;
}

/* IA32_KERNEL_GS_BASE: the user's GS base, or what the guest takes for its own. */
static __always_inline u64 exchange_kernel_gs_base(u64 to)
{
	u64 from;

	/*
	 * A CPU with FRED, which has no SWAPGS, is not entered. Where the guest may
	 * have written more bits than the host's addresses have, an instruction that
	 * minded would do so with the guest's base.
	 */
	if (static_cpu_has(X86_FEATURE_FSGSBASE) &&
	    likely(xvcpu_segment_canonical(to)))
		return exchange_by_swapgs(to);
	rdmsrl(MSR_KERNEL_GS_BASE, from);
	counted_wrmsrl(MSR_KERNEL_GS_BASE, to);
	return from;
}

static bool has_selectors(const struct xvcpu_host *host)
{
	return host->ds | host->es | host->fs | host->gs | host->ldt;
}

/* Loading a selector loads a base with it: the bases come last. */
static noinline void restore_selectors(const struct xvcpu_host *host)
{
	unsigned long flags;

	if (host->ldt)
		asm volatile("lldt %0" : : "m" (host->ldt));
	if (host->ds | host->es) {
		loadsegment(ds, host->ds);
		loadsegment(es, host->es);
	}
	if (host->fs) {
		loadsegment(fs, host->fs);
		counted_wrmsrl(MSR_FS_BASE, host->fs_base);
	}
	if (host->gs) {
		local_irq_save(flags);
		load_gs_index(host->gs);
		local_irq_restore(flags);
		counted_wrmsrl(MSR_KERNEL_GS_BASE, host->kernel_gs_base);
	}
}

/* The limits that a VM exit has changed. */
static void restore_tables(const struct xvcpu_host *host)
{
	native_load_gdt(&host->gdt);
	/* Only a thread with an I/O bitmap needs it, in user mode: it is looked at then. */
	this_cpu_write(__tss_limit_invalid, true);
}

/* What is the kernel's own, and the same on a CPU at all times: read there once. */
static DEFINE_PER_CPU(struct xvcpu_host_msrs, constant_msrs);
static DEFINE_PER_CPU(bool, constant_msrs_known);

static void save_syscall(struct xvcpu_host *host)
{
	rdmsrl(MSR_STAR, host->msrs.star);
	rdmsrl(MSR_LSTAR, host->msrs.lstar);
	rdmsrl(MSR_CSTAR, host->msrs.cstar);
	rdmsrl(MSR_SYSCALL_MASK, host->msrs.fmask);
}

/* Two kernels have some of them in common: WRMSR is slow. */
static void switch_msr(u32 msr, u64 from, u64 to)
{
	if (from != to)
		counted_wrmsrl(msr, to);
}

static noinline void load_syscall(struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_regs *r = &vcpu->regs;
	struct xvcpu_host *host = &vcpu->host;

	/*
	 * kvm_intel leaves a guest's in the CPU until a thread returns to user
	 * mode, and remembers what it has left: that has to be there afterwards.
	 */
	if (xvcpu_is_shared(vcpu->binding.root))
		save_syscall(host);
	switch_msr(MSR_STAR, host->msrs.star, r->star);
	switch_msr(MSR_LSTAR, host->msrs.lstar, r->lstar);
	switch_msr(MSR_CSTAR, host->msrs.cstar, r->cstar);
	switch_msr(MSR_SYSCALL_MASK, host->msrs.fmask, r->fmask);
	host->syscall_msrs = true;
}

/* They are the same for all tasks; only this module changes them. */
static noinline void restore_syscall(struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_regs *r = &vcpu->regs;
	struct xvcpu_host *host = &vcpu->host;

	switch_msr(MSR_STAR, r->star, host->msrs.star);
	switch_msr(MSR_LSTAR, r->lstar, host->msrs.lstar);
	switch_msr(MSR_CSTAR, r->cstar, host->msrs.cstar);
	switch_msr(MSR_SYSCALL_MASK, r->fmask, host->msrs.fmask);
	host->syscall_msrs = false;
}

/**
 * xvcpu_host_change_syscall() - the guest has changed a SYSCALL MSR, or EFER
 * @vcpu: the vCPU.
 *
 * Only a guest that has switched SYSCALL on needs them in the CPU.
 */
void xvcpu_host_change_syscall(struct xvcpu_vcpu *vcpu)
{
	const struct xvcpu_regs *r = &vcpu->regs;

	if (!vcpu->host.syscall_msrs) {
		if (r->efer & EFER_SCE)
			load_syscall(vcpu);
		return;
	}
	counted_wrmsrl(MSR_STAR, r->star);
	counted_wrmsrl(MSR_LSTAR, r->lstar);
	counted_wrmsrl(MSR_CSTAR, r->cstar);
	counted_wrmsrl(MSR_SYSCALL_MASK, r->fmask);
}

static noinline void load_breakpoints(struct xvcpu_vcpu *vcpu)
{
	const u64 *dr = xvcpu_debug_dr(vcpu);

	set_debugreg(0, 7);
	set_debugreg(dr[0], 0);
	set_debugreg(dr[1], 1);
	set_debugreg(dr[2], 2);
	set_debugreg(dr[3], 3);
	vcpu->host.debug_regs = true;
}

/* One that matched without being enabled may have left a trace in DR6. */
static noinline void clear_breakpoints(void)
{
	set_debugreg(0, 0);
	set_debugreg(0, 1);
	set_debugreg(0, 2);
	set_debugreg(0, 3);
	set_debugreg(DR6_RESERVED, 6);
}

/**
 * xvcpu_host_load_debug() - have the guest's breakpoints, or its debugger's, in
 * the CPU
 * @vcpu: the vCPU.
 *
 * Without an enabled breakpoint DR0 to DR3 mean nothing, and every access to
 * them exits. DR6 never is in the CPU: the guest gets it with #DB, which exits.
 */
void xvcpu_host_load_debug(struct xvcpu_vcpu *vcpu)
{
	if (unlikely(xvcpu_debug_dr7(vcpu) & DR7_ENABLE_MASK))
		load_breakpoints(vcpu);
}

static void restore_debug(struct xvcpu_host *host)
{
	if (unlikely(hw_breakpoint_active()))
		xvcpu_host_restore_breakpoints(host->breakpoints);
	else if (unlikely(host->debug_regs))
		clear_breakpoints();
	host->debug_regs = false;
	if (host->debugctl)
		counted_wrmsrl(MSR_IA32_DEBUGCTLMSR, host->debugctl);
}

static bool has_tsc_aux(const struct xvcpu_vcpu *vcpu)
{
	return vcpu->ctl.proc2 & SECONDARY_EXEC_ENABLE_RDTSCP;
}

/* The number of the CPU: most guests want the same, or 0. */
static void switch_tsc_aux(const struct xvcpu_vcpu *vcpu, u64 from, u64 to)
{
	if (from != to && has_tsc_aux(vcpu))
		counted_wrmsrl(MSR_TSC_AUX, to);
}

/* No supervisor state is offered: the guest's IA32_XSS is always 0. */
static void switch_xss(const struct xvcpu_host *host, bool to_guest)
{
	if (host->msrs.xss)
		counted_wrmsrl(MSR_IA32_XSS, to_guest ? 0 : host->msrs.xss);
}

static void save_others(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_host *host = &vcpu->host;

	host->msrs.xss = 0;
	if (boot_cpu_has(X86_FEATURE_XSAVES))
		rdmsrl(MSR_IA32_XSS, host->msrs.xss);
	if (has_tsc_aux(vcpu))
		rdmsrl(MSR_TSC_AUX, host->msrs.tsc_aux);
}

/* Under policy shared what is there may be a guest's of kvm_intel: never believed. */
static void look_up_constant(struct xvcpu_vcpu *vcpu)
{
	if (xvcpu_is_shared(vcpu->binding.root))
		return;
	if (!this_cpu_read(constant_msrs_known)) {
		save_syscall(&vcpu->host);
		save_others(vcpu);
		*this_cpu_ptr(&constant_msrs) = vcpu->host.msrs;
		this_cpu_write(constant_msrs_known, true);
	}
	vcpu->host.msrs = *this_cpu_ptr(&constant_msrs);
}

/**
 * xvcpu_host_save() - save what a run changes, and load the guest's
 * @vcpu: the vCPU, bound to this CPU.
 *
 * Context: interrupts off.
 */
void xvcpu_host_save(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_host *host = &vcpu->host;

	save_segments(host);
	save_fs_base(host);
	rdmsrl(MSR_IA32_DEBUGCTLMSR, host->debugctl);
	/* As with the SYSCALL MSRs: kvm_intel may have left a guest's. */
	if (xvcpu_is_shared(vcpu->binding.root))
		save_others(vcpu);
	switch_xss(host, true);
	host->kernel_gs_base =
		exchange_kernel_gs_base(vcpu->regs.kernel_gs_base);
	switch_tsc_aux(vcpu, host->msrs.tsc_aux, vcpu->regs.tsc_aux);
	if (vcpu->regs.efer & EFER_SCE)
		load_syscall(vcpu);
	xvcpu_host_save_breakpoints(host->breakpoints);
	xvcpu_host_load_debug(vcpu);
}

/**
 * xvcpu_host_restore() - save the guest's and restore what a run has changed
 * @vcpu: the vCPU.
 *
 * Context: interrupts off.
 */
void xvcpu_host_restore(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_host *host = &vcpu->host;

	vcpu->regs.kernel_gs_base =
		exchange_kernel_gs_base(host->kernel_gs_base);
	if (unlikely(has_selectors(host)))
		restore_selectors(host);
	restore_tables(host);
	if (host->syscall_msrs)
		restore_syscall(vcpu);
	switch_tsc_aux(vcpu, vcpu->regs.tsc_aux, host->msrs.tsc_aux);
	switch_xss(host, false);
	restore_debug(host);
}

/* What the host has done with its interrupts may be VMX of its own. */
static void make_current_again(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_binding *b = &vcpu->binding;

	if (!xvcpu_is_shared(b->root) ||
	    !xvcpu_bind_is_on(b, vcpu->running_on))
		return;
	/* Nobody may look at the owner's VMCS in place of ours. */
	if (xvcpu_percpu_load(b->root, &b->loaded))
		xvcpu_percpu_clear(b->root, &b->loaded);
}

/**
 * xvcpu_host_take_interrupts() - let the host's interrupts in for a moment
 * @vcpu: the vCPU, between a VM exit and the next entry.
 *
 * The CPU may leave VMX root operation meanwhile, and clear the VMCS.
 *
 * Context: interrupts off, and off again on return.
 */
void xvcpu_host_take_interrupts(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_host *host = &vcpu->host;

	if (host->debugctl)
		counted_wrmsrl(MSR_IA32_DEBUGCTLMSR, host->debugctl);
	/* A VM exit switches breakpoints off; the host may use some. */
	if (hw_breakpoint_active())
		xvcpu_host_restore_breakpoints(host->breakpoints);
	xvcpu_shared_end(vcpu->binding.root);
	local_irq_enable();
	/* STI holds interrupts off for one more instruction. */
	asm volatile("nop");
	local_irq_disable();
	xvcpu_host_save_breakpoints(host->breakpoints);
	xvcpu_shared_begin(vcpu->binding.root);
	make_current_again(vcpu);
	vcpu->flush_l1d = true;
	rdmsrl(MSR_IA32_DEBUGCTLMSR, host->debugctl);
	if (!xvcpu_bind_is_on(&vcpu->binding, vcpu->running_on))
		return;
	xvcpu_host_before_entry(vcpu);
	if (unlikely(host->debug_regs))
		xvcpu_host_load_debug(vcpu);
}

/**
 * xvcpu_host_bound() - write the host state of a CPU that has bound a vCPU
 * @vcpu: the vCPU.
 *
 * Context: interrupts off.
 */
void xvcpu_host_bound(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_host *host = &vcpu->host;

	xvcpu_vmcs_write_host();
	host->gdt.address = (unsigned long)get_current_gdt_ro();
	host->gdt.size = GDT_SIZE - 1;
	host->fs_base = x86_fsbase_read_cpu();
	vmcs_writel(HOST_FS_BASE, host->fs_base);
	/* Values that these never have: the next entry writes all of them. */
	vcpu->world.host_rsp = 0;
	host->vmcs_cr3 = 0;
	host->vmcs_cr4 = 0;
	look_up_constant(vcpu);
}

/**
 * xvcpu_host_before_entry() - write the host state that interrupts may change
 * @vcpu: the vCPU.
 *
 * To be called before an entry if interrupts were on since the one before.
 *
 * Context: interrupts off.
 */
void xvcpu_host_before_entry(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_host *host = &vcpu->host;
	u64 cr3 = __read_cr3(), cr4 = native_read_cr4();

	if (cr3 != host->vmcs_cr3) {
		host->vmcs_cr3 = cr3;
		vmcs_writel(HOST_CR3, cr3);
	}
	if (cr4 != host->vmcs_cr4) {
		host->vmcs_cr4 = cr4;
		vmcs_writel(HOST_CR4, cr4);
	}
}
