// SPDX-License-Identifier: GPL-2.0
/*
 * VMCALL: hypercalls are answered here as KVM does where it has none of them, or by
 * userspace if it wants to (XVCPU_CAP_HYPERCALL_EXIT).
 *
 * A call has its number in RAX and its arguments in the registers of a C call, of 64
 * bits in 64-bit code and of 32 elsewhere.
 *
 * Context: the vCPU is bound to this CPU, interrupts off; completion in process
 * context.
 */
#include <xvcpu/hypercall.h>

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <xvcpu/compat.h>
#include <xvcpu/exit.h>
#include <xvcpu/regs.h>
#include <xvcpu/vm.h>

static int to_userspace(struct xvcpu_vcpu *vcpu, u64 mask)
{
	static const u8 args[] = { XVCPU_RDI, XVCPU_RSI, XVCPU_RDX, XVCPU_RCX,
				   XVCPU_R8, XVCPU_R9 };
	struct kvm_run *run = vcpu->run;
	int i;

	xvcpu_exit_skip_insn(vcpu);
	memset(&run->hypercall, 0, sizeof(run->hypercall));
	run->exit_reason = KVM_EXIT_HYPERCALL;
	run->hypercall.nr = vcpu->world.gpr[XVCPU_RAX] & mask;
	for (i = 0; i < ARRAY_SIZE(args); i++)
		run->hypercall.args[i] = vcpu->world.gpr[args[i]] & mask;
	run->hypercall.xvcpu_hypercall_long = mask == U64_MAX;
	vcpu->hypercall_mask = mask;
	return XVCPU_EXIT_USER;
}

/*
 * As KVM with its interrupt controllers in userspace: hints are taken, and nothing
 * is done.
 */
static long answer(u64 nr)
{
	switch (nr) {
	case KVM_HC_VAPIC_POLL_IRQ:
	case KVM_HC_KICK_CPU:
	case KVM_HC_SCHED_YIELD:
		return 0;
	case KVM_HC_CLOCK_PAIRING:
	case KVM_HC_SEND_IPI:
		return -KVM_EOPNOTSUPP;
	default:
		return -KVM_ENOSYS;
	}
}

/**
 * xvcpu_hypercall() - the guest has executed VMCALL
 * @vcpu: the vCPU.
 *
 * User code makes no hypercalls: it could do what its kernel would not.
 *
 * Return: XVCPU_EXIT_RESUME, or XVCPU_EXIT_USER.
 */
int xvcpu_hypercall(struct xvcpu_vcpu *vcpu)
{
	u64 *rax = &vcpu->world.gpr[XVCPU_RAX];
	bool allowed;
	u64 mask;

	if (likely(!(vcpu->regs.here & XVCPU_REG_MODE)))
		xvcpu_regs_pull_mode(vcpu);
	mask = xvcpu_regs_64bit_code(vcpu) ? U64_MAX : U32_MAX;
	allowed = !xvcpu_regs_cpl(vcpu);
	if (allowed && READ_ONCE(vcpu->vm->hypercall_exit))
		return to_userspace(vcpu, mask);
	*rax = (allowed ? answer(*rax & mask) : -KVM_EPERM) & mask;
	return xvcpu_exit_skip_insn(vcpu);
}

/**
 * xvcpu_hypercall_complete() - userspace has answered
 * @vcpu: the vCPU; nothing happens unless a hypercall waits.
 */
void xvcpu_hypercall_complete(struct xvcpu_vcpu *vcpu)
{
	if (!vcpu->hypercall_mask)
		return;
	vcpu->world.gpr[XVCPU_RAX] = vcpu->run->hypercall.ret &
				     vcpu->hypercall_mask;
	vcpu->hypercall_mask = 0;
}
