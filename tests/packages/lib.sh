# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Functions for the tests with whole Debian systems. To be sourced.
#
# A system of a suite is in cache/system/SUITE, in layers of an overlay file system. The layer "kernel" is a system that
# boots. The layer "dkms" adds DKMS and the dependencies of the kernel headers, such as the compiler, but not the headers.
# Each test adds its own layer.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lab/lib.sh"

# oldest: the oldest Debian that the packages support and the archive has. Programs that are built there run in later ones,
# because it has the oldest C library.
oldest() { if has_suite bookworm; then echo bookworm; else echo trixie; fi; }

# essential ARCHITECTURE: the packages of every Debian system, as arguments for apt
essential() { echo "?narrow(?architecture($1),?essential) apt"; }

# make_tools SUITE: make a root of that suite with dkms, lintian and rpmlint. That of the oldest suite can also build the
# packages.
make_tools() (
	local suite=$1 root=$cache/root/$1-tools architectures include
	architectures=$(dpkg --print-architecture),ppc64el
	include=(cpio dkms gcc-powerpc64le-linux-gnu make openssl pahole lintian rpm rpmlint)
	[ "$suite" != "$(oldest)" ] ||
		include+=(build-essential crossbuild-essential-ppc64el debhelper dh-dkms libjson-c-dev:ppc64el libkmod-dev:ppc64el pkgconf:ppc64el
			bc bison flex kmod libelf-dev libssl-dev rsync)
	mkdir -p "$cache/root"
	exec 5>"$root.lock"
	flock 5
	! is_made "$root.recipe" "${include[*]}" || exit 0
	need mmdebstrap
	say "$suite: making a root with its dkms and lintian (a minute or two)"
	rm -rf "$root" "$root.recipe"
	mkdir -p "$cache/log"
	acquire "root-$suite-tools" "$architectures" "$suite" packages \
		install "$(essential "${architectures%%,*}")" "${include[@]}" ||
		lab_failed "there is no $suite: $(cat "$cache/archive/root-$suite-tools.none")"
	# shellcheck disable=SC2016 # $1 is the hook's
	unpack_root "root-$suite-tools" "$root" "$cache/log/root-$suite-tools" --variant=minbase \
		--architectures="$architectures" --include="$(commas "${include[@]}")" --customize-hook='mkdir -p "$1/cache" "$1/src"'
	rm -rf "$cache/archive/root-$suite-tools"
	printf '%s\n' "${include[*]}" >"$root.recipe"
)

# copy_checkout FOLDER: copy this checkout into a new folder, without the files that builds have left
copy_checkout() {
	mkdir -p "$1"
	tar -C "$top" -c --exclude=./cache --exclude=./.git --exclude='./.checkpatch-*' --exclude=./src/tool/kvm-ppc-compat \
		--exclude='*.o' --exclude='*.ko' --exclude='*.mod*' --exclude='*.cmd' . | tar -x -C "$1"
}

# in_layers SUITE FOLDER COMMAND...: run in that suite's root of the lab, together with the programs that dkms calls and the
# files in FOLDER. All changes are discarded afterwards.
in_layers() {
	local suite=$1 folder=$2 tools=$cache/root/$1-dkms include=(diffutils dpkg gzip kmod mount pahole procps sysvinit-utils) scratch status=0
	shift 2
	exec 8>"$tools.lock"
	flock 8
	if ! is_made "$tools.recipe" "${include[*]}"; then
		say "$suite: making a root with what dkms calls (half a minute)"
		rm -rf "$tools" "$tools.recipe"
		acquire "root-$suite-dkms" "$(dpkg --print-architecture)" "$suite" packages install "${include[@]}" ||
			lab_failed "there is no $suite: $(cat "$cache/archive/root-$suite-dkms.none")"
		unpack_root "root-$suite-dkms" "$tools" "$cache/log/root-$suite-dkms" "${files_only[@]}" --include="$(commas "${include[@]}")"
		rm -rf "$cache/archive/root-$suite-dkms"
		printf '%s\n' "${include[*]}" >"$tools.recipe"
	fi
	exec 8>&-
	scratch=$(mktemp -d)
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation private bash -c '
		set -e
		scratch=$1 layers=$2 top=$3 cache=$4
		shift 4
		mount -t tmpfs tmpfs "$scratch"
		mkdir "$scratch"/{above,work,root}
		root=$scratch/root
		mount -t overlay overlay -o "lowerdir=$layers,upperdir=$scratch/above,workdir=$scratch/work" "$root"
		mount --rbind /dev "$root/dev"
		mount -t proc proc "$root/proc"
		# the lab has links to the headers of its kernels there
		rm -rf "$root/usr/lib/modules"
		mkdir -p "$root"/{cache,src,tmp,usr/lib/modules}
		mount --bind -o ro "$top" "$root/src"
		mount --bind -o ro "$cache" "$root/cache"
		ln -sf mawk "$root/usr/bin/awk"
		HOME=/ LC_ALL=C PATH=/usr/sbin:/usr/bin exec chroot "$root" "$@"' - \
		"$scratch" "$folder:$tools:$cache/root/$suite" "$top" "$cache" "$@" || status=$?
	rmdir "$scratch"
	return "$status"
}

