// SPDX-License-Identifier: GPL-2.0
/*
 * What can be known of the machine without the module: CPUID on every CPU,
 * /proc/cpuinfo, /proc/modules, and IA32_FEATURE_CONTROL where /dev/cpu is.
 */
#define _GNU_SOURCE
#include "host.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define CPUID_1_ECX_VMX		(1U << 5)
#define CPUID_1_ECX_HYPERVISOR	(1U << 31)
#define MSR_FEATURE_CONTROL	0x3a
#define FEATURE_CONTROL_LOCKED	(1U << 0)
#define FEATURE_CONTROL_VMX	(1U << 2)

static void read_hypervisor(char *signature)
{
	unsigned int eax, regs[3], ecx;

	signature[0] = '\0';
	__cpuid(1, eax, regs[0], ecx, regs[1]);
	if (!(ecx & CPUID_1_ECX_HYPERVISOR))
		return;
	__cpuid(0x40000000, eax, regs[0], regs[1], regs[2]);
	memcpy(signature, regs, sizeof(regs));
	signature[sizeof(regs)] = '\0';
}

/* The value after "name : ", or NULL if the line is about something else. */
static char *value_of(char *line, const char *name)
{
	char *colon = strchr(line, ':');

	if (!colon || strncmp(line, name, strlen(name)))
		return NULL;
	colon[strcspn(colon, "\n")] = '\0';
	return colon[1] ? colon + 2 : colon + 1;
}

static bool has_word(char *words, const char *word)
{
	char *rest = words, *next;

	while ((next = strsep(&rest, " "))) {
		if (!strcmp(next, word))
			return true;
	}
	return false;
}

static void read_cpuinfo_line(struct host *host, char *line)
{
	char *value = value_of(line, "model name");

	if (value)
		snprintf(host->processor, sizeof(host->processor), "%s", value);
	value = value_of(line, "flags");
	if (value)
		host->vmx_flag = has_word(value, "vmx");
}

static void read_cpuinfo(struct host *host)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return;
	while (getline(&line, &size, file) > 0)
		read_cpuinfo_line(host, line);
	free(line);
	fclose(file);
}

static bool may_own_vmx(const char *module)
{
	static const char *const owners[] = {
		"kvm_intel", "vboxdrv", "vmmon", "acrn",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(owners); i++) {
		if (!strcmp(module, owners[i]))
			return true;
	}
	return false;
}

/*
 * kvm_intel is in VMX root operation from its load to its unload, or from its
 * first VM to its last: older kernels only know the latter.
 */
static bool enters_at_load(const char *module)
{
	char value;
	FILE *file;
	bool yes;

	if (strcmp(module, "kvm_intel"))
		return true;
	file = fopen("/sys/module/kvm/parameters/enable_virt_at_load", "r");
	if (!file)
		return false;
	yes = fscanf(file, "%c", &value) == 1 && value == 'Y';
	fclose(file);
	return yes;
}

static void read_modules(struct xvcpu_owner *owner)
{
	FILE *file = fopen("/proc/modules", "r");
	unsigned int users;
	char name[64];

	if (!file)
		return;
	while (fscanf(file, "%63s %*s %u %*[^\n]", name, &users) == 2) {
		if (!may_own_vmx(name))
			continue;
		snprintf(owner->module, sizeof(owner->module), "%.31s", name);
		owner->users = users;
	}
	fclose(file);
}

/* What is part of the kernel is in sysfs, but is no module. */
static void read_owner(struct xvcpu_owner *owner)
{
	read_modules(owner);
	if (!*owner->module && !access("/sys/module/kvm_intel", F_OK)) {
		strcpy(owner->module, "kvm_intel");
		owner->builtin = true;
	}
	owner->at_load = *owner->module && enters_at_load(owner->module);
}

void host_read(struct host *host)
{
	memset(host, 0, sizeof(*host));
	read_hypervisor(host->hypervisor);
	read_cpuinfo(host);
	read_owner(&host->owner);
}

/* --- one CPU --- */

static void check_cpuid(struct xvcpu_check_info *check)
{
	unsigned int eax, ebx, ecx, edx;

	__cpuid(1, eax, ebx, ecx, edx);
	check->done = true;
	check->has_value = true;
	check->value = ecx;
	check->error = ecx & CPUID_1_ECX_VMX ? 0 : EOPNOTSUPP;
}

static void check_owner(const struct host *host, struct xvcpu_check_info *check)
{
	check->done = true;
	check->error = xvcpu_owner_holds(&host->owner) ? EBUSY : 0;
}

static bool read_msr(unsigned int cpu, off_t msr, uint64_t *value)
{
	char path[40];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/dev/cpu/%u/msr", cpu);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = pread(fd, value, sizeof(*value), msr);
	close(fd);
	return length == sizeof(*value);
}

/*
 * Without access to the MSR, the kernel's word: it takes the flag vmx away where
 * the firmware locked VMX off.
 */
static void check_feature_control(const struct host *host, unsigned int cpu,
				  struct xvcpu_check_info *check)
{
	bool allowed = host->vmx_flag;

	check->done = true;
	check->has_value = read_msr(cpu, MSR_FEATURE_CONTROL, &check->value);
	if (check->has_value)
		allowed = !(check->value & FEATURE_CONTROL_LOCKED) ||
			  check->value & FEATURE_CONTROL_VMX;
	check->error = allowed ? 0 : EACCES;
}

static void check_cpu(const struct host *host, struct xvcpu_cpu_info *cpu)
{
	struct xvcpu_check_info *checks = cpu->checks;

	check_cpuid(&checks[XVCPU_CHECK_CPUID]);
	check_owner(host, &checks[XVCPU_CHECK_OWNER]);
	if (!checks[XVCPU_CHECK_CPUID].error)
		check_feature_control(host, cpu->number,
				      &checks[XVCPU_CHECK_FEATURE_CONTROL]);
}

/* Go to a CPU; one that is offline, or forbidden to us, cannot be gone to. */
static bool go_to(cpu_set_t *set, size_t size, unsigned int cpu)
{
	CPU_ZERO_S(size, set);
	CPU_SET_S(cpu, size, set);
	return !sched_setaffinity(0, size, set);
}

static void check_cpus(const struct host *host, struct xvcpu_cpu_info *cpus,
		       size_t nr, cpu_set_t *set, cpu_set_t *before)
{
	size_t size = CPU_ALLOC_SIZE(nr), i;

	sched_getaffinity(0, size, before);
	for (i = 0; i < nr; i++) {
		cpus[i].number = i;
		cpus[i].online = go_to(set, size, i);
		if (cpus[i].online)
			check_cpu(host, &cpus[i]);
	}
	sched_setaffinity(0, size, before);
}

struct xvcpu_cpu_info *host_read_cpus(const struct host *host, size_t *nr)
{
	struct xvcpu_cpu_info *cpus;
	cpu_set_t *set, *before;

	*nr = sysconf(_SC_NPROCESSORS_CONF);
	cpus = calloc(*nr, sizeof(*cpus));
	set = CPU_ALLOC(*nr);
	before = CPU_ALLOC(*nr);
	if (cpus && set && before)
		check_cpus(host, cpus, *nr, set, before);
	if (!cpus)
		*nr = 0;
	CPU_FREE(set);
	CPU_FREE(before);
	return cpus;
}
