// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu help: explain a command, or all of them in another form.
 */
#include "command.h"

#include <getopt.h>
#include <stdio.h>

#include "describe.h"

enum { MAN = OPTION_LONG, BASH, ZSH };

static int explain(const struct command *self, int argc, char **argv)
{
	const struct command *command;
	int words;

	command = find_command(argc, argv, &words);
	if (command && words == argc)
		describe_command(command, stdout);
	else if (!command && argc == 1 && is_group(argv[0]))
		describe_commands(argv[0], stdout);
	else if (command)
		return usage_error(self, "one command at a time");
	else
		return usage_error(self, "there is no command '%s%s%s'",
				   argv[0], argc > 1 ? " " : "",
				   argc > 1 ? argv[1] : "");
	return DONE;
}

static int help_run(const struct command *self, int argc, char **argv)
{
	switch (next_option(self, argc, argv)) {
	case 0:
		break;
	case MAN:
		describe_man(stdout);
		return DONE;
	case BASH:
		describe_bash(stdout);
		return DONE;
	case ZSH:
		describe_zsh(stdout);
		return DONE;
	default:
		return USAGE;
	}
	if (optind < argc)
		return explain(self, argc - optind, argv + optind);
	describe_commands(NULL, stdout);
	return DONE;
}

const struct command help_command = {
	.name = "help",
	.run = help_run,
	.help = "explain a command",
	.options = (const struct command_option[]) {
		{ MAN, "man", NULL, NULL },
		{ BASH, "bash", NULL, NULL },
		{ ZSH, "zsh", NULL, NULL },
		{},
	},
	.arguments = "[COMMAND]",
};
