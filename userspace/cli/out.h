/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that the command prints about itself and the kernel: lines, tables, JSON,
 * errors.  (What a guest prints goes to standard output as it is.)
 */
#ifndef OUT_H
#define OUT_H

#include <stddef.h>
#include <stdint.h>
#include <json-c/json.h>

#include "compiler.h"

/* Colours are seen on a terminal only, and not if NO_COLOR is set. */
enum out_colour {
	OUT_PLAIN,
	OUT_GOOD,
	OUT_BAD,
	OUT_FAINT,
};

/**
 * struct out_column - a column of a table
 * @title: its heading.
 * @right: align to the right, as numbers are.
 */
struct out_column {
	const char *title;
	int right;
};

struct out_table;

/** out_line() - a line to standard output */
void out_line(enum out_colour colour, const char *format, ...)
	__printf(2, 3);

/** out_error() - a line "xvcpu: ..." to standard error */
void out_error(const char *format, ...) __printf(1, 2);

/** out_table_new() - a table with a heading and no rows */
struct out_table *out_table_new(const struct out_column *columns, size_t nr);

/** out_cell() - fill the next cell, row by row, left to right */
void out_cell(struct out_table *table, enum out_colour colour,
	      const char *format, ...) __printf(3, 4);

/** out_cell_cpu() - a cell with the number of a CPU, "-" for none */
void out_cell_cpu(struct out_table *table, int cpu);

/** out_table_print() - print the table and free it */
void out_table_print(struct out_table *table);

/** out_table_text() - the table as text, the caller's to free; frees the table */
char *out_table_text(struct out_table *table);

/** out_table_free() - free it without printing; NULL is taken */
void out_table_free(struct out_table *table);

/** out_json_new() - a JSON document: an object with the schema's version */
json_object *out_json_new(void);

/** out_json_print() - print the document and free it with json_object_put() */
void out_json_print(json_object *document);

/** out_json_line() - print an object on one line, flush, and free it */
void out_json_line(json_object *object);

/* Members of JSON objects; values of registers are strings "0x...". */
void out_json_u64(json_object *object, const char *key, uint64_t value);
void out_json_bool(json_object *object, const char *key, int value);
void out_json_string(json_object *object, const char *key, const char *value);
void out_json_hex(json_object *object, const char *key, uint64_t value);
void out_json_cpu(json_object *object, const char *key, int cpu);

/** out_finish() - flush standard output; 0, or -1 if it could not be written */
int out_finish(void);

#endif /* OUT_H */
