#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# account.sh: inside the emulated machine, run the benchmark with marks for an account of its
# instructions. What was between them, and the kernel's symbols, to fd 3.
#
# usage: account.sh kvm|xvcpu

# busybox's, which has local variables
# shellcheck shell=dash

# shellcheck source=measure.sh
. /measure.sh

device=$1
# load MODULE[,PARAMETERS[,LATE]]...
load() {
	measure account "$device" "modules load and unload" /tests/bench_load "$@"
}

# A module comes to lie where it lay before, so that its symbols are right for that, too.
if [ "$device" = kvm ]; then
	load irqbypass kvm kvm-intel
	load_kvm 1
else
	load xvcpu
	insmod /lib/modules/xvcpu.ko
fi
measure account "$device" "each row is measured" /tests/bench "/dev/$device" 64
sed 's/^/# symbol /' /proc/kallsyms >&3
plan
