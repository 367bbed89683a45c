# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# How tests make packages. The next package is a folder, $work/files; a made package is in $work. To be sourced after lib.sh.

# put FILE: write stdin into that file of the next package
put() {
	mkdir -p "$(dirname "$work/files/$1")"
	cat >"$work/files/$1"
}

# link FILE TARGET: make that symbolic link in the next package
link() {
	mkdir -p "$(dirname "$work/files/$1")"
	ln -s "$2" "$work/files/$1"
}

# deb NAME ARCHITECTURE [COMPRESSION]: make a package of these files
deb() {
	mkdir -p "$work/files/DEBIAN"
	printf 'Package: %s\nVersion: 1\nArchitecture: %s\nMaintainer: none <none@localhost>\nDescription: none\n' "$1" "$2" \
		>"$work/files/DEBIAN/control"
	dpkg-deb "-Z${3:-xz}" --root-owner-group -b "$work/files" "$work/$1.deb" >/dev/null
	rm -rf "$work/files"
}

# rpm_of NAME ARCHITECTURE: make a package of these files
rpm_of() {
	printf '%%define %s\n' 'debug_package %{nil}' '__os_install_post %{nil}' '_build_id_links none' '_binary_payload w3.zstdio' \
		'__spec_install_pre mkdir -p %{buildroot}' >"$work/spec"
	printf 'Name: %s\nVersion: 1\nRelease: 1\nSummary: none\nLicense: none\nAutoReqProv: no\n' "$1" >>"$work/spec"
	printf '%%description\n%%install\ncp -a %s/files/. %%{buildroot}\n%%files\n/*\n' "$work" >>"$work/spec"
	rpmbuild -bb --quiet --target "$2" --define "_topdir $work/rpm" --define "_rpmdir $work/rpm" --define "_rpmfilename $1.rpm" \
		"$work/spec" >"$work/log" 2>&1 || lab_failed "rpmbuild: $(cat "$work/log")"
	mv "$work/rpm/$1.rpm" "$work"
	rm -rf "$work/files"
}
