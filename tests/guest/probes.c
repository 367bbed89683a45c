// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The probes of others on the two functions that the module hooks: nobody gets into the other's way,
 * whoever comes first.
 *
 * Usage: probes v1|v2 CAPABILITIES	kvm, kvm_hv and the module are loaded
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/utsname.h>

#include "module.h"
#include "tracing.h"

#define CALLS 100

static char yes[80];

static void clear_events(void)
{
	trace_write("events/enable", "0");
	trace_grace_period();
	trace_set("kprobe_events", "");
}

/* An event on the function at @offset, "" for its entry; @kind: p or r */
static void add_event(const struct function *f, char kind, const char *offset)
{
	char text[256];

	snprintf(text, sizeof(text), "%c:probes/event %s%s%s", kind, f->module, f->name, offset);
	trace_write("kprobe_events", text);
	trace_write("events/probes/event/enable", "1");
}

/* How often the event has been hit; *@missed: and not */
static unsigned long hits(unsigned long *missed)
{
	FILE *profile = fopen(TRACING "/kprobe_profile", "re");
	unsigned long hit = 0;

	*missed = 1;
	if (!profile || fscanf(profile, "%*s %lu %lu", &hit, missed) != 2)
		ok(false, "kprobe_profile can be read");
	if (profile)
		fclose(profile);
	return hit;
}

/* As many calls of each function that are ours as such that are not; returns how many had a wrong answer. */
static int make_calls(uint64_t capabilities)
{
	int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0), i, wrong = 0;

	for (i = 0; i < CALLS; i++) {
		struct kvm_ppc_compat_caps caps = { .size = sizeof(caps) };

		wrong += ioctl(vm_fd, KVM_PPC_GET_COMPAT_CAPS, &caps) || caps.compat_capabilities != capabilities;
		wrong += ioctl(vm_fd, _IO(KVMIO, 0xff), 0) != -1 || errno != ENOTTY;
		wrong += ioctl(vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS) != 1;
		wrong += ioctl(vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS + 1) != 0;
	}
	close(vm_fd);
	close(kvm_fd);
	return wrong;
}

/*
 * Another's probe, that comes after the module or was there before it. It sees all calls, but behind the trapped
 * instruction only those that are not ours. At that, @at 0, the kernel asks first who came last.
 */
static void count_hits(const struct function *f, char kind, const char *offset, int at, uint64_t capabilities)
{
	unsigned long all = 2 * CALLS, later = at <= 0 ? all : CALLS, earlier = at < 0 ? all : CALLS;
	unsigned long before, after, missed, missed_before;
	const char *where = *offset ? offset : kind == 'r' ? " (return)" : " (entry)";

	add_event(f, kind, offset);
	before = hits(&missed_before);
	ok(!make_calls(capabilities), "%s%s: a probe that comes later: all calls are answered", f->name, where);
	after = hits(&missed);
	if (!ok(after - before == later && missed == missed_before, "%s%s: and it is hit %lu times",
		f->name, where, later))
		printf("# %lu hits, %lu missed\n", after - before, missed - missed_before);

	is("unload", unload("kvm_ppc_compat"), "0");
	is("load with a probe there", load_module(OURS, ""), "0");
	before = hits(&missed_before);
	ok(!make_calls(capabilities), "%s%s: a probe that was there: all calls are answered", f->name, where);
	after = hits(&missed);
	if (!ok(after - before == earlier && missed == missed_before, "%s%s: and it is hit %lu times",
		f->name, where, earlier))
		printf("# %lu hits, %lu missed\n", after - before, missed - missed_before);
	is("calls that we missed", read_line(SYSFS "/nmissed"), "0");
	clear_events();
	ok(!make_calls(capabilities), "%s%s: all calls are answered without it", f->name, where);
}

/*
 * Where a probe at the entry is not to be hit: Linux 7.2 with PREEMPT or PREEMPT_LAZY, Debian's among them, dies
 * of that without the module.
 */
static bool entry_is_deadly(void)
{
	struct utsname name;

	uname(&name);
	return strstr(name.version, "PREEMPT");
}

static void loading_beside_an_entry_probe(const struct function *f, char kind, bool reloads)
{
	is("unload", unload("kvm_ppc_compat"), "0");
	add_event(f, kind, "");
	is("load with a probe at the entry", load_module(OURS, ""), "0");
	is("state", read_line(SYSFS "/state"), "attached");
	if (reloads) {
		is("kvm_hv goes", unload("kvm_hv"), "0");
		is("kvm_hv comes back with a probe at the entry", load_module("/modules/kvm-hv.ko", ""), "0");
		is("state", read_line(SYSFS "/state"), "attached");
	}
	clear_events();
	is("answer", query(), yes);
}

