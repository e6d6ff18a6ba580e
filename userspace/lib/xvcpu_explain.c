// SPDX-License-Identifier: GPL-2.0
/*
 * What the numbers of VMX mean: VM-instruction errors and exit reasons.
 */
#include "xvcpu_explain.h"

#include <stddef.h>
#include <asm/vmx.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define FAILED_ENTRY	(1U << 31)

/* SDM volume 3, chapter "VMX Instruction Reference". */
static const char *const errors[] = {
	[1] = "VMCALL was executed in VMX root operation",
	[2] = "VMCLEAR was given an address that cannot be a VMCS's: not a page's, or too wide",
	[3] = "VMCLEAR was given the VMXON region",
	[4] = "VMLAUNCH found a VMCS that has been launched: VMCLEAR makes it launchable, or VMRESUME is right",
	[5] = "VMRESUME found a VMCS that has not been launched: VMLAUNCH is right",
	[6] = "VMRESUME came after VMXOFF, with a VMCS from before",
	[7] = "VM entry found a control field that is not allowed: the capability MSRs say which bits may be 0 or 1",
	[8] = "VM entry found a host-state field that is not allowed: a selector, CR0, CR4, or an address that is not canonical",
	[9] = "VMPTRLD was given an address that cannot be a VMCS's: not a page's, or too wide",
	[10] = "VMPTRLD was given the VMXON region",
	[11] = "VMPTRLD found another VMCS revision identifier in the region than IA32_VMX_BASIC has",
	[12] = "VMREAD or VMWRITE named a field that this processor does not have",
	[13] = "VMWRITE named a field that can only be read",
	[15] = "VMXON was executed in VMX root operation, where the CPU is already",
	[16] = "VM entry out of SMM found an executive-VMCS pointer that is not valid",
	[17] = "VM entry out of SMM found an executive VMCS that has not been launched",
	[18] = "VM entry out of SMM found an executive-VMCS pointer that is not the VMXON pointer",
	[19] = "VMCALL that was to start the SMM monitor found a VMCS that is not clear",
	[20] = "VMCALL that was to start the SMM monitor found a VM-exit control that is not allowed",
	[22] = "VMCALL that was to start the SMM monitor found another MSEG revision identifier",
	[23] = "VMXOFF is not possible while the SMM monitor is active",
	[24] = "VMCALL that was to start the SMM monitor found features of it that are not supported",
	[25] = "VM entry out of SMM found an execution control in the executive VMCS that is not allowed",
	[26] = "VM entry was tried right after MOV SS or POP SS, which block events",
	[28] = "INVEPT or INVVPID was given an operand that is not allowed: an unknown type, VPID 0, an address that is not canonical",
};

