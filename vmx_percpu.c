// SPDX-License-Identifier: GPL-2.0
/*
 * One CPU's VMX state: the checks before VMXON, VMX root operation, and the
 * VMCSs that are loaded there.
 *
 * Locking: every enable and disable of any CPU is under root->lock, a mutex.
 * Inside it, root->entry_lock lets one CPU at a time execute VMXON or VMXOFF. A
 * struct vmx_cpu is written by its own CPU only, interrupts off; the mutex's
 * holder may read it after the cross-call that wrote it has returned.
 *
 * Context: functions named *_here() run on the CPU in question, interrupts off.
 */
#include <xvcpu/percpu.h>

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/vmx.h>
#include <uapi/linux/xvcpu.h>
#include <xvcpu/audit.h>
#include <xvcpu/hw.h>
#include <xvcpu/notice.h>
#include <xvcpu/page.h>
#include <xvcpu/shared.h>

struct vmx_root *xvcpu_root;

/* Memory type write-back as IA32_VMX_BASIC encodes it. */
#define XVCPU_MEMORY_TYPE_WB	6

/* CPUID.1:ECX.VMX and CR4.FRED; not every kernel has names for them. */
#define XVCPU_CPUID_1_ECX_VMX	BIT(5)
#define XVCPU_CR4_FRED		BIT_ULL(32)

/* The checks, in the order in which they are made. */
struct cpu_check {
	const char *name;
	const char *remedy;
	int (*check)(struct vmx_root *root, struct vmx_cpu *c, u64 *value);
};

static struct vmx_cpu *this_cpu(const struct vmx_root *root)
{
	return root->cpus[root->hw->this_cpu()];
}

static int check_cpuid(struct vmx_root *root, struct vmx_cpu *c, u64 *value)
{
	*value = root->hw->cpuid_1_ecx();
	return *value & XVCPU_CPUID_1_ECX_VMX ? 0 : -EOPNOTSUPP;
}

static int check_fred(struct vmx_root *root, struct vmx_cpu *c, u64 *value)
{
	*value = root->hw->read_cr4();
	return *value & XVCPU_CR4_FRED ? -EOPNOTSUPP : 0;
}

static int check_owner(struct vmx_root *root, struct vmx_cpu *c, u64 *value)
{
	*value = root->hw->read_cr4();
	if (xvcpu_is_shared(root))
		return *value & X86_CR4_VMXE ? 0 : -ENODEV;
	return *value & X86_CR4_VMXE ? -EBUSY : 0;
}

/*
 * An unlocked IA32_FEATURE_CONTROL makes VMXON fault: whoever comes first sets
 * what it needs and locks it (SDM, "Enabling and Entering VMX Operation").
 */
static int check_feature_control(struct vmx_root *root, struct vmx_cpu *c,
				 u64 *value)
{
	const struct vmx_hw *hw = root->hw;
	u64 need = hw->in_txt() ? FEAT_CTL_VMX_ENABLED_INSIDE_SMX :
				  FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX;
	int err;

	err = hw->read_msr(MSR_IA32_FEAT_CTL, value);
	if (err)
		return err;
	if (*value & FEAT_CTL_LOCKED)
		return *value & need ? 0 : -EACCES;
	err = hw->write_msr(MSR_IA32_FEAT_CTL, *value | need | FEAT_CTL_LOCKED);
	if (err)
		return err;
	return hw->read_msr(MSR_IA32_FEAT_CTL, value);
}

/* The first check that looks at the capability MSRs: it reads them. */
static int check_cr0(struct vmx_root *root, struct vmx_cpu *c, u64 *value)
{
	int err = xvcpu_caps_read(root->hw, &c->caps);

	if (err)
		return err;
	*value = root->hw->read_cr0();
	return xvcpu_caps_cr_violation(*value, c->caps.msr[VMX_CAP_CR0_FIXED0],
				       c->caps.msr[VMX_CAP_CR0_FIXED1]) ?
		-EIO : 0;
}

static int check_cr4(struct vmx_root *root, struct vmx_cpu *c, u64 *value)
{
	*value = root->hw->read_cr4() | X86_CR4_VMXE;
	return xvcpu_caps_cr_violation(*value, c->caps.msr[VMX_CAP_CR4_FIXED0],
				       c->caps.msr[VMX_CAP_CR4_FIXED1]) ?
		-EIO : 0;
}

static int check_region_size(struct vmx_root *root, struct vmx_cpu *c,
			     u64 *value)
{
	*value = vmx_caps_region_size(&c->caps);
	return *value && *value <= PAGE_SIZE ? 0 : -EIO;
}

static int check_memory_type(struct vmx_root *root, struct vmx_cpu *c,
			     u64 *value)
{
	*value = vmx_caps_memory_type(&c->caps);
	return *value == XVCPU_MEMORY_TYPE_WB ? 0 : -EIO;
}

static int check_address_width(struct vmx_root *root, struct vmx_cpu *c,
			       u64 *value)
{
	*value = vmx_caps_32bit_addresses(&c->caps) ? 32 : 64;
	return *value == 64 ? 0 : -EIO;
}

