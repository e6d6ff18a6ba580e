/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What "xvcpu trace" records, and the ways to look at it.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/xvcpu.h>

/**
 * struct trace_entry - a record as it stands in a file
 * @vcpu: the vCPU's key.
 * @padding: 0.
 * @record: its VM exit.
 */
struct trace_entry {
	uint32_t vcpu;
	uint32_t padding;
	struct xvcpu_exit_record record;
};

/**
 * struct trace_filter - which entries are wanted; all, if it is zero
 * @by_vcpu: only those of @vcpu.
 * @by_reason: only those with the basic exit reason @reason.
 * @by_rip: only exits where RIP was from @rip to @rip_end.
 * @by_port: only port I/O at @port.
 */
struct trace_filter {
	bool by_vcpu;
	bool by_reason;
	bool by_rip;
	bool by_port;
	uint32_t vcpu;
	uint32_t reason;
	uint64_t rip;
	uint64_t rip_end;
	uint32_t port;
};

bool trace_wanted(const struct trace_filter *filter,
		  const struct trace_entry *entry);

/* --- files --- */

/** trace_file_create() - a file to record in, "-" for standard output; or NULL */
FILE *trace_file_create(const char *path);

/** trace_file_write() - one more entry: 0, or -1 */
int trace_file_write(FILE *file, const struct trace_entry *entry);

/** trace_file_open() - a file that was recorded; says what is wrong, or NULL */
FILE *trace_file_open(const char *path);

/**
 * struct trace_pair - an entry, and the one of the same vCPU that followed
 * @entry: it.
 * @next: that, or NULL at the end.
 */
struct trace_pair {
	const struct trace_entry *entry;
	const struct trace_entry *next;
};

/**
 * trace_file_each() - go through a file from its beginning
 * @file: the file.
 * @filter: which entries.
 * @fn: called with each, in the order of what followed.
 * @arg: its argument.
 *
 * Return: 0, or -1 if the file is damaged, which was said.
 */
int trace_file_each(FILE *file, const struct trace_filter *filter,
		    void (*fn)(const struct trace_pair *pair, void *arg),
		    void *arg);

/* --- an entry in words --- */

/* What the exit was about: a port, an address, a vector. */
void trace_describe(const struct xvcpu_exit_record *record, char *text,
		    size_t size);
/* The exit reason, or what there is instead of one. */
const char *trace_reason(const struct xvcpu_exit_record *record);
/* Nanoseconds from the exit to the next entry; false if that is not known. */
bool trace_handled(const struct trace_pair *pair, uint64_t *ns);

/* --- recording: exit status --- */

/**
 * struct trace_options - what is to be recorded
 * @path: the file.
 * @keys: the vCPUs; all that there are, if there are none.
 * @nr_keys: how many.
 * @ring: records of each vCPU's ring.
 * @block: have a vCPU wait rather than lose records.
 * @count: end after so many exits; 0: do not.
 * @seconds: end after this time; 0: do not.
 */
struct trace_options {
	const char *path;
	uint32_t *keys;
	size_t nr_keys;
	uint32_t ring;
	bool block;
	uint32_t count;
	uint32_t seconds;
};

int trace_record(const struct trace_options *options);

/* --- views: exit status --- */

struct trace_view {
	bool json;
	bool no_registers;
};

int trace_show(FILE *file, const struct trace_filter *filter,
	       const struct trace_view *view);
int trace_chrome(FILE *file, const struct trace_filter *filter);
int trace_svg(FILE *file, const struct trace_filter *filter);
int trace_times(FILE *file, const struct trace_filter *filter);

#endif /* TRACE_H */
