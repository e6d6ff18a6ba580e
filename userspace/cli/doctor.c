// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu doctor: is VMX usable on each CPU, and if not, why, and what to do.
 *
 * Facts come from the module or, where it is not loaded, from the machine
 * itself; the verdicts are made here.
 */
#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xvcpu_names.h>
#include <xvcpu_nl.h>
#include <xvcpu_verdict.h>

#include "host.h"
#include "out.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define SENTENCE	320

/**
 * struct report - all facts
 * @host: the machine.
 * @loaded: the module is loaded; else only what the machine tells is known.
 * @module: the module.
 * @cpus: the CPUs.
 * @nr_cpus: length of @cpus.
 */
struct report {
	struct host host;
	bool loaded;
	struct xvcpu_module_info module;
	struct xvcpu_cpu_info *cpus;
	size_t nr_cpus;
};

/* --- verdicts --- */

static size_t failed_checks(const struct xvcpu_cpu_info *cpu)
{
	size_t nr = 0;
	int id;

	for (id = 0; id < XVCPU_CHECK_NR; id++)
		nr += cpu->checks[id].done && cpu->checks[id].error;
	return nr;
}

static bool is_shared(const struct report *report)
{
	return report->loaded && report->module.policy == XVCPU_POLICY_SHARED;
}

/* Why a check was not made. */
static const char *not_done(const struct report *report,
			    const struct xvcpu_cpu_info *cpu)
{
	if (!cpu->online)
		return "not checked: the CPU is offline";
	if (failed_checks(cpu))
		return "not checked: another check failed";
	if (!report->loaded)
		return "not checked: that takes the module";
	if (is_shared(report))
		return "not done: the CPU is in its owner's VMX root operation";
	return "not checked: the CPU has not been asked to enter VMX root operation";
}

static const char *check_verdict(const struct report *report,
				 const struct xvcpu_cpu_info *cpu,
				 enum xvcpu_check id, char *sentence)
{
	const struct xvcpu_check_info *check = &cpu->checks[id];

	if (!check->done)
		return not_done(report, cpu);
	if (!check->error)
		return "ok";
	if (id == XVCPU_CHECK_OWNER && !is_shared(report))
		xvcpu_verdict_owner(&report->host.owner, sentence, SENTENCE);
	else
		xvcpu_verdict_check(id, check, &cpu->msrs,
				    report->host.hypervisor, sentence, SENTENCE);
	return sentence;
}

static enum out_colour check_colour(const struct xvcpu_check_info *check)
{
	if (!check->done)
		return OUT_FAINT;
	return check->error ? OUT_BAD : OUT_GOOD;
}

/* A CPU has to be in root if it is online and the policy wants all there. */
static bool out_of_root(const struct report *report,
			const struct xvcpu_cpu_info *cpu)
{
	return report->loaded &&
	       report->module.policy != XVCPU_POLICY_EXCLUSIVE &&
	       cpu->online && cpu->state != XVCPU_CPU_ROOT;
}

static bool is_bad(const struct report *report,
		   const struct xvcpu_cpu_info *cpu)
{
	return failed_checks(cpu) || out_of_root(report, cpu);
}

static size_t count_bad(const struct report *report)
{
	size_t nr = 0, i;

	for (i = 0; i < report->nr_cpus; i++)
		nr += is_bad(report, &report->cpus[i]);
	return nr;
}

static size_t count_online(const struct report *report)
{
	size_t nr = 0, i;

	for (i = 0; i < report->nr_cpus; i++)
		nr += report->cpus[i].online;
	return nr;
}

static bool all_is_well(const struct report *report)
{
	return report->loaded && !count_bad(report);
}

static void final_verdict(const struct report *report, char *sentence)
{
	size_t bad = count_bad(report);

	if (!report->loaded && bad)
		snprintf(sentence, SENTENCE,
			 "the module is not loaded, and on %zu CPUs it would find VMX unusable",
			 bad);
	else if (!report->loaded)
		snprintf(sentence, SENTENCE,
			 "the module is not loaded: load it with 'modprobe xvcpu' or 'insmod xvcpu.ko'");
	else if (bad)
		snprintf(sentence, SENTENCE,
			 "VMX is not usable on %zu of %zu online CPUs",
			 bad, count_online(report));
	else
		snprintf(sentence, SENTENCE,
			 "VMX is usable: policy %s, %u of %zu online CPUs are in VMX root operation",
			 xvcpu_name_policy(report->module.policy),
			 report->module.root_cpus, count_online(report));
}

