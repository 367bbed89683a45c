// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a VMM's calls at moments that userspace cannot hit: while kvm_ppc_compat is being loaded or unloaded and its
 * hooks are armed; with missed=1 once in the handler of a kprobe, where the kernel skips other kprobes.
 */
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/kvm.h>
#include <linux/module.h>
#include <linux/string.h>

#define CAPABILITY 250
#define COMMAND _IO(KVMIO, 0xb8)

struct kvm;

static bool missed;
module_param(missed, bool, 0444);

/* The number of calls, and of those that the module has answered */
static unsigned int calls, answered;
module_param(calls, uint, 0444);
module_param(answered, uint, 0444);

static int (*check_extension)(struct kvm *kvm, long ext);
static int (*vm_ioctl)(struct file *filp, unsigned int ioctl, unsigned long arg);

static void call(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops, void *regs)
{
	static struct file file;

	calls++;
	answered += check_extension(NULL, CAPABILITY) || vm_ioctl(&file, COMMAND, 0) != -ENOTTY;
}

/* In init before it ends, and in exit before the hooks are disarmed, the module calls one of these. */
static unsigned char create[] = "sysfs_create_group", unregister[] = "unregister_module_notifier";

static struct ftrace_ops ops = { .func = (ftrace_func_t)call };

static int handler(struct kprobe *kp, struct pt_regs *regs)
{
	return check_extension(NULL, CAPABILITY);
}

static noinline void probed(void)
{
	barrier();
}

static struct kprobe probe = { .addr = (void *)probed, .pre_handler = handler };

/* @name has the module, for kernels in which KVM is not built in */
static void *function(const char *name)
{
	struct kprobe kp = {
		.symbol_name = name,
		.offset = sizeof(kprobe_opcode_t),
		.flags = KPROBE_FLAG_DISABLED,
	};

	/* what counts is the address, which is known even if no probe is possible there */
	if (!register_kprobe(&kp))
		unregister_kprobe(&kp);
	if (!kp.addr && strchr(name, ':'))
		return function(strchr(name, ':') + 1);
	return kp.addr ? kp.addr - 1 : NULL;
}

static int __init window_init(void)
{
	int err;

	check_extension = function("kvm:kvm_vm_ioctl_check_extension");
	vm_ioctl = function("kvm_hv:kvm_arch_vm_ioctl_hv");
	if (!check_extension || !vm_ioctl)
		return -ENOENT;
	if (missed) {
		err = register_kprobe(&probe);
		if (err)
			return err;
		/* by a pointer: a direct call would skip the first instructions if clang has built it */
		((void (*)(void))probe.addr)();
		unregister_kprobe(&probe);
		return 0;
	}
	return ftrace_set_filter(&ops, create, strlen(create), 1) ?:
	       ftrace_set_filter(&ops, unregister, strlen(unregister), 0) ?:
	       register_ftrace_function(&ops);
}

static void __exit window_exit(void)
{
	if (!missed)
		unregister_ftrace_function(&ops);
}

module_init(window_init);
module_exit(window_exit);

MODULE_DESCRIPTION("Calls while kvm_ppc_compat is being loaded or unloaded");
MODULE_LICENSE("GPL");
