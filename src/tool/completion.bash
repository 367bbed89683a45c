# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion for kvm-ppc-compat(8)

_kvm_ppc_compat() {
	local command=${COMP_WORDS[1]} words=
	[ "$COMP_CWORD" -ne 1 ] || command=
	case $command in
	"") words='status caps libvirt load unload report help version --json --no-load --quiet --verbose --help --version' ;;
	status | -*) words='--json --no-load --quiet --verbose' ;;
	caps) words=--qemu ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -F _kvm_ppc_compat kvm-ppc-compat