/* SDM volume 3, appendix "VMX Basic Exit Reasons". */
static const char *const exits[] = {
	[EXIT_REASON_EXCEPTION_NMI] = "the guest raised an exception that is intercepted, or an NMI came for the host",
	[EXIT_REASON_EXTERNAL_INTERRUPT] = "an interrupt came for the host: it is none of the guest's doing",
	[EXIT_REASON_TRIPLE_FAULT] = "a fault came while a double fault was delivered: the guest's IDT, its stack or its page tables are broken",
	[EXIT_REASON_INIT_SIGNAL] = "an INIT came to the CPU",
	[EXIT_REASON_SIPI_SIGNAL] = "a start-up interrupt (SIPI) came to the CPU while the guest waited for one",
	[EXIT_REASON_INTERRUPT_WINDOW] = "the guest can take an interrupt now, which the host had asked to be told",
	[EXIT_REASON_NMI_WINDOW] = "the guest can take an NMI now, which the host had asked to be told",
	[EXIT_REASON_TASK_SWITCH] = "the guest switched tasks by hardware",
	[EXIT_REASON_CPUID] = "the guest executed CPUID",
	[EXIT_REASON_HLT] = "the guest executed HLT: it has nothing to do until an interrupt",
	[EXIT_REASON_INVD] = "the guest executed INVD",
	[EXIT_REASON_INVLPG] = "the guest executed INVLPG",
	[EXIT_REASON_RDPMC] = "the guest read a performance counter",
	[EXIT_REASON_RDTSC] = "the guest executed RDTSC",
	[EXIT_REASON_VMCALL] = "the guest executed VMCALL: a hypercall",
	[EXIT_REASON_VMCLEAR] = "the guest executed VMCLEAR, and there is no nested VMX",
	[EXIT_REASON_VMLAUNCH] = "the guest executed VMLAUNCH, and there is no nested VMX",
	[EXIT_REASON_VMPTRLD] = "the guest executed VMPTRLD, and there is no nested VMX",
	[EXIT_REASON_VMPTRST] = "the guest executed VMPTRST, and there is no nested VMX",
	[EXIT_REASON_VMREAD] = "the guest executed VMREAD, and there is no nested VMX",
	[EXIT_REASON_VMRESUME] = "the guest executed VMRESUME, and there is no nested VMX",
	[EXIT_REASON_VMWRITE] = "the guest executed VMWRITE, and there is no nested VMX",
	[EXIT_REASON_VMOFF] = "the guest executed VMXOFF, and there is no nested VMX",
	[EXIT_REASON_VMON] = "the guest executed VMXON, and there is no nested VMX",
	[EXIT_REASON_CR_ACCESS] = "the guest accessed a control register",
	[EXIT_REASON_DR_ACCESS] = "the guest accessed a debug register",
	[EXIT_REASON_IO_INSTRUCTION] = "the guest accessed an I/O port",
	[EXIT_REASON_MSR_READ] = "the guest executed RDMSR",
	[EXIT_REASON_MSR_WRITE] = "the guest executed WRMSR",
	[EXIT_REASON_INVALID_STATE] = "VM entry found guest state that is not allowed: a register, a segment, RFLAGS, or the activity state",
	[EXIT_REASON_MSR_LOAD_FAIL] = "VM entry could not load an MSR: the exit qualification is the number of the entry in the list",
	[EXIT_REASON_MWAIT_INSTRUCTION] = "the guest executed MWAIT",
	[EXIT_REASON_MONITOR_TRAP_FLAG] = "the guest executed one instruction, after which the host wanted to have it back",
	[EXIT_REASON_MONITOR_INSTRUCTION] = "the guest executed MONITOR",
	[EXIT_REASON_PAUSE_INSTRUCTION] = "the guest executed PAUSE, often in a loop that waits for a lock",
	[EXIT_REASON_MCE_DURING_VMENTRY] = "a machine check came at VM entry",
	[EXIT_REASON_TPR_BELOW_THRESHOLD] = "the guest lowered its task priority below the threshold",
	[EXIT_REASON_APIC_ACCESS] = "the guest accessed the page of its local APIC",
	[EXIT_REASON_EOI_INDUCED] = "the guest ended an interrupt of which the host wanted to know the end",
	[EXIT_REASON_GDTR_IDTR] = "the guest loaded or stored GDTR or IDTR",
	[EXIT_REASON_LDTR_TR] = "the guest loaded or stored LDTR or TR",
	[EXIT_REASON_EPT_VIOLATION] = "the guest accessed memory that is not mapped, or not in this way: a page for the first time, or a device",
	[EXIT_REASON_EPT_MISCONFIG] = "the guest accessed memory through an EPT entry that no processor takes",
	[EXIT_REASON_INVEPT] = "the guest executed INVEPT, and there is no nested VMX",
	[EXIT_REASON_RDTSCP] = "the guest executed RDTSCP",
	[EXIT_REASON_PREEMPTION_TIMER] = "the guest's time was up: the VMX-preemption timer",
	[EXIT_REASON_INVVPID] = "the guest executed INVVPID, and there is no nested VMX",
	[EXIT_REASON_WBINVD] = "the guest executed WBINVD or WBNOINVD",
	[EXIT_REASON_XSETBV] = "the guest executed XSETBV",
	[EXIT_REASON_APIC_WRITE] = "the guest wrote to its virtual local APIC",
	[EXIT_REASON_RDRAND] = "the guest executed RDRAND",
	[EXIT_REASON_INVPCID] = "the guest executed INVPCID",
	[EXIT_REASON_VMFUNC] = "the guest executed VMFUNC",
	[EXIT_REASON_ENCLS] = "the guest executed ENCLS",
	[EXIT_REASON_RDSEED] = "the guest executed RDSEED",
	[EXIT_REASON_PML_FULL] = "the log of pages that were written is full",
	[EXIT_REASON_XSAVES] = "the guest executed XSAVES",
	[EXIT_REASON_XRSTORS] = "the guest executed XRSTORS",
	[EXIT_REASON_UMWAIT] = "the guest executed UMWAIT",
	[EXIT_REASON_TPAUSE] = "the guest executed TPAUSE",
};

static const char *text_of(const char *const *texts, size_t nr, uint64_t number)
{
	return number < nr ? texts[number] : NULL;
}

const char *xvcpu_explain_error(uint64_t number)
{
	return text_of(errors, ARRAY_SIZE(errors), number);
}

const char *xvcpu_explain_exit(uint64_t reason)
{
	return text_of(exits, ARRAY_SIZE(exits), (uint16_t)reason);
}

bool xvcpu_is_failed_entry(uint64_t reason)
{
	return reason & FAILED_ENTRY;
}

const char *xvcpu_explain_failure(uint64_t reason)
{
	const char *text = xvcpu_is_failed_entry(reason) ?
			   xvcpu_explain_exit(reason) :
			   xvcpu_explain_error(reason);

	return text ?: "unknown";
}
