// SPDX-License-Identifier: GPL-2.0
/*
 * The installed command, /bin/xvcpu, on the vCPU of this process: what it moves,
 * what it says and how it ends when it cannot.  xvcpu only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <json-c/json.h>

#include "harness.h"
#include "xvcpu_borrow.h"
#include "xvcpu_nl.h"

#define COMMAND	"/bin/xvcpu"
#define NOBODY	65534

static struct vm vm;
static struct vcpu vcpu;
static struct runner runner;
static char key[16];
static uint32_t key_number, vm_number;
static char output[1 << 16];
static uid_t as_user;

static void find_key(const struct xvcpu_vcpu_info *info, void *arg)
{
	(void)arg;
	if (info->tgid != (uint32_t)getpid())
		return;
	key_number = info->key;
	vm_number = info->vm;
}

static void set_up(void)
{
	struct xvcpu_nl *nl;

	test_need_xvcpu();
	test_timeout(60);
	if (access(COMMAND, X_OK))
		test_skip("there is no " COMMAND);
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	REQUIRE_EQ(xvcpu_nl_vcpus(nl, find_key, NULL), 0);
	xvcpu_nl_close(nl);
	REQUIRE(key_number);
	snprintf(key, sizeof(key), "%u", key_number);
}

static void start_guest(void)
{
	vcpu_load(&vcpu, "count_checked");
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1);
}

static void stop_guest(void)
{
	count_stop(&vm);
	REQUIRE_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
}

static void exec_command(int out, const char **argv)
{
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0 ||
	    (as_user && setuid(as_user)))
		_exit(126);
	execv(COMMAND, (char **)argv);
	_exit(127);
}

static void read_output(int fd)
{
	size_t length = 0;
	ssize_t got;

	while ((got = read(fd, output + length,
			   sizeof(output) - 1 - length)) > 0)
		length += got;
	REQUIRE_EQ(got, 0);
	output[length] = '\0';
}

/* Run it with these words; its output, and its exit status. */
static int command(const char *a, const char *b, const char *c, const char *d)
{
	const char *argv[6] = { "xvcpu", a, b, c, d };
	int pipes[2], status;
	pid_t pid;

	REQUIRE_EQ(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		exec_command(pipes[1], argv);
	close(pipes[1]);
	read_output(pipes[0]);
	close(pipes[0]);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	REQUIRE(WIFEXITED(status));
	test_context("xvcpu %s %s %s: %s", a, b ?: "", c ?: "", output);
	return WEXITSTATUS(status);
}

static const char *number(int n)
{
	static char text[16];

	snprintf(text, sizeof(text), "%d", n);
	return text;
}

static int pinned_cpu(void)
{
	struct xvcpu_binding_info info;

	vcpu_get_binding(&vcpu, &info);
	return info.pinned_cpu;
}

/* --- what works --- */

static void migrate_moves_a_running_guest(void)
{
	struct xvcpu_binding_info info;
	int i;

	test_need_cpus(2);
	set_up();
	start_guest();
	for (i = 0; i < 4; i++) {
		int cpu = host_cpu(i % 2);

		EXPECT_EQ(command("migrate", key, number(cpu), NULL), 0);
		EXPECT_EQ(pinned_cpu(), cpu);
		count_wait(&vm, 1000);
		vcpu_get_binding(&vcpu, &info);
		EXPECT_EQ(info.last_cpu, cpu);
	}
	EXPECT(info.migrations >= 3);
	stop_guest();
}

static void migrate_to_none_floats(void)
{
	set_up();
	EXPECT_EQ(command("migrate", key, number(host_cpu(0)), NULL), 0);
	EXPECT(strstr(output, "is pinned to CPU"));
	EXPECT_EQ(pinned_cpu(), host_cpu(0));
	EXPECT_EQ(command("migrate", key, "none", NULL), 0);
	EXPECT(strstr(output, "floats"));
	EXPECT_EQ(pinned_cpu(), XVCPU_CPU_NONE);
}

static void pin_and_unpin(void)
{
	set_up();
	EXPECT_EQ(command("pin", key, number(host_cpu(0)), NULL), 0);
	EXPECT_EQ(pinned_cpu(), host_cpu(0));
	EXPECT_EQ(command("pin", key, number(host_cpu(0)), NULL), 2);
	EXPECT(strstr(output, "xvcpu migrate"));
	EXPECT_EQ(command("unpin", key, NULL, NULL), 0);
	EXPECT_EQ(pinned_cpu(), XVCPU_CPU_NONE);
}

/* The right one of several, and it is the same file. */
static void borrow_the_right_vcpu(void)
{
	struct xvcpu_binding_info info;
	struct vcpu more[3];
	int fd, i;

	set_up();
	for (i = 0; i < 3; i++)
		vcpu_create(&more[i], &vm, i + 1);
	REQUIRE_EQ(vcpu_migrate(&vcpu, host_cpu(0)), 0);
	fd = xvcpu_borrow_vcpu(getpid(), key_number);
	REQUIRE(fd >= 0);
	REQUIRE_EQ(dev_ioctl(fd, XVCPU_GET_BINDING, &info), 0);
	EXPECT_EQ(info.pinned_cpu, host_cpu(0));
	EXPECT(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	EXPECT_EQ(xvcpu_borrow_vcpu(getpid(), 0x7fffffff), -ENOENT);
	EXPECT_EQ(xvcpu_borrow_vcpu(0x7ffffff0, key_number), -ESRCH);
}

/* --- what does not --- */

static void migrate_unknown_key(void)
{
	set_up();
	EXPECT_EQ(command("migrate", "2147483647", number(host_cpu(0)), NULL),
		  2);
	EXPECT(strstr(output, "no such vCPU"));
}

static void migrate_to_a_cpu_that_is_not(void)
{
	set_up();
	EXPECT_EQ(command("migrate", key, "99999", NULL), 2);
	EXPECT(strstr(output, "there is no CPU 99999"));
	EXPECT_EQ(pinned_cpu(), XVCPU_CPU_NONE);
}

static void migrate_to_an_offline_cpu(void)
{
	int cpu;

	test_need_cpus(2);
	set_up();
	cpu = host_cpu(1);
	if (host_set_online(cpu, false))
		test_skip("CPU %d cannot be taken offline", cpu);
	EXPECT_EQ(command("migrate", key, number(cpu), NULL), 2);
	EXPECT(strstr(output, "is offline or not in VMX root operation"));
	EXPECT(strstr(output, "xvcpu doctor"));
	EXPECT_EQ(pinned_cpu(), XVCPU_CPU_NONE);
	REQUIRE_EQ(host_set_online(cpu, true), 0);
}

static void migrate_unprivileged(void)
{
	set_up();
	as_user = NOBODY;
	EXPECT_EQ(command("migrate", key, number(host_cpu(0)), NULL), 2);
	EXPECT(strstr(output, "become root"));
	EXPECT_EQ(pinned_cpu(), XVCPU_CPU_NONE);
}

static void vms_unprivileged(void)
{
	set_up();
	EXPECT_EQ(command("vms", NULL, NULL, NULL), 0);
	EXPECT(!strstr(output, "  -"));
	as_user = NOBODY;
	EXPECT_EQ(command("vms", NULL, NULL, NULL), 0);
	EXPECT(strstr(output, "  -"));
	EXPECT_EQ(command("vms", "-j", NULL, NULL), 0);
	EXPECT(strstr(output, "\"slot_bytes\""));
	EXPECT(!strstr(output, "\"pages_4k\""));
}

static void migrate_a_process_that_passed_it_on(void)
{
	int copy;

	set_up();
	/* The file is held by a child, the VM's process has none of it. */
	copy = fork();
	REQUIRE(copy >= 0);
	if (!copy) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	close(vcpu.fd);
	EXPECT_EQ(command("migrate", key, number(host_cpu(0)), NULL), 2);
	EXPECT(strstr(output, "no longer has vCPU"));
	kill(copy, SIGKILL);
	waitpid(copy, NULL, 0);
}

static const struct {
	const char *words[4];
	const char *says;
} wrong[] = {
	{ { "migrate" }, "usage: xvcpu migrate KEY CPU|none" },
	{ { "migrate", "1" }, "usage: xvcpu migrate KEY CPU|none" },
	{ { "migrate", "x", "1" }, "'x' is not the key" },
	{ { "migrate", "1", "-1" }, "there is no such option" },
	{ { "migrate", "1", "nowhere" }, "'nowhere' is not the number" },
	{ { "pin", "1", "none" }, "'none' is not the number" },
	{ { "unpin", "1", "1" }, "usage: xvcpu unpin KEY" },
	{ { "show", "vm" }, "it takes a kind and a number" },
	{ { "show", "house", "1" }, "'house'" },
	{ { "show", "vm", "x" }, "'x' is not a number" },
	{ { "list", "1" }, "one argument too many" },
	{ { "vms", "--jsn" }, "there is no such option" },
	{ { "run", "--type" }, "it lacks an argument" },
	{ { "nothing" }, "there is no command 'nothing'" },
	{ { "help", "nothing" }, "there is no command 'nothing'" },
};

static void wrong_usage(void)
{
	size_t i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(command(wrong[i].words[0], wrong[i].words[1],
				  wrong[i].words[2], wrong[i].words[3]), 1);
		EXPECT(strstr(output, wrong[i].says));
	}
	EXPECT_EQ(pinned_cpu(), XVCPU_CPU_NONE);
}

/* --- what is listed --- */

static void show_and_lists(void)
{
	char id[16], line[64];

	set_up();
	snprintf(id, sizeof(id), "%u", vm_number);
	EXPECT_EQ(command("show", "vcpu", key, NULL), 0);
	snprintf(line, sizeof(line), "%-12s %s\n", "key", key);
	EXPECT(strstr(output, line));
	EXPECT_EQ(command("show", "vm", id, NULL), 0);
	snprintf(line, sizeof(line), "  key=%s vm=%s ", key, id);
	EXPECT(strstr(output, line));
	EXPECT_EQ(command("show", "cpu", number(host_cpu(0)), NULL), 0);
	EXPECT(strstr(output, "check=cpuid done=true"));
	EXPECT_EQ(command("show", "vm", "2147483647", NULL), 2);
	EXPECT(strstr(output, "no such VM"));
	EXPECT_EQ(command("vms", id, NULL, NULL), 0);
	EXPECT(strstr(output, "t_command"));
	EXPECT_EQ(command("list", NULL, NULL, NULL), 0);
	EXPECT(strstr(output, "VMs\n"));
	EXPECT(strstr(output, "\nvCPUs\n"));
	EXPECT(strstr(output, "\nCPUs\n"));
	EXPECT(!strstr(output, "\033"));
}

/* --- JSON; it is held against the schema when the machine is off --- */

static void print_json(const char *name)
{
	json_object *document = json_tokener_parse(output);

	REQUIRE(json_object_is_type(document, json_type_object));
	printf("# json %s: %s\n", name,
	       json_object_to_json_string_ext(document,
					      JSON_C_TO_STRING_PLAIN));
	json_object_put(document);
}

static void check_json(const char *name, const char *a, const char *b)
{
	EXPECT_EQ(command(name, "-j", a, b), 0);
	print_json(name);
}

static void json_is_as_the_schema_says(void)
{
	char id[16];

	set_up();
	snprintf(id, sizeof(id), "%u", vm_number);
	check_json("doctor", NULL, NULL);
	check_json("version", NULL, NULL);
	check_json("cpus", NULL, NULL);
	check_json("cpus", "--msrs", NULL);
	check_json("vcpus", NULL, NULL);
	check_json("vcpus", key, NULL);
	check_json("vms", NULL, NULL);
	check_json("vms", id, NULL);
	check_json("list", NULL, NULL);
	check_json("show", "vm", id);
	check_json("show", "vcpu", key);
	check_json("show", "cpu", number(host_cpu(0)));
}

static const struct test tests[] = {
	{ "command_migrate_moves_a_running_guest",
	  migrate_moves_a_running_guest },
	{ "command_migrate_to_none_floats", migrate_to_none_floats },
	{ "command_pin_and_unpin", pin_and_unpin },
	{ "command_borrow_the_right_vcpu", borrow_the_right_vcpu },
	{ "command_migrate_unknown_key", migrate_unknown_key },
	{ "command_migrate_to_a_cpu_that_is_not",
	  migrate_to_a_cpu_that_is_not },
	{ "command_migrate_to_an_offline_cpu", migrate_to_an_offline_cpu },
	{ "command_migrate_unprivileged", migrate_unprivileged },
	{ "command_vms_unprivileged", vms_unprivileged },
	{ "command_migrate_a_process_that_passed_it_on",
	  migrate_a_process_that_passed_it_on },
	{ "command_wrong_usage", wrong_usage },
	{ "command_show_and_lists", show_and_lists },
	{ "command_json_is_as_the_schema_says", json_is_as_the_schema_says },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
