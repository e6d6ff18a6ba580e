/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The generic netlink family "xvcpu"
 * ==================================
 *
 * What the module knows of itself, of every CPU, VM and vCPU, for those who
 * watch, and what happens to them.  Nothing can be changed here: VMs and vCPUs
 * are changed through /dev/xvcpu, the module through its parameters.
 *
 * Family "xvcpu", version 1; the family's id is found by name with the
 * controller "nlctrl".  It exists as long as the module is loaded, and in the
 * initial network namespace only, for what it shows is the whole machine's.
 *
 * Commands
 * --------
 *
 * A request carries one command of enum xvcpu_cmd and the attributes named
 * here; any other attribute is refused.  The reply to a request has the same
 * command.  *do* gives one message, *dump* (NLM_F_DUMP) one message an object.
 *
 * XVCPU_CMD_MODULE_GET
 *	do: no attributes.  Reply: enum xvcpu_a_module.
 *
 * XVCPU_CMD_CPU_GET
 *	do: XVCPU_A_CPU_NUMBER, and XVCPU_A_CPU_WANT_MSRS if the capability MSRs
 *	are wanted.  Reply: enum xvcpu_a_cpu.
 *
 *	dump: XVCPU_A_CPU_WANT_MSRS or nothing.  One message for each CPU that
 *	the machine can have, online or not, by ascending number.
 *
 * XVCPU_CMD_VCPU_GET
 *	do: XVCPU_A_VCPU_KEY.  Reply: enum xvcpu_a_vcpu.
 *
 *	dump: no attributes.  One message a vCPU, by ascending key.  Keys are
 *	not reused while a dump is under way, so a vCPU that lives throughout
 *	the dump is in it exactly once, whatever others come and go.
 *
 * XVCPU_CMD_VM_GET
 *	do: XVCPU_A_VM_ID.  Reply: enum xvcpu_a_vm.
 *
 *	dump: no attributes.  One message a VM, by ascending id; ids are as
 *	keys.
 *
 * XVCPU_CMD_STATS_GET
 *	do: XVCPU_A_STATS_KEY.  Reply: enum xvcpu_a_stats.
 *
 *	dump: no attributes.  One message a vCPU, by ascending key.  A message
 *	is about 4 KiB, and XVCPU_STATS_MESSAGE at most: the reader needs a
 *	buffer of that size, however many vCPUs there are.
 *
 * XVCPU_CMD_EVENT
 *	not a request: what the multicast group "events" receives.  Enum
 *	xvcpu_a_event.
 *
 * Each message is a consistent picture of one object; two messages of a dump
 * may be from different moments.  The statistics of a vCPU that runs are read
 * while it counts: two numbers of one message may differ by the exit under way.
 *
 * Statistics
 * ----------
 *
 * VM exits are counted by their basic exit reason, always.  How long they took
 * is measured while the module's parameter "stats" is set, which can be changed
 * at any time (/sys/module/xvcpu/parameters/stats): *the time of an exit* goes
 * from the VM exit to the vCPU's next VM entry, or to the end of KVM_RUN if that
 * comes first.  What userspace does in between two KVM_RUN is not in it; that
 * the thread was preempted or slept is.  For each reason that has occurred there
 * are the sum, the least, the most, and a histogram: bucket 0 counts those of
 * less than 1 ns, bucket n those from 2^(n-1) to less than 2^n ns, and the last
 * one also all that took longer.  All are as old as the vCPU; what is measured
 * stands still while the parameter is not set.
 *
 * The number of exits with a time is that of the histogram: an exit before the
 * parameter was set has none, nor the one under way, nor one for which there was
 * no memory.  The first of its reason waits for memory, which counts as its time.
 *
 * Events
 * ------
 *
 * The multicast group XVCPU_MCGRP_EVENTS receives an XVCPU_CMD_EVENT for each of
 * what enum xvcpu_event_kind names, in the order in which they happened.
 * XVCPU_A_EVENT_SEQ goes up by one with each, and so *a gap tells how many were
 * lost*: on the way to this reader, whose socket was full (ENOBUFS), or in the
 * module, which keeps %XVCPU_EVENT_QUEUE of them until they are sent.  Of the
 * latter XVCPU_EVENT_LOST tells as well, in their place, so that a gap at the end
 * does not go unnoticed; its number is the last one's that was lost.
 *
 * What happens while nobody listens is not counted.  A reader that wants to know
 * what there is joins the group first, and then dumps: what the dump shows may
 * come as an event, too.
 *
 * Values
 * ------
 *
 * Integers are in host byte order.  An attribute that may be absent says so:
 * absence means none.  An *errno* is a positive number, 0 for success.  What
 * can occur many times (MSRs, checks) is one nested attribute each.  Attributes
 * that the reader does not know are from a later module: skip them.
 *
 * Errors
 * ------
 *
 * -EINVAL	an attribute is missing, unknown, malformed, or not taken by
 *		this kind of request
 * -ERANGE	a flag with content
 * -ENOENT	no such CPU, no such VM, no such vCPU
 * -EOPNOTSUPP	unknown command, or a dump of what has none
 * -EPERM	statistics, or the group "events", without the privilege
 * -ENOMEM	out of memory
 *
 * Each refusal of an attribute comes with a sentence and points at it (extended
 * ACK: NLMSGERR_ATTR_MSG, _OFFS, _MISS_TYPE).
 *
 * Permission
 * ----------
 *
 * The initial network namespace only.  There, reading needs none, but for:
 *
 * - a physical address of the kernel (the value of XVCPU_CHECK_VMXON), which is
 *   left out unless the reader has CAP_SYS_ADMIN;
 * - XVCPU_CMD_STATS_GET: CAP_PERFMON or CAP_SYS_ADMIN.  Exits by reason, and
 *   their times, tell of a guest what perf would tell of a process: when its
 *   interrupts come, what it computes.  Who owns a vCPU reads its statistics
 *   from KVM_GET_STATS_FD, without privilege.
 * - the multicast group "events": CAP_NET_ADMIN in the initial user namespace.
 *   It tells of other users' vCPUs when they move, and makes work where they
 *   do.
 *
 * The total of a vCPU's entries and exits (XVCPU_CMD_VCPU_GET) is for everybody,
 * as the host's interrupts are in /proc/interrupts.
 */
