# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Test points as TAP, for bash and for the guest's busybox. To be sourced.
#
# What subject names, if anything, is named in each test point.

subject=
count=0
failed=0

# point STATUS NAME: a test point, passed if STATUS is 0
point() {
	count=$((count + 1))
	[ "$1" -eq 0 ] || { printf 'not '; failed=$((failed + 1)); }
	printf 'ok %d - %s\n' "$count" "${subject:+$subject: }$2"
}

# ok NAME: a test point for what the command before it returned, which it returns too
ok() {
	set -- $? "$1"
	point "$1" "$2"
	return "$1"
}

# differs GOT EXPECTED: for whoever looks for the reason
differs() { printf 'got: %s\nexpected: %s\n' "$1" "$2" | sed 's/^/# /'; }

# is NAME GOT EXPECTED: a test point for two texts that have to be the same
is() {
	if [ "$2" = "$3" ]; then
		point 0 "$1"
	else
		point 1 "$1"
		differs "$2" "$3"
	fi
}

# like NAME GOT PATTERN: a test point for a text that has to match a pattern of the shell
like() {
	# shellcheck disable=SC2254 # a pattern
	case $2 in
	$3) point 0 "$1" ;;
	*)
		point 1 "$1"
		differs "$2" "$3"
		;;
	esac
}


# plan: the plan, which comes last; fails if a test point did, or if there was none
plan() {
	printf '1..%d\n' "$count"
	[ "$count" -gt 0 ] && [ "$failed" -eq 0 ]
}
