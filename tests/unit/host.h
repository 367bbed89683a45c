/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host for the tool: its files in a fake root, and the answers of its kernel.
 */
#ifndef HOST_H
#define HOST_H

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/utsname.h>

#include <kvm_ppc_compat.h>

#include "root.h"

/* The answers on /dev/kvm: below 0 they are -errno */
static struct {
	int capability, nested_hv, vm, caps;
	bool hv_disabled;
	uint64_t modes;
} kvm;

int __wrap_ioctl(int fd, unsigned long request, void *arg);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = -ENOTTY;

	if (request == KVM_CHECK_EXTENSION && (uintptr_t)arg == KVM_CAP_PPC_COMPAT_CAPS)
		ret = kvm.capability;
	else if (request == KVM_CHECK_EXTENSION && (uintptr_t)arg == KVM_CAP_PPC_NESTED_HV)
		ret = kvm.nested_hv;
	else if (request == KVM_CHECK_EXTENSION && (uintptr_t)arg == KVM_CAP_PPC_ALLOC_HTAB)
		ret = !kvm.hv_disabled;
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

/* The machine in uname(2) */
static const char *machine;

int __real_uname(struct utsname *uts);
int __wrap_uname(struct utsname *uts);

int __wrap_uname(struct utsname *uts)
{
	int ret = __real_uname(uts);

	strcpy(uts->machine, machine);
	return ret;
}

#define CPU0 "/proc/device-tree/cpus/PowerPC,POWER10@0/cpu-version"
#define CPU8 "/proc/device-tree/cpus/PowerPC,POWER10@8/cpu-version"
#define SYSFS "/sys/module/kvm_ppc_compat/"

/* Makes a POWER10 partition with nested API v2 whose kernel has the feature. Returns 0, or -1. */
static inline int make_host(void)
{
	strcpy(strrchr(root, '.'), ".XXXXXX");
	if (!mkdtemp(root))
		return -1;
	put_text("/proc/cpuinfo",
		 "processor\t: 0\ncpu\t\t: POWER10 (architected), altivec supported\nrevision\t: 2.0 (pvr 0080 0200)\n\n"
		 "timebase\t: 512000000\nplatform\t: pSeries\nmodel\t\t: x\n");
	put(CPU0, "\x0f\x00\x00\x06", 4);
	put(CPU8, "\x0f\x00\x00\x06", 4);
	put_text("/sys/module/kvm_hv/initstate", "live\n");
	put_text("/sys/module/kvm_hv/parameters/nested", "Y\n");
	put_text("/dev/kvm", "");
	machine = "ppc64le";
	memset(&kvm, 0, sizeof(kvm));
	kvm.capability = 1;
	kvm.modes = 3ULL << 61;
	return 0;
}

/* Makes its kernel one without the feature, with the module in that state. */
static inline void module_state(const char *state, const char *reason)
{
	put_text(SYSFS "initstate", "live\n");
	put_text(SYSFS "version", "0.1.0\n");
	put_text(SYSFS "state", state);
	put_text(SYSFS "reason", reason);
	put_text(SYSFS "backend", "none\n");
	kvm.capability = 0;
}

#endif /* HOST_H */
