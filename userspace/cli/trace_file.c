// SPDX-License-Identifier: GPL-2.0
/*
 * A file of recorded exits: a header, then one entry after the other.
 */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <asm/vmx.h>

#include "out.h"

#define VERSION	1

struct header {
	char magic[8];
	uint32_t version;
	uint32_t entry_size;
};

static const struct header header = {
	.magic = "XVCPUEXT",
	.version = VERSION,
	.entry_size = sizeof(struct trace_entry),
};

FILE *trace_file_create(const char *path)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "we") : stdout;

	if (file && fwrite(&header, sizeof(header), 1, file) == 1)
		return file;
	out_error("%s: %s: choose a file that can be written", path,
		  strerror(errno));
	return NULL;
}

int trace_file_write(FILE *file, const struct trace_entry *entry)
{
	return fwrite(entry, sizeof(*entry), 1, file) == 1 ? 0 : -1;
}

FILE *trace_file_open(const char *path)
{
	FILE *file = fopen(path, "re");
	struct header found;

	if (!file) {
		out_error("%s: %s", path, strerror(errno));
		return NULL;
	}
	if (fread(&found, sizeof(found), 1, file) == 1 &&
	    !memcmp(&found, &header, sizeof(header)))
		return file;
	out_error("%s is no trace of this version of xvcpu: record it with 'xvcpu trace record'",
		  path);
	fclose(file);
	return NULL;
}

bool trace_wanted(const struct trace_filter *filter,
		  const struct trace_entry *entry)
{
	const struct xvcpu_exit_record *record = &entry->record;
	uint64_t rip = record->reg[XVCPU_EXIT_REG_RIP].new;

	if (filter->by_vcpu && entry->vcpu != filter->vcpu)
		return false;
	if (filter->by_reason && (record->reason & 0xffff) != filter->reason)
		return false;
	if (filter->by_rip && (rip < filter->rip || rip > filter->rip_end))
		return false;
	return !filter->by_port ||
	       ((record->reason & 0xffff) == EXIT_REASON_IO_INSTRUCTION &&
		record->operand == filter->port);
}

/* --- all entries, with what followed --- */

/* The latest entry of each vCPU, which waits for the one that follows. */
struct waiting {
	struct trace_entry *entries;
	size_t nr;
};

static struct trace_entry *find(struct waiting *waiting, uint32_t vcpu)
{
	size_t i;

	for (i = 0; i < waiting->nr; i++)
		if (waiting->entries[i].vcpu == vcpu)
			return &waiting->entries[i];
	return NULL;
}

static int add(struct waiting *waiting, const struct trace_entry *entry)
{
	struct trace_entry *entries;

	entries = realloc(waiting->entries,
			  (waiting->nr + 1) * sizeof(*entries));
	if (!entries)
		return -1;
	waiting->entries = entries;
	entries[waiting->nr++] = *entry;
	return 0;
}

struct walk {
	const struct trace_filter *filter;
	void (*fn)(const struct trace_pair *pair, void *arg);
	void *arg;
	struct waiting waiting;
};

static void hand_over(const struct walk *walk, const struct trace_entry *entry,
		      const struct trace_entry *next)
{
	struct trace_pair pair = { .entry = entry, .next = next };

	if (trace_wanted(walk->filter, entry))
		walk->fn(&pair, walk->arg);
}

static int one(struct walk *walk, const struct trace_entry *entry)
{
	struct trace_entry *before = find(&walk->waiting, entry->vcpu);

	if (!before)
		return add(&walk->waiting, entry);
	hand_over(walk, before, entry);
	*before = *entry;
	return 0;
}

static int walk_file(struct walk *walk, FILE *file)
{
	struct trace_entry entry;
	size_t i, got;

	while ((got = fread(&entry, 1, sizeof(entry), file)) == sizeof(entry))
		if (one(walk, &entry))
			return -1;
	for (i = 0; i < walk->waiting.nr; i++)
		hand_over(walk, &walk->waiting.entries[i], NULL);
	if (!got && !ferror(file))
		return 0;
	out_error("the trace ends in the middle of a record: it was not recorded to its end");
	return -1;
}

int trace_file_each(FILE *file, const struct trace_filter *filter,
		    void (*fn)(const struct trace_pair *pair, void *arg),
		    void *arg)
{
	struct walk walk = { .filter = filter, .fn = fn, .arg = arg };
	int ret;

	if (fseek(file, sizeof(header), SEEK_SET)) {
		out_error("the trace has to be a file: it is read twice");
		return -1;
	}
	ret = walk_file(&walk, file);
	free(walk.waiting.entries);
	return ret;
}
