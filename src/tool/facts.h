/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel reports, and what is on disk for it: the only source of what the tool prints.
 */
#ifndef FACTS_H
#define FACTS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/utsname.h>

#define MODULE "kvm_ppc_compat"

/* What facts_get() does with /dev/kvm */
enum ask {
	ASK_NOTHING,
	ASK_WITHOUT_LOADING, /* open it only if that loads no module */
	ASK_AS_VMM,
};

/**
 * struct facts - what the kernel reports, and what is on disk for it
 * @uts: uname(2)
 * @is_root: the caller is root
 * @may_load: root can have CAP_SYS_MODULE here
 * @platform_err: errno of reading /proc/cpuinfo
 * @platform: "platform" of it: "pSeries", "PowerNV"; empty: none
 * @pvr: "pvr" of it, the processor whatever its mode; 0: none
 * @partition: this is a partition, or can be one: /dev/kvm is not opened elsewhere
 * @cpu_version: logical PVR of the first cpu node of the device tree that has one; 0: none has
 * @cpu_versions_differ: between the cpu nodes
 * @sysfs_err: errno of opening /sys/module: nothing is known of what is loaded
 * @kvm: "live" and others as in sysfs, "builtin"; empty: not loaded
 * @kvm_hv: the same
 * @kvm_pr: the same
 * @vms: VMs of kvm_hv, from its reference count; -1: unknown
 * @nested: kvm_hv's parameter of that name is on
 * @initstate: of the module; empty: not loaded
 * @version: of the loaded module, as in its sysfs
 * @state: the same
 * @reason: the same
 * @backend: the same
 * @file: where modprobe finds the module for this kernel; empty: nowhere
 * @file_err: errno of reading what @file says of itself
 * @built_for: the kernel that @file was built for
 * @stub: "reason" of it: it was built without function, and why; empty: it is the module
 * @blacklisted: modprobe does not load it by itself
 * @has_install_command: modprobe runs a command instead of loading it
 * @switched_off: modprobe.d, or the kernel's command line, sets enable=0 for it
 * @headers: this kernel's headers are installed
 * @dkms: DKMS has the module's sources
 * @lockdown: the kernel's choice among its lockdown modes, in brackets; empty: it has none
 * @modules_disabled: the kernel no longer loads modules
 * @not_opened: opening /dev/kvm can load modules, and was not allowed to
 * @loaded_kvm_hv: opening /dev/kvm has loaded kvm_hv
 * @kvm_err: errno of opening /dev/kvm
 * @kvm_group: the group that can open it; empty: unknown
 * @capability: KVM_CAP_PPC_COMPAT_CAPS on /dev/kvm, or -errno
 * @nested_hv: KVM_CAP_PPC_NESTED_HV on /dev/kvm, or -1
 * @vm_err: errno of KVM_CREATE_VM, if @capability is 1
 * @caps_err: errno of KVM_PPC_GET_COMPAT_CAPS, if there is a VM
 * @modes: KVM_PPC_COMPAT_CAP_* bits, if @caps_err is 0
 */
struct facts {
	struct utsname uts;
	bool is_root;
	bool may_load;
	int platform_err;
	char platform[32];
	uint32_t pvr;
	bool partition;
	uint32_t cpu_version;
	bool cpu_versions_differ;

	int sysfs_err;
	char kvm[16];
	char kvm_hv[16];
	char kvm_pr[16];
	int vms;
	bool nested;

	char initstate[16];
	char version[32];
	char state[16];
	char reason[128];
	char backend[16];

	char file[PATH_MAX];
	int file_err;
	char built_for[sizeof(((struct utsname *)0)->release)];
	char stub[128];
	bool blacklisted;
	bool has_install_command;
	bool switched_off;
	bool headers;
	bool dkms;
	char lockdown[64];
	bool modules_disabled;

	bool not_opened;
	bool loaded_kvm_hv;
	int kvm_err;
	char kvm_group[32];
	int capability;
	int nested_hv;
	int vm_err;
	int caps_err;
	uint64_t modes;
};

void facts_get(struct facts *facts, const char *root, enum ask ask);

#endif /* FACTS_H */
