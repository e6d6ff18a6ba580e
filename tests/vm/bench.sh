#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# bench.sh: inside the emulated machine, run the benchmark on kvm_intel, then on xvcpu, and on
# xvcpu with the times of exits being measured. Its rows and TAP to fd 3.

# busybox's, which has local variables
# shellcheck shell=dash

# shellcheck source=tap.sh
. /tap.sh

stats=/sys/module/xvcpu/parameters/stats

# bench NAME DEVICE: rows as "# row DEVICE ROW VALUE UNIT".
bench() {
	echo "== $1"
	timeout -s KILL 200 /tests/bench "$2" 2> /dev/console > /tmp/tap
	status=$?
	sed -n "s/^# row /# row $1 /p" /tmp/tap >&3
	grep -E '^(not ok|#)' /tmp/tap > /dev/console
	expect "each row is measured on $1" test "$status" -eq 0
}

insmod /lib/modules/irqbypass.ko
insmod /lib/modules/kvm.ko
insmod /lib/modules/kvm-intel.ko
bench kvm /dev/kvm
rmmod kvm_intel kvm irqbypass
insmod /lib/modules/xvcpu.ko
bench xvcpu /dev/xvcpu
echo Y > "$stats"
bench timed /dev/xvcpu
rmmod xvcpu
plan
