// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hooks under load: what an attacker, or a bad day, does to them.
 *
 * Usage: stress CAPABILITIES CYCLES SEED [OPTION...]
 *	CYCLES	how often the module is unloaded and loaded; most other experiments in proportion
 *	SEED	of the random calls
 *	OPTION	of the kernel's configuration: LIVEPATCH, FAIL_FUNCTION, DEBUG_KMEMLEAK: what they are
 *		needed for is tried, and has to work; PREEMPTION: see tracers(). v2: the nested API; with
 *		that the device tree does not matter, and QEMU negotiates once, so that kvm_hv cannot come
 *		and go. Or hotplug: nothing but that
 *
 * kvm_hv and the module are loaded. For each experiment there is a line
 *	# experiment NAME COUNT ok|FAILED (SECONDS since the last one)
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "device_tree.h"
#include "model.h"
#include "module.h"
#include "tap.h"
#include "tracing.h"
#include "vmm.h"

#define CALLERS 4
#define FAILSLAB "/sys/kernel/debug/failslab"
#define FAIL_FUNCTION "/sys/kernel/debug/fail_function"

/* What the host reports; under device-tree updates also something else */
static uint64_t own_caps, other_caps;

static time_t last;

static void experiment(const char *name, unsigned long count, unsigned int failed_before)
{
	printf("# experiment %s %lu %s (%ld s)\n", name, count, tap_failed == failed_before ? "ok" : "FAILED",
	       (long)(time(NULL) - last));
	fflush(stdout);
	last = time(NULL);
}

/* --- callers: threads that ask without pause, and notice every answer that nobody may give --- */

static volatile bool callers_stop;
static bool callers_know_answer;	/* the module is there all the time: stock answers are wrong */

static struct callers {
	pthread_t thread;
	unsigned long answered, unknown;
	char wrong[128]; /* the first wrong answer */
} callers[CALLERS];

static void wrong(struct callers *caller, const char *what, long value, int err)
{
	if (!caller->wrong[0])
		snprintf(caller->wrong, sizeof(caller->wrong), "%s: %#lx, %s", what, value,
			 err ? strerrorname_np(err) : "0");
}

static void ask(struct callers *caller, const struct abi *asked, int vm_fd)
{
	uint64_t words[4] = { [2] = 0x5a5a, [3] = 0x5a5a };
	int err;

	words[asked->size_at / 8] = 24;
	words[asked->flags_at / 8] = 0;
	err = ioctl(vm_fd, asked->command, words) ? errno : 0;
	if (words[asked->size_at / 8] != 24 || words[asked->flags_at / 8] || words[3] != 0x5a5a)
		wrong(caller, "the structure", words[asked->size_at / 8], err);
	if (!err) {
		caller->answered++;
		if (words[2] != own_caps && words[2] != other_caps)
			wrong(caller, "modes", words[2], err);
	} else {
		caller->unknown++;
		if (err != ENOTTY || words[2] != 0x5a5a || callers_know_answer)
			wrong(caller, "the ioctl", words[2], err);
	}
}

static void ask_capability(struct callers *caller, int fd)
{
	int ret = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS);

	if (ret != 1 && (ret != 0 || callers_know_answer))
		wrong(caller, "the capability", ret, 0);
	ret = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS + 1);
	if (ret)
		wrong(caller, "another capability", ret, 0);
}

static void *caller_main(void *data)
{
	struct callers *caller = data;
	int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0), other_fd;
	unsigned long round = 0;

	setpriority(PRIO_PROCESS, gettid(), 0); /* main()'s is higher */
	if (vm_fd < 0)
		wrong(caller, "KVM_CREATE_VM", vm_fd, errno);
	while (!callers_stop && !caller->wrong[0]) {
		ask(caller, &abis[round % ABIS], vm_fd);
		ask_capability(caller, round % 2 ? kvm_fd : vm_fd);
		if (ioctl(vm_fd, _IO(KVMIO, 0xff), 0) != -1 || errno != ENOTTY)
			wrong(caller, "an ioctl that nobody knows", 0, errno);
		if (++round % 256 == 0) {
			other_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
			if (other_fd < 0)
				wrong(caller, "KVM_CREATE_VM", other_fd, errno);
			ask(caller, abis, other_fd);
			close(other_fd);
		}
	}
	close(vm_fd);
	close(kvm_fd);
	return NULL;
}

