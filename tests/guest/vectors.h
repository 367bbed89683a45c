/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arguments with which the ioctl is tested: in a kernel by tests/guest/conformance.c, and in the module's code by
 * tests/unit/abi.c. These provide call_ioctl() and the functions that change the device tree.
 *
 * Each test point compares errno and every byte of the caller's memory with a model of the documented behaviour. The lines
 * that start with "#" are a transcript of the arguments and the results. For the draft ABI they are printed only after a
 * failure.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "model.h"
#include "tap.h"

#define LARGEST (UINT64_C(64) << 10) /* of the page sizes that kernels have */

static int vm_fd;

/* Sets errno, like ioctl(2). */
static int call_ioctl(int fd, unsigned long command, void *argp);

static uint32_t cpu_phandle[2];	/* of the two cpu nodes, in the order of the device tree */
static unsigned char own_version[4];

/* @command of add_property, update_property, remove_property (then @length is -1): cpu-version of a node */
static void ofdt(const char *command, uint32_t phandle, const void *value, int length);
static void set_version(uint32_t phandle, uint32_t version);
/* A node for one CPU more than the machine can have, before the other nodes */
static void add_cpu(uint32_t version);
static void remove_cpu(void);

/*
 * The memory with the caller's structure, its contents before the call, and the expected contents after it.
 */
static unsigned char *arena, *before, *after;

static const char *errno_name(int err)
{
	return err ? strerrorname_np(err) : "0";
}

/* Prints bytes as runs of the form "value*count". */
static void print_runs(const char *label, const unsigned char *bytes, size_t size)
{
	size_t start, end;

	printf("# %s:", label);
	for (start = 0; start < size; start = end) {
		for (end = start + 1; end < size && bytes[end] == bytes[start]; end++)
			;
		printf(" %02x*%zu", bytes[start], end - start);
	}
	putchar('\n');
}

/* Stores as much of a value as fits into the memory. */
static void store(size_t offset, uint64_t value)
{
	size_t room = offset < arena_size ? arena_size - offset : 0;

	memcpy(arena + offset, &value, room < sizeof(value) ? room : sizeof(value));
}

/* Makes the call @v on @fd by @call, checks the result, and prints the transcript. */
static void check_call(const char *name, const struct vector *v,
		       int (*call)(int fd, unsigned long command, void *argp), int fd)
{
	size_t visible = v->last == UNMAPPED ? rw_size : arena_size;
	size_t end;
	int err, expected;
	bool torn, same;

	memset(arena, PATTERN, arena_size);
	store(v->offset + abi->size_at, v->size);
	store(v->offset + abi->flags_at, v->flags);
	store(v->offset + 16, UINT64_C(0x1122334455667788));
	if (v->size > STRUCT_SIZE && v->offset + STRUCT_SIZE < arena_size) {
		end = v->size < arena_size - v->offset ? v->offset + v->size : arena_size;
		memset(arena + v->offset + STRUCT_SIZE, 0, end - v->offset - STRUCT_SIZE);
	}
	if (v->nonzero_at)
		arena[v->offset + v->nonzero_at] = 1;
	memcpy(before, arena, arena_size);
	memcpy(after, arena, arena_size);
	expected = model(v, after, &torn);

	if (v->last != RW)
		mprotect(arena + rw_size, page, v->last == READ_ONLY ? PROT_READ : PROT_NONE);
	if (v->all_read_only)
		mprotect(arena, arena_size, PROT_READ);
	err = call(fd, abi->command, arena + v->offset) ? errno : 0;
	mprotect(arena, arena_size, PROT_READ | PROT_WRITE);

	if (torn)
		memcpy(after + v->offset, arena + v->offset,
		       v->offset + STRUCT_SIZE < visible ? STRUCT_SIZE : visible - v->offset);
	same = !memcmp(arena, after, arena_size);
	ok(err == expected && same, "%s: %s", name, errno_name(expected));
	if (err != expected)
		printf("# it is %s\n", errno_name(err));
	if (!same)
		print_runs("memory is not as documented; expected", after, visible);
	if ((stock || abi != abis) && same && err == expected)
		return; /* nobody compares this transcript */
	printf("# arena+%#zx size=%#" PRIx64 " flags=%#" PRIx64 "%s -> %s\n", v->offset, v->size,
	       v->flags, v->all_read_only ? " read-only" : v->last == READ_ONLY ? " last page read-only" :
	       v->last == UNMAPPED ? " last page unmapped" : "", errno_name(err));
	print_runs("before", before, visible);
	if (memcmp(before, arena, arena_size))
		print_runs("after", arena, visible);
	else
		printf("# after: unchanged\n");
}

