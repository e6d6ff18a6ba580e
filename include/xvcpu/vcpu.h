/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One vCPU: its registers, its binding, its shared struct kvm_run.
 */
#ifndef _XVCPU_VCPU_H
#define _XVCPU_VCPU_H

#include <linux/bits.h>
#include <linux/kvm.h>
#include <linux/mutex.h>
#include <linux/signal_types.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <asm/desc_defs.h>
#include <xvcpu/bind.h>
#include <xvcpu/entry.h>
#include <xvcpu/explain.h>
#include <xvcpu/fetch.h>
#include <xvcpu/mce.h>
#include <xvcpu/mmio.h>
#include <xvcpu/mtrr.h>
#include <xvcpu/segment.h>
#include <xvcpu/stats.h>

struct file;
struct xvcpu_exit_trace_ring;
struct xvcpu_msr;
struct xvcpu_vm;

/*
 * Groups of registers that the VMCS holds. A group is "here" when struct
 * xvcpu_regs has its value, and "dirty" when the VMCS has to be told before the
 * next VM entry.
 */
#define XVCPU_REG_RIP		BIT(0)
#define XVCPU_REG_RSP		BIT(1)
#define XVCPU_REG_RFLAGS	BIT(2)
#define XVCPU_REG_SEGS		BIT(3)
#define XVCPU_REG_TABLES	BIT(4)
#define XVCPU_REG_CR0		BIT(5)
#define XVCPU_REG_CR3		BIT(6)
#define XVCPU_REG_CR4		BIT(7)
#define XVCPU_REG_PDPTR		BIT(8)
#define XVCPU_REG_EFER		BIT(9)
#define XVCPU_REG_PAT		BIT(10)
#define XVCPU_REG_SYSENTER	BIT(11)
#define XVCPU_REG_DR7		BIT(12)
#define XVCPU_REG_SHADOW	BIT(13)
#define XVCPU_REG_TSC_OFFSET	BIT(14)
#define XVCPU_REG_EXCEPTIONS	BIT(15)
#define XVCPU_REG_PENDING_DEBUG	BIT(16)
#define XVCPU_REG_MODE		BIT(17)
#define XVCPU_REG_NR		18
#define XVCPU_REG_ALL		GENMASK(XVCPU_REG_NR - 1, 0)

/*
 * XVCPU_REG_MODE is the access rights of CS and SS, for who wants CS.L or the CPL
 * only; XVCPU_REG_SEGS is what else there is of the segment registers.
 */
#define XVCPU_REG_SEGMENTS	(XVCPU_REG_SEGS | XVCPU_REG_MODE)

/*
 * What software alone changes: a VM exit leaves these groups here. MOV to DR7
 * exits, and so does #DB, which clears DR7.GD.
 */
#define XVCPU_REG_SOFTWARE	(XVCPU_REG_EFER | XVCPU_REG_PAT | \
				 XVCPU_REG_DR7 | XVCPU_REG_TSC_OFFSET | \
				 XVCPU_REG_EXCEPTIONS)

/* What is looked at when an instruction is skipped. */
#define XVCPU_REG_SKIP		(XVCPU_REG_RIP | XVCPU_REG_RFLAGS | \
				 XVCPU_REG_SHADOW)

/* What userspace is told of after every run: whether interrupts can be taken. */
#define XVCPU_REG_FOR_USER	(XVCPU_REG_RFLAGS | XVCPU_REG_SHADOW)

/* What executing an instruction of 64-bit code takes, as a rule. */
#define XVCPU_REG_EMULATE	(XVCPU_REG_SKIP | XVCPU_REG_RSP | \
				 XVCPU_REG_CR0 | XVCPU_REG_CR3 | \
				 XVCPU_REG_CR4 | XVCPU_REG_MODE)

/* What KVM_GET_REGS and KVM_GET_SREGS tell, and what setting these looks at. */
#define XVCPU_REG_GENERAL	(XVCPU_REG_SKIP | XVCPU_REG_RSP | \
				 XVCPU_REG_PENDING_DEBUG)
#define XVCPU_REG_SPECIAL	(XVCPU_REG_SEGMENTS | XVCPU_REG_TABLES | \
				 XVCPU_REG_CR0 | XVCPU_REG_CR3 | XVCPU_REG_CR4)

