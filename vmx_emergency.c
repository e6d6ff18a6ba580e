// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel that has crashed, or restarts in an emergency, stops its CPUs by NMI
 * and calls back one function on each, for virtualization to be switched off:
 * in VMX root operation INIT is blocked, and CR4.VMXE cannot be cleared, by which
 * the crash kernel would fault in its first instructions.
 *
 * There is one place for a callback, and KVM, which expects to be alone, takes it
 * with a warning if it is taken. So KVM has precedence: before kvm_intel starts
 * to load the place is vacated, and it is taken again when kvm_intel is gone, or
 * has failed to load because VMX is in use. While kvm_intel is loaded KVM's
 * callback serves, if it is there: Linux 6.1 has it from the module's load on,
 * later ones only while KVM itself is in VMX root operation. It ends that of
 * whoever has set CR4.VMXE.
 *
 * The callback is found by name: stable kernels have got it, or lost it, within
 * one version. Kernels without it see to CR4.VMXE themselves, or are built
 * without KVM and do not.
 *
 * Locking: place_lock, inside the lock of the kernel's module notifiers.
 */
#include <xvcpu/emergency.h>

#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <xvcpu/percpu.h>

#define SET_CALLBACK	"cpu_emergency_register_virt_callback"
#define UNSET_CALLBACK	"cpu_emergency_unregister_virt_callback"

static void (*set_callback)(void (*callback)(void));
static void (*unset_callback)(void (*callback)(void));

static DEFINE_MUTEX(place_lock);
static bool place_taken;

static void emergency_callback(void)
{
	xvcpu_percpu_abandon(xvcpu_root);
}

static void take_place(void)
{
	lockdep_assert_held(&place_lock);
	if (place_taken)
		return;
	set_callback(emergency_callback);
	place_taken = true;
}

static void vacate_place(void)
{
	lockdep_assert_held(&place_lock);
	if (!place_taken)
		return;
	unset_callback(emergency_callback);
	place_taken = false;
}

static void leave_it_to_kvm(void)
{
	vacate_place();
	pr_notice("kvm_intel is loaded: it alone may take CPUs out of VMX root operation if the kernel crashes\n");
}

/*
 * Whether kvm_intel may be loaded, or on its way. It cannot without kvm, and
 * holds a reference to it from before its notification until after. A reference
 * that somebody else holds is taken for it, as is a kvm that is built in: better
 * no callback than one in KVM's way.
 */
static bool kvm_may_want_place(void)
{
	struct kobject *kobj = kset_find_obj(THIS_MODULE->mkobj.kobj.kset,
					     "kvm");
	struct module *kvm;
	bool used;

	if (!kobj)
		return false;
	kvm = container_of(kobj, struct module_kobject, kobj)->mod;
	used = !kvm || module_refcount(kvm) > 0;
	kobject_put(kobj);
	return used;
}

/* KVM takes the place in the module's init, and has left it before GOING. */
static int module_callback(struct notifier_block *nb, unsigned long state,
			   void *data)
{
	const struct module *module = data;

	if (strcmp(module->name, "kvm_intel"))
		return NOTIFY_DONE;
	mutex_lock(&place_lock);
	if (state == MODULE_STATE_COMING)
		leave_it_to_kvm();
	else if (state == MODULE_STATE_GOING)
		take_place();
	mutex_unlock(&place_lock);
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_callback,
};

static void put_callbacks(void)
{
	if (set_callback)
		__symbol_put(SET_CALLBACK);
	if (unset_callback)
		__symbol_put(UNSET_CALLBACK);
	set_callback = NULL;
	unset_callback = NULL;
}

static bool get_callbacks(void)
{
	set_callback = __symbol_get(SET_CALLBACK);
	unset_callback = __symbol_get(UNSET_CALLBACK);
	if (set_callback && unset_callback)
		return true;
	put_callbacks();
	return false;
}

/**
 * xvcpu_emergency_init() - be called when the kernel crashes
 *
 * Context: process context, may sleep; xvcpu_root is there.
 * Return: 0, or the errno for which the kernel refuses a notifier.
 */
int xvcpu_emergency_init(void)
{
	int err;

	if (!get_callbacks())
		return 0;
	err = register_module_notifier(&module_notifier);
	if (err) {
		put_callbacks();
		return err;
	}
	mutex_lock(&place_lock);
	/* The notifier may have been faster: then the place is taken. */
	if (!place_taken) {
		if (kvm_may_want_place())
			leave_it_to_kvm();
		else
			take_place();
	}
	mutex_unlock(&place_lock);
	return 0;
}

/**
 * xvcpu_emergency_exit() - not to be called any more
 *
 * Context: process context, may sleep; no CPU is in VMX root operation.
 */
void xvcpu_emergency_exit(void)
{
	if (!set_callback)
		return;
	unregister_module_notifier(&module_notifier);
	mutex_lock(&place_lock);
	vacate_place();
	mutex_unlock(&place_lock);
	put_callbacks();
}
