#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Usage: mutants.t [--all|MUTANT...]
#
# Tests of the tests: with each mutant, a defect in the module, a cell of the matrix must fail or lose its guest. TAP. A
# file MUTANT.mutant has these lines:
#
#	cell KERNEL/CELL	the kernel, and the cell of the matrix
#	evidence REGEX		the output of the tests or the guest must match this; there can be several
#	file FILE		the file to change, with the commands for sed -E in the following lines. Each of them must
#				change something
#
# Without arguments, mutants are left out whose kernel is one of those that the matrix says are to be tried rarely.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/../lab/lib.sh"
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"

here=$top/tests/mutants
work=$cache/mutants
mkdir -p "$work"

# word MUTANT WORD: print the rest of its lines that begin with that word
word() { sed -n "s/^$2 //p" "$here/$1.mutant"; }

# mutate MUTANT FOLDER: make that change to the sources there; print an error if it cannot be made
mutate() {
	local line file=
	while IFS= read -r line; do
		case $line in
		"#"* | "cell "* | "evidence "*) ;;
		"file "*) file=$2/${line#file } ;;
		*)
			cp "$file" "$file.old"
			sed -i -E "$line" "$file"
			! cmp -s "$file" "$file.old" || echo "this changes nothing: $line"
			rm "$file.old"
			;;
		esac
	done <"$here/$1.mutant"
	[ -n "$file" ] || echo "it names no file"
}

# verdict MUTANT: print "caught", or why it was not caught
verdict() {
	local folder=$work/$1 status=0 sign wrong signs sources
	mapfile -t sources < <(module_sources)
	copy_sources "$folder" "${sources[@]}"
	wrong=$(mutate "$1" "$folder")
	[ -z "$wrong" ] || { echo "$wrong"; return; }
	signs=$(word "$1" evidence)
	[ -n "$signs" ] || { echo "it names no evidence"; return; }
	"$here/try" "$1" "$(word "$1" cell)" "$folder" || status=$?
	case $status in
	0) echo "the tests pass" ;;
	1 | 2)
		while IFS= read -r sign; do
			grep -qE -- "$sign" "$folder/said" || { echo "the tests fail, but without a sign of '$sign'"; return; }
		done <<<"$signs"
		echo caught
		;;
	4) echo "it does not build: $(reason "$folder/log")" ;;
	*) echo "the lab failed: $(tail -n 1 "$folder/said" 2>/dev/null || echo "see the messages above")" ;;
	esac
}

mutants=("$@")
if [ "${1:---all}" = --all ]; then
	mutants=()
	for mutant in "$here"/*.mutant; do
		mutant=$(basename "$mutant" .mutant)
		cell=$(word "$mutant" cell)
		{ [ $# -eq 0 ] && is_rare "${cell%/*}"; } || mutants+=("$mutant")
	done
fi
for mutant in "${mutants[@]}"; do
	[ -e "$here/$mutant.mutant" ] || lab_failed "there is no mutant '$mutant' in $here"
done

mapfile -t kernels < <(for mutant in "${mutants[@]}"; do word "$mutant" cell; done | cut -d/ -f1 | sort -u)
"$lab/prepare" "${kernels[@]}"

# two at a time
for mutant in "${mutants[@]}"; do
	[ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n || true
	(verdict "$mutant") >"$work/$mutant.verdict" &
done
wait

for mutant in "${mutants[@]}"; do
	is "$mutant is caught by $(word "$mutant" cell)" "$(cat "$work/$mutant.verdict")" caught
done
plan
