// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Collects the facts: from the kernel by /proc, sysfs, the device tree and /dev/kvm, and from the
 * module files and the configuration on disk by libkmod.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>
#include <linux/capability.h>

#include <kvm_ppc_compat.h>
#include <libkmod.h>

#include "facts.h"

static int open_path(const char *root, const char *path, int flags)
{
	char full[PATH_MAX];

	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(full, flags | O_CLOEXEC);
}

/* Sets @line to the first line of a file. Returns whether the file can be opened. */
static bool read_line(const char *root, const char *path, char *line, size_t size)
{
	int fd = open_path(root, path, O_RDONLY);
	ssize_t got;

	line[0] = '\0';
	if (fd < 0)
		return false;
	got = read(fd, line, size - 1);
	close(fd);
	if (got < 0)
		got = 0;
	line[got] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static void read_platform(struct facts *facts, const char *root)
{
	unsigned int version, revision;
	char *line = NULL, *value;
	size_t size = 0;
	FILE *cpuinfo;
	int fd;

	fd = open_path(root, "/proc/cpuinfo", O_RDONLY);
	cpuinfo = fd < 0 ? NULL : fdopen(fd, "r");
	if (!cpuinfo) {
		facts->platform_err = errno;
		return;
	}
	while (getline(&line, &size, cpuinfo) >= 0) {
		value = strstr(line, "(pvr ");
		if (value && sscanf(value, "(pvr %4x %4x)", &version, &revision) == 2)
			facts->pvr = version << 16 | revision;
		value = strchr(line, ':');
		if (strncmp(line, "platform", strlen("platform")) || !value)
			continue;
		value += 1 + strspn(value + 1, " \t");
		value[strcspn(value, "\n")] = '\0';
		snprintf(facts->platform, sizeof(facts->platform), "%s", value);
	}
	free(line);
	fclose(cpuinfo);
}

static void read_cpu_version(struct facts *facts, const char *root)
{
	unsigned char cell[4];
	char path[PATH_MAX];
	uint32_t version;
	glob_t files;
	size_t i;
	int fd;

	snprintf(path, sizeof(path), "%s/proc/device-tree/cpus/*/cpu-version", root);
	if (glob(path, 0, NULL, &files))
		return;
	for (i = 0; i < files.gl_pathc; i++) {
		fd = open(files.gl_pathv[i], O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (read(fd, cell, sizeof(cell)) == sizeof(cell)) {
			version = (uint32_t)cell[0] << 24 | cell[1] << 16 | cell[2] << 8 | cell[3];
			if (!facts->cpu_version)
				facts->cpu_version = version;
			facts->cpu_versions_differ |= facts->cpu_version != version;
		}
		close(fd);
	}
	globfree(&files);
}

/* A built-in module has a folder in sysfs if it has parameters, but no file initstate in it. */
static void read_initstate(const char *root, const char *name, char *state, size_t size)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	if (read_line(root, path, state, size))
		return;
	*strrchr(path, '/') = '\0';
	fd = open_path(root, path, O_PATH);
	if (fd < 0)
		return;
	snprintf(state, size, "builtin");
	close(fd);
}

static void read_modules(struct facts *facts, const char *root)
{
	char nested[4], disabled[4], references[16];
	int fd = open_path(root, "/sys/module", O_PATH);

	if (fd < 0)
		facts->sysfs_err = errno;
	else
		close(fd);
	read_initstate(root, "kvm", facts->kvm, sizeof(facts->kvm));
	read_initstate(root, "kvm_hv", facts->kvm_hv, sizeof(facts->kvm_hv));
	/* one that is built in remains in sysfs if it cannot start */
	if (!strcmp(facts->kvm_hv, "builtin") && facts->hv_disabled)
		snprintf(facts->kvm_hv, sizeof(facts->kvm_hv), "failed");
	read_initstate(root, "kvm_pr", facts->kvm_pr, sizeof(facts->kvm_pr));
	facts->nested =
		read_line(root, "/sys/module/kvm_hv/parameters/nested", nested, sizeof(nested)) &&
		nested[0] == 'Y';
	facts->vms = -1;
	if (read_line(root, "/sys/module/kvm_hv/refcnt", references, sizeof(references)))
		facts->vms = atoi(references);

	read_initstate(root, MODULE, facts->initstate, sizeof(facts->initstate));
	read_line(root, "/sys/module/" MODULE "/version", facts->version, sizeof(facts->version));
	read_line(root, "/sys/module/" MODULE "/state", facts->state, sizeof(facts->state));
	read_line(root, "/sys/module/" MODULE "/reason", facts->reason, sizeof(facts->reason));
	read_line(root, "/sys/module/" MODULE "/backend", facts->backend, sizeof(facts->backend));

	read_line(root, "/sys/kernel/security/lockdown", facts->lockdown, sizeof(facts->lockdown));
	facts->modules_disabled =
		read_line(root, "/proc/sys/kernel/modules_disabled", disabled, sizeof(disabled)) &&
		disabled[0] == '1';
}

static void read_modinfo(struct facts *facts, struct kmod_module *mod)
{
	struct kmod_list *info = NULL, *entry;
	const char *value;
	int ret;

	ret = kmod_module_get_info(mod, &info);
	if (ret < 0) {
		facts->file_err = -ret;
		return;
	}
	kmod_list_foreach(entry, info)
	{
		value = kmod_module_info_get_value(entry);
		if (!strcmp(kmod_module_info_get_key(entry), "vermagic"))
			snprintf(facts->built_for, sizeof(facts->built_for), "%.*s",
				 (int)strcspn(value, " "), value);
		else if (!strcmp(kmod_module_info_get_key(entry), "reason"))
			snprintf(facts->stub, sizeof(facts->stub), "%s", value);
	}
	kmod_module_info_free_list(info);
}

/* Like the kernel: the last "enable=" counts, and kstrtobool() parses it. */
static bool has_enable_off(const char *options)
{
	const char *option = options, *value = "";

	while (option && (option = strstr(option, "enable="))) {
		if (option == options || option[-1] == ' ')
			value = option + strlen("enable=");
		option++;
	}
	return *value == '0' || *value == 'n' || *value == 'N' || !strncasecmp(value, "of", 2);
}

static void find_module(struct facts *facts, const char *root)
{
	struct kmod_list *list = NULL;
	struct kmod_module *mod = NULL;
	char folder[PATH_MAX / 2], path[PATH_MAX];
	struct kmod_ctx *ctx;
	glob_t sources;

	snprintf(folder, sizeof(folder), "%s/lib/modules/%s", root, facts->uts.release);
	snprintf(path, sizeof(path), "%s/build/Makefile", folder);
	facts->headers = !access(path, F_OK);
	snprintf(path, sizeof(path), "%s/usr/src/kvm-ppc-compat-*/dkms.conf", root);
	if (!glob(path, 0, NULL, &sources)) {
		if (sscanf(sources.gl_pathv[sources.gl_pathc - 1] + strlen(root),
			   "/usr/src/kvm-ppc-compat-%31[^/]", facts->dkms) != 1)
			facts->dkms[0] = '\0';
		globfree(&sources);
	}

	ctx = kmod_new(folder, NULL);
	if (!ctx)
		return;
	kmod_set_log_priority(ctx, LOG_CRIT);
	if (kmod_module_new_from_lookup(ctx, MODULE, &list) < 0 || !list)
		goto unref;
	mod = kmod_module_get_module(list);
	/* the index can name a file that has been deleted since */
	if (kmod_module_get_path(mod) && !access(kmod_module_get_path(mod), F_OK)) {
		snprintf(facts->file, sizeof(facts->file), "%s", kmod_module_get_path(mod));
		read_modinfo(facts, mod);
	}
	facts->has_install_command = kmod_module_get_install_commands(mod);
	facts->switched_off = has_enable_off(kmod_module_get_options(mod));
	kmod_module_unref(mod);
	kmod_module_unref_list(list);
unref:
	kmod_unref(ctx);
}

static void read_kvm_group(struct facts *facts, const char *root)
{
	int fd = open_path(root, "/dev/kvm", O_PATH);
	struct group *group;
	struct stat kvm;

	if (fd < 0)
		return;
	if (!fstat(fd, &kvm) && kvm.st_mode & S_IWGRP) {
		group = getgrgid(kvm.st_gid);
		snprintf(facts->kvm_group, sizeof(facts->kvm_group), "%s",
			 group ? group->gr_name : "");
	}
	close(fd);
}

/* Makes the calls of a VMM, which does not call the ioctl without the capability. */
static void query_kvm(struct facts *facts, const char *root, enum ask ask)
{
	char path[PATH_MAX], before[16], after[16];
	__u64 modes = 0;
	int kvm_fd, vm_fd;

	/* without this folder, /dev/kvm has no driver, and opening it loads modules */
	snprintf(path, sizeof(path), "%s/sys/class/misc/kvm", root);
	if (ask == ASK_WITHOUT_LOADING && access(path, F_OK)) {
		facts->not_opened = true;
		return;
	}
	read_initstate(root, "kvm_hv", before, sizeof(before));
	kvm_fd = open_path(root, "/dev/kvm", O_RDWR);
	facts->kvm_err = kvm_fd < 0 ? errno : 0;
	read_initstate(root, "kvm_hv", after, sizeof(after));
	facts->loaded_kvm_hv = !before[0] && after[0];
	if (facts->kvm_err) {
		read_kvm_group(facts, root);
		return;
	}
	/* on /dev/kvm its value is whether kvm_hv has started */
	facts->hv_disabled = !ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_ALLOC_HTAB);
	facts->nested_hv = ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_NESTED_HV);
	facts->capability = ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS);
	if (facts->capability < 0)
		facts->capability = -errno;
	if (facts->capability <= 0)
		goto close_kvm;

	vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	if (vm_fd < 0) {
		facts->vm_err = errno;
		goto close_kvm;
	}
	facts->caps_err = -kvm_ppc_get_compat_caps(kvm_fd, vm_fd, &modes);
	facts->modes = modes;
	close(vm_fd);
close_kvm:
	close(kvm_fd);
}

/**
 * facts_get() - collect the facts
 * @facts: set
 * @root: prefix of all paths; tests have a folder with their own files there, else it is ""
 * @ask: whether to open /dev/kvm; it is only opened in partitions
 *
 * Facts that cannot be read remain empty. The members that end in "_err" have the reasons.
 */
void facts_get(struct facts *facts, const char *root, enum ask ask)
{
	memset(facts, 0, sizeof(*facts));
	uname(&facts->uts);
	facts->is_root = !geteuid();
	facts->may_load = prctl(PR_CAPBSET_READ, CAP_SYS_MODULE) == 1;
	read_platform(facts, root);
	/* in a container /proc/cpuinfo can lack the line with the platform */
	facts->partition = !strcmp(facts->platform, "pSeries") ||
			   (!facts->platform[0] && !strncmp(facts->uts.machine, "ppc64", 5));
	/* first, because opening /dev/kvm can load modules and so change the other facts */
	if (ask != ASK_NOTHING && facts->partition)
		query_kvm(facts, root, ask);
	read_cpu_version(facts, root);
	read_modules(facts, root);
	find_module(facts, root);
}
