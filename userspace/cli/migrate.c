// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu migrate, pin, unpin: bind a vCPU, of whatever process, to a CPU.
 */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include <xvcpu_borrow.h>
#include <xvcpu_dev.h>
#include <xvcpu_names.h>
#include <xvcpu_nl.h>

#include "out.h"

/* --- refusals, with the remedy --- */

static int cannot_borrow(const struct xvcpu_vcpu_info *vcpu, int err)
{
	switch (err) {
	case -EPERM:
	case -EACCES:
		out_error("vCPU %u belongs to process %u, which this user may not control: become root, or that process's user where /proc/sys/kernel/yama/ptrace_scope is 0",
			  vcpu->key, vcpu->tgid);
		break;
	case -ENOENT:
	case -ESRCH:
		out_error("process %u no longer has vCPU %u: see 'xvcpu vcpus'; a process that it was passed on to has to migrate it itself",
			  vcpu->tgid, vcpu->key);
		break;
	default:
		out_error("cannot take vCPU %u from process %u (%s)",
			  vcpu->key, vcpu->tgid, xvcpu_name_errno(err));
	}
	return REFUSED;
}

static int cannot_migrate(const struct xvcpu_vcpu_info *vcpu, int cpu, int err)
{
	switch (err) {
	case -ENXIO:
		out_error("CPU %d is offline or not in VMX root operation: 'xvcpu doctor' says why, 'xvcpu cpus' which are",
			  cpu);
		break;
	case -EINVAL:
		out_error("there is no CPU %d: see 'xvcpu cpus'", cpu);
		break;
	case -EBUSY:
		out_error("VMX root operation is granted to another CPU: 'xvcpu doctor' names it");
		break;
	default:
		out_error("the kernel refused to migrate vCPU %u (%s): see its log",
			  vcpu->key, xvcpu_name_errno(err));
	}
	return REFUSED;
}

/* --- what is done --- */

static void say_binding(const struct xvcpu_vcpu_info *vcpu, int cpu)
{
	if (cpu == XVCPU_CPU_NONE)
		out_line(OUT_PLAIN, "vCPU %u floats", vcpu->key);
	else
		out_line(OUT_PLAIN, "vCPU %u is pinned to CPU %d", vcpu->key,
			 cpu);
}

static int migrate_vcpu(const struct xvcpu_vcpu_info *info, int cpu)
{
	struct xvcpu_vcpu vcpu = {
		.fd = xvcpu_borrow_vcpu(info->tgid, info->key),
	};
	int err;

	if (vcpu.fd < 0)
		return cannot_borrow(info, vcpu.fd);
	err = xvcpu_vcpu_migrate(&vcpu, cpu);
	close(vcpu.fd);
	if (err)
		return cannot_migrate(info, cpu, err);
	say_binding(info, cpu);
	return DONE;
}

static int find_vcpu(uint32_t key, struct xvcpu_vcpu_info *info)
{
	struct xvcpu_nl *nl;
	int err, status = DONE;

	if (connect_module(&nl))
		return REFUSED;
	err = xvcpu_nl_vcpu(nl, key, info);
	if (err)
		status = say_refusal(nl, err);
	xvcpu_nl_close(nl);
	return status;
}

/* --- the command line --- */

static bool parse_cpu(const char *string, int *cpu)
{
	uint32_t number;

	if (!parse_u32(string, &number) || number > INT_MAX)
		return false;
	*cpu = number;
	return true;
}

/* The vCPU and, if the command takes one, the CPU. */
static int parse_line(const struct command *self, int argc, char **argv,
		      uint32_t *key, const char **cpu)
{
	int wanted = cpu ? 2 : 1;

	if (next_option(self, argc, argv))
		return USAGE;
	if (argc - optind != wanted)
		return usage_error(self, "it takes the key of a vCPU%s",
				   cpu ? " and a CPU" : "");
	if (!parse_u32(argv[optind], key))
		return usage_error(self, "'%s' is not the key of a vCPU",
				   argv[optind]);
	if (cpu)
		*cpu = argv[optind + 1];
	return DONE;
}

static int migrate_run(const struct command *self, int argc, char **argv)
{
	struct xvcpu_vcpu_info vcpu;
	int cpu = XVCPU_CPU_NONE;
	const char *name;
	uint32_t key;
	int status;

	status = parse_line(self, argc, argv, &key, &name);
	if (status)
		return status;
	if (strcmp(name, "none") && !parse_cpu(name, &cpu))
		return usage_error(self, "'%s' is not the number of a CPU, or none",
				   name);
	return find_vcpu(key, &vcpu) ?: migrate_vcpu(&vcpu, cpu);
}

static int pin_run(const struct command *self, int argc, char **argv)
{
	struct xvcpu_vcpu_info vcpu;
	const char *name;
	uint32_t key;
	int cpu, status;

	status = parse_line(self, argc, argv, &key, &name);
	if (status)
		return status;
	if (!parse_cpu(name, &cpu))
		return usage_error(self, "'%s' is not the number of a CPU",
				   name);
	status = find_vcpu(key, &vcpu);
	if (status)
		return status;
	if (vcpu.pinned_cpu != XVCPU_CPU_NONE) {
		out_error("vCPU %u is pinned to CPU %d already: move it with 'xvcpu migrate'",
			  key, vcpu.pinned_cpu);
		return REFUSED;
	}
	return migrate_vcpu(&vcpu, cpu);
}

static int unpin_run(const struct command *self, int argc, char **argv)
{
	struct xvcpu_vcpu_info vcpu;
	uint32_t key;
	int status;

	status = parse_line(self, argc, argv, &key, NULL);
	if (status)
		return status;
	return find_vcpu(key, &vcpu) ?: migrate_vcpu(&vcpu, XVCPU_CPU_NONE);
}

const struct command migrate_command = {
	.name = "migrate",
	.run = migrate_run,
	.help = "move a vCPU to a CPU, where it stays; with 'none' let it float",
	.arguments = "KEY CPU|none",
	.details =
		"The vCPU may be running: it leaves the guest, moves and goes on, and\n"
		"its process does not notice.  KEY is the first column of\n"
		"'xvcpu vcpus'.  It takes the rights that ptrace(2) needs over the\n"
		"vCPU's process.\n",
};

const struct command pin_command = {
	.name = "pin",
	.run = pin_run,
	.help = "bind a floating vCPU to a CPU",
	.arguments = "KEY CPU",
	.details = "As 'xvcpu migrate', but a vCPU that is pinned is left alone.\n",
};

const struct command unpin_command = {
	.name = "unpin",
	.run = unpin_run,
	.help = "let a vCPU float: it runs where its thread does",
	.arguments = "KEY",
};
