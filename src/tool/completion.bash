# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion for kvm-ppc-compat(8)

_kvm_ppc_compat() {
	local words='--json --help --version'
	[ "$COMP_CWORD" -ne 1 ] || words+=' status caps load unload'
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -F _kvm_ppc_compat kvm-ppc-compat