/**
 * struct xvcpu_regs - the guest's registers but for the general-purpose ones
 * @here: groups whose value is here.
 * @dirty: groups that the VMCS has to be told.
 * @rip: instruction pointer.
 * @rflags: flags.
 * @seg: segment registers.
 * @seg_dirty: which of them the VMCS has to be told, if XVCPU_REG_SEGS is dirty.
 * @gdt: GDTR.
 * @idt: IDTR.
 * @cr0: CR0 as the guest sees it.
 * @cr2: CR2.
 * @cr3: CR3.
 * @cr4: CR4 as the guest sees it.
 * @cr8: CR8.
 * @pdptr: the page-directory-pointer entries, for PAE paging.
 * @efer: IA32_EFER.
 * @pat: IA32_PAT.
 * @sysenter_cs: IA32_SYSENTER_CS.
 * @sysenter_esp: IA32_SYSENTER_ESP.
 * @sysenter_eip: IA32_SYSENTER_EIP.
 * @dr: DR0 to DR3.
 * @dr6: DR6.
 * @dr7: DR7.
 * @shadow: interruptibility state: blocking by STI, MOV SS, SMI, NMI.
 * @pending_debug: pending debug exceptions.
 * @tsc_offset: what is added to the host's TSC, which does not go back over sleep.
 * @tsc_ratio: what the host's TSC is multiplied with before that.
 * @tsc_khz: rate of the guest's TSC, as userspace has set it.
 * @star: IA32_STAR.
 * @lstar: IA32_LSTAR.
 * @cstar: IA32_CSTAR.
 * @fmask: IA32_FMASK.
 * @kernel_gs_base: IA32_KERNEL_GS_BASE, while the guest is not loaded.
 * @tsc_aux: IA32_TSC_AUX.
 * @platform_info: MSR_PLATFORM_INFO.
 * @misc_features: MSR_MISC_FEATURES_ENABLES: bit 0, CPUID faults in user mode.
 * @xcr0: XCR0.
 * @apic_base: IA32_APIC_BASE.
 * @misc_enable: IA32_MISC_ENABLE.
 * @tsc_adjust: IA32_TSC_ADJUST.
 * @microcode: IA32_BIOS_SIGN_ID.
 * @power_ctl: MSR_POWER_CTL.
 */
struct xvcpu_regs {
	u32 here;
	u32 dirty;
	u64 rip;
	u64 rflags;
	struct xvcpu_segment seg[XVCPU_NR_SEGS];
	u8 seg_dirty;
	struct kvm_dtable gdt;
	struct kvm_dtable idt;
	u64 cr0;
	u64 cr2;
	u64 cr3;
	u64 cr4;
	u64 cr8;
	u64 pdptr[4];
	u64 efer;
	u64 pat;
	u64 sysenter_cs;
	u64 sysenter_esp;
	u64 sysenter_eip;
	u64 dr[4];
	u64 dr6;
	u64 dr7;
	u32 shadow;
	u64 pending_debug;
	u64 tsc_offset;
	u64 tsc_ratio;
	u32 tsc_khz;
	u64 star;
	u64 lstar;
	u64 cstar;
	u64 fmask;
	u64 kernel_gs_base;
	u64 tsc_aux;
	u64 platform_info;
	u64 misc_features;
	u64 xcr0;
	u64 apic_base;
	u64 misc_enable;
	u64 tsc_adjust;
	u64 microcode;
	u64 power_ctl;
};

/**
 * struct xvcpu_exit - the VM exit that is being handled
 * @reason: exit reason with its flags.
 * @insn_len: length of the instruction that caused it.
 * @insn_info: VM-exit instruction information.
 * @qualification: exit qualification.
 * @gva: guest linear address.
 * @gpa: guest physical address.
 *
 * But for @reason, what the exit's handler has read: a handler that needs to
 * sleep finds here what the VMCS no longer tells it.
 */
struct xvcpu_exit {
	u32 reason;
	u32 insn_len;
	u32 insn_info;
	u64 qualification;
	u64 gva;
	u64 gpa;
};

/**
 * struct xvcpu_event - the event that the next VM entry is to deliver
 * @info: VM-entry interruption information, 0 if there is none.
 * @error: error code, if @info says so.
 * @insn_len: instruction length, for software interrupts and exceptions.
 * @fresh: an exception of the instruction at RIP, which no VM entry has begun
 *	to deliver.
 */
struct xvcpu_event {
	u32 info;
	u32 error;
	u32 insn_len;
	bool fresh;
};

/* What may be waiting; see struct xvcpu_waiting. */
#define XVCPU_WAIT_IRQ		BIT(0)
#define XVCPU_WAIT_NMI		BIT(1)
#define XVCPU_WAIT_USER		BIT(2)
#define XVCPU_WAIT_WINDOW	BIT(3)