#ifndef _UAPI_LINUX_XVCPU_NETLINK_H
#define _UAPI_LINUX_XVCPU_NETLINK_H

#define XVCPU_GENL_NAME		"xvcpu"
#define XVCPU_GENL_VERSION	1

/** XVCPU_MCGRP_EVENTS - name of the multicast group that receives events */
#define XVCPU_MCGRP_EVENTS	"events"

/** XVCPU_STATS_REASONS - reasons are counted from 0 to this minus 1: the last
 * one counts those that are higher, too
 */
#define XVCPU_STATS_REASONS	80

/** XVCPU_STATS_BUCKETS - buckets of a histogram */
#define XVCPU_STATS_BUCKETS	32

/** XVCPU_STATS_MESSAGE - bytes of a message about a vCPU's statistics, at most */
#define XVCPU_STATS_MESSAGE	32768

/** XVCPU_EVENT_QUEUE - events that the module keeps until they are sent */
#define XVCPU_EVENT_QUEUE	1024

/**
 * enum xvcpu_policy - root policy: which CPUs are in VMX root operation
 * @XVCPU_POLICY_ALL: every online CPU, from the module's load on.
 * @XVCPU_POLICY_EXCLUSIVE: at most one at any time: the first that binds a
 *	vCPU, until its last vCPU is unbound.
 * @XVCPU_POLICY_SHARED: every online CPU is there by the doing of another owner,
 *	kvm_intel; the module uses its VMX root operation and executes neither
 *	VMXON nor VMXOFF. A CPU's state is XVCPU_CPU_ROOT while the module uses it.
 */
enum xvcpu_policy {
	XVCPU_POLICY_ALL,
	XVCPU_POLICY_EXCLUSIVE,
	XVCPU_POLICY_SHARED,
};

/**
 * enum xvcpu_cpu_state - one CPU's VMX state
 * @XVCPU_CPU_OFF: not in VMX root operation.
 * @XVCPU_CPU_ENABLING: the checks are under way.
 * @XVCPU_CPU_ROOT: in VMX root operation.
 * @XVCPU_CPU_FAILED: a check or VMXON failed; the error says which.
 */
enum xvcpu_cpu_state {
	XVCPU_CPU_OFF,
	XVCPU_CPU_ENABLING,
	XVCPU_CPU_ROOT,
	XVCPU_CPU_FAILED,
};

/**
 * enum xvcpu_check - the checks before VMXON, in the order they are made
 * @XVCPU_CHECK_CPUID: CPUID.1:ECX.VMX is set (value: CPUID.1:ECX).
 * @XVCPU_CHECK_FRED: CR4.FRED is clear (value: CR4).
 * @XVCPU_CHECK_OWNER: CR4.VMXE is clear: nobody else is in root (value: CR4).
 * @XVCPU_CHECK_FEATURE_CONTROL: IA32_FEATURE_CONTROL permits VMXON (value: it).
 * @XVCPU_CHECK_CR0: CR0 is as the FIXED MSRs demand (value: CR0).
 * @XVCPU_CHECK_CR4: CR4 with VMXE is as the FIXED MSRs demand (value: that).
 * @XVCPU_CHECK_REGION_SIZE: VMX regions fit a page (value: bytes).
 * @XVCPU_CHECK_MEMORY_TYPE: VMX regions are write-back (value: the type).
 * @XVCPU_CHECK_ADDRESS_WIDTH: addresses are not limited to 32 bits (value: 32
 *	or 64).
 * @XVCPU_CHECK_IO_INFO: INS and OUTS exits carry information (value: 0 or 1).
 * @XVCPU_CHECK_TRUE_CONTROLS: the TRUE capability MSRs exist (value: 0 or 1).
 * @XVCPU_CHECK_SAME_CAPS: the capabilities are the boot CPU's (value: the first
 *	MSR that differs, or 0).
 * @XVCPU_CHECK_VMXON: VMXON succeeded (value: physical address of the region,
 *	0 unless in root).
 * @XVCPU_CHECK_NR: how many there are.
 */
