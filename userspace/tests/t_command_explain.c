// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu explain, as a program: each thing that can be the matter with a guest is
 * diagnosed by the command alone.  xvcpu only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <json-c/json.h>

#include "harness.h"
#include "harness_cli.h"
#include "xvcpu_nl.h"

static struct vm vm;
static struct vcpu vcpu;
static struct xvcpu_vcpu_info info;
static struct cli cli;

static void find_key(const struct xvcpu_vcpu_info *found, void *arg)
{
	(void)arg;
	if (found->tgid == (uint32_t)getpid())
		info = *found;
}

static void set_up_pinned(const char *guest, int cpu)
{
	struct xvcpu_nl *nl;

	test_need_xvcpu();
	test_timeout(30);
	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	vm_create(&vm);
	vcpu_create_pinned(&vcpu, &vm, 0, cpu);
	vcpu_load(&vcpu, guest);
	REQUIRE_EQ(xvcpu_nl_vcpus(nl, find_key, NULL), 0);
	REQUIRE(info.key);
	xvcpu_nl_close(nl);
}

static void set_up(const char *guest)
{
	set_up_pinned(guest, XVCPU_CPU_NONE);
}

/* The last line, with which the exit status goes. */
static void expect_verdict(int status, const char *text)
{
	char *at;

	if (cli.status != status)
		test_failed(true, __FILE__, __LINE__, "status %d: %s%s",
			    cli.status, cli.out, cli.err);
	REQUIRE(cli.length);
	cli.out[cli.length - 1] = '\0';
	at = strrchr(cli.out, '\n');
	test_note("%s", at ? at + 1 : cli.out);
	if (!strstr(at ? at : cli.out, text))
		test_failed(false, __FILE__, __LINE__, "no '%s' in: %s", text,
			    cli.out);
}

static bool says(const char *text)
{
	return strstr(cli.out, text);
}

/* --- what can be the matter --- */

/* Its two instructions: where it is when the host interrupts it. */
static void a_loop(void)
{
	struct runner runner;

	test_need_cpus(2);
	set_up("explain_loop");
	runner_start(&runner, &vcpu, host_cpu(1));
	do
		cli_run(&cli, "explain -i 0.5 %u", info.key);
	while (strstr(cli.out, "never run"));
	expect_verdict(2, "the guest loops and needs nothing");
	EXPECT(says("state       running"));
	if (says("whenever it left"))
		EXPECT(says("RIP 0x8001") || says("RIP 0x8003"));
	else
		EXPECT(says("between RIP 0x8001 and 0x8003"));
}

static void a_triple_fault(void)
{
	set_up("exits_shutdown");
	vcpu_run_until(&vcpu, KVM_EXIT_SHUTDOWN);
	cli_run(&cli, "explain -i 0.1 %u", info.key);
	expect_verdict(2, "the guest ended with a triple fault");
	EXPECT(says("state       terminated"));
	EXPECT(says("triple-fault"));
}

static void break_vmcs(void)
{
	struct kvm_sregs sregs;

	/* A task register that is not busy, which no VM entry takes. */
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.tr.type = 1;
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_run_until(&vcpu, KVM_EXIT_FAIL_ENTRY);
}

static void a_broken_vmcs(void)
{
	set_up("exits_halt_long");
	break_vmcs();
	cli_run(&cli, "explain -i 0.1 %u", info.key);
	EXPECT(says("TR is no busy TSS of a size for the mode"));
	EXPECT(says("    GUEST_TR_AR_BYTES (0x4822) is 0x"));
	expect_verdict(2, "with exit reason 33: VM entry found guest state that is not allowed");
	EXPECT(says("GUEST_TR_AR_BYTES is 0x"));
	EXPECT(says("state       terminated"));
}

static void a_broken_vmcs_after_a_triple_fault(void)
{
	set_up("exits_shutdown");
	vcpu_run_until(&vcpu, KVM_EXIT_SHUTDOWN);
	vcpu_load(&vcpu, "exits_halt_long");
	break_vmcs();
	cli_run(&cli, "explain -i 0.1 %u", info.key);
	expect_verdict(2, "VM entry failed on CPU");
}

static int victim = -1;

static void revive(void)
{
	if (victim >= 0)
		host_set_online(victim, true);
}

static void a_cpu_that_is_offline(void)
{
	char text[80];

	test_need_cpus(2);
	victim = host_cpu(1);
	set_up_pinned("exits_halt_long", victim);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	atexit(revive);
	if (host_set_online(victim, false) == -ENOENT)
		test_skip("CPU %d cannot be taken offline", victim);
	EXPECT_EQ(vcpu_run(&vcpu), -ENXIO);
	cli_run(&cli, "explain -i 0.1 %u", info.key);
	snprintf(text, sizeof(text), "pinned to CPU %d, which is offline",
		 victim);
	expect_verdict(2, text);
}

/* --- what is not the matter --- */

static void never_run(void)
{
	set_up("exits_halt_long");
	cli_run(&cli, "explain -i 0.1 %u", info.key);
	expect_verdict(0, "the guest has never run");
	EXPECT(says("state       unbound"));
}

