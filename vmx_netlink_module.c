// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: the module.
 *
 * Context: process context, may sleep.
 */
#include <xvcpu/netlink_message.h>

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <xvcpu/page.h>
#include <xvcpu/percpu.h>
#include <xvcpu/vcpu_list.h>
#include <xvcpu/vm_list.h>

static const char *module_version(void)
{
	return THIS_MODULE->version ?: "";
}

static u32 root_cpus(const struct vmx_root *root)
{
	u32 nr = 0;
	int cpu;

	for (cpu = 0; cpu < root->nr_cpus; cpu++)
		nr += xvcpu_percpu_is_enabled(root, cpu);
	return nr;
}

static int granted_cpu(const struct vmx_root *root)
{
	if (root->policy != XVCPU_POLICY_EXCLUSIVE)
		return XVCPU_CPU_NONE;
	return READ_ONCE(root->grant);
}

static int fill_module(struct sk_buff *skb, struct vmx_root *root,
		       const struct vmx_cpu_snapshot *boot)
{
	if (nla_put_string(skb, XVCPU_A_MODULE_VERSION, module_version()) ||
	    nla_put_string(skb, XVCPU_A_MODULE_KERNEL,
			   init_utsname()->release) ||
	    nla_put_u32(skb, XVCPU_A_MODULE_POLICY, root->policy) ||
	    nla_put_u32(skb, XVCPU_A_MODULE_BOOT_CPU, root->boot_cpu) ||
	    nla_put_u32(skb, XVCPU_A_MODULE_ROOT_CPUS, root_cpus(root)) ||
	    msg_put_cpu_if_any(skb, XVCPU_A_MODULE_GRANTED_CPU,
			   granted_cpu(root)) ||
	    nla_put_u32(skb, XVCPU_A_MODULE_VMS, xvcpu_vm_count()) ||
	    nla_put_u32(skb, XVCPU_A_MODULE_VCPUS, xvcpu_vcpu_list_count()) ||
	    nla_put_u32(skb, XVCPU_A_MODULE_PAGES, xvcpu_page_count()))
		return -EMSGSIZE;
	return msg_put_caps(skb, XVCPU_A_MODULE_MSR, &boot->caps);
}

static int reply_module(struct genl_info *info,
			const struct vmx_cpu_snapshot *boot)
{
	struct sk_buff *skb;
	void *header;

	skb = msg_reply_begin(info, XVCPU_CMD_MODULE_GET, &header);
	if (!skb)
		return -ENOMEM;
	return msg_reply_end(info, skb, header,
			     fill_module(skb, xvcpu_root, boot));
}

int xvcpu_netlink_module_get(struct sk_buff *request, struct genl_info *info)
{
	struct vmx_cpu_snapshot *boot;
	int err;

	boot = kzalloc(sizeof(*boot), GFP_KERNEL);
	if (!boot)
		return -ENOMEM;
	err = xvcpu_percpu_snapshot(xvcpu_root, xvcpu_root->boot_cpu, boot);
	if (!err)
		err = reply_module(info, boot);
	kfree(boot);
	return err;
}
