# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The kernel "yours" of the matrix: it comes from the packages in KERNEL_PACKAGES or from the tree in KERNEL_BUILD. To be
# sourced by lib.sh.
#
# $cache/kernel/yours has the files of every kernel, and these: source, the headers that all flavours share; mounts, the
# folders of a tree that the roots need; prebuilt.ko, a kvm_ppc_compat.ko from the packages. $cache/kernel/yours.sums has the
# checksums of the given files.

# is_given: whether a kernel is given
is_given() { [ -n "${KERNEL_PACKAGES:-}${KERNEL_BUILD:-}" ]; }

# is_ppc64le FILE: whether it is a program, kernel or module for ppc64le
is_ppc64le() { [[ $(od -An -v -tx1 -N20 "$1" | tr -d ' \n') == 7f454c460201????????????????????????1500 ]]; }

# option CONFIG NAME: print its value, nothing if it is not set
option() { sed -n "s/^CONFIG_$2=//p" "$1"; }

# lacks_kvm NAME CONFIG: whether that kernel is built without KVM-HV; then $cache/kernel/NAME.none says so
lacks_kvm() {
	[ -z "$(option "$2" KVM_BOOK3S_64_HV)" ] || return
	echo "Linux $(cat "$cache/kernel/$1/release.new") is built without KVM_BOOK3S_64_HV" >"$cache/kernel/$1.none"
}

# need_kvm NAME CONFIG WHAT-TO-DO: fail if a module of KVM is missing
need_kvm() {
	local file
	[ "$(option "$2" KVM_BOOK3S_64_HV)" = m ] || return 0
	for file in kvm.ko kvm-hv.ko; do
		[ -e "$cache/kernel/$1/$file" ] || lab_failed "there is no $file of Linux $(cat "$cache/kernel/$1/release.new"): $3"
	done
}

# unpack_package FILE FOLDER: unpack it there; /lib becomes a part of /usr
unpack_package() {
	local file=$1 folder=$2 new=$2.new architecture package
	rm -rf "$new"
	mkdir -p "$new" "$folder"
	case $file in
	*.deb)
		# shellcheck disable=SC2016 # dpkg's
		IFS=_ read -r package architecture < <(dpkg-deb --show --showformat='${Package}_${Architecture}' "$file" 2>/dev/null) || true
		# this machine can run kbuild's programs without qemu-user
		case $package/$architecture in
		*/ppc64el | */all | linux-kbuild-*/"$(dpkg --print-architecture)") ;;
		*/) lab_failed "$file is damaged, or not a Debian package" ;;
		*) lab_failed "$file is for $architecture, not for ppc64el" ;;
		esac
		dpkg-deb --fsys-tarfile "$file" 2>/dev/null | tar -x -C "$new" 2>/dev/null || lab_failed "$file is damaged, or the disk is full"
		;;
	*.rpm)
		need rpm rpm2cpio cpio
		rpm --checksig --nosignature "$file" >/dev/null 2>&1 || lab_failed "$file is damaged, or not an RPM package"
		architecture=$(rpm --query --package --nosignature --queryformat '%{ARCH}' "$file" 2>/dev/null)
		case $architecture in
		ppc64le | noarch) ;;
		*) lab_failed "$file is for $architecture, not for ppc64le" ;;
		esac
		(cd "$new" && rpm2cpio "$file" | cpio --extract --make-directories --no-absolute-filenames --quiet) ||
			lab_failed "cannot unpack $file: is the disk full?"
		;;
	esac
	if [ -d "$new/lib" ] && [ ! -L "$new/lib" ]; then
		mkdir -p "$new/usr/lib"
		cp -al "$new/lib/." "$new/usr/lib"
		rm -r "${new:?}/lib"
	fi
	cp -al "$new/." "$folder" || lab_failed "$file does not fit together with the other packages"
	rm -r "$new"
}

# plain FILE: print its contents, decompressed if needed
plain() {
	case $(od -An -v -tx1 -N4 "$1" | tr -d ' ') in
	1f8b*) gzip -d -c "$1" ;;
	fd377a58) xz -d -c "$1" ;;
	28b52ffd) need zstd && zstd -q -d -c "$1" ;;
	*) cat "$1" ;;
	esac
}