/* --- as tables --- */

static const struct out_column columns[] = {
	{ "CPU", 1 }, { "CHECK", 0 }, { "VALUE", 1 }, { "VERDICT", 0 },
};

static void check_row(const struct report *report,
		      const struct xvcpu_cpu_info *cpu, enum xvcpu_check id,
		      struct out_table *table)
{
	const struct xvcpu_check_info *check = &cpu->checks[id];
	char sentence[SENTENCE];

	out_cell(table, OUT_PLAIN, "%u", cpu->number);
	out_cell(table, OUT_PLAIN, "%s", xvcpu_name_check(id));
	if (check->done && check->has_value)
		out_cell(table, OUT_PLAIN, "0x%" PRIx64, check->value);
	else
		out_cell(table, OUT_FAINT, "-");
	out_cell(table, check_colour(check), "%s",
		 check_verdict(report, cpu, id, sentence));
}

static void print_module(const struct report *report)
{
	const struct xvcpu_module_info *module = &report->module;
	char granted[40] = "";

	if (module->granted_cpu != XVCPU_CPU_NONE)
		snprintf(granted, sizeof(granted), ", root granted to CPU %d",
			 module->granted_cpu);
	if (report->loaded)
		out_line(OUT_PLAIN, "module      %s, policy %s, boot CPU %u%s",
			 module->version, xvcpu_name_policy(module->policy),
			 module->boot_cpu, granted);
	else
		out_line(OUT_PLAIN, "module      not loaded");
}

static void print_owner(const struct xvcpu_owner *owner)
{
	if (!*owner->module)
		out_line(OUT_PLAIN, "owner       no other module that uses VMX is loaded");
	else
		out_line(OUT_PLAIN, "owner       %s%s, used by %u: %s",
			 owner->module,
			 owner->builtin ? " (part of the kernel)" : "",
			 owner->users, owner->at_load ?
			 "in VMX root operation as long as it is loaded" :
			 "in VMX root operation as long as it has a VM");
}

static void print_head(const struct report *report)
{
	const struct host *host = &report->host;

	out_line(OUT_PLAIN, "processor   %s",
		 *host->processor ? host->processor : "unknown");
	out_line(OUT_PLAIN, "hypervisor  %s",
		 *host->hypervisor ? host->hypervisor : "none above");
	print_owner(&host->owner);
	print_module(report);
	out_line(OUT_PLAIN, "%s", "");
}

static void print_report(const struct report *report)
{
	struct out_table *table = out_table_new(columns, ARRAY_SIZE(columns));
	char sentence[SENTENCE];
	size_t i;
	int id;

	print_head(report);
	for (i = 0; i < report->nr_cpus; i++) {
		for (id = 0; id < XVCPU_CHECK_NR; id++)
			check_row(report, &report->cpus[i], id, table);
	}
	out_table_print(table);
	final_verdict(report, sentence);
	out_line(OUT_PLAIN, "%s", "");
	out_line(all_is_well(report) ? OUT_GOOD : OUT_BAD, "%s", sentence);
}

/* --- as JSON --- */

static json_object *check_to_json(const struct report *report,
				  const struct xvcpu_cpu_info *cpu,
				  enum xvcpu_check id)
{
	const struct xvcpu_check_info *check = &cpu->checks[id];
	json_object *object = json_object_new_object();
	char sentence[SENTENCE];

	out_json_string(object, "check", xvcpu_name_check(id));
	out_json_bool(object, "done", check->done);
	out_json_bool(object, "ok", check->done && !check->error);
	if (check->has_value)
		out_json_hex(object, "value", check->value);
	else
		out_json_string(object, "value", NULL);
	out_json_string(object, "error",
			check->error ? xvcpu_name_errno(check->error) : NULL);
	out_json_string(object, "verdict",
			check_verdict(report, cpu, id, sentence));
	return object;
}

