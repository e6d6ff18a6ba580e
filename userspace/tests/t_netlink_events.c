// SPDX-License-Identifier: GPL-2.0
/*
 * Events: each that happens is told once, in order.  xvcpu only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <linux/netlink.h>
#include <linux/xvcpu_netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/socket.h>

#include "harness.h"
#include "xvcpu_names.h"
#include "xvcpu_nl.h"

#define MAX_EVENTS	4096

static struct vm vm;
static struct vcpu vcpu;
static struct xvcpu_nl_events *events;
static struct xvcpu_event_info got[MAX_EVENTS];
static int nr_got, next;
static int victim = -1;

/* Other processes' VMs and vCPUs are not ours; CPUs are everybody's. */
static void keep(const struct xvcpu_event_info *event, void *arg)
{
	(void)arg;
	if (event->tgid && event->tgid != (uint32_t)getpid())
		return;
	REQUIRE(nr_got < MAX_EVENTS);
	got[nr_got++] = *event;
}

static void subscribe(void)
{
	test_need_xvcpu();
	REQUIRE_EQ(xvcpu_nl_events_open(&events), 0);
}

static void take(void)
{
	REQUIRE(xvcpu_nl_events_read(events, keep, NULL) >= 0);
}

static void wait_some(void)
{
	struct pollfd fd = {
		.fd = xvcpu_nl_events_fd(events),
		.events = POLLIN,
	};

	REQUIRE(poll(&fd, 1, 5000) >= 0);
	if (!fd.revents)
		test_failed(true, __FILE__, __LINE__,
			    "no event after number %d for 5 s", nr_got);
	take();
}

/* The next one that was told, which has to be of this kind. */
static const struct xvcpu_event_info *expect(enum xvcpu_event_kind kind)
{
	const struct xvcpu_event_info *event;

	while (next == nr_got)
		wait_some();
	event = &got[next++];
	test_context("event %d, %s", next, xvcpu_name_event(event->kind));
	REQUIRE_EQ(event->kind, kind);
	EXPECT_EQ(event->lost, 0);
	return event;
}

static void expect_cpus(enum xvcpu_event_kind kind, int cpu, int from_cpu)
{
	const struct xvcpu_event_info *event = expect(kind);

	EXPECT_EQ(event->cpu, cpu);
	EXPECT_EQ(event->from_cpu, from_cpu);
}

static void expect_vcpu(enum xvcpu_event_kind kind, int cpu, int from_cpu)
{
	expect_cpus(kind, cpu, from_cpu);
	EXPECT_EQ(got[next - 1].id, vcpu.id);
	EXPECT(got[next - 1].vcpu > 0);
	EXPECT(got[next - 1].vm > 0);
	EXPECT_EQ(got[next - 1].tgid, getpid());
}

/* What is told is sent in order: this VM's end comes after all before. */
static void expect_nothing_more(void)
{
	struct vm last;

	vm_create_empty(&last);
	vm_destroy(&last);
	expect(XVCPU_EVENT_VM_CREATED);
	expect(XVCPU_EVENT_VM_DESTROYED);
	take();
	EXPECT_EQ(next, nr_got);
}

static void make_vcpu(const char *guest, int cpu)
{
	vm_create(&vm);
	vcpu_create_pinned(&vcpu, &vm, 3, cpu);
	vcpu_load(&vcpu, guest);
	expect(XVCPU_EVENT_VM_CREATED);
	expect_vcpu(XVCPU_EVENT_VCPU_CREATED, cpu, XVCPU_CPU_NONE);
}

static void end_vcpu(int cpu)
{
	vcpu_destroy(&vcpu);
	expect_vcpu(XVCPU_EVENT_VCPU_UNBOUND, XVCPU_CPU_NONE, cpu);
	vm_destroy(&vm);
	expect_vcpu(XVCPU_EVENT_VCPU_DESTROYED, XVCPU_CPU_NONE, XVCPU_CPU_NONE);
	expect(XVCPU_EVENT_VM_DESTROYED);
}

