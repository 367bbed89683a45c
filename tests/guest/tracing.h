/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing to tracefs.
 */
#ifndef TRACING_H
#define TRACING_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/membarrier.h>

#include "tap.h"

#define TRACING "/sys/kernel/tracing"

/* Writes to a file there; what is there already stays, for the files that are lists. */
static inline void trace_write(const char *path, const char *text)
{
	char name[256];
	int fd;

	snprintf(name, sizeof(name), TRACING "/%s", path);
	fd = open(name, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		ok(false, "write '%s' to %s: %s", text, name, strerrorname_np(errno));
	close(fd);
}

/*
 * To be called between disabling a kprobe event and removing it: an RCU grace period. Since
 * trace_probe_remove_file() does not wait for one, which it did in 5.10, the kernel frees an event while its
 * handler may still run, on a CPU that is slow.
 */
static inline void trace_grace_period(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		ok(false, "membarrier: %s", strerrorname_np(errno));
}

#endif /* TRACING_H */
