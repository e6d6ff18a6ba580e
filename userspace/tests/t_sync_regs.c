// SPDX-License-Identifier: GPL-2.0
/*
 * Registers in struct kvm_run: KVM_RUN takes those that are marked as changed,
 * and leaves those that are asked for.
 */
#include <errno.h>
#include <string.h>

#include "harness.h"

static struct vm vm;
static struct vcpu vcpu;

static uint64_t supported(void)
{
	return dev_ioctl(vm.sys, KVM_CHECK_EXTENSION,
			 (void *)(long)KVM_CAP_SYNC_REGS);
}

static void set_up(const char *guest)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
	if ((supported() & 3) != 3)
		test_skip("no KVM_CAP_SYNC_REGS");
	vcpu_load(&vcpu, guest);
}

static void capability(void)
{
	set_up("regs_all");
	EXPECT_EQ(supported() & ~(uint64_t)KVM_SYNC_X86_VALID_FIELDS, 0);
}

/* Only what is asked for is written. */
static void left_in_run(void)
{
	struct kvm_sync_regs *sync;
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	uint64_t valid;

	set_up("regs_all");
	sync = &vcpu.run->s.regs;
	for (valid = 0; valid < 4; valid++) {
		test_context("valid %d", (int)valid);
		vcpu_set_entry(&vcpu, GUEST_CODE);
		memset(sync, 0, sizeof(*sync));
		vcpu.run->kvm_valid_regs = valid;
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		vcpu_get_regs(&vcpu, &regs);
		vcpu_get_sregs(&vcpu, &sregs);
		EXPECT_EQ(!memcmp(&sync->regs, &regs, sizeof(regs)),
			  !!(valid & KVM_SYNC_X86_REGS));
		EXPECT_EQ(!memcmp(&sync->sregs, &sregs, sizeof(sregs)),
			  !!(valid & KVM_SYNC_X86_SREGS));
		if (!(valid & KVM_SYNC_X86_REGS))
			EXPECT_EQ(sync->regs.rax, 0);
		if (!(valid & KVM_SYNC_X86_SREGS))
			EXPECT_EQ(sync->sregs.cr3, 0);
	}
}

/* Also after a KVM_RUN that did not enter the guest. */
static void left_after_signal(void)
{
	struct kvm_regs regs;

	set_up("regs_all");
	vcpu.run->kvm_valid_regs = KVM_SYNC_X86_REGS;
	vcpu.run->immediate_exit = 1;
	EXPECT_EQ(vcpu_run(&vcpu), -EINTR);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT(!memcmp(&vcpu.run->s.regs.regs, &regs, sizeof(regs)));
	EXPECT_EQ(regs.rip, GUEST_CODE);
}

static void taken_from_run(void)
{
	struct kvm_sync_regs *sync;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	set_up("regs_all");
	sync = &vcpu.run->s.regs;
	vcpu.run->kvm_valid_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	test_context("nothing is marked");
	vcpu_get_regs(&vcpu, &regs);
	memset(&sync->regs, 0xee, sizeof(sync->regs));
	regs.rip = GUEST_CODE;
	vcpu_set_regs(&vcpu, &regs);
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(*vm_u64(&vm, GUEST_RESULT + 8), regs.rbx);
	test_context("general registers");
	sync->regs.rip = GUEST_CODE;
	sync->regs.rbx = 0x1234567812345678;
	vcpu.run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(*vm_u64(&vm, GUEST_RESULT + 8), 0x1234567812345678);
	EXPECT_EQ(vcpu.run->kvm_dirty_regs, 0);
	test_context("special registers");
	sync->regs.rip = GUEST_CODE;
	sync->sregs.fs.base = 0x123000;
	vcpu.run->kvm_dirty_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu.run->kvm_dirty_regs, 0);
	vcpu_get_sregs(&vcpu, &sregs);
	EXPECT_EQ(sregs.fs.base, 0x123000);
}