/* --- a life --- */

static void life_of_a_vcpu(void)
{
	int cpu;

	subscribe();
	cpu = host_cpu(0);
	make_vcpu("exits_halt_long", cpu);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	expect_vcpu(XVCPU_EVENT_VCPU_BOUND, cpu, XVCPU_CPU_NONE);
	/* Bound it stays. */
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	end_vcpu(cpu);
	expect_nothing_more();
}

static void life_without_a_run(void)
{
	subscribe();
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 3);
	expect(XVCPU_EVENT_VM_CREATED);
	expect_vcpu(XVCPU_EVENT_VCPU_CREATED, XVCPU_CPU_NONE, XVCPU_CPU_NONE);
	vcpu_destroy(&vcpu);
	vm_destroy(&vm);
	expect_vcpu(XVCPU_EVENT_VCPU_DESTROYED, XVCPU_CPU_NONE, XVCPU_CPU_NONE);
	expect(XVCPU_EVENT_VM_DESTROYED);
	expect_nothing_more();
}

static void same_ids_as_dumps(void)
{
	const struct xvcpu_event_info *event;
	struct xvcpu_vcpu_info info;
	struct xvcpu_nl *nl;

	subscribe();
	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	make_vcpu("exits_halt_long", host_cpu(0));
	event = &got[next - 1];
	REQUIRE_EQ(xvcpu_nl_vcpu(nl, event->vcpu, &info), 0);
	EXPECT_EQ(info.vm, event->vm);
	EXPECT_EQ(info.id, event->id);
	EXPECT_EQ(info.tgid, event->tgid);
}

static void numbers_and_times(void)
{
	uint64_t start = host_ns(), end;
	int i;

	subscribe();
	make_vcpu("exits_halt_long", host_cpu(0));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	expect(XVCPU_EVENT_VCPU_BOUND);
	end_vcpu(host_cpu(0));
	end = host_ns();
	EXPECT(got[0].time_ns >= start);
	EXPECT(got[nr_got - 1].time_ns <= end);
	for (i = 1; i < nr_got; i++) {
		test_context("event %d", i);
		EXPECT_EQ(got[i].seq, got[i - 1].seq + 1);
		EXPECT(got[i].time_ns >= got[i - 1].time_ns);
	}
	EXPECT_EQ(xvcpu_nl_events_lost(events), 0);
}

/* --- binding --- */

static void migrated_stopped(void)
{
	int from, to;

	test_need_cpus(2);
	subscribe();
	from = host_cpu(0);
	to = host_cpu(1);
	make_vcpu("exits_halt_long", from);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	expect_vcpu(XVCPU_EVENT_VCPU_BOUND, from, XVCPU_CPU_NONE);
	REQUIRE_EQ(vcpu_migrate(&vcpu, to), 0);
	expect_vcpu(XVCPU_EVENT_VCPU_UNBOUND, XVCPU_CPU_NONE, from);
	expect_vcpu(XVCPU_EVENT_VCPU_MIGRATED, to, from);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	expect_vcpu(XVCPU_EVENT_VCPU_BOUND, to, from);
	/* It stays where it is, pinned or not. */
	REQUIRE_EQ(vcpu_migrate(&vcpu, XVCPU_CPU_NONE), 0);
	expect_vcpu(XVCPU_EVENT_VCPU_MIGRATED, XVCPU_CPU_NONE, to);
	EXPECT_EQ(vcpu_migrate(&vcpu, 100000), -EINVAL);
	end_vcpu(to);
	expect_nothing_more();
}

