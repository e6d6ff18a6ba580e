// SPDX-License-Identifier: GPL-2.0
/*
 * How cost grows: the same operations with more and more of something around them,
 * through the KVM API on whatever device is named; on xvcpu netlink, too.
 *
 * usage: scale DEVICE [AXIS [SIZE]]
 *
 * Each axis is a test of its own and says "# scale AXIS SIZE WHAT VALUE".  Values are
 * ticks of the TSC, each the least of several rounds, so that what the host does
 * meanwhile is not in it.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness.h"
#include "xvcpu_nl.h"

#define ROUNDS		7
/* So few that most rounds are over before the host's timer ticks. */
#define TIMES		100

/* The guest that is measured. */
static struct vm vm;
static struct vcpu vcpu;

/**
 * struct point - where on an axis
 * @axis: of what there is more and more.
 * @size: how many of it.
 */
struct point {
	const char *axis;
	unsigned int size;
};

/* The only size that is wanted, or 0. */
static unsigned int only_size;

static bool wanted(const struct point *at)
{
	return !only_size || at->size == only_size;
}

static void say(const struct point *at, const char *what, uint64_t ticks)
{
	test_note("scale %s %u %s %llu", at->axis, at->size, what,
		  (unsigned long long)ticks);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void set_up(void)
{
	host_run_on(host_cpu(0));
	test_timeout(120);
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
}

static void tear_down(void)
{
	vcpu_destroy(&vcpu);
	vm_destroy(&vm);
}

/* --- exits --- */

/* Run to the HLT, however often userspace is asked for what comes before. */
static uint64_t run_to_end(void)
{
	uint64_t start = host_ticks();

	do {
		REQUIRE_EQ(vcpu_run(&vcpu), 0);
	} while (vcpu.run->exit_reason == KVM_EXIT_IO ||
		 vcpu.run->exit_reason == KVM_EXIT_MMIO);
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_HLT);
	return host_ticks() - start;
}

static uint64_t run_times(const char *guest, uint64_t times)
{
	struct kvm_regs regs;

	vcpu_load(&vcpu, guest);
	vcpu_get_regs(&vcpu, &regs);
	regs.rbp = times;
	vcpu_set_regs(&vcpu, &regs);
	return run_to_end();
}

/*
 * The same guest with one and with many, so that what is around cancels out; the two
 * or three instructions of its loop do not.
 */
static uint64_t measure(const char *guest)
{
	uint64_t one = UINT64_MAX, many = UINT64_MAX;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		one = least(one, run_times(guest, 1));
		many = least(many, run_times(guest, TIMES + 1));
	}
	return (many - one) / TIMES;
}

static void say_exit(const struct point *at, const char *what,
		     const char *guest)
{
	say(at, what, measure(guest));
}

/* --- vCPUs that there are --- */

#define VCPUS	4096
#define VMS	64

static struct vm others[VMS];
static int fds[VCPUS];

/* How many a VM may be filled with: there is to be room for those measured. */
static int vcpus_per_vm(void)
{
	long most = dev_ioctl(vm.fd, KVM_CHECK_EXTENSION,
			      (void *)KVM_CAP_MAX_VCPUS);

	REQUIRE(most > ROUNDS);
	return most - ROUNDS;
}

/* It has run and could run again: it stays bound to this CPU. */
static int add_vcpu(struct vm *in, int id)
{
	struct vcpu other = { .vm = in, .id = id };

	other.fd = dev_ioctl(in->fd, KVM_CREATE_VCPU, (void *)(long)id);
	REQUIRE(other.fd >= 0);
	vcpu_set_mode(&other, MODE_LONG);
	in->mem[GUEST_CODE] = 0xf4;	/* hlt */
	REQUIRE_EQ(vcpu_run(&other), 0);
	return other.fd;
}

/* Until there are so many with the one that is measured; returns the VMs more. */
static int add_vcpus(int nr)
{
	int per_vm = vcpus_per_vm(), vms = 0, i;
	struct vm *in = &vm;

	for (i = 1; i < nr; i++) {
		if (i % per_vm == 0) {
			REQUIRE(vms < VMS);
			in = &others[vms++];
			vm_create(in);
		}
		fds[i] = add_vcpu(in, i % per_vm);
	}
	return vms;
}

static void remove_vcpus(int nr, int vms)
{
	int i;

	for (i = 1; i < nr; i++)
		close(fds[i]);
	for (i = 0; i < vms; i++)
		vm_destroy(&others[i]);
}

