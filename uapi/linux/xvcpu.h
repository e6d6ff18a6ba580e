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
 *	XVCPU_MIGRATE, XVCPU_OPEN_EXIT_TRACE.  mmap() at offset 0 gives struct kvm_run, and the page
 *	after it the data of port I/O.
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
 *	VMCALL: hypercall.nr is RAX, hypercall.args are RDI, RSI, RDX, RCX, R8
 *	and R9, and hypercall.ret goes to RAX with the next KVM_RUN.
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
 *	KVM_SET_SREGS has set its state.
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
 * -EINTR	KVM_RUN was ended by a signal or by kvm_run.immediate_exit
 */
#ifndef _UAPI_LINUX_XVCPU_H
#define _UAPI_LINUX_XVCPU_H

#include <linux/ioctl.h>
#include <linux/types.h>

/** XVCPU_IO - the ioctl magic of what KVM does not define. */
#define XVCPU_IO	0xBD

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
 * KVM_RUN does not return.  -EINVAL: bad CPU number or flag; -ENXIO: the CPU is
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
 * written @tail, calls poll().
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
 * Works while the vCPU runs, and in any process that has the vCPU's descriptor.
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

#endif /* _UAPI_LINUX_XVCPU_H */
