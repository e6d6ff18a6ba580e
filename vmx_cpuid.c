// SPDX-License-Identifier: GPL-2.0
/*
 * What CPUID tells the guest: what userspace has set, with the bits that follow
 * the guest's own state; and what userspace can be offered.
 *
 * Context: the vCPU's lock is held, but for xvcpu_cpuid_supported().
 */
#include <xvcpu/cpuid.h>

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/fpu/types.h>
#include <asm/kvm_para.h>
#include <asm/processor.h>
#include <asm/vmx.h>
#include <xvcpu/compat.h>
#include <xvcpu/ept.h>
#include <xvcpu/exit.h>
#include <xvcpu/fpu.h>
#include <xvcpu/percpu.h>
#include <xvcpu/regs.h>
#include <xvcpu/vmcs.h>

#define HYPERVISOR_LEAF	0x40000000
#define TOPOLOGY_LEAF	0xb
#define XSTATE_LEAF	0xd
#define LAST_BASIC	XSTATE_LEAF
#define LAST_EXTENDED	0x80000008

enum { EAX, EBX, ECX, EDX };

#define F(x)		BIT((X86_FEATURE_##x) & 31)

/* Bits of a leaf that a guest may see if the host's CPU has them. */
static const struct {
	u32 leaf;
	u32 index;
	u32 mask[4];
} masks[] = {
	{ 1, 0, {
		~0U,
		0x0000ffff,
		F(XMM3) | F(PCLMULQDQ) | F(SSSE3) | F(FMA) | F(CX16) | F(PCID) |
		F(XMM4_1) | F(XMM4_2) | F(MOVBE) | F(POPCNT) | F(AES) |
		F(XSAVE) | F(AVX) | F(F16C) | F(RDRAND),
		F(FPU) | F(VME) | F(DE) | F(PSE) | F(TSC) | F(MSR) | F(PAE) |
		F(MCE) | F(CX8) | F(APIC) | F(SEP) | F(MTRR) | F(PGE) |
		F(MCA) | F(CMOV) | F(PAT) | F(PSE36) | F(CLFLUSH) | F(MMX) | F(FXSR) | F(XMM) |
		F(XMM2) } },
	{ 2, 0, { ~0U, ~0U, ~0U, ~0U } },
	/* Caches without the topology of the host's cores. */
	{ 4, 0, { 0x00003fff, ~0U, ~0U, ~0U } },
	{ 4, 1, { 0x00003fff, ~0U, ~0U, ~0U } },
	{ 4, 2, { 0x00003fff, ~0U, ~0U, ~0U } },
	{ 4, 3, { 0x00003fff, ~0U, ~0U, ~0U } },
	{ 7, 0, {
		0,
		F(FSGSBASE) | F(TSC_ADJUST) | F(BMI1) | F(AVX2) | F(SMEP) |
		F(BMI2) | F(ERMS) | F(INVPCID) | F(RDSEED) | F(ADX) | F(SMAP) |
		F(CLFLUSHOPT) | F(CLWB) | F(SHA_NI) | F(AVX512F) |
		F(AVX512DQ) | F(AVX512IFMA) | F(AVX512CD) | F(AVX512BW) |
		F(AVX512VL),
		F(UMIP) | F(AVX512VBMI) | F(AVX512_VBMI2) | F(GFNI) | F(VAES) |
		F(VPCLMULQDQ) | F(AVX512_VNNI) | F(AVX512_BITALG) |
		F(AVX512_VPOPCNTDQ) | F(RDPID),
		F(FSRM) | F(MD_CLEAR) } },
	{ 0x80000001, 0, {
		~0U, 0,
		F(LAHF_LM) | F(ABM) | F(3DNOWPREFETCH),
		F(SYSCALL) | F(NX) | F(GBPAGES) | F(RDTSCP) | F(LM) } },
	{ 0x80000002, 0, { ~0U, ~0U, ~0U, ~0U } },
	{ 0x80000003, 0, { ~0U, ~0U, ~0U, ~0U } },
	{ 0x80000004, 0, { ~0U, ~0U, ~0U, ~0U } },
	{ 0x80000006, 0, { ~0U, ~0U, ~0U, ~0U } },
	/* The TSC counts evenly, if the host's does. */
	{ 0x80000007, 0, { 0, 0, 0, BIT(8) } },
	{ 0x80000008, 0, { 0x0000ffff, 0, 0, 0 } },
};

