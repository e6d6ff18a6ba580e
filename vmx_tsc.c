// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's time-stamp counter: the host's, multiplied and with an offset
 * (SDM, "Time-Stamp Counter Offset and Multiplier").
 *
 * The offset in struct xvcpu_regs is to a host's TSC that does not go back over
 * sleep (vmx_clock.c); what makes it so is added to what the VMCS gets.
 *
 * Locking: vcpu->lock, and vm->tsc_lock around what the vCPUs of a VM share.
 */
#include <xvcpu/tsc.h>

#include <linux/errno.h>
#include <linux/math64.h>
#include <asm/msr.h>
#include <asm/tsc.h>
#include <asm/vmx.h>
#include <xvcpu/clock.h>
#include <xvcpu/percpu.h>
#include <xvcpu/regs.h>
#include <xvcpu/vm.h>
#include <xvcpu/vmcs.h>

/* Bits of the multiplier after the point. */
#define FRACTION_BITS	48

/* Rates that differ by less, in parts of a million, are the same. */
#define TOLERANCE_PPM	250

/**
 * xvcpu_tsc_can_scale() - whether a guest's TSC can have another rate
 *
 * Return: true if the CPU can.
 */
bool xvcpu_tsc_can_scale(void)
{
	return vmx_caps_has_proc2(&xvcpu_root->boot_caps,
				  SECONDARY_EXEC_TSC_SCALING);
}

static u64 scaled(const struct xvcpu_vcpu *vcpu, u64 host_tsc)
{
	u64 ratio = vcpu->regs.tsc_ratio;

	if (ratio == XVCPU_TSC_SAME_RATE)
		return host_tsc;
	return mul_u64_u64_shr(host_tsc, ratio, FRACTION_BITS);
}

/* What the guest's TSC would be at a moment without an offset. */
static u64 guest_time(const struct xvcpu_vcpu *vcpu, u64 host_tsc)
{
	return scaled(vcpu, host_tsc) + scaled(vcpu, xvcpu_clock_lost());
}

static void set_offset(struct xvcpu_vcpu *vcpu, u64 offset)
{
	vcpu->regs.tsc_offset = offset;
	xvcpu_regs_changed(vcpu, XVCPU_REG_TSC_OFFSET);
}

/**
 * xvcpu_tsc_init_vm() - the TSC of a VM is 0 at its creation
 * @vm: the VM.
 */
void xvcpu_tsc_init_vm(struct xvcpu_vm *vm)
{
	spin_lock_init(&vm->tsc_lock);
	vm->tsc_offset = -(rdtsc() + xvcpu_clock_lost());
	vm->tsc_ratio = XVCPU_TSC_SAME_RATE;
}

/**
 * xvcpu_tsc_reset() - the TSC of a new vCPU is its VM's, at the host's rate
 * @vcpu: the vCPU.
 */
void xvcpu_tsc_reset(struct xvcpu_vcpu *vcpu)
{
	vcpu->regs.tsc_khz = tsc_khz;
	vcpu->regs.tsc_ratio = XVCPU_TSC_SAME_RATE;
	vcpu->regs.tsc_offset = READ_ONCE(vcpu->vm->tsc_offset);
}

/**
 * xvcpu_tsc_push() - tell the VMCS
 * @vcpu: the vCPU.
 *
 * Context: the VMCS is current on this CPU, interrupts are off.
 */
void xvcpu_tsc_push(struct xvcpu_vcpu *vcpu)
{
	vmcs_write64(TSC_OFFSET, vcpu->regs.tsc_offset +
				 scaled(vcpu, xvcpu_clock_lost()));
	if (!(vcpu->ctl.proc2 & SECONDARY_EXEC_TSC_SCALING))
		return;
	vmcs_write64(TSC_MULTIPLIER, vcpu->regs.tsc_ratio);
	/* It may be scaled for the first time. */
	vmcs_write32(SECONDARY_VM_EXEC_CONTROL, vcpu->ctl.proc2);
}

static bool about_the_same(u64 khz)
{
	u64 difference = khz > tsc_khz ? khz - tsc_khz : tsc_khz - khz;

	return difference * 1000000 <= (u64)tsc_khz * TOLERANCE_PPM;
}