# kernel_image FILE: replace it by the vmlinux in it. That can be compressed, or in the wrapper of a zImage.
kernel_image() {
	local new=$1.new start
	plain "$1" >"$new" || lab_failed "${1##*/} is damaged, or the disk is full"
	if ! is_ppc64le "$new"; then
		mv "$new" "$new.wrapper"
		while read -r start; do
			# the rest of the wrapper follows, for which gzip returns an error
			tail -c "+$((start + 1))" "$new.wrapper" | gzip -d -c >"$new" 2>/dev/null || true
			! is_ppc64le "$new" || break
		done < <(LC_ALL=C grep -aboP '\x1f\x8b\x08' "$new.wrapper" | cut -d: -f1)
		rm "$new.wrapper"
	fi
	{ [ -e "$new" ] && is_ppc64le "$new"; } || lab_failed "${1##*/} is not a kernel for ppc64le"
	mv "$new" "$1"
}

# emulate_programs FOLDER: replace programs for ppc64le by scripts that run them in qemu-user
emulate_programs() {
	local file
	find "$1" -type f -perm /111 ! -name '*.so*' ! -name '*.ko' ! -name '*.ppc64le' | while read -r file; do
		is_ppc64le "$file" || continue
		get_emulator
		mv "$file" "$file.ppc64le"
		# Debian's modpost derives the name of another program from its own
		# shellcheck disable=SC2016 # the script's
		printf '#!/bin/sh\nexec /cache/emulator/usr/bin/qemu-ppc64le -L /cache/emulator -0 "$0" "$0.ppc64le" "$@"\n' >"$file"
		chmod 755 "$file"
	done || exit
}

# get_emulator: get qemu-user and the libraries that kbuild's programs need
get_emulator() {
	local folder=$cache/emulator deb
	[ ! -e "$folder" ] || return 0
	acquire emulator "$(dpkg --print-architecture),ppc64el" "$tools_suite" packages \
		install qemu-user libc6:ppc64el libelf1t64:ppc64el libssl3t64:ppc64el || lab_failed "$tools_suite has no qemu-user"
	rm -rf "$folder.new"
	for deb in "$cache/archive/emulator"/*.deb; do
		case $deb in */qemu-user_* | *_ppc64el.deb) dpkg-deb -x "$deb" "$folder.new" ;; esac
	done
	mkdir -p "$folder.new/lib64"
	ln -sfn ../usr/lib/powerpc64le-linux-gnu/ld64.so.2 "$folder.new/lib64/ld64.so.2"
	rm -rf "$cache/archive/emulator"
	mv "$folder.new" "$folder"
}

# compiler_for CONFIG: print the suite with the compiler for that kernel; the last one for a kernel that clang has built, whose
# GCC_VERSION is 0
compiler_for() {
	local version suite newest
	version=$(option "$1" GCC_VERSION)
	[ -z "$(option "$1" RANDSTRUCT)" ] || lab_failed "this kernel has the option RANDSTRUCT: the lab's compiler cannot build modules for it"
	while read -r suite newest; do
		if [ "$newest" = - ] || { [ "$version" != 0 ] && [ $((version / 10000)) -le "$newest" ]; }; then
			break
		fi
	done < <(matrix compiler)
	printf '%s\n' "$suite"
}

