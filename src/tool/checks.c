// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Derives the checks and the result from the facts. This has no other input.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <kvm_ppc_compat.h>

#include "checks.h"

#define LOAD "run 'kvm-ppc-compat load' as root"
#define REBUILD "rebuild it with dkms or make"
#define REPORT "report this with the output of 'kvm-ppc-compat report'"
#define NEWER_TOOL "install a newer version of kvm-ppc-compat"

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
	[CHECK_LIBVIRT] = "libvirt",
};

const char * const check_names[CHECKS] = {
	[CHECK_PLATFORM] = "Platform",
	[CHECK_API] = "Nested API",
	[CHECK_KVM_HV] = "kvm_hv loaded",
	[CHECK_FEATURE] = "Provided by",
	[CHECK_BUILT] = "Module built for this kernel",
	[CHECK_LOADED] = "Module loaded",
	[CHECK_ATTACHED] = "Module attached",
	[CHECK_CAPABILITY] = "Capability on /dev/kvm",
	[CHECK_IOCTL] = "KVM_PPC_GET_COMPAT_CAPS",
	[CHECK_MODES] = "Modes for guests",
	[CHECK_PARTITION] = "Mode of this partition",
	[CHECK_QEMU] = "QEMU 11.2 or later, -cpu host",
	[CHECK_OLDER_QEMU] = "Older QEMU",
	[CHECK_LIBVIRT] = "libvirt",
};

static const struct mode {
	uint64_t capability;
	uint32_t pvr;
	uint16_t processor; /* the upper half of its physical PVR, from Linux's asm/reg.h; or 0 */
	const char *name;
	const char *qemu; /* its name for QEMU's max-cpu-compat and libvirt's model */
} modes[] = {
	{ 0, 0x0f000004, 0, "POWER8", NULL },
	{ KVM_PPC_COMPAT_CAP_POWER9, 0x0f000005, 0x004e, "POWER9", "power9" },
	{ KVM_PPC_COMPAT_CAP_POWER10, 0x0f000006, 0x0080, "POWER10", "power10" },
	{ KVM_PPC_COMPAT_CAP_POWER11, 0x0f000007, 0x0082, "POWER11", "power11" },
};

#define MODES (sizeof(modes) / sizeof(modes[0]))

static const uint64_t known_modes = KVM_PPC_COMPAT_CAP_POWER9 | KVM_PPC_COMPAT_CAP_POWER10 |
				    KVM_PPC_COMPAT_CAP_POWER11;

/**
 * mode_names() - the names of some modes, oldest first
 * @names: set to the names
 * @size: bytes in @names
 * @capabilities: KVM_PPC_COMPAT_CAP_* bits; other bits are ignored
 * @separator: the text between two names
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

static const struct mode *find_mode(uint32_t pvr)
{
	size_t i;

	for (i = 0; i < MODES; i++)
		if (modes[i].pvr == pvr)
			return &modes[i];
	return NULL;
}

/* The mode of the physical processor itself, or NULL if the processor is unknown */
static const struct mode *find_own_mode(const struct facts *facts)
{
	size_t i;

	for (i = 0; i < MODES; i++)
		if (modes[i].processor && modes[i].processor == facts->pvr >> 16)
			return &modes[i];
	return NULL;
}

/**
 * mode_for_qemu() - the newest mode, by its name for QEMU's max-cpu-compat and libvirt's model
 * @capabilities: KVM_PPC_COMPAT_CAP_* bits; other bits are ignored
 *
 * Return: the name, or NULL without a known mode.
 */
const char *mode_for_qemu(uint64_t capabilities)
{
	const struct mode *mode = find_mode(kvm_ppc_newest_mode(capabilities));

	return mode ? mode->qemu : NULL;
}

