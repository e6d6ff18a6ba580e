/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a vCPU does what it does: facts, and the verdict on them.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <json-c/json.h>
#include <linux/kvm.h>
#include <xvcpu_nl.h>

#include "sample.h"

/**
 * struct rip_range - where a guest was when it left
 * @samples: how often it was looked at, 0 if it could not be.
 * @low: the lowest RIP.
 * @high: the highest.
 */
struct rip_range {
	unsigned int samples;
	uint64_t low;
	uint64_t high;
};

/**
 * struct facts - what is known of a vCPU
 * @before: the vCPU at the beginning of an interval.
 * @vcpu: and at its end.
 * @process: its process's name.
 * @cpu: the CPU that it is pinned to, if it is.
 * @exits: its exits, and those of the interval.
 * @has_run: the next four are known.
 * @run_exit: what its latest KVM_RUN ended with: a KVM_EXIT_*.
 * @failure: the hardware's reason, if that is KVM_EXIT_FAIL_ENTRY.
 * @failure_cpu: the CPU of that.
 * @has_broken: @broken is known.
 * @broken: the rules that its latest VM entry that failed broke.
 * @fd: its descriptor, or a negative errno: why there is none.
 * @rip: where it loops, if it does.
 */
struct facts {
	struct xvcpu_vcpu_info before;
	struct xvcpu_vcpu_info vcpu;
	char process[XVCPU_NL_STRING];
	struct xvcpu_cpu_info cpu;
	struct sample_sum exits;
	bool has_run;
	uint32_t run_exit;
	uint64_t failure;
	uint32_t failure_cpu;
	bool has_broken;
	struct xvcpu_entry_failure broken;
	int fd;
	struct rip_range rip;
};

enum verdict {
	VERDICT_RUNS,
	VERDICT_NEVER_RUN,
	VERDICT_WAITS,
	VERDICT_LOOPS,
	VERDICT_TRIPLE_FAULT,
	VERDICT_FAILED_ENTRY,
	VERDICT_CPU_OFFLINE,
};

/** facts_read() - look at a vCPU for so long: 0, or what netlink was refused */
int facts_read(struct xvcpu_nl *nl, uint32_t key, double seconds,
	       struct facts *facts);

/** facts_read_rip() - look where the guest is, for at most a second */
void facts_read_rip(struct facts *facts);

/**
 * facts_read_broken() - which rules of VM entry were broken
 *
 * It is of the latest that failed, whatever came after it.
 */
void facts_read_broken(struct facts *facts);

/** facts_free() - let go of its descriptor */
void facts_free(struct facts *facts);

/** verdict_on() - what is the matter */
enum verdict verdict_on(const struct facts *facts);

/** verdict_name() - in a word */
const char *verdict_name(enum verdict verdict);

/** verdict_is_good() - nothing has to be done about it */
bool verdict_is_good(enum verdict verdict);

/** verdict_sentence() - in a sentence, the caller's to free */
char *verdict_sentence(enum verdict verdict, const struct facts *facts);

/** broken_print() - the rules that were broken, and their fields, as lines */
void broken_print(const struct facts *facts);

/** broken_to_json() - the same as an array */
json_object *broken_to_json(const struct facts *facts);

#endif /* EXPLAIN_H */
