// SPDX-License-Identifier: GPL-2.0
/*
 * The module: init and exit.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <xvcpu/exit_trace.h>
#include <xvcpu/fpu.h>
#include <xvcpu/inject.h>
#include <xvcpu/ioctl.h>
#include <xvcpu/mitigate.h>
#include <xvcpu/mutate.h>
#include <xvcpu/netlink.h>
#include <xvcpu/power.h>
#include <xvcpu/stats.h>
#include <xvcpu/vmcs.h>

static char *policy = "all";
module_param(policy, charp, 0444);
MODULE_PARM_DESC(policy,
		 "CPUs in VMX root operation: all (default), exclusive (one at a time), or shared (kvm_intel's)");

static const char * const policy_names[] = {
	[XVCPU_POLICY_ALL] = "all",
	[XVCPU_POLICY_EXCLUSIVE] = "exclusive",
	[XVCPU_POLICY_SHARED] = "shared",
};

static int __init xvcpu_init(void)
{
	int root_policy = match_string(policy_names, ARRAY_SIZE(policy_names),
				       policy);
	int err;

	if (root_policy < 0) {
		pr_err("policy must be all, exclusive or shared\n");
		return -EINVAL;
	}
	xvcpu_fpu_init();
	xvcpu_mitigate_init();
	xvcpu_inject_init();
	xvcpu_stats_init();
	err = xvcpu_vmcs_init();
	if (err)
		goto err_inject;
	err = xvcpu_power_init(root_policy);
	if (err)
		goto err_vmcs;
	err = xvcpu_mutate_init();
	if (err)
		goto err_power;
	err = xvcpu_ioctl_init();
	if (err)
		goto err_mutate;
	err = xvcpu_netlink_init();
	if (err)
		goto err_ioctl;
	return 0;

err_ioctl:
	xvcpu_ioctl_exit();
	xvcpu_exit_trace_flush();
err_mutate:
	xvcpu_mutate_exit();
err_power:
	xvcpu_power_exit();
err_vmcs:
	xvcpu_vmcs_exit();
err_inject:
	xvcpu_inject_exit();
	return err;
}

static void __exit xvcpu_exit(void)
{
	xvcpu_netlink_exit();
	xvcpu_ioctl_exit();
	xvcpu_exit_trace_flush();
	xvcpu_mutate_exit();
	xvcpu_power_exit();
	xvcpu_vmcs_exit();
	xvcpu_inject_exit();
}

module_init(xvcpu_init);
module_exit(xvcpu_exit);
MODULE_DESCRIPTION("Intel VMX on every CPU, and vCPUs bound to CPUs");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
