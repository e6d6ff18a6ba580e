// SPDX-License-Identifier: GPL-2.0
/*
 * The rules for the control fields of a VMCS: SDM, "VM-Execution Control Fields",
 * "VM-Exit Control Fields" and "VM-Entry Control Fields" of "Checks on VMX
 * Controls and Host-State Area". A processor that finds one broken ends VMLAUNCH
 * or VMRESUME with error 7.
 *
 * Context: pure functions.
 */
#include <xvcpu/check.h>

#include <linux/kernel.h>
#include <linux/sizes.h>
#include <asm/page.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include <xvcpu/compat.h>

#define V(name)		XVCPU_CHECK_VALUE(in, name)
#define F(name)		XVCPU_VMCS_##name
#define PIN(bit)	(V(PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_##bit)
#define PROC(bit)	(V(CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_##bit)
#define PROC2(bit)	(xvcpu_check_proc2(in) & SECONDARY_EXEC_##bit)

/* It has no name in the kernel. */
#define SECONDARY_EXEC_SUB_PAGE	BIT(23)

/* What virtualizes the APIC on top of the TPR shadow. */
#define APIC_BEYOND_TPR	(SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE | \
			 SECONDARY_EXEC_APIC_REGISTER_VIRT | \
			 SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY)

/* EPT pointer: bits that are always reserved, and that of shadow stacks. */
#define EPTP_RESERVED	GENMASK_ULL(11, 8)
#define EPTP_STACKS	BIT_ULL(7)
#define EPT_CAP_STACKS	BIT_ULL(23)

/* VMX_BASIC: exceptions may be injected with an error code, or without. */
#define BASIC_ANY_ERROR	BIT_ULL(56)

#define EXCEPTIONS_WITH_ERROR	(BIT(X86_TRAP_DF) | BIT(X86_TRAP_TS) | \
				 BIT(X86_TRAP_NP) | BIT(X86_TRAP_SS) | \
				 BIT(X86_TRAP_GP) | BIT(X86_TRAP_PF) | \
				 BIT(X86_TRAP_AC))

#define LONGEST_INSTRUCTION	15

/* Low half: bits that must be 1; high half: bits that may be. */
static bool reserved(const struct xvcpu_check_input *in, u32 word,
		     enum vmx_cap cap)
{
	u64 msr = in->caps->msr[cap];

	return (~word & (u32)msr) || (word & ~(u32)(msr >> 32));
}

static bool pin_reserved(const struct xvcpu_check_input *in, int i)
{
	return reserved(in, V(PIN_BASED_VM_EXEC_CONTROL),
			VMX_CAP_TRUE_PINBASED);
}

static bool proc_reserved(const struct xvcpu_check_input *in, int i)
{
	return reserved(in, V(CPU_BASED_VM_EXEC_CONTROL),
			VMX_CAP_TRUE_PROCBASED);
}

static bool proc2_reserved(const struct xvcpu_check_input *in, int i)
{
	return PROC(ACTIVATE_SECONDARY_CONTROLS) &&
	       reserved(in, V(SECONDARY_VM_EXEC_CONTROL), VMX_CAP_PROCBASED2);
}

static bool proc3_reserved(const struct xvcpu_check_input *in, int i)
{
	return PROC(ACTIVATE_TERTIARY_CONTROLS) &&
	       (V(TERTIARY_VM_EXEC_CONTROL) &
		~in->caps->msr[VMX_CAP_PROCBASED3]);
}

static bool cr3_targets(const struct xvcpu_check_input *in, int i)
{
	return V(CR3_TARGET_COUNT) >
	       ((in->caps->msr[VMX_CAP_MISC] >> 16) & 0x1ff);
}

/* Addresses that VMX structures cannot have. */
static bool too_high(const struct xvcpu_check_input *in, u64 address)
{
	return xvcpu_check_beyond(in, address) ||
	       (vmx_caps_32bit_addresses(in->caps) && address >> 32);
}

static bool no_page(const struct xvcpu_check_input *in, u64 address)
{
	return (address & ~PAGE_MASK) || too_high(in, address);
}

static bool io_bitmaps(const struct xvcpu_check_input *in, int i)
{
	return PROC(USE_IO_BITMAPS) &&
	       no_page(in, XVCPU_CHECK_ROW(in, IO_BITMAP_A, i));
}

static bool msr_bitmap(const struct xvcpu_check_input *in, int i)
{
	return PROC(USE_MSR_BITMAPS) && no_page(in, V(MSR_BITMAP));
}

