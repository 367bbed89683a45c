/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rest of a livepatch that has replacement() take the place of OLD_NAME in OBJECT.
 */
#include <linux/livepatch.h>
#include <linux/module.h>

static struct klp_func funcs[] = {
	{ .old_name = OLD_NAME, .new_func = replacement },
	{ }
};

static struct klp_object objs[] = {
	{ .name = OBJECT, .funcs = funcs },
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

MODULE_DESCRIPTION("Replaces " OLD_NAME "()");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
