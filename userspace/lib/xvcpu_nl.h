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

/**
 * struct xvcpu_vm_info - a VM
 * @id: its id, unique in the module.
 * @tgid: the process that created it.
 * @name: that process's name at that time.
 * @vcpus: how many vCPUs it has.
 * @slots: how many memory slots it has.
 * @slot_bytes: how large they are together.
 * @mappings: who asks may see the rest.
 * @pages_4k: mappings of 4 KiB.
 * @pages_2m: mappings of 2 MiB.
 * @pages_1g: mappings of 1 GiB.
 * @tables: EPT tables.
 * @flushes: flushes of its translations that there have been.
 */
struct xvcpu_vm_info {
	uint32_t id;
	uint32_t tgid;
	char name[XVCPU_NL_STRING];
	uint32_t vcpus;
	uint32_t slots;
	uint64_t slot_bytes;
	bool mappings;
	uint64_t pages_4k;
	uint64_t pages_2m;
	uint64_t pages_1g;
	uint64_t tables;
	uint64_t flushes;
};

/**
 * struct xvcpu_reason_info - VM exits for one reason
 * @number: the basic exit reason.
 * @count: how many there were.
 * @timed: how many of them have a time: the sum of @histogram.
 * @total_ns: the sum of their times; this and the next two are 0 if none has.
 * @min_ns: the least.
 * @max_ns: the most.
 * @histogram: how many took how long: [0] less than 1 ns, [n] from 2^(n-1) to less
 *	than 2^n, the last one all that took longer, too.
 */
struct xvcpu_reason_info {
	uint32_t number;
	uint64_t count;
	uint64_t timed;
	uint64_t total_ns;
	uint64_t min_ns;
	uint64_t max_ns;
	uint64_t histogram[XVCPU_STATS_BUCKETS];
};

/**
 * struct xvcpu_stats_info - statistics of a vCPU; 24 KiB
 * @key: the vCPU's key.
 * @vm: its VM's id.
 * @id: its id in its VM.
 * @timing: the times of exits are measured now.
 * @entries: VM entries that succeeded.
 * @exits: VM exits.
 * @migrations: times it was bound to another CPU than the time before.
 * @interrupts: interrupts that VM entries delivered.
 * @nmis: NMIs, likewise.
 * @exceptions: exceptions, likewise.
 * @vmptrld: times its VMCS was bound to a CPU.
 * @vmclear: times its VMCS was cleared.
 * @has_counts: the module counts the instructions that follow: it is built for a
 *	kernel that checks itself.
 * @vmreads: VMREAD instructions.
 * @vmwrites: VMWRITE instructions.
 * @wrmsrs: WRMSR instructions.
 * @cr_writes: MOVs to a control register.
 * @xcr_writes: XSETBV instructions.
 * @vmptrlds: VMPTRLD instructions, also of another owner's VMCS.
 * @nr_reasons: how many reasons have occurred.
 * @reason: these, by ascending number.
 */
struct xvcpu_stats_info {
	uint32_t key;
	uint32_t vm;
	uint32_t id;
	bool timing;
	uint64_t entries;
	uint64_t exits;
	uint64_t migrations;
	uint64_t interrupts;
	uint64_t nmis;
	uint64_t exceptions;
	uint64_t vmptrld;
	uint64_t vmclear;
	bool has_counts;
	uint64_t vmreads;
	uint64_t vmwrites;
	uint64_t wrmsrs;
	uint64_t cr_writes;
	uint64_t xcr_writes;
	uint64_t vmptrlds;
	unsigned int nr_reasons;
	struct xvcpu_reason_info reason[XVCPU_STATS_REASONS];
};

/**
 * struct xvcpu_event_info - an event
 * @kind: an enum xvcpu_event_kind.
 * @seq: its number.
 * @time_ns: when it happened, by CLOCK_MONOTONIC.
 * @lost: how many were lost right before it, in the module or on the way here; of
 *	XVCPU_EVENT_LOST, all that it tells of and this reader has not received.
 * @cpu: the CPU, or XVCPU_CPU_NONE.
 * @from_cpu: the CPU before, or XVCPU_CPU_NONE.
 * @vm: the VM's id, or 0.
 * @vcpu: the vCPU's key, or 0.
 * @id: the vCPU's id in its VM, if @vcpu is not 0.
 * @tgid: the VM's process, or 0.
 * @error: an errno, positive, or 0.
 * @reason: why the VM entry failed.
 */
