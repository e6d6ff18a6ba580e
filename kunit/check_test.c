// SPDX-License-Identifier: GPL-2.0
/*
 * The checks of a VM entry: VMCSs that break no rule, and for each rule one or
 * more that break it and no other, or others with it.
 *
 * What is expected is written out here from the SDM.
 */
#include "../vmx_check.c"

#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/slab.h>

#define F(name)		XVCPU_VMCS_##name
#define MOST_SET	6

/* What is allowed by a CPU that has everything but an error code for any event. */
static const struct vmx_caps caps = {
	.msr = {
		[VMX_CAP_BASIC]		 = 0x00da04000000002b,
		[VMX_CAP_MISC]		 = 0x000000000004c1e0,
		[VMX_CAP_CR0_FIXED0]	 = 0x80000021,
		[VMX_CAP_CR0_FIXED1]	 = 0xffffffff,
		[VMX_CAP_CR4_FIXED0]	 = 0x2000,
		[VMX_CAP_CR4_FIXED1]	 = 0xffffff,
		[VMX_CAP_PROCBASED2]	 = 0x7fffffff00000000,
		[VMX_CAP_EPT_VPID]	 = 0x00000f0106334141,
		[VMX_CAP_TRUE_PINBASED]	 = 0x000000ff00000016,
		[VMX_CAP_TRUE_PROCBASED] = 0xffffffff04006172,
		[VMX_CAP_TRUE_EXIT]	 = 0xffffffff00036dfb,
		[VMX_CAP_TRUE_ENTRY]	 = 0x0003ffff000011fb,
		[VMX_CAP_VMFUNC]	 = 1,
		[VMX_CAP_PROCBASED3]	 = 0x10,
	},
};

/* A 64-bit guest, with EPT and unrestricted. */
static const u64 long_mode[XVCPU_VMCS_NR] = {
	[F(VIRTUAL_PROCESSOR_ID)] = 1,
	[F(PIN_BASED_VM_EXEC_CONTROL)] = 0x7f,
	[F(CPU_BASED_VM_EXEC_CONTROL)] = 0x9599e1fa,
	[F(SECONDARY_VM_EXEC_CONTROL)] = 0xea,
	[F(VM_EXIT_CONTROLS)] = 0x003f6fff,
	[F(VM_ENTRY_CONTROLS)] = 0xd3ff,
	[F(EPT_POINTER)] = 0x123405e,
	[F(IO_BITMAP_A)] = 0x10000,
	[F(IO_BITMAP_B)] = 0x11000,
	[F(MSR_BITMAP)] = 0x12000,
	[F(VMCS_LINK_POINTER)] = ~0ULL,
	[F(GUEST_IA32_PAT)] = 0x0007040600070406,
	[F(GUEST_IA32_EFER)] = 0xd01,
	[F(HOST_IA32_PAT)] = 0x0007040600070406,
	[F(HOST_IA32_EFER)] = 0xd01,
	[F(GUEST_CS_SELECTOR)] = 0x08,
	[F(GUEST_SS_SELECTOR)] = 0x10,
	[F(GUEST_DS_SELECTOR)] = 0x10,
	[F(GUEST_ES_SELECTOR)] = 0x10,
	[F(GUEST_TR_SELECTOR)] = 0x18,
	[F(GUEST_ES_LIMIT)] = 0xffffffff,
	[F(GUEST_CS_LIMIT)] = 0xffffffff,
	[F(GUEST_SS_LIMIT)] = 0xffffffff,
	[F(GUEST_DS_LIMIT)] = 0xffffffff,
	[F(GUEST_TR_LIMIT)] = 0x67,
	[F(GUEST_ES_AR_BYTES)] = 0xc093,
	[F(GUEST_CS_AR_BYTES)] = 0xa09b,
	[F(GUEST_SS_AR_BYTES)] = 0xc093,
	[F(GUEST_DS_AR_BYTES)] = 0xc093,
	[F(GUEST_FS_AR_BYTES)] = 0x10000,
	[F(GUEST_GS_AR_BYTES)] = 0x10000,
	[F(GUEST_LDTR_AR_BYTES)] = 0x10000,
	[F(GUEST_TR_AR_BYTES)] = 0x8b,
	[F(GUEST_CR0)] = 0x80050033,
	[F(GUEST_CR3)] = 0x1000,
	[F(GUEST_CR4)] = 0x2020,
	[F(GUEST_DR7)] = 0x400,
	[F(GUEST_RIP)] = 0x100000,
	[F(GUEST_RFLAGS)] = 2,
	[F(HOST_CR0)] = 0x80050033,
	[F(HOST_CR3)] = 0x2000,
	[F(HOST_CR4)] = 0x2020,
	[F(HOST_CS_SELECTOR)] = 0x10,
	[F(HOST_SS_SELECTOR)] = 0x18,
	[F(HOST_TR_SELECTOR)] = 0x40,
	[F(HOST_GS_BASE)] = 0xffff888000000000,
	[F(HOST_RIP)] = 0xffffffff81000000,
};

/* What the guest is in place of 64-bit code: several go together. */
enum {
	PROTECTED = 1,	/* 32-bit code, paging off */
	REAL = 2,
	V86 = 4,	/* the segments only */
};

/* Fields that differ from those above. */
struct set {
	u8 field;
	u64 value;
};

struct check_case {
	const char *name;
	u16 rule;
	struct set set[MOST_SET];
	int mode;
};

