// SPDX-License-Identifier: GPL-2.0
/*
 * What struct xvcpu_entry_failure says, in words: one table for each kind.
 */
#include "xvcpu_check.h"

#include <stddef.h>
#include <linux/xvcpu.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const rules[] = {
	[XVCPU_RULE_PIN_RESERVED] =
		"a pin-based control is not as the CPU demands",
	[XVCPU_RULE_PROC_RESERVED] =
		"a processor-based control is not as the CPU demands",
	[XVCPU_RULE_PROC2_RESERVED] =
		"a secondary processor-based control is not as the CPU demands",
	[XVCPU_RULE_PROC3_RESERVED] =
		"a tertiary processor-based control is not as the CPU demands",
	[XVCPU_RULE_CR3_TARGETS] =
		"more CR3 targets than the CPU has",
	[XVCPU_RULE_IO_BITMAPS] =
		"the address of an I/O bitmap is no page's",
	[XVCPU_RULE_MSR_BITMAP] =
		"the address of the MSR bitmap is no page's",
	[XVCPU_RULE_VIRTUAL_APIC_PAGE] =
		"the address of the virtual-APIC page is no page's",
	[XVCPU_RULE_TPR_THRESHOLD] =
		"the TPR threshold has more than 4 bits",
	[XVCPU_RULE_TPR_BELOW_THRESHOLD] =
		"the virtual TPR is below the TPR threshold",
	[XVCPU_RULE_VIRTUAL_NMIS] =
		"virtual NMIs need NMI exiting",
	[XVCPU_RULE_NMI_WINDOW] =
		"NMI-window exiting needs virtual NMIs",
	[XVCPU_RULE_APIC_ACCESS_PAGE] =
		"the address of the APIC-access page is no page's",
	[XVCPU_RULE_NO_TPR_SHADOW] =
		"what virtualizes the APIC needs the TPR shadow",
	[XVCPU_RULE_X2APIC_MODE] =
		"x2APIC mode and APIC accesses are not virtualized at once",
	[XVCPU_RULE_INTERRUPT_DELIVERY] =
		"virtual-interrupt delivery needs external-interrupt exiting",
	[XVCPU_RULE_POSTED_INTERRUPTS] =
		"posted interrupts need virtual-interrupt delivery, and interrupts acknowledged on exit",
	[XVCPU_RULE_POSTED_VECTOR] =
		"the posted-interrupt vector has more than 8 bits",
	[XVCPU_RULE_POSTED_DESCRIPTOR] =
		"the address of the posted-interrupt descriptor is no multiple of 64, or too high",
	[XVCPU_RULE_VPID] =
		"the VPID is 0",
	[XVCPU_RULE_EPTP] =
		"the EPT pointer has a memory type, a walk length, a flag or an address that the CPU does not take",
	[XVCPU_RULE_PML] =
		"page-modification logging needs EPT, and the address of a page",
	[XVCPU_RULE_NEEDS_EPT] =
		"unrestricted guest, mode-based execute control and sub-page permissions need EPT",
	[XVCPU_RULE_VM_FUNCTIONS] =
		"a VM-function control that the CPU does not have",
	[XVCPU_RULE_EPTP_LIST] =
		"EPTP switching needs EPT, and the address of a page",
	[XVCPU_RULE_SHADOW_BITMAPS] =
		"the address of the VMREAD or VMWRITE bitmap is no page's",
	[XVCPU_RULE_VE_INFORMATION] =
		"the address of the virtualization-exception information is no page's",
	[XVCPU_RULE_TSC_MULTIPLIER] =
		"the TSC multiplier is 0",
	[XVCPU_RULE_EXIT_RESERVED] =
		"a VM-exit control is not as the CPU demands",
	[XVCPU_RULE_SAVE_TIMER] =
		"to save the preemption timer needs the timer",
	[XVCPU_RULE_EXIT_STORE_LIST] =
		"the VM-exit MSR-store list is not at a multiple of 16, or ends too high",
	[XVCPU_RULE_EXIT_LOAD_LIST] =
		"the VM-exit MSR-load list is not at a multiple of 16, or ends too high",
	[XVCPU_RULE_ENTRY_RESERVED] =
		"a VM-entry control is not as the CPU demands",
	[XVCPU_RULE_ENTRY_SMM] =
		"VM-entry controls for SMM, outside of SMM",
	[XVCPU_RULE_ENTRY_LOAD_LIST] =
		"the VM-entry MSR-load list is not at a multiple of 16, or ends too high",
	[XVCPU_RULE_EVENT_RESERVED] =
		"the event to inject has reserved bits",
	[XVCPU_RULE_EVENT_TYPE] =
		"the event to inject has a type that the CPU does not take",
	[XVCPU_RULE_EVENT_VECTOR] =
		"the event to inject has a vector that is none of its type",
	[XVCPU_RULE_EVENT_DELIVERS_ERROR] =
		"the event to inject has an error code and should not, or has none and should",
	[XVCPU_RULE_EVENT_ERROR_CODE] =
		"the error code to inject has more than 16 bits",
	[XVCPU_RULE_EVENT_LENGTH] =
		"the instruction of the event to inject has an impossible length",
	[XVCPU_RULE_HOST_CR0] =
		"host CR0 is not as VMX demands",
	[XVCPU_RULE_HOST_CR4] =
		"host CR4 is not as VMX demands",
	[XVCPU_RULE_HOST_CR3] =
		"host CR3 is beyond the physical-address width",
	[XVCPU_RULE_HOST_SYSENTER] =
		"a host SYSENTER address is not canonical",
	[XVCPU_RULE_HOST_PERF_GLOBAL] =
		"host IA32_PERF_GLOBAL_CTRL has reserved bits",
	[XVCPU_RULE_HOST_PAT] =
		"host IA32_PAT has a memory type that does not exist",
	[XVCPU_RULE_HOST_EFER] =
		"host IA32_EFER has reserved bits",
	[XVCPU_RULE_HOST_EFER_MODE] =
		"LMA and LME of host IA32_EFER differ from the host address-space size",
	[XVCPU_RULE_HOST_SELECTOR] =
		"a host selector has an RPL, or is of the LDT",
	[XVCPU_RULE_HOST_SELECTOR_NULL] =
		"host CS or TR is null",
	[XVCPU_RULE_HOST_SS_NULL] =
		"host SS is null, and the host is not 64-bit",
	[XVCPU_RULE_HOST_BASE] =
		"a host base address is not canonical",
	[XVCPU_RULE_HOST_ADDRESS_SPACE] =
		"the host address-space size is not that of the CPU's mode",
	[XVCPU_RULE_HOST_PAE] =
		"a 64-bit host needs CR4.PAE",
	[XVCPU_RULE_HOST_PCIDE] =
		"host CR4.PCIDE is for a 64-bit host",
	[XVCPU_RULE_HOST_RIP] =
		"host RIP is not canonical, or not below 4 GiB for a 32-bit host",
	[XVCPU_RULE_GUEST_CR0] =
		"CR0 is not as VMX demands",
	[XVCPU_RULE_GUEST_PAGING] =
		"CR0.PG needs CR0.PE",
	[XVCPU_RULE_GUEST_CR4] =
		"CR4 is not as VMX demands",
	[XVCPU_RULE_GUEST_CET] =
		"CR4.CET needs CR0.WP",
	[XVCPU_RULE_GUEST_DEBUGCTL] =
		"IA32_DEBUGCTL has reserved bits",
	[XVCPU_RULE_GUEST_IA32E_PAGING] =
		"IA-32e mode needs CR0.PG and CR4.PAE",
	[XVCPU_RULE_GUEST_PCIDE] =
		"CR4.PCIDE is for IA-32e mode",
	[XVCPU_RULE_GUEST_CR3] =
		"CR3 is beyond the physical-address width",
	[XVCPU_RULE_GUEST_DR7] =
		"DR7 has more than 32 bits",
	[XVCPU_RULE_GUEST_SYSENTER] =
		"a SYSENTER address is not canonical",
	[XVCPU_RULE_GUEST_PERF_GLOBAL] =
		"IA32_PERF_GLOBAL_CTRL has reserved bits",
	[XVCPU_RULE_GUEST_PAT] =
		"IA32_PAT has a memory type that does not exist",
	[XVCPU_RULE_GUEST_EFER] =
		"IA32_EFER has reserved bits",
	[XVCPU_RULE_GUEST_EFER_LMA] =
		"EFER.LMA differs from the VM-entry control for IA-32e mode",
	[XVCPU_RULE_GUEST_EFER_LME] =
		"EFER.LME differs from EFER.LMA while paging is on",
	[XVCPU_RULE_GUEST_BNDCFGS] =
		"IA32_BNDCFGS has reserved bits, or an address that is not canonical",
	[XVCPU_RULE_GUEST_SELECTOR_TI] =
		"the selector of TR or LDTR is of the LDT",
	[XVCPU_RULE_GUEST_SS_RPL] =
		"the RPLs of SS and CS differ",
	[XVCPU_RULE_GUEST_V86_BASE] =
		"virtual-8086 mode: a segment's base is not its selector times 16",
	[XVCPU_RULE_GUEST_V86_LIMIT] =
		"virtual-8086 mode: a segment's limit is not 0xffff",
	[XVCPU_RULE_GUEST_V86_RIGHTS] =
		"virtual-8086 mode: a segment's access rights are not 0xf3",
	[XVCPU_RULE_GUEST_BASE] =
		"the base of FS, GS, LDTR or TR is not canonical",
	[XVCPU_RULE_GUEST_BASE_HIGH] =
		"the base of ES, CS, SS or DS is not below 4 GiB",
	[XVCPU_RULE_GUEST_CS_TYPE] =
		"CS is no accessed code segment",
	[XVCPU_RULE_GUEST_SS_TYPE] =
		"SS is no accessed, writable data segment",
	[XVCPU_RULE_GUEST_DATA_TYPE] =
		"a data segment register holds what is not accessed and readable",
	[XVCPU_RULE_GUEST_SEGMENT_S] =
		"a system segment in a register for code or data, or the reverse",
	[XVCPU_RULE_GUEST_CS_DPL] =
		"the DPL of CS does not go with that of SS",
	[XVCPU_RULE_GUEST_SS_DPL] =
		"the DPL of SS is not its RPL, or not 0 in real mode",
	[XVCPU_RULE_GUEST_DATA_DPL] =
		"the DPL of a data segment is less than its RPL",
	[XVCPU_RULE_GUEST_SEGMENT_PRESENT] =
		"a segment that is in use is not present",
	[XVCPU_RULE_GUEST_SEGMENT_RESERVED] =
		"a segment's access rights have reserved bits",
	[XVCPU_RULE_GUEST_CS_SIZE] =
		"CS has L and D at once in IA-32e mode",
	[XVCPU_RULE_GUEST_SEGMENT_LIMIT] =
		"a segment's limit does not go with its granularity",
	[XVCPU_RULE_GUEST_TR_TYPE] =
		"TR is no busy TSS of a size for the mode",
	[XVCPU_RULE_GUEST_LDTR_TYPE] =
		"LDTR is no LDT",
	[XVCPU_RULE_GUEST_TR_UNUSABLE] =
		"TR is unusable",
	[XVCPU_RULE_GUEST_TABLE_BASE] =
		"the base of GDTR or IDTR is not canonical",
	[XVCPU_RULE_GUEST_TABLE_LIMIT] =
		"the limit of GDTR or IDTR has more than 16 bits",
	[XVCPU_RULE_GUEST_RIP] =
		"RIP is not below 4 GiB, outside of 64-bit code",
	[XVCPU_RULE_GUEST_RIP_WIDTH] =
		"RIP is beyond the linear-address width",
	[XVCPU_RULE_GUEST_RFLAGS] =
		"RFLAGS has reserved bits, or bit 1 clear",
	[XVCPU_RULE_GUEST_RFLAGS_VM] =
		"RFLAGS.VM is set in IA-32e or real mode",
	[XVCPU_RULE_GUEST_RFLAGS_IF] =
		"an external interrupt is injected while RFLAGS.IF is clear",
	[XVCPU_RULE_GUEST_ACTIVITY] =
		"an activity state that the CPU does not support",
	[XVCPU_RULE_GUEST_ACTIVITY_HLT] =
		"halted with a DPL of SS that is not 0",
	[XVCPU_RULE_GUEST_ACTIVITY_BLOCKING] =
		"blocking by STI or MOV SS while not active",
	[XVCPU_RULE_GUEST_ACTIVITY_EVENT] =
		"an event that the activity state does not take",
	[XVCPU_RULE_GUEST_BLOCKING_RESERVED] =
		"the interruptibility state has reserved bits",
	[XVCPU_RULE_GUEST_BLOCKING_BOTH] =
		"blocking by STI and by MOV SS at once",
	[XVCPU_RULE_GUEST_BLOCKING_STI] =
		"blocking by STI while RFLAGS.IF is clear",
	[XVCPU_RULE_GUEST_BLOCKING_INTERRUPT] =
		"an external interrupt is injected while blocked",
	[XVCPU_RULE_GUEST_BLOCKING_NMI] =
		"an NMI is injected while blocked by MOV SS",
	[XVCPU_RULE_GUEST_BLOCKING_STI_NMI] =
		"an NMI is injected while blocked by STI: some CPUs refuse it",
	[XVCPU_RULE_GUEST_BLOCKING_SMI] =
		"blocking by SMI, outside of SMM",
	[XVCPU_RULE_GUEST_BLOCKING_VIRTUAL_NMI] =
		"an NMI is injected while virtual NMIs are blocked",
	[XVCPU_RULE_GUEST_BLOCKING_ENCLAVE] =
		"an enclave interruption without SGX, or with blocking by MOV SS",
	[XVCPU_RULE_GUEST_PENDING_RESERVED] =
		"the pending debug exceptions have reserved bits",
	[XVCPU_RULE_GUEST_PENDING_STEP] =
		"a single step is pending and should not be, or should be and is not",
	[XVCPU_RULE_GUEST_PENDING_RTM] =
		"a debug exception of a transaction is pending with others, or without RTM",
	[XVCPU_RULE_GUEST_LINK_ADDRESS] =
		"the VMCS link pointer is no page's address",
	[XVCPU_RULE_GUEST_LINK_REVISION] =
		"the VMCS link pointer leads to no VMCS of the kind that is wanted",
	[XVCPU_RULE_GUEST_LINK_CURRENT] =
		"the VMCS link pointer is that of the VMCS itself",
	[XVCPU_RULE_GUEST_PDPTE] =
		"a page-directory-pointer entry has reserved bits",
	[XVCPU_RULE_MSR_RESERVED] =
		"an entry of the MSR-load list has reserved bits",
	[XVCPU_RULE_MSR_BASE] =
		"an entry of the MSR-load list is for the base of FS or GS",
	[XVCPU_RULE_MSR_X2APIC] =
		"an entry of the MSR-load list is for the x2APIC",
	[XVCPU_RULE_MSR_SMM] =
		"an entry of the MSR-load list is for SMM",
	[XVCPU_RULE_MSR_VALUE] =
		"an entry of the MSR-load list is for what cannot be written so",
};

