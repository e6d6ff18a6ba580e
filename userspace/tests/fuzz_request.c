// SPDX-License-Identifier: GPL-2.0
/*
 * The requests that the fuzzer knows: who takes them, an argument that may work,
 * and the errors that are documented.
 */
#include "fuzz.h"

#include <errno.h>
#include <string.h>
#include <linux/xvcpu.h>

#include "harness.h"

/* --- arguments --- */

/* Whatever an address in a structure is to point to. */
static uint64_t data_address(struct fuzz_thread *t)
{
	return (uintptr_t)t->arena + PAGE_SIZE *
	       fuzz_random_below(&t->random, FUZZ_ARENA_PAGES);
}

static size_t fill_nothing(struct fuzz_thread *t, const struct fuzz_request *r,
			   uint8_t *arg)
{
	(void)t;
	(void)arg;
	return _IOC_SIZE(r->request);
}

static size_t fill_u64(struct fuzz_thread *t, const struct fuzz_request *r,
		       uint8_t *arg)
{
	uint64_t value = fuzz_random_value(&t->random);

	memcpy(arg, &value, sizeof(value));
	return _IOC_SIZE(r->request);
}

static size_t fill_cpuid(struct fuzz_thread *t, const struct fuzz_request *r,
			 uint8_t *arg)
{
	struct kvm_cpuid2 head = {
		.nent = fuzz_random_below(&t->random, 100),
	};

	(void)r;
	memcpy(arg, &head, sizeof(head));
	return sizeof(head) + head.nent * sizeof(struct kvm_cpuid_entry2);
}

static size_t fill_msr_list(struct fuzz_thread *t, const struct fuzz_request *r,
			    uint8_t *arg)
{
	struct kvm_msr_list head = {
		.nmsrs = fuzz_random_below(&t->random, 400),
	};

	(void)r;
	memcpy(arg, &head, sizeof(head));
	return sizeof(head) + head.nmsrs * sizeof(uint32_t);
}

static uint32_t any_msr(struct fuzz_random *random)
{
	static const uint32_t first[] = {
		0x10, 0x1b, 0x3a, 0x8b, 0xfe, 0x174, 0x175, 0x176, 0x179,
		0x17a, 0x1a0, 0x200, 0x250, 0x258, 0x268, 0x277, 0x2ff, 0x400,
		0x480, 0x48f, 0x800, 0xc0000080, 0xc0000081, 0xc0000082,
		0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102,
		0xc0000103, 0x40000000, 0x4b564d00, 0xda0, 0x3b, 0x6e0,
	};
	uint32_t msr = first[fuzz_random_below(random, ARRAY_SIZE(first))];

	if (fuzz_random_percent(random, 20))
		msr += fuzz_random_below(random, 16);
	return fuzz_random_percent(random, 5) ? fuzz_random_next(random) : msr;
}

static size_t fill_msrs(struct fuzz_thread *t, const struct fuzz_request *r,
			uint8_t *arg)
{
	struct kvm_msrs head = {
		.nmsrs = fuzz_random_below(&t->random, 8),
	};
	struct kvm_msr_entry entry = {};
	uint32_t i;

	(void)r;
	memcpy(arg, &head, sizeof(head));
	for (i = 0; i < head.nmsrs; i++) {
		entry.index = any_msr(&t->random);
		entry.data = fuzz_random_value(&t->random);
		memcpy(arg + sizeof(head) + i * sizeof(entry), &entry,
		       sizeof(entry));
	}
	return sizeof(head) + head.nmsrs * sizeof(entry);
}

static uint64_t some_pages(struct fuzz_thread *t)
{
	static const uint64_t sizes[] = {
		0, 0, 0x1000, 0x2000, 0x10000, 0x200000, 0x3ff000, 0x400000,
	};

	return sizes[fuzz_random_below(&t->random, ARRAY_SIZE(sizes))];
}

