// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts and NMIs: each that userspace hands over is taken once, when the
 * guest can take it, whatever else is going on.
 *
 * A million of each where the tests take their time (test_soaking()).
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "harness.h"

/* As in guests_events.S. */
#define INTERRUPTS	(GUEST_RESULT + 0x00)
#define NMIS		(GUEST_RESULT + 0x08)
#define SOFTWARE	(GUEST_RESULT + 0x10)
#define LOOPS		(GUEST_RESULT + 0x18)
#define STOP		(GUEST_RESULT + 0x20)
#define SAVED_RIP	(GUEST_RESULT + 0x28)
#define NMI_PORT	0xe1

#define HANDLERS	(GUEST_DATA + 0x1000)
#define HANDLER_SIZE	64
enum { ON_INTERRUPT, ON_NMI, ON_SOFTWARE, ON_NMI_ASKING };

#define VEC_NMI		2
#define VEC_INTERRUPT	0x30
#define VEC_SOFTWARE	0x31

/* A stack in a page of its own, which can be taken away. */
#define STACK_PAGE	(GUEST_DATA + 0x2000)

static struct vm vm;
static struct vcpu vcpu;

static void set_gate(int vector, int handler)
{
	uint64_t address = HANDLERS + handler * HANDLER_SIZE;

	*vm_u64(&vm, GUEST_IDT + vector * 16) =
		(address & 0xffff) | (uint64_t)SEL_CODE64 << 16 |
		0x8e0000000000 | (address & 0xffff0000) << 32;
	*vm_u64(&vm, GUEST_IDT + vector * 16 + 8) = 0;
}

static void load(const char *name)
{
	const struct guest *handlers = guest_find("events_handlers");
	struct kvm_regs regs;

	vcpu_load(&vcpu, name);
	memcpy(vm.mem + HANDLERS, handlers->start,
	       handlers->end - handlers->start);
	memset(vm.mem + GUEST_RESULT, 0, PAGE_SIZE);
	set_gate(VEC_INTERRUPT, ON_INTERRUPT);
	set_gate(VEC_NMI, ON_NMI);
	set_gate(VEC_SOFTWARE, ON_SOFTWARE);
	vcpu_get_regs(&vcpu, &regs);
	regs.rsp = STACK_PAGE + PAGE_SIZE;
	vcpu_set_regs(&vcpu, &regs);
	vcpu.run->request_interrupt_window = 0;
}

static void set_up(const char *name)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	load(name);
}

static long interrupt(uint32_t vector)
{
	struct kvm_interrupt irq = { .irq = vector };

	return dev_ioctl(vcpu.fd, KVM_INTERRUPT, &irq);
}

static long nmi(void)
{
	return dev_ioctl(vcpu.fd, KVM_NMI, NULL);
}

static void get_events(struct kvm_vcpu_events *events)
{
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_VCPU_EVENTS, events), 0);
}

static long set_events(const struct kvm_vcpu_events *events)
{
	return dev_ioctl(vcpu.fd, KVM_SET_VCPU_EVENTS, events);
}

static void run_to_window(void)
{
	vcpu.run->request_interrupt_window = 1;
	vcpu_run_until(&vcpu, KVM_EXIT_IRQ_WINDOW_OPEN);
	vcpu.run->request_interrupt_window = 0;
}

static void expect_counts(uint64_t interrupts, uint64_t nmis)
{
	EXPECT_EQ(*vm_u64(&vm, INTERRUPTS), interrupts);
	EXPECT_EQ(*vm_u64(&vm, NMIS), nmis);
}

/* The guest goes on to its HLT. */
static void finish(void)
{
	struct exception exception;

	*vm_u32(&vm, STOP) = 1;
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), -1);
}

/* --- counting --- */

static void interrupt_counted(void)
{
	uint64_t n = test_amount(5000, 5000, 1000000), i;

	set_up("events_window");
	for (i = 0; i < n; i++) {
		run_to_window();
		REQUIRE_EQ(interrupt(VEC_INTERRUPT), 0);
	}
	finish();
	expect_counts(n, 0);
	test_note("%" PRIu64 " interrupts", n);
}

static void nmi_counted(void)
{
	uint64_t n = test_amount(2000, 2000, 1000000), i;

	set_up("events_window");
	for (i = 0; i < n; i++) {
		REQUIRE_EQ(nmi(), 0);
		run_to_window();
	}
	finish();
	expect_counts(0, n);
	test_note("%" PRIu64 " NMIs", n);
}

