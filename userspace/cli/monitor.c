// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu monitor: what happens to CPUs, VMs and vCPUs, when it happens.
 */
#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xvcpu_names.h>
#include <xvcpu_nl.h>

#include "ending.h"
#include "out.h"

/**
 * struct monitor - the command line, and where it is
 * @json: an object a line.
 * @times: lines begin with the time.
 * @count: how many events, 0 for no end.
 * @seen: how many there have been.
 * @gone: nobody reads.
 */
struct monitor {
	bool json;
	bool times;
	uint32_t count;
	uint64_t seen;
	bool gone;
};

static int parse(const struct command *self, int argc, char **argv,
		 struct monitor *monitor)
{
	int option;

	while ((option = next_option(self, argc, argv)) > 0) {
		monitor->json |= option == 'j';
		monitor->times |= option == 't';
		if (option == 'n' && take_count(self, optarg, &monitor->count))
			return USAGE;
	}
	if (option < 0)
		return USAGE;
	if (optind < argc)
		return usage_error(self, "'%s' is one argument too many",
				   argv[optind]);
	return DONE;
}

/* --- as lines --- */

static void print_where(const struct xvcpu_event_info *event)
{
	if (event->vcpu)
		printf(" vcpu %u", event->vcpu);
	if (event->vm)
		printf(" vm %u", event->vm);
	if (event->vcpu)
		printf(" id %u", event->id);
	if (event->tgid)
		printf(" pid %u", event->tgid);
	if (event->cpu != XVCPU_CPU_NONE)
		printf(" cpu %d", event->cpu);
	if (event->from_cpu != XVCPU_CPU_NONE)
		printf(" from %d", event->from_cpu);
}

static void print_line(const struct monitor *monitor,
		       const struct xvcpu_event_info *event)
{
	if (monitor->times)
		printf("%" PRIu64 ".%09" PRIu64 " ",
		       event->time_ns / 1000000000,
		       event->time_ns % 1000000000);
	fputs(xvcpu_name_event(event->kind), stdout);
	print_where(event);
	if (event->error)
		printf(" error %s", xvcpu_name_errno(event->error));
	if (event->kind == XVCPU_EVENT_VCPU_ENTRY_FAILED)
		printf(" reason 0x%" PRIx64, event->reason);
	if (event->lost)
		printf(" lost %" PRIu64, event->lost);
	putchar('\n');
}

/* --- as JSON --- */

static void add_number(json_object *object, const char *key, uint32_t number)
{
	if (number)
		out_json_u64(object, key, number);
}

static void print_json(const struct xvcpu_event_info *event)
{
	json_object *object = out_json_new();

	out_json_string(object, "event", xvcpu_name_event(event->kind));
	out_json_u64(object, "seq", event->seq);
	out_json_u64(object, "time_ns", event->time_ns);
	out_json_u64(object, "lost", event->lost);
	add_number(object, "vm", event->vm);
	add_number(object, "vcpu", event->vcpu);
	if (event->vcpu)
		out_json_u64(object, "id", event->id);
	add_number(object, "pid", event->tgid);
	if (event->cpu != XVCPU_CPU_NONE)
		out_json_cpu(object, "cpu", event->cpu);
	if (event->from_cpu != XVCPU_CPU_NONE)
		out_json_cpu(object, "from_cpu", event->from_cpu);
	if (event->error)
		out_json_string(object, "error",
				xvcpu_name_errno(event->error));
	if (event->kind == XVCPU_EVENT_VCPU_ENTRY_FAILED)
		out_json_hex(object, "reason", event->reason);
	out_json_line(object);
}

static bool enough(const struct monitor *monitor)
{
	return monitor->gone ||
	       (monitor->count && monitor->seen >= monitor->count);
}

static void print_event(const struct xvcpu_event_info *event, void *arg)
{
	struct monitor *monitor = arg;

	if (enough(monitor))
		return;
	monitor->seen++;
	if (monitor->json)
		print_json(event);
	else
		print_line(monitor, event);
	monitor->gone = !ending_flush();
}

static int watch(struct xvcpu_nl_events *events, struct monitor *monitor)
{
	int fd = xvcpu_nl_events_fd(events), nr = 0;
	uint64_t lost;

	while (nr >= 0 && !enough(monitor) && ending_wait(fd, -1))
		nr = xvcpu_nl_events_read(events, print_event, monitor);
	lost = xvcpu_nl_events_lost(events);
	if (lost)
		out_error("%" PRIu64 " events were lost", lost);
	if (nr >= 0)
		return DONE;
	out_error("no more events come: %s", strerror(-nr));
	return REFUSED;
}

static int monitor_run(const struct command *self, int argc, char **argv)
{
	struct xvcpu_nl_events *events;
	struct monitor monitor = {};
	struct xvcpu_nl *nl;
	int status, err;

	status = parse(self, argc, argv, &monitor);
	if (status)
		return status;
	if (connect_module(&nl))
		return REFUSED;
	xvcpu_nl_close(nl);
	ending_prepare();
	err = xvcpu_nl_events_open(&events);
	if (err) {
		out_error("no events: %s%s", strerror(-err),
			  err == -EPERM ? ": that takes CAP_NET_ADMIN" : "");
		return REFUSED;
	}
	status = watch(events, &monitor);
	xvcpu_nl_events_close(events);
	return status;
}

const struct command monitor_command = {
	.name = "monitor",
	.run = monitor_run,
	.help = "tell what happens to CPUs, VMs and vCPUs, when it happens",
	.options = (const struct command_option[]) {
		{ 'j', "json", NULL, "a JSON object a line" },
		{ 't', "time", NULL,
		  "begin with the time: seconds of CLOCK_MONOTONIC" },
		{ 'n', "count", "COUNT", "end after so many events" },
		{},
	},
	.details =
		"SIGINT and SIGTERM end it.  Events that were lost are counted in the\n"
		"line that follows them, and all of them at the end.\n",
};
