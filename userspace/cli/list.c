// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu list: VMs, vCPUs and CPUs in one.
 */
#include "command.h"

#include "objects.h"

static int list_run(const struct command *self, int argc, char **argv)
{
	static const struct listing *const listings[] = {
		&vm_listing, &vcpu_listing, &cpu_listing, NULL,
	};
	struct list_options options;

	return parse_list_options(self, argc, argv, &options) ?:
	       list_objects(&options, listings);
}

const struct command list_command = {
	.name = "list",
	.run = list_run,
	.help = "list VMs, vCPUs and CPUs in one",
	.options = (const struct command_option[]) { OPTION_JSON, {} },
};
