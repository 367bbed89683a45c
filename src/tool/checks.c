// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges what the kernel says. No input but the facts.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <kvm_ppc_compat.h>

#include "checks.h"

const char * const check_keys[CHECKS] = {
	[CHECK_PLATFORM] = "platform",
	[CHECK_API] = "nesting_api",
	[CHECK_KVM_HV] = "kvm_hv",
	[CHECK_FEATURE] = "feature",
	[CHECK_BUILT] = "module_built",
	[CHECK_LOADED] = "module_loaded",
	[CHECK_ATTACHED] = "module_attached",
	[CHECK_CAPABILITY] = "capability",
	[CHECK_IOCTL] = "ioctl",
	[CHECK_MODES] = "modes",
	[CHECK_PARTITION] = "partition_mode",
	[CHECK_QEMU] = "qemu",
	[CHECK_OLDER_QEMU] = "older_qemu",
};

const char * const check_questions[CHECKS] = {
	[CHECK_PLATFORM] = "Platform",
	[CHECK_API] = "Nesting API",
	[CHECK_KVM_HV] = "kvm_hv loaded",
	[CHECK_FEATURE] = "Feature, native or by module",
	[CHECK_BUILT] = "Module built for this kernel",
	[CHECK_LOADED] = "Module loaded",
	[CHECK_ATTACHED] = "Module attached",
	[CHECK_CAPABILITY] = "Capability on /dev/kvm",
	[CHECK_IOCTL] = "KVM_PPC_GET_COMPAT_CAPS",
	[CHECK_MODES] = "Modes for guests",
	[CHECK_PARTITION] = "Mode of this partition",
	[CHECK_QEMU] = "QEMU 11.2 or later, -cpu host",
	[CHECK_OLDER_QEMU] = "Older QEMU",
};

static const struct {
	uint64_t capability;
	uint32_t pvr;
	const char *name;
	const char *qemu; /* value of max-cpu-compat= */
	const char *else_qemu; /* and for QEMUs that do not know that */
} modes[] = {
	{ 0, 0x0f000004, "POWER8", NULL, "" },
	{ KVM_PPC_COMPAT_CAP_POWER9, 0x0f000005, "POWER9", "power9", "" },
	{ KVM_PPC_COMPAT_CAP_POWER10, 0x0f000006, "POWER10", "power10", "" },
	{ KVM_PPC_COMPAT_CAP_POWER11, 0x0f000007, "POWER11", "power11",
	  "; power10 if it does not know that" },
};

#define MODES (sizeof(modes) / sizeof(modes[0]))

static const uint64_t known_modes = KVM_PPC_COMPAT_CAP_POWER9 | KVM_PPC_COMPAT_CAP_POWER10 |
				    KVM_PPC_COMPAT_CAP_POWER11;

/**
 * mode_names() - the names of some modes, oldest first
 * @names: set
 * @size: bytes in @names
 * @capabilities: KVM_PPC_COMPAT_CAP_* bits; others do not count
 * @separator: goes between two
 */
void mode_names(char *names, size_t size, uint64_t capabilities, const char *separator)
{
	size_t i, length = 0;

	names[0] = '\0';
	for (i = 0; i < MODES; i++)
		if (capabilities & modes[i].capability && length < size)
			length += snprintf(names + length, size - length, "%s%s",
					   length ? separator : "", modes[i].name);
}

__attribute__((format(printf, 4, 5)))
static void answer(struct check *check, enum verdict verdict, const char *value,
		   const char *format, ...)
{
	va_list args;

	check->verdict = verdict;
	snprintf(check->value, sizeof(check->value), "%s", value);
	va_start(args, format);
	vsnprintf(check->text, sizeof(check->text), format, args);
	va_end(args);
}

/* Also where nobody knows */
static bool on_pseries(const struct facts *facts)
{
	return !strcmp(facts->platform, "pSeries") || facts->platform_err;
}

static bool on_bare_metal(const struct facts *facts)
{
	return !strcmp(facts->platform, "PowerNV");
}

static bool is_loaded(const char *initstate)
{
	return !strcmp(initstate, "live") || !strcmp(initstate, "builtin");
}

static bool is_attached(const struct facts *facts)
{
	return !strcmp(facts->state, "attached");
}

