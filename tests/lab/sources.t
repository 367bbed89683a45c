#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests that guests always get the current files of the checkout, whatever their modification times, and even if another
# checkout uses the same cache. TAP.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"
kernel=6.12
# it is built in the same root, after the other
next=6.12-64k

work=$(mktemp -d "$cache/sources-test.XXXXXX")
kvm_hv=$cache/kernel/$kernel/kvm-hv.ko
trap '[ ! -e "$work/kvm-hv.ko" ] || mv "$work/kvm-hv.ko" "$kvm_hv"; rm -rf "$work"; "$lab/prepare" $kernel $next >/dev/null 2>&1' EXIT
export CACHE=$cache
for checkout in one two; do
	mkdir "$work/$checkout"
	(cd "$top" && git ls-files -z | xargs -0 cp -p --parents -t "$work/$checkout")
done

# prepared CHECKOUT [KERNEL]: prepare the kernel, and another one, with that checkout, and print the exit status
prepared() {
	local status=0
	"$work/$1/tests/lab/prepare" "$kernel" "${@:2}" >"$work/log" 2>&1 || status=$?
	echo $status
}

# guest: print a hash of everything that a guest gets from the checkout
guest() { cpio -i --quiet --to-stdout 'lib/modules/*/kvm_ppc_compat.ko' 'bin/*' init tap.sh <"$cache/initrd/$kernel" | sha256sum; }

# guest_has TEXT: print in how many lines of the initramfs it is
guest_has() { grep -caF -- "$1" "$cache/initrd/$kernel" || true; }

# changes NAME FILE OLD NEW: a guest gets the changed file, and also the original one when it comes back with an older time
changes() {
	local name=$1 file=$work/one/$2 old=$3 new=$4 before
	before=$(guest)
	mv "$file" "$work/saved"
	sed "s/$old/$new/" "$work/saved" >"$file"
	isnt "there is something to change in the $name" "$(diff "$file" "$work/saved" | wc -l)"
	is "$name is changed: prepare" "$(prepared one)" 0
	isnt "$name is changed" "$(diff <(guest) <(echo "$before") | wc -l)"
	touch -d '2 days ago' "$work/saved"
	mv "$work/saved" "$file"
	is "an older $name comes back: prepare" "$(prepared one)" 0
	is "an older $name comes back" "$(guest)" "$before"
}

# isnt NAME COUNT: a test point, passed if the count is not 0
isnt() { point "$([ "$2" -gt 0 ]; echo $?)" "$1"; }

is "prepare" "$(prepared one)" 0
changes "source of the module" src/module/main.c "waiting for kvm_hv to be loaded" "waiting for nothing to be loaded"
changes "header of the client" include/kvm_ppc_compat.h "return 0x0f000005" "return 0x0f000004"
changes "program for guests" tests/guest/truth.c "refuses" "rejects"
changes "header of such programs" tests/guest/tap.h "%sok %u - " "%sok  %u - "
changes "script for guests" tests/guest/init "echo \"@done\"" "echo \"@ready\""
changes "source of the tool" src/tool/kvm-ppc-compat.c "unknown command" "strange command"

# --- deleted files ---

echo >"$work/one/src/module/extra.h"
echo '#include "extra.h"' >>"$work/one/src/module/caps.h"
is "a header more: prepare" "$(prepared one $next)" 0
rm "$work/one/src/module/extra.h"
is "a header that is needed has been deleted: prepare" "$(prepared one $next)" 3
like "it says which" "$(cat "$work/log")" "*extra.h*"
is "no kernel of that root can boot" "$(cd "$cache/initrd" && ls "$kernel" "$next" 2>/dev/null)" ""
cp "$top/src/module/caps.h" "$work/one/src/module"

# --- a kernel whose modules change, and nothing else ---

is "prepare" "$(prepared one)" 0
cp -p "$kvm_hv" "$work"
echo "a change of kvm_hv" >>"$kvm_hv"
is "kvm-hv.ko is changed: prepare" "$(prepared one)" 0
is "it is changed in the guest" "$(guest_has "a change of kvm_hv")" 1
mv "$work/kvm-hv.ko" "$kvm_hv"

# --- two checkouts ---

is "one checkout: prepare" "$(prepared one)" 0
sed -i 's/waiting for kvm_hv to be loaded/waiting for two to be loaded/' "$work/two/src/module/main.c"
is "another: prepare" "$(prepared two)" 0
isnt "the other's module is there" "$(guest_has "waiting for two to be loaded")"
like "the first does not boot with it" "$("$work/one/tests/lab/boot" $kernel v1-power9 "$cache/sources-test" -- crash 2>&1; echo $?)" \
	"*$kernel was prepared from other sources than this checkout has*3"
is "the first again: prepare" "$(prepared one)" 0
is "the other's module is not there" "$(guest_has "waiting for two to be loaded")" 0
plan
