// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu vms: the VMs of all processes.
 */
#include "command.h"

#include <inttypes.h>
#include <xvcpu_nl.h>

#include "objects.h"
#include "out.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const struct out_column vm_columns[] = {
	{ "ID", 1 }, { "PID", 1 }, { "NAME", 0 }, { "VCPUS", 1 },
	{ "SLOTS", 1 }, { "MIB", 1 }, { "4K", 1 }, { "2M", 1 }, { "1G", 1 },
	{ "TABLES", 1 }, { "FLUSHES", 1 },
};

/* "-" for what is not told to everybody. */
static void mapping_cell(struct out_table *table, const struct xvcpu_vm_info *vm,
			 uint64_t value)
{
	if (vm->mappings)
		out_cell(table, OUT_PLAIN, "%" PRIu64, value);
	else
		out_cell(table, OUT_PLAIN, "-");
}

static void vm_row(const struct xvcpu_vm_info *vm, void *arg)
{
	struct out_table *table = arg;

	out_cell(table, OUT_PLAIN, "%u", vm->id);
	out_cell(table, OUT_PLAIN, "%u", vm->tgid);
	out_cell(table, OUT_PLAIN, "%s", vm->name);
	out_cell(table, OUT_PLAIN, "%u", vm->vcpus);
	out_cell(table, OUT_PLAIN, "%u", vm->slots);
	out_cell(table, OUT_PLAIN, "%" PRIu64, vm->slot_bytes >> 20);
	mapping_cell(table, vm, vm->pages_4k);
	mapping_cell(table, vm, vm->pages_2m);
	mapping_cell(table, vm, vm->pages_1g);
	mapping_cell(table, vm, vm->tables);
	mapping_cell(table, vm, vm->flushes);
}

json_object *vm_to_json(const struct xvcpu_vm_info *vm)
{
	json_object *object = json_object_new_object();

	out_json_u64(object, "id", vm->id);
	out_json_u64(object, "pid", vm->tgid);
	out_json_string(object, "name", vm->name);
	out_json_u64(object, "vcpus", vm->vcpus);
	out_json_u64(object, "slots", vm->slots);
	out_json_u64(object, "slot_bytes", vm->slot_bytes);
	if (!vm->mappings)
		return object;
	out_json_u64(object, "pages_4k", vm->pages_4k);
	out_json_u64(object, "pages_2m", vm->pages_2m);
	out_json_u64(object, "pages_1g", vm->pages_1g);
	out_json_u64(object, "tables", vm->tables);
	out_json_u64(object, "flushes", vm->flushes);
	return object;
}

static void vm_append(const struct xvcpu_vm_info *vm, void *arg)
{
	json_object_array_add(arg, vm_to_json(vm));
}

static int read_vms(struct xvcpu_nl *nl, const struct list_options *options,
		    void *to)
{
	xvcpu_vm_fn fn = options->json ? vm_append : vm_row;
	struct xvcpu_vm_info vm;
	int err;

	if (!options->one)
		return xvcpu_nl_vms(nl, fn, to);
	err = xvcpu_nl_vm(nl, options->number, &vm);
	if (!err)
		fn(&vm, to);
	return err;
}

const struct listing vm_listing = {
	.name = "vms",
	.title = "VMs",
	.columns = vm_columns,
	.nr_columns = ARRAY_SIZE(vm_columns),
	.read = read_vms,
};

static int vms_run(const struct command *self, int argc, char **argv)
{
	static const struct listing *const listings[] = { &vm_listing, NULL };
	struct list_options options;

	return parse_list_options(self, argc, argv, &options) ?:
	       list_objects(&options, listings);
}

const struct command vms_command = {
	.name = "vms",
	.run = vms_run,
	.help = "list the VMs of all processes: memory, mappings, vCPUs",
	.options = (const struct command_option[]) { OPTION_JSON, {} },
	.arguments = "[ID]",
};
