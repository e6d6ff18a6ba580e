// SPDX-License-Identifier: GPL-2.0
/*
 * One VM: its life.
 *
 * Locking: vm->lock serialises changes of slots and the creation of vCPUs.
 * vm->mmu_lock, a spinlock inside it, protects its memory: the slots, the EPT
 * and what the MMU notifier counts. Nothing sleeps under it. Who reads the list
 * of all VMs holds RCU.
 */
#include <xvcpu/vm.h>

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <asm/msr.h>
#include <xvcpu/caps.h>
#include <xvcpu/msr_filter.h>
#include <xvcpu/notice.h>
#include <xvcpu/notifier.h>
#include <xvcpu/percpu.h>
#include <xvcpu/slot.h>
#include <xvcpu/tsc.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vm_list.h>

static DEFINE_XARRAY_ALLOC1(all_vms);
static u32 next_id;
static atomic_t nr_vms = ATOMIC_INIT(0);

u32 xvcpu_vm_count(void)
{
	return atomic_read(&nr_vms);
}

/* Word by word: whoever asks is not to keep the VM's faults waiting. */
static void take_snapshot(const struct xvcpu_vm *vm,
			  struct xvcpu_vm_snapshot *snap)
{
	int i;

	snap->id = vm->id;
	snap->tgid = vm->tgid;
	memcpy(snap->name, vm->name, sizeof(snap->name));
	snap->vcpus = READ_ONCE(vm->nr_vcpus);
	snap->slots = READ_ONCE(vm->nr_slots);
	snap->slot_bytes = READ_ONCE(vm->slot_bytes);
	for (i = 0; i < XVCPU_EPT_LEAF_LEVELS; i++)
		snap->leaves[i] = READ_ONCE(vm->ept.leaves[i]);
	snap->tables = READ_ONCE(vm->ept.tables);
	snap->flushes = READ_ONCE(vm->ept.flushes);
}

int xvcpu_vm_list_next(u32 id, struct xvcpu_vm_snapshot *snap)
{
	unsigned long index = id;
	struct xvcpu_vm *vm;

	rcu_read_lock();
	vm = xa_find(&all_vms, &index, ULONG_MAX, XA_PRESENT);
	if (vm)
		take_snapshot(vm, snap);
	rcu_read_unlock();
	return vm ? 0 : -ENOENT;
}

static void tell(const struct xvcpu_vm *vm, enum xvcpu_event_kind kind)
{
	struct xvcpu_notice notice = {
		.kind = kind,
		.cpu = XVCPU_CPU_NONE,
		.from_cpu = XVCPU_CPU_NONE,
		.vm = vm->id,
		.tgid = vm->tgid,
	};

	xvcpu_notice_tell(&notice);
}

/**
 * xvcpu_vm_supported() - whether this machine's CPUs can run a VM
 *
 * Return: 0, or -EOPNOTSUPP after a sentence in the log.
 */
int xvcpu_vm_supported(void)
{
	const char *lacks;

	if (xvcpu_caps_vm_supported(&xvcpu_root->boot_caps, &lacks))
		return 0;
	pr_err_ratelimited("no VM can be created: the CPU lacks %s\n", lacks);
	return -EOPNOTSUPP;
}

/**
 * xvcpu_vm_create() - make a VM without memory and vCPUs
 *
 * Context: process context of the process that the VM will belong to.
 * Return: the VM with one reference, or ERR_PTR of -EOPNOTSUPP, -ENOMEM, -EINTR.
 */
struct xvcpu_vm *xvcpu_vm_create(void)
{
	struct xvcpu_vm *vm;
	int err = xvcpu_vm_supported();

	if (err)
		return ERR_PTR(err);
	vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	if (!vm)
		return ERR_PTR(-ENOMEM);
	kref_init(&vm->ref);
	mutex_init(&vm->lock);
	spin_lock_init(&vm->mmu_lock);
	xa_init(&vm->vcpus);
	xa_init(&vm->slots);
	vm->by_gpa = RB_ROOT_CACHED;
	vm->by_hva = RB_ROOT_CACHED;
	vm->mm = current->mm;
	vm->tgid = task_tgid_nr(current);
	get_task_comm(vm->name, current);
	xvcpu_tsc_init_vm(vm);
	err = init_srcu_struct(&vm->srcu);
	if (err)
		goto err_free;
	err = xvcpu_ept_create(&vm->ept, &xvcpu_root->boot_caps);
	if (err)
		goto err_srcu;
	err = xa_alloc_cyclic(&all_vms, &vm->id, vm, xa_limit_31b, &next_id,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		goto err_ept;
	vm->notifier.ops = &xvcpu_notifier_ops;
	/* This also keeps vm->mm from being freed. */
	err = mmu_notifier_register(&vm->notifier, vm->mm);
	if (err)
		goto err_list;
	atomic_inc(&nr_vms);
	tell(vm, XVCPU_EVENT_VM_CREATED);
	return vm;

err_list:
	xa_erase(&all_vms, vm->id);
err_ept:
	xvcpu_ept_destroy(&vm->ept);
err_srcu:
	cleanup_srcu_struct(&vm->srcu);
err_free:
	kfree_rcu(vm, rcu);
	return ERR_PTR(err);
}

static void vm_destroy(struct kref *ref)
{
	struct xvcpu_vm *vm = container_of(ref, struct xvcpu_vm, ref);
	struct xvcpu_vcpu *vcpu;
	unsigned long id;

	xa_erase(&all_vms, vm->id);
	xa_for_each(&vm->vcpus, id, vcpu)
		xvcpu_vcpu_destroy(vcpu);
	xa_destroy(&vm->vcpus);
	xvcpu_msr_filter_destroy(vm);
	/* It unmaps everything, if the end of the process has not. */
	mmu_notifier_unregister(&vm->notifier, vm->mm);
	xvcpu_ept_destroy(&vm->ept);
	xvcpu_slot_free_all(vm);
	cleanup_srcu_struct(&vm->srcu);
	mutex_destroy(&vm->lock);
	tell(vm, XVCPU_EVENT_VM_DESTROYED);
	atomic_dec(&nr_vms);
	kfree_rcu(vm, rcu);
}

/**
 * xvcpu_vm_get() - take a reference
 * @vm: the VM.
 */
void xvcpu_vm_get(struct xvcpu_vm *vm)
{
	kref_get(&vm->ref);
}

/**
 * xvcpu_vm_put() - give a reference back; the last one ends the VM
 * @vm: the VM.
 *
 * Context: process context, may sleep.
 */
void xvcpu_vm_put(struct xvcpu_vm *vm)
{
	kref_put(&vm->ref, vm_destroy);
}