const char *xvcpu_rule_text(uint32_t rule)
{
	return rule < ARRAY_SIZE(rules) && rules[rule] ? rules[rule] : "unknown";
}

/* By ascending encoding. */
static const struct {
	uint32_t encoding;
	const char *name;
} fields[] = {
	{ 0x0000, "VIRTUAL_PROCESSOR_ID" },
	{ 0x0002, "POSTED_INTR_NV" },
	{ 0x0008, "LAST_PID_POINTER_INDEX" },
	{ 0x0800, "GUEST_ES_SELECTOR" },
	{ 0x0802, "GUEST_CS_SELECTOR" },
	{ 0x0804, "GUEST_SS_SELECTOR" },
	{ 0x0806, "GUEST_DS_SELECTOR" },
	{ 0x0808, "GUEST_FS_SELECTOR" },
	{ 0x080a, "GUEST_GS_SELECTOR" },
	{ 0x080c, "GUEST_LDTR_SELECTOR" },
	{ 0x080e, "GUEST_TR_SELECTOR" },
	{ 0x0810, "GUEST_INTR_STATUS" },
	{ 0x0812, "GUEST_PML_INDEX" },
	{ 0x0c00, "HOST_ES_SELECTOR" },
	{ 0x0c02, "HOST_CS_SELECTOR" },
	{ 0x0c04, "HOST_SS_SELECTOR" },
	{ 0x0c06, "HOST_DS_SELECTOR" },
	{ 0x0c08, "HOST_FS_SELECTOR" },
	{ 0x0c0a, "HOST_GS_SELECTOR" },
	{ 0x0c0c, "HOST_TR_SELECTOR" },
	{ 0x2000, "IO_BITMAP_A" },
	{ 0x2002, "IO_BITMAP_B" },
	{ 0x2004, "MSR_BITMAP" },
	{ 0x2006, "VM_EXIT_MSR_STORE_ADDR" },
	{ 0x2008, "VM_EXIT_MSR_LOAD_ADDR" },
	{ 0x200a, "VM_ENTRY_MSR_LOAD_ADDR" },
	{ 0x200e, "PML_ADDRESS" },
	{ 0x2010, "TSC_OFFSET" },
	{ 0x2012, "VIRTUAL_APIC_PAGE_ADDR" },
	{ 0x2014, "APIC_ACCESS_ADDR" },
	{ 0x2016, "POSTED_INTR_DESC_ADDR" },
	{ 0x2018, "VM_FUNCTION_CONTROL" },
	{ 0x201a, "EPT_POINTER" },
	{ 0x201c, "EOI_EXIT_BITMAP0" },
	{ 0x201e, "EOI_EXIT_BITMAP1" },
	{ 0x2020, "EOI_EXIT_BITMAP2" },
	{ 0x2022, "EOI_EXIT_BITMAP3" },
	{ 0x2024, "EPTP_LIST_ADDRESS" },
	{ 0x2026, "VMREAD_BITMAP" },
	{ 0x2028, "VMWRITE_BITMAP" },
	{ 0x202a, "VE_INFORMATION_ADDRESS" },
	{ 0x202c, "XSS_EXIT_BITMAP" },
	{ 0x202e, "ENCLS_EXITING_BITMAP" },
	{ 0x2032, "TSC_MULTIPLIER" },
	{ 0x2034, "TERTIARY_VM_EXEC_CONTROL" },
	{ 0x203c, "SHARED_EPT_POINTER" },
	{ 0x2042, "PID_POINTER_TABLE" },
	{ 0x2400, "GUEST_PHYSICAL_ADDRESS" },
	{ 0x2800, "VMCS_LINK_POINTER" },
	{ 0x2802, "GUEST_IA32_DEBUGCTL" },
	{ 0x2804, "GUEST_IA32_PAT" },
	{ 0x2806, "GUEST_IA32_EFER" },
	{ 0x2808, "GUEST_IA32_PERF_GLOBAL_CTRL" },
	{ 0x280a, "GUEST_PDPTR0" },
	{ 0x280c, "GUEST_PDPTR1" },
	{ 0x280e, "GUEST_PDPTR2" },
	{ 0x2810, "GUEST_PDPTR3" },
	{ 0x2812, "GUEST_BNDCFGS" },
	{ 0x2814, "GUEST_IA32_RTIT_CTL" },
	{ 0x2c00, "HOST_IA32_PAT" },
	{ 0x2c02, "HOST_IA32_EFER" },
	{ 0x2c04, "HOST_IA32_PERF_GLOBAL_CTRL" },
	{ 0x4000, "PIN_BASED_VM_EXEC_CONTROL" },
	{ 0x4002, "CPU_BASED_VM_EXEC_CONTROL" },
	{ 0x4004, "EXCEPTION_BITMAP" },
	{ 0x4006, "PAGE_FAULT_ERROR_CODE_MASK" },
	{ 0x4008, "PAGE_FAULT_ERROR_CODE_MATCH" },
	{ 0x400a, "CR3_TARGET_COUNT" },
	{ 0x400c, "VM_EXIT_CONTROLS" },
	{ 0x400e, "VM_EXIT_MSR_STORE_COUNT" },
	{ 0x4010, "VM_EXIT_MSR_LOAD_COUNT" },
	{ 0x4012, "VM_ENTRY_CONTROLS" },
	{ 0x4014, "VM_ENTRY_MSR_LOAD_COUNT" },
	{ 0x4016, "VM_ENTRY_INTR_INFO_FIELD" },
	{ 0x4018, "VM_ENTRY_EXCEPTION_ERROR_CODE" },
	{ 0x401a, "VM_ENTRY_INSTRUCTION_LEN" },
	{ 0x401c, "TPR_THRESHOLD" },
	{ 0x401e, "SECONDARY_VM_EXEC_CONTROL" },
	{ 0x4020, "PLE_GAP" },
	{ 0x4022, "PLE_WINDOW" },
	{ 0x4024, "NOTIFY_WINDOW" },
	{ 0x4400, "VM_INSTRUCTION_ERROR" },
	{ 0x4402, "VM_EXIT_REASON" },
	{ 0x4404, "VM_EXIT_INTR_INFO" },
	{ 0x4406, "VM_EXIT_INTR_ERROR_CODE" },
	{ 0x4408, "IDT_VECTORING_INFO_FIELD" },
	{ 0x440a, "IDT_VECTORING_ERROR_CODE" },
	{ 0x440c, "VM_EXIT_INSTRUCTION_LEN" },
	{ 0x440e, "VMX_INSTRUCTION_INFO" },
	{ 0x4800, "GUEST_ES_LIMIT" },
	{ 0x4802, "GUEST_CS_LIMIT" },
	{ 0x4804, "GUEST_SS_LIMIT" },
	{ 0x4806, "GUEST_DS_LIMIT" },
	{ 0x4808, "GUEST_FS_LIMIT" },
	{ 0x480a, "GUEST_GS_LIMIT" },
	{ 0x480c, "GUEST_LDTR_LIMIT" },
	{ 0x480e, "GUEST_TR_LIMIT" },
	{ 0x4810, "GUEST_GDTR_LIMIT" },
	{ 0x4812, "GUEST_IDTR_LIMIT" },
	{ 0x4814, "GUEST_ES_AR_BYTES" },
	{ 0x4816, "GUEST_CS_AR_BYTES" },
	{ 0x4818, "GUEST_SS_AR_BYTES" },
	{ 0x481a, "GUEST_DS_AR_BYTES" },
	{ 0x481c, "GUEST_FS_AR_BYTES" },
	{ 0x481e, "GUEST_GS_AR_BYTES" },
	{ 0x4820, "GUEST_LDTR_AR_BYTES" },
	{ 0x4822, "GUEST_TR_AR_BYTES" },
	{ 0x4824, "GUEST_INTERRUPTIBILITY_INFO" },
	{ 0x4826, "GUEST_ACTIVITY_STATE" },
	{ 0x482a, "GUEST_SYSENTER_CS" },
	{ 0x482e, "VMX_PREEMPTION_TIMER_VALUE" },
	{ 0x4c00, "HOST_IA32_SYSENTER_CS" },
	{ 0x6000, "CR0_GUEST_HOST_MASK" },
	{ 0x6002, "CR4_GUEST_HOST_MASK" },
	{ 0x6004, "CR0_READ_SHADOW" },
	{ 0x6006, "CR4_READ_SHADOW" },
	{ 0x6008, "CR3_TARGET_VALUE0" },
	{ 0x600a, "CR3_TARGET_VALUE1" },
	{ 0x600c, "CR3_TARGET_VALUE2" },
	{ 0x600e, "CR3_TARGET_VALUE3" },
	{ 0x6400, "EXIT_QUALIFICATION" },
	{ 0x640a, "GUEST_LINEAR_ADDRESS" },
	{ 0x6800, "GUEST_CR0" },
	{ 0x6802, "GUEST_CR3" },
	{ 0x6804, "GUEST_CR4" },
	{ 0x6806, "GUEST_ES_BASE" },
	{ 0x6808, "GUEST_CS_BASE" },
	{ 0x680a, "GUEST_SS_BASE" },
	{ 0x680c, "GUEST_DS_BASE" },
	{ 0x680e, "GUEST_FS_BASE" },
	{ 0x6810, "GUEST_GS_BASE" },
	{ 0x6812, "GUEST_LDTR_BASE" },
	{ 0x6814, "GUEST_TR_BASE" },
	{ 0x6816, "GUEST_GDTR_BASE" },
	{ 0x6818, "GUEST_IDTR_BASE" },
	{ 0x681a, "GUEST_DR7" },
	{ 0x681c, "GUEST_RSP" },
	{ 0x681e, "GUEST_RIP" },
	{ 0x6820, "GUEST_RFLAGS" },
	{ 0x6822, "GUEST_PENDING_DBG_EXCEPTIONS" },
	{ 0x6824, "GUEST_SYSENTER_ESP" },
	{ 0x6826, "GUEST_SYSENTER_EIP" },
	{ 0x6828, "GUEST_S_CET" },
	{ 0x682a, "GUEST_SSP" },
	{ 0x682c, "GUEST_INTR_SSP_TABLE" },
	{ 0x6c00, "HOST_CR0" },
	{ 0x6c02, "HOST_CR3" },
	{ 0x6c04, "HOST_CR4" },
	{ 0x6c06, "HOST_FS_BASE" },
	{ 0x6c08, "HOST_GS_BASE" },
	{ 0x6c0a, "HOST_TR_BASE" },
	{ 0x6c0c, "HOST_GDTR_BASE" },
	{ 0x6c0e, "HOST_IDTR_BASE" },
	{ 0x6c10, "HOST_IA32_SYSENTER_ESP" },
	{ 0x6c12, "HOST_IA32_SYSENTER_EIP" },
	{ 0x6c14, "HOST_RSP" },
	{ 0x6c16, "HOST_RIP" },
	{ 0x6c18, "HOST_S_CET" },
	{ 0x6c1a, "HOST_SSP" },
	{ 0x6c1c, "HOST_INTR_SSP_TABLE" },
	{ XVCPU_FAILURE_MSR_ENTRY, "entry of the list" },
	{ XVCPU_FAILURE_MSR_INDEX, "MSR" },
	{ XVCPU_FAILURE_MSR_VALUE, "its value" },
};

const char *xvcpu_field_name(uint32_t encoding)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].encoding == encoding)
			return fields[i].name;
	return "unknown";
}