# emulate: make this machine run programs for ppc64el
emulate() {
	need arch-test qemu-ppc64le-static:qemu-user-static update-binfmts:binfmt-support mmdebstrap
	! arch-test ppc64el >/dev/null 2>&1 || return 0
	mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc ||
		lab_failed "cannot run programs for ppc64el: this machine's kernel has no binfmt_misc"
	update-binfmts --enable qemu-ppc64le ||
		lab_failed "cannot run programs for ppc64el: update-binfmts --enable qemu-ppc64le failed"
	arch-test ppc64el >/dev/null || lab_failed "cannot run programs for ppc64el, although qemu-ppc64le is enabled"
}

# mount_system SUITE LAYER WRITABLE: mount the system up to that layer at WRITABLE.root; changes go to the folder WRITABLE.
# Callers have their own mount namespace.
mount_system() {
	local folder=$cache/system/$1 root=$3.root lower
	case $2 in
	kernel) lower=$folder/kernel ;;
	dkms) lower=$folder/dkms:$folder/kernel ;;
	esac
	mkdir -p "$3" "$3.work" "$root"
	mount -t overlay overlay -o "lowerdir=$lower,upperdir=$3,workdir=$3.work" "$root"
	mount --rbind /dev "$root/dev"
	mount -t proc proc "$root/proc"
	mount -t sysfs sysfs "$root/sys"
	mkdir -p "$root/cache"
	mount --bind "$cache" "$root/cache"
	cp /etc/resolv.conf "$root/etc/resolv.conf"
}

# mount_native SUITE ROOT: replace programs of that system by those of the same suite for this machine, which are several
# times as fast as with qemu-user: the compiler, and programs that unpack packages or that scripts call. Excluded are
# programs that go into an initramfs, and those that depend on the architecture, such as uname and perl. Callers have their
# own mount namespace.
mount_native() {
	local tools=$cache/root/$1-tools root=$2 file loader libraries
	[ "$(dpkg --print-architecture)" != ppc64el ] || return 0
	make_tools "$1"
	loader=$(chroot "$tools" ldd /bin/sh | grep -o '/[^ ]*/ld-linux[^ ]*')
	libraries=$(chroot "$tools" realpath "$(chroot "$tools" ldd /bin/sh | sed -n 's,.* => \(/.*\)/libc\.so.*,\1,p')")
	# A native compiler does not have the folders of the cross compiler.
	for file in "$libraries" /usr/lib/gcc-cross /usr/libexec/gcc-cross /usr/powerpc64le-linux-gnu; do
		[ -d "$tools$file" ] || continue
		mkdir -p "$root$file"
		mount --bind -o ro "$tools$file" "$root$file"
	done
	# initramfs-tools would copy this libkmod, which it finds by a pattern, into the initramfs.
	for file in "$root$libraries"/libkmod.so.*; do
		[ ! -f "$file" ] || [ -L "$file" ] || mount --bind /dev/null "$file"
	done
	: >>"$root$loader"
	mount --bind -o ro "$tools$(chroot "$tools" realpath "$loader")" "$root$loader"
	while read -r file; do
		[ ! -f "$root$file" ] || [ -L "$root$file" ] || [ ! -f "$tools$file" ] || mount --bind -o ro "$tools$file" "$root$file"
	done < <(cd "$tools" && printf '/%s\n' usr/bin/powerpc64le-linux-gnu-* \
		usr/bin/{make,bash,dash,sed,grep,mawk,find,xargs,tar,cpio,gzip,xz,dpkg-deb,openssl} &&
		chroot . dpkg-query -L coreutils | grep '^/.*bin/' | grep -vE '/(uname|arch)$')
}

# new_in_archive WRITABLE SET: make the packages of that set, from acquire(), available to apt in the system
new_in_archive() {
	echo "deb [trusted=yes] copy:/cache/archive/$2 ./" >"$1.root/etc/apt/sources.list.d/$2.list"
	in_system "$1" apt-get update -q
}

# in_system WRITABLE COMMAND...: run in the system that mount_system has mounted there
in_system() {
	local root=$1.root
	shift
	LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}
