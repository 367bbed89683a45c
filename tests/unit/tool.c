// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the tool makes of what a kernel says, in those cases that no machine of the lab has. The
 * files are in a fake root, and the answers of /dev/kvm are given here.
 *
 * Usage: tool [FOLDER]
 *	FOLDER	gets the JSON of each case
 */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <kvm_ppc_compat.h>

#include "../../src/tool/module.h"
#include "../../src/tool/output.h"
#include "root.h"

static const char *folder;
static struct facts facts;
static struct check checks[CHECKS];

/* The kernel's answers: below 0 they are -errno */
static struct {
	int capability, nested_hv, vm, caps;
	uint64_t modes;
} kvm;

int __wrap_ioctl(int fd, unsigned long request, void *arg);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = -ENOTTY;

	(void)fd;
	if (request == KVM_CHECK_EXTENSION && (uintptr_t)arg == KVM_CAP_PPC_COMPAT_CAPS)
		ret = kvm.capability;
	else if (request == KVM_CHECK_EXTENSION && (uintptr_t)arg == KVM_CAP_PPC_NESTED_HV)
		ret = kvm.nested_hv;
	else if (request == KVM_CREATE_VM)
		ret = kvm.vm ? kvm.vm : dup(0);
	else if (request == KVM_PPC_GET_COMPAT_CAPS)
		ret = kvm.caps;
	if (request == KVM_PPC_GET_COMPAT_CAPS && !ret)
		((struct kvm_ppc_compat_caps *)arg)->compat_capabilities = kvm.modes;
	if (ret >= 0)
		return ret;
	errno = -ret;
	return -1;
}

#define CPU0 "/proc/device-tree/cpus/PowerPC,POWER10@0/cpu-version"
#define CPU8 "/proc/device-tree/cpus/PowerPC,POWER10@8/cpu-version"
#define SYSFS "/sys/module/kvm_ppc_compat/"

/* A POWER10 partition with nested API v2 whose kernel has the feature */
static int native_host(void **state)
{
	(void)state;
	strcpy(strrchr(root, '.'), ".XXXXXX");
	if (!mkdtemp(root))
		return -1;
	put_text("/proc/cpuinfo", "processor\t: 0\n\ntimebase\t: 512000000\nplatform\t: pSeries\nmodel\t\t: x\n");
	put(CPU0, "\x0f\x00\x00\x06", 4);
	put(CPU8, "\x0f\x00\x00\x06", 4);
	put_text("/sys/module/kvm_hv/initstate", "live\n");
	put_text("/sys/module/kvm_hv/parameters/nested", "Y\n");
	put_text("/dev/kvm", "");
	memset(&kvm, 0, sizeof(kvm));
	kvm.capability = 1;
	kvm.modes = 3ULL << 61;
	return 0;
}

/* The same, whose kernel lacks it, and with the module in that state */
static void module_state(const char *state, const char *reason)
{
	put_text(SYSFS "initstate", "live\n");
	put_text(SYSFS "version", "0.1.0\n");
	put_text(SYSFS "state", state);
	put_text(SYSFS "reason", reason);
	put_text(SYSFS "backend", "none\n");
	kvm.capability = 0;
}

static int no_host(void **state)
{
	(void)state;
	remove_root();
	return 0;
}

/* What is in the fake root has that outcome; its JSON is kept under @name. */
static void judge(const char *name, enum outcome expected)
{
	char path[PATH_MAX];
	enum outcome outcome;
	FILE *json;

	facts_get(&facts, root, true);
	outcome = checks_judge(checks, &facts);
	assert_int_equal(outcome, expected);
	if (!folder)
		return;
	snprintf(path, sizeof(path), "%s/%s.json", folder, name);
	json = fopen(path, "w");
	assert_non_null(json);
	output_json(json, &facts, checks, outcome);
	fclose(json);
}

static void assert_check(enum check_id id, enum verdict verdict, const char *value, const char *text)
{
	assert_string_equal(checks[id].text, text);
	assert_string_equal(checks[id].value, value);
	assert_int_equal(checks[id].verdict, verdict);
}

