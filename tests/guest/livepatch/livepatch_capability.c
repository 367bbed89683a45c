// SPDX-License-Identifier: GPL-2.0-only
/*
 * A livepatch that replaces kvm_vm_ioctl_check_extension().
 */
#include <linux/kvm_host.h>
#include <linux/livepatch.h>
#include <linux/module.h>

static int livepatch_check_extension(struct kvm *kvm, long ext)
{
	return 0;
}

static struct klp_func funcs[] = {
	{ .old_name = "kvm_vm_ioctl_check_extension", .new_func = livepatch_check_extension },
	{ }
};

static struct klp_object objs[] = {
	{ .name = "kvm", .funcs = funcs },
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

MODULE_DESCRIPTION("Replaces kvm_vm_ioctl_check_extension()");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
