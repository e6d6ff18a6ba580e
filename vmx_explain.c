// SPDX-License-Identifier: GPL-2.0
/*
 * Why a VM entry has failed. The VMCS is read once, while it is current still,
 * and goes through the checks that the processor has made (vmx_check*.c).
 *
 * Locking: vcpu->bind_lock. Context: the VMCS is current and interrupts are off, but
 * for xvcpu_explain_get().
 */
#include <xvcpu/explain.h>

#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/processor.h>
#include <xvcpu/compat.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vmcs.h>

/* CPUID: the leaf of address widths, and that of performance counters. */
#define CPUID_WIDTHS	0x80000008
#define CPUID_COUNTERS	0xa

/* In the virtual-APIC page. */
#define VIRTUAL_TPR	0x80

/* A bit of an exit reason, not of a VM-instruction error. */
#define FAILED_ENTRY(reason)	(VMX_EXIT_REASONS_FAILED_VMENTRY | (reason))

/**
 * xvcpu_explain_field() - read a field, which not every processor has
 * @field: its encoding.
 * @value: where to put it; unchanged if the processor lacks the field.
 *
 * Return: whether it has it.
 */
bool xvcpu_explain_field(u32 field, u64 *value)
{
	unsigned long read;

	asm volatile goto("1: vmread %[field], %[read]\n\t"
			  "jbe %l[missing]\n"
			  _ASM_EXTABLE(1b, %l[missing])
			  : [read] "=r" (read)
			  : [field] "r" ((unsigned long)field)
			  : "cc" : missing);
	asm volatile("");
	*value = read;
	return true;
missing:
	return false;
}

/* Where an address of a VMCS leads, if that is to memory. */
static bool read_memory(u64 pa, void *to, size_t size)
{
	return !(pa >> boot_cpu_data.x86_phys_bits) && pfn_valid(PHYS_PFN(pa)) &&
	       !copy_from_kernel_nofault(to, phys_to_virt(pa), size);
}

static void read_msr_list(struct xvcpu_check_input *in)
{
	u64 at = XVCPU_CHECK_VALUE(in, VM_ENTRY_MSR_LOAD_ADDR);
	u64 nr = XVCPU_CHECK_VALUE(in, VM_ENTRY_MSR_LOAD_COUNT);
	u32 i;

	nr = min_t(u64, nr, XVCPU_CHECK_MSRS);
	for (i = 0; i < nr; i++, at += sizeof(in->msrs[0]))
		if (!read_memory(at, &in->msrs[i], sizeof(in->msrs[0])))
			break;
	in->nr_msrs = i;
}

static void read_behind_addresses(struct xvcpu_check_input *in)
{
	u64 apic = XVCPU_CHECK_VALUE(in, VIRTUAL_APIC_PAGE_ADDR);

	in->link_known = read_memory(XVCPU_CHECK_VALUE(in, VMCS_LINK_POINTER),
				     &in->link_revision,
				     sizeof(in->link_revision));
	if (XVCPU_CHECK_VALUE(in, CPU_BASED_VM_EXEC_CONTROL) &
	    CPU_BASED_TPR_SHADOW)
		in->tpr_known = read_memory(apic + VIRTUAL_TPR, &in->tpr, 1);
	read_msr_list(in);
}

static u64 counters(void)
{
	u32 eax, ebx, ecx, edx;

	if (cpuid_eax(0) < CPUID_COUNTERS)
		return 0;
	cpuid(CPUID_COUNTERS, &eax, &ebx, &ecx, &edx);
	return (BIT_ULL((eax >> 8) & 0x1f) - 1) |
	       (BIT_ULL(edx & 0x1f) - 1) << 32;
}

static u64 efer_bits(void)
{
	return EFER_SCE | EFER_LME | EFER_LMA |
	       (boot_cpu_has(X86_FEATURE_NX) ? EFER_NX : 0);
}

static void read_processor(struct xvcpu_check_input *in)
{
	u32 widths = cpuid_eax(CPUID_WIDTHS);

	in->physical_bits = widths & 0xff;
	in->linear_bits = (widths >> 8) & 0xff;
	in->efer = efer_bits();
	in->perf_global = counters();
	in->rtm = boot_cpu_has(X86_FEATURE_RTM);
	in->bus_lock = boot_cpu_has(X86_FEATURE_BUS_LOCK_DETECT);
	in->sgx = boot_cpu_has(X86_FEATURE_SGX);
	in->lam = xvcpu_host_has_lam();
}

