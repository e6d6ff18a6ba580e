/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the tests of guest memory: one VM with one vCPU, a slot under test, and
 * guests that access what lies in it.
 */
#ifndef XVCPU_TESTS_HARNESS_MEMORY_H
#define XVCPU_TESTS_HARNESS_MEMORY_H

#include "harness.h"

#define SLOT		1
#define GPA		0x1000000	/* of the slot under test */
#define SIZE		0x200000

extern struct vm vm;
extern struct vcpu vcpu;
extern uint8_t *mem;		/* behind the slot under test */

/* The VM, its vCPU, and the slot if there is something behind it. */
void memory_set_up(void *behind);
void *memory_map(size_t size, int prot, int flags, int fd);
void *memory_private(void);		/* SIZE bytes */
volatile uint64_t *memory_word(uint64_t offset);
long memory_set_flags(uint32_t flags);	/* of the slot under test */
/* Whoever touches a page of it that nobody has filled waits for its reader. */
int memory_userfaultfd(void);

/* The access by the guest; the return of KVM_RUN. */
int guest_access(const char *guest, uint64_t gpa, uint64_t rax);
/* These are expected to succeed. */
uint64_t guest_read(uint64_t gpa);
void guest_write(uint64_t gpa, uint64_t value);

/* No slot: the access is one for userspace, decoded or not. */
bool exit_is_no_slot(void);
bool guest_misses(uint64_t gpa);

/*
 * A guest that accesses the first word of each of some pages, again and again,
 * in a thread of its own; memory_touch_end() ends it.
 */
void memory_touch_start(struct runner *runner, uint64_t gpa, uint32_t pages);
void memory_touch_end(struct runner *runner);

/* What the process has at an address: its entry of /proc/self/pagemap, or 0. */
uint64_t page_entry(const void *addr);
#define PAGE_FRAME	(BIT(55) - 1)	/* unless it is swapped */
#define PAGE_SWAPPED	BIT(62)

/* A counter of the VM, or of a vCPU, by name; -1 if there is none of that name. */
int64_t stat_read(int fd, const char *name);

#endif /* XVCPU_TESTS_HARNESS_MEMORY_H */
