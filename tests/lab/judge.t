#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the judge with consoles that are written here, without a guest. TAP.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/judge.sh
. "$lab/judge.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# judged: judge $work/console as the lab's scripts do, and print the result
judged() {
	local status=0
	(
		count=0 failed=0
		judge "$work/console" first second
		plan || result=${result:-FAILED}
		echo "${result:-pass}"
	) >"$work/out" 2>"$work/err" || status=$?
	[ $status -eq 0 ] || echo "exit status $status: $(cat "$work/err")"
	tail -n 1 "$work/out"
}

# console: print a console without any problem
console() {
	cat <<-END
		[    0.123456] WARNING: nvram corruption detected: 0-length partition
		@kernel 6.12.107
		@begin first
		ok 1 - one
		# a transcript
		ok 2 - two
		1..2
		@end first 0
		@begin second
		ok 1 - one
		1..1
		@end second 0
		@begin log
		[    0.000000] Linux version 6.12.107 (debian-kernel@lists.debian.org)
		[   50.000000] kvm_ppc_compat: attached to kvm_hv, nested API v1
		@end log 0
		@tainted 12288
		@done
		[   51.000000] reboot: Power down
	END
}

# --- splats ---

# one_case: test the lines of one case
# shellcheck disable=SC2031 # name is no subshell's
one_case() {
	[ ${#lines[@]} -gt 0 ] || return 0
	is "$name: $expected" "$(printf '%s\n' "${lines[@]}" | splat - | sed 's/.*/FAILED/')" "${expected#pass}"
}
lines=()
while read -r line; do
	case $line in
	"= "*)
		one_case
		lines=()
		read -r _ expected name <<<"$line"
		;;
	"["*) lines+=("$line") ;;
	esac
done <"$lab/judge.cases"
one_case

# Each rule has a case that no other rule catches.
sed -n 's/^deny //p' "$lab/splats" >"$work/rules"
# shellcheck disable=SC2094 # nothing writes to it here
while IFS= read -r rule; do
	found=$(grep '^\[' "$lab/judge.cases" | grep -E -- "$rule" | grep -cvE -f <(grep -vxF -- "$rule" "$work/rules")) || true
	point $((found == 0)) "only this rule catches one of the cases: $rule"
done <"$work/rules"

console >"$work/console"
is "a console without any problem: pass" "$(judged)" pass
# The kernel prints emergencies at once, in the middle of a program's output.
sed '/^# a transcript/a[   12.345678] Oops: Kernel access of bad area, sig: 11 [#1]' <(console) >"$work/console"
is "a splat outside of the log: FAILED" "$(judged)" FAILED

# --- rules ---

# with_rules: print the verdict with the rules on stdin
with_rules() {
	local lab=$work
	cat >"$lab/splats"
	judged
}
console >"$work/console"
like "no rules: a failure of the lab" "$(with_rules </dev/null)" "exit status 3: *denies nothing*"
like "no rule that denies: a failure of the lab" "$(grep -v ^deny "$lab/splats" | with_rules)" "exit status 3: *denies nothing*"
like "a rule that is no expression: a failure of the lab" "$(echo 'deny (' | with_rules)" "exit status 3: *"
like "no file of rules: a failure of the lab" "$(lab=/nowhere; judged)" "exit status *"

# --- something is missing ---

# edited NAME EXPECTED SED-EXPRESSION: the verdict on a changed console
edited() {
	console | sed "$3" >"$work/console"
	is "$1: $2" "$(judged)" "$2"
}
: >"$work/console"
is "an empty console: LAB" "$(judged)" LAB
rm "$work/console"
is "no console: LAB" "$(judged 2>/dev/null)" LAB
edited "no log" LAB '/^@begin log/,/^@end log/d'
edited "an empty log" LAB '/^@begin log/,/^@end log/{/^@/!d}'
edited "a log without its beginning" LAB '/Linux version/d'
edited "a log without its end" LAB '/^@end log/d'
edited "dmesg fails" LAB 's/^@end log 0/@end log 1/'
edited "no taints" LAB '/^@tainted/d'
edited "an error instead of the taints" LAB 's/^@tainted .*/@tainted cat: no such file/'

# --- taints ---

while read -r number letter; do
	edited "tainted by $letter" FAILED "s/^@tainted .*/@tainted $((12288 + number))/"
	grep -q "^# also tainted by $letter\$" "$work/out"
	ok "the letter is printed" || true
done <<'END'
1 P
2 F
8 R
16 M
32 B
128 D
512 W
16384 L
32768 K
262144 N
1048576 ?
END
edited "not tainted" pass 's/^@tainted .*/@tainted 0/'

# --- programs ---

edited "a failed test point" FAILED '/^@begin second/,/^@end/s/^ok 1/not ok 1/'
edited "an exit status" FAILED 's/^@end first 0/@end first 139/'
edited "no exit status" FAILED '/^@end first/d'
edited "a test point too few" FAILED '/^@begin first/,/^@end/{/^ok 2/d}'
edited "no plan" FAILED '/^@begin first/,/^@end/{/^1\.\./d}'
edited "a plan for nothing" FAILED '/^@begin second/,/^@end/{/^ok/d; s/^1\.\.1/1..0/}'
edited "a program that did not run" FAILED '/^@begin second/,/^@end/d'
plan
