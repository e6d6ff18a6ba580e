// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of a vCPU: by netlink, and by its descriptor, which is borrowed
 * from its process.
 */
#define _GNU_SOURCE
#include "explain.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xvcpu_borrow.h>
#include <xvcpu_dev.h>
#include <xvcpu_exit_trace.h>

#define TRACE_RECORDS	64
#define ENOUGH		16	/* exits to know where the guest is */
#define TRACE_NS	1000000000ULL

static void pause_for(double seconds)
{
	struct timespec time = {
		.tv_sec = seconds,
		.tv_nsec = (seconds - (time_t)seconds) * 1e9,
	};

	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

/* What the vCPU shares with its process says how the latest KVM_RUN ended. */
static void read_run(struct facts *facts)
{
	const volatile struct kvm_run *run;
	size_t size = sizeof(*run);

	if (facts->fd < 0)
		return;
	run = mmap(NULL, size, PROT_READ, MAP_SHARED, facts->fd, 0);
	if (run == MAP_FAILED)
		return;
	facts->has_run = true;
	facts->run_exit = run->exit_reason;
	if (facts->run_exit == KVM_EXIT_FAIL_ENTRY) {
		facts->failure = run->fail_entry.hardware_entry_failure_reason;
		facts->failure_cpu = run->fail_entry.cpu;
	}
	munmap((void *)run, size);
}

static void read_process(struct xvcpu_nl *nl, struct facts *facts)
{
	struct xvcpu_vm_info vm;

	if (!xvcpu_nl_vm(nl, facts->vcpu.vm, &vm))
		memcpy(facts->process, vm.name, sizeof(vm.name));
}

static int read_interval(struct xvcpu_nl *nl, uint32_t key, double seconds,
			 struct facts *facts)
{
	struct sample before, now;
	int err;

	err = sample_read(nl, &key, &before);
	if (err)
		return err;
	err = xvcpu_nl_vcpu(nl, key, &facts->before);
	if (!err) {
		pause_for(seconds);
		err = xvcpu_nl_vcpu(nl, key, &facts->vcpu);
	}
	if (!err)
		err = sample_read(nl, &key, &now);
	if (!err) {
		sample_sum(&now, &before, &facts->exits);
		sample_free(&now);
	}
	sample_free(&before);
	return err;
}

int facts_read(struct xvcpu_nl *nl, uint32_t key, double seconds,
	       struct facts *facts)
{
	int err;

	memset(facts, 0, sizeof(*facts));
	facts->fd = -EBADF;
	err = read_interval(nl, key, seconds, facts);
	if (err)
		return err;
	if (facts->vcpu.pinned_cpu != XVCPU_CPU_NONE)
		err = xvcpu_nl_cpu(nl, facts->vcpu.pinned_cpu, false,
				   &facts->cpu);
	if (err)
		return err;
	read_process(nl, facts);
	facts->fd = xvcpu_borrow_vcpu(facts->vcpu.tgid, key);
	read_run(facts);
	return 0;
}

void facts_read_broken(struct facts *facts)
{
	const struct xvcpu_vcpu vcpu = { .fd = facts->fd };

	if (facts->fd >= 0)
		facts->has_broken = !xvcpu_vcpu_get_failure(&vcpu,
							    &facts->broken);
}

void facts_free(struct facts *facts)
{
	if (facts->fd >= 0)
		close(facts->fd);
}

/* --- where it is --- */

static void note_rip(struct rip_range *range, uint64_t rip)
{
	if (!range->samples || rip < range->low)
		range->low = rip;
	if (!range->samples || rip > range->high)
		range->high = rip;
	range->samples++;
}

static void take_records(struct xvcpu_trace *trace, struct rip_range *range)
{
	struct xvcpu_exit_record record;

	while (xvcpu_trace_next(trace, &record)) {
		if (!(record.flags & XVCPU_EXIT_RECORD_FAILED))
			note_rip(range, record.reg[XVCPU_EXIT_REG_RIP].new);
	}
}

void facts_read_rip(struct facts *facts)
{
	uint64_t end = now_ns() + TRACE_NS, now;
	struct xvcpu_trace trace;
	struct pollfd fd = { .events = POLLIN };

	if (facts->fd < 0 ||
	    xvcpu_trace_open(&trace, facts->fd, TRACE_RECORDS, 0))
		return;
	fd.fd = trace.fd;
	while (facts->rip.samples < ENOUGH && (now = now_ns()) < end) {
		poll(&fd, 1, (end - now) / 1000000 + 1);
		take_records(&trace, &facts->rip);
	}
	xvcpu_trace_close(&trace);
}
