#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of KERNEL_PACKAGES and KERNEL_BUILD with real packages: one kernel that its own build packs for dpkg and rpm, and that
# is packed again as Fedora and SUSE do. check must give the same verdict for each, and for the build tree. TAP.

# shellcheck source=tests/packages/lib.sh
. "$(dirname "$0")/../packages/lib.sh"
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"
# shellcheck source=tests/lab/make-packages.sh
. "$lab/make-packages.sh"
need rpmbuild:rpm rpm2cpio cpio zstd xz:xz-utils

work=$cache/packagings tree=$cache/packagings/tree
mkdir -p "$work" "$cache/log"

# in_tools COMMAND...: run in the root with the tools, with a low priority
in_tools() { KCFLAGS=-O1 in_root "$(oldest)-tools" nice "$@"; }

# --- the kernel ---

# build: build the kernel and its own packages, unless they are there
build() {
	local log=$cache/log/packagings options key
	options=$(sed '/^CONFIG/!d' "$lab/config/base"; printf 'CONFIG_%s\n' PPC_64K_PAGES=y MODVERSIONS=y LIVEPATCH=y)
	get_source 6.12-rhel ||
		lab_failed "the archive has no Linux 6.12: $(cat "$cache/archive/source-6.12.none")"
	make_tools "$(oldest)"
	key="$(oldest) $(sha256sum <"$cache/source/6.12/Makefile") $options"
	! is_made "$work/key" "$key" || return 0
	rm -rf "${work:?}"/*
	cp -al "$cache/source/6.12" "$tree"
	printf '%s\n' "$options" >"$work/options"
	tree_make() {
		in_tools make -C /cache/packagings/tree ARCH=powerpc CROSS_COMPILE=powerpc64le-linux-gnu- -j"$(nproc)" "$@" \
			>>"$log" 2>&1 || lab_failed "make $*: $(reason "$log") (see $log)"
	}
	say "building a kernel and its packages (some 6 minutes on 2 cores; $log shows the progress)"
	: >"$log"
	tree_make KCONFIG_ALLCONFIG=/cache/packagings/options allnoconfig
	tree_make vmlinux modules
	# it checks for libssl-dev, which this kernel does not need
	tree_make bindeb-pkg DPKG_FLAGS=-d
	# kbuild leaves out kernel-devel if it cross compiles, unless this variable is empty
	tree_make binrpm-pkg rpm-no-devel=
	printf '%s\n' "$key" >"$work/key"
}
build
release=$(cat "$tree/include/config/kernel.release")

# --- the packages of distributions ---

# what the kernel's own RPM packages have, and the kernel without symbols
rm -rf "$work/parts" "$work/files"
for file in "$tree"/rpmbuild/RPMS/ppc64le/kernel-[0-9d]*.rpm; do
	unpack_package "$file" "$work/parts"
done
in_tools powerpc64le-linux-gnu-strip -s -o /cache/packagings/vmlinux /cache/packagings/tree/vmlinux
modules=$work/parts/usr/lib/modules/$release devel=$work/parts/usr/src/kernels/$release

# put_modules FOLDER COMPRESS SUFFIX PATTERN: put those modules, compressed
put_modules() {
	local file
	for file in $(cd "$modules" && find kernel -name "$4"); do
		$2 <"$modules/$file" | put "$1/$file$3"
	done
}

# Fedora
put "lib/modules/$release/vmlinuz" <"$work/vmlinux"
put "lib/modules/$release/config" <"$tree/.config"
link "lib/modules/$release/build" "/usr/src/kernels/$release"
rpm_of kernel-core ppc64le
put_modules "lib/modules/$release" xz .xz 'kvm*.ko'
rpm_of kernel-modules-core ppc64le
put_modules "lib/modules/$release" xz .xz 'vfio*.ko'
rpm_of kernel-modules ppc64le
mkdir -p "$work/files/usr/src/kernels"
cp -a "$devel" "$work/files/usr/src/kernels"
rpm_of kernel-devel ppc64le

# SUSE: generated files are in kernel-default-devel, those of the sources in kernel-devel
put "usr/lib/modules/$release/vmlinux" <"$work/vmlinux"
put "usr/lib/modules/$release/config" <"$tree/.config"
put_modules "usr/lib/modules/$release" "zstd -q" .zst '*.ko'
rpm_of kernel-default ppc64le
flavour=usr/src/linux-6.12-1-obj/powerpc/default
(cd "$devel" && find . -type f ! -path './.config' | while read -r file; do
	[ -e "$cache/source/6.12/$file" ] || printf '%s\n' "$file"
done) >"$work/generated"
mkdir -p "$work/files/$flavour"
tar -c -C "$devel" -T "$work/generated" | tar -x -C "$work/files/$flavour"
put "$flavour/.config" <"$tree/.config"
echo "include ../../../linux-6.12-1/Makefile" | put "$flavour/Makefile"
link usr/src/linux-6.12-1-obj/ppc64le powerpc
link "usr/lib/modules/$release/build" "/$flavour"
link "usr/lib/modules/$release/source" /usr/src/linux-6.12-1
rpm_of kernel-default-devel ppc64le
mkdir -p "$work/files/usr/src/linux-6.12-1"
tar -c -C "$devel" -X "$work/generated" . | tar -x -C "$work/files/usr/src/linux-6.12-1"
rm -rf "$work/files/usr/src/linux-6.12-1/"{.config,include/config,include/generated}
rpm_of kernel-devel-source noarch
echo '%kernel_macros 1' | put usr/lib/rpm/macros.d/macros.kernel-source
rpm_of kernel-macros noarch

# --- the tests ---

# checked NAME VARIABLE=VALUE [ARGUMENT...]: a test point for check's verdict on that kernel: it works
checked() {
	local name=$1 variable=$2 status=0 started=$SECONDS
	shift 2
	env "$variable" CELLS=v2-power10 "$lab/check" "$@" >"$work/check.$name" 2>&1 || status=$?
	is "$name" "$status $(sed -n 's/^verdict: //p' "$work/check.$name")" \
		"0 works: Linux $release with the module answers as the reference in 1 of 1 machines"
	echo "# $name: $((SECONDS - started)) s"
	[ "$status" -eq 0 ] || grep '^lab: ' "$work/check.$name" | sed 's/^/# /'
}

checked "deb files of make bindeb-pkg" KERNEL_PACKAGES="$work/linux-*.deb"
checked "rpm files of make binrpm-pkg" KERNEL_PACKAGES="$tree/rpmbuild/RPMS/ppc64le/*.rpm"
like "their programs for ppc64le run in qemu-user" "$(cat "$cache/kernel/yours/build/scripts/mod/modpost")" "*qemu-ppc64le*"
like "the report has the packages" "$(cat "$cache/report.txt")" "verdict: works: *kernel-devel-*.rpm*CONFIG_LIVEPATCH=y*v2-power10 *pass*"
checked "Fedora's packages" KERNEL_PACKAGES="$work/kernel-core.rpm $work/kernel-modules-core.rpm $work/kernel-modules.rpm $work/kernel-devel.rpm"
checked "SUSE's packages" KERNEL_PACKAGES="$work/kernel-default.rpm $work/kernel-default-devel.rpm $work/kernel-devel-source.rpm $work/kernel-macros.rpm"
checked "the build tree" KERNEL_BUILD="$tree"
cp "$cache/module/yours/kvm_ppc_compat.ko" "$work"
checked "deb files and the module that was built for the tree, by check-full" KERNEL_PACKAGES="$work/linux-*.deb $work/kvm_ppc_compat.ko" --full

# --- other verdicts ---

# verdict_is NAME PATTERN VARIABLE=VALUE...: a test point for exit status and verdict
verdict_is() {
	local name=$1 pattern=$2 status=0
	shift 2
	env CELLS=v2-power10 "$@" "$lab/check" >"$work/check.$name" 2>&1 || status=$?
	like "$name" "$status $(sed -n 's/^verdict: //p' "$work/check.$name")" "$pattern"
}

sed 's/^\(cell v2-power10 .*\)0x6000000000000000/\10x4000000000000000/' "$lab/matrix" >"$work/matrix"
verdict_is "a kernel that gives another answer" "1 does not work: with Linux $release 1 of 1 machines failed (v2-power10); in v2-power10: *" \
	KERNEL_BUILD="$tree" MATRIX="$work/matrix"
like "the report has its console" "$(cat "$cache/report.txt")" "verdict: does not work*--- v2-power10: *@begin conformance*"

mkdir -p "$work/files/usr/src/kernels"
cp -a "$devel" "$work/files/usr/src/kernels"
sed -i '/^CONFIG_KPROBES=/d' "$work/files/usr/src/kernels/$release/include/config/auto.conf"
rpm_of kernel-devel-without-kprobes ppc64le
verdict_is "a kernel that gets a stub" "1 cannot: Linux $release: this kernel is built without KPROBES" \
	KERNEL_PACKAGES="$work/kernel-core.rpm $work/kernel-modules-core.rpm $work/kernel-devel-without-kprobes.rpm"

mkdir -p "$work/files/usr/src/kernels"
cp -a "$devel" "$work/files/usr/src/kernels"
sed -i '1i #error a test' "$work/files/usr/src/kernels/$release/include/linux/kprobes.h"
rpm_of kernel-devel-broken ppc64le
verdict_is "a kernel for which the module does not compile" \
	"1 does not work: the module does not compile for Linux $release: *kprobes.h:1:2: error: #error a test" \
	KERNEL_PACKAGES="$work/kernel-core.rpm $work/kernel-modules-core.rpm $work/kernel-devel-broken.rpm"
like "the report has the compiler's output" "$(cat "$cache/report.txt")" "verdict: does not work*--- compiler:*#error a test*"
plan
