# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Functions that test packages in a system of tests/packages/lib.sh, as TAP: install, compare, boot. To be sourced after
# lib.sh and judge.sh. Call begin first.

# begin SUITE LAYER NAME VERSION CELL: mount the system up to that layer; changes go to the folder NAME. VERSION is that of
# the packages, CELL the machine for boots. Callers have their own mount namespace.
begin() {
	suite=$1 subject=$1 run=$cache/system/$1/$3 log=$cache/log/$3-$1 version=$4 cell=$5
	capabilities=$(field cell "$cell" capabilities)
	emulate
	"$top/tests/packages/system" "$suite" || exit
	rm -rf "$run" "$run".*
	: >"$log"
	mount_system "$suite" "$2" "$run"
	mount_native "$suite" "$run.root"
	started=$SECONDS
}

# finish: print the plan, unmount and delete the layer
finish() {
	local root
	say "$suite: done after $((SECONDS - started)) s"
	printf '1..%d\n' "$count"
	for root in "$run".{,*.}root; do
		[ ! -d "$root" ] || umount --recursive "$root" || return
	done
	rm -rf --one-file-system "$run" "$run".*
}

apt() { apt-get -y -q --no-install-recommends --allow-downgrades "$@"; }
export -f apt

# ok NAME: a test point, passed if the previous command succeeded; else with its output
ok() { local status=$?; point $status "$1"; [ $status -eq 0 ] || sed 's/^/# /' "$run.output"; }

# does NAME COMMAND...: run in the system, with apt as above. It must succeed and leave no package half-configured.
does() {
	local name=$1 status=0
	shift
	say "$suite, $((SECONDS - started)) s: $name"
	in_system "$run" bash -c '"$@"' - "$@" </dev/null >"$run.output" 2>&1 || status=$?
	{ echo "\$ $*"; cat "$run.output"; } >>"$log"
	[ $status -eq 0 ]
	ok "$name"
	# shellcheck disable=SC2016 # dpkg-query's
	is "no package is half-configured after that" \
		"$(outcome in_system "$run" dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | grep -vE '^(ii|rc) '
			outcome in_system "$run" dpkg --audit)" ""
}

# said NAME TEXT: a test point, passed if the last command has printed the text
said() { grep -qF -- "$2" "$run.output"; ok "$1"; }

# status_is KERNEL EXPECTED: dkms reports that status, and the module file exists if and only if there is a status
status_is() {
	local got
	got=$(outcome in_system "$run" dkms status kvm-ppc-compat -k "$1")
	is "dkms status, $1" "$(sed -n "s|^kvm-ppc-compat/\([^,]*\), $1,.*: |\1 |p; /^fails with/p" <<<"$got")" "$2"
	# The folder of a removed kernel does not exist.
	got=$(outcome in_system "$run" find /lib/modules -path "/lib/modules/$1/*" -name 'kvm_ppc_compat.ko*')
	is "modules for $1" "$(wc -w <<<"$got")" "$([ -z "$2" ]; echo $?)"
}

# nothing_left: a test point, passed if no file of the packages and no built module exists
nothing_left() {
	is "what is left" "$(outcome in_system "$run" find / -xdev \( -name '*kvm-ppc-compat*' -o -name '*kvm_ppc_compat*' \) \
		-not -path '/deb/*' -not -path '/cache/*' -not -path '/checkout/*' -not -path '/rpmbuild/*' -not -path '/tmp/*')" ""
}

# boots SCENARIO KERNEL [OPTION...]: boot the image from make_image. Its tests are in tests/packages/in-guest.
boots() {
	local scenario=$1 kernel=$2 status=0 since
	shift 2
	# conformance expects less of a kernel that does not know POWER11
	since=$(matrix_line fact power11)
	dpkg --compare-versions "$kernel" ge "${since%% *}~" || set -- systemd.setenv=power11=unknown "$@"
	say "$suite, $((SECONDS - started)) s: booting $kernel: $scenario"
	ln -f "$run.root/boot/vmlinux-$kernel" "$run.image/vmlinux" 2>/dev/null || cp "$run.root/boot/vmlinux-$kernel" "$run.image/vmlinux"
	cp "$run.root/boot/initrd.img-$kernel" "$run.image/initrd"
	"$lab/boot" "$run.image" "$cell" "$run.image/$scenario" \
		"systemd.setenv=SCENARIO=$scenario" "$@" || status=$?
	case $status in
	0) judge "$run.image/$scenario/console" "$scenario" ;;
	2) point 1 "$scenario: the guest was lost" ;;
	*) point 1 "$scenario: the lab failed" ;;
	esac
	sed -n "/^@begin $scenario\$/,/^@end/s/^#/# $kernel, $scenario:/p" "$run.image/$scenario/console"
}

# make_image: make a disk image of the system in its present state
make_image() {
	local plain=$run.plain
	mkdir -p "$plain" "$run.image"
	mount --bind "$run.root" "$plain" # without the file systems that are mounted in it
	rm -f "$run.image/disk"
	mke2fs -q -t ext4 -d "$plain" "$run.image/disk" "$(($(du -sm --one-file-system "$plain" | cut -f1) * 5 / 4 + 300))M" >/dev/null ||
		lab_failed "$suite: cannot make a disk image: is the disk full?"
	umount "$plain"
}

# put_tests: install the tests that the guest runs after boot
put_tests() {
	local root=$run.root
	mkdir -p "$root/usr/local/bin"
	cp "$cache/guest/bin"/{conformance,vm,kernel-log,tap.sh} "$top/tests/packages/in-guest" "$root/usr/local/bin"
	cat >"$root/etc/systemd/system/test.service" <<-END
		[Unit]
		Description=Tests of kvm-ppc-compat
		[Service]
		Type=oneshot
		Environment=VERSION=$version API=${cell%%-*} CAPABILITIES=$capabilities
		ExecStart=/bin/bash -c 'echo; echo @begin \$SCENARIO; in-guest \$SCENARIO; echo @end \$SCENARIO \$?; kernel-log; echo @done'
		ExecStopPost=/bin/systemctl --no-block poweroff
		StandardOutput=tty
		StandardError=tty
		TTYPath=/dev/hvc0
		TimeoutStartSec=infinity
		[Install]
		WantedBy=multi-user.target
	END
	in_system "$run" systemctl enable test.service 2>/dev/null
	in_system "$run" systemctl mask serial-getty@hvc0.service 2>/dev/null
}
