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
#include <unistd.h>

#include "tap.h"

#define TRACING "/sys/kernel/tracing"

/* Writes to a file there; what is there already stays, for the files that are lists. */
static void trace_write(const char *path, const char *text)
{
	char name[128];
	int fd;

	snprintf(name, sizeof(name), TRACING "/%s", path);
	fd = open(name, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		ok(false, "write '%s' to %s: %s", text, name, strerrorname_np(errno));
	close(fd);
}

#endif /* TRACING_H */
