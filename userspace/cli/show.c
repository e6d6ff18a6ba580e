// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu show: a VM, a vCPU or a CPU in full.
 *
 * What is shown as lines is the JSON: there is nothing that one of them lacks.
 */
#include "command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <xvcpu_names.h>
#include <xvcpu_nl.h>

#include "objects.h"
#include "out.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* --- the objects; an error is what the module said --- */

/**
 * struct family - a VM's vCPUs
 * @vm: the VM's id.
 * @vcpus: where they are put.
 */
struct family {
	uint32_t vm;
	json_object *vcpus;
};

static void append_member(const struct xvcpu_vcpu_info *vcpu, void *arg)
{
	struct family *family = arg;

	if (vcpu->vm == family->vm)
		json_object_array_add(family->vcpus, vcpu_to_json(vcpu));
}

static int read_vm(struct xvcpu_nl *nl, uint32_t key, json_object **object)
{
	struct family family = { .vm = key };
	struct xvcpu_vm_info vm;
	int err = xvcpu_nl_vm(nl, key, &vm);

	if (err)
		return err;
	*object = vm_to_json(&vm);
	family.vcpus = json_object_new_array();
	json_object_object_add(*object, "members", family.vcpus);
	return xvcpu_nl_vcpus(nl, append_member, &family);
}

static int read_vcpu(struct xvcpu_nl *nl, uint32_t key, json_object **object)
{
	struct xvcpu_vcpu_info vcpu;
	int err = xvcpu_nl_vcpu(nl, key, &vcpu);

	if (!err)
		*object = vcpu_to_json(&vcpu);
	return err;
}

static json_object *check_to_json(const struct xvcpu_cpu_info *cpu,
				  enum xvcpu_check id)
{
	const struct xvcpu_check_info *check = &cpu->checks[id];
	json_object *object = json_object_new_object();

	out_json_string(object, "check", xvcpu_name_check(id));
	out_json_bool(object, "done", check->done);
	if (check->done && check->has_value)
		out_json_hex(object, "value", check->value);
	else
		out_json_string(object, "value", NULL);
	out_json_string(object, "error",
			check->error ? xvcpu_name_errno(check->error) : NULL);
	return object;
}

static int read_cpu(struct xvcpu_nl *nl, uint32_t key, json_object **object)
{
	struct xvcpu_cpu_info cpu;
	json_object *checks;
	int err = xvcpu_nl_cpu(nl, key, true, &cpu);
	int id;

	if (err)
		return err;
	checks = json_object_new_array();
	for (id = 0; id < XVCPU_CHECK_NR; id++)
		json_object_array_add(checks, check_to_json(&cpu, id));
	*object = cpu_to_json(&cpu);
	json_object_object_add(*object, "checks", checks);
	return 0;
}

static const struct kind {
	const char *name;
	int (*read)(struct xvcpu_nl *nl, uint32_t key, json_object **object);
} kinds[] = {
	{ "vm", read_vm },
	{ "vcpu", read_vcpu },
	{ "cpu", read_cpu },
};

/* --- as lines --- */

static const char *text_of(json_object *value)
{
	return value ? json_object_get_string(value) : "-";
}

/* An object of an array: its members in one line. */
static void print_element(json_object *object)
{
	char line[512] = " ";
	size_t length = 1;

	json_object_object_foreach(object, key, value) {
		length += snprintf(line + length, sizeof(line) - length,
				   " %s=%s", key, text_of(value));
		if (length >= sizeof(line))
			break;
	}
	out_line(OUT_PLAIN, "%s", line);
}

static void print_member(const char *key, json_object *value)
{
	size_t i;

	if (!json_object_is_type(value, json_type_array)) {
		out_line(OUT_PLAIN, "%-12s %s", key, text_of(value));
		return;
	}
	out_line(OUT_PLAIN, "%s", key);
	for (i = 0; i < json_object_array_length(value); i++)
		print_element(json_object_array_get_idx(value, i));
}

static void print_lines(json_object *object)
{
	json_object_object_foreach(object, key, value)
		print_member(key, value);
	json_object_put(object);
}

static void print_document(const char *key, json_object *object)
{
	json_object *document = out_json_new();

	json_object_object_add(document, key, object);
	out_json_print(document);
}

/* --- the command --- */

static int show(const struct kind *kind, uint32_t key, bool json)
{
	json_object *object = NULL;
	struct xvcpu_nl *nl;
	int err, status = DONE;

	if (connect_module(&nl))
		return REFUSED;
	err = kind->read(nl, key, &object);
	if (err) {
		status = say_refusal(nl, err);
		json_object_put(object);
	} else if (json) {
		print_document(kind->name, object);
	} else {
		print_lines(object);
	}
	xvcpu_nl_close(nl);
	return status;
}

static const struct kind *find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	}
	return NULL;
}

static int show_run(const struct command *self, int argc, char **argv)
{
	const struct kind *kind;
	bool json = false;
	uint32_t key;
	int option;

	while ((option = next_option(self, argc, argv)) > 0)
		json = true;
	if (option < 0)
		return USAGE;
	if (argc - optind != 2)
		return usage_error(self, "it takes a kind and a number");
	kind = find_kind(argv[optind]);
	if (!kind)
		return usage_error(self, "the kind is vm, vcpu or cpu, not '%s'",
				   argv[optind]);
	return take_number(self, argv[optind + 1], &key) ?:
	       show(kind, key, json);
}

const struct command show_command = {
	.name = "show",
	.run = show_run,
	.help = "show a VM, a vCPU or a CPU in full",
	.options = (const struct command_option[]) { OPTION_JSON, {} },
	.arguments = "vm|vcpu|cpu NUMBER",
	.details =
		"NUMBER is a VM's ID, a vCPU's KEY or the number of a CPU: the first\n"
		"column of 'xvcpu vms', 'xvcpu vcpus' and 'xvcpu cpus'.\n",
};
