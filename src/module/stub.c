// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kbuild builds this instead of the module for a kernel that cannot use the module or does not need
 * it. It uses nothing of KVM, so it compiles for any kernel, and dkms has a module to install. It
 * lacks the alias: so it is not loaded automatically and does not taint the kernel for nothing.
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
MODULE_DESCRIPTION("placeholder for kernels that cannot use kvm_ppc_compat or do not need it");
MODULE_LICENSE("GPL");
MODULE_VERSION(KVM_PPC_COMPAT_VERSION);
