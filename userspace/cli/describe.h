/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is told of the commands: help, the manual's page, completion for shells.
 * All of it is made of the table of commands.
 */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include <stdio.h>

struct command;
struct command_option;

/** EXIT_STATUS - what is to be known of the exit status */
#define EXIT_STATUS "0 done, 1 wrong usage, 2 the kernel refused"

/** describe_usage() - how the command is typed, without the end of the line */
void describe_usage(const struct command *command, FILE *to);

/** describe_command() - all there is to be said of a command */
void describe_command(const struct command *command, FILE *to);

/** describe_commands() - a line for each verb of @group, or for each command if NULL */
void describe_commands(const char *group, FILE *to);

/** describe_man() - the manual's page, for man(7) */
void describe_man(FILE *to);

/** describe_bash() - completion for bash */
void describe_bash(FILE *to);

/** describe_zsh() - completion for zsh */
void describe_zsh(FILE *to);

#endif /* DESCRIBE_H */
