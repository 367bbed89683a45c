# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The kernels of the matrix: download, unpack, and determine their properties. To be sourced by lib.sh.
#
# $cache/kernel/NAME has vmlinux, kvm*.ko, the folder build for building modules, and these files: release; suite, from
# which it comes; facts, its properties; news, the properties that are unusual for its version.

# in_range VERSION FROM UNTIL: whether a Debian version is of a Linux from FROM on, release candidates included, and before UNTIL
in_range() {
	dpkg --compare-versions "$1" ge "$2~" && { [ "$3" = - ] || dpkg --compare-versions "$1" lt "$3~"; }
}

# versions STATE PATTERN: print version and name of each package whose name matches, the newest first
versions() {
	index "$1" | awk -v pattern="^($2)\$" '
		/^Package: / { package = $2 }
		/^Version: / && package ~ pattern { print $2, package; package = "" }' | sort -u | sort -k1,1Vr
}

# kernel_packages STATE FROM UNTIL PAGE: for CHOOSE of acquire(), print a choice for each kernel in that range, with headers
kernel_packages() {
	local state=$1 version package packages flavour=powerpc64le
	# "-64k" is part of the flavour's name only if there is also one with 4K pages
	if [ "$4" = 64K ] && versions "$state" 'linux-image-[0-9].*-powerpc64le-64k' | grep -q .; then
		flavour+=-64k
	fi
	versions "$state" "linux-image-[0-9].*[0-9]-$flavour" | while read -r version package; do
		in_range "$version" "$2" "$3" || continue
		# the programs of linux-kbuild run on this machine; all other packages are for the target
		packages=$(with_apt "$state" apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
			--no-replaces --no-enhances "$package:ppc64el" "${package/image/headers}:ppc64el" 2>/dev/null |
			grep -oE '^linux-(image|binary|modules|headers|kbuild)-[0-9][^ ]+' | grep -vE -- '-(dbg|unsigned)(:|$)' |
			sed -E 's/^(linux-kbuild-[^:]*):ppc64el$/\1/' | sort -u | paste -sd' ')
		case $packages in
		*linux-headers-*linux-image-*) echo "download $packages" ;;
		esac
	done
}

# source_package STATE FROM UNTIL: for CHOOSE of acquire(), print a choice for the sources of each kernel in that range
source_package() {
	local version package
	versions "$1" 'linux-source-[0-9.]+' | while read -r version package; do
		! in_range "$version" "$2" "$3" || echo "download $package=$version"
	done
}

# root_of SUITE: print the suite of the root that builds for kernels of that suite. Suites that extend another one have no
# root of their own.
root_of() {
	case $1 in
	experimental) echo sid ;;
	*) echo "${1%-backports}" ;;
	esac
}

# is_rare KERNEL: whether it is tried only when it is named
is_rare() {
	local pattern
	while read -r pattern; do
		# shellcheck disable=SC2053 # a pattern
		[[ $1 != $pattern ]] || return 0
	done < <(matrix rarely)
	return 1
}

# compiler KERNEL: print the compiler that builds it and its modules
compiler() { if grep -qsx CONFIG_CC_IS_CLANG=y "$lab/config/${1#*-}" "$cache/kernel/$1/config"; then echo clang; else echo powerpc64le-linux-gnu-gcc; fi; }

# kernel_root KERNEL: print the root that builds for it
kernel_root() {
	local root
	root=$(root_of "$(cat "$cache/kernel/$1/suite")")
	[ "$(compiler "$1")" != clang ] || root+=-clang
	printf '%s\n' "$root"
}

# fact KERNEL NAME: print "yes" or "no"; for the fact "page", the page size; nothing if the kernel is not there
fact() { sed -n "s/^$2 //p" "$cache/kernel/$1/facts" 2>/dev/null || true; }

# role KERNEL: print "attach" if the module has to add the feature to this kernel, "native" if the kernel has it
role() { [ "$(fact "$1" native)" = yes ] && echo native || echo attach; }

# kernel_dir KERNEL: print the folder for building its modules, by its path in the roots
kernel_dir() { printf '/cache/kernel/%s/build\n' "$1"; }

