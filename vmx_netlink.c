// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: the module, CPUs, VMs and vCPUs for those who watch.
 *
 * One of the two doors: it validates, calls down for a snapshot and copies
 * that into a message.  Nothing is changed from here.  The protocol is
 * described in uapi/linux/xvcpu_netlink.h; each kind of object has a file.
 *
 * Context: all of it runs in process context, and may sleep.
 *
 * Locking: none of its own.  The snapshots are consistent each by itself.  The
 * family is registered after everything that it shows has been set up, and
 * unregistered before that is torn down; unregistering waits for the requests
 * under way, and a dump that is not finished holds a reference to the module.
 */
#include <xvcpu/netlink.h>

#include <linux/module.h>
#include <xvcpu/netlink_message.h>

/* A command without a policy takes no attributes. */
static const struct genl_ops ops[] = {
	{
		.cmd = XVCPU_CMD_MODULE_GET,
		.doit = xvcpu_netlink_module_get,
	},
	{
		.cmd = XVCPU_CMD_CPU_GET,
		.policy = xvcpu_netlink_cpu_policy,
		.maxattr = ARRAY_SIZE(xvcpu_netlink_cpu_policy) - 1,
		.doit = xvcpu_netlink_cpu_get,
		.start = xvcpu_netlink_cpus_start,
		.dumpit = xvcpu_netlink_cpus_dump,
	},
	{
		.cmd = XVCPU_CMD_VCPU_GET,
		.policy = xvcpu_netlink_vcpu_policy,
		.maxattr = ARRAY_SIZE(xvcpu_netlink_vcpu_policy) - 1,
		.doit = xvcpu_netlink_vcpu_get,
		.start = xvcpu_netlink_vcpus_start,
		.dumpit = xvcpu_netlink_vcpus_dump,
	},
	{
		.cmd = XVCPU_CMD_VM_GET,
		.policy = xvcpu_netlink_vm_policy,
		.maxattr = ARRAY_SIZE(xvcpu_netlink_vm_policy) - 1,
		.doit = xvcpu_netlink_vm_get,
		.start = xvcpu_netlink_vms_start,
		.dumpit = xvcpu_netlink_vms_dump,
	},
	{
		.cmd = XVCPU_CMD_STATS_GET,
		.policy = xvcpu_netlink_stats_policy,
		.maxattr = ARRAY_SIZE(xvcpu_netlink_stats_policy) - 1,
		.doit = xvcpu_netlink_stats_get,
		.start = xvcpu_netlink_stats_start,
		.dumpit = xvcpu_netlink_stats_dump,
	},
};

static const struct genl_multicast_group groups[] = {
	{
		.name = XVCPU_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

/* No alias for autoloading: to look must not put the CPUs into VMX root. */
struct genl_family xvcpu_netlink_family __ro_after_init = {
	.name = XVCPU_GENL_NAME,
	.version = XVCPU_GENL_VERSION,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * xvcpu_netlink_init() - register the generic netlink family
 *
 * Call it when everything that the family shows has been set up.
 *
 * Context: process context, may sleep.
 * Return: 0, or a negative errno of genl_register_family(): -EEXIST if the
 * family's name is taken, -ENOMEM.
 */
int __init xvcpu_netlink_init(void)
{
	int err = genl_register_family(&xvcpu_netlink_family);

	if (err)
		return err;
	err = xvcpu_netlink_event_init();
	if (err)
		genl_unregister_family(&xvcpu_netlink_family);
	return err;
}

/**
 * xvcpu_netlink_exit() - unregister it, and wait for the requests under way
 *
 * Context: process context, may sleep.
 */
void xvcpu_netlink_exit(void)
{
	xvcpu_netlink_event_exit();
	genl_unregister_family(&xvcpu_netlink_family);
}
