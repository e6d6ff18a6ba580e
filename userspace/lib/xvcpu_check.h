/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What struct xvcpu_entry_failure says, in words.
 *
 * Each function takes any number and returns a static string, never NULL.
 */
#ifndef XVCPU_CHECK_H
#define XVCPU_CHECK_H

#include <stdint.h>

/** xvcpu_rule_text() - an enum xvcpu_rule as a sentence about what is broken */
const char *xvcpu_rule_text(uint32_t rule);

/**
 * xvcpu_field_name() - the name of a VMCS field, by its encoding
 * @encoding: the encoding, or an XVCPU_FAILURE_MSR_*.
 *
 * Return: the kernel's name, "GUEST_CR0" for example, or "unknown".
 */
const char *xvcpu_field_name(uint32_t encoding);

#endif /* XVCPU_CHECK_H */
