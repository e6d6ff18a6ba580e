/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The ABI of /dev/xvcpu
 * =====================
 *
 * /dev/xvcpu speaks the KVM API of <linux/kvm.h>: the same ioctl numbers, the
 * same structures, the same shared struct kvm_run.  A program written for
 * /dev/kvm runs when it opens /dev/xvcpu.  What KVM defines is documented with
 * KVM; this header holds only what KVM lacks.
 *
 * Kinds of file descriptors
 * -------------------------
 *
 * system fd
 *	open("/dev/xvcpu").  KVM_GET_API_VERSION, KVM_CHECK_EXTENSION,
 *	KVM_GET_VCPU_MMAP_SIZE, KVM_CREATE_VM, KVM_GET_SUPPORTED_CPUID,
 *	KVM_GET_EMULATED_CPUID, KVM_GET_MSR_INDEX_LIST,
 *	KVM_GET_MSR_FEATURE_INDEX_LIST, KVM_GET_MSRS (of the feature MSRs),
 *	KVM_X86_GET_MCE_CAP_SUPPORTED.
 *
 * VM fd
 *	From KVM_CREATE_VM.  KVM_CHECK_EXTENSION, KVM_SET_USER_MEMORY_REGION,
 *	KVM_GET_DIRTY_LOG, KVM_SET_TSS_ADDR, KVM_SET_IDENTITY_MAP_ADDR,
 *	KVM_CREATE_VCPU, XVCPU_CREATE_VCPU.  The interrupt controllers are
 *	userspace's: KVM_SET_GSI_ROUTING gives -EINVAL.
 *
 * vCPU fd
 *	From KVM_CREATE_VCPU (floating) or XVCPU_CREATE_VCPU (pinned).
 *	KVM_RUN, KVM_INTERRUPT, KVM_NMI, KVM_SET_SIGNAL_MASK,
 *	KVM_SET_GUEST_DEBUG, KVM_TRANSLATE, KVM_GET_TSC_KHZ,
 *	KVM_X86_SETUP_MCE, KVM_X86_SET_MCE; KVM_GET_ and KVM_SET_ of REGS,
 *	SREGS, SREGS2, FPU, XSAVE (and KVM_GET_XSAVE2), XCRS, DEBUGREGS, MSRS,
 *	CPUID2 (and KVM_SET_CPUID), VCPU_EVENTS, MP_STATE; XVCPU_GET_BINDING,
 *	XVCPU_MIGRATE, XVCPU_GET_ENTRY_FAILURE, XVCPU_OPEN_EXIT_TRACE.  mmap()
 *	at offset 0 gives struct kvm_run, and the page after it the data of
 *	port I/O.
 *
 * exit trace
 *	From XVCPU_OPEN_EXIT_TRACE: see there.
 *
 * /proc/PID/fdinfo/FD of a VM has a line "xvcpu-vm:" with its id, and of a vCPU
 * that and a line "xvcpu-vcpu:" with its key, both as netlink has them: so a
 * program that may trace the process (pidfd_getfd()) finds the one it wants.
 *
 * Binding
 * -------
 *
 * A vCPU is *bound* to a CPU while its VMCS is loaded there (VMPTRLD), and
 * *unbound* after VMCLEAR.  A *pinned* vCPU executes on one CPU and nowhere
 * else: KVM_RUN moves the calling thread there first.  A *floating* vCPU
 * follows its thread.
 *
 * Exits
 * -----
 *
 * As with KVM, with these differences:
 *
 * KVM_EXIT_HYPERCALL
 *	If XVCPU_CAP_HYPERCALL_EXIT is enabled, VMCALL at privilege level 0:
 *	hypercall.nr is RAX, hypercall.args are RDI, RSI, RDX, RCX, R8 and R9,
 *	and hypercall.ret goes to RAX with the next KVM_RUN.  Otherwise the
 *	guest gets what KVM gives for a hypercall that it does not know.
 *
 * KVM_EXIT_INTERNAL_ERROR with KVM_INTERNAL_ERROR_EMULATION
 *	The guest did what is not emulated, such as an unusual instruction with
 *	an operand outside of every memory slot. After the instruction's bytes,
 *	data[3] is the exit reason, data[4] the exit qualification, data[5] the
 *	guest physical address.
 *
 * Interrupts
 * ----------
 *
 * KVM_INTERRUPT hands over one interrupt. KVM wants userspace to wait for the
 * interrupt window first; here the guest takes the interrupt when it can, and
 * until then a second one gives -EEXIST.
 *
 * KVM_EXIT_SHUTDOWN, KVM_EXIT_FAIL_ENTRY
 *	The vCPU is terminated: KVM_RUN gives -EINVAL until KVM_SET_REGS or
 *	KVM_SET_SREGS has set its state.  XVCPU_GET_ENTRY_FAILURE explains a
 *	failed VM entry.
 *
 * Errors
 * ------
 *
 * The same everywhere, each with one sentence in the kernel log:
 *
 * -EOPNOTSUPP	the CPU lacks VMX, or a VMX feature that a VM needs
 * -EACCES	the firmware locked VMX off
 * -EBUSY	another owner holds VMX, or (policy exclusive) another CPU is
 *		in VMX root operation
 * -EIO		CR0, CR4 or IA32_VMX_BASIC are not as VMX demands; VMXON, VMPTRLD
 *		or VMCLEAR failed; the VM is another process's
 * -EXDEV	the calling thread may not run on the vCPU's CPU
 * -ENXIO	the vCPU's CPU is offline or has left VMX root operation
 * -EINVAL	a bad argument, an unknown flag, nonzero padding
 * -ENOTTY	an ioctl that this kind of file descriptor does not know
 * -EFAULT	a bad pointer
 * -EEXIST	the id of a vCPU is taken, or memory slots overlap
 * -ENOENT	what is asked for has not happened: no VM entry has failed
 * -EINTR	KVM_RUN was ended by a signal or by kvm_run.immediate_exit
 */