/* In the VM that has the most. */
static void create_vcpu(const struct point *at)
{
	int id = least(at->size, vcpus_per_vm()), fd, i;
	uint64_t ticks = UINT64_MAX, start;

	for (i = 0; i < ROUNDS; i++) {
		start = host_ticks();
		fd = dev_ioctl(vm.fd, KVM_CREATE_VCPU, (void *)(long)(id + i));
		ticks = least(ticks, host_ticks() - start);
		REQUIRE(fd >= 0);
		close(fd);
	}
	say(at, "create_vcpu", ticks);
}

struct seen {
	unsigned int nr;
	uint32_t key;
};

static void see(const struct xvcpu_vcpu_info *info, void *arg)
{
	struct seen *seen = arg;

	seen->nr++;
	seen->key = info->key;
}

/* All of them in one dump, and one of them by its key. */
static void ask(const struct point *at)
{
	uint64_t all = UINT64_MAX, one = UINT64_MAX, start;
	struct xvcpu_vcpu_info info;
	struct xvcpu_nl *nl;
	struct seen seen;
	int i;

	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	for (i = 0; i < ROUNDS; i++) {
		seen = (struct seen){ 0 };
		start = host_ticks();
		REQUIRE_EQ(xvcpu_nl_vcpus(nl, see, &seen), 0);
		all = least(all, host_ticks() - start);
		REQUIRE_EQ(seen.nr, at->size);
		start = host_ticks();
		REQUIRE_EQ(xvcpu_nl_vcpu(nl, seen.key, &info), 0);
		one = least(one, host_ticks() - start);
		REQUIRE_EQ(info.key, seen.key);
	}
	xvcpu_nl_close(nl);
	say(at, "dump", all);
	say(at, "get", one);
}

static void measure_vcpus(const struct point *at)
{
	int vms;

	set_up();
	vms = add_vcpus(at->size);
	say_exit(at, "cpuid", "bench_cpuid");
	say_exit(at, "out", "bench_out");
	if (test_on_xvcpu())
		ask(at);
	create_vcpu(at);
	remove_vcpus(at->size, vms);
	tear_down();
}

static void vcpus(void)
{
	struct rlimit files = { VCPUS + 1024, VCPUS + 1024 };
	struct point at = { "vcpus", 1 };

	REQUIRE_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
	for (; at.size <= VCPUS; at.size *= 4)
		if (wanted(&at))
			measure_vcpus(&at);
}

/* --- CPUs that run guests --- */

#define CPUS	4

/* A vCPU of the same VM, with code of its own. */
static void start_busy(struct vcpu *busy, struct runner *runner, int n)
{
	const struct guest *guest = guest_find("scale_busy");

	vcpu_create(busy, &vm, n);
	memcpy(vm.mem + GUEST_DATA, guest->start, guest->end - guest->start);
	vcpu_set_mode(busy, MODE_LONG);
	vcpu_set_entry(busy, GUEST_DATA);
	runner_start(runner, busy, host_cpu(n));
}

static void wait_for_busy(unsigned int nr)
{
	while (__atomic_load_n(vm_u32(&vm, COUNT_ARRIVED), __ATOMIC_ACQUIRE) < nr)
		sched_yield();
}

static void stop_busy(struct vcpu *busy, struct runner *runner)
{
	REQUIRE_EQ(runner_wait(runner), 0);
	EXPECT_EQ(busy->run->exit_reason, KVM_EXIT_HLT);
	vcpu_destroy(busy);
}

static void measure_cpus(const struct point *at)
{
	struct runner runner[CPUS];
	struct vcpu busy[CPUS];
	unsigned int i;

	set_up();
	for (i = 1; i < at->size; i++)
		start_busy(&busy[i], &runner[i], i);
	wait_for_busy(at->size - 1);
	say_exit(at, "cpuid", "bench_cpuid");
	count_stop(&vm);
	for (i = 1; i < at->size; i++)
		stop_busy(&busy[i], &runner[i]);
	tear_down();
}

static void cpus(void)
{
	struct point at = { "cpus", 1 };

	for (; at.size <= least(CPUS, host_cpus()); at.size++)
		if (wanted(&at))
			measure_cpus(&at);
}

/* --- memory, in slots --- */

#define GIB		(1ULL << 30)
/* Behind what a guest has anyway; the guest sees it there with pages of 1 GiB. */
#define BIG_GPA		(4 * GIB)
#define BIG_GVA		(8 * GIB)
#define BIG_GIBS	8
#define PAGES		256

/**
 * struct big - memory of the guest's
 * @mem: it in the process, which has PAGES pages of it, far from each other.
 * @size: of it all.
 * @slots: how many slots of one size it is in.
 */
