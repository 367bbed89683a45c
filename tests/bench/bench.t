#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests that calls do not cost more than in tests/bench/counts.json, on one kernel with one CPU. The counts of other kernels
# differ only because of the kernels. TAP.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/../lab/lib.sh"

now=$cache/bench/now.json
KERNELS=6.12 MACHINES="v?-power10 1*" "$top/tests/bench/count" "$now" >/dev/null
jq -r --slurpfile now "$now" '
	def key: "\(.kernel), API \(.api), \(.setting), \(.operation)";
	(reduce $now[0].counts[] as $c ({}; .[$c | key] = $c.count)) as $count
	| [.counts[] | select(.kernel == "6.12" and .cpus == 1 and (.setting | startswith("module")))
		| select(.operation | test("^(load|unload|bytes|create_vm)$") | not)]
	| (to_entries[] | (.value | key) as $key | $count[$key] as $after
		| (if $after and $after <= .value.count * 1.1 then "" else "not " end)
			+ "ok \(.key + 1) - \($key): \($after) instructions, \(.value.count) before"),
	"1..\(if length > 0 then length else "0: nothing to compare with" | error end)"' "$top/tests/bench/counts.json"