static void native(void **state)
{
	(void)state;
	judge("native", ANSWER);
	assert_check(CHECK_API, PASS, "v2", "v2, as of PowerVM");
	assert_check(CHECK_FEATURE, PASS, "native", "native: the module is not needed");
	assert_check(CHECK_LOADED, PASS, "not needed", "not needed");
	assert_check(CHECK_MODES, PASS, "POWER9 POWER10", "POWER9, POWER10");
	assert_check(CHECK_OLDER_QEMU, PASS, "power10",
		     "give it -machine pseries,max-cpu-compat=power10 -cpu host");
	kvm.nested_hv = 1;
	judge("native-v1", ANSWER);
	assert_check(CHECK_API, PASS, "v1", "v1, as of KVM on PowerNV");
	kvm.nested_hv = -EIO;
	judge("no-api", ANSWER);
	assert_check(CHECK_API, WARN, "unknown",
		     "unknown: neither /dev/kvm nor an attached module tells");
	kvm.modes = 7ULL << 60;
	judge("power11", ANSWER);
	assert_check(CHECK_OLDER_QEMU, PASS, "power11",
		     "give it -machine pseries,max-cpu-compat=power11 -cpu host; power10 if it does not know that");
}

/* kvm_hv's parameter hides which API it is. */
static void api_hidden(void **state)
{
	(void)state;
	put_text("/sys/module/kvm_hv/parameters/nested", "N\n");
	judge("api-hidden", ANSWER);
	assert_check(CHECK_API, WARN, "unknown",
		     "unknown: neither /dev/kvm nor an attached module tells");
}

static void built_in(void **state)
{
	char path[PATH_MAX];

	(void)state;
	snprintf(path, sizeof(path), "%s/sys/module/kvm_hv/initstate", root);
	unlink(path);
	judge("built-in", ANSWER);
	assert_check(CHECK_KVM_HV, PASS, "builtin", "it is part of the kernel");
}

/* KVM is a part of the kernel, and the module is not loaded. */
static void built_in_without_module(void **state)
{
	(void)state;
	kvm.capability = 0;
	put_text("/sys/module/kvm/parameters/halt_poll_ns", "0\n");
	judge("built-in-without-module", NO_ANSWER);
	assert_check(CHECK_LOADED, FAIL, "no",
		     "no: run kvm-ppc-compat load. KVM is a part of this kernel, so nothing loads the module with it: put kvm_ppc_compat into a file in /etc/modules-load.d");
}

/* A module file, as libkmod reads it: of an ELF file nothing but its modinfo counts. */
static void put_stub(const char *reason)
{
	static const char names[] = "\0.modinfo\0.shstrtab";
	struct {
		Elf64_Ehdr header;
		Elf64_Shdr sections[3];
		char names[24];
		char modinfo[256];
	} file = {
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_REL,
			.e_machine = EM_PPC64,
			.e_version = EV_CURRENT,
			.e_shoff = sizeof(Elf64_Ehdr),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_shentsize = sizeof(Elf64_Shdr),
			.e_shnum = 3,
			.e_shstrndx = 2,
		},
	};
	char path[256];
	size_t size;

	memcpy(file.names, names, sizeof(names));
	size = 1 + snprintf(file.modinfo, sizeof(file.modinfo), "vermagic=%s SMP", facts.uts.release);
	size += 1 + snprintf(file.modinfo + size, sizeof(file.modinfo) - size, "reason=%s", reason);
	file.sections[1] = (Elf64_Shdr){
		.sh_name = 1,
		.sh_type = SHT_PROGBITS,
		.sh_offset = (char *)&file.modinfo - (char *)&file,
		.sh_size = size,
	};
	file.sections[2] = (Elf64_Shdr){
		.sh_name = 10,
		.sh_type = SHT_STRTAB,
		.sh_offset = (char *)&file.names - (char *)&file,
		.sh_size = sizeof(names),
	};
	snprintf(path, sizeof(path), "/lib/modules/%s/kvm_ppc_compat.ko", facts.uts.release);
	put(path, &file, sizeof(file));
	snprintf(path, sizeof(path), "/usr/sbin/depmod -b %s %s 2>/dev/null", root, facts.uts.release);
	assert_int_equal(system(path), 0);
}

