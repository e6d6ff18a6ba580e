// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's life: creation, migration, end, and the list of all of them.
 *
 * Locking: vcpu->lock around its ioctls, vcpu->bind_lock inside it around its
 * binding. Who reads the list of all vCPUs holds RCU.
 */
#include <xvcpu/vcpu.h>

#include <linux/err.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <asm/vmx.h>
#include <xvcpu/cpuid.h>
#include <xvcpu/fpu.h>
#include <xvcpu/notice.h>
#include <xvcpu/page.h>
#include <xvcpu/regs.h>
#include <xvcpu/run.h>
#include <xvcpu/vcpu_list.h>
#include <xvcpu/vm.h>
#include <xvcpu/vmcs.h>

/* struct kvm_run, and the data of port I/O. */
#define RUN_PAGES	2

static DEFINE_XARRAY_ALLOC1(all_vcpus);
static u32 next_key;
static atomic_t nr_vcpus = ATOMIC_INIT(0);
static DEFINE_IDA(vpids);

u32 xvcpu_vcpu_list_count(void)
{
	return atomic_read(&nr_vcpus);
}

static void take_snapshot(const struct xvcpu_vcpu *vcpu,
			  struct xvcpu_vcpu_snapshot *snap)
{
	snap->key = vcpu->key;
	snap->vm = vcpu->vm_id;
	snap->id = vcpu->id;
	snap->tgid = vcpu->tgid;
	snap->exits = xvcpu_stats_exits(&vcpu->stats);
	xvcpu_bind_info(&vcpu->binding, &snap->binding);
}

int xvcpu_vcpu_list_next(u32 key, struct xvcpu_vcpu_snapshot *snap)
{
	unsigned long index = key;
	struct xvcpu_vcpu *vcpu;

	rcu_read_lock();
	vcpu = xa_find(&all_vcpus, &index, ULONG_MAX, XA_PRESENT);
	if (vcpu)
		take_snapshot(vcpu, snap);
	rcu_read_unlock();
	return vcpu ? 0 : -ENOENT;
}

int xvcpu_vcpu_list_next_stats(u32 key, struct xvcpu_vcpu_snapshot *snap,
			       struct xvcpu_stats_copy *stats)
{
	unsigned long index = key;
	struct xvcpu_vcpu *vcpu;

	rcu_read_lock();
	vcpu = xa_find(&all_vcpus, &index, ULONG_MAX, XA_PRESENT);
	if (vcpu) {
		take_snapshot(vcpu, snap);
		xvcpu_stats_copy(&vcpu->stats, stats);
	}
	rcu_read_unlock();
	return vcpu ? 0 : -ENOENT;
}

/**
 * xvcpu_vcpu_tell() - something has happened to a vCPU
 * @vcpu: the vCPU.
 * @kind: what.
 * @cpu: the CPU, or XVCPU_CPU_NONE.
 * @from_cpu: the CPU before, or XVCPU_CPU_NONE.
 * @why: an errno or a reason, by @kind.
 *
 * Context: any but NMI.
 */
void xvcpu_vcpu_tell(const struct xvcpu_vcpu *vcpu, enum xvcpu_event_kind kind,
		     int cpu, int from_cpu, u64 why)
{
	struct xvcpu_notice notice;

	if (!xvcpu_notice_wanted())
		return;
	notice = (struct xvcpu_notice) {
		.kind = kind,
		.cpu = cpu,
		.from_cpu = from_cpu,
		.vm = vcpu->vm_id,
		.vcpu = vcpu->key,
		.id = vcpu->id,
		.tgid = vcpu->tgid,
		.why = why,
	};
	xvcpu_notice_tell(&notice);
}

static void tell_unbound(const struct xvcpu_binding *b, int cpu)
{
	xvcpu_vcpu_tell(container_of(b, struct xvcpu_vcpu, binding),
			XVCPU_EVENT_VCPU_UNBOUND, XVCPU_CPU_NONE, cpu, 0);
}

static bool vpid_usable(const struct vmx_caps *caps)
{
	return vmx_caps_has_proc2(caps, SECONDARY_EXEC_ENABLE_VPID) &&
	       vmx_caps_vpid(caps, VMX_VPID_INVVPID_BIT) &&
	       vmx_caps_vpid(caps, VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT);
}

/*
 * Without a VPID, or when none is left, every transition flushes the TLB. They
 * are given out from the last one down: kvm_intel, with which a CPU may be shared,
 * does so from the first one up.
 */
static u16 vpid_get(struct xvcpu_vcpu *vcpu, const struct vmx_caps *caps)
{
	int nr = 0;

	if (vpid_usable(caps))
		nr = ida_alloc_range(&vpids, 1, VMX_NR_VPIDS - 1,
				     GFP_KERNEL_ACCOUNT);
	if (nr <= 0) {
		vcpu->ctl.proc2 &= ~SECONDARY_EXEC_ENABLE_VPID;
		return 0;
	}
	return VMX_NR_VPIDS - nr;
}

