// SPDX-License-Identifier: GPL-2.0
/*
 * The module, CPUs, VMs and vCPUs as plain structures.
 */
#include "xvcpu_nl_request.h"

#include <string.h>

static void parse_msr(struct nlattr *nest, struct xvcpu_msrs *msrs)
{
	struct nlattr *tb[XVCPU_A_MSR_MAX + 1];

	if (msrs->nr == XVCPU_NL_MSRS ||
	    nla_parse_nested(tb, XVCPU_A_MSR_MAX, nest, NULL))
		return;
	msrs->msr[msrs->nr].index = get_u32(tb[XVCPU_A_MSR_INDEX]);
	msrs->msr[msrs->nr].value = get_u64(tb[XVCPU_A_MSR_VALUE]);
	msrs->nr++;
}

static void parse_check(struct nlattr *nest, struct xvcpu_cpu_info *cpu)
{
	struct nlattr *tb[XVCPU_A_CHECK_MAX + 1];
	struct xvcpu_check_info *check;
	uint32_t id;

	if (nla_parse_nested(tb, XVCPU_A_CHECK_MAX, nest, NULL))
		return;
	id = get_u32(tb[XVCPU_A_CHECK_ID]);
	if (id >= XVCPU_CHECK_NR)
		return;
	check = &cpu->checks[id];
	check->done = tb[XVCPU_A_CHECK_DONE];
	check->has_value = tb[XVCPU_A_CHECK_VALUE];
	check->value = get_u64(tb[XVCPU_A_CHECK_VALUE]);
	check->error = get_u32(tb[XVCPU_A_CHECK_ERROR]);
}

static void parse_cpu_counters(struct nlattr *nest, struct xvcpu_cpu_info *cpu)
{
	struct nlattr *tb[XVCPU_A_CPU_COUNTER_MAX + 1];

	if (!nest || nla_parse_nested(tb, XVCPU_A_CPU_COUNTER_MAX, nest, NULL))
		return;
	cpu->vmxon = get_u64(tb[XVCPU_A_CPU_COUNTER_VMXON]);
	cpu->vmxoff = get_u64(tb[XVCPU_A_CPU_COUNTER_VMXOFF]);
	cpu->vmptrld = get_u64(tb[XVCPU_A_CPU_COUNTER_VMPTRLD]);
	cpu->vmclear = get_u64(tb[XVCPU_A_CPU_COUNTER_VMCLEAR]);
}

static void parse_vcpu_counters(struct nlattr *nest,
				struct xvcpu_vcpu_info *vcpu)
{
	struct nlattr *tb[XVCPU_A_VCPU_COUNTER_MAX + 1];

	if (!nest || nla_parse_nested(tb, XVCPU_A_VCPU_COUNTER_MAX, nest, NULL))
		return;
	vcpu->entries = get_u64(tb[XVCPU_A_VCPU_COUNTER_ENTRIES]);
	vcpu->exits = get_u64(tb[XVCPU_A_VCPU_COUNTER_EXITS]);
	vcpu->launches = get_u64(tb[XVCPU_A_VCPU_COUNTER_LAUNCHES]);
	vcpu->vmptrld = get_u64(tb[XVCPU_A_VCPU_COUNTER_VMPTRLD]);
	vcpu->vmclear = get_u64(tb[XVCPU_A_VCPU_COUNTER_VMCLEAR]);
	vcpu->migrations = get_u64(tb[XVCPU_A_VCPU_COUNTER_MIGRATIONS]);
}

static void parse_module(struct nlmsghdr *message, void *arg)
{
	struct nlattr *tb[XVCPU_A_MODULE_MAX + 1], *attr;
	struct xvcpu_module_info *module = arg;
	int rem;

	memset(module, 0, sizeof(*module));
	if (genlmsg_parse(message, 0, tb, XVCPU_A_MODULE_MAX, NULL))
		return;
	get_string(module->version, tb[XVCPU_A_MODULE_VERSION]);
	get_string(module->kernel, tb[XVCPU_A_MODULE_KERNEL]);
	module->policy = get_u32(tb[XVCPU_A_MODULE_POLICY]);
	module->boot_cpu = get_u32(tb[XVCPU_A_MODULE_BOOT_CPU]);
	module->root_cpus = get_u32(tb[XVCPU_A_MODULE_ROOT_CPUS]);
	module->granted_cpu = get_cpu(tb[XVCPU_A_MODULE_GRANTED_CPU]);
	module->vms = get_u32(tb[XVCPU_A_MODULE_VMS]);
	module->vcpus = get_u32(tb[XVCPU_A_MODULE_VCPUS]);
	module->pages = get_u32(tb[XVCPU_A_MODULE_PAGES]);
	for_each_attr(attr, message, rem) {
		if (nla_type(attr) == XVCPU_A_MODULE_MSR)
			parse_msr(attr, &module->msrs);
	}
}