/* The capability is announced, and not by the module. */
static bool is_native(const struct facts *facts)
{
	return !strcmp(facts->state, "native") ||
	       (facts->capability > 0 && !is_attached(facts) && !facts->sysfs_err);
}

/* There is no /dev/kvm, or, where udev(7) has made it beforehand, nothing behind it. */
static bool has_no_device(const struct facts *facts)
{
	return facts->kvm_err == ENOENT || facts->kvm_err == ENODEV || facts->kvm_err == ENXIO;
}

/* And that is not because this is a container, which has not been given it. */
static bool is_without_kvm(const struct facts *facts)
{
	return has_no_device(facts) && !facts->kvm[0] && !facts->sysfs_err;
}

/* The kernel has been asked, and has said whether it announces the capability. */
static bool was_asked(const struct facts *facts)
{
	return (!facts->kvm_err || is_without_kvm(facts)) && facts->capability >= 0;
}

/* Whether this kernel has an answer itself is not known, nor thus whether it needs the module. */
static bool is_open(const struct facts *facts)
{
	return !is_attached(facts) && !is_native(facts) && on_pseries(facts) &&
	       (!was_asked(facts) || !is_loaded(facts->kvm_hv));
}

/* There is an answer, and it names a mode that is known here. */
static bool has_modes(const struct facts *facts)
{
	return kvm_ppc_newest_mode(facts->modes);
}

static void no_sysfs(struct check *check, const struct facts *facts)
{
	answer(check, WARN, "unknown", "unknown, /sys/module: %s", strerror(facts->sysfs_err));
}

static void judge_platform(struct check *check, const struct facts *facts)
{
	enum verdict verdict = has_modes(facts) ? WARN : FAIL;

	if (facts->platform_err)
		answer(check, WARN, "unknown", "unknown, /proc/cpuinfo: %s",
		       strerror(facts->platform_err));
	else if (on_pseries(facts))
		answer(check, PASS, "pseries", "pseries, a partition of a hypervisor");
	else if (on_bare_metal(facts))
		answer(check, verdict, "powernv",
		       "bare metal: such a host is in no compatibility mode and has none to report");
	else
		answer(check, verdict, "other",
		       "%s: only partitions on IBM Power have modes to report",
		       facts->platform[0] ? facts->platform : facts->uts.machine);
}

/*
 * The module knows. Without it: on a partition, kvmhv_enable_nested() of Linux says no to
 * KVM_CAP_PPC_NESTED_HV if kvm_hv's parameter "nested" is off, and where it uses API v2. (In 5.10,
 * which has no API v2, on POWER9 chips before DD2.2 too.)
 */
static void judge_api(struct check *check, const struct facts *facts)
{
	const char *api = NULL;

	if (is_attached(facts))
		api = facts->backend;
	else if (!facts->kvm_err && is_loaded(facts->kvm_hv) && facts->nested &&
		 facts->nested_hv >= 0)
		api = facts->nested_hv ? "v1" : "v2";

	if (!on_pseries(facts))
		answer(check, has_modes(facts) ? WARN : FAIL, "none", "none: this is no partition");
	else if (!api && facts->sysfs_err)
		no_sysfs(check, facts);
	else if (!api && !is_loaded(facts->kvm_hv))
		answer(check, WARN, "unknown",
		       "unknown until kvm_hv is loaded, which asks the hypervisor");
	else if (!api)
		answer(check, WARN, "unknown",
		       "unknown: neither /dev/kvm nor an attached module tells");
	else if (!strcmp(api, "v1"))
		answer(check, PASS, "v1", "v1, as of KVM on PowerNV");
	else
		answer(check, PASS, "v2", "v2, as of PowerVM");
}

static void judge_kvm_hv(struct check *check, const struct facts *facts)
{
	if (facts->sysfs_err)
		no_sysfs(check, facts);
	else if (!strcmp(facts->kvm_hv, "builtin"))
		answer(check, PASS, "builtin", "it is part of the kernel");
	else if (is_loaded(facts->kvm_hv))
		answer(check, PASS, "live", "yes");
	else if (!on_pseries(facts))
		answer(check, FAIL, "no", "no");
	else if (is_loaded(facts->kvm_pr))
		answer(check, FAIL, "no",
		       "no, kvm_pr is: it runs guests without nesting, and they have no modes to choose from");
	else
		answer(check, FAIL, "no",
		       "no: run kvm-ppc-compat load; if that fails, this partition may not nest");
}

