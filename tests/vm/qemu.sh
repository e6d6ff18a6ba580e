#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qemu.sh: inside the emulated machine, have Debian's QEMU boot Linux on kvm_intel, then on
# xvcpu, with the same command. TAP to fd 3.
#
# usage: qemu.sh CPUS...
#	CPUS: as many vCPUs; for each number one boot on either
#
# Between the boots and the comparison, a debugger steps a guest through QEMU's gdbstub.

# busybox's, which has local variables
# shellcheck shell=dash

# shellcheck source=tap.sh
. /tap.sh

# qemu CPUS [COMMAND...]: the same command on both, but for who executes it.
qemu() {
	local smp="$1"
	shift
	"$@" qemu-system-x86_64 -accel kvm,kernel-irqchip=off -smp "$smp" -m 256 \
		-L /usr/share/qemu -nodefaults -no-user-config -no-reboot -vga none -display none \
		-serial stdio -kernel /guest/bzImage -initrd /guest/initramfs \
		-append "console=ttyS0 rdinit=/init panic=-1 initramfs_async=0 $(cat /guest/append)" \
		< /dev/null
}

# What differs from one boot to the next on the same hypervisor: how long things took, and with
# several CPUs how much memory is taken at that moment. And what a kernel that knows KVM's
# paravirtual clock learns from it: xvcpu does not offer it.
normalized() {
	sed -e 's/\r$//' -e 's/^\[[^]]*\] *//' -e 's/[0-9.]* MHz/N MHz/' -e 's/[0-9.]* BogoMIPS/N BogoMIPS/' \
		-e 's/lpj=[0-9]*/lpj=N/' -e 's/max_cycles: [0-9a-fx]*/max_cycles: N/' \
		-e 's/max_idle_ns: [0-9]*/max_idle_ns: N/' -e 's/took [0-9]* usecs/took N usecs/' \
		-e 's/Marking stable .*/Marking stable N/' -e 's/Memory: [0-9]*K/Memory: N/' \
		-e 's/ tsc_known_freq//' "$1"
}

# boot NAME CPUS [COMMAND...]
boot() {
	local name="$1-$2" smp="$2" what="$1 with $2 CPUs" status start
	shift 2
	start=$(cut -d . -f 1 /proc/uptime)
	echo "== $what"
	{
		qemu "$smp" "$@" 2> "/tmp/$name.err"
		echo $? > /tmp/status
	} | tee "/tmp/$name.out"
	status=$(cat /tmp/status)
	echo "$what: status $status after $(($(cut -d . -f 1 /proc/uptime) - start)) s"
	expect "QEMU on $what ends with status 0" test "$status" -eq 0
	expect "the guest on $what gets to its end" grep -q '^guest: done' "/tmp/$name.out"
	expect "the guest on $what has them all" grep -q "^guest: .* $smp CPUs" "/tmp/$name.out"
	normalized "/tmp/$name.out" > "/tmp/$name.txt"
	head -n 20 "/tmp/$name.err"
}

# debug NAME [COMMAND...]: QEMU's gdbstub, from the reset vector on.
debug() {
	local name="$1" pid
	shift
	rm -f /tmp/gdb
	"$@" qemu-system-x86_64 -accel kvm,kernel-irqchip=off -m 64 -L /usr/share/qemu -nodefaults \
		-no-user-config -vga none -display none -S -gdb unix:/tmp/gdb,server=on,wait=off \
		< /dev/null 2> /tmp/debug.err &
	pid=$!
	expect "QEMU's gdbstub works on $name" /tests/gdb_client /tmp/gdb
	kill $pid
	wait $pid
}

# Where QEMU itself cannot start a second CPU, there is one.
if [ -e /one-cpu ]; then
	ok "QEMU with $* CPUs # SKIP $(cat /one-cpu)"
	set -- 1
fi

insmod /lib/modules/irqbypass.ko
insmod /lib/modules/kvm.ko
insmod /lib/modules/kvm-intel.ko
for cpus; do
	boot kvm_intel "$cpus"
done
debug kvm_intel env
rmmod kvm_intel kvm irqbypass

insmod /lib/modules/xvcpu.ko
for cpus; do
	boot xvcpu "$cpus" xvcpu exec --
done
debug xvcpu xvcpu exec --
expect "xvcpu unloads" rmmod xvcpu

for cpus; do
	diff -u "/tmp/kvm_intel-$cpus.txt" "/tmp/xvcpu-$cpus.txt" > /tmp/diff
	expect "both guests with $cpus CPUs say the same" test ! -s /tmp/diff
	cat /tmp/diff
done
plan
