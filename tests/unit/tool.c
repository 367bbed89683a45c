// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the tool in states that no machine of the lab has, with a host that is made here.
 *
 * Usage: tool [FOLDER]
 *	FOLDER	receives the JSON of each case
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../src/tool/module.h"
#include "../../src/tool/output.h"
#include "../../src/tool/report.h"
#include "host.h"

static const char *folder;
static struct facts facts;
static struct check checks[CHECKS];
static struct result result;

static int native_host(void **state)
{
	return make_host();
}

static int no_host(void **state)
{
	remove_root();
	return 0;
}

/* What is in the fake root has that outcome; its JSON is kept under @name. */
static void judge(const char *name, enum outcome expected)
{
	char path[PATH_MAX];
	FILE *json;

	facts_get(&facts, root, ASK_AS_VMM);
	checks_judge(&result, checks, &facts);
	assert_int_equal(result.outcome, expected);
	if (!folder)
		return;
	snprintf(path, sizeof(path), "%s/%s.json", folder, name);
	json = fopen(path, "w");
	assert_non_null(json);
	assert_int_equal(output_json(json, &facts, &result, checks), 0);
	fclose(json);
}

static void assert_result(const char *text, const char *remedy)
{
	assert_string_equal(result.text, text);
	assert_string_equal(result.remedy, remedy);
}

static void assert_check(enum check_id id, enum verdict verdict, const char *value, const char *text)
{
	assert_string_equal(checks[id].text, text);
	assert_string_equal(checks[id].value, value);
	assert_int_equal(checks[id].verdict, verdict);
}

#define CANNOT "VMMs on this host cannot query the modes"
#define UNDETERMINED "Cannot determine whether VMMs on this host can query the modes"
#define NO_SYSFS "unknown, /sys/module: No such file or directory"
#define REPORT "report this with the output of 'kvm-ppc-compat report'"

static void native(void **state)
{
	judge("native", ANSWER);
	assert_result("VMMs on this host can query the modes: POWER9, POWER10 (by the kernel)", "");
	assert_int_equal(facts.pvr, 0x00800200);
	assert_check(CHECK_API, PASS, "v2", "v2 (PowerVM)");
	assert_check(CHECK_FEATURE, PASS, "native", "the kernel: the module is not needed");
	assert_check(CHECK_LOADED, NOT_APPLICABLE, "not-needed", "not needed");
	assert_check(CHECK_MODES, PASS, "known", "POWER9, POWER10");
	assert_check(CHECK_OLDER_QEMU, PASS, "power10",
		     "use -machine pseries,max-cpu-compat=power10 -cpu host");
	kvm.nested_hv = 1;
	judge("native-v1", ANSWER);
	assert_check(CHECK_API, PASS, "v1", "v1 (KVM on PowerNV)");
	kvm.nested_hv = -EIO;
	judge("no-api", ANSWER);
	assert_check(CHECK_API, WARN, "unknown",
		     "unknown: /dev/kvm does not show it, and the module is not attached");
	kvm.modes = 7ULL << 60;
	judge("power11", ANSWER);
	assert_check(CHECK_OLDER_QEMU, PASS, "power11",
		     "use -machine pseries,max-cpu-compat=power11 -cpu host, or power10 if QEMU does not know power11");
	assert_check(CHECK_LIBVIRT, PASS, "power11",
		     "<cpu mode='host-model'><model>power11</model></cpu>");
	assert_string_equal(checks[CHECK_LIBVIRT].remedy, "");
	put_text("/proc/cpuinfo", "revision\t: 2.0 (pvr 0082 1200)\nplatform\t: pSeries\n");
	judge("on-power11", ANSWER);
	assert_string_equal(checks[CHECK_LIBVIRT].remedy,
			    "if libvirt refuses this on POWER11, as 11.3 does, see EXAMPLES in kvm-ppc-compat(8)");
}

/* kvm_hv's parameter hides which API it is. */
static void api_hidden(void **state)
{
	put_text("/sys/module/kvm_hv/parameters/nested", "N\n");
	judge("api-hidden", ANSWER);
	assert_check(CHECK_API, WARN, "unknown",
		     "unknown: /dev/kvm does not show it, and the module is not attached");
}

