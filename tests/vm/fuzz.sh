#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fuzz.sh: inside the emulated machine, t_fuzz with one seed after the other, until there
# have been that many calls. TAP to fd 3.
#
# usage: fuzz.sh FIRST-SEED CALLS
#
# A seed that fails fails again by itself: XVCPU_FUZZ_SEED=N t_fuzz.

# busybox's, which has local variables
# shellcheck shell=dash

# shellcheck source=tap.sh
. /tap.sh

made=0
seed=$1

insmod /lib/modules/xvcpu.ko || exit 1
while [ "$made" -lt "$2" ]; do
	XVCPU_FUZZ_SEED=$seed /tests/t_fuzz > /tmp/tap 2> /dev/console
	status=$?
	grep '^#' /tmp/tap >&3
	made=$((made + $(sed -n 's/^# \([0-9]*\) calls.*/\1/p' /tmp/tap | grep . || echo "$2")))
	if [ $status = 0 ]; then
		ok "seed $seed"
	else
		not_ok "seed $seed"
		cat /tmp/tap
	fi
	echo "seed $seed: $made calls" > /dev/console
	seed=$((seed + 1))
done
expect "the module unloads" rmmod xvcpu
echo "# $made calls" >&3
plan
