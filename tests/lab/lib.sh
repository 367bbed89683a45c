# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Functions for all scripts of the lab. To be sourced.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${CACHE:-$top/cache}
lab=$top/tests/lab

# The suite of the QEMU that boots the guests and of the cross compiler for the guests' programs
# shellcheck disable=SC2034
tools_suite=trixie

say() { printf 'lab: %s\n' "$*" >&2; }

# lab_failed REASON: report a failure of the lab itself, not of a test, and exit with status 3
lab_failed() {
	say "failed: $*"
	exit 3
}

# reason LOG: print its first line with an error, or its first line
reason() { { grep -m1 -E '^E:|error:|Error |No such' "$1" || sed -n 1p "$1"; } | sed 's/^ *//'; }

# package_version: print the version of the project
package_version() { sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/dkms.conf"; }

# on_this_machine COMMAND...: run it as the only one that uses apt here, with its output in $cache/log/install
on_this_machine() {
	mkdir -p "$cache/log"
	flock "$cache/install.lock" env DEBIAN_FRONTEND=noninteractive "$@" >"$cache/log/install" 2>&1
}

# need COMMAND[:PACKAGE]|FILE:PACKAGE...: install the packages that this machine lacks
need() {
	local thing missing=()
	for thing in "$@"; do
		[ -e "${thing%%:*}" ] || command -v "${thing%%:*}" >/dev/null || missing+=("${thing##*:}")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" -eq 0 ] || lab_failed "this machine lacks ${missing[*]}: install that, or run this as root"
	say "installing ${missing[*]} on this machine"
	on_this_machine sh -c 'apt-get update; apt-get install -y --no-install-recommends "$@"' - "${missing[@]}" ||
		lab_failed "cannot install ${missing[*]}: $(reason "$cache/log/install") (see $cache/log/install)"
}

# matrix KIND: print the lines of that kind, without the kind, with fields separated by one space
matrix() { awk -v kind="$1" '$1 == kind { sub(/^[^ \t]+[ \t]+/, ""); $1 = $1; print }' "${MATRIX:-$lab/matrix}"; }

# matrix_line KIND NAME: print the line of that name, without kind and name
matrix_line() {
	local line
	line=$(matrix "$1" | awk -v name="$2" '$1 == name { sub(/^[^ ]+ /, ""); print }')
	[ -n "$line" ] || lab_failed "there is no $1 '$2' in $lab/matrix; it has: $(matrix "$1" | cut -d' ' -f1 | paste -sd' ')"
	printf '%s\n' "$line"
}

# matrix_names KIND [FIELD VALUE]: print the names of the lines of that kind, or of those with this value in this field
matrix_names() {
	matrix "$1" | awk -v names="$(matrix fields | sed -n "s/^$1 //p")" -v wanted="${2:-}" -v value="${3:-}" '
		BEGIN { split(names, name); for (i in name) column[name[i]] = i + 1 }
		wanted == "" || $column[wanted] == value { print $1 }'
}

# field KIND NAME FIELD: print that field of the line of that name. The matrix names the fields; the last one can have
# several words.
field() {
	local line names
	line=$(matrix_line "$1" "$2") || exit
	names=$(matrix fields | sed -n "s/^$1 //p")
	[[ " $names " == *" $3 "* ]] || lab_failed "a $1 of the matrix has no field '$3', but $names"
	awk -v names="$names" -v wanted="$3" '{
		last = split(names, name)
		for (i = 1; name[i] != wanted; i++)
			$i = ""
		print i == last ? substr($0, i) : $i
	}' <<<"$line"
}

# matrix_of KIND KERNEL CELL: print the rest of the lines of that kind for this cell whose pattern matches the kernel
matrix_of() {
	local pattern cell rest
	matrix "$1" | while read -r pattern cell rest; do
		# shellcheck disable=SC2053 # a pattern
		[[ $2 != $pattern ]] || [ "$3" != "$cell" ] || printf '%s\n' "$rest"
	done
}

# shellcheck source=tests/lab/archive.sh
. "$lab/archive.sh"
# shellcheck source=tests/lab/kernels.sh
. "$lab/kernels.sh"
# shellcheck source=tests/lab/files.sh
. "$lab/files.sh"

# unpack_root SET FOLDER LOG MMDEBSTRAP-OPTION...: make a root of the packages in that set from acquire()
unpack_root() {
	local set=$1 folder=$2 log=$3 status=0
	shift 3
	mkdir -p "${folder%/*}"
	# In its own mount namespace, its mounts disappear even if it is killed. Else deleting the folder would delete their
	# files.
	unshare --mount --propagation private mmdebstrap --mode=root \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' "$@" "" "$folder" - \
		<<<"deb [trusted=yes] copy:$cache/archive/$set ./" >"$log" 2>&1 || status=$?
	[ $status -eq 0 ] || lab_failed "cannot make the root $folder: $(reason "$log") (see $log)"
}

# options for unpack_root: unpack the files without running maintainer scripts
# shellcheck disable=SC2016,SC2034 # $1 is the hooks'
files_only=(--variant=extract --setup-hook='mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib" "$1/usr/lib64"'
	--setup-hook='for d in bin sbin lib lib64; do ln -s "usr/$d" "$1/$d"; done')

