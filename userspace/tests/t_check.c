// SPDX-License-Identifier: GPL-2.0
/*
 * Whether the checks of a VM entry that the module makes over again (vmx_check.c)
 * are the processor's: both are asked about VMCSs that were changed at random.
 *
 * xvcpu only; needs root and a kernel with fault injection (vmx_mutate.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xvcpu_check.h>
#include <xvcpu_nl.h>

#include "check_changes.h"
#include "harness.h"

#define MUTATE		"/sys/kernel/debug/xvcpu_mutate/mutate"
#define RESULT		"/sys/kernel/debug/xvcpu_mutate/result"
#define SCRATCH		"/sys/kernel/debug/xvcpu_mutate/scratch"

#define FAILED_ENTRY	0x80000000U
#define BAD_CONTROLS	7
#define BAD_HOST	8
#define BAD_GUEST	(FAILED_ENTRY | 33)
#define BAD_MSR		(FAILED_ENTRY | 34)

static struct vm vm;
static struct vcpu vcpu;
static uint32_t key;
static uint64_t scratch;
static struct random numbers;

/* --- what an emulator does otherwise --- */

/*
 * Bochs takes VMCSs that break these rules, or some of their bits, or it looks at
 * them at another time. If the rules that a VMCS breaks are all from here, it may
 * be entered.
 */
static const struct {
	uint32_t rule;
	const char *why;
} lenient[] = {
	{ XVCPU_RULE_ENTRY_SMM,
	  "Bochs looks at it with the guest's state, by the interruptibility" },
	{ XVCPU_RULE_GUEST_DEBUGCTL,
	  "Bochs has no IA32_DEBUGCTL to speak of, and looks at no bit of it" },
	{ XVCPU_RULE_GUEST_IA32E_PAGING,
	  "Bochs looks at CR4.PAE, not at CR0.PG" },
	{ XVCPU_RULE_GUEST_RIP_WIDTH,
	  "Bochs looks at RIP outside of 64-bit code only" },
	{ XVCPU_RULE_GUEST_RFLAGS_VM,
	  "Bochs looks at RFLAGS.VM in IA-32e mode, not in real mode" },
	{ XVCPU_RULE_GUEST_ACTIVITY_EVENT,
	  "Bochs lets every event wake a CPU that has halted, and vector 18 of any type one that is shut down" },
	{ XVCPU_RULE_GUEST_BLOCKING_STI_NMI,
	  "a processor may do either" },
	{ XVCPU_RULE_GUEST_BLOCKING_VIRTUAL_NMI,
	  "Bochs has this check commented out" },
	{ XVCPU_RULE_GUEST_PENDING_RESERVED,
	  "Bochs looks at the lower 32 bits" },
	{ XVCPU_RULE_GUEST_PENDING_STEP, "Bochs does not check it" },
	{ XVCPU_RULE_GUEST_PENDING_RTM, "Bochs looks at the lower 16 bits" },
	{ XVCPU_RULE_GUEST_BASE_HIGH,
	  "Bochs looks at nothing of a null SS but its DPL, in 64-bit code" },
	{ XVCPU_RULE_GUEST_SS_TYPE, "as before" },
	{ XVCPU_RULE_GUEST_SEGMENT_S, "as before" },
	{ XVCPU_RULE_GUEST_SEGMENT_PRESENT, "as before" },
	{ XVCPU_RULE_GUEST_SEGMENT_RESERVED, "as before" },
	{ XVCPU_RULE_GUEST_SEGMENT_LIMIT, "as before" },
};

static bool is_lenient(uint32_t rule)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lenient); i++)
		if (lenient[i].rule == rule)
			return true;
	return false;
}

/* The other number, for want of the right one. */
static bool may_say_instead(uint32_t rule, uint64_t reason)
{
	return rule == XVCPU_RULE_ENTRY_SMM && reason == BAD_GUEST;
}

/* --- what came of it --- */

