// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_PPC_GET_COMPAT_CAPS: copy in, check, answer, copy out.
 */
#include <linux/kvm_ppc_compat.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "caps.h"
#include "compat.h"
#include "vm_ioctl.h"

/**
 * vm_ioctl_get_compat_caps() - KVM_PPC_GET_COMPAT_CAPS on a kvm-hv VM
 * @argp: the caller's struct kvm_ppc_compat_caps, of any size
 *
 * Source of truth: kvm_arch_vm_ioctl() of Linux 7.3, whose order of checks a caller can tell.
 *
 * Context: process context, may sleep, may fault on user memory.
 *
 * Return: 0, or the errno of the ioctl: -EFAULT, -E2BIG, -EINVAL.
 */
long vm_ioctl_get_compat_caps(void __user *argp)
{
	struct kvm_ppc_compat_caps host_caps = {};
	u64 usize;
	int err;

	BUILD_BUG_ON(sizeof(host_caps) < KVM_PPC_COMPAT_CAPS_SIZE_VER0);

	if (get_user(usize, (u64 __user *)argp))
		return -EFAULT;
	if (usize > PAGE_SIZE)
		return -E2BIG;
	if (usize < KVM_PPC_COMPAT_CAPS_SIZE_VER0)
		return -EINVAL;

	err = copy_struct_from_user(&host_caps, sizeof(host_caps), argp, usize);
	if (err) {
		/* A newer caller: tell it the size to come back with. */
		if (err == -E2BIG && put_user((u64)sizeof(host_caps), (u64 __user *)argp))
			err = -EFAULT;
		return err;
	}

	if (host_caps.flags)
		return -EINVAL;

	err = caps_get(&host_caps.compat_capabilities);
	if (err)
		return err;

	host_caps.size = min_t(u64, usize, sizeof(host_caps));
	return copy_struct_to_user(argp, usize, &host_caps, sizeof(host_caps), NULL);
}
