// SPDX-License-Identifier: GPL-2.0
/*
 * Names of what the kernel gives as numbers: one table for each kind.
 */
#define _GNU_SOURCE
#include "xvcpu_names.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <asm/vmx.h>
#include <linux/kvm.h>
#include <linux/xvcpu.h>
#include <linux/xvcpu_netlink.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const char *name_of(const char *const *names, size_t nr, uint32_t number)
{
	return number < nr && names[number] ? names[number] : "unknown";
}

static const char *const exit_regs[] = {
	"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
	"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
	[XVCPU_EXIT_REG_RIP] = "rip",
	[XVCPU_EXIT_REG_RFLAGS] = "rflags",
	[XVCPU_EXIT_REG_CR0] = "cr0",
	[XVCPU_EXIT_REG_CR3] = "cr3",
	[XVCPU_EXIT_REG_CR4] = "cr4",
};

const char *xvcpu_name_exit_reg(uint32_t reg)
{
	return name_of(exit_regs, ARRAY_SIZE(exit_regs), reg);
}

static const char *const policies[] = {
	[XVCPU_POLICY_ALL] = "all",
	[XVCPU_POLICY_EXCLUSIVE] = "exclusive",
	[XVCPU_POLICY_SHARED] = "shared",
};

const char *xvcpu_name_policy(uint32_t policy)
{
	return name_of(policies, ARRAY_SIZE(policies), policy);
}

static const char *const cpu_states[] = {
	[XVCPU_CPU_OFF] = "off",
	[XVCPU_CPU_ENABLING] = "enabling",
	[XVCPU_CPU_ROOT] = "root",
	[XVCPU_CPU_FAILED] = "failed",
};

const char *xvcpu_name_cpu_state(uint32_t state)
{
	return name_of(cpu_states, ARRAY_SIZE(cpu_states), state);
}

static const char *const checks[] = {
	[XVCPU_CHECK_CPUID] = "cpuid",
	[XVCPU_CHECK_FRED] = "fred",
	[XVCPU_CHECK_OWNER] = "owner",
	[XVCPU_CHECK_FEATURE_CONTROL] = "feature-control",
	[XVCPU_CHECK_CR0] = "cr0",
	[XVCPU_CHECK_CR4] = "cr4",
	[XVCPU_CHECK_REGION_SIZE] = "region-size",
	[XVCPU_CHECK_MEMORY_TYPE] = "memory-type",
	[XVCPU_CHECK_ADDRESS_WIDTH] = "address-width",
	[XVCPU_CHECK_IO_INFO] = "io-info",
	[XVCPU_CHECK_TRUE_CONTROLS] = "true-controls",
	[XVCPU_CHECK_SAME_CAPS] = "same-caps",
	[XVCPU_CHECK_VMXON] = "vmxon",
};

const char *xvcpu_name_check(uint32_t check)
{
	return name_of(checks, ARRAY_SIZE(checks), check);
}

static const char *const vcpu_states[] = {
	[XVCPU_VCPU_UNBOUND] = "unbound",
	[XVCPU_VCPU_BOUND] = "bound",
	[XVCPU_VCPU_RUNNING] = "running",
	[XVCPU_VCPU_EXITED] = "exited",
	[XVCPU_VCPU_HANDLING] = "handling",
	[XVCPU_VCPU_TERMINATED] = "terminated",
};

const char *xvcpu_name_vcpu_state(uint32_t state)
{
	return name_of(vcpu_states, ARRAY_SIZE(vcpu_states), state);
}

static const char *const events[] = {
	[XVCPU_EVENT_LOST] = "lost",
	[XVCPU_EVENT_CPU_ENTERED] = "cpu-entered",
	[XVCPU_EVENT_CPU_LEFT] = "cpu-left",
	[XVCPU_EVENT_CPU_REFUSED] = "cpu-refused",
	[XVCPU_EVENT_VM_CREATED] = "vm-created",
	[XVCPU_EVENT_VM_DESTROYED] = "vm-destroyed",
	[XVCPU_EVENT_VCPU_CREATED] = "vcpu-created",
	[XVCPU_EVENT_VCPU_DESTROYED] = "vcpu-destroyed",
	[XVCPU_EVENT_VCPU_BOUND] = "vcpu-bound",
	[XVCPU_EVENT_VCPU_UNBOUND] = "vcpu-unbound",
	[XVCPU_EVENT_VCPU_MIGRATED] = "vcpu-migrated",
	[XVCPU_EVENT_VCPU_REFUSED] = "vcpu-refused",
	[XVCPU_EVENT_VCPU_ENTRY_FAILED] = "vcpu-entry-failed",
	[XVCPU_EVENT_VCPU_TERMINATED] = "vcpu-terminated",
};

