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

/* Appends to a file there, so that files with lists keep their entries. */
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
 * Waits for an RCU grace period. Call this between disabling a kprobe event and removing it: in kernels after 5.10,
 * trace_probe_remove_file() does not wait, and the kernel can free an event whose handler is still running on another CPU.
 */
static inline void trace_grace_period(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		ok(false, "membarrier: %s", strerrorname_np(errno));
}

#endif /* TRACING_H */
