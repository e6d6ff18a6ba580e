// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors that go elsewhere: to another process over a socket, by fork and
 * by exec, and are closed there and here in any order.  xvcpu only.
 *
 * A VM belongs to the process that made it: nobody else can use it, but whoever
 * has a descriptor of it keeps it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xvcpu_nl.h>

#include "harness_memory.h"

static struct xvcpu_nl *nl;
static uint32_t pages;		/* that the module holds without a VM */

static void set_up(void)
{
	test_need_xvcpu();
	test_timeout(60);
	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	module_expect_empty();
	pages = module_pages();
}

/* A VM with one vCPU that has run. */
static void create(void)
{
	memory_set_up(NULL);
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static void add_loaded(const struct xvcpu_cpu_info *cpu, void *arg)
{
	*(uint32_t *)arg += cpu->loaded;
}

static void expect_left(uint32_t vms, uint32_t vcpus, uint32_t loaded)
{
	struct xvcpu_module_info module;
	uint32_t sum = 0;

	REQUIRE_EQ(xvcpu_nl_module(nl, &module), 0);
	REQUIRE_EQ(xvcpu_nl_cpus(nl, false, add_loaded, &sum), 0);
	EXPECT_EQ(module.vms, vms);
	EXPECT_EQ(module.vcpus, vcpus);
	EXPECT_EQ(sum, loaded);
	if (!vms)
		EXPECT_EQ(module.pages, pages);
}

/* What another process is told. */
static bool is_refused(int vm_fd, int vcpu_fd)
{
	struct kvm_regs regs;

	return dev_ioctl(vm_fd, KVM_CREATE_VCPU, (void *)1) == -EIO &&
	       dev_ioctl(vm_fd, KVM_CHECK_EXTENSION, NULL) == -EIO &&
	       dev_ioctl(vcpu_fd, KVM_RUN, NULL) == -EIO &&
	       dev_ioctl(vcpu_fd, KVM_GET_REGS, &regs) == -EIO &&
	       dev_ioctl(vcpu_fd, KVM_SET_REGS, &regs) == -EIO;
}

/* --- over a socket --- */

static void send_fds(int socket, int fd0, int fd1)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control = {
		.head = {
			.cmsg_len = CMSG_LEN(2 * sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		},
	};
	struct iovec iov = { .iov_base = "", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	int fds[2] = { fd0, fd1 };

	memcpy(CMSG_DATA(&control.head), fds, sizeof(fds));
	REQUIRE_EQ(sendmsg(socket, &message, 0), 1);
}

static bool receive_fds(int socket, int *fds)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	if (recvmsg(socket, &message, 0) != 1 ||
	    message.msg_controllen < CMSG_LEN(2 * sizeof(int)))
		return false;
	memcpy(fds, CMSG_DATA(&control.head), 2 * sizeof(int));
	return true;
}

/* Takes descriptors, and closes the one or the other when it is told to. */
static void receiver(int socket)
{
	char answer, which;
	int fds[2];

	while (receive_fds(socket, fds)) {
		answer = is_refused(fds[0], fds[1]);
		if (write(socket, &answer, 1) != 1)
			break;
		while (read(socket, &which, 1) == 1 && which < 2) {
			close(fds[(int)which]);
			if (write(socket, "", 1) != 1)
				break;
		}
	}
	_exit(0);
}

/* Each closing: the VM's or the vCPU's (bit 0), here or there (bit 1). */
#define CLOSE_VCPU	1
#define CLOSE_THERE	2
#define CLOSINGS	4

static void close_one(int socket, int closing)
{
	char which = closing & CLOSE_VCPU, byte;

	if (closing & CLOSE_THERE) {
		REQUIRE_EQ(write(socket, &which, 1), 1);
		REQUIRE_EQ(read(socket, &byte, 1), 1);
	} else if (closing & CLOSE_VCPU) {
		vcpu_destroy(&vcpu);
	} else {
		vm_destroy(&vm);
	}
}

/* The VM is there until the last is closed; it is bound as long as it could run. */
static void close_in_order(int socket, const int *order)
{
	bool vcpu_open;
	char byte = 2;
	int i, j;

	test_context("order %d %d %d %d", order[0], order[1], order[2],
		     order[3]);
	create();
	send_fds(socket, vm.fd, vcpu.fd);
	REQUIRE_EQ(read(socket, &byte, 1), 1);
	EXPECT_EQ(byte, 1);
	for (i = 0; i < CLOSINGS; i++) {
		close_one(socket, order[i]);
		vcpu_open = false;
		for (j = i + 1; j < CLOSINGS; j++)
			vcpu_open |= order[j] & CLOSE_VCPU;
		expect_left(i < CLOSINGS - 1, i < CLOSINGS - 1, vcpu_open);
	}
	byte = 2;
	REQUIRE_EQ(write(socket, &byte, 1), 1);
}

static void permute(int socket, int *order, int n)
{
	int i, first;

	if (n == CLOSINGS) {
		close_in_order(socket, order);
		return;
	}
	for (i = n; i < CLOSINGS; i++) {
		first = order[i];
		order[i] = order[n];
		order[n] = first;
		permute(socket, order, n + 1);
		order[n] = order[i];
		order[i] = first;
	}
}

static void closed_in_any_order(void)
{
	int order[CLOSINGS] = { 0, 1, 2, 3 }, sockets[2], status;
	uint64_t times = test_amount(1, 1, 5);
	pid_t pid;

	set_up();
	REQUIRE_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets), 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		close(sockets[0]);
		receiver(sockets[1]);
	}
	close(sockets[1]);
	while (times--)
		permute(sockets[0], order, 0);
	close(sockets[0]);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
}