/* Where it is already: nothing has moved. */
static void migrated_nowhere(void)
{
	int cpu;

	subscribe();
	cpu = host_cpu(0);
	make_vcpu("exits_halt_long", cpu);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	expect_vcpu(XVCPU_EVENT_VCPU_BOUND, cpu, XVCPU_CPU_NONE);
	REQUIRE_EQ(vcpu_migrate(&vcpu, cpu), 0);
	expect_nothing_more();
	REQUIRE_EQ(vcpu_migrate(&vcpu, XVCPU_CPU_NONE), 0);
	expect_vcpu(XVCPU_EVENT_VCPU_MIGRATED, XVCPU_CPU_NONE, cpu);
	REQUIRE_EQ(vcpu_migrate(&vcpu, XVCPU_CPU_NONE), 0);
	end_vcpu(cpu);
	expect_nothing_more();
}

static void migrated_running(void)
{
	struct runner runner;
	int from, to;

	test_need_cpus(2);
	subscribe();
	from = host_cpu(0);
	to = host_cpu(1);
	make_vcpu("count_checked", from);
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1000);
	expect_vcpu(XVCPU_EVENT_VCPU_BOUND, from, XVCPU_CPU_NONE);
	REQUIRE_EQ(vcpu_migrate(&vcpu, to), 0);
	expect_vcpu(XVCPU_EVENT_VCPU_UNBOUND, XVCPU_CPU_NONE, from);
	expect_vcpu(XVCPU_EVENT_VCPU_MIGRATED, to, from);
	count_wait(&vm, 1000);
	expect_vcpu(XVCPU_EVENT_VCPU_BOUND, to, from);
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
	end_vcpu(to);
	expect_nothing_more();
}

static void floating_follows_its_thread(void)
{
	int i;

	test_need_cpus(2);
	subscribe();
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 3);
	vcpu_load(&vcpu, "exits_halt_long");
	expect(XVCPU_EVENT_VM_CREATED);
	expect_vcpu(XVCPU_EVENT_VCPU_CREATED, XVCPU_CPU_NONE, XVCPU_CPU_NONE);
	for (i = 0; i < 4; i++) {
		host_run_on(host_cpu(i % 2));
		vcpu_load(&vcpu, "exits_halt_long");
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		if (i)
			expect_vcpu(XVCPU_EVENT_VCPU_UNBOUND, XVCPU_CPU_NONE,
				    host_cpu(!(i % 2)));
		expect_vcpu(XVCPU_EVENT_VCPU_BOUND, host_cpu(i % 2),
			    i ? host_cpu(!(i % 2)) : XVCPU_CPU_NONE);
	}
	end_vcpu(host_cpu(1));
	expect_nothing_more();
}

static void wrong_affinity(void)
{
	int here, there, i;

	test_need_cpus(2);
	subscribe();
	here = host_cpu(0);
	there = host_cpu(1);
	make_vcpu("exits_halt_long", there);
	host_run_on(here);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(vcpu_run(&vcpu), -EXDEV);
	/* Once, however often it is tried. */
	expect_vcpu(XVCPU_EVENT_VCPU_REFUSED, there, XVCPU_CPU_NONE);
	EXPECT_EQ(got[next - 1].error, EXDEV);
	host_run_anywhere();
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	expect_vcpu(XVCPU_EVENT_VCPU_BOUND, there, XVCPU_CPU_NONE);
	end_vcpu(there);
	expect_nothing_more();
}

/* --- the end of a guest --- */

static void triple_fault(void)
{
	int cpu;

	subscribe();
	cpu = host_cpu(0);
	make_vcpu("exits_shutdown", cpu);
	vcpu_run_until(&vcpu, KVM_EXIT_SHUTDOWN);
	expect_vcpu(XVCPU_EVENT_VCPU_BOUND, cpu, XVCPU_CPU_NONE);
	expect_vcpu(XVCPU_EVENT_VCPU_TERMINATED, XVCPU_CPU_NONE, XVCPU_CPU_NONE);
	EXPECT_EQ(vcpu_run(&vcpu), -EINVAL);
	end_vcpu(cpu);
	expect_nothing_more();
}

