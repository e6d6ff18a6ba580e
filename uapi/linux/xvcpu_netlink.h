/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The generic netlink family "xvcpu"
 * ==================================
 *
 * What the module knows of itself, of every CPU and of every vCPU, for those
 * who watch.  Nothing can be changed here: that is what /dev/xvcpu is for.
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
 * Each message is a consistent picture of one object; two messages of a dump
 * may be from different moments.
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
 * -ENOENT	no such CPU, no such vCPU
 * -EOPNOTSUPP	unknown command, or a dump of what has none
 * -ENOMEM	out of memory
 *
 * Each refusal of an attribute comes with a sentence and points at it (extended
 * ACK: NLMSGERR_ATTR_MSG, _OFFS, _MISS_TYPE).
 *
 * Permission
 * ----------
 *
 * Reading needs none, with one exception: a physical address of the kernel
 * (the value of XVCPU_CHECK_VMXON) is left out unless the reader has
 * CAP_SYS_ADMIN.
 */
#ifndef _UAPI_LINUX_XVCPU_NETLINK_H
#define _UAPI_LINUX_XVCPU_NETLINK_H

#define XVCPU_GENL_NAME		"xvcpu"
#define XVCPU_GENL_VERSION	1

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
 * enum xvcpu_cmd - the commands
 * @XVCPU_CMD_UNSPEC: not a command.
 * @XVCPU_CMD_MODULE_GET: the module (do).
 * @XVCPU_CMD_CPU_GET: CPUs (do by number, dump).
 * @XVCPU_CMD_VCPU_GET: vCPUs (do by key, dump).
 * @__XVCPU_CMD_MAX: one more than the last command.
 * @XVCPU_CMD_MAX: the last command.
 */
enum xvcpu_cmd {
	XVCPU_CMD_UNSPEC,
	XVCPU_CMD_MODULE_GET,
	XVCPU_CMD_CPU_GET,
	XVCPU_CMD_VCPU_GET,

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

#endif /* _UAPI_LINUX_XVCPU_NETLINK_H */
