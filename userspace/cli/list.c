// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu list: VMs, vCPUs and CPUs in one.
 */
#include "command.h"

#include <xvcpu_nl.h>

#include "objects.h"
#include "out.h"

/**
 * struct lists - all three
 * @vms: a table or an array of VMs.
 * @vcpus: of vCPUs.
 * @cpus: of CPUs.
 */
struct lists {
	void *vms;
	void *vcpus;
	void *cpus;
};

static int list_as_table(struct xvcpu_nl *nl)
{
	struct lists lists = { vm_table(), vcpu_table(), cpu_table() };
	int err;

	err = xvcpu_nl_vms(nl, vm_row, lists.vms);
	if (!err)
		err = xvcpu_nl_vcpus(nl, vcpu_row, lists.vcpus);
	if (!err)
		err = xvcpu_nl_cpus(nl, false, cpu_row, lists.cpus);
	if (err) {
		out_table_free(lists.vms);
		out_table_free(lists.vcpus);
		out_table_free(lists.cpus);
		return say_refusal(nl, err);
	}
	out_line(OUT_PLAIN, "VMs");
	out_table_print(lists.vms);
	out_line(OUT_PLAIN, "\nvCPUs");
	out_table_print(lists.vcpus);
	out_line(OUT_PLAIN, "\nCPUs");
	out_table_print(lists.cpus);
	return DONE;
}

static json_object *new_array(json_object *document, const char *key)
{
	json_object *array = json_object_new_array();

	json_object_object_add(document, key, array);
	return array;
}

static int list_as_json(struct xvcpu_nl *nl)
{
	json_object *document = out_json_new();
	struct lists lists = {
		.vms = new_array(document, "vms"),
		.vcpus = new_array(document, "vcpus"),
		.cpus = new_array(document, "cpus"),
	};
	int err;

	err = xvcpu_nl_vms(nl, vm_append, lists.vms);
	if (!err)
		err = xvcpu_nl_vcpus(nl, vcpu_append, lists.vcpus);
	if (!err)
		err = xvcpu_nl_cpus(nl, false, cpu_append, lists.cpus);
	if (err) {
		json_object_put(document);
		return say_refusal(nl, err);
	}
	out_json_print(document);
	return DONE;
}

static int list_run(const struct command *self, int argc, char **argv)
{
	struct list_options options;
	struct xvcpu_nl *nl;
	int status;

	status = parse_list_options(self, argc, argv, &options);
	if (status)
		return status;
	if (connect_module(&nl))
		return REFUSED;
	status = options.json ? list_as_json(nl) : list_as_table(nl);
	xvcpu_nl_close(nl);
	return status;
}

const struct command list_command = {
	.name = "list",
	.run = list_run,
	.help = "list VMs, vCPUs and CPUs in one",
	.options = (const struct command_option[]) { OPTION_JSON, {} },
};