/* A task register that is not busy, which no VM entry takes. */
static void failed_entry(void)
{
	struct kvm_sregs sregs;
	int cpu;

	subscribe();
	cpu = host_cpu(0);
	make_vcpu("exits_halt_long", cpu);
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.tr.type = 1;
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_run_until(&vcpu, KVM_EXIT_FAIL_ENTRY);
	expect_vcpu(XVCPU_EVENT_VCPU_BOUND, cpu, XVCPU_CPU_NONE);
	expect_vcpu(XVCPU_EVENT_VCPU_ENTRY_FAILED, cpu, XVCPU_CPU_NONE);
	EXPECT_EQ(got[next - 1].reason, 0x80000021);
	expect_vcpu(XVCPU_EVENT_VCPU_TERMINATED, XVCPU_CPU_NONE, XVCPU_CPU_NONE);
	end_vcpu(cpu);
	expect_nothing_more();
}

/* --- CPUs --- */

static void revive(void)
{
	if (victim >= 0)
		host_set_online(victim, true);
}

static void cpu_goes_and_comes(void)
{
	int i;

	test_need_cpus(2);
	test_timeout(30);
	subscribe();
	victim = host_cpu(host_cpus() - 1);
	atexit(revive);
	make_vcpu("exits_halt_long", victim);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	expect_vcpu(XVCPU_EVENT_VCPU_BOUND, victim, XVCPU_CPU_NONE);
	if (host_set_online(victim, false))
		test_skip("CPU %d cannot be taken offline", victim);
	expect_vcpu(XVCPU_EVENT_VCPU_UNBOUND, XVCPU_CPU_NONE, victim);
	expect_cpus(XVCPU_EVENT_CPU_LEFT, victim, XVCPU_CPU_NONE);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(vcpu_run(&vcpu), -ENXIO);
	expect_vcpu(XVCPU_EVENT_VCPU_REFUSED, victim, XVCPU_CPU_NONE);
	EXPECT_EQ(got[next - 1].error, ENXIO);
	REQUIRE_EQ(host_set_online(victim, true), 0);
	expect_cpus(XVCPU_EVENT_CPU_ENTERED, victim, XVCPU_CPU_NONE);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	expect_vcpu(XVCPU_EVENT_VCPU_BOUND, victim, victim);
	end_vcpu(victim);
	expect_nothing_more();
}

/* Policy exclusive: root is granted to one CPU, and refused to the other. */
static void root_is_granted_and_refused(void)
{
	struct vcpu other;
	int first, second;

	test_need_xvcpu();
	test_need_cpus(2);
	module_load_exclusive();
	subscribe();
	first = host_cpu(0);
	second = host_cpu(1);
	make_vcpu("exits_halt_long", first);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	expect_cpus(XVCPU_EVENT_CPU_ENTERED, first, XVCPU_CPU_NONE);
	expect_vcpu(XVCPU_EVENT_VCPU_BOUND, first, XVCPU_CPU_NONE);
	vcpu_create_pinned(&other, &vm, 4, second);
	expect(XVCPU_EVENT_VCPU_CREATED);
	EXPECT_EQ(vcpu_run(&other), -EBUSY);
	expect_cpus(XVCPU_EVENT_CPU_REFUSED, second, XVCPU_CPU_NONE);
	EXPECT_EQ(got[next - 1].error, EBUSY);
	expect(XVCPU_EVENT_VCPU_REFUSED);
	EXPECT_EQ(got[next - 1].error, EBUSY);
	/* To try again is nothing new. */
	EXPECT_EQ(vcpu_run(&other), -EBUSY);
	vcpu_destroy(&other);
	vcpu_destroy(&vcpu);
	expect_vcpu(XVCPU_EVENT_VCPU_UNBOUND, XVCPU_CPU_NONE, first);
	expect_cpus(XVCPU_EVENT_CPU_LEFT, first, XVCPU_CPU_NONE);
}

/* --- what is lost --- */

static void make_many(int nr)
{
	struct vm some;

	while (nr--) {
		vm_create_empty(&some);
		vm_destroy(&some);
	}
}