static int check_io_info(struct vmx_root *root, struct vmx_cpu *c, u64 *value)
{
	*value = vmx_caps_io_info(&c->caps);
	return *value ? 0 : -EIO;
}

static int check_true_controls(struct vmx_root *root, struct vmx_cpu *c,
			       u64 *value)
{
	*value = vmx_caps_true_controls(&c->caps);
	return *value ? 0 : -EIO;
}

static int check_same_caps(struct vmx_root *root, struct vmx_cpu *c, u64 *value)
{
	int cap;

	*value = 0;
	if (c->cpu == root->boot_cpu)
		return 0;
	cap = xvcpu_caps_first_difference(&c->caps, &root->boot_caps);
	if (cap < 0)
		return 0;
	*value = MSR_IA32_VMX_BASIC + cap;
	return -EIO;
}

static const struct cpu_check cpu_checks[XVCPU_CHECK_VMXON] = {
	[XVCPU_CHECK_CPUID] = {
		"CPUID.VMX", "the CPU has no VMX, or a hypervisor hides it",
		check_cpuid },
	[XVCPU_CHECK_FRED] = {
		"CR4.FRED", "boot with fred=off", check_fred },
	[XVCPU_CHECK_OWNER] = {
		"CR4.VMXE", "VMX is in use", check_owner },
	[XVCPU_CHECK_FEATURE_CONTROL] = {
		"IA32_FEATURE_CONTROL", "enable VMX in the firmware's set-up",
		check_feature_control },
	[XVCPU_CHECK_CR0] = {
		"CR0", "a bit is not as IA32_VMX_CR0_FIXED demands",
		check_cr0 },
	[XVCPU_CHECK_CR4] = {
		"CR4", "a bit is not as IA32_VMX_CR4_FIXED demands",
		check_cr4 },
	[XVCPU_CHECK_REGION_SIZE] = {
		"region size", "VMX regions do not fit a page",
		check_region_size },
	[XVCPU_CHECK_MEMORY_TYPE] = {
		"memory type", "VMX regions are not write-back",
		check_memory_type },
	[XVCPU_CHECK_ADDRESS_WIDTH] = {
		"address width", "VMX regions must lie below 4 GiB",
		check_address_width },
	[XVCPU_CHECK_IO_INFO] = {
		"I/O information", "INS and OUTS exits carry no information",
		check_io_info },
	[XVCPU_CHECK_TRUE_CONTROLS] = {
		"TRUE controls", "the CPU is too old", check_true_controls },
	[XVCPU_CHECK_SAME_CAPS] = {
		"same capabilities", "update the microcode of all CPUs alike",
		check_same_caps },
};

/**
 * xvcpu_percpu_check_name() - the name of a check
 * @check: which.
 *
 * Return: the name, for logs and tables.
 */
const char *xvcpu_percpu_check_name(enum xvcpu_check check)
{
	if (check == XVCPU_CHECK_VMXON)
		return "VMXON";
	return check < XVCPU_CHECK_VMXON ? cpu_checks[check].name : "?";
}

static int run_checks_here(struct vmx_root *root, struct vmx_cpu *c)
{
	struct vmx_check *result;
	int i;

	memset(c->checks, 0, sizeof(c->checks));
	for (i = 0; i < XVCPU_CHECK_VMXON; i++) {
		result = &c->checks[i];
		result->error = cpu_checks[i].check(root, c, &result->value);
		result->done = true;
		if (result->error)
			return result->error;
	}
	if (c->cpu == root->boot_cpu)
		root->boot_caps = c->caps;
	return 0;
}

/*
 * SDM, "VMXON Region": the revision identifier in bits 30:0, bit 31 clear.
 * Leaves CR4 as found if VMXON fails.
 */
static int vmxon_here(struct vmx_root *root, struct vmx_cpu *c)
{
	struct vmx_check *result = &c->checks[XVCPU_CHECK_VMXON];

	memset(c->vmxon, 0, PAGE_SIZE);
	*(u32 *)c->vmxon = c->revision;

	root->hw->set_vmxe();
	result->error = root->hw->vmxon(c->vmxon);
	result->done = true;
	if (result->error) {
		root->hw->clear_vmxe();
		return result->error;
	}
	result->value = virt_to_phys(c->vmxon);
	c->counters.vmxon++;
	root->hw->flush_all(&c->caps);
	return 0;
}

/* Under policy shared somebody else has executed VMXON. */
static int take_root_here(struct vmx_root *root, struct vmx_cpu *c)
{
	c->revision = vmx_caps_revision(&c->caps);
	return xvcpu_is_shared(root) ? 0 : vmxon_here(root, c);
}

/*
 * Under policy exclusive whoever has a vCPU may try as often as it likes: it is told
 * once, until root is granted anew, or the CPU comes again or has another error.
 */
static void tell_refused(const struct vmx_root *root, struct vmx_cpu *c, int err)
{
	if (root->policy == XVCPU_POLICY_EXCLUSIVE && c->refused == err &&
	    c->refused_at == root->nr_grants)
		return;
	c->refused = err;
	c->refused_at = root->nr_grants;
	xvcpu_notice_cpu(XVCPU_EVENT_CPU_REFUSED, c->cpu, err);
}