/**
 * struct xvcpu_waiting - what waits until the guest can take it
 * @what: XVCPU_WAIT_IRQ: an interrupt; XVCPU_WAIT_NMI: NMIs; XVCPU_WAIT_USER:
 *	userspace, for the interrupt window; XVCPU_WAIT_WINDOW: nothing, but a
 *	window is open in the VMCS.
 * @vector: the interrupt's vector.
 * @nmis: how many NMIs, 2 at most.
 */
struct xvcpu_waiting {
	u32 what;
	u8 vector;
	u8 nmis;
};

/**
 * struct xvcpu_debug - what a debugger in userspace wants
 * @control: KVM_GUESTDBG_*, 0 if there is no debugger.
 * @dr: DR0 to DR3, for KVM_GUESTDBG_USE_HW_BP.
 * @dr7: DR7, likewise.
 */
struct xvcpu_debug {
	u32 control;
	u64 dr[4];
	u64 dr7;
};

/**
 * struct xvcpu_pio - a port access that userspace is completing
 * @active: an access is under way; the exit's qualification says which.
 * @down: INS or OUTS, and so on: RFLAGS.DF was set.
 * @count: transfers in this batch.
 * @addr_mask: mask of the address size.
 * @gva: linear address of the memory operand of the batch's first transfer.
 */
struct xvcpu_pio {
	bool active;
	bool down;
	u32 count;
	u64 addr_mask;
	u64 gva;
};

/**
 * struct xvcpu_host_msrs - MSRs of which the kernel has a value for good
 * @star: IA32_STAR, and so on: the same on all CPUs.
 * @lstar: IA32_LSTAR.
 * @cstar: IA32_CSTAR.
 * @fmask: IA32_FMASK.
 * @xss: IA32_XSS.
 * @tsc_aux: IA32_TSC_AUX.
 */
struct xvcpu_host_msrs {
	u64 star;
	u64 lstar;
	u64 cstar;
	u64 fmask;
	u64 xss;
	u64 tsc_aux;
};

/**
 * struct xvcpu_host - what a run changes of the host and has to restore
 * @ds: selector, and so on.
 * @es: selector.
 * @fs: selector.
 * @gs: selector.
 * @ldt: selector.
 * @gdt: GDTR on the CPU that the vCPU is bound to.
 * @fs_base: base of FS, that is, of the user; the VMCS's HOST_FS_BASE field.
 * @kernel_gs_base: base of GS of the user.
 * @debugctl: IA32_DEBUGCTL.
 * @msrs: the host's, on the CPU that the vCPU is bound to.
 * @syscall_msrs: the guest's SYSCALL MSRs are loaded.
 * @breakpoints: DR0 to DR3, if a breakpoint of the host's is in use and the
 *	kernel cannot be asked to load them.
 * @debug_regs: the guest's debug registers are loaded.
 * @vmcs_cr3: what the VMCS's HOST_CR3 field holds.
 * @vmcs_cr4: what the VMCS's HOST_CR4 field holds.
 */
struct xvcpu_host {
	u16 ds;
	u16 es;
	u16 fs;
	u16 gs;
	u16 ldt;
	struct desc_ptr gdt;
	u64 fs_base;
	u64 kernel_gs_base;
	u64 debugctl;
	struct xvcpu_host_msrs msrs;
	bool syscall_msrs;
	unsigned long breakpoints[4];
	bool debug_regs;
	u64 vmcs_cr3;
	u64 vmcs_cr4;
};