#ifndef _UAPI_LINUX_XVCPU_H
#define _UAPI_LINUX_XVCPU_H

#include <linux/ioctl.h>
#include <linux/types.h>

/** XVCPU_IO - the ioctl magic of what KVM does not define. */
#define XVCPU_IO	0xBD

/**
 * XVCPU_CAP_HYPERCALL_EXIT - a capability for KVM_ENABLE_CAP of a VM fd
 *
 * args[0] is 1 or 0: hypercalls are userspace's (KVM_EXIT_HYPERCALL), or are
 * answered in the kernel, as at first.
 */
#define XVCPU_CAP_HYPERCALL_EXIT	0x58560001

/** XVCPU_CPU_NONE - no CPU: not pinned, or not loaded anywhere. */
#define XVCPU_CPU_NONE	(-1)

/**
 * struct xvcpu_create_vcpu - argument of XVCPU_CREATE_VCPU
 * @id: the vCPU's id in its VM, 0 to KVM_CAP_MAX_VCPU_ID - 1.
 * @cpu: number of the host CPU to pin it to, or XVCPU_CPU_NONE for a floating
 *	vCPU, which is what KVM_CREATE_VCPU makes.
 * @flags: must be 0.
 * @padding: must be 0.
 */
struct xvcpu_create_vcpu {
	__u32 id;
	__s32 cpu;
	__u32 flags;
	__u32 padding;
};

/**
 * enum xvcpu_vcpu_state - where a vCPU is in its life
 * @XVCPU_VCPU_UNBOUND: its VMCS is loaded on no CPU.
 * @XVCPU_VCPU_BOUND: its VMCS is loaded on a CPU, the guest is not running:
 *	not yet entered, or resumable.
 * @XVCPU_VCPU_RUNNING: between a VM entry and the next VM exit.
 * @XVCPU_VCPU_EXITED: a VM exit has happened, nobody has looked at it yet.
 * @XVCPU_VCPU_HANDLING: the VM exit is being handled.
 * @XVCPU_VCPU_TERMINATED: a triple fault or a failed VM entry ended it; it
 *	runs again only after userspace has set its state.
 */
enum xvcpu_vcpu_state {
	XVCPU_VCPU_UNBOUND,
	XVCPU_VCPU_BOUND,
	XVCPU_VCPU_RUNNING,
	XVCPU_VCPU_EXITED,
	XVCPU_VCPU_HANDLING,
	XVCPU_VCPU_TERMINATED,
};

/** XVCPU_BINDING_LAUNCHED - the next VM entry is VMRESUME, not VMLAUNCH. */
#define XVCPU_BINDING_LAUNCHED	(1U << 0)

/**
 * struct xvcpu_binding_info - result of XVCPU_GET_BINDING
 * @pinned_cpu: the CPU that the vCPU is pinned to, or XVCPU_CPU_NONE.
 * @loaded_cpu: the CPU on which its VMCS is loaded, or XVCPU_CPU_NONE.
 * @last_cpu: the CPU of its latest VM entry, or XVCPU_CPU_NONE.
 * @state: an enum xvcpu_vcpu_state.
 * @flags: XVCPU_BINDING_*.
 * @padding: 0.
 * @vmptrld: how often its VMCS was bound to a CPU.
 * @vmclear: how often its VMCS was cleared, the first time before it is first
 *	bound.
 * @launches: VM entries with VMLAUNCH that succeeded.
 * @entries: all VM entries that succeeded.
 * @migrations: how often it was bound to another CPU than the time before.
 * @reserved: 0.
 */
struct xvcpu_binding_info {
	__s32 pinned_cpu;
	__s32 loaded_cpu;
	__s32 last_cpu;
	__u32 state;
	__u32 flags;
	__u32 padding;
	__u64 vmptrld;
	__u64 vmclear;
	__u64 launches;
	__u64 entries;
	__u64 migrations;
	__u64 reserved[3];
};

/**
 * struct xvcpu_migrate - argument of XVCPU_MIGRATE
 * @cpu: number of the host CPU to pin the vCPU to from now on, or
 *	XVCPU_CPU_NONE to make it floating.
 * @flags: must be 0.
 */
struct xvcpu_migrate {
	__s32 cpu;
	__u32 flags;
};

/**
 * XVCPU_CREATE_VCPU - VM ioctl: create a vCPU, pinned to a CPU
 *
 * Returns the vCPU's file descriptor.  -EINVAL: bad id, CPU number, flag or
 * padding; -EEXIST: the id is taken; -ENXIO: the CPU is offline or not in VMX
 * root operation.
 */
#define XVCPU_CREATE_VCPU	_IOW(XVCPU_IO, 0x01, struct xvcpu_create_vcpu)

/** XVCPU_GET_BINDING - vCPU ioctl: where the vCPU is, and how it came there */
#define XVCPU_GET_BINDING	_IOR(XVCPU_IO, 0x02, struct xvcpu_binding_info)

/**
 * XVCPU_MIGRATE - vCPU ioctl: move the vCPU to another CPU
 *
 * If its VMCS is loaded on another CPU, it is cleared there (VMCLEAR) before
 * the ioctl returns.  The next KVM_RUN binds it to the new CPU and enters with
 * VMLAUNCH.  A vCPU that is running leaves the guest, moves and goes on: its
 * KVM_RUN does not return.  If that waits for the guest's memory, so does the
 * ioctl, and can be killed.  -EINVAL: bad CPU number or flag; -ENXIO: the CPU is
 * offline or not in VMX root operation.
 */
