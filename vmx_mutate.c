// SPDX-License-Identifier: GPL-2.0
/*
 * Whether the checks of a VM entry are the processor's: a test changes fields of a
 * VMCS, and hears what vmx_check.c says of it and what the processor does. With
 * /sys/kernel/debug/xvcpu_mutate, and built for kernels with fault injection only:
 *
 *	mutate	is written "KEY FIELD=VALUE FIELD^MASK ...", all hexadecimal but the
 *		vCPU's key: the next KVM_RUN of that vCPU makes one VM entry with
 *		these fields, restores all, and returns -EINTR.  -EOPNOTSUPP: the
 *		CPU has no preemption timer.
 *	result	then has two lines: "rules N ID ID ...", and what came of it:
 *		"failed NUMBER" (VM-instruction error), "exit REASON QUALIFICATION",
 *		"not-tried" or "waiting".
 *	scratch	is the physical address of two pages that fields may point to: one
 *		with entries of an MSR list, one that begins like a VMCS.
 *
 * An entry that succeeds runs nothing of the guest: the preemption timer is at 0,
 * so at most an event is delivered before the exit. What the processor might take
 * must not hurt the host, so an entry is tried only if one of two things holds. A
 * rule is broken of which every processor known looks at every bit: then it fails
 * whatever else is wrong; but if it is one for the guest's state, that is an exit,
 * and loads the host's. Or the fields differ from before in free bits only: not in
 * what a VM exit loads or stores, in what makes guests leave, or in what lets them
 * at the host's memory.
 *
 * Locking: a raw spinlock around what the files and the run loop share. Context:
 * begin and end, on the vCPU's CPU, interrupts off, the VMCS current.
 */
#include <xvcpu/mutate.h>

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/processor-flags.h>
#include <xvcpu/caps.h>
#include <xvcpu/compat.h>
#include <xvcpu/explain.h>
#include <xvcpu/invept.h>
#include <xvcpu/page.h>
#include <xvcpu/percpu.h>
#include <xvcpu/regs.h>
#include <xvcpu/vcpu.h>
#include <xvcpu/vm.h>
#include <xvcpu/vmcs.h>

#define MOST_CHANGES	8
#define LONGEST_LINE	256
#define SCRATCH_PAGES	2
/* An emulator may count a list's bytes in 32 bits. */
#define LONGEST_LIST	0x1000

#define ANY		(~0ULL)
#define SCRATCH		0

/* What the guest does has no say in these: it does nothing. */
#define FREE_PROC	((u64)(CPU_BASED_INTR_WINDOW_EXITING | \
			       CPU_BASED_NMI_WINDOW_EXITING | \
			       CPU_BASED_USE_TSC_OFFSETTING | \
			       CPU_BASED_HLT_EXITING | \
			       CPU_BASED_INVLPG_EXITING | \
			       CPU_BASED_MWAIT_EXITING | \
			       CPU_BASED_RDPMC_EXITING | \
			       CPU_BASED_RDTSC_EXITING | \
			       CPU_BASED_CR3_LOAD_EXITING | \
			       CPU_BASED_CR3_STORE_EXITING | \
			       CPU_BASED_CR8_LOAD_EXITING | \
			       CPU_BASED_CR8_STORE_EXITING | \
			       CPU_BASED_MOV_DR_EXITING | \
			       CPU_BASED_UNCOND_IO_EXITING | \
			       CPU_BASED_MONITOR_TRAP_FLAG | \
			       CPU_BASED_USE_MSR_BITMAPS | \
			       CPU_BASED_MONITOR_EXITING | \
			       CPU_BASED_PAUSE_EXITING))
#define FREE_PROC2	((u64)(SECONDARY_EXEC_DESC | \
			       SECONDARY_EXEC_ENABLE_RDTSCP | \
			       SECONDARY_EXEC_ENABLE_VPID | \
			       SECONDARY_EXEC_WBINVD_EXITING | \
			       SECONDARY_EXEC_UNRESTRICTED_GUEST | \
			       SECONDARY_EXEC_PAUSE_LOOP_EXITING | \
			       SECONDARY_EXEC_RDRAND_EXITING | \
			       SECONDARY_EXEC_ENABLE_INVPCID | \
			       SECONDARY_EXEC_ENCLS_EXITING | \
			       SECONDARY_EXEC_RDSEED_EXITING))
