# SPDX-License-Identifier: GPL-2.0
# Counts the points of TAP and KTAP, nested or one after another: "passed failed skipped".
# A line that sums up the deeper ones above it is not a point of its own.

function count(line) {
	if (line ~ /^not ok/)
		failed++
	else if (line ~ /# *[Ss][Kk][Ii][Pp]/)
		skipped++
	else
		passed++
}

/^ *(not )?ok / {
	match($0, /^ */)
	depth = RLENGTH
	line = substr($0, depth + 1)
	if (last > depth && line !~ /^not ok/) {
		last = depth
		next
	}
	last = depth
	count(line)
}

/^Bail out!/ { failed++ }

END { print passed + 0, failed + 0, skipped + 0 }
