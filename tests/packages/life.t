#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2317 # life.sh calls in_system
# Tests of life.sh, without a system. If a command in the system fails, that must not count as "nothing found". TAP.

# shellcheck source=tests/packages/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/judge.sh
. "$lab/judge.sh"
# shellcheck source=tests/packages/life.sh
. "$top/tests/packages/life.sh"
set +e
run=/nowhere log=/dev/null

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
plan
