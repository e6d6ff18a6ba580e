// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu trace export: the Trace Event Format of Chrome, which Perfetto reads:
 * a track for each vCPU, and one for each CPU, where migrations are seen.
 */
#include "trace.h"

#include "command.h"
#include "out.h"

#define VCPUS	1	/* "processes" of the format */
#define CPUS	2
#define MAX_CPU	8192

struct chrome {
	bool begun;
	uint64_t start;
	bool named_cpu[MAX_CPU];
};

static void print(struct chrome *chrome, json_object *event)
{
	out_line(OUT_PLAIN, "%s%s", chrome->begun ? "," : "",
		 json_object_to_json_string_ext(event, JSON_C_TO_STRING_PLAIN));
	json_object_put(event);
	chrome->begun = true;
}

static json_object *new_event(const char *name, const char *phase, int pid,
			      int64_t tid)
{
	json_object *event = json_object_new_object();

	out_json_string(event, "name", name);
	out_json_string(event, "ph", phase);
	out_json_u64(event, "pid", pid);
	json_object_object_add(event, "tid", json_object_new_int64(tid));
	return event;
}

static void name_it(struct chrome *chrome, const char *what, int pid,
		    int64_t tid, const char *name)
{
	json_object *event = new_event(what, "M", pid, tid);
	json_object *args = json_object_new_object();

	out_json_string(args, "name", name);
	json_object_object_add(event, "args", args);
	print(chrome, event);
}

/* The format counts microseconds. */
static void add_times(const struct chrome *chrome, json_object *event,
		      uint64_t from, uint64_t to)
{
	json_object_object_add(event, "ts",
		json_object_new_double((from - chrome->start) / 1000.0));
	json_object_object_add(event, "dur",
		json_object_new_double((to - from) / 1000.0));
}

static void in_guest(struct chrome *chrome, const struct trace_entry *entry)
{
	const struct xvcpu_exit_record *record = &entry->record;
	char name[32];
	json_object *event = new_event("guest", "X", VCPUS, entry->vcpu);
	json_object *args = json_object_new_object();

	add_times(chrome, event, record->entered, record->time);
	out_json_cpu(args, "cpu", record->cpu);
	json_object_object_add(event, "args", args);
	print(chrome, event);
	snprintf(name, sizeof(name), "vCPU %u", entry->vcpu);
	event = new_event(name, "X", CPUS, record->cpu);
	add_times(chrome, event, record->entered, record->time);
	print(chrome, event);
}

static void handled(struct chrome *chrome, const struct trace_pair *pair)
{
	const struct xvcpu_exit_record *record = &pair->entry->record;
	json_object *event, *args;
	char about[96];
	uint64_t ns;

	if (!trace_handled(pair, &ns))
		ns = 0;
	trace_describe(record, about, sizeof(about));
	event = new_event(trace_reason(record), "X", VCPUS, pair->entry->vcpu);
	add_times(chrome, event, record->time, record->time + ns);
	args = json_object_new_object();
	out_json_string(args, "about", about);
	out_json_hex(args, "rip", record->reg[XVCPU_EXIT_REG_RIP].new);
	out_json_hex(args, "qualification", record->qualification);
	json_object_object_add(event, "args", args);
	print(chrome, event);
}

static void name_cpu(struct chrome *chrome, int cpu)
{
	char name[32];

	if (cpu < 0 || cpu >= MAX_CPU || chrome->named_cpu[cpu])
		return;
	chrome->named_cpu[cpu] = true;
	snprintf(name, sizeof(name), "CPU %d", cpu);
	name_it(chrome, "thread_name", CPUS, cpu, name);
}

static void one(const struct trace_pair *pair, void *arg)
{
	struct chrome *chrome = arg;
	const struct trace_entry *entry = pair->entry;
	char name[32];

	name_cpu(chrome, entry->record.cpu);
	if (!pair->next) {
		snprintf(name, sizeof(name), "vCPU %u", entry->vcpu);
		name_it(chrome, "thread_name", VCPUS, entry->vcpu, name);
	}
	in_guest(chrome, entry);
	handled(chrome, pair);
}

/* The first entry in time is not the first in the order of what followed. */
static void find_start(const struct trace_pair *pair, void *arg)
{
	struct chrome *chrome = arg;

	if (pair->entry->record.entered < chrome->start)
		chrome->start = pair->entry->record.entered;
}

int trace_chrome(FILE *file, const struct trace_filter *filter)
{
	static struct chrome chrome = { .start = UINT64_MAX };

	if (trace_file_each(file, filter, find_start, &chrome))
		return REFUSED;
	out_line(OUT_PLAIN, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
	name_it(&chrome, "process_name", VCPUS, 0, "vCPUs");
	name_it(&chrome, "process_name", CPUS, 0, "CPUs");
	if (trace_file_each(file, filter, one, &chrome))
		return REFUSED;
	out_line(OUT_PLAIN, "]}");
	return DONE;
}
