/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The end of a command that goes on until it is ended: by SIGINT or SIGTERM, or
 * because nobody reads its standard output any more.
 */
#ifndef ENDING_H
#define ENDING_H

#include <stdbool.h>

/** ending_prepare() - from now on those signals only ask for the end */
void ending_prepare(void);

/**
 * ending_wait() - wait for input, for the end, or for a time
 * @fd: where input comes, or -1.
 * @milliseconds: how long at most, -1 for ever.
 *
 * Return: whether it goes on; false if the end has been asked for.
 */
bool ending_wait(int fd, int milliseconds);

/**
 * ending_flush() - write out what was printed
 *
 * Return: whether somebody reads; false is the end, and no error.
 */
bool ending_flush(void);

#endif /* ENDING_H */
