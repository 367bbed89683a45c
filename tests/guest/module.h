/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions for tests of the module: read and write its files, load and unload it, check that nothing of it is left.
 */
#ifndef MODULE_H
#define MODULE_H

#include <stdlib.h>

#include "tap.h"
#include "vmm.h"

#define OURS "/modules/kvm_ppc_compat.ko"
#define SYSFS "/sys/module/kvm_ppc_compat"
#define KPROBES "/sys/kernel/debug/kprobes"

/* The first line of a small file. */
static inline const char *read_line(const char *path)
{
	static char line[256];
	ssize_t size = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		size = read(fd, line, sizeof(line) - 1);
	line[size < 0 ? 0 : size] = '\0';
	if (size < 0)
		snprintf(line, sizeof(line), "%s: %s", path, strerrorname_np(errno));
	line[strcspn(line, "\n")] = '\0';
	close(fd);
	return line;
}

static inline void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (write(fd, text, strlen(text)) < 0)
		ok(false, "write %s to %s: %s", text, path, strerrorname_np(errno));
	close(fd);
}

static inline const char *unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? strerrorname_np(errno) : "0";
}

/* Whether kvm_hv is built in: then sysfs has its parameters, but no initstate. */
static inline bool kvm_is_builtin(void)
{
	return !access("/sys/module/kvm_hv", F_OK) && access("/sys/module/kvm_hv/initstate", F_OK);
}

/* No probe of the module is left. */
static inline void no_probe(void)
{
	static const char * const traces[] = {
		"kvm_arch_vm_ioctl_hv", "kvm_vm_ioctl_check_extension", "kvmppc_get_compat_caps", "hook_selftest",
	};
	FILE *list = fopen(KPROBES "/list", "re");
	const char *left = list ? "" : "cannot read " KPROBES "/list";
	char line[256];
	size_t i;

	while (list && !*left && fgets(line, sizeof(line), list))
		for (i = 0; i < sizeof(traces) / sizeof(traces[0]); i++)
			if (strstr(line, traces[i]))
				left = line;
	if (list)
		fclose(list);
	is("probes left behind", left, "");
}

/* Neither the module nor a probe of it is left. */
static inline void nothing_left(void)
{
	is("module left behind", access(SYSFS, F_OK) ? "" : SYSFS, "");
	no_probe();
}

#endif /* MODULE_H */