# commas WORD...: print the words, separated by commas
commas() { local IFS=,; printf '%s\n' "$*"; }

# hash_of FILE...: print one hash of the names and contents of these files of the checkout
hash_of() { (cd "$top" && printf '%s\0' "$@" | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-64; }

# module_sources, guest_sources: print the names of the sources of the module and of the guests' programs
module_sources() { (cd "$top" && find Kbuild Makefile dkms.conf include src/module -type f ! -name '*.o' ! -name '*.ko' ! -name '*.mod*' ! -name '*.cmd'); }
guest_sources() {
	(cd "$top" && find include src/tool/{Makefile,*.[ch]} dkms.conf tests/{guest,bench/bench.c,tap.sh} -type f ! -path '*/modules/*')
}

# copy_sources FOLDER FILE...: copy these files of the checkout into the folder, after deleting everything in it
copy_sources() {
	local folder=$1
	shift
	rm -rf "$folder"
	mkdir -p "$folder"
	(cd "$top" && cp -p --parents -t "$folder" "$@")
}

# is_made FILE KEY: whether that file has the key, which means that its folder is up to date
is_made() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

# in_root SUITE COMMAND...: run in that suite's root, with the cache at /cache, the checkout at /src, and the folders that the
# file $mounts lists, where there is one
in_root() {
	local root=$cache/root/$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation private bash -c '
		set -e
		root=$1 cache=$2 src=$3 mounts=$4
		shift 4
		mount --rbind /dev "$root/dev"
		mount -t proc proc "$root/proc"
		mount --bind "$cache" "$root/cache"
		mount --bind -o ro "$src" "$root/src"
		[ ! -e "$mounts" ] || while read -r folder; do
			mkdir -p "$root$folder"
			mount --bind -o ro "$folder" "$root$folder"
		done <"$mounts"
		LC_ALL=C exec chroot "$root" "$@"' - "$root" "$cache" "$top" "${mounts:-}" "$@"
}

# make_module KERNEL FOLDER [VARIABLE=VALUE]: build the module in that folder, a path in the root. It is built without plugins
# of the compiler, because those in a distribution's headers are for another compiler.
make_module() {
	in_kernel_root "$1" make -C "$2" modules KDIR="$(kernel_dir "$1")" ARCH=powerpc CROSS_COMPILE=powerpc64le-linux-gnu- \
		CC="$(compiler "$1")" KCFLAGS="-Werror -g0" CONFIG_DEBUG_INFO_BTF_MODULES= GCC_PLUGINS_CFLAGS= "${@:3}"
}

# make_variants FOLDER RELEASE: make variants of the module there that must fail to load or attach. Names in the file are
# replaced by others of the same length.
make_variants() {
	local modules=$1 release=$2
	variant() { LC_ALL=C sed "s/$2/$3/g" "$modules/kvm_ppc_compat.ko" >"$modules/$1.ko"; }
	variant second-copy 'kvm_ppc_compat\x00' 'kvm_ppc_compa2\x00'
	variant no-ioctl kvm_arch_vm_ioctl_hv kvm_arch_vm_ioctl_hx
	variant no-capability kvm_vm_ioctl_check_extension kvm_vm_ioctl_check_extensiox
	variant unprobeable 'kvm_hv:kvm_arch_vm_ioctl_hv' "kprobe_handler$(printf '\\x00%.0s' {1..13})"
	# with CONFIG_MODVERSIONS the kernel compares only the options in vermagic, so change them, too
	variant other-kernel "vermagic=$release SMP" "vermagic=$(tr 0-9 1-90 <<<"$release") smp"
}

# modules_of KERNEL: print the names of the modules for its initramfs; that of the stub last, if there is one
modules_of() (
	shopt -s nullglob
	for file in "$cache/kernel/$1"/kvm*.ko "$cache/module/$1"/{,tests/guest/modules/,stub/}*.ko; do
		printf '%s\n' "$file"
	done
)

# initrd_key KERNEL: print a hash of everything from which its initramfs is made
initrd_key() {
	local parts kos
	mapfile -t parts < <(module_sources; guest_sources; cd "$top" && find tests/lab/{prepare,lib.sh} tests/guest/modules -type f)
	mapfile -t kos < <(modules_of "$1")
	hash_of "${parts[@]}"
	cat "$cache/kernel/$1"/{release,config} "$cache/archive"/{busybox,libkmod}/choice "${kos[@]}" | sha256sum | cut -c1-64
}

# in_kernel_root KERNEL COMMAND...: run in the root that builds for that kernel. Its headers are linked there, because
# Debian's headers refer to each other by absolute paths.
in_kernel_root() {
	local folder=$cache/kernel/$1 root path
	root=$(kernel_root "$1")
	shift
	for path in "$folder"/headers/usr/{src,lib}/*; do
		[ ! -e "$path" ] || ln -sfn "/cache/${path#"$cache/"}" "$cache/root/$root/${path#"$folder/headers/"}"
	done
	mounts=$folder/mounts in_root "$root" "$@"
}
