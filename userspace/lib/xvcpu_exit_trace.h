/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading a vCPU's exit trace.  Prints nothing.
 *
 * A trace belongs to one thread at a time.
 */
#ifndef XVCPU_EXIT_TRACE_H
#define XVCPU_EXIT_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/xvcpu.h>

/**
 * struct xvcpu_trace - a trace that is open
 * @fd: its descriptor, for poll().
 * @header: the ring's first page.
 * @records: the records.
 * @lost: how many were overwritten before they were read.
 */
struct xvcpu_trace {
	int fd;
	struct xvcpu_exit_trace_header *header;
	const struct xvcpu_exit_record *records;
	uint64_t lost;
};

/**
 * xvcpu_trace_open() - trace the exits of a vCPU
 * @trace: what is filled.
 * @vcpu_fd: the vCPU's descriptor.
 * @records: size of the ring, a power of 2.
 * @flags: XVCPU_EXIT_TRACE_*.
 *
 * Return: 0, or a negative errno: of the ioctl, or of mmap().
 */
int xvcpu_trace_open(struct xvcpu_trace *trace, int vcpu_fd, uint32_t records,
		     uint32_t flags);

/** xvcpu_trace_close() - end it */
void xvcpu_trace_close(struct xvcpu_trace *trace);

/** xvcpu_trace_switch() - on or off: 0, or a negative errno */
int xvcpu_trace_switch(struct xvcpu_trace *trace, bool on);

/**
 * xvcpu_trace_next() - take the next record
 * @trace: the trace.
 * @record: what is filled.
 *
 * A vCPU that waits for room goes on at the next poll().
 *
 * Return: whether there was one.
 */
bool xvcpu_trace_next(struct xvcpu_trace *trace,
		      struct xvcpu_exit_record *record);

#endif /* XVCPU_EXIT_TRACE_H */