/* Text from the kernel must neither control a terminal nor be invalid UTF-8. */
__attribute__((format(printf, 3, 0)))
static void print(char *text, size_t size, const char *format, va_list args)
{
	vsnprintf(text, size, format, args);
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

__attribute__((format(printf, 4, 5)))
static void answer(struct check *check, enum verdict verdict, const char *value,
		   const char *format, ...)
{
	va_list args;

	check->verdict = verdict;
	check->remedy[0] = '\0';
	snprintf(check->value, sizeof(check->value), "%s", value);
	va_start(args, format);
	print(check->text, sizeof(check->text), format, args);
	va_end(args);
}

__attribute__((format(printf, 2, 3)))
static void remedy(struct check *check, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(check->remedy, sizeof(check->remedy), format, args);
	va_end(args);
}

static bool is_loaded(const char *initstate)
{
	return !strcmp(initstate, "live") || !strcmp(initstate, "builtin");
}

static bool is_attached(const struct facts *facts)
{
	return !strcmp(facts->state, "attached");
}

/* The kernel itself announces the capability. */
static bool is_native(const struct facts *facts)
{
	return !strcmp(facts->state, "native") ||
	       (facts->capability > 0 && !is_attached(facts) && !facts->sysfs_err);
}

/* There is no /dev/kvm, or no driver for the device node that udev(7) has made. */
static bool has_no_device(const struct facts *facts)
{
	return facts->kvm_err == ENOENT || facts->kvm_err == ENODEV || facts->kvm_err == ENXIO;
}

/* There is no /dev/kvm because KVM is not loaded, not because a container lacks the device. */
static bool is_without_kvm(const struct facts *facts)
{
	return has_no_device(facts) && !facts->kvm[0] && !facts->sysfs_err;
}

/* It is known whether the kernel announces the capability. */
static bool was_queried(const struct facts *facts)
{
	return !facts->not_opened && (!facts->kvm_err || is_without_kvm(facts)) &&
	       facts->capability >= 0;
}

/* It is unknown whether this kernel needs the module. */
static bool is_open(const struct facts *facts)
{
	return !is_attached(facts) && !is_native(facts) &&
	       (!was_queried(facts) || !is_loaded(facts->kvm_hv));
}

/* This version of the tool knows at least one of the modes. */
static bool has_modes(const struct facts *facts)
{
	return kvm_ppc_newest_mode(facts->modes);
}

static void no_sysfs(struct check *check, const struct facts *facts)
{
	answer(check, WARN, "unknown", "unknown, /sys/module: %s", strerror(facts->sysfs_err));
	remedy(check, "mount sysfs on /sys");
}

static void judge_platform(struct check *check, const struct facts *facts)
{
	if (!strcmp(facts->platform, "PowerNV"))
		answer(check, NOT_APPLICABLE, "powernv",
		       "it is an IBM Power host on bare metal (PowerNV)");
	else if (!facts->partition)
		answer(check, NOT_APPLICABLE, "other", "it is not an IBM Power partition (%s)",
		       facts->platform[0] ? facts->platform : facts->uts.machine);
	else if (facts->platform_err)
		answer(check, WARN, "unknown", "unknown, /proc/cpuinfo: %s",
		       strerror(facts->platform_err));
	else if (!facts->platform[0])
		answer(check, WARN, "unknown", "unknown: /proc/cpuinfo has no line 'platform'");
	else
		answer(check, PASS, "pseries", "pseries, a partition of a hypervisor");
}

/*
 * If the module is attached, it reports the API. Else KVM_CAP_PPC_NESTED_HV shows it: in a
 * partition, kvmhv_enable_nested() of Linux returns an error only if kvm_hv's parameter "nested" is
 * off, or with API v2. (Linux 5.10, which has no API v2, also returns one on POWER9 before DD2.2.)
 */
static void judge_api(struct check *check, const struct facts *facts)
{
	const char *api = NULL;

	if (is_attached(facts))
		api = facts->backend;
	else if (was_queried(facts) && is_loaded(facts->kvm_hv) && facts->nested &&
		 facts->nested_hv >= 0)
		api = facts->nested_hv ? "v1" : "v2";

	if (!api && facts->sysfs_err)
		no_sysfs(check, facts);
	else if (!api && !is_loaded(facts->kvm_hv))
		answer(check, NOT_APPLICABLE, "unknown",
		       "unknown until kvm_hv is loaded, which queries the hypervisor");
	else if (!api && !was_queried(facts))
		answer(check, NOT_APPLICABLE, "unknown",
		       "unknown: cannot query /dev/kvm, and the module is not attached");
	else if (!api)
		answer(check, WARN, "unknown",
		       "unknown: /dev/kvm does not show it, and the module is not attached");
	else if (!strcmp(api, "v1"))
		answer(check, PASS, "v1", "v1 (KVM on PowerNV)");
	else
		answer(check, PASS, "v2", "v2 (PowerVM)");
}

static void judge_kvm_hv(struct check *check, const struct facts *facts)
{
	if (facts->sysfs_err) {
		no_sysfs(check, facts);
	} else if (!strcmp(facts->kvm_hv, "builtin")) {
		answer(check, PASS, "builtin", "built into the kernel");
	} else if (!strcmp(facts->kvm_hv, "failed")) {
		answer(check, FAIL, "no", "kvm_hv is built into the kernel, and failed to start");
		remedy(check, ENABLE_NESTING);
	} else if (is_loaded(facts->kvm_hv) && facts->vms > 0) {
		answer(check, PASS, "live", "yes, with %d running VM%s", facts->vms,
		       facts->vms == 1 ? "" : "s");
	} else if (is_loaded(facts->kvm_hv)) {
		answer(check, PASS, "live", "yes");
	} else if (is_loaded(facts->kvm_pr)) {
		answer(check, FAIL, "no",
		       "kvm_pr is loaded instead of kvm_hv, and its VMs have no compatibility modes");
		remedy(check, "to use kvm_hv, unload kvm_pr and boot with the radix MMU");
	} else if (facts->not_opened) {
		answer(check, NOT_APPLICABLE, "no", "no; a VMM that opens /dev/kvm can load it");
	} else {
		answer(check, FAIL, "no", "kvm_hv is not loaded");
		remedy(check, LOAD
		       "; if that says 'No such device', this partition cannot run nested guests");
	}
}

static void judge_feature(struct check *check, const struct facts *facts)
{
	if (is_attached(facts))
		answer(check, PASS, "module", "the module");
	else if (is_native(facts))
		answer(check, PASS, "native", "the kernel: the module is not needed");
	else if (facts->sysfs_err)
		no_sysfs(check, facts);
	else if (!was_queried(facts))
		answer(check, NOT_APPLICABLE, "unknown", "unknown: cannot query /dev/kvm");
	else if (is_open(facts))
		answer(check, NOT_APPLICABLE, "unknown", "unknown until kvm_hv is loaded");
	else
		answer(check, FAIL, "no",
		       "nothing: the kernel lacks the interface and the module is not active");
}

/* The module is not built. Whether headers and sources are installed decides what to do. */
static void judge_not_built(struct check *check, const struct facts *facts)
{
	const char *release = facts->uts.release;
	char build[256] =
		"install kvm-ppc-compat-dkms, or run 'make dkms-install' in a checkout as root";

	if (facts->dkms[0])
		snprintf(build, sizeof(build), "run 'dkms install kvm-ppc-compat/%s -k %s' as root",
			 facts->dkms, release);
	if (is_open(facts)) {
		answer(check, NOT_APPLICABLE, "no", "no; unknown whether this kernel needs it");
	} else if (facts->headers) {
		answer(check, FAIL, "no", "the module is not built for this kernel");
		remedy(check, "%s", build);
	} else {
		answer(check, FAIL, "no",
		       "the module is not built for this kernel, whose headers are not installed");
		remedy(check,
		       "install linux-headers-%s (Debian, Ubuntu), kernel-devel-%s (Fedora, RHEL) or kernel-default-devel (SUSE), then %s",
		       release, release, build);
	}
}

static void judge_built(struct check *check, const struct facts *facts)
{
	if (facts->stub[0] && is_native(facts)) {
		answer(check, NOT_APPLICABLE, "not-needed", "not needed: %s", facts->stub);
	} else if (facts->stub[0]) {
		answer(check, is_open(facts) ? NOT_APPLICABLE : FAIL, "stub",
		       "the module for this kernel is a stub: %s", facts->stub);
		if (!is_open(facts))
			remedy(check, "boot a ppc64le kernel with KVM-HV and kprobes");
	} else if (facts->file[0] && !strcmp(facts->built_for, facts->uts.release)) {
		answer(check, PASS, "yes", "%s", facts->file);
	} else if (is_native(facts)) {
		answer(check, NOT_APPLICABLE, "not-needed", "not needed");
	} else if (facts->file[0] && facts->file_err) {
		answer(check, WARN, "unknown", "unknown, %s: %s", facts->file,
		       strerror(facts->file_err));
		remedy(check, REBUILD);
	} else if (facts->file[0]) {
		answer(check, facts->initstate[0] ? WARN : FAIL, "other-kernel",
		       "%s was not built for this kernel, but for %s", facts->file,
		       facts->built_for[0] ? facts->built_for : "one it does not name");
		remedy(check, REBUILD);
	} else if (facts->initstate[0]) {
		answer(check, WARN, "no",
		       "the module is loaded, but modprobe cannot find it: it will not load after a reboot");
		remedy(check, "install it with dkms");
	} else {
		judge_not_built(check, facts);
	}
}

static void judge_loaded(struct check *check, const struct facts *facts, const struct check *built)
{
	if (is_loaded(facts->initstate)) {
		answer(check, PASS, "yes", "version %s",
		       facts->version[0] ? facts->version : "unknown");
	} else if (facts->initstate[0]) {
		answer(check, WARN, "no", "the module is being loaded or unloaded (%s)",
		       facts->initstate);
		remedy(check, "wait a moment and try again");
	} else if (facts->sysfs_err) {
		no_sysfs(check, facts);
	} else if (is_native(facts)) {
		answer(check, NOT_APPLICABLE, "not-needed", "not needed");
	} else if (built->verdict == FAIL) {
		answer(check, NOT_APPLICABLE, "no", "no");
	} else if (facts->switched_off) {
		answer(check, FAIL, "switched-off",
		       "the module is disabled by enable=0 in modprobe.d or on the kernel command line");
		remedy(check, "remove that setting, then " LOAD);
	} else if (facts->has_install_command) {
		answer(check, FAIL, "blacklisted",
		       "an install command in modprobe.d replaces the module");
		remedy(check, "remove that command, then " LOAD);
	} else if (is_open(facts)) {
		answer(check, NOT_APPLICABLE, "no", "no; unknown whether it is needed");
	} else if (!strcmp(facts->kvm, "builtin")) {
		answer(check, FAIL, "no",
		       "the module is not loaded, and nothing loads it: KVM is built into this kernel");
		remedy(check, LOAD ", and list kvm_ppc_compat in a file in /etc/modules-load.d");
	} else {
		answer(check, FAIL, "no", "the module is not loaded");
		remedy(check, LOAD);
	}
}

static void judge_attached(struct check *check, const struct facts *facts)
{
	if (facts->sysfs_err) {
		no_sysfs(check, facts);
	} else if (!facts->initstate[0] && is_native(facts)) {
		answer(check, NOT_APPLICABLE, "not-needed", "not needed");
	} else if (!facts->state[0]) {
		answer(check, NOT_APPLICABLE, "no", "no");
	} else if (is_attached(facts)) {
		answer(check, PASS, "attached", "yes");
	} else if (!strcmp(facts->state, "native")) {
		answer(check, WARN, "native",
		       "the module is loaded but not needed: the kernel provides the ioctl");
		remedy(check, "run 'kvm-ppc-compat unload' as root");
	} else if (!strcmp(facts->state, "waiting")) {
		/* if kvm_hv is not loaded, CHECK_KVM_HV says so */
		answer(check, is_loaded(facts->kvm_hv) ? FAIL : NOT_APPLICABLE, "waiting",
		       "the module is waiting: %s", facts->reason);
	} else {
		answer(check, FAIL, "off", "the module is %s: %s", facts->state, facts->reason);
		if (strstr(facts->reason, "kprobes"))
			remedy(check,
			       "shut down VMs started in this state, then write 1 to that file as root");
		else
			remedy(check, "see kvm_ppc_compat(4)");
	}
}

static void judge_capability(struct check *check, const struct facts *facts)
{
	const char *error = strerror(facts->kvm_err);
	/* if kvm_hv is not loaded, that is the cause, and CHECK_KVM_HV fails */
	enum verdict without = is_loaded(facts->kvm_hv) || facts->sysfs_err ? FAIL : NOT_APPLICABLE;

	if (facts->not_opened) {
		answer(check, WARN, "unknown",
		       "KVM is not loaded, and --no-load keeps this command from loading it");
		remedy(check, "run it without --no-load");
	} else if (is_without_kvm(facts)) {
		answer(check, without, "0", "/dev/kvm: %s: KVM is not loaded", error);
	} else if (has_no_device(facts) && facts->kvm[0]) {
		answer(check, WARN, "unknown", "/dev/kvm: %s, although KVM is loaded", error);
		remedy(check, "if this is a container, give it the device");
	} else if (facts->kvm_err) {
		answer(check, WARN, "unknown", "/dev/kvm: %s", error);
		if (facts->kvm_err == EACCES && !facts->is_root && facts->kvm_group[0])
			remedy(check, "run this as root, or as a member of the group %s",
			       facts->kvm_group);
		else if (facts->kvm_err == EACCES && !facts->is_root)
			remedy(check, "run this as root");
		else if (facts->kvm_err == EPERM)
			remedy(check, "if this is a container, allow it to use the device");
		else if (has_no_device(facts))
			remedy(check, "mount sysfs on /sys");
		else
			remedy(check, "see dmesg(1), or " REPORT);
	} else if (facts->capability < 0) {
		answer(check, WARN, "unknown", "KVM_CHECK_EXTENSION: %s",
		       strerror(-facts->capability));
		remedy(check, "see dmesg(1), or " REPORT);
	} else if (facts->capability) {
		answer(check, PASS, "1", "1: KVM_CAP_PPC_COMPAT_CAPS is announced");
	} else {
		answer(check, without, "0", "0: KVM_CAP_PPC_COMPAT_CAPS is not announced");
	}
}

/* The name of an error that ioctl_kvm_ppc_get_compat_caps(2) documents, or NULL */
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

	if (!was_queried(facts)) {
		answer(check, NOT_APPLICABLE, "unknown", "unknown: cannot query /dev/kvm");
	} else if (!facts->capability) {
		answer(check, NOT_APPLICABLE, "not-called",
		       "not called: VMMs do not call it without the capability");
	} else if (facts->vm_err) {
		answer(check, WARN, "unknown", "cannot create a VM: %s", strerror(facts->vm_err));
		remedy(check, "see dmesg(1)");
	} else if (facts->caps_err == EINVAL) {
		answer(check, FAIL, "EINVAL",
		       "EINVAL: the kernel does not know the mode of this partition");
		remedy(check, "boot a newer kernel");
	} else if (facts->caps_err) {
		snprintf(value, sizeof(value), "errno-%d", facts->caps_err);
		answer(check, FAIL, name ? name : value, "%s: %s",
		       name ? name : "KVM_PPC_GET_COMPAT_CAPS", strerror(facts->caps_err));
		remedy(check, REPORT);
	} else {
		snprintf(value, sizeof(value), "%#" PRIx64, facts->modes);
		answer(check, PASS, value, "%s", value);
	}
}

