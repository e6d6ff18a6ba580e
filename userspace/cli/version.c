// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu version: the versions of the command, the module and the kernel.
 */
#include "command.h"

#include <sys/utsname.h>
#include <xvcpu_nl.h>

#include "out.h"

/* The module's version, or "" if it is not loaded. */
static void read_module_version(struct xvcpu_module_info *module)
{
	struct xvcpu_nl *nl;

	module->version[0] = '\0';
	if (xvcpu_nl_open(&nl))
		return;
	xvcpu_nl_module(nl, module);
	xvcpu_nl_close(nl);
}

static void versions_as_json(const char *module, const char *kernel)
{
	json_object *document = out_json_new();

	out_json_string(document, "command", XVCPU_VERSION);
	out_json_string(document, "module", *module ? module : NULL);
	out_json_string(document, "kernel", kernel);
	out_json_print(document);
}

static void versions_as_lines(const char *module, const char *kernel)
{
	out_line(OUT_PLAIN, "command  %s", XVCPU_VERSION);
	out_line(OUT_PLAIN, "module   %s", *module ? module : "not loaded");
	out_line(OUT_PLAIN, "kernel   %s", kernel);
}

static int version_run(const struct command *self, int argc, char **argv)
{
	struct xvcpu_module_info module;
	struct list_options options;
	struct utsname host;
	int status;

	status = parse_list_options(self, argc, argv, &options);
	if (status)
		return status;
	read_module_version(&module);
	uname(&host);
	if (options.json)
		versions_as_json(module.version, host.release);
	else
		versions_as_lines(module.version, host.release);
	return DONE;
}

const struct command version_command = {
	.name = "version",
	.run = version_run,
	.help = "print the versions of the command, the module and the kernel",
	.options = (const struct command_option[]) { OPTION_JSON, {} },
};
