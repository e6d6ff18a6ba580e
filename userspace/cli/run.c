// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu run: run a guest until it ends, say why it did.
 *
 * The guest's output goes to standard output, everything else to standard
 * error.  A signal that is to end the run sets immediate_exit, which the kernel
 * looks at after every signal and before every VM entry: whether it comes
 * before, in or after KVM_RUN, the guest does not go on.
 */
#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xvcpu_check.h>
#include <xvcpu_explain.h>
#include <xvcpu_names.h>

#include "guest.h"
#include "out.h"
#include "port.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define DEFAULT_MEM	(16UL << 20)
#define SIGNAL_STATUS	128	/* and the signal's number, as shells do */
#define GO_ON		(-1)

/**
 * struct run - one run
 * @guest: the guest.
 * @ports: its ports.
 * @options: what the guest is made of.
 * @until: the text that ends the run, or NULL.
 * @timeout: seconds after which it is given up, or 0.
 * @stats: say on which CPU the vCPU ran.
 */
struct run {
	struct guest guest;
	struct ports ports;
	struct guest_options options;
	const char *until;
	uint32_t timeout;
	bool stats;
};

/* --- signals --- */

static volatile sig_atomic_t stop_signal;
static struct kvm_run *shared;

static void on_stop(int signal)
{
	stop_signal = signal;
	*(volatile __u8 *)&shared->immediate_exit = 1;
}

/* Guest output is not cut by a signal; a second one ends the process itself. */
static void catch_signals(const struct run *run)
{
	struct sigaction action = {
		.sa_handler = on_stop,
		.sa_flags = SA_RESTART | SA_RESETHAND,
	};

	shared = run->guest.vcpu.run;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	alarm(run->timeout);
}

/* --- ends --- */

static uint64_t guest_rip(const struct run *run)
{
	struct kvm_regs regs = {};

	xvcpu_vcpu_get_regs(&run->guest.vcpu, &regs);
	return regs.rip;
}

/* Say why the guest ended; RIP is where it is now. */
static int end(const struct run *run, int status, const char *format, ...)
{
	char reason[256];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	if (run->ports.mid_line && isatty(STDERR_FILENO))
		fputc('\n', stderr);
	out_error("the guest ended: %s, rip 0x%" PRIx64, reason, guest_rip(run));
	return status;
}

/* An end that is a success, unless a text was waited for. */
static int good_end(const struct run *run, int status, const char *reason)
{
	if (run->until)
		return end(run, REFUSED, "%s before '%s' came out", reason,
			   run->until);
	return end(run, status, "%s", reason);
}

static int on_io(struct run *run, struct kvm_run *kvm)
{
	char reason[40];

	ports_exit(&run->ports, kvm);
	if (run->ports.found)
		return end(run, DONE, "'%s' came out", run->until);
	if (!run->ports.ended)
		return GO_ON;
	snprintf(reason, sizeof(reason), "status %u to port 0xf4",
		 run->ports.status);
	return good_end(run, run->ports.status, reason);
}

static int on_hlt(struct run *run, struct kvm_run *kvm)
{
	(void)kvm;
	return good_end(run, DONE, "HLT");
}

static int on_shutdown(struct run *run, struct kvm_run *kvm)
{
	(void)kvm;
	return end(run, REFUSED, "shutdown by a triple fault");
}

static uint64_t mmio_data(const struct kvm_run *kvm)
{
	uint64_t data = 0;

	if (kvm->mmio.len <= sizeof(data))
		memcpy(&data, kvm->mmio.data, kvm->mmio.len);
	return data;
}

static int on_mmio(struct run *run, struct kvm_run *kvm)
{
	if (kvm->mmio.is_write)
		return end(run, REFUSED,
			   "MMIO write of %u bytes, 0x%" PRIx64 ", at 0x%llx, where no memory is",
			   kvm->mmio.len, mmio_data(kvm), kvm->mmio.phys_addr);
	return end(run, REFUSED,
		   "MMIO read of %u bytes at 0x%llx, where no memory is",
		   kvm->mmio.len, kvm->mmio.phys_addr);
}