enum outcome { NOT_TRIED, FAILED, EXIT, WAITING };

struct result {
	int nr_rules;
	uint32_t rules[XVCPU_FAILURE_RULES];
	enum outcome outcome;
	uint64_t value;
};

static void read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	REQUIRE(fd >= 0);
	n = read(fd, text, size - 1);
	REQUIRE(n >= 0);
	text[n] = 0;
	close(fd);
}

static void read_result(struct result *r)
{
	char text[512], *at;
	int i;

	read_file(RESULT, text, sizeof(text));
	memset(r, 0, sizeof(*r));
	r->nr_rules = strtol(text + strlen("rules "), &at, 0);
	for (i = 0; i < r->nr_rules && i < XVCPU_FAILURE_RULES; i++)
		r->rules[i] = strtoul(at, &at, 0);
	at++;
	r->outcome = WAITING;
	if (!strncmp(at, "not-tried", 9))
		r->outcome = NOT_TRIED;
	else if (!strncmp(at, "failed ", 7))
		r->outcome = FAILED;
	else if (!strncmp(at, "exit ", 5))
		r->outcome = EXIT;
	if (r->outcome == FAILED || r->outcome == EXIT)
		r->value = strtoull(strchr(at, ' '), NULL, 0);
}

/* What the processor says if this rule is the one that it stops at. */
static uint64_t reason_of(uint32_t rule)
{
	if (rule < XVCPU_RULE_CONTROLS_END)
		return BAD_CONTROLS;
	if (rule < XVCPU_RULE_HOST_END)
		return BAD_HOST;
	return rule < XVCPU_RULE_GUEST_END ? BAD_GUEST : BAD_MSR;
}

static bool has_entered(const struct result *r)
{
	return r->outcome == EXIT && !(r->value & FAILED_ENTRY);
}

/* Controls and host state may be looked at in any order. */
static bool may_be_passed(const struct result *r, uint32_t rule)
{
	return is_lenient(rule) || (r->value == BAD_HOST &&
				    reason_of(rule) == BAD_CONTROLS);
}

/* Some rule says so, and those before it are ones that may be passed over. */
static bool is_explained(const struct result *r)
{
	int i;

	for (i = 0; i < r->nr_rules && i < XVCPU_FAILURE_RULES; i++) {
		if (!has_entered(r) &&
		    (reason_of(r->rules[i]) == r->value ||
		     may_say_instead(r->rules[i], r->value)))
			return true;
		if (!may_be_passed(r, r->rules[i]))
			return false;
	}
	return has_entered(r) && i == r->nr_rules;
}

/* --- the comparison --- */

static struct {
	uint64_t tried;
	uint64_t entered;
	uint64_t failed;
	uint64_t passed_over;
	uint64_t not_tried;
	uint64_t wrong;
	uint8_t confirmed[XVCPU_RULE_MSRS_END];
	uint8_t passed[XVCPU_RULE_MSRS_END];
} count;

static void describe(const struct changes *c, const struct result *r)
{
	char rules[XVCPU_FAILURE_RULES * 12] = "none";
	size_t at = 0;
	int i;

	for (i = 0; i < r->nr_rules && i < XVCPU_FAILURE_RULES; i++)
		at += snprintf(rules + at, sizeof(rules) - at, "%#x ",
			       r->rules[i]);
	test_note("changes %s: broken rules %s, the processor says %s 0x%" PRIx64,
		  c->text, rules, r->outcome == FAILED ? "error" : "exit",
		  r->value);
	if (r->nr_rules)
		test_note("  %s", xvcpu_rule_text(r->rules[0]));
}

static void count_result(const struct changes *c, const struct result *r)
{
	count.tried++;
	count.entered += has_entered(r);
	count.failed += !has_entered(r);
	if (!is_explained(r)) {
		if (count.wrong++ < 10)
			describe(c, r);
	} else if (has_entered(r) && r->nr_rules) {
		count.passed_over++;
		count.passed[r->rules[0]] = 1;
	} else if (r->nr_rules == 1) {
		count.confirmed[r->rules[0]] = 1;
	}
}

