// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's model-specific registers: one table says which there are.
 *
 * Context: the vCPU's lock is held; exits on the vCPU's CPU, interrupts off;
 * ioctls with all registers here.
 */
#include <xvcpu/msr.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <asm/msr.h>
#include <asm/mtrr.h>
#include <asm/vmx.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/cr.h>
#include <xvcpu/exit.h>
#include <xvcpu/host.h>
#include <xvcpu/regs.h>
#include <xvcpu/vmcs.h>

/*
 * What an MSR is:
 * MSR_PLAIN: any value;
 * MSR_ADDRESS: a canonical address;
 * MSR_LOW32: bits 63:32 are reserved;
 * MSR_ZERO: reads 0, and takes 0;
 * MSR_SPECIAL: has functions of its own.
 */
enum msr_kind {
	MSR_PLAIN,
	MSR_ADDRESS,
	MSR_LOW32,
	MSR_ZERO,
	MSR_SPECIAL,
};

struct guest_msr {
	u32 index;
	enum msr_kind kind;
	u16 offset;
	u32 group;
	u64 (*get)(struct xvcpu_vcpu *vcpu);
	int (*set)(struct xvcpu_vcpu *vcpu, u64 value, bool host);
};

#define REG(field)	.offset = offsetof(struct xvcpu_vcpu, regs.field)

static bool canonical(u64 value)
{
	return (u64)((s64)(value << 16) >> 16) == value;
}

static u64 get_tsc(struct xvcpu_vcpu *vcpu)
{
	return rdtsc() + vcpu->regs.tsc_offset;
}

static int set_tsc(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	u64 offset = value - rdtsc();

	/* A guest's write shows in IA32_TSC_ADJUST, userspace's does not. */
	if (!host)
		vcpu->regs.tsc_adjust += offset - vcpu->regs.tsc_offset;
	vcpu->regs.tsc_offset = offset;
	xvcpu_regs_changed(vcpu, XVCPU_REG_TSC_OFFSET);
	return 0;
}

static u64 get_tsc_adjust(struct xvcpu_vcpu *vcpu)
{
	return vcpu->regs.tsc_adjust;
}

static int set_tsc_adjust(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	if (!host) {
		vcpu->regs.tsc_offset += value - vcpu->regs.tsc_adjust;
		xvcpu_regs_changed(vcpu, XVCPU_REG_TSC_OFFSET);
	}
	vcpu->regs.tsc_adjust = value;
	return 0;
}

static u64 get_efer(struct xvcpu_vcpu *vcpu)
{
	return vcpu->regs.efer;
}

static int set_efer(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	struct xvcpu_regs *r = &vcpu->regs;
	u64 known = EFER_SCE | EFER_LME | EFER_LMA | EFER_NX;

	if (value & ~(host ? known : xvcpu_cr_efer_bits(vcpu)))
		return -EINVAL;
	/* LME cannot change under paging; LMA is not software's to change. */
	if (!host && (r->cr0 & X86_CR0_PG) && ((r->efer ^ value) & EFER_LME))
		return -EINVAL;
	value = (value & ~EFER_LMA) | (r->efer & EFER_LMA);
	vcpu->flush_tlb |= (r->efer ^ value) & EFER_NX;
	r->efer = value;
	xvcpu_regs_changed(vcpu, XVCPU_REG_EFER);
	return 0;
}

static u64 get_pat(struct xvcpu_vcpu *vcpu)
{
	return vcpu->regs.pat;
}

/* Each byte is a memory type: 0, 1, 4, 5, 6 or 7. */
static int set_pat(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	u64 rest;

	for (rest = value; rest; rest >>= 8)
		if ((rest & 0xf8) || (rest & 6) == 2)
			return -EINVAL;
	vcpu->regs.pat = value;
	xvcpu_regs_changed(vcpu, XVCPU_REG_PAT);
	return 0;
}

static u64 get_apic_base(struct xvcpu_vcpu *vcpu)
{
	return vcpu->regs.apic_base;
}

/**
 * xvcpu_msr_apic_base_valid() - whether IA32_APIC_BASE can have a value
 * @vcpu: the vCPU.
 * @value: the value.
 *
 * Return: true if it can: no reserved bit, no x2APIC, no address too high.
 */
bool xvcpu_msr_apic_base_valid(const struct xvcpu_vcpu *vcpu, u64 value)
{
	return !(value & (0x2ff | X2APIC_ENABLE)) &&
	       !(value >> xvcpu_cpuid_maxphyaddr(vcpu));
}

/* The local APIC is userspace's: the guest cannot move it, nor have x2APIC. */
static int set_apic_base(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	u64 fixed = MSR_IA32_APICBASE_BSP | MSR_IA32_APICBASE_ENABLE;

	if (!host && ((value ^ vcpu->regs.apic_base) & ~fixed))
		return -EINVAL;
	if (!xvcpu_msr_apic_base_valid(vcpu, value))
		return -EINVAL;
	vcpu->regs.apic_base = value;
	return 0;
}

