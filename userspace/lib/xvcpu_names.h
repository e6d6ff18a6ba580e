/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of what the kernel gives as numbers.
 *
 * Each function takes any number and returns a static string: "unknown" for
 * one that this library does not know, never NULL.
 */
#ifndef XVCPU_NAMES_H
#define XVCPU_NAMES_H

#include <stdint.h>

/** xvcpu_name_policy() - name of an enum xvcpu_policy */
const char *xvcpu_name_policy(uint32_t policy);

/** xvcpu_name_cpu_state() - name of an enum xvcpu_cpu_state */
const char *xvcpu_name_cpu_state(uint32_t state);

/** xvcpu_name_check() - name of an enum xvcpu_check */
const char *xvcpu_name_check(uint32_t check);

/** xvcpu_name_vcpu_state() - name of an enum xvcpu_vcpu_state */
const char *xvcpu_name_vcpu_state(uint32_t state);

/** xvcpu_name_event() - name of an enum xvcpu_event_kind */
const char *xvcpu_name_event(uint32_t kind);

/** xvcpu_name_reason() - name of a basic exit reason of VMX */
const char *xvcpu_name_reason(uint32_t reason);

/** xvcpu_name_exit() - name of the exit_reason in struct kvm_run */
const char *xvcpu_name_exit(uint32_t reason);

/** xvcpu_name_exit_reg() - name of a register by its enum xvcpu_exit_reg */
const char *xvcpu_name_exit_reg(uint32_t reg);

/** xvcpu_name_internal_error() - name of a KVM_INTERNAL_ERROR_* */
const char *xvcpu_name_internal_error(uint32_t suberror);

/** xvcpu_name_vmx_msr() - name of a VMX capability MSR by its number */
const char *xvcpu_name_vmx_msr(uint32_t index);

/** xvcpu_name_errno() - symbol of an errno, positive or negative: "EBUSY" */
const char *xvcpu_name_errno(int err);

#endif /* XVCPU_NAMES_H */