/* Whole words of the control fields above, with bits more or less. */
#define PIN		0x7fULL
#define PROC		0x9599e1faULL
#define PROC2		0xeaULL
#define EXIT		0x3f6fffULL
#define ENTRY		0xd3ffULL
#define CANON		0x0000800000000000ULL
#define HIGH		0x0000010000000000ULL
#define EVENT(v)	{ F(VM_ENTRY_INTR_INFO_FIELD), 0x80000000ULL | (v) }
#define SET_PIN(v)	{ F(PIN_BASED_VM_EXEC_CONTROL), v }
#define SET_PROC(v)	{ F(CPU_BASED_VM_EXEC_CONTROL), v }
#define SET_PROC2(v)	{ F(SECONDARY_VM_EXEC_CONTROL), v }
#define SET_EXIT(v)	{ F(VM_EXIT_CONTROLS), v }
#define SET_ENTRY(v)	{ F(VM_ENTRY_CONTROLS), v }
static const struct check_case broken_cases[] = {
	{ "pin-based must be 1", XVCPU_RULE_PIN_RESERVED, { SET_PIN(0x7d) } },
	{ "pin-based must be 0", XVCPU_RULE_PIN_RESERVED, { SET_PIN(0x17f) } },
	{ "proc-based must be 1", XVCPU_RULE_PROC_RESERVED,
	  { SET_PROC(PROC & ~2) } },
	{ "EPT on a CPU without", XVCPU_RULE_PROC2_RESERVED,
	  { SET_PROC2(PROC2 | 1ULL << 31) } },
	{ "tertiary", XVCPU_RULE_PROC3_RESERVED,
	  { SET_PROC(PROC | 1 << 17), { F(TERTIARY_VM_EXEC_CONTROL), 0x20 } } },
	{ "CR3 targets", XVCPU_RULE_CR3_TARGETS, { { F(CR3_TARGET_COUNT), 5 } } },
	{ "I/O bitmap A unaligned", XVCPU_RULE_IO_BITMAPS,
	  { SET_PROC(PROC | 1 << 25), { F(IO_BITMAP_A), 0x10800 } } },
	{ "I/O bitmap B too high", XVCPU_RULE_IO_BITMAPS,
	  { SET_PROC(PROC | 1 << 25), { F(IO_BITMAP_B), HIGH } } },
	{ "MSR bitmap unaligned", XVCPU_RULE_MSR_BITMAP,
	  { SET_PROC(PROC | 1 << 28), { F(MSR_BITMAP), 0x10 } } },
	{ "virtual-APIC page", XVCPU_RULE_VIRTUAL_APIC_PAGE,
	  { SET_PROC(PROC | 1 << 21), { F(VIRTUAL_APIC_PAGE_ADDR), 8 } } },
	{ "TPR threshold", XVCPU_RULE_TPR_THRESHOLD,
	  { SET_PROC(PROC | 1 << 21), { F(TPR_THRESHOLD), 0x10 } } },
	{ "TPR below threshold", XVCPU_RULE_TPR_BELOW_THRESHOLD,
	  { SET_PROC(PROC | 1 << 21), { F(TPR_THRESHOLD), 6 } } },
	{ "virtual NMIs", XVCPU_RULE_VIRTUAL_NMIS, { SET_PIN(PIN & ~8) } },
	{ "NMI window", XVCPU_RULE_NMI_WINDOW,
	  { SET_PIN(PIN & ~0x20), SET_PROC(PROC | 1 << 22) } },
	{ "APIC-access page", XVCPU_RULE_APIC_ACCESS_PAGE,
	  { SET_PROC2(PROC2 | 1), { F(APIC_ACCESS_ADDR), HIGH } } },
	{ "x2APIC without TPR shadow", XVCPU_RULE_NO_TPR_SHADOW,
	  { SET_PROC2(PROC2 | 0x10) } },
	{ "registers without TPR shadow", XVCPU_RULE_NO_TPR_SHADOW,
	  { SET_PROC2(PROC2 | 0x100) } },
	{ "x2APIC and APIC accesses", XVCPU_RULE_X2APIC_MODE,
	  { SET_PROC(PROC | 1 << 21), SET_PROC2(PROC2 | 0x11) } },
	{ "interrupt delivery", XVCPU_RULE_INTERRUPT_DELIVERY,
	  { SET_PIN(PIN & ~1), SET_PROC(PROC | 1 << 21),
	    SET_PROC2(PROC2 | 0x200) } },
	{ "posted without delivery", XVCPU_RULE_POSTED_INTERRUPTS,
	  { SET_PIN(PIN | 0x80), SET_EXIT(EXIT | 0x8000) } },
	{ "posted without acknowledge", XVCPU_RULE_POSTED_INTERRUPTS,
	  { SET_PIN(PIN | 0x80), SET_PROC(PROC | 1 << 21),
	    SET_PROC2(PROC2 | 0x200) } },
	{ "posted vector", XVCPU_RULE_POSTED_VECTOR,
	  { SET_PIN(PIN | 0x80), SET_PROC(PROC | 1 << 21),
	    SET_PROC2(PROC2 | 0x200), SET_EXIT(EXIT | 0x8000),
	    { F(POSTED_INTR_NV), 0x100 } } },
	{ "posted descriptor", XVCPU_RULE_POSTED_DESCRIPTOR,
	  { SET_PIN(PIN | 0x80), SET_PROC(PROC | 1 << 21),
	    SET_PROC2(PROC2 | 0x200), SET_EXIT(EXIT | 0x8000),
	    { F(POSTED_INTR_DESC_ADDR), 0x20 } } },
	{ "VPID 0", XVCPU_RULE_VPID, { { F(VIRTUAL_PROCESSOR_ID), 0 } } },
	{ "EPT of a wrong type", XVCPU_RULE_EPTP, { { F(EPT_POINTER), 0x1059 } } },
	{ "EPT of 5 levels", XVCPU_RULE_EPTP, { { F(EPT_POINTER), 0x1066 } } },
	{ "EPT shadow stacks", XVCPU_RULE_EPTP, { { F(EPT_POINTER), 0x10de } } },
	{ "EPT reserved bit", XVCPU_RULE_EPTP, { { F(EPT_POINTER), 0x115e } } },
	{ "EPT too high", XVCPU_RULE_EPTP, { { F(EPT_POINTER), HIGH | 0x5e } } },
	{ "PML without a page", XVCPU_RULE_PML,
	  { SET_PROC2(PROC2 | 1 << 17), { F(PML_ADDRESS), 1 } } },
	{ "unrestricted without EPT", XVCPU_RULE_NEEDS_EPT,
	  { SET_PROC2(PROC2 & ~2) } },
	{ "mode-based without EPT", XVCPU_RULE_NEEDS_EPT,
	  { SET_PROC2((PROC2 & ~0x82) | 1 << 22) } },
	{ "VM functions", XVCPU_RULE_VM_FUNCTIONS,
	  { SET_PROC2(PROC2 | 1 << 13), { F(VM_FUNCTION_CONTROL), 2 } } },
	{ "EPTP list", XVCPU_RULE_EPTP_LIST,
	  { SET_PROC2(PROC2 | 1 << 13), { F(VM_FUNCTION_CONTROL), 1 },
	    { F(EPTP_LIST_ADDRESS), 0x80 } } },
	{ "VMREAD bitmap", XVCPU_RULE_SHADOW_BITMAPS,
	  { SET_PROC2(PROC2 | 1 << 14), { F(VMREAD_BITMAP), 1 } } },
	{ "VMWRITE bitmap", XVCPU_RULE_SHADOW_BITMAPS,
	  { SET_PROC2(PROC2 | 1 << 14), { F(VMWRITE_BITMAP), HIGH } } },
	{ "#VE information", XVCPU_RULE_VE_INFORMATION,
	  { SET_PROC2(PROC2 | 1 << 18), { F(VE_INFORMATION_ADDRESS), 0x10 } } },
	{ "TSC multiplier", XVCPU_RULE_TSC_MULTIPLIER,
	  { SET_PROC2(PROC2 | 1 << 25) } },
	{ "exit must be 1", XVCPU_RULE_EXIT_RESERVED, { SET_EXIT(EXIT & ~1) } },
	{ "saved timer without timer", XVCPU_RULE_SAVE_TIMER,
	  { SET_PIN(PIN & ~0x40), SET_EXIT(EXIT | 1 << 22) } },
	{ "store list unaligned", XVCPU_RULE_EXIT_STORE_LIST,
	  { { F(VM_EXIT_MSR_STORE_COUNT), 1 },
	    { F(VM_EXIT_MSR_STORE_ADDR), 8 } } },
	{ "store list ends too high", XVCPU_RULE_EXIT_STORE_LIST,
	  { { F(VM_EXIT_MSR_STORE_COUNT), 2 },
	    { F(VM_EXIT_MSR_STORE_ADDR), HIGH - 16 } } },
	{ "load list too high", XVCPU_RULE_EXIT_LOAD_LIST,
	  { { F(VM_EXIT_MSR_LOAD_COUNT), 1 },
	    { F(VM_EXIT_MSR_LOAD_ADDR), HIGH } } },
	{ "entry must be 0", XVCPU_RULE_ENTRY_RESERVED,
	  { SET_ENTRY(ENTRY | 1 << 20) } },
	{ "entry to SMM", XVCPU_RULE_ENTRY_SMM, { SET_ENTRY(ENTRY | 0x400) } },
	{ "dual monitor", XVCPU_RULE_ENTRY_SMM, { SET_ENTRY(ENTRY | 0x800) } },
	{ "entry list unaligned", XVCPU_RULE_ENTRY_LOAD_LIST,
	  { { F(VM_ENTRY_MSR_LOAD_COUNT), 1 },
	    { F(VM_ENTRY_MSR_LOAD_ADDR), 4 } } },
	{ "event bit 12", XVCPU_RULE_EVENT_RESERVED, { EVENT(0x1306) } },
	{ "event type 1", XVCPU_RULE_EVENT_TYPE, { EVENT(0x120) } },
	{ "NMI of another vector", XVCPU_RULE_EVENT_VECTOR, { EVENT(0x203) } },
	{ "exception 32", XVCPU_RULE_EVENT_VECTOR, { EVENT(0x320) } },
	{ "other event 1", XVCPU_RULE_EVENT_VECTOR, { EVENT(0x701) } },
	{ "#GP without error code", XVCPU_RULE_EVENT_DELIVERS_ERROR,
	  { EVENT(0x30d) } },
	{ "#UD with error code", XVCPU_RULE_EVENT_DELIVERS_ERROR,
	  { EVENT(0xb06) } },
	{ "interrupt with error code", XVCPU_RULE_EVENT_DELIVERS_ERROR,
	  { EVENT(0x820), { F(GUEST_RFLAGS), 0x202 } } },
	{ "#GP with error code in real mode", XVCPU_RULE_EVENT_DELIVERS_ERROR,
	  { EVENT(0xb0d) }, REAL },
	{ "error code of 17 bits", XVCPU_RULE_EVENT_ERROR_CODE,
	  { EVENT(0xb0d), { F(VM_ENTRY_EXCEPTION_ERROR_CODE), 0x10000 } } },
	{ "INT of length 0", XVCPU_RULE_EVENT_LENGTH, { EVENT(0x480) } },
	{ "INT3 of length 16", XVCPU_RULE_EVENT_LENGTH,
	  { EVENT(0x603), { F(VM_ENTRY_INSTRUCTION_LEN), 16 } } },

	{ "host CR0", XVCPU_RULE_HOST_CR0, { { F(HOST_CR0), 0x80050013 } } },
	{ "host CR4", XVCPU_RULE_HOST_CR4, { { F(HOST_CR4), 0x20 } } },
	{ "host CR3", XVCPU_RULE_HOST_CR3, { { F(HOST_CR3), HIGH } } },
	{ "host SYSENTER_ESP", XVCPU_RULE_HOST_SYSENTER,
	  { { F(HOST_IA32_SYSENTER_ESP), CANON } } },
	{ "host SYSENTER_EIP", XVCPU_RULE_HOST_SYSENTER,
	  { { F(HOST_IA32_SYSENTER_EIP), CANON } } },
	{ "host counters", XVCPU_RULE_HOST_PERF_GLOBAL,
	  { SET_EXIT(EXIT | 0x1000), { F(HOST_IA32_PERF_GLOBAL_CTRL), 0x10 } } },
	{ "host PAT", XVCPU_RULE_HOST_PAT, { { F(HOST_IA32_PAT), 2 } } },
	{ "host EFER", XVCPU_RULE_HOST_EFER, { { F(HOST_IA32_EFER), 0xd03 } } },
	{ "host EFER.LME", XVCPU_RULE_HOST_EFER_MODE,
	  { { F(HOST_IA32_EFER), 0xc01 } } },
	{ "host FS with RPL", XVCPU_RULE_HOST_SELECTOR,
	  { { F(HOST_FS_SELECTOR), 3 } } },
	{ "host TR of the LDT", XVCPU_RULE_HOST_SELECTOR,
	  { { F(HOST_TR_SELECTOR), 0x44 } } },
	{ "host CS null", XVCPU_RULE_HOST_SELECTOR_NULL,
	  { { F(HOST_CS_SELECTOR), 0 } } },
	{ "host TR null", XVCPU_RULE_HOST_SELECTOR_NULL,
	  { { F(HOST_TR_SELECTOR), 0 } } },
	{ "host SS null", XVCPU_RULE_HOST_SS_NULL,
	  { SET_EXIT(EXIT & ~0x200), { F(HOST_SS_SELECTOR), 0 } } },
	{ "host FS base", XVCPU_RULE_HOST_BASE, { { F(HOST_FS_BASE), CANON } } },
	{ "host IDTR base", XVCPU_RULE_HOST_BASE,
	  { { F(HOST_IDTR_BASE), CANON } } },
	{ "host not 64-bit", XVCPU_RULE_HOST_ADDRESS_SPACE,
	  { SET_EXIT(EXIT & ~0x200) } },
	{ "host without PAE", XVCPU_RULE_HOST_PAE, { { F(HOST_CR4), 0x2000 } } },
	{ "host PCIDE", XVCPU_RULE_HOST_PCIDE,
	  { SET_EXIT(EXIT & ~0x200), { F(HOST_CR4), 0x22020 } } },
	{ "host RIP", XVCPU_RULE_HOST_RIP, { { F(HOST_RIP), CANON } } },

	{ "CR0.NE", XVCPU_RULE_GUEST_CR0, { { F(GUEST_CR0), 0x80050013 } } },
	{ "CR0.PG without unrestricted", XVCPU_RULE_GUEST_CR0,
	  { SET_PROC2(PROC2 & ~0x80) }, PROTECTED },
	{ "CR0.PG without PE", XVCPU_RULE_GUEST_PAGING,
	  { { F(GUEST_CR0), 0x80050032 } } },
	{ "CR4.VMXE", XVCPU_RULE_GUEST_CR4, { { F(GUEST_CR4), 0x20 } } },
	{ "CR4.CET", XVCPU_RULE_GUEST_CET,
	  { { F(GUEST_CR0), 0x80040033 }, { F(GUEST_CR4), 0x802020 } } },
	{ "DEBUGCTL", XVCPU_RULE_GUEST_DEBUGCTL,
	  { { F(GUEST_IA32_DEBUGCTL), 8 } } },
	{ "IA-32e without PAE", XVCPU_RULE_GUEST_IA32E_PAGING,
	  { { F(GUEST_CR4), 0x2000 } } },
	{ "IA-32e without paging", XVCPU_RULE_GUEST_IA32E_PAGING,
	  { { F(GUEST_CR0), 0x50033 } } },
	{ "CR4.PCIDE", XVCPU_RULE_GUEST_PCIDE,
	  { { F(GUEST_CR4), 0x22000 } }, PROTECTED },
	{ "CR3", XVCPU_RULE_GUEST_CR3, { { F(GUEST_CR3), HIGH } } },
	{ "DR7", XVCPU_RULE_GUEST_DR7, { { F(GUEST_DR7), 0x100000400 } } },
	{ "SYSENTER_EIP", XVCPU_RULE_GUEST_SYSENTER,
	  { { F(GUEST_SYSENTER_EIP), CANON } } },
	{ "counters", XVCPU_RULE_GUEST_PERF_GLOBAL,
	  { SET_ENTRY(ENTRY | 0x2000),
	    { F(GUEST_IA32_PERF_GLOBAL_CTRL), 1ULL << 40 } } },
	{ "PAT", XVCPU_RULE_GUEST_PAT, { { F(GUEST_IA32_PAT), 0x300 } } },
	{ "EFER", XVCPU_RULE_GUEST_EFER, { { F(GUEST_IA32_EFER), 0x1d01 } } },
	{ "EFER.LMA clear", XVCPU_RULE_GUEST_EFER_LMA,
	  { { F(GUEST_IA32_EFER), 0x901 } } },
	{ "EFER.LMA set", XVCPU_RULE_GUEST_EFER_LMA,
	  { { F(GUEST_IA32_EFER), 0xd00 } }, PROTECTED },
	{ "EFER.LME", XVCPU_RULE_GUEST_EFER_LME,
	  { { F(GUEST_IA32_EFER), 0xc01 } } },
	{ "BNDCFGS reserved", XVCPU_RULE_GUEST_BNDCFGS,
	  { SET_ENTRY(ENTRY | 0x10000), { F(GUEST_BNDCFGS), 4 } } },
	{ "BNDCFGS not canonical", XVCPU_RULE_GUEST_BNDCFGS,
	  { SET_ENTRY(ENTRY | 0x10000), { F(GUEST_BNDCFGS), CANON } } },
	{ "TR of the LDT", XVCPU_RULE_GUEST_SELECTOR_TI,
	  { { F(GUEST_TR_SELECTOR), 0x1c } } },
	{ "LDTR of the LDT", XVCPU_RULE_GUEST_SELECTOR_TI,
	  { { F(GUEST_LDTR_SELECTOR), 4 }, { F(GUEST_LDTR_AR_BYTES), 0x82 } } },
	{ "RPL of SS", XVCPU_RULE_GUEST_SS_RPL,
	  { SET_PROC2(PROC2 & ~0x80), { F(GUEST_SS_SELECTOR), 0x13 } } },
	{ "virtual-8086 base", XVCPU_RULE_GUEST_V86_BASE,
	  { { F(GUEST_RFLAGS), 0x20002 }, { F(GUEST_GS_BASE), 16 } }, V86 },
	{ "virtual-8086 limit", XVCPU_RULE_GUEST_V86_LIMIT,
	  { { F(GUEST_RFLAGS), 0x20002 }, { F(GUEST_ES_LIMIT), 0xfffff } }, V86 },
	{ "virtual-8086 rights", XVCPU_RULE_GUEST_V86_RIGHTS,
	  { { F(GUEST_RFLAGS), 0x20002 }, { F(GUEST_CS_AR_BYTES), 0xfb } }, V86 },
	{ "base of unusable GS", XVCPU_RULE_GUEST_BASE,
	  { { F(GUEST_GS_BASE), CANON } } },
	{ "base of TR", XVCPU_RULE_GUEST_BASE, { { F(GUEST_TR_BASE), CANON } } },
	{ "base of DS", XVCPU_RULE_GUEST_BASE_HIGH,
	  { { F(GUEST_DS_BASE), 1ULL << 32 } } },
	{ "base of CS", XVCPU_RULE_GUEST_BASE_HIGH,
	  { { F(GUEST_CS_BASE), 1ULL << 63 } } },
	{ "CS not accessed", XVCPU_RULE_GUEST_CS_TYPE,
	  { { F(GUEST_CS_AR_BYTES), 0xa09a } } },
	{ "CS of data, not unrestricted", XVCPU_RULE_GUEST_CS_TYPE,
	  { SET_PROC2(PROC2 & ~0x80), { F(GUEST_CS_AR_BYTES), 0xc093 } } },
	{ "SS read-only", XVCPU_RULE_GUEST_SS_TYPE,
	  { { F(GUEST_SS_AR_BYTES), 0xc091 } } },
	{ "DS not accessed", XVCPU_RULE_GUEST_DATA_TYPE,
	  { { F(GUEST_DS_AR_BYTES), 0xc092 } } },
	{ "ES execute-only", XVCPU_RULE_GUEST_DATA_TYPE,
	  { { F(GUEST_ES_AR_BYTES), 0xc099 } } },
	{ "DS a system segment", XVCPU_RULE_GUEST_SEGMENT_S,
	  { { F(GUEST_DS_AR_BYTES), 0xc083 } } },
	{ "TR a data segment", XVCPU_RULE_GUEST_SEGMENT_S,
	  { { F(GUEST_TR_AR_BYTES), 0x9b } } },
	{ "DPL of CS above SS's", XVCPU_RULE_GUEST_CS_DPL,
	  { { F(GUEST_CS_AR_BYTES), 0xa0fb } } },
	{ "DPL of conforming CS above SS's", XVCPU_RULE_GUEST_CS_DPL,
	  { { F(GUEST_CS_AR_BYTES), 0xa0ff } } },
	{ "DPL of CS of data", XVCPU_RULE_GUEST_CS_DPL,
	  { { F(GUEST_CS_AR_BYTES), 0xc0f3 } } },
	{ "DPL of SS in real mode", XVCPU_RULE_GUEST_SS_DPL,
	  { { F(GUEST_SS_AR_BYTES), 0xc0f3 } }, REAL },
	{ "DPL of SS is not its RPL", XVCPU_RULE_GUEST_SS_DPL,
	  { SET_PROC2(PROC2 & ~0x80), { F(GUEST_SS_SELECTOR), 0x13 } } },
	{ "DPL of DS below its RPL", XVCPU_RULE_GUEST_DATA_DPL,
	  { SET_PROC2(PROC2 & ~0x80), { F(GUEST_DS_SELECTOR), 0x13 } } },
	{ "CS absent", XVCPU_RULE_GUEST_SEGMENT_PRESENT,
	  { { F(GUEST_CS_AR_BYTES), 0xa01b } } },
	{ "LDTR absent", XVCPU_RULE_GUEST_SEGMENT_PRESENT,
	  { { F(GUEST_LDTR_AR_BYTES), 0x02 } } },
	{ "reserved rights of SS", XVCPU_RULE_GUEST_SEGMENT_RESERVED,
	  { { F(GUEST_SS_AR_BYTES), 0xc193 } } },
	{ "reserved rights of TR", XVCPU_RULE_GUEST_SEGMENT_RESERVED,
	  { { F(GUEST_TR_AR_BYTES), 0x2008b } } },
	{ "CS.L and CS.D", XVCPU_RULE_GUEST_CS_SIZE,
	  { { F(GUEST_CS_AR_BYTES), 0xe09b } } },
	{ "limit with granularity", XVCPU_RULE_GUEST_SEGMENT_LIMIT,
	  { { F(GUEST_DS_LIMIT), 0xffffe } } },
	{ "limit without granularity", XVCPU_RULE_GUEST_SEGMENT_LIMIT,
	  { { F(GUEST_TR_LIMIT), 0x100000 } } },
	{ "TSS not busy", XVCPU_RULE_GUEST_TR_TYPE,
	  { { F(GUEST_TR_AR_BYTES), 0x89 } } },
	{ "16-bit TSS in IA-32e mode", XVCPU_RULE_GUEST_TR_TYPE,
	  { { F(GUEST_TR_AR_BYTES), 0x83 } } },
	{ "LDTR no LDT", XVCPU_RULE_GUEST_LDTR_TYPE,
	  { { F(GUEST_LDTR_AR_BYTES), 0x8b } } },
	{ "TR unusable", XVCPU_RULE_GUEST_TR_UNUSABLE,
	  { { F(GUEST_TR_AR_BYTES), 0x1008b } } },
	{ "base of GDTR", XVCPU_RULE_GUEST_TABLE_BASE,
	  { { F(GUEST_GDTR_BASE), CANON } } },
	{ "base of IDTR", XVCPU_RULE_GUEST_TABLE_BASE,
	  { { F(GUEST_IDTR_BASE), CANON } } },
	{ "limit of IDTR", XVCPU_RULE_GUEST_TABLE_LIMIT,
	  { { F(GUEST_IDTR_LIMIT), 0x10000 } } },
	{ "RIP in 32-bit code", XVCPU_RULE_GUEST_RIP,
	  { { F(GUEST_RIP), 1ULL << 32 } }, PROTECTED },
	{ "RIP in compatibility mode", XVCPU_RULE_GUEST_RIP,
	  { { F(GUEST_CS_AR_BYTES), 0xc09b }, { F(GUEST_RIP), 1ULL << 40 } } },
	{ "RIP wider than addresses", XVCPU_RULE_GUEST_RIP_WIDTH,
	  { { F(GUEST_RIP), 1ULL << 48 } } },
	{ "RFLAGS bit 1", XVCPU_RULE_GUEST_RFLAGS, { { F(GUEST_RFLAGS), 0 } } },
	{ "RFLAGS bit 15", XVCPU_RULE_GUEST_RFLAGS,
	  { { F(GUEST_RFLAGS), 0x8002 } } },
	{ "RFLAGS.VM in IA-32e mode", XVCPU_RULE_GUEST_RFLAGS_VM,
	  { { F(GUEST_RFLAGS), 0x20002 } }, V86 },
	{ "RFLAGS.VM in real mode", XVCPU_RULE_GUEST_RFLAGS_VM,
	  { { F(GUEST_RFLAGS), 0x20002 } }, REAL | V86 },
	{ "interrupt without RFLAGS.IF", XVCPU_RULE_GUEST_RFLAGS_IF,
	  { EVENT(0x20) } },
	{ "activity 4", XVCPU_RULE_GUEST_ACTIVITY,
	  { { F(GUEST_ACTIVITY_STATE), 4 } } },
	{ "halted in user mode", XVCPU_RULE_GUEST_ACTIVITY_HLT,
	  { { F(GUEST_ACTIVITY_STATE), 1 }, { F(GUEST_SS_AR_BYTES), 0xc0f3 },
	    { F(GUEST_CS_AR_BYTES), 0xa0fb } } },
	{ "halted under blocking", XVCPU_RULE_GUEST_ACTIVITY_BLOCKING,
	  { { F(GUEST_ACTIVITY_STATE), 1 },
	    { F(GUEST_INTERRUPTIBILITY_INFO), 2 } } },
	{ "#GP while halted", XVCPU_RULE_GUEST_ACTIVITY_EVENT,
	  { EVENT(0xb0d), { F(GUEST_ACTIVITY_STATE), 1 } } },
	{ "interrupt while shut down", XVCPU_RULE_GUEST_ACTIVITY_EVENT,
	  { EVENT(0x20), { F(GUEST_ACTIVITY_STATE), 2 },
	    { F(GUEST_RFLAGS), 0x202 } } },
	{ "NMI while waiting for SIPI", XVCPU_RULE_GUEST_ACTIVITY_EVENT,
	  { EVENT(0x202), { F(GUEST_ACTIVITY_STATE), 3 } } },
	{ "blocking bit 5", XVCPU_RULE_GUEST_BLOCKING_RESERVED,
	  { { F(GUEST_INTERRUPTIBILITY_INFO), 0x20 } } },
	{ "blocking by both", XVCPU_RULE_GUEST_BLOCKING_BOTH,
	  { { F(GUEST_INTERRUPTIBILITY_INFO), 3 }, { F(GUEST_RFLAGS), 0x202 } } },
	{ "blocking by STI without RFLAGS.IF", XVCPU_RULE_GUEST_BLOCKING_STI,
	  { { F(GUEST_INTERRUPTIBILITY_INFO), 1 } } },
	{ "interrupt while blocked", XVCPU_RULE_GUEST_BLOCKING_INTERRUPT,
	  { EVENT(0x20), { F(GUEST_INTERRUPTIBILITY_INFO), 2 },
	    { F(GUEST_RFLAGS), 0x202 } } },
	{ "NMI while blocked by MOV SS", XVCPU_RULE_GUEST_BLOCKING_NMI,
	  { EVENT(0x202), { F(GUEST_INTERRUPTIBILITY_INFO), 2 } } },
	{ "NMI while blocked by STI", XVCPU_RULE_GUEST_BLOCKING_STI_NMI,
	  { EVENT(0x202), { F(GUEST_INTERRUPTIBILITY_INFO), 1 },
	    { F(GUEST_RFLAGS), 0x202 } } },
	{ "blocking by SMI", XVCPU_RULE_GUEST_BLOCKING_SMI,
	  { { F(GUEST_INTERRUPTIBILITY_INFO), 4 } } },
	{ "NMI while NMIs are blocked", XVCPU_RULE_GUEST_BLOCKING_VIRTUAL_NMI,
	  { EVENT(0x202), { F(GUEST_INTERRUPTIBILITY_INFO), 8 } } },
	{ "enclave", XVCPU_RULE_GUEST_BLOCKING_ENCLAVE,
	  { { F(GUEST_INTERRUPTIBILITY_INFO), 0x10 } } },
	{ "pending bit 4", XVCPU_RULE_GUEST_PENDING_RESERVED,
	  { { F(GUEST_PENDING_DBG_EXCEPTIONS), 0x10 } } },
	{ "pending bus lock", XVCPU_RULE_GUEST_PENDING_RESERVED,
	  { { F(GUEST_PENDING_DBG_EXCEPTIONS), 0x800 } } },
	{ "step not pending", XVCPU_RULE_GUEST_PENDING_STEP,
	  { { F(GUEST_RFLAGS), 0x102 }, { F(GUEST_INTERRUPTIBILITY_INFO), 2 } } },
	{ "step pending, branches are stepped", XVCPU_RULE_GUEST_PENDING_STEP,
	  { { F(GUEST_RFLAGS), 0x102 }, { F(GUEST_INTERRUPTIBILITY_INFO), 2 },
	    { F(GUEST_PENDING_DBG_EXCEPTIONS), 0x4000 },
	    { F(GUEST_IA32_DEBUGCTL), 2 } } },
	{ "pending transaction", XVCPU_RULE_GUEST_PENDING_RTM,
	  { { F(GUEST_PENDING_DBG_EXCEPTIONS), 0x11000 } } },
	{ "link unaligned", XVCPU_RULE_GUEST_LINK_ADDRESS,
	  { { F(VMCS_LINK_POINTER), 0x1800 } } },
	{ "link too high", XVCPU_RULE_GUEST_LINK_ADDRESS,
	  { { F(VMCS_LINK_POINTER), HIGH } } },
	{ "link to no VMCS", XVCPU_RULE_GUEST_LINK_REVISION,
	  { { F(VMCS_LINK_POINTER), 0x8000 } } },
	{ "link to the VMCS itself", XVCPU_RULE_GUEST_LINK_CURRENT,
	  { { F(VMCS_LINK_POINTER), 0x5000 } } },
	{ "PDPTE reserved bit", XVCPU_RULE_GUEST_PDPTE,
	  { SET_ENTRY(ENTRY & ~0x200), { F(GUEST_IA32_EFER), 0 },
	    { F(GUEST_CS_AR_BYTES), 0xc09b }, { F(GUEST_PDPTR2), 3 } } },
	{ "PDPTE too high", XVCPU_RULE_GUEST_PDPTE,
	  { SET_ENTRY(ENTRY & ~0x200), { F(GUEST_IA32_EFER), 0 },
	    { F(GUEST_CS_AR_BYTES), 0xc09b }, { F(GUEST_PDPTR3), HIGH | 1 } } },
};

