# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Judges what a guest has printed, as TAP. To be sourced after lib.sh.
#
# What subject names is named in each test point; result is FAILED once there was one that failed.

# shellcheck disable=SC2034
subject= result=pass
count=0

# point STATUS NAME: one test point
point() {
	count=$((count + 1))
	[ "$1" -eq 0 ] || { printf 'not '; [ "$result" != pass ] || result=FAILED; }
	printf 'ok %d - %s: %s\n' "$count" "$subject" "$2"
}

# section NAME CONSOLE: what a program printed in the guest
section() { sed -n "/^@begin $1\$/,/^@end $1 /{/^@/!p}" "$2"; }

# judge CONSOLE PROGRAM...: the test points of these, numbered anew, of their transcripts only what belongs to a
# failure; and the kernel's log
judge() {
	local console=$1 program planned exit_status seen shown line splat
	shift
	for program in "$@"; do
		planned=$(section "$program" "$console" | sed -n 's/^1\.\.\([0-9]*\)$/\1/p')
		exit_status=$(sed -n "s/^@end $program //p" "$console")
		seen=0
		shown=false
		while IFS= read -r line; do
			case $line in
			"ok "[0-9]*) seen=$((seen + 1)) shown=false; point 0 "$program: ${line#* - }" ;;
			"not ok "[0-9]*) seen=$((seen + 1)) shown=true; point 1 "$program: ${line#* - }" ;;
			"#"*) ! $shown || printf '%s\n' "$line" ;;
			esac
		done < <(section "$program" "$console")
		point "$([ "$exit_status" = 0 ]; echo $?)" "$program: exit status ${exit_status:-unknown}"
		point $((seen == 0 || seen != ${planned:-0})) "$program: $seen of ${planned:-no} planned test points"
	done

	# VOF leaves the nvram empty, which the kernel calls a corruption
	splat=$(grep -v 'WARNING: nvram corruption detected: 0-length partition' "$console" |
		grep -m1 -E 'BUG:|WARNING:|Oops|Call Trace|scheduling while atomic|Kernel panic|Unable to handle' || true)
	point "$([ -z "$splat" ]; echo $?)" "no splat in the kernel's log"
	[ -z "$splat" ] || printf '# %s (see %s)\n' "$splat" "$console"
}
