/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM_PPC_GET_COMPAT_CAPS, also with the commands of the draft ABI.
 */
#ifndef KVM_PPC_COMPAT_VM_IOCTL_H
#define KVM_PPC_COMPAT_VM_IOCTL_H

#include <linux/compiler.h>
#include <linux/kvm_ppc_compat.h>
#include <linux/types.h>

/**
 * vm_ioctl_is_ours() - whether vm_ioctl_get_compat_caps() handles a VM ioctl
 * @ioctl: the command
 *
 * Context: any.
 *
 * Return: true if it is.
 */
static inline bool vm_ioctl_is_ours(unsigned int ioctl)
{
	return ioctl == KVM_PPC_GET_COMPAT_CAPS || ioctl == KVM_PPC_GET_COMPAT_CAPS_DRAFT ||
	       ioctl == KVM_PPC_GET_COMPAT_CAPS_IOWR_DRAFT;
}

long vm_ioctl_get_compat_caps(unsigned int ioctl, void __user *argp);

#endif /* KVM_PPC_COMPAT_VM_IOCTL_H */