static const struct {
	u32 leaf;
	u8 reg;
	u32 bit;
	u32 index;
} features[] = {
	[XVCPU_HAS_XSAVE] = { 1, ECX, F(XSAVE) },
	[XVCPU_HAS_PCID] = { 1, ECX, F(PCID) },
	[XVCPU_HAS_FSGSBASE] = { 7, EBX, F(FSGSBASE) },
	[XVCPU_HAS_SMEP] = { 7, EBX, F(SMEP) },
	[XVCPU_HAS_SMAP] = { 7, EBX, F(SMAP) },
	[XVCPU_HAS_UMIP] = { 7, ECX, F(UMIP) },
	[XVCPU_HAS_NX] = { 0x80000001, EDX, F(NX) },
	[XVCPU_HAS_LM] = { 0x80000001, EDX, F(LM) },
	[XVCPU_HAS_SYSCALL] = { 0x80000001, EDX, F(SYSCALL) },
	[XVCPU_HAS_RDTSCP] = { 0x80000001, EDX, F(RDTSCP) },
	[XVCPU_HAS_RDPID] = { 7, ECX, F(RDPID) },
	[XVCPU_HAS_TSC_ADJUST] = { 7, EBX, F(TSC_ADJUST) },
	[XVCPU_HAS_MTRR] = { 1, EDX, F(MTRR) },
	[XVCPU_HAS_MCA] = { 1, EDX, F(MCA) },
	[XVCPU_HAS_PAT] = { 1, EDX, F(PAT) },
	[XVCPU_HAS_PDCM] = { 1, ECX, F(PDCM) },
	[XVCPU_HAS_XSAVES] = { XSTATE_LEAF, EAX, F(XSAVES), .index = 1 },
};

/* A list that is being made; @max entries fit. */
struct list {
	struct kvm_cpuid_entry2 *entries;
	u32 nent;
	u32 max;
};

static struct kvm_cpuid_entry2 *append(struct list *list, u32 leaf, u32 index,
				       bool indexed)
{
	struct kvm_cpuid_entry2 *e;

	if (list->nent == list->max)
		return NULL;
	e = &list->entries[list->nent++];
	memset(e, 0, sizeof(*e));
	e->function = leaf;
	e->index = index;
	e->flags = indexed ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0;
	cpuid_count(leaf, index, &e->eax, &e->ebx, &e->ecx, &e->edx);
	return e;
}

static u32 host_max(u32 leaf)
{
	return cpuid_eax(leaf);
}

static void apply_mask(struct kvm_cpuid_entry2 *e, const u32 *mask)
{
	e->eax &= mask[EAX];
	e->ebx &= mask[EBX];
	e->ecx &= mask[ECX];
	e->edx &= mask[EDX];
}

/* What the host's kernel has switched off, for an erratum or by request. */
static void drop_disabled(struct kvm_cpuid_entry2 *e)
{
	const u32 *has = (const u32 *)boot_cpu_data.x86_capability;

	switch (e->function) {
	case 1:
		e->ecx &= has[CPUID_1_ECX];
		break;
	case 7:
		e->ebx &= has[CPUID_7_0_EBX];
		/* The kernel may not use UMIP; the guest can. */
		e->ecx &= has[CPUID_7_ECX] | F(UMIP);
		e->edx &= has[CPUID_7_EDX];
		break;
	case 0x80000001:
		e->ecx &= has[CPUID_8000_0001_ECX];
		e->edx &= has[CPUID_8000_0001_EDX];
		break;
	case 0x80000007:
		e->edx &= boot_cpu_data.x86_power;
		break;
	}
}

/* What an instruction needs from the VMCS or the host's kernel besides the CPU. */
static void drop_unusable(struct kvm_cpuid_entry2 *e)
{
	const struct vmx_caps *caps = &xvcpu_root->boot_caps;
	bool rdtscp = vmx_caps_has_proc2(caps, SECONDARY_EXEC_ENABLE_RDTSCP);
	bool avx = xvcpu_fpu_supported_xcr0() & XFEATURE_MASK_YMM;
	bool avx512 = xvcpu_fpu_supported_xcr0() & XFEATURE_MASK_AVX512;

	if (e->function == 1) {
		e->ecx |= F(HYPERVISOR);
		if (!xvcpu_fpu_supported_xcr0())
			e->ecx &= ~F(XSAVE);
		if (!avx)
			e->ecx &= ~(F(AVX) | F(FMA) | F(F16C));
	} else if (e->function == 7) {
		if (!vmx_caps_has_proc2(caps, SECONDARY_EXEC_ENABLE_INVPCID))
			e->ebx &= ~F(INVPCID);
		if (!rdtscp)
			e->ecx &= ~F(RDPID);
		if (!avx) {
			e->ebx &= ~F(AVX2);
			e->ecx &= ~(F(VAES) | F(VPCLMULQDQ));
		}
		if (!avx512) {
			e->ebx &= ~(F(AVX512F) | F(AVX512DQ) | F(AVX512IFMA) |
				    F(AVX512CD) | F(AVX512BW) | F(AVX512VL));
			e->ecx &= ~(F(AVX512VBMI) | F(AVX512_VBMI2) |
				    F(AVX512_VNNI) | F(AVX512_BITALG) |
				    F(AVX512_VPOPCNTDQ));
		}
	} else if (e->function == 0x80000001) {
		if (!rdtscp)
			e->edx &= ~F(RDTSCP);
	} else if (e->function == 0x80000008) {
		if ((e->eax & 0xff) > XVCPU_EPT_GPA_BITS)
			e->eax = (e->eax & ~0xffU) | XVCPU_EPT_GPA_BITS;
	}
}

