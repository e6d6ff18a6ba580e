// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzer's calls: what one step of a thread does.
 *
 * Every step decides first, with the numbers of its own generator, and acts
 * then; a dry step only decides.
 */
#define _GNU_SOURCE
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define MAPPINGS	8
#define LONGEST_RUN_NS	1000000

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ	22
#define MADV_POPULATE_WRITE	23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE		25
#endif

/* What is being done, for the digest and for whoever finds the thread stuck. */
static void say(struct fuzz_thread *t, const char *doing, uint64_t a,
		uint64_t b)
{
	const char *c;

	t->doing = doing;
	t->words[0] = a;
	t->words[1] = b;
	for (c = doing; *c; c++)
		t->digest = (t->digest ^ *c) * 0x100000001b3;
	t->digest = (t->digest ^ a) * 0x100000001b3;
	t->digest = (t->digest ^ b) * 0x100000001b3;
}

static void surprise(struct fuzz_thread *t, const char *what, uint64_t word,
		     long ret)
{
	t->surprises++;
	printf("# thread %u, call %u: %s 0x%llx gave %s\n", t->number, t->done,
	       what, (unsigned long long)word, strerror(-ret));
}

/* --- ioctls --- */

/* As a program of 32 bits: what is above 4 GiB is cut off. */
static long compat_ioctl(int fd, unsigned long request, unsigned long arg)
{
	long ret = 54;

	asm volatile("int $0x80" : "+a" (ret)
		     : "b" ((long)fd), "c" (request), "d" (arg)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}

static bool has_compat(void)
{
	static int has = -1;

	if (has < 0)
		has = !access("/proc/sys/abi/vsyscall32", F_OK);
	return has;
}

static long do_ioctl(struct fuzz_thread *t, int fd, unsigned long request,
		     unsigned long arg, bool compat)
{
	long ret;

	t->words[2] = fd;
	if (compat && has_compat())
		return compat_ioctl(fd, (uint32_t)request, (uint32_t)arg);
	ret = ioctl(fd, request, arg);
	return ret < 0 ? -errno : ret;
}

/*
 * A signal now and then, from so many ns on; none if 0. So every KVM_RUN ends,
 * whatever the guest does, and some other calls are interrupted.
 */
static void set_timer(struct fuzz_thread *t, long ns)
{
	struct itimerspec often = {
		.it_value.tv_nsec = ns,
		.it_interval.tv_nsec = ns ? LONGEST_RUN_NS : 0,
	};

	timer_settime(t->timer, 0, &often, NULL);
}

static void take_result(struct fuzz_thread *t, const struct fuzz_request *r,
			enum fuzz_kind on, long ret)
{
	if (ret < 0) {
		if (!fuzz_request_may_give(r->request, -ret))
			surprise(t, r->name, r->request, ret);
		return;
	}
	t->succeeded[r - fuzz_requests]++;
	if (r->makes_fd && (on == FUZZ_SYS || on == FUZZ_VM ||
			    on == FUZZ_VCPU))
		fuzz_file_add(ret, r->makes, false);
}

static void call_request(struct fuzz_thread *t, const struct fuzz_request *r)
{
	bool astray = fuzz_random_percent(&t->random, 8);
	bool compat = fuzz_random_percent(&t->random, 5);
	bool timed = fuzz_random_percent(&t->random, 5) ||
		     r->request == KVM_RUN;
	long ns = 10000 + fuzz_random_below(&t->random, LONGEST_RUN_NS);
	uint64_t choice = fuzz_random_next(&t->random);
	unsigned long arg = fuzz_argument_make(t, r);
	struct fuzz_file file;
	long ret;

	/* An address differs from run to run, a value does not. */
	say(t, r->name, choice, r->fill ? arg % PAGE_SIZE : arg);
	if (t->dry)
		return;
	file = astray ? fuzz_file_any(choice) : fuzz_file_pick(choice, r->kind);
	if (timed)
		set_timer(t, ns);
	ret = do_ioctl(t, file.fd, r->request, arg, compat);
	if (timed)
		set_timer(t, 0);
	take_result(t, r, file.kind, ret);
}

static void call_known(struct fuzz_thread *t)
{
	call_request(t, &fuzz_requests[fuzz_random_below(&t->random,
							 fuzz_nr_requests)]);
}

static void call_run(struct fuzz_thread *t)
{
	call_request(t, fuzz_request_find(KVM_RUN));
}

/* A known number with another size or direction, or any number at all. */
static unsigned long unknown_request(struct fuzz_thread *t)
{
	uint32_t n = fuzz_random_below(&t->random, fuzz_nr_requests);
	unsigned long request = fuzz_requests[n].request;

	switch (fuzz_random_below(&t->random, 4)) {
	case 0:
		return request ^ 1UL << (16 + fuzz_random_below(&t->random, 16));
	case 1:
		return _IOC(fuzz_random_below(&t->random, 4), 0xae,
			    fuzz_random_below(&t->random, 256),
			    fuzz_random_below(&t->random, 0x4000));
	case 2:
		return _IOC(fuzz_random_below(&t->random, 4), 0xbd,
			    fuzz_random_below(&t->random, 256),
			    fuzz_random_below(&t->random, 64));
	default:
		return _IOC(fuzz_random_below(&t->random, 4),
			    0xa8 + fuzz_random_below(&t->random, 0x18),
			    fuzz_random_below(&t->random, 256),
			    fuzz_random_below(&t->random, 64));
	}
}

static void call_unknown(struct fuzz_thread *t)
{
	unsigned long request = unknown_request(t);
	uint64_t choice = fuzz_random_next(&t->random);
	unsigned long arg = fuzz_random_percent(&t->random, 50) ?
			    (uintptr_t)t->arena : 0;
	bool compat = fuzz_random_percent(&t->random, 10);
	struct fuzz_file file;
	long ret;

	say(t, "unknown", request, choice);
	if (t->dry || fuzz_request_find(request))
		return;
	file = fuzz_file_any(choice);
	ret = do_ioctl(t, file.fd, request, arg, compat);
	if (ret != -ENOTTY && ret != -EBADF && ret != -EIO &&
	    file.kind != FUZZ_OTHER)
		surprise(t, "unknown", request, ret);
}

/* --- a vCPU that can run --- */

static const struct fuzz_request *request_of(unsigned long request)
{
	return fuzz_request_find(request);
}

/* The mode it had at first, and its entry; with what is flipped in it. */
static void call_restart(struct fuzz_thread *t)
{
	call_request(t, request_of(KVM_SET_SREGS));
	call_request(t, request_of(KVM_SET_REGS));
	call_run(t);
}

/* Another guest's code, or noise, or the tables as they were. */
static void call_write_code(struct fuzz_thread *t)
{
	size_t guests = guests_known();
	uint32_t n = fuzz_random_below(&t->random, guests + guests / 2);
	const struct guest *guest = guest_number(n);
	uint8_t noise[64];

	fuzz_random_bytes(&t->random, noise, sizeof(noise));
	say(t, "code", n, noise[0]);
	if (t->dry)
		return;
	if (n < guests)
		pwrite(fuzz_memory.fd, guest->start, guest->end - guest->start,
		       GUEST_CODE);
	else if (n % 2)
		pwrite(fuzz_memory.fd, noise, sizeof(noise), GUEST_CODE);
	else
		pwrite(fuzz_memory.fd, fuzz_memory.image,
		       fuzz_memory.image_size, 0);
}

/* What userspace writes into struct kvm_run, while others run the vCPU. */
static void call_scribble(struct fuzz_thread *t)
{
	uint64_t choice = fuzz_random_next(&t->random);
	uint32_t what = fuzz_random_below(&t->random, 8);
	uint64_t value = fuzz_random_value(&t->random);
	uint32_t at = fuzz_random_below(&t->random, PAGE_SIZE / 8);
	struct kvm_run *run;

	say(t, "kvm_run", what, value);
	if (t->dry)
		return;
	run = fuzz_file_pick(choice, FUZZ_VCPU).run;
	if (!run)
		return;
	switch (what) {
	case 0:
		run->immediate_exit = value & 1;
		break;
	case 1:
		run->request_interrupt_window = value;
		break;
	case 2:
		run->cr8 = value;
		break;
	case 3:
		run->kvm_valid_regs = value & 7;
		break;
	case 4:
		run->kvm_dirty_regs = value & 7;
		break;
	case 5:
		memcpy(run->mmio.data, &value, sizeof(value));
		break;
	case 6:
		run->msr.error = value & 1;
		break;
	default:
		((uint64_t *)run)[at] = value;
	}
}

/* --- mappings of descriptors --- */

static struct {
	uint8_t *at;
	size_t size;
} mappings[MAPPINGS];
static pthread_mutex_t mappings_lock = PTHREAD_MUTEX_INITIALIZER;

/* What cannot be touched gives a signal: on_fault() of the program. */
static void touch(struct fuzz_thread *t, uint8_t *at, size_t size, bool write)
{
	size_t offset;

	if (!sigsetjmp(t->touched, 1)) {
		t->touching = true;
		for (offset = 0; offset < size; offset += PAGE_SIZE) {
			if (write)
				*(volatile uint8_t *)(at + offset) = 0;
			else
				*(volatile uint8_t *)(at + offset);
		}
	}
	t->touching = false;
}

static void unmap(uint32_t n)
{
	uint8_t *at;
	size_t size;

	pthread_mutex_lock(&mappings_lock);
	at = mappings[n].at;
	size = mappings[n].size;
	mappings[n].at = NULL;
	pthread_mutex_unlock(&mappings_lock);
	if (at)
		munmap(at, size);
}

static void keep_mapping(uint32_t n, uint8_t *at, size_t size)
{
	pthread_mutex_lock(&mappings_lock);
	if (!mappings[n].at) {
		mappings[n].at = at;
		mappings[n].size = size;
		at = NULL;
	}
	pthread_mutex_unlock(&mappings_lock);
	if (at)
		munmap(at, size);
}

static void call_map(struct fuzz_thread *t)
{
	uint32_t n = fuzz_random_below(&t->random, MAPPINGS);
	uint32_t how = fuzz_random_next(&t->random);
	size_t size = PAGE_SIZE * (1 + fuzz_random_below(&t->random, 5));
	off_t offset = PAGE_SIZE * fuzz_random_below(&t->random, 3);
	uint64_t choice = fuzz_random_next(&t->random);
	struct fuzz_file file;
	uint8_t *at;

	if (fuzz_random_percent(&t->random, 5))
		offset = fuzz_random_value(&t->random) & ~(PAGE_SIZE - 1);
	say(t, "map", how, offset);
	if (t->dry)
		return;
	unmap(n);
	file = how & 0x10000 ? fuzz_file_any(choice) :
			       fuzz_file_pick(choice, FUZZ_VCPU);
	at = mmap(NULL, size, how & 7, how & 8 ? MAP_PRIVATE : MAP_SHARED,
		  file.fd, offset);
	if (at == MAP_FAILED) {
		if (errno == EINTR || errno == ENOENT)
			surprise(t, "mmap of kind", file.kind, -errno);
		return;
	}
	touch(t, at, size, file.kind != FUZZ_VCPU && (how & 0x20));
	keep_mapping(n, at, size);
}

/* --- the memory of the slots --- */

static void remap(uint8_t *at, size_t size, off_t offset, uint32_t how)
{
	int prot = PROT_READ | PROT_WRITE;

	switch (how % 4) {
	case 0:
		mmap(at, size, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	case 1:
		mmap(at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		     -1, 0);
		break;
	default:
		mmap(at, size, prot, MAP_SHARED | MAP_FIXED, fuzz_memory.fd,
		     offset);
	}
}

static void call_memory(struct fuzz_thread *t)
{
	static const int advice[] = {
		MADV_DONTNEED, MADV_REMOVE, MADV_HUGEPAGE, MADV_NOHUGEPAGE,
		MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_COLD, MADV_PAGEOUT,
		MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_COLLAPSE,
	};
	uint32_t what = fuzz_random_below(&t->random, 16);
	uint32_t how = fuzz_random_next(&t->random);
	size_t pages = fuzz_memory.size / PAGE_SIZE;
	size_t first = fuzz_random_below(&t->random, pages);
	size_t n = fuzz_random_percent(&t->random, 20) ? pages :
		   1 + fuzz_random_below(&t->random, 64);
	uint8_t *at = fuzz_memory.at + first * PAGE_SIZE;

	if (n > pages - first)
		n = pages - first;
	say(t, "memory", what, first);
	if (t->dry)
		return;
	if (what < ARRAY_SIZE(advice))
		madvise(at, n * PAGE_SIZE, advice[what]);
	else if (what < 13)
		mprotect(at, n * PAGE_SIZE, how & 7);
	else
		remap(at, n * PAGE_SIZE, first * PAGE_SIZE, how);
}

/* --- the other system calls --- */

static void call_other(struct fuzz_thread *t)
{
	uint32_t what = fuzz_random_below(&t->random, 6);
	uint64_t choice = fuzz_random_next(&t->random);
	uint64_t value = fuzz_random_value(&t->random);
	size_t size = fuzz_random_below(&t->random, FUZZ_ARENA_SIZE + 2);
	struct pollfd poll_fd = { .events = POLLIN | POLLOUT };
	struct fuzz_file file;

	say(t, "other", what, value);
	if (t->dry)
		return;
	file = what < 3 ? fuzz_file_pick(choice, FUZZ_STATS) :
			  fuzz_file_any(choice);
	/* Pipes and the like would wait. */
	if (file.kind == FUZZ_OTHER)
		return;
	poll_fd.fd = file.fd;
	switch (what) {
	case 0:
		read(file.fd, t->arena, size);
		break;
	case 1:
		pread(file.fd, t->arena, size, value);
		break;
	case 2:
		pread(file.fd, t->closed, size, value % 1024);
		break;
	case 3:
		lseek(file.fd, value, value % 5);
		break;
	case 4:
		write(file.fd, t->arena, size);
		break;
	default:
		poll(&poll_fd, 1, 0);
	}
}

static void call_netlink(struct fuzz_thread *t)
{
	long ret;

	say(t, "netlink", t->random.state, 0);
	ret = fuzz_call_netlink(t);
	if (ret)
		surprise(t, "netlink", 0, ret);
}

static void call_open_close(struct fuzz_thread *t)
{
	bool to_open = fuzz_random_percent(&t->random, 25);
	uint64_t choice = fuzz_random_next(&t->random);
	int fd;

	say(t, to_open ? "open" : "close", choice, 0);
	if (t->dry)
		return;
	if (!to_open) {
		fuzz_file_close(choice);
		return;
	}
	fd = open(test_device, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		fuzz_file_add(fd, FUZZ_SYS, false);
}

static void call_affinity(struct fuzz_thread *t)
{
	uint32_t cpu = fuzz_random_below(&t->random, 6);
	cpu_set_t set;

	say(t, "affinity", cpu, 0);
	if (t->dry)
		return;
	memset(&set, 0xff, sizeof(set));
	if (cpu < 4) {
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
	}
	sched_setaffinity(0, sizeof(set), &set);
}

/* Another process with the same descriptors: the VM is not its own. */
static void call_fork(struct fuzz_thread *t)
{
	uint64_t choice = fuzz_random_next(&t->random);
	int i, status, fds[8];
	pid_t pid;

	say(t, "fork", choice, 0);
	if (t->dry)
		return;
	/* The child may find the table's lock held by whoever it is not. */
	for (i = 0; i < 8; i++)
		fds[i] = fuzz_file_pick(choice + i, FUZZ_VCPU).fd;
	pid = fork();
	if (!pid) {
		for (i = 0; i < 8; i++)
			ioctl(fds[i], i % 2 ? KVM_RUN : KVM_GET_REGS, t->arena);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}

/* --- one call --- */

static const struct {
	uint32_t weight;
	void (*fn)(struct fuzz_thread *t);
} kinds[] = {
	{ 655, call_known },
	{ 85, call_unknown },
	{ 60, call_run },
	{ 40, call_restart },
	{ 20, call_write_code },
	{ 50, call_scribble },
	{ 18, call_map },
	{ 12, call_memory },
	{ 20, call_other },
	{ 22, call_netlink },
	{ 14, call_open_close },
	{ 3, call_affinity },
	{ 1, call_fork },
};

#define WEIGHTS	1000

void fuzz_call_one(struct fuzz_thread *t)
{
	uint32_t n = fuzz_random_below(&t->random, WEIGHTS);
	size_t i;

	for (i = 0; n >= kinds[i].weight; i++)
		n -= kinds[i].weight;
	kinds[i].fn(t);
}
