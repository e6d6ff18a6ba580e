#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# measure.sh: for scripts inside the emulated machine: programs that measure. They go to fd 3.

# busybox's, which has local variables
# shellcheck shell=dash

# shellcheck source=tap.sh
. /tap.sh

# measure MARK WHO WHAT COMMAND...: its lines "# MARK ..." as "# MARK WHO ...".
measure() {
	local mark="$1" who="$2" what="$3" status
	shift 3
	echo "== $who: $*"
	timeout -s KILL 600 "$@" 2> /dev/console > /tmp/tap
	status=$?
	sed -n "s/^# $mark /# $mark $who /p" /tmp/tap >&3
	grep -E '^(not ok|#)' /tmp/tap > /dev/console
	expect "$what on $who" test "$status" -eq 0
}

# load_kvm AT_LOAD: 1 if it enters VMX root operation by that, 0 if by its first VM
load_kvm() {
	insmod /lib/modules/irqbypass.ko
	insmod /lib/modules/kvm.ko enable_virt_at_load="$1"
	insmod /lib/modules/kvm-intel.ko
}

unload_kvm() {
	rmmod kvm_intel kvm irqbypass
}