enum xvcpu_check {
	XVCPU_CHECK_CPUID,
	XVCPU_CHECK_FRED,
	XVCPU_CHECK_OWNER,
	XVCPU_CHECK_FEATURE_CONTROL,
	XVCPU_CHECK_CR0,
	XVCPU_CHECK_CR4,
	XVCPU_CHECK_REGION_SIZE,
	XVCPU_CHECK_MEMORY_TYPE,
	XVCPU_CHECK_ADDRESS_WIDTH,
	XVCPU_CHECK_IO_INFO,
	XVCPU_CHECK_TRUE_CONTROLS,
	XVCPU_CHECK_SAME_CAPS,
	XVCPU_CHECK_VMXON,
	XVCPU_CHECK_NR
};

/**
 * enum xvcpu_event_kind - what happened
 * @XVCPU_EVENT_LOST: events were lost in the module: COUNT.
 * @XVCPU_EVENT_CPU_ENTERED: a CPU has entered VMX root operation: CPU.
 * @XVCPU_EVENT_CPU_LEFT: a CPU has left it: CPU.
 * @XVCPU_EVENT_CPU_REFUSED: a CPU cannot enter it: CPU, ERROR: a check's (see
 *	XVCPU_CMD_CPU_GET), or EBUSY if it is granted to another.  With policy
 *	exclusive once, until it is granted anew or there is another error.
 * @XVCPU_EVENT_VM_CREATED: there is a VM: VM, TGID.
 * @XVCPU_EVENT_VM_DESTROYED: there is no more: VM, TGID.
 * @XVCPU_EVENT_VCPU_CREATED: there is a vCPU: VM, VCPU, ID, TGID, as in all that
 *	follow; CPU if it is pinned.
 * @XVCPU_EVENT_VCPU_DESTROYED: there is no more.
 * @XVCPU_EVENT_VCPU_BOUND: it was bound: CPU; FROM_CPU, where it was before, if
 *	anywhere.
 * @XVCPU_EVENT_VCPU_UNBOUND: its VMCS was cleared: FROM_CPU.
 * @XVCPU_EVENT_VCPU_MIGRATED: it was pinned elsewhere, by ioctl: CPU, absent if
 *	it floats now; FROM_CPU, absent if it floated before.  They differ.
 * @XVCPU_EVENT_VCPU_REFUSED: it could not run: ERROR, of KVM_RUN; CPU. Once,
 *	until it has run again or there is another error.
 * @XVCPU_EVENT_VCPU_ENTRY_FAILED: a VM entry failed: CPU; REASON, as in struct
 *	kvm_run.
 * @XVCPU_EVENT_VCPU_TERMINATED: a triple fault or a failed VM entry ended it.
 * @__XVCPU_EVENT_MAX: one more than the last event.
 * @XVCPU_EVENT_MAX: the last event.
 */
enum xvcpu_event_kind {
	XVCPU_EVENT_LOST,
	XVCPU_EVENT_CPU_ENTERED,
	XVCPU_EVENT_CPU_LEFT,
	XVCPU_EVENT_CPU_REFUSED,
	XVCPU_EVENT_VM_CREATED,
	XVCPU_EVENT_VM_DESTROYED,
	XVCPU_EVENT_VCPU_CREATED,
	XVCPU_EVENT_VCPU_DESTROYED,
	XVCPU_EVENT_VCPU_BOUND,
	XVCPU_EVENT_VCPU_UNBOUND,
	XVCPU_EVENT_VCPU_MIGRATED,
	XVCPU_EVENT_VCPU_REFUSED,
	XVCPU_EVENT_VCPU_ENTRY_FAILED,
	XVCPU_EVENT_VCPU_TERMINATED,

	__XVCPU_EVENT_MAX,
	XVCPU_EVENT_MAX = __XVCPU_EVENT_MAX - 1
};

/**
 * enum xvcpu_cmd - the commands
 * @XVCPU_CMD_UNSPEC: not a command.
 * @XVCPU_CMD_MODULE_GET: the module (do).
 * @XVCPU_CMD_CPU_GET: CPUs (do by number, dump).
 * @XVCPU_CMD_VCPU_GET: vCPUs (do by key, dump).
 * @XVCPU_CMD_VM_GET: VMs (do by id, dump).
 * @XVCPU_CMD_STATS_GET: statistics of vCPUs (do by key, dump).
 * @XVCPU_CMD_EVENT: what happened (multicast).
 * @__XVCPU_CMD_MAX: one more than the last command.
 * @XVCPU_CMD_MAX: the last command.
 */
