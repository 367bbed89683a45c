#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests that calls do not cost more than in tests/bench/counts.json, on one kernel with one CPU. The counts of other kernels
# differ only because of the kernels. TAP.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/../lab/lib.sh"

now=$cache/bench/now.json
KERNELS=6.12 MACHINES="v?-power10 1*" "$top/tests/bench/count" "$now" >/dev/null
jq -r --slurpfile now "$now" '
	def calls: [.counts[] | select(.kernel == "6.12" and .cpus == 1 and (.setting | startswith("module")))
		| "6.12, API \(.api), \(.setting), " as $what | del(.kernel, .api, .cpus, .setting, .load, .unload, .bytes, .create_vm)
		| to_entries[] | .key |= $what + .];
	($now[0] | calls | from_entries) as $count
	| calls
	| (to_entries[] | .value as {$key, value: $before} | $count[$key] as $after
		| (if $after and $after <= $before * 1.1 then "" else "not " end)
			+ "ok \(.key + 1) - \($key): \($after) instructions, \($before) before"),
	"1..\(if length > 0 then length else "0: nothing to compare with" | error end)"' "$top/tests/bench/counts.json"
