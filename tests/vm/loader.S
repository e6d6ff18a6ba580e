/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The emulated machine's boot loader, made for one kernel and one initramfs.
 *
 * A general loader reads through the BIOS and the kernel then unpacks itself: in an emulator
 * that is half of the time to the prompt. Here the disk holds the unpacked kernel, and the
 * disk controller is read four bytes an instruction.
 *
 * The BIOS loads the first sector, which loads the next ones and the kernel's own real-mode
 * setup code (boot protocol: Documentation/arch/x86/boot.rst). That finds out about the
 * machine and calls code32_start, which is stage2: it loads the kernel and the initramfs,
 * enters long mode and calls the kernel's 64-bit entry point.
 *
 * Defined when this is assembled:
 *	SETUP_LBA, SETUP_SECTORS	the setup code, patched; then 4 sectors of command line
 *	KERNEL_LBA, KERNEL_SECTORS, KERNEL_ADDR, KERNEL_ENTRY
 *	INITRD_LBA, INITRD_SECTORS, INITRD_ADDR
 */

#define SETUP_SEG	0x9000
#define CMDLINE_SEG	0x9e00
#define PAGE_TABLES	0x1000

#define ATA_DATA	0x1f0
#define ATA_COUNT	0x1f2
#define ATA_LBA0	0x1f3
#define ATA_DRIVE	0x1f6
#define ATA_COMMAND	0x1f7
#define ATA_READ	0x20
#define ATA_BSY		0x80
#define ATA_DRQ		0x08

	.section .text
	.code16
	.globl start
start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %ss
	movw	$0x7c00, %sp
	sti

	/* dl is still the drive that the BIOS booted from. */
	movw	$stage2_packet, %si
	call	bios_read
	movw	$setup_packet, %si
	call	bios_read
	movw	$cmdline_packet, %si
	call	bios_read

	cli
	movw	$SETUP_SEG, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	movw	$0xe000, %sp
	ljmp	$(SETUP_SEG + 0x20), $0

bios_read:
	movb	$0x42, %ah
	int	$0x13
	jc	.
	ret

	/* size, sectors, offset, segment, first sector */
	.balign	4
stage2_packet:
	.word	16, 3, stage2, 0
	.quad	1
setup_packet:
	.word	16, SETUP_SECTORS, 0, SETUP_SEG
	.quad	SETUP_LBA
cmdline_packet:
	.word	16, 4, 0, CMDLINE_SEG
	.quad	SETUP_LBA + SETUP_SECTORS

	.org	start + 510
	.word	0xaa55

	/* 32-bit protected mode, flat segments, interrupts off, esi is the boot_params. */
	.code32
	.globl stage2
stage2:
	movl	$0x7c00, %esp
	cld
	pushl	%esi

	movl	$KERNEL_LBA, %ebx
	movl	$KERNEL_SECTORS, %ebp
	movl	$KERNEL_ADDR, %edi
	call	disk_read
	movl	$INITRD_LBA, %ebx
	movl	$INITRD_SECTORS, %ebp
	movl	$INITRD_ADDR, %edi
	call	disk_read

	/* The first 4 GiB, mapped to themselves in pages of 2 MiB. */
	movl	$PAGE_TABLES, %edi
	xorl	%eax, %eax
	movl	$(6 * 1024), %ecx
	rep stosl
	movl	$(PAGE_TABLES + 0x1007), PAGE_TABLES
	movl	$(PAGE_TABLES + 0x2007), PAGE_TABLES + 0x1000
	movl	$(PAGE_TABLES + 0x3007), PAGE_TABLES + 0x1008
	movl	$(PAGE_TABLES + 0x4007), PAGE_TABLES + 0x1010
	movl	$(PAGE_TABLES + 0x5007), PAGE_TABLES + 0x1018
	movl	$(PAGE_TABLES + 0x2000), %edi
	movl	$0x87, %eax
1:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	jnc	1b

	movl	%cr4, %eax
	orl	$0x20, %eax			/* PAE */
	movl	%eax, %cr4
	movl	$PAGE_TABLES, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx		/* EFER */
	rdmsr
	orl	$0x100, %eax			/* LME */
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000000, %eax		/* PG */
	movl	%eax, %cr0
	lgdt	gdt_pointer
	popl	%esi
	ljmp	$0x10, $long_mode

	/* ebp sectors from sector ebx to edi */
disk_read:
	testl	%ebp, %ebp
	jz	3f
	movl	%ebp, %eax
	cmpl	$128, %eax
	jbe	1f
	movl	$128, %eax
1:	movl	%eax, %esi			/* of this command */
	movw	$ATA_COUNT, %dx
	outb	%al, %dx
	movw	$ATA_LBA0, %dx
	movl	%ebx, %eax
	outb	%al, %dx
	incw	%dx
	shrl	$8, %eax
	outb	%al, %dx
	incw	%dx
	shrl	$8, %eax
	outb	%al, %dx
	incw	%dx
	shrl	$8, %eax
	orb	$0xe0, %al			/* LBA, master */
	outb	%al, %dx
	movw	$ATA_COMMAND, %dx
	movb	$ATA_READ, %al
	outb	%al, %dx
	addl	%esi, %ebx
	subl	%esi, %ebp
2:	movw	$ATA_COMMAND, %dx
	inb	%dx, %al
	testb	$ATA_BSY, %al
	jnz	2b
	testb	$ATA_DRQ, %al
	jz	2b
	movw	$ATA_DATA, %dx
	movl	$128, %ecx
	rep insl
	decl	%esi
	jnz	2b
	jmp	disk_read
3:	ret

	.code64
long_mode:
	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%esi, %esi
	movl	$KERNEL_ENTRY, %eax
	jmp	*%rax

	.balign	8
gdt:
	.quad	0, 0
	.quad	0x00af9b000000ffff		/* 0x10: 64-bit code */
	.quad	0x00cf93000000ffff		/* 0x18: data */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.org	start + 4 * 512
