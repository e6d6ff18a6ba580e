// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu vcpus: the vCPUs of all VMs.
 */
#include "command.h"

#include <inttypes.h>
#include <xvcpu_names.h>
#include <xvcpu_nl.h>

#include "objects.h"
#include "out.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const struct out_column vcpu_columns[] = {
	{ "KEY", 1 }, { "VM", 1 }, { "ID", 1 }, { "PID", 1 }, { "PINNED", 1 },
	{ "LOADED", 1 }, { "LAST", 1 }, { "STATE", 0 }, { "LAUNCHED", 0 },
	{ "ENTRIES", 1 }, { "EXITS", 1 }, { "LAUNCHES", 1 }, { "VMPTRLD", 1 },
	{ "VMCLEAR", 1 }, { "MIGRATIONS", 1 },
};

static void vcpu_row(const struct xvcpu_vcpu_info *vcpu, void *arg)
{
	struct out_table *table = arg;

	out_cell(table, OUT_PLAIN, "%u", vcpu->key);
	out_cell(table, OUT_PLAIN, "%u", vcpu->vm);
	out_cell(table, OUT_PLAIN, "%u", vcpu->id);
	out_cell(table, OUT_PLAIN, "%u", vcpu->tgid);
	out_cell_cpu(table, vcpu->pinned_cpu);
	out_cell_cpu(table, vcpu->loaded_cpu);
	out_cell_cpu(table, vcpu->last_cpu);
	out_cell(table, OUT_PLAIN, "%s", xvcpu_name_vcpu_state(vcpu->state));
	out_cell(table, OUT_PLAIN, "%s", vcpu->launched ? "yes" : "no");
	out_cell(table, OUT_PLAIN, "%" PRIu64, vcpu->entries);
	out_cell(table, OUT_PLAIN, "%" PRIu64, vcpu->exits);
	out_cell(table, OUT_PLAIN, "%" PRIu64, vcpu->launches);
	out_cell(table, OUT_PLAIN, "%" PRIu64, vcpu->vmptrld);
	out_cell(table, OUT_PLAIN, "%" PRIu64, vcpu->vmclear);
	out_cell(table, OUT_PLAIN, "%" PRIu64, vcpu->migrations);
}

json_object *vcpu_to_json(const struct xvcpu_vcpu_info *vcpu)
{
	json_object *object = json_object_new_object();

	out_json_u64(object, "key", vcpu->key);
	out_json_u64(object, "vm", vcpu->vm);
	out_json_u64(object, "id", vcpu->id);
	out_json_u64(object, "pid", vcpu->tgid);
	out_json_cpu(object, "pinned_cpu", vcpu->pinned_cpu);
	out_json_cpu(object, "loaded_cpu", vcpu->loaded_cpu);
	out_json_cpu(object, "last_cpu", vcpu->last_cpu);
	out_json_string(object, "state", xvcpu_name_vcpu_state(vcpu->state));
	out_json_bool(object, "launched", vcpu->launched);
	out_json_u64(object, "entries", vcpu->entries);
	out_json_u64(object, "exits", vcpu->exits);
	out_json_u64(object, "launches", vcpu->launches);
	out_json_u64(object, "vmptrld", vcpu->vmptrld);
	out_json_u64(object, "vmclear", vcpu->vmclear);
	out_json_u64(object, "migrations", vcpu->migrations);
	return object;
}

static void vcpu_append(const struct xvcpu_vcpu_info *vcpu, void *arg)
{
	json_object_array_add(arg, vcpu_to_json(vcpu));
}

static int read_vcpus(struct xvcpu_nl *nl, const struct list_options *options,
		      void *to)
{
	xvcpu_vcpu_fn fn = options->json ? vcpu_append : vcpu_row;
	struct xvcpu_vcpu_info vcpu;
	int err;

	if (!options->one)
		return xvcpu_nl_vcpus(nl, fn, to);
	err = xvcpu_nl_vcpu(nl, options->number, &vcpu);
	if (!err)
		fn(&vcpu, to);
	return err;
}

const struct listing vcpu_listing = {
	.name = "vcpus",
	.title = "vCPUs",
	.columns = vcpu_columns,
	.nr_columns = ARRAY_SIZE(vcpu_columns),
	.read = read_vcpus,
};

static int vcpus_run(const struct command *self, int argc, char **argv)
{
	static const struct listing *const listings[] = { &vcpu_listing, NULL };
	struct list_options options;

	return parse_list_options(self, argc, argv, &options) ?:
	       list_objects(&options, listings);
}

const struct command vcpus_command = {
	.name = "vcpus",
	.run = vcpus_run,
	.help = "list the vCPUs of all VMs: binding, state, counters",
	.options = (const struct command_option[]) { OPTION_JSON, {} },
	.arguments = "[KEY]",
};
