#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of kept.sh: a change of anything that a result depends on changes the key. TAP.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/kept.sh
. "$lab/kept.sh"
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"

# a lab with a QEMU that uses one library, and a kernel
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$lab" "$work/lab"
lab=$work/lab cache=$work/cache
root=$cache/root/$tools_suite
mkdir -p "$root"/usr/{bin,lib,share/qemu} "$cache"/{kernel/k,initrd}
for file in "$root"/usr/{bin/qemu-system-ppc64,lib/libglib.so,share/qemu/{vof.bin,slof.bin,skiboot.lid}} "$cache"/{kernel/k/{vmlinux,facts},initrd/k}; do
	echo "$file" >"$file"
done
printf '%s\n' 'kernel k 6.12 6.13 4K package suite' 'kernel other 6.12 6.13 4K package suite' 'cell c POWER10 pseries 0x0' >"$lab/matrix"
in_root() { printf '\tlibglib.so => /usr/lib/libglib.so (0x0)\n'; }

key() { boot_key k "$cache/initrd/k"; }
before=$(key)
like "there is a key" "$before" "????????????????????????????????????????????????????????????????"
is "it remains the same" "$(key)" "$before"

# changes NAME COMMAND...: the command changes the key
changes() {
	local name=$1 after
	shift
	"$@"
	after=$(key)
	[ -n "$after" ] && [ "$after" != "$before" ]
	point $? "another $name, another key" || true
	before=$after
}
set +e
changes "machine in the matrix" sed -i 's/POWER10/POWER9/' "$lab/matrix"
changes "line of that kernel" sed -i 's/^kernel k .*/& extra/' "$lab/matrix"
sed 's/pseries/powernv/' "$lab/matrix" >"$work/matrix"
changes "matrix in use" export MATRIX="$work/matrix"
for script in lib.sh kernels.sh boot cell judge.sh splats kept.sh prepare config/base reference/4K/v1-power9; do
	changes "$script" eval "echo '# changed' >>'$lab/$script'"
done
changes "QEMU" eval "echo >>'$root/usr/bin/qemu-system-ppc64'"
changes "library of QEMU" eval "echo >>'$root/usr/lib/libglib.so'"
for firmware in vof.bin slof.bin skiboot.lid; do
	changes "$firmware" eval "echo >>'$root/usr/share/qemu/$firmware'"
done
changes "kernel" eval "echo >>'$cache/kernel/k/vmlinux'"
changes "fact about the kernel" eval "echo >>'$cache/kernel/k/facts'"
changes "initramfs" eval "echo >>'$cache/initrd/k'"
changes "number of CPUs" export CPUS=1
changes "size of the memory" export MEMORY=2G
sed -i '/^kernel other/d' "$work/matrix"
is "the line of another kernel makes no difference" "$(key)" "$before"
touch -d 1970-01-01 "$cache/initrd/k"
is "its time makes no difference" "$(key)" "$before"

# without NAME FILE: there is no key without that file
without() {
	mv "$2" "$2.away"
	like "without $1: a failure of the lab" "$( (key) 2>&1; echo $?)" "*cannot determine *3"
	mv "$2.away" "$2"
}
without "QEMU" "$root/usr/bin/qemu-system-ppc64"
without "its library" "$root/usr/lib/libglib.so"
without "the initramfs" "$cache/initrd/k"
without "the kernel" "$cache/kernel/k/vmlinux"
in_root() { return 1; }
like "without the list of libraries: a failure of the lab" "$( (key) 2>&1; echo $?)" "*cannot determine *3"

echo output | keep a/test "$before"
is "kept output is printed" "$(kept a/test "$before")" output
is "not with another key" "$(kept a/test "$before.")" ""
is "not without a key" "$(keep a/none "" <<<output; kept a/none "")" ""
is "not of another test" "$(kept another/test "$before")" ""
plan