/* Who made the VM is dead, and its memory with it. */
static void owner_killed_while_others_hold(void)
{
	int sockets[2], fds[2], status;
	struct xvcpu_binding_info info;
	struct runner runner;
	pid_t pid;

	set_up();
	REQUIRE_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets), 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		memory_set_up(memory_private());
		memory_touch_start(&runner, GPA, SIZE / PAGE_SIZE);
		count_wait(&vm, 1);
		send_fds(sockets[1], vm.fd, vcpu.fd);
		runner_wait(&runner);
		_exit(1);
	}
	REQUIRE(receive_fds(sockets[0], fds));
	kill(pid, SIGKILL);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	EXPECT(WIFSIGNALED(status));
	EXPECT(is_refused(fds[0], fds[1]));
	expect_left(1, 1, 1);
	REQUIRE_EQ(dev_ioctl(fds[1], XVCPU_GET_BINDING, &info), 0);
	EXPECT_EQ(info.state, XVCPU_VCPU_BOUND);
	close(fds[0]);
	expect_left(1, 1, 1);
	close(fds[1]);
	expect_left(0, 0, 0);
}

/* Descriptors in a message that nobody ever reads. */
static void lost_in_the_mail(void)
{
	int sockets[2];

	set_up();
	REQUIRE_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets), 0);
	create();
	send_fds(sockets[0], vm.fd, vcpu.fd);
	vcpu_destroy(&vcpu);
	vm_destroy(&vm);
	expect_left(1, 1, 1);
	close(sockets[0]);
	close(sockets[1]);
	expect_left(0, 0, 0);
}

/* --- fork --- */

static void forked_child_is_refused(void)
{
	int status, leave[2];
	char byte;
	pid_t pid;

	set_up();
	create();
	REQUIRE_EQ(pipe(leave), 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		close(leave[1]);
		if (!is_refused(vm.fd, vcpu.fd))
			_exit(1);
		/* To the end of the other side. */
		_exit(read(leave[0], &byte, 1) != 0);
	}
	/* The parent's VM is not touched by it. */
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	vcpu_destroy(&vcpu);
	vm_destroy(&vm);
	expect_left(1, 1, 1);
	close(leave[1]);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
	expect_left(0, 0, 0);
}

/* Every fork write-protects the guest's memory, and the child has its own. */
static void fork_in_mid_run(void)
{
	uint64_t times = test_amount(4, 2, 16), done, i;
	struct runner runner;
	int status;
	pid_t pid;

	set_up();
	memory_set_up(memory_private());
	memory_touch_start(&runner, GPA, SIZE / PAGE_SIZE);
	while (times--) {
		count_wait(&vm, 1);
		pid = fork();
		REQUIRE(pid >= 0);
		if (!pid) {
			/* Nobody writes to it any more. */
			done = *memory_word(0);
			count_wait(&vm, 2);
			_exit(*memory_word(0) != done);
		}
		REQUIRE_EQ(waitpid(pid, &status, 0), pid);
		EXPECT_EQ(status, 0);
	}
	memory_touch_end(&runner);
	done = *vm_u64(&vm, COUNT_NOW);
	for (i = 0; i < SIZE / PAGE_SIZE; i++)
		EXPECT_EQ(*memory_word(i * PAGE_SIZE), done);
}

/* --- exec --- */

static void wait_left(uint32_t vms)
{
	struct xvcpu_module_info module;

	do {
		REQUIRE_EQ(xvcpu_nl_module(nl, &module), 0);
		sched_yield();
	} while (module.vms != vms);
}

/* Becomes a program that waits for the end of its input, guest running or not. */
static void become_another(int input, bool keep)
{
	struct runner runner;

	memory_set_up(memory_private());
	memory_touch_start(&runner, GPA, SIZE / PAGE_SIZE);
	count_wait(&vm, 1);
	if (keep) {
		fcntl(vm.fd, F_SETFD, 0);
		fcntl(vcpu.fd, F_SETFD, 0);
	}
	dup2(input, 0);
	execl("/bin/cat", "cat", NULL);
	_exit(1);
}

static pid_t start_exec(bool keep, int *input, int *report)
{
	int in[2], out[2];
	pid_t pid;

	REQUIRE_EQ(pipe2(in, O_CLOEXEC), 0);
	REQUIRE_EQ(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		become_another(in[0], keep);
	close(in[0]);
	close(out[1]);
	*input = in[1];
	*report = out[0];
	return pid;
}

static void exec_with(bool keep)
{
	int input, report, status;
	char byte;
	pid_t pid;

	set_up();
	if (access("/bin/cat", X_OK))
		test_skip("no /bin/cat");
	pid = start_exec(keep, &input, &report);
	/* Its end of this pipe closes with exec. */
	REQUIRE_EQ(read(report, &byte, 1), 0);
	/* The others do at about the same time, if they do. */
	wait_left(keep);
	REQUIRE_EQ(waitpid(pid, &status, WNOHANG), 0);
	expect_left(keep, keep, keep);
	close(input);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
	expect_left(0, 0, 0);
}

static void exec_closes(void)
{
	exec_with(false);
}

static void exec_keeps_what_it_is_told_to(void)
{
	exec_with(true);
}

static const struct test tests[] = {
	{ "fds_closed_in_any_order", closed_in_any_order },
	{ "fds_owner_killed_while_others_hold",
	  owner_killed_while_others_hold },
	{ "fds_lost_in_the_mail", lost_in_the_mail },
	{ "fds_forked_child_is_refused", forked_child_is_refused },
	{ "fds_fork_in_mid_run", fork_in_mid_run },
	{ "fds_exec_closes", exec_closes },
	{ "fds_exec_keeps_what_it_is_told_to", exec_keeps_what_it_is_told_to },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