static u64 get_fs_base(struct xvcpu_vcpu *vcpu)
{
	return vcpu->regs.seg[XVCPU_FS].base;
}

static int set_fs_base(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	if (!canonical(value))
		return -EINVAL;
	vcpu->regs.seg[XVCPU_FS].base = value;
	xvcpu_regs_changed(vcpu, XVCPU_REG_SEGMENTS);
	return 0;
}

static u64 get_gs_base(struct xvcpu_vcpu *vcpu)
{
	return vcpu->regs.seg[XVCPU_GS].base;
}

static int set_gs_base(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	if (!canonical(value))
		return -EINVAL;
	vcpu->regs.seg[XVCPU_GS].base = value;
	xvcpu_regs_changed(vcpu, XVCPU_REG_SEGMENTS);
	return 0;
}

/* Last-branch records and branch steps are not offered: no harm in asking. */
static int set_debugctl(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	return value & ~(u64)(DEBUGCTLMSR_LBR | DEBUGCTLMSR_BTF) ? -EINVAL : 0;
}

/* No variable ranges, no fixed ones: CPUID offers no MTRRs. */
static u64 get_zero(struct xvcpu_vcpu *vcpu)
{
	return 0;
}

static int refuse(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	return host && !value ? 0 : -EINVAL;
}

static const struct guest_msr msrs[] = {
	{ MSR_EFER, MSR_SPECIAL, .get = get_efer, .set = set_efer },
	{ MSR_STAR, MSR_PLAIN, REG(star) },
	{ MSR_LSTAR, MSR_ADDRESS, REG(lstar) },
	{ MSR_CSTAR, MSR_ADDRESS, REG(cstar) },
	{ MSR_SYSCALL_MASK, MSR_LOW32, REG(fmask) },
	{ MSR_KERNEL_GS_BASE, MSR_ADDRESS, REG(kernel_gs_base) },
	{ MSR_TSC_AUX, MSR_LOW32, REG(tsc_aux) },
	{ MSR_FS_BASE, MSR_SPECIAL, .group = XVCPU_REG_SEGMENTS,
	  .get = get_fs_base, .set = set_fs_base },
	{ MSR_GS_BASE, MSR_SPECIAL, .group = XVCPU_REG_SEGMENTS,
	  .get = get_gs_base, .set = set_gs_base },
	{ MSR_IA32_SYSENTER_CS, MSR_LOW32, REG(sysenter_cs),
	  .group = XVCPU_REG_SYSENTER },
	{ MSR_IA32_SYSENTER_ESP, MSR_ADDRESS, REG(sysenter_esp),
	  .group = XVCPU_REG_SYSENTER },
	{ MSR_IA32_SYSENTER_EIP, MSR_ADDRESS, REG(sysenter_eip),
	  .group = XVCPU_REG_SYSENTER },
	{ MSR_IA32_CR_PAT, MSR_SPECIAL, .get = get_pat, .set = set_pat },
	{ MSR_IA32_TSC, MSR_SPECIAL, .get = get_tsc, .set = set_tsc },
	{ MSR_IA32_TSC_ADJUST, MSR_SPECIAL,
	  .get = get_tsc_adjust, .set = set_tsc_adjust },
	{ MSR_IA32_APICBASE, MSR_SPECIAL,
	  .get = get_apic_base, .set = set_apic_base },
	{ MSR_IA32_MISC_ENABLE, MSR_PLAIN, REG(misc_enable) },
	{ MSR_MTRRcap, MSR_SPECIAL, .get = get_zero, .set = refuse },
	{ MSR_MTRRdefType, MSR_ZERO },
	{ MSR_IA32_UCODE_REV, MSR_ZERO },
	{ MSR_IA32_PLATFORM_ID, MSR_ZERO },
	{ MSR_IA32_MCG_CAP, MSR_ZERO },
	{ MSR_IA32_MCG_STATUS, MSR_ZERO },
	{ MSR_IA32_DEBUGCTLMSR, MSR_SPECIAL, .get = get_zero,
	  .set = set_debugctl },
	{ MSR_IA32_XSS, MSR_ZERO },
};

static const struct guest_msr *find(u32 index)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		if (msrs[i].index == index)
			return &msrs[i];
	return NULL;
}

static u64 *field(struct xvcpu_vcpu *vcpu, const struct guest_msr *msr)
{
	return (void *)vcpu + msr->offset;
}