/**
 * struct xvcpu_vcpu - one vCPU: first what every VM exit touches
 * @rcu: frees it when nobody reads the list of all vCPUs.
 * @world: general-purpose registers.
 * @regs: all other registers.
 * @exit: the VM exit under way.
 * @event: the event the next VM entry delivers.
 * @waiting: what waits for the guest to be ready.
 * @terminated: the exit under way ends the guest.
 * @triple_fault: an exception met a double fault.
 * @flush_tlb: the guest's translations must be dropped before it goes on.
 * @flush_l1d: the host has left something in the data cache.
 * @load_pdptrs: the page-directory-pointer entries must be read from memory.
 * @visitors: how many want @bind_lock from a running vCPU.
 * @running_on: the CPU that may be in the guest, or XVCPU_CPU_NONE.
 * @binding: where the vCPU is.
 * @cpuid: what CPUID tells the guest.
 * @nr_cpuid: length of @cpuid.
 * @debug: what a debugger in userspace wants.
 * @pio: the port access under way.
 * @mmio: the access outside of memory under way.
 * @fetch: where code was found last.
 * @msr_exit: the exit reason of an MSR access that userspace is completing, or 0.
 * @last_msr: the one that the guest accessed last, of those that @cpuid lets it have,
 *	or NULL.
 * @intercept_msrs: every access of an MSR leaves the guest: what the VMCS says.
 * @hypercall_mask: a hypercall waits for its result, of as many bits; or 0.
 * @host: the host's state around a run.
 * @fpu: the guest's XSAVE area, one page.
 * @loaded_xcr0: during a run, XCR0 in the CPU.
 * @mtrr: memory-type range registers.
 * @mce: machine-check registers.
 * @ctl: control words.
 * @eptp: the EPT pointer that the VMCS has.
 * @setup_done: the VMCS has been written once.
 * @stats: VM exits and other things that it counts.
 * @exit_trace: where they are recorded, or NULL; protected by RCU.
 * @for_user: groups of registers to be read at the end of a run:
 *	XVCPU_REG_FOR_USER, and what userspace shares.
 * @entries_before: VM entries before this KVM_RUN.
 * @refused: why it could not run on its CPU the last time, which was said; or 0.
 * @explain: why the latest VM entry that failed did.
 * @lock: serialises the vCPU's ioctls; KVM_RUN holds it throughout.
 * @waiters: how many wait for @lock.
 * @bind_lock: protects @binding; inside @lock.  KVM_RUN drops it when it has
 *	visitors.
 * @visited: woken when there are none.
 * @run: shared with userspace; the page after it holds port I/O data.
 * @sigmask: signals that are blocked while the vCPU runs, if @has_sigmask.
 * @has_sigmask: otherwise the thread's own mask holds.
 * @maxphyaddr: width of the guest's physical addresses, 32 to 52: what @cpuid says.
 * @cr4_bits: bits that @cpuid lets CR4 have; 0 if that was not looked up yet.
 * @mp_state: KVM_MP_STATE_*.
 * @vm: the VM.
 * @vm_id: the VM's id, for those who watch.
 * @tgid: the VM's process, likewise.
 * @id: id in the VM.
 * @key: key in the list of all vCPUs.
 */
struct xvcpu_vcpu {
	struct rcu_head rcu;
	struct xvcpu_world world;
	struct xvcpu_regs regs;
	struct xvcpu_exit exit;
	struct xvcpu_event event;
	struct xvcpu_waiting waiting;
	bool terminated;
	bool triple_fault;
	bool flush_tlb;
	bool flush_l1d;
	bool load_pdptrs;
	atomic_t visitors;
	int running_on;
	struct xvcpu_binding binding;
	struct kvm_cpuid_entry2 *cpuid;
	u32 nr_cpuid;

	struct xvcpu_debug debug;
	struct xvcpu_pio pio;
	struct xvcpu_mmio mmio;
	struct xvcpu_fetch fetch;
	u32 msr_exit;
	bool intercept_msrs;
	const struct xvcpu_msr *last_msr;
	u64 hypercall_mask;
	struct xvcpu_host host;
	void *fpu;
	u64 loaded_xcr0;
	struct xvcpu_mtrr mtrr;
	struct xvcpu_mce mce;
	struct vmx_controls ctl;
	u64 eptp;
	bool setup_done;
	struct xvcpu_stats stats;
	struct xvcpu_exit_trace_ring __rcu *exit_trace;
	u32 for_user;
	u64 entries_before;
	int refused;
	struct xvcpu_explain explain;

	struct mutex lock;
	atomic_t waiters;
	struct mutex bind_lock;
	wait_queue_head_t visited;

	struct kvm_run *run;
	sigset_t sigmask;
	bool has_sigmask;
	u32 maxphyaddr;
	u64 cr4_bits;
	u32 mp_state;
	struct xvcpu_vm *vm;
	u32 vm_id;
	pid_t tgid;
	u32 id;
	u32 key;
};

struct xvcpu_vcpu *xvcpu_vcpu_create(struct xvcpu_vm *vm, u32 id, int cpu);
void xvcpu_vcpu_destroy(struct xvcpu_vcpu *vcpu);
void xvcpu_vcpu_retire(struct xvcpu_vcpu *vcpu);
int xvcpu_vcpu_migrate(struct xvcpu_vcpu *vcpu, int cpu);
int __must_check xvcpu_vcpu_visit_begin(struct xvcpu_vcpu *vcpu);
void xvcpu_vcpu_visit_end(struct xvcpu_vcpu *vcpu);
int __must_check xvcpu_vcpu_visit(struct xvcpu_vcpu *vcpu);
void xvcpu_vcpu_revive(struct xvcpu_vcpu *vcpu);
void xvcpu_vcpu_tell(const struct xvcpu_vcpu *vcpu, enum xvcpu_event_kind kind,
		     int cpu, int from_cpu, u64 why);

#endif /* _XVCPU_VCPU_H */
