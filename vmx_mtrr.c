// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's memory-type range registers (SDM, "Memory Type Range Registers").
 * They are kept, with the values that hardware takes, and mean nothing: the
 * guest's memory is write-back.
 *
 * Context: as for the other MSRs (vmx_msr.c).
 */
#include <xvcpu/mtrr.h>

#include <linux/errno.h>
#include <linux/nospec.h>
#include <asm/msr-index.h>
#include <asm/mtrr.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/vcpu.h>

/* IA32_MTRRCAP: fixed ranges, write-combining, the number of variable ranges. */
#define MTRRCAP		(BIT(8) | BIT(10) | XVCPU_MTRR_NR_VAR)

#define VAR_FIRST	MTRRphysBase_MSR(0)
#define VAR_LAST	MTRRphysMask_MSR(XVCPU_MTRR_NR_VAR - 1)

/* DEF_TYPE has a type and two enables; a base a type, a mask a valid bit. */
#define DEF_TYPE_RESERVED	(~0ULL & ~(0xffULL | BIT(10) | BIT(11)))
#define BASE_RESERVED		0xf00
#define MASK_RESERVED		0x7ff

static u64 *find(struct xvcpu_vcpu *vcpu, u32 index)
{
	struct xvcpu_mtrr *mtrr = &vcpu->mtrr;

	switch (index) {
	case MSR_MTRRdefType:
		return &mtrr->def_type;
	case MSR_MTRRfix64K_00000:
		return &mtrr->fixed[0];
	case MSR_MTRRfix16K_80000:
	case MSR_MTRRfix16K_A0000:
		index -= MSR_MTRRfix16K_80000;
		return &mtrr->fixed[1 + array_index_nospec(index, 2)];
	case MSR_MTRRfix4K_C0000 ... MSR_MTRRfix4K_F8000:
		index -= MSR_MTRRfix4K_C0000;
		return &mtrr->fixed[3 + array_index_nospec(index, 8)];
	case VAR_FIRST ... VAR_LAST:
		index -= VAR_FIRST;
		return &mtrr->var[array_index_nospec(index,
						     ARRAY_SIZE(mtrr->var))];
	default:
		return NULL;
	}
}

static bool type_valid(u8 type)
{
	return type == MTRR_TYPE_UNCACHABLE || type == MTRR_TYPE_WRCOMB ||
	       type == MTRR_TYPE_WRTHROUGH || type == MTRR_TYPE_WRPROT ||
	       type == MTRR_TYPE_WRBACK;
}

static bool all_types_valid(u64 types)
{
	int i;

	for (i = 0; i < 8; i++)
		if (!type_valid(types >> (8 * i)))
			return false;
	return true;
}

static bool var_valid(const struct xvcpu_vcpu *vcpu, u32 index, u64 value)
{
	bool mask = (index - VAR_FIRST) & 1;

	if (value >> vcpu->maxphyaddr)
		return false;
	if (mask)
		return !(value & MASK_RESERVED);
	return !(value & BASE_RESERVED) && type_valid(value);
}

static bool value_valid(const struct xvcpu_vcpu *vcpu, u32 index, u64 value)
{
	if (index == MSR_MTRRdefType)
		return !(value & DEF_TYPE_RESERVED) && type_valid(value);
	if (index >= VAR_FIRST && index <= VAR_LAST)
		return var_valid(vcpu, index, value);
	return all_types_valid(value);
}

static bool offered(const struct xvcpu_vcpu *vcpu, bool host)
{
	return host || xvcpu_cpuid_has(vcpu, XVCPU_HAS_MTRR);
}

/**
 * xvcpu_mtrr_get() - read an MTRR
 * @vcpu: the vCPU.
 * @index: the MSR.
 * @value: the result.
 * @host: whether userspace asks, not the guest.
 *
 * Return: 0, or -ENOENT if it is none, or none that the guest has.
 */
int xvcpu_mtrr_get(struct xvcpu_vcpu *vcpu, u32 index, u64 *value, bool host)
{
	static const u64 cap = MTRRCAP;
	const u64 *mtrr = index == MSR_MTRRcap ? &cap : find(vcpu, index);

	if (!mtrr || !offered(vcpu, host))
		return -ENOENT;
	*value = *mtrr;
	return 0;
}

/**
 * xvcpu_mtrr_set() - write an MTRR
 * @vcpu: the vCPU.
 * @index: the MSR.
 * @value: the value.
 * @host: whether userspace asks, not the guest.
 *
 * Return: 0; -ENOENT as xvcpu_mtrr_get(); -EINVAL if it does not take the value.
 */
int xvcpu_mtrr_set(struct xvcpu_vcpu *vcpu, u32 index, u64 value, bool host)
{
	u64 *mtrr = find(vcpu, index);

	if (!offered(vcpu, host))
		return -ENOENT;
	if (index == MSR_MTRRcap)
		return host && value == MTRRCAP ? 0 : -EINVAL;
	if (!mtrr)
		return -ENOENT;
	if (!value_valid(vcpu, index, value))
		return -EINVAL;
	*mtrr = value;
	return 0;
}
