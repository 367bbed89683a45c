// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Livepatches of the hooked functions.
 */
#define _GNU_SOURCE
#include "stress.h"
#include "tracing.h"

/* A livepatch is switched off through its own file before it can be unloaded; then it is in transition. */
static void unload_livepatch(const char *module)
{
	char path[128];
	int tries;

	snprintf(path, sizeof(path), "/sys/kernel/livepatch/%s/enabled", module);
	write_file(path, "0");
	for (tries = 0; tries < 60000 && !access(path, F_OK); tries++)
		usleep(1000);
	is("unload the livepatch", unload_in_use(module), "0");
}

/* The module cannot distinguish this from a livepatch that replaces a hooked function (doc/design.md). */
static void trace_after_livepatch(const char *yes)
{
	trace_set("set_ftrace_filter", "kvm_arch_vm_ioctl_hv kvm_vm_ioctl_check_extension");
	trace_write("current_tracer", "function");
	is("state with a tracer after a livepatch", read_line(SYSFS "/state"), "off");
	ok(!strncmp(query(), "kvm=0 vm=0 ", 11), "the capability is not announced with a tracer after a livepatch");
	trace_write("current_tracer", "nop");
	trace_set("set_ftrace_filter", "");
	is("state without the tracer", read_line(SYSFS "/state"), "attached");
	is("answer without the tracer", query(), yes);
}

/*
 * The livepatch replaces one of the two functions; the module's filter is behind that. In both
 * orders: it says so, and neither the capability nor the ioctl is promised without the other.
 */
void livepatch(const char *module)
{
	unsigned int failed = tap_failed;
	char path[128], yes[80];
	int round;

	snprintf(path, sizeof(path), "/modules/%s.ko", module);
	snprintf(yes, sizeof(yes), "kvm=1 vm=1 ioctl=%#" PRIx64, own_caps);
	for (round = 0; round < 2; round++) {
		if (round)
			is("unload before a livepatch", unload("kvm_ppc_compat"), "0");
		start_callers(false);
		is(module, load_module(path, ""), "0");
		if (round)
			is("load after a livepatch", load_module(OURS, ""), "0");
		is("state", read_line(SYSFS "/state"), "off");
		is("reason", read_line(SYSFS "/reason"), "a livepatch may have replaced a hooked function");
		ok(!strncmp(query(), "kvm=0 vm=0 ", 11), "the capability is not announced");
		unload_livepatch(module);
		is("state without it", read_line(SYSFS "/state"), "attached");
		is("answer without it", query(), yes);
		trace_after_livepatch(yes);
		stop_callers(module, false);
	}
	experiment(module, round, failed);
}
