// SPDX-License-Identifier: GPL-2.0
/*
 * The command xvcpu: the table of commands, and what follows from it.
 */
#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xvcpu_nl.h>

#include "out.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define JSON_OPTION	"  -j, --json         print JSON\n"

static int help_run(const struct command *self, int argc, char **argv);

static const struct command commands[] = {
	{
		"doctor", doctor_run,
		"say whether VMX is usable on each CPU, and if not, why",
		"[-j]",
		JSON_OPTION,
	},
	{
		"cpus", cpus_run,
		"list the CPUs: VMX root operation, loaded VMCSs, counters",
		"[-j] [-m] [CPU]",
		JSON_OPTION
		"  -m, --msrs         with the capability MSRs\n",
	},
	{
		"vcpus", vcpus_run,
		"list the vCPUs of all VMs: binding, state, counters",
		"[-j] [KEY]",
		JSON_OPTION,
	},
	{
		"stat", stat_run,
		"count VM exits by reason, once or again and again",
		"[-1 | --csv | -j | --openmetrics | -i SECONDS [-n COUNT]] [KEY]",
		"  -1, --once         one table, and the end\n"
		"  --csv              a line for each vCPU and reason\n"
		JSON_OPTION
		"  --openmetrics      for Prometheus\n"
		"  -i, --interval S   a table every S seconds; 1 if not given\n"
		"  -n, --count N      end after N of them\n"
		"\n"
		"KEY is a vCPU's, as 'xvcpu vcpus' lists them; without it all are\n"
		"added up.  On a terminal it is a full screen, sorted by what\n"
		"happened since the last time: q ends it.  Elsewhere it is one table,\n"
		"unless -i or -n asks for more.  AVG is the interval's, MIN and MAX\n"
		"are since the vCPU was created.  Times are there if the module's\n"
		"parameter stats is set: echo Y > " XVCPU_STATS_PARAMETER "\n",
	},
	{
		"monitor", monitor_run,
		"tell what happens to CPUs, VMs and vCPUs, when it happens",
		"[-j] [-t] [-n COUNT]",
		"  -j, --json         a JSON object a line\n"
		"  -t, --time         begin with the time: seconds of CLOCK_MONOTONIC\n"
		"  -n, --count N      end after N events\n"
		"\n"
		"SIGINT and SIGTERM end it.  Events that were lost are counted in the\n"
		"line that follows them, and all of them at the end.\n",
	},
	{
		"top", top_run,
		"watch the vCPUs, those with the most VM exits first",
		"[-1] [-i SECONDS] [-n COUNT]",
		"  -1, --once         one table over one interval, and the end\n"
		"  -i, --interval S   a table every S seconds; 1 if not given\n"
		"  -n, --count N      end after N of them\n"
		"\n"
		"On a terminal it is a full screen: q ends it.  Elsewhere it is one\n"
		"table, unless -n asks for more.\n",
	},
	{
		"explain", explain_run,
		"say what is the matter with a vCPU, or what a number means",
		"[-j] [-i SECONDS] KEY | error N | exit N",
		JSON_OPTION
		"  -i, --interval S   look at the vCPU for S seconds; 1 if not given\n"
		"\n"
		"KEY is a vCPU's, as 'xvcpu vcpus' lists them.  The last line is the\n"
		"verdict.  The exit status is 2 if that is bad: the guest loops\n"
		"without needing anything, has ended with a triple fault, could not\n"
		"be entered, or is refused because its CPU is offline.\n"
		"\n"
		"error N is a VM-instruction error, exit N a VM exit reason.\n",
	},
	{
		"run", run_run,
		"run a guest: a flat real-mode image, a 64-bit ELF or a firmware",
		"[OPTION]... FILE",
		"  --cpu N            pin the vCPU to CPU N\n"
		"  --mem SIZE         RAM, with K, M or G; 16M if not given\n"
		"  --type TYPE        flat, elf or firmware, instead of a guess\n"
		"  --until TEXT       end with success when TEXT has come out\n"
		"  --timeout SECONDS  give up then\n"
		"  --stats            say on which CPU the vCPU ran, how often\n"
		"  --device PATH      /dev/xvcpu if not given; /dev/kvm works too\n"
		"\n"
		"A flat image is loaded at 0x7c00 and started there like a boot\n"
		"sector.  An ELF is loaded where its segments say (p_paddr) and\n"
		"started in long mode: the low 4 GiB mapped one to one, RDI the size\n"
		"of RAM, RSP below the tables in its last 32 KiB.  A firmware ends at\n"
		"4 GiB and is started at the reset vector.\n"
		"\n"
		"What the guest writes to port 0x3f8, 0xe9 or 0x402 is its output.\n"
		"HLT ends it with status 0, a byte to port 0xf4 with that status,\n"
		"what cannot be handled with 2, an interrupt from the keyboard with\n"
		"130.\n",
	},
	{
		"exec", exec_run,
		"run a program that uses /dev/kvm, with /dev/xvcpu in its place",
		"[--device PATH] [--] PROGRAM [ARGUMENT]...",
		"  --device PATH      another device than /dev/xvcpu\n"
		"\n"
		"The program runs in a mount namespace of its own, where /dev/kvm is\n"
		"/dev/xvcpu; nothing else changes, and nobody else sees it.  It needs\n"
		"root, or CAP_SYS_ADMIN.  The exit status is the program's, or 2.\n",
	},
	{
		"trace", trace_run,
		"record what guests do, exit by exit, and look at it",
		"record|show|times|export [OPTION]... [ARGUMENT]...",
		"record [KEY]...        the exits of these vCPUs, or of all, until they have\n"
		"                       ended, or an interrupt from the keyboard\n"
		"  -o, --output FILE    xvcpu.trace if not given; - for standard output\n"
		"  -n, --count N        end after N exits\n"
		"  -s, --seconds N      end after N seconds\n"
		"  -r, --ring N         records that a vCPU's ring holds; 4096 if not given\n"
		"  -b, --block          have a vCPU wait rather than lose records\n"
		"\n"
		"show [FILE]            a line an exit: the time, the vCPU, its CPU and RIP, the\n"
		"                       reason, how long it took until the guest went on; then\n"
		"                       the registers that the guest has changed\n"
		"  -j, --json           a JSON object a line\n"
		"  -q, --quiet          without the registers\n"
		"\n"
		"times [FILE]           a histogram a reason: how long exits took\n"
		"\n"
		"export [FILE]          for Perfetto or chrome://tracing: a track a vCPU, and\n"
		"                       one a CPU\n"
		"      --svg            a picture instead\n"
		"\n"
		"of show, times and export:\n"
		"  -v, --vcpu KEY       only this vCPU\n"
		"  -r, --reason REASON  only this exit reason: CPUID, or 10\n"
		"  -a, --rip RIP[-RIP]  only exits at this address, or between the two\n"
		"  -p, --port PORT      only this port\n",
	},
	{
		"help", help_run,
		"explain a command",
		"[COMMAND]",
		NULL,
	},
	{
		"version", version_run,
		"print the versions of the command, the module and the kernel",
		"[-j]",
		JSON_OPTION,
	},
};

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

