// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu explain: what is the matter with a vCPU, or what a number means.
 */
#include "explain.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xvcpu_explain.h>
#include <xvcpu_names.h>

#include "command.h"
#include "out.h"
#include "stat.h"

/**
 * struct explain_options - the command line
 * @json: print JSON.
 * @seconds: how long to look.
 * @what: "error", "exit", or NULL: a vCPU.
 * @number: the number, or the key.
 */
struct explain_options {
	bool json;
	double seconds;
	const char *what;
	uint32_t number;
};

static int take_option(const struct command *self, int option,
		       struct explain_options *options)
{
	if (option != 'j')
		return take_interval(self, optarg, &options->seconds);
	options->json = true;
	return DONE;
}

static int take_what(const struct command *self, const char *what,
		     struct explain_options *options)
{
	if (strcmp(what, "error") && strcmp(what, "exit"))
		return usage_error(self, "'%s' is neither error nor exit", what);
	options->what = what;
	return DONE;
}

static int parse(const struct command *self, int argc, char **argv,
		 struct explain_options *options)
{
	int option, status = DONE;

	while (!status && (option = next_option(self, argc, argv)))
		status = option < 0 ? USAGE :
				      take_option(self, option, options);
	if (!status && (argc - optind < 1 || argc - optind > 2))
		return usage_error(self, "it takes a vCPU's key, or what and a number");
	if (!status && argc - optind == 2)
		status = take_what(self, argv[optind], options);
	return status ?: take_number(self, argv[argc - 1], &options->number);
}

/* --- numbers --- */

static int say_number(const char *kind, uint32_t number, const char *name,
		      const char *text)
{
	if (!text) {
		out_error("there is no %s %u", kind, number);
		return REFUSED;
	}
	if (name)
		out_line(OUT_PLAIN, "%s %u, %s: %s", kind, number, name, text);
	else
		out_line(OUT_PLAIN, "%s %u: %s", kind, number, text);
	return DONE;
}

static int explain_number(const struct explain_options *options)
{
	uint32_t number = options->number;
	int status;

	if (!strcmp(options->what, "error")) {
		status = say_number("VM-instruction error", number, NULL,
				    xvcpu_explain_error(number));
		if (!status)
			out_line(OUT_FAINT,
				 "(SDM volume 3, chapter \"VMX Instruction Reference\", \"VM Instruction Error Numbers\")");
		return status;
	}
	if (xvcpu_is_failed_entry(number))
		out_line(OUT_PLAIN, "a VM entry that failed (bit 31), for:");
	status = say_number("exit reason", (uint16_t)number,
			    xvcpu_name_reason((uint16_t)number),
			    xvcpu_explain_exit(number));
	if (!status)
		out_line(OUT_FAINT,
			 "(SDM volume 3, appendix \"VMX Basic Exit Reasons\")");
	return status;
}

/* --- a vCPU --- */

static void print_cpu(const char *what, int cpu)
{
	if (cpu == XVCPU_CPU_NONE)
		out_line(OUT_PLAIN, "%-11s no CPU", what);
	else
		out_line(OUT_PLAIN, "%-11s CPU %d", what, cpu);
}

static void print_facts(const struct facts *facts)
{
	const struct xvcpu_vcpu_info *vcpu = &facts->vcpu;
	char *table;

	out_line(OUT_PLAIN, "vCPU %u: number %u of VM %u, process %u (%s)",
		 vcpu->key, vcpu->id, vcpu->vm, vcpu->tgid, facts->process);
	out_line(OUT_PLAIN, "%-11s %s", "state",
		 xvcpu_name_vcpu_state(vcpu->state));
	print_cpu("pinned to", vcpu->pinned_cpu);
	print_cpu("bound to", vcpu->loaded_cpu);
	print_cpu("last ran on", vcpu->last_cpu);
	out_line(OUT_PLAIN, "%-11s %" PRIu64 ", %" PRIu64 " of them in %.1f s",
		 "VM entries", vcpu->entries,
		 vcpu->entries - facts->before.entries, facts->exits.seconds);
	if (facts->fd < 0)
		out_line(OUT_FAINT,
			 "(its descriptor cannot be borrowed from its process: %s)",
			 strerror(-facts->fd));
	table = stat_table(&facts->exits);
	printf("\n%s\n", table);
	free(table);
	if (facts->has_broken)
		broken_print(facts);
}

