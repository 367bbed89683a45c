#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which direction strace shows for each command: finding 6 of the review of the draft ABI. TAP.
# Usage: strace.t PROGRAM, which makes the calls
set -euo pipefail
trace=$(strace -e trace=ioctl "$1" 2>&1)
count=0
status=0
while read -r name expected; do
	count=$((count + 1))
	grep -qF "$expected" <<<"$trace" || { printf 'not '; status=1; }
	printf 'ok %d - review 6: %s: %s\n' "$count" "$name" "$expected"
done <<'END'
KVM_PPC_GET_COMPAT_CAPS_DRAFT      _IOC(_IOC_READ, 0xae, 0xe4, 0x18)
KVM_PPC_GET_COMPAT_CAPS_IOWR_DRAFT _IOC(_IOC_READ|_IOC_WRITE, 0xae, 0xe4, 0x18)
END
# shellcheck disable=SC2001 # each line
[ $status -eq 0 ] || sed 's/^/# /' <<<"$trace"
echo "1..$count"
exit $status