static void judge_modes(struct check *check, const struct facts *facts, bool unknown)
{
	char names[sizeof(check->value)];

	mode_names(names, sizeof(names), facts->modes, ", ");
	if (has_modes(facts)) {
		answer(check, PASS, "known", "%s", names);
	} else if (unknown) {
		answer(check, NOT_APPLICABLE, "unknown", "unknown");
	} else if (facts->modes) {
		answer(check, FAIL, "none", "this version knows none of the modes");
		remedy(check, NEWER_TOOL);
	} else if (facts->capability && !facts->caps_err) {
		answer(check, FAIL, "none", "the kernel reports no mode");
		remedy(check, REPORT);
	} else {
		answer(check, NOT_APPLICABLE, "none", "none");
	}
}

static void judge_partition(struct check *check, const struct facts *facts)
{
	const struct mode *mode = find_mode(facts->cpu_version);
	const struct mode *own = find_own_mode(facts);

	if (facts->cpu_versions_differ) {
		answer(check, WARN, "unknown", "unknown: cpu nodes disagree on cpu-version");
		remedy(check, REPORT);
	} else if (!facts->cpu_version) {
		answer(check, WARN, "unknown",
		       "unknown: no cpu node of the device tree has a cpu-version");
		remedy(check, REPORT);
	} else if (!mode) {
		answer(check, WARN, "unknown",
		       "unknown cpu-version %#010" PRIx32 " in the device tree",
		       facts->cpu_version);
		remedy(check, NEWER_TOOL);
	} else {
		answer(check, PASS, mode->name, "%s on %s, cpu-version %#010" PRIx32, mode->name,
		       own ? own->name : "an unknown processor", facts->cpu_version);
	}
}