__attribute__((format(printf, 2, 3)))
static void check(const struct vector *v, const char *format, ...)
{
	char name[128];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	check_call(name, v, call_ioctl, vm_fd);
}

/* The structure in the middle of the arena, with valid arguments */
#define PLAIN(...) ((struct vector){ .size = abi->known, .offset = 64, __VA_ARGS__ })

static void sizes(void)
{
	static const uint64_t large[] = {
		(UINT64_C(1) << 31) - 1, UINT64_C(1) << 31, (UINT64_C(1) << 31) + 24,
		(UINT64_C(1) << 32) - 1, UINT64_C(1) << 32, (UINT64_C(1) << 32) + 24,
		(UINT64_C(1) << 32) + 4096, UINT64_C(1) << 62, (UINT64_C(1) << 63) - 1,
		UINT64_C(1) << 63, (UINT64_C(1) << 63) + 24, UINT64_MAX - 23, UINT64_MAX - 1, UINT64_MAX,
	};
	const uint64_t pages[] = { 4096, LARGEST };
	uint64_t size;
	size_t i;

	for (size = 0; size <= STRUCT_SIZE + 17; size++)
		check(&PLAIN(.size = size), "size %" PRIu64, size);
	for (size = 48; size < 4096; size *= 2)
		check(&PLAIN(.size = size), "size %" PRIu64, size);
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		for (size = pages[i] - 9; size <= pages[i] + 9; size++)
			check(&PLAIN(.size = size), "size %" PRIu64, size);
	for (i = 0; i < sizeof(large) / sizeof(large[0]); i++)
		check(&PLAIN(.size = large[i]), "size %#" PRIx64, large[i]);
}

static void flags(void)
{
	int bit;

	for (bit = 0; bit < 64; bit++)
		check(&PLAIN(.flags = UINT64_C(1) << bit), "flags bit %d", bit);
	check(&PLAIN(.flags = UINT64_MAX), "flags all bits");
	check(&PLAIN(.size = 16, .flags = 1), "flags set, size too small");
	check(&PLAIN(.size = page + 1, .flags = 1), "flags set, size too large");
	check(&PLAIN(.size = 32, .flags = 1, .nonzero_at = 24), "flags set, non-zero tail");
	check(&PLAIN(.size = 32, .flags = 1), "flags set, zero tail");
}

static void tails(void)
{
	const uint64_t ends[] = { 25, 31, 32, 33, 64, 4095, 4096, LARGEST };
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (ends[i] > page)
			continue;
		check(&PLAIN(.size = ends[i], .nonzero_at = 24), "size %" PRIu64 ", first tail byte set", ends[i]);
		check(&PLAIN(.size = ends[i], .nonzero_at = ends[i] - 1), "size %" PRIu64 ", last tail byte set", ends[i]);
		check(&PLAIN(.size = ends[i], .nonzero_at = ends[i]), "size %" PRIu64 ", byte past the tail set", ends[i]);
	}
}

static void alignment(void)
{
	size_t offset;

	for (offset = 1; offset < 9; offset++) {
		check(&PLAIN(.offset = offset), "unaligned by %zu", offset);
		check(&PLAIN(.offset = offset, .size = 41), "unaligned by %zu, zero tail", offset);
		check(&PLAIN(.offset = offset, .size = 41, .nonzero_at = 40), "unaligned by %zu, non-zero tail", offset);
		check(&PLAIN(.offset = page - offset), "across a page boundary, %zu bytes before it", offset);
	}
}