#define FREE_EXIT	((u64)VM_EXIT_SAVE_VMX_PREEMPTION_TIMER)
#define FREE_ENTRY	((u64)(VM_ENTRY_LOAD_DEBUG_CONTROLS | \
			       VM_ENTRY_LOAD_IA32_PAT | \
			       VM_ENTRY_LOAD_IA32_EFER))
#define FREE_EPTP	((u64)(VMX_EPTP_AD_ENABLE_BIT | VMX_EPTP_MT_MASK))
/* Not the mode: what the processor does if it takes an impossible one. */
#define FREE_CR0	(~(u64)(X86_CR0_PE | X86_CR0_PG))
/* Branch traces and counters are the host's. */
#define FREE_DEBUGCTL	(~GENMASK_ULL(15, 6))
/* Halted, but not shut down: the preemption timer may not wake it. */
#define FREE_ACTIVITY	1ULL

/* A field of a row stands for all of it; what is not here cannot be changed. */
static const struct {
	u8 first;
	u8 row;
	u64 free;
} changeable[] = {
	{ XVCPU_VMCS_PIN_BASED_VM_EXEC_CONTROL, 1, 0 },
	{ XVCPU_VMCS_CPU_BASED_VM_EXEC_CONTROL, 1, FREE_PROC },
	{ XVCPU_VMCS_SECONDARY_VM_EXEC_CONTROL, 1, FREE_PROC2 },
	{ XVCPU_VMCS_VM_EXIT_CONTROLS, 1, FREE_EXIT },
	{ XVCPU_VMCS_VM_ENTRY_CONTROLS, 1, FREE_ENTRY },
	{ XVCPU_VMCS_EPT_POINTER, 1, FREE_EPTP },
	{ XVCPU_VMCS_CR3_TARGET_COUNT, 1, ANY },
	{ XVCPU_VMCS_TPR_THRESHOLD, 1, ANY },
	{ XVCPU_VMCS_VIRTUAL_PROCESSOR_ID, 1, 0 },
	{ XVCPU_VMCS_IO_BITMAP_A, 3, SCRATCH },
	{ XVCPU_VMCS_VM_EXIT_MSR_STORE_ADDR, 2, ANY },
	{ XVCPU_VMCS_VM_EXIT_MSR_STORE_COUNT, 2, 0 },
	{ XVCPU_VMCS_VM_ENTRY_MSR_LOAD_ADDR, 1, SCRATCH },
	{ XVCPU_VMCS_VM_ENTRY_MSR_LOAD_COUNT, 1, ANY },
	/* In use with controls that are not free. */
	{ XVCPU_VMCS_POSTED_INTR_NV, 1, ANY },
	{ XVCPU_VMCS_PML_ADDRESS, 5, ANY },
	{ XVCPU_VMCS_EPTP_LIST_ADDRESS, 5, ANY },
	{ XVCPU_VMCS_VM_ENTRY_INTR_INFO_FIELD, 3, ANY },
	{ XVCPU_VMCS_HOST_ES_SELECTOR, 7, 0 },
	{ XVCPU_VMCS_HOST_IA32_PAT, 3, 0 },
	{ XVCPU_VMCS_HOST_CR0, 11, 0 },
	{ XVCPU_VMCS_GUEST_ES_SELECTOR, 8, ANY },
	{ XVCPU_VMCS_VMCS_LINK_POINTER, 1, SCRATCH },
	{ XVCPU_VMCS_GUEST_IA32_DEBUGCTL, 1, FREE_DEBUGCTL },
	{ XVCPU_VMCS_GUEST_IA32_PAT, 8, ANY },
	{ XVCPU_VMCS_GUEST_ES_LIMIT, 19, ANY },
	{ XVCPU_VMCS_GUEST_ACTIVITY_STATE, 1, FREE_ACTIVITY },
	{ XVCPU_VMCS_GUEST_CR0, 1, FREE_CR0 },
	{ XVCPU_VMCS_GUEST_CR3, 18, ANY },
};

