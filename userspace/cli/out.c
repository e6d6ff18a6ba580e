// SPDX-License-Identifier: GPL-2.0
/*
 * All that the command prints about itself and the kernel.
 */
#define _GNU_SOURCE
#include "out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Incremented when a reader of an older version could be misled. */
#define SCHEMA	1

static const char *const escapes[] = {
	[OUT_PLAIN] = "",
	[OUT_GOOD] = "\033[32m",
	[OUT_BAD] = "\033[31m",
	[OUT_FAINT] = "\033[2m",
};

static int colours_wanted(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term &&
	       strcmp(term, "dumb");
}

static const char *colour_on(enum out_colour colour)
{
	return colours_wanted() ? escapes[colour] : "";
}

static const char *colour_off(enum out_colour colour)
{
	return colours_wanted() && colour != OUT_PLAIN ? "\033[0m" : "";
}

/* Memory is for a few lines of text: without it there is nothing to be done. */
static void *must(void *memory)
{
	if (memory)
		return memory;
	fputs("xvcpu: out of memory\n", stderr);
	exit(2);
}

void out_line(enum out_colour colour, const char *format, ...)
{
	va_list args;

	fputs(colour_on(colour), stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	puts(colour_off(colour));
}

/* In one piece, for others may write to the same terminal. */
void out_error(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		must(NULL);
	va_end(args);
	fflush(stdout);
	dprintf(STDERR_FILENO, "xvcpu: %s\n", text);
	free(text);
}

/* --- tables --- */

struct cell {
	char *text;
	enum out_colour colour;
};

struct out_table {
	FILE *to;
	const struct out_column *columns;
	size_t nr_columns;
	struct cell *cells;
	size_t nr_cells;
};

struct out_table *out_table_new(const struct out_column *columns, size_t nr)
{
	struct out_table *table = must(calloc(1, sizeof(*table)));

	table->to = stdout;
	table->columns = columns;
	table->nr_columns = nr;
	return table;
}

static struct cell *next_cell(struct out_table *table)
{
	table->cells = must(reallocarray(table->cells, table->nr_cells + 1,
					 sizeof(*table->cells)));
	return &table->cells[table->nr_cells++];
}

void out_cell(struct out_table *table, enum out_colour colour,
	      const char *format, ...)
{
	struct cell *cell = next_cell(table);
	va_list args;

	cell->colour = colour;
	va_start(args, format);
	if (vasprintf(&cell->text, format, args) < 0)
		must(NULL);
	va_end(args);
}

void out_cell_cpu(struct out_table *table, int cpu)
{
	if (cpu < 0)
		out_cell(table, OUT_FAINT, "-");
	else
		out_cell(table, OUT_PLAIN, "%d", cpu);
}

static int column_width(const struct out_table *table, size_t column)
{
	size_t width = strlen(table->columns[column].title);
	size_t i, length;

	for (i = column; i < table->nr_cells; i += table->nr_columns) {
		length = strlen(table->cells[i].text);
		if (length > width)
			width = length;
	}
	return width;
}

/* The last column is not padded: no blanks at the end of a line. */
static void print_cell(const struct out_table *table, size_t column, int width,
		       const struct cell *cell)
{
	int last = column + 1 == table->nr_columns;
	int coloured = table->to == stdout;

	fputs(coloured ? colour_on(cell->colour) : "", table->to);
	if (table->columns[column].right)
		fprintf(table->to, "%*s", width, cell->text);
	else
		fprintf(table->to, "%-*s", last ? 0 : width, cell->text);
	fputs(coloured ? colour_off(cell->colour) : "", table->to);
	fputs(last ? "\n" : "  ", table->to);
}

static void print_heading(const struct out_table *table, const int *widths)
{
	struct cell cell = { .colour = OUT_PLAIN };
	size_t i;

	for (i = 0; i < table->nr_columns; i++) {
		cell.text = (char *)table->columns[i].title;
		print_cell(table, i, widths[i], &cell);
	}
}

void out_table_free(struct out_table *table)
{
	size_t i;

	if (!table)
		return;
	for (i = 0; i < table->nr_cells; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table);
}

static void print_table(const struct out_table *table)
{
	int widths[table->nr_columns];
	size_t i;

	for (i = 0; i < table->nr_columns; i++)
		widths[i] = column_width(table, i);
	print_heading(table, widths);
	for (i = 0; i < table->nr_cells; i++)
		print_cell(table, i % table->nr_columns,
			   widths[i % table->nr_columns], &table->cells[i]);
}

void out_table_print(struct out_table *table)
{
	print_table(table);
	out_table_free(table);
}

char *out_table_text(struct out_table *table)
{
	size_t size;
	char *text;

	table->to = must(open_memstream(&text, &size));
	print_table(table);
	fclose(table->to);
	out_table_free(table);
	return must(text);
}

/* --- JSON --- */

json_object *out_json_new(void)
{
	json_object *document = must(json_object_new_object());

	out_json_u64(document, "schema", SCHEMA);
	return document;
}

void out_json_line(json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	fflush(stdout);
	json_object_put(object);
}

void out_json_print(json_object *document)
{
	puts(json_object_to_json_string_ext(document,
					    JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_SPACED |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(document);
}

void out_json_u64(json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

void out_json_bool(json_object *object, const char *key, int value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

void out_json_string(json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key,
			       value ? json_object_new_string(value) : NULL);
}

void out_json_hex(json_object *object, const char *key, uint64_t value)
{
	char text[sizeof("0x0123456789abcdef")];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	out_json_string(object, key, text);
}

void out_json_cpu(json_object *object, const char *key, int cpu)
{
	json_object_object_add(object, key,
			       cpu < 0 ? NULL : json_object_new_int(cpu));
}

int out_finish(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	out_error("cannot write to standard output: %s", strerror(errno));
	return -1;
}
