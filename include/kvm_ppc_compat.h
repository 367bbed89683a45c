/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Query the compatibility modes that a host on IBM Power offers its guests, as QEMU 11.2 does.
 *
 * Separate from <linux/kvm_ppc_compat.h>, which the kernel module includes too and which becomes
 * obsolete when <linux/kvm.h> has its contents everywhere. C99 or later, C++11 or later.
 */
#ifndef KVM_PPC_COMPAT_H
#define KVM_PPC_COMPAT_H

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/kvm_ppc_compat.h>

/**
 * kvm_ppc_get_compat_caps() - the compatibility modes that the host offers its guests
 * @kvm_fd: /dev/kvm, open for reading and writing
 * @vm_fd: a VM, from KVM_CREATE_VM
 * @modes: set to KVM_PPC_COMPAT_CAP_* bits, including any newer than this header; 0 on error
 *
 * Checks the capability first. If the kernel knows only a smaller structure, repeats the ioctl once
 * with the size that the kernel has returned.
 *
 * Return: 0; -ENOTTY if the kernel, or a VM of this kind, has no such ioctl; -EINVAL if the kernel
 * does not know the modes of this host; or another negative errno of the ioctl.
 */
static inline int kvm_ppc_get_compat_caps(int kvm_fd, int vm_fd, __u64 *modes)
{
	struct kvm_ppc_compat_caps caps;
	int ret;

	*modes = 0;
	ret = ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS);
	if (ret < 0)
		return -errno;
	if (!ret)
		return -ENOTTY;

	memset(&caps, 0, sizeof(caps));
	caps.size = sizeof(caps);
	ret = ioctl(vm_fd, KVM_PPC_GET_COMPAT_CAPS, &caps);
	if (ret && errno == E2BIG && caps.size >= KVM_PPC_COMPAT_CAPS_SIZE_VER0 &&
	    caps.size <= sizeof(caps))
		ret = ioctl(vm_fd, KVM_PPC_GET_COMPAT_CAPS, &caps);
	if (ret)
		return -errno;
	*modes = caps.compat_capabilities;
	return 0;
}

/**
 * kvm_ppc_newest_mode() - the newest of some compatibility modes
 * @modes: KVM_PPC_COMPAT_CAP_* bits; other bits are ignored
 *
 * Source of truth: PVR_ARCH_* in Linux's arch/powerpc/include/asm/reg.h, which is not exported to
 * userspace.
 *
 * Return: its logical PVR, as KVM_REG_PPC_ARCH_COMPAT accepts it; 0 if there is none.
 */
static inline __u32 kvm_ppc_newest_mode(__u64 modes)
{
	if (modes & KVM_PPC_COMPAT_CAP_POWER11)
		return 0x0f000007;
	if (modes & KVM_PPC_COMPAT_CAP_POWER10)
		return 0x0f000006;
	if (modes & KVM_PPC_COMPAT_CAP_POWER9)
		return 0x0f000005;
	return 0;
}

#endif /* KVM_PPC_COMPAT_H */
