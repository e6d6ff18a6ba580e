// SPDX-License-Identifier: GPL-2.0
/*
 * The images of "xvcpu run": what a file is, where it goes, and the registers
 * with which it starts.
 */
#define _GNU_SOURCE
#include "guest.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "out.h"

#define KIB		1024UL
#define GIB		(1UL << 30)

#define SLOT_ROM	1

#define RFLAGS_RESERVED	0x2

static int too_big(const char *what)
{
	out_error("%s: give more with --mem", what);
	return -1;
}

static int set_registers(const struct guest *guest,
			 const struct kvm_sregs *sregs,
			 const struct kvm_regs *regs)
{
	int err = xvcpu_vcpu_set_sregs(&guest->vcpu, sregs);

	if (!err)
		err = xvcpu_vcpu_set_regs(&guest->vcpu, regs);
	if (!err)
		return 0;
	out_error("cannot set the vCPU's registers: %s", strerror(-err));
	return -1;
}

static int get_sregs(const struct guest *guest, struct kvm_sregs *sregs)
{
	int err = xvcpu_vcpu_get_sregs(&guest->vcpu, sregs);

	if (!err)
		return 0;
	out_error("cannot read the vCPU's registers: %s", strerror(-err));
	return -1;
}

/* --- a flat image: a boot sector, or anything that starts like one --- */

#define FLAT_BASE	0x7c00UL
#define BOOT_DRIVE	0x80

/* Real mode, the segment at 0. */
static void set_flat_segment(struct kvm_segment *segment)
{
	segment->selector = 0;
	segment->base = 0;
}

static int load_flat(struct guest *guest)
{
	const struct kvm_regs regs = {
		.rip = FLAT_BASE,
		.rsp = FLAT_BASE,
		.rdx = BOOT_DRIVE,
		.rflags = RFLAGS_RESERVED,
	};
	struct kvm_sregs sregs;

	if (guest->image_size > guest->ram_size - FLAT_BASE)
		return too_big("the flat image does not fit into RAM at 0x7c00");
	memcpy(guest->ram + FLAT_BASE, guest->image, guest->image_size);
	if (get_sregs(guest, &sregs))
		return -1;
	set_flat_segment(&sregs.cs);
	set_flat_segment(&sregs.ds);
	set_flat_segment(&sregs.es);
	set_flat_segment(&sregs.ss);
	return set_registers(guest, &sregs, &regs);
}

/* --- a firmware: ends at 4 GiB, starts at the reset vector --- */

#define FIRMWARE_UNIT	(64 * KIB)
#define FIRMWARE_MAX	(16UL << 20)
#define FIRMWARE_LOW	(128 * KIB)

/* Does the reset vector, 16 bytes below the end, hold a jump? */
static bool ends_with_jump(const uint8_t *image, size_t size)
{
	return memchr(image + size - 16, 0xea, 16) ||
	       memchr(image + size - 16, 0xe9, 16);
}

static bool is_firmware(const struct guest *guest)
{
	return guest->image_size <= FIRMWARE_MAX &&
	       !(guest->image_size % FIRMWARE_UNIT) &&
	       ends_with_jump(guest->image, guest->image_size);
}

/* The whole image below 4 GiB, in memory of its own. */
static int map_rom(struct guest *guest)
{
	size_t size = guest->image_size;
	void *rom = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err = rom == MAP_FAILED ? -errno : 0;

	if (!err) {
		guest->rom = rom;
		memcpy(rom, guest->image, size);
		err = xvcpu_vm_set_memory(&guest->vm, SLOT_ROM, 4 * GIB - size,
					  rom, size);
	}
	if (!err)
		return 0;
	out_error("cannot map the firmware: %s", strerror(-err));
	return -1;
}

