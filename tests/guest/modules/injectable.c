// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets fail_function have the functions fail by which the module registers something. The kernel lists
 * none of them itself.
 */
#include <linux/error-injection.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sysfs.h>

ALLOW_ERROR_INJECTION(register_kprobe, ERRNO);
ALLOW_ERROR_INJECTION(register_module_notifier, ERRNO);
ALLOW_ERROR_INJECTION(sysfs_create_group, ERRNO);

MODULE_DESCRIPTION("Makes functions injectable");
MODULE_LICENSE("GPL");