const char *xvcpu_name_event(uint32_t kind)
{
	return name_of(events, ARRAY_SIZE(events), kind);
}

static const char *const reasons[] = {
	[EXIT_REASON_EXCEPTION_NMI] = "exception",
	[EXIT_REASON_EXTERNAL_INTERRUPT] = "external-interrupt",
	[EXIT_REASON_TRIPLE_FAULT] = "triple-fault",
	[EXIT_REASON_INIT_SIGNAL] = "init",
	[EXIT_REASON_SIPI_SIGNAL] = "sipi",
	[EXIT_REASON_INTERRUPT_WINDOW] = "interrupt-window",
	[EXIT_REASON_NMI_WINDOW] = "nmi-window",
	[EXIT_REASON_TASK_SWITCH] = "task-switch",
	[EXIT_REASON_CPUID] = "cpuid",
	[EXIT_REASON_HLT] = "hlt",
	[EXIT_REASON_INVD] = "invd",
	[EXIT_REASON_INVLPG] = "invlpg",
	[EXIT_REASON_RDPMC] = "rdpmc",
	[EXIT_REASON_RDTSC] = "rdtsc",
	[EXIT_REASON_VMCALL] = "vmcall",
	[EXIT_REASON_VMCLEAR] = "vmclear",
	[EXIT_REASON_VMLAUNCH] = "vmlaunch",
	[EXIT_REASON_VMPTRLD] = "vmptrld",
	[EXIT_REASON_VMPTRST] = "vmptrst",
	[EXIT_REASON_VMREAD] = "vmread",
	[EXIT_REASON_VMRESUME] = "vmresume",
	[EXIT_REASON_VMWRITE] = "vmwrite",
	[EXIT_REASON_VMOFF] = "vmxoff",
	[EXIT_REASON_VMON] = "vmxon",
	[EXIT_REASON_CR_ACCESS] = "cr-access",
	[EXIT_REASON_DR_ACCESS] = "dr-access",
	[EXIT_REASON_IO_INSTRUCTION] = "io",
	[EXIT_REASON_MSR_READ] = "msr-read",
	[EXIT_REASON_MSR_WRITE] = "msr-write",
	[EXIT_REASON_INVALID_STATE] = "invalid-state",
	[EXIT_REASON_MSR_LOAD_FAIL] = "msr-load-failure",
	[EXIT_REASON_MWAIT_INSTRUCTION] = "mwait",
	[EXIT_REASON_MONITOR_TRAP_FLAG] = "monitor-trap-flag",
	[EXIT_REASON_MONITOR_INSTRUCTION] = "monitor",
	[EXIT_REASON_PAUSE_INSTRUCTION] = "pause",
	[EXIT_REASON_MCE_DURING_VMENTRY] = "machine-check-at-entry",
	[EXIT_REASON_TPR_BELOW_THRESHOLD] = "tpr-below-threshold",
	[EXIT_REASON_APIC_ACCESS] = "apic-access",
	[EXIT_REASON_EOI_INDUCED] = "eoi-induced",
	[EXIT_REASON_GDTR_IDTR] = "gdtr-idtr",
	[EXIT_REASON_LDTR_TR] = "ldtr-tr",
	[EXIT_REASON_EPT_VIOLATION] = "ept-violation",
	[EXIT_REASON_EPT_MISCONFIG] = "ept-misconfig",
	[EXIT_REASON_INVEPT] = "invept",
	[EXIT_REASON_RDTSCP] = "rdtscp",
	[EXIT_REASON_PREEMPTION_TIMER] = "preemption-timer",
	[EXIT_REASON_INVVPID] = "invvpid",
	[EXIT_REASON_WBINVD] = "wbinvd",
	[EXIT_REASON_XSETBV] = "xsetbv",
	[EXIT_REASON_APIC_WRITE] = "apic-write",
	[EXIT_REASON_RDRAND] = "rdrand",
	[EXIT_REASON_INVPCID] = "invpcid",
	[EXIT_REASON_VMFUNC] = "vmfunc",
	[EXIT_REASON_ENCLS] = "encls",
	[EXIT_REASON_RDSEED] = "rdseed",
	[EXIT_REASON_PML_FULL] = "pml-full",
	[EXIT_REASON_XSAVES] = "xsaves",
	[EXIT_REASON_XRSTORS] = "xrstors",
	[EXIT_REASON_UMWAIT] = "umwait",
	[EXIT_REASON_TPAUSE] = "tpause",
};

