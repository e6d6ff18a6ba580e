#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# abi.sh: inside the emulated machine, run each test of the KVM API on kvm_intel and on
# xvcpu; a test point is ok if both did the same, or if the difference is listed. TAP to fd 3.
#
# usage: abi.sh [PROGRAM...]
#
# /abi-differences lists them: the test's name, what it is on kvm_intel (or "any") and on
# xvcpu, the reason. One that is listed and does not differ is not ok either.

# busybox's, which has local variables
# shellcheck shell=dash

# What is about xvcpu alone, the demonstrations, what needs more than the device, sleep.
not_here='t_binding|t_check|t_command.*|t_death|t_demo_.*|t_entry_failure|t_exclusive|t_exit_trace|t_fail_vmx|t_fault_injection|t_fds|t_fuzz|t_hotplug|t_hotplug_storm|t_leak|t_netlink.*|t_owner|t_sched|t_shared|t_storm|t_suspend|t_trace|t_unload|t_visit'

# Lines "NAME RESULT": ok, failed, skipped, or missing where a program came to no end.
run() {
	local device="$1" program
	shift
	for program; do
		echo "$program $device" | tee /dev/console
		timeout -s KILL 240 "/tests/$program" "$device" 2> /dev/console > /tmp/tap
		sed -n -e 's/^ok [0-9]* \([^ ]*\) # SKIP.*/\1 skipped/p;t' \
			-e 's/^ok [0-9]* \([^ ]*\)$/\1 ok/p;t' \
			-e 's/^not ok [0-9]* \([^ ]*\).*/\1 failed/p' /tmp/tap
		grep -E '^(#|not ok)' /tmp/tap | grep -v SKIP > /dev/console
	done
}

# shellcheck disable=SC2046 # words
[ $# -gt 0 ] || set -- $(cd /tests && for t in t_*; do echo "$t"; done | grep -vxE "$not_here")

insmod /lib/modules/irqbypass.ko
insmod /lib/modules/kvm.ko
insmod /lib/modules/kvm-intel.ko
run /dev/kvm "$@" > /tmp/kvm
rmmod kvm_intel kvm irqbypass
insmod /lib/modules/xvcpu.ko
run /dev/xvcpu "$@" > /tmp/xvcpu
rmmod xvcpu

awk '
	FILENAME == "/abi-differences" {
		if (NF > 3 && $1 !~ /^#/) {
			listed[$1] = $2 " " $3
			sub(/^[^ ]+ +[^ ]+ +[^ ]+ +/, "")
			reason[$1] = $0
		}
		next
	}
	NF == 1 { next }
	/ \/dev\// { program = $1; next }
	{ name = program "/" $1; names[name] = $1; order[++n] = name }
	FILENAME == "/tmp/kvm" { kvm[name] = $2 }
	FILENAME == "/tmp/xvcpu" { xvcpu[name] = $2 }
	END {
		for (i = 1; i <= n; i++) {
			name = order[i]
			if (seen[name]++)
				continue
			a = name in kvm ? kvm[name] : "missing"
			b = name in xvcpu ? xvcpu[name] : "missing"
			want = names[name] in listed ? listed[names[name]] : ""
			if (a == b && want == "" && a != "failed")
				printf "ok %d - %s: %s on both\n", ++point, name, a
			else if (a " " b == want || "any " b == want)
				printf "ok %d - %s: %s on kvm_intel, %s on xvcpu, as listed\n", ++point, name, a, b
			else
				printf "not ok %d - %s: %s on kvm_intel, %s on xvcpu, %s\n", ++point, name, a, b,
					want == "" ? "not listed" : "listed as " want
		}
		printf "1..%d\n", point
	}' /abi-differences /tmp/kvm /tmp/xvcpu > /tmp/points
cat /tmp/points >&3
grep -v '^ok' /tmp/points