#define XVCPU_MIGRATE		_IOW(XVCPU_IO, 0x03, struct xvcpu_migrate)

/*
 * The exit trace
 * --------------
 *
 * A ring of records in memory that is shared with whoever looks: what each VM
 * exit of a vCPU was, and which registers the guest has changed since the VM
 * entry before it.  It is a file descriptor of its own, so that another process
 * than the vCPU's can have it; when that is closed and unmapped, the trace ends.
 *
 * mmap() of struct xvcpu_exit_trace_header's size, a page, at offset 0 gives the
 * header; the records follow at offset 4096, &struct xvcpu_exit_trace.records of
 * them.  Record number n, counted from 0, is in place n modulo that.
 *
 * The module writes records and adds to &struct xvcpu_exit_trace_header.head.  Whoever
 * reads writes &struct xvcpu_exit_trace_header.tail.  Both count and never go back.
 * With XVCPU_EXIT_TRACE_BLOCK a vCPU that finds no room waits, outside of the guest,
 * and KVM_RUN ends with -EINTR by a signal as always.  Without it the oldest
 * records are overwritten: copy a record, and look at its sequence before and
 * after; if it is not the record's number plus 1, the record has gone.
 *
 * poll() says EPOLLIN while @head is not @tail; it is also how the module gets to
 * know that there is room again: a blocked vCPU goes on when the reader, having
 * written @tail, calls poll(), or epoll_wait() if that is level-triggered.  Of a
 * reader that calls neither (edge-triggered epoll looks at no descriptor whose
 * event it has delivered) it gets to know within a tenth of a second.
 */

/** XVCPU_EXIT_TRACE_BLOCK - have the vCPU wait where records would be lost. */
#define XVCPU_EXIT_TRACE_BLOCK	(1U << 0)
/** XVCPU_EXIT_TRACE_OFF - begin switched off. */
#define XVCPU_EXIT_TRACE_OFF	(1U << 1)

/** XVCPU_EXIT_TRACE_MIN, XVCPU_EXIT_TRACE_MAX - limits of the number of records */
#define XVCPU_EXIT_TRACE_MIN	8
#define XVCPU_EXIT_TRACE_MAX	65536

/**
 * struct xvcpu_exit_trace - argument of XVCPU_OPEN_EXIT_TRACE
 * @records: how many records the ring has: a power of 2, XVCPU_EXIT_TRACE_MIN to
 *	XVCPU_EXIT_TRACE_MAX.
 * @flags: XVCPU_EXIT_TRACE_*.
 */
struct xvcpu_exit_trace {
	__u32 records;
	__u32 flags;
};

/**
 * struct xvcpu_exit_trace_header - the ring's first page
 * @head: number of the next record to be written.
 * @tail: number of the next record to be read; the reader's.
 * @record_size: bytes of a record, 512.
 * @records: how many there are.
 * @vcpu: the vCPU's key, as netlink has it.
 * @on: 1 if exits are recorded.
 */
struct xvcpu_exit_trace_header {
	__u64 head;
	__u64 tail;
	__u32 record_size;
	__u32 records;
	__u32 vcpu;
	__u32 on;
};

/**
 * enum xvcpu_exit_reg - indices of the registers in a record
 * @XVCPU_EXIT_REG_GPR: RAX; RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15 follow.
 * @XVCPU_EXIT_REG_RIP: RIP.
 * @XVCPU_EXIT_REG_RFLAGS: RFLAGS.
 * @XVCPU_EXIT_REG_CR0: CR0 as the guest sees it.
 * @XVCPU_EXIT_REG_CR3: CR3.
 * @XVCPU_EXIT_REG_CR4: CR4 as the guest sees it.
 * @XVCPU_EXIT_REG_NR: how many there are.
 */
enum xvcpu_exit_reg {
	XVCPU_EXIT_REG_GPR,
	XVCPU_EXIT_REG_RIP = 16,
	XVCPU_EXIT_REG_RFLAGS,
	XVCPU_EXIT_REG_CR0,
	XVCPU_EXIT_REG_CR3,
	XVCPU_EXIT_REG_CR4,
	XVCPU_EXIT_REG_NR
};

/** XVCPU_EXIT_RECORD_FAILED - a VM entry that failed, no exit. */
#define XVCPU_EXIT_RECORD_FAILED	(1U << 0)
/** XVCPU_EXIT_RECORD_GPA - @gpa is valid. */
#define XVCPU_EXIT_RECORD_GPA		(1U << 1)
/** XVCPU_EXIT_RECORD_OPERAND - @operand is valid: a port, or an MSR's number. */
#define XVCPU_EXIT_RECORD_OPERAND	(1U << 2)

/**
 * struct xvcpu_exit_record - a VM exit
 * @sequence: the record's number plus 1; 0 while it is being written.
 * @entered: time of the VM entry, in ns of CLOCK_MONOTONIC.
 * @time: time of the exit, likewise.
 * @cpu: the CPU.
 * @reason: exit reason with its flags; for a VM entry that failed without an
 *	exit, the VM-instruction error.
 * @qualification: exit qualification.
 * @gpa: guest physical address, for EPT violations and misconfigurations.
 * @operand: the port of an I/O instruction, the MSR of RDMSR and WRMSR.
 * @flags: XVCPU_EXIT_RECORD_*.
 * @interrupt: VM-exit interruption information, or 0.
 * @changed: which registers differ from what they were at the entry: bit n is
 *	register n of enum xvcpu_exit_reg.
 * @reserved: 0.
 * @reg: the registers: at the entry, and at the exit.
 * @unused: 0.
 */
