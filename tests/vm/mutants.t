#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the tests: the module is broken in the ways that they are meant to catch, and a cell of the
# matrix has to fail because of it, or to lose its guest. TAP. Usage: mutants.t [MUTANT...]

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

work=$cache/mutants
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$cache"/{kernel,initrd}/mutant-*' EXIT

# mutant NAME KERNEL CELL EVIDENCE FILE SED-EXPRESSION: EVIDENCE, a pattern, has to show up in what the
# cell says or what the guest has printed. Prints nothing if it was caught, else why not.
mutant() {
	local name=$1 kernel=$2 cell=$3 evidence=$4 file=$5 expression=$6 folder=$work/$1 suite flavour page line status=0
	line=$(matrix_line kernel "$kernel")
	read -r suite flavour page _ <<<"$line"
	mkdir -p "$folder/initrd"
	(cd "$top" && cp -r --parents Kbuild Makefile include src/module "$folder")
	sed -i -E "$expression" "$folder/$file"
	! cmp -s "$top/$file" "$folder/$file" || { echo "the mutation changes nothing"; return; }
	make_module "$suite" "$kernel" "${folder/#"$cache"//cache}" >"$folder/log" 2>&1 ||
		{ echo "it does not build: $(reason "$folder/log")"; return; }

	# a second archive, whose files take the place of those in the first
	modules=$folder/initrd/lib/modules/$(cat "$cache/kernel/$kernel/release")
	mkdir -p "$modules"
	cp "$folder/kvm_ppc_compat.ko" "$modules"
	(cd "$modules" && sha256sum kvm_ppc_compat.ko >sum)
	{ cat "$cache/initrd/$kernel"; (cd "$folder/initrd" && find . | cpio -o -H newc --quiet); } >"$cache/initrd/mutant-$name"
	ln -sfn "$kernel" "$cache/kernel/mutant-$name"
	{ cat "$lab/matrix"; echo "kernel mutant-$name $suite $flavour $page attach"; } >"$folder/matrix"
	MATRIX=$folder/matrix RUN=$folder/run BOOT_TIMEOUT=600 "$lab/cell" "mutant-$name/$cell" >"$folder/tap" 2>"$folder/err" || status=$?
	case $status in
	0) echo "the tests pass" ;;
	1 | 2) grep -qE "$evidence" "$folder/tap" "$folder/err" "$folder/run/mutant-$name/$cell/console" ||
		echo "the tests fail, but without a sign of '$evidence'" ;;
	*) echo "the lab failed: $(tail -n 1 "$folder/err")" ;;
	esac
}

# NAME | KERNEL | CELL | EVIDENCE | FILE | SED-EXPRESSION
mapfile -t mutants <<'END'
broken-redirect|trixie|v1-power9|not loading: kprobes are without effect|src/module/hook.h|s/instruction_pointer_set\(regs, \(unsigned long\)function\)/(void)function/
no-post-handler|6.12-livepatch|v1-stress|^not ok|src/module/hook.c|s/= hook_post_handler,/= addr ? NULL : hook_post_handler,/
bare-store-of-nip|6.12-debug|v1-power9|SRR0 was|src/module/hook.h|s/instruction_pointer_set\(regs, (\(unsigned long\)function|regs->link)\)/regs->nip = \1/
no-module-reference|trixie|v1-power10|^not ok .* unload meanwhile|src/module/main.c|s/ \|\| !try_module_get\(THIS_MODULE\)//; s/module_put\(THIS_MODULE\);//
no-wait-for-tasks|7.2-preempt|v1-stress|guest lost: it crashed|src/module/main.c|s/synchronize_rcu_tasks\(\);//
no-of_node_put|trixie|v1-power9|^not ok .* review 4|src/module/caps.c|s/of_node_put\(np\);//
on-the-ftrace-site|6.12-livepatch|v1-stress|guest lost|src/module/hook.c|s/if \(kprobe_ftrace\(&kp\)\)/if (false)/
capability-alone|trixie|v1-power10|^not ok .* load on a kernel without the ioctl|src/module/main.c|/err = hook_arm\(&hook_vm_ioctl\)/,/return err/s/return err/err = 0/
capability-under-a-livepatch|6.12-livepatch|v1-stress|^not ok .* the capability is not announced|src/module/main.c|s/ \|\| hook_effect\(&hook_vm_ioctl\) != HOOK_EFFECTIVE//
END

if [ $# -gt 0 ]; then
	mapfile -t mutants < <(printf '%s\n' "${mutants[@]}" | grep -E "^($(paste -sd'|' < <(printf '%s\n' "$@")))\\|")
fi

mapfile -t kernels < <(printf '%s\n' "${mutants[@]}" | cut -d'|' -f2 | sort -u)
mapfile -t references < <(for kernel in "${kernels[@]}"; do reference_kernel "$kernel"; done | sort -u)
"$lab/prepare" "${kernels[@]}" "${references[@]}"

echo "1..${#mutants[@]}"
count=0
failed=0
for line in "${mutants[@]}"; do
	count=$((count + 1))
	IFS='|' read -r name kernel cell evidence file expression <<<"$line"
	why=$(mutant "$name" "$kernel" "$cell" "$evidence" "$file" "$expression")
	if [ -z "$why" ]; then
		echo "ok $count - $name is caught by $kernel/$cell"
	else
		printf 'not ok %d - %s is caught by %s/%s\n# %s\n' "$count" "$name" "$kernel" "$cell" "$why"
		failed=1
	fi
done
exit $failed