/* How to configure QEMU and libvirt: with the newest mode. */
static void judge_vmms(struct check *checks, const struct facts *facts, bool unknown)
{
	const struct mode *mode = find_mode(kvm_ppc_newest_mode(facts->modes));
	const struct mode *own = find_own_mode(facts);
	struct check *qemu = &checks[CHECK_QEMU];
	int id;

	if (!mode) {
		for (id = CHECK_QEMU; id < CHECKS; id++)
			answer(&checks[id], NOT_APPLICABLE, "unknown",
			       "unknown without the modes");
		if (unknown)
			return;
		if (own && own == find_mode(facts->cpu_version))
			answer(qemu, PASS, "processor",
			       "uses the physical processor, whose mode this partition has");
		else
			answer(qemu, WARN, "processor",
			       "uses the physical processor: if this partition is in an older mode, guests fail to start or get a mode it does not have");
		return;
	}
	answer(qemu, PASS, mode->name, "chooses %s", mode->name);
	/* QEMU chooses the lowest bit, which is that of the newest mode */
	if (facts->modes & ~known_modes) {
		answer(qemu, WARN, "unknown", "chooses a mode that this version does not know");
		remedy(qemu, NEWER_TOOL);
	}
	answer(&checks[CHECK_OLDER_QEMU], PASS, mode->qemu,
	       "use -machine pseries,max-cpu-compat=%s -cpu host%s", mode->qemu,
	       strcmp(mode->qemu, "power11") ? "" : ", or power10 if QEMU does not know power11");
	answer(&checks[CHECK_LIBVIRT], PASS, mode->qemu,
	       "<cpu mode='host-model'><model>%s</model></cpu>", mode->qemu);
	/* libvirt 12.8 knows POWER11 */
	if (own && own->capability == KVM_PPC_COMPAT_CAP_POWER11)
		remedy(&checks[CHECK_LIBVIRT],
		       "if libvirt refuses this on POWER11, as 11.3 does, see EXAMPLES in kvm-ppc-compat(8)");
}