# use_packages NAME FILE...: unpack the kernel in these packages. Returns 1 if it is built without KVM-HV.
use_packages() {
	local name=$1 folder=$cache/kernel/$1 root=$cache/kernel/$1/headers file release releases ours=() others=() source config
	shift
	for file; do
		case $file in
		*.deb | *.rpm) unpack_package "$file" "$root" ;;
		*.ko | *.ko.*) plain "$file" >"$folder/kvm_ppc_compat.ko" || lab_failed "$file is damaged" ;;
		*) lab_failed "$file is neither a package (.deb, .rpm) nor a module (.ko)" ;;
		esac
	done
	mkdir -p "$root/boot" "$root/usr/lib/modules" "$root/usr/src"

	# the release
	mapfile -t releases < <({
		cd "$root" || exit
		find usr/lib/modules -mindepth 2 -type f \( -name '*.ko' -o -name '*.ko.*' -o -name 'vmlinu[xz]*' \) ! -name 'kvm_ppc_compat.ko*' |
			cut -d/ -f4
		find boot -type f \( -name 'vmlinux-*' -o -name 'vmlinuz-*' \) | sed -E 's,boot/vmlinu[xz]-,,; s/\.(gz|xz|zst)$//'
	} | sort -u)
	[ ${#releases[@]} -gt 0 ] || lab_failed "there is no kernel in these packages"
	[ ${#releases[@]} -eq 1 ] || lab_failed "these packages have more than one kernel: $(commas "${releases[@]}"): give those of one"
	release=${releases[0]}
	printf '%s\n' "$release" >"$folder/release.new"
	mkdir -p "$root/usr/lib/modules/$release"

	# the configuration and the headers
	while read -r file; do
		if [ "$(sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' "$file")" = "$release" ]; then
			ours+=("${file%/include/generated/utsrelease.h}")
		else
			others+=("$(sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' "$file")")
		fi
	done < <(find "$root/usr" -path '*/include/generated/utsrelease.h')
	for config in "${ours[0]:-$root}/.config" "$root/boot/config-$release" "$root/usr/lib/modules/$release/config"; do
		[ ! -f "$config" ] || break
	done
	if [ -f "$config" ]; then
		! lacks_kvm "$name" "$config" || return 1
	fi
	if [ ${#ours[@]} -eq 0 ]; then
		[ ${#others[@]} -eq 0 ] || lab_failed "these packages have Linux $release, but the headers of $(commas "${others[@]}"): give those of $release"
		lab_failed "these packages have no headers of Linux $release: add linux-headers-$release and what it depends on (Debian, Ubuntu), kernel-devel (Fedora, RHEL), or kernel-default-devel, kernel-devel and kernel-macros (SUSE)"
	fi
	[ -f "$config" ] || lab_failed "the headers of Linux $release have no .config"
	[ -e "${ours[0]}/scripts/mod/modpost" ] ||
		lab_failed "these packages have no scripts/mod/modpost for Linux $release: add linux-kbuild (Debian)"
	for source in "${ours[0]}" "$root"/usr/src/{,kernels/}*/; do
		[ ! -e "$source/include/uapi/linux/kvm.h" ] || break
	done
	[ -e "$source/include/uapi/linux/kvm.h" ] ||
		lab_failed "the headers of Linux $release are incomplete: add the package with the headers that flavours share (Debian: linux-headers-*-common, Ubuntu: linux-headers-VERSION, SUSE: kernel-devel)"
	ln -s "${ours[0]#"$folder/"}" "$folder/build"
	ln -s "${source#"$folder/"}" "$folder/source"
	cp "$config" "$folder/config"

	# the kernel: "vmlinux" sorts before "vmlinuz" and "vmlinux.gz"
	file=$(find "$root/boot" "$root/usr/lib/modules/$release" -maxdepth 1 -type f \( -name 'vmlinu[xz]' -o -name 'vmlinu[xz]-*' -o -name 'vmlinu[xz].*' \) |
		sort | sed -n 1p)
	[ -n "$file" ] || lab_failed "these packages have modules of Linux $release, but not the kernel: add linux-image-$release (Debian, Ubuntu), kernel-core (Fedora, RHEL) or kernel-default (SUSE)"
	cp "$file" "$folder/vmlinux"
	kernel_image "$folder/vmlinux"
	find "$root/usr/lib/modules/$release" -type f -regex '.*/\(kvm\|kvm-hv\|kvm-pr\|kvm_ppc_compat\)\.ko\(\.xz\|\.gz\|\.zst\)?' | while read -r file; do
		plain "$file" >"$folder/$(basename "${file%.ko*}").ko" || lab_failed "${file##*/} is damaged, or the disk is full"
	done || exit
	need_kvm "$name" "$config" "add linux-modules-$release (Debian, Ubuntu), kernel-modules-core and kernel-modules (Fedora, RHEL) or kernel-default (SUSE)"

	# keep only the headers, because the rest can be large
	find "$root" -mindepth 1 -maxdepth 1 ! -name usr -exec rm -rf {} +
	find "$root/usr" -mindepth 1 -maxdepth 1 ! -name src ! -name lib -exec rm -rf {} +
	find "$root/usr/lib" -mindepth 1 -maxdepth 1 ! -name 'linux-*' -exec rm -rf {} +
	emulate_programs "$root"
}

# use_tree NAME FOLDER: use the kernel that was built there. Returns 1 if it is built without KVM-HV.
use_tree() {
	local name=$1 folder=$cache/kernel/$1 tree=$2 file release
	for file in vmlinux .config include/generated/utsrelease.h scripts/mod/modpost; do
		[ -e "$tree/$file" ] || lab_failed "$tree has no $file: build the kernel and its modules there, with make vmlinux modules"
	done
	is_ppc64le "$tree/vmlinux" || lab_failed "$tree/vmlinux is not a kernel for ppc64le"
	release=$(sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' "$tree/include/generated/utsrelease.h")
	printf '%s\n' "$release" >"$folder/release.new"
	! lacks_kvm "$name" "$tree/.config" || return 1
	! is_ppc64le "$tree/scripts/mod/modpost" ||
		lab_failed "the programs in $tree/scripts are for ppc64le and do not run here: build packages of this kernel with make bindeb-pkg, and name them in KERNEL_PACKAGES"
	find "$tree/arch/powerpc/kvm" -maxdepth 1 -name 'kvm*.ko' -exec cp -t "$folder" {} +
	need_kvm "$name" "$tree/.config" "build the modules in $tree, with make modules"
	cp "$tree/vmlinux" "$folder/vmlinux"
	cp "$tree/.config" "$folder/config"
	ln -s "$tree" "$folder/build"
	ln -s "$(realpath -e "$tree/source" 2>/dev/null || echo "$tree")" "$folder/source"
	realpath "$folder/build" "$folder/source" | sort -u >"$folder/mounts"
}

# get_files NAME: get the given kernel. Returns 1 if the module is not for it; then $cache/kernel/NAME.none has the reason.
get_files() {
	local name=$1 folder=$cache/kernel/$1 sums files=() file tree
	is_given || lab_failed "no kernel is given: set KERNEL_PACKAGES or KERNEL_BUILD"
	[ -z "${KERNEL_PACKAGES:-}" ] || [ -z "${KERNEL_BUILD:-}" ] || lab_failed "set KERNEL_PACKAGES or KERNEL_BUILD, not both"
	# shellcheck disable=SC2086 # a list of patterns
	for file in ${KERNEL_PACKAGES:-}; do
		[ -f "$file" ] || lab_failed "there is no file $file"
		files+=("$(realpath "$file")")
	done
	if [ -n "${KERNEL_BUILD:-}" ]; then
		tree=$(realpath -e "$KERNEL_BUILD" 2>/dev/null) || true
		[ -d "$tree" ] || lab_failed "there is no folder $KERNEL_BUILD"
		mapfile -t files < <(find "$tree"/{vmlinux,.config,Module.symvers,arch/powerpc/kvm} -maxdepth 1 -type f \
			\( -name vmlinux -o -name .config -o -name Module.symvers -o -name 'kvm*.ko' \) 2>/dev/null | sort)
	fi
	sums=$(sha256sum /dev/null "${files[@]}" | sed 1d)
	if [ -e "$folder/release" ] && is_made "$folder.sums" "$sums"; then
		return 0
	fi
	rm -rf "$folder" "$cache/module/$name"
	mkdir -p "$folder"
	printf '%s\n' "$sums" >"$folder.sums"
	say "$name: ${tree:-unpacking ${#files[@]} files}"
	if [ -n "${tree:-}" ]; then
		use_tree "$name" "$tree" || return
	else
		use_packages "$name" "${files[@]}" || return
	fi
	if [ -e "$folder/kvm_ppc_compat.ko" ]; then
		mv "$folder/kvm_ppc_compat.ko" "$folder/prebuilt.ko"
		file=$(modinfo -F vermagic "$folder/prebuilt.ko" 2>/dev/null | cut -d' ' -f1)
		[ "$file" = "$(cat "$folder/release.new")" ] ||
			lab_failed "kvm_ppc_compat.ko is built for Linux ${file:-unknown}, not for $(cat "$folder/release.new")"
	fi
	compiler_for "$folder/config" >"$folder/suite.new"
	mv "$folder/suite.new" "$folder/suite"
	mv "$folder/release.new" "$folder/release"
}

# --- the verdict ---

# why CELL: print the first thing that went wrong there
why() {
	local folder=$cache/run/yours/$1 line
	case $(cat "$folder/result" 2>/dev/null) in
	LOST)
		line=$(grep -m1 -E 'Kernel panic|BUG|Oops' "$folder/console" || grep . "$folder/console" | tail -n 1)
		echo "the guest was lost: ${line:-it printed nothing}"
		;;
	FAILED)
		RUN=$cache/run/again "$lab/cell" "yours/$1" "$folder/console" 2>/dev/null |
			sed -nE 's,^not ok [0-9]+ - yours/[^:]*: ,,p' | sed -n 1p
		;;
	esac
}

# verdict CELL...: print one sentence on the kernel after the tests in these cells. Returns 0 if the kernel has the
# interface, with the module or without, 3 if the lab has failed, else 1.
verdict() {
	local cell release bad=() unknown=()
	if [ -e "$cache/kernel/yours.none" ]; then
		echo "cannot: $(cat "$cache/kernel/yours.none")"
		return 1
	fi
	release=$(cat "$cache/kernel/yours/release")
	if [ -e "$cache/kernel/yours.uncompiled" ]; then
		echo "does not work: the module does not compile for Linux $release: $(cat "$cache/kernel/yours.uncompiled")"
		return 1
	fi
	for cell; do
		case $(cat "$cache/run/yours/$cell/result" 2>/dev/null) in
		pass | kept) ;;
		FAILED | LOST) bad+=("$cell") ;;
		*) unknown+=("$cell") ;;
		esac
	done
	if [ ${#bad[@]} -gt 0 ]; then
		echo "does not work: with Linux $release ${#bad[@]} of $# machines failed ($(commas "${bad[@]}")); in ${bad[0]}: $(why "${bad[0]}")"
		return 1
	elif [ ${#unknown[@]} -gt 0 ]; then
		echo "unknown: the lab failed in ${#unknown[@]} of $# machines ($(commas "${unknown[@]}")), see above"
		return 3
	elif [ "$(role yours)" = native ]; then
		echo "not needed: Linux $release has the interface and answers as the reference in $# of $# machines"
	else
		echo "works: Linux $release with the module answers as the reference in $# of $# machines"
	fi
}

# report VERDICT TABLE CELL...: write all that a bug report needs into a file, and print its name
report() {
	local verdict=$1 table=$2 folder=$cache/kernel/yours file=$cache/report.txt cell
	shift 2
	{
		printf 'verdict: %s\n' "$verdict"
		printf 'module: %s%s\n' "$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/dkms.conf")" \
			"$([ ! -e "$folder/prebuilt.ko" ] || echo "; given: $(modinfo -F version "$folder/prebuilt.ko")")"
		printf '\nfiles:\n'
		sed 's,  .*/,  ,' "$folder.sums"
		if [ -e "$folder/config" ]; then
			printf '\nfacts and options:\n'
			cat "$folder/facts"
			grep -E '^CONFIG_(CC_VERSION_TEXT|CC_IS_|PPC_(4K|64K)_PAGES|PPC_RADIX|PPC_KU|PPC_FTRACE|POWER[0-9]+_CPU|NR_CPUS|KVM|KPROBES|OPTPROBES|(HAVE_)?DYNAMIC_FTRACE|FTRACE|FUNCTION_TRACER|FPROBE|LIVEPATCH|PREEMPT|MODVERSIONS|MODULE_SIG|SECURITY_LOCKDOWN|LOCK_DOWN|RANDSTRUCT|GCC_PLUGIN|DEBUG_INFO_BTF|KFENCE|KASAN|HARDENED_USERCOPY|INIT_STACK|STRICT_MODULE_RWX|CFI)' "$folder/config"
		fi
		if [ -e "$folder.uncompiled" ]; then
			printf '\n--- compiler:\n'
			cat "$cache/log/module-yours"
		fi
		cat "$table"
		for cell; do
			[ -n "$(why "$cell")" ] || continue
			printf '\n--- %s: %s\n' "$cell" "$(why "$cell")"
			cat "$cache/run/yours/$cell/console"
		done
	} >"$file"
	printf '%s\n' "$file"
}
