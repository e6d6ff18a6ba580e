/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs, vCPUs and VMs as rows of tables and as JSON.
 */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <stddef.h>
#include <json-c/json.h>
#include <xvcpu_nl.h>

struct list_options;
struct out_column;

#define LISTINGS_MAX	3	/* in one command */

/**
 * struct listing - objects of one kind, as a table or as JSON
 * @name: their key in JSON.
 * @title: what they are called above their table, if it is not the only one.
 * @columns: of the table.
 * @nr_columns: how many.
 * @read: reads those that are wanted, each as a row or, for JSON, appended.
 */
struct listing {
	const char *name;
	const char *title;
	const struct out_column *columns;
	size_t nr_columns;
	int (*read)(struct xvcpu_nl *nl, const struct list_options *options,
		    void *to);
};

extern const struct listing cpu_listing;
extern const struct listing vcpu_listing;
extern const struct listing vm_listing;

/**
 * list_objects() - list objects, of several kinds perhaps
 * @options: how.
 * @listings: the kinds, at most LISTINGS_MAX, the last one followed by NULL.
 *
 * Return: the exit status of the command.
 */
int list_objects(const struct list_options *options,
		 const struct listing *const *listings);

json_object *cpu_to_json(const struct xvcpu_cpu_info *cpu);
json_object *vcpu_to_json(const struct xvcpu_vcpu_info *vcpu);
json_object *vm_to_json(const struct xvcpu_vm_info *vm);

#endif /* OBJECTS_H */