static int add_masked(struct list *list)
{
	struct kvm_cpuid_entry2 *e;
	u32 leaf;
	int i;

	for (i = 0; i < ARRAY_SIZE(masks); i++) {
		leaf = masks[i].leaf;
		if (leaf > host_max(leaf & 0x80000000))
			continue;
		e = append(list, leaf, masks[i].index, leaf == 4 || leaf == 7);
		if (!e)
			return -E2BIG;
		apply_mask(e, masks[i].mask);
		drop_disabled(e);
		drop_unusable(e);
	}
	return 0;
}

static int add_limit(struct list *list, u32 leaf, u32 last)
{
	struct kvm_cpuid_entry2 *e = append(list, leaf, 0, false);

	if (!e)
		return -E2BIG;
	e->eax = min(e->eax, last);
	return 0;
}

static int add_hypervisor(struct list *list)
{
	static const char signature[12] = "XvcpuXvcpu";
	struct kvm_cpuid_entry2 *e = append(list, HYPERVISOR_LEAF, 0, false);

	if (!e)
		return -E2BIG;
	e->eax = HYPERVISOR_LEAF;
	memcpy(&e->ebx, signature, 4);
	memcpy(&e->ecx, signature + 4, 4);
	memcpy(&e->edx, signature + 8, 4);
	return 0;
}

/* Offset and size of a component, and whether XSAVE is there at all. */
static int add_xstate(struct list *list)
{
	u64 xcr0 = xvcpu_fpu_supported_xcr0();
	struct kvm_cpuid_entry2 *e;
	int i;

	if (!xcr0)
		return 0;
	e = append(list, XSTATE_LEAF, 0, true);
	if (!e)
		return -E2BIG;
	e->eax = xcr0;
	e->edx = xcr0 >> 32;
	e->ebx = xvcpu_cpuid_xsave_size(xcr0, false);
	e->ecx = e->ebx;
	e = append(list, XSTATE_LEAF, 1, true);
	if (!e)
		return -E2BIG;
	e->eax &= F(XSAVEOPT) | F(XSAVEC) | F(XGETBV1) | F(XSAVES);
	if (!vmx_caps_has_proc2(&xvcpu_root->boot_caps,
				SECONDARY_EXEC_ENABLE_XSAVES))
		e->eax &= ~F(XSAVES);
	e->ebx = 0;
	e->ecx = 0;
	e->edx = 0;
	for (i = 2; i < 63; i++)
		if ((xcr0 & BIT_ULL(i)) && !append(list, XSTATE_LEAF, i, true))
			return -E2BIG;
	return 0;
}

/**
 * xvcpu_cpuid_supported() - KVM_GET_SUPPORTED_CPUID: what a guest can be offered
 * @entries: what is to be filled.
 * @nent: on entry how many fit, on return how many there are.
 *
 * Return: 0, or -E2BIG if more are needed than fit.
 */
int xvcpu_cpuid_supported(struct kvm_cpuid_entry2 *entries, u32 *nent)
{
	struct list list = { .entries = entries, .max = *nent };
	int err;

	err = add_limit(&list, 0, LAST_BASIC) ?:
	      add_masked(&list) ?:
	      add_xstate(&list) ?:
	      add_hypervisor(&list) ?:
	      add_limit(&list, 0x80000000, LAST_EXTENDED);
	*nent = list.nent;
	return err;
}

static bool same_entry(const struct kvm_cpuid_entry2 *a,
		       const struct kvm_cpuid_entry2 *b)
{
	return a->function == b->function && a->index == b->index &&
	       a->flags == b->flags && a->eax == b->eax && a->ebx == b->ebx &&
	       a->ecx == b->ecx && a->edx == b->edx;
}

