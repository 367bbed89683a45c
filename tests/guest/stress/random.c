// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random calls, against the model.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "model.h"
#include "stress.h"

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

void random_calls(unsigned long count, uint64_t seed)
{
	const char *name = "random-calls";
	unsigned int failed = tap_failed;
	pid_t children[CALLERS];
	unsigned long i;
	int n, status;

	host_caps = own_caps;
	page = sysconf(_SC_PAGESIZE);
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