static void built_in(void **state)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/sys/module/kvm_hv/initstate", root);
	unlink(path);
	judge("built-in", ANSWER);
	assert_check(CHECK_KVM_HV, PASS, "builtin", "built into the kernel");
	kvm.capability = 0;
	kvm.hv_disabled = true;
	judge("built-in-without-nesting", NO_ANSWER);
	assert_result(CANNOT ": kvm_hv is built into the kernel, and failed to start",
		      "this partition cannot run nested guests; enable KVM for it on the HMC (or nesting in the KVM host), boot without disable_radix, and on PowerVM use Linux 6.7 or later");
	assert_check(CHECK_API, NOT_APPLICABLE, "unknown",
		     "unknown until kvm_hv is loaded, which queries the hypervisor");
}

/* A module file for this kernel, with more @modinfo: "reason=" if it is a stub */
static void put_module(const char *modinfo)
{
	const char *release = facts.uts.release;
	char path[128], text[512];

	snprintf(path, sizeof(path), "/lib/modules/%s/kvm_ppc_compat.s", release);
	snprintf(text, sizeof(text), ".section .modinfo,\"a\"\n.asciz \"vermagic=%s SMP\", \"%s\"\n", release, modinfo);
	put_text(path, text);
	snprintf(text, sizeof(text),
		 "cd %s/lib/modules/%s && powerpc64le-linux-gnu-as -o kvm_ppc_compat.ko kvm_ppc_compat.s && /usr/sbin/depmod -b %s %s 2>/dev/null",
		 root, release, root, release);
	assert_int_equal(system(text), 0);
}

/* KVM is built into the kernel, and the module is not loaded. */
static void built_in_without_module(void **state)
{
	kvm.capability = 0;
	put_text("/sys/module/kvm/parameters/halt_poll_ns", "0\n");
	uname(&facts.uts);
	put_module("license=GPL");
	judge("built-in-without-module", NO_ANSWER);
	assert_result(CANNOT ": the module is not loaded, and nothing loads it: KVM is built into this kernel",
		      "run 'kvm-ppc-compat load' as root, and list kvm_ppc_compat in a file in /etc/modules-load.d");
}

static void running_vms(void **state)
{
	judge("no-vm", ANSWER);
	assert_int_equal(facts.vms, -1);
	put_text("/sys/module/kvm_hv/refcnt", "0\n");
	judge("no-vm", ANSWER);
	assert_check(CHECK_KVM_HV, PASS, "live", "yes");
	put_text("/sys/module/kvm_hv/refcnt", "2\n");
	judge("vms", ANSWER);
	assert_check(CHECK_KVM_HV, PASS, "live", "yes, with 2 running VMs");
}

static void loaded_without_need(void **state)
{
	module_state("native\n", "this kernel provides KVM_PPC_GET_COMPAT_CAPS\n");
	kvm.capability = 1;
	judge("without-need", ANSWER);
	assert_check(CHECK_ATTACHED, WARN, "native",
		     "the module is loaded but not needed: the kernel provides the ioctl");
	assert_string_equal(checks[CHECK_ATTACHED].remedy, "run 'kvm-ppc-compat unload' as root");
}

static void livepatched(void **state)
{
	module_state("off\n", "a livepatch may have replaced a hooked function\n");
	judge("livepatched", NO_ANSWER);
	assert_result(CANNOT ": the module is off: a livepatch may have replaced a hooked function",
		      "see kvm_ppc_compat(4)");
	assert_check(CHECK_ATTACHED, FAIL, "off",
		     "the module is off: a livepatch may have replaced a hooked function");
	assert_check(CHECK_LOADED, PASS, "yes", "version 0.1.0");
	assert_check(CHECK_QEMU, PASS, "processor",
		     "uses the physical processor, whose mode this partition has");
	put(CPU0, "\x0f\x00\x00\x05", 4);
	put(CPU8, "\x0f\x00\x00\x05", 4);
	judge("livepatched-older-mode", NO_ANSWER);
	assert_check(CHECK_PARTITION, PASS, "POWER9", "POWER9 on POWER10, cpu-version 0x0f000005");
	assert_check(CHECK_QEMU, WARN, "processor",
		     "uses the physical processor: if this partition is in an older mode, guests fail to start or get a mode it does not have");
	/* although kvm_hv is there: it must be about to go */
	put_text(SYSFS "state", "waiting\n");
	judge("waiting", NO_ANSWER);
	assert_result(CANNOT ": the module is waiting: a livepatch may have replaced a hooked function", "");
}

