/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The harness of the tests: TAP output, one VM and its vCPUs, the modes that a
 * guest can be started in.
 *
 * A test program is a table of struct test given to test_main().  Each test
 * runs in a process of its own, so that one that crashes or hangs fails alone
 * and leaves nothing behind.  A test fails by a check that does not hold and is
 * skipped by test_skip() with the reason; it passes by returning.
 */
#ifndef XVCPU_TESTS_HARNESS_H
#define XVCPU_TESTS_HARNESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/kvm.h>
#include <linux/xvcpu.h>

#include "guests.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1ULL << (n))
#define PAGE_SIZE	0x1000UL

#define X86_CR0_PE	BIT(0)
#define X86_CR0_MP	BIT(1)
#define X86_CR0_EM	BIT(2)
#define X86_CR0_TS	BIT(3)
#define X86_CR0_ET	BIT(4)
#define X86_CR0_NE	BIT(5)
#define X86_CR0_WP	BIT(16)
#define X86_CR0_AM	BIT(18)
#define X86_CR0_NW	BIT(29)
#define X86_CR0_CD	BIT(30)
#define X86_CR0_PG	BIT(31)
#define X86_CR4_TSD	BIT(2)
#define X86_CR4_DE	BIT(3)
#define X86_CR4_PSE	BIT(4)
#define X86_CR4_PAE	BIT(5)
#define X86_CR4_PGE	BIT(7)
#define X86_CR4_OSFXSR	BIT(9)
#define X86_CR4_VMXE	BIT(13)
#define X86_CR4_FSGSBASE BIT(16)
#define X86_CR4_PCIDE	BIT(17)
#define X86_CR4_OSXSAVE	BIT(18)
#define X86_EFER_SCE	BIT(0)
#define X86_EFER_LME	BIT(8)
#define X86_EFER_LMA	BIT(10)
#define X86_EFER_NX	BIT(11)

/* Exception vectors. */
enum {
	VEC_DE = 0, VEC_DB = 1, VEC_BP = 3, VEC_UD = 6, VEC_NM = 7, VEC_DF = 8,
	VEC_SS = 12, VEC_GP = 13, VEC_PF = 14,
};

/* --- results --- */

struct test {
	const char *name;
	void (*fn)(void);
};

#define TEST_SKIPPED	77	/* an exit status */

int test_main(int argc, char **argv, const struct test *tests, size_t n);

extern const char *test_device;		/* the device under test */

/* Only xvcpu has it: its ioctls, its errors.  Skips the test elsewhere. */
bool test_on_xvcpu(void);
void test_need_xvcpu(void);
void test_need_cpus(int n);

/* Seconds until a test that has not ended is killed and fails; default 10. */
void test_timeout(unsigned int seconds);

/*
 * How much of something a stress test does: little, still less on a debug kernel,
 * or a lot if XVCPU_TEST_SOAK is set.  test_soaking() is for other differences.
 */
uint64_t test_amount(uint64_t usual, uint64_t debug, uint64_t soak);
bool test_soaking(void);

/* Random numbers, the same with the same XVCPU_TEST_SEED; the seed is printed. */
struct random {
	uint64_t state;
};

void random_start(struct random *random);
void random_fork(struct random *random, const struct random *from, int n);
uint32_t random_below(struct random *random, uint32_t limit);

/* The row of a table that the checks which follow are about. */
void test_context(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void test_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void test_skip(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn));

