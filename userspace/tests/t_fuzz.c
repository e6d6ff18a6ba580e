// SPDX-License-Identifier: GPL-2.0
/*
 * A fuzzer of the whole ABI: threads that call whatever there is on the same
 * files, with arguments that are right, nearly right, and wrong, while guests
 * run.  xvcpu only.
 *
 * XVCPU_FUZZ_SEED and XVCPU_FUZZ_CALLS say what and how much; the same seed
 * makes each thread do the same.  tests/vm/fuzz.sh is for more calls than one
 * program has time for.
 *
 * A round is a process of its own, with bounded memory and descriptors. After
 * each, nothing of it may be left in the module, and a new VM must run a guest;
 * what the kernel has to complain of fails the run, not this program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/netlink.h>

#include <dirent.h>

#include "fuzz.h"
#include "harness.h"
#include "xvcpu_nl.h"

#define THREADS		3
#define CALLS		20000
#define CALLS_A_ROUND	2500
#define SEED		1
#define IMAGE_SIZE	0x30000UL
#define RESERVED	0x2000000UL
#define ROUND_SECONDS	40

/* What the rounds, which are processes, have to say together. */
static struct totals {
	uint64_t done;
	uint64_t surprises;
	uint64_t succeeded[FUZZ_MAX_REQUESTS];
	bool finished;
} *totals;

static uint64_t seed = SEED, calls = CALLS;
static struct vm vm;
static struct vcpu vcpus[3];
static struct fuzz_thread threads[THREADS];
static __thread struct fuzz_thread *self;

static void read_environment(void)
{
	const char *value = getenv("XVCPU_FUZZ_SEED");

	if (value)
		seed = strtoull(value, NULL, 0);
	value = getenv("XVCPU_FUZZ_CALLS");
	if (value)
		calls = strtoull(value, NULL, 0);
	else if (test_soaking())
		calls = 5 * CALLS;
	else if (!access("/proc/lockdep", F_OK))
		calls = CALLS / 5;	/* a kernel that is some times slower */
}

/* --- the world of a round --- */

static void limit(int resource, rlim_t value)
{
	struct rlimit limit = { value, value };

	REQUIRE_EQ(setrlimit(resource, &limit), 0);
}

static void make_memory(void)
{
	uint8_t *all = mmap(NULL, RESERVED, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	REQUIRE(all != MAP_FAILED);
	fuzz_memory.size = GUEST_SIZE;
	fuzz_memory.image_size = IMAGE_SIZE;
	fuzz_memory.image = malloc(IMAGE_SIZE);
	fuzz_memory.fd = memfd_create("guest", MFD_CLOEXEC);
	REQUIRE(fuzz_memory.fd >= 0 && fuzz_memory.image);
	REQUIRE_EQ(ftruncate(fuzz_memory.fd, GUEST_SIZE), 0);
	fuzz_memory.at = mmap(all + RESERVED / 2, GUEST_SIZE,
			      PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			      fuzz_memory.fd, 0);
	REQUIRE(fuzz_memory.at != MAP_FAILED);
}

static void make_other_files(void)
{
	int fds[2];

	REQUIRE_EQ(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	fuzz_file_add(fds[0], FUZZ_OTHER, true);
	fuzz_file_add(fds[1], FUZZ_OTHER, true);
	fuzz_file_add(open("/dev/null", O_RDWR | O_CLOEXEC), FUZZ_OTHER, true);
	fuzz_file_add(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), FUZZ_OTHER, true);
	fuzz_file_add(memfd_create("other", MFD_CLOEXEC), FUZZ_OTHER, true);
}

static void make_vm(void)
{
	size_t i;

	vm_create_empty(&vm);
	vm.mem = fuzz_memory.at;
	vm.size = fuzz_memory.size;
	REQUIRE_EQ(vm_set_slot(&vm, 0, 0, vm.size, vm.mem, 0), 0);
	vcpu_create(&vcpus[0], &vm, 0);
	vcpu_create(&vcpus[1], &vm, 1);
	vcpu_create_pinned(&vcpus[2], &vm, 2, host_cpu(0));
	for (i = 0; i < ARRAY_SIZE(vcpus); i++) {
		vcpu_load(&vcpus[i], "count_checked");
		fuzz_file_add(vcpus[i].fd, FUZZ_VCPU, true);
	}
	memcpy(fuzz_memory.image, fuzz_memory.at, IMAGE_SIZE);
	fuzz_argument_capture(vm.sys, vcpus[0].fd);
	fuzz_file_add(vm.sys, FUZZ_SYS, true);
	fuzz_file_add(vm.fd, FUZZ_VM, true);
	fuzz_file_add(dev_ioctl(vm.fd, KVM_GET_STATS_FD, NULL), FUZZ_STATS,
		      true);
	/* One more, with nothing yet, that may be closed. */
	fuzz_file_add(dev_ioctl(vm.sys, KVM_CREATE_VM, NULL), FUZZ_VM, false);
}

static void make_world(void)
{
	limit(RLIMIT_AS, 256UL << 20);
	limit(RLIMIT_NOFILE, 128);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 16UL << 20);
	fuzz_file_init();
	REQUIRE(fuzz_netlink_family() > 0);
	make_memory();
	make_vm();
	make_other_files();
}

