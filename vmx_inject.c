// SPDX-License-Identifier: GPL-2.0
/*
 * Which VMX instruction is to fail: the kernel's fault injection, with
 * /sys/kernel/debug/fail_vmx. Built for kernels that have it only.
 *
 * Nothing is pretended: whoever asks here gives the processor what it must
 * refuse.
 *
 * Locking: none. Context: any.
 */
#include <xvcpu/inject.h>

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fault-inject.h>
#include <linux/moduleparam.h>

static DECLARE_FAULT_ATTR(fail_vmx);
static u32 instructions = BIT(XVCPU_INJECT_NR) - 1;
static struct dentry *dir;

/* There are no files yet when the module loads. */
static unsigned int fail_vmxon;
module_param(fail_vmxon, uint, 0444);
MODULE_PARM_DESC(fail_vmxon,
		 "which VMXON fails, counted from the load (0: none)");

/**
 * xvcpu_inject() - whether an instruction is to fail
 * @instruction: which.
 *
 * Return: true if it is.
 */
bool xvcpu_inject(enum xvcpu_inject instruction)
{
	return READ_ONCE(instructions) & BIT(instruction) &&
	       should_fail(&fail_vmx, 1);
}

/** xvcpu_inject_init() - make the files, and see to the parameter */
void xvcpu_inject_init(void)
{
	fail_vmx.verbose = 0;
	if (fail_vmxon) {
		instructions = BIT(XVCPU_INJECT_VMXON);
		fail_vmx.probability = 100;
		atomic_set(&fail_vmx.times, 1);
		atomic_set(&fail_vmx.space, fail_vmxon);
	}
	dir = fault_create_debugfs_attr("fail_vmx", NULL, &fail_vmx);
	if (!IS_ERR(dir))
		debugfs_create_x32("instructions", 0600, dir, &instructions);
}

/** xvcpu_inject_exit() - remove the files */
void xvcpu_inject_exit(void)
{
	debugfs_remove_recursive(dir);
}