const char *xvcpu_name_reason(uint32_t reason)
{
	return name_of(reasons, ARRAY_SIZE(reasons), reason);
}

static const char *const exits[] = {
	[KVM_EXIT_UNKNOWN] = "unknown hardware exit",
	[KVM_EXIT_EXCEPTION] = "exception",
	[KVM_EXIT_IO] = "port I/O",
	[KVM_EXIT_HYPERCALL] = "hypercall",
	[KVM_EXIT_DEBUG] = "debug",
	[KVM_EXIT_HLT] = "HLT",
	[KVM_EXIT_MMIO] = "MMIO",
	[KVM_EXIT_IRQ_WINDOW_OPEN] = "interrupt window",
	[KVM_EXIT_SHUTDOWN] = "shutdown",
	[KVM_EXIT_FAIL_ENTRY] = "failed VM entry",
	[KVM_EXIT_INTR] = "signal",
	[KVM_EXIT_SET_TPR] = "TPR set",
	[KVM_EXIT_TPR_ACCESS] = "TPR access",
	[KVM_EXIT_NMI] = "NMI",
	[KVM_EXIT_INTERNAL_ERROR] = "internal error",
	[KVM_EXIT_SYSTEM_EVENT] = "system event",
	[KVM_EXIT_IOAPIC_EOI] = "IOAPIC EOI",
	[KVM_EXIT_X86_RDMSR] = "RDMSR",
	[KVM_EXIT_X86_WRMSR] = "WRMSR",
	[KVM_EXIT_DIRTY_RING_FULL] = "dirty ring full",
	[KVM_EXIT_AP_RESET_HOLD] = "AP reset hold",
	[KVM_EXIT_X86_BUS_LOCK] = "bus lock",
};

const char *xvcpu_name_exit(uint32_t reason)
{
	return name_of(exits, ARRAY_SIZE(exits), reason);
}

static const char *const internal_errors[] = {
	[KVM_INTERNAL_ERROR_EMULATION] = "instruction not emulated",
	[KVM_INTERNAL_ERROR_SIMUL_EX] = "simultaneous exceptions",
	[KVM_INTERNAL_ERROR_DELIVERY_EV] = "VM exit while delivering an event",
	[KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON] = "unexpected exit reason",
};

const char *xvcpu_name_internal_error(uint32_t suberror)
{
	return name_of(internal_errors, ARRAY_SIZE(internal_errors), suberror);
}

/* The capability MSRs are contiguous. */
#define VMX_MSR_FIRST	0x480

static const char *const vmx_msrs[] = {
	"BASIC", "PINBASED_CTLS", "PROCBASED_CTLS", "EXIT_CTLS", "ENTRY_CTLS",
	"MISC", "CR0_FIXED0", "CR0_FIXED1", "CR4_FIXED0", "CR4_FIXED1",
	"VMCS_ENUM", "PROCBASED_CTLS2", "EPT_VPID_CAP", "TRUE_PINBASED_CTLS",
	"TRUE_PROCBASED_CTLS", "TRUE_EXIT_CTLS", "TRUE_ENTRY_CTLS", "VMFUNC",
	"PROCBASED_CTLS3", "EXIT_CTLS2",
};

const char *xvcpu_name_vmx_msr(uint32_t index)
{
	return name_of(vmx_msrs, ARRAY_SIZE(vmx_msrs), index - VMX_MSR_FIRST);
}

const char *xvcpu_name_errno(int err)
{
	const char *name = strerrorname_np(abs(err));

	return name ? name : "unknown";
}
