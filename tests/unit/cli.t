#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the installed command kvm-ppc-compat, its man pages and headers, on this machine, which is not a partition. TAP.
# Usage: cli.t PREFIX FOLDER; the folder has the JSON of many cases

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/../lab/lib.sh"
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"
prefix=$1 cases=$2
tool=$prefix/bin/kvm-ppc-compat
man8=$prefix/share/man/man8/kvm-ppc-compat.8
man2=$prefix/share/man/man2/ioctl_kvm_ppc_get_compat_caps.2
schema=$prefix/share/kvm-ppc-compat/status.schema.json
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# status_of COMMAND...: print its exit status; its output goes to $work/out, its errors to $work/err
status_of() {
	local status=0
	"$@" >"$work/out" 2>"$work/err" || status=$?
	echo $status
}

version=$(package_version)
is "--version is the module's" "$("$tool" --version)" "kvm-ppc-compat $version"
is "version" "$("$tool" version)" "kvm-ppc-compat $version"
is "--help" "$(status_of "$tool" --help)" 0
is "it fits a screen" "$(awk 'length > 80 { print } END { if (NR > 24) print NR }' "$work/out")" ""
is "help" "$("$tool" help)" "$(cat "$work/out")"
# usage ERROR ARGUMENT...: these arguments are a usage error, and only stderr has the message
usage() {
	local error=$1
	shift
	is "wrong usage: $*" "$(status_of "$tool" "$@")" 2
	is "its error" "$(cat "$work/out" "$work/err")" "kvm-ppc-compat: $error Try 'kvm-ppc-compat --help'."
}
usage "unknown command 'foo'." foo
usage "unknown command ''." ""
usage "unexpected argument 'more'." status more
usage "unexpected argument 'kvm'." load kvm
usage "'caps' does not accept --json." caps --json
usage "'status' does not accept --qemu." --qemu
usage "'report' does not accept --no-load." report -n
usage "--json, --quiet and --verbose exclude each other." -jq
is "wrong usage: --foo" "$(status_of "$tool" --foo)" 2
is "its error" "$(cat "$work/out" "$work/err")" "kvm-ppc-compat: unrecognized option '--foo'
Try 'kvm-ppc-compat --help'."
is "a full disk" "$("$tool" --help >/dev/full 2>"$work/err"; echo $?)" 3
is "its error" "$(cat "$work/err")" "kvm-ppc-compat: cannot write: No space left on device"

# --- a machine that is not a partition, for root and for an ordinary user ---

chmod 755 "$work"
cp "$tool" "$work/tool"
# shellcheck disable=SC2317 # called by its name
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
none="This machine has no compatibility modes: it is not an IBM Power partition ($(uname -m)). There is nothing to do."
for user in command as_nobody; do
	is "status, $user" "$(status_of $user "$work/tool")" 1
	is "it is one line" "$(cat "$work/out" "$work/err")" "$none"
	is "--quiet, $user" "$(status_of $user "$work/tool" --quiet)$(cat "$work/out" "$work/err")" 1
	for command in caps libvirt load; do
		is "$command, $user" "$(status_of $user "$work/tool" $command)" 1
		is "it is said on stderr only" "$(wc -l <"$work/out") $(cat "$work/err")" "0 kvm-ppc-compat: $none"
	done
	is "unload, $user" "$(status_of $user "$work/tool" unload) $(cat "$work/out" "$work/err")" "0 kvm_ppc_compat is not loaded."
	is "report, $user" "$(status_of $user "$work/tool" report) $(head -n 1 "$work/out")" "0 $none"
	is "it does not name this host" "$(grep -w -- "$(uname -n)" "$work/out")" ""
done
# a container without /dev/kvm, and without sysfs
# shellcheck disable=SC2016 # the inner shell's
is "in a container" "$(status_of unshare --mount sh -c 'mount -t tmpfs tmpfs /dev && mount -t tmpfs tmpfs /sys && exec "$1"' - "$work/tool")" 1
is "it is the same line" "$(cat "$work/out" "$work/err")" "$none"