static void judge_feature(struct check *check, const struct facts *facts)
{
	if (is_attached(facts))
		answer(check, PASS, "module", "by the module");
	else if (is_native(facts))
		answer(check, PASS, "native", "native: the module is not needed");
	else if (!on_pseries(facts))
		answer(check, FAIL, "no", "neither: it is for partitions");
	else if (facts->sysfs_err)
		no_sysfs(check, facts);
	else if (!was_asked(facts))
		answer(check, WARN, "unknown", "unknown: /dev/kvm cannot be asked");
	else if (is_open(facts))
		answer(check, WARN, "unknown", "unknown until kvm_hv is loaded");
	else
		answer(check, FAIL, "no",
		       "neither: this kernel lacks it, and the module does not give it");
}

/* How to get the module built, which takes the kernel's headers and the module's sources. */
static void judge_not_built(struct check *check, const struct facts *facts)
{
	const char *release = facts->uts.release;
	const char *build = "install kvm-ppc-compat-dkms, or run make in the module's sources";

	if (facts->dkms)
		build = "run dkms autoinstall";
	if (is_open(facts))
		answer(check, WARN, "no", "no; whether this kernel needs it is not known");
	else if (facts->headers)
		answer(check, FAIL, "no", "no: %s", build);
	else
		answer(check, FAIL, "no",
		       "no, and this kernel's headers are missing: install linux-headers-%s (Debian, Ubuntu), kernel-devel-%s (Fedora, RHEL) or kernel-default-devel (SUSE), then %s",
		       release, release, build);
}

static void judge_built(struct check *check, const struct facts *facts)
{
	if (facts->file[0] && !facts->stub[0] &&
	    !strcmp(facts->built_for, facts->uts.release))
		answer(check, PASS, "yes", "%s", facts->file);
	else if (is_native(facts) || !on_pseries(facts))
		answer(check, PASS, "not needed", "not needed");
	else if (facts->stub[0])
		answer(check, is_open(facts) ? WARN : FAIL, "no", "no: %s", facts->stub);
	else if (facts->file[0] && facts->file_err)
		answer(check, WARN, "unknown", "unknown, %s: %s", facts->file,
		       strerror(facts->file_err));
	else if (facts->file[0])
		answer(check, WARN, "other kernel",
		       "%s was built for %s, and the kernel may refuse it: build it again, with dkms or make",
		       facts->file,
		       facts->built_for[0] ? facts->built_for : "no kernel that it names");
	else if (facts->initstate[0])
		answer(check, WARN, "no",
		       "modprobe does not find the module that is loaded: it will be missing after a reboot");
	else
		judge_not_built(check, facts);
}

static void judge_loaded(struct check *check, const struct facts *facts)
{
	if (is_loaded(facts->initstate))
		answer(check, PASS, "yes", "version %s",
		       facts->version[0] ? facts->version : "unknown");
	else if (facts->initstate[0])
		answer(check, WARN, "no", "not yet, or not any more: it is %s", facts->initstate);
	else if (facts->sysfs_err)
		no_sysfs(check, facts);
	else if (is_native(facts) || !on_pseries(facts))
		answer(check, PASS, "not needed", "not needed");
	else if (facts->switched_off)
		answer(check, FAIL, "switched off",
		       "no: the configuration of modprobe, or the kernel's command line, has enable=0 for it");
	else if (facts->has_install_command)
		answer(check, FAIL, "blacklisted",
		       "no: the configuration of modprobe has an install command instead of it");
	else if (facts->blacklisted)
		answer(check, FAIL, "blacklisted",
		       "no: the configuration of modprobe blacklists it; kvm-ppc-compat load loads it all the same");
	else if (facts->stub[0])
		answer(check, is_open(facts) ? WARN : FAIL, "no", "no: %s", facts->stub);
	else if (is_open(facts))
		answer(check, WARN, "no", "no: kvm-ppc-compat load finds out whether it is needed");
	else if (!strcmp(facts->kvm, "builtin"))
		answer(check, FAIL, "no",
		       "no: run kvm-ppc-compat load. KVM is a part of this kernel, so nothing loads the module with it: put kvm_ppc_compat into a file in /etc/modules-load.d");
	else
		answer(check, FAIL, "no", "no: run kvm-ppc-compat load");
}

