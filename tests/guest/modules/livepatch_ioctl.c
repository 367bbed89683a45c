// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>

#define OBJECT "kvm_hv"
#define OLD_NAME "kvm_arch_vm_ioctl_hv"

static long replacement(struct file *filp, unsigned int ioctl, unsigned long arg)
{
	return -ENOTTY;
}

#include "livepatch.h"