/* The check that explains the result: the first that fails, because later ones follow from it. */
static const struct check *find_cause(const struct check *checks, enum outcome outcome)
{
	enum verdict verdict = outcome == UNKNOWN ? WARN : FAIL;
	int id;

	if (outcome == ANSWER)
		return NULL;
	for (id = outcome == UNKNOWN ? CHECK_CAPABILITY : CHECK_KVM_HV; id < CHECKS; id++)
		if (checks[id].verdict == verdict && id != CHECK_FEATURE)
			return &checks[id];
	return NULL;
}

static void judge_result(struct result *result, const struct check *checks,
			 const struct facts *facts)
{
	const struct check *cause = find_cause(checks, result->outcome);
	const char *by = "";

	result->cause = cause;
	result->remedy = cause ? cause->remedy : "";
	if (result->outcome == ANSWER) {
		if (checks[CHECK_FEATURE].verdict == PASS)
			by = is_attached(facts) ? " (by the module)" : " (by the kernel)";
		snprintf(result->text, sizeof(result->text),
			 "VMMs on this host can query the modes: %s%s", checks[CHECK_MODES].text,
			 by);
	} else {
		snprintf(result->text, sizeof(result->text), "%s query the modes%s%s",
			 result->outcome == UNKNOWN ?
				 "Cannot determine whether VMMs on this host can" :
				 "VMMs on this host cannot",
			 cause ? ": " : "", cause ? cause->text : "");
	}
}

