// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finding 4 of the review of the draft ABI, a device-node reference that leaks; and the draft's capability.
 *
 * Usage: review	kvm, kvm_hv and the module are loaded
 */
#define _GNU_SOURCE
#include <sys/stat.h>

#include "device_tree.h"
#include "module.h"
#include "tracing.h"

#define DRAFT_CAP SYSFS "/parameters/draft_cap"
#define UPDATES 100

static int kvm_fd, vm_fd;

/* --- finding 4: device-node references, counted by two probes in trace instances of their own --- */

/* The number of events of an instance: those in its buffers, and those that were overwritten there */
static unsigned long counted(const char *event)
{
	unsigned long sum = 0, value;
	char name[128], line[128];
	FILE *stats;
	int cpu;

	for (cpu = 0; ; cpu++) {
		snprintf(name, sizeof(name), TRACING "/instances/%s/per_cpu/cpu%d/stats", event, cpu);
		stats = fopen(name, "re");
		if (!stats)
			return sum;
		while (fgets(line, sizeof(line), stats))
			if (sscanf(line, "entries: %lu", &value) == 1 ||
			    sscanf(line, "overrun: %lu", &value) == 1)
				sum += value;
		fclose(stats);
	}
}

static void count_references(bool on)
{
	static const char * const events[] = { "get", "put" };
	char text[128], path[128];
	size_t i;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), TRACING "/instances/%s", events[i]);
		if (on) {
			snprintf(text, sizeof(text), "p:review/%s of_node_%s node=%%gpr3", events[i], events[i]);
			trace_write("kprobe_events", text);
			mkdir(path, 0700);
			/* of_node_put(NULL) is common and drops no reference */
			snprintf(text, sizeof(text), "node != 0 && common_pid == %d", getpid());
			snprintf(path, sizeof(path), "instances/%s/events/review/%s/filter", events[i], events[i]);
			trace_write(path, text);
		}
		snprintf(path, sizeof(path), "instances/%s/events/review/%s/enable", events[i], events[i]);
		trace_write(path, on ? "1" : "0");
		if (!on) {
			trace_grace_period();
			snprintf(path, sizeof(path), TRACING "/instances/%s", events[i]);
			rmdir(path);
			snprintf(text, sizeof(text), "-:review/%s", events[i]);
			trace_write("kprobe_events", text);
		}
	}
}

struct references {
	unsigned long got, left;
};

static struct references update_device_tree(void)
{
	struct references count = { counted("get"), counted("get") - counted("put") };
	int i;

	for (i = 0; i < UPDATES; i++)
		set_version(cpu_phandle[0], 0x0f000004 + i % 3);
	ofdt("update_property", cpu_phandle[0], own_version, 4);
	count.got = counted("get") - count.got;
	count.left = counted("get") - counted("put") - count.left;
	return count;
}

/* The module walks the device tree when it changes. The kernel's own update gets and drops references, too. */
static void finding_4_device_tree(void)
{
	struct references with = update_device_tree(), without;

	is("review 4: unload the module", unload("kvm_ppc_compat"), "0");
	without = update_device_tree();
	is("review 4: load the module", load_module(OURS, ""), "0");
	ok(with.got >= without.got + UPDATES, "review 4: %d updates of the device tree are followed", UPDATES);
	if (!ok(with.left == without.left, "review 4: no reference is left by that"))
		printf("# with the module %lu, without it %lu\n", with.left, without.left);
}

/* --- the draft's capability --- */

static void capabilities(const char *when, int draft)
{
	int got = ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS_DRAFT);
	int got_vm = ioctl(vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS_DRAFT);

	if (!ok(got == draft && got_vm == draft, "the draft's capability %s: %d", when, draft))
		printf("# it is %d on /dev/kvm, %d on a VM\n", got, got_vm);
	ok(ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS) == 1 &&
	   ioctl(vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS) == 1, "and that of Linux 7.3: 1");
}

static void draft_capability(void)
{
	capabilities("by default", 0);
	write_file(DRAFT_CAP, "1");
	capabilities("with draft_cap=1", 1);
	write_file(DRAFT_CAP, "0");
	capabilities("with draft_cap=0", 0);
	unload("kvm_ppc_compat");
	is("load with draft_cap=1", load_module(OURS, "draft_cap=1"), "0");
	capabilities("loaded with draft_cap=1", 1);
	write_file(DRAFT_CAP, "0");
}

int main(void)
{
	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	if (!ok(vm_fd >= 0, "a VM") || !ok(find_cpus(), "two cpu nodes in the device tree"))
		return tap_done();
	count_references(true);
	finding_4_device_tree();
	count_references(false);
	draft_capability();
	return tap_done();
}