static const struct check_case valid_cases[] = {
	{ "long mode" },
	{ "compatibility mode", .set = { { F(GUEST_CS_AR_BYTES), 0xc09b } } },
	{ "protected mode", .mode = PROTECTED },
	{ "real mode", .mode = REAL },
	{ "without unrestricted guest", .set = { SET_PROC2(PROC2 & ~0x80) } },
	{ "user mode", .set = { { F(GUEST_SS_AR_BYTES), 0xc0f3 },
				{ F(GUEST_CS_AR_BYTES), 0xa0fb } } },
	{ "conforming code", .set = { { F(GUEST_SS_AR_BYTES), 0xc0f3 },
				      { F(GUEST_CS_AR_BYTES), 0xa09f } } },
	{ "unusable SS", .set = { { F(GUEST_SS_AR_BYTES), 0x10000 } } },
	{ "CR0.CD and NW", .set = { { F(GUEST_CR0), 0xe0050033 } } },
	{ "LDT", .set = { { F(GUEST_LDTR_AR_BYTES), 0x82 } } },
	{ "16-bit TSS", .set = { { F(GUEST_TR_AR_BYTES), 0x83 } }, .mode = PROTECTED },
	{ "RIP not canonical", .set = { { F(GUEST_RIP), 1ULL << 47 } } },
	{ "halted", .set = { { F(GUEST_ACTIVITY_STATE), 1 } } },
	{ "NMI while halted", .set = { EVENT(0x202),
				       { F(GUEST_ACTIVITY_STATE), 1 } } },
	{ "#MC while shut down", .set = { EVENT(0x312),
					  { F(GUEST_ACTIVITY_STATE), 2 } } },
	{ "interrupt", .set = { EVENT(0x20), { F(GUEST_RFLAGS), 0x202 } } },
	{ "#GP", .set = { EVENT(0xb0d) } },
	{ "#GP in real mode", .set = { EVENT(0x30d) }, .mode = REAL },
	{ "INT", .set = { EVENT(0x480), { F(VM_ENTRY_INSTRUCTION_LEN), 2 } } },
	{ "monitor trap flag", .set = { EVENT(0x700) } },
	{ "an event that is not valid", .set = {
		{ F(VM_ENTRY_INTR_INFO_FIELD), 0x7fffffff } } },
	{ "blocking by STI", .set = { { F(GUEST_INTERRUPTIBILITY_INFO), 1 },
				      { F(GUEST_RFLAGS), 0x202 } } },
	{ "a step that is pending", .set = {
		{ F(GUEST_INTERRUPTIBILITY_INFO), 2 },
		{ F(GUEST_RFLAGS), 0x102 },
		{ F(GUEST_PENDING_DBG_EXCEPTIONS), 0x4000 } } },
	{ "lists without entries", .set = { { F(VM_EXIT_MSR_LOAD_ADDR), 1 },
					    { F(VM_ENTRY_MSR_LOAD_ADDR), 1 } } },
	{ "a list that just fits", .set = {
		{ F(VM_EXIT_MSR_STORE_COUNT), 1 },
		{ F(VM_EXIT_MSR_STORE_ADDR), HIGH - 16 } } },
	{ "virtual-8086 mode", .set = {
		{ F(GUEST_CS_AR_BYTES), 0xf3 },
		{ F(GUEST_RFLAGS), 0x20002 } }, .mode = PROTECTED | V86 },
	{ "link to a VMCS", .set = { { F(VMCS_LINK_POINTER), 0x9000 } } },
	{ "PDPTE absent", .set = {
		SET_ENTRY(ENTRY & ~0x200), { F(GUEST_IA32_EFER), 0 },
		{ F(GUEST_CS_AR_BYTES), 0xc09b }, { F(GUEST_PDPTR2), 2 } } },
};