static int load_firmware(struct guest *guest)
{
	const struct kvm_regs regs = {
		.rip = 0xfff0,
		.rflags = RFLAGS_RESERVED,
	};
	size_t size = guest->image_size;
	size_t low = size < FIRMWARE_LOW ? size : FIRMWARE_LOW;
	struct kvm_sregs sregs;

	if (size > FIRMWARE_MAX || size % FIRMWARE_UNIT) {
		out_error("a firmware is a multiple of 64 KiB, at most 16 MiB: give another --type");
		return -1;
	}
	memcpy(guest->ram + 1024 * KIB - low, guest->image + size - low, low);
	if (map_rom(guest) || get_sregs(guest, &sregs))
		return -1;
	sregs.cs.selector = 0xf000;
	sregs.cs.base = 0xffff0000;
	return set_registers(guest, &sregs, &regs);
}

/* --- a 64-bit ELF: segments where they say, long mode --- */

/*
 * The last 32 KiB of RAM: PML4, page directory pointers, a page directory for
 * each of the 4 GiB, GDT.  The stack grows down from below them.
 */
#define TABLES_SIZE	(32 * KIB)
#define TABLE		4096UL
#define TABLE_ENTRIES	512UL

#define PAGE_PRESENT	(1UL << 0)
#define PAGE_WRITE	(1UL << 1)
#define PAGE_LARGE	(1UL << 7)
#define LARGE_SIZE	(2UL << 20)

#define CR0_PE		(1UL << 0)
#define CR0_MP		(1UL << 1)
#define CR0_ET		(1UL << 4)
#define CR0_NE		(1UL << 5)
#define CR0_WP		(1UL << 16)
#define CR0_PG		(1UL << 31)
#define CR4_PAE		(1UL << 5)
#define CR4_OSFXSR	(1UL << 9)
#define CR4_OSXMMEXCPT	(1UL << 10)
#define EFER_LME	(1UL << 8)
#define EFER_LMA	(1UL << 10)

#define SEL_CODE	0x08
#define SEL_DATA	0x10
#define TYPE_CODE	0xb	/* execute, read, accessed */
#define TYPE_DATA	0x3	/* read, write, accessed */
#define TYPE_TSS	0xb	/* 64-bit, busy */
#define GDT_CODE	0x00af9b000000ffffUL
#define GDT_DATA	0x00cf93000000ffffUL

static bool is_elf(const struct guest *guest)
{
	return guest->image_size >= SELFMAG &&
	       !memcmp(guest->image, ELFMAG, SELFMAG);
}

static size_t tables_base(const struct guest *guest)
{
	return guest->ram_size - TABLES_SIZE;
}

/* Fill entries of page tables, from @table on. */
static void fill_entries(struct guest *guest, size_t table, size_t nr,
			 uint64_t first, uint64_t step)
{
	uint64_t *entry = (uint64_t *)(guest->ram + table);
	size_t i;

	for (i = 0; i < nr; i++)
		entry[i] = first + i * step;
}

/* Returns where the GDT is. */
static size_t build_tables(struct guest *guest)
{
	const uint64_t flags = PAGE_PRESENT | PAGE_WRITE;
	size_t pml4 = tables_base(guest);
	size_t pdpt = pml4 + TABLE;
	size_t pd = pdpt + TABLE;
	size_t gdt = pd + 4 * TABLE;

	memset(guest->ram + pml4, 0, TABLES_SIZE);
	fill_entries(guest, pml4, 1, pdpt | flags, 0);
	fill_entries(guest, pdpt, 4, pd | flags, TABLE);
	fill_entries(guest, pd, 4 * TABLE_ENTRIES, flags | PAGE_LARGE,
		     LARGE_SIZE);
	fill_entries(guest, gdt + SEL_CODE, 1, GDT_CODE, 0);
	fill_entries(guest, gdt + SEL_DATA, 1, GDT_DATA, 0);
	return gdt;
}

static void set_long_mode(const struct guest *guest, size_t gdt,
			  struct kvm_sregs *sregs)
{
	const struct kvm_segment code = {
		.limit = 0xffffffff, .selector = SEL_CODE, .type = TYPE_CODE,
		.present = 1, .s = 1, .l = 1, .g = 1,
	};
	const struct kvm_segment data = {
		.limit = 0xffffffff, .selector = SEL_DATA, .type = TYPE_DATA,
		.present = 1, .s = 1, .db = 1, .g = 1,
	};

