// SPDX-License-Identifier: GPL-2.0
/*
 * Failed VM entries: the rule that was broken, with the fields and their values,
 * for what userspace can bring about. xvcpu only.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xvcpu_check.h>
#include <xvcpu_explain.h>
#include <xvcpu_nl.h>

#include "harness.h"
#include "harness_fault.h"

#define FAILED_ENTRY	0x80000000U
#define BAD_CONTROLS	7
#define BAD_GUEST	(FAILED_ENTRY | 33)

static struct vm vm;
static struct vcpu vcpu;

static void set_up(void)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	vcpu_load(&vcpu, "exits_halt_long");
}

static long get_failure(struct xvcpu_entry_failure *failure)
{
	return dev_ioctl(vcpu.fd, XVCPU_GET_ENTRY_FAILURE, failure);
}

/* --- what is wrong --- */

static void bad_cs_type(struct kvm_sregs *s)
{
	s->cs.type = 1;	/* accessed: 3 would do */
	s->cs.s = 0;
}

static void bad_cs_absent(struct kvm_sregs *s)
{
	s->cs.present = 0;
}

static void bad_cs_dpl(struct kvm_sregs *s)
{
	s->cs.dpl = 3;
}

static void bad_ss_type(struct kvm_sregs *s)
{
	s->ss.type = 1;
}

static void bad_tr_unusable(struct kvm_sregs *s)
{
	s->tr.unusable = 1;
}

static void bad_tr_type(struct kvm_sregs *s)
{
	s->tr.type = 1;
}

static void bad_ds_limit(struct kvm_sregs *s)
{
	s->ds.g = 0;
	s->ds.limit = 0xffffffff;
}

static void bad_ds_base(struct kvm_sregs *s)
{
	s->ds.base = 1ULL << 33;
}

static void bad_gs_base(struct kvm_sregs *s)
{
	s->gs.base = 1ULL << 63;
}

static void bad_gdt_base(struct kvm_sregs *s)
{
	s->gdt.base = 1ULL << 63;
}

static void bad_idt_base(struct kvm_sregs *s)
{
	s->idt.base = 1ULL << 62;
}

static void bad_ldt_type(struct kvm_sregs *s)
{
	s->ldt.unusable = 0;
	s->ldt.type = 5;
	s->ldt.present = 1;
}

static const struct sregs_case {
	const char *name;
	void (*spoil)(struct kvm_sregs *sregs);
	uint32_t rule;
	const char *field;
} sregs_cases[] = {
	{ "CS of a data type", bad_cs_type, XVCPU_RULE_GUEST_CS_TYPE,
	  "GUEST_CS_AR_BYTES" },
	{ "CS of a data type", bad_cs_type, XVCPU_RULE_GUEST_SEGMENT_S,
	  "GUEST_CS_AR_BYTES" },
	{ "CS absent", bad_cs_absent, XVCPU_RULE_GUEST_SEGMENT_PRESENT,
	  "GUEST_CS_AR_BYTES" },
	{ "DPL of CS", bad_cs_dpl, XVCPU_RULE_GUEST_CS_DPL,
	  "GUEST_CS_AR_BYTES" },
	{ "SS read-only", bad_ss_type, XVCPU_RULE_GUEST_SS_TYPE,
	  "GUEST_SS_AR_BYTES" },
	{ "TR unusable", bad_tr_unusable, XVCPU_RULE_GUEST_TR_UNUSABLE,
	  "GUEST_TR_AR_BYTES" },
	{ "TR not busy", bad_tr_type, XVCPU_RULE_GUEST_TR_TYPE,
	  "GUEST_TR_AR_BYTES" },
	{ "limit of DS", bad_ds_limit, XVCPU_RULE_GUEST_SEGMENT_LIMIT,
	  "GUEST_DS_LIMIT" },
	{ "base of DS", bad_ds_base, XVCPU_RULE_GUEST_BASE_HIGH,
	  "GUEST_DS_BASE" },
	{ "base of GS", bad_gs_base, XVCPU_RULE_GUEST_BASE, "GUEST_GS_BASE" },
	{ "base of GDTR", bad_gdt_base, XVCPU_RULE_GUEST_TABLE_BASE,
	  "GUEST_GDTR_BASE" },
	{ "base of IDTR", bad_idt_base, XVCPU_RULE_GUEST_TABLE_BASE,
	  "GUEST_IDTR_BASE" },
	{ "LDTR no LDT", bad_ldt_type, XVCPU_RULE_GUEST_LDTR_TYPE,
	  "GUEST_LDTR_AR_BYTES" },
};

