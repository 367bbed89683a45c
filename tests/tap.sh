# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Test points as TAP, for bash and for the guest's busybox. To be sourced.
#
# If subject is not empty, each test point begins with it.

subject=
count=0
failed=0

# point STATUS NAME: print a test point, passed if STATUS is 0
point() {
	count=$((count + 1))
	[ "$1" -eq 0 ] || { printf 'not '; failed=$((failed + 1)); }
	printf 'ok %d - %s\n' "$count" "${subject:+$subject: }$2"
}

# ok NAME: print a test point, passed if the previous command succeeded; return the same status
ok() {
	set -- $? "$1"
	point "$1" "$2"
	return "$1"
}

# differs GOT EXPECTED: print both, as comments of TAP
differs() { printf 'got: %s\nexpected: %s\n' "$1" "$2" | sed 's/^/# /'; }

# is NAME GOT EXPECTED: print a test point, passed if both texts are the same
is() {
	if [ "$2" = "$3" ]; then
		point 0 "$1"
	else
		point 1 "$1"
		differs "$2" "$3"
	fi
}

# like NAME GOT PATTERN: print a test point, passed if the text matches the pattern of the shell
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

# outcome COMMAND...: print all that the command prints, and also that it fails. Without that, a command that fails silently
# looks like one that has found nothing.
outcome() { "$@" 2>&1 || echo "fails with $?: $*"; }

# plan: print the plan, as the last line; fails if a test point has failed, or if there was none
plan() {
	printf '1..%d\n' "$count"
	[ "$count" -gt 0 ] && [ "$failed" -eq 0 ]
}
