// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_GET/SET_XSAVE, _XSAVE2 and _XCRS: what is set is read back and is what the
 * guest has, what the guest changes is seen, a component that is not in XSTATE_BV
 * is initial, and an image that no processor would load is refused.
 */
#include <errno.h>
#include <string.h>

#include "harness.h"

#define XSAVE_OUT	GUEST_DATA
#define XSAVE_IN	(GUEST_DATA + 0x1000)

#define XCR0_X87	BIT(0)
#define XCR0_SSE	BIT(1)
#define XCR0_AVX	BIT(2)

#define FCW_RESET	0x37f
#define MXCSR_RESET	0x1f80

/* Parts of an XSAVE area; the last is where Intel's processors have AVX. */
struct image {
	uint16_t fcw, fsw;
	uint8_t ftw, unused;
	uint16_t fop;
	uint64_t fip, fdp;
	uint32_t mxcsr, mxcsr_mask;
	uint8_t st[8][16];
	uint8_t xmm[16][16];
	uint8_t available[96];
	uint64_t xstate_bv, xcomp_bv;
	uint64_t reserved[6];
	uint8_t ymm_high[16][16];
	uint8_t rest[PAGE_SIZE - 832];
};

_Static_assert(sizeof(struct image) == PAGE_SIZE, "one page");
_Static_assert(sizeof(struct kvm_xsave) == PAGE_SIZE, "one page");

static struct vm vm;
static struct vcpu vcpu;

static uint64_t supported_xcr0(void)
{
	struct kvm_cpuid2 *cpuid = cpuid_supported(vm.sys);
	struct kvm_cpuid_entry2 *entry = cpuid_find(cpuid, 0xd, 0);

	if (!(cpuid_find(cpuid, 1, 0)->ecx & BIT(26)) || !entry)
		return 0;
	return entry->eax | (uint64_t)entry->edx << 32;
}

static void set_up(void)
{
	vm_create(&vm);
	vcpu_create(&vcpu, &vm, 0);
}

static long set_xcr0(uint64_t value)
{
	struct kvm_xcrs xcrs = { .nr_xcrs = 1, .xcrs[0].value = value };

	return dev_ioctl(vcpu.fd, KVM_SET_XCRS, &xcrs);
}

static uint64_t get_xcr0(void)
{
	struct kvm_xcrs xcrs;

	memset(&xcrs, 0xee, sizeof(xcrs));
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_XCRS, &xcrs), 0);
	REQUIRE_EQ(xcrs.nr_xcrs, 1);
	EXPECT_EQ(xcrs.flags, 0);
	EXPECT_EQ(xcrs.xcrs[0].xcr, 0);
	return xcrs.xcrs[0].value;
}

static void load_with_cr4(const char *guest, uint64_t cr4)
{
	struct kvm_sregs sregs;

	vcpu_load(&vcpu, guest);
	vcpu_get_sregs(&vcpu, &sregs);
	sregs.cr4 |= cr4;
	vcpu_set_sregs(&vcpu, &sregs);
}

static void load(const char *guest)
{
	load_with_cr4(guest, X86_CR4_OSFXSR | X86_CR4_OSXSAVE);
}

/* A guest that may use x87, SSE and AVX. */
static void set_up_avx(void)
{
	set_up();
	if ((supported_xcr0() & 7) != 7)
		test_skip("no AVX");
	load("xsave_swap");
	REQUIRE_EQ(set_xcr0(7), 0);
}

static void get_image(struct image *image)
{
	memset(image, 0xee, sizeof(*image));
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_XSAVE, image), 0);
}

static void fill_image(struct image *image, int seed)
{
	size_t i;

	memset(image, 0, sizeof(*image));
	image->fcw = 0x27f;
	image->ftw = 0xff;
	image->mxcsr = MXCSR_RESET | (seed & 0x3f);
	for (i = 0; i < 8 * 10; i++)
		image->st[i / 10][i % 10] = seed + i;
	for (i = 0; i < 16 * 16; i++) {
		image->xmm[i / 16][i % 16] = seed + i * 3;
		image->ymm_high[i / 16][i % 16] = seed + i * 5;
	}
	image->xstate_bv = 7;
}

static void expect_x87(const struct image *got, const struct image *want)
{
	EXPECT_EQ(got->fcw, want->fcw);
	EXPECT_EQ(got->fsw, want->fsw);
	EXPECT_EQ(got->ftw, want->ftw);
	EXPECT(!memcmp(got->st, want->st, sizeof(got->st)));
}