/* --- a thread of it --- */

static void on_timer(int signal)
{
	(void)signal;	/* only ends a KVM_RUN */
}

static void on_fault(int signum)
{
	if (self && self->touching)
		siglongjmp(self->touched, 1);
	signal(signum, SIG_DFL);
}

static void make_timer(struct fuzz_thread *t)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
	};

	event._sigev_un._tid = syscall(SYS_gettid);
	REQUIRE_EQ(timer_create(CLOCK_MONOTONIC, &event, &t->timer), 0);
}

static void make_calls(struct fuzz_thread *t, uint32_t round)
{
	while (t->done < t->calls) {
		fuzz_random_init(&t->random, seed, round, t->number, t->done);
		fuzz_call_one(t);
		t->done++;
	}
}

static uint32_t this_round;

static void *thread_main(void *arg)
{
	struct fuzz_thread *t = arg;

	self = t;
	make_timer(t);
	make_calls(t, this_round);
	timer_delete(t->timer);
	__atomic_store_n(&t->ended, true, __ATOMIC_RELEASE);
	return NULL;
}

static void start_thread(struct fuzz_thread *t, uint32_t number, uint32_t n)
{
	pthread_attr_t attr;

	t->number = number;
	t->calls = n;
	t->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			    NETLINK_GENERIC);
	REQUIRE(t->netlink >= 0);
	fuzz_thread_map(t);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 0x40000);
	REQUIRE_EQ(pthread_create(&t->thread, &attr, thread_main, t), 0);
}

static void wait_thread(struct fuzz_thread *t)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ROUND_SECONDS / 2;
	if (!pthread_timedjoin_np(t->thread, NULL, &until))
		return;
	test_failed(true, __FILE__, __LINE__,
		    "thread %u is stuck in call %u: %s 0x%llx 0x%llx 0x%llx",
		    t->number, t->done, t->doing,
		    (unsigned long long)t->words[0],
		    (unsigned long long)t->words[1],
		    (unsigned long long)t->words[2]);
}

static void add_up(void)
{
	size_t i, r;

	for (i = 0; i < THREADS; i++) {
		totals->done += threads[i].done;
		totals->surprises += threads[i].surprises;
		for (r = 0; r < fuzz_nr_requests; r++)
			totals->succeeded[r] += threads[i].succeeded[r];
	}
	totals->finished = true;
}