static void drop_stack(void)
{
	REQUIRE(!madvise(vm.mem + STACK_PAGE, PAGE_SIZE, MADV_DONTNEED));
}

/*
 * The stack is gone whenever an interrupt, an NMI or a software interrupt wants
 * it: the delivery is cut short, and comes again.
 */
static void delivery_cut_short_counted(void)
{
	uint64_t n = test_amount(1000, 1000, 1000000), i;

	test_timeout(30);
	set_up("events_open");
	for (i = 0; i < n; i++) {
		run_to_window();
		drop_stack();
		REQUIRE_EQ(interrupt(VEC_INTERRUPT), 0);
		if (i % 2)
			REQUIRE_EQ(nmi(), 0);
	}
	finish();
	expect_counts(n, n / 2);
	EXPECT_EQ(*vm_u64(&vm, SOFTWARE), *vm_u64(&vm, LOOPS));
	test_note("%" PRIu64 " deliveries cut short", n);
}

/* --- when --- */

/* RBX tells how many instructions came before it. */
static void expect_taken_at(uint64_t rbx, uint64_t rip)
{
	struct kvm_regs regs;

	run_to_window();
	vcpu_get_regs(&vcpu, &regs);
	EXPECT_EQ(regs.rbx, rbx);
	REQUIRE_EQ(interrupt(VEC_INTERRUPT), 0);
	finish();
	expect_counts(1, 0);
	EXPECT_EQ(*vm_u64(&vm, SAVED_RIP), rip);
}

static void interrupt_blocked_by_sti(void)
{
	set_up("events_sti");
	vcpu_report(&vcpu);
	expect_taken_at(1, GUEST_CODE + 1 + 2 + 2 + 1 + 2);
}

static void interrupt_blocked_by_mov_ss(void)
{
	set_up("events_mov_ss");
	vcpu_report(&vcpu);
	expect_taken_at(1, GUEST_CODE + 1 + 2 + 2 + 2 + 1 + 2 + 2);
}

/* Where it is known to be blocked is where userspace has said that it is. */
static void nmi_blocked_by_userspace(void)
{
	struct kvm_vcpu_events events;

	set_up("events_sti");
	vcpu_report(&vcpu);
	get_events(&events);
	events.flags = KVM_VCPUEVENT_VALID_SHADOW;
	events.nmi.masked = 1;
	REQUIRE_EQ(set_events(&events), 0);
	get_events(&events);
	EXPECT_EQ(events.nmi.masked, 1);
	REQUIRE_EQ(nmi(), 0);
	finish();
	expect_counts(0, 0);
	get_events(&events);
	EXPECT_EQ(events.nmi.pending, 1);
}

/* One NMI waits while another is handled; the third is lost, as on a processor. */
static void nmi_waits_for_iret(void)
{
	struct kvm_vcpu_events events;
	int i;

	set_up("events_open");
	set_gate(VEC_NMI, ON_NMI_ASKING);
	REQUIRE_EQ(nmi(), 0);
	for (i = 0; i < 2; i++) {
		vcpu_run_until(&vcpu, KVM_EXIT_IO);
		REQUIRE_EQ(vcpu.run->io.port, NMI_PORT);
		get_events(&events);
		EXPECT_EQ(events.nmi.masked, 1);
		if (i == 0) {
			REQUIRE_EQ(nmi(), 0);
			REQUIRE_EQ(nmi(), 0);
		}
	}
	finish();
	expect_counts(0, 2);
	get_events(&events);
	EXPECT_EQ(events.nmi.masked, 0);
	EXPECT_EQ(events.nmi.pending, 0);
}

/* KVM takes it at its word, and the VM entry fails. */
static void interrupt_waits_for_flag(void)
{
	test_need_xvcpu();
	set_up("events_sti");
	vcpu_report(&vcpu);
	REQUIRE_EQ(interrupt(VEC_INTERRUPT), 0);
	EXPECT_EQ(interrupt(VEC_INTERRUPT), -EEXIST);
	finish();
	expect_counts(1, 0);
	EXPECT_EQ(*vm_u64(&vm, SAVED_RIP), GUEST_CODE + 1 + 2 + 2 + 1 + 2);
	EXPECT_EQ(interrupt(VEC_INTERRUPT), 0);
}

/* The blocking ends with an instruction that leaves the guest as with any other. */
static void interrupt_follows_exit(const char *guest, uint64_t rip)
{
	test_need_xvcpu();
	set_up(guest);
	vcpu_report(&vcpu);
	REQUIRE_EQ(interrupt(VEC_INTERRUPT), 0);
	finish();
	expect_counts(1, 0);
	EXPECT_EQ(*vm_u64(&vm, SAVED_RIP), rip);
}