static int enter_here(struct vmx_root *root, struct vmx_cpu *c)
{
	int err;

	c->state = XVCPU_CPU_ENABLING;
	err = run_checks_here(root, c) ?: take_root_here(root, c);
	c->error = err;
	c->state = err ? XVCPU_CPU_FAILED : XVCPU_CPU_ROOT;
	if (err) {
		tell_refused(root, c, err);
		return err;
	}
	c->order = ++root->order;
	xvcpu_notice_cpu(XVCPU_EVENT_CPU_ENTERED, c->cpu, 0);
	return 0;
}

/* Cross-call: this CPU enters VMX root operation unless it is there. */
static void enter_call(void *arg)
{
	struct vmx_root *root = arg;
	struct vmx_cpu *c = this_cpu(root);

	if (c->state == XVCPU_CPU_ROOT || !c->plugged)
		return;
	raw_spin_lock(&root->entry_lock);
	enter_here(root, c);
	raw_spin_unlock(&root->entry_lock);
}

/* Cross-call: this CPU is checked, without entering VMX root operation. */
static void check_call(void *arg)
{
	struct vmx_root *root = arg;
	struct vmx_cpu *c = this_cpu(root);

	raw_spin_lock(&root->entry_lock);
	c->error = run_checks_here(root, c);
	c->state = c->error ? XVCPU_CPU_FAILED : XVCPU_CPU_OFF;
	raw_spin_unlock(&root->entry_lock);
}

/*
 * c->current_vmcs is what the CPU has, also after a failure or if nothing need be
 * current: under policy shared it tells our VMCSs from the owner's.
 */
static void make_current(struct vmx_root *root, struct vmx_cpu *c,
			 struct vmx_loaded *loaded)
{
	if (!loaded || c->current_vmcs == loaded)
		return;
	if (root->hw->vmptrld(loaded->vmcs)) {
		pr_err_ratelimited("CPU %d: VMPTRLD failed\n", c->cpu);
		return;
	}
	c->current_vmcs = loaded;
	c->counters.vmptrld++;
}

/*
 * VMCLEAR. If it fails the VMCS may be active here still, and the CPU may write
 * to its page: it is never loaded again.
 */
static void vmclear_here(struct vmx_root *root, struct vmx_cpu *c,
			 struct vmx_loaded *loaded)
{
	if (root->hw->vmclear(loaded->vmcs)) {
		pr_err_ratelimited("CPU %d: VMCLEAR failed\n", c->cpu);
		loaded->broken = true;
	}
	c->counters.vmclear++;
}

/* It was cleared. */
static void forget_here(struct vmx_cpu *c, struct vmx_loaded *loaded)
{
	if (c->current_vmcs == loaded)
		c->current_vmcs = NULL;
	/* The next one may be given the same address. */
	if (c->last_guest == loaded)
		c->last_guest = NULL;
	list_del_init(&loaded->link);
	c->nr_loaded--;
	loaded->launched = false;
	if (loaded->after_clear)
		loaded->after_clear(loaded);
	/* From here on another CPU may load it. */
	smp_store_release(&loaded->cpu, XVCPU_CPU_NONE);
}

static void unload_here(struct vmx_root *root, struct vmx_cpu *c,
			struct vmx_loaded *loaded)
{
	vmclear_here(root, c, loaded);
	forget_here(c, loaded);
}

/*
 * Call @fn with a VMCS current that is loaded here. What was current before is
 * current again afterwards, so that this may interrupt whoever uses it. If
 * VMPTRLD fails, @fn is not called: it would look at another guest's VMCS. If it
 * fails for the one before, that is unloaded, and who uses it finds it so.
 */
static void with_current(struct vmx_root *root, struct vmx_cpu *c,
			 struct vmx_loaded *loaded,
			 void (*fn)(struct vmx_loaded *loaded))
{
	struct vmx_loaded *previous = c->current_vmcs;

	make_current(root, c, loaded);
	if (c->current_vmcs == loaded)
		fn(loaded);
	make_current(root, c, previous);
	if (previous && c->current_vmcs != previous)
		unload_here(root, c, previous);
	if (c->current_vmcs)
		xvcpu_audit_current(root, c->current_vmcs);
}

static void clear_here(struct vmx_root *root, struct vmx_cpu *c,
		       struct vmx_loaded *loaded)
{
	if (loaded->before_clear)
		with_current(root, c, loaded, loaded->before_clear);
	unload_here(root, c, loaded);
}

static void give_root_up(struct vmx_root *root, struct vmx_cpu *c)
{
	if (root->hw->vmxoff())
		pr_err_ratelimited("CPU %d: VMXOFF failed\n", c->cpu);
	root->hw->clear_vmxe();
	c->counters.vmxoff++;
}

