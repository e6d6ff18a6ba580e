#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# tap.sh: for scripts inside the emulated machine: test points, as TAP to fd 3.

# busybox's, which has local variables
# shellcheck shell=dash

point=0

ok() {
	point=$((point + 1))
	echo "ok $point - $*" >&3
}

not_ok() {
	point=$((point + 1))
	echo "not ok $point - $*" >&3
}

# expect WHAT COMMAND...: a test point from a command's exit status.
expect() {
	local what="$1"
	shift
	if "$@"; then ok "$what"; else not_ok "$what"; fi
}

plan() {
	echo "1..$point" >&3
}
