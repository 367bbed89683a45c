// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Others trace the same functions, and kprobes and ftrace are switched off.
 */
#define _GNU_SOURCE
#include "stress.h"
#include "tracing.h"

static void tracer(const char *tracer)
{
	trace_set("set_ftrace_filter", "kvm_arch_vm_ioctl_hv kvm_vm_ioctl_check_extension kvm_vm_ioctl kvm_dev_ioctl");
	trace_write("current_tracer", tracer);
	usleep(20000);
	trace_write("current_tracer", "nop");
	trace_set("set_ftrace_filter", "");
}

/*
 * @at_ftrace_site: probe there, too. Linux 7.2 with PREEMPT or PREEMPT_LAZY, Debian's among them, dies of that
 * without the module: a preempt count is left raised, or a stack is corrupted.
 */
void tracers(int rounds, bool at_ftrace_site)
{
	const char *name = "tracers-on-and-off";
	unsigned int failed = tap_failed;
	char text[256];
	int i, f;

	find_traps();
	start_callers(true);
	for (i = 0; i < rounds; i++) {
		tracer("function");
		tracer("function_graph");
		for (f = 0; f < 2; f++) {
			snprintf(text, sizeof(text), "p:stress/same%d %s%s+%u", f, functions[f].module, functions[f].name,
				 functions[f].trap);
			trace_write("kprobe_events", text);
			if (!at_ftrace_site)
				continue;
			snprintf(text, sizeof(text), "p:stress/entry%d %s%s", f, functions[f].module, functions[f].name);
			trace_write("kprobe_events", text);
			snprintf(text, sizeof(text), "r:stress/return%d %s%s $retval", f, functions[f].module,
				 functions[f].name);
			trace_write("kprobe_events", text);
		}
		trace_write("events/stress/enable", "1");
		usleep(20000);
		trace_write("events/stress/enable", "0");
		trace_grace_period();
		trace_set("kprobe_events", "");
	}
	stop_callers(name, false);
	experiment(name, rounds, failed);
}

void switches(int rounds)
{
	const char *name = "kprobes-and-ftrace-switched-off";
	unsigned int failed = tap_failed;
	int i, wrong_off = 0, wrong_on = 0;
	char yes[80];

	snprintf(yes, sizeof(yes), "kvm=1 vm=1 ioctl=%#" PRIx64, own_caps);
	start_callers(false);
	for (i = 0; i < rounds; i++) {
		write_file("/proc/sys/kernel/ftrace_enabled", "0");
		wrong_on += strcmp(query(), yes) || strcmp(read_line(SYSFS "/state"), "attached");
		write_file(KPROBES "/enabled", "0");
		wrong_off += strcmp(query(), "kvm=0 vm=0 ioctl=ENOTTY") || strcmp(read_line(SYSFS "/state"), "off");
		write_file("/proc/sys/kernel/ftrace_enabled", "1");
		wrong_off += strcmp(query(), "kvm=0 vm=0 ioctl=ENOTTY") || strcmp(read_line(SYSFS "/state"), "off");
		write_file(KPROBES "/enabled", "1");
		wrong_on += strcmp(query(), yes) || strcmp(read_line(SYSFS "/state"), "attached");
	}
	stop_callers(name, true);
	ok(!wrong_off, "%s: stock answers and state off while kprobes are off", name);
	ok(!wrong_on, "%s: answers and state attached otherwise", name);
	experiment(name, rounds, failed);
}