static void leave_here(struct vmx_root *root, struct vmx_cpu *c)
{
	xvcpu_shared_begin(root);
	/* One that is cleared may take another with it. */
	while (!list_empty(&c->loaded))
		clear_here(root, c, list_first_entry(&c->loaded,
						     struct vmx_loaded, link));
	xvcpu_shared_end(root);
	if (!xvcpu_is_shared(root))
		give_root_up(root, c);
	c->checks[XVCPU_CHECK_VMXON].value = 0;
	c->order = 0;
	WRITE_ONCE(c->state, XVCPU_CPU_OFF);
	xvcpu_notice_cpu(XVCPU_EVENT_CPU_LEFT, c->cpu, 0);
}

/* Cross-call: this CPU leaves VMX root operation if it is there. */
static void leave_call(void *arg)
{
	struct vmx_root *root = arg;
	struct vmx_cpu *c = this_cpu(root);

	if (c->state != XVCPU_CPU_ROOT)
		return;
	raw_spin_lock(&root->entry_lock);
	leave_here(root, c);
	raw_spin_unlock(&root->entry_lock);
}

static void say_failure(struct vmx_root *root, struct vmx_cpu *c)
{
	const char *owner;
	int i;

	for (i = 0; i < XVCPU_CHECK_VMXON && !c->checks[i].error; i++)
		;
	if (i == XVCPU_CHECK_VMXON) {
		pr_err("CPU %d: VMXON failed (%d)\n", c->cpu, c->error);
		return;
	}
	if (i != XVCPU_CHECK_OWNER) {
		pr_err("CPU %d: %s is %#llx: %s (%d)\n", c->cpu,
		       cpu_checks[i].name, c->checks[i].value,
		       cpu_checks[i].remedy, c->error);
		return;
	}
	if (xvcpu_is_shared(root)) {
		pr_err("CPU %d: nobody holds VMX, which policy=shared needs: load kvm_intel first (%d)\n",
		       c->cpu, c->error);
		return;
	}
	owner = root->hw->owner();
	if (owner)
		pr_err("VMX is in use on CPU %d: unload %s, or load xvcpu with policy=shared beside it (%d)\n",
		       c->cpu, owner, c->error);
	else
		pr_err("VMX is in use on CPU %d by another hypervisor: unload it (%d)\n",
		       c->cpu, c->error);
}

/* Any process can bring it about, and as often as it likes. */
static void say_granted(const struct vmx_root *root, int cpu)
{
	pr_err_ratelimited("CPU %d: VMX root operation is granted to CPU %d: destroy or migrate its vCPUs, or load with policy=all (%d)\n",
			   cpu, root->grant, -EBUSY);
}

/* With policy exclusive, again, any process can bring it about. */
static bool may_say(const struct vmx_root *root)
{
	static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 200);

	return root->policy != XVCPU_POLICY_EXCLUSIVE || __ratelimit(&limit);
}

static void say_entered(const struct vmx_root *root, const struct vmx_cpu *c)
{
	if (xvcpu_is_shared(root))
		pr_info("CPU %d: uses its owner's VMX root operation (VMCS revision %#x)\n",
			c->cpu, c->revision);
	else if (may_say(root))
		pr_info("CPU %d in VMX root operation (number %u to enter, VMCS revision %#x)\n",
			c->cpu, c->order, c->revision);
}

static void say_left(const struct vmx_root *root, const struct vmx_cpu *c)
{
	if (xvcpu_is_shared(root))
		pr_info("CPU %d: VMX root operation is its owner's alone\n",
			c->cpu);
	else if (may_say(root))
		pr_info("CPU %d out of VMX root operation, CR4.VMXE clear\n",
			c->cpu);
}

/* One line a CPU, in the order in which they entered. */
static void say_all_entered(const struct vmx_root *root)
{
	u32 order;
	int cpu;

	for (order = 1; order <= root->order; order++)
		for (cpu = 0; cpu < root->nr_cpus; cpu++)
			if (root->cpus[cpu]->order == order)
				say_entered(root, root->cpus[cpu]);
}

static int first_failure(struct vmx_root *root)
{
	struct vmx_cpu *c;
	int cpu;

	for (cpu = 0; cpu < root->nr_cpus; cpu++) {
		c = root->cpus[cpu];
		if (c->plugged && c->state == XVCPU_CPU_FAILED) {
			say_failure(root, c);
			return c->error;
		}
	}
	return 0;
}

/* The boot CPU must succeed before any other CPU is touched. */
static int boot_cpu_first(struct vmx_root *root, void (*call)(void *arg))
{
	int err;

	lockdep_assert_held(&root->lock);
	err = root->hw->run_on(root->boot_cpu, call, root) ?:
		first_failure(root);
	if (err)
		return err;
	root->hw->run_on_each(call, root);
	return first_failure(root);
}

static int disable_locked(struct vmx_root *root, int cpu)
{
	struct vmx_cpu *c = root->cpus[cpu];
	int err;

	lockdep_assert_held(&root->lock);
	if (c->state != XVCPU_CPU_ROOT)
		return -EINVAL;
	err = root->hw->run_on(cpu, leave_call, root);
	if (err)
		return err;
	if (root->grant == cpu)
		root->grant = XVCPU_CPU_NONE;
	say_left(root, c);
	return 0;
}