enum xvcpu_cmd {
	XVCPU_CMD_UNSPEC,
	XVCPU_CMD_MODULE_GET,
	XVCPU_CMD_CPU_GET,
	XVCPU_CMD_VCPU_GET,
	XVCPU_CMD_VM_GET,
	XVCPU_CMD_STATS_GET,
	XVCPU_CMD_EVENT,

	__XVCPU_CMD_MAX,
	XVCPU_CMD_MAX = __XVCPU_CMD_MAX - 1
};

/**
 * enum xvcpu_a_module - attributes of the module
 * @XVCPU_A_MODULE_UNSPEC: not an attribute.
 * @XVCPU_A_MODULE_PAD: alignment, no content.
 * @XVCPU_A_MODULE_VERSION: the module's version (string).
 * @XVCPU_A_MODULE_KERNEL: release of the running kernel (string).
 * @XVCPU_A_MODULE_POLICY: an enum xvcpu_policy (u32).
 * @XVCPU_A_MODULE_BOOT_CPU: number of the CPU that entered first (u32).
 * @XVCPU_A_MODULE_ROOT_CPUS: how many CPUs are in VMX root operation (u32).
 * @XVCPU_A_MODULE_GRANTED_CPU: number of the CPU that root is granted to under
 *	policy exclusive (u32); absent if to none.
 * @XVCPU_A_MODULE_VMS: how many VMs there are (u32).
 * @XVCPU_A_MODULE_VCPUS: how many vCPUs there are (u32).
 * @XVCPU_A_MODULE_MSR: a capability MSR of the boot CPU (nested, enum
 *	xvcpu_a_msr), many times; those that the CPU lacks are absent.
 * @XVCPU_A_MODULE_PAGES: how many pages of memory the module holds: VMXON and
 *	VMCS regions, EPT tables, struct kvm_run and the like (u32).
 * @__XVCPU_A_MODULE_MAX: one more than the last attribute.
 * @XVCPU_A_MODULE_MAX: the last attribute.
 */
enum xvcpu_a_module {
	XVCPU_A_MODULE_UNSPEC,
	XVCPU_A_MODULE_PAD,
	XVCPU_A_MODULE_VERSION,
	XVCPU_A_MODULE_KERNEL,
	XVCPU_A_MODULE_POLICY,
	XVCPU_A_MODULE_BOOT_CPU,
	XVCPU_A_MODULE_ROOT_CPUS,
	XVCPU_A_MODULE_GRANTED_CPU,
	XVCPU_A_MODULE_VMS,
	XVCPU_A_MODULE_VCPUS,
	XVCPU_A_MODULE_MSR,
	XVCPU_A_MODULE_PAGES,

	__XVCPU_A_MODULE_MAX,
	XVCPU_A_MODULE_MAX = __XVCPU_A_MODULE_MAX - 1
};

/**
 * enum xvcpu_a_msr - attributes of an MSR
 * @XVCPU_A_MSR_UNSPEC: not an attribute.
 * @XVCPU_A_MSR_PAD: alignment, no content.
 * @XVCPU_A_MSR_INDEX: the MSR's number, as RDMSR takes it (u32).
 * @XVCPU_A_MSR_VALUE: its value (u64).
 * @__XVCPU_A_MSR_MAX: one more than the last attribute.
 * @XVCPU_A_MSR_MAX: the last attribute.
 */
enum xvcpu_a_msr {
	XVCPU_A_MSR_UNSPEC,
	XVCPU_A_MSR_PAD,
	XVCPU_A_MSR_INDEX,
	XVCPU_A_MSR_VALUE,

	__XVCPU_A_MSR_MAX,
	XVCPU_A_MSR_MAX = __XVCPU_A_MSR_MAX - 1
};

/**
 * enum xvcpu_a_cpu - attributes of a CPU
 * @XVCPU_A_CPU_UNSPEC: not an attribute.
 * @XVCPU_A_CPU_NUMBER: the CPU's number (u32); in requests: which CPU.
 * @XVCPU_A_CPU_WANT_MSRS: in requests only: with the capability MSRs (flag).
 * @XVCPU_A_CPU_ONLINE: the kernel runs on it (flag).
 * @XVCPU_A_CPU_STATE: an enum xvcpu_cpu_state (u32).
 * @XVCPU_A_CPU_ERROR: the errno of its failure (u32); absent unless failed.
 * @XVCPU_A_CPU_ORDER: the how-manyeth CPU to enter VMX root operation it was
 *	(u32); absent unless in root.
 * @XVCPU_A_CPU_REVISION: its VMCS revision identifier (u32).
 * @XVCPU_A_CPU_LOADED: how many VMCSs are loaded on it (u32).
 * @XVCPU_A_CPU_COUNTERS: what happened there since the module's load (nested,
 *	enum xvcpu_a_cpu_counter).
 * @XVCPU_A_CPU_CHECK: the outcome of a check (nested, enum xvcpu_a_check), one
 *	for each of enum xvcpu_check.
 * @XVCPU_A_CPU_MSR: a capability MSR (nested, enum xvcpu_a_msr), many times, on
 *	request; those that the CPU lacks are absent.
 * @__XVCPU_A_CPU_MAX: one more than the last attribute.
 * @XVCPU_A_CPU_MAX: the last attribute.
 */
