// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Others trace the same functions, and kprobes and ftrace are switched off.
 */
#define _GNU_SOURCE
#include "stress.h"
#include "tracing.h"

/* Writes to a file there that is a list; nothing but that is in it then. */
static void trace_set(const char *path, const char *text)
{
	char name[128];
	int fd;

	snprintf(name, sizeof(name), TRACING "/%s", path);
	fd = open(name, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		ok(false, "clear %s: %s", name, strerrorname_np(errno));
	close(fd);
	if (*text)
		trace_write(path, text);
}

/* Where our own probe on a function is: "module:function+offset", without the module if it is built in */
static void own_probe(const char *function, char *place, size_t size)
{
	FILE *list = fopen(KPROBES "/list", "re");
	char line[256], symbol[128], module[64];

	*place = '\0';
	while (list && fgets(line, sizeof(line), list))
		if (sscanf(line, "%*s %*s %127s %63s", symbol, module) == 2 - kvm_is_builtin() &&
		    !strncmp(symbol, function, strlen(function)) && symbol[strlen(function)] == '+')
			snprintf(place, size, "%s%s%s", kvm_is_builtin() ? "" : module, kvm_is_builtin() ? "" : ":",
				 symbol);
	if (list)
		fclose(list);
	ok(*place, "our probe on %s is in the list", function);
}

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
	static const char * const functions[] = { "kvm_arch_vm_ioctl_hv", "kvm_vm_ioctl_check_extension" };
	static const char * const modules[] = { "kvm_hv:", "kvm:" };
	const char *name = "tracers-on-and-off";
	unsigned int failed = tap_failed;
	char places[2][256], text[512];
	int i, f;

	for (f = 0; f < 2; f++)
		own_probe(functions[f], places[f], sizeof(places[f]));
	start_callers(true);
	for (i = 0; i < rounds; i++) {
		tracer("function");
		tracer("function_graph");
		for (f = 0; f < 2; f++) {
			snprintf(text, sizeof(text), "p:stress/same%d %.255s", f, places[f]);
			trace_write("kprobe_events", text);
			if (!at_ftrace_site)
				continue;
			snprintf(text, sizeof(text), "p:stress/entry%d %s%s", f, kvm_is_builtin() ? "" : modules[f],
				 functions[f]);
			trace_write("kprobe_events", text);
			snprintf(text, sizeof(text), "r:stress/return%d %s%s $retval", f,
				 kvm_is_builtin() ? "" : modules[f], functions[f]);
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