struct xvcpu_exit_record {
	__u64 sequence;
	__u64 entered;
	__u64 time;
	__s32 cpu;
	__u32 reason;
	__u64 qualification;
	__u64 gpa;
	__u32 operand;
	__u32 flags;
	__u32 interrupt;
	__u32 changed;
	__u64 reserved[8];
	struct {
		__u64 old;
		__u64 new;
	} reg[XVCPU_EXIT_REG_NR];
	__u64 unused[6];
};

/**
 * XVCPU_OPEN_EXIT_TRACE - vCPU ioctl: trace the vCPU's exits
 *
 * Works while the vCPU runs, and in any process that has the vCPU's descriptor; it
 * does not wait for the vCPU, nor does what is done to the trace.
 * Returns the trace's file descriptor.  -EINVAL: a bad number of records, an
 * unknown flag; -EBUSY: the vCPU is traced already; -ENOMEM.
 */
#define XVCPU_OPEN_EXIT_TRACE	_IOW(XVCPU_IO, 0x05, struct xvcpu_exit_trace)

/**
 * XVCPU_SET_EXIT_TRACE - ioctl of the trace: switch it on (1) or off (0)
 *
 * The argument is the value.  On return no exit is recorded any more, or the
 * next one is.  -EINVAL: another value.
 */