static const struct xvcpu_failure_rule *
find_rule(const struct xvcpu_entry_failure *failure, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < failure->nr_rules && i < XVCPU_FAILURE_RULES; i++)
		if (failure->rules[i].rule == id)
			return &failure->rules[i];
	return NULL;
}

/* All that is told has a name. */
static void expect_names(const struct xvcpu_entry_failure *failure)
{
	uint32_t i, f;

	EXPECT(strcmp(xvcpu_explain_failure(failure->hardware_reason), "unknown"));
	for (i = 0; i < failure->nr_rules && i < XVCPU_FAILURE_RULES; i++) {
		EXPECT(strcmp(xvcpu_rule_text(failure->rules[i].rule),
			      "unknown"));
		EXPECT(failure->rules[i].nr_fields >= 1 &&
		       failure->rules[i].nr_fields <= XVCPU_FAILURE_FIELDS);
		for (f = 0; f < failure->rules[i].nr_fields; f++)
			EXPECT(strcmp(xvcpu_field_name(failure->rules[i].fields[f].encoding),
				      "unknown"));
	}
}

/* The entry fails for this reason, and this field is the first to be named. */
static uint64_t fails_by(uint64_t reason, uint32_t rule, const char *field)
{
	struct xvcpu_entry_failure failure = {};
	const struct xvcpu_failure_rule *found;

	memset(&failure, 0xff, sizeof(failure));
	REQUIRE_EQ(vcpu_run(&vcpu), 0);
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_FAIL_ENTRY);
	EXPECT_EQ(vcpu.run->fail_entry.hardware_entry_failure_reason, reason);
	REQUIRE_EQ(get_failure(&failure), 0);
	EXPECT_EQ(failure.hardware_reason, reason);
	EXPECT_EQ(failure.instruction_error,
		  reason & FAILED_ENTRY ? 0 : reason);
	EXPECT_EQ(failure.cpu, vcpu.run->fail_entry.cpu);
	EXPECT_EQ(failure.padding, 0);
	EXPECT_EQ(failure.reserved[0] | failure.reserved[1] |
		  failure.reserved[2], 0);
	expect_names(&failure);
	found = find_rule(&failure, rule);
	REQUIRE(found);
	EXPECT(!strcmp(xvcpu_field_name(found->fields[0].encoding), field));
	return found->fields[0].value;
}

/* As a person would want to read it. */
static void note_failure(void)
{
	const struct xvcpu_failure_rule *rule;
	struct xvcpu_entry_failure failure = {};
	uint32_t i, f;

	REQUIRE_EQ(get_failure(&failure), 0);
	test_note("reason %#llx: %s", failure.hardware_reason,
		  xvcpu_explain_failure(failure.hardware_reason));
	for (i = 0; i < failure.nr_rules && i < XVCPU_FAILURE_RULES; i++) {
		rule = &failure.rules[i];
		test_note("  %s", xvcpu_rule_text(rule->rule));
		for (f = 0; f < rule->nr_fields; f++)
			test_note("    %s (0x%04x) is %#llx",
				  xvcpu_field_name(rule->fields[f].encoding),
				  rule->fields[f].encoding,
				  rule->fields[f].value);
	}
}

