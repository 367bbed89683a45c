/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing to tracefs, and where the module's probes are.
 */
#ifndef TRACING_H
#define TRACING_H

#include <linux/membarrier.h>

#include "module.h"

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

/* Writes to a file there that is a list; nothing but that is in it then. */
static inline void trace_set(const char *path, const char *text)
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

/*
 * Waits for an RCU grace period. Call this between disabling a kprobe event and removing it: in kernels after 5.10,
 * trace_probe_remove_file() does not wait, and the kernel can free an event whose handler is still running on another CPU.
 */
static inline void trace_grace_period(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		ok(false, "membarrier: %s", strerrorname_np(errno));
}

/* The functions that the module hooks; weak: not each file that includes this needs them */
__attribute__((weak)) struct function {
	const char *module;	/* that it is in, with a colon; "": it is built in */
	const char *name;
	unsigned int trap;	/* offset of our probe */
} functions[] = {
	{ .module = "kvm_hv:", .name = "kvm_arch_vm_ioctl_hv" },
	{ .module = "kvm:", .name = "kvm_vm_ioctl_check_extension" },
};

/* Finds where our own probes are. */
static inline void find_traps(void)
{
	FILE *list = fopen(KPROBES "/list", "re");
	char line[256], symbol[128];
	struct function *f;

	for (f = functions; kvm_is_builtin() && f < functions + 2; f++)
		f->module = "";
	while (list && fgets(line, sizeof(line), list))
		for (f = functions; f < functions + 2; f++) {
			size_t length = strlen(f->name);

			if (sscanf(line, "%*s %*s %127s", symbol) == 1 && !strncmp(symbol, f->name, length) &&
			    symbol[length] == '+')
				f->trap = strtoul(symbol + length + 1, NULL, 16);
		}
	if (list)
		fclose(list);
	ok(functions[0].trap && functions[1].trap, "our probes are in the list: +%u, +%u", functions[0].trap,
	   functions[1].trap);
}

#endif /* TRACING_H */
