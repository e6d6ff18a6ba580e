#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qemu.sh: inside the emulated machine, have Debian's QEMU boot Linux on kvm_intel, then on
# xvcpu, with the same command. TAP to fd 3.
#
# usage: qemu.sh [CPUS]

# busybox's, which has local variables
# shellcheck shell=dash

smp=${1:-1}
point=0

report() {
	point=$((point + 1))
	echo "$1 $point - $2" >&3
}

expect() {
	local what="$1"
	shift
	if "$@"; then report ok "$what"; else report 'not ok' "$what"; fi
}

qemu() {
	"$@" qemu-system-x86_64 -accel kvm,kernel-irqchip=off -smp "$smp" -m 128 \
		-L /usr/share/qemu -display none -vga none -nodefaults -no-user-config -no-reboot \
		-serial stdio -kernel /guest/bzImage -initrd /guest/initramfs \
		-append "console=ttyS0 rdinit=/init panic=-1 $append" < /dev/null
}

append="loglevel=7"

# What differs from one boot to the next on the same machine.
normalized() {
	sed -e 's/\r$//' -e 's/^\[[^]]*\] *//' "$1"
}

boot() {
	local name="$1" status start end
	shift
	start=$(cut -d ' ' -f 1 /proc/uptime)
	qemu "$@" > "/tmp/$name.out" 2> "/tmp/$name.err"
	status=$?
	end=$(cut -d ' ' -f 1 /proc/uptime)
	echo "# $name: QEMU ended with status $status, from $start s to $end s"
	expect "QEMU on $name ends with status 0" test $status -eq 0
	expect "the guest on $name gets to its end" grep -q '^guest: done' "/tmp/$name.out"
	normalized "/tmp/$name.out" > "/tmp/$name.txt"
	tail -n "${show:-12}" "/tmp/$name.txt"
	head -n 20 "/tmp/$name.err"
}

insmod /lib/modules/irqbypass.ko
insmod /lib/modules/kvm.ko
insmod /lib/modules/kvm-intel.ko
boot kvm_intel env
rmmod kvm_intel kvm irqbypass

insmod /lib/modules/xvcpu.ko
boot xvcpu xvcpu exec --
expect "xvcpu unloads" rmmod xvcpu
diff -u /tmp/kvm_intel.txt /tmp/xvcpu.txt > /tmp/diff
expect "both guests say the same" test ! -s /tmp/diff
cat /tmp/diff
echo "1..$point" >&3