enum xvcpu_a_cpu {
	XVCPU_A_CPU_UNSPEC,
	XVCPU_A_CPU_NUMBER,
	XVCPU_A_CPU_WANT_MSRS,
	XVCPU_A_CPU_ONLINE,
	XVCPU_A_CPU_STATE,
	XVCPU_A_CPU_ERROR,
	XVCPU_A_CPU_ORDER,
	XVCPU_A_CPU_REVISION,
	XVCPU_A_CPU_LOADED,
	XVCPU_A_CPU_COUNTERS,
	XVCPU_A_CPU_CHECK,
	XVCPU_A_CPU_MSR,

	__XVCPU_A_CPU_MAX,
	XVCPU_A_CPU_MAX = __XVCPU_A_CPU_MAX - 1
};

/**
 * enum xvcpu_a_cpu_counter - what happened on one CPU since the module's load
 * @XVCPU_A_CPU_COUNTER_UNSPEC: not an attribute.
 * @XVCPU_A_CPU_COUNTER_PAD: alignment, no content.
 * @XVCPU_A_CPU_COUNTER_VMXON: times it entered VMX root operation (u64).
 * @XVCPU_A_CPU_COUNTER_VMXOFF: times it left (u64).
 * @XVCPU_A_CPU_COUNTER_VMPTRLD: VMCSs made current (u64).
 * @XVCPU_A_CPU_COUNTER_VMCLEAR: VMCSs cleared (u64).
 * @__XVCPU_A_CPU_COUNTER_MAX: one more than the last attribute.
 * @XVCPU_A_CPU_COUNTER_MAX: the last attribute.
 */
enum xvcpu_a_cpu_counter {
	XVCPU_A_CPU_COUNTER_UNSPEC,
	XVCPU_A_CPU_COUNTER_PAD,
	XVCPU_A_CPU_COUNTER_VMXON,
	XVCPU_A_CPU_COUNTER_VMXOFF,
	XVCPU_A_CPU_COUNTER_VMPTRLD,
	XVCPU_A_CPU_COUNTER_VMCLEAR,

	__XVCPU_A_CPU_COUNTER_MAX,
	XVCPU_A_CPU_COUNTER_MAX = __XVCPU_A_CPU_COUNTER_MAX - 1
};

/**
 * enum xvcpu_a_check - attributes of a check's outcome
 * @XVCPU_A_CHECK_UNSPEC: not an attribute.
 * @XVCPU_A_CHECK_PAD: alignment, no content.
 * @XVCPU_A_CHECK_ID: an enum xvcpu_check (u32).
 * @XVCPU_A_CHECK_DONE: the check was reached in the latest attempt (flag).
 * @XVCPU_A_CHECK_VALUE: what was looked at (u64); absent unless done, and where
 *	the reader may not see it.
 * @XVCPU_A_CHECK_ERROR: the errno that the outcome stands for, 0 if the check
 *	passed (u32); absent unless done.
 * @__XVCPU_A_CHECK_MAX: one more than the last attribute.
 * @XVCPU_A_CHECK_MAX: the last attribute.
 */
enum xvcpu_a_check {
	XVCPU_A_CHECK_UNSPEC,
	XVCPU_A_CHECK_PAD,
	XVCPU_A_CHECK_ID,
	XVCPU_A_CHECK_DONE,
	XVCPU_A_CHECK_VALUE,
	XVCPU_A_CHECK_ERROR,

	__XVCPU_A_CHECK_MAX,
	XVCPU_A_CHECK_MAX = __XVCPU_A_CHECK_MAX - 1
};

/**
 * enum xvcpu_a_vcpu - attributes of a vCPU
 * @XVCPU_A_VCPU_UNSPEC: not an attribute.
 * @XVCPU_A_VCPU_KEY: its key, unique in the module (u32); in requests: which.
 * @XVCPU_A_VCPU_VM: its VM's id, unique in the module (u32).
 * @XVCPU_A_VCPU_ID: its id in its VM (u32).
 * @XVCPU_A_VCPU_TGID: the process that created the VM, as the initial PID
 *	namespace numbers it (u32).
 * @XVCPU_A_VCPU_PINNED_CPU: the CPU that it is pinned to (u32); absent if it
 *	floats.
 * @XVCPU_A_VCPU_LOADED_CPU: the CPU on which its VMCS is loaded (u32); absent
 *	if on none.
 * @XVCPU_A_VCPU_LAST_CPU: the CPU of its latest VM entry (u32); absent if
 *	it was never entered.
 * @XVCPU_A_VCPU_STATE: an enum xvcpu_vcpu_state of <linux/xvcpu.h> (u32).
 * @XVCPU_A_VCPU_LAUNCHED: its next VM entry is VMRESUME (flag).
 * @XVCPU_A_VCPU_COUNTERS: what happened to it (nested, enum
 *	xvcpu_a_vcpu_counter).
 * @__XVCPU_A_VCPU_MAX: one more than the last attribute.
 * @XVCPU_A_VCPU_MAX: the last attribute.
 */
