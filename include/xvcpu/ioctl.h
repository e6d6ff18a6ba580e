/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/xvcpu and its three kinds of file descriptors. */
#ifndef _XVCPU_IOCTL_H
#define _XVCPU_IOCTL_H

#include <linux/compiler_types.h>
#include <linux/types.h>

struct kvm_regs;
struct kvm_sregs;
struct xvcpu_exit_trace;
struct xvcpu_vcpu;
struct xvcpu_vm;

int xvcpu_ioctl_init(void);
void xvcpu_ioctl_exit(void);
int xvcpu_ioctl_check_extension(unsigned long cap);
int xvcpu_ioctl_create_vm(unsigned long type);
int xvcpu_ioctl_set_regs(struct xvcpu_vcpu *vcpu, const struct kvm_regs *regs);
int xvcpu_ioctl_set_sregs(struct xvcpu_vcpu *vcpu,
			  const struct kvm_sregs *sregs);
int xvcpu_ioctl_supported_cpuid(void __user *argp);
int xvcpu_ioctl_emulated_cpuid(void __user *argp);
int xvcpu_ioctl_set_cpuid(struct xvcpu_vcpu *vcpu, void __user *argp);
int xvcpu_ioctl_set_cpuid2(struct xvcpu_vcpu *vcpu, void __user *argp);
int xvcpu_ioctl_get_cpuid2(struct xvcpu_vcpu *vcpu, void __user *argp);
int xvcpu_ioctl_msrs(struct xvcpu_vcpu *vcpu, void __user *argp, bool set);
int xvcpu_ioctl_msr_list(void __user *argp, bool features);
int xvcpu_ioctl_vcpu_fd(struct xvcpu_vcpu *vcpu);
int xvcpu_ioctl_vm_stats_fd(struct xvcpu_vm *vm);
int xvcpu_ioctl_vcpu_stats_fd(struct xvcpu_vcpu *vcpu);
int xvcpu_ioctl_open_exit_trace(struct xvcpu_vcpu *vcpu,
				const struct xvcpu_exit_trace *how);

#endif /* _XVCPU_IOCTL_H */