/**
 * xvcpu_explain_read() - read what the checks of a VM entry look at
 * @vcpu: the vCPU.
 * @in: what is to be filled.
 */
void xvcpu_explain_read(const struct xvcpu_vcpu *vcpu,
			struct xvcpu_check_input *in)
{
	int i;

	memset(in, 0, sizeof(*in));
	for (i = XVCPU_VMCS_NONE + 1; i < XVCPU_VMCS_NR; i++)
		xvcpu_explain_field(xvcpu_check_encodings[i], &in->value[i]);
	in->caps = &vcpu->binding.root->boot_caps;
	in->vmcs = virt_to_phys(vcpu->binding.loaded.vmcs);
	read_processor(in);
	read_behind_addresses(in);
}

/* What a failure is not about may be wrong as well, but was not looked at. */
static noinline void check(const struct xvcpu_vcpu *vcpu,
			   struct xvcpu_explain *e)
{
	struct xvcpu_check_input in;

	xvcpu_explain_read(vcpu, &in);
	switch (e->reason) {
	case VMXERR_ENTRY_INVALID_CONTROL_FIELD:
	case VMXERR_ENTRY_INVALID_HOST_STATE_FIELD:
		/* A processor may look at them in any order. */
		xvcpu_check_controls(&in, &e->found);
		xvcpu_check_host(&in, &e->found);
		break;
	case FAILED_ENTRY(EXIT_REASON_INVALID_STATE):
		xvcpu_check_guest(&in, &e->found);
		break;
	case FAILED_ENTRY(EXIT_REASON_MSR_LOAD_FAIL):
		xvcpu_check_msr_refused(&in, e->qualification, &e->found);
		break;
	}
}

static bool has_exit_reason(u64 reason)
{
	return reason & VMX_EXIT_REASONS_FAILED_VMENTRY;
}

/**
 * xvcpu_explain_failure() - a VM entry has failed: find out why
 * @vcpu: the vCPU; its VMCS is as it was at the entry.
 * @reason: exit reason, or number of the VM-instruction error.
 */
void xvcpu_explain_failure(struct xvcpu_vcpu *vcpu, u64 reason)
{
	struct xvcpu_explain *e = &vcpu->explain;

	e->sequence++;
	e->entries = vcpu->binding.entries;
	e->reason = reason;
	e->qualification = has_exit_reason(reason) ?
			   vmcs_readl(EXIT_QUALIFICATION) : 0;
	e->cpu = raw_smp_processor_id();
	e->found.nr = 0;
	check(vcpu, e);
}

/*
 * A field of the host's state, or a control of 64 bits: what tells where the kernel
 * or its memory is (SDM, "Field Encoding in VMCS").
 */
static bool is_kernel_address(u32 encoding)
{
	u32 type = (encoding >> 10) & 3, width = (encoding >> 13) & 3;

	return type == 3 || (type == 0 && width == 1);
}

/* Not for everybody, though it takes a defect to break a rule about them. */
static void hide_addresses(struct xvcpu_failure_rule *rule)
{
	u32 i;

	for (i = 0; i < rule->nr_fields; i++)
		if (is_kernel_address(rule->fields[i].encoding))
			rule->fields[i].value = 0;
}

/**
 * xvcpu_explain_get() - XVCPU_GET_ENTRY_FAILURE
 * @vcpu: the vCPU.
 * @out: what is to be filled.
 *
 * Context: process context; vcpu->bind_lock is held.
 * Return: 0, or -ENOENT if no VM entry has failed.
 */
int xvcpu_explain_get(const struct xvcpu_vcpu *vcpu,
		      struct xvcpu_entry_failure *out)
{
	const struct xvcpu_explain *e = &vcpu->explain;
	bool everything = capable(CAP_SYS_ADMIN);
	u32 i;

	lockdep_assert_held(&vcpu->bind_lock);
	if (!e->sequence)
		return -ENOENT;
	memset(out, 0, sizeof(*out));
	out->sequence = e->sequence;
	out->entries = e->entries;
	out->hardware_reason = e->reason;
	out->qualification = e->qualification;
	out->instruction_error = has_exit_reason(e->reason) ? 0 : e->reason;
	out->cpu = e->cpu;
	out->nr_rules = e->found.nr;
	memcpy(out->rules, e->found.rules, min_t(u32, e->found.nr,
						 XVCPU_FAILURE_RULES) *
					   sizeof(out->rules[0]));
	for (i = 0; i < XVCPU_FAILURE_RULES && !everything; i++)
		hide_addresses(&out->rules[i]);
	return 0;
}
