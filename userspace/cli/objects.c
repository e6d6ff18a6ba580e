// SPDX-License-Identifier: GPL-2.0
/*
 * What the commands that list have in common: tables, or JSON.
 */
#include "objects.h"

#include "command.h"
#include "out.h"

static void print_tables(struct out_table **tables,
			 const struct listing *const *listings)
{
	size_t i;

	for (i = 0; listings[i]; i++) {
		if (listings[1])
			out_line(OUT_PLAIN, "%s%s", i ? "\n" : "",
				 listings[i]->title);
		out_table_print(tables[i]);
	}
}

/* Nothing is printed unless all can be. */
static int as_tables(struct xvcpu_nl *nl, const struct list_options *options,
		     const struct listing *const *listings)
{
	struct out_table *tables[LISTINGS_MAX] = {};
	int err = 0;
	size_t i;

	for (i = 0; listings[i] && !err; i++) {
		tables[i] = out_table_new(listings[i]->columns,
					  listings[i]->nr_columns);
		err = listings[i]->read(nl, options, tables[i]);
	}
	if (!err) {
		print_tables(tables, listings);
		return DONE;
	}
	while (i--)
		out_table_free(tables[i]);
	return say_refusal(nl, err);
}

static int as_json(struct xvcpu_nl *nl, const struct list_options *options,
		   const struct listing *const *listings)
{
	json_object *document = out_json_new(), *array;
	int err = 0;

	for (; *listings && !err; listings++) {
		array = json_object_new_array();
		json_object_object_add(document, (*listings)->name, array);
		err = (*listings)->read(nl, options, array);
	}
	if (!err) {
		out_json_print(document);
		return DONE;
	}
	json_object_put(document);
	return say_refusal(nl, err);
}

int list_objects(const struct list_options *options,
		 const struct listing *const *listings)
{
	struct xvcpu_nl *nl;
	int status;

	if (connect_module(&nl))
		return REFUSED;
	status = options->json ? as_json(nl, options, listings) :
				 as_tables(nl, options, listings);
	xvcpu_nl_close(nl);
	return status;
}
