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
#include <linux/string.h>
#include <asm/kvm_para.h>
#include <asm/msr.h>
#include <asm/vmx.h>
#include <xvcpu/compat.h>
#include <xvcpu/counted.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/cr.h>
#include <xvcpu/exit.h>
#include <xvcpu/host.h>
#include <xvcpu/msr_filter.h>
#include <xvcpu/percpu.h>
#include <xvcpu/regs.h>
#include <xvcpu/segment.h>
#include <xvcpu/tsc.h>
#include <xvcpu/vm.h>
#include <xvcpu/vmcs.h>

/* Bits of IA32_MISC_ENABLE that say what the processor is. */
#define MISC_ENABLE_READ_ONLY	(MSR_IA32_MISC_ENABLE_EMON | \
				 MSR_IA32_MISC_ENABLE_BTS_UNAVAIL | \
				 MSR_IA32_MISC_ENABLE_PEBS_UNAVAIL)

/*
 * What an MSR takes:
 * MSR_PLAIN: any value;
 * MSR_ADDRESS: a canonical address;
 * MSR_LOW32: what has no bit in 63:32;
 * MSR_ZERO: 0.
 */
enum msr_kind {
	MSR_PLAIN,
	MSR_ADDRESS,
	MSR_LOW32,
	MSR_ZERO,
};

/*
 * @takes: what can be written to it, unless there is @set.
 * @offset: of where it is in struct xvcpu_vcpu; 0 if nowhere: it reads 0.
 * @group: the group of registers that this is in.
 * @needs: what the guest's CPUID must have for the guest to have the MSR.
 * @host_only: the guest never has it.
 * @unlisted: userspace need not save and restore it.
 * @get: how it is read, if not at @offset.
 * @set: how it is written, if that takes more.
 * @load: what a guest's write leads to, for an MSR that the CPU itself has while the
 *	guest is loaded.
 */
struct xvcpu_msr {
	u32 index;
	enum msr_kind takes;
	u16 offset;
	u32 group;
	enum xvcpu_feature needs;
	bool host_only;
	bool unlisted;
	u64 (*get)(struct xvcpu_vcpu *vcpu);
	int (*set)(struct xvcpu_vcpu *vcpu, u64 value, bool host);
	void (*load)(struct xvcpu_vcpu *vcpu);
};

#define REG(field)	.offset = offsetof(struct xvcpu_vcpu, regs.field)

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
	       !(value >> vcpu->maxphyaddr);
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

/* Last-branch records and branch steps are not offered: no harm in asking. */
static int set_debugctl(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	return value & ~(u64)(DEBUGCTLMSR_LBR | DEBUGCTLMSR_BTF) ? -EINVAL : 0;
}

static int set_misc_enable(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	u64 *msr = &vcpu->regs.misc_enable;

	if (!host)
		value = (value & ~(u64)MISC_ENABLE_READ_ONLY) |
			(*msr & MISC_ENABLE_READ_ONLY);
	*msr = value;
	return 0;
}

/* A guest writes it before CPUID loads it: with what was there already. */
static int set_microcode(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	if (host)
		vcpu->regs.microcode = value;
	return 0;
}

/* The guest changes it by SWAPGS, too. */
static u64 get_kernel_gs_base(struct xvcpu_vcpu *vcpu)
{
	if (vcpu->running_on != XVCPU_CPU_NONE)
		rdmsrl(MSR_KERNEL_GS_BASE, vcpu->regs.kernel_gs_base);
	return vcpu->regs.kernel_gs_base;
}

static void load_kernel_gs_base(struct xvcpu_vcpu *vcpu)
{
	counted_wrmsrl(MSR_KERNEL_GS_BASE, vcpu->regs.kernel_gs_base);
}

static void load_tsc_aux(struct xvcpu_vcpu *vcpu)
{
	counted_wrmsrl(MSR_TSC_AUX, vcpu->regs.tsc_aux);
}

