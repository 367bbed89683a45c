#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whether calls cost more than when tests/vm/bench.json was written, which "make bench" does: TAP. Of one kernel and
# machine; the others' counts differ by their kernels alone.

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

now=$cache/bench/now.json
KERNELS=trixie MACHINES="v1-power10 1 *" "$lab/bench" "$now" >/dev/null
jq -r --slurpfile kept "$lab/bench.json" '
	(reduce $kept[0].counts[] as $c ({}; .["\($c.kernel) \($c.api) \($c.cpus) \($c.setting) \($c.operation)"] = $c.count)) as $count
	| [.counts[] | select(.setting | startswith("module")) | select(.operation | test("^(load|unload|bytes|create_vm)$") | not)]
	| (to_entries[] | .value as $c | $count["\($c.kernel) \($c.api) \($c.cpus) \($c.setting) \($c.operation)"] as $before
		| (if $before and $c.count <= $before * 1.1 then "" else "not " end)
			+ "ok \(.key + 1) - \($c.kernel), \($c.setting), \($c.operation): \($c.count) instructions, \($before) before"),
	"1..\(length)"' "$now"
