// SPDX-License-Identifier: GPL-2.0
/*
 * Guests: finds them, and puts a vCPU into the mode that they start in.
 *
 * Whatever the mode, the descriptors have base 0 and the paging is one to one,
 * so that a guest's addresses are the same in all of them; the interrupt table
 * leads each of the first 32 vectors to a HLT of its own, whose address tells
 * which exception it was (vcpu_exception()).
 */
#include <string.h>

#include "harness.h"

extern const struct guest __start_guest_table[], __stop_guest_table[];

#define VECTORS		32
#define PTE_TABLE	0x3		/* present, writable */

#define DESC_CODE64	0x00209b0000000000
#define DESC_CODE32	0x00cf9b000000ffff
#define DESC_DATA32	0x00cf93000000ffff
#define DESC_CODE16	0x00009b000000ffff
#define DESC_DATA16	0x000093000000ffff
#define DESC_TSS	(0x00008b0000000067 | (uint64_t)GUEST_TSS << 16)

const struct guest *guest_find(const char *name)
{
	const struct guest *guest;

	for (guest = __start_guest_table; guest < __stop_guest_table; guest++)
		if (!strcmp(guest->name, name))
			return guest;
	test_failed(true, __FILE__, __LINE__, "there is no guest %s", name);
	return NULL;
}

size_t guests_known(void)
{
	return __stop_guest_table - __start_guest_table;
}

const struct guest *guest_number(size_t n)
{
	return n < guests_known() ? &__start_guest_table[n] : NULL;
}

/* --- tables in guest memory --- */

static void fill_gdt(struct vm *vm)
{
	static const uint64_t gdt[] = {
		[SEL_CODE64 / 8] = DESC_CODE64,
		[SEL_CODE32 / 8] = DESC_CODE32,
		[SEL_DATA32 / 8] = DESC_DATA32,
		[SEL_CODE16 / 8] = DESC_CODE16,
		[SEL_DATA16 / 8] = DESC_DATA16,
		[SEL_TSS / 8] = DESC_TSS,
		[SEL_TSS / 8 + 1] = 0,
	};

	memcpy(vm->mem + GUEST_GDT, gdt, sizeof(gdt));
}

static void fill_gate(struct vm *vm, int vector, int mode)
{
	uint64_t stub = GUEST_STUBS + vector;
	uint64_t gate;
	int sel;

	sel = mode == MODE_LONG ? SEL_CODE64 :
	      mode == MODE_PROT16 ? SEL_CODE16 : SEL_CODE32;
	/* A present 32-bit interrupt gate; in long mode a 64-bit one. */
	gate = (stub & 0xffff) | (uint64_t)sel << 16 | 0x8e0000000000 |
	       (stub & 0xffff0000) << 32;
	if (mode == MODE_LONG) {
		*vm_u64(vm, GUEST_IDT + vector * 16) = gate;
		*vm_u64(vm, GUEST_IDT + vector * 16 + 8) = 0;
	} else {
		*vm_u64(vm, GUEST_IDT + vector * 8) = gate;
	}
}

static void fill_idt(struct vm *vm, int mode)
{
	int vector;

	for (vector = 0; vector < VECTORS; vector++) {
		vm->mem[GUEST_STUBS + vector] = 0xf4;	/* hlt */
		if (mode == MODE_REAL)
			*vm_u32(vm, vector * 4) = GUEST_STUBS + vector;
		else
			fill_gate(vm, vector, mode);
	}
}

static void fill_paging(struct vm *vm)
{
	uint64_t i;

	for (i = 0; i < 1024; i++)
		*vm_u32(vm, GUEST_PD32 + i * 4) = i << 22 | PTE_LARGE;
	for (i = 0; i < 512; i++)
		*vm_u64(vm, GUEST_PD + i * 8) = i << 21 | PTE_LARGE;
	*vm_u32(vm, GUEST_PD32 + (GUEST_ALIAS >> 22) * 4) = PTE_LARGE;
	*vm_u64(vm, GUEST_PD + (GUEST_ALIAS >> 21) * 8) = PTE_LARGE;
	*vm_u32(vm, GUEST_PD32 + (GUEST_HOLE >> 22) * 4) = 0;
	*vm_u64(vm, GUEST_PD + (GUEST_HOLE >> 21) * 8) = 0;
	/* The writable bit is reserved in the PDPT of PAE. */
	*vm_u64(vm, GUEST_PAE_PDPT) = GUEST_PD | 1;
	*vm_u64(vm, GUEST_PML4) = GUEST_PDPT | PTE_TABLE;
	*vm_u64(vm, GUEST_PDPT) = GUEST_PD | PTE_TABLE;
	*vm_u64(vm, GUEST_PDPT + (GUEST_HIGH >> 30) * 8) =
		GUEST_PD | PTE_TABLE;
}

/* --- the vCPU's registers --- */

static struct kvm_segment code_segment(int mode)
{
	struct kvm_segment seg = {
		.limit = 0xffffffff, .selector = SEL_CODE32, .type = 11,
		.present = 1, .db = 1, .s = 1, .g = 1,
	};

	if (mode == MODE_REAL || mode == MODE_PROT16) {
		seg.selector = mode == MODE_REAL ? 0 : SEL_CODE16;
		seg.limit = 0xffff;
		seg.db = 0;
		seg.g = 0;
	} else if (mode == MODE_LONG) {
		seg.selector = SEL_CODE64;
		seg.db = 0;
		seg.l = 1;
	}
	return seg;
}

static struct kvm_segment data_segment(int mode)
{
	struct kvm_segment seg = code_segment(mode);

