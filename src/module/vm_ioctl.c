// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_PPC_GET_COMPAT_CAPS: copy in, check, copy out.
 */
#include <linux/kvm_ppc_compat.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "caps.h"
#include "vm_ioctl.h"

/**
 * vm_ioctl_get_compat_caps() - KVM_PPC_GET_COMPAT_CAPS on a kvm-hv VM
 * @ioctl: a command for which vm_ioctl_is_ours() is true
 * @argp: the caller's structure; its member size is the number of its bytes
 *
 * Source of truth: kvm_arch_vm_ioctl() of Linux 7.3. The order of the checks is part of the ABI,
 * because it decides which error a caller gets.
 *
 * Context: process context, may sleep, may fault on user memory.
 *
 * Return: 0; or -EFAULT, -E2BIG or -EINVAL, as <linux/kvm_ppc_compat.h> describes them.
 */
long vm_ioctl_get_compat_caps(unsigned int ioctl, void __user *argp)
{
	/* The structures of the two ABIs differ only in the order of their first two members. */
	bool draft = ioctl != KVM_PPC_GET_COMPAT_CAPS;
	size_t known = draft ? sizeof(struct kvm_ppc_compat_caps_draft) :
			       sizeof(struct kvm_ppc_compat_caps);
	u64 __user *words = argp, *usizep = &words[draft], *flagsp = &words[!draft];
	u64 usize, flags, caps, answer[3] = {};
	int zeroed;

	if (get_user(usize, usizep))
		return -EFAULT;
	if (usize > PAGE_SIZE)
		return -E2BIG;
	if (usize < KVM_PPC_COMPAT_CAPS_SIZE_VER0)
		return -EINVAL;

	zeroed = usize <= known ? 1 : check_zeroed_user(argp + known, usize - known);
	if (zeroed < 0)
		return zeroed;
	/* The caller uses members that this kernel does not know: return the size that it knows. */
	if (!zeroed)
		return put_user((u64)known, usizep) ? -EFAULT : -E2BIG;

	/* A copy of the whole structure would need three times as many instructions. */
	if (!user_access_begin(words, KVM_PPC_COMPAT_CAPS_SIZE_VER0))
		return -EFAULT;
	unsafe_get_user(flags, flagsp, fault);
	unsafe_get_user(caps, &words[2], fault);
	user_access_end();
	if (flags)
		return -EINVAL;
	answer[2] = caps_get();
	if (!answer[2])
		return -EINVAL;

	/* The tail first, like copy_struct_to_user(): a fault in it leaves the rest unchanged. */
	if (usize > sizeof(answer) && clear_user(&words[3], usize - sizeof(answer)))
		return -EFAULT;
	answer[draft] = min_t(u64, usize, known);
	/* user_access_begin() has checked the range. */
	return __copy_to_user(argp, answer, sizeof(answer)) ? -EFAULT : 0;

fault:
	user_access_end();
	return -EFAULT;
}
