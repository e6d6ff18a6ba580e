// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's machine-check architecture (SDM, "Machine-Check Architecture"):
 * registers that are kept, and errors that userspace makes up or passes on.
 *
 * Context: the vCPU's lock is held; the MSRs as for the other
 * ones (vmx_msr.c).
 */
#include <xvcpu/mce.h>

#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <asm/mce.h>
#include <asm/msr-index.h>
#include <asm/trapnr.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/event.h>
#include <xvcpu/regs.h>

/* What userspace may put into IA32_MCG_CAP besides a number of banks. */
#define MCG_CAP_SUPPORTED	(MCG_CTL_P | MCG_SER_P)

static u32 nr_banks(const struct xvcpu_vcpu *vcpu)
{
	return vcpu->mce.cap & MCG_BANKCNT_MASK;
}

/**
 * xvcpu_mce_supported() - KVM_X86_GET_MCE_CAP_SUPPORTED
 *
 * Return: the bits of IA32_MCG_CAP that there can be.
 */
u64 xvcpu_mce_supported(void)
{
	return MCG_CAP_SUPPORTED;
}

/**
 * xvcpu_mce_reset() - the machine-check registers before userspace sets them up
 * @vcpu: the vCPU.
 */
void xvcpu_mce_reset(struct xvcpu_vcpu *vcpu)
{
	memset(&vcpu->mce, 0, sizeof(vcpu->mce));
	vcpu->mce.cap = XVCPU_MCE_MAX_BANKS;
}

/**
 * xvcpu_mce_setup() - KVM_X86_SETUP_MCE: what IA32_MCG_CAP is to say
 * @vcpu: the vCPU.
 * @cap: the value. All errors become enabled.
 *
 * Return: 0, or -EINVAL for no bank, for too many, or an unknown bit.
 */
int xvcpu_mce_setup(struct xvcpu_vcpu *vcpu, u64 cap)
{
	struct xvcpu_mce *mce = &vcpu->mce;
	u32 banks = cap & MCG_BANKCNT_MASK, i;

	if (!banks || banks > XVCPU_MCE_MAX_BANKS)
		return -EINVAL;
	if (cap & ~(MCG_CAP_SUPPORTED | MCG_BANKCNT_MASK | MCG_EXT_CNT_MASK))
		return -EINVAL;
	mce->cap = cap;
	mce->ctl = cap & MCG_CTL_P ? ~0ULL : 0;
	for (i = 0; i < banks; i++)
		mce->bank[i][XVCPU_MCI_CTL] = ~0ULL;
	return 0;
}

/* SDM, "Overwrite Rules for Enabled Errors". */
static void log_error(u64 *bank, const struct kvm_x86_mce *error)
{
	u64 old = bank[XVCPU_MCI_STATUS];
	bool worse = error->status & MCI_STATUS_UC;

	if ((old & MCI_STATUS_VAL) && (old & MCI_STATUS_UC) && !worse) {
		bank[XVCPU_MCI_STATUS] |= MCI_STATUS_OVER;
		return;
	}
	bank[XVCPU_MCI_STATUS] = error->status;
	if (old & MCI_STATUS_VAL)
		bank[XVCPU_MCI_STATUS] |= MCI_STATUS_OVER;
	bank[XVCPU_MCI_ADDR] = error->addr;
	bank[XVCPU_MCI_MISC] = error->misc;
}

static bool signalled(const struct xvcpu_mce *mce, const u64 *bank)
{
	if ((mce->cap & MCG_CTL_P) && mce->ctl != ~0ULL)
		return false;
	return bank[XVCPU_MCI_CTL] == ~0ULL;
}

/* One machine check after the other, or one that nobody handles: shutdown. */
static void uncorrected(struct xvcpu_vcpu *vcpu, u64 *bank,
			const struct kvm_x86_mce *error)
{
	struct xvcpu_mce *mce = &vcpu->mce;

	if (!signalled(mce, bank))
		return;
	if ((mce->status & MCG_STATUS_MCIP) ||
	    !(vcpu->regs.cr4 & X86_CR4_MCE)) {
		vcpu->triple_fault = true;
		return;
	}
	log_error(bank, error);
	mce->status = error->mcg_status;
	xvcpu_event_queue_exception(vcpu, X86_TRAP_MC, XVCPU_EVENT_NO_ERROR);
}