static void leave_everywhere(struct vmx_root *root)
{
	int cpu;

	lockdep_assert_held(&root->lock);
	for (cpu = 0; cpu < root->nr_cpus; cpu++)
		if (root->cpus[cpu]->state == XVCPU_CPU_ROOT)
			disable_locked(root, cpu);
}

static void plug_online_cpus(struct vmx_root *root)
{
	struct vmx_cpu *c;
	int cpu;

	for (cpu = 0; cpu < root->nr_cpus; cpu++) {
		c = root->cpus[cpu];
		c->plugged = root->hw->online(cpu);
		c->state = XVCPU_CPU_OFF;
		c->error = 0;
		c->refused = 0;
	}
}

/**
 * xvcpu_percpu_enable_all() - bring the machine into VMX root operation
 * @root: the machine.
 *
 * Policy all: the boot CPU enters first; only when it is in root do the others,
 * one after the other, each checked for the same capabilities. If any fails,
 * all that had entered leave again. Policy exclusive: all are checked, none
 * enters. Policy shared: all are checked, and have to be in VMX root operation
 * by their owner's doing.
 *
 * Context: process context, may sleep; the set of online CPUs must not change.
 * Return: 0, or the errno of the first CPU that failed; -EBUSY if the machine
 * is enabled already.
 */
int xvcpu_percpu_enable_all(struct vmx_root *root)
{
	bool exclusive = root->policy == XVCPU_POLICY_EXCLUSIVE;
	int err = -EBUSY;

	mutex_lock(&root->lock);
	if (root->active)
		goto unlock;
	root->order = 0;
	root->grant = XVCPU_CPU_NONE;
	root->boot_cpu = root->hw->boot_cpu();
	plug_online_cpus(root);
	err = boot_cpu_first(root, exclusive ? check_call : enter_call);
	if (err) {
		leave_everywhere(root);
	} else {
		root->active = true;
		say_all_entered(root);
	}
unlock:
	mutex_unlock(&root->lock);
	return err;
}

/**
 * xvcpu_percpu_disable_all() - take every CPU out of VMX root operation
 * @root: the machine; nothing happens if it is not enabled.
 *
 * VMCSs that are still loaded are cleared first.
 *
 * Context: process context, may sleep.
 */
void xvcpu_percpu_disable_all(struct vmx_root *root)
{
	mutex_lock(&root->lock);
	if (root->active)
		leave_everywhere(root);
	root->active = false;
	root->grant = XVCPU_CPU_NONE;
	mutex_unlock(&root->lock);
}

static int enable_locked(struct vmx_root *root, int cpu)
{
	struct vmx_cpu *c = root->cpus[cpu];
	int err;

	lockdep_assert_held(&root->lock);
	if (c->state == XVCPU_CPU_ROOT)
		return -EBUSY;
	if (!c->plugged)
		return -ENXIO;
	if (root->policy == XVCPU_POLICY_EXCLUSIVE &&
	    root->grant != XVCPU_CPU_NONE) {
		say_granted(root, cpu);
		tell_refused(root, c, -EBUSY);
		return -EBUSY;
	}
	err = root->hw->run_on(cpu, enter_call, root);
	if (err)
		return err;
	if (c->state != XVCPU_CPU_ROOT) {
		say_failure(root, c);
		return c->error;
	}
	if (root->policy == XVCPU_POLICY_EXCLUSIVE) {
		root->grant = cpu;
		root->nr_grants++;
	}
	say_entered(root, c);
	return 0;
}

/**
 * xvcpu_percpu_enable() - bring one CPU into VMX root operation
 * @root: the machine, enabled.
 * @cpu: which CPU.
 *
 * Context: process context, may sleep.
 * Return: 0; -EBUSY if it is there already, or under policy exclusive if
 * another CPU is; -ENXIO if there is no such CPU online; the errno of the check
 * that failed.
 */
int xvcpu_percpu_enable(struct vmx_root *root, int cpu)
{
	int err = -ENXIO;

	if (!xvcpu_percpu_cpu(root, cpu))
		return -ENXIO;
	mutex_lock(&root->lock);
	if (root->active)
		err = enable_locked(root, cpu);
	mutex_unlock(&root->lock);
	return err;
}

/**
 * xvcpu_percpu_disable() - take one CPU out of VMX root operation
 * @root: the machine.
 * @cpu: which CPU.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if it is not there; -ENXIO if there is no such CPU.
 */
int xvcpu_percpu_disable(struct vmx_root *root, int cpu)
{
	int err;

	if (!xvcpu_percpu_cpu(root, cpu))
		return -ENXIO;
	mutex_lock(&root->lock);
	err = disable_locked(root, cpu);
	mutex_unlock(&root->lock);
	return err;
}

/**
 * xvcpu_percpu_is_enabled() - whether a CPU is in VMX root operation
 * @root: the machine.
 * @cpu: which CPU.
 *
 * Return: true if it is; false, too, if there is no such CPU.
 */
