// SPDX-License-Identifier: GPL-2.0
/*
 * A view that is drawn again and again.
 */
#define _GNU_SOURCE
#include "screen.h"

#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ending.h"
#include "out.h"
#include "sample.h"

static struct screen *terminal;
static bool ended;

static bool known_terminal(void)
{
	const char *name = getenv("TERM");

	return name && *name && strcmp(name, "dumb");
}

void screen_open(bool full)
{
	ending_prepare();
	if (!full)
		return;
	terminal = known_terminal() ? newterm(NULL, stdout, stdin) : NULL;
	if (!terminal) {
		out_error("the terminal '%s' is not known here: no full screen, but one table after the other",
			  getenv("TERM") ? getenv("TERM") : "");
		return;
	}
	cbreak();
	noecho();
	curs_set(0);
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
}

/* A line that is too long is cut, and so is what is below the last one. */
static void draw(const char *text)
{
	int row, length;

	erase();
	for (row = 0; *text && row < LINES; row++) {
		length = strcspn(text, "\n");
		if (!row)
			attron(A_BOLD);
		mvaddnstr(row, 0, text, length < COLS ? length : COLS);
		attroff(A_BOLD);
		text += length + !!text[length];
	}
	refresh();
}

void screen_show(const char *text)
{
	if (terminal) {
		draw(text);
		return;
	}
	puts(text);
	ended |= !ending_flush();
}

/* All keys that have come; also what a change of the window's size brings. */
static bool asked_to_quit(void)
{
	bool quit = false;
	int key;

	while (terminal && (key = getch()) != ERR)
		quit |= key == 'q' || key == 'Q';
	return quit;
}

bool screen_wait(double seconds)
{
	uint64_t end = now_ns() + seconds * 1e9, now;

	while (!ended && (now = now_ns()) < end) {
		if (!ending_wait(terminal ? STDIN_FILENO : -1,
				 (end - now) / 1000000 + 1))
			ended = true;
		ended |= asked_to_quit();
	}
	return !ended;
}

void screen_close(void)
{
	if (!terminal)
		return;
	endwin();
	delscreen(terminal);
	terminal = NULL;
}