/* What a platform has besides CPUID: that CPUID can be made to fault. */
static int set_platform_info(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	if (!host)
		return -EINVAL;
	if (!(value & MSR_PLATFORM_INFO_CPUID_FAULT) &&
	    vcpu->regs.misc_features)
		return -EINVAL;
	vcpu->regs.platform_info = value;
	return 0;
}

static int set_misc_features(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	if (value & ~MSR_MISC_FEATURES_ENABLES_CPUID_FAULT)
		return -EINVAL;
	if (value && !(vcpu->regs.platform_info & MSR_PLATFORM_INFO_CPUID_FAULT))
		return -EINVAL;
	vcpu->regs.misc_features = value;
	return 0;
}

static const struct xvcpu_msr msrs[] = {
	{ MSR_EFER, REG(efer), .set = set_efer, .unlisted = true,
	  .load = xvcpu_host_change_syscall },
	{ MSR_STAR, MSR_PLAIN, REG(star), .load = xvcpu_host_change_syscall },
	{ MSR_LSTAR, MSR_ADDRESS, REG(lstar),
	  .load = xvcpu_host_change_syscall },
	{ MSR_CSTAR, MSR_ADDRESS, REG(cstar),
	  .load = xvcpu_host_change_syscall },
	{ MSR_SYSCALL_MASK, MSR_LOW32, REG(fmask),
	  .load = xvcpu_host_change_syscall },
	{ MSR_KERNEL_GS_BASE, MSR_ADDRESS, REG(kernel_gs_base),
	  .get = get_kernel_gs_base, .load = load_kernel_gs_base },
	{ MSR_TSC_AUX, MSR_LOW32, REG(tsc_aux), .load = load_tsc_aux },
	{ MSR_FS_BASE, MSR_ADDRESS, REG(seg[XVCPU_FS].base),
	  .group = XVCPU_REG_SEGMENTS, .unlisted = true },
	{ MSR_GS_BASE, MSR_ADDRESS, REG(seg[XVCPU_GS].base),
	  .group = XVCPU_REG_SEGMENTS, .unlisted = true },
	{ MSR_IA32_SYSENTER_CS, MSR_LOW32, REG(sysenter_cs),
	  .group = XVCPU_REG_SYSENTER },
	{ MSR_IA32_SYSENTER_ESP, MSR_ADDRESS, REG(sysenter_esp),
	  .group = XVCPU_REG_SYSENTER },
	{ MSR_IA32_SYSENTER_EIP, MSR_ADDRESS, REG(sysenter_eip),
	  .group = XVCPU_REG_SYSENTER },
	{ MSR_IA32_CR_PAT, REG(pat), .set = set_pat, .needs = XVCPU_HAS_PAT },
	{ MSR_IA32_TSC, .get = xvcpu_tsc_get, .set = xvcpu_tsc_set },
	{ MSR_IA32_TSC_ADJUST, .needs = XVCPU_HAS_TSC_ADJUST,
	  .get = xvcpu_tsc_get_adjust, .set = xvcpu_tsc_set_adjust },
	{ MSR_IA32_APICBASE, REG(apic_base), .set = set_apic_base,
	  .unlisted = true },
	{ MSR_IA32_MISC_ENABLE, REG(misc_enable), .set = set_misc_enable },
	{ MSR_IA32_UCODE_REV, REG(microcode), .set = set_microcode },
	{ MSR_IA32_POWER_CTL, MSR_PLAIN, REG(power_ctl) },
	{ MSR_IA32_DEBUGCTLMSR, .set = set_debugctl, .unlisted = true },
	{ MSR_IA32_XSS, MSR_ZERO, .needs = XVCPU_HAS_XSAVES },
	{ MSR_IA32_PERF_CAPABILITIES, MSR_ZERO, .needs = XVCPU_HAS_PDCM },
	{ MSR_PLATFORM_INFO, REG(platform_info), .set = set_platform_info },
	{ MSR_MISC_FEATURES_ENABLES, REG(misc_features),
	  .set = set_misc_features },
	{ MSR_IA32_PLATFORM_ID, MSR_ZERO, .unlisted = true },
	{ MSR_IA32_EBL_CR_POWERON, MSR_ZERO, .unlisted = true },
	/* QEMU writes them whether there is a paravirtual clock or not. */
	{ MSR_KVM_WALL_CLOCK, MSR_ZERO, .host_only = true, .unlisted = true },
	{ MSR_KVM_SYSTEM_TIME, MSR_ZERO, .host_only = true, .unlisted = true },
	{ MSR_KVM_WALL_CLOCK_NEW, MSR_ZERO, .host_only = true,
	  .unlisted = true },
	{ MSR_KVM_SYSTEM_TIME_NEW, MSR_ZERO, .host_only = true,
	  .unlisted = true },
};

