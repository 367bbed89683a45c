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

/*
 * Both ABIs have the same three members, each a __u64, in structures that differ in their order:
 * where they are is data, what is done with them is the same code.
 */
struct layout {
	size_t bytes;		/* size of the structure that is known here */
	unsigned int size;	/* index of the member */
	unsigned int flags;
	unsigned int compat_capabilities;
};

#define MEMBER(type, member) (offsetof(type, member) / sizeof(u64))
#define LAYOUT(type) {							\
	.bytes = sizeof(type),						\
	.size = MEMBER(type, size),					\
	.flags = MEMBER(type, flags),					\
	.compat_capabilities = MEMBER(type, compat_capabilities),	\
}

static const struct layout mainline = LAYOUT(struct kvm_ppc_compat_caps);
static const struct layout draft = LAYOUT(struct kvm_ppc_compat_caps_draft);

union any_caps {
	struct kvm_ppc_compat_caps mainline;
	struct kvm_ppc_compat_caps_draft draft;
};

/**
 * vm_ioctl_get_compat_caps() - KVM_PPC_GET_COMPAT_CAPS on a kvm-hv VM
 * @ioctl: a command for which vm_ioctl_is_ours()
 * @argp: the caller's structure, of any size
 *
 * Source of truth: kvm_arch_vm_ioctl() of Linux 7.3, whose order of checks a caller can tell.
 *
 * Context: process context, may sleep, may fault on user memory.
 *
 * Return: 0, or the errno of the ioctl: -EFAULT, -E2BIG, -EINVAL.
 */
long vm_ioctl_get_compat_caps(unsigned int ioctl, void __user *argp)
{
	const struct layout *layout = ioctl == KVM_PPC_GET_COMPAT_CAPS ? &mainline : &draft;
	u64 host_caps[sizeof(union any_caps) / sizeof(u64)] = {};
	u64 __user *usizep = (u64 __user *)argp + layout->size;
	u64 usize;
	int err;

	if (get_user(usize, usizep))
		return -EFAULT;
	if (usize > PAGE_SIZE)
		return -E2BIG;
	if (usize < KVM_PPC_COMPAT_CAPS_SIZE_VER0)
		return -EINVAL;

	err = copy_struct_from_user(host_caps, layout->bytes, argp, usize);
	if (err) {
		/* A newer caller: tell it the size to come back with. */
		if (err == -E2BIG && put_user((u64)layout->bytes, usizep))
			err = -EFAULT;
		return err;
	}

	if (host_caps[layout->flags])
		return -EINVAL;

	err = caps_get(&host_caps[layout->compat_capabilities]);
	if (err)
		return err;

	host_caps[layout->size] = min_t(u64, usize, layout->bytes);
	return copy_struct_to_user(argp, usize, host_caps, layout->bytes, NULL);
}
