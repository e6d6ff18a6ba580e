/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs, vCPUs and VMs as rows of tables and as JSON.
 */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <json-c/json.h>
#include <xvcpu_nl.h>

struct command;
struct list_options;
struct out_table;

/**
 * struct listing - objects of one kind, as a table or as JSON
 * @name: their key in JSON.
 * @table: a table of them without rows.
 * @read: reads those that are wanted, each as a row or, for JSON, appended.
 */
struct listing {
	const char *name;
	struct out_table *(*table)(void);
	int (*read)(struct xvcpu_nl *nl, const struct list_options *options,
		    void *to);
};

/** list_objects() - the whole of a command that lists, with its exit status */
int list_objects(const struct command *self, int argc, char **argv,
		 const struct listing *listing);

/* A table of them without rows; a row; an object; one more object in an array. */
struct out_table *cpu_table(void);
void cpu_row(const struct xvcpu_cpu_info *cpu, void *table);
json_object *cpu_to_json(const struct xvcpu_cpu_info *cpu);
void cpu_append(const struct xvcpu_cpu_info *cpu, void *array);

struct out_table *vcpu_table(void);
void vcpu_row(const struct xvcpu_vcpu_info *vcpu, void *table);
json_object *vcpu_to_json(const struct xvcpu_vcpu_info *vcpu);
void vcpu_append(const struct xvcpu_vcpu_info *vcpu, void *array);

struct out_table *vm_table(void);
void vm_row(const struct xvcpu_vm_info *vm, void *table);
json_object *vm_to_json(const struct xvcpu_vm_info *vm);
void vm_append(const struct xvcpu_vm_info *vm, void *array);

#endif /* OBJECTS_H */