/**
 * checks_judge() - derive the checks and the result from the facts
 * @result: set
 * @checks: an array of CHECKS elements, set
 * @facts: from facts_get()
 */
void checks_judge(struct result *result, struct check *checks, const struct facts *facts)
{
	bool unknown = !was_queried(facts) || facts->vm_err;
	int id;

	judge_platform(&checks[CHECK_PLATFORM], facts);
	if (!facts->partition) {
		for (id = CHECK_PLATFORM + 1; id < CHECKS; id++)
			answer(&checks[id], NOT_APPLICABLE, "none", "not a partition");
		result->outcome = NO_ANSWER;
		result->cause = &checks[CHECK_PLATFORM];
		result->remedy = "";
		snprintf(result->text, sizeof(result->text),
			 "This machine has no compatibility modes: %s. There is nothing to do.",
			 result->cause->text);
		return;
	}
	judge_api(&checks[CHECK_API], facts);
	judge_kvm_hv(&checks[CHECK_KVM_HV], facts);
	judge_feature(&checks[CHECK_FEATURE], facts);
	judge_built(&checks[CHECK_BUILT], facts);
	judge_loaded(&checks[CHECK_LOADED], facts, &checks[CHECK_BUILT]);
	judge_attached(&checks[CHECK_ATTACHED], facts);
	judge_capability(&checks[CHECK_CAPABILITY], facts);
	judge_ioctl(&checks[CHECK_IOCTL], facts);
	judge_modes(&checks[CHECK_MODES], facts, unknown);
	judge_partition(&checks[CHECK_PARTITION], facts);
	judge_vmms(checks, facts, unknown);

	result->outcome = has_modes(facts) ? ANSWER : NO_ANSWER;
	if (unknown)
		result->outcome = UNKNOWN;
	judge_result(result, checks, facts);
}
