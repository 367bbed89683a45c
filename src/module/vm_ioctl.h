/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM_PPC_GET_COMPAT_CAPS.
 */
#ifndef KVM_PPC_COMPAT_VM_IOCTL_H
#define KVM_PPC_COMPAT_VM_IOCTL_H

#include <linux/compiler.h>

long vm_ioctl_get_compat_caps(void __user *argp);

#endif /* KVM_PPC_COMPAT_VM_IOCTL_H */