static void unknown_groups(void)
{
	uint64_t bits[] = { BIT(63), BIT(32), BIT(31), BIT(3) };
	size_t i;

	set_up("regs_all");
	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		/* KVM looks at the lower half. */
		if (bits[i] >> 32 && !test_on_xvcpu())
			continue;
		test_context("bit %zu of the table", i);
		vcpu.run->kvm_valid_regs = bits[i];
		EXPECT_EQ(vcpu_run(&vcpu), -EINVAL);
		vcpu.run->kvm_valid_regs = 0;
		vcpu.run->kvm_dirty_regs = bits[i];
		EXPECT_EQ(vcpu_run(&vcpu), -EINVAL);
		vcpu.run->kvm_dirty_regs = 0;
	}
	test_context("%s", "");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static void events(void)
{
	struct kvm_vcpu_events *sync, events;
	struct exception exception;

	set_up("regs_all");
	if (!(supported() & KVM_SYNC_X86_EVENTS))
		test_skip("no events among the registers");
	sync = &vcpu.run->s.regs.events;
	vcpu.run->kvm_valid_regs = KVM_SYNC_X86_EVENTS;
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	memset(&events, 0, sizeof(events));
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_VCPU_EVENTS, &events), 0);
	EXPECT_EQ(sync->flags, events.flags);
	EXPECT_EQ(sync->exception.injected, 0);
	EXPECT_EQ(sync->nmi.injected, 0);
	test_context("an exception");
	vcpu_set_entry(&vcpu, GUEST_CODE);
	sync->flags = 0;
	sync->exception.injected = 1;
	sync->exception.nr = VEC_UD;
	sync->exception.has_error_code = 0;
	vcpu.run->kvm_dirty_regs = KVM_SYNC_X86_EVENTS;
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu_exception(&vcpu, &exception), VEC_UD);
	EXPECT_EQ(exception.rip, GUEST_CODE);
	EXPECT_EQ(vcpu.run->kvm_dirty_regs, 0);
	test_context("no such exception");
	sync->flags = 0;
	sync->exception.injected = 1;
	sync->exception.nr = 2;
	vcpu.run->kvm_dirty_regs = KVM_SYNC_X86_EVENTS;
	EXPECT_EQ(vcpu_run(&vcpu), -EINVAL);
}

static void bad_values(void)
{
	struct kvm_sregs before, after;

	set_up("regs_all");
	vcpu_get_sregs(&vcpu, &before);
	vcpu.run->s.regs.sregs = before;
	vcpu.run->s.regs.sregs.cr0 |= BIT(32);
	vcpu.run->kvm_dirty_regs = KVM_SYNC_X86_SREGS;
	EXPECT_EQ(vcpu_run(&vcpu), -EINVAL);
	vcpu.run->kvm_dirty_regs = 0;
	vcpu_get_sregs(&vcpu, &after);
	EXPECT(!memcmp(&before, &after, sizeof(after)));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

/* An exit that userspace completes: what is left is what its ioctl says. */
static void with_port_access(void)
{
	struct kvm_regs regs;

	set_up("io_long_in32_dx");
	vcpu.run->kvm_valid_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
	vcpu_run_until(&vcpu, KVM_EXIT_IO);
	vcpu_get_regs(&vcpu, &regs);
	EXPECT(!memcmp(&vcpu.run->s.regs.regs, &regs, sizeof(regs)));
	*(uint32_t *)vcpu_io_data(&vcpu) = 0x55667788;
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	EXPECT_EQ(vcpu.run->s.regs.regs.rax, 0x55667788);
}

/* A thread that writes to the page all the time does the kernel no harm. */
struct scribbler {
	volatile bool stop;
	pthread_t thread;
};

static void *scribble(void *arg)
{
	struct scribbler *s = arg;
	volatile uint64_t *cr4 = (void *)&vcpu.run->s.regs.sregs.cr4;
	volatile uint64_t *valid = (void *)&vcpu.run->kvm_valid_regs;
	uint64_t n = 0;

	while (!s->stop) {
		*cr4 = n & 1 ? X86_CR4_PAE : ~0ULL;
		*valid = n++ & 3;
	}
	return NULL;
}

static void page_is_written_meanwhile(void)
{
	struct scribbler s = { .stop = false };
	struct kvm_sregs sregs;
	int i, ret;

	set_up("regs_all");
	vcpu_get_sregs(&vcpu, &sregs);
	vcpu.run->s.regs.sregs = sregs;
	REQUIRE(!pthread_create(&s.thread, NULL, scribble, &s));
	for (i = 0; i < 300; i++) {
		vcpu_set_entry(&vcpu, GUEST_CODE);
		vcpu.run->kvm_dirty_regs = KVM_SYNC_X86_SREGS;
		ret = vcpu_run(&vcpu);
		EXPECT(ret == 0 || ret == -EINVAL);
	}
	s.stop = true;
	pthread_join(s.thread, NULL);
	vcpu.run->kvm_dirty_regs = 0;
	vcpu.run->kvm_valid_regs = 0;
	vcpu_load(&vcpu, "regs_all");
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static const struct test tests[] = {
	{ "sync_regs_capability", capability },
	{ "sync_regs_left_in_run", left_in_run },
	{ "sync_regs_left_after_signal", left_after_signal },
	{ "sync_regs_taken_from_run", taken_from_run },
	{ "sync_regs_unknown_groups", unknown_groups },
	{ "sync_regs_events", events },
	{ "sync_regs_bad_values", bad_values },
	{ "sync_regs_with_port_access", with_port_access },
	{ "sync_regs_page_is_written_meanwhile", page_is_written_meanwhile },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