/* What userspace may do with an MSR does not depend on the guest's CPUID. */
static bool hidden(const struct xvcpu_vcpu *vcpu, u32 index, bool host)
{
	return index == MSR_TSC_AUX &&
	       (!(vcpu->ctl.proc2 & SECONDARY_EXEC_ENABLE_RDTSCP) ||
		(!host && !xvcpu_cpuid_has(vcpu, XVCPU_HAS_RDTSCP) &&
		 !xvcpu_cpuid_has(vcpu, XVCPU_HAS_RDPID)));
}

/**
 * xvcpu_msr_get() - read one of the guest's MSRs
 * @vcpu: the vCPU.
 * @index: the MSR.
 * @value: the result.
 * @host: whether userspace asks, not the guest.
 *
 * Return: 0, or -EINVAL if there is no such MSR.
 */
int xvcpu_msr_get(struct xvcpu_vcpu *vcpu, u32 index, u64 *value, bool host)
{
	const struct guest_msr *msr = find(index);

	if (!msr || hidden(vcpu, index, host))
		return -EINVAL;
	xvcpu_regs_need(vcpu, msr->group);
	switch (msr->kind) {
	case MSR_ZERO:
		*value = 0;
		break;
	case MSR_SPECIAL:
		*value = msr->get(vcpu);
		break;
	default:
		*value = *field(vcpu, msr);
	}
	return 0;
}

static bool value_valid(const struct guest_msr *msr, u64 value)
{
	switch (msr->kind) {
	case MSR_ADDRESS:
		return canonical(value);
	case MSR_LOW32:
		return !(value >> 32);
	case MSR_ZERO:
		return !value;
	default:
		return true;
	}
}

/**
 * xvcpu_msr_set() - write one of the guest's MSRs
 * @vcpu: the vCPU.
 * @index: the MSR.
 * @value: the value.
 * @host: whether userspace asks, not the guest.
 *
 * Return: 0, or -EINVAL if there is no such MSR or it does not take the value.
 */
int xvcpu_msr_set(struct xvcpu_vcpu *vcpu, u32 index, u64 value, bool host)
{
	const struct guest_msr *msr = find(index);

	if (!msr || hidden(vcpu, index, host) || !value_valid(msr, value))
		return -EINVAL;
	xvcpu_regs_need(vcpu, msr->group);
	if (msr->kind == MSR_SPECIAL)
		return msr->set(vcpu, value, host);
	if (msr->kind == MSR_ZERO)
		return 0;
	*field(vcpu, msr) = value;
	if (msr->group)
		xvcpu_regs_changed(vcpu, msr->group);
	return 0;
}

/**
 * xvcpu_msr_list() - the MSRs there are, for KVM_GET_MSR_INDEX_LIST
 * @list: the indices.
 *
 * Return: how many.
 */
u32 xvcpu_msr_list(const u32 **list)
{
	static u32 indices[ARRAY_SIZE(msrs)];
	int i;

	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		WRITE_ONCE(indices[i], msrs[i].index);
	*list = indices;
	return ARRAY_SIZE(msrs);
}

/* MSRs that the CPU itself has while the guest is loaded. */
static void reload(struct xvcpu_vcpu *vcpu, u32 index)
{
	switch (index) {
	case MSR_EFER:
	case MSR_STAR:
	case MSR_LSTAR:
	case MSR_CSTAR:
	case MSR_SYSCALL_MASK:
		xvcpu_host_load_syscall(vcpu);
		break;
	case MSR_TSC_AUX:
		wrmsrl(MSR_TSC_AUX, vcpu->regs.tsc_aux);
		break;
	}
}

/**
 * xvcpu_msr_read_exit() - handle an exit for RDMSR
 * @vcpu: the vCPU.
 *
 * Context: on the vCPU's CPU, interrupts off.
 * Return: as a handler of exits.
 */
int xvcpu_msr_read_exit(struct xvcpu_vcpu *vcpu)
{
	u64 value;

	vcpu->exit.insn_len = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	if (xvcpu_msr_get(vcpu, vcpu->world.gpr[XVCPU_RCX], &value, false))
		return xvcpu_exit_gp(vcpu);
	xvcpu_regs_set_edx_eax(vcpu, value);
	return xvcpu_exit_skip(vcpu);
}

/**
 * xvcpu_msr_write_exit() - handle an exit for WRMSR
 * @vcpu: the vCPU.
 *
 * Context: on the vCPU's CPU, interrupts off.
 * Return: as a handler of exits.
 */
int xvcpu_msr_write_exit(struct xvcpu_vcpu *vcpu)
{
	u32 index = vcpu->world.gpr[XVCPU_RCX];

	vcpu->exit.insn_len = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	if (xvcpu_msr_set(vcpu, index, xvcpu_regs_edx_eax(vcpu), false))
		return xvcpu_exit_gp(vcpu);
	reload(vcpu, index);
	return xvcpu_exit_skip(vcpu);
}
