#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# check.sh: inside the emulated machine, run the tests of one kind. TAP to fd 3.
#
# usage: check.sh integration [[but] PROGRAM...] | kunit | no-vmx | no-vm | kvm-holds

# busybox's, which has local variables
# shellcheck shell=dash

point=0
# Seconds that a program may take.
limit=${XVCPU_TEST_SOAK:+100000}
limit=${limit:-240}

ok() {
	point=$((point + 1))
	echo "ok $point - $*" >&3
}

not_ok() {
	point=$((point + 1))
	echo "not ok $point - $*" >&3
}

# expect WHAT COMMAND...: a test point from a command's exit status.
expect() {
	local what="$1"
	shift
	if "$@"; then ok "$what"; else not_ok "$what"; fi
}

plan() {
	echo "1..$point" >&3
}

logged() {
	dmesg | grep -q "xvcpu: .*$1"
}

# The module, or the end.
load() {
	insmod /lib/modules/xvcpu.ko && return
	not_ok "the module loads"
	plan
	exit 1
}

# A program is right if it ran to its end, and its points are as many as it promised.
run_program() {
	local program="$1" status points promised start
	echo "# $program" >&3
	echo "$program"
	start=$(cut -d . -f 1 /proc/uptime)
	timeout -s KILL "$limit" "/tests/$program" > /tmp/tap 2> /dev/console 3>&-
	status=$?
	cat /tmp/tap >&3
	echo "# $program took $(($(cut -d . -f 1 /proc/uptime) - start)) s of the machine's time" >&3
	points=$(grep -cE '^(not )?ok ' /tmp/tap)
	promised=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' /tmp/tap | head -n 1)
	if [ "$status" = 77 ] && [ "$points" = 0 ]; then
		ok "$program # SKIP $(grep -m 1 -i skip /tmp/tap)"
	elif [ "$points" = 0 ] && [ "$status" = 0 ]; then
		ok "$program"
	elif [ "$status" != 0 ] && grep -q '^not ok' /tmp/tap; then
		return # it has said so itself
	elif [ "$status" != 0 ]; then
		not_ok "$program ended with status $status"
	elif [ "$points" != "${promised:-0}" ]; then
		not_ok "$program planned ${promised:-no} points and made $points"
	fi
}

# The host's sleep ends every KVM_RUN there is, and takes long: in runs of its own only.
apart=' t_suspend '

# programs [[but] PROGRAM...]: these, or all but these and those apart.
programs() {
	local program
	if [ "$1" != but ] && [ $# -gt 0 ]; then
		echo "$@"
		return
	fi
	for program in $(cd /tests && echo t_*); do
		case " $*$apart" in
		*" $program "*) ;;
		*) echo "$program" ;;
		esac
	done
}

integration() {
	local program
	load
	expect "every CPU is in VMX root operation" xvcpu doctor
	for program in $(programs "$@"); do
		run_program "$program"
	done
	expect "the module unloads" rmmod xvcpu
	expect "every CPU said it left VMX root operation" test \
		"$(dmesg | grep -c 'out of VMX root operation, CR4.VMXE clear')" -ge "$(nproc)"
}

# Insmod succeeds even when cases fail: the results say it.
kunit() {
	local suite suites=0
	expect "the suites load" insmod /lib/modules/xvcpu_kunit.ko
	for suite in /sys/kernel/debug/kunit/*; do
		[ -e "$suite/results" ] || continue
		cat "$suite/results" >&3
		suites=$((suites + 1))
	done
	expect "there are results of $suites suites" test "$suites" -gt 0
	expect "the suites unload" rmmod xvcpu_kunit
}

no_vmx() {
	insmod /lib/modules/xvcpu.ko 2> /tmp/error
	expect "insmod fails" test $? -ne 0
	cat /tmp/error
	expect "with EOPNOTSUPP" grep -q 'Operation not supported' /tmp/error
	expect "and a line in the log that says why" logged VMX
	expect "there is no /dev/xvcpu" test ! -e /dev/xvcpu
}

# VMX, but not enough of it for a VM.
no_vm() {
	load
	expect "there is /dev/xvcpu" test -c /dev/xvcpu
	expect "xvcpu cpus" xvcpu cpus
	/tests/vm_hold /dev/xvcpu 2> /tmp/error
	expect "creating a VM fails" test $? -eq 1
	cat /tmp/error
	expect "with EOPNOTSUPP" grep -q 'Operation not supported' /tmp/error
	expect "and a line in the log that says why" logged 'EPT\|unrestricted'
	expect "the module unloads" rmmod xvcpu
}

kvm_holds() {
	local pid
	insmod /lib/modules/irqbypass.ko
	insmod /lib/modules/kvm.ko
	expect "kvm_intel loads" insmod /lib/modules/kvm-intel.ko
	/tests/vm_hold /dev/kvm > /tmp/held &
	pid=$!
	while ! grep -q held /tmp/held && kill -0 $pid; do sleep 0.1; done
	expect "kvm_intel has a VM" grep -q held /tmp/held
	insmod /lib/modules/xvcpu.ko 2> /tmp/error
	expect "insmod fails" test $? -ne 0
	cat /tmp/error
	expect "with EBUSY" grep -q 'resource busy' /tmp/error
	expect "and a line in the log that names kvm_intel" logged kvm_intel
	kill -0 $pid
	expect "the other's VM is still there" test $? -eq 0
	kill $pid
	wait $pid
	expect "kvm_intel unloads" rmmod kvm_intel
	expect "then xvcpu loads" insmod /lib/modules/xvcpu.ko
	expect "and unloads" rmmod xvcpu
}

kind=$1
shift
case $kind in
integration) integration "$@" ;;
kunit) kunit ;;
no-vmx) no_vmx ;;
no-vm) no_vm ;;
kvm-holds) kvm_holds ;;
*) exit 2 ;;
esac
plan