static void expect_image(const struct image *got, const struct image *want)
{
	expect_x87(got, want);
	EXPECT_EQ(got->mxcsr, want->mxcsr);
	EXPECT(!memcmp(got->xmm, want->xmm, sizeof(got->xmm)));
	EXPECT(!memcmp(got->ymm_high, want->ymm_high, sizeof(got->ymm_high)));
	EXPECT_EQ(got->xstate_bv & 7, want->xstate_bv);
	EXPECT_EQ(got->xcomp_bv, 0);
}

static void after_reset(void)
{
	struct image image, initial = {
		.fcw = FCW_RESET, .mxcsr = MXCSR_RESET,
	};

	set_up();
	get_image(&image);
	expect_x87(&image, &initial);
	EXPECT_EQ(image.mxcsr, MXCSR_RESET);
	EXPECT(!memcmp(image.xmm, initial.xmm, sizeof(image.xmm)));
	if (supported_xcr0())
		EXPECT_EQ(get_xcr0(), 1);
}

static void read_back(void)
{
	struct image image, got;

	set_up_avx();
	fill_image(&image, 0x11);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_XSAVE, &image), 0);
	get_image(&got);
	expect_image(&got, &image);
	test_context("KVM_GET_XSAVE2");
	memset(&got, 0xee, sizeof(got));
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_XSAVE2, &got), 0);
	expect_image(&got, &image);
}

static void guest_sees_and_changes(void)
{
	struct image given, taken, got;
	int i;

	set_up_avx();
	for (i = 0; i < 2; i++) {
		test_context("round %d", i);
		vcpu_set_entry(&vcpu, GUEST_CODE);
		fill_image(&given, 0x21 + i);
		fill_image(&taken, 0x15 + i);
		memcpy(vm.mem + XSAVE_IN, &taken, sizeof(taken));
		REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_XSAVE, &given), 0);
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		expect_image((void *)(vm.mem + XSAVE_OUT), &given);
		get_image(&got);
		expect_image(&got, &taken);
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		expect_image((void *)(vm.mem + XSAVE_OUT), &taken);
	}
}

/* The part that every host has, XSAVE or not. */
static void legacy_region(void)
{
	struct image image, got;
	struct kvm_fpu fpu;

	set_up();
	fill_image(&image, 0x2a);
	image.xstate_bv = XCR0_X87 | XCR0_SSE;
	memset(image.ymm_high, 0, sizeof(image.ymm_high));
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_XSAVE, &image), 0);
	get_image(&got);
	expect_image(&got, &image);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_FPU, &fpu), 0);
	EXPECT_EQ(fpu.fcw, image.fcw);
	EXPECT(!memcmp(fpu.xmm, image.xmm, sizeof(fpu.xmm)));
	fill_image(&got, 0x35);
	got.xstate_bv = XCR0_X87 | XCR0_SSE;
	got.mxcsr |= BIT(16);
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_XSAVE, &got), -EINVAL);
	get_image(&got);
	expect_image(&got, &image);
}

/* Each component alone, with garbage where the others would be. */
static void absent_component_is_initial(void)
{
	const struct image initial = { .fcw = FCW_RESET, .mxcsr = MXCSR_RESET };
	struct image image, got, want;
	uint64_t bits;

	set_up_avx();
	for (bits = 0; bits < 8; bits++) {
		test_context("XSTATE_BV %d", (int)bits);
		fill_image(&image, 0x33);
		REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_XSAVE, &image), 0);
		fill_image(&image, 0x0e);
		image.xstate_bv = bits;
		want = image;
		if (!(bits & XCR0_X87)) {
			want.fcw = FCW_RESET;
			want.ftw = 0;
			memset(want.st, 0, sizeof(want.st));
		}
		if (!(bits & XCR0_SSE))
			memset(want.xmm, 0, sizeof(want.xmm));
		if (!(bits & XCR0_AVX))
			memset(want.ymm_high, 0, sizeof(want.ymm_high));
		REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_XSAVE, &image), 0);
		if (!(bits & (XCR0_SSE | XCR0_AVX)))
			want.mxcsr = MXCSR_RESET;
		get_image(&got);
		expect_image(&got, &want);
		vcpu_set_entry(&vcpu, GUEST_CODE);
		memcpy(vm.mem + XSAVE_IN, &initial, sizeof(initial));
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		/* MXCSR can make a processor call SSE in use. */
		want.xstate_bv = ((struct image *)(vm.mem + XSAVE_OUT))->xstate_bv;
		EXPECT_EQ(want.xstate_bv & ~XCR0_SSE, bits & ~XCR0_SSE);
		/* KVM says the initial MXCSR, but leaves that of before. */
		if (!(bits & (XCR0_SSE | XCR0_AVX)) && !test_on_xvcpu())
			want.mxcsr = ((struct image *)
				      (vm.mem + XSAVE_OUT))->mxcsr;
		expect_image((void *)(vm.mem + XSAVE_OUT), &want);
	}
}