static bool virtual_apic_page(const struct xvcpu_check_input *in, int i)
{
	return PROC(TPR_SHADOW) && no_page(in, V(VIRTUAL_APIC_PAGE_ADDR));
}

static bool tpr_threshold(const struct xvcpu_check_input *in, int i)
{
	return PROC(TPR_SHADOW) && !PROC2(VIRTUAL_INTR_DELIVERY) &&
	       V(TPR_THRESHOLD) > 15;
}

static bool tpr_below_threshold(const struct xvcpu_check_input *in, int i)
{
	return PROC(TPR_SHADOW) && !PROC2(VIRTUAL_INTR_DELIVERY) &&
	       !PROC2(VIRTUALIZE_APIC_ACCESSES) && in->tpr_known &&
	       (V(TPR_THRESHOLD) & 15) > in->tpr >> 4;
}

static bool virtual_nmis(const struct xvcpu_check_input *in, int i)
{
	return PIN(VIRTUAL_NMIS) && !PIN(NMI_EXITING);
}

static bool nmi_window(const struct xvcpu_check_input *in, int i)
{
	return PROC(NMI_WINDOW_EXITING) && !PIN(VIRTUAL_NMIS);
}

static bool apic_access_page(const struct xvcpu_check_input *in, int i)
{
	return PROC2(VIRTUALIZE_APIC_ACCESSES) &&
	       no_page(in, V(APIC_ACCESS_ADDR));
}

static bool no_tpr_shadow(const struct xvcpu_check_input *in, int i)
{
	return !PROC(TPR_SHADOW) && (xvcpu_check_proc2(in) & APIC_BEYOND_TPR);
}

static bool x2apic_mode(const struct xvcpu_check_input *in, int i)
{
	return PROC2(VIRTUALIZE_X2APIC_MODE) &&
	       PROC2(VIRTUALIZE_APIC_ACCESSES);
}

static bool interrupt_delivery(const struct xvcpu_check_input *in, int i)
{
	return PROC2(VIRTUAL_INTR_DELIVERY) && !PIN(EXT_INTR_MASK);
}

static bool posted_interrupts(const struct xvcpu_check_input *in, int i)
{
	return PIN(POSTED_INTR) &&
	       (!PROC2(VIRTUAL_INTR_DELIVERY) ||
		!(V(VM_EXIT_CONTROLS) & VM_EXIT_ACK_INTR_ON_EXIT));
}

static bool posted_vector(const struct xvcpu_check_input *in, int i)
{
	return PIN(POSTED_INTR) && V(POSTED_INTR_NV) > 0xff;
}

static bool posted_descriptor(const struct xvcpu_check_input *in, int i)
{
	return PIN(POSTED_INTR) &&
	       ((V(POSTED_INTR_DESC_ADDR) & (SZ_64 - 1)) ||
		too_high(in, V(POSTED_INTR_DESC_ADDR)));
}

static bool vpid(const struct xvcpu_check_input *in, int i)
{
	return PROC2(ENABLE_VPID) && !V(VIRTUAL_PROCESSOR_ID);
}

static bool eptp_type_taken(const struct xvcpu_check_input *in, u64 eptp)
{
	switch (eptp & VMX_EPTP_MT_MASK) {
	case VMX_EPTP_MT_UC:
		return vmx_caps_ept(in->caps, VMX_EPTP_UC_BIT);
	case VMX_EPTP_MT_WB:
		return vmx_caps_ept(in->caps, VMX_EPTP_WB_BIT);
	default:
		return false;
	}
}

static bool eptp_length_taken(const struct xvcpu_check_input *in, u64 eptp)
{
	switch (eptp & VMX_EPTP_PWL_MASK) {
	case VMX_EPTP_PWL_4:
		return vmx_caps_ept(in->caps, VMX_EPT_PAGE_WALK_4_BIT);
	case VMX_EPTP_PWL_5:
		return vmx_caps_ept(in->caps, VMX_EPT_PAGE_WALK_5_BIT);
	default:
		return false;
	}
}

static u64 eptp_flags_missing(const struct xvcpu_check_input *in)
{
	return (vmx_caps_ept(in->caps, VMX_EPT_AD_BIT) ?
		0 : VMX_EPTP_AD_ENABLE_BIT) |
	       (vmx_caps_ept(in->caps, EPT_CAP_STACKS) ? 0 : EPTP_STACKS);
}

static bool eptp(const struct xvcpu_check_input *in, int i)
{
	u64 eptp = V(EPT_POINTER);

	return PROC2(ENABLE_EPT) &&
	       (!eptp_type_taken(in, eptp) || !eptp_length_taken(in, eptp) ||
		(eptp & (EPTP_RESERVED | eptp_flags_missing(in))) ||
		xvcpu_check_beyond(in, eptp));
}

