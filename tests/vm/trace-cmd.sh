#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# trace-cmd.sh: inside the emulated machine, have Debian's trace-cmd record the tracepoints of a
# guest, and report them. TAP to fd 3.

# busybox's, which has local variables
# shellcheck shell=dash

# shellcheck source=tap.sh
. /tap.sh

data=/tmp/trace.dat

# The guest prints as many characters, each by one OUT.
sentence="Hello from the guest"

reported() {
	trace-cmd report -i "$data" 2> /dev/null
}

# count PATTERN: in how many records.
count() {
	reported | grep -c "$1"
}

# record OPTION...
record() {
	trace-cmd record -q "$@" -o "$data" /tests/t_kvm_hello /dev/xvcpu
}

insmod /lib/modules/xvcpu.ko || exit 1
expect "trace-cmd lists the events" \
	sh -c "trace-cmd list -e xvcpu: | grep -qx xvcpu:xvcpu_exit"
expect "trace-cmd records while a guest runs" record -e xvcpu
reported | head -n 20
expect "it has the binding" test "$(count 'xvcpu_bind: .*from=-1')" -eq 1
expect "it has an exit for each character" \
	test "$(count 'xvcpu_exit: .*reason=IO_INSTRUCTION')" -ge ${#sentence}
expect "it has exit reasons by name" test "$(count 'xvcpu_exit: .*reason=HLT')" -ge 1
expect "as many exits as entries" \
	test "$(count xvcpu_exit:)" -eq "$(count xvcpu_entry:)"
expect "trace-cmd filters by a field" record -e xvcpu:xvcpu_exit -f 'reason == 12'
expect "what it has is there" test "$(count reason=HLT)" -ge 1
expect "and nothing else" test "$(count xvcpu_exit:)" -eq "$(count reason=HLT)"
expect "the module unloads" rmmod xvcpu
plan
