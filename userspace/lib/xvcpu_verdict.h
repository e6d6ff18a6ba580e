/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a failed check of a CPU means, in a sentence: the cause and the remedy.
 */
#ifndef XVCPU_VERDICT_H
#define XVCPU_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <xvcpu_nl.h>

/**
 * struct xvcpu_owner - another module that may hold VMX
 * @module: its name, or "" if none is known to be there.
 * @users: how many use it.
 * @builtin: it is part of the kernel, and cannot be unloaded.
 * @at_load: it is in VMX root operation even when nobody uses it.
 */
struct xvcpu_owner {
	char module[32];
	unsigned int users;
	bool builtin;
	bool at_load;
};

/**
 * xvcpu_owner_holds() - whether it has to be in VMX root operation now
 * @owner: the other module.
 */
bool xvcpu_owner_holds(const struct xvcpu_owner *owner);

/**
 * xvcpu_verdict_owner() - say who holds VMX, why, and how to get it back
 * @owner: the other module.
 * @text: where the sentence is to be put.
 * @size: size of @text.
 */
void xvcpu_verdict_owner(const struct xvcpu_owner *owner, char *text,
			 size_t size);

/**
 * xvcpu_verdict_check() - say what is wrong when a check has failed
 * @id: the check; of XVCPU_CHECK_OWNER it says what policy shared lacks.
 * @check: its outcome.
 * @msrs: the CPU's capability MSRs, as far as they are known.
 * @hypervisor: signature of the hypervisor above, or "".
 * @text: where the sentence is to be put.
 * @size: size of @text.
 */
void xvcpu_verdict_check(enum xvcpu_check id,
			 const struct xvcpu_check_info *check,
			 const struct xvcpu_msrs *msrs, const char *hypervisor,
			 char *text, size_t size);

#endif /* XVCPU_VERDICT_H */