static void waits_for_userspace(void)
{
	set_up("exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	cli_run(&cli, "explain -i 0.1 %u", info.key);
	expect_verdict(0, "does not call KVM_RUN; the latest ended with HLT");
}

static void *run_again_and_again(void *arg)
{
	struct kvm_regs regs;

	(void)arg;
	for (;;) {
		vcpu_load(&vcpu, "stats_known");
		vcpu_get_regs(&vcpu, &regs);
		regs.r12 = 1000000;
		vcpu_set_regs(&vcpu, &regs);
		vcpu_run(&vcpu);
	}
	return NULL;
}

static void runs(void)
{
	pthread_t thread;

	test_need_cpus(2);
	set_up("stats_known");
	REQUIRE_EQ(pthread_create(&thread, NULL, run_again_and_again, NULL), 0);
	do
		cli_run(&cli, "explain -i 0.3 %u", info.key);
	while (strstr(cli.out, "never run"));
	expect_verdict(0, "most of them for cpuid (the guest executed CPUID)");
}

/* --- JSON --- */

static void json_of_a_loop(void)
{
	struct runner runner;

	test_need_cpus(2);
	set_up("explain_loop");
	runner_start(&runner, &vcpu, host_cpu(1));
	do
		cli_run(&cli, "explain -j -i 0.3 %u", info.key);
	while (strstr(cli.out, "never-run"));
	EXPECT_EQ(cli.status, 2);
	EXPECT(says("\"verdict\": \"loops\""));
	EXPECT(says("\"rip_low\": \"0x800"));
}

static const char *string(json_object *object, const char *name)
{
	json_object *value = NULL;

	test_context("JSON member %s", name);
	REQUIRE(json_object_object_get_ex(object, name, &value));
	return json_object_get_string(value);
}

static void json_says_the_verdict(void)
{
	json_object *document;

	set_up("exits_halt_long");
	break_vmcs();
	cli_run(&cli, "explain -j -i 0.1 %u", info.key);
	EXPECT_EQ(cli.status, 2);
	document = json_tokener_parse(cli.out);
	REQUIRE(document);
	EXPECT(!strcmp(string(document, "verdict"), "failed-entry"));
	EXPECT(!strcmp(string(document, "failure"), "0x80000021"));
	EXPECT(!strcmp(string(document, "state"), "terminated"));
	EXPECT(strstr(string(document, "sentence"), "exit reason 33"));
	EXPECT(strstr(string(document, "rules"), "GUEST_TR_AR_BYTES"));
}

/* --- numbers --- */

static void numbers(void)
{
	cli_run(&cli, "explain error 7");
	EXPECT_EQ(cli.status, 0);
	EXPECT(says("VM-instruction error 7: VM entry found a control field"));
	EXPECT(says("VM Instruction Error Numbers"));
	cli_run(&cli, "explain exit 12");
	EXPECT_EQ(cli.status, 0);
	EXPECT(says("exit reason 12, hlt: the guest executed HLT"));
	EXPECT(says("VMX Basic Exit Reasons"));
	cli_run(&cli, "explain exit 0x80000021");
	EXPECT_EQ(cli.status, 0);
	EXPECT(says("a VM entry that failed"));
	EXPECT(says("exit reason 33, invalid-state"));
}

/* All errors of the SDM, and none besides. */
static void numbers_of_all_errors(void)
{
	static const int none[] = { 0, 9999, 14, 21, 27, 29 };
	size_t i;
	int n;

	test_timeout(60);
	for (n = 1; n <= 28; n++) {
		if (n == 14 || n == 21 || n == 27)
			continue;
		test_context("error %d", n);
		cli_run(&cli, "explain error %d", n);
		EXPECT_EQ(cli.status, 0);
	}
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		test_context("error %d", none[i]);
		cli_run(&cli, "explain error %d", none[i]);
		EXPECT_EQ(cli.status, 2);
		EXPECT(strstr(cli.err, "there is no VM-instruction error"));
	}
}

static void refuses_wrong_usage(void)
{
	static const char *const wrong[][2] = {
		{ "explain", "key" },
		{ "explain x", "not a number" },
		{ "explain fault 3", "neither" },
		{ "explain error x", "not a number" },
		{ "explain 1 2 3", "key" },
		{ "explain -i 0 1", "no interval" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		test_context("%s", wrong[i][0]);
		cli_run(&cli, "%s", wrong[i][0]);
		EXPECT_EQ(cli.status, 1);
		EXPECT(strstr(cli.err, wrong[i][1]));
	}
}

static void refuses_an_unknown_key(void)
{
	test_need_xvcpu();
	cli_run(&cli, "explain 123456789");
	EXPECT_EQ(cli.status, 2);
	EXPECT(strstr(cli.err, "no such vCPU"));
}

static const struct test tests[] = {
	{ "explain_a_loop", a_loop },
	{ "explain_a_triple_fault", a_triple_fault },
	{ "explain_a_broken_vmcs", a_broken_vmcs },
	{ "explain_a_broken_vmcs_after_a_triple_fault",
	  a_broken_vmcs_after_a_triple_fault },
	{ "explain_a_cpu_that_is_offline", a_cpu_that_is_offline },
	{ "explain_never_run", never_run },
	{ "explain_waits_for_userspace", waits_for_userspace },
	{ "explain_runs", runs },
	{ "explain_json_says_the_verdict", json_says_the_verdict },
	{ "explain_json_of_a_loop", json_of_a_loop },
	{ "explain_numbers", numbers },
	{ "explain_numbers_of_all_errors", numbers_of_all_errors },
	{ "explain_refuses_wrong_usage", refuses_wrong_usage },
	{ "explain_refuses_an_unknown_key", refuses_an_unknown_key },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
