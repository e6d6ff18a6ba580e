/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the numbers of VMX mean, in sentences.
 */
#ifndef XVCPU_EXPLAIN_H
#define XVCPU_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

/** xvcpu_explain_error() - a VM-instruction error by number, or NULL */
const char *xvcpu_explain_error(uint64_t number);

/** xvcpu_explain_exit() - an exit reason by number, flags or not, or NULL */
const char *xvcpu_explain_exit(uint64_t reason);

/** xvcpu_is_failed_entry() - it is a VM entry that failed, no exit */
bool xvcpu_is_failed_entry(uint64_t reason);

/**
 * xvcpu_explain_failure() - what the hardware said of a failed VM entry
 * @reason: hardware_reason of struct xvcpu_entry_failure, or of struct kvm_run.
 *
 * Return: a sentence, "unknown" if there is none.
 */
const char *xvcpu_explain_failure(uint64_t reason);

#endif /* XVCPU_EXPLAIN_H */