bool xvcpu_percpu_is_enabled(const struct vmx_root *root, int cpu)
{
	const struct vmx_cpu *c = xvcpu_percpu_cpu(root, cpu);

	return c && READ_ONCE(c->state) == XVCPU_CPU_ROOT;
}

/**
 * xvcpu_percpu_get() - make sure that a CPU is in VMX root operation
 * @root: the machine.
 * @cpu: which CPU.
 *
 * Under policy exclusive this is where root is granted. The CPU may leave root
 * at any time after the return; who loads a VMCS there finds out then.
 *
 * Context: process context, may sleep.
 * Return: 0; -EBUSY if root is granted to another CPU; -ENXIO if the CPU is not
 * online, or failed its checks when it came online.
 */
int xvcpu_percpu_get(struct vmx_root *root, int cpu)
{
	int err = 0;

	if (xvcpu_percpu_is_enabled(root, cpu))
		return 0;
	if (!xvcpu_percpu_cpu(root, cpu) ||
	    root->policy != XVCPU_POLICY_EXCLUSIVE)
		return -ENXIO;
	mutex_lock(&root->lock);
	if (!root->active)
		err = -ENXIO;
	else if (root->cpus[cpu]->state != XVCPU_CPU_ROOT)
		err = enable_locked(root, cpu);
	mutex_unlock(&root->lock);
	return err;
}

/**
 * xvcpu_percpu_put() - give root back if nothing is loaded on a CPU any more
 * @root: the machine.
 * @cpu: a CPU on which a VMCS was cleared, or XVCPU_CPU_NONE.
 *
 * Does nothing but under policy exclusive.
 *
 * Context: process context, may sleep.
 */
void xvcpu_percpu_put(struct vmx_root *root, int cpu)
{
	if (root->policy != XVCPU_POLICY_EXCLUSIVE ||
	    !xvcpu_percpu_cpu(root, cpu))
		return;
	mutex_lock(&root->lock);
	if (root->grant == cpu && !READ_ONCE(root->cpus[cpu]->nr_loaded))
		disable_locked(root, cpu);
	mutex_unlock(&root->lock);
}

/**
 * xvcpu_percpu_online() - a CPU has come online
 * @root: the machine.
 * @cpu: which CPU.
 *
 * A CPU that cannot enter VMX root operation comes online all the same: no vCPU
 * will be bound there, and its state says why.
 *
 * Context: process context, may sleep; the hotplug lock is held.
 */
void xvcpu_percpu_online(struct vmx_root *root, int cpu)
{
	mutex_lock(&root->lock);
	root->cpus[cpu]->plugged = true;
	root->cpus[cpu]->refused = 0;
	if (root->active && root->policy != XVCPU_POLICY_EXCLUSIVE)
		enable_locked(root, cpu);
	mutex_unlock(&root->lock);
}

/**
 * xvcpu_percpu_offline() - a CPU is about to go offline
 * @root: the machine.
 * @cpu: which CPU.
 *
 * Its VMCSs are cleared and it leaves VMX root operation.
 *
 * Context: process context, may sleep; the hotplug lock is held.
 */
void xvcpu_percpu_offline(struct vmx_root *root, int cpu)
{
	mutex_lock(&root->lock);
	root->cpus[cpu]->plugged = false;
	if (root->cpus[cpu]->state == XVCPU_CPU_ROOT)
		disable_locked(root, cpu);
	mutex_unlock(&root->lock);
}

/**
 * xvcpu_percpu_leave() - this CPU leaves VMX root operation, for sleep
 * @root: the machine.
 *
 * Context: on the CPU in question, interrupts off. No lock is taken but the
 * one around VMXOFF: nobody else may be changing the machine.
 */
void xvcpu_percpu_leave(struct vmx_root *root)
{
	leave_call(root);
}

/**
 * xvcpu_percpu_reenter() - this CPU enters again what it left for sleep
 * @root: the machine.
 *
 * Context: on the CPU in question, interrupts off, as for xvcpu_percpu_leave().
 */
void xvcpu_percpu_reenter(struct vmx_root *root)
{
	int cpu = root->hw->this_cpu();

	if (!root->active)
		return;
	if (root->policy != XVCPU_POLICY_EXCLUSIVE || root->grant == cpu)
		enter_call(root);
	if (root->cpus[cpu]->state == XVCPU_CPU_FAILED)
		say_failure(root, root->cpus[cpu]);
	/* A grant that cannot be used must not keep the others out. */
	if (root->grant == cpu && root->cpus[cpu]->state != XVCPU_CPU_ROOT)
		root->grant = XVCPU_CPU_NONE;
}

/**
 * xvcpu_percpu_abandon() - this CPU leaves VMX root operation, the kernel crashed
 * @root: the machine.
 *
 * Its VMCSs are cleared, so that whoever reads the memory afterwards finds in it
 * what the processor held; nobody is told. It does not enter again.
 *
 * Context: on the CPU in question, interrupts off; NMI, which may have come in
 * the middle of anything that this file does: without a lock, and without trust
 * in what was being written. CR4.VMXE is set before VMXON and cleared after
 * VMXOFF; in between these instructions fail, and are harmless.
 */
