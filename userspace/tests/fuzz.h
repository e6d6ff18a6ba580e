/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzzer is made of: random numbers, file descriptors, requests and
 * their arguments, the calls.
 *
 * Each call has a generator of its own, made of the seed, the round, the thread
 * and the call's number.  So what a thread does, and with which bytes, follows
 * from the seed alone; which file or address it meets depends on what the other
 * threads have done by then.
 */
#ifndef XVCPU_TESTS_FUZZ_H
#define XVCPU_TESTS_FUZZ_H

#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <linux/kvm.h>

/* --- random numbers --- */

struct fuzz_random {
	uint64_t state;
};

void fuzz_random_init(struct fuzz_random *random, uint64_t seed, uint32_t round,
		      uint32_t thread, uint32_t call);
uint64_t fuzz_random_next(struct fuzz_random *random);
uint32_t fuzz_random_below(struct fuzz_random *random, uint32_t limit);
bool fuzz_random_percent(struct fuzz_random *random, uint32_t percent);
/* A value that something might get wrong. */
uint64_t fuzz_random_value(struct fuzz_random *random);
void fuzz_random_bytes(struct fuzz_random *random, void *bytes, size_t size);

/* --- file descriptors: a table that all threads share --- */

enum fuzz_kind {
	FUZZ_SYS, FUZZ_VM, FUZZ_VCPU, FUZZ_STATS, FUZZ_TRACE, FUZZ_OTHER,
	FUZZ_NR_KINDS
};

struct fuzz_file {
	int fd;			/* -1: this place is free */
	enum fuzz_kind kind;
	struct kvm_run *run;	/* of a vCPU; stays mapped */
	bool core;		/* stays open */
};

#define FUZZ_FILES	40

void fuzz_file_init(void);
void fuzz_file_add(int fd, enum fuzz_kind kind, bool core);
/* One of this kind, or any if there is none; by value, for others close it. */
struct fuzz_file fuzz_file_pick(uint64_t choice, enum fuzz_kind kind);
struct fuzz_file fuzz_file_any(uint64_t choice);
void fuzz_file_close(uint64_t choice);

/* --- a thread: where its arguments lie --- */

#define FUZZ_MAX_REQUESTS	80
#define FUZZ_ARENA_PAGES	8
#define FUZZ_ARENA_SIZE		(FUZZ_ARENA_PAGES * 0x1000UL)

struct fuzz_thread {
	uint8_t *arena;		/* below 4 GiB, with nothing after it */
	uint8_t *read_only;	/* a page */
	uint8_t *closed;	/* a page without access */
	struct fuzz_random random;
	int netlink;
	timer_t timer;
	pthread_t thread;
	uint32_t number;
	uint32_t calls;
	bool ended;
	/* What it is at, for who waits for it. */
	const char *doing;
	uint64_t words[3];
	/* The calls so far, and the errors that are not documented. */
	uint32_t done;
	uint32_t surprises;
	uint32_t succeeded[FUZZ_MAX_REQUESTS];
	uint64_t digest;
	bool dry;		/* only decide what is to be done */
	sigjmp_buf touched;
	bool touching;
};

void fuzz_thread_map(struct fuzz_thread *t);

/* --- the guest's memory, a file that is mapped --- */

struct fuzz_memory {
	int fd;
	uint8_t *at;
	size_t size;
	uint8_t *image;		/* what it was at first: tables and code */
	size_t image_size;
};

extern struct fuzz_memory fuzz_memory;

/* --- requests --- */

struct fuzz_request {
	const char *name;
	unsigned long request;
	enum fuzz_kind kind;
	const int *errors;	/* which it may give, to a 0 */
	/* Fills in an argument that may work; none: the argument is a value. */
	size_t (*fill)(struct fuzz_thread *t, const struct fuzz_request *r,
		       uint8_t *arg);
	bool makes_fd;
	enum fuzz_kind makes;
};

extern const struct fuzz_request fuzz_requests[];
extern const size_t fuzz_nr_requests;

const struct fuzz_request *fuzz_request_find(unsigned long request);
bool fuzz_request_may_give(unsigned long request, int error);

/* --- arguments --- */

/* What the vCPU's state is at first; KVM_GET_* of it. */
void fuzz_argument_capture(int sys, int vcpu);
/* The argument for a call, in the arena or elsewhere. */
unsigned long fuzz_argument_make(struct fuzz_thread *t,
				 const struct fuzz_request *r);

/* --- calls --- */

void fuzz_call_one(struct fuzz_thread *t);
long fuzz_call_netlink(struct fuzz_thread *t);
int fuzz_netlink_family(void);

#endif /* XVCPU_TESTS_FUZZ_H */