static const struct xvcpu_msr *find(u32 index)
{
	const struct xvcpu_msr *msr;

	for (msr = msrs; msr < msrs + ARRAY_SIZE(msrs); msr++)
		if (msr->index == index)
			return msr;
	return NULL;
}

static u64 *field(struct xvcpu_vcpu *vcpu, const struct xvcpu_msr *msr)
{
	return (void *)vcpu + msr->offset;
}

static u64 get(struct xvcpu_vcpu *vcpu, const struct xvcpu_msr *msr)
{
	if (msr->get)
		return msr->get(vcpu);
	if (!msr->offset)
		return 0;
	xvcpu_regs_need(vcpu, msr->group);
	return *field(vcpu, msr);
}

static bool takes(const struct xvcpu_msr *msr, u64 value)
{
	switch (msr->takes) {
	case MSR_ADDRESS:
		return xvcpu_segment_canonical(value);
	case MSR_LOW32:
		return !(value >> 32);
	case MSR_ZERO:
		return !value;
	default:
		return true;
	}
}

static int store(struct xvcpu_vcpu *vcpu, const struct xvcpu_msr *msr,
		 u64 value)
{
	if (!takes(msr, value))
		return -EINVAL;
	if (!msr->offset)
		return 0;
	xvcpu_regs_need(vcpu, msr->group);
	*field(vcpu, msr) = value;
	if (msr->group)
		xvcpu_regs_changed(vcpu, msr->group);
	return 0;
}

static int set(struct xvcpu_vcpu *vcpu, const struct xvcpu_msr *msr, u64 value,
	       bool host)
{
	return msr->set ? msr->set(vcpu, value, host) : store(vcpu, msr, value);
}

/* The CPU itself has it for the guest, and may lack it. */
static bool host_lacks(u32 index)
{
	return index == MSR_TSC_AUX &&
	       !vmx_caps_has_proc2(&xvcpu_root->boot_caps,
				   SECONDARY_EXEC_ENABLE_RDTSCP);
}

/* What userspace may do with an MSR does not depend on the guest's CPUID. */
static bool guest_lacks(const struct xvcpu_vcpu *vcpu,
			const struct xvcpu_msr *msr)
{
	if (msr->index == MSR_TSC_AUX)
		return !xvcpu_cpuid_has(vcpu, XVCPU_HAS_RDTSCP) &&
		       !xvcpu_cpuid_has(vcpu, XVCPU_HAS_RDPID);
	return msr->host_only ||
	       (msr->needs && !xvcpu_cpuid_has(vcpu, msr->needs));
}

static noinline const struct xvcpu_msr *look_up(struct xvcpu_vcpu *vcpu,
						u32 index)
{
	const struct xvcpu_msr *msr = find(index);

	if (!msr || host_lacks(index) || guest_lacks(vcpu, msr))
		return NULL;
	vcpu->last_msr = msr;
	return msr;
}

/*
 * One that the guest has, or NULL. A guest that accesses one exits for the same
 * again, most often.
 */
static const struct xvcpu_msr *find_guests(struct xvcpu_vcpu *vcpu, u32 index)
{
	const struct xvcpu_msr *last = vcpu->last_msr;

	return likely(last && last->index == index) ? last :
						      look_up(vcpu, index);
}

