// SPDX-License-Identifier: GPL-2.0
/*
 * The verdict on a vCPU, from facts alone.
 */
#define _GNU_SOURCE
#include "explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <asm/vmx.h>
#include <xvcpu_check.h>
#include <xvcpu_explain.h>
#include <xvcpu_names.h>

static uint64_t new_exits(const struct facts *facts, uint32_t reason)
{
	return facts->exits.reason[reason].count;
}

static uint64_t new_entries(const struct facts *facts)
{
	return facts->vcpu.entries - facts->before.entries;
}

/* In the guest at both ends, it may have been there all the time. */
static bool is_going(const struct facts *facts)
{
	return new_entries(facts) ||
	       (facts->before.state == XVCPU_VCPU_RUNNING &&
		facts->vcpu.state == XVCPU_VCPU_RUNNING);
}

/* Exits that are the host's doing, not the guest's. */
static uint64_t host_exits(const struct facts *facts)
{
	return new_exits(facts, EXIT_REASON_EXTERNAL_INTERRUPT) +
	       new_exits(facts, EXIT_REASON_PREEMPTION_TIMER);
}

static bool cpu_is_gone(const struct facts *facts)
{
	return facts->vcpu.pinned_cpu != XVCPU_CPU_NONE && !facts->cpu.online;
}

/* Two things terminate a vCPU. */
static enum verdict why_terminated(const struct facts *facts)
{
	bool failed = facts->has_run ?
		facts->run_exit == KVM_EXIT_FAIL_ENTRY :
		!facts->exits.reason[EXIT_REASON_TRIPLE_FAULT].total.count;

	return failed ? VERDICT_FAILED_ENTRY : VERDICT_TRIPLE_FAULT;
}

enum verdict verdict_on(const struct facts *facts)
{
	if (facts->vcpu.state == XVCPU_VCPU_TERMINATED)
		return why_terminated(facts);
	if (is_going(facts))
		return facts->exits.count == host_exits(facts) ?
		       VERDICT_LOOPS : VERDICT_RUNS;
	if (cpu_is_gone(facts))
		return VERDICT_CPU_OFFLINE;
	return facts->vcpu.entries ? VERDICT_WAITS : VERDICT_NEVER_RUN;
}

static const char *const names[] = {
	[VERDICT_RUNS] = "runs",
	[VERDICT_NEVER_RUN] = "never-run",
	[VERDICT_WAITS] = "waits",
	[VERDICT_LOOPS] = "loops",
	[VERDICT_TRIPLE_FAULT] = "triple-fault",
	[VERDICT_FAILED_ENTRY] = "failed-entry",
	[VERDICT_CPU_OFFLINE] = "cpu-offline",
};

const char *verdict_name(enum verdict verdict)
{
	return names[verdict];
}

bool verdict_is_good(enum verdict verdict)
{
	return verdict == VERDICT_RUNS || verdict == VERDICT_NEVER_RUN ||
	       verdict == VERDICT_WAITS;
}

/* --- sentences --- */

static void say_runs(FILE *to, const struct facts *facts)
{
	uint64_t most = 0;
	int reason = 0, i;

	for (i = 0; i < XVCPU_STATS_REASONS; i++) {
		if (facts->exits.reason[i].count <= most)
			continue;
		most = facts->exits.reason[i].count;
		reason = i;
	}
	fprintf(to, "the guest runs: %.0f VM exits a second, most of them for %s (%s)",
		facts->exits.count / facts->exits.seconds,
		xvcpu_name_reason(reason), xvcpu_explain_exit(reason) ?
		xvcpu_explain_exit(reason) : "not known here");
}

static void say_rip(FILE *to, const struct rip_range *rip)
{
	if (!rip->samples)
		return;
	if (rip->low == rip->high)
		fprintf(to, "; whenever it left it was at RIP 0x%" PRIx64,
			rip->low);
	else
		fprintf(to, "; it is between RIP 0x%" PRIx64 " and 0x%" PRIx64,
			rip->low, rip->high);
}

static void say_loops(FILE *to, const struct facts *facts)
{
	fprintf(to, "the guest loops and needs nothing: in %.1f s it left %" PRIu64 " times, for interrupts of the host only",
		facts->exits.seconds, facts->exits.count);
	say_rip(to, &facts->rip);
}

static void say_triple_fault(FILE *to)
{
	fprintf(to, "the guest ended with a triple fault: %s; it runs again only after KVM_SET_REGS or KVM_SET_SREGS",
		xvcpu_explain_exit(EXIT_REASON_TRIPLE_FAULT));
}

/* The first rule is the one to look at. */
static void say_rule(FILE *to, const struct xvcpu_entry_failure *broken)
{
	const struct xvcpu_failure_rule *rule = &broken->rules[0];

	if (!broken->nr_rules)
		return;
	fprintf(to, "; %s", xvcpu_rule_text(rule->rule));
	if (rule->nr_fields)
		fprintf(to, ": %s is 0x%" PRIx64,
			xvcpu_field_name(rule->fields[0].encoding),
			(uint64_t)rule->fields[0].value);
}

static void say_failed_entry(FILE *to, const struct facts *facts)
{
	uint32_t reason = facts->failure;

	if (!facts->has_run) {
		fprintf(to, "VM entry failed: the VMCS broke a rule; 'xvcpu monitor' and the kernel's log tell the reason when it happens");
		return;
	}
	fprintf(to, "VM entry failed on CPU %u with %s %u: %s",
		facts->failure_cpu, xvcpu_is_failed_entry(reason) ?
		"exit reason" : "VM-instruction error", reason & 0xffff,
		xvcpu_explain_failure(reason));
	if (facts->has_broken)
		say_rule(to, &facts->broken);
}

static void say_waits(FILE *to, const struct facts *facts)
{
	fprintf(to, "the guest is not running: its process %u does not call KVM_RUN",
		facts->vcpu.tgid);
	if (facts->has_run)
		fprintf(to, "; the latest ended with %s (KVM exit %u)",
			xvcpu_name_exit(facts->run_exit), facts->run_exit);
}

static void say(FILE *to, enum verdict verdict, const struct facts *facts)
{
	switch (verdict) {
	case VERDICT_RUNS:
		say_runs(to, facts);
		break;
	case VERDICT_NEVER_RUN:
		fprintf(to, "the guest has never run: its process %u has not called KVM_RUN, or it was refused",
			facts->vcpu.tgid);
		break;
	case VERDICT_WAITS:
		say_waits(to, facts);
		break;
	case VERDICT_LOOPS:
		say_loops(to, facts);
		break;
	case VERDICT_TRIPLE_FAULT:
		say_triple_fault(to);
		break;
	case VERDICT_FAILED_ENTRY:
		say_failed_entry(to, facts);
		break;
	case VERDICT_CPU_OFFLINE:
		fprintf(to, "KVM_RUN is refused with ENXIO: the vCPU is pinned to CPU %d, which is offline; bring that back, or pin the vCPU to another with XVCPU_MIGRATE",
			facts->vcpu.pinned_cpu);
	}
}

char *verdict_sentence(enum verdict verdict, const struct facts *facts)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	say(to, verdict, facts);
	fclose(to);
	return text;
}