static void print_broken_rule(const struct xvcpu_failure_rule *rule)
{
	unsigned int i;

	out_error("  %s:", xvcpu_rule_text(rule->rule));
	for (i = 0; i < rule->nr_fields && i < XVCPU_FAILURE_FIELDS; i++)
		out_error("    %s (0x%04x) is 0x%llx",
			  xvcpu_field_name(rule->fields[i].encoding),
			  rule->fields[i].encoding, rule->fields[i].value);
}

/* KVM does not say which rule a VM entry has broken. */
static void explain_failure(const struct run *run)
{
	struct xvcpu_entry_failure failure;
	unsigned int i;

	if (xvcpu_vcpu_get_failure(&run->guest.vcpu, &failure))
		return;
	out_error("rules of VM entry that are broken: %u", failure.nr_rules);
	for (i = 0; i < failure.nr_rules && i < XVCPU_FAILURE_RULES; i++)
		print_broken_rule(&failure.rules[i]);
}

static int on_fail_entry(struct run *run, struct kvm_run *kvm)
{
	uint64_t reason = kvm->fail_entry.hardware_entry_failure_reason;

	end(run, REFUSED, "failed VM entry on CPU %u, hardware reason 0x%llx: %s",
	    kvm->fail_entry.cpu, kvm->fail_entry.hardware_entry_failure_reason,
	    xvcpu_explain_failure(reason));
	explain_failure(run);
	return REFUSED;
}

static int on_unknown_hardware(struct run *run, struct kvm_run *kvm)
{
	return end(run, REFUSED, "unknown hardware exit 0x%llx",
		   kvm->hw.hardware_exit_reason);
}

/* The instruction's bytes, if the kernel gave them. */
static void format_instruction(const struct kvm_run *kvm, char *text)
{
	unsigned int i, size = kvm->emulation_failure.insn_size;

	text[0] = '\0';
	if (kvm->internal.suberror != KVM_INTERNAL_ERROR_EMULATION ||
	    kvm->internal.ndata < 3 || size > 15 ||
	    !(kvm->emulation_failure.flags &
	      KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES))
		return;
	text += sprintf(text, ", instruction bytes");
	for (i = 0; i < size; i++)
		text += sprintf(text, " %02x",
				kvm->emulation_failure.insn_bytes[i]);
}

static void format_data(const struct kvm_run *kvm, char *text)
{
	unsigned int i;

	text[0] = '\0';
	if (kvm->internal.suberror == KVM_INTERNAL_ERROR_EMULATION ||
	    !kvm->internal.ndata)
		return;
	text += sprintf(text, ", data");
	for (i = 0; i < kvm->internal.ndata && i < 4; i++)
		text += sprintf(text, " 0x%llx", kvm->internal.data[i]);
}

static int on_internal_error(struct run *run, struct kvm_run *kvm)
{
	char instruction[80], data[100];

	format_instruction(kvm, instruction);
	format_data(kvm, data);
	return end(run, REFUSED, "internal error %u: %s%s%s",
		   kvm->internal.suberror,
		   xvcpu_name_internal_error(kvm->internal.suberror),
		   instruction, data);
}

static int on_other(struct run *run, struct kvm_run *kvm)
{
	return end(run, REFUSED, "exit %u (%s), which is not handled",
		   kvm->exit_reason, xvcpu_name_exit(kvm->exit_reason));
}

static int (*const handlers[])(struct run *run, struct kvm_run *kvm) = {
	[KVM_EXIT_UNKNOWN] = on_unknown_hardware,
	[KVM_EXIT_IO] = on_io,
	[KVM_EXIT_HLT] = on_hlt,
	[KVM_EXIT_MMIO] = on_mmio,
	[KVM_EXIT_SHUTDOWN] = on_shutdown,
	[KVM_EXIT_FAIL_ENTRY] = on_fail_entry,
	[KVM_EXIT_INTERNAL_ERROR] = on_internal_error,
};