/* Those of which there are many. */
static int get_ranged(struct xvcpu_vcpu *vcpu, u32 index, u64 *value, bool host)
{
	int err = xvcpu_mtrr_get(vcpu, index, value, host);

	return err == -ENOENT ? xvcpu_mce_get(vcpu, index, value, host) : err;
}

static int set_ranged(struct xvcpu_vcpu *vcpu, u32 index, u64 value, bool host)
{
	int err = xvcpu_mtrr_set(vcpu, index, value, host);

	return err == -ENOENT ? xvcpu_mce_set(vcpu, index, value, host) : err;
}

/**
 * xvcpu_msr_get() - read one of the guest's MSRs for userspace
 * @vcpu: the vCPU, not running.
 * @index: the MSR.
 * @value: the result.
 *
 * Return: 0, or -ENOENT if there is no such MSR.
 */
int xvcpu_msr_get(struct xvcpu_vcpu *vcpu, u32 index, u64 *value)
{
	const struct xvcpu_msr *msr = find(index);

	if (!msr)
		return get_ranged(vcpu, index, value, true);
	if (host_lacks(index))
		return -ENOENT;
	*value = get(vcpu, msr);
	return 0;
}

/**
 * xvcpu_msr_set() - write one of the guest's MSRs for userspace
 * @vcpu: the vCPU, not running.
 * @index: the MSR.
 * @value: the value.
 *
 * Return: 0; -ENOENT if there is no such MSR; -EINVAL if it does not take the
 * value.
 */
int xvcpu_msr_set(struct xvcpu_vcpu *vcpu, u32 index, u64 value)
{
	const struct xvcpu_msr *msr = find(index);

	if (!msr)
		return set_ranged(vcpu, index, value, true);
	if (host_lacks(index))
		return -ENOENT;
	return set(vcpu, msr, value, true);
}

/**
 * xvcpu_msr_list() - the MSRs that userspace saves, for KVM_GET_MSR_INDEX_LIST
 * @indices: room for XVCPU_MSR_MAX_LISTED.
 *
 * Return: how many.
 */
u32 xvcpu_msr_list(u32 *indices)
{
	u32 nr = 0;
	int i;

	BUILD_BUG_ON(ARRAY_SIZE(msrs) > XVCPU_MSR_MAX_LISTED);
	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		if (!msrs[i].unlisted && !host_lacks(msrs[i].index))
			indices[nr++] = msrs[i].index;
	return nr;
}

/* MSRs that say what a guest can be offered. */
static const u32 features[] = {
	MSR_IA32_UCODE_REV, MSR_IA32_PERF_CAPABILITIES,
};

/**
 * xvcpu_msr_list_features() - the MSRs that xvcpu_msr_get_feature() knows
 * @indices: room for XVCPU_MSR_MAX_LISTED.
 *
 * Return: how many.
 */
u32 xvcpu_msr_list_features(u32 *indices)
{
	memcpy(indices, features, sizeof(features));
	return ARRAY_SIZE(features);
}

/**
 * xvcpu_msr_get_feature() - what a guest can be offered in an MSR
 * @index: the MSR.
 * @value: the result.
 *
 * Return: 0, or -ENOENT if there is no such MSR.
 */
int xvcpu_msr_get_feature(u32 index, u64 *value)
{
	switch (index) {
	case MSR_IA32_UCODE_REV:
		return rdmsrl_safe(index, value) ? -ENOENT : 0;
	case MSR_IA32_PERF_CAPABILITIES:
		*value = 0;
		return 0;
	default:
		return -ENOENT;
	}
}

static u32 reason_of(int err)
{
	switch (err) {
	case -EPERM:
		return KVM_MSR_EXIT_REASON_FILTER;
	case -ENOENT:
		return KVM_MSR_EXIT_REASON_UNKNOWN;
	default:
		return KVM_MSR_EXIT_REASON_INVAL;
	}
}