#define XVCPU_SET_EXIT_TRACE	_IO(XVCPU_IO, 0x06)
/**
 * enum xvcpu_rule - a rule of VM entry that a VMCS may break
 *
 * SDM, chapter "VM Entries": "Checks on VMX Controls", "Checks on Host Control
 * Registers, MSRs, and SSP" and the sections after it, "Checks on the Guest State
 * Area", "Loading MSRs". New rules are added before the end of each kind.
 *
 * @XVCPU_RULE_PIN_RESERVED: a pin-based control is not as the CPU demands.
 * @XVCPU_RULE_PROC_RESERVED: a processor-based control is not as the CPU
 *	demands.
 * @XVCPU_RULE_PROC2_RESERVED: a secondary processor-based control is not as
 *	the CPU demands.
 * @XVCPU_RULE_PROC3_RESERVED: a tertiary processor-based control is not as the
 *	CPU demands.
 * @XVCPU_RULE_CR3_TARGETS: more CR3 targets than the CPU has.
 * @XVCPU_RULE_IO_BITMAPS: the address of an I/O bitmap is no page's.
 * @XVCPU_RULE_MSR_BITMAP: the address of the MSR bitmap is no page's.
 * @XVCPU_RULE_VIRTUAL_APIC_PAGE: the address of the virtual-APIC page is no
 *	page's.
 * @XVCPU_RULE_TPR_THRESHOLD: the TPR threshold has more than 4 bits.
 * @XVCPU_RULE_TPR_BELOW_THRESHOLD: the virtual TPR is below the TPR threshold.
 * @XVCPU_RULE_VIRTUAL_NMIS: virtual NMIs need NMI exiting.
 * @XVCPU_RULE_NMI_WINDOW: NMI-window exiting needs virtual NMIs.
 * @XVCPU_RULE_APIC_ACCESS_PAGE: the address of the APIC-access page is no
 *	page's.
 * @XVCPU_RULE_NO_TPR_SHADOW: what virtualizes the APIC needs the TPR shadow.
 * @XVCPU_RULE_X2APIC_MODE: x2APIC mode and APIC accesses are not virtualized
 *	at once.
 * @XVCPU_RULE_INTERRUPT_DELIVERY: virtual-interrupt delivery needs external-
 *	interrupt exiting.
 * @XVCPU_RULE_POSTED_INTERRUPTS: posted interrupts need virtual-interrupt
 *	delivery, and interrupts acknowledged on exit.
 * @XVCPU_RULE_POSTED_VECTOR: the posted-interrupt vector has more than 8 bits.
 * @XVCPU_RULE_POSTED_DESCRIPTOR: the address of the posted-interrupt
 *	descriptor is no multiple of 64, or too high.
 * @XVCPU_RULE_VPID: the VPID is 0.
 * @XVCPU_RULE_EPTP: the EPT pointer has a memory type, a walk length, a flag
 *	or an address that the CPU does not take.
 * @XVCPU_RULE_PML: page-modification logging needs EPT, and the address of a
 *	page.
 * @XVCPU_RULE_NEEDS_EPT: unrestricted guest, mode-based execute control and
 *	sub-page permissions need EPT.
 * @XVCPU_RULE_VM_FUNCTIONS: a VM-function control that the CPU does not have.
 * @XVCPU_RULE_EPTP_LIST: EPTP switching needs EPT, and the address of a page.
 * @XVCPU_RULE_SHADOW_BITMAPS: the address of the VMREAD or VMWRITE bitmap is
 *	no page's.
 * @XVCPU_RULE_VE_INFORMATION: the address of the virtualization-exception
 *	information is no page's.
 * @XVCPU_RULE_TSC_MULTIPLIER: the TSC multiplier is 0.
 * @XVCPU_RULE_EXIT_RESERVED: a VM-exit control is not as the CPU demands.
 * @XVCPU_RULE_SAVE_TIMER: to save the preemption timer needs the timer.
 * @XVCPU_RULE_EXIT_STORE_LIST: the VM-exit MSR-store list is not at a multiple
 *	of 16, or ends too high.
 * @XVCPU_RULE_EXIT_LOAD_LIST: the VM-exit MSR-load list is not at a multiple
 *	of 16, or ends too high.
 * @XVCPU_RULE_ENTRY_RESERVED: a VM-entry control is not as the CPU demands.
 * @XVCPU_RULE_ENTRY_SMM: VM-entry controls for SMM, outside of SMM.
 * @XVCPU_RULE_ENTRY_LOAD_LIST: the VM-entry MSR-load list is not at a multiple
 *	of 16, or ends too high.
 * @XVCPU_RULE_EVENT_RESERVED: the event to inject has reserved bits.
 * @XVCPU_RULE_EVENT_TYPE: the event to inject has a type that the CPU does not
 *	take.
 * @XVCPU_RULE_EVENT_VECTOR: the event to inject has a vector that is none of
 *	its type.
 * @XVCPU_RULE_EVENT_DELIVERS_ERROR: the event to inject has an error code and
 *	should not, or has none and should.
 * @XVCPU_RULE_EVENT_ERROR_CODE: the error code to inject has more than 16
 *	bits.
 * @XVCPU_RULE_EVENT_LENGTH: the instruction of the event to inject has an
 *	impossible length.
 * @XVCPU_RULE_CONTROLS_END: the end of these.
 * @XVCPU_RULE_HOST_CR0: host CR0 is not as VMX demands.
 * @XVCPU_RULE_HOST_CR4: host CR4 is not as VMX demands.
 * @XVCPU_RULE_HOST_CR3: host CR3 is beyond the physical-address width.
 * @XVCPU_RULE_HOST_SYSENTER: a host SYSENTER address is not canonical.
 * @XVCPU_RULE_HOST_PERF_GLOBAL: host IA32_PERF_GLOBAL_CTRL has reserved bits.
 * @XVCPU_RULE_HOST_PAT: host IA32_PAT has a memory type that does not exist.
 * @XVCPU_RULE_HOST_EFER: host IA32_EFER has reserved bits.
 * @XVCPU_RULE_HOST_EFER_MODE: LMA and LME of host IA32_EFER differ from the
 *	host address-space size.
 * @XVCPU_RULE_HOST_SELECTOR: a host selector has an RPL, or is of the LDT.
 * @XVCPU_RULE_HOST_SELECTOR_NULL: host CS or TR is null.
 * @XVCPU_RULE_HOST_SS_NULL: host SS is null, and the host is not 64-bit.
 * @XVCPU_RULE_HOST_BASE: a host base address is not canonical.
 * @XVCPU_RULE_HOST_ADDRESS_SPACE: the host address-space size is not that of
 *	the CPU's mode.
 * @XVCPU_RULE_HOST_PAE: a 64-bit host needs CR4.PAE.
 * @XVCPU_RULE_HOST_PCIDE: host CR4.PCIDE is for a 64-bit host.
 * @XVCPU_RULE_HOST_RIP: host RIP is not canonical, or not below 4 GiB for a
 *	32-bit host.
 * @XVCPU_RULE_HOST_END: the end of these.
 * @XVCPU_RULE_GUEST_CR0: CR0 is not as VMX demands.
 * @XVCPU_RULE_GUEST_PAGING: CR0.PG needs CR0.PE.
 * @XVCPU_RULE_GUEST_CR4: CR4 is not as VMX demands.
 * @XVCPU_RULE_GUEST_CET: CR4.CET needs CR0.WP.
 * @XVCPU_RULE_GUEST_DEBUGCTL: IA32_DEBUGCTL has reserved bits.
 * @XVCPU_RULE_GUEST_IA32E_PAGING: IA-32e mode needs CR0.PG and CR4.PAE.
 * @XVCPU_RULE_GUEST_PCIDE: CR4.PCIDE is for IA-32e mode.
 * @XVCPU_RULE_GUEST_CR3: CR3 is beyond the physical-address width.
 * @XVCPU_RULE_GUEST_DR7: DR7 has more than 32 bits.
 * @XVCPU_RULE_GUEST_SYSENTER: a SYSENTER address is not canonical.
 * @XVCPU_RULE_GUEST_PERF_GLOBAL: IA32_PERF_GLOBAL_CTRL has reserved bits.
 * @XVCPU_RULE_GUEST_PAT: IA32_PAT has a memory type that does not exist.
 * @XVCPU_RULE_GUEST_EFER: IA32_EFER has reserved bits.
 * @XVCPU_RULE_GUEST_EFER_LMA: EFER.LMA differs from the VM-entry control for
 *	IA-32e mode.
 * @XVCPU_RULE_GUEST_EFER_LME: EFER.LME differs from EFER.LMA while paging is
 *	on.
 * @XVCPU_RULE_GUEST_BNDCFGS: IA32_BNDCFGS has reserved bits, or an address
 *	that is not canonical.
 * @XVCPU_RULE_GUEST_SELECTOR_TI: the selector of TR or LDTR is of the LDT.
 * @XVCPU_RULE_GUEST_SS_RPL: the RPLs of SS and CS differ.
 * @XVCPU_RULE_GUEST_V86_BASE: virtual-8086 mode: a segment's base is not its
 *	selector times 16.
 * @XVCPU_RULE_GUEST_V86_LIMIT: virtual-8086 mode: a segment's limit is not
 *	0xffff.
 * @XVCPU_RULE_GUEST_V86_RIGHTS: virtual-8086 mode: a segment's access rights
 *	are not 0xf3.
 * @XVCPU_RULE_GUEST_BASE: the base of FS, GS, LDTR or TR is not canonical.
 * @XVCPU_RULE_GUEST_BASE_HIGH: the base of ES, CS, SS or DS is not below 4
 *	GiB.
 * @XVCPU_RULE_GUEST_CS_TYPE: CS is no accessed code segment.
 * @XVCPU_RULE_GUEST_SS_TYPE: SS is no accessed, writable data segment.
 * @XVCPU_RULE_GUEST_DATA_TYPE: a data segment register holds what is not
 *	accessed and readable.
 * @XVCPU_RULE_GUEST_SEGMENT_S: a system segment in a register for code or
 *	data, or the reverse.
 * @XVCPU_RULE_GUEST_CS_DPL: the DPL of CS does not go with that of SS.
 * @XVCPU_RULE_GUEST_SS_DPL: the DPL of SS is not its RPL, or not 0 in real
 *	mode.
 * @XVCPU_RULE_GUEST_DATA_DPL: the DPL of a data segment is less than its RPL.
 * @XVCPU_RULE_GUEST_SEGMENT_PRESENT: a segment that is in use is not present.
 * @XVCPU_RULE_GUEST_SEGMENT_RESERVED: a segment's access rights have reserved
 *	bits.
 * @XVCPU_RULE_GUEST_CS_SIZE: CS has L and D at once in IA-32e mode.
 * @XVCPU_RULE_GUEST_SEGMENT_LIMIT: a segment's limit does not go with its
 *	granularity.
 * @XVCPU_RULE_GUEST_TR_TYPE: TR is no busy TSS of a size for the mode.
 * @XVCPU_RULE_GUEST_LDTR_TYPE: LDTR is no LDT.
 * @XVCPU_RULE_GUEST_TR_UNUSABLE: TR is unusable.
 * @XVCPU_RULE_GUEST_TABLE_BASE: the base of GDTR or IDTR is not canonical.
 * @XVCPU_RULE_GUEST_TABLE_LIMIT: the limit of GDTR or IDTR has more than 16
 *	bits.
 * @XVCPU_RULE_GUEST_RIP: RIP is not below 4 GiB, outside of 64-bit code.
 * @XVCPU_RULE_GUEST_RIP_WIDTH: RIP is beyond the linear-address width.
 * @XVCPU_RULE_GUEST_RFLAGS: RFLAGS has reserved bits, or bit 1 clear.
 * @XVCPU_RULE_GUEST_RFLAGS_VM: RFLAGS.VM is set in IA-32e or real mode.
 * @XVCPU_RULE_GUEST_RFLAGS_IF: an external interrupt is injected while
 *	RFLAGS.IF is clear.
 * @XVCPU_RULE_GUEST_ACTIVITY: an activity state that the CPU does not support.
 * @XVCPU_RULE_GUEST_ACTIVITY_HLT: halted with a DPL of SS that is not 0.
 * @XVCPU_RULE_GUEST_ACTIVITY_BLOCKING: blocking by STI or MOV SS while not
 *	active.
 * @XVCPU_RULE_GUEST_ACTIVITY_EVENT: an event that the activity state does not
 *	take.
 * @XVCPU_RULE_GUEST_BLOCKING_RESERVED: the interruptibility state has reserved
 *	bits.
 * @XVCPU_RULE_GUEST_BLOCKING_BOTH: blocking by STI and by MOV SS at once.
 * @XVCPU_RULE_GUEST_BLOCKING_STI: blocking by STI while RFLAGS.IF is clear.
 * @XVCPU_RULE_GUEST_BLOCKING_INTERRUPT: an external interrupt is injected
 *	while blocked.
 * @XVCPU_RULE_GUEST_BLOCKING_NMI: an NMI is injected while blocked by MOV SS.
 * @XVCPU_RULE_GUEST_BLOCKING_STI_NMI: an NMI is injected while blocked by STI:
 *	some CPUs refuse it.
 * @XVCPU_RULE_GUEST_BLOCKING_SMI: blocking by SMI, outside of SMM.
 * @XVCPU_RULE_GUEST_BLOCKING_VIRTUAL_NMI: an NMI is injected while virtual
 *	NMIs are blocked.
 * @XVCPU_RULE_GUEST_BLOCKING_ENCLAVE: an enclave interruption without SGX, or
 *	with blocking by MOV SS.
 * @XVCPU_RULE_GUEST_PENDING_RESERVED: the pending debug exceptions have
 *	reserved bits.
 * @XVCPU_RULE_GUEST_PENDING_STEP: a single step is pending and should not be,
 *	or should be and is not.
 * @XVCPU_RULE_GUEST_PENDING_RTM: a debug exception of a transaction is pending
 *	with others, or without RTM.
 * @XVCPU_RULE_GUEST_LINK_ADDRESS: the VMCS link pointer is no page's address.
 * @XVCPU_RULE_GUEST_LINK_REVISION: the VMCS link pointer leads to no VMCS of
 *	the kind that is wanted.
 * @XVCPU_RULE_GUEST_LINK_CURRENT: the VMCS link pointer is that of the VMCS
 *	itself.
 * @XVCPU_RULE_GUEST_PDPTE: a page-directory-pointer entry has reserved bits.
 * @XVCPU_RULE_GUEST_END: the end of these.
 * @XVCPU_RULE_MSR_RESERVED: an entry of the MSR-load list has reserved bits.
 * @XVCPU_RULE_MSR_BASE: an entry of the MSR-load list is for the base of FS or
 *	GS.
 * @XVCPU_RULE_MSR_X2APIC: an entry of the MSR-load list is for the x2APIC.
 * @XVCPU_RULE_MSR_SMM: an entry of the MSR-load list is for SMM.
 * @XVCPU_RULE_MSR_VALUE: an entry of the MSR-load list is for what cannot be
 *	written so.
 * @XVCPU_RULE_MSRS_END: the end of these.
 */
