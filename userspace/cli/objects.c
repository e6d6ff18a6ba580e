// SPDX-License-Identifier: GPL-2.0
/*
 * The commands that list objects of one kind.
 */
#include "objects.h"

#include "command.h"
#include "out.h"

static int as_table(struct xvcpu_nl *nl, const struct list_options *options,
		    const struct listing *listing)
{
	struct out_table *table = listing->table();
	int err = listing->read(nl, options, table);

	if (err) {
		out_table_free(table);
		return say_refusal(nl, err);
	}
	out_table_print(table);
	return DONE;
}

static int as_json(struct xvcpu_nl *nl, const struct list_options *options,
		   const struct listing *listing)
{
	json_object *array = json_object_new_array();
	json_object *document = out_json_new();
	int err;

	json_object_object_add(document, listing->name, array);
	err = listing->read(nl, options, array);
	if (err) {
		json_object_put(document);
		return say_refusal(nl, err);
	}
	out_json_print(document);
	return DONE;
}

int list_objects(const struct command *self, int argc, char **argv,
		 const struct listing *listing)
{
	struct list_options options;
	struct xvcpu_nl *nl;
	int status;

	status = parse_list_options(self, argc, argv, &options);
	if (status)
		return status;
	if (connect_module(&nl))
		return REFUSED;
	status = options.json ? as_json(nl, &options, listing) :
				as_table(nl, &options, listing);
	xvcpu_nl_close(nl);
	return status;
}