	seg.type = 3;
	seg.l = 0;
	if (mode == MODE_PROT16) {
		seg.selector = SEL_DATA16;
	} else if (mode != MODE_REAL) {
		seg.selector = SEL_DATA32;
		seg.db = 1;
	}
	return seg;
}

static void set_segments(struct kvm_sregs *sregs, int mode)
{
	struct kvm_segment data = data_segment(mode);

	sregs->cs = code_segment(mode);
	sregs->ds = data;
	sregs->es = data;
	sregs->fs = data;
	sregs->gs = data;
	sregs->ss = data;
	sregs->tr = (struct kvm_segment) {
		.base = GUEST_TSS, .limit = 0x67, .selector = SEL_TSS,
		.type = 11, .present = 1,
	};
	sregs->ldt = (struct kvm_segment) { .type = 2, .unusable = 1 };
	sregs->gdt = (struct kvm_dtable) { .base = GUEST_GDT, .limit = 0x3f };
	sregs->idt = (struct kvm_dtable) { .base = GUEST_IDT, .limit = 0xfff };
	if (mode == MODE_REAL)
		sregs->idt = (struct kvm_dtable) { .limit = 0x3ff };
	else if (mode != MODE_LONG)
		sregs->idt.limit = 0x7ff;
}

static void set_control(struct kvm_sregs *sregs, int mode)
{
	sregs->cr0 = X86_CR0_ET | X86_CR0_NE;
	sregs->cr3 = 0;
	sregs->cr4 = 0;
	sregs->efer = 0;
	if (mode != MODE_REAL)
		sregs->cr0 |= X86_CR0_PE;
	switch (mode) {
	case MODE_PAGED32:
		sregs->cr3 = GUEST_PD32;
		sregs->cr4 = X86_CR4_PSE;
		break;
	case MODE_PAE:
		sregs->cr3 = GUEST_PAE_PDPT;
		sregs->cr4 = X86_CR4_PAE;
		break;
	case MODE_LONG:
		sregs->cr3 = GUEST_PML4;
		sregs->cr4 = X86_CR4_PAE;
		sregs->efer = X86_EFER_LME | X86_EFER_LMA;
		break;
	default:
		return;
	}
	sregs->cr0 |= X86_CR0_PG | X86_CR0_WP;
}

/*
 * Interrupts are enabled, though none will come: in Bochs a guest that is
 * entered with them disabled keeps the host's interrupts away as well.
 */
void vcpu_set_entry(struct vcpu *vcpu, uint64_t rip)
{
	struct kvm_regs regs = {
		.rip = rip,
		.rsp = GUEST_STACK - vcpu->id * 0x400,
		.rflags = 0x202,
	};

	vcpu_set_regs(vcpu, &regs);
}

void vcpu_set_mode(struct vcpu *vcpu, int mode)
{
	struct kvm_sregs sregs;

	fill_gdt(vcpu->vm);
	fill_idt(vcpu->vm, mode);
	fill_paging(vcpu->vm);
	vcpu_get_sregs(vcpu, &sregs);
	set_segments(&sregs, mode);
	set_control(&sregs, mode);
	vcpu_set_sregs(vcpu, &sregs);
	vcpu_set_entry(vcpu, GUEST_CODE);
}

void vcpu_load(struct vcpu *vcpu, const char *name)
{
	const struct guest *guest = guest_find(name);

	memcpy(vcpu->vm->mem + GUEST_CODE, guest->start,
	       guest->end - guest->start);
	vcpu_set_mode(vcpu, guest->mode);
}

/* --- exceptions --- */

static bool has_error_code(int vector)
{
	return vector == VEC_DF || (vector >= 10 && vector <= VEC_PF) ||
	       vector == 17 || vector == 21;
}

/* The frame of a gate is 16 bits wide in real mode, 32 or 64 in others. */
static uint64_t stack_word(struct vcpu *vcpu, const struct kvm_sregs *sregs,
			   uint64_t rsp, int n)
{
	if (sregs->efer & X86_EFER_LMA)
		return *vm_u64(vcpu->vm, rsp + n * 8);
	if (sregs->cr0 & X86_CR0_PE)
		return *vm_u32(vcpu->vm, rsp + n * 4);
	return *(uint16_t *)(vcpu->vm->mem + rsp + n * 2);
}

int vcpu_exception(struct vcpu *vcpu, struct exception *exception)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	int n = 0;

	memset(exception, 0, sizeof(*exception));
	vcpu_get_regs(vcpu, &regs);
	vcpu_get_sregs(vcpu, &sregs);
	exception->vector = -1;
	if (regs.rip <= GUEST_STUBS || regs.rip > GUEST_STUBS + VECTORS)
		return -1;
	exception->vector = regs.rip - 1 - GUEST_STUBS;
	if (sregs.cr0 & X86_CR0_PE && has_error_code(exception->vector))
		exception->error = stack_word(vcpu, &sregs, regs.rsp, n++);
	exception->rip = stack_word(vcpu, &sregs, regs.rsp, n);
	return exception->vector;
}

int vcpu_exec(struct vcpu *vcpu, const char *guest, struct kvm_regs *regs,
	      struct exception *exception)
{
	struct kvm_regs entry;

	vcpu_load(vcpu, guest);
	vcpu_get_regs(vcpu, &entry);
	regs->rip = entry.rip;
	regs->rsp = entry.rsp;
	regs->rflags = entry.rflags;
	vcpu_set_regs(vcpu, regs);
	vcpu_run_until(vcpu, KVM_EXIT_HLT);
	vcpu_get_regs(vcpu, regs);
	return vcpu_exception(vcpu, exception);
}