static void rule_named_sregs(void)
{
	struct kvm_sregs sregs;
	size_t i;

	test_need_xvcpu();
	set_up();
	for (i = 0; i < ARRAY_SIZE(sregs_cases); i++) {
		const struct sregs_case *c = &sregs_cases[i];

		test_context("%s", c->name);
		vcpu_load(&vcpu, "exits_halt_long");
		vcpu_get_sregs(&vcpu, &sregs);
		c->spoil(&sregs);
		vcpu_set_sregs(&vcpu, &sregs);
		fails_by(BAD_GUEST, c->rule, c->field);
	}
}

static void value_told(void)
{
	struct kvm_sregs sregs;

	test_need_xvcpu();
	set_up();
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.gs.base = 0x123456789abcdef0;
	vcpu_set_sregs(&vcpu, &sregs);
	EXPECT_EQ(fails_by(BAD_GUEST, XVCPU_RULE_GUEST_BASE, "GUEST_GS_BASE"),
		  0x123456789abcdef0);
	note_failure();
}

static void rule_named_regs(void)
{
	struct kvm_regs regs;

	test_need_xvcpu();
	set_up();
	vcpu_get_regs(&vcpu, &regs);
	regs.rflags |= BIT(17);
	vcpu_set_regs(&vcpu, &regs);
	EXPECT_EQ(fails_by(BAD_GUEST, XVCPU_RULE_GUEST_RFLAGS_VM,
			   "GUEST_RFLAGS"), regs.rflags);
	vcpu_load(&vcpu, "exits_halt_prot");
	vcpu_get_regs(&vcpu, &regs);
	regs.rip = 1ULL << 40;
	vcpu_set_regs(&vcpu, &regs);
	EXPECT_EQ(fails_by(BAD_GUEST, XVCPU_RULE_GUEST_RIP, "GUEST_RIP"),
		  1LL << 40);
}

static void set_exception(uint8_t nr, bool has_error, uint32_t error)
{
	struct kvm_vcpu_events events = {
		.exception.injected = 1,
		.exception.nr = nr,
		.exception.has_error_code = has_error,
		.exception.error_code = error,
	};

	vcpu_load(&vcpu, "exits_halt_long");
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_VCPU_EVENTS, &events), 0);
}

/* IA32_VMX_BASIC says that any exception may come with an error code, or without. */
static bool takes_any_error(void)
{
	struct xvcpu_module_info module;
	struct xvcpu_nl *nl;

	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	REQUIRE_EQ(xvcpu_nl_module(nl, &module), 0);
	xvcpu_nl_close(nl);
	REQUIRE(module.msrs.nr && module.msrs.msr[0].index == 0x480);
	return module.msrs.msr[0].value & BIT(56);
}

/* Error 7: not the guest's state, but what the VM entry was told to do. */
static void rule_named_event(void)
{
	test_need_xvcpu();
	set_up();
	if (!takes_any_error()) {
		set_exception(VEC_UD, true, 0);
		EXPECT_EQ(fails_by(BAD_CONTROLS, XVCPU_RULE_EVENT_DELIVERS_ERROR,
				   "VM_ENTRY_INTR_INFO_FIELD"), 0x80000b06);
		set_exception(VEC_GP, false, 0);
		EXPECT_EQ(fails_by(BAD_CONTROLS, XVCPU_RULE_EVENT_DELIVERS_ERROR,
				   "VM_ENTRY_INTR_INFO_FIELD"), 0x8000030d);
		note_failure();
	}
	set_exception(VEC_GP, true, 0x12345);
	EXPECT_EQ(fails_by(BAD_CONTROLS, XVCPU_RULE_EVENT_ERROR_CODE,
			   "VM_ENTRY_EXCEPTION_ERROR_CODE"), 0x12345);
}