/*
 * Rules that some processor does not check, or not with all their bits. The one
 * in mind is Bochs; t_check.c says which and what it does. And the one of which
 * nobody would be left to tell that the processor does not.
 */
static const u16 unsure[] = {
	XVCPU_RULE_HOST_RIP,
	XVCPU_RULE_ENTRY_SMM,
	XVCPU_RULE_EVENT_DELIVERS_ERROR,
	XVCPU_RULE_EVENT_TYPE,
	XVCPU_RULE_EVENT_VECTOR,
	XVCPU_RULE_POSTED_INTERRUPTS,
	XVCPU_RULE_POSTED_VECTOR,
	XVCPU_RULE_POSTED_DESCRIPTOR,
	XVCPU_RULE_GUEST_DEBUGCTL,
	XVCPU_RULE_GUEST_IA32E_PAGING,
	XVCPU_RULE_GUEST_BASE_HIGH,
	XVCPU_RULE_GUEST_SS_TYPE,
	XVCPU_RULE_GUEST_SEGMENT_S,
	XVCPU_RULE_GUEST_SEGMENT_PRESENT,
	XVCPU_RULE_GUEST_SEGMENT_RESERVED,
	XVCPU_RULE_GUEST_SEGMENT_LIMIT,
	XVCPU_RULE_GUEST_RIP_WIDTH,
	XVCPU_RULE_GUEST_RFLAGS_VM,
	XVCPU_RULE_GUEST_ACTIVITY_EVENT,
	XVCPU_RULE_GUEST_BLOCKING_STI_NMI,
	XVCPU_RULE_GUEST_BLOCKING_VIRTUAL_NMI,
	XVCPU_RULE_GUEST_BLOCKING_ENCLAVE,
	XVCPU_RULE_GUEST_PENDING_RESERVED,
	XVCPU_RULE_GUEST_PENDING_STEP,
	XVCPU_RULE_GUEST_PENDING_RTM,
	XVCPU_RULE_MSR_RESERVED,
	XVCPU_RULE_MSR_BASE,
	XVCPU_RULE_MSR_X2APIC,
	XVCPU_RULE_MSR_SMM,
};

/* Entries that a test may let the list begin and end with. */
static const struct xvcpu_check_msr scratch_msrs[] = {
	{ MSR_IA32_SYSENTER_CS, 0 },
	{ MSR_FS_BASE, 0 },
	{ MSR_IA32_SYSENTER_CS, 0 },
	{ MSR_GS_BASE, 0 },
	{ MSR_IA32_SYSENTER_CS, 0 },
	{ 0x830, 0 },
	{ MSR_IA32_SYSENTER_CS, 0 },
	{ MSR_IA32_SYSENTER_CS | BIT_ULL(40), 0 },
	{ MSR_IA32_SYSENTER_CS, 0 },
	{ MSR_IA32_SYSENTER_CS, 0 },
};

struct change {
	u8 field;
	bool flip;
	u64 value;
};

enum outcome { WAITING, NOT_TRIED, FAILED, EXIT };

struct result {
	enum outcome outcome;
	u64 value;
	u64 qualification;
	struct xvcpu_check_found found;
};

static DEFINE_RAW_SPINLOCK(lock);
static u32 key;
static unsigned int nr_changes;
static struct change changes[MOST_CHANGES];
static struct result result;

/* Of the one entry that is under way. */
static struct xvcpu_check_input in;
static u64 before[MOST_CHANGES];
static unsigned int done;
static u64 gpr[XVCPU_NR_GPRS];
static u32 timer;

static struct dentry *dir;
static void *scratch;
static u64 scratch_pa;

static int changeable_at(int field)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(changeable); i++)
		if (field >= changeable[i].first &&
		    field < changeable[i].first + changeable[i].row)
			return i;
	return -EINVAL;
}