/* Where a module's text is; 0: it is not loaded */
static unsigned long address(const char *module)
{
	FILE *modules = fopen("/proc/modules", "re");
	unsigned long found = 0, start;
	char line[512], name[64];

	while (fgets(line, sizeof(line), modules)) {
		const char *hex = strstr(line, " 0x");

		if (hex && sscanf(line, "%63s", name) == 1 && !strcmp(name, module) && sscanf(hex, " %lx", &start) == 1)
			found = start;
	}
	fclose(modules);
	return found;
}

static bool among(unsigned long address, const unsigned long *addresses, unsigned int count)
{
	while (count--)
		if (addresses[count] == address)
			return true;
	return false;
}

static void reload(bool kvm)
{
	is("kvm_hv goes", unload("kvm_hv"), "0");
	if (kvm) {
		is("kvm goes", unload("kvm"), "0");
		is("kvm comes back", load_module("/modules/kvm.ko", ""), "0");
	}
	is("kvm_hv comes back", load_module("/modules/kvm-hv.ko", ""), "0");
}

/*
 * A probe whose function has gone and come back. One instruction before ours, or where ours is, the kernel would
 * crash if it got a second one: the module is @refused.
 */
static void loading_beside_a_gone_probe(const struct function *f, unsigned int offset, bool refused)
{
	bool kvm = !strcmp(f->module, "kvm:");
	const char *module = kvm ? "kvm" : "kvm_hv";
	char parameters[160], no[] = "kvm=0 vm=0 ioctl=ENOTTY";
	unsigned long probed[50];
	unsigned int count = 1;

	is("unload", unload("kvm_ppc_compat"), "0");
	snprintf(parameters, sizeof(parameters), "symbol=%s%s offset=%u", f->module, f->name, offset);
	probed[0] = address(module);
	is("a probe", load_module("/modules/squatter.ko", parameters), "0");
	/* The kernel loads a module where it finds room: set probes until it comes back to one of them. */
	for (reload(kvm); !among(address(module), probed, count) && count < 50; reload(kvm)) {
		probed[count++] = address(module);
		write_file("/sys/module/squatter/parameters/more", "1");
	}
	ok(among(address(module), probed, count), "%s comes back to one of %u places", module, count);
	if (!refused) {
		is("load beside it", load_module(OURS, ""), "0");
		is("answer", query(), yes);
		is("the probe goes", unload("squatter"), "0");
		return;
	}
	is("load where a probe is in the way", load_module(OURS, ""), "EBUSY");
	is("module left behind", access(SYSFS, F_OK) ? "" : SYSFS, "");
	is("answer", query(), no);
	if (!kvm) {
		is("kvm_hv goes", unload("kvm_hv"), "0");
		is("load before kvm_hv", load_module(OURS, ""), "0");
		is("kvm_hv comes back", load_module("/modules/kvm-hv.ko", ""), "0");
		is("state", read_line(SYSFS "/state"), among(address("kvm_hv"), probed, count) ? "off" : "attached");
		is("unload", unload("kvm_ppc_compat"), "0");
	}
	is("the probe goes", unload("squatter"), "0");
	is("load without it", load_module(OURS, ""), "0");
	is("answer", query(), yes);
}

int main(int argc, char **argv)
{
	static const char kinds[] = { 'p', 'r' };
	uint64_t capabilities;
	char offset[16];
	bool reloads; /* kvm_hv can be unloaded, and loaded again */
	struct function *f;
	size_t i;
	int at;

	if (argc != 3) {
		fprintf(stderr, "usage: probes v1|v2 CAPABILITIES\n");
		return 2;
	}
	capabilities = strtoull(argv[2], NULL, 16);
	snprintf(yes, sizeof(yes), "kvm=1 vm=1 ioctl=%s", argv[2]);
	write_file("/sys/kernel/rcu_expedited", "1");
	reloads = !strcmp(argv[1], "v1") && !kvm_is_builtin();
	find_traps();
	for (f = functions; f < functions + 2; f++) {
		for (i = 0; i < sizeof(kinds); i++) {
			loading_beside_an_entry_probe(f, kinds[i], reloads);
			if (!entry_is_deadly())
				count_hits(f, kinds[i], "", -1, capabilities);
		}
		/* A probe on a prefixed instruction destroys it when it is removed, without the module too. */
		for (at = -4; at <= (getenv("prefixed") ? 0 : 4); at += 4) {
			snprintf(offset, sizeof(offset), "+%u", f->trap + at);
			count_hits(f, 'p', offset, at, capabilities);
		}
		if (reloads) {
			/* At an ftrace site the kernel does not read the slot. Elsewhere any second probe crashes it. */
			if (!getenv("ftrace_sites"))
				loading_beside_a_gone_probe(f, 0, false);
			for (at = -4; at <= 0; at += 4)
				loading_beside_a_gone_probe(f, f->trap + at, true);
		}
	}
	is("unload", unload("kvm_ppc_compat"), "0");
	nothing_left();
	is("load", load_module(OURS, ""), "0");
	return tap_done();
}
