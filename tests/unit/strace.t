#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests the direction that strace shows for each command: finding 6 of the review of the draft ABI. TAP.
# Usage: strace.t PROGRAM; it makes the calls
set -euo pipefail
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
trace=$(strace -e trace=ioctl "$1" 2>&1)
while read -r name expected; do
	like "review 6: $name: $expected" "$trace" "*$expected*"
done <<'END'
KVM_PPC_GET_COMPAT_CAPS_DRAFT      _IOC(_IOC_READ, 0xae, 0xe4, 0x18)
KVM_PPC_GET_COMPAT_CAPS_IOWR_DRAFT _IOC(_IOC_READ|_IOC_WRITE, 0xae, 0xe4, 0x18)
END
plan
