#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# demo.sh: inside the emulated machine, show on four CPUs what xvcpu does.
# Every step checks what it shows; the first that fails ends the demonstration.

# busybox's, which has local variables
# shellcheck shell=dash

cpus=$(nproc)
last=$((cpus - 1))
number=0

step() {
	number=$((number + 1))
	printf '\n== %d. %s\n' "$number" "$*"
}

fail() {
	printf '\nstep %d failed: %s\n' "$number" "$*"
	exit 1
}

# shown COMMAND...: say what is run, run it.
shown() {
	printf '# %s\n' "$*"
	"$@"
}

log_lines() {
	dmesg | sed -n 's/^\[[^]]*\] \(xvcpu: .*\)/\1/p'
}

wait_for() {
	local pattern="$1" file="$2" seconds="$3"
	while [ "$seconds" -gt 0 ]; do
		if grep -q "$pattern" "$file"; then
			return 0
		fi
		sleep 1
		seconds=$((seconds - 1))
	done
	return 1
}

enter_root() {
	local first
	step "insmod: the boot CPU enters VMX root operation first, then the others"
	shown insmod /lib/modules/xvcpu.ko || fail "insmod"
	log_lines
	[ "$(log_lines | grep -c 'CPU [0-9]* in VMX root operation')" -eq "$cpus" ] ||
		fail "not one line for each of $cpus CPUs"
	first=$(log_lines | grep -m 1 'in VMX root operation')
	case $first in
	*"CPU 0 in"*) ;;
	*) fail "the boot CPU was not the first: $first" ;;
	esac
}

examine() {
	step "xvcpu doctor: every check of every CPU; xvcpu cpus: the CPUs over netlink"
	shown xvcpu doctor || fail "xvcpu doctor found a fault"
	shown xvcpu cpus || fail "xvcpu cpus"
}

run_pinned() {
	step "$cpus vCPUs pinned to $cpus CPUs, running at once"
	shown /tests/t_demo_pinned || fail "a pinned vCPU did not do as it should"
}

migrate() {
	step "a vCPU migrated from CPU 0 to CPU $last in mid-run"
	shown /tests/t_demo_migrate || fail "the migration"
}

run_firmware() {
	local pid banner='SeaBIOS (version'
	step "a real firmware, from the reset vector to its banner"
	printf '# %s\n' "xvcpu run /usr/share/seabios/bios.bin"
	xvcpu run /usr/share/seabios/bios.bin > /tmp/firmware 2> /tmp/firmware.end &
	pid=$!
	if ! wait_for "$banner" /tmp/firmware 60; then
		head -n 20 /tmp/firmware /tmp/firmware.end
		fail "no banner within 60 seconds"
	fi
	kill $pid 2> /dev/null
	wait $pid 2> /dev/null
	grep -m 1 "$banner" /tmp/firmware
}

leave_root() {
	step "rmmod: every CPU leaves VMX root operation"
	shown rmmod xvcpu || fail "rmmod"
	log_lines | grep 'out of VMX root operation'
	[ "$(log_lines | grep -c 'out of VMX root operation, CR4.VMXE clear')" -eq "$cpus" ] ||
		fail "not one line for each of $cpus CPUs"
	# VMXON faults where CR4.VMXE is clear and fails where VMX is in use: another
	# hypervisor that can start is the proof that nothing was left behind.
	insmod /lib/modules/irqbypass.ko
	insmod /lib/modules/kvm.ko
	shown insmod /lib/modules/kvm-intel.ko || fail "kvm_intel cannot have VMX now"
	/tests/vm_hold /dev/kvm > /tmp/held 2>&1 &
	wait_for held /tmp/held 20 || fail "kvm_intel cannot start a VM: $(cat /tmp/held)"
	kill $!
	wait $! 2> /dev/null
	echo "kvm_intel has VMX now"
	rmmod kvm_intel kvm irqbypass
}

echo "xvcpu on $(uname -r), $cpus CPUs: $(sed -n 's/^model name.*: //p' /proc/cpuinfo |
	head -n 1)"
enter_root
examine
run_pinned
migrate
run_firmware
leave_root
printf '\nAll %d steps passed.\n' "$number"
for point in $(seq "$number"); do
	echo "ok $point - demonstration step $point" >&3
done
echo "1..$number" >&3
