#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# bench.sh: inside the emulated machine, run the benchmark on kvm_intel, then on xvcpu, and on
# xvcpu with the times of exits being measured from its start. Its rows and TAP to fd 3.
#
# usage: bench.sh [MIB]
#	MIB: the memory of the rows about much of it (64)
#
# QEMU boots a guest where there is one (see qemu-tree).

# busybox's, which has local variables
# shellcheck shell=dash

# shellcheck source=measure.sh
. /measure.sh

mib=${1:-64}

# bench WHO DEVICE
bench() {
	measure row "$1" "each row is measured" /tests/bench "$2" "$mib"
}

# boot WHO [COMMAND...]: the command is what QEMU is started by.
boot() {
	local who="$1"
	shift
	[ -e /guest ] || return 0
	measure row "$who" "QEMU boots a guest" /tests/bench_until qemu 'guest: ' "$@" qemu-system-x86_64 \
		-accel kvm,kernel-irqchip=off -m 256 -L /usr/share/qemu -nodefaults -no-user-config \
		-no-reboot -vga none -display none -serial stdio \
		-kernel /guest/bzImage -initrd /guest/initramfs \
		-append "console=ttyS0 rdinit=/init panic=-1 initramfs_async=0 $(cat /guest/append)"
}

# load WHO MODULE[,PARAMETERS[,LATE]]...: warnings are not for the console, which is a serial
# line and would be most of what they cost.
load() {
	local who="$1"
	shift
	dmesg -n 4
	measure row "$who" "modules load and unload" /tests/bench_load "$@"
	dmesg -n 5
}

# first WHO DEVICE: there is no VM yet.
first() {
	measure row "$1" "there is a first VM" /tests/bench_first "$2"
}

load kvm irqbypass kvm,,enable_virt_at_load=0 kvm-intel
load_kvm 0
first kvm /dev/kvm
unload_kvm
load_kvm 1
bench kvm /dev/kvm
boot kvm
unload_kvm

load xvcpu xvcpu,,policy=exclusive
insmod /lib/modules/xvcpu.ko
first xvcpu /dev/xvcpu
bench xvcpu /dev/xvcpu
boot xvcpu xvcpu exec --
rmmod xvcpu

load timed xvcpu,stats=1,"stats=1 policy=exclusive"
insmod /lib/modules/xvcpu.ko stats=1
first timed /dev/xvcpu
bench timed /dev/xvcpu
boot timed xvcpu exec --
rmmod xvcpu
plan