static bool pml(const struct xvcpu_check_input *in, int i)
{
	return PROC2(ENABLE_PML) &&
	       (!PROC2(ENABLE_EPT) || no_page(in, V(PML_ADDRESS)));
}

static bool needs_ept(const struct xvcpu_check_input *in, int i)
{
	return !PROC2(ENABLE_EPT) &&
	       (PROC2(UNRESTRICTED_GUEST) || PROC2(MODE_BASED_EPT_EXEC) ||
		PROC2(SUB_PAGE));
}

static bool vm_functions(const struct xvcpu_check_input *in, int i)
{
	return PROC2(ENABLE_VMFUNC) &&
	       (V(VM_FUNCTION_CONTROL) & ~in->caps->msr[VMX_CAP_VMFUNC]);
}

static bool eptp_list(const struct xvcpu_check_input *in, int i)
{
	return PROC2(ENABLE_VMFUNC) &&
	       (V(VM_FUNCTION_CONTROL) & VMX_VMFUNC_EPTP_SWITCHING) &&
	       (!PROC2(ENABLE_EPT) || no_page(in, V(EPTP_LIST_ADDRESS)));
}

static bool shadow_bitmaps(const struct xvcpu_check_input *in, int i)
{
	return PROC2(SHADOW_VMCS) &&
	       no_page(in, XVCPU_CHECK_ROW(in, VMREAD_BITMAP, i));
}

static bool ve_information(const struct xvcpu_check_input *in, int i)
{
	return PROC2(EPT_VIOLATION_VE) &&
	       no_page(in, V(VE_INFORMATION_ADDRESS));
}

static bool tsc_multiplier(const struct xvcpu_check_input *in, int i)
{
	return PROC2(TSC_SCALING) && !V(TSC_MULTIPLIER);
}

static bool exit_reserved(const struct xvcpu_check_input *in, int i)
{
	return reserved(in, V(VM_EXIT_CONTROLS), VMX_CAP_TRUE_EXIT);
}

static bool save_timer(const struct xvcpu_check_input *in, int i)
{
	return (V(VM_EXIT_CONTROLS) & VM_EXIT_SAVE_VMX_PREEMPTION_TIMER) &&
	       !PIN(VMX_PREEMPTION_TIMER);
}

/* An entry of a list has 16 bytes; a list without entries may be anywhere. */
static bool bad_list(const struct xvcpu_check_input *in, u64 count, u64 address)
{
	return count && ((address & 15) || too_high(in, address) ||
			 too_high(in, address + count * 16 - 1));
}

static bool exit_store_list(const struct xvcpu_check_input *in, int i)
{
	return bad_list(in, V(VM_EXIT_MSR_STORE_COUNT),
			V(VM_EXIT_MSR_STORE_ADDR));
}

static bool exit_load_list(const struct xvcpu_check_input *in, int i)
{
	return bad_list(in, V(VM_EXIT_MSR_LOAD_COUNT),
			V(VM_EXIT_MSR_LOAD_ADDR));
}

static bool entry_reserved(const struct xvcpu_check_input *in, int i)
{
	return reserved(in, V(VM_ENTRY_CONTROLS), VMX_CAP_TRUE_ENTRY);
}

static bool entry_smm(const struct xvcpu_check_input *in, int i)
{
	return V(VM_ENTRY_CONTROLS) &
	       (VM_ENTRY_SMM | VM_ENTRY_DEACT_DUAL_MONITOR);
}

static bool entry_load_list(const struct xvcpu_check_input *in, int i)
{
	return bad_list(in, V(VM_ENTRY_MSR_LOAD_COUNT),
			V(VM_ENTRY_MSR_LOAD_ADDR));
}

/* --- the event to inject --- */

