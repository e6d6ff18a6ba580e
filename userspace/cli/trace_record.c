// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu trace record: the exits of some vCPUs, or of all, into a file.
 */
#define _GNU_SOURCE
#include "trace.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <xvcpu_borrow.h>
#include <xvcpu_exit_trace.h>
#include <xvcpu_nl.h>

#include "command.h"
#include "out.h"

/* In what is polled: these two, then each vCPU's trace and process. */
enum { SIGNALS, TIMER, SOURCES };

/**
 * struct source - a vCPU that is recorded
 * @vcpu: its key.
 * @tgid: its process.
 * @trace: its trace.
 * @written: how many of its exits are in the file.
 */
struct source {
	uint32_t vcpu;
	uint32_t tgid;
	struct xvcpu_trace trace;
	uint64_t written;
};

struct recorder {
	const struct trace_options *options;
	struct source *sources;
	size_t nr;
	struct pollfd *fds;
	FILE *file;
	uint64_t written;
	bool full;
	bool failed;
};

/* --- which vCPUs --- */

static bool is_named(const struct trace_options *options, uint32_t key)
{
	size_t i;

	for (i = 0; i < options->nr_keys; i++)
		if (options->keys[i] == key)
			return true;
	return !options->nr_keys;
}

static void add_source(const struct xvcpu_vcpu_info *vcpu, void *arg)
{
	struct recorder *r = arg;
	struct source *sources;

	if (!is_named(r->options, vcpu->key))
		return;
	sources = realloc(r->sources, (r->nr + 1) * sizeof(*sources));
	if (!sources) {
		r->failed = true;
		return;
	}
	r->sources = sources;
	sources[r->nr++] = (struct source) {
		.vcpu = vcpu->key,
		.tgid = vcpu->tgid,
	};
}

static int find_sources(struct recorder *r)
{
	struct xvcpu_nl *nl;
	int err;

	if (connect_module(&nl))
		return -1;
	err = xvcpu_nl_vcpus(nl, add_source, r);
	if (err)
		say_refusal(nl, err);
	xvcpu_nl_close(nl);
	if (err || r->failed)
		return -1;
	if (r->nr && r->nr >= r->options->nr_keys)
		return 0;
	out_error("no such vCPU: 'xvcpu vcpus' lists those that there are");
	return -1;
}

static int say_not_traced(const struct source *source, int err)
{
	if (err == -EBUSY)
		out_error("vCPU %u is traced already: end the other 'xvcpu trace record'",
			  source->vcpu);
	else if (err == -EPERM || err == -EACCES)
		out_error("vCPU %u is process %u's, which you may not trace: be root, or its user with ptrace allowed",
			  source->vcpu, source->tgid);
	else
		out_error("vCPU %u of process %u: %s", source->vcpu,
			  source->tgid, strerror(-err));
	return -1;
}

static int open_source(const struct recorder *r, struct source *source)
{
	int fd = xvcpu_borrow_vcpu(source->tgid, source->vcpu);
	int err;

	if (fd < 0)
		return say_not_traced(source, fd);
	err = xvcpu_trace_open(&source->trace, fd, r->options->ring,
			       r->options->block ? XVCPU_EXIT_TRACE_BLOCK : 0);
	close(fd);
	return err ? say_not_traced(source, err) : 0;
}

/* --- what is waited for --- */

static int signals_fd(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int timer_fd(uint32_t seconds)
{
	struct itimerspec time = { .it_value.tv_sec = seconds };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	timerfd_settime(fd, 0, &time, NULL);
	return fd;
}

static void wait_for(struct pollfd *at, int fd)
{
	at->fd = fd;
	at->events = POLLIN;
}

static int start(struct recorder *r)
{
	size_t i;

	r->fds = calloc(SOURCES + 2 * r->nr, sizeof(*r->fds));
	if (!r->fds)
		return -1;
	wait_for(&r->fds[SIGNALS], signals_fd());
	wait_for(&r->fds[TIMER], timer_fd(r->options->seconds));
	for (i = 0; i < r->nr; i++) {
		if (open_source(r, &r->sources[i]))
			return -1;
		wait_for(&r->fds[SOURCES + 2 * i], r->sources[i].trace.fd);
		wait_for(&r->fds[SOURCES + 2 * i + 1],
			 pidfd_open(r->sources[i].tgid, 0));
	}
	return 0;
}

/* --- recording --- */

static void drain(struct recorder *r, struct source *source)
{
	struct trace_entry entry = { .vcpu = source->vcpu };

	while (!r->full && xvcpu_trace_next(&source->trace, &entry.record)) {
		if (trace_file_write(r->file, &entry)) {
			r->full = r->failed = true;
			out_error("%s: %s: the record ends here",
				  r->options->path, strerror(errno));
			return;
		}
		source->written++;
		r->full = ++r->written == r->options->count;
	}
}

/* The traces hold the VMs, so that what the guests did last is read after all. */
static bool all_have_ended(struct recorder *r)
{
	bool ended = true;
	size_t i;

	for (i = 0; i < r->nr; i++) {
		if (r->fds[SOURCES + 2 * i + 1].revents)
			r->fds[SOURCES + 2 * i + 1].fd = -1;
		ended &= r->fds[SOURCES + 2 * i + 1].fd < 0;
	}
	return ended;
}

static void record(struct recorder *r)
{
	bool over = false;
	size_t i;

	while (!over && !r->full) {
		if (poll(r->fds, SOURCES + 2 * r->nr, -1) < 0)
			break;
		over = r->fds[SIGNALS].revents || r->fds[TIMER].revents ||
		       all_have_ended(r);
		for (i = 0; i < r->nr; i++)
			drain(r, &r->sources[i]);
	}
}

/* On standard error, for the record may go to standard output. */
static void say_what_is_there(const struct recorder *r)
{
	size_t i;

	for (i = 0; i < r->nr; i++)
		fprintf(stderr, "vCPU %u: %llu exits recorded, %llu lost\n",
			r->sources[i].vcpu,
			(unsigned long long)r->sources[i].written,
			(unsigned long long)r->sources[i].trace.lost);
}

static void close_all(struct recorder *r)
{
	size_t i;

	for (i = 0; i < r->nr; i++)
		if (r->sources[i].trace.header)
			xvcpu_trace_close(&r->sources[i].trace);
	free(r->sources);
	free(r->fds);
}

static int record_to_file(struct recorder *r)
{
	r->file = trace_file_create(r->options->path);
	if (!r->file)
		return REFUSED;
	record(r);
	if (fclose(r->file) && !r->failed) {
		r->failed = true;
		out_error("%s: %s", r->options->path, strerror(errno));
	}
	say_what_is_there(r);
	return r->failed ? REFUSED : DONE;
}

int trace_record(const struct trace_options *options)
{
	struct recorder r = { .options = options };
	int status = REFUSED;

	if (!find_sources(&r) && !start(&r))
		status = record_to_file(&r);
	close_all(&r);
	return status;
}
