// SPDX-License-Identifier: GPL-2.0-only
/*
 * A livepatch that replaces kvm_arch_vm_ioctl_hv().
 */
#include <linux/fs.h>
#include <linux/livepatch.h>
#include <linux/module.h>

static long livepatch_vm_ioctl(struct file *filp, unsigned int ioctl, unsigned long arg)
{
	return -ENOTTY;
}

static struct klp_func funcs[] = {
	{ .old_name = "kvm_arch_vm_ioctl_hv", .new_func = livepatch_vm_ioctl },
	{ }
};

static struct klp_object objs[] = {
	{ .name = "kvm_hv", .funcs = funcs },
	{ }
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init livepatch_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit livepatch_exit(void)
{
}

module_init(livepatch_init);
module_exit(livepatch_exit);

MODULE_DESCRIPTION("Replaces kvm_arch_vm_ioctl_hv()");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
