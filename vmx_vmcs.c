// SPDX-License-Identifier: GPL-2.0
/*
 * One VMCS: its set-up, and the host state that a VM exit loads.
 *
 * What is written here changes seldom: once for a VMCS, or once for a CPU that
 * binds it. What changes more often is written where it changes.
 *
 * Context: the VMCS is current and interrupts are off, but for init, exit,
 * create and destroy.
 */
#include <xvcpu/vmcs.h>

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/timer.h>
#include <asm/tsc.h>
#include <xvcpu/compat.h>
#include <xvcpu/entry.h>
#include <xvcpu/page.h>

/* No guest runs longer than this, in ms, without the host having a look. */
#define LONGEST_STAY_MS		10

/*
 * One set of bitmaps for all vCPUs: every port leaves the guest, and every MSR
 * but those that the VMCS or the world switch keeps per guest; or all of them,
 * where userspace wants to deny the guest one of those.
 */
struct bitmaps {
	u8 io[2][PAGE_SIZE];
	u8 msr[PAGE_SIZE];
	u8 all_msrs[PAGE_SIZE];
};

#define BITMAP_PAGES	(sizeof(struct bitmaps) / PAGE_SIZE)

static struct bitmaps *bitmaps;

DEFINE_PER_CPU(struct xvcpu_counts, xvcpu_counts);

static const u32 guests_own_msrs[] = {
	MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP,
	MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE,
};

/**
 * xvcpu_vmcs_guests_own_msrs() - the MSRs that a guest accesses without a VM exit
 * @msrs: they.
 *
 * Context: any.
 * Return: how many.
 */
int xvcpu_vmcs_guests_own_msrs(const u32 **msrs)
{
	*msrs = guests_own_msrs;
	return ARRAY_SIZE(guests_own_msrs);
}

/**
 * xvcpu_vmcs_intercept_msrs() - say which MSRs leave the guest
 * @all: all of them, not only those that are not the guest's own.
 */
void xvcpu_vmcs_intercept_msrs(bool all)
{
	vmcs_write64(MSR_BITMAP, virt_to_phys(all ? bitmaps->all_msrs :
						    bitmaps->msr));
}

/**
 * xvcpu_vmcs_read_failed() - say that a VMREAD failed
 * @field: the field.
 */
void xvcpu_vmcs_read_failed(unsigned long field)
{
	pr_err_ratelimited("VMREAD of field %#lx failed\n", field);
}

/**
 * xvcpu_vmcs_write_failed() - say that a VMWRITE failed
 * @field: the field.
 * @value: what was to be written.
 */
void xvcpu_vmcs_write_failed(unsigned long field, unsigned long value)
{
	pr_err_ratelimited("VMWRITE of %#lx to field %#lx failed\n", value,
			   field);
}

/* SDM, "MSR-Bitmap Address": four bitmaps of 1 KiB: read low, read high, write
 * low, write high.
 */
static void let_msr_through(u8 *bitmap, u32 msr)
{
	u32 bit = msr & 0x1fff;
	u32 high = msr >= 0xc0000000 ? 0x400 : 0;

	bitmap[high + bit / 8] &= ~BIT(bit % 8);
	bitmap[0x800 + high + bit / 8] &= ~BIT(bit % 8);
}

/**
 * xvcpu_vmcs_init() - make what all VMCSs share
 *
 * Return: 0 or -ENOMEM.
 */
int xvcpu_vmcs_init(void)
{
	int i;

	BUILD_BUG_ON(offsetof(struct bitmaps, msr) % PAGE_SIZE);
	BUILD_BUG_ON(offsetof(struct bitmaps, all_msrs) % PAGE_SIZE);
	bitmaps = xvcpu_page_alloc(BITMAP_PAGES, GFP_KERNEL);
	if (!bitmaps)
		return -ENOMEM;
	memset(bitmaps, 0xff, sizeof(*bitmaps));
	for (i = 0; i < ARRAY_SIZE(guests_own_msrs); i++)
		let_msr_through(bitmaps->msr, guests_own_msrs[i]);
	return 0;
}

/** xvcpu_vmcs_exit() - free what all VMCSs share */
void xvcpu_vmcs_exit(void)
{
	xvcpu_page_free(bitmaps, BITMAP_PAGES);
}

/**
 * xvcpu_vmcs_create() - allocate a VMCS region
 * @revision: VMCS revision identifier.
 *
 * Return: the region, or NULL.
 */
void *xvcpu_vmcs_create(u32 revision)
{
	u32 *vmcs = xvcpu_page_alloc(1, GFP_KERNEL_ACCOUNT);

	if (vmcs)
		*vmcs = revision;
	return vmcs;
}

/**
 * xvcpu_vmcs_destroy() - free a VMCS region
 * @vmcs: the region, cleared; or NULL.
 */
void xvcpu_vmcs_destroy(void *vmcs)
{
	xvcpu_page_free(vmcs, 1);
}