/**
 * xvcpu_mce_inject() - KVM_X86_SET_MCE: an error of the machine for the guest
 * @vcpu: the vCPU, all registers here.
 * @error: the error; one that is not corrected comes with #MC.
 *
 * Return: 0, or -EINVAL if there is no such bank or the error is not valid.
 */
int xvcpu_mce_inject(struct xvcpu_vcpu *vcpu, const struct kvm_x86_mce *error)
{
	u32 i = error->bank, banks = nr_banks(vcpu);
	u64 *bank;

	if (i >= banks || !(error->status & MCI_STATUS_VAL))
		return -EINVAL;
	bank = vcpu->mce.bank[array_index_nospec(i, banks)];
	if (error->status & MCI_STATUS_UC)
		uncorrected(vcpu, bank, error);
	else
		log_error(bank, error);
	return 0;
}

static u64 *find_in_bank(struct xvcpu_vcpu *vcpu, u32 index)
{
	u32 nr = 4 * nr_banks(vcpu);

	if (index >= nr)
		return NULL;
	index = array_index_nospec(index, nr);
	return &vcpu->mce.bank[index / 4][index % 4];
}

static u64 *find(struct xvcpu_vcpu *vcpu, u32 index, bool host)
{
	struct xvcpu_mce *mce = &vcpu->mce;

	if (!host && !xvcpu_cpuid_has(vcpu, XVCPU_HAS_MCA))
		return NULL;
	switch (index) {
	case MSR_IA32_MCG_CAP:
		return &mce->cap;
	case MSR_IA32_MCG_STATUS:
		return &mce->status;
	case MSR_IA32_MCG_CTL:
		return host || (mce->cap & MCG_CTL_P) ? &mce->ctl : NULL;
	default:
		return find_in_bank(vcpu, index - MSR_IA32_MC0_CTL);
	}
}

/* Software clears a bank's status; MCG_CTL is where the capability says so. */
static bool value_valid(const struct xvcpu_vcpu *vcpu, u32 index, u64 value,
			bool host)
{
	u32 offset = index - MSR_IA32_MC0_CTL;

	if (index == MSR_IA32_MCG_CAP)
		return host && value == vcpu->mce.cap;
	if (index == MSR_IA32_MCG_CTL)
		return !value || (vcpu->mce.cap & MCG_CTL_P);
	if (offset < 4 * XVCPU_MCE_MAX_BANKS && offset % 4 == XVCPU_MCI_STATUS)
		return host || !value;
	return true;
}

/**
 * xvcpu_mce_get() - read a machine-check MSR
 * @vcpu: the vCPU.
 * @index: the MSR.
 * @value: the result.
 * @host: whether userspace asks, not the guest.
 *
 * Return: 0, or -ENOENT if it is none, or none that the guest has.
 */
int xvcpu_mce_get(struct xvcpu_vcpu *vcpu, u32 index, u64 *value, bool host)
{
	const u64 *msr = find(vcpu, index, host);

	if (!msr)
		return -ENOENT;
	*value = *msr;
	return 0;
}

/**
 * xvcpu_mce_set() - write a machine-check MSR
 * @vcpu: the vCPU.
 * @index: the MSR.
 * @value: the value.
 * @host: whether userspace asks, not the guest.
 *
 * Return: 0; -ENOENT as xvcpu_mce_get(); -EINVAL if it does not take the value.
 */
int xvcpu_mce_set(struct xvcpu_vcpu *vcpu, u32 index, u64 value, bool host)
{
	u64 *msr = find(vcpu, index, host);

	if (!msr)
		return -ENOENT;
	if (!value_valid(vcpu, index, value, host))
		return -EINVAL;
	*msr = value;
	return 0;
}