/* Structures at, across and after the end of readable or writable memory */
static void faults(void)
{
	static const struct {
		enum last_page last;
		const char *name;
	} kinds[] = { { UNMAPPED, "an unmapped" }, { READ_ONLY, "a read-only" } };
	size_t inside, k;

	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		enum last_page last = kinds[k].last;
		const char *name = kinds[k].name;

		for (inside = 0; inside <= abi->known; inside++)
			check(&PLAIN(.offset = rw_size - inside, .last = last), "%zu bytes before %s page", inside, name);
		check(&PLAIN(.offset = rw_size - 32, .size = 32, .last = last), "zero tail up to %s page", name);
		check(&PLAIN(.offset = rw_size - 32, .size = 33, .last = last), "zero tail, its last byte in %s page", name);
		check(&PLAIN(.offset = rw_size - 24, .size = 64, .last = last), "zero tail, all of it in %s page", name);
		check(&PLAIN(.offset = rw_size - 8, .size = 64, .last = last), "only size before %s page, zero tail", name);
		check(&PLAIN(.offset = rw_size - abi->known - 8, .size = 64, .nonzero_at = abi->known, .last = last),
		      "non-zero tail byte before %s page", name);
		check(&PLAIN(.offset = rw_size - 32, .size = 64, .nonzero_at = 40, .last = last),
		      "non-zero tail byte in %s page", name);
		check(&PLAIN(.offset = rw_size - 8, .size = page + 1, .last = last),
		      "only size before %s page, too large", name);
		check(&PLAIN(.offset = rw_size - 8, .size = 8, .last = last), "only size before %s page, too small", name);
		check(&PLAIN(.offset = rw_size - 16, .flags = 1, .last = last), "flags set before %s page", name);
		check(&PLAIN(.offset = rw_size - 32, .size = 64, .flags = 1, .last = last),
		      "flags set, zero tail up to and in %s page", name);
	}
	check(&PLAIN(.all_read_only = true), "read-only structure");
	check(&PLAIN(.size = 23, .all_read_only = true), "read-only structure, too small");
	check(&PLAIN(.size = page + 1, .all_read_only = true), "read-only structure, too large");
	check(&PLAIN(.flags = 1, .all_read_only = true), "read-only structure, flags set");
	check(&PLAIN(.size = 64, .all_read_only = true), "read-only structure, zero tail");
	check(&PLAIN(.size = 64, .nonzero_at = 63, .all_read_only = true), "read-only structure, non-zero tail");
}

/* One call that is expected to give an errno; no memory involved. */
static void check_errno(int expected, int ret, const char *name)
{
	int err = ret < 0 ? errno : 0;

	ok(err == expected, "%s: %s", name, errno_name(expected));
	printf("# %s -> %s\n", name, errno_name(err));
}

static void addresses(void)
{
	static const uint64_t addresses[] = {
		0, 1, 8, 4096, UINT64_C(1) << 47, UINT64_C(1) << 62, UINT64_C(1) << 63,
		UINT64_C(0xc000000000000000), UINT64_C(0xc000000000000001),
		UINT64_C(0xc008000000000000), UINT64_C(0xc00c000000000000),
		UINT64_C(0xf000000000000000), UINT64_MAX - 23, UINT64_MAX - 7, UINT64_MAX,
	};
	char name[64];
	size_t i;

	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		snprintf(name, sizeof(name), "address %#" PRIx64, addresses[i]);
		check_errno(stock ? ENOTTY : EFAULT,
			    call_ioctl(vm_fd, abi->command, (void *)(uintptr_t)addresses[i]), name);
	}
}

