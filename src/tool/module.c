// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads and unloads modules through libkmod, and explains its errors.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include <libkmod.h>

#include "checks.h"
#include "module.h"

/* module_explain() explains errors, so libkmod must not print them, too. */
static struct kmod_ctx *open_kmod(void)
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);

	if (ctx)
		kmod_set_log_priority(ctx, LOG_CRIT);
	return ctx;
}

/**
 * module_load() - load a module, like modprobe(8)
 * @name: its name
 *
 * Loads its dependencies first. Follows modprobe.d(5), except for blacklists, which modprobe(8)
 * does not apply to a module's name either.
 *
 * Return: 0, also if the module was already loaded or is built in; -ENOENT if there is no such
 * module; or the kernel's -errno.
 */
int module_load(const char *name)
{
	struct kmod_list *list = NULL, *entry;
	struct kmod_module *mod;
	struct kmod_ctx *ctx;
	int err;

	ctx = open_kmod();
	if (!ctx)
		return -ENOMEM;
	err = kmod_module_new_from_lookup(ctx, name, &list);
	if (!err && !list)
		err = -ENOENT;
	kmod_list_foreach(entry, list)
	{
		mod = kmod_module_get_module(entry);
		if (!err)
			err = kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL);
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
	kmod_unref(ctx);
	return err;
}

/**
 * module_unload() - unload a module, like rmmod(8)
 * @name: its name
 *
 * Return: 0, also if the module was not loaded; or the kernel's -errno, for example -EAGAIN while
 * it is in use.
 */
int module_unload(const char *name)
{
	struct kmod_module *mod;
	struct kmod_ctx *ctx;
	int err;

	ctx = open_kmod();
	if (!ctx)
		return -ENOMEM;
	err = kmod_module_new_from_name(ctx, name, &mod);
	if (err)
		goto unref;
	err = kmod_module_remove_module(mod, 0);
	if (err == -ENOENT)
		err = 0;
	kmod_module_unref(mod);
unref:
	kmod_unref(ctx);
	return err;
}

static const char *explain_no_permission(const struct facts *facts)
{
	if (!facts->is_root)
		return "only root can do this; run it as root";
	if (!facts->may_load)
		return "root lacks CAP_SYS_MODULE here, as in a container; run it on the host";
	if (facts->modules_disabled)
		return "the sysctl kernel.modules_disabled is 1; reboot to load modules again";
	if (facts->lockdown[0] && !strstr(facts->lockdown, "[none]"))
		return "the kernel is locked down; sign the module with a key the kernel trusts";
	return "the kernel refuses it; look for module_blacklist= in /proc/cmdline";
}

static const char *explain_other_kernel(const struct facts *facts)
{
	static char text[512];

	snprintf(text, sizeof(text),
		 "it was built for %s, and this is %s; rebuild it with dkms or make",
		 facts->built_for, facts->uts.release);
	return text;
}

static const char *explain_kvm_hv(int err)
{
	switch (-err) {
	case ENOENT:
		return "this kernel has no kvm_hv module; boot a kernel with KVM-HV";
	case ENODEV:
		return ENABLE_NESTING;
	default:
		return "see dmesg(1), and 'modprobe -c' for a configuration that prevents it";
	}
}

/* Source of truth: init in src/module/main.c */
static const char *explain_ours(int err, const struct facts *facts)
{
	bool other_kernel = facts->built_for[0] && strcmp(facts->built_for, facts->uts.release);
	static char text[sizeof(facts->stub) + 64];

	if (facts->stub[0] && err != -EAGAIN) {
		snprintf(text, sizeof(text),
			 "it is a stub for this kernel: %s; run 'kvm-ppc-compat status'",
			 facts->stub);
		return text;
	}
	if (err == -ENODEV && facts->switched_off)
		return "it is disabled; remove enable=0 from modprobe.d or the kernel command line";
	switch (-err) {
	case ENOEXEC:
		if (other_kernel)
			return explain_other_kernel(facts);
		return "the kernel rejects the module's format; see dmesg(1)";
	case ENOENT:
	case EINVAL:
		if (facts->has_install_command)
			return "an install command replaces it and failed; see 'modprobe -c'";
		if (!facts->file[0])
			return "it is not built for this kernel; run 'kvm-ppc-compat status'";
		if (other_kernel)
			return explain_other_kernel(facts);
		return "it does not fit this kernel; rebuild it, or send 'kvm-ppc-compat report'";
	case ENODEV:
		return "this is bare metal, or the kernel provides the ioctl; see dmesg(1)";
	case EBUSY:
		return "remove the kprobe that dmesg(1) names; if it names none, try again";
	case EOPNOTSUPP:
		return "kprobes are disabled; write 1 to /sys/kernel/debug/kprobes/enabled";
	case EAGAIN:
		return "a VMM's call is in progress; try again";
	default:
		return "see dmesg(1)";
	}
}

/**
 * module_explain() - explain why a module could not be loaded or unloaded, and what to do
 * @err: -errno from module_load() or module_unload()
 * @name: the module, MODULE or "kvm_hv"
 * @facts: from facts_get()
 *
 * Source of truth: module loading in Linux.
 *
 * Return: a sentence, valid until the next call.
 */
const char *module_explain(int err, const char *name, const struct facts *facts)
{
	switch (-err) {
	case EPERM:
		return explain_no_permission(facts);
	case ENOKEY:
	case EKEYREJECTED:
	case EKEYREVOKED:
	case EKEYEXPIRED:
		return "sign the module with a key the kernel trusts, see kvm-ppc-compat(8)";
	default:
		return strcmp(name, MODULE) ? explain_kvm_hv(err) : explain_ours(err, facts);
	}
}
