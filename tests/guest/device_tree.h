/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions to read and change the cpu-version of the device tree's cpu nodes. A machine of the lab has two cores.
 */
#ifndef DEVICE_TREE_H
#define DEVICE_TREE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

static uint32_t cpu_phandle[2];	/* in the order of the device tree */
static unsigned char own_version[4];

static inline void write_ofdt(const char *buffer, int size)
{
	int fd = open("/proc/ppc64/ofdt", O_WRONLY);

	if (fd < 0 || write(fd, buffer, size) != size)
		ok(false, "/proc/ppc64/ofdt: %s: %s", buffer, strerrorname_np(errno));
	close(fd);
}

static inline void ofdt(const char *command, uint32_t phandle, const void *value, int length)
{
	char buffer[128];
	int size;

	if (length < 0)
		size = snprintf(buffer, sizeof(buffer), "%s %u cpu-version", command, phandle);
	else
		size = snprintf(buffer, sizeof(buffer), "%s %u cpu-version %d ", command, phandle, length);
	if (length > 0) {
		memcpy(buffer + size, value, length);
		size += length;
	}
	write_ofdt(buffer, size);
}

static inline bool read_property(const char *folder, const char *name, void *value, size_t size)
{
	char path[512];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/device-tree/cpus/%s/%s", folder, name);
	fd = open(path, O_RDONLY);
	got = read(fd, value, size);
	close(fd);
	return got == (ssize_t)size;
}

/* The kernel walks them in the order of their numbers. */
static inline bool find_cpus(void)
{
	DIR *cpus = opendir("/proc/device-tree/cpus");
	unsigned int found = 0, index;
	struct dirent *entry;
	uint32_t phandle;

	while (cpus && (entry = readdir(cpus))) {
		char *at = strchr(entry->d_name, '@');

		if (!at || !read_property(entry->d_name, "phandle", &phandle, 4))
			continue;
		index = strtoul(at + 1, NULL, 16) ? 1 : 0;
		cpu_phandle[index] = __builtin_bswap32(phandle);
		found |= 1 << index;
		if (!index && !read_property(entry->d_name, "cpu-version", own_version, 4))
			found = 0;
	}
	if (cpus)
		closedir(cpus);
	return found == 3;
}

static inline void set_version(uint32_t phandle, uint32_t version)
{
	version = __builtin_bswap32(version);
	ofdt("update_property", phandle, &version, sizeof(version));
}

#endif /* DEVICE_TREE_H */
