/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What guests and the harness agree on: the guest's physical memory map, its
 * selectors, and the modes that a guest can be started in.
 *
 * A guest is assembly between GUEST and GUEST_END in one of the .S files; both
 * make it an entry of the table that guest_find() searches.  It is copied to
 * GUEST_CODE and entered at its first byte, so an absolute address in it is
 * written AT(guest, label).
 */
#ifndef XVCPU_TESTS_GUESTS_H
#define XVCPU_TESTS_GUESTS_H

/* The guest's physical memory, mapped one to one where there is paging. */
#define GUEST_GDT	0x1000
#define GUEST_TSS	0x1800
#define GUEST_IDT	0x2000
#define GUEST_STUBS	0x2f00		/* one HLT for each vector below 32 */
#define GUEST_RESULT	0x3000		/* a page for whatever a guest reports */
#define GUEST_STACK	0x8000		/* the top, growing down */
#define GUEST_CODE	0x8000
#define GUEST_DATA	0x10000
#define GUEST_PML4	0x20000
#define GUEST_PDPT	0x21000		/* of long mode */
#define GUEST_PD	0x22000		/* 2 MiB pages: PAE and long mode */
#define GUEST_PAE_PDPT	0x23000
#define GUEST_PD32	0x24000		/* 4 MiB pages */
#define PTE_LARGE	0x83		/* present, writable, a large page */
#define GUEST_PT	0x25000		/* free for the guest */
#define GUEST_SIZE	0x400000
#define GUEST_DEVICE	0x600000	/* mapped, but in no memory slot */

/*
 * Linear addresses where guest physical address 0 is seen once more: with any
 * paging, and above 4 GiB in long mode.
 */
#define GUEST_ALIAS	0x800000
#define GUEST_HIGH	0x100000000
#define GUEST_HOLE	0xc00000	/* where nothing is mapped */

#define SEL_CODE64	0x08
#define SEL_CODE32	0x10
#define SEL_DATA32	0x18
#define SEL_CODE16	0x20
#define SEL_DATA16	0x28
#define SEL_TSS		0x30		/* two entries in long mode */

/* The port guests report to, unless the port is what the test is about. */
#define REPORT_PORT	0xe0

/* The words of the guests that count. */
#define COUNT_ARRIVED	(GUEST_RESULT + 0x00)
#define COUNT_VCPUS	(GUEST_RESULT + 0x10)
#define COUNT_NOW	(GUEST_RESULT + 0x20)
#define COUNT_STOP	(GUEST_RESULT + 0x30)

/* The words of a vCPU that goes through the host's sleep, in its own page. */
#define SUSPEND_PAGE(id)	(GUEST_DATA + (id) * 0x1000)
#define SUSPEND_COUNT	0x00
#define SUSPEND_TSC	0x10
#define SUSPEND_STOP	0x20
/* More bits than the TSC gains in any sleep: it went back, and wrapped. */
#define SUSPEND_LEAP	56

#define MODE_REAL	0
#define MODE_PROT16	1
#define MODE_PROT32	2
#define MODE_PAGED32	3
#define MODE_PAE	4
#define MODE_LONG	5

#ifdef __ASSEMBLER__

	.section .note.GNU-stack, "", @progbits

#define AT(guest, label)	(GUEST_CODE + label - guest_##guest)

.macro GUEST name, mode, bits
	.pushsection .rodata.guest_names, "a"
	guest_name_\name:
	.asciz "\name"
	.popsection
	.pushsection guest_table, "aw"
	.quad guest_name_\name, guest_\name, guest_end_\name, \mode
	.popsection
	.section .rodata.guests, "a"
	.balign 16
	guest_\name:
	.code\bits
.endm

.macro GUEST_END name
	guest_end_\name:
	.code64
.endm

/* A guest of one instruction; then it halts. */
.macro GUEST_INSN name, mode, bits, insn:vararg
GUEST \name, \mode, \bits
	\insn
	hlt
GUEST_END \name
.endm

#endif /* __ASSEMBLER__ */

#endif /* XVCPU_TESTS_GUESTS_H */
