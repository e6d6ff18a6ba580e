#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# scale.sh [AXIS [SIZE]]: inside the emulated machine, measure how cost grows on kvm_intel, then
# on xvcpu. Lines "# scale DEVICE AXIS SIZE WHAT VALUE" and TAP to fd 3.

# shellcheck source=measure.sh
. /measure.sh

load_kvm 1
measure scale kvm "everything is measured" /tests/scale /dev/kvm "$@"
unload_kvm
insmod /lib/modules/xvcpu.ko
measure scale xvcpu "everything is measured" /tests/scale /dev/xvcpu "$@"
rmmod xvcpu
plan