static void judge_attached(struct check *check, const struct facts *facts)
{
	const char *load = ": run kvm-ppc-compat load; if that fails, this partition may not nest";
	const char *value = "off", *remedy = "";

	if (!facts->initstate[0] && (is_native(facts) || !on_pseries(facts))) {
		answer(check, PASS, "not needed", "not needed");
	} else if (facts->sysfs_err) {
		no_sysfs(check, facts);
	} else if (!facts->state[0]) {
		answer(check, is_open(facts) ? WARN : FAIL, "no", "no: it is not loaded");
	} else if (is_attached(facts)) {
		answer(check, PASS, "attached", "yes");
	} else if (!strcmp(facts->state, "native")) {
		answer(check, WARN, "native", "no, nor needed: run kvm-ppc-compat unload");
	} else {
		if (!strcmp(facts->state, "waiting")) {
			value = "waiting";
			remedy = load;
		} else if (strstr(facts->reason, "kprobes")) {
			remedy = ": write 1 to it";
		}
		answer(check, FAIL, value, "%s: %s%s", facts->state, facts->reason, remedy);
	}
}

static void judge_capability(struct check *check, const struct facts *facts)
{
	if (is_without_kvm(facts))
		answer(check, FAIL, "0", "/dev/kvm: %s: kvm is not loaded",
		       strerror(facts->kvm_err));
	else if (has_no_device(facts) && facts->kvm[0])
		answer(check, WARN, "unknown",
		       "unknown, /dev/kvm: %s, though kvm is loaded: has this container not been given the device?",
		       strerror(facts->kvm_err));
	else if (facts->kvm_err == EACCES && !facts->is_root && facts->kvm_group[0])
		answer(check, WARN, "unknown",
		       "unknown, /dev/kvm: %s; run this as root, or as a member of group %s",
		       strerror(facts->kvm_err), facts->kvm_group);
	else if (facts->kvm_err)
		answer(check, WARN, "unknown", "unknown, /dev/kvm: %s%s", strerror(facts->kvm_err),
		       facts->kvm_err == EACCES && !facts->is_root ? "; run this as root" :
		       facts->kvm_err == EPERM ? ": has this container not been given the device?" :
						 "");
	else if (facts->capability < 0)
		answer(check, WARN, "unknown", "unknown: KVM_CHECK_EXTENSION: %s",
		       strerror(-facts->capability));
	else if (facts->capability)
		answer(check, PASS, "1", "1: KVM_CAP_PPC_COMPAT_CAPS is announced");
	else
		answer(check, FAIL, "0", "0: KVM_CAP_PPC_COMPAT_CAPS is not announced");
}

/* Of the errors that ioctl_kvm_ppc_get_compat_caps(2) documents; else NULL */
static const char *error_name(int err)
{
	switch (err) {
	case E2BIG:
		return "E2BIG";
	case EFAULT:
		return "EFAULT";
	case ENOTTY:
		return "ENOTTY";
	default:
		return NULL;
	}
}

static void judge_ioctl(struct check *check, const struct facts *facts)
{
	const char *name = error_name(facts->caps_err);
	char value[sizeof(check->value)];

	if (!was_asked(facts)) {
		answer(check, WARN, "unknown", "unknown: /dev/kvm cannot be asked");
	} else if (!facts->capability) {
		answer(check, FAIL, "not called", "not called, as VMMs do without the capability");
	} else if (facts->vm_err) {
		answer(check, WARN, "unknown", "unknown: no VM can be made: %s",
		       strerror(facts->vm_err));
	} else if (facts->caps_err == EINVAL) {
		answer(check, FAIL, "EINVAL",
		       "EINVAL: the kernel knows no modes for the mode that this partition is in");
	} else if (facts->caps_err) {
		snprintf(value, sizeof(value), "errno %d", facts->caps_err);
		answer(check, FAIL, name ? name : value, "%s: %s", name ? name : value,
		       strerror(facts->caps_err));
	} else {
		snprintf(value, sizeof(value), "%#" PRIx64, facts->modes);
		answer(check, PASS, value, "%s", value);
	}
}