static void start_callers(bool know_answer)
{
	int i;

	callers_stop = false;
	callers_know_answer = know_answer;
	memset(callers, 0, sizeof(callers));
	for (i = 0; i < CALLERS; i++)
		pthread_create(&callers[i].thread, NULL, caller_main, &callers[i]);
}

/* @some_unknown: there were times without the module, which the callers have to have met */
static void stop_callers(const char *name, bool some_unknown)
{
	unsigned long answered = 0, unknown = 0;
	const char *first = "";
	int i;

	callers_stop = true;
	for (i = 0; i < CALLERS; i++) {
		pthread_join(callers[i].thread, NULL);
		answered += callers[i].answered;
		unknown += callers[i].unknown;
		if (callers[i].wrong[0])
			first = callers[i].wrong;
	}
	if (!ok(!*first, "%s: each call gets a right answer", name))
		printf("# %s\n", first);
	printf("# %lu calls answered, %lu not\n", answered, unknown);
	ok(answered > 0, "%s: calls were answered", name);
	if (some_unknown)
		ok(unknown > 0, "%s: calls were left to the stock code", name);
}

/* --- coming and going --- */

/* Unloading a module that is in use, by a call or by somebody who looks at it, has to be tried again. */
static const char *unload_in_use(const char *name)
{
	const char *result;
	int tries;

	for (tries = 0; tries < 1000000; tries++) {
		result = unload(name);
		if (strcmp(result, "EAGAIN"))
			break;
	}
	return result;
}

/* Wait for nobody to hold a reference on kvm_hv, which VMs drop after their file is closed. */
static void references_back(const char *name)
{
	int tries;

	for (tries = 0; tries < 10000 && strcmp(read_line("/sys/module/kvm_hv/refcnt"), "0"); tries++)
		usleep(1000);
	ok(!strcmp(read_line("/sys/module/kvm_hv/refcnt"), "0"), "%s: no reference on kvm_hv is left", name);
}

static void cycles(unsigned long count)
{
	const char *name = "load-unload-cycles", *unloaded = "0", *loaded = "0";
	unsigned int failed = tap_failed;
	unsigned long i;

	start_callers(false);
	for (i = 0; i < count && !strcmp(unloaded, "0") && !strcmp(loaded, "0"); i++) {
		/* long grace periods are another timing */
		write_file("/sys/kernel/rcu_expedited", i % 20 ? "1" : "0");
		unloaded = unload_in_use("kvm_ppc_compat");
		loaded = load_module(OURS, "");
	}
	write_file("/sys/kernel/rcu_expedited", "1");
	is("unload under load", unloaded, "0");
	is("load under load", loaded, "0");
	stop_callers(name, true);
	references_back(name);
	is("state", read_line(SYSFS "/state"), "attached");
	is("unload", unload("kvm_ppc_compat"), "0");
	nothing_left();
	is("load", load_module(OURS, ""), "0");
	experiment(name, i, failed);
}

static void kvm_hv_cycles(unsigned long count)
{
	const char *name = "kvm_hv-cycles", *unloaded = "0", *loaded = "0";
	unsigned int failed = tap_failed;
	unsigned long i, unanswered = 0;
	char yes[80];

	snprintf(yes, sizeof(yes), "kvm=1 vm=1 ioctl=%#" PRIx64, own_caps);
	for (i = 0; i < count && !strcmp(unloaded, "0") && !strcmp(loaded, "0"); i++) {
		unloaded = unload_in_use("kvm_hv");
		unanswered += strcmp(read_line(SYSFS "/state"), "waiting") != 0;
		loaded = load_module("/modules/kvm-hv.ko", "");
		unanswered += strcmp(query(), yes) || strcmp(read_line(SYSFS "/state"), "attached");
	}
	is("unload kvm_hv", unloaded, "0");
	is("load kvm_hv", loaded, "0");
	ok(!unanswered, "attached and answering after each");
	experiment(name, i, failed);
}

static volatile bool come_to_an_end;

static void *come_and_go(void *data)
{
	const char **result = data;

	while (!come_to_an_end) {
		*result = unload_in_use("kvm_ppc_compat");
		if (strcmp(*result, "0"))
			break;
		*result = load_module(OURS, "");
		if (strcmp(*result, "0"))
			break;
	}
	return NULL;
}