static void parse_cpu(struct nlmsghdr *message, struct xvcpu_cpu_info *cpu)
{
	struct nlattr *tb[XVCPU_A_CPU_MAX + 1], *attr;
	int rem;

	memset(cpu, 0, sizeof(*cpu));
	if (genlmsg_parse(message, 0, tb, XVCPU_A_CPU_MAX, NULL))
		return;
	cpu->number = get_u32(tb[XVCPU_A_CPU_NUMBER]);
	cpu->online = tb[XVCPU_A_CPU_ONLINE];
	cpu->state = get_u32(tb[XVCPU_A_CPU_STATE]);
	cpu->error = get_u32(tb[XVCPU_A_CPU_ERROR]);
	cpu->order = get_u32(tb[XVCPU_A_CPU_ORDER]);
	cpu->revision = get_u32(tb[XVCPU_A_CPU_REVISION]);
	cpu->loaded = get_u32(tb[XVCPU_A_CPU_LOADED]);
	parse_cpu_counters(tb[XVCPU_A_CPU_COUNTERS], cpu);
	for_each_attr(attr, message, rem) {
		if (nla_type(attr) == XVCPU_A_CPU_CHECK)
			parse_check(attr, cpu);
		else if (nla_type(attr) == XVCPU_A_CPU_MSR)
			parse_msr(attr, &cpu->msrs);
	}
}

static void parse_vcpu(struct nlmsghdr *message, struct xvcpu_vcpu_info *vcpu)
{
	struct nlattr *tb[XVCPU_A_VCPU_MAX + 1];

	memset(vcpu, 0, sizeof(*vcpu));
	if (genlmsg_parse(message, 0, tb, XVCPU_A_VCPU_MAX, NULL))
		return;
	vcpu->key = get_u32(tb[XVCPU_A_VCPU_KEY]);
	vcpu->vm = get_u32(tb[XVCPU_A_VCPU_VM]);
	vcpu->id = get_u32(tb[XVCPU_A_VCPU_ID]);
	vcpu->tgid = get_u32(tb[XVCPU_A_VCPU_TGID]);
	vcpu->pinned_cpu = get_cpu(tb[XVCPU_A_VCPU_PINNED_CPU]);
	vcpu->loaded_cpu = get_cpu(tb[XVCPU_A_VCPU_LOADED_CPU]);
	vcpu->last_cpu = get_cpu(tb[XVCPU_A_VCPU_LAST_CPU]);
	vcpu->state = get_u32(tb[XVCPU_A_VCPU_STATE]);
	vcpu->launched = tb[XVCPU_A_VCPU_LAUNCHED];
	parse_vcpu_counters(tb[XVCPU_A_VCPU_COUNTERS], vcpu);
}

static void parse_vm(struct nlmsghdr *message, struct xvcpu_vm_info *vm)
{
	struct nlattr *tb[XVCPU_A_VM_MAX + 1];

	memset(vm, 0, sizeof(*vm));
	if (genlmsg_parse(message, 0, tb, XVCPU_A_VM_MAX, NULL))
		return;
	vm->id = get_u32(tb[XVCPU_A_VM_ID]);
	vm->tgid = get_u32(tb[XVCPU_A_VM_TGID]);
	get_string(vm->name, tb[XVCPU_A_VM_NAME]);
	vm->vcpus = get_u32(tb[XVCPU_A_VM_VCPUS]);
	vm->slots = get_u32(tb[XVCPU_A_VM_SLOTS]);
	vm->slot_bytes = get_u64(tb[XVCPU_A_VM_SLOT_BYTES]);
	vm->mappings = tb[XVCPU_A_VM_PAGES_4K];
	vm->pages_4k = get_u64(tb[XVCPU_A_VM_PAGES_4K]);
	vm->pages_2m = get_u64(tb[XVCPU_A_VM_PAGES_2M]);
	vm->pages_1g = get_u64(tb[XVCPU_A_VM_PAGES_1G]);
	vm->tables = get_u64(tb[XVCPU_A_VM_TABLES]);
	vm->flushes = get_u64(tb[XVCPU_A_VM_FLUSHES]);
}