static size_t fill_region(struct fuzz_thread *t, const struct fuzz_request *r,
			  uint8_t *arg)
{
	struct kvm_userspace_memory_region region = {
		.slot = fuzz_random_below(&t->random, 6),
		.flags = fuzz_random_below(&t->random, 4),
		.memory_size = some_pages(t),
		.userspace_addr = (uintptr_t)fuzz_memory.at,
	};

	/* Side by side, the guest's own memory first; or over each other. */
	region.guest_phys_addr = region.slot * 2 * GUEST_SIZE;
	if (!region.slot && fuzz_random_percent(&t->random, 90))
		region.memory_size = GUEST_SIZE;
	if (fuzz_random_percent(&t->random, 30))
		region.userspace_addr += some_pages(t);
	if (fuzz_random_percent(&t->random, 20))
		region.guest_phys_addr = some_pages(t);
	memcpy(arg, &region, sizeof(region));
	return _IOC_SIZE(r->request);
}

static size_t fill_log(struct fuzz_thread *t, const struct fuzz_request *r,
		       uint8_t *arg)
{
	struct kvm_dirty_log log = {
		.slot = fuzz_random_below(&t->random, 6),
		.padding2 = data_address(t),
	};

	memcpy(arg, &log, sizeof(log));
	return _IOC_SIZE(r->request);
}

static size_t fill_clear(struct fuzz_thread *t, const struct fuzz_request *r,
			 uint8_t *arg)
{
	struct kvm_clear_dirty_log log = {
		.slot = fuzz_random_below(&t->random, 6),
		.num_pages = fuzz_random_below(&t->random, 9) * 64,
		.first_page = fuzz_random_below(&t->random, 8) * 64,
		.padding2 = data_address(t),
	};

	memcpy(arg, &log, sizeof(log));
	return _IOC_SIZE(r->request);
}

static size_t fill_cap(struct fuzz_thread *t, const struct fuzz_request *r,
		       uint8_t *arg)
{
	static const uint32_t caps[] = {
		KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, KVM_CAP_X86_USER_SPACE_MSR,
		KVM_CAP_SPLIT_IRQCHIP, KVM_CAP_HYPERV_SYNIC,
	};
	struct kvm_enable_cap cap = {
		.cap = caps[fuzz_random_below(&t->random, ARRAY_SIZE(caps))],
		.args = { fuzz_random_below(&t->random, 8) },
	};

	memcpy(arg, &cap, sizeof(cap));
	return _IOC_SIZE(r->request);
}

static size_t fill_filter(struct fuzz_thread *t, const struct fuzz_request *r,
			  uint8_t *arg)
{
	struct kvm_msr_filter filter = {
		.flags = fuzz_random_below(&t->random, 2),
	};
	uint32_t i, n = fuzz_random_below(&t->random, 4);

	for (i = 0; i < n; i++)
		filter.ranges[i] = (struct kvm_msr_filter_range) {
			.flags = 1 + fuzz_random_below(&t->random, 3),
			.nmsrs = fuzz_random_below(&t->random, 0x2000),
			.base = any_msr(&t->random),
			.bitmap = (void *)data_address(t),
		};
	memcpy(arg, &filter, sizeof(filter));
	return _IOC_SIZE(r->request);
}

static size_t fill_pinned(struct fuzz_thread *t, const struct fuzz_request *r,
			  uint8_t *arg)
{
	struct xvcpu_create_vcpu create = {
		.id = fuzz_random_below(&t->random, 16),
		.cpu = (int)fuzz_random_below(&t->random, 6) - 1,
	};

	memcpy(arg, &create, sizeof(create));
	return _IOC_SIZE(r->request);
}

static size_t fill_migrate(struct fuzz_thread *t, const struct fuzz_request *r,
			   uint8_t *arg)
{
	struct xvcpu_migrate migrate = {
		.cpu = (int)fuzz_random_below(&t->random, 6) - 1,
	};

	memcpy(arg, &migrate, sizeof(migrate));
	return _IOC_SIZE(r->request);
}

static size_t fill_exit_trace(struct fuzz_thread *t,
			      const struct fuzz_request *r, uint8_t *arg)
{
	struct xvcpu_exit_trace how = {
		.records = XVCPU_EXIT_TRACE_MIN <<
			   fuzz_random_below(&t->random, 6),
		.flags = fuzz_random_below(&t->random, 4),
	};

	memcpy(arg, &how, sizeof(how));
	return _IOC_SIZE(r->request);
}