static int handle_exit(struct run *run)
{
	struct kvm_run *kvm = run->guest.vcpu.run;
	uint32_t reason = kvm->exit_reason;

	if (reason < ARRAY_SIZE(handlers) && handlers[reason])
		return handlers[reason](run, kvm);
	return on_other(run, kvm);
}

/* --- the loop --- */

static const char *run_remedy(int err)
{
	switch (err) {
	case -EXDEV:
		return "this process may not run on the vCPU's CPU: widen its affinity with taskset";
	case -ENXIO:
		return "the vCPU's CPU is offline or has left VMX root operation: 'xvcpu doctor' says why";
	case -EBUSY:
		return "VMX root operation is granted to another CPU: 'xvcpu doctor' names it";
	default:
		return "see the kernel's log";
	}
}

static int run_refused(const struct run *run, int err)
{
	return end(run, REFUSED, "the kernel refused to run it (%s): %s",
		   xvcpu_name_errno(err), run_remedy(err));
}

static int on_signal(const struct run *run)
{
	if (!stop_signal)
		return GO_ON;
	if (stop_signal == SIGALRM)
		return end(run, REFUSED, "given up after %u seconds",
			   run->timeout);
	return end(run, SIGNAL_STATUS + stop_signal, "stopped by signal %d",
		   (int)stop_signal);
}

static int run_guest(struct run *run)
{
	int status = GO_ON;
	int err;

	while (status == GO_ON) {
		err = xvcpu_vcpu_run(&run->guest.vcpu);
		if (!err)
			status = handle_exit(run);
		else if (err == -EINTR || err == -EAGAIN)
			status = on_signal(run);
		else
			status = run_refused(run, err);
	}
	return status;
}

static void print_stats(const struct run *run)
{
	struct xvcpu_binding_info binding;
	int err = xvcpu_vcpu_get_binding(&run->guest.vcpu, &binding);

	if (err) {
		out_error("this device has no statistics (%s): /dev/xvcpu has them",
			  xvcpu_name_errno(err));
		return;
	}
	out_error("the vCPU ran last on CPU %d: %llu entries, %llu of them VMLAUNCH, %llu VMPTRLD, %llu VMCLEAR, %llu migrations",
		  binding.last_cpu, binding.entries, binding.launches,
		  binding.vmptrld, binding.vmclear, binding.migrations);
}

static int run_prepared(struct run *run)
{
	int status;

	ports_init(&run->ports, run->until);
	if (guest_create(&run->options, &run->guest))
		return REFUSED;
	setvbuf(stdout, NULL, isatty(STDOUT_FILENO) ? _IONBF : _IOLBF, BUFSIZ);
	catch_signals(run);
	status = run_guest(run);
	if (run->stats)
		print_stats(run);
	return status;
}

/* --- the command line --- */

enum { CPU = OPTION_LONG, MEM, TYPE, UNTIL, TIMEOUT, STATS, DEVICE };

static unsigned int shift_of(char unit)
{
	switch (unit) {
	case 'K':
	case 'k':
		return 10;
	case 'M':
	case 'm':
		return 20;
	case 'G':
	case 'g':
		return 30;
	default:
		return 0;
	}
}

/* A number of bytes with a unit, whole pages, within bounds. */
static bool parse_size(const char *string, size_t *size)
{
	size_t length = strlen(string);
	unsigned int shift = length ? shift_of(string[length - 1]) : 0;
	char number[16];
	uint32_t value;

	if (length >= sizeof(number))
		return false;
	memcpy(number, string, length + 1);
	if (shift)
		number[length - 1] = '\0';
	if (!parse_u32(number, &value))
		return false;
	*size = (size_t)value << shift;
	return *size >= GUEST_MEM_MIN && *size <= GUEST_MEM_MAX &&
	       !(*size % 4096);
}

static bool parse_cpu(const char *string, int *cpu)
{
	uint32_t number;

	if (!parse_u32(string, &number) || number > INT32_MAX)
		return false;
	*cpu = number;
	return true;
}