static void vpid_put(u16 vpid)
{
	if (vpid)
		ida_free(&vpids, VMX_NR_VPIDS - vpid);
}

static int create_binding(struct xvcpu_vcpu *vcpu, int cpu)
{
	const struct vmx_caps *caps = &xvcpu_root->boot_caps;
	struct vmx_missing missing;
	void *vmcs;
	u16 vpid;
	int err;

	err = xvcpu_caps_controls(caps, &vcpu->ctl, &missing);
	if (err)
		return err;
	vmcs = xvcpu_vmcs_create(vmx_caps_revision(caps));
	if (!vmcs)
		return -ENOMEM;
	vpid = vpid_get(vcpu, caps);
	err = xvcpu_bind_create(&vcpu->binding, xvcpu_root, vmcs, vpid, cpu);
	if (err) {
		vpid_put(vpid);
		xvcpu_vmcs_destroy(vmcs);
		return err;
	}
	vcpu->binding.loaded.before_clear = xvcpu_regs_before_clear;
	vcpu->binding.unbound = tell_unbound;
	return 0;
}

static void destroy_binding(struct xvcpu_vcpu *vcpu)
{
	xvcpu_bind_destroy(&vcpu->binding);
	/* The CPU may still write to the page of one that it would not clear. */
	if (!vcpu->binding.loaded.broken)
		xvcpu_vmcs_destroy(vcpu->binding.loaded.vmcs);
	vpid_put(vcpu->binding.loaded.vpid);
}

static void init_locks(struct xvcpu_vcpu *vcpu)
{
	mutex_init(&vcpu->lock);
	mutex_init(&vcpu->bind_lock);
	init_waitqueue_head(&vcpu->visited);
	atomic_set(&vcpu->visitors, 0);
	atomic_set(&vcpu->waiters, 0);
	vcpu->running_on = XVCPU_CPU_NONE;
}

static int create_parts(struct xvcpu_vcpu *vcpu, int cpu)
{
	int err;

	vcpu->run = xvcpu_page_alloc(RUN_PAGES, GFP_KERNEL_ACCOUNT);
	if (!vcpu->run)
		return -ENOMEM;
	err = xvcpu_fpu_create(vcpu);
	if (err)
		goto err_run;
	err = create_binding(vcpu, cpu);
	if (err)
		goto err_fpu;
	err = xa_alloc_cyclic(&all_vcpus, &vcpu->key, vcpu, xa_limit_31b,
			      &next_key, GFP_KERNEL_ACCOUNT);
	if (err < 0)
		goto err_binding;
	return 0;

err_binding:
	destroy_binding(vcpu);
err_fpu:
	xvcpu_fpu_destroy(vcpu);
err_run:
	xvcpu_page_free(vcpu->run, RUN_PAGES);
	return err;
}

/**
 * xvcpu_vcpu_create() - make a vCPU as after power-up, bound to no CPU
 * @vm: the VM, which owns it.
 * @id: its id in the VM.
 * @cpu: the CPU to pin it to, or XVCPU_CPU_NONE.
 *
 * Context: process context, may sleep.
 * Return: the vCPU, or ERR_PTR of -ENOMEM; -EINVAL, -ENXIO for the CPU.
 */
struct xvcpu_vcpu *xvcpu_vcpu_create(struct xvcpu_vm *vm, u32 id, int cpu)
{
	struct xvcpu_vcpu *vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);
	int err;

	if (!vcpu)
		return ERR_PTR(-ENOMEM);
	init_locks(vcpu);
	vcpu->vm = vm;
	vcpu->vm_id = vm->id;
	vcpu->tgid = vm->tgid;
	vcpu->id = id;
	vcpu->for_user = XVCPU_REG_FOR_USER;
	xvcpu_cpuid_create(vcpu);
	xvcpu_regs_reset(vcpu);
	xvcpu_mce_reset(vcpu);
	xvcpu_stats_create(&vcpu->stats);
	err = create_parts(vcpu, cpu);
	if (err) {
		kfree(vcpu);
		return ERR_PTR(err);
	}
	atomic_inc(&nr_vcpus);
	WRITE_ONCE(vm->nr_vcpus, vm->nr_vcpus + 1);
	xvcpu_vcpu_tell(vcpu, XVCPU_EVENT_VCPU_CREATED, cpu, XVCPU_CPU_NONE, 0);
	return vcpu;
}

/**
 * xvcpu_vcpu_destroy() - clear a vCPU's VMCS on the CPU that holds it; free it
 * @vcpu: the vCPU, which nobody uses any more.
 *
 * Context: process context, may sleep.
 */