static void setup_controls(const struct xvcpu_vmcs_setup *setup)
{
	vmcs_write32(PIN_BASED_VM_EXEC_CONTROL, setup->ctl.pin);
	vmcs_write32(CPU_BASED_VM_EXEC_CONTROL, setup->ctl.proc);
	vmcs_write32(SECONDARY_VM_EXEC_CONTROL, setup->ctl.proc2);
	vmcs_write32(VM_EXIT_CONTROLS, setup->ctl.exit);
	vmcs_write32(VM_ENTRY_CONTROLS, setup->ctl.entry);
	vmcs_write64(EPT_POINTER, setup->eptp);
	if (setup->ctl.proc2 & SECONDARY_EXEC_ENABLE_VPID)
		vmcs_write16(VIRTUAL_PROCESSOR_ID, setup->vpid);
	if (setup->ctl.proc2 & SECONDARY_EXEC_ENABLE_XSAVES)
		vmcs_write64(XSS_EXIT_BITMAP, 0);
	/* SGX is the host's: every leaf leaves the guest. */
	if (setup->ctl.proc2 & SECONDARY_EXEC_ENCLS_EXITING)
		vmcs_write64(ENCLS_EXITING_BITMAP, ~0ULL);

	vmcs_write32(PAGE_FAULT_ERROR_CODE_MASK, 0);
	vmcs_write32(PAGE_FAULT_ERROR_CODE_MATCH, 0);
	vmcs_write32(CR3_TARGET_COUNT, 0);
	vmcs_write32(VM_EXIT_MSR_STORE_COUNT, 0);
	vmcs_write32(VM_EXIT_MSR_LOAD_COUNT, 0);
	vmcs_write32(VM_ENTRY_MSR_LOAD_COUNT, 0);
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, 0);
	vmcs_write64(IO_BITMAP_A, virt_to_phys(bitmaps->io[0]));
	vmcs_write64(IO_BITMAP_B, virt_to_phys(bitmaps->io[1]));
	xvcpu_vmcs_intercept_msrs(false);
	vmcs_write64(VMCS_LINK_POINTER, ~0ULL);
	vmcs_writel(CR0_GUEST_HOST_MASK, setup->cr0_mask);
	vmcs_writel(CR4_GUEST_HOST_MASK, setup->cr4_mask);
}

/*
 * The preemption timer counts down in units of 2^rate TSC ticks (SDM,
 * "VMX-Preemption Timer").  It is the net under a CPU without a tick.
 */
static void setup_preemption_timer(const struct xvcpu_vmcs_setup *setup)
{
	u64 misc, ticks;

	if (!(setup->ctl.pin & PIN_BASED_VMX_PREEMPTION_TIMER))
		return;
	rdmsrl(MSR_IA32_VMX_MISC, misc);
	ticks = ((u64)tsc_khz * LONGEST_STAY_MS) >> (misc & 0x1f);
	vmcs_write32(VMX_PREEMPTION_TIMER_VALUE,
		     clamp_t(u64, ticks, 1, U32_MAX));
}

/* Host state that is the same on every CPU. */
static void setup_host(void)
{
	struct desc_ptr idt;
	u64 value;

	vmcs_write16(HOST_CS_SELECTOR, __KERNEL_CS);
	vmcs_write16(HOST_SS_SELECTOR, __KERNEL_DS);
	/* The user's are saved and restored around a run, if they are any. */
	vmcs_write16(HOST_DS_SELECTOR, 0);
	vmcs_write16(HOST_ES_SELECTOR, 0);
	vmcs_write16(HOST_FS_SELECTOR, 0);
	vmcs_write16(HOST_GS_SELECTOR, 0);
	vmcs_write16(HOST_TR_SELECTOR, GDT_ENTRY_TSS * 8);
	vmcs_writel(HOST_RIP, (unsigned long)xvcpu_entry_exit);

	store_idt(&idt);
	vmcs_writel(HOST_IDTR_BASE, idt.address);
	/* The kernel's SYSENTER entry; unused by 64-bit-only hosts. */
	rdmsrl(MSR_IA32_SYSENTER_CS, value);
	vmcs_write32(HOST_IA32_SYSENTER_CS, value);
	rdmsrl(MSR_IA32_SYSENTER_EIP, value);
	vmcs_writel(HOST_IA32_SYSENTER_EIP, value);
	rdmsrl(MSR_IA32_CR_PAT, value);
	vmcs_write64(HOST_IA32_PAT, value);
	rdmsrl(MSR_EFER, value);
	vmcs_write64(HOST_IA32_EFER, value);
}

/**
 * xvcpu_vmcs_setup() - write what does not change in the life of a VMCS
 * @setup: what it is made from.
 */
void xvcpu_vmcs_setup(const struct xvcpu_vmcs_setup *setup)
{
	setup_controls(setup);
	setup_preemption_timer(setup);
	setup_host();
}

/* MSRs of the kernel's that are other ones on each CPU, and never change there. */
struct host_msrs {
	u64 gs_base;
	u64 sysenter_esp;
};

static DEFINE_PER_CPU(struct host_msrs, host_msrs);

static const struct host_msrs *host_msrs_here(void)
{
	struct host_msrs *m = this_cpu_ptr(&host_msrs);

	if (likely(m->gs_base))
		return m;
	rdmsrl(MSR_IA32_SYSENTER_ESP, m->sysenter_esp);
	rdmsrl(MSR_GS_BASE, m->gs_base);
	return m;
}

/**
 * xvcpu_vmcs_write_host() - write the host state that is this CPU's
 *
 * To be called whenever a vCPU is bound to a CPU.
 *
 * Context: interrupts off.
 */
void xvcpu_vmcs_write_host(void)
{
	const struct host_msrs *msrs = host_msrs_here();
	int cpu = raw_smp_processor_id();

	vmcs_writel(HOST_TR_BASE, (unsigned long)&get_cpu_entry_area(cpu)->tss.x86_tss);
	vmcs_writel(HOST_GDTR_BASE, (unsigned long)get_current_gdt_ro());
	vmcs_writel(HOST_GS_BASE, msrs->gs_base);
	vmcs_writel(HOST_IA32_SYSENTER_ESP, msrs->sysenter_esp);
	vmcs_writel(HOST_CR0, read_cr0());
}