/* --- one message kept, or each handed on --- */

static void keep_cpu(struct nlmsghdr *message, void *arg)
{
	parse_cpu(message, arg);
}

static void keep_vcpu(struct nlmsghdr *message, void *arg)
{
	parse_vcpu(message, arg);
}

static void keep_vm(struct nlmsghdr *message, void *arg)
{
	parse_vm(message, arg);
}

struct cpu_sink {
	xvcpu_cpu_fn fn;
	void *arg;
};

static void hand_on_cpu(struct nlmsghdr *message, void *arg)
{
	const struct cpu_sink *sink = arg;
	struct xvcpu_cpu_info cpu;

	parse_cpu(message, &cpu);
	sink->fn(&cpu, sink->arg);
}

struct vcpu_sink {
	xvcpu_vcpu_fn fn;
	void *arg;
};

static void hand_on_vcpu(struct nlmsghdr *message, void *arg)
{
	const struct vcpu_sink *sink = arg;
	struct xvcpu_vcpu_info vcpu;

	parse_vcpu(message, &vcpu);
	sink->fn(&vcpu, sink->arg);
}

struct vm_sink {
	xvcpu_vm_fn fn;
	void *arg;
};

static void hand_on_vm(struct nlmsghdr *message, void *arg)
{
	const struct vm_sink *sink = arg;
	struct xvcpu_vm_info vm;

	parse_vm(message, &vm);
	sink->fn(&vm, sink->arg);
}

int xvcpu_nl_module(struct xvcpu_nl *nl, struct xvcpu_module_info *module)
{
	struct xvcpu_nl_request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_MODULE_GET,
		.parse = parse_module,
		.arg = module,
	};

	return xvcpu_nl_perform(&req);
}

int xvcpu_nl_cpu(struct xvcpu_nl *nl, uint32_t number, bool want_msrs,
		 struct xvcpu_cpu_info *cpu)
{
	struct xvcpu_nl_request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_CPU_GET,
		.id_attr = XVCPU_A_CPU_NUMBER,
		.id = number,
		.flag_attr = want_msrs ? XVCPU_A_CPU_WANT_MSRS : NO_ATTR,
		.parse = keep_cpu,
		.arg = cpu,
	};

	return xvcpu_nl_perform(&req);
}

int xvcpu_nl_cpus(struct xvcpu_nl *nl, bool want_msrs, xvcpu_cpu_fn fn,
		  void *arg)
{
	struct cpu_sink sink = { fn, arg };
	struct xvcpu_nl_request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_CPU_GET,
		.dump = true,
		.flag_attr = want_msrs ? XVCPU_A_CPU_WANT_MSRS : NO_ATTR,
		.parse = hand_on_cpu,
		.arg = &sink,
	};

	return xvcpu_nl_perform(&req);
}

int xvcpu_nl_vcpu(struct xvcpu_nl *nl, uint32_t key,
		  struct xvcpu_vcpu_info *vcpu)
{
	struct xvcpu_nl_request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_VCPU_GET,
		.id_attr = XVCPU_A_VCPU_KEY,
		.id = key,
		.parse = keep_vcpu,
		.arg = vcpu,
	};

	return xvcpu_nl_perform(&req);
}

int xvcpu_nl_vcpus(struct xvcpu_nl *nl, xvcpu_vcpu_fn fn, void *arg)
{
	struct vcpu_sink sink = { fn, arg };
	struct xvcpu_nl_request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_VCPU_GET,
		.dump = true,
		.parse = hand_on_vcpu,
		.arg = &sink,
	};

	return xvcpu_nl_perform(&req);
}

int xvcpu_nl_vm(struct xvcpu_nl *nl, uint32_t id, struct xvcpu_vm_info *vm)
{
	struct xvcpu_nl_request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_VM_GET,
		.id_attr = XVCPU_A_VM_ID,
		.id = id,
		.parse = keep_vm,
		.arg = vm,
	};

	return xvcpu_nl_perform(&req);
}

int xvcpu_nl_vms(struct xvcpu_nl *nl, xvcpu_vm_fn fn, void *arg)
{
	struct vm_sink sink = { fn, arg };
	struct xvcpu_nl_request req = {
		.nl = nl,
		.cmd = XVCPU_CMD_VM_GET,
		.dump = true,
		.parse = hand_on_vm,
		.arg = &sink,
	};

	return xvcpu_nl_perform(&req);
}
