#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# account.sh: inside the emulated machine, run the benchmark with marks for an account of its
# instructions. What was between them, and the kernel's symbols, to fd 3.
#
# usage: account.sh kvm|xvcpu [TEST...]

# busybox's, which has local variables
# shellcheck shell=dash

# shellcheck source=tap.sh
. /tap.sh

device=$1
shift
if [ "$device" = kvm ]; then
	insmod /lib/modules/irqbypass.ko
	insmod /lib/modules/kvm.ko
	insmod /lib/modules/kvm-intel.ko
else
	insmod /lib/modules/xvcpu.ko
fi
timeout -s KILL 300 /tests/bench "/dev/$device" "$@" > /tmp/tap
expect "each row is measured on $device" test "$?" -eq 0
grep '^# account ' /tmp/tap >&3
sed 's/^/# symbol /' /proc/kallsyms >&3
plan
