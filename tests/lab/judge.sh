# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Judges the console of a guest, as TAP. To be sourced after lib.sh.
#
# Sets result to LAB if the console lacks something that every console must have.

# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"

# shellcheck disable=SC2034
result=

# The permitted taints, as letters of "Tainted:" in kernel messages: O, out-of-tree module; E, without a trusted signature.
taints=OE

# section NAME CONSOLE: print the output of that program in the guest
section() { sed -n "/^@begin $1\$/,/^@end $1 /{/^@/!p}" "$2"; }

# splat CONSOLE: print its first line that is a splat according to tests/lab/splats
splat() {
	local rules
	rules=$(sed -nE 's/^(deny|allow|trace) (.+)/\1 \2/p' "$lab/splats")
	grep -q '^deny ' <<<"$rules" || lab_failed "$lab/splats denies nothing"
	RULES=$rules awk '
		BEGIN {
			rules = split(ENVIRON["RULES"], lines, "\n")
			for (i = 1; i <= rules; i++) {
				word = lines[i]
				sub(/ .*/, "", word)
				known = word in rule ? rule[word] "|" : ""
				rule[word] = known substr(lines[i], length(word) + 2)
			}
		}
		"trace" in rule && $0 ~ rule["trace"] { expected = NR + 6 }
		$0 !~ rule["deny"] || "allow" in rule && $0 ~ rule["allow"] { next }
		/Call Trace:/ && NR <= expected { expected = 0; next }
		{ print; exit }' "$1"
}

# tainted NUMBER: print its letters, "?" for one that this list does not have
tainted() {
	local letters=PFSRMBUDAWCIOELKXTNJ bit letter
	for ((bit = 0; $1 >> bit; bit++)); do
		letter=${letters:bit:1}
		(($1 >> bit & 1)) && printf '%s' "${letter:-?}"
	done
	return 0
}

# judge CONSOLE PROGRAM...: print the test points of these programs with new numbers, and the lines after a failed one; then
# test points for the kernel log and the taints
judge() {
	local console=$1 program planned exit_status seen shown line unexpected
	shift
	if [ ! -s "$console" ]; then
		point 1 "something has been printed (see $console)"
		result=LAB
		return
	fi
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
		point "$([ $seen -gt 0 ] && [ "$seen" = "$planned" ]; echo $?)" "$program: $seen of ${planned:-no} planned test points"
	done

	# A missing or incomplete log is not a clean log.
	line=$(sed -n 's/^@tainted //p' "$console")
	if [ "$(sed -n 's/^@end log //p' "$console")" != 0 ] || ! [[ $line =~ ^[0-9]+$ ]] ||
		! grep -q '] Linux version ' <(section log "$console"); then
		point 1 "the console has the whole kernel log and the taints (see $console)"
		result=LAB
		return
	fi
	unexpected=$(tainted "$line" | tr -d "$taints")
	point ${#unexpected} "the kernel is tainted by nothing but $taints"
	[ -z "$unexpected" ] || printf '# also tainted by %s\n' "$unexpected"
	line=$(splat "$console") || exit 3
	point ${#line} "no splat in the kernel's log"
	[ -z "$line" ] || printf '# %s (see %s)\n' "$line" "$console"
}