/* 0 if no multiplier is as large, or as small. */
static u64 ratio_for(u64 khz)
{
	if (khz > INT_MAX)
		return 0;
	if (about_the_same(khz))
		return XVCPU_TSC_SAME_RATE;
	if (khz / tsc_khz >= 1 << (64 - FRACTION_BITS))
		return 0;
	return mul_u64_u32_div(XVCPU_TSC_SAME_RATE, khz, tsc_khz);
}

/**
 * xvcpu_tsc_set_khz() - KVM_SET_TSC_KHZ
 * @vcpu: the vCPU.
 * @khz: the rate of its TSC; 0 means the host's.
 *
 * The TSC goes on from where it is.
 *
 * Return: 0, or -EINVAL for a rate that the CPU cannot give.
 */
int xvcpu_tsc_set_khz(struct xvcpu_vcpu *vcpu, unsigned long khz)
{
	u64 now = rdtsc(), tsc = guest_time(vcpu, now) + vcpu->regs.tsc_offset;
	u64 ratio;

	khz = khz ?: tsc_khz;
	ratio = ratio_for(khz);
	if (!ratio ||
	    (ratio != XVCPU_TSC_SAME_RATE && !xvcpu_tsc_can_scale()))
		return -EINVAL;
	if (ratio != vcpu->regs.tsc_ratio) {
		vcpu->regs.tsc_ratio = ratio;
		vcpu->ctl.proc2 |= SECONDARY_EXEC_TSC_SCALING;
		set_offset(vcpu, tsc - guest_time(vcpu, now));
	}
	vcpu->regs.tsc_khz = khz;
	return 0;
}

/**
 * xvcpu_tsc_get() - IA32_TIME_STAMP_COUNTER
 * @vcpu: the vCPU.
 *
 * Return: the TSC as the guest would read it now.
 */
u64 xvcpu_tsc_get(struct xvcpu_vcpu *vcpu)
{
	return guest_time(vcpu, rdtsc()) + vcpu->regs.tsc_offset;
}

/*
 * Userspace sets the TSCs of a VM's vCPUs one after the other, and means them to
 * be the same. So 0, as after reset, and what is within a second of the VM's TSC
 * are the VM's TSC; all else becomes that for the vCPUs that follow.
 */
static u64 offset_from_userspace(struct xvcpu_vcpu *vcpu, u64 value)
{
	const u64 second = (u64)vcpu->regs.tsc_khz * 1000;
	u64 now = guest_time(vcpu, rdtsc()), offset;
	struct xvcpu_vm *vm = vcpu->vm;

	spin_lock(&vm->tsc_lock);
	offset = vm->tsc_offset;
	if (vm->tsc_ratio != vcpu->regs.tsc_ratio ||
	    (value && value - (now + offset) + second >= 2 * second)) {
		offset = value - now;
		WRITE_ONCE(vm->tsc_offset, offset);
		vm->tsc_ratio = vcpu->regs.tsc_ratio;
	}
	spin_unlock(&vm->tsc_lock);
	return offset;
}

/**
 * xvcpu_tsc_set() - write IA32_TIME_STAMP_COUNTER
 * @vcpu: the vCPU.
 * @value: the value.
 * @host: whether userspace writes: a guest's write shows in IA32_TSC_ADJUST,
 *	userspace's does not.
 *
 * Return: 0.
 */
int xvcpu_tsc_set(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	u64 offset = host ? offset_from_userspace(vcpu, value) :
			    value - guest_time(vcpu, rdtsc());

	if (!host)
		vcpu->regs.tsc_adjust += offset - vcpu->regs.tsc_offset;
	set_offset(vcpu, offset);
	return 0;
}

/**
 * xvcpu_tsc_get_adjust() - IA32_TSC_ADJUST
 * @vcpu: the vCPU.
 *
 * Return: the value.
 */
u64 xvcpu_tsc_get_adjust(struct xvcpu_vcpu *vcpu)
{
	return vcpu->regs.tsc_adjust;
}

/**
 * xvcpu_tsc_set_adjust() - write IA32_TSC_ADJUST
 * @vcpu: the vCPU.
 * @value: the value.
 * @host: whether userspace writes: a guest's write changes the TSC, userspace's
 *	does not.
 *
 * Return: 0.
 */
int xvcpu_tsc_set_adjust(struct xvcpu_vcpu *vcpu, u64 value, bool host)
{
	u64 change = value - vcpu->regs.tsc_adjust;

	if (!host)
		set_offset(vcpu, vcpu->regs.tsc_offset + change);
	vcpu->regs.tsc_adjust = value;
	return 0;
}
