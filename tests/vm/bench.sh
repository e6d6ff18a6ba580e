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

# shellcheck source=tap.sh
. /tap.sh

stats=/sys/module/xvcpu/parameters/stats
mib=${1:-64}

# rows WHO WHAT COMMAND...: its rows as "# row WHO ROW VALUE UNIT".
rows() {
	local who="$1" what="$2" status
	shift 2
	echo "== $who: $*"
	timeout -s KILL 600 "$@" 2> /dev/console > /tmp/tap
	status=$?
	sed -n "s/^# row /# row $who /p" /tmp/tap >&3
	grep -E '^(not ok|#)' /tmp/tap > /dev/console
	expect "$what on $who" test "$status" -eq 0
}

# bench WHO DEVICE
bench() {
	rows "$1" "each row is measured" /tests/bench "$2" "$mib"
}

# boot WHO [COMMAND...]: the command is what QEMU is started by.
boot() {
	local who="$1"
	shift
	[ -e /guest ] || return 0
	rows "$who" "QEMU boots a guest" /tests/bench_until qemu 'guest: ' "$@" qemu-system-x86_64 \
		-accel kvm,kernel-irqchip=off -m 256 -L /usr/share/qemu -nodefaults -no-user-config \
		-no-reboot -vga none -display none -serial stdio \
		-kernel /guest/bzImage -initrd /guest/initramfs \
		-append "console=ttyS0 rdinit=/init panic=-1 initramfs_async=0 $(cat /guest/append)"
}

rows kvm "modules load and unload" /tests/bench_load irqbypass kvm kvm-intel
insmod /lib/modules/irqbypass.ko
insmod /lib/modules/kvm.ko
insmod /lib/modules/kvm-intel.ko
bench kvm /dev/kvm
boot kvm
rmmod kvm_intel kvm irqbypass

rows xvcpu "modules load and unload" /tests/bench_load xvcpu
insmod /lib/modules/xvcpu.ko
bench xvcpu /dev/xvcpu
boot xvcpu xvcpu exec --
echo Y > "$stats"
bench timed /dev/xvcpu
rmmod xvcpu
plan
