// SPDX-License-Identifier: GPL-2.0
/*
 * A recorded exit in words (SDM, "Exit Qualification for ...").
 */
#include "trace.h"

#include <asm/vmx.h>
#include <xvcpu_names.h>

#define VALID	(1U << 31)

static bool failed(const struct xvcpu_exit_record *record)
{
	return record->flags & XVCPU_EXIT_RECORD_FAILED;
}

/* Without bit 31 it is an error of the VMLAUNCH or VMRESUME instruction. */
static bool has_reason(const struct xvcpu_exit_record *record)
{
	return !failed(record) ||
	       (record->reason & VMX_EXIT_REASONS_FAILED_VMENTRY);
}

const char *trace_reason(const struct xvcpu_exit_record *record)
{
	return has_reason(record) ? xvcpu_name_reason(record->reason & 0xffff) :
				    "vm-instruction-error";
}

bool trace_handled(const struct trace_pair *pair, uint64_t *ns)
{
	const struct xvcpu_exit_record *record = &pair->entry->record;

	if (!pair->next || pair->next->record.entered < record->time ||
	    pair->next->record.sequence != record->sequence + 1)
		return false;
	*ns = pair->next->record.entered - record->time;
	return true;
}

static void describe_io(const struct xvcpu_exit_record *record, char *text,
			size_t size)
{
	uint64_t q = record->qualification;

	snprintf(text, size, "%s%s%s port 0x%x, %d byte%s",
		 q & 0x20 ? "rep " : "", q & 8 ? "in" : "out",
		 q & 0x10 ? "s" : "", record->operand, (int)(q & 7) + 1,
		 q & 7 ? "s" : "");
}

static void describe_ept(const struct xvcpu_exit_record *record, char *text,
			 size_t size)
{
	uint64_t q = record->qualification;

	snprintf(text, size, "%s at gpa 0x%llx",
		 q & 4 ? "fetch" : q & 2 ? "write" : "read",
		 (unsigned long long)record->gpa);
}

static void describe_cr(const struct xvcpu_exit_record *record, char *text,
			size_t size)
{
	static const char *const access[] = {
		"write of cr%d", "read of cr%d", "clts", "lmsw",
	};
	uint64_t q = record->qualification;
	char what[32];

	snprintf(what, sizeof(what), access[q >> 4 & 3], (int)(q & 15));
	if ((q >> 4 & 3) < 2)
		snprintf(text, size, "%s, %s", what,
			 xvcpu_name_exit_reg(q >> 8 & 15));
	else
		snprintf(text, size, "%s", what);
}

static void describe_other(const struct xvcpu_exit_record *record, char *text,
			   size_t size)
{
	if (record->interrupt & VALID)
		snprintf(text, size, "vector %d", record->interrupt & 0xff);
	else if (record->qualification)
		snprintf(text, size, "qualification 0x%llx",
			 (unsigned long long)record->qualification);
	else
		text[0] = 0;
}

void trace_describe(const struct xvcpu_exit_record *record, char *text,
		    size_t size)
{
	if (!has_reason(record)) {
		snprintf(text, size, "number %u", record->reason);
		return;
	}
	switch (record->reason & 0xffff) {
	case EXIT_REASON_IO_INSTRUCTION:
		describe_io(record, text, size);
		break;
	case EXIT_REASON_EPT_VIOLATION:
	case EXIT_REASON_EPT_MISCONFIG:
		describe_ept(record, text, size);
		break;
	case EXIT_REASON_MSR_READ:
	case EXIT_REASON_MSR_WRITE:
		snprintf(text, size, "msr 0x%x", record->operand);
		break;
	case EXIT_REASON_CR_ACCESS:
		describe_cr(record, text, size);
		break;
	default:
		describe_other(record, text, size);
	}
}