struct xvcpu_event_info {
	uint32_t kind;
	uint64_t seq;
	uint64_t time_ns;
	uint64_t lost;
	int cpu;
	int from_cpu;
	uint32_t vm;
	uint32_t vcpu;
	uint32_t id;
	uint32_t tgid;
	int error;
	uint64_t reason;
};

struct xvcpu_nl;
struct xvcpu_nl_events;

typedef void (*xvcpu_cpu_fn)(const struct xvcpu_cpu_info *cpu, void *arg);
typedef void (*xvcpu_vcpu_fn)(const struct xvcpu_vcpu_info *vcpu, void *arg);
typedef void (*xvcpu_vm_fn)(const struct xvcpu_vm_info *vm, void *arg);
typedef void (*xvcpu_stats_fn)(const struct xvcpu_stats_info *stats, void *arg);
typedef void (*xvcpu_event_fn)(const struct xvcpu_event_info *event, void *arg);

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

/**
 * xvcpu_nl_vm() - read one VM
 * @nl: the connection.
 * @id: its id.
 * @vm: what is to be filled.
 *
 * Return: 0; -ENOENT if there is no such VM.
 */
int xvcpu_nl_vm(struct xvcpu_nl *nl, uint32_t id, struct xvcpu_vm_info *vm);

/**
 * xvcpu_nl_vms() - read all VMs, by ascending id
 * @nl: the connection.
 * @fn: is called with each.
 * @arg: is handed to it.
 *
 * Return: 0 or a negative errno.
 */
int xvcpu_nl_vms(struct xvcpu_nl *nl, xvcpu_vm_fn fn, void *arg);

/**
 * xvcpu_nl_stats() - read one vCPU's statistics
 * @nl: the connection.
 * @key: the vCPU's key.
 * @stats: what is to be filled.
 *
 * Times are there if they were measured: see XVCPU_STATS_PARAMETER.
 *
 * Return: 0; -ENOENT if there is no such vCPU; -EPERM without CAP_PERFMON.
 */
int xvcpu_nl_stats(struct xvcpu_nl *nl, uint32_t key,
		   struct xvcpu_stats_info *stats);

/**
 * xvcpu_nl_stats_all() - read all vCPUs' statistics, by ascending key
 * @nl: the connection.
 * @fn: is called with each.
 * @arg: is handed to it.
 *
 * Return: 0; -EPERM without CAP_PERFMON.
 */
int xvcpu_nl_stats_all(struct xvcpu_nl *nl, xvcpu_stats_fn fn, void *arg);

/** XVCPU_STATS_PARAMETER - Y or N: whether the times of exits are measured */
#define XVCPU_STATS_PARAMETER	"/sys/module/xvcpu/parameters/stats"

/**
 * xvcpu_nl_events_open() - begin to receive events
 * @events: where the subscription is to be put.
 *
 * Return: 0; -ENOENT if the module is not loaded; -EPERM without CAP_NET_ADMIN.
 */
int xvcpu_nl_events_open(struct xvcpu_nl_events **events);

/** xvcpu_nl_events_close() - end it; NULL is taken */
void xvcpu_nl_events_close(struct xvcpu_nl_events *events);

/** xvcpu_nl_events_fd() - what to poll() for POLLIN */
int xvcpu_nl_events_fd(const struct xvcpu_nl_events *events);

/**
 * xvcpu_nl_events_read() - take the events that have come; does not wait
 * @events: the subscription.
 * @fn: is called with each, in their order.
 * @arg: is handed to it.
 *
 * Return: how many there were, 0 if none; -EIO if the socket is broken.
 */
int xvcpu_nl_events_read(struct xvcpu_nl_events *events, xvcpu_event_fn fn,
			 void *arg);

/** xvcpu_nl_events_lost() - how many were lost so far, in the module or here */
uint64_t xvcpu_nl_events_lost(const struct xvcpu_nl_events *events);

#endif /* XVCPU_NL_H */
