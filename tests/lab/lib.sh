# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the lab's scripts share. To be sourced.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${CACHE:-$top/cache}
lab=$top/tests/lab

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The suite whose QEMU boots the guests and whose cross compiler builds the guests' programs
# shellcheck disable=SC2034
tools_suite=trixie

# for mmdebstrap
apt_options=(--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"'
	--aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Retries "3"')

say() { printf 'lab: %s\n' "$*" >&2; }

# A failure of the lab itself, as opposed to one of a test: exit status 3
lab_failed() {
	say "failed: $*"
	exit 3
}

# reason LOG: what it says went wrong: the line with the error, else its first line
reason() { { grep -m1 -E '^E:|error:|Error |No such' "$1" || sed -n 1p "$1"; } | sed 's/^ *//'; }

# need COMMAND[:PACKAGE]|FILE:PACKAGE...: install what this machine lacks
need() {
	local missing=() thing log
	for thing in "$@"; do
		[ -e "${thing%%:*}" ] || command -v "${thing%%:*}" >/dev/null || missing+=("${thing##*:}")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" -eq 0 ] || lab_failed "this machine lacks ${missing[*]}: install that, or run this as root"
	mkdir -p "$cache/log"
	log=$cache/log/install
	say "installing ${missing[*]} on this machine"
	{ apt-get update || true; DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
		>"$log" 2>&1 ||
		lab_failed "cannot install ${missing[*]}: $(reason "$log") (see $log)"
}

# matrix KIND: the lines of that kind, without the kind, fields separated by one space
matrix() { awk -v kind="$1" '$1 == kind { sub(/^[^ \t]+[ \t]+/, ""); $1 = $1; print }' "${MATRIX:-$lab/matrix}"; }

# matrix_line KIND NAME: the rest of the line of that name
matrix_line() {
	local line
	line=$(matrix "$1" | awk -v name="$2" '$1 == name { sub(/^[^ ]+ /, ""); print }')
	[ -n "$line" ] || lab_failed "there is no $1 '$2' in $lab/matrix; it has: $(matrix "$1" | cut -d' ' -f1 | paste -sd' ')"
	printf '%s\n' "$line"
}

# matrix_of KIND KERNEL CELL: the rest of the line of that kernel, which may be a pattern there, and cell
matrix_of() {
	local pattern cell rest
	matrix "$1" | while read -r pattern cell rest; do
		# shellcheck disable=SC2053 # a pattern
		[[ $2 != $pattern ]] || [ "$3" != "$cell" ] || printf '%s\n' "$rest"
	done
}

# reference_cell KERNEL CELL: the cell that tells what this kernel has to answer in this cell
reference_cell() {
	local other
	other=$(matrix_of like "$1" "$2")
	printf '%s\n' "${other:-$2}"
}

# reference_kernel KERNEL: the one with the feature that has the same page size
reference_kernel() {
	local line page
	line=$(matrix_line kernel "$1")
	read -r _ _ page _ <<<"$line"
	matrix kernel | awk -v page="$page" '$4 == page && $5 == "native" { print $1; exit }'
}

# mirror: the Debian archive to use
mirror() {
	local uri=${DEBIAN_MIRROR:-}
	if [ -z "$uri" ]; then
		# shellcheck disable=SC2016 # apt-get's to expand
		uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sed -n 1p)
	fi
	[ -n "$uri" ] || lab_failed "this machine's apt configuration names no Debian archive: run apt-get update, or set DEBIAN_MIRROR"
	printf '%s\n' "${uri%/}"
}

# unpack_suite SUITE FOLDER PACKAGES LOG [OPTION...]: packages, separated by commas, and what they depend on.
# The files are all that is needed, no maintainer script has to run.
unpack_suite() {
	local suite=$1 folder=$2 packages=$3 log=$4 sources
	shift 4
	sources=$(sources "$suite")
	# What it mounts goes with it, even if it is killed: who removes the folder then would get into that.
	# shellcheck disable=SC2016 # $1 is the hooks'
	unshare --mount --propagation private mmdebstrap --mode=root --variant=extract --include="$packages" "${apt_options[@]}" \
		--setup-hook='mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib" "$1/usr/lib64"' \
		--setup-hook='for d in bin sbin lib lib64; do ln -s "usr/$d" "$1/$d"; done' \
		"$@" "$suite" "$folder" - <<<"$sources" >"$log" 2>&1 ||
		lab_failed "cannot make the $suite root from $(mirror): $(reason "$log") (see $log)"
}

# update_lists SUITE: a private apt state for packages of that suite, of both architectures. In a process of its own.
update_lists() (
	suite=$1 state=$cache/apt/$1 log=$cache/log/apt-$1
	mirror=$(mirror) || exit
	native=$(dpkg --print-architecture)
	mkdir -p "$cache/log" "$state/lists/partial" "$state/archives/partial"
	exec 6>"$state.lock"
	flock 6
	: >>"$state/status"
	cat >"$state/apt.conf.new" <<-CONF
		APT::Architecture "$native";
		APT::Architectures { "$native"; "ppc64el"; };
		APT::Sandbox::User "root";
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Dir::Cache "$state";
		Dir::Etc::SourceList "$state/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::State "$state";
		Dir::State::Status "$state/status";
	CONF
	mv "$state/apt.conf.new" "$state/apt.conf"
	# A mirror that is being synced may lack lists of an architecture that the release's index names. By the release's
	# other name, "stable" for one, it may have it as it was.
	name=$suite
	while [ -n "$name" ]; do
		printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$name" >"$state/sources.list.new"
		if LC_ALL=C APT_CONFIG=$state/apt.conf apt-get update --error-on=any \
			-o Dir::Etc::SourceList="$state/sources.list.new" >"$log" 2>&1; then
			mv "$state/sources.list.new" "$state/sources.list"
			exit
		fi
		[ "$name" = "$suite" ] && grep -q 'Mirror sync in progress' "$log" || break
		name=$(sed -n '/^Suite: /{s///p;q}' "$state"/lists/partial/*_dists_"${suite}"_InRelease 2>/dev/null || true)
	done
	lab_failed "cannot read the package lists of $suite from $mirror: $(reason "$log") (see $log)"
)

# sources SUITE: lines for apt, to make a root from
sources() {
	update_lists "$1" || exit
	cat "$cache/apt/$1/sources.list"
	# experimental holds only what differs from sid
	[ "$1" != experimental ] || sources sid
}

# fetch SUITE FOLDER PACKAGE...: download packages into a new folder
fetch() {
	local suite=$1 folder=$2 log=$cache/log/fetch-$1
	shift 2
	rm -rf "$folder"
	mkdir -p "$folder"
	if ! (cd "$folder" && APT_CONFIG=$cache/apt/$suite/apt.conf apt-get download "$@") >"$log" 2>&1; then
		lab_failed "cannot download $* of $suite: $(reason "$log") (see $log)"
	fi
}

# qemu_version SUITE: of its QEMU for ppc64el, as its package has it; nothing if it has none
qemu_version() {
	[ -e "$cache/apt/$1/sources.list" ] || update_lists "$1"
	{ APT_CONFIG=$cache/apt/$1/apt.conf apt-cache show --no-all-versions qemu-system-ppc:ppc64el 2>/dev/null || true; } |
		sed -n 's/^Version: //p'
}

# qemu_asks SUITE: whether its QEMU asks for the modes, as QEMU does since 11.2
qemu_asks() {
	local version
	version=$(qemu_version "$1")
	[ -n "$version" ] && dpkg --compare-versions "$version" ge 1:11.2~
}

# get_source SUITE: its kernel sources, as the archive has them today, in the cache
get_source() {
	local folder=$cache/source/$1 package
	[ ! -e "$folder/Makefile" ] || return 0
	update_lists "$1"
	package=$(APT_CONFIG=$cache/apt/$1/apt.conf apt-cache pkgnames linux-source- | grep -xE 'linux-source-[0-9.]+' | sort -V | tail -n 1)
	[ -n "$package" ] || lab_failed "$1 has no package of the kernel's sources"
	say "$1: getting $package (a minute)"
	fetch "$1" "$folder.new" "$package"
	dpkg-deb --fsys-tarfile "$folder.new"/*.deb | tar -x -O --wildcards '*.tar.xz' |
		tar -x -J -C "$folder.new" --strip-components=1 || lab_failed "$1: cannot unpack $package: is the disk full?"
	rm "$folder.new"/*.deb
	mv "$folder.new" "$folder"
}

# kernel_dir KERNEL: where a module for it is built against, inside its suite's root
kernel_dir() {
	if [ -d "$cache/kernel/$1/build" ]; then
		echo "/cache/kernel/$1/build"
	else
		echo "/usr/src/linux-headers-$(cat "$cache/kernel/$1/release")"
	fi
}

# options KERNEL: those of its configuration that the stress test wants to know
options() {
	local folder suite
	folder=$(kernel_dir "$1")
	suite=$(matrix_line kernel "$1")
	case $folder in
	/cache/*) folder=$cache${folder#/cache} ;;
	*) folder=$cache/root/${suite%% *}$folder ;;
	esac
	sed -nE 's/^CONFIG_(PREEMPTION|LIVEPATCH|FAIL_FUNCTION|DEBUG_KMEMLEAK)=y$/\1/p' "$folder/.config" | paste -sd' '
}

# in_root SUITE COMMAND...: run in that suite's root, with the cache at /cache and the sources at /src
in_root() {
	local root=$cache/root/$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation private bash -c '
		set -e
		root=$1 cache=$2 src=$3
		shift 3
		mount --rbind /dev "$root/dev"
		mount -t proc proc "$root/proc"
		mount --bind "$cache" "$root/cache"
		mount --bind -o ro "$src" "$root/src"
		LC_ALL=C exec chroot "$root" "$@"' - "$root" "$cache" "$top" "$@"
}

# make_module SUITE KERNEL FOLDER: build the sources in that folder, as the root sees it
make_module() {
	in_root "$1" make -C "$3" modules KDIR="$(kernel_dir "$2")" ARCH=powerpc CROSS_COMPILE=powerpc64le-linux-gnu- \
		CC=powerpc64le-linux-gnu-gcc KCFLAGS="-Werror -g0" CONFIG_DEBUG_INFO_BTF_MODULES=
}
