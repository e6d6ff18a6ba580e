/* SPDX-License-Identifier: GPL-2.0 */
/* Debug registers and exceptions: the guest's own, and those of its debugger. */
#ifndef _XVCPU_DEBUG_H
#define _XVCPU_DEBUG_H

#include <linux/kvm.h>
#include <linux/types.h>
#include <asm/processor-flags.h>
#include <xvcpu/vcpu.h>

#define XVCPU_DEBUG_CONTROLS	(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP | \
				 KVM_GUESTDBG_USE_SW_BP | \
				 KVM_GUESTDBG_USE_HW_BP | \
				 KVM_GUESTDBG_INJECT_DB | \
				 KVM_GUESTDBG_INJECT_BP | \
				 KVM_GUESTDBG_BLOCKIRQ)

void xvcpu_debug_get_regs(const struct xvcpu_vcpu *vcpu,
			  struct kvm_debugregs *out);
int xvcpu_debug_set_regs(struct xvcpu_vcpu *vcpu,
			 const struct kvm_debugregs *in);
int xvcpu_debug_set(struct xvcpu_vcpu *vcpu, const struct kvm_guest_debug *in);
int xvcpu_debug_exception(struct xvcpu_vcpu *vcpu, u32 info);
int xvcpu_debug_breakpoint(struct xvcpu_vcpu *vcpu);
int xvcpu_debug_access(struct xvcpu_vcpu *vcpu);

static inline bool xvcpu_debug_uses(const struct xvcpu_vcpu *vcpu, u32 control)
{
	return vcpu->debug.control & control;
}

/* The debugger's breakpoints take the place of the guest's. */
static inline u64 xvcpu_debug_dr7(const struct xvcpu_vcpu *vcpu)
{
	return xvcpu_debug_uses(vcpu, KVM_GUESTDBG_USE_HW_BP) ?
		vcpu->debug.dr7 : vcpu->regs.dr7;
}

static inline const u64 *xvcpu_debug_dr(const struct xvcpu_vcpu *vcpu)
{
	return xvcpu_debug_uses(vcpu, KVM_GUESTDBG_USE_HW_BP) ?
		vcpu->debug.dr : vcpu->regs.dr;
}

/* Whether the guest traps after an instruction; its flags are here. */
static inline bool xvcpu_debug_steps(const struct xvcpu_vcpu *vcpu)
{
	return (vcpu->regs.rflags & X86_EFLAGS_TF) ||
	       xvcpu_debug_uses(vcpu, KVM_GUESTDBG_SINGLESTEP);
}

#endif /* _XVCPU_DEBUG_H */