static void interrupt_follows_exit_behind_sti(void)
{
	interrupt_follows_exit("events_sti_cpuid", GUEST_CODE + 1 + 2 + 1 + 2);
}

static void interrupt_follows_exit_behind_mov_ss(void)
{
	interrupt_follows_exit("events_mov_ss_cpuid",
			       GUEST_CODE + 1 + 2 + 2 + 1 + 2 + 2);
}

static void interrupt_wakes_halted(void)
{
	set_up("events_halt");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	REQUIRE_EQ(interrupt(VEC_INTERRUPT), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	expect_counts(1, 0);
	EXPECT_EQ(*vm_u64(&vm, LOOPS), 1);
	REQUIRE_EQ(nmi(), 0);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	expect_counts(1, 1);
	EXPECT_EQ(*vm_u64(&vm, LOOPS), 2);
}

/* --- what userspace is told --- */

static void run_flags_follow_guest(void)
{
	set_up("events_flags");
	vcpu_report(&vcpu);
	EXPECT_EQ(vcpu.run->if_flag, 0);
	EXPECT_EQ(vcpu.run->ready_for_interrupt_injection, 0);
	vcpu_report(&vcpu);
	EXPECT_EQ(vcpu.run->if_flag, 1);
	EXPECT_EQ(vcpu.run->ready_for_interrupt_injection, 1);
	vcpu_report(&vcpu);
	EXPECT_EQ(vcpu.run->if_flag, 0);
	EXPECT_EQ(vcpu.run->ready_for_interrupt_injection, 0);
	finish();
}

static void interrupt_refused(void)
{
	set_up("events_open");
	EXPECT_EQ(interrupt(256), -EINVAL);
	EXPECT_EQ(interrupt(-1), -EINVAL);
	finish();
	expect_counts(0, 0);
}

static void sregs_hold_interrupt(void)
{
	struct kvm_sregs sregs;

	set_up("events_open");
	REQUIRE_EQ(interrupt(VEC_INTERRUPT), 0);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.interrupt_bitmap[0], BIT(VEC_INTERRUPT));
	finish();
	expect_counts(1, 0);

	load("events_open");
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.interrupt_bitmap[0], 0);
	sregs.interrupt_bitmap[0] = BIT(VEC_INTERRUPT);
	vcpu_set_sregs(&vcpu, &sregs);
	finish();
	expect_counts(1, 0);
}

/* --- KVM_GET_VCPU_EVENTS, KVM_SET_VCPU_EVENTS --- */

static void events_read_back(void)
{
	struct kvm_vcpu_events events, got;

	set_up("events_open");
	get_events(&events);
	EXPECT_EQ(events.exception.injected, 0);
	EXPECT_EQ(events.interrupt.injected, 0);
	EXPECT_EQ(events.nmi.pending, 0);
	events.flags = KVM_VCPUEVENT_VALID_NMI_PENDING |
		       KVM_VCPUEVENT_VALID_SHADOW;
	events.exception.injected = 1;
	events.exception.nr = VEC_GP;
	events.exception.has_error_code = 1;
	events.exception.error_code = 0x1230;
	events.interrupt.injected = 1;
	events.interrupt.nr = VEC_INTERRUPT;
	events.interrupt.shadow = KVM_X86_SHADOW_INT_STI;
	events.nmi.pending = 1;
	events.nmi.masked = 1;
	REQUIRE_EQ(set_events(&events), 0);
	get_events(&got);
	EXPECT_EQ(got.exception.injected, 1);
	EXPECT_EQ(got.exception.nr, VEC_GP);
	EXPECT_EQ(got.exception.has_error_code, 1);
	EXPECT_EQ(got.exception.error_code, 0x1230);
	EXPECT_EQ(got.interrupt.injected, 1);
	EXPECT_EQ(got.interrupt.nr, VEC_INTERRUPT);
	EXPECT_EQ(got.interrupt.soft, 0);
	EXPECT_EQ(got.interrupt.shadow, KVM_X86_SHADOW_INT_STI);
	EXPECT_EQ(got.nmi.pending, 1);
	EXPECT_EQ(got.nmi.masked, 1);
}