static void neighbours(void)
{
	static const struct neighbour {
		unsigned long command;
		const char *name;
	} mainline[] = {
		{ _IO(KVMIO, 0xb7), "_IO(KVMIO, 0xb7)" },
		{ _IO(KVMIO, 0xb9), "_IO(KVMIO, 0xb9)" },
		{ _IO(KVMIO, 0xff), "_IO(KVMIO, 0xff)" },
		{ _IO(KVMIO + 1, 0xb8), "_IO(KVMIO + 1, 0xb8)" },
		{ _IO(KVMIO - 1, 0xb8), "_IO(KVMIO - 1, 0xb8)" },
		{ _IO(0, 0xb8), "_IO(0, 0xb8)" },
		{ _IOR(KVMIO, 0xb8, struct kvm_ppc_compat_caps), "_IOR(KVMIO, 0xb8, 24 bytes)" },
		{ _IOW(KVMIO, 0xb8, struct kvm_ppc_compat_caps), "_IOW(KVMIO, 0xb8, 24 bytes)" },
		{ _IOWR(KVMIO, 0xb8, struct kvm_ppc_compat_caps), "_IOWR(KVMIO, 0xb8, 24 bytes)" },
		{ _IOR(KVMIO, 0xb8, char), "_IOR(KVMIO, 0xb8, 1 byte)" },
		/* the value of _IO() on x86, where _IOC_NONE is 0 */
		{ KVMIO << 8 | 0xb8, "0xaeb8" },
		{ 0 }
	}, draft[] = {
		{ _IOR(KVMIO, 0xe5, struct kvm_ppc_compat_caps_draft), "_IOR(KVMIO, 0xe5, 24 bytes)" },
		{ _IOWR(KVMIO, 0xe5, struct kvm_ppc_compat_caps_draft), "_IOWR(KVMIO, 0xe5, 24 bytes)" },
		{ _IOR(KVMIO + 1, 0xe4, struct kvm_ppc_compat_caps_draft), "_IOR(KVMIO + 1, 0xe4, 24 bytes)" },
		{ _IO(KVMIO, 0xe4), "_IO(KVMIO, 0xe4)" },
		{ _IOW(KVMIO, 0xe4, struct kvm_ppc_compat_caps_draft), "_IOW(KVMIO, 0xe4, 24 bytes)" },
		{ _IOR(KVMIO, 0xe4, char[16]), "_IOR(KVMIO, 0xe4, 16 bytes)" },
		{ _IOR(KVMIO, 0xe4, char[32]), "_IOR(KVMIO, 0xe4, 32 bytes)" },
		{ _IOWR(KVMIO, 0xe4, char[16]), "_IOWR(KVMIO, 0xe4, 16 bytes)" },
		{ _IOWR(KVMIO, 0xe4, char[32]), "_IOWR(KVMIO, 0xe4, 32 bytes)" },
		/* the value of _IOR() on x86; _IOWR() is the same there */
		{ 0x8018aee4, "0x8018aee4" },
		{ 0 }
	};
	const struct neighbour *neighbour;
	uint64_t caps[3] = {};

	caps[abi->size_at / 8] = sizeof(caps);
	for (neighbour = abi == abis ? mainline : draft; neighbour->name; neighbour++)
		check_errno(ENOTTY, call_ioctl(vm_fd, neighbour->command, caps), neighbour->name);
	ok(caps[abi->size_at / 8] == sizeof(caps) && !caps[abi->flags_at / 8] && !caps[2],
	   "none of them wrote anything");
	/* The kernel uses only 32 bits of the command. */
	check_errno(stock ? ENOTTY : host_errno,
		    call_ioctl(vm_fd, abi->command | UINT64_C(1) << 32, caps),
		    "the command with bit 32 set");
}

/*
 * With nested API v1, the modes follow the property. With v2 they do not, because they were negotiated. Kernels with the
 * feature do the same.
 */
