// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hooks under load: what an attacker, or a bad day, does to them.
 *
 * Usage: stress CAPABILITIES CYCLES SEED [OPTION...]
 *	CYCLES	how often the module is unloaded and loaded; most other experiments in proportion
 *	SEED	of the random calls
 *	OPTION	of the kernel's configuration: LIVEPATCH, FAIL_FUNCTION, DEBUG_KMEMLEAK, those of BPF: what they are
 *		needed for is tried, and has to work; PREEMPTION: see tracers(). v2: the nested API; with
 *		that the device tree does not matter, and QEMU negotiates once, so that kvm_hv cannot come
 *		and go. Or hotplug: nothing but that
 *
 * kvm_hv and the module are loaded. For each experiment there is a line
 *	# experiment NAME COUNT ok|FAILED (SECONDS since the last one)
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "stress.h"

uint64_t own_caps, other_caps;

static time_t last;

void experiment(const char *name, unsigned long count, unsigned int failed_before)
{
	printf("# experiment %s %lu %s (%ld s)\n", name, count, tap_failed == failed_before ? "ok" : "FAILED",
	       (long)(time(NULL) - last));
	fflush(stdout);
	last = time(NULL);
}

/* Whether the kernel has that option. */
static bool has(char **options, const char *option)
{
	while (*options && strcmp(*options, option))
		options++;
	return *options;
}

int main(int argc, char **argv)
{
	unsigned long count;

	if (argc < 4) {
		fprintf(stderr, "usage: stress CAPABILITIES CYCLES SEED [OPTION...]\n");
		return 2;
	}
	own_caps = strtoull(argv[1], NULL, 16);
	other_caps = own_caps;
	count = strtoul(argv[2], NULL, 10);
	last = time(NULL);
	/* so that what is tried happens soon although the callers take every CPU */
	setpriority(PRIO_PROCESS, 0, -20);
	write_file("/sys/kernel/rcu_expedited", "1");

	if (has(argv + 4, "hotplug")) {
		hotplug(count / 30);
		return tap_done();
	}
	random_calls(count * 10000 / 3, strtoull(argv[3], NULL, 10));
	crowd(64);
	/* fewer would be lost in what KASAN's quarantine takes and gives back meanwhile, 32 KiB at a time */
	slab_growth(100000);
	tracers(count / 30, !has(argv + 4, "PREEMPTION"));
	bpf_programs(count / 30,
		     has(argv + 4, "DYNAMIC_FTRACE_WITH_DIRECT_CALLS") && has(argv + 4, "DEBUG_INFO_BTF_MODULES"),
		     has(argv + 4, "FPROBE") && has(argv + 4, "BPF_EVENTS"));
	switches(count / 15);
	cycles(count);
	if (!has(argv + 4, "v2"))
		device_tree_updates(count * 5 / 3);
	if (!has(argv + 4, "v2") && !kvm_is_builtin()) {
		kvm_hv_cycles(count * 2 / 3);
		both_cycle(count / 10);
	}
	if (has(argv + 4, "LIVEPATCH")) {
		livepatch("livepatch_ioctl");
		livepatch("livepatch_capability");
	}
	if (has(argv + 4, "FAIL_FUNCTION"))
		faults();
	if (has(argv + 4, "DEBUG_KMEMLEAK"))
		kmemleak();
	return tap_done();
}