/* The state that the guest left initial reads as initial. */
static void initialised_by_guest(void)
{
	const struct image initial = { .fcw = FCW_RESET, .mxcsr = MXCSR_RESET };
	struct image image, got;
	struct kvm_fpu fpu;

	set_up_avx();
	fill_image(&image, 0x2c);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_XSAVE, &image), 0);
	memcpy(vm.mem + XSAVE_IN, &initial, sizeof(initial));
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
	get_image(&got);
	expect_x87(&got, &initial);
	EXPECT(!memcmp(got.xmm, initial.xmm, sizeof(got.xmm)));
	EXPECT(!memcmp(got.ymm_high, initial.ymm_high, sizeof(got.ymm_high)));
	EXPECT_EQ(got.mxcsr, MXCSR_RESET);
	/* KVM looks at its image alone, whatever the header says. */
	if (!test_on_xvcpu())
		return;
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_FPU, &fpu), 0);
	EXPECT_EQ(fpu.fcw, FCW_RESET);
	EXPECT_EQ(fpu.ftwx, 0);
	EXPECT(!memcmp(fpu.fpr, initial.st, sizeof(fpu.fpr)));
	EXPECT(!memcmp(fpu.xmm, initial.xmm, sizeof(fpu.xmm)));
}

static void fpu_is_the_same_state(void)
{
	struct kvm_fpu fpu = { .fcw = 0x27f, .ftwx = 0x81, .mxcsr = MXCSR_RESET };
	struct image image, got;

	set_up_avx();
	fill_image(&image, 0x19);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_XSAVE, &image), 0);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_GET_FPU, &fpu), 0);
	EXPECT_EQ(fpu.fcw, image.fcw);
	EXPECT_EQ(fpu.ftwx, image.ftw);
	EXPECT(!memcmp(fpu.fpr, image.st, sizeof(fpu.fpr)));
	EXPECT(!memcmp(fpu.xmm, image.xmm, sizeof(fpu.xmm)));
	memset(fpu.xmm, 0x5a, sizeof(fpu.xmm));
	fpu.ftwx = 1;
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_FPU, &fpu), 0);
	get_image(&got);
	memset(image.xmm, 0x5a, sizeof(image.xmm));
	image.ftw = 1;
	expect_image(&got, &image);
}

struct bad_image {
	const char *what;
	size_t offset;
	uint64_t value;
};

static const struct bad_image bad_images[] = {
	{ "XSTATE_BV bit 63", offsetof(struct image, xstate_bv), BIT(63) },
	{ "XSTATE_BV bit 62", offsetof(struct image, xstate_bv), BIT(62) | 7 },
	{ "XSTATE_BV bit 8", offsetof(struct image, xstate_bv), BIT(8) | 7 },
	{ "XCOMP_BV compacted", offsetof(struct image, xcomp_bv),
	  BIT(63) | 7 },
	{ "XCOMP_BV bit 0", offsetof(struct image, xcomp_bv), 1 },
	{ "reserved, first", offsetof(struct image, reserved), BIT(63) },
	{ "reserved, last", offsetof(struct image, reserved[5]), 1 },
	{ "MXCSR bit 16", offsetof(struct image, mxcsr), BIT(16) },
	{ "MXCSR bit 31", offsetof(struct image, mxcsr), BIT(31) },
};

static void invalid(void)
{
	struct image before, image, after;
	size_t i;

	set_up_avx();
	fill_image(&before, 0x27);
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_XSAVE, &before), 0);
	get_image(&before);
	for (i = 0; i < ARRAY_SIZE(bad_images); i++) {
		test_context("%s", bad_images[i].what);
		fill_image(&image, 0x39);
		memcpy((uint8_t *)&image + bad_images[i].offset,
		       &bad_images[i].value, 8);
		EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_XSAVE, &image), -EINVAL);
		get_image(&after);
		EXPECT(!memcmp(&before, &after, sizeof(after)));
	}
	vcpu_run_until(&vcpu, KVM_EXIT_HLT);
}

static void size_on_vm(void)
{
	long size;

	set_up();
	size = dev_ioctl(vm.fd, KVM_CHECK_EXTENSION,
			 (void *)(long)KVM_CAP_XSAVE2);
	EXPECT(size >= (long)PAGE_SIZE);
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_CHECK_EXTENSION,
			    (void *)(long)KVM_CAP_XSAVE), 1);
	EXPECT_EQ(dev_ioctl(vm.sys, KVM_CHECK_EXTENSION,
			    (void *)(long)KVM_CAP_XCRS), !!supported_xcr0());
}