/* A reader whose socket is full finds out how many it has not seen. */
static void lost_on_the_way(void)
{
	const int many = test_amount(400, 200, 4000);
	int size = 1, i;
	uint64_t lost = 0;

	test_timeout(60);
	subscribe();
	REQUIRE_EQ(setsockopt(xvcpu_nl_events_fd(events), SOL_SOCKET,
			      SO_RCVBUF, &size, sizeof(size)), 0);
	make_many(1);
	while (nr_got < 2)
		wait_some();
	/* None is read meanwhile. */
	make_many(many);
	make_many(1);
	/* What comes after the gap makes it known. */
	do {
		wait_some();
		make_many(1);
	} while (!xvcpu_nl_events_lost(events));
	EXPECT(nr_got < 2 * many);
	for (i = 1; i < nr_got; i++) {
		EXPECT_EQ(got[i].seq, got[i - 1].seq + 1 + got[i].lost);
		lost += got[i].lost;
	}
	EXPECT_EQ(xvcpu_nl_events_lost(events), lost);
}

/* Nothing is numbered while nobody listens. */
static void nobody_listens(void)
{
	uint64_t seq;

	subscribe();
	make_many(1);
	expect(XVCPU_EVENT_VM_CREATED);
	expect(XVCPU_EVENT_VM_DESTROYED);
	seq = got[next - 1].seq;
	xvcpu_nl_events_close(events);
	make_many(10);
	subscribe();
	make_many(1);
	expect(XVCPU_EVENT_VM_CREATED);
	EXPECT_EQ(got[next - 1].seq, seq + 1);
}

/* --- many at the same time --- */

#define THREADS	4

static void *make_and_run(void *arg)
{
	int nr = *(int *)arg, i;
	struct vcpu own;
	struct vm its;

	for (i = 0; i < nr; i++) {
		vm_create(&its);
		vcpu_create(&own, &its, i % 7);
		vcpu_load(&own, "exits_halt_long");
		vcpu_run_until(&own, KVM_EXIT_HLT);
		vcpu_destroy(&own);
		vm_destroy(&its);
	}
	return NULL;
}

static int count_kind(enum xvcpu_event_kind kind)
{
	int nr = 0, i;

	for (i = 0; i < nr_got; i++)
		nr += got[i].kind == kind;
	return nr;
}

static void many_at_the_same_time(void)
{
	int each = test_amount(25, 10, 100), all = each * THREADS, i;
	pthread_t threads[THREADS];

	test_timeout(60);
	subscribe();
	for (i = 0; i < THREADS; i++)
		REQUIRE_EQ(pthread_create(&threads[i], NULL, make_and_run,
					  &each), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	while (count_kind(XVCPU_EVENT_VM_DESTROYED) < all)
		wait_some();
	EXPECT_EQ(xvcpu_nl_events_lost(events), 0);
	EXPECT_EQ(count_kind(XVCPU_EVENT_VM_CREATED), all);
	EXPECT_EQ(count_kind(XVCPU_EVENT_VCPU_CREATED), all);
	EXPECT_EQ(count_kind(XVCPU_EVENT_VCPU_DESTROYED), all);
	/* A thread may be moved between its binding and its first entry. */
	EXPECT(count_kind(XVCPU_EVENT_VCPU_BOUND) >= all);
	EXPECT_EQ(count_kind(XVCPU_EVENT_VCPU_BOUND),
		  count_kind(XVCPU_EVENT_VCPU_UNBOUND));
	for (i = 1; i < nr_got; i++)
		EXPECT(got[i].seq > got[i - 1].seq);
}

/* --- the end --- */

static void unload_while_somebody_listens(void)
{
	const char *params = module_params();

	module_need_file();
	subscribe();
	make_many(3);
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	REQUIRE_EQ(module_load("xvcpu", params), 0);
	/* What was told before had been sent. */
	while (count_kind(XVCPU_EVENT_VM_DESTROYED) < 3)
		wait_some();
	EXPECT_EQ(nr_got, 6);
	xvcpu_nl_events_close(events);
	next = nr_got = 0;
	subscribe();
	make_many(1);
	expect(XVCPU_EVENT_VM_CREATED);
	expect(XVCPU_EVENT_VM_DESTROYED);
}

static int group_number(void)
{
	struct nl_sock *sock = nl_socket_alloc();
	int group;

	REQUIRE(sock);
	REQUIRE_EQ(genl_connect(sock), 0);
	group = genl_ctrl_resolve_grp(sock, XVCPU_GENL_NAME,
				      XVCPU_MCGRP_EVENTS);
	REQUIRE(group > 0);
	nl_socket_free(sock);
	return group;
}

/* A socket of somebody without privilege, which nobody keeps from a number's group. */
static int join_as_nobody(int group)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int fd;

	REQUIRE_EQ(seteuid(65534), 0);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	REQUIRE(fd >= 0);
	REQUIRE_EQ(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	REQUIRE_EQ(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			      sizeof(group)), 0);
	REQUIRE_EQ(seteuid(0), 0);
	return fd;
}

