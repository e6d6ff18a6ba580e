// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of VM entry that a vCPU's VMCS broke.
 */
#include "explain.h"

#include <xvcpu_check.h>

#include "out.h"

static unsigned int count(const struct xvcpu_entry_failure *broken)
{
	return broken->nr_rules < XVCPU_FAILURE_RULES ? broken->nr_rules :
							XVCPU_FAILURE_RULES;
}

static unsigned int count_fields(const struct xvcpu_failure_rule *rule)
{
	return rule->nr_fields < XVCPU_FAILURE_FIELDS ? rule->nr_fields :
							XVCPU_FAILURE_FIELDS;
}

static void print_rule(const struct xvcpu_failure_rule *rule)
{
	const struct xvcpu_failure_field *field = rule->fields;
	unsigned int i;

	out_line(OUT_PLAIN, "  %s", xvcpu_rule_text(rule->rule));
	for (i = 0; i < count_fields(rule); i++, field++)
		out_line(OUT_PLAIN, "    %s (0x%04x) is 0x%llx",
			 xvcpu_field_name(field->encoding), field->encoding,
			 field->value);
}

void broken_print(const struct facts *facts)
{
	unsigned int i;

	out_line(OUT_PLAIN, "rules of VM entry that were broken: %u",
		 facts->broken.nr_rules);
	for (i = 0; i < count(&facts->broken); i++)
		print_rule(&facts->broken.rules[i]);
	out_line(OUT_PLAIN, "%s", "");
}

static json_object *rule_to_json(const struct xvcpu_failure_rule *rule)
{
	json_object *object = json_object_new_object(), *field;
	json_object *fields = json_object_new_array();
	unsigned int i;

	out_json_u64(object, "rule", rule->rule);
	out_json_string(object, "text", xvcpu_rule_text(rule->rule));
	for (i = 0; i < count_fields(rule); i++) {
		field = json_object_new_object();
		out_json_string(field, "name",
				xvcpu_field_name(rule->fields[i].encoding));
		out_json_hex(field, "encoding", rule->fields[i].encoding);
		out_json_hex(field, "value", rule->fields[i].value);
		json_object_array_add(fields, field);
	}
	json_object_object_add(object, "fields", fields);
	return object;
}

json_object *broken_to_json(const struct facts *facts)
{
	json_object *array = json_object_new_array();
	unsigned int i;

	for (i = 0; i < count(&facts->broken); i++)
		json_object_array_add(array,
				      rule_to_json(&facts->broken.rules[i]));
	return array;
}