static void mutate(const struct changes *c, struct result *r)
{
	REQUIRE_EQ(host_write(MUTATE, c->text), 0);
	REQUIRE_EQ(vcpu_run(&vcpu), -EINTR);
	read_result(r);
	REQUIRE(r->outcome != WAITING);
}

static void find_key(const struct xvcpu_vcpu_info *info, void *arg)
{
	(void)arg;
	if (info->tgid == (uint32_t)getpid())
		key = info->key;
}

/* It is not asked for anything: no line would do. */
static bool cpu_has_timer(void)
{
	return host_write(MUTATE, "x") != -EOPNOTSUPP;
}

static void need_mutation(void)
{
	struct xvcpu_nl *nl;
	char text[32];

	test_need_xvcpu();
	if (access(MUTATE, W_OK))
		test_skip("the module has no fault injection on this kernel");
	if (!cpu_has_timer())
		test_skip("the CPU has no preemption timer");
	test_timeout(test_soaking() ? 3600 : 120);
	read_file(SCRATCH, text, sizeof(text));
	scratch = strtoull(text, NULL, 0);
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	REQUIRE_EQ(xvcpu_nl_vcpus(nl, find_key, NULL), 0);
	xvcpu_nl_close(nl);
	REQUIRE(key);
}

/* Segments as virtual-8086 mode has them, in protected mode. */
static void enter_v86(void)
{
	struct kvm_segment seg = {
		.limit = 0xffff, .type = 3, .present = 1, .dpl = 3, .s = 1,
	};
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	vcpu_set_mode(&vcpu, MODE_PROT32);
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cs = sregs.ss = sregs.ds = sregs.es = sregs.fs = sregs.gs = seg;
	vcpu_set_sregs(&vcpu, &sregs);
	vcpu_get_regs(&vcpu, &regs);
	regs.rflags |= BIT(17);
	vcpu_set_regs(&vcpu, &regs);
}

static void enter_some_mode(void)
{
	struct kvm_regs regs;
	uint32_t mode = random_below(&numbers, MODE_LONG + 3);

	if (mode == MODE_LONG + 1)
		enter_v86();
	else
		vcpu_set_mode(&vcpu, mode > MODE_LONG ? MODE_LONG : mode);
	vcpu_get_regs(&vcpu, &regs);
	if (random_below(&numbers, 2))
		regs.rflags |= BIT(9);
	vcpu_set_regs(&vcpu, &regs);
}