static void case_desc(const struct check_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(broken, broken_cases, case_desc);
KUNIT_ARRAY_PARAM(valid, valid_cases, case_desc);

static void make_32bit(struct xvcpu_check_input *in, u64 cr0)
{
	in->value[F(VM_ENTRY_CONTROLS)] &= ~0x200ULL;
	in->value[F(GUEST_IA32_EFER)] = 0;
	in->value[F(GUEST_CR0)] = cr0;
	in->value[F(GUEST_CS_AR_BYTES)] = 0xc09b;
}

static void make_v86_segments(struct xvcpu_check_input *in)
{
	int i;

	for (i = 0; i < 6; i++) {
		in->value[F(GUEST_ES_SELECTOR) + i] = 0;
		in->value[F(GUEST_ES_BASE) + i] = 0;
		in->value[F(GUEST_ES_LIMIT) + i] = 0xffff;
		in->value[F(GUEST_ES_AR_BYTES) + i] = 0xf3;
	}
}

static struct xvcpu_check_input *make_input(struct kunit *test,
					    const struct check_case *c)
{
	struct xvcpu_check_input *in = kunit_kzalloc(test, sizeof(*in),
						     GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, in);
	memcpy(in->value, long_mode, sizeof(long_mode));
	in->caps = &caps;
	in->vmcs = 0x5000;
	in->physical_bits = 40;
	in->linear_bits = 48;
	in->efer = 0xd01;
	in->perf_global = 0xf;
	in->tpr_known = true;
	in->tpr = 0x50;
	if (c && (c->mode & (PROTECTED | REAL)))
		make_32bit(in, c->mode & REAL ? 0x20 : 0x21);
	if (c && (c->mode & V86))
		make_v86_segments(in);
	for (i = 0; c && i < MOST_SET && c->set[i].field; i++)
		in->value[c->set[i].field] = c->set[i].value;
	in->link_known = true;
	in->link_revision = in->value[F(VMCS_LINK_POINTER)] == 0x8000 ? 0 : 0x2b;
	return in;
}

static struct xvcpu_check_found *make_found(struct kunit *test)
{
	struct xvcpu_check_found *found = kunit_kzalloc(test, sizeof(*found),
							GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, found);
	return found;
}

static u32 told(const struct xvcpu_check_found *found)
{
	return min_t(u32, found->nr, XVCPU_FAILURE_RULES);
}

static const struct xvcpu_failure_rule *
find(const struct xvcpu_check_found *found, u32 id)
{
	u32 i;

	for (i = 0; i < told(found); i++)
		if (found->rules[i].rule == id)
			return &found->rules[i];
	return NULL;
}

/* One of the fields that the case has changed is named, with its value. */
static bool names_a_change(const struct xvcpu_failure_rule *rule,
			   const struct check_case *c)
{
	u32 i, f;

	for (i = 0; i < MOST_SET && c->set[i].field; i++)
		for (f = 0; f < rule->nr_fields; f++)
			if (rule->fields[f].encoding ==
			    xvcpu_check_encodings[c->set[i].field] &&
			    rule->fields[f].value == c->set[i].value)
				return true;
	return false;
}

static void check_finds(struct kunit *test)
{
	const struct check_case *c = test->param_value;
	struct xvcpu_check_input *in = make_input(test, c);
	struct xvcpu_check_found *found = make_found(test);
	const struct xvcpu_failure_rule *rule;

	/* What is not looked at before the guest's state is not in the way. */
	if (c->rule >= XVCPU_RULE_GUEST_CR0) {
		xvcpu_check_guest(in, found);
	} else {
		xvcpu_check_controls(in, found);
		xvcpu_check_host(in, found);
	}
	rule = find(found, c->rule);
	KUNIT_ASSERT_NOT_NULL(test, rule);
	KUNIT_EXPECT_TRUE(test, names_a_change(rule, c));
}

static void check_finds_nothing(struct kunit *test)
{
	struct xvcpu_check_input *in = make_input(test, test->param_value);
	struct xvcpu_check_found *found = make_found(test);

	xvcpu_check_all(in, found);
	KUNIT_EXPECT_EQ(test, found->nr, 0);
	KUNIT_EXPECT_EQ(test, found->rules[0].rule, 0);
}

static bool has_case(u32 rule)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(broken_cases); i++)
		if (broken_cases[i].rule == rule)
			return true;
	return false;
}

