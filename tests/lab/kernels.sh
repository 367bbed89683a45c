# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The kernels of the matrix: which one the archive has today, what it is, where its parts are. To be sourced by lib.sh.
#
# $cache/kernel/NAME has vmlinux, kvm*.ko, what a module is built against, and these files: release; suite, where it
# comes from; facts, what it is; news, where that is not what its version lets one expect.

# in_range VERSION FROM UNTIL: whether a Debian version is of a Linux from FROM on, release candidates included, and before UNTIL
in_range() {
	dpkg --compare-versions "$1" ge "$2~" && { [ "$3" = - ] || dpkg --compare-versions "$1" lt "$3~"; }
}

# versions STATE PATTERN: versions and names of the packages with that name, newest first
versions() {
	index "$1" | awk -v pattern="^($2)\$" '
		/^Package: / { package = $2 }
		/^Version: / && package ~ pattern { print $2, package; package = "" }' | sort -u | sort -k1,1Vr
}

# kernel_packages STATE FROM UNTIL PAGE: a choice of acquire() for each kernel in that range, with the headers
kernel_packages() {
	local state=$1 version package packages flavour=powerpc64le
	# the name of the flavour with 64K pages depends on whether there are two
	if [ "$4" = 64K ] && versions "$state" 'linux-image-[0-9].*-powerpc64le-64k' | grep -q .; then
		flavour+=-64k
	fi
	versions "$state" "linux-image-[0-9].*[0-9]-$flavour" | while read -r version package; do
		in_range "$version" "$2" "$3" || continue
		# kbuild's programs run here, everything else is for the target
		packages=$(with_apt "$state" apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
			--no-replaces --no-enhances "$package:ppc64el" "${package/image/headers}:ppc64el" 2>/dev/null |
			grep -oE '^linux-(image|binary|modules|headers|kbuild)-[0-9][^ ]+' | grep -vE -- '-(dbg|unsigned)(:|$)' |
			sed -E 's/^(linux-kbuild-[^:]*):ppc64el$/\1/' | sort -u | paste -sd' ')
		case $packages in
		*linux-headers-*linux-image-*) echo "download $packages" ;;
		esac
	done
}

# source_package STATE FROM UNTIL: a choice of acquire() for the sources of each kernel in that range
source_package() {
	local version package
	versions "$1" 'linux-source-[0-9.]+' | while read -r version package; do
		! in_range "$version" "$2" "$3" || echo "download $package=$version"
	done
}

# root_of SUITE: the root in which kernels of that suite are built for. What a suite adds to another builds there.
root_of() {
	case $1 in
	experimental) echo sid ;;
	*) echo "${1%-backports}" ;;
	esac
}

# fact KERNEL NAME: what it is: "yes" or "no"; for "page", the page size; nothing if it is not there
fact() { sed -n "s/^$2 //p" "$cache/kernel/$1/facts" 2>/dev/null || true; }

# role KERNEL: attach: the module gives this kernel the feature; native: it has the feature, and the module refuses to
# load
role() { [ "$(fact "$1" native)" = yes ] && echo native || echo attach; }

# kernel_dir KERNEL: what a module for it is built against, as the roots see it
kernel_dir() { printf '/cache/kernel/%s/build\n' "$1"; }

# find_facts KERNEL HEADERS CONFIG: read what that kernel is from its headers and configuration
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
	grep -qx "page $page" "$folder/facts.new" || lab_failed "$1: Linux $version does not have pages of $page"
	mv "$folder/news.new" "$folder/news"
	mv "$folder/facts.new" "$folder/facts"
}

# is_so KERNEL CONDITION: a fact of the matrix, several with commas between them, "!" before those that are not to be
is_so() {
	local condition
	for condition in ${2//,/ }; do
		case $condition in
		!*) [ "$(fact "$1" "${condition#!}")" = no ] || return 1 ;;
		*) [ "$(fact "$1" "$condition")" = yes ] || return 1 ;;
		esac
	done
}

# rules KIND KERNEL CELL: the rest of the lines of that kind whose condition holds for the kernel, and whose pattern of cells matches
rules() {
	local condition pattern rest
	matrix "$1" | while read -r condition pattern rest; do
		# shellcheck disable=SC2053 # a pattern
		[[ $3 != $pattern ]] || ! is_so "$2" "$condition" || printf '%s\n' "$rest"
	done
}

# reference_cell KERNEL CELL: the cell whose reference this kernel has to answer like in this cell
reference_cell() {
	local other
	other=$(rules like "$1" "$2" | sed -n 1p)
	printf '%s\n' "${other:-$2}"
}

# options KERNEL: those of its configuration that the stress test wants to know
options() {
	sed -nE 's/^CONFIG_(PREEMPTION|LIVEPATCH|FAIL_FUNCTION|DEBUG_KMEMLEAK)=y$/\1/p' "$cache/kernel/$1/config" | paste -sd' '
}

# get_source NAME: the sources of that kernel, in $cache/source/FROM. Returns 1 when no suite has any.
get_source() {
	local from folder set
	from=$(field kernel "$1" from)
	folder=$cache/source/$from set=source-$from
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
}

# get_kernel NAME: one of the distribution's packages. Returns 1 when no suite has it.
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

# get NAME: the kernel, or the sources that it is built from; afterwards its suite is known. A kernel that no suite has
# any more is left out.
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
	esac
	cp "$cache/archive/$set.none" "$folder.none"
	say "$name: the archive has no such kernel: $(cat "$folder.none")"
	return 1
}

# what_it_is NAME: read it from where the kernel's headers are
what_it_is() {
	local name=$1 folder=$cache/kernel/$1 headers
	headers=$cache/source/$(field kernel "$name" from)
	[ "$(field kernel "$name" kind)" = source ] || headers=$(find "$folder/headers/usr/src" -maxdepth 1 -name 'linux-headers-*-common*')
	find_facts "$name" "$headers" "$folder/config"
}

# qemu_version SUITE: of its QEMU for ppc64el, as its package has it; nothing if it has none. One that is there counts.
qemu_version() {
	if [ ! -e "$cache/nested/$1.version" ]; then
		! read_lists ppc64el "$1" || versions "$(state_of ppc64el "$1")" qemu-system-ppc | sed -n '1s/ .*//p'
		return
	fi
	cat "$cache/nested/$1.version"
}

# qemu_asks SUITE: whether its QEMU asks for the modes, as QEMU does since 11.2
qemu_asks() {
	local version
	version=$(qemu_version "$1")
	[ -n "$version" ] && dpkg --compare-versions "$version" ge 1:11.2~
}
