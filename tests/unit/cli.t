#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The command kvm-ppc-compat and what comes with it, as installed, on this machine, which is no partition.
# TAP.
# Usage: cli.t PREFIX FOLDER, with the JSON of many cases

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/../lab/lib.sh"
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"
prefix=$1 cases=$2
tool=$prefix/bin/kvm-ppc-compat
man8=$prefix/share/man/man8/kvm-ppc-compat.8
man2=$prefix/share/man/man2/ioctl_kvm_ppc_get_compat_caps.2
schema=$top/tests/unit/status.schema.json
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# status_of COMMAND...: its exit status; what it prints goes to $work/out, its errors to $work/err
status_of() {
	local status=0
	"$@" >"$work/out" 2>"$work/err" || status=$?
	echo $status
}

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/dkms.conf")
is "--version is the module's" "$("$tool" --version)" "kvm-ppc-compat $version"
is "--help" "$(status_of "$tool" --help)" 0
is "it fits a screen" "$(awk 'length > 80 { print } END { if (NR > 24) print NR }' "$work/out")" ""
for arguments in nonsense --nonsense "status more" "caps --json" "load kvm"; do
	# shellcheck disable=SC2086 # a list
	is "wrong usage: $arguments" "$(status_of "$tool" $arguments)" 2
	is "it is said on stderr only" "$(wc -l <"$work/out") $(grep -c 'Try kvm-ppc-compat --help' "$work/err")" "0 1"
done
is "a full disk" "$("$tool" --help >/dev/full 2>"$work/err"; echo $?)" 3
is "it is said" "$(cat "$work/err")" "kvm-ppc-compat: cannot write: No space left on device"

is "this machine is no partition" "$(status_of "$tool" status)" 1
is "no colours in a file" "$(grep -c $'\033' "$work/out")" 0
is "colours on a terminal" "$(NO_COLOR='' script -qec "$tool" /dev/null | grep -c $'\033')" 13
is "none with NO_COLOR" "$(NO_COLOR=1 script -qec "$tool" /dev/null | grep -c $'\033')" 0

# --- JSON ---

is "JSON" "$(status_of "$tool" --json)" 1
cp "$work/out" "$cases/this-machine.json"
for case in "$cases"/*.json; do
	is "schema: $(basename "$case" .json)" "$(/usr/bin/python3 -c '
import json, jsonschema, sys
try:
    jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
except Exception as error:
    print(str(error).splitlines()[0])' "$case" "$schema")" ""
done
is "the man page has each key, and nothing else" "$(sed -n '/^\.Ss The questions/,/^\.El/s/^\.It //p' "$man8")" \
	"$(jq -r '.properties.checks.required[]' "$schema")"
# and each word that the schema allows as its value, but for the names of the modes
for key in $(jq -r '.properties.checks.required[]' "$schema"); do
	section=$(sed -n "/^\.It $key\$/,/^\.El/p" "$man8" | sed '1d; /^\.\(It\|El\)/,$d')
	is "the man page has the values of $key" "$(jq -r ".properties.checks.properties.$key.allOf[1].properties.value.enum // [] |
		map(select(test(\"^power[0-9]\"; \"i\") | not))[]" "$schema" |
		while read -r value; do grep -qE "^\.Li $value( |\$)" <<<"$section" || echo "$value"; done)" ""
done

# --- what comes with it ---

is "the man page's example is the tests'" \
	"$(sed -n '/^\.Sh EXAMPLES/,/^\.Ed/{/^\./d; s/\\-/-/g; s/\\e/\\/g; p}' "$man2")" \
	"$(sed '1,/^ \*\//d; 1,/./{/^$/d}' "$top/tests/guest/helpers/example.c")"
is "it is short" "$(($(wc -l <"$top/tests/guest/helpers/example.c") <= 30))" 1

# completions WORD...
completions() {
	local COMP_WORDS=(kvm-ppc-compat "$@") COMP_CWORD=$# COMPREPLY=()
	_kvm_ppc_compat
	echo "${COMPREPLY[*]}"
}
# shellcheck source=src/tool/completion.bash
. "$prefix/share/bash-completion/completions/kvm-ppc-compat"
is "completion of a command" "$(completions l)" load
is "completion of all commands" "$(completions '')" "--json --help --version status caps load unload"
is "completion of an option" "$(completions status --j)" --json
is "completion knows the commands" \
	"$(completions '' | tr ' ' '\n' | grep -v ^-)" "$("$tool" --help | sed -n '/^Commands/,/^$/s/^  \([a-z]\+\) .*/\1/p')"

export PKG_CONFIG_PATH=$prefix/share/pkgconfig
is "pkg-config: version" "$(pkg-config --modversion kvm-ppc-compat)" "$version"
# shellcheck disable=SC2046 # options
is "pkg-config: the example compiles" "$(status_of cc -Wall -Werror $(pkg-config --cflags kvm-ppc-compat) \
	-o "$work/example" "$top/tests/guest/helpers/example.c")" 0

# --- memory ---

memcheck=(valgrind -q --error-exitcode=99 --leak-check=full)
for case in status:1 --json:1 caps:1 nonsense:2; do
	is "valgrind: ${case%:*}" "$(status_of "${memcheck[@]}" "$tool" "${case%:*}")" "${case#*:}"
done
# as nobody, who neither loads anything into this machine's kernel nor unloads it
chmod 755 "$work"
cp "$tool" "$work/tool"
for command in load unload; do
	is "valgrind: $command" "$(status_of setpriv --reuid 65534 --regid 65534 --clear-groups "${memcheck[@]}" "$work/tool" "$command")" 1
done
# which might load the module
is "unload does not open /dev/kvm" "$(status_of strace -u nobody -o "$work/trace" "$work/tool" unload; grep -c delete_module "$work/trace"; grep -c /dev/kvm "$work/trace")" \
	$'1\n1\n0'

plan
