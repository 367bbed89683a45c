#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernels start themselves by kexec while the module is loaded and answers calls. The new kernel loads the module and has
# to pass the tests of the cell. TAP.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"

kernels=(6.12 7.2)
cell=v1-power9
folder=$cache/kexec
"$lab/prepare" "${kernels[@]}"
acquire kexec ppc64el "$tools_suite" packages download kexec-tools:ppc64el || lab_failed "$tools_suite has no kexec-tools"

for kernel in "${kernels[@]}"; do
	if [ -e "$cache/kernel/$kernel.none" ]; then
		say "$kernel is not in the archive: $(cat "$cache/kernel/$kernel.none")"
		continue
	fi
	# the kernel's own initramfs, and a second archive with the program, the kernel, and the initramfs once more
	staging=$folder/staging
	rm -rf "$staging"
	mkdir -p "$staging"/{bin,kexec}
	dpkg-deb --fsys-tarfile "$cache"/archive/kexec/*.deb | tar -x -C "$staging/bin" --strip-components=3 ./usr/sbin/kexec
	ln "$cache/kernel/$kernel/vmlinux" "$staging/kexec/vmlinux"
	ln "$cache/initrd/$kernel" "$staging/kexec/initrd"
	{ cat "$cache/initrd/$kernel"; (cd "$staging" && find . | cpio -o -H newc --quiet); } >"$folder/initrd"
	rm -rf "$staging"

	status=0
	KEXEC=1 INITRD=$folder/initrd MEMORY=2G RUN=$folder "$lab/cell" "$kernel/$cell" >"$folder/said" || status=$?
	sed -n '/^not ok/,/^ok/{/^ok/!s/^/# /p}' "$folder/said"
	point $status "$kernel/$cell: the new kernel passes its tests after kexec"
done
plan
