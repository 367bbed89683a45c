# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Keeps results: a test that has passed is not repeated until something that it depends on changes. To be sourced after
# lib.sh. Results that depend on chance must not be kept.

# digest: print one digest of the files whose names are on stdin, by name and contents. A missing file is a failure of the
# lab.
digest() {
	local sums
	sums=$(sort | xargs -r -d '\n' b2sum --length=256 --) || lab_failed "cannot determine what a result depends on: a file is missing"
	[ -n "$sums" ] || lab_failed "cannot determine what a result depends on: no file is named"
	b2sum --length=256 <<<"$sums" | cut -c1-64
}

# lab_files: print the files on which every boot depends, besides the matrix: the scripts and references of the lab, QEMU,
# its libraries and firmware
lab_files() {
	local root=$cache/root/$tools_suite libraries
	find "$lab" "$top/tests/tap.sh" -type f ! -name '*.t' ! -name '*.cases' ! -path "$lab/matrix"
	printf '%s\n' "$root"/usr/{bin/qemu-system-ppc64,share/qemu/{vof.bin,slof.bin,skiboot.lid}}
	# shellcheck disable=SC2016 # the inner shell's
	libraries=$(in_root "$tools_suite" sh -c 'set -- /lib*/ld*.so.* && "$1" --list /usr/bin/qemu-system-ppc64') || libraries=
	[ -n "$libraries" ] || lab_failed "cannot determine which libraries QEMU uses"
	grep -o ' /[^ ]*' <<<"$libraries" | sed "s,^ ,$root," | sort -u
}

# boot_key KERNEL FILE...: print the key for the result of a boot of that kernel with these files
boot_key() {
	local kernel=$1 files line
	shift
	files=$({ lab_files; printf '%s\n' "$cache/kernel/$kernel"/{vmlinux,facts} "$@"; } | digest) || exit
	line=$(matrix_line kernel "$kernel") || exit
	{ grep -v '^kernel ' "${MATRIX:-$lab/matrix}"; echo "$line $files ${CPUS:-} ${MEMORY:-}"; } | b2sum --length=256 | cut -c1-64
}

# kept NAME KEY: print the output of the test that passed with that key; fails if there is none
kept() {
	[ -n "$2" ] && [ "$(sed '/^$/q' "$cache/kept/$1" 2>/dev/null)" = "$2" ] && sed '1,/^$/d' "$cache/kept/$1"
}

# keep NAME KEY: keep the output on stdin for kept()
keep() {
	mkdir -p "$(dirname "$cache/kept/$1")"
	{ printf '%s\n\n' "$2"; cat; } >"$cache/kept/$1.new"
	mv "$cache/kept/$1.new" "$cache/kept/$1"
}