static void set_handlers(void)
{
	struct sigaction timer = { .sa_handler = on_timer };
	struct sigaction fault = { .sa_handler = on_fault };

	sigaction(SIGUSR1, &timer, NULL);
	sigaction(SIGSEGV, &fault, NULL);
	sigaction(SIGBUS, &fault, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/*
 * Every third round ends by SIGKILL, when the first thread has done and the
 * others are in the middle of something.
 */
static void round_main(uint32_t round, uint32_t n)
{
	uint32_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	set_handlers();
	make_world();
	this_round = round;
	for (i = 0; i < THREADS; i++)
		start_thread(&threads[i], i, n);
	wait_thread(&threads[0]);
	if (round % 3 == 2) {
		add_up();
		kill(getpid(), SIGKILL);
	}
	for (i = 1; i < THREADS; i++)
		wait_thread(&threads[i]);
	add_up();
	_exit(EXIT_SUCCESS);
}

/* --- after a round --- */

/* Forked processes may end a moment after their parent. */
static void expect_nothing_left(void)
{
	struct xvcpu_module_info *info = calloc(1, sizeof(*info));
	time_t until = time(NULL) + 10;
	struct xvcpu_nl *nl;

	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	do {
		REQUIRE_EQ(xvcpu_nl_module(nl, info), 0);
		sched_yield();
	} while (info->vms + info->vcpus && time(NULL) < until);
	EXPECT_EQ(info->vms, 0);
	EXPECT_EQ(info->vcpus, 0);
	xvcpu_nl_close(nl);
	free(info);
}

static void expect_good_guest(void)
{
	struct kvm_regs regs;
	struct vcpu good;
	struct vm fresh;

	vm_create(&fresh);
	vcpu_create(&good, &fresh, 0);
	vcpu_load(&good, "count_together");
	*vm_u32(&fresh, COUNT_VCPUS) = 1;
	vcpu_get_regs(&good, &regs);
	regs.rbx = 1000;
	regs.rbp = 2;
	vcpu_set_regs(&good, &regs);
	EXPECT_EQ(vcpu_report(&good), 1000);
	EXPECT_EQ(vcpu_report(&good), 2000);
	vcpu_run_until(&good, KVM_EXIT_HLT);
	vcpu_destroy(&good);
	vm_destroy(&fresh);
}

static bool child_ends_within(time_t seconds)
{
	struct timespec timeout = { .tv_sec = seconds };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return sigtimedwait(&set, NULL, &timeout) == SIGCHLD;
}

static void expect_round_ends(pid_t pid, bool killed)
{
	int status;

	if (!child_ends_within(ROUND_SECONDS)) {
		EXPECT(!"the round has not ended in time");
		kill(pid, SIGKILL);
		if (!child_ends_within(10))
			test_failed(true, __FILE__, __LINE__,
				    "the round cannot be killed");
	}
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	if (killed && WIFSIGNALED(status))
		EXPECT_EQ(WTERMSIG(status), SIGKILL);
	else
		EXPECT_EQ(status, 0);
	EXPECT(totals->finished);
}

static void one_round(uint32_t round, uint32_t n)
{
	pid_t pid;

	test_context("seed %llu, round %u", (unsigned long long)seed, round);
	test_timeout(ROUND_SECONDS + 30);
	totals->finished = false;
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		round_main(round, n);
	expect_round_ends(pid, round % 3 == 2);
	expect_nothing_left();
	expect_good_guest();
}

/* --- the tests --- */

/* A fuzzer whose calls all fail at the first check would find nothing. */
static void expect_most_have_succeeded(void)
{
	int never = 0;
	size_t i;

	for (i = 0; i < fuzz_nr_requests; i++) {
		if (totals->succeeded[i] ||
		    fuzz_requests[i].request == KVM_SET_GSI_ROUTING)
			continue;
		test_note("%s has never succeeded", fuzz_requests[i].name);
		never++;
	}
	EXPECT(never <= 3);
}

static void storm(void)
{
	uint32_t round, rounds = (calls + CALLS_A_ROUND - 1) / CALLS_A_ROUND;
	uint64_t ok = 0;
	sigset_t set;
	size_t i;

	test_need_xvcpu();
	totals = mmap(NULL, sizeof(*totals), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(totals != MAP_FAILED);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	test_note("seed %llu", (unsigned long long)seed);
	for (round = 0; round < rounds; round++)
		one_round(round, (calls / rounds + THREADS - 1) / THREADS);
	for (i = 0; i < fuzz_nr_requests; i++)
		ok += totals->succeeded[i];
	test_note("%llu calls, %llu ioctls succeeded, %llu of them KVM_RUN",
		  (unsigned long long)totals->done, (unsigned long long)ok,
		  (unsigned long long)totals->succeeded[
			fuzz_request_find(KVM_RUN) - fuzz_requests]);
	test_context("all");
	EXPECT_EQ(totals->surprises, 0);
	if (calls >= CALLS / 5)
		expect_most_have_succeeded();
}

static uint64_t digest_of(struct fuzz_thread *t, uint64_t with_seed,
			  uint32_t round)
{
	seed = with_seed;
	t->done = 0;
	t->digest = 0;
	make_calls(t, round);
	return t->digest;
}

static void same_seed_same_calls(void)
{
	struct fuzz_thread *t = &threads[0];
	uint64_t digest;

	test_need_xvcpu();
	fuzz_file_init();
	make_memory();
	make_vm();
	fuzz_thread_map(t);
	t->dry = true;
	t->calls = 500;
	digest = digest_of(t, 1, 0);
	EXPECT_EQ(digest_of(t, 1, 0), digest);
	EXPECT(digest_of(t, 2, 0) != digest);
	EXPECT(digest_of(t, 1, 1) != digest);
	t->number = 1;
	EXPECT(digest_of(t, 1, 0) != digest);
}

static void undocumented_error_is_noticed(void)
{
	REQUIRE(fuzz_nr_requests <= FUZZ_MAX_REQUESTS);
	EXPECT(fuzz_request_may_give(KVM_GET_REGS, EFAULT));
	EXPECT(!fuzz_request_may_give(KVM_GET_REGS, ENXIO));
	EXPECT(!fuzz_request_may_give(KVM_CHECK_EXTENSION, EINVAL));
	EXPECT(fuzz_request_may_give(KVM_RUN, EINTR));
	EXPECT(!fuzz_request_may_give(KVM_RUN, ENOSPC));
	EXPECT(!fuzz_request_may_give(0, EINVAL));
}

/* Whether a user's task sleeps where no signal reaches it. */
static bool is_stuck(const char *pid)
{
	char path[300], line[512], *end;
	unsigned int flags;
	char state;
	int fd;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, line, sizeof(line) - 1);
	close(fd);
	line[len > 0 ? len : 0] = 0;
	end = strrchr(line, ')');
	if (!end || sscanf(end, ") %c %*d %*d %*d %*d %*d %u", &state,
			   &flags) != 2)
		return false;
	return state == 'D' && !(flags & 0x200000);
}

static int count_stuck(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int stuck = 0;

	REQUIRE(proc);
	while ((entry = readdir(proc)))
		if (*entry->d_name >= '0' && *entry->d_name <= '9')
			stuck += is_stuck(entry->d_name);
	closedir(proc);
	return stuck;
}

static void nobody_is_stuck(void)
{
	time_t until = time(NULL) + 5;

	while (count_stuck() && time(NULL) < until)
		sched_yield();
	EXPECT_EQ(count_stuck(), 0);
}

static void reload(void)
{
	if (module_refs("xvcpu") < 0)
		module_load("xvcpu", module_params());
}

static void module_unloads(void)
{
	if (module_refs("xvcpu") < 0)
		test_skip("the module xvcpu is not loaded");
	if (access("/lib/modules/xvcpu.ko", R_OK))
		test_skip("no /lib/modules/xvcpu.ko to load again");
	test_timeout(60);
	module_params();
	atexit(reload);
	EXPECT_EQ(module_refs("xvcpu"), 0);
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	REQUIRE_EQ(module_load("xvcpu", module_params()), 0);
	expect_good_guest();
}

static const struct test tests[] = {
	{ "fuzz_same_seed_same_calls", same_seed_same_calls },
	{ "fuzz_undocumented_error_is_noticed",
	  undocumented_error_is_noticed },
	{ "fuzz_storm", storm },
	{ "fuzz_nobody_is_stuck", nobody_is_stuck },
	{ "fuzz_module_unloads", module_unloads },
};

int main(int argc, char **argv)
{
	read_environment();
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