static int field_of(u32 encoding)
{
	int i;

	for (i = XVCPU_VMCS_NONE + 1; i < XVCPU_VMCS_NR; i++)
		if (xvcpu_check_encodings[i] == encoding)
			return changeable_at(i) < 0 ? -EINVAL : i;
	return -EINVAL;
}

/* --- whether to try --- */

static bool is_unsure(u32 rule)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(unsure); i++)
		if (unsure[i] == rule)
			return true;
	return false;
}

static bool surely_fails(const struct xvcpu_check_found *found, u32 end)
{
	u32 i, told = min_t(u32, found->nr, XVCPU_FAILURE_RULES);

	for (i = 0; i < told; i++)
		if (found->rules[i].rule < end &&
		    !is_unsure(found->rules[i].rule))
			return true;
	return false;
}

static bool in_scratch(u64 address)
{
	return address >= scratch_pa &&
	       address < scratch_pa + SCRATCH_PAGES * PAGE_SIZE;
}

static bool points_to_scratch(int field)
{
	return field == XVCPU_VMCS_IO_BITMAP_A ||
	       field == XVCPU_VMCS_IO_BITMAP_B ||
	       field == XVCPU_VMCS_MSR_BITMAP ||
	       field == XVCPU_VMCS_VM_ENTRY_MSR_LOAD_ADDR ||
	       field == XVCPU_VMCS_VMCS_LINK_POINTER;
}

static bool change_is_free(unsigned int i)
{
	int field = changes[i].field;
	u64 now = in.value[field];
	u64 free = changeable[changeable_at(field)].free;

	return !((now ^ before[i]) & ~free) ||
	       (points_to_scratch(field) && in_scratch(now));
}

/* Only what scratch has is loaded. */
static bool msr_list_is_free(void)
{
	u64 from = XVCPU_CHECK_VALUE(&in, VM_ENTRY_MSR_LOAD_ADDR);
	u64 nr = XVCPU_CHECK_VALUE(&in, VM_ENTRY_MSR_LOAD_COUNT);

	return !nr || (from >= scratch_pa &&
		       from + nr * 16 <= scratch_pa + sizeof(scratch_msrs));
}

/* What counts even when the guest's state is refused: that is an exit. */
static bool is_for_exit(int field)
{
	switch (field) {
	case XVCPU_VMCS_HOST_ES_SELECTOR ... XVCPU_VMCS_HOST_TR_SELECTOR:
	case XVCPU_VMCS_HOST_IA32_PAT ... XVCPU_VMCS_HOST_IA32_PERF_GLOBAL_CTRL:
	case XVCPU_VMCS_HOST_CR0 ... XVCPU_VMCS_HOST_RIP:
	case XVCPU_VMCS_VM_EXIT_CONTROLS:
	case XVCPU_VMCS_VM_EXIT_MSR_STORE_COUNT:
	case XVCPU_VMCS_VM_EXIT_MSR_LOAD_COUNT:
		return true;
	default:
		return false;
	}
}

static bool changes_are_free(bool for_exit_only)
{
	unsigned int i;

	for (i = 0; i < nr_changes; i++)
		if ((!for_exit_only || is_for_exit(changes[i].field)) &&
		    !change_is_free(i))
			return false;
	return true;
}

static bool may_be_tried(const struct xvcpu_check_found *found)
{
	/* It does not come to an exit. */
	if (surely_fails(found, XVCPU_RULE_HOST_END))
		return true;
	/* It does not come to the guest. */
	if (surely_fails(found, XVCPU_RULE_GUEST_END))
		return changes_are_free(true);
	return changes_are_free(false) && msr_list_is_free();
}

/* --- one entry --- */

static void write_field(int field, u64 value)
{
	vmwrite(xvcpu_check_encodings[field], value);
}

/* How many were done: all, unless the processor lacks a field. */
static unsigned int apply(void)
{
	struct change *c;
	unsigned int i;

	for (i = 0; i < nr_changes; i++) {
		c = &changes[i];
		if (!xvcpu_explain_field(xvcpu_check_encodings[c->field],
					 &before[i]))
			break;
		write_field(c->field, c->flip ? before[i] ^ c->value :
						c->value);
	}
	return i;
}