/* --- XCR0 --- */

static void expect_xcr0_in_guest(const char *guest, uint64_t cr4)
{
	static const uint64_t values[] = { 1, 3, 7, 3, 1 };
	struct kvm_regs regs;
	size_t i;

	set_up();
	if ((supported_xcr0() & 7) != 7)
		test_skip("no AVX");
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		test_context("value %zu", i);
		load_with_cr4(guest, cr4);
		REQUIRE_EQ(set_xcr0(values[i]), 0);
		EXPECT_EQ(get_xcr0(), values[i]);
		vcpu_run_until(&vcpu, KVM_EXIT_HLT);
		vcpu_get_regs(&vcpu, &regs);
		EXPECT_EQ(regs.rax, values[i]);
		EXPECT_EQ(regs.rdx, 0);
		EXPECT_EQ(get_xcr0(), values[i]);
	}
}

static void xcr0_is_the_guests(void)
{
	expect_xcr0_in_guest("xsave_xgetbv", X86_CR4_OSXSAVE);
}

/* The guest sets it. */
static void xcr0_comes_with_osxsave(void)
{
	expect_xcr0_in_guest("xsave_osxsave", 0);
}

static void xcr0_invalid(void)
{
	struct kvm_xcrs xcrs = { .nr_xcrs = 1, .xcrs[0].value = 3 };
	uint64_t all;

	set_up();
	all = supported_xcr0();
	if ((all & 7) != 7)
		test_skip("no AVX");
	REQUIRE_EQ(set_xcr0(3), 0);
	EXPECT_EQ(set_xcr0(0), -EINVAL);
	EXPECT_EQ(set_xcr0(2), -EINVAL);
	EXPECT_EQ(set_xcr0(5), -EINVAL);
	EXPECT_EQ(set_xcr0(all | BIT(62)), -EINVAL);
	EXPECT_EQ(set_xcr0(all | BIT(63)), -EINVAL);
	xcrs.flags = 1;
	xcrs.xcrs[0].value = 7;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_XCRS, &xcrs), -EINVAL);
	xcrs.flags = 0;
	xcrs.nr_xcrs = KVM_MAX_XCRS + 1;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_XCRS, &xcrs), -EINVAL);
	/* KVM passes over registers that it does not know. */
	xcrs.nr_xcrs = 1;
	xcrs.xcrs[0].xcr = 1;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_XCRS, &xcrs),
		  test_on_xvcpu() ? -EINVAL : 0);
	xcrs.nr_xcrs = 0;
	EXPECT_EQ(dev_ioctl(vcpu.fd, KVM_SET_XCRS, &xcrs), 0);
	EXPECT_EQ(get_xcr0(), 3);
}

/* A guest without XSAVE has the value of RESET, and no other. */
static void xcr0_follows_cpuid(void)
{
	struct kvm_cpuid2 *cpuid;

	set_up();
	if ((supported_xcr0() & 7) != 7)
		test_skip("no AVX");
	cpuid = cpuid_supported(vm.sys);
	cpuid_find(cpuid, 1, 0)->ecx &= ~(BIT(5) | BIT(26));
	cpuid_find(cpuid, 0xd, 0)->eax = 0;
	REQUIRE_EQ(dev_ioctl(vcpu.fd, KVM_SET_CPUID2, cpuid), 0);
	EXPECT_EQ(set_xcr0(1), 0);
	EXPECT_EQ(set_xcr0(7), -EINVAL);
	EXPECT_EQ(get_xcr0(), 1);
}

static const struct test tests[] = {
	{ "xsave_after_reset", after_reset },
	{ "xsave_read_back", read_back },
	{ "xsave_guest_sees_and_changes", guest_sees_and_changes },
	{ "xsave_legacy_region", legacy_region },
	{ "xsave_absent_component_is_initial", absent_component_is_initial },
	{ "xsave_initialised_by_guest", initialised_by_guest },
	{ "xsave_fpu_is_the_same_state", fpu_is_the_same_state },
	{ "xsave_invalid", invalid },
	{ "xsave_size_on_vm", size_on_vm },
	{ "xsave_xcr0_is_the_guests", xcr0_is_the_guests },
	{ "xsave_xcr0_comes_with_osxsave", xcr0_comes_with_osxsave },
	{ "xsave_xcr0_invalid", xcr0_invalid },
	{ "xsave_xcr0_follows_cpuid", xcr0_follows_cpuid },
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