# find_facts KERNEL HEADERS CONFIG: determine the kernel's facts and news from its headers and its configuration
find_facts() {
	local folder=$cache/kernel/$1 headers=$2 config=$3 page version name since file identifier has expected
	page=$(field kernel "$1" page)
	version=$(cat "$folder/release")
	: >"$folder/news.new"
	{
		if grep -qx CONFIG_PPC_64K_PAGES=y "$config"; then echo "page 64K"; else echo "page 4K"; fi
		while read -r name since file identifier; do
			has=no expected=no
			[ -e "$headers/$file" ] || lab_failed "$1: its headers lack $file"
			! grep -qw "$identifier" "$headers/$file" || has=yes
			! dpkg --compare-versions "$version" ge "$since~" || expected=yes
			echo "$name $has"
			case $has/$expected in
			yes/no) echo "$1: Linux $version has $identifier, which Linux has since $since" >>"$folder/news.new" ;;
			no/yes) echo "$1: Linux $version lacks $identifier, which Linux has since $since" >>"$folder/news.new" ;;
			esac
		done < <(matrix fact)
	} >"$folder/facts.new"
	[ "$page" = - ] || grep -qx "page $page" "$folder/facts.new" || lab_failed "$1: Linux $version does not have pages of $page"
	mv "$folder/news.new" "$folder/news"
	mv "$folder/facts.new" "$folder/facts"
}

# is_so KERNEL CONDITION: whether all of these facts hold for the kernel. They are separated by commas; "!" negates one.
is_so() {
	local condition
	for condition in ${2//,/ }; do
		case $condition in
		!*) [ "$(fact "$1" "${condition#!}")" = no ] || return 1 ;;
		*) [ "$(fact "$1" "$condition")" = yes ] || return 1 ;;
		esac
	done
}

# rules KIND KERNEL CELL: print the rest of those lines of that kind whose condition holds for the kernel and whose pattern
# matches the cell
rules() {
	local condition pattern rest
	matrix "$1" | while read -r condition pattern rest; do
		# shellcheck disable=SC2053 # a pattern
		[[ $3 != $pattern ]] || ! is_so "$2" "$condition" || printf '%s\n' "$rest"
	done
}

# reference_cell KERNEL CELL: print the cell whose reference applies to this kernel in this cell
reference_cell() {
	local other
	other=$(rules like "$1" "$2" | sed -n 1p)
	printf '%s\n' "${other:-$2}"
}

# options KERNEL: print the options of its configuration that the stress test needs
options() {
	sed -nE 's/^CONFIG_(PREEMPTION|LIVEPATCH|FAIL_FUNCTION|DEBUG_KMEMLEAK|FPROBE|BPF_EVENTS|DEBUG_INFO_BTF_MODULES|DYNAMIC_FTRACE_WITH_DIRECT_CALLS)=y$/\1/p' "$cache/kernel/$1/config" | paste -sd' '
}

# get_source NAME: download the sources of that kernel to $cache/source/FROM. Returns 1 if no suite has any.
get_source() {
	local from folder set
	from=$(field kernel "$1" from)
	folder=$cache/source/$from set=source-$from
	mkdir -p "${folder%/*}"
	# two kernels that are prepared at the same time can have the same sources
	{
		flock 7
		[ ! -e "$folder/Makefile" ] || return 0
		say "Linux $from: getting its sources (a minute)"
		acquire "$set" "$(dpkg --print-architecture)" "$(field kernel "$1" suites)" source_package \
			"$from" "$(field kernel "$1" until)" || return
		rm -rf "$folder.new"
		mkdir -p "$folder.new"
		dpkg-deb --fsys-tarfile "$cache/archive/$set"/*.deb | tar -x -O --wildcards '*.tar.xz' |
			tar -x -J -C "$folder.new" --strip-components=1 || lab_failed "cannot unpack the sources of Linux $from: is the disk full?"
		mv "$cache/archive/$set/suite" "$folder.new/.suite"
		rm -rf "$cache/archive/$set" "$folder"
		mv "$folder.new" "$folder"
	} 7>"$folder.lock"
}

# get_kernel NAME: download and unpack a kernel that is in packages. Returns 1 if no suite has it.
get_kernel() {
	local name=$1 folder=$cache/kernel/$1 deb file set=kernel-$1
	[ ! -e "$folder/release" ] || return 0
	rm -rf "$folder"
	acquire "$set" "$(dpkg --print-architecture),ppc64el" "$(field kernel "$name" suites)" kernel_packages \
		"$(field kernel "$name" from)" "$(field kernel "$name" until)" "$(field kernel "$name" page)" || return
	say "$name: unpacking $(sed -nE 's/.*linux-image-([^: ]*).*/\1/p' "$cache/archive/$set/choice"), of $(cat "$cache/archive/$set/suite")"
	mkdir -p "$folder/headers" "$folder/image"
	for deb in "$cache/archive/$set"/*.deb; do
		file=$folder/image
		case ${deb##*/} in linux-headers-* | linux-kbuild-*) file=$folder/headers ;; esac
		dpkg-deb -x "$deb" "$file" || lab_failed "$name: cannot unpack ${deb##*/}: is the disk full?"
	done
	find "$folder/image" -type f \( -name 'vmlinu[xz]*' -o -name 'kvm.ko*' -o -name 'kvm-hv.ko*' -o -name 'kvm-pr.ko*' \) -exec mv -t "$folder" {} +
	file=$(find "$folder" -maxdepth 1 -name 'vmlinu*' | sed -n 1p)
	[ -n "$file" ] || lab_failed "$name: its packages have no vmlinux: $(cat "$cache/archive/$set/choice")"
	mv "$file" "$folder/vmlinux"
	find "$folder" -maxdepth 1 -name '*.ko.xz' -exec xz -d {} +
	for file in kvm.ko kvm-hv.ko; do
		[ -e "$folder/$file" ] || lab_failed "$name: its packages have no $file: $(cat "$cache/archive/$set/choice")"
	done
	file=$(cd "$folder/headers/usr/src" && find . -maxdepth 1 -name 'linux-headers-*-powerpc64le*' -printf '%f\n')
	ln -s "headers/usr/src/$file" "$folder/build"
	cp "$folder/build/.config" "$folder/config"
	mv "$cache/archive/$set/suite" "$folder/suite"
	printf '%s\n' "${file#linux-headers-}" >"$folder/release.new"
	rm -rf "$folder/image" "$cache/archive/$set"
	mv "$folder/release.new" "$folder/release"
}