static void take_back(void)
{
	while (done--)
		write_field(changes[done].field, before[done]);
}

static void restore(struct xvcpu_vcpu *vcpu)
{
	take_back();
	vmcs_write32(VMX_PREEMPTION_TIMER_VALUE, timer);
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, 0);
	memcpy(vcpu->world.gpr, gpr, sizeof(gpr));
	vcpu->flush_tlb = true;
	/* What was cached with other bits of the EPT pointer is of the same tables. */
	xvcpu_invept_this_cpu(&vcpu->vm->ept);
	/* An exit has saved the guest's state as it was for a moment. */
	xvcpu_regs_changed(vcpu, XVCPU_REG_ALL);
	WRITE_ONCE(nr_changes, 0);
}

/**
 * xvcpu_mutate_wants() - whether a vCPU's next VM entry is to be a changed one
 * @vcpu: the vCPU.
 *
 * Context: any.
 * Return: true if it is.
 */
bool xvcpu_mutate_wants(const struct xvcpu_vcpu *vcpu)
{
	return READ_ONCE(nr_changes) && READ_ONCE(key) == vcpu->key;
}

/**
 * xvcpu_mutate_begin() - change the VMCS
 * @vcpu: the vCPU.
 *
 * Return: true if the entry is to be tried; xvcpu_mutate_end() has to follow.
 */
bool xvcpu_mutate_begin(struct xvcpu_vcpu *vcpu)
{
	raw_spin_lock(&lock);
	if (!xvcpu_mutate_wants(vcpu)) {
		raw_spin_unlock(&lock);
		return false;
	}
	xvcpu_regs_need(vcpu, XVCPU_REG_ALL);
	xvcpu_regs_push(vcpu);
	memcpy(gpr, vcpu->world.gpr, sizeof(gpr));
	timer = vmcs_read32(VMX_PREEMPTION_TIMER_VALUE);
	vmcs_write32(VMX_PREEMPTION_TIMER_VALUE, 0);
	done = apply();
	xvcpu_explain_read(vcpu, &in);
	xvcpu_check_all(&in, &result.found);
	if (done == nr_changes && may_be_tried(&result.found))
		return true;
	restore(vcpu);
	result.outcome = NOT_TRIED;
	raw_spin_unlock(&lock);
	return false;
}

static void read_outcome(bool failed)
{
	result.outcome = failed ? FAILED : EXIT;
	result.value = failed ? vmcs_read32(VM_INSTRUCTION_ERROR) :
				vmcs_read32(VM_EXIT_REASON);
	result.qualification = failed ? 0 : vmcs_readl(EXIT_QUALIFICATION);
}

/**
 * xvcpu_mutate_end() - see what came of it, and restore the VMCS
 * @vcpu: the vCPU.
 * @failed: VMLAUNCH or VMRESUME itself has failed.
 */
void xvcpu_mutate_end(struct xvcpu_vcpu *vcpu, bool failed)
{
	read_outcome(failed);
	restore(vcpu);
	raw_spin_unlock(&lock);
}

/* --- the files --- */

static const char *parse_change(const char *text, struct change *c)
{
	unsigned long long value;
	int field, length = 0;
	u32 encoding;
	char how;

	if (sscanf(text, " %x%c%llx%n", &encoding, &how, &value, &length) != 3)
		return NULL;
	field = field_of(encoding);
	if (field < 0 || (how != '=' && how != '^'))
		return NULL;
	*c = (struct change) {
		.field = field, .flip = how == '^', .value = value,
	};
	return text + length;
}

static bool list_too_long(const struct change *c)
{
	return (c->field == XVCPU_VMCS_VM_EXIT_MSR_STORE_COUNT ||
		c->field == XVCPU_VMCS_VM_EXIT_MSR_LOAD_COUNT ||
		c->field == XVCPU_VMCS_VM_ENTRY_MSR_LOAD_COUNT) &&
	       c->value > LONGEST_LIST;
}