"$tool" --verbose >"$work/out" || true
is "--verbose shows all checks" "$(grep -c ': N/A   ' "$work/out")" 14
is "no colours in a file" "$(grep -c $'\033' "$work/out")" 0
# colours NAME=VALUE...: print how many lines are coloured on a terminal, with this environment
colours() { env -u TERM "$@" script -qec "$tool --verbose" /dev/null | grep -c $'\033'; }
is "colours on a terminal" "$(colours TERM=xterm)" 14
is "none with NO_COLOR" "$(colours TERM=xterm NO_COLOR=1)" 0
is "but if that is empty" "$(colours TERM=xterm NO_COLOR=)" 14
is "none on a dumb terminal" "$(colours TERM=dumb)" 0
is "none without TERM" "$(colours)" 0

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
is "the schema has the members" "$(jq -c keys "$cases/this-machine.json")" "$(jq -c '.required | sort' "$schema")"
is "and the checks" "$(jq -c '.checks | keys' "$cases/this-machine.json")" "$(jq -c '.properties.checks.required | sort' "$schema")"
is "the man page has each key, and nothing else" "$(sed -n '/^\.Ss Checks/,/^\.El/s/^\.It //p' "$man8")" \
	"$(jq -r '.properties.checks.required[]' "$schema")"
is "and each member" "$(sed -n '/^\.Ss JSON/,/^\.El/s/^\.It Li //p' "$man8" | sed 's/ , /\n/g')" "$(jq -r '.required[]' "$schema")"
# and each value of the schema, except the names of modes and of errors, and the values that all checks have
jq -r '.properties.checks.properties | to_entries[] | .key as $key | .value.allOf[1].properties.value |
	(.enum // [.pattern | scan("[a-z]{2,}-[a-z]*")])[] |
	select(test("^(power[0-9]+|unknown|none)$"; "i") | not) | "\($key) \(.)"' "$schema" >"$work/values"
cut -d' ' -f1 "$work/values" | uniq >"$work/keys"
is "keys without such values" "$(jq -r '.properties.checks.required[]' "$schema" | grep -vxFf "$work/keys")" \
	$'partition_mode\nolder_qemu\nlibvirt'
while read -r key; do
	section=$(sed -n "/^\.It $key\$/,/^\.El/p" "$man8" | sed '1d; /^\.\(It\|El\)/,$d; /^\.Li none/d; s/\\-/-/g')
	is "the man page has the values of $key, and no others" "$(sed -n 's/^\.Li \([^ ]*\).*/\1/p' <<<"$section")" \
		"$(sed -n "s/^$key //p" "$work/values")"
done <"$work/keys"

native=$cases/native.json
is "values" "$(jq -r '[.answer, .modes[], (.checks | to_entries[] | "\(.key)=\(.value.value)")] | join(" ")' "$native")" \
	"yes POWER9 POWER10 platform=pseries nesting_api=v2 kvm_hv=live feature=native module_built=not-needed \
module_loaded=not-needed module_attached=not-needed capability=1 ioctl=0x6000000000000000 modes=known \
partition_mode=POWER10 qemu=POWER10 older_qemu=power10 libvirt=power10"
is "verdicts and texts" "$(jq -r '.result, (.checks[] | "\(.verdict) \(.text)")' "$native")" \
	"VMMs on this host can query the modes: POWER9, POWER10 (by the kernel)
PASS pseries, a partition of a hypervisor
PASS v2 (PowerVM)
PASS yes
PASS the kernel: the module is not needed
N/A not needed
N/A not needed
N/A not needed
PASS 1: KVM_CAP_PPC_COMPAT_CAPS is announced
PASS 0x6000000000000000
PASS POWER9, POWER10
PASS POWER10 on POWER10, cpu-version 0x0f000006
PASS chooses POWER10
PASS use -machine pseries,max-cpu-compat=power10 -cpu host
PASS <cpu mode='host-model'><model>power10</model></cpu>"

# the examples of the man page with jq, on the JSON of some cases
sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIAG/{/^\.Bd/,/^\.Ed/{/^\./!p}}' "$man8" | sed 's/\\-/-/g; s/\\e/\\/g' >"$work/examples"
# example NUMBER CASE: run that one of them on the JSON of that case
example() {
	{
		echo "kvm-ppc-compat() { cat '$cases/$2.json'; }"
		sed -n '/^kvm-ppc-compat --json |/{:a; /["'\'']$/!{N; ba}; p}' "$work/examples" | sed -z 's/|\njq/| jq/g' | sed -n "$1p"
	} >"$work/example.sh"
	bash "$work/example.sh" 2>&1
}
is "jq: the newest mode" "$(example 1 native)" POWER10
is "jq: there is none" "$(example 1 livepatched; echo $?)" $'null\n1'
is "jq: what fails" "$(example 2 no-known-mode)" "EINVAL: the kernel does not know the mode of this partition: boot a newer kernel"
is "jq: nothing fails" "$(example 2 native)" ""
# script STATUS: run the example for a script, with that exit status of the tool
script() { { echo "kvm-ppc-compat() { return $1; }"; sed -n '/ --no-load$/,/^esac/p' "$work/examples"; } | bash 2>&1; }
is "a script: yes" "$(script 0)" ""
is "a script: no" "$(script 1)" "VMMs cannot query the modes"
is "a script: unknown" "$(script 3)" "It is unknown whether VMMs can query the modes"

