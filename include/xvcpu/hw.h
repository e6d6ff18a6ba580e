/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hardware seam: what the cold paths (enable, disable, bind, unbind) ask of
 * the machine.  vmx_hw.c answers with the real one, KUnit with fake CPUs.  The
 * hot path, from VM entry to VM exit, never goes through it.
 */
#ifndef _XVCPU_HW_H
#define _XVCPU_HW_H

#include <linux/types.h>

struct vmx_caps;

/**
 * struct vmx_hw - one machine
 * @this_cpu: number of the CPU that executes the call.
 * @boot_cpu: number of the CPU that enters VMX root operation first.
 * @online: whether the kernel runs on a CPU.
 * @run_on: run a function on a CPU, interrupts off, and wait; -ENXIO if the CPU
 *	is offline.
 * @run_on_each: run a function on every online CPU, interrupts off, and wait.
 * @cpuid_1_ecx: ECX of CPUID leaf 1.
 * @in_txt: whether the machine was launched measured (TXT).
 * @read_msr: read an MSR; -EIO if it faults.
 * @write_msr: write an MSR; -EIO if it faults.
 * @read_cr0: CR0.
 * @read_cr4: CR4.
 * @set_vmxe: set CR4.VMXE, in the kernel's shadow of CR4 too.
 * @clear_vmxe: clear it, likewise.
 * @vmxon: VMXON with a region, given by its virtual address.
 * @vmxoff: VMXOFF.
 * @vmxoff_crashed: VMXOFF for good, the kernel has crashed: in NMI context, too.
 * @vmptrld: make a VMCS current, given by its virtual address.
 * @vmclear: clear a VMCS.
 * @vmptrst: virtual address of the current VMCS, or NULL.
 * @is_current: whether a VMCS is the current one, for who only makes sure.
 * @flush_all: drop whatever translations a former owner of VMX left on this CPU
 *	(INVEPT and INVVPID, all contexts).
 * @flush_guest: drop the translations a guest may have left on this CPU
 *	(INVVPID of its VPID).
 * @separate_guests: keep the branch predictions of one guest from the next (IBPB).
 * @owner: name of the module that may hold VMX, or NULL.
 *
 * Everything that has no CPU argument acts on the CPU that executes it, and but
 * for this_cpu(), online() and owner() is called with interrupts off.  VMX
 * instructions return 0, or -EIO when they fail.
 */
struct vmx_hw {
	int (*this_cpu)(void);
	int (*boot_cpu)(void);
	bool (*online)(int cpu);
	int (*run_on)(int cpu, void (*fn)(void *arg), void *arg);
	void (*run_on_each)(void (*fn)(void *arg), void *arg);

	u32 (*cpuid_1_ecx)(void);
	bool (*in_txt)(void);
	int (*read_msr)(u32 msr, u64 *value);
	int (*write_msr)(u32 msr, u64 value);
	unsigned long (*read_cr0)(void);
	unsigned long (*read_cr4)(void);
	void (*set_vmxe)(void);
	void (*clear_vmxe)(void);

	int (*vmxon)(void *region);
	int (*vmxoff)(void);
	int (*vmxoff_crashed)(void);
	int (*vmptrld)(void *vmcs);
	int (*vmclear)(void *vmcs);
	void *(*vmptrst)(void);
	bool (*is_current)(void *vmcs);
	void (*flush_all)(const struct vmx_caps *caps);
	void (*flush_guest)(u16 vpid);
	void (*separate_guests)(void);

	const char *(*owner)(void);
};

/* The machine that the module runs on. */
extern const struct vmx_hw xvcpu_hw;

void xvcpu_hw_init(void);

#endif /* _XVCPU_HW_H */