static bool injects(const struct xvcpu_check_input *in)
{
	return V(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VALID_MASK;
}

static u32 event_type(const struct xvcpu_check_input *in)
{
	return V(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_INTR_TYPE_MASK;
}

static u32 event_vector(const struct xvcpu_check_input *in)
{
	return V(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VECTOR_MASK;
}

static bool event_reserved(const struct xvcpu_check_input *in, int i)
{
	return injects(in) && (V(VM_ENTRY_INTR_INFO_FIELD) &
			       INTR_INFO_RESVD_BITS_MASK);
}

/* The other event is the monitor trap flag. */
static bool event_type_wrong(const struct xvcpu_check_input *in, int i)
{
	u32 may = in->caps->msr[VMX_CAP_TRUE_PROCBASED] >> 32;

	return injects(in) &&
	       (event_type(in) == INTR_TYPE_RESERVED ||
		(event_type(in) == INTR_TYPE_OTHER_EVENT &&
		 !(may & CPU_BASED_MONITOR_TRAP_FLAG)));
}

static bool event_vector_wrong(const struct xvcpu_check_input *in, int i)
{
	if (!injects(in))
		return false;
	switch (event_type(in)) {
	case INTR_TYPE_NMI_INTR:
		return event_vector(in) != X86_TRAP_NMI;
	case INTR_TYPE_HARD_EXCEPTION:
		return event_vector(in) > 31;
	case INTR_TYPE_OTHER_EVENT:
		return event_vector(in);
	default:
		return false;
	}
}

static bool real_mode(const struct xvcpu_check_input *in)
{
	return PROC2(UNRESTRICTED_GUEST) && !(V(GUEST_CR0) & X86_CR0_PE);
}

static bool event_delivers_error(const struct xvcpu_check_input *in, int i)
{
	bool delivers = V(VM_ENTRY_INTR_INFO_FIELD) &
			INTR_INFO_DELIVER_CODE_MASK;
	u32 vector = event_vector(in);

	if (!injects(in))
		return false;
	if (event_type(in) != INTR_TYPE_HARD_EXCEPTION || real_mode(in))
		return delivers;
	if (in->caps->msr[VMX_CAP_BASIC] & BASIC_ANY_ERROR)
		return false;
	return delivers != (vector < 32 &&
			    (BIT(vector) & EXCEPTIONS_WITH_ERROR));
}

static bool event_error_code(const struct xvcpu_check_input *in, int i)
{
	return injects(in) &&
	       (V(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_DELIVER_CODE_MASK) &&
	       V(VM_ENTRY_EXCEPTION_ERROR_CODE) >> 16;
}

static bool event_length(const struct xvcpu_check_input *in, int i)
{
	u32 type = event_type(in), length = V(VM_ENTRY_INSTRUCTION_LEN);

	if (!injects(in) || (type != INTR_TYPE_SOFT_INTR &&
			     type != INTR_TYPE_SOFT_EXCEPTION &&
			     type != INTR_TYPE_PRIV_SW_EXCEPTION))
		return false;
	if (!length)
		return !(in->caps->msr[VMX_CAP_MISC] & VMX_MISC_ZERO_LEN_INS);
	return length > LONGEST_INSTRUCTION;
}

static const struct xvcpu_check_rule rules[] = {
	{ XVCPU_RULE_PIN_RESERVED, pin_reserved,
	  .fields = { F(PIN_BASED_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_PROC_RESERVED, proc_reserved,
	  .fields = { F(CPU_BASED_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_PROC2_RESERVED, proc2_reserved,
	  .fields = { F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_PROC3_RESERVED, proc3_reserved,
	  .fields = { F(TERTIARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_CR3_TARGETS, cr3_targets,
	  .fields = { F(CR3_TARGET_COUNT) } },
	{ XVCPU_RULE_IO_BITMAPS, io_bitmaps, 2, 1,
	  { F(IO_BITMAP_A), F(CPU_BASED_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_MSR_BITMAP, msr_bitmap,
	  .fields = { F(MSR_BITMAP), F(CPU_BASED_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_VIRTUAL_APIC_PAGE, virtual_apic_page,
	  .fields = { F(VIRTUAL_APIC_PAGE_ADDR), F(CPU_BASED_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_TPR_THRESHOLD, tpr_threshold,
	  .fields = { F(TPR_THRESHOLD), F(CPU_BASED_VM_EXEC_CONTROL),
		      F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_TPR_BELOW_THRESHOLD, tpr_below_threshold,
	  .fields = { F(TPR_THRESHOLD), F(VIRTUAL_APIC_PAGE_ADDR),
		      F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_VIRTUAL_NMIS, virtual_nmis,
	  .fields = { F(PIN_BASED_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_NMI_WINDOW, nmi_window,
	  .fields = { F(CPU_BASED_VM_EXEC_CONTROL),
		      F(PIN_BASED_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_APIC_ACCESS_PAGE, apic_access_page,
	  .fields = { F(APIC_ACCESS_ADDR), F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_NO_TPR_SHADOW, no_tpr_shadow,
	  .fields = { F(SECONDARY_VM_EXEC_CONTROL),
		      F(CPU_BASED_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_X2APIC_MODE, x2apic_mode,
	  .fields = { F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_INTERRUPT_DELIVERY, interrupt_delivery,
	  .fields = { F(SECONDARY_VM_EXEC_CONTROL),
		      F(PIN_BASED_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_POSTED_INTERRUPTS, posted_interrupts,
	  .fields = { F(PIN_BASED_VM_EXEC_CONTROL),
		      F(SECONDARY_VM_EXEC_CONTROL), F(VM_EXIT_CONTROLS) } },
	{ XVCPU_RULE_POSTED_VECTOR, posted_vector,
	  .fields = { F(POSTED_INTR_NV), F(PIN_BASED_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_POSTED_DESCRIPTOR, posted_descriptor,
	  .fields = { F(POSTED_INTR_DESC_ADDR), F(PIN_BASED_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_VPID, vpid,
	  .fields = { F(VIRTUAL_PROCESSOR_ID), F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_EPTP, eptp,
	  .fields = { F(EPT_POINTER), F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_PML, pml,
	  .fields = { F(PML_ADDRESS), F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_NEEDS_EPT, needs_ept,
	  .fields = { F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_VM_FUNCTIONS, vm_functions,
	  .fields = { F(VM_FUNCTION_CONTROL), F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_EPTP_LIST, eptp_list,
	  .fields = { F(EPTP_LIST_ADDRESS), F(VM_FUNCTION_CONTROL),
		      F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_SHADOW_BITMAPS, shadow_bitmaps, 2, 1,
	  { F(VMREAD_BITMAP), F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_VE_INFORMATION, ve_information,
	  .fields = { F(VE_INFORMATION_ADDRESS),
		      F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_TSC_MULTIPLIER, tsc_multiplier,
	  .fields = { F(TSC_MULTIPLIER), F(SECONDARY_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_EXIT_RESERVED, exit_reserved,
	  .fields = { F(VM_EXIT_CONTROLS) } },
	{ XVCPU_RULE_SAVE_TIMER, save_timer,
	  .fields = { F(VM_EXIT_CONTROLS), F(PIN_BASED_VM_EXEC_CONTROL) } },
	{ XVCPU_RULE_EXIT_STORE_LIST, exit_store_list,
	  .fields = { F(VM_EXIT_MSR_STORE_ADDR), F(VM_EXIT_MSR_STORE_COUNT) } },
	{ XVCPU_RULE_EXIT_LOAD_LIST, exit_load_list,
	  .fields = { F(VM_EXIT_MSR_LOAD_ADDR), F(VM_EXIT_MSR_LOAD_COUNT) } },
	{ XVCPU_RULE_ENTRY_RESERVED, entry_reserved,
	  .fields = { F(VM_ENTRY_CONTROLS) } },
	{ XVCPU_RULE_ENTRY_SMM, entry_smm,
	  .fields = { F(VM_ENTRY_CONTROLS) } },
	{ XVCPU_RULE_ENTRY_LOAD_LIST, entry_load_list,
	  .fields = { F(VM_ENTRY_MSR_LOAD_ADDR), F(VM_ENTRY_MSR_LOAD_COUNT) } },
	{ XVCPU_RULE_EVENT_RESERVED, event_reserved,
	  .fields = { F(VM_ENTRY_INTR_INFO_FIELD) } },
	{ XVCPU_RULE_EVENT_TYPE, event_type_wrong,
	  .fields = { F(VM_ENTRY_INTR_INFO_FIELD) } },
	{ XVCPU_RULE_EVENT_VECTOR, event_vector_wrong,
	  .fields = { F(VM_ENTRY_INTR_INFO_FIELD) } },
	{ XVCPU_RULE_EVENT_DELIVERS_ERROR, event_delivers_error,
	  .fields = { F(VM_ENTRY_INTR_INFO_FIELD), F(GUEST_CR0) } },
	{ XVCPU_RULE_EVENT_ERROR_CODE, event_error_code,
	  .fields = { F(VM_ENTRY_EXCEPTION_ERROR_CODE),
		      F(VM_ENTRY_INTR_INFO_FIELD) } },
	{ XVCPU_RULE_EVENT_LENGTH, event_length,
	  .fields = { F(VM_ENTRY_INSTRUCTION_LEN),
		      F(VM_ENTRY_INTR_INFO_FIELD) } },
};

/**
 * xvcpu_check_controls() - check the control fields
 * @in: the VMCS.
 * @found: the rules that are broken are added to it.
 */
void xvcpu_check_controls(const struct xvcpu_check_input *in,
			  struct xvcpu_check_found *found)
{
	xvcpu_check_rules(in, rules, ARRAY_SIZE(rules), found);
}
