// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests for the findings of the review of the draft ABI. Each fails on code with that defect. All commands of both ABIs are
 * tested.
 *
 * Usage: review attach v1|v2 CAPABILITIES CALLS	kvm_hv and the module are loaded; references are counted over that
 *						many calls that succeed, and as many that fail
 *	  review stock				bare metal: kvm_hv is loaded, the module cannot be
 *
 * tests/unit/vm_ioctl.c tests finding 1 with a kernel that knows a larger structure.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "abi.h"
#include "device_tree.h"
#include "tap.h"
#include "tracing.h"
#include "vmm.h"

#define DRAFT_CAP "/sys/module/kvm_ppc_compat/parameters/draft_cap"

static int kvm_fd, vm_fd;
static uint64_t expected;

/* A caller's structure, and the largest tail that a test here passes */
union caller {
	unsigned char bytes[64];
	uint64_t words[8];
};

static int call(const struct abi *abi, void *argp)
{
	return ioctl(vm_fd, abi->command, argp) ? errno : 0;
}

static union caller caller(const struct abi *abi, uint64_t size)
{
	union caller caller = {};

	caller.words[abi->size_at / 8] = size;
	return caller;
}

static void finding_1_sizes(const struct abi *abi)
{
	union caller first = caller(abi, KVM_PPC_COMPAT_CAPS_SIZE_VER0);
	union caller larger = caller(abi, sizeof(larger)), newer = larger;

	ok(!call(abi, &first) && first.words[2] == expected,
	   "review 1, %s: a caller with the first published size is answered", abi->name);
	ok(!call(abi, &larger) && larger.words[abi->size_at / 8] == 24 && larger.words[2] == expected,
	   "review 1, %s: a larger caller is", abi->name);
	newer.bytes[63] = 1;
	ok(call(abi, &newer) == E2BIG && newer.words[abi->size_at / 8] == 24,
	   "review 1, %s: one that asks for more learns the size to come back with", abi->name);
	memset(&newer.words[3], 0, sizeof(newer) - 24);
	ok(!call(abi, &newer) && newer.words[2] == expected, "review 1, %s: and comes back", abi->name);
}

static void finding_2_flags(const struct abi *abi)
{
	int bit, wrong = 0;

	for (bit = 0; bit < 64; bit++) {
		union caller passed = caller(abi, 24), got;

		passed.words[abi->flags_at / 8] = UINT64_C(1) << bit;
		got = passed;
		wrong += call(abi, &got) != EINVAL || memcmp(&got, &passed, sizeof(got));
	}
	ok(!wrong, "review 2, %s: each of 64 flags is EINVAL and nothing is written", abi->name);
}

static void finding_3_modes(const struct abi *abi)
{
	union caller got = caller(abi, 24);
	uint64_t modes;

	ok(!call(abi, &got) && got.words[2] == expected, "review 3, %s: %#" PRIx64, abi->name, expected);
	modes = got.words[2];
	ok(modes & KVM_PPC_COMPAT_CAP_POWER9 &&
	   (!(modes & KVM_PPC_COMPAT_CAP_POWER11) || modes & KVM_PPC_COMPAT_CAP_POWER10),
	   "review 3, %s: a mode brings all before it", abi->name);
}

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

static void balanced(const char *name, int calls, int expected_errno, void *argp, const union caller *passed,
		     const struct abi *abi)
{
	unsigned long got = counted("get"), put = counted("put");
	int i, wrong = 0;

	for (i = 0; i < calls; i++) {
		if (passed)
			memcpy(argp, passed, sizeof(*passed));
		wrong += call(abi, argp) != expected_errno;
	}
	got = counted("get") - got;
	put = counted("put") - put;
	ok(!wrong, "review 4, %s: %d calls: %s", abi->name, calls, name);
	if (!ok(got == put, "review 4, %s: no reference is left by them", abi->name))
		printf("# taken %lu, dropped %lu\n", got, put);
}

struct references {
	unsigned long got, left;
};

static struct references update_device_tree(int updates)
{
	struct references count = { counted("get"), counted("get") - counted("put") };
	int i;

	for (i = 0; i < updates; i++)
		set_version(cpu_phandle[0], 0x0f000004 + i % 3);
	ofdt("update_property", cpu_phandle[0], own_version, 4);
	count.got = counted("get") - count.got;
	count.left = counted("get") - counted("put") - count.left;
	return count;
}

/* The module walks the device tree when it changes. The kernel's own update gets and drops references, too. */
static void finding_4_device_tree(int updates)
{
	struct references with = update_device_tree(updates), without;

	if (!ok(!syscall(SYS_delete_module, "kvm_ppc_compat", O_NONBLOCK), "review 4: unload the module"))
		return;
	without = update_device_tree(updates);
	ok(!strcmp(load_module("/modules/kvm_ppc_compat.ko", ""), "0"), "review 4: load the module");
	ok(with.got >= without.got + updates, "review 4: %d updates of the device tree are followed", updates);
	if (!ok(with.left == without.left, "review 4: no reference is left by that"))
		printf("# with the module %lu, without it %lu\n", with.left, without.left);
}