enum xvcpu_a_vcpu {
	XVCPU_A_VCPU_UNSPEC,
	XVCPU_A_VCPU_KEY,
	XVCPU_A_VCPU_VM,
	XVCPU_A_VCPU_ID,
	XVCPU_A_VCPU_TGID,
	XVCPU_A_VCPU_PINNED_CPU,
	XVCPU_A_VCPU_LOADED_CPU,
	XVCPU_A_VCPU_LAST_CPU,
	XVCPU_A_VCPU_STATE,
	XVCPU_A_VCPU_LAUNCHED,
	XVCPU_A_VCPU_COUNTERS,

	__XVCPU_A_VCPU_MAX,
	XVCPU_A_VCPU_MAX = __XVCPU_A_VCPU_MAX - 1
};

/**
 * enum xvcpu_a_vcpu_counter - what happened to a vCPU since it was created
 * @XVCPU_A_VCPU_COUNTER_UNSPEC: not an attribute.
 * @XVCPU_A_VCPU_COUNTER_PAD: alignment, no content.
 * @XVCPU_A_VCPU_COUNTER_ENTRIES: VM entries that succeeded (u64).
 * @XVCPU_A_VCPU_COUNTER_EXITS: VM exits (u64).
 * @XVCPU_A_VCPU_COUNTER_LAUNCHES: VM entries with VMLAUNCH (u64).
 * @XVCPU_A_VCPU_COUNTER_VMPTRLD: times its VMCS was bound to a CPU (u64).
 * @XVCPU_A_VCPU_COUNTER_VMCLEAR: times its VMCS was cleared (u64).
 * @XVCPU_A_VCPU_COUNTER_MIGRATIONS: times it was bound to another CPU than the
 *	time before (u64).
 * @__XVCPU_A_VCPU_COUNTER_MAX: one more than the last attribute.
 * @XVCPU_A_VCPU_COUNTER_MAX: the last attribute.
 */
enum xvcpu_a_vcpu_counter {
	XVCPU_A_VCPU_COUNTER_UNSPEC,
	XVCPU_A_VCPU_COUNTER_PAD,
	XVCPU_A_VCPU_COUNTER_ENTRIES,
	XVCPU_A_VCPU_COUNTER_EXITS,
	XVCPU_A_VCPU_COUNTER_LAUNCHES,
	XVCPU_A_VCPU_COUNTER_VMPTRLD,
	XVCPU_A_VCPU_COUNTER_VMCLEAR,
	XVCPU_A_VCPU_COUNTER_MIGRATIONS,

	__XVCPU_A_VCPU_COUNTER_MAX,
	XVCPU_A_VCPU_COUNTER_MAX = __XVCPU_A_VCPU_COUNTER_MAX - 1
};

/**
 * enum xvcpu_a_vm - attributes of a VM
 * @XVCPU_A_VM_UNSPEC: not an attribute.
 * @XVCPU_A_VM_PAD: alignment, no content.
 * @XVCPU_A_VM_ID: its id, unique in the module (u32); in requests: which.
 * @XVCPU_A_VM_TGID: the process that created it, as the initial PID namespace
 *	numbers it (u32).
 * @XVCPU_A_VM_NAME: that process's name at that time (string).
 * @XVCPU_A_VM_VCPUS: how many vCPUs it has (u32).
 * @XVCPU_A_VM_SLOTS: how many memory slots it has (u32).
 * @XVCPU_A_VM_SLOT_BYTES: how large they are together (u64).
 * @XVCPU_A_VM_PAGES_4K: mappings of 4 KiB (u64).
 * @XVCPU_A_VM_PAGES_2M: mappings of 2 MiB (u64).
 * @XVCPU_A_VM_PAGES_1G: mappings of 1 GiB (u64).
 * @XVCPU_A_VM_TABLES: EPT tables it has (u64).
 * @XVCPU_A_VM_FLUSHES: flushes of its translations that there have been (u64).
 *	This and the four before it need the privilege for statistics.
 * @__XVCPU_A_VM_MAX: one more than the last attribute.
 * @XVCPU_A_VM_MAX: the last attribute.
 */
