# SPDX-License-Identifier: GPL-2.0
# What the scripts of the emulated machine share. To be sourced.
# shellcheck shell=bash

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for those who source this
top_dir=$(cd "$vm_dir/../.." && pwd)
cache_dir=${XVCPU_CACHE:-$HOME/.cache/xvcpu}

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "${0##*/}: $*"
	exit 1
}

# usage_exit FILE: print the comment a script opens with, fail as a usage error.
usage_exit() {
	sed -n '3,/^$/s/^# \{0,1\}//p' "$1" >&2
	exit 2
}

# with_lock NAME COMMAND...: one process at a time in the cache.
with_lock() {
	local name=$1 fd
	shift
	mkdir -p "$cache_dir/lock"
	exec {fd}> "$cache_dir/lock/$name"
	if ! flock -n "$fd"; then
		say "waiting for another run that prepares $name"
		flock "$fd"
	fi
	"$@"
	exec {fd}>&-
}

# copy_program PROGRAM DIR: to DIR/bin, with the libraries that it wants where they are here.
copy_program() {
	local program=$1 dir=$2 lib
	mkdir -p "$dir/bin"
	cp -L "$program" "$dir/bin/"
	ldd "$program" | grep -o '/[^ ]*' | while read -r lib; do
		mkdir -p "$dir$(dirname "$lib")"
		cp -L "$lib" "$dir$lib"
	done
	find "$dir" -type f -name '*.so*' -exec strip --strip-unneeded {} + 2> /dev/null || :
	strip "$dir/bin/${program##*/}"
}

# What is needed to measure something in the emulated machine.
build_measured() {
	"$vm_dir/packages"
	"$vm_dir/bochs" > /dev/null
	"$vm_dir/build" test-6.12 > /dev/null
	"$vm_dir/build" programs > /dev/null
}

# run_measured OUT OPTION-OF-RUN...: measure; the results are in OUT.
run_measured() {
	local out=$1
	shift
	mkdir -p "$out"
	"$vm_dir/run" --kernel test-6.12 --out "$out" "$@" > "$out.log" 2>&1 || {
		cat "$out.log" >&2
		die "the run failed: see $out"
	}
}

# What takes a distribution's kernel a third of its start, and is of no use here: entropy from
# the processor's jitter, certificates, the types of BPF.
# shellcheck disable=SC2034 # for those who source this
slow_initcalls=jent_mod_init,load_system_certificate_list,bpf_tcp_ca_kfunc_init
slow_initcalls+=,bpf_dummy_struct_ops_init,init_encrypted
