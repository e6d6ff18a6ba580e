// SPDX-License-Identifier: GPL-2.0
/*
 * The machine the module runs on, from the module's load to its end: hotplug,
 * sleep and reboot. Crashes are vmx_emergency.c's.
 *
 * Locking: the kernel's hotplug lock is outside root->lock.
 */
#include <xvcpu/power.h>

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/err.h>
#include <linux/rcupdate.h>
#include <linux/reboot.h>
#include <asm/msr.h>
#include <xvcpu/clock.h>
#include <xvcpu/compat.h>
#include <xvcpu/emergency.h>
#include <xvcpu/hw.h>
#include <xvcpu/owner.h>
#include <xvcpu/percpu.h>

static int hotplug_state;

static int cpu_online_callback(unsigned int cpu)
{
	xvcpu_percpu_online(xvcpu_root, cpu);
	return 0;
}

static int cpu_offline_callback(unsigned int cpu)
{
	xvcpu_percpu_offline(xvcpu_root, cpu);
	return 0;
}

/* Sleep: the other CPUs are offline by now, this one runs alone. */
static int sleep_callback(XVCPU_SYSCORE_ARG)
{
	xvcpu_percpu_leave(xvcpu_root);
	xvcpu_clock_sleep(&xvcpu_clock, rdtsc());
	return 0;
}

static void wake_callback(XVCPU_SYSCORE_ARG)
{
	xvcpu_clock_wake(&xvcpu_clock, rdtsc());
	xvcpu_percpu_reenter(xvcpu_root);
}

XVCPU_SYSCORE(syscore, sleep_callback, wake_callback);

/* A CPU in VMX root operation blocks INIT, and with it the next kernel's start. */
static int reboot_callback(struct notifier_block *nb, unsigned long action,
			   void *data)
{
	xvcpu_percpu_disable_all(xvcpu_root);
	/* Nor is a run under way any more, which may have found it out just now. */
	synchronize_rcu();
	return NOTIFY_DONE;
}

/* Before kvm_intel's: under policy shared it is its root that we use. */
static struct notifier_block reboot_notifier = {
	.notifier_call = reboot_callback,
	.priority = 1,
};

static int enable_and_watch(void)
{
	int err;

	cpus_read_lock();
	err = xvcpu_percpu_enable_all(xvcpu_root);
	if (err)
		goto unlock;
	err = cpuhp_setup_state_nocalls_cpuslocked(CPUHP_AP_ONLINE_DYN,
						   "xvcpu:online",
						   cpu_online_callback,
						   cpu_offline_callback);
	if (err < 0) {
		xvcpu_percpu_disable_all(xvcpu_root);
		goto unlock;
	}
	hotplug_state = err;
	err = 0;
unlock:
	cpus_read_unlock();
	return err;
}

/**
 * xvcpu_power_init() - enable VMX on the machine and keep up with it
 * @policy: root policy.
 *
 * Context: process context, may sleep.
 * Return: 0, -ENOMEM, errors of xvcpu_owner_init(), or the errno of the CPU that
 * failed.
 */
int xvcpu_power_init(enum xvcpu_policy policy)
{
	int err;

	err = xvcpu_owner_init(policy);
	if (err)
		return err;
	xvcpu_hw_init();
	xvcpu_root = xvcpu_percpu_create(&xvcpu_hw, nr_cpu_ids, policy);
	if (IS_ERR(xvcpu_root)) {
		err = PTR_ERR(xvcpu_root);
		goto err_owner;
	}
	err = xvcpu_emergency_init();
	if (err)
		goto err_root;
	err = enable_and_watch();
	if (err)
		goto err_emergency;
	xvcpu_register_syscore(&syscore);
	register_reboot_notifier(&reboot_notifier);
	return 0;

err_emergency:
	xvcpu_emergency_exit();
err_root:
	xvcpu_percpu_destroy(xvcpu_root);
err_owner:
	xvcpu_owner_exit();
	return err;
}

/**
 * xvcpu_power_exit() - disable VMX on the machine
 *
 * Context: process context, may sleep; no VMCS is loaded any more.
 */
void xvcpu_power_exit(void)
{
	unregister_reboot_notifier(&reboot_notifier);
	xvcpu_unregister_syscore(&syscore);
	cpus_read_lock();
	cpuhp_remove_state_nocalls_cpuslocked(hotplug_state);
	xvcpu_percpu_disable_all(xvcpu_root);
	cpus_read_unlock();
	xvcpu_emergency_exit();
	xvcpu_percpu_destroy(xvcpu_root);
	xvcpu_owner_exit();
}
