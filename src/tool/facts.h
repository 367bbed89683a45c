/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The facts: what the kernel reports, and what is on disk for it. Everything that the tool prints
 * comes from here.
 */
#ifndef FACTS_H
#define FACTS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/utsname.h>

#define MODULE "kvm_ppc_compat"

/* Whether facts_get() opens /dev/kvm */
enum ask {
	ASK_NOTHING,
	ASK_WITHOUT_LOADING, /* only if that does not load a module */
	ASK_AS_VMM,
};

/**
 * struct facts - what the kernel reports, and what is on disk for it
 * @uts: uname(2)
 * @is_root: the caller is root
 * @may_load: root can have CAP_SYS_MODULE here
 * @platform_err: errno of reading /proc/cpuinfo
 * @platform: its line "platform": "pSeries", "PowerNV"; empty if there is none
 * @pvr: the processor version from its line "cpu", whatever the mode; 0 if there is none
 * @partition: this is a partition, or can be one; elsewhere /dev/kvm is not opened
 * @cpu_version: logical PVR of the first cpu node in the device tree that has one; 0 if none has
 * @cpu_versions_differ: other cpu nodes have another one
 * @sysfs_err: errno of opening /sys/module; if not 0, it is unknown which modules are loaded
 * @kvm: initstate of the module kvm in sysfs, for example "live"; "builtin"; empty: not loaded
 * @kvm_hv: the same of kvm_hv
 * @kvm_pr: the same of kvm_pr
 * @vms: number of VMs of kvm_hv, from its reference count; -1: unknown
 * @nested: kvm_hv's parameter "nested" is on
 * @initstate: initstate of kvm_ppc_compat in sysfs; empty: not loaded
 * @version: its file "version"
 * @state: its file "state"
 * @reason: its file "reason"
 * @backend: its file "backend"
 * @file: where modprobe finds the module for this kernel; empty: nowhere
 * @file_err: errno of reading the information in @file
 * @built_for: the kernel release that @file was built for
 * @stub: why @file is a stub; empty if it is the module
 * @has_install_command: modprobe runs a command instead of loading the module
 * @switched_off: modprobe.d or the kernel command line sets enable=0
 * @headers: the headers of this kernel are installed
 * @dkms: the version of the module's sources that DKMS can build; empty: none
 * @lockdown: the kernel's lockdown modes, the current one in brackets; empty: no lockdown
 * @modules_disabled: the sysctl kernel.modules_disabled is 1
 * @not_opened: /dev/kvm was not opened, because that could have loaded modules
 * @loaded_kvm_hv: opening /dev/kvm has loaded kvm_hv
 * @kvm_err: errno of opening /dev/kvm
 * @kvm_group: the group that can open /dev/kvm; empty: unknown
 * @capability: KVM_CAP_PPC_COMPAT_CAPS on /dev/kvm, or -errno
 * @nested_hv: KVM_CAP_PPC_NESTED_HV on /dev/kvm, or -1
 * @hv_disabled: KVM has been queried, and kvm_hv makes no VMs
 * @vm_err: errno of KVM_CREATE_VM, which is called if @capability is 1
 * @caps_err: errno of KVM_PPC_GET_COMPAT_CAPS, which is called if there is a VM
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
	bool has_install_command;
	bool switched_off;
	bool headers;
	char dkms[32];
	char lockdown[64];
	bool modules_disabled;

	bool not_opened;
	bool loaded_kvm_hv;
	int kvm_err;
	char kvm_group[32];
	int capability;
	int nested_hv;
	bool hv_disabled;
	int vm_err;
	int caps_err;
	uint64_t modes;
};

void facts_get(struct facts *facts, const char *root, enum ask ask);

#endif /* FACTS_H */