/* Nothing of all that is left. */
static void expect_guest_runs(void)
{
	vcpu_load(&vcpu, "exits_halt_long");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static int ones(const uint8_t *set)
{
	int i, n = 0;

	for (i = 0; i < XVCPU_RULE_MSRS_END; i++)
		n += set[i];
	return n;
}

static void report(void)
{
	size_t i;

	test_note("%" PRIu64 " entries tried: %" PRIu64 " entered, %" PRIu64 " failed; %" PRIu64 " not tried, for they might have hurt",
		  count.tried, count.entered, count.failed, count.not_tried);
	test_note("%d rules were the only one broken, and the entry failed",
		  ones(count.confirmed));
	test_note("%" PRIu64 " were entered though a rule was broken:",
		  count.passed_over);
	for (i = 0; i < ARRAY_SIZE(lenient); i++)
		if (count.passed[lenient[i].rule])
			test_note("  %s: %s", xvcpu_rule_text(lenient[i].rule),
				  lenient[i].why);
}

static void agrees_with_processor(void)
{
	uint64_t amount = test_amount(1000, 600, 10000), n = 0;
	struct changes changes;
	struct result result;

	need_mutation();
	random_start(&numbers);
	while (count.tried < amount) {
		if (n++ % 40 == 0) {
			expect_guest_runs();
			enter_some_mode();
		}
		changes_start(&changes, key);
		change_something(&changes, scratch, &numbers);
		test_context("changes %s", changes.text);
		mutate(&changes, &result);
		if (result.outcome == NOT_TRIED)
			count.not_tried++;
		else
			count_result(&changes, &result);
	}
	expect_guest_runs();
	report();
	EXPECT_EQ(count.wrong, 0);
	EXPECT(count.entered >= amount / 10);
	EXPECT(count.failed >= amount / 10);
}

/* --- the facility itself --- */

static void mutation_refused(void)
{
	static const char * const bad[] = {
		"", "1", "x", "1 6800", "1 6800=", "1 6800+1", "1 6c14=0",
		"1 6801=0", "1 4016=1 ,", "1 400e=10000000",
		"1 6800^1 6800^1 6800^1 6800^1 6800^1 6800^1 6800^1 6800^1 6800^1",
	};
	struct result result;
	struct changes c;
	size_t i;

	need_mutation();
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		test_context("'%s'", bad[i]);
		if (*bad[i])
			EXPECT_EQ(host_write(MUTATE, bad[i]), -EINVAL);
	}
	/* Where the guest returns to is the host's. */
	changes_start(&c, key);
	change(&c, 0x6c16, '^', 0x1000);
	mutate(&c, &result);
	EXPECT_EQ(result.outcome, NOT_TRIED);
	EXPECT_EQ(result.nr_rules, 0);
	/* Even if no processor should go there. */
	changes_start(&c, key);
	change(&c, 0x6c16, '^', BIT(62));
	mutate(&c, &result);
	EXPECT_EQ(result.outcome, NOT_TRIED);
	EXPECT_EQ(result.nr_rules, 1);
	EXPECT_EQ(result.rules[0], XVCPU_RULE_HOST_RIP);
	/* So are external interrupts. */
	changes_start(&c, key);
	change(&c, 0x4000, '^', 1);
	mutate(&c, &result);
	EXPECT_EQ(result.outcome, NOT_TRIED);
	expect_guest_runs();
}

static void mutation_each_kind(void)
{
	static const struct {
		uint32_t field;
		uint64_t flip;
		uint64_t reason;
		uint32_t rule;
	} cases[] = {
		{ 0x4000, BIT(3), BAD_CONTROLS, XVCPU_RULE_VIRTUAL_NMIS },
		{ 0x0c02, 1, BAD_HOST, XVCPU_RULE_HOST_SELECTOR },
		{ 0x6800, BIT(5), BAD_GUEST, XVCPU_RULE_GUEST_CR0 },
		{ 0x6804, BIT(13), BAD_GUEST, XVCPU_RULE_GUEST_CR4 },
	};
	struct result result;
	struct changes c;
	size_t i;

	need_mutation();
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		test_context("field %#x", cases[i].field);
		changes_start(&c, key);
		change(&c, cases[i].field, '^', cases[i].flip);
		mutate(&c, &result);
		EXPECT_EQ(result.value, cases[i].reason);
		EXPECT_EQ(result.nr_rules, 1);
		EXPECT_EQ(result.rules[0], cases[i].rule);
	}
	/* FS base is second in the list. */
	changes_start(&c, key);
	change(&c, 0x200a, '=', scratch);
	change(&c, 0x4014, '=', 3);
	mutate(&c, &result);
	EXPECT_EQ(result.value, BAD_MSR);
	EXPECT_EQ(result.rules[0], XVCPU_RULE_MSR_BASE);
	/* Nothing is changed. */
	changes_start(&c, key);
	change(&c, 0x6820, '^', 0);
	mutate(&c, &result);
	EXPECT(has_entered(&result));
	EXPECT_EQ(result.nr_rules, 0);
	expect_guest_runs();
}

static const struct test tests[] = {
	{ "check_mutation_refused", mutation_refused },
	{ "check_mutation_each_kind", mutation_each_kind },
	{ "check_agrees_with_processor", agrees_with_processor },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