static void stub(void **state)
{
	static const char reason[] = "this kernel is built without KPROBES";

	(void)state;
	kvm.capability = 0;
	uname(&facts.uts);
	put_stub(reason);
	judge("stub", NO_ANSWER);
	assert_check(CHECK_BUILT, FAIL, "no", "no: this kernel is built without KPROBES");
	assert_check(CHECK_LOADED, FAIL, "no", "no: this kernel is built without KPROBES");
	assert_string_equal(module_explain(-ENODEV, MODULE, &facts), reason);
	kvm.capability = 1;
	judge("stub-native", ANSWER);
	assert_check(CHECK_BUILT, PASS, "not needed", "not needed");
	assert_check(CHECK_LOADED, PASS, "not needed", "not needed");
}

static void loaded_without_need(void **state)
{
	(void)state;
	module_state("native\n", "this kernel has KVM_PPC_GET_COMPAT_CAPS itself\n");
	kvm.capability = 1;
	judge("without-need", ANSWER);
	assert_check(CHECK_ATTACHED, WARN, "native", "no, nor needed: run kvm-ppc-compat unload");
}

static void livepatched(void **state)
{
	(void)state;
	module_state("off\n", "a livepatch may have replaced a function that is hooked\n");
	judge("livepatched", NO_ANSWER);
	assert_check(CHECK_ATTACHED, FAIL, "off", "off: a livepatch may have replaced a function that is hooked");
	assert_check(CHECK_QEMU, FAIL, "processor",
		     "chooses the processor: where this partition is in an older mode, guests do not start, or are in a mode that it does not have");
}

/* Loaded from elsewhere: it is gone after a reboot. */
static void unknown_to_modprobe(void **state)
{
	(void)state;
	module_state("attached\n", "\n");
	kvm.capability = 1;
	judge("unknown-to-modprobe", ANSWER);
	assert_check(CHECK_BUILT, WARN, "no",
		     "modprobe does not find the module that is loaded: it will be missing after a reboot");
}

/* The mode of the partition is none that the kernel knows. */
static void no_known_mode(void **state)
{
	(void)state;
	put(CPU0, "\x00\x80\x02\x00", 4);
	put(CPU8, "\x00\x80\x02\x00", 4);
	kvm.caps = -EINVAL;
	judge("no-known-mode", NO_ANSWER);
	assert_check(CHECK_IOCTL, FAIL, "EINVAL",
		     "EINVAL: the kernel knows no modes for the mode that this partition is in");
	assert_check(CHECK_PARTITION, WARN, "unknown",
		     "cpu-version 0x00800200 of the device tree is none that is known");
}

static void no_mode(void **state)
{
	(void)state;
	kvm.modes = 0;
	judge("no-mode", NO_ANSWER);
	assert_check(CHECK_MODES, FAIL, "", "none");
	kvm.modes = 1ULL << 59;
	judge("newer-mode-only", NO_ANSWER);
	assert_check(CHECK_MODES, FAIL, "", "none that is known here: is there a newer kvm-ppc-compat?");
	kvm.modes = 0x7800000000000000;
	judge("newer-mode-too", ANSWER);
	assert_check(CHECK_MODES, PASS, "POWER9 POWER10 POWER11", "POWER9, POWER10, POWER11");
	assert_check(CHECK_QEMU, WARN, "unknown",
		     "unknown: there is a mode that is not known here: is there a newer kvm-ppc-compat?");
	assert_string_equal(checks[CHECK_OLDER_QEMU].value, "power11");
}

