/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs, vCPUs and VMs as rows of tables and as JSON.
 */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <json-c/json.h>
#include <xvcpu_nl.h>

struct out_table;

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
