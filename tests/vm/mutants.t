#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the tests: the module is broken in the ways that they are meant to catch, and a cell of the
# matrix has to fail because of it, or to lose its guest. TAP. Usage: mutants.t [MUTANT...]

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

work=$cache/mutants
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$cache"/{kernel,initrd}/*-mutant-*' EXIT

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
	{ cat "$cache/initrd/$kernel"; (cd "$folder/initrd" && find . | cpio -o -H newc --quiet); } >"$cache/initrd/$kernel-mutant-$name"
	ln -sfn "$kernel" "$cache/kernel/$kernel-mutant-$name"
	{ cat "$lab/matrix"; echo "kernel $kernel-mutant-$name $suite $flavour $page attach"; } >"$folder/matrix"
	MATRIX=$folder/matrix RUN=$folder/run BOOT_TIMEOUT=600 "$lab/cell" "$kernel-mutant-$name/$cell" >"$folder/tap" 2>"$folder/err" || status=$?
	case $status in
	0) echo "the tests pass" ;;
	1 | 2) grep -qE "$evidence" "$folder/tap" "$folder/err" "$folder/run/$kernel-mutant-$name/$cell/console" ||
		echo "the tests fail, but without a sign of '$evidence'" ;;
	*) echo "the lab failed: $(tail -n 1 "$folder/err")" ;;
	esac
}

# NAME | KERNEL | CELL | EVIDENCE | FILE | SED-EXPRESSION
#
# Two defects are not here. Without the post_handler nothing happens on these kernels: an optimized probe is a
# branch to a detour in the kernel's text, out of reach from a module's, which is where both functions are.
# Without synchronize_rcu_tasks() the window is some instructions long.
mapfile -t mutants <<'END'
broken-redirect|trixie|v1-power9|not loading: kprobes are without effect|src/module/hook.h|/^static inline int hook_call/,/^}/s/return 1;/return 0;/; s/instruction_pointer_set\(regs, \(unsigned long\)function\);//
bare-store-of-nip|6.12-debug|v1-power9|SRR0 was|src/module/hook.h|s/instruction_pointer_set\(regs, (\(unsigned long\)function|regs->link)\)/regs->nip = \1/
no-module-reference|trixie|v1-power10|not ok .* unload meanwhile|src/module/main.c|s/ \|\| !try_module_get\(THIS_MODULE\)//; s/module_put\(THIS_MODULE\);//
capability-alone|trixie|v1-power9|not ok .* conformance: size 24: 0|src/module/main.c|s/err = hook_arm\(&hook_vm_ioctl\);/err = 0;/; s/ \|\| hook_effect\(&hook_vm_ioctl\) != HOOK_EFFECTIVE//
capability-under-a-livepatch|6.12-livepatch|v1-stress|not ok .* the capability is not announced|src/module/main.c|s/ \|\| hook_effect\(&hook_vm_ioctl\) != HOOK_EFFECTIVE//
on-the-ftrace-site|6.12-livepatch|v1-stress|guest lost|src/module/hook.c|s/if \(kprobe_ftrace\(&kp\)\)/if (false)/; s/READ_ONCE\(\*hook->kp\.addr\) != BREAKPOINT_INSTRUCTION/false/
review-1-no-larger-caller|trixie|v1-power10|not ok .* review 1|src/module/vm_ioctl.c|s/usize < KVM_PPC_COMPAT_CAPS_SIZE_VER0/usize != KVM_PPC_COMPAT_CAPS_SIZE_VER0/
review-2-flags-unchecked|trixie|v1-power10|not ok .* review 2|src/module/vm_ioctl.c|s/host_caps\[layout->flags\]\)/false)/
review-3-one-mode-only|trixie|v1-power10|not ok .* review 3|src/module/pvr.h|s/KVM_PPC_COMPAT_CAP_POWER9 \| KVM_PPC_COMPAT_CAP_POWER10/KVM_PPC_COMPAT_CAP_POWER10/
review-4-no-of_node_put|trixie|v1-power9|not ok .* review 4, .* no reference is left|src/module/caps.c|s/of_node_put\(np\);//
review-5-any-size|trixie|v1-power10|not ok .* review 5|src/module/vm_ioctl.c|s/usize < KVM_PPC_COMPAT_CAPS_SIZE_VER0/false/
review-6-no-iowr|trixie|v1-power10|not ok .* review 6|src/module/vm_ioctl.h|s/ioctl == KVM_PPC_GET_COMPAT_CAPS_IOWR_DRAFT/false/
review-7-on-bare-metal|trixie|powernv10|not ok .* review 7|src/module/main.c|s/!kvmhv_on_pseries\(\)/false/; s/caps_negotiate\(\);//
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
		echo "ok $count - $name is caught by $kernel/$cell: $evidence"
	else
		printf 'not ok %d - %s is caught by %s/%s\n# %s\n' "$count" "$name" "$kernel" "$cell" "$why"
		failed=1
	fi
done
exit $failed
