// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu cpus: the CPUs and, on request, their capability MSRs.
 */
#include "command.h"

#include <inttypes.h>
#include <xvcpu_names.h>
#include <xvcpu_nl.h>

#include "objects.h"
#include "out.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const struct out_column cpu_columns[] = {
	{ "CPU", 1 }, { "ONLINE", 0 }, { "STATE", 0 }, { "ORDER", 1 },
	{ "REVISION", 1 }, { "LOADED", 1 }, { "VMXON", 1 }, { "VMXOFF", 1 },
	{ "VMPTRLD", 1 }, { "VMCLEAR", 1 }, { "ERROR", 0 },
};

static const struct out_column msr_columns[] = {
	{ "CPU", 1 }, { "MSR", 1 }, { "VALUE", 1 }, { "NAME", 0 },
};

static enum out_colour state_colour(uint32_t state)
{
	if (state == XVCPU_CPU_ROOT)
		return OUT_GOOD;
	return state == XVCPU_CPU_FAILED ? OUT_BAD : OUT_PLAIN;
}

static void cpu_row(const struct xvcpu_cpu_info *cpu, void *arg)
{
	struct out_table *table = arg;

	out_cell(table, OUT_PLAIN, "%u", cpu->number);
	out_cell(table, OUT_PLAIN, "%s", cpu->online ? "yes" : "no");
	out_cell(table, state_colour(cpu->state), "%s",
		 xvcpu_name_cpu_state(cpu->state));
	out_cell_cpu(table, cpu->order ? (int)cpu->order : -1);
	out_cell(table, OUT_PLAIN, "0x%x", cpu->revision);
	out_cell(table, OUT_PLAIN, "%u", cpu->loaded);
	out_cell(table, OUT_PLAIN, "%" PRIu64, cpu->vmxon);
	out_cell(table, OUT_PLAIN, "%" PRIu64, cpu->vmxoff);
	out_cell(table, OUT_PLAIN, "%" PRIu64, cpu->vmptrld);
	out_cell(table, OUT_PLAIN, "%" PRIu64, cpu->vmclear);
	out_cell(table, OUT_PLAIN, "%s",
		 cpu->error ? xvcpu_name_errno(cpu->error) : "-");
}

static void msr_rows(const struct xvcpu_cpu_info *cpu, void *arg)
{
	struct out_table *table = arg;
	unsigned int i;

	for (i = 0; i < cpu->msrs.nr; i++) {
		out_cell(table, OUT_PLAIN, "%u", cpu->number);
		out_cell(table, OUT_PLAIN, "0x%x", cpu->msrs.msr[i].index);
		out_cell(table, OUT_PLAIN, "0x%016" PRIx64,
			 cpu->msrs.msr[i].value);
		out_cell(table, OUT_PLAIN, "%s",
			 xvcpu_name_vmx_msr(cpu->msrs.msr[i].index));
	}
}

static json_object *msrs_to_json(const struct xvcpu_msrs *msrs)
{
	json_object *array = json_object_new_array();
	json_object *object;
	unsigned int i;

	for (i = 0; i < msrs->nr; i++) {
		object = json_object_new_object();
		out_json_hex(object, "msr", msrs->msr[i].index);
		out_json_string(object, "name",
				xvcpu_name_vmx_msr(msrs->msr[i].index));
		out_json_hex(object, "value", msrs->msr[i].value);
		json_object_array_add(array, object);
	}
	return array;
}

json_object *cpu_to_json(const struct xvcpu_cpu_info *cpu)
{
	json_object *object = json_object_new_object();

	out_json_u64(object, "cpu", cpu->number);
	out_json_bool(object, "online", cpu->online);
	out_json_string(object, "state", xvcpu_name_cpu_state(cpu->state));
	out_json_string(object, "error",
			cpu->error ? xvcpu_name_errno(cpu->error) : NULL);
	out_json_cpu(object, "order", cpu->order ? (int)cpu->order : -1);
	out_json_hex(object, "revision", cpu->revision);
	out_json_u64(object, "loaded", cpu->loaded);
	out_json_u64(object, "vmxon", cpu->vmxon);
	out_json_u64(object, "vmxoff", cpu->vmxoff);
	out_json_u64(object, "vmptrld", cpu->vmptrld);
	out_json_u64(object, "vmclear", cpu->vmclear);
	if (cpu->msrs.nr)
		json_object_object_add(object, "msrs",
				       msrs_to_json(&cpu->msrs));
	return object;
}

static void cpu_append(const struct xvcpu_cpu_info *cpu, void *arg)
{
	json_object_array_add(arg, cpu_to_json(cpu));
}

static int read_with(xvcpu_cpu_fn fn, struct xvcpu_nl *nl,
		     const struct list_options *options, void *to)
{
	struct xvcpu_cpu_info cpu;
	int err;

	if (!options->one)
		return xvcpu_nl_cpus(nl, options->msrs, fn, to);
	err = xvcpu_nl_cpu(nl, options->number, options->msrs, &cpu);
	if (!err)
		fn(&cpu, to);
	return err;
}

static int read_cpus(struct xvcpu_nl *nl, const struct list_options *options,
		     void *to)
{
	return read_with(options->json ? cpu_append : cpu_row, nl, options, to);
}

static int read_msrs(struct xvcpu_nl *nl, const struct list_options *options,
		     void *to)
{
	return read_with(msr_rows, nl, options, to);
}

const struct listing cpu_listing = {
	.name = "cpus",
	.title = "CPUs",
	.columns = cpu_columns,
	.nr_columns = ARRAY_SIZE(cpu_columns),
	.read = read_cpus,
};

/* In JSON each CPU has its own. */
static const struct listing msr_listing = {
	.title = "capability MSRs",
	.columns = msr_columns,
	.nr_columns = ARRAY_SIZE(msr_columns),
	.read = read_msrs,
};

static int cpus_run(const struct command *self, int argc, char **argv)
{
	const struct listing *listings[LISTINGS_MAX + 1] = { &cpu_listing };
	struct list_options options;
	int status = parse_list_options(self, argc, argv, &options);

	if (options.msrs && !options.json)
		listings[1] = &msr_listing;
	return status ?: list_objects(&options, listings);
}

const struct command cpus_command = {
	.name = "cpus",
	.run = cpus_run,
	.help = "list the CPUs: VMX root operation, loaded VMCSs, counters",
	.options = (const struct command_option[]) {
		OPTION_JSON,
		{ 'm', "msrs", NULL, "with the capability MSRs" },
		{},
	},
	.arguments = "[CPU]",
};