static size_t fill_interrupt(struct fuzz_thread *t,
			     const struct fuzz_request *r, uint8_t *arg)
{
	struct kvm_interrupt irq = {
		.irq = fuzz_random_below(&t->random, 260),
	};

	memcpy(arg, &irq, sizeof(irq));
	return _IOC_SIZE(r->request);
}

static size_t fill_debug(struct fuzz_thread *t, const struct fuzz_request *r,
			 uint8_t *arg)
{
	struct kvm_guest_debug debug = {
		.control = fuzz_random_below(&t->random, 4) |
			   fuzz_random_below(&t->random, 16) << 16,
	};

	memcpy(arg, &debug, sizeof(debug));
	return _IOC_SIZE(r->request);
}

static size_t fill_mce(struct fuzz_thread *t, const struct fuzz_request *r,
		       uint8_t *arg)
{
	struct kvm_x86_mce mce = {
		.status = fuzz_random_next(&t->random) | BIT(63),
		.mcg_status = fuzz_random_below(&t->random, 8),
		.bank = fuzz_random_below(&t->random, 40),
	};

	memcpy(arg, &mce, sizeof(mce));
	return _IOC_SIZE(r->request);
}

static size_t fill_mask(struct fuzz_thread *t, const struct fuzz_request *r,
			uint8_t *arg)
{
	struct kvm_signal_mask head = { .len = 8 };
	uint64_t mask = fuzz_random_next(&t->random);

	(void)r;
	memcpy(arg, &head, sizeof(head));
	memcpy(arg + sizeof(head), &mask, sizeof(mask));
	return sizeof(head) + sizeof(mask);
}

static size_t fill_translation(struct fuzz_thread *t,
			       const struct fuzz_request *r, uint8_t *arg)
{
	struct kvm_translation tr = {
		.linear_address = fuzz_random_value(&t->random),
	};

	memcpy(arg, &tr, sizeof(tr));
	return _IOC_SIZE(r->request);
}

/* --- the requests --- */

#define ERRORS(...)	.errors = (const int[]) { __VA_ARGS__, 0 }
#define NO_ERRORS	.errors = (const int[]) { 0 }
#define REQUEST(r)	.name = #r, .request = r

