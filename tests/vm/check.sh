#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# check.sh: inside the emulated machine, run the tests of one kind. TAP to fd 3.
#
# usage: check.sh integration|shared [[but] PROGRAM...] | kunit | no-vmx | no-vm | neighbours [PARAMETER...]

# busybox's, which has local variables
# shellcheck shell=dash

# shellcheck source=tap.sh
. /tap.sh

# Seconds that a program may take.
limit=${XVCPU_TEST_SOAK:+100000}
limit=${limit:-240}

logged() {
	dmesg | grep -q "xvcpu: .*$1"
}

# The module, or the end.
load() {
	insmod /lib/modules/xvcpu.ko "$@" && return
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

load_kvm() {
	local module
	for module in irqbypass kvm kvm-intel; do
		insmod "/lib/modules/$module.ko" || return
	done
}

# The same programs beside kvm_intel, in its VMX root operation.
shared() {
	local program
	expect "kvm_intel loads" load_kvm
	load policy=shared
	expect "every CPU's VMX root operation is shared" xvcpu doctor
	for program in $(programs "$@"); do
		run_program "$program"
	done
	rmmod kvm_intel
	expect "kvm_intel does not unload before xvcpu" test $? -ne 0
	expect "the module unloads" rmmod xvcpu
	expect "every CPU is its owner's alone" test \
		"$(dmesg | grep -c "VMX root operation is its owner's alone")" -ge "$(nproc)"
	expect "then kvm_intel unloads" rmmod kvm_intel
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
	expect "the doctor does too" diagnosed 'VMX, or the firmware\|shows no VMX'
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

# runs DEVICE: a guest there, to its end.
runs() {
	/tests/t_kvm_hello "$1" > /tmp/hello 2>&1
}

# What is second is refused, and says why; what is first goes on.
refused() {
	local policy="$1"
	dmesg -c > /dev/null
	insmod /lib/modules/xvcpu.ko "policy=$policy" 2> /tmp/error
	expect "insmod with policy $policy fails" test $? -ne 0
	cat /tmp/error
	expect "with EBUSY" grep -q 'resource busy' /tmp/error
	expect "and a line in the log that names kvm_intel and policy=shared" \
		logged 'kvm_intel.*policy=shared'
	expect "a guest on kvm_intel still runs" runs /dev/kvm
}

# A VM on kvm_intel until drop_kvm.
hold_kvm() {
	/tests/vm_hold /dev/kvm > /tmp/held &
	holder=$!
	while ! grep -q held /tmp/held && kill -0 "$holder" 2> /dev/null; do sleep 0.1; done
	grep -q held /tmp/held
}

drop_kvm() {
	kill "$holder"
	wait "$holder"
	true
}

# diagnosed PATTERN: the doctor says so.
diagnosed() {
	xvcpu doctor > /tmp/doctor
	grep -q "$1" /tmp/doctor
}

kvm_holds() {
	expect "kvm_intel has a VM" hold_kvm
	refused all
	refused exclusive
	xvcpu doctor > /tmp/doctor
	expect "the doctor names policy=shared" grep -q policy=shared /tmp/doctor
	expect "and who holds VMX, and for how long" \
		grep -q 'kvm_intel (used by [1-9][0-9]*) holds VMX as long as' /tmp/doctor
	kill -0 "$holder"
	expect "the other's VM is still there" test $? -eq 0
}

# In VMX root operation for as long as the module, not the VM, is there.
kvm_is_eager() {
	expect "kvm_intel is not loaded" test ! -e /sys/module/kvm_intel
	expect "kvm_intel loads, without a VM" insmod /lib/modules/kvm-intel.ko
	expect "the doctor says that being loaded is enough" diagnosed 'as long as it is loaded: end'
	refused all
	expect "kvm_intel unloads" rmmod kvm_intel
	expect "xvcpu loads" insmod /lib/modules/xvcpu.ko
	insmod /lib/modules/kvm-intel.ko 2> /tmp/error
	expect "kvm_intel is refused" test $? -ne 0
	expect "a guest on xvcpu still runs" runs /dev/xvcpu
	expect "xvcpu unloads" rmmod xvcpu
}

# The first VM takes VMX, the last one gives it back.
kvm_is_lazy() {
	expect "kvm_intel loads, without a VM" insmod /lib/modules/kvm-intel.ko
	expect "the doctor says that it may get VMX" diagnosed 'used by 0: .* as long as it has a VM'
	expect "and that it has not" not diagnosed 'holds VMX'
	expect "xvcpu loads beside it" insmod /lib/modules/xvcpu.ko
	expect "kvm_intel is refused a VM" not runs /dev/kvm
	expect "a guest on xvcpu still runs" runs /dev/xvcpu
	expect "kvm_intel unloads" rmmod kvm_intel
	expect "a guest on xvcpu still runs then" runs /dev/xvcpu
	expect "kvm_intel loads again" insmod /lib/modules/kvm-intel.ko
	expect "xvcpu unloads" rmmod xvcpu
	expect "then a guest on kvm_intel runs" runs /dev/kvm

	expect "xvcpu loads with policy exclusive" insmod /lib/modules/xvcpu.ko policy=exclusive
	expect "kvm_intel has a VM" hold_kvm
	expect "xvcpu is refused VMX root operation" not runs /dev/xvcpu
	expect "and says who has it" logged kvm_intel
	expect "a guest on kvm_intel still runs" runs /dev/kvm
	drop_kvm
	expect "a guest on xvcpu runs afterwards" runs /dev/xvcpu
	expect "xvcpu unloads again" rmmod xvcpu
	expect "kvm_intel unloads again" rmmod kvm_intel
}

# Whatever kvm_intel does, it stays in VMX root operation for xvcpu.
kvm_is_shared() {
	expect "kvm_intel loads" insmod /lib/modules/kvm-intel.ko
	expect "kvm_intel has a VM" hold_kvm
	expect "xvcpu loads with policy shared" insmod /lib/modules/xvcpu.ko policy=shared
	expect "a guest on each runs: kvm_intel" runs /dev/kvm
	expect "a guest on each runs: xvcpu" runs /dev/xvcpu
	drop_kvm
	expect "a guest on xvcpu runs without another VM" runs /dev/xvcpu
	expect "kvm_intel does not unload" not rmmod kvm_intel
	expect "xvcpu unloads" rmmod xvcpu
	expect "a guest on kvm_intel runs afterwards" runs /dev/kvm
	expect "then kvm_intel unloads" rmmod kvm_intel
}

not() {
	! "$@"
}

# neighbours [PARAMETERS OF kvm]: in every order of load, use and unload.
neighbours() {
	local eager=/sys/module/kvm/parameters/enable_virt_at_load
	insmod /lib/modules/irqbypass.ko
	insmod /lib/modules/kvm.ko "$@"
	expect "kvm_intel loads" insmod /lib/modules/kvm-intel.ko
	kvm_holds
	drop_kvm
	expect "kvm_intel unloads" rmmod kvm_intel
	if grep -q Y $eager 2> /dev/null; then kvm_is_eager; else kvm_is_lazy; fi
	kvm_is_shared
	expect "then xvcpu loads alone" insmod /lib/modules/xvcpu.ko
	expect "a guest on xvcpu runs alone" runs /dev/xvcpu
	expect "and unloads" rmmod xvcpu
}

kind=$1
shift
case $kind in
integration) integration "$@" ;;
shared) shared "$@" ;;
kunit) kunit ;;
no-vmx) no_vmx ;;
no-vm) no_vm ;;
neighbours) neighbours "$@" ;;
*) exit 2 ;;
esac
plan