enum xvcpu_rule {
	XVCPU_RULE_PIN_RESERVED = 0x100,
	XVCPU_RULE_PROC_RESERVED,
	XVCPU_RULE_PROC2_RESERVED,
	XVCPU_RULE_PROC3_RESERVED,
	XVCPU_RULE_CR3_TARGETS,
	XVCPU_RULE_IO_BITMAPS,
	XVCPU_RULE_MSR_BITMAP,
	XVCPU_RULE_VIRTUAL_APIC_PAGE,
	XVCPU_RULE_TPR_THRESHOLD,
	XVCPU_RULE_TPR_BELOW_THRESHOLD,
	XVCPU_RULE_VIRTUAL_NMIS,
	XVCPU_RULE_NMI_WINDOW,
	XVCPU_RULE_APIC_ACCESS_PAGE,
	XVCPU_RULE_NO_TPR_SHADOW,
	XVCPU_RULE_X2APIC_MODE,
	XVCPU_RULE_INTERRUPT_DELIVERY,
	XVCPU_RULE_POSTED_INTERRUPTS,
	XVCPU_RULE_POSTED_VECTOR,
	XVCPU_RULE_POSTED_DESCRIPTOR,
	XVCPU_RULE_VPID,
	XVCPU_RULE_EPTP,
	XVCPU_RULE_PML,
	XVCPU_RULE_NEEDS_EPT,
	XVCPU_RULE_VM_FUNCTIONS,
	XVCPU_RULE_EPTP_LIST,
	XVCPU_RULE_SHADOW_BITMAPS,
	XVCPU_RULE_VE_INFORMATION,
	XVCPU_RULE_TSC_MULTIPLIER,
	XVCPU_RULE_EXIT_RESERVED,
	XVCPU_RULE_SAVE_TIMER,
	XVCPU_RULE_EXIT_STORE_LIST,
	XVCPU_RULE_EXIT_LOAD_LIST,
	XVCPU_RULE_ENTRY_RESERVED,
	XVCPU_RULE_ENTRY_SMM,
	XVCPU_RULE_ENTRY_LOAD_LIST,
	XVCPU_RULE_EVENT_RESERVED,
	XVCPU_RULE_EVENT_TYPE,
	XVCPU_RULE_EVENT_VECTOR,
	XVCPU_RULE_EVENT_DELIVERS_ERROR,
	XVCPU_RULE_EVENT_ERROR_CODE,
	XVCPU_RULE_EVENT_LENGTH,
	XVCPU_RULE_CONTROLS_END,