enum xvcpu_a_vm {
	XVCPU_A_VM_UNSPEC,
	XVCPU_A_VM_PAD,
	XVCPU_A_VM_ID,
	XVCPU_A_VM_TGID,
	XVCPU_A_VM_NAME,
	XVCPU_A_VM_VCPUS,
	XVCPU_A_VM_SLOTS,
	XVCPU_A_VM_SLOT_BYTES,
	XVCPU_A_VM_PAGES_4K,
	XVCPU_A_VM_PAGES_2M,
	XVCPU_A_VM_PAGES_1G,
	XVCPU_A_VM_TABLES,
	XVCPU_A_VM_FLUSHES,

	__XVCPU_A_VM_MAX,
	XVCPU_A_VM_MAX = __XVCPU_A_VM_MAX - 1
};

/**
 * enum xvcpu_a_stats - attributes of a vCPU's statistics
 * @XVCPU_A_STATS_UNSPEC: not an attribute.
 * @XVCPU_A_STATS_KEY: the vCPU's key (u32); in requests: which.
 * @XVCPU_A_STATS_VM: its VM's id (u32).
 * @XVCPU_A_STATS_ID: its id in its VM (u32).
 * @XVCPU_A_STATS_TIMING: the times of exits are measured now (flag).
 * @XVCPU_A_STATS_COUNTERS: what happened to it (nested, enum
 *	xvcpu_a_stats_counter).
 * @XVCPU_A_STATS_REASON: VM exits for one reason (nested, enum
 *	xvcpu_a_reason), one for each that has occurred, by ascending number.
 * @__XVCPU_A_STATS_MAX: one more than the last attribute.
 * @XVCPU_A_STATS_MAX: the last attribute.
 */
enum xvcpu_a_stats {
	XVCPU_A_STATS_UNSPEC,
	XVCPU_A_STATS_KEY,
	XVCPU_A_STATS_VM,
	XVCPU_A_STATS_ID,
	XVCPU_A_STATS_TIMING,
	XVCPU_A_STATS_COUNTERS,
	XVCPU_A_STATS_REASON,

	__XVCPU_A_STATS_MAX,
	XVCPU_A_STATS_MAX = __XVCPU_A_STATS_MAX - 1
};

/**
 * enum xvcpu_a_stats_counter - what happened to a vCPU since it was created
 * @XVCPU_A_STATS_COUNTER_UNSPEC: not an attribute.
 * @XVCPU_A_STATS_COUNTER_PAD: alignment, no content.
 * @XVCPU_A_STATS_COUNTER_ENTRIES: VM entries that succeeded (u64).
 * @XVCPU_A_STATS_COUNTER_EXITS: VM exits (u64).
 * @XVCPU_A_STATS_COUNTER_MIGRATIONS: times it was bound to another CPU than
 *	the time before (u64).
 * @XVCPU_A_STATS_COUNTER_INTERRUPTS: interrupts that VM entries delivered,
 *	software interrupts among them (u64). What an exit cuts short and
 *	another entry delivers again counts again, here and in the next two.
 * @XVCPU_A_STATS_COUNTER_NMIS: NMIs that VM entries delivered (u64).
 * @XVCPU_A_STATS_COUNTER_EXCEPTIONS: exceptions that VM entries delivered
 *	(u64).
 * @XVCPU_A_STATS_COUNTER_VMPTRLD: times its VMCS was bound to a CPU (u64).
 * @XVCPU_A_STATS_COUNTER_VMCLEAR: times its VMCS was cleared (u64).
 * @XVCPU_A_STATS_COUNTER_VMREAD: VMREAD instructions of its runs (u64). This
 *	and what follows is absent unless the module is built for a kernel with
 *	CONFIG_PROVE_LOCKING: counting them costs as much as they do.
 * @XVCPU_A_STATS_COUNTER_VMWRITE: VMWRITE instructions of its runs (u64).
 * @XVCPU_A_STATS_COUNTER_WRMSR: WRMSR instructions that xvcpu executed in its
 *	runs, as those that follow (u64).
 * @XVCPU_A_STATS_COUNTER_CR_WRITE: MOVs to a control register (u64).
 * @XVCPU_A_STATS_COUNTER_XCR_WRITE: XSETBV instructions (u64).
 * @XVCPU_A_STATS_COUNTER_RUN_VMPTRLD: VMPTRLD instructions (u64): besides those
 *	that bind the VMCS, those that share the CPU with another owner of VMX.
 * @__XVCPU_A_STATS_COUNTER_MAX: one more than the last attribute.
 * @XVCPU_A_STATS_COUNTER_MAX: the last attribute.
 */
enum xvcpu_a_stats_counter {
	XVCPU_A_STATS_COUNTER_UNSPEC,
	XVCPU_A_STATS_COUNTER_PAD,
	XVCPU_A_STATS_COUNTER_ENTRIES,
	XVCPU_A_STATS_COUNTER_EXITS,
	XVCPU_A_STATS_COUNTER_MIGRATIONS,
	XVCPU_A_STATS_COUNTER_INTERRUPTS,
	XVCPU_A_STATS_COUNTER_NMIS,
	XVCPU_A_STATS_COUNTER_EXCEPTIONS,
	XVCPU_A_STATS_COUNTER_VMPTRLD,
	XVCPU_A_STATS_COUNTER_VMCLEAR,
	XVCPU_A_STATS_COUNTER_VMREAD,
	XVCPU_A_STATS_COUNTER_VMWRITE,
	XVCPU_A_STATS_COUNTER_WRMSR,
	XVCPU_A_STATS_COUNTER_CR_WRITE,
	XVCPU_A_STATS_COUNTER_XCR_WRITE,
	XVCPU_A_STATS_COUNTER_RUN_VMPTRLD,

