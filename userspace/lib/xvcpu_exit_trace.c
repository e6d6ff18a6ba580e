// SPDX-License-Identifier: GPL-2.0
/*
 * Reading a vCPU's exit trace.
 */
#include "xvcpu_exit_trace.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADER_SIZE	4096

static size_t size_of(uint32_t records)
{
	return HEADER_SIZE + records * sizeof(struct xvcpu_exit_record);
}

int xvcpu_trace_open(struct xvcpu_trace *trace, int vcpu_fd, uint32_t records,
		     uint32_t flags)
{
	struct xvcpu_exit_trace how = { .records = records, .flags = flags };
	void *ring;
	int err;

	memset(trace, 0, sizeof(*trace));
	trace->fd = ioctl(vcpu_fd, XVCPU_OPEN_EXIT_TRACE, &how);
	if (trace->fd < 0)
		return -errno;
	ring = mmap(NULL, size_of(records), PROT_READ | PROT_WRITE, MAP_SHARED,
		    trace->fd, 0);
	if (ring == MAP_FAILED) {
		err = -errno;
		close(trace->fd);
		return err;
	}
	trace->header = ring;
	trace->records = (void *)((char *)ring + HEADER_SIZE);
	return 0;
}

void xvcpu_trace_close(struct xvcpu_trace *trace)
{
	munmap(trace->header, size_of(trace->header->records));
	close(trace->fd);
}

int xvcpu_trace_switch(struct xvcpu_trace *trace, bool on)
{
	return ioctl(trace->fd, XVCPU_SET_EXIT_TRACE, (unsigned long)on) ?
	       -errno : 0;
}

/* A record that is overwritten while it is copied has another number by then. */
static bool copy(const struct xvcpu_exit_record *from, uint64_t number,
		 struct xvcpu_exit_record *to)
{
	if (__atomic_load_n(&from->sequence, __ATOMIC_ACQUIRE) != number + 1)
		return false;
	memcpy(to, from, sizeof(*to));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&from->sequence, __ATOMIC_RELAXED) == number + 1;
}

bool xvcpu_trace_next(struct xvcpu_trace *trace,
		      struct xvcpu_exit_record *record)
{
	struct xvcpu_exit_trace_header *header = trace->header;
	uint64_t tail = header->tail, head;
	bool found = false;

	while (!found) {
		head = __atomic_load_n(&header->head, __ATOMIC_ACQUIRE);
		if (head == tail)
			break;
		if (head - tail > header->records) {
			trace->lost += head - tail - header->records;
			tail = head - header->records;
		}
		found = copy(&trace->records[tail & (header->records - 1)],
			     tail, record);
		trace->lost += !found;
		tail++;
	}
	__atomic_store_n(&header->tail, tail, __ATOMIC_RELEASE);
	return found;
}