/* Both come and go, each at its own pace. */
static void both_cycle(unsigned long count)
{
	const char *name = "both-come-and-go", *ours = "0", *unloaded = "0", *loaded = "0";
	unsigned int failed = tap_failed;
	pthread_t thread;
	unsigned long i;
	char yes[80];

	come_to_an_end = false;
	pthread_create(&thread, NULL, come_and_go, &ours);
	for (i = 0; i < count && !strcmp(unloaded, "0") && !strcmp(loaded, "0"); i++) {
		unloaded = unload_in_use("kvm_hv");
		loaded = load_module("/modules/kvm-hv.ko", "");
	}
	come_to_an_end = true;
	pthread_join(thread, NULL);
	is("the module's result", ours, "0");
	is("unload kvm_hv", unloaded, "0");
	is("load kvm_hv", loaded, "0");
	snprintf(yes, sizeof(yes), "kvm=1 vm=1 ioctl=%#" PRIx64, own_caps);
	is("answer afterwards", query(), yes);
	experiment(name, i, failed);
}

/* --- random calls, against the model --- */

static uint64_t random_state;

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* The arena by its four sorts of access, and a view of each by which it can always be written */
static unsigned char *views[4], *writables[4];

static void make_views(void)
{
	int i, fd;

	rw_size = page;
	arena_size = 2 * page;
	for (i = 0; i < 4; i++) {
		fd = memfd_create("arena", MFD_CLOEXEC);
		if (ftruncate(fd, arena_size))
			ok(false, "memory: %s", strerrorname_np(errno));
		/* nothing lies behind it */
		views[i] = mmap(NULL, arena_size + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		mmap(views[i], arena_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
		writables[i] = mmap(NULL, arena_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
	}
	mprotect(views[READ_ONLY] + rw_size, page, PROT_READ);
	mprotect(views[UNMAPPED] + rw_size, page, PROT_NONE);
	mprotect(views[3], arena_size, PROT_READ);
}

static uint64_t random_size(void)
{
	switch (random64() % 64) {
	case 0: /* seldom: 64K are a lot to look at */
		return page - 8 + random64() % 16;
	case 1 ... 4:
		return random64() % 24;
	case 5 ... 8:
		return random64() >> random64() % 64;
	case 9 ... 24:
		return 24 + random64() % 72;
	default:
		return 24;
	}
}

/* A command that nobody has, near ours */
static uint64_t random_command(void)
{
	static const uint8_t numbers[] = { 0xb7, 0xb8, 0xb9, 0xba, 0xe4, 0xe5, 0xe6, 0xe7 };
	uint64_t command;
	size_t i;

	do {
		command = (random64() % 8) << 29 | (random64() % 5 * 8) << 16 |
			  (random64() % 8 ? KVMIO : random64() % 256) << 8 | numbers[random64() % 8];
		for (i = 0; i < ABIS && command != abis[i].command; i++)
			;
	} while (i < ABIS);
	return command;
}

/* One call; returns false, and says why, if it was not as the model has it. */
static bool random_call(int vm_fd)
{
	static unsigned char expected[128 << 10], *memory;
	struct vector v = { .size = random_size(), .last = random64() % 3 };
	size_t start, end, clear, view = v.last;
	uint64_t command;
	int err, expected_err;
	bool torn = false;

	abi = &abis[random64() % ABIS];
	command = random64() % 4 ? abi->command : random_command();
	if (random64() % 16 == 0) {
		v.all_read_only = true;
		v.last = READ_ONLY;
		view = 3;
	}
	if (random64() % 4 == 0)
		v.flags = random64() % 2 ? UINT64_C(1) << random64() % 64 : random64();
	v.offset = random64() % 4 ? rw_size - random64() % 112 : random64() % (arena_size - 256);

	/* as much as a right or a wrong answer touches */
	start = v.offset < 16 ? 0 : v.offset - 16;
	end = v.offset + (v.size > page ? 24 : v.size < 24 ? 24 : v.size) + 16;
	if (end > arena_size)
		end = arena_size;
	memory = writables[view];
	memset(memory + start, PATTERN, end - start);
	clear = v.size > page ? STRUCT_SIZE : v.size;
	clear = v.offset + clear > arena_size ? arena_size - v.offset : clear;
	memset(memory + v.offset, 0, clear);
	put64(memory + v.offset + abi->size_at, v.size);
	put64(memory + v.offset + abi->flags_at, v.flags);
	if (v.size > 24 && v.size <= page && random64() % 3 == 0) {
		v.nonzero_at = 24 + random64() % (v.size - 24);
		if (v.offset + v.nonzero_at < arena_size)
			memory[v.offset + v.nonzero_at] = 1;
	}
	memcpy(expected + start, memory + start, end - start);
	expected_err = command == abi->command ? model(&v, expected, &torn) : ENOTTY;

	err = ioctl(vm_fd, command, views[view] + v.offset) ? errno : 0;
	if (torn)
		memcpy(expected + v.offset, memory + v.offset, 24);
	if (err == expected_err && !memcmp(expected + start, memory + start, end - start))
		return true;
	printf("# command %#" PRIx64 " %s size %#" PRIx64 " flags %#" PRIx64 " offset %#zx last %d nonzero %#" PRIx64
	       ": %d instead of %d\n", command, abi->name, v.size, v.flags, v.offset, v.last, v.nonzero_at,
	       err, expected_err);
	return false;
}

static void random_calls(unsigned long count, uint64_t seed)
{
	const char *name = "random-calls";
	unsigned int failed = tap_failed;
	pid_t children[CALLERS];
	unsigned long i;
	int n, status;

	fflush(stdout);
	for (n = 0; n < CALLERS; n++) {
		children[n] = fork();
		if (!children[n]) {
			int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
			int vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);

			make_views();
			random_state = 0x9e3779b97f4a7c15 * (seed * CALLERS + n + 1);
			for (i = 0; i < count / CALLERS; i++)
				if (!random_call(vm_fd))
					break;
			fflush(stdout);
			_exit(i < count / CALLERS);
		}
	}
	for (n = 0; n < CALLERS; n++) {
		waitpid(children[n], &status, 0);
		ok(WIFEXITED(status) && !WEXITSTATUS(status), "%s, seed %" PRIu64 ": as the model has it",
		   name, seed);
	}
	experiment(name, count, failed);
}

/* --- many VMs --- */

static void crowd(int processes)
{
	const char *name = "VMs-asking-at-once";
	unsigned int failed = tap_failed;
	int i, n, status, wrong_ones = 0, ready[2], go[2];
	char byte;

	if (pipe(ready) || pipe(go))
		ok(false, "pipes");
	fflush(stdout);
	for (n = 0; n < processes; n++) {
		pid_t child = fork();

		wrong_ones += child < 0;
		if (!child) {
			struct callers caller = {};
			int vm_fd = ioctl(open("/dev/kvm", O_RDWR | O_CLOEXEC), KVM_CREATE_VM, 0);

			close(go[1]);
			(void)!write(ready[1], "", 1);
			(void)!read(go[0], &byte, 1); /* ends when the parent closes it */
			callers_know_answer = true;
			for (i = 0; i < 1000; i++)
				ask(&caller, &abis[i % ABIS], vm_fd);
			_exit(caller.wrong[0] || caller.answered != 1000);
		}
	}
	close(ready[1]); /* so that reading ends if one of them dies */
	for (n = 0; n < processes; n++)
		(void)!read(ready[0], &byte, 1);
	close(go[1]);
	while (wait(&status) > 0)
		wrong_ones += !WIFEXITED(status) || WEXITSTATUS(status);
	ok(!wrong_ones, "%s: all are answered", name);
	references_back(name);
	close(go[0]);
	close(ready[0]);
	experiment(name, processes, failed);
}

/* --- others that trace the same functions --- */

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

/* Where our own probe on a function is: "module:function+offset" */
static void own_probe(const char *function, char *place, size_t size)
{
	FILE *list = fopen(KPROBES "/list", "re");
	char line[256], symbol[128], module[64];

	*place = '\0';
	while (list && fgets(line, sizeof(line), list))
		if (sscanf(line, "%*s %*s %127s %63s", symbol, module) == 2 &&
		    !strncmp(symbol, function, strlen(function)) && symbol[strlen(function)] == '+')
			snprintf(place, size, "%s:%s", module, symbol);
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
static void tracers(int rounds, bool at_ftrace_site)
{
	static const char * const functions[] = { "kvm_arch_vm_ioctl_hv", "kvm_vm_ioctl_check_extension" };
	static const char * const modules[] = { "kvm_hv", "kvm" };
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
			snprintf(text, sizeof(text), "p:stress/entry%d %s:%s", f, modules[f], functions[f]);
			trace_write("kprobe_events", text);
			snprintf(text, sizeof(text), "r:stress/return%d %s:%s $retval", f, modules[f], functions[f]);
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

/* --- switches --- */

static void switches(int rounds)
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

/* --- the machine changes --- */

static void hotplug(int rounds)
{
	const char *name = "CPU-hotplug";
	unsigned int failed = tap_failed;
	char path[64];
	int i, cpu;

	start_callers(true);
	for (i = 0; i < rounds; i++) {
		for (cpu = 1; cpu < CALLERS; cpu++) {
			snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
			write_file(path, "0");
		}
		for (cpu = 1; cpu < CALLERS; cpu++) {
			snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
			write_file(path, "1");
		}
	}
	stop_callers(name, false);
	experiment(name, rounds * (CALLERS - 1), failed);
}

static void device_tree_updates(int rounds)
{
	const char *name = "device-tree-updates";
	unsigned int failed = tap_failed;
	struct callers self = {};
	int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), i;
	int vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	uint64_t own = own_caps;

	other_caps = KVM_PPC_COMPAT_CAP_POWER9;
	start_callers(true);
	for (i = 0; i < rounds; i++) {
		struct kvm_ppc_compat_caps caps = { .size = sizeof(caps) };

		set_version(cpu_phandle[0], 0x0f000005);
		if (ioctl(vm_fd, KVM_PPC_GET_COMPAT_CAPS, &caps) || caps.compat_capabilities != other_caps)
			wrong(&self, "after an update to POWER9", caps.compat_capabilities, 0);
		ofdt("update_property", cpu_phandle[0], own_version, 4);
		if (ioctl(vm_fd, KVM_PPC_GET_COMPAT_CAPS, &caps) || caps.compat_capabilities != own)
			wrong(&self, "after an update back", caps.compat_capabilities, 0);
	}
	stop_callers(name, false);
	if (!ok(!self.wrong[0], "%s: no answer is older than the last update", name))
		printf("# %s\n", self.wrong);
	other_caps = own;
	close(vm_fd);
	close(kvm_fd);
	experiment(name, 2 * rounds, failed);
}

/* --- livepatches --- */

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

/*
 * The livepatch replaces one of the two functions; the module's filter is behind that. In both
 * orders: it says so, and neither the capability nor the ioctl is promised without the other.
 */
static void livepatch(const char *module)
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
		stop_callers(module, false);
	}
	experiment(module, round, failed);
}

/* --- leaks --- */

static long slab_kib(void)
{
	long kib = 0;
	char line[128];
	FILE *meminfo;

	/* each CPU keeps some pages to itself that it has not told of */
	write_file("/proc/sys/vm/stat_refresh", "1");
	meminfo = fopen("/proc/meminfo", "re");
	while (meminfo && fgets(line, sizeof(line), meminfo))
		if (sscanf(line, "SUnreclaim: %ld kB", &kib) == 1)
			break;
	if (meminfo)
		fclose(meminfo);
	return kib;
}

#define ROUNDS 5

static int compare(const void *a, const void *b)
{
	return *(const long *)a < *(const long *)b ? -1 : 1;
}

static void slab_growth(int calls)
{
	const char *name = "calls-without-slab-growth";
	int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), i, round;
	int vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	unsigned int failed = tap_failed;
	struct callers self = {};
	long growth[ROUNDS];

	callers_know_answer = true;
	for (round = 0; round < ROUNDS; round++) {
		growth[round] = -slab_kib();
		for (i = 0; i < calls / ROUNDS; i++)
			ask(&self, &abis[i % ABIS], vm_fd);
		growth[round] += slab_kib();
	}
	ok(!self.wrong[0], "%s: all are answered", name);
	printf("# growth in each round, in KiB:");
	for (round = 0; round < ROUNDS; round++)
		printf(" %ld", growth[round]);
	putchar('\n');
	/* now and then the kernel takes or frees some for itself, but what a call leaves is left in every round */
	qsort(growth, ROUNDS, sizeof(growth[0]), compare);
	/* the smallest object has 8 bytes: this is less than one of them for every second call */
	ok(growth[ROUNDS / 2] < calls / ROUNDS * 4 / 1024, "%s: none", name);
	close(vm_fd);
	close(kvm_fd);
	experiment(name, calls, failed);
}

