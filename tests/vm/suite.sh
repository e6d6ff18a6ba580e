# SPDX-License-Identifier: GPL-2.0
# Packages of other Debian suites than the system's. To be sourced, after lib.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154 # cache_dir is lib.sh's

# The mirror this machine's own apt uses.
mirror_uri() {
	local sources=/etc/apt/sources.list uri=
	uri=$(awk '$1 == "URIs:" { print $2; exit }' /etc/apt/sources.list.d/debian.sources \
		2> /dev/null || :)
	if [ -z "$uri" ] && [ -f "$sources" ]; then
		uri=$(sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' "$sources" | head -n 1)
	fi
	[ -n "$uri" ] || die "no package mirror in /etc/apt"
	echo "$uri"
}

# private_apt SUITE PROGRAM ARGS...: apt over one suite, apart from the system's state.
private_apt() {
	local dir=$cache_dir/apt/$1 program=$2
	shift 2
	"$program" -q -o Dir::Etc::sourcelist="$dir/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$dir/lists" \
		-o Dir::Cache="$dir" -o APT::Sandbox::User=root -o Acquire::Retries=3 "$@"
}

# update_suite SUITE deb|deb-src
update_suite() {
	local suite=$1 dir=$cache_dir/apt/$1
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	echo "$2 [signed-by=$keyring] $(mirror_uri) $suite main" > "$dir/sources.list"
	private_apt "$suite" apt-get update > "$dir/update.log" 2>&1 ||
		die "apt-get update failed: see $dir/update.log"
}

# candidate SUITE PACKAGE: its version there.
candidate() {
	private_apt "$1" apt-cache show --no-all-versions "$2" 2> /dev/null |
		sed -n 's/^Version: //p' | head -n 1
}