void xvcpu_percpu_abandon(struct vmx_root *root)
{
	struct vmx_cpu *c = this_cpu(root);
	struct vmx_loaded *loaded;

	c->plugged = false;
	if (!(root->hw->read_cr4() & X86_CR4_VMXE))
		return;
	/* Nobody else writes the list, and this CPU does not go on. */
	list_for_each_entry_rcu(loaded, &c->loaded, link, true)
		root->hw->vmclear(loaded->vmcs);
	root->hw->vmxoff_crashed();
	root->hw->clear_vmxe();
	WRITE_ONCE(c->state, XVCPU_CPU_OFF);
}

/* The guest that comes is not to use the branch predictions of the one before. */
static void separate_guests(struct vmx_root *root, struct vmx_cpu *c,
			    const struct vmx_loaded *loaded)
{
	if (c->last_guest == loaded)
		return;
	c->last_guest = loaded;
	root->hw->separate_guests();
}

/**
 * xvcpu_percpu_load() - make a VMCS current on this CPU (VMPTRLD)
 * @root: the machine.
 * @loaded: the VMCS.
 *
 * Context: interrupts off; under policy shared after xvcpu_shared_begin().
 * Return: 1 if it was not loaded here before, 0 if it was; -EXDEV if it is
 * loaded on another CPU; -ENXIO if this CPU is not in VMX root operation; -EIO
 * if VMPTRLD failed, or the VMCLEAR that was to unload it.
 */
int xvcpu_percpu_load(struct vmx_root *root, struct vmx_loaded *loaded)
{
	struct vmx_cpu *c = this_cpu(root);
	/* Pairs with the release in forget_here(). */
	int holder = smp_load_acquire(&loaded->cpu);

	if (c->state != XVCPU_CPU_ROOT)
		return -ENXIO;
	if (holder == c->cpu) {
		make_current(root, c, loaded);
		if (c->current_vmcs != loaded)
			return -EIO;
		separate_guests(root, c, loaded);
		xvcpu_audit_current(root, loaded);
		return 0;
	}
	if (holder != XVCPU_CPU_NONE)
		return -EXDEV;
	if (loaded->broken || root->hw->vmptrld(loaded->vmcs))
		return -EIO;
	c->current_vmcs = loaded;
	c->counters.vmptrld++;
	/* Whole at any moment: see xvcpu_percpu_abandon(). */
	list_add_rcu(&loaded->link, &c->loaded);
	c->nr_loaded++;
	WRITE_ONCE(loaded->cpu, c->cpu);
	if (loaded->vpid)
		root->hw->flush_guest(loaded->vpid);
	separate_guests(root, c, loaded);
	xvcpu_audit_current(root, loaded);
	return 1;
}

/**
 * xvcpu_percpu_clear() - clear a VMCS that is loaded on this CPU (VMCLEAR)
 * @root: the machine.
 * @loaded: the VMCS; nothing happens unless it is loaded on this CPU.
 *
 * Context: interrupts off.
 */
void xvcpu_percpu_clear(struct vmx_root *root, struct vmx_loaded *loaded)
{
	struct vmx_cpu *c = this_cpu(root);

	if (loaded->cpu != c->cpu)
		return;
	xvcpu_shared_begin(root);
	clear_here(root, c, loaded);
	xvcpu_shared_end(root);
}

/**
 * xvcpu_percpu_with() - call a function with a VMCS current
 * @root: the machine.
 * @loaded: the VMCS, loaded on this CPU.
 * @fn: the function.
 *
 * What was current before is current again afterwards.
 *
 * Context: interrupts off.
 */
void xvcpu_percpu_with(struct vmx_root *root, struct vmx_loaded *loaded,
		       void (*fn)(struct vmx_loaded *loaded))
{
	xvcpu_shared_begin(root);
	with_current(root, this_cpu(root), loaded, fn);
	xvcpu_shared_end(root);
}

struct clear_args {
	struct vmx_root *root;
	struct vmx_loaded *loaded;
};

static void clear_call(void *arg)
{
	struct clear_args *args = arg;

	xvcpu_percpu_clear(args->root, args->loaded);
}

static void move_call(void *arg)
{
	struct clear_args *args = arg;
	struct vmx_loaded *loaded = args->loaded;
	struct vmx_root *root = args->root;
	struct vmx_cpu *c = this_cpu(root);

	if (loaded->cpu != c->cpu)
		return;
	xvcpu_shared_begin(root);
	vmclear_here(root, c, loaded);
	/* It is going nowhere, then. */
	if (loaded->broken && loaded->before_clear)
		with_current(root, c, loaded, loaded->before_clear);
	forget_here(c, loaded);
	xvcpu_shared_end(root);
}

/* If the CPU goes offline in between, it clears the VMCS itself. */
static int call_holder(struct vmx_root *root, struct vmx_loaded *loaded,
		       void (*call)(void *arg))
{
	struct clear_args args = { root, loaded };
	int cpu = READ_ONCE(loaded->cpu);

	if (cpu != XVCPU_CPU_NONE)
		root->hw->run_on(cpu, call, &args);
	return cpu;
}

