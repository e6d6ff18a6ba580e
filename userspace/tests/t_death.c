// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that die at any point of what they do with a VM, or lose its memory:
 * nothing of it is left.  xvcpu only; needs root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_cgroup.h"
#include "harness_hold.h"
#include "harness_memory.h"
#include "harness_slab.h"

#define NO_SLOT		0x3000000	/* a guest physical address */

static struct random rnd;

/* --- what is done until death: none of these returns --- */

static struct holder holders[3];

static void *hold_for_ever(void *arg)
{
	for (;;)
		hold_run(arg);
	return NULL;
}

static void start_holders(void)
{
	pthread_t thread;
	size_t i;

	vm_create(&vm);
	for (i = 0; i < ARRAY_SIZE(holders); i++)
		hold_create(&holders[i], &vm, i, i ? host_cpu(i % host_cpus()) :
			    XVCPU_CPU_NONE, i == 1 ? 0 : 1);
	for (i = 0; i < ARRAY_SIZE(holders); i++)
		REQUIRE_EQ(pthread_create(&thread, NULL, hold_for_ever,
					  &holders[i]), 0);
}

static void in_guest(void)
{
	start_holders();
	for (;;)
		pause();
}

static void in_migration(void)
{
	int i;

	start_holders();
	for (i = 0;; i++)
		vcpu_migrate(&holders[1 + i % 2].vcpu,
			     host_cpu(i / 2 % host_cpus()));
}

static void in_mmio(void)
{
	memory_set_up(NULL);
	guest_access("memory_read_loop", NO_SLOT, 0);
	for (;;)
		vcpu_run(&vcpu);
}

/* What the guest touches is taken away as fast as it comes. */
static void in_fault(void)
{
	struct runner runner;

	memory_set_up(memory_private());
	memory_touch_start(&runner, GPA, SIZE / PAGE_SIZE);
	for (;;)
		madvise(mem, SIZE, MADV_DONTNEED);
}

static void in_slot_changes(void)
{
	struct runner runner;
	int i;

	memory_set_up(memory_private());
	memory_touch_start(&runner, GPA, SIZE / PAGE_SIZE);
	for (i = 0;; i++)
		memory_set_flags(i & 1 ? KVM_MEM_LOG_DIRTY_PAGES : 0);
}

static void in_birth(void)
{
	for (;;) {
		memory_set_up(memory_private());
		guest_write(GPA, 1);
		vcpu_destroy(&vcpu);
		vm_destroy(&vm);
		munmap(mem, SIZE);
	}
}

struct way {
	const char *name;
	void (*fn)(void);
};

static const struct way ways[] = {
	{ "in the guest", in_guest },
	{ "in a migration", in_migration },
	{ "in MMIO", in_mmio },
	{ "in a fault", in_fault },
	{ "in a change of slots", in_slot_changes },
	{ "at birth", in_birth },
};

static void set_up(void)
{
	test_need_xvcpu();
	test_timeout(120);
	random_start(&rnd);
	module_expect_empty();
}

static pid_t start_victim(void (*fn)(void))
{
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid)
		return pid;
	fn();
	_exit(1);
}