/* Userspace hears of an access that has failed if it wants to, or it is #GP. */
static int failed(struct xvcpu_vcpu *vcpu, u32 exit, int err, u64 data)
{
	struct kvm_run *run = vcpu->run;
	u32 reason = reason_of(err);

	if (!(READ_ONCE(vcpu->vm->user_msr_reasons) & reason))
		return xvcpu_exit_gp(vcpu);
	xvcpu_regs_pull_to_skip(vcpu);
	memset(&run->msr, 0, sizeof(run->msr));
	run->exit_reason = exit;
	run->msr.reason = reason;
	run->msr.index = vcpu->world.gpr[XVCPU_RCX];
	run->msr.data = data;
	vcpu->msr_exit = exit;
	return XVCPU_EXIT_USER;
}

static noinline int read_ranged(struct xvcpu_vcpu *vcpu, u32 index)
{
	u64 value;
	int err = get_ranged(vcpu, index, &value, false);

	if (err)
		return failed(vcpu, KVM_EXIT_X86_RDMSR, err, 0);
	xvcpu_regs_set_edx_eax(vcpu, value);
	return xvcpu_exit_skip_insn(vcpu);
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
	u32 index = vcpu->world.gpr[XVCPU_RCX];
	const struct xvcpu_msr *msr;

	if (!xvcpu_msr_filter_allows(vcpu->vm, index, KVM_MSR_FILTER_READ))
		return failed(vcpu, KVM_EXIT_X86_RDMSR, -EPERM, 0);
	msr = find_guests(vcpu, index);
	if (unlikely(!msr))
		return read_ranged(vcpu, index);
	xvcpu_regs_set_edx_eax(vcpu, get(vcpu, msr));
	return xvcpu_exit_skip_insn(vcpu);
}

static int write(struct xvcpu_vcpu *vcpu, u32 index, u64 value)
{
	const struct xvcpu_msr *msr;
	int err;

	if (!xvcpu_msr_filter_allows(vcpu->vm, index, KVM_MSR_FILTER_WRITE))
		return -EPERM;
	msr = find_guests(vcpu, index);
	if (unlikely(!msr))
		return set_ranged(vcpu, index, value, false);
	err = set(vcpu, msr, value, false);
	if (!err && msr->load)
		msr->load(vcpu);
	return err;
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
	u64 value = xvcpu_regs_edx_eax(vcpu);
	int err = write(vcpu, vcpu->world.gpr[XVCPU_RCX], value);

	if (unlikely(err))
		return failed(vcpu, KVM_EXIT_X86_WRMSR, err, value);
	return xvcpu_exit_skip_insn(vcpu);
}

/**
 * xvcpu_msr_complete() - userspace has done its part of an access
 * @vcpu: the vCPU; an access is under way.
 *
 * Context: process context.
 */
void xvcpu_msr_complete(struct xvcpu_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	bool is_read = vcpu->msr_exit == KVM_EXIT_X86_RDMSR;

	vcpu->msr_exit = 0;
	if (READ_ONCE(run->msr.error)) {
		xvcpu_exit_gp(vcpu);
		return;
	}
	if (is_read)
		xvcpu_regs_set_edx_eax(vcpu, READ_ONCE(run->msr.data));
	xvcpu_exit_skip(vcpu);
}

/**
 * xvcpu_msr_follow_filter() - have the VMCS say which MSRs leave the guest
 * @vcpu: the vCPU, bound to this CPU.
 *
 * Context: before an entry, interrupts off. Who changes the filter makes vCPUs in
 * the guest come by here.
 */
void xvcpu_msr_follow_filter(struct xvcpu_vcpu *vcpu)
{
	bool all = READ_ONCE(vcpu->vm->intercept_msrs);

	if (likely(vcpu->intercept_msrs == all))
		return;
	xvcpu_vmcs_intercept_msrs(all);
	vcpu->intercept_msrs = all;
}