static bool same_as_before(const struct xvcpu_vcpu *vcpu,
			   const struct kvm_cpuid_entry2 *entries, u32 nent)
{
	u32 i;

	if (nent != vcpu->nr_cpuid)
		return false;
	for (i = 0; i < nent; i++)
		if (!same_entry(&entries[i], &vcpu->cpuid[i]))
			return false;
	return true;
}

/* Linear addresses are as wide as four or five levels of paging make them. */
static bool linear_width_valid(const struct kvm_cpuid_entry2 *entries, u32 nent)
{
	u32 i, bits;

	for (i = 0; i < nent; i++) {
		if (entries[i].function != LAST_EXTENDED)
			continue;
		bits = (entries[i].eax >> 8) & 0xff;
		return !bits || bits == 48 || bits == 57;
	}
	return true;
}

static const struct kvm_cpuid_entry2 *find(const struct xvcpu_vcpu *vcpu,
					   u32 leaf, u32 index)
{
	const struct kvm_cpuid_entry2 *e = vcpu->cpuid;
	const struct kvm_cpuid_entry2 *end = e + vcpu->nr_cpuid;

	for (; e < end; e++)
		if (e->function == leaf &&
		    (e->index == index ||
		     !(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX)))
			return e;
	return NULL;
}

/* What is wanted so often that it is not looked up each time. */
static void follow_entries(struct xvcpu_vcpu *vcpu)
{
	const struct kvm_cpuid_entry2 *e = find(vcpu, LAST_EXTENDED, 0);
	u32 bits = e ? e->eax & 0xff : 36;

	vcpu->maxphyaddr = clamp(bits, 32U, 52U);
	vcpu->cr4_bits = 0;
	vcpu->last_msr = NULL;
}

/**
 * xvcpu_cpuid_create() - a new vCPU's CPUID tells the guest nothing
 * @vcpu: the vCPU.
 */
void xvcpu_cpuid_create(struct xvcpu_vcpu *vcpu)
{
	follow_entries(vcpu);
}

/**
 * xvcpu_cpuid_set() - KVM_SET_CPUID2: what CPUID is to tell the guest
 * @vcpu: the vCPU.
 * @entries: allocated with kvmalloc; the vCPU's from now on, or freed.
 * @nent: how many.
 *
 * A guest that has run has seen what it is on: then it must be the same.
 *
 * Return: 0; -EINVAL if it is not, or if linear addresses have an impossible
 * width.
 */
int xvcpu_cpuid_set(struct xvcpu_vcpu *vcpu, struct kvm_cpuid_entry2 *entries,
		    u32 nent)
{
	bool valid = vcpu->setup_done ? same_as_before(vcpu, entries, nent) :
					linear_width_valid(entries, nent);

	if (!valid) {
		kvfree(entries);
		return -EINVAL;
	}
	kvfree(vcpu->cpuid);
	vcpu->cpuid = entries;
	vcpu->nr_cpuid = nent;
	follow_entries(vcpu);
	return 0;
}

/**
 * xvcpu_cpuid_has() - whether the guest's CPUID has a feature
 * @vcpu: the vCPU.
 * @feature: which.
 *
 * Return: true if it has.
 */
bool xvcpu_cpuid_has(const struct xvcpu_vcpu *vcpu, enum xvcpu_feature feature)
{
	const struct kvm_cpuid_entry2 *e = find(vcpu, features[feature].leaf,
						features[feature].index);

	return e && ((&e->eax)[features[feature].reg] & features[feature].bit);
}

/**
 * xvcpu_cpuid_xcr0() - the bits of XCR0 that the guest's CPUID has
 * @vcpu: the vCPU.
 *
 * Return: the bits.
 */
u64 xvcpu_cpuid_xcr0(const struct xvcpu_vcpu *vcpu)
{
	const struct kvm_cpuid_entry2 *e = find(vcpu, XSTATE_LEAF, 0);

	return e ? e->eax | (u64)e->edx << 32 : 0;
}

/**
 * xvcpu_cpuid_xsave_component() - where a component is in an XSAVE area
 * @i: the component, from 2 on.
 * @size: its size in bytes.
 * @offset: its offset in the standard format.
 */
void xvcpu_cpuid_xsave_component(int i, u32 *size, u32 *offset)
{
	u32 ecx, edx;

	cpuid_count(XSTATE_LEAF, i, size, offset, &ecx, &edx);
}

/**
 * xvcpu_cpuid_xsave_size() - size of an XSAVE area
 * @xcr0: its components.
 * @compacted: in the compacted format, in which there are no gaps.
 *
 * Return: bytes.
 */