static void judge_modes(struct check *check, const struct facts *facts, bool unknown)
{
	char value[sizeof(check->value)], text[sizeof(check->value)];

	mode_names(value, sizeof(value), facts->modes, " ");
	mode_names(text, sizeof(text), facts->modes, ", ");
	if (has_modes(facts))
		answer(check, PASS, value, "%s", text);
	else if (unknown)
		answer(check, WARN, "unknown", "unknown without an answer");
	else if (facts->modes)
		answer(check, FAIL, "",
		       "none that is known here: is there a newer kvm-ppc-compat?");
	else
		answer(check, FAIL, "", "none");
}

static void judge_partition(struct check *check, const struct facts *facts)
{
	const char *name = NULL;
	size_t i;

	for (i = 0; i < MODES; i++)
		if (modes[i].pvr == facts->cpu_version)
			name = modes[i].name;

	if (!on_pseries(facts))
		answer(check, PASS, "none", "none: this is no partition");
	else if (facts->cpu_versions_differ)
		answer(check, WARN, "unknown",
		       "the cpu nodes of the device tree name different ones");
	else if (!facts->cpu_version)
		answer(check, WARN, "unknown",
		       "unknown: no cpu node of the device tree has a cpu-version");
	else if (!name)
		answer(check, WARN, "unknown",
		       "cpu-version %#010" PRIx32 " of the device tree is none that is known",
		       facts->cpu_version);
	else
		answer(check, PASS, name, "%s, cpu-version %#010" PRIx32, name, facts->cpu_version);
}

static void judge_qemu(struct check *check, struct check *older, const struct facts *facts,
		       bool unknown)
{
	uint32_t pvr = kvm_ppc_newest_mode(facts->modes);
	size_t i;

	for (i = 0; i < MODES; i++) {
		if (!pvr || modes[i].pvr != pvr)
			continue;
		answer(check, PASS, modes[i].name, "chooses %s", modes[i].name);
		/* it goes by the lowest bit */
		if (facts->modes & ~known_modes)
			answer(check, WARN, "unknown",
			       "unknown: there is a mode that is not known here: is there a newer kvm-ppc-compat?");
		answer(older, PASS, modes[i].qemu,
		       "give it -machine pseries,max-cpu-compat=%s -cpu host%s", modes[i].qemu,
		       modes[i].else_qemu);
		return;
	}
	if (on_bare_metal(facts)) {
		answer(check, PASS, "processor", "chooses the processor, which is right here");
		answer(older, PASS, "processor",
		       "chooses the processor with -cpu host, which is right here");
	} else if (unknown) {
		answer(check, WARN, "unknown", "unknown without an answer");
		answer(older, WARN, "unknown", "unknown without an answer");
	} else if (!on_pseries(facts)) {
		answer(check, PASS, "none", "has nothing to choose here");
		answer(older, PASS, "none", "has nothing to choose here");
	} else {
		answer(check, FAIL, "processor",
		       "chooses the processor: where this partition is in an older mode, guests do not start, or are in a mode that it does not have");
		answer(older, WARN, "unknown", "unknown without an answer");
	}
}

/**
 * checks_judge() - what the facts mean
 * @checks: CHECKS of them, set
 * @facts: from facts_get()
 *
 * Return: whether a VMM gets an answer that it can use, which is the tool's exit status.
 */
enum outcome checks_judge(struct check *checks, const struct facts *facts)
{
	bool unknown = !was_asked(facts) || facts->vm_err;

	judge_platform(&checks[CHECK_PLATFORM], facts);
	judge_api(&checks[CHECK_API], facts);
	judge_kvm_hv(&checks[CHECK_KVM_HV], facts);
	judge_feature(&checks[CHECK_FEATURE], facts);
	judge_built(&checks[CHECK_BUILT], facts);
	judge_loaded(&checks[CHECK_LOADED], facts);
	judge_attached(&checks[CHECK_ATTACHED], facts);
	judge_capability(&checks[CHECK_CAPABILITY], facts);
	judge_ioctl(&checks[CHECK_IOCTL], facts);
	judge_modes(&checks[CHECK_MODES], facts, unknown);
	judge_partition(&checks[CHECK_PARTITION], facts);
	judge_qemu(&checks[CHECK_QEMU], &checks[CHECK_OLDER_QEMU], facts, unknown);

	if (unknown)
		return UNKNOWN;
	return has_modes(facts) ? ANSWER : NO_ANSWER;
}