static void print_json(const struct facts *facts, enum verdict verdict,
		       const char *sentence)
{
	json_object *document = out_json_new();
	const struct xvcpu_vcpu_info *vcpu = &facts->vcpu;

	out_json_u64(document, "key", vcpu->key);
	out_json_u64(document, "vm", vcpu->vm);
	out_json_u64(document, "id", vcpu->id);
	out_json_u64(document, "pid", vcpu->tgid);
	out_json_string(document, "process", facts->process);
	out_json_string(document, "state", xvcpu_name_vcpu_state(vcpu->state));
	out_json_cpu(document, "pinned_cpu", vcpu->pinned_cpu);
	out_json_cpu(document, "loaded_cpu", vcpu->loaded_cpu);
	out_json_u64(document, "entries", vcpu->entries);
	out_json_u64(document, "new_entries",
		     vcpu->entries - facts->before.entries);
	out_json_u64(document, "new_exits", facts->exits.count);
	if (facts->has_run)
		out_json_u64(document, "kvm_exit", facts->run_exit);
	if (verdict == VERDICT_FAILED_ENTRY && facts->has_run)
		out_json_hex(document, "failure", facts->failure);
	if (facts->has_broken)
		json_object_object_add(document, "rules",
				       broken_to_json(facts));
	if (facts->rip.samples) {
		out_json_hex(document, "rip_low", facts->rip.low);
		out_json_hex(document, "rip_high", facts->rip.high);
	}
	out_json_string(document, "verdict", verdict_name(verdict));
	out_json_string(document, "sentence", sentence);
	out_json_print(document);
}

static int explain_vcpu(struct xvcpu_nl *nl,
			const struct explain_options *options)
{
	enum verdict verdict;
	struct facts facts;
	char *sentence;
	int err;

	err = facts_read(nl, options->number, options->seconds, &facts);
	if (err)
		return say_refusal(nl, err);
	verdict = verdict_on(&facts);
	if (verdict == VERDICT_LOOPS)
		facts_read_rip(&facts);
	if (verdict == VERDICT_FAILED_ENTRY)
		facts_read_broken(&facts);
	sentence = verdict_sentence(verdict, &facts);
	if (options->json) {
		print_json(&facts, verdict, sentence);
	} else {
		print_facts(&facts);
		out_line(verdict_is_good(verdict) ? OUT_GOOD : OUT_BAD, "%s",
			 sentence);
	}
	free(sentence);
	facts_free(&facts);
	return verdict_is_good(verdict) ? DONE : REFUSED;
}

static int explain_run(const struct command *self, int argc, char **argv)
{
	struct explain_options options = { .seconds = 1 };
	struct xvcpu_nl *nl;
	int status;

	status = parse(self, argc, argv, &options);
	if (status)
		return status;
	if (options.what)
		return explain_number(&options);
	if (connect_module(&nl))
		return REFUSED;
	status = explain_vcpu(nl, &options);
	xvcpu_nl_close(nl);
	return status;
}

const struct command explain_command = {
	.name = "explain",
	.run = explain_run,
	.help = "say what is the matter with a vCPU, or what a number means",
	.options = (const struct command_option[]) {
		OPTION_JSON,
		{ 'i', "interval", "SECONDS",
		  "look at the vCPU for so long; one second if not given" },
		{},
	},
	.arguments = "KEY | error N | exit N",
	.details =
		"KEY is a vCPU's, as 'xvcpu vcpus' lists them.  The last line is the\n"
		"verdict.  The exit status is 2 if that is bad: the guest loops\n"
		"without needing anything, has ended with a triple fault, could not\n"
		"be entered, or is refused because its CPU is offline.\n"
		"\n"
		"error N is a VM-instruction error, exit N a VM exit reason.\n",
};