static json_object *cpu_to_json(const struct report *report,
				const struct xvcpu_cpu_info *cpu)
{
	json_object *object = json_object_new_object();
	json_object *checks = json_object_new_array();
	int id;

	out_json_u64(object, "cpu", cpu->number);
	out_json_bool(object, "online", cpu->online);
	out_json_string(object, "state",
			report->loaded ? xvcpu_name_cpu_state(cpu->state) :
					 NULL);
	out_json_bool(object, "ok", !is_bad(report, cpu));
	for (id = 0; id < XVCPU_CHECK_NR; id++)
		json_object_array_add(checks, check_to_json(report, cpu, id));
	json_object_object_add(object, "checks", checks);
	return object;
}

static json_object *module_to_json(const struct report *report)
{
	json_object *object;

	if (!report->loaded)
		return NULL;
	object = json_object_new_object();
	out_json_string(object, "version", report->module.version);
	out_json_string(object, "kernel", report->module.kernel);
	out_json_string(object, "policy",
			xvcpu_name_policy(report->module.policy));
	out_json_u64(object, "boot_cpu", report->module.boot_cpu);
	out_json_u64(object, "root_cpus", report->module.root_cpus);
	out_json_cpu(object, "granted_cpu", report->module.granted_cpu);
	out_json_u64(object, "vms", report->module.vms);
	out_json_u64(object, "vcpus", report->module.vcpus);
	out_json_u64(object, "pages", report->module.pages);
	return object;
}

static const char *or_null(const char *string)
{
	return *string ? string : NULL;
}

static void print_report_json(const struct report *report)
{
	json_object *cpus = json_object_new_array();
	json_object *document = out_json_new();
	char sentence[SENTENCE];
	size_t i;

	for (i = 0; i < report->nr_cpus; i++)
		json_object_array_add(cpus,
				      cpu_to_json(report, &report->cpus[i]));
	final_verdict(report, sentence);
	out_json_bool(document, "ok", all_is_well(report));
	out_json_string(document, "verdict", sentence);
	out_json_string(document, "processor", or_null(report->host.processor));
	out_json_string(document, "hypervisor",
			or_null(report->host.hypervisor));
	out_json_string(document, "owner", or_null(report->host.owner.module));
	json_object_object_add(document, "module", module_to_json(report));
	json_object_object_add(document, "cpus", cpus);
	out_json_print(document);
}

/* --- facts --- */

static void append_cpu(const struct xvcpu_cpu_info *cpu, void *arg)
{
	struct report *report = arg;
	struct xvcpu_cpu_info *cpus;

	cpus = reallocarray(report->cpus, report->nr_cpus + 1, sizeof(*cpus));
	if (!cpus)
		return;
	report->cpus = cpus;
	cpus[report->nr_cpus++] = *cpu;
}

static int ask_module(struct xvcpu_nl *nl, struct report *report)
{
	int err = xvcpu_nl_module(nl, &report->module);

	if (!err)
		err = xvcpu_nl_cpus(nl, true, append_cpu, report);
	if (err)
		return say_refusal(nl, err);
	report->loaded = true;
	return DONE;
}

static int collect(struct report *report)
{
	struct xvcpu_nl *nl;
	int err, status;

	memset(report, 0, sizeof(*report));
	host_read(&report->host);
	err = xvcpu_nl_open(&nl);
	if (err) {
		report->cpus = host_read_cpus(&report->host, &report->nr_cpus);
		return DONE;
	}
	status = ask_module(nl, report);
	xvcpu_nl_close(nl);
	return status;
}

static int doctor_run(const struct command *self, int argc, char **argv)
{
	struct list_options options;
	struct report report;
	int status;

	status = parse_list_options(self, argc, argv, &options);
	if (status)
		return status;
	status = collect(&report);
	if (status)
		return status;
	if (options.json)
		print_report_json(&report);
	else
		print_report(&report);
	status = all_is_well(&report) ? DONE : REFUSED;
	free(report.cpus);
	return status;
}

const struct command doctor_command = {
	.name = "doctor",
	.run = doctor_run,
	.help = "say whether VMX is usable on each CPU, and if not, why",
	.options = (const struct command_option[]) { OPTION_JSON, {} },
};