static void wait_killed(pid_t pid)
{
	int status;

	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	EXPECT(WIFSIGNALED(status));
	EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

/* --- SIGKILL --- */

static void killed_at_any_moment(void)
{
	uint64_t times = test_amount(12, 12, 60), i, moment, start;
	const uint64_t latest = test_amount(100, 200, 200) * 1000000;
	uint64_t killed[ARRAY_SIZE(ways)] = {};
	uint32_t pages, way;
	pid_t pid;

	set_up();
	pages = module_pages();
	for (i = 0; i < times; i++) {
		way = i % ARRAY_SIZE(ways);
		moment = random_below(&rnd, latest);
		test_context("%s, after %" PRIu64 " ns", ways[way].name,
			     moment);
		start = host_ns();
		pid = start_victim(ways[way].fn);
		while (host_ns() - start < moment)
			sched_yield();
		kill(pid, SIGKILL);
		wait_killed(pid);
		module_expect_empty();
		EXPECT_EQ(module_pages(), pages);
		killed[way]++;
	}
	for (way = 0; way < ARRAY_SIZE(ways); way++)
		test_note("killed %s: %" PRIu64 " times", ways[way].name,
			  killed[way]);
}

/* --- no memory --- */

#define OOM_SIZE	0x4000000UL
#define OOM_GPA		0x10000000
#define OOM_LIMIT	"16M"

static int go_on[2];

static void populate(void)
{
	struct runner runner;
	char byte;
	void *big;

	memory_set_up(NULL);
	big = memory_map(OOM_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1);
	REQUIRE_EQ(vm_set_slot(&vm, SLOT, OOM_GPA, OOM_SIZE, big, 0), 0);
	/* It is in its control group by then. */
	REQUIRE_EQ(read(go_on[0], &byte, 1), 1);
	memory_touch_start(&runner, OOM_GPA, OOM_SIZE / PAGE_SIZE);
	runner_wait(&runner);
}

/*
 * The kernel tells all it knows of an OOM kill, with a call trace: not on the
 * console, where that is a complaint.  So what it says otherwise is looked at.
 */
#define CONSOLE_LEVEL	"/proc/sys/kernel/printk"

static void console_normal(void)
{
	host_write(CONSOLE_LEVEL, "5");
}

static void expect_no_complaint(void)
{
	static const char * const complaints[] = {
		"BUG", "WARNING:", "Oops", "KASAN", "UBSAN", "INFO: ",
	};
	char record[LOG_RECORD];
	size_t i;

	while (log_next(record, sizeof(record)))
		for (i = 0; i < ARRAY_SIZE(complaints); i++)
			if (strstr(record, complaints[i]))
				test_failed(false, __FILE__, __LINE__,
					    "the kernel said: %s", record);
}

static void killed_without_memory(void)
{
	uint64_t times = test_amount(1, 1, 5), i;
	uint32_t pages;
	pid_t pid;

	set_up();
	cgroup_create("memory");
	cgroup_write("memory.max", OOM_LIMIT);
	REQUIRE_EQ(pipe(go_on), 0);
	log_mark();
	atexit(console_normal);
	REQUIRE_EQ(host_write(CONSOLE_LEVEL, "2"), 0);
	pages = module_pages();
	for (i = 1; i <= times; i++) {
		pid = start_victim(populate);
		cgroup_add_process(pid);
		REQUIRE_EQ(write(go_on[1], "x", 1), 1);
		wait_killed(pid);
		EXPECT_EQ(cgroup_read("memory.events", "oom_kill"), i);
		module_expect_empty();
		EXPECT_EQ(module_pages(), pages);
	}
	expect_no_complaint();
	console_normal();
	test_note("killed %" PRIu64 " times", times);
}

/* --- memory that goes while it is used --- */

/* KVM_RUN fails as long as the memory is away, and nothing else is lost. */
static void memory_unmapped_in_mid_run(void)
{
	uint64_t times = test_amount(20, 8, 80), i, done = 0;
	uint32_t pages = SIZE / PAGE_SIZE;
	struct runner runner;
	void *hole;

	set_up();
	memory_set_up(memory_private());
	memory_touch_start(&runner, GPA, pages);
	for (i = 0; i < times; i++) {
		hole = mem + random_below(&rnd, pages) * PAGE_SIZE;
		count_wait(&vm, 1);
		REQUIRE_EQ(munmap(hole, PAGE_SIZE), 0);
		EXPECT_EQ(runner_wait(&runner), -EFAULT);
		EXPECT_EQ(vcpu_run(&vcpu), -EFAULT);
		REQUIRE(mmap(hole, PAGE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			     0) == hole);
		runner_start(&runner, &vcpu, -1);
	}
	memory_touch_end(&runner);
	/* A page that was never away has been counted in each round. */
	done = *vm_u64(&vm, COUNT_NOW);
	for (i = 0; i < pages; i++)
		if (*memory_word(i * PAGE_SIZE) == done)
			break;
	EXPECT(i < pages);
	test_note("%" PRIu64 " times, %" PRIu64 " rounds of the guest", times,
		  done);
}

/* All of it, for good, with the guest in it. */
static void all_memory_unmapped(void)
{
	uint32_t before;
	struct runner runner;

	set_up();
	before = module_pages();
	memory_set_up(memory_private());
	memory_touch_start(&runner, GPA, SIZE / PAGE_SIZE);
	count_wait(&vm, 1);
	REQUIRE_EQ(munmap(mem, SIZE), 0);
	EXPECT_EQ(runner_wait(&runner), -EFAULT);
	REQUIRE_EQ(munmap(vm.mem, vm.size), 0);
	EXPECT_EQ(vcpu_run(&vcpu), -EFAULT);
	vm.mem = NULL;
	vcpu_destroy(&vcpu);
	vm_destroy(&vm);
	module_expect_empty();
	EXPECT_EQ(module_pages(), before);
}

/* --- leaks --- */

/* A whole life, of which the process's end is the end. */
static void live(void)
{
	struct vcpu floating;

	memory_set_up(memory_private());
	memory_set_flags(KVM_MEM_LOG_DIRTY_PAGES);
	guest_write(GPA, 1);
	vcpu_create_pinned(&floating, &vm, 1, host_cpu(0));
	vcpu_load(&floating, "exits_halt_long");
	vcpu_run_until(&floating, KVM_EXIT_HLT);
	stat_read(vm.fd, "remote_tlb_flush");
	raise(SIGKILL);
}

static void live_often(uint64_t times)
{
	while (times--)
		wait_killed(start_victim(live));
}

/*
 * Newer kernels have a CPU keep some tens of free objects of a kind, by chance.
 * What is lost in every life is lost again, and a cache that it grows by then is
 * not by chance.
 */
#define STAGES	3

static void count_lives(uint64_t lives)
{
	struct slabs before;
	int i, grown = 1;

	for (i = 0; i < STAGES && grown; i++) {
		slabs_count(&before);
		live_often(lives);
		grown = slabs_grown(&before, lives / 2);
	}
	EXPECT_EQ(grown, 0);
	test_note("%d times %" PRIu64 " lives, %d kinds of objects", i, lives,
		  before.nr);
}

/*
 * A debug kernel keeps what was freed in quarantine, and takes long to let it go
 * of each cache: there it is for kmemleak to find what is lost.
 */
static void nothing_leaks(void)
{
	uint64_t lives = test_amount(16, 12, 80);
	uint32_t pages;

	set_up();
	/* What is kept for the next time is kept by then. */
	live_often(lives / 4);
	pages = module_pages();
	if (host_is_debug())
		live_often(lives);
	else
		count_lives(lives);
	EXPECT_EQ(module_pages(), pages);
	module_expect_empty();
}

static const struct test tests[] = {
	{ "death_killed_at_any_moment", killed_at_any_moment },
	{ "death_killed_without_memory", killed_without_memory },
	{ "death_memory_unmapped_in_mid_run", memory_unmapped_in_mid_run },
	{ "death_all_memory_unmapped", all_memory_unmapped },
	{ "death_nothing_leaks", nothing_leaks },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