static void none_yet(void)
{
	struct xvcpu_entry_failure failure = {};

	test_need_xvcpu();
	set_up();
	EXPECT_EQ(get_failure(&failure), -ENOENT);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(get_failure(&failure), -ENOENT);
	EXPECT_EQ(dev_ioctl(vm.fd, XVCPU_GET_ENTRY_FAILURE, &failure), -ENOTTY);
	EXPECT_EQ(dev_ioctl(vm.sys, XVCPU_GET_ENTRY_FAILURE, &failure),
		  -ENOTTY);
}

static void fail_by_gs(uint64_t base)
{
	struct kvm_sregs sregs;

	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.gs.base = base;
	vcpu_set_sregs(&vcpu, &sregs);
	EXPECT_EQ(fails_by(BAD_GUEST, XVCPU_RULE_GUEST_BASE, "GUEST_GS_BASE"),
		  base);
}

/* Whoever has the descriptor may ask, and need not wait for the vCPU. */
static void told_elsewhere(void)
{
	struct xvcpu_entry_failure failure = {};
	struct runner runner;
	int status;
	pid_t pid;

	test_need_xvcpu();
	set_up();
	fail_by_gs(1ULL << 62);
	vcpu_load(&vcpu, "count_checked");
	runner_start(&runner, &vcpu, -1);
	count_wait(&vm, 1);
	EXPECT_EQ(get_failure(&failure), 0);
	EXPECT_EQ(failure.hardware_reason, BAD_GUEST);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		_exit(get_failure(&failure) || failure.sequence != 1);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	count_stop(&vm);
	EXPECT_EQ(runner_wait(&runner), 0);
	count_check(&vcpu);
}

static void kept_until_next(void)
{
	struct xvcpu_entry_failure first, again;

	test_need_xvcpu();
	set_up();
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	fail_by_gs(1ULL << 62);
	REQUIRE_EQ(get_failure(&first), 0);
	EXPECT_EQ(first.sequence, 1);
	EXPECT(first.entries >= 1);
	EXPECT_EQ(first.nr_rules, 1);
	EXPECT_EQ(get_failure(NULL), -EFAULT);
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	REQUIRE_EQ(get_failure(&again), 0);
	EXPECT(!memcmp(&first, &again, sizeof(first)));
	fail_by_gs(1ULL << 61);
	REQUIRE_EQ(get_failure(&again), 0);
	EXPECT_EQ(again.sequence, 2);
	EXPECT(again.entries > first.entries);
}

/* VMLAUNCH in place of VMRESUME, or the reverse: nothing is wrong with the VMCS. */
static void no_rule_broken(void)
{
	struct xvcpu_entry_failure failure = {};

	test_need_xvcpu();
	if (fault_get("fail_vmx", "times") < -1)
		test_skip("the module has no fault injection on this kernel");
	set_up();
	fault_set("fail_vmx", "instructions", "8");
	fault_set("fail_vmx", "task-filter", "0");
	fault_set("fail_vmx", "interval", "1");
	fault_set("fail_vmx", "space", "0");
	fault_set("fail_vmx", "times", "1");
	fault_set("fail_vmx", "probability", "100");
	EXPECT_EQ(vcpu_run(&vcpu), 0);
	fault_set("fail_vmx", "probability", "0");
	REQUIRE_EQ(vcpu.run->exit_reason, KVM_EXIT_FAIL_ENTRY);
	REQUIRE_EQ(get_failure(&failure), 0);
	EXPECT_EQ(failure.instruction_error, 5);
	EXPECT_EQ(failure.nr_rules, 0);
	EXPECT_EQ(failure.rules[0].rule, 0);
	expect_names(&failure);
}

static const struct test tests[] = {
	{ "entry_failure_none_yet", none_yet },
	{ "entry_failure_sregs", rule_named_sregs },
	{ "entry_failure_regs", rule_named_regs },
	{ "entry_failure_event", rule_named_event },
	{ "entry_failure_value", value_told },
	{ "entry_failure_kept_until_next", kept_until_next },
	{ "entry_failure_told_elsewhere", told_elsewhere },
	{ "entry_failure_no_rule_broken", no_rule_broken },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
