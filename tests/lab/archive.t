#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of archive.sh and kernels.sh with a small archive on loopback, which has the faults of a mirror that is being
# synced. TAP.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"
need apt-ftparchive:apt-utils gpg gpg-agent perl

work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; gpgconf --homedir "$work/gpg" --kill all; rm -rf "$work"' EXIT
native=$(dpkg --print-architecture)
archive=$work/archive
mkdir -p "$archive/pool" "$work/gpg"
chmod 700 "$work/gpg"
export GNUPGHOME=$work/gpg
gpg --quiet --batch --passphrase '' --quick-generate-key test@localhost ed25519 sign 2>/dev/null
gpg --quiet --export >"$work/keyring.gpg"

# --- the packages ---

# package NAME VERSION ARCHITECTURE [DEPENDS]: make a package of the files in $work/files
package() {
	mkdir -p "$work/files/DEBIAN"
	printf 'Package: %s\nVersion: %s\nArchitecture: %s\nMulti-Arch: foreign\nMaintainer: none <none@localhost>\nDescription: none\n' \
		"$1" "$2" "$3" >"$work/files/DEBIAN/control"
	[ -z "${4:-}" ] || echo "Depends: $4" >>"$work/files/DEBIAN/control"
	dpkg-deb -Znone --root-owner-group -b "$work/files" "$archive/pool/$1_${2}_$3.deb" >/dev/null
	rm -rf "$work/files"
}

# put FILE TEXT: make a file for the next package
put() {
	mkdir -p "$(dirname "$work/files/$1")"
	echo "$2" >"$work/files/$1"
}

# linux VERSION [IDENTIFIER]: make the packages of a kernel with 4K pages; its kvm.h has that identifier
linux() {
	local release=$1-powerpc64le headers=usr/src/linux-headers-$1
	put "boot/vmlinux-$release" vmlinux
	put "lib/modules/$release/kernel/kvm.ko" kvm
	put "lib/modules/$release/kernel/kvm-hv.ko" kvm-hv
	package "linux-image-$release" "$1-1" ppc64el
	put "$headers-powerpc64le/.config" CONFIG_PPC_4K_PAGES=y
	package "linux-headers-$release" "$1-1" ppc64el "linux-headers-$1-common (= $1-1), linux-kbuild-$1"
	put "$headers-common/include/uapi/linux/kvm.h" "#define ${2:-KVM_CAP_USER_MEMORY} 3"
	put "$headers-common/arch/powerpc/include/asm/reg.h" "#define PVR_ARCH_31_P11 0x0f000007"
	put "$headers-common/arch/powerpc/include/asm/hvcall.h" "#define H_GUEST_GET_CAPABILITIES 0x460"
	[ "${1%%.*}" -lt 7 ] || echo "#define H_GUEST_CAP_POWER11 1" >>"$work/files/$headers-common/arch/powerpc/include/asm/hvcall.h"
	package "linux-headers-$1-common" "$1-1" all
	package "linux-kbuild-$1" "$1-1" "$native"
}

linux 6.12.107
linux 6.12.117
linux 6.12.95
linux 6.12.200 KVM_CAP_PPC_COMPAT_CAPS
linux 7.2.13
linux 7.3.1 KVM_CAP_PPC_COMPAT_CAPS
linux 7.4 KVM_CAP_PPC_COMPAT_CAPS
package library 1 "$native"
package library 2 "$native"
package program 1 "$native" library
truncate -s 40M "$work/large"
mkdir "$work/files"
cp "$work/large" "$work/files"
package large 1 "$native"
(cd "$archive" && apt-ftparchive packages pool) >"$work/Packages"

# publish NAME SUITE CODENAME DAY PACKAGE_VERSION...: publish a release with these packages, dated that day of 2026-11. The
# version of a kernel selects all its packages.
publish() {
	local folder=$archive/dists/$1 architecture suite=$2 codename=$3 day=$4
	shift 4
	rm -rf "$folder"
	for architecture in "$native" ppc64el; do
		mkdir -p "$folder/main/binary-$architecture"
		awk -v RS= -v ORS='\n\n' -v wanted=" $* " -v architecture="$architecture" '
			{
				match($0, /Version: [^\n]*/)
				version = substr($0, RSTART + 9, RLENGTH - 9)
				match($0, /Package: [^\n]*/)
				name = substr($0, RSTART + 9, RLENGTH - 9) "_" version
				sub(/-1$/, "", version)
			}
			(index(wanted, " " name " ") || /Package: linux-/ && index(wanted, " " version " ")) &&
				$0 ~ "Architecture: (all|" architecture ")\n"' "$work/Packages" >"$folder/main/binary-$architecture/Packages"
	done
	apt-ftparchive -o APT::FTPArchive::Release::Suite="$suite" -o APT::FTPArchive::Release::Codename="$codename" \
		-o APT::FTPArchive::Release::Architectures="$native ppc64el" -o APT::FTPArchive::Release::Components=main \
		-o APT::FTPArchive::Release::Date="$day Nov 2026 08:00:00 +0000" \
		-o APT::FTPArchive::Release::ValidTime=86400 release "$folder" >"$work/Release"
	gpg --quiet --batch --yes --clearsign -o "$folder/InRelease" "$work/Release"
	# like most mirrors, only InRelease is signed
	rm -f "$folder/Release"
}

