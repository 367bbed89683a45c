# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Judges what a guest has printed, as TAP. To be sourced after lib.sh.
#
# result becomes LAB if what is to be judged is not there.

# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"

# shellcheck disable=SC2034
result=

# Why the kernel may be tainted, by the letters of "Tainted:" in its messages: the module is out of tree and not
# signed by a key of the kernel's.
taints=OE

# section NAME CONSOLE: what a program printed in the guest
section() { sed -n "/^@begin $1\$/,/^@end $1 /{/^@/!p}" "$2"; }

# splat CONSOLE: the first line of it that tests/lab/splats does not let pass
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

# tainted NUMBER: its letters
tainted() {
	local letters=PFSRMBUDAWCIOELKXTNJ bit
	for ((bit = 0; $1 >> bit; bit++)); do
		(($1 >> bit & 1)) && printf '%s' "${letters:bit:1}"
	done
	return 0
}

# judge CONSOLE PROGRAM...: the test points of these, numbered anew, of their transcripts only what belongs to a
# failure; and what the kernel has to say
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

	# What is not there is not clean.
	line=$(sed -n 's/^@tainted //p' "$console")
	if [ "$(sed -n 's/^@end log //p' "$console")" != 0 ] || ! [[ $line =~ ^[0-9]+$ ]] ||
		! grep -q '] Linux version ' <(section log "$console"); then
		point 1 "the kernel's log, from its first line on, and how it is tainted (see $console)"
		result=LAB
		return
	fi
	unexpected=$(tainted "$line" | tr -d "$taints")
	point ${#unexpected} "the kernel is tainted by nothing but $taints"
	[ -z "$unexpected" ] || printf '# it is by %s\n' "$unexpected"
	line=$(splat "$console") || exit 3
	point ${#line} "no splat in the kernel's log"
	[ -z "$line" ] || printf '# %s (see %s)\n' "$line" "$console"
}