static void check_each_rule_has_a_case(struct kunit *test)
{
	static const u32 ranges[][2] = {
		{ XVCPU_RULE_PIN_RESERVED, XVCPU_RULE_CONTROLS_END },
		{ XVCPU_RULE_HOST_CR0, XVCPU_RULE_HOST_END },
		{ XVCPU_RULE_GUEST_CR0, XVCPU_RULE_GUEST_END },
	};
	int i;
	u32 rule;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		for (rule = ranges[i][0]; rule < ranges[i][1]; rule++)
			KUNIT_EXPECT_TRUE_MSG(test, has_case(rule),
					      "rule %#x", rule);
}

/* The first entry that cannot be loaded ends it. */
static void check_msrs_each(struct kunit *test)
{
	static const struct {
		u64 index;
		u32 rule;
	} cases[] = {
		{ 0xc0000100, XVCPU_RULE_MSR_BASE },
		{ 0xc0000101, XVCPU_RULE_MSR_BASE },
		{ 0x800, XVCPU_RULE_MSR_X2APIC },
		{ 0x8ff, XVCPU_RULE_MSR_X2APIC },
		{ 0x9b, XVCPU_RULE_MSR_SMM },
		{ 0x9e, XVCPU_RULE_MSR_SMM },
		{ 0x174 | 1ULL << 32, XVCPU_RULE_MSR_RESERVED },
	};
	struct xvcpu_check_input *in = make_input(test, NULL);
	struct xvcpu_check_found *found = make_found(test);
	int i;

	in->nr_msrs = 3;
	in->msrs[0].index = 0x174;
	in->msrs[2].index = 0xc0000100;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		in->msrs[1].index = cases[i].index;
		in->msrs[1].value = i;
		found->nr = 0;
		xvcpu_check_msrs(in, found);
		KUNIT_EXPECT_EQ(test, found->nr, 1);
		KUNIT_EXPECT_EQ(test, found->rules[0].rule, cases[i].rule);
		KUNIT_EXPECT_EQ(test, found->rules[0].nr_fields, 3);
		KUNIT_EXPECT_EQ(test, found->rules[0].fields[0].value,
				cases[i].index);
		KUNIT_EXPECT_EQ(test, found->rules[0].fields[1].value, i);
		KUNIT_EXPECT_EQ(test, found->rules[0].fields[2].value, 2);
	}
}

