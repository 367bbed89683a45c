// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Kbuild builds in place of the module for a kernel where that has nothing to do. It uses
 * nothing of KVM, so it compiles for any kernel, and dkms has a module to install. It has no alias,
 * so nothing loads it, which would taint the kernel, unless it is asked for by name.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>

static int __init kvm_ppc_compat_init(void)
{
	pr_info("not loading: " KVM_PPC_COMPAT_REASON "\n");
	return -ENODEV;
}
module_init(kvm_ppc_compat_init);

MODULE_INFO(reason, KVM_PPC_COMPAT_REASON);
MODULE_DESCRIPTION("stands for the module on a kernel where that has nothing to do");
MODULE_LICENSE("GPL");
MODULE_VERSION(KVM_PPC_COMPAT_VERSION);
