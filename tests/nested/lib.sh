# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The initramfs of a host of nested guests. To be sourced.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lab/lib.sh"

# make_debian SUITE[+libvirt]: the files of that suite's QEMU for ppc64el, or of its libvirt too, and of all that they
# depend on
make_debian() {
	local suite=${1%+libvirt} folder=$cache/nested/$1 set=nested-$1 version packages=(qemu-system-ppc)
	[ ! -e "$folder.version" ] || return 0
	need arch-test
	mkdir -p "$cache/nested"
	[ "$suite" = "$1" ] || packages+=(libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients)
	acquire "$set" ppc64el "$suite" packages install "${packages[@]}" ||
		lab_failed "there is no $suite: $(cat "$cache/archive/$set.none")"
	version=$(awk '/^Package: / { package = $2 } /^Version: / && package == "qemu-system-ppc" { print $2 }' "$cache/archive/$set/Packages")
	say "$1: making a ppc64el root with QEMU $version (half a minute)"
	rm -rf "$folder"
	unpack_root "$set" "$folder" "$cache/log/$set" "${files_only[@]}" --include="$(commas "${packages[@]}")" --arch=ppc64el \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*'
	rm -rf "$cache/archive/$set"
	printf '%s\n' "$version" >"$folder.version"
}

# make_initrd SUITE[+libvirt] KERNEL: the kernel's own, and a second archive that has the Debian, and in it a kernel and
# an initramfs for nested guests
make_initrd() {
	local suite=$1 kernel=$2 staging=$cache/nested/staging applet
	rm -rf "$staging"
	mkdir -p "$staging"/{l2/bin,l2/dev,l2/proc,l2/sys,l1/bin}
	cp "$cache/busybox/busybox" "$staging/l2/bin"
	cp "$top/tests/nested/l2-init" "$staging/l2/init"
	cp -al "$cache/nested/$suite" "$staging/l1/debian"
	mkdir "$staging/l1/debian/l2"
	cp "$cache/kernel/$kernel/vmlinux" "$top"/tests/nested/{l1,libvirt} "$staging/l1/debian/l2"
	(cd "$staging/l2" && find . | cpio -o -H newc --quiet) >"$staging/l1/debian/l2/initrd"
	for applet in chroot grep tail timeout; do
		ln -s busybox "$staging/l1/bin/$applet"
	done
	{ cat "$cache/initrd/$kernel"; (cd "$staging/l1" && find . | cpio -o -H newc --quiet); } >"$cache/nested/$suite-$kernel.initrd"
	rm -rf "$staging"
}