# get NAME: download the kernel, or the sources for building it, and record its suite. Returns 1 if no suite has it.
get() {
	local name=$1 folder=$cache/kernel/$1 from set=kernel-$1
	from=$(field kernel "$name" from)
	mkdir -p "$cache/kernel"
	rm -f "$folder.none"
	case $(field kernel "$name" kind) in
	package) get_kernel "$name" && return ;;
	source)
		if get_source "$name"; then
			mkdir -p "$folder"
			cp "$cache/source/$from/.suite" "$folder/suite"
			return
		fi
		set=source-$from
		;;
	files)
		get_files "$name" && return
		say "$name: the module is not for this kernel: $(cat "$folder.none")"
		return 1
		;;
	esac
	cp "$cache/archive/$set.none" "$folder.none"
	say "$name: the archive has no such kernel: $(cat "$folder.none")"
	return 1
}

# what_it_is NAME: call find_facts() with the kernel's headers
what_it_is() {
	local name=$1 folder=$cache/kernel/$1 headers
	case $(field kernel "$name" kind) in
	package) headers=$(find "$folder/headers/usr/src" -maxdepth 1 -name 'linux-headers-*-common*') ;;
	source) headers=$cache/source/$(field kernel "$name" from) ;;
	files) headers=$folder/source ;;
	esac
	find_facts "$name" "$headers" "$folder/config"
}

# qemu_version SUITE: print the version of its QEMU package for ppc64el, that in the cache if there is one; else nothing
qemu_version() {
	if [ ! -e "$cache/nested/$1.version" ]; then
		! read_lists ppc64el "$1" || versions "$(state_of ppc64el "$1")" qemu-system-ppc | sed -n '1s/ .*//p'
		return
	fi
	cat "$cache/nested/$1.version"
}

# qemu_asks SUITE: whether its QEMU queries the modes, as QEMU does since 11.2
qemu_asks() {
	local version
	version=$(qemu_version "$1")
	[ -n "$version" ] && dpkg --compare-versions "$version" ge 1:11.2~
}