void xvcpu_vcpu_destroy(struct xvcpu_vcpu *vcpu)
{
	xa_erase(&all_vcpus, vcpu->key);
	destroy_binding(vcpu);
	xvcpu_fpu_destroy(vcpu);
	xvcpu_page_free(vcpu->run, RUN_PAGES);
	kvfree(vcpu->cpuid);
	mutex_destroy(&vcpu->bind_lock);
	mutex_destroy(&vcpu->lock);
	xvcpu_stats_destroy(&vcpu->stats);
	WRITE_ONCE(vcpu->vm->nr_vcpus, vcpu->vm->nr_vcpus - 1);
	xvcpu_vcpu_tell(vcpu, XVCPU_EVENT_VCPU_DESTROYED, XVCPU_CPU_NONE,
			XVCPU_CPU_NONE, 0);
	atomic_dec(&nr_vcpus);
	kfree_rcu(vcpu, rcu);
}

/**
 * xvcpu_vcpu_retire() - nobody can run a vCPU any more: it leaves its CPU
 * @vcpu: the vCPU, whose file is closed and not mapped; it is destroyed with its
 *	VM.
 *
 * Until then it would keep a CPU in VMX root operation under policy exclusive.
 *
 * Context: process context, may sleep.
 */
void xvcpu_vcpu_retire(struct xvcpu_vcpu *vcpu)
{
	mutex_lock(&vcpu->bind_lock);
	xvcpu_bind_destroy(&vcpu->binding);
	mutex_unlock(&vcpu->bind_lock);
}

static int migrate_locked(struct xvcpu_vcpu *vcpu, int cpu)
{
	int from = vcpu->binding.pinned;
	int err = xvcpu_bind_migrate(&vcpu->binding, cpu);

	if (!err && cpu != from)
		xvcpu_vcpu_tell(vcpu, XVCPU_EVENT_VCPU_MIGRATED, cpu, from, 0);
	return err;
}

static void visit_over(struct xvcpu_vcpu *vcpu)
{
	if (atomic_dec_and_test(&vcpu->visitors))
		wake_up_all(&vcpu->visited);
}

/**
 * xvcpu_vcpu_visit_begin() - have a vCPU leave the guest, and keep it out
 * @vcpu: the vCPU, if it is running.
 *
 * It may be waiting for a page of the guest's memory, for as long as whoever
 * provides that likes.
 *
 * Context: process context, may sleep; vcpu->bind_lock is held after success.
 * Return: 0, or -EINTR if the thread is being killed.
 */
int xvcpu_vcpu_visit_begin(struct xvcpu_vcpu *vcpu)
{
	int err;

	atomic_inc(&vcpu->visitors);
	xvcpu_run_kick(vcpu);
	err = mutex_lock_killable(&vcpu->bind_lock);
	if (err)
		visit_over(vcpu);
	return err;
}

/**
 * xvcpu_vcpu_visit_end() - let it go on
 * @vcpu: the vCPU.
 *
 * Context: process context; vcpu->bind_lock is held, and no longer on return.
 */
void xvcpu_vcpu_visit_end(struct xvcpu_vcpu *vcpu)
{
	mutex_unlock(&vcpu->bind_lock);
	visit_over(vcpu);
}

/**
 * xvcpu_vcpu_visit() - have a vCPU that is in the guest leave and enter it again
 * @vcpu: the vCPU; after success it has, and sees what was changed before.
 *
 * Context: process context, may sleep.
 * Return: 0, or -EINTR if the thread is being killed.
 */
int xvcpu_vcpu_visit(struct xvcpu_vcpu *vcpu)
{
	int err = xvcpu_vcpu_visit_begin(vcpu);

	if (!err)
		xvcpu_vcpu_visit_end(vcpu);
	return err;
}

/**
 * xvcpu_vcpu_migrate() - XVCPU_MIGRATE: pin a vCPU to another CPU
 * @vcpu: the vCPU; it may be running.
 * @cpu: the CPU, or XVCPU_CPU_NONE to make it floating.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if there is no such CPU; -ENXIO if it is offline or not in
 * VMX root operation; -EINTR.
 */
int xvcpu_vcpu_migrate(struct xvcpu_vcpu *vcpu, int cpu)
{
	int err = xvcpu_vcpu_visit_begin(vcpu);

	if (err)
		return err;
	err = migrate_locked(vcpu, cpu);
	xvcpu_vcpu_visit_end(vcpu);
	return err;
}

/**
 * xvcpu_vcpu_revive() - userspace has set the state of a vCPU
 * @vcpu: the vCPU; nothing happens unless it is terminated.
 *
 * Context: vcpu->lock is held.
 */
void xvcpu_vcpu_revive(struct xvcpu_vcpu *vcpu)
{
	struct xvcpu_binding *b = &vcpu->binding;

	lockdep_assert_held(&vcpu->lock);
	if (b->state != XVCPU_VCPU_TERMINATED)
		return;
	xvcpu_bind_transition(b, b->loaded.cpu == XVCPU_CPU_NONE ?
			      XVCPU_VCPU_UNBOUND : XVCPU_VCPU_BOUND);
	/* With it the activity state is written: active, again. */
	xvcpu_regs_changed(vcpu, XVCPU_REG_PENDING_DEBUG);
}