static int parse(char *text, u32 *vcpu, struct change *c)
{
	const char *at;
	int n = 0, length = 0;

	if (sscanf(text, "%u%n", vcpu, &length) != 1)
		return -EINVAL;
	for (at = strim(text + length); at && *at; n++) {
		if (n == MOST_CHANGES)
			return -EINVAL;
		at = parse_change(at, &c[n]);
		if (!at || list_too_long(&c[n]))
			return -EINVAL;
	}
	return n ? n : -EINVAL;
}

/* Nothing else keeps a guest that was entered from running. */
static bool has_timer(void)
{
	struct vmx_controls ctl = {};
	struct vmx_missing missing;

	return !xvcpu_caps_controls(&xvcpu_root->boot_caps, &ctl, &missing) &&
	       (ctl.pin & PIN_BASED_VMX_PREEMPTION_TIMER);
}

static ssize_t mutate_write(struct file *file, const char __user *user,
			    size_t size, loff_t *pos)
{
	struct change new[MOST_CHANGES];
	char text[LONGEST_LINE];
	u32 vcpu;
	int n;

	if (!has_timer())
		return -EOPNOTSUPP;
	if (size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, user, size))
		return -EFAULT;
	text[size] = 0;
	n = parse(text, &vcpu, new);
	if (n < 0)
		return n;
	raw_spin_lock_irq(&lock);
	memcpy(changes, new, n * sizeof(new[0]));
	key = vcpu;
	result.outcome = WAITING;
	result.found.nr = 0;
	WRITE_ONCE(nr_changes, n);
	raw_spin_unlock_irq(&lock);
	return size;
}

static const struct file_operations mutate_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = mutate_write,
	.llseek = noop_llseek,
};

static void show_outcome(struct seq_file *m, const struct result *r)
{
	switch (r->outcome) {
	case WAITING:
		seq_puts(m, "waiting\n");
		break;
	case NOT_TRIED:
		seq_puts(m, "not-tried\n");
		break;
	case FAILED:
		seq_printf(m, "failed %llu\n", r->value);
		break;
	case EXIT:
		seq_printf(m, "exit %#llx %#llx\n", r->value,
			   r->qualification);
		break;
	}
}

static int result_show(struct seq_file *m, void *data)
{
	struct result *r = kmalloc(sizeof(*r), GFP_KERNEL);
	u32 i;

	if (!r)
		return -ENOMEM;
	raw_spin_lock_irq(&lock);
	*r = result;
	raw_spin_unlock_irq(&lock);
	seq_printf(m, "rules %u", r->found.nr);
	for (i = 0; i < min_t(u32, r->found.nr, XVCPU_FAILURE_RULES); i++)
		seq_printf(m, " %#x", r->found.rules[i].rule);
	seq_puts(m, "\n");
	show_outcome(m, r);
	kfree(r);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(result);

/**
 * xvcpu_mutate_init() - make the files and what fields may point to
 *
 * Call it when there is the machine that xvcpu_power_init() sets up.
 *
 * Return: 0 or -ENOMEM.
 */
int xvcpu_mutate_init(void)
{
	u64 revision = 0;

	scratch = xvcpu_page_alloc(SCRATCH_PAGES, GFP_KERNEL);
	if (!scratch)
		return -ENOMEM;
	scratch_pa = virt_to_phys(scratch);
	memset(scratch, 0xff, SCRATCH_PAGES * PAGE_SIZE);
	memcpy(scratch, scratch_msrs, sizeof(scratch_msrs));
	/* One CPU's capabilities are all CPUs'. */
	rdmsrl_safe(MSR_IA32_VMX_BASIC, &revision);
	*(u32 *)(scratch + PAGE_SIZE) = revision & GENMASK(30, 0);
	dir = debugfs_create_dir("xvcpu_mutate", NULL);
	debugfs_create_file("mutate", 0200, dir, NULL, &mutate_fops);
	debugfs_create_file("result", 0400, dir, NULL, &result_fops);
	debugfs_create_x64("scratch", 0400, dir, &scratch_pa);
	return 0;
}

/** xvcpu_mutate_exit() - remove them */
void xvcpu_mutate_exit(void)
{
	debugfs_remove_recursive(dir);
	xvcpu_page_free(scratch, SCRATCH_PAGES);
}