static void cannot_find_out(void **state)
{
	(void)state;
	kvm.vm = -ENOMEM;
	judge("no-memory", UNKNOWN);
	assert_check(CHECK_IOCTL, WARN, "unknown", "unknown: no VM can be made: Cannot allocate memory");
	kvm.capability = -EIO;
	judge("no-capability", UNKNOWN);
	assert_check(CHECK_CAPABILITY, WARN, "unknown", "unknown: KVM_CHECK_EXTENSION: Input/output error");
	kvm.vm = 0;
	kvm.capability = 1;
	kvm.caps = -EFAULT;
	judge("fault", NO_ANSWER);
	assert_check(CHECK_IOCTL, FAIL, "EFAULT", "EFAULT: Bad address");
	kvm.caps = -524;
	judge("odd-error", NO_ANSWER);
	assert_check(CHECK_IOCTL, FAIL, "errno 524", "errno 524: Unknown error 524");
}

static void remove_path(const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	nftw(full, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* What kernel it is, and thus whether it needs the module, is not known; and the module is not there. */
static void assert_open(void)
{
	assert_string_equal(checks[CHECK_FEATURE].value, "unknown");
	assert_check(CHECK_BUILT, WARN, "no", "no; whether this kernel needs it is not known");
	assert_check(CHECK_LOADED, WARN, "no", "no: kvm-ppc-compat load finds out whether it is needed");
	assert_check(CHECK_ATTACHED, WARN, "no", "no: it is not loaded");
}

static void no_kvm(void **state)
{
	char path[PATH_MAX];

	(void)state;
	remove_path("/dev/kvm");
	remove_path("/sys/module/kvm_hv");
	judge("no-kvm", NO_ANSWER);
	assert_check(CHECK_CAPABILITY, FAIL, "0", "/dev/kvm: No such file or directory: kvm is not loaded");
	assert_open();
	put_text("/sys/module/kvm/initstate", "live\n");
	put_text("/sys/module/kvm_hv/initstate", "live\n");
	judge("no-device", UNKNOWN);
	assert_check(CHECK_CAPABILITY, WARN, "unknown",
		     "unknown, /dev/kvm: No such file or directory, though kvm is loaded: has this container not been given the device?");
	assert_open();
	snprintf(path, sizeof(path), "%s/dev/kvm", root);
	mkdir(path, 0755);
	judge("not-opened", UNKNOWN);
	assert_check(CHECK_CAPABILITY, WARN, "unknown", "unknown, /dev/kvm: Is a directory");
	assert_open();
}

/* What open(2) says to those that may not, and what the table tells them, by what it is made of */
static void no_permission(void **state)
{
	(void)state;
	facts_get(&facts, root, false);
	facts.kvm_err = EACCES;
	facts.is_root = false;
	checks_judge(checks, &facts);
	assert_check(CHECK_CAPABILITY, WARN, "unknown",
		     "unknown, /dev/kvm: Permission denied; run this as root");
	assert_open();
	facts.is_root = true;
	checks_judge(checks, &facts);
	assert_check(CHECK_CAPABILITY, WARN, "unknown", "unknown, /dev/kvm: Permission denied");
	facts.kvm_err = EPERM;
	checks_judge(checks, &facts);
	assert_check(CHECK_CAPABILITY, WARN, "unknown",
		     "unknown, /dev/kvm: Operation not permitted: has this container not been given the device?");
}

/* In a chroot, say */
static void not_mounted(void **state)
{
	(void)state;
	remove_path("/sys");
	judge("no-sysfs", ANSWER);
	assert_check(CHECK_API, WARN, "unknown", "unknown, /sys/module: No such file or directory");
	assert_check(CHECK_KVM_HV, WARN, "unknown", "unknown, /sys/module: No such file or directory");
	assert_check(CHECK_FEATURE, WARN, "unknown", "unknown, /sys/module: No such file or directory");
	assert_check(CHECK_LOADED, WARN, "unknown", "unknown, /sys/module: No such file or directory");
	assert_check(CHECK_ATTACHED, WARN, "unknown", "unknown, /sys/module: No such file or directory");
	remove_path("/proc");
	judge("no-proc", ANSWER);
	assert_check(CHECK_PLATFORM, WARN, "unknown", "unknown, /proc/cpuinfo: No such file or directory");
	remove_path("/dev/kvm");
	judge("nothing-mounted", UNKNOWN);
	assert_check(CHECK_CAPABILITY, WARN, "unknown", "unknown, /dev/kvm: No such file or directory");
}

static void device_tree(void **state)
{
	(void)state;
	put(CPU0, "\x0f\x00\x00", 3);
	judge("short-property", ANSWER);
	assert_check(CHECK_PARTITION, PASS, "POWER10", "POWER10, cpu-version 0x0f000006");
	put(CPU0, "\x0f\x00\x00\x05", 4);
	judge("different-modes", ANSWER);
	assert_check(CHECK_PARTITION, WARN, "unknown", "the cpu nodes of the device tree name different ones");
	put(CPU0, "", 0);
	put(CPU8, "", 0);
	judge("no-version", ANSWER);
	assert_check(CHECK_PARTITION, WARN, "unknown",
		     "unknown: no cpu node of the device tree has a cpu-version");
}

static void platforms(void **state)
{
	(void)state;
	put_text("/proc/cpuinfo", "platform\t: PowerMac");
	judge("power-mac", ANSWER);
	assert_check(CHECK_PLATFORM, WARN, "other",
		     "PowerMac: only partitions on IBM Power have modes to report");
	put_text("/proc/cpuinfo", "platform\n:\nplatform\t:");
	judge("no-platform", ANSWER);
	assert_string_equal(checks[CHECK_PLATFORM].value, "other");
}

/* What the kernel says is cut where it is longer than anything it should say. */
static void long_lines(void **state)
{
	char line[8192];

	(void)state;
	memset(line, '\x80', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	module_state(line, line);
	judge("long-lines", NO_ANSWER);
	assert_int_equal(strlen(facts.state), sizeof(facts.state) - 1);
	assert_int_equal(strlen(facts.reason), sizeof(facts.reason) - 1);
}

/* Those that no guest of the lab meets */
static void load_errors(void **state)
{
	(void)state;
	memset(&facts, 0, sizeof(facts));
	assert_string_equal(module_explain(-ENODEV, MODULE, &facts),
			    "it has nothing to do on this host: the kernel's log says why");
	assert_string_equal(module_explain(-ENOEXEC, MODULE, &facts),
			    "the kernel does not take it for a module of its own: its log says why");
	assert_string_equal(module_explain(-ENOMEM, MODULE, &facts), "the kernel's log says why");
	assert_string_equal(module_explain(-EINVAL, "kvm_hv", &facts),
			    "the kernel's log says why, or the configuration of modprobe prevents it");
	assert_string_equal(module_explain(-EPERM, MODULE, &facts), "only root may do this");
	facts.is_root = true;
	assert_string_equal(module_explain(-EPERM, MODULE, &facts),
			    "root lacks CAP_SYS_MODULE here, as in a container: do it on the host");
	facts.may_load = true;
	facts.modules_disabled = true;
	assert_string_equal(module_explain(-EPERM, MODULE, &facts),
			    "the sysctl kernel.modules_disabled is 1, which only a reboot changes");
	facts.modules_disabled = false;
	strcpy(facts.lockdown, "[none] integrity confidentiality");
	assert_string_equal(module_explain(-EPERM, MODULE, &facts),
			    "the kernel refuses it: is there a module_blacklist= on its command line?");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, native_host, no_host)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(native),
		CASE(api_hidden),
		CASE(built_in),
		CASE(built_in_without_module),
		CASE(stub),
		CASE(loaded_without_need),
		CASE(livepatched),
		CASE(unknown_to_modprobe),
		CASE(no_known_mode),
		CASE(no_mode),
		CASE(cannot_find_out),
		CASE(no_kvm),
		CASE(no_permission),
		CASE(not_mounted),
		CASE(device_tree),
		CASE(platforms),
		CASE(long_lines),
		CASE(load_errors),
	};

	folder = argc > 1 ? argv[1] : NULL;
	return cmocka_run_group_tests_name("tool", tests, NULL, NULL);
}
