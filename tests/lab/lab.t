#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the lab itself: it distinguishes a failed test, a lost guest and its own failure, and its errors are one line
# that says what is missing. TAP.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"
kernel=6.12
"$lab/prepare" "$kernel"

work=$(mktemp -d "$cache/lab-test.XXXXXX")
trap 'rm -rf "$work" "$cache"/{kernel,initrd}/damaged{,.key}' EXIT

# run TAG COMMAND...: run with its own folder RUN
run() {
	local tag=$1 status=0
	shift
	RUN=$work/$tag "$@" >"$work/$tag.out" 2>"$work/$tag.err" || status=$?
	printf '%s\n' "$status" >"$work/$tag.status"
}

# verdict TAG: print the exit status of that run and the lab's lines on stderr, as one line
verdict() { printf '%s %s' "$(cat "$work/$1.status")" "$(grep '^lab: ' "$work/$1.err" | paste -sd' ')"; }

# result TAG: print the cell's result for the table
result() { cat "$work/$1"/*/*/result; }

# edited SED-EXPRESSION: make a changed copy of the matrix, and print its name
edited() {
	local matrix
	matrix=$(mktemp "$work/matrix.XXXXXX")
	sed "$1" "$lab/matrix" >"$matrix"
	echo "$matrix"
}

cell=v1-power9
quick=$kernel/$cell

# --- the three results; two boots side by side ---

MATRIX=$(edited "s/\(cell $cell .*\)0x4000000000000000/\10x6000000000000000/") run wrong "$lab/cell" "$quick" &
# The file exists before tail starts, so that tail uses inotify.
mkdir -p "$work/killed/$quick"
: >"$work/killed/$quick/console.raw"
run killed "$lab/cell" "$quick" &
job=$!
timeout 120 tail -n +1 --pid="$job" -f "$work/killed/$quick/console.raw" 2>/dev/null | grep -q -m1 '^@begin' || true
kill -KILL "$(cat "$work/killed/$quick/pid")"
wait
like "a wrong expectation is a failed test" "$(verdict wrong)" "1 "
like "its result" "$(result wrong)" FAILED
like "the failed test point is printed" "$(grep -c '^not ok .* conformance: cpu-version is back in both nodes' "$work/wrong.out")" 1
like "a guest that is killed is lost" "$(verdict killed)" "2 lab: $quick: guest lost: it was killed, *"
like "its result" "$(result killed)" LOST

ln -sfn "$kernel" "$cache/kernel/damaged"
LC_ALL=C sed 's/description=KVM_PPC_GET_COMPAT_CAPS/description=KVM_PPC_GOT_COMPAT_CAPS/g' "$cache/initrd/$kernel" >"$cache/initrd/damaged"
initrd_key damaged >"$cache/initrd/damaged.key"
MATRIX=$(edited "s/^kernel $kernel /kernel damaged /") run damaged "$lab/cell" "damaged/$cell" &
run crash "$lab/boot" "$kernel" "$cell" "$work/crash" -- crash &
wait
like "a damaged module is a failure of the lab" "$(verdict damaged)" "3 *kvm_ppc_compat.ko of this initramfs is damaged*"
like "its result" "$(result damaged)" LAB
like "a guest that crashes is lost" "$(verdict crash)" "2 *guest lost: it crashed: *Kernel panic*"

BOOT_TIMEOUT=1 run hang "$lab/cell" "$quick"
like "a guest that hangs is lost" "$(verdict hang)" "2 *guest lost: *did not end within 1 seconds*"
like "its result" "$(result hang)" LOST

MATRIX=$(edited "s/\(cell $cell .*\)cap-nested-hv=on/\1no-such-option=on/") run option "$lab/cell" "$quick"
like "QEMU that does not start is a failure of the lab" "$(verdict option)" "3 *QEMU does not start: *no-such-option*"

# --- the console of a good boot, and changed copies of it ---

run good "$lab/cell" "$quick"
like "a good cell passes" "$(verdict good)" "0 "
run judged "$lab/cell" "$quick" "$work/good/$quick/console"
like "its saved console passes" "$(verdict judged)" "0 "
sed 's/^\(# after: a5\*64 18\*1 00\*22 \)40\*1/\141*1/' "$work/good/$quick/console" >"$work/console"
run judged "$lab/cell" "$quick" "$work/console"
like "one byte that differs from the reference fails" "$(verdict judged) $(grep '^not ok' "$work/judged.out")" "1  not ok *the output equals the reference *"
sed '/^@begin log/,/^@end log/d' "$work/good/$quick/console" >"$work/console"
run judged "$lab/cell" "$quick" "$work/console"
like "no log of the kernel is a failure of the lab" "$(verdict judged)" "3 "

# --- the demo, whose output is in doc/testing.md ---

run demo env KERNEL="$kernel" "$lab/demo"
like "the demo works" "$(verdict demo)" "0 *"
# same_release: replace the kernel release, which changes with the archive, by one word
same_release() { sed -E 's/[0-9.]+[^ /,]*-powerpc64le/RELEASE/g; s/^ +//' "$@"; }
like "the document has all lines of its output" \
	"$(same_release "$work/demo.out" | grep -v '^detour: ' | grep -vxFf <(same_release "$top/doc/testing.md"))" ""
first_part() { same_release "$1" | sed -n '/^What a VMM sees:/,/^What kvm-ppc-compat prints/p'; }
is "its first part is that of the document" "$(first_part "$work/demo.out")" "$(first_part "$top/doc/testing.md")"
like "the session is complete" "$(cat "$work/demo.out")" \
	"*# kvm-ppc-compat status*# kvm-ppc-compat load*# kvm-ppc-compat status*# kvm-ppc-compat caps*# kvm-ppc-compat libvirt*"

# --- error messages ---

run kernel "$lab/check" no-such-kernel
like "an unknown kernel" "$(verdict kernel)" "3 *there is no kernel 'no-such-kernel'*6.12*"
run nothing env CELLS=kvm-pr "$lab/check" "$kernel"
like "no cell for a kernel" "$(verdict nothing)" "3 *nothing to test: no cell that matches 'kvm-pr' is for $kernel"
run cell "$lab/cell" "$kernel/no-such-cell"
like "an unknown cell" "$(verdict cell)" "3 *there is no cell 'no-such-cell'*"
MATRIX=$(edited "s/^\(cell $cell .*\)/\1 lifecycl/") run kind "$lab/cell" "$quick"
like "an unknown kind of cell" "$(verdict kind)" "3 *the cell $cell of the matrix has the unknown kind 'lifecycl'"
DEBIAN_MIRROR=http://localhost:9/debian CACHE=$work/cache run down "$lab/prepare" "$kernel"
like "an archive that is down" "$(verdict down)" "3 *cannot get kernel-$kernel from http://localhost:9/debian: the server does not answer: E: *"

mkdir "$work/bin"
find /usr/bin /usr/sbin /bin /sbin -maxdepth 1 \( -type f -o -type l \) ! -name mmdebstrap ! -name apt-get \
	-exec ln -sf -t "$work/bin" {} +
printf '#!/bin/sh\necho "E: no network here" >&2\nexit 100\n' >"$work/bin/apt-get"
chmod +x "$work/bin/apt-get"
PATH=$work/bin CACHE=$work/cache run tool "$lab/prepare" "$kernel"
like "a missing tool that cannot be installed" "$(verdict tool)" "3 *cannot install mmdebstrap: E: no network here*"

plan