static void check_msr_refused_by_its_value(struct kunit *test)
{
	struct xvcpu_check_input *in = make_input(test, NULL);
	struct xvcpu_check_found *found = make_found(test);

	in->nr_msrs = 1;
	in->msrs[0] = (struct xvcpu_check_msr) { 0x277, 2 };
	xvcpu_check_msrs(in, found);
	KUNIT_EXPECT_EQ(test, found->nr, 0);
	xvcpu_check_msr_refused(in, 0, found);
	xvcpu_check_msr_refused(in, 2, found);
	KUNIT_EXPECT_EQ(test, found->nr, 0);
	xvcpu_check_msr_refused(in, 1, found);
	KUNIT_EXPECT_EQ(test, found->nr, 1);
	KUNIT_EXPECT_EQ(test, found->rules[0].rule, XVCPU_RULE_MSR_VALUE);
}

static void check_counts_more_than_it_tells(struct kunit *test)
{
	struct xvcpu_check_input *in = make_input(test, NULL);
	struct xvcpu_check_found *found = make_found(test);
	int i;

	for (i = 0; i < 7; i++)
		in->value[F(HOST_ES_SELECTOR) + i] = 7;
	for (i = 0; i < 5; i++)
		in->value[F(HOST_FS_BASE) + i] = CANON;
	xvcpu_check_host(in, found);
	KUNIT_EXPECT_EQ(test, found->nr, 12);
	KUNIT_EXPECT_EQ(test, found->rules[7].fields[0].encoding,
			(u32)HOST_FS_BASE);
}

