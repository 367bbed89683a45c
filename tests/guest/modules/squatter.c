// SPDX-License-Identifier: GPL-2.0-only
/* A kprobe that stays where it is, even when the module with the probed function has gone. */
#include <linux/kprobes.h>
#include <linux/module.h>

static char *symbol;
module_param(symbol, charp, 0444);

static unsigned int offset;
module_param(offset, uint, 0444);

static struct kprobe kp;

static int __init squatter_init(void)
{
	kp.symbol_name = symbol;
	kp.offset = offset;
	return register_kprobe(&kp);
}

static void __exit squatter_exit(void)
{
	unregister_kprobe(&kp);
}

module_init(squatter_init);
module_exit(squatter_exit);

MODULE_DESCRIPTION("A kprobe on a function of another module");
MODULE_LICENSE("GPL");