static void finding_4_references(const struct abi *abi, bool v1, int calls)
{
	union caller passed = caller(abi, 24), flags = passed, newer = caller(abi, 64), small = caller(abi, 23);
	union caller *read_only, got;
	long page = sysconf(_SC_PAGESIZE);

	flags.words[abi->flags_at / 8] = 1;
	newer.bytes[63] = 1;
	read_only = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*read_only = passed;
	mprotect(read_only, page, PROT_READ);

	balanced("success", calls, 0, &got, &passed, abi);
	balanced("size too small", calls / 5, EINVAL, &got, &small, abi);
	balanced("non-zero tail", calls / 5, E2BIG, &got, &newer, abi);
	balanced("flags", calls / 5, EINVAL, &got, &flags, abi);
	balanced("read-only structure", calls / 5, EFAULT, read_only, NULL, abi);
	set_version(cpu_phandle[0], 0x0f000004);
	balanced("host in an unknown mode", calls / 5, v1 ? EINVAL : 0, &got, &passed, abi);
	ofdt("update_property", cpu_phandle[0], own_version, 4);
	munmap(read_only, page);
}

/*
 * What a program passes that considers the structure as output only. 8 random bytes are hardly ever a valid size, and never
 * next to 8 zero bytes.
 */
static void finding_5_uninitialised(const struct abi *abi)
{
	union caller mine, passed, other = caller(abi, 24);
	int i, wrong = 0;
	size_t byte;

	for (i = 0; i < 1000; i++) {
		for (byte = 0; byte < sizeof(passed); byte++)
			passed.bytes[byte] = i < 256 ? i : random();
		mine = passed;
		wrong += call(abi, &other); /* which leaves its answer wherever that may be left */
		wrong += !call(abi, &mine) || memcmp(&mine, &passed, sizeof(mine));
	}
	ok(!wrong, "review 5, %s: 1000 uninitialised structures are refused and left as they were", abi->name);
}

static void finding_6_commands(void)
{
	union caller draft = caller(&abis[1], 24), iowr = caller(&abis[2], 24);

	ok(!call(&abis[1], &draft) && !call(&abis[2], &iowr) && !memcmp(&draft, &iowr, sizeof(draft)) &&
	   draft.words[2] == expected, "review 6: both commands of the draft give the same answer");
}

static void finding_7_unknown(const struct abi *abi)
{
	union caller passed = caller(abi, 24), got = passed;

	ok(call(abi, &got) == ENOTTY && !memcmp(&got, &passed, sizeof(got)), "review 7, %s: ENOTTY", abi->name);
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

static void set_draft_cap(const char *value)
{
	int fd = open(DRAFT_CAP, O_WRONLY | O_CLOEXEC);

	ok(write(fd, value, strlen(value)) > 0, "draft_cap=%s", value);
	close(fd);
}

static void draft_capability(void)
{
	capabilities("by default", 0);
	set_draft_cap("1");
	capabilities("with draft_cap=1", 1);
	set_draft_cap("0");
	capabilities("with draft_cap=0", 0);
	syscall(SYS_delete_module, "kvm_ppc_compat", O_NONBLOCK);
	ok(!strcmp(load_module("/modules/kvm_ppc_compat.ko", "draft_cap=1"), "0"), "loaded with draft_cap=1");
	capabilities("loaded with draft_cap=1", 1);
	set_draft_cap("0");
}

int main(int argc, char **argv)
{
	bool attach = argc == 5 && !strcmp(argv[1], "attach");
	bool v1 = attach && !strcmp(argv[2], "v1");
	size_t i;

	if (!attach && (argc != 2 || strcmp(argv[1], "stock"))) {
		fprintf(stderr, "usage: review attach v1|v2 CAPABILITIES CALLS | review stock\n");
		return 2;
	}
	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	if (!ok(vm_fd >= 0, "a VM"))
		return tap_done();
	if (!attach) {
		for (i = 0; i < ABIS; i++)
			finding_7_unknown(&abis[i]);
		return tap_done();
	}

	expected = strtoull(argv[3], NULL, 16);
	if (!ok(find_cpus(), "two cpu nodes in the device tree"))
		return tap_done();
	for (i = 0; i < ABIS; i++) {
		finding_1_sizes(&abis[i]);
		finding_2_flags(&abis[i]);
		finding_3_modes(&abis[i]);
		finding_5_uninitialised(&abis[i]);
	}
	finding_6_commands();
	count_references(true);
	for (i = 0; i < ABIS; i++)
		finding_4_references(&abis[i], v1, atoi(argv[4]));
	finding_4_device_tree(atoi(argv[4]) / 10);
	count_references(false);
	draft_capability();
	return tap_done();
}
