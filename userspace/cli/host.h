/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What can be known of the machine without the module.
 */
#ifndef HOST_H
#define HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <xvcpu_nl.h>
#include <xvcpu_verdict.h>

/**
 * struct host - the machine
 * @processor: the processor's name.
 * @hypervisor: signature of the hypervisor above, or "" if there is none.
 * @vmx_flag: the kernel says that VMX can be used (/proc/cpuinfo).
 * @owner: another module that may hold VMX.
 */
struct host {
	char processor[80];
	char hypervisor[13];
	bool vmx_flag;
	struct xvcpu_owner owner;
};

/** host_read() - look at the machine */
void host_read(struct host *host);

/**
 * host_read_cpus() - look at each CPU with the CPUID instruction, run there
 * @host: the machine.
 * @nr: where the number of CPUs is to be put.
 *
 * The checks that need no module are filled: cpuid, owner, feature-control.
 *
 * Return: an array that is the caller's to free, or NULL: out of memory.
 */
struct xvcpu_cpu_info *host_read_cpus(const struct host *host, size_t *nr);

#endif /* HOST_H */
