// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu trace show: a line an exit, and what the guest has changed before it.
 */
#include "trace.h"

#include <string.h>
#include <xvcpu_names.h>

#include "command.h"
#include "out.h"

#define NS	1000000000ULL

struct show {
	const struct trace_view *view;
	bool begun;
	uint64_t start;
};

static bool changed(const struct xvcpu_exit_record *record, int reg)
{
	return record->changed & 1U << reg;
}

static void show_registers(const struct xvcpu_exit_record *record)
{
	int reg;

	for (reg = 0; reg < XVCPU_EXIT_REG_NR; reg++)
		if (changed(record, reg))
			out_line(OUT_FAINT, "%18s %-6s 0x%llx -> 0x%llx", "",
				 xvcpu_name_exit_reg(reg),
				 (unsigned long long)record->reg[reg].old,
				 (unsigned long long)record->reg[reg].new);
}

static void show_line(const struct show *show, const struct trace_pair *pair)
{
	const struct xvcpu_exit_record *record = &pair->entry->record;
	uint64_t at = record->time - show->start, ns;
	char about[96], handled[32] = "";

	trace_describe(record, about, sizeof(about));
	if (trace_handled(pair, &ns))
		snprintf(handled, sizeof(handled), "+%llu ns",
			 (unsigned long long)ns);
	out_line(record->flags & XVCPU_EXIT_RECORD_FAILED ? OUT_BAD : OUT_PLAIN,
		 "%3llu.%09llu vcpu %u cpu %d rip 0x%llx %s%s%s %s",
		 (unsigned long long)(at / NS), (unsigned long long)(at % NS),
		 pair->entry->vcpu, record->cpu,
		 (unsigned long long)record->reg[XVCPU_EXIT_REG_RIP].new,
		 trace_reason(record), about[0] ? " " : "", about, handled);
}

static json_object *registers_json(const struct xvcpu_exit_record *record)
{
	json_object *all = json_object_new_object(), *one;
	int reg;

	for (reg = 0; reg < XVCPU_EXIT_REG_NR; reg++) {
		if (!changed(record, reg))
			continue;
		one = json_object_new_object();
		out_json_hex(one, "old", record->reg[reg].old);
		out_json_hex(one, "new", record->reg[reg].new);
		json_object_object_add(all, xvcpu_name_exit_reg(reg), one);
	}
	return all;
}

static void show_json(const struct show *show, const struct trace_pair *pair)
{
	const struct xvcpu_exit_record *record = &pair->entry->record;
	json_object *object = out_json_new();
	char about[96];
	uint64_t ns;

	trace_describe(record, about, sizeof(about));
	out_json_u64(object, "vcpu", pair->entry->vcpu);
	out_json_u64(object, "sequence", record->sequence);
	out_json_u64(object, "entered_ns", record->entered);
	out_json_u64(object, "exited_ns", record->time);
	if (trace_handled(pair, &ns))
		out_json_u64(object, "handled_ns", ns);
	out_json_cpu(object, "cpu", record->cpu);
	out_json_u64(object, "reason_number", record->reason);
	out_json_string(object, "reason", trace_reason(record));
	out_json_string(object, "about", about);
	out_json_bool(object, "failed",
		      !!(record->flags & XVCPU_EXIT_RECORD_FAILED));
	out_json_hex(object, "qualification", record->qualification);
	if (record->flags & XVCPU_EXIT_RECORD_GPA)
		out_json_hex(object, "gpa", record->gpa);
	if (record->flags & XVCPU_EXIT_RECORD_OPERAND)
		out_json_hex(object, "operand", record->operand);
	out_json_hex(object, "rip", record->reg[XVCPU_EXIT_REG_RIP].new);
	if (!show->view->no_registers)
		json_object_object_add(object, "changed",
				       registers_json(record));
	out_json_line(object);
}

static void show_one(const struct trace_pair *pair, void *arg)
{
	struct show *show = arg;

	if (!show->begun) {
		show->begun = true;
		show->start = pair->entry->record.time;
	}
	if (show->view->json) {
		show_json(show, pair);
		return;
	}
	show_line(show, pair);
	if (!show->view->no_registers)
		show_registers(&pair->entry->record);
}

int trace_show(FILE *file, const struct trace_filter *filter,
	       const struct trace_view *view)
{
	struct show show = { .view = view };

	return trace_file_each(file, filter, show_one, &show) ? REFUSED : DONE;
}
