// SPDX-License-Identifier: GPL-2.0
/*
 * The real machine behind the hardware seam.
 *
 * Context: as in include/xvcpu/hw.h.
 */
#include <xvcpu/hw.h>

#include <linux/cpumask.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/perf_event.h>
#include <linux/smp.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/perf_event.h>
#include <asm/processor.h>
#include <xvcpu/caps.h>
#include <xvcpu/compat.h>
#include <xvcpu/counted.h>
#include <xvcpu/inject.h>
#include <xvcpu/insn.h>

/*
 * The first page of the TXT public registers; its first word is TXT.STS (Intel
 * TXT Software Development Guide, "TXT Configuration Registers").
 */
#define TXT_PUBLIC_BASE		0xfed30000
#define TXT_STS_SENTER_DONE	BIT(0)

static int hw_this_cpu(void)
{
	return smp_processor_id();
}

static int hw_boot_cpu(void)
{
	return cpumask_first(cpu_online_mask);
}

static bool hw_online(int cpu)
{
	return cpu < nr_cpu_ids && cpu_online(cpu);
}

static int hw_run_on(int cpu, void (*fn)(void *arg), void *arg)
{
	return smp_call_function_single(cpu, fn, arg, true);
}

static void hw_run_on_each(void (*fn)(void *arg), void *arg)
{
	on_each_cpu(fn, arg, true);
}

static u32 hw_cpuid_1_ecx(void)
{
	return cpuid_ecx(1);
}

static int hw_rdmsr(u32 msr, u64 *value)
{
	return rdmsrl_safe(msr, value);
}

static int hw_wrmsr(u32 msr, u64 value)
{
	return wrmsrl_safe(msr, value);
}

/* Read once: it does not change while the kernel runs. */
static bool txt_launched;

static void read_txt_status(void)
{
	void __iomem *txt;
	u32 status;

	if (!boot_cpu_has(X86_FEATURE_SMX))
		return;
	txt = ioremap(TXT_PUBLIC_BASE, PAGE_SIZE);
	if (!txt)
		return;
	status = readl(txt);
	iounmap(txt);
	txt_launched = status != ~0U && (status & TXT_STS_SENTER_DONE);
}

static bool hw_in_txt(void)
{
	return txt_launched;
}

static unsigned long hw_read_cr0(void)
{
	return native_read_cr0();
}

/* Not the kernel's shadow: who sets VMXE behind its back is found, too. */
static unsigned long hw_read_cr4(void)
{
	return native_read_cr4();
}

static void hw_set_vmxe(void)
{
	xvcpu_host_set_vmxe(true);
}

static void hw_clear_vmxe(void)
{
	xvcpu_host_set_vmxe(false);
}

/*
 * A region with a revision identifier that is not this processor's, while a test
 * wants it: VMXON and VMPTRLD refuse it.
 */
static int with_revision(int (*insn)(u64 pa), u32 *region, bool wrong)
{
	int err;

	if (likely(!wrong))
		return insn(virt_to_phys(region));
	*region ^= 1;
	err = insn(virt_to_phys(region));
	*region ^= 1;
	return err;
}

static int hw_vmxon(void *region)
{
	int err;

	/* Processor trace and VMX exclude each other on some processors. */
	xvcpu_host_handle_pt(true);
	err = with_revision(vmxon, region, xvcpu_inject(XVCPU_INJECT_VMXON));
	if (err)
		xvcpu_host_handle_pt(false);
	return err;
}

static int hw_vmxoff(void)
{
	int err = vmxoff();

	xvcpu_host_handle_pt(false);
	return err;
}

/* Processor trace stays off: the kernel has stopped it, or is about to. */
static int hw_vmxoff_crashed(void)
{
	return vmxoff();
}

static int hw_vmptrld(void *vmcs)
{
	xvcpu_count(XVCPU_COUNTED_VMPTRLD);
	return with_revision(vmptrld, vmcs, xvcpu_inject(XVCPU_INJECT_VMPTRLD));
}

static int hw_vmclear(void *vmcs)
{
	/* An address that is not a page's is refused. */
	return vmclear(virt_to_phys(vmcs) + xvcpu_inject(XVCPU_INJECT_VMCLEAR));
}

static void *hw_vmptrst(void)
{
	u64 pa;

	if (vmptrst(&pa) || pa == ~0ULL)
		return NULL;
	return phys_to_virt(pa);
}

static bool hw_is_current(void *vmcs)
{
	return hw_vmptrst() == vmcs;
}

static void hw_flush_all(const struct vmx_caps *caps)
{
	if (vmx_caps_ept(caps, VMX_EPT_INVEPT_BIT) &&
	    vmx_caps_ept(caps, VMX_EPT_EXTENT_GLOBAL_BIT))
		invept(VMX_EPT_EXTENT_GLOBAL, 0);
	if (vmx_caps_vpid(caps, VMX_VPID_INVVPID_BIT) &&
	    vmx_caps_vpid(caps, VMX_VPID_EXTENT_GLOBAL_CONTEXT_BIT))
		invvpid(VMX_VPID_EXTENT_ALL_CONTEXT, 0, 0);
}

static void hw_flush_guest(u16 vpid)
{
	invvpid(VMX_VPID_EXTENT_SINGLE_CONTEXT, vpid, 0);
}

static void hw_separate_guests(void)
{
	if (xvcpu_host_uses_ibpb())
		counted_wrmsrl(MSR_IA32_PRED_CMD, PRED_CMD_IBPB);
}

/*
 * No kernel tells who set CR4.VMXE. But kvm_intel is what there is, it cannot
 * be loaded without kvm, and that has exports.
 */
static const char *hw_owner(void)
{
	if (!__symbol_get("kvm_get_kvm"))
		return NULL;
	__symbol_put("kvm_get_kvm");
	return "kvm_intel";
}

/**
 * xvcpu_hw_init() - look at what does not change while the kernel runs
 *
 * Context: process context, before anything else of the seam is used.
 */
void xvcpu_hw_init(void)
{
	read_txt_status();
}

const struct vmx_hw xvcpu_hw = {
	.this_cpu = hw_this_cpu,
	.boot_cpu = hw_boot_cpu,
	.online = hw_online,
	.run_on = hw_run_on,
	.run_on_each = hw_run_on_each,
	.cpuid_1_ecx = hw_cpuid_1_ecx,
	.in_txt = hw_in_txt,
	.read_msr = hw_rdmsr,
	.write_msr = hw_wrmsr,
	.read_cr0 = hw_read_cr0,
	.read_cr4 = hw_read_cr4,
	.set_vmxe = hw_set_vmxe,
	.clear_vmxe = hw_clear_vmxe,
	.vmxon = hw_vmxon,
	.vmxoff = hw_vmxoff,
	.vmxoff_crashed = hw_vmxoff_crashed,
	.vmptrld = hw_vmptrld,
	.vmclear = hw_vmclear,
	.vmptrst = hw_vmptrst,
	.is_current = hw_is_current,
	.flush_all = hw_flush_all,
	.flush_guest = hw_flush_guest,
	.separate_guests = hw_separate_guests,
	.owner = hw_owner,
};