	XVCPU_RULE_HOST_CR0 = 0x200,
	XVCPU_RULE_HOST_CR4,
	XVCPU_RULE_HOST_CR3,
	XVCPU_RULE_HOST_SYSENTER,
	XVCPU_RULE_HOST_PERF_GLOBAL,
	XVCPU_RULE_HOST_PAT,
	XVCPU_RULE_HOST_EFER,
	XVCPU_RULE_HOST_EFER_MODE,
	XVCPU_RULE_HOST_SELECTOR,
	XVCPU_RULE_HOST_SELECTOR_NULL,
	XVCPU_RULE_HOST_SS_NULL,
	XVCPU_RULE_HOST_BASE,
	XVCPU_RULE_HOST_ADDRESS_SPACE,
	XVCPU_RULE_HOST_PAE,
	XVCPU_RULE_HOST_PCIDE,
	XVCPU_RULE_HOST_RIP,
	XVCPU_RULE_HOST_END,

	XVCPU_RULE_GUEST_CR0 = 0x300,
	XVCPU_RULE_GUEST_PAGING,
	XVCPU_RULE_GUEST_CR4,
	XVCPU_RULE_GUEST_CET,
	XVCPU_RULE_GUEST_DEBUGCTL,
	XVCPU_RULE_GUEST_IA32E_PAGING,
	XVCPU_RULE_GUEST_PCIDE,
	XVCPU_RULE_GUEST_CR3,
	XVCPU_RULE_GUEST_DR7,
	XVCPU_RULE_GUEST_SYSENTER,
	XVCPU_RULE_GUEST_PERF_GLOBAL,
	XVCPU_RULE_GUEST_PAT,
	XVCPU_RULE_GUEST_EFER,
	XVCPU_RULE_GUEST_EFER_LMA,
	XVCPU_RULE_GUEST_EFER_LME,
	XVCPU_RULE_GUEST_BNDCFGS,
	XVCPU_RULE_GUEST_SELECTOR_TI,
	XVCPU_RULE_GUEST_SS_RPL,
	XVCPU_RULE_GUEST_V86_BASE,
	XVCPU_RULE_GUEST_V86_LIMIT,
	XVCPU_RULE_GUEST_V86_RIGHTS,
	XVCPU_RULE_GUEST_BASE,
	XVCPU_RULE_GUEST_BASE_HIGH,
	XVCPU_RULE_GUEST_CS_TYPE,
	XVCPU_RULE_GUEST_SS_TYPE,
	XVCPU_RULE_GUEST_DATA_TYPE,
	XVCPU_RULE_GUEST_SEGMENT_S,
	XVCPU_RULE_GUEST_CS_DPL,
	XVCPU_RULE_GUEST_SS_DPL,
	XVCPU_RULE_GUEST_DATA_DPL,
	XVCPU_RULE_GUEST_SEGMENT_PRESENT,
	XVCPU_RULE_GUEST_SEGMENT_RESERVED,
	XVCPU_RULE_GUEST_CS_SIZE,
	XVCPU_RULE_GUEST_SEGMENT_LIMIT,
	XVCPU_RULE_GUEST_TR_TYPE,
	XVCPU_RULE_GUEST_LDTR_TYPE,
	XVCPU_RULE_GUEST_TR_UNUSABLE,
	XVCPU_RULE_GUEST_TABLE_BASE,
	XVCPU_RULE_GUEST_TABLE_LIMIT,
	XVCPU_RULE_GUEST_RIP,
	XVCPU_RULE_GUEST_RIP_WIDTH,
	XVCPU_RULE_GUEST_RFLAGS,
	XVCPU_RULE_GUEST_RFLAGS_VM,
	XVCPU_RULE_GUEST_RFLAGS_IF,
	XVCPU_RULE_GUEST_ACTIVITY,
	XVCPU_RULE_GUEST_ACTIVITY_HLT,
	XVCPU_RULE_GUEST_ACTIVITY_BLOCKING,
	XVCPU_RULE_GUEST_ACTIVITY_EVENT,
	XVCPU_RULE_GUEST_BLOCKING_RESERVED,
	XVCPU_RULE_GUEST_BLOCKING_BOTH,
	XVCPU_RULE_GUEST_BLOCKING_STI,
	XVCPU_RULE_GUEST_BLOCKING_INTERRUPT,
	XVCPU_RULE_GUEST_BLOCKING_NMI,
	XVCPU_RULE_GUEST_BLOCKING_STI_NMI,
	XVCPU_RULE_GUEST_BLOCKING_SMI,
	XVCPU_RULE_GUEST_BLOCKING_VIRTUAL_NMI,
	XVCPU_RULE_GUEST_BLOCKING_ENCLAVE,
	XVCPU_RULE_GUEST_PENDING_RESERVED,
	XVCPU_RULE_GUEST_PENDING_STEP,
	XVCPU_RULE_GUEST_PENDING_RTM,
	XVCPU_RULE_GUEST_LINK_ADDRESS,
	XVCPU_RULE_GUEST_LINK_REVISION,
	XVCPU_RULE_GUEST_LINK_CURRENT,
	XVCPU_RULE_GUEST_PDPTE,
	XVCPU_RULE_GUEST_END,