/**
 * xvcpu_percpu_clear_anywhere() - clear a VMCS on the CPU that holds it
 * @root: the machine.
 * @loaded: the VMCS, which nobody may be loading at the same time.
 *
 * Context: process context; waits for a cross-call.
 * Return: the CPU on which it was loaded, or XVCPU_CPU_NONE.
 */
int xvcpu_percpu_clear_anywhere(struct vmx_root *root,
				struct vmx_loaded *loaded)
{
	return call_holder(root, loaded, clear_call);
}

/**
 * xvcpu_percpu_move() - clear a VMCS that another CPU is going to load at once
 * @root: the machine.
 * @loaded: the VMCS, likewise.
 *
 * What it holds stays in it: @loaded->before_clear is not called, unless VMCLEAR
 * fails.
 *
 * Context: process context; waits for a cross-call.
 */
void xvcpu_percpu_move(struct vmx_root *root, struct vmx_loaded *loaded)
{
	call_holder(root, loaded, move_call);
}

/**
 * xvcpu_percpu_save() - call @loaded->before_clear of a VMCS that is loaded nowhere
 * @root: the machine.
 * @loaded: the VMCS.
 *
 * For one that was to be moved and did not arrive. It may fail, as
 * xvcpu_percpu_load() may: nothing has changed then.
 *
 * Context: interrupts off.
 */
void xvcpu_percpu_save(struct vmx_root *root, struct vmx_loaded *loaded)
{
	xvcpu_shared_begin(root);
	if (xvcpu_percpu_load(root, loaded) == 1)
		clear_here(root, this_cpu(root), loaded);
	xvcpu_shared_end(root);
}

/**
 * xvcpu_percpu_snapshot() - read what others may see of a CPU's state
 * @root: the machine.
 * @cpu: which CPU.
 * @snap: what is to be filled.
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOENT if there is no such CPU.
 */
int xvcpu_percpu_snapshot(struct vmx_root *root, int cpu,
			  struct vmx_cpu_snapshot *snap)
{
	struct vmx_cpu *c = xvcpu_percpu_cpu(root, cpu);

	if (!c)
		return -ENOENT;
	mutex_lock(&root->lock);
	snap->cpu = c->cpu;
	snap->online = root->hw->online(cpu);
	snap->state = c->state;
	snap->error = c->error;
	snap->order = c->order;
	snap->revision = c->revision;
	snap->nr_loaded = READ_ONCE(c->nr_loaded);
	snap->caps = c->caps;
	memcpy(snap->checks, c->checks, sizeof(snap->checks));
	snap->counters = c->counters;
	mutex_unlock(&root->lock);
	return 0;
}

static struct vmx_cpu *cpu_create(int cpu)
{
	struct vmx_cpu *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	c->vmxon = xvcpu_page_alloc(1, GFP_KERNEL);
	if (!c->vmxon) {
		kfree(c);
		return NULL;
	}
	c->cpu = cpu;
	INIT_LIST_HEAD(&c->loaded);
	return c;
}

static void cpu_destroy(struct vmx_cpu *c)
{
	if (!c)
		return;
	xvcpu_page_free(c->vmxon, 1);
	kfree(c);
}

/**
 * xvcpu_percpu_create() - make the states of a machine's CPUs, all of them off
 * @hw: the machine.
 * @nr_cpus: number of its CPUs, those that are not online included.
 * @policy: root policy.
 *
 * Context: process context, may sleep.
 * Return: the states, or ERR_PTR(-ENOMEM).
 */
struct vmx_root *xvcpu_percpu_create(const struct vmx_hw *hw, int nr_cpus,
				     enum xvcpu_policy policy)
{
	struct vmx_root *root = kzalloc(sizeof(*root), GFP_KERNEL);
	int cpu;

	if (!root)
		return ERR_PTR(-ENOMEM);
	root->hw = hw;
	mutex_init(&root->lock);
	raw_spin_lock_init(&root->entry_lock);
	root->policy = policy;
	root->grant = XVCPU_CPU_NONE;
	root->nr_cpus = nr_cpus;
	root->cpus = kcalloc(nr_cpus, sizeof(*root->cpus), GFP_KERNEL);
	if (!root->cpus)
		goto err_free;
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		root->cpus[cpu] = cpu_create(cpu);
		if (!root->cpus[cpu])
			goto err_free;
	}
	return root;

err_free:
	xvcpu_percpu_destroy(root);
	return ERR_PTR(-ENOMEM);
}

/**
 * xvcpu_percpu_destroy() - free the states of a machine's CPUs
 * @root: the machine, not enabled.
 *
 * Context: process context.
 */
void xvcpu_percpu_destroy(struct vmx_root *root)
{
	int cpu;

	for (cpu = 0; root->cpus && cpu < root->nr_cpus; cpu++)
		cpu_destroy(root->cpus[cpu]);
	kfree(root->cpus);
	mutex_destroy(&root->lock);
	kfree(root);
}