	__XVCPU_A_STATS_COUNTER_MAX,
	XVCPU_A_STATS_COUNTER_MAX = __XVCPU_A_STATS_COUNTER_MAX - 1
};

/**
 * enum xvcpu_a_reason - attributes of VM exits for one reason
 * @XVCPU_A_REASON_UNSPEC: not an attribute.
 * @XVCPU_A_REASON_PAD: alignment, no content.
 * @XVCPU_A_REASON_NUMBER: the basic exit reason (u32).
 * @XVCPU_A_REASON_COUNT: how many exits there were (u64).
 * @XVCPU_A_REASON_TIMED: how many of them have a time: the sum of the
 *	histogram (u64); this and what follows is absent if none has.
 * @XVCPU_A_REASON_TOTAL_NS: the sum of their times in nanoseconds (u64).
 * @XVCPU_A_REASON_MIN_NS: the least of them (u64).
 * @XVCPU_A_REASON_MAX_NS: the most of them (u64).
 * @XVCPU_A_REASON_HISTOGRAM: how many took how long (array of u64 without
 *	padding): the buckets up to the last that is not 0.
 * @__XVCPU_A_REASON_MAX: one more than the last attribute.
 * @XVCPU_A_REASON_MAX: the last attribute.
 */
enum xvcpu_a_reason {
	XVCPU_A_REASON_UNSPEC,
	XVCPU_A_REASON_PAD,
	XVCPU_A_REASON_NUMBER,
	XVCPU_A_REASON_COUNT,
	XVCPU_A_REASON_TIMED,
	XVCPU_A_REASON_TOTAL_NS,
	XVCPU_A_REASON_MIN_NS,
	XVCPU_A_REASON_MAX_NS,
	XVCPU_A_REASON_HISTOGRAM,

	__XVCPU_A_REASON_MAX,
	XVCPU_A_REASON_MAX = __XVCPU_A_REASON_MAX - 1
};

/**
 * enum xvcpu_a_event - attributes of an event
 * @XVCPU_A_EVENT_UNSPEC: not an attribute.
 * @XVCPU_A_EVENT_PAD: alignment, no content.
 * @XVCPU_A_EVENT_KIND: an enum xvcpu_event_kind (u32).
 * @XVCPU_A_EVENT_SEQ: its number (u64).
 * @XVCPU_A_EVENT_TIME_NS: when it happened, by CLOCK_MONOTONIC, in nanoseconds
 *	(u64).
 * @XVCPU_A_EVENT_CPU: a CPU (u32). This and what follows is absent where the
 *	event has none; enum xvcpu_event_kind says which it has.
 * @XVCPU_A_EVENT_FROM_CPU: the CPU before (u32).
 * @XVCPU_A_EVENT_VM: the VM's id (u32).
 * @XVCPU_A_EVENT_VCPU: the vCPU's key (u32).
 * @XVCPU_A_EVENT_ID: the vCPU's id in its VM (u32).
 * @XVCPU_A_EVENT_TGID: the process that created the VM (u32).
 * @XVCPU_A_EVENT_ERROR: an errno (u32).
 * @XVCPU_A_EVENT_REASON: why the VM entry failed (u64).
 * @XVCPU_A_EVENT_COUNT: how many events were lost (u32).
 * @__XVCPU_A_EVENT_MAX: one more than the last attribute.
 * @XVCPU_A_EVENT_MAX: the last attribute.
 */
enum xvcpu_a_event {
	XVCPU_A_EVENT_UNSPEC,
	XVCPU_A_EVENT_PAD,
	XVCPU_A_EVENT_KIND,
	XVCPU_A_EVENT_SEQ,
	XVCPU_A_EVENT_TIME_NS,
	XVCPU_A_EVENT_CPU,
	XVCPU_A_EVENT_FROM_CPU,
	XVCPU_A_EVENT_VM,
	XVCPU_A_EVENT_VCPU,
	XVCPU_A_EVENT_ID,
	XVCPU_A_EVENT_TGID,
	XVCPU_A_EVENT_ERROR,
	XVCPU_A_EVENT_REASON,
	XVCPU_A_EVENT_COUNT,

	__XVCPU_A_EVENT_MAX,
	XVCPU_A_EVENT_MAX = __XVCPU_A_EVENT_MAX - 1
};

#endif /* _UAPI_LINUX_XVCPU_NETLINK_H */
