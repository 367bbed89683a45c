#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2317 # life.sh calls in_system, in-guest calls dpkg and systemctl
# Tests of life.sh and in-guest, without a system. If a command in the system fails, that must not count as "nothing found".
# TAP.

# shellcheck source=tests/packages/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/judge.sh
. "$lab/judge.sh"
# shellcheck source=tests/packages/life.sh
. "$top/tests/packages/life.sh"
set +e
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
run=$work/run log=/dev/null suite=none started=$SECONDS

# judged COMMAND...: print how many of its test points fail
judged() {
	local count=0 failed=0
	"$@" >/dev/null
	echo "$failed of $count"
}

in_system() { shift; [ "$1" != dkms ] || echo "kvm-ppc-compat/0.1, 6.12, ppc64le: installed"; }
fine=$(judged status_is 6.12 "0.1 installed")
in_system() { shift; [ "$1" = dkms ] && echo "kvm-ppc-compat/0.1, 6.12, ppc64le: installed" || echo /lib/modules/6.12/updates/kvm_ppc_compat.ko; }
is "a module that is installed and there" "$(judged status_is 6.12 "0.1 installed")" "0 of 2"
is "one that is installed and not there" "$fine" "1 of 2"
is "one that is there and should not be" "$(judged status_is 6.12 "")" "2 of 2"
is "something is left" "$(judged nothing_left)" "1 of 1"
in_system() { :; }
is "none, as it has to be" "$(judged status_is 6.12 "")" "0 of 2"
is "nothing is left" "$(judged nothing_left)" "0 of 1"
in_system() { return 127; }
is "dkms and find fail" "$(judged status_is 6.12 "")" "2 of 2"
is "find fails" "$(judged nothing_left)" "1 of 1"
is "dkms fails, with nothing expected" "$(judged is "dkms status" "$(outcome in_system "$run" dkms status)" "")" "1 of 1"

# does_where COMMAND: how does() judges a command that succeeds, in a system where that command fails
does_where() {
	local broken=$1
	in_system() {
		case $2 in
		"$broken") return 2 ;;
		dpkg-query) printf '%s\n' "ii  dkms" "rc  kvm-ppc-compat-dkms" ;;
		esac
	}
	judged does "a command" true 2>/dev/null
}
is "all packages are configured" "$(does_where nothing)" "0 of 2"
is "dpkg-query fails" "$(does_where dpkg-query)" "1 of 2"
is "dpkg --audit fails" "$(does_where dpkg)" "1 of 2"
in_system() { [ "$2" != dpkg-query ] || echo "iF  kvm-ppc-compat-dkms"; }
is "a package is half-configured" "$(judged does "a command" true 2>/dev/null)" "1 of 2"

# in_guest FUNCTION: the verdicts of that function of in-guest
in_guest() {
	bash -c "$(sed "s,/usr/local/bin/tap.sh,$top/tests/tap.sh," "$top/tests/packages/in-guest")" - "$1" |
		sed -nE 's/^((not )?ok) .*/\1/p' | paste -sd' '
}
dpkg() { :; }
systemctl() { :; }
export -f dpkg systemctl
is "in the guest, all packages are configured" "$(in_guest "dpkg_run upgrade true")" "ok ok"
is "no unit has failed" "$(in_guest no_failed_units)" "ok"
dpkg() { return 2; }
systemctl() { return 1; }
is "dpkg --audit fails" "$(in_guest "dpkg_run upgrade true")" "ok not ok"
is "systemctl fails" "$(in_guest no_failed_units)" "not ok"
dpkg() { echo kvm-ppc-compat-dkms; }
systemctl() { echo dkms.service; }
is "a package is half-configured" "$(in_guest "dpkg_run upgrade true")" "ok not ok"
is "a unit has failed" "$(in_guest no_failed_units)" "not ok"
plan
