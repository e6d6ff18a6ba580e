#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# bench.sh: inside the emulated machine, run the benchmark on kvm_intel, then on xvcpu, and on
# xvcpu with the times of exits being measured. Its rows and TAP to fd 3.
#
# usage: bench.sh [MIB]
#	MIB: the memory of the rows about much of it (64)
#
# QEMU boots a guest where there is one (see qemu-tree).

# busybox's, which has local variables
# shellcheck shell=dash

# shellcheck source=measure.sh
. /measure.sh

stats=/sys/module/xvcpu/parameters/stats
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

measure row kvm "modules load and unload" /tests/bench_load irqbypass kvm kvm-intel
load_kvm
bench kvm /dev/kvm
boot kvm
unload_kvm

measure row xvcpu "modules load and unload" /tests/bench_load xvcpu
insmod /lib/modules/xvcpu.ko
bench xvcpu /dev/xvcpu
boot xvcpu xvcpu exec --
echo Y > "$stats"
bench timed /dev/xvcpu
rmmod xvcpu
plan
