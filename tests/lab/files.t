#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of files.sh: what it finds in the packages of distributions, and its messages for unusable packages. The packages are
# made up and have their files where the distributions have them. TAP.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"
# shellcheck source=tests/lab/make-packages.sh
. "$lab/make-packages.sh"
need rpmbuild:rpm rpm2cpio cpio zstd xz:xz-utils modinfo:kmod

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cache=$work/cache folder=$work/cache/kernel/yours
mkdir -p "$cache/kernel"
# the made-up programs never run
get_emulator() { :; }

# --- the packages ---

# elf MACHINE: print the first bytes of a program for it
elf() { printf '\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0%b\0\1\0\0\0%s' "$1" "program"; }
ppc64le='\x15' amd64='\x3e'

# config [NAME=VALUE...]: print the configuration of a kernel, by default with KVM-HV
config() {
	echo CONFIG_PPC_64K_PAGES=y
	[ $# -gt 0 ] || set -- GCC_VERSION=140200 KVM_BOOK3S_64_HV=m
	printf 'CONFIG_%s\n' "$@"
}

# headers FOLDER RELEASE [NAME=VALUE...]: put the headers that a flavour has, with that configuration
headers() {
	config "${@:3}" | put "$1/.config"
	echo "#define UTS_RELEASE \"$2\"" | put "$1/include/generated/utsrelease.h"
	echo modpost | put "$1/scripts/mod/modpost"
}

# shared FOLDER: put the headers that flavours share
shared() { echo kvm | put "$1/include/uapi/linux/kvm.h"; }

# --- the tests ---

# tried FILE...: print the exit status of get_files for these packages, and its last message
tried() {
	local status=0
	rm -rf "$folder" "$folder".{none,sums}
	(KERNEL_PACKAGES=${*/#/"$work/"} get_files yours) >"$work/out" 2>"$work/err" || status=$?
	printf '%s %s' "$status" "$(cat "$folder.none" 2>/dev/null || tail -n 1 "$work/err")"
}

# found: print the release, the suite of the compiler, "vmlinux", the modules, and the folders with the headers
found() {
	printf '%s %s %s %s %s %s\n' "$(cat "$folder/release")" "$(cat "$folder/suite")" "$(is_ppc64le "$folder/vmlinux" && echo vmlinux)" \
		"$(cat "$folder"/kvm{,-hv}.ko | paste -sd+)" "$(readlink "$folder/build")" "$(readlink "$folder/source")"
}

# Debian 13
release=6.12-powerpc64le
elf $ppc64le | put boot/vmlinux-$release
echo kvm | xz | put usr/lib/modules/$release/kernel/arch/powerpc/kvm/kvm.ko.xz
echo kvm-hv | xz | put usr/lib/modules/$release/kernel/arch/powerpc/kvm/kvm-hv.ko.xz
deb debian-image ppc64el
headers usr/src/linux-headers-$release $release
rm -r "$work/files/usr/src/linux-headers-$release/scripts"
link usr/src/linux-headers-$release/scripts ../../lib/linux-kbuild-6.12/scripts
deb debian-headers ppc64el
shared usr/src/linux-headers-6.12-common
deb debian-common all
echo modpost | put usr/lib/linux-kbuild-6.12/scripts/mod/modpost
deb linux-kbuild-6.12 "$(dpkg --print-architecture)"
elf $ppc64le | put usr/lib/linux-kbuild-6.12/scripts/mod/modpost
chmod 755 "$work/files/usr/lib/linux-kbuild-6.12/scripts/mod/modpost"
deb kbuild-ppc64el ppc64el
debian=(debian-image.deb debian-headers.deb debian-common.deb)
like "Debian" "$(tried "${debian[@]}" linux-kbuild-6.12.deb)" "0 *"
is "what is in it" "$(found)" \
	"$release trixie vmlinux kvm+kvm-hv headers/usr/src/linux-headers-$release headers/usr/src/linux-headers-6.12-common/"
like "with kbuild's programs for ppc64el" "$(tried "${debian[@]}" kbuild-ppc64el.deb)" "0 *"
like "which run in qemu-user under their own names" "$(cat "$folder/build/scripts/mod/modpost")" "*qemu-ppc64le*-0 \"\$0\"*"

# Ubuntu: signed, the modules in a package of their own, zstd throughout, /lib
release=6.8.0-31-generic
{ elf $ppc64le; echo '~Module signature appended~'; } | put boot/vmlinux-$release
deb ubuntu-image ppc64el zstd
config | put boot/config-$release
echo kvm | zstd -q | put lib/modules/$release/kernel/arch/powerpc/kvm/kvm.ko.zst
echo kvm-hv | zstd -q | put lib/modules/$release/kernel/arch/powerpc/kvm/kvm-hv.ko.zst
deb ubuntu-modules ppc64el zstd
headers usr/src/linux-headers-$release $release
link usr/src/linux-headers-$release/include/uapi ../../linux-headers-6.8.0-31/include/uapi
link lib/modules/$release/build /usr/src/linux-headers-$release
deb ubuntu-headers ppc64el zstd
shared usr/src/linux-headers-6.8.0-31
deb ubuntu-shared all zstd
ubuntu=(ubuntu-image.deb ubuntu-modules.deb ubuntu-headers.deb ubuntu-shared.deb)
like "Ubuntu" "$(tried "${ubuntu[@]}")" "0 *"
is "what is in it" "$(found)" "$release trixie vmlinux kvm+kvm-hv headers/usr/src/linux-headers-$release headers/usr/src/linux-headers-$release"

# Fedora
release=6.17.1-300.fc43.ppc64le
elf $ppc64le | put lib/modules/$release/vmlinuz
elf $ppc64le | put boot/vmlinuz-$release
echo hmac | put boot/.vmlinuz-$release.hmac
config | put lib/modules/$release/config
link lib/modules/$release/build /usr/src/kernels/$release
rpm_of kernel-core ppc64le
echo kvm | xz | put lib/modules/$release/kernel/arch/powerpc/kvm/kvm.ko.xz
echo kvm-hv | xz | put lib/modules/$release/kernel/arch/powerpc/kvm/kvm-hv.ko.xz
rpm_of kernel-modules-core ppc64le
headers usr/src/kernels/$release $release
shared usr/src/kernels/$release
elf $ppc64le | put usr/src/kernels/$release/scripts/mod/modpost
chmod 755 "$work/files/usr/src/kernels/$release/scripts/mod/modpost"
rpm_of kernel-devel ppc64le
fedora=(kernel-core.rpm kernel-modules-core.rpm kernel-devel.rpm)
like "Fedora" "$(tried "${fedora[@]}")" "0 *"
is "what is in it" "$(found)" "$release trixie vmlinux kvm+kvm-hv headers/usr/src/kernels/$release headers/usr/src/kernels/$release"
like "its programs run in qemu-user" "$(cat "$folder/build/scripts/mod/modpost")" "*qemu-ppc64le*"

# SUSE: the headers of a flavour in a folder without its name, the compressed kernel beside the one that boots
release=6.4.0-1-default
elf $ppc64le | put boot/vmlinux-$release
echo debug | gzip | put boot/vmlinux-$release.gz
echo kvm | gzip | put lib/modules/$release/kernel/arch/powerpc/kvm/kvm.ko.gz
echo kvm-hv | put lib/modules/$release/kernel/arch/powerpc/kvm/kvm-hv.ko
rpm_of kernel-default ppc64le
headers usr/src/linux-6.4.0-1-obj/powerpc/default $release GCC_VERSION=70500 KVM_BOOK3S_64_HV=m
link usr/src/linux-6.4.0-1-obj/ppc64le powerpc
link lib/modules/$release/build /usr/src/linux-6.4.0-1-obj/powerpc/default
link lib/modules/$release/source /usr/src/linux-6.4.0-1
rpm_of kernel-default-devel ppc64le
shared usr/src/linux-6.4.0-1
rpm_of kernel-devel-suse noarch
suse=(kernel-default.rpm kernel-default-devel.rpm kernel-devel-suse.rpm)
like "SUSE" "$(tried "${suse[@]}")" "0 *"
is "what is in it" "$(found)" "$release bookworm vmlinux kvm+kvm-hv headers/usr/src/linux-6.4.0-1-obj/powerpc/default headers/usr/src/linux-6.4.0-1/"

# image NAME: make a package of Debian's kernel with the image on stdin
image() {
	put boot/vmlinux-6.12-powerpc64le
	echo kvm | put usr/lib/modules/6.12-powerpc64le/kvm.ko
	echo kvm-hv | put usr/lib/modules/6.12-powerpc64le/kvm-hv.ko
	deb "$1" ppc64el
}
elf $ppc64le | gzip | image gzip-image
like "a compressed kernel" "$(tried gzip-image.deb "${debian[@]:1}" linux-kbuild-6.12.deb)" "0 *"
{ printf 'wrapper\x1f\x8b\x08no'; elf $ppc64le | gzip; echo wrapper; } | image wrapped-image
like "a zImage" "$(tried wrapped-image.deb "${debian[@]:1}" linux-kbuild-6.12.deb)" "0 *"
is "its kernel is found" "$(sha256sum <"$folder/vmlinux")" "$(elf $ppc64le | sha256sum)"

# --- unusable packages ---

like "no headers" "$(tried debian-image.deb)" "3 *these packages have no headers of Linux 6.12-powerpc64le: add linux-headers-6.12-powerpc64le*"
like "headers of another kernel" "$(tried debian-image.deb ubuntu-headers.deb ubuntu-shared.deb)" \
	"3 *these packages have Linux 6.12-powerpc64le, but the headers of 6.8.0-31-generic*"
like "no headers that flavours share" "$(tried "${debian[@]:0:2}" linux-kbuild-6.12.deb)" "3 *the headers of Linux 6.12-powerpc64le are incomplete*"
like "the same, of SUSE" "$(tried "${suse[@]:0:2}")" "3 *the headers of Linux 6.4.0-1-default are incomplete*kernel-devel*"
like "no programs of kbuild" "$(tried "${debian[@]}")" "3 *no scripts/mod/modpost*linux-kbuild*"
like "no modules of KVM" "$(tried ubuntu-image.deb "${ubuntu[@]:2}")" "3 *there is no kvm.ko of Linux 6.8.0-31-generic: add linux-modules-6.8.0-31-generic*"
like "no kernel" "$(tried "${ubuntu[@]:1}")" "3 *modules of Linux 6.8.0-31-generic, but not the kernel*"
like "headers only" "$(tried debian-headers.deb debian-common.deb)" "3 *there is no kernel in these packages"
like "two kernels" "$(tried "${debian[@]}" "${ubuntu[@]}")" "3 *more than one kernel: 6.12-powerpc64le,6.8.0-31-generic*"
elf $ppc64le | put boot/vmlinux-6.12-amd64
deb other-image amd64
like "another architecture" "$(tried other-image.deb)" "3 *other-image.deb is for amd64, not for ppc64el"
elf $amd64 | put boot/vmlinuz-6.12.x86_64
rpm_of other-core x86_64
like "the same, of an RPM package" "$(tried other-core.rpm)" "3 *other-core.rpm is for x86_64, not for ppc64le"
elf $amd64 | image amd64-image
like "the same, of the kernel in it" "$(tried amd64-image.deb "${debian[@]:1}" linux-kbuild-6.12.deb)" "3 *vmlinux is not a kernel for ppc64le"
head -c 300 "$work/debian-image.deb" >"$work/short.deb"
like "a damaged package" "$(tried short.deb)" "3 *short.deb is damaged*"
head -c -40 "$work/kernel-core.rpm" >"$work/short.rpm"
like "the same, of RPM" "$(tried short.rpm)" "3 *short.rpm is damaged*"
echo text >"$work/text.rpm"
like "no package" "$(tried text.rpm)" "3 *text.rpm is damaged, or not an RPM package"
echo text >"$work/text"
like "neither" "$(tried text)" "3 */text is neither a package*"
like "no file" "$(tried none.deb)" "3 *there is no file */none.deb"
echo text >"$work/kvm_ppc_compat.ko"
like "a module of no kernel" "$(tried "${debian[@]}" linux-kbuild-6.12.deb kvm_ppc_compat.ko)" "3 *kvm_ppc_compat.ko is built for Linux unknown, not for 6.12-powerpc64le"

elf $ppc64le | put boot/vmlinux-5.14-rhel
config KVM_BOOK3S_64_PR=m | put boot/config-5.14-rhel
deb without-kvm ppc64el
like "no KVM-HV" "$(tried without-kvm.deb)" "1 Linux 5.14-rhel is built without KVM_BOOK3S_64_HV"
elf $ppc64le | put boot/vmlinux-6.12-built-in
headers usr/src/linux-6.12 6.12-built-in
shared usr/src/linux-6.12
config GCC_VERSION=150100 KVM_BOOK3S_64_HV=y | put usr/src/linux-6.12/.config
deb built-in ppc64el
like "KVM in the kernel" "$(tried built-in.deb)" "0 *"
is "its compiler is newer than any that has a suite" "$(cat "$folder/suite")" sid
config GCC_VERSION=0 KVM_BOOK3S_64_HV=y CC_IS_CLANG=y | put boot/config-6.12-clang
elf $ppc64le | put boot/vmlinux-6.12-clang
headers usr/src/linux-6.12 6.12-clang
shared usr/src/linux-6.12
rm "$work/files/usr/src/linux-6.12/.config"
deb clang ppc64el
like "a kernel that clang has built" "$(tried clang.deb)" "0 *"
is "its compiler" "$(cat "$folder/suite") $(compiler yours)" "sid clang"

# tree: print the exit status of get_files for that tree, and its last message
tree() {
	local status=0
	rm -rf "$folder" "$folder".{none,sums}
	(KERNEL_BUILD=$work/tree get_files yours) >"$work/out" 2>"$work/err" || status=$?
	printf '%s %s' "$status" "$(cat "$folder.none" 2>/dev/null || tail -n 1 "$work/err")"
}
like "no tree" "$(tree)" "3 *there is no folder $work/tree"
mkdir -p "$work/tree/arch/powerpc/kvm"
like "nothing is built in a tree" "$(tree)" "3 *$work/tree has no vmlinux: build*"
headers . 6.12-mine
shared .
elf $ppc64le | put vmlinux
mkdir -p "$work/files/arch/powerpc/kvm"
rm -r "$work/tree"
mv "$work/files" "$work/tree"
like "no modules in a tree" "$(tree)" "3 *there is no kvm.ko of Linux 6.12-mine: build the modules in $work/tree, with make modules"
echo kvm >"$work/tree/arch/powerpc/kvm/kvm.ko"
echo kvm-hv >"$work/tree/arch/powerpc/kvm/kvm-hv.ko"
like "a tree" "$(tree)" "0 *"
is "what is in it" "$(found)" "6.12-mine trixie vmlinux kvm+kvm-hv $work/tree $work/tree"
is "the roots see it" "$(cat "$folder/mounts")" "$work/tree"
elf $ppc64le >"$work/tree/scripts/mod/modpost"
like "a tree from another machine" "$(tree)" "3 *the programs in $work/tree/scripts are for ppc64le*"
elf $amd64 >"$work/tree/vmlinux"
like "a tree of another architecture" "$(tree)" "3 *$work/tree/vmlinux is not a kernel for ppc64le"
like "both" "$(KERNEL_BUILD=$work/tree tried "${debian[@]}")" "3 *set KERNEL_PACKAGES or KERNEL_BUILD, not both"
like "neither of them" "$( (get_files yours) 2>&1; echo $?)" "*no kernel is given*3"
plan