static void remove_path(const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	nftw(full, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void stub(void **state)
{
	uname(&facts.uts);
	put_module("reason=this kernel is built without KPROBES");
	judge("stub-native", ANSWER);
	assert_check(CHECK_BUILT, NOT_APPLICABLE, "not-needed", "not needed: this kernel is built without KPROBES");
	kvm.capability = 0;
	judge("stub", NO_ANSWER);
	assert_result(CANNOT ": the module for this kernel is a stub: this kernel is built without KPROBES",
		      "boot a ppc64le kernel with KVM-HV and kprobes");
	assert_check(CHECK_LOADED, NOT_APPLICABLE, "no", "no");
	assert_string_equal(module_explain(-ENODEV, MODULE, &facts),
			    "it is a stub for this kernel: this kernel is built without KPROBES; run 'kvm-ppc-compat status'");
	remove_path("/sys/module/kvm_hv");
	judge("stub-without-kvm-hv", NO_ANSWER);
	assert_result(CANNOT ": kvm_hv is not loaded",
		      "run 'kvm-ppc-compat load' as root; if that says 'No such device', this partition cannot run nested guests");
	assert_check(CHECK_BUILT, NOT_APPLICABLE, "stub",
		     "the module for this kernel is a stub: this kernel is built without KPROBES");
	assert_string_equal(checks[CHECK_BUILT].remedy, "");
}

static void damaged(void **state)
{
	char path[128], text[256];

	kvm.capability = 0;
	uname(&facts.uts);
	put_module("license=GPL");
	snprintf(path, sizeof(path), "/lib/modules/%s/kvm_ppc_compat.ko", facts.uts.release);
	put_text(path, "no ELF file");
	judge("damaged", NO_ANSWER);
	snprintf(text, sizeof(text), "unknown, %s%s: %s", root, path, strerror(facts.file_err));
	assert_check(CHECK_BUILT, WARN, "unknown", text);
	assert_string_equal(checks[CHECK_BUILT].remedy, "rebuild it with dkms or make");
}

/* What follows if /dev/kvm cannot be queried */
static void assert_not_queried(void)
{
	int id;

	assert_check(CHECK_IOCTL, NOT_APPLICABLE, "unknown", "unknown: cannot query /dev/kvm");
	assert_check(CHECK_MODES, NOT_APPLICABLE, "unknown", "unknown");
	assert_string_equal(checks[CHECK_PARTITION].value, "POWER10");
	for (id = CHECK_QEMU; id < CHECKS; id++)
		assert_check(id, NOT_APPLICABLE, "unknown", "unknown without the modes");
}

static void attached(void **state)
{
	char path[PATH_MAX];

	module_state("attached\n", "\n");
	kvm.capability = 1;
	uname(&facts.uts);
	put_module("license=GPL");
	judge("attached", ANSWER);
	snprintf(path, sizeof(path), "%s/lib/modules/%s/kvm_ppc_compat.ko", root, facts.uts.release);
	assert_check(CHECK_FEATURE, PASS, "module", "the module");
	assert_check(CHECK_BUILT, PASS, "yes", path);
	assert_check(CHECK_LOADED, PASS, "yes", "version 0.1.0");
	assert_check(CHECK_ATTACHED, PASS, "attached", "yes");
	/* an ordinary user may not open /dev/kvm */
	facts_get(&facts, root, ASK_NOTHING);
	facts.kvm_err = EACCES;
	checks_judge(&result, checks, &facts);
	assert_string_equal(checks[CHECK_FEATURE].value, "module");
	assert_check(CHECK_CAPABILITY, WARN, "unknown", "/dev/kvm: Permission denied");
	assert_not_queried();
}

/* The module is loaded before kvm_hv. */
static void waiting(void **state)
{
	module_state("waiting\n", "kvm_hv is not loaded\n");
	remove_path("/sys/module/kvm_hv");
	judge("waiting-for-kvm-hv", NO_ANSWER);
	assert_string_equal(result.text, CANNOT ": kvm_hv is not loaded");
	assert_check(CHECK_FEATURE, NOT_APPLICABLE, "unknown", "unknown until kvm_hv is loaded");
	assert_check(CHECK_LOADED, PASS, "yes", "version 0.1.0");
	assert_check(CHECK_ATTACHED, NOT_APPLICABLE, "waiting", "the module is waiting: kvm_hv is not loaded");
}

/* Loaded from elsewhere: it is gone after a reboot. */
static void unknown_to_modprobe(void **state)
{
	module_state("attached\n", "\n");
	kvm.capability = 1;
	judge("unknown-to-modprobe", ANSWER);
	assert_result("VMMs on this host can query the modes: POWER9, POWER10 (by the module)", "");
	assert_check(CHECK_BUILT, WARN, "no",
		     "the module is loaded, but modprobe cannot find it: it will not load after a reboot");
	put_text(SYSFS "initstate", "coming\n");
	judge("coming", ANSWER);
	assert_check(CHECK_LOADED, WARN, "no", "the module is being loaded or unloaded (coming)");
}

/* The kernel does not know the mode of the partition. */
static void no_known_mode(void **state)
{
	put(CPU0, "\x00\x80\x02\x00", 4);
	put(CPU8, "\x00\x80\x02\x00", 4);
	kvm.caps = -EINVAL;
	judge("no-known-mode", NO_ANSWER);
	assert_result(CANNOT ": EINVAL: the kernel does not know the mode of this partition",
		      "boot a newer kernel");
	assert_check(CHECK_IOCTL, FAIL, "EINVAL",
		     "EINVAL: the kernel does not know the mode of this partition");
	assert_check(CHECK_PARTITION, WARN, "unknown", "unknown cpu-version 0x00800200 in the device tree");
}

static void no_mode(void **state)
{
	kvm.modes = 0;
	judge("no-mode", NO_ANSWER);
	assert_result(CANNOT ": the kernel reports no mode", REPORT);
	kvm.modes = 1ULL << 59;
	judge("newer-mode-only", NO_ANSWER);
	assert_result(CANNOT ": this version knows none of the modes",
		      "install a newer version of kvm-ppc-compat");
	kvm.modes = 0x7800000000000000;
	judge("newer-mode-too", ANSWER);
	assert_check(CHECK_MODES, PASS, "known", "POWER9, POWER10, POWER11");
	assert_check(CHECK_QEMU, WARN, "unknown", "chooses a mode that this version does not know");
	assert_string_equal(checks[CHECK_OLDER_QEMU].value, "power11");
}

static void cannot_find_out(void **state)
{
	kvm.vm = -ENOMEM;
	judge("no-memory", UNKNOWN);
	assert_result(UNDETERMINED ": cannot create a VM: Cannot allocate memory", "see dmesg(1)");
	kvm.capability = -EIO;
	judge("no-capability", UNKNOWN);
	assert_result(UNDETERMINED ": KVM_CHECK_EXTENSION: Input/output error", "see dmesg(1), or " REPORT);
	kvm.vm = 0;
	kvm.capability = 1;
	kvm.caps = -EFAULT;
	judge("fault", NO_ANSWER);
	assert_result(CANNOT ": EFAULT: Bad address", REPORT);
	kvm.caps = -524;
	judge("odd-error", NO_ANSWER);
	assert_check(CHECK_IOCTL, FAIL, "errno-524", "KVM_PPC_GET_COMPAT_CAPS: Unknown error 524");
}

/* It is unknown whether this kernel needs the module, which is not there. */
static void assert_open(void)
{
	assert_string_equal(checks[CHECK_FEATURE].value, "unknown");
	assert_check(CHECK_BUILT, NOT_APPLICABLE, "no", "no; unknown whether this kernel needs it");
	assert_check(CHECK_LOADED, NOT_APPLICABLE, "no", "no; unknown whether it is needed");
	assert_check(CHECK_ATTACHED, NOT_APPLICABLE, "no", "no");
}

static void no_kvm(void **state)
{
	char path[PATH_MAX];

	remove_path("/dev/kvm");
	remove_path("/sys/module/kvm_hv");
	judge("no-kvm", NO_ANSWER);
	assert_check(CHECK_CAPABILITY, NOT_APPLICABLE, "0",
		     "/dev/kvm: No such file or directory: KVM is not loaded");
	assert_open();
	/* a device node without a driver */
	facts.kvm_err = ENODEV;
	checks_judge(&result, checks, &facts);
	assert_check(CHECK_CAPABILITY, NOT_APPLICABLE, "0", "/dev/kvm: No such device: KVM is not loaded");
	put_text("/sys/module/kvm_hv/initstate", "live\n");
	judge("kvm-hv-alone", NO_ANSWER);
	assert_string_equal(result.text, CANNOT ": the module is not built for this kernel, whose headers are not installed");
	assert_check(CHECK_LOADED, NOT_APPLICABLE, "no", "no");
	assert_check(CHECK_ATTACHED, NOT_APPLICABLE, "no", "no");
	put_text("/sys/module/kvm/initstate", "live\n");
	judge("no-device", UNKNOWN);
	assert_result(UNDETERMINED ": /dev/kvm: No such file or directory, although KVM is loaded",
		      "if this is a container, give it the device");
	assert_open();
	snprintf(path, sizeof(path), "%s/dev/kvm", root);
	mkdir(path, 0755);
	judge("not-opened", UNKNOWN);
	assert_result(UNDETERMINED ": /dev/kvm: Is a directory", "see dmesg(1), or " REPORT);
	assert_open();
}

/* Opening a device node without a driver can load modules. */
static void without_loading(void **state)
{
	remove_path("/sys/module/kvm_hv");
	facts_get(&facts, root, ASK_WITHOUT_LOADING);
	assert_true(facts.not_opened);
	checks_judge(&result, checks, &facts);
	assert_int_equal(result.outcome, UNKNOWN);
	assert_result(UNDETERMINED ": KVM is not loaded, and --no-load keeps this command from loading it",
		      "run it without --no-load");
	assert_open();
	assert_not_queried();
	assert_check(CHECK_KVM_HV, NOT_APPLICABLE, "no", "no; a VMM that opens /dev/kvm can load it");
	assert_check(CHECK_FEATURE, NOT_APPLICABLE, "unknown", "unknown: cannot query /dev/kvm");
	put_text("/sys/class/misc/kvm/dev", "10:232\n");
	facts_get(&facts, root, ASK_WITHOUT_LOADING);
	checks_judge(&result, checks, &facts);
	assert_int_equal(result.outcome, ANSWER);
}

/* The errors of open(2) without permission, which root does not get */
static void no_permission(void **state)
{
	facts_get(&facts, root, ASK_NOTHING);
	facts.kvm_err = EACCES;
	facts.is_root = false;
	checks_judge(&result, checks, &facts);
	assert_int_equal(result.outcome, UNKNOWN);
	assert_result(UNDETERMINED ": /dev/kvm: Permission denied", "run this as root");
	assert_open();
	facts.is_root = true;
	checks_judge(&result, checks, &facts);
	assert_result(UNDETERMINED ": /dev/kvm: Permission denied", "see dmesg(1), or " REPORT);
	facts.kvm_err = EPERM;
	checks_judge(&result, checks, &facts);
	assert_result(UNDETERMINED ": /dev/kvm: Operation not permitted",
		      "if this is a container, allow it to use the device");
}

/* As in a chroot */
static void not_mounted(void **state)
{
	remove_path("/sys");
	judge("no-sysfs", ANSWER);
	assert_result("VMMs on this host can query the modes: POWER9, POWER10", "");
	assert_check(CHECK_API, WARN, "unknown", NO_SYSFS);
	assert_check(CHECK_KVM_HV, WARN, "unknown", NO_SYSFS);
	assert_check(CHECK_FEATURE, WARN, "unknown", NO_SYSFS);
	assert_check(CHECK_LOADED, WARN, "unknown", NO_SYSFS);
	assert_check(CHECK_ATTACHED, WARN, "unknown", NO_SYSFS);
	kvm.capability = 0;
	judge("no-sysfs-no-capability", NO_ANSWER);
	assert_result(CANNOT ": 0: KVM_CAP_PPC_COMPAT_CAPS is not announced", "");
	kvm.capability = 1;
	remove_path("/proc");
	judge("no-proc", ANSWER);
	assert_check(CHECK_PLATFORM, WARN, "unknown", "unknown, /proc/cpuinfo: No such file or directory");
	remove_path("/dev/kvm");
	judge("nothing-mounted", UNKNOWN);
	assert_result(UNDETERMINED ": /dev/kvm: No such file or directory", "mount sysfs on /sys");
}

static void device_tree(void **state)
{
	put(CPU0, "\x0f\x00\x00", 3);
	judge("short-property", ANSWER);
	assert_check(CHECK_PARTITION, PASS, "POWER10", "POWER10 on POWER10, cpu-version 0x0f000006");
	put(CPU0, "\x0f\x00\x00\x05", 4);
	judge("different-modes", ANSWER);
	assert_check(CHECK_PARTITION, WARN, "unknown", "unknown: cpu nodes disagree on cpu-version");
	assert_string_equal(checks[CHECK_PARTITION].remedy, REPORT);
	put(CPU0, "", 0);
	put(CPU8, "", 0);
	judge("no-version", ANSWER);
	assert_check(CHECK_PARTITION, WARN, "unknown",
		     "unknown: no cpu node of the device tree has a cpu-version");
	assert_string_equal(checks[CHECK_PARTITION].remedy, REPORT);
}

/* Elsewhere /dev/kvm is not opened, and nothing else counts. */
static void platforms(void **state)
{
	int id;

	put_text("/proc/cpuinfo", "platform\t: PowerMac");
	judge("power-mac", NO_ANSWER);
	assert_result("This machine has no compatibility modes: it is not an IBM Power partition (PowerMac). There is nothing to do.", "");
	assert_int_equal(facts.capability, 0);
	for (id = 0; id < CHECKS; id++)
		assert_int_equal(checks[id].verdict, NOT_APPLICABLE);
	put_text("/proc/cpuinfo", "platform\t: PowerNV\n");
	judge("bare-metal", NO_ANSWER);
	assert_result("This machine has no compatibility modes: it is an IBM Power host on bare metal (PowerNV). There is nothing to do.", "");
	/* as in a container */
	put_text("/proc/cpuinfo", "platform\n:\nplatform\t:");
	judge("no-platform", ANSWER);
	assert_check(CHECK_PLATFORM, WARN, "unknown", "unknown: /proc/cpuinfo has no line 'platform'");
	machine = "x86_64";
	judge("x86", NO_ANSWER);
	assert_result("This machine has no compatibility modes: it is not an IBM Power partition (x86_64). There is nothing to do.", "");
	remove_path("/proc");
	judge("x86-without-proc", NO_ANSWER);
	assert_result("This machine has no compatibility modes: it is not an IBM Power partition (x86_64). There is nothing to do.", "");
}

/* What the kernel reports is cut if it is longer than anything it should report, and cannot control a terminal. */
static void long_lines(void **state)
{
	char line[8192];

	memset(line, '\x80', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	module_state(line, line);
	judge("long-lines", NO_ANSWER);
	assert_int_equal(strlen(facts.state), sizeof(facts.state) - 1);
	assert_int_equal(strlen(facts.reason), sizeof(facts.reason) - 1);
	module_state("off\n", "\033[2J\xc3\xa4\n");
	judge("control", NO_ANSWER);
	assert_result(CANNOT ": the module is off: ?[2J??", "see kvm_ppc_compat(4)");
}

/* Those that no guest of the lab gets */
static void load_errors(void **state)
{
	memset(&facts, 0, sizeof(facts));
	assert_string_equal(module_explain(-ENODEV, MODULE, &facts),
			    "this is bare metal, or the kernel provides the ioctl; see dmesg(1)");
	assert_string_equal(module_explain(-ENOEXEC, MODULE, &facts),
			    "the kernel rejects the module's format; see dmesg(1)");
	assert_string_equal(module_explain(-EBUSY, MODULE, &facts),
			    "remove the kprobe that dmesg(1) names; if it names none, try again");
	assert_string_equal(module_explain(-EAGAIN, MODULE, &facts), "a VMM's call is in progress; try again");
	assert_string_equal(module_explain(-ENOMEM, MODULE, &facts), "see dmesg(1)");
	assert_string_equal(module_explain(-ENOENT, "kvm_hv", &facts),
			    "this kernel has no kvm_hv module; boot a kernel with KVM-HV");
	assert_string_equal(module_explain(-EINVAL, "kvm_hv", &facts),
			    "see dmesg(1), and 'modprobe -c' for a configuration that prevents it");
	assert_string_equal(module_explain(-EPERM, MODULE, &facts), "only root can do this; run it as root");
	facts.is_root = true;
	assert_string_equal(module_explain(-EPERM, MODULE, &facts),
			    "root lacks CAP_SYS_MODULE here, as in a container; run it on the host");
	facts.may_load = true;
	facts.modules_disabled = true;
	assert_string_equal(module_explain(-EPERM, MODULE, &facts),
			    "the sysctl kernel.modules_disabled is 1; reboot to load modules again");
	facts.modules_disabled = false;
	strcpy(facts.lockdown, "[none] integrity confidentiality");
	assert_string_equal(module_explain(-EPERM, MODULE, &facts),
			    "the kernel refuses it; look for module_blacklist= in /proc/cmdline");
}

static char *reported;

/* How often the report has that line */
static int lines(const char *line)
{
	const char *found = reported;
	size_t length = strlen(line);
	int count = 0;

	for (; (found = strstr(found, line)); found++)
		count += (found == reported || found[-1] == '\n') && found[length] == '\n';
	return count;
}

static void make_report(void)
{
	size_t size;
	FILE *file;

	judge("reported", NO_ANSWER);
	strcpy(facts.uts.nodename, "secrethost.example.com");
	free(reported);
	file = open_memstream(&reported, &size);
	report(file, root, &facts, &result, checks);
	fclose(file);
}

/* A report has what it is for, and nothing that is only this host's. */
static void reports(void **state)
{
	char log[4096] = "", path[PATH_MAX];
	int i;

	module_state("off\n", "a livepatch may have replaced a hooked function\n");
	put_text(SYSFS "parameters/enable", "Y\n");
	put_text("/etc/os-release", "NAME=\"Debian\"\nPRETTY_NAME=\"Debian 13\"\n");
	put_text("/proc/cmdline",
		 "BOOT_IMAGE=/secret root=UUID=secret ip=192.0.2.1::192.0.2.2:255.255.255.0:secrethost:eth0 "
		 "kvm_ppc_compat.draft_cap=1 mitigations=off password=secret xkvm_hv.nested=secret\n");
	put_text("/etc/modprobe.d/test.conf",
		 "options kvm-ppc-compat enable=1\nblacklist kvm_pr\noptions secret key=secret\n"
		 "install kvm_hv /bin/secret\nsoftdep kvm_hv post: kvm_ppc_compat\n");
	put_text("/usr/sbin/dkms", "#!/bin/sh\necho \"kvm-ppc-compat/0.1.0, $*: installed\"\n");
	snprintf(path, sizeof(path), "%s/usr/sbin/dkms", root);
	chmod(path, 0755);
	put_text("/usr/bin/qemu-system-ppc64", "#!/bin/sh\necho \"QEMU $1\"\necho secret\n");
	snprintf(path, sizeof(path), "%s/usr/bin/qemu-system-ppc64", root);
	chmod(path, 0755);
	for (i = 1; i <= 40; i++)
		sprintf(log + strlen(log), "build line %d\n", i);
	strcat(log, "error: /home/secrethost/secret\nfrom 2001:db8::1 secret\nfrom 192.0.2.1: secret\nat 52:54:00:12:34:56 secret\nlast line\n");
	put_text("/var/lib/dkms/kvm-ppc-compat/0.1.0/build/make.log", log);
	put_text("/var/log/kvm-ppc-compat-6.12-broken-1.log", "error: kept\nfrom 192.0.2.1: secret\n");
	put_text("/var/log/kvm-ppc-compat-7.2-broken-1.log", "error: kept, too\n");
	put_text("/var/log/other.log", "secret\n");
	/* of a kernel's log, the first record that it still has */
	put_text("/dev/kmsg", "6,339,5140900,-;kvm_ppc_compat: attached to kvm_hv\n SUBSYSTEM=secret\n");
	make_report();

	assert_int_equal(lines(CANNOT ": the module is off: a livepatch may have replaced a hooked function; see kvm_ppc_compat(4)"), 1);
	assert_int_equal(lines("PRETTY_NAME=\"Debian 13\""), 1);
	assert_int_equal(lines("revision\t: 2.0 (pvr 0080 0200)"), 1);
	assert_int_equal(lines("cpu-version of the device tree: 0x0f000006"), 1);
	assert_int_equal(lines("QEMU --version"), 1);
	assert_int_equal(lines("kvm_ppc_compat.draft_cap=1"), 1);
	assert_int_equal(lines("mitigations=off"), 1);
	assert_int_equal(lines("5 other parameters are left out"), 1);
	assert_int_equal(lines("options kvm_ppc_compat enable=1"), 1);
	assert_int_equal(lines("blacklist kvm_pr"), 1);
	assert_int_equal(lines("install (a command) kvm_hv"), 1);
	assert_int_equal(lines("softdep kvm_hv post: kvm_ppc_compat"), 1);
	assert_int_equal(lines("kvm-ppc-compat/0.1.0, status kvm-ppc-compat: installed"), 1);
	assert_int_equal(lines("The end of /var/lib/dkms/kvm-ppc-compat/0.1.0/build/make.log:"), 1);
	assert_int_equal(lines("last line"), 1);
	assert_int_equal(lines("build line 40"), 1);
	assert_int_equal(lines("build line 1"), 0);
	assert_int_equal(lines("The end of /var/log/kvm-ppc-compat-6.12-broken-1.log:"), 1);
	assert_int_equal(lines("error: kept"), 1);
	assert_int_equal(lines("The end of /var/log/kvm-ppc-compat-7.2-broken-1.log:"), 1);
	assert_int_equal(lines("error: kept, too"), 1);
	assert_int_equal(lines("(a line with a host name or an address is left out)"), 5);
	assert_int_equal(lines("/sys/module/kvm_ppc_compat/state: off"), 1);
	assert_int_equal(lines("/sys/module/kvm_ppc_compat/parameters/enable: Y"), 1);
	assert_int_equal(lines("cannot read /sys/kernel/debug/kprobes/enabled: No such file or directory"), 1);
	assert_int_equal(lines("[    5.140900] kvm_ppc_compat: attached to kvm_hv"), 1);
	assert_null(strstr(reported, "secret"));

	/* what a process wrote, and what is not about KVM */
	put_text("/dev/kmsg", "14,340,5140900,-;kvm: secret\n");
	make_report();
	assert_null(strstr(reported, "secret"));
	put_text("/dev/kmsg", "6,340,5140900,-;IPv6: kvm: secret\n");
	make_report();
	assert_null(strstr(reported, "secret"));
	remove_path("/dev/kmsg");
	remove_path("/usr/sbin/dkms");
	make_report();
	assert_int_equal(lines("dkms is not installed"), 1);
	assert_int_equal(lines("cannot read /dev/kmsg: No such file or directory"), 1);
	free(reported);
	reported = NULL;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, native_host, no_host)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(native),
		CASE(api_hidden),
		CASE(built_in),
		CASE(built_in_without_module),
		CASE(running_vms),
		CASE(loaded_without_need),
		CASE(livepatched),
		CASE(stub),
		CASE(damaged),
		CASE(attached),
		CASE(waiting),
		CASE(unknown_to_modprobe),
		CASE(no_known_mode),
		CASE(no_mode),
		CASE(cannot_find_out),
		CASE(no_kvm),
		CASE(without_loading),
		CASE(no_permission),
		CASE(not_mounted),
		CASE(device_tree),
		CASE(platforms),
		CASE(long_lines),
		CASE(load_errors),
		CASE(reports),
	};

	folder = argc > 1 ? argv[1] : NULL;
	return cmocka_run_group_tests_name("tool", tests, NULL, NULL);
}