static void kmemleak(void)
{
	static const char path[] = "/sys/kernel/debug/kmemleak";
	const char *name = "kmemleak";
	unsigned int failed = tap_failed;
	char line[256];
	FILE *report;
	int scan;

	/* it passes over what is younger than 5 seconds */
	sleep(6);
	/* what looks like a leak at first, and is none, is gone by the second scan */
	for (scan = 0; scan < 2; scan++)
		write_file(path, "scan");
	report = fopen(path, "re");
	ok(report && !fgets(line, sizeof(line), report), "%s: clean", name);
	if (report && !feof(report))
		do
			printf("# %s", line);
		while (fgets(line, sizeof(line), report));
	if (report)
		fclose(report);
	experiment(name, scan, failed);
}

/* --- loading with faults injected: the Nth thing that can fail does, for every N --- */

/*
 * Returns how many loads failed, with @expected, until one met no fault. What fails otherwise, or leaves
 * something behind, counts as @unclean.
 */
static unsigned long load_with_faults(const char *expected, unsigned long *loads, unsigned long *unclean)
{
	int fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	int module = open(OURS, O_RDONLY | O_CLOEXEC), length;
	const char *result = "none";
	unsigned long n, refused = 0;
	char number[24];

	for (n = 1; ; n++) {
		/* nothing but the system call in question between these two */
		length = snprintf(number, sizeof(number), "%lu", n);
		pwrite(fail_nth, number, length, 0);
		result = syscall(SYS_finit_module, module, "", 0) ? strerrorname_np(errno) : "0";
		length = pread(fail_nth, number, sizeof(number) - 1, 0);
		pwrite(fail_nth, "0", 1, 0);
		if (length <= 0)
			break;
		number[length] = '\0';
		if (!strcmp(result, "0")) {
			*unclean += strcmp(unload("kvm_ppc_compat"), "0") != 0;
		} else if (!strcmp(result, expected)) {
			refused++;
		} else {
			++*unclean;
			printf("# fault %lu: %s\n", n, result);
		}
		*unclean += !access(SYSFS, F_OK);
		if (strtoul(number, NULL, 10)) /* there were not that many */
			break;
	}
	is("the load without a fault", result, "0");
	*loads += n;
	close(module);
	close(fail_nth);
	return refused;
}