struct big {
	uint8_t *mem;
	uint64_t size;
	unsigned int slots;
};

static void big_create(struct big *big, uint64_t size, unsigned int slots)
{
	uint64_t i;

	big->mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	REQUIRE(big->mem != MAP_FAILED);
	/* A kernel without large pages does not know it. */
	madvise(big->mem, size, MADV_NOHUGEPAGE);
	big->size = size;
	big->slots = slots;
	for (i = 0; i < PAGES; i++)
		big->mem[i * size / PAGES] = 1;
}

static void set_up_big(const struct big *big)
{
	uint64_t piece = big->size / big->slots;
	unsigned int i;

	set_up();
	for (i = 0; i < big->slots; i++)
		REQUIRE_EQ(vm_set_slot(&vm, i + 1, BIG_GPA + i * piece, piece,
				       big->mem + i * piece, 0), 0);
}

static void map_big(void)
{
	int i;

	for (i = 0; i < BIG_GIBS; i++)
		*vm_u64(&vm, GUEST_PDPT + (BIG_GVA / GIB + i) * 8) =
			(BIG_GPA + i * GIB) | PTE_LARGE;
}

/* A guest that no page of the memory is mapped for yet. */
static uint64_t touch_once(const struct big *big)
{
	struct kvm_regs regs;
	uint64_t ticks;

	set_up_big(big);
	run_times("bench_nothing", 1);
	vcpu_load(&vcpu, "scale_touch");
	map_big();
	vcpu_get_regs(&vcpu, &regs);
	regs.rbp = PAGES;
	regs.rbx = BIG_GVA;
	regs.rcx = big->size / PAGES;
	vcpu_set_regs(&vcpu, &regs);
	ticks = run_to_end();
	tear_down();
	return ticks;
}

static void touch(const struct point *at, const struct big *big)
{
	uint64_t ticks = UINT64_MAX, offset;
	int i;

	for (i = 0; i < 3; i++)
		ticks = least(ticks, touch_once(big));
	for (offset = 0; offset < big->size; offset += big->size / PAGES)
		EXPECT_EQ(*(uint64_t *)(big->mem + offset), BIG_GVA + offset);
	say(at, "touch", ticks / PAGES);
}

/* One slot more, of this size, behind the others. */
static void create_slot(const struct point *at, const struct big *big,
			uint64_t size)
{
	uint64_t ticks = UINT64_MAX, start, gpa = BIG_GPA + BIG_GIBS * GIB;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		start = host_ticks();
		REQUIRE_EQ(vm_set_slot(&vm, big->slots + 1, gpa, size, big->mem,
				       0), 0);
		ticks = least(ticks, host_ticks() - start);
		REQUIRE_EQ(vm_set_slot(&vm, big->slots + 1, gpa, 0, NULL, 0), 0);
	}
	say(at, "create_slot", ticks);
}

static void measure_slots(const struct point *at)
{
	struct big big;

	big_create(&big, 16 << 20, at->size);
	touch(at, &big);
	set_up_big(&big);
	say_exit(at, "cpuid", "bench_cpuid");
	say_exit(at, "mmio_write", "bench_mmio_write");
	create_slot(at, &big, PAGE_SIZE);
	tear_down();
	munmap(big.mem, big.size);
}

static void slots(void)
{
	struct point at = { "slots", 1 };

	for (; at.size <= 512; at.size *= 8)
		if (wanted(&at))
			measure_slots(&at);
}

static void measure_memory(const struct point *at)
{
	struct big big;

	big_create(&big, at->size * GIB, 1);
	touch(at, &big);
	set_up_big(&big);
	say_exit(at, "cpuid", "bench_cpuid");
	create_slot(at, &big, big.size);
	tear_down();
	munmap(big.mem, big.size);
}

static void memory(void)
{
	struct point at = { "memory", 1 };

	for (; at.size <= BIG_GIBS; at.size *= 2)
		if (wanted(&at))
			measure_memory(&at);
}

static const struct test axes[] = {
	{ "vcpus", vcpus },
	{ "cpus", cpus },
	{ "slots", slots },
	{ "memory", memory },
};

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 3)
		return test_main(argc, argv, axes, ARRAY_SIZE(axes));
	if (argc > 3)
		only_size = atoi(argv[3]);
	for (i = 0; i < ARRAY_SIZE(axes); i++)
		if (!strcmp(argv[2], axes[i].name))
			return test_main(argc, argv, &axes[i], 1);
	fprintf(stderr, "%s: there is no axis %s\n", argv[0], argv[2]);
	return 2;
}
