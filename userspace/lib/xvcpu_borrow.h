/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A vCPU of another process: a descriptor like the one that it has.  Prints
 * nothing.
 */
#ifndef XVCPU_BORROW_H
#define XVCPU_BORROW_H

#include <stdint.h>

/**
 * xvcpu_borrow_vcpu() - get a descriptor of a vCPU from the process that runs it
 * @tgid: the process.
 * @key: the vCPU's key.
 *
 * While it is open, the VM lives on.
 *
 * Return: the descriptor; -ENOENT if the process has none of this vCPU, -ESRCH if
 * there is no such process, -EPERM or -EACCES if the caller may not trace it.
 */
int xvcpu_borrow_vcpu(uint32_t tgid, uint32_t key);

#endif /* XVCPU_BORROW_H */