const struct fuzz_request fuzz_requests[] = {
	{ REQUEST(KVM_GET_API_VERSION), FUZZ_SYS, ERRORS(EINVAL) },
	{ REQUEST(KVM_CREATE_VM), FUZZ_SYS,
	  ERRORS(EINVAL, ENOMEM, EINTR, EMFILE, ENFILE),
	  .makes_fd = true, .makes = FUZZ_VM },
	{ REQUEST(KVM_CHECK_EXTENSION), FUZZ_SYS, NO_ERRORS },
	{ REQUEST(KVM_GET_VCPU_MMAP_SIZE), FUZZ_SYS, ERRORS(EINVAL) },
	{ REQUEST(KVM_GET_SUPPORTED_CPUID), FUZZ_SYS,
	  ERRORS(E2BIG, EFAULT, ENOMEM), fill_cpuid },
	{ REQUEST(KVM_GET_EMULATED_CPUID), FUZZ_SYS, ERRORS(EFAULT),
	  fill_cpuid },
	{ REQUEST(KVM_GET_MSR_INDEX_LIST), FUZZ_SYS, ERRORS(E2BIG, EFAULT),
	  fill_msr_list },
	{ REQUEST(KVM_GET_MSR_FEATURE_INDEX_LIST), FUZZ_SYS,
	  ERRORS(E2BIG, EFAULT), fill_msr_list },
	{ REQUEST(KVM_X86_GET_MCE_CAP_SUPPORTED), FUZZ_SYS, ERRORS(EFAULT),
	  fill_nothing },

	{ REQUEST(KVM_SET_USER_MEMORY_REGION), FUZZ_VM,
	  ERRORS(EINVAL, EFAULT, EEXIST, ENOMEM), fill_region },
	{ REQUEST(KVM_GET_DIRTY_LOG), FUZZ_VM, ERRORS(EINVAL, EFAULT, ENOENT),
	  fill_log },
	{ REQUEST(KVM_CLEAR_DIRTY_LOG), FUZZ_VM,
	  ERRORS(EINVAL, EFAULT, ENOENT), fill_clear },
	{ REQUEST(KVM_GET_STATS_FD), FUZZ_VM, ERRORS(ENOMEM, EMFILE, ENFILE),
	  .makes_fd = true, .makes = FUZZ_STATS },
	{ REQUEST(KVM_SET_TSS_ADDR), FUZZ_VM, ERRORS(EINVAL) },
	{ REQUEST(KVM_SET_IDENTITY_MAP_ADDR), FUZZ_VM, ERRORS(EINVAL, EFAULT),
	  fill_u64 },
	{ REQUEST(KVM_SET_GSI_ROUTING), FUZZ_VM, ERRORS(EINVAL, EFAULT),
	  fill_nothing },
	{ REQUEST(KVM_ENABLE_CAP), FUZZ_VM, ERRORS(EINVAL, EFAULT), fill_cap },
	{ REQUEST(KVM_X86_SET_MSR_FILTER), FUZZ_VM,
	  ERRORS(EINVAL, EFAULT, ENOMEM), fill_filter },
	{ REQUEST(KVM_CREATE_VCPU), FUZZ_VM,
	  ERRORS(EINVAL, EEXIST, ENOMEM, EMFILE, ENFILE),
	  .makes_fd = true, .makes = FUZZ_VCPU },
	{ REQUEST(XVCPU_CREATE_VCPU), FUZZ_VM,
	  ERRORS(EINVAL, EEXIST, ENOMEM, ENXIO, EFAULT, EMFILE, ENFILE),
	  fill_pinned, .makes_fd = true, .makes = FUZZ_VCPU },

	{ REQUEST(KVM_RUN), FUZZ_VCPU,
	  ERRORS(EINTR, EINVAL, EXDEV, ENXIO, EBUSY, EFAULT, ENOMEM) },
	{ REQUEST(KVM_GET_REGS), FUZZ_VCPU, ERRORS(EFAULT), fill_nothing },
	{ REQUEST(KVM_SET_REGS), FUZZ_VCPU, ERRORS(EFAULT, EINVAL),
	  fill_nothing },
	{ REQUEST(KVM_GET_SREGS), FUZZ_VCPU, ERRORS(EFAULT), fill_nothing },
	{ REQUEST(KVM_SET_SREGS), FUZZ_VCPU, ERRORS(EFAULT, EINVAL),
	  fill_nothing },
	{ REQUEST(KVM_GET_SREGS2), FUZZ_VCPU, ERRORS(EFAULT), fill_nothing },
	{ REQUEST(KVM_SET_SREGS2), FUZZ_VCPU, ERRORS(EFAULT, EINVAL),
	  fill_nothing },
	{ REQUEST(KVM_GET_FPU), FUZZ_VCPU, ERRORS(EFAULT), fill_nothing },
	{ REQUEST(KVM_SET_FPU), FUZZ_VCPU, ERRORS(EFAULT, EINVAL),
	  fill_nothing },
	{ REQUEST(KVM_GET_XSAVE), FUZZ_VCPU, ERRORS(EFAULT), fill_nothing },
	{ REQUEST(KVM_GET_XSAVE2), FUZZ_VCPU, ERRORS(EFAULT), fill_nothing },
	{ REQUEST(KVM_SET_XSAVE), FUZZ_VCPU, ERRORS(EFAULT, EINVAL, ENOMEM),
	  fill_nothing },
	{ REQUEST(KVM_GET_XCRS), FUZZ_VCPU, ERRORS(EFAULT), fill_nothing },
	{ REQUEST(KVM_SET_XCRS), FUZZ_VCPU, ERRORS(EFAULT, EINVAL),
	  fill_nothing },
	{ REQUEST(KVM_GET_DEBUGREGS), FUZZ_VCPU, ERRORS(EFAULT),
	  fill_nothing },
	{ REQUEST(KVM_SET_DEBUGREGS), FUZZ_VCPU, ERRORS(EFAULT, EINVAL),
	  fill_nothing },
	{ REQUEST(KVM_GET_MP_STATE), FUZZ_VCPU, ERRORS(EFAULT), fill_nothing },
	{ REQUEST(KVM_SET_MP_STATE), FUZZ_VCPU, ERRORS(EFAULT, EINVAL),
	  fill_nothing },
	{ REQUEST(KVM_INTERRUPT), FUZZ_VCPU, ERRORS(EFAULT, EINVAL, EEXIST),
	  fill_interrupt },
	{ REQUEST(KVM_NMI), FUZZ_VCPU, NO_ERRORS },
	{ REQUEST(KVM_GET_VCPU_EVENTS), FUZZ_VCPU, ERRORS(EFAULT),
	  fill_nothing },
	{ REQUEST(KVM_SET_VCPU_EVENTS), FUZZ_VCPU, ERRORS(EFAULT, EINVAL),
	  fill_nothing },
	{ REQUEST(KVM_SET_GUEST_DEBUG), FUZZ_VCPU,
	  ERRORS(EFAULT, EINVAL, EBUSY), fill_debug },
	{ REQUEST(KVM_GET_MSRS), FUZZ_VCPU, ERRORS(E2BIG, EFAULT, ENOMEM),
	  fill_msrs },
	{ REQUEST(KVM_SET_MSRS), FUZZ_VCPU, ERRORS(E2BIG, EFAULT, ENOMEM),
	  fill_msrs },
	{ REQUEST(KVM_TRANSLATE), FUZZ_VCPU, ERRORS(EFAULT),
	  fill_translation },
	{ REQUEST(KVM_SET_SIGNAL_MASK), FUZZ_VCPU, ERRORS(EFAULT, EINVAL),
	  fill_mask },
	{ REQUEST(KVM_X86_SETUP_MCE), FUZZ_VCPU, ERRORS(EFAULT, EINVAL),
	  fill_u64 },
	{ REQUEST(KVM_X86_SET_MCE), FUZZ_VCPU, ERRORS(EFAULT, EINVAL),
	  fill_mce },
	{ REQUEST(KVM_GET_CPUID2), FUZZ_VCPU, ERRORS(EFAULT, E2BIG),
	  fill_cpuid },
	{ REQUEST(KVM_SET_CPUID2), FUZZ_VCPU,
	  ERRORS(EFAULT, E2BIG, EINVAL, ENOMEM), fill_cpuid },
	{ REQUEST(KVM_SET_CPUID), FUZZ_VCPU,
	  ERRORS(EFAULT, E2BIG, EINVAL, ENOMEM), fill_cpuid },
	{ REQUEST(KVM_GET_TSC_KHZ), FUZZ_VCPU, NO_ERRORS },
	{ REQUEST(KVM_SET_TSC_KHZ), FUZZ_VCPU, ERRORS(EINVAL) },
	{ REQUEST(XVCPU_GET_BINDING), FUZZ_VCPU, ERRORS(EFAULT),
	  fill_nothing },
	{ REQUEST(XVCPU_GET_ENTRY_FAILURE), FUZZ_VCPU, ERRORS(EFAULT, ENOENT),
	  fill_nothing },
	{ REQUEST(XVCPU_MIGRATE), FUZZ_VCPU,
	  ERRORS(EFAULT, EINVAL, ENXIO, EINTR), fill_migrate },
	{ REQUEST(XVCPU_OPEN_EXIT_TRACE), FUZZ_VCPU,
	  ERRORS(EFAULT, EINVAL, EBUSY, ENOMEM, EMFILE, ENFILE),
	  fill_exit_trace, .makes_fd = true, .makes = FUZZ_TRACE },
	{ REQUEST(XVCPU_SET_EXIT_TRACE), FUZZ_TRACE, ERRORS(EINVAL) },
};

const size_t fuzz_nr_requests = ARRAY_SIZE(fuzz_requests);

const struct fuzz_request *fuzz_request_find(unsigned long request)
{
	size_t i;

	for (i = 0; i < fuzz_nr_requests; i++)
		if (fuzz_requests[i].request == request)
			return &fuzz_requests[i];
	return NULL;
}

/*
 * Besides: the descriptor is of a kind that does not know the request, is
 * closed by now, or belongs to another process.
 */
bool fuzz_request_may_give(unsigned long request, int error)
{
	const struct fuzz_request *r = fuzz_request_find(request);
	const int *e;

	if (error == ENOTTY || error == EBADF || error == EIO)
		return true;
	for (e = r ? r->errors : NULL; e && *e; e++)
		if (*e == error)
			return true;
	return false;
}