static void faults(void)
{
	/* by which the module registers something */
	static const char * const functions[] = {
		"register_kprobe", "register_module_notifier", "sysfs_create_group",
	};
	unsigned long loads = 0, unclean = 0, refused;
	const char *name = "faults-while-loading";
	unsigned int failed = tap_failed;
	size_t f;

	write_file(FAILSLAB "/verbose", "0");
	write_file(FAIL_FUNCTION "/verbose", "0");
	is("load what makes functions injectable", load_module("/modules/injectable.ko", ""), "0");
	is("unload", unload("kvm_ppc_compat"), "0");

	/* How many allocations there are differs from load to load: registrations are tried without them. */
	write_file(FAILSLAB "/cache-filter", "Y"); /* none but of caches that were named */
	for (f = 0; f < sizeof(functions) / sizeof(functions[0]); f++)
		write_file(FAIL_FUNCTION "/inject", functions[f]);
	refused = load_with_faults("EINVAL", &loads, &unclean); /* the functions' error */
	/*
	 * two each for the self-test's two hooks and the two others, the notifier, the files; the kernel's own files
	 * for the module's parameters and sections
	 */
	ok(refused == 12, "%s: %lu refused for lack of a registration", name, refused);
	write_file(FAIL_FUNCTION "/inject", "\n"); /* none */
	is("unload what makes functions injectable", unload("injectable"), "0");

	write_file(FAILSLAB "/cache-filter", "N");
	write_file(FAILSLAB "/ignore-gfp-wait", "N"); /* fail those that may sleep, too */
	refused = load_with_faults("ENOMEM", &loads, &unclean);
	ok(refused > 0, "%s: %lu refused for lack of memory", name, refused);

	ok(!unclean, "%s: nothing is left of them", name);
	nothing_left();
	is("the next load", load_module(OURS, ""), "0");
	is("state", read_line(SYSFS "/state"), "attached");
	experiment(name, loads, failed);
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
	host_caps = own_caps;
	count = strtoul(argv[2], NULL, 10);
	page = sysconf(_SC_PAGESIZE);
	last = time(NULL);
	/* so that what is tried happens soon although the callers take every CPU */
	setpriority(PRIO_PROCESS, 0, -20);
	write_file("/sys/kernel/rcu_expedited", "1");
	if (!ok(find_cpus(), "cpu nodes in the device tree"))
		return tap_done();

	if (has(argv + 4, "hotplug")) {
		hotplug(count / 30);
		return tap_done();
	}
	random_calls(count * 10000 / 3, strtoull(argv[3], NULL, 10));
	crowd(64);
	/* fewer would be lost in what KASAN's quarantine takes and gives back meanwhile, 32 KiB at a time */
	slab_growth(100000);
	tracers(count / 30, !has(argv + 4, "PREEMPTION"));
	switches(count / 15);
	cycles(count);
	if (!has(argv + 4, "v2")) {
		device_tree_updates(count * 5 / 3);
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