	XVCPU_RULE_MSR_RESERVED = 0x400,
	XVCPU_RULE_MSR_BASE,
	XVCPU_RULE_MSR_X2APIC,
	XVCPU_RULE_MSR_SMM,
	XVCPU_RULE_MSR_VALUE,
	XVCPU_RULE_MSRS_END,
};

/** XVCPU_FAILURE_RULES - of more broken rules than this the first are told */
#define XVCPU_FAILURE_RULES	8

/** XVCPU_FAILURE_FIELDS - a rule is about so many fields at most */
#define XVCPU_FAILURE_FIELDS	4

/*
 * In place of a VMCS field: an entry of the VM-entry MSR-load list, counted from
 * 1; the MSR that it is for; the value for it.
 */
#define XVCPU_FAILURE_MSR_ENTRY	0x80000000U
#define XVCPU_FAILURE_MSR_INDEX	0x80000001U
#define XVCPU_FAILURE_MSR_VALUE	0x80000002U

/**
 * struct xvcpu_failure_field - a VMCS field as it was when a VM entry failed
 * @encoding: the field's encoding (SDM, appendix "Field Encoding in VMCS"), or
 *	XVCPU_FAILURE_MSR_*.
 * @padding: 0.
 * @value: its value; 0 if it may tell where the kernel is (host-state fields,
 *	controls of 64 bits) and the reader lacks CAP_SYS_ADMIN.
 */
struct xvcpu_failure_field {
	__u32 encoding;
	__u32 padding;
	__u64 value;
};

/**
 * struct xvcpu_failure_rule - a rule that was broken
 * @rule: an enum xvcpu_rule.
 * @nr_fields: how many of @fields there are; the rest is 0.
 * @fields: what it is about; the one that is most likely wrong comes first.
 */
struct xvcpu_failure_rule {
	__u32 rule;
	__u32 nr_fields;
	struct xvcpu_failure_field fields[XVCPU_FAILURE_FIELDS];
};

/**
 * struct xvcpu_entry_failure - result of XVCPU_GET_ENTRY_FAILURE
 * @sequence: how many VM entries of this vCPU have failed, this one included.
 * @entries: how many had succeeded before it.
 * @hardware_reason: what struct kvm_run said: the exit reason with bit 31 set, or
 *	the number of the VM-instruction error.
 * @qualification: the exit qualification; 0 if there was no exit reason.
 * @instruction_error: the number of the VM-instruction error, or 0.
 * @cpu: the CPU.
 * @nr_rules: how many rules were broken, which may be more than are told.
 * @padding: 0.
 * @rules: the first of them, in about the order of the SDM.
 * @reserved: 0.
 *
 * No rule is told if the entry has failed for another reason, such as VMRESUME of
 * a VMCS that was not launched.
 */
struct xvcpu_entry_failure {
	__u64 sequence;
	__u64 entries;
	__u64 hardware_reason;
	__u64 qualification;
	__u32 instruction_error;
	__s32 cpu;
	__u32 nr_rules;
	__u32 padding;
	struct xvcpu_failure_rule rules[XVCPU_FAILURE_RULES];
	__u64 reserved[3];
};

/**
 * XVCPU_GET_ENTRY_FAILURE - vCPU ioctl: why the latest failed VM entry failed
 *
 * After KVM_EXIT_FAIL_ENTRY: the rules of VM entry that the VMCS broke, with the
 * fields and their values. It is kept until another entry fails: reading does not
 * change it, nor does a vCPU that runs well again.  Works while the vCPU runs, and
 * in any process that has the vCPU's descriptor; it waits as XVCPU_MIGRATE does.
 * -ENOENT: none has failed yet.
 */
#define XVCPU_GET_ENTRY_FAILURE	_IOR(XVCPU_IO, 0x04, struct xvcpu_entry_failure)

#endif /* _UAPI_LINUX_XVCPU_H */