static bool parse_type(const char *string, enum guest_type *type)
{
	static const char *const types[] = {
		[GUEST_FLAT] = "flat",
		[GUEST_ELF] = "elf",
		[GUEST_FIRMWARE] = "firmware",
	};
	size_t i;

	for (i = GUEST_FLAT; i < ARRAY_SIZE(types); i++) {
		*type = i;
		if (!strcmp(string, types[i]))
			return true;
	}
	return false;
}

static int parse_option(const struct command *self, int option,
			struct run *run)
{
	switch (option) {
	case CPU:
		if (!parse_cpu(optarg, &run->options.cpu))
			return usage_error(self, "'%s' is not the number of a CPU",
					   optarg);
		break;
	case MEM:
		if (!parse_size(optarg, &run->options.ram_size))
			return usage_error(self, "'%s' is not a size from 1M to 3G in whole pages",
					   optarg);
		break;
	case TYPE:
		if (!parse_type(optarg, &run->options.type))
			return usage_error(self, "the type is flat, elf or firmware, not '%s'",
					   optarg);
		break;
	case UNTIL:
		if (!*optarg || strlen(optarg) > PORTS_UNTIL_MAX)
			return usage_error(self, "the text to wait for has 1 to %d bytes",
					   PORTS_UNTIL_MAX);
		run->until = optarg;
		break;
	case TIMEOUT:
		if (!parse_u32(optarg, &run->timeout) || !run->timeout)
			return usage_error(self, "'%s' is not a number of seconds, 1 or more",
					   optarg);
		break;
	case STATS:
		run->stats = true;
		break;
	case DEVICE:
		run->options.device = optarg;
		break;
	}
	return DONE;
}

static int parse_options(const struct command *self, int argc, char **argv,
			 struct run *run)
{
	int option, status;

	while ((option = next_option(self, argc, argv)) > 0) {
		status = parse_option(self, option, run);
		if (status)
			return status;
	}
	if (option < 0)
		return USAGE;
	if (argc - optind != 1)
		return usage_error(self, argc == optind ? "name an image" :
							  "one image at a time");
	run->options.path = argv[optind];
	return DONE;
}

static int run_run(const struct command *self, int argc, char **argv)
{
	struct run run = {
		.options = {
			.device = XVCPU_DEVICE,
			.cpu = XVCPU_CPU_NONE,
			.ram_size = DEFAULT_MEM,
		},
	};
	int status;

	status = parse_options(self, argc, argv, &run);
	if (status)
		return status;
	return run_prepared(&run);
}

const struct command run_command = {
	.name = "run",
	.run = run_run,
	.help = "run a guest: a flat real-mode image, a 64-bit ELF or a firmware",
	.options = (const struct command_option[]) {
		{ CPU, "cpu", "N", "pin the vCPU to CPU N" },
		{ MEM, "mem", "SIZE", "RAM, with K, M or G; 16M if not given" },
		{ TYPE, "type", "flat|elf|firmware", "instead of a guess" },
		{ UNTIL, "until", "TEXT",
		  "end with success when TEXT has come out" },
		{ TIMEOUT, "timeout", "SECONDS", "give up then" },
		{ STATS, "stats", NULL,
		  "say on which CPU the vCPU ran, how often" },
		{ DEVICE, "device", "PATH",
		  "/dev/xvcpu if not given; /dev/kvm works too" },
		{},
	},
	.arguments = "FILE",
	.details =
		"A flat image is loaded at 0x7c00 and started there like a boot\n"
		"sector.  An ELF is loaded where its segments say (p_paddr) and\n"
		"started in long mode: the low 4 GiB mapped one to one, RDI the size\n"
		"of RAM, RSP below the tables in its last 32 KiB.  A firmware ends at\n"
		"4 GiB and is started at the reset vector.\n"
		"\n"
		"What the guest writes to port 0x3f8, 0xe9 or 0x402 is its output.\n"
		"HLT ends it with status 0, a byte to port 0xf4 with that status,\n"
		"what cannot be handled with 2, an interrupt from the keyboard with\n"
		"130.\n",
};
