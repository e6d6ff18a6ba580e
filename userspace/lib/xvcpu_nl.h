/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic netlink family "xvcpu" as plain structures.
 *
 * Prints nothing.  Unless it says otherwise, a function returns 0 or a negative
 * errno; when the kernel refused a request, xvcpu_nl_error() has its sentence.
 * A connection belongs to one thread at a time.
 */
#ifndef XVCPU_NL_H
#define XVCPU_NL_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/xvcpu.h>
#include <linux/xvcpu_netlink.h>

/** XVCPU_NL_MSRS - of more MSRs than this the library keeps the first */
#define XVCPU_NL_MSRS	32

/** XVCPU_NL_STRING - strings are cut to this size */
#define XVCPU_NL_STRING	80

/**
 * struct xvcpu_msrs - MSRs
 * @nr: how many.
 * @msr: number and value of each.
 */
struct xvcpu_msrs {
	unsigned int nr;
	struct {
		uint32_t index;
		uint64_t value;
	} msr[XVCPU_NL_MSRS];
};

/**
 * struct xvcpu_module_info - the module
 * @version: its version.
 * @kernel: release of the running kernel.
 * @policy: an enum xvcpu_policy.
 * @boot_cpu: the CPU that entered VMX root operation first.
 * @root_cpus: how many CPUs are in root.
 * @granted_cpu: the CPU that root is granted to, or XVCPU_CPU_NONE.
 * @vms: how many VMs there are.
 * @vcpus: how many vCPUs there are.
 * @pages: how many pages of memory the module holds.
 * @msrs: the boot CPU's capability MSRs.
 */
struct xvcpu_module_info {
	char version[XVCPU_NL_STRING];
	char kernel[XVCPU_NL_STRING];
	uint32_t policy;
	uint32_t boot_cpu;
	uint32_t root_cpus;
	int granted_cpu;
	uint32_t vms;
	uint32_t vcpus;
	uint32_t pages;
	struct xvcpu_msrs msrs;
};

/**
 * struct xvcpu_check_info - the outcome of a check
 * @done: it was reached in the latest attempt.
 * @has_value: @value is known.
 * @value: what was looked at.
 * @error: the errno that it stands for, positive, 0 if it passed.
 */
struct xvcpu_check_info {
	bool done;
	bool has_value;
	uint64_t value;
	int error;
};

/**
 * struct xvcpu_cpu_info - a CPU
 * @number: its number.
 * @online: the kernel runs on it.
 * @state: an enum xvcpu_cpu_state.
 * @error: the errno of its failure, positive, or 0.
 * @order: the how-manyeth CPU to enter root it was, 0 if not in root.
 * @revision: its VMCS revision identifier.
 * @loaded: how many VMCSs are loaded on it.
 * @vmxon: times it entered root.
 * @vmxoff: times it left.
 * @vmptrld: VMCSs made current.
 * @vmclear: VMCSs cleared.
 * @checks: indexed by enum xvcpu_check.
 * @msrs: its capability MSRs, if they were asked for.
 */
struct xvcpu_cpu_info {
	uint32_t number;
	bool online;
	uint32_t state;
	int error;
	uint32_t order;
	uint32_t revision;
	uint32_t loaded;
	uint64_t vmxon;
	uint64_t vmxoff;
	uint64_t vmptrld;
	uint64_t vmclear;
	struct xvcpu_check_info checks[XVCPU_CHECK_NR];
	struct xvcpu_msrs msrs;
};

/**
 * struct xvcpu_vcpu_info - a vCPU
 * @key: its key, unique in the module.
 * @vm: its VM's id, unique in the module.
 * @id: its id in its VM.
 * @tgid: the process that created the VM.
 * @pinned_cpu: the CPU that it is pinned to, or XVCPU_CPU_NONE.
 * @loaded_cpu: the CPU on which its VMCS is loaded, or XVCPU_CPU_NONE.
 * @last_cpu: the CPU of its latest VM entry, or XVCPU_CPU_NONE.
 * @state: an enum xvcpu_vcpu_state.
 * @launched: its next VM entry is VMRESUME.
 * @entries: VM entries that succeeded.
 * @exits: VM exits.
 * @launches: VM entries with VMLAUNCH.
 * @vmptrld: times its VMCS was bound to a CPU.
 * @vmclear: times its VMCS was cleared.
 * @migrations: times it was bound to another CPU than the time before.
 */
struct xvcpu_vcpu_info {
	uint32_t key;
	uint32_t vm;
	uint32_t id;
	uint32_t tgid;
	int pinned_cpu;
	int loaded_cpu;
	int last_cpu;
	uint32_t state;
	bool launched;
	uint64_t entries;
	uint64_t exits;
	uint64_t launches;
	uint64_t vmptrld;
	uint64_t vmclear;
	uint64_t migrations;
};

struct xvcpu_nl;

typedef void (*xvcpu_cpu_fn)(const struct xvcpu_cpu_info *cpu, void *arg);
typedef void (*xvcpu_vcpu_fn)(const struct xvcpu_vcpu_info *vcpu, void *arg);

/**
 * xvcpu_nl_open() - connect to the module
 * @nl: where the connection is to be put.
 *
 * Return: 0; -ENOENT if the family does not exist: the module is not loaded.
 */
int xvcpu_nl_open(struct xvcpu_nl **nl);

/** xvcpu_nl_close() - disconnect; NULL is taken */
void xvcpu_nl_close(struct xvcpu_nl *nl);

/** xvcpu_nl_error() - the kernel's sentence on the latest refusal, or "" */
const char *xvcpu_nl_error(const struct xvcpu_nl *nl);

/** xvcpu_nl_module() - read the module's status */
int xvcpu_nl_module(struct xvcpu_nl *nl, struct xvcpu_module_info *module);

/**
 * xvcpu_nl_cpu() - read one CPU
 * @nl: the connection.
 * @number: its number.
 * @want_msrs: with its capability MSRs.
 * @cpu: what is to be filled.
 *
 * Return: 0; -ENOENT if there is no such CPU.
 */
int xvcpu_nl_cpu(struct xvcpu_nl *nl, uint32_t number, bool want_msrs,
		 struct xvcpu_cpu_info *cpu);

/**
 * xvcpu_nl_cpus() - read all CPUs, by ascending number
 * @nl: the connection.
 * @want_msrs: with their capability MSRs.
 * @fn: is called with each.
 * @arg: is handed to it.
 *
 * Return: 0 or a negative errno.
 */
int xvcpu_nl_cpus(struct xvcpu_nl *nl, bool want_msrs, xvcpu_cpu_fn fn,
		  void *arg);

/**
 * xvcpu_nl_vcpu() - read one vCPU
 * @nl: the connection.
 * @key: its key.
 * @vcpu: what is to be filled.
 *
 * Return: 0; -ENOENT if there is no such vCPU.
 */
int xvcpu_nl_vcpu(struct xvcpu_nl *nl, uint32_t key,
		  struct xvcpu_vcpu_info *vcpu);

/**
 * xvcpu_nl_vcpus() - read all vCPUs, by ascending key
 * @nl: the connection.
 * @fn: is called with each.
 * @arg: is handed to it.
 *
 * Return: 0 or a negative errno.
 */
int xvcpu_nl_vcpus(struct xvcpu_nl *nl, xvcpu_vcpu_fn fn, void *arg);

#endif /* XVCPU_NL_H */