static void check_canonical_follows_width(struct kunit *test)
{
	struct xvcpu_check_input *in = make_input(test, NULL);

	KUNIT_EXPECT_TRUE(test, xvcpu_check_canonical(in, CANON - 1));
	KUNIT_EXPECT_FALSE(test, xvcpu_check_canonical(in, CANON));
	KUNIT_EXPECT_TRUE(test, xvcpu_check_canonical(in, -CANON));
	KUNIT_EXPECT_FALSE(test, xvcpu_check_canonical(in, -CANON - 1));
	in->linear_bits = 57;
	KUNIT_EXPECT_TRUE(test, xvcpu_check_canonical(in, CANON));
}

/* What some processors take depends on their capabilities. */
static void check_follows_capabilities(struct kunit *test)
{
	struct xvcpu_check_input *in = make_input(test, NULL);
	struct xvcpu_check_found *found = make_found(test);
	struct vmx_caps other = caps;

	in->caps = &other;
	other.msr[VMX_CAP_BASIC] |= BIT_ULL(56) | BIT_ULL(48);
	other.msr[VMX_CAP_MISC] |= BIT_ULL(30);
	in->value[F(VM_ENTRY_INTR_INFO_FIELD)] = 0x80000b06;
	xvcpu_check_controls(in, found);
	in->value[F(VM_ENTRY_INTR_INFO_FIELD)] = 0x80000480;
	xvcpu_check_controls(in, found);
	KUNIT_EXPECT_EQ(test, found->nr, 0);
	in->value[F(CPU_BASED_VM_EXEC_CONTROL)] |= BIT(28);
	in->value[F(MSR_BITMAP)] = BIT_ULL(32);
	xvcpu_check_controls(in, found);
	KUNIT_EXPECT_NOT_NULL(test, find(found, XVCPU_RULE_MSR_BITMAP));
}

static struct kunit_case check_cases[] = {
	KUNIT_CASE_PARAM(check_finds, broken_gen_params),
	KUNIT_CASE_PARAM(check_finds_nothing, valid_gen_params),
	KUNIT_CASE(check_each_rule_has_a_case),
	KUNIT_CASE(check_msrs_each),
	KUNIT_CASE(check_msr_refused_by_its_value),
	KUNIT_CASE(check_counts_more_than_it_tells),
	KUNIT_CASE(check_canonical_follows_width),
	KUNIT_CASE(check_follows_capabilities),
	{}
};

static struct kunit_suite check_suite = {
	.name = "xvcpu-check",
	.test_cases = check_cases,
};

kunit_test_suite(check_suite);
