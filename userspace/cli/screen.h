/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A view that is drawn again and again: the full screen of a terminal, or, where
 * that cannot be, one text after the other on standard output.
 */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdbool.h>

/**
 * screen_open() - begin
 * @full: the full screen, if the terminal is one that is known.
 *
 * If it is not known, that is said, and texts are printed one after the other.
 */
void screen_open(bool full);

/** screen_show() - show this text, instead of the one before */
void screen_show(const char *text);

/**
 * screen_wait() - wait for the next time
 * @seconds: how long.
 *
 * Return: false if it is to end: by the key q, by SIGINT, by SIGTERM, or because
 * nobody reads any more.
 */
bool screen_wait(double seconds);

/** screen_close() - give the terminal back */
void screen_close(void);

#endif /* SCREEN_H */