u32 xvcpu_cpuid_xsave_size(u64 xcr0, bool compacted)
{
	u32 size = 512 + 64, bytes, offset, ecx, edx;
	int i;

	for (i = 2; i < 63; i++) {
		if (!(xcr0 & BIT_ULL(i)))
			continue;
		cpuid_count(XSTATE_LEAF, i, &bytes, &offset, &ecx, &edx);
		if (!compacted)
			size = max(size, offset + bytes);
		else
			size = (ecx & BIT(1) ? ALIGN(size, 64) : size) + bytes;
	}
	return size;
}

/* A basic leaf that is not there reads as the last one (SDM, "CPUID"). */
static const struct kvm_cpuid_entry2 *look_up(const struct xvcpu_vcpu *vcpu,
					      u32 leaf, u32 index)
{
	const struct kvm_cpuid_entry2 *e = find(vcpu, leaf, index);
	const struct kvm_cpuid_entry2 *limit;

	if (e)
		return e;
	limit = find(vcpu, leaf & 0xc0000000, 0);
	if (limit && leaf <= limit->eax)
		return NULL;
	limit = find(vcpu, 0, 0);
	return limit ? find(vcpu, limit->eax, index) : NULL;
}

/*
 * A subleaf of the topology leaf that is not there has its number and the
 * x2APIC id all the same (SDM, "CPUID").
 */
static void topology(const struct xvcpu_vcpu *vcpu, u32 index,
		     struct kvm_cpuid_entry2 *e)
{
	const struct kvm_cpuid_entry2 *first = find(vcpu, TOPOLOGY_LEAF, 0);

	if (!first)
		return;
	e->ecx = index & 0xff;
	e->edx = first->edx;
}

/* Bits that follow what the guest itself has set. */
static void follow_state(struct xvcpu_vcpu *vcpu, u32 leaf, u32 index,
			 struct kvm_cpuid_entry2 *e)
{
	if (leaf == 1) {
		if (!(vcpu->regs.apic_base & MSR_IA32_APICBASE_ENABLE))
			e->edx &= ~F(APIC);
		e->ecx &= ~F(OSXSAVE);
		if (vcpu->regs.cr4 & X86_CR4_OSXSAVE)
			e->ecx |= F(OSXSAVE);
	} else if (leaf == XSTATE_LEAF && index == 0) {
		e->ebx = xvcpu_cpuid_xsave_size(vcpu->regs.xcr0, false);
	} else if (leaf == XSTATE_LEAF && index == 1 &&
		   (e->eax & (F(XSAVEC) | F(XSAVES)))) {
		e->ebx = xvcpu_cpuid_xsave_size(vcpu->regs.xcr0, true);
	}
}

static void answer(struct xvcpu_vcpu *vcpu, const struct kvm_cpuid_entry2 *e)
{
	u64 *gpr = vcpu->world.gpr;

	gpr[XVCPU_RAX] = e->eax;
	gpr[XVCPU_RBX] = e->ebx;
	gpr[XVCPU_RCX] = e->ecx;
	gpr[XVCPU_RDX] = e->edx;
}

/* CPUID may fault; a leaf may be not there, or not always the same. */
static noinline int exit_slowly(struct xvcpu_vcpu *vcpu)
{
	u32 leaf = vcpu->world.gpr[XVCPU_RAX];
	u32 index = vcpu->world.gpr[XVCPU_RCX];
	const struct kvm_cpuid_entry2 *found = look_up(vcpu, leaf, index);
	struct kvm_cpuid_entry2 e = {};

	if (vcpu->regs.misc_features && xvcpu_regs_cpl(vcpu))
		return xvcpu_exit_gp(vcpu);
	if (found) {
		e = *found;
		follow_state(vcpu, e.function, index, &e);
	} else if (leaf == TOPOLOGY_LEAF) {
		topology(vcpu, index, &e);
	}
	answer(vcpu, &e);
	return xvcpu_exit_skip_insn(vcpu);
}

/**
 * xvcpu_cpuid_exit() - handle an exit for CPUID
 * @vcpu: the vCPU.
 *
 * Context: on the vCPU's CPU, interrupts off.
 * Return: as a handler of exits.
 */
int xvcpu_cpuid_exit(struct xvcpu_vcpu *vcpu)
{
	const struct kvm_cpuid_entry2 *found = find(vcpu,
						    vcpu->world.gpr[XVCPU_RAX],
						    vcpu->world.gpr[XVCPU_RCX]);

	if (unlikely(vcpu->regs.misc_features || !found ||
		     found->function == 1 || found->function == XSTATE_LEAF))
		return exit_slowly(vcpu);
	answer(vcpu, found);
	return xvcpu_exit_skip_insn(vcpu);
}