static void print_commands(FILE *to)
{
	size_t i;

	fputs("usage: xvcpu COMMAND [OPTION]... [ARGUMENT]...\n\n", to);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
	fputs("\nexit status: 0 done, 1 wrong usage, 2 the kernel refused\n"
	      "'xvcpu help COMMAND' explains a command.\n", to);
}

static void print_command(const struct command *command)
{
	printf("usage: xvcpu %s %s\n\n%s\n", command->name, command->usage,
	       command->help);
	if (command->details)
		printf("\n%s", command->details);
}

int usage_error(const struct command *self, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "xvcpu %s: ", self->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nusage: xvcpu %s %s\n", self->name, self->usage);
	return USAGE;
}

static int help_run(const struct command *self, int argc, char **argv)
{
	const struct command *command;

	if (argc > 2)
		return usage_error(self, "one command at a time");
	if (argc < 2) {
		print_commands(stdout);
		return DONE;
	}
	command = find_command(argv[1]);
	if (!command)
		return usage_error(self, "there is no command '%s'", argv[1]);
	print_command(command);
	return DONE;
}

static bool asks_for_help(const char *argument)
{
	return !strcmp(argument, "-h") || !strcmp(argument, "--help");
}

static int run_command(const char *name, int argc, char **argv)
{
	const struct command *command = find_command(name);

	if (!command) {
		out_error("there is no command '%s'", name);
		print_commands(stderr);
		return USAGE;
	}
	if (argc > 1 && asks_for_help(argv[1])) {
		print_command(command);
		return DONE;
	}
	return command->run(command, argc, argv);
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 2) {
		print_commands(stderr);
		return USAGE;
	}
	if (asks_for_help(argv[1]))
		status = run_command("help", 1, argv);
	else if (!strcmp(argv[1], "--version"))
		status = run_command("version", 1, argv);
	else
		status = run_command(argv[1], argc - 1, argv + 1);
	return out_finish() ? REFUSED : status;
}
