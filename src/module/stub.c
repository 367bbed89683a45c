// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kbuild builds this instead of the module for a kernel that cannot use the module or does not need
 * it: doc/design.md, "Life cycle".
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
