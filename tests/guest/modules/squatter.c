// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kprobes that stay where they are, even when the module with the probed function has gone: one is set when this is
 * loaded, and one more when something is written to the parameter "more".
 */
#include <linux/kprobes.h>
#include <linux/module.h>

static char *symbol;
module_param(symbol, charp, 0444);

static unsigned int offset;
module_param(offset, uint, 0444);

static struct kprobe kprobes[50];
static unsigned int number;

static int set(void)
{
	struct kprobe *kp = &kprobes[number];
	int err;

	if (number == ARRAY_SIZE(kprobes))
		return -ENOSPC;
	kp->symbol_name = symbol;
	kp->offset = offset;
	err = register_kprobe(kp);
	number += !err;
	return err;
}

static int more_set(const char *value, const struct kernel_param *param)
{
	return set();
}

static const struct kernel_param_ops more_ops = {
	.set = more_set,
};
module_param_cb(more, &more_ops, NULL, 0200);

static int __init squatter_init(void)
{
	return set();
}

static void __exit squatter_exit(void)
{
	while (number)
		unregister_kprobe(&kprobes[--number]);
}

module_init(squatter_init);
module_exit(squatter_exit);

MODULE_DESCRIPTION("Kprobes on a function of another module");
MODULE_LICENSE("GPL");
