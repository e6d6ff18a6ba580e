/* SPDX-License-Identifier: GPL-2.0 */
/* What a VM exit leads to. */
#ifndef _XVCPU_EXIT_H
#define _XVCPU_EXIT_H

#include <linux/types.h>

struct xvcpu_vcpu;

/*
 * What a handler returns: a negative errno for KVM_RUN, or
 * XVCPU_EXIT_USER: struct kvm_run is filled, KVM_RUN returns 0;
 * XVCPU_EXIT_RESUME: the guest goes on;
 * XVCPU_EXIT_SLOW: call xvcpu_exit_slow() where it may sleep.
 */
enum xvcpu_exit_action {
	XVCPU_EXIT_USER,
	XVCPU_EXIT_RESUME,
	XVCPU_EXIT_SLOW,
};

int xvcpu_exit_handle(struct xvcpu_vcpu *vcpu);
int xvcpu_exit_slow(struct xvcpu_vcpu *vcpu);
int xvcpu_exit_complete(struct xvcpu_vcpu *vcpu);
int xvcpu_exit_failed_entry(struct xvcpu_vcpu *vcpu, u64 reason);
int xvcpu_exit_gp(struct xvcpu_vcpu *vcpu);
int xvcpu_exit_undefined(struct xvcpu_vcpu *vcpu);
int xvcpu_exit_no_emulation(struct xvcpu_vcpu *vcpu);
int xvcpu_exit_may_sleep(struct xvcpu_vcpu *vcpu);
int xvcpu_exit_skip(struct xvcpu_vcpu *vcpu);
int xvcpu_exit_skip_insn(struct xvcpu_vcpu *vcpu);

#endif /* _XVCPU_EXIT_H */