	sregs->cs = code;
	sregs->ds = sregs->es = sregs->fs = sregs->gs = sregs->ss = data;
	sregs->tr.type = TYPE_TSS;
	sregs->gdt.base = gdt;
	sregs->gdt.limit = 3 * sizeof(uint64_t) - 1;
	sregs->idt.base = 0;
	sregs->idt.limit = 0;
	sregs->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
	sregs->cr3 = tables_base(guest);
	sregs->cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;
	sregs->efer = EFER_LME | EFER_LMA;
}

static int bad_elf(const char *what)
{
	out_error("the ELF file %s", what);
	return -1;
}

/* Is [offset, offset + size) within @limit bytes? */
static bool within(uint64_t offset, uint64_t size, uint64_t limit)
{
	return offset <= limit && size <= limit - offset;
}

static int load_segment(struct guest *guest, const Elf64_Phdr *segment)
{
	if (segment->p_type != PT_LOAD || !segment->p_memsz)
		return 0;
	if (segment->p_filesz > segment->p_memsz ||
	    !within(segment->p_offset, segment->p_filesz, guest->image_size))
		return bad_elf("is cut off: build it again");
	if (!within(segment->p_paddr, segment->p_memsz, tables_base(guest)))
		return too_big("a segment of the ELF file lies outside RAM");
	memcpy(guest->ram + segment->p_paddr, guest->image + segment->p_offset,
	       segment->p_filesz);
	memset(guest->ram + segment->p_paddr + segment->p_filesz, 0,
	       segment->p_memsz - segment->p_filesz);
	return 0;
}

static int load_segments(struct guest *guest, const Elf64_Ehdr *header)
{
	Elf64_Phdr segment;
	unsigned int i;

	if (header->e_phentsize != sizeof(segment) ||
	    !within(header->e_phoff, header->e_phnum * sizeof(segment),
		    guest->image_size))
		return bad_elf("has no program headers: link it");
	for (i = 0; i < header->e_phnum; i++) {
		memcpy(&segment, guest->image + header->e_phoff +
				 i * sizeof(segment), sizeof(segment));
		if (load_segment(guest, &segment))
			return -1;
	}
	return 0;
}

static int read_header(const struct guest *guest, Elf64_Ehdr *header)
{
	if (!is_elf(guest) || guest->image_size < sizeof(*header))
		return bad_elf("is none: give another --type");
	memcpy(header, guest->image, sizeof(*header));
	if (header->e_ident[EI_CLASS] != ELFCLASS64 ||
	    header->e_machine != EM_X86_64)
		return bad_elf("is not for 64-bit x86: build it with -m64");
	if (header->e_type != ET_EXEC)
		return bad_elf("has no fixed address: link it with -static -no-pie");
	return 0;
}

static int load_elf(struct guest *guest)
{
	struct kvm_regs regs = {
		.rdi = guest->ram_size,
		.rsp = tables_base(guest),
		.rflags = RFLAGS_RESERVED,
	};
	struct kvm_sregs sregs;
	Elf64_Ehdr header;

	if (read_header(guest, &header) || load_segments(guest, &header) ||
	    get_sregs(guest, &sregs))
		return -1;
	set_long_mode(guest, build_tables(guest), &sregs);
	regs.rip = header.e_entry;
	return set_registers(guest, &sregs, &regs);
}

/* --- which of them it is --- */

static enum guest_type guess(const struct guest *guest)
{
	if (is_elf(guest))
		return GUEST_ELF;
	return is_firmware(guest) ? GUEST_FIRMWARE : GUEST_FLAT;
}

int guest_load(struct guest *guest, enum guest_type type)
{
	if (type == GUEST_GUESS)
		type = guess(guest);
	switch (type) {
	case GUEST_ELF:
		return load_elf(guest);
	case GUEST_FIRMWARE:
		return load_firmware(guest);
	default:
		return load_flat(guest);
	}
}