static bool kernel_filters(void)
{
	struct utsname name;
	long major;
	char *at;

	REQUIRE_EQ(uname(&name), 0);
	major = strtol(name.release, &at, 10);
	REQUIRE_EQ(*at, '.');
	return major > 6 || (major == 6 && strtol(at + 1, NULL, 10) >= 8);
}

/* The group's number was not the family's yet when it was joined. */
static void joined_before_the_module(void)
{
	const char *params = module_params();
	char message[256];
	int group, early;

	if (!kernel_filters())
		test_skip("before 6.8 the kernel does not tell listeners apart");
	test_need_xvcpu();
	module_need_file();
	group = group_number();
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	early = join_as_nobody(group);
	REQUIRE_EQ(module_load("xvcpu", params), 0);
	REQUIRE_EQ(group_number(), group);
	subscribe();
	make_many(2);
	/* The first has been sent to all before the second was to anybody. */
	while (count_kind(XVCPU_EVENT_VM_DESTROYED) < 2)
		wait_some();
	EXPECT_EQ(recv(early, message, sizeof(message), MSG_DONTWAIT), -1);
	EXPECT_EQ(errno, EAGAIN);
	close(early);
}

static void unprivileged(void)
{
	test_need_xvcpu();
	REQUIRE_EQ(setuid(65534), 0);
	EXPECT_EQ(xvcpu_nl_events_open(&events), -EPERM);
	EXPECT(!events);
}

static const struct test tests[] = {
	{ "events_life_of_a_vcpu", life_of_a_vcpu },
	{ "events_life_without_a_run", life_without_a_run },
	{ "events_same_ids_as_dumps", same_ids_as_dumps },
	{ "events_numbers_and_times", numbers_and_times },
	{ "events_migrated_stopped", migrated_stopped },
	{ "events_migrated_nowhere", migrated_nowhere },
	{ "events_migrated_running", migrated_running },
	{ "events_floating_follows_its_thread", floating_follows_its_thread },
	{ "events_wrong_affinity", wrong_affinity },
	{ "events_triple_fault", triple_fault },
	{ "events_failed_entry", failed_entry },
	{ "events_cpu_goes_and_comes", cpu_goes_and_comes },
	{ "events_lost_on_the_way", lost_on_the_way },
	{ "events_nobody_listens", nobody_listens },
	{ "events_many_at_the_same_time", many_at_the_same_time },
	{ "events_unprivileged", unprivileged },
	{ "events_joined_before_the_module", joined_before_the_module },
	{ "events_unload_while_somebody_listens",
	  unload_while_somebody_listens },
	{ "events_root_is_granted_and_refused", root_is_granted_and_refused },
};

int main(int argc, char **argv)
{
	return module_test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