/* First the exception, whose handler halts; interrupts are off in it. */
static void events_delivered(void)
{
	struct kvm_vcpu_events events;
	struct exception exception;

	set_up("events_open");
	get_events(&events);
	events.exception.injected = 1;
	events.exception.nr = VEC_GP;
	events.exception.has_error_code = 1;
	events.exception.error_code = 0x1230;
	events.nmi.pending = 1;
	events.flags = KVM_VCPUEVENT_VALID_NMI_PENDING;
	REQUIRE_EQ(set_events(&events), 0);
	*vm_u32(&vm, STOP) = 1;
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_GP);
	EXPECT_EQ(exception.error, 0x1230);
	EXPECT_EQ(exception.rip, GUEST_CODE);
	EXPECT_EQ(*vm_u64(&vm, NMIS), 1);
}

static void events_refused(void)
{
	struct kvm_vcpu_events events, good;

	set_up("events_open");
	get_events(&good);
	events = good;
	events.flags = 0x80000000;
	EXPECT_EQ(set_events(&events), -EINVAL);
	events = good;
	events.exception.injected = 1;
	events.exception.nr = VEC_NMI;
	EXPECT_EQ(set_events(&events), -EINVAL);
	events.exception.nr = 32;
	EXPECT_EQ(set_events(&events), -EINVAL);
	finish();
	expect_counts(0, 0);
}

/* A new RIP takes back an exception, not an interrupt. */
static void interrupt_kept_with_new_rip(void)
{
	struct kvm_regs regs;

	set_up("events_open");
	REQUIRE_EQ(interrupt(VEC_INTERRUPT), 0);
	vcpu_get_regs(&vcpu, &regs);
	regs.rip = GUEST_CODE + 1;
	vcpu_set_regs(&vcpu, &regs);
	finish();
	expect_counts(1, 0);
	EXPECT_EQ(*vm_u64(&vm, SAVED_RIP), GUEST_CODE + 1);
}

/* A vCPU in a state in which no VM entry succeeds, for a while. */
static void interrupt_kept_when_entry_fails(void)
{
	struct kvm_sregs good, bad;

	set_up("events_open");
	vcpu_get_sregs(&vcpu, &good);
	bad = good;
	bad.tr.type = 2;
	REQUIRE_EQ(interrupt(VEC_INTERRUPT), 0);
	vcpu_set_sregs(&vcpu, &bad);
	vcpu_run_until(&vcpu, KVM_EXIT_FAIL_ENTRY);
	vcpu_set_sregs(&vcpu, &good);
	finish();
	expect_counts(1, 0);
}

/* What userspace reads and writes back changes nothing. */
static void events_written_back(void)
{
	struct kvm_vcpu_events events;
	struct kvm_sregs sregs;

	set_up("events_open");
	REQUIRE_EQ(interrupt(VEC_INTERRUPT), 0);
	REQUIRE_EQ(nmi(), 0);
	vcpu_get_sregs(&vcpu, &sregs);
	get_events(&events);
	vcpu_set_sregs(&vcpu, &sregs);
	REQUIRE_EQ(set_events(&events), 0);
	finish();
	expect_counts(1, 1);
}

static const struct test tests[] = {
	{ "interrupt_counted", interrupt_counted },
	{ "nmi_counted", nmi_counted },
	{ "delivery_cut_short_counted", delivery_cut_short_counted },
	{ "interrupt_blocked_by_sti", interrupt_blocked_by_sti },
	{ "interrupt_blocked_by_mov_ss", interrupt_blocked_by_mov_ss },
	{ "nmi_blocked_by_userspace", nmi_blocked_by_userspace },
	{ "nmi_waits_for_iret", nmi_waits_for_iret },
	{ "interrupt_waits_for_flag", interrupt_waits_for_flag },
	{ "interrupt_follows_exit_behind_sti",
	  interrupt_follows_exit_behind_sti },
	{ "interrupt_follows_exit_behind_mov_ss",
	  interrupt_follows_exit_behind_mov_ss },
	{ "interrupt_wakes_halted", interrupt_wakes_halted },
	{ "run_flags_follow_guest", run_flags_follow_guest },
	{ "interrupt_refused", interrupt_refused },
	{ "sregs_hold_interrupt", sregs_hold_interrupt },
	{ "events_read_back", events_read_back },
	{ "events_delivered", events_delivered },
	{ "events_refused", events_refused },
	{ "interrupt_kept_with_new_rip", interrupt_kept_with_new_rip },
	{ "interrupt_kept_when_entry_fails", interrupt_kept_when_entry_fails },
	{ "events_written_back", events_written_back },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