void test_failed(bool fatal, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void test_compare(bool fatal, const char *file, int line, const char *what,
		  long long got, long long want);

/* EXPECT goes on after a failure, REQUIRE ends the test. */
#define EXPECT(cond)							\
	do {								\
		if (!(cond))						\
			test_failed(false, __FILE__, __LINE__,		\
				    "not so: %s", #cond);		\
	} while (0)
#define REQUIRE(cond)							\
	do {								\
		if (!(cond))						\
			test_failed(true, __FILE__, __LINE__,		\
				    "not so: %s", #cond);		\
	} while (0)
#define EXPECT_EQ(got, want)						\
	test_compare(false, __FILE__, __LINE__, #got,			\
		     (long long)(got), (long long)(want))
#define REQUIRE_EQ(got, want)						\
	test_compare(true, __FILE__, __LINE__, #got,			\
		     (long long)(got), (long long)(want))

/* --- ioctls: the result, or the negative errno --- */

long dev_ioctl(int fd, unsigned long request, const void *arg);

/* --- VMs and vCPUs: creating one fails the test rather than return --- */

struct vm {
	int sys;
	int fd;
	uint8_t *mem;		/* guest physical address 0 */
	size_t size;
};

struct vcpu {
	struct vm *vm;
	int id;
	int fd;
	struct kvm_run *run;
	size_t run_size;
};

int dev_open(void);
void *mem_alloc(size_t size);
long vm_set_slot(struct vm *vm, uint32_t slot, uint64_t gpa, uint64_t size,
		 void *host, uint32_t flags);

void vm_create(struct vm *vm);			/* GUEST_SIZE bytes of memory */
void vm_create_empty(struct vm *vm);		/* no memory */
void vm_destroy(struct vm *vm);

/* KVM_ENABLE_CAP with one argument, and no flags. */
long vm_enable_cap(const struct vm *vm, uint32_t cap, uint64_t arg);
void vcpu_create(struct vcpu *vcpu, struct vm *vm, int id);
/* SIGUSR1 is blocked for the calling thread, and let through by KVM_RUN alone. */
void vcpu_let_signal_through(const struct vcpu *vcpu);
void vcpu_create_pinned(struct vcpu *vcpu, struct vm *vm, int id, int cpu);
void vcpu_destroy(struct vcpu *vcpu);

void vcpu_get_regs(struct vcpu *vcpu, struct kvm_regs *regs);
void vcpu_set_regs(struct vcpu *vcpu, const struct kvm_regs *regs);
void vcpu_get_sregs(struct vcpu *vcpu, struct kvm_sregs *sregs);
void vcpu_set_sregs(struct vcpu *vcpu, const struct kvm_sregs *sregs);
uint64_t vcpu_get_msr(struct vcpu *vcpu, uint32_t index);
/* As the ioctl: 1 if the MSR took the value, 0 if not. */
long vcpu_set_msr(struct vcpu *vcpu, uint32_t index, uint64_t value);
void vcpu_get_binding(struct vcpu *vcpu, struct xvcpu_binding_info *info);
/* XVCPU_MIGRATE: 0 or the negative errno. */
long vcpu_migrate(struct vcpu *vcpu, int cpu);

struct kvm_cpuid2 *cpuid_supported(int sys);
struct kvm_cpuid_entry2 *cpuid_find(struct kvm_cpuid2 *cpuid, uint32_t function,
				    uint32_t index);

/* --- guests --- */

struct guest {
	const char *name;
	const char *start;
	const char *end;
	uint64_t mode;
};

const struct guest *guest_find(const char *name);
size_t guests_known(void);
const struct guest *guest_number(size_t n);	/* NULL if there are fewer */

/* The tables of a mode, and the vCPU in that mode at GUEST_CODE. */
void vcpu_set_mode(struct vcpu *vcpu, int mode);
/* Copy a guest in and enter its mode: ready for the first vcpu_run(). */
void vcpu_load(struct vcpu *vcpu, const char *guest);
void vcpu_set_entry(struct vcpu *vcpu, uint64_t rip);

/* KVM_RUN: 0 or the negative errno. */
int vcpu_run(struct vcpu *vcpu);
/* Run until the exit, which must be this one. */
void vcpu_run_until(struct vcpu *vcpu, uint32_t exit_reason);
/* Run until an OUT to REPORT_PORT, and return what was written. */
uint32_t vcpu_report(struct vcpu *vcpu);
void *vcpu_io_data(struct vcpu *vcpu);
const char *exit_name(uint32_t reason);

/*
 * After a HLT exit: the vector of the exception that led to it, or -1 if it
 * was a HLT of the guest's own.
 */
struct exception {
	int vector;
	uint32_t error;
	uint64_t rip;
};

int vcpu_exception(struct vcpu *vcpu, struct exception *exception);

/*
 * Load a guest, give it these registers, all but RIP, RSP and RFLAGS, and run
 * it to its HLT; regs and exception say how it ended.
 */
int vcpu_exec(struct vcpu *vcpu, const char *guest, struct kvm_regs *regs,
	      struct exception *exception);

/* A view of guest memory. */
static inline uint32_t *vm_u32(struct vm *vm, uint64_t gpa)
{
	return (uint32_t *)(vm->mem + gpa);
}

static inline uint64_t *vm_u64(struct vm *vm, uint64_t gpa)
{
	return (uint64_t *)(vm->mem + gpa);
}

/* A thread that calls KVM_RUN once. */
struct runner {
	struct vcpu *vcpu;
	pthread_t thread;
	int cpu;		/* the thread's affinity, or -1 */
	int ret;		/* of KVM_RUN, once waited for */
};

void runner_start(struct runner *runner, struct vcpu *vcpu, int cpu);
int runner_wait(struct runner *runner);

/* The guest count_checked: wait for some progress, end it, check its count. */
void count_wait(struct vm *vm, uint64_t more);
void count_stop(struct vm *vm);
void count_check(struct vcpu *vcpu);

/* --- the host --- */

int host_cpus(void);			/* online */
int host_cpu(int n);			/* the number of the nth online CPU */
void host_run_on(int cpu);		/* this thread only there */
void host_run_anywhere(void);
void host_thread_run_on(pthread_t thread, int cpu);
uint64_t host_ticks(void);		/* of this CPU's TSC */
uint64_t host_ns(void);			/* of the clock that all CPUs share */
bool host_is_debug(void);		/* a kernel that checks itself, slowly */

/* A setting of the kernel's, in a file: 0 or the negative errno. */
int host_write(const char *path, const char *value);

/* Hotplug through sysfs: 0 or the negative errno; -ENOENT if it cannot. */
int host_set_online(int cpu, bool online);

/* Modules, by name without path: 0 or the negative errno. */
int module_load(const char *name, const char *params);
int module_unload(const char *name);
int module_refs(const char *name);	/* -1 if it is not loaded */

/*
 * xvcpu's root policy.  A test that needs another one loads the module anew, and
 * skips where it is not there to be loaded; at the program's end it is again as
 * it was by default, or the program says that it is not.
 */
bool module_policy_is(const char *name);
const char *module_params(void);	/* to load it again as at the first call */
void module_need_file(void);
void module_load_exclusive(void);
/* test_main() for the programs with such tests. */
int module_test_main(int argc, char **argv, const struct test *tests, size_t n);

/* What the module itself counts: no VM, no vCPU, no VMCS loaded on any CPU. */
void module_expect_empty(void);
/* How many pages it holds. */
uint32_t module_pages(void);

/*
 * The kernel's log since log_mark(), each record once: the next one, or whether
 * one of the rest holds both words.
 */
#define LOG_RECORD	2048

void log_mark(void);
bool log_next(char *record, size_t size);
bool log_has(const char *first, const char *second);

#endif /* XVCPU_TESTS_HARNESS_H */