static void cpu_versions(bool v1)
{
	const uint64_t p9 = KVM_PPC_COMPAT_CAP_POWER9;
	const uint64_t p10 = p9 | KVM_PPC_COMPAT_CAP_POWER10;
	const uint64_t p11 = p10 | KVM_PPC_COMPAT_CAP_POWER11;
	const struct {
		uint32_t version;
		uint64_t caps;	/* 0: EINVAL */
		const char *name;
	} versions[] = {
		{ 0x0f000005, p9, "POWER9" },
		{ 0x0f000006, p10, "POWER10" },
		/* a kernel that does not know the mode cannot give it to a guest, whatever the device tree says */
		{ 0x0f000007, getenv("power11") ? 0 : p11, "POWER11" },
		{ 0x0f000001, 0, "POWER5+" }, { 0x0f000002, 0, "POWER6" }, { 0x0f000003, 0, "POWER7" },
		{ 0x0f100003, 0, "POWER7+" }, { 0x0f000004, 0, "POWER8" },
		{ 0x0f000008, 0, "unknown, newer" }, { 0x0f0000ff, 0, "unknown, much newer" },
		{ 0x004b0201, 0, "raw POWER8E" }, { 0x004d0200, 0, "raw POWER8" },
		{ 0x004e1202, 0, "raw POWER9" }, { 0x00801200, 0, "raw POWER10" },
		{ 0x00820201, 0, "raw POWER11" }, { 0x05000000, 0, "POWER9, bytes swapped" },
		{ 0, 0, "zero" }, { 0xffffffff, 0, "all ones" }, { 0x0f000000, 0, "no architecture" },
		{ 0x1f000005, 0, "POWER9 with a high bit" },
	};
	const uint64_t own_caps = host_caps;
	const uint32_t two_cells[2] = { __builtin_bswap32(0x0f000005), __builtin_bswap32(0x0f000006) };
	size_t i;

	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		set_version(cpu_phandle[0], versions[i].version);
		if (v1) {
			host_caps = versions[i].caps;
			host_errno = versions[i].caps ? 0 : EINVAL;
		}
		check(&PLAIN(), "cpu-version %#010x (%s)", versions[i].version, versions[i].name);
	}
	/* The arguments are checked before the modes are looked up. Without a mode, no memory is changed. */
	set_version(cpu_phandle[0], 0x0f000004);
	host_errno = v1 ? EINVAL : 0;
	check(&PLAIN(.size = page + 1), "no known mode, size too large");
	check(&PLAIN(.size = 23), "no known mode, size too small");
	check(&PLAIN(.size = 32, .nonzero_at = 31), "no known mode, non-zero tail");
	check(&PLAIN(.size = 64), "no known mode, zero tail");
	check(&PLAIN(.all_read_only = true), "no known mode, read-only structure");

	/* Only the first node with a complete cell counts. */
	for (i = 0; i < 4; i++) {
		ofdt("update_property", cpu_phandle[0], two_cells, i);
		set_version(cpu_phandle[1], 0x0f000005);
		if (v1) {
			host_caps = p9;
			host_errno = 0;
		}
		check(&PLAIN(), "first node's cpu-version %zu bytes long", i);
	}
	ofdt("update_property", cpu_phandle[0], two_cells, 8);
	check(&PLAIN(), "first node's cpu-version of two cells");
	set_version(cpu_phandle[0], 0x0f000006);
	if (v1)
		host_caps = p10;
	check(&PLAIN(), "second node has an older mode");
	set_version(cpu_phandle[0], 0x0f000004);
	if (v1)
		host_errno = EINVAL;
	check(&PLAIN(), "first node unknown, second known");

	ofdt("remove_property", cpu_phandle[0], NULL, -1);
	if (v1) {
		host_caps = p9;
		host_errno = 0;
	}
	check(&PLAIN(), "first node without cpu-version, second POWER9");
	ofdt("remove_property", cpu_phandle[1], NULL, -1);
	if (v1)
		host_errno = EINVAL;
	check(&PLAIN(), "no node has cpu-version");

	ofdt("add_property", cpu_phandle[1], own_version, 4);
	host_caps = own_caps;
	host_errno = 0;
	check(&PLAIN(), "cpu-version is back in the second node only");
	ofdt("add_property", cpu_phandle[0], own_version, 4);
	check(&PLAIN(), "cpu-version is back in both nodes");

	/* This node is before the others, and pseries_smp_notifier() fails for it. */
	add_cpu(0x0f000005);
	if (v1)
		host_caps = p9;
	check(&PLAIN(), "a node for one CPU too many, POWER9");
	remove_cpu();
	host_caps = own_caps;
	check(&PLAIN(), "that node is gone");
}

/* Memory for the structures of a kernel with that page size; false if there is none. */
static bool make_arena(size_t page_size)
{
	page = page_size;
	rw_size = 2 * page;
	arena_size = rw_size + page;
	arena = mmap(NULL, arena_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	before = malloc(arena_size);
	after = malloc(arena_size);
	return arena != MAP_FAILED && before && after;
}

/* The tests that are the same whatever the host offers */
static void arguments(void)
{
	sizes();
	flags();
	tails();
	alignment();
	faults();
	addresses();
	neighbours();
}

#endif /* VECTORS_H */