# --- the example, the completion, pkg-config ---

is "the man page's example is the tests'" \
	"$(sed -n '/^\.Sh EXAMPLES/,/^\.Ed/{/^\./d; s/\\-/-/g; s/\\e/\\/g; p}' "$man2")" \
	"$(sed '1,/^ \*\//d; 1,/./{/^$/d}' "$top/tests/guest/helpers/example.c")"
# xml FILE: the <domain> in it
xml() { sed -n '/<domain /,/<\/domain>/{s/\\-/-/g; s/…/.../; p}' "$1"; }
is "the man page has the domain of doc/vmm.md" "$(xml "$man8")" "$(xml "$top/doc/vmm.md" | sed 's/^    //')"
is "it is short" "$(($(wc -l <"$top/tests/guest/helpers/example.c") <= 30))" 1

# completions WORD...: print the completions of the last word
completions() {
	local COMP_WORDS=(kvm-ppc-compat "$@") COMP_CWORD=$# COMPREPLY=()
	_kvm_ppc_compat
	echo "${COMPREPLY[*]}"
}
# shellcheck source=src/tool/completion.bash
. "$prefix/share/bash-completion/completions/kvm-ppc-compat"
is "completion of a command" "$(completions l)" "libvirt load"
is "completion of an option" "$(completions status --j)" --json
is "completion of an option of caps" "$(completions caps -)" --qemu
is "completion after a command that takes nothing" "$(completions load '')" ""
is "completion knows the commands" "$(completions '' | tr ' ' '\n' | grep -v ^- | grep -vx 'help\|version')" \
	"$("$tool" --help | sed -n '/^Commands/,/^Options/s/^  \([a-z]\+\) .*/\1/p')"

export PKG_CONFIG_PATH=$prefix/share/pkgconfig
is "pkg-config: version" "$(pkg-config --modversion kvm-ppc-compat)" "$version"
# shellcheck disable=SC2046 # options
is "pkg-config: the example compiles" "$(status_of cc -Wall -Werror $(pkg-config --cflags kvm-ppc-compat) \
	-o "$work/example" "$top/tests/guest/helpers/example.c")" 0

# --- memory ---

memcheck=(valgrind -q --error-exitcode=99 --leak-check=full)
for case in status:1 --verbose:1 --json:1 caps:1 libvirt:1 report:0 load:1 unload:0 nonsense:2; do
	is "valgrind: ${case%:*}" "$(status_of as_nobody "${memcheck[@]}" "$work/tool" "${case%:*}")" "${case#*:}"
done
# opening /dev/kvm can load modules
is "on no partition it does not open /dev/kvm" "$(status_of strace -f -o "$work/trace" "$work/tool" report; grep -c /proc/cpuinfo "$work/trace"; grep -c /dev/kvm "$work/trace")" \
	$'0\n2\n0'

make -s -C "$top/src/tool" prefix="$work/prefix" OUT="$work/bin" install install-headers >"$work/out" 2>&1
is "installed with another prefix" "$("$work/prefix/bin/kvm-ppc-compat" --version)" "kvm-ppc-compat $version"
make -s -C "$top/src/tool" prefix="$work/prefix" uninstall uninstall-headers
is "what uninstall leaves" "$(find "$work/prefix" ! -type d -o -name 'kvm*')" ""

plan