# --- the tests ---

"$lab/archive-server" "$archive" >"$work/port" &
server=$!
until [ -s "$work/port" ]; do
	kill -0 $server || lab_failed "the test's archive does not start"
	read -r -t 0.05 _ <> <(:) || true
done

cat >"$work/matrix" <<END
kernel 6.12   6.12 6.13 4K package trixie bookworm-backports
kernel 7.2    7.2  7.3  4K package sid testing
kernel native 7.3  -    4K package sid experimental
kernel 5.10   5.10 5.11 4K package bullseye
$(grep -E '^(fields|fact) ' "$lab/matrix")
END

# faults FAULT PATTERN...: from now on, the server has these faults
faults() {
	: >"$archive/faults"
	while [ $# -gt 0 ]; do
		echo "$1 $2" >>"$archive/faults"
		shift 2
	done
}

# run COMMAND: run with the functions of the lab, and with a new cache unless "same" is set. Prints its output, its errors
# and its exit status.
run() {
	local status=0
	[ -n "${same:-}" ] || rm -rf "$work/cache"
	# shellcheck disable=SC2016 # the inner shell's
	env -u LAB_STARTED CACHE="$work/cache" MATRIX="$work/matrix" DEBIAN_MIRROR="http://127.0.0.1:$(cat "$work/port")" \
		DEBIAN_KEYRING="$work/keyring.gpg" bash -c '. "$1/lib.sh"; eval "$2"' - "$lab" "$1" 2>&1 || status=$?
	echo "status $status"
}

# kernel NAME: get that kernel, and print its version and suite, the news and the detours
kernel() {
	run "if get $1; then what_it_is $1; (cd \$cache/kernel/$1; cat release suite news); fi; detours" | paste -sd' '
}
# program: get a package and its dependency, and print the files
program() {
	run "acquire tools \$(dpkg --print-architecture) trixie packages install program; ls \$cache/archive/tools" | paste -sd' '
}

publish trixie stable trixie 21 6.12.117 6.12.107 program_1 library_2 library_1 large_1
publish stable stable trixie 12 6.12.107 program_1 library_1
publish bookworm-backports oldstable-backports bookworm-backports 24 6.12.95
publish sid unstable sid 20 7.2.13
publish unstable unstable sid 20 7.2.13
publish testing testing forky 20 7.2.13
publish forky testing forky 20 7.2.13
publish experimental experimental rc-buggy 20 7.3.1

faults
like "nothing is missing: the newest kernel without a detour, although Release files have expired" "$(kernel 6.12)" \
	"lab: 6.12: unpacking 6.12.117-powerpc64le, of trixie 6.12.117-powerpc64le trixie status 0"
like "a package comes with its dependency" "$(program)" "Packages choice library_2_$native.deb program_1_$native.deb recipe suite status 0"
same=1
rm -r "$work/cache/archive"
sed -i "s,$work/cache,$work/former,g" "$work"/cache/apt/*/apt.conf
like "so it does in a cache that was moved" "$(program)" "Packages choice library_2_$native.deb program_1_$native.deb recipe suite status 0"
faults silent .
like "with a filled cache the archive is not contacted" "$(program)" "Packages choice * status 0"
same=

faults
# disk_of SIZE: get a package with the cache on a disk of that size
disk_of() {
	# shellcheck disable=SC2016 # the inner shell's
	run 'unshare --mount bash -c '\''. "$1/lib.sh"; mount -t tmpfs -o size='"$1"' full "$cache"; acquire tools "$(dpkg --print-architecture)" trixie packages install large'\'' - "$1"' |
		paste -sd' '
}
rm -rf "$work/cache"
mkdir "$work/cache"
same=1
like "a disk without room for the lists" "$(disk_of 300k)" "*lab: failed: cannot get tools: the disk of $work/cache is full: make room there status 3"
like "a disk without room for a package" "$(disk_of 40m)" "lab: failed: cannot get tools from *: trixie: E: You don't have enough free space in $work/cache/archive/tools/*status 3"
same=

faults missing 6.12.117
like "a file is missing: the other name of the release" "$(kernel 6.12)" \
	"*detour: trixie is read by its other name, stable, in its state of 12 November 2026: the mirror lacks linux-*6.12.117*, which trixie names in its index of 21 November 2026 * 6.12.107-powerpc64le trixie trixie is read by its other name*status 0"
like "a detour with ARCHIVE_STRICT=1 is a failure" "$(ARCHIVE_STRICT=1 kernel 6.12)" "*failed: trixie is read by its other name*ARCHIVE_STRICT=1 allows no detour* status 3"
same=1
kernel 6.12 >/dev/null
like "the next set is from the same state" "$(program)" "*library_1_$native.deb program_1*status 0"
same=

publish stable stable trixie 12 6.12.117 6.12.107 program_1 library_2 library_1
like "a file is missing under both names: an older kernel of the same index" "$(kernel 6.12)" \
	"*detour: kernel-6.12 is an older version from trixie of 21 November 2026: the mirror lacks *6.12.117*; the mirror lacks *which stable names* 6.12.107-powerpc64le trixie * status 0"
faults missing library_2
like "an older version of a dependency" "$(program)" "*detour: tools is an older version from trixie*library_2*library_1_$native.deb program_1*status 0"
faults missing 6.12.1
like "none of the release: a kernel of another release" "$(kernel 6.12)" \
	"*detour: kernel-6.12 comes from bookworm-backports of 24 November 2026: the mirror lacks * 6.12.95-powerpc64le bookworm-backports *status 0"
faults missing 6.12
like "nothing helps: a failure that names the missing files, the releases, and what to do" "$(kernel 6.12)" \
	"lab: failed: cannot get kernel-6.12 from http://127.0.0.1:*: the mirror lacks *6.12.117*, which trixie names*; the mirror lacks *, which bookworm-backports names*. Try again later, or set DEBIAN_MIRROR to another mirror status 3"
faults missing program
like "the same for other packages" "$(program)" "lab: failed: cannot get tools from *: the mirror lacks program_1_$native.deb, which trixie names*status 3"

publish stable stable trixie 12 6.12.107 program_1 library_1
faults missing dists/trixie/main
like "lists are missing: the other name" "$(kernel 6.12)" "*detour: trixie is read by its other name, stable,*the lists of trixie cannot be read: *6.12.107-powerpc64le trixie *status 0"
faults short 6.12.117
like "a file is cut short: the other name" "$(kernel 6.12)" "*detour: trixie is read by its other name, stable,*the mirror lacks *6.12.117*6.12.107-powerpc64le trixie *status 0"
faults silent library
started=$SECONDS
like "a server that hangs in a file" "$(ARCHIVE_TIMEOUT=1 program)" "*failed: cannot get tools from *: the server does not answer: *status 3"
faults silent dists
like "a server that hangs" "$(ARCHIVE_TIMEOUT=1 kernel 6.12)" "*failed: cannot get kernel-6.12 from *: the server does not answer: *status 3"
is "the timeouts are short" "$((SECONDS - started <= 15))" 1
faults
like "a release that no longer exists: its kernel is skipped" "$(kernel 5.10)" \
	"lab: 5.10: the archive has no such kernel: bullseye is not in the archive status 0"

like "native is from experimental" "$(kernel native)" "*7.3.1-powerpc64le experimental status 0"
publish experimental experimental rc-buggy 20 7.4
like "a later native kernel" "$(kernel native)" "*7.4-powerpc64le experimental status 0"
publish experimental experimental rc-buggy 20
like "no native kernel" "$(kernel native)" "*native: the archive has no such kernel: sid of 20 November 2026 has none; *experimental of 20 November 2026 has none; * status 0"
publish sid unstable sid 20 7.3.1
publish unstable unstable sid 20 7.3.1
like "7.3 has moved to sid: native" "$(kernel native)" "*7.3.1-powerpc64le sid status 0"
like "7.2 is then from testing" "$(kernel 7.2)" "*7.2.13-powerpc64le testing status 0"
publish trixie stable trixie 21 6.12.200
like "a kernel before 7.3 with the feature is reported" "$(kernel 6.12)" \
	"*6.12.200-powerpc64le trixie 6.12: Linux 6.12.200-powerpc64le has KVM_CAP_PPC_COMPAT_CAPS, which Linux has since 7.3 status 0"
same=1
like "it counts as native" "$(run 'role 6.12' | paste -sd' ')" "native status 0"

plan
