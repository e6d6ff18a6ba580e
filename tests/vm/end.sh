#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# end.sh: inside the emulated machine, end its kernel while guests run, again and again, and
# look at the machine that the next kernel finds. TAP to fd 3.
#
# usage: end.sh [after=END:CPUS] END[:SETTING]...
#	END	kexec: another kernel is started
#		crash, crash-last: CPU 0, or the last, panics with a crash kernel loaded; there is
#		no END after it. A CPU that is not the first must not start the first:
#		crash-last starts no other.
#	SETTING	all (default), exclusive: the policy
#		kvm: kvm_intel is loaded beside, as far as the kernel allows
#	after=	not for users: what has ended, and how many CPUs there were
#
# Needs /bzImage. A CPU that is left in VMX root operation blocks INIT, so that it does not
# start again; and if it is the one that goes on, the next kernel faults before it says a word.

# busybox's, which has local variables
# shellcheck shell=dash

# shellcheck source=tap.sh
. /tap.sh

logged() {
	dmesg | grep -q "$1"
}

# What was said has left the machine before it ends.
drain() {
	stty -F /dev/ttyS1 115200 raw -echo
	stty -F /dev/console -echo
}

kernel_is_6_1() {
	case $(uname -r) in
	6.1.*) return 0 ;;
	esac
	return 1
}

# --- the machine that the next kernel finds ---

# check_after END CPUS
check_after() {
	local end="$1" cpus="$2"
	[ "$end" != crash-last ] || cpus=1
	expect "after $end: all $cpus CPUs have started" test "$(nproc)" = "$cpus"
	expect "after $end: no CPU failed to" test -z \
		"$(dmesg | grep -E 'CPU.*(failed|not responding)|do_boot_cpu failed')"
	case $end in
	crash*) expect "after $end: this is the crash kernel" grep -q after_crash /proc/cmdline ;;
	esac
	expect "after $end: nobody holds VMX" insmod /lib/modules/xvcpu.ko
	expect "after $end: every CPU is in VMX root operation" xvcpu doctor
	expect "after $end: guests run" spin
	kill_spin
	expect "after $end: the module unloads" rmmod xvcpu
}

# --- the kernel that is to end ---

# spin [DEVICE [floating]]
spin() {
	rm -f /tmp/spin
	/tests/vm_spin "$@" > /tmp/spin &
	spin_pid=$!
	while ! grep -q running /tmp/spin && kill -0 "$spin_pid"; do
		sleep 0.1
	done
	grep -q running /tmp/spin
}

kill_spin() {
	kill -KILL "$spin_pid"
	wait "$spin_pid"
}

# KVM is loaded when the module is there already, and fails because VMX is in use; or when it is
# not, and gets out of the way, or stays as far as it leaves VMX to others.
load_kvm_beside() {
	insmod /lib/modules/irqbypass.ko
	if kernel_is_6_1; then
		insmod /lib/modules/kvm.ko
		expect "kvm_intel loads beside it" insmod /lib/modules/kvm-intel.ko
		return
	fi
	insmod /lib/modules/kvm.ko
	insmod /lib/modules/kvm-intel.ko 2> /tmp/error
	expect "kvm_intel, which wants VMX at once, does not load" test $? -ne 0
	rmmod kvm
	insmod /lib/modules/kvm.ko enable_virt_at_load=0
	expect "kvm_intel that does not loads" insmod /lib/modules/kvm-intel.ko
	expect "which is said in the log" logged 'xvcpu: kvm_intel is loaded: it alone'
	/tests/vm_hold /dev/kvm 2> /tmp/error
	expect "a VM of KVM's is refused" test $? -ne 0
}

# Linux 6.12's KVM has no callback unless it has VMX itself: crash kernels need it gone.
unload_kvm() {
	kernel_is_6_1 || expect "kvm_intel unloads" rmmod kvm_intel
}

# pack ARGUMENTS...: the next kernel's initramfs, with what this script needs there.
pack() {
	local more=
	[ $# -eq 1 ] || more="bzImage lib/modules/kvm.ko lib/modules/kvm-intel.ko \
		lib/modules/irqbypass.ko tests/vm_next tests/vm_hold"
	cd / || return
	echo "$*" > args
	{
		find dev proc sys tmp tests lib lib/modules -maxdepth 0
		# shellcheck disable=SC2086 # words
		find init bin sbin etc script tap.sh args lib/modules/xvcpu.ko tests/vm_spin $more
	} | cpio -o -H newc > /tmp/initramfs 2> /dev/null
}

# load_next END CPUS REST...
load_next() {
	local end="$1" cpus="$2" how=load more=
	shift 2
	case $end in
	kexec) ;;
	crash) how=crash more=' after_crash' ;;
	crash-last) how=crash more=' after_crash nr_cpus=1' ;;
	*) exit 2 ;;
	esac
	pack "after=$end:$cpus" "$@"
	expect "before $end: the next kernel is loaded" \
		/tests/vm_next $how /bzImage /tmp/initramfs "$(cat /proc/cmdline)$more"
	rm -f /tmp/initramfs
}

# set_up END SETTING
set_up() {
	local end="$1" setting="$2" policy=all
	[ "$setting" != exclusive ] || policy=exclusive
	expect "before $end: xvcpu loads ($setting)" insmod /lib/modules/xvcpu.ko policy=$policy
	if [ "$setting" = kvm ]; then
		load_kvm_beside
		case $end in
		crash*) unload_kvm ;;
		esac
	fi
}

# start_guests END SETTING
start_guests() {
	if [ "$2" = exclusive ]; then
		expect "before $1: a guest runs" spin /dev/xvcpu floating
	else
		expect "before $1: guests run" spin
	fi
}

# end_kernel END CPUS
end_kernel() {
	local cpu=0
	drain
	case $1 in
	kexec) /tests/vm_next go ;;
	crash | crash-last)
		[ "$1" = crash ] || cpu=$(($2 - 1))
		taskset $((1 << cpu)) sh -c 'echo c > /proc/sysrq-trigger'
		;;
	esac
	not_ok "the kernel ends by $1"
}

if [ "${1%%=*}" = after ]; then
	done=${1#after=}
	shift
	check_after "${done%:*}" "${done#*:}"
fi
if [ $# -gt 0 ]; then
	end=${1%%:*} setting=all
	[ "$1" = "$end" ] || setting=${1#*:}
	shift
	load_next "$end" "$(nproc)" "$@"
	set_up "$end" "$setting"
	start_guests "$end" "$setting"
	end_kernel "$end" "$(nproc)"
fi
plan
