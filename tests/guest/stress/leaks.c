// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What calls leave behind.
 */
#define _GNU_SOURCE
#include "stress.h"

static long slab_kib(void)
{
	long kib = -1;
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
	if (kib < 0)
		ok(false, "/proc/meminfo has SUnreclaim");
	return kib;
}

#define ROUNDS 5

static int compare(const void *a, const void *b)
{
	return *(const long *)a < *(const long *)b ? -1 : 1;
}

void slab_growth(int calls)
{
	const char *name = "calls-without-slab-growth";
	int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), i, round;
	int vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	unsigned int failed = tap_failed;
	struct caller self = {};
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

void kmemleak(void)
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
